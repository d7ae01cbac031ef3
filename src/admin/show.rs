//! show: the properties of a hierarchy, as they are configured.

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::japanese::said;
use super::{Exit, find, interface, japanese, padded, print};
use crate::cluster::hierarchy::{Dependency, Hierarchy, Server, Via};
use crate::cluster::pacemaker;
use crate::ocf::parameters::{PARAMETERS, Parameter};

/// The properties of a hierarchy: switchback, servers and priorities, dependencies, parameters
#[derive(Debug, Args)]
pub struct Arguments {
    /// The hierarchy
    tag: Option<String>,
    /// For programs: one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Properties {
    version: u32,
    tag: String,
    resource: String,
    group: Option<String>,
    switchback: &'static str,
    wanted: bool,
    managed: bool,
    servers: Vec<ServerProperties>,
    dependencies: Vec<DependencyProperties>,
    parameters: Vec<ParameterProperties>,
}

#[derive(Clone, Debug, Serialize)]
struct ServerProperties {
    name: String,
    priority: Option<i64>,
    #[serde(serialize_with = "interface::in_language")]
    kept_away: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct DependencyProperties {
    resource: String,
    agent: String,
    /// The address, or the mount point.
    subject: String,
    #[serde(serialize_with = "interface::in_language")]
    via: String,
}

#[derive(Clone, Debug, Serialize)]
struct ParameterProperties {
    name: &'static str,
    /// None: its default.
    value: Option<String>,
    default: Option<&'static str>,
    kind: String,
    reloadable: bool,
    short: &'static str,
    long: &'static str,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let cib = pacemaker::query()?;
    let h = find(&cib, arguments.tag.as_deref())?;
    print(&if arguments.json { serde_json::to_string_pretty(&Properties::of(&h))? } else { properties(&h) })?;
    Ok(Exit::Done)
}

impl Properties {
    fn of(h: &Hierarchy) -> Properties {
        let server = |s: &Server| ServerProperties {
            name: s.node.clone(),
            priority: s.priority,
            kept_away: s.bans.iter().map(|b| format!("{} ({})", b.because, b.constraint)).collect(),
        };
        let dependency = |d: &Dependency| DependencyProperties {
            resource: d.id.clone(),
            agent: d.agent.clone(),
            subject: d.subject.clone(),
            via: via_words(&d.via),
        };
        let parameter = |p: &'static Parameter| {
            // The table has one sentence for each.
            let long = japanese::parameter(p.name).filter(|_| japanese::is_wanted()).unwrap_or(p.long);
            let value = h.parameter(p.name).map(str::to_owned);
            let kind = p.kind.to_string();
            ParameterProperties { name: p.name, value, default: p.default, kind, reloadable: p.reloadable, short: p.short, long }
        };
        Properties {
            version: interface::VERSION,
            tag: h.tag.clone(),
            resource: h.id.clone(),
            group: h.group.clone(),
            switchback: h.switchback().name(),
            wanted: !h.stopped,
            managed: h.managed,
            servers: by_priority(h).into_iter().map(server).collect(),
            dependencies: h.dependencies.iter().map(dependency).collect(),
            parameters: PARAMETERS.iter().map(parameter).collect(),
        }
    }
}

fn by_priority(h: &Hierarchy) -> Vec<&Server> {
    let mut servers: Vec<&Server> = h.servers.iter().filter(|s| s.extended).collect();
    servers.sort_by_key(|s| s.priority.unwrap_or(i64::MAX));
    servers
}

fn properties(h: &Hierarchy) -> String {
    let mut rows: Vec<(&str, String)> = vec![("tag", h.tag.clone()), ("resource", h.id.clone())];
    rows.extend(h.group.iter().map(|g| ("group", g.clone())));
    rows.push(("switchback", format!("{} (resource-stickiness {})", h.switchback().name(), h.stickiness)));
    rows.push(("wanted", if h.stopped { "out of service" } else { "in service" }.to_owned()));
    if !h.managed {
        rows.push(("managed", "no: the cluster leaves it alone".to_owned()));
    }
    rows.extend(by_priority(h).into_iter().map(|s| ("server", describe_server(s))));
    rows.extend(h.dependencies.iter().map(|d| ("depends on", describe_dependency(d))));
    rows.extend(h.parameters.iter().map(|(name, value)| ("parameter", format!("{name}={value}"))));
    let unset = PARAMETERS.iter().filter(|p| h.parameter(p.name).is_none());
    rows.extend(unset.filter_map(|p| Some(("default", format!("{}={}", p.name, p.default?)))));
    let width = rows.iter().map(|(label, _)| console::measure_text_width(&said(label))).max().unwrap_or(0) + 2;
    // A label is said once for all of its rows.
    let mut last = "";
    let lines = rows.iter().map(|(label, value)| {
        let shown = if *label == last { "" } else { label };
        last = label;
        format!("{}{}\n", padded(&said(shown), width), said(value))
    });
    lines.collect()
}

fn describe_server(server: &Server) -> String {
    let priority = server.priority.map_or("no priority".to_owned(), |p| format!("priority {p}"));
    let bans: String = server.bans.iter().map(|b| format!("; kept away: {} ({})", b.because, b.constraint)).collect();
    format!("{}, {priority}{bans}", server.node)
}

fn describe_dependency(dependency: &Dependency) -> String {
    format!("{} ({} {}), {}", dependency.id, dependency.agent, dependency.subject, via_words(&dependency.via))
}

fn via_words(via: &Via) -> String {
    match via {
        Via::Group(group) => format!("before it in group {group}"),
        Via::Colocation(id) => format!("constraint {id}"),
        Via::Dependency(id) => format!("through {id}"),
    }
}
