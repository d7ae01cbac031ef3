//! A run of the agent, as Pacemaker's executor makes one.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::host::wait_for;
use crate::sandbox::{Sandbox, TIMEOUT};

/// Where our agent is in a host.
pub const OUR_AGENT: &str = "/usr/lib/ocf/resource.d/postkeeper/postfix";
const HEARTBEAT_AGENT: &str = "/usr/lib/ocf/resource.d/heartbeat/postfix";
/// HA_LOGFILE of a run.
pub const LOG: &str = "/var/log/agent.log";

/// The agent under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Ours: the path of the binary outside the host.
    Ours(&'static str),
    /// `ocf:heartbeat:postfix`, for comparison.
    Heartbeat,
}

/// What Pacemaker asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Probe,
    /// With its OCF_CHECK_LEVEL.
    Monitor(u32),
    Start,
    Stop,
    ReloadAgent,
    /// By the parameters alone.
    ValidateAll,
    /// As a person asks.
    Status,
}

impl Action {
    /// The timeout that the resource's operation has, and after which the executor kills: what docs/pacemaker.md shows for monitors,
    /// and less for start and stop, since some states take all of it.
    fn timeout(self) -> Duration {
        Duration::from_secs(match self {
            Action::Probe | Action::Monitor(_) | Action::ReloadAgent | Action::ValidateAll | Action::Status => 20,
            Action::Start => 40,
            Action::Stop => 30,
        })
    }
}

/// How a run of the agent ended.
#[derive(Clone, Debug)]
pub struct Answer {
    /// None: it was killed at its timeout, or by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// What it wrote to HA_LOGFILE.
    pub log: String,
    /// Something still held stdout or stderr after the agent had ended: Pacemaker would wait for it.
    pub pipe_leaked: bool,
    pub elapsed: Duration,
}

impl Answer {
    /// The lines that Pacemaker takes for the reason.
    pub fn reasons(&self) -> Vec<&str> {
        self.stderr.lines().filter(|l| l.starts_with("ocf-exit-reason:")).collect()
    }
}

impl Sandbox {
    /// Runs the agent as Pacemaker's executor does, until it ends or its timeout has passed.
    pub fn act(&self, action: Action) -> Result<Answer> {
        self.spawn_agent(action)?.wait()
    }

    /// Starts a run of the agent.
    pub fn spawn_agent(&self, action: Action) -> Result<Run<'_>> {
        let (verb, interval, level) = match action {
            Action::Probe => ("monitor", None, 0),
            Action::Monitor(level) => ("monitor", Some("10000"), level),
            Action::Start => ("start", None, 0),
            Action::Stop => ("stop", None, 0),
            Action::ReloadAgent => ("reload-agent", None, 0),
            Action::ValidateAll => ("validate-all", None, 0),
            Action::Status => ("status", None, 0),
        };
        let mut operation = vec![("OCF_RESKEY_CRM_meta_timeout", action.timeout().as_millis().to_string())];
        if let Some(interval) = interval {
            operation.push(("OCF_RESKEY_CRM_meta_interval", interval.to_owned()));
            operation.push(("OCF_RESKEY_CRM_meta_name", verb.to_owned()));
        }
        if level > 0 {
            operation.push(("OCF_CHECK_LEVEL", level.to_string()));
        }
        self.spawn_with(&[verb.into()], &operation, action.timeout())
    }

    /// Runs the agent with these arguments and nothing about an operation in the environment.
    pub fn call(&self, arguments: &[OsString]) -> Result<Answer> {
        self.spawn_with(arguments, &[], TIMEOUT)?.wait()
    }

    fn spawn_with(&self, arguments: &[OsString], operation: &[(&str, String)], timeout: Duration) -> Result<Run<'_>> {
        let (path, provider) = match self.agent {
            Agent::Ours(_) => (OUR_AGENT, "postkeeper"),
            Agent::Heartbeat => (HEARTBEAT_AGENT, "heartbeat"),
        };
        let mut words: Vec<OsString> = self.through.borrow().clone();
        words.push(path.into());
        words.extend_from_slice(arguments);
        let mut command = self.host().command(&words[0].to_string_lossy());
        command.args(&words[1..]).env_clear().envs([
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("LC_ALL", "C"),
            ("OCF_ROOT", "/usr/lib/ocf"),
            ("OCF_RA_VERSION_MAJOR", "1"),
            ("OCF_RA_VERSION_MINOR", "1"),
            ("OCF_RESOURCE_INSTANCE", "mail"),
            ("OCF_RESOURCE_TYPE", "postfix"),
            ("OCF_RESOURCE_PROVIDER", provider),
            ("OCF_EXIT_REASON_PREFIX", "ocf-exit-reason:"),
            ("OCF_RESKEY_crm_feature_set", "3.16.2"),
            ("HA_LOGFACILITY", "daemon"),
            ("HA_LOGFILE", LOG),
        ]);
        command.envs(operation.iter().map(|(name, value)| (name, value)));
        command.envs(self.parameters.borrow().iter().map(|(name, value)| (format!("OCF_RESKEY_{name}"), value)));
        command.envs(self.environment.borrow().iter());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        // SAFETY: these calls are safe between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::umask(0o026);
                libc::signal(libc::SIGQUIT, libc::SIG_IGN);
                let unlimited = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
                libc::setrlimit(libc::RLIMIT_CORE, &unlimited);
                Ok(())
            });
        }
        Ok(Run::of(command.spawn().context("starting the agent")?, timeout, self))
    }
}

/// A run of the agent that is under way.
pub struct Run<'a> {
    child: Child,
    begun: Instant,
    timeout: Duration,
    output: mpsc::Receiver<(usize, String)>,
    sandbox: &'a Sandbox,
}

impl Run<'_> {
    fn of(mut child: Child, timeout: Duration, sandbox: &Sandbox) -> Run<'_> {
        let (sender, output) = mpsc::channel();
        let pipes: [Option<Box<dyn Read + Send>>; 2] =
            [child.stdout.take().map(|p| Box::new(p) as _), child.stderr.take().map(|p| Box::new(p) as _)];
        for (number, mut pipe) in pipes.into_iter().enumerate().filter_map(|(n, p)| Some((n, p?))) {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut bytes = Vec::new();
                let mut chunk = [0; 4096];
                // What was read so far counts even when the other end never closes.
                while let Ok(n @ 1..) = pipe.read(&mut chunk) {
                    bytes.extend_from_slice(&chunk[..n]);
                    let _ = sender.send((number, String::from_utf8_lossy(&bytes).into_owned()));
                }
                let _ = sender.send((number + 2, String::new()));
            });
        }
        Run { child, begun: Instant::now(), timeout, output, sandbox }
    }

    /// Waits for its end; at its timeout kills the process group, as the executor does.
    pub fn wait(mut self) -> Result<Answer> {
        let group = self.child.id() as i32;
        let ended = wait_for("the agent", self.timeout, || {
            // WNOWAIT: the exit status stays for wait() below.
            let flags = nix::sys::wait::WaitPidFlag::WEXITED
                | nix::sys::wait::WaitPidFlag::WNOHANG
                | nix::sys::wait::WaitPidFlag::WNOWAIT;
            let id = nix::sys::wait::Id::Pid(nix::unistd::Pid::from_raw(group));
            !matches!(nix::sys::wait::waitid(id, flags), Ok(nix::sys::wait::WaitStatus::StillAlive))
        });
        let elapsed = self.begun.elapsed();
        if ended.is_err() {
            let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), nix::sys::signal::Signal::SIGKILL);
        }
        let code = self.child.wait()?.code().filter(|_| ended.is_ok());
        let mut texts = [String::new(), String::new()];
        let mut open = 2;
        while open > 0 {
            match self.output.recv_timeout(Duration::from_secs(1)) {
                Ok((number @ 0..2, text)) => texts[number] = text,
                Ok(_) => open -= 1,
                Err(_) => break,
            }
        }
        let [stdout, stderr] = texts;
        let log = fs::read_to_string(self.sandbox.path(LOG)).unwrap_or_default();
        Ok(Answer { code, stdout, stderr, log, pipe_leaked: open > 0, elapsed })
    }
}
