//! Many monitors and many starts and stops leave nothing behind, and the last takes no more memory than the first.
//!
//! `POSTKEEPER_MONITORS` and `POSTKEEPER_CYCLES` say how many; `make endurance` runs ten times as many and more.

use std::collections::BTreeSet;
use std::fs;

use lab::host::{init_program, require_root};
use lab::init::WRITTEN;
use lab::measure;
use lab::sandbox::{Action, Agent, Sandbox};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

/// The processes, files and shared memory of the host, a line each. What is there that was not before, or is gone, would be a leak.
/// Logs grow.
fn present(host: &Sandbox) -> Vec<String> {
    let lines = host.output(&format!(
        "ps -e -o comm= | grep -vxE 'sh|ps|grep|sort' | sort
        find {WRITTEN} /run /tmp /dev/shm -xdev -path {WRITTEN}/srv/mail -prune -o -print | sort
        cat /proc/sysvipc/shm /proc/sysvipc/sem /proc/sysvipc/msg",
    ));
    lines.unwrap().lines().map(str::to_owned).collect()
}

/// Panics with the lines of which there are now more or fewer.
fn nothing_changed(host: &Sandbox, before: &[String]) {
    let now = present(host);
    let count = |lines: &[String], line: &String| lines.iter().filter(|&other| other == line).count();
    let changed: BTreeSet<String> =
        before.iter().chain(&now).filter(|line| count(before, line) != count(&now, line)).cloned().collect();
    let changed: Vec<String> =
        changed.iter().map(|line| format!("{line}: {} before, {} now", count(before, line), count(&now, line))).collect();
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

fn master_descriptors(host: &Sandbox) -> usize {
    fs::read_dir(host.path(&format!("/proc/{}/fd", host.master().unwrap()))).unwrap().count()
}

fn count(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Runs the agent and returns the memory that it had at its end, in KiB.
fn memory(host: &Sandbox, action: Action) -> f64 {
    let answer = host.act(action).unwrap();
    assert_eq!(answer.code, Some(0), "{action:?}: {}", answer.stderr);
    measure::parse_memory(&answer.stdout).unwrap()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// How many times larger the last quarter of a row of runs is than the first.
fn growth(runs: &[f64]) -> f64 {
    let quarters: Vec<f64> = runs.chunks(runs.len().div_ceil(4)).map(median).collect();
    println!("{} runs, KiB at the median of each quarter: {quarters:.0?}", runs.len());
    quarters[quarters.len() - 1] / quarters[0]
}

/// What is taken for growth; a tenth must show.
const LIMIT: f64 = 1.05;

fn is_flat(runs: &[f64]) {
    assert!(growth(runs) <= LIMIT, "it grows");
}

fn boot(name: &str) -> Sandbox {
    require_root();
    let host = Sandbox::new(name, AGENT).unwrap();
    host.pretend_cluster().unwrap();
    host.install(&init_program().unwrap(), measure::PLACE).unwrap();
    host.through(&[measure::PLACE, measure::MEMORY]);
    host
}

/// The test of the test: an agent that takes a tenth more, for its environment, is seen to have grown.
#[test]
fn growth_of_a_tenth_shows() {
    let host = boot("growth");
    memory(&host, Action::Start);
    let small: Vec<f64> = (0..20).map(|_| memory(&host, Action::Monitor(0))).collect();
    is_flat(&small);
    // One variable must not be larger than 128 KiB.
    let (tenth, most) = (median(&small) as usize * 1024 / 10, 100 << 10);
    for (number, begin) in (0..tenth).step_by(most).enumerate() {
        host.export(&format!("BALLAST_{number}"), "x".repeat(most.min(tenth - begin)));
    }
    let large: Vec<f64> = (0..20).map(|_| memory(&host, Action::Monitor(0))).collect();
    let growth = growth(&[small, large].concat());
    assert!(growth > LIMIT, "{growth}");
}

#[test]
fn monitors_starts_and_stops_leave_nothing_behind() {
    let host = boot("leaks");
    // The first round makes what is there to stay: the remembered facts, locks, Postfix's own files.
    memory(&host, Action::Start);
    memory(&host, Action::Monitor(0));
    memory(&host, Action::Monitor(10));
    host.wait_for("the daemons", || host.has_member("smtpd") && host.has_member("qmgr")).unwrap();

    let (running, descriptors) = (present(&host), master_descriptors(&host));
    let monitors = count("POSTKEEPER_MONITORS", 1000);
    let level = |n: usize| if n % 50 == 49 { 10 } else { 0 };
    is_flat(&(0..monitors).map(|n| memory(&host, Action::Monitor(level(n)))).collect::<Vec<_>>());
    nothing_changed(&host, &running);
    assert_eq!(master_descriptors(&host), descriptors);

    memory(&host, Action::Stop);
    let stopped = present(&host);
    let cycles = count("POSTKEEPER_CYCLES", 25);
    let mut memories: [Vec<f64>; 2] = Default::default();
    for _ in 0..cycles {
        memories[0].push(memory(&host, Action::Start));
        memories[1].push(memory(&host, Action::Stop));
        assert_eq!(host.look(false).unwrap().members, Vec::<String>::new());
    }
    memories.iter().for_each(|runs| is_flat(runs));
    nothing_changed(&host, &stopped);
    assert_eq!(fs::read_to_string(host.path("/srv/told")).unwrap(), "", "it told the cluster of a failure");
}
