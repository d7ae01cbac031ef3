//! What a worker ([`super::worker`]) reports to its parent: its answers, and the path that it is accessing.
//!
//! Frames of a kind, a length and a text. In any other process these calls do nothing.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

/// Where a worker speaks to the one who waits for it; not set in any other process.
static CHANNEL: OnceLock<OwnedFd> = OnceLock::new();

/// Kinds of what a worker says, one byte before each frame.
pub(super) const ANSWER: u8 = b'A';
pub(super) const LOOK: u8 = b'L';
pub(super) const DONE: u8 = b'D';

/// Makes this process a worker that says everything into `channel`.
pub(super) fn open(channel: OwnedFd) {
    let _ = CHANNEL.set(channel);
}

/// Says that all is done.
pub(super) fn done() {
    send(DONE, b"");
}

/// Whether this process is a worker.
pub fn is_worker() -> bool {
    CHANNEL.get().is_some()
}

/// Gives an answer; the last one before the end counts.
pub fn answer(bytes: &[u8]) {
    send(ANSWER, bytes);
}

/// Has a worker say, until the returned value is dropped, that it looks at `path`. Costs nothing in other processes.
pub fn looking_at(path: &Path) -> PathReport {
    PathReport(is_worker().then(|| report_path(path.as_os_str().as_encoded_bytes().to_vec())))
}

/// Until it is dropped, the reported path is the current one; holds the one before it.
pub struct PathReport(Option<Vec<u8>>);

impl Drop for PathReport {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            report_path(before);
        }
    }
}

/// The path that was last reported.
static CURRENT_PATH: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn report_path(path: Vec<u8>) -> Vec<u8> {
    send(LOOK, &path);
    CURRENT_PATH.lock().map(|mut current| std::mem::replace(&mut *current, path)).unwrap_or_default()
}

fn send(kind: u8, bytes: &[u8]) {
    let Some(channel) = CHANNEL.get() else { return };
    let mut frame = vec![kind];
    frame.extend_from_slice(&(bytes.len() as u32).to_ne_bytes());
    frame.extend_from_slice(bytes);
    let mut rest = &frame[..];
    while !rest.is_empty()
        && let Ok(written @ 1..) = nix::unistd::write(channel, rest)
    {
        rest = &rest[written..];
    }
}
