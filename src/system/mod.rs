//! Floor 0: the kernel and other programs. Knows nothing of Postfix, OCF or Pacemaker.
//!
//! Every road to the operating system is here, so that the rooms above speak of instances and
//! outcomes only.

pub mod account;
pub mod boot;
pub mod command;
pub mod deadline;
pub mod dns;
pub mod file;
pub mod frozen;
pub mod interrupt;
pub mod lock;
pub mod mount;
pub mod net;
pub mod process;
pub mod worker;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
use nix::sys::stat::{Mode, umask};

/// Undoes what the process that started us left behind, for us and for what we start.
///
/// Pacemaker's executor hands down umask 0026, a working directory for core files, SIGQUIT
/// ignored and an unlimited core size. A mail system started with those would keep them for ever.
/// Descriptors above stderr are marked close-on-exec: a daemon that inherits one of the
/// executor's pipes makes it wait for ever.
pub fn clean_slate() {
    umask(Mode::from_bits_truncate(0o022));
    let _ = std::env::set_current_dir("/");
    for sig in Signal::iterator() {
        // SIGPIPE stays ignored, as the Rust runtime set it; std resets it in children.
        if !matches!(sig, Signal::SIGKILL | Signal::SIGSTOP | Signal::SIGPIPE) {
            // SAFETY: SIG_DFL installs no handler of ours, so nothing can be called unsafely.
            let _ = unsafe { signal(sig, SigHandler::SigDfl) };
        }
    }
    let _ = SigSet::empty().thread_set_mask();
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_CORE) {
        let _ = setrlimit(Resource::RLIMIT_CORE, 0, hard);
    }
    // SAFETY: only sets a flag on descriptors; a kernel without close_range(2) answers ENOSYS.
    unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int) };
}
