//! Floor 3: the admin tool's command line.

use clap::Parser;

/// Highly available Postfix on Pacemaker.
///
/// The work is done by the resource agent ocf:postkeeper:postfix, which Pacemaker runs. To make a resource:
/// pcs resource describe ocf:postkeeper:postfix, then pcs resource create. This release of the tool has
/// no verbs of its own yet.
#[derive(Debug, Parser)]
#[command(name = "postkeeper", version, about, long_about, arg_required_else_help = true)]
pub struct CommandLine {}
