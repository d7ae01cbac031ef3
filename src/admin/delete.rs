//! delete: only Postfix and its own constraints go.
//!
//! The cluster stops a resource that is deleted while it runs, unless its history is deleted everywhere: in the CIB, and in
//! every controller and executor, which write their history into the CIB whenever a node joins. So there are four steps,
//! and the cluster must not start or stop Postfix after any of them:
//!
//! 1. The resource is put into maintenance.
//! 2. All references to it are removed, and the agent's files for it on every node.
//! 3. Probes of it are turned off, and its history is deleted on every node.
//! 4. The resource is deleted.
//!
//! An interrupted delete is finished by another one, which begins with the first step again.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::act::{self, Options, Situation};
use super::{Exit, Refusal, find_hierarchy, report};
use crate::cluster::attribute;
use crate::cluster::change::{Change, remove_stickiness, set_pair};
use crate::cluster::cib::{Cib, own_meta, parse_score};
use crate::cluster::constraint::{Constraint, Purpose};
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::plan::Plan;
use crate::ocf::parameters;
use crate::system::deadline::Deadline;
use crate::text;

#[derive(Clone, Debug, Args)]
#[command(about = text::help_delete())]
pub struct Arguments {
    #[arg(help = text::help_tag())]
    tag: String,
    #[command(flatten)]
    pub options: Options,
}

const STICKINESS: &str = "resource-stickiness";

/// How long the cluster may take to delete the attributes that a server published.
const TIMEOUT: Duration = Duration::from_secs(5);

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let Arguments { tag, options } = arguments;
    let outcome = act::carry_out(&text::to_be_deleted(), options, &|s| plan(arguments, s)).map_err(|error| {
        // A refusal changes nothing.
        let is_begun = !error.is::<Refusal>()
            && Situation::now().is_ok_and(|s| find_hierarchy(&s.cib, Some(tag)).is_ok_and(|h| is_retired(&s.cib, &h.id)));
        if is_begun { error.context(text::interrupted_and_in_maintenance(tag)) } else { error }
    });
    let Some(before) = outcome? else { return Ok(Exit::Done) };
    let h = find_hierarchy(&before.cib, Some(tag))?;
    let state = match before.live.started_on(&h.id).first() {
        Some(node) => text::postfix_runs_on_unprotected_on(node),
        None if is_retired(&before.cib, &h.id) => text::where_postfix_runs(),
        None => text::postfix_is_stopped(),
    };
    let exit = report::settled(&before, options, &h.id, &text::is_deleted(&h.id, &state))?;
    for node in before.live.nodes.iter().filter(|n| n.online) {
        for name in [attribute::ids(&h.id), attribute::version(&h.id)] {
            if let Err(error) = attribute::publish(&name, None, Some(&node.name), Deadline::after(TIMEOUT)) {
                act::progress(&text::still_publishes(&node.name, &name, &error));
            }
        }
    }
    Ok(exit)
}

fn plan(arguments: &Arguments, situation: &Situation) -> Result<Plan> {
    let cib = &situation.cib;
    let h = find_hierarchy(cib, Some(&arguments.tag))?;
    let id = &h.id;
    let mut element = cib.resource(id).map(|r| r.element.clone()).unwrap_or_default();
    set_pair(&mut element, "meta_attributes", "maintenance", Some("true"));
    set_pair(&mut element, "instance_attributes", parameters::RETIRED, Some("true"));
    let mut plan = Plan::of(&[], vec![Change::set_meta(id, "maintenance", Some("true"))]);
    plan.phases[0].extend(remove_stickiness(cib, id));
    plan.phases.push(vec![Change::Isolate { element }, Change::Probe { id: id.clone() }]);
    let no_probe = Constraint::NoProbe { resource: id.clone() };
    let no_probe = Change::AddConstraint { id: Purpose::Unseen.id(id), constraint: no_probe };
    plan.phases.push(vec![no_probe, Change::Forget { id: id.clone() }]);
    // The constraints between its dependencies do not name the resource itself, so they are there still.
    let isolated = plan.result(cib)?;
    let constraints = isolated.constraints().map(|c| c.id()).filter(|c| Purpose::parse(c, id).is_some());
    let mut removal: Vec<Change> = constraints.map(|c| Change::RemoveConstraint { id: c.to_owned() }).collect();
    removal.push(Change::RemoveResource { id: id.clone() });
    removal.push(Change::RemoveHistory { id: id.clone() });
    plan.phases.push(removal);
    if !situation.live.active_on(id).is_empty() {
        plan.notes.push(text::postfix_runs_on_until_it_is_stopped());
    }
    keep_released(situation, &mut plan)?;
    if !situation.forecast(&plan)?.disturbing.is_empty() {
        // Without Postfix nothing may keep them where they are: automatic switchback has set their stickiness to 0.
        plan.phases[0].extend(h.dependencies.iter().filter_map(|d| use_default_stickiness(cib, &d.id)));
    }
    keep_dependencies(situation, &h, &mut plan)?;
    Ok(plan)
}

/// Postfix keeps running as long as its file system and addresses stay where they are. So far its resource-stickiness kept them
/// there; without it, resources with no stickiness of their own would move to a server that comes back.
fn keep_dependencies(situation: &Situation, h: &Hierarchy, plan: &mut Plan) -> Result<()> {
    if situation.live.active_on(&h.id).is_empty() {
        return Ok(());
    }
    let after = plan.result(&situation.cib)?;
    let stickiness = |id: &str| {
        let resource = after.resource(id)?;
        Some(after.meta(&resource, STICKINESS).map_or(0, |value| parse_score(&value)))
    };
    for id in h.dependencies.iter().map(|d| &d.id) {
        // A resource that is active on several servers does not move.
        if situation.live.active_on(id).len() == 1 && stickiness(id).is_some_and(|score| score <= 0) {
            let is_it = |c: &Change| matches!(c, Change::SetMeta { resource, name, .. } if resource == id && name == STICKINESS);
            plan.phases[0].retain(|change| !is_it(change));
            plan.notes.push(text::has_no_resource_stickiness(id));
            plan.phases[0].push(set_infinite_stickiness(id));
        }
    }
    Ok(())
}

/// The change that keeps a resource where it is, by a resource-stickiness of its own.
fn set_infinite_stickiness(id: &str) -> Change {
    Change::set_meta(id, STICKINESS, Some("INFINITY"))
}

/// Whether a delete of the resource was interrupted.
fn is_retired(cib: &Cib, id: &str) -> bool {
    cib.resource(id).is_some_and(|r| cib.parameter(&r, parameters::RETIRED).is_some())
}

/// Resources that were kept in place while it was out of service, and would move now, get a resource-stickiness of their own.
fn keep_released(situation: &Situation, plan: &mut Plan) -> Result<()> {
    let disturbing = situation.forecast(plan)?.disturbing;
    let held = plan.phases[0].iter().filter_map(|change| match change {
        Change::RemoveStickiness { resource, .. } if disturbing.iter().any(|a| a.resource == *resource) => Some(resource.clone()),
        _ => None,
    });
    for resource in held.collect::<Vec<_>>() {
        plan.notes.push(text::would_move_and_is_kept_where(&resource));
        plan.phases[0].push(set_infinite_stickiness(&resource));
    }
    Ok(())
}

/// The change that removes a resource-stickiness of 0, so that the default counts.
fn use_default_stickiness(cib: &Cib, id: &str) -> Option<Change> {
    let own = own_meta(cib.resource(id)?.element, STICKINESS).next()?;
    (own == "0").then(|| Change::set_meta(id, STICKINESS, None))
}
