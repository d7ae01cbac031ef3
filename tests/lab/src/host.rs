//! A host: its own network, mounts, processes, names and IPC, on a copy of the machine's root that is
//! thrown away with it.
//!
//! Nothing outlives the process that booted it, however that ends: process 1 of the host waits at the
//! end of a pipe for it ([`crate::init`]).

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::disk::Disk;
use crate::process;

/// A running host.
#[derive(Debug)]
pub struct Host {
    pub name: String,
    unshare: Child,
    /// Process 1 lives as long as this pipe is open.
    lifeline: Option<ChildStdin>,
    /// Its process 1, as the machine counts.
    pid: i32,
    root: PathBuf,
}

/// Ends the program with a clear word when it is not run by root. A host that is booted asks for it itself.
pub fn require_root() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("These tests make namespaces, mounts and loop devices: run them as root");
        std::process::exit(1);
    }
}

/// Waits until `holds`, looking every 5 ms at first, and less often the longer it takes.
///
/// # Errors
/// When it does not within `limit`; names what was waited for.
pub fn wait_for(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
    let begun = Instant::now();
    loop {
        let asked = Instant::now();
        if holds() {
            return Ok(());
        }
        ensure!(begun.elapsed() < limit, "waited {limit:?} in vain for {what}");
        // To ask a program of Pacemaker takes processor time from what is waited for, and from the tests beside this one.
        let pause = (asked.elapsed() * 2).max(begun.elapsed() / 20);
        std::thread::sleep(pause.clamp(Duration::from_millis(5), Duration::from_millis(250)));
    }
}

/// A program of this project that is built beside the tests.
///
/// # Errors
/// When it is not there.
pub fn program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found = own.ancestors().skip(1).take(2).map(|dir| dir.join(name)).find(|path| path.is_file());
    found.with_context(|| format!("no program `{name}` beside {}: run cargo build --workspace first", own.display()))
}

/// The program that is process 1.
///
/// # Errors
/// When it is not there.
pub fn init_program() -> Result<PathBuf> {
    program("lab")
}

/// Runs a script with the shell of a host. What pcs calls deprecated fails here, whatever release it is of: what documents, tool
/// and tests say to it is to be right for the next one too.
pub(crate) fn run(host: &str, mut shell: Command, script: &str) -> Result<String> {
    let done = shell.args(["-c", script]).stdin(Stdio::null()).output()?;
    let [said, complaints] = [&done.stdout, &done.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    let is_deprecated =
        [&said, &complaints].into_iter().flat_map(|text| text.lines()).any(|l| l.starts_with("Deprecation Warning: "));
    ensure!(done.status.success() && !is_deprecated, "on {host}: {script}: {}: {said}{complaints}", done.status);
    Ok(said)
}

/// Installs a file of the machine in a host.
///
/// # Errors
/// When it cannot be read or written.
pub fn install(host: &Host, file: &Path, at: &str, mode: u32) -> Result<()> {
    // By another process: were it open for writing in this one, a child that another thread makes at this
    // moment would keep it open, and nobody could run it.
    let target = host.root().join(at.trim_start_matches('/'));
    let done = Command::new("install").args(["-D", "-m", &format!("{mode:o}")]).args([file, &target]).output()?;
    ensure!(done.status.success(), "{} to {at}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
    Ok(())
}

impl Host {
    /// Boots a host.
    ///
    /// # Errors
    /// When the machine does not let us: no root, no namespaces, no overlay file system.
    pub fn boot(name: &str) -> Result<Host> {
        require_root();
        let mut unshare = Command::new("unshare")
            .args(["--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--"])
            .arg(init_program()?)
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("unshare")?;
        let lifeline = unshare.stdin.take();
        let stdout = unshare.stdout.take().context("stdout")?;
        let mut host = Host { name: name.to_owned(), unshare, lifeline, pid: 0, root: PathBuf::new() };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        ensure!(line == "ready\n", "host {name} did not come up: {line:?}");
        let outer = host.unshare.id();
        let children = fs::read_to_string(format!("/proc/{outer}/task/{outer}/children"))?;
        host.pid = children.trim().parse().with_context(|| format!("process 1 of {name}: {children:?}"))?;
        host.root = PathBuf::from(format!("/proc/{}/root", host.pid));
        Ok(host)
    }

    /// Its root directory, seen from the machine.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Its process 1, as the machine counts.
    pub fn init_pid(&self) -> i32 {
        self.pid
    }

    /// What its system log holds.
    pub fn syslog(&self) -> String {
        fs::read(self.root.join("var/log/syslog")).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
    }

    /// A program to run on it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.pid.to_string(), "-n", "-m", "-p", "-u", "-i", "--", program]);
        command
    }

    /// Runs a shell script on it and returns what it printed.
    ///
    /// # Errors
    /// When it does not end with 0; carries what it said.
    pub fn sh(&self, script: &str) -> Result<String> {
        run(&self.name, self.command("sh"), script)
    }

    /// Runs `work` in its network.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn in_network<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        let namespace = fs::File::open(format!("/proc/{}/ns/net", self.pid))?;
        // In a thread of its own: a thread that has entered does not come back.
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || -> Result<T> {
                nix::sched::setns(namespace, nix::sched::CloneFlags::CLONE_NEWNET)?;
                Ok(work())
            });
            thread.join().map_err(|_| anyhow::anyhow!("the work on {} failed", self.name))?
        })
    }

    /// The machine's pid of a process that the host counts as `inner`.
    ///
    /// # Errors
    /// When there is none.
    pub fn outer_pid(&self, inner: i32) -> Result<i32> {
        let namespace = fs::read_link(format!("/proc/{}/ns/pid", self.pid))?;
        let is_it = |pid: &i32| {
            fs::read_link(format!("/proc/{pid}/ns/pid")).is_ok_and(|n| n == namespace)
                && fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|text| {
                    text.lines().any(|l| l.starts_with("NSpid:") && l.split_whitespace().last() == Some(&inner.to_string()))
                })
        };
        process::pids(Path::new(process::MACHINE))
            .into_iter()
            .find(is_it)
            .with_context(|| format!("{} has no process {inner}", self.name))
    }

    /// Gives it the disk as `device`.
    ///
    /// # Errors
    /// When it has one of that name already.
    pub fn plug_in(&self, disk: &Disk, device: &str) -> Result<()> {
        self.sh(&format!("mknod {device} {}", disk.node())).map(drop)
    }

    /// Gives it the disk and mounts it.
    ///
    /// # Errors
    /// When that does not work.
    pub fn mount_disk(&self, disk: &Disk, at: &str) -> Result<()> {
        self.plug_in(disk, "/dev/labdisk")?;
        self.sh(&format!("mkdir -p {at} && mount /dev/labdisk {at}")).map(drop)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Process 1 exits, the kernel ends the rest, unshare follows.
        let _ = self.unshare.wait();
    }
}
