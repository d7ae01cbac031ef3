//! Validate: are the parameters usable, and is this host fit to run the instance?

use std::path::Path;

use crate::postfix::Instance;
use crate::postfix::fault::{Fault, Message};
use crate::postfix::memory::Memory;
use crate::postfix::queue;
use crate::system::deadline::Deadline;

/// Judges the values alone; the same on every node.
///
/// # Errors
/// Messages 1 and 5 for an empty value, `ParameterInvalid` for one that is no absolute path.
pub fn validate_parameters(instance: &Instance) -> Result<(), Fault> {
    if instance.config_dir.as_os_str().is_empty() {
        return Err(Message::NoConfigPath.found(""));
    }
    if instance.binary_dir.as_os_str().is_empty() {
        return Err(Message::NoExecutePath.found(""));
    }
    absolute("config_dir", &instance.config_dir)?;
    absolute("binary_dir", &instance.binary_dir)?;
    instance.queue_dir.as_deref().map_or(Ok(()), |path| absolute("queue_dir", path))?;
    instance.queue_mountpoint.as_deref().map_or(Ok(()), |path| absolute("queue_mountpoint", path))
}

fn absolute(name: &str, path: &Path) -> Result<(), Fault> {
    let text = path.as_os_str().as_encoded_bytes();
    let problem = if !path.is_absolute() {
        "is not an absolute path"
    } else if text.len() >= libc::PATH_MAX as usize {
        "is too long for a path"
    } else if text.iter().any(u8::is_ascii_control) {
        "holds a control character"
    } else {
        return Ok(());
    };
    let shown: String = path.to_string_lossy().chars().take(40).collect();
    Err(Message::ParameterInvalid.found(format!("{name} {problem}: \"{shown}\"")))
}

/// Judges this host: programs, configuration, queue and ids.
///
/// # Errors
/// What a start would refuse, as far as it can be known without starting.
pub fn validate_host(instance: &Instance, deadline: Deadline) -> Result<(), Fault> {
    if let Some(fault) = instance.missing_command().or_else(|| instance.missing_config()) {
        return Err(fault);
    }
    let mut memory = Memory::recall(instance);
    let config = memory.config(deadline)?;
    if let Some(value) = config.unresolved.first() {
        return Err(Message::BadInterface.found(format!("\"{value}\"")));
    }
    let queue = queue::locate(instance, &config)?;
    queue::check_ids(&queue, &config)
}
