//! What the system starts by itself at boot: units of systemd that are wanted, scripts in rcN.d.
//!
//! Read from the files, so that it is known also where systemd does not run.

use std::fs;
use std::path::{Path, PathBuf};

/// Where systemd looks for units and links, those that win first (systemd.unit(5)).
const UNITS: &[&str] = &[
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// The links by which `service` (or an instance of its template, `service@…`) is started at boot.
pub fn links(service: &str) -> Vec<PathBuf> {
    let is_it = |name: &str| {
        let stem = name.strip_suffix(".service").unwrap_or_default();
        stem == service || stem.strip_prefix(service).is_some_and(|rest| rest.starts_with('@'))
    };
    let wanted = |directory: &Path| directory.extension().is_some_and(|e| e == "wants" || e == "requires");
    let groups = UNITS.iter().flat_map(|d| entries(Path::new(d))).filter(|d| wanted(d));
    let found = groups.flat_map(|d| entries(&d)).filter(|p| is_it(name(p)) && !is_masked(name(p)));
    let mut found: Vec<PathBuf> = found.collect();
    // A script counts only where systemd has no unit of that name.
    if !UNITS.iter().any(|d| Path::new(d).join(format!("{service}.service")).exists()) {
        let is_start = |p: &PathBuf| {
            name(p).strip_prefix('S').is_some_and(|n| n.trim_start_matches(|c: char| c.is_ascii_digit()) == service)
        };
        found.extend((2..=5).flat_map(|level| entries(Path::new(&format!("/etc/rc{level}.d")))).filter(is_start));
    }
    // /lib is a link to /usr/lib on most systems.
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|p| seen.insert(p.parent().and_then(|d| d.canonicalize().ok()).map(|d| d.join(name(p)))));
    found
}

fn is_masked(unit: &str) -> bool {
    UNITS[..2].iter().any(|d| fs::read_link(Path::new(d).join(unit)).is_ok_and(|target| target == Path::new("/dev/null")))
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(directory).into_iter().flatten().flatten().map(|e| e.path()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|n| n.to_str()).unwrap_or_default()
}
