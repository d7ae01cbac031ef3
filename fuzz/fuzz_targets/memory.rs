//! The remembered facts: what is read is written in the same way again.
#![no_main]

use postkeeper::postfix::memory::Memory;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(memory) = serde_json::from_slice::<Memory>(bytes) {
        let written = serde_json::to_vec(&memory).unwrap();
        assert!(serde_json::from_slice::<Memory>(&written).unwrap() == memory);
    }
});
