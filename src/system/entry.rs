//! A program entry point that is faster than Rust's: it does not set up the guard page, for which the C library reads
//! /proc/self/maps.

use std::ffi::{CStr, c_char, c_int};
use std::fs::OpenOptions;
use std::mem::forget;
use std::os::fd::AsRawFd;

use nix::sys::signal::{SigHandler, Signal, signal};

/// Makes `main` the function that a program begins with, which must have the attribute `no_main`. It gets the arguments without
/// the program's name, damaged characters replaced, and returns the exit code: `fn(&[String]) -> u8`.
#[macro_export]
macro_rules! entry_point {
    ($main:path) => {
        // SAFETY: nothing else in the program has this name.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn main(count: std::ffi::c_int, arguments: *const *const std::ffi::c_char) -> std::ffi::c_int {
            // SAFETY: this is what the C library hands to a program.
            let arguments = unsafe { $crate::system::entry::begin(count, arguments) };
            // Unlike a return from here this writes out what standard output still holds.
            std::process::exit($main(&arguments).into())
        }
    };
}

/// What Rust's own `main` does first: descriptors 0 to 2 are open, and a pipe that nobody reads is an error and no signal. Returns
/// the arguments; the C libraries do not all let Rust find them by itself.
///
/// # Safety
/// `arguments` are `count` strings that end in NUL.
pub unsafe fn begin(count: c_int, arguments: *const *const c_char) -> Vec<String> {
    // Descriptors are given out in ascending order: a file that we open later would be taken for standard output.
    while let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null")
        && null.as_raw_fd() <= 2
    {
        forget(null);
    }
    // SAFETY: no handler of ours is installed.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    // SAFETY: as the caller promises; the first is the program's name.
    let text = |at: usize| unsafe { CStr::from_ptr(*arguments.add(at)) }.to_string_lossy().into_owned();
    (1..usize::try_from(count).unwrap_or_default()).map(text).collect()
}
