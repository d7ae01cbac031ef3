//! A real set-up: what an administrator does on the nodes and in the cluster.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cluster::{Cluster, install};
use crate::host::Host;

/// The commands that README shows for pcs.
pub const PCS: &str = "\
pcs resource defaults update resource-stickiness=100
pcs resource create mail-fs ocf:heartbeat:Filesystem device=/dev/labdisk directory=/srv/mail fstype=ext4 --group mail
pcs resource create mail-ip ocf:heartbeat:IPaddr2 ip=10.77.0.50 cidr_netmask=24 --group mail
pcs resource create mail-postfix ocf:postkeeper:postfix queue_dir=/srv/mail/queue queue_mountpoint=/srv/mail op monitor interval=5s timeout=20s monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10 --group mail
";

/// The same for crmsh.
pub const CRM: &str = "\
crm configure rsc_defaults resource-stickiness=100
crm configure primitive mail-fs ocf:heartbeat:Filesystem params device=/dev/labdisk directory=/srv/mail fstype=ext4
crm configure primitive mail-ip ocf:heartbeat:IPaddr2 params ip=10.77.0.50 cidr_netmask=24
crm configure primitive mail-postfix ocf:postkeeper:postfix params queue_dir=/srv/mail/queue queue_mountpoint=/srv/mail op start timeout=90s op stop timeout=60s op monitor interval=5s timeout=20s op monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10
crm configure group mail mail-fs mail-ip mail-postfix
";

/// The numeric ids of the mailbox's owner, the same on every node.
const TESTER: u32 = 2001;

/// main.cf of a node: serves the virtual address, queue and mailboxes on the shared file system.
fn main_cf(vip: &str, base: &str) -> String {
    format!(
        "compatibility_level = 3.6\nmyhostname = mail.example.test\nmydestination =\ninet_interfaces = {vip}\ninet_protocols = ipv4\n\
         queue_directory = {base}/queue\nmynetworks = 10.77.0.0/24, 127.0.0.0/8\ndisable_dns_lookups = yes\nsmtp_host_lookup = native\n\
         virtual_mailbox_domains = example.test\nvirtual_mailbox_base = {base}/box\nvirtual_mailbox_maps = static:tester/\n\
         virtual_uid_maps = static:{TESTER}\nvirtual_gid_maps = static:{TESTER}\nvirtual_minimum_uid = 1000\n"
    )
}

/// The agent that is tested: built beside the tests.
///
/// # Errors
/// When it is not there.
pub fn agent_program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found = own.ancestors().skip(1).take(2).map(|dir| dir.join("postkeeper-agent")).find(|path| path.is_file());
    found.with_context(|| format!("no program `postkeeper-agent` beside {}: run cargo build --workspace first", own.display()))
}

/// Installs the agent and Postfix's configuration on a node.
///
/// # Errors
/// When a file cannot be written.
pub fn prepare(host: &Host) -> Result<()> {
    install(host, &agent_program()?, "/usr/lib/ocf/resource.d/postkeeper/postfix", 0o755)?;
    configure_postfix(host, "/etc/postfix", crate::cluster::VIP, "/srv/mail", "")
}

/// Writes main.cf and master.cf of an instance into `directory` of a host.
///
/// # Errors
/// When a file cannot be written.
pub fn configure_postfix(host: &Host, directory: &str, vip: &str, base: &str, more: &str) -> Result<()> {
    host.sh(&format!("mkdir -p {directory} {base} && [ -e {directory}/master.cf ] || cp /etc/postfix/master.cf {directory}/"))?;
    let path = host.root().join(directory.trim_start_matches('/')).join("main.cf");
    // postconf refuses to work with an address that is not on the host, so that comes last.
    std::fs::write(&path, "compatibility_level = 3.6\n")?;
    host.sh(&format!("postconf -c {directory} -F '*/*/chroot=n'"))?;
    Ok(std::fs::write(&path, format!("{}{more}", main_cf(vip, base)))?)
}

/// Makes a queue and a mailbox for the instance in `directory` below `base`, which is mounted on the node.
///
/// # Errors
/// When Postfix does not make one.
pub fn make_queue(cluster: &Cluster, node: &str, directory: &str, vip: &str, base: &str) -> Result<()> {
    // postfix check needs every address of inet_interfaces; it makes the queue where it finds none.
    cluster
        .sh(
            node,
            &format!(
                "ip address add {vip}/32 dev lo && mkdir -p {base}/queue {base}/box && chown {TESTER}:{TESTER} {base}/box && \
                 postfix -c {directory} check; rc=$?; ip address del {vip}/32 dev lo; exit $rc"
            ),
        )
        .map(drop)
}

/// Makes the queue on the shared disk, once, before the cluster has it.
///
/// # Errors
/// As [`make_queue`].
pub fn make_shared_queue(cluster: &Cluster) -> Result<()> {
    cluster.sh("n1", "mount /dev/labdisk /srv/mail")?;
    make_queue(cluster, "n1", "/etc/postfix", crate::cluster::VIP, "/srv/mail")?;
    cluster.sh("n1", "umount /srv/mail").map(drop)
}
