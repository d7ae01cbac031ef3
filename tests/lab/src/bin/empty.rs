//! An empty program: what it takes to start any program that is linked as the agent is.

// For what tests/lab/build.rs says to the linker.
use lab as _;

fn main() {}
