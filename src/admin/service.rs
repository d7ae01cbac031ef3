//! in-service and out-of-service: start on a chosen server, and stop, by hand.

use anyhow::Result;
use clap::Args;

use super::act::{self, OneHierarchy, Options, Situation};
use super::{Exit, Refusal, find_hierarchy, interface, output, refused, report, servers};
use crate::cluster::change::{Change, remove_stickiness};
use crate::cluster::cib::{Cib, own_meta};
use crate::cluster::constraint::{Purpose, has_end, valid_until};
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::pacemaker::{self, Work};
use crate::cluster::plan::Plan;
use crate::cluster::xml::Element;
use crate::text;

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

pub fn clean_up(OneHierarchy { tag, options }: &OneHierarchy) -> Result<Exit> {
    let plan = |s: &Situation, h: &Hierarchy| Ok(Plan { clean_up: failed(s, h), ..Plan::of(&h.resources(), Vec::new()) });
    report::change(&text::to_be_cleared(), options, tag.as_deref(), &plan, &|id| text::failures_are_cleared(id))
}

pub fn in_service(arguments: &InService) -> Result<Exit> {
    let InService { tag, on, options } = arguments;
    // A script may be run later; it removes the constraints itself.
    let until = (!options.format.is_print()).then(|| act::end_of_move(options));
    let title = on.as_ref().map_or_else(text::to_be_brought_in_service, text::to_be_brought_in_service_on);
    let situation = Situation::now()?;
    let h = find_hierarchy(&situation.cib, tag.as_deref())?;
    if let Some(node) = already(&situation, &h, on.as_deref()) {
        let text = text::is_in_service_on_already(&h.id, node);
        if options.format.is_print() {
            act::progress(&text)
        } else {
            interface::nothing_to_do(&title, &text);
            output(&text)
        }
        return Ok(Exit::Done);
    }
    let before = match act::carry_out(&title, options, &|s| plan_in(arguments, s, until.as_deref()))? {
        Some(before) => before,
        None if options.dry_run || options.format.is_print() => return Ok(Exit::Done),
        // The cluster is starting it already.
        None => {
            let mut now = Situation::now()?;
            now.concerned = h.resources().into_iter().map(str::to_owned).collect();
            now
        }
    };
    let node = match on {
        Some(node) => Some(node.clone()),
        None => act::settle(&before, options, None)?.started_on(&h.id).first().map(|node| node.to_string()),
    };
    let exit = report::arrival(&before, options, &h.id, node.as_deref())?;
    // The cluster is done with a move that has taken longer.
    let cib = pacemaker::query()?;
    let left = leftovers(&cib, &h).into_iter().map(|id| Change::RemoveConstraint { id }).collect::<Vec<_>>();
    if !left.is_empty() {
        Plan::of(&[&h.id], left).commit_anyway(0)?;
    }
    Ok(exit)
}

/// The server on which it is in service, if that is already the wanted state.
fn already<'a>(situation: &'a Situation, h: &'a Hierarchy, on: Option<&str>) -> Option<&'a str> {
    if !leftovers(&situation.cib, h).is_empty() || !remove_stickiness(&situation.cib, &h.id).is_empty() {
        return None;
    }
    let node = situation.live.serving(&h.id).filter(|_| !situation.live.instances(&h.id).any(|r| r.failed))?;
    (!h.stopped && on.is_none_or(|on| on == node)).then_some(node)
}

/// Its failed resources: a server at migration-threshold could not run it.
fn failed(situation: &Situation, h: &Hierarchy) -> Vec<String> {
    let has_failed = |id: &str| {
        situation.live.counts.iter().any(|c| c.resource == id) || situation.live.failures_of(&[id]).any(|f| !f.degraded)
    };
    h.resources().into_iter().filter(|id| has_failed(id)).map(str::to_owned).collect()
}

/// How long the constraints of a move ban a hierarchy from all servers but one.
pub enum MoveBan<'a> {
    /// A point in time, as in the CIB.
    Until(&'a str),
    /// Those that `--format` prints have no end.
    WithoutEnd,
}

/// The constraints of a move that are in force now.
pub fn move_ban<'a>(cib: &'a Cib, h: &Hierarchy) -> Option<MoveBan<'a>> {
    let ban = |c: &'a Element| if has_end(c) { valid_until(c).map(MoveBan::Until) } else { Some(MoveBan::WithoutEnd) };
    moves(cib, h).find_map(ban)
}

/// The constraints of an interrupted move.
fn leftovers(cib: &Cib, h: &Hierarchy) -> Vec<String> {
    moves(cib, h).map(|c| c.id().to_owned()).collect()
}

/// The constraints of all moves.
fn moves<'a>(cib: &'a Cib, h: &Hierarchy) -> impl Iterator<Item = &'a Element> {
    cib.constraints().filter(move |c| matches!(Purpose::parse(c.id(), &h.id), Some(Purpose::Moves(_))))
}

fn plan_in(arguments: &InService, situation: &Situation, until: Option<&str>) -> Result<Plan> {
    let cib = &situation.cib;
    let h = find_hierarchy(cib, arguments.tag.as_deref())?;
    let mut changes: Vec<Change> = leftovers(cib, &h).into_iter().map(|id| Change::RemoveConstraint { id }).collect();
    changes.extend(wanted_stopped(cib, &h).into_iter().map(|id| Change::set_meta(id, "target-role", None)));
    let own: Vec<&str> = h.resources().into_iter().chain(h.group.as_deref()).collect();
    let mut plan = Plan { clean_up: failed(situation, &h), ..Plan::of(&own, changes) };
    // Once it is active there, it keeps them in place itself.
    let mut cleared = remove_stickiness(cib, &h.id);
    let Some(node) = arguments.on.as_deref() else {
        plan.phases.extend((!cleared.is_empty()).then_some(cleared));
        return arrives(situation, &h, None, plan);
    };
    servers::ready(situation, node)?;
    if h.server(node).is_none_or(|s| !s.extended) {
        return refused(text::is_not_extended_to(&h.tag, node), text::extend_it_first(&h.tag, node));
    }
    let bans = h.server(node).map(|s| s.bans.as_slice()).unwrap_or_default();
    if let Some(ban) = bans.first() {
        return refused(text::is_kept_away_from(&h.tag, node, &ban.because), text::constraint_that_says_so(&ban.constraint));
    }
    if situation.live.active_on(&h.id) != [node] {
        for anchor in anchors(cib, &h) {
            let purpose = Purpose::Moves(anchor);
            plan.phases[0].push(servers::ban_elsewhere(purpose, &h.id, anchor, &[node], until));
            cleared.push(Change::RemoveConstraint { id: purpose.id(&h.id) });
        }
    }
    plan.phases.extend((!cleared.is_empty()).then_some(cleared));
    arrives(situation, &h, Some(node), plan)
}

/// Checks by simulation that it would be in service at the end.
fn arrives(situation: &Situation, h: &Hierarchy, node: Option<&str>, plan: Plan) -> Result<Plan> {
    let forecast = situation.forecast(&plan)?;
    let there = |at: usize| forecast.after.get(at).map(|live| live.started_on(&h.id)).unwrap_or_default();
    let last = there(plan.phases.len() - 1);
    if node.map_or(!last.is_empty(), |node| last.contains(&node)) {
        return Ok(plan);
    }
    if let Some(node) = node
        && there(0).contains(&node)
    {
        return refused(
            text::it_would_not_stay_on(node, last.join(", ")),
            text::its_switchback_is(h.switchback().name(), &h.tag, node),
        );
    }
    let what = node.map_or_else(text::cluster_would_not_bring_it_in_service, text::cluster_would_not_bring_it_in_service_on);
    let first = h.dependencies.iter().find(|d| forecast.after.first().is_some_and(|l| l.active_on(&d.id).is_empty()));
    let first = first.map_or(h.id.as_str(), |d| &d.id);
    Err(Refusal::new(what).advise(servers::why(situation, h, first)).into())
}

/// The resources with target-role Stopped: itself, its group, its dependencies and their groups.
fn wanted_stopped<'a>(cib: &'a Cib, h: &Hierarchy) -> Vec<&'a str> {
    let mut found = Vec::new();
    for resource in h.resources().into_iter().filter_map(|id| cib.resource(id)) {
        for element in [Some(resource.element), resource.group, resource.clone].into_iter().flatten() {
            let is_stopped = own_meta(element, "target-role").any(|role| role.eq_ignore_ascii_case("stopped"));
            if is_stopped && !found.contains(&element.id()) {
                found.push(element.id());
            }
        }
    }
    found
}

/// The resources to move: its group or itself, and those of each dependency; clones run everywhere.
fn anchors<'a>(cib: &'a Cib, h: &Hierarchy) -> Vec<&'a str> {
    let mut found = Vec::new();
    for resource in h.resources().into_iter().filter_map(|id| cib.resource(id)).filter(|r| r.clone.is_none()) {
        let anchor = resource.group.unwrap_or(resource.element).id();
        if !found.contains(&anchor) {
            found.push(anchor);
        }
    }
    found
}

pub fn out_of_service(arguments: &OneHierarchy) -> Result<Exit> {
    let OneHierarchy { tag, options } = arguments;
    let outcome = act::carry_out(&text::to_be_taken_out_of_service(), options, &|s| plan_out(arguments, s))?;
    let before = match outcome {
        Some(before) => before,
        None if options.dry_run || options.format.is_print() => return Ok(Exit::Done),
        // The cluster is stopping it already.
        None => {
            let mut now = Situation::now()?;
            let h = find_hierarchy(&now.cib, tag.as_deref())?;
            if now.live.active_on(&h.id).is_empty() {
                return Ok(Exit::Done);
            }
            now.concerned = vec![h.id];
            now
        }
    };
    let h = find_hierarchy(&before.cib, tag.as_deref())?;
    report::departure(&before, options, &h.id)
}

fn plan_out(arguments: &OneHierarchy, situation: &Situation) -> Result<Plan> {
    let h = find_hierarchy(&situation.cib, arguments.tag.as_deref())?;
    let mut plan = Plan::of(&[&h.id], Vec::new());
    if h.stopped {
        let Some(node) = situation.live.active_on(&h.id).first().map(|node| node.to_string()) else {
            plan.notes.push(text::is_out_of_service_already(&h.id));
            return Ok(plan);
        };
        return match pacemaker::work(&situation.cib, std::slice::from_ref(&h.id))? {
            Work::Due(fenced) if fenced.is_empty() => Ok(plan),
            Work::UnderWay(_) => Ok(plan),
            Work::Due(_) | Work::Nothing => refused(text::is_still_in_service(&h.id, node), servers::why(situation, &h, &h.id)),
        };
    }
    plan.phases[0].push(Change::set_meta(&h.id, "target-role", Some("Stopped")));
    servers::keep_dependencies_in_place(situation, &h, &mut plan)?;
    let after = situation.forecast(&plan)?.after;
    // The cluster would do it later, unexpectedly.
    if !arguments.options.force && after.last().is_some_and(|live| !live.active_on(&h.id).is_empty()) {
        let refusal = Refusal::new(text::cluster_would_not_stop_now(&h.id));
        return Err(refusal.advise(servers::why(situation, &h, &h.id)).advise(text::to_have_it_stopped_as_soon()).into());
    }
    Ok(plan)
}
