//! The admin tool on real clusters: every verb, every refusal, and what follows from both.
//!
//! A refusal leaves the configuration of the cluster as it was, byte for byte; crm_verify has nothing to say after any verb.

use std::net::SocketAddr;
use std::process::Output;
use std::time::Duration;

use lab::cluster::{Cluster, VIP, VIP2};
use lab::host::Host;
use lab::mail::Load;
use lab::setup;
use postkeeper::cluster::xml::Element;
use postkeeper::postfix::fault::Message;

/// The name that create gives, and the id that becomes of it.
const TAG: &str = "postfix-on-/srv/mail/queue";
const ID: &str = "postfix-on-srv-mail-queue";

/// A cluster and what is done with it from n1 unless another node is named.
struct Site(Cluster);

/// How a command ended.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(o: Output) -> Said {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: o.status.code().unwrap_or(-1), out: text(&o.stdout), err: text(&o.stderr) }
    }
}

impl Site {
    fn boot(nodes: usize, prepare: &(dyn Fn(&Host) -> anyhow::Result<()> + Sync)) -> Site {
        Site(Cluster::boot(nodes, prepare).unwrap())
    }

    /// Two nodes, with file system and address in a group on n1.
    fn with_dependencies() -> Site {
        let site = Site::boot(2, &prepare);
        setup::make_dependencies(&site.0, "n1").unwrap();
        site
    }

    fn sh(&self, node: &str, script: &str) -> String {
        self.0.sh(node, script).unwrap()
    }

    /// Runs the tool.
    fn tool(&self, node: &str, arguments: &str) -> Said {
        self.speaking("C", node, arguments)
    }

    fn speaking(&self, locale: &str, node: &str, arguments: &str) -> Said {
        let mut command = self.0.with(node, |host| Ok(host.command("sh"))).unwrap();
        command
            .args(["-c", &format!("LC_ALL={locale} exec postkeeper {arguments}")])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
            .into()
    }

    /// That everything is said in Japanese to whom it is, but for messages, parameters and commands.
    fn is_japanese(&self, node: &str, arguments: &str) {
        let said = self.speaking("ja_JP.UTF-8", node, &format!("{arguments} 2>&1")).out;
        let is_message =
            |line: &str| Message::ALL.iter().any(|m| m.template().split(['<', '>']).step_by(2).all(|p| line.contains(p)));
        // ssh and the shell that it starts have their own words.
        let of_others = |line: &str| ["ssh: ", "bash: warning: "].iter().any(|who| line.starts_with(who));
        let is_data = |line: &str| line.trim().is_empty() || line.contains(" = ") || of_others(line) || is_message(line);
        let english: Vec<&str> = said.lines().filter(|line| line.is_ascii() && !is_data(line)).collect();
        assert!(english.is_empty(), "{arguments} says {english:#?} in\n{said}");
    }

    /// Runs a verb that must do its work; what it says.
    fn does(&self, node: &str, arguments: &str) -> String {
        if arguments.contains("--yes") {
            self.is_japanese(node, &format!("{} --dry-run", arguments.replace("--yes", "")));
        }
        let said = self.tool(node, arguments);
        assert_eq!(said.code, 0, "{arguments}: {}{}\n{}", said.out, said.err, self.view());
        assert_eq!(self.sh(node, "crm_verify --live-check --verbose 2>&1; true"), "", "after {arguments}");
        let left = self.sh(node, "cibadmin -Q -o constraints");
        assert!(!left.contains("-moves-") && !left.contains("cli-"), "{arguments} leaves {left}");
        said.out
    }

    /// Runs a verb that must be refused with these words, and changes nothing; what it says.
    fn refuses(&self, node: &str, arguments: &str, code: i32, words: &str) -> String {
        let before = self.configuration(node);
        let said = self.tool(node, arguments);
        if code != 2 {
            self.is_japanese(node, arguments);
        }
        assert!(self.configuration(node) == before, "{arguments} has changed\n{before}\ninto\n{}", self.configuration(node));
        assert_eq!(said.code, code, "{arguments}: {}{}", said.out, said.err);
        assert!(said.err.contains(words), "{arguments}: {}{}", said.out, said.err);
        said.err
    }

    fn configuration(&self, node: &str) -> String {
        // Without the time that Pacemaker notes when a node is asked again.
        self.sh(node, "cibadmin -Q -o configuration | grep -v '\"last-lrm-refresh\"'")
    }

    fn view(&self) -> String {
        self.0.view()
    }

    fn settle(&self) {
        self.0.wait_settled().unwrap();
    }

    fn wait(&self, what: &str, holds: impl FnMut() -> bool) {
        self.0.wait(what, holds).unwrap();
    }

    fn is_on(&self, resource: &str, node: &str) -> bool {
        self.0.active(resource).as_deref() == Some(node)
    }

    /// Waits until mail is acknowledged that was sent from now on.
    fn mail_flows(&self, client: &Load, when: &str) {
        self.0.wait_mail(client, when).unwrap();
    }

    /// Cuts the power of a node and switches it on again when the cluster has acted on it.
    fn lose_and_return(&self, node: &str, goes_to: &str, prepare: &(dyn Fn(&Host) -> anyhow::Result<()> + Sync)) {
        self.0.power_off(node).unwrap();
        self.wait("the failover", || self.is_on(ID, goes_to));
        self.0.wait_known_off(node).unwrap();
        self.0.switch_on(node, prepare).unwrap();
        self.0.wait_online(node).unwrap();
        self.settle();
    }
}

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::install_tool(host)?;
    setup::install_agent(host)?;
    host.sh("mkdir -p /srv/spool")?;
    setup::configure_postfix(host, "/etc/postfix", VIP, "/srv/mail", "mail_spool_directory = /srv/spool\n")
}

/// The command that a refusal says to run.
fn advised(said: &str) -> &str {
    said.lines().find_map(|l| l.split_once("first: ")).unwrap_or_else(|| panic!("no command in {said}")).1
}

#[test]
fn a_hierarchy_from_its_first_refusal_to_its_deletion() {
    let site = Site::boot(3, &prepare);
    setup::make_shared_queue(&site.0).unwrap();

    // As pcs sets up a cluster.
    site.sh("n1", "pcs resource defaults update resource-stickiness=1");

    // Messages 1 to 7 before anything is there.
    site.refuses("n1", "status", 4, "There is no hierarchy of Postfix");
    site.refuses("n1", "create --yes --config-dir ''", 3, "No config path");
    site.refuses("n1", "create --yes --config-dir /nowhere", 3, "main.cf not found in the configuration path: /nowhere/main.cf");
    site.sh("n1", "mkdir /root/half /root/odd && cp /etc/postfix/main.cf /root/half/ && cp /etc/postfix/m*.cf /root/odd/");
    site.refuses("n1", "create --yes --config-dir /root/half", 3, "master.cf not found in the configuration path");
    site.sh("n1", "sed -i 's/^inet_interfaces.*/inet_interfaces = no.such.name/' /root/odd/main.cf");
    let said = site.refuses("n1", "create --yes --config-dir /root/odd", 3, "A value of inet_interfaces must be IPv4 or \"all\"");
    assert!(said.contains("no.such.name"), "{said}");
    site.refuses("n1", "create --yes --binary-dir ''", 3, "No execute path");
    site.refuses("n1", "create --yes --binary-dir /nowhere", 3, "Postfix command invalid: /nowhere/postfix not found");
    site.refuses("n1", "create --yes", 3, "/srv/mail/queue is not found. This directory must exist on a shared filesystem");
    site.refuses(
        "n1",
        "create --yes",
        3,
        "pcs resource create mail-fs ocf:heartbeat:Filesystem device=DEVICE directory=/srv/mail",
    );
    site.refuses("n1", "create --yes --server n9", 4, "The cluster has no server \"n9\"");

    // Each refusal says which command comes first, and that command does it.
    site.sh("n1", "mount /dev/labdisk /srv/mail");
    let said = site.refuses("n1", "create --yes", 3, "no resource of the cluster mounts it");
    site.sh("n1", advised(&said));
    site.wait("the file system", || site.is_on("mail-fs", "n1"));
    let said = site.refuses("n1", "create --yes", 3, &format!("Could not find IP resource for \"{VIP}\""));
    site.sh("n1", &format!("{} --disabled", advised(&said)));
    site.settle();
    site.refuses("n1", "create --yes", 3, "mail-ip not in service on the server: it is not active on n1 or any other node");
    site.sh("n1", "crm_resource --move -r mail-ip -N n1 && pcs resource enable mail-ip");
    site.wait("the address", || site.is_on("mail-ip", "n1"));
    site.sh("n1", "crm_resource --clear -r mail-ip");
    site.settle();
    site.refuses("n2", "create --yes", 3, "mail-fs not in service on the server: it is on n1, not on n2");

    site.refuses("n1", "create --yes --server n2", 3, "ssh n2 postkeeper did not answer");
    site.refuses(
        "n1",
        "create --yes --server n2 --shell /nowhere/rsh",
        3,
        "/nowhere/rsh cannot be run to reach n2: No such file or directory",
    );
    site.refuses("n1", "create --yes --server n7", 4, "n7");
    setup::allow_ssh(&site.0).unwrap();
    site.refuses("n1", "create --yes --server n2", 3, "mail-fs not in service on the server: it is on n1, not on n2");
    let led_astray = "create --yes --server n2 --shell 'sh -c \"shift; eval \\$1\" sh'";
    site.refuses("n1", led_astray, 3, "The files of n2 can only be checked on n2, and this is n1");
    site.refuses("n1", "create --yes --tag 'a b'", 3, "cannot be a tag");
    site.refuses("n1", "create --yes --tag mail-fs", 3, "The id mail-fs is already in use");
    site.refuses("n1", "create --yes --group none", 4, "There is no group \"none\"");
    site.refuses("n1", "create", 3, "use --yes");
    let before = site.configuration("n1");
    let said = site.tool("n1", "create --dry-run");
    assert!(said.code == 0 && said.out.contains(&format!("start {ID} on n1")), "{}{}", said.out, said.err);
    assert_eq!(site.configuration("n1"), before);

    // n3 is not as the others.
    site.sh("n3", "usermod -u 4321 postfix && groupmod -g 4322 postdrop && echo 'mail_version = 3.0' >> /etc/postfix/main.cf");
    let said = site.does("n2", "create --yes --server n1");
    assert!(said.contains(&format!("{ID} is in service on n1")), "{said}");
    let client = Load::start(&site.0.client, SocketAddr::new(VIP.parse().unwrap(), 25), 1).unwrap();
    site.mail_flows(&client, "after create");
    site.refuses("n1", "create --yes --tag other", 3, &format!("The resource {ID} already manages this Postfix"));
    let shown = site.does("n2", "show");
    assert!(shown.contains(TAG) && shown.contains("intelligent") && shown.contains("n1, priority 1"), "{shown}");

    // Messages 10 and 11, and the version; what has been mended is seen at once.
    site.refuses("n1", &format!("extend {TAG} --to n3 --yes"), 3, "postfix id does not match between servers: uid 4321 on n3");
    let uid = site.sh("n1", "id -u postfix");
    site.sh("n3", &format!("usermod -u {} postfix", uid.trim()));
    site.refuses("n1", &format!("extend {TAG} --to n3 --yes"), 3, "postdrop gid does not match between servers: gid 4322 on n3");
    let gid = site.sh("n1", "getent group postdrop | cut -d: -f3");
    site.sh("n3", &format!("groupmod -g {} postdrop", gid.trim()));
    site.refuses("n1", &format!("extend {TAG} --to n3 --yes"), 3, "another version on n3: 3.0");
    site.sh("n3", "sed -i /mail_version/d /etc/postfix/main.cf");
    site.refuses("n1", "extend --to n9 --yes", 4, "The cluster has no server \"n9\"");
    site.refuses("n1", "extend nothing --to n2 --yes", 4, &format!("Expected one of: {TAG}"));
    site.refuses("n1", "extend --to n2 --priority 1 --yes", 3, "n1 has priority 1 already");
    site.refuses("n1", "extend --to n2 --priority 1000 --yes", 2, "1000");
    // With the first one, its own server can be given another priority: no two have the same.
    site.refuses("n1", "extend --to n3 --template-priority 50 --priority 50 --yes", 3, "n1 has priority 50 already");
    let said = site.does("n1", "extend --to n3 --yes --template-priority 20");
    assert!(said.contains("may run on n1, priority 20 (score 980)"), "{said}");
    let shown = site.does("n1", "show");
    assert!(shown.contains("n1, priority 20") && shown.contains("n3, priority 30"), "{shown}");
    site.refuses("n1", "extend --to n2 --yes --template-priority 1", 3, "It has more than one server already: n1, n3");
    site.does("n1", &format!("set {TAG} priority n1=1 n3=50 --yes"));
    site.does("n1", &format!("extend {TAG} --to n2 --yes"));
    site.refuses("n1", "extend --to n2 --yes", 3, "is extended to n2 already");
    let shown = site.does("n1", "show");
    assert!(shown.contains("n2, priority 60") && shown.contains("n3, priority 50"), "{shown}");
    site.does("n1", &format!("set {TAG} priority n2=2 --yes"));
    // A target that cannot run all of it.
    site.does("n1", "unextend --from n3 --yes");
    site.sh("n1", "pcs constraint location mail-fs avoids n3");
    site.refuses("n1", "extend --to n3 --yes", 3, "n3 could not run the hierarchy: mail-fs, mail-ip would not be active there");
    site.sh("n1", "pcs constraint delete location-mail-fs-n3--INFINITY");
    site.does("n1", "extend --to n3 --yes --priority 3");

    // A move by hand: everything comes along, nothing is left behind.
    site.does("n1", &format!("in-service {TAG} --on n2 --yes"));
    for resource in [ID, "mail-fs", "mail-ip"] {
        assert!(site.is_on(resource, "n2"), "{resource}\n{}", site.view());
    }
    site.mail_flows(&client, "after the move");
    let said = site.does("n1", "in-service --on n2 --yes");
    assert!(said.contains("already"), "{said}");
    site.refuses("n1", "unextend --from n2 --yes", 3, "is in service on n2");

    // Intelligent: it goes to the highest priority that is left, and stays there when the first one is back.
    site.does("n1", &format!("set {TAG} priority n2=1 n1=2 --yes"));
    site.lose_and_return("n2", "n1", &prepare);
    assert!(site.is_on(ID, "n1"), "it has gone back\n{}", site.view());
    site.mail_flows(&client, "after the failover");

    // Automatic: it returns, now and whenever that server comes back.
    let said = site.does("n1", &format!("set {TAG} switchback automatic --dependencies --yes"));
    assert!(said.contains("move mail-fs from n1 to n2"), "{said}");
    site.wait("the switchback", || site.is_on(ID, "n2"));
    site.refuses("n1", "in-service --on n1 --yes", 3, "It would not stay on n1");
    site.lose_and_return("n2", "n1", &prepare);
    site.wait("the switchback of a server that came back", || site.is_on(ID, "n2"));
    site.settle();
    site.mail_flows(&client, "after the switchback");

    // Ids that change later: it never goes there, not even by hand, and the reason is to be read.
    site.sh("n3", "usermod -u 4321 postfix && crm_resource --refresh --force -r postfix-on-srv-mail-queue -N n3");
    site.settle();
    let said = site.tool("n1", "status");
    assert!(said.code == 8 && said.out.contains("ids differ: uid:gid 4321:"), "{}{}", said.out, said.err);
    site.refuses("n1", "in-service --on n3 --yes", 3, "is kept away from n3");
    site.sh("n1", &format!("crm_resource --move -r {ID} -N n3"));
    site.settle();
    assert!(!site.is_on(ID, "n3"), "{}", site.view());
    site.sh("n1", &format!("crm_resource --clear -r {ID}"));
    site.settle();
    site.mail_flows(&client, "after a move by hand that was in vain");

    // Out of service stays out, and what it depends on stays in.
    // Whoever says it again waits for the stop that is under way.
    let said = site.tool("n1", "out-of-service --yes --wait 0");
    assert!(said.code == 1 && said.err.contains("did not finish within"), "{}{}", said.out, said.err);
    site.does("n1", "out-of-service --yes");
    assert_eq!(site.0.active("mail-postfix"), None);
    assert_eq!(site.tool("n1", "status").code, 6);
    let node = site.0.active("mail-fs").unwrap();
    site.sh("n1", &format!("pcs node standby {node}"));
    site.wait("the file system elsewhere", || site.0.active("mail-fs").is_some_and(|n| n != node));
    site.settle();
    assert!(site.0.active(ID).is_none() && site.0.active("mail-ip").is_some(), "{}", site.view());
    site.sh("n1", &format!("pcs node unstandby {node}"));
    site.settle();
    assert!(site.0.active(ID).is_none(), "{}", site.view());
    site.does("n1", "in-service --yes");
    site.mail_flows(&client, "in service again");

    // The spool on a file system of its own.
    site.sh(
        "n1",
        "pcs resource create spool-fs ocf:heartbeat:Filesystem device=/dev/otherdisk directory=/srv/spool fstype=ext4 --disabled",
    );
    site.settle();
    site.refuses("n1", &format!("depend add {TAG} spool-fs --yes"), 3, "spool-fs not in service on the server");
    site.refuses("n1", &format!("depend add {TAG} none --yes"), 4, "The cluster has no resource \"none\"");
    site.refuses("n1", &format!("depend remove {TAG} mail-fs --yes"), 3, "Postfix needs mail-fs");
    site.refuses("n1", &format!("depend add {TAG} mail-fs --yes"), 3, "depends on mail-fs already");
    let here = site.0.active(ID).unwrap();
    site.refuses(&here, &format!("depend remove {TAG} mail-ip --yes"), 3, "Postfix needs mail-ip: inet_interfaces names");
    site.does("n1", &format!("set {TAG} switchback intelligent --yes"));
    let node = site.0.active(ID).unwrap();
    site.sh("n1", &format!("crm_resource --move -r spool-fs -N {node} && pcs resource enable spool-fs"));
    site.wait("the spool", || site.is_on("spool-fs", &node));
    site.sh("n1", "crm_resource --clear -r spool-fs");
    site.settle();
    site.does("n1", &format!("depend add {TAG} spool-fs --yes"));
    // Without the one that each is tied to, the others still have to move together.
    let said = site.tool("n1", &format!("depend remove {TAG} mail-fs --force --format xml"));
    let is_kept = |line: &str| ["<rsc_colocation ", "-keeps-", "mail-ip", "spool-fs"].iter().all(|word| line.contains(word));
    assert!(said.code == 0 && said.out.lines().any(is_kept), "{}{}", said.out, said.err);
    let other = if node == "n1" { "n2" } else { "n1" };
    site.does("n1", &format!("in-service {TAG} --on {other} --yes"));
    assert!(site.is_on("spool-fs", other), "{}", site.view());
    site.does("n1", &format!("depend remove {TAG} spool-fs --yes"));

    // Failures of the past do not keep it away.
    site.does("n1", "unextend --from n3 --yes");
    assert!(!site.does("n1", "show").contains("n3"));
    site.sh("n1", "cibadmin --delete-all --force --xpath \"//primitive[@id='spool-fs']\"");
    site.settle();

    // Deleted while it is in service: Postfix runs on, and nobody looks after it.
    site.sh("n1", "cibadmin -Q -o constraints");
    let master = site.sh(other, "cat /srv/mail/queue/pid/master.pid");
    let said = site.does("n1", &format!("delete {TAG} --yes"));
    assert!(said.contains(&format!("Postfix keeps running, unprotected, on {other}")), "{said}");
    site.settle();
    assert_eq!(site.sh(other, "cat /srv/mail/queue/pid/master.pid && kill -0 $(cat /srv/mail/queue/pid/master.pid)"), master);
    site.mail_flows(&client, "after the deletion");
    assert!(site.is_on("mail-fs", other) && site.is_on("mail-ip", other));
    let left = site.configuration("n1");
    assert!(!left.contains(ID), "{left}");

    // And taken again, as it runs, without a restart.
    site.does(other, &format!("create --yes --switchback automatic --tag mail/{other}"));
    assert_eq!(site.sh(other, "cat /srv/mail/queue/pid/master.pid"), master);
    // What is in the queue when it is taken out of service stays there: mail is counted first.
    let mailbox = site.0.with(other, |host| Ok(host.root().join("srv/mail/box/tester"))).unwrap();
    let ledger = client.settle(&mailbox, Duration::from_secs(60)).unwrap();
    let queued = || site.sh(other, "find /srv/mail/queue/incoming /srv/mail/queue/active /srv/mail/queue/deferred -type f");
    assert!(ledger.lost.is_empty() && ledger.delivered > 0, "{ledger:?}\n{}", queued());
    site.does(other, &format!("out-of-service mail/{other} --yes"));
    let said = site.does(other, &format!("delete mail/{other} --yes"));
    assert!(said.contains("Postfix is stopped"), "{said}");
    site.wait("the servers to forget it", || !site.sh("n1", "cibadmin -Q -o status").contains("postkeeper-"));
}

/// An element without what no program reads: ids of parts, the order of parts, and what is said by default.
fn essence(e: &Element) -> String {
    const PARTS: &[&str] = &["nvpair", "instance_attributes", "meta_attributes", "op", "rule", "expression", "date_expression"];
    const DEFAULTS: &[(&str, &str)] =
        &[("first-action", "start"), ("then-action", "start"), ("kind", "Mandatory"), ("boolean-op", "and")];
    let said = |(name, value): &&(String, String)| {
        !(DEFAULTS.contains(&(name.as_str(), value.as_str())) || name == "id" && PARTS.contains(&e.name.as_str()))
    };
    let mut attributes: Vec<_> = e.attributes.iter().filter(said).map(|(n, v)| format!("{n}={v}")).collect();
    attributes.sort();
    let mut parts: Vec<String> = e.children().map(essence).filter(|s| !s.is_empty()).collect();
    // Members of a group have an order.
    if e.name != "group" {
        parts.sort();
    }
    let is_empty_set = parts.is_empty() && matches!(e.name.as_str(), "meta_attributes" | "instance_attributes");
    if is_empty_set { String::new() } else { format!("\n<{} {}{}>", e.name, attributes.join(" "), parts.concat()) }
}

fn essence_of(configuration: &str) -> String {
    let tree = Element::parse(configuration).unwrap();
    let section = |name: &str| {
        let mut parts: Vec<String> = tree.at(&[name]).into_iter().flat_map(Element::children).map(essence).collect();
        parts.sort();
        parts.concat()
    };
    format!("{}{}{}", section("resources"), section("constraints"), section("tags"))
}

impl Site {
    /// The commands that a verb prints for pcs and for crmsh lead to the configuration that it prints as XML. They are run on a
    /// copy of the CIB: with CIB_file all programs of Pacemaker work on that.
    fn same_in_every_form(&self, node: &str, arguments: &str) {
        let wanted = self.tool(node, &format!("{arguments} --format xml"));
        assert_eq!(wanted.code, 0, "{arguments}: {}", wanted.err);
        let before = essence_of(&self.configuration(node));
        assert_ne!(essence_of(&wanted.out), before, "{arguments} changes nothing");
        for form in ["pcs", "crm"] {
            self.sh(node, &format!("postkeeper {arguments} --format {form} >/root/script && cibadmin -Q >/root/copy.xml"));
            // Nobody acts on a file, so there is nobody to wait for.
            let said = self.sh(node, "sed -i 's/^crm_resource --\\(wait\\|refresh\\)\\b.*/:/' /root/script && CIB_file=/root/copy.xml sh /root/script 2>&1");
            // crmsh says WARNING, in colour or not. It would have a group in the place of its members.
            let has_group = said.contains(" is grouped") && self.configuration(node).contains("<group ");
            let is_wanted = |line: &str| has_group && line.contains(" is grouped, constraints should apply to the group");
            let is_warned =
                said.to_lowercase().contains("deprecat") || said.lines().any(|l| l.contains("WARNING") && !is_wanted(l));
            assert!(!is_warned, "{arguments} --format {form}: {said}");
            let got = self.sh(node, "CIB_file=/root/copy.xml cibadmin -Q -o configuration");
            let (got, wanted) = (essence_of(&got), essence_of(&wanted.out));
            let odd = |a: &str, b: &str| a.lines().filter(|l| !b.contains(l)).collect::<Vec<_>>().join("\n");
            assert!(got == wanted, "{arguments} --format {form}\nextra: {}\nmissing: {}", odd(&got, &wanted), odd(&wanted, &got));
        }
        assert_eq!(essence_of(&self.configuration(node)), before, "{arguments} --format did more than print");
    }
}

/// The group of docs/pacemaker.md, made by hand; a second instance, made by create in a group, with a symbolic link for a queue; several
/// administrators at once; and everything that can be in the way of a question.
#[test]
fn hierarchies_made_by_hand_and_two_instances() {
    let prepare = |host: &Host| {
        prepare(host)?;
        let more = "data_directory = /var/lib/postfix2\nsyslog_name = postfix2\nqueue_directory = /var/spool/queue2\n";
        setup::configure_postfix(host, "/etc/postfix2", VIP2, "/srv/mail2", more)?;
        host.sh("ln -s /srv/mail2/queue /var/spool/queue2 && install -d -o postfix -m 700 /var/lib/postfix2").map(drop)
    };
    let site = Site::boot(2, &prepare);
    setup::make_shared_queue(&site.0).unwrap();
    site.sh("n1", "mount /dev/otherdisk /srv/mail2");
    setup::make_queue(&site.0, "n1", "/etc/postfix2", VIP2, "/srv/mail2").unwrap();
    site.sh("n1", "umount /srv/mail2");

    // Who cannot be answered is told why.
    setup::install_tool(&site.0.client).unwrap();
    for (preparation, advice) in [
        ("mkdir -p /etc/corosync && touch /etc/corosync/corosync.conf", "Start it here (pcs cluster start)"),
        ("rm /etc/corosync/corosync.conf", "No cluster is set up here: install Pacemaker"),
    ] {
        site.0.client.sh(preparation).unwrap();
        let said: Said = site.0.client.command("postkeeper").arg("status").output().unwrap().into();
        let is_told = said.err.contains("The cluster cannot be reached from this server") && said.err.contains(advice);
        assert!(said.code == 5 && is_told, "{}", said.err);
    }
    let mut nobody = site.0.with("n1", |host| Ok(host.command("su"))).unwrap();
    let said: Said = nobody.args(["-s", "/bin/sh", "nobody", "-c", "postkeeper status"]).output().unwrap().into();
    assert!(said.code == 5 && said.err.contains("Permission denied by the cluster"), "{}", said.err);

    site.sh("n1", setup::PCS);
    site.wait("the group", || site.0.active("mail-postfix").is_some());
    site.settle();
    let node = site.0.active("mail-postfix").unwrap();
    let other = if node == "n1" { "n2" } else { "n1" };
    let status = site.does("n1", "status");
    for words in ["mail-postfix", "mail-fs", "mail-ip", &format!("endpoint {VIP}:25"), "answers"] {
        assert!(status.contains(words) && !status.contains('\x1b'), "{words} in {status}");
    }
    let json: serde_json::Value = serde_json::from_str(&site.does("n2", "status --json")).unwrap();
    let it = &json["hierarchies"][0];
    assert!(json["version"] == 1 && it["state"] == "in service" && it["server"] == node.as_str(), "{json:#}");
    assert!(it["endpoints"][0]["answers"] == true && it["dependencies"][1]["resource"] == "mail-ip", "{json:#}");

    // What somebody else has written badly or left half-done is no obstacle.
    site.sh("n1", "cibadmin -C -o constraints -X '<rsc_location id=\"odd\" rsc=\"mail-postfix\"><rule id=\"odd-rule\" score=\"-INFINITY\" boolean-op=\"or\"><expression id=\"odd-expr\" attribute=\"#uname\" operation=\"eq\" value=\"n9\"/></rule></rsc_location>'");
    site.sh("n1", "cibadmin -C -o resources -X '<primitive id=\"odd-ip\" class=\"ocf\" provider=\"heartbeat\" type=\"IPaddr2\"><meta_attributes id=\"odd-meta\"><nvpair id=\"odd-role\" name=\"target-role\" value=\"Stopped\"/></meta_attributes></primitive>'");
    site.settle();
    assert_eq!(site.tool("n1", "status mail-postfix").code, 0);
    site.sh("n1", "cibadmin -D -X '<rsc_location id=\"odd\"/>' && pcs resource delete odd-ip");

    site.does("n1", &format!("in-service mail-postfix --on {other} --yes"));
    assert!(["mail-fs", "mail-ip", "mail-postfix"].iter().all(|r| site.is_on(r, other)), "{}", site.view());
    let said = |verb: &str| site.speaking("ja_JP.UTF-8", "n1", verb).out;
    assert!(said("status").contains("エンドポイント 10.77.0.50:25 (smtp)  応答あり"), "{}", said("status"));
    assert!(said("show").contains("依存先          mail-fs"), "{}", said("show"));
    site.does("n1", "out-of-service --yes");
    assert!(site.0.active("mail-postfix").is_none() && site.is_on("mail-ip", other));
    site.does("n1", "in-service --yes");
    let (here, away) = (other, if other == "n1" { "n2" } else { "n1" });
    site.refuses("n1", &format!("extend mail-postfix --to {here} --yes"), 3, &format!("{away} has no priority"));
    let would_go = format!("It would not stay on {here}: it would move to {away} at once");
    site.refuses("n1", &format!("extend mail-postfix --to {away} --priority 1 --yes"), 3, &would_go);
    site.does("n1", &format!("extend mail-postfix --to {other} --priority 5 --yes"));
    site.does("n1", "set mail-postfix switchback intelligent --yes");
    site.refuses("n1", "depend remove mail-postfix mail-fs --yes", 3, "is before mail-postfix in the group mail");
    site.refuses("n1", "depend add mail-postfix mail --yes", 3, "cannot depend on itself");
    for (what, words) in [
        ("drain=soon", "drain: \"soon\" is not valid"),
        ("watch=perhaps", "expected true or false"),
        ("config_dir=etc", "config_dir is not an absolute path"),
        ("switchback sometimes", "is not understood"),
        ("priority n1=0", "is not a valid priority"),
        ("priority", "is not understood"),
        ("priority n1=7 n2=7", "has priority 7 already"),
    ] {
        site.refuses("n1", &format!("set mail-postfix {what} --yes"), 3, words);
    }
    site.refuses("n1", "set mail-postfix colour=red --yes", 4, "There is no parameter \"colour\"");
    let said = site.does("n1", "set mail-postfix drain=3 --yes");
    assert!(!said.contains("restart"), "{said}");
    assert!(site.does("n1", "show").contains("drain=3"));
    site.refuses("n1", "set mail-postfix switchback=automatic drain=4 --yes", 3, "is not understood");
    site.refuses("n1", "set mail-postfix priority n1=3 n1=4 --yes", 3, "is not understood");
    // With these it would not start any more.
    let active = site.0.active("mail-postfix").unwrap();
    let idle = if active == "n1" { "n2" } else { "n1" };
    site.refuses(&active, "set mail-postfix config_dir=/nowhere --yes", 3, "main.cf not found in the configuration path");
    site.refuses(&active, "set mail-postfix queue_mountpoint=/srv --yes", 3, "nothing is mounted on /srv");
    site.refuses(idle, "set mail-postfix config_dir=/nowhere --yes", 3, &format!("can only be checked on {active}"));

    // A move that was cut short is noticed, and mended by the next one; one that is told to end leaves nothing behind.
    let ban = "<rsc_location id='mail-postfix-moves-mail' rsc='mail'><rule id='r' score='-INFINITY'>\
               <expression id='e' attribute='#uname' operation='ne' value='NODE'/>\
               <date_expression id='d' operation='lt' end='2100-01-01T00:00:00Z'/></rule></rsc_location>";
    site.sh("n1", &format!("cibadmin --create --scope constraints --xml-text \"{}\"", ban.replace("NODE", &active)));
    let said = site.tool("n1", "status");
    assert!(
        said.code == 8 && said.out.contains("a move is under way or was interrupted: until 2100-01-01 00:00:00 no"),
        "{}",
        said.out
    );
    site.does("n1", &format!("in-service --on {idle} --yes"));
    // Told to end as soon as the move has begun, and that is to be seen.
    let moves = "cibadmin -Q -o constraints | grep -q -- -moves-";
    let interrupted = format!(
        "postkeeper in-service --on {active} --yes & tool=$!; until {moves}; do kill -0 $tool || exit 3; done; kill -TERM $tool; wait $tool; true"
    );
    site.sh("n1", &interrupted);
    assert!(!site.configuration("n1").contains("-moves-"), "{}", site.configuration("n1"));
    assert_eq!(site.0.active("mail-postfix").as_deref(), Some(active.as_str()), "it goes on");
    // When it does not arrive in time, its constraints stay, and it goes on too.
    let said = site.tool("n1", &format!("in-service --on {idle} --yes --wait 0"));
    assert!(said.code == 1 && said.err.contains("The constraints of the move stay until"), "{}{}", said.out, said.err);
    site.settle();
    assert_eq!(site.0.active("mail-postfix").as_deref(), Some(idle), "it goes on");
    assert!(site.configuration("n1").contains("-moves-"), "{}", site.configuration("n1"));
    site.does("n1", &format!("in-service --on {active} --yes"));
    assert!(!site.configuration("n1").contains("-moves-"), "{}", site.configuration("n1"));

    // A server on which it fails again and again is not tried for ever.
    site.sh(idle, "mv /etc/postfix/master.cf /root/");
    for forgiven in [false, true] {
        let said = site.tool("n1", &format!("in-service --on {idle} --yes"));
        assert!(said.code == 1 && said.err.contains(&format!("is not in service on {idle}")), "{}{}", said.out, said.err);
        assert_eq!(said.out.contains("- the failures of mail-postfix: it may be tried again"), forgiven, "{}", said.out);
        site.wait("it to be where it was", || site.is_on("mail-postfix", &active));
        site.settle();
    }
    let said = site.tool("n1", "status");
    assert!(said.code == 8 && said.out.contains("does not run there until"), "{}", said.out);
    site.sh(idle, "mv /root/master.cf /etc/postfix/");
    site.does("n1", &format!("in-service --on {idle} --yes"));
    site.does("n1", &format!("in-service --on {active} --yes"));

    // Nobody is surprised later.
    site.sh("n1", "pcs property set maintenance-mode=true");
    site.refuses("n1", "out-of-service --yes", 3, "The cluster would not stop mail-postfix now");
    site.sh("n1", "pcs property set maintenance-mode=false");
    site.settle();
    site.refuses("n1", "in-service --on n9 --yes", 4, "The cluster has no server \"n9\"");
    site.sh("n1", &format!("crm_resource --ban -r mail-postfix -N {idle}"));
    let said = site.tool("n1", "status");
    assert!(said.code == 8 && said.out.contains("kept away: it was moved away by hand (constraint cli-ban-"), "{}", said.out);
    site.refuses("n1", &format!("in-service --on {idle} --yes"), 3, "is kept away from");
    site.sh("n1", "crm_resource --clear -r mail-postfix");

    // The second instance, in a group, its queue behind a link.
    site.sh("n1", "pcs resource create mail2-fs ocf:heartbeat:Filesystem device=/dev/otherdisk directory=/srv/mail2 fstype=ext4");
    site.sh("n1", &format!("pcs resource create mail2-ip ocf:heartbeat:IPaddr2 ip={VIP2} cidr_netmask=24 && pcs resource group add mail2 mail2-fs mail2-ip"));
    site.settle();
    let place = site.0.active("mail2-ip").unwrap();
    site.refuses(
        &place,
        "create --yes --config-dir /etc/postfix2 --group mail",
        3,
        "mail2-fs is needed and is no member of the group mail",
    );
    let create = "create --config-dir /etc/postfix2 --group mail2 --tag second/postfix --switchback automatic";
    site.same_in_every_form(&place, create);
    site.same_in_every_form(&place, &create.replace("--group mail2", ""));
    let said = site.does(&place, &format!("{create} --yes"));
    assert!(said.contains("queue_dir = /var/spool/queue2") && said.contains("queue_mountpoint = /srv/mail2"), "{said}");
    let away = if place == "n1" { "n2" } else { "n1" };
    site.does("n1", &format!("extend second/postfix --to {away} --yes"));
    site.refuses("n1", "show", 4, "Specify a hierarchy");
    let taken = "The resource second-postfix already manages this Postfix: /etc/postfix2";
    site.refuses("n1", "set mail-postfix config_dir=/etc/postfix2 --yes", 3, taken);

    // Each on its own server, both on one, and apart again.
    let first = if site.is_on("mail-postfix", &place) { away } else { place.as_str() };
    site.does("n1", &format!("in-service mail-postfix --on {first} --yes"));
    let second = if first == "n1" { "n2" } else { "n1" };
    let pid = |node: &str, base: &str| site.sh(node, &format!("cat {base}/queue/pid/master.pid"));
    site.does("n1", "set second/postfix switchback intelligent --yes");
    site.does("n1", &format!("in-service second/postfix --on {first} --yes"));
    let untouched = pid(first, "/srv/mail");
    site.does("n1", &format!("in-service second/postfix --on {second} --yes"));
    site.does("n1", "out-of-service second/postfix --yes");
    site.does("n1", "in-service second/postfix --yes");
    assert_eq!(pid(first, "/srv/mail"), untouched, "the other instance was touched");

    // Every form of every verb, also of resources in a tag.
    site.sh("n1", "pcs tag create both mail-postfix second-postfix");
    for verb in [
        "set second/postfix switchback automatic --dependencies",
        "set second/postfix drain=9 watch=false endpoints='smtp 587' trace_dir='/var/a b'",
        "set second/postfix priority n1=7 n2=8",
        "set mail-postfix drain=",
        "out-of-service mail-postfix",
        "delete second/postfix",
        "delete mail-postfix",
        &format!("unextend second/postfix --from {first}"),
    ] {
        site.same_in_every_form("n1", verb);
    }
    site.sh("n1", "pcs tag delete both");
    // Who runs a script later moves it all the same.
    for form in ["pcs", "crm"] {
        let script = site.does("n1", &format!("in-service mail-postfix --on {second} --format {form}"));
        assert!(script.contains("-moves-") && !script.contains("date"), "{script}");
    }
    // What is elsewhere is no dependency; what is here is one, in every form.
    site.does("n1", &format!("in-service mail-postfix --on {first} --yes"));
    site.does("n1", &format!("in-service second/postfix --on {second} --yes"));
    site.refuses("n1", "depend add second/postfix mail-ip --yes", 3, "mail-ip not in service on the server");
    site.does("n1", &format!("in-service mail-postfix --on {second} --yes"));
    site.same_in_every_form("n1", "depend add second/postfix mail-ip --force");
    site.does("n1", &format!("in-service mail-postfix --on {first} --yes"));

    // Two administrators at once: neither change is lost.
    let each = |name: &str| format!("for i in 1 2 3 4 5; do postkeeper set {name} drain=1$i --yes || exit 1; done");
    std::thread::scope(|scope| {
        let one = scope.spawn(|| site.0.sh("n1", &each("mail-postfix")));
        let two = scope.spawn(|| site.0.sh("n2", &each("second/postfix")));
        one.join().unwrap().unwrap();
        two.join().unwrap().unwrap();
    });
    for tag in ["mail-postfix", "second/postfix"] {
        assert!(site.does("n1", &format!("show {tag}")).contains("drain=15"), "{tag}");
    }

    site.does("n1", "delete second/postfix --yes");
    site.does("n1", "out-of-service mail-postfix --yes");
    site.does("n1", "delete mail-postfix --yes");
    let left = site.configuration("n1");
    assert!(!left.contains("postkeeper") && left.contains("mail2-ip") && left.contains("mail-ip"), "{left}");
}

/// What docs/lifekeeper.md shows: the kit's operation, and ours, run on n1.
const KIT: &[(&str, &str)] = &[
    ("Create a resource hierarchy (the GUI's wizard: `postkeeper create` alone, on a terminal)", "create --yes"),
    ("Extend a resource hierarchy", "extend postfix-on-/srv/mail/queue --to n2 --yes"),
    ("`lcdstatus`", "status"),
    (
        "In service on the other server; `perform_action -t TAG -a restore` there",
        "in-service postfix-on-/srv/mail/queue --on n2 --yes",
    ),
    ("Out of service; `perform_action -t TAG -a remove`", "out-of-service postfix-on-/srv/mail/queue --yes"),
    ("In service again; `perform_action -t TAG -a restore`", "in-service postfix-on-/srv/mail/queue --yes"),
    ("Properties", "show postfix-on-/srv/mail/queue"),
    ("Properties: priorities", "set postfix-on-/srv/mail/queue priority n1=20 n2=1 --yes"),
    ("Properties: switchback type", "set postfix-on-/srv/mail/queue switchback automatic --dependencies --yes"),
    ("Create dependency", "depend add postfix-on-/srv/mail/queue spool-fs --yes"),
    ("Delete dependency", "depend remove postfix-on-/srv/mail/queue spool-fs --yes"),
    ("Unextend a resource hierarchy", "unextend postfix-on-/srv/mail/queue --from n1 --yes"),
    ("Delete a resource hierarchy", "delete postfix-on-/srv/mail/queue --yes"),
];

/// UPDATE_README=1 writes the output anew.
#[test]
fn a_program_is_told_what_it_needs_to_go_on() {
    let site = Site::with_dependencies();
    site.sh("n2", "usermod -u 4321 postfix");
    site.does("n1", "create --yes");
    let events = |arguments: &str| -> Vec<serde_json::Value> {
        let said = site.tool("n1", &format!("{arguments} --format json"));
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let last = |arguments: &str| events(arguments).pop().unwrap_or_default();
    let is = |event: &serde_json::Value, kind: &str, words: &str| event["event"] == kind && event.to_string().contains(words);

    // Where it is in service already there is a plan too.
    for verb in ["in-service", "in-service --on n1"] {
        let plan = last(&format!("{verb} --dry-run"));
        assert!(is(&plan, "plan", "in service on n1 already") && plan["empty"] == true, "{plan}");
        let done = events(&format!("{verb} --yes"));
        assert!(is(&done[0], "plan", "already") && is(&done[1], "end", "already") && done[1]["exit"] == 0, "{done:?}");
    }

    // What was mended is seen when it is done: the plan is to probe the server again.
    let extend = "extend --to n2";
    let refused = last(&format!("{extend} --yes"));
    assert!(is(&refused, "error", "uid 4321 on n2") && refused["message"] == 10, "{refused}");
    let uid = site.sh("n1", "id -u postfix");
    site.sh("n2", &format!("usermod -u {} postfix", uid.trim()));
    site.refuses("n1", &format!("{extend} --dry-run"), 3, "uid 4321 on n2");
    for _ in 0..2 {
        let plan = last(&format!("{extend} --dry-run"));
        assert!(is(&plan, "plan", "uid 4321 on n2") && plan["empty"] == false, "{plan}");
        assert!(plan["phases"][0][0].as_str().is_some_and(|line| line.contains("n2") && line.contains("probed again")), "{plan}");
    }
    let done = last(&format!("{extend} --yes"));
    assert!(is(&done, "end", "extended to n2") && done["exit"] == 0, "{done}");

    // What else would move is done when exactly that was agreed to.
    site.sh("n1", "pcs resource create tied ocf:pacemaker:Dummy && pcs constraint colocation add tied with mail-fs");
    site.settle();
    let plan = last("in-service --on n2 --dry-run");
    assert_eq!(plan["disturbs"], serde_json::json!(["move tied from n1 to n2"]), "{plan}");
    let refused = last("in-service --on n2 --allow='move other from n1 to n2' --yes");
    assert!(is(&refused, "error", "move tied from n1 to n2") && site.is_on(ID, "n1"), "{refused}");
    let done = last("in-service --on n2 --allow='move tied from n1 to n2' --yes");
    assert!(is(&done, "end", "in service on n2") && done["exit"] == 0 && site.is_on(ID, "n2"), "{done}");

    // What ends badly says why before anything else.
    site.sh("n1", "pcs resource delete tied && mv /etc/postfix/master.cf /root/");
    site.settle();
    let fails = |verb: &str, what: &str| {
        let failed = last(verb);
        let text = failed["text"].as_str().unwrap_or_default();
        assert!(failed["event"] == "end" && failed["exit"] == 1, "{failed}");
        assert!(text.starts_with(&format!("{ID} {what}\n")) && text.contains("master.cf not found"), "{text}");
    };
    fails("in-service --on n1 --yes", "is not in service on n1");
    site.wait("it to be where it was", || site.is_on(ID, "n2"));
    site.sh("n2", "mv /etc/postfix/master.cf /root/ && kill -9 $(cat /srv/mail/queue/pid/master.pid)");
    site.wait("Postfix to be down", || site.0.active(ID).is_none() && !site.0.failures().unwrap().is_empty());
    site.settle();
    fails("clean-up --yes", "is not in service on any server");
}

#[test]
fn each_operation_of_the_kit_as_its_guide_shows_it() {
    let site = Site::with_dependencies();
    site.is_asked();
    let ids = site.sh("n1", "printf '%s:%s' $(id -u postfix) $(getent group postdrop | cut -d: -f3)");
    let mut text = String::new();
    for (kit, command) in KIT {
        if command.starts_with("depend add") {
            let create = "pcs resource create spool-fs ocf:heartbeat:Filesystem device=/dev/otherdisk directory=/srv/spool fstype=ext4 --disabled";
            let node = site.0.active(ID).unwrap();
            site.sh("n1", &format!("{create} && crm_resource --move -r spool-fs -N {node} && pcs resource enable spool-fs"));
            site.wait("the spool", || site.is_on("spool-fs", &node));
            // One that is being started is shown there too.
            site.settle();
            site.sh("n1", "crm_resource --clear -r spool-fs");
        }
        let said = site.does("n1", command);
        let indented: String = said.lines().map(|l| format!("    {}\n", as_in_guide(l, &ids))).collect();
        text.push_str(&format!("{kit}:\n\n    n1# postkeeper {command}\n{indented}\n"));
        site.settle();
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lifekeeper.md");
    let before = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = before.split_once("<!-- kit -->\n").unwrap();
    let (_, tail) = rest.split_once("<!-- end -->").unwrap();
    let after = format!("{head}<!-- kit -->\n\n{text}<!-- end -->{tail}");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, after).unwrap();
    } else {
        let new: Vec<&str> = after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
        assert!(before == after, "run once with UPDATE_README=1: {new:#?}");
    }
}

/// A line with the one moment and the one pair of ids that the guide shows.
fn as_in_guide(line: &str, ids: &str) -> String {
    let line = line.replace(ids, "103:107");
    match line.split_once("at the latest ") {
        Some((before, moment)) => {
            let after = moment.split_once(')').map_or("", |(_, rest)| rest);
            format!("{before}at the latest 2026-11-25T15:00:00Z){after}")
        }
        None => line,
    }
}

/// What Postfix holds on its server is held while it is out of service, and given back with it; and dependencies in a group.
#[test]
fn what_is_held_while_out_of_service_is_given_back() {
    let site = Site::with_dependencies();
    site.does("n1", "create --yes --tag mx");
    site.does("n1", "extend mx --to n2 --yes");
    // The server that the file system would rather be on.
    site.sh("n1", "pcs constraint location mail-fs prefers n2=5000");
    site.settle();
    assert!(site.is_on("mail-fs", "n1"), "{}", site.view());
    site.refuses("n1", "in-service mx --wait 99999999999999999999 --yes", 2, "99999999999999999999");
    site.refuses("n1", "in-service mx --wait 9999999999999999999 --yes", 2, "86400");
    let before = essence_of(&site.configuration("n1"));
    let said = site.does("n1", "out-of-service mx --yes");
    assert!(said.contains("mail-fs: stays on its server while mx is out of service"), "{said}");
    site.settle();
    assert!(site.is_on("mail-fs", "n1") && site.is_on("mail-ip", "n1"), "{}", site.view());
    site.same_in_every_form("n1", "in-service mx");
    site.does("n1", "in-service mx --yes");
    assert!(site.is_on("mx", "n1"));
    let after = essence_of(&site.configuration("n1"));
    assert!(after == before, "{before}\nbecame{after}");
    site.same_in_every_form("n1", "out-of-service mx");

    // It depends on what it needs of the group, and on nothing that is added.
    let master = site.sh("n1", "cat /srv/mail/queue/pid/master.pid");
    site.sh("n1", "pcs resource create archive ocf:heartbeat:Dummy && pcs resource group add mail archive");
    site.settle();
    assert!(!site.does("n1", "show").contains("archive"));
    assert_eq!(site.sh("n1", "cat /srv/mail/queue/pid/master.pid"), master);
    // On a group as a whole, by hand.
    site.sh("n1", "pcs constraint colocation add mx with mail score=INFINITY id=by-hand");
    let said =
        site.refuses("n1", "depend remove mx archive --yes", 3, "by-hand also affects resources other than mx and archive");
    assert!(said.contains("pcs resource group remove mail archive"), "{said}");
    site.refuses("n1", "depend remove mx mail --yes", 3, "Postfix needs mail-fs");
    let said = site.does("n1", "depend remove mx mail --force --dry-run");
    for id in ["mx-with-mail-fs", "mx-after-mail-fs", "mx-with-mail-ip", "mx-after-mail-ip", "by-hand"] {
        assert!(said.contains(&format!("- constraint {id}\n")), "no {id} in {said}");
    }
    // One made by hand need not name what main.cf does.
    site.sh("n1", "for p in queue_dir queue_mountpoint; do crm_resource --resource mx --delete-parameter $p; done");
    site.settle();
    site.refuses("n1", "depend remove mx mail-fs --yes", 3, "Postfix needs mail-fs: it holds /srv/mail/queue");
}

/// create asks on a terminal, and nowhere else; script(1) makes the terminal.
fn wizard(site: &Site, answers: &str) -> String {
    site.sh("n1", &format!("printf '{answers}' | script -qec 'postkeeper create' /dev/null 2>&1; true"))
}

impl Site {
    /// Questions of the wizard: help, default, wrong answers, back, cancel, and yes.
    fn is_asked(&self) {
        let before = self.configuration("n1");
        let said = wizard(self, "q\\n");
        assert!(said.contains("Switchback type 1/6") && said.contains("Cancelled. Nothing has been changed."), "{said}");
        let said = wizard(self, "sometimes\\nautomatic\\nn9\\nn1\\n<\\n\\nrelative\\n\\n\\n\\nmx\\nn\\n");
        for words in [
            "Expected: intelligent or automatic", "Expected: one of n1, n2", "Expected: an absolute path", "Tag 6/6",
            "/srv/mail/queue", "resource mx ", "resource-stickiness = 0", "Not done",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert!(self.configuration("n1") == before, "{said}");
    }
}

/// The variables of docs/ansible.md lead to what create and extend make. They are given to pcs as tasks/shell_pcs of the role
/// linux-system-roles.ha_cluster gives them; the role itself is in no package. Fencing is the lab's own.
#[test]
fn the_playbook_makes_what_create_makes() {
    let site = Site::with_dependencies();
    site.sh("n1", "pcs resource ungroup mail && pcs constraint colocation add mail-ip with mail-fs id=mail-ip-with-mail-fs");
    site.does("n1", "create --yes --tag mail-server");
    site.does("n1", "extend mail-server --to n2 --yes");
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ansible.md")).unwrap();
    let yaml = text.split_once("```yaml\n").unwrap().1.split_once("```\n").unwrap().0;
    // What differs from machine to machine.
    let ids = site.sh("n1", "printf %s:%s $(id -u postfix) $(getent group postdrop | cut -d: -f3)");
    let yaml = yaml.replace("103:107", &ids).replace("/dev/vdb", "/dev/labdisk");
    // crmsh brings the reader.
    let read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)[0]['vars']))";
    let variables = site.sh("n1", &format!("python3 -c {} <<'END'\n{yaml}END\n", shell_words::quote(read)));
    let variables: serde_json::Value = serde_json::from_str(&variables).unwrap();

    site.sh("n1", "cibadmin -Q >/root/copy.xml");
    let purge = "/cib/configuration/constraints/* | /cib/configuration/resources/*[not(@class='stonith')] | /cib/configuration/rsc_defaults";
    site.sh("n1", &format!("CIB_file=/root/copy.xml cibadmin --force --delete-all --xpath \"{purge}\""));
    let before = site.sh("n1", "CIB_file=/root/copy.xml cibadmin -Q -o configuration");
    assert!(!before.contains("mail"), "{before}");
    let capabilities = site.sh("n1", "pcs --version --full");
    for command in ha_cluster(&variables, &capabilities) {
        let said = site.sh("n1", &format!("pcs -f /root/copy.xml -- {command} 2>&1"));
        assert!(!said.to_lowercase().contains("deprecat"), "{command}: {said}");
    }
    let wanted = site.configuration("n1");
    let got = site.sh("n1", "CIB_file=/root/copy.xml cibadmin -Q -o configuration");
    let defaults = |configuration: &str| {
        let tree = Element::parse(configuration).unwrap();
        tree.at(&["rsc_defaults"])
            .into_iter()
            .flat_map(Element::all)
            .filter(|e| e.name == "nvpair")
            .map(essence)
            .collect::<Vec<_>>()
    };
    assert_eq!(defaults(&got), defaults(&wanted));
    let (got, wanted) = (essence_of(&got), essence_of(&wanted));
    let odd = |a: &str, b: &str| a.lines().filter(|l| !b.contains(l)).collect::<Vec<_>>().join("\n");
    assert!(got == wanted, "extra: {}\nmissing: {}", odd(&got, &wanted), odd(&wanted, &got));
}

/// The commands of pcs that the role makes of its variables, but for fencing.
fn ha_cluster(variables: &serde_json::Value, capabilities: &str) -> Vec<String> {
    let list = |name: &str| variables[format!("ha_cluster_{name}")].as_array().unwrap_or_else(|| panic!("no {name}")).clone();
    let word = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => shell_words::quote(text).into_owned(),
        other => other.to_string(),
    };
    let pairs = |attributes: &serde_json::Value| -> String {
        let attributes = attributes.as_array().into_iter().flatten();
        attributes.map(|a| format!(" {}={}", word(&a["name"]), word(&a["value"]))).collect()
    };
    let mut commands = Vec::new();
    for set in variables["ha_cluster_resource_defaults"]["meta_attrs"].as_array().unwrap() {
        commands.push(format!("resource defaults set create meta{}", pairs(&set["attrs"])));
    }
    for primitive in list("resource_primitives").iter().filter(|p| !p["agent"].as_str().unwrap().starts_with("stonith:")) {
        let mut command = format!("resource create {} {}", word(&primitive["id"]), word(&primitive["agent"]));
        command += &pairs(&primitive["instance_attrs"][0]["attrs"]);
        if primitive.get("meta_attrs").is_some() {
            command += &format!(" meta{}", pairs(&primitive["meta_attrs"][0]["attrs"]));
        }
        for operation in primitive["operations"].as_array().into_iter().flatten() {
            command += &format!(" op {}{}", word(&operation["action"]), pairs(&operation["attrs"]));
        }
        commands.push(command);
    }
    for constraint in list("constraints_location") {
        let (id, resource) = (word(&constraint["id"]), word(&constraint["resource"]["id"]));
        commands.push(match constraint["rule"].as_str() {
            Some(rule) => {
                let rule = if capabilities.contains("pcmk.constraint.location.simple.rule.rule-as-one-argument") {
                    shell_words::quote(rule).into_owned()
                } else {
                    rule.replace('#', "\\#")
                };
                format!("constraint location {resource} rule constraint-id={id}{} {rule}", pairs(&constraint["options"]))
            }
            None => {
                let score = word(&constraint["options"][0]["value"]);
                let score = if capabilities.contains("pcmk.constraint.location.simple.options.score") {
                    format!("score={score}")
                } else {
                    score
                };
                format!("constraint location add {id} {resource} {} {score}", word(&constraint["node"]))
            }
        });
    }
    for constraint in list("constraints_colocation") {
        let (follower, leader) = (word(&constraint["resource_follower"]["id"]), word(&constraint["resource_leader"]["id"]));
        commands
            .push(format!("constraint colocation add {follower} with {leader} score=INFINITY id={}", word(&constraint["id"])));
    }
    for constraint in list("constraints_order") {
        let side = |which: &str| format!("{} {}", word(&constraint[which]["action"]), word(&constraint[which]["id"]));
        commands.push(format!(
            "constraint order {} then {} id={}",
            side("resource_first"),
            side("resource_then"),
            word(&constraint["id"])
        ));
    }
    commands
}
