//! A real set-up: what an administrator does on the nodes and in the cluster.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Result, ensure};

use crate::cluster::Cluster;
use crate::host::{Host, install, program};

/// The commands that docs/pacemaker.md shows for pcs.
pub const PCS: &str = "\
pcs resource defaults update resource-stickiness=100
pcs resource create mail-fs ocf:heartbeat:Filesystem device=/dev/labdisk directory=/srv/mail fstype=ext4
pcs resource create mail-ip ocf:heartbeat:IPaddr2 ip=10.77.0.50 cidr_netmask=24
pcs resource group add mail mail-fs mail-ip
pcs resource create mail-postfix ocf:postkeeper:postfix queue_dir=/srv/mail/queue queue_mountpoint=/srv/mail op monitor interval=5s timeout=20s monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10 monitor interval=300s timeout=60s OCF_CHECK_LEVEL=20 --disabled
pcs resource group add mail mail-postfix
pcs resource enable mail-postfix
";

/// The last commands of [`PCS`], with configuration and programs on the shared file system too.
pub const PCS_SHARED: &str = "\
pcs resource create mail-postfix ocf:postkeeper:postfix config_dir=/srv/mail/etc binary_dir=/srv/mail/sbin queue_mountpoint=/srv/mail op monitor interval=5s timeout=20s monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10 monitor interval=300s timeout=60s OCF_CHECK_LEVEL=20 --disabled
pcs resource group add mail mail-postfix
pcs resource enable mail-postfix
";

/// After [`PCS`]: a second instance, and a node of its own for each.
pub const PCS_SECOND: &str = "\
pcs resource create mail2-fs ocf:heartbeat:Filesystem device=/dev/otherdisk directory=/srv/mail2 fstype=ext4
pcs resource create mail2-ip ocf:heartbeat:IPaddr2 ip=10.77.0.51 cidr_netmask=24
pcs resource group add mail2 mail2-fs mail2-ip
pcs resource create mail2-postfix ocf:postkeeper:postfix config_dir=/etc/postfix2 queue_mountpoint=/srv/mail2 op monitor interval=5s timeout=20s monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10 monitor interval=300s timeout=60s OCF_CHECK_LEVEL=20 --disabled
pcs resource group add mail2 mail2-postfix
pcs resource enable mail2-postfix
pcs constraint location mail prefers n1=999
pcs constraint location mail2 prefers n2=999
";

/// The same as [`PCS`] for crmsh: all at once, so that no resource starts where the others are not.
pub const CRM: &str = "\
crm -f - <<'END'
configure
rsc_defaults resource-stickiness=100
primitive mail-fs ocf:heartbeat:Filesystem params device=/dev/labdisk directory=/srv/mail fstype=ext4
primitive mail-ip ocf:heartbeat:IPaddr2 params ip=10.77.0.50 cidr_netmask=24
primitive mail-postfix ocf:postkeeper:postfix params queue_dir=/srv/mail/queue queue_mountpoint=/srv/mail \\
    op start timeout=90s op stop timeout=60s op monitor interval=5s timeout=20s \\
    op monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10 \\
    op monitor interval=300s timeout=60s OCF_CHECK_LEVEL=20
group mail mail-fs mail-ip mail-postfix
commit
END
";

/// The commands of [`PCS`] before those that make the Postfix resource, and these.
pub fn pcs_without_postfix() -> (&'static str, &'static str) {
    PCS.split_at(PCS.find("pcs resource create mail-postfix").unwrap_or(PCS.len()))
}

/// Makes the queue, and has the cluster run file system and address in a group on a node; where they were moved they stay.
///
/// # Errors
/// When something of it fails.
pub fn make_dependencies(cluster: &Cluster, node: &str) -> Result<()> {
    make_shared_queue(cluster)?;
    cluster.sh("n1", &format!("set -e\n{}", pcs_without_postfix().0))?;
    cluster.wait_settled()?;
    // Where it is already crm_resource refuses to move it.
    if cluster.active("mail-fs").as_deref() != Some(node) {
        cluster
            .sh("n1", &format!("crm_resource --move -r mail -N {node} && crm_resource --wait && crm_resource --clear -r mail"))?;
        cluster.wait_settled()?;
    }
    Ok(())
}

/// The numeric ids of the mailbox's owner, the same on every node.
const TESTER: u32 = 2001;

/// main.cf of a node: serves the virtual addresses (commas between them), queue and mailboxes on the shared file system.
fn main_cf(vips: &str, base: &str) -> String {
    format!(
        "compatibility_level = 9999\nmyhostname = mail.example.test\nmydestination =\ninet_interfaces = {vips}\ninet_protocols = ipv4\n\
         queue_directory = {base}/queue\nmynetworks = 10.77.0.0/24, 127.0.0.0/8\nsmtp_dns_support_level = disabled\nsmtp_host_lookup = native\n\
         virtual_mailbox_domains = example.test\nvirtual_mailbox_base = {base}/box\nvirtual_mailbox_maps = static:tester/\n\
         virtual_uid_maps = static:{TESTER}\nvirtual_gid_maps = static:{TESTER}\nvirtual_minimum_uid = 1000\n"
    )
}

/// The agent that is tested.
///
/// # Errors
/// When it is not there.
pub fn agent_program() -> Result<PathBuf> {
    program("postkeeper-agent")
}

/// Installs the admin tool on a host.
///
/// # Errors
/// When it is not built or cannot be written.
pub fn install_tool(host: &Host) -> Result<()> {
    install(host, &program("postkeeper")?, "/usr/sbin/postkeeper", 0o755)
}

/// Installs the agent on a host.
///
/// # Errors
/// When it is not built or cannot be written.
pub fn install_agent(host: &Host) -> Result<()> {
    install(host, &agent_program()?, "/usr/lib/ocf/resource.d/postkeeper/postfix", 0o755)
}

/// Installs the agent and Postfix's configuration on a node.
///
/// # Errors
/// When a file cannot be written.
pub fn prepare(host: &Host) -> Result<()> {
    install_agent(host)?;
    configure_postfix(host, "/etc/postfix", crate::cluster::VIP, "/srv/mail", "")
}

/// Writes main.cf and master.cf of an instance into `directory` of a host.
///
/// # Errors
/// When a file cannot be written.
pub fn configure_postfix(host: &Host, directory: &str, vips: &str, base: &str, more: &str) -> Result<()> {
    host.sh(&format!("mkdir -p {directory} {base} && [ -e {directory}/master.cf ] || cp /etc/postfix/master.cf {directory}/"))?;
    let path = host.root().join(directory.trim_start_matches('/')).join("main.cf");
    // postconf refuses to work with an address that is not on the host, so that comes last.
    std::fs::write(&path, "compatibility_level = 9999\n")?;
    host.sh(&format!("postconf -c {directory} -F '*/*/chroot=n'"))?;
    Ok(std::fs::write(&path, format!("{}{more}", main_cf(vips, base)))?)
}

/// Makes a queue and a mailbox for the instance in `directory` below `base`, which is mounted on the node.
/// `vips` is its inet_interfaces: addresses, with commas between them.
///
/// # Errors
/// When Postfix does not make one.
pub fn make_queue(cluster: &Cluster, node: &str, directory: &str, vips: &str, base: &str) -> Result<()> {
    // postfix check needs every address of inet_interfaces; it makes the queue where it finds none.
    let addresses = |verb: &str| {
        let one = |vip: &str| format!("ip address {verb} {vip}/{} dev lo", if vip.contains(':') { 128 } else { 32 });
        vips.split(", ").map(one).collect::<Vec<_>>().join(" && ")
    };
    let (add, remove) = (addresses("add"), addresses("del"));
    let make = format!("mkdir -p {base}/queue {base}/box && chown {TESTER}:{TESTER} {base}/box && postfix -c {directory} check");
    cluster.sh(node, &format!("{add} && {make}; rc=$?; {remove}; exit $rc")).map(drop)
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

/// Where a node serves the page for Cockpit, on its own loopback address.
pub const PAGE_PORT: u16 = 9090;

/// Lays the page that is built in `directory` for Cockpit, and serves it to whoever connects, as root: there is no login.
///
/// # Errors
/// When a file cannot be written or Cockpit is not there.
pub fn serve_page(host: &Host, directory: &Path) -> Result<()> {
    let laid = host.command("cp").arg("-rT").args([directory, Path::new("/usr/share/cockpit/postkeeper")]).status()?;
    ensure!(laid.success(), "{}: {laid}", directory.display());
    let mut command = host.command("/usr/lib/cockpit/cockpit-ws");
    command.args(["--no-tls", "--address", "127.0.0.1", "--port", &PAGE_PORT.to_string()]);
    command.args(["--local-session", "cockpit-bridge"]).env("HOME", "/root").env("XDG_RUNTIME_DIR", "/run");
    // It ends with its host.
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    Ok(())
}

/// Lets root of each node reach the others by ssh, as administrators do.
///
/// # Errors
/// When that cannot be set up.
pub fn allow_ssh(cluster: &Cluster) -> Result<()> {
    let keys = tempfile::tempdir()?;
    let key = keys.path().join("key");
    let made = std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status()?;
    ensure!(made.success(), "ssh-keygen: {made}");
    for node in cluster.names() {
        cluster.with(node, |host| {
            install(host, &key, "/root/.ssh/id_ed25519", 0o600)?;
            install(host, &key.with_extension("pub"), "/root/.ssh/authorized_keys", 0o600)?;
            install(host, &key, "/etc/ssh/ssh_host_ed25519_key", 0o600)?;
            host.sh("chmod 700 /root/.ssh && printf 'StrictHostKeyChecking no\\nLogLevel ERROR\\n' > /root/.ssh/config && mkdir -p /run/sshd && \
                 /usr/sbin/sshd -h /etc/ssh/ssh_host_ed25519_key -o PidFile=none")
                .map(drop)
        })?;
    }
    Ok(())
}
