//! Parts and checks that several verbs share: the Postfix resource, its dependencies, and whether it may be made.

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;

use super::{AGENT, Refusal, facts};
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

/// Checks that no resource has the instance with that configuration.
pub fn check_config_dir_is_free(cib: &Cib, config_dir: &Path) -> Result<()> {
    for other in cib.resources().into_iter().filter(|r| cib.agent(r).ends_with(":postfix")) {
        let theirs = facts::instance(&|name| cib.parameter(&other, name));
        if file::target(&theirs.config_dir) == file::target(config_dir) {
            let what = text::resource_has_this_postfix_already(other.id(), theirs.config_dir.display());
            return Err(Refusal::new(what).about("config_dir").advise(text::see_postkeeper_show(other.id())).into());
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
