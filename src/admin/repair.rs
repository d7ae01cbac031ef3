//! repair: makes the constraints and parameters of a hierarchy as this version would.
//!
//! The ids rule of earlier versions stops Postfix when a node attribute is lost; an imported or hand-made hierarchy may have no
//! rule; one with main.cf on a shared file system may lack the user names that a standby needs. Nothing is stopped or moved.

use anyhow::Result;

use super::act::{OneHierarchy, Situation};
use super::facts::Facts;
use super::{Exit, facts, refused, report};
use crate::cluster::change::Change;
use crate::cluster::cib::Cib;
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::plan::Plan;
use crate::cluster::{attribute, ids, provides};
use crate::system::file;
use crate::text;

pub const EXAMPLES: &str = "  postkeeper repair mail-server --dry-run
  postkeeper repair mail-server --yes";

pub fn run(OneHierarchy { tag, options }: &OneHierarchy) -> Result<Exit> {
    report::change(&text::to_be_repaired(), options, tag.as_deref(), &plan, &|id| text::is_repaired(id))
}

fn plan(situation: &Situation, h: &Hierarchy) -> Result<Plan> {
    let cib = &situation.cib;
    let active = situation.live.started_on(&h.id).first().map(|node| node.to_string());
    // All files can be seen only where it is in service.
    let facts = match &active {
        Some(node) if *node == situation.here => Facts::gather(facts::instance_of(h), &|_| Ok(())).ok(),
        _ => None,
    };
    let mut plan = Plan::of(&[&h.id], Vec::new());
    let expected = facts.as_ref().map(|f| f.ids.clone()).or_else(|| published(cib, h, active.as_deref()));
    let rule = ids::rule(cib, &h.id);
    match (&rule, expected.or(rule.as_ref().map(|rule| rule.recorded.clone()))) {
        (Some(rule), Some(expected)) if rule.demands_attribute || rule.recorded != expected => {
            plan.phases[0].push(Change::RemoveConstraint { id: rule.constraint.clone() });
            plan.phases[0].push(ids::record(&h.id, &expected));
        }
        (None, Some(expected)) => plan.phases[0].push(ids::record(&h.id, &expected)),
        (None, None) => plan.notes.push(text::uid_and_gid_are_not_known()),
        (Some(_), _) => {}
    }
    match (&facts, lacks_names(cib, h)) {
        (Some(facts), true) => {
            let parameters = facts.names().into_iter().filter(|(name, value)| h.parameter(name) != Some(value));
            plan.phases[0].extend(parameters.map(|(name, value)| Change::set_parameter(&h.id, name, Some(value))));
        }
        (None, true) => plan.notes.push(text::main_cf_names_mail_owner()),
        _ => {}
    }
    if let Some(node) = &active
        && let Some(after) = situation.forecast(&plan)?.after.last()
        && !after.started_on(&h.id).contains(&node.as_str())
    {
        let what = text::would_not_stay_in_service_on(&h.id, node);
        let name = attribute::ids(&h.id);
        let recorded = ids::rule(&plan.result(cib)?, &h.id).map(|rule| rule.recorded);
        let differs = |node: &&str| cib.node_attributes(node).remove(&name) != recorded;
        let commands = h
            .extended()
            .into_iter()
            .filter(differs)
            .map(|n| format!("crm_attribute --lifetime reboot --node {n} --name {name} --delete"));
        let advice = text::have_each_server_publish_them_again(commands.collect::<Vec<_>>().join(" && "));
        return refused(what, advice);
    }
    Ok(plan)
}

/// The expected ids, from the attributes of the servers: those of the active one, which match the queue, else those that all servers
/// have in common.
fn published(cib: &Cib, h: &Hierarchy, active: Option<&str>) -> Option<String> {
    let name = attribute::ids(&h.id);
    let of = |node: &str| cib.node_attributes(node).remove(&name);
    let all: Option<Vec<String>> = active.map_or_else(|| h.extended(), |node| vec![node]).into_iter().map(of).collect();
    let mut all = all?;
    all.dedup();
    if all.len() == 1 { all.pop() } else { None }
}

/// Whether a standby cannot read main.cf, and the parameters do not record its user names.
pub fn lacks_names(cib: &Cib, h: &Hierarchy) -> bool {
    let is_recorded = facts::NAMES.iter().all(|name| h.parameter(name).is_some());
    !is_recorded && !provides::holding(cib, &file::target(&facts::instance_of(h).config_dir)).is_empty()
}
