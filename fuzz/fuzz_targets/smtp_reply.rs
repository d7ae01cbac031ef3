//! What a server says is a reply or trouble.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = postkeeper::health::smtp::Reply::read(bytes);
});
