//! Layer 4: the agent. Environment to action, action to verdict, verdict to one exit code and one reason.

mod watch;

use std::cell::Cell;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::cluster::attribute;
use crate::health::{self, CheckRequest, Depth};
use crate::lifecycle::watcher::{self, CheckKind};
use crate::lifecycle::{self, watch::Client};
use crate::ocf::action::Action;
use crate::ocf::environment::Environment;
use crate::ocf::exit::ExitCode;
use crate::ocf::log::{Log, Severity};
use crate::ocf::trace::Trace;
use crate::ocf::{metadata, parameters, reason};
use crate::postfix::Instance;
use crate::postfix::fault::{Fault, Message, Verdict};
use crate::postfix::memory::Memory;
use crate::postfix::queue;
use crate::publish::{self, Presence};
use crate::system::deadline::Deadline;
use crate::system::process::{Identity, check_table, refusal_of_pidfds};
use crate::system::{look, worker};
use crate::text;
use crate::warnings::Warnings;

/// The table of exit codes, and so of what Pacemaker does (see [`ExitCode`]). Every action and every message has its row: a
/// missing one does not compile.
#[rustfmt::skip]
fn exit_code(action: Action, verdict: &Verdict) -> ExitCode {
    use Message::*;
    let fault = match verdict {
        Verdict::Healthy => return ExitCode::Success,
        Verdict::Stopped(_) => return ExitCode::NotRunning,
        Verdict::Degraded(_) => return match action {
            Action::Monitor | Action::Status => ExitCode::Degraded,
            // It serves: the start has succeeded, and the monitor reports the fault.
            Action::Start | Action::Stop | Action::ReloadAgent | Action::ValidateAll => ExitCode::Success,
            Action::MetaData | Action::Methods | Action::Usage => ExitCode::Success,
        },
        Verdict::Failed(fault) => fault,
    };
    let (start, validate) = match fault.message {
        // The parameter is the same on every node: no other node can help.
        NoConfigPath | NoExecutePath => (ExitCode::Configured, ExitCode::Configured),
        // validate-all runs before a value is accepted for all nodes; at a start, another node may have the files that it names.
        ParameterInvalid | QueueDisagrees => (ExitCode::Installed, ExitCode::Configured),
        // Wrong on this node until somebody fixes it: another node may be right.
        NotExecutable | CommandInvalid | ConfigMissing | ConfigUnreadable | ServicesUnreadable | QueueNotFound | OwnerUnknown
            => (ExitCode::Installed, ExitCode::Installed),
        QueueOwner | PostdropDiffers | DataDirectory => (ExitCode::Permission, ExitCode::Permission),
        // May be gone at the next attempt, or on another node.
        MainCfNotFound | MasterCfNotFound | BadInterface | NotInService | NoIpResource | OwnerIdDiffers | GroupIdDiffers
        | MasterNotRunning | CheckFailed | CouldNotStart | StopFailed | AlreadyStopped | SocketSilent | QueueReadOnly | QueueLost
        | QueueFull | AddressMissing | MasterStopped | PidFileLost | PidFileInvalid | QueueManager | WorkerStopped | LockedElsewhere
        | ServiceDegraded | LateGreeting | PortShared | TlsRefused | CertificateDate | Busy | Blind | StorageSilent
            => (ExitCode::Generic, ExitCode::Generic),
    };
    match action {
        Action::Start => start,
        Action::ValidateAll => validate,
        // Never a hard error here: Postfix runs and is broken, and may be recovered on this node too.
        Action::Monitor | Action::Status | Action::Stop => ExitCode::Generic,
        // A parameter is no reason to interrupt mail: the next monitor reports what is wrong.
        Action::ReloadAgent => ExitCode::Success,
        Action::MetaData | Action::Methods | Action::Usage => ExitCode::Generic,
    }
}

/// The agent as a program: gets its arguments without its name, returns its exit code.
pub fn main(arguments: &[String]) -> u8 {
    std::panic::set_hook(Box::new(on_panic));
    run(arguments) as u8
}

/// Runs the action that `arguments` (without the program's name) ask for.
pub fn run(arguments: &[String]) -> ExitCode {
    let environment = Environment::read();
    let prefix = environment.reason_prefix();
    let complain = |code: ExitCode, text: &str| {
        print_line(&prefix, text);
        code
    };
    if let [word, pid, start, resource, node] = arguments
        && word == lifecycle::watch::WATCH_ARGUMENT
        && let (Ok(pid), Ok(start)) = (pid.parse(), start.parse())
    {
        watch::watch(&environment, Identity { pid, start }, resource, node);
        return ExitCode::Success;
    }
    if let [word, question @ ..] = arguments
        && word == watcher::LOOK_ARGUMENT
        && let Some(question) = CheckKind::parse(question)
    {
        return watch::look(&environment, question);
    }
    let [name] = arguments else {
        let is_none = arguments.is_empty();
        let found = if is_none { text::no_action_given(actions()) } else { text::more_than_one_argument_given(actions()) };
        return complain(ExitCode::Args, &found);
    };
    let Some(action) = Action::parse(name) else {
        let shown: String = name.chars().take(30).collect();
        return complain(ExitCode::Unimplemented, &text::no_such_action(shown, actions()));
    };
    match action {
        Action::MetaData => {
            return metadata::xml().map_or_else(|e| complain(ExitCode::Generic, &text::no_meta_data(e)), |xml| print(&xml));
        }
        Action::Methods => return print(&Action::names().map(|n| format!("{n}\n")).collect::<String>()),
        Action::Usage => return print(&usage()),
        _ => {}
    }
    if !crate::system::is_root() {
        return complain(ExitCode::Permission, &text::agent_must_run_as_root());
    }
    Run::new(environment, action).perform()
}

/// One run of an action on the instance.
struct Run {
    environment: Environment,
    action: Action,
    instance: Instance,
    deadline: Deadline,
    /// When an answer must be given in any case.
    last: Deadline,
    log: Log,
    trace: Trace,
    /// The memory file as just read, so that the monitor need not read it again.
    recalled: Cell<Option<Memory>>,
}

/// What the cluster is told: the exit code, the reason line, and what else goes to stdout.
#[derive(serde::Serialize, serde::Deserialize)]
struct Answer {
    code: ExitCode,
    reason: Option<String>,
    text: Option<String>,
}

impl Answer {
    fn print(self) -> ExitCode {
        let _ = self.text.map(|text| print(&text));
        if let Some(reason) = self.reason {
            let _ = writeln!(std::io::stderr(), "{reason}");
        }
        self.code
    }
}

impl Run {
    fn new(environment: Environment, action: Action) -> Run {
        let timeout = environment.timeout(action);
        // The time that is left to give a reason before Pacemaker kills the agent.
        let reserve = (timeout / 10).clamp(Duration::from_millis(100), Duration::from_secs(2));
        Run {
            instance: instance(&environment),
            deadline: Deadline::after(timeout.saturating_sub(reserve)),
            last: Deadline::after(timeout.saturating_sub(reserve / 2)),
            log: Log::new(&environment),
            trace: Default::default(),
            recalled: Cell::default(),
            environment,
            action,
        }
    }

    fn perform(self) -> ExitCode {
        crate::system::clean_slate();
        if self.can_run_without_worker() {
            let mut answer = None;
            self.act(|given| answer = Some(given));
            return answer.map_or(ExitCode::Generic, Answer::print);
        }
        let give = |answer: Answer| look::answer(&serde_json::to_vec(&answer).unwrap_or_default());
        let mut heard = worker::run(self.last, || self.act(give));
        // A killed worker (by hand, or by the OOM killer) proves nothing about Postfix: start another one for the rest.
        if heard.as_ref().is_ok_and(|heard| heard.answer.is_none()) && !self.last.expired() {
            heard = worker::run(self.last, || self.act(give));
        }
        let Ok(heard) = heard else {
            // No process can be started: do it here, at the risk of hanging, rather than not at all.
            let mut answer = None;
            self.act(|given| answer = Some(given));
            return answer.map_or(ExitCode::Generic, Answer::print);
        };
        let answer = heard.answer.as_deref().and_then(|bytes| serde_json::from_slice::<Answer>(bytes).ok());
        answer.unwrap_or_else(|| self.answer_for(heard)).print()
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
        let memory = Memory::recall(&self.instance);
        let answers = health::storage_answers(&self.instance, &memory, self.environment.logging().1.as_deref());
        self.recalled.set(answers.then_some(memory));
        answers
    }

    /// The answer for a worker that gave none: it waits for storage, most likely.
    fn answer_for(&self, heard: worker::WorkerResult) -> Answer {
        let fault = match (&heard.looking_at, self.last.expired()) {
            (Some(path), true) => Message::StorageSilent.found(path.display().to_string()),
            (None, true) => Message::CheckFailed.found(text::agent_did_not_finish_in_time()),
            (_, false) => Message::CheckFailed.found(text::worker_process_was_killed()),
        };
        let fault = match self.action {
            Action::Stop => Message::StopFailed.found(fault.to_string()),
            _ => fault,
        };
        let verdict = Verdict::Failed(fault);
        let code = exit_code(self.action, &verdict);
        // The trace file may be on that very storage.
        let reason = self.report(&verdict, code);
        Answer { code, reason, text: (self.action == Action::Status).then(|| format!("{}\n", describe(&verdict))) }
    }

    /// Does the work. `give` is called with the answer as soon as it is known; the work after it may take longer.
    fn act(&self, give: impl FnOnce(Answer)) {
        let log_line = |text: &str| {
            self.log.info(text);
            self.trace.add(text);
        };
        let blind = check_table().err().map(|error| Verdict::Failed(Message::Blind.found(error.to_string())));
        if matches!(self.action, Action::Start | Action::Stop | Action::ReloadAgent) {
            self.remember_warnings(|warnings, memory| warnings.always_parameters(memory));
        }
        let verdict = match (self.action, blind) {
            // It reads no process table.
            (Action::ValidateAll, _) => self.validate(),
            // The cluster calls this only for a resource that it believes to run; the next monitor finds out whether it does.
            (Action::ReloadAgent, Some(Verdict::Failed(fault))) => {
                self.log.write(Severity::Warning, &fault.to_string());
                Verdict::Healthy
            }
            // A probe of a standby must not lead to fencing because the process table cannot be read.
            (Action::Monitor, Some(blind)) if self.environment.is_probe() => {
                if self.leaves_traces() {
                    blind
                } else {
                    Verdict::Stopped(None)
                }
            }
            (_, Some(blind)) => blind,
            (Action::Start, _) => self.start(&log_line),
            (Action::Stop, _) => {
                let draining = self.environment.duration("drain");
                lifecycle::stop(&self.instance, draining, self.deadline, &log_line).into()
            }
            (Action::ReloadAgent, _) => self.reload(),
            (Action::Monitor, _) if self.environment.is_probe() => self.probe(),
            (Action::Monitor, _) => self.monitor(&log_line),
            _ => self.status(&log_line),
        };
        // status and validate-all leave nothing in the log.
        if refusal_of_pidfds().is_some() && !matches!(self.action, Action::Status | Action::ValidateAll) {
            self.remember_warnings(|warnings, memory| warnings.refused_pidfds(memory));
        }
        let code = exit_code(self.action, &verdict);
        let reason = self.report(&verdict, code);
        let text = (self.action == Action::Status).then(|| format!("{}\n", describe(&verdict)));
        give(Answer { code, reason: reason.clone(), text });
        if let Some(presence) = self.presence(&verdict) {
            self.publish(presence);
        }
        if let Err(problem) = self.trace.write(&self.environment, self.action, code, reason.as_deref()) {
            self.log.write(Severity::Warning, &text::no_trace_was_written(problem));
        }
        self.log.flush();
    }

    fn start(&self, log_line: &dyn Fn(&str)) -> Verdict {
        if let Err(fault) = lifecycle::validate_parameters(&self.instance) {
            return Verdict::Failed(fault);
        }
        let endpoints = self.environment.services("endpoints");
        let verdict =
            lifecycle::start(&self.instance, self.environment.flag("flush"), &endpoints, self.deadline, log_line).into();
        self.remember_warnings(|warnings, memory| warnings.always_entries(memory));
        if matches!(verdict, Verdict::Healthy | Verdict::Degraded(_)) {
            self.ensure_watcher();
        }
        verdict
    }

    /// Makes changed parameters of the agent effective. All but those of the watcher are read at the next action. Postfix is not
    /// touched or reloaded: an unfinished edit of main.cf must not take effect because of a parameter.
    fn reload(&self) -> Verdict {
        if !health::is_present(&self.instance, &Memory::recall(&self.instance)) {
            return Verdict::Stopped(Some(Message::MasterNotRunning.found(text::no_process_of_the_instance_is_running())));
        }
        if let Some(why) = self.refused_at_start() {
            self.log.write(Severity::Warning, &text::would_not_be_started_again(why));
        }
        self.remember_warnings(|warnings, memory| warnings.always_entries(memory));
        // A running watcher still has the parameters that it was started with.
        lifecycle::watch::kill(&self.instance);
        self.ensure_watcher();
        Verdict::Healthy
    }

    /// Why a start would refuse the parameters, as far as the values alone show.
    fn refused_at_start(&self) -> Option<String> {
        if let Err(fault) = lifecycle::validate_parameters(&self.instance) {
            return Some(fault.to_string());
        }
        let point = self.instance.queue_mountpoint.clone()?;
        let why = self.deadline.within(Duration::from_secs(1)).bounded_call(move || queue::mounted(&point).err())??;
        Some(format!("queue_mountpoint: {why}"))
    }

    fn warnings(&self) -> Warnings<'_> {
        Warnings { environment: &self.environment, log: &self.log }
    }

    /// Logs, and remembers that it has been logged.
    fn remember_warnings(&self, log: impl FnOnce(&Warnings<'_>, &mut Memory)) {
        let mut memory = Memory::recall(&self.instance);
        log(&self.warnings(), &mut memory);
        memory.store();
    }

    /// Starts the watcher unless it runs, where there is a cluster; ends it when parameter watch is off.
    fn ensure_watcher(&self) {
        if !self.environment.flag("watch") {
            return lifecycle::watch::kill(&self.instance);
        }
        let (resource, Some(node)) = (self.environment.instance(), self.environment.node()) else { return };
        let client = Client { resource: &resource, node: &node };
        if lifecycle::watch::is_watched(&self.instance, client) || !attribute::is_available() {
            return;
        }
        if let Err(error) = lifecycle::watch::start(&self.instance, client) {
            self.log.write(Severity::Warning, &text::watcher_could_not_be_started(error));
        }
    }

    fn validate(&self) -> Verdict {
        if let Err(fault) = lifecycle::validate_parameters(&self.instance) {
            return Verdict::Failed(fault);
        }
        // validate-all is called before a value is accepted: only here is it an error.
        if let Some(unusable) = self.environment.unusable().first() {
            return Verdict::Failed(Message::ParameterInvalid.found(unusable.to_string()));
        }
        let mut memory = Memory::recall(&self.instance);
        let verdict = match self.environment.level() {
            0 => Verdict::Healthy,
            _ => lifecycle::validate_host(&self.instance, &mut memory, self.deadline).into(),
        };
        // Only printed for the caller, and not remembered.
        self.warnings().always_entries(&mut memory);
        verdict
    }

    /// Whether the resource is about to be deleted.
    fn is_retired(&self) -> bool {
        self.environment.given(parameters::RETIRED).is_some()
    }

    fn probe(&self) -> Verdict {
        if self.is_retired() {
            let verdict = match health::is_present(&self.instance, &Memory::recall(&self.instance)) {
                true => Verdict::Healthy,
                false => Verdict::Stopped(None),
            };
            lifecycle::retire(&self.instance, self.deadline);
            return verdict;
        }
        let mut memory = Memory::recall(&self.instance);
        if health::is_present(&self.instance, &memory) {
            return Verdict::Healthy;
        }
        // Its pid may belong to another process tomorrow.
        if memory.master.take().is_some() {
            memory.store();
        }
        Verdict::Stopped(None)
    }

    /// Whether the instance may run, for a probe that sees no processes: true when the memory file or the lock of the pid file says
    /// so, or when no file can be opened at all.
    fn leaves_traces(&self) -> bool {
        std::fs::File::open("/").is_err() || health::leaves_traces(&self.instance, &Memory::recall(&self.instance))
    }

    /// The action status, for a person: changes nothing in the cluster, and logs nothing.
    fn status(&self, log_line: &dyn Fn(&str)) -> Verdict {
        self.look(&mut Memory::recall(&self.instance), log_line)
    }

    /// As deep as OCF_CHECK_LEVEL says.
    fn look(&self, memory: &mut Memory, log_line: &dyn Fn(&str)) -> Verdict {
        let depth = match self.environment.level() {
            0 => Depth::Process,
            10 => Depth::Greeting,
            _ => Depth::Transaction,
        };
        let endpoints = self.environment.services("endpoints");
        let request = CheckRequest { endpoints: &endpoints, ..CheckRequest::new(depth, self.deadline, log_line) };
        health::check(&self.instance, memory, &request)
    }

    fn monitor(&self, log_line: &dyn Fn(&str)) -> Verdict {
        let mut memory = self.recalled.take().unwrap_or_else(|| Memory::recall(&self.instance));
        let known = memory.master.as_ref().map(|master| master.id);
        let health = self.look(&mut memory, log_line);
        self.warnings().of_monitor(&mut memory);
        let story = match &health {
            Verdict::Degraded(fault) => Some(self.story(fault)),
            _ => None,
        };
        self.warnings().degradation(&mut memory, story.as_deref());
        if matches!(health, Verdict::Stopped(_)) {
            // As in a probe.
            memory.master = None;
        }
        memory.store();
        match health {
            Verdict::Healthy | Verdict::Degraded(_) => {
                self.ensure_watcher();
                if self.environment.level() == 0 {
                    lifecycle::watch::note_monitor(&self.instance);
                }
            }
            // This run reports to the cluster.
            Verdict::Stopped(_) | Verdict::Failed(_) => lifecycle::watch::kill(&self.instance),
        }
        // How the master ended, if its watcher could find out.
        let how = || known.and_then(|id| lifecycle::watch::noted_end(&self.instance, id)).map_or(String::new(), |how| how + ", ");
        match health {
            Verdict::Stopped(_) => Verdict::Stopped(Some(Message::MasterNotRunning.found(how() + &text::no_process_is_left()))),
            Verdict::Failed(fault) if fault.message == Message::MasterNotRunning => {
                let found = format!("{}{}", how(), fault.found);
                Verdict::Failed(fault.because_of(found))
            }
            other => other,
        }
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

    /// Publishes this node's attributes.
    fn publish(&self, presence: Presence) {
        let mut memory = Memory::recall(&self.instance);
        let warn = |text: &str| self.log.write(Severity::Warning, text);
        publish::publish(&self.environment, &mut memory, presence, self.deadline, &warn);
        memory.store();
    }

    /// Logs the whole story; returns the reason line.
    fn report(&self, verdict: &Verdict, code: ExitCode) -> Option<String> {
        let (Verdict::Degraded(fault) | Verdict::Failed(fault) | Verdict::Stopped(Some(fault))) = verdict else { return None };
        match verdict {
            // Already logged when it was new.
            Verdict::Degraded(_) if self.action == Action::Monitor => {}
            Verdict::Degraded(_) => self.log.write(Severity::Warning, &self.story(fault)),
            _ => self.log.write(Severity::Error, &self.story(fault)),
        }
        // A plain success needs no reason.
        (code != ExitCode::Success).then(|| reason::line(&self.environment.reason_prefix(), &fault.to_string()))
    }

    /// The whole text, for the log.
    fn story(&self, fault: &Fault) -> String {
        format!("{}: {fault}. {}", self.action.name(), fault.message.remedy())
    }
}

/// The instance that the parameters name, unchecked: a stop must not depend on valid parameters.
fn instance(environment: &Environment) -> Instance {
    Instance::named_by(&|name| environment.given(name).map(PathBuf::from), &|name| environment.path(name))
}

/// Prints the one reason line.
fn print_line(prefix: &str, text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", reason::line(prefix, text));
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::Success,
        Err(_) => ExitCode::Generic,
    }
}

fn describe(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Healthy => text::status_running(),
        Verdict::Stopped(_) => text::status_stopped(),
        Verdict::Degraded(fault) => text::status_degraded(fault),
        Verdict::Failed(fault) => text::status_failed(fault),
    }
}

fn actions() -> String {
    Action::names().collect::<Vec<_>>().join(" ")
}

fn usage() -> String {
    text::usage_of_the_agent(Action::names().collect::<Vec<_>>().join("|")) + "\n"
}

/// Turns a panic into one line and a soft error.
pub fn on_panic(info: &std::panic::PanicHookInfo<'_>) {
    let text = info.location().map_or_else(text::internal_error, |l| text::internal_error_at(l.file(), l.line()));
    if look::is_worker() {
        let answer = Answer { code: ExitCode::Generic, reason: Some(reason::line("ocf-exit-reason:", &text)), text: None };
        look::answer(&serde_json::to_vec(&answer).unwrap_or_default());
    } else {
        print_line("ocf-exit-reason:", &text);
    }
    std::process::exit(ExitCode::Generic as i32);
}
