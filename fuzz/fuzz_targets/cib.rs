//! A CIB that is read is written, and read again as the same.
#![no_main]

use postkeeper::cluster::cib::Cib;
use postkeeper::cluster::hierarchy;
use postkeeper::cluster::xml::Element;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(tree) = Element::parse(text) {
        assert!(Element::parse(&tree.to_string()).unwrap() == tree);
    }
    if let Ok(cib) = Cib::parse(text) {
        let _ = hierarchy::all(&cib, "ocf:postkeeper:postfix");
    }
});
