//! show: the properties of a hierarchy, as they are configured.

use anyhow::Result;
use clap::Args;

use super::japanese::said;
use super::{Exit, find, padded, print};
use crate::cluster::hierarchy::{Dependency, Hierarchy, Server, Via};
use crate::cluster::pacemaker;
use crate::ocf::parameters::PARAMETERS;

/// The properties of a hierarchy: switchback, servers and priorities, dependencies, parameters
#[derive(Debug, Args)]
pub struct Arguments {
    /// The hierarchy
    tag: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let cib = pacemaker::query()?;
    print(&properties(&find(&cib, arguments.tag.as_deref())?))?;
    Ok(Exit::Done)
}

fn properties(h: &Hierarchy) -> String {
    let mut rows: Vec<(&str, String)> = vec![("tag", h.tag.clone()), ("resource", h.id.clone())];
    rows.extend(h.group.iter().map(|g| ("group", g.clone())));
    rows.push(("switchback", format!("{} (resource-stickiness {})", h.switchback().name(), h.stickiness)));
    rows.push(("wanted", if h.stopped { "out of service" } else { "in service" }.to_owned()));
    if !h.managed {
        rows.push(("managed", "no: the cluster leaves it alone".to_owned()));
    }
    let mut servers: Vec<&Server> = h.servers.iter().filter(|s| s.extended).collect();
    servers.sort_by_key(|s| s.priority.unwrap_or(i64::MAX));
    rows.extend(servers.into_iter().map(|s| ("server", describe_server(s))));
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
    let via = match &dependency.via {
        Via::Group(group) => format!("before it in group {group}"),
        Via::Colocation(id) => format!("constraint {id}"),
        Via::Dependency(id) => format!("through {id}"),
    };
    format!("{} ({} {}), {via}", dependency.id, dependency.agent, dependency.subject)
}
