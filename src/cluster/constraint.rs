//! The ids of the constraints that belong to a hierarchy: what each is for can be read from it.
//! Only `keeps` and `moves` need to be recognized.

use std::fmt;

/// What a constraint of a hierarchy is for.
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
    /// Moves this resource, until it has arrived.
    Moves(&'a str),
    /// Only in a what-if: forces it to another node.
    Elsewhere,
}

/// The id of a constraint of the hierarchy with the resource id `hierarchy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConstraintId<'a> {
    pub hierarchy: &'a str,
    pub purpose: Purpose<'a>,
}

impl<'a> ConstraintId<'a> {
    pub fn new(hierarchy: &'a str, purpose: Purpose<'a>) -> ConstraintId<'a> {
        ConstraintId { hierarchy, purpose }
    }

    /// Whether `id` is the id of a constraint by which the hierarchy keeps dependencies together, or moves.
    pub fn is_helper(id: &str, hierarchy: &str) -> bool {
        ConstraintId::keeps(id, hierarchy) || ConstraintId::moves(id, hierarchy)
    }

    /// Whether `id` keeps two dependencies of the hierarchy together.
    pub fn keeps(id: &str, hierarchy: &str) -> bool {
        purpose_of(id, hierarchy).is_some_and(|purpose| purpose.starts_with("keeps-"))
    }

    /// Whether `id` moves a resource of the hierarchy.
    pub fn moves(id: &str, hierarchy: &str) -> bool {
        purpose_of(id, hierarchy).is_some_and(|purpose| purpose.starts_with("moves-"))
    }
}

/// What follows the name of the hierarchy in an id; None when that is not its beginning.
fn purpose_of<'i>(id: &'i str, hierarchy: &str) -> Option<&'i str> {
    id.strip_prefix(hierarchy)?.strip_prefix('-')
}

impl fmt::Display for ConstraintId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.hierarchy)?;
        match self.purpose {
            Purpose::Ids => f.write_str("ids"),
            Purpose::Servers => f.write_str("servers"),
            Purpose::On(node) => write!(f, "on-{node}"),
            Purpose::With(resource) => write!(f, "with-{resource}"),
            Purpose::After(resource) => write!(f, "after-{resource}"),
            Purpose::Keeps(one, other) => write!(f, "keeps-{one}-with-{other}"),
            Purpose::Moves(resource) => write!(f, "moves-{resource}"),
            Purpose::Elsewhere => f.write_str("elsewhere"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_recognized_and_nothing_else_is() {
        let id = |purpose| ConstraintId::new("mx", purpose).to_string();
        let (keeps, moves) = (id(Purpose::Keeps("fs", "ip")), id(Purpose::Moves("mx")));
        assert_eq!((keeps.as_str(), moves.as_str()), ("mx-keeps-fs-with-ip", "mx-moves-mx"));
        assert!(ConstraintId::keeps(&keeps, "mx") && ConstraintId::moves(&moves, "mx"));
        for other in [id(Purpose::On("keeps")), id(Purpose::Servers), "mx2-keeps-fs-with-ip".to_owned()] {
            assert!(!ConstraintId::is_helper(&other, "mx"), "{other}");
        }
    }
}
