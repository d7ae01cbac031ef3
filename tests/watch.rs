//! The watcher tells the cluster when something fails, once, and does no harm otherwise.
//!
//! The cluster is a stand-in here ([`Sandbox::pretend_cluster`]).

use std::fs;
use std::time::{Duration, Instant};

use lab::host::{require_root, wait_for};
use lab::sandbox::{Action, Agent, CONFIG, MOUNT, Sandbox, VIP};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

fn on_a_cluster(name: &str) -> Sandbox {
    require_root();
    let host = Sandbox::new(name, AGENT).unwrap();
    host.pretend_cluster().unwrap();
    host
}

fn processes(host: &Sandbox) -> Vec<i32> {
    lab::process::pids(&host.path("/proc"))
}

/// The watchers, as the machine's process table of the host shows them.
fn watchers(host: &Sandbox) -> Vec<i32> {
    let is_one = |pid: &i32| {
        fs::read(host.path(&format!("/proc/{pid}/cmdline"))).is_ok_and(|text| text.split(|b| *b == 0).nth(1) == Some(b"--watch"))
    };
    // A check that one has begun looks like it until it has become another program, and may have ended before its parent is read.
    let parent = |pid: &i32| {
        let stat = fs::read_to_string(host.path(&format!("/proc/{pid}/stat"))).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<i32>().ok()
    };
    processes(host).into_iter().filter(|pid| is_one(pid) && parent(pid).is_some_and(|parent| !is_one(&parent))).collect()
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
    assert_eq!(told(&host), ordered(10));
    let how = "exited unexpectedly (killed by signal 9 (SIGKILL)): Pacemaker runs its monitor at once";
    let log = host.output("cat /var/log/agent.log").unwrap();
    assert!(log.contains(how), "{log}");
    let answer = host.act(Action::Monitor(0)).unwrap();
    assert!(answer.reasons()[0].contains("killed by signal 9 (SIGKILL), "), "{answer:?}");
}

/// What the cluster is told to forget, so that it runs the monitor of that interval, in seconds.
fn ordered(interval: u32) -> String {
    let operation = format!("lrm_rsc_op[@id='mail_monitor_{interval}000']");
    format!("--delete --xpath //node_state[@uname='n1']//lrm_resource[@id='mail']/{operation}\n")
}

/// Strikes a watched instance, and waits until the cluster is told; that it is told once, of a monitor of that interval, and the log
/// says why. Returns how long that took.
fn is_told(host: &Sandbox, strike: impl FnOnce(&Sandbox), interval: u32, why: &str) -> Duration {
    strike(host);
    let struck = Instant::now();
    wait_for("the cluster to be told", Duration::from_secs(90), || !told(host).is_empty())
        .unwrap_or_else(|e| panic!("{why}: {e}"));
    let took = struck.elapsed();
    host.wait_for("the watcher to end", || watchers(host).is_empty()).unwrap();
    let log = host.output("cat /var/log/agent.log").unwrap();
    assert_eq!(told(host), ordered(interval), "{why}\n{log}");
    assert!(log.contains(why) && log.contains(": Pacemaker runs its monitor at once"), "{why}\n{log}");
    println!("{why}: told after {:.1} s", took.as_secs_f64());
    took
}

/// What the kernel tells needs no look in turn, and waits for none.
#[test]
fn what_an_event_tells_of_is_told_at_once() {
    type Strike = fn(&Sandbox);
    let faults: [(&str, Strike, u32, &str); 6] = [
        ("stopped", |h| h.stop_process(h.master().unwrap()).unwrap(), 10, "Master process of postfix is stopped by a signal"),
        ("unmounted", |h| h.sh(&format!("umount -l {MOUNT}")).unwrap(), 10, "The queue file system was unmounted"),
        ("readonly", |h| h.break_file_system().unwrap(), 10, "The queue file system cannot be written"),
        ("address", |h| h.sh(&format!("ip addr del {VIP}/32 dev lo")).unwrap(), 10, "its address is not on this host"),
        (
            "removed",
            |h| h.sh(&format!("rm {CONFIG}/main.cf")).unwrap(),
            60,
            "Configuration files (main.cf or master.cf) does not exist",
        ),
        ("broken", |h| h.append("main.cf", "this line says nothing\n").unwrap(), 60, "The Postfix configuration cannot be read"),
    ];
    for (name, strike, interval, why) in faults {
        let host = on_a_cluster(name);
        host.set("watch_interval", "0");
        host.sh(&format!("mount -o remount,errors=remount-ro {MOUNT}")).unwrap();
        watched(&host);
        let took = is_told(&host, strike, interval, why);
        // On a busy machine too; without the event nobody would ever look.
        assert!(took < Duration::from_secs(10), "{why}: {took:?}");
    }
}

/// A start of Postfix without its address would fail. Of a lost address the resource that has it is told: its restart brings both back.
#[test]
fn a_lost_address_is_told_to_its_own_resource() {
    let host = on_a_cluster("resource");
    host.set("watch_interval", "0");
    let ip = format!(
        "<primitive id='ip' class='ocf' provider='heartbeat' type='IPaddr2'><instance_attributes id='e'><nvpair id='f' name='ip' value='{VIP}'/>\
         </instance_attributes><operations><op id='g' name='monitor' interval='10s'/></operations></primitive>"
    );
    let history = "<lrm_resource id='ip'><lrm_rsc_op id='ip_monitor_10000' operation_key='ip_monitor_10000' operation='monitor' interval='10000'/>\
                   </lrm_resource>";
    host.sh(&format!("sed -i \"s|<resources>|&{ip}|; s|<lrm_resources>|&{history}|\" /srv/cib")).unwrap();
    let live = "<resource id=\\\"ip\\\" active=\\\"true\\\" managed=\\\"true\\\"><node name=\\\"n1\\\"/></resource>";
    host.sh(&format!("sed -i \"s|</resources>|{live}&|\" /usr/sbin/crm_mon")).unwrap();
    watched(&host);
    host.sh(&format!("ip addr del {VIP}/32 dev lo")).unwrap();
    host.wait_for("the cluster to be told", || !told(&host).is_empty()).unwrap();
    host.wait_for("the watcher to end", || watchers(&host).is_empty()).unwrap();
    assert_eq!(told(&host), ordered(10).replace("mail", "ip"));
    // A monitor of ours gives it time to be told first.
    let begun = Instant::now();
    host.sh(&format!("(sleep 1; ip addr add {VIP}/32 dev lo) >/dev/null 2>&1 &")).unwrap();
    let answer = host.act(Action::Monitor(0)).unwrap();
    assert!(answer.code == Some(0) && begun.elapsed() > Duration::from_millis(500), "{answer:?}");
}

#[test]
fn a_queue_manager_that_does_not_come_back_is_told_of_when_mail_waits() {
    let host = on_a_cluster("qmgr");
    host.set("watch_interval", "0");
    watched(&host);
    host.wait_for("the queue manager", || host.has_member("qmgr")).unwrap();
    // The master would start it again at once, so its program is replaced by one that ends at once.
    host.sh("mount --bind /bin/false /usr/lib/postfix/sbin/qmgr").unwrap();
    host.end_daemons("qmgr").unwrap();
    assert_eq!(told(&host), "", "no mail waits");
    is_told(&host, |h| h.submit("someone@elsewhere.test").unwrap(), 10, "qmgr is not running and mail is queued");
}

fn hang_smtpd(h: &Sandbox) {
    h.greeting(VIP, 25).unwrap();
    for pid in h.daemons("smtpd") {
        h.await_idle(pid, 25).unwrap();
        h.stop_process(pid).unwrap();
    }
}

/// What nobody tells of is looked at in turn, and told by the monitor that looks as deep.
#[test]
fn what_no_event_tells_of_is_found_in_turn() {
    type Strike = fn(&Sandbox);
    let faults: [(&str, Strike, u32, &str); 3] = [
        ("shut", |h| h.shut_down_listener(25).unwrap(), 10, "the master does not listen there"),
        ("hung", |h| h.stop_process(h.daemons("qmgr")[0]).unwrap(), 10, "is stopped by a signal"),
        ("mute", hang_smtpd, 60, "no answer in time"),
    ];
    for (name, strike, interval, why) in faults {
        let host = on_a_cluster(name);
        host.set("watch_interval", "1");
        watched(&host);
        host.wait_for("the queue manager", || host.has_member("qmgr")).unwrap();
        is_told(&host, strike, interval, why);
    }
}

/// Pacemaker 3 runs no monitor early. A silence is waited for as long as its monitor would, and then reported.
#[test]
fn on_pacemaker_3_what_still_fails_is_reported() {
    let host = on_a_cluster("three");
    host.set("watch_interval", "1");
    let version = "<crm_config><cluster_property_set id='p'><nvpair id='v' name='dc-version' value='3.0.0'/></cluster_property_set></crm_config>";
    host.sh(&format!("sed -i \"s|<configuration>|<configuration>{version}|\" /srv/cib")).unwrap();
    host.script("/usr/sbin/crm_resource", "#!/bin/sh\necho \"$@\" >> /srv/told\n").unwrap();
    watched(&host);
    hang_smtpd(&host);
    wait_for("the report", Duration::from_secs(120), || !told(&host).is_empty()).unwrap();
    assert_eq!(told(&host), "--fail --resource mail --node n1\n");
}

/// Storage does not answer: a look that hangs is left behind, and nothing that happens in a stop is told.
#[test]
fn a_look_that_hangs_keeps_no_stop_waiting() {
    let host = on_a_cluster("frozen");
    host.set("watch_interval", "1");
    watched(&host);
    host.sh(&format!("fsfreeze --freeze {MOUNT}")).unwrap();
    let is_hanging = |pid: &i32| {
        let read = |name: &str| fs::read_to_string(host.path(&format!("/proc/{pid}/{name}"))).unwrap_or_default();
        read("cmdline").contains("\0--look\0") && read("stat").contains(") D ")
    };
    host.wait_for("a look that hangs", || processes(&host).iter().any(is_hanging)).unwrap();
    let begun = Instant::now();
    let answer = host.act(Action::Stop).unwrap();
    let took = begun.elapsed();
    host.sh(&format!("fsfreeze --unfreeze {MOUNT}")).unwrap();
    assert!(answer.code == Some(0) && took < Duration::from_secs(15), "{took:?}: {answer:?}");
    host.wait_for("every look to end", || !processes(&host).iter().any(is_hanging)).unwrap();
    assert_eq!((watchers(&host), told(&host)), (vec![], String::new()));
}

/// A process that is there all the time must cost nothing. POSTKEEPER_WATCH=SECONDS: how long to look at it.
#[test]
fn it_is_small_and_sleeps() {
    let host = on_a_cluster("small");
    let read = |pid: i32, file: &str, name: &str| {
        let text = fs::read_to_string(host.path(&format!("/proc/{pid}/{file}"))).unwrap();
        let numbers = text.lines().filter_map(|l| l.strip_prefix(name)?.split_whitespace().next()?.parse::<u64>().ok());
        numbers.sum::<u64>()
    };
    let seconds = std::env::var("POSTKEEPER_WATCH").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    for interval in ["0", "5"] {
        host.set("watch_interval", interval);
        let pid = watched(&host);
        // It has looked by then where it looks in turn, and a new Postfix has come to rest.
        host.wait_for("Postfix to rest", || host.has_member("qmgr") && host.has_member("pickup")).unwrap();
        let wakes = |pid| read(pid, "status", "voluntary_ctxt_switches:");
        let mut before = wakes(pid);
        wait_for("the watcher to rest, or to have looked", Duration::from_secs(60), || {
            std::thread::sleep(Duration::from_secs(1));
            let now = std::mem::replace(&mut before, wakes(pid));
            interval == "0" && now == before || interval != "0" && host.syslog().contains("disconnect from unknown")
        })
        .unwrap();
        std::thread::sleep(Duration::from_secs(seconds));
        let woken = wakes(pid) - before;
        let private = read(pid, "smaps_rollup", "Private_Clean:") + read(pid, "smaps_rollup", "Private_Dirty:");
        let anonymous = read(pid, "smaps_rollup", "Anonymous:");
        println!(
            "watch_interval={interval}: {private} KiB private, {anonymous} KiB of them not of a file, woken {woken} times in {seconds} s"
        );
        // How much of the program's file is mapped depends on how it was built.
        assert!(anonymous <= 512 && (private <= 1536 || cfg!(debug_assertions)), "{anonymous} of {private} KiB");
        // The master wakes for its own purposes now and then: once a minute, to have pickup look. A look has its time, its start, its end.
        let own = 2 + seconds / 30;
        let allowed = if interval == "0" { own } else { own + 6 * seconds.div_ceil(5) };
        assert!(woken <= allowed, "{woken} in {seconds} s with watch_interval={interval}");
        assert_eq!(host.act(Action::Stop).unwrap().code, Some(0));
    }
}

/// A change of the parameter is for the watcher.
#[test]
fn a_changed_interval_is_obeyed_without_a_restart() {
    let host = on_a_cluster("interval");
    host.set("watch_interval", "0");
    let pid = watched(&host);
    let greetings = || host.syslog().matches("disconnect from").count();
    let before = greetings();
    host.set("watch_interval", "1");
    assert_eq!(host.act(Action::ReloadAgent).unwrap().code, Some(0));
    host.wait_for("another watcher", || is_locked(&host) && watchers(&host) != [pid]).unwrap();
    host.wait_for("greetings in turn", || greetings() >= before + 2).unwrap();
    assert_eq!(told(&host), "");
}

/// However often something happens, a look a second is enough for it.
#[test]
fn a_flood_of_events_is_no_flood_of_looks() {
    let host = on_a_cluster("flood");
    host.set("watch_interval", "0");
    let pid = watched(&host);
    // Another address comes and goes. Every run of ip(8) is one process, and so is each fork of a look.
    let change = "addr add 192.0.2.77/32 dev lo\naddr del 192.0.2.77/32 dev lo\n";
    fs::write(host.path("/srv/flood"), change.repeat(1000)).unwrap();
    let script = "before=$(cat /proc/sys/kernel/ns_last_pid)
        timeout 5 sh -c 'while :; do ip -batch /srv/flood >/dev/null; n=$((n+1)); echo $n > /srv/runs; done'
        after=$(cat /proc/sys/kernel/ns_last_pid); read runs < /srv/runs; echo $((after - before - runs))";
    let begun = Instant::now();
    let said = host.output(script).unwrap();
    let processes: u64 = said.trim().parse().unwrap_or_else(|e| panic!("{e}: {said}"));
    let seconds = begun.elapsed().as_secs() + 1;
    println!("{processes} processes in {seconds} s");
    // Two for each look, and a few threads of theirs; some for the script.
    assert!((4..=8 * (seconds + 1)).contains(&processes), "{processes} processes in {seconds} s");
    assert_eq!((told(&host), watchers(&host)), (String::new(), vec![pid]), "{}", host.output("cat /var/log/agent.log").unwrap());
}

/// What is over when it is looked at again, or is no failure, is not told; the watcher goes on.
#[test]
fn what_is_no_failure_is_not_told() {
    let host = on_a_cluster("nothing");
    host.set("watch_interval", "0");
    let pid = watched(&host);
    host.sh(&format!("ip addr del {VIP}/32 dev lo && ip addr add {VIP}/32 dev lo")).unwrap();
    host.sh("mkdir /srv/m && for i in 1 2 3 4 5 6 7 8 9; do mount -t tmpfs none /srv/m && umount /srv/m; done").unwrap();
    host.sh(&format!("mv {CONFIG}/main.cf {CONFIG}/x && mv {CONFIG}/x {CONFIG}/main.cf && rm {CONFIG}/master.cf")).unwrap();
    let master = host.master().unwrap();
    host.sh(&format!("kill -STOP {master} && kill -CONT {master}")).unwrap();
    assert_eq!((told(&host), watchers(&host)), (String::new(), vec![pid]));
    // Whatever it has looked at since: this is told, and nothing before it was.
    is_told(&host, |h| h.kill_master().unwrap(), 10, "killed by signal 9 (SIGKILL)");
}

#[test]
fn a_cluster_that_does_not_look_is_waited_for_and_that_is_said() {
    let host = on_a_cluster("unanswered");
    watched(&host);
    // The monitor is ordered, and never comes to an answer.
    host.sh(r#"sed -i '1a echo >> /srv/asked' /usr/sbin/cibadmin; sed -i "/<status>/s/ interval=/ op-status='-1' interval=/g" /srv/cib"#)
        .unwrap();
    host.kill_master().unwrap();
    let log = || host.output("cat /var/log/agent.log").unwrap();
    let said = "reporting it failed (no result of mail_monitor_10000 of mail on n1 in the CIB after 60 s): Pacemaker's next monitor will report it";
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
        host.wait_for("a new watcher", || matches!(watchers(&host)[..], [new] if new != old) && is_locked(&host)).unwrap();
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
