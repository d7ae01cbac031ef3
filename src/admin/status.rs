//! status: the hierarchies as trees, with their present state.
//!
//! Text and JSON are rendered from the same values. VERSION is raised when a field is removed or changes its meaning; new fields
//! may be added at any time. No crate draws the tree: it has one level, and a branch may have several lines, in colour.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use console::style;
use serde::Serialize;

use super::act::{self, Situation};
use super::service::MoveBan;
use super::{AGENT, Exit, Refusal, facts, find_hierarchy, interface, padded, print, report, servers, service};
use crate::cluster::attribute;
use crate::cluster::change::remove_stickiness;
use crate::cluster::cib::{Cib, INFINITY, LocationScore, parse_score, show_score};
use crate::cluster::hierarchy::{self, Dependency, Hierarchy, Server};
use crate::cluster::ids::{self, Rule};
use crate::cluster::live::{self, Live, NodeState, ResourceState};
use crate::cluster::pacemaker;
use crate::cluster::plan::Plan;
use crate::health::smtp::{self, Outcome, SmtpError};
use crate::health::{self, ReloadReason};
use crate::postfix::endpoint::{self, Endpoint};
use crate::postfix::fault::Message;
use crate::postfix::memory::Memory;
use crate::system::deadline::Deadline;
use crate::system::directory::DirectoryWatch;
use crate::text::{self, Text, verbatim};

/// Timeout of an endpoint; one takes a millisecond.
const TIMEOUT: Duration = Duration::from_secs(8);

#[derive(Clone, Debug, Args)]
#[command(about = text::help_status(), long_about = text::paragraphs([text::help_status(), text::help_status_more()]))]
pub struct Arguments {
    #[arg(help = text::help_status_tag())]
    tag: Option<String>,
    #[arg(help = text::help_json(), long)]
    json: bool,
    #[arg(help = text::help_status_watch(), long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = clap::value_parser!(u64).range(1..=24 * 60 * 60))]
    watch: Option<u64>,
    #[arg(help = text::help_status_offline(), long)]
    offline: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Report {
    version: u32,
    /// The name in the cluster of the server that runs status.
    here: String,
    cluster: Cluster,
    nodes: Vec<NodeStatus>,
    /// Whether Postfix's commands are installed on this server.
    postfix: bool,
    /// Possible dependencies: all resources except Postfix and fencing.
    resources: Vec<String>,
    hierarchies: Vec<Status>,
}

#[derive(Clone, Debug, Serialize)]
struct NodeStatus {
    name: String,
    state: NodeState,
}

#[derive(Clone, Debug, Serialize)]
struct Cluster {
    quorum: bool,
    maintenance: bool,
    fencing: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Status {
    tag: String,
    resource: String,
    group: Option<String>,
    state: State,
    /// The server on which it is in service.
    server: Option<String>,
    /// Whether the cluster is to run it.
    wanted: bool,
    managed: bool,
    switchback: &'static str,
    servers: Vec<ServerStatus>,
    dependencies: Vec<DependencyStatus>,
    endpoints: Vec<EndpointStatus>,
    failures: Vec<FailureStatus>,
    /// Problems.
    remarks: Vec<Text>,
    /// Whether it has the ids rule of an earlier version, which stops Postfix when a node attribute is lost.
    needs_repair: bool,
    /// Whether the constraints of a move are valid: it is under way, or was interrupted.
    interrupted: bool,
    /// Its servers that the cluster does not have (any more).
    #[serde(skip)]
    unknown_servers: Vec<String>,
}

/// The state of a hierarchy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    #[serde(rename = "in service")]
    InService,
    /// Taken out of service.
    #[serde(rename = "out of service")]
    OutOfService,
    #[serde(rename = "not in service")]
    NotInService,
    /// Its role on the way to another state: starting, stopping.
    #[serde(untagged)]
    UnderWay(String),
}

impl State {
    fn words(&self) -> Text {
        match self {
            State::InService => text::in_service(),
            State::OutOfService => text::out_of_service(),
            State::NotInService => text::not_in_service(),
            State::UnderWay(role) => live::role_words(role),
        }
    }
}

impl Status {
    /// In service, but no other server can run it.
    fn is_alone(&self) -> bool {
        self.server.is_some() && !self.servers.iter().any(|s| !s.in_service && s.can_take_it())
    }
}

#[derive(Clone, Debug, Serialize)]
struct ServerStatus {
    name: String,
    state: NodeState,
    priority: Option<i64>,
    in_service: bool,
    /// Why the server cannot run it.
    kept_away: Vec<Text>,
    /// Failcount of Postfix on the server.
    failures: Option<String>,
}

impl ServerStatus {
    fn can_take_it(&self) -> bool {
        self.state == NodeState::Online && self.kept_away.is_empty()
    }

    fn lines(&self, width: usize) -> Vec<String> {
        let priority = self.priority.map_or_else(text::no_priority, text::with_priority);
        let state = if self.in_service { text::node_in_service(self.state.words()) } else { self.state.words() };
        let state = match self.state {
            NodeState::Online => good(&state),
            NodeState::Standby => doubtful(&state),
            _ => bad(&state),
        };
        let first = format!("{} {:width$}  {} {state}", text::server_label(), self.name, padded(priority.as_str(), 12));
        let kept_away = self.kept_away.iter().map(|why| bad(&text::kept_away(why)));
        let failures = self.failures.iter().map(|n| doubtful(&text::failures_of_postfix_there(n)));
        [first].into_iter().chain(kept_away).chain(failures).collect()
    }
}

#[derive(Clone, Debug, Serialize)]
struct DependencyStatus {
    #[serde(flatten)]
    dependency: Dependency,
    state: String,
    servers: Vec<String>,
}

impl DependencyStatus {
    fn of(d: &Dependency, live: &Live) -> DependencyStatus {
        // Of a promotable clone the promoted instance is what others depend on.
        let is_promoted = live.instances(&d.id).any(|r| r.role == "Promoted");
        let counted: Vec<&ResourceState> = live.instances(&d.id).filter(|r| !is_promoted || r.role == "Promoted").collect();
        DependencyStatus {
            dependency: d.clone(),
            state: counted.iter().map(|r| r.role.as_str()).min().unwrap_or("unknown").to_lowercase(),
            servers: counted.iter().filter(|r| r.active).flat_map(|r| r.nodes.clone()).collect(),
        }
    }

    fn line(&self, width: usize) -> String {
        let Dependency { id, agent, subject, .. } = &self.dependency;
        let kind = agent.rsplit(':').next().unwrap_or_default();
        let (role, is_good) = (live::role_words(&self.state), matches!(self.state.as_str(), "started" | "promoted"));
        let state = match (self.servers.is_empty(), text::role_on(&role, self.servers.join(", "))) {
            (true, _) => bad(&role),
            (false, there) if is_good => good(&there),
            (false, there) => doubtful(&there),
        };
        format!("{id:width$}  {kind} {subject}  {state}")
    }
}

#[derive(Clone, Debug, Serialize)]
struct EndpointStatus {
    service: String,
    address: String,
    /// None: not checked.
    answers: Option<bool>,
    /// Why it does not answer, or what is wrong with its answer.
    problem: Option<Text>,
}

impl EndpointStatus {
    fn line(&self) -> String {
        let problem = self.problem.as_ref().map_or("", Text::as_str);
        let health = match self.answers {
            Some(true) if self.problem.is_some() => doubtful(&verbatim!("{}: {problem}", text::endpoint_answers())),
            Some(true) => good(&text::endpoint_answers()),
            Some(false) => bad(&text::does_not_answer(problem)),
            None => text::not_tried_from_here().to_string(),
        };
        format!("{} {} ({})  {health}", text::endpoint_label(), self.address, self.service)
    }
}

#[derive(Clone, Debug, Serialize)]
struct FailureStatus {
    resource: String,
    server: String,
    action: String,
    when: String,
    reason: String,
    /// The same in the user's language.
    #[serde(skip)]
    words: Text,
    /// Degraded: it still serves.
    degraded: bool,
    advice: Option<Text>,
}

impl FailureStatus {
    fn of(f: &live::Failure) -> FailureStatus {
        FailureStatus {
            resource: f.resource.clone(),
            server: f.node.clone(),
            action: f.task.clone(),
            when: f.when.clone(),
            reason: text::in_english(|| f.words().to_string()),
            words: f.words(),
            degraded: f.degraded,
            advice: report::remedy(f),
        }
    }

    fn lines(&self) -> Vec<String> {
        let what = if self.degraded { text::degraded_action } else { text::failed_action };
        let first = what(&self.action, &self.resource, &self.server, &self.when);
        let first = if self.degraded { doubtful(&first) } else { bad(&first) };
        let rest = [&self.words].into_iter().chain(&self.advice).map(Text::to_string);
        [first].into_iter().chain(rest).collect()
    }
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    if let (true, Some(seconds)) = (arguments.json, arguments.watch) {
        return stream(arguments, Duration::from_secs(seconds));
    }
    loop {
        let report = look(arguments)?;
        let text = if arguments.json { serde_json::to_string_pretty(&report)? } else { tree(&report) };
        if arguments.watch.is_some() && std::io::stdout().is_terminal() {
            let _ = console::Term::stdout().clear_screen();
        }
        let is_read = print(&text)?;
        match arguments.watch.filter(|_| is_read) {
            Some(seconds) => std::thread::sleep(Duration::from_secs(seconds)),
            None => return Ok(exit(&report)),
        }
    }
}

/// How soon to read the state again after a change: several changes come together.
const PAUSE: Duration = Duration::from_millis(100);

/// Prints the report as one line, and again whenever it changes. A write to the cluster's log triggers a check, which costs nothing
/// while nothing happens; otherwise it checks every `silence`, for changes without a log line.
fn stream(arguments: &Arguments, silence: Duration) -> Result<Exit> {
    let watch = DirectoryWatch::of(Path::new(pacemaker::LOG_DIRECTORY));
    let mut last = String::new();
    loop {
        let line = match look(arguments) {
            Ok(report) => serde_json::to_string(&report)?,
            Err(error) => serde_json::to_string(&interface::problem(&error))?,
        };
        if line != last && !print(&line)? {
            return Ok(Exit::Done);
        }
        last = line;
        std::thread::sleep(PAUSE);
        if !interface::wait(watch.as_ref(), Deadline::after(silence)) {
            return Ok(Exit::Done);
        }
    }
}

fn look(arguments: &Arguments) -> Result<Report> {
    let situation = Situation::now()?;
    let wanted = match &arguments.tag {
        Some(tag) => vec![find_hierarchy(&situation.cib, Some(tag))?],
        None => hierarchy::all(&situation.cib, AGENT),
    };
    // For a program, no hierarchy is an empty list.
    if wanted.is_empty() && !arguments.json {
        return Err(Refusal::unknown(text::there_is_no_hierarchy_of_postfix()).advise(text::make_one_with()).into());
    }
    let Live { quorum, maintenance, fencing, .. } = situation.live;
    let hierarchies = wanted.iter().map(|h| status(&situation, h, !arguments.offline)).collect();
    let status_of = |node: &str| NodeStatus { name: node.to_owned(), state: situation.live.state_of(node) };
    let nodes = situation.cib.nodes().into_iter().map(status_of).collect();
    let is_candidate = |agent: &str| agent != AGENT && !agent.starts_with("stonith:");
    let resources = situation.cib.resources().into_iter().filter(|r| is_candidate(&situation.cib.agent(r)));
    let resources = resources.map(|r| r.id().to_owned()).collect();
    let cluster = Cluster { quorum, maintenance, fencing };
    let postfix = facts::instance(&|_| None).missing_command().is_none();
    Ok(Report { version: interface::VERSION, here: situation.here.clone(), cluster, nodes, postfix, resources, hierarchies })
}

fn status(situation: &Situation, h: &Hierarchy, connect: bool) -> Status {
    let Situation { cib, live, here, .. } = situation;
    let server = live.serving(&h.id).map(str::to_owned);
    let under_way = live.instances(&h.id).find(|r| !matches!(r.role.as_str(), "Started" | "Stopped"));
    let state = match (&server, under_way) {
        (Some(_), _) => State::InService,
        (None, Some(r)) => State::UnderWay(r.role.to_lowercase()),
        (None, None) if h.stopped => State::OutOfService,
        (None, None) => State::NotInService,
    };
    let mut status = Status {
        tag: h.tag.clone(),
        resource: h.id.clone(),
        group: h.group.clone(),
        state,
        wanted: !h.stopped,
        managed: h.managed && live.instances(&h.id).all(|r| r.managed),
        switchback: h.switchback().name(),
        servers: h.by_priority().into_iter().map(|s| server_status(cib, live, h, s)).collect(),
        dependencies: h.dependencies.iter().map(|d| DependencyStatus::of(d, live)).collect(),
        endpoints: endpoints(h, server.as_deref(), here, connect),
        failures: live.failures_of(&h.resources()).map(FailureStatus::of).collect(),
        remarks: Vec::new(),
        needs_repair: ids::rule(cib, &h.id).is_some_and(|rule| rule.demands_attribute),
        interrupted: service::move_ban(cib, h).is_some(),
        unknown_servers: servers::unknown(cib, h),
        server,
    };
    let is_at_rest = under_way.is_none() && status.managed && !live.maintenance && live.quorum && !status.interrupted;
    for s in status.servers.iter_mut().filter(|s| is_at_rest && s.can_take_it() && !s.in_service) {
        s.kept_away.extend(not_there(situation, h, &s.name));
    }
    status.remarks = remarks(&status, situation, h);
    status
}

/// A text when the cluster would not run it on a server for reasons that cannot be evaluated here: rules with dates, and other
/// conditions that only Pacemaker evaluates.
fn not_there(situation: &Situation, h: &Hierarchy, node: &str) -> Option<Text> {
    let after = servers::forced_to(situation, h, node, &Plan::of(&h.resources(), Vec::new())).ok()?;
    let is_there = after.started_on(&h.id).contains(&node);
    (!is_there).then(|| text::cluster_would_not_run_it_there(&h.id, node))
}

fn server_status(cib: &Cib, live: &Live, h: &Hierarchy, server: &Server) -> ServerStatus {
    let rule = ids::rule(cib, &h.id);
    let own_rule = |ban: &LocationScore| rule.as_ref().filter(|rule| rule.constraint == ban.constraint);
    let state = live.state_of(&server.node);
    // An offline node has published nothing.
    let bans =
        server.bans.iter().filter(|ban| own_rule(ban).is_none() || !matches!(state, NodeState::Offline | NodeState::Unknown));
    let kept_away = bans.map(|ban| {
        let found = cib.node_attributes(&server.node).remove(&attribute::ids(&h.id));
        match (own_rule(ban), found) {
            (Some(Rule { recorded, constraint, .. }), Some(found)) => {
                text::ids_differ_uid_gid_there_recorded(&found, recorded, constraint)
            }
            _ => text::because_of_constraint(&ban.because, &ban.constraint),
        }
    });
    let count = live.counts.iter().find(|c| c.resource == h.id && c.node == server.node).map(|c| c.failures);
    let threshold = cib.resource(&h.id).and_then(|r| cib.meta(&r, "migration-threshold")).map_or(0, |t| parse_score(&t));
    let is_given_up = count.is_some_and(|n| n >= INFINITY || threshold > 0 && n >= threshold);
    let mut kept_away: Vec<Text> = kept_away.collect();
    kept_away.extend(is_given_up.then(text::postfix_failed_there));
    ServerStatus {
        name: server.node.clone(),
        state,
        priority: server.priority,
        in_service: live.started_on(&h.id).contains(&server.node.as_str()),
        kept_away,
        failures: count.map(show_score),
    }
}

/// Its endpoints by the configuration on this server, and whether they answer.
fn endpoints(h: &Hierarchy, server: Option<&str>, here: &str, connect: bool) -> Vec<EndpointStatus> {
    let instance = facts::instance_of(h);
    // A standby without the shared file system may have no configuration.
    let Ok(config) = Memory::recall(&instance).config(Deadline::after(TIMEOUT)) else { return Vec::new() };
    // Every server has the loopback address.
    let reachable = |ip: std::net::IpAddr| connect && server.is_some_and(|s| s == here || !ip.is_loopback());
    let (mut tried, _) = endpoint::select(config.endpoints.clone(), &facts::endpoints_of(h));
    tried.retain(|e| reachable(e.address.ip()));
    let answers = smtp::converse_all(&tried, false, Deadline::after(TIMEOUT), None);
    let answer = |address| tried.iter().position(|e| e.address == address).map(|at| &answers[at]);
    let one = |e: &Endpoint| {
        let answer = answer(e.address);
        EndpointStatus {
            service: e.service.clone(),
            address: e.address.to_string(),
            answers: answer.map(Result::is_ok),
            problem: answer.and_then(|answer| problem_of(e, answer)),
        }
    };
    config.endpoints.iter().map(one).collect()
}

/// Why it does not answer, or what is wrong with its answer. That it is late is for monitors to judge.
fn problem_of(e: &Endpoint, answer: &Result<Outcome, SmtpError>) -> Option<Text> {
    match answer {
        Err(error) => Some(Text::verbatim(error)),
        Ok(outcome) => match outcome.remark.clone()? {
            (Message::LateGreeting, _) => None,
            (message, found) => Some(Text::verbatim(message.of(e.address.to_string(), found))),
        },
    }
}

fn remarks(status: &Status, Situation { cib, live, here, .. }: &Situation, h: &Hierarchy) -> Vec<Text> {
    let mut remarks = Vec::new();
    if status.needs_repair {
        remarks.push(text::its_rule_for_uid_and_gid(&status.tag));
    }
    remarks.extend(service::move_ban(cib, h).map(|ban| match ban {
        MoveBan::Until(end) => text::move_was_interrupted(act::local_time(end)),
        MoveBan::WithoutEnd => text::move_has_no_end(),
    }));
    let unclean = live.unclean();
    let lost = live.active_on(&h.id).into_iter().filter(|node| unclean.contains(node));
    remarks.extend(lost.map(|node| text::waits_for_fencing(&h.id, node)));
    if !status.unknown_servers.is_empty() {
        remarks.push(text::cluster_has_these_servers_no_more(status.unknown_servers.join(", "), &h.tag));
    }
    let held: Vec<String> = remove_stickiness(cib, &h.id).iter().filter_map(|c| c.about().map(str::to_owned)).collect();
    if status.wanted && !held.is_empty() {
        remarks.push(text::is_kept_in_place_still(held.join(", ")));
    }
    let is_blocked = |id: &&str| live.instances(id).any(|r| r.blocked);
    remarks.extend(h.resources().into_iter().filter(is_blocked).map(text::resource_is_blocked));
    let conditions = [
        (live.maintenance, text::whole_cluster_is_in_maintenance()),
        (!live.maintenance && !status.managed, text::it_is_not_managed()),
        (!live.quorum, text::cluster_has_no_quorum()),
        (!live.fencing, text::fencing_is_off()),
        (status.server.is_some() && !status.wanted, text::it_is_to_be_stopped()),
        (status.is_alone(), text::no_other_server_could_take_over()),
    ];
    remarks.extend(conditions.into_iter().filter(|(holds, _)| *holds).map(|(_, remark)| remark));
    if status.server.as_ref() == Some(here) {
        let due = health::reload_due(&Memory::recall(&facts::instance_of(h)));
        remarks.extend(due.into_iter().filter(|(_, words)| !words.is_empty()).map(|(reason, _)| match reason {
            ReloadReason::ProgramsReplaced => text::programs_of_postfix_were_replaced_while(),
            ReloadReason::CertificateRenewed => text::tls_certificate_was_renewed(),
        }));
    }
    remarks
}

fn exit(report: &Report) -> Exit {
    let needs_a_look = |s: &Status| {
        let silent = s.endpoints.iter().any(|e| e.problem.is_some());
        let banned = s.servers.iter().any(|v| !v.kept_away.is_empty());
        let alone = s.servers.len() > 1 && s.is_alone();
        !s.failures.is_empty()
            || silent
            || banned
            || alone
            || !s.managed
            || !s.wanted
            || s.interrupted
            || s.needs_repair
            || !s.unknown_servers.is_empty()
    };
    let one = |s: &Status| match s.state {
        State::InService if needs_a_look(s) || !report.cluster.quorum => Exit::Attention,
        State::InService => Exit::Done,
        _ if !s.wanted => Exit::OutOfService,
        _ => Exit::NotInService,
    };
    // The most severe state, in this order.
    let all: Vec<Exit> = report.hierarchies.iter().map(one).collect();
    let order = [Exit::NotInService, Exit::Attention, Exit::OutOfService];
    order.into_iter().find(|e| all.contains(e)).unwrap_or(Exit::Done)
}

/// Colour on a terminal; none in a pipe or with NO_COLOR.
fn good(text: &Text) -> String {
    style(text).green().to_string()
}

/// See [`good`].
fn doubtful(text: &Text) -> String {
    style(text).yellow().to_string()
}

/// See [`good`].
fn bad(text: &Text) -> String {
    style(text).red().to_string()
}

fn tree(report: &Report) -> String {
    report.hierarchies.iter().map(one_tree).collect::<Vec<_>>().join("\n")
}

fn one_tree(s: &Status) -> String {
    let state = s.server.as_ref().map_or_else(|| s.state.words(), text::in_service_on);
    let state = match s.state {
        State::InService => good(&state),
        State::NotInService => bad(&state),
        _ => doubtful(&state),
    };
    let width = s.dependencies.iter().map(|d| d.dependency.id.len()).max().unwrap_or(0);
    let mut parts: Vec<Vec<String>> = s.dependencies.iter().map(|d| vec![d.line(width)]).collect();
    parts.extend(s.endpoints.iter().map(|e| vec![e.line()]));
    let width = s.servers.iter().map(|v| v.name.len()).max().unwrap_or(0);
    parts.extend(s.servers.iter().map(|v| v.lines(width)));
    parts.extend(s.failures.iter().map(FailureStatus::lines));
    parts.extend(s.remarks.iter().map(|r| vec![doubtful(&text::remark(r))]));
    let mut text = format!("{}  {}\n", style(&s.tag).bold(), text::state_and_switchback(state, s.switchback));
    let last = parts.len().saturating_sub(1);
    for (at, lines) in parts.iter().enumerate() {
        for (n, line) in lines.iter().enumerate() {
            let branch = match (n, at == last) {
                (0, false) => "├─ ",
                (0, true) => "└─ ",
                (_, false) => "│    ",
                (_, true) => "     ",
            };
            text.push_str(&format!("{branch}{line}\n"));
        }
    }
    text
}
