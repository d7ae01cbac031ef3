//! A stop lets finish what has begun, so that the next node does not deliver it again.

use std::fs;

use lab::host::require_root;
use lab::sandbox::{Action, Agent, QUEUE, Sandbox, VIP};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

/// A started instance whose one delivery program notes its beginning, waits for a word, and notes its end.
fn delivering(name: &str, drain: &str) -> Sandbox {
    require_root();
    let host = Sandbox::new(name, AGENT).unwrap();
    host.set("drain", drain);
    host.script(
        "/srv/deliver",
        "#!/bin/sh\ncat >/dev/null; echo >> /srv/begun; until [ -e /srv/go ]; do sleep 0.01; done; echo >> /srv/done\n",
    )
    .unwrap();
    host.sh("touch /srv/begun /srv/done && chmod 666 /srv/begun /srv/done").unwrap();
    host.append("main.cf", "default_transport = slow\n").unwrap();
    host.add_service("slow unix - n n - - pipe flags=q user=nobody argv=/srv/deliver").unwrap();
    host.start().unwrap();
    host.submit("someone@example.net").unwrap();
    host.wait_for("the delivery to begin", || lines(&host, "/srv/begun") == 1).unwrap();
    host
}

fn lines(host: &Sandbox, file: &str) -> usize {
    fs::read_to_string(host.path(file)).unwrap_or_default().lines().count()
}

fn is_empty(host: &Sandbox) -> bool {
    ["incoming", "active", "deferred", "defer"].iter().all(|d| {
        let found = host.path(QUEUE).join(d);
        fs::read_dir(found).unwrap().flatten().all(|e| e.path().is_dir() && fs::read_dir(e.path()).unwrap().next().is_none())
    })
}

#[test]
fn a_delivery_that_has_begun_finishes_new_work_is_refused_and_nothing_is_delivered_twice() {
    let host = delivering("drain", "9");
    let stop = host.spawn_agent(Action::Stop).unwrap();
    host.wait_for("connections to be refused", || host.connect(VIP, 25).is_err()).unwrap();
    assert!(host.master().is_some(), "it did not wait for the delivery");
    fs::write(host.path("/srv/go"), "").unwrap();
    let answer = stop.wait().unwrap();
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert!(!answer.log.contains("Drain timeout"), "{}", answer.log);
    assert_eq!((host.look(false).unwrap().members, lines(&host, "/srv/done")), (vec![], 1));
    host.start().unwrap();
    host.wait_for("the queue to be empty", || is_empty(&host)).unwrap();
    assert_eq!(lines(&host, "/srv/begun"), 1, "it was delivered again");
}

#[test]
fn with_drain_0_it_is_ended_at_once_and_delivered_again() {
    let host = delivering("nodrain", "0");
    assert_eq!(host.act(Action::Stop).unwrap().code, Some(0));
    assert_eq!(lines(&host, "/srv/done"), 0);
    host.start().unwrap();
    host.wait_for("the second delivery", || lines(&host, "/srv/begun") == 2).unwrap();
}

#[test]
fn a_delivery_that_does_not_end_is_not_waited_for_long() {
    let host = delivering("stuck", "1");
    let answer = host.act(Action::Stop).unwrap();
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert!(answer.log.contains("Drain timeout, still active: pipe"), "{}", answer.log);
    assert_eq!(host.look(false).unwrap().members, Vec::<String>::new());
}
