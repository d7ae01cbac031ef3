//! What belongs to a release agrees with the version in Cargo.toml.

use std::fs;
use std::path::Path;
use std::process::Command;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_newest_changes_are_those_of_this_version() {
    let changes = read("CHANGELOG.md");
    let heading = changes.lines().find_map(|l| l.strip_prefix("## ")).unwrap();
    assert_eq!(heading.split(' ').next(), Some(env!("CARGO_PKG_VERSION")), "CHANGELOG.md begins with {heading:?}");
}

#[test]
fn the_version_is_written_in_one_place() {
    let manifest = read("Cargo.toml");
    assert_eq!(manifest.lines().filter(|l| l.starts_with("version")).count(), 2, "only workspace.package has one of its own");
    assert!(
        manifest.contains("\nversion.workspace = true\n") && read("tests/lab/Cargo.toml").contains("version.workspace = true")
    );
    for program in [env!("CARGO_BIN_EXE_postkeeper-agent"), env!("CARGO_BIN_EXE_postkeeper")] {
        let argument = if program.ends_with("agent") { "meta-data" } else { "--version" };
        let said = Command::new(program).arg(argument).output().unwrap();
        assert!(String::from_utf8_lossy(&said.stdout).contains(env!("CARGO_PKG_VERSION")), "{program}: {said:?}");
    }
}
