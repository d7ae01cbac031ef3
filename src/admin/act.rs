//! How every verb that changes something goes about it: plan, show, ask, make, wait.

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::japanese::said;
use super::{Refusal, print, say};
use crate::cluster::cib::Cib;
use crate::cluster::live::{Failure, Live};
use crate::cluster::pacemaker::{self, Work};
use crate::cluster::plan::{Format, Outlook, Plan};
use crate::cluster::xml::Element;
use crate::system::deadline::Deadline;
use crate::system::interrupt;

/// How often to look whether the cluster has done its part.
const OFTEN: Duration = Duration::from_millis(100);

/// After how many looks a cluster that has something to do, and does not begin, is told to.
const TOO_OFTEN: u32 = 20;

#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Do it even when it stops or moves something else
    #[arg(long)]
    pub force: bool,
    /// How to show what would be done; all but text do nothing
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: Format,
    /// How many seconds the cluster may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub wait: u64,
}

/// The cluster at one moment.
#[derive(Debug)]
pub struct Situation {
    pub cib: Cib,
    pub live: Live,
    /// What the cluster calls this server.
    pub here: String,
    /// What has been tried out already.
    tried: RefCell<Vec<(Plan, Outlook)>>,
}

impl Situation {
    pub fn now() -> Result<Situation> {
        let here = pacemaker::own_name()?;
        Ok(Situation { cib: pacemaker::query()?, live: pacemaker::look()?, here, tried: RefCell::default() })
    }

    /// What the cluster would make of a plan now; asked once.
    ///
    /// # Errors
    /// As [`Plan::try_out`].
    pub fn try_out(&self, plan: &Plan) -> Result<Outlook> {
        // Notes do not matter to the cluster.
        let plan = Plan { notes: Vec::new(), ..plan.clone() };
        if let Some((_, outlook)) = self.tried.borrow().iter().find(|(tried, _)| *tried == plan) {
            return Ok(outlook.clone());
        }
        let outlook = plan.try_out(&self.cib)?;
        self.tried.borrow_mut().push((plan, outlook.clone()));
        Ok(outlook)
    }
}

/// What became of a plan.
#[derive(Debug)]
pub enum Outcome {
    /// It has been made; the cluster as it was before.
    Made(Box<Situation>),
    /// There was nothing to change, or it was only to be shown.
    Nothing,
}

/// Plans, shows, asks, and makes it, and waits between the phases. `make` plans from the cluster as it is: again, when the
/// cluster's configuration was changed by somebody else meanwhile.
///
/// # Errors
/// A refusal when a check says no or the person does; nothing has been changed then.
pub fn carry_out(title: &str, options: &Options, make: &dyn Fn(&Situation) -> Result<Plan>) -> Result<Outcome> {
    interrupt::catch();
    let mut forgiven = None;
    attempt(title, options, make, &mut forgiven).map_err(|error| match forgiven {
        None => error,
        Some(_) => anyhow::anyhow!("Failures have been forgotten, and nothing else was changed: {error:#}"),
    })
}

/// As above; `forgiven` is the cluster as it was before its failures were forgotten, from then on.
fn attempt(
    title: &str,
    options: &Options,
    make: &dyn Fn(&Situation) -> Result<Plan>,
    forgiven: &mut Option<Situation>,
) -> Result<Outcome> {
    let mut shown: Option<(Plan, Option<Element>)> = None;
    loop {
        let situation = Situation::now()?;
        let mut plan = make(&situation)?;
        if forgiven.is_some() {
            // What fails again at once is not tried for ever.
            plan.forgiven.clear();
        }
        // Status is part of the CIB, and changes all the time.
        let configuration = situation.cib.root.at(&["configuration"]).cloned();
        if shown.as_ref().is_some_and(|(_, before)| *before != configuration) {
            note("The configuration of the cluster has been changed meanwhile: planning again");
        }
        if options.format != Format::Text {
            print(&plan.show(options.format, &situation.cib)?)?;
            return Ok(Outcome::Nothing);
        }
        let outlook = situation.try_out(&plan)?;
        let is_new = shown.as_ref().is_none_or(|(before, _)| *before != plan);
        if is_new {
            say(&describe(title, &plan, &outlook, &situation)?);
        }
        check(&outlook, options)?;
        if options.dry_run || plan.is_empty() {
            // What was forgiven may have been all that was in the way.
            return Ok(forgiven.take().map_or(Outcome::Nothing, |before| Outcome::Made(Box::new(before))));
        }
        if is_new && !options.yes {
            confirm()?;
        }
        if interrupt::has_come() {
            return Err(Refusal::new("Interrupted. Nothing has been changed.").into());
        }
        if !plan.forgiven.is_empty() {
            plan.forgiven.iter().try_for_each(|id| pacemaker::clean_up(id))?;
            settle(options, &|_| String::new())?;
            shown = Some((Plan { forgiven: Vec::new(), ..plan }, configuration));
            *forgiven = Some(situation);
            continue;
        }
        if plan.make(0, &situation.cib)? {
            for phase in 1..plan.phases.len() {
                // Whatever the cluster came to, the rest has to be done: nothing may be left behind.
                if let Err(error) = settle(options, &|_| String::new()) {
                    say(&format!("{error:#}"));
                }
                plan.insist(phase)?;
            }
            return Ok(Outcome::Made(Box::new(situation)));
        }
        shown = Some((plan, configuration));
    }
}

fn describe(title: &str, plan: &Plan, outlook: &Outlook, situation: &Situation) -> Result<String> {
    let mut text = format!("{title}\n{}", plan.show(Format::Text, &situation.cib)?);
    if plan.is_empty() {
        text.push_str("  nothing to change\n");
    }
    let mut actions: Vec<String> = Vec::new();
    for words in outlook.actions.iter().map(|a| a.words()) {
        if !actions.contains(&words) {
            actions.push(words);
        }
    }
    if !actions.is_empty() {
        text.push_str(&format!("The cluster will: {}\n", actions.join(", ")));
    }
    plan.notes.iter().for_each(|line| text.push_str(&format!("Note: {line}\n")));
    Ok(text)
}

fn check(outlook: &Outlook, options: &Options) -> Result<()> {
    if let Some(first) = outlook.complaints.first() {
        let mut refusal = Refusal::new(format!("Pacemaker would not accept this configuration: {first}"));
        for line in &outlook.complaints[1..] {
            refusal = refusal.advise(line);
        }
        return Err(refusal.into());
    }
    if !outlook.disturbing.is_empty() && !options.force {
        let list: Vec<String> = outlook.disturbing.iter().map(|a| a.words()).collect();
        let what = format!("This would also {}", list.join(", "));
        return Err(Refusal::new(what).advise("If that is what you want, say --force. Nothing has been changed.").into());
    }
    Ok(())
}

fn confirm() -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Refusal::new("Nobody can be asked here: say --yes to do this. Nothing has been changed.").into());
    }
    let answer = dialoguer::Confirm::new().with_prompt(said("Do this?")).default(false).interact();
    // Ctrl-C leaves it hidden.
    let _ = console::Term::stderr().show_cursor();
    match answer {
        Ok(true) => Ok(()),
        _ => Err(Refusal::new("Not done. Nothing has been changed.").into()),
    }
}

/// Waits until the cluster has nothing left to do, and says what `progress` has to say whenever that changes.
///
/// # Errors
/// When it takes longer than the options allow, or the cluster does not answer any more.
pub fn settle(options: &Options, progress: &dyn Fn(&Live) -> String) -> Result<Live> {
    let deadline = Deadline::after(Duration::from_secs(options.wait));
    let mut said = String::new();
    let mut due = 0;
    loop {
        let work = pacemaker::work(&pacemaker::query()?)?;
        due = if work == Work::Due { due + 1 } else { 0 };
        if due == TOO_OFTEN {
            pacemaker::nudge()?;
            due = 0;
        }
        let live = pacemaker::look()?;
        let now = progress(&live);
        if now != said {
            note(&now);
            said = now;
        }
        if work == Work::Nothing {
            return Ok(live);
        }
        if interrupt::has_come() {
            anyhow::bail!("Interrupted. What the cluster has begun goes on; see: postkeeper status");
        }
        if deadline.expired() {
            anyhow::bail!("The cluster has not done its part in {} seconds; it goes on. See: postkeeper status", options.wait);
        }
        std::thread::sleep(OFTEN);
    }
}

/// The answer, where it is not a form for programs that is asked for.
pub fn answer(options: &Options, text: &str) {
    if options.format == Format::Text { say(text) } else { note(text) }
}

/// Something on the way, beside the answer.
pub fn note(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(std::io::stderr(), "{}", said(text));
    }
}

/// The failures of `ids` that were not there before.
pub fn new_failures<'a>(before: &Live, after: &'a Live, ids: &[&str]) -> Vec<&'a Failure> {
    let own = after.failures.iter().filter(|f| ids.contains(&f.resource.as_str()) && !f.degraded);
    own.filter(|f| !before.failures.contains(f)).collect()
}

/// A failure, for a person.
pub fn failure_words(failure: &Failure) -> String {
    let Failure { resource, node, task, when, .. } = failure;
    let reason = failure.words();
    format!("{task} of {resource} failed on {node} at {when}: {reason}")
}
