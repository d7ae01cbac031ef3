//! delete: only Postfix and its own constraints go (R13).
//!
//! A resource that is deleted while it runs is stopped by the cluster, unless nobody in the cluster knows that it runs: not
//! the CIB, and no controller or executor either, for those write into the CIB what they know whenever a node joins. So
//! it goes in four steps, and after each of them the cluster may not start or stop Postfix:
//!
//! 1. It is in maintenance.
//! 2. Nothing else refers to it. Every node's agent takes away what it keeps for it.
//! 3. No node looks for it any more, and every node forgets it.
//! 4. It goes.
//!
//! What was cut short is finished by another delete, which begins at the first step again.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::act::{self, Options, Outcome, Situation};
use super::{Exit, Refusal, find, report};
use crate::cluster::attribute;
use crate::cluster::change::{Change, releases, set_own};
use crate::cluster::cib::{Cib, parse_score};
use crate::cluster::constraint::ConstraintId;
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

/// How long the cluster may take to forget what a server told of it.
const TIMEOUT: Duration = Duration::from_secs(5);

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let Arguments { tag, options } = arguments;
    let outcome = act::carry_out(&text::to_be_deleted(), options, &|s| plan(arguments, s)).map_err(|error| {
        // Of a refusal nothing follows.
        let is_begun = !error.is::<Refusal>()
            && Situation::now().is_ok_and(|s| find(&s.cib, Some(tag)).is_ok_and(|h| is_retired(&s.cib, &h.id)));
        if is_begun { error.context(text::interrupted_and_in_maintenance(tag)) } else { error }
    });
    let Outcome::Made(before) = outcome? else { return Ok(Exit::Done) };
    let h = find(&before.cib, Some(tag))?;
    let state = match before.live.started_on(&h.id).first() {
        Some(node) => text::postfix_runs_on_unprotected_on(node),
        None if is_retired(&before.cib, &h.id) => text::where_postfix_runs(),
        None => text::postfix_is_stopped(),
    };
    let exit = report::settled(&before, options, &h.id, &text::is_deleted(&h.id, &state))?;
    for node in before.live.nodes.iter().filter(|n| n.online) {
        for name in [attribute::ids(&h.id), attribute::version(&h.id)] {
            if let Err(error) = attribute::forget(&name, Some(&node.name), Deadline::after(TIMEOUT)) {
                act::note(&text::still_publishes(&node.name, &name, &error));
            }
        }
    }
    Ok(exit)
}

fn plan(arguments: &Arguments, situation: &Situation) -> Result<Plan> {
    let cib = &situation.cib;
    let h = find(cib, Some(&arguments.tag))?;
    let id = &h.id;
    let mut element = cib.resource(id).map(|r| r.element.clone()).unwrap_or_default();
    set_own(&mut element, "meta_attributes", "maintenance", "true");
    set_own(&mut element, "instance_attributes", parameters::RETIRED, "true");
    let unseen = Change::AddUnseen { id: format!("{id}-unseen"), resource: id.clone() };
    let leave = Change::SetMeta { resource: id.clone(), name: "maintenance".to_owned(), value: Some("true".to_owned()) };
    let mut plan = Plan::of(&[], vec![leave]);
    plan.phases[0].extend(releases(cib, id));
    plan.phases.push(vec![Change::Isolate { element }, Change::Probe { id: id.clone() }]);
    plan.phases.push(vec![unseen, Change::Forget { id: id.clone() }]);
    // What we made between its dependencies names only them.
    let ours = |constraint: &str| ConstraintId::is_helper(constraint, id);
    let constraints = cib.constraints().map(|c| c.id()).filter(|c| ours(c));
    let mut removal: Vec<Change> = constraints.map(|c| Change::RemoveConstraint { id: c.to_owned() }).collect();
    removal.push(Change::RemoveResource { id: id.clone() });
    removal.push(Change::RemoveHistory { id: id.clone() });
    plan.phases.push(removal);
    if !situation.live.active_on(id).is_empty() {
        plan.notes.push(text::postfix_runs_on_until_it_is_stopped());
    }
    stay(situation, &mut plan)?;
    if !situation.try_out(&plan)?.disturbing.is_empty() {
        // Without Postfix nothing may be left that keeps them where they are: an automatic switchback took it from them.
        plan.phases[0].extend(h.dependencies.iter().filter_map(|d| steady(cib, &d.id)));
    }
    keep(situation, &h, &mut plan)?;
    Ok(plan)
}

/// Postfix runs on as long as its file system and its addresses stay where they are. Its own resource-stickiness, which goes with
/// it, kept them there; what has none of its own would go to whatever server comes back.
fn keep(situation: &Situation, h: &Hierarchy, plan: &mut Plan) -> Result<()> {
    if situation.live.active_on(&h.id).is_empty() {
        return Ok(());
    }
    let Some(after) = plan.results(&situation.cib)?.pop() else { return Ok(()) };
    let stickiness = |id: &str| {
        let resource = after.resource(id)?;
        Some(after.meta(&resource, STICKINESS).map_or(0, |value| parse_score(&value)))
    };
    for id in h.dependencies.iter().map(|d| &d.id) {
        // What is active on several servers moves nowhere.
        if situation.live.active_on(id).len() == 1 && stickiness(id).is_some_and(|score| score <= 0) {
            let is_it = |c: &Change| matches!(c, Change::SetMeta { resource, name, .. } if resource == id && name == STICKINESS);
            plan.phases[0].retain(|change| !is_it(change));
            plan.notes.push(text::has_no_resource_stickiness(id));
            plan.phases[0].push(hold(id));
        }
    }
    Ok(())
}

/// What keeps a resource where it is, by a value of its own.
fn hold(id: &str) -> Change {
    Change::SetMeta { resource: id.to_owned(), name: STICKINESS.to_owned(), value: Some("INFINITY".to_owned()) }
}

/// Whether a delete of the resource has begun.
fn is_retired(cib: &Cib, id: &str) -> bool {
    cib.resource(id).is_some_and(|r| cib.parameter(&r, parameters::RETIRED).is_some())
}

/// What was held while it was out of service, and would move now, is held from here on by a value of its own.
fn stay(situation: &Situation, plan: &mut Plan) -> Result<()> {
    let disturbing = situation.try_out(plan)?.disturbing;
    let held = plan.phases[0].iter().filter_map(|change| match change {
        Change::Release { resource, .. } if disturbing.iter().any(|a| a.resource == *resource) => Some(resource.clone()),
        _ => None,
    });
    for resource in held.collect::<Vec<_>>() {
        plan.notes.push(text::would_move_and_is_kept_where(&resource));
        plan.phases[0].push(hold(&resource));
    }
    Ok(())
}

/// What gives a resource the cluster's default back that has a resource-stickiness of 0 of its own.
fn steady(cib: &Cib, id: &str) -> Option<Change> {
    let own = cib
        .resource(id)?
        .element
        .named("meta_attributes")
        .flat_map(|set| set.named("nvpair"))
        .find(|p| p.get("name") == Some(STICKINESS))?;
    (own.text("value") == "0").then(|| Change::SetMeta { resource: id.to_owned(), name: STICKINESS.to_owned(), value: None })
}
