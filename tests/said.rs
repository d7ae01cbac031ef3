//! What the log, a trace and a person are told: once, where it was asked for, and nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;

use lab::host::require_root;
use lab::sandbox::{Action, Agent, Answer, CONFIG, MOUNT, Sandbox};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

fn running(name: &str) -> Sandbox {
    require_root();
    let host = Sandbox::new(name, AGENT).unwrap();
    host.start().unwrap();
    host
}

fn act(host: &Sandbox, action: Action, code: i32) -> Answer {
    let answer = host.act(action).unwrap();
    assert_eq!(answer.code, Some(code), "{action:?}: {}{}", answer.stderr, answer.log);
    answer
}

#[test]
fn a_degraded_state_is_logged_when_it_changes_and_once_a_day() {
    let host = running("degraded");
    let told = |level: u32, code: i32| {
        let answer = act(&host, Action::Monitor(level), code);
        assert_eq!(answer.reasons().len(), usize::from(code != 0), "each run has its reason");
        answer.log.lines().filter(|l| l.contains("WARNING: monitor: ")).count()
    };
    assert_eq!([told(0, 0), told(10, 0)], [0, 0]);
    host.sh(&format!("dd if=/dev/zero of={MOUNT}/ballast bs=16k 2>/dev/null || true")).unwrap();
    assert_eq!([told(0, 190), told(0, 190), told(10, 190), told(0, 190)], [1; 4], "every level says it once");
    // How much is free is no news.
    host.sh(&format!("truncate -s -16k {MOUNT}/ballast")).unwrap();
    assert_eq!(told(0, 190), 1);
    // Another fault, and the first one again.
    host.sh(&format!("rm {MOUNT}/ballast; mv {CONFIG}/master.cf /srv/")).unwrap();
    assert_eq!([told(0, 190), told(0, 190)], [2; 2]);
    host.sh(&format!("mv /srv/master.cf {CONFIG}/")).unwrap();
    assert_eq!([told(0, 0), told(10, 0)], [2; 2]);
    host.sh(&format!("mv {CONFIG}/master.cf /srv/")).unwrap();
    assert_eq!([told(0, 190), told(0, 190)], [3; 2]);
    // Tomorrow, as far as the agent can tell.
    host.sh("sed -i 's/on day [0-9]*/on day 7/' /run/resource-agents/*.json").unwrap();
    assert_eq!([told(0, 190), told(0, 190)], [4; 2]);
}

#[test]
fn a_failure_that_nobody_mends_is_logged_once_and_again_after_a_start() {
    let host = running("unmanaged");
    let errors = |level: u32| {
        let answer = act(&host, Action::Monitor(level), 7);
        assert!(answer.reasons()[0].contains("Master process of postfix is not running"), "each run has its reason");
        answer.log.lines().filter(|l| l.contains("ERROR: monitor: ")).count()
    };
    // The resource is not managed: nobody starts it again.
    host.kill_all().unwrap();
    assert_eq!([errors(0), errors(0), errors(10), errors(0)], [1; 4]);
    host.start().unwrap();
    host.kill_all().unwrap();
    assert_eq!([errors(0), errors(0)], [1; 2], "no monitor in between has seen it run");
}

#[test]
fn attributes_that_cannot_be_published_are_logged_once() {
    let host = running("unpublished");
    host.set("watch", "no");
    host.pretend_cluster().unwrap();
    // The attribute manager refuses.
    host.script("/usr/sbin/crm_attribute", "#!/bin/sh\necho 'not today' >&2\nexit 1\n").unwrap();
    let warnings = || {
        act(&host, Action::Monitor(10), 0);
        // The answer is given before the attributes are published.
        host.wait_for("the agent to end", || host.output("pgrep -x postfix || true").is_ok_and(|pids| pids.is_empty())).unwrap();
        let log = host.output("cat /var/log/agent.log").unwrap();
        log.lines().filter(|l| l.contains("WARNING") && l.contains("not today")).count()
    };
    let first = warnings();
    assert!(first > 0);
    assert_eq!([warnings(), warnings()], [first; 2]);
}

/// As `pcs resource op add mail monitor interval=20s role=Stopped` makes it, on each server that does not run it.
#[test]
fn a_monitor_of_a_standby_finds_nothing_wrong() {
    require_root();
    let host = Sandbox::new("standby", AGENT).unwrap();
    host.export("OCF_RESKEY_CRM_meta_role", "Stopped");
    for level in [0, 10, 20] {
        let answer = act(&host, Action::Monitor(level), 7);
        assert_eq!((answer.stderr.as_str(), answer.log.as_str()), ("", ""), "level {level}");
    }
    // Somebody has started it there.
    host.unexport();
    host.start().unwrap();
    host.export("OCF_RESKEY_CRM_meta_role", "Stopped");
    act(&host, Action::Monitor(0), 0);
}

#[test]
fn an_entry_of_endpoints_that_names_nothing_is_said_once() {
    require_root();
    let host = Sandbox::new("entries", AGENT).unwrap();
    let told = |action: Action, words: &str| {
        let answer = act(&host, action, 0);
        answer.log.lines().filter(|l| l.contains("WARNING") && l.contains(words) && l.contains("in endpoints: ")).count()
    };
    let (some, none) = ("by \"nosuch 192.0.2.26:25\" in endpoints: the other", "by \"nosuch\" in endpoints: every");
    host.set("endpoints", "nosuch");
    // Who judges the value alone knows of no master.cf yet.
    assert_eq!(told(Action::ValidateAll, none), 0);
    host.export("OCF_CHECK_LEVEL", "10");
    assert_eq!(told(Action::ValidateAll, none), 1);
    host.unexport();
    host.set("endpoints", "nosuch, 192.0.2.26:25 smtp");
    let monitors = |words: &str| [0, 0, 10, 20].map(|level| told(Action::Monitor(level), words));
    assert_eq!(told(Action::Start, some), 1);
    assert_eq!(monitors(some), [1; 4]);
    assert_eq!(told(Action::ReloadAgent, some), 2);
    assert_eq!(told(Action::ValidateAll, some), 3);
    assert_eq!(monitors(some), [3; 4]);
    // When it changes, a monitor says so.
    host.set("endpoints", "nosuch");
    assert_eq!(monitors(none), [2; 4]);
    host.set("endpoints", "mail");
    assert_eq!(monitors(""), [5; 4]);
    host.set("endpoints", "587");
    assert_eq!(monitors("by \"587\" in endpoints: every"), [1; 4]);
    host.add_service("submission inet n - n - - smtpd").unwrap();
    assert_eq!(monitors(""), [6; 4]);
    assert_eq!(told(Action::Stop, ""), 6);
}

#[test]
fn no_facility_means_no_syslog() {
    let host = running("facility");
    let place = host.path("/dev/log");
    let _ = fs::remove_file(&place);
    let log = UnixDatagram::bind(&place).unwrap();
    log.set_nonblocking(true).unwrap();
    let heard = || {
        let mut buffer = [0; 8192];
        std::iter::from_fn(|| log.recv(&mut buffer).ok().map(|n| String::from_utf8_lossy(&buffer[..n]).into_owned()))
            .filter(|line| line.contains("postfix(mail)"))
            .count()
    };
    host.set("drain", "soon");
    for (facility, lines) in [("daemon", 1), ("none", 0), ("NONE", 0)] {
        host.export("HA_LOGFACILITY", facility);
        let before = fs::read_to_string(host.path("/var/log/agent.log")).unwrap().lines().count();
        let answer = act(&host, Action::ReloadAgent, 0);
        assert_eq!((heard(), answer.log.lines().count() - before), (lines, 1), "{facility}: {}", answer.log);
    }
}

#[test]
fn a_trace_is_written_for_root_alone_and_where_root_alone_can_write() {
    let host = running("trace");
    host.set("trace_ra", "yes");
    host.set("trace_dir", "/srv/trace");
    let traces = || fs::read_dir(host.path("/srv/trace/postfix")).map_or(0, Iterator::count);
    let answer = act(&host, Action::Monitor(0), 0);
    assert_eq!((traces(), answer.log.as_str()), (1, ""));
    let file = fs::read_dir(host.path("/srv/trace/postfix")).unwrap().next().unwrap().unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(file.path()).unwrap().ends_with("exit 0\n"));
    for (n, (spoil, mend)) in [
        ("chmod 777 /srv/trace", "chmod 755 /srv/trace"),
        ("chmod 1777 /srv/trace/postfix", "chmod 755 /srv/trace/postfix"),
        ("chown nobody /srv/trace/postfix", "chown root /srv/trace/postfix"),
        (
            "mv /srv/trace/postfix /srv/elsewhere; ln -s /srv/elsewhere /srv/trace/postfix",
            "rm /srv/trace/postfix; mv /srv/elsewhere /srv/trace/postfix",
        ),
        (
            "mv /srv/trace /srv/kept; mkdir /srv/theirs; ln -s /srv/theirs /srv/trace; chown -h nobody /srv/trace",
            "rm /srv/trace; mv /srv/kept /srv/trace",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        host.sh(spoil).unwrap();
        let answer = act(&host, Action::Monitor(0), 0);
        assert_eq!(answer.log.matches("WARNING: No trace was written: /srv/trace").count(), n + 1, "{spoil}: {}", answer.log);
        host.sh(mend).unwrap();
        assert_eq!(traces(), 1, "{spoil}");
    }
    act(&host, Action::Stop, 0);
    assert_eq!(traces(), 2);
}

#[test]
fn a_status_by_hand_is_a_real_look_that_changes_nothing() {
    let host = running("status");
    let memory = || host.output("cat /run/resource-agents/*.json").unwrap();
    let before = memory();
    let says = |code: i32, words: &str| {
        let answer = act(&host, Action::Status, code);
        assert!(answer.stdout.contains(words), "{} instead of {words}", answer.stdout);
    };
    says(0, "Postfix is running");
    host.stop_process(host.master().unwrap()).unwrap();
    says(1, "Postfix has failed: Master process of postfix is stopped by a signal");
    assert_eq!(memory(), before);
    act(&host, Action::Stop, 0);
    says(7, "Postfix is stopped");
}

/// A stand-in for a directory service that is out of reach: whoever asks for a user or a group waits for nscd(8).
#[test]
fn a_start_of_what_runs_waits_for_no_directory_of_users() {
    let host = running("directory");
    let master = host.master();
    let listen = "IO::Socket::UNIX->new(Local => \"/run/nscd/socket\", Listen => 4096) or die; sleep 1000";
    host.sh("mkdir -p /run/nscd; rm -f /run/nscd/socket").unwrap();
    host.stranger(&format!("perl -MIO::Socket::UNIX -e '$s = {listen}'")).unwrap();
    host.wait_for("nobody to answer", || host.sh("chmod 666 /run/nscd/socket").is_ok()).unwrap();
    let answer = act(&host, Action::Start, 0);
    let told = "Continuing without the uid and gid of postfix and postdrop, because Postfix is running: ";
    assert!(answer.log.contains(told) && !answer.log.contains("Waiting for the uid"), "{}", answer.log);
    assert_eq!((host.master(), master.is_some()), (master, true));
}
