//! Layer 2: facts about one instance of Postfix, and the faults it can have.
//!
//! Knows postconf(1), postconf(5), master(5) and master(8). Knows nothing of exit codes or
//! Pacemaker.

pub mod config;
pub mod endpoint;
pub mod fault;
pub mod maillog;
pub mod memory;
pub mod process;
pub mod queue;
pub mod socket;
pub mod table;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::system::file;
use crate::system::look::looking_at;
use crate::text;

/// Which instance: what the resource's parameters say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Where main.cf and master.cf are.
    pub config_dir: PathBuf,
    /// Where postfix(1) and postconf(1) are.
    pub binary_dir: PathBuf,
    /// The queue, when main.cf's queue_directory is not to be trusted alone.
    pub queue_dir: Option<PathBuf>,
    /// What must be mounted before a start.
    pub queue_mountpoint: Option<PathBuf>,
}

impl Instance {
    /// The instance that the parameters of a resource name: `given` are those that it has, `path` the same or their
    /// defaults. Nothing is checked.
    pub fn named_by(given: &dyn Fn(&str) -> Option<PathBuf>, path: &dyn Fn(&str) -> Option<PathBuf>) -> Instance {
        // "/etc/postfix/" and "/etc/postfix" are one instance.
        let plain = |path: PathBuf| path.components().collect::<PathBuf>();
        let named = |name: &str| path(name).map(plain).unwrap_or_default();
        let optional = |name: &str| Some(named(name)).filter(|p| !p.as_os_str().is_empty());
        // For configurations written for ocf:heartbeat:postfix; a bare word stays what it is, and is refused as such.
        let command = given("binary").filter(|b| !b.as_os_str().is_empty() && given("binary_dir").is_none());
        let beside = command.map(|b| match b.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => b,
        });
        Instance {
            config_dir: named("config_dir"),
            binary_dir: beside.map_or_else(|| named("binary_dir"), plain),
            queue_dir: optional("queue_dir"),
            queue_mountpoint: optional("queue_mountpoint"),
        }
    }

    /// The path of main.cf.
    pub fn main_cf(&self) -> PathBuf {
        self.config_dir.join("main.cf")
    }

    /// The path of master.cf.
    pub fn master_cf(&self) -> PathBuf {
        self.config_dir.join("master.cf")
    }

    /// The path of a command in binary_dir.
    pub fn command(&self, name: &str) -> PathBuf {
        self.binary_dir.join(name)
    }

    /// A file that must be there for new daemons to run and is not (message 19).
    pub fn missing_config(&self) -> Option<fault::Fault> {
        let _look = looking_at(&self.config_dir);
        let missing = [self.main_cf(), self.master_cf()].into_iter().find(|p| !p.is_file())?;
        Some(fault::Message::ConfigMissing.found(absence(&missing)))
    }

    /// A command that must be executable and is not (message 18).
    pub fn missing_command(&self) -> Option<fault::Fault> {
        let _look = looking_at(&self.binary_dir);
        let missing = ["postfix", "postconf"].map(|name| self.command(name)).into_iter().find(|p| !file::is_executable(p))?;
        let found = if missing.exists() { text::file_is_not_executable(missing.display()) } else { absence(&missing) };
        Some(fault::Message::NotExecutable.found(found))
    }
}

/// Why a file is not there, in words: what cannot be read need not be gone.
fn absence(path: &Path) -> String {
    match path.metadata() {
        Err(error) if error.kind() != io::ErrorKind::NotFound => format!("{}: {}", path.display(), file::brief(&error)),
        _ => text::file_not_found(path.display()),
    }
}
