//! Floor 2: Pacemaker, as far as the agent needs it. Knows nothing of Postfix.

pub mod attribute;
