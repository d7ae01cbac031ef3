//! What is said in Japanese: causes and remedies of the messages, the parameters, and all that the admin tool says.
//!
//! Verbs speak English; what they say is translated on its way to the person, line by line, from the table of sentences. What
//! is for programs (JSON, XML, commands) does not come this way. The messages themselves and the agent's reasons stay
//! English and ASCII: Pacemaker cuts a reason at 128 bytes, and a cut character would make the CIB unreadable. The manual
//! pages and docs/messages.ja.md are made from these tables too.

mod sentences;

use self::sentences::{LABELS, SENTENCES, STATES};
use crate::postfix::fault::Message;

/// Whether the person reads Japanese: LC_ALL, LC_MESSAGES or LANG, the first that is set, is Japanese in UTF-8.
pub fn is_wanted() -> bool {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.into_iter().find(|value| !value.is_empty()).is_some_and(|value| is_japanese(&value))
}

fn is_japanese(locale: &str) -> bool {
    let lower = locale.to_lowercase();
    (lower == "ja" || lower.starts_with("ja_") || lower.starts_with("ja.")) && lower.replace('-', "").contains("utf8")
}

/// What is said, in the person's language: a line that the table does not have stays English.
pub fn said(text: &str) -> String {
    if is_wanted() { text.split('\n').map(line).collect::<Vec<_>>().join("\n") } else { text.to_owned() }
}

fn line(text: &str) -> String {
    let sentence = text.trim_start();
    let indent = &text[..text.len() - sentence.len()];
    format!("{indent}{}", list(sentence))
}

fn translated(sentence: &str) -> Option<String> {
    let labelled = LABELS.iter().find_map(|(english, japanese)| Some((japanese, sentence.strip_prefix(english)?)));
    if let Some((label, rest)) = labelled {
        return Some(format!("{label}{}", list(rest)));
    }
    let remedy = Message::ALL.iter().find(|m| m.remedy() == sentence).map(|m| explained(*m).1.to_owned());
    let fitting =
        SENTENCES.iter().chain(STATES).filter_map(|(english, japanese)| Some((english, japanese, named(english, sentence)?)));
    // The one of which most is the sentence itself.
    let best = fitting.max_by_key(|(english, _, named)| english.len() - 2 * named.len());
    remedy.or_else(|| best.map(|(_, japanese, named)| fill(japanese, &named)))
}

/// What stands in the sentence where the table has `{}`.
fn named<'a>(english: &str, sentence: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = english.split("{}");
    let mut rest = sentence.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let end = if is_last { rest.len() - rest.ends_with(part).then_some(part.len())? } else { rest.find(part)? };
        found.push(Some(&rest[..end]).filter(|name| !name.is_empty())?);
        rest = &rest[end + part.len()..];
    }
    rest.is_empty().then_some(found)
}

/// Puts what is named in the place of `{0}`, …; a list of sentences in that of `{0*}`, ….
fn fill(japanese: &str, named: &[&str]) -> String {
    let mut text = String::new();
    let mut pieces = japanese.split('{');
    text.extend(pieces.next());
    for piece in pieces {
        let (place, after) = piece.split_once('}').unwrap_or(("", piece));
        let name = place.trim_end_matches('*').parse().ok().and_then(|at: usize| named.get(at)).copied().unwrap_or_default();
        text.push_str(&if place.ends_with('*') { list(name) } else { name.to_owned() });
        text.push_str(after);
    }
    text
}

fn list(text: &str) -> String {
    let parts = || text.split(", ").map(translated).collect::<Option<Vec<_>>>();
    parts().map(|parts| parts.join("、")).or_else(|| translated(text)).unwrap_or_else(|| text.to_owned())
}

include!(concat!(env!("OUT_DIR"), "/messages.ja.rs"));
include!(concat!(env!("OUT_DIR"), "/parameters.ja.rs"));

/// Cause and remedy of a message.
pub fn explained(message: Message) -> (&'static str, &'static str) {
    let [why, remedy] = japanese_message(message);
    (why, remedy)
}

/// What a parameter of the resource is; None for what is no parameter.
pub fn parameter(name: &str) -> Option<&'static str> {
    japanese_parameter(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocf::parameters::PARAMETERS;

    #[test]
    fn only_japanese_in_utf_8_is_japanese() {
        let are: Vec<bool> =
            ["ja_JP.UTF-8", "ja_JP.utf8", "ja.UTF-8", "ja_JP.eucJP", "ja_JP", "C", "jam_JM.UTF-8", "en_US.UTF-8"]
                .map(is_japanese)
                .to_vec();
        assert_eq!(are, [true, true, true, false, false, false, false, false]);
    }

    #[test]
    fn what_is_named_is_put_where_the_japanese_has_it() {
        let of = |text: &str| translated(text);
        assert_eq!(of("mail is not extended to n2").unwrap(), "mail は n2 へ拡張されていません");
        assert_eq!(
            of("The cluster will: stop a on n1, start a on n2").unwrap(),
            "クラスターの動作: n1 で a を停止、n2 で a を起動"
        );
        assert_eq!(
            of("postkeeper: mail is kept away from n3: it is not among its servers").unwrap(),
            "postkeeper: mail は n3 では動けません: 拡張先のサーバーではありません"
        );
        // What is not known stays as it is, also within a sentence.
        assert_eq!(of("Note: this, and that").unwrap(), "注意: this, and that");
        assert_eq!(of("This is said by nobody"), None);
        assert_eq!(line("  + a {0} runs where b} runs"), "  + a {0} は b} と同じサーバーで動きます");
        assert_eq!(of(Message::QueueFull.remedy()).unwrap(), explained(Message::QueueFull).1);
    }

    /// The sources of the rooms that speak to people, without their tests and this table.
    fn sources() -> String {
        fn read(path: &std::path::Path, text: &mut String) {
            if path.is_dir() && !path.ends_with("japanese") {
                std::fs::read_dir(path).unwrap().for_each(|entry| read(&entry.unwrap().path(), text));
            } else if path.is_file() {
                text.push_str(std::fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap());
            }
        }
        let mut text = String::new();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        ["admin", "cluster", "ocf"].iter().for_each(|room| read(&root.join(room), &mut text));
        // A string that goes on in the next line is one string.
        let mut lines = text.split("\\\n");
        let first = lines.next().unwrap_or_default().to_owned();
        lines.fold(first, |text, more| text + more.trim_start())
    }

    /// The string that a source goes on with, as it is said; its end.
    fn literal(source: &str) -> Option<(String, usize)> {
        let start = source.len() - source.trim_start_matches([' ', '\n', '&']).trim_start_matches("format!(").trim_start().len();
        let inner = source[start..].strip_prefix('"')?;
        let mut text = String::new();
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Some((text, start + at + 2)),
                '\\' => text.push(match chars.next()?.1 {
                    'n' => '\n',
                    other => other,
                }),
                c => text.push(c),
            }
        }
        None
    }

    #[test]
    fn every_sentence_of_the_table_is_said_somewhere() {
        let sources = sources();
        let is_said =
            |piece: &str| sources.contains(piece.replace('"', "\\\"").trim_matches(|c: char| c != '"' && !c.is_alphanumeric()));
        let unsaid: Vec<&str> = SENTENCES.iter().map(|(e, _)| *e).filter(|e| !e.split("{}").all(is_said)).collect();
        assert!(unsaid.is_empty(), "nobody says {unsaid:#?}");
        for (english, japanese) in SENTENCES.iter().chain(STATES) {
            let count = english.matches("{}").count();
            let used = |at: usize| japanese.contains(&format!("{{{at}}}")) || japanese.contains(&format!("{{{at}*}}"));
            assert!((0..count).all(used) && !used(count), "{english:?} and {japanese:?} do not name the same");
        }
    }

    #[test]
    fn every_refusal_and_every_check_is_translated() {
        const SAID_BY: &[&str] = &[
            "Refusal::new(",
            "Refusal::unknown(",
            ".advise(",
            "let what = ",
            "let advice = ",
            "let found = ",
            "notes.push(",
            "notes\n            .push(",
            "remarks.push(",
            "say(",
            "note(",
            "carry_out(",
            "report.section(",
            "report.put(",
            "report.judge(",
            "fine(",
            "warning(",
            "error(",
        ];
        // Commands are the same in every language.
        const COMMANDS: &[&str] = &["chgrp ", "chown ", "pcs ", "semanage ", "systemctl ", "update-rc.d ", "crm_resource "];
        // Their words are too common to be told from those of other programs.
        const VALUES: &[&str] = &["X has X", "X is X", "X names X", "X on X (X)"];
        let sources = sources();
        let (mut checked, mut missing) = (0, std::collections::BTreeSet::new());
        for speaker in SAID_BY {
            for (at, _) in sources.match_indices(speaker) {
                let mut rest = &sources[at + speaker.len()..];
                while let Some((text, end)) = literal(rest) {
                    let mut named = String::new();
                    for (n, piece) in text.split('{').enumerate() {
                        let after = if n == 0 { piece } else { piece.split_once('}').map_or(piece, |(_, after)| after) };
                        named.push_str(if n == 0 { "" } else { "X" });
                        named.push_str(after);
                    }
                    let words =
                        named.split([' ', ':', '(', ')', '=', ',']).any(|w| w.len() > 1 && w.chars().all(char::is_lowercase));
                    if words
                        && !COMMANDS.iter().any(|c| named.starts_with(c))
                        && !VALUES.contains(&named.as_str())
                        && named.contains(' ')
                    {
                        for one in named.split('\n').filter(|l| !["", "X"].contains(&l.trim())) {
                            missing.extend(translated(one.trim_start()).is_none().then(|| text.clone()));
                        }
                        checked += 1;
                    }
                    rest = &rest[end..];
                    let Some(more) = rest.strip_prefix(',') else { break };
                    rest = more;
                }
            }
        }
        assert!(missing.is_empty(), "not translated: {missing:#?}");
        assert!(checked > 200, "only {checked} sentences were found");
    }

    #[test]
    fn everything_is_translated_and_names_what_the_english_names() {
        for p in PARAMETERS {
            assert!(parameter(p.name).is_some_and(|text| p.default.is_none_or(|d| text.contains(d))), "{}", p.name);
        }
        let is_name = |word: &&str| word.contains(['_', '/']) || word.ends_with(".cf");
        for message in Message::ALL {
            let (why, remedy) = explained(*message);
            let words = message.remedy().split([' ', ',', ':', ';', '(', ')', '\'']).map(|w| w.trim_end_matches('.'));
            for word in words.filter(is_name) {
                assert!(remedy.contains(word) || why.contains(word), "{message:?} does not name {word}");
            }
        }
    }
}
