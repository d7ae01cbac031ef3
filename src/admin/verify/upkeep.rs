//! Programs that restart others on their own when the system is updated. Postfix is started by the cluster, so that to needrestart it is part of
//! pacemaker.service: a new library of Postfix's has it restart the cluster.

use std::path::Path;

use super::report::{Report, fine, warning};
use crate::system::file;
use crate::text::{self, Text};

/// Larger than any of these files.
const LARGEST: u64 = 1 << 20;

pub fn examine(report: &mut Report) {
    report.section(text::updates());
    restarts(report);
    upgrades(report);
}

/// The lines of a file and of those in a directory, in the order that counts, without comments.
fn lines(file: &str, directory: &str, ending: &str, comments: &[&str]) -> Vec<String> {
    let mut paths = vec![Path::new(file).to_owned()];
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten().map(|e| e.path());
    let mut more: Vec<_> = entries.filter(|p| ending.is_empty() || p.extension().is_some_and(|e| e == ending)).collect();
    more.sort();
    paths.append(&mut more);
    let texts = paths.iter().filter_map(|path| file::read_start(path, LARGEST).ok());
    let is_comment = |line: &str| comments.iter().any(|mark| line.starts_with(mark));
    let all = texts.flat_map(|text| String::from_utf8_lossy(&text).lines().map(|l| l.trim().to_owned()).collect::<Vec<_>>());
    all.filter(|line| !line.is_empty() && !is_comment(line)).collect()
}

fn restarts(report: &mut Report) {
    let (check, wanted) = (text::needrestart(), text::exception_for_pacemaker_and_corosync());
    if !Path::new("/usr/sbin/needrestart").exists() {
        return report.put(check, wanted, fine(text::not_installed()));
    }
    let lines = lines("/etc/needrestart/needrestart.conf", "/etc/needrestart/conf.d", "conf", &["#"]);
    let left: Vec<&str> = ["pacemaker", "corosync"].into_iter().filter(|service| !is_spared(&lines, service)).collect();
    let verdict = if only_lists(&lines) {
        fine(text::it_lists_and_restarts_nothing())
    } else if left.is_empty() {
        fine(text::pacemaker_and_corosync_are_left_alone())
    } else {
        warning(
            text::it_may_restart(left.join(" and ")),
            Text::verbatim(
                "echo '$nrconf{override_rc}{qr(^(pacemaker|corosync|sbd))} = 0;' > /etc/needrestart/conf.d/cluster.conf",
            ),
        )
    };
    report.put(check, wanted, verdict);
}

/// Whether a rule says that a service is not to be restarted: `qr(^corosync) => 0,` or `… = 0;`.
fn is_spared(lines: &[String], service: &str) -> bool {
    lines.iter().any(|line| line.contains(service) && line.trim_end_matches([';', ',']).trim_end().ends_with('0'))
}

/// The last word of `$nrconf{restart}` counts: l lists, i asks, a restarts.
fn only_lists(lines: &[String]) -> bool {
    let last = lines.iter().rev().find_map(|line| line.strip_prefix("$nrconf{restart}"));
    last.is_some_and(|value| value.trim_matches([' ', '=', ';']).trim_matches(['\'', '"']) == "l")
}

fn upgrades(report: &mut Report) {
    let (check, wanted) = (text::automatic_upgrades(), text::none_of_postfix_and_the_cluster());
    let lines = lines("/etc/apt/apt.conf", "/etc/apt/apt.conf.d", "", &["//", "#"]);
    let last = lines.iter().rev().find_map(|line| value(line, "APT::Periodic::Unattended-Upgrade"));
    let is_on = Path::new("/usr/bin/unattended-upgrade").exists() && last.is_some_and(|value| value != "0");
    let left_out = blacklist(&lines);
    let left: Vec<&str> =
        ["postfix", "pacemaker", "corosync"].into_iter().filter(|package| !left_out.contains(package)).collect();
    let verdict = if !is_on {
        fine(text::off())
    } else if left.is_empty() {
        fine(text::on_without_postfix_and_the_cluster())
    } else {
        warning(text::unattended_upgrades_is_on(left.join(", ")), text::upgrade_one_server_after_the_other())
    };
    report.put(check, wanted, verdict);
}

/// The value in `NAME "value";`.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.strip_prefix(name)?.trim().trim_end_matches(';').trim().strip_prefix('"')?.strip_suffix('"')
}

/// All words of the list of packages that are not upgraded.
fn blacklist(lines: &[String]) -> String {
    let begin = lines.iter().skip_while(|line| !line.contains("Unattended-Upgrade::Package-Blacklist"));
    let mut found = String::new();
    for line in begin {
        found.push_str(line);
        if line.contains('}') {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn an_exception_of_needrestart_is_known() {
        let text = "$nrconf{override_rc} = {\nqr(^dbus) => 0,\nqr(^corosync) => 0,\nqr(^pacemaker) => 1,\n};";
        assert!(is_spared(&lines(text), "corosync") && !is_spared(&lines(text), "pacemaker"));
        let both = lines("$nrconf{override_rc}{qr(^(pacemaker|corosync|sbd))} = 0;");
        assert!(is_spared(&both, "corosync") && is_spared(&both, "pacemaker"));
        assert!(
            only_lists(&lines("$nrconf{restart} = 'a';\n$nrconf{restart} = 'l';"))
                && !only_lists(&lines("$nrconf{restart} = 'a';"))
        );
    }

    #[test]
    fn the_list_of_packages_that_are_not_upgraded_is_known() {
        let text = "Unattended-Upgrade::Origins-Pattern {\n\"o=postfix\";\n};\nUnattended-Upgrade::Package-Blacklist {\n\"^pacemaker\";\n};\n\"corosync\"";
        let found = blacklist(&lines(text));
        assert!(found.contains("pacemaker") && !found.contains("postfix") && !found.contains("corosync"), "{found}");
        assert_eq!(value("APT::Periodic::Unattended-Upgrade \"1\";", "APT::Periodic::Unattended-Upgrade"), Some("1"));
    }
}
