//! The messages: everything that can be wrong with one instance of Postfix. Their texts are in locales/.
//!
//! Messages 1 to 21 are the texts that users of LifeKeeper's Postfix Recovery Kit know; those
//! without a number are ours. A [`Fault`] is a message and what was found. Why it happens and what
//! to do next belong to the message, so that the log, the manual and the admin tool say the same.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{self, Language};

/// How many messages are the kit's: the first ones of the catalogue, numbered from 1.
const KIT_MESSAGES: u8 = 21;

include!(concat!(env!("OUT_DIR"), "/messages.en.rs"));
include!(concat!(env!("OUT_DIR"), "/messages.ja.rs"));

impl Message {
    /// The number in the kit; None for messages of our own.
    pub fn number(self) -> Option<u8> {
        Some(self as u8 + 1).filter(|number| *number <= KIT_MESSAGES)
    }

    /// The text, with variable parts in angle brackets.
    pub fn template(self) -> &'static str {
        english(self)[0]
    }

    /// Why it happens, in a sentence.
    pub fn why(self) -> &'static str {
        english(self)[1]
    }

    /// What to do next, in a sentence or two, in the person's language.
    pub fn remedy(self) -> &'static str {
        match text::language() {
            Language::English => english(self)[2],
            Language::Japanese => japanese_message(self)[1],
        }
    }

    /// Why it happens and what to do next, in Japanese.
    pub fn in_japanese(self) -> [&'static str; 2] {
        japanese_message(self)
    }

    /// The message with which a reason of the agent begins; the reason may be truncated (`...` at its end).
    pub fn of_reason(reason: &str) -> Option<Message> {
        Message::ALL.iter().copied().find(|message| message.is_of(reason))
    }

    fn is_of(self, reason: &str) -> bool {
        let template = self.template();
        let (before, after) = match (template.split_once('<'), template.split_once('>')) {
            (Some((before, _)), Some((_, after))) => (before, Some(after)),
            _ => (template, None),
        };
        let Some(rest) = reason.strip_prefix(before) else { return false };
        let ends = |rest: &str| rest.is_empty() || rest.starts_with(": ") || rest == "...";
        let Some(after) = after else { return ends(rest) };
        // The subject may contain the text after it, so try every occurrence.
        let is_whole = rest.match_indices(after).any(|(at, _)| ends(&rest[at + after.len()..]));
        let is_cut = rest.strip_suffix("...").is_some_and(|shown| {
            let shown = shown.trim_end();
            let is_in_the_subject = !before.is_empty() && !shown.contains(": ");
            is_in_the_subject || (8..after.len()).any(|n| after.get(..n).is_some_and(|part| shown.ends_with(part.trim_end())))
        });
        is_whole || is_cut
    }

    /// A fault of this kind, with what was found.
    pub fn found(self, found: impl Into<String>) -> Fault {
        Fault { message: self, subject: String::new(), found: found.into() }
    }

    /// A fault of this kind about `subject`, which replaces the angle brackets.
    pub fn of(self, subject: impl Into<String>, found: impl Into<String>) -> Fault {
        Fault { message: self, subject: subject.into(), found: found.into() }
    }
}

/// A message and what was found. Its Display is the sentence that the user reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub message: Message,
    subject: String,
    pub found: String,
}

impl Fault {
    /// The same fault with another finding.
    pub fn because_of(self, found: impl Into<String>) -> Fault {
        Fault { found: found.into(), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let template = self.message.template();
        match (template.find('<'), template.find('>')) {
            (Some(open), Some(close)) if !self.subject.is_empty() => {
                write!(f, "{}{}{}", &template[..open], self.subject, &template[close + 1..])?
            }
            _ => f.write_str(template)?,
        }
        if self.found.is_empty() { Ok(()) } else { write!(f, ": {}", self.found) }
    }
}

/// What is known of an instance after a look at it, or after an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Healthy,
    /// No process of the instance runs; with a fault if one should.
    Stopped(Option<Fault>),
    /// It serves, but an administrator should look: a restart or another node would not help.
    Degraded(Fault),
    /// It does not serve, or only in part; or the action has failed.
    Failed(Fault),
}

/// The result of a sequence of checks or steps: the failure that ended it, or a degradation that is left at its end.
pub type Checked = Result<Option<Fault>, Fault>;

impl From<Checked> for Verdict {
    fn from(result: Checked) -> Verdict {
        match result {
            Ok(None) => Verdict::Healthy,
            Ok(Some(fault)) => Verdict::Degraded(fault),
            Err(fault) => Verdict::Failed(fault),
        }
    }
}

impl From<Result<(), Fault>> for Verdict {
    fn from(result: Result<(), Fault>) -> Verdict {
        result.map(|()| None).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_the_kits_21_messages_in_order_and_each_says_what_to_do() {
        let numbers: Vec<u8> = Message::ALL.iter().filter_map(|m| m.number()).collect();
        assert_eq!(numbers, (1..=21).collect::<Vec<u8>>());
        assert_eq!(Message::PostdropDiffers.number(), Some(21), "the last one of the kit");
        for message in Message::ALL {
            assert!(message.template().is_ascii() && !message.why().is_empty() && !message.remedy().is_empty(), "{message:?}");
        }
    }

    #[test]
    fn the_subject_takes_the_place_of_the_angle_brackets() {
        let fault = Message::SocketSilent.of("10.0.0.1:25", "connection refused");
        assert_eq!(fault.to_string(), "Check script was not able to be connected to a socket (10.0.0.1:25): connection refused");
        assert_eq!(Message::NoConfigPath.found("").to_string(), "No config path");
    }
}
