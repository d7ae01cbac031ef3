//! A pid file names a process or nothing.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    assert!(postkeeper::postfix::process::parse_pid(bytes).is_none_or(|pid| pid > 1));
});
