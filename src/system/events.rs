//! Events that the kernel reports: a process has ended or run; a mount, an address or a file has changed.
//!
//! Waiting for them costs nothing while nothing happens. An event does not say exactly what has happened: it is a reason to check.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::fanotify::{self, EventFFlags, Fanotify, MarkFlags, MaskFlags};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::unistd::{SysconfVar, sysconf};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

use super::deadline::Deadline;
use super::mapping::{Mapping, ProtFlags};
use super::process::Handle;

/// A source of events.
#[derive(Debug)]
pub enum Source {
    Mounts(File),
    Errors(Fanotify),
    Addresses(OwnedFd),
    Files(Inotify, Vec<&'static str>),
    /// With the ring buffer into which the kernel writes a record of each event. Needed for wake-ups; its content is not read.
    Activity(OwnedFd, Mapping),
}

/// Changes of the directory itself that make its files disappear.
const GONE: AddWatchFlags = AddWatchFlags::IN_DELETE_SELF.union(AddWatchFlags::IN_MOVE_SELF).union(AddWatchFlags::IN_UNMOUNT);

impl Source {
    /// Any mount, unmount or remount in this mount namespace (proc(5)).
    ///
    /// # Errors
    /// When /proc is not there.
    pub fn mounts() -> io::Result<Source> {
        File::open("/proc/self/mountinfo").map(Source::Mounts)
    }

    /// The file system of `path` has detected damage, or lost its disk (fanotify(7), FAN_FS_ERROR; Linux 5.16, ext4). That it becomes
    /// read-only then causes no mount event. `path` must be on storage that answers. This does not prevent an unmount.
    ///
    /// # Errors
    /// When the kernel or the file system does not support it.
    pub fn errors(path: &Path) -> io::Result<Source> {
        let flags = libc::FAN_CLASS_NOTIF | libc::FAN_REPORT_FID | libc::FAN_CLOEXEC | libc::FAN_NONBLOCK;
        let errors = Fanotify::init(fanotify::InitFlags::from_bits_retain(flags), EventFFlags::empty())?;
        let mark = MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_FILESYSTEM;
        errors.mark(mark, MaskFlags::FAN_FS_ERROR, AT_FDCWD, Some(path))?;
        Ok(Source::Errors(errors))
    }

    /// An address is removed from an interface of this network namespace (rtnetlink(7)).
    ///
    /// # Errors
    /// Those of socket(2) and bind(2).
    pub fn addresses() -> io::Result<Source> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let route = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        bind(&route, &SocketAddrNetlink::new(0, (libc::RTMGRP_IPV4_IFADDR | libc::RTMGRP_IPV6_IFADDR) as u32))?;
        Ok(Source::Addresses(route))
    }

    /// One of the files `names` in `directory` is written, replaced or removed, or its permissions change (inotify(7)). `directory`
    /// must be on storage that answers. This does not prevent an unmount.
    ///
    /// # Errors
    /// Those of inotify_add_watch(2).
    pub fn files(directory: &Path, names: Vec<&'static str>) -> io::Result<Source> {
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
        let changes =
            AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_MOVE | AddWatchFlags::IN_DELETE | AddWatchFlags::IN_ATTRIB;
        inotify.add_watch(directory, changes | GONE | AddWatchFlags::IN_ONLYDIR)?;
        Ok(Source::Files(inotify, names))
    }

    /// The process has run and sleeps again, or was stopped by a signal: its context switches are counted (perf_event_open(2)). The
    /// stop itself is reported only to a parent or a debugger.
    ///
    /// # Errors
    /// EACCES or EPERM when the kernel or a seccomp filter forbids it.
    pub fn activity(pid: i32) -> io::Result<Source> {
        const SOFTWARE: u32 = 1;
        const CONTEXT_SWITCHES: u64 = 3;
        const FLAG_CLOEXEC: u64 = 8;
        // struct perf_event_attr, version 0 (linux/perf_event.h): type, size, config, sample_period, …, wakeup_events.
        let mut attributes = [0u32; 16];
        attributes[0] = SOFTWARE;
        attributes[1] = size_of_val(&attributes) as u32;
        attributes[2..4].copy_from_slice(&halves(CONTEXT_SWITCHES));
        attributes[4..6].copy_from_slice(&halves(1));
        attributes[12] = 1;
        // SAFETY: the kernel reads the 64 bytes of which the second field speaks, and returns a new descriptor or -1.
        let fd =
            Errno::result(unsafe { libc::syscall(libc::SYS_perf_event_open, attributes.as_ptr(), pid, -1, -1, FLAG_CLOEXEC) })?;
        // SAFETY: the kernel just gave us this descriptor; nobody else owns it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd as i32) };
        let page = sysconf(SysconfVar::PAGE_SIZE)?.unwrap_or(4096) as usize;
        let ring = Mapping::new(&fd, 2 * page, ProtFlags::READ, 0)?;
        Ok(Source::Activity(fd, ring))
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Source::Mounts(file) => file.as_fd(),
            Source::Errors(errors) => errors.as_fd(),
            Source::Addresses(fd) | Source::Activity(fd, _) => fd.as_fd(),
            Source::Files(inotify, _) => inotify.as_fd(),
        }
    }

    fn awaited(&self) -> PollFlags {
        match self {
            // It can always be read.
            Source::Mounts(_) => PollFlags::POLLPRI,
            _ => PollFlags::POLLIN,
        }
    }

    /// Reads pending events, not for ever where others come as fast; whether one of them is a reason to check.
    fn take(&self) -> bool {
        match self {
            // poll(2) has taken it.
            Source::Mounts(_) | Source::Activity(..) => true,
            Source::Errors(errors) => take_errors(errors),
            Source::Addresses(fd) => take_addresses(fd),
            Source::Files(inotify, names) => take_files(inotify, names),
        }
    }
}

/// The two halves of a number, as they lie in memory.
fn halves(number: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = number.to_ne_bytes();
    [u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h])]
}

/// How often to read from one source at a time. What is left there makes the next wait return at once.
const MAX_READS: usize = 256;

fn take_errors(errors: &Fanotify) -> bool {
    let mut buffer = [0u8; 4096];
    (0..MAX_READS).take_while(|_| nix::unistd::read(errors, &mut buffer).is_ok_and(|length| length > 0)).count() > 0
}

fn take_addresses(fd: &OwnedFd) -> bool {
    let mut buffer = [0u8; 4096];
    let mut any = false;
    for _ in 0..MAX_READS {
        match recv(fd, &mut buffer, RecvFlags::empty()) {
            Ok((0, _)) | Err(rustix::io::Errno::AGAIN) => break,
            Ok((length, _)) => any |= takes_address_away(&buffer[..length]),
            Err(rustix::io::Errno::INTR) => {}
            // Events were lost (ENOBUFS): check. The kernel reports none until all that are left have been read.
            Err(_) => any = true,
        }
    }
    any
}

/// Whether one of the messages in a datagram is RTM_DELADDR (netlink(7)).
fn takes_address_away(mut data: &[u8]) -> bool {
    while let Some(head) = data.first_chunk::<6>() {
        let length = u32::from_ne_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if u16::from_ne_bytes([head[4], head[5]]) == libc::RTM_DELADDR {
            return true;
        }
        data = &data[length.max(16).next_multiple_of(4).min(data.len())..];
    }
    false
}

fn take_files(inotify: &Inotify, names: &[&str]) -> bool {
    let mut any = false;
    for _ in 0..MAX_READS {
        let Ok(events) = inotify.read_events() else { break };
        let is_one = |name: &OsStr| names.iter().any(|n| name == *n);
        any |= events.iter().any(|e| {
            // Events were lost: check.
            let is_lost = AddWatchFlags::IN_Q_OVERFLOW | GONE;
            e.mask.intersects(is_lost) || e.name.as_deref().is_some_and(is_one)
        });
    }
    any
}

/// Waits for an event or the deadline; then which sources have reported one, and which processes have ended.
pub fn wait(sources: &[&Source], processes: &[&Handle], deadline: Deadline) -> (Vec<bool>, Vec<bool>) {
    let waited = processes.iter().filter_map(|p| p.pollable()).map(|fd| PollFd::new(fd, PollFlags::POLLIN));
    let mut fds: Vec<PollFd> = sources.iter().map(|s| PollFd::new(s.descriptor(), s.awaited())).chain(waited).collect();
    // A process without a pidfd is polled.
    let tells = fds.len() == sources.len() + processes.len();
    let until = if tells { deadline } else { deadline.within(super::process::MAX_POLL) };
    let _ = poll(&mut fds, until.poll_timeout());
    // An error too is to be read, or the next wait would not wait.
    let ready = PollFlags::POLLIN | PollFlags::POLLPRI | PollFlags::POLLERR;
    let is_ready = |i: usize| fds[i].revents().is_some_and(|found| found.intersects(ready));
    let changed = sources.iter().enumerate().map(|(i, source)| is_ready(i) && source.take()).collect();
    (changed, processes.iter().map(|p| p.has_ended()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::deadline::soon;
    use crate::system::process::{Signal, stat};
    use std::time::Duration;

    /// Whether `source` alone reports something until the deadline.
    fn reports(source: &Source, deadline: Deadline) -> bool {
        loop {
            if wait(&[source], &[], deadline).0[0] {
                return true;
            }
            if deadline.expired() {
                return false;
            }
        }
    }

    #[test]
    fn a_process_that_is_stopped_is_told_of_and_one_that_sleeps_is_not() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let handle = Handle::open(stat(child.id() as i32).unwrap().id).unwrap();
        // It has to have come to its sleep.
        let sleeps = || stat(handle.id.pid).filter(|s| s.name == "sleep" && s.state == b'S').map(drop);
        soon().poll(Duration::from_millis(1), sleeps).unwrap();
        let source = Source::activity(handle.id.pid).unwrap();
        while reports(&source, Deadline::after(Duration::from_millis(200))) {}
        handle.signal(Signal::SIGSTOP).unwrap();
        assert!(reports(&source, soon()));
        assert!(soon().poll(Duration::from_millis(1), || stat(handle.id.pid)?.is_stopped().then_some(())).is_some());
        child.kill().unwrap();
        assert_eq!(wait(&[], &[&handle], soon()).1, [true]);
        child.wait().unwrap();
    }

    #[test]
    fn only_the_files_that_are_named_count() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| std::fs::write(dir.path().join(name), "text").unwrap();
        write("main.cf");
        let source = Source::files(dir.path(), vec!["main.cf"]).unwrap();
        write("aliases");
        assert!(!reports(&source, Deadline::after(Duration::ZERO)));
        write("main.cf");
        assert!(reports(&source, soon()));
        std::fs::remove_file(dir.path().join("main.cf")).unwrap();
        assert!(reports(&source, soon()));
        assert!(!reports(&source, Deadline::after(Duration::ZERO)));
        dir.close().unwrap();
        assert!(reports(&source, soon()));
    }

    #[test]
    fn an_address_that_goes_is_told_from_one_that_comes() {
        let message = |kind: u16| [&16u32.to_ne_bytes()[..], &kind.to_ne_bytes(), &[0; 10]].concat();
        let (new, gone) = (message(libc::RTM_NEWADDR), message(libc::RTM_DELADDR));
        assert!(!takes_address_away(&new) && takes_address_away(&gone) && takes_address_away(&[new.clone(), gone].concat()));
        for end in 0..16 {
            let _ = takes_address_away(&new[..end]);
        }
        // A length of 0 ends too.
        assert!(!takes_address_away(&[0; 64]));
        assert!(Source::addresses().is_ok());
    }

    #[test]
    fn mounts_that_stay_are_no_event() {
        assert!(!reports(&Source::mounts().unwrap(), Deadline::after(Duration::ZERO)));
    }
}
