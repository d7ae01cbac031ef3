//! What a running Postfix has not taken in yet, and is no fault: the log says once that a reload is due, until it is done.

use lab::host::require_root;
use lab::sandbox::{Action, Agent, CONFIG, Sandbox};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

/// How often the log has these words after a monitor, which finds nothing wrong.
fn told(host: &Sandbox, level: u32, words: &str) -> usize {
    let answer = host.act(Action::Monitor(level)).unwrap();
    assert_eq!(answer.code, Some(0), "{}{}", answer.stderr, answer.log);
    answer.log.matches(words).count()
}

#[test]
fn replaced_programs_are_told_once_until_a_reload() {
    require_root();
    let host = Sandbox::new("upgraded", AGENT).unwrap();
    host.start().unwrap();
    let words = "The programs of Postfix were replaced while it was running";
    assert_eq!(told(&host, 0, words), 0);
    // As a package manager does it: a new file under the old name.
    let upgrade = "cd /usr/lib/postfix/sbin && for f in *; do [ -f $f ] && cp -p $f .new && mv .new $f; done; true";
    host.sh(upgrade).unwrap();
    assert_eq!([0, 10, 0].map(|level| told(&host, level, words)), [1, 1, 1]);
    host.sh(&format!("postfix -c {CONFIG} reload")).unwrap();
    host.wait_for("a queue manager of the new program", || host.sh("! readlink /proc/$(pidof qmgr)/exe | grep deleted").is_ok())
        .unwrap();
    assert_eq!(told(&host, 0, words), 1);
    // What happens again is said again.
    host.sh(upgrade).unwrap();
    assert_eq!(told(&host, 0, words), 2);
}

#[test]
fn a_renewed_certificate_that_no_daemon_has_read_is_told_once() {
    require_root();
    let host = Sandbox::new("renewed", AGENT).unwrap();
    host.certify(100).unwrap();
    host.start().unwrap();
    let words = "reload Postfix to load it";
    assert_eq!(told(&host, 10, words), 0);
    // The daemon that greeted just now goes on with what it has read.
    host.certify(200).unwrap();
    assert_eq!([10, 10].map(|level| told(&host, level, words)), [1, 1]);
    host.end_daemons("smtpd").unwrap();
    assert_eq!(told(&host, 10, words), 1);
}
