//! What all verbs that change something have in common: plan, show, confirm, apply, wait.

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use clap::Args;

use super::interface::{self, Format};
use super::{Refusal, output, print, refused};
use crate::cluster::attribute;
use crate::cluster::change::Change;
use crate::cluster::cib::Cib;
use crate::cluster::live::{Failure, Live, plain_id};
use crate::cluster::pacemaker::{self, Action, Work};
use crate::cluster::plan::{Forecast, Plan, action_words};
use crate::system::deadline::{Deadline, Pace};
use crate::system::interrupt;
use crate::text::{self, Text, verbatim};

/// How often a wait checks for Ctrl-C.
const INTERRUPT_CHECK: Duration = Duration::from_millis(100);

/// After what time a recheck is triggered in a cluster that has actions to start and does not; then after twice that time, and so
/// on, since the actions may be dropped again, and each recheck writes the CIB.
const RECHECK_AFTER: Duration = Duration::from_secs(2);

/// How long a published node attribute may take to be in the CIB.
const ATTRIBUTE_WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// A day.
const LONGEST_WAIT: u64 = 24 * 60 * 60;

#[derive(Clone, Debug, Args)]
pub struct Options {
    #[arg(help = text::help_options_dry_run(), long)]
    pub dry_run: bool,
    #[arg(help = text::help_options_yes(), long, short)]
    pub yes: bool,
    #[arg(help = text::help_options_force(), long)]
    pub force: bool,
    #[arg(help = text::help_options_allow(), long, value_name = "ACTION")]
    pub allow: Vec<String>,
    #[arg(help = text::help_options_format(), long, value_enum, default_value_t, value_name = "FORM")]
    pub format: Format,
    #[arg(help = text::help_options_wait(), long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(..=LONGEST_WAIT))]
    pub wait: u64,
}

/// The arguments of a verb for which a hierarchy is all that there is to say.
#[derive(Clone, Debug, Args)]
pub struct OneHierarchy {
    #[arg(help = text::help_tag())]
    pub tag: Option<String>,
    #[command(flatten)]
    pub options: Options,
}

/// The cluster at one moment.
#[derive(Debug)]
pub struct Situation {
    pub cib: Cib,
    pub live: Live,
    /// This server's name in the cluster.
    pub here: String,
    /// Whether the `refresh` of an earlier plan has been carried out: not to be asked for again.
    pub refreshed: bool,
    /// The resources that must be idle before a verb reports its result.
    pub concerned: Vec<String>,
    /// The simulations so far.
    simulations: RefCell<Vec<(Plan, Forecast)>>,
}

impl Situation {
    pub fn now() -> Result<Situation> {
        let here = pacemaker::own_name()?;
        let (cib, live) = (pacemaker::query()?, pacemaker::query_status()?);
        Ok(Situation { cib, live, here, refreshed: false, concerned: Vec::new(), simulations: RefCell::default() })
    }

    /// Simulates a plan on the current cluster, once.
    pub fn forecast(&self, plan: &Plan) -> Result<Forecast> {
        // Notes do not affect the simulation.
        let plan = Plan { notes: Vec::new(), ..plan.clone() };
        if let Some((_, forecast)) = self.simulations.borrow().iter().find(|(tried, _)| *tried == plan) {
            return Ok(forecast.clone());
        }
        let forecast = plan.try_out(&self.cib)?;
        self.simulations.borrow_mut().push((plan, forecast.clone()));
        Ok(forecast)
    }
}

/// Steps before the plan itself, after confirmation.
#[derive(Debug, Default)]
struct Prepared {
    /// The cluster before its failures were cleaned up.
    cleaned_up: Option<Situation>,
    /// The node that was probed again.
    refreshed: Option<String>,
    /// The first phase of the plan was applied.
    applied: bool,
}

impl Prepared {
    /// Has a resource probed again on a node.
    fn refresh(&mut self, resource: &str, node: &str, situation: &Situation, options: &Options) -> Result<()> {
        pacemaker::refresh(resource, node)?;
        self.refreshed = Some(node.to_owned());
        settle(situation, options, None)?;
        wait_written(resource, node)
    }

    /// Clears the failures of the resources.
    fn clean_up(&mut self, resources: &[String], situation: Situation, options: &Options) -> Result<()> {
        resources.iter().try_for_each(|id| pacemaker::clean_up(id))?;
        let settled = settle(&situation, options, None);
        self.cleaned_up = Some(situation);
        settled.map(drop)
    }
}

/// Plans, shows, confirms and applies, and waits between the phases. `make` plans from the current cluster, and is called again
/// when its configuration has been changed meanwhile. A dry run, a refusal or a missing confirmation changes nothing. Returns the
/// cluster as it was before; None where nothing was to be changed.
///
/// # Errors
/// A refusal by a check or by the user; nothing has been changed then. Any other error says what has been.
pub fn carry_out(title: &Text, options: &Options, make: &dyn Fn(&Situation) -> Result<Plan>) -> Result<Option<Situation>> {
    interrupt::catch();
    let mut prepared = Prepared::default();
    attempt(title, options, make, &mut prepared).map_err(|error| match prepared {
        Prepared { applied: true, .. } => error.context(text::change_was_made_in_part()),
        // No refusal any more: failures have been cleaned up.
        Prepared { cleaned_up: Some(_), .. } => text::failures_were_cleared(format_args!("{error:#}")).into(),
        Prepared { refreshed: Some(node), .. } => error.context(text::probed_again_nothing_was_changed(node)),
        _ => error,
    })
}

/// As above; `prepared` gets the steps that were done, also in case of an error.
///
/// Each round plans from the cluster as it is then, and takes one step: the question whether to do it, the probe or the clean-up that come
/// before the plan, or the plan itself. A plan that is not the one `shown` last is shown, and asked about.
fn attempt(
    title: &Text,
    options: &Options,
    make: &dyn Fn(&Situation) -> Result<Plan>,
    prepared: &mut Prepared,
) -> Result<Option<Situation>> {
    let mut shown: Option<Plan> = None;
    // The time until confirmation does not count.
    let mut deadline = Deadline::after(Duration::from_secs(options.wait));
    loop {
        let mut situation = Situation { refreshed: prepared.refreshed.is_some(), ..Situation::now()? };
        let mut plan = make(&situation)?;
        if prepared.cleaned_up.is_some() {
            // Do not retry for ever.
            plan.clean_up.clear();
        }
        if let Some(text) = options.format.show(&plan, &situation.cib)? {
            print(&text)?;
            return Ok(None);
        }
        let forecast = situation.forecast(&plan)?;
        let is_new = shown.as_ref() != Some(&plan);
        if is_new {
            show(title, &plan, &forecast);
        }
        check(&forecast, options, &situation.live)?;
        if options.dry_run || plan.is_empty() {
            // After a clean-up nothing may be left to change.
            return Ok(prepared.cleaned_up.take());
        }
        if is_new && !options.yes {
            confirm()?;
            deadline = Deadline::after(Duration::from_secs(options.wait));
            // While the question was open, the cluster may have moved what the plan is about.
            shown = Some(plan);
            continue;
        }
        check_interrupted()?;
        situation.concerned = concerned(&plan, &forecast, &situation.cib);
        if let Some((resource, node)) = &plan.refresh {
            prepared.refresh(resource, node, &situation, options)?;
        } else if !plan.clean_up.is_empty() {
            prepared.clean_up(&plan.clean_up, situation, options)?;
            shown = Some(Plan { clean_up: Vec::new(), ..plan });
        } else if apply(&plan, &situation, options, deadline, &mut prepared.applied)? {
            return Ok(Some(situation));
        } else {
            check_interrupted()?;
            if deadline.expired() {
                return refused(text::configuration_kept_changing(options.wait), text::try_again_when());
            }
            progress(&text::configuration_was_changed_planning_again());
            shown = Some(plan);
        }
    }
}

/// Applies all phases, and waits between them; false when the configuration is no longer the one that was planned from.
fn apply(plan: &Plan, from: &Situation, options: &Options, deadline: Deadline, applied: &mut bool) -> Result<bool> {
    // A person may have taken their time to say yes.
    let plan = &plan.moving_until(&end_of_move(options));
    // Changes of the status section are no reason to plan again.
    let may_retry = |now: &Cib| !interrupt::has_come() && !deadline.expired() && now.decided() == from.cib.decided();
    if !plan.commit(0, from.cib.clone(), &may_retry)? {
        return Ok(false);
    }
    *applied = true;
    for phase in 1..plan.phases.len() {
        let is_move = plan.ends_a_move(phase);
        // The constraints of a move must stay until it has arrived, and no longer: it is waited for.
        let go_on = || {
            progress(&text::interrupted_constraints_are_removed());
            Ok(())
        };
        let settled = if is_move { settle_through(from, options, None, &go_on) } else { settle(from, options, None) };
        match settled {
            Ok(_) => plan.commit_anyway(phase)?,
            Err(error) if is_move => {
                progress(&verbatim!("{error:#}"));
                progress(&text::constraints_of_the_move_stay(local_time(plan.end_of_move().unwrap_or_default())));
                plan.without_the_end_of_a_move(phase).commit_anyway(phase)?;
            }
            // Apply the remaining phases in any case, so that no temporary change is left behind.
            Err(error) => {
                output(&verbatim!("{error:#}"));
                plan.commit_anyway(phase)?;
            }
        }
    }
    Ok(true)
}

/// How much longer than --wait the constraints of a move are valid: they end by themselves when nobody removes them.
const MOVE_MARGIN: Duration = Duration::from_secs(60);

/// Until when the constraints of a move that begins now are valid.
pub fn end_of_move(options: &Options) -> String {
    let end = SystemTime::now() + Duration::from_secs(options.wait) + MOVE_MARGIN;
    humantime::format_rfc3339_seconds(end).to_string()
}

/// A time of a constraint as the clock here shows it.
pub fn local_time(rfc3339: &str) -> String {
    let time = humantime::parse_rfc3339_weak(rfc3339).map(chrono::DateTime::<chrono::Local>::from);
    time.map_or_else(|_| rfc3339.to_owned(), |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn show(title: &Text, plan: &Plan, forecast: &Forecast) {
    if interface::is_wanted() { interface::plan(title, plan, forecast) } else { output(&describe(title, plan, forecast)) }
}

fn check_interrupted() -> Result<()> {
    if interrupt::has_come() { Err(Refusal::new(text::interrupted_nothing_has_been_changed()).into()) } else { Ok(()) }
}

/// The resources that a plan concerns, and those that the cluster will act on.
fn concerned(plan: &Plan, forecast: &Forecast, cib: &Cib) -> Vec<String> {
    let named = plan.phases.iter().flatten().filter_map(Change::about);
    let touched = forecast.actions.iter().map(|action| plain_id(&action.resource));
    let refreshed = plan.refresh.iter().map(|(resource, _)| resource.as_str());
    let all = plan.resources.iter().chain(&plan.clean_up).map(String::as_str).chain(named).chain(touched).chain(refreshed);
    let mut found: Vec<String> = Vec::new();
    for id in all {
        // An id without members (of a constraint, or of a resource that is removed) stands for itself.
        let members = cib.members(id);
        let ids = members.iter().map(|m| m.id()).chain(members.is_empty().then_some(id));
        found.extend(ids.map(str::to_owned));
    }
    found.sort();
    found.dedup();
    found
}

fn describe(title: &Text, plan: &Plan, forecast: &Forecast) -> Text {
    let mut lines = vec![title.clone()];
    for (at, phase) in plan.words().into_iter().enumerate() {
        if at > 0 {
            lines.push(verbatim!("  {}", text::then_when_the_cluster_has_finished()));
        }
        lines.extend(phase);
    }
    if plan.is_empty() {
        lines.push(verbatim!("  {}", text::nothing_to_change()));
    }
    let actions = action_words(&forecast.actions);
    if !actions.is_empty() {
        lines.push(text::cluster_will(text::list(actions)));
    }
    lines.extend(plan.notes.iter().map(text::note));
    text::lines(lines)
}

/// Whether it stops a resource that has to start again.
fn restarts_or_moves(action: &Action) -> bool {
    action.from.is_some() && !matches!(action.what.as_str(), "stop" | "reload" | "cancel" | "monitor")
}

fn check(forecast: &Forecast, options: &Options, live: &Live) -> Result<()> {
    if let Some(first) = forecast.complaints.first() {
        let mut refusal = Refusal::new(text::pacemaker_would_not_accept_this_configuration(first));
        for line in &forecast.complaints[1..] {
            refusal = refusal.advise(Text::verbatim(line));
        }
        return Err(refusal.into());
    }
    // With --dry-run --format json the caller shows the warnings and asks its user.
    let caller_confirms = options.dry_run && interface::is_wanted();
    let unclean = live.unclean();
    if let Some(action) =
        forecast.actions.iter().find(|a| restarts_or_moves(a) && !unclean.is_empty() && !options.force && !caller_confirms)
    {
        return refused(text::waits_to_be_fenced(unclean.join(", "), action.words()), text::have_that_node_fenced_first_if());
    }
    let mut unasked = action_words(&forecast.disturbing);
    unasked.retain(|action| !options.allow.iter().any(|allowed| action.as_str() == allowed));
    if !unasked.is_empty() && !options.force && !caller_confirms {
        return refused(text::this_would_also(text::list(unasked)), text::if_that_is_what_you_want());
    }
    Ok(())
}

fn confirm() -> Result<()> {
    if interface::is_wanted() || !std::io::stdin().is_terminal() {
        return Err(Refusal::new(text::this_is_not_a_terminal()).into());
    }
    let answer = dialoguer::Confirm::new().with_prompt(text::do_this().as_str()).default(false).interact();
    // Ctrl-C would leave the cursor hidden.
    let _ = console::Term::stderr().show_cursor();
    match answer {
        Ok(true) => Ok(()),
        _ => Err(Refusal::new(text::not_done_nothing_has_been_changed()).into()),
    }
}

/// The state of all resources that a plan concerns, for a program that shows progress.
fn all_states(live: &Live, ids: &[String]) -> Text {
    let instances = ids.iter().flat_map(|id| live.instances(id).map(move |r| (id, r)));
    text::lines(instances.map(|(id, r)| verbatim!("{id}: {}", r.words())))
}

/// The intermediate state of a resource, until it has reached its final one.
fn intermediate(live: &Live, id: &str) -> Text {
    let parts = live.instances(id).filter(|r| !matches!(r.role.as_str(), "Started" | "Stopped"));
    text::lines(parts.map(|r| verbatim!("{id}: {}", r.words())))
}

/// Waits until the cluster has no work left on the resources that the plan concerns, and prints the intermediate states of the
/// resource `shown`. Work on other resources is not waited for: it may never end.
///
/// # Errors
/// When it takes longer than --wait, or the cluster does not answer.
pub fn settle(before: &Situation, options: &Options, shown: Option<&str>) -> Result<Live> {
    settle_through(before, options, shown, &|| {
        // For a program, wait until the end even if its connection is closed: the change goes on anyway.
        anyhow::ensure!(interface::is_wanted(), text::interrupted_operations_continue());
        Ok(())
    })
}

/// As [`settle`]; a signal to exit calls `on_interrupt`, once, and ends the wait only with its error.
fn settle_through(
    before: &Situation,
    options: &Options,
    shown: Option<&str>,
    on_interrupt: &dyn Fn() -> Result<()>,
) -> Result<Live> {
    let (deadline, pace) = (Deadline::after(Duration::from_secs(options.wait)), Pace::from_now());
    let mut printed = Text::default();
    let mut is_interrupted = false;
    let mut delay = RECHECK_AFTER;
    let mut until_recheck = Deadline::after(delay);
    loop {
        let work = pacemaker::work(&pacemaker::query()?, &before.concerned)?;
        if !matches!(work, Work::Due(_)) {
            until_recheck = Deadline::after(delay);
        } else if until_recheck.expired() {
            pacemaker::trigger_recheck()?;
            delay *= 2;
            until_recheck = Deadline::after(delay);
        }
        let live = pacemaker::query_status()?;
        let mut now = shown.map(|id| intermediate(&live, id)).unwrap_or_default();
        if now.is_empty() && interface::is_wanted() {
            now = all_states(&live, &before.concerned);
        }
        if now != printed {
            progress(&now);
            printed = now;
        }
        if work == Work::Nothing {
            return Ok(live);
        }
        let is_last = deadline.expired();
        let has_come = || (interrupt::has_come() && !is_interrupted).then_some(());
        if deadline.within(pace.pause()).poll(INTERRUPT_CHECK, has_come).is_some() {
            is_interrupted = true;
            on_interrupt()?;
        } else if is_last {
            let mut lines = vec![text::cluster_did_not_finish_within(options.wait)];
            if let Work::UnderWay(list) | Work::Due(list) = work
                && !list.is_empty()
            {
                lines.push(text::in_progress(text::list(list)));
            }
            anyhow::bail!(text::lines(lines));
        }
    }
}

/// Waits until the CIB has the node's attributes: the attribute manager writes them, later than the result of the probe.
fn wait_written(resource: &str, node: &str) -> Result<()> {
    let deadline = Deadline::after(ATTRIBUTE_WRITE_TIMEOUT);
    let is_written = || -> Result<bool> {
        let written = pacemaker::query()?.node_attributes(node);
        // If this cannot be found out, do not wait.
        let differs =
            |name: &String| attribute::value(name, node, deadline).is_ok_and(|value| value.as_ref() != written.get(name));
        Ok(![attribute::ids(resource), attribute::version(resource)].iter().any(differs))
    };
    let ended = deadline.poll(INTERRUPT_CHECK, || match is_written() {
        Ok(false) => interrupt::has_come().then_some(Ok(())),
        done => Some(done.map(drop)),
    });
    ended.unwrap_or(Ok(()))
}

/// Prints progress to stderr.
pub fn progress(text: &Text) {
    if !text.is_empty() && !interface::progress(text) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// The new failures of `ids`.
pub fn new_failures<'a>(before: &Live, after: &'a Live, ids: &[&str]) -> Vec<&'a Failure> {
    let own = after.failures.iter().filter(|f| ids.contains(&f.resource.as_str()) && !f.degraded);
    own.filter(|f| !before.failures.contains(f)).collect()
}

/// A failure as text.
pub fn failure_words(failure: &Failure) -> Text {
    let Failure { resource, node, task, when, .. } = failure;
    let reason = failure.words();
    text::action_failed(task, resource, node, when, &reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_allowed_is_disturbed() {
        let moved = |id: &str| {
            let [what, resource, from, to] = ["move", id, "n1", "n2"].map(str::to_owned);
            Action { what, resource, from: Some(from), to: Some(to) }
        };
        let forecast = Forecast { disturbing: vec![moved("web"), moved("db")], ..Forecast::default() };
        let check = |force: bool, allow: &[&str]| {
            let allow = allow.iter().map(|action| action.to_string()).collect();
            let options = Options { dry_run: false, yes: true, force, allow, format: Format::Json, wait: 0 };
            check(&forecast, &options, &Live::default()).map_err(|error| error.to_string())
        };
        let (web, db) = ("move web from n1 to n2", "move db from n1 to n2");
        assert_eq!(check(false, &[web, db]), Ok(()));
        assert_eq!(check(true, &[]), Ok(()));
        assert!(check(false, &[]).is_err_and(|said| said.contains(web) && said.contains(db)));
        assert!(check(false, &[web]).is_err_and(|said| !said.contains(web) && said.contains(db)));
        assert!(check(false, &["move web from n2 to n1", db]).is_err_and(|said| said.contains(web) && !said.contains(db)));
    }
}
