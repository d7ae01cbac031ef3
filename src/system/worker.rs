//! A worker: a fork of this process for work that may block for ever, while this process watches the deadline.
//!
//! Access to storage that does not answer (a frozen file system, a dead network mount) can end in uninterruptible sleep, where
//! even SIGKILL has no effect: a thread in that state keeps its whole process from exiting. A separate process can be left
//! behind. The worker reports each path before it accesses it, so that the parent can name the one that does not answer.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use nix::fcntl::{OFlag, open};
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::stat::Mode;
use nix::unistd::{ForkResult, fork, pipe2};

use super::deadline::Deadline;
use super::look::{self, ANSWER, DONE};
use super::process::{self, Identity, end_with_parent, kill_tree};

/// The result of a worker, complete or not.
#[derive(Debug, Default)]
pub struct WorkerResult {
    /// Its last answer.
    pub answer: Option<Vec<u8>>,
    /// Whether it has finished.
    pub is_done: bool,
    /// The path that it last reported.
    pub looking_at: Option<PathBuf>,
    /// The worker, if it had to be killed; it may still be blocked.
    pub killed: Option<Identity>,
}

/// Runs `work` in a worker and waits for it until the deadline; then the worker is killed, and left behind if it does not exit.
/// Call it only while this process has one thread.
///
/// # Errors
/// When fork(2) fails.
pub fn run(deadline: Deadline, work: impl FnOnce()) -> io::Result<WorkerResult> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC)?;
    // SAFETY: there is one thread, so no other thread can hold a lock that would stay locked in the child.
    match unsafe { fork() }? {
        ForkResult::Child => {
            be_worker(writer);
            work();
            // The parent waits for this report, not for the exit: a blocked thread may prevent that.
            look::done();
            // SAFETY: exits without running the exit handlers of the parent.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let mut heard = listen(File::from(reader), deadline);
            if !heard.is_done {
                heard.killed = process::stat(child.as_raw()).map(|worker| worker.id);
                kill_tree(child.as_raw());
            }
            Ok(heard)
        }
    }
}

fn be_worker(writer: OwnedFd) {
    // If the parent is killed, the result is of no use.
    end_with_parent();
    // Pacemaker reads stdout and stderr until every process has closed them, so only the parent keeps them. On a terminal a user
    // may read them live.
    if !io::stdin().is_terminal()
        && let Ok(null) = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())
    {
        let _ = nix::unistd::dup2_stdout(&null);
        let _ = nix::unistd::dup2_stderr(&null);
    }
    look::open(writer);
}

fn listen(mut reader: File, deadline: Deadline) -> WorkerResult {
    let mut heard = WorkerResult::default();
    let mut bytes = Vec::new();
    let mut buffer = [0u8; 4096];
    loop {
        let mut fds = [PollFd::new(reader.as_fd(), PollFlags::POLLIN)];
        if poll(&mut fds, deadline.poll_timeout()).unwrap_or(0) == 0 && deadline.expired() {
            return heard;
        }
        if fds[0].any() != Some(true) {
            continue;
        }
        match reader.read(&mut buffer) {
            // It exited before it had finished.
            Ok(0) => return heard,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return heard,
        }
        take_frames(&mut bytes, &mut heard);
        if heard.is_done {
            return heard;
        }
    }
}

fn take_frames(bytes: &mut Vec<u8>, heard: &mut WorkerResult) {
    use std::os::unix::ffi::OsStringExt;
    while let Some(length) = bytes.get(1..5).and_then(|b| b.try_into().ok()).map(u32::from_ne_bytes)
        && bytes.len() >= 5 + length as usize
    {
        let frame: Vec<u8> = bytes.drain(..5 + length as usize).collect();
        let text = frame[5..].to_vec();
        match frame[0] {
            ANSWER => heard.answer = Some(text),
            DONE => heard.is_done = true,
            _ => heard.looking_at = Some(PathBuf::from(std::ffi::OsString::from_vec(text))).filter(|p| !p.as_os_str().is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::look::LOOK;
    use super::*;
    use std::time::Duration;

    #[test]
    fn frames_are_taken_whole_and_the_last_answer_counts() {
        let frame = |kind: u8, text: &[u8]| [&[kind][..], &(text.len() as u32).to_ne_bytes(), text].concat();
        let all = [frame(ANSWER, b"1"), frame(LOOK, b"/a"), frame(ANSWER, b"23"), frame(LOOK, b"/b"), frame(DONE, b"")].concat();
        let mut heard = WorkerResult::default();
        let mut bytes = Vec::new();
        for byte in all {
            assert!(!heard.is_done);
            bytes.push(byte);
            take_frames(&mut bytes, &mut heard);
        }
        assert_eq!((heard.answer.as_deref(), heard.is_done), (Some(&b"23"[..]), true));
        assert_eq!(heard.looking_at, Some(PathBuf::from("/b")));
    }

    #[test]
    fn one_that_ends_early_is_not_done() {
        let (reader, writer) = pipe2(OFlag::O_CLOEXEC).unwrap();
        nix::unistd::write(&writer, &[ANSWER, 9, 0]).unwrap();
        drop(writer);
        let heard = listen(File::from(reader), Deadline::after(Duration::from_secs(60)));
        assert!(!heard.is_done && heard.answer.is_none());
    }
}
