//! Layer 3: is it serving?
//!
//! Level 0 looks at the process, its lock, the queue's file system and the listening sockets; it starts
//! no process and makes no connection as long as the configuration does not change. Level 10 also asks
//! every endpoint for its greeting, level 20 for a transaction that injects nothing ([`smtp`]).
//! The answer is a [`Verdict`]; what it means to Pacemaker is not known here.

mod answers;
pub mod smtp;
mod sockets;
pub mod tls;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::answers::{ReloadReason, reload_due, serving};
use self::sockets::{covers, listening};
pub use self::sockets::{missing_address, missing_interface, missing_of, port_conflict};
use crate::postfix::Instance;
use crate::postfix::config::{self, Config};
use crate::postfix::endpoint::Endpoint;
use crate::postfix::fault::{Checked, Fault, Message, Verdict};
use crate::postfix::memory::{Master, Memory};
use crate::postfix::process::{self, Role};
use crate::postfix::queue;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::system::frozen;
use crate::system::lock;
use crate::system::mount;
use crate::system::net;
use crate::system::process::{Stat, children, stat, working_directory, working_directory_path};
use crate::text;

/// How long a queue manager that ended may take to come back while mail waits.
const QMGR_RESTART_TIMEOUT: Duration = Duration::from_secs(1);

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Processes, locks, file system, sockets.
    Process,
    /// Also the greeting of every endpoint.
    Greeting,
    /// Also MAIL FROM and RCPT TO.
    Transaction,
}

/// Called every second with the endpoints that have not answered, and all of the instance; returns whether to keep waiting.
pub type Meanwhile<'a> = &'a dyn Fn(&[&Endpoint], &[Endpoint]) -> bool;

/// What a check of an instance looks at, and how long it may take.
pub struct CheckRequest<'a> {
    pub depth: Depth,
    pub deadline: Deadline,
    /// Called with each line for the log.
    pub log_line: &'a dyn Fn(&str),
    /// The services whose endpoints are checked; empty: all.
    pub endpoints: &'a [String],
    pub meanwhile: Option<Meanwhile<'a>>,
    /// How long an address that is missing may take to come back.
    pub address_wait: Duration,
}

impl<'a> CheckRequest<'a> {
    pub fn new(depth: Depth, deadline: Deadline, log_line: &'a dyn Fn(&str)) -> CheckRequest<'a> {
        CheckRequest { depth, deadline, log_line, endpoints: &[], meanwhile: None, address_wait: Duration::ZERO }
    }
}

/// Whether anything of the instance runs, for a probe; not whether it serves.
pub fn is_present(instance: &Instance, memory: &Memory) -> bool {
    process::remembered_master(memory).is_some()
        || process::members(instance, memory).iter().any(|member| member.role != Role::Command)
}

/// Whether every access of level 0 to storage will return at once, as far as this can be found without a risk: all paths are on local
/// file systems, and the queue's accepts a write now. `also`: another path that will be used.
pub fn storage_answers(instance: &Instance, memory: &Memory, also: Option<&Path>) -> bool {
    let Some(known) = memory.master.as_ref().filter(|_| process::remembered_master(memory).is_some()) else { return false };
    let mounts = mount::all();
    let directories = [&instance.config_dir, &instance.binary_dir, &known.queue].into_iter().chain(&instance.queue_dir);
    // A file may be a link to other storage.
    let files = [instance.main_cf(), instance.master_cf(), instance.command("postfix"), instance.command("postconf")];
    let paths: Vec<&Path> = directories.chain(&files).map(PathBuf::as_path).chain(also).collect();
    mount::are_local(&paths, &mounts)
        && process::pid_file(memory, instance).is_some_and(|pid_file| frozen::lets_write(&pid_file).is_ok())
}

/// Whether the instance may run by evidence other than the process table: a remembered master that has not been seen to end, or
/// the lock of its pid file, which the master holds while it lives.
pub fn leaves_traces(instance: &Instance, memory: &Memory) -> bool {
    memory.master.is_some() || process::pid_file(memory, instance).is_some_and(|pid_file| lock::is_taken(&pid_file))
}

/// The master: the remembered one if it lives, else the one that a process scan finds.
pub fn find_master(instance: &Instance, memory: &Memory) -> Option<Stat> {
    process::remembered_master(memory).or_else(|| {
        let members = process::members(instance, memory);
        members.into_iter().find(|member| member.role == Role::Master).map(|member| member.stat)
    })
}

/// Checks the instance.
///
/// An endpoint that accepts connections and sends nothing during the whole check is degraded; after two such checks in a row it
/// has failed, and at once when the master runs neither an smtpd nor a postscreen.
pub fn check(instance: &Instance, memory: &mut Memory, request: &CheckRequest<'_>) -> Verdict {
    let remembered = process::remembered_master(memory);
    let members = if remembered.is_some() { Vec::new() } else { process::members(instance, memory) };
    let found = || members.iter().find(|member| member.role == Role::Master).map(|member| member.stat.clone());
    let Some(master) = remembered.or_else(found) else {
        let left: Vec<String> = members.iter().filter(|m| m.role != Role::Command).map(|m| m.to_string()).collect();
        return match left.first() {
            None => Verdict::Stopped(None),
            Some(first) => Verdict::Failed(Message::MasterNotRunning.found(text::process_is_still_running(first, left.len()))),
        };
    };
    match examine(instance, memory, &master, request) {
        // The master may have ended during the check: then report that.
        Err(_) if process::remembered_master(memory).is_none() => {
            Verdict::Failed(Message::MasterNotRunning.found(text::it_has_just_exited()))
        }
        result => result.into(),
    }
}

/// What the fault of a check means for the instance.
enum Severity {
    Failed,
    Degraded,
}

/// A check. The severity in [`CHECKS`] is that of its error; what it returns otherwise is a degradation.
type Check = fn(&mut View<'_>) -> Checked;

/// The checks in their order. The first failure ends the sequence; of the degradations the first is reported.
const CHECKS: &[(Severity, Check)] = &[
    (Severity::Failed, daemons_can_read_main_cf),
    (Severity::Degraded, configuration_is_readable),
    // A start has to know this, whatever else is degraded.
    (Severity::Degraded, queue_is_the_configured_one),
    (Severity::Degraded, names_are_resolved),
    (Severity::Degraded, commands_are_there),
    (Severity::Failed, queue_is_the_one_of_the_master),
    (Severity::Degraded, pid_file_is_locked),
    (Severity::Degraded, space_is_left),
    (Severity::Degraded, maildrop_has_its_group),
    (Severity::Failed, check_workers),
    (Severity::Failed, sockets_listen),
    (Severity::Failed, endpoints_answer),
];

/// The input of the checks, and the results that later checks need.
struct View<'a> {
    instance: &'a Instance,
    memory: &'a mut Memory,
    master: &'a Stat,
    request: &'a CheckRequest<'a>,
    config: Result<Config, Fault>,
    /// Set when main.cf names another queue than the master's.
    queue_mismatch: Option<Fault>,
    /// The endpoints that must answer.
    demanded: Vec<Endpoint>,
}

fn examine(instance: &Instance, memory: &mut Memory, master: &Stat, request: &CheckRequest<'_>) -> Checked {
    if master.is_stopped() {
        record_master(instance, memory, master);
        return Err(Message::MasterStopped.found(text::process_is_in_state_t(master.id.pid)));
    }
    if request.depth >= Depth::Greeting {
        memory.doubt();
    }
    // Leave time to check the endpoints, whatever this takes: Postfix itself waits two seconds before it reads a file that has just
    // been edited.
    let config = memory.config(request.deadline.within(request.deadline.remaining() / 2));
    record_master(instance, memory, master);
    let mut view = View { instance, memory, master, request, config, queue_mismatch: None, demanded: Vec::new() };
    let mut degraded = None;
    for (severity, check) in CHECKS {
        match (check(&mut view), severity) {
            (Err(fault), Severity::Failed) => return Err(fault),
            (Err(fault), Severity::Degraded) | (Ok(Some(fault)), _) => drop(degraded.get_or_insert(fault)),
            (Ok(None), _) => {}
        }
    }
    Ok(degraded)
}

/// Without a readable main.cf no new daemon can start.
fn daemons_can_read_main_cf(view: &mut View<'_>) -> Checked {
    let Err(fault) = &view.config else { return Ok(None) };
    if view.request.depth < Depth::Greeting {
        return Ok(None);
    }
    if fault.message == Message::ConfigUnreadable {
        return Err(fault.clone());
    }
    // The commands may be gone too, and were asked for first.
    let gone = if view.instance.main_cf().is_file() { None } else { view.instance.missing_config() };
    gone.map_or(Ok(None), Err)
}

/// Without master.cf or the commands, mail flows as before.
fn configuration_is_readable(view: &mut View<'_>) -> Checked {
    view.config.as_ref().map(|_| None).map_err(Fault::clone)
}

fn names_are_resolved(view: &mut View<'_>) -> Checked {
    match view.config.as_ref().ok().and_then(|config| config.unresolved.first()) {
        Some(value) => Err(Message::BadInterface.found(text::new_daemons_cannot_start(format_args!("\"{value}\"")))),
        None => Ok(None),
    }
}

fn commands_are_there(view: &mut View<'_>) -> Checked {
    view.instance.missing_command().map_or(Ok(None), Err)
}

fn queue_is_the_configured_one(view: &mut View<'_>) -> Checked {
    let (Ok(config), Some(known)) = (&view.config, &view.memory.master) else { return Ok(None) };
    let agreed = queue::agree(&known.queue, &known.queue, config);
    view.queue_mismatch = agreed.as_ref().err().cloned();
    agreed.map(|()| None)
}

fn sockets_listen(view: &mut View<'_>) -> Checked {
    let degraded;
    (view.demanded, degraded) = sockets::check_sockets(view.memory, view.master, view.config.as_ref().ok(), view.request)?;
    Ok(degraded)
}

fn endpoints_answer(view: &mut View<'_>) -> Checked {
    if view.request.depth < Depth::Greeting {
        return Ok(None);
    }
    let answered = answers::check_answers(view.memory, view.master, &view.demanded, view.request);
    // New daemons use the other queue, where no master is: that is why they do not answer.
    answered.map_err(|fault| view.queue_mismatch.take().unwrap_or(fault))
}

/// Stores `master` in the memory, if it is not the remembered one.
///
/// A master that the agent did not start is compared with the configuration when that is older than its pid file, else
/// with the sockets that it has now.
pub fn record_master(instance: &Instance, memory: &mut Memory, master: &Stat) {
    if memory.master.as_ref().is_some_and(|m| m.id == master.id) {
        return;
    }
    let configured = process::queue(memory, instance).and_then(|queue| file::resolve(&queue).ok());
    // If /proc does not show its working directory, take the queue in which it was found.
    let here = || configured.as_deref().and_then(file::identity);
    let Some((device, inode)) = working_directory(master.id.pid).ok().or_else(here) else { return };
    let path = working_directory_path(master.id.pid).unwrap_or_default();
    // After a lazy unmount the path in /proc is not valid.
    let queue: PathBuf = if file::identity(&path) == Some((device, inode)) { path } else { configured.unwrap_or(path) };
    let pid_file = config::pid_file(&queue, memory.last_config());
    // rsync and cp -p set an older modification time, so check the change time as well.
    let modified = |path: PathBuf| {
        let meta = fs::metadata(path).ok()?;
        Some((meta.mtime(), meta.mtime_nsec()).max((meta.ctime(), meta.ctime_nsec())))
    };
    let started = fs::metadata(pid_file).ok().map(|m| (m.mtime(), m.mtime_nsec()));
    let as_configured = [instance.main_cf(), instance.master_cf()].into_iter().all(|file| modified(file) < started);
    let config = memory.last_config();
    let configured = config.map(|c| c.endpoints.clone()).unwrap_or_default();
    let endpoints = match (as_configured, listening(master)) {
        (false, Ok((ours, _))) => configured.into_iter().filter(|e| ours.iter().any(|l| covers(l, e))).collect(),
        _ => configured,
    };
    let other_interfaces = config.filter(|_| as_configured).map(|c| c.other_interfaces.clone()).unwrap_or_default();
    memory.master = Some(Master { id: master.id, queue, device, inode, endpoints, other_interfaces, ..Master::default() });
    memory.reload_due_logged = false;
}

/// Stores a master that has just been started with `config` on `queue`.
pub fn record_started_master(memory: &mut Memory, master: &Stat, queue: PathBuf, config: &Config) {
    let (device, inode) = file::identity(&queue).unwrap_or_default();
    let endpoints = config.endpoints.clone();
    // It counts as started only when it answers, so the first silence is a failure already.
    let unheard = endpoints.iter().map(|e| e.address).collect();
    let other_interfaces = config.other_interfaces.clone();
    memory.master =
        Some(Master { id: master.id, queue, device, inode, endpoints, other_interfaces, unheard, ..Master::default() });
    memory.reload_due_logged = false;
}

/// Checks that the queue at its path is the master's working directory, and writable.
fn queue_is_the_one_of_the_master(view: &mut View<'_>) -> Checked {
    let View { memory, master, .. } = view;
    let Some(known) = &memory.master else { return Ok(None) };
    let shown = known.queue.display();
    let here = file::identity(&known.queue);
    // If /proc does not show its working directory, use the remembered one.
    let there = working_directory(master.id.pid).unwrap_or((known.device, known.inode));
    if here.is_none() {
        // What cannot be read (an XFS that was shut down) is not gone.
        queue::check_writable(&known.queue)?;
    }
    if here != Some(there) {
        return Err(Message::QueueLost.found(match here {
            None => text::path_does_not_exist(shown),
            Some(_) => text::path_is_another_directory_now(shown),
        }));
    }
    queue::check_writable(&known.queue)?;
    queue::check_whole(&known.queue)?;
    Ok(None)
}

fn pid_file_is_locked(view: &mut View<'_>) -> Checked {
    let View { instance, memory, master, .. } = view;
    let pid_file = process::pid_file(memory, instance).filter(|_| memory.last_config().is_some());
    if let (Some(pid_file), Some(known)) = (pid_file, &mut memory.master)
        && !process::holds_lock(master.id.pid, &pid_file, &mut known.lock)
    {
        return Err(Message::PidFileLost.found(text::pid_file_and_master(pid_file.display(), master.id.pid)));
    }
    Ok(None)
}

fn space_is_left(view: &mut View<'_>) -> Checked {
    let (Some(known), Some(config)) = (&view.memory.master, view.memory.last_config()) else { return Ok(None) };
    queue::check_space(&known.queue, config.minimum_free).map(|()| None)
}

/// Concerns only sendmail(1) submissions: not urgent, so level 10 checks it.
fn maildrop_has_its_group(view: &mut View<'_>) -> Checked {
    let (Some(known), Some(config)) = (&view.memory.master, view.memory.last_config()) else { return Ok(None) };
    if view.request.depth < Depth::Greeting {
        return Ok(None);
    }
    queue::check_group(&known.queue, config, view.request.deadline).map(|()| None)
}

/// Where the master has more children than this, only the remembered ones are checked.
const MAX_CHILDREN_SCANNED: usize = 32;

fn manages_queue(stat: &Stat) -> bool {
    matches!(stat.name.as_str(), "qmgr" | "oqmgr" | "nqmgr")
}

/// Whether it is qmgr or pickup: the master always runs one of each.
pub fn is_qmgr_or_pickup(stat: &Stat) -> bool {
    manages_queue(stat) || stat.name == "pickup"
}

/// The other daemons that every message passes through.
const SHARED_DAEMONS: [&str; 3] = ["trivial-rewrite", "proxymap", "cleanup"];

/// Checks that qmgr and pickup are not stopped, that qmgr runs when mail waits, and that of each daemon that every message passes
/// through not all processes are stopped.
fn check_workers(View { memory, master, request, .. }: &mut View<'_>) -> Checked {
    let minimum_free = memory.last_config().map(|config| config.minimum_free);
    let Some(known) = &mut memory.master else { return Ok(None) };
    let is_worker = |s: &Stat| {
        s.is_alive() && s.parent == master.id.pid && (is_qmgr_or_pickup(s) || SHARED_DAEMONS.contains(&s.name.as_str()))
    };
    let remembered =
        || known.workers.iter().filter_map(|id| stat(id.pid).filter(|s| s.id == *id && is_worker(s))).collect::<Vec<_>>();
    let all = children(master.id.pid);
    let search_in = |pids: Vec<i32>| pids.into_iter().filter_map(stat).filter(is_worker).collect::<Vec<_>>();
    let search = || search_in(children(master.id.pid));
    let mut workers =
        if all.len() <= MAX_CHILDREN_SCANNED || request.depth >= Depth::Greeting { search_in(all) } else { remembered() };
    if workers.iter().filter(|s| is_qmgr_or_pickup(s)).count() < 2 {
        workers = search();
    }
    // qmgr exits when its file system is full, and the master starts it again: a restart or another node would not help.
    let is_full = || minimum_free.is_some_and(|minimum| queue::check_space(&known.queue, minimum).is_err());
    if !workers.iter().any(manages_queue) && queue::mail_waits(&known.queue) && !is_full() {
        let back = request.deadline.within(QMGR_RESTART_TIMEOUT).poll(Duration::from_millis(50), || {
            workers = search();
            (workers.iter().any(manages_queue) || !queue::mail_waits(&known.queue)).then_some(())
        });
        if back.is_none() {
            return Err(Message::QueueManager.found(text::qmgr_is_not_running()));
        }
    }
    known.workers = workers.iter().map(|s| s.id).take(2 * MAX_CHILDREN_SCANNED).collect();
    if let Some(s) = workers.iter().find(|s| is_qmgr_or_pickup(s) && s.is_stopped()) {
        return Err(Message::QueueManager.found(text::process_is_stopped_by_a_signal(&s.name, s.id.pid)));
    }
    if workers.iter().any(Stat::is_stopped) { check_shared_daemons(&search()) } else { Ok(None) }
}

/// The master starts no other process while it believes one to be idle: when all are stopped, no mail is served.
fn check_shared_daemons(workers: &[Stat]) -> Checked {
    for name in SHARED_DAEMONS {
        let all: Vec<&Stat> = workers.iter().filter(|s| s.name == name).collect();
        // One cleanup process serves one client: for the next client the master starts another one.
        let is_busy = |s: &Stat| name == "cleanup" && net::serves_local_client(s.id.pid);
        if let Some(first) = all.first().filter(|_| all.iter().all(|s| s.is_stopped() && !is_busy(s))) {
            return Err(Message::WorkerStopped.found(text::process_is_stopped_by_a_signal(name, first.id.pid)));
        }
    }
    Ok(None)
}
