//! in-service and out-of-service: start on a chosen server, and stop, by hand.

use std::time::{Duration, SystemTime};

use anyhow::Result;
use clap::Args;

use super::act::{self, Options, Outcome, Situation};
use super::{Exit, Refusal, find, report, servers};
use crate::cluster::change::{Change, Condition, releases};
use crate::cluster::cib::Cib;
use crate::cluster::constraint::{ConstraintId, Purpose};
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::plan::Plan;
use crate::text::{self, Text};

#[derive(Clone, Debug, Args)]
#[command(about = text::help_in_service(), long_about = text::paragraphs([text::help_in_service(), text::help_in_service_more()]))]
pub struct InService {
    #[arg(help = text::help_tag())]
    tag: Option<String>,
    #[arg(help = text::help_in_service_on(), long, value_name = "NODE")]
    on: Option<String>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Clone, Debug, Args)]
#[command(about = text::help_out_of_service(), long_about = text::paragraphs([text::help_out_of_service(), text::help_out_of_service_more()]))]
pub struct OutOfService {
    #[arg(help = text::help_tag())]
    tag: Option<String>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Clone, Debug, Args)]
#[command(about = text::help_clean_up(), long_about = text::paragraphs([text::help_clean_up(), text::help_clean_up_more()]))]
pub struct CleanUp {
    #[arg(help = text::help_tag())]
    tag: Option<String>,
    #[command(flatten)]
    pub options: Options,
}

pub fn clean_up(arguments: &CleanUp) -> Result<Exit> {
    let CleanUp { tag, options } = arguments;
    let plan = |s: &Situation| {
        let h = find(&s.cib, tag.as_deref())?;
        Ok(Plan { forgiven: failed(s, &h), ..Plan::of(&h.resources(), Vec::new()) })
    };
    let Outcome::Made(before) = act::carry_out(&text::to_be_forgotten(), options, &plan)? else { return Ok(Exit::Done) };
    let h = find(&before.cib, tag.as_deref())?;
    report::settled(&before, options, &h.id, &text::failures_are_forgotten(&h.id))
}

pub fn in_service(arguments: &InService) -> Result<Exit> {
    let InService { tag, on, options } = arguments;
    let end = SystemTime::now() + Duration::from_secs(options.wait + 60);
    let until = humantime::format_rfc3339_seconds(end).to_string();
    let title = match on {
        Some(node) => text::to_be_brought_in_service_on(node),
        None => text::to_be_brought_in_service(),
    };
    let situation = Situation::now()?;
    let h = find(&situation.cib, tag.as_deref())?;
    if let Some(node) = already(&situation, &h, on.as_deref()) {
        act::answer(options, &text::is_in_service_on_already(&h.id, node));
        return Ok(Exit::Done);
    }
    let Outcome::Made(before) = act::carry_out(&title, options, &|s| plan_in(arguments, s, &until))? else {
        return Ok(Exit::Done);
    };
    let node = match on {
        Some(node) => node.clone(),
        None => {
            let live = act::settle(&before, options, &|_| Text::default())?;
            live.started_on(&h.id).first().map_or_else(|| "any server".to_owned(), |n| n.to_string())
        }
    };
    report::arrival(&before, options, &h.id, &node)
}

/// The server on which it is in service, if that is already the wanted state.
fn already<'a>(situation: &'a Situation, h: &'a Hierarchy, on: Option<&str>) -> Option<&'a str> {
    if !leftovers(&situation.cib, h).is_empty() || !releases(&situation.cib, &h.id).is_empty() {
        return None;
    }
    let node = situation.live.instances(&h.id).filter(|r| r.role == "Started" && !r.failed).flat_map(|r| &r.nodes).next()?;
    (!h.stopped && on.is_none_or(|on| on == node)).then_some(node.as_str())
}

/// Its failed resources: a server at migration-threshold could not run it.
fn failed(situation: &Situation, h: &Hierarchy) -> Vec<String> {
    let has_failed = |id: &str| {
        situation.live.counts.iter().any(|c| c.resource == id) || situation.live.failures_of(&[id]).any(|f| !f.degraded)
    };
    h.resources().into_iter().filter(|id| has_failed(id)).map(str::to_owned).collect()
}

/// The constraints of an interrupted move: they ban the hierarchy from all other servers.
pub fn leftovers(cib: &Cib, h: &Hierarchy) -> Vec<String> {
    cib.constraints().map(|c| c.id()).filter(|id| ConstraintId::moves(id, &h.id)).map(str::to_owned).collect()
}

fn plan_in(arguments: &InService, situation: &Situation, until: &str) -> Result<Plan> {
    let cib = &situation.cib;
    let h = find(cib, arguments.tag.as_deref())?;
    let mut changes: Vec<Change> = leftovers(cib, &h).into_iter().map(|id| Change::RemoveConstraint { id }).collect();
    changes.extend(wanted_stopped(cib, &h).into_iter().map(|id| start(&id)));
    let forgiven = failed(situation, &h);
    let own: Vec<String> = h.resources().into_iter().chain(h.group.as_deref()).map(str::to_owned).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    // Once it is active there, it keeps them in place itself.
    let mut cleared = releases(cib, &h.id);
    let Some(node) = arguments.on.as_deref() else {
        let mut plan = Plan { forgiven, ..Plan::of(&own, changes) };
        plan.phases.extend((!cleared.is_empty()).then_some(cleared));
        return arrives(situation, &h, None, plan);
    };
    servers::ready(situation, node)?;
    if h.server(node).is_none_or(|s| !s.extended) {
        let refusal = Refusal::new(text::is_not_extended_to(&h.tag, node));
        return Err(refusal.advise(text::extend_it_first(&h.tag, node)).into());
    }
    let bans = h.server(node).map(|s| s.bans.as_slice()).unwrap_or_default();
    if let Some(ban) = bans.first() {
        let refusal = Refusal::new(text::is_kept_away_from(&h.tag, node, &ban.because));
        return Err(refusal.advise(text::constraint_that_says_so(&ban.constraint)).into());
    }
    if situation.live.active_on(&h.id) != [node] {
        for anchor in anchors(cib, &h) {
            let id = ConstraintId::new(&h.id, Purpose::Moves(&anchor)).to_string();
            let conditions = vec![Condition::new("#uname", "ne", node)];
            changes.push(Change::AddBan { id: id.clone(), resource: anchor, conditions, until: Some(until.to_owned()) });
            cleared.push(Change::RemoveConstraint { id });
        }
    }
    let mut plan = Plan { forgiven, ..Plan::of(&own, changes) };
    if !cleared.is_empty() {
        plan.phases.push(cleared);
    }
    arrives(situation, &h, Some(node), plan)
}

/// Checks by simulation that it would be in service at the end.
fn arrives(situation: &Situation, h: &Hierarchy, node: Option<&str>, plan: Plan) -> Result<Plan> {
    let forecast = situation.try_out(&plan)?;
    let there = |at: usize| forecast.after.get(at).map(|live| live.started_on(&h.id)).unwrap_or_default();
    let last = there(plan.phases.len() - 1);
    if node.map_or(!last.is_empty(), |node| last.contains(&node)) {
        return Ok(plan);
    }
    if let Some(node) = node
        && there(0).contains(&node)
    {
        let refusal = Refusal::new(text::it_would_not_stay_on(node, last.join(", ")));
        let advice = text::its_switchback_is(h.switchback().name(), &h.tag, node);
        return Err(refusal.advise(advice).into());
    }
    let refusal = Refusal::new(match node {
        Some(node) => text::cluster_would_not_bring_it_in_service_on(node),
        None => text::cluster_would_not_bring_it_in_service(),
    });
    let first = h.dependencies.iter().find(|d| forecast.after.first().is_some_and(|l| l.active_on(&d.id).is_empty()));
    let first = first.map_or(h.id.as_str(), |d| &d.id);
    Err(refusal.advise(servers::why(situation, h, first)).into())
}

/// The resources with target-role Stopped: itself, its group, its dependencies and their groups.
fn wanted_stopped(cib: &Cib, h: &Hierarchy) -> Vec<String> {
    let mut found = Vec::new();
    for resource in h.resources().into_iter().filter_map(|id| cib.resource(id)) {
        for element in [Some(resource.element), resource.group, resource.clone].into_iter().flatten() {
            let sets = element.named("meta_attributes").flat_map(|s| s.named("nvpair"));
            let is_stopped = |p: &&crate::cluster::xml::Element| {
                p.get("name") == Some("target-role") && p.text("value").eq_ignore_ascii_case("stopped")
            };
            if sets.filter(is_stopped).count() > 0 && !found.contains(&element.id().to_owned()) {
                found.push(element.id().to_owned());
            }
        }
    }
    found
}

fn start(id: &str) -> Change {
    Change::SetMeta { resource: id.to_owned(), name: "target-role".to_owned(), value: None }
}

/// The resources to move: its group or itself, and those of each dependency; clones run everywhere.
fn anchors(cib: &Cib, h: &Hierarchy) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for resource in h.resources().into_iter().filter_map(|id| cib.resource(id)).filter(|r| r.clone.is_none()) {
        let anchor = resource.group.map_or(resource.id(), |g| g.id()).to_owned();
        if !found.contains(&anchor) {
            found.push(anchor);
        }
    }
    found
}

pub fn out_of_service(arguments: &OutOfService) -> Result<Exit> {
    let OutOfService { tag, options } = arguments;
    let outcome = act::carry_out(&text::to_be_taken_out_of_service(), options, &|s| plan_out(arguments, s))?;
    let Outcome::Made(before) = outcome else { return Ok(Exit::Done) };
    let h = find(&before.cib, tag.as_deref())?;
    report::departure(&before, options, &h.id)
}

fn plan_out(arguments: &OutOfService, situation: &Situation) -> Result<Plan> {
    let h = find(&situation.cib, arguments.tag.as_deref())?;
    let change = Change::SetMeta { resource: h.id.clone(), name: "target-role".to_owned(), value: Some("Stopped".to_owned()) };
    let changes = if h.stopped { Vec::new() } else { vec![change] };
    let mut plan = Plan::of(&[&h.id], changes);
    if h.stopped {
        if let Some(node) = situation.live.active_on(&h.id).first() {
            let refusal = Refusal::new(text::is_still_in_service(&h.id, node));
            return Err(refusal.advise(servers::why(situation, &h, &h.id)).into());
        }
        plan.notes.push(text::is_out_of_service_already(&h.id));
        return Ok(plan);
    }
    servers::hold_dependencies(situation, &h, &mut plan)?;
    let after = situation.try_out(&plan)?.after;
    // The cluster would do it later, unexpectedly.
    if !arguments.options.force && after.last().is_some_and(|live| !live.active_on(&h.id).is_empty()) {
        let refusal = Refusal::new(text::cluster_would_not_stop_now(&h.id));
        return Err(refusal.advise(servers::why(situation, &h, &h.id)).advise(text::to_have_it_stopped_as_soon()).into());
    }
    Ok(plan)
}
