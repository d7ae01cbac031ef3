//! adopt: a resource of ocf:heartbeat:postfix becomes one of ours, in its place, while Postfix runs on.
//!
//! One patch of the CIB changes agent and parameters and leaves the resource, and what depends on it, to people. The cluster
//! then forgets what the old agent said and lets ours look. When ours finds Postfix running where it was, the
//! cluster gets it back; when not, the old agent does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::act::{self, Options, Outcome, Situation};
use super::{AGENT, AGENT_PROGRAM, Exit, Refusal, facts, print, say};
use crate::cluster::change::Change;
use crate::cluster::cib::{Cib, Resource};
use crate::cluster::hierarchy;
use crate::cluster::live::Live;
use crate::cluster::pacemaker;
use crate::cluster::plan::{Format, Plan};
use crate::cluster::xml::{Element, Node};
use crate::health::{self, Depth, Health};
use crate::lifecycle;
use crate::ocf::parameters;
use crate::postfix::memory::Memory;
use crate::system::deadline::Deadline;

/// The agent that is replaced.
const OLD: &str = "ocf:heartbeat:postfix";

const EXAMPLES: &str = "\
Examples:
  postkeeper adopt mail-postfix --dry-run
  postkeeper adopt mail-postfix --yes";

/// Replace a resource of ocf:heartbeat:postfix by one of ours, while Postfix runs on
///
/// Name, place in a group, constraints, operations and meta attributes stay. Run it on the server where the resource is in
/// service: before anything is changed, Postfix is looked at as our agent will look at it. Install postkeeper on every server
/// first.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The resource
    resource: String,
    #[command(flatten)]
    options: Options,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let Arguments { resource: id, options } = arguments;
    if matches!(options.format, Format::Pcs | Format::Crm) {
        let situation = Situation::now()?;
        let first = plan(id, &situation)?;
        let back = Plan::of(&[id], give_back(&situation, id));
        print(&first.show(options.format, &situation.cib)?)?;
        print(&format!("crm_resource --refresh --force --resource {id}\ncrm_resource --wait"))?;
        print(&back.show(options.format, &situation.cib)?)?;
        return Ok(Exit::Done);
    }
    let outcome = act::carry_out(&format!("{id} becomes {AGENT}:"), options, &|s| plan(id, s))?;
    let Outcome::Made(before) = outcome else { return Ok(Exit::Done) };
    hand_over(id, options, &before).map_err(|error| {
        let managed = give_back(&before, id).into_iter().filter_map(|c| match c {
            Change::SetMeta { resource, .. } => Some(resource),
            _ => None,
        });
        let list: Vec<String> = managed.collect();
        error.context(format!("Half-way, and left unmanaged: {0}. When Postfix runs: pcs resource manage {0}", list.join(" ")))
    })
}

/// What comes after the agent has been replaced: the new one looks, and the cluster gets it back, or the old one does.
fn hand_over(id: &str, options: &Options, before: &Situation) -> Result<Exit> {
    let place: Vec<String> = before.live.started_on(id).into_iter().map(str::to_owned).collect();
    let back = give_back(before, id);
    let live = look_again(before, id, options)?;
    if is_there(&before.live, &live, id, &place) {
        if !back.is_empty() {
            Plan::of(&[id], back).insist(0)?;
        }
        return Ok(finish(id, &before.live, &act::settle(options, &|_| String::new())?, &place));
    }
    // Nobody was stopped: the old agent finds Postfix as it was.
    let found: Vec<String> = act::new_failures(&before.live, &live, &[id]).into_iter().map(act::failure_words).collect();
    let old = before.cib.resource(id).map(|r| r.element.clone()).unwrap_or_default();
    let mut restored = old.clone();
    set_managed(&mut restored, id);
    Plan::of(&[id], vec![Change::ReplaceResource { element: restored }]).insist(0)?;
    look_again(before, id, options)?;
    let mut last = vec![Change::ReplaceResource { element: old }];
    last.extend(back.into_iter().filter(|c| !matches!(c, Change::SetMeta { resource, .. } if resource == id)));
    Plan::of(&[id], last).insist(0)?;
    act::settle(options, &|_| String::new())?;
    let what = format!("our agent did not find {id} running, so it is {OLD} again; Postfix was not touched");
    act::note(&format!("postkeeper: {what}\n{}", found.join("\n")));
    Ok(Exit::Failed)
}

/// Lets every server forget what the agent said, the agent itself too, and ask the new one.
fn look_again(before: &Situation, id: &str, options: &Options) -> Result<Live> {
    for node in before.live.nodes.iter().filter(|n| n.online) {
        pacemaker::refresh(id, &node.name)?;
    }
    act::settle(options, &|_| String::new())
}

fn is_there(before: &Live, live: &Live, id: &str, place: &[String]) -> bool {
    // What ran nowhere may be started as soon as it is ours.
    let is_as_before = place.is_empty() || live.started_on(id).iter().copied().eq(place.iter().map(String::as_str));
    is_as_before && act::new_failures(before, live, &[id]).is_empty()
}

fn finish(id: &str, before: &Live, live: &Live, place: &[String]) -> Exit {
    if !is_there(before, live, id, place) {
        let failures: Vec<String> = act::new_failures(before, live, &[id]).into_iter().map(act::failure_words).collect();
        act::note(&format!("postkeeper: {id} is {AGENT} now, and not in order\n{}", failures.join("\n")));
        return Exit::Failed;
    }
    match (place.first(), live.started_on(id).first()) {
        (Some(node), _) => say(&format!("{id} is {AGENT} now, in service on {node} as before")),
        (None, Some(node)) => say(&format!("{id} is {AGENT} now, in service on {node}")),
        (None, None) => say(&format!("{id} is {AGENT} now, out of service as before")),
    }
    Exit::Done
}

fn plan(id: &str, situation: &Situation) -> Result<Plan> {
    let cib = &situation.cib;
    let unknown = || {
        let all: Vec<String> = cib.resources().iter().filter(|r| cib.agent(r) == OLD).map(|r| r.id().to_owned()).collect();
        let advice = if all.is_empty() {
            format!("The cluster has none of {OLD}.")
        } else {
            format!("Of {OLD} there is: {}", all.join(", "))
        };
        Refusal::unknown(format!("The cluster has no resource \"{id}\"")).advise(advice)
    };
    let resource = cib.resource(id).ok_or_else(unknown)?;
    let agent = cib.agent(&resource);
    if agent == AGENT {
        let refusal = Refusal::new(format!("{id} is {AGENT} already"));
        let is_left = cib.meta(&resource, "is-managed").as_deref() == Some("false");
        let advice = format!(
            "It is left to people. When Postfix runs and `crm_resource --refresh --resource {id}` finds it: pcs resource manage {id}"
        );
        return Err(if is_left { refusal.advise(advice) } else { refusal }.into());
    }
    if agent != OLD {
        return Err(Refusal::new(format!("{id} is {agent}, and only {OLD} can be adopted")).into());
    }
    if resource.clone.is_some() {
        return Err(Refusal::new(format!("{id} is in a clone: one queue has one Postfix")).into());
    }
    if let Some(template) = resource.element.get("template") {
        let refusal = Refusal::new(format!("{id} takes its agent from the template {template}"));
        return Err(refusal.advise("Write the values into the resource first, and take the template away.").into());
    }
    let mut notes = Vec::new();
    let parameters = translate(cib, &resource, &mut notes);
    look_at_postfix(id, situation, &parameters)?;
    let mut element = resource.element.clone();
    element.set("provider", "postkeeper");
    replace_parameters(&mut element, id, &parameters);
    let back = give_back(situation, id);
    if !back.is_empty() {
        set_managed(&mut element, id);
    }
    let others = back.iter().filter_map(|c| match c {
        Change::SetMeta { resource, name, .. } if resource != id => {
            Some(Change::SetMeta { resource: resource.clone(), name: name.clone(), value: Some("false".to_owned()) })
        }
        _ => None,
    });
    let mut changes: Vec<Change> = others.collect();
    changes.push(Change::ReplaceResource { element });
    let mut plan = Plan::of(&[id], changes);
    let is_stopped = cib.meta(&resource, "target-role").is_some_and(|role| role.eq_ignore_ascii_case("stopped"));
    if !situation.live.active_on(id).is_empty() {
        notes.push("when our agent finds Postfix running, the cluster gets it back; when not, the old agent does".to_owned());
    } else if !back.is_empty() && !is_stopped {
        notes.push("it is not in service and should be: the cluster starts it as soon as it is ours".to_owned());
    }
    if !greeting_is_watched(&resource) {
        notes.push(format!(
            "no monitor takes the greeting yet. To add one: pcs resource op add {id} monitor interval=60s timeout=30s OCF_CHECK_LEVEL=10"
        ));
    }
    plan.notes = notes;
    Ok(plan)
}

/// What of the old agent's parameters ours has, under our names.
fn translate(cib: &Cib, resource: &Resource<'_>, notes: &mut Vec<String>) -> Vec<(String, String)> {
    let value = |name: &str| cib.parameter(resource, name).filter(|v| !v.is_empty());
    let mut found = Vec::new();
    let extra = shell_words::split(&value("parameters").unwrap_or_default()).unwrap_or_default();
    let at = extra.iter().position(|word| word == "-c").and_then(|at| extra.get(at + 1).cloned());
    found.extend(value("config_dir").or(at.clone()).map(|dir| ("config_dir".to_owned(), dir)));
    let directory = value("binary").and_then(|b| Some(Path::new(&b).parent()?.display().to_string()));
    found.extend(directory.filter(|d| parameters::default("binary_dir") != Some(d)).map(|d| ("binary_dir".to_owned(), d)));
    let dropped: Vec<&String> = extra.iter().filter(|word| *word != "-c" && Some(*word) != at.as_ref()).collect();
    if !dropped.is_empty() {
        notes.push(format!("parameters=\"{}\": ours has no such parameter, and Postfix is started without", extra.join(" ")));
    }
    found
}

/// Our agent must find what runs, or Postfix would be stopped or started a second time.
fn look_at_postfix(id: &str, situation: &Situation, parameters: &[(String, String)]) -> Result<()> {
    if !Path::new(AGENT_PROGRAM).exists() {
        let refusal = Refusal::new(format!("{} does not have the agent {AGENT}", situation.here));
        return Err(refusal.advise("Install postkeeper on every server first.").into());
    }
    let instance = facts::instance(&|name| parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()));
    lifecycle::validate_parameters(&instance).map_err(Refusal::from)?;
    match situation.live.started_on(id).as_slice() {
        // Nothing runs that could be lost.
        [] if situation.live.active_on(id).is_empty() => return Ok(()),
        [node] if *node == situation.here => {}
        [node] => {
            let refusal = Refusal::new(format!("{id} is in service on {node}, and this is {}", situation.here));
            return Err(refusal.advise(format!("Run the same command on {node}.")).into());
        }
        _ => {
            let refusal = Refusal::new(format!("{id} is on its way, or on more than one server"));
            return Err(refusal.advise("Wait until it is in service on one server: postkeeper adopts nothing half-way.").into());
        }
    }
    let mut memory = Memory::recall(&instance);
    match health::check(&instance, &mut memory, Depth::Greeting, Deadline::after(Duration::from_secs(30)), &|_| {}) {
        Health::Healthy | Health::Degraded(_) => Ok(()),
        Health::Failed(fault) => Err(Refusal::from(fault).into()),
        Health::Stopped => {
            let place: PathBuf = instance.config_dir.clone();
            let refusal =
                Refusal::new(format!("The cluster has {id} running here, and no Postfix with {} runs", place.display()));
            Err(refusal
                .advise("Compare config_dir of the resource with the Postfix that runs: ps -C master; then set it.")
                .into())
        }
    }
}

/// The changes that give the resource, and what depends on it, back to the cluster; none where people look after it anyway.
fn give_back(situation: &Situation, id: &str) -> Vec<Change> {
    let cib = &situation.cib;
    let is_managed = |r: &Resource<'_>| cib.meta(r, "is-managed").is_none_or(|v| v != "false");
    if situation.live.maintenance || !cib.resource(id).is_some_and(|r| is_managed(&r)) {
        return Vec::new();
    }
    let depends = |r: &Resource<'_>| r.id() == id || hierarchy::dependencies(cib, r).iter().any(|d| d.id == id);
    let affected = cib.resources().into_iter().filter(|r| depends(r) && is_managed(r));
    let own = |r: &Resource<'_>| {
        r.element
            .named("meta_attributes")
            .flat_map(|m| m.named("nvpair"))
            .find(|p| p.get("name") == Some("is-managed"))
            .map(|p| p.text("value").to_owned())
    };
    affected.map(|r| Change::SetMeta { resource: r.id().to_owned(), name: "is-managed".to_owned(), value: own(&r) }).collect()
}

/// Leaves it to people.
fn set_managed(element: &mut Element, id: &str) {
    let mut around = Cib {
        root: Element::new("cib", &[])
            .with(Element::new("configuration", &[]).with(Element::new("resources", &[]).with(element.clone()))),
    };
    let change = Change::SetMeta { resource: id.to_owned(), name: "is-managed".to_owned(), value: Some("false".to_owned()) };
    if change.apply(&mut around).is_ok()
        && let Some(changed) = around.resource(id)
    {
        *element = changed.element.clone();
    }
}

fn replace_parameters(element: &mut Element, id: &str, parameters: &[(String, String)]) {
    // Its own: those of an operation hold the level of a monitor.
    element.nodes.retain(|n| !matches!(n, Node::Element(e) if e.name == "instance_attributes"));
    if parameters.is_empty() {
        return;
    }
    let set = format!("{id}-instance_attributes");
    let mut attributes = Element::new("instance_attributes", &[("id", &set)]);
    for (name, value) in parameters {
        attributes.push(Element::new("nvpair", &[("id", &format!("{set}-{name}")), ("name", name), ("value", value)]));
    }
    element.nodes.insert(0, Node::Element(attributes));
}

fn greeting_is_watched(resource: &Resource<'_>) -> bool {
    let monitors = resource.element.named("operations").flat_map(|o| o.named("op")).filter(|o| o.text("name") == "monitor");
    let level =
        |o: &Element| o.all().iter().find(|e| e.get("name") == Some("OCF_CHECK_LEVEL")).map(|e| e.text("value").to_owned());
    monitors.into_iter().any(|o| level(o).is_some_and(|l| l != "0"))
}
