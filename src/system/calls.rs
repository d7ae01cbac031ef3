//! Which calls of recent kernels are to be had here, found out by trying them. docs/design.md has what the agent does without each.

use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use nix::sys::utsname::uname;
use rustix::process::{self, PidfdFlags, PidfdGetfdFlags, Signal};

use super::events::Source;
use super::frozen;

/// A call, or several that do one thing, that an older kernel lacks and that a filter of system calls (containers) refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Pidfd,
    PidfdGetfd,
    CloseRange,
    IoUring,
    Fanotify,
    PerfEvent,
}

impl Call {
    pub const ALL: [Call; 6] = [Call::Pidfd, Call::PidfdGetfd, Call::CloseRange, Call::IoUring, Call::Fanotify, Call::PerfEvent];

    pub fn name(self) -> &'static str {
        match self {
            Call::Pidfd => "pidfd_open, pidfd_send_signal",
            Call::PidfdGetfd => "pidfd_getfd",
            Call::CloseRange => "close_range",
            Call::IoUring => "io_uring",
            Call::Fanotify => "fanotify",
            Call::PerfEvent => "perf_event_open",
        }
    }

    /// The first Linux that has it as it is used here.
    pub fn since(self) -> (u32, u32) {
        match self {
            Call::Pidfd => (5, 3),
            Call::PidfdGetfd => (5, 6),
            Call::CloseRange => (5, 11),
            Call::IoUring => (6, 12),
            Call::Fanotify => (5, 16),
            Call::PerfEvent => (4, 1),
        }
    }

    /// Tries it, without an effect.
    pub fn is_available(self) -> bool {
        let own = || process::pidfd_open(process::getpid(), PidfdFlags::empty());
        match self {
            // SIGCONT to one that runs does nothing.
            Call::Pidfd => own().and_then(|fd| process::pidfd_send_signal(fd, Signal::CONT)).is_ok(),
            Call::PidfdGetfd => own().is_ok_and(|fd| process::pidfd_getfd(&fd, fd.as_raw_fd(), PidfdGetfdFlags::empty()).is_ok()),
            // No process has this descriptor.
            // SAFETY: only sets a flag on descriptors.
            Call::CloseRange => unsafe {
                libc::syscall(libc::SYS_close_range, libc::c_uint::MAX, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) == 0
            },
            Call::IoUring => frozen::is_supported(),
            // Another refusal is that of the file system, which need not be the one that matters.
            Call::Fanotify => !Source::errors(Path::new("/")).is_err_and(|error| is_refusal(&error)),
            Call::PerfEvent => Source::activity(std::process::id() as i32).is_ok(),
        }
    }
}

/// Of the call itself, or of a flag that it does not know.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM | libc::EACCES | libc::EINVAL))
}

/// The release of this kernel (uname(2)): `6.1.0-13-amd64`.
pub fn release() -> String {
    uname().map(|name| name.release().to_string_lossy().into_owned()).unwrap_or_default()
}

/// Its first two numbers.
pub fn numbers(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_release_are_compared_as_numbers() {
        assert_eq!(numbers("6.1.0-13-amd64"), Some((6, 1)));
        assert_eq!(numbers("5.14-rc1"), Some((5, 14)));
        assert_eq!(numbers("unknown"), None);
        assert!(numbers("6.12.1") >= Some(Call::IoUring.since()) && numbers("6.9.1") < Some(Call::IoUring.since()));
    }
}
