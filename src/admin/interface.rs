//! The interface for programs: the events that a verb prints with `--format json`, one line each (docs/interface.md).
//!
//! Names and states are keywords and never translated; texts for users (notes, plans, remedies) are in the user's language.
//! [`VERSION`] rises when a field is removed or changes its meaning; new fields may be added at any time.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::Mutex;

use clap::ValueEnum;
use serde::Serialize;

use super::{Exit, Refusal};
use crate::cluster::cib::Cib;
use crate::cluster::pacemaker::ClusterError;
use crate::cluster::plan::{Forecast, Plan, action_words};
use crate::postfix::fault::Message;
use crate::system::deadline::Deadline;
use crate::system::directory::DirectoryWatch;
use crate::text::{self, Text};

/// The version of all output for programs.
pub const VERSION: u32 = 1;

/// What a verb prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    #[value(help = text::help_format_text())]
    Text,
    #[value(help = text::help_format_xml())]
    Xml,
    #[value(help = text::help_format_pcs())]
    Pcs,
    #[value(help = text::help_format_crm())]
    Crm,
    // Events, one line each.
    #[value(help = text::help_format_json())]
    Json,
}

impl Format {
    /// Whether the plan is only printed, for another program to carry it out.
    pub fn is_print(self) -> bool {
        !matches!(self, Format::Text | Format::Json)
    }

    /// The plan for another program; None when this one carries it out.
    pub fn show(self, plan: &Plan, cib: &Cib) -> Result<Option<String>, ClusterError> {
        Ok(match self {
            Format::Text | Format::Json => None,
            Format::Xml => Some(plan.xml(cib)?),
            Format::Pcs => Some(plan.pcs()),
            Format::Crm => Some(plan.crm()),
        })
    }
}

/// One line of output.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    version: u32,
    #[serde(flatten)]
    event: Event,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// The plan.
    Plan {
        title: Text,
        /// The changes, as `--dry-run` shows them; between two phases the cluster reacts.
        phases: Vec<Vec<Text>>,
        /// The cluster's actions.
        actions: Vec<Text>,
        /// Other resources that would stop or move: needs --force.
        disturbs: Vec<Text>,
        notes: Vec<Text>,
        /// Whether there is nothing to change.
        empty: bool,
        /// The values of the options, also of those that were not given.
        subject: BTreeMap<&'static str, String>,
    },
    /// Progress.
    Progress { text: Text },
    /// Finished.
    End {
        /// The exit code of the program.
        exit: u8,
        text: Text,
    },
    /// Refused or failed.
    Error {
        exit: u8,
        /// The number of the message in LifeKeeper's kit.
        message: Option<u8>,
        text: Text,
        advice: Vec<Text>,
        /// The option that it concerns.
        field: Option<&'static str>,
    },
}

/// The state of a verb with `--format json`.
#[derive(Debug, Default)]
struct Session {
    /// Whether only the plan is requested.
    is_dry_run: bool,
    planned: bool,
    /// The final text.
    output: Vec<Text>,
    /// The last progress text.
    progress: Text,
}

static SESSION: Mutex<Option<Session>> = Mutex::new(None);

fn session<T>(work: impl FnOnce(&mut Session) -> T) -> Option<T> {
    SESSION.lock().ok()?.as_mut().map(work)
}

/// Switches to output for programs, if the options say so.
pub fn begin(format: Format, dry_run: bool) {
    if format == Format::Json
        && let Ok(mut session) = SESSION.lock()
    {
        *session = Some(Session { is_dry_run: dry_run, ..Session::default() });
    }
}

/// Ends output for programs: another process has printed it all.
pub fn leave() {
    if let Ok(mut session) = SESSION.lock() {
        *session = None;
    }
}

/// Whether output is for a program.
pub fn is_wanted() -> bool {
    session(|_| ()).is_some()
}

/// Stores the final text of a verb; false when output is for a user.
pub fn output(text: &Text) -> bool {
    session(|s| s.output.push(text.clone())).is_some()
}

/// Stores why a verb has failed, before the rest of its final text; false when output is for a user.
pub fn explain(text: &Text) -> bool {
    session(|s| s.output.insert(0, text.clone())).is_some()
}

/// Prints progress for a program; false when output is for a user.
pub fn progress(text: &Text) -> bool {
    let known = session(|s| s.progress.clone_from(text)).is_some();
    if known {
        emit(Event::Progress { text: text.clone() });
    }
    known
}

/// Prints the plan for a program.
pub fn plan(title: &Text, plan: &Plan, forecast: &Forecast) {
    session(|s| s.planned = true);
    emit(Event::Plan {
        title: title.clone(),
        phases: plan.words().into_iter().filter(|lines| !lines.is_empty()).collect(),
        actions: action_words(&forecast.actions),
        disturbs: action_words(&forecast.disturbing),
        notes: plan.notes.clone(),
        empty: plan.is_empty(),
        subject: plan.subject.iter().cloned().collect(),
    });
}

/// Prints an empty plan for a program, and why it is empty.
pub fn nothing_to_do(title: &Text, why: &Text) {
    if is_wanted() {
        plan(title, &Plan { notes: vec![why.clone()], ..Plan::default() }, &Forecast::default());
    }
}

/// Prints the result for a program.
pub fn end(result: &anyhow::Result<Exit>) {
    let Some((is_only_plan, text)) = session(|s| {
        let text = if s.output.is_empty() { s.progress.clone() } else { text::lines(s.output.clone()) };
        (s.is_dry_run && s.planned, text)
    }) else {
        return;
    };
    match result {
        Ok(_) if is_only_plan => {}
        Ok(exit) => emit(Event::End { exit: *exit as u8, text }),
        Err(error) => print_line(&problem(error)),
    }
}

/// Prints an event. That the reader has closed the pipe is no error: the work goes on.
fn emit(event: Event) {
    print_line(&Line { version: VERSION, event });
}

fn print_line(line: &Line) {
    let _ = serde_json::to_string(line).map(|text| super::print(&text));
}

/// An error as an event.
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
            let text = format!("{error:#}");
            let mut lines = text.lines().map(Text::verbatim);
            Event::Error { exit, message: None, text: lines.next().unwrap_or_default(), advice: lines.collect(), field: None }
        }
    };
    Line { version: VERSION, event }
}

/// The option of create that a message concerns.
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

/// Waits until the cluster has written to its log, or the deadline; false when the reader of our output has closed the pipe.
pub fn wait(watch: Option<&DirectoryWatch>, deadline: Deadline) -> bool {
    let output = std::io::stdout();
    match watch {
        Some(watch) => drop(watch.wait(output.as_fd(), deadline)),
        None => std::thread::sleep(POLL_INTERVAL.min(deadline.remaining())),
    }
    !crate::system::directory::is_closed(output.as_fd())
}

/// Poll interval when the cluster's log cannot be watched.
const POLL_INTERVAL: std::time::Duration = std::time::Duration::from_secs(2);
