//! Layer 1: the kernel and other programs. Knows nothing of Postfix, OCF or Pacemaker.
//!
//! Every road to the operating system is here, so that the rooms above speak of instances and
//! outcomes only.

pub mod account;
pub mod boot;
pub mod calls;
pub mod command;
pub mod deadline;
pub mod directory;
pub mod dns;
pub mod entry;
pub mod events;
pub mod file;
pub mod frozen;
pub mod interrupt;
pub mod lock;
pub mod look;
mod mapping;
pub mod mount;
pub mod net;
pub mod pattern;
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
        let handler = match sig {
            // SIGPIPE stays ignored, as the Rust runtime set it; std resets it in children.
            Signal::SIGKILL | Signal::SIGSTOP | Signal::SIGPIPE => continue,
            // What cannot be written for a limit of file sizes is an error like any other. Programs that are started do not inherit a handler.
            Signal::SIGXFSZ => SigHandler::Handler(ignore),
            _ => SigHandler::SigDfl,
        };
        // SAFETY: the handler does nothing.
        let _ = unsafe { signal(sig, handler) };
    }
    let _ = SigSet::empty().thread_set_mask();
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_CORE) {
        let _ = setrlimit(Resource::RLIMIT_CORE, 0, hard);
    }
    close_on_exec();
    raise_descriptors();
}

extern "C" fn ignore(_: libc::c_int) {}

/// Whether this process has the rights of root.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// The name of this host (gethostname(2)); empty when it has none.
pub fn host_name() -> String {
    nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Whether it may work in a moment: no process, memory or descriptor is to be had.
pub fn is_shortage(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::ENOMEM | libc::ENOBUFS | libc::EMFILE | libc::ENFILE))
}

/// Marks every descriptor above stderr.
fn close_on_exec() {
    // The C library has a function for it since glibc 2.34; the call works with earlier ones too.
    // SAFETY: only sets a flag on descriptors.
    let done = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    if done == 0 {
        return;
    }
    // Before Linux 5.11, or under a filter of system calls: one by one.
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    for fd in open.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()).filter(|fd| *fd > 2) {
        // SAFETY: only sets a flag; a descriptor that is closed by now (the directory's) is refused.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// The limits of descriptors as they were found.
static FOUND: std::sync::OnceLock<(libc::rlim_t, libc::rlim_t)> = std::sync::OnceLock::new();

/// Lets this process open as many files as it may: there may be thousands of processes to look after.
fn raise_descriptors() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok()
    {
        let _ = FOUND.set((soft, hard));
    }
}

/// Gives what is started the limits that we were started with.
fn limit_as_before(command: &mut std::process::Command) {
    use std::os::unix::process::CommandExt;
    if let Some((soft, hard)) = FOUND.get().copied() {
        // SAFETY: setrlimit(2) may be called between fork and exec.
        unsafe { command.pre_exec(move || setrlimit(Resource::RLIMIT_NOFILE, soft, hard).map_err(std::io::Error::from)) };
    }
}
