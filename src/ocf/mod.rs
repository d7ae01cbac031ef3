//! Layer 2: the resource agent API as types (OCF Resource Agent API 1.1).
//!
//! Exit codes and what Pacemaker does with each, the environment it hands down, the one table of
//! parameters and of actions, meta-data from that table, the log, and the one reason line.

pub mod action;
pub mod environment;
pub mod exit;
pub mod log;
pub mod metadata;
pub mod parameters;
pub mod reason;
pub mod trace;
