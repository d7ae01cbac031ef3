//! delete: only Postfix and its own constraints go (R13).
//!
//! A resource that is deleted while it runs is stopped by the cluster, unless the cluster does not know that it runs. So it
//! is left to people first, which ends its monitors; then it goes together with what is remembered of it.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::act::{self, Options, Outcome, Situation};
use super::{Exit, find, report};
use crate::cluster::attribute;
use crate::cluster::change::Change;
use crate::cluster::cib::Cib;
use crate::cluster::plan::Plan;
use crate::system::deadline::Deadline;

/// Remove a hierarchy: Postfix runs on, unprotected, if it was in service; IP addresses and file systems stay
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// The hierarchy
    tag: String,
    #[command(flatten)]
    options: Options,
}

/// How long the cluster may take to forget what a server told of it.
const PATIENCE: Duration = Duration::from_secs(5);

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let Arguments { tag, options } = arguments;
    let outcome = act::carry_out("To be deleted:", options, &|s| plan(arguments, s))?;
    let Outcome::Made(before) = outcome else { return Ok(Exit::Done) };
    let h = find(&before.cib, Some(tag))?;
    let state = match before.live.started_on(&h.id).first() {
        Some(node) => format!("Postfix runs on, unprotected, on {node}"),
        None => "Postfix is stopped".to_owned(),
    };
    let exit = report::settled(&before, options, &h.id, &format!("{} is deleted; {state}", h.id))?;
    for node in before.live.nodes.iter().filter(|n| n.online) {
        for name in [attribute::ids(&h.id), attribute::version(&h.id)] {
            if let Err(error) = attribute::forget(&name, Some(&node.name), Deadline::after(PATIENCE)) {
                act::note(&format!("{} goes on telling {name}: {error}", node.name));
            }
        }
    }
    Ok(exit)
}

fn plan(arguments: &Arguments, situation: &Situation) -> Result<Plan> {
    let cib = &situation.cib;
    let h = find(cib, Some(&arguments.tag))?;
    // What we made between its dependencies names only them.
    let ours = |id: &str| id.starts_with(&format!("{}-keeps-", h.id)) || id.starts_with(&format!("{}-moves-", h.id));
    let mut removal: Vec<Change> =
        cib.constraints().filter(|c| ours(c.id())).map(|c| Change::RemoveConstraint { id: c.id().to_owned() }).collect();
    removal.push(Change::RemoveResource { id: h.id.clone() });
    removal.push(Change::RemoveHistory { id: h.id.clone() });
    let leave = Change::SetMeta { resource: h.id.clone(), name: "maintenance".to_owned(), value: Some("true".to_owned()) };
    let mut plan = Plan::of(&[], vec![leave]);
    plan.phases.push(removal);
    if situation.live.active_on(&h.id).is_empty() {
        plan.phases.remove(0);
    } else {
        plan.notes.push("Postfix runs on; until it is stopped by hand, its file system cannot be unmounted".to_owned());
    }
    if !situation.try_out(&plan)?.disturbing.is_empty() {
        // Without Postfix nothing may be left that keeps them where they are: an automatic switchback took it from them.
        plan.phases[0].extend(h.dependencies.iter().filter_map(|d| steady(cib, &d.id)));
    }
    Ok(plan)
}

/// What gives a resource the cluster's default back that has a resource-stickiness of 0 of its own.
fn steady(cib: &Cib, id: &str) -> Option<Change> {
    let name = "resource-stickiness";
    let own = cib
        .resource(id)?
        .element
        .named("meta_attributes")
        .flat_map(|set| set.named("nvpair"))
        .find(|p| p.get("name") == Some(name))?;
    (own.text("value") == "0").then(|| Change::SetMeta { resource: id.to_owned(), name: name.to_owned(), value: None })
}
