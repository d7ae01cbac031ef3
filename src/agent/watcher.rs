//! The agent as the watcher of a master, and as the look that a watcher has taken: what is reported to Pacemaker, and how.

use std::time::Duration;

use super::answer::print;
use super::instance;
use crate::cluster::monitor::{Monitor, Reaction};
use crate::cluster::pacemaker::{self, ClusterError};
use crate::cluster::provides;
use crate::health::{self, CheckRequest, Depth};
use crate::lifecycle::watch_loop::{self, CheckKind, Failure, Finding};
use crate::lifecycle::watcher_process::{self, WatcherLock};
use crate::ocf::environment::Environment;
use crate::ocf::exit::ExitCode;
use crate::ocf::log::{Log, Severity};
use crate::postfix::Instance;
use crate::postfix::endpoint;
use crate::postfix::fault::{Message, Verdict};
use crate::postfix::memory::Memory;
use crate::system::deadline::Deadline;
use crate::system::process::{self, Identity, check_table};
use crate::system::{look, worker};
use crate::text;

/// How long the greeting of an endpoint is waited for: postscreen(8) has strangers wait for six seconds. One that comes later is late, and
/// no failure: the monitor that is run because of this waits as long as it always does.
const GREETING: Duration = Duration::from_secs(7);

/// The unit of smtpd_client_connection_rate_limit, unless somebody has set another anvil_rate_time_unit.
const MINUTE: Duration = Duration::from_secs(60);

/// Is the watcher or its look, if the arguments are those of one.
pub(super) fn run(environment: &Environment, arguments: &[String]) -> Option<ExitCode> {
    match arguments {
        [word, pid, start, resource, node] if word == watcher_process::WATCH_ARGUMENT => {
            let master = Identity { pid: pid.parse().ok()?, start: start.parse().ok()? };
            watch(environment, master, resource, node);
            Some(ExitCode::Success)
        }
        [word, timeout, kind @ ..] if word == watch_loop::LOOK_ARGUMENT => {
            Some(look(environment, CheckKind::parse(kind)?, Duration::from_millis(timeout.parse().ok()?)))
        }
        _ => None,
    }
}

/// Waits until something is wrong with the master or what it serves with, and has the cluster look at it.
fn watch(environment: &Environment, master: Identity, resource: &str, node: &str) {
    let instance = instance(environment);
    let Some(lock) = WatcherLock::take(&instance, master) else { return };
    // Greetings of ours must not use up what smtpd allows one client in a minute.
    let allowed = Memory::recall(&instance).last_config().map_or(0, |config| config.connection_rate_limit);
    let slowest = 2 * MINUTE.checked_div(u32::try_from(allowed).unwrap_or(u32::MAX)).unwrap_or_default();
    let interval = environment.duration("watch_interval");
    let interval = if interval.is_zero() { interval } else { interval.max(slowest) };
    let Some(finding) = watch_loop::watch_until_finding(&instance, &lock, master, interval) else { return };
    let what = match &finding {
        Finding::Ended(None) => text::master_exited_unexpectedly(master.pid),
        Finding::Ended(Some(how)) => {
            watcher_process::note_end(&instance, master, how);
            text::master_exited_unexpectedly_how(master.pid, how)
        }
        Finding::Failed(failure, _) => failure.found.clone(),
    };
    let log = Log::new(environment);
    let warn = |text: &str| log.write(Severity::Warning, text);
    match report(&instance, lock, master, &finding, resource, node) {
        Ok(Some(Reaction::MonitorOrdered)) => log.info(&text::pacemaker_runs_its_monitor(what)),
        Ok(Some(Reaction::FailureReported)) => warn(&text::reported_as_simulated_failure(what)),
        Ok(None) => {}
        Err(error) => warn(&text::next_monitor_will_report_it(what, error)),
    }
    log.flush();
}

/// Has Pacemaker run the monitor that would find it, or reports what that would find; None when there is nothing to be done about it,
/// or somebody else does it.
fn report(
    instance: &Instance,
    lock: WatcherLock,
    master: Identity,
    finding: &Finding,
    resource: &str,
    node: &str,
) -> Result<Option<Reaction>, ClusterError> {
    let level = match finding {
        Finding::Ended(_) => 0,
        Finding::Failed(failure, _) => failure.level,
    };
    let own = || Monitor::of(resource, node, level);
    let of_address = of_address(finding, node)?;
    let is_own = of_address.is_none();
    let Some(monitor) = of_address.map_or_else(own, |monitor| Ok(Some(monitor)))? else { return Ok(None) };
    // One of ours that is due finds it by itself, and ends us; that of the address must come before it.
    if is_own && !watcher_process::await_due_monitor(instance, master, monitor.interval) {
        return Ok(None);
    }
    // A greeting that is merely slow is no failure, and silence is one when two monitors hear it: this look is the first.
    let fails = || watch_loop::fails(CheckKind::Configuration, monitor.timeout);
    if matches!(finding, Finding::Failed(Failure { level: 1.., .. }, CheckKind::NextEndpoint(_))) && !fails() {
        return Ok(None);
    }
    // From here on a monitor that fails does not end us: what is begun has to be finished. One that does not begins another watcher.
    drop(lock);
    monitor.trigger(&|| match finding {
        // One that was started by hand meanwhile serves, and nobody must stop it.
        Finding::Ended(_) => health::find_master(instance, &Memory::recall(instance)).is_none(),
        Finding::Failed(Failure { level: 1.., .. }, _) => fails(),
        Finding::Failed(_, kind) => watch_loop::fails(*kind, monitor.timeout),
    })
}

/// The monitor of the resource of an address that is missing: its restart brings the address back, and Postfix with it. A monitor of ours
/// would have Postfix restarted alone; its start would fail without the address, and keep it off this node.
fn of_address(finding: &Finding, node: &str) -> Result<Option<Monitor>, ClusterError> {
    let Finding::Failed(Failure { missing_address: Some(address), .. }, _) = finding else { return Ok(None) };
    let cib = pacemaker::query()?;
    let mut all = provides::with_address(&cib, *address);
    // In a cloud a resource for its network may have the same address, and find nothing wrong.
    all.sort_by_key(|r| !cib.agent(r).ends_with(":IPaddr2"));
    let mut monitors = all.into_iter().map(|r| Monitor::of(r.id(), node, 0));
    monitors.find_map(Result::transpose).transpose()
}

/// Is the look of a watcher: prints the failure that it finds. Nothing is printed when there is none, or nobody can tell.
fn look(environment: &Environment, kind: CheckKind, timeout: Duration) -> ExitCode {
    // Whoever ends the watcher wants no answer.
    process::end_with_parent();
    crate::system::clean_slate();
    let deadline = Deadline::after(timeout - timeout / 10);
    // What is found at the deadline has to be said.
    let last = Deadline::after(timeout - timeout / 20);
    let heard = worker::run(last, || {
        let failure = if check_table().is_ok() { find_failure(environment, kind, deadline) } else { None };
        look::answer(&serde_json::to_vec(&failure).unwrap_or_default());
    });
    let Ok(heard) = heard else { return ExitCode::Generic };
    let failure = match (heard.answer.as_deref(), heard.looking_at) {
        (Some(answer), _) => serde_json::from_slice::<Option<Failure>>(answer).ok().flatten(),
        (None, Some(path)) if last.expired() => {
            let found = Message::StorageSilent.found(path.display().to_string()).to_string();
            Some(Failure { level: 0, found, missing_address: None })
        }
        (None, _) => None,
    };
    failure.map_or(ExitCode::Success, |failure| print(&(serde_json::to_string(&failure).unwrap_or_default() + "\n")))
}

/// What a monitor would call failed. The end of the master is none: its watcher sees that.
fn find_failure(environment: &Environment, kind: CheckKind, deadline: Deadline) -> Option<Failure> {
    let instance = instance(environment);
    let memory = Memory::recall(&instance);
    // Only what listens as long as a monitor counts as one.
    let counts = kind == CheckKind::Configuration;
    let mut memory = if counts { memory } else { memory.not_to_be_stored() };
    let mut check = |depth: Depth, endpoints: &[String], deadline: Deadline| {
        let request = CheckRequest { endpoints, ..CheckRequest::new(depth, deadline, &|_| {}) };
        match health::check(&instance, &mut memory, &request) {
            Verdict::Failed(fault) if fault.message != Message::MasterNotRunning => Some(fault.to_string()),
            _ => None,
        }
    };
    let entries = environment.services("endpoints");
    let time_allowed = deadline.remaining();
    if let Some(found) = check(Depth::Process, &entries, deadline) {
        let known = Memory::recall(&instance).master.map(|master| master.endpoints).unwrap_or_default();
        let (demanded, _) = endpoint::select(known, &entries);
        let missing = health::missing_address(&demanded).map(|address| address.ip());
        let missing =
            missing.or_else(|| memory.master.as_ref().and_then(|master| health::missing_interface(&master.other_interfaces)));
        return Some(Failure { level: 0, found, missing_address: missing });
    }
    let found = match kind {
        CheckKind::State => None,
        CheckKind::Configuration => {
            let found = check(Depth::Greeting, &entries, deadline);
            let silent = memory.master.as_ref().and_then(|m| m.endpoints.iter().find(|e| m.unheard.contains(&e.address)));
            found.or_else(|| silent.map(|e| text::endpoint_was_silent_for(e, time_allowed.as_secs())))
        }
        CheckKind::NextEndpoint(number) => {
            let known = Memory::recall(&instance).master.map(|master| master.endpoints).unwrap_or_default();
            let (all, _) = endpoint::select(known, &entries);
            let one = all.get(number.checked_rem(all.len())?)?;
            check(Depth::Greeting, &[one.to_string()], deadline.within(GREETING))
        }
    };
    if counts {
        remember_unheard(&instance, memory);
    }
    found.map(|found| Failure { level: 10, found, missing_address: None })
}

/// Remembers which endpoints were silent, and nothing else: that is the monitors' to do.
fn remember_unheard(instance: &Instance, seen: Memory) {
    let mut memory = Memory::recall(instance);
    if let (Some(now), Some(seen)) = (&mut memory.master, seen.master)
        && now.id == seen.id
    {
        now.unheard = seen.unheard;
        memory.store();
    }
}
