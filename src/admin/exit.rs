//! Exit codes, and the error with a remedy.

use std::fmt;
use std::process::ExitCode;

use super::help;
use crate::postfix::fault::{Fault, Message};
use crate::text::{self, Text};

/// The exit codes. 2 is clap's: invalid command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    Refused = 3,
    Unknown = 4,
    Unreachable = 5,
    /// Only of status, as the two below.
    OutOfService = 6,
    NotInService = 7,
    Attention = 8,
}

impl Exit {
    /// From the exit code of the tool on another server.
    pub fn from_code(code: u8) -> Exit {
        use Exit::*;
        let all = [Done, Refused, Unknown, Unreachable, OutOfService, NotInService, Attention];
        all.into_iter().find(|exit| *exit as u8 == code).unwrap_or(Exit::Failed)
    }
}

/// The same in the user's language.
pub fn help() -> String {
    help::exit_codes([
        (0, text::exit_done()),
        (1, text::exit_failed()),
        (2, text::exit_not_understood()),
        (3, text::exit_refused()),
        (4, text::exit_unknown()),
        (5, text::exit_unreachable()),
        (6, text::exit_out_of_service()),
        (7, text::exit_not_in_service()),
        (8, text::exit_attention()),
    ])
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why nothing was done, and what to do about it.
#[derive(Debug)]
pub struct Refusal {
    pub exit: Exit,
    /// The fault of Postfix that caused it, if any.
    pub message: Option<Message>,
    /// The option that it concerns.
    pub field: Option<&'static str>,
    what: Text,
    advice: Vec<Text>,
}

impl Refusal {
    /// A check has failed.
    pub fn new(what: Text) -> Refusal {
        Refusal { exit: Exit::Refused, message: None, field: None, what, advice: Vec::new() }
    }

    /// A named object does not exist.
    pub fn unknown(what: Text) -> Refusal {
        Refusal { exit: Exit::Unknown, ..Refusal::new(what) }
    }

    /// Adds the option that it concerns.
    pub fn about(self, field: &'static str) -> Refusal {
        Refusal { field: Some(field), ..self }
    }

    /// What is wrong.
    pub fn what(&self) -> &Text {
        &self.what
    }

    /// The remedies, one a line.
    pub fn advice(&self) -> &[Text] {
        &self.advice
    }

    /// Adds a remedy.
    pub fn advise(mut self, line: Text) -> Refusal {
        self.advice.push(line);
        self
    }
}

/// The error of a failed check, with its remedy.
pub fn refused<T>(what: Text, advice: Text) -> anyhow::Result<T> {
    Err(Refusal::new(what).advise(advice).into())
}

/// A fault of Postfix, with the remedy of its message.
impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        let message = Some(fault.message);
        Refusal { message, ..Refusal::new(Text::verbatim(&fault)) }.advise(Text::verbatim(fault.message.remedy()))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        self.advice.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl std::error::Error for Refusal {}
