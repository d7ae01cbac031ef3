//! set: change the properties of a hierarchy.

use anyhow::Result;
use clap::Args;

use super::act::{Options, Situation};
use super::facts::Facts;
use super::parts::SwitchbackKind;
use super::{Exit, Refusal, facts, parts, refused, report, servers};
use crate::cluster::change::Change;
use crate::cluster::cib::Cib;
use crate::cluster::constraint::Purpose;
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::plan::Plan;
use crate::cluster::xml::Element;
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
    let mut plan = effective(cib, Plan::of(&h.resources(), changes))?;
    if !arguments.dependencies {
        let all = h.dependencies.iter().map(|d| (d.id.as_str(), stickiness(&d.id)));
        plan.notes.extend(servers::disagreement(&h.tag, kind.switchback(), all));
    }
    Ok(plan)
}

/// The plan, if each value that it sets is the one that counts then.
fn effective(cib: &Cib, plan: Plan) -> Result<Plan> {
    let after = plan.result(cib)?;
    for change in plan.phases.iter().flatten() {
        let (id, kind, name, value) = match change {
            Change::SetMeta { resource, name, value } => (resource, "meta_attributes", name, value),
            Change::SetParameter { resource, name, value } => (resource, "instance_attributes", name, value),
            _ => continue,
        };
        let Some(resource) = after.resource(id) else { continue };
        let held = Purpose::Holds(id).id("");
        // What a rule says counts if it is what the cluster has now.
        let by_rule = cib.resource(id).filter(|_| kind == "meta_attributes").and_then(|r| cib.meta(&r, name));
        let counts = |set: &Element, value: &str| set.named("rule").next().is_none() || by_rule.as_deref() == Some(value);
        let mut all = after.values(&resource, kind, name).into_iter();
        let found = all.find(|(set, value)| !set.id().ends_with(&held) && counts(set, value));
        if let Some((set, found)) = found.filter(|(_, found)| Some(*found) != value.as_deref()) {
            let what = text::would_still_be(name, id, found, set.id());
            return refused(what, text::change_it_there_first(set.id()));
        }
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
    if instance.config_dir != facts::instance_of(h).config_dir {
        parts::check_config_dir_is_free(&situation.cib, &instance.config_dir, Some(&h.id))?;
    }
    let mut plan = effective(&situation.cib, Plan::of(&[&h.id], changes))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_another_set_overrides_is_not_changed() {
        let pair = |id: &str, name: &str, value: &str| format!("<nvpair id=\"{id}\" name=\"{name}\" value=\"{value}\"/>");
        let sets = |more: &str| {
            let always = pair("s1", "resource-stickiness", "7");
            format!("<meta_attributes id=\"always\" score=\"9\">{always}{more}</meta_attributes>")
        };
        let cib = |in_template: &str, in_resource: &str| {
            Cib::parse(&format!(
                "<cib><configuration><resources><template id=\"t\" class=\"ocf\" provider=\"postkeeper\" type=\"postfix\">{in_template}\
                 </template><primitive id=\"m\" template=\"t\">{in_resource}</primitive></resources></configuration></cib>"
            ))
            .unwrap()
        };
        let said = |cib: &Cib, change: Change| effective(cib, Plan::of(&["m"], vec![change])).err().map(|e| e.to_string());
        let stickiness = || Change::set_meta("m", "resource-stickiness", Some("0"));
        let drain = |value: Option<&str>| Change::set_parameter("m", "drain", value);
        let parameters = format!("<instance_attributes id=\"given\">{}</instance_attributes>", pair("d", "drain", "3"));

        let from_template = cib(&(sets("") + &parameters), "");
        let words = |said: Option<String>| said.unwrap_or_default();
        assert!(words(said(&from_template, stickiness())).contains("always"));
        assert!(words(said(&from_template, drain(None))).contains("given"));
        assert_eq!(said(&from_template, drain(Some("5"))), None);
        // What it has itself is changed where it counts.
        assert_eq!(said(&cib("", &sets("")), stickiness()), None);
        assert_eq!(said(&cib("", &parameters), drain(None)), None);
        // A rule that the cluster does not apply now.
        let mut by_rule = cib("", &sets("<rule id=\"r\" score=\"1\"/>"));
        assert_eq!(said(&by_rule, stickiness()), None);
        by_rule.set_evaluated("m".to_owned(), "resource-stickiness".to_owned(), Some("7".to_owned()));
        assert!(words(said(&by_rule, stickiness())).contains("always"));
        // What keeps a dependency in place for a while does not count.
        let held = "<meta_attributes id=\"mx-holds-m\" score=\"INFINITY\"><nvpair id=\"h\" name=\"resource-stickiness\" value=\"INFINITY\"/>\
                    </meta_attributes>";
        assert_eq!(said(&cib("", held), stickiness()), None);
    }
}
