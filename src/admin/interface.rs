//! The tool as an interface for programs: the events that a verb prints with `--format json`, one line each (docs/interface.md).
//!
//! Names and states are words of the interface and stay as they are; what is for a person (remarks, plans, advice) is in the
//! person's language. [`VERSION`] rises when a field changes its meaning or goes; new ones may come at any time.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::Mutex;

use serde::Serialize;

use super::{Exit, Refusal};
use crate::cluster::plan::{Forecast, Format, Plan, action_words};
use crate::postfix::fault::Message;
use crate::system::deadline::Deadline;
use crate::system::notice::Notice;
use crate::text::{self, Text};

/// The version of everything that is printed for programs.
pub const VERSION: u32 = 1;

/// One line of what a verb prints.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    version: u32,
    #[serde(flatten)]
    event: Event,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// What would be done, or is about to be.
    Plan {
        title: Text,
        /// The changes, as `--dry-run` shows them; the cluster does its part between two phases.
        phases: Vec<Vec<Text>>,
        /// What the cluster will do.
        actions: Vec<Text>,
        /// What else would stop or move: only with --force.
        disturbs: Vec<Text>,
        notes: Vec<Text>,
        /// There is nothing to change.
        empty: bool,
        /// What it is about, by the names of the options: values that were not given, too.
        subject: BTreeMap<&'static str, String>,
    },
    /// How far it is.
    Progress { text: Text },
    /// It has ended.
    End {
        /// As the exit code of the program.
        exit: u8,
        text: Text,
    },
    /// It was refused, or has failed.
    Error {
        exit: u8,
        /// The number of the message in LifeKeeper's kit.
        message: Option<u8>,
        text: Text,
        advice: Vec<Text>,
        /// The option that it is about.
        field: Option<&'static str>,
    },
}

/// A verb that speaks to a program.
#[derive(Debug, Default)]
struct Session {
    /// The plan is all that is wanted.
    only_shown: bool,
    planned: bool,
    /// What is said at the end.
    said: Vec<Text>,
    /// What was said on the way, last.
    noted: Text,
}

static SESSION: Mutex<Option<Session>> = Mutex::new(None);

fn session<T>(work: impl FnOnce(&mut Session) -> T) -> Option<T> {
    SESSION.lock().ok()?.as_mut().map(work)
}

/// From now on everything is said to a program, when that is what the options want.
pub fn begin(format: Format, dry_run: bool) {
    if format == Format::Json
        && let Ok(mut session) = SESSION.lock()
    {
        *session = Some(Session { only_shown: dry_run, ..Session::default() });
    }
}

/// Nothing more is said to it: somebody else has said all.
pub fn leave() {
    if let Ok(mut session) = SESSION.lock() {
        *session = None;
    }
}

/// Whether a program reads what is said.
pub fn is_wanted() -> bool {
    session(|_| ()).is_some()
}

/// Keeps for the end what a verb has to say; false when a person reads it.
pub fn say(text: &Text) -> bool {
    session(|s| s.said.push(text.clone())).is_some()
}

/// Tells the program how far the verb is; false when a person reads it.
pub fn note(text: &Text) -> bool {
    let known = session(|s| s.noted.clone_from(text)).is_some();
    if known {
        emit(Event::Progress { text: text.clone() });
    }
    known
}

/// Tells the program what would be done.
pub fn plan(title: &Text, plan: &Plan, forecast: &Forecast) {
    let one = |at: usize| Plan {
        phases: vec![plan.phases[at].clone()],
        forgiven: if at == 0 { plan.forgiven.clone() } else { Vec::new() },
        ..Plan::default()
    };
    session(|s| s.planned = true);
    emit(Event::Plan {
        title: title.clone(),
        phases: (0..plan.phases.len()).map(|at| one(at).words()).filter(|lines| !lines.is_empty()).collect(),
        actions: action_words(&forecast.actions),
        disturbs: action_words(&forecast.disturbing),
        notes: plan.notes.clone(),
        empty: plan.is_empty(),
        subject: plan.subject.iter().cloned().collect(),
    });
}

/// Tells the program how the verb has ended.
pub fn end(result: &anyhow::Result<Exit>) {
    let Some((shown, text)) = session(|s| {
        let text = if s.said.is_empty() { s.noted.clone() } else { text::lines(s.said.clone()) };
        (s.only_shown && s.planned, text)
    }) else {
        return;
    };
    match result {
        Ok(_) if shown => {}
        Ok(exit) => drop(emit(Event::End { exit: *exit as u8, text })),
        Err(error) => {
            let _ = serde_json::to_string(&problem(error)).is_ok_and(|line| super::print(&line).unwrap_or(false));
        }
    }
}

/// Prints an event; false when nobody reads any more.
fn emit(event: Event) -> bool {
    let line = Line { version: VERSION, event };
    serde_json::to_string(&line).is_ok_and(|text| super::print(&text).unwrap_or(false))
}

/// An error as the event that it is for programs.
pub fn problem(error: &anyhow::Error) -> Line {
    let exit = super::exit_of(error) as u8;
    let event = match error.downcast_ref::<Refusal>() {
        Some(refusal) => Event::Error {
            exit,
            message: refusal.message.and_then(Message::number),
            text: refusal.what().clone(),
            advice: refusal.advice().to_vec(),
            field: refusal.field.or_else(|| refusal.message.and_then(field_of)),
        },
        None => {
            let told = format!("{error:#}");
            let mut lines = told.lines().map(Text::verbatim);
            Event::Error { exit, message: None, text: lines.next().unwrap_or_default(), advice: lines.collect(), field: None }
        }
    };
    Line { version: VERSION, event }
}

/// The option of create that a message is about.
fn field_of(message: Message) -> Option<&'static str> {
    use Message::*;
    match message {
        NoConfigPath | MainCfNotFound | MasterCfNotFound | ConfigMissing | ConfigUnreadable | ServicesUnreadable
        | BadInterface => Some("config_dir"),
        NoExecutePath | CommandInvalid | NotExecutable => Some("binary_dir"),
        QueueNotFound | QueueDisagrees | QueueOwner => Some("queue_dir"),
        _ => None,
    }
}

/// Waits until the cluster has written to its log, or the deadline; false when nobody reads what we print any more.
pub fn wait(notice: Option<&Notice>, deadline: Deadline) -> bool {
    let output = std::io::stdout();
    match notice {
        Some(notice) => drop(notice.wait(output.as_fd(), deadline)),
        None => std::thread::sleep(UNTOLD.min(deadline.remaining())),
    }
    !crate::system::notice::is_closed(output.as_fd())
}

/// How often to look where the cluster's log cannot be listened to.
const UNTOLD: std::time::Duration = std::time::Duration::from_secs(2);
