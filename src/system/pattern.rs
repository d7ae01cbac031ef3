//! Extended regular expressions of POSIX, by the C library: those that Pacemaker understands.

use std::ffi::CString;
use std::mem::MaybeUninit;

/// Whether the pattern matches part of `text`; None when it is no pattern.
pub fn fits(pattern: &str, text: &str) -> Option<bool> {
    let (pattern, text) = (CString::new(pattern).ok()?, CString::new(text).ok()?);
    let mut compiled = MaybeUninit::<libc::regex_t>::uninit();
    // SAFETY: both strings end with a NUL, and the expression is looked at only when regcomp has made it, and freed once.
    unsafe {
        if libc::regcomp(compiled.as_mut_ptr(), pattern.as_ptr(), libc::REG_EXTENDED | libc::REG_NOSUB) != 0 {
            return None;
        }
        let found = libc::regexec(compiled.as_ptr(), text.as_ptr(), 0, std::ptr::null_mut(), 0) == 0;
        libc::regfree(compiled.as_mut_ptr());
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_as_egrep_has_it() {
        let found = [("^mail-(fs|ip)$", "mail-ip"), ("ail", "mail"), ("^ail", "mail")].map(|(pattern, text)| fits(pattern, text));
        assert_eq!(found, [Some(true), Some(true), Some(false)]);
        assert_eq!(fits("(", "("), None, "no pattern");
        assert_eq!((fits("a", "a\0b"), fits("\0", "")), (None, None), "no text of the C library");
    }
}
