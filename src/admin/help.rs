//! How the command line is explained. Its texts are in locales/LANGUAGE/help.ftl; clap has words of its own, in English alone, which are replaced here
//! for a person who reads something else.

use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::text::{self, Language, Text, verbatim};

/// The exit code of clap: the command line cannot be understood.
const NOT_UNDERSTOOD: u8 = 2;

impl From<Text> for StyledStr {
    fn from(text: Text) -> StyledStr {
        text.to_string().into()
    }
}

/// Commands below a heading, to stand after the help of a verb.
pub fn examples(commands: &str) -> String {
    format!("{}\n{commands}", text::help_examples())
}

/// The exit codes below a heading.
pub fn exit_codes<const N: usize>(codes: [(u8, Text); N]) -> String {
    let lines = codes.map(|(code, meaning)| format!("\n  {code}  {meaning}"));
    format!("{}{}", text::help_exit_codes(), lines.concat())
}

/// The command with clap's own words in the person's language.
pub fn in_language(mut command: Command) -> Command {
    if text::language() == Language::English {
        return command;
    }
    command.build();
    translated(command)
}

fn translated(command: Command) -> Command {
    let template = format!("{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}", text::help_usage());
    let command = if command.get_name() == "help" { command.about(text::help_help_verb()) } else { command };
    command
        .help_template(template)
        .subcommand_help_heading(text::help_verbs().to_string())
        .mut_args(translated_arg)
        .mut_subcommands(translated)
}

fn translated_arg(arg: Arg) -> Arg {
    let heading = if arg.is_positional() { text::help_arguments() } else { text::help_options() };
    let arg = arg.help_heading(heading.to_string());
    match arg.get_id().as_str() {
        "help" => return arg.help(text::help_help()).long_help(text::help_help()),
        "version" => return arg.help(text::help_version()),
        _ => {}
    }
    let own = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let (mut short, mut long) = (vec![own.clone()], vec![own]);
    if !arg.get_action().takes_values() {
        return arg;
    }
    let values = arg.get_possible_values();
    if !values.is_empty() {
        let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        short.push(text::help_one_of_values(names.join(", ")).to_string());
        let each = values.iter().map(|v| format!("\n- {}: {}", v.get_name(), v.get_help().cloned().unwrap_or_default()));
        long.push(format!("{}{}", text::help_values(), each.collect::<String>()));
    }
    let defaults: Vec<String> = arg.get_default_values().iter().map(|value| value.display().to_string()).collect();
    if !defaults.is_empty() && !arg.is_hide_default_value_set() {
        let default = text::help_default(defaults.join(" ")).to_string();
        short.push(default.clone());
        long.push(default);
    }
    let arg = arg.hide_default_value(true).hide_possible_values(true);
    arg.help(short.join(" ")).long_help(long.join("\n\n"))
}

/// Shows what clap has to show: help, the version, or what is wrong with the command line.
pub fn show(error: &clap::Error) -> ExitCode {
    let what = if text::language() == Language::English { None } else { what_is_wrong(error) };
    let Some(what) = what else {
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(NOT_UNDERSTOOD));
    };
    let mut blocks = vec![text::usage_error(what).to_string()];
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    blocks.extend(
        suggested.into_iter().filter_map(|kind| strings(error, kind)).map(|s| format!("  {}", text::usage_tip(s.join(", ")))),
    );
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    if let Some(usage) = usage.strip_prefix("Usage: ") {
        blocks.push(format!("{} {usage}", text::help_usage()));
    }
    blocks.push(text::usage_more().to_string());
    eprintln!("{}", blocks.join("\n\n"));
    ExitCode::from(NOT_UNDERSTOOD)
}

/// One sentence for an error of the command line; None for help, and for what is too rare to have words of its own.
fn what_is_wrong(error: &clap::Error) -> Option<Text> {
    let one = |kind| strings(error, kind).map(|all| all.join(" "));
    let argument = || one(ContextKind::InvalidArg);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => text::usage_unknown_argument(argument()?),
        ErrorKind::InvalidSubcommand => text::usage_unknown_verb(one(ContextKind::InvalidSubcommand)?),
        ErrorKind::MissingRequiredArgument => text::usage_missing_arguments(argument()?),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => match one(ContextKind::InvalidValue)? {
            value if value.is_empty() => text::usage_missing_value(argument()?),
            value => match (strings(error, ContextKind::ValidValue), std::error::Error::source(error)) {
                (Some(all), _) => {
                    let what = text::usage_invalid_value(value, argument()?);
                    verbatim!("{what} {}", text::help_one_of_values(all.join(", ")))
                }
                (None, Some(why)) => text::usage_invalid_value_because(value, argument()?, why),
                (None, None) => text::usage_invalid_value(value, argument()?),
            },
        },
        ErrorKind::ArgumentConflict => match one(ContextKind::PriorArg) {
            Some(prior) if Some(&prior) != argument().as_ref() => text::usage_conflict(argument()?, prior),
            _ => text::usage_given_twice(argument()?),
        },
        _ => return None,
    })
}

fn strings(error: &clap::Error, kind: ContextKind) -> Option<Vec<String>> {
    match error.get(kind)? {
        ContextValue::String(one) => Some(vec![one.clone()]),
        ContextValue::Strings(all) if !all.is_empty() => Some(all.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_command_line_is_said_as_clap_says_it() {
        for line in [
            "extend --nowhere", "no-such-verb", "extend mail", "extend mail --to", "extend mail --to n2 --priority 0",
            "create --format yaml", "create --tag a --tag b", "verify --alone --on n1",
        ] {
            let words = std::iter::once("postkeeper").chain(line.split(' '));
            let error = super::super::command().try_get_matches_from(words).unwrap_err();
            let of_clap = error.to_string().split("\n\n").next().unwrap_or_default().replace("\n  ", " ");
            let ours = text::usage_error(what_is_wrong(&error).unwrap()).to_string();
            assert_eq!(ours, of_clap.trim_end(), "{line}");
        }
    }
}
