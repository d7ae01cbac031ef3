//! What is remembered of an instance between two runs of the agent, so that looking after a running
//! Postfix starts no process.
//!
//! One small JSON file for each config_dir, under /run/resource-agents (HA_RSCTMP moves it), written
//! whole and believed only when nobody else could have written it. A cache: the configuration
//! is used only while its source files (main.cf, master.cf, the tables of hosts and services) are unchanged, the master
//! only while pid and start time match. A damaged file is ignored.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Instance;
use super::config::Config;
use super::endpoint::Endpoint;
use super::fault::{Fault, Message};
use crate::system::deadline::Deadline;
use crate::system::file::{self, FileId};
use crate::system::process::{self, Identity};
use crate::text;

/// Raised whenever the shape changes: an older file is then as good as none.
const VERSION: u32 = 16;

/// Far larger than anything we write (50 endpoints take 6 KiB).
const LIMIT: u64 = 1 << 20;

/// How long a refusal of the configuration, or that a name in it is unknown, is remembered, in seconds: it need not come from the files alone.
const REFUSAL_TTL_SECONDS: u64 = 30;

/// In seconds since 1970.
pub fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
}

/// What is known of the master that was seen last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Master {
    pub id: Identity,
    /// The queue it runs on: resolved path, device, inode.
    pub queue: PathBuf,
    pub device: u64,
    pub inode: u64,
    /// The endpoints with which it was started or last reloaded.
    pub endpoints: Vec<Endpoint>,
    /// The addresses of inet_interfaces on which no service listened then.
    pub other_interfaces: Vec<IpAddr>,
    /// qmgr, pickup and the other daemons that every message passes through, as last seen.
    pub workers: Vec<Identity>,
    /// The endpoints that were silent during the whole of their last check, or have never answered.
    pub unheard: Vec<SocketAddr>,
    /// Its descriptors for the lock of the pid file and, by inode, for the listening sockets, as last seen.
    pub lock: Option<i32>,
    pub sockets: BTreeMap<u64, i32>,
}

/// A TLS certificate that an endpoint showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub endpoint: String,
    /// When it expires, in seconds since 1970, and that day as 2027-01-31.
    pub expires: u64,
    pub date: String,
}

/// What a monitor that found out nothing was looking at: storage that does not answer, most likely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfinishedMonitor {
    pub path: Option<PathBuf>,
    /// OCF_CHECK_LEVEL of the last monitor of that kind.
    pub level: u8,
    /// The processes that accessed it. They may be blocked until the storage answers, even though they were killed.
    pub workers: Vec<Identity>,
    /// When the last one was killed, in seconds since 1970.
    pub at: u64,
}

/// The remembered facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    version: u32,
    instance: Instance,
    /// The files that it was read from, with size and times.
    sources: Vec<Option<FileId>>,
    config: Option<Config>,
    /// Why these files could not be read.
    problem: Option<Fault>,
    /// When they were last read, in seconds since 1970.
    #[serde(default)]
    read_at: u64,
    pub master: Option<Master>,
    /// Whether the log has a line on the difference between running and configured endpoints.
    pub reload_due_logged: bool,
    /// Of the certificates of the last check, the one that expires first.
    pub certificate: Option<Certificate>,
    /// Set when the last monitor found out nothing.
    pub unfinished_monitor: Option<UnfinishedMonitor>,
    /// Text of the last check with TLS on a renewed certificate that is not in use yet.
    pub renewed: Option<String>,
    /// The last logged warning of each subject.
    logged: BTreeMap<String, String>,
    #[serde(skip)]
    path: Option<PathBuf>,
    #[serde(skip)]
    stored: Option<Vec<u8>>,
}

impl Memory {
    /// The memory of `instance`; empty when there is none, or it is not valid.
    pub fn recall(instance: &Instance) -> Memory {
        let path = path_of(&instance.config_dir, "json");
        let bytes = path.as_deref().and_then(|p| file::read_private(p, LIMIT));
        let remembered: Option<Memory> = bytes.as_deref().and_then(|b| serde_json::from_slice(b).ok());
        let mut memory = match remembered.filter(|m| m.version == VERSION && m.instance.config_dir == instance.config_dir) {
            // The parameters have changed: master and configuration stay valid unless the configuration has other files now.
            Some(memory) => Memory { instance: instance.clone(), ..memory },
            None => Memory::empty(instance),
        };
        memory.path = path;
        memory.stored = bytes;
        memory
    }

    /// The same, of which nothing is ever written.
    pub fn not_to_be_stored(self) -> Memory {
        Memory { path: None, ..self }
    }

    fn empty(instance: &Instance) -> Memory {
        Memory { version: VERSION, instance: instance.clone(), ..Memory::default() }
    }

    /// Whether the remembered master still runs.
    fn is_master_alive(&self) -> bool {
        self.master.as_ref().is_some_and(|m| process::stat(m.id.pid).is_some_and(|s| s.is_alive() && s.id == m.id))
    }

    /// Whether the files are unchanged since they were read.
    pub fn is_current(&self) -> bool {
        self.sources == sources(&self.instance)
    }

    /// Has [`Memory::config`] read the files again when they could not be read, or a name in them could not be resolved: the cause may be
    /// gone.
    pub fn doubt(&mut self) {
        self.read_at = 0;
    }

    /// The current configuration; reads it again when its files have changed.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn config(&mut self, deadline: Deadline) -> Result<Config, Fault> {
        let is_recent = now().abs_diff(self.read_at) < REFUSAL_TTL_SECONDS;
        // A name that could not be resolved may resolve now; one that resolved may have another address before a start.
        let stays = |c: &Config| (c.unresolved.is_empty() || is_recent) && (!c.by_name || self.is_master_alive());
        let is_whole = self.problem.is_some() && is_recent || self.problem.is_none() && self.config.as_ref().is_some_and(stays);
        let is_current = self.is_current();
        if !is_current || !is_whole {
            self.reload_due_logged &= is_current;
            self.read_at = now();
            let before = sources(&self.instance);
            match Config::read(&self.instance, deadline) {
                // Changed while it was read: do not store it, so that the next run reads it again.
                Ok(config) => {
                    (self.config, self.problem) = (Some(config), None);
                    self.sources = if sources(&self.instance) == before { before } else { Vec::new() };
                }
                Err(fault)
                    if matches!(fault.message, Message::ConfigUnreadable | Message::ServicesUnreadable)
                        && sources(&self.instance) == before =>
                {
                    (self.problem, self.sources) = (Some(fault), before);
                }
                Err(fault) => return Err(fault),
            }
        }
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        self.config.clone().ok_or_else(|| Message::ConfigUnreadable.found(text::it_changes_while_it_is_read()))
    }

    /// Whether this warning on a subject is new; from here on it counts as logged. An empty warning is never new.
    pub fn is_new_warning(&mut self, subject: &str, words: &str) -> bool {
        let before =
            if words.is_empty() { self.logged.remove(subject) } else { self.logged.insert(subject.to_owned(), words.to_owned()) };
        !words.is_empty() && before.as_deref() != Some(words)
    }

    /// Forgets the last logged warning on a subject, and those of other subjects that say the same.
    pub fn forget_warning(&mut self, subject: &str) {
        if let Some(words) = self.logged.remove(subject) {
            self.logged.retain(|_, others| *others != words);
        }
    }

    /// Whether this is the last logged warning of any subject.
    pub fn is_logged(&self, words: &str) -> bool {
        self.logged.values().any(|logged| logged == words)
    }

    /// The configuration that was read last, current or not; for callers that must not access files.
    pub fn last_config(&self) -> Option<&Config> {
        self.config.as_ref()
    }

    /// Writes the file if the memory has changed; returns whether the next run will find it. A failure is not reported: it only
    /// makes the next run slower, which finds no file rather than one that names a master that is gone.
    pub fn store(&mut self) -> bool {
        let (Some(path), Ok(bytes)) = (&self.path, serde_json::to_vec(self)) else { return false };
        if self.stored.as_ref() != Some(&bytes) {
            if file::write_private(path, &bytes).is_err() {
                let old = self.stored.as_deref().and_then(|bytes| serde_json::from_slice::<Memory>(bytes).ok());
                let master = |memory: &Memory| memory.master.as_ref().map(|master| master.id);
                if old.is_some_and(|old| master(&old) != master(self)) {
                    let _ = fs::remove_file(path);
                    self.stored = None;
                }
                return false;
            }
            self.stored = Some(bytes);
        }
        true
    }
}

/// The identity of the files that a configuration is read from: Postfix's own, those that give its names
/// of hosts and services their numbers, and the program that has its defaults and its version.
fn sources(instance: &Instance) -> Vec<Option<FileId>> {
    [instance.main_cf(), instance.master_cf(), "/etc/hosts".into(), "/etc/services".into(), instance.command("postconf")]
        .map(|path| file::identify(&path))
        .to_vec()
}

/// A file of ours for this config_dir: its last component for people, a hash of the whole for exactness.
/// None when the directory for such files is missing and cannot be made, or is not to be trusted.
pub fn path_of(config_dir: &Path, extension: &str) -> Option<PathBuf> {
    let directory = std::env::var_os("HA_RSCTMP").map(PathBuf::from).filter(|d| d.is_absolute());
    let directory = directory.unwrap_or_else(|| PathBuf::from("/run/resource-agents"));
    if !file::is_private_directory(&directory) {
        if directory.exists() {
            return None;
        }
        let _ = fs::DirBuilder::new().recursive(true).mode(0o755).create(&directory);
        if !file::is_private_directory(&directory) {
            return None;
        }
    }
    let hash = file::fingerprint(config_dir.as_os_str().as_encoded_bytes());
    let readable = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let last: String = config_dir.file_name()?.to_string_lossy().chars().filter(readable).take(40).collect();
    Some(directory.join(format!("postkeeper-{last}-{hash:016x}.{extension}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instance(dir: &Path) -> Instance {
        Instance { config_dir: dir.to_owned(), binary_dir: dir.to_owned(), queue_dir: None, queue_mountpoint: None }
    }

    #[test]
    fn what_is_stored_is_recalled_and_damage_is_forgetting() {
        let dir = tempfile::tempdir().unwrap();
        let instance = instance(dir.path());
        let mut memory = Memory::empty(&instance);
        memory.path = Some(dir.path().join("memory"));
        memory.reload_due_logged = true;
        memory.store();
        let bytes = fs::read(dir.path().join("memory")).unwrap();
        let again: Memory = serde_json::from_slice(&bytes).unwrap();
        assert!(again.reload_due_logged && again.instance == instance);
        for end in 0..bytes.len() {
            assert!(serde_json::from_slice::<Memory>(&bytes[..end]).is_err());
        }
    }

    /// What cannot be written is to be known as forgotten: an old file might name a master that is gone.
    #[test]
    fn a_memory_that_cannot_be_stored_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let mut memory = Memory { path: Some(dir.path().join("memory")), ..Memory::empty(&instance(dir.path())) };
        assert!(memory.store() && memory.path.as_ref().unwrap().exists());
        // Stands in the way of a new file, as a file system does that is full.
        fs::create_dir(dir.path().join(format!("memory.{}", std::process::id()))).unwrap();
        memory.reload_due_logged = true;
        assert!(!memory.store() && memory.path.as_ref().unwrap().exists(), "the old one is true but for this");
        memory.master = full().master;
        assert!(!memory.store() && !memory.path.as_ref().unwrap().exists());
    }

    #[test]
    fn an_edit_makes_it_stale() {
        let dir = tempfile::tempdir().unwrap();
        let instance = instance(dir.path());
        fs::write(instance.main_cf(), "a = b\n").unwrap();
        let mut memory = Memory::empty(&instance);
        memory.sources = sources(&instance);
        assert!(memory.is_current());
        fs::write(instance.main_cf(), "a = bc\n").unwrap();
        assert!(!memory.is_current());
    }

    #[test]
    fn news_are_what_was_not_said_last() {
        let mut memory = Memory::empty(&instance(Path::new("/etc/postfix")));
        let news = ["a", "a", "b", "", "b"].map(|words| memory.is_new_warning("subject", words));
        assert_eq!(news, [true, false, true, false, true]);
        assert!(memory.is_logged("b") && memory.is_new_warning("another", "b"));
        memory.forget_warning("subject");
        assert!(!memory.is_logged("b"));
    }

    #[test]
    fn two_directories_of_one_name_have_two_files() {
        let name = |dir: &str| path_of(Path::new(dir), "json");
        assert_ne!(name("/a/postfix"), name("/b/postfix"));
    }

    /// With something in every place.
    fn full() -> Memory {
        let endpoint = Endpoint {
            service: "smtp".to_owned(),
            address: "[2001:db8::1]:25".parse().unwrap(),
            tls: true,
            proxy: false,
            screened: false,
            limit: Some(100),
            names: vec!["smtp".to_owned()],
        };
        let id = Identity { pid: 7, start: 8 };
        let workers = vec![id];
        let master = Master {
            id,
            queue: "/q".into(),
            device: 1,
            inode: u64::MAX,
            endpoints: vec![endpoint],
            other_interfaces: vec!["192.0.2.1".parse().unwrap()],
            workers,
            unheard: vec!["[2001:db8::1]:25".parse().unwrap()],
            lock: Some(9),
            sockets: BTreeMap::from([(u64::MAX, 12)]),
        };
        let certificate = Certificate { endpoint: "1.2.3.4:25".to_owned(), expires: 9, date: "2027-01-31".to_owned() };
        Memory {
            sources: vec![None, file::identify(Path::new("/"))],
            problem: Some(Message::ConfigUnreadable.found("\u{fc} \"quoted\"")),
            master: Some(master),
            certificate: Some(certificate),
            unfinished_monitor: Some(UnfinishedMonitor { path: Some("/q".into()), level: 10, workers: vec![id], at: 9 }),
            ..Memory::empty(&instance(Path::new("/etc/postfix")))
        }
    }

    proptest! {
        #[test]
        fn damage_anywhere_is_forgetting_or_another_memory(at in any::<prop::sample::Index>(), byte: u8, length in 0usize..9) {
            let mut bytes = serde_json::to_vec(&full()).unwrap();
            prop_assert_eq!(&serde_json::from_slice::<Memory>(&bytes).unwrap(), &full());
            let from = at.index(bytes.len());
            bytes.splice(from..(from + length).min(bytes.len()), [byte]);
            let _ = serde_json::from_slice::<Memory>(&bytes);
        }
    }
}
