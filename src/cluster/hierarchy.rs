//! A hierarchy: a resource, what it depends on, and the servers it may run on.
//!
//! It is read from any CIB, with whatever tool it was made: the dependencies are the members before it in its group and
//! the resources of its mandatory colocations; the servers are the nodes that no location constraint bans; the
//! priority of a server is 1000 minus the score of its location constraint.

use std::collections::BTreeSet;

use serde::Serialize;

use super::cib::{Cib, INFINITY, LocationScore, Resource, parse_score};
use super::constraint::Purpose;
use super::provides;
use super::xml::Element;
use crate::ocf::parameters::boolean;
use crate::text;

/// The hierarchy of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    pub id: String,
    /// Its tag: kept in the resource's description when it is no valid id.
    pub tag: String,
    pub group: Option<String>,
    pub parameters: Vec<(String, String)>,
    /// The effective resource-stickiness.
    pub stickiness: String,
    /// Whether target-role of the resource, or of its group, is Stopped.
    pub stopped: bool,
    pub managed: bool,
    pub dependencies: Vec<Dependency>,
    /// Every node of the cluster.
    pub servers: Vec<Server>,
}

/// A resource that must be active on the same node, and start before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dependency {
    #[serde(rename = "resource")]
    pub id: String,
    pub agent: String,
    /// The address or the mount point, for display.
    pub subject: String,
    #[serde(skip)]
    pub via: Via,
}

/// Why it is a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    Group(String),
    /// The id of the colocation constraint.
    Colocation(String),
    /// Another dependency depends on it.
    Dependency(String),
}

/// A node, from the point of view of the hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub node: String,
    /// Whether no constraint on the node's name bans the resource.
    pub extended: bool,
    /// The sum of its scores.
    pub score: i64,
    /// 1 (highest) to 999; None without a score between 1 and 999.
    pub priority: Option<i64>,
    /// Other bans: by an attribute of the node, such as uid and gid.
    pub bans: Vec<LocationScore>,
    /// The constraints that ban it by the node's name.
    pub kept_away_by: Vec<String>,
}

/// When the resource returns to the server of highest priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switchback {
    /// Never: it stays where it is.
    Intelligent,
    /// As soon as possible.
    Automatic,
    /// In between: it returns only for a greater difference in score.
    Partial,
}

impl Switchback {
    /// From resource-stickiness; two priorities differ by less than 1000.
    pub fn from_stickiness(stickiness: &str) -> Switchback {
        match parse_score(stickiness) {
            1000.. => Switchback::Intelligent,
            1.. => Switchback::Partial,
            _ => Switchback::Automatic,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Switchback::Intelligent => "intelligent",
            Switchback::Automatic => "automatic",
            Switchback::Partial => "partial",
        }
    }
}

/// The resource id for a tag: `/`, which is not allowed in an id, becomes `-`, and `--` becomes `-`.
pub fn id_of(tag: &str) -> String {
    let mut id = tag.replace('/', "-");
    while id.contains("--") {
        id = id.replace("--", "-");
    }
    id
}

/// Every hierarchy of an agent.
pub fn all(cib: &Cib, agent: &str) -> Vec<Hierarchy> {
    cib.resources().iter().filter(|r| cib.agent(r) == agent).map(|r| Hierarchy::of(cib, r)).collect()
}

impl Hierarchy {
    fn of(cib: &Cib, resource: &Resource<'_>) -> Hierarchy {
        let id = resource.id().to_owned();
        let description = resource.element.text("description");
        let group = resource.group.map(|g| g.id().to_owned());
        let named: Vec<&str> = [Some(id.as_str()), group.as_deref()].into_iter().flatten().collect();
        let dependencies = dependencies(cib, resource);
        let servers = cib.nodes().into_iter().map(|node| server(cib, &named, &dependencies, node)).collect();
        Hierarchy {
            tag: if id_of(description) == id { description.to_owned() } else { id.clone() },
            parameters: cib.parameters(resource),
            stickiness: cib.meta(resource, "resource-stickiness").unwrap_or_else(|| "0".to_owned()),
            stopped: cib.is_stopped(resource),
            managed: cib.is_managed(resource),
            dependencies,
            servers,
            group,
            id,
        }
    }

    /// Whether `name` is its tag or its id.
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.tag == name || self.id == id_of(name)
    }

    pub fn switchback(&self) -> Switchback {
        Switchback::from_stickiness(&self.stickiness)
    }

    pub fn server(&self, node: &str) -> Option<&Server> {
        self.servers.iter().find(|s| s.node == node)
    }

    /// The names of the servers it may run on.
    pub fn extended(&self) -> Vec<&str> {
        self.servers.iter().filter(|s| s.extended).map(|s| s.node.as_str()).collect()
    }

    /// Those by priority.
    pub fn by_priority(&self) -> Vec<&Server> {
        let mut servers: Vec<&Server> = self.servers.iter().filter(|s| s.extended).collect();
        servers.sort_by_key(|s| s.priority.unwrap_or(i64::MAX));
        servers
    }

    /// Its id and that of its group: constraints may name either.
    pub fn names(&self) -> Vec<&str> {
        [self.id.as_str()].into_iter().chain(self.group.as_deref()).collect()
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The ids of all its resources, itself last.
    pub fn resources(&self) -> Vec<&str> {
        self.dependencies.iter().map(|d| d.id.as_str()).chain([self.id.as_str()]).collect()
    }
}

fn server(cib: &Cib, named: &[&str], dependencies: &[Dependency], node: &str) -> Server {
    let location_scores = cib.location_scores(named, node);
    let (bans, others): (Vec<LocationScore>, Vec<LocationScore>) =
        location_scores.into_iter().partition(|o| o.score <= -INFINITY);
    // A move, by hand or by a printed script that did not come to its end, does not change its servers.
    let is_move = |id: &str| named.iter().any(|name| matches!(Purpose::parse(id, name), Some(Purpose::Moves(_))));
    let is_by_hand = |o: &LocationScore| o.constraint.starts_with("cli-") || is_move(&o.constraint);
    let (by_name, mut bans): (Vec<LocationScore>, Vec<LocationScore>) =
        bans.into_iter().partition(|o| o.by_name && !is_by_hand(o));
    // It cannot run where a dependency may not run.
    for dependency in dependencies {
        let around = cib.resource(&dependency.id).map(|r| r.group.or(r.clone).unwrap_or(r.element).id().to_owned());
        let around = around.as_deref().filter(|id| !named.contains(id) && *id != dependency.id);
        let theirs: Vec<&str> = [Some(dependency.id.as_str()), around].into_iter().flatten().collect();
        let against = cib.location_scores(&theirs, node).into_iter().filter(|o| o.score <= -INFINITY);
        bans.extend(against.map(|o| LocationScore { because: text::may_not_run_there(&dependency.id), ..o }));
    }
    bans.dedup_by(|a, b| a.constraint == b.constraint);
    let score: i64 = others.iter().filter(|o| o.by_name && !is_by_hand(o)).map(|o| o.score).sum();
    // In an opt-in cluster (symmetric-cluster=false), a node without a constraint is banned.
    let opt_in = cib.is_set("symmetric-cluster") == Some(false) && others.is_empty();
    Server {
        node: node.to_owned(),
        extended: by_name.is_empty() && !opt_in,
        score,
        priority: (1..1000).contains(&score).then_some(1000 - score),
        bans,
        kept_away_by: by_name.into_iter().map(|o| o.constraint).collect(),
    }
}

/// The direct and indirect dependencies of `resource`.
pub fn dependencies(cib: &Cib, resource: &Resource<'_>) -> Vec<Dependency> {
    let mut seen = BTreeSet::from([resource.id().to_owned()]);
    let mut found: Vec<Dependency> = Vec::new();
    let mut next: Vec<(String, Option<String>)> = vec![(resource.id().to_owned(), None)];
    while let Some((id, below)) = next.pop() {
        let Some(current) = cib.resource(&id) else { continue };
        for (one, via) in direct(cib, &current) {
            if !seen.insert(one.id().to_owned()) {
                continue;
            }
            let via = below.clone().map_or(via, Via::Dependency);
            let subject = provides::subject(cib, &one);
            found.push(Dependency { id: one.id().to_owned(), agent: cib.agent(&one), subject, via });
            next.push((one.id().to_owned(), Some(below.clone().unwrap_or_else(|| one.id().to_owned()))));
        }
    }
    found
}

/// The ids of the resources whose agent is one of those, and of their dependencies.
pub fn with_dependencies(cib: &Cib, is_it: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let all = cib.resources().into_iter().filter(|r| is_it(&cib.agent(r)));
    let each = |r: Resource<'_>| dependencies(cib, &r).into_iter().map(|d| d.id).chain([r.id().to_owned()]).collect::<Vec<_>>();
    all.flat_map(each).collect()
}

/// The direct dependencies of `resource`.
fn direct<'a>(cib: &'a Cib, resource: &Resource<'a>) -> Vec<(Resource<'a>, Via)> {
    let mut found = Vec::new();
    if let Some(group) = resource.group {
        let before = group.named("primitive").take_while(|m| m.id() != resource.id());
        let members = before.filter_map(|m| cib.resource(m.id()));
        found.extend(members.map(|m| (m, Via::Group(group.id().to_owned()))));
    }
    let is_it = |id: &str| id == resource.id() || resource.group.is_some_and(|g| g.id() == id);
    for constraint in cib.constraints().filter(|c| c.name == "rsc_colocation" && is_mandatory(c)) {
        let is_it = |id: &str| cib.stand_for(id).into_iter().any(is_it);
        let with = placed_with(constraint, &is_it);
        for id in with.iter().flat_map(|id| cib.stand_for(id)) {
            found.extend(cib.members(id).into_iter().map(|m| (m, Via::Colocation(constraint.id().to_owned()))));
        }
    }
    found
}

/// What the cluster would stop if that resource stopped, and the resource itself: what depends on it, or is ordered after it.
pub fn affected_by<'a>(cib: &'a Cib, id: &str) -> Vec<Resource<'a>> {
    let (mut found, mut open) = (Vec::new(), cib.resources());
    loop {
        let is_hit = |r: &Resource<'_>| {
            let is_found = |other: &str| found.iter().any(|f: &Resource<'_>| f.id() == other);
            r.id() == id || dependencies(cib, r).iter().any(|d| is_found(&d.id)) || is_ordered_after(cib, r, &is_found)
        };
        let (hit, rest): (Vec<Resource<'a>>, Vec<Resource<'a>>) = open.into_iter().partition(is_hit);
        if hit.is_empty() {
            return found;
        }
        found.extend(hit);
        open = rest;
    }
}

/// Whether a mandatory order constraint has the resource start after one of those.
pub fn is_ordered_after(cib: &Cib, resource: &Resource<'_>, is_first: &dyn Fn(&str) -> bool) -> bool {
    let members = |id: &str| cib.stand_for(id).into_iter().flat_map(|id| cib.members(id)).map(|m| m.id().to_owned()).collect();
    let is_optional = |order: &Element| {
        matches!(order.text("kind"), "Optional" | "Serialize") || order.get("score").is_some_and(|score| parse_score(score) == 0)
    };
    cib.constraints().filter(|c| c.name == "rsc_order" && !is_optional(c)).any(|order| {
        let pair = [order.get("first"), order.get("then")].into_iter().flatten();
        let in_sets = order.named("resource_set").flat_map(|set| set.named("resource_ref")).map(Element::id);
        let ids: Vec<Vec<String>> = pair.chain(in_sets).map(members).collect();
        let first = ids.iter().position(|members| members.iter().any(|id| is_first(id)));
        first.is_some_and(|at| ids[at + 1..].iter().flatten().any(|id| id == resource.id()))
    })
}

/// In a colocation of sets, a missing score means INFINITY.
fn is_mandatory(colocation: &Element) -> bool {
    colocation.get("score").map_or(colocation.get("rsc").is_none(), |s| parse_score(s) >= INFINITY)
}

/// The ids of the resources with which a colocation constraint places the resource.
fn placed_with(colocation: &Element, is_it: &dyn Fn(&str) -> bool) -> Vec<String> {
    if is_it(colocation.text("rsc")) {
        return colocation.get("with-rsc").map(str::to_owned).into_iter().collect();
    }
    let sets: Vec<Vec<&str>> =
        colocation.named("resource_set").map(|set| set.named("resource_ref").map(Element::id).collect()).collect();
    let Some(own) = sets.iter().position(|set| set.iter().any(|id| is_it(id))) else { return Vec::new() };
    let sequential = colocation.named("resource_set").nth(own).is_some_and(|s| boolean(s.text("sequential")) != Some(false));
    // Within a set each resource is placed with the one before it; a set is placed with the sets after it.
    let before = sets[own].iter().take_while(|id| sequential && !is_it(id));
    let after = sets[own + 1..].iter().flatten();
    before.chain(after).map(|id| id.to_string()).collect()
}

/// Whether constraints already keep two resources on one node, so that they move together.
pub fn are_colocated(cib: &Cib, one: &str, other: &str) -> bool {
    let with = |a: &str, b: &str| {
        cib.resource(a).is_some_and(|r| r.anchor() == b || dependencies(cib, &r).iter().any(|d| d.id == b))
            || cib.resource(a).and_then(|r| r.group.map(|g| g.id() == b)).unwrap_or(false)
    };
    with(one, other) || with(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str = "ocf:postkeeper:postfix";

    fn hierarchy(cib: &str) -> Hierarchy {
        let mut found = all(&Cib::parse(cib).unwrap(), AGENT);
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    #[test]
    fn one_made_with_constraints_is_understood() {
        let h = hierarchy(include_str!("fixtures/two-instances.xml"));
        assert_eq!((h.id.as_str(), h.tag.as_str()), ("mail2-postfix", "mail2-postfix"));
        assert_eq!((h.switchback(), h.stopped, h.managed), (Switchback::Intelligent, false, true));
        let found: Vec<String> = h.dependencies.iter().map(|d| format!("{} {} {}", d.id, d.agent, d.subject)).collect();
        assert_eq!(found, ["mail2-ip ocf:heartbeat:IPaddr2 10.77.0.51", "shared-fs ocf:heartbeat:Filesystem /srv/mail2"]);
        assert_eq!(h.extended(), ["n1", "n2"]);
        let priorities: Vec<_> = h.servers.iter().map(|s| s.priority).collect();
        assert_eq!(priorities, [Some(1), Some(10), None, None]);
        assert_eq!(h.server("n2").unwrap().bans.len(), 1);
        assert_eq!(h.server("n3").unwrap().kept_away_by, ["mail2-postfix-servers"]);
    }

    /// A script that `--format pcs` printed was cut short.
    #[test]
    fn a_move_without_an_end_changes_no_server() {
        let ban = "<rsc_location id=\"mail-postfix-moves-mail\" rsc=\"mail\"><rule id=\"r\" score=\"-INFINITY\">\
                   <expression id=\"e\" attribute=\"#uname\" operation=\"ne\" value=\"n2\"/></rule></rsc_location>";
        let h = hierarchy(&include_str!("fixtures/by-hand.xml").replace("<constraints>", &format!("<constraints>{ban}")));
        assert_eq!(h.extended(), ["n1", "n2"]);
        assert!(h.server("n1").unwrap().bans.iter().any(|b| b.constraint == "mail-postfix-moves-mail"));
    }

    #[test]
    fn one_made_by_hand_in_a_group_is_understood() {
        let h = hierarchy(include_str!("fixtures/by-hand.xml"));
        assert_eq!((h.id.as_str(), h.group.as_deref()), ("mail-postfix", Some("mail")));
        let found: Vec<&str> = h.dependencies.iter().map(|d| d.id.as_str()).collect();
        assert_eq!(found, ["mail-fs", "mail-ip", "disk"]);
        assert_eq!(h.dependencies[2].via, Via::Colocation("c".to_owned()), "that of its group");
        assert_eq!(h.extended(), ["n1", "n2"]);
        assert_eq!(h.switchback(), Switchback::Partial);
        assert!(h.stopped, "by its group");
    }

    #[test]
    fn what_is_ordered_after_a_resource_is_affected_by_it() {
        let primitives: String = ["a", "b", "c", "d", "e"].iter().map(|id| format!("<primitive id=\"{id}\"/>")).collect();
        let affected = |constraints: &str| {
            let cib = format!(
                "<cib><configuration><resources><clone id=\"k\"><primitive id=\"z\"/></clone>{primitives}</resources>\
                 <constraints>{constraints}</constraints></configuration></cib>"
            );
            let cib = Cib::parse(&cib).unwrap();
            affected_by(&cib, "a").iter().map(|r| r.id().to_owned()).collect::<Vec<_>>().join(" ")
        };
        let order = |first: &str, then: &str, more: &str| {
            format!("<rsc_order id=\"{first}{then}\" first=\"{first}\" then=\"{then}\" {more}/>")
        };
        assert_eq!(affected(""), "a");
        assert_eq!(affected(&(order("a", "k", "") + &order("z", "b", "") + &order("c", "a", ""))), "a z b");
        assert_eq!(affected(&(order("a", "b", "kind=\"Optional\"") + &order("a", "c", "score=\"0\""))), "a");
        let set = |ids: &[&str]| ids.iter().map(|id| format!("<resource_ref id=\"{id}\"/>")).collect::<String>();
        let sets = format!(
            "<resource_set id=\"s\">{}</resource_set><resource_set id=\"t\">{}</resource_set>",
            set(&["b", "a"]),
            set(&["c"])
        );
        let colocated = "<rsc_colocation id=\"w\" rsc=\"d\" with-rsc=\"c\" score=\"INFINITY\"/>";
        assert_eq!(affected(&format!("<rsc_order id=\"o\">{sets}</rsc_order>{colocated}")), "a c d");
    }

    #[test]
    fn a_tag_becomes_an_id() {
        assert_eq!(id_of("postfix-on-/srv/mail/queue"), "postfix-on-srv-mail-queue");
        assert_eq!(id_of("mail.1_a"), "mail.1_a");
    }

    #[test]
    fn resources_in_one_group_or_colocated_are_tied() {
        let cib = Cib::parse(include_str!("fixtures/two-instances.xml")).unwrap();
        assert!(are_colocated(&cib, "mail-fs", "mail-ip"));
        assert!(are_colocated(&cib, "mail2-postfix", "mail2-ip"));
        assert!(!are_colocated(&cib, "mail-fs", "mail2-ip"));
    }
}
