//! The ids rule of a hierarchy: it bans the resource from a node that has published other ids than those recorded when the
//! hierarchy was created.
//!
//! A node that has published nothing is not banned: attributes are lost when the attribute manager crashes, and are never
//! set where Pacemaker does not probe. The start compares the ids with the queue itself.

use std::collections::BTreeMap;

use super::attribute;
use super::change::Change;
use super::cib::{Cib, holds};
use super::constraint::{Condition, Constraint, Purpose, excepted_values};

/// The rule, as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub constraint: String,
    /// The ids that were recorded, `uid:gid`.
    pub recorded: String,
    /// Whether it also bans nodes that have published nothing, as rules of earlier versions did.
    pub demands_attribute: bool,
}

/// The rule of the resource with that id.
pub fn rule(cib: &Cib, resource: &str) -> Option<Rule> {
    let name = attribute::ids(resource);
    let own = [resource];
    let mut found = cib.locations(&own).filter_map(|constraint| {
        let recorded = excepted_values(constraint, &name).next()?.to_owned();
        let demands_attribute = constraint.named("rule").any(|rule| holds(rule, &BTreeMap::new()) == Some(true));
        Some(Rule { constraint: constraint.id().to_owned(), recorded, demands_attribute })
    });
    found.next()
}

/// The change that adds the rule.
pub fn record(resource: &str, ids: &str) -> Change {
    let name = attribute::ids(resource);
    let conditions = vec![Condition::defined(&name), Condition::new(&name, "ne", ids)];
    let constraint = Constraint::Ban { resource: resource.to_owned(), conditions, until: None };
    Change::AddConstraint { id: Purpose::Ids.id(resource), constraint }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = include_str!("fixtures/two-instances.xml");

    #[test]
    fn the_rule_of_an_earlier_version_is_told_from_ours() {
        let mut cib = Cib::parse(OLD).unwrap();
        let constraint = "mail2-postfix-ids".to_owned();
        let recorded = "101:103".to_owned();
        let old = Rule { constraint: constraint.clone(), recorded: recorded.clone(), demands_attribute: true };
        assert_eq!(rule(&cib, "mail2-postfix"), Some(old));
        Change::RemoveConstraint { id: constraint.clone() }.apply(&mut cib).unwrap();
        assert_eq!(rule(&cib, "mail2-postfix"), None);
        record("mail2-postfix", &recorded).apply(&mut cib).unwrap();
        assert_eq!(rule(&cib, "mail2-postfix"), Some(Rule { constraint, recorded, demands_attribute: false }));
    }

    #[test]
    fn only_a_node_that_has_published_other_ids_is_kept_away() {
        let mut cib = Cib::parse(OLD).unwrap();
        Change::RemoveConstraint { id: "mail2-postfix-ids".to_owned() }.apply(&mut cib).unwrap();
        record("mail2-postfix", "101:103").apply(&mut cib).unwrap();
        let bans = |node: &str| {
            let all = cib.location_scores(&["mail2-postfix"], node);
            all.into_iter().filter(|o| o.constraint == "mail2-postfix-ids").map(|o| o.because).collect::<Vec<_>>()
        };
        assert_eq!(bans("n1"), [""; 0], "as recorded");
        assert_eq!(bans("n2"), ["postkeeper-ids-mail2-postfix is 105:109, ne 101:103 holds"]);
        assert_eq!(bans("n3"), [""; 0], "it has published nothing");
    }

    #[test]
    fn it_is_said_and_printed_in_every_form() {
        let ban = record("m", "101:103");
        assert_eq!(ban.words().1, ["m never runs where postkeeper-ids-m is set and is not 101:103"]);
        let rule = "<rule id=\"m-ids-rule\" score=\"-INFINITY\" boolean-op=\"and\">\
                    <expression id=\"m-ids-rule-expr\" attribute=\"postkeeper-ids-m\" operation=\"defined\"/>\
                    <expression id=\"m-ids-rule-expr-1\" attribute=\"postkeeper-ids-m\" operation=\"ne\" value=\"101:103\"/></rule>";
        assert_eq!(ban.pcs()[0].last().unwrap(), &format!("<rsc_location id=\"m-ids\" rsc=\"m\">{rule}</rsc_location>"));
        let line = "location m-ids m rule $id=m-ids-rule -inf: defined postkeeper-ids-m and postkeeper-ids-m ne 101:103";
        assert_eq!(ban.crm(), (Some(line.to_owned()), None));
    }
}
