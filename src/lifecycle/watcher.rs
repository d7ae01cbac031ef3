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

use std::path::Path;
use std::time::Duration;

use super::watch::Post;
use crate::health;
use crate::postfix::Instance;
use crate::postfix::memory::Memory;
use crate::system::command::Command;
use crate::system::deadline::Deadline;
use crate::system::events::{self, Source};
use crate::system::mount;
use crate::system::process::{self, Handle, Identity, children, stat};

/// The agent's argument that makes it the look of a watcher, before those of a [`Question`].
pub const WORD: &str = "--look";

/// How long what belongs together may take to happen (a group stops, a link goes down): one look is enough for it.
const SETTLE_TIME: Duration = Duration::from_millis(50);

/// How long nobody must have edited the configuration before it is looked at.
const EDIT_SETTLE_TIME: Duration = Duration::from_secs(1);

/// How far two looks for the same kind of reason are apart, at the least.
const MIN_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// After how long a fault has to be there still.
const CONFIRM_DELAY: Duration = Duration::from_millis(500);

/// A master that is busy is asked no more often than this whether it is stopped.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// How long a look may take: somewhat longer than it gives itself.
const CHECK_TIMEOUT: Duration = Duration::from_secs(30);

/// How long after a start the master may take to start the daemons that it always has.
const STARTUP_GRACE: Duration = Duration::from_secs(10);

/// While a daemon is missing without which mail would wait, mail may come: the longest time between two looks.
const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(64);

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// What a monitor of level 0 looks at.
    State,
    /// What a monitor of level 10 looks at.
    Configuration,
    /// As `State`, then the greeting of one endpoint, the next one each time.
    Turn(usize),
}

impl Question {
    /// As the words of a command line.
    fn words(self) -> Vec<String> {
        match self {
            Question::State => vec!["state".to_owned()],
            Question::Configuration => vec!["configuration".to_owned()],
            Question::Turn(number) => vec!["turn".to_owned(), number.to_string()],
        }
    }

    /// What these words ask for.
    pub fn parse(words: &[String]) -> Option<Question> {
        match words {
            [word] if word == "state" => Some(Question::State),
            [word] if word == "configuration" => Some(Question::Configuration),
            [word, number] if word == "turn" => number.parse().ok().map(Question::Turn),
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
}

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The master has ended and nobody wanted that; how, where the kernel says it.
    Ended(Option<String>),
    /// Two looks in a row have called it failed.
    Failed(Failure, Question),
}

/// What has come of a look.
enum Answer {
    /// Nothing failed, or it could not be told.
    Fine,
    Failed(Failure),
    Ended,
}

/// Is the watcher of `master`: returns when there is something to tell; None when the master ended because somebody wanted that.
/// `interval`: how often to look at what raises no event; zero: never.
pub fn attend(instance: &Instance, post: &Post, master: Identity, interval: Duration) -> Option<Finding> {
    let Some(mut watcher) = Watcher::new(instance, master, interval) else {
        return post.is_in_force(instance).then_some(Finding::Ended(None));
    };
    loop {
        // Until the next reason it needs little of its program.
        process::forget_program();
        let question = match watcher.await_reason() {
            Some(question) => question,
            None => return post.is_in_force(instance).then(|| watcher.ended()),
        };
        match watcher.look(question) {
            Answer::Ended => return post.is_in_force(instance).then(|| watcher.ended()),
            Answer::Fine => {}
            Answer::Failed(_) => {
                // A start or stop under way may be why.
                if !post.is_in_force(instance) {
                    return None;
                }
                if watcher.wait_for_end(CONFIRM_DELAY) {
                    continue;
                }
                if let Answer::Failed(failure) = watcher.look(question) {
                    return post.is_in_force(instance).then_some(Finding::Failed(failure, question));
                }
            }
        }
    }
}

/// Has a process look once; whether it finds a failure. Not to get an answer is none.
pub fn fails(question: Question) -> bool {
    let Some(running) = begin_look(question) else { return false };
    if let Some(handle) = running.handle() {
        process::wait_all(std::slice::from_ref(handle), Deadline::after(CHECK_TIMEOUT));
    }
    failure_of(running).is_some()
}

fn begin_look(question: Question) -> Option<crate::system::command::Running> {
    Command::new(std::env::current_exe().ok()?).arg(WORD).args(question.words()).begin().ok()
}

/// What a look that has ended, or is given up, has found.
fn failure_of(running: crate::system::command::Running) -> Option<Failure> {
    if running.handle().is_some_and(|handle| !handle.has_ended()) {
        return None;
    }
    let (status, output) = running.finish()?;
    serde_json::from_str(&output).ok().filter(|_| status.success())
}

struct Watcher {
    master: Handle,
    /// qmgr and pickup, as far as they run.
    workers: Vec<Handle>,
    sources: Vec<(Reason, Source)>,
    /// When to look, and not to look before.
    state: Option<Deadline>,
    configuration: Option<Deadline>,
    turn: Option<Deadline>,
    pause: Deadline,
    interval: Duration,
    /// How many turns there have been.
    turns: usize,
    /// Until when the master counts as busy when it runs again, and until when that is of no interest.
    active: Deadline,
    muted: Deadline,
    /// How many of the workers there have been, and until when more of them may still be about to be started for the first time.
    expected: usize,
    fresh: Deadline,
    /// How long to wait for a worker that is missing before the next look.
    absence: Duration,
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
        // Storage of another host must not keep us. What is not told because of that, or by this kernel, is looked at in turn.
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
            state: None,
            configuration: None,
            turn: (!interval.is_zero()).then(|| Deadline::after(interval)),
            pause: now,
            interval,
            turns: 0,
            active: now,
            muted: now,
            expected: 0,
            fresh: Deadline::after(STARTUP_GRACE),
            absence: MIN_CHECK_INTERVAL,
        };
        watcher.find_workers();
        Some(watcher)
    }

    /// Waits until there is something to look at; None when the master has ended.
    fn await_reason(&mut self) -> Option<Question> {
        loop {
            if let Some(question) = self.due() {
                return Some(question);
            }
            let is_muted = !self.muted.expired();
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
            let (state, configuration, activity) =
                (has_changed(Reason::State), has_changed(Reason::Configuration), has_changed(Reason::Activity));
            if state || ended[1..].contains(&true) {
                self.look_soon(SETTLE_TIME);
            }
            if configuration {
                self.configuration = Some(Deadline::after(EDIT_SETTLE_TIME));
            }
            if activity {
                self.note_activity();
            }
            if ended[1..].contains(&true) || activity && (self.is_incomplete() || !self.fresh.expired()) {
                self.find_workers();
            }
        }
    }

    /// What is to be looked at now.
    fn due(&mut self) -> Option<Question> {
        let is_due = |deadline: &mut Option<Deadline>| deadline.take_if(|deadline| deadline.expired()).is_some();
        if is_due(&mut self.state) {
            Some(Question::State)
        } else if is_due(&mut self.configuration) {
            Some(Question::Configuration)
        } else if is_due(&mut self.turn) {
            self.turns += 1;
            Some(Question::Turn(self.turns))
        } else {
            None
        }
    }

    /// When to wake up without a reason.
    fn next(&self, is_muted: bool) -> Deadline {
        let unmute = is_muted.then_some(self.muted);
        let all = [self.state, self.configuration, self.turn, unmute];
        all.into_iter().flatten().min().unwrap_or(Deadline::after(Duration::MAX))
    }

    fn look_soon(&mut self, after: Duration) {
        let soon = Deadline::after(after).max(self.pause);
        self.state = Some(self.state.map_or(soon, |before| before.min(soon)));
    }

    /// The master has run, or was stopped.
    fn note_activity(&mut self) {
        if stat(self.master.id.pid).is_some_and(|s| s.is_stopped()) {
            self.look_soon(Duration::ZERO);
        }
        let is_busy = !self.active.expired();
        if is_busy {
            self.muted = Deadline::after(STOP_CHECK_INTERVAL);
        }
        self.active = Deadline::after(if is_busy { 2 * STOP_CHECK_INTERVAL } else { STOP_CHECK_INTERVAL });
    }

    /// Finds qmgr and pickup; one that is missing is asked for again and again, ever less often.
    fn find_workers(&mut self) {
        let all = children(self.master.id.pid).into_iter().filter_map(stat).filter(health::is_single);
        self.workers = all.filter_map(|s| Handle::open(s.id)).collect();
        self.expected = self.expected.max(self.workers.len());
        if !self.is_incomplete() {
            self.absence = MIN_CHECK_INTERVAL;
        }
    }

    /// Whether a worker is missing that was there.
    fn is_incomplete(&self) -> bool {
        self.workers.len() < self.expected
    }

    /// Has a process look, and waits for what it finds.
    fn look(&mut self, question: Question) -> Answer {
        let running = begin_look(question);
        if let Some(handle) = running.as_ref().and_then(|running| running.handle()) {
            let deadline = Deadline::after(CHECK_TIMEOUT);
            while !handle.has_ended() && !deadline.expired() {
                if events::wait(&[], &[&self.master, handle], deadline).1[0] {
                    break;
                }
            }
        }
        let failure = running.and_then(failure_of);
        self.pause = Deadline::after(MIN_CHECK_INTERVAL);
        if matches!(question, Question::Turn(_)) {
            self.turn = Some(Deadline::after(self.interval));
        }
        if self.is_incomplete() || !self.fresh.expired() {
            self.find_workers();
        }
        if self.is_incomplete() {
            self.look_soon(self.absence);
            self.absence = (self.absence * 2).min(MAX_CHECK_INTERVAL);
        }
        match failure {
            _ if self.master.has_ended() => Answer::Ended,
            Some(failure) => Answer::Failed(failure),
            None => Answer::Fine,
        }
    }

    /// Waits for that long; whether the master has ended meanwhile.
    fn wait_for_end(&self, time: Duration) -> bool {
        process::wait_all(std::slice::from_ref(&self.master), Deadline::after(time)).is_empty()
    }

    /// How the master has ended.
    fn ended(&self) -> Finding {
        // Whoever is its parent has to hear of it first.
        let status = Deadline::after(SETTLE_TIME).poll(Duration::from_millis(1), || self.master.exit_status());
        Finding::Ended(status.map(process::describe_end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_as_it_was_asked() {
        for question in [Question::State, Question::Configuration, Question::Turn(7)] {
            assert_eq!(Question::parse(&question.words()), Some(question));
        }
        for words in [&["state", "1"][..], &["turn"], &["turn", "x"], &[], &["stat"]] {
            assert_eq!(Question::parse(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()), None);
        }
    }
}
