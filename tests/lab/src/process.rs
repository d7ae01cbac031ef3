//! Processes, as a /proc shows them: the machine's, or that of a host.

use std::fs;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The machine's processes, those of its hosts among them.
pub const MACHINE: &str = "/proc";

/// Where distributions have the daemons of Postfix.
const DAEMONS: [&str; 2] = ["/usr/lib/postfix", "/usr/libexec/postfix"];

/// Pid and start time in ticks since boot: no other process has both.
pub type Id = (i32, u64);

/// A process that is alive.
pub struct Process {
    pub id: Id,
    pub name: String,
    /// As in proc(5): `T` is stopped.
    pub state: char,
    pub program: PathBuf,
    pub working_directory: PathBuf,
    leads_session: bool,
    environment: Vec<u8>,
}

impl Process {
    /// Whether its MAIL_CONFIG is this directory.
    pub fn has_config(&self, directory: &[u8]) -> bool {
        self.environment.split(|b| *b == 0).any(|entry| entry.strip_prefix(b"MAIL_CONFIG=") == Some(directory))
    }

    /// `master -w`, which waits for the real one to be ready, does not lead a session.
    pub fn is_master(&self) -> bool {
        self.name == "master" && DAEMONS.iter().any(|at| self.program.starts_with(at)) && self.leads_session
    }
}

/// One process; None when it is gone or a zombie, which holds nothing.
pub fn read(proc: &Path, pid: i32) -> Option<Process> {
    read_some(proc, pid, true)
}

/// The same without its environment, which one that is stuck does not give away.
pub fn read_stuck(proc: &Path, pid: i32) -> Option<Process> {
    read_some(proc, pid, false)
}

fn read_some(proc: &Path, pid: i32, asks: bool) -> Option<Process> {
    let directory = proc.join(pid.to_string());
    let stat = fs::read_to_string(directory.join("stat")).ok()?;
    let (head, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let state = fields.first()?.chars().next()?;
    if matches!(state, 'Z' | 'X') {
        return None;
    }
    Some(Process {
        id: (pid, fields.get(19)?.parse().ok()?),
        name: head.split_once('(')?.1.to_owned(),
        state,
        leads_session: fields.get(3)?.parse() == Ok(pid),
        program: fs::read_link(directory.join("exe")).unwrap_or_default(),
        working_directory: fs::read_link(directory.join("cwd")).unwrap_or_default(),
        environment: if asks { fs::read(directory.join("environ")).unwrap_or_default() } else { Vec::new() },
    })
}

/// The numbers of all processes.
pub fn pids(proc: &Path) -> Vec<i32> {
    let entries = fs::read_dir(proc).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The living children of a process of the machine.
pub fn children(pid: i32) -> Vec<Process> {
    let text = fs::read_to_string(format!("{MACHINE}/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_ascii_whitespace().filter_map(|n| read_stuck(Path::new(MACHINE), n.parse().ok()?)).collect()
}

/// Where a daemon of Postfix reports to the master (a pipe): master_proto.h.
pub const MASTER_STATUS_FD: i32 = 5;

/// Our own copy of a descriptor of another process of the machine.
///
/// # Errors
/// When it has none of that number, or is gone.
pub fn descriptor_of(pid: i32, number: i32) -> Result<OwnedFd> {
    // SAFETY: pidfd_open(2) and pidfd_getfd(2) take integers and return a new descriptor or -1.
    let own =
        |fd: i64| if fd < 0 { Err(std::io::Error::last_os_error()) } else { Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) }) };
    let handle = own(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: as above.
    own(unsafe { libc::syscall(libc::SYS_pidfd_getfd, handle.as_raw_fd(), number, 0) })
        .with_context(|| format!("descriptor {number} of process {pid}"))
}

/// Whether a pipe holds nothing that has not been read.
pub fn is_drained(pipe: &OwnedFd) -> bool {
    let mut waiting: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int.
    unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &mut waiting) == 0 && waiting == 0 }
}
