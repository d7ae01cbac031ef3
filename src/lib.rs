//! Highly available Postfix on Pacemaker. The rooms of the house are in CONTRIBUTING.md.

pub mod health;
pub mod lifecycle;
pub mod postfix;
pub mod system;
