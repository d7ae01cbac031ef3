//! A queue on NFS: two nodes and a server of NFS 4.2, each with a kernel of its own.

use std::time::Instant;

use lab::host::Host;
use lab::kernel::{self, Kernel};
use lab::setup;

/// Seconds after which the server gives the locks of a client away that it does not hear of any more (nfsd's default is 90).
const LEASE: u64 = 10;

/// What exportfs, mountd and nfsd(8) would tell the kernel: who may mount what, and as what file handle.
const SERVE: &str = "set -e
    modprobe nfsd
    mkdir -p /export /var/lib/nfs/v4recovery
    mount -t tmpfs tmpfs /export
    mount -t nfsd nfsd /proc/fs/nfsd
    echo LEASE > /proc/fs/nfsd/nfsv4leasetime
    echo LEASE > /proc/fs/nfsd/nfsv4gracetime
    echo '-2 -3 +4.2' > /proc/fs/nfsd/versions
    echo 'tcp 2049' > /proc/fs/nfsd/portlist
    for n in 2 3; do echo \"nfsd 10.78.0.$n 2147483647 nodes\" > /proc/net/rpc/auth.unix.ip/channel; done
    echo 'nodes /export 2147483647 EXPORT 65534 65534 0' > /proc/net/rpc/nfsd.export/channel
    echo 'nodes 1 \\x00000000 2147483647 /export' > /proc/net/rpc/nfsd.fh/channel
    echo 4 > /proc/fs/nfsd/threads";

/// The kernel's NFSEXP_ flags: any port, no subtree check, an fsid (0: the root of what is exported). Root is root.
const EXPORT: u32 = 0x0002 | 0x0400 | 0x2000;

/// A node that has the queue's file system mounted, and the address of the service.
fn boot_node(host: &Host, name: &str, address: u8) -> Kernel {
    let mut node = Kernel::boot(host, name, address).unwrap();
    let options = format!("vers=4.2,addr=10.78.0.1,clientaddr=10.78.0.{address}");
    node.sh(&format!("modprobe nfsv4 && mount -i -t nfs4 10.78.0.1:/ /srv/mail -o {options}")).unwrap();
    node.sh("ip address add 10.77.0.50/24 dev lo").unwrap();
    node
}

/// The server falls silent while the node serves. Monitors and a stop fail within their timeouts, the stop because what waits for the
/// server cannot be killed; when it is back, both succeed.
fn server_falls_silent(server: &Kernel, node: &mut Kernel) {
    const PROGRAMS: &str = "pgrep -l -x 'master|qmgr|pickup|smtpd|proxymap|tlsmgr' 2>/dev/null";
    // The agent is called postfix too.
    const NO_AGENT_IS_LEFT: &str = "timeout 20 sh -c 'while pgrep -x postfix; do sleep 0.2; done'";
    server.pause().unwrap();
    assert_eq!(node.agent("probe", 0, 20).unwrap().0, 0);
    // One monitor's silence is not yet a failure.
    for (level, wanted) in [(0, 190), (10, 1)] {
        let (code, said) = node.agent("monitor", level, 20).unwrap();
        assert!(code == wanted && said.contains("storage does not answer: /srv/mail/"), "level {level}: {code}: {said}");
        node.sh(NO_AGENT_IS_LEFT).unwrap();
    }
    server.resume().unwrap();
    node.serves(&[0, 10]).unwrap();

    server.pause().unwrap();
    let (code, said) = node.agent("stop", 0, 30).unwrap();
    let left = node.answer(PROGRAMS).unwrap().1;
    println!("left: {left}");
    assert!(
        if code == 0 { left.is_empty() } else { code == 1 && said.contains("Failed in a stop process") },
        "{code}: {said}: {left}"
    );
    node.sh(NO_AGENT_IS_LEFT).unwrap();
    server.resume().unwrap();
    assert_eq!(node.agent("stop", 0, 120).unwrap().0, 0);
    assert_eq!(node.answer(PROGRAMS).unwrap(), (1, String::new()));
}

#[test]
fn a_queue_on_nfs_is_served_and_its_lock_outlives_a_power_cut_by_the_lease() {
    if !kernel::is_there() {
        println!("NOT TESTED: this release of Debian has no package user-mode-linux");
        return;
    }
    let host = Host::boot("nfs").unwrap();
    setup::prepare(&host).unwrap();
    let mut server = Kernel::boot(&host, "server", 1).unwrap();
    server.sh(&SERVE.replace("LEASE", &LEASE.to_string()).replace("EXPORT", &EXPORT.to_string())).unwrap();
    let (mut first, mut second) = (boot_node(&host, "first", 2), boot_node(&host, "second", 3));
    first.sh("mkdir -p /srv/mail/queue /srv/mail/box && postfix check").unwrap();

    assert_eq!(first.agent("start", 0, 400).unwrap().0, 0);
    first.serves(&[0, 10, 20]).unwrap();
    // The server keeps the queue for the first.
    let (code, said) = second.agent("start", 0, 60).unwrap();
    assert!(code == 1 && said.contains("lock"), "{code}: {said}");
    assert_eq!(second.agent("monitor", 0, 60).unwrap().0, 7);

    let cut = Instant::now();
    first.cut_power();
    // It waits for the lock, which the server keeps for the lease.
    let (code, said) = second.agent("start", 0, 400).unwrap();
    println!("from the power cut to the end of the start, with a lease of {LEASE} s: {:.1} s", cut.elapsed().as_secs_f64());
    // On a busy machine the lease is over before it comes to the lock.
    let waited = said.contains("is free: it is held by another server");
    assert!(code == 0 && (waited || cut.elapsed().as_secs() >= LEASE), "{code}: {said}");
    second.serves(&[20]).unwrap();
    server_falls_silent(&server, &mut second);
    assert_eq!(second.agent("monitor", 0, 60).unwrap().0, 7);
}
