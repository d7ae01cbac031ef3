//! The structure that CONTRIBUTING.md promises: layers without import cycles, system calls in one place, sentences in the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module by its path in the crate: `postfix::memory`; its text without unit tests.
type Sources = BTreeMap<String, String>;

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Sources::new();
    let mut waiting = vec![root.clone()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            found.insert(module_of(path.strip_prefix(&root).unwrap()), without_comments(code));
        }
    }
    found
}

fn module_of(file: &Path) -> String {
    let path: PathBuf = if file.ends_with("mod.rs") { file.parent().unwrap().to_owned() } else { file.with_extension("") };
    path.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("::")
}

fn without_comments(code: &str) -> String {
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The table of layers in CONTRIBUTING.md.
fn layers() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let layer = cells.get(1)?.parse().ok()?;
        let module = cells.get(2)?.trim_matches('`').strip_prefix("src/")?.trim_end_matches(".rs");
        Some((module.to_owned(), layer))
    };
    text.lines().filter_map(row).collect()
}

/// Every path that begins with `crate`, `super` or `self`, as segments; `{…}` of a `use` is taken apart.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let is_inside = code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'));
            if !is_inside {
                take_apart(&code[at..], &[], &mut found);
            }
        }
    }
    found
}

/// Reads one path, and all that its braces hold; how long it was.
fn take_apart(code: &str, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        let rest = &code[at..];
        if rest.starts_with('{') {
            at += 1;
            while !code[at..].starts_with('}') {
                let used = take_apart(&code[at..], &path, found);
                // Blanks, commas, `as` and what follows it.
                at += used.max(1);
            }
            return at + 1;
        }
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if length > 0 {
            path.push(rest[..length].to_owned());
        }
        at += length;
        if length == 0 || !code[at..].starts_with("::") {
            if path.len() > before.len() {
                found.push(path);
            }
            return at;
        }
        at += 2;
    }
}

/// The modules that each module names, other than its own children and parents.
fn imports(sources: &Sources) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for (module, code) in sources {
        let own: Vec<&str> = module.split("::").collect();
        let mut named = BTreeSet::new();
        for path in paths(code) {
            let mut place: Vec<&str> = Vec::new();
            for (index, segment) in path.iter().enumerate() {
                match segment.as_str() {
                    "crate" => {}
                    "self" if index == 0 => place.clone_from(&own),
                    "self" => {}
                    "super" if index == 0 => place = own[..own.len() - 1].to_vec(),
                    "super" => drop(place.pop()),
                    name => place.push(name),
                }
            }
            let target = (1..=place.len()).rev().map(|n| place[..n].join("::")).find(|name| sources.contains_key(name));
            named.extend(target.filter(|name| name != module));
        }
        all.insert(module.clone(), named);
    }
    all
}

fn top_module(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}

#[test]
fn every_module_uses_only_modules_of_lower_layers() {
    let (sources, layers) = (sources(), layers());
    let layer =
        |module: &str| *layers.get(top_module(module)).unwrap_or_else(|| panic!("CONTRIBUTING.md has no layer for {module}"));
    let is_layered = |module: &&String| !matches!(top_module(module), "lib" | "bin");
    for (module, named) in imports(&sources).iter().filter(|(module, _)| is_layered(module)) {
        for other in named.iter().filter(|other| top_module(other) != top_module(module)) {
            assert!(layer(other) < layer(module), "src/{module} (layer {}) uses {other}", layer(module));
        }
    }
}

#[test]
fn no_two_modules_need_each_other() {
    let imports = imports(&sources());
    // What a directory's own module and its children have in common is one thing.
    let is_family = |a: &str, b: &str| a.starts_with(&format!("{b}::")) || b.starts_with(&format!("{a}::"));
    let reaches = |from: &str, to: &str| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(module) = waiting.pop() {
            for next in imports.get(module).into_iter().flatten().filter(|next| !is_family(module, next)) {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    waiting.push(next);
                }
            }
        }
        false
    };
    let circles: Vec<&String> = imports.keys().filter(|module| reaches(module, module)).collect();
    assert!(circles.is_empty(), "in a circle of imports: {circles:?}");
}

#[test]
fn system_calls_and_proc_are_reached_through_system_alone() {
    for (module, code) in sources().iter().filter(|(module, _)| top_module(module) != "system") {
        for word in ["unsafe", "nix::", "rustix::", "libc::", "\"/proc/"] {
            let is_word = |(at, _): &(usize, &str)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            assert!(
                !code.match_indices(word).any(|found| is_word(&found)),
                "src/{module} has {word}: it belongs into src/system"
            );
        }
    }
}

/// What is no sentence for people: commands, names in JSON, what is looked for in the output of other programs.
const NO_SENTENCES: &[&str] = &[
    "pcs resource create mail-fs ocf:heartbeat:Filesystem device={device} directory={directory} fstype={kind}",
    "pcs resource create mail-ip ocf:heartbeat:IPaddr2 ip={address}",
    "depends on resources:",
    "out of service",
    "not in service",
    "pcs resource enable {}",
    "pcs resource op add {} monitor {options}",
    "echo 'alias /var/spool/postfix/ -> {}/,' >> /etc/apparmor.d/tunables/alias && systemctl reload apparmor",
    "numeric id of mail_owner ",
    "numeric id of setgid_group ",
    "file opened for ",
    "integrity check failed",
    "mail system startup failed",
    "Too many open files",
    "error while loading shared libraries",
    "daemon initialization failure",
];

/// The literals of a line, but for what a panic would say.
fn literals(line: &str) -> Vec<String> {
    if line.contains("expect(") || line.contains("unreachable!(") {
        return Vec::new();
    }
    let plain = line.replace("\\\"", "").replace("'\"'", "");
    plain.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether three words of small letters follow one another.
fn is_sentence(literal: &str) -> bool {
    let is_word =
        |word: &&str| !word.is_empty() && word.trim_end_matches([',', ':', '.']).chars().all(|c| c.is_ascii_lowercase());
    literal.split(' ').collect::<Vec<_>>().windows(3).any(|words| words.iter().all(is_word))
}

#[test]
fn no_sentence_is_in_the_source() {
    let sources = sources();
    let all = sources.iter().flat_map(|(module, code)| code.lines().flat_map(literals).map(move |literal| (module, literal)));
    let (known, sentences): (Vec<_>, Vec<_>) =
        all.filter(|(_, literal)| is_sentence(literal)).partition(|(_, literal)| NO_SENTENCES.contains(&literal.as_str()));
    assert!(sentences.is_empty(), "these belong into locales: {sentences:#?}");
    let unused: Vec<_> = NO_SENTENCES.iter().filter(|words| known.iter().all(|(_, literal)| literal != *words)).collect();
    assert!(unused.is_empty(), "no source has {unused:?}");
}

#[test]
fn paths_are_read_as_rust_reads_them() {
    let read = |code: &str| paths(code).iter().map(|path| path.join("::")).collect::<BTreeSet<_>>();
    let nested = read("use crate::a::{self, b, c::{d, E as F}};");
    for expected in ["crate::a::self", "crate::a::b", "crate::a::c::d", "crate::a::c::E"] {
        assert!(nested.contains(expected), "{expected} is not among {nested:?}");
    }
    assert_eq!(read("let x = super::act::run(y);"), ["super::act::run".to_owned()].into());
    assert_eq!(read("my_super::thing()"), BTreeSet::new());
}
