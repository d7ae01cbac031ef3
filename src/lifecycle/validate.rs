//! Validate: are the parameters valid, and can this host run the instance?

use crate::ocf::parameters;
use crate::postfix::Instance;
use crate::postfix::fault::{Fault, Message};
use crate::postfix::memory::Memory;
use crate::postfix::queue;
use crate::system::deadline::Deadline;
use crate::text;

/// Checks the values alone; the result is the same on every node.
///
/// # Errors
/// Messages 1 and 5 for an empty value, `ParameterInvalid` for a path that is not absolute.
pub fn validate_parameters(instance: &Instance) -> Result<(), Fault> {
    if instance.config_dir.as_os_str().is_empty() {
        return Err(Message::NoConfigPath.found(text::parameter_is_empty("config_dir")));
    }
    if instance.binary_dir.as_os_str().is_empty() {
        return Err(Message::NoExecutePath.found(text::parameter_is_empty("binary_dir")));
    }
    let paths = [
        ("config_dir", Some(&instance.config_dir)),
        ("binary_dir", Some(&instance.binary_dir)),
        ("queue_dir", instance.queue_dir.as_ref()),
        ("queue_mountpoint", instance.queue_mountpoint.as_ref()),
    ];
    for (name, path) in paths {
        if let (Some(parameter), Some(path)) = (parameters::find(name), path) {
            parameter.read(path.as_os_str()).map_err(|e| Message::ParameterInvalid.found(e.to_string()))?;
        }
    }
    Ok(())
}

/// Checks this host: programs, configuration, queue, uid and gid.
///
/// # Errors
/// What a start would refuse, as far as it can be found without starting.
pub fn validate_host(instance: &Instance, memory: &mut Memory, deadline: Deadline) -> Result<(), Fault> {
    if let Some(fault) = instance.missing_command().or_else(|| instance.missing_config()) {
        return Err(fault);
    }
    memory.doubt();
    let config = memory.config(deadline)?;
    if let Some(value) = config.unresolved.first() {
        return Err(Message::BadInterface.found(format!("\"{value}\"")));
    }
    let queue = queue::locate(instance, &config)?;
    queue::check_ids(&queue, &config, deadline)?;
    queue::check_data_directory(&config)
}
