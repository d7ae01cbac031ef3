//! What a look at level 0 takes, counted: instructions (valgrind), system calls (strace), page faults and processor time, beside an empty
//! Rust program that is linked in the same way, and ocf:heartbeat:postfix.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use lab::host;
use lab::measure;
use lab::sandbox::{Action, Agent, Sandbox};
use lab::setup;

use crate::median;

const EMPTY: &str = "/usr/sbin/lab-empty";

/// What one program takes for one thing. None: the tool that counts it is not installed.
pub struct Count {
    pub name: &'static str,
    pub instructions: Option<u64>,
    pub calls: Option<u64>,
    pub ours: Medians,
    pub theirs: Option<Medians>,
}

/// Medians of some runs.
#[derive(Clone, Copy)]
pub struct Medians {
    pub faults: f64,
    pub cpu_ms: f64,
    pub wall_ms: f64,
}

/// What is done before each run of an action, and the action with the code that is expected.
struct Case {
    name: &'static str,
    is_running: bool,
    action: Action,
    code: i32,
}

const CASES: &[Case] = &[
    Case { name: "monitor, running", is_running: true, action: Action::Monitor(0), code: 0 },
    Case { name: "monitor, stopped", is_running: false, action: Action::Monitor(0), code: 7 },
    Case { name: "probe, stopped", is_running: false, action: Action::Probe, code: 7 },
    Case { name: "stop, stopped", is_running: false, action: Action::Stop, code: 0 },
];

pub fn measure_all(quick: bool) -> Result<Vec<Count>> {
    let times = if quick { 20 } else { 100 };
    let agent: &'static str = setup::agent_program()?.to_string_lossy().into_owned().leak();
    let (ours, theirs) = (Sandbox::new("ours", Agent::Ours(agent))?, Sandbox::new("theirs", Agent::Heartbeat)?);
    for sandbox in [&ours, &theirs] {
        sandbox.install(&host::init_program()?, measure::PLACE)?;
        sandbox.install(&host::program("empty")?, EMPTY)?;
    }
    let mut counts = vec![count_empty(&ours, times)?];
    for case in CASES {
        println!("level 0: {}", case.name);
        for sandbox in [&ours, &theirs] {
            sandbox.through(&[]);
            let is_running = sandbox.master().is_some();
            if is_running != case.is_running {
                let action = if case.is_running { Action::Start } else { Action::Stop };
                ensure!(sandbox.act(action)?.code == Some(0), "{action:?} failed");
            }
        }
        counts.push(count(&ours, &theirs, case, times)?);
    }
    Ok(counts)
}

fn count(ours: &Sandbox, theirs: &Sandbox, case: &Case, times: usize) -> Result<Count> {
    let run = |sandbox: &Sandbox, through: &[&str]| -> Result<(String, String)> {
        sandbox.through(through);
        let answer = sandbox.act(case.action)?;
        // The shell agent takes a recurring monitor of what is stopped for what it is, too.
        ensure!(answer.code == Some(case.code), "{}: {:?} {}", case.name, answer.code, answer.stderr);
        Ok((answer.stdout, answer.stderr))
    };
    let (mut own, mut shell) = (Vec::new(), Vec::new());
    for round in 0..=times {
        own.push(measure::parse(&run(ours, &[measure::PLACE, measure::WORD])?.0)?);
        // A hundredth as fast: fewer are enough.
        if round % 10 == 0 {
            shell.push(measure::parse(&run(theirs, &[measure::PLACE, measure::WORD])?.0)?);
        }
    }
    Ok(Count {
        name: case.name,
        instructions: instructions(|words| Ok(run(ours, words)?.1))?,
        calls: calls(|words| Ok(run(ours, words)?.1))?,
        ours: medians(&own[1..]),
        theirs: Some(medians(&shell)),
    })
}

fn count_empty(host: &Sandbox, times: usize) -> Result<Count> {
    let run = |words: &[&str]| host.output(&format!("{} {EMPTY} 2>&1", words.join(" ")));
    let mut runs = Vec::new();
    for _ in 0..=times {
        runs.push(measure::parse(&run(&[measure::PLACE, measure::WORD])?)?);
    }
    let (instructions, calls) = (instructions(run)?, calls(run)?);
    Ok(Count { name: "an empty Rust program", instructions, calls, ours: medians(&runs[1..]), theirs: None })
}

fn medians(runs: &[measure::Run]) -> Medians {
    let of = |value: fn(&measure::Run) -> f64| median(&runs.iter().map(value).collect::<Vec<_>>());
    Medians { faults: of(|r| r.faults), cpu_ms: of(|r| r.cpu_ms), wall_ms: of(|r| r.wall_ms) }
}

/// Instructions in user mode, of the program and of the copies that it makes of itself: one line `==PID== Collected : N` each.
fn instructions(run: impl Fn(&[&str]) -> Result<String>) -> Result<Option<u64>> {
    if !is_installed("valgrind") {
        return Ok(None);
    }
    let said = run(&["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])?;
    let counts = said.lines().filter_map(|line| line.split_once("Collected : ")?.1.trim().parse::<u64>().ok());
    Ok(Some(counts.sum()))
}

/// System calls, of its threads and copies too: the line of strace that ends with `total`.
fn calls(run: impl Fn(&[&str]) -> Result<String>) -> Result<Option<u64>> {
    if !is_installed("strace") {
        return Ok(None);
    }
    let said = run(&["strace", "-c", "-f"])?;
    let total = said.lines().find(|line| line.trim_end().ends_with(" total")).context("strace gave no total")?;
    Ok(Some(total.split_ascii_whitespace().nth(3).context("the calls")?.parse()?))
}

fn is_installed(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok()
}
