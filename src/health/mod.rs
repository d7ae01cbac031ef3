//! Floor 2: is it serving?
//!
//! Level 0 looks at the process, its lock, the queue's file system and the listening sockets; it starts
//! no process and makes no connection as long as the configuration does not change. Level 10 also asks
//! every endpoint for its greeting, level 20 for a transaction that injects nothing ([`smtp`]).
//! The answer is a [`Verdict`]; what it means to Pacemaker is not known here.

pub mod smtp;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::smtp::{Heard, Meanwhile, Trouble};
use self::tls::Validity;
use crate::postfix::Instance;
use crate::postfix::config::Config;
use crate::postfix::endpoint::{self, Endpoint};
use crate::postfix::fault::{Fault, Message, Verdict};
use crate::postfix::memory::{Certificate, Master, Memory};
use crate::postfix::process::{self, Role};
use crate::postfix::queue;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::system::frozen;
use crate::system::lock;
use crate::system::mount;
use crate::system::net::{self, Socket};
use crate::system::process::{Stat, children, is_outdated, stat, working_directory};
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

/// A look at an instance.
pub struct Look<'a> {
    pub depth: Depth,
    pub deadline: Deadline,
    /// Called with each line for the log.
    pub log_line: &'a dyn Fn(&str),
    /// The services whose endpoints are checked; empty: all.
    pub endpoints: &'a [String],
    /// Called every second while endpoints have not answered.
    pub meanwhile: Option<Meanwhile<'a>>,
}

impl<'a> Look<'a> {
    pub fn new(depth: Depth, deadline: Deadline, log_line: &'a dyn Fn(&str)) -> Look<'a> {
        Look { depth, deadline, log_line, endpoints: &[], meanwhile: None }
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
    let ways: Vec<&Path> = directories.chain(&files).map(PathBuf::as_path).chain(also).collect();
    mount::are_local(&ways, &mounts)
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
/// has failed, and at once when the master runs no process for it.
pub fn check(instance: &Instance, memory: &mut Memory, look: &Look<'_>) -> Verdict {
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
    match examine(instance, memory, &master, look) {
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

/// A check; its error is the fault that it finds.
type Check = fn(&mut View<'_>) -> Result<(), Fault>;

/// The checks in their order. The first failure ends the sequence; of the degradations the first is reported.
const CHECKS: &[(Severity, Check)] = &[
    (Severity::Failed, daemons_can_read_main_cf),
    (Severity::Degraded, configuration_is_readable),
    (Severity::Degraded, names_are_resolved),
    (Severity::Degraded, commands_are_there),
    (Severity::Failed, queue_is_the_one_of_the_master),
    (Severity::Degraded, lock_and_space),
    (Severity::Degraded, queue_is_the_configured_one),
    (Severity::Failed, workers_work),
    (Severity::Failed, sockets_listen),
    (Severity::Degraded, nothing_is_remarked),
    (Severity::Failed, endpoints_answer),
    (Severity::Degraded, nothing_is_remarked),
];

/// The input of the checks, and the results that later checks need.
struct View<'a> {
    instance: &'a Instance,
    memory: &'a mut Memory,
    master: &'a Stat,
    look: &'a Look<'a>,
    config: Result<Config, Fault>,
    /// Set when main.cf names another queue than the master's.
    disagreement: Option<Fault>,
    /// The endpoints that must answer.
    demanded: Vec<Endpoint>,
    /// A degradation that an earlier check has found.
    remark: Option<Fault>,
}

/// Err is failed, Ok(Some) degraded.
fn examine(instance: &Instance, memory: &mut Memory, master: &Stat, look: &Look<'_>) -> Result<Option<Fault>, Fault> {
    if master.is_stopped() {
        remember(instance, memory, master);
        return Err(Message::MasterStopped.found(text::process_is_in_state_t(master.id.pid)));
    }
    // Leave time to check the endpoints, whatever this takes: Postfix itself waits two seconds before it reads a file that has just
    // been edited.
    let config = memory.config(look.deadline.within(look.deadline.remaining() / 2));
    remember(instance, memory, master);
    let mut view = View { instance, memory, master, look, config, disagreement: None, demanded: Vec::new(), remark: None };
    let mut degraded = None;
    for (severity, check) in CHECKS {
        match (check(&mut view), severity) {
            (Err(fault), Severity::Failed) => return Err(fault),
            (Err(fault), Severity::Degraded) => drop(degraded.get_or_insert(fault)),
            (Ok(()), _) => {}
        }
    }
    Ok(degraded)
}

/// Without a readable main.cf no new daemon can start.
fn daemons_can_read_main_cf(view: &mut View<'_>) -> Result<(), Fault> {
    let Err(fault) = &view.config else { return Ok(()) };
    let is_fatal = fault.message == Message::ConfigUnreadable || !view.instance.main_cf().is_file();
    let is_failure = view.look.depth >= Depth::Greeting && is_fatal && fault.message != Message::NotExecutable;
    if is_failure { Err(fault.clone()) } else { Ok(()) }
}

/// Without master.cf or the commands, mail flows as before.
fn configuration_is_readable(view: &mut View<'_>) -> Result<(), Fault> {
    view.config.as_ref().map(drop).map_err(Fault::clone)
}

fn names_are_resolved(view: &mut View<'_>) -> Result<(), Fault> {
    match view.config.as_ref().ok().and_then(|config| config.unresolved.first()) {
        Some(value) => Err(Message::BadInterface.found(text::new_daemons_cannot_start(format_args!("\"{value}\"")))),
        None => Ok(()),
    }
}

fn commands_are_there(view: &mut View<'_>) -> Result<(), Fault> {
    view.instance.missing_command().map_or(Ok(()), Err)
}

fn queue_is_the_configured_one(view: &mut View<'_>) -> Result<(), Fault> {
    let (Ok(config), Some(known)) = (&view.config, &view.memory.master) else { return Ok(()) };
    let agreed = queue::agree(&known.queue, &known.queue, config);
    view.disagreement = agreed.as_ref().err().cloned();
    agreed
}

fn workers_work(view: &mut View<'_>) -> Result<(), Fault> {
    check_workers(view.memory, view.master, view.look)
}

fn sockets_listen(view: &mut View<'_>) -> Result<(), Fault> {
    (view.demanded, view.remark) = check_sockets(view.memory, view.master, view.config.as_ref().ok(), view.look)?;
    Ok(())
}

fn endpoints_answer(view: &mut View<'_>) -> Result<(), Fault> {
    if view.look.depth >= Depth::Greeting {
        let answered = converse(view.memory, view.master, &view.demanded, view.look);
        // New daemons use the other queue, where no master is: that is why they do not answer.
        view.remark = answered.map_err(|fault| view.disagreement.take().unwrap_or(fault))?;
    }
    Ok(())
}

fn nothing_is_remarked(view: &mut View<'_>) -> Result<(), Fault> {
    view.remark.take().map_or(Ok(()), Err)
}

/// Stores `master` in the memory, if it is not the remembered one.
///
/// A master that the agent did not start is compared with the configuration when that is older than its pid file, else
/// with the sockets that it has now.
pub fn remember(instance: &Instance, memory: &mut Memory, master: &Stat) {
    if memory.master.as_ref().is_some_and(|m| m.id == master.id) {
        return;
    }
    let configured = process::queue(memory, instance).and_then(|queue| file::resolve(&queue).ok());
    // If /proc does not show its working directory, take the queue in which it was found.
    let here = || configured.as_deref().and_then(file::identity);
    let Some((device, inode)) = working_directory(master.id.pid).ok().or_else(here) else { return };
    let path = fs::read_link(format!("/proc/{}/cwd", master.id.pid)).unwrap_or_default();
    // After a lazy unmount the path in /proc is not valid.
    let queue: PathBuf = if file::identity(&path) == Some((device, inode)) { path } else { configured.unwrap_or(path) };
    let pid_file = queue.join(memory.last_config().map_or("pid".into(), |c| c.process_id_directory.clone())).join("master.pid");
    // rsync and cp -p set an older modification time, so check the change time as well.
    let modified = |path: PathBuf| {
        let meta = fs::metadata(path).ok()?;
        Some((meta.mtime(), meta.mtime_nsec()).max((meta.ctime(), meta.ctime_nsec())))
    };
    let started = fs::metadata(pid_file).ok().map(|m| (m.mtime(), m.mtime_nsec()));
    let as_configured = [instance.main_cf(), instance.master_cf()].into_iter().all(|file| modified(file) < started);
    let configured = memory.last_config().map(|c| c.endpoints.clone()).unwrap_or_default();
    let endpoints = match (as_configured, listening(master)) {
        (false, Ok((ours, _))) => configured.into_iter().filter(|e| ours.iter().any(|l| covers(l, e))).collect(),
        _ => configured,
    };
    memory.master = Some(Master { queue, device, inode, endpoints, ..Master::new(master.id) });
    memory.reload_due_logged = false;
}

/// Stores a master that has just been started with `config` on `queue`.
pub fn remember_started(memory: &mut Memory, master: &Stat, queue: PathBuf, config: &Config) {
    let (device, inode) = file::identity(&queue).unwrap_or_default();
    let endpoints = config.endpoints.clone();
    // It counts as started only when it answers, so the first silence is a failure already.
    let unheard = endpoints.iter().map(|e| e.address).collect();
    memory.master = Some(Master { queue, device, inode, endpoints, unheard, ..Master::new(master.id) });
    memory.reload_due_logged = false;
}

/// Checks that the queue at its path is the master's working directory, and writable.
fn queue_is_the_one_of_the_master(view: &mut View<'_>) -> Result<(), Fault> {
    let View { instance, memory, master, .. } = view;
    let Some(known) = &memory.master else { return Ok(()) };
    let shown = known.queue.display();
    let here = file::identity(&known.queue);
    // If /proc does not show its working directory, use the remembered one.
    let there = working_directory(master.id.pid).unwrap_or((known.device, known.inode));
    if here != Some(there) {
        return Err(Message::QueueLost.found(match here {
            None => text::path_does_not_exist(shown),
            Some(_) => text::path_is_another_directory_now(shown),
        }));
    }
    queue::check_writable(&known.queue)?;
    queue::check_whole(&known.queue)?;
    process::pid_file(memory, instance).map_or(Ok(()), |pid_file| queue::check_by_writing(&pid_file))
}

/// Checks of the queue that only degrade.
fn lock_and_space(view: &mut View<'_>) -> Result<(), Fault> {
    let View { instance, memory, master, look, .. } = view;
    let pid_file = process::pid_file(memory, instance).filter(|_| memory.last_config().is_some());
    if let (Some(pid_file), Some(known)) = (pid_file, &mut memory.master)
        && !process::holds_lock(master.id.pid, &pid_file, &mut known.lock)
    {
        return Err(Message::PidFileLost.found(text::pid_file_and_master(pid_file.display(), master.id.pid)));
    }
    let (Some(known), Some(config)) = (&memory.master, memory.last_config()) else { return Ok(()) };
    queue::check_space(&known.queue, config.minimum_free)?;
    // Concerns only sendmail(1) submissions: not urgent, so level 10 checks it.
    if look.depth >= Depth::Greeting { queue::check_group(&known.queue, config, look.deadline) } else { Ok(()) }
}

/// How many processes of the master are checked each time; of more, only the remembered ones.
const MAX_CHILDREN_SCANNED: usize = 32;

fn manages_queue(stat: &Stat) -> bool {
    matches!(stat.name.as_str(), "qmgr" | "oqmgr" | "nqmgr")
}

/// Whether it is qmgr or pickup: the master always runs one of each.
pub fn is_single(stat: &Stat) -> bool {
    manages_queue(stat) || stat.name == "pickup"
}

/// The other daemons that every message passes.
const SHARED_DAEMONS: [&str; 3] = ["trivial-rewrite", "proxymap", "cleanup"];

/// Checks that qmgr and pickup are not stopped, that qmgr runs when mail waits, and that of each daemon that every message passes not
/// all processes are stopped.
fn check_workers(memory: &mut Memory, master: &Stat, look: &Look<'_>) -> Result<(), Fault> {
    let minimum_free = memory.last_config().map(|config| config.minimum_free);
    let Some(known) = &mut memory.master else { return Ok(()) };
    let is_worker =
        |s: &Stat| s.is_alive() && s.parent == master.id.pid && (is_single(s) || SHARED_DAEMONS.contains(&s.name.as_str()));
    let remembered =
        || known.workers.iter().filter_map(|id| stat(id.pid).filter(|s| s.id == *id && is_worker(s))).collect::<Vec<_>>();
    let all = children(master.id.pid);
    let search_in = |pids: Vec<i32>| pids.into_iter().filter_map(stat).filter(is_worker).collect::<Vec<_>>();
    let search = || search_in(children(master.id.pid));
    let mut workers =
        if all.len() <= MAX_CHILDREN_SCANNED || look.depth >= Depth::Greeting { search_in(all) } else { remembered() };
    if workers.iter().filter(|s| is_single(s)).count() < 2 {
        workers = search();
    }
    // qmgr exits when its file system is full, and the master starts it again: a restart or another node would not help.
    let is_full = || minimum_free.is_some_and(|minimum| queue::check_space(&known.queue, minimum).is_err());
    if !workers.iter().any(manages_queue) && queue::mail_waits(&known.queue) && !is_full() {
        let back = look.deadline.within(QMGR_RESTART_TIMEOUT).poll(Duration::from_millis(50), || {
            workers = search();
            (workers.iter().any(manages_queue) || !queue::mail_waits(&known.queue)).then_some(())
        });
        if back.is_none() {
            return Err(Message::QueueManager.found(text::qmgr_is_not_running()));
        }
    }
    known.workers = workers.iter().map(|s| s.id).take(2 * MAX_CHILDREN_SCANNED).collect();
    if let Some(s) = workers.iter().find(|s| is_single(s) && s.is_stopped()) {
        return Err(Message::QueueManager.found(text::process_is_stopped_by_a_signal(&s.name, s.id.pid)));
    }
    if workers.iter().any(Stat::is_stopped) { check_shared_daemons(&search()) } else { Ok(()) }
}

/// The master starts no other process while it believes one to be idle: when all are stopped, no mail is served.
fn check_shared_daemons(workers: &[Stat]) -> Result<(), Fault> {
    for name in SHARED_DAEMONS {
        let all: Vec<&Stat> = workers.iter().filter(|s| s.name == name).collect();
        // One cleanup process serves one client: for the next client the master starts another one.
        let is_busy = |s: &Stat| name == "cleanup" && net::serves_local_client(s.id.pid);
        if let Some(first) = all.first().filter(|_| all.iter().all(|s| s.is_stopped() && !is_busy(s))) {
            return Err(Message::WorkerStopped.found(text::process_is_stopped_by_a_signal(name, first.id.pid)));
        }
    }
    Ok(())
}

/// The listening sockets of the master, and those of other programs.
fn listening(master: &Stat) -> std::io::Result<(Vec<Socket>, Vec<Socket>)> {
    let all = net::listeners()?;
    match net::socket_descriptors(master.id.pid) {
        Ok(ours) => Ok(all.into_iter().partition(|l| ours.contains_key(&l.inode))),
        // Their owner cannot be found out then: take them for the master's.
        Err(_) => Ok((all, Vec::new())),
    }
}

/// As [`listening`], for the ports of `endpoints` only.
///
/// `sockets`: the master's descriptor of each socket, as last seen. All its descriptors, a hundred and more, are only read when a
/// socket is not where it was.
fn listening_on(
    endpoints: &[&Endpoint],
    master: &Stat,
    sockets: &mut BTreeMap<u64, i32>,
) -> std::io::Result<(Vec<Socket>, Vec<Socket>)> {
    let pid = master.id.pid;
    let all = net::listeners_on(&endpoints.iter().map(|e| e.address).collect::<Vec<_>>())?;
    let is_there = |l: &Socket| sockets.get(&l.inode).is_some_and(|number| net::has_socket(pid, *number, l.inode));
    if all.iter().all(is_there) {
        return Ok((all, Vec::new()));
    }
    let Ok(found) = net::socket_descriptors(pid) else { return Ok((all, Vec::new())) };
    let (ours, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|l| found.contains_key(&l.inode));
    *sockets = ours.iter().filter_map(|l| Some((l.inode, *found.get(&l.inode)?))).collect();
    Ok((ours, others))
}

/// Whether this listener accepts connections to the endpoint's address.
fn covers(listener: &Socket, endpoint: &Endpoint) -> bool {
    let (l, e) = (listener.address, endpoint.address);
    l.port() == e.port() && (l.ip() == e.ip() || l.ip().is_unspecified() && l.is_ipv4() == e.is_ipv4())
}

/// The listeners that would take connections of `endpoint` away from a master that owns `ours`:
/// equally close to the address or closer.
fn rivals<'a>(endpoint: &'a Endpoint, ours: &'a [Socket], others: &'a [Socket]) -> impl Iterator<Item = &'a Socket> {
    let exact = |l: &Socket| l.address.ip() == endpoint.address.ip();
    let ours_exact = ours.iter().any(|l| covers(l, endpoint) && exact(l));
    others.iter().filter(move |l| covers(l, endpoint) && (exact(l) || !ours_exact))
}

/// Which other program listens on the endpoint, in words; None when none does. Sockets of `master` are Postfix's own.
fn rival(endpoint: &Endpoint, master: Option<&Stat>) -> Option<String> {
    let (ours, others) = match master {
        Some(master) => listening(master).ok()?,
        None => (Vec::new(), net::listeners().ok()?),
    };
    let all_ours = if master.is_some() { ours } else { expected(endpoint) };
    let found = rivals(endpoint, &all_ours, &others).next()?;
    Some(describe(found))
}

/// Which program keeps Postfix from listening on the endpoint, or takes its connections, in words; None when none does.
pub fn port_conflict(endpoint: &Endpoint, master: Option<&Stat>) -> Option<String> {
    let bound = || {
        // Without SO_REUSEPORT it blocks the port, on whichever address it listens.
        if master.is_some() || !net::is_taken(endpoint.address) {
            return None;
        }
        let port = endpoint.address.port();
        let is_it = |l: &Socket| covers(l, endpoint) || l.address.port() == port && l.address.ip().is_unspecified();
        let found = net::listeners().ok().and_then(|all| all.into_iter().find(is_it));
        Some(found.map_or_else(text::port_is_in_use, |l| describe(&l)))
    };
    rival(endpoint, master).or_else(bound)
}

/// Where Postfix will listen for the endpoint: its address, or for loopback possibly the wildcard (inet_interfaces = all).
fn expected(endpoint: &Endpoint) -> Vec<Socket> {
    if endpoint.address.ip().is_loopback() { Vec::new() } else { vec![Socket { address: endpoint.address, inode: 0 }] }
}

fn describe(listener: &Socket) -> String {
    match net::holder(listener.inode) {
        Some(s) => text::process_listens_on(s.name, s.id.pid, listener.address),
        None => text::another_process_listens_on(listener.address),
    }
}

/// An address that Postfix must listen on and no interface has.
pub fn missing_address(endpoints: &[Endpoint]) -> Option<SocketAddr> {
    if endpoints.is_empty() {
        return None;
    }
    let local = net::local_addresses().ok()?;
    let absent = |e: &&Endpoint| !e.address.ip().is_loopback() && !local.contains(&e.address.ip());
    endpoints.iter().find(absent).map(|e| e.address)
}

/// Checks that the master listens on every endpoint; returns the endpoints to connect to, and a degradation.
///
/// The master must listen on the endpoints with which it was started or last reloaded. An endpoint that an edit has added
/// is not required until it listens; a removed one is not required at all, nor is one that parameter endpoints leaves out.
fn check_sockets(
    memory: &mut Memory,
    master: &Stat,
    config: Option<&Config>,
    look: &Look<'_>,
) -> Result<(Vec<Endpoint>, Option<Fault>), Fault> {
    let Some(known) = &mut memory.master else { return Ok((Vec::new(), None)) };
    let configured = config.map_or(&known.endpoints, |c| &c.endpoints).clone();
    let silent = |e: &Endpoint, found: String| Message::SocketSilent.of(e.address.to_string(), found);
    let is_complete = |ours: &[Socket]| known.endpoints.iter().all(|e| ours.iter().any(|l| covers(l, e)));
    // The kernel lists sockets in parts, and a socket that closes meanwhile can hide another one: so a socket is
    // missing only when it is missing twice.
    let ports: Vec<&Endpoint> = configured.iter().chain(&known.endpoints).collect();
    let sockets = match listening_on(&ports, master, &mut known.sockets) {
        Ok((ours, _)) if !is_complete(&ours) => listening_on(&ports, master, &mut known.sockets),
        once => once,
    };
    let (ours, others) = match sockets {
        Ok(both) => both,
        // Unknown is not failed.
        Err(error) => {
            let remark = configured.first().map(|e| silent(e, text::kernel_does_not_list_sockets(&error)));
            return Ok((endpoint::select(configured, look.endpoints).0, remark));
        }
    };
    let is_heard = |e: &Endpoint| ours.iter().any(|l| covers(l, e));
    let among = |list: &[Endpoint], e: &Endpoint| list.iter().any(|o| o.address == e.address);

    let mut demanded: Vec<Endpoint> = configured.iter().filter(|e| among(&known.endpoints, e)).cloned().collect();
    if demanded.is_empty() && !configured.iter().any(is_heard) {
        demanded = known.endpoints.clone();
    }
    let new = configured.iter().filter(|e| !among(&known.endpoints, e)).cloned();
    let (in_effect, mut due): (Vec<_>, Vec<_>) = new.partition(|e| is_heard(e));
    demanded.extend(in_effect.iter().cloned());
    let (demanded, left_out) = endpoint::select(demanded, look.endpoints);
    if let Some(address) = missing_address(&demanded) {
        return Err(Message::SocketSilent.of(address.to_string(), text::its_address_is_not_on_this_host()));
    }
    if let Some(deaf) = demanded.iter().find(|e| !is_heard(e)) {
        return Err(silent(deaf, text::master_does_not_listen_there()));
    }

    known.endpoints.retain(|e| among(&configured, e) || is_heard(e));
    known.endpoints.extend(in_effect);
    if let Some(first) = due.first().filter(|_| !memory.reload_due_logged) {
        (look.log_line)(&text::reload_or_restart_is_due(first));
        memory.reload_due_logged = true;
    }
    let rival = demanded.iter().find_map(|e| rivals(e, &ours, &others).next()).map(|l| Message::PortShared.found(describe(l)));
    // Every daemon needs the addresses of inet_interfaces, whether the endpoint is checked or not.
    due.extend(left_out.into_iter().filter(|e| endpoint::split_service(&e.service).0.is_none()));
    let absent = missing_address(&due).map(|a| Message::AddressMissing.found(text::new_daemons_cannot_start(a.ip())));
    Ok((demanded, rival.or(absent)))
}

/// Talks SMTP to every endpoint of `demanded`, as now configured. Err is failed, Ok(Some) degraded.
///
/// TLS wrapper mode and PROXY protocol may have been edited: new daemons read main.cf at once, master.cf only after a reload. So an
/// endpoint has failed only when it answers in neither way. One that expects the other way may be silent, or refuse after a while
/// (421 without the PROXY header).
fn converse(memory: &mut Memory, master: &Stat, demanded: &[Endpoint], look: &Look<'_>) -> Result<Option<Fault>, Fault> {
    let Some(known) = &mut memory.master else { return Ok(None) };
    let (deadline, transaction) = (look.deadline, look.depth == Depth::Transaction);
    let had = deadline.remaining();
    let as_known = |e: &Endpoint| known.endpoints.iter().find(|k| k.address == e.address).unwrap_or(e).clone();
    let running: Vec<Endpoint> = demanded.iter().map(as_known).collect();
    let is_edited = |i: &usize| !running[*i].is_spoken_to_like(&demanded[*i]);
    let any_edited = (0..demanded.len()).any(|i| is_edited(&i));
    let patience = if any_edited { deadline.within(deadline.remaining() / 2) } else { deadline };
    let mut verdicts = smtp::converse_all(&running, transaction, patience, look.meanwhile);

    let is_fine = |verdict: &Result<Heard, Trouble>| verdict.as_ref().is_ok_and(|heard| heard.remark.is_none());
    let again: Vec<usize> = (0..demanded.len()).filter(|i| is_edited(i) && !is_fine(&verdicts[*i])).collect();
    let edited: Vec<Endpoint> = again.iter().map(|i| demanded[*i].clone()).collect();
    for (i, verdict) in again.into_iter().zip(smtp::converse_all(&edited, transaction, deadline, None)) {
        if is_fine(&verdict) || verdict.is_ok() && verdicts[i].is_err() {
            adopt(&mut known.endpoints, &demanded[i..=i]);
            verdicts[i] = verdict;
        }
    }

    for (endpoint, verdict) in running.iter().zip(&mut verdicts).filter(|(_, v)| matches!(v, Err(Trouble::Silent))) {
        if let Some(limit) = endpoint.limit.filter(|limit| serving(master, endpoint) >= *limit) {
            let busy = text::all_processes_serve_other_clients(limit);
            *verdict = Ok(Heard { remark: Some((Message::ServiceDegraded, busy)), ..Heard::default() });
        } else if !has_servers(master) {
            *verdict = Err(Trouble::Failed(text::no_answer_and_no_process()));
        }
    }
    let unheard_before = known.unheard.clone();
    for (endpoint, verdict) in running.iter().zip(&verdicts) {
        match verdict {
            Ok(_) => known.unheard.retain(|a| *a != endpoint.address),
            Err(Trouble::Silent) if !known.unheard.contains(&endpoint.address) => known.unheard.push(endpoint.address),
            Err(_) => {}
        }
    }
    // If the first silence cannot be stored, every silence would be the first.
    let is_first = |e: &Endpoint| !unheard_before.contains(&e.address);
    let has_new = running.iter().zip(&verdicts).any(|(e, v)| matches!(v, Err(Trouble::Silent)) && is_first(e));
    let is_remembered = !has_new || memory.store();

    let mut degraded = None;
    let mut certificates = Vec::new();
    let files = memory.last_config().map(|c| c.certificates.clone()).unwrap_or_default();
    let mut renewed = None;
    for (endpoint, verdict) in running.iter().zip(verdicts) {
        let heard = match verdict {
            Ok(heard) => heard,
            Err(Trouble::Silent) if is_remembered && is_first(endpoint) => {
                let slow = text::no_answer_in(had.as_secs());
                Heard { remark: Some((Message::LateGreeting, slow)), ..Heard::default() }
            }
            Err(trouble) => return Err(Message::SocketSilent.of(endpoint.to_string(), trouble.to_string())),
        };
        if let Some((message, found)) = heard.remark {
            degraded.get_or_insert(message.found(format!("{endpoint}: {found}")));
        }
        renewed = renewed.or_else(|| not_loaded(endpoint, heard.validity?, &files));
        let shown = |v: Validity| Certificate { endpoint: endpoint.to_string(), expires: v.until, date: v.date() };
        certificates.extend(heard.validity.map(shown));
    }
    memory.certificate = certificates.into_iter().min_by_key(|c| c.expires);
    memory.renewed = renewed;
    Ok(degraded)
}

/// A text when an endpoint shows a certificate that is in none of the files any more while one of them has a certificate that expires
/// later: it has been renewed, and a long-running daemon (tlsproxy(8)) has not read it yet.
fn not_loaded(endpoint: &Endpoint, shown: Validity, files: &BTreeSet<PathBuf>) -> Option<String> {
    let stored: Vec<(Validity, &PathBuf)> = files.iter().filter_map(|file| Some((Validity::of_file(file)?, file))).collect();
    let (newest, file) = stored.iter().max_by_key(|(validity, _)| validity.until)?;
    let is_old = stored.iter().all(|(validity, _)| *validity != shown) && newest.until > shown.until;
    is_old.then(|| text::certificate_is_not_loaded(endpoint, shown.date(), file.display(), newest.date()))
}

/// Why Postfix should be reloaded although it serves: for each subject the text for the log and for status; empty when there is no
/// reason.
pub fn reload_due(memory: &Memory) -> [(&'static str, String); 2] {
    let workers = memory.master.iter().flat_map(|m| &m.workers);
    let old = workers.filter_map(|id| stat(id.pid).filter(|s| s.id == *id)).find(|s| is_outdated(s.id.pid));
    let words = |s: Stat| text::programs_were_replaced(s.name);
    [("programs", old.map_or_else(String::new, words)), ("renewed", memory.renewed.clone().unwrap_or_default())]
}

/// Updates known endpoints with what the configuration now says about them.
fn adopt(known: &mut [Endpoint], configured: &[Endpoint]) {
    for endpoint in known {
        if let Some(now) = configured.iter().find(|c| c.address == endpoint.address) {
            *endpoint = now.clone();
        }
    }
}

/// Whether the master runs a daemon that can accept a connection, or is about to start one. When daemons die early it waits for a
/// minute before it starts another one.
fn has_servers(master: &Stat) -> bool {
    let is_server = |s: &Stat| s.is_alive() && matches!(s.name.as_str(), "smtpd" | "postscreen" | "master");
    children(master.id.pid).into_iter().filter_map(stat).any(|s| is_server(&s))
}

/// How many daemons of the master serve a client on the endpoint's port now, without stopped ones.
pub fn serving(master: &Stat, endpoint: &Endpoint) -> usize {
    let on_port: Vec<u64> = net::connections()
        .unwrap_or_default()
        .into_iter()
        .filter(|c| c.address.port() == endpoint.address.port())
        .map(|c| c.inode)
        .collect();
    let daemons = children(master.id.pid).into_iter().filter_map(stat).filter(|s| s.is_alive() && !s.is_stopped());
    daemons.filter(|s| net::socket_descriptors(s.id.pid).is_ok_and(|own| own.keys().any(|inode| on_port.contains(inode)))).count()
}
