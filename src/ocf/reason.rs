//! The exit reason: the line that pcs status and crm_mon show with a failed action.
//!
//! Pacemaker cuts a reason at 128 bytes, in the middle of a character if need be, and a cut character
//! makes the whole CIB unreadable; `&` empties it in pcs. So: ASCII, no `&`, at most 128 bytes with
//! the prefix, cut between words. The full story goes to the log.

/// The longest line, in bytes.
const LIMIT: usize = 128;

/// The line for a reason, without its newline.
pub fn line(prefix: &str, reason: &str) -> String {
    let plain = |c: char| match c {
        '&' => '+',
        c if c.is_ascii_graphic() || c == ' ' => c,
        c if c.is_ascii() => ' ',
        _ => '?',
    };
    let mut text: String = format!("{prefix}{reason}").chars().map(plain).collect();
    if text.len() > LIMIT {
        let end = LIMIT - 3;
        // A single word (a path) may be longer than the space: then it is cut.
        let blank = text[..end].rfind(' ').filter(|at| *at > LIMIT - 40);
        text.truncate(blank.unwrap_or(end));
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_reasons_end_between_words() {
        let text = line("ocf-exit-reason:", &"seven77 ".repeat(40));
        assert!(text.len() <= LIMIT && text.ends_with("seven77..."), "{text}");
        assert_eq!(line("p:", "caf\u{e9} & co\nx"), "p:caf? + co x");
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_reason_the_line_is_fit_for_the_cib(reason in "\\PC*|[\\x00-\\xff]{0,300}") {
            let text = line("ocf-exit-reason:", &reason);
            proptest::prop_assert!(text.len() <= LIMIT && text.is_ascii());
            proptest::prop_assert!(!text.contains(['&', '\n', '\r', '\0']));
        }
    }
}
