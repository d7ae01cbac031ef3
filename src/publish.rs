//! Floor 3: what a node publishes of itself as node attributes: the ids of Postfix's users, which the ids rule of a hierarchy
//! compares, and the version of Postfix.
//!
//! Nothing that a directory service says may stop a Postfix that runs. While it runs here its ids are published only when the
//! cluster has none of this node, and only when they are those of the queue. Users that do not exist are never published as
//! ids: a start finds out, and a node that said so while its directory was not ready would be kept out for ever.

use std::time::Duration;

use crate::cluster::attribute;
use crate::ocf::environment::Environment;
use crate::postfix::config::Config;
use crate::postfix::memory::Memory;
use crate::postfix::queue;
use crate::system::account;
use crate::system::deadline::Deadline;

/// How long a configuration that changed may take to be read.
const READING: Duration = Duration::from_secs(5);

/// What is known of Postfix here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Stopped,
    /// It has been started or found.
    Found,
    /// It runs as it did, and what was published then is there unless it was lost.
    Running,
}

/// Publishes what is to be known of this node. `warn` gets what kept it from that.
///
/// It runs attrd_updater once or more, and waits for no more than `deadline`.
pub fn publish(environment: &Environment, memory: &mut Memory, presence: Presence, deadline: Deadline, warn: &dyn Fn(&str)) {
    if !environment.is_under_cluster() || !attribute::is_available() {
        return;
    }
    let node = environment.attribute_node();
    let instance = environment.instance();
    let resource = instance.split(':').next().unwrap_or_default();
    let attribute = attribute::ids(resource);
    // When nobody can tell, it is published again.
    let is_set = || node.as_ref().is_some_and(|node| attribute::value(&attribute, node, deadline).is_ok_and(|v| v.is_some()));
    if presence == Presence::Running && is_set() {
        return;
    }
    let config = memory.config(deadline.within(READING)).ok();
    let update = |name: &str, value: Option<&str>| {
        let done = match value {
            Some(value) => attribute::publish(name, value, node.as_deref(), deadline),
            None => attribute::forget(name, node.as_deref(), deadline),
        };
        if let Err(error) = done {
            warn(&format!("The node attribute {name} was not updated: {error}"));
        }
    };
    if let Some(version) = config.as_ref().map(|c| c.mail_version.as_str()).filter(|v| !v.is_empty()) {
        update(&attribute::version(resource), Some(version));
    }
    let is_running = presence != Presence::Stopped;
    if presence == Presence::Found && is_set() {
        return;
    }
    let Some((owner, group)) = names(config.as_ref(), memory, environment) else { return };
    match account::ids(&owner, &group, deadline) {
        Ok(Some(ids)) if !is_running || is_as_in_the_queue(memory, &ids) => update(&attribute, Some(&ids)),
        Ok(Some(ids)) => {
            warn(&format!("The uid and gid of this node are not published: {owner} and {group} are {ids}, not as in the queue"))
        }
        Ok(None) => {
            warn(&format!("The uid and gid of this node are not published: user {owner} or group {group} does not exist"));
            // What it published when they did is not true any more.
            if !is_running {
                update(&attribute, None);
            }
        }
        Err(error) => warn(&format!("The uid and gid of this node are not published: {error}")),
    }
}

/// The names of mail_owner and setgid_group: those of main.cf, else as it was last read here, else as the resource's parameters
/// record them. None where nobody knows.
fn names(config: Option<&Config>, memory: &Memory, environment: &Environment) -> Option<(String, String)> {
    let configured = config.or(memory.last_config()).map(|c| (c.mail_owner.clone(), c.setgid_group.clone()));
    configured.or_else(|| environment.name("mail_owner").zip(environment.name("setgid_group")))
}

/// Whether the queue that the master holds has these ids.
fn is_as_in_the_queue(memory: &Memory, ids: &str) -> bool {
    memory.master.as_ref().is_some_and(|master| queue::ids(&master.queue).as_deref() == Some(ids))
}
