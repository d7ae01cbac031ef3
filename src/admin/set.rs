//! set: change the properties of a hierarchy.

use anyhow::Result;
use clap::Args;

use super::act::{Options, Situation};
use super::facts::Facts;
use super::parts::SwitchbackKind;
use super::{Exit, Refusal, facts, refused, report, servers};
use crate::cluster::change::Change;
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::plan::Plan;
use crate::lifecycle;
use crate::ocf::parameters::PARAMETERS;
use crate::text::{self, Text};

#[derive(Clone, Debug, Args)]
#[command(about = text::help_set(), long_about = text::paragraphs([text::help_set(), text::help_set_more()]))]
pub struct Arguments {
    #[arg(help = text::help_tag())]
    tag: String,
    #[arg(help = text::help_set_what(), required = true)]
    what: Vec<String>,
    #[arg(help = text::help_set_dependencies(), long)]
    dependencies: bool,
    #[command(flatten)]
    pub options: Options,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let Arguments { tag, options, .. } = arguments;
    let make = |s: &Situation, h: &Hierarchy| plan(arguments, s, h);
    report::change(&text::to_be_changed(), options, Some(tag), &make, &|id| text::is_changed(id))
}

fn plan(arguments: &Arguments, situation: &Situation, h: &Hierarchy) -> Result<Plan> {
    // "switchback=automatic" is as clear as "switchback automatic".
    let mut words: Vec<&str> = arguments.what.iter().map(String::as_str).collect();
    if let Some(("switchback", value)) = words[0].split_once('=') {
        words.splice(..1, ["switchback", value]);
    }
    match words[..] {
        ["switchback", kind] => switchback(arguments, situation, h, kind),
        ["priority", ..] if words.len() > 1 => priorities(situation, h, &words[1..]),
        ["switchback" | "priority", ..] => Err(usage(&words.join(" ")).into()),
        _ => parameters(situation, h, &words),
    }
}

fn usage(found: &str) -> Refusal {
    let refusal = Refusal::new(text::is_not_understood(found));
    refusal.advise(text::expected_switchback_intelligent_automatic_priority_node())
}

fn switchback(arguments: &Arguments, situation: &Situation, h: &Hierarchy, kind: &str) -> Result<Plan> {
    let kind = <SwitchbackKind as clap::ValueEnum>::from_str(kind, true).map_err(|_| usage(&format!("switchback {kind}")))?;
    let cib = &situation.cib;
    let stickiness = |id: &str| cib.resource(id).and_then(|r| cib.meta(&r, "resource-stickiness")).unwrap_or_default();
    let mut ids = vec![h.id.as_str()];
    if arguments.dependencies {
        ids.extend(h.dependencies.iter().map(|d| d.id.as_str()));
    }
    let changes = ids
        .iter()
        .filter(|id| stickiness(id) != kind.stickiness())
        .map(|id| Change::set_meta(id, "resource-stickiness", Some(kind.stickiness())))
        .collect();
    let mut plan = Plan::of(&h.resources(), changes);
    if !arguments.dependencies {
        let all = h.dependencies.iter().map(|d| (d.id.as_str(), stickiness(&d.id)));
        plan.notes.extend(servers::disagreement(&h.tag, kind.switchback(), all));
    }
    Ok(plan)
}

fn priorities(situation: &Situation, h: &Hierarchy, pairs: &[&str]) -> Result<Plan> {
    let mut after = h.clone();
    let mut changes = Vec::new();
    let mut named = Vec::new();
    for pair in pairs {
        let (node, number) = pair.split_once('=').ok_or_else(|| usage(&format!("priority {pair}")))?;
        servers::known(situation, node)?;
        if named.contains(&node) {
            return Err(usage(&format!("priority {}", pairs.join(" "))).into());
        }
        named.push(node);
        let priority = number.parse::<i64>().ok().filter(|n| (1..1000).contains(n));
        let Some(priority) = priority else {
            return Err(Refusal::new(text::is_no_priority(number)).into());
        };
        let Some(server) = after.servers.iter_mut().find(|s| s.node == node && s.extended) else {
            return refused(text::is_not_extended_to(&h.tag, node), text::extend_it_first(&h.tag, node));
        };
        if server.priority == Some(priority) {
            continue;
        }
        server.priority = Some(priority);
        changes.extend(servers::forget_preference(situation, h, node));
        changes.push(servers::prefer(&h.id, node, priority));
    }
    for server in after.servers.iter().filter(|s| s.extended) {
        server.priority.map_or(Ok(()), |p| servers::unique(&after, &server.node, p))?;
    }
    Ok(Plan::of(&h.resources(), changes))
}

fn parameters(situation: &Situation, h: &Hierarchy, pairs: &[&str]) -> Result<Plan> {
    let mut after = h.clone();
    let mut changes = Vec::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').ok_or_else(|| usage(pair))?;
        let Some(parameter) = PARAMETERS.iter().find(|p| p.name == name) else {
            let all: Vec<&str> = PARAMETERS.iter().map(|p| p.name).collect();
            return Err(Refusal::unknown(text::there_is_no_parameter(name)).advise(text::expected_one_of(all.join(", "))).into());
        };
        // An empty value resets it to its default.
        if !value.is_empty() {
            parameter.read(value.as_ref()).map_err(|unusable| Refusal::new(Text::verbatim(unusable)))?;
        }
        let value = Some(value).filter(|v| !v.is_empty());
        if h.parameter(name) == value {
            continue;
        }
        after.parameters.retain(|(n, _)| n != name);
        after.parameters.extend(value.map(|v| (name.to_owned(), v.to_owned())));
        changes.push(Change::set_parameter(&h.id, name, value));
    }
    let instance = facts::instance_of(&after);
    lifecycle::validate_parameters(&instance).map_err(Refusal::from)?;
    let mut plan = Plan::of(&[&h.id], changes);
    if instance != facts::instance_of(h) {
        match situation.live.active_on(&h.id).first() {
            // It must be able to start with the new values.
            Some(node) if *node == situation.here => Facts::gather(instance, &|_| Ok(())).map(drop)?,
            Some(node) => {
                let here = &situation.here;
                return refused(text::files_can_only_be_checked_on(node, here), text::run_the_same_command_on(node));
            }
            None => plan.notes.push(text::change_was_not_tested_by_a_start()),
        }
    }
    Ok(plan)
}
