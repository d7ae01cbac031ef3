//! Waits until something in a directory is written, by inotify(7).

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use super::deadline::Deadline;

/// A directory that is listened to.
#[derive(Debug)]
pub struct DirectoryWatch(Inotify);

impl DirectoryWatch {
    /// Listens to what is written in `directory` from now on; None when we may not, or it is not there.
    pub fn of(directory: &Path) -> Option<DirectoryWatch> {
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).ok()?;
        let events = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_ONLYDIR;
        inotify.add_watch(directory, events).ok()?;
        Some(DirectoryWatch(inotify))
    }

    /// Waits for something to be written; false when nothing was until the deadline, or the reader of `output` went away.
    pub fn wait(&self, output: BorrowedFd<'_>, deadline: Deadline) -> bool {
        // No event is asked for there: that the other end is closed is always told.
        let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN), PollFd::new(output, PollFlags::empty())];
        let _ = poll(&mut fds, deadline.poll_timeout());
        let mut any = false;
        while self.0.read_events().is_ok_and(|events| !events.is_empty()) {
            any = true;
        }
        any
    }
}

/// Whether nobody reads any more what is written to `output`.
pub fn is_closed(output: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::new(output, PollFlags::empty())];
    let _ = poll(&mut fds, 0u8);
    fds[0].revents().is_some_and(|events| events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::time::Duration;

    #[test]
    fn what_is_appended_to_a_file_is_noticed_and_silence_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = std::fs::File::create(dir.path().join("log")).unwrap();
        let watch = DirectoryWatch::of(dir.path()).expect("inotify");
        let output = std::io::stderr();
        let waits = |limit: Duration| watch.wait(output.as_fd(), Deadline::after(limit));
        assert!(!waits(Duration::ZERO));
        file.write_all(b"line\n").unwrap();
        assert!(waits(Duration::from_secs(30)));
        assert!(!waits(Duration::ZERO));
        assert!(DirectoryWatch::of(&dir.path().join("log")).is_none());
    }
}
