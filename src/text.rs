//! Layer 0: what is said to people. Each sentence of the catalogue (locales/LANGUAGE/admin.ftl, help.ftl and verify.ftl) is a function here,
//! made by build.rs: its arguments are those of the sentence, and it returns a [`Text`]. So is each of the agent (locales/en/agent.ftl),
//! and returns a String.
//!
//! The language is chosen once, by [`speak`], before anything is said. Only the admin tool does; the agent speaks English: Pacemaker
//! cuts a reason at 128 bytes, and a cut character would make the CIB unreadable.

use std::fmt::{self, Display};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Japanese,
}

static IS_JAPANESE: AtomicBool = AtomicBool::new(false);

/// From now on every text is made in that language.
pub fn speak(language: Language) {
    IS_JAPANESE.store(language == Language::Japanese, Ordering::Relaxed);
}

/// In which language texts are made.
pub fn language() -> Language {
    if IS_JAPANESE.load(Ordering::Relaxed) { Language::Japanese } else { Language::English }
}

/// Makes something in English for a program, where people are spoken to in their language.
pub fn in_english<T>(make: impl FnOnce() -> T) -> T {
    let before = language();
    speak(Language::English);
    let made = make();
    speak(before);
    made
}

impl Language {
    /// What the person reads: LC_ALL, LC_MESSAGES or LANG, the first that is set; Japanese when it is that in UTF-8.
    pub fn of_environment() -> Language {
        let named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
        let locale = named.into_iter().find(|value| !value.is_empty());
        if locale.is_some_and(|locale| is_japanese(&locale)) { Language::Japanese } else { Language::English }
    }
}

fn is_japanese(locale: &str) -> bool {
    let lower = locale.to_lowercase();
    (lower == "ja" || lower.starts_with("ja_") || lower.starts_with("ja.")) && lower.replace('-', "").contains("utf8")
}

/// What is said to a person, in that person's language: a sentence of the catalogue, or words that are the same in every
/// language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// What is the same in every language: names, values, commands, and what other programs have said.
    ///
    /// Control characters of what others have said would steer the terminal that it is printed on.
    pub fn verbatim(words: impl Display) -> Text {
        Text(without_control_characters(words.to_string()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The same text with blanks for control characters, except for the ends of lines.
pub fn without_control_characters(text: String) -> String {
    let is_unwanted = |c: char| c.is_control() && c != '\n';
    if text.contains(is_unwanted) { text.replace(is_unwanted, " ") } else { text }
}

/// [`Text::verbatim`] of what `format!` would make.
macro_rules! verbatim {
    ($($argument:tt)*) => { $crate::text::Text::verbatim(format_args!($($argument)*)) };
}
pub(crate) use verbatim;

impl Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl std::error::Error for Text {}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// Names and values, which are the same in every language, one after the other.
pub fn joined(parts: impl IntoIterator<Item: Display>) -> String {
    parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(", ")
}

/// Texts one after the other, as an argument of another.
pub fn list(texts: impl IntoIterator<Item = Text>) -> Text {
    let parts: Vec<String> = texts.into_iter().map(|text| text.0).collect();
    Text(parts.join(match language() {
        Language::English => ", ",
        Language::Japanese => "、",
    }))
}

/// One below the other.
pub fn lines(texts: impl IntoIterator<Item = Text>) -> Text {
    Text(texts.into_iter().map(|text| text.0).collect::<Vec<_>>().join("\n"))
}

/// With an empty line between them.
pub fn paragraphs<const N: usize>(texts: [Text; N]) -> Text {
    Text(texts.map(|text| text.0).join("\n\n"))
}

include!(concat!(env!("OUT_DIR"), "/sentences.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_japanese_in_utf_8_is_japanese() {
        let are: Vec<bool> =
            ["ja_JP.UTF-8", "ja_JP.utf8", "ja.UTF-8", "ja_JP.eucJP", "ja_JP", "C", "jam_JM.UTF-8", "en_US.UTF-8"]
                .map(is_japanese)
                .to_vec();
        assert_eq!(are, [true, true, true, false, false, false, false, false]);
    }
}
