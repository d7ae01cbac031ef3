//! The text of main.cf: a value, whatever it is, is one line.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    for name in ["inet_interfaces", "queue_directory"] {
        if let Some(value) = postkeeper::postfix::config::last_value(text, name) {
            assert!(!value.contains('\n') && value.trim() == value);
        }
    }
});
