//! Runs another program with a deadline and captures its output.
//!
//! There is no shell. The program gets a clean environment, /dev/null as stdin and no other open
//! descriptor. It has ended when its process has, not when the last of its descendants closes
//! stderr: a daemon may keep that open for ever.
//!
//! An error contains the command line, the exit status or signal, and the end of the output.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, poll};

use super::deadline::Deadline;
use super::process::{self, Handle};
use crate::text;

/// How much of stdout and of stderr is kept by default, in bytes; the rest is read and dropped.
const KEPT: usize = 1 << 20;

/// How long a killed program may take to exit.
const GONE: Duration = Duration::from_millis(100);

/// A program to run.
#[derive(Clone, Debug)]
pub struct Command {
    argv: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    terminal: bool,
    kept: usize,
}

/// Exit status and output of a program.
#[derive(Clone, Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    /// Empty when the program ran on a terminal: everything is in `stdout` then.
    pub stderr: String,
}

impl Finished {
    /// stdout, then stderr.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Why a program gave no usable result.
#[derive(Debug)]
pub enum CommandError {
    NotStarted { command: Command, error: io::Error },
    TimedOut { command: Command, output: String },
    Failed { command: Command, finished: Finished },
}

impl Command {
    /// `program` (an absolute path) with no arguments yet.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Command { argv: vec![program.as_ref().to_owned()], environment: Vec::new(), terminal: false, kept: KEPT }
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.argv.push(arg.as_ref().to_owned());
        self
    }

    /// Adds a variable to its environment.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.argv.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Runs it on a terminal, if the host has one: some programs print their reasons only there.
    pub fn on_a_terminal(mut self) -> Self {
        self.terminal = true;
        self
    }

    /// Keeps up to `bytes` bytes of its output.
    pub fn keeping(mut self, bytes: usize) -> Self {
        self.kept = bytes;
        self
    }

    /// As a command of the standard library.
    fn to_std(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.argv[0]);
        command.args(&self.argv[1..]);
        command
    }

    /// Runs it to its end. When the deadline passes it is killed with all its descendants.
    ///
    /// # Errors
    /// When it cannot be started or does not end in time; a non-zero exit is not an error here.
    pub fn run(&self, deadline: Deadline) -> Result<Finished, CommandError> {
        let not_started = |error: io::Error| CommandError::NotStarted { command: self.clone(), error };
        let mut command = self.to_std();
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(zone) = std::env::var_os("TZ") {
            command.env("TZ", zone);
        }
        command.current_dir("/").stdin(Stdio::null());
        // Ctrl-C goes to the whole group: who has to finish what is begun needs the answers of its programs.
        if super::interrupt::is_caught() {
            command.process_group(0);
        }
        let mut outputs: Vec<OwnedFd> = Vec::new();
        // Without /dev/ptmx it runs without a terminal, and may print less.
        if let Some(pty) = self.terminal.then(|| nix::pty::openpty(None, None).ok()).flatten() {
            command.stdout(pty.slave.try_clone().map_err(not_started)?).stderr(pty.slave);
            outputs.push(pty.master);
            // Do not leak the originals into the child; std has duplicated what it needs.
            for fd in &outputs {
                let _ = fcntl(fd, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC));
            }
        } else {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        // exec reads the program, maybe from storage that does not answer.
        let look = super::look::looking_at(Path::new(&self.argv[0]));
        super::limit_as_before(&mut command);
        let mut child = command.spawn().map_err(not_started)?;
        drop(look);
        drop(command); // closes our copies of the terminal's other end
        outputs.extend(child.stdout.take().map(OwnedFd::from));
        outputs.extend(child.stderr.take().map(OwnedFd::from));
        let (ended, mut outputs) = watch(&mut child, outputs, self.kept, deadline);
        let stdout = if outputs.is_empty() { String::new() } else { outputs.remove(0) };
        let stderr = outputs.pop().unwrap_or_default();
        match ended {
            Some(status) => Ok(Finished { status, stdout, stderr }),
            None => Err(CommandError::TimedOut { command: self.clone(), output: stdout + &stderr }),
        }
    }

    /// Starts it in a session of its own, with the environment of this process, /dev/null as stdin, stdout and stderr, and / as
    /// working directory. It is not waited for.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn detach(&self) -> io::Result<()> {
        let mut command = self.to_std();
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // SAFETY: setsid(2) may be called between fork and exec.
        unsafe {
            command.pre_exec(|| nix::unistd::setsid().map(drop).map_err(io::Error::from));
        }
        super::limit_as_before(&mut command);
        command.spawn().map(drop)
    }

    /// Starts it with the environment of this process, and returns at once. Its stdout can be read at its end; stdin and stderr are
    /// /dev/null.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn begin(&self) -> io::Result<Running> {
        let mut command = self.to_std();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        super::limit_as_before(&mut command);
        let child = command.spawn()?;
        let handle = process::stat(child.id() as i32).and_then(|s| Handle::open(s.id));
        Ok(Running { child, handle })
    }

    /// Runs it to its end with stdin, stdout, stderr and environment of this process. There is no deadline, since it may prompt the
    /// user, who can end it with Ctrl-C.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn pass_through(&self) -> io::Result<ExitStatus> {
        let mut command = self.to_std();
        super::limit_as_before(&mut command);
        command.status()
    }

    /// As `run`, but a non-zero exit status is an error.
    pub fn output(&self, deadline: Deadline) -> Result<String, CommandError> {
        let finished = self.run(deadline)?;
        if finished.status.success() {
            Ok(finished.stdout)
        } else {
            Err(CommandError::Failed { command: self.clone(), finished })
        }
    }
}

/// A program that is running. It is killed on drop.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// None: it has ended already.
    handle: Option<Handle>,
}

impl Running {
    /// A handle to wait for its end; None when it has ended.
    pub fn handle(&self) -> Option<&Handle> {
        self.handle.as_ref()
    }

    /// Waits for its end; returns its exit status and the first 4 KiB of its stdout.
    pub fn finish(mut self) -> Option<(ExitStatus, String)> {
        let status = self.child.wait().ok()?;
        let mut bytes = Vec::new();
        self.child.stdout.take()?.take(4096).read_to_end(&mut bytes).ok()?;
        Some((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        // In state D it exits only when its device answers: do not wait for that.
        let _ = Deadline::after(GONE).poll(Duration::from_millis(1), || self.child.try_wait().ok().flatten());
    }
}

/// Reads the child's output until it has ended; kills it and its descendants at the deadline.
fn watch(child: &mut Child, outputs: Vec<OwnedFd>, kept: usize, deadline: Deadline) -> (Option<ExitStatus>, Vec<String>) {
    let pid = child.id() as i32;
    let handle = process::stat(pid).and_then(|s| Handle::open(s.id));
    let mut readers: Vec<(File, Vec<u8>)> = outputs
        .into_iter()
        .map(|fd| {
            let _ = fcntl(&fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
            (File::from(fd), Vec::new())
        })
        .collect();
    let mut open = vec![true; readers.len()];
    let status = loop {
        // Checked before reading, so that all output from before its end is read below.
        let ended = child.try_wait().ok().flatten();
        for (i, (file, text)) in readers.iter_mut().enumerate() {
            open[i] = open[i] && drain(file, text, kept);
        }
        if ended.is_some() {
            break ended;
        }
        if deadline.expired() {
            process::kill_tree(pid);
            // In state D it exits only when its device answers: do not wait for that.
            let _ = Deadline::after(GONE).poll(Duration::from_millis(1), || child.try_wait().ok().flatten());
            break None;
        }
        let mut fds: Vec<PollFd> = readers
            .iter()
            .zip(&open)
            .filter(|(_, open)| **open)
            .map(|((file, _), _)| PollFd::new(file.as_fd(), PollFlags::POLLIN))
            .collect();
        let end = handle.as_ref().and_then(Handle::pollable);
        fds.extend(end.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        // Without a pidfd (the child is a zombie already) the next round sees its end.
        let timeout = if end.is_some() { deadline.poll_timeout() } else { 1u8.into() };
        let _ = poll(&mut fds, timeout);
    };
    (status, readers.into_iter().map(|(_, text)| String::from_utf8_lossy(&text).replace("\r\n", "\n")).collect())
}

/// Reads what is available. False at end of file (a terminal reports EIO then).
fn drain(file: &mut File, text: &mut Vec<u8>, kept: usize) -> bool {
    let mut buffer = [0u8; 4096];
    // Bounded: endless output must not keep the caller from checking the deadline.
    for _ in 0..64 {
        match file.read(&mut buffer) {
            Ok(0) => return false,
            Ok(n) => text.extend_from_slice(&buffer[..n.min(kept.saturating_sub(text.len()))]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return e.kind() == io::ErrorKind::WouldBlock,
        }
    }
    true
}

/// The last `lines` lines that are not empty, joined by "; "; None when there are none.
pub fn tail(text: &str, lines: usize) -> Option<String> {
    let kept: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    (!kept.is_empty()).then(|| kept[kept.len().saturating_sub(lines)..].join("; "))
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.argv.iter().map(|a| a.to_string_lossy()).collect();
        f.write_str(&words.join(" "))
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = |text: &str| tail(text, 3).map(|words| format!(": {words}")).unwrap_or_default();
        match self {
            CommandError::NotStarted { command, error } => write!(f, "{}", text::cannot_run(command.argv[0].display(), error)),
            CommandError::TimedOut { command, output } => {
                write!(f, "{}{}", text::did_not_end_in_time(command), detail(output))
            }
            CommandError::Failed { command, finished } => {
                let how = match (finished.status.code(), finished.status.signal()) {
                    (Some(code), _) => text::exit_status(code),
                    (_, signal) => text::signal(signal.unwrap_or(0)),
                };
                let output = if finished.stderr.trim().is_empty() { &finished.stdout } else { &finished.stderr };
                write!(f, "{}{}", text::command_ended_with(command, how), detail(output))
            }
        }
    }
}

impl CommandError {
    /// A text without the arguments, where space is short.
    pub fn in_short(&self) -> String {
        match self {
            CommandError::TimedOut { command, .. } => text::did_not_end_in_time(command.argv[0].display()).to_string(),
            other => other.to_string(),
        }
    }
}

impl std::error::Error for CommandError {}

#[cfg(test)]
mod tests {
    use super::super::deadline::soon;
    use super::*;
    use std::time::{Duration, Instant};

    fn sh(script: &str) -> Command {
        Command::new("/bin/sh").arg("-c").arg(script)
    }

    #[test]
    fn both_outputs_and_the_status_are_kept() {
        let finished = sh("echo out; echo err >&2; exit 3").run(soon()).unwrap();
        assert_eq!((finished.status.code(), &*finished.stdout, &*finished.stderr), (Some(3), "out\n", "err\n"));
        let error = sh("echo why >&2; exit 3").output(soon()).unwrap_err().to_string();
        assert!(error.contains("exit status 3: why"), "{error}");
    }

    #[test]
    fn a_daemon_that_keeps_stderr_does_not_keep_us() {
        let begun = Instant::now();
        let finished = sh("sleep 30 & echo $!").run(soon()).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(10));
        let pid: i32 = finished.stdout.trim().parse().unwrap();
        Handle::open(process::stat(pid).unwrap().id).unwrap().signal(process::Signal::SIGKILL).unwrap();
    }

    #[test]
    fn at_the_deadline_the_whole_family_goes() {
        let error = sh("sleep 30 & echo $!; wait").run(Deadline::after(Duration::from_millis(300))).unwrap_err();
        let CommandError::TimedOut { output, .. } = &error else { panic!("{error}") };
        let pid: i32 = output.trim().parse().unwrap();
        let gone = soon().poll(Duration::from_millis(5), || process::stat(pid).is_none_or(|s| !s.is_alive()).then_some(()));
        assert!(gone.is_some(), "the sleeping child lives on");
    }

    #[test]
    fn a_terminal_is_a_terminal_and_its_words_are_kept() {
        let finished = sh("test -t 1 && test -t 2 && echo words >&2").on_a_terminal().run(soon()).unwrap();
        assert_eq!((finished.status.code(), &*finished.stdout), (Some(0), "words\n"));
    }

    #[test]
    fn what_cannot_be_run_is_named() {
        let error = Command::new("/no/such/program").run(soon()).unwrap_err().to_string();
        assert!(error.contains("/no/such/program"), "{error}");
    }
}
