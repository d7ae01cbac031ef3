//! Process 1 of a host: makes its file systems, reaps, keeps the system log, and ends with its owner.
//!
//! It is started in fresh namespaces with a pipe from the owner as stdin. At the end of the pipe it
//! exits, and the kernel ends everything in its pid namespace with it.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, SFlag, makedev, mknod, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, pivot_root, sethostname};

use crate::disk;

/// Character devices of a host, all of major 1 but the last two.
const DEVICES: &[(&str, u64, u64)] =
    &[("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0), ("kmsg", 1, 11)];

/// Sets the host up, says "ready" on stdout, and serves it until stdin ends.
///
/// # Errors
/// When it cannot be set up.
pub fn run(name: &str) -> Result<()> {
    ensure!(nix::unistd::getpid() == Pid::from_raw(1), "only for process 1 of a host of the lab");
    umask(Mode::S_IWGRP | Mode::S_IWOTH);
    sethostname(name)?;
    make_root().context("the host's file systems")?;
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGCHLD);
    let log = UnixDatagram::bind("/dev/log")?;
    fs::set_permissions("/dev/log", fs::Permissions::from_mode(0o666))?;
    let up = Command::new("/usr/sbin/ip").args(["link", "set", "lo", "up"]).status().context("ip")?;
    ensure!(up.success(), "ip link set lo up");
    // Blocked only from here on: the commands above inherit the mask.
    mask.thread_block()?;
    let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK)?;
    println!("ready");
    serve(&log, &signals)
}

fn serve(log: &UnixDatagram, signals: &SignalFd) -> Result<()> {
    log.set_nonblocking(true)?;
    let mut file: File = OpenOptions::new().create(true).append(true).open("/var/log/syslog")?;
    let mut buffer = [0u8; 8192];
    loop {
        let owner = std::io::stdin();
        let mut fds = [
            PollFd::new(owner.as_fd(), PollFlags::POLLIN),
            PollFd::new(log.as_fd(), PollFlags::POLLIN),
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
        ];
        let _ = poll(&mut fds, PollTimeout::NONE);
        if fds[0].any().unwrap_or(false) {
            thaw_all();
            return Ok(());
        }
        while let Ok(length) = log.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]);
            let _ = writeln!(file, "{}", text.split_once('>').map_or(&*text, |(_, rest)| rest).trim_end());
        }
        while let Ok(Some(_)) = signals.read_signal() {}
        while !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive) | Err(_)) {}
    }
}

/// No process that waits for a frozen file system could be ended, and the host would never go.
fn thaw_all() {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let of_disks = mounts.lines().filter_map(|line| line.split_once(" ext4 ")?.0.split(' ').nth(1));
    of_disks.for_each(|point| drop(disk::thaw(Path::new(point))));
}

/// Where a host sees what it has written over the machine's root.
pub const WRITTEN: &str = "/run/written";

/// The machine's root, with everything that is written kept in memory; the usual file systems anew.
fn make_root() -> Result<()> {
    let none: Option<&str> = None;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    mount(Some("tmpfs"), "/mnt", Some("tmpfs"), MsFlags::empty(), none)?;
    for name in ["upper", "work", "root"] {
        fs::create_dir(format!("/mnt/{name}"))?;
    }
    let layers = Some("lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work");
    mount(Some("overlay"), "/mnt/root", Some("overlay"), MsFlags::empty(), layers)?;
    std::env::set_current_dir("/mnt/root")?;
    let kinds = [("proc", "proc"), ("sysfs", "sys"), ("tmpfs", "dev"), ("tmpfs", "run"), ("tmpfs", "tmp")];
    for (kind, point) in kinds {
        mount(Some(kind), point, Some(kind), MsFlags::empty(), none).with_context(|| point.to_owned())?;
    }
    fs::set_permissions("tmp", fs::Permissions::from_mode(0o1777))?;
    for (name, major, minor) in DEVICES {
        let path = format!("dev/{name}");
        mknod(path.as_str(), SFlag::S_IFCHR, Mode::S_IRUSR | Mode::S_IWUSR, makedev(*major, *minor))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o666))?;
    }
    for (kind, point, options) in [("devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=620"), ("tmpfs", "dev/shm", "mode=1777")]
    {
        fs::create_dir(point)?;
        mount(Some(kind), point, Some(kind), MsFlags::empty(), Some(options)).with_context(|| point.to_owned())?;
    }
    symlink("pts/ptmx", "dev/ptmx")?;
    for (target, link) in [("/proc/self/fd", "dev/fd"), ("fd/0", "dev/stdin"), ("fd/1", "dev/stdout"), ("fd/2", "dev/stderr")] {
        symlink(target, link)?;
    }
    fs::create_dir_all("run/lock")?;
    fs::create_dir_all("run/resource-agents")?;
    // What the host has written, without what others write on the machine at the same time.
    fs::create_dir(format!(".{WRITTEN}"))?;
    mount(Some("/mnt/upper"), &format!(".{WRITTEN}") as &str, none, MsFlags::MS_BIND, none)?;
    fs::create_dir_all("mnt")?;
    pivot_root(".", "mnt")?;
    std::env::set_current_dir("/")?;
    umount2("/mnt", MntFlags::MNT_DETACH)?;
    Ok(())
}
