//! Signals that ask to exit (SIGINT, SIGTERM, SIGHUP), for a verb that must clean up first.

use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

static COUNT: AtomicU32 = AtomicU32::new(0);

extern "C" fn note(_: libc::c_int) {
    COUNT.fetch_add(1, Ordering::Relaxed);
}

/// From here on the signals are only noted; who waits for input is woken.
pub fn catch() {
    let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler only adds to an atomic.
        let _ = unsafe { sigaction(signal, &action) };
    }
}

/// Whether one has come.
pub fn has_come() -> bool {
    count() > 0
}

/// How many have come.
pub fn count() -> u32 {
    COUNT.load(Ordering::Relaxed)
}
