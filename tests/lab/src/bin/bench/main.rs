//! make bench: what our agent costs and how fast it is, beside ocf:heartbeat:postfix, both in one run and by turns.
//!
//! [`level0`] counts what a look takes, [`single`] measures runs of the agents on one host, [`growth`] those of ours as there is more of
//! everything, [`failover`] outages on a cluster; [`report`] makes of it a table and a chart. Nothing is taken over from an earlier run.

mod failover;
mod growth;
mod level0;
mod report;
mod single;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use lab::host::require_root;

/// Our agent and ocf:heartbeat:postfix, side by side
#[derive(Parser)]
struct Arguments {
    /// Fewer repetitions, smaller queues and fewer faults: five minutes
    #[arg(long)]
    quick: bool,
    /// Only the counts of level 0, only runs on one host, only what they cost as there is more of everything, or only what needs a cluster
    #[arg(long, value_parser = ["level0", "single", "growth", "cluster"])]
    only: Option<String>,
    /// Of the outages only those whose name contains this: power-off
    #[arg(long, default_value = "")]
    fault: String,
    /// Write the table to performance.md and the chart to outage.svg in this directory
    #[arg(long)]
    write: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    require_root();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The bench did not get to its end: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let is_wanted = |what: &str| arguments.only.as_deref().is_none_or(|only| only == what);
    let counts = if is_wanted("level0") { level0::measure_all(arguments.quick)? } else { Vec::new() };
    let runs = if is_wanted("single") { single::measure_all(arguments.quick)? } else { Vec::new() };
    // It takes ten minutes more, so only when it is asked for.
    let is_asked = arguments.only.as_deref() == Some("growth");
    let points = if is_asked { growth::measure_all(arguments.quick)? } else { Vec::new() };
    let outages = if is_wanted("cluster") { failover::measure_all(arguments.quick, &arguments.fault)? } else { Vec::new() };
    let text = report::table(&counts, &runs, &points, &outages);
    println!("\n{text}");
    if let Some(directory) = &arguments.write {
        report::write(directory, &text, &outages)?;
    }
    report::compare_with_readme(&runs)
}

/// The middle of some numbers.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}
