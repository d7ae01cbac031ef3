//! Layer 4: the node attributes that a node publishes: uid and gid of Postfix's users, which the location rule of a hierarchy
//! compares, and the version of Postfix.
//!
//! No answer of a directory service may stop a running Postfix. While it runs here, its ids are published only when the cluster
//! has none of this node, and only when they match the queue. Missing users are never published: a start reports them, and a
//! node that published this while its directory service was starting would be excluded for ever.

use std::time::Duration;

use crate::cluster::attribute;
use crate::ocf::environment::Environment;
use crate::postfix::config::Config;
use crate::postfix::memory::Memory;
use crate::postfix::queue;
use crate::system::account;
use crate::system::deadline::Deadline;
use crate::text;

/// Timeout for reading a changed configuration.
const READING: Duration = Duration::from_secs(5);

/// The state of Postfix on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Stopped,
    /// It was just started, or found by a probe.
    Found,
    /// It runs as before; the attributes are there unless they were lost.
    Running,
}

/// Publishes this node's attributes. `warn` is called with what prevented that.
///
/// It runs attrd_updater or crm_attribute once or more, and waits for no more than `deadline`.
pub fn publish(environment: &Environment, memory: &mut Memory, presence: Presence, deadline: Deadline, warn: &dyn Fn(&str)) {
    if !environment.is_under_cluster() || !attribute::is_available() {
        return;
    }
    let node = environment.attribute_node();
    let instance = environment.instance();
    let resource = instance.split(':').next().unwrap_or_default();
    let attribute = attribute::ids(resource);
    // If that cannot be found out, publish again.
    let is_set = || node.as_ref().is_some_and(|node| attribute::value(&attribute, node, deadline).is_ok_and(|v| v.is_some()));
    if presence == Presence::Running && is_set() {
        return;
    }
    let config = memory.config(deadline.within(READING)).ok();
    let update = |name: &str, value: Option<&str>| {
        if let Err(error) = attribute::publish(name, value, node.as_deref(), deadline) {
            warn(&text::attribute_was_not_updated(name, error));
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
    let of_queue = || queue::ids(&memory.master.as_ref()?.queue);
    match account::ids(&owner, &group, deadline) {
        Ok(Some(ids)) if !is_running || of_queue().as_ref() == Some(&ids) => update(&attribute, Some(&ids)),
        Ok(Some(ids)) => warn(&text::ids_differ_from_the_queue(owner, group, ids)),
        Ok(None) => {
            warn(&text::user_or_group_does_not_exist(owner, group));
            // The attributes from when they existed are out of date.
            if !is_running {
                update(&attribute, None);
            }
        }
        Err(error) => warn(&text::ids_are_not_published(error)),
    }
}

/// The names of mail_owner and setgid_group: those of main.cf, else as it was last read here, else as the resource's parameters
/// record them. None where nobody knows.
fn names(config: Option<&Config>, memory: &Memory, environment: &Environment) -> Option<(String, String)> {
    let configured = config.or(memory.last_config()).map(|c| (c.mail_owner.clone(), c.setgid_group.clone()));
    configured.or_else(|| environment.name("mail_owner").zip(environment.name("setgid_group")))
}
