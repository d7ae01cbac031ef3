//! The tool as an interface for programs: the events that a verb prints with `--format json`, one line each (docs/interface.md).
//!
//! Names and states are words of the interface and stay as they are; what is for a person (remarks, plans, advice) is in the
//! person's language. [`VERSION`] rises when a field changes its meaning or goes; new ones may come at any time.

use std::os::fd::AsFd;

use serde::{Serialize, Serializer};

use super::Refusal;
use super::exit::Exit;
use super::japanese::said;
use crate::cluster::plan::{Outlook, Plan};
use crate::postfix::fault::Message;
use crate::system::deadline::Deadline;
use crate::system::notice::Notice;

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
        #[serde(serialize_with = "in_language")]
        title: String,
        /// The changes, as `--dry-run` shows them; the cluster does its part between two phases.
        phases: Vec<Vec<String>>,
        /// What the cluster will do.
        actions: Vec<String>,
        /// What else would stop or move: only with --force.
        disturbs: Vec<String>,
        notes: Vec<String>,
        /// There is nothing to change.
        empty: bool,
        /// What it is about, by the names of the options: values that were not given, too.
        subject: std::collections::BTreeMap<&'static str, String>,
    },
    /// How far it is.
    Progress {
        #[serde(serialize_with = "in_language")]
        text: String,
    },
    /// It has ended.
    End {
        /// As the exit code of the program.
        exit: u8,
        #[serde(serialize_with = "in_language")]
        text: String,
    },
    /// It was refused, or has failed.
    Error {
        exit: u8,
        /// The number of the message in LifeKeeper's kit.
        message: Option<u8>,
        #[serde(serialize_with = "in_language")]
        text: String,
        #[serde(serialize_with = "in_language")]
        advice: Vec<String>,
        /// The option that it is about.
        field: Option<&'static str>,
    },
}

/// Prints an event; false when nobody reads any more.
pub fn emit(event: Event) -> bool {
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
            text: refusal.what().to_owned(),
            advice: refusal.advice().to_vec(),
            field: refusal.field.or_else(|| refusal.message.and_then(field_of)),
        },
        None => {
            let told = format!("{error:#}");
            let mut lines = told.lines().map(str::to_owned);
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

/// What is for a person, in the person's language.
///
/// # Errors
/// As the serializer's.
pub fn in_language<T: InLanguage, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.in_language().serialize(serializer)
}

/// A text, or several.
pub trait InLanguage {
    fn in_language(&self) -> impl Serialize;
}

impl InLanguage for String {
    fn in_language(&self) -> impl Serialize {
        said(self)
    }
}

impl InLanguage for Vec<String> {
    fn in_language(&self) -> impl Serialize {
        self.iter().map(|text| said(text)).collect::<Vec<_>>()
    }
}

impl InLanguage for Option<String> {
    fn in_language(&self) -> impl Serialize {
        self.as_deref().map(said)
    }
}

impl InLanguage for Option<&'static str> {
    fn in_language(&self) -> impl Serialize {
        self.map(said)
    }
}
