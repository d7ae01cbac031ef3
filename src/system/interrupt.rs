//! Signals that ask to exit (SIGINT, SIGTERM, SIGHUP), for a verb that must clean up first.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

static CAUGHT: AtomicBool = AtomicBool::new(false);
static COME: AtomicBool = AtomicBool::new(false);

extern "C" fn note(_: libc::c_int) {
    COME.store(true, Ordering::Relaxed);
}

/// From here on the signals are only noted; who waits for input is woken.
pub fn catch() {
    CAUGHT.store(true, Ordering::Relaxed);
    let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler only stores to an atomic.
        let _ = unsafe { sigaction(signal, &action) };
    }
}

/// Whether they are only noted.
pub(super) fn is_caught() -> bool {
    CAUGHT.load(Ordering::Relaxed)
}

/// Whether one has come.
pub fn has_come() -> bool {
    COME.load(Ordering::Relaxed)
}
