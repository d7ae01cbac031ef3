//! Stop: uses signals and the process table alone, since configuration, programs, addresses and mounts may all be
//! missing or wrong. It has succeeded when no process of the instance is left. Work in progress gets some time to
//! finish ([`super::drain`]).

use std::time::Duration;

use super::drain::drain;
use super::{Job, list_processes, lock_instance, signal_and_wait, watcher_process};
use crate::health;
use crate::postfix::fault::{Fault, Message};
use crate::postfix::memory::Memory;
use crate::postfix::process::{self, Member, ProcessScan, Role};
use crate::system::deadline::Deadline;
use crate::system::process::{Handle, Identity, Signal, stat, wait_all};
use crate::text;

/// How long a process may take to exit on SIGTERM: as long as `postfix stop` waits.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait for storage for information that the stop can do without.
const STORAGE_TIMEOUT: Duration = Duration::from_secs(1);

/// What a process that SIGKILL can end needs to end, on a busy machine.
const TIME_TO_END: Duration = Duration::from_millis(500);

/// How long daemons may take to exit on the signal that the master passed on.
const CHILDREN_TIMEOUT: Duration = Duration::from_secs(1);

/// Ends every process of the instance, after draining for at most `draining`: first the master, which signals its
/// daemons; then what is left; then by SIGKILL, until a process scan finds none.
///
/// # Errors
/// Message 15 with the processes that are left at the deadline.
pub fn stop(job: &Job<'_>, draining: Duration) -> Result<(), Fault> {
    let Job { instance, deadline, log_line } = *job;
    watcher_process::kill(instance);
    // Wait for a start that is running, but not for long: the stop has priority.
    let waiting = deadline.within(deadline.remaining() / 3);
    let _guard = lock_instance(instance, waiting).inspect_err(|busy| log_line(&text::stopping_anyway(busy))).ok().flatten();
    let mut memory = Memory::recall(instance);
    let (before, named) = (memory.clone(), instance.clone());
    if end_all(job, &mut memory, draining)? {
        return Ok(());
    }
    // Only for a log line, so do not wait for storage that does not answer.
    let look = move || process::recorded_pid(&process::pid_file(&before, &named)?);
    let recorded = deadline.within(STORAGE_TIMEOUT).bounded_call(look).flatten();
    if let Some(pid) = recorded.filter(|p| stat(*p).is_none_or(|s| !s.is_alive())) {
        log_line(&Message::AlreadyStopped.of(pid.to_string(), "").to_string());
    }
    Ok(())
}

/// As [`stop`], for a caller that has the lock of the instance; whether a process was found.
///
/// # Errors
/// As there.
pub fn end_all(job: &Job<'_>, memory: &mut Memory, draining: Duration) -> Result<bool, Fault> {
    let deadline = job.deadline;
    let (mut scan, members, any) = find_members(job, memory);
    if !members.is_empty() {
        remember_foreign_master(job, memory, &members);
        drain(&members, deadline.within(draining.min(deadline.remaining() / 4)), job.log_line);
        let left = terminate(&mut scan, memory, members, deadline);
        kill(job, &mut scan, memory, left)?;
    }
    memory.master = None;
    memory.store();
    Ok(any)
}

/// The processes of the instance, the scan that found them, and whether there were any. If the process table cannot be read in time, the
/// remembered master and its daemons are ended first.
fn find_members(job: &Job<'_>, memory: &Memory) -> (ProcessScan, Vec<Member>, bool) {
    let Job { instance, deadline, log_line } = *job;
    let (named, known) = (instance.clone(), memory.clone());
    let scan_all = move || {
        let mut scan = ProcessScan::new(&named);
        let members = scan.members(&known);
        (scan, members)
    };
    if let Some((scan, members)) = deadline.within(deadline.remaining() / 2).bounded_call(scan_all) {
        let any = !members.is_empty();
        return (scan, members, any);
    }
    log_line(&text::process_table_could_not_be_read());
    let had_master = end_remembered(memory, deadline);
    // Success needs a complete scan: without one, this stop runs into its timeout.
    let mut scan = ProcessScan::new(instance);
    let members = scan.members(memory);
    let any = had_master || !members.is_empty();
    (scan, members, any)
}

/// Remembers the queue of a master that was started by hand, in case this stop is killed and another one follows.
fn remember_foreign_master(job: &Job<'_>, memory: &mut Memory, members: &[Member]) {
    let is_known = |m: &Member| memory.master.as_ref().is_some_and(|known| known.id == m.stat.id);
    let Some(master) = members.iter().find(|m| m.role == Role::Master).filter(|_| !members.iter().any(is_known)) else { return };
    let (mut known, named, found) = (memory.clone(), job.instance.clone(), master.stat.clone());
    let record = move || {
        health::record_master(&named, &mut known, &found);
        known
    };
    if let Some(known) = job.deadline.within(STORAGE_TIMEOUT).bounded_call(record) {
        *memory = known;
        memory.store();
    }
}

/// SIGTERM, to the master first; returns the processes that are left.
fn terminate(scan: &mut ProcessScan, memory: &Memory, mut members: Vec<Member>, deadline: Deadline) -> Vec<Member> {
    let (masters, others): (Vec<&Member>, Vec<&Member>) = members.iter().partition(|m| m.role == Role::Master);
    if !masters.is_empty() {
        let children: Vec<Handle> = others.iter().filter_map(|m| Handle::open(m.stat.id)).collect();
        signal_and_wait(masters, Signal::SIGTERM, grace(deadline));
        wait_all(&children, deadline.within(CHILDREN_TIMEOUT));
        members = scan.members(memory);
    }
    if !members.is_empty() {
        signal_and_wait(&members, Signal::SIGTERM, grace(deadline));
        members = scan.members(memory);
    }
    members
}

/// SIGKILL, until no process is left.
fn kill(job: &Job<'_>, scan: &mut ProcessScan, memory: &Memory, mut members: Vec<Member>) -> Result<(), Fault> {
    if !members.is_empty() {
        (job.log_line)(&text::sending_sigkill(list_processes(&members)));
    }
    let first: Vec<Identity> = members.iter().map(|m| m.stat.id).collect();
    let mut killed = first.clone();
    while !members.is_empty() {
        if job.deadline.remaining() > TIME_TO_END {
            killed.extend(members.iter().map(|m| m.stat.id));
        }
        signal_and_wait(&members, Signal::SIGKILL, job.deadline.within(Duration::from_secs(1)));
        members = scan.members(memory);
        // A sendmail that somebody runs needs no master: others come as long as the queue is there.
        members.retain(|m| m.role != Role::Command || first.contains(&m.stat.id));
        if job.deadline.expired() {
            // When everything that had time to end has ended, and there is no master, somebody starts one after the other in the queue.
            members.retain(|m| m.role == Role::Master || killed.contains(&m.stat.id));
            return if members.is_empty() { Ok(()) } else { Err(Message::StopFailed.found(list_processes(&members))) };
        }
    }
    Ok(())
}

/// When a process that got SIGTERM should have exited.
fn grace(deadline: Deadline) -> Deadline {
    deadline.within(GRACE.min(deadline.remaining() / 4))
}

/// Ends the remembered master and its daemons, without a process scan; whether there was a master.
fn end_remembered(memory: &Memory, deadline: Deadline) -> bool {
    let family = process::remembered_family(memory);
    let (master, children): (Vec<Member>, Vec<Member>) = family.into_iter().partition(|m| m.role == Role::Master);
    signal_and_wait(&master, Signal::SIGTERM, grace(deadline));
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        signal_and_wait(master.iter().chain(&children), signal, deadline.within(CHILDREN_TIMEOUT));
    }
    !master.is_empty()
}
