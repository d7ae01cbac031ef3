//! Servers, priorities and switchback as constraints, shared by create, extend, unextend and set.

use anyhow::Result;

use super::act::Situation;
use super::{Refusal, refused};
use crate::cluster::change::Change;
use crate::cluster::cib::{Cib, INFINITY, parse_score};
use crate::cluster::constraint::{Condition, Constraint, Purpose, excepted_values};
use crate::cluster::hierarchy::{Hierarchy, Switchback};
use crate::cluster::live::Live;
use crate::cluster::plan::Plan;
use crate::cluster::xml::Element;
use crate::text::{self, Text, verbatim};

/// Checks that the cluster has the node.
pub fn known(situation: &Situation, node: &str) -> Result<()> {
    if situation.cib.nodes().contains(&node) {
        return Ok(());
    }
    if let Some(bundle) = situation.cib.container_of(node) {
        return refused(text::is_a_container_of_the_bundle(node, bundle), text::postfix_cannot_be_in_a_bundle());
    }
    let all = situation.cib.nodes().join(", ");
    Err(Refusal::unknown(text::cluster_has_no_server(node)).advise(text::expected_one_of(&all)).into())
}

/// Checks that the node is online and may run resources.
pub fn ready(situation: &Situation, node: &str) -> Result<()> {
    known(situation, node)?;
    match situation.live.node(node) {
        Some(n) if n.is_ready() => Ok(()),
        found => {
            let state = found.map_or_else(text::not_known, |n| n.state().words());
            refused(text::cannot_run_anything_now(node, &state), text::bring_it_up_first_pcs_cluster(node))
        }
    }
}

/// Why the cluster probes one of the nodes for none of the resources, if so.
pub fn unprobed(cib: &Cib, resources: &[&str], nodes: &[&str]) -> Option<Text> {
    if cib.is_set("enable-startup-probes") == Some(false) {
        return Some(text::enable_startup_probes_false());
    }
    // What a rule says about the nodes is not known: it counts as probed.
    let is_exclusive = |c: &&Element| c.text("resource-discovery") == "exclusive";
    let is_probed = |node: &&str| {
        cib.locations(resources).filter(is_exclusive).any(|other| other.get("node").is_none_or(|name| name == *node))
    };
    let is_unprobed = |c: &&Element| match c.text("resource-discovery") {
        "never" => c.get("node").is_some_and(|node| nodes.contains(&node)),
        // Only the nodes of such constraints are probed.
        "exclusive" => !nodes.iter().all(is_probed),
        _ => false,
    };
    let constraint = cib.locations(resources).find(is_unprobed)?;
    Some(verbatim!("{}: resource-discovery={}", constraint.id(), constraint.text("resource-discovery")))
}

/// Simulates a plan with the hierarchy forced to that node.
pub fn forced_to(situation: &Situation, h: &Hierarchy, node: &str, plan: &Plan) -> Result<Live> {
    let mut trial = plan.clone();
    trial.phases[0].push(ban_elsewhere(Purpose::Elsewhere, &h.id, &h.id, &[node], None));
    if h.stopped {
        trial.phases[0].push(Change::set_meta(&h.id, "target-role", Some("Started")));
    }
    Ok(situation.forecast(&trial)?.after.pop().unwrap_or_default())
}

/// Why the cluster does not start the hierarchy; if unknown, the command that shows the reason for a resource.
pub fn why(situation: &Situation, h: &Hierarchy, resource: &str) -> Text {
    let live = &situation.live;
    text::why(if live.maintenance {
        text::whole_cluster_is_in_maintenance()
    } else if !h.managed || live.instances(&h.id).any(|r| !r.managed) {
        text::it_is_not_managed()
    } else if !live.quorum {
        text::cluster_has_no_quorum()
    } else {
        verbatim!("crm_resource --why --resource {resource}")
    })
}

/// The change that sets the priority of a server.
pub fn prefer(id: &str, node: &str, priority: i64) -> Change {
    let constraint = Constraint::Preference { resource: id.to_owned(), node: node.to_owned(), score: 1000 - priority };
    Change::AddConstraint { id: Purpose::On(node).id(id), constraint }
}

/// The constraint of a hierarchy that bans a resource from all nodes but these.
pub fn ban_elsewhere(purpose: Purpose<'_>, hierarchy: &str, resource: &str, nodes: &[&str], until: Option<&str>) -> Change {
    let conditions = nodes.iter().map(|node| Condition::new("#uname", "ne", node)).collect();
    let constraint = Constraint::Ban { resource: resource.to_owned(), conditions, until: until.map(str::to_owned) };
    Change::AddConstraint { id: purpose.id(hierarchy), constraint }
}

/// The constraint that bans it from all other nodes.
pub fn only_on(id: &str, nodes: &[&str]) -> Change {
    ban_elsewhere(Purpose::Servers, id, id, nodes, None)
}

/// The servers of which its constraint speaks and that the cluster does not have: they were renamed or removed.
pub fn unknown(cib: &Cib, h: &Hierarchy) -> Vec<String> {
    let (id, nodes) = (Purpose::Servers.id(&h.id), cib.nodes());
    let named = cib.constraints().filter(|c| c.id() == id).flat_map(|c| excepted_values(c, "#uname"));
    named.filter(|name| !nodes.contains(name)).map(str::to_owned).collect()
}

/// The changes that make `nodes` its only servers.
pub fn replace(situation: &Situation, h: &Hierarchy, nodes: &[&str]) -> Vec<Change> {
    let id = Purpose::Servers.id(&h.id);
    let old = situation.cib.constraints().any(|c| c.id() == id);
    let removed = old.then_some(Change::RemoveConstraint { id });
    removed.into_iter().chain([only_on(&h.id, nodes)]).collect()
}

/// The changes that remove its scores on a node.
pub fn forget_preference(situation: &Situation, h: &Hierarchy, node: &str) -> Vec<Change> {
    // The scores of its group count too.
    let named = h.names();
    let of_it = |c: &&Element| c.get("node") == Some(node) && c.get("rsc").is_some_and(|r| named.contains(&r));
    let about = situation.cib.locations(&named).filter(of_it).filter(|c| parse_score(c.text("score")) > -INFINITY);
    about.map(|c| Change::RemoveConstraint { id: c.id().to_owned() }).collect()
}

/// Checks that no other server has the priority.
pub fn unique(h: &Hierarchy, node: &str, priority: i64) -> Result<()> {
    match h.servers.iter().find(|s| s.extended && s.node != node && s.priority == Some(priority)) {
        None => Ok(()),
        Some(other) => refused(text::has_priority_already(&other.node, priority), text::give_another_number(&h.tag)),
    }
}

/// The next default priority, for `node`, after the others: 10 after 1, 20 after 10, and the last free one after 990.
///
/// # Errors
/// When another server has none, nor a score beyond all of them: any priority comes before that.
pub fn next_priority(h: &Hierarchy, node: &str) -> Result<i64> {
    let others = || h.servers.iter().filter(|s| s.extended && s.node != node);
    let without: Vec<&str> = others().filter(|s| s.score <= 0).map(|s| s.node.as_str()).collect();
    if !without.is_empty() {
        let pairs: Vec<String> = without.iter().map(|node| format!("{node}=N")).collect();
        return refused(text::has_no_priority(without.join(", ")), text::give_it_a_priority_first(&h.tag, pairs.join(" ")));
    }
    let next = (others().filter_map(|s| s.priority).max().unwrap_or(0) / 10 + 1) * 10;
    let is_free = |p: &i64| others().all(|s| s.priority != Some(*p));
    Ok(if next < 1000 { next } else { (1..1000).rev().find(is_free).unwrap_or(999) })
}

/// A note when dependencies have a stickiness that contradicts a switchback type. `dependencies`: ids and
/// resource-stickiness.
pub fn disagreement<'a>(tag: &str, wanted: Switchback, dependencies: impl Iterator<Item = (&'a str, String)>) -> Option<Text> {
    let disagrees = |stickiness: &str| match wanted {
        Switchback::Automatic => parse_score(stickiness) > 0,
        _ => Switchback::from_stickiness(stickiness) != wanted,
    };
    let others: Vec<String> = dependencies
        .filter(|(_, s)| disagrees(s))
        .map(|(id, s)| format!("{id} ({})", if s.is_empty() { "0" } else { &s }))
        .collect();
    if others.is_empty() {
        return None;
    }
    let (list, kind) = (others.join(", "), wanted.name());
    let consequence = match wanted {
        Switchback::Automatic => text::postfix_goes_where_they_are(),
        _ => text::while_postfix_is_out_of_service(),
    };
    Some(text::resource_stickiness_of_does_not_agree(&list, kind, &consequence, tag))
}

/// Adds changes so that dependencies which a plan would move unintentionally stay where they are: until now Postfix kept them there.
pub fn keep_dependencies_in_place(situation: &Situation, h: &Hierarchy, plan: &mut Plan) -> Result<()> {
    if h.switchback() == Switchback::Automatic {
        // A move to the server of highest priority is intended.
        plan.resources.extend(h.dependencies.iter().map(|d| d.id.clone()));
        return Ok(());
    }
    let disturbing = situation.forecast(plan)?.disturbing;
    let moved = h.dependencies.iter().filter(|d| disturbing.iter().any(|action| action.resource == d.id));
    plan.phases[0].extend(moved.map(|d| Change::AddStickiness { resource: d.id.clone(), by: h.id.clone() }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::cib::INFINITY;
    use crate::cluster::hierarchy;

    #[test]
    fn the_next_server_comes_after_the_others() {
        let cib = Cib::parse(include_str!("../cluster/fixtures/by-hand.xml")).unwrap();
        let mut h = hierarchy::all(&cib, super::super::AGENT).remove(0);
        let refusal = next_priority(&h, "n2").unwrap_err().to_string();
        assert!(refusal.contains("n1 has no priority") && refusal.contains("priority n1=N"), "{refusal}");
        for (first, next) in [(1, 10), (15, 20), (989, 990), (990, 999), (998, 999), (999, 998)] {
            (h.servers[0].priority, h.servers[0].score) = (Some(first), 1000 - first);
            assert_eq!(next_priority(&h, "n2").unwrap(), next);
        }
        // `pcs constraint location mail prefers n1` gives INFINITY: no priority comes before that.
        (h.servers[0].priority, h.servers[0].score) = (None, INFINITY);
        assert_eq!(next_priority(&h, "n2").unwrap(), 10);
    }

    #[test]
    fn a_server_that_was_renamed_is_noticed() {
        let as_it_was = include_str!("../cluster/fixtures/two-instances.xml");
        let unknown_in = |xml: &str| {
            let cib = Cib::parse(xml).unwrap();
            let all = hierarchy::all(&cib, super::super::AGENT);
            unknown(&cib, all.iter().find(|h| h.id == "mail2-postfix").unwrap())
        };
        assert_eq!(unknown_in(as_it_was), Vec::<String>::new());
        assert_eq!(unknown_in(&as_it_was.replace("uname=\"n2\"", "uname=\"mail2\"")), ["n2"]);
    }
}
