//! The actions probe, monitor and status, and what a run leaves for later ones: the memory file, the watcher, the node attributes.

use std::cell::RefCell;
use std::time::Duration;

use super::Run;
use crate::cluster::attribute;
use crate::health::{self, CheckRequest, Depth};
use crate::lifecycle;
use crate::lifecycle::watcher_process::{self, Client};
use crate::ocf::action::Action;
use crate::ocf::log::Severity;
use crate::ocf::parameters;
use crate::postfix::fault::{Fault, Message, Verdict};
use crate::postfix::memory::Memory;
use crate::publish::{self, Presence};
use crate::text;

/// Longer than the watcher and the monitor of an address take.
const ADDRESS_WAIT: Duration = Duration::from_secs(3);

impl Run {
    pub(super) fn probe(&self) -> Verdict {
        let mut memory = Memory::recall(&self.instance);
        let is_present = health::is_present(&self.instance, &memory);
        if self.is_retired() {
            lifecycle::retire(&self.instance, self.deadline);
        } else if !is_present && memory.master.take().is_some() {
            // Its pid may belong to another process tomorrow.
            memory.store();
        }
        if is_present { Verdict::Healthy } else { Verdict::Stopped(None) }
    }

    /// A probe that sees no processes: the instance may run when the memory file or the lock of the pid file says so, or when no file
    /// can be opened at all. A standby must not be fenced because the process table cannot be read.
    pub(super) fn blind_probe(&self, blind: Fault) -> Verdict {
        let may_run = std::fs::File::open("/").is_err() || health::leaves_traces(&self.instance, &Memory::recall(&self.instance));
        if may_run { Verdict::Failed(blind) } else { Verdict::Stopped(None) }
    }

    /// Whether the resource is about to be deleted.
    fn is_retired(&self) -> bool {
        self.environment.given(parameters::RETIRED).is_some()
    }

    /// The action status, for a person: changes nothing in the cluster, and logs nothing.
    pub(super) fn status(&self) -> Verdict {
        self.look(&mut Memory::recall(&self.instance))
    }

    /// As deep as OCF_CHECK_LEVEL says.
    fn look(&self, memory: &mut Memory) -> Verdict {
        let depth = match self.environment.level() {
            0 => Depth::Process,
            10 => Depth::Greeting,
            _ => Depth::Transaction,
        };
        let (endpoints, log_line) = (self.environment.services("endpoints"), |text: &str| self.log_line(text));
        // The monitor of its own resource, which the watcher orders, has to be the first to fail: it brings the address back.
        let address_wait =
            if self.action == Action::Monitor && self.environment.is_under_cluster() { ADDRESS_WAIT } else { Duration::ZERO };
        let request = CheckRequest { endpoints: &endpoints, address_wait, ..CheckRequest::new(depth, self.deadline, &log_line) };
        health::check(&self.instance, memory, &request)
    }

    pub(super) fn monitor(&self) -> Verdict {
        let mut memory = self.recall_once();
        let known = memory.master.as_ref().map(|master| master.id);
        let health = self.look(&mut memory);
        self.warnings().of_monitor(&mut memory);
        // One of a lower level has not been where the other one was.
        memory.unfinished_monitor = memory.unfinished_monitor.filter(|other| other.level > self.environment.level());
        if matches!(health, Verdict::Healthy) {
            self.warnings().no_fault(&mut memory);
        }
        if matches!(health, Verdict::Stopped(_)) {
            // As in a probe.
            memory.master = None;
        }
        memory.store();
        match health {
            Verdict::Healthy | Verdict::Degraded(_) => {
                self.ensure_watcher();
                if self.environment.level() == 0 {
                    watcher_process::note_monitor(&self.instance);
                }
            }
            // This run reports to the cluster.
            Verdict::Stopped(_) | Verdict::Failed(_) => watcher_process::kill(&self.instance),
        }
        // How the master ended, if its watcher could find out.
        let how = || known.and_then(|id| watcher_process::noted_end(&self.instance, id)).map_or(String::new(), |how| how + ", ");
        match health {
            Verdict::Stopped(_) if self.environment.expects_stopped() => Verdict::Stopped(None),
            Verdict::Stopped(_) => Verdict::Stopped(Some(Message::MasterNotRunning.found(how() + &text::no_process_is_left()))),
            Verdict::Failed(fault) if fault.message == Message::MasterNotRunning => {
                let found = format!("{}{}", how(), fault.found);
                Verdict::Failed(fault.because_of(found))
            }
            other => other,
        }
    }

    /// Starts the watcher unless it runs, where there is a cluster; ends it when parameter watch is off.
    pub(super) fn ensure_watcher(&self) {
        if !self.environment.flag("watch") {
            return watcher_process::kill(&self.instance);
        }
        let (resource, Some(node)) = (self.environment.instance(), self.environment.node()) else { return };
        let client = Client { resource: &resource, node: &node };
        if watcher_process::is_watched(&self.instance, client) || !attribute::is_available() {
            return;
        }
        if let Err(error) = watcher_process::start(&self.instance, client) {
            self.log.write(Severity::Warning, &text::watcher_could_not_be_started(error));
        }
    }

    /// Publishes this node's attributes, if it is time to.
    pub(super) fn publish(&self, verdict: &Verdict) {
        let Some(presence) = self.presence(verdict) else { return };
        let mut memory = Memory::recall(&self.instance);
        let problems: RefCell<Vec<String>> = RefCell::default();
        let warn = |text: &str| problems.borrow_mut().push(text.to_owned());
        publish::publish(&self.environment, &mut memory, presence, self.deadline, &warn);
        self.warnings().unpublished(&mut memory, &problems.into_inner());
        memory.store();
    }

    /// What the verdict says about Postfix here, if it is time to publish node attributes: level 0 starts no process.
    fn presence(&self, verdict: &Verdict) -> Option<Presence> {
        let is_probe = self.environment.is_probe();
        match (self.action, verdict) {
            // The resource is being deleted: publish nothing that would be left behind.
            (Action::Monitor, _) if is_probe && self.is_retired() => None,
            (Action::Monitor, Verdict::Stopped(_)) if is_probe => Some(Presence::Stopped),
            (Action::Monitor, Verdict::Healthy | Verdict::Degraded(_)) if is_probe => Some(Presence::Found),
            (Action::Monitor, Verdict::Healthy | Verdict::Degraded(_)) if self.environment.level() > 0 => Some(Presence::Running),
            (Action::Start, Verdict::Healthy | Verdict::Degraded(_)) => Some(Presence::Found),
            // It is not known whether it runs.
            _ => None,
        }
    }
}
