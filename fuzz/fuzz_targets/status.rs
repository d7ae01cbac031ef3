//! crm_mon's XML.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = postkeeper::cluster::failure::is_managed_on(text, "mail", "n1");
});
