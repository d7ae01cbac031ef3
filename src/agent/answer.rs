//! What the cluster is told, and the worker that finds it out.

use std::io::Write;
use std::path::Path;

use super::{Run, exit_code};
use crate::health;
use crate::ocf::action::Action;
use crate::ocf::exit::ExitCode;
use crate::ocf::log::Severity;
use crate::ocf::reason;
use crate::postfix::fault::{Fault, Message, Verdict};
use crate::postfix::memory::{self, Memory, UnfinishedMonitor};
use crate::system::process::{self, Handle, Identity};
use crate::system::{look, worker};
use crate::text;

/// How many workers of monitors may be blocked before another one is started only now and then.
const MOST_BLOCKED_WORKERS: usize = 2;

/// How long they stand for those of later monitors.
const BLOCKED_WORKER_SECONDS: u64 = 600;

/// What the cluster is told: the exit code, the reason line, and what else goes to stdout.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Answer {
    pub(super) code: ExitCode,
    pub(super) reason: Option<String>,
    text: Option<String>,
}

impl Answer {
    /// Hands it to the process that waits for this worker.
    fn send(self) {
        look::answer(&serde_json::to_vec(&self).unwrap_or_default());
    }

    fn print(self) -> ExitCode {
        let _ = self.text.map(|text| print(&text));
        if let Some(reason) = self.reason {
            let _ = writeln!(std::io::stderr(), "{reason}");
        }
        self.code
    }
}

impl Run {
    pub(super) fn perform(self) -> ExitCode {
        crate::system::clean_slate();
        if let Some(fault) = self.workers_still_blocked() {
            return self.answer(&Verdict::Failed(fault)).print();
        }
        if self.can_run_without_worker() {
            return self.perform_here();
        }
        let run_worker = || worker::run(self.last, || self.act(Answer::send));
        let mut heard = run_worker();
        // A killed worker (by hand, or by the OOM killer) proves nothing about Postfix: start another one for the rest.
        if heard.as_ref().is_ok_and(|heard| heard.answer.is_none()) && !self.last.expired() {
            // The first may have written another one.
            self.recalled.take();
            heard = run_worker();
        }
        // No process can be started: do it here, at the risk of hanging, rather than not at all.
        let Ok(heard) = heard else { return self.perform_here() };
        let answer = heard.answer.as_deref().and_then(|bytes| serde_json::from_slice::<Answer>(bytes).ok());
        answer.unwrap_or_else(|| self.answer_for(&heard)).print()
    }

    fn perform_here(&self) -> ExitCode {
        let mut answer = None;
        self.act(|given| answer = Some(given));
        answer.map_or(ExitCode::Generic, Answer::print)
    }

    /// Whether nothing that this run reads can block it. A monitor of level 0 runs every few seconds, and does without a second
    /// process where the kernel says that all storage is local and answers.
    fn can_run_without_worker(&self) -> bool {
        if self.action != Action::Monitor
            || self.environment.is_probe()
            || self.environment.level() > 0
            || self.environment.trace_dir().is_some()
        {
            return false;
        }
        let memory = self.recall_once();
        let answers = health::storage_answers(&self.instance, &memory, self.environment.logging().1.as_deref());
        self.recalled.set(Some(memory));
        answers
    }

    /// The answer for a worker that gave none: it waits for storage, most likely.
    fn answer_for(&self, heard: &worker::WorkerResult) -> Answer {
        let fault = if self.last.expired() {
            not_finished(heard.looking_at.as_deref())
        } else {
            Message::CheckFailed.found(text::worker_process_was_killed())
        };
        // No trace is written: its file may be on that very storage.
        self.answer(&match self.action {
            Action::Stop => Verdict::Failed(Message::StopFailed.found(fault.to_string())),
            Action::Monitor if self.is_first_unfinished(heard) => Verdict::Degraded(fault),
            _ => Verdict::Failed(fault),
        })
    }

    /// Whether this monitor has found out nothing, but the one before it has. A snapshot freezes a file system for a while: a stop because of
    /// that could end no process that writes to it, and the node would be fenced. A worker that was killed proves nothing either.
    fn is_first_unfinished(&self, heard: &worker::WorkerResult) -> bool {
        if self.environment.is_probe() {
            return false;
        }
        let mut memory = Memory::recall(&self.instance);
        let before = memory.unfinished_monitor.take();
        let is_first = before.is_none();
        let is_blocked = |id: &Identity| process::stat(id.pid).is_some_and(|now| now.id == *id && now.is_alive());
        let earlier = before.map(|monitor| monitor.workers).unwrap_or_default();
        let workers = earlier.into_iter().filter(is_blocked).chain(heard.killed).collect();
        let (path, level) = (heard.looking_at.clone(), self.environment.level());
        memory.unfinished_monitor = Some(UnfinishedMonitor { path, level, workers, at: memory::now() });
        // If it cannot be remembered, every one would be the first.
        memory.store() && is_first
    }

    /// The storage that blocks the workers of earlier monitors, when all do so still at the deadline. Another worker would only wait beside
    /// them: one more process that cannot be killed for each monitor, until the storage answers. Now and then there is one all the same,
    /// since the instance may use other storage now.
    fn workers_still_blocked(&self) -> Option<Fault> {
        if self.action != Action::Monitor || self.environment.is_probe() {
            return None;
        }
        let memory = self.recall_once();
        let unfinished = memory.unfinished_monitor.clone();
        self.recalled.set(Some(memory));
        let UnfinishedMonitor { path, workers, at, .. } = unfinished?;
        let blocked: Vec<Handle> = workers.into_iter().filter_map(Handle::open).collect();
        if blocked.len() < MOST_BLOCKED_WORKERS || memory::now().abs_diff(at) > BLOCKED_WORKER_SECONDS {
            return None;
        }
        // What was read before the wait is old after it.
        self.recalled.take();
        let is_silent = process::wait_all(&blocked, self.deadline).len() == blocked.len();
        is_silent.then(|| not_finished(path.as_deref()))
    }

    /// The memory file as it was when this run first read it.
    pub(super) fn recall_once(&self) -> Memory {
        self.recalled.take().unwrap_or_else(|| Memory::recall(&self.instance))
    }

    /// Logs the whole story; returns what the cluster is told.
    pub(super) fn answer(&self, verdict: &Verdict) -> Answer {
        let code = exit_code(self.action, verdict);
        let text = (self.action == Action::Status).then(|| format!("{}\n", describe(verdict)));
        Answer { code, reason: self.report(verdict, code), text }
    }

    /// Logs the whole story; returns the reason line.
    fn report(&self, verdict: &Verdict, code: ExitCode) -> Option<String> {
        let (Verdict::Degraded(fault) | Verdict::Failed(fault) | Verdict::Stopped(Some(fault))) = verdict else { return None };
        let severity = if matches!(verdict, Verdict::Degraded(_)) { Severity::Warning } else { Severity::Error };
        let story = format!("{}: {fault}. {}", self.action.name(), fault.message.remedy());
        if self.action == Action::Monitor && !self.environment.is_probe() {
            self.remember_warnings(|warnings, memory| warnings.fault(memory, severity, &story));
        } else {
            self.log.write(severity, &story);
        }
        // A plain success needs no reason.
        (code != ExitCode::Success).then(|| reason::line(&self.environment.reason_prefix(), &fault.to_string()))
    }
}

/// The fault of a check that was not finished in time, and what it was looking at.
fn not_finished(path: Option<&Path>) -> Fault {
    match path {
        Some(path) => Message::StorageSilent.found(path.display().to_string()),
        None => Message::CheckFailed.found(text::agent_did_not_finish_in_time()),
    }
}

fn describe(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Healthy => text::status_running(),
        Verdict::Stopped(_) => text::status_stopped(),
        Verdict::Degraded(fault) => text::without_control_characters(text::status_degraded(fault)),
        Verdict::Failed(fault) => text::without_control_characters(text::status_failed(fault)),
    }
}

pub(super) fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::Success,
        Err(_) => ExitCode::Generic,
    }
}

/// Refuses the call with one reason line.
pub(super) fn refuse(prefix: &str, code: ExitCode, text: &str) -> ExitCode {
    Answer { code, reason: Some(reason::line(prefix, text)), text: None }.print()
}

/// Turns a panic into one line and a soft error.
pub(super) fn on_panic(info: &std::panic::PanicHookInfo<'_>) {
    let text = info.location().map_or_else(text::internal_error, |l| text::internal_error_at(l.file(), l.line()));
    let answer = Answer { code: ExitCode::Generic, reason: Some(reason::line("ocf-exit-reason:", &text)), text: None };
    if look::is_worker() {
        answer.send();
    } else {
        answer.print();
    }
    std::process::exit(ExitCode::Generic as i32);
}
