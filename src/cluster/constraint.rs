//! The constraints of a hierarchy as values, and their ids, from which can be read what each is for.

use std::time::SystemTime;

use super::cib::{Score, show_score};
use super::xml::Element;
use crate::text::{self, Text};

/// A constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    Colocation {
        resource: String,
        with: String,
    },
    Order {
        first: String,
        then: String,
    },
    Preference {
        resource: String,
        node: String,
        score: Score,
    },
    /// Bans the resource from every node where all conditions hold, until a time if given.
    Ban {
        resource: String,
        conditions: Vec<Condition>,
        until: Option<String>,
    },
    /// No node probes the resource.
    NoProbe {
        resource: String,
    },
}

/// The values of an attribute to which a constraint does not apply: conditions that it is not that value.
pub fn excepted_values<'a>(constraint: &'a Element, attribute: &str) -> impl Iterator<Item = &'a str> {
    let is_it = move |e: &&Element| e.get("attribute") == Some(attribute) && e.get("operation") == Some("ne");
    constraint.all().into_iter().filter(is_it).filter_map(|e| e.get("value"))
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

use Constraint::*;

impl Constraint {
    /// The resource, group or clone that it concerns.
    pub fn resource(&self) -> &str {
        let (Colocation { resource, .. }
        | Order { then: resource, .. }
        | Preference { resource, .. }
        | Ban { resource, .. }
        | NoProbe { resource }) = self;
        resource
    }

    /// Until when it is valid; None when it does not end by itself.
    pub fn end(&self) -> Option<&str> {
        match self {
            Ban { until, .. } => until.as_deref(),
            _ => None,
        }
    }

    /// Its XML, with the ids that pcs gives.
    pub fn element(&self, id: &str) -> Element {
        match self {
            Colocation { resource, with } => {
                Element::new("rsc_colocation", &[("id", id), ("rsc", resource), ("with-rsc", with), ("score", "INFINITY")])
            }
            Order { first, then } => Element::new(
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
            Preference { resource, node, score } => {
                Element::new("rsc_location", &[("id", id), ("rsc", resource), ("node", node), ("score", &show_score(*score))])
            }
            Ban { resource, conditions, until } => {
                let rule_id = format!("{id}-rule");
                let mut rule = Element::new("rule", &[("id", &rule_id), ("score", "-INFINITY")]);
                let date = |end: &String| Element::new("date_expression", &[("id", ""), ("operation", "lt"), ("end", end)]);
                let parts: Vec<Element> = conditions.iter().map(Condition::element).chain(until.iter().map(date)).collect();
                if parts.len() > 1 {
                    rule.set("boolean-op", "and");
                }
                for (n, mut part) in parts.into_iter().enumerate() {
                    part.set("id", &if n == 0 { format!("{rule_id}-expr") } else { format!("{rule_id}-expr-{n}") });
                    rule.push(part);
                }
                Element::new("rsc_location", &[("id", id), ("rsc", resource)]).with(rule)
            }
            NoProbe { resource } => {
                let (rule_id, part_id) = (format!("{id}-rule"), format!("{id}-rule-expr"));
                let everywhere =
                    Element::new("expression", &[("id", &part_id), ("attribute", "#uname"), ("operation", "defined")]);
                Element::new("rsc_location", &[("id", id), ("rsc", resource), ("resource-discovery", "never")])
                    .with(Element::new("rule", &[("id", &rule_id), ("score", "0")]).with(everywhere))
            }
        }
    }

    /// A description.
    pub fn words(&self) -> Text {
        match self {
            Colocation { resource, with } => text::runs_where_runs(resource, with),
            Order { first, then } => text::starts_after(then, first),
            Preference { resource, node, score } => {
                text::may_run_on_priority_score(resource, node, 1000 - score, show_score(*score))
            }
            Ban { resource, conditions, until } => {
                let nodes: Option<Vec<&str>> = conditions.iter().map(Condition::other_node).collect();
                match (nodes, until) {
                    (Some(nodes), None) => text::runs_only_on(resource, nodes.join(", ")),
                    (Some(nodes), Some(end)) => text::runs_only_on_until(resource, nodes.join(", "), end),
                    (None, _) => text::never_runs_where(resource, in_words(conditions)),
                }
            }
            NoProbe { resource } => text::resource_no_server_looks(resource),
        }
    }

    /// The arguments of pcs, valid for pcs 0.11 and 0.12; None for what has no form that fits both: 0.11 needs a bare score and a rule in
    /// several arguments, 0.12 deprecates both.
    pub fn pcs(&self, id: &str) -> Option<Vec<String>> {
        let id = format!("id={id}");
        let words: &[&str] = match self {
            Colocation { resource, with } => &["colocation", "add", resource, "with", with, "score=INFINITY", &id],
            Order { first, then } => &["order", "start", first, "then", "start", then, "kind=Mandatory", &id],
            Preference { .. } | Ban { .. } | NoProbe { .. } => return None,
        };
        Some(["pcs", "constraint"].iter().chain(words).map(|word| word.to_string()).collect())
    }

    /// A line of `crm configure`; None for what it cannot do.
    pub fn crm(&self, id: &str) -> Option<String> {
        Some(match self {
            Colocation { resource, with } => format!("colocation {id} inf: {resource} {with}"),
            Order { first, then } => format!("order {id} Mandatory: {first}:start {then}:start"),
            Preference { resource, node, score } => format!("location {id} {resource} {}: {node}", show_score(*score)),
            Ban { resource, conditions, until } => {
                let mut parts: Vec<String> = conditions.iter().map(Condition::crm).collect();
                parts.extend(until.iter().map(|u| format!("date lt \"{u}\"")));
                format!("location {id} {resource} rule $id={id}-rule -inf: {}", parts.join(" and "))
            }
            NoProbe { .. } => return None,
        })
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

    /// Its XML, with an empty id.
    fn element(&self) -> Element {
        let Condition { attribute, operation, value } = self;
        let mut element = Element::new("expression", &[("id", ""), ("attribute", attribute), ("operation", operation)]);
        value.iter().for_each(|value| element.set("value", value));
        element
    }

    /// In the notation of crmsh: infix comparison, prefix `defined`.
    fn crm(&self) -> String {
        let Condition { attribute, operation, value } = self;
        match value {
            Some(value) => format!("{attribute} {operation} {}", quoted(value)),
            None => format!("{operation} {attribute}"),
        }
    }
}

/// A word for `crm configure`.
pub fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/,+@%".contains(c));
    if plain { word.to_owned() } else { format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")) }
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

/// What a constraint of a hierarchy is for, or a set of meta attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// Keeps it from nodes that have published another uid or gid.
    Ids,
    /// Keeps it from all nodes but its servers.
    Servers,
    /// Its score on this node.
    On(&'a str),
    /// Colocation with this resource.
    With(&'a str),
    /// Order after this resource.
    After(&'a str),
    /// Keeps these two of its dependencies on one node.
    Keeps(&'a str, &'a str),
    /// Has the first of these two, a file system of its dependencies, start after the second, which it is mounted in.
    Nests(&'a str, &'a str),
    /// Moves this resource, until it has arrived.
    Moves(&'a str),
    /// Only in a what-if: forces it to another node.
    Elsewhere,
    /// Turns its probes off, before it is deleted.
    Unseen,
    /// The set by which this resource is kept in place while the hierarchy's is out of service.
    Holds(&'a str),
}

impl<'a> Purpose<'a> {
    /// Recognizes those of other resources, [`Purpose::Keeps`], [`Purpose::Nests`] and [`Purpose::Moves`]; the others are found by the id that they have.
    pub fn parse(id: &'a str, hierarchy: &str) -> Option<Purpose<'a>> {
        match id.strip_prefix(hierarchy)?.strip_prefix('-')?.split_once('-')? {
            ("keeps", both) => both.split_once("-with-").map(|(one, other)| Purpose::Keeps(one, other)),
            ("nests", both) => both.split_once("-in-").map(|(inner, outer)| Purpose::Nests(inner, outer)),
            ("moves", resource) => Some(Purpose::Moves(resource)),
            _ => None,
        }
    }

    /// The id of what is for this, of the hierarchy with that resource id.
    pub fn id(self, hierarchy: &str) -> String {
        match self {
            Purpose::Ids => format!("{hierarchy}-ids"),
            Purpose::Servers => format!("{hierarchy}-servers"),
            Purpose::On(node) => format!("{hierarchy}-on-{node}"),
            Purpose::With(resource) => format!("{hierarchy}-with-{resource}"),
            Purpose::After(resource) => format!("{hierarchy}-after-{resource}"),
            Purpose::Keeps(one, other) => format!("{hierarchy}-keeps-{one}-with-{other}"),
            Purpose::Nests(inner, outer) => format!("{hierarchy}-nests-{inner}-in-{outer}"),
            Purpose::Moves(resource) => format!("{hierarchy}-moves-{resource}"),
            Purpose::Elsewhere => format!("{hierarchy}-elsewhere"),
            Purpose::Unseen => format!("{hierarchy}-unseen"),
            Purpose::Holds(resource) => format!("{hierarchy}-holds-{resource}"),
        }
    }
}

/// When a constraint ends by itself.
fn end(constraint: &Element) -> Option<&str> {
    constraint.all().into_iter().find(|e| e.name == "date_expression")?.get("end")
}

/// Whether a constraint ends by itself.
pub fn has_end(constraint: &Element) -> bool {
    end(constraint).is_some()
}

/// Until when a constraint that ends by itself is valid; None when it has ended, and for one that does not.
pub fn valid_until(constraint: &Element) -> Option<&str> {
    let end = end(constraint)?;
    let has_ended = humantime::parse_rfc3339_weak(end).is_ok_and(|end| end <= SystemTime::now());
    (!has_ended).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_recognized_and_nothing_else_is() {
        for (purpose, id) in [
            (Purpose::Keeps("fs", "ip"), "mx-keeps-fs-with-ip"),
            (Purpose::Nests("spool", "fs"), "mx-nests-spool-in-fs"),
            (Purpose::Moves("mx"), "mx-moves-mx"),
        ] {
            assert_eq!((purpose.id("mx").as_str(), Purpose::parse(id, "mx")), (id, Some(purpose)));
        }
        for other in [Purpose::On("keeps").id("mx"), Purpose::Servers.id("mx"), "mx2-keeps-fs-with-ip".to_owned()] {
            assert_eq!(Purpose::parse(&other, "mx"), None, "{other}");
        }
    }
}
