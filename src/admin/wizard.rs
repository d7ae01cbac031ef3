//! The questions that create asks on a terminal when called without arguments: those of the kit, in its order.

use std::io::IsTerminal;

use anyhow::Result;
use clap::ValueEnum;

use super::act::Situation;
use super::create::Arguments;
use super::parts::{self, SwitchbackKind};
use super::{Refusal, facts, output};
use crate::cluster::hierarchy;
use crate::postfix::config;
use crate::system::deadline::Deadline;
use crate::text::{self, Text, verbatim};

/// One question.
struct Question {
    ask: fn() -> Text,
    help: fn() -> Text,
    /// The default, from the previous answers.
    default: fn(&Arguments, &Situation) -> String,
    /// Stores the answer; an error when it is not valid.
    take: fn(&mut Arguments, &Situation, String) -> Result<(), Text>,
}

const QUESTIONS: &[Question] = &[
    Question {
        ask: text::switchback_type,
        help: text::intelligent_after_a_failover_it_stays,
        default: |a, _| if a.switchback == SwitchbackKind::Automatic { "automatic" } else { "intelligent" }.to_owned(),
        take: |a, _, answer| {
            SwitchbackKind::from_str(&answer, true).map(|kind| a.switchback = kind).map_err(|_| text::intelligent_or_automatic())
        },
    },
    Question {
        ask: text::server_question,
        help: text::where_it_is_in_service_first,
        default: |a, s| a.server.clone().unwrap_or_else(|| s.here.clone()),
        take: |a, s, answer| {
            let all = s.cib.nodes();
            if !all.contains(&answer.as_str()) {
                return Err(text::one_of(all.join(", ")));
            }
            if answer != s.here {
                return Err(text::this_server_or_run_there(&s.here, &answer));
            }
            a.server = Some(answer);
            Ok(())
        },
    },
    Question {
        ask: text::configuration_directory,
        help: text::where_main_cf_and_master_cf,
        default: |a, _| a.config_dir.clone(),
        take: |a, _, answer| directory(answer).map(|answer| a.config_dir = answer),
    },
    Question {
        ask: text::directory_of_the_postfix_commands,
        help: text::where_postfix_and_postconf_are,
        default: |a, _| a.binary_dir.clone(),
        take: |a, _, answer| directory(answer).map(|answer| a.binary_dir = answer),
    },
    Question {
        ask: text::queue_directory,
        help: text::on_a_file_system_that_every,
        default: |a, _| a.queue_dir.clone().unwrap_or_else(|| configured_queue(a)),
        take: |a, _, answer| directory(answer).map(|answer| a.queue_dir = Some(answer)),
    },
    Question {
        ask: text::tag_question,
        help: text::name_of_the_hierarchy,
        default: |a, _| a.tag.clone().unwrap_or_else(|| format!("postfix-on-{}", a.queue_dir.as_deref().unwrap_or_default())),
        take: |a, s, answer| {
            if !parts::is_tag(&answer) {
                return Err(text::letters_digits_and_and_a_letter());
            }
            if s.cib.is_taken(&hierarchy::id_of(&answer)) {
                return Err(text::another_one_the_cluster_has_already(&answer));
            }
            a.tag = Some(answer);
            Ok(())
        },
    },
];

/// Whether questions can be asked: stdin and stderr are terminals.
pub fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks.
///
/// # Errors
/// When the user cancels; nothing has been changed then.
pub fn ask(mut arguments: Arguments) -> Result<Arguments> {
    let situation = Situation::now()?;
    output(&text::enter_takes_the_answer_in_brackets());
    let mut at = 0;
    while let Some(question) = QUESTIONS.get(at) {
        output(&verbatim!("\n{}", (question.help)()));
        let default = (question.default)(&arguments, &situation);
        let prompt = format!("{} {}/{}", (question.ask)(), at + 1, QUESTIONS.len());
        let input = dialoguer::Input::<String>::new().with_prompt(prompt).default(default).interact();
        let answer = input.map_err(|_| cancelled())?.trim().to_owned();
        match answer.as_str() {
            "q" => return Err(cancelled().into()),
            "<" => at = at.saturating_sub(1),
            _ => match (question.take)(&mut arguments, &situation, answer) {
                Ok(()) => at += 1,
                Err(expected) => output(&text::expected_answer(expected)),
            },
        }
    }
    Ok(arguments)
}

fn cancelled() -> Refusal {
    Refusal::new(text::cancelled_nothing_has_been_changed())
}

fn directory(answer: String) -> Result<String, Text> {
    if answer.starts_with('/') { Ok(answer) } else { Err(text::absolute_path()) }
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
