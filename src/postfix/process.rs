//! Finds the processes of an instance, by facts that cannot be stale.
//!
//! The master is the process whose pid and start time were remembered; or the one in its pid file that holds that
//! file's kernel lock; or, when storage or configuration have vanished, one whose executable is `master`, with
//! MAIL_CONFIG in its environment, which postfix(1) exports and everything that Postfix starts inherits. A pid file
//! alone proves nothing.
//!
//! Where a process may not be looked into (root without CAP_SYS_PTRACE, as in containers), its name, its session and
//! its parents tell.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Instance;
use super::config;
use super::memory::Memory;
use crate::system::account;
use crate::system::deadline::{Deadline, ask_each};
use crate::system::file;
use crate::system::lock;
use crate::system::mount;
use crate::system::process::{self, Identity, Stat};
use crate::text;

/// How long a directory may take to show itself.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// What a process of the instance is to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Master,
    /// A daemon of Postfix, child of the master or left behind by it.
    Daemon,
    /// A program that Postfix started, most likely for delivery, and that may still use the queue.
    Delivery,
    /// A Postfix command that a user runs: postfix(1), postqueue(1), …
    Command,
}

/// A process of the instance.
#[derive(Clone, Debug)]
pub struct Member {
    pub stat: Stat,
    pub role: Role,
}

impl std::fmt::Display for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&text::process_in_state(&self.stat.name, self.stat.id.pid, self.stat.state as char))
    }
}

/// The queue of an instance, by what is remembered or configured.
pub fn queue(memory: &Memory, instance: &Instance) -> Option<PathBuf> {
    let config = memory.last_config();
    let known = memory.master.as_ref().map(|m| &m.queue).or(instance.queue_dir.as_ref()).or(config.map(|c| &c.queue_directory));
    known.cloned().or_else(|| config::queue_directory_text(&instance.main_cf()))
}

/// The pid file of an instance whose queue is known.
pub fn pid_file(memory: &Memory, instance: &Instance) -> Option<PathBuf> {
    Some(config::pid_file(&queue(memory, instance)?, memory.last_config()))
}

/// The pid that a pid file names; None for anything that is no pid file of Postfix's.
pub fn recorded_pid(pid_file: &Path) -> Option<i32> {
    parse_pid(&file::read_start(pid_file, 64).ok()?)
}

/// The pid in the text of a pid file.
pub fn parse_pid(text: &[u8]) -> Option<i32> {
    // Only the first line: the master does not truncate the file.
    let line = text.split(|b| *b == b'\n').next()?;
    let pid = std::str::from_utf8(line).ok()?.trim().parse().ok()?;
    (pid > 1).then_some(pid)
}

fn is_master_program(stat: &Stat) -> bool {
    // An upgrade removes the file of a running program.
    stat.name == "master"
        || matches!(process::executable(stat.id.pid), Ok(Some(exe)) if exe.file_name() == Some(OsStr::new("master")))
}

/// Whether `pid` holds the lock of the pid file. `descriptor`: where it was seen to have it; asked there first.
pub fn holds_lock(pid: i32, pid_file: &Path, descriptor: &mut Option<i32>) -> bool {
    fs::symlink_metadata(pid_file).is_ok_and(|m| m.is_file() && lock::holds(pid, (m.dev(), m.ino()), descriptor))
}

/// The master as it was remembered, if that very process still runs.
pub fn remembered_master(memory: &Memory) -> Option<Stat> {
    let id = memory.master.as_ref()?.id;
    process::stat(id.pid).filter(|s| s.is_alive() && s.id == id && is_master_program(s))
}

/// The remembered master and its descendants, told without a look at anybody else.
pub fn remembered_family(memory: &Memory) -> Vec<Member> {
    let Some(master) = remembered_master(memory) else { return Vec::new() };
    let living = process::descendants(master.id.pid).into_iter().filter_map(process::stat).filter(Stat::is_alive);
    let role = |stat: &Stat| if stat.id == master.id { Role::Master } else { Role::Daemon };
    living.map(|stat| Member { role: role(&stat), stat }).collect()
}

/// The master that the pid file names and whose lock it holds.
pub fn locked_master(pid_file: &Path) -> Option<Stat> {
    let stat = process::stat(recorded_pid(pid_file)?)?;
    (stat.is_alive() && is_master_program(&stat) && holds_lock(stat.id.pid, pid_file, &mut None)).then_some(stat)
}

/// Every process of the instance, the master first. See [`ProcessScan`], which a single look does not need.
pub fn members(instance: &Instance, memory: &Memory) -> Vec<Member> {
    ProcessScan::new(instance).members(memory)
}

/// Scans the process table repeatedly while processes exit, without losing one.
///
/// Asks nothing of configuration, programs, addresses or mounts. What has our MAIL_CONFIG is found by
/// that; what has not (export_environment need not pass it on) by its descent from a master or daemon of ours, and
/// once found it stays known when its parents are gone. Processes of containers, with their own pid
/// namespace, are not ours even when their config_dir has the same name; neither are those with a controlling
/// terminal (an administrator's shell that has MAIL_CONFIG set), nor we ourselves.
pub struct ProcessScan {
    instance: Instance,
    ourselves: Vec<i32>,
    /// The masters of all passes: processes of their sessions are members even after the master has ended. Whether this scan has seen it:
    /// the pid of one that had ended before may have led a stranger's session since.
    leaders: BTreeMap<Identity, bool>,
    /// Members of earlier passes that MAIL_CONFIG does not identify.
    seen: Vec<(Identity, Role)>,
    /// Those that it did identify: one that exits loses its environment before it closes its files.
    named: BTreeMap<Identity, Role>,
    /// Device and inode of the queue, as last seen.
    queue: Option<(u64, u64)>,
    /// Set when storage did not answer: it is not accessed again.
    is_silent: bool,
    matcher: ConfigDirMatcher,
}

impl ProcessScan {
    pub fn new(instance: &Instance) -> ProcessScan {
        ProcessScan {
            instance: instance.clone(),
            ourselves: process::ancestry(),
            leaders: BTreeMap::new(),
            seen: Vec::new(),
            named: BTreeMap::new(),
            queue: None,
            is_silent: false,
            matcher: ConfigDirMatcher::new(&instance.config_dir),
        }
    }

    /// The members now, the master first.
    pub fn members(&mut self, memory: &Memory) -> Vec<Member> {
        let remembered = remembered_master(memory);
        let stored = if remembered.is_none() { self.look_at_storage(memory) } else { Stored::default() };
        let known = remembered.or(stored.master);
        if let Some(id) = memory.master.as_ref().map(|m| m.id) {
            *self.leaders.entry(id).or_default() |= process::stat(id.pid).is_some_and(|now| now.id == id);
        }
        self.leaders.extend(known.as_ref().map(|m| (m.id, true)));
        let in_use = known.as_ref().and_then(|m| process::working_directory(m.id.pid).ok());
        // When the master is gone, its path may lead to what was below the file system that it used.
        self.queue = in_use.or(self.queue).or(stored.identity);
        let candidates = self.candidates(known.as_ref());
        // A master that was started by hand is not in the memory file, but has a queue too.
        let master = known.as_ref().or_else(|| candidates.iter().find(|s| is_master_of_session(s)));
        let main_cf = (!self.is_silent).then(|| self.instance.main_cf());
        let location = QueueLocation { identity: self.queue, main_cf, ..QueueLocation::of(memory, master, stored.queue) };
        let location = self.without_shared_device(location);
        self.leaders.extend(master.map(|m| (m.id, true)));
        let leaders = self.leaders.clone();
        let is_known = |stat: &Stat| known.as_ref().is_some_and(|m| m.id == stat.id);
        let role = |stat: &Stat| if is_known(stat) { Some(Role::Master) } else { role_of(stat, &leaders, &location) };

        let mut found: Vec<Member> =
            candidates.into_iter().filter_map(|stat| role(&stat).map(|role| Member { stat, role })).collect();
        self.named.extend(found.iter().filter(|m| m.role != Role::Command).map(|m| (m.stat.id, m.role)));
        self.add_families(&mut found, role);
        correct_roles_of_children(&mut found);
        found.sort_by_key(|m| (m.role != Role::Master, m.stat.id));
        found
    }

    /// The living processes that may belong to the instance: the known master, those whose MAIL_CONFIG is config_dir, those in
    /// the session of one of its masters, and the commands that work in its queue, whoever runs them.
    fn candidates(&mut self, known: Option<&Stat>) -> Vec<Stat> {
        let is_known = |s: &Stat| known.is_some_and(|m| m.id == s.id);
        let (leaders, queue) = (&self.leaders, self.queue);
        let is_led = |s: &Stat| leaders.keys().any(|leader| is_in_session_of(s, *leader));
        let others = process::all().into_iter().filter(|pid| !self.ourselves.contains(pid));
        let others: Vec<Stat> = others.filter_map(process::stat).filter(|s| s.is_alive() && !s.is_kernel_thread).collect();
        let unknown: Vec<Identity> = others.iter().filter(|s| !is_known(s)).map(|s| s.id).collect();
        let mut environments = process::environments(&unknown, "MAIL_CONFIG").into_iter();
        let with_config = |stat: Stat| {
            let config = if is_known(&stat) { None } else { environments.next().flatten().map(PathBuf::from) };
            (stat, config)
        };
        let others: Vec<(Stat, Option<PathBuf>)> = others.into_iter().map(with_config).collect();
        let is_named = self.matcher.are_ours(&others);
        let candidate = |((before, config), is_named): ((Stat, Option<PathBuf>), bool)| -> Option<Stat> {
            let is_at_work = is_command_in(&before, queue);
            if !is_known(&before) && config.is_none() && !is_led(&before) && !is_at_work {
                return None;
            }
            // Read again: since the first pass it may have changed or ended.
            let stat = process::stat(before.id.pid).filter(|now| now.id == before.id && now.is_alive())?;
            let is_ours = match config {
                Some(_) => is_at_work || stat.terminal == 0 && (is_named || is_led(&stat)),
                // Its /proc cannot be read, or it is starting or exiting: then it has no environment, and may still use the queue.
                None => true,
            };
            (is_known(&stat) || is_ours && process::shares_pid_namespace(stat.id.pid)).then_some(stat)
        };
        others.into_iter().zip(is_named).filter_map(candidate).collect()
    }

    /// The facts that need storage, if it answers in time.
    fn look_at_storage(&mut self, memory: &Memory) -> Stored {
        if self.is_silent {
            return Stored::default();
        }
        let (memory, instance) = (memory.clone(), self.instance.clone());
        let look = move || {
            let queue = queue(&memory, &instance).map(|path| file::resolve(&path).unwrap_or(path));
            Stored {
                master: pid_file(&memory, &instance).and_then(|path| locked_master(&path)),
                identity: queue.as_deref().and_then(file::identity),
                queue,
            }
        };
        let found = Deadline::after(LOOK_TIMEOUT).bounded_call(look);
        self.is_silent = found.is_none();
        found.unwrap_or_default()
    }

    /// Forgets the device of a queue that has other users of its own right, as where all of /var is one file system. It is kept where
    /// nothing else tells: after a lazy unmount, and when storage does not answer.
    fn without_shared_device(&mut self, mut location: QueueLocation) -> QueueLocation {
        let (in_use @ Some(_), Some(queue), false) = (location.in_use, location.directory.clone(), self.is_silent) else {
            return location;
        };
        let mountpoint = self.instance.queue_mountpoint.clone();
        let is_shared = move || {
            let is_below = |point: PathBuf| queue.starts_with(file::resolve(&point).unwrap_or(point));
            file::identity(&queue) == in_use && !mount::is_mount_point(&queue) && !mountpoint.is_some_and(is_below)
        };
        match Deadline::after(LOOK_TIMEOUT).bounded_call(is_shared) {
            Some(true) => location.in_use = None,
            Some(false) => {}
            None => self.is_silent = true,
        }
        location
    }

    /// Adds the descendants of the members, and members of earlier passes that still live.
    fn add_families(&mut self, found: &mut Vec<Member>, role: impl Fn(&Stat) -> Option<Role>) {
        let parents: Vec<i32> = found.iter().filter(|m| m.role != Role::Command).map(|m| m.stat.id.pid).collect();
        let mut family: Vec<i32> = parents.into_iter().flat_map(process::descendants).collect();
        family.sort_unstable();
        family.dedup();
        let mut known: HashSet<Identity> = found.iter().map(|m| m.stat.id).collect();
        for stat in family.into_iter().filter_map(process::stat).filter(Stat::is_alive) {
            if !known.contains(&stat.id)
                && !self.ourselves.contains(&stat.id.pid)
                && process::shares_pid_namespace(stat.id.pid)
                && let Some(role) = role(&stat).filter(|role| *role != Role::Command)
            {
                self.seen.push((stat.id, role));
                known.insert(stat.id);
                found.push(Member { stat, role });
            }
        }
        let alive = |id: &Identity| process::stat(id.pid).filter(|s| s.id == *id && s.is_alive());
        for (id, role) in &self.seen {
            found.extend(alive(id).filter(|_| known.insert(*id)).map(|stat| Member { stat, role: *role }));
        }
        for (id, before) in &self.named {
            // One that still shows its program may have become a stranger.
            let now = |stat: &Stat| match process::executable(stat.id.pid) {
                Ok(None) => Some(*before),
                _ => role(stat).filter(|role| *role != Role::Command),
            };
            let member = alive(id).filter(|_| !known.contains(id)).and_then(|stat| Some(Member { role: now(&stat)?, stat }));
            found.extend(member);
        }
    }
}

/// Corrects the roles that only the parent of a process tells.
fn correct_roles_of_children(found: &mut [Member]) {
    let pids_of =
        |found: &[Member], role: Role| -> Vec<i32> { found.iter().filter(|m| m.role == role).map(|m| m.stat.id.pid).collect() };
    // Children of a command (find(1) of `postfix check`) count as the command.
    let commands = pids_of(found, Role::Command);
    for member in found.iter_mut().filter(|m| m.role == Role::Delivery && commands.contains(&m.stat.parent)) {
        member.role = Role::Command;
    }
    // A child that the master has just forked is still called `master`.
    let masters = pids_of(found, Role::Master);
    for member in found.iter_mut().filter(|m| m.role == Role::Master && masters.contains(&m.stat.parent)) {
        member.role = Role::Daemon;
    }
}

/// What only storage can tell.
#[derive(Default)]
struct Stored {
    /// The master that the pid file names and that holds its lock.
    master: Option<Stat>,
    /// The queue, with all links resolved, and its device and inode.
    queue: Option<PathBuf>,
    identity: Option<(u64, u64)>,
}

/// Where the queue is, to decide whether a process uses it.
struct QueueLocation {
    /// None when it is unknown, or not valid (after a lazy unmount).
    directory: Option<PathBuf>,
    /// Device and inode of the queue that is in use or, when none is, the configured one.
    identity: Option<(u64, u64)>,
    /// Device and inode of the queue that is or was in use, if its device is not that of the root file system: only then does that
    /// identify the queue.
    in_use: Option<(u64, u64)>,
    /// daemon_directory, if the configuration is known.
    daemons: Option<PathBuf>,
    /// mail_owner, likewise; else it is read from main.cf, unless storage does not answer.
    mail_owner: Option<String>,
    main_cf: Option<PathBuf>,
    /// Its uid, if that is known, once it was asked for.
    owner: OnceCell<Option<u32>>,
}

impl QueueLocation {
    /// From the living master, else from the memory file, else from the configuration.
    fn of(memory: &Memory, master: Option<&Stat>, configured: Option<PathBuf>) -> QueueLocation {
        let remembered = memory.master.as_ref().filter(|m| master.is_none_or(|s| s.id == m.id));
        let (directory, in_use) = if let Some(m) = remembered {
            (Some(m.queue.clone()), Some((m.device, m.inode)))
        } else if let Some(pid) = master.map(|m| m.id.pid) {
            (process::working_directory_path(pid), process::working_directory(pid).ok())
        } else {
            (configured, None)
        };
        let is_own = |(device, _): &(u64, u64)| fs::metadata("/").is_ok_and(|root| root.dev() != *device);
        QueueLocation {
            // Everything is below / and below nothing.
            directory: directory.filter(|path| path.parent().is_some()),
            identity: None,
            in_use: in_use.filter(is_own),
            daemons: memory.last_config().map(|c| c.daemon_directory.clone()),
            mail_owner: memory.last_config().map(|c| c.mail_owner.clone()),
            main_cf: None,
            owner: OnceCell::new(),
        }
    }

    /// Whether a directory has Postfix's daemons: daemon_directory, or a directory that distributions use.
    fn holds_daemons(&self, dir: &Path) -> bool {
        Some(dir) == self.daemons.as_deref()
            || ["libexec/postfix", "postfix/bin", "postfix/sbin"].iter().any(|usual| dir.ends_with(usual))
    }

    /// Whether a process has the user of a daemon, root or mail_owner; also when nobody can tell. Other users run these programs too:
    /// `sendmail -bs` is smtpd(8).
    fn may_be_daemon(&self, pid: i32) -> bool {
        let Some(user) = process::user(pid).filter(|user| *user != 0) else { return true };
        let deadline = Deadline::after(LOOK_TIMEOUT);
        let (known, main_cf) = (self.mail_owner.clone(), self.main_cf.clone());
        let name = || known.or_else(|| deadline.bounded_call(move || config::mail_owner_text(&main_cf?)).flatten());
        let ask = || account::uid(&name()?, deadline).ok().flatten();
        self.owner.get_or_init(ask).is_none_or(|owner| owner == user)
    }
}

/// Whether the MAIL_CONFIG of processes names the instance's directory.
struct ConfigDirMatcher {
    own: PathBuf,
    /// Device and inode of a directory, by the pid whose root and mounts were used, and path; None when it cannot be seen, or its storage
    /// does not answer.
    seen: BTreeMap<(i32, PathBuf), Option<(u64, u64)>>,
}

impl ConfigDirMatcher {
    fn new(own: &Path) -> ConfigDirMatcher {
        ConfigDirMatcher { own: own.to_owned(), seen: BTreeMap::new() }
    }

    /// For each process and its MAIL_CONFIG, whether that is the instance's. Compares directories by device and inode, as the process
    /// sees them, which may have another root or other mounts; by path alone when one of them cannot be seen.
    fn are_ours(&mut self, processes: &[(Stat, Option<PathBuf>)]) -> Vec<bool> {
        let mut viewpoints = BTreeMap::new();
        let mut key = |stat: &Stat, named: &Option<PathBuf>| {
            let named = named.clone().filter(|_| stat.terminal == 0)?;
            Some((viewpoint(stat, &mut viewpoints)?, named))
        };
        let keys: Vec<Option<(i32, PathBuf)>> = processes.iter().map(|(stat, named)| key(stat, named)).collect();
        let own = (OURSELVES, self.own.clone());
        self.look(keys.iter().flatten().filter(|key| **key != own), &own);
        let identity = |key: &(i32, PathBuf)| self.seen.get(key).copied().flatten();
        let result = |(key, (_, named)): (Option<_>, &(Stat, Option<PathBuf>))| match key
            .and_then(|key| identity(&key))
            .zip(identity(&own))
        {
            Some((theirs, ours)) => theirs == ours,
            None => named.as_ref() == Some(&self.own),
        };
        keys.into_iter().zip(processes).map(result).collect()
    }

    /// Looks at those directories that have not been looked at, and at our own to compare them with.
    fn look<'a>(&mut self, others: impl Iterator<Item = &'a (i32, PathBuf)>, own: &'a (i32, PathBuf)) {
        let mut open: BTreeSet<_> = others.filter(|key| !self.seen.contains_key(*key)).collect();
        if !open.is_empty() && !self.seen.contains_key(own) {
            open.insert(own);
        }
        let open: Vec<(i32, PathBuf)> = open.into_iter().cloned().collect();
        let seen = ask_each(open.clone(), LOOK_TIMEOUT, |(pid, path): (i32, PathBuf)| match pid {
            OURSELVES => file::identity(&path),
            pid => process::identity_seen_by(pid, &path),
        });
        self.seen.extend(open.into_iter().zip(seen).map(|(key, seen)| (key, seen.flatten())));
    }
}

/// Instead of a pid: the process that asks.
const OURSELVES: i32 = 0;

/// The pid whose root and mounts decide which directory a process means: a daemon in a chroot cannot see its configuration, and the master of
/// its session can. None when that is gone and the process has others than we. `known`: the answer for each session so far.
fn viewpoint(stat: &Stat, known: &mut BTreeMap<i32, Option<i32>>) -> Option<i32> {
    let of = |pid: i32| if process::shares_root_and_mounts(pid) { OURSELVES } else { pid };
    let leader = *known.entry(stat.session).or_insert_with(|| process::stat(stat.session).map(|leader| of(leader.id.pid)));
    leader.or_else(|| Some(of(stat.id.pid)).filter(|pid| *pid == OURSELVES))
}

/// Only a session leader is the daemon; `master -w` and `master -t` are commands that wait for a master or test for one. Any user can give
/// a program that name: the daemon's real user is root.
fn is_master_of_session(stat: &Stat) -> bool {
    stat.session == stat.id.pid && is_master_program(stat) && process::user(stat.id.pid).is_none_or(|user| user == 0)
}

/// Whether the process is in the session or process group of that master. The kernel does not reuse a pid while it is a session or
/// group id; if the pid now has another start time, that session is not ours.
fn is_in_session_of(stat: &Stat, leader: Identity) -> bool {
    (stat.session == leader.pid || stat.group == leader.pid) && process::stat(leader.pid).is_none_or(|now| now.id == leader)
}

/// The commands of Postfix, and the scripts behind them (postfix-files).
const COMMANDS: &[&str] = &[
    "postfix", "postfix-script", "postfix-non-bdb-script", "postfix-wrapper", "postfix-tls-script", "post-install", "postmulti",
    "postmulti-script", "postalias", "postcat", "postconf", "postdrop", "postkick", "postlock", "postlog", "postmap",
    "postqueue", "postsuper", "posttls-finger", "sendmail",
];

/// Whether a program is a command of Postfix's, by the name of its file.
pub fn is_command_name(name: &OsStr) -> bool {
    COMMANDS.iter().any(|command| name == *command)
}

/// Whether a process runs a command of Postfix's: by its program, or by the script that its shell runs.
fn is_command(id: Identity, program: &OsStr) -> bool {
    let is_shell = || ["sh", "dash", "bash", "busybox", "ksh"].iter().any(|shell| program == *shell);
    let script = || process::arguments(id).into_iter().skip(1).find(|word| !word.as_bytes().starts_with(b"-"));
    is_command_name(program)
        || is_shell() && script().is_some_and(|path| Path::new(&path).file_name().is_some_and(is_command_name))
}

/// Whether it is a command of Postfix's that works in the queue: sendmail(1) and postdrop(1) do while they take mail, whoever runs them.
/// They keep the queue from being unmounted.
fn is_command_in(stat: &Stat, queue: Option<(u64, u64)>) -> bool {
    is_command_name(OsStr::new(&stat.name)) && queue.is_some() && process::working_directory(stat.id.pid).ok() == queue
}

/// What a process of ours by MAIL_CONFIG or by descent is to the instance; None for one that only inherited MAIL_CONFIG.
fn role_of(stat: &Stat, leaders: &BTreeMap<Identity, bool>, location: &QueueLocation) -> Option<Role> {
    let pid = stat.id.pid;
    if is_master_of_session(stat) {
        return Some(Role::Master);
    }
    let led = || leaders.iter().filter(|(leader, _)| is_in_session_of(stat, **leader));
    if led().any(|(_, was_seen)| *was_seen) {
        return Some(Role::Daemon);
    }
    if is_command_in(stat, location.identity) {
        return Some(Role::Command);
    }
    // If its /proc cannot be read and it descends from a member, assume that it uses the queue.
    let exe = match process::executable(pid) {
        Ok(Some(exe)) => exe,
        // After the first thread has ended, /proc shows neither cwd nor exe.
        Ok(None) if stat.threads > 1 || led().next().is_some() => return Some(Role::Delivery),
        Ok(None) => return None,
        Err(_) => return Some(Role::Delivery),
    };
    if is_command(stat.id, exe.file_name().unwrap_or_default()) {
        return Some(Role::Command);
    }
    if exe.parent().is_some_and(|dir| location.holds_daemons(dir)) {
        let is_daemon = led().next().is_some() || location.may_be_daemon(pid);
        return Some(if is_daemon { Role::Daemon } else { Role::Command });
    }
    process::uses(pid, location.directory.as_deref(), location.in_use.map(|(device, _)| device)).then_some(Role::Delivery)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::command::Command;
    use proptest::prelude::*;

    /// postfix-files of the release that is installed here: what a package installs, with its owner and mode.
    #[test]
    fn every_command_that_postfix_installs_is_known() {
        let directory = Command::new("/usr/sbin/postconf")
            .args(["-d", "-h", "meta_directory"])
            .output(Deadline::after(Duration::from_secs(30)))
            .unwrap();
        let files = fs::read_to_string(Path::new(directory.trim()).join("postfix-files")).unwrap();
        let commands: Vec<&str> =
            files.lines().filter_map(|line| line.strip_prefix("$command_directory/")?.split(':').next()).collect();
        assert!(commands.contains(&"postfix") && commands.len() > 8, "{commands:?}");
        let unknown: Vec<&&str> = commands.iter().filter(|name| !is_command_name(OsStr::new(name))).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    /// Whoever exits has no environment any more when it closes its files, which may take for ever; so has one whose first thread has
    /// ended, which can be made.
    #[test]
    fn one_that_has_lost_its_environment_stays_known() {
        use std::io::{Read, Write};
        use std::process::{Command, Stdio};
        let (config, queue) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let script = format!(
            "import ctypes, os, sys, threading, time; os.setsid(); threading.Thread(target=time.sleep, args=(600,)).start(); \
             os.write(1, b'.'); os.read(0, 1); ctypes.CDLL(None).syscall({}, 0)",
            libc::SYS_exit
        );
        let mut command = Command::new("python3");
        command.args(["-c", &script]).env("MAIL_CONFIG", config.path()).current_dir(queue.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let pid = child.id() as i32;
        let directory = || config.path().to_owned();
        let instance = Instance {
            config_dir: directory(),
            binary_dir: directory(),
            queue_dir: Some(queue.path().to_owned()),
            queue_mountpoint: None,
        };
        let (mut scan, memory) = (ProcessScan::new(&instance), Memory::recall(&instance));
        let mut found = || scan.members(&memory).iter().map(|m| (m.stat.id.pid, m.role)).collect::<Vec<_>>();
        let whole = found();
        child.stdin.as_mut().unwrap().write_all(b".").unwrap();
        let headless = || process::stat(pid).filter(|s| s.state == b'Z');
        let is_headless = Deadline::after(Duration::from_secs(30)).poll(Duration::from_millis(10), headless).is_some();
        let lost = found();
        child.kill().unwrap();
        child.wait().unwrap();
        let member = vec![(pid, Role::Delivery)];
        assert_eq!((whole, is_headless, lost, found()), (member.clone(), true, member, vec![]));
    }

    /// The number of a master that ended long ago may have been that of another session's leader since.
    #[test]
    fn one_in_the_session_of_a_number_that_was_a_masters_is_ours_if_it_uses_the_queue() {
        use crate::postfix::memory::Master;
        let (config, queue) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let directory = || config.path().to_owned();
        let instance = Instance { config_dir: directory(), binary_dir: directory(), queue_dir: None, queue_mountpoint: None };
        let found = [queue.path(), Path::new("/")].map(|cwd| {
            let script = "sleep 600 >/dev/null 2>&1 & echo $$ $!";
            let output = std::process::Command::new("setsid").args(["sh", "-c", script]).current_dir(cwd).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let pids: Vec<i32> = text.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
            let mut memory = Memory::recall(&instance);
            let id = Identity { pid: pids[0], start: 1 };
            memory.master = Some(Master { id, queue: queue.path().to_owned(), ..Master::default() });
            let roles: Vec<Role> = members(&instance, &memory).iter().map(|m| m.role).collect();
            let left = process::stat(pids[1]).unwrap();
            let handle = process::Handle::open(left.id).unwrap();
            handle.signal(process::Signal::SIGKILL).unwrap();
            (left.session == pids[0], roles)
        });
        assert_eq!(found, [(true, vec![Role::Delivery]), (true, vec![])]);
    }

    proptest! {
        #[test]
        fn a_pid_file_names_a_process_or_nothing(text in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(parse_pid(&text).is_none_or(|pid| pid > 1));
        }

        /// As the master writes it, without truncating the file.
        #[test]
        fn what_the_master_writes_is_read_back(pid in 2..=i32::MAX, rest in "[ -~\n]{0,40}") {
            prop_assert_eq!(parse_pid(format!("{pid:10}\n{rest}").as_bytes()), Some(pid));
        }
    }
}
