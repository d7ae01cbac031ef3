//! Parts and checks that several verbs share: the Postfix resource, its dependencies, and whether it may be made.

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;

use super::{AGENT, Refusal, adopt, facts};
use crate::cluster::change::{Change, Operation, Primitive};
use crate::cluster::cib::{Cib, Resource};
use crate::cluster::constraint::{Constraint, Purpose};
use crate::cluster::hierarchy::{self, Switchback};
use crate::cluster::live::Live;
use crate::cluster::provides;
use crate::ocf::action::{Action, OPERATIONS};
use crate::ocf::parameters;
use crate::postfix::Instance;
use crate::postfix::fault::Message;
use crate::system::file;
use crate::text::{self, Text};

/// The switchback types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SwitchbackKind {
    #[default]
    #[value(help = text::help_switchback_intelligent())]
    Intelligent,
    #[value(help = text::help_switchback_automatic())]
    Automatic,
}

impl SwitchbackKind {
    pub fn stickiness(self) -> &'static str {
        if self == SwitchbackKind::Intelligent { "INFINITY" } else { "0" }
    }

    pub fn switchback(self) -> Switchback {
        Switchback::from_stickiness(self.stickiness())
    }
}

/// migration-threshold and failure-timeout of our resources.
const THRESHOLD: &str = "3";
const FORGET: &str = "600s";

/// Whether it is a valid tag: the kit's characters, and a first character that a resource id may have.
pub fn is_tag(tag: &str) -> bool {
    let is_allowed = tag.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    is_allowed && hierarchy::id_of(tag).starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Checks that no resource but `own` has the instance with that configuration, whatever its agent.
pub fn check_config_dir_is_free(cib: &Cib, config_dir: &Path, own: Option<&str>) -> Result<()> {
    for other in cib.resources().into_iter().filter(|r| Some(r.id()) != own) {
        let agent = cib.agent(&other);
        let (theirs, advice) = match adopt::config_dirs(cib, &other) {
            Some(theirs) => (theirs, text::adopt_it(other.id())),
            None if agent.ends_with(":postfix") => {
                (vec![facts::instance(&|name| cib.parameter(&other, name)).config_dir], text::see_postkeeper_show(other.id()))
            }
            None => continue,
        };
        if let Some(same) = theirs.iter().find(|directory| file::target(directory) == file::target(config_dir)) {
            let what = text::resource_has_this_postfix_already(other.id(), same.display());
            return Err(Refusal::new(what).about("config_dir").advise(advice).into());
        }
    }
    Ok(())
}

/// Checks that a resource is active on the server (message 8).
pub fn check_in_service(live: &Live, resource: &Resource<'_>, server: &str) -> Result<(), Refusal> {
    let nodes = live.started_on(resource.id());
    if nodes.contains(&server) {
        return Ok(());
    }
    let found = match nodes.first() {
        Some(node) => text::it_is_on_another_server(node, server),
        None => text::it_is_not_active_anywhere(server),
    };
    let refusal = Refusal::new(Text::verbatim(Message::NotInService.of(resource.id(), found)));
    Err(refusal.advise(match nodes.first() {
        Some(node) => text::run_this_on(node, resource.anchor(), server),
        None => text::start_it_here_first(resource.id()),
    }))
}

/// Colocation and order for each dependency, colocations between dependencies that nothing keeps together yet, and orders of file
/// systems.
pub fn dependency_constraints(cib: &Cib, id: &str, needed: &[Resource<'_>]) -> Vec<Change> {
    let own = needed.iter().flat_map(|resource| depend_on(id, resource.anchor()));
    own.chain(keep_together(cib, id, needed)).chain(order_nested(cib, id, needed)).collect()
}

/// An order for each two file systems of which one is mounted in the other, unless their group or a constraint orders them already:
/// mounted in the wrong order, the outer one would cover the inner one.
pub fn order_nested(cib: &Cib, id: &str, needed: &[Resource<'_>]) -> Vec<Change> {
    let all = provides::file_systems(cib);
    let points =
        |r: &Resource<'_>| all.iter().filter(|(known, _)| known.id() == r.id()).map(|(_, point)| point).collect::<Vec<_>>();
    let is_in = |inner: &Resource<'_>, outer: &Resource<'_>| {
        points(inner).iter().any(|point| points(outer).iter().any(|other| point != other && point.starts_with(other)))
    };
    let in_one_group =
        |a: &Resource<'_>, b: &Resource<'_>| a.group.is_some_and(|group| b.group.is_some_and(|g| g.id() == group.id()));
    let is_after = |then: &Resource<'_>, first: &Resource<'_>| hierarchy::is_ordered_after(cib, then, &|id| id == first.id());
    let pairs = needed.iter().flat_map(|inner| needed.iter().map(move |outer| (inner, outer)));
    let open = pairs.filter(|(inner, outer)| is_in(inner, outer) && !is_in(outer, inner) && !in_one_group(inner, outer));
    let open = open.filter(|(inner, outer)| !is_after(inner, outer) && !is_after(outer, inner));
    open.map(|(inner, outer)| {
        let constraint = Constraint::Order { first: outer.anchor().to_owned(), then: inner.anchor().to_owned() };
        Change::AddConstraint { id: Purpose::Nests(inner.id(), outer.id()).id(id), constraint }
    })
    .collect()
}

/// Colocations between dependencies that nothing keeps together yet.
pub fn keep_together(cib: &Cib, id: &str, needed: &[Resource<'_>]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut colocated: Vec<&str> = Vec::new();
    for resource in needed.iter().filter(|resource| resource.clone.is_none()) {
        let is_apart = colocated.iter().all(|other| !hierarchy::are_colocated(cib, other, resource.id()));
        changes.extend(colocated.first().filter(|_| is_apart).map(|first| colocate_dependencies(id, resource.id(), first)));
        colocated.push(resource.id());
    }
    changes
}

/// The constraints that make `id` depend on a resource.
pub fn depend_on(id: &str, on: &str) -> [Change; 2] {
    let with = Constraint::Colocation { resource: id.to_owned(), with: on.to_owned() };
    let after = Constraint::Order { first: on.to_owned(), then: id.to_owned() };
    [(Purpose::With(on), with), (Purpose::After(on), after)]
        .map(|(purpose, constraint)| Change::AddConstraint { id: purpose.id(id), constraint })
}

/// The colocation that keeps two dependencies of `id` on one server: otherwise they could move apart.
pub fn colocate_dependencies(id: &str, one: &str, other: &str) -> Change {
    let constraint = Constraint::Colocation { resource: one.to_owned(), with: other.to_owned() };
    Change::AddConstraint { id: Purpose::Keeps(one, other).id(id), constraint }
}

/// The parameters of a primitive of our agent. `names`: of mail_owner and setgid_group, where main.cf is on shared storage: a standby
/// cannot read it then, and would not know which users' uid and gid to publish.
pub fn postfix_parameters(
    instance: &Instance,
    queue_dir: &Path,
    mount_point: Option<&Path>,
    names: Option<[&str; 2]>,
) -> Vec<(String, String)> {
    let directories = [("config_dir", &instance.config_dir), ("binary_dir", &instance.binary_dir)];
    let given = directories.into_iter().filter(|(name, path)| parameters::default(name) != path.to_str());
    let given = given.map(|(name, path)| (name, path.as_path())).chain([("queue_dir", queue_dir)]);
    let paths = given.chain(mount_point.map(|point| ("queue_mountpoint", point)));
    let paths = paths.map(|(name, path)| (name.to_owned(), path.display().to_string()));
    let names = facts::NAMES.into_iter().zip(names.into_iter().flatten());
    paths.chain(names.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

/// A primitive of our agent.
pub fn postfix_primitive(id: &str, tag: &str, parameters: Vec<(String, String)>, switchback: SwitchbackKind) -> Primitive {
    let meta =
        [("migration-threshold", THRESHOLD), ("failure-timeout", FORGET), ("resource-stickiness", switchback.stickiness())];
    let class: Vec<String> = AGENT.split(':').map(str::to_owned).collect();
    Primitive {
        id: id.to_owned(),
        agent: [class[0].clone(), class[1].clone(), class[2].clone()],
        description: (tag != id).then(|| tag.to_owned()),
        parameters,
        meta: meta.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
        operations: operations(),
    }
}

/// The advertised operations: monitors of all levels, and the others that the cluster runs.
fn operations() -> Vec<Operation> {
    let wanted =
        OPERATIONS.iter().filter(|o| matches!(o.action, Action::Start | Action::Stop | Action::Monitor | Action::ReloadAgent));
    let one = |o: &crate::ocf::action::Operation| Operation {
        name: o.action.name().to_owned(),
        interval: format!("{}s", o.interval.unwrap_or(0)),
        timeout: format!("{}s", o.timeout),
        level: o.depth.filter(|depth| *depth > 0),
    };
    wanted.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cib(resources: &str, constraints: &str) -> Cib {
        let sections = format!("<resources>{resources}</resources><constraints>{constraints}</constraints>");
        Cib::parse(&format!("<cib><configuration>{sections}</configuration></cib>")).unwrap()
    }

    fn file_system(id: &str, directory: &str) -> String {
        format!(
            "<primitive id=\"{id}\" class=\"ocf\" provider=\"heartbeat\" type=\"Filesystem\"><instance_attributes id=\"{id}-a\">\
             <nvpair id=\"{id}-d\" name=\"directory\" value=\"{directory}\"/></instance_attributes></primitive>"
        )
    }

    #[test]
    fn a_file_system_in_another_one_starts_after_it() {
        let [a, ab, abc, x] =
            [("a", "/srv/a"), ("ab", "/srv/a/b"), ("abc", "/srv/a/b/c"), ("x", "/srv/ax")].map(|(id, at)| file_system(id, at));
        let orders = |resources: String, constraints: &str| {
            let cib = cib(&resources, constraints);
            let changes = order_nested(&cib, "mx", &cib.resources());
            let ids = changes.iter().map(|change| match change {
                Change::AddConstraint { id, constraint: Constraint::Order { first, then } } => format!("{id}: {first} {then}"),
                other => panic!("{other:?}"),
            });
            ids.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(orders(format!("{x}{ab}{a}"), ""), "mx-nests-ab-in-a: a ab");
        let all = "mx-nests-abc-in-ab: ab abc, mx-nests-abc-in-a: a abc, mx-nests-ab-in-a: a ab";
        assert_eq!(orders(format!("{abc}{ab}{a}"), ""), all);
        assert_eq!(orders(format!("<group id=\"g\">{a}{ab}</group>{x}"), ""), "");
        assert_eq!(orders(format!("<clone id=\"k\">{a}</clone>{ab}"), ""), "mx-nests-ab-in-a: k ab");
        assert_eq!(orders(format!("{a}{ab}"), "<rsc_order id=\"o\" first=\"a\" then=\"ab\"/>"), "");
    }

    #[test]
    fn a_postfix_that_another_agent_starts_is_taken() {
        let refusal = |agent: [&str; 3], parameter: &str, config_dir: &str| {
            let [class, provider, kind] = agent;
            let set = format!("<nvpair id=\"p\" name=\"parameters\" value=\"{parameter}\"/>");
            let resource = format!(
                "<primitive id=\"mta\" class=\"{class}\" {provider} type=\"{kind}\">\
                 <instance_attributes id=\"a\">{set}</instance_attributes></primitive>"
            );
            let found = check_config_dir_is_free(&cib(&resource, ""), Path::new(config_dir), None);
            found.err().map(|error| error.to_string()).unwrap_or_default()
        };
        for kind in ["postfix", "postfix.service", "postfix@-", "postfix@-.service"] {
            let said = refusal(["systemd", "", kind], "", "/etc/postfix");
            assert!(said.contains("The resource mta already manages") && said.contains("postkeeper adopt mta"), "{kind}: {said}");
        }
        let heartbeat = ["ocf", "provider=\"heartbeat\"", "postfix"];
        assert!(refusal(heartbeat, "-c /etc/postfix-none", "/etc/postfix-none").contains("postkeeper adopt mta"));
        assert_eq!(refusal(heartbeat, "-c /etc/postfix-none", "/etc/postfix"), "");
        assert!(refusal(["ocf", "provider=\"postkeeper\"", "postfix"], "", "/etc/postfix").contains("postkeeper show mta"));
        assert_eq!(refusal(["systemd", "", "postfixadmin"], "", "/etc/postfix"), "");
        let ours = cib("<primitive id=\"mta\" class=\"ocf\" provider=\"postkeeper\" type=\"postfix\"/>", "");
        assert!(check_config_dir_is_free(&ours, Path::new("/etc/postfix"), Some("mta")).is_ok());
    }
}
