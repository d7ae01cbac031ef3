//! The facts about Postfix on this server that a hierarchy is made from.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Refusal;
use crate::cluster::hierarchy::Hierarchy;
use crate::lifecycle;
use crate::ocf::parameters;
use crate::postfix::config::{self, Config};
use crate::postfix::endpoint::split_list;
use crate::postfix::fault::Message;
use crate::postfix::{Instance, queue};
use crate::system::deadline::Deadline;
use crate::text;

/// Timeout of all postconf calls together.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The parameters that record the names of mail_owner and setgid_group.
pub const NAMES: [&str; 2] = ["mail_owner", "setgid_group"];

/// An instance of Postfix whose files and ids are valid here.
#[derive(Debug)]
pub struct Facts {
    pub instance: Instance,
    /// The queue as configured, and with all links resolved.
    pub queue_dir: PathBuf,
    pub queue: PathBuf,
    /// `uid:gid` of mail_owner and setgid_group, equal to those of the queue.
    pub ids: String,
    pub mail_owner: String,
    pub setgid_group: String,
    /// The addresses that only one server may have.
    pub addresses: Vec<IpAddr>,
    /// Whether inet_interfaces names no address, so that any address of the server is used.
    pub any_address: bool,
    /// All directories of the instance, links resolved.
    pub directories: Vec<PathBuf>,
    /// Whether alternate_config_directories lacks the configuration.
    pub unlisted: bool,
}

/// The instance that a resource with these parameters manages.
pub fn instance(parameter: &dyn Fn(&str) -> Option<String>) -> Instance {
    let given = |name: &str| parameter(name).map(PathBuf::from);
    Instance::named_by(&given, &|name| given(name).or_else(|| parameters::default(name).map(PathBuf::from)))
}

/// The instance of a hierarchy.
pub fn instance_of(h: &Hierarchy) -> Instance {
    instance(&|name| h.parameter(name).map(str::to_owned))
}

/// The services of a hierarchy whose endpoints are checked; empty: all.
pub fn endpoints_of(h: &Hierarchy) -> Vec<String> {
    match parameters::find("endpoints").and_then(|p| p.value(h.parameter(p.name).map(OsStr::new))) {
        Some(parameters::Value::Services(list)) => list,
        _ => Vec::new(),
    }
}

impl Facts {
    /// Checks this server. `check_reachable` refuses a path whose file system is mounted elsewhere, so that missing files there are not
    /// reported.
    ///
    /// # Errors
    /// Messages 1 to 7, 20 and 21, and other reasons that make a start impossible.
    pub fn gather(instance: Instance, check_reachable: &dyn Fn(&Path) -> Result<(), Refusal>) -> Result<Facts, Refusal> {
        let deadline = Deadline::after(TIMEOUT);
        lifecycle::validate_parameters(&instance)?;
        [&instance.config_dir, &instance.binary_dir]
            .into_iter()
            .chain(&instance.queue_dir)
            .try_for_each(|path| check_reachable(path))?;
        for (path, message) in [(instance.main_cf(), Message::MainCfNotFound), (instance.master_cf(), Message::MasterCfNotFound)]
        {
            if !path.is_file() {
                return Err(message.found(path.display().to_string()).into());
            }
        }
        if let Some(fault) = instance.missing_command() {
            return Err(Message::CommandInvalid.found(fault.found).into());
        }
        let config = Config::read(&instance, deadline)?;
        if let Some(value) = config.unresolved.first() {
            return Err(Message::BadInterface.found(format!("\"{value}\"")).into());
        }
        check_reachable(&config.queue_directory)?;
        let queue = queue::locate(&instance, &config)?;
        queue::check_ids(&queue, &config, deadline)?;
        let names = ["mail_spool_directory", "virtual_mailbox_base", "command_directory"];
        let more = config::values(&instance, &names, deadline)?;
        let own = [&queue, &instance.config_dir, &instance.binary_dir, &config.daemon_directory, &config.data_directory];
        let directories = own.into_iter().cloned().chain(more.into_values().map(PathBuf::from)).filter(|path| path.is_absolute());
        let addresses = config.own_addresses();
        Ok(Facts {
            queue_dir: instance.queue_dir.clone().unwrap_or_else(|| config.queue_directory.clone()),
            ids: queue::ids(&queue)
                .ok_or_else(|| Message::QueueNotFound.of(queue.display().to_string(), text::it_has_no_maildrop()))?,
            mail_owner: config.mail_owner.clone(),
            setgid_group: config.setgid_group.clone(),
            any_address: addresses.is_empty(),
            addresses: addresses.into_iter().collect(),
            directories: directories.map(|path| std::fs::canonicalize(&path).unwrap_or(path)).collect(),
            unlisted: !is_listed(&instance, deadline),
            instance,
            queue,
        })
    }

    /// The parameters that record the names of mail_owner and setgid_group, and those names.
    pub fn names(&self) -> [(&'static str, &str); 2] {
        [(NAMES[0], &self.mail_owner), (NAMES[1], &self.setgid_group)]
    }
}

/// The default config_dir.
pub fn default_config_dir() -> &'static Path {
    Path::new(parameters::default("config_dir").unwrap_or_default())
}

/// The configurations that the default one names. Commands of ordinary users refuse all others.
pub fn listed(instance: &Instance, deadline: Deadline) -> Vec<PathBuf> {
    let default = Instance { config_dir: default_config_dir().to_owned(), ..instance.clone() };
    let names = ["alternate_config_directories", "multi_instance_directories"];
    let values = config::values(&default, &names, deadline).unwrap_or_default();
    values.values().flat_map(|v| split_list(v)).map(PathBuf::from).collect()
}

/// Whether it is the default configuration, or is named there.
pub fn is_listed(instance: &Instance, deadline: Deadline) -> bool {
    instance.config_dir == default_config_dir() || listed(instance, deadline).contains(&instance.config_dir)
}
