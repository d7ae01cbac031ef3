//! Drain: messages and deliveries in progress finish before Postfix is ended, and no new ones begin.
//!
//! A delivery agent marks a delivery in the queue file; if it is killed between delivery and mark, the next node
//! delivers again. A client whose message is queued but not yet acknowledged sends it again. To avoid both: the
//! master gets SIGSTOP and the queue manager is ended, so that no process and no delivery starts; each session is
//! ended between two messages, and connections are refused from then on; then deliveries in progress are waited for.
//!
//! Only the process table is used. A process is busy while it has a queue file open, is running or waits for a disk:
//! one that has been given work and has not opened the file yet is about to run.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use super::{list_processes, signal_and_wait};
use crate::postfix::process::{Member, Role};
use crate::system::deadline::Deadline;
use crate::system::net;
use crate::system::process::{self, Handle, Signal, Stat, children, open_files};
use crate::text;

/// Poll interval of the process table.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// How long a sleeping process may take to stop after SIGSTOP.
const SIGSTOP_TIMEOUT: Duration = Duration::from_millis(50);

/// Daemons that take mail from outside or from the maildrop.
const ACCEPTING: &[&str] = &["smtpd", "postscreen", "qmqpd", "pickup"];

/// The queue manager, by its names in all versions.
const QUEUE_MANAGER: &[&str] = &["qmgr", "oqmgr", "nqmgr"];

/// The daemon that writes every new message into the queue.
const CLEANUP: &[&str] = &["cleanup"];

/// Waits until no message or delivery is in progress, or until the deadline. Afterwards the master is stopped (SIGSTOP),
/// and the daemons that could start new work have been ended.
///
/// Does nothing when the master is already stopped.
pub(super) fn drain(members: &[Member], deadline: Deadline, log_line: &dyn Fn(&str)) {
    let Some(master) = members.iter().find(|m| m.role == Role::Master && !m.stat.is_stopped()) else { return };
    let Some(queue) = process::working_directory_path(master.stat.id.pid) else { return };
    let Some(handle) = Handle::open(master.stat.id).filter(|_| !deadline.expired()) else { return };
    if handle.signal(Signal::SIGSTOP).is_err() {
        return;
    }
    let drain = Drain { master, queue: &queue, deadline, log_line };
    // SIGSTOP is not enough here: a delivery agent that has finished waits until the queue manager has read its report.
    signal_and_wait(&drain.named(QUEUE_MANAGER), Signal::SIGTERM, deadline);
    let held = drain.hold_cleanup();
    drain.end_acceptors(&handle);
    // Bounces and forwarded mail need it too.
    signal(&held, Signal::SIGCONT);
    drain.await_deliveries();
}

/// A drain of an instance whose master is stopped by a signal.
struct Drain<'a> {
    master: &'a Member,
    queue: &'a Path,
    deadline: Deadline,
    log_line: &'a dyn Fn(&str),
}

impl Drain<'_> {
    /// The daemons of these names that are not stopped.
    fn named(&self, names: &[&str]) -> Vec<Member> {
        daemons(self.master).into_iter().filter(|m| names.contains(&m.stat.name.as_str())).collect()
    }

    /// Sends SIGSTOP to every cleanup(8) as soon as it has no message, so that it takes no new one. Returns the stopped ones.
    fn hold_cleanup(&self) -> Vec<Member> {
        let mut held = Vec::new();
        // A slow client must not use up the time for deliveries.
        let receiving = self.deadline.within(self.deadline.remaining() / 2);
        let has_message = |stat: &Stat| net::serves_local_client(stat.id.pid) || has_queue_file(stat, self.queue);
        let slow = wait_while_busy(receiving, || self.hold_idle(&has_message, &mut held));
        if !slow.is_empty() {
            (self.log_line)(&text::no_longer_waiting_for_clients(list_processes(&slow)));
            // A sleeping process waits for its client; a running one may be about to accept what its client has sent.
            wait_while_busy(self.deadline, || self.hold_idle(&|_| false, &mut held));
        }
        held
    }

    /// Stops each cleanup(8) that has no message; returns the others.
    fn hold_idle(&self, in_the_middle: &dyn Fn(&Stat) -> bool, held: &mut Vec<Member>) -> Vec<Member> {
        let (idle, busy) = self.named(CLEANUP).into_iter().partition::<Vec<_>, _>(|member| pause(&member.stat, in_the_middle));
        held.extend(idle);
        busy
    }

    /// Ends the daemons that take mail, as soon as their clients have the acknowledgement, and refuses connections.
    fn end_acceptors(&self, master: &Handle) {
        // When they wait again, the acknowledgement has been sent.
        wait_while_busy(self.deadline, || self.named(ACCEPTING).into_iter().filter(|m| is_running(&m.stat)).collect());
        signal_and_wait(&self.named(ACCEPTING), Signal::SIGTERM, self.deadline);
        net::refuse_connections(master);
    }

    fn await_deliveries(&self) {
        let left = wait_while_busy(self.deadline, || {
            daemons(self.master).into_iter().filter(|m| is_busy(&m.stat, self.queue)).collect()
        });
        if !left.is_empty() {
            (self.log_line)(&text::drain_timeout(list_processes(&left)));
        }
    }
}

/// The daemons that are not stopped.
fn daemons(master: &Member) -> Vec<Member> {
    let living = |s: &Stat| s.is_alive() && !s.is_stopped() && s.parent == master.stat.id.pid;
    let stats = children(master.stat.id.pid).into_iter().filter_map(process::stat).filter(living);
    stats.map(|stat| Member { stat, role: Role::Daemon }).collect()
}

fn signal(members: &[Member], signal: Signal) {
    for handle in members.iter().filter_map(|m| Handle::open(m.stat.id)) {
        let _ = handle.signal(signal);
    }
}

/// Waits until `busy` finds no process; returns the processes of its last answer.
fn wait_while_busy(deadline: Deadline, mut busy: impl FnMut() -> Vec<Member>) -> Vec<Member> {
    let mut found = Vec::new();
    deadline.poll(POLL_INTERVAL, || {
        found = busy();
        found.is_empty().then_some(())
    });
    found
}

fn is_running(stat: &Stat) -> bool {
    matches!(stat.state, b'R' | b'D')
}

/// Stops a process by SIGSTOP unless it is busy; whether it is stopped. Checked before and after the signal: a process could take a
/// message in between, and accept it after SIGCONT when nobody can acknowledge it any more.
fn pause(stat: &Stat, in_the_middle: &dyn Fn(&Stat) -> bool) -> bool {
    let Some(handle) = Handle::open(stat.id).filter(|_| !is_running(stat) && !in_the_middle(stat)) else { return false };
    let is_stopped = || process::stat(stat.id.pid).is_some_and(|now| now.is_stopped());
    let stops = || Deadline::after(SIGSTOP_TIMEOUT).poll(POLL_INTERVAL, || is_stopped().then_some(())).is_some();
    if handle.signal(Signal::SIGSTOP).is_ok() && stops() && !in_the_middle(stat) {
        return true;
    }
    let _ = handle.signal(Signal::SIGCONT);
    false
}

/// Idle means: sleeping, no queue file open, and still sleeping. Checked only once, a process may have just closed its file and
/// not yet reported the result.
fn is_busy(before: &Stat, queue: &Path) -> bool {
    is_running(before) || has_queue_file(before, queue) || process::stat(before.id.pid).is_some_and(|now| is_running(&now))
}

fn has_queue_file(stat: &Stat, queue: &Path) -> bool {
    open_files(stat.id.pid).unwrap_or_default().iter().any(|(_, name)| is_queue_file(name, queue))
}

/// The daemons' locks and sockets are in the queue directory too, and are no mail.
fn is_queue_file(file: &Path, queue: &Path) -> bool {
    let below = file.strip_prefix(queue).ok().and_then(|rest| rest.iter().next());
    below.is_some_and(|first| !matches!(first.as_bytes(), b"pid" | b"private" | b"public"))
}
