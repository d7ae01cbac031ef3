//! Layer 4: start, stop and validate, as sequences that share one deadline.
//!
//! Each returns facts about the instance or a [`Fault`]; exit codes are chosen elsewhere (`agent.rs`). `log_line` is called
//! with each line for the log.

mod drain;
mod helpers;
mod start;
mod stop;
mod validate;
pub mod watch_loop;
pub mod watcher_process;

pub use helpers::chroot_helper;
pub use start::{check_lock, start, start_locked};
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
use crate::text;

/// What every step of a start or a stop is given.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    pub instance: &'a Instance,
    pub deadline: Deadline,
    pub log_line: &'a dyn Fn(&str),
}

/// Locks the instance against other runs of the agent until dropped.
///
/// None when there is no place for a lock file; the caller goes on without a lock then.
///
/// # Errors
/// `Busy` when another run still held the lock at the deadline.
pub fn lock_instance(instance: &Instance, deadline: Deadline) -> Result<Option<Guard>, Fault> {
    let Some(path) = path_of(&instance.config_dir, "lock") else { return Ok(None) };
    match lock::acquire(&path, deadline) {
        Ok(guard) => Ok(Some(guard)),
        Err(None) => Err(Message::Busy.found(text::file_is_locked(path.display()))),
        Err(Some(_)) => Ok(None),
    }
}

/// Ends the instance's watcher and removes the agent's files on this host. Postfix is not touched.
pub fn retire(instance: &Instance, deadline: Deadline) {
    watcher_process::kill(instance);
    // The holder of the lock may be about to write a file; wait, so that the file is removed too.
    let _guard = lock_instance(instance, deadline);
    // All that it has, also what an agent left that was killed while it wrote.
    let Some(prefix) = path_of(&instance.config_dir, "") else { return };
    let (Some(directory), Some(prefix)) = (prefix.parent(), prefix.file_name()) else { return };
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes())) {
        let _ = std::fs::remove_file(entry.path());
    }
}

/// Signals the processes and waits until all have ended, until `deadline`.
///
/// A stopped process also gets SIGCONT: it could not act on the signal otherwise.
fn signal_and_wait<'a>(members: impl IntoIterator<Item = &'a Member>, signal: Signal, deadline: Deadline) {
    let handles: Vec<Handle> = members.into_iter().filter_map(|m| Handle::open(m.stat.id)).collect();
    for handle in &handles {
        let _ = handle.signal(signal);
        let _ = handle.signal(Signal::SIGCONT);
    }
    wait_all(&handles, deadline);
}

/// The names and pids of the first few processes, for a message.
fn list_processes(members: &[Member]) -> String {
    let shown = text::joined(members.iter().take(3));
    let more = members.len().saturating_sub(3);
    if more == 0 { shown } else { text::and_more(shown, more) }
}

/// Poll interval for states that cause no event.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
