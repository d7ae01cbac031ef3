//! Layer 5: the agent. Environment to action, action to verdict, verdict to one exit code and one reason.

mod answer;
mod monitor;
mod watcher;

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use crate::health;
use crate::lifecycle::{self, Job, watcher_process};
use crate::ocf::action::Action;
use crate::ocf::environment::Environment;
use crate::ocf::exit::ExitCode;
use crate::ocf::log::{Log, Severity};
use crate::ocf::metadata;
use crate::ocf::trace::Trace;
use crate::postfix::Instance;
use crate::postfix::fault::{Message, Verdict};
use crate::postfix::memory::Memory;
use crate::postfix::queue;
use crate::system::deadline::Deadline;
use crate::system::process::{check_table, refusal_of_pidfds};
use crate::text;
use crate::warnings::Warnings;
use answer::{Answer, on_panic, print, refuse};

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
fn run(arguments: &[String]) -> ExitCode {
    let environment = Environment::read();
    let prefix = environment.reason_prefix();
    if let Some(code) = watcher::run(&environment, arguments) {
        return code;
    }
    let [name] = arguments else {
        let is_none = arguments.is_empty();
        let found = if is_none { text::no_action_given(actions()) } else { text::more_than_one_argument_given(actions()) };
        return refuse(&prefix, ExitCode::Args, &found);
    };
    let Some(action) = Action::parse(name) else {
        let shown: String = name.chars().take(30).collect();
        return refuse(&prefix, ExitCode::Unimplemented, &text::no_such_action(shown, actions()));
    };
    match action {
        Action::MetaData => {
            return metadata::xml()
                .map_or_else(|e| refuse(&prefix, ExitCode::Generic, &text::no_meta_data(e)), |xml| print(&xml));
        }
        Action::Methods => return print(&Action::names().map(|n| format!("{n}\n")).collect::<String>()),
        Action::Usage => return print(&usage()),
        _ => {}
    }
    if !crate::system::is_root() {
        return refuse(&prefix, ExitCode::Permission, &text::agent_must_run_as_root());
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

    /// Does the work. `give` is called with the answer as soon as it is known; the work after it may take longer.
    fn act(&self, give: impl FnOnce(Answer)) {
        if matches!(self.action, Action::Start | Action::Stop | Action::ReloadAgent) {
            self.remember_warnings(|warnings, memory| warnings.always_parameters(memory));
        }
        let verdict = self.verdict();
        // status and validate-all leave nothing in the log.
        if refusal_of_pidfds().is_some() && !matches!(self.action, Action::Status | Action::ValidateAll) {
            self.remember_warnings(|warnings, memory| warnings.refused_pidfds(memory));
        }
        let answer = self.answer(&verdict);
        let (code, reason) = (answer.code, answer.reason.clone());
        give(answer);
        self.publish(&verdict);
        if let Err(problem) = self.trace.write(&self.environment, self.action, code, reason.as_deref()) {
            self.log.write(Severity::Warning, &text::no_trace_was_written(problem));
        }
        self.log.flush();
    }

    fn verdict(&self) -> Verdict {
        let is_probe = self.action == Action::Monitor && self.environment.is_probe();
        let blind = check_table().err().map(|error| Message::Blind.found(error.to_string()));
        match (self.action, blind) {
            // It reads no process table.
            (Action::ValidateAll, _) => self.validate(),
            // The cluster calls this only for a resource that it believes to run; the next monitor finds out whether it does.
            (Action::ReloadAgent, Some(blind)) => {
                self.log.write(Severity::Warning, &blind.to_string());
                Verdict::Healthy
            }
            (_, Some(blind)) if is_probe => self.blind_probe(blind),
            (_, Some(blind)) => Verdict::Failed(blind),
            (Action::Start, _) => self.start(),
            (Action::Stop, _) => {
                lifecycle::stop(&self.job(&|text| self.log_line(text)), self.environment.duration("drain")).into()
            }
            (Action::ReloadAgent, _) => self.reload(),
            _ if is_probe => self.probe(),
            (Action::Monitor, _) => self.monitor(),
            _ => self.status(),
        }
    }

    fn job<'a>(&'a self, log_line: &'a dyn Fn(&str)) -> Job<'a> {
        Job { instance: &self.instance, deadline: self.deadline, log_line }
    }

    /// One line for the log, and for the trace.
    fn log_line(&self, text: &str) {
        self.log.info(text);
        self.trace.add(text);
    }

    fn start(&self) -> Verdict {
        if let Err(fault) = lifecycle::validate_parameters(&self.instance) {
            return Verdict::Failed(fault);
        }
        let (flush, endpoints) = (self.environment.flag("flush"), self.environment.services("endpoints"));
        let verdict = lifecycle::start(&self.job(&|text| self.log_line(text)), flush, &endpoints).into();
        self.remember_warnings(|warnings, memory| {
            warnings.always_entries(memory);
            warnings.no_fault_of_any_level(memory);
            memory.unfinished_monitor = None;
        });
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
        watcher_process::kill(&self.instance);
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
}

/// The instance that the parameters name, unchecked: a stop must not depend on valid parameters.
fn instance(environment: &Environment) -> Instance {
    Instance::named_by(&|name| environment.given(name).map(PathBuf::from), &|name| environment.path(name))
}

fn actions() -> String {
    Action::names().collect::<Vec<_>>().join(" ")
}

fn usage() -> String {
    text::usage_of_the_agent(Action::names().collect::<Vec<_>>().join("|")) + "\n"
}
