//! What postconf prints: values, services, overrides.
#![no_main]

use postkeeper::postfix::{config, endpoint};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (first, second) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let _ = config::parse_values(text);
    let _ = endpoint::parse_overrides(text);
    let (services, _) = endpoint::parse_services(first, second, true);
    assert!(services.iter().all(|s| matches!(s.program.as_str(), "smtpd" | "postscreen")));
    let _ = endpoint::port(first, second);
});
