//! The admin tool on clusters that never come to rest, and what it leaves as it is: everything, until somebody has said yes.

use lab::cluster::{Cluster, VIP};
use lab::host::Host;
use lab::setup;

const ID: &str = "postfix-on-srv-mail-queue";

/// An agent whose resource is dead two seconds after each start, for ever: slow enough for a loaded machine, where Pacemaker does
/// one thing at a time and begins anew after each failure. With `slow=SECONDS` it takes so long to start, and lives.
const ODD_AGENT: &str = r#"#!/bin/sh
state=/run/odd-$OCF_RESOURCE_INSTANCE
case $1 in
meta-data) cat <<'END'
<?xml version="1.0"?>
<resource-agent name="odd" version="1"><version>1.1</version><longdesc lang="en">odd</longdesc><shortdesc lang="en">odd</shortdesc>
<parameters><parameter name="slow"><longdesc lang="en">slow</longdesc><shortdesc lang="en">slow</shortdesc><content type="integer"/></parameter></parameters>
<actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/><action name="monitor" interval="1s" timeout="20s"/><action name="meta-data" timeout="5s"/></actions></resource-agent>
END
;;
start) sleep ${OCF_RESKEY_slow:-0}; touch $state;;
stop) rm -f $state;;
monitor)
    [ -e $state ] || exit 7
    [ -n "$OCF_RESKEY_slow" ] || [ $(($(date +%s) - $(stat -c %Y $state))) -lt 2 ] || exit 1;;
esac
exit 0
"#;

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::install_tool(host)?;
    setup::install_agent(host)?;
    let agent = host.root().join("usr/lib/ocf/resource.d/lab");
    std::fs::create_dir_all(&agent)?;
    std::fs::write(agent.join("odd"), ODD_AGENT)?;
    host.sh("chmod 755 /usr/lib/ocf/resource.d/lab/odd && mkdir -p /srv/spool")?;
    setup::configure_postfix(host, "/etc/postfix", VIP, "/srv/mail", "")
}

/// A cluster with a file system and an address in a group, on n1.
fn boot(nodes: usize) -> Cluster {
    let cluster = Cluster::boot(nodes, &prepare).unwrap();
    setup::make_dependencies(&cluster, "n1").unwrap();
    cluster
}

/// Runs the tool on a node: its exit code, and what it says.
fn tool(cluster: &Cluster, node: &str, arguments: &str) -> (i32, String) {
    cluster.tool(node, arguments).unwrap()
}

/// The whole CIB: configuration, history of every resource, attributes of nodes, and the counters of changes.
fn cib(cluster: &Cluster) -> String {
    cluster.sh("n1", "cibadmin --query").unwrap()
}

/// A verb without a yes, in every form, leaves the whole CIB as it was.
fn leaves_all_as_it_is(cluster: &Cluster, node: &str, verb: &str) {
    cluster.wait_settled().unwrap();
    for form in ["--dry-run --force", "--format xml", "--format pcs", "--format crm", ""] {
        let before = cib(cluster);
        let (code, said) = tool(cluster, node, &format!("{verb} {form}"));
        let after = cib(cluster);
        let changed: Vec<&str> = after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
        assert!(before == after, "{verb} {form} has changed {changed:#?}\n{said}");
        assert!(matches!(code, 0 | 3), "{verb} {form}: {code}\n{said}");
    }
}

#[test]
fn nothing_is_changed_before_somebody_says_yes() {
    let cluster = boot(2);
    leaves_all_as_it_is(&cluster, "n1", "create");
    let (code, said) = tool(&cluster, "n1", "create --yes");
    assert_eq!(code, 0, "{said}");

    // A node that has said the wrong thing, and one that has said nothing: neither is asked anew before that.
    cluster.sh("n2", "usermod -u 4321 postfix").unwrap();
    cluster.sh("n1", &format!("crm_resource --refresh --force -r {ID} -N n2 && crm_resource --wait")).unwrap();
    leaves_all_as_it_is(&cluster, "n1", "extend --to n2");
    let uid = cluster.sh("n1", "id -u postfix").unwrap();
    cluster.sh("n2", &format!("usermod -u {} postfix", uid.trim())).unwrap();
    leaves_all_as_it_is(&cluster, "n1", "extend --to n2");
    cluster.sh("n1", &format!("attrd_updater -n postkeeper-ids-{ID} -D -N n2")).unwrap();
    cluster
        .wait("the attribute to be gone", || cib(&cluster).matches(&format!("name=\"postkeeper-ids-{ID}\"")).count() == 1)
        .unwrap();
    leaves_all_as_it_is(&cluster, "n1", "extend --to n2");

    // Somebody who has said yes sees what is true now.
    let (code, said) = tool(&cluster, "n1", "extend --to n2 --yes");
    assert_eq!(code, 0, "{said}");

    cluster
        .sh("n1", "pcs resource create spool-fs ocf:heartbeat:Filesystem device=/dev/otherdisk directory=/srv/spool fstype=ext4 --disabled")
        .unwrap();
    for verb in [
        "extend --to n2",
        "unextend --from n2",
        "unextend --from n1",
        "in-service --on n2",
        "out-of-service",
        "set postfix-on-/srv/mail/queue drain=9",
        "set postfix-on-/srv/mail/queue drain=soon",
        "set postfix-on-/srv/mail/queue switchback automatic --dependencies",
        "set postfix-on-/srv/mail/queue priority n1=20 n2=10",
        "depend add postfix-on-/srv/mail/queue spool-fs",
        "depend remove postfix-on-/srv/mail/queue mail-ip",
        "delete postfix-on-/srv/mail/queue",
    ] {
        leaves_all_as_it_is(&cluster, "n1", verb);
    }

    // Failures that would be forgotten are not, yet.
    cluster.sh("n1", &format!("crm_resource --fail -r {ID} -N n1 && crm_resource --wait")).unwrap();
    cluster.wait("it to run again", || cluster.active(ID).as_deref() == Some("n1")).unwrap();
    cluster.wait_settled().unwrap();
    assert!(cib(&cluster).contains(&format!("fail-count-{ID}")));
    leaves_all_as_it_is(&cluster, "n1", "in-service --on n2");
    leaves_all_as_it_is(&cluster, "n1", "delete postfix-on-/srv/mail/queue");

    // One that is taken from the agent of old.
    let (code, said) = tool(&cluster, "n1", "out-of-service --yes");
    assert_eq!(code, 0, "{said}");
    leaves_all_as_it_is(&cluster, "n1", "in-service");
    leaves_all_as_it_is(&cluster, "n1", "out-of-service");
    let (code, said) = tool(&cluster, "n1", "delete postfix-on-/srv/mail/queue --yes");
    assert_eq!(code, 0, "{said}");
    cluster.sh("n1", "pcs resource create old ocf:heartbeat:postfix --disabled").unwrap();
    leaves_all_as_it_is(&cluster, "n1", "adopt old");
}

/// How often the configuration has been written.
fn epoch(cluster: &Cluster) -> u64 {
    let root = cluster.sh("n1", "cibadmin --query --no-children").unwrap();
    let value =
        |name: &str| root.split_once(&format!(" {name}=\"")).unwrap().1.split('"').next().unwrap().parse::<u64>().unwrap();
    value("epoch")
}

/// Runs a verb that must come to its end in good time, and without writing the configuration more often than it has to.
fn does(cluster: &Cluster, node: &str, verb: &str) {
    let before = epoch(cluster);
    let (code, said) = tool(cluster, node, &format!("{verb} --wait 60 --yes"));
    println!("{verb}: {said}");
    assert_eq!(code, 0, "{verb}: {said}\n{}", cluster.view());
    let writes = epoch(cluster) - before;
    assert!(
        writes <= most_writes(verb, cluster.names().len() as u64),
        "{verb} has written the configuration {writes} times\n{said}"
    );
}

/// How often a verb may write the configuration: once a phase, and once more to have the cluster go on after it. A delete has
/// four phases, in two of which every node forgets the resource: Pacemaker writes last-lrm-refresh for each.
fn most_writes(verb: &str, nodes: u64) -> u64 {
    if verb.starts_with("delete") { 8 + 2 * nodes } else { 4 }
}

/// Every verb, from a hierarchy's first day to its last.
fn every_verb_comes_to_its_end(cluster: &Cluster) {
    const TAG: &str = "postfix-on-/srv/mail/queue";
    does(cluster, "n1", "create");
    does(cluster, "n1", "extend --to n2");
    does(cluster, "n1", &format!("set {TAG} drain=9"));
    does(cluster, "n1", &format!("set {TAG} priority n1=20 n2=1"));
    does(cluster, "n1", "in-service --on n2");
    assert_eq!(cluster.active(ID).as_deref(), Some("n2"));
    does(cluster, "n1", "out-of-service");
    assert_eq!(cluster.active(ID), None);
    does(cluster, "n1", "in-service");
    assert!(cluster.active(ID).is_some());
    does(cluster, "n1", "in-service --on n1");
    does(cluster, "n1", &format!("depend add {TAG} dummy"));
    does(cluster, "n1", &format!("depend remove {TAG} dummy"));
    does(cluster, "n1", &format!("set {TAG} switchback automatic --dependencies"));
    does(cluster, "n1", &format!("set {TAG} switchback intelligent --dependencies"));
    does(cluster, "n1", "in-service --on n1");
    does(cluster, "n1", "unextend --from n2");
    does(cluster, "n1", "out-of-service");
    does(cluster, "n1", &format!("delete {TAG}"));
    assert!(!cib(cluster).contains(ID), "{}", cib(cluster));
}

#[test]
fn every_verb_comes_to_its_end_while_attributes_of_nodes_change_all_the_time() {
    let cluster = boot(2);
    cluster.sh("n1", "pcs resource create dummy ocf:heartbeat:Dummy && pcs constraint location dummy prefers n1").unwrap();
    cluster.wait_settled().unwrap();
    let churn = "i=0; while :; do i=$((i+1)); attrd_updater -n load -U $i -d 0; sleep 0.2; done >/dev/null 2>&1 & echo $!";
    cluster.sh("n2", &format!("setsid sh -c '{churn}'")).unwrap();
    let load = |cluster: &Cluster| {
        cib(cluster).split_once("name=\"load\" value=\"").map(|(_, rest)| rest.split('"').next().unwrap().to_owned())
    };
    cluster.wait("the attribute", || load(&cluster).is_some()).unwrap();
    every_verb_comes_to_its_end(&cluster);
    let last = load(&cluster);
    cluster.wait("the attribute to change still", || load(&cluster) != last).unwrap();
}

#[test]
fn every_verb_comes_to_its_end_beside_what_never_does() {
    let cluster = boot(3);
    // A resource that fails at every look, for ever.
    let script = "pcs resource create dummy ocf:heartbeat:Dummy && pcs constraint location dummy prefers n1 && \
                  pcs resource create loop ocf:lab:odd op monitor interval=1s meta migration-threshold=INFINITY && \
                  pcs constraint location loop prefers n3";
    cluster.sh("n1", script).unwrap();
    let failures = || {
        let text = cib(&cluster);
        let counts = text.split("name=\"fail-count-loop#monitor_1000\" value=\"").skip(1);
        counts.filter_map(|rest| rest.split('"').next()?.parse::<u64>().ok()).sum::<u64>()
    };
    cluster.wait("the loop", || failures() > 2).unwrap();
    let before = failures();
    every_verb_comes_to_its_end(&cluster);
    cluster.wait("the loop to go on", || failures() > before).unwrap();

    // A resource that takes ten minutes to start: what needs nothing of the cluster is done, and who waits is told what for.
    cluster.sh("n1", "cibadmin --delete-all --force --xpath \"//rsc_location[@rsc='loop']\" && cibadmin --delete-all --force --xpath \"//primitive[@id='loop']\"").unwrap();
    cluster.clean_up().unwrap();
    does(&cluster, "n1", "create");
    does(&cluster, "n1", "extend --to n2");
    cluster
        .sh(
            "n1",
            "pcs resource create slow ocf:lab:odd slow=600 op start timeout=700s && pcs constraint location slow prefers n3",
        )
        .unwrap();
    cluster.wait("the slow start", || cib(&cluster).contains("slow_start_0")).unwrap();
    does(&cluster, "n1", "set postfix-on-/srv/mail/queue priority n1=20 n2=10");
    does(&cluster, "n1", "unextend --from n2");
    does(&cluster, "n1", "extend --to n2");
    // Pacemaker begins nothing new before that start has come to its end.
    let (code, said) = tool(&cluster, "n1", "out-of-service --yes --wait 10");
    assert!(code == 1 && said.contains("In progress: operation start of slow on "), "{code} {said}");
}

#[test]
fn every_verb_comes_to_its_end_while_a_node_cannot_be_fenced() {
    let cluster = boot(3);
    cluster.sh("n1", "pcs resource create dummy ocf:heartbeat:Dummy && pcs constraint location dummy prefers n1").unwrap();
    does(&cluster, "n1", "create");
    does(&cluster, "n1", "extend --to n2");
    cluster.sh("n1", "pcs stonith update fence pcmk_host_list='n1 n2'").unwrap();
    cluster.wait_settled().unwrap();
    cluster.pull_cable("n3").unwrap();
    cluster
        .wait("n3 to be unclean", || {
            let xml = cluster.sh("n1", "crm_mon -1 --output-as=xml").unwrap();
            xml.lines().any(|l| l.contains("<node name=\"n3\"") && l.contains("unclean=\"true\""))
        })
        .unwrap();
    let tag = "postfix-on-/srv/mail/queue";
    for verb in [
        &format!("set {tag} drain=9"),
        &format!("set {tag} priority n1=20 n2=1"),
        &format!("depend add {tag} dummy"),
        &format!("depend remove {tag} dummy"),
        "unextend --from n2",
        "extend --to n2",
    ] {
        does(&cluster, "n1", verb);
    }
    // Until n3 is fenced the cluster starts nothing: what is moved would stay stopped.
    for verb in ["in-service --on n2", &format!("set {tag} binary_dir=/usr/sbin/.")] {
        let (code, said) = tool(&cluster, "n1", &format!("{verb} --wait 20 --yes"));
        assert!(code == 3 && said.contains("n3 must be fenced first"), "{verb}: {code} {said}");
        assert_eq!(cluster.active(ID).as_deref(), Some("n1"), "{verb}: {said}");
    }
    does(&cluster, "n1", "out-of-service");
    let (code, said) = tool(&cluster, "n1", "in-service --yes --wait 10");
    assert!(code == 1 && said.contains("In progress: fence n3"), "{code} {said}");
    does(&cluster, "n1", &format!("delete {tag}"));
}

#[test]
fn failures_are_forgotten_when_no_monitor_is_under_way() {
    let cluster = boot(2);
    for verb in ["create --yes", "set postfix-on-/srv/mail/queue watch=false --yes"] {
        let (code, said) = tool(&cluster, "n1", verb);
        assert_eq!(code, 0, "{verb}: {said}");
    }
    // It greets late, so its first monitors take their time.
    cluster.sh("n1", "postconf smtpd_delay_reject=no smtpd_client_restrictions='sleep 4' && postfix reload 2>&1").unwrap();
    cluster.sh("n1", &format!("crm_resource --fail -r {ID} -N n1")).unwrap();
    let is_pending = |line: &&str| line.contains("op-status=\"-1\"") && line.contains(&format!("{ID}_monitor_"));
    cluster.wait("monitors to be under way", || cib(&cluster).lines().filter(is_pending).count() > 1).unwrap();
    let master = || cluster.sh("n1", "cat /srv/mail/queue/pid/master.pid").unwrap();
    let before = master();
    does(&cluster, "n1", "clean-up");
    cluster.wait_settled().unwrap();
    assert_eq!((cluster.failures().unwrap(), master()), (Vec::new(), before));

    // That it fails again as before is said.
    cluster.sh("n1", "mv /etc/postfix/master.cf /root/ && kill -9 $(cat /srv/mail/queue/pid/master.pid)").unwrap();
    cluster.wait("Postfix to be down", || cluster.active(ID).is_none() && !cluster.failures().unwrap().is_empty()).unwrap();
    cluster.wait_settled().unwrap();
    let (code, said) = tool(&cluster, "n1", "clean-up --yes");
    assert!(code == 1 && said.contains("/etc/postfix/master.cf not found"), "{code} {said}");
    cluster.sh("n1", "mv /root/master.cf /etc/postfix/").unwrap();
    does(&cluster, "n1", "clean-up");
    assert_eq!(cluster.active(ID).as_deref(), Some("n1"));
}

#[test]
fn what_only_the_cluster_can_judge_is_asked_of_it() {
    let cluster = boot(2);
    for verb in ["create --yes", "extend --to n2 --yes"] {
        let (code, said) = tool(&cluster, "n1", verb);
        assert_eq!(code, 0, "{verb}: {said}");
    }
    let (code, said) = tool(&cluster, "n1", "status");
    assert!(code == 0 && said.contains("server n2  priority 10  online\n"), "{code} {said}");
    let whole = |id: &str| {
        format!(
            "<rule id='{id}-rule' score='-INFINITY' boolean-op='and'><expression id='{id}-e' attribute='#uname' operation='eq' value='n2'/>"
        )
    };
    let bans = [
        "<rsc_location id='ban' rsc='tagged' node='n2' score='-INFINITY'/>".to_owned(),
        "<rsc_location id='ban' rsc-pattern='^postfix-on' node='n2' score='-INFINITY'/>".to_owned(),
        format!("<rsc_location id='ban' rsc='tagged'>{}</rule></rsc_location>", whole("tag")),
        format!("<rsc_location id='ban' rsc-pattern='^postfix-on'>{}</rule></rsc_location>", whole("pattern")),
        format!(
            "<rsc_location id='ban' rsc='{ID}'>{}<date_expression id='date' operation='gt' start='2020-01-01'/></rule></rsc_location>",
            whole("rule")
        ),
        format!(
            "<rsc_location id='ban' rsc='mail-ip'>{}<date_expression id='date' operation='gt' start='2020-01-01'/></rule></rsc_location>",
            whole("ip")
        ),
    ];
    cluster
        .sh("n1", &format!("cibadmin -C -o configuration -X \"<tags><tag id='tagged'><obj_ref id='{ID}'/></tag></tags>\""))
        .unwrap();
    for ban in bans {
        cluster.sh("n1", &format!("cibadmin --create --scope constraints --xml-text \"{ban}\"")).unwrap();
        cluster.wait_settled().unwrap();
        let (_, said) = tool(&cluster, "n1", "status --json");
        let report: serde_json::Value = serde_json::from_str(&said).unwrap();
        let can_have_it = |s: &serde_json::Value| s["name"] == "n2" && s["kept_away"] == serde_json::json!([]);
        let servers = report["hierarchies"][0]["servers"].as_array().unwrap();
        assert!(!servers.iter().any(can_have_it), "{ban}: {said}");
        let (code, said) = tool(&cluster, "n1", "in-service --on n2 --yes");
        assert_eq!(code, 3, "{ban}: {said}");
        cluster.sh("n1", "cibadmin --delete --xml-text \"<rsc_location id='ban'/>\"").unwrap();
    }

    // A stickiness that a rule gives it, as long as that holds.
    let set = "<meta_attributes id='by-rule' score='10'><rule id='day' score='0'><date_expression id='since' operation='gt' start='2020-01-01'/></rule>\
         <nvpair id='sticky' name='resource-stickiness' value='0'/></meta_attributes>";
    let (_, said) = tool(&cluster, "n1", "show");
    assert!(said.contains("intelligent (resource-stickiness INFINITY)"), "{said}");
    cluster
        .sh(
            "n1",
            &format!("cibadmin --modify --allow-create --scope resources --xml-text \"<primitive id='{ID}'>{set}</primitive>\""),
        )
        .unwrap();
    let (_, said) = tool(&cluster, "n1", "show");
    assert!(said.contains("automatic (resource-stickiness 0)"), "{said}");
}

/// Answers yes to a question of the tool when Postfix has failed over meanwhile.
const LATE_YES: &str = r#"
import os, pty, subprocess, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv('/usr/sbin/postkeeper', ['postkeeper', 'unextend', '--from', 'n2'])
said = b''
while b'Do this?' not in said:
    said += os.read(fd, 4096)
subprocess.run(['sh', '-c', sys.argv[1]], check=True)
os.write(fd, b'y')
try:
    while more := os.read(fd, 4096):
        said += more
except OSError:
    pass
print(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

#[test]
fn what_no_other_server_could_run_and_what_is_no_longer_true_is_refused() {
    let cluster = boot(2);
    let tag = "postfix-on-/srv/mail/queue";
    does(&cluster, "n1", "create");
    does(&cluster, "n1", "extend --to n2");

    // A dependency that keeps n2 from taking over.
    cluster.sh("n1", "pcs resource create dummy ocf:heartbeat:Dummy && pcs constraint location dummy avoids n2").unwrap();
    cluster.wait_settled().unwrap();
    let (code, said) = tool(&cluster, "n1", &format!("depend add {tag} dummy --yes"));
    assert!(code == 3 && said.contains("n2 could not run the hierarchy: dummy would not be active there"), "{code} {said}");
    does(&cluster, "n1", &format!("depend add {tag} dummy --force"));
    does(&cluster, "n1", &format!("depend remove {tag} dummy"));

    // Whether it is needed is in main.cf.
    cluster.sh("n2", "mv /etc/postfix/main.cf /root/").unwrap();
    let (code, said) = tool(&cluster, "n2", &format!("depend remove {tag} mail-ip --yes"));
    assert!(code == 3 && said.contains("Whether Postfix needs mail-ip cannot be checked here"), "{code} {said}");
    cluster.sh("n2", "mv /root/main.cf /etc/postfix/").unwrap();

    // While the question was open, Postfix has come to the server that it was to be taken from.
    cluster.sh("n1", &format!("pcs resource meta {ID} migration-threshold=1")).unwrap();
    cluster.wait_settled().unwrap();
    cluster.sh("n1", &format!("cat > /root/yes.py <<'END'\n{LATE_YES}\nEND\n")).unwrap();
    let fail = format!(
        "kill -9 $(cat /srv/mail/queue/pid/master.pid); until crm_mon -1 | grep -q '{ID}.*Started n2'; do sleep 0.2; done"
    );
    let said =
        cluster.sh("n1", &format!("timeout 90 python3 /root/yes.py \"{}\"; echo ended $?", fail.replace('$', "\\$"))).unwrap();
    assert!(said.contains("is in service on n2") && said.trim().ends_with("ended 3"), "{said}");
    assert_eq!(cluster.active(ID).as_deref(), Some("n2"));
}
