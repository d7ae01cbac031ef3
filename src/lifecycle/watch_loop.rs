//! What the watcher does: it waits for a reason to look, has a process of its own look, and returns when there is something to tell.
//!
//! | reason | how it is noticed |
//! |---|---|
//! | the master ends | pidfd; needs no look |
//! | the master is stopped by a signal | the count of its context switches, then its state |
//! | qmgr or pickup ends | pidfd |
//! | something is mounted, unmounted or remounted | poll on mountinfo |
//! | ext4 finds an error | fanotify |
//! | an address is gone | rtnetlink |
//! | main.cf or master.cf is changed or gone | inotify, when a second has passed without another edit |
//! | what raises no event: a socket that was shut, a daemon that was stopped, an endpoint that does not greet | a look at every interval |

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use super::watcher_process::WatcherLock;
use crate::health;
use crate::postfix::Instance;
use crate::postfix::memory::Memory;
use crate::system::command::Command;
use crate::system::deadline::Deadline;
use crate::system::events::{self, Source};
use crate::system::mount;
use crate::system::process::{self, Handle, Identity, children, stat};

/// The agent's argument that makes it the look of a watcher, before its timeout in milliseconds and the words of a [`CheckKind`].
pub const LOOK_ARGUMENT: &str = "--look";

/// How long what belongs together may take to happen (a group stops, a link goes down): one look is enough for it.
const SETTLE_TIME: Duration = Duration::from_millis(50);

/// How long nobody must have edited the configuration before it is looked at.
const EDIT_SETTLE_TIME: Duration = Duration::from_secs(1);

/// How far two looks for the same kind of reason are apart, at the least.
const MIN_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A fault must still be there after this to be reported.
const CONFIRM_DELAY: Duration = Duration::from_millis(500);

/// The shortest time between two looks at whether a busy master is stopped.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// The timeout of a check that confirms nothing for Pacemaker.
const CHECK_TIMEOUT: Duration = Duration::from_secs(20);

/// How much longer than its timeout a check is waited for.
const CHECK_MARGIN: Duration = Duration::from_secs(10);

/// How long after a start the master may take to start the daemons that it always has.
const STARTUP_GRACE: Duration = Duration::from_secs(10);

/// The longest time between two checks while qmgr or pickup is missing: mail may come that needs it.
const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(64);

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// As a monitor of level 0 does.
    State,
    /// As a monitor of level 10 does.
    Configuration,
    /// As `State`, then the greeting of one endpoint, the next one each time.
    NextEndpoint(usize),
}

impl CheckKind {
    /// As the words of a command line.
    fn words(self) -> Vec<String> {
        match self {
            CheckKind::State => vec!["state".to_owned()],
            CheckKind::Configuration => vec!["configuration".to_owned()],
            CheckKind::NextEndpoint(number) => vec!["turn".to_owned(), number.to_string()],
        }
    }

    /// What these words ask for.
    pub fn parse(words: &[String]) -> Option<CheckKind> {
        match words {
            [word] if word == "state" => Some(CheckKind::State),
            [word] if word == "configuration" => Some(CheckKind::Configuration),
            [word, number] if word == "turn" => number.parse().ok().map(CheckKind::NextEndpoint),
            _ => None,
        }
    }
}

/// A fault that a look has found, as it prints it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Failure {
    /// The level of the monitor that would find it: 0 or 10.
    pub level: u8,
    pub found: String,
    /// The address that no interface has, if that is it.
    pub missing_address: Option<IpAddr>,
}

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The master has ended and nobody wanted that; how, where the kernel says it.
    Ended(Option<String>),
    /// Two looks in a row have called it failed.
    Failed(Failure, CheckKind),
}

/// What has come of a look.
enum Answer {
    /// Nothing failed, or it could not be told.
    Fine,
    Failed(Failure),
    Ended,
}

/// Watches `master` until there is something to report to Pacemaker; None when the master was stopped on purpose, or another watcher has taken over.
/// `interval`: the pause between two checks of what raises no event; zero: none.
pub fn watch_until_finding(instance: &Instance, lock: &WatcherLock, master: Identity, interval: Duration) -> Option<Finding> {
    let Some(mut watcher) = Watcher::new(instance, master, interval) else {
        return lock.is_responsible(instance).then_some(Finding::Ended(None));
    };
    loop {
        // Until the next reason it needs little of its program.
        process::release_program_pages();
        let Some(kind) = watcher.await_reason() else { break };
        match watcher.look(kind) {
            Answer::Ended => break,
            Answer::Fine => {}
            // A start or stop under way may be why.
            Answer::Failed(_) if !lock.is_responsible(instance) => return None,
            Answer::Failed(_) if watcher.master.ends_within(CONFIRM_DELAY) => {}
            Answer::Failed(_) => {
                if let Answer::Failed(failure) = watcher.look(kind) {
                    return lock.is_responsible(instance).then_some(Finding::Failed(failure, kind));
                }
            }
        }
    }
    lock.is_responsible(instance).then(|| watcher.ended())
}

/// Whether a check with the timeout of a monitor finds a failure.
pub fn fails(kind: CheckKind, timeout: Duration) -> bool {
    check(kind, timeout, None).is_some()
}

/// Runs one check in a process of its own; the failure that it finds. No answer in time, or before the end of `master`, is no failure.
fn check(kind: CheckKind, timeout: Duration, master: Option<&Handle>) -> Option<Failure> {
    let agent = Command::new(std::env::current_exe().ok()?).arg(LOOK_ARGUMENT);
    let running = agent.arg(timeout.as_millis().to_string()).args(kind.words()).begin().ok()?;
    let deadline = Deadline::after(timeout.saturating_add(CHECK_MARGIN));
    while let Some(handle) = running.handle().filter(|handle| !handle.has_ended()) {
        let awaited: Vec<&Handle> = [handle].into_iter().chain(master).collect();
        if deadline.expired() || events::wait(&[], &awaited, deadline).1[1..].contains(&true) {
            return None;
        }
    }
    let (status, output) = running.finish()?;
    serde_json::from_str(&output).ok().filter(|_| status.success())
}

struct Watcher {
    master: Handle,
    /// qmgr and pickup, as far as they run.
    workers: Vec<Handle>,
    sources: Vec<(Reason, Source)>,
    /// When to check next, for each kind of check; None: no reason to.
    state_check_at: Option<Deadline>,
    config_check_at: Option<Deadline>,
    endpoint_check_at: Option<Deadline>,
    /// No check of the state before this.
    earliest_state_check: Deadline,
    /// The pause between two checks of endpoints.
    interval: Duration,
    /// How many of those there have been.
    endpoint_checks: usize,
    /// When the master runs again before this, it is busy.
    busy_until: Deadline,
    /// Until then it does not matter that it runs.
    activity_ignored_until: Deadline,
    /// The most workers that ran at the same time.
    most_workers_seen: usize,
    /// Until then more of them may be started for the first time.
    startup_grace_end: Deadline,
    /// How long to wait for a missing worker before the next check.
    missing_worker_delay: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    State,
    Configuration,
    Activity,
}

impl Watcher {
    /// None when the master has ended.
    fn new(instance: &Instance, master: Identity, interval: Duration) -> Option<Watcher> {
        let (now, master) = (Deadline::after(Duration::ZERO), Handle::open(master)?);
        // To open a file on storage of another host could block the watcher. What is not watched because of that, or because this kernel
        // cannot, is found by the checks at intervals.
        let mounts = mount::all();
        let is_local = |path: &&Path| mount::is_local(path, &mounts);
        let queue = Memory::recall(instance).master.map(|known| known.queue);
        let errors = queue.as_deref().filter(is_local).and_then(|queue| Source::errors(queue).ok());
        let directory = Some(instance.config_dir.as_path()).filter(is_local);
        let files = directory.and_then(|directory| Source::files(directory, vec!["main.cf", "master.cf"]).ok());
        let sources = [
            (Reason::State, Source::mounts().ok()),
            (Reason::State, errors),
            (Reason::State, Source::addresses().ok()),
            (Reason::Configuration, files),
            (Reason::Activity, Source::activity(master.id.pid).ok()),
        ];
        let mut watcher = Watcher {
            master,
            workers: Vec::new(),
            sources: sources.into_iter().filter_map(|(reason, source)| Some((reason, source?))).collect(),
            state_check_at: None,
            config_check_at: None,
            endpoint_check_at: (!interval.is_zero()).then(|| Deadline::after(interval)),
            earliest_state_check: now,
            interval,
            endpoint_checks: 0,
            busy_until: now,
            activity_ignored_until: now,
            most_workers_seen: 0,
            startup_grace_end: Deadline::after(STARTUP_GRACE),
            missing_worker_delay: MIN_CHECK_INTERVAL,
        };
        watcher.find_workers();
        Some(watcher)
    }

    /// Waits until there is something to look at; None when the master has ended.
    fn await_reason(&mut self) -> Option<CheckKind> {
        loop {
            if let Some(kind) = self.due() {
                return Some(kind);
            }
            let is_muted = !self.activity_ignored_until.expired();
            let awaited = |reason: Reason| reason != Reason::Activity || !is_muted;
            let heard: Vec<&(Reason, Source)> = self.sources.iter().filter(|(reason, _)| awaited(*reason)).collect();
            let sources: Vec<&Source> = heard.iter().map(|(_, source)| source).collect();
            let processes: Vec<&Handle> = std::iter::once(&self.master).chain(&self.workers).collect();
            let (changed, ended) = events::wait(&sources, &processes, self.next(is_muted));
            if ended[0] {
                return None;
            }
            let has_changed =
                |wanted: Reason| heard.iter().zip(&changed).any(|((reason, _), changed)| *changed && *reason == wanted);
            let [state, configuration, activity] = [Reason::State, Reason::Configuration, Reason::Activity].map(has_changed);
            if state || ended[1..].contains(&true) {
                self.look_soon(SETTLE_TIME);
            }
            if configuration {
                self.config_check_at = Some(Deadline::after(EDIT_SETTLE_TIME));
            }
            if activity {
                self.note_activity();
            }
            if ended[1..].contains(&true) || activity && (self.is_incomplete() || !self.startup_grace_end.expired()) {
                self.find_workers();
            }
        }
    }

    /// What is to be looked at now.
    fn due(&mut self) -> Option<CheckKind> {
        let is_due = |deadline: &mut Option<Deadline>| deadline.take_if(|deadline| deadline.expired()).is_some();
        if is_due(&mut self.state_check_at) {
            Some(CheckKind::State)
        } else if is_due(&mut self.config_check_at) {
            Some(CheckKind::Configuration)
        } else if is_due(&mut self.endpoint_check_at) {
            self.endpoint_checks += 1;
            Some(CheckKind::NextEndpoint(self.endpoint_checks))
        } else {
            None
        }
    }

    /// When to wake up without a reason.
    fn next(&self, is_muted: bool) -> Deadline {
        let unmute = is_muted.then_some(self.activity_ignored_until);
        let all = [self.state_check_at, self.config_check_at, self.endpoint_check_at, unmute];
        all.into_iter().flatten().min().unwrap_or(Deadline::after(Duration::MAX))
    }

    fn look_soon(&mut self, after: Duration) {
        let soon = Deadline::after(after).max(self.earliest_state_check);
        self.state_check_at = Some(self.state_check_at.map_or(soon, |before| before.min(soon)));
    }

    /// The master has run, or was stopped. One that runs twice within [`STOP_CHECK_INTERVAL`] is busy: that it runs is ignored for that time, then
    /// it is checked again whether it is stopped.
    fn note_activity(&mut self) {
        if stat(self.master.id.pid).is_some_and(|s| s.is_stopped()) {
            self.look_soon(Duration::ZERO);
        }
        let is_busy = !self.busy_until.expired();
        if is_busy {
            self.activity_ignored_until = Deadline::after(STOP_CHECK_INTERVAL);
        }
        self.busy_until = Deadline::after(if is_busy { 2 * STOP_CHECK_INTERVAL } else { STOP_CHECK_INTERVAL });
    }

    /// Finds qmgr and pickup; while one is missing the state is checked again, at growing intervals.
    fn find_workers(&mut self) {
        let all = children(self.master.id.pid).into_iter().filter_map(stat).filter(health::is_qmgr_or_pickup);
        self.workers = all.filter_map(|s| Handle::open(s.id)).collect();
        self.most_workers_seen = self.most_workers_seen.max(self.workers.len());
        if !self.is_incomplete() {
            self.missing_worker_delay = MIN_CHECK_INTERVAL;
        }
    }

    /// Whether a worker is missing that was there.
    fn is_incomplete(&self) -> bool {
        self.workers.len() < self.most_workers_seen
    }

    /// Has a process look, and waits for what it finds.
    fn look(&mut self, kind: CheckKind) -> Answer {
        let failure = check(kind, CHECK_TIMEOUT, Some(&self.master));
        self.earliest_state_check = Deadline::after(MIN_CHECK_INTERVAL);
        if matches!(kind, CheckKind::NextEndpoint(_)) {
            self.endpoint_check_at = Some(Deadline::after(self.interval));
        }
        if self.is_incomplete() || !self.startup_grace_end.expired() {
            self.find_workers();
        }
        if self.is_incomplete() {
            self.look_soon(self.missing_worker_delay);
            self.missing_worker_delay = (self.missing_worker_delay * 2).min(MAX_CHECK_INTERVAL);
        }
        match failure {
            _ if self.master.has_ended() => Answer::Ended,
            Some(failure) => Answer::Failed(failure),
            None => Answer::Fine,
        }
    }

    /// How the master has ended.
    fn ended(&self) -> Finding {
        // The exit status is there only when its parent has waited for it.
        let status = Deadline::after(SETTLE_TIME).poll(Duration::from_millis(1), || self.master.exit_status());
        Finding::Ended(status.map(process::describe_end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_check_is_read_as_it_was_written() {
        for kind in [CheckKind::State, CheckKind::Configuration, CheckKind::NextEndpoint(7)] {
            assert_eq!(CheckKind::parse(&kind.words()), Some(kind));
        }
        for words in [&["state", "1"][..], &["turn"], &["turn", "x"], &[], &["stat"]] {
            assert_eq!(CheckKind::parse(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()), None);
        }
    }
}
