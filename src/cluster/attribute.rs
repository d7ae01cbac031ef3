//! Transient node attributes, by attrd_updater(8): facts of a node that location rules can ask for.

use std::path::Path;
use std::time::Duration;

use crate::system::command::{Command, CommandError};
use crate::system::deadline::Deadline;

/// How long publishing may take; it takes 10 ms.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether Pacemaker's attribute manager runs on this host: its socket is in the abstract namespace.
pub fn is_available() -> bool {
    std::fs::read_to_string("/proc/net/unix")
        .is_ok_and(|text| text.lines().any(|l| l.ends_with("@attrd") || l.contains("/attrd")))
}

/// Sets `name` of this node to `value` until the node leaves the cluster; the cluster takes no notice of
/// a value that it has already.
///
/// # Errors
/// When attrd_updater is missing or fails.
pub fn publish(name: &str, value: &str, deadline: Deadline) -> Result<(), CommandError> {
    let program = ["/usr/sbin/attrd_updater", "/usr/bin/attrd_updater"].into_iter().find(|p| Path::new(p).exists());
    let command = Command::new(program.unwrap_or("attrd_updater")).args(["-n", name, "-U", value]);
    command.output(deadline.within(PATIENCE)).map(drop)
}
