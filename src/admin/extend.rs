//! extend and unextend: add and remove a server.

use anyhow::Result;
use clap::Args;

use super::act::{Options, Situation};
use super::interface::Format;
use super::{Exit, Refusal, refused, repair, report, servers};
use crate::cluster::attribute;
use crate::cluster::change::Change;
use crate::cluster::cib::Cib;
use crate::cluster::constraint::Purpose;
use crate::cluster::hierarchy::{Hierarchy, Server};
use crate::cluster::ids;
use crate::cluster::live::Live;
use crate::cluster::plan::Plan;
use crate::postfix::fault::Message;
use crate::text;

#[derive(Clone, Debug, Args)]
#[command(about = text::help_extend(), long_about = text::paragraphs([text::help_extend(), text::help_extend_more()]))]
pub struct Extend {
    #[arg(help = text::help_tag())]
    tag: Option<String>,
    #[arg(help = text::help_extend_to(), long, value_name = "NODE")]
    to: String,
    #[arg(help = text::help_extend_priority(), long, value_parser = clap::value_parser!(i64).range(1..=999))]
    priority: Option<i64>,
    #[arg(help = text::help_extend_template_priority(), long, value_name = "PRIORITY", value_parser = clap::value_parser!(i64).range(1..=999))]
    template_priority: Option<i64>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Clone, Debug, Args)]
#[command(about = text::help_unextend())]
pub struct Unextend {
    #[arg(help = text::help_tag())]
    tag: Option<String>,
    #[arg(help = text::help_unextend_from(), long, value_name = "NODE")]
    from: String,
    #[command(flatten)]
    pub options: Options,
}

pub fn extend(arguments: &Extend) -> Result<Exit> {
    let Extend { tag, to, options, .. } = arguments;
    let make = |s: &Situation, h: &Hierarchy| plan_extend(arguments, s, h);
    report::change(&text::to_be_extended_to(to), options, tag.as_deref(), &make, &|id| text::is_extended_to(id, to))
}

fn plan_extend(arguments: &Extend, situation: &Situation, h: &Hierarchy) -> Result<Plan> {
    let (node, cib) = (arguments.to.as_str(), &situation.cib);
    servers::ready(situation, node)?;
    let server = h.server(node).expect("the node is known");
    let own_rule = Purpose::Servers.id(&h.id);
    if server.extended && cib.constraints().any(|c| c.id() == own_rule) {
        return refused(text::is_extended_to_already(&h.tag, node), text::to_change_its_priority(&h.tag, node));
    }
    let is_unknown = !cib.node_attributes(node).contains_key(&attribute::ids(&h.id));
    let unprobed = servers::unprobed(cib, &h.names(), &[node]).filter(|_| is_unknown);
    match (check_ids_and_version(cib, h, node), unprobed) {
        (Ok(()), _) => {}
        // A start compares the ids too.
        (Err(_), Some(_)) if arguments.options.force => {}
        (Err(refusal), Some(why)) => return Err(refusal.advise(text::it_is_not_probed(node, why)).into()),
        (Err(refusal), None) => return probe_again(arguments, situation, h, refusal),
    }
    let mut changes: Vec<Change> = Vec::new();
    let mut after = h.clone();
    if let Some(priority) = arguments.template_priority {
        changes.extend(set_template_priority(situation, &mut after, node, priority)?);
    }
    let priority = arguments.priority.map_or_else(|| servers::next_priority(&after, node), Ok)?;
    servers::unique(&after, node, priority)?;
    for constraint in server.kept_away_by.iter().filter(|id| **id != own_rule) {
        changes.push(removable(cib, h, node, constraint)?);
    }
    if !server.extended {
        let nodes: Vec<&str> = h.extended().into_iter().chain([node]).collect();
        changes.extend(servers::replace(situation, h, &nodes));
    }
    changes.extend(servers::forget_preference(situation, h, node));
    changes.push(servers::prefer(&h.id, node, priority));
    let plan = Plan::of(&h.resources(), changes);
    check_it_can_run_there(situation, h, node, &plan)?;
    if !arguments.options.force {
        check_it_stays(situation, h, &plan)?;
    }
    Ok(plan)
}

/// Simulates whether it stays on the server where it is in service: an extension only prepares for a failover.
fn check_it_stays(situation: &Situation, h: &Hierarchy, plan: &Plan) -> Result<()> {
    let Some(active) = situation.live.started_on(&h.id).first().copied() else { return Ok(()) };
    let after = situation.forecast(plan)?.after.pop().unwrap_or_default();
    let there = after.started_on(&h.id);
    if there.contains(&active) {
        return Ok(());
    }
    let refusal = Refusal::new(text::it_would_not_stay_on(active, there.join(", ")));
    let refusal = refusal.advise(text::its_switchback_is(h.switchback().name(), &h.tag, active));
    Err(refusal.advise(text::if_that_is_what_you_want()).into())
}

/// Sets another priority for the only server that the hierarchy has.
fn set_template_priority(situation: &Situation, h: &mut Hierarchy, node: &str, priority: i64) -> Result<Vec<Change>> {
    let mut others: Vec<&mut Server> = h.servers.iter_mut().filter(|s| s.extended && s.node != node).collect();
    let [server] = others.as_mut_slice() else {
        let list: Vec<&str> = others.iter().map(|s| s.node.as_str()).collect();
        return refused(text::it_has_more_than_one_server(list.join(", ")), text::to_change_their_priorities(&h.tag));
    };
    if server.priority.replace(priority) == Some(priority) {
        return Ok(Vec::new());
    }
    let template = server.node.clone();
    let mut changes = servers::forget_preference(situation, h, &template);
    changes.push(servers::prefer(&h.id, &template, priority));
    Ok(changes)
}

/// The change that removes a manual ban of the hierarchy from a node.
fn removable(cib: &Cib, h: &Hierarchy, node: &str, constraint: &str) -> Result<Change> {
    let found = cib.constraints().find(|c| c.id() == constraint);
    if found.is_some_and(|c| c.get("node") == Some(node) && c.get("rsc") == Some(&h.id)) {
        return Ok(Change::RemoveConstraint { id: constraint.to_owned() });
    }
    refused(text::constraint_keeps_away_from(constraint, &h.id, node), text::change_it_first(constraint))
}

/// The plan that probes the node again, in case the problem has been fixed: not in a dry run, unless a program shows it and then has it
/// done, nor where Postfix is active.
fn probe_again(arguments: &Extend, situation: &Situation, h: &Hierarchy, refusal: Refusal) -> Result<Plan> {
    let Options { dry_run, format, .. } = arguments.options;
    let is_active = situation.live.active_on(&h.id).contains(&arguments.to.as_str());
    if situation.refreshed || dry_run && format != Format::Json || format.is_print() || is_active {
        return Err(refusal.into());
    }
    let mut plan = Plan { refresh: Some((h.id.clone(), arguments.to.clone())), ..Plan::of(&[&h.id], Vec::new()) };
    plan.notes.push(text::until_now(refusal.what()));
    Ok(plan)
}

/// Messages 10 and 11, and the version: compares the node's attributes with what the hierarchy needs.
fn check_ids_and_version(cib: &Cib, h: &Hierarchy, node: &str) -> Result<(), Refusal> {
    let published = |node: &str, name: &str| cib.node_attributes(node).remove(name);
    let attribute = attribute::ids(&h.id);
    let others = || h.extended().into_iter().filter(|n| *n != node);
    let elsewhere = |name: &str| others().find_map(|n| Some((published(n, name)?, n)));
    let reference = match ids::rule(cib, &h.id) {
        Some(rule) => Some((rule.recorded, None)),
        None => elsewhere(&attribute).map(|(ids, other)| (ids, Some(other))),
    };
    let Some((wanted, other)) = reference else {
        return Ok(());
    };
    let Some(found) = published(node, &attribute) else {
        let refusal = Refusal::new(text::has_not_published_the_uid(node));
        if repair::lacks_names(cib, h) {
            return Err(refusal.advise(text::it_cannot_read_their_names(&h.tag)));
        }
        let refusal = refusal.advise(text::is_the_agent_installed_there(super::AGENT_PROGRAM));
        return Err(refusal.advise(text::do_mail_owner_and_setgid_group()));
    };
    let part = |value: &str, at: usize| value.split(':').nth(at).unwrap_or("none").to_owned();
    for (at, message, name) in [(0, Message::OwnerIdDiffers, "uid"), (1, Message::GroupIdDiffers, "gid")] {
        let (here, there) = (part(&wanted, at), part(&found, at));
        if here != there {
            return Err(Refusal::from(message.found(match other {
                Some(other) => text::id_differs_between(name, there, node, here, other),
                None => text::id_differs_from_the_record(name, there, node, here),
            })));
        }
    }
    let version = attribute::version(&h.id);
    if let (Some((wanted, other)), Some(found)) = (elsewhere(&version), published(node, &version))
        && wanted != found
    {
        let refusal = Refusal::new(text::postfix_is_another_version_on(node, &found, &wanted, other));
        return Err(refusal.advise(text::install_the_same_version_on_every()));
    }
    Ok(())
}

/// Simulates whether the whole hierarchy would run on the node.
fn check_it_can_run_there(situation: &Situation, h: &Hierarchy, node: &str, plan: &Plan) -> Result<()> {
    let after = servers::forced_to(situation, h, node, plan)?;
    if after.started_on(&h.id).contains(&node) {
        return Ok(());
    }
    let stuck: Vec<String> = h.dependencies.iter().filter(|d| !runs_on(&after, &d.id, node)).map(|d| d.id.clone()).collect();
    let what = if stuck.is_empty() { h.id.clone() } else { stuck.join(", ") };
    let refusal = Refusal::new(text::could_not_run_the_hierarchy(node, &what));
    let first = stuck.first().unwrap_or(&h.id);
    Err(refusal.advise(text::why(text::crm_resource_why_and_constraints(first, node))).into())
}

fn runs_on(live: &Live, id: &str, node: &str) -> bool {
    live.started_on(id).contains(&node)
}

pub fn unextend(arguments: &Unextend) -> Result<Exit> {
    let Unextend { tag, from, options } = arguments;
    let make = |s: &Situation, h: &Hierarchy| plan_unextend(from, s, h);
    report::change(&text::to_be_unextended_from(from), options, tag.as_deref(), &make, &|id| text::is_unextended_from(id, from))
}

fn plan_unextend(node: &str, situation: &Situation, h: &Hierarchy) -> Result<Plan> {
    servers::known(situation, node)?;
    if h.server(node).is_none_or(|s| !s.extended) {
        return refused(text::is_not_extended_to(&h.tag, node), text::it_is_extended_to(h.extended().join(", ")));
    }
    if situation.live.active_on(&h.id).contains(&node) {
        return refused(text::is_in_service_on(&h.tag, node), text::bring_it_in_service_on_another(&h.tag));
    }
    let rest: Vec<&str> = h.extended().into_iter().filter(|n| *n != node).collect();
    if rest.is_empty() {
        return refused(text::is_its_only_server(node), text::to_remove_the_hierarchy(&h.tag));
    }
    let mut changes = servers::forget_preference(situation, h, node);
    changes.extend(servers::replace(situation, h, &rest));
    Ok(Plan::of(&[&h.id], changes))
}
