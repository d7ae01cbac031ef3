//! Reload: a changed configuration comes into effect without a stop.

use super::start::await_greeting;
use super::{INTERVAL, exclusive};
use crate::health;
use crate::postfix::Instance;
use crate::postfix::fault::{Fault, Message};
use crate::postfix::memory::Memory;
use crate::postfix::queue;
use crate::system::command::{Command, tail};
use crate::system::deadline::Deadline;

/// How long the master may take to act on a reload.
const EFFECT: std::time::Duration = std::time::Duration::from_secs(5);

/// `postfix reload`, when the configuration can be read and names the queue that the master holds; then
/// as [`super::start`], until it serves. Ok(None) and Ok(Some(fault)) as there.
///
/// # Errors
/// `MasterNotRunning` when there is none; the reason why the configuration is not taken.
pub fn reload(instance: &Instance, deadline: Deadline, tell: &dyn Fn(&str)) -> Result<Option<Fault>, Fault> {
    let _guard = exclusive(instance, deadline)?;
    let mut memory = Memory::recall(instance);
    let Some(master) = health::find_master(instance, &memory) else {
        return Err(Message::MasterNotRunning.found("there is nothing to reload"));
    };
    if let Some(fault) = instance.missing_command() {
        return Err(fault);
    }
    let config = memory.config(deadline)?;
    let queue = queue::locate(instance, &config)?;
    if let Some(known) = &memory.master {
        queue::agree(&known.queue, &queue, &config)?;
    }
    let command = Command::new(instance.command("postfix")).arg("-c").arg(&instance.config_dir).arg("reload").on_a_terminal();
    let finished = command.run(deadline).map_err(|e| Message::CheckFailed.found(e.to_string()))?;
    if !finished.status.success() {
        return Err(Message::CheckFailed.found(tail(&finished.said(), 2)));
    }
    // What a reload cannot do (a new address in inet_interfaces) stays due, and the log says so.
    deadline.within(EFFECT).poll(INTERVAL, || health::listens_on_all(&master, &config).then_some(()));
    health::remember_reloaded(&mut memory, &config);
    let verdict = await_greeting(instance, &mut memory, deadline, tell);
    memory.store();
    verdict
}
