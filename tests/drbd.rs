//! A queue on DRBD: two nodes, each with a kernel of its own and a disk in memory. What one writes is on the disk of the other too.

use std::path::Path;
use std::time::Instant;

use lab::host::Host;
use lab::kernel::{self, Kernel};
use lab::setup;

/// A write has ended when both disks have it.
const RESOURCE: &str = "\
resource mail {
    net { protocol C; }
    device /dev/drbd0;
    disk /dev/ram0;
    meta-disk internal;
    on first { address 10.78.0.2:7789; }
    on second { address 10.78.0.3:7789; }
}
";

/// Nothing has been written to either disk, so they count as equal.
const MAKE_QUEUE: &str = "set -e
    timeout 60 drbdadm wait-connect mail
    drbdadm new-current-uuid --clear-bitmap mail
    drbdadm primary mail
    mkfs.ext4 -q /dev/drbd0
    mount /dev/drbd0 /srv/mail
    mkdir /srv/mail/queue /srv/mail/box
    postfix check";

/// Prints the names of the deferred messages as soon as there are some.
const DEFERRED: &str = "timeout 60 sh -c 'until find /srv/mail/queue/deferred -type f -printf %f | grep .; do sleep 0.2; done'";

/// A node with a disk for DRBD, and the address of the service.
fn boot_node(host: &Host, name: &str, address: u8) -> Kernel {
    let mut node = Kernel::boot(host, name, address).unwrap();
    node.sh("modprobe brd rd_nr=1 rd_size=65536 && drbdadm create-md --force mail && drbdadm up mail").unwrap();
    node.sh("ip address add 10.77.0.50/24 dev lo").unwrap();
    node
}

#[test]
fn a_queue_on_drbd_is_taken_over_with_its_mail_after_a_power_cut() {
    if !kernel::is_there() || !Path::new("/usr/sbin/drbdadm").exists() {
        println!("NOT TESTED: this release of Debian has no package user-mode-linux, or no package drbd-utils");
        return;
    }
    let host = Host::boot("drbd").unwrap();
    setup::prepare(&host).unwrap();
    // Mail for other domains waits in the queue.
    host.sh("echo defer_transports = smtp >> /etc/postfix/main.cf").unwrap();
    std::fs::write(host.root().join("etc/drbd.d/mail.res"), RESOURCE).unwrap();
    let (mut first, mut second) = (boot_node(&host, "first", 2), boot_node(&host, "second", 3));
    first.sh(MAKE_QUEUE).unwrap();

    assert_eq!(first.agent("start", 0, 400).unwrap().0, 0);
    first.serves(&[0, 10, 20]).unwrap();
    first.sh("printf 'Subject: kept\\n\\nkept\\n' | sendmail -f tester@example.test someone@elsewhere.test").unwrap();
    let id = first.sh(DEFERRED).unwrap();
    assert!(first.sh(&format!("postcat -q {id}")).unwrap().contains("Subject: kept"));

    // While the first is primary, the second has no queue.
    assert_ne!(second.answer("drbdadm primary mail").unwrap().0, 0);
    assert_ne!(second.answer("mount /dev/drbd0 /srv/mail").unwrap().0, 0);
    for action in ["probe", "monitor"] {
        assert_eq!(second.agent(action, 0, 60).unwrap().0, 7);
    }
    let (code, said) = second.agent("start", 0, 60).unwrap();
    assert!(code == 5 && said.contains("nothing is mounted on /srv/mail"), "{code}: {said}");
    assert_eq!(second.agent("stop", 0, 60).unwrap().0, 0);

    let cut = Instant::now();
    first.cut_power();
    // Refused until DRBD has missed the first.
    second.sh("timeout 60 sh -c 'until drbdadm primary mail; do sleep 0.2; done' && mount /dev/drbd0 /srv/mail").unwrap();
    let mounted = cut.elapsed().as_secs_f64();
    assert_eq!(second.agent("start", 0, 400).unwrap().0, 0);
    println!("from the power cut to the mount {mounted:.1} s, to the end of the start {:.1} s", cut.elapsed().as_secs_f64());
    second.serves(&[0, 10, 20]).unwrap();
    assert_eq!(second.sh(DEFERRED).unwrap(), id);
    assert!(second.sh(&format!("postcat -q {id}")).unwrap().contains("Subject: kept"));
    assert_eq!(second.agent("stop", 0, 120).unwrap().0, 0);
    // Nothing holds the file system.
    second.sh("umount /srv/mail && drbdadm secondary mail").unwrap();
}
