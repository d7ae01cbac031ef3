//! README and the guides say what is true: their tables come from the tables of the code, their commands are those that the tests
//! run, and what they name is there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::host::Host;
use lab::setup;
use postkeeper::ocf::action::OPERATIONS;
use postkeeper::ocf::parameters::PARAMETERS;
use postkeeper::postfix::fault::Message;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// For each file, what stands in it between `<!-- NAME -->` and `<!-- end -->`.
fn generated() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    vec![
        ("README.md", vec![("quick start", indented(&quick_start()))]),
        ("README.ja.md", vec![("quick start", indented(&quick_start()))]),
        (
            "docs/pacemaker.md",
            vec![
                ("pcs", indented(setup::PCS)),
                ("crm", indented(setup::CRM)),
                ("pcs-shared", indented(setup::PCS_SHARED)),
                ("pcs-second", indented(setup::PCS_SECOND)),
            ],
        ),
        ("docs/lifekeeper.md", vec![("verbs", verbs())]),
        ("docs/messages.md", vec![("parameters", parameters()), ("operations", operations()), ("messages", messages())]),
        ("docs/messages.ja.md", vec![("parameters", japanese_parameters()), ("messages", japanese_messages())]),
    ]
}

fn indented(commands: &str) -> String {
    commands.lines().fold(String::new(), |text, line| text + "    " + line + "\n")
}

/// The commands of the tutorial, which tests/docs.rs runs, that add Postfix to a cluster. They ask here.
fn quick_start() -> String {
    let tutorial = read("docs/tutorial.md");
    let boxes = || tutorial.split("\n```sh ").skip(1).filter_map(|b| b.split_once('\n')?.1.split("\n```").next());
    let command = |beginning: &str| {
        let found = boxes().flat_map(str::lines).find(|line| line.starts_with(beginning) && !line.contains("--dry-run"));
        found.unwrap_or_else(|| panic!("the tutorial has no {beginning}")).trim_end_matches(" --yes").to_owned() + "\n"
    };
    [
        "pcs resource create mail-fs", "pcs resource create mail-ip", "pcs constraint colocation add mail-ip",
        "postkeeper create", "postkeeper extend", "postkeeper status",
    ]
    .map(command)
    .concat()
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

fn japanese_parameters() -> String {
    let mut text = "| パラメーター | 説明 | 変更 |\n|---|---|---|\n".to_owned();
    for p in PARAMETERS {
        let change = if p.reloadable { "再起動は不要" } else { "再起動が必要" };
        let long = p.in_japanese();
        let _ = writeln!(text, "| `{}` | {long} | {change} |", p.name);
    }
    text
}

fn japanese_messages() -> String {
    let mut text = "| | メッセージ | 原因 | 対処 |\n|---|---|---|---|\n".to_owned();
    for m in Message::ALL {
        let number = m.number().map_or("".to_owned(), |n| n.to_string());
        let [why, remedy] = m.in_japanese();
        let _ = writeln!(text, "| {number} | {} | {why} | {remedy} |", m.template().replace('<', "\\<"));
    }
    text
}

/// UPDATE_README=1 writes the generated parts anew.
#[test]
fn what_is_generated_is_what_the_code_says() {
    for (file, parts) in generated() {
        let before = read(file);
        let mut after = before.clone();
        for (name, text) in parts {
            let marker = format!("<!-- {name} -->\n");
            let start = after.find(&marker).unwrap_or_else(|| panic!("{file} has no {marker}")) + marker.len();
            let end = start + after[start..].find("<!-- end -->").unwrap_or_else(|| panic!("{name} has no end in {file}"));
            after.replace_range(start..end, &format!("\n{text}\n"));
        }
        if std::env::var_os("UPDATE_README").is_some() {
            fs::write(root().join(file), &after).unwrap();
        } else {
            assert_eq!(before, after, "{file}: run once with UPDATE_README=1");
        }
    }
}

/// What a visitor reads is short, and begins with the two commands that show and prove it.
#[test]
fn readme_is_short() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 200, "README.md has {} lines", readme.lines().count());
    let first_screen: Vec<&str> = readme.lines().take(40).collect();
    for command in ["    make demo ", "    make test "] {
        assert!(first_screen.iter().any(|line| line.starts_with(command)), "{command:?} is not on the first screen of README.md");
    }
}

/// The cells of the table that has this head.
fn table(file: &str, head: &str) -> Vec<Vec<String>> {
    let text = read(file);
    let rest = text.split_once(head).unwrap_or_else(|| panic!("{file} has no table {head}")).1;
    let cells = |l: &str| l.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect();
    rest.lines().skip(2).take_while(|l| l.starts_with('|')).map(cells).collect()
}

/// What README says in short is said in full elsewhere, about the same things.
#[test]
fn the_short_tables_have_the_rows_of_the_long_ones() {
    let first = |rows: Vec<Vec<String>>| rows.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    for head in ["| OCF_CHECK_LEVEL |", "| code | meaning |"] {
        assert_eq!(first(table("README.md", head)), first(table("docs/messages.md", head)), "{head}");
    }
    let head = "| | ocf:postkeeper:postfix |";
    let (short, long) = (table("README.md", head), table("docs/comparison.md", head));
    assert!(short.len() > 3 && short.iter().all(|row| long.contains(row)), "{short:#?} is not of docs/comparison.md");
    let mut named: Vec<String> = table("README.md", "| task | verbs |")
        .iter()
        .flat_map(|row| row[1].split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    named.sort();
    let mut verbs: Vec<String> = postkeeper::admin::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
    verbs.sort();
    assert_eq!(named, verbs);
}

/// README.ja.md leaves no verb out.
#[test]
fn every_verb_is_named_in_japanese() {
    let text = read("README.ja.md");
    for verb in postkeeper::admin::command().get_subcommands().map(|c| c.get_name().to_owned()).filter(|v| v != "show") {
        assert!(text.contains(&format!("postkeeper {verb}")), "README.ja.md does not name {verb}");
    }
}

#[test]
fn the_parameters_that_never_stop_mail_are_those_of_the_code() {
    let tuning: Vec<&str> = PARAMETERS.iter().filter(|p| p.tuning).map(|p| p.name).collect();
    let (last, others) = tuning.split_last().unwrap();
    let sentence = format!("A value of {} or {last} that is not valid", others.join(", "));
    let text = read("docs/messages.md").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&sentence), "docs/messages.md does not say: {sentence}");
}

/// Every field of the JSON, by the schema that its test holds it against, is named where the interface is explained.
#[test]
fn every_field_of_the_interface_is_explained() {
    fn collect(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(object) => {
                let required = object.get("required").and_then(|r| r.as_array()).into_iter().flatten();
                found.extend(required.filter_map(|name| name.as_str().map(str::to_owned)));
                object.values().for_each(|v| collect(v, found));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|v| collect(v, found)),
            _ => {}
        }
    }
    let mut fields = BTreeSet::new();
    collect(&serde_json::from_str(&read("docs/interface.schema.json")).unwrap(), &mut fields);
    let text = read("docs/interface.md");
    let missing: Vec<_> = fields.iter().filter(|field| !text.contains(&format!("`{field}`"))).collect();
    assert!(fields.len() > 40 && missing.is_empty(), "docs/interface.md does not name {missing:?} of {}", fields.len());
}

/// The documents that people read: by their paths in the repository.
fn documents() -> Vec<String> {
    let below = |directory: &str| {
        let names = fs::read_dir(root().join(directory)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let files = names.filter(|name| name.ends_with(".md"));
        files.map(|name| if directory.is_empty() { name } else { format!("{directory}/{name}") }).collect::<Vec<_>>()
    };
    let mut all = below("");
    all.extend(below("docs"));
    assert!(all.len() > 12, "{all:?}");
    all
}

/// The name that GitHub and Cockpit's viewers give to a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The text without its boxes of commands.
fn prose(text: &str) -> String {
    text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// Every link that leads into the repository leads to something; to a heading too.
#[test]
fn every_link_resolves() {
    let mut seen = 0;
    for document in documents() {
        let text = prose(&read(&document));
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            seen += 1;
            let (file, heading) = target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
            let path = if file.is_empty() { root().join(&document) } else { root().join(&document).parent().unwrap().join(file) };
            assert!(path.exists(), "{document}: {target} is not there");
            let has = |heading: &str| {
                prose(&fs::read_to_string(&path).unwrap()).lines().any(|l| l.starts_with('#') && anchor(l) == heading)
            };
            assert!(heading.is_none_or(has), "{document}: {target} is no heading of it");
        }
    }
    assert!(seen > 40, "only {seen} links were found");
}

/// What the documents tell people to run with make is there.
#[test]
fn every_target_of_make_is_there() {
    let makefile = read("Makefile");
    let is_target = |word: &str| makefile.lines().any(|l| l.split(':').next().is_some_and(|t| t.split(' ').any(|t| t == word)));
    for document in documents().iter().filter(|d| *d != "CHANGELOG.md") {
        let text = read(document);
        let named = text.match_indices("make ").filter(|(at, _)| text[..*at].ends_with('`') || text[..*at].ends_with("    "));
        for (at, _) in named {
            let words = text[at + 5..].split(['\n', '`']).next().unwrap_or_default();
            let target = words.split_whitespace().next().unwrap_or_default();
            assert!(target.contains('=') || is_target(target), "{document}: there is no make {target}");
        }
    }
}

/// What is asked for in another release runs there. The machine gets only what makes that release's root (stand-ins for apt, and for
/// what it installs: it makes no root).
#[test]
fn what_runs_in_another_release_changes_nothing_here() {
    let host = Host::boot("fresh").unwrap();
    let stand_ins = "cd /usr/local/sbin; rm -f \"$(command -v mmdebstrap)\"; printf '#!/bin/sh\\necho Candidate: 1\\n' > apt-cache
        printf '#!/bin/sh\\n' > dpkg-query; cp dpkg-query /srv/mmdebstrap; echo exit 1 >> /srv/mmdebstrap; chmod 755 * /srv/mmdebstrap
        printf '#!/bin/sh\\necho \"$*\" >> /srv/apt; [ $1 = update ] || cp /srv/mmdebstrap /usr/local/sbin\\n' > apt-get; chmod 755 apt-get";
    host.sh(stand_ins).unwrap();
    // In a root of another release this checkout is a mount, which a host does not see.
    let checkout = host.root().join("srv/checkout");
    fs::create_dir(&checkout).unwrap();
    let copied = Command::new("cp").args(["-r", "Makefile", "packaging"]).arg(&checkout).current_dir(root()).status().unwrap();
    assert!(copied.success());
    for target in ["demo", "torture", "test"] {
        let script = format!("unset MAKEFLAGS MAKELEVEL MFLAGS; make -C /srv/checkout {target} SUITE=none FAULTS=1 2>&1 || true");
        let said = host.sh(&script).unwrap();
        assert!(said.contains(&format!("in-suite none make {target} ")) && said.contains("no root of none"), "{target}: {said}");
    }
    assert_eq!(host.sh("cat /srv/apt").unwrap().trim(), "update -q\ninstall -q -y --no-install-recommends mmdebstrap");
}

/// The oldest Rust that builds it.
#[test]
fn the_rust_that_it_needs_is_named() {
    let wanted = format!("| to build | Rust {} |", env!("CARGO_PKG_RUST_VERSION"));
    assert!(read("README.md").contains(&wanted), "README.md has no {wanted}");
}

/// The files below a directory that are Rust.
fn sources(directory: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(directory)).unwrap().map(|e| e.unwrap().path());
    entries.filter(|p| p.extension().is_some_and(|e| e == "rs") || p.join("main.rs").exists()).collect()
}

/// CONTRIBUTING names files and directories that are there, and leaves no test and no room out.
#[test]
fn what_contributing_names_is_there() {
    let text = read("CONTRIBUTING.md");
    let below = ["src/", "tests/", "docs/", "packaging/", "cockpit/", "fuzz/", "meta-data/", "ocf/"];
    let paths = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|p| below.iter().any(|b| p.starts_with(b)) && !p.contains([' ', '*']) && !p.contains("NEW"));
    let paths: Vec<&str> = paths.collect();
    for path in &paths {
        let (file, function) = path.split_once("::").map_or((*path, None), |(file, function)| (file, Some(function)));
        assert!(root().join(file).exists(), "CONTRIBUTING.md: {file} is not there");
        if let Some(function) = function {
            let has =
                ["fn", "const", "static", "enum", "struct"].iter().any(|kind| read(file).contains(&format!("{kind} {function}")));
            assert!(has, "CONTRIBUTING.md: {file} has no {function}");
        }
    }
    for test in sources("tests") {
        let path = test.strip_prefix(root()).unwrap().to_str().unwrap();
        assert!(paths.contains(&path), "CONTRIBUTING.md does not name {path}");
    }
    for entry in fs::read_dir(root().join("src")).unwrap().map(|e| e.unwrap().path()) {
        let path = entry.strip_prefix(root()).unwrap().to_str().unwrap();
        let is_program = ["src/bin", "src/lib.rs"].contains(&path);
        assert!(is_program || paths.contains(&path), "CONTRIBUTING.md does not name {path}");
    }
}

/// The releases of Debian that README names, and what docs/support.md calls them.
const RELEASES: &[(&str, &str)] =
    &[("Debian 11", "bullseye"), ("Debian 12", "bookworm"), ("Debian 13", "trixie"), ("Debian unstable", "sid")];

/// README's table of versions has those of docs/support.md, and calls tested only where all has run and nothing has failed.
#[test]
fn the_supported_versions_are_those_that_were_tested() {
    let support = read("docs/support.md");
    let rows: Vec<Vec<&str>> =
        support.lines().filter(|l| l.starts_with("| ")).map(|l| l.split('|').map(str::trim).collect()).collect();
    let column = |suite: &str| rows[0].iter().position(|cell| *cell == suite);
    let cell = |name: &str, at: usize| rows.iter().find(|row| row[1] == name).unwrap_or_else(|| panic!("no row {name}"))[at];
    let is_version =
        |short: &str, long: &str| long.strip_prefix(short).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    let (mut grade, mut seen) = (String::new(), 0);
    for row in table("README.md", "## Supported versions\n\n| | |").into_iter().take_while(|row| row[0] != "RHEL, SUSE") {
        if !row[0].is_empty() {
            grade.clone_from(&row[0]);
        }
        let Some((_, suite)) = RELEASES.iter().find(|(release, _)| row[1].starts_with(release)) else { continue };
        let Some(at) = column(suite) else {
            assert_ne!(grade, "tested", "docs/support.md has no column {suite}");
            continue;
        };
        let is_whole = rows.iter().all(|row| !row[at].contains("FAILED") && row[at] != "not run");
        assert!(grade != "tested" || is_whole, "README.md calls {suite} tested: {}", row[1]);
        let versions =
            row[1].split_once(": ").expect("versions").1.split(", ").filter_map(|v| v.split(':').next()?.split_once(' '));
        for (name, version) in versions.filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit())) {
            let tested = cell(&name.to_lowercase(), at);
            assert!(is_version(version, tested), "README.md has {name} {version} for {suite}, docs/support.md {tested}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen} versions");
    let bookworm = column("bookworm").expect("a column for bookworm");
    let glibc = cell("libc6", bookworm);
    assert!(read("README.md").contains(&format!("| glibc | tested with {glibc}; ")), "{glibc}");
    let compared = format!("resource-agents {}", cell("resource-agents", bookworm).trim_end_matches(".0"));
    for (file, heading) in [("README.md", "## Compared with ocf"), ("docs/comparison.md", "## With ocf")] {
        let text = read(file);
        let section = text.split_once(heading).and_then(|(_, rest)| rest.split("\n## ").next()).expect(heading);
        assert!(section.contains(&compared), "{file} compares with another than {compared}");
    }
}

/// What people are told to run is in the documents, in the sentences of the tool, and in its source.
fn told() -> Vec<PathBuf> {
    fn below(directory: &Path, found: &mut Vec<PathBuf>) {
        for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                below(&path, found);
            } else if path.extension().is_some_and(|e| e == "md" || e == "ftl" || e == "rs") {
                found.push(path);
            }
        }
    }
    let mut files = vec![root().join("README.md"), root().join("README.ja.md")];
    for directory in ["docs", "locales", "src"] {
        below(&root().join(directory), &mut files);
    }
    files
}

/// Nothing that is shown is of a form that pcs has come to warn of; what is run is heard as well (`lab::host`).
#[test]
fn commands_of_pcs_are_such_as_old_and_new_ones_take() {
    let mut seen = 0;
    for file in told() {
        let text = fs::read_to_string(&file).unwrap();
        let begins = |at: &usize| !text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric() || "-_/".contains(c));
        for at in text.match_indices("pcs ").map(|(at, _)| at).filter(begins) {
            seen += 1;
            let command = text[at + 4..].split(['\n', '`', ';', '&', '|', '"', '\'']).next().unwrap_or_default();
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
                // On the cluster itself; of a file (-f, before these words) it is the way to delete what is in use.
                ["resource", "delete" | "remove", rest @ ..] => rest.contains(&"--force"),
                ["constraint", "location", "add", rest @ ..] => rest.len() > 3 && !rest[3].contains('='),
                ["constraint", "location", _, "rule", rest @ ..] => rest.iter().filter(|word| !word.contains('=')).count() > 1,
                _ => false,
            };
            assert!(!is_old, "{}: pcs {command}", file.display());
        }
    }
    assert!(seen > 50, "{seen} commands");
}
