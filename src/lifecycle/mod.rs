//! Floor 3: start, stop and validate, as sequences that share one deadline.
//!
//! Each ends in facts about the instance or in a [`Fault`]; what that means to Pacemaker is not known
//! here. `tell` gets what the log should say.

mod drain;
mod helpers;
mod start;
mod stop;
mod validate;
pub mod watch;
pub mod watcher;

pub use helpers::chroot_helper;
pub use start::{check_lock, start, start_held};
pub use stop::{end_all, stop};
pub use validate::{validate_host, validate_parameters};

use std::time::Duration;

use crate::postfix::Instance;
use crate::postfix::fault::{Fault, Message};
use crate::postfix::memory::path_of;
use crate::postfix::process::Member;
use crate::system::deadline::Deadline;
use crate::system::lock::{self, Guard};
use crate::system::process::{Handle, Signal, wait_all};

/// Keeps other runs of the agent on this instance out until dropped.
///
/// None when there is nowhere to keep such a lock, which is no reason not to do the work.
///
/// # Errors
/// `Busy` when another run still had it at the deadline.
pub fn exclusive(instance: &Instance, deadline: Deadline) -> Result<Option<Guard>, Fault> {
    let Some(path) = path_of(&instance.config_dir, "lock") else { return Ok(None) };
    match lock::acquire(&path, deadline) {
        Ok(guard) => Ok(Some(guard)),
        Err(None) => Err(Message::Busy.found(format!("{} is locked", path.display()))),
        Err(Some(_)) => Ok(None),
    }
}

/// Takes away what is kept on this host for the instance: its watcher and its files. Postfix is not touched.
pub fn retire(instance: &Instance, deadline: Deadline) {
    watch::end(instance);
    // Whoever has it may be about to write; what is written later is written by one who knows of no end.
    let _guard = exclusive(instance, deadline);
    for extension in ["json", "watch", "end", "lock"] {
        let _ = path_of(&instance.config_dir, extension).map(std::fs::remove_file);
    }
}

/// Signals the processes and waits until all have ended, for at most `patience`.
///
/// One that is stopped is made to run again: it could not act on the signal otherwise.
fn end<'a>(members: impl IntoIterator<Item = &'a Member>, signal: Signal, patience: Deadline) {
    let handles: Vec<Handle> = members.into_iter().filter_map(|m| Handle::open(m.stat.id)).collect();
    for handle in &handles {
        let _ = handle.signal(signal);
        let _ = handle.signal(Signal::SIGCONT);
    }
    wait_all(&handles, patience);
}

/// The names of processes, the first few, for a person.
fn names(members: &[Member]) -> String {
    let shown: Vec<String> = members.iter().take(3).map(Member::to_string).collect();
    let more = members.len().saturating_sub(shown.len());
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// How often something is looked at that tells nobody when it changes.
const INTERVAL: Duration = Duration::from_millis(10);
