//! verify: is this server fit to run Postfix under the cluster, and is the cluster fit to run it? A checklist from top to bottom.
//!
//! Before there is a cluster it looks at this server. With one it also looks at the cluster, and at other servers when they are
//! named: there the same program is run, through ssh. Nothing is changed; a trial start leaves Postfix as it was.

mod cluster;
mod confinement;
mod host;
mod report;
mod service;
mod trial;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use self::report::{Fact, Level, Report, error, fine, warning};
use super::{AGENT, Exit, Refusal, facts, find_hierarchy, help, print, refused, remote};
use crate::cluster::attribute;
use crate::cluster::cib::Cib;
use crate::cluster::hierarchy::{self, Hierarchy};
use crate::cluster::live::Live;
use crate::cluster::pacemaker;
use crate::postfix::Instance;
use crate::postfix::config::Config;
use crate::postfix::fault::Message;
use crate::system::command::tail;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::text::{self, Text, verbatim};

/// How long another server may take for its checks.
const TIMEOUT: Duration = Duration::from_secs(180);

const EXAMPLES: &str = "  postkeeper verify
  postkeeper verify --config-dir /etc/postfix2 --queue-dir /srv/mail2/queue --start
  postkeeper verify mail-postfix --on n1 n2";

/// Examples and exit codes.
fn more_help() -> String {
    let codes = help::exit_codes([
        (0, text::verify_exit_fine()),
        (1, text::verify_exit_error()),
        (2, text::exit_not_understood()),
        (3, text::verify_exit_refused()),
        (4, text::verify_exit_unknown()),
    ]);
    format!("{}\n\n{codes}", help::examples(EXAMPLES))
}

#[derive(Debug, Args)]
#[command(about = text::help_verify(), long_about = text::paragraphs([text::help_verify(), text::help_verify_more()]), after_help = more_help())]
pub struct Arguments {
    #[arg(help = text::help_verify_tag())]
    tag: Option<String>,
    #[arg(help = text::help_verify_config_dir(), long, value_name = "DIRECTORY")]
    config_dir: Option<PathBuf>,
    #[arg(help = text::help_verify_binary_dir(), long, value_name = "DIRECTORY")]
    binary_dir: Option<PathBuf>,
    #[arg(help = text::help_verify_queue_dir(), long, value_name = "DIRECTORY")]
    queue_dir: Option<PathBuf>,
    #[arg(help = text::help_verify_start(), long)]
    start: bool,
    #[arg(help = text::help_verify_on(), long, value_name = "NODE", num_args = 1..)]
    on: Vec<String>,
    #[arg(help = text::help_verify_domain(), long, value_name = "DOMAIN")]
    domain: Vec<String>,
    #[arg(help = text::help_shell(), long, value_name = "COMMAND", default_value = "ssh")]
    shell: String,
    #[arg(help = text::help_verify_json(), long)]
    json: bool,
    #[arg(help = text::help_verify_alone(), long, hide = true, conflicts_with = "on")]
    alone: bool,
}

/// How long the programs of Postfix may take in all.
const PROGRAMS_TIMEOUT: Duration = Duration::from_secs(60);

/// What is looked at, and what is known of it beforehand.
pub struct Subject {
    pub instance: Instance,
    /// The server that has its storage and its addresses, when that is not this one.
    pub away: Option<String>,
    /// The cluster has it in service.
    pub in_service: bool,
    /// The resource that the cluster has for it.
    pub resource: Option<String>,
    /// The configuration directories of other instances that the cluster has.
    pub others: Vec<PathBuf>,
    /// The services whose endpoints are looked at; none: all.
    pub endpoints: Vec<String>,
    /// Domains whose mail comes here, beside those that main.cf names.
    pub domains: Vec<String>,
}

impl Subject {
    pub fn deadline(&self) -> Deadline {
        Deadline::after(PROGRAMS_TIMEOUT)
    }

    /// What another server has is not missed here.
    pub fn elsewhere(&self) -> Option<Text> {
        let words =
            |node| if self.in_service { text::not_here_in_service_on(node) } else { text::not_here_dependencies_are_on(node) };
        self.away.as_ref().map(words)
    }

    /// Whether the cluster has it active nowhere, at this moment.
    pub fn is_stopped(&self) -> bool {
        let is_inactive = |id: &String| pacemaker::query_status().is_ok_and(|live| live.active_on(id).is_empty());
        self.resource.as_ref().is_some_and(is_inactive)
    }
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    if !crate::system::is_root() {
        return refused(text::only_root_can_look(), text::run_this_as_root());
    }
    let cib = cluster(arguments.start)?;
    let hierarchy = hierarchy_of(arguments, cib.as_ref())?;
    check_nodes(&arguments.on, cib.as_ref())?;
    let own = own_name();
    let subject = subject(arguments, cib.as_ref(), hierarchy.as_ref(), &own);
    let (mut reports, mut config) = (Vec::new(), None);
    let is_here = arguments.on.is_empty() || arguments.on.contains(&own);
    if is_here && arguments.start {
        check_trial(cib.as_ref(), &subject.instance.config_dir, hierarchy.as_ref())?;
    }
    // Before the trial, after which a signal is only noted and a remote shell has no terminal to ask for a password.
    let others = arguments.on.iter().filter(|n| **n != own).map(|node| verify_remotely(node, arguments, hierarchy.as_ref()));
    let others: Vec<Report> = others.collect();
    if is_here {
        let mut report = Report::new(Text::verbatim(&own));
        config = examine_here(arguments, hierarchy.as_ref(), &subject, &mut report)?;
        reports.push(report);
    }
    reports.extend(others);
    if !arguments.alone {
        if reports.len() > 1 {
            reports.push(compare(&reports));
        }
        let away = subject.away.as_deref().filter(|_| is_here);
        let mut report = Report::new(text::cluster());
        report.section(text::cluster());
        match &cib {
            Some(cib) => cluster::examine(cib, hierarchy.as_ref(), config.as_ref(), away, &mut report),
            None => report.put(text::cluster_label(), text::running_here(), fine(text::none_here_fencing_quorum_and_resources())),
        }
        reports.push(report);
    }
    print(&if arguments.json { serde_json::to_string_pretty(&reports)? } else { summary(&reports) })?;
    let worst = reports.iter().map(Report::worst).max().unwrap_or(Level::Ok);
    Ok(if worst == Level::Error { Exit::Failed } else { Exit::Done })
}

/// The hierarchy that is looked at; None where the cluster has none yet.
fn hierarchy_of(arguments: &Arguments, cib: Option<&Cib>) -> Result<Option<Hierarchy>> {
    Ok(match (cib, &arguments.tag) {
        (None, Some(tag)) => bail!(Refusal::unknown(text::no_cluster_runs_here(tag)).advise(text::leave_the_tag_out_to_check())),
        (None, None) => None,
        (Some(cib), Some(tag)) => Some(find_hierarchy(cib, Some(tag))?),
        // One that is not there yet is what the options describe.
        (Some(cib), None) => match (&arguments.config_dir, hierarchy::all(cib, AGENT)) {
            (Some(named), all) => all.into_iter().find(|h| is_of(h, named)),
            (None, all) if all.is_empty() => None,
            (None, _) => Some(find_hierarchy(cib, None)?),
        },
    })
}

fn check_nodes(nodes: &[String], cib: Option<&Cib>) -> Result<()> {
    let is_known = |node: &String| !node.starts_with('-') && cib.is_none_or(|cib| cib.nodes().contains(&node.as_str()));
    let Some(unknown) = nodes.iter().find(|node| !is_known(node)) else { return Ok(()) };
    let known = cib.map_or_else(text::name_does_not_begin_with, |cib| text::expected_one_of(cib.nodes().join(", ")));
    bail!(Refusal::unknown(text::there_is_no_server(unknown)).advise(known))
}

/// The checks of this server, and the trial `start`.
fn examine_here(
    arguments: &Arguments,
    hierarchy: Option<&Hierarchy>,
    subject: &Subject,
    report: &mut Report,
) -> Result<Option<Config>> {
    let config = host::examine(subject, report);
    if let (true, Some(config)) = (arguments.start, &config) {
        // The checks take their time, and the cluster may have been told to start it meanwhile.
        check_trial(cluster(arguments.start)?.as_ref(), &subject.instance.config_dir, hierarchy)?;
        trial::run(subject, config, report);
    }
    Ok(config)
}

/// The CIB; None without a cluster. Before a trial `start` one that is there and does not answer is not taken for none.
fn cluster(start: bool) -> Result<Option<Cib>, Refusal> {
    match pacemaker::query() {
        Ok(cib) => Ok(Some(cib)),
        Err(_) if start && attribute::is_available() => {
            Err(Refusal::new(text::cluster_runs_on_this_server()).advise(text::leave_start_out_or_run_this_again()))
        }
        Err(_) => Ok(None),
    }
}

/// Whether it is the hierarchy of a configuration, by whatever path that is named.
fn is_of(h: &Hierarchy, config_dir: &Path) -> bool {
    file::target(&facts::instance_of(h).config_dir) == file::target(config_dir)
}

/// That the cluster does not start the Postfix that a trial would stop.
fn check_trial(cib: Option<&Cib>, config_dir: &Path, hierarchy: Option<&Hierarchy>) -> Result<(), Refusal> {
    let Some(cib) = cib else { return Ok(()) };
    let is_it = |h: &Hierarchy| hierarchy.is_some_and(|own| own.id == h.id) || is_of(h, config_dir);
    if !hierarchy::all(cib, AGENT).iter().any(|h| h.managed && !h.stopped && is_it(h)) {
        return Ok(());
    }
    Err(Refusal::new(text::cluster_starts_and_stops_this_postfix()).advise(text::leave_start_out_or_take_it_out()))
}

fn summary(reports: &[Report]) -> String {
    let count = |level: Level| reports.iter().map(|r| r.count(level)).sum::<usize>();
    let lists: String = reports.iter().map(ToString::to_string).collect();
    let (ok, warnings, errors) = (count(Level::Ok), count(Level::Warning), count(Level::Error));
    let warnings = if warnings == 1 { text::one_warning() } else { text::warnings(warnings) };
    let errors = if errors == 1 { text::one_error() } else { text::errors(errors) };
    format!("{lists}\n{}", text::summary(ok, warnings, errors))
}

/// The name that the cluster has for this server, else its own.
fn own_name() -> String {
    pacemaker::own_name().ok().filter(|name| !name.is_empty()).unwrap_or_else(crate::system::host_name)
}

fn subject(arguments: &Arguments, cib: Option<&Cib>, hierarchy: Option<&Hierarchy>, own: &str) -> Subject {
    let mut instance = hierarchy.map_or_else(|| facts::instance(&|_| None), facts::instance_of);
    // The agent's lock and memory go by the path that the hierarchy has.
    if let Some(path) = arguments.config_dir.as_ref().filter(|path| hierarchy.is_none_or(|h| !is_of(h, path))) {
        instance.config_dir.clone_from(path);
    }
    if let Some(path) = &arguments.binary_dir {
        instance.binary_dir.clone_from(path);
    }
    if arguments.queue_dir.is_some() {
        instance.queue_dir.clone_from(&arguments.queue_dir);
    }
    let others = cib.map(|cib| hierarchy::all(cib, AGENT)).unwrap_or_default();
    let others =
        others.iter().filter(|h| hierarchy.is_none_or(|own| own.id != h.id)).map(|h| facts::instance_of(h).config_dir).collect();
    let live = pacemaker::query_status().unwrap_or_default();
    let in_service = hierarchy.is_some_and(|h| !live.active_on(&h.id).is_empty());
    let away = hierarchy.and_then(|h| server_elsewhere(h, &live, own));
    let endpoints = hierarchy.map(facts::endpoints_of).unwrap_or_default();
    let (resource, domains) = (hierarchy.map(|h| h.id.clone()), arguments.domain.clone());
    Subject { instance, away, in_service, resource, others, endpoints, domains }
}

/// The server on which it is active, or what it depends on while it is active nowhere; None when that is this one, or none.
fn server_elsewhere(hierarchy: &Hierarchy, live: &Live, own: &str) -> Option<String> {
    let with_postfix = live.active_on(&hierarchy.id);
    let with_dependencies = hierarchy.dependencies.iter().map(|d| live.active_on(&d.id));
    // Of each resource in question the servers on which it is active.
    let servers: Vec<Vec<&str>> = if with_postfix.is_empty() { with_dependencies.collect() } else { vec![with_postfix] };
    let has_all = |server: &&&str| servers.iter().all(|active| active.is_empty() || active.contains(server));
    let mut with_all = servers.iter().flatten().filter(has_all);
    let found = with_all.clone().find(|server| **server == own).or_else(|| with_all.next())?;
    Some(found.to_string()).filter(|server| server != own)
}

/// The checks of another server, made there.
fn verify_remotely(node: &str, arguments: &Arguments, hierarchy: Option<&Hierarchy>) -> Report {
    let mut words: Vec<String> = ["verify", "--json", "--alone"].map(str::to_owned).to_vec();
    // Without a tag the other server would choose for itself.
    words.extend(arguments.tag.clone().or_else(|| hierarchy.map(|h| h.id.clone())));
    for (name, value) in
        [("--config-dir", &arguments.config_dir), ("--binary-dir", &arguments.binary_dir), ("--queue-dir", &arguments.queue_dir)]
    {
        words.extend(value.iter().flat_map(|v| [name.to_owned(), v.display().to_string()]));
    }
    words.extend(arguments.domain.iter().flat_map(|d| ["--domain".to_owned(), d.clone()]));
    words.extend(arguments.start.then(|| "--start".to_owned()));
    let mut report = Report::new(Text::verbatim(node));
    report.section(text::unreached_server_label());
    let wanted = text::remote_verify_answers(&arguments.shell, node);
    let advice = text::remote_verify_advice(node);
    let command = match remote::tool(&arguments.shell, node, &words) {
        Ok(command) => command,
        Err(refusal) => {
            let advice = refusal.advice().first().cloned().unwrap_or_default();
            report.put(text::remote_check(), wanted, error(refusal.what().clone(), advice));
            return report;
        }
    };
    match command.run(Deadline::after(TIMEOUT)) {
        Err(why) => report.put(text::remote_check(), wanted, error(Text::verbatim(why), advice)),
        Ok(done) => match serde_json::from_str::<Vec<Report>>(&done.stdout) {
            Ok(mut reports) if !reports.is_empty() => {
                let mut theirs = reports.remove(0);
                theirs.about = Text::verbatim(node);
                return theirs;
            }
            _ => {
                let words = tail(&done.output(), 2).map_or_else(text::it_said_nothing, Text::verbatim);
                report.put(text::remote_check(), wanted, error(verbatim!("{}: {words}", done.status), advice));
            }
        },
    }
    report
}

/// What must be the same on every server, or another on each.
fn compare(reports: &[Report]) -> Report {
    let mut report = Report::new(text::all_servers());
    report.section(text::same_everywhere());
    let facts: BTreeSet<&Fact> = reports.iter().flat_map(|r| r.facts.keys()).collect();
    for fact in facts {
        let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for r in reports.iter().filter(|r| !r.facts.is_empty()) {
            // What is on the shared storage is seen by one server only.
            if let Some(value) = r.facts.get(fact) {
                values.entry(value).or_default().push(r.about.as_str());
            }
        }
        let shown = || text::list(values.iter().map(|(value, who)| value_on(value, who)));
        let wanted = if matches!(fact, Fact::Name(_)) { text::another_on_every_server() } else { text::same_on_every_server() };
        let verdict = match (values.len(), fact) {
            (_, Fact::Name(_)) if values.values().any(|who| who.len() > 1) => {
                warning(shown(), text::give_every_server_its_own_name())
            }
            (_, Fact::Name(_)) => fine(shown()),
            (0 | 1, Fact::Content(_)) => fine(text::yes()),
            (0 | 1, _) => fine(Text::verbatim(values.keys().copied().collect::<String>())),
            (_, Fact::OwnerId(_)) => Message::OwnerIdDiffers.found(text::in_english(shown).to_string()).into(),
            (_, Fact::GroupId(_)) => Message::GroupIdDiffers.found(text::in_english(shown).to_string()).into(),
            (_, Fact::Content(_)) => {
                let groups = text::list(values.values().map(|who| together(who)));
                warning(text::they_differ(groups), text::copy_it_from_the_server_where())
            }
            (_, Fact::Opened(_)) => warning(shown(), text::let_every_server_open_the_same_file()),
            (_, Fact::Value(_)) => warning(shown(), text::set_it_in_main_cf()),
            (_, Fact::Version(_) | Fact::Other(_)) => error(shown(), text::install_the_same_version_everywhere()),
        };
        report.put(fact.words(), wanted, verdict);
    }
    report
}

/// A value, and which servers have it.
fn value_on(value: &str, servers: &[&str]) -> Text {
    text::value_on(value, together(servers))
}

/// Names, the last one after an "and".
fn together(names: &[&str]) -> Text {
    names.iter().map(Text::verbatim).reduce(text::one_and_other).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_one_name_are_told() {
        let report = |about: &str, name: &str| {
            let mut report = Report::new(Text::verbatim(about));
            report.fact(Fact::Name("NFS".to_owned()), name);
            report
        };
        let level = |names: [&str; 3]| {
            let [a, b, c] = names;
            compare(&[report("n1", a), report("n2", b), report("n3", c)]).worst()
        };
        assert_eq!(level(["a", "b", "c"]), Level::Ok);
        assert_eq!(level(["a", "b", "a"]), Level::Warning);
        assert_eq!(level(["localhost", "localhost", "localhost"]), Level::Warning);
    }
}
