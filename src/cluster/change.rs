//! A change of the configuration, as a value: it can be applied to a CIB, described, and printed as the pcs
//! and crmsh commands that have the same effect.

use anyhow::{Context, Result, ensure};

use super::cib::{Cib, Score, child_or_new, show_score};
use super::xml::{Element, Node};
use crate::text::{self, Text};

/// A resource to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Primitive {
    pub id: String,
    /// class, provider, type
    pub agent: [String; 3],
    pub description: Option<String>,
    pub parameters: Vec<(String, String)>,
    pub meta: Vec<(String, String)>,
    pub operations: Vec<Operation>,
}

/// An operation of a resource. Times as Pacemaker writes them: `10s`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub name: String,
    pub interval: String,
    pub timeout: String,
    pub level: Option<u32>,
}

/// A condition on an attribute of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub attribute: String,
    /// `eq`, `ne`, `defined`
    pub operation: String,
    /// None with `defined`.
    pub value: Option<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Added at the end of a group, or without a group.
    AddResource {
        primitive: Primitive,
        group: Option<String>,
    },
    /// With all references to it.
    RemoveResource {
        id: String,
    },
    /// Replaces the primitive of the same id: other agent, other parameters.
    ReplaceResource {
        element: Element,
    },
    AddColocation {
        id: String,
        resource: String,
        with: String,
    },
    AddOrder {
        id: String,
        first: String,
        then: String,
    },
    AddPreference {
        id: String,
        resource: String,
        node: String,
        score: Score,
    },
    /// Bans the resource from every node where all conditions hold, until a time if given.
    AddBan {
        id: String,
        resource: String,
        conditions: Vec<Condition>,
        until: Option<String>,
    },
    RemoveConstraint {
        id: String,
    },
    /// Removes all references to a resource, takes it out of its group, and makes it as this primitive.
    Isolate {
        element: Element,
    },
    /// Keeps a resource where it is, whatever its resource-stickiness, while another one is out of service: by a set of meta
    /// attributes of its own, so that it can be undone without a record of the old value.
    Hold {
        resource: String,
        by: String,
    },
    /// Undoes that.
    Release {
        resource: String,
        by: String,
    },
    /// Adds a constraint so that no node probes the resource.
    AddUnseen {
        id: String,
        resource: String,
    },
    /// Probes the resource on every node, after the configuration has been changed.
    Probe {
        id: String,
    },
    /// Makes controllers and executors forget the resource's history: to the cluster it runs nowhere then. If it were only removed
    /// from the CIB, a controller would write it again as soon as a node joins. Done after the configuration has been
    /// changed.
    Forget {
        id: String,
    },
    /// Removes the resource's history from the CIB, also that of nodes that are offline.
    RemoveHistory {
        id: String,
    },
    /// None removes it.
    SetMeta {
        resource: String,
        name: String,
        value: Option<String>,
    },
    SetParameter {
        resource: String,
        name: String,
        value: Option<String>,
    },
}

use Change::*;

impl Change {
    /// Applies it to a CIB.
    ///
    /// # Errors
    /// When its object does not exist.
    pub fn apply(&self, cib: &mut Cib) -> Result<()> {
        match self {
            AddResource { primitive, group } => {
                let element = primitive.element();
                element.all().into_iter().map(Element::id).filter(|id| !id.is_empty()).try_for_each(|id| free(cib, id))?;
                let resources = cib.section_mut("resources");
                let place = match group {
                    None => resources,
                    Some(id) => resources
                        .find_mut(&|e| e.name == "group" && e.id() == id)
                        .with_context(|| text::group_is_not_there_any_more(id))?,
                };
                place.push(element);
            }
            RemoveResource { id } => remove_resource(cib, id),
            ReplaceResource { element } => *resource_mut(cib, element.id())? = element.clone(),
            RemoveConstraint { id } => {
                let removed = cib.section_mut("constraints").remove(&|e| e.id() == id);
                ensure!(removed > 0, text::constraint_is_not_there_any_more(id));
            }
            SetMeta { resource, name, value } => {
                cib.unlearn(resource, name);
                set_pair(resource_mut(cib, resource)?, "meta_attributes", &format!("{resource}-meta_attributes"), name, value)
            }
            SetParameter { resource, name, value } => {
                let set = format!("{resource}-instance_attributes");
                set_pair(resource_mut(cib, resource)?, "instance_attributes", &set, name, value)
            }
            Hold { resource, by } => {
                let holder = resource_mut(cib, resource)?;
                let set = hold(resource, by);
                holder.remove(&|e| e.name == "meta_attributes" && e.id() == set.id());
                holder.push(set);
            }
            Release { resource, by } => {
                let id = hold_id(resource, by);
                let removed = resource_mut(cib, resource)?.remove(&|e| e.name == "meta_attributes" && e.id() == id);
                ensure!(removed > 0, text::set_is_not_there_any_more(id));
            }
            Isolate { element } => {
                ensure!(cib.resource(element.id()).is_some(), text::resource_is_not_there_any_more(element.id()));
                remove_resource(cib, element.id());
                cib.section_mut("resources").push(element.clone());
            }
            Probe { .. } => {}
            RemoveHistory { id } | Forget { id } => {
                if let Some(status) = cib.root.at_mut(&["status"]) {
                    status.remove(&|e| e.name == "lrm_resource" && e.id() == id);
                }
            }
            AddColocation { .. } | AddOrder { .. } | AddPreference { .. } | AddBan { .. } | AddUnseen { .. } => {
                let constraint = self.constraint();
                constraint.all().into_iter().map(Element::id).filter(|id| !id.is_empty()).try_for_each(|id| free(cib, id))?;
                cib.section_mut("constraints").push(constraint);
            }
        }
        Ok(())
    }

    fn constraint(&self) -> Element {
        match self {
            AddColocation { id, resource, with } => {
                Element::new("rsc_colocation", &[("id", id), ("rsc", resource), ("with-rsc", with), ("score", "INFINITY")])
            }
            AddOrder { id, first, then } => Element::new(
                "rsc_order",
                &[
                    ("id", id),
                    ("first", first),
                    ("then", then),
                    ("first-action", "start"),
                    ("then-action", "start"),
                    ("kind", "Mandatory"),
                ],
            ),
            AddPreference { id, resource, node, score } => {
                Element::new("rsc_location", &[("id", id), ("rsc", resource), ("node", node), ("score", &show_score(*score))])
            }
            AddBan { id, resource, conditions, until } => {
                let rule_id = format!("{id}-rule");
                let mut rule = Element::new("rule", &[("id", &rule_id), ("score", "-INFINITY")]);
                let mut parts: Vec<Element> = Vec::new();
                let part_id = |n: usize| if n == 0 { format!("{rule_id}-expr") } else { format!("{rule_id}-expr-{n}") };
                for condition in conditions {
                    let Condition { attribute, operation, value } = condition;
                    let id = part_id(parts.len());
                    let mut part = Element::new("expression", &[("id", &id), ("attribute", attribute), ("operation", operation)]);
                    value.iter().for_each(|value| part.set("value", value));
                    parts.push(part);
                }
                if let Some(end) = until {
                    let id = part_id(parts.len());
                    parts.push(Element::new("date_expression", &[("id", &id), ("operation", "lt"), ("end", end)]));
                }
                if parts.len() > 1 {
                    rule.set("boolean-op", "and");
                }
                parts.into_iter().for_each(|part| rule.push(part));
                Element::new("rsc_location", &[("id", id), ("rsc", resource)]).with(rule)
            }
            AddUnseen { id, resource } => {
                let (rule_id, part_id) = (format!("{id}-rule"), format!("{id}-rule-expr"));
                let everywhere =
                    Element::new("expression", &[("id", &part_id), ("attribute", "#uname"), ("operation", "defined")]);
                Element::new("rsc_location", &[("id", id), ("rsc", resource), ("resource-discovery", "never")])
                    .with(Element::new("rule", &[("id", &rule_id), ("score", "0")]).with(everywhere))
            }
            _ => Element::default(),
        }
    }

    /// Whether it is a step after the change of the configuration, not part of it.
    pub fn is_work(&self) -> bool {
        matches!(self, Probe { .. } | Forget { .. })
    }

    /// The id of the constraint that it makes.
    pub fn makes(&self) -> Option<&str> {
        match self {
            AddColocation { id, .. }
            | AddOrder { id, .. }
            | AddPreference { id, .. }
            | AddBan { id, .. }
            | AddUnseen { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The resource, group or clone that it concerns; None when it only has the id of a constraint.
    pub fn about(&self) -> Option<&str> {
        match self {
            AddResource { primitive, .. } => Some(&primitive.id),
            RemoveResource { id } | RemoveHistory { id } | Probe { id } | Forget { id } => Some(id),
            ReplaceResource { element } | Isolate { element } => Some(element.id()),
            Hold { resource, .. } | Release { resource, .. } | AddUnseen { resource, .. } => Some(resource),
            AddColocation { resource, .. } | AddPreference { resource, .. } | AddBan { resource, .. } => Some(resource),
            AddOrder { then, .. } => Some(then),
            SetMeta { resource, .. } | SetParameter { resource, .. } => Some(resource),
            RemoveConstraint { .. } => None,
        }
    }

    /// A description: a line, and further lines that explain it.
    pub fn words(&self) -> Vec<Text> {
        let mut details = Vec::new();
        let first = match self {
            AddResource { primitive, group } => {
                let pairs = primitive.parameters.iter().chain(&primitive.meta);
                details.extend(pairs.map(|(name, value)| Text::verbatim(format_args!("{name} = {value}"))));
                let monitors = primitive.operations.iter().filter(|o| o.name == "monitor");
                details.extend(monitors.map(|o| match o.level {
                    Some(level) => text::monitor_every_at_level(&o.interval, level),
                    None => text::monitor_every(&o.interval),
                }));
                let agent = primitive.agent.join(":");
                match group {
                    Some(group) => text::resource_added_to_group(&primitive.id, agent, group),
                    None => text::resource_added(&primitive.id, agent),
                }
            }
            RemoveResource { id } => text::resource_and_its_own_constraints(id),
            ReplaceResource { element } => {
                let agent = ["class", "provider", "type"].map(|a| element.text(a)).join(":");
                let pairs =
                    element.named("instance_attributes").chain(element.named("meta_attributes")).flat_map(|s| s.named("nvpair"));
                details.extend(pairs.map(|p| Text::verbatim(format_args!("{} = {}", p.text("name"), p.text("value")))));
                text::resource_becomes(element.id(), agent)
            }
            AddColocation { resource, with, .. } => text::runs_where_runs(resource, with),
            AddOrder { first, then, .. } => text::starts_after(then, first),
            AddPreference { resource, node, score, .. } => {
                text::may_run_on_priority_score(resource, node, 1000 - score, show_score(*score))
            }
            AddBan { resource, conditions, until, .. } => {
                let nodes: Option<Vec<&str>> = conditions.iter().map(Condition::other_node).collect();
                match (nodes, until) {
                    (Some(nodes), None) => text::runs_only_on(resource, nodes.join(", ")),
                    (Some(nodes), Some(end)) => text::runs_only_on_until(resource, nodes.join(", "), end),
                    (None, _) => text::never_runs_where(resource, in_words(conditions)),
                }
            }
            RemoveConstraint { id } => text::the_constraint(id),
            SetMeta { resource, name, value: Some(value) } => text::meta_attribute_is_set(resource, name, value),
            SetMeta { resource, name, value: None } => text::meta_attribute_is_removed(resource, name),
            SetParameter { resource, name, value: Some(value) } => text::parameter_is_set(resource, name, value),
            SetParameter { resource, name, value: None } => text::parameter_is_removed(resource, name),
            Isolate { element } => text::resource_out_of_its_group(element.id()),
            Hold { resource, by } => text::resource_stays_on_its_server_while(resource, by),
            Release { resource, .. } => text::resource_may_leave_its_server_again(resource),
            AddUnseen { resource, .. } => text::resource_no_server_looks(resource),
            Probe { id } => text::what_each_server_keeps_for(id),
            Forget { id } => text::what_each_server_remembers_of(id),
            RemoveHistory { id } => text::what_the_cluster_remembers_of(id),
        };
        [first].into_iter().chain(details).collect()
    }

    /// The sign before its description: + for added, - for removed, ~ for changed.
    pub fn mark(&self) -> char {
        match self {
            AddResource { .. } | AddColocation { .. } | AddOrder { .. } | AddPreference { .. } | AddBan { .. } => '+',
            RemoveResource { .. } | RemoveConstraint { .. } | Probe { .. } | Forget { .. } | RemoveHistory { .. } => '-',
            ReplaceResource { .. }
            | SetMeta { .. }
            | SetParameter { .. }
            | Isolate { .. }
            | Hold { .. }
            | Release { .. }
            | AddUnseen { .. } => '~',
        }
    }

    /// The pcs commands, valid for pcs 0.11 and 0.12; cibadmin for what pcs cannot do.
    pub fn pcs(&self) -> Vec<Vec<String>> {
        let pair = |name: &str, value: &Option<String>| format!("{name}={}", value.as_deref().unwrap_or_default());
        let mut more = Vec::new();
        let mut command = words(&["pcs"]);
        command.extend(match self {
            AddResource { primitive, group } => {
                let mut command = words(&["resource", "create", &primitive.id, &primitive.agent.join(":")]);
                command.extend(primitive.parameters.iter().map(|(n, v)| format!("{n}={v}")));
                for operation in &primitive.operations {
                    command.extend(words(&["op", &operation.name]));
                    command.push(format!("interval={}", operation.interval));
                    command.push(format!("timeout={}", operation.timeout));
                    command.extend(operation.level.map(|l| format!("OCF_CHECK_LEVEL={l}")));
                }
                command.push("meta".to_owned());
                command.extend(primitive.meta.iter().map(|(n, v)| format!("{n}={v}")));
                let grouped = group.iter().map(|group| words(&["pcs", "resource", "group", "add", group, &primitive.id]));
                more.extend(grouped);
                more.extend(primitive.description.as_ref().map(|text| describe(&primitive.id, text)));
                command
            }
            RemoveResource { id } => words(&["resource", "delete", id]),
            AddColocation { id, resource, with } => {
                words(&["constraint", "colocation", "add", resource, "with", with, "score=INFINITY", &format!("id={id}")])
            }
            AddOrder { id, first, then } => {
                words(&["constraint", "order", "start", first, "then", "start", then, "kind=Mandatory", &format!("id={id}")])
            }
            RemoveConstraint { id } => words(&["constraint", "delete", id]),
            SetMeta { resource, name, value } => words(&["resource", "meta", resource, &pair(name, value)]),
            SetParameter { resource, name, value } => words(&["resource", "update", resource, &pair(name, value)]),
            RemoveHistory { id } => return vec![forget(id)],
            ReplaceResource { element } => return vec![put(element)],
            // No form of these fits every pcs: 0.11 needs a bare score and a rule in several arguments, 0.12 deprecates both.
            AddPreference { .. } | AddBan { .. } => return vec![put_in("constraints", &self.constraint())],
            Isolate { element } => {
                more = vec![put_in("resources", element)];
                words(&["resource", "delete", element.id(), "--force"])
            }
            Hold { .. } | Release { .. } => return self.crm_outside().into_iter().collect(),
            AddUnseen { .. } => return vec![put_in("constraints", &self.constraint())],
            Probe { .. } | Forget { .. } => return Vec::new(),
        });
        [command].into_iter().chain(more).collect()
    }

    /// A line of `crm configure`.
    pub fn crm(&self) -> String {
        let quoted = |text: &str| {
            let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/,+@%".contains(c));
            if plain { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
        };
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(n, v)| format!(" {n}={}", quoted(v))).collect::<String>();
        match self {
            AddResource { primitive, group } => {
                let mut text = format!("primitive {} {}", primitive.id, primitive.agent.join(":"));
                if let Some(description) = &primitive.description {
                    text.push_str(&format!(" description={}", quoted(description)));
                }
                if !primitive.parameters.is_empty() {
                    text.push_str(&format!(" params{}", pairs(&primitive.parameters)));
                }
                text.push_str(&format!(" meta{}", pairs(&primitive.meta)));
                for operation in &primitive.operations {
                    let level = operation.level.map_or(String::new(), |l| format!(" OCF_CHECK_LEVEL={l}"));
                    let Operation { name, interval, timeout, .. } = operation;
                    text.push_str(&format!(" op {name} interval={interval} timeout={timeout}{level}"));
                }
                match group {
                    Some(group) => format!("{text}\nmodgroup {group} add {}", primitive.id),
                    None => text,
                }
            }
            RemoveResource { id } | RemoveConstraint { id } => format!("delete {id}"),
            Isolate { element } => format!("delete {}", element.id()),
            AddColocation { id, resource, with } => format!("colocation {id} inf: {resource} {with}"),
            AddOrder { id, first, then } => format!("order {id} Mandatory: {first}:start {then}:start"),
            AddPreference { id, resource, node, score } => format!("location {id} {resource} {}: {node}", show_score(*score)),
            AddBan { id, resource, conditions, until } => {
                let mut parts: Vec<String> = conditions.iter().map(|c| c.expression(&quoted).join(" ")).collect();
                parts.extend(until.iter().map(|u| format!("date lt \"{u}\"")));
                format!("location {id} {resource} rule $id={id}-rule -inf: {}", parts.join(" and "))
            }
            // Not possible within `configure`.
            SetMeta { .. } | SetParameter { .. } | RemoveHistory { .. } | ReplaceResource { .. } | AddUnseen { .. } => {
                String::new()
            }
            Probe { .. } | Forget { .. } | Hold { .. } | Release { .. } => String::new(),
        }
    }

    /// The command outside of `crm configure`; None when it belongs inside.
    pub fn crm_outside(&self) -> Option<Vec<String>> {
        let set = |kind: &str, resource: &str, name: &str, value: &Option<String>| match value {
            Some(value) => words(&["crm", "resource", kind, resource, "set", name, value]),
            None => words(&["crm", "resource", kind, resource, "delete", name]),
        };
        match self {
            SetMeta { resource, name, value } => Some(set("meta", resource, name, value)),
            SetParameter { resource, name, value } => Some(set("param", resource, name, value)),
            RemoveHistory { id } => Some(forget(id)),
            ReplaceResource { element } => Some(put(element)),
            Isolate { element } => Some(put_in("resources", element)),
            AddUnseen { .. } => Some(put_in("constraints", &self.constraint())),
            Hold { resource, by } => {
                let path = format!("//primitive[@id='{resource}']");
                let element = Element::new("primitive", &[("id", resource)]).with(hold(resource, by));
                Some(words(&["cibadmin", "--modify", "--xpath", &path, "--xml-text", &element.to_string()]))
            }
            Release { resource, by } => {
                let path = format!("//meta_attributes[@id='{}']", hold_id(resource, by));
                Some(words(&["cibadmin", "--delete", "--xpath", &path]))
            }
            _ => None,
        }
    }
}

impl Condition {
    pub fn new(attribute: &str, operation: &str, value: &str) -> Condition {
        Condition { attribute: attribute.to_owned(), operation: operation.to_owned(), value: Some(value.to_owned()) }
    }

    /// The attribute is defined, with any value.
    pub fn defined(attribute: &str) -> Condition {
        Condition { attribute: attribute.to_owned(), operation: "defined".to_owned(), value: None }
    }

    /// The node name, if the condition is "the node is not this one".
    fn other_node(&self) -> Option<&str> {
        self.value.as_deref().filter(|_| self.attribute == "#uname" && self.operation == "ne")
    }

    /// In the notation of pcs and crmsh: infix comparison, prefix `defined`.
    fn expression(&self, quoted: &dyn Fn(&str) -> String) -> Vec<String> {
        match &self.value {
            Some(value) => vec![self.attribute.clone(), self.operation.clone(), quoted(value)],
            None => vec![self.operation.clone(), self.attribute.clone()],
        }
    }
}

/// Conditions as text.
fn in_words(conditions: &[Condition]) -> Text {
    let one = |Condition { attribute, operation, value }: &Condition| match (operation.as_str(), value) {
        (_, None) => text::attribute_is_set(attribute),
        ("ne", Some(value)) => text::attribute_is_not(attribute, value),
        (_, Some(value)) => text::attribute_is(attribute, value),
    };
    match conditions {
        [Condition { attribute, value: None, .. }, Condition { attribute: same, operation, value: Some(value) }]
            if attribute == same && operation == "ne" =>
        {
            text::attribute_is_set_and_is_not(attribute, value)
        }
        all => all.iter().map(one).reduce(text::both).unwrap_or_default(),
    }
}

impl Primitive {
    /// Its XML, with the ids that pcs gives.
    fn element(&self) -> Element {
        let [class, provider, kind] = &self.agent;
        let mut element =
            Element::new("primitive", &[("id", &self.id), ("class", class), ("type", kind), ("provider", provider)]);
        if let Some(description) = &self.description {
            element.set("description", description);
        }
        for (name, pairs) in [("instance_attributes", &self.parameters), ("meta_attributes", &self.meta)] {
            for (n, v) in pairs {
                set_pair(&mut element, name, &format!("{}-{name}", self.id), n, &Some(v.clone()));
            }
        }
        let operations = child_or_new(&mut element, "operations");
        for operation in &self.operations {
            let id = format!("{}-{}-interval-{}", self.id, operation.name, operation.interval);
            let mut op = Element::new("op", &[("name", &operation.name), ("interval", &operation.interval)]);
            op.set("timeout", &operation.timeout);
            op.set("id", &id);
            if let Some(level) = operation.level {
                let set = format!("{id}-instance_attributes");
                set_pair(&mut op, "instance_attributes", &set, "OCF_CHECK_LEVEL", &Some(level.to_string()));
            }
            operations.push(op);
        }
        element
    }
}

/// An id that another element has already. All ids of a configuration must differ.
#[derive(Debug)]
pub struct Taken {
    pub id: String,
    /// The name of the element that has it.
    by: String,
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", text::id_is_taken_already(&self.id, &self.by))
    }
}

impl std::error::Error for Taken {}

/// Checks that no element of the configuration has that id.
fn free(cib: &Cib, id: &str) -> Result<(), Taken> {
    match cib.with_id(id) {
        None => Ok(()),
        Some(found) => Err(Taken { id: id.to_owned(), by: found.name.clone() }),
    }
}

fn resource_mut<'a>(cib: &'a mut Cib, id: &str) -> Result<&'a mut Element> {
    let resources = cib.section_mut("resources");
    resources.find_mut(&|e| e.id() == id).with_context(|| text::resource_is_not_there_any_more(id))
}

/// Sets a parameter or meta attribute of a primitive outside of a CIB; `kind` is the name of the element.
pub fn set_own(primitive: &mut Element, kind: &str, name: &str, value: &str) {
    let set = format!("{}-{kind}", primitive.id());
    set_pair(primitive, kind, &set, name, &Some(value.to_owned()));
}

/// Sets a name-value pair in the first set of that kind that always counts, or removes it from all of them.
fn set_pair(holder: &mut Element, kind: &str, set_id: &str, name: &str, value: &Option<String>) {
    // The temporary set that keeps it in place is not its own.
    let is_own = |e: &Element| e.get("id-ref").is_none() && !e.id().contains(HOLDS);
    let is_plain = |e: &Element| e.name == kind && is_own(e) && e.named("rule").next().is_none();
    let Some(value) = value else {
        let mut emptied: Vec<String> = Vec::new();
        for set in holder.children_mut().filter(|e| is_plain(e)) {
            let removed = set.remove(&|e| e.name == "nvpair" && e.get("name") == Some(name));
            emptied.extend((removed > 0 && set.children().next().is_none()).then(|| set.id().to_owned()));
        }
        // An empty set without references has no meaning.
        holder.nodes.retain(|n| !matches!(n, Node::Element(e) if is_plain(e) && emptied.iter().any(|id| e.id() == id)));
        return;
    };
    for set in holder.children_mut().filter(|e| is_plain(e)) {
        if let Some(pair) = set.children_mut().find(|e| e.get("name") == Some(name)) {
            pair.set("value", value);
            return;
        }
    }
    if !holder.children().any(is_plain) {
        holder.push(Element::new(kind, &[("id", set_id)]));
    }
    if let Some(set) = holder.children_mut().find(|e| is_plain(e)) {
        let id = format!("{}-{name}", set.id());
        set.push(Element::new("nvpair", &[("id", &id), ("name", name), ("value", value)]));
    }
}

/// Removes a primitive and all references to it, and elements that become empty by that.
fn remove_resource(cib: &mut Cib, id: &str) {
    let emptied = |e: &Element, kind: &str, part: &str| e.name == kind && e.named(part).next().is_none();
    let resources = cib.section_mut("resources");
    resources.remove(&|e| e.name == "primitive" && e.id() == id);
    // Only elements that become empty now: other empty groups stay.
    let constraints = cib.section_mut("constraints");
    let names = ["rsc", "with-rsc", "first", "then"];
    constraints.remove(&|e| names.iter().any(|n| e.get(n) == Some(id)));
    constraints.remove(&|e| e.name == "resource_ref" && e.id() == id);
    constraints.remove(&|e| emptied(e, "resource_set", "resource_ref"));
    let bare = |e: &Element| e.children().next().is_none() && names.iter().all(|n| e.get(n).is_none());
    constraints.remove(&|e| e.name.starts_with("rsc_") && e.get("rsc-pattern").is_none() && bare(e));
    let Some(configuration) = cib.root.at_mut(&["configuration"]) else { return };
    configuration.remove(&|e| emptied(e, "group", "primitive"));
    configuration.remove(&|e| e.name == "obj_ref" && e.id() == id);
    configuration.remove(&|e| emptied(e, "tag", "obj_ref"));
    configuration.remove(&|e| e.name == "acl_permission" && e.get("reference") == Some(id));
}

/// The command that sets the description of a resource.
fn describe(id: &str, text: &str) -> Vec<String> {
    let element = Element::new("primitive", &[("id", id), ("description", text)]);
    words(&["cibadmin", "--modify", "--xpath", &format!("//primitive[@id='{id}']"), "--xml-text", &element.to_string()])
}

/// The command that replaces the primitive of that id.
fn put(element: &Element) -> Vec<String> {
    let path = format!("//primitive[@id='{}']", element.id());
    words(&["cibadmin", "--replace", "--xpath", &path, "--xml-text", &element.to_string()])
}

/// Separates the two resource ids in the id of a set that keeps one in place for the other.
const HOLDS: &str = "-holds-";

fn hold_id(resource: &str, by: &str) -> String {
    format!("{by}{HOLDS}{resource}")
}

/// The set of meta attributes that keeps a resource in place.
fn hold(resource: &str, by: &str) -> Element {
    let id = hold_id(resource, by);
    let pair = format!("{id}-stickiness");
    Element::new("meta_attributes", &[("id", &id), ("score", "INFINITY")])
        .with(Element::new("nvpair", &[("id", &pair), ("name", "resource-stickiness"), ("value", "INFINITY")]))
}

/// The changes that release all resources kept in place for a resource.
pub fn releases(cib: &Cib, by: &str) -> Vec<Change> {
    let is_held = |e: &Element| e.named("meta_attributes").any(|set| set.id() == hold_id(e.id(), by));
    let held = cib.resources().into_iter().filter(|r| is_held(r.element));
    held.map(|r| Release { resource: r.id().to_owned(), by: by.to_owned() }).collect()
}

/// The command that adds an element to a section of the configuration.
fn put_in(section: &str, element: &Element) -> Vec<String> {
    words(&["cibadmin", "--create", "--scope", section, "--xml-text", &element.to_string()])
}

/// The command that makes the cluster forget the history of a resource.
fn forget(id: &str) -> Vec<String> {
    words(&["cibadmin", "--delete-all", "--force", "--xpath", &format!("//lrm_resource[@id='{id}']")])
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| w.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cib() -> Cib {
        Cib::parse(include_str!("fixtures/two-instances.xml")).unwrap()
    }

    #[test]
    fn what_is_held_is_given_back_as_it_was() {
        let before = cib();
        let mut cib = before.clone();
        let (resource, by) = ("mail-ip".to_owned(), "mail-postfix".to_owned());
        let set = |value: Option<&str>| SetMeta {
            resource: "mail-ip".to_owned(),
            name: "resource-stickiness".to_owned(),
            value: value.map(str::to_owned),
        };
        Hold { resource, by: by.clone() }.apply(&mut cib).unwrap();
        assert!(cib.root.to_string().contains("mail-postfix-holds-mail-ip"));
        // Its own value is its own meanwhile.
        set(Some("7")).apply(&mut cib).unwrap();
        set(None).apply(&mut cib).unwrap();
        assert!(releases(&cib, "mail").is_empty());
        let back = releases(&cib, &by);
        assert_eq!(back.len(), 1);
        back.iter().for_each(|change| change.apply(&mut cib).unwrap());
        assert_eq!(cib, before);
    }

    #[test]
    fn values_are_set_where_they_are_and_removed() {
        let mut cib = cib();
        let set = |value: Option<&str>| SetMeta {
            resource: "mail2-postfix".to_owned(),
            name: "resource-stickiness".to_owned(),
            value: value.map(str::to_owned),
        };
        let now = |cib: &Cib| cib.meta(&cib.resource("mail2-postfix").unwrap(), "resource-stickiness");
        set(Some("0")).apply(&mut cib).unwrap();
        assert_eq!(now(&cib).as_deref(), Some("0"));
        set(None).apply(&mut cib).unwrap();
        assert_eq!(now(&cib).as_deref(), Some("100"), "the default is left");
    }

    #[test]
    fn a_resource_goes_with_its_constraints_and_nothing_else() {
        let mut cib = cib();
        RemoveResource { id: "mail2-postfix".to_owned() }.apply(&mut cib).unwrap();
        let left: Vec<String> = cib.constraints().map(|c| c.to_string()).collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(left[0].contains("shared-fs-clone") && !left[0].contains("postfix"), "{left:?}");
        assert!(cib.resource("mail2-ip").is_some());
    }

    #[test]
    fn a_ban_is_a_rule_that_ends_by_itself() {
        let conditions = vec![Condition::new("#uname", "ne", "n1")];
        let ban =
            AddBan { id: "b".to_owned(), resource: "r".to_owned(), conditions, until: Some("2027-01-01 00:00:00Z".to_owned()) };
        assert_eq!(
            ban.constraint().to_string(),
            "<rsc_location id=\"b\" rsc=\"r\"><rule id=\"b-rule\" score=\"-INFINITY\" boolean-op=\"and\">\
             <expression id=\"b-rule-expr\" attribute=\"#uname\" operation=\"ne\" value=\"n1\"/>\
             <date_expression id=\"b-rule-expr-1\" operation=\"lt\" end=\"2027-01-01 00:00:00Z\"/></rule></rsc_location>"
        );
        let command = &ban.pcs()[0];
        assert_eq!(command[..4].join(" "), "cibadmin --create --scope constraints");
        assert_eq!(command[5], ban.constraint().to_string());
    }

    #[test]
    fn what_is_printed_for_pcs_is_what_old_and_new_ones_take() {
        let primitive = Primitive {
            id: "r".to_owned(),
            agent: ["ocf", "heartbeat", "Dummy"].map(str::to_owned),
            description: None,
            parameters: Vec::new(),
            meta: Vec::new(),
            operations: Vec::new(),
        };
        let (id, resource, with) = ("c".to_owned(), "r".to_owned(), "s".to_owned());
        let changes = [
            AddResource { primitive, group: Some("g".to_owned()) },
            AddColocation { id: id.clone(), resource: resource.clone(), with },
            AddPreference { id, resource: resource.clone(), node: "n1".to_owned(), score: 999 },
            RemoveResource { id: resource },
        ];
        let commands: Vec<String> = changes.iter().flat_map(Change::pcs).map(|command| command.join(" ")).collect();
        assert_eq!(
            commands,
            [
                "pcs resource create r ocf:heartbeat:Dummy meta",
                "pcs resource group add g r",
                "pcs constraint colocation add r with s score=INFINITY id=c",
                "cibadmin --create --scope constraints --xml-text <rsc_location id=\"c\" rsc=\"r\" node=\"n1\" score=\"999\"/>",
                "pcs resource delete r",
            ]
        );
    }

    #[test]
    fn what_is_gone_or_taken_is_an_error() {
        let mut cib = cib();
        let text = RemoveConstraint { id: "none".to_owned() }.apply(&mut cib).unwrap_err().to_string();
        assert_eq!(text, "the constraint none is not there any more");
        let add = AddOrder { id: "set".to_owned(), first: "a".to_owned(), then: "b".to_owned() };
        assert!(add.apply(&mut cib).is_err());
    }
}
