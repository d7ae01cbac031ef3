//! Stop: by signals and the process table alone. Configuration, programs, addresses and mounts may all
//! be gone or wrong; what ends is what runs, and it has ended when nothing of it is left. What has begun
//! gets a moment to finish ([`super::drain`]).

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

/// How long a process may take to end by itself. Postfix's own stop gives it as much.
const GRACE: Duration = Duration::from_secs(5);

/// How long storage may take to answer what would only be good to know.
const REMARK: Duration = Duration::from_secs(1);

/// How long children may take to act on the signal that the master passed on.
const CHILDREN: Duration = Duration::from_secs(1);

/// Ends every process of the instance, after at most `draining` for what has begun: the master first, which
/// tells its children; then whoever is left; then by SIGKILL, until a look at all processes finds none.
///
/// # Errors
/// Message 15 with the survivors, when the deadline has come.
pub fn stop(instance: &Instance, draining: Duration, deadline: Deadline, tell: &dyn Fn(&str)) -> Result<(), Fault> {
    watch::end(instance);
    // A start under way is waited for, but not for ever: to stop is the stronger wish.
    let waiting = deadline.within(deadline.remaining() / 3);
    let _guard = exclusive(instance, waiting).inspect_err(|busy| tell(&format!("{busy}; stopping nevertheless"))).ok().flatten();
    let mut memory = Memory::recall(instance);
    let (before, named) = (memory.clone(), instance.clone());
    if end_all(instance, &mut memory, draining, deadline, tell)? {
        return Ok(());
    }
    // No more than a remark: storage that does not answer is not waited for.
    let look = move || process::recorded_pid(&process::pid_file(&before, &named)?);
    let recorded = deadline.within(REMARK).bounded_call(look).flatten();
    if let Some(pid) = recorded.filter(|p| stat(*p).is_none_or(|s| !s.is_alive())) {
        tell(&Message::AlreadyStopped.of(pid.to_string(), "").to_string());
    }
    Ok(())
}

/// As [`stop`], by one who has the lock of the instance; whether there was anything to end.
///
/// # Errors
/// As there.
pub fn end_all(
    instance: &Instance,
    memory: &mut Memory,
    draining: Duration,
    deadline: Deadline,
    tell: &dyn Fn(&str),
) -> Result<bool, Fault> {
    let (named, known) = (instance.clone(), memory.clone());
    let look = move || {
        let mut scan = ProcessScan::new(&named);
        let members = scan.members(&known);
        (scan, members)
    };
    let mut any = false;
    let (mut scan, mut members) = deadline.within(deadline.remaining() / 2).bounded_call(look).unwrap_or_else(|| {
        tell("The process table did not show itself in time; ending the master that is remembered");
        any = end_family(memory, deadline);
        let mut scan = ProcessScan::new(instance);
        // That nothing else runs has to be seen: without that, this stop ends by its timeout.
        let members = scan.members(memory);
        (scan, members)
    });
    any |= !members.is_empty();
    if !members.is_empty() {
        // One that was started by hand: should this stop be cut short, the next one has to know where its queue was.
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
        drain(&members, deadline.within(draining.min(deadline.remaining() / 4)), tell);
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
            tell(&format!("Did not exit on SIGTERM, sending SIGKILL: {}", names(&members)));
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

/// Ends what is remembered, whoever else may run; whether there was any.
fn end_family(memory: &Memory, deadline: Deadline) -> bool {
    let family = process::remembered_family(memory);
    let (master, children): (Vec<Member>, Vec<Member>) = family.into_iter().partition(|m| m.role == Role::Master);
    end(&master, Signal::SIGTERM, deadline.within(GRACE.min(deadline.remaining() / 4)));
    for (signal, patience) in [(Signal::SIGTERM, CHILDREN), (Signal::SIGKILL, CHILDREN)] {
        end(master.iter().chain(&children), signal, deadline.within(patience));
    }
    !master.is_empty()
}
