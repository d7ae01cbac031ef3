//! One run of a program, measured from beside it: inside the host, so that entering the host does not count.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

/// What the program `lab` is called with to be the measure.
pub const WORD: &str = "--measure";
/// Where it is in a host.
pub const PLACE: &str = "/usr/sbin/lab-measure";
/// What its one line begins with.
const MARK: &str = "measured ";

/// What a run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    pub wall_ms: f64,
    /// User and system time, of everything that the program waited for too.
    pub cpu_ms: f64,
    /// Processes and threads, the program itself included.
    pub processes: f64,
    /// The largest resident size of one process of it.
    pub peak_mib: f64,
}

/// Runs the program and prints a line with what it took. Ends with the program's code.
pub fn run(words: &[OsString]) -> ExitCode {
    match measure(words) {
        Ok((run, code)) => {
            println!("{MARK}{} {} {} {}", run.wall_ms, run.cpu_ms, run.processes, run.peak_mib);
            ExitCode::from(code as u8)
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(words: &[OsString]) -> Result<(Run, i32)> {
    let (program, arguments) = words.split_first().context("no program to measure")?;
    let before = last_pid()?;
    let begun = Instant::now();
    let child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let mut status = 0;
    // SAFETY: an all-zero rusage is valid; wait4 writes into both.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        ensure!(libc::wait4(child.id() as i32, &mut status, 0, &mut usage) > 0, std::io::Error::last_os_error());
        usage
    };
    let wall_ms = begun.elapsed().as_secs_f64() * 1e3;
    let milliseconds = |t: libc::timeval| t.tv_sec as f64 * 1e3 + t.tv_usec as f64 / 1e3;
    let run = Run {
        wall_ms,
        cpu_ms: milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
        processes: (last_pid()? - before) as f64,
        peak_mib: usage.ru_maxrss as f64 / 1024.0,
    };
    let code = ExitStatus::from_raw(status).code().context("it was ended by a signal")?;
    Ok((run, code))
}

/// The number that the last process or thread of the host got.
fn last_pid() -> Result<i64> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/ns_last_pid")?.trim().parse()?)
}

/// Reads the line of [`run`].
///
/// # Errors
/// When there is none.
pub fn parse(said: &str) -> Result<Run> {
    let line = said.lines().find_map(|l| l.strip_prefix(MARK)).context("nothing was measured")?;
    let numbers: Vec<f64> = line.split(' ').filter_map(|n| n.parse().ok()).collect();
    let [wall_ms, cpu_ms, processes, peak_mib] = numbers[..] else { bail!("{line}") };
    Ok(Run { wall_ms, cpu_ms, processes, peak_mib })
}
