//! Highly available Postfix on Pacemaker. The modules and their layers are listed in CONTRIBUTING.md.

pub mod admin;
pub mod agent;
pub mod cluster;
pub mod health;
pub mod lifecycle;
pub mod ocf;
pub mod postfix;
pub mod publish;
pub mod system;
pub mod text;
pub mod warnings;
