//! Which processes are this instance's, told by facts that cannot be stale.
//!
//! The master is a process whose executable is `master` and whose identity agrees: the pid and start
//! time that were remembered; or the pid in its pid file, with that file's kernel lock held by it; or,
//! when storage or configuration have vanished, MAIL_CONFIG in its environment, which postfix(1)
//! exports and everything that Postfix starts inherits. A number in a file alone is nothing.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Instance;
use super::memory::Memory;
use crate::system::file;
use crate::system::lock;
use crate::system::process::{self, Stat};

/// What a process of the instance is to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Master,
    /// A daemon of Postfix, child of the master or left behind by it.
    Daemon,
    /// Something that Postfix started and that holds the queue: a delivery program, most likely.
    Delivery,
    /// A command of Postfix's that somebody runs now: postfix(1), postqueue(1), …
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
        write!(f, "{} (pid {}, state {})", self.stat.name, self.stat.id.pid, self.stat.state as char)
    }
}

/// The pid file of an instance whose queue is known.
pub fn pid_file(memory: &Memory, instance: &Instance) -> Option<PathBuf> {
    let config = memory.last_config();
    let queue = memory.master.as_ref().map(|m| &m.queue).or(instance.queue_dir.as_ref()).or(config.map(|c| &c.queue_directory))?;
    Some(queue.join(config.map_or(Path::new("pid"), |c| &c.process_id_directory)).join("master.pid"))
}

/// The pid that a pid file names; None for anything that is no pid file of Postfix's.
pub fn recorded_pid(pid_file: &Path) -> Option<i32> {
    let text = file::read_start(pid_file, 64).ok()?;
    // The first line only: the master does not cut off what was in the file before.
    let line = text.split(|b| *b == b'\n').next()?;
    let pid = std::str::from_utf8(line).ok()?.trim().parse().ok()?;
    (pid > 1).then_some(pid)
}

fn is_master_program(pid: i32) -> bool {
    process::executable(pid).is_some_and(|exe| exe.file_name() == Some(OsStr::new("master")))
}

fn living_master(pid: i32) -> Option<Stat> {
    process::stat(pid).filter(|s| s.is_alive() && is_master_program(pid))
}

/// Whether `pid` holds the lock of the pid file.
pub fn holds_lock(pid: i32, pid_file: &Path) -> bool {
    fs::symlink_metadata(pid_file).is_ok_and(|m| m.is_file() && lock::holds(pid, m.ino()))
}

/// The master as it was remembered, if that very process still runs.
pub fn remembered_master(memory: &Memory) -> Option<Stat> {
    let id = memory.master.as_ref()?.id;
    living_master(id.pid).filter(|s| s.id == id)
}

/// The master that the pid file names and whose lock it holds.
pub fn locked_master(pid_file: &Path) -> Option<Stat> {
    living_master(recorded_pid(pid_file)?).filter(|s| holds_lock(s.id.pid, pid_file))
}

/// Every process of the instance, the master first, from one pass over the process table.
///
/// Asks nothing of configuration, programs, addresses or mounts. Processes of containers, with their
/// own pid namespace, are not ours even when their config_dir has the same name; neither are those
/// with a controlling terminal (an administrator's shell that has MAIL_CONFIG set), nor we ourselves.
pub fn members(instance: &Instance, memory: &Memory) -> Vec<Member> {
    let ourselves = process::ancestry();
    let remembered = memory.master.as_ref();
    let known = remembered_master(memory).or_else(|| pid_file(memory, instance).and_then(|p| locked_master(&p)));
    let mut found: Vec<Member> = Vec::new();
    for pid in process::all().into_iter().filter(|pid| !ourselves.contains(pid)) {
        let is_known = known.as_ref().is_some_and(|m| m.id.pid == pid);
        if !is_known && !is_configured_by(pid, &instance.config_dir) {
            continue;
        }
        let Some(stat) = process::stat(pid).filter(Stat::is_alive) else { continue };
        if is_known {
            found.push(Member { stat, role: Role::Master });
        } else if stat.terminal == 0 && process::shares_namespace(pid) {
            let leader = remembered.map(|m| m.id.pid).or(known.as_ref().map(|m| m.id.pid));
            if let Some(role) = role_of(&stat, leader, memory) {
                found.push(Member { stat, role });
            }
        }
    }
    // One that the master has just forked is still called `master`: it is a child, not a second one.
    let masters: Vec<i32> = found.iter().filter(|m| m.role == Role::Master).map(|m| m.stat.id.pid).collect();
    for member in found.iter_mut().filter(|m| m.role == Role::Master && masters.contains(&m.stat.parent)) {
        member.role = Role::Daemon;
    }
    found.sort_by_key(|m| (m.role != Role::Master, m.stat.id));
    found
}

/// Whether MAIL_CONFIG of `pid` names this directory.
fn is_configured_by(pid: i32, config_dir: &Path) -> bool {
    let Some(value) = process::environment(pid, "MAIL_CONFIG") else { return false };
    let theirs = Path::new(&value);
    // Path comparison takes no notice of a trailing slash. A link to the same directory is the same instance.
    theirs == config_dir || fs::canonicalize(theirs).is_ok_and(|t| fs::canonicalize(config_dir).is_ok_and(|o| o == t))
}

/// What a process with our MAIL_CONFIG is to the instance; None for one that only inherited the word.
fn role_of(stat: &Stat, leader: Option<i32>, memory: &Memory) -> Option<Role> {
    let pid = stat.id.pid;
    let exe = process::executable(pid)?;
    let name = exe.file_name().unwrap_or_default();
    // Only a session leader is the daemon; `master -w` and `master -t` are commands that look on.
    if name == "master" && stat.session == pid {
        return Some(Role::Master);
    }
    let configured = memory.last_config().map(|c| c.daemon_directory.as_path());
    let is_daemon_directory =
        |dir: &Path| Some(dir) == configured || dir.ends_with("postfix/sbin") || dir.ends_with("libexec/postfix");
    if leader.is_some_and(|l| stat.group == l || stat.session == l) || exe.parent().is_some_and(is_daemon_directory) {
        return Some(Role::Daemon);
    }
    // postfix, postfix-script, post-install, postqueue, postsuper, …: a script goes by its own name.
    if stat.name.starts_with("post") || name.as_bytes().starts_with(b"post") || name == "sendmail" {
        return Some(Role::Command);
    }
    let queue = memory.master.as_ref().map(|m| (m.queue.as_path(), m.device));
    let directory = queue.map(|(path, _)| path).or(memory.last_config().map(|c| c.queue_directory.as_path()));
    // The device tells only where the queue has a file system of its own: after a lazy unmount the
    // paths mean nothing, and then it has.
    let own_device =
        queue.filter(|(_, device)| fs::metadata("/").is_ok_and(|root| root.dev() != *device)).map(|(_, device)| device);
    process::uses(pid, directory, own_device).then_some(Role::Delivery)
}
