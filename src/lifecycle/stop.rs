//! Stop: uses signals and the process table alone, since configuration, programs, addresses and mounts may all be
//! missing or wrong. It has succeeded when no process of the instance is left. Work in progress gets some time to
//! finish ([`super::drain`]).

use std::time::Duration;

use super::drain::drain;
use super::{end, exclusive, names, watch};
use crate::health;
use crate::postfix::Instance;
use crate::postfix::fault::{Fault, Message};
use crate::postfix::memory::Memory;
use crate::postfix::process::{self, Member, ProcessScan, Role};
use crate::system::deadline::Deadline;
use crate::system::process::{Handle, Signal, stat, wait_all};
use crate::text;

/// How long a process may take to exit on SIGTERM: as long as `postfix stop` waits.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait for storage for information that the stop can do without.
const REMARK: Duration = Duration::from_secs(1);

/// How long daemons may take to exit on the signal that the master passed on.
const CHILDREN: Duration = Duration::from_secs(1);

/// Ends every process of the instance, after draining for at most `draining`: first the master, which signals its
/// daemons; then what is left; then by SIGKILL, until a process scan finds none.
///
/// # Errors
/// Message 15 with the processes that are left at the deadline.
pub fn stop(instance: &Instance, draining: Duration, deadline: Deadline, log_line: &dyn Fn(&str)) -> Result<(), Fault> {
    watch::end(instance);
    // Wait for a start that is running, but not for long: the stop has priority.
    let waiting = deadline.within(deadline.remaining() / 3);
    let _guard = exclusive(instance, waiting).inspect_err(|busy| log_line(&text::stopping_anyway(busy))).ok().flatten();
    let mut memory = Memory::recall(instance);
    let (before, named) = (memory.clone(), instance.clone());
    if end_all(instance, &mut memory, draining, deadline, log_line)? {
        return Ok(());
    }
    // Only for a log line, so do not wait for storage that does not answer.
    let look = move || process::recorded_pid(&process::pid_file(&before, &named)?);
    let recorded = deadline.within(REMARK).bounded_call(look).flatten();
    if let Some(pid) = recorded.filter(|p| stat(*p).is_none_or(|s| !s.is_alive())) {
        log_line(&Message::AlreadyStopped.of(pid.to_string(), "").to_string());
    }
    Ok(())
}

/// As [`stop`], for a caller that has the lock of the instance; whether a process was found.
///
/// # Errors
/// As there.
pub fn end_all(
    instance: &Instance,
    memory: &mut Memory,
    draining: Duration,
    deadline: Deadline,
    log_line: &dyn Fn(&str),
) -> Result<bool, Fault> {
    let (named, known) = (instance.clone(), memory.clone());
    let look = move || {
        let mut scan = ProcessScan::new(&named);
        let members = scan.members(&known);
        (scan, members)
    };
    let mut any = false;
    let (mut scan, mut members) = deadline.within(deadline.remaining() / 2).bounded_call(look).unwrap_or_else(|| {
        log_line(&text::process_table_could_not_be_read());
        any = end_family(memory, deadline);
        let mut scan = ProcessScan::new(instance);
        // Success needs a complete scan: without one, this stop runs into its timeout.
        let members = scan.members(memory);
        (scan, members)
    });
    any |= !members.is_empty();
    if !members.is_empty() {
        // The master was started by hand: remember its queue, in case this stop is killed and another one follows.
        let is_new = |m: &&Member| m.role == Role::Master && memory.master.as_ref().is_none_or(|known| known.id != m.stat.id);
        if let Some(master) = members.iter().find(is_new) {
            let (mut known, named, found) = (memory.clone(), instance.clone(), master.stat.clone());
            let look = move || {
                health::remember(&named, &mut known, &found);
                known
            };
            if let Some(known) = deadline.within(REMARK).bounded_call(look) {
                *memory = known;
                memory.store();
            }
        }
        drain(&members, deadline.within(draining.min(deadline.remaining() / 4)), log_line);
        let patience = || deadline.within(GRACE.min(deadline.remaining() / 4));
        let is_master = |m: &&Member| m.role == Role::Master;
        if members.iter().any(|m| m.role == Role::Master) {
            let children: Vec<Handle> =
                members.iter().filter(|m| !is_master(m)).filter_map(|m| Handle::open(m.stat.id)).collect();
            end(members.iter().filter(is_master), Signal::SIGTERM, patience());
            wait_all(&children, deadline.within(CHILDREN));
            members = scan.members(memory);
        }
        if !members.is_empty() {
            end(&members, Signal::SIGTERM, patience());
            members = scan.members(memory);
        }
        if !members.is_empty() {
            log_line(&text::sending_sigkill(names(&members)));
        }
        while !members.is_empty() {
            end(&members, Signal::SIGKILL, deadline.within(Duration::from_secs(1)));
            members = scan.members(memory);
            if deadline.expired() && !members.is_empty() {
                return Err(Message::StopFailed.found(names(&members)));
            }
        }
    }
    memory.master = None;
    memory.store();
    Ok(any)
}

/// Ends the remembered master and its daemons, without a process scan; whether there was a master.
fn end_family(memory: &Memory, deadline: Deadline) -> bool {
    let family = process::remembered_family(memory);
    let (master, children): (Vec<Member>, Vec<Member>) = family.into_iter().partition(|m| m.role == Role::Master);
    end(&master, Signal::SIGTERM, deadline.within(GRACE.min(deadline.remaining() / 4)));
    for (signal, patience) in [(Signal::SIGTERM, CHILDREN), (Signal::SIGKILL, CHILDREN)] {
        end(master.iter().chain(&children), signal, deadline.within(patience));
    }
    !master.is_empty()
}
