//! The admin tool.

use clap::Parser;

fn main() {
    postkeeper::admin::CommandLine::parse();
}
