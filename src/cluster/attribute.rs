//! Transient node attributes, by attrd_updater(8): facts of a node that location rules can ask for.

use std::path::Path;
use std::time::Duration;

use crate::system::command::{Command, CommandError};
use crate::system::deadline::Deadline;

/// How long publishing may take; it takes 10 ms.
const PATIENCE: Duration = Duration::from_secs(2);

/// The attribute in which a node tells the numeric ids of a resource's users, as `uid:gid`.
pub fn ids(resource: &str) -> String {
    format!("postkeeper-ids-{resource}")
}

/// The attribute in which a node tells which version of the service it has.
pub fn version(resource: &str) -> String {
    format!("postkeeper-version-{resource}")
}

/// Whether Pacemaker's attribute manager listens on this host.
pub fn is_available() -> bool {
    std::fs::read_to_string("/proc/net/unix").is_ok_and(|text| text.lines().any(is_attribute_manager))
}

/// Whether a line of /proc/net/unix is its socket: in the abstract namespace, where libqb pads the name with
/// NULs that the kernel shows as `@`, or a path where libqb is told to use those.
fn is_attribute_manager(line: &str) -> bool {
    let name = line.split_ascii_whitespace().nth(7).unwrap_or_default().trim_matches('@');
    name.rsplit('/').next() == Some("attrd")
}

/// Sets `name` of this node to `value` until the node leaves the cluster; the cluster takes no notice of
/// a value that it has already.
///
/// # Errors
/// When attrd_updater is missing or fails.
pub fn publish(name: &str, value: &str, deadline: Deadline) -> Result<(), CommandError> {
    update(&["-n", name, "-U", value], deadline)
}

/// Has `node` forget what it told in `name`.
///
/// # Errors
/// As [`publish`].
pub fn forget(name: &str, node: &str, deadline: Deadline) -> Result<(), CommandError> {
    update(&["-n", name, "-D", "-N", node], deadline)
}

fn update(arguments: &[&str], deadline: Deadline) -> Result<(), CommandError> {
    let program = ["/usr/sbin/attrd_updater", "/usr/bin/attrd_updater"].into_iter().find(|p| Path::new(p).exists());
    Command::new(program.unwrap_or("attrd_updater")).args(arguments).output(deadline.within(PATIENCE)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_known_in_both_name_spaces() {
        let line = |name: &str| format!("00000000bf2b1fd5: 00000002 00000000 00010000 0001 01 1004108 {name}");
        assert!(is_attribute_manager(&line("@attrd@@@@@@@@@@@@@@")));
        assert!(is_attribute_manager(&line("/run/crm/attrd")));
        assert!(!is_attribute_manager(&line("@attrd2")));
        assert!(!is_attribute_manager("00000000bf2b1fd5: 00000002 00000000 00010000 0001 01 1004108"));
    }
}
