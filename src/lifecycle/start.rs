//! Start: checks first what Postfix would not report, then runs `postfix start`, and succeeds when every endpoint
//! greets. It waits for the greetings, and for a lock that a dead server leaves behind, until its deadline, and logs what it waits for.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::stop::end_all;
use super::{Job, POLL_INTERVAL, helpers, list_processes, lock_instance, signal_and_wait};
use crate::health::{self, CheckRequest, Depth};
use crate::postfix::Instance;
use crate::postfix::config::{self, Config};
use crate::postfix::endpoint::{self, Endpoint};
use crate::postfix::fault::{Checked, Fault, Message, Verdict};
use crate::postfix::maillog::{self, MailLog};
use crate::postfix::memory::{Memory, now};
use crate::postfix::process::{self, Member, ProcessScan, Role};
use crate::postfix::queue;
use crate::postfix::socket;
use crate::system::command::{Command, CommandError};
use crate::system::deadline::Deadline;
use crate::system::file::{self, FileId};
use crate::system::interrupt;
use crate::system::lock;
use crate::system::net;
use crate::system::process::{Signal, Stat, stat};
use crate::text;

/// The time reserved for ending a Postfix that was started and does not serve.
const STOP_RESERVE: Duration = Duration::from_secs(5);

/// The time reserved for starting Postfix once a lock is free.
const START_RESERVE: Duration = Duration::from_secs(15);

/// How often a name that nobody knew is asked for again.
const NAMES_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How long a configuration that cannot be used is asked for again while it is being replaced, and how long after a change that may be so.
const SETTLING: Duration = Duration::from_secs(3);
const RECENT_SECONDS: i128 = 2;

/// How often.
const SETTLING_INTERVAL: Duration = Duration::from_millis(250);

/// How often a directory service that failed is queried again.
const IDS_RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// How often a lock that another server holds is tried.
const LOCK_INTERVAL: Duration = Duration::from_millis(250);

/// After how many seconds in a row without a process for our connections the service counts as throttled.
const THROTTLED_AFTER_SECONDS: u32 = 2;

/// Starts the instance and waits until it serves; an instance that serves already is left as it is. `flush`: deferred mail is
/// tried at once. `endpoints`: the services that have to greet; empty: all.
///
/// Some(fault): it serves, and an administrator should look.
///
/// # Errors
/// The reason why it must not be started or did not start.
pub fn start(job: &Job<'_>, flush: bool, endpoints: &[String]) -> Checked {
    let _guard = lock_instance(job.instance, job.deadline)?;
    start_locked(job, flush, endpoints, &mut |_| {})
}

/// As [`start`], for a caller that has the lock of the instance. `before_launch` is called with the queue right before `postfix start`: not
/// when a master runs already, nor when none may be started. After an error no process that it launched is left.
///
/// # Errors
/// As there.
pub fn start_locked(job: &Job<'_>, flush: bool, endpoints: &[String], before_launch: &mut dyn FnMut(&Path)) -> Checked {
    let Job { instance, log_line, .. } = *job;
    let mut memory = Memory::recall(instance);
    let (config, queue) = find_queue(job, &mut memory)?;
    let remembered = process::remembered_master(&memory);
    let mut scan = ProcessScan::new(instance);
    let mut members = if remembered.is_some() { Vec::new() } else { scan.members(&memory) };
    if let Some(master) = remembered.or_else(|| members.iter().find(|m| m.role == Role::Master).map(|m| m.stat.clone())) {
        log_line(&text::postfix_is_already_running(master.id.pid));
        let log = MailLog::from_now(&config);
        let verdict = await_greeting(&mut memory, endpoints, &Waiting::new(*job, &master, &queue, &log, false));
        memory.store();
        match verdict {
            // It runs on another queue than the one it should be started on.
            Ok(Some(fault)) if fault.message == Message::QueueDisagrees => return Err(fault),
            // Somebody has started it before its file system was mounted over the directory that it runs on: it serves nobody.
            Err(fault) if fault.message == Message::QueueLost => {
                log_line(&text::it_is_ended_first(&fault));
                end_all(job, &mut memory, Duration::ZERO)?;
                members = scan.members(&memory);
            }
            // It has ended meanwhile: another one is started.
            Err(_) if process::remembered_master(&memory).is_none() => members = scan.members(&memory),
            other => return other,
        }
    }
    end_orphans(job, &mut scan, &memory, members)?;

    let pid_file = config::pid_file(&queue, Some(&config));
    let last_try = keep_in_reserve(job.deadline, START_RESERVE);
    await_lock(job, &pid_file, last_try)?;
    await_lock(job, &config.data_directory.join("master.lock"), last_try)?;
    if let Some(address) = health::missing_of(&config) {
        return Err(Message::AddressMissing.found(address.to_string()));
    }
    check_ports(&config, None)?;
    before_launch(&queue);
    helpers::prepare(job, &config, &pid_file);
    let waits = flush && queue::mail_is_deferred(&queue);
    let remark = launch_until_it_greets(job, &config, queue, &mut memory, endpoints).inspect_err(|_| {
        // Leave no Postfix behind that does not serve.
        if let Err(left) = end_all(job, &mut memory, Duration::ZERO) {
            log_line(&left.to_string());
        }
    })?;
    if waits {
        deliver_deferred(instance, log_line);
    }
    Ok(remark)
}

/// The configuration, and the queue that Postfix can be started on with it.
fn find_queue(job: &Job<'_>, memory: &mut Memory) -> Result<(Config, PathBuf), Fault> {
    let instance = job.instance;
    let missing = || instance.missing_command().or_else(|| instance.missing_config());
    when_settled(job, &mut || missing().map_or(Ok(()), Err))?;
    let known = memory.clone();
    let runs = || health::find_master(instance, &known).is_some();
    helpers::configure(job, &runs);
    let (config, queue) = when_settled(job, &mut || {
        let config = await_names(job, memory, &runs)?;
        queue::locate(instance, &config).map(|queue| (config, queue))
    })?;
    queue::check_writable(&queue)?;
    check_ids(job, &queue, &config, &runs)?;
    queue::check_data_directory(&config)?;
    Ok((config, queue))
}

/// What `ask` finds of the configuration. Asks again while that is being replaced: for half a file the cluster would bar this node.
fn when_settled<T>(job: &Job<'_>, ask: &mut dyn FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    let instance = job.instance;
    let files = || [instance.config_dir.clone(), instance.main_cf(), instance.master_cf()].map(|path| file::identify(&path));
    let is_recent = |file: &FileId| i128::from(now()) - file.changed / 1_000_000_000 < RECENT_SECONDS;
    let last_try = job.deadline.within(SETTLING);
    loop {
        // The answer to half a file may take long.
        let (is_last, before) = (last_try.expired(), files());
        let answer = ask();
        let after = files();
        if answer.is_ok() || is_last || before == after && !after.iter().flatten().any(is_recent) {
            return answer;
        }
        std::thread::sleep(SETTLING_INTERVAL);
    }
}

/// The answer of `ask`; asks again while it is a fault that may pass (Continue), for at most half of the time. `waiting`: what the log says of
/// the first of these.
fn await_answer<T>(
    job: &Job<'_>,
    interval: Duration,
    waiting: &dyn Fn(&Fault) -> String,
    ask: &mut dyn FnMut() -> ControlFlow<Result<T, Fault>, Fault>,
) -> Result<T, Fault> {
    let mut last = None;
    let answer = job.deadline.within(job.deadline.remaining() / 2).poll(interval, || match ask() {
        ControlFlow::Break(answer) => Some(answer),
        ControlFlow::Continue(fault) => {
            if last.is_none() {
                (job.log_line)(&waiting(&fault));
            }
            last = Some(fault);
            None
        }
    });
    answer.unwrap_or_else(|| Err(last.expect("it was asked")))
}

/// The configuration. After a power cut the name service may answer later than the cluster: a name that nobody knows is asked for again.
/// When Postfix `runs` already, all names need not be known: a failed start would make the cluster stop it.
fn await_names(job: &Job<'_>, memory: &mut Memory, runs: &dyn Fn() -> bool) -> Result<Config, Fault> {
    await_answer(job, NAMES_RETRY_INTERVAL, &|fault| text::waiting(fault), &mut || {
        memory.doubt();
        let config = match memory.config(job.deadline) {
            Ok(config) => config,
            refused => return ControlFlow::Break(refused),
        };
        let unknown = config.unresolved.first().filter(|_| !runs());
        let Some(value) = unknown else { return ControlFlow::Break(Ok(config)) };
        let fault = Message::BadInterface.found(format!("\"{value}\""));
        let may_pass = config.unresolved.iter().any(|value| endpoint::may_be_a_name(value));
        if may_pass { ControlFlow::Continue(fault) } else { ControlFlow::Break(Err(fault)) }
    })
}

/// Has the queue manager try deferred mail now, without waiting for the result.
fn deliver_deferred(instance: &Instance, log_line: &dyn Fn(&str)) {
    let command = Command::new(instance.command("postqueue")).arg("-c").arg(&instance.config_dir).arg("-f");
    log_line(&match command.detach() {
        Ok(()) => text::deferred_mail_is_delivered_now(),
        Err(error) => text::deferred_mail_is_delivered_later(command, error),
    });
}

/// As [`queue::check_ids`]; waits for a directory service that does not answer yet. When Postfix `runs` already, no answer is needed: a
/// failed start would make the cluster stop it.
fn check_ids(job: &Job<'_>, queue: &Path, config: &Config, runs: &dyn Fn() -> bool) -> Result<(), Fault> {
    let names = text::uid_and_gid_of(&config.mail_owner, &config.setgid_group);
    let waiting = |fault: &Fault| text::waiting_for(&names, fault);
    await_answer(job, IDS_RETRY_INTERVAL, &waiting, &mut || match queue::check_ids(queue, config, job.deadline) {
        Err(fault) if fault.message == Message::CheckFailed && runs() => {
            (job.log_line)(&text::continuing_without(&names, fault));
            ControlFlow::Break(Ok(()))
        }
        Err(fault) if fault.message == Message::CheckFailed => ControlFlow::Continue(fault),
        verdict => ControlFlow::Break(verdict),
    })
}

/// Runs `postfix start`, and waits until every endpoint in question greets.
///
/// The master throttles a service whose daemon dies early: for a minute it starts no other one (service_throttle_time), even after a
/// reload. So when what the daemon needed has become available, Postfix is stopped and started once more.
fn launch_until_it_greets(job: &Job<'_>, config: &Config, queue: PathBuf, memory: &mut Memory, endpoints: &[String]) -> Checked {
    let launch_job = Job { deadline: keep_in_reserve(job.deadline, STOP_RESERVE), ..*job };
    let log = MailLog::from_now(config);
    let mut may_restart = true;
    // Flag files that make `postfix start` skip its checks; a server that was lost may have left them. The second is Debian 13's.
    let quick_start = queue.join("quick-start");
    let left = [quick_start.clone(), queue.join("debian-systemd-start")];
    let _ = launch_job.deadline.bounded_call(move || left.map(fs::remove_file));
    let (master, remark) = loop {
        let master = launch(&launch_job, config, &queue, memory, &log)?;
        let waiting = Waiting::new(launch_job, &master, &queue, &log, may_restart);
        let verdict = await_greeting(memory, endpoints, &waiting);
        memory.store();
        if !waiting.is_given_up.get() {
            break (master, verdict?);
        }
        (job.log_line)(&text::restarting_postfix());
        end_all(job, memory, Duration::ZERO)?;
        // The queue has just been checked.
        let _ = fs::File::create(&quick_start);
        may_restart = false;
    };
    // An endpoint that is not checked has not been silent.
    memory.master.iter_mut().for_each(|known| known.unheard.clear());
    memory.store();
    check_ports(config, Some(&master))?;
    let greeting = endpoint::select(config.endpoints.clone(), endpoints).0.len();
    (job.log_line)(&text::postfix_runs_and_greets(&config.mail_version, master.id.pid, greeting));
    Ok(remark)
}

/// Runs `postfix start`; returns the master, which holds the pid file then.
fn launch(job: &Job<'_>, config: &Config, queue: &Path, memory: &mut Memory, log: &MailLog) -> Result<Stat, Fault> {
    run_postfix(job, config, log)?;
    let pid_file = config::pid_file(queue, Some(config));
    let found = job.deadline.poll(POLL_INTERVAL, || process::locked_master(&pid_file));
    let why = || log.last_words("master", &[], job.deadline).unwrap_or_else(text::no_master_holds_the_pid_file);
    let master = found.ok_or_else(|| Message::CouldNotStart.found(why()))?;
    health::record_started_master(memory, &master, queue.to_owned(), config);
    Ok(master)
}

/// `deadline` without `rest`, the time that the following steps need.
fn keep_in_reserve(deadline: Deadline, rest: Duration) -> Deadline {
    let left = deadline.remaining();
    deadline.within(left - rest.min(left / 4))
}

/// Ends daemons among the `members` that outlived their master: an orphaned smtpd keeps the listening socket.
fn end_orphans(job: &Job<'_>, scan: &mut ProcessScan, memory: &Memory, mut members: Vec<Member>) -> Result<(), Fault> {
    let is_orphan = |m: &Member| matches!(m.role, Role::Daemon | Role::Delivery);
    members.retain(is_orphan);
    for signal in [Signal::SIGTERM, Signal::SIGKILL, Signal::SIGKILL] {
        if members.is_empty() {
            return Ok(());
        }
        (job.log_line)(&text::ending_processes_of_a_dead_master(list_processes(&members)));
        signal_and_wait(&members, signal, job.deadline.within(Duration::from_secs(2)));
        members = scan.members(memory);
        members.retain(is_orphan);
    }
    if members.is_empty() {
        return Ok(());
    }
    Err(Message::CouldNotStart.found(text::processes_could_not_be_killed(list_processes(&members))))
}

/// Checks one of the two files that the master locks (its pid file, and master.lock in data_directory): that it can be Postfix's,
/// and that no process holds its lock.
///
/// # Errors
/// `PidFileInvalid`, `LockedElsewhere`, message 14 with the holder of the lock.
pub fn check_lock(pid_file: &Path) -> Result<(), Fault> {
    let Ok(meta) = fs::symlink_metadata(pid_file) else { return Ok(()) };
    if !meta.is_file() {
        return Err(Message::PidFileInvalid.found(pid_file.display().to_string()));
    }
    if !lock::is_taken(pid_file) {
        return Ok(());
    }
    use std::os::unix::fs::MetadataExt;
    // One reading of /proc/locks can miss a holder (see lock::holds), and "locked by another server" is a serious claim.
    let holder = || lock::holders((meta.dev(), meta.ino())).into_iter().find_map(crate::system::process::stat);
    Err(match (0..3).find_map(|_| holder()) {
        Some(holder) => {
            Message::CouldNotStart.found(text::process_holds_the_lock_of(holder.name, holder.id.pid, pid_file.display()))
        }
        None => Message::LockedElsewhere.found(pid_file.display().to_string()),
    })
}

/// As [`check_lock`], and waits while another server has the lock: the cluster has made sure that Postfix does not run there, but
/// a file server keeps the locks of a dead client until their lease ends.
fn await_lock(job: &Job<'_>, file: &Path, last_try: Deadline) -> Result<(), Fault> {
    let mut is_first = true;
    loop {
        match check_lock(file) {
            Err(fault) if fault.message == Message::LockedElsewhere && !last_try.expired() => {
                if std::mem::take(&mut is_first) {
                    (job.log_line)(&text::waiting_until_the_lock_is_free(file.display()));
                }
            }
            other => return other,
        }
        std::thread::sleep(LOCK_INTERVAL.min(last_try.remaining()));
    }
}

/// Checks that no other program listens on an endpoint. Postfix would not notice: it sets SO_REUSEPORT.
fn check_ports(config: &Config, master: Option<&Stat>) -> Result<(), Fault> {
    for endpoint in &config.endpoints {
        if let Some(who) = health::port_conflict(endpoint, master) {
            return Err(Message::CouldNotStart.found(format!("{endpoint}: {who}")));
        }
    }
    Ok(())
}

/// Runs `postfix start`, which contains `postfix check`, on a terminal: it prints its reasons only there.
///
/// Where systemd is init, Debian 13's `postfix start` hands over to its systemd unit unless INVOCATION_ID is set.
fn run_postfix(job: &Job<'_>, config: &Config, log: &MailLog) -> Result<(), Fault> {
    let Job { instance, deadline, .. } = *job;
    let command = Command::new(instance.command("postfix")).arg("-c").arg(&instance.config_dir).arg("start").on_a_terminal();
    let finished = command.env("INVOCATION_ID", "0".repeat(32)).run(deadline).map_err(|error| {
        Message::CouldNotStart.found(match &error {
            CommandError::TimedOut { output, .. } if !output.contains(CHECKED) => text::postfix_check_is_still_checking(),
            _ => error.in_short(),
        })
    })?;
    if finished.status.success() {
        return Ok(());
    }
    let output = finished.output();
    let message = if output.contains("integrity check failed") { Message::CheckFailed } else { Message::CouldNotStart };
    let words = reason(&output).or_else(|| log.last_words("master", &[], deadline));
    let words = words.or_else(|| cannot_bind(instance, config, deadline));
    Err(message.found(words.unwrap_or_else(text::see_the_mail_log)))
}

/// The first service of master.cf that cannot listen, in the words of master(8). Postfix 3.10 logs none where maillog_file is set: its
/// master ends before postlogd(8) runs.
fn cannot_bind(instance: &Instance, config: &Config, deadline: Deadline) -> Option<String> {
    let services = config::services(instance, deadline).ok()?;
    let names = services.iter().filter_map(|(name, _)| name.strip_suffix("/inet"));
    let addresses = names.flat_map(|name| {
        let (host, port) = endpoint::split_service(name);
        let hosts: BTreeSet<IpAddr> = match host {
            Some(host) => host.trim_start_matches('[').trim_end_matches(']').parse().into_iter().collect(),
            None => config.endpoints.iter().map(|e| e.address.ip()).collect(),
        };
        let port = endpoint::port(port, "");
        hosts.into_iter().filter_map(move |host| Some(SocketAddr::new(host, port?)))
    });
    let refused = |a: SocketAddr| Some(format!("bind {} port {}: {}", a.ip(), a.port(), net::bind_refusal(a)?));
    addresses.into_iter().find_map(refused)
}

/// What `postfix start` prints after its check.
const CHECKED: &str = "starting the Postfix mail system";

/// Why `postfix start` failed, from its output: lines of "program: severity: text". Warnings are no reason, nor is the mere fact
/// that it failed (master(8) gives its reason in the mail log), nor what the check printed before it passed (Debian's names the files
/// that it copies into the chroot).
fn reason(output: &str) -> Option<String> {
    let empty = ["integrity check failed", "mail system startup failed", maillog::SEE_LOG];
    let lines: Vec<&str> = output.lines().filter(|l| !empty.iter().any(|words| l.contains(words))).collect();
    let words = |severity: &str| lines.iter().find_map(|l| l.split_once(severity)).map(|(_, words)| words.trim().to_owned());
    let is_other = |line: &&&str| !line.trim().is_empty() && !line.contains("warning: ") && !line.contains(CHECKED);
    let passed = lines.iter().position(|l| l.contains(CHECKED)).unwrap_or(0);
    let last = || lines[passed..].iter().rev().find(is_other).map(|l| l.trim().to_owned());
    words("fatal: ").or_else(|| words("panic: ")).or_else(|| words("error: ")).or_else(last)
}

/// What the configuration says of services that do not greet.
struct Services {
    /// The sockets without which smtpd(8) does not greet.
    sockets: Vec<PathBuf>,
    /// Under which names services log that have a syslog_name of their own, as Debian's submission.
    log_names: Vec<String>,
}

/// Waits for the endpoints of a master to greet.
struct Waiting<'a> {
    job: Job<'a>,
    master: &'a Stat,
    queue: &'a Path,
    log: &'a MailLog,
    /// After this a throttled service is not waited for, whatever made its daemon fail.
    half: Deadline,
    may_give_up: bool,
    logged: RefCell<String>,
    services: OnceCell<Services>,
    /// For how many seconds in a row no process has taken our connections.
    unserved: Cell<u32>,
    is_given_up: Cell<bool>,
}

impl<'a> Waiting<'a> {
    fn new(job: Job<'a>, master: &'a Stat, queue: &'a Path, log: &'a MailLog, may_give_up: bool) -> Waiting<'a> {
        let half = job.deadline.within(job.deadline.remaining() / 2);
        let (logged, services, unserved, is_given_up) = Default::default();
        Waiting { job, master, queue, log, half, may_give_up, logged, services, unserved, is_given_up }
    }

    fn log_once(&self, words: String) {
        if *self.logged.borrow() != words {
            (self.job.log_line)(&words);
            *self.logged.borrow_mut() = words;
        }
    }

    /// The last words of a dead daemon say more than that it did not answer.
    fn explain(&self, fault: Fault) -> Fault {
        let is_silent = fault.message == Message::SocketSilent;
        let programs = ["smtpd", "postscreen"].into_iter().filter(|_| is_silent);
        let names = self.services.get().map(|services| services.log_names.as_slice()).unwrap_or_default();
        let last_words = |program: &str| self.log.last_words(program, names, self.job.deadline);
        let mut words = programs.filter_map(|program| Some(format!("{program}: {}", last_words(program)?)));
        match words.next() {
            Some(words) => fault.because_of(words),
            None => fault,
        }
    }

    fn find_services(&self) -> Services {
        let values = config::everything(self.job.instance, self.job.deadline).unwrap_or_default();
        let named = socket::named_by(&values, &[]).into_iter().filter(|s| s.parameter.ends_with("smtpd_sasl_path"));
        let sockets = named.map(|s| self.queue.join(s.path)).collect();
        let is_own = |(name, _): &(String, String)| name.ends_with("/syslog_name");
        Services { sockets, log_names: values.into_iter().filter(is_own).map(|(_, name)| name).collect() }
    }

    /// Called every second while the endpoints `silent` of `all` have not answered; false when waiting for this master is useless.
    fn go_on(&self, silent: &[&Endpoint], all: &[Endpoint]) -> bool {
        if stat(self.master.id.pid).is_none_or(|now| now.id != self.master.id || !now.is_alive()) {
            return false;
        }
        let sockets = &self.services.get_or_init(|| self.find_services()).sockets;
        let absent = sockets.iter().find(|path| net::listens_at(path).is_err());
        let names = text::joined(silent);
        self.log_once(match absent {
            Some(path) => text::waiting_for_the_sasl_socket(names, path.display()),
            None => text::waiting_for_postfix_to_greet(names),
        });
        // A slow endpoint has a process that serves us.
        let is_unserved = silent.iter().any(|endpoint| health::serving(self.master, endpoint, all) == 0);
        self.unserved.set(if is_unserved { self.unserved.get() + 1 } else { 0 });
        let has_come = absent.is_none() && !sockets.is_empty();
        let is_pointless =
            self.unserved.get() >= THROTTLED_AFTER_SECONDS && (has_come || absent.is_none() && self.half.expired());
        self.is_given_up.set(self.may_give_up && is_pointless);
        !self.is_given_up.get() && !interrupt::has_come()
    }
}

/// Whether a fault may disappear within seconds.
fn may_pass(message: Message) -> bool {
    matches!(message, Message::SocketSilent | Message::QueueManager | Message::CheckFailed)
}

/// Checks at level 10 until Postfix serves, the deadline has passed, or the master has died.
fn await_greeting(memory: &mut Memory, endpoints: &[String], waiting: &Waiting<'_>) -> Checked {
    let Job { instance, deadline, log_line } = waiting.job;
    let mut pause = POLL_INTERVAL;
    loop {
        let go_on = |silent: &[&Endpoint], all: &[Endpoint]| waiting.go_on(silent, all);
        let request =
            CheckRequest { endpoints, meanwhile: Some(&go_on), ..CheckRequest::new(Depth::Greeting, deadline, log_line) };
        let fault = match health::check(instance, memory, &request) {
            Verdict::Healthy => return Ok(None),
            Verdict::Degraded(fault) => return Ok(Some(fault)),
            Verdict::Stopped(_) => {
                let why = waiting.log.last_words("master", &[], deadline);
                return Err(Message::CouldNotStart.found(why.unwrap_or_else(text::master_has_ended)));
            }
            Verdict::Failed(fault) => fault,
        };
        // A check without time left would only report that.
        let is_late = deadline.remaining() < pause * 2 || waiting.is_given_up.get() || interrupt::has_come();
        if is_late || !may_pass(fault.message) || process::remembered_master(memory).is_none() {
            return Err(waiting.explain(fault));
        }
        waiting.log_once(text::waiting(&fault));
        // Every check makes connections and writes lines to the mail log.
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_never_a_warning() {
        let deprecated = "postfix: warning: support for parameter \"smtpd_use_tls\" will be removed\n";
        let link = "postfix/postfix-script: warning: symlink leaves directory: /etc/postfix/./cert.pem\n";
        let begun = "postfix/postfix-script: starting the Postfix mail system\n";
        let failed = "postfix/postfix-script: fatal: mail system startup failed\n";
        assert_eq!(reason(&format!("{deprecated}{link}{begun}{failed}")), None);
        let copied = "updating /etc/nsswitch.conf => /srv/mail/queue//etc/nsswitch.conf\n";
        assert_eq!(reason(&format!("{copied}{begun}{failed}")), None);
        let fatal = "postsuper: fatal: scan_dir_push: open directory hold: Permission denied\n";
        let check = "postfix/postfix-script: fatal: Postfix integrity check failed!\n";
        let found = reason(&format!("{deprecated}{fatal}{check}"));
        assert_eq!(found.as_deref(), Some("scan_dir_push: open directory hold: Permission denied"));
        assert_eq!(
            reason(&format!("{link}mkdir: cannot create directory 'x'\n{check}")).as_deref(),
            Some("mkdir: cannot create directory 'x'")
        );
    }
}
