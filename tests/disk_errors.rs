//! File systems that have had an error, and say so each in its own way; ext4 on the machine's own kernel is in the contract.

use lab::host::Host;
use lab::kernel::{self, Kernel};
use lab::sandbox::{Action, Agent, MOUNT, Sandbox};
use lab::setup;

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

const MAKE_QUEUE: &str = "set -e
    modprobe brd rd_nr=1 rd_size=65536
    mkfs.ext4 -q /dev/ram0
    mount -o errors=remount-ro /dev/ram0 /srv/mail
    ip address add 10.77.0.50/24 dev lo
    mkdir /srv/mail/queue /srv/mail/box
    postfix check";

/// From Linux 6.1.113 on `errors=remount-ro` no longer makes an ext4 read-only; mountinfo, statvfs and the times of files are as ever.
#[test]
fn an_aborted_journal_is_a_queue_that_cannot_be_written() {
    if !kernel::is_there() {
        println!("NOT TESTED: this release of Debian has no package user-mode-linux");
        return;
    }
    let host = Host::boot("ext4").unwrap();
    setup::prepare(&host).unwrap();
    let mut node = Kernel::boot(&host, "node", 2).unwrap();
    node.sh(MAKE_QUEUE).unwrap();
    assert_eq!(node.agent("start", 0, 400).unwrap().0, 0);
    node.serves(&[0, 10]).unwrap();

    // As an error of the disk does.
    node.sh("mount -o remount,abort /srv/mail").unwrap();
    assert_eq!(node.agent("probe", 0, 60).unwrap().0, 0);
    // Linux 6.1 says the first, 6.12 the last.
    let is_told = |said: &str| ["Read-only file system", "is mounted", "I/O error"].iter().any(|words| said.contains(words));
    for level in [0, 10] {
        let (code, said) = node.agent("monitor", level, 60).unwrap();
        assert!(code == 1 && is_told(&said), "level {level}: {code}: {said}");
    }
    assert_eq!(node.agent("stop", 0, 120).unwrap().0, 0);
    let (code, said) = node.agent("start", 0, 120).unwrap();
    assert!(code != 0 && is_told(&said), "{code}: {said}");
    assert_eq!(node.agent("probe", 0, 60).unwrap().0, 7);
    // Nothing holds the file system.
    node.sh("umount /srv/mail").unwrap();
}

/// What is read of an XFS that was shut down is an error too: its files are there, whatever stat(2) says.
#[test]
fn an_xfs_that_was_shut_down_is_a_queue_that_cannot_be_written() {
    let host = Sandbox::with_disk("xfs", AGENT, 320 << 20).unwrap();
    let format = format!(
        "cp -a {MOUNT} /run/kept && umount {MOUNT} && mkfs.xfs -q -f /dev/labdisk && mount /dev/labdisk {MOUNT} && cp -a /run/kept/. {MOUNT}"
    );
    if !std::fs::read_to_string("/proc/filesystems").unwrap().contains("\txfs\n") {
        println!("NOT TESTED: this kernel has no XFS");
        return;
    }
    host.sh(&format).unwrap();
    host.start().unwrap();
    for action in [Action::Monitor(0), Action::Monitor(10), Action::Probe] {
        assert_eq!(host.act(action).unwrap().code, Some(0), "{action:?}");
    }
    host.shut_down_file_system().unwrap();
    let is_told = |answer: &lab::agent::Answer| answer.reasons().iter().any(|reason| reason.contains("I/O error"));
    for (action, code) in [(Action::Monitor(0), 1), (Action::Monitor(10), 1)] {
        let answer = host.act(action).unwrap();
        assert!(answer.code == Some(code) && is_told(&answer), "{action:?}: {answer:?}");
    }
    assert_eq!(host.act(Action::Probe).unwrap().code, Some(0));
    assert_eq!(host.act(Action::Stop).unwrap().code, Some(0));
    let answer = host.act(Action::Start).unwrap();
    assert!(answer.code != Some(0) && is_told(&answer), "{answer:?}");
    assert_eq!(host.act(Action::Probe).unwrap().code, Some(7));
    host.sh(&format!("umount {MOUNT}")).unwrap();
}
