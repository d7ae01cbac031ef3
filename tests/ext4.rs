//! A queue on the ext4 of an older kernel, which after an error says nowhere that nothing can be written any more: between
//! Linux 6.1.113 and 6.10 `errors=remount-ro` no longer makes it read-only, and mountinfo and the time of a file are as ever.

use lab::host::Host;
use lab::kernel::{self, Kernel};
use lab::setup;

const MAKE_QUEUE: &str = "set -e
    modprobe brd rd_nr=1 rd_size=65536
    mkfs.ext4 -q /dev/ram0
    mount -o errors=remount-ro /dev/ram0 /srv/mail
    ip address add 10.77.0.50/24 dev lo
    mkdir /srv/mail/queue /srv/mail/box
    postfix check";

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
    let is_told = |said: &str| ["Read-only file system", "is mounted"].iter().any(|words| said.contains(words));
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
