//! README says what is true: its tables come from the tables of the code, its commands are those that the tests run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use lab::setup;
use postkeeper::admin::japanese;
use postkeeper::ocf::action::OPERATIONS;
use postkeeper::ocf::parameters::PARAMETERS;
use postkeeper::postfix::fault::Message;

/// What stands between `<!-- NAME -->` and `<!-- end -->`.
fn generated() -> Vec<(&'static str, String)> {
    vec![
        ("pcs", indented(setup::PCS)),
        ("crm", indented(setup::CRM)),
        ("pcs-shared", indented(setup::PCS_SHARED)),
        ("pcs-second", indented(setup::PCS_SECOND)),
        ("verbs", verbs()),
        ("parameters", parameters()),
        ("operations", operations()),
        ("messages", messages()),
    ]
}

fn indented(commands: &str) -> String {
    commands.lines().fold(String::new(), |text, line| text + "    " + line + "\n")
}

fn parameters() -> String {
    let mut text = "| parameter | what it is | a change needs |\n|---|---|---|\n".to_owned();
    for p in PARAMETERS {
        let change = if p.reloadable { "no restart" } else { "a restart" };
        let _ = writeln!(text, "| `{}` | {} | {change} |", p.name, p.long);
    }
    text
}

fn verbs() -> String {
    let mut text = "| verb | what it does |\n|---|---|\n".to_owned();
    for verb in postkeeper::admin::command().get_subcommands() {
        let _ = writeln!(
            text,
            "| `postkeeper {}` | {} |",
            verb.get_name(),
            verb.get_about().map(ToString::to_string).unwrap_or_default()
        );
    }
    text
}

fn operations() -> String {
    let mut text = "| operation | interval | timeout | OCF_CHECK_LEVEL |\n|---|---|---|---|\n".to_owned();
    for o in OPERATIONS {
        let interval = o.interval.map_or("".to_owned(), |n| format!("{n} s"));
        let depth = o.depth.map_or("".to_owned(), |n| n.to_string());
        let _ = writeln!(text, "| {} | {interval} | {} s | {depth} |", o.action.name(), o.timeout);
    }
    text
}

fn messages() -> String {
    let mut text = "| | message | why | what to do |\n|---|---|---|---|\n".to_owned();
    for m in Message::ALL {
        let number = m.number().map_or("".to_owned(), |n| n.to_string());
        let shown = m.template().replace('<', "\\<");
        let _ = writeln!(text, "| {number} | {shown} | {} | {} |", m.why(), m.remedy());
    }
    text
}

/// The same of README.ja.md.
fn japanese() -> Vec<(&'static str, String)> {
    let mut parameters = "| パラメーター | 説明 | 変更 |\n|---|---|---|\n".to_owned();
    for p in PARAMETERS {
        let change = if p.reloadable { "再起動は不要" } else { "再起動が必要" };
        let text = japanese::parameter(p.name).unwrap_or_else(|| panic!("{} is not translated", p.name));
        let _ = writeln!(parameters, "| `{}` | {text} | {change} |", p.name);
    }
    let mut messages = "| | メッセージ | 原因 | 対処 |\n|---|---|---|---|\n".to_owned();
    for m in Message::ALL {
        let number = m.number().map_or("".to_owned(), |n| n.to_string());
        let (why, remedy) = japanese::explained(*m);
        let _ = writeln!(messages, "| {number} | {} | {why} | {remedy} |", m.template().replace('<', "\\<"));
    }
    vec![("pcs", indented(setup::PCS)), ("parameters", parameters), ("messages", messages)]
}

/// UPDATE_README=1 writes the generated parts anew.
#[test]
fn what_is_generated_is_what_the_code_says() {
    for (file, parts) in [("README.md", generated()), ("README.ja.md", japanese())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let before = fs::read_to_string(&path).unwrap();
        let mut after = before.clone();
        for (name, text) in parts {
            let marker = format!("<!-- {name} -->\n");
            let start = after.find(&marker).unwrap_or_else(|| panic!("{file} has no {marker}")) + marker.len();
            let end = start + after[start..].find("<!-- end -->").unwrap_or_else(|| panic!("{name} has no end in {file}"));
            after.replace_range(start..end, &format!("\n{text}\n"));
        }
        if std::env::var_os("UPDATE_README").is_some() {
            fs::write(&path, &after).unwrap();
        } else {
            assert_eq!(before, after, "run once with UPDATE_README=1");
        }
    }
}

/// README.ja.md leaves no verb out.
#[test]
fn every_verb_is_named_in_japanese() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.ja.md")).unwrap();
    for verb in postkeeper::admin::command().get_subcommands().map(|c| c.get_name().to_owned()).filter(|v| v != "show") {
        assert!(text.contains(&format!("postkeeper {verb}")), "README.ja.md does not name {verb}");
    }
}

/// Nothing that is shown is of a form that pcs has come to warn of; what is run is heard as well (`lab::host`).
#[test]
fn commands_of_pcs_are_such_as_old_and_new_ones_take() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let files =
        docs.chain([root.join("README.md"), root.join("README.ja.md")]).filter(|p| p.extension().is_some_and(|e| e == "md"));
    let mut seen = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for command in text.split(['\n', '`', ';', '&', '|']).filter_map(|part| part.trim().strip_prefix("pcs ")) {
            seen += 1;
            let words: Vec<&str> = command.split_whitespace().collect();
            let is_old = match words.as_slice() {
                ["resource", "create", rest @ ..] => {
                    rest.iter().any(|word| ["--group", "--before", "--after", "--wait"].contains(word))
                }
                // Roles and resources stand there, and then only what has a name.
                ["constraint", "colocation", "add", rest @ ..] => {
                    let with = rest.iter().position(|word| *word == "with").unwrap();
                    rest[with + 1..].iter().filter(|word| !word.contains('=')).count() > 2
                        || rest
                            .last()
                            .is_some_and(|word| word.parse::<f64>().is_ok() || word.ends_with("INFINITY") && !word.contains('='))
                }
                ["constraint", "location", "add", rest @ ..] => rest.len() > 3 && !rest[3].contains('='),
                ["constraint", "location", _, "rule", rest @ ..] => rest.iter().filter(|word| !word.contains('=')).count() > 1,
                _ => false,
            };
            assert!(!is_old, "{}: pcs {command}", file.display());
        }
    }
    assert!(seen > 50, "{seen} commands");
}
