//! The CIB: the configuration of a cluster, and the status section about its nodes.
//!
//! It is read by Pacemaker's rules as far as a hierarchy needs them; missing or invalid parts (it may have been
//! written by hand) count as absent. Element names are those of Pacemaker Explained.

use std::collections::BTreeMap;
use std::time::Duration;

use super::xml::Element;
use crate::ocf::parameters::{boolean, duration};
use crate::system::pattern;
use crate::text::{self, Text};

/// A configuration and a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cib {
    pub root: Element,
    /// Meta attributes that depend on rules, as the cluster has evaluated them: resource and name.
    evaluated: BTreeMap<(String, String), Option<String>>,
}

/// A primitive with its group and clone.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    pub element: &'a Element,
    pub group: Option<&'a Element>,
    /// The clone around it, or around its group.
    pub clone: Option<&'a Element>,
}

/// A score: minus to plus INFINITY is -1,000,000 to 1,000,000.
pub type Score = i64;

pub const INFINITY: Score = 1_000_000;

/// A location constraint, and its result for one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocationScore {
    pub constraint: String,
    pub score: Score,
    /// Whether it depends on the node's name alone.
    pub by_name: bool,
    /// The rule as text, if it has one.
    pub because: Text,
}

/// Parses a score as Pacemaker does; 0 when invalid.
pub fn parse_score(text: &str) -> Score {
    match text.trim_start_matches('+') {
        "INFINITY" | "infinity" | "inf" => INFINITY,
        "-INFINITY" | "-infinity" | "-inf" => -INFINITY,
        number => number.parse::<Score>().unwrap_or(0).clamp(-INFINITY, INFINITY),
    }
}

/// A score in Pacemaker's notation.
pub fn show_score(score: Score) -> String {
    match score {
        INFINITY.. => "INFINITY".to_owned(),
        s if s <= -INFINITY => "-INFINITY".to_owned(),
        s => s.to_string(),
    }
}

impl Resource<'_> {
    pub fn id(&self) -> &str {
        self.element.id()
    }

    /// The id to use in constraints with a resource that depends on it: for a member of a clone, that of
    /// the clone.
    pub fn anchor(&self) -> &str {
        self.clone.map_or(self.id(), Element::id)
    }
}

/// Whether the node of that name is a container of the bundle: Pacemaker calls them BUNDLE-0, BUNDLE-1 and so on.
pub fn is_container(node: &str, bundle: &str) -> bool {
    let number = node.strip_prefix(bundle).and_then(|rest| rest.strip_prefix('-'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

impl Cib {
    /// A CIB from its XML.
    pub fn parse(text: &str) -> Result<Cib, Text> {
        let root = Element::parse(text)?;
        Ok(Cib::of(root))
    }

    /// A CIB of `root`, without evaluated rules.
    pub fn of(root: Element) -> Cib {
        Cib { root, evaluated: BTreeMap::new() }
    }

    /// A section of the configuration: `resources`, `constraints`, …
    fn section(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.root.at(&["configuration", name]).into_iter().flat_map(Element::children)
    }

    /// A section of the configuration, mutable; created if missing.
    pub fn section_mut(&mut self, name: &str) -> &mut Element {
        let configuration = child_or_new(&mut self.root, "configuration");
        child_or_new(configuration, name)
    }

    /// Every primitive.
    pub fn resources(&self) -> Vec<Resource<'_>> {
        let mut found = Vec::new();
        for top in self.section("resources") {
            let (clone, inner): (Option<&Element>, Vec<&Element>) = match top.name.as_str() {
                "clone" | "master" => (Some(top), top.children().collect()),
                _ => (None, vec![top]),
            };
            for element in inner {
                match element.name.as_str() {
                    "primitive" => found.push(Resource { element, group: None, clone }),
                    "group" => {
                        let members = element.named("primitive");
                        found.extend(members.map(|member| Resource { element: member, group: Some(element), clone }));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// The primitive with that id.
    pub fn resource(&self, id: &str) -> Option<Resource<'_>> {
        self.resources().into_iter().find(|r| r.id() == id)
    }

    /// The primitives of a resource: itself, or the members of the group or clone.
    pub fn members(&self, id: &str) -> Vec<Resource<'_>> {
        let is_it = |e: Option<&Element>| e.is_some_and(|e| e.id() == id);
        self.resources().into_iter().filter(|r| r.id() == id || is_it(r.group) || is_it(r.clone)).collect()
    }

    /// Whether an element of the configuration has that id.
    pub fn is_taken(&self, id: &str) -> bool {
        self.with_id(id).is_some()
    }

    /// The element of the configuration that has that id.
    pub fn with_id(&self, id: &str) -> Option<&Element> {
        self.root.at(&["configuration"])?.all().into_iter().find(|e| e.get("id") == Some(id))
    }

    /// The agent, as `ocf:heartbeat:IPaddr2`; for a resource with a template, the template's.
    pub fn agent(&self, resource: &Resource<'_>) -> String {
        let source = self.template(resource.element).unwrap_or(resource.element);
        let parts = ["class", "provider", "type"].map(|a| source.text(a));
        parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(":")
    }

    fn template(&self, element: &Element) -> Option<&Element> {
        let id = element.get("template")?;
        self.section("resources").find(|t| t.id() == id)
    }

    /// A parameter of a resource.
    pub fn parameter(&self, resource: &Resource<'_>, name: &str) -> Option<String> {
        self.own_value(resource.element, "instance_attributes", name)
    }

    /// All parameters that are set.
    pub fn parameters(&self, resource: &Resource<'_>) -> Vec<(String, String)> {
        let sets = self.sets(resource.element, "instance_attributes");
        let mut found: Vec<(String, String)> = Vec::new();
        for (name, value) in sets.into_iter().flat_map(|set| self.pairs(set)) {
            if found.iter().all(|(known, _)| known != name) {
                found.push((name.to_owned(), value.to_owned()));
            }
        }
        found
    }

    /// A meta attribute: the resource's own, else that of its group or clone, else the default; as evaluated by the cluster, where
    /// that has been queried.
    pub fn meta(&self, resource: &Resource<'_>, name: &str) -> Option<String> {
        if let Some(value) = self.evaluated.get(&(resource.id().to_owned(), name.to_owned())) {
            return value.clone();
        }
        let chain = [Some(resource.element), resource.group, resource.clone];
        let own = chain.into_iter().flatten().find_map(|e| self.own_value(e, "meta_attributes", name));
        own.or_else(|| {
            let defaults = self.root.at(&["configuration", "rsc_defaults"])?;
            self.own_value(defaults, "meta_attributes", name)
        })
    }

    /// A property of the cluster that is a boolean.
    pub fn is_set(&self, name: &str) -> Option<bool> {
        boolean(&self.property(name)?)
    }

    /// A property with several names: the first name that is set, and its value.
    pub fn first_property<'n>(&self, names: [&'n str; 2]) -> Option<(&'n str, String)> {
        names.into_iter().find_map(|name| Some((name, self.property(name)?)))
    }

    /// Whether target-role of a resource is Stopped.
    pub fn is_stopped(&self, resource: &Resource<'_>) -> bool {
        self.meta(resource, "target-role").is_some_and(|role| role.eq_ignore_ascii_case("stopped"))
    }

    /// Whether a resource is managed, as far as its own attributes say.
    pub fn is_managed(&self, resource: &Resource<'_>) -> bool {
        let flag = |name: &str| self.meta(resource, name).and_then(|value| boolean(&value));
        flag("is-managed").unwrap_or(true) && !flag("maintenance").unwrap_or(false)
    }

    /// The operations of a resource, and those of its template for which it has none of that name and role, whatever the interval.
    pub fn operations<'a>(&'a self, resource: &Resource<'a>) -> Vec<&'a Element> {
        let of = |holder: &'a Element| {
            let lists = holder.named("operations").filter_map(|list| self.resolved(list));
            lists.flat_map(|list| list.named("op")).collect::<Vec<_>>()
        };
        let role = |op: &Element| match op.text("role") {
            "" | "Slave" | "Unpromoted" => "Started".to_owned(),
            role => role.to_owned(),
        };
        let mut all = of(resource.element);
        let own: Vec<_> = all.iter().map(|op| (op.text("name"), role(op))).collect();
        let of_template = self.template(resource.element).map(of).unwrap_or_default();
        all.extend(of_template.into_iter().filter(|op| !own.contains(&(op.text("name"), role(op)))));
        all
    }

    /// The recurring monitor of a resource with that interval.
    pub fn monitor<'a>(&'a self, resource: &Resource<'a>, interval: Duration) -> Option<&'a Element> {
        let is_it = |op: &&Element| op.text("name") == "monitor" && duration(op.text("interval")) == Some(interval);
        self.operations(resource).into_iter().find(is_it)
    }

    /// A meta attribute (on-fail, timeout) of an operation, else the default of operations.
    pub fn operation_meta(&self, operation: Option<&Element>, name: &str) -> Option<String> {
        let own =
            operation.and_then(|op| op.get(name).map(str::to_owned).or_else(|| self.own_value(op, "meta_attributes", name)));
        own.or_else(|| self.own_value(self.root.at(&["configuration", "op_defaults"])?, "meta_attributes", name))
    }

    /// OCF_CHECK_LEVEL of an operation; 0 when not configured.
    pub fn check_level(&self, operation: &Element) -> u8 {
        let level = self.own_value(operation, "instance_attributes", "OCF_CHECK_LEVEL");
        level.and_then(|level| level.trim().parse().ok()).unwrap_or(0)
    }

    /// Whether neither the operation nor the defaults of operations, with or without a rule, set on-fail to anything but restart: only the
    /// defaults apply to a failure that is reported by crm_resource --fail.
    pub fn restarts(&self, operation: Option<&Element>) -> bool {
        let holders = [operation, self.root.at(&["configuration", "op_defaults"])].into_iter().flatten();
        let is_other = |e: &&Element| e.name == "nvpair" && e.text("name") == "on-fail" && e.text("value") != "restart";
        matches!(self.operation_meta(operation, "on-fail").as_deref(), None | Some("restart"))
            && !holders.flat_map(Element::all).any(|e| is_other(&e))
    }

    /// A property of the cluster.
    pub fn property(&self, name: &str) -> Option<String> {
        self.own_value(self.root.at(&["configuration", "crm_config"])?, "cluster_property_set", name)
    }

    /// The sets of name-value pairs of an element and its template, by precedence: higher score first, at equal scores the later one,
    /// the template's before those of the resource. Sets with a rule are left out: only the cluster can evaluate it
    /// ([`Cib::not_evaluated`]).
    fn sets<'a>(&'a self, element: &'a Element, kind: &'a str) -> Vec<&'a Element> {
        let mut found = self.all_sets(element, kind);
        found.retain(|set| set.named("rule").next().is_none());
        found
    }

    fn all_sets<'a>(&'a self, element: &'a Element, kind: &'a str) -> Vec<&'a Element> {
        let every = [self.template(element), Some(element)].into_iter().flatten().flat_map(|e| e.named(kind));
        let mut found: Vec<&Element> = every.filter_map(|set| self.resolved(set)).collect();
        found.reverse();
        found.sort_by_key(|set| std::cmp::Reverse(parse_score(set.text("score"))));
        found
    }

    /// The element itself, or the element that it refers to (id-ref).
    fn resolved<'a>(&'a self, element: &'a Element) -> Option<&'a Element> {
        let Some(id) = element.get("id-ref") else { return Some(element) };
        self.with_id(id).filter(|found| found.name == element.name)
    }

    /// The name-value pairs of a set; a pair may refer to the value of another pair (id-ref).
    fn pairs<'a>(&'a self, set: &'a Element) -> impl Iterator<Item = (&'a str, &'a str)> {
        set.named("nvpair").filter_map(|pair| {
            let source = self.resolved(pair)?;
            Some((pair.get("name").or_else(|| source.get("name"))?, source.text("value")))
        })
    }

    fn own_value(&self, element: &Element, kind: &str, name: &str) -> Option<String> {
        let sets = self.sets(element, kind);
        let (_, value) = sets.into_iter().flat_map(|set| self.pairs(set)).find(|(n, _)| *n == name)?;
        Some(value.to_owned())
    }

    /// Whether a meta attribute of a resource may come from a set with a rule: only the cluster can evaluate it then.
    fn depends_on_a_rule(&self, resource: &Resource<'_>, name: &str) -> bool {
        let defaults = self.root.at(&["configuration", "rsc_defaults"]);
        let chain = [Some(resource.element), resource.group, resource.clone, defaults];
        let mut sets = chain.into_iter().flatten().flat_map(|e| self.all_sets(e, "meta_attributes"));
        sets.any(|set| set.named("rule").next().is_some() && self.pairs(set).any(|(n, _)| n == name))
    }

    /// The resources and meta attributes among `names` that only the cluster can evaluate.
    pub fn not_evaluated(&self, names: &[&str]) -> Vec<(String, String)> {
        let resources = self.resources();
        let each = |r: &Resource<'_>| {
            let depending = names.iter().filter(|name| self.depends_on_a_rule(r, name));
            depending.map(|name| (r.id().to_owned(), name.to_string())).collect::<Vec<_>>()
        };
        resources.iter().flat_map(each).collect()
    }

    /// The values that a resource and its template have, each with its set, by precedence; also those of sets with a rule.
    pub fn values<'a>(&'a self, resource: &Resource<'a>, kind: &'a str, name: &str) -> Vec<(&'a Element, &'a str)> {
        let value = |set: &'a Element| self.pairs(set).find(|(n, _)| *n == name).map(|(_, value)| (set, value));
        self.all_sets(resource.element, kind).into_iter().filter_map(value).collect()
    }

    /// Discards the cluster's evaluation of one of them.
    pub fn forget_evaluated(&mut self, resource: &str, name: &str) {
        self.evaluated.remove(&(resource.to_owned(), name.to_owned()));
    }

    /// Stores the cluster's evaluation of one of them; None: not set.
    pub fn set_evaluated(&mut self, resource: String, name: String, value: Option<String>) {
        self.evaluated.insert((resource, name), value);
    }

    /// The names of the nodes that can run resources: the cluster nodes, then the remote and guest nodes, also those that have never
    /// been online. Bundle containers are left out: they run only the bundle's resource.
    pub fn nodes(&self) -> Vec<&str> {
        let seen = self.section("nodes").filter(|n| n.get("type") == Some("remote")).filter_map(|n| n.get("uname"));
        let resources = self.section("resources").flat_map(Element::all).filter(|e| e.name == "primitive");
        let configured = resources.filter_map(|e| {
            let is_remote = ["class", "provider", "type"].map(|a| e.text(a)) == ["ocf", "pacemaker", "remote"];
            if is_remote { Some(e.id()) } else { own_meta(e, "remote-node").next() }
        });
        let mut found: Vec<&str> = self.peers().collect();
        for name in seen.chain(configured).filter(|name| self.container_of(name).is_none()) {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        found
    }

    /// Whether a node is a guest: a virtual machine or a container that the cluster runs as a resource.
    pub fn is_guest(&self, node: &str) -> bool {
        let mut pairs = self.section("resources").flat_map(Element::all).filter(|e| e.name == "nvpair");
        pairs.any(|pair| pair.get("name") == Some("remote-node") && pair.text("value") == node)
    }

    /// The names of the cluster nodes, which have a vote.
    pub fn peers(&self) -> impl Iterator<Item = &str> {
        let members = self.section("nodes").filter(|n| matches!(n.get("type"), None | Some("member")));
        members.filter_map(|n| n.get("uname"))
    }

    /// The bundle that has a container as the node of that name.
    pub fn container_of(&self, node: &str) -> Option<&str> {
        self.bundles().map(Element::id).find(|bundle| is_container(node, bundle))
    }

    /// The bundle with that id, or with a resource of that id in it.
    pub fn bundle_of(&self, id: &str) -> Option<&str> {
        self.bundles().find(|b| b.all().iter().any(|e| e.id() == id)).map(Element::id)
    }

    fn bundles(&self) -> impl Iterator<Item = &Element> {
        self.section("resources").filter(|e| e.name == "bundle")
    }

    /// The attributes of a node: permanent, then transient, and its name as `#uname`.
    pub fn node_attributes(&self, node: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::from([("#uname".to_owned(), node.to_owned())]);
        let permanent = self.section("nodes").filter(|n| n.get("uname") == Some(node));
        let transient = self.node_states().filter(|s| s.get("uname") == Some(node)).flat_map(|s| s.named("transient_attributes"));
        for holder in permanent.chain(transient) {
            for pair in holder.named("instance_attributes").flat_map(|set| set.named("nvpair")) {
                found.insert(pair.text("name").to_owned(), pair.text("value").to_owned());
            }
        }
        found
    }

    /// The status of every node.
    pub fn node_states(&self) -> impl Iterator<Item = &Element> {
        self.root.at(&["status"]).into_iter().flat_map(Element::children)
    }

    /// The operations in progress: resource, task and node. What a node that is down was doing comes to no result.
    pub fn pending(&self) -> Vec<(String, String, String)> {
        let of_node = |state: &Element| {
            let histories: Vec<&Element> = state.all().into_iter().filter(|e| e.name == "lrm_resource").collect();
            let of_resource = |history: &Element| {
                // A monitor of a resource that was stopped meanwhile may stay recorded as pending for ever.
                let is_stopped =
                    history.named("lrm_rsc_op").any(|o| o.text("operation") == "stop" && o.get("op-status") == Some("0"));
                let is_left = move |o: &Element| is_stopped && o.get("interval").is_some_and(|i| i != "0");
                let operations = history.named("lrm_rsc_op").filter(move |o| o.get("op-status") == Some("-1") && !is_left(o));
                operations
                    .map(|o| (history.id().to_owned(), o.text("operation").to_owned(), state.text("uname").to_owned()))
                    .collect::<Vec<_>>()
            };
            histories.into_iter().flat_map(of_resource).collect::<Vec<_>>()
        };
        let is_down = |state: &&Element| {
            matches!(state.get("in_ccm"), Some("false" | "0")) || matches!(state.get("crmd"), Some("offline" | "0"))
        };
        self.node_states().filter(|state| !is_down(state)).flat_map(of_node).collect()
    }

    /// The configuration without node attributes, which agents may change at any time.
    pub fn decided(&self) -> Option<Element> {
        let mut configuration = self.root.at(&["configuration"])?.clone();
        if let Some(nodes) = configuration.at_mut(&["nodes"]) {
            nodes.remove(&|e| e.name == "instance_attributes");
        }
        Some(configuration)
    }

    /// Every constraint.
    pub fn constraints(&self) -> impl Iterator<Item = &Element> {
        self.section("constraints")
    }

    /// The location constraints that apply to one of `resources`: by its id, by a tag, or by a pattern.
    pub fn locations<'a>(&'a self, resources: &'a [&str]) -> impl Iterator<Item = &'a Element> {
        let about = move |c: &&Element| {
            let is_named = |id: &str| resources.iter().any(|r| self.stand_for(id).contains(r));
            let listed = c.named("resource_set").flat_map(|s| s.named("resource_ref")).any(|r| is_named(r.id()));
            // It is compared with a group or clone, not with what is in it.
            let is_whole = |id: &str| self.section("resources").any(|e| e.id() == id);
            let fits = |text: &str| {
                let pattern = text.strip_prefix('!').unwrap_or(text);
                let is_wanted = Some(pattern == text);
                resources.iter().any(|r| is_whole(r) && pattern::fits(pattern, r) == is_wanted)
            };
            c.name == "rsc_location" && (c.get("rsc").is_some_and(is_named) || c.get("rsc-pattern").is_some_and(fits) || listed)
        };
        self.constraints().filter(about)
    }

    /// The resources that an id in a constraint means: those of a template or tag of that name, else itself.
    pub fn stand_for<'a>(&'a self, id: &'a str) -> Vec<&'a str> {
        let is_it = |kind: &str, e: &&Element| e.name == kind && e.id() == id;
        if self.section("resources").any(|e| is_it("template", &e)) {
            return self
                .resources()
                .iter()
                .map(|r| r.element)
                .filter(|e| e.get("template") == Some(id))
                .map(Element::id)
                .collect();
        }
        let tag = self.section("tags").find(|e| is_it("tag", e));
        tag.map_or(vec![id], |tag| tag.named("obj_ref").map(Element::id).collect())
    }

    /// The location constraints that apply to `resources` on `node`. Rules that cannot be evaluated here are left out.
    pub fn location_scores(&self, resources: &[&str], node: &str) -> Vec<LocationScore> {
        let attributes = self.node_attributes(node);
        let mut found = Vec::new();
        for constraint in self.locations(resources) {
            let mut add = |score: &str, by_name: bool, because: Text| {
                let constraint = constraint.id().to_owned();
                found.push(LocationScore { constraint, score: parse_score(score), by_name, because })
            };
            if constraint.get("node") == Some(node) {
                add(constraint.text("score"), true, text::it_was_moved_away_by_hand());
            }
            for rule in constraint.named("rule").filter_map(|r| self.resolved(r)) {
                if holds(rule, &attributes) != Some(true) {
                    continue;
                }
                let by_name = rule.all().iter().all(|e| e.name == "rule" || e.get("attribute") == Some("#uname"));
                // The score may be an attribute of the node.
                let score =
                    rule.get("score-attribute").map_or(Some(rule.text("score")), |name| attributes.get(name).map(String::as_str));
                add(score.unwrap_or_default(), by_name, explain(rule, &attributes));
            }
        }
        found
    }
}

impl Cib {
    /// Removes all failures of a resource from the status.
    pub fn clean_up(&mut self, resource: &str) {
        let counted = |name: &str| {
            let named = name.strip_prefix("fail-count-").or_else(|| name.strip_prefix("last-failure-")).unwrap_or_default();
            named.split(['#', ':']).next() == Some(resource)
        };
        // Recorded as failed: neither success (0, 8, degraded) nor "not running".
        let failed = |e: &Element| {
            let rest = e.id().strip_prefix(resource).and_then(|rest| rest.strip_prefix('_')).unwrap_or_default();
            let ended_well = matches!(e.text("rc-code"), "0" | "7" | "8" | "190" | "191");
            rest.starts_with("last_failure_") || (rest.starts_with("last_") || rest.starts_with("monitor_")) && !ended_well
        };
        self.root.remove(&|e: &Element| e.name == "nvpair" && counted(e.text("name")) || e.name == "lrm_rsc_op" && failed(e));
    }
}

/// What the sets of an element itself say of a meta attribute, whatever their rules.
pub fn own_meta<'a>(element: &'a Element, name: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = element.named("meta_attributes").flat_map(|set| set.named("nvpair"));
    pairs.filter(move |pair| pair.get("name") == Some(name)).map(|pair| pair.text("value"))
}

/// The first child with that name, created if missing.
pub fn child_or_new<'a>(parent: &'a mut Element, name: &str) -> &'a mut Element {
    if parent.at(&[name]).is_none() {
        parent.push(Element::new(name, &[]));
    }
    parent.children_mut().find(|c| c.name == name).expect("it was made")
}

/// Whether a rule holds on a node; None when that cannot be evaluated here (dates).
pub fn holds(rule: &Element, attributes: &BTreeMap<String, String>) -> Option<bool> {
    let parts: Vec<Option<bool>> = rule
        .children()
        .map(|part| match part.name.as_str() {
            "rule" => holds(part, attributes),
            "expression" => evaluate_expression(part, attributes),
            _ => None,
        })
        .collect();
    let decisive = rule.get("boolean-op") == Some("or");
    if parts.contains(&Some(decisive)) {
        return Some(decisive);
    }
    if parts.is_empty() || parts.contains(&None) { None } else { Some(!decisive) }
}

fn evaluate_expression(expression: &Element, attributes: &BTreeMap<String, String>) -> Option<bool> {
    // The value is the name of a resource parameter then.
    if expression.get("value-source").is_some_and(|source| source != "literal") {
        return None;
    }
    let name = expression.text("attribute");
    let found = attributes.get(name);
    // Pacemaker itself gives nodes these (#kind, #site-name): only it knows them.
    if found.is_none() && name.starts_with('#') {
        return None;
    }
    let wanted = expression.text("value");
    let order = found.map(|f| match (f.parse::<i64>(), wanted.parse::<i64>()) {
        (Ok(f), Ok(w)) if expression.get("type") != Some("string") => f.cmp(&w),
        _ => f.as_str().cmp(wanted),
    });
    match expression.text("operation") {
        "defined" => Some(found.is_some()),
        "not_defined" => Some(found.is_none()),
        "eq" => Some(order.is_some_and(|o| o.is_eq())),
        "ne" => Some(order.is_none_or(|o| o.is_ne())),
        "lt" => Some(order.is_some_and(|o| o.is_lt())),
        "gt" => Some(order.is_some_and(|o| o.is_gt())),
        "lte" => Some(order.is_some_and(|o| o.is_le())),
        "gte" => Some(order.is_some_and(|o| o.is_ge())),
        _ => None,
    }
}

/// A text for a rule that holds: the attributes and their values.
fn explain(rule: &Element, attributes: &BTreeMap<String, String>) -> Text {
    // That an attribute is there is no reason of its own where its value is one.
    let is_reason = |e: &&Element| e.text("operation") != "defined" || rule.named("expression").count() == 1;
    let words = rule.named("expression").filter(is_reason).map(|e| {
        let name = e.text("attribute");
        match (name, attributes.get(name)) {
            ("#uname", _) => text::it_is_not_among_its_servers(),
            (name, Some(value)) if e.text("operation") == "ne" => text::attribute_differs(name, value, e.text("value")),
            (name, Some(value)) => text::attribute_fits(name, value, e.text("operation"), e.text("value")),
            (name, None) => text::attribute_is_not_known(name, e.text("value")),
        }
    });
    let mut words: Vec<Text> = words.collect();
    words.dedup();
    words.into_iter().reduce(text::both).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CIB: &str = include_str!("fixtures/two-instances.xml");

    fn cib() -> Cib {
        Cib::parse(CIB).unwrap()
    }

    #[test]
    fn resources_are_found_wherever_they_are() {
        let cib = cib();
        let found: Vec<String> =
            cib.resources().iter().map(|r| format!("{} {} {}", r.id(), r.group.map_or("-", |g| g.id()), r.anchor())).collect();
        assert_eq!(
            found,
            [
                "fence - fence", "mail-fs mail mail-fs", "mail-ip mail mail-ip", "shared-fs - shared-fs-clone",
                "mail2-ip - mail2-ip", "mail2-postfix - mail2-postfix",
            ]
        );
        assert_eq!(cib.members("mail").len(), 2);
        assert_eq!(cib.members("shared-fs-clone")[0].id(), "shared-fs");
    }

    #[test]
    fn values_come_from_the_resource_its_template_what_it_is_in_and_the_defaults() {
        let cib = cib();
        let of = |id: &str| cib.resource(id).unwrap();
        assert_eq!(cib.parameter(&of("mail-ip"), "ip").as_deref(), Some("10.77.0.50"));
        assert_eq!(cib.parameter(&of("mail2-ip"), "cidr_netmask").as_deref(), Some("24"), "from the template");
        assert_eq!(cib.operation_meta(cib.monitor(&of("mail-ip"), Duration::from_secs(7)), "on-fail"), None);
        assert_eq!(cib.meta(&of("mail-ip"), "resource-stickiness").as_deref(), Some("5"), "from the group");
        assert_eq!(cib.meta(&of("fence"), "resource-stickiness").as_deref(), Some("100"), "from the defaults");
        assert_eq!(cib.property("stonith-enabled").as_deref(), Some("true"));
        assert_eq!(cib.property("no-such"), None);
    }

    #[test]
    fn operations_may_be_those_of_another_resource() {
        let set = "<meta_attributes id=\"m\"><rule id=\"r\" boolean-op=\"and\"/><nvpair id=\"m-f\" name=\"on-fail\" value=\"ignore\"/></meta_attributes>";
        let level =
            "<instance_attributes id=\"i\"><nvpair id=\"i-l\" name=\"OCF_CHECK_LEVEL\" value=\"10\"/></instance_attributes>";
        let operation = |id: &str, interval: u8, on_fail: &str, more: &str| {
            format!("<op id=\"{id}\" name=\"monitor\" interval=\"{interval}s\" {on_fail}>{more}</op>")
        };
        let operations = [
            operation("plain", 10, "", ""),
            operation("ignored", 20, "on-fail=\"ignore\"", level),
            operation("ruled", 30, "", set),
        ];
        let primitive = |id: &str, operations: &str| {
            format!("<primitive id=\"{id}\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\">{operations}</primitive>")
        };
        let own = format!("<operations id=\"common\">{}</operations>", operations.concat());
        let all = primitive("a", &own) + &primitive("b", "<operations id-ref=\"common\"/>");
        let cib = Cib::parse(&format!("<cib><configuration><resources>{all}</resources></configuration></cib>")).unwrap();
        for id in ["a", "b"] {
            let monitor = |seconds| cib.monitor(&cib.resource(id).unwrap(), Duration::from_secs(seconds)).unwrap();
            assert_eq!([10, 20, 30].map(|seconds| cib.restarts(Some(monitor(seconds)))), [true, false, false], "{id}");
            assert_eq!([10, 20, 30].map(|seconds| cib.check_level(monitor(seconds))), [0, 10, 0], "{id}");
        }
    }

    /// Whatever their interval: Pacemaker tells them by name and role.
    #[test]
    fn an_own_operation_takes_the_place_of_those_of_the_template() {
        let operation =
            |id: &str, interval: u8, role: &str| format!("<op id=\"{id}\" name=\"monitor\" interval=\"{interval}s\" {role}/>");
        let template = operation("t1", 10, "") + &operation("t2", 20, "role=\"Stopped\"");
        let all = format!(
            "<template id=\"t\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"><operations>{template}</operations></template>\
             <primitive id=\"a\" template=\"t\"><operations>{}</operations></primitive><primitive id=\"b\" template=\"t\"/>",
            operation("own", 60, "role=\"Started\"")
        );
        let cib = Cib::parse(&format!("<cib><configuration><resources>{all}</resources></configuration></cib>")).unwrap();
        let ids = |id: &str| cib.operations(&cib.resource(id).unwrap()).iter().map(|op| op.id().to_owned()).collect::<Vec<_>>();
        assert_eq!((ids("a"), ids("b")), (vec!["own".to_owned(), "t2".to_owned()], vec!["t1".to_owned(), "t2".to_owned()]));
    }

    #[test]
    fn sets_count_by_score_then_the_later_one_and_may_refer_to_others() {
        let set = |id: &str, more: &str, value: &str| {
            format!(
                "<meta_attributes id=\"{id}\" {more}><nvpair id=\"{id}-s\" name=\"resource-stickiness\" value=\"{value}\"/></meta_attributes>"
            )
        };
        let primitive = |id: &str, sets: &str| {
            format!("<primitive id=\"{id}\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\">{sets}</primitive>")
        };
        let rule = "<meta_attributes id=\"r\" score=\"9\"><rule id=\"rr\" score=\"0\"><date_expression id=\"rd\" operation=\"gt\" \
                    start=\"2020-01-01\"/></rule><nvpair id=\"rs\" name=\"resource-stickiness\" value=\"99\"/></meta_attributes>";
        let cib = format!(
            "<cib><configuration><resources>{}{}{}{}</resources></configuration></cib>",
            primitive("later", &(set("l1", "", "1") + &set("l2", "", "2"))),
            primitive("higher", &(set("h1", "score=\"5\"", "1") + &set("h2", "score=\"1\"", "2"))),
            primitive("other", "<meta_attributes id=\"o\"><nvpair id-ref=\"l1-s\"/></meta_attributes>"),
            primitive("ruled", &(rule.to_owned() + &set("x", "", "2"))),
        );
        let mut cib = Cib::parse(&cib).unwrap();
        let of = |cib: &Cib, id: &str| cib.meta(&cib.resource(id).unwrap(), "resource-stickiness").unwrap();
        assert_eq!(["later", "higher", "other", "ruled"].map(|id| of(&cib, id)), ["2", "1", "1", "2"]);
        assert_eq!(
            cib.not_evaluated(&["resource-stickiness", "target-role"]),
            [("ruled".to_owned(), "resource-stickiness".to_owned())]
        );
        cib.set_evaluated("ruled".to_owned(), "resource-stickiness".to_owned(), Some("99".to_owned()));
        assert_eq!(of(&cib, "ruled"), "99");
    }

    #[test]
    fn remote_and_guest_nodes_are_nodes_and_containers_are_not() {
        let cib = Cib::parse(
            "<cib><configuration><nodes><node id=\"1\" uname=\"n1\"/><node id=\"r1\" type=\"remote\" uname=\"r1\"/>\
             <node id=\"web-0\" type=\"remote\" uname=\"web-0\"/><node id=\"4\" type=\"ping\" uname=\"gateway\"/></nodes>\
             <resources><primitive id=\"r1\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>\
             <primitive id=\"r2\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>\
             <group id=\"g\"><primitive id=\"vm\" class=\"ocf\" provider=\"heartbeat\" type=\"VirtualDomain\"><meta_attributes id=\"m\">\
             <nvpair id=\"a\" name=\"remote-node\" value=\"guest-1\"/></meta_attributes></primitive></group>\
             <bundle id=\"web\"><podman image=\"i\"/><primitive id=\"apache\" class=\"ocf\" provider=\"heartbeat\" type=\"apache\"/></bundle>\
             </resources></configuration></cib>",
        )
        .unwrap();
        assert_eq!(cib.nodes(), ["n1", "r1", "r2", "guest-1"]);
        assert_eq!((cib.container_of("web-0"), cib.container_of("guest-1")), (Some("web"), None));
        assert_eq!((cib.bundle_of("web"), cib.bundle_of("apache"), cib.bundle_of("vm")), (Some("web"), Some("web"), None));
    }

    #[test]
    fn nodes_and_their_attributes_are_read_from_both_sections() {
        let cib = cib();
        assert_eq!(cib.nodes(), ["n1", "n2", "n3", "guest"]);
        let attributes = cib.node_attributes("n2");
        assert_eq!(attributes["#uname"], "n2");
        assert_eq!(attributes["rack"], "b");
        assert_eq!(attributes["postkeeper-ids-mail2-postfix"], "105:109");
    }

    #[test]
    fn what_is_cleaned_up_has_never_failed_and_others_have() {
        let status = "<cib><configuration/><status><node_state id=\"1\" uname=\"n1\"><lrm><lrm_resources>\
            <lrm_resource id=\"m\"><lrm_rsc_op id=\"m_last_0\" rc-code=\"1\"/><lrm_rsc_op id=\"m_last_failure_0\" rc-code=\"0\"/>\
            <lrm_rsc_op id=\"m_monitor_10000\" rc-code=\"190\"/></lrm_resource>\
            <lrm_resource id=\"m2\"><lrm_rsc_op id=\"m2_last_failure_0\" rc-code=\"1\"/></lrm_resource></lrm_resources></lrm>\
            <transient_attributes><instance_attributes><nvpair id=\"a\" name=\"fail-count-m#start_0\" value=\"INFINITY\"/>\
            <nvpair id=\"b\" name=\"last-failure-m#start_0\" value=\"1\"/><nvpair id=\"c\" name=\"fail-count-m2#monitor_10000\" value=\"1\"/>\
            </instance_attributes></transient_attributes></node_state></status></cib>";
        let mut cib = Cib::parse(status).unwrap();
        cib.clean_up("m");
        let mut left: Vec<&str> =
            cib.root.all().into_iter().filter(|e| e.name == "nvpair" || e.name == "lrm_rsc_op").map(Element::id).collect();
        left.sort_unstable();
        assert_eq!(left, ["c", "m2_last_failure_0", "m_monitor_10000"]);
    }

    #[test]
    fn location_constraints_are_judged_for_each_node() {
        let cib = cib();
        let of = |node: &str| {
            let scores = cib.location_scores(&["mail2-postfix"], node);
            scores.iter().map(|o| format!("{} {}", o.constraint, show_score(o.score))).collect::<Vec<_>>()
        };
        assert_eq!(of("n1"), ["mail2-postfix-on-n1 999"]);
        assert_eq!(of("n2"), ["mail2-postfix-on-n2 990", "mail2-postfix-ids -INFINITY"]);
        assert_eq!(of("n3"), ["mail2-postfix-servers -INFINITY", "mail2-postfix-ids -INFINITY"]);
        let ids = &cib.location_scores(&["mail2-postfix"], "n3")[1].because;
        assert_eq!(*ids, "postkeeper-ids-mail2-postfix is not known, expected 101:103");
    }

    #[test]
    fn a_constraint_on_a_template_is_one_on_what_is_made_from_it() {
        let cib = "<cib><configuration><resources><template id=\"t\"/><primitive id=\"m\" template=\"t\"/><primitive id=\"o\"/></resources>\
             <constraints><rsc_location id=\"l\" rsc=\"t\" node=\"n1\" score=\"7\"/></constraints></configuration></cib>";
        let cib = Cib::parse(cib).unwrap();
        assert_eq!(["t", "m", "x"].map(|id| cib.stand_for(id)), [["m"], ["m"], ["x"]]);
        assert_eq!(["m", "o"].map(|id| cib.location_scores(&[id], "n1").len()), [1, 0]);
    }

    /// As crm_simulate places them.
    #[test]
    fn a_pattern_is_of_whole_resources_and_may_be_inverted() {
        let bans = |pattern: &str, resources: &[&str]| {
            let cib = format!(
                "<cib><configuration><resources><group id=\"g\"><primitive id=\"m\"/></group><primitive id=\"o\"/></resources>\
                 <constraints><rsc_location id=\"l\" rsc-pattern=\"{pattern}\" node=\"n1\" score=\"-INFINITY\"/></constraints>\
                 </configuration></cib>"
            );
            Cib::parse(&cib).unwrap().location_scores(resources, "n1").len() == 1
        };
        let both = |pattern: &str| (bans(pattern, &["m", "g"]), bans(pattern, &["o"]));
        let found = ["^m$", "^g$", "!^g$", "!^x$", "^o$", "!^o$", "(", "!("].map(both);
        let (yes, no) = (true, false);
        assert_eq!(found, [(no, no), (yes, no), (no, yes), (yes, yes), (no, yes), (yes, no), (no, no), (no, no)]);
    }

    #[test]
    fn what_pacemaker_itself_gives_a_node_is_not_known_here() {
        let rule = |attribute: &str| {
            let expression = format!("<e attribute=\"{attribute}\" operation=\"ne\" value=\"remote\"/>");
            evaluate_expression(&Element::parse(&expression).unwrap(), &cib().node_attributes("n2"))
        };
        assert_eq!(["#kind", "#uname", "rack", "none"].map(rule), [None, Some(true), Some(true), Some(true)]);
    }

    #[test]
    fn what_a_node_that_is_down_was_doing_is_not_under_way() {
        let pending = |state: &str| {
            let cib = format!(
                "<cib><status><node_state uname=\"n2\" {state}><lrm><lrm_resources><lrm_resource id=\"m\">\
                 <lrm_rsc_op operation=\"start\" interval=\"0\" op-status=\"-1\"/></lrm_resource></lrm_resources></lrm></node_state></status></cib>"
            );
            Cib::parse(&cib).unwrap().pending().len()
        };
        for up in [
            "in_ccm=\"true\" crmd=\"online\"",
            "in_ccm=\"1764000000\" crmd=\"1764000000\"",
            "remote_node=\"true\" in_ccm=\"true\"",
        ] {
            assert_eq!(pending(up), 1, "{up}");
        }
        for down in ["in_ccm=\"false\" crmd=\"offline\"", "in_ccm=\"0\" crmd=\"0\"", "in_ccm=\"true\" crmd=\"offline\""] {
            assert_eq!(pending(down), 0, "{down}");
        }
    }

    #[test]
    fn scores_are_read_and_written_as_pacemaker_does() {
        assert_eq!(
            ["INFINITY", "+INFINITY", "-INFINITY", "7", "+7", "9999999", "x"].map(parse_score),
            [INFINITY, INFINITY, -INFINITY, 7, 7, INFINITY, 0]
        );
        assert_eq!([INFINITY, -INFINITY, -3].map(show_score), ["INFINITY", "-INFINITY", "-3"]);
    }

    proptest! {
        /// A CIB with a piece cut out of it or repeated is an error or a smaller CIB, never a panic.
        #[test]
        fn a_damaged_cib_is_survived(from in 0..CIB.len(), length in 0usize..400, twice: bool) {
            let end = (from + length).min(CIB.len());
            let piece = if twice { &CIB[from..end] } else { "" };
            if let Ok(cib) = Cib::parse(&format!("{}{piece}{piece}{}", &CIB[..from], &CIB[end..])) {
                for resource in cib.resources() {
                    cib.parameters(&resource);
                    cib.meta(&resource, "resource-stickiness");
                    for node in cib.nodes() {
                        cib.location_scores(&[resource.id()], node);
                    }
                }
            }
        }
    }
}
