//! Real hosts made of namespaces on one machine: Postfix sandboxes and whole Pacemaker clusters.

pub mod cluster;
pub mod disk;
pub mod fence;
pub mod host;
pub mod init;
pub mod mail;
pub mod measure;
pub mod sandbox;
pub mod setup;
pub mod witness;
