//! The questions that create asks on a terminal when it is given nothing: those of the kit, in its order.

use std::io::IsTerminal;

use anyhow::Result;
use clap::ValueEnum;

use super::act::Situation;
use super::create::Arguments;
use super::japanese::said;
use super::parts::{self, SwitchbackKind};
use super::{Refusal, facts, say};
use crate::cluster::hierarchy;
use crate::postfix::config;
use crate::system::deadline::Deadline;

/// One question.
struct Question {
    ask: &'static str,
    help: &'static str,
    /// From what has been answered so far.
    default: fn(&Arguments, &Situation) -> String,
    /// Takes the answer; what is wrong with it otherwise.
    take: fn(&mut Arguments, &Situation, String) -> Result<(), String>,
}

const QUESTIONS: &[Question] = &[
    Question {
        ask: "Switchback type",
        help: "intelligent: after a failover it stays where it is. automatic: it returns to the server of highest priority.",
        default: |a, _| if a.switchback == SwitchbackKind::Automatic { "automatic" } else { "intelligent" }.to_owned(),
        take: |a, _, answer| {
            SwitchbackKind::from_str(&answer, true)
                .map(|kind| a.switchback = kind)
                .map_err(|_| "intelligent or automatic".to_owned())
        },
    },
    Question {
        ask: "Server",
        help: "Where it is in service first. Its addresses and file systems are in service there.",
        default: |a, s| a.server.clone().unwrap_or_else(|| s.here.clone()),
        take: |a, s, answer| {
            let all = s.cib.nodes();
            if !all.contains(&answer.as_str()) {
                return Err(format!("one of {}", all.join(", ")));
            }
            if answer != s.here {
                return Err(format!("{}, or run this on {answer}: the files of a server can only be looked at there", s.here));
            }
            a.server = Some(answer);
            Ok(())
        },
    },
    Question {
        ask: "Configuration directory",
        help: "Where main.cf and master.cf are.",
        default: |a, _| a.config_dir.clone(),
        take: |a, _, answer| directory(answer).map(|answer| a.config_dir = answer),
    },
    Question {
        ask: "Directory of the Postfix commands",
        help: "Where postfix and postconf are.",
        default: |a, _| a.binary_dir.clone(),
        take: |a, _, answer| directory(answer).map(|answer| a.binary_dir = answer),
    },
    Question {
        ask: "Queue directory",
        help: "On a file system that every server can mount; it may be a symbolic link.",
        default: |a, _| a.queue_dir.clone().unwrap_or_else(|| configured_queue(a)),
        take: |a, _, answer| directory(answer).map(|answer| a.queue_dir = Some(answer)),
    },
    Question {
        ask: "Tag",
        help: "The name of the hierarchy: letters, digits and - _ . /",
        default: |a, _| a.tag.clone().unwrap_or_else(|| format!("postfix-on-{}", a.queue_dir.as_deref().unwrap_or_default())),
        take: |a, s, answer| {
            if !parts::is_tag(&answer) {
                return Err("letters, digits and - _ . /, and a letter first".to_owned());
            }
            if s.cib.is_taken(&hierarchy::id_of(&answer)) {
                return Err(format!("another one: the cluster has {answer} already"));
            }
            a.tag = Some(answer);
            Ok(())
        },
    },
];

/// Whether somebody is there to be asked.
pub fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks.
///
/// # Errors
/// When the person cancels; nothing has been changed then.
pub fn ask(mut arguments: Arguments) -> Result<Arguments> {
    let situation = Situation::now()?;
    say("Enter takes the answer in brackets, < goes back, q cancels.");
    let mut at = 0;
    while let Some(question) = QUESTIONS.get(at) {
        say(&format!("\n{}", question.help));
        let default = (question.default)(&arguments, &situation);
        let prompt = format!("{} {}/{}", said(question.ask), at + 1, QUESTIONS.len());
        let input = dialoguer::Input::<String>::new().with_prompt(prompt).default(default).interact();
        let answer = input.map_err(|_| cancelled())?.trim().to_owned();
        match answer.as_str() {
            "q" => return Err(cancelled().into()),
            "<" => at = at.saturating_sub(1),
            _ => match (question.take)(&mut arguments, &situation, answer) {
                Ok(()) => at += 1,
                Err(expected) => say(&format!("Expected: {expected}")),
            },
        }
    }
    Ok(arguments)
}

fn cancelled() -> Refusal {
    Refusal::new("Cancelled. Nothing has been changed.")
}

fn directory(answer: String) -> Result<String, String> {
    if answer.starts_with('/') { Ok(answer) } else { Err("an absolute path".to_owned()) }
}

fn configured_queue(arguments: &Arguments) -> String {
    let instance = facts::instance(&|name| match name {
        "config_dir" => Some(arguments.config_dir.clone()),
        "binary_dir" => Some(arguments.binary_dir.clone()),
        _ => None,
    });
    let found = config::values(&instance, &["queue_directory"], Deadline::after(std::time::Duration::from_secs(5)));
    found.ok().and_then(|mut values| values.remove("queue_directory")).unwrap_or_else(|| "/var/spool/postfix".to_owned())
}
