//! status: the hierarchies as trees, with what the cluster knows of them now (R17).
//!
//! What is said to a person and to a program (--json) comes from the same values. VERSION is raised when a field changes its
//! meaning or goes; new fields may come at any time.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use console::style;
use serde::Serialize;

use super::act::Situation;
use super::japanese::said;
use super::{AGENT, Exit, Refusal, facts, find, interface, padded, print, report, servers, service};
use crate::cluster::attribute;
use crate::cluster::cib::{Cib, INFINITY, LocationScore, parse_score, show_score};
use crate::cluster::hierarchy::{self, Hierarchy, Server};
use crate::cluster::ids::{self, Rule};
use crate::cluster::live::Live;
use crate::cluster::pacemaker;
use crate::cluster::plan::Plan;
use crate::health::{self, smtp};
use crate::postfix::endpoint::{self, Endpoint};
use crate::postfix::memory::Memory;
use crate::system::deadline::Deadline;
use crate::system::notice::Notice;

/// What is said of a server on which it has failed too often.
const GIVEN_UP: &str = "Postfix failed there, and is not tried again before its failure-timeout, or: postkeeper in-service";

/// How long an endpoint may take to answer; it takes a millisecond.
const TIMEOUT: Duration = Duration::from_secs(8);

/// How every hierarchy is: a tree of its resources and servers, and what has failed
///
/// The exit code is 0 when all are in service and nothing has to be looked at, 6 when one has been taken out of service, 7
/// when one is not in service and should be, 8 when one is in service and something has to be looked at.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// The hierarchy [default: all]
    tag: Option<String>,
    /// For programs: one JSON document
    #[arg(long)]
    json: bool,
    /// Again and again, every so many seconds; with --json, whenever something changes: one line each time
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = clap::value_parser!(u64).range(1..=24 * 60 * 60))]
    watch: Option<u64>,
    /// Do not connect to the endpoints
    #[arg(long)]
    offline: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Report {
    version: u32,
    /// What the cluster calls the server that was asked.
    here: String,
    cluster: Cluster,
    nodes: Vec<NodeStatus>,
    /// This server has the commands of Postfix where distributions install them.
    postfix: bool,
    /// What a hierarchy could depend on: every resource but those that are Postfix or fence.
    resources: Vec<String>,
    hierarchies: Vec<Status>,
}

#[derive(Clone, Debug, Serialize)]
struct NodeStatus {
    name: String,
    /// As [`ServerStatus::state`].
    state: &'static str,
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
    /// `in service`, `out of service`, `not in service`, or what is under way
    state: String,
    /// Where it is in service.
    server: Option<String>,
    /// Nobody has taken it out of service.
    wanted: bool,
    managed: bool,
    switchback: &'static str,
    servers: Vec<ServerStatus>,
    dependencies: Vec<DependencyStatus>,
    endpoints: Vec<EndpointStatus>,
    failures: Vec<FailureStatus>,
    /// What a person should look at.
    #[serde(serialize_with = "interface::in_language")]
    remarks: Vec<String>,
    /// An earlier version made a rule that stops Postfix when a node attribute is lost.
    needs_repair: bool,
    /// A move was cut short, and has left constraints behind.
    interrupted: bool,
}

impl Status {
    /// It is in service, and has nowhere to go.
    fn is_alone(&self) -> bool {
        let can_have_it = |s: &&ServerStatus| s.state == "online" && s.kept_away.is_empty();
        self.server.is_some() && !self.servers.iter().filter(|s| !s.in_service).any(|s| can_have_it(&s))
    }
}

#[derive(Clone, Debug, Serialize)]
struct ServerStatus {
    name: String,
    /// `online`, `standby`, `offline`, `unclean`, …
    state: &'static str,
    priority: Option<i64>,
    in_service: bool,
    /// It cannot have it: why.
    #[serde(serialize_with = "interface::in_language")]
    kept_away: Vec<String>,
    /// How often Postfix has failed there.
    failures: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct DependencyStatus {
    resource: String,
    agent: String,
    /// The address, or the mount point.
    subject: String,
    state: String,
    servers: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct EndpointStatus {
    service: String,
    address: String,
    /// None: nobody has tried.
    answers: Option<bool>,
    #[serde(serialize_with = "interface::in_language")]
    problem: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct FailureStatus {
    resource: String,
    server: String,
    action: String,
    when: String,
    reason: String,
    /// It serves all the same.
    degraded: bool,
    #[serde(serialize_with = "interface::in_language")]
    advice: Option<&'static str>,
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

/// How soon a cluster that changes is looked at again: several changes come at once.
const PAUSE: Duration = Duration::from_millis(100);

/// Prints the report as one line, and again whenever it is another one. The cluster's log is written when something happens,
/// which costs nothing while nothing does; in between it is looked at every `silence`, for what no log tells.
fn stream(arguments: &Arguments, silence: Duration) -> Result<Exit> {
    let notice = Notice::of(Path::new(pacemaker::LOG_DIRECTORY));
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
        if !interface::wait(notice.as_ref(), Deadline::after(silence)) {
            return Ok(Exit::Done);
        }
    }
}

fn look(arguments: &Arguments) -> Result<Report> {
    let situation = Situation::now()?;
    let wanted = match &arguments.tag {
        Some(tag) => vec![find(&situation.cib, Some(tag))?],
        None => hierarchy::all(&situation.cib, AGENT),
    };
    // A program can see that for itself.
    if wanted.is_empty() && !arguments.json {
        return Err(Refusal::unknown("There is no hierarchy of Postfix").advise("Make one with: postkeeper create").into());
    }
    let Live { quorum, maintenance, fencing, .. } = situation.live;
    let hierarchies = wanted.iter().map(|h| status(&situation, h, !arguments.offline)).collect();
    let state = |node: &str| situation.live.node(node).map_or("unknown", |n| n.state());
    let nodes = situation.cib.nodes().into_iter().map(|n| NodeStatus { name: n.to_owned(), state: state(n) }).collect();
    let is_candidate = |agent: &str| agent != AGENT && !agent.starts_with("stonith:");
    let resources = situation.cib.resources().into_iter().filter(|r| is_candidate(&situation.cib.agent(r)));
    let resources = resources.map(|r| r.id().to_owned()).collect();
    let cluster = Cluster { quorum, maintenance, fencing };
    let postfix = facts::instance(&|_| None).missing_command().is_none();
    Ok(Report { version: interface::VERSION, here: situation.here.clone(), cluster, nodes, postfix, resources, hierarchies })
}

fn status(situation: &Situation, h: &Hierarchy, connect: bool) -> Status {
    let Situation { cib, live, here, .. } = situation;
    let started: Vec<&str> =
        live.instances(&h.id).filter(|r| r.role == "Started").flat_map(|r| &r.nodes).map(String::as_str).collect();
    let server = started.first().map(|n| n.to_string());
    let under_way = live.instances(&h.id).find(|r| !matches!(r.role.as_str(), "Started" | "Stopped"));
    let state = match (&server, under_way) {
        (Some(_), _) => "in service".to_owned(),
        (None, Some(r)) => r.role.to_lowercase(),
        (None, None) if h.stopped => "out of service".to_owned(),
        (None, None) => "not in service".to_owned(),
    };
    let own = h.resources();
    let failures = live.failures_of(&own).map(|f| FailureStatus {
        resource: f.resource.clone(),
        server: f.node.clone(),
        action: f.task.clone(),
        when: f.when.clone(),
        reason: f.words().to_owned(),
        degraded: f.degraded,
        advice: report::remedy(&f.reason),
    });
    let mut servers: Vec<&Server> = h.servers.iter().filter(|s| s.extended).collect();
    servers.sort_by_key(|s| s.priority.unwrap_or(i64::MAX));
    let dependencies = h.dependencies.iter().map(|d| DependencyStatus {
        resource: d.id.clone(),
        agent: d.agent.clone(),
        subject: d.subject.clone(),
        state: live.instances(&d.id).map(|r| r.role.as_str()).min().unwrap_or("unknown").to_lowercase(),
        servers: live.active_on(&d.id).into_iter().map(str::to_owned).collect(),
    });
    let mut status = Status {
        tag: h.tag.clone(),
        resource: h.id.clone(),
        group: h.group.clone(),
        state,
        wanted: !h.stopped,
        managed: h.managed && live.instances(&h.id).all(|r| r.managed),
        switchback: h.switchback().name(),
        servers: servers.into_iter().map(|s| server_status(cib, live, h, s)).collect(),
        dependencies: dependencies.collect(),
        endpoints: endpoints(h, server.as_deref(), here, connect),
        failures: failures.collect(),
        remarks: Vec::new(),
        needs_repair: ids::rule(cib, &h.id).is_some_and(|rule| rule.demands_attribute),
        interrupted: !service::leftovers(cib, h).is_empty(),
        server,
    };
    let is_at_rest = under_way.is_none() && status.managed && !live.maintenance && live.quorum && !status.interrupted;
    for s in status.servers.iter_mut().filter(|s| is_at_rest && s.state == "online" && !s.in_service && s.kept_away.is_empty()) {
        s.kept_away.extend(not_there(situation, h, &s.name));
    }
    status.remarks = remarks(&status, live);
    if status.server.as_deref() == Some(here) {
        let due = health::reload_due(&Memory::recall(&facts::instance_of(h)));
        let words = due.into_iter().filter(|(_, words)| !words.is_empty()).map(|(subject, _)| match subject {
            "programs" => "the programs of Postfix were replaced while it runs: reload it (postfix reload)",
            _ => "a TLS certificate was renewed and is not shown yet: reload Postfix (postfix reload)",
        });
        status.remarks.extend(words.map(str::to_owned));
    }
    status
}

/// That the cluster would not run it on a server, where nothing that is known here keeps it away: rules that hang on the date, and
/// whatever else only the cluster can judge.
fn not_there(situation: &Situation, h: &Hierarchy, node: &str) -> Option<String> {
    let after = servers::forced_to(situation, h, node, &Plan::of(&h.resources(), Vec::new())).ok()?;
    let is_there = after.started_on(&h.id).contains(&node);
    (!is_there).then(|| format!("the cluster would not run it there; why: crm_resource --why --resource {} --node {node}", h.id))
}

fn server_status(cib: &Cib, live: &Live, h: &Hierarchy, server: &Server) -> ServerStatus {
    let rule = ids::rule(cib, &h.id);
    let own_rule = |ban: &LocationScore| rule.as_ref().filter(|rule| rule.constraint == ban.constraint);
    let state = live.node(&server.node).map_or("unknown", |n| n.state());
    // One that is not there has published nothing.
    let bans = server.bans.iter().filter(|ban| own_rule(ban).is_none() || !matches!(state, "offline" | "unknown"));
    let kept_away = bans.map(|ban| {
        let found = cib.node_attributes(&server.node).remove(&attribute::ids(&h.id));
        match (own_rule(ban), found) {
            (Some(Rule { recorded, constraint, .. }), Some(found)) => {
                format!("ids differ: uid:gid {found} there, {recorded} recorded (constraint {constraint})")
            }
            _ => format!("{} (constraint {})", ban.because, ban.constraint),
        }
    });
    let count = live.counts.iter().find(|c| c.resource == h.id && c.node == server.node).map(|c| c.failures);
    let threshold = cib.resource(&h.id).and_then(|r| cib.meta(&r, "migration-threshold")).map_or(0, |t| parse_score(&t));
    let is_given_up = count.is_some_and(|n| n >= INFINITY || threshold > 0 && n >= threshold);
    let mut kept_away: Vec<String> = kept_away.collect();
    kept_away.extend(is_given_up.then(|| GIVEN_UP.to_owned()));
    ServerStatus {
        name: server.node.clone(),
        state,
        priority: server.priority,
        in_service: live.started_on(&h.id).contains(&server.node.as_str()),
        kept_away,
        failures: count.map(show_score),
    }
}

/// Where it accepts mail, as main.cf here says it, and whether it answers there.
fn endpoints(h: &Hierarchy, server: Option<&str>, here: &str, connect: bool) -> Vec<EndpointStatus> {
    let instance = facts::instance_of(h);
    // On a standby without the shared file system there may be no configuration to read.
    let Ok(config) = Memory::recall(&instance).config(Deadline::after(TIMEOUT)) else { return Vec::new() };
    // A loopback address is that of each server.
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
            problem: answer.and_then(|a| a.as_ref().err()).map(|t| t.to_string()),
        }
    };
    config.endpoints.iter().map(one).collect()
}

fn remarks(status: &Status, live: &Live) -> Vec<String> {
    let mut remarks = Vec::new();
    if status.needs_repair {
        remarks.push(format!(
            "its rule for uid and gid is of an earlier version, and stops Postfix when a node attribute is lost; to replace it: \
             postkeeper repair {}",
            status.tag
        ));
    }
    if status.interrupted {
        remarks.push("a move was cut short, and no other server can have it until: postkeeper in-service".to_owned());
    }
    if live.maintenance {
        remarks.push("the whole cluster is in maintenance: nothing is looked after".to_owned());
    } else if !status.managed {
        remarks.push("it is not managed: the cluster does not look after it".to_owned());
    }
    if !live.quorum {
        remarks.push("the cluster has no quorum".to_owned());
    }
    if !live.fencing {
        remarks.push("fencing is off: after a stop that fails, everything waits for a person".to_owned());
    }
    if status.server.is_some() && !status.wanted {
        remarks.push("it is to be stopped, as soon as the cluster can".to_owned());
    }
    if status.is_alone() {
        remarks.push("no other server could take over now".to_owned());
    }
    remarks
}

fn exit(report: &Report) -> Exit {
    let needs_a_look = |s: &Status| {
        let silent = s.endpoints.iter().any(|e| e.answers == Some(false));
        let banned = s.servers.iter().any(|v| !v.kept_away.is_empty());
        let alone = s.servers.len() > 1 && s.is_alone();
        !s.failures.is_empty() || silent || banned || alone || !s.managed || !s.wanted || s.interrupted || s.needs_repair
    };
    let one = |s: &Status| match s.state.as_str() {
        "in service" if needs_a_look(s) || !report.cluster.quorum => Exit::Attention,
        "in service" => Exit::Done,
        _ if !s.wanted => Exit::OutOfService,
        _ => Exit::NotInService,
    };
    // The worst counts; in this order.
    let all: Vec<Exit> = report.hierarchies.iter().map(one).collect();
    let order = [Exit::NotInService, Exit::Attention, Exit::OutOfService];
    order.into_iter().find(|e| all.contains(e)).unwrap_or(Exit::Done)
}

/// Colour for people; none where nobody sees it (a pipe, NO_COLOR).
fn coloured(text: &str, good: bool, bad: bool) -> String {
    let text = said(text);
    match (good, bad) {
        (true, _) => style(text).green().to_string(),
        (_, true) => style(text).red().to_string(),
        _ => style(text).yellow().to_string(),
    }
}

fn tree(report: &Report) -> String {
    report.hierarchies.iter().map(one_tree).collect::<Vec<_>>().join("\n")
}

fn one_tree(s: &Status) -> String {
    let place = s.server.as_ref().map_or(String::new(), |n| format!(" on {n}"));
    let state = coloured(&format!("{}{place}", s.state), s.state == "in service", s.state == "not in service");
    let mut parts: Vec<Vec<String>> = Vec::new();
    let width = s.dependencies.iter().map(|d| d.resource.len()).max().unwrap_or(0);
    for d in &s.dependencies {
        let kind = d.agent.rsplit(':').next().unwrap_or_default();
        let state = coloured(&format!("{} on {}", d.state, d.servers.join(", ")), d.state == "started", d.servers.is_empty());
        let state = if d.servers.is_empty() { coloured(&d.state, false, true) } else { state };
        parts.push(vec![format!("{:width$}  {kind} {}  {state}", d.resource, d.subject)]);
    }
    for e in &s.endpoints {
        let health = match (e.answers, &e.problem) {
            (Some(true), _) => coloured("answers", true, false),
            (Some(false), problem) => {
                coloured(&format!("does not answer: {}", problem.as_deref().unwrap_or_default()), false, true)
            }
            (None, _) => said("not tried from here"),
        };
        parts.push(vec![format!("{} {} ({})  {health}", said("endpoint"), e.address, e.service)]);
    }
    let width = s.servers.iter().map(|v| v.name.len()).max().unwrap_or(0);
    for v in &s.servers {
        let priority = v.priority.map_or("no priority".to_owned(), |p| format!("priority {p}"));
        let role = if v.in_service { ", in service" } else { "" };
        let mut lines = vec![format!(
            "{} {:width$}  {} {}",
            said("server"),
            v.name,
            padded(&said(&priority), 12),
            coloured(&format!("{}{role}", v.state), v.state == "online", v.state != "standby")
        )];
        lines.extend(v.kept_away.iter().map(|why| coloured(&format!("kept away: {why}"), false, true)));
        lines.extend(v.failures.iter().map(|n| coloured(&format!("failures of Postfix there: {n}"), false, false)));
        parts.push(lines);
    }
    for f in &s.failures {
        let what = if f.degraded { "degraded" } else { "failed" };
        let mut lines =
            vec![coloured(&format!("{what}: {} of {} on {}, {}", f.action, f.resource, f.server, f.when), false, !f.degraded)];
        lines.push(said(&f.reason));
        lines.extend(f.advice.map(said));
        parts.push(lines);
    }
    parts.extend(s.remarks.iter().map(|r| vec![coloured(&format!("note: {r}"), false, false)]));
    let switchback = said(&format!("switchback {}", s.switchback));
    let mut text = format!("{}  {state}{} {switchback}\n", style(&s.tag).bold(), said(","));
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
