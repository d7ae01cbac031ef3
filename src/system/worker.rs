//! A worker: a copy of this process that does work which may never come back, while this one keeps the time.
//!
//! Storage that does not answer (a frozen file system, a dead network mount) can leave whoever touches it in uninterruptible
//! sleep, where not even SIGKILL ends him: a thread in that state keeps its whole process from being reaped. A process
//! of its own can be left behind. The worker says what it looks at before it looks, so that the one who is left can
//! name it.

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
use super::process::{end_with_parent, kill_tree};

/// What is known of a worker's work when it is over, or waited for no longer.
#[derive(Debug, Default)]
pub struct Heard {
    /// Its last answer.
    pub answer: Option<Vec<u8>>,
    /// It has done all that it had to do.
    pub is_done: bool,
    /// What it was looking at when it was heard last.
    pub looking_at: Option<PathBuf>,
}

/// Has `work` done in a worker and waits for it until the deadline; then the worker is killed, and left alone if it does not end.
/// It must be called while this process has one thread.
///
/// # Errors
/// When no process is to be had.
pub fn run(deadline: Deadline, work: impl FnOnce()) -> io::Result<Heard> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC)?;
    // SAFETY: there is one thread, so no lock is held by another one that the copy would not have.
    match unsafe { fork() }? {
        ForkResult::Child => {
            be_worker(writer);
            work();
            // Not its end is waited for: a thread that it has left behind may keep it from ending.
            look::done();
            // SAFETY: ends the copy without running what the original registered for its own end.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let heard = listen(File::from(reader), deadline);
            if !heard.is_done {
                kill_tree(child.as_raw());
            }
            Ok(heard)
        }
    }
}

fn be_worker(writer: OwnedFd) {
    // Should the one who waits be killed, nobody is left to hear.
    end_with_parent();
    // Who reads our outputs waits until all have closed them: they are the original's alone. A person may read them live.
    if !io::stdin().is_terminal()
        && let Ok(null) = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())
    {
        let _ = nix::unistd::dup2_stdout(&null);
        let _ = nix::unistd::dup2_stderr(&null);
    }
    look::open(writer);
}

fn listen(mut reader: File, deadline: Deadline) -> Heard {
    let mut heard = Heard::default();
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
            // It ended before it was done.
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

fn take_frames(bytes: &mut Vec<u8>, heard: &mut Heard) {
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
        let mut heard = Heard::default();
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
