//! A plan: changes in phases, their predicted effect, and how they are applied.
//!
//! A plan is a value. It can be read (in words, as XML, as commands of pcs or crmsh), tried out (crm_simulate on the CIB
//! that each phase leads to), and made: each phase is one patch against the very CIB it was planned from, so that a
//! concurrent change is never overwritten.

use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::change::Change;
use super::cib::Cib;
use super::live::{Live, plain_id};
use super::pacemaker::{self, Action, FENCE, Patch, Trouble};
use crate::system::deadline::Deadline;
use crate::text::{self, Text};

/// How long to retry the remaining phases when the configuration keeps changing.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(60);

/// What is to be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The cluster does what follows from one phase before the next one.
    pub phases: Vec<Vec<Change>>,
    /// What the person should know.
    pub notes: Vec<Text>,
    /// The resources that it is about: only those may stop or move without being asked again.
    pub own: Vec<String>,
    /// The resources whose failures are forgotten before anything else: they may be tried again then.
    pub forgiven: Vec<String>,
    /// A resource and node to probe again first, because the node's published attributes may be outdated.
    pub asked: Option<(String, String)>,
    /// What it makes, for a program: names and values.
    pub subject: Vec<(&'static str, String)>,
}

/// What the cluster would make of a plan.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    /// What it would do, over all phases.
    pub actions: Vec<Action>,
    /// Those of them that stop or move what the plan is not about, or fence a node.
    pub disturbing: Vec<Action>,
    /// What crm_verify finds that it did not find before.
    pub complaints: Vec<String>,
    /// How everything would be after each phase.
    pub after: Vec<Live>,
}

/// How to print a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    Xml,
    Pcs,
    Crm,
    /// Events, one line each.
    Json,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Format] {
        &[Format::Text, Format::Xml, Format::Pcs, Format::Crm, Format::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Format::Text => ("text", text::help_format_text()),
            Format::Xml => ("xml", text::help_format_xml()),
            Format::Pcs => ("pcs", text::help_format_pcs()),
            Format::Crm => ("crm", text::help_format_crm()),
            Format::Json => ("json", text::help_format_json()),
        };
        Some(PossibleValue::new(name).help(help.to_string()))
    }
}

impl Plan {
    /// A plan of one phase.
    pub fn of(own: &[&str], changes: Vec<Change>) -> Plan {
        Plan { phases: vec![changes], own: own.iter().map(|id| id.to_string()).collect(), ..Plan::default() }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.forgiven.is_empty() && self.asked.is_none() && self.phases.iter().all(Vec::is_empty)
    }

    /// The CIB after each phase.
    ///
    /// # Errors
    /// When what a change is about is not there.
    pub fn results(&self, cib: &Cib) -> Result<Vec<Cib>> {
        let mut current = cib.clone();
        let after = |changes: &Vec<Change>| {
            changes.iter().try_for_each(|change| change.apply(&mut current))?;
            Ok(current.clone())
        };
        self.phases.iter().map(after).collect()
    }

    /// Tries it out.
    ///
    /// # Errors
    /// When it cannot be applied to this CIB, or Pacemaker's programs do not answer.
    pub fn try_out(&self, cib: &Cib) -> Result<Forecast> {
        let mut forecast = Forecast::default();
        let mut current = cib.clone();
        self.forgiven.iter().for_each(|id| current.forgive(id));
        for changes in &self.phases {
            changes.iter().try_for_each(|change| change.apply(&mut current))?;
            let complaints = pacemaker::verify(&current)?;
            // What is wrong already, a node that waits to be fenced too, is not the plan's doing.
            let known = if complaints.is_empty() { Vec::new() } else { pacemaker::verify(cib)? };
            forecast.complaints.extend(complaints.into_iter().filter(|line| !known.contains(line)));
            let simulated = pacemaker::simulate(&current)?;
            forecast.actions.extend(simulated.actions);
            forecast.after.push(simulated.live);
            current = simulated.cib;
        }
        if forecast.actions.iter().any(|a| !self.is_about(a)) {
            // What would happen anyway is not the plan's doing.
            let anyway = pacemaker::simulate(cib)?.actions;
            forecast.actions.retain(|action| self.is_about(action) || !anyway.contains(action));
        }
        forecast.disturbing = forecast.actions.iter().filter(|a| self.is_disturbed_by(a)).cloned().collect();
        Ok(forecast)
    }

    fn is_about(&self, action: &Action) -> bool {
        !action.is_fence() && self.own.iter().any(|id| plain_id(&action.resource) == id)
    }

    /// Whether the action stops or moves what the plan is not about, or fences a node, whatever the plan is about.
    fn is_disturbed_by(&self, action: &Action) -> bool {
        action.is_fence() || action.from.is_some() && action.what != "cancel" && !self.is_about(action)
    }

    /// Applies one phase, unless the configuration is no longer that of `cib`; returns whether it did.
    ///
    /// # Errors
    /// When it cannot be applied, or the cluster refuses it.
    pub fn make(&self, phase: usize, cib: &Cib) -> Result<bool> {
        let mut after = cib.clone();
        self.phases[phase].iter().try_for_each(|change| change.apply(&mut after))?;
        // History is deleted by command, not by the patch: keep the status section.
        let work: Vec<&Change> = self.phases[phase].iter().filter(|c| c.is_work()).collect();
        if !work.is_empty()
            && let (Some(status), Some(as_it_is)) = (after.root.at_mut(&["status"]), cib.root.at(&["status"]))
        {
            *status = as_it_is.clone();
        }
        if !Patch::between(cib, &after)?.apply()? {
            return Ok(false);
        }
        for change in work {
            match change {
                Change::Forget { id } => pacemaker::forget(id)?,
                Change::Probe { id } => pacemaker::refresh_everywhere(id)?,
                _ => {}
            }
        }
        Ok(true)
    }

    /// As [`Plan::make`], in whatever configuration the cluster has by now.
    ///
    /// # Errors
    /// As there.
    pub fn commit_retrying(&self, phase: usize) -> Result<()> {
        let deadline = Deadline::after(COMMIT_TIMEOUT);
        while !deadline.expired() {
            if self.make(phase, &pacemaker::query()?)? {
                return Ok(());
            }
        }
        Err(Trouble::Failed(text::configuration_of_the_cluster_changes_all().to_string()).into())
    }

    /// In the given form.
    ///
    /// # Errors
    /// When it cannot be applied to this CIB.
    pub fn show(&self, format: Format, cib: &Cib) -> Result<String> {
        Ok(match format {
            Format::Text | Format::Json => self.words().iter().map(|line| format!("{line}\n")).collect(),
            Format::Xml => {
                self.results(cib)?.last().and_then(|c| c.root.at(&["configuration"])).map_or(String::new(), |c| c.pretty())
            }
            Format::Pcs => self.script(&|changes| changes.iter().flat_map(Change::pcs).map(|c| on_file(&c)).collect()),
            Format::Crm => self.script(&crm),
        })
    }

    /// In sentences, a line each.
    pub fn words(&self) -> Vec<Text> {
        let line = |mark: char, words: Text| Text::verbatim(format_args!("  {mark} {words}"));
        let mut lines: Vec<Text> =
            self.forgiven.iter().map(|id| line('-', text::failures_of_it_may_be_tried_again(id))).collect();
        let asked = self.asked.iter();
        lines.extend(asked.map(|(resource, node)| line('-', text::what_was_said_it_is_asked_again(node, resource))));
        for (at, changes) in self.phases.iter().enumerate() {
            if at > 0 {
                lines.push(Text::verbatim(format_args!("  {}", text::then_when_the_cluster_has_done_its_part())));
            }
            let removed = |id: &str| changes.iter().any(|c| matches!(c, Change::RemoveConstraint { id: gone } if gone == id));
            for change in changes {
                let mark = match (change, change.makes()) {
                    // What is made anew under its name is changed.
                    (Change::RemoveConstraint { id }, _) if changes.iter().any(|c| c.makes() == Some(id)) => continue,
                    (_, Some(id)) if removed(id) => '~',
                    _ => change.mark(),
                };
                let mut words = change.words().into_iter();
                lines.extend(words.next().map(|first| line(mark, first)));
                lines.extend(words.map(|detail| Text::verbatim(format_args!("      {detail}"))));
            }
        }
        lines
    }

    /// Commands for sh: each phase is made in a file and given to the cluster in one piece.
    fn script(&self, commands: &dyn Fn(&[Change]) -> Vec<String>) -> String {
        let mut text = "set -e\ndir=$(mktemp -d)\n".to_owned();
        if !self.forgiven.is_empty() {
            self.forgiven.iter().for_each(|id| text.push_str(&format!("crm_resource --cleanup --resource {id}\n")));
            text.push_str("crm_resource --wait\n");
        }
        for (at, changes) in self.phases.iter().enumerate() {
            if at > 0 {
                text.push_str("crm_resource --wait\n");
            }
            text.push_str("cibadmin --query >\"$dir/before.xml\"\ncp \"$dir/before.xml\" \"$dir/after.xml\"\n");
            commands(changes).iter().for_each(|line| text.push_str(&format!("{line}\n")));
            // It ends with 1 when they differ.
            text.push_str(
                "crm_diff --no-version --original \"$dir/before.xml\" --new \"$dir/after.xml\" >\"$dir/patch.xml\" ||\n",
            );
            text.push_str("  cibadmin --patch --xml-file \"$dir/patch.xml\"\n");
            for change in changes {
                if let Change::Probe { id } | Change::Forget { id } = change {
                    text.push_str(&format!("crm_resource --refresh --force --resource {id}\n"));
                }
            }
        }
        text.push_str("rm -r \"$dir\"\n");
        text
    }
}

/// A command that works on the file.
fn on_file(command: &[String]) -> String {
    match command.split_first() {
        Some((program, rest)) if program == "pcs" => format!("pcs -f \"$dir/after.xml\" {}", shell_words::join(rest)),
        _ => format!("CIB_file=\"$dir/after.xml\" {}", shell_words::join(command)),
    }
}

fn crm(changes: &[Change]) -> Vec<String> {
    let inside: String = changes.iter().map(Change::crm).filter(|line| !line.is_empty()).map(|line| line + "\n").collect();
    let mut lines = Vec::new();
    if !inside.is_empty() {
        lines.push(format!("CIB_file=\"$dir/after.xml\" crm -f - <<'END'\nconfigure\n{inside}commit\nEND"));
    }
    lines.extend(changes.iter().filter_map(Change::crm_outside).map(|command| on_file(&command)));
    lines
}

impl Action {
    /// Whether it takes the power from a node; that is the `resource` then.
    pub fn is_fence(&self) -> bool {
        self.what == FENCE
    }

    /// For a person.
    pub fn words(&self) -> Text {
        let Action { what, resource, from, to } = self;
        match (what.as_str(), from, to) {
            (_, Some(from), Some(to)) if from != to => match what.as_str() {
                "move" => text::move_from_to(resource, from, to),
                "migrate" => text::migrate_from_to(resource, from, to),
                _ => Text::verbatim(format_args!("{what} {resource} from {from} to {to}")),
            },
            ("start", Some(node), _) | ("start", None, Some(node)) => text::start_on(resource, node),
            ("stop", Some(node), _) | ("stop", None, Some(node)) => text::stop_on(resource, node),
            ("restart", Some(node), _) | ("restart", None, Some(node)) => text::restart_on(resource, node),
            ("cancel", Some(node), _) | ("cancel", None, Some(node)) => text::cancel_on(resource, node),
            ("monitor", Some(node), _) | ("monitor", None, Some(node)) => text::monitor_on(resource, node),
            (_, Some(node), _) | (_, None, Some(node)) => Text::verbatim(format_args!("{what} {resource} on {node}")),
            (FENCE, None, None) => text::fence_node(resource),
            (_, None, None) => Text::verbatim(format_args!("{what} {resource}")),
        }
    }
}

/// What the cluster does, each thing once.
pub fn action_words(actions: &[Action]) -> Vec<Text> {
    let mut all: Vec<Text> = Vec::new();
    for words in actions.iter().map(Action::words) {
        if !all.contains(&words) {
            all.push(words);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_would_be_fenced_is_named_and_no_plan_is_about_it() {
        let action = |what: &str, resource: &str, from: Option<&str>| Action {
            what: what.to_owned(),
            resource: resource.to_owned(),
            from: from.map(str::to_owned),
            to: None,
        };
        let plan = Plan::of(&["mail", "n2"], Vec::new());
        let fence = action(FENCE, "n2", None);
        assert!(plan.is_disturbed_by(&fence) && fence.words() == text::fence_node("n2"));
        assert!(plan.is_disturbed_by(&action("stop", "other", Some("n1"))));
        assert!(!plan.is_disturbed_by(&action("stop", "mail:0", Some("n1"))));
        assert!(!plan.is_disturbed_by(&action("start", "other", None)));
    }
}
