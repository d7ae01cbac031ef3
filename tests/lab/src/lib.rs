//! Real hosts made of namespaces on one machine: Postfix sandboxes and whole Pacemaker clusters.

pub mod agent;
pub mod cluster;
pub mod disk;
pub mod fence;
pub mod host;
pub mod init;
pub mod kernel;
pub mod mail;
pub mod measure;
pub mod process;
pub mod sandbox;
pub mod setup;
pub mod smtp;
pub mod witness;
