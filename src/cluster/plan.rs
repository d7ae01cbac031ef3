//! A plan: changes in phases, their predicted effect, and how they are applied.
//!
//! A plan is a value. It can be read (in words, as XML, as commands of pcs or crmsh), tried out (crm_simulate on the CIB
//! that each phase leads to), and made: each phase is one patch against the very CIB it was planned from, so that a
//! concurrent change is never overwritten.

use std::time::Duration;

use super::change::Change;
use super::cib::Cib;
use super::constraint::Constraint;
use super::live::{Live, plain_id};
use super::pacemaker::{self, Action, ClusterError, FENCE, Patch};
use super::xml::Element;
use crate::system::deadline::Deadline;
use crate::text::{self, Text, verbatim};

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
    pub resources: Vec<String>,
    /// The resources whose failures are cleaned up before anything else: they may be tried again then.
    pub clean_up: Vec<String>,
    /// A resource and node to probe again first, because the node's published attributes may be outdated.
    pub refresh: Option<(String, String)>,
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

impl Plan {
    /// A plan of one phase.
    pub fn of(resources: &[&str], changes: Vec<Change>) -> Plan {
        Plan { phases: vec![changes], resources: resources.iter().map(|id| id.to_string()).collect(), ..Plan::default() }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.clean_up.is_empty() && self.refresh.is_none() && self.phases.iter().all(Vec::is_empty)
    }

    /// Whether the phase removes constraints of an earlier one that end by themselves: those of a move.
    pub fn ends_a_move(&self, phase: usize) -> bool {
        self.phases[phase].iter().any(|change| self.is_end_of_a_move(change))
    }

    fn is_end_of_a_move(&self, change: &Change) -> bool {
        let Change::RemoveConstraint { id: removed } = change else { return false };
        let ends =
            |c: &Change| matches!(c, Change::AddConstraint { id, constraint } if id == removed && constraint.end().is_some());
        self.phases.iter().flatten().any(ends)
    }

    /// Until when the constraints of the move are valid; None where it makes none.
    pub fn end_of_move(&self) -> Option<&str> {
        self.phases.iter().flatten().find_map(|change| match change {
            Change::AddConstraint { constraint, .. } => constraint.end(),
            _ => None,
        })
    }

    /// The same plan, in which those constraints are valid until then.
    pub fn moving_until(&self, end: &str) -> Plan {
        let mut plan = self.clone();
        for change in plan.phases.iter_mut().flatten() {
            if let Change::AddConstraint { constraint: Constraint::Ban { until: Some(until), .. }, .. } = change {
                *until = end.to_owned();
            }
        }
        plan
    }

    /// The same plan, in which that phase leaves those constraints.
    pub fn without_the_end_of_a_move(&self, phase: usize) -> Plan {
        let mut plan = self.clone();
        plan.phases[phase].retain(|change| !self.is_end_of_a_move(change));
        plan
    }

    /// The CIB after the last phase.
    ///
    /// # Errors
    /// When what a change is about is not there.
    pub fn result(&self, cib: &Cib) -> Result<Cib, ClusterError> {
        let mut cib = cib.clone();
        self.phases.iter().flatten().try_for_each(|change| change.apply(&mut cib))?;
        Ok(cib)
    }

    /// Tries it out.
    ///
    /// # Errors
    /// When it cannot be applied to this CIB, or Pacemaker's programs do not answer.
    pub fn try_out(&self, cib: &Cib) -> Result<Forecast, ClusterError> {
        let mut forecast = Forecast::default();
        let mut current = cib.clone();
        self.clean_up.iter().for_each(|id| current.clean_up(id));
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
        !action.is_fence() && self.resources.iter().any(|id| plain_id(&action.resource) == id)
    }

    /// Whether the action stops or moves what the plan is not about, or fences a node, whatever the plan is about.
    fn is_disturbed_by(&self, action: &Action) -> bool {
        action.is_fence() || action.from.is_some() && action.what != "cancel" && !self.is_about(action)
    }

    /// Applies one phase, unless the configuration is no longer that of `cib`; returns whether it did.
    fn apply(&self, phase: usize, cib: &Cib) -> Result<bool, ClusterError> {
        let mut after = cib.clone();
        self.phases[phase].iter().try_for_each(|change| change.apply(&mut after))?;
        // History is deleted by command, not by the patch: keep the status section.
        let work: Vec<&Change> = self.phases[phase].iter().filter(|c| c.runs_after_commit()).collect();
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

    /// Applies one phase to `cib`; when its configuration has changed, to what the cluster has by then, as long as `may_retry` says so.
    /// Returns whether it did. There is no pause: among many changes the next attempt is the more likely to be in time the sooner it is.
    pub fn commit(&self, phase: usize, mut cib: Cib, may_retry: &dyn Fn(&Cib) -> bool) -> Result<bool, ClusterError> {
        while !self.apply(phase, &cib)? {
            cib = pacemaker::query()?;
            if !may_retry(&cib) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Applies one phase in whatever configuration the cluster has by now.
    ///
    /// # Errors
    /// When it cannot be applied, the cluster refuses it, or the configuration keeps changing.
    pub fn commit_anyway(&self, phase: usize) -> Result<(), ClusterError> {
        let deadline = Deadline::after(COMMIT_TIMEOUT);
        loop {
            let cib = pacemaker::query()?;
            // What somebody else has removed meanwhile need not be removed.
            let mut left = self.clone();
            left.phases[phase].retain(|change| !change.is_removed_already(&cib));
            if left.apply(phase, &cib)? {
                return Ok(());
            }
            if deadline.expired() {
                return Err(ClusterError::Failed(text::configuration_keeps_changing().to_string()));
            }
        }
    }

    /// The configuration it leads to.
    pub fn xml(&self, cib: &Cib) -> Result<String, ClusterError> {
        Ok(self.result(cib)?.root.at(&["configuration"]).map_or(String::new(), Element::pretty))
    }

    /// A script for sh that uses pcs.
    pub fn pcs(&self) -> String {
        self.script(&|changes| changes.iter().flat_map(Change::pcs).map(|c| on_file(&c)).collect())
    }

    /// A script for sh that uses crmsh.
    pub fn crm(&self) -> String {
        self.script(&crm)
    }

    /// Each phase in sentences, a line each.
    pub fn words(&self) -> Vec<Vec<Text>> {
        let mut phases: Vec<Vec<Text>> = self.phases.iter().map(|changes| phase_words(changes)).collect();
        let refresh = self.refresh.iter().map(|(resource, node)| marked('-', text::node_is_probed_again_for(node, resource)));
        let clean_up = self.clean_up.iter().map(|id| marked('-', text::failures_of_it_may_be_tried_again(id)));
        if let Some(first) = phases.first_mut() {
            first.splice(..0, refresh.chain(clean_up));
        }
        phases
    }

    /// Commands for sh: each phase is made in a file and given to the cluster in one piece.
    fn script(&self, commands: &dyn Fn(&[Change]) -> Vec<String>) -> String {
        let mut lines = vec!["set -e".to_owned(), "dir=$(mktemp -d)".to_owned()];
        if !self.clean_up.is_empty() {
            lines.extend(self.clean_up.iter().map(|id| format!("crm_resource --cleanup --resource {id}")));
            lines.push("crm_resource --wait".to_owned());
        }
        for (at, changes) in self.phases.iter().enumerate() {
            if at > 0 {
                lines.push("crm_resource --wait".to_owned());
            }
            lines.push(BEFORE_CHANGES.to_owned());
            lines.extend(commands(changes));
            lines.push(APPLY_CHANGES.to_owned());
            lines.extend(changes.iter().filter_map(|change| match change {
                Change::Probe { id } | Change::Forget { id } => Some(format!("crm_resource --refresh --force --resource {id}")),
                _ => None,
            }));
        }
        lines.push("rm -r \"$dir\"\n".to_owned());
        lines.join("\n")
    }
}

const BEFORE_CHANGES: &str = "cibadmin --query >\"$dir/before.xml\"\ncp \"$dir/before.xml\" \"$dir/after.xml\"";
/// crm_diff ends with 1 when they differ.
const APPLY_CHANGES: &str = "\
crm_diff --no-version --original \"$dir/before.xml\" --new \"$dir/after.xml\" >\"$dir/patch.xml\" ||
  cibadmin --patch --xml-file \"$dir/patch.xml\"";

/// A line of a plan.
pub fn marked(mark: char, words: Text) -> Text {
    verbatim!("  {mark} {words}")
}

fn phase_words(changes: &[Change]) -> Vec<Text> {
    let adds = |id: &str| changes.iter().any(|c| matches!(c, Change::AddConstraint { id: new, .. } if new == id));
    let removes = |id: &str| changes.iter().any(|c| matches!(c, Change::RemoveConstraint { id: old } if old == id));
    let mut lines = Vec::new();
    for change in changes {
        let (mut mark, words) = change.words();
        match change {
            // A constraint that is removed and added is changed.
            Change::RemoveConstraint { id } if adds(id) => continue,
            Change::AddConstraint { id, .. } if removes(id) => mark = '~',
            _ => {}
        }
        let mut words = words.into_iter();
        lines.extend(words.next().map(|first| marked(mark, first)));
        lines.extend(words.map(|detail| verbatim!("      {detail}")));
    }
    lines
}

/// A command that works on the file.
fn on_file(command: &[String]) -> String {
    match command.split_first() {
        Some((program, rest)) if program == "pcs" => format!("pcs -f \"$dir/after.xml\" {}", shell_words::join(rest)),
        _ => format!("CIB_file=\"$dir/after.xml\" {}", shell_words::join(command)),
    }
}

fn crm(changes: &[Change]) -> Vec<String> {
    let (inside, outside): (Vec<_>, Vec<_>) = changes.iter().map(Change::crm).unzip();
    let inside: String = inside.into_iter().flatten().map(|line| line + "\n").collect();
    let mut lines = Vec::new();
    if !inside.is_empty() {
        lines.push(format!("CIB_file=\"$dir/after.xml\" crm -f - <<'END'\nconfigure\n{inside}commit\nEND"));
    }
    lines.extend(outside.into_iter().flatten().map(|command| on_file(&command)));
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
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            return match what.as_str() {
                "move" => text::move_from_to(resource, from, to),
                "migrate" => text::migrate_from_to(resource, from, to),
                _ => verbatim!("{what} {resource} from {from} to {to}"),
            };
        }
        match (what.as_str(), from.as_ref().or(to.as_ref())) {
            ("start", Some(node)) => text::start_on(resource, node),
            ("stop", Some(node)) => text::stop_on(resource, node),
            ("restart", Some(node)) => text::restart_on(resource, node),
            ("cancel", Some(node)) => text::cancel_on(resource, node),
            ("monitor", Some(node)) => text::monitor_on(resource, node),
            (_, Some(node)) => verbatim!("{what} {resource} on {node}"),
            (FENCE, None) => text::fence_node(resource),
            (_, None) => verbatim!("{what} {resource}"),
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
