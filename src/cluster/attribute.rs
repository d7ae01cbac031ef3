//! Transient node attributes, by crm_attribute(8) and attrd_updater(8): facts of a node that location rules can use.

use std::time::Duration;

use super::pacemaker::tool;
use crate::system::command::CommandError;
use crate::system::deadline::Deadline;
use crate::system::net;

/// How long publishing may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The attribute in which a node publishes the ids of a resource's users, as `uid:gid`.
pub fn ids(resource: &str) -> String {
    format!("postkeeper-ids-{resource}")
}

/// The attribute in which a node publishes the version of the service.
pub fn version(resource: &str) -> String {
    format!("postkeeper-version-{resource}")
}

/// Whether Pacemaker's attribute manager listens on this host.
pub fn is_available() -> bool {
    net::local_sockets().lines().any(is_attribute_manager)
}

/// Whether a line of /proc/net/unix is its socket: in the abstract namespace, where libqb pads the name with
/// NULs that the kernel shows as `@`, or a path where libqb is told to use those.
fn is_attribute_manager(line: &str) -> bool {
    let name = line.split_ascii_whitespace().nth(7).unwrap_or_default().trim_matches('@');
    name.rsplit('/').next() == Some("attrd")
}

/// What `node` has published in `name`.
pub fn value(name: &str, node: &str, deadline: Deadline) -> Result<Option<String>, CommandError> {
    let finished = tool("attrd_updater", &["-n", name, "-Q", "-N", node]).run(deadline.within(TIMEOUT))?;
    // attrd_updater fails when no node has the attribute.
    Ok(value_of(&finished.stdout, node).filter(|_| finished.status.success()))
}

/// The node's value in attrd_updater's answer, `name="N" host="H" value="V"`.
fn value_of(answer: &str, node: &str) -> Option<String> {
    let host = format!("host=\"{node}\"");
    let line = answer.lines().find(|line| line.contains(&host))?;
    let value = line.split_once("value=\"")?.1.split('"').next()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// Sets attribute `name` of `node` (None: this node) to `value` until the node leaves the cluster, or deletes it; setting the same
/// value again has no effect.
///
/// By crm_attribute, since it tells the attribute manager when the node is a Pacemaker Remote node. The one of Pacemaker 3.0.0 does
/// not write the attributes of such a node to the CIB before it has been told (tried).
pub fn publish(name: &str, value: Option<&str>, node: Option<&str>, deadline: Deadline) -> Result<(), CommandError> {
    let change = value.map_or(vec!["--delete"], |value| vec!["--update", value]);
    let command = tool("crm_attribute", &["--lifetime", "reboot", "--name", name]).args(change);
    let command = command.args(node.into_iter().flat_map(|node| ["--node", node]));
    command.output(deadline.within(TIMEOUT)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_told_from_none() {
        let line = |host: &str, value: &str| format!("name=\"postkeeper-ids-m\" host=\"{host}\" value=\"{value}\"\n");
        assert_eq!(value_of(&(line("n2", "") + &line("n1", "1:2")), "n1").as_deref(), Some("1:2"));
        assert_eq!(value_of(&(line("n2", "1:2") + &line("n1", "")), "n1"), None);
        assert_eq!(value_of(&line("n11", "1:2"), "n1"), None);
        assert_eq!(value_of("", "n1"), None);
    }

    #[test]
    fn the_socket_is_known_in_both_name_spaces() {
        let line = |name: &str| format!("00000000bf2b1fd5: 00000002 00000000 00010000 0001 01 1004108 {name}");
        assert!(is_attribute_manager(&line("@attrd@@@@@@@@@@@@@@")));
        assert!(is_attribute_manager(&line("/run/crm/attrd")));
        assert!(!is_attribute_manager(&line("@attrd2")));
        assert!(!is_attribute_manager("00000000bf2b1fd5: 00000002 00000000 00010000 0001 01 1004108"));
    }
}
