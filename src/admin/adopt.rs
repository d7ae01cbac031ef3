//! adopt: replaces the agent of a resource of ocf:heartbeat:postfix, systemd or LSB by ours, in place, while Postfix keeps
//! running.
//!
//! One patch of the CIB changes agent and parameters and makes the resource, and those that depend on it or are ordered after it, unmanaged. Then its
//! history is deleted and our agent probes it. If the probe finds Postfix running where it was, the resource is managed
//! again; if not, the old agent is restored.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::act::{self, Options, Situation};
use super::interface::Format;
use super::{AGENT, AGENT_PROGRAM, Exit, Refusal, facts, help, output, print, refused, servers};
use crate::cluster::change::{Change, set_pair};
use crate::cluster::cib::{Cib, Resource, own_meta};
use crate::cluster::hierarchy;
use crate::cluster::live::Live;
use crate::cluster::pacemaker;
use crate::cluster::plan::Plan;
use crate::cluster::xml::{Element, Node};
use crate::health::{self, CheckRequest, Depth};
use crate::lifecycle;
use crate::ocf::parameters;
use crate::postfix::endpoint::split_list;
use crate::postfix::fault::Verdict;
use crate::postfix::memory::Memory;
use crate::postfix::{Instance, config};
use crate::system::deadline::Deadline;
use crate::text::{self, Text, verbatim};

/// The agents that are replaced: this one, systemd units and the init script.
const OLD: &str = "ocf:heartbeat:postfix";
const OLD_ONES: &str = "ocf:heartbeat:postfix, systemd:postfix, systemd:postfix@INSTANCE, lsb:postfix";

/// How an agent starts Postfix.
#[derive(Debug, PartialEq, Eq)]
enum Starter<'a> {
    Agent,
    /// A unit or an init script starts an instance (`-` is the one of /etc/postfix), or all that are enabled.
    Instance(&'a str),
    AllInstances,
}

fn starter(agent: &str) -> Option<Starter<'_>> {
    if agent == OLD {
        return Some(Starter::Agent);
    }
    let (class, name) = agent.split_once(':').filter(|(class, _)| matches!(*class, "systemd" | "lsb" | "service"))?;
    let name = name.strip_suffix(".service").unwrap_or(name);
    match name.strip_prefix("postfix")? {
        "" => Some(Starter::AllInstances),
        instance => instance.strip_prefix('@').filter(|i| !i.is_empty() && class != "lsb").map(Starter::Instance),
    }
}

/// Timeout of Postfix's commands.
const TIMEOUT: Duration = Duration::from_secs(30);

const EXAMPLES: &str = "  postkeeper adopt mail-postfix --dry-run
  postkeeper adopt mail-postfix --yes";

#[derive(Clone, Debug, Args)]
#[command(about = text::help_adopt(), long_about = text::paragraphs([text::help_adopt(), text::help_adopt_more()]), after_help = help::examples(EXAMPLES))]
pub struct Arguments {
    #[arg(help = text::help_adopt_resource())]
    resource: String,
    #[command(flatten)]
    pub options: Options,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let Arguments { resource: id, options } = arguments;
    if matches!(options.format, Format::Pcs | Format::Crm) {
        let situation = Situation::now()?;
        let first = plan(id, &situation)?;
        let back = Plan::of(&[id], manage_again(&situation, id));
        let script = |plan: &Plan| if options.format == Format::Pcs { plan.pcs() } else { plan.crm() };
        print(&script(&first))?;
        print(&format!("crm_resource --refresh --force --resource {id}\ncrm_resource --wait"))?;
        print(&script(&back))?;
        return Ok(Exit::Done);
    }
    let outcome = act::carry_out(&text::becomes_agent(id, AGENT), options, &|s| plan(id, s))?;
    let Some(before) = outcome else { return Ok(Exit::Done) };
    let mut unmanaged = manage_again(&before, id);
    hand_over(id, options, &before, &mut unmanaged).map_err(|error| left_unmanaged(error, &unmanaged))
}

/// The error, with what it has left unmanaged.
fn left_unmanaged(error: anyhow::Error, unmanaged: &[Change]) -> anyhow::Error {
    let list: Vec<&str> = unmanaged.iter().filter_map(Change::about).collect();
    if list.is_empty() { error } else { error.context(text::interrupted_and_left_unmanaged(list.join(" "))) }
}

/// The steps after the replacement: probe, then make it managed again, or restore the old agent. `back`: the changes that make it
/// managed again, until they are made.
fn hand_over(id: &str, options: &Options, before: &Situation, back: &mut Vec<Change>) -> Result<Exit> {
    let place: Vec<String> = before.live.started_on(id).into_iter().map(str::to_owned).collect();
    let live = look_again(before, id, options)?;
    if is_there(&before.live, &live, id, &place) {
        if !back.is_empty() {
            Plan::of(&[id], back.clone()).commit_anyway(0)?;
            back.clear();
        }
        return Ok(finish(id, &before.live, &act::settle(before, options, None)?, &place));
    }
    // Postfix was not stopped: the old agent finds it as it was.
    let found = failures(&before.live, &live, id);
    let old = before.cib.resource(id).map(|r| r.element.clone()).unwrap_or_default();
    let mut restored = old.clone();
    set_pair(&mut restored, "meta_attributes", "is-managed", Some("false"));
    Plan::of(&[id], vec![Change::ReplaceResource { element: restored }]).commit_anyway(0)?;
    look_again(before, id, options)?;
    let mut last = vec![Change::ReplaceResource { element: old }];
    last.extend(back.iter().filter(|c| c.about() != Some(id)).cloned());
    Plan::of(&[id], last).commit_anyway(0)?;
    back.clear();
    act::settle(before, options, None)?;
    let agent = before.cib.resource(id).map(|r| before.cib.agent(&r)).unwrap_or_default();
    let what = text::our_agent_did_not_find_running(id, &agent);
    act::progress(&verbatim!("postkeeper: {what}\n{found}"));
    Ok(Exit::Failed)
}

/// Deletes the history on every server, and probes with the new agent.
fn look_again(before: &Situation, id: &str, options: &Options) -> Result<Live> {
    pacemaker::refresh_everywhere(id)?;
    act::settle(before, options, None)
}

fn is_there(before: &Live, live: &Live, id: &str, place: &[String]) -> bool {
    // A resource that ran nowhere may be started right away.
    let is_as_before = place.is_empty() || live.started_on(id).iter().copied().eq(place.iter().map(String::as_str));
    is_as_before && act::new_failures(before, live, &[id]).is_empty()
}

fn failures(before: &Live, live: &Live, id: &str) -> Text {
    text::lines(act::new_failures(before, live, &[id]).into_iter().map(act::failure_words))
}

fn finish(id: &str, before: &Live, live: &Live, place: &[String]) -> Exit {
    if !is_there(before, live, id, place) {
        let what = text::is_adopted_but_has_failed(id, AGENT);
        act::progress(&verbatim!("postkeeper: {what}\n{}", failures(before, live, id)));
        return Exit::Failed;
    }
    match (place.first(), live.started_on(id).first()) {
        (Some(node), _) => output(&text::is_adopted_in_service_as_before(id, AGENT, node)),
        (None, Some(node)) => output(&text::is_adopted_in_service_on(id, AGENT, node)),
        (None, None) => output(&text::is_adopted_out_of_service_as_before(id, AGENT)),
    }
    Exit::Done
}

fn unknown(id: &str, cib: &Cib) -> Refusal {
    let all: Vec<String> =
        cib.resources().iter().filter(|r| starter(&cib.agent(r)).is_some()).map(|r| r.id().to_owned()).collect();
    let advice = if all.is_empty() { text::cluster_has_none_of(OLD_ONES) } else { text::expected_one_of(all.join(", ")) };
    Refusal::unknown(text::cluster_has_no_resource(id)).advise(advice)
}

/// How the resource starts Postfix, if it can be adopted.
fn adoptable<'a>(cib: &Cib, resource: &Resource<'_>, agent: &'a str) -> Result<Starter<'a>> {
    let id = resource.id();
    if agent == AGENT {
        let refusal = Refusal::new(text::is_adopted_already(id, AGENT));
        let is_left = !cib.is_managed(resource);
        let advice = text::it_is_left_unmanaged(id);
        return Err(if is_left { refusal.advise(advice) } else { refusal }.into());
    }
    let Some(starter) = starter(agent) else {
        return Err(Refusal::new(text::only_these_can_be_adopted(id, agent, OLD_ONES)).into());
    };
    if resource.clone.is_some() {
        return Err(Refusal::new(text::is_in_a_clone(id)).into());
    }
    if let Some(template) = resource.element.get("template") {
        return refused(text::takes_its_agent_from_the_template(id, template), text::write_the_values_into_the_resource());
    }
    Ok(starter)
}

fn plan(id: &str, situation: &Situation) -> Result<Plan> {
    let cib = &situation.cib;
    let resource = cib.resource(id).ok_or_else(|| unknown(id, cib))?;
    let agent = cib.agent(&resource);
    let starter = adoptable(cib, &resource, &agent)?;
    let place = situation.live.started_on(id);
    let names: Vec<&str> = [id].into_iter().chain(resource.group.map(Element::id)).collect();
    if let Some(why) = servers::unprobed(cib, &names, &place).filter(|_| !place.is_empty()) {
        return refused(text::needs_a_probe(id, why), text::let_the_cluster_probe());
    }
    let mut notes = Vec::new();
    let parameters = match starter {
        Starter::Agent => translate(cib, &resource, &mut notes),
        Starter::Instance(instance) => instance_of(instance)?,
        Starter::AllInstances => {
            let others = instances().into_iter().map(|(_, directory)| directory.display().to_string()).collect::<Vec<_>>();
            if !others.is_empty() {
                notes.push(text::also_starts_others(&agent, others.join(", ")));
            }
            Vec::new()
        }
    };
    look_at_postfix(id, situation, &parameters)?;
    if starter != Starter::Agent && !situation.live.active_on(id).is_empty() {
        notes.push(text::until_it_is_stopped(&agent));
    }
    let back = manage_again(situation, id);
    let mut element = converted(resource.element, &parameters);
    if !back.is_empty() {
        set_pair(&mut element, "meta_attributes", "is-managed", Some("false"));
    }
    let others = back.iter().filter_map(|c| match c {
        Change::SetMeta { resource, name, .. } if resource != id => Some(Change::set_meta(resource, name, Some("false"))),
        _ => None,
    });
    let mut changes: Vec<Change> = others.collect();
    changes.push(Change::ReplaceResource { element });
    let mut plan = Plan::of(&[id], changes);
    if !situation.live.active_on(id).is_empty() {
        notes.push(text::when_our_agent_finds_postfix_running());
    } else if !back.is_empty() && !cib.is_stopped(&resource) {
        notes.push(text::it_is_not_in_service_and_should());
    }
    if !greeting_is_watched(cib, &resource) {
        notes.push(text::no_monitor_takes_the_greeting_yet(id));
    }
    plan.notes = notes;
    Ok(plan)
}

/// The same resource with our agent.
fn converted(old: &Element, parameters: &[(String, String)]) -> Element {
    let mut element = old.clone();
    ["class", "provider", "type"].iter().zip(AGENT.split(':')).for_each(|(name, value)| element.set(name, value));
    // Not those of operations, which hold OCF_CHECK_LEVEL.
    element.nodes.retain(|n| !matches!(n, Node::Element(e) if e.name == "instance_attributes"));
    if !parameters.is_empty() {
        let set = Element::new("instance_attributes", &[("id", &format!("{}-instance_attributes", element.id()))]);
        element.nodes.insert(0, Node::Element(set));
    }
    parameters.iter().for_each(|(name, value)| set_pair(&mut element, "instance_attributes", name, Some(value)));
    element
}

/// The old agent's parameters that ours has too, with our names.
fn translate(cib: &Cib, resource: &Resource<'_>, notes: &mut Vec<Text>) -> Vec<(String, String)> {
    let value = |name: &str| cib.parameter(resource, name).filter(|v| !v.is_empty());
    let mut found = Vec::new();
    let extra = shell_words::split(&value("parameters").unwrap_or_default()).unwrap_or_default();
    let at = extra.iter().position(|word| word == "-c").and_then(|at| extra.get(at + 1).cloned());
    found.extend(value("config_dir").or(at.clone()).map(|dir| ("config_dir".to_owned(), dir)));
    let directory = value("binary").and_then(|b| Some(Path::new(&b).parent()?.display().to_string()));
    found.extend(directory.filter(|d| parameters::default("binary_dir") != Some(d)).map(|d| ("binary_dir".to_owned(), d)));
    let dropped: Vec<&String> = extra.iter().filter(|word| *word != "-c" && Some(*word) != at.as_ref()).collect();
    if !dropped.is_empty() {
        notes.push(text::agent_has_no_such_parameter(extra.join(" ")));
    }
    found
}

/// The other instances of postmulti(1): names and configuration directories.
fn instances() -> Vec<(String, PathBuf)> {
    let deadline = Deadline::after(TIMEOUT);
    let default = facts::instance(&|_| None);
    let value = |instance: &Instance, name: &str| config::values(instance, &[name], deadline).ok()?.remove(name);
    let directories = value(&default, "multi_instance_directories").unwrap_or_default();
    let named = split_list(&directories).map(PathBuf::from).filter_map(|config_dir| {
        let name = value(&Instance { config_dir: config_dir.clone(), ..default.clone() }, "multi_instance_name")?;
        Some((name, config_dir))
    });
    named.collect()
}

/// The parameters for an instance of postfix@.service.
fn instance_of(name: &str) -> Result<Vec<(String, String)>> {
    if name == "-" {
        return Ok(Vec::new());
    }
    match instances().into_iter().find(|(known, _)| known == name) {
        Some((_, directory)) => Ok(vec![("config_dir".to_owned(), directory.display().to_string())]),
        None => refused(text::postfix_has_no_instance(name), text::its_directory_must_be_in_multi()),
    }
}

/// The configuration directories of what a resource starts, as far as they are known here; None when its agent cannot be adopted.
pub fn config_dirs(cib: &Cib, resource: &Resource<'_>) -> Option<Vec<PathBuf>> {
    Some(match starter(&cib.agent(resource))? {
        Starter::Agent => vec![instance_with(&translate(cib, resource, &mut Vec::new())).config_dir],
        Starter::Instance(name) => instance_of(name).iter().map(|parameters| instance_with(parameters).config_dir).collect(),
        Starter::AllInstances => {
            [instance_with(&[]).config_dir].into_iter().chain(instances().into_iter().map(|(_, directory)| directory)).collect()
        }
    })
}

fn instance_with(parameters: &[(String, String)]) -> Instance {
    facts::instance(&|name| parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
}

/// Checks that our agent finds what runs: otherwise Postfix would be stopped, or started a second time.
fn look_at_postfix(id: &str, situation: &Situation, parameters: &[(String, String)]) -> Result<()> {
    if !Path::new(AGENT_PROGRAM).exists() {
        return refused(text::does_not_have_the_agent(&situation.here, AGENT), text::install_postkeeper_on_every_server_first());
    }
    let instance = instance_with(parameters);
    lifecycle::validate_parameters(&instance).map_err(Refusal::from)?;
    match situation.live.started_on(id).as_slice() {
        // Nothing runs.
        [] if situation.live.active_on(id).is_empty() => return Ok(()),
        [node] if *node == situation.here => {}
        [node] => {
            return refused(text::is_in_service_elsewhere(id, node, &situation.here), text::run_the_same_command_on(node));
        }
        _ => {
            return refused(text::is_starting_or_stopping(id), text::wait_until_it_is_in_service());
        }
    }
    let mut memory = Memory::recall(&instance);
    match health::check(&instance, &mut memory, &CheckRequest::new(Depth::Greeting, Deadline::after(TIMEOUT), &|_| {})) {
        Verdict::Healthy | Verdict::Degraded(_) => Ok(()),
        Verdict::Failed(fault) => Err(Refusal::from(fault).into()),
        Verdict::Stopped(_) => {
            let place: PathBuf = instance.config_dir.clone();
            refused(text::cluster_has_running_here(id, place.display()), text::compare_config_dir_of_the_resource())
        }
    }
}

/// The changes that make the resource, and those that it would take with it, managed again; none for resources that were unmanaged before.
fn manage_again(situation: &Situation, id: &str) -> Vec<Change> {
    let cib = &situation.cib;
    let is_managed = |r: &Resource<'_>| cib.is_managed(r);
    if situation.live.maintenance || !cib.resource(id).is_some_and(|r| is_managed(&r)) {
        return Vec::new();
    }
    let affected = hierarchy::affected_by(cib, id).into_iter().filter(is_managed);
    affected.map(|r| Change::set_meta(r.id(), "is-managed", own_meta(r.element, "is-managed").next())).collect()
}

fn greeting_is_watched(cib: &Cib, resource: &Resource<'_>) -> bool {
    let is_on = |op: &&Element| op.text("name") == "monitor" && parameters::boolean(op.text("enabled")) != Some(false);
    cib.operations(resource).iter().filter(|op| is_on(op)).any(|op| cib.check_level(op) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_init_scripts_of_postfix_are_known() {
        for (agent, wanted) in [
            ("ocf:heartbeat:postfix", Some(Starter::Agent)),
            ("systemd:postfix", Some(Starter::AllInstances)),
            ("systemd:postfix.service", Some(Starter::AllInstances)),
            ("service:postfix", Some(Starter::AllInstances)),
            ("lsb:postfix", Some(Starter::AllInstances)),
            ("systemd:postfix@-", Some(Starter::Instance("-"))),
            ("systemd:postfix@postfix-out.service", Some(Starter::Instance("postfix-out"))),
            ("systemd:postfix@", None),
            ("systemd:postfixadmin", None),
            ("lsb:postfix@-", None),
            ("ocf:site:postfix", None),
            ("systemd:dovecot", None),
        ] {
            assert_eq!(starter(agent), wanted, "{agent}");
        }
    }

    #[test]
    fn an_error_says_what_is_left_unmanaged_and_nothing_when_nothing_is() {
        let said = |unmanaged: &[Change]| format!("{:#}", left_unmanaged(anyhow::anyhow!("no answer"), unmanaged));
        assert_eq!(said(&[]), "no answer");
        let said = said(&["mta", "web"].map(|id| Change::set_meta(id, "is-managed", None)));
        assert!(said.contains("left unmanaged: mta web") && said.ends_with("no answer"), "{said}");
    }

    /// The hand-over itself needs systemd, which the lab's hosts have not; that of the init script is tried there, and goes the same way.
    #[test]
    fn a_resource_of_a_unit_is_ours_afterwards_with_all_that_it_had() {
        let old = "<primitive id=\"mta\" class=\"systemd\" type=\"postfix@out\"><meta_attributes id=\"m\"><nvpair id=\"s\" \
                   name=\"resource-stickiness\" value=\"7\"/></meta_attributes><operations><op id=\"o\" name=\"monitor\" interval=\"60s\"/></operations></primitive>";
        let new = converted(&Element::parse(old).unwrap(), &[("config_dir".to_owned(), "/etc/postfix-out".to_owned())]);
        let around = Element::new("resources", &[]).with(new.clone());
        let cib = Cib::of(Element::new("cib", &[]).with(Element::new("configuration", &[]).with(around)));
        let resource = cib.resource("mta").unwrap();
        assert_eq!(
            (cib.agent(&resource).as_str(), cib.parameter(&resource, "config_dir").as_deref()),
            (AGENT, Some("/etc/postfix-out"))
        );
        assert_eq!(cib.meta(&resource, "resource-stickiness").as_deref(), Some("7"));
        assert!(new.all().iter().any(|e| e.name == "op" && e.get("interval") == Some("60s")));
        assert!(converted(&Element::parse(old).unwrap(), &[]).named("instance_attributes").next().is_none());
    }
}
