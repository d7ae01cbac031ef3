//! Kernel locks on files: who holds one, without taking it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::deadline::Deadline;
use super::file::{identity, known_identity};
use super::process::{all, read, stat};
use crate::text;

/// The processes of this host that hold a flock(2) on the file with this device and inode.
///
/// /proc/locks does not tell the device: overlay and btrfs show another one there than stat(2) does. Their descriptors do, where we may
/// look at them. Nor does it name those who have inherited the lock from a process that has ended: then all are looked at.
pub fn holders(file: (u64, u64)) -> Vec<i32> {
    let is_holder = |pid: &i32| find_descriptor(*pid, file).is_some() || stat(*pid).is_some() && is_closed_to_us(*pid);
    let named = holders_of_inode(file.1);
    let found: Vec<i32> = named.iter().copied().filter(is_holder).collect();
    if !found.is_empty() || named.is_empty() {
        return found;
    }
    all().into_iter().filter(|pid| find_descriptor(*pid, file).is_some()).collect()
}

fn holders_of_inode(inode: u64) -> Vec<i32> {
    fs::read_to_string("/proc/locks").map(|text| parse_holders(&text, inode)).unwrap_or_default()
}

/// Whether we may not look into a process.
fn is_closed_to_us(pid: i32) -> bool {
    known_identity(Path::new(&format!("/proc/{pid}/cwd"))).is_err()
}

/// Whether `pid` holds a flock(2) on the file with this device and inode. `descriptor`: where it was seen to have it; asked there first.
///
/// Its own descriptor tells (/proc/PID/fdinfo). /proc/locks is only looked at when we may not see that: it has files of other devices too,
/// and who reads it holds up every lock of the host and waits 10 ms for that. It comes in pieces of a page, and a lock that goes
/// meanwhile lets the next one slip through: that somebody is not in it proves nothing.
pub fn holds(pid: i32, file: (u64, u64), descriptor: &mut Option<i32>) -> bool {
    *descriptor = descriptor.filter(|number| is_held_by(pid, *number, file)).or_else(|| find_descriptor(pid, file));
    descriptor.is_some() || is_closed_to_us(pid) && holders_of_inode(file.1).contains(&pid)
}

/// The descriptor of `pid` that has the lock on the file with this device and inode.
fn find_descriptor(pid: i32, file: (u64, u64)) -> Option<i32> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten();
    descriptors.filter_map(|fd| fd.file_name().to_str()?.parse().ok()).find(|number| is_held_by(pid, *number, file))
}

/// Whether this descriptor of `pid` is the file, and has the lock.
fn is_held_by(pid: i32, descriptor: i32, file: (u64, u64)) -> bool {
    if !known_identity(Path::new(&format!("/proc/{pid}/fd/{descriptor}"))).is_ok_and(|found| found == file) {
        return false;
    }
    let text = read(format!("/proc/{pid}/fdinfo/{descriptor}")).unwrap_or_default();
    let text = String::from_utf8(text).unwrap_or_default();
    let locks: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("lock:")).collect();
    !parse_holders(&locks.join("\n"), file.1).is_empty()
}

fn parse_holders(text: &str, inode: u64) -> Vec<i32> {
    // 1: FLOCK  ADVISORY  WRITE 137 00:29:35 0 EOF      ("1: ->" is one who waits)
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            (fields.next()? == "FLOCK").then_some(())?;
            let pid = fields.nth(2)?.parse().ok()?;
            let file = fields.next()?;
            (file.rsplit(':').next()?.parse() == Ok(inode)).then_some(pid)
        })
        .collect()
}

/// Whether somebody holds a flock(2) on `path`, on this host or, on a network file system, on another.
///
/// Takes the lock for a moment when it is free, so ask only where nobody may be about to take it.
/// Nothing that is not a regular file is opened.
pub fn is_taken(path: &Path) -> bool {
    let open = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
    let Ok(file) = open else { return false };
    if !file.metadata().is_ok_and(|m| m.is_file()) {
        return false;
    }
    matches!(Flock::lock(file, FlockArg::LockExclusiveNonblock), Err((_, Errno::EWOULDBLOCK)))
}

/// Holds an exclusive flock(2) on a file of ours until dropped.
#[derive(Debug)]
pub struct Guard(Flock<File>);

impl Guard {
    /// Writes into the file who holds the lock, so that [`signer`] need not search.
    ///
    /// # Errors
    /// What pwrite(2) says.
    pub fn sign(&self) -> io::Result<()> {
        // Always of one length: nothing of an older one is left.
        self.0.write_all_at(format!("{:10}\n", std::process::id()).as_bytes(), 0)
    }
}

/// Who has written into a lock file that he holds its lock, when that is so.
pub fn signer(path: &Path) -> Option<i32> {
    let text = super::file::read_private(path, 64)?;
    let pid = std::str::from_utf8(&text).ok()?.trim().parse().ok()?;
    find_descriptor(pid, identity(path)?).map(|_| pid)
}

/// Takes the exclusive lock on `path`, made when missing (mode 0600, no link followed).
///
/// # Errors
/// `Err(None)` when another process held it until the deadline; `Err(Some(error))` when the file
/// cannot be opened or is not a regular file of ours.
pub fn acquire(path: &Path, deadline: Deadline) -> Result<Guard, Option<std::io::Error>> {
    loop {
        let guard = acquire_file(path, deadline)?;
        // One that was removed while we waited for it keeps nobody out.
        let is_there = |m: fs::Metadata| guard.0.metadata().is_ok_and(|f| f.ino() == m.ino() && f.dev() == m.dev());
        if fs::symlink_metadata(path).is_ok_and(is_there) {
            return Ok(guard);
        }
    }
}

fn acquire_file(path: &Path, deadline: Deadline) -> Result<Guard, Option<std::io::Error>> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)
        .map_err(Some)?;
    let meta = file.metadata().map_err(Some)?;
    if !meta.is_file() || meta.uid() != nix::unistd::geteuid().as_raw() {
        return Err(Some(std::io::Error::other(text::not_a_regular_file_of_ours())));
    }
    loop {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(Guard(lock)),
            Err((_, errno)) if errno != Errno::EWOULDBLOCK => return Err(Some(errno.into())),
            Err(_) if deadline.expired() => return Err(None),
            Err((again, _)) => file = again,
        }
        // flock(2) has no timed form; this is the one who waits for a colleague, never a monitor.
        std::thread::sleep(std::time::Duration::from_millis(5).min(deadline.remaining()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_holders_of_that_file_count_not_those_who_wait() {
        let text = "1: FLOCK  ADVISORY  WRITE 137 00:29:35 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 140 00:29:35 0 EOF\n\
                    2: POSIX  ADVISORY  WRITE 138 00:29:35 0 EOF\n3: FLOCK  ADVISORY  READ 139 fe:00:36 0 EOF\nrubbish\n";
        assert_eq!(parse_holders(text, 35), [137]);
        assert_eq!(parse_holders(text, 36), [139]);
    }

    #[test]
    fn a_lock_on_a_file_that_was_removed_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let soon = || Deadline::after(Duration::from_secs(20));
        let first = acquire(&path, soon()).unwrap();
        let (second, file) = std::thread::scope(|scope| {
            let waits = scope.spawn(|| acquire(&path, soon()).unwrap());
            let blocked = soon().poll(Duration::from_millis(1), || {
                let text = fs::read_to_string("/proc/locks").unwrap();
                let inode = format!(":{} ", fs::metadata(&path).unwrap().ino());
                let open = fs::read_dir("/proc/self/fd").unwrap().flatten();
                let here = open.filter(|e| fs::read_link(e.path()).is_ok_and(|target| target == path)).count();
                (text.contains(&inode) && here == 2).then_some(())
            });
            assert!(blocked.is_some());
            fs::remove_file(&path).unwrap();
            drop(first);
            (waits.join().unwrap(), identity(&path).unwrap())
        });
        assert!(holds(std::process::id() as i32, file, &mut None) && is_taken(&path));
        drop(second);
        assert!(!is_taken(&path));
    }

    #[test]
    fn a_lock_is_seen_waited_for_and_released() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let guard = acquire(&path, Deadline::after(Duration::ZERO)).unwrap();
        assert!(is_taken(&path));
        let (own, file) = (std::process::id() as i32, identity(&path).unwrap());
        let found = find_descriptor(own, file);
        // A wrong number is no answer, and is put right.
        for mut descriptor in [None, found, Some(0), Some(i32::MAX)] {
            assert!(holds(own, file, &mut descriptor));
            assert!(descriptor.is_some() && descriptor == found);
            // A clone of the file system has a file of that number too.
            for other in [(file.0, file.1 + 1), (file.0 + 1, file.1)] {
                let mut descriptor = descriptor;
                assert!(!holds(own, other, &mut descriptor) && descriptor.is_none());
            }
        }
        assert_eq!(signer(&path), None);
        guard.sign().unwrap();
        assert_eq!(signer(&path), Some(own));
        assert!(matches!(acquire(&path, Deadline::after(Duration::from_millis(20))), Err(None)));
        drop(guard);
        assert!(!is_taken(&path) && find_descriptor(own, file).is_none() && signer(&path).is_none());
    }
}
