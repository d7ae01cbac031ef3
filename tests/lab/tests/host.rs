//! The lab leaves nothing behind.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use lab::disk::Disk;
use lab::host::{Host, require_root, wait_for};

#[test]
fn a_host_runs_postfix_on_its_own_disk_and_goes_without_a_trace() {
    require_root();
    let disk = Disk::new(16 << 20).unwrap();
    let backing = format!("/sys/block/{}/loop/backing_file", disk.device_name());
    let host = Host::boot("trace").unwrap();
    host.mount_disk(&disk, "/srv").unwrap();
    host.sh("postconf -F '*/*/chroot=n' && postconf inet_interfaces=127.0.0.1 queue_directory=/srv/queue && mkdir /srv/queue")
        .unwrap();
    host.sh("postfix start && postfix status && logger -d -u /dev/log hello").unwrap();
    wait_for("the log", Duration::from_secs(5), || host.syslog().contains("hello")).unwrap();
    assert_eq!(host.sh("hostname").unwrap().trim(), "trace");
    let init = host.init_pid();
    drop(host);
    assert!(!Path::new(&format!("/proc/{init}")).exists());
    drop(disk);
    wait_for("the loop device to be free", Duration::from_secs(10), || !Path::new(&backing).exists()).unwrap();
}

/// What the test below starts and kills; does nothing otherwise.
#[test]
fn victim() {
    if std::env::var_os("LAB_VICTIM").is_none() {
        return;
    }
    let disk = Disk::new(16 << 20).unwrap();
    let host = Host::boot("victim").unwrap();
    host.mount_disk(&disk, "/srv").unwrap();
    fs::write(std::env::var_os("LAB_VICTIM").unwrap(), format!("{} {}", host.init_pid(), disk.device_name())).unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn a_killed_owner_takes_its_hosts_with_it() {
    require_root();
    let note = tempfile::NamedTempFile::new().unwrap();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim"])
        .env("LAB_VICTIM", note.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let told = || fs::read_to_string(note.path()).unwrap();
    wait_for("the victim's host", Duration::from_secs(30), || told().contains("loop")).unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    let told = told();
    let (init, device) = told.split_once(' ').unwrap();
    wait_for("the host to go", Duration::from_secs(10), || !Path::new(&format!("/proc/{init}")).exists()).unwrap();
    let backing = format!("/sys/block/{device}/loop/backing_file");
    wait_for("the loop device to be free", Duration::from_secs(10), || !Path::new(&backing).exists()).unwrap();
}
