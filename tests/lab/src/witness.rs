//! A witness: stands in a node where the agent is installed, runs the real one, and then looks for itself
//! whether what it said is true.
//!
//! Every run is reported to whoever listens at [`SOCKET`], outside. It can also be told to kill the agent
//! in the middle of its work ([`strike`]).

use std::fs;
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::cluster::VIP;
use crate::host::{Host, init_program, install};
use crate::process::{self, Process};
use crate::setup::agent_program;
use crate::smtp::Client;

/// Where the agent is, as far as Pacemaker knows.
const PLACE: &str = "/usr/lib/ocf/resource.d/postkeeper/postfix";
/// Where it really is, in a node.
pub const REAL: &str = "/usr/local/sbin/postkeeper-agent";
/// Where reports go, in a node.
pub const SOCKET: &str = "/run/witness.sock";
/// What the next run of the agent is to suffer: `ACTION MILLISECONDS`.
const ORDER: &str = "run/witness.order";

/// What is left of an operation's time for the way back to the cluster.
const MARGIN: Duration = Duration::from_millis(500);
/// In less nothing can be seen.
const LEAST: Duration = Duration::from_millis(100);

/// What smtpd answers when the queue's file system is full.
const FULL: &str = "452 4.3.1 Insufficient system storage";

/// What a report begins with when the agent said what is not so.
pub const LIE: &str = "LIE";

/// Puts the witness in the agent's place on a node, and returns what it reports to.
///
/// # Errors
/// When a file cannot be written.
pub fn take_place(host: &Host) -> Result<UnixDatagram> {
    install(host, &agent_program()?, REAL, 0o755)?;
    install(host, &init_program()?, PLACE, 0o755)?;
    Ok(UnixDatagram::bind(host.root().join(SOCKET.trim_start_matches('/')))?)
}

/// Has the next `action` on the node killed after so many ms, with everything it started, as the executor does at a timeout.
///
/// # Errors
/// When the node is gone.
pub fn strike(host: &Host, action: &str, after: u64) -> Result<()> {
    Ok(fs::write(host.root().join(ORDER), format!("{action} {after}"))?)
}

/// The witness: runs the agent with `arguments` and ends as it did.
///
/// # Errors
/// When the agent cannot be run.
pub fn run(arguments: &[String]) -> Result<()> {
    let action = arguments.first().map(String::as_str).unwrap_or_default();
    let begun = Instant::now();
    let ran = is_running();
    let recurs = std::env::var_os("OCF_RESKEY_CRM_meta_interval").is_some();
    let level = std::env::var("OCF_CHECK_LEVEL").unwrap_or_default();
    // What a deeper monitor says of silence is about the time in which it listened, and so is what we hold against it.
    let greeting = (recurs && !level.is_empty()).then(|| {
        let (greeted, greeting) = mpsc::channel();
        thread::spawn(move || Client::open(server(), operation_timeout()).is_ok().then(|| greeted.send(())));
        greeting
    });
    let mut agent = Command::new(REAL).args(arguments).spawn().context(REAL)?;
    let shown = match (action, recurs) {
        ("monitor", false) => "probe".to_owned(),
        ("monitor", true) => format!("monitor {}", if level.is_empty() { "0" } else { &level }),
        (action, _) => action.to_owned(),
    };
    if let Some(after) = order(action)
        && wait(&mut agent, after)?.is_none()
    {
        report(&format!("{shown} killed after {after:?}"));
        let _ = killpg(Pid::from_raw(0), Signal::SIGKILL);
    }
    let status = agent.wait()?;
    let took = begun.elapsed();
    let left = operation_timeout().saturating_sub(took + MARGIN);
    let was_greeted = greeting.is_none_or(|greeting| greeting.try_recv().is_ok());
    let is_failure = |code: &i32| !matches!(code, 0 | 7 | 190);
    let code = status.code().filter(|code| was_greeted || !is_failure(code));
    let lie = code.and_then(|code| contradiction(action, recurs, code, ran, left));
    let mark = lie.map_or(String::new(), |lie| format!("{LIE} ({lie}): "));
    report(&format!("{mark}{shown} answered {} in {took:.0?}", told(status)));
    if let Some(signal) = status.signal().and_then(|s| Signal::try_from(s).ok()) {
        let _ = kill(Pid::this(), signal);
    }
    std::process::exit(status.code().unwrap_or(1));
}

fn told(status: ExitStatus) -> String {
    status.code().map_or_else(|| format!("{status}"), |code| code.to_string())
}

/// What this run is to suffer, once.
fn order(action: &str) -> Option<Duration> {
    let path = Path::new("/").join(ORDER);
    let text = fs::read_to_string(&path).ok()?;
    let after = text.strip_prefix(action)?.trim().parse().ok()?;
    fs::remove_file(path).ok()?;
    Some(Duration::from_millis(after))
}

fn wait(agent: &mut Child, patience: Duration) -> Result<Option<ExitStatus>> {
    let end = Instant::now() + patience;
    loop {
        let status = agent.try_wait()?;
        if status.is_some() || Instant::now() >= end {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn report(text: &str) {
    let _ = UnixDatagram::unbound().and_then(|socket| socket.send_to(text.as_bytes(), SOCKET));
}

/// What the operation has, whatever the agent used of it.
fn operation_timeout() -> Duration {
    let given = std::env::var("OCF_RESKEY_CRM_meta_timeout").ok().and_then(|text| text.parse().ok());
    Duration::from_millis(given.unwrap_or(20_000))
}

/// What is true and was said to be otherwise. `ran`: whether a master ran before the agent did; `left`: how long there is to look, or
/// the operation would be ended at its timeout for us.
fn contradiction(action: &str, recurs: bool, code: i32, ran: bool, left: Duration) -> Option<String> {
    match (action, code) {
        ("stop", 0) | ("monitor", 7) => {
            let left: Vec<String> = members().iter().map(|p| format!("{} {}", p.name, p.id.0)).collect();
            (!left.is_empty()).then(|| format!("said stopped, alive are {}", left.join(", ")))
        }
        // Slow is not stopped, and nobody waits for this answer but the cluster.
        ("start", 0) if left < LEAST => None,
        // A full file system is no reason not to be started: it is full on every node, and the monitor says so.
        ("start", 0) => impediment(left.min(Duration::from_secs(15)))
            .filter(|why| !why.contains(FULL))
            .map(|why| format!("said started, {why}")),
        ("monitor", 0 | 190) if recurs => (!ran && !is_running()).then(|| "said running, no master runs".to_owned()),
        ("monitor", 0 | 190) => None,
        // Only a failure that a recurring monitor reports makes the cluster act.
        ("monitor", _) if recurs && left >= LEAST => {
            impediment(left.min(Duration::from_secs(3))).is_none().then(|| "said failed, it serves".to_owned())
        }
        // Whatever it is told, mail flows, and any other answer would stop that.
        ("reload-agent", 1..) if ran && is_running() => Some("reload-agent failed, Postfix runs".to_owned()),
        _ => None,
    }
}

fn is_running() -> bool {
    members().iter().any(Process::is_master)
}

/// Processes of Postfix: by configuration, by program, or by the directory they are in.
fn members() -> Vec<Process> {
    let proc = Path::new(process::MACHINE);
    let is_ours = |p: &Process| {
        p.has_config(b"/etc/postfix")
            || p.program.starts_with("/usr/lib/postfix")
            || p.working_directory.starts_with("/srv/mail/queue")
    };
    process::pids(proc).into_iter().filter_map(|pid| process::read(proc, pid)).filter(is_ours).collect()
}

/// Why no mail can flow here, as far as can be told within `patience`; None when it can.
fn impediment(patience: Duration) -> Option<String> {
    let readable = Command::new("postconf").args(["-o", "inet_interfaces=loopback-only", "-h", "queue_directory"]).output();
    if !readable.is_ok_and(|done| done.status.success()) {
        return Some("no new daemon can read main.cf".to_owned());
    }
    let members = members();
    let Some(master) = members.iter().find(|p| p.is_master()) else { return Some("no master runs".to_owned()) };
    if master.state == 'T' {
        return Some("the master is stopped".to_owned());
    }
    for name in ["qmgr", "pickup"] {
        match members.iter().find(|p| p.name == name) {
            None => return Some(format!("{name} does not run")),
            Some(p) if p.state == 'T' => return Some(format!("{name} is stopped")),
            Some(_) => {}
        }
    }
    converse(patience).err().map(|error| format!("{VIP}:25: {error:#}"))
}

fn server() -> SocketAddr {
    SocketAddr::new(VIP.parse().expect("an address"), 25)
}

/// A transaction that injects nothing.
fn converse(patience: Duration) -> Result<()> {
    let end = Instant::now() + patience;
    let mut client = Client::open(server(), patience)?;
    for (line, code) in [
        ("HELO witness.example.test", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<tester@example.test>", "250"),
        ("RSET", "250"),
        ("QUIT", "221"),
    ] {
        client.allow(end.saturating_duration_since(Instant::now()))?;
        client.ask(line, code)?;
    }
    Ok(())
}
