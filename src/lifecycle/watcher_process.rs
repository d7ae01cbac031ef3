//! The watcher: a small process of the agent beside a running Postfix, so that Pacemaker learns of a failure at once.
//!
//! It sleeps until the kernel reports an event ([`super::watch_loop`]) or `watch_interval` has passed. It has a session of its own, no
//! open file of its caller, and / as its working directory. The process that holds the lock of one file is the watcher: a second one
//! exits at once, and the next monitor starts a missing one. The watcher does not decide: it has Pacemaker run a monitor or, where
//! Pacemaker cannot run one early, reports what that monitor would find.
//!
//! An event only causes a look: the check of a monitor, in a process of its own, whose memory is freed when it exits and which storage
//! that does not answer can block without blocking the watcher. A failure is reported when two looks in a row have found it. Then the
//! watcher exits, and the next monitor that finds Postfix healthy starts another one. So each failure is reported once, and a flood of
//! events causes no more reports than there are monitors.
//!
//! The end of the master must not count twice: a monitor that is due at that moment is waited for, and ends the watcher when it
//! finds the end itself.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::lock_instance;
use crate::postfix::Instance;
use crate::postfix::memory::{Memory, path_of};
use crate::postfix::process::remembered_master;
use crate::system::command::Command;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::system::lock::{self, Guard};
use crate::system::process::{self, Handle, Identity, Signal, Stat, stat, wait_all};

/// The agent's argument that makes it the watcher of `PID START RESOURCE NODE`.
pub const WATCH_ARGUMENT: &str = "--watch";

/// How often /proc/locks is read to find the holder of a lock that is held.
const LOCK_READ_ATTEMPTS: usize = 20;

/// How long a killed watcher may take to exit.
const KILL_TIMEOUT: Duration = Duration::from_secs(1);

/// How long to wait for a start or stop that is running when the master ends.
const LOCK_TIMEOUT: Duration = Duration::from_secs(600);

/// By how much a monitor may run before or after it is due.
const MONITOR_JITTER: Duration = Duration::from_secs(1);

/// The resource and the node for which an instance is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    pub resource: &'a str,
    pub node: &'a str,
}

/// The watcher of the instance and its arguments, if there is one.
fn watcher(instance: &Instance) -> Option<(Stat, Vec<OsString>)> {
    let path = path_of(&instance.config_dir, "watch")?;
    let is_one = |words: &Vec<OsString>| words.get(1).is_some_and(|word| word == WATCH_ARGUMENT);
    // Reading /proc/locks is expensive (see lock::holds); a watcher that has written its pid into the file is found without it.
    let signed = || {
        let found = stat(lock::signer(&path)?)?;
        let words = process::own_arguments(found.id.pid);
        is_one(&words).then_some((found, words))
    };
    if let Some(found) = signed() {
        return Some(found);
    }
    let file = file::identity(&path)?;
    let with_arguments = |found: Stat| Some(process::arguments(found.id)).filter(is_one).map(|words| (found, words));
    let find = || lock::holders(file).into_iter().filter_map(stat).find_map(with_arguments);
    // One reading of /proc/locks can miss a holder (see lock::holds), and a watcher that a stop overlooks would
    // report that stop as a failure.
    for attempt in 0..LOCK_READ_ATTEMPTS {
        if attempt > 0 && !lock::is_taken(&path) {
            return None;
        }
        if let Some(found) = find() {
            return Some(found);
        }
    }
    None
}

/// Whether the instance is watched for this resource on this node.
pub fn is_watched(instance: &Instance, client: Client<'_>) -> bool {
    let is_for =
        |words: &[OsString]| words.get(4).is_some_and(|w| w == client.resource) && words.get(5).is_some_and(|w| w == client.node);
    // A watcher of an earlier version may not understand the current memory file.
    watcher(instance).is_some_and(|(s, words)| !s.is_stopped() && !process::is_outdated(s.id.pid) && is_for(&words))
}

/// Starts the watcher of the remembered master, if that lives. The watcher inherits the environment, which names the instance.
///
/// # Errors
/// When it cannot be started.
pub fn start(instance: &Instance, client: Client<'_>) -> io::Result<()> {
    kill(instance);
    let Some(master) = remembered_master(&Memory::recall(instance)) else { return Ok(()) };
    let Identity { pid, start } = master.id;
    let command = Command::new(std::env::current_exe()?).arg(WATCH_ARGUMENT).arg(pid.to_string()).arg(start.to_string());
    command.arg(client.resource).arg(client.node).detach()
}

/// Kills the watcher: from here on the end of the master is intended.
pub fn kill(instance: &Instance) {
    if let Some(handle) = watcher(instance).and_then(|(s, _)| Handle::open(s.id)) {
        let _ = handle.signal(Signal::SIGKILL);
        wait_all(std::slice::from_ref(&handle), Deadline::after(KILL_TIMEOUT));
    }
}

/// The watcher's lock, and the master that it watches.
#[derive(Debug)]
pub struct WatcherLock {
    path: PathBuf,
    _guard: Guard,
    inode: u64,
    master: Identity,
}

impl WatcherLock {
    /// Takes the lock for this process, the watcher of `master`; None when another watcher has it, or there is no place for it.
    pub fn take(instance: &Instance, master: Identity) -> Option<WatcherLock> {
        let path = path_of(&instance.config_dir, "watch")?;
        let guard = lock::acquire(&path, Deadline::after(Duration::ZERO)).ok()?;
        // Without its pid in the file the watcher is found as well, only more slowly.
        let _ = guard.sign();
        let inode = file::identify(&path)?.inode;
        Some(WatcherLock { path, _guard: guard, inode, master })
    }

    /// Waits for a start or stop that is running; then whether the master is still the remembered one and no other watcher has
    /// replaced this one. A stop that began before this watcher had its lock does not know it, but forgets the master at its end.
    pub fn is_responsible(&self, instance: &Instance) -> bool {
        let Ok(_guard) = lock_instance(instance, Deadline::after(LOCK_TIMEOUT)) else { return false };
        // After a start another master is remembered; another inode means another watcher.
        let remembered = Memory::recall(instance).master.is_some_and(|m| m.id == self.master);
        remembered && file::identify(&self.path).map(|f| f.inode) == Some(self.inode)
    }
}

/// Stores how the master ended, for the reason of the next monitor.
pub fn note_end(instance: &Instance, master: Identity, how: &str) {
    let path = path_of(&instance.config_dir, "end");
    if let (Some(path), Ok(bytes)) = (path, serde_json::to_vec(&(master, how))) {
        let _ = file::write_private(&path, &bytes);
    }
}

/// How the master ended, if its watcher could find out.
pub fn noted_end(instance: &Instance, master: Identity) -> Option<String> {
    let bytes = file::read_private(&path_of(&instance.config_dir, "end")?, 1024)?;
    let (whose, how): (Identity, String) = serde_json::from_slice(&bytes).ok()?;
    (whose == master).then_some(how)
}

/// Stores, for the watcher, when a monitor ran.
pub fn note_monitor(instance: &Instance) {
    if let Some(path) = path_of(&instance.config_dir, "watch") {
        let _ = file::touch(&path);
    }
}

/// Called by the watcher of `master` after that has ended: waits for a monitor that runs every `interval`, if it is due now. True
/// when the end is still to be reported afterwards.
pub fn await_due_monitor(instance: &Instance, master: Identity, interval: Duration) -> bool {
    let path = path_of(&instance.config_dir, "watch");
    let last = path.and_then(|p| std::fs::symlink_metadata(p).ok()?.modified().ok()?.elapsed().ok());
    if last.is_some_and(|last| last + MONITOR_JITTER > interval && last < interval + MONITOR_JITTER) {
        std::thread::sleep(2 * MONITOR_JITTER);
    }
    Memory::recall(instance).master.is_some_and(|m| m.id == master)
}
