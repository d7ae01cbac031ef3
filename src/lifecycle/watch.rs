//! Watch: a small process of our own beside a running Postfix, so that the cluster hears of a failure at once.
//!
//! It sleeps until the kernel reports something ([`super::watcher`]) or its turn comes to look at what nobody reports. It has a session of its
//! own, nothing of the caller's open and / as its working directory. Whoever holds the lock of one file is the watcher, so a
//! second one goes at once, and one that is missing is noticed by the next monitor. It is a help: a monitor that it has Pacemaker run
//! decides, or, where none can be had early, it reports what that would find.
//!
//! An event is a reason to look, and no more. The look is the one that the agent's monitor takes, in a process of its own: what that
//! needs is given back at its end, and storage that does not answer keeps it, not the watcher. Only what two looks in a row call
//! failed is told, and then the watcher is done: the next monitor that finds Postfix healthy begins another one. So a fault is told
//! once, and however often something happens, no more is told than monitors are run.
//!
//! An end should not count twice: so a monitor that is due at that moment gets its turn, and it ends the watcher when it finds
//! the end by itself.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::exclusive;
use crate::postfix::Instance;
use crate::postfix::memory::{Memory, path_of};
use crate::system::command::Command;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::system::lock::{self, Guard};
use crate::system::process::{self, Handle, Identity, Signal, Stat, stat, wait_all};

/// The agent's argument that makes it the watcher of `PID START RESOURCE NODE`.
pub const WORD: &str = "--watch";

/// How often the list of locks is read for one who must be in it.
const LOOKS: usize = 20;

/// How long a killed watcher may take to be gone.
const GONE: Duration = Duration::from_secs(1);

/// How long a start or stop that is under way when the master ends is waited for.
const TURN: Duration = Duration::from_secs(600);

/// How much sooner or later than it is due a monitor may run.
const DUE: Duration = Duration::from_secs(1);

/// For whom an instance is watched, as the cluster names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    pub resource: &'a str,
    pub node: &'a str,
}

/// The watcher of the instance, when it has one.
fn watcher(instance: &Instance) -> Option<Stat> {
    let path = path_of(&instance.config_dir, "watch")?;
    let inode = file::identify(&path)?.inode;
    let is_one = |words: Vec<OsString>| words.get(1).is_some_and(|word| word == WORD);
    // The list of locks is dear (see lock::holds), and one that has signed need not be searched there.
    if let Some(found) = lock::signer(&path).filter(|pid| is_one(process::own_arguments(*pid))).and_then(stat) {
        return Some(found);
    }
    // A stranger may hold a lock on a file of that number on another file system.
    let find = || lock::holders(inode).into_iter().filter_map(stat).find(|s| is_one(process::arguments(s.id)));
    // A holder can slip through one reading of the kernel's list (see lock::holds), and a watcher that a stop
    // overlooks would report that stop as a failure.
    (0..LOOKS).find_map(|look| if look > 0 && !lock::is_taken(&path) { Some(None) } else { find().map(Some) }).flatten()
}

/// Whether the instance is watched for this resource on this node.
pub fn is_watched(instance: &Instance, client: Client<'_>) -> bool {
    let is_for = |s: &Stat| {
        let words = process::own_arguments(s.id.pid);
        words.get(4).is_some_and(|w| w == client.resource) && words.get(5).is_some_and(|w| w == client.node)
    };
    // One of an earlier version may not understand what is remembered by now.
    watcher(instance).is_some_and(|s| !s.is_stopped() && !process::is_outdated(s.id.pid) && is_for(&s))
}

/// Starts the watcher of the master that is remembered; true when there is one to watch. It inherits the environment,
/// in which it finds the instance.
///
/// # Errors
/// When it cannot be started.
pub fn begin(instance: &Instance, client: Client<'_>) -> io::Result<bool> {
    end(instance);
    let Some(master) = Memory::recall(instance).master else { return Ok(false) };
    let Identity { pid, start } = master.id;
    let command = Command::new(std::env::current_exe()?).arg(WORD).arg(pid.to_string()).arg(start.to_string());
    command.arg(client.resource).arg(client.node).detach()?;
    Ok(true)
}

/// Ends the watcher: what happens from here on is wanted.
pub fn end(instance: &Instance) {
    if let Some(handle) = watcher(instance).and_then(|s| Handle::open(s.id)) {
        let _ = handle.signal(Signal::SIGKILL);
        wait_all(std::slice::from_ref(&handle), Deadline::after(GONE));
    }
}

/// Holds the lock of the watcher, and knows which master it is for.
#[derive(Debug)]
pub struct Post {
    path: PathBuf,
    _guard: Guard,
    inode: u64,
    master: Identity,
}

impl Post {
    /// Takes the lock for this process, the watcher of `master`; None when another one has it, or there is nowhere to keep it.
    pub fn take(instance: &Instance, master: Identity) -> Option<Post> {
        let path = path_of(&instance.config_dir, "watch")?;
        let guard = lock::acquire(&path, Deadline::after(Duration::ZERO)).ok()?;
        // Without that it is found all the same, only more slowly.
        let _ = guard.sign();
        let inode = file::identify(&path)?.inode;
        Some(Post { path, _guard: guard, inode, master })
    }

    /// Lets a start or stop that is under way have its turn; whether the master is still the one that is remembered then, and nobody
    /// has replaced this watcher. A stop that was begun before we had our lock has not seen us: it forgets the master when it is done.
    pub fn is_in_force(&self, instance: &Instance) -> bool {
        let Ok(_turn) = exclusive(instance, Deadline::after(TURN)) else { return false };
        // A start remembers another master; another file means another watcher.
        let remembered = Memory::recall(instance).master.is_some_and(|m| m.id == self.master);
        remembered && file::identify(&self.path).map(|f| f.inode) == Some(self.inode)
    }
}

/// Notes, for the monitor that will look for it, how the master ended.
pub fn note_end(instance: &Instance, master: Identity, how: &str) {
    let path = path_of(&instance.config_dir, "end");
    if let (Some(path), Ok(bytes)) = (path, serde_json::to_vec(&(master, how))) {
        let _ = file::write_private(&path, &bytes);
    }
}

/// How the master ended, where its watcher was told.
pub fn noted_end(instance: &Instance, master: Identity) -> Option<String> {
    let bytes = file::read_private(&path_of(&instance.config_dir, "end")?, 1024)?;
    let (whose, how): (Identity, String) = serde_json::from_slice(&bytes).ok()?;
    (whose == master).then_some(how)
}

/// Notes, for the watcher, when a monitor has run.
pub fn note_monitor(instance: &Instance) {
    if let Some(path) = path_of(&instance.config_dir, "watch") {
        let _ = file::touch(&path);
    }
}

/// Is the watcher of `master`, which has ended: lets a monitor that runs every `interval` and is due have its turn. True when
/// nobody has done anything about it then.
pub fn await_due_monitor(instance: &Instance, master: Identity, interval: Duration) -> bool {
    let path = path_of(&instance.config_dir, "watch");
    let last = path.and_then(|p| std::fs::symlink_metadata(p).ok()?.modified().ok()?.elapsed().ok());
    if last.is_some_and(|last| last + DUE > interval && last < interval + DUE) {
        std::thread::sleep(2 * DUE);
    }
    Memory::recall(instance).master.is_some_and(|m| m.id == master)
}
