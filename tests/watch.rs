//! The watcher tells the cluster when the master ends unasked, once, and does no harm otherwise.
//!
//! The cluster is a stand-in here ([`Sandbox::pretend_cluster`]).

use std::fs;
use std::time::Duration;

use lab::host::{require_root, wait_for};
use lab::sandbox::{Action, Agent, Sandbox};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

fn on_a_cluster(name: &str) -> Sandbox {
    require_root();
    let host = Sandbox::new(name, AGENT).unwrap();
    host.pretend_cluster().unwrap();
    host
}

/// The watchers, as the machine's process table of the host shows them.
fn watchers(host: &Sandbox) -> Vec<i32> {
    let pids = fs::read_dir(host.path("/proc")).unwrap().flatten().filter_map(|e| e.file_name().to_str()?.parse().ok());
    let is_one = |pid: &i32| {
        fs::read(host.path(&format!("/proc/{pid}/cmdline"))).is_ok_and(|text| text.split(|b| *b == 0).nth(1) == Some(b"--watch"))
    };
    pids.filter(is_one).collect()
}

fn told(host: &Sandbox) -> String {
    fs::read_to_string(host.path("/srv/told")).unwrap()
}

/// Whether the one watcher holds its lock.
fn is_locked(host: &Sandbox) -> bool {
    let locks = fs::read_to_string(host.path("/proc/locks")).unwrap_or_default();
    let inode = |e: fs::DirEntry| Some(std::os::unix::fs::MetadataExt::ino(&e.metadata().ok()?));
    let files = fs::read_dir(host.path("/run/resource-agents")).unwrap().flatten();
    let watch = files.filter(|e| e.path().extension().is_some_and(|x| x == "watch")).find_map(inode);
    watch.is_some_and(|inode| locks.lines().any(|l| l.contains(&format!(":{inode} "))))
}

/// Starts it, and waits until the watcher holds its lock.
fn watched(host: &Sandbox) -> i32 {
    let answer = host.act(Action::Start).unwrap();
    assert!(answer.code == Some(0) && !answer.pipe_leaked, "{answer:?}");
    host.wait_for("the watcher", || is_locked(host)).unwrap();
    watchers(host)[0]
}

#[test]
fn the_end_of_the_master_is_told_once_and_the_watcher_ends() {
    let host = on_a_cluster("told");
    let pid = watched(&host);
    let proc = |what: &str| fs::read_link(host.path(&format!("/proc/{pid}/{what}"))).unwrap();
    assert_eq!(
        ["cwd", "fd/0", "fd/1", "fd/2"].map(|l| proc(l).display().to_string()),
        ["/", "/dev/null", "/dev/null", "/dev/null"]
    );
    host.kill_master().unwrap();
    host.wait_for("the watcher to end", || watchers(&host).is_empty()).unwrap();
    let operation = "//node_state[@uname='n1']//lrm_resource[@id='mail']/lrm_rsc_op[@id='mail_monitor_10000']";
    assert_eq!(told(&host), format!("--delete --xpath {operation}\n"));
}

#[test]
fn a_cluster_that_does_not_look_is_waited_for_and_that_is_said() {
    let host = on_a_cluster("unanswered");
    watched(&host);
    // The monitor is ordered, and never comes to an answer.
    host.sh(r#"sed -i 's/ interval=/ op-status="-1" interval=/; 2a echo >> /srv/asked' /usr/sbin/cibadmin"#).unwrap();
    host.kill_master().unwrap();
    let log = || host.output("cat /var/log/agent.log").unwrap();
    let said = "learns of it by its next monitor: no answer of mail_monitor_10000 of mail on n1 in the CIB after 60 s";
    wait_for("the watcher to give up", Duration::from_secs(180), || watchers(&host).is_empty()).unwrap();
    assert!(log().contains(said), "{}", log());
    let asked = host.output("wc -l < /srv/asked").unwrap().trim().parse::<u32>().unwrap();
    assert!((2..100).contains(&asked), "asked {asked} times");
}

#[test]
fn a_stop_ends_it_first_and_nothing_is_told() {
    let host = on_a_cluster("stopped");
    watched(&host);
    assert_eq!(host.act(Action::Stop).unwrap().code, Some(0));
    assert_eq!((watchers(&host), told(&host)), (vec![], String::new()));
}

#[test]
fn a_monitor_brings_it_back_unless_it_is_not_wanted() {
    let host = on_a_cluster("back");
    let pid = watched(&host);
    for signal in ["KILL", "STOP"] {
        let old = watchers(&host)[0];
        host.sh(&format!("kill -{signal} {old}")).unwrap();
        host.wait_for("the signal to act", || {
            fs::read_to_string(host.path(&format!("/proc/{old}/stat"))).map_or(true, |s| s.contains(") T "))
        })
        .unwrap();
        assert_eq!(host.act(Action::Monitor(0)).unwrap().code, Some(0));
        host.wait_for("a new watcher", || matches!(watchers(&host)[..], [new] if new != old)).unwrap();
    }
    assert_ne!(watchers(&host), [pid]);
    host.set("watch", "false");
    assert_eq!(host.act(Action::Monitor(0)).unwrap().code, Some(0));
    host.wait_for("it to be gone", || watchers(&host).is_empty()).unwrap();
}

#[test]
fn one_that_watches_for_another_resource_or_node_is_replaced() {
    let host = on_a_cluster("renamed");
    watched(&host);
    let is_for = |resource: &str, node: &str| {
        let words = |pid: &i32| fs::read_to_string(host.path(&format!("/proc/{pid}/cmdline"))).unwrap_or_default();
        matches!(&watchers(&host)[..], [pid] if words(pid).ends_with(&format!("\0{resource}\0{node}\0"))) && is_locked(&host)
    };
    assert!(is_for("mail", "n1"));
    host.export("OCF_RESOURCE_INSTANCE", "other");
    assert_eq!(host.act(Action::Monitor(0)).unwrap().code, Some(0));
    host.wait_for("one for the other resource", || is_for("other", "n1")).unwrap();
    host.export("OCF_RESKEY_CRM_meta_on_node", "n2");
    assert_eq!(host.act(Action::Monitor(0)).unwrap().code, Some(0));
    host.wait_for("one for the other node", || is_for("other", "n2")).unwrap();
}

#[test]
fn where_people_have_the_word_it_is_silent() {
    let host = on_a_cluster("maintenance");
    watched(&host);
    host.sh("echo false > /srv/managed").unwrap();
    host.kill_master().unwrap();
    host.wait_for("the watcher to end", || watchers(&host).is_empty()).unwrap();
    assert_eq!(told(&host), "");
}

#[test]
fn a_second_one_goes_at_once() {
    let host = on_a_cluster("double");
    let pid = watched(&host);
    let master = host.look(false).unwrap().master.unwrap();
    let (id, start) = (master.0.to_string(), master.1.to_string());
    let second = host.call(&["--watch".into(), id.into(), start.into(), "mail".into(), "n1".into()]).unwrap();
    assert_eq!((second.code, watchers(&host)), (Some(0), vec![pid]));
}

#[test]
fn without_a_cluster_there_is_none() {
    require_root();
    let host = Sandbox::new("alone", AGENT).unwrap();
    host.start().unwrap();
    assert_eq!(host.act(Action::Monitor(0)).unwrap().code, Some(0));
    assert_eq!(watchers(&host), Vec::<i32>::new());
}
