//! Servers, priorities and switchback as constraints: what create, extend, unextend and set have in common.

use anyhow::Result;

use super::Refusal;
use super::act::Situation;
use crate::cluster::change::{Change, Condition};
use crate::cluster::cib::{INFINITY, parse_score};
use crate::cluster::constraint::{ConstraintId, Purpose};
use crate::cluster::hierarchy::{Hierarchy, Switchback};
use crate::cluster::live::Live;
use crate::cluster::plan::Plan;
use crate::cluster::xml::Element;

/// That the cluster has the node.
///
/// # Errors
/// When it has not.
pub fn known(situation: &Situation, node: &str) -> Result<()> {
    if situation.cib.nodes().contains(&node) {
        return Ok(());
    }
    if let Some(bundle) = situation.cib.container_of(node) {
        let refusal =
            Refusal::new(format!("{node} is a container of the bundle {bundle}, which runs nothing but what is in the bundle"));
        return Err(refusal
            .advise("Postfix cannot be in a bundle here: take a node of the cluster, a remote node or a guest node.")
            .into());
    }
    let all = situation.cib.nodes().join(", ");
    Err(Refusal::unknown(format!("The cluster has no server \"{node}\"")).advise(format!("Expected one of: {all}")).into())
}

/// That the node is there and may run resources.
///
/// # Errors
/// When it is not.
pub fn ready(situation: &Situation, node: &str) -> Result<()> {
    known(situation, node)?;
    match situation.live.node(node) {
        Some(n) if n.is_ready() => Ok(()),
        found => {
            let state = found.map_or("not known", |n| n.state());
            let refusal = Refusal::new(format!("{node} cannot run anything now: it is {state}"));
            Err(refusal.advise(format!("Bring it up first (pcs cluster start {node}, pcs node unstandby {node}).")).into())
        }
    }
}

/// How everything would be after a plan if the hierarchy could run on that node alone, and should.
///
/// # Errors
/// When it cannot be tried out.
pub fn forced_to(situation: &Situation, h: &Hierarchy, node: &str, plan: &Plan) -> Result<Live> {
    let mut trial = plan.clone();
    trial.phases[0].push(Change::AddBan {
        id: ConstraintId::new(&h.id, Purpose::Elsewhere).to_string(),
        resource: h.id.clone(),
        conditions: vec![Condition::new("#uname", "ne", node)],
        until: None,
    });
    if h.stopped {
        let value = Some("Started".to_owned());
        trial.phases[0].push(Change::SetMeta { resource: h.id.clone(), name: "target-role".to_owned(), value });
    }
    Ok(situation.try_out(&trial)?.after.pop().unwrap_or_default())
}

/// Why the cluster does nothing about the hierarchy; how to ask it about one of its resources where that is not known.
pub fn why(situation: &Situation, h: &Hierarchy, resource: &str) -> String {
    let live = &situation.live;
    let reason = if live.maintenance {
        "the whole cluster is in maintenance: nothing is looked after"
    } else if !h.managed || live.instances(&h.id).any(|r| !r.managed) {
        "it is not managed: the cluster does not look after it"
    } else if !live.quorum {
        "the cluster has no quorum"
    } else {
        return format!("Why: crm_resource --why --resource {resource}");
    };
    format!("Why: {reason}")
}

/// The server's place among the others.
pub fn prefer(id: &str, node: &str, priority: i64) -> Change {
    Change::AddPreference {
        id: ConstraintId::new(id, Purpose::On(node)).to_string(),
        resource: id.to_owned(),
        node: node.to_owned(),
        score: 1000 - priority,
    }
}

/// Nowhere but on these.
pub fn only_on(id: &str, nodes: &[&str]) -> Change {
    let conditions = nodes.iter().map(|node| Condition::new("#uname", "ne", node)).collect();
    Change::AddBan { id: servers_id(id), resource: id.to_owned(), conditions, until: None }
}

/// The id of that constraint.
pub fn servers_id(id: &str) -> String {
    ConstraintId::new(id, Purpose::Servers).to_string()
}

/// Makes `nodes` its servers, whatever they were.
pub fn replace(situation: &Situation, h: &Hierarchy, nodes: &[&str]) -> Vec<Change> {
    let id = servers_id(&h.id);
    let old = situation.cib.constraints().any(|c| c.id() == id);
    let removed = old.then_some(Change::RemoveConstraint { id });
    removed.into_iter().chain([only_on(&h.id, nodes)]).collect()
}

/// Removes what gives it a score on a node by the node's name.
pub fn forget_preference(situation: &Situation, h: &Hierarchy, node: &str) -> Vec<Change> {
    // What its group prefers counts for it too.
    let named: Vec<&str> = [Some(h.id.as_str()), h.group.as_deref()].into_iter().flatten().collect();
    let of_it = |c: &&Element| c.get("node") == Some(node) && c.get("rsc").is_some_and(|r| named.contains(&r));
    let about = situation.cib.locations(&named).filter(of_it).filter(|c| parse_score(c.text("score")) > -INFINITY);
    about.map(|c| Change::RemoveConstraint { id: c.id().to_owned() }).collect()
}

/// That no other server has the priority.
///
/// # Errors
/// When one has.
pub fn unique(h: &Hierarchy, node: &str, priority: i64) -> Result<()> {
    match h.servers.iter().find(|s| s.extended && s.node != node && s.priority == Some(priority)) {
        None => Ok(()),
        Some(other) => {
            let what = format!("{} has priority {priority} already, and each server has its own", other.node);
            Err(Refusal::new(what)
                .advise(format!("Give another number, or change both at once: postkeeper set {} priority A=N B=M", h.tag))
                .into())
        }
    }
}

/// The next one that a person would expect: 10 after 1, 20 after 10.
pub fn next_priority(h: &Hierarchy) -> i64 {
    let last = h.servers.iter().filter(|s| s.extended).filter_map(|s| s.priority).max().unwrap_or(0);
    let next = (last / 10 + 1) * 10;
    if next < 1000 { next } else { (1..1000).find(|p| h.servers.iter().all(|s| s.priority != Some(*p))).unwrap_or(999) }
}

/// What is to be said when dependencies do not go along with a switchback type. `dependencies`: ids and
/// resource-stickiness.
pub fn disagreement<'a>(tag: &str, wanted: Switchback, dependencies: impl Iterator<Item = (&'a str, String)>) -> Option<String> {
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
        Switchback::Automatic => "Postfix goes where they are, and they may stay where a switchback would move them",
        _ => "while Postfix is out of service they may go to the server of highest priority",
    };
    Some(format!(
        "the resource-stickiness of {list} does not agree with switchback {kind}: {consequence}. To make it agree: \
         postkeeper set {tag} switchback {kind} --dependencies"
    ))
}

/// Has the dependencies that a plan would move without wanting to stay where they are: Postfix held them there until now.
///
/// # Errors
/// When it cannot be tried out.
pub fn hold_dependencies(situation: &Situation, h: &Hierarchy, plan: &mut Plan) -> Result<()> {
    if h.switchback() == Switchback::Automatic {
        // To go to the server of highest priority is what they are meant to do.
        plan.own.extend(h.dependencies.iter().map(|d| d.id.clone()));
        return Ok(());
    }
    let disturbing = situation.try_out(plan)?.disturbing;
    let moved = h.dependencies.iter().filter(|d| disturbing.iter().any(|action| action.resource == d.id));
    plan.phases[0].extend(moved.map(|d| Change::Hold { resource: d.id.clone(), by: h.id.clone() }));
    Ok(())
}
