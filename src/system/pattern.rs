//! Extended regular expressions of POSIX, by the C library: those that Pacemaker understands.

use std::ffi::CString;
use std::mem::MaybeUninit;

/// Whether the pattern matches part of `text`. An invalid pattern matches nothing.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (Ok(pattern), Ok(text)) = (CString::new(pattern), CString::new(text)) else { return false };
    let mut compiled = MaybeUninit::<libc::regex_t>::uninit();
    // SAFETY: both strings end with a NUL, and the expression is looked at only when regcomp has made it, and freed once.
    unsafe {
        if libc::regcomp(compiled.as_mut_ptr(), pattern.as_ptr(), libc::REG_EXTENDED | libc::REG_NOSUB) != 0 {
            return false;
        }
        let found = libc::regexec(compiled.as_ptr(), text.as_ptr(), 0, std::ptr::null_mut(), 0) == 0;
        libc::regfree(compiled.as_mut_ptr());
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_as_egrep_has_it() {
        assert!(fits("^mail-(fs|ip)$", "mail-ip") && fits("ail", "mail") && !fits("^ail", "mail"));
        assert!(!fits("(", "("), "no pattern");
        assert!(!fits("a", "a\0b") && !fits("\0", ""), "no text of the C library");
    }
}
