//! Processes: what /proc says of them, and signals that cannot reach another process by mistake.
//!
//! Pids are used again, so a process is identified by its pid *and* its start time,
//! and it is signalled and waited for through a pidfd, which stays with the one process it was
//! opened for.
//!
//! No procfs crate: a scan reads one line of every process of the host, and takes a few fields of it.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::resource::{Resource, getrlimit};
pub use nix::sys::signal::Signal;
use rustix::io::Errno;
use rustix::process::{self as kernel, Pid, PidfdFlags, PidfdGetfdFlags};
use serde::{Deserialize, Serialize};

use super::deadline::{Deadline, ask_each};
use super::file::{known_identity, read_text};
use crate::text;

/// One process for as long as the machine is up: pid and start time (clock ticks since boot).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    pub pid: i32,
    pub start: u64,
}

/// The fields of /proc/PID/stat that are used here; see proc(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    pub id: Identity,
    /// The kernel's name for it, at most 15 bytes.
    pub name: String,
    /// `R S D T t Z X I`.
    pub state: u8,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    /// Device number of the controlling terminal, 0 when there is none.
    pub terminal: i32,
    pub threads: i32,
    /// A thread of the kernel: no program, no environment, no file.
    pub is_kernel_thread: bool,
}

impl Stat {
    /// Neither a zombie nor dead: it can still hold a file, as one whose first thread alone has ended.
    pub fn is_alive(&self) -> bool {
        !matches!(self.state, b'Z' | b'X' | b'x') || self.threads > 1
    }

    /// Stopped by a signal (SIGSTOP, SIGTSTP, …), not by a debugger.
    pub fn is_stopped(&self) -> bool {
        self.state == b'T'
    }
}

/// Reads a file of /proc: few calls, since there may be thousands.
pub(super) fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(4096);
    // Files of /proc have size 0: `take` saves asking for it, and limits what is read.
    fs::File::open(path)?.take(1 << 24).read_to_end(&mut text)?;
    Ok(text)
}

/// Reads /proc/PID/stat. None when there is no such process.
pub fn stat(pid: i32) -> Option<Stat> {
    // The kernel gives it whole at the first read: 52 numbers and a name.
    let mut text = [0; 1280];
    let length = fs::File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut text).ok()?;
    parse_stat(&text[..length])
}

fn parse_stat(text: &[u8]) -> Option<Stat> {
    // The name is in parentheses and may itself hold parentheses and blanks: the last ')' ends it.
    let open = text.iter().position(|&b| b == b'(')?;
    let close = text.iter().rposition(|&b| b == b')')?;
    let pid = std::str::from_utf8(text.get(..open)?).ok()?.trim().parse().ok()?;
    let name = String::from_utf8_lossy(text.get(open + 1..close)?).into_owned();
    let mut fields = text.get(close + 1..)?.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
    let state = *fields.next()?.first()?;
    let mut number = |skipped: usize| std::str::from_utf8(fields.nth(skipped)?).ok()?.parse::<i64>().ok();
    let mut small = |skipped: usize| number(skipped)?.try_into().ok();
    let [parent, group, session, terminal] = [small(0)?, small(0)?, small(0)?, small(0)?];
    let flags = number(1)?;
    let threads = number(10)?.try_into().ok()?;
    let start = number(1)?.try_into().ok()?;
    let is_kernel_thread = flags & PF_KTHREAD != 0;
    Some(Stat { id: Identity { pid, start }, name, state, parent, group, session, terminal, threads, is_kernel_thread })
}

/// linux/sched.h
const PF_KTHREAD: i64 = 0x0020_0000;

/// The pids of all processes, in the order of /proc (ascending).
pub fn all() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|e| e.file_name().to_str()?.parse().ok()).collect()
}

/// The pids of the children of `pid`.
pub fn children(pid: i32) -> Vec<i32> {
    let text = read(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.split_ascii_whitespace().filter_map(|n| n.parse().ok()).collect()
}

/// `pid` and its descendants, the oldest first.
pub fn descendants(pid: i32) -> Vec<i32> {
    let mut tree = vec![pid];
    let mut next = 0;
    while next < tree.len() {
        tree.extend(children(tree[next]));
        next += 1;
    }
    tree
}

/// The chain of parents of this process, itself first.
pub fn ancestry() -> Vec<i32> {
    let mut chain = Vec::new();
    let mut pid = std::process::id() as i32;
    while pid > 0 && !chain.contains(&pid) {
        chain.push(pid);
        pid = stat(pid).map_or(0, |s| s.parent);
    }
    chain
}

/// The executable of `pid`, also when its file has been replaced or removed since; None when the process is gone.
///
/// # Errors
/// When we may not look.
pub fn executable(pid: i32) -> io::Result<Option<PathBuf>> {
    Ok(unless_gone(program(pid))?.map(|(path, _)| path))
}

/// The executable of `pid`, and whether its file has been replaced or removed.
fn program(pid: i32) -> io::Result<(PathBuf, bool)> {
    let link = fs::read_link(format!("/proc/{pid}/exe"))?;
    Ok(match link.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(path) => (PathBuf::from(OsStr::from_bytes(path)), true),
        None => (link, false),
    })
}

/// Whether the file of the program that `pid` runs has been replaced or removed since it was started; not, when we may not look.
pub fn is_outdated(pid: i32) -> bool {
    program(pid).is_ok_and(|(_, is_outdated)| is_outdated)
}

/// None when the process is gone (ENOENT, ESRCH).
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == io::ErrorKind::NotFound || e.raw_os_error() == Some(libc::ESRCH) => Ok(None),
        Err(e) => Err(e),
    }
}

/// How long a process may take to show what is in its memory.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// Those that took longer: they are not asked again.
static SILENT: Mutex<BTreeSet<Identity>> = Mutex::new(BTreeSet::new());

/// What `look` finds in the memory of each process; None for one that does not let itself be looked into in time.
///
/// Whoever reads its environment or arguments needs the lock of its memory, and waits for as long as a thread of it has that: for
/// ever, when it unmaps a file on storage that does not answer.
fn look_into<T: Send + 'static>(ids: &[Identity], look: impl Fn(i32) -> T + Send + Sync + 'static) -> Vec<Option<T>> {
    let known = || SILENT.lock().unwrap_or_else(PoisonError::into_inner);
    let silent = known().clone();
    let asked: Vec<Identity> = ids.iter().filter(|id| !silent.contains(id)).copied().collect();
    let found = ask_each(asked.clone(), LOOK_TIMEOUT, move |id: Identity| look(id.pid));
    known().extend(asked.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(id, _)| *id));
    let mut found = found.into_iter();
    ids.iter().map(|id| if silent.contains(id) { None } else { found.next().flatten() }).collect()
}

/// The value of `name` in the environment that each process was started with; None also when it is gone, or we may not look, or
/// it does not show it in time.
pub fn environments(ids: &[Identity], name: &'static str) -> Vec<Option<OsString>> {
    let value = move |pid: i32| {
        let text = read(format!("/proc/{pid}/environ")).ok()?;
        text.split(|&b| b == 0).find_map(|entry| {
            let value = entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            Some(OsString::from_vec(value.to_vec()))
        })
    };
    look_into(ids, value).into_iter().map(Option::flatten).collect()
}

/// Whether `pid` has the root and the mounts that we have; not, when we may not look.
pub fn shares_root_and_mounts(pid: i32) -> bool {
    let root = |who: &str| known_identity(Path::new(&format!("/proc/{who}/root"))).ok();
    let mounts = |who: &str| fs::read_link(format!("/proc/{who}/ns/mnt")).ok();
    let who = pid.to_string();
    root(&who).is_some_and(|theirs| Some(theirs) == root("self")) && mounts(&who) == mounts("self")
}

/// Device and inode of `path` as `pid` sees it: in its mount namespace, below its root. None when it sees nothing there, or we
/// may not look.
pub fn identity_seen_by(pid: i32, path: &Path) -> Option<(u64, u64)> {
    let seen = Path::new(&format!("/proc/{pid}/root")).join(path.strip_prefix("/").ok()?);
    fs::metadata(seen).ok().map(|m| (m.dev(), m.ino()))
}

/// Checks that the process table can be trusted: not to see a process must mean that there is none.
///
/// # Errors
/// /proc is not there or is that of another pid namespace, or too few files may be open.
pub fn check_table() -> io::Result<()> {
    // As many at once as any look at it needs.
    let first = fs::File::open("/")?;
    let others: io::Result<Vec<fs::File>> = (1..8).map(|_| first.try_clone()).collect();
    drop(others?);
    let own = std::process::id() as i32;
    // Another namespace has some process of that number too.
    let is_ours = fs::read_link("/proc/self").is_ok_and(|name| name.to_str() == Some(&own.to_string()));
    stat(own).filter(|_| is_ours).map(drop).ok_or_else(|| io::Error::other(text::proc_does_not_show_the_processes()))
}

/// The command line of a process; empty when it is gone, or does not show it in time.
pub fn arguments(id: Identity) -> Vec<OsString> {
    look_into(&[id], own_arguments).pop().flatten().unwrap_or_default()
}

/// The same of one of our own programs, which has nothing to wait for.
pub fn own_arguments(pid: i32) -> Vec<OsString> {
    let text = read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    text.split(|&b| b == 0).map(|word| OsString::from_vec(word.to_vec())).collect()
}

/// Whether `pid` lives in our pid namespace: a container's processes are not this host's. Told by the number of namespaces
/// that it has a pid in (NSpid of /proc/PID/status), which we may read of everybody; where that fails, it counts as one of this host.
pub fn shares_pid_namespace(pid: i32) -> bool {
    let depth = |who: &str| {
        let status = read_text(format!("/proc/{who}/status"));
        status.lines().find_map(|line| Some(line.strip_prefix("NSpid:")?.split_ascii_whitespace().count()))
    };
    depth(&pid.to_string()).zip(depth("self")).is_none_or(|(theirs, own)| theirs == own)
}

/// The real user of `pid`; None when it is gone.
pub fn user(pid: i32) -> Option<u32> {
    let status = read_text(format!("/proc/{pid}/status"));
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_ascii_whitespace().next()?.parse().ok()
}

/// Device and inode of the working directory of `pid`, also when it has been unmounted lazily.
///
/// # Errors
/// When the process is gone, or we may not look.
pub fn working_directory(pid: i32) -> io::Result<(u64, u64)> {
    known_identity(Path::new(&format!("/proc/{pid}/cwd")))
}

/// The path of its working directory, as far as /proc shows it.
pub fn working_directory_path(pid: i32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// Whether `pid` has its root, working directory, executable or an open file on file system
/// `device` (None: do not ask) or below `directory`.
pub fn uses(pid: i32, directory: Option<&Path>, device: Option<u64>) -> bool {
    let base = format!("/proc/{pid}");
    let touches = |link: &Path| {
        let below = directory.is_some_and(|d| fs::read_link(link).is_ok_and(|target| target.starts_with(d)));
        // Only the file system matters here, so a pipe or socket never counts: their devices differ.
        below || device.is_some_and(|d| known_identity(link).is_ok_and(|(found, _)| found == d))
    };
    ["root", "cwd", "exe"].iter().any(|name| touches(&Path::new(&base).join(name)))
        || fs::read_dir(format!("{base}/fd")).is_ok_and(|fds| fds.flatten().any(|fd| touches(&fd.path())))
}

/// What `pid` has open: number and name of each descriptor, as the kernel prints it (`/path`, `socket:[INODE]`, …); nothing
/// when the process is gone.
///
/// # Errors
/// When we may not look.
pub fn open_files(pid: i32) -> io::Result<Vec<(i32, PathBuf)>> {
    let mut found = Vec::new();
    for fd in unless_gone(fs::read_dir(format!("/proc/{pid}/fd")))?.into_iter().flatten().flatten() {
        let number = fd.file_name().to_str().and_then(|n| n.parse().ok());
        found.extend(number.zip(unless_gone(fs::read_link(fd.path()))?));
    }
    Ok(found)
}

/// A reference to one process, which stays with it when its pid is used again. Where the kernel gives no pidfd (before Linux 5.3, under a filter of
/// system calls, or with too few descriptors to be had), pid and start time are compared right before a signal instead.
#[derive(Debug)]
pub struct Handle {
    pub id: Identity,
    fd: Option<OwnedFd>,
}

/// How many pidfds are open.
static OPEN_PIDFDS: AtomicU64 = AtomicU64::new(0);

/// Why this process was given no pidfd, once it has asked for one.
static REFUSAL: OnceLock<Errno> = OnceLock::new();

/// How often those are looked at who cannot be waited for: at first, and after a while.
const MIN_POLL: Duration = Duration::from_millis(10);
pub(super) const MAX_POLL: Duration = Duration::from_millis(500);

impl Handle {
    /// Opens the process `id`. None when it is gone.
    pub fn open(id: Identity) -> Option<Handle> {
        let fd = pidfd(id.pid);
        // The start time is compared after opening: from here on the pid cannot change hands.
        let handle = Handle { id, fd: fd.ok()? };
        handle.is_alive().then_some(handle)
    }

    /// Whether it is the process that /proc shows, and lives.
    fn is_alive(&self) -> bool {
        stat(self.id.pid).is_some_and(|now| now.id == self.id && now.is_alive())
    }

    /// Sends a signal. An error means that the process is gone, or that we may not.
    pub fn signal(&self, signal: Signal) -> rustix::io::Result<()> {
        let signal = kernel::Signal::from_named_raw(signal as i32).ok_or(Errno::INVAL)?;
        if let Some(fd) = &self.fd {
            match kernel::pidfd_send_signal(fd, signal) {
                // A filter of system calls may know one of the two calls only.
                Err(Errno::NOSYS | Errno::PERM) => {}
                result => return result,
            }
        }
        if !self.is_alive() {
            return Err(Errno::SRCH);
        }
        kernel::kill_process(number(self.id.pid)?, signal)
    }

    /// Our own copy of one of its descriptors.
    ///
    /// # Errors
    /// EPERM where we may not look into it, EBADF when it has no such descriptor, ENOSYS without a pidfd.
    pub fn descriptor(&self, number: i32) -> rustix::io::Result<OwnedFd> {
        kernel::pidfd_getfd(self.fd.as_ref().ok_or(Errno::NOSYS)?, number, PidfdGetfdFlags::empty())
    }

    /// What poll(2) waits for its end with, if there is such a thing.
    pub fn pollable(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.fd.as_ref().map(AsFd::as_fd)
    }

    /// How it ended, as wait(2) has it; None while it has not been waited for by its parent, and before Linux 6.15, which tells
    /// nobody else.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        // linux/pidfd.h: PIDFD_GET_INFO with struct pidfd_info of 64 bytes, the mask first, the exit code at 60.
        const EXIT: u64 = 1 << 3;
        const GET_INFO: libc::Ioctl = libc::_IOWR::<[u8; 64]>(0xff, 11);
        let mut info = [0u8; 64];
        info[..8].copy_from_slice(&EXIT.to_ne_bytes());
        // SAFETY: the kernel reads and writes the 64 bytes of which the request's number speaks.
        let done = unsafe { libc::ioctl(self.fd.as_ref()?.as_raw_fd(), GET_INFO, info.as_mut_ptr()) } == 0;
        let is_known = done && u64::from_ne_bytes(*info.first_chunk()?) & EXIT != 0;
        let code = i32::from_ne_bytes(*info.last_chunk()?);
        is_known.then(|| ExitStatus::from_raw(code))
    }

    /// Whether it has ended (a zombie has).
    pub fn has_ended(&self) -> bool {
        self.ends_within(Duration::ZERO)
    }

    /// Waits up to `time`; whether it has ended.
    pub fn ends_within(&self, time: Duration) -> bool {
        wait_all(std::slice::from_ref(self), Deadline::after(time)).is_empty()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.fd.is_some() {
            OPEN_PIDFDS.fetch_sub(1, Relaxed);
        }
    }
}

/// A pidfd; None where none is to be had: ENOSYS before Linux 5.3, EPERM or ENOSYS under a filter of system calls.
///
/// # Errors
/// When there is no such process.
fn pidfd(pid: i32) -> rustix::io::Result<Option<OwnedFd>> {
    // The other half of the descriptors is for looking into /proc.
    let room = getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft / 2);
    if OPEN_PIDFDS.load(Relaxed) >= room {
        return Ok(None);
    }
    match kernel::pidfd_open(number(pid)?, PidfdFlags::empty()) {
        Ok(fd) => {
            OPEN_PIDFDS.fetch_add(1, Relaxed);
            Ok(Some(fd))
        }
        Err(Errno::SRCH) => Err(Errno::SRCH),
        Err(error) => {
            if matches!(error, Errno::NOSYS | Errno::PERM | Errno::ACCESS) {
                REFUSAL.get_or_init(|| error);
            }
            Ok(None)
        }
    }
}

/// Why the kernel, or a filter of system calls, has refused us a pidfd; None when it has not, or was not asked yet.
pub fn refusal_of_pidfds() -> Option<io::Error> {
    REFUSAL.get().map(|error| (*error).into())
}

/// No process has a number below 1, whatever a file may say.
fn number(pid: i32) -> rustix::io::Result<Pid> {
    Pid::from_raw(pid.max(0)).ok_or(Errno::SRCH)
}

/// Waits until all of them have ended or the deadline has passed; returns those still alive.
pub fn wait_all(handles: &[Handle], deadline: Deadline) -> Vec<&Handle> {
    let mut alive: Vec<&Handle> = handles.iter().collect();
    let mut pause = MIN_POLL;
    loop {
        let ended: Vec<bool> = {
            let mut fds: Vec<PollFd> = alive.iter().filter_map(|h| Some(PollFd::new(h.pollable()?, PollFlags::POLLIN))).collect();
            let all_tell = fds.len() == alive.len();
            if alive.is_empty() {
                return alive;
            }
            let until = if all_tell { deadline } else { deadline.within(pause) };
            let _ = poll(&mut fds, until.poll_timeout());
            let mut ready = fds.iter().map(|f| f.any().unwrap_or(false));
            let ended = |h: &&Handle| if h.fd.is_some() { ready.next().unwrap_or(false) } else { !h.is_alive() };
            alive.iter().map(ended).collect()
        };
        pause = (pause * 2).min(MAX_POLL);
        let mut ended = ended.into_iter();
        alive.retain(|_| !ended.next().unwrap_or(false));
        if alive.is_empty() || deadline.expired() {
            return alive;
        }
    }
}

/// How a process ended, in words: `killed by signal 9 (SIGKILL)`, `exited with status 1`.
pub fn describe_end(status: ExitStatus) -> String {
    let number = match (status.signal(), status.code()) {
        (Some(number), _) => number,
        (None, code) => return text::exited_with_status(code.unwrap_or_default()),
    };
    // A real-time signal has no name.
    let name = Signal::try_from(number).map(|signal| format!(" ({})", signal.as_str())).unwrap_or_default();
    text::killed_by_signal(number, name)
}

/// Gives back the pages of our own program: what is needed again is read again, most likely from the page cache. For one who has begun,
/// and will sleep for long.
pub fn release_program_pages() {
    unsafe extern "C" {
        /// Where the program's file is mapped, and where its instructions end: symbols of the linker.
        static __executable_start: u8;
        static etext: u8;
    }
    // SAFETY: only the addresses are used. What lies between them is the file as it is, never written, so what is read again is the same.
    unsafe {
        let start = &raw const __executable_start;
        libc::madvise(start.cast_mut().cast(), (&raw const etext).addr() - start.addr(), libc::MADV_DONTNEED);
    }
}

/// Has the kernel kill this process when the one that has started it ends.
pub fn end_with_parent() {
    let _ = kernel::set_parent_process_death_signal(Some(kernel::Signal::KILL));
}

/// Ends a process and all its descendants. Stops the whole family first, so that nobody can have children while it dies.
pub fn kill_tree(pid: i32) {
    let family = || descendants(pid).into_iter().filter_map(stat).map(|member| member.id).collect::<Vec<_>>();
    let send = |id: &Identity, signal: Signal| {
        let _ = Handle::open(*id).map(|handle| handle.signal(signal));
    };
    // A child that was begun while its parent was being stopped is found by the next pass.
    let mut stopped = Vec::new();
    for _ in 0..100 {
        let new: Vec<Identity> = family().into_iter().filter(|id| !stopped.contains(id)).collect();
        if new.is_empty() {
            break;
        }
        new.iter().for_each(|id| send(id, Signal::SIGSTOP));
        stopped.extend(new);
    }
    family().iter().for_each(|id| send(id, Signal::SIGKILL));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    /// One whose first thread has ended is a zombie by name, and holds its files.
    #[test]
    fn one_that_has_lost_its_first_thread_is_alive() {
        let exit = libc::SYS_exit;
        let script = format!(
            "import ctypes, threading, time; threading.Thread(target=time.sleep, args=(600,)).start(); ctypes.CDLL(None).syscall({exit}, 0)"
        );
        let mut child = Command::new("python3").args(["-c", &script]).spawn().unwrap();
        let pid = child.id() as i32;
        let headless = || stat(pid).filter(|s| s.state == b'Z');
        let found = Deadline::after(Duration::from_secs(30)).poll(Duration::from_millis(10), headless);
        assert!(found.is_some_and(|s| s.is_alive()));
        child.kill().unwrap();
        let ended = || stat(pid).filter(|s| !s.is_alive());
        assert!(Deadline::after(Duration::from_secs(30)).poll(Duration::from_millis(10), ended).is_some());
        child.wait().unwrap();
    }

    /// We wait for it here; whoever does, all who have a handle can ask.
    #[test]
    fn how_a_process_ended_can_be_asked_by_one_who_is_not_its_parent() {
        let end_of = |script: &str| {
            let script = format!("read wait; {script}");
            let mut child = Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
            let handle = Handle::open(stat(child.id() as i32).unwrap().id).unwrap();
            assert_eq!(handle.exit_status(), None, "it has not been waited for");
            drop(child.stdin.take());
            child.wait().unwrap();
            handle.exit_status().map(describe_end)
        };
        let expected = ["killed by signal 9 (SIGKILL)", "exited with status 3"];
        let found = ["kill -9 $$", "exit 3"].map(end_of);
        // Before Linux 6.15 nobody is told.
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
        let mut numbers = release.split(['.', '-']).map_while(|n| n.parse::<u32>().ok());
        let is_told = (numbers.next(), numbers.next()) >= (Some(6), Some(15));
        assert_eq!(found, expected.map(|words| is_told.then(|| words.to_owned())));
        assert_eq!(describe_end(ExitStatus::from_raw(40)), "killed by signal 40");
    }

    /// The kernel cuts a name after 15 bytes, wherever that is in a character.
    #[test]
    fn one_whose_name_is_no_text_is_of_this_host() {
        let script = r"printf 'smtpd-\343\201' > /proc/$$/comm; echo; read wait";
        let mut child = Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let pid = child.id() as i32;
        let (name, is_here) = (read(format!("/proc/{pid}/comm")).unwrap(), shares_pid_namespace(pid));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!((name.as_slice(), is_here), (&b"smtpd-\xe3\x81\n"[..], true));
    }

    #[test]
    fn a_name_with_parentheses_and_blanks_does_not_shift_the_fields() {
        let line = b"12 (a) (b c) T 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99 20 21\n";
        let stat = parse_stat(line).expect("a stat line");
        assert_eq!((stat.name.as_str(), stat.state, stat.parent), ("a) (b c", b'T', 1));
        assert_eq!(stat.id, Identity { pid: 12, start: 99 });
    }

    #[test]
    fn a_descriptor_of_a_process_is_named_and_can_be_had() {
        let (reader, writer) = std::io::pipe().unwrap();
        let pid = std::process::id() as i32;
        let number = reader.as_raw_fd();
        let name = open_files(pid).unwrap().into_iter().find(|(n, _)| *n == number).expect("our pipe").1;
        assert!(name.to_str().unwrap().starts_with("pipe:["), "{}", name.display());
        let copy = Handle::open(stat(pid).unwrap().id).unwrap().descriptor(number).unwrap();
        drop((reader, writer));
        assert_eq!(fs::read_link(format!("/proc/self/fd/{}", copy.as_raw_fd())).unwrap(), name);
    }

    #[test]
    fn truncated_stat_lines_are_no_process() {
        let line = b"12 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99";
        for end in 0..line.len() - 2 {
            let _ = parse_stat(&line[..end]);
        }
        assert_eq!(parse_stat(b"12 (x) S 1"), None);
    }

    #[test]
    fn a_handle_follows_its_process_to_the_end_and_refuses_another_start_time() {
        let mut child = Command::new("sleep").arg("60").stdout(Stdio::null()).spawn().unwrap();
        let id = stat(child.id() as i32).unwrap().id;
        assert!(Handle::open(Identity { start: id.start + 1, ..id }).is_none());
        let handle = Handle::open(id).unwrap();
        assert!(!handle.has_ended());
        handle.signal(Signal::SIGKILL).unwrap();
        assert!(wait_all(std::slice::from_ref(&handle), Deadline::after(Duration::from_secs(5))).is_empty());
        assert!(Handle::open(id).is_none(), "a zombie is not running");
        child.wait().unwrap();
    }
}
