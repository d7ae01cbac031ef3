//! Turns the catalogue of texts, locales/LANGUAGE/FILE.ftl, into Rust, so that a program that starts every few seconds parses
//! nothing (fluent-bundle would parse at run time): constant strings, and a function for each sentence, with its arguments. An
//! entry or an argument that one language lacks does not build; one that nothing uses is reported as dead code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement};
use fluent_syntax::parser;

/// An entry: its value under "", its attributes under their names.
type Texts = BTreeMap<String, String>;

/// The attributes that an entry of each file has, in the order in which the code gets them; "" is the value.
const FILES: &[(&str, &[&str], &[&str])] =
    &[("messages", &["", "why", "remedy"], &["why", "remedy"]), ("parameters", &["", "long"], &["long"])];

/// The files of sentences (messages with arguments and without attributes), and their languages. The agent speaks English alone.
const SENTENCES: &[(&str, &[&str])] =
    &[("admin", &["en", "ja"]), ("agent", &["en"]), ("help", &["en", "ja"]), ("verify", &["en", "ja"])];

fn main() {
    // What unwinds the stack, which the standard library names, comes from the static half of gcc's library where the linker finds it
    // first (rust-lld does): to load libgcc_s.so.1 and bind it costs an eighth of what starting a program takes. A linker that
    // does not gets it from libgcc_s.so.1 as ever.
    println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    println!("cargo::rerun-if-changed=locales");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    for (file, english_parts, japanese_parts) in FILES {
        let (english, japanese) = (read("en", file, english_parts), read("ja", file, japanese_parts));
        let ids = |catalogue: &BTreeMap<String, Texts>| catalogue.keys().cloned().collect::<Vec<_>>();
        assert_eq!(ids(&english), ids(&japanese), "locales/en/{file}.ftl and locales/ja/{file}.ftl have other entries");
        let code = match *file {
            "messages" => [
                variants(file) + &matches(&english, english_parts, "english"),
                matches(&japanese, japanese_parts, "japanese_message"),
            ],
            _ => [constants(&english, english_parts), lookup(&japanese, "long")],
        };
        for (language, code) in ["en", "ja"].into_iter().zip(code) {
            fs::write(Path::new(&out).join(format!("{file}.{language}.rs")), code).expect("OUT_DIR can be written");
        }
    }
    let code: String = SENTENCES.iter().map(|(file, languages)| functions(file, languages)).collect();
    fs::write(Path::new(&out).join("sentences.rs"), code).expect("OUT_DIR can be written");
}

/// The entries of a file in its order, each made by `make` of its place (for errors) and what Fluent has read.
fn entries<T>(language: &str, file: &str, make: impl Fn(&str, &Message<&str>) -> T) -> Vec<(String, T)> {
    let path = format!("locales/{language}/{file}.ftl");
    let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let resource = parser::parse(source.as_str()).unwrap_or_else(|(_, errors)| panic!("{path}: {errors:?}"));
    let mut catalogue: Vec<(String, T)> = Vec::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let place = format!("{path}: {}", message.id.name);
        assert!(catalogue.iter().all(|(id, _)| id != message.id.name), "{place} is there twice");
        catalogue.push((message.id.name.to_owned(), make(&place, &message)));
    }
    catalogue
}

fn read(language: &str, file: &str, parts: &[&str]) -> BTreeMap<String, Texts> {
    let mut expected: Vec<&str> = parts.to_vec();
    expected.sort_unstable();
    entries(language, file, |place, message| {
        let mut texts = Texts::new();
        texts.extend(message.value.as_ref().map(|value| (String::new(), text(place, value))));
        texts.extend(message.attributes.iter().map(|a| (a.id.name.to_owned(), text(place, &a.value))));
        assert!(texts.keys().eq(expected.iter()), "{place} has {:?}, expected {expected:?}", texts.keys());
        texts
    })
    .into_iter()
    .collect()
}

/// These texts have no arguments: what varies follows them, or stands in angle brackets.
fn text(place: &str, pattern: &Pattern<&str>) -> String {
    let piece = |element: &PatternElement<&str>| match element {
        PatternElement::TextElement { value } => value.to_string(),
        PatternElement::Placeable { .. } => panic!("{place} has an argument"),
    };
    let all: String = pattern.elements.iter().map(piece).collect();
    all.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
}

/// `no-config-path` as a variant: `NoConfigPath`.
fn variant(id: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    id.split('-').map(capital).collect()
}

/// Message and the list of all, in the order of the file.
fn variants(file: &str) -> String {
    let names: Vec<String> = entries("en", file, |_, _| ()).iter().map(|(id, ())| variant(id)).collect();
    let all = names.iter().map(|name| format!("Message::{name}, ")).collect::<String>();
    format!(
        "/// A kind of fault.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]\npub enum Message {{ {} }}\n\
         impl Message {{\n    /// Every message, those of the kit first.\n    pub const ALL: &'static [Message] = &[{all}];\n}}\n",
        names.join(", ")
    )
}

fn list(texts: &Texts, parts: &[&str]) -> String {
    parts.iter().map(|part| format!("{:?}, ", texts[*part])).collect()
}

/// A function from Message to its texts, which does not compile when a variant has none.
fn matches(catalogue: &BTreeMap<String, Texts>, parts: &[&str], name: &str) -> String {
    let mut code = format!("const fn {name}(message: Message) -> [&'static str; {}] {{\n    match message {{\n", parts.len());
    for (id, texts) in catalogue {
        let _ = writeln!(code, "        Message::{} => [{}],", variant(id), list(texts, parts));
    }
    code + "    }\n}\n"
}

/// A constant for each entry, which is reported when nothing uses it.
fn constants(catalogue: &BTreeMap<String, Texts>, parts: &[&str]) -> String {
    let constant = |(id, texts): (&String, &Texts)| {
        let name = id.replace('-', "_").to_uppercase();
        format!("pub(super) const {name}: [&str; {}] = [{}];\n", parts.len(), list(texts, parts))
    };
    catalogue.iter().map(constant).collect()
}

/// A function from the name of an entry to one of its texts.
fn lookup(catalogue: &BTreeMap<String, Texts>, part: &str) -> String {
    let arm = |(id, texts): (&String, &Texts)| format!("        {:?} => {:?},\n", id.replace('-', "_"), texts[part]);
    let arms: String = catalogue.iter().map(arm).collect();
    format!(
        "pub(super) fn japanese_parameter(name: &str) -> Option<&'static str> {{\n    Some(match name {{\n{arms}        _ => return None,\n    }})\n}}\n"
    )
}

/// A sentence as a format string of Rust.
struct Sentence {
    format: String,
    /// In the order in which they are first named.
    arguments: Vec<String>,
}

fn sentences(language: &str, file: &str) -> BTreeMap<String, Sentence> {
    entries(language, file, |place, message| {
        assert!(message.attributes.is_empty(), "{place} has attributes");
        sentence(place, message.value.as_ref().unwrap_or_else(|| panic!("{place} has no text")))
    })
    .into_iter()
    .collect()
}

fn sentence(place: &str, pattern: &Pattern<&str>) -> Sentence {
    let mut sentence = Sentence { format: String::new(), arguments: Vec::new() };
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => {
                sentence.format.push_str(&value.replace('{', "{{").replace('}', "}}"));
            }
            PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
                let name = id.name.replace('-', "_");
                let _ = write!(sentence.format, "{{{name}}}");
                if !sentence.arguments.contains(&name) {
                    sentence.arguments.push(name);
                }
            }
            PatternElement::Placeable { expression: Expression::Inline(InlineExpression::StringLiteral { value }) } => {
                sentence.format.push_str(&value.replace('{', "{{").replace('}', "}}"));
            }
            PatternElement::Placeable { .. } => panic!("{place} has something other than text and arguments"),
        }
    }
    sentence
}

/// A function for each sentence, whose arguments are those of the sentence. It returns a Text, a String where there is only English.
fn functions(file: &str, languages: &[&str]) -> String {
    let english = sentences("en", file);
    let japanese = languages.contains(&"ja").then(|| sentences("ja", file));
    if let Some(japanese) = &japanese {
        let ids = |catalogue: &BTreeMap<String, Sentence>| catalogue.keys().cloned().collect::<BTreeSet<_>>();
        let missing: Vec<String> = ids(&english).symmetric_difference(&ids(japanese)).cloned().collect();
        assert!(missing.is_empty(), "only one of locales/en/{file}.ftl and locales/ja/{file}.ftl has {missing:?}");
    }
    let mut code = String::new();
    for (id, en) in &english {
        let set = |sentence: &Sentence| sentence.arguments.iter().cloned().collect::<BTreeSet<_>>();
        let arguments: Vec<String> = en.arguments.iter().map(|name| format!("{name}: impl Display")).collect();
        let (kind, body) = match japanese.as_ref().map(|japanese| &japanese[id]) {
            None => ("String", format!("    format_args!({:?}).to_string()\n", en.format)),
            Some(ja) => {
                assert_eq!(set(en), set(ja), "the arguments of {id} in locales/ja/{file}.ftl differ from the English ones");
                let arm = |language: &str, sentence: &Sentence| {
                    format!("        Language::{language} => Text::verbatim(format_args!({:?})),\n", sentence.format)
                };
                ("Text", format!("    match language() {{\n{}{}    }}\n", arm("English", en), arm("Japanese", ja)))
            }
        };
        let (name, arguments) = (id.replace('-', "_"), arguments.join(", "));
        let _ = writeln!(code, "#[doc = {:?}]\npub(crate) fn {name}({arguments}) -> {kind} {{\n{body}}}", en.format);
    }
    code
}
