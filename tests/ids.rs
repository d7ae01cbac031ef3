//! The ids of Postfix's users on real clusters: whatever becomes of a node attribute or of a directory service, mail flows, and
//! nothing moves that need not.

use std::time::{Duration, Instant};

use lab::cluster::{Cluster, VIP};
use lab::host::Host;
use lab::mail::Load;
use lab::setup;

const TAG: &str = "mail";

/// The attribute of the hierarchy.
const ATTRIBUTE: &str = "postkeeper-ids-mail";

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::install_tool(host)?;
    setup::install_agent(host)?;
    setup::configure_postfix(host, "/etc/postfix", VIP, "/srv/mail", "")
}

/// A cluster of n1 and n2 whose hierarchy was made by the tool, in service on n1, under mail.
struct Site {
    cluster: Cluster,
    mail: Load,
    ids: String,
}

impl Site {
    fn new(prepare: &(dyn Fn(&Host) -> anyhow::Result<()> + Sync), config_dir: &str) -> Site {
        let cluster = Cluster::boot(2, prepare).unwrap();
        let sh = |script: &str| {
            let said = cluster.sh("n1", &format!("{{ {script}; }} 2>&1"));
            said.unwrap_or_else(|e| panic!("{e}\n{}", cluster.view()))
        };
        if config_dir == "/etc/postfix" {
            setup::make_shared_queue(&cluster).unwrap();
        }
        // Where it has been moved it stays.
        sh("pcs resource defaults update resource-stickiness=100");
        for (id, agent) in [
            ("mail-fs", "ocf:heartbeat:Filesystem device=/dev/labdisk directory=/srv/mail fstype=ext4"),
            ("mail-ip", &format!("ocf:heartbeat:IPaddr2 ip={VIP} cidr_netmask=24")),
        ] {
            sh(&format!("pcs resource create {id} {agent} && pcs resource group add net {id} && crm_resource --wait"));
        }
        sh("crm_resource --move -r net -N n1 && crm_resource --wait && crm_resource --clear -r net");
        sh(&format!("postkeeper create --tag {TAG} --config-dir {config_dir} --yes"));
        // A minute is long in a test.
        sh(
            "pcs resource op remove mail-monitor-interval-60s; pcs resource op add mail monitor interval=2s timeout=30s OCF_CHECK_LEVEL=10",
        );
        sh(&format!("postkeeper extend {TAG} --to n2 --yes"));
        cluster.wait_settled().unwrap();
        let mail = Load::start(&cluster.client, format!("{VIP}:25").parse().unwrap(), 2).unwrap();
        let ids = sh("stat -c %u:%g /srv/mail/queue/maildrop").trim().to_owned();
        let site = Site { cluster, mail, ids };
        site.mail_flows("at first");
        site
    }

    fn sh(&self, node: &str, script: &str) -> String {
        self.cluster.sh(node, script).unwrap()
    }

    fn wait(&self, what: &str, holds: impl FnMut() -> bool) {
        self.cluster.wait(what, holds).unwrap();
    }

    fn mail_flows(&self, when: &str) {
        self.cluster.wait_mail(&self.mail, when).unwrap();
    }

    fn settle(&self) {
        self.cluster.wait_settled().unwrap();
    }

    /// What a node has published, as attrd says; empty for nothing.
    fn published(&self, of: &str) -> String {
        let said = self.cluster.sh(self.cluster.any().unwrap(), &format!("attrd_updater -n {ATTRIBUTE} -Q -N {of} 2>&1; true"));
        let value = said.unwrap().lines().find_map(|l| Some(l.split_once("value=\"")?.1.trim_end_matches('"').to_owned()));
        value.unwrap_or_default()
    }

    fn has_published(&self, node: &str) -> bool {
        self.published(node) == self.ids
    }

    fn master(&self, node: &str) -> String {
        self.sh(node, "cat /srv/mail/queue/pid/master.pid").trim().to_owned()
    }

    /// That `accident` stops nothing and moves nothing; the master that runs on n1 runs on.
    fn survives(&self, what: &str, accident: impl FnOnce()) {
        let (node, begun) = (self.cluster.active(TAG).unwrap(), Instant::now());
        let master = self.master(&node);
        accident();
        self.settle();
        self.mail_flows(what);
        assert_eq!(self.cluster.active(TAG).as_deref(), Some(node.as_str()), "{what}: it has moved\n{}", self.cluster.view());
        assert_eq!(self.master(&node), master, "{what}: it was restarted\n{}", self.cluster.view());
        let outage = self.mail.outage(begun, Instant::now());
        println!("{what}: longest time without an answer {outage:?}");
        assert!(outage < Duration::from_secs(5), "{what}: no mail for {outage:?}");
    }

    /// The tool on n1: exit code and what it says.
    fn tool(&self, arguments: &str) -> (i32, String) {
        self.cluster.tool("n1", arguments).unwrap()
    }

    fn end(self) {
        let on = self.cluster.active(TAG).unwrap();
        let mailbox = self.cluster.with(&on, |host| Ok(host.root().join("srv/mail/box/tester"))).unwrap();
        let ledger = self.mail.settle(&mailbox, Duration::from_secs(60)).unwrap();
        println!("{} sent, {} lost", ledger.sent, ledger.lost.len());
        assert!(ledger.lost.is_empty() && ledger.delivered > 0, "{ledger:?}");
    }
}

/// The attribute is lost in every way that is known; a recurring monitor of level 10 publishes it again where Postfix runs.
#[test]
fn no_lost_attribute_stops_mail() {
    let site = Site::new(&prepare, "/etc/postfix");
    let kill = |node: &str| {
        let old = site.sh(node, "pidof pacemaker-attrd");
        site.sh(node, &format!("kill -9 {old}"));
        site.wait("another attribute manager", || {
            site.cluster.sh(node, "pidof pacemaker-attrd").is_ok_and(|new| new != old)
                && site.cluster.sh(node, "attrd_updater -n probe -Q -A >/dev/null 2>&1; [ $? -eq 78 ] || [ $? -eq 0 ]").is_ok()
        });
    };
    site.wait("both to have published", || site.has_published("n1") && site.has_published("n2"));

    site.survives("attribute deleted for both", || {
        site.sh("n1", &format!("attrd_updater -n {ATTRIBUTE} -D -N n1 && attrd_updater -n {ATTRIBUTE} -D -N n2"));
        site.wait("it to be gone", || site.published("n2").is_empty());
    });
    site.wait("the active node to publish again", || site.has_published("n1"));

    site.survives("attribute manager of the active node killed", || kill("n1"));
    site.wait("the active node to publish again", || site.has_published("n1"));
    site.survives("both attribute managers killed", || {
        let pids = |node: &str| site.sh(node, "pidof pacemaker-attrd");
        let (one, two) = (pids("n1"), pids("n2"));
        site.sh("n1", &format!("kill -9 {one}"));
        site.sh("n2", &format!("kill -9 {two}"));
        site.wait("other attribute managers", || {
            ["n1", "n2"].iter().all(|n| site.cluster.sh(n, "pidof pacemaker-attrd").is_ok_and(|new| new != one && new != two))
        });
    });
    site.wait("the active node to publish again", || site.has_published("n1"));

    // verify says that the standby has not: its probes are long past.
    let (_, said) = site.tool("verify mail");
    assert!(said.contains("not published by n2"), "{said}");

    // During a takeover: the node that takes over has no attribute, and loses its attribute manager on the way.
    let two = site.sh("n2", "pidof pacemaker-attrd");
    site.cluster.power_off("n1").unwrap();
    site.sh("n2", &format!("kill -9 {two}"));
    site.wait("the takeover", || site.cluster.active(TAG).as_deref() == Some("n2"));
    site.mail_flows("after the takeover");
    site.wait("n2 to publish", || site.has_published("n2"));
    site.end();
}

/// The rule of earlier versions does stop mail; one command replaces it, and mail comes back by itself.
#[test]
fn the_rule_of_an_earlier_version_is_reported_and_replaced() {
    let site = Site::new(&prepare, "/etc/postfix");
    let old = |ids: &str| {
        let rule = format!(
            "<rsc_location id=\\\"mail-ids\\\" rsc=\\\"mail\\\"><rule id=\\\"mail-ids-rule\\\" score=\\\"-INFINITY\\\">\
             <expression id=\\\"mail-ids-rule-expr\\\" attribute=\\\"{ATTRIBUTE}\\\" operation=\\\"ne\\\" value=\\\"{ids}\\\"/></rule></rsc_location>"
        );
        format!("cibadmin --replace --xpath \"//rsc_location[@id='mail-ids']\" --xml-text \"{rule}\"")
    };
    let (code, said) = site.tool("status mail");
    assert!(code == 0 && !said.contains("repair"), "{said}");
    let (code, said) = site.tool("repair mail --dry-run");
    assert!(code == 0 && said.contains("nothing to change"), "{said}");

    site.survives("repair", || {
        site.sh("n1", &old(&site.ids));
        let (code, said) = site.tool("status mail");
        assert!(code == 8 && said.contains("to replace it: postkeeper repair mail"), "{code} {said}");
        let (code, said) = site.tool("verify mail");
        assert!(code == 1 && said.contains("Replace it: postkeeper repair mail"), "{code} {said}");
        for form in ["--dry-run", "--format pcs", "--format crm"] {
            let (code, said) = site.tool(&format!("repair mail {form}"));
            assert!(code == 0 && said.contains("mail-ids") || said.contains("is set and is not"), "{form}: {code} {said}");
        }
        let (code, said) = site.tool("repair mail --yes");
        assert!(code == 0 && said.contains("mail is repaired"), "{code} {said}");
    });
    assert_eq!(site.tool("status mail").0, 0);

    // It has done its harm already.
    site.sh("n1", &old(&site.ids));
    site.sh("n1", &format!("attrd_updater -n {ATTRIBUTE} -D -N n1 && attrd_updater -n {ATTRIBUTE} -D -N n2"));
    site.wait("the old rule to stop mail", || site.cluster.active(TAG).is_none());
    site.settle();
    let (code, said) = site.tool("repair mail --yes");
    assert_eq!(code, 0, "{said}");
    site.wait("Postfix to start again", || site.cluster.active(TAG).is_some());
    site.mail_flows("after the repair");

    // No rule at all, as in a hierarchy that was made by hand.
    site.survives("a rule where there was none", || {
        site.sh("n1", "cibadmin --delete --xml-text '<rsc_location id=\"mail-ids\"/>'");
        let (code, said) = site.tool("repair mail --yes");
        assert!(code == 0 && said.contains(&format!("is set and is not {}", site.ids)), "{code} {said}");
    });

    // What the servers have published is not what the queue has: a rule would take it away from both.
    site.survives("a repair that is refused", || {
        site.sh("n1", "cibadmin --delete --xml-text '<rsc_location id=\"mail-ids\"/>'");
        site.sh("n1", &format!("attrd_updater -n {ATTRIBUTE} -U 7:7 -N n1 && attrd_updater -n {ATTRIBUTE} -U 7:7 -N n2"));
        site.wait("the attributes", || ["n1", "n2"].iter().all(|n| site.published(n) == "7:7"));
        site.settle();
        let (code, said) = site.tool("repair mail --yes");
        assert!(code == 3 && said.contains("mail would not stay in service on "), "{code} {said}");
        site.sh("n1", said.lines().find_map(|line| Some(line.split_once("and try again: ")?.1)).unwrap());
        site.settle();
        let (code, said) = site.tool("repair mail --yes");
        assert!(code == 0 && said.contains(&format!("is set and is not {}", site.ids)), "{code} {said}");
    });
    site.end();
}

/// Pacemaker does not probe: nobody publishes anything of a server that has not been active since it came up.
#[test]
fn without_probes_each_server_still_takes_over() {
    let site = Site::new(&prepare, "/etc/postfix");
    site.sh("n1", "pcs property set enable-startup-probes=false --force");
    site.sh(
        "n1",
        "for n in n1 n2; do cibadmin --modify --xpath \"//rsc_location[@id='mail-on-$n']\" --xml-text \"<rsc_location id='mail-on-$n' resource-discovery='never'/>\"; done",
    );
    for (node, other) in [("n2", "n1"), ("n1", "n2")] {
        // `other` is active; `node` comes up and is never asked.
        assert_eq!(site.cluster.active(TAG).as_deref(), Some(other));
        site.survives(&format!("reboot of {node}"), || {
            site.cluster.power_off(node).unwrap();
            site.cluster.wait_known_off(node).unwrap();
            site.cluster.switch_on(node, &prepare).unwrap();
            site.cluster.wait_online(node).unwrap();
        });
        assert_eq!(site.published(node), "", "it was probed, so this proves nothing");
        let said = site.sh(other, "postkeeper verify mail 2>&1; true");
        assert!(said.contains(&format!("not published by {node}")), "{said}");
        site.cluster.power_off(other).unwrap();
        site.wait("the takeover", || site.cluster.active(TAG).as_deref() == Some(node));
        site.mail_flows("after the takeover");
        site.wait("it to publish", || site.has_published(node));
        site.cluster.wait_known_off(other).unwrap();
        site.cluster.switch_on(other, &prepare).unwrap();
        site.cluster.wait_online(other).unwrap();
        site.settle();
    }
    site.end();
}
