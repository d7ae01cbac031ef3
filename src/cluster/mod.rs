//! Layer 3: Pacemaker through its CIB: what is configured, what a hierarchy is, and changes of it as values.
//! Knows nothing of Postfix.

pub mod attribute;
pub mod change;
pub mod cib;
pub mod constraint;
pub mod hierarchy;
pub mod ids;
pub mod live;
pub mod monitor;
pub mod pacemaker;
pub mod plan;
pub mod provides;
pub mod xml;
