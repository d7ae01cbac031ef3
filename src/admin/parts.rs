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
use crate::cluster::xml::Element;
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

/// Colocation and order for each dependency, and colocations between dependencies that nothing keeps together yet.
pub fn dependency_constraints(cib: &Cib, id: &str, needed: &[Resource<'_>]) -> Vec<Change> {
    let indirect: Vec<String> = needed.iter().flat_map(|r| hierarchy::dependencies(cib, r)).map(|d| d.id).collect();
    let all: Vec<&str> = needed.iter().map(|r| r.id()).chain(indirect.iter().map(String::as_str)).collect();
    let anchors: Vec<&str> = needed.iter().map(|r| anchor(r, &all)).collect();
    let mut changes = Vec::new();
    let mut colocated: Vec<(&str, &str)> = Vec::new();
    for (n, (resource, anchor)) in needed.iter().zip(&anchors).enumerate() {
        if anchors[..n].contains(anchor) {
            continue;
        }
        changes.extend(depend_on(id, anchor));
        if resource.clone.is_some() {
            continue;
        }
        let own: Vec<(&str, &str)> =
            needed.iter().zip(&anchors).filter(|(_, a)| *a == anchor).map(|(r, a)| (r.id(), *a)).collect();
        let is_apart = |(other, _): &(&str, &str)| own.iter().all(|(one, _)| !hierarchy::are_colocated(cib, other, one));
        let first = colocated.first().filter(|_| colocated.iter().all(is_apart));
        changes.extend(first.map(|(_, first)| colocate_dependencies(id, anchor, first)));
        colocated.extend(own);
    }
    changes
}

/// What a constraint names that concerns a resource: its clone; its group, if all members of that are among these dependencies (crmsh warns
/// of a constraint on one member); otherwise the resource itself.
pub fn anchor<'a>(resource: &Resource<'a>, dependencies: &[&str]) -> &'a str {
    let is_whole = |group: &&Element| group.named("primitive").all(|member| dependencies.contains(&member.id()));
    let around = resource.clone.or_else(|| resource.group.filter(is_whole));
    around.unwrap_or(resource.element).id()
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

    /// The ids, without the hierarchy's, of the constraints with which `needed` are depended on. `constraints`: what there is already.
    fn made(needed: &[&str], constraints: &str) -> Vec<String> {
        let primitives = |ids: &str| -> String {
            let one = |id| format!("<primitive id=\"{id}\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>");
            ids.split(' ').map(one).collect()
        };
        let text = format!(
            "<cib><configuration><resources>{}<group id=\"mail\">{}</group></resources><constraints>{constraints}</constraints></configuration></cib>",
            primitives("box cloud"),
            primitives("vg fs ip")
        );
        let cib = Cib::parse(&text).unwrap();
        let needed: Vec<Resource<'_>> = needed.iter().map(|id| cib.resource(id).unwrap()).collect();
        let id = |change: Change| match change {
            Change::AddConstraint { id, .. } => id.strip_prefix("mx-").unwrap().to_owned(),
            other => panic!("{other:?}"),
        };
        dependency_constraints(&cib, "mx", &needed).into_iter().map(id).collect()
    }

    #[test]
    fn a_group_is_named_where_nothing_else_is_in_it() {
        assert_eq!(made(&["fs", "ip"], ""), ["with-mail", "after-mail"], "fs stands on vg");
        assert_eq!(made(&["vg", "fs"], ""), ["with-vg", "after-vg", "with-fs", "after-fs"], "ip is not needed");
        assert_eq!(made(&["box", "ip"], ""), ["with-box", "after-box", "with-mail", "after-mail", "keeps-mail-with-box"]);
    }

    #[test]
    fn what_is_together_already_is_not_tied_again() {
        let tie =
            |one: &str, other: &str| format!("<rsc_colocation id=\"c\" rsc=\"{one}\" with-rsc=\"{other}\" score=\"INFINITY\"/>");
        for constraint in [tie("ip", "cloud"), tie("cloud", "ip"), tie("cloud", "mail")] {
            assert_eq!(
                made(&["fs", "ip", "cloud"], &constraint),
                ["with-mail", "after-mail", "with-cloud", "after-cloud"],
                "{constraint}"
            );
        }
    }
}
