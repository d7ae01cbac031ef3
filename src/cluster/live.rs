//! The state of nodes and resources, from the XML of crm_mon(8) and crm_simulate(8).
//!
//! The present state, or a simulated one; the configuration is in the CIB ([`super::cib`]).

use serde::Serialize;

use super::cib::{Score, is_container, parse_score};
use super::xml::Element;
use crate::text::{self, Text};

/// The nodes and resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    pub nodes: Vec<Node>,
    pub resources: Vec<ResourceState>,
    pub failures: Vec<Failure>,
    pub counts: Vec<FailCount>,
    pub quorum: bool,
    /// Whether the whole cluster is in maintenance mode.
    pub maintenance: bool,
    pub fencing: bool,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub online: bool,
    pub standby: bool,
    pub maintenance: bool,
    /// Unclean: it has to be fenced.
    pub unclean: bool,
    /// It is joining.
    pub pending: bool,
}

/// A primitive, or an instance of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceState {
    /// Without the number of an instance.
    pub id: String,
    /// `Started`, `Stopped`, `Starting`, …
    pub role: String,
    pub active: bool,
    pub failed: bool,
    /// The cluster does nothing about it: after a stop that failed without fencing, or by on-fail=block.
    pub blocked: bool,
    pub managed: bool,
    /// Where it is active.
    pub nodes: Vec<String>,
}

/// A failed action that has not been cleaned up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub resource: String,
    pub node: String,
    /// `start`, `monitor`, …
    pub task: String,
    /// `error`, `not installed`, `degraded`, …
    pub status: String,
    pub reason: String,
    /// In local time, as the cluster writes it.
    pub when: String,
    /// It counts as success: 190, 191.
    pub degraded: bool,
}

/// The failcount of a resource on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailCount {
    pub resource: String,
    pub node: String,
    /// At migration-threshold, and always at INFINITY, it does not run there until cleaned up.
    pub failures: Score,
}

/// The state of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeState {
    /// The cluster does not know the node.
    Unknown,
    Online,
    Standby,
    Offline,
    #[serde(rename = "coming up")]
    ComingUp,
    Unclean,
    Maintenance,
}

impl ResourceState {
    /// What it does, and where.
    pub fn words(&self) -> Text {
        let role = role_words(&self.role);
        if self.nodes.is_empty() { role } else { text::role_on(role, self.nodes.join(", ")) }
    }
}

/// A role of Pacemaker, as text.
pub fn role_words(role: &str) -> Text {
    match role.to_lowercase().as_str() {
        "starting" => text::role_starting(),
        "stopping" => text::role_stopping(),
        "started" => text::role_started(),
        "stopped" => text::role_stopped(),
        "promoted" => text::role_promoted(),
        "unpromoted" => text::role_unpromoted(),
        other => Text::verbatim(other),
    }
}

impl NodeState {
    pub fn words(self) -> Text {
        match self {
            NodeState::Unknown => text::node_unknown(),
            NodeState::Online => text::node_online(),
            NodeState::Standby => text::node_standby(),
            NodeState::Offline => text::node_offline(),
            NodeState::ComingUp => text::node_coming_up(),
            NodeState::Unclean => text::node_unclean(),
            NodeState::Maintenance => text::node_maintenance(),
        }
    }
}

impl Node {
    /// Whether resources can run there.
    pub fn is_ready(&self) -> bool {
        self.online && !self.standby && !self.unclean && !self.pending
    }

    /// In a word.
    pub fn state(&self) -> NodeState {
        match self {
            Node { unclean: true, .. } => NodeState::Unclean,
            Node { online: false, .. } => NodeState::Offline,
            Node { pending: true, .. } => NodeState::ComingUp,
            Node { standby: true, .. } => NodeState::Standby,
            Node { maintenance: true, .. } => NodeState::Maintenance,
            _ => NodeState::Online,
        }
    }
}

impl Live {
    /// From the document, or from that part of it that has the elements `nodes` and `resources`. The containers of bundles are left out
    /// of the nodes: they run only the bundle's resource.
    pub fn parse(root: &Element) -> Live {
        let list = |name: &str| root.at(&[name]).into_iter().flat_map(Element::children).collect::<Vec<_>>();
        let options = root.at(&["summary", "cluster_options"]);
        let option = |names: &[&str]| names.iter().find_map(|name| options?.get(name)) == Some("true");
        let dc = root.at(&["summary", "current_dc"]);
        let resources = root.at(&["resources"]).map(Element::all).unwrap_or_default();
        let bundles: Vec<&str> = resources.iter().filter(|e| e.name == "bundle").map(|e| e.id()).collect();
        let is_host =
            |e: &&Element| e.text("type") != "remote" || !bundles.iter().any(|bundle| is_container(e.text("name"), bundle));
        let history = list("node_history").into_iter().flat_map(|node| {
            node.named("resource_history").filter_map(|resource| {
                let failures = parse_score(resource.get("fail-count")?);
                let count = FailCount { resource: resource.id().to_owned(), node: node.text("name").to_owned(), failures };
                (failures > 0).then_some(count)
            })
        });
        Live {
            nodes: list("nodes").into_iter().filter(is_host).map(Node::parse).collect(),
            resources: resources.into_iter().filter(|e| e.name == "resource").map(ResourceState::parse).collect(),
            failures: list("failures").into_iter().map(Failure::parse).collect(),
            counts: history.collect(),
            quorum: dc.is_some_and(|dc| dc.text("with_quorum") == "true"),
            maintenance: option(&["maintenance-mode"]),
            fencing: option(&["fencing-enabled", "stonith-enabled"]),
        }
    }

    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|n| n.name == name)
    }

    /// The state of a node.
    pub fn state_of(&self, name: &str) -> NodeState {
        self.node(name).map_or(NodeState::Unknown, Node::state)
    }

    /// The nodes that have to be fenced.
    pub fn unclean(&self) -> Vec<&str> {
        self.nodes.iter().filter(|n| n.unclean).map(|n| n.name.as_str()).collect()
    }

    /// The node that runs a resource; None while nobody knows, because the node where it ran has to be fenced.
    pub fn serving<'a>(&'a self, id: &'a str) -> Option<&'a str> {
        let unclean = self.unclean();
        let nodes = self.instances(id).filter(|r| r.role == "Started").flat_map(|r| &r.nodes);
        nodes.map(String::as_str).find(|node| !unclean.contains(node))
    }

    /// Every instance of a resource.
    pub fn instances<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a ResourceState> {
        self.resources.iter().filter(move |r| r.id == id)
    }

    /// Whether a resource is active on a node, and managed there.
    pub fn is_managed_on(&self, id: &str, node: &str) -> bool {
        let id = plain_id(id);
        self.instances(id).any(|r| r.active && r.managed && r.nodes.iter().any(|n| n == node))
    }

    /// The nodes on which a resource is fully started.
    pub fn started_on<'a>(&'a self, id: &'a str) -> Vec<&'a str> {
        let started = self.instances(id).filter(|r| r.active && !matches!(r.role.as_str(), "Starting" | "Stopping" | "Stopped"));
        started.flat_map(|r| r.nodes.iter().map(String::as_str)).collect()
    }

    /// The nodes on which a resource may be active, in part or in whole.
    pub fn active_on<'a>(&'a self, id: &'a str) -> Vec<&'a str> {
        self.instances(id).filter(|r| r.active).flat_map(|r| r.nodes.iter().map(String::as_str)).collect()
    }

    /// The failures of some resources.
    pub fn failures_of<'a>(&'a self, ids: &'a [&str]) -> impl Iterator<Item = &'a Failure> {
        self.failures.iter().filter(|f| ids.contains(&f.resource.as_str()))
    }
}

fn is(element: &Element, name: &str) -> bool {
    element.text(name) == "true"
}

impl Node {
    fn parse(e: &Element) -> Node {
        Node {
            name: e.text("name").to_owned(),
            online: is(e, "online"),
            standby: is(e, "standby") || is(e, "standby_onfail"),
            maintenance: is(e, "maintenance"),
            unclean: is(e, "unclean"),
            pending: is(e, "pending"),
        }
    }
}

impl ResourceState {
    fn parse(e: &Element) -> ResourceState {
        ResourceState {
            id: plain_id(e.id()).to_owned(),
            // A start or stop that is under way is the role; what is "pending" beside it is a monitor without a result yet.
            role: e.text("role").to_owned(),
            active: is(e, "active"),
            failed: is(e, "failed"),
            blocked: is(e, "blocked"),
            managed: is(e, "managed"),
            nodes: e.named("node").map(|n| n.text("name").to_owned()).collect(),
        }
    }
}

impl Failure {
    /// Whether no operation found it: it was reported to Pacemaker (crm_resource --fail).
    pub fn is_reported(&self) -> bool {
        self.task == "asyncmon"
    }

    /// The reason, if known.
    pub fn words(&self) -> Text {
        match self.reason.as_str() {
            _ if self.is_reported() => text::it_was_reported_as_failed_crm(),
            "" => Text::verbatim(&self.status),
            reason => Text::verbatim(reason),
        }
    }

    fn parse(e: &Element) -> Failure {
        // fs_monitor_20000: an id may hold underscores, a task and an interval do not, but for migrate_to and the like.
        let key = e.text("op_key");
        let resource = key.strip_suffix(&format!("_{}_{}", e.text("task"), e.text("interval")));
        let resource = resource.or_else(|| key.rsplitn(3, '_').nth(2)).unwrap_or(key);
        Failure {
            resource: plain_id(resource).to_owned(),
            node: e.text("node").to_owned(),
            task: e.text("task").to_owned(),
            status: e.text("exitstatus").to_owned(),
            reason: e.text("exitreason").to_owned(),
            when: e.text("last-rc-change").to_owned(),
            degraded: matches!(e.text("exitcode"), "190" | "191"),
        }
    }
}

/// `fs:1` is an instance of `fs`.
pub fn plain_id(id: &str) -> &str {
    id.split(':').next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_containers_of_a_bundle_are_no_nodes() {
        let xml = "<pacemaker-result><nodes><node name=\"web-2\" type=\"member\"/><node name=\"web-0\" type=\"remote\"/>\
            <node name=\"web-server-1\" type=\"remote\"/></nodes><resources><bundle id=\"web\"/></resources></pacemaker-result>";
        let live = Live::parse(&Element::parse(xml).unwrap());
        assert_eq!(live.nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>(), ["web-2", "web-server-1"]);
    }

    #[test]
    fn where_a_node_has_to_be_fenced_nobody_knows_what_runs() {
        let serving = |unclean: bool| {
            let xml = format!(
                "<pacemaker-result><nodes><node name=\"n1\" online=\"true\" unclean=\"{unclean}\"/></nodes><resources>\
                 <resource id=\"mx\" role=\"Started\" active=\"true\"><node name=\"n1\"/></resource></resources></pacemaker-result>"
            );
            Live::parse(&Element::parse(&xml).unwrap()).serving("mx").map(str::to_owned)
        };
        assert_eq!([false, true].map(serving), [Some("n1".to_owned()), None]);
    }

    #[test]
    fn a_status_is_read() {
        let xml = "<pacemaker-result><summary><current_dc with_quorum=\"true\"/><cluster_options stonith-enabled=\"true\"/></summary>\
            <nodes><node name=\"n1\" online=\"true\"/><node name=\"n2\" online=\"true\" standby=\"true\"/><node name=\"n3\"/></nodes>\
            <resources><group id=\"g\"><resource id=\"a_b\" role=\"Started\" pending=\"Monitoring\" active=\"true\" managed=\"true\"><node name=\"n1\"/></resource></group>\
            <clone id=\"c\"><resource id=\"f:0\" role=\"Started\" active=\"true\"><node name=\"n1\"/></resource><resource id=\"f:1\" \
            role=\"Starting\" active=\"true\"><node name=\"n2\"/></resource></clone></resources>\
            <node_history><node name=\"n1\"><resource_history id=\"a_b\" fail-count=\"2\"/></node></node_history>\
            <failures><failure op_key=\"a_b_monitor_10000\" node=\"n1\" task=\"monitor\" interval=\"10000\" exitcode=\"190\"/></failures>\
            </pacemaker-result>";
        let live = Live::parse(&Element::parse(xml).unwrap());
        assert!(live.quorum && live.fencing && !live.maintenance);
        for (now, fencing) in [("fencing-enabled=\"true\"", true), ("fencing-enabled=\"false\" stonith-enabled=\"true\"", false)]
        {
            let newer = xml.replace("stonith-enabled=\"true\"", now);
            assert_eq!(Live::parse(&Element::parse(&newer).unwrap()).fencing, fencing, "{now}");
        }
        assert_eq!(
            live.nodes.iter().map(Node::state).collect::<Vec<_>>(),
            [NodeState::Online, NodeState::Standby, NodeState::Offline]
        );
        assert_eq!(
            (live.started_on("a_b"), live.started_on("f"), live.active_on("f")),
            (vec!["n1"], vec!["n1"], vec!["n1", "n2"])
        );
        assert_eq!(live.instances("a_b").map(|r| r.role.as_str()).collect::<Vec<_>>(), ["Started"]);
        assert_eq!((live.failures[0].resource.as_str(), live.failures[0].degraded), ("a_b", true));
        assert_eq!(live.counts[0].failures, 2);
        assert_eq!(Live::parse(&Element::default()), Live::default());
        let managed = |id: &str, node: &str| live.is_managed_on(id, node);
        assert!(
            managed("a_b", "n1") && managed("a_b:0", "n1") && !managed("a_b", "n2") && !managed("f", "n1") && !managed("z", "n1")
        );
    }
}
