//! One run of a program, measured from beside it: inside the host, so that entering the host does not count.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getsid};

/// What the program `lab` is called with to be the measure.
pub const WORD: &str = "--measure";
/// What it is called with to tell the program's memory alone.
pub const MEMORY: &str = "--measure-memory";
/// Where it is in a host.
pub const PLACE: &str = "/usr/sbin/lab-measure";
/// What its one line begins with.
const MARK: &str = "measured ";

/// What a run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    pub wall_ms: f64,
    /// User and system time, of everything that it has started too, but for daemons (a session of their own).
    pub cpu_ms: f64,
    /// Processes and threads, the program itself included.
    pub processes: f64,
    /// The largest resident size of one process of it.
    pub peak_mib: f64,
    /// Page faults that read nothing from a disk.
    pub faults: f64,
}

/// Runs the program and prints a line with what it took. Ends with the program's code.
pub fn run(words: &[OsString]) -> ExitCode {
    match measure(words) {
        Ok((run, code)) => {
            println!("{MARK}{} {} {} {} {}", run.wall_ms, run.cpu_ms, run.processes, run.peak_mib, run.faults);
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
    // What the program leaves behind becomes our child.
    nix::sys::prctl::set_child_subreaper(true)?;
    let before = last_pid()?;
    let begun = Instant::now();
    let child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let (status, usage) = wait(child.id() as i32)?;
    let wall_ms = begun.elapsed().as_secs_f64() * 1e3;
    let mut usages = vec![usage];
    let session = getsid(None)?;
    while let Some(left) = children()?.into_iter().find(|pid| getsid(Some(Pid::from_raw(*pid))) == Ok(session)) {
        usages.push(wait(left)?.1);
    }
    let milliseconds = |t: libc::timeval| t.tv_sec as f64 * 1e3 + t.tv_usec as f64 / 1e3;
    let run = Run {
        wall_ms,
        cpu_ms: usages.iter().map(|u| milliseconds(u.ru_utime) + milliseconds(u.ru_stime)).sum(),
        processes: (last_pid()? - before) as f64,
        peak_mib: usages.iter().map(|u| u.ru_maxrss as f64 / 1024.0).fold(0.0, f64::max),
        faults: usages.iter().map(|u| u.ru_minflt as f64).sum(),
    };
    let code = ExitStatus::from_raw(status).code().context("it was ended by a signal")?;
    Ok((run, code))
}

/// Waits for the end of a child: its status, and what it has used.
fn wait(pid: i32) -> Result<(i32, libc::rusage)> {
    let mut status = 0;
    // SAFETY: an all-zero rusage is valid; wait4 writes into both.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        ensure!(libc::wait4(pid, &mut status, 0, &mut usage) > 0, std::io::Error::last_os_error());
        Ok((status, usage))
    }
}

fn children() -> Result<Vec<i32>> {
    let own = std::process::id();
    let text = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"))?;
    Ok(text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect())
}

/// Runs the program and prints a line with the memory that it or a copy of it had at its end, whichever is more, in KiB. Ends with the
/// program's code.
///
/// What it has written to counts (Anonymous in smaps_rollup, proc(5)): how many pages of its own program a run finds in memory
/// differs, and the kernel counts what is resident roughly, by some 128 KiB for each processor. It is read in the program itself,
/// which needs ptrace(2): what wait4(2) tells counts the memory of whoever started the program too, and that is more.
pub fn run_for_memory(words: &[OsString]) -> ExitCode {
    match measure_memory(words) {
        Ok((memory, code)) => {
            println!("{MARK}{memory}");
            ExitCode::from(code as u8)
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure_memory(words: &[OsString]) -> Result<(u64, i32)> {
    let (program, arguments) = words.split_first().context("no program to measure")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    // SAFETY: ptrace(PTRACE_TRACEME) is safe between fork and exec.
    unsafe { command.pre_exec(|| Ok(ptrace::traceme()?)) };
    let main = Pid::from_raw(command.spawn()?.id() as i32);
    // What follows the exec.
    ensure!(waitpid(main, None)? == WaitStatus::Stopped(main, Signal::SIGTRAP), "it was not started");
    use ptrace::Options as O;
    ptrace::setoptions(main, O::PTRACE_O_TRACEEXIT | O::PTRACE_O_TRACEFORK | O::PTRACE_O_TRACEVFORK | O::PTRACE_O_TRACEEXEC)?;
    ptrace::cont(main, None)?;
    // Its copies too; what becomes another program is let go.
    let (mut copies, mut most) = (BTreeSet::new(), 0);
    loop {
        let (pid, signal) = match waitpid(None, Some(WaitPidFlag::__WALL))? {
            WaitStatus::Exited(pid, code) if pid == main => return Ok((most, code)),
            WaitStatus::Signaled(pid, signal, _) if pid == main => bail!("it was ended by {signal}"),
            WaitStatus::PtraceEvent(pid, _, libc::PTRACE_EVENT_EXEC) if pid != main => {
                copies.remove(&pid);
                let _ = ptrace::detach(pid, None);
                continue;
            }
            WaitStatus::PtraceEvent(pid, _, libc::PTRACE_EVENT_EXIT) => {
                // One that is ended with the first has no end of its own.
                let ending: Vec<Pid> = if pid == main { copies.iter().copied().chain([main]).collect() } else { vec![pid] };
                most = ending.into_iter().filter_map(written_to).chain([most]).max().unwrap_or_default();
                copies.remove(&pid);
                (pid, None)
            }
            // The first stop of a new one is the kernel's.
            WaitStatus::Stopped(pid, signal) => (pid, Some(signal).filter(|_| pid == main || !copies.insert(pid))),
            WaitStatus::PtraceEvent(pid, ..) => (pid, None),
            _ => continue,
        };
        // It may have been killed meanwhile.
        let _ = ptrace::cont(pid, signal);
    }
}

/// The memory of a process that it has written to, in KiB.
fn written_to(pid: Pid) -> Option<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    rollup.lines().find_map(|l| l.strip_prefix("Anonymous:")?.trim().strip_suffix(" kB")?.parse().ok())
}

/// Reads the line of [`run_for_memory`].
///
/// # Errors
/// When there is none.
pub fn parse_memory(said: &str) -> Result<f64> {
    let line = said.lines().find_map(|l| l.strip_prefix(MARK)).context("nothing was measured")?;
    Ok(line.parse::<f64>()?)
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
    let [wall_ms, cpu_ms, processes, peak_mib, faults] = numbers[..] else { bail!("{line}") };
    Ok(Run { wall_ms, cpu_ms, processes, peak_mib, faults })
}
