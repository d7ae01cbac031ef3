//! A checklist that a person reads from top to bottom, and a program as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::{japanese::said, padded};
use crate::postfix::fault::Fault;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    Warning,
    Error,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Error => "ERROR",
        }
    }
}

/// One check: what was found, what was wanted, what to do (empty when there is nothing to do).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub section: String,
    pub check: String,
    pub level: Level,
    pub found: String,
    pub wanted: String,
    pub todo: String,
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    level: Level,
    found: String,
    todo: String,
}

pub fn fine(found: impl Into<String>) -> Verdict {
    Verdict { level: Level::Ok, found: found.into(), todo: String::new() }
}

pub fn warning(found: impl Into<String>, todo: impl Into<String>) -> Verdict {
    Verdict { level: Level::Warning, found: found.into(), todo: todo.into() }
}

pub fn error(found: impl Into<String>, todo: impl Into<String>) -> Verdict {
    Verdict { level: Level::Error, found: found.into(), todo: todo.into() }
}

/// A fault of Postfix brings its own advice.
impl From<Fault> for Verdict {
    fn from(fault: Fault) -> Verdict {
        error(fault.to_string(), fault.message.remedy())
    }
}

/// All checks of one server, or of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The server, or the cluster as a whole.
    pub about: String,
    pub items: Vec<Item>,
    /// What must be the same on every server: names and values.
    pub facts: BTreeMap<String, String>,
    #[serde(skip)]
    section: String,
}

impl Report {
    pub fn new(about: impl Into<String>) -> Report {
        Report { about: about.into(), ..Report::default() }
    }

    /// What comes next is about something else.
    pub fn section(&mut self, name: &str) {
        name.clone_into(&mut self.section);
    }

    pub fn put(&mut self, check: impl Into<String>, wanted: impl Into<String>, verdict: impl Into<Verdict>) {
        let Verdict { level, found, todo } = verdict.into();
        self.items.push(Item { section: self.section.clone(), check: check.into(), level, found, wanted: wanted.into(), todo });
    }

    /// A check whose failure is a fault.
    pub fn judge(&mut self, check: &str, wanted: &str, result: Result<String, Fault>) {
        self.put(check, wanted, result.map_or_else(Verdict::from, fine));
    }

    pub fn fact(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.facts.insert(name.into(), value.into());
    }

    pub fn worst(&self) -> Level {
        self.items.iter().map(|i| i.level).max().unwrap_or(Level::Ok)
    }

    pub fn count(&self, level: Level) -> usize {
        self.items.iter().filter(|i| i.level == level).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.items.chunk_by(|a, b| a.section == b.section) {
            writeln!(f, "{}: {}", said(&self.about), said(&part[0].section))?;
            for item in part {
                let word = padded(&said(item.level.word()), 8);
                writeln!(f, "  {word} {}: {}", said(&item.check), said(&item.found))?;
                if item.level != Level::Ok {
                    writeln!(f, "{:11}{}", "", said(&format!("wanted: {}", item.wanted)))?;
                    writeln!(f, "{:11}{}", "", said(&format!("do: {}", item.todo)))?;
                }
            }
        }
        Ok(())
    }
}
