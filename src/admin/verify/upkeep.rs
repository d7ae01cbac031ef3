//! Programs that restart others on their own when the system is updated. Postfix is started by the cluster, so that to needrestart it is part of
//! pacemaker.service: a new library of Postfix's has it restart the cluster.

use std::path::Path;

use super::report::{CheckResult, Report, fine, warning};
use crate::system::{boot, file};
use crate::text::{self, Text};

/// Larger than any of these files.
const LARGEST: u64 = 1 << 20;

pub fn examine(report: &mut Report) {
    report.section(text::updates());
    restarts(report);
    upgrades(report);
    reboots(report);
    out_of_memory(report);
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

/// The units in which the cluster starts Postfix. systemd stops a whole service when the kernel kills one of its processes for want of
/// memory, unless the service says otherwise (systemd.service(5)).
const STARTERS: &[&str] = &["pacemaker.service", "pacemaker_remote.service"];

fn out_of_memory(report: &mut Report) {
    let default = lines("/etc/systemd/system.conf", "/etc/systemd/system.conf.d", "conf", &["#", ";"]);
    let default = default.iter().rev().find_map(|line| line.strip_prefix("DefaultOOMPolicy="));
    let goes_on = |unit: &str| boot::setting(unit, "OOMPolicy").as_deref().or(default) == Some("continue");
    let there = STARTERS.iter().filter(|unit| boot::has(unit));
    let stopping: Vec<&str> = there.filter(|unit| !goes_on(unit)).copied().collect();
    let verdict = if stopping.is_empty() {
        fine(text::cluster_goes_on_then())
    } else {
        let lay = |unit: &&str| {
            let directory = format!("/etc/systemd/system/{unit}.d");
            format!("mkdir -p {directory} && printf '[Service]\\nOOMPolicy=continue\\n' > {directory}/oom.conf && ")
        };
        let commands = stopping.iter().map(lay).collect::<String>() + "systemctl daemon-reload";
        warning(text::systemd_stops_the_unit(stopping.join(", ")), Text::verbatim(commands))
    };
    report.put(text::process_killed_for_want_of_memory(), text::cluster_goes_on_then(), verdict);
}

/// What is not upgraded while it is in service.
const PACKAGES: &[&str] = &["postfix", "pacemaker", "corosync"];

/// Whether apt's timer upgrades; 0: not.
const PERIODIC: &str = "APT::Periodic::Unattended-Upgrade";

/// A timer that upgrades packages.
struct Upgrader {
    timer: &'static str,
    /// It only downloads or tells, unless a setting says `apply_updates`.
    asks_settings: bool,
    /// It goes by dnf's list of packages that are left out.
    has_exclusions: bool,
}

const UPGRADERS: &[Upgrader] = &[
    Upgrader { timer: "dnf-automatic.timer", asks_settings: true, has_exclusions: true },
    Upgrader { timer: "dnf-automatic-install.timer", asks_settings: false, has_exclusions: true },
    Upgrader { timer: "dnf5-automatic.timer", asks_settings: true, has_exclusions: true },
    Upgrader { timer: "transactional-update.timer", asks_settings: false, has_exclusions: false },
];

fn upgrades(report: &mut Report) {
    let (check, wanted) = (text::automatic_upgrades(), text::none_of_postfix_and_the_cluster());
    let lines = lines("/etc/apt/apt.conf", "/etc/apt/apt.conf.d", "", &["//", "#"]);
    let last = lines.iter().rev().find_map(|line| value(line, PERIODIC));
    let has_unattended_upgrades = Path::new("/usr/bin/unattended-upgrade").exists();
    let timers: Vec<&Upgrader> = UPGRADERS.iter().filter(|upgrader| boot::is_enabled(upgrader.timer)).collect();
    let verdict = if has_unattended_upgrades && last.is_some_and(|value| value != "0") {
        match upgraded(&blacklist(&lines)).as_str() {
            "" => fine(text::on_without_postfix_and_the_cluster()),
            left => warning(text::unattended_upgrades_is_on(left), text::upgrade_one_server_after_the_other()),
        }
    } else if !timers.is_empty() {
        by_timers(&timers)
    } else if has_unattended_upgrades || UPGRADERS.iter().any(|upgrader| boot::has(upgrader.timer)) {
        fine(text::off())
    } else {
        fine(text::no_known_upgrader_is_installed())
    };
    report.put(check, wanted, verdict);
}

/// What upgrades may also reboot, at the same time on every server.
fn reboots(report: &mut Report) {
    const REBOOT: &str = "Unattended-Upgrade::Automatic-Reboot";
    let apt = lines("/etc/apt/apt.conf", "/etc/apt/apt.conf.d", "", &["//", "#"]);
    let last = |name: &str| apt.iter().rev().find_map(|line| value(line, name));
    let upgrades = Path::new("/usr/bin/unattended-upgrade").exists() && last(PERIODIC).is_some_and(|value| value != "0");
    // Who has set a time has thought of the others.
    let has_time = last("Unattended-Upgrade::Automatic-Reboot-Time").is_some();
    let is_true = |value: &&str| matches!(*value, "true" | "yes" | "on" | "1" | "with" | "enable");
    let unattended = last(REBOOT).filter(|value| upgrades && !has_time && is_true(value));
    let dnf = settings_of_dnf().into_iter().filter(|_| UPGRADERS.iter().any(|upgrader| boot::is_enabled(upgrader.timer)));
    let dnf = dnf.filter_map(|line| Some(line.strip_prefix("reboot")?.trim().strip_prefix('=')?.trim().to_owned())).next_back();
    let setting = match (unattended, dnf) {
        (Some(value), _) => Some(format!("{REBOOT} \"{value}\"")),
        (None, Some(value)) if value != "never" => Some(format!("reboot = {value}")),
        _ => None,
    };
    let verdict = match setting {
        Some(setting) => warning(text::server_reboots_by_itself(setting), text::give_every_server_its_own_time()),
        None => fine(text::off()),
    };
    report.put(text::automatic_reboots(), text::not_on_all_servers_at_once(), verdict);
}

/// The lines of dnf's and dnf-automatic's settings.
fn settings_of_dnf() -> Vec<String> {
    let files = ["/etc/dnf/automatic.conf", "/etc/dnf/dnf5-plugins/automatic.conf", "/etc/dnf/dnf.conf"];
    files.iter().flat_map(|file| lines(file, "", "", &["#", ";"])).collect()
}

/// The packages that are not left out.
fn upgraded(left_out: &str) -> String {
    text::joined(PACKAGES.iter().filter(|package| !left_out.contains(**package)))
}

/// What the timers that are enabled upgrade.
fn by_timers(timers: &[&Upgrader]) -> CheckResult {
    let settings = settings_of_dnf();
    let applies = settings.iter().any(|line| is_on(line, "apply_updates"));
    let left_out: String = settings.iter().filter(|line| line.starts_with("exclude")).map(String::as_str).collect();
    let upgraded_by = |timer: &Upgrader| upgraded(if timer.has_exclusions { &left_out } else { "" });
    let mut active = timers.iter().filter(|timer| applies || !timer.asks_settings).peekable();
    if active.peek().is_none() {
        return fine(text::off());
    }
    match active.find(|timer| !upgraded_by(timer).is_empty()) {
        Some(found) => warning(
            text::timer_is_enabled(found.timer, upgraded_by(found)),
            if found.has_exclusions {
                text::disable_the_timer_or_exclude(found.timer)
            } else {
                text::disable_the_timer(found.timer)
            },
        ),
        None => fine(text::on_without_postfix_and_the_cluster()),
    }
}

/// Whether `NAME = yes`, in the words that dnf takes.
fn is_on(line: &str, name: &str) -> bool {
    let value = line.strip_prefix(name).and_then(|rest| rest.trim().strip_prefix('=')).unwrap_or_default();
    matches!(value.trim().to_ascii_lowercase().as_str(), "yes" | "true" | "on" | "1")
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
    fn a_setting_of_dnf_is_known() {
        assert!(is_on("apply_updates = Yes", "apply_updates") && is_on("apply_updates=1", "apply_updates"));
        assert!(!is_on("apply_updates = no", "apply_updates") && !is_on("apply_updates", "apply_updates"));
    }

    #[test]
    fn the_list_of_packages_that_are_not_upgraded_is_known() {
        let text = "Unattended-Upgrade::Origins-Pattern {\n\"o=postfix\";\n};\nUnattended-Upgrade::Package-Blacklist {\n\"^pacemaker\";\n};\n\"corosync\"";
        let found = blacklist(&lines(text));
        assert!(found.contains("pacemaker") && !found.contains("postfix") && !found.contains("corosync"), "{found}");
        assert_eq!(value("APT::Periodic::Unattended-Upgrade \"1\";", "APT::Periodic::Unattended-Upgrade"), Some("1"));
    }
}
