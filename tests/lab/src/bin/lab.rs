//! Process 1 of a host of the lab; under the name fence_lab its fence agent, under the agent's name the
//! witness that runs the agent, and the measure of a run. Not for people.

use std::process::ExitCode;

use lab::{fence, init, measure, witness};

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    match &words[..] {
        [first, rest @ ..] if first == measure::WORD => return Ok(measure::run(rest)),
        [first, rest @ ..] if first == measure::MEMORY => return Ok(measure::run_for_memory(rest)),
        _ => {}
    }
    let mut arguments = std::env::args();
    match arguments.next() {
        Some(own) if own.ends_with("fence_lab") => fence::agent(),
        Some(own) if own.ends_with("/postkeeper/postfix") => witness::run(&arguments.collect::<Vec<_>>()),
        _ => init::run(&arguments.next().unwrap_or_else(|| "host".to_owned())),
    }
    .map(|()| ExitCode::SUCCESS)
}
