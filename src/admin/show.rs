//! show: the configured properties of a hierarchy.

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::{Exit, find_hierarchy, interface, padded, print};
use crate::cluster::hierarchy::{Dependency, Hierarchy, Server, Via};
use crate::cluster::pacemaker;
use crate::ocf::parameters::{PARAMETERS, Parameter};
use crate::text::{self, Text, verbatim};

#[derive(Debug, Args)]
#[command(about = text::help_show())]
pub struct Arguments {
    #[arg(help = text::help_tag())]
    tag: Option<String>,
    #[arg(help = text::help_json(), long)]
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
    kept_away: Vec<Text>,
}

#[derive(Clone, Debug, Serialize)]
struct DependencyProperties {
    #[serde(flatten)]
    dependency: Dependency,
    via: Text,
}

#[derive(Clone, Debug, Serialize)]
struct ParameterProperties {
    name: &'static str,
    /// None: default.
    value: Option<String>,
    default: Option<&'static str>,
    kind: String,
    reloadable: bool,
    short: &'static str,
    long: &'static str,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let cib = pacemaker::query()?;
    let h = find_hierarchy(&cib, arguments.tag.as_deref())?;
    print(&if arguments.json { serde_json::to_string_pretty(&Properties::of(&h))? } else { properties(&h) })?;
    Ok(Exit::Done)
}

impl Properties {
    fn of(h: &Hierarchy) -> Properties {
        let server = |s: &Server| ServerProperties {
            name: s.node.clone(),
            priority: s.priority,
            kept_away: s.bans.iter().map(|b| verbatim!("{} ({})", b.because, b.constraint)).collect(),
        };
        let dependency = |d: &Dependency| DependencyProperties { dependency: d.clone(), via: via_words(&d.via) };
        let parameter = |p: &'static Parameter| {
            let long = p.explained();
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
            servers: h.by_priority().into_iter().map(server).collect(),
            dependencies: h.dependencies.iter().map(dependency).collect(),
            parameters: PARAMETERS.iter().map(parameter).collect(),
        }
    }
}

fn properties(h: &Hierarchy) -> String {
    let value = |words: &str| Text::verbatim(words);
    let mut rows: Vec<(Text, Text)> = vec![(text::tag_label(), value(&h.tag)), (text::resource_label(), value(&h.id))];
    rows.extend(h.group.iter().map(|g| (text::group_label(), value(g))));
    let switchback = format!("{} (resource-stickiness {})", h.switchback().name(), h.stickiness);
    rows.push((text::switchback_label(), value(&switchback)));
    rows.push((text::wanted_label(), if h.stopped { text::out_of_service() } else { text::in_service() }));
    if !h.managed {
        rows.push((text::managed_label(), text::no_unmanaged()));
    }
    rows.extend(h.by_priority().into_iter().map(|s| (text::server_label(), describe_server(s))));
    rows.extend(h.dependencies.iter().map(|d| (text::depends_on_label(), describe_dependency(d))));
    rows.extend(h.parameters.iter().map(|(name, set)| (text::parameter_label(), value(&format!("{name}={set}")))));
    let unset = PARAMETERS.iter().filter(|p| h.parameter(p.name).is_none());
    rows.extend(unset.filter_map(|p| Some((text::default_label(), value(&format!("{}={}", p.name, p.default?))))));
    let width = rows.iter().map(|(label, _)| console::measure_text_width(label.as_str())).max().unwrap_or(0) + 2;
    // A label is printed once for all of its rows.
    let mut last = "";
    let lines = rows.iter().map(|(label, value)| {
        let shown = if label == &last { "" } else { label.as_str() };
        last = label.as_str();
        format!("{}{value}\n", padded(shown, width))
    });
    lines.collect()
}

fn describe_server(server: &Server) -> Text {
    let words = match server.priority {
        Some(priority) => text::server_with_priority(&server.node, priority),
        None => text::server_without_priority(&server.node),
    };
    server.bans.iter().fold(words, |words, ban| text::server_kept_away(words, &ban.because, &ban.constraint))
}

fn describe_dependency(dependency: &Dependency) -> Text {
    text::dependency_via(&dependency.id, &dependency.agent, &dependency.subject, via_words(&dependency.via))
}

fn via_words(via: &Via) -> Text {
    match via {
        Via::Group(group) => text::via_group(group),
        Via::Colocation(id) => text::the_constraint(id),
        Via::Dependency(id) => text::via_dependency(id),
    }
}
