//! Drain: messages and deliveries in progress finish before Postfix is ended, and no new ones begin.
//!
//! A delivery agent notes in the queue file that it has delivered; one that is killed between the two
//! delivers again on the next node. A message that is in the queue before smtpd could say so is sent
//! again by its client. So before a stop, for a short while: the master is stopped by a signal and the queue
//! manager ended, so that neither a process nor a delivery begins; sessions are ended as soon as they are
//! between two messages, and connections are refused from then on; then deliveries are waited for.
//!
//! Asks the process table alone. A process is busy while it has a queue file open, or runs or waits for
//! a disk: one that has been given work and has not opened the file yet is about to run.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use super::{end, names};
use crate::postfix::process::{Member, Role};
use crate::system::deadline::Deadline;
use crate::system::net;
use crate::system::process::{self, Handle, Signal, Stat, children, open_files};

/// How often the process table is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// How long a signal may take to stop a process that sleeps.
const PAUSE: Duration = Duration::from_millis(50);

/// Daemons that take mail from outside or from the maildrop.
const ACCEPTING: &[&str] = &["smtpd", "postscreen", "qmqpd", "pickup"];

/// The queue manager, and the names it had or has in other versions.
const QUEUE_MANAGER: &[&str] = &["qmgr", "oqmgr", "nqmgr"];

/// The daemon without which no message comes in.
const CLEANUP: &[&str] = &["cleanup"];

/// Waits until the instance is quiet, or until the deadline. The master is stopped by a signal afterwards, and
/// the daemons that could begin something have ended.
///
/// Does nothing with a master that cannot act.
pub(super) fn drain(members: &[Member], deadline: Deadline, tell: &dyn Fn(&str)) {
    let Some(master) = members.iter().find(|m| m.role == Role::Master && !m.stat.is_stopped()) else { return };
    let Ok(queue) = std::fs::read_link(format!("/proc/{}/cwd", master.stat.id.pid)) else { return };
    let Some(handle) = Handle::open(master.stat.id).filter(|_| !deadline.expired()) else { return };
    if handle.signal(Signal::SIGSTOP).is_err() {
        return;
    }
    let drain = Drain { master, queue: &queue, deadline, tell };
    // A stopped one would not do: a delivery agent that is done waits until it has read that.
    end(&drain.named(QUEUE_MANAGER), Signal::SIGTERM, deadline);
    let held = drain.hold_cleanup();
    drain.end_acceptors(&handle);
    // Bounces and forwarded mail pass through it too.
    signal(&held, Signal::SIGCONT);
    drain.await_deliveries();
}

/// A drain of an instance whose master is stopped by a signal.
struct Drain<'a> {
    master: &'a Member,
    queue: &'a Path,
    deadline: Deadline,
    tell: &'a dyn Fn(&str),
}

impl Drain<'_> {
    /// The daemons of these names that can act.
    fn named(&self, names: &[&str]) -> Vec<Member> {
        daemons(self.master).into_iter().filter(|m| names.contains(&m.stat.name.as_str())).collect()
    }

    /// Keeps every cleanup(8) from taking a new message, once it has none: by a signal. Those that are held.
    fn hold_cleanup(&self) -> Vec<Member> {
        let mut held = Vec::new();
        // A slow client must not use up the time of the deliveries.
        let receiving = self.deadline.within(self.deadline.remaining() / 2);
        let has_message = |stat: &Stat| net::serves_local_client(stat.id.pid) || has_queue_file(stat, self.queue);
        let slow = quiet(receiving, || self.hold_idle(&has_message, &mut held));
        if !slow.is_empty() {
            (self.tell)(&format!("No longer waiting for clients that are still sending: {}", names(&slow)));
            // One that sleeps waits for its client; one that runs may be about to accept what its client has sent.
            quiet(self.deadline, || self.hold_idle(&|_| false, &mut held));
        }
        held
    }

    /// Holds each cleanup(8) that is not in the middle of a message; the others.
    fn hold_idle(&self, in_the_middle: &dyn Fn(&Stat) -> bool, held: &mut Vec<Member>) -> Vec<Member> {
        let (idle, busy) = self.named(CLEANUP).into_iter().partition::<Vec<_>, _>(|member| pause(&member.stat, in_the_middle));
        held.extend(idle);
        busy
    }

    /// Ends the daemons that take mail, as soon as their clients have been told what they took, and refuses connections.
    fn end_acceptors(&self, master: &Handle) {
        // As soon as they wait again they have told them.
        quiet(self.deadline, || self.named(ACCEPTING).into_iter().filter(|m| is_running(&m.stat)).collect());
        end(&self.named(ACCEPTING), Signal::SIGTERM, self.deadline);
        net::refuse_connections(master);
    }

    fn await_deliveries(&self) {
        let left = quiet(self.deadline, || daemons(self.master).into_iter().filter(|m| is_busy(&m.stat, self.queue)).collect());
        if !left.is_empty() {
            (self.tell)(&format!("Drain timeout, still active: {}", names(&left)));
        }
    }
}

/// The daemons that can act: one that is stopped does nothing more.
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

/// Waits until `busy` finds nobody; returns whom it found last.
fn quiet(deadline: Deadline, mut busy: impl FnMut() -> Vec<Member>) -> Vec<Member> {
    let mut found = Vec::new();
    deadline.poll(LOOK, || {
        found = busy();
        found.is_empty().then_some(())
    });
    found
}

fn is_running(stat: &Stat) -> bool {
    matches!(stat.state, b'R' | b'D')
}

/// Stops one by a signal, unless it is busy; whether that is done. Only of one that is stopped is it certain: it could take a message
/// between a look and the signal, and would, once it may go on, accept it when nobody is there any more to say so.
fn pause(stat: &Stat, in_the_middle: &dyn Fn(&Stat) -> bool) -> bool {
    let Some(handle) = Handle::open(stat.id).filter(|_| !is_running(stat) && !in_the_middle(stat)) else { return false };
    let is_paused = || process::stat(stat.id.pid).is_some_and(|now| now.is_stopped());
    let paused =
        handle.signal(Signal::SIGSTOP).is_ok() && Deadline::after(PAUSE).poll(LOOK, || is_paused().then_some(())).is_some();
    if paused && !in_the_middle(stat) {
        return true;
    }
    let _ = handle.signal(Signal::SIGCONT);
    false
}

/// One that sleeps, has no file, and still sleeps has nothing to do. Asked once only, it may have closed its file in between
/// and not yet said so to whom it works for.
fn is_busy(before: &Stat, queue: &Path) -> bool {
    is_running(before) || has_queue_file(before, queue) || process::stat(before.id.pid).is_some_and(|now| is_running(&now))
}

fn has_queue_file(stat: &Stat, queue: &Path) -> bool {
    open_files(stat.id.pid).unwrap_or_default().iter().any(|(_, name)| is_queue_file(name, queue))
}

/// Locks and sockets of the daemons are in the queue directory too.
fn is_queue_file(file: &Path, queue: &Path) -> bool {
    let below = file.strip_prefix(queue).ok().and_then(|rest| rest.iter().next());
    below.is_some_and(|first| !matches!(first.as_bytes(), b"pid" | b"private" | b"public"))
}
