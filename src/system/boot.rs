//! What the system starts by itself at boot: units of systemd that are wanted, scripts in rcN.d.
//!
//! Read from the files, so that it is known also where systemd does not run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::file;

/// Where systemd looks for units and links, those that win first (systemd.unit(5)).
const UNITS: &[&str] = &[
    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// The settings by which a unit has another one started with it.
const STARTING: &[&str] = &["Wants", "Requires", "BindsTo", "Upholds"];

/// A file of an enabled unit that starts another unit with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub path: PathBuf,
    /// As the file has it, such as `Wants`.
    pub name: String,
    pub unit: String,
}

/// Whether `unit` is that of `service`, or an instance of its template, `service@…`.
fn is_of(unit: &str, service: &str) -> bool {
    let stem = unit.strip_suffix(".service").unwrap_or_default();
    stem == service || stem.strip_prefix(service).is_some_and(|rest| rest.starts_with('@'))
}

/// The links by which `service` is started at boot.
pub fn links(service: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = enabled().filter(|p| is_of(name(p), service)).collect();
    // A script counts only where systemd has no unit of that name.
    if !has(&format!("{service}.service")) {
        let is_start = |p: &PathBuf| {
            name(p).strip_prefix('S').is_some_and(|n| n.trim_start_matches(|c: char| c.is_ascii_digit()) == service)
        };
        found.extend((2..=5).flat_map(|level| entries(Path::new(&format!("/etc/rc{level}.d")))).filter(is_start));
    }
    // /lib is a link to /usr/lib on most systems.
    let mut seen = BTreeSet::new();
    found.retain(|p| seen.insert(p.parent().and_then(|d| d.canonicalize().ok()).map(|d| d.join(name(p)))));
    found
}

/// The links to all units that are started at boot.
fn enabled() -> impl Iterator<Item = PathBuf> {
    let wanted = |directory: &PathBuf| directory.extension().is_some_and(|e| e == "wants" || e == "requires");
    let groups = UNITS.iter().flat_map(|d| entries(Path::new(d))).filter(wanted);
    groups.flat_map(|d| entries(&d)).filter(|link| !is_masked(name(link)))
}

/// Whether there is a unit of that name.
pub fn has(unit: &str) -> bool {
    UNITS.iter().any(|d| Path::new(d).join(unit).exists())
}

/// Whether a unit is started at boot.
pub fn is_enabled(unit: &str) -> bool {
    enabled().any(|link| name(&link) == unit)
}

/// The settings of enabled units, and of the units that those start, by which `service` is started too. No link says so, and to disable
/// `service` does not end it.
pub fn settings(service: &str) -> Vec<Setting> {
    let mut units: Vec<String> = enabled().map(|link| name(&link).to_owned()).collect();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some(unit) = units.pop() {
        if is_of(&unit, service) || is_masked(&unit) || !seen.insert(unit.clone()) {
            continue;
        }
        // Unless it says otherwise, a timer or a socket starts the service of its name.
        let stem = unit.strip_suffix(".timer").or_else(|| unit.strip_suffix(".socket"));
        units.extend(stem.map(|stem| format!("{stem}.service")));
        for path in files(&unit) {
            for (setting, other) in started(&file::read_text(&path)) {
                if is_of(&other, service) && !is_masked(&other) {
                    found.push(Setting { path: path.clone(), name: setting, unit: other });
                } else {
                    units.push(other);
                }
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The file of a unit, or of its template, and its drop-ins.
fn files(unit: &str) -> Vec<PathBuf> {
    let template = unit.split_once('@').zip(unit.rsplit_once('.')).map(|((stem, _), (_, kind))| format!("{stem}@.{kind}"));
    let names: Vec<&str> = [unit].into_iter().chain(template.as_deref()).collect();
    let places = names.iter().flat_map(|name| UNITS.iter().map(move |d| Path::new(d).join(name)));
    let own = places.clone().find(|path| path.is_file());
    let more = places.flat_map(|path| entries(Path::new(&format!("{}.d", path.display()))));
    let more = more.filter(|path| path.extension().is_some_and(|ending| ending == "conf"));
    let mut seen = BTreeSet::new();
    own.into_iter().chain(more).filter(|path| seen.insert(path.canonicalize().ok())).collect()
}

/// The value of a setting of a unit that has one value.
pub fn setting(unit: &str, name: &str) -> Option<String> {
    files(unit).iter().rev().find_map(|path| {
        let text = file::read_text(path);
        let mut pairs = text.lines().rev().filter_map(|line| line.split_once('='));
        pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
    })
}

/// The settings in the text of a unit that start others, and those others. No later line takes one back (systemd.unit(5)).
fn started(text: &str) -> Vec<(String, String)> {
    let text = text.replace("\\\n", " ");
    let pairs = text.lines().filter_map(|line| line.split_once('=')).map(|(name, units)| (name.trim(), units));
    let starting = pairs.filter(|(name, _)| STARTING.contains(name));
    starting.flat_map(|(name, units)| units.split_whitespace().map(move |unit| (name.to_owned(), unit.to_owned()))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_unit_starts_is_read_from_its_text() {
        let text =
            "[Unit]\n# Wants=no.service\nAfter=no.service\nWants = a.service \\\n  b@1.service\nBindsTo=c.service\nWantedBy=no\n";
        let found: Vec<String> = started(text).into_iter().map(|(name, unit)| format!("{name} {unit}")).collect();
        assert_eq!(found, ["Wants a.service", "Wants b@1.service", "BindsTo c.service"]);
    }
}
