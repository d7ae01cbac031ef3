//! A checklist that a person reads from top to bottom, and a program as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::mem::discriminant;

use serde::{Deserialize, Serialize};

use super::super::padded;
use crate::postfix::fault::Fault;
use crate::text::{self, Text};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    Warning,
    Error,
}

impl Level {
    fn word(self) -> Text {
        match self {
            Level::Ok => text::level_ok(),
            Level::Warning => text::level_warning(),
            Level::Error => text::level_error(),
        }
    }
}

/// One check: what was found, what was wanted, what to do (empty when there is nothing to do).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub section: Text,
    pub check: Text,
    pub level: Level,
    pub found: Text,
    pub wanted: Text,
    pub todo: Text,
}

/// What has come of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    level: Level,
    found: Text,
    todo: Text,
}

pub fn fine(found: Text) -> CheckResult {
    CheckResult { level: Level::Ok, found, todo: Text::default() }
}

pub fn warning(found: Text, todo: Text) -> CheckResult {
    CheckResult { level: Level::Warning, found, todo }
}

pub fn error(found: Text, todo: Text) -> CheckResult {
    CheckResult { level: Level::Error, found, todo }
}

/// A fault of Postfix brings its own advice.
impl From<Fault> for CheckResult {
    fn from(fault: Fault) -> CheckResult {
        error(Text::verbatim(&fault), Text::verbatim(fault.message.remedy()))
    }
}

/// What can be compared between servers. Programs know it by its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Fact {
    /// Of a file or table.
    Content(String),
    /// The uid of mail_owner, and of which name.
    OwnerId(String),
    /// The gid of setgid_group, and of which name.
    GroupId(String),
    /// By which name others know the server; what only one server may have.
    Name(String),
    /// The file of a table.
    Opened(String),
    /// Of a parameter in main.cf.
    Value(String),
    /// Of a program.
    Version(String),
    /// What another version of postkeeper knows, by its whole key.
    Other(String),
}

type FromName = fn(String) -> Fact;

/// What the keys begin with, and what they say.
const KEYS: [(&str, FromName); 7] = [
    ("content of ", Fact::Content),
    ("numeric id of mail_owner ", Fact::OwnerId),
    ("numeric id of setgid_group ", Fact::GroupId),
    ("name on ", Fact::Name),
    ("file opened for ", Fact::Opened),
    ("value of ", Fact::Value),
    ("version of ", Fact::Version),
];

impl From<String> for Fact {
    fn from(key: String) -> Fact {
        let found = KEYS.iter().find_map(|(prefix, fact)| Some(fact(key.strip_prefix(prefix)?.to_owned())));
        found.unwrap_or(Fact::Other(key))
    }
}

impl From<Fact> for String {
    fn from(fact: Fact) -> String {
        let is_its_own = |(_, of_name): &&(&str, FromName)| discriminant(&of_name(String::new())) == discriminant(&fact);
        let prefix = KEYS.iter().find(is_its_own).map_or("", |(prefix, _)| prefix);
        let (Fact::Content(name)
        | Fact::OwnerId(name)
        | Fact::GroupId(name)
        | Fact::Name(name)
        | Fact::Opened(name)
        | Fact::Value(name)
        | Fact::Version(name)
        | Fact::Other(name)) = fact;
        format!("{prefix}{name}")
    }
}

impl Fact {
    pub fn words(&self) -> Text {
        match self {
            Fact::Content(name) => text::content_of(name),
            Fact::OwnerId(name) => text::numeric_id_of(format_args!("mail_owner {name}")),
            Fact::GroupId(name) => text::numeric_id_of(format_args!("setgid_group {name}")),
            Fact::Name(_) => text::name_for_nfs_servers(),
            Fact::Opened(name) => text::file_opened_for(name),
            Fact::Value(name) => text::value_of(name),
            Fact::Version(name) => text::version_of(name),
            Fact::Other(key) => Text::verbatim(key),
        }
    }
}

/// All checks of one server, or of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The server, or the cluster as a whole.
    pub about: Text,
    pub items: Vec<Item>,
    /// What is compared between servers: names and values.
    pub facts: BTreeMap<Fact, String>,
    #[serde(skip)]
    section: Text,
}

impl Report {
    pub fn new(about: Text) -> Report {
        Report { about, ..Report::default() }
    }

    /// What comes next is about something else.
    pub fn section(&mut self, name: Text) {
        self.section = name;
    }

    pub fn put(&mut self, check: Text, wanted: Text, verdict: impl Into<CheckResult>) {
        let CheckResult { level, found, todo } = verdict.into();
        self.items.push(Item { section: self.section.clone(), check, level, found, wanted, todo });
    }

    /// A check whose failure is a fault.
    pub fn judge(&mut self, check: Text, wanted: Text, result: Result<Text, Fault>) {
        self.put(check, wanted, result.map_or_else(CheckResult::from, fine));
    }

    pub fn fact(&mut self, fact: Fact, value: impl Into<String>) {
        self.facts.insert(fact, value.into());
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
            writeln!(f, "{}: {}", self.about, part[0].section)?;
            for item in part {
                let word = padded(item.level.word().as_str(), 8);
                writeln!(f, "  {word} {}: {}", item.check, item.found)?;
                if item.level != Level::Ok {
                    writeln!(f, "{:11}{}", "", text::expected(&item.wanted))?;
                    writeln!(f, "{:11}{}", "", text::what_to_do(&item.todo))?;
                }
            }
        }
        Ok(())
    }
}
