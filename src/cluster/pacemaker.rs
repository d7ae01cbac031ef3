//! Pacemaker's own programs: each is run against a deadline, and an error keeps what it said.
//!
//! Only what is meant for programs is read: XML and exit codes (crm_error(8)). A cluster that is not there and one
//! that lets us do nothing are told apart, since what to do about them differs.

use std::fmt;
use std::time::Duration;

use super::cib::Cib;
use crate::system::account;
use crate::system::command::{Command, CommandError, Finished, tail};
use crate::system::deadline::Deadline;

/// How long the cluster may take to answer a question; it takes 10 to 30 ms.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest answer: no CIB comes near.
const LIMIT: usize = 256 << 20;

/// Exit codes: not enough privileges, not connected, not the CIB that was expected.
const DENIED: i32 = 4;
const DISCONNECTED: i32 = 102;

/// Why the cluster did not do what it was asked.
#[derive(Debug)]
pub enum Trouble {
    /// Pacemaker does not run on this host, or does not answer.
    Unreachable(String),
    /// It does not let this user.
    Denied(String),
    /// A program failed: the command line, how it ended, what it said.
    Failed(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Unreachable(said) => {
                write!(
                    f,
                    "The cluster cannot be reached from this server: {said}\nStart it here (pcs cluster start) or run this on a server where it runs."
                )
            }
            Trouble::Denied(said) => {
                write!(f, "The cluster does not let this user: {said}\nRun this as root.")
            }
            Trouble::Failed(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for Trouble {}

/// A program of Pacemaker.
fn tool(program: &str, arguments: &[&str]) -> Command {
    let directories = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let found = directories.iter().map(|d| format!("{d}/{program}")).find(|p| std::path::Path::new(p).exists());
    Command::new(found.unwrap_or_else(|| program.to_owned())).args(arguments).keeping(LIMIT)
}

/// Runs it; `fine` are the exit codes that are an answer.
fn ask(command: &Command, fine: &[i32], patience: Duration) -> Result<Finished, Trouble> {
    let finished = match command.run(Deadline::after(patience)) {
        Ok(finished) => finished,
        Err(CommandError::NotStarted { command, error }) => {
            return Err(Trouble::Unreachable(format!("{command}: {error}: is Pacemaker installed?")));
        }
        Err(error) => return Err(Trouble::Unreachable(error.to_string())),
    };
    match finished.status.code() {
        Some(code) if fine.contains(&code) => Ok(finished),
        code => Err(trouble(command, code, &finished)),
    }
}

fn trouble(command: &Command, code: Option<i32>, finished: &Finished) -> Trouble {
    let said = match tail(&finished.said(), 3) {
        words if words.is_empty() => format!("{command} ended with {}", finished.status),
        words => words,
    };
    let denied = said.contains("Permission denied") || said.contains("Insufficient privileges");
    match code {
        Some(DENIED) => Trouble::Denied(said),
        // Whom the sockets of Pacemaker shut out hears no more than that nobody is there.
        Some(DISCONNECTED) if denied || !may_connect() => Trouble::Denied(said),
        Some(DISCONNECTED) => Trouble::Unreachable(said),
        _ => Trouble::Failed(format!("{command} ended with {}: {said}", finished.status)),
    }
}

/// Whether Pacemaker's sockets are open to this user: to root and to the group haclient.
fn may_connect() -> bool {
    let is_member = |gid: u32| nix::unistd::getgroups().is_ok_and(|groups| groups.iter().any(|g| g.as_raw() == gid));
    nix::unistd::geteuid().is_root() || account::gid("haclient").is_some_and(is_member)
}

/// The CIB as it is now.
///
/// # Errors
/// When the cluster does not answer.
pub fn query() -> Result<Cib, Trouble> {
    let said = ask(&tool("cibadmin", &["--query"]), &[0], PATIENCE)?.stdout;
    Cib::parse(&said).map_err(|e| Trouble::Failed(format!("cibadmin --query: {e}")))
}
