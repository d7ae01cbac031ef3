//! crm_mon's XML.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(root) = postkeeper::cluster::xml::Element::parse(text) {
        let _ = postkeeper::cluster::live::Live::parse(&root);
    }
});
