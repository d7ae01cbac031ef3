//! Layer 5: the admin tool. One file for each verb; here are the command line, and the exit of every verb.
//!
//! A verb returns an [`Exit`] or an error. A [`Refusal`] is an error with a remedy: nothing has been changed then. An error of
//! the cluster is a [`ClusterError`].

mod act;
mod adopt;
mod create;
mod delete;
mod depend;
mod exit;
mod extend;
mod facts;
mod help;
mod import;
mod interface;
mod parts;
mod remote;
mod repair;
mod report;
mod servers;
mod service;
mod set;
mod show;
mod status;
mod verify;
mod wizard;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use self::exit::{Exit, Refusal, refused};
use crate::cluster::cib::Cib;
use crate::cluster::hierarchy::{self, Hierarchy};
use crate::cluster::pacemaker::ClusterError;
use crate::text::{self, Language, Text};

/// The agent of our resources.
pub const AGENT: &str = "ocf:postkeeper:postfix";
/// Where it is installed.
const AGENT_PROGRAM: &str = "/usr/lib/ocf/resource.d/postkeeper/postfix";

#[derive(Debug, Parser)]
#[command(about = text::help_tool(), long_about = text::paragraphs([text::help_tool_title(), text::help_tool_more()]), name = "postkeeper", version, arg_required_else_help = true, after_help = exit::help())]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(create::Arguments),
    Extend(extend::Extend),
    Unextend(extend::Unextend),
    InService(service::InService),
    #[command(about = text::help_out_of_service(), long_about = text::paragraphs([text::help_out_of_service(), text::help_out_of_service_more()]))]
    OutOfService(act::OneHierarchy),
    #[command(about = text::help_clean_up(), long_about = text::paragraphs([text::help_clean_up(), text::help_clean_up_more()]))]
    CleanUp(act::OneHierarchy),
    Depend(depend::Arguments),
    Set(set::Arguments),
    Status(status::Arguments),
    Show(show::Arguments),
    Verify(verify::Arguments),
    #[command(about = text::help_repair(), long_about = text::paragraphs([text::help_repair(), text::help_repair_more()]), after_help = help::examples(repair::EXAMPLES))]
    Repair(act::OneHierarchy),
    Delete(delete::Arguments),
    Adopt(adopt::Arguments),
    Import(import::Arguments),
}

/// The command line, from which manual pages and completions are generated.
pub fn command() -> clap::Command {
    CommandLine::command()
}

/// Runs the command line.
pub fn run() -> ExitCode {
    text::speak(Language::of_environment());
    let parsed = help::in_language(command()).try_get_matches();
    let line = match parsed.and_then(|matches| CommandLine::from_arg_matches(&matches)) {
        Ok(line) => line,
        Err(error) => return help::show(&error),
    };
    line.verb.options().into_iter().for_each(|options| interface::begin(options.format, options.dry_run));
    let result = match line.verb {
        // Only the verb was given.
        Verb::Create(arguments) if std::env::args_os().len() == 2 && wizard::is_possible() => {
            wizard::ask(arguments).and_then(|answers| create::run(&answers))
        }
        Verb::Create(arguments) => create::run(&arguments),
        Verb::Extend(arguments) => extend::extend(&arguments),
        Verb::Unextend(arguments) => extend::unextend(&arguments),
        Verb::InService(arguments) => service::in_service(&arguments),
        Verb::OutOfService(arguments) => service::out_of_service(&arguments),
        Verb::CleanUp(arguments) => service::clean_up(&arguments),
        Verb::Depend(arguments) => depend::run(&arguments),
        Verb::Set(arguments) => set::run(&arguments),
        Verb::Status(arguments) => status::run(&arguments),
        Verb::Show(arguments) => show::run(&arguments),
        Verb::Verify(arguments) => verify::run(&arguments),
        Verb::Repair(arguments) => repair::run(&arguments),
        Verb::Delete(arguments) => delete::run(&arguments),
        Verb::Adopt(arguments) => adopt::run(&arguments),
        Verb::Import(arguments) => import::run(&arguments),
    };
    interface::end(&result);
    result.unwrap_or_else(|error| print_error(&error)).into()
}

impl Verb {
    /// The common options of verbs that change something.
    fn options(&self) -> Option<&act::Options> {
        Some(match self {
            Verb::Create(create::Arguments { options, .. })
            | Verb::Extend(extend::Extend { options, .. })
            | Verb::Unextend(extend::Unextend { options, .. })
            | Verb::InService(service::InService { options, .. })
            | Verb::OutOfService(act::OneHierarchy { options, .. })
            | Verb::CleanUp(act::OneHierarchy { options, .. })
            | Verb::Set(set::Arguments { options, .. })
            | Verb::Repair(act::OneHierarchy { options, .. })
            | Verb::Delete(delete::Arguments { options, .. })
            | Verb::Adopt(adopt::Arguments { options, .. })
            | Verb::Import(import::Arguments { options, .. }) => options,
            Verb::Depend(arguments) => arguments.options(),
            Verb::Status(_) | Verb::Show(_) | Verb::Verify(_) => return None,
        })
    }
}

/// Prints an error and returns its exit code.
fn print_error(error: &anyhow::Error) -> Exit {
    let _ = writeln!(std::io::stderr(), "postkeeper: {error:#}");
    if let Some(ClusterError::Taken { id, .. }) = error.downcast_ref() {
        let advice = text::rename_or_remove_that_first(id);
        let _ = writeln!(std::io::stderr(), "{advice}");
    }
    exit_of(error)
}

/// The exit code for an error.
fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return refusal.exit;
    }
    match error.downcast_ref::<ClusterError>() {
        Some(ClusterError::Unreachable(_) | ClusterError::Absent(_) | ClusterError::Denied(_)) => Exit::Unreachable,
        Some(ClusterError::Taken { .. }) => Exit::Refused,
        Some(ClusterError::Failed(_)) | None => Exit::Failed,
    }
}

/// Prints to stderr; a closed stderr is no error.
fn output(text: &Text) {
    if !interface::output(text) {
        let _ = print(text.as_str());
    }
}

/// Prints the result to stdout; false when the reader has closed the pipe.
fn print(text: &str) -> Result<bool> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(anyhow::Error::new(error).context(text::answer_cannot_be_written())),
    }
}

/// Text padded to a column width, by display width.
fn padded(text: &str, width: usize) -> String {
    console::pad_str(text, width, console::Alignment::Left, None).into_owned()
}

/// The hierarchy named on the command line.
///
/// # Errors
/// When there is none of that name, or no name and not exactly one.
fn find_hierarchy(cib: &Cib, tag: Option<&str>) -> Result<Hierarchy> {
    let mut all = hierarchy::all(cib, AGENT);
    let names: Vec<String> = all.iter().map(|h| h.tag.clone()).collect();
    let list = || if names.is_empty() { text::cluster_has_none() } else { text::expected_one_of(names.join(", ")) };
    let Some(tag) = tag else {
        return match all.len() {
            1 => Ok(all.remove(0)),
            0 => Err(Refusal::unknown(text::there_is_no_hierarchy_of_postfix()).advise(text::make_one_with()).into()),
            _ => Err(Refusal::unknown(text::no_hierarchy_is_named()).advise(list()).into()),
        };
    };
    let unknown = || Refusal::unknown(text::there_is_no_hierarchy(tag)).advise(list());
    // An exact tag wins over a tag that is converted to the same id.
    let own = all.iter().position(|h| h.tag == tag || h.id == tag).or_else(|| all.iter().position(|h| h.is_called(tag)));
    own.map(|at| all.remove(at)).ok_or_else(|| unknown().into())
}
