//! A change of the configuration, as a value: it can be applied to a CIB, described, and printed as the pcs
//! and crmsh commands that have the same effect.

use super::cib::{Cib, child_or_new, parse_score};
use super::constraint::{Constraint, Purpose, quoted};
use super::pacemaker::ClusterError;
use super::xml::{Element, Node};
use crate::text::{self, Text, verbatim};

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
    AddConstraint {
        id: String,
        constraint: Constraint,
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
    AddStickiness {
        resource: String,
        by: String,
    },
    /// Undoes [`Change::AddStickiness`].
    RemoveStickiness {
        resource: String,
        by: String,
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
    pub fn set_meta(resource: &str, name: &str, value: Option<&str>) -> Change {
        SetMeta { resource: resource.to_owned(), name: name.to_owned(), value: value.map(str::to_owned) }
    }

    pub fn set_parameter(resource: &str, name: &str, value: Option<&str>) -> Change {
        SetParameter { resource: resource.to_owned(), name: name.to_owned(), value: value.map(str::to_owned) }
    }

    /// Applies it to a CIB.
    ///
    /// # Errors
    /// When its object does not exist, or an id of it is taken.
    pub fn apply(&self, cib: &mut Cib) -> Result<(), ClusterError> {
        match self {
            AddResource { primitive, group } => {
                let element = primitive.element();
                check_ids_are_free(cib, &element)?;
                resources_mut(cib, group.as_deref())?.push(element);
            }
            RemoveResource { id } => remove_resource(cib, id),
            ReplaceResource { element } => *resource_mut(cib, element.id())? = element.clone(),
            AddConstraint { id, constraint } => {
                let element = constraint.element(id);
                check_ids_are_free(cib, &element)?;
                cib.section_mut("constraints").push(element);
            }
            RemoveConstraint { id } => {
                if cib.section_mut("constraints").remove(&|e| e.id() == id) == 0 {
                    return Err(missing(text::constraint_is_not_there_any_more(id)));
                }
            }
            SetMeta { resource, name, value } => {
                cib.forget_evaluated(resource, name);
                set_pair(resource_mut(cib, resource)?, "meta_attributes", name, value.as_deref())
            }
            SetParameter { resource, name, value } => {
                set_pair(resource_mut(cib, resource)?, "instance_attributes", name, value.as_deref())
            }
            AddStickiness { resource, by } => {
                let (holder, set) = (resource_mut(cib, resource)?, stickiness_set(resource, by));
                remove_stickiness_set(holder, &set);
                holder.push(set);
            }
            RemoveStickiness { resource, by } => {
                let set = stickiness_set(resource, by);
                if !remove_stickiness_set(resource_mut(cib, resource)?, &set) {
                    return Err(missing(text::set_is_not_there_any_more(set.id())));
                }
            }
            Isolate { element } => {
                resource_mut(cib, element.id())?;
                remove_resource(cib, element.id());
                cib.section_mut("resources").push(element.clone());
            }
            Probe { .. } => {}
            RemoveHistory { id } | Forget { id } => {
                if let Some(status) = cib.root.at_mut(&["status"]) {
                    status.remove(&|e| e.name == "lrm_resource" && e.id() == id);
                }
            }
        }
        Ok(())
    }

    /// Whether it removes a constraint or a set that is not there.
    pub fn is_removed_already(&self, cib: &Cib) -> bool {
        match self {
            RemoveConstraint { id } => !cib.constraints().any(|c| c.id() == id),
            RemoveStickiness { resource, by } => cib.with_id(stickiness_set(resource, by).id()).is_none(),
            _ => false,
        }
    }

    /// Whether it is a step after the change of the configuration, not part of it.
    pub fn runs_after_commit(&self) -> bool {
        matches!(self, Probe { .. } | Forget { .. })
    }

    /// The resource, group or clone that it concerns; None when it only has the id of a constraint.
    pub fn about(&self) -> Option<&str> {
        match self {
            AddResource { primitive: Primitive { id, .. }, .. }
            | RemoveResource { id }
            | RemoveHistory { id }
            | Probe { id }
            | Forget { id }
            | AddStickiness { resource: id, .. }
            | RemoveStickiness { resource: id, .. }
            | SetMeta { resource: id, .. }
            | SetParameter { resource: id, .. } => Some(id),
            ReplaceResource { element } | Isolate { element } => Some(element.id()),
            AddConstraint { constraint, .. } => Some(constraint.resource()),
            RemoveConstraint { .. } => None,
        }
    }

    /// A description: a line, and further lines that explain it; and the sign before it: + for added, - for removed, ~ for changed.
    pub fn words(&self) -> (char, Vec<Text>) {
        let mut details = Vec::new();
        let (mark, first) = match self {
            AddResource { primitive, group } => {
                let pairs = primitive.parameters.iter().chain(&primitive.meta);
                details.extend(pairs.map(|(name, value)| verbatim!("{name} = {value}")));
                let monitors = primitive.operations.iter().filter(|o| o.name == "monitor");
                details.extend(monitors.map(|o| match o.level {
                    Some(level) => text::monitor_every_at_level(&o.interval, level),
                    None => text::monitor_every(&o.interval),
                }));
                let agent = primitive.agent.join(":");
                let first = match group {
                    Some(group) => text::resource_added_to_group(&primitive.id, agent, group),
                    None => text::resource_added(&primitive.id, agent),
                };
                ('+', first)
            }
            RemoveResource { id } => ('-', text::resource_and_its_own_constraints(id)),
            ReplaceResource { element } => {
                let agent = ["class", "provider", "type"].map(|a| element.text(a)).join(":");
                let pairs =
                    element.named("instance_attributes").chain(element.named("meta_attributes")).flat_map(|s| s.named("nvpair"));
                details.extend(pairs.map(|p| verbatim!("{} = {}", p.text("name"), p.text("value"))));
                ('~', text::resource_becomes(element.id(), agent))
            }
            AddConstraint { constraint: constraint @ Constraint::NoProbe { .. }, .. } => ('~', constraint.words()),
            AddConstraint { constraint, .. } => ('+', constraint.words()),
            RemoveConstraint { id } => ('-', text::the_constraint(id)),
            SetMeta { resource, name, value: Some(value) } => ('~', text::meta_attribute_is_set(resource, name, value)),
            SetMeta { resource, name, value: None } => ('~', text::meta_attribute_is_removed(resource, name)),
            SetParameter { resource, name, value: Some(value) } => ('~', text::parameter_is_set(resource, name, value)),
            SetParameter { resource, name, value: None } => ('~', text::parameter_is_removed(resource, name)),
            Isolate { element } => ('~', text::resource_out_of_its_group(element.id())),
            AddStickiness { resource, by } => ('~', text::resource_stays_on_its_server_while(resource, by)),
            RemoveStickiness { resource, .. } => ('~', text::resource_may_leave_its_server_again(resource)),
            Probe { id } => ('-', text::what_each_server_keeps_for(id)),
            Forget { id } => ('-', text::what_each_server_remembers_of(id)),
            RemoveHistory { id } => ('-', text::what_the_cluster_remembers_of(id)),
        };
        (mark, [first].into_iter().chain(details).collect())
    }

    /// The pcs commands, valid for pcs 0.11 and 0.12; cibadmin for what pcs cannot do. Empty for what comes after the change of the
    /// configuration.
    pub fn pcs(&self) -> Vec<Vec<String>> {
        let pair = |name: &str, value: &Option<String>| format!("{name}={}", value.as_deref().unwrap_or_default());
        let own = match self {
            AddResource { primitive, group } => return primitive.pcs(group.as_deref()),
            RemoveResource { id } => Some(argv(&["pcs", "resource", "delete", id])),
            AddConstraint { id, constraint } => constraint.pcs(id),
            RemoveConstraint { id } => Some(argv(&["pcs", "constraint", "delete", id])),
            SetMeta { resource, name, value } => Some(argv(&["pcs", "resource", "meta", resource, &pair(name, value)])),
            SetParameter { resource, name, value } => Some(argv(&["pcs", "resource", "update", resource, &pair(name, value)])),
            Isolate { element } => {
                let delete = argv(&["pcs", "resource", "delete", element.id(), "--force"]);
                return vec![untag(element.id()), delete, create("resources", element)];
            }
            _ => None,
        };
        own.or_else(|| self.cibadmin()).into_iter().collect()
    }

    /// A line of `crm configure`, and a command outside of it. Each change has one of the two, except that [`Isolate`] has both, and what
    /// comes after the change of the configuration has none.
    pub fn crm(&self) -> (Option<String>, Option<Vec<String>>) {
        let set = |kind: &str, resource: &str, name: &str, value: &Option<String>| match value {
            Some(value) => argv(&["crm", "resource", kind, resource, "set", name, value]),
            None => argv(&["crm", "resource", kind, resource, "delete", name]),
        };
        let line = match self {
            AddResource { primitive, group } => Some(primitive.crm(group.as_deref())),
            RemoveResource { id } | RemoveConstraint { id } => Some(format!("delete {id}")),
            AddConstraint { id, constraint } => constraint.crm(id),
            SetMeta { resource, name, value } => return (None, Some(set("meta", resource, name, value))),
            SetParameter { resource, name, value } => return (None, Some(set("param", resource, name, value))),
            Isolate { element } => {
                return (Some(format!("delete {}", element.id())), Some(create("resources", element)));
            }
            _ => None,
        };
        let outside = if line.is_some() { None } else { self.cibadmin() };
        (line, outside)
    }

    /// The command for what pcs or crmsh cannot do; None for what they can, and for what comes after the change of the configuration.
    fn cibadmin(&self) -> Option<Vec<String>> {
        Some(match self {
            ReplaceResource { element } => write_primitive("--replace", element),
            AddConstraint { id, constraint } => create("constraints", &constraint.element(id)),
            AddStickiness { resource, by } => {
                let primitive = Element::new("primitive", &[("id", resource)]).with(stickiness_set(resource, by));
                write_primitive("--modify", &primitive)
            }
            RemoveStickiness { resource, by } => {
                // With the set, unless others have written into it: one of the two is there.
                let set = stickiness_set(resource, by);
                let (set, pair) = (set.id(), set.children().next().map_or("", Element::id));
                let ours = format!("nvpair[@id='{pair}' and @value='INFINITY']");
                let whole_set = format!("//meta_attributes[@id='{set}' and count(nvpair)=1 and {ours}]");
                let pair_alone = format!("//meta_attributes[@id='{set}' and count(nvpair)>1]/{ours}");
                argv(&["cibadmin", "--delete", "--xpath", &format!("{whole_set} | {pair_alone}")])
            }
            RemoveHistory { id } => {
                argv(&["cibadmin", "--delete-all", "--force", "--xpath", &format!("//lrm_resource[@id='{id}']")])
            }
            AddResource { .. } | RemoveResource { .. } | RemoveConstraint { .. } | Isolate { .. } => return None,
            SetMeta { .. } | SetParameter { .. } | Probe { .. } | Forget { .. } => return None,
        })
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
        for (kind, pairs) in [("instance_attributes", &self.parameters), ("meta_attributes", &self.meta)] {
            pairs.iter().for_each(|(name, value)| set_pair(&mut element, kind, name, Some(value)));
        }
        let operations = child_or_new(&mut element, "operations");
        for Operation { name, interval, timeout, level } in &self.operations {
            let id = format!("{}-{name}-interval-{interval}", self.id);
            let mut op = Element::new("op", &[("name", name), ("interval", interval), ("timeout", timeout), ("id", &id)]);
            if let Some(level) = level {
                set_pair(&mut op, "instance_attributes", "OCF_CHECK_LEVEL", Some(&level.to_string()));
            }
            operations.push(op);
        }
        element
    }

    fn pcs(&self, group: Option<&str>) -> Vec<Vec<String>> {
        let mut command = argv(&["pcs", "resource", "create", &self.id, &self.agent.join(":")]);
        command.extend(self.parameters.iter().map(|(n, v)| format!("{n}={v}")));
        for Operation { name, interval, timeout, level } in &self.operations {
            command.extend(argv(&["op", name, &format!("interval={interval}"), &format!("timeout={timeout}")]));
            command.extend(level.map(|l| format!("OCF_CHECK_LEVEL={l}")));
        }
        if !self.meta.is_empty() {
            command.push("meta".to_owned());
            command.extend(self.meta.iter().map(|(n, v)| format!("{n}={v}")));
        }
        let grouped = group.map(|group| argv(&["pcs", "resource", "group", "add", group, &self.id]));
        let described = self.description.as_ref();
        let described = described.map(|text| Element::new("primitive", &[("id", &self.id), ("description", text)]));
        let described = described.map(|primitive| write_primitive("--modify", &primitive));
        [command].into_iter().chain(grouped).chain(described).collect()
    }

    fn crm(&self, group: Option<&str>) -> String {
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(n, v)| format!(" {n}={}", quoted(v))).collect::<String>();
        let mut text = format!("primitive {} {}", self.id, self.agent.join(":"));
        text.extend(self.description.iter().map(|description| format!(" description={}", quoted(description))));
        if !self.parameters.is_empty() {
            text += &format!(" params{}", pairs(&self.parameters));
        }
        if !self.meta.is_empty() {
            text += &format!(" meta{}", pairs(&self.meta));
        }
        for Operation { name, interval, timeout, level } in &self.operations {
            text += &format!(" op {name} interval={interval} timeout={timeout}");
            text.extend(level.map(|l| format!(" OCF_CHECK_LEVEL={l}")));
        }
        text.extend(group.map(|group| format!("\nmodgroup {group} add {}", self.id)));
        text
    }
}

/// The object of a change does not exist.
fn missing(what: Text) -> ClusterError {
    ClusterError::Failed(what.to_string())
}

/// Checks that the configuration has no element with an id of this one: all its ids must differ.
fn check_ids_are_free(cib: &Cib, element: &Element) -> Result<(), ClusterError> {
    for id in element.all().into_iter().map(Element::id).filter(|id| !id.is_empty()) {
        if let Some(found) = cib.with_id(id) {
            return Err(ClusterError::Taken { id: id.to_owned(), by: found.name.clone() });
        }
    }
    Ok(())
}

/// What holds the resources of a group, or those without one.
fn resources_mut<'a>(cib: &'a mut Cib, group: Option<&str>) -> Result<&'a mut Element, ClusterError> {
    let resources = cib.section_mut("resources");
    let Some(id) = group else { return Ok(resources) };
    let is_it = |e: &Element| e.name == "group" && e.id() == id;
    resources.find_mut(&is_it).ok_or_else(|| missing(text::group_is_not_there_any_more(id)))
}

fn resource_mut<'a>(cib: &'a mut Cib, id: &str) -> Result<&'a mut Element, ClusterError> {
    let resources = cib.section_mut("resources");
    resources.find_mut(&|e| e.id() == id).ok_or_else(|| missing(text::resource_is_not_there_any_more(id)))
}

/// Sets a name-value pair in the set that the cluster takes it from, of those without a rule, or removes it from all of them. `kind` is
/// the name of the set's element.
pub fn set_pair(holder: &mut Element, kind: &str, name: &str, value: Option<&str>) {
    // The temporary set that keeps it in place is not its own, whichever hierarchy's it is.
    let held = Purpose::Holds(holder.id()).id("");
    let is_own = |e: &Element| e.get("id-ref").is_none() && !e.id().ends_with(&held);
    let is_plain = |e: &Element| e.name == kind && is_own(e) && e.named("rule").next().is_none();
    let Some(value) = value else { return remove_pair(holder, name, &is_plain) };
    // What refers to another pair would change that one, or be changed by it.
    for set in holder.children_mut().filter(|e| is_plain(e)) {
        set.remove(&|e| e.name == "nvpair" && e.get("name") == Some(name) && e.get("id-ref").is_some());
    }
    if let Some(pair) = pair_in_force(holder, name, &is_plain) {
        return pair.set("value", value);
    }
    if !holder.children().any(is_plain) {
        let id = free_set_id(holder, kind);
        holder.push(Element::new(kind, &[("id", &id)]));
    }
    if let Some(set) = holder.children_mut().find(|e| is_plain(e)) {
        let id = format!("{}-{name}", set.id());
        set.push(Element::new("nvpair", &[("id", &id), ("name", name), ("value", value)]));
    }
}

/// Removes a pair from all sets that fit, and each set that is empty then: without references it has no meaning.
fn remove_pair(holder: &mut Element, name: &str, fits: &dyn Fn(&Element) -> bool) {
    let mut emptied: Vec<String> = Vec::new();
    for set in holder.children_mut().filter(|e| fits(e)) {
        let removed = set.remove(&|e| e.name == "nvpair" && e.get("name") == Some(name));
        emptied.extend((removed > 0 && set.children().next().is_none()).then(|| set.id().to_owned()));
    }
    holder.nodes.retain(|n| !matches!(n, Node::Element(e) if fits(e) && emptied.iter().any(|id| e.id() == id)));
}

/// Where several of the sets that fit have a pair, the cluster takes that of the highest score, and the last of these.
fn pair_in_force<'a>(holder: &'a mut Element, name: &str, fits: &dyn Fn(&Element) -> bool) -> Option<&'a mut Element> {
    let has_it = |e: &Element| fits(e) && e.named("nvpair").any(|pair| pair.get("name") == Some(name));
    let set = holder.children_mut().filter(|e| has_it(e)).max_by_key(|e| parse_score(e.text("score")))?;
    set.children_mut().filter(|e| e.get("name") == Some(name)).last()
}

/// An id for a new set, as pcs gives it.
fn free_set_id(holder: &Element, kind: &str) -> String {
    let first = format!("{}-{kind}", holder.id());
    let is_free = |id: &String| !holder.children().any(|e| e.id() == id);
    std::iter::once(first.clone()).chain((1..).map(|n| format!("{first}-{n}"))).find(is_free).unwrap_or(first)
}

/// What is removed with the last of its kind in it.
const HOLDERS: [(&str, &str); 5] =
    [("group", "primitive"), ("clone", "primitive"), ("clone", "group"), ("tag", "obj_ref"), ("resource_set", "resource_ref")];

/// The attributes of a constraint that name a resource.
const REFERENCES: [&str; 4] = ["rsc", "with-rsc", "first", "then"];

/// Removes a resource and all references to it, and in the same way what has nothing else in it.
fn remove_resource(cib: &mut Cib, id: &str) {
    let Some(configuration) = cib.root.at_mut(&["configuration"]) else { return };
    let has_only_it = |e: &&&Element| {
        let is_last = |part: &str| e.named(part).map(Element::id).eq([id]);
        HOLDERS.iter().any(|(kind, part)| e.name == *kind && is_last(part))
    };
    let emptied: Vec<String> = configuration.all().iter().filter(has_only_it).map(|e| e.id().to_owned()).collect();
    let kinds = ["primitive", "group", "clone", "tag", "resource_set", "resource_ref", "obj_ref"];
    let is_constraint = |e: &Element| matches!(e.name.as_str(), "rsc_colocation" | "rsc_location" | "rsc_order" | "rsc_ticket");
    configuration.remove(&|e| match e.name.as_str() {
        "acl_permission" => e.get("reference") == Some(id),
        "resource_set" if e.get("id-ref") == Some(id) => true,
        kind if kinds.contains(&kind) => e.id() == id,
        _ => is_constraint(e) && REFERENCES.iter().any(|name| e.get(name) == Some(id)),
    });
    // Those of sets, which have lost the last one.
    let names_nothing = |e: &Element| REFERENCES.iter().chain(&["rsc-pattern"]).all(|name| e.get(name).is_none());
    configuration.remove(&|e| is_constraint(e) && names_nothing(e) && e.named("resource_set").next().is_none());
    emptied.iter().for_each(|id| remove_resource(cib, id));
}

/// The set of meta attributes that keeps a resource in place while another one is out of service.
fn stickiness_set(resource: &str, by: &str) -> Element {
    let id = Purpose::Holds(resource).id(by);
    let pair = format!("{id}-stickiness");
    Element::new("meta_attributes", &[("id", &id), ("score", "INFINITY")])
        .with(Element::new("nvpair", &[("id", &pair), ("name", "resource-stickiness"), ("value", "INFINITY")]))
}

/// Removes the set that [`stickiness_set`] makes; false when it is not there. Pairs that others have written into it (pcs takes the first set
/// of a resource) move to a set of the resource itself.
fn remove_stickiness_set(holder: &mut Element, set: &Element) -> bool {
    let is_it = |e: &Element| e.name == set.name && e.id() == set.id();
    let Some(found) = holder.children_mut().find(|e| is_it(e)) else { return false };
    // crmsh writes attributes in an order of its own.
    let is_ours = |e: &Element| set.children().any(|own| own.id() == e.id() && own.text("value") == e.text("value"));
    found.remove(&is_ours);
    let written: Vec<(String, String)> =
        found.named("nvpair").map(|pair| (pair.text("name").to_owned(), pair.text("value").to_owned())).collect();
    holder.remove(&is_it);
    for (name, value) in written {
        set_pair(holder, &set.name, &name, Some(&value));
    }
    true
}

/// The changes that release all resources kept in place for a resource.
pub fn remove_stickiness(cib: &Cib, by: &str) -> Vec<Change> {
    let is_kept = |e: &Element| e.named("meta_attributes").any(|set| set.id() == stickiness_set(e.id(), by).id());
    let kept = cib.resources().into_iter().filter(|r| is_kept(r.element));
    kept.map(|r| RemoveStickiness { resource: r.id().to_owned(), by: by.to_owned() }).collect()
}

/// The command that replaces the primitive of that id (`--replace`), or changes it to what this one has (`--modify`).
fn write_primitive(action: &str, primitive: &Element) -> Vec<String> {
    let path = format!("//primitive[@id='{}']", primitive.id());
    argv(&["cibadmin", action, "--xpath", &path, "--xml-text", &ascii(primitive)])
}

/// An element as an argument: cibadmin of Pacemaker 3 refuses one that has other characters than those of ASCII.
fn ascii(element: &Element) -> String {
    let reference = |c: char| if c.is_ascii() { c.to_string() } else { format!("&#{};", u32::from(c)) };
    element.to_string().chars().map(reference).collect()
}

/// The command that adds an element to a section of the configuration.
fn create(section: &str, element: &Element) -> Vec<String> {
    argv(&["cibadmin", "--create", "--scope", section, "--xml-text", &ascii(element)])
}

/// The command that takes a resource out of its tags, which pcs does not delete it from. A tag that has nothing else goes with its
/// constraints.
fn untag(id: &str) -> Vec<String> {
    let alone = format!("//tag[count(obj_ref)=1 and obj_ref/@id='{id}']");
    let names_it = REFERENCES.map(|name| format!("@{name}={alone}/@id")).join(" or ");
    let path = format!("{alone} | //tag[count(obj_ref)>1]/obj_ref[@id='{id}'] | //constraints/*[{names_it}]");
    argv(&["cibadmin", "--delete-all", "--force", "--xpath", &path])
}

/// A command line.
fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| w.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::constraint::Condition;
    use super::*;

    fn cib() -> Cib {
        Cib::parse(include_str!("fixtures/two-instances.xml")).unwrap()
    }

    #[test]
    fn what_is_held_is_given_back_as_it_was() {
        let before = cib();
        let mut cib = before.clone();
        let (resource, by) = ("mail-ip".to_owned(), "mail-postfix".to_owned());
        let set = |value: Option<&str>| Change::set_meta("mail-ip", "resource-stickiness", value);
        AddStickiness { resource, by: by.clone() }.apply(&mut cib).unwrap();
        assert!(cib.root.to_string().contains("mail-postfix-holds-mail-ip"));
        // Its own value is its own meanwhile.
        set(Some("7")).apply(&mut cib).unwrap();
        set(None).apply(&mut cib).unwrap();
        assert!(remove_stickiness(&cib, "mail").is_empty());
        let back = remove_stickiness(&cib, &by);
        assert_eq!(back.len(), 1);
        back.iter().for_each(|change| change.apply(&mut cib).unwrap());
        assert_eq!(cib, before);
    }

    /// pcs writes into the first set that a resource has.
    #[test]
    fn what_others_have_written_into_the_set_that_holds_it_stays() {
        let mut cib = with(M, "");
        let (resource, by) = ("m".to_owned(), "mail".to_owned());
        let hold = AddStickiness { resource: resource.clone(), by: by.clone() };
        hold.apply(&mut cib).unwrap();
        let mut write = |name: &str, value: &str| {
            let set = resource_mut(&mut cib, "m").unwrap().children_mut().find(|e| e.id() == "mail-holds-m").unwrap();
            set.push(Element::new("nvpair", &[("id", name), ("name", name), ("value", value)]));
        };
        write("priority", "7");
        hold.apply(&mut cib).unwrap();
        let meta = |cib: &Cib, name: &str| cib.meta(&cib.resource("m").unwrap(), name);
        assert_eq!(meta(&cib, "priority").as_deref(), Some("7"));
        let release = RemoveStickiness { resource, by };
        let mut released = cib.clone();
        release.apply(&mut released).unwrap();
        assert_eq!((meta(&released, "priority").as_deref(), meta(&released, STICKINESS)), (Some("7"), None));
        assert!(!released.root.to_string().contains("holds"), "{}", released.root);
        // Whoever has changed our value wants it so.
        let set = resource_mut(&mut cib, "m").unwrap().children_mut().find(|e| e.id() == "mail-holds-m").unwrap();
        set.children_mut().next().unwrap().set("value", "50");
        release.apply(&mut cib).unwrap();
        assert_eq!(meta(&cib, STICKINESS).as_deref(), Some("50"));
    }

    const STICKINESS: &str = "resource-stickiness";

    #[test]
    fn values_are_set_where_they_are_and_removed() {
        let mut cib = cib();
        let set = |value: Option<&str>| Change::set_meta("mail2-postfix", "resource-stickiness", value);
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

    /// As users have them by hand, by pcs and by crmsh.
    fn with(resources: &str, constraints: &str) -> Cib {
        Cib::parse(&format!(
            "<cib><configuration><crm_config/><nodes/><resources>{resources}</resources><constraints>{constraints}</constraints>\
             <tags><tag id=\"t\"><obj_ref id=\"m\"/></tag></tags><rsc_defaults><meta_attributes id=\"d\"/></rsc_defaults>\
             </configuration><status/></cib>"
        ))
        .unwrap()
    }

    const M: &str = "<primitive id=\"m\" class=\"ocf\" provider=\"postkeeper\" type=\"postfix\"/>";
    const OTHER: &str = "<primitive id=\"o\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>";

    #[test]
    fn what_has_nothing_else_goes_with_it_and_what_refers_to_another_set_stays() {
        let resources = format!("<group id=\"g\">{M}</group>{OTHER}");
        let set = |id: &str, ids: &[&str]| {
            let refs: String = ids.iter().map(|id| format!("<resource_ref id=\"{id}\"/>")).collect();
            format!("<resource_set id=\"{id}\">{refs}</resource_set>")
        };
        let kept = format!(
            "<rsc_order id=\"k1\">{}</rsc_order><rsc_colocation id=\"k2\"><resource_set id-ref=\"s1\"/></rsc_colocation>",
            set("s1", &["o"])
        );
        let gone = format!(
            "<rsc_location id=\"g1\" rsc=\"g\" node=\"n1\" score=\"1\"/><rsc_location id=\"g2\" rsc=\"t\" node=\"n1\" score=\"1\"/>\
             <rsc_location id=\"g3\">{}<rule id=\"r\" score=\"1\"/></rsc_location>\
             <rsc_colocation id=\"g4\"><resource_set id-ref=\"s2\"/></rsc_colocation>",
            set("s2", &["m"])
        );
        let mut cib = with(&resources, &(kept + &gone));
        RemoveResource { id: "m".to_owned() }.apply(&mut cib).unwrap();
        let left: Vec<&str> = cib.constraints().map(Element::id).collect();
        assert_eq!(left, ["k1", "k2"]);
        assert!(!cib.root.to_string().contains("\"g\"") && !cib.root.to_string().contains("\"t\""), "{}", cib.root);
        assert!(cib.resource("o").is_some());
        assert!(cib.root.at(&["configuration", "rsc_defaults", "meta_attributes"]).is_some(), "{}", cib.root);
    }

    #[test]
    fn a_name_that_looks_like_ours_is_a_name() {
        let mut cib = with(&M.replace("id=\"m\"", "id=\"mail-holds-all\""), "");
        for value in [Some("/etc/a"), Some("/etc/b")] {
            Change::set_parameter("mail-holds-all", "config_dir", value).apply(&mut cib).unwrap();
        }
        assert_eq!(cib.root.to_string().matches("config_dir\" value=\"/etc/b\"").count(), 1, "{}", cib.root);
    }

    #[test]
    fn a_value_is_set_where_the_cluster_reads_it() {
        let pair = |id: &str, value: &str| format!("<nvpair id=\"{id}\" name=\"target-role\" value=\"{value}\"/>");
        let set = |id: &str, more: &str| format!("<meta_attributes id=\"{id}\"{more}</meta_attributes>");
        let holder = |sets: String| with(&M.replace("/>", &format!(">{sets}</primitive>")), "");
        let role = |cib: &Cib| cib.meta(&cib.resource("m").unwrap(), "target-role");
        for sets in [
            set("a", &format!(">{}", pair("a1", "Started"))) + &set("b", &format!(">{}", pair("b1", "Stopped"))),
            set("a", &format!(" score=\"9\">{}", pair("a1", "Stopped"))) + &set("b", &format!(">{}", pair("b1", "Started"))),
            set("a", "><nvpair id-ref=\"elsewhere\" name=\"target-role\"/>"),
            set("m-meta_attributes", "><rule id=\"r\" score=\"1\"/>"),
        ] {
            let mut cib = holder(sets.clone());
            Change::set_meta("m", "target-role", Some("Started")).apply(&mut cib).unwrap();
            assert_eq!(role(&cib).as_deref(), Some("Started"), "{sets}");
            let ids: Vec<String> = cib
                .root
                .all()
                .iter()
                .filter(|e| e.name != "obj_ref")
                .map(|e| e.id().to_owned())
                .filter(|id| !id.is_empty())
                .collect();
            assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len(), "{}", cib.root);
            assert!(!cib.root.to_string().contains("id-ref"), "{}", cib.root);
        }
    }

    #[test]
    fn a_ban_is_a_rule_that_ends_by_itself() {
        let conditions = vec![Condition::new("#uname", "ne", "n1")];
        let ban = Constraint::Ban { resource: "r".to_owned(), conditions, until: Some("2027-01-01 00:00:00Z".to_owned()) };
        let element = ban.element("b").to_string();
        assert_eq!(
            element,
            "<rsc_location id=\"b\" rsc=\"r\"><rule id=\"b-rule\" score=\"-INFINITY\" boolean-op=\"and\">\
             <expression id=\"b-rule-expr\" attribute=\"#uname\" operation=\"ne\" value=\"n1\"/>\
             <date_expression id=\"b-rule-expr-1\" operation=\"lt\" end=\"2027-01-01 00:00:00Z\"/></rule></rsc_location>"
        );
        let command = &AddConstraint { id: "b".to_owned(), constraint: ban }.pcs()[0];
        assert_eq!(command[..4].join(" "), "cibadmin --create --scope constraints");
        assert_eq!(command[5], element);
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
            AddConstraint { id: id.clone(), constraint: Constraint::Colocation { resource: resource.clone(), with } },
            AddConstraint {
                id,
                constraint: Constraint::Preference { resource: resource.clone(), node: "n1".to_owned(), score: 999 },
            },
            RemoveResource { id: resource },
        ];
        let commands: Vec<String> = changes.iter().flat_map(Change::pcs).map(|command| command.join(" ")).collect();
        assert_eq!(
            commands,
            [
                "pcs resource create r ocf:heartbeat:Dummy",
                "pcs resource group add g r",
                "pcs constraint colocation add r with s score=INFINITY id=c",
                "cibadmin --create --scope constraints --xml-text <rsc_location id=\"c\" rsc=\"r\" node=\"n1\" score=\"999\"/>",
                "pcs resource delete r",
            ]
        );
    }

    /// pcs does not delete what is in a tag.
    #[test]
    fn a_resource_is_taken_out_of_its_tags_before_pcs_deletes_it() {
        let commands = Isolate { element: Element::new("primitive", &[("id", "m")]) }.pcs();
        assert_eq!(commands[1], ["pcs", "resource", "delete", "m", "--force"]);
        let [first @ .., path] = commands[0].as_slice() else { panic!("{commands:?}") };
        assert_eq!(first.join(" "), "cibadmin --delete-all --force --xpath");
        let alone = "//tag[count(obj_ref)=1 and obj_ref/@id='m']";
        assert!(
            path.starts_with(&format!(
                "{alone} | //tag[count(obj_ref)>1]/obj_ref[@id='m'] | //constraints/*[@rsc={alone}/@id or "
            ))
        );
    }

    /// cibadmin of Pacemaker 3 ends with a usage error for anything else.
    #[test]
    fn an_element_in_a_command_is_ascii_and_the_same() {
        let element = Element::new("primitive", &[("id", "mail"), ("description", "Größe \u{90f5}\u{4fbf} <&>")]);
        let command = write_primitive("--modify", &element);
        let written = command.last().unwrap();
        assert!(written.is_ascii(), "{written}");
        assert_eq!(Element::parse(written).unwrap(), element);
    }

    #[test]
    fn what_is_gone_or_taken_is_an_error() {
        let mut cib = cib();
        let text = RemoveConstraint { id: "none".to_owned() }.apply(&mut cib).unwrap_err().to_string();
        assert_eq!(text, "the constraint none is not there any more");
        let constraint = Constraint::Order { first: "a".to_owned(), then: "b".to_owned() };
        let add = AddConstraint { id: "set".to_owned(), constraint };
        assert!(add.apply(&mut cib).is_err());
    }
}
