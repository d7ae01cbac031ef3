//! depend: dependencies on other resources, such as the file system of the mail spool.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::act::{Options, Situation};
use super::{Exit, Refusal, facts, parts, refused, report, servers};
use crate::cluster::change::Change;
use crate::cluster::cib::{Cib, Resource};
use crate::cluster::constraint::Purpose;
use crate::cluster::hierarchy::{self, Dependency, Hierarchy, Via};
use crate::cluster::plan::Plan;
use crate::cluster::provides;
use crate::cluster::xml::Element;
use crate::postfix::fault::Fault;
use crate::postfix::memory::Memory;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::text::{self, Text};

#[derive(Clone, Debug, Args)]
#[command(about = text::help_depend(), arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    #[command(about = text::help_depend_add())]
    Add(Target),
    #[command(about = text::help_depend_remove())]
    Remove(Target),
}

#[derive(Clone, Debug, Args)]
struct Target {
    #[arg(help = text::help_tag())]
    tag: String,
    #[arg(help = text::help_depend_resource())]
    resource: String,
    #[command(flatten)]
    options: Options,
}

impl Arguments {
    pub fn options(&self) -> &Options {
        let (Verb::Add(what) | Verb::Remove(what)) = &self.verb;
        &what.options
    }
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (what, add) = match &arguments.verb {
        Verb::Add(what) => (what, true),
        Verb::Remove(what) => (what, false),
    };
    let Target { tag, resource, options } = what;
    let title = if add { text::dependency_to_be_added() } else { text::dependency_to_be_removed() };
    let make = |s: &Situation, h: &Hierarchy| if add { plan_add(what, s, h) } else { plan_remove(what, s, h) };
    let done = |id: &str| if add { text::depends_on(id, resource) } else { text::no_longer_depends_on(id, resource) };
    report::change(&title, options, Some(tag), &make, &done)
}

fn plan_add(what: &Target, situation: &Situation, h: &Hierarchy) -> Result<Plan> {
    let cib = &situation.cib;
    let members = members_of(cib, &what.resource)?;
    if members.iter().any(|m| m.id() == h.id) {
        return Err(Refusal::new(text::cannot_depend_on_itself(&h.id)).into());
    }
    if members.iter().all(|m| h.dependencies.iter().any(|d| d.id == m.id())) {
        return Err(Refusal::new(text::depends_on_already(&h.id, &what.resource)).into());
    }
    for member in &members {
        if hierarchy::dependencies(cib, member).iter().any(|d| d.id == h.id) {
            return Err(Refusal::new(text::depends_on_which_would(member.id(), &h.id)).into());
        }
        // Otherwise it would have to stop.
        if let Some(server) = situation.live.started_on(&h.id).first() {
            parts::check_in_service(&situation.live, member, server)?;
        }
    }
    let anchor = members.first().filter(|r| r.id() == what.resource).map_or(what.resource.as_str(), |r| r.anchor());
    let mut changes = parts::depend_on(&h.id, anchor).to_vec();
    let is_cloned = members.iter().any(|m| m.clone.is_some());
    let other = h.dependencies.iter().find(|d| cib.resource(&d.id).is_some_and(|r| r.clone.is_none()));
    if let Some(other) = other.filter(|d| !is_cloned && members.iter().all(|m| !hierarchy::are_colocated(cib, m.id(), &d.id))) {
        changes.push(parts::colocate_dependencies(&h.id, anchor, &other.id));
    }
    let others = h.dependencies.iter().filter_map(|d| cib.resource(&d.id));
    let all: Vec<Resource<'_>> =
        others.filter(|r| members.iter().all(|m| m.id() != r.id())).chain(members.iter().copied()).collect();
    changes.extend(parts::order_nested(cib, &h.id, &all));
    let plan = Plan::of(&[&h.id], changes);
    let active = situation.live.active_on(&h.id);
    for node in h.extended().into_iter().filter(|node| !active.contains(node) && !what.options.force) {
        let is_fit =
            |plan: &Plan| servers::forced_to(situation, h, node, plan).map(|live| live.started_on(&h.id).contains(&node));
        if is_fit(&Plan::of(&[&h.id], Vec::new()))? && !is_fit(&plan)? {
            let advice = text::why(text::crm_resource_why_and_constraints(&what.resource, node));
            return Err(Refusal::new(text::could_not_run_the_hierarchy(node, &what.resource)).advise(advice).into());
        }
    }
    Ok(plan)
}

fn plan_remove(what: &Target, situation: &Situation, h: &Hierarchy) -> Result<Plan> {
    let cib = &situation.cib;
    let members = members_of(cib, &what.resource)?;
    let concerned: Vec<_> = h.dependencies.iter().filter(|d| members.iter().any(|m| m.id() == d.id)).collect();
    let Some(dependency) = concerned.first() else {
        return refused(text::does_not_depend_on(&h.id, &what.resource), text::it_depends_on(ids_of(h).join(", ")));
    };
    if !matches!(dependency.via, Via::Colocation(_)) {
        return refuse_removal(cib, h, dependency);
    }
    for dependency in concerned.iter().filter(|_| !what.options.force) {
        let what = match why_needed(cib, h, dependency) {
            Ok(None) => continue,
            Ok(Some(why)) => text::postfix_needs(&dependency.id, &why),
            Err(fault) => text::whether_postfix_needs_it(&dependency.id, &fault),
        };
        return refused(what, text::if_it_does_not());
    }
    let is_concerned = |id: &str| concerned.iter().any(|d| d.id == id);
    let resources: Vec<Resource<'_>> = concerned.iter().filter_map(|d| cib.resource(&d.id)).collect();
    let mut others: Vec<&str> = vec![&what.resource];
    for resource in &resources {
        others.extend([resource.id(), resource.anchor()]);
        let whole = resource.group.filter(|group| group.named("primitive").all(|member| is_concerned(member.id())));
        others.extend(whole.map(Element::id));
    }
    let ties = cib.constraints().filter(|c| is_tie(c, &h.id, &others));
    let changes: Vec<Change> = ties.map(|c| Change::RemoveConstraint { id: c.id().to_owned() }).collect();
    let mut plan = Plan::of(&[&h.id], changes);
    let after = plan.result(cib)?;
    let left = after.resource(&h.id).map(|r| hierarchy::dependencies(&after, &r)).unwrap_or_default();
    if let Some(dependency) = left.iter().find(|d| is_concerned(&d.id)) {
        return refuse_removal(&after, h, dependency);
    }
    // The removed one may have been what kept the others together.
    let own = left.iter().filter(|d| matches!(d.via, Via::Colocation(_)));
    let own: Vec<Resource<'_>> = own.filter_map(|d| after.resource(&d.id)).collect();
    plan.phases[0].extend(parts::keep_together(&after, &h.id, &own));
    Ok(plan)
}

/// Refuses to remove a dependency that does not rest on constraints between the two alone.
fn refuse_removal(cib: &Cib, h: &Hierarchy, dependency: &Dependency) -> Result<Plan> {
    match &dependency.via {
        Via::Group(group) => refused(
            text::is_before_in_the_group(&dependency.id, &h.id, group),
            text::take_it_out_of_the_group(group, &dependency.id),
        ),
        Via::Dependency(other) => Err(Refusal::new(text::depends_on_and_on(other, &dependency.id, &h.id)).into()),
        Via::Colocation(id) => {
            let with = cib.constraints().find(|c| c.id() == id).and_then(|c| c.get("with-rsc"));
            let group = cib.resource(&dependency.id).and_then(|r| r.group).filter(|group| with == Some(group.id()));
            let what = text::constraint_also_affects_resources_other(id, &h.id, &dependency.id);
            match group {
                Some(group) => refused(what, text::take_it_out_of_the_group(group.id(), &dependency.id)),
                None => refused(what, text::change_it_by_hand(&dependency.id)),
            }
        }
    }
}

/// The primitives that an id on the command line means.
pub fn members_of<'a>(cib: &'a Cib, id: &str) -> Result<Vec<Resource<'a>>> {
    let members = cib.members(id);
    if members.iter().any(|m| cib.agent(m).starts_with("stonith:")) {
        return Err(Refusal::new(text::is_a_fence_device(id)).into());
    }
    if !members.is_empty() {
        return Ok(members);
    }
    if let Some(bundle) = cib.bundle_of(id) {
        return refused(text::is_of_the_bundle(id, bundle), text::depend_on_what_postfix_needs());
    }
    let all: Vec<&str> = cib.resources().iter().map(|r| r.element.id()).collect();
    let refusal = Refusal::unknown(text::cluster_has_no_resource(id));
    Err(refusal.advise(text::expected_one_of(all.join(", "))).into())
}

/// Whether the constraint makes the hierarchy depend on one of `others`, or keeps that one and another dependency together. Those of sets
/// concern more than these two.
fn is_tie(constraint: &Element, h: &str, others: &[&str]) -> bool {
    let names = |attribute: &str| constraint.get(attribute).is_some_and(|id| others.contains(&id));
    let is_colocation = constraint.get("rsc") == Some(h) && names("with-rsc");
    let is_order = constraint.get("then") == Some(h) && names("first");
    let is_keeper = match Purpose::parse(constraint.id(), h) {
        Some(Purpose::Keeps(..)) => names("rsc") || names("with-rsc"),
        Some(Purpose::Nests(..)) => names("first") || names("then"),
        _ => false,
    };
    (is_colocation || is_order || is_keeper) && constraint.named("resource_set").next().is_none()
}

fn ids_of(h: &Hierarchy) -> Vec<&str> {
    h.dependencies.iter().map(|d| d.id.as_str()).collect()
}

/// Why a dependency must stay; None when it need not.
///
/// # Errors
/// When the configuration, which decides it, cannot be read here.
fn why_needed(cib: &Cib, h: &Hierarchy, dependency: &Dependency) -> Result<Option<Text>, Fault> {
    let instance = facts::instance_of(h);
    let Some(resource) = cib.resource(&dependency.id) else { return Ok(None) };
    let addresses = provides::addresses(cib, &resource);
    if !addresses.is_empty() {
        let config = Memory::recall(&instance).config(Deadline::after(Duration::from_secs(10)))?;
        let own = addresses.iter().find(|ip| config.own_addresses().contains(ip));
        return Ok(own.map(text::inet_interfaces_names));
    }
    let points: Vec<_> = provides::file_systems(cib).into_iter().filter(|(r, _)| r.id() == dependency.id).collect();
    if points.is_empty() {
        return Ok(None);
    }
    let holds = |path: &str| points.iter().any(|(_, point)| file::target(Path::new(path)).starts_with(point));
    let named = ["queue_mountpoint", "queue_dir", "config_dir", "binary_dir"].into_iter().filter_map(|name| h.parameter(name));
    if let Some(path) = named.into_iter().find(|path| holds(path)) {
        return Ok(Some(text::it_holds(path)));
    }
    // A resource made by hand need not name its queue.
    let config = Memory::recall(&instance).config(Deadline::after(Duration::from_secs(10)))?;
    let path = [config.queue_directory, config.data_directory].into_iter().find(|path| path.to_str().is_some_and(holds));
    Ok(path.map(|path| text::it_holds(path.display())))
}
