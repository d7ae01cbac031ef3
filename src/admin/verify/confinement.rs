//! What may keep the daemons of Postfix from a queue that is not where the distribution has it: SELinux and AppArmor.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::report::{Report, error, fine, warning};
use crate::postfix::config::Config;
use crate::postfix::process;
use crate::system::file;
use crate::text::{self, Text, verbatim};

/// Where AppArmor lists the profiles that are loaded, and where they come from.
const LOADED: &str = "/sys/kernel/security/apparmor/profiles";
const PROFILES: &[&str] =
    &["/etc/apparmor.d", "/etc/apparmor.d/local", "/etc/apparmor.d/abstractions", "/etc/apparmor.d/tunables"];

/// Larger than any profile.
const LARGEST: u64 = 1 << 20;

/// The types that the policy has for the directories of a queue, and whether it is just that: a daemon in its domain may make and open
/// sockets in no other. Red Hat's policy gives the files in `pid` a type of their own, Debian's the directory too.
const TYPES: &[(&str, &str, bool)] =
    &[("pid", "postfix_spool_t", false), ("private", "postfix_private_t", true), ("public", "postfix_public_t", true)];

pub fn labels(config_dir: &Path, queue: &Path, config: &Config, report: &mut Report) {
    let check = text::selinux_labels();
    if !Path::new("/sys/fs/selinux/enforce").exists() {
        return report.put(check, text::those_of_postfix(), fine(text::selinux_is_off()));
    }
    let advice = |path: &Path, default: &str| {
        verbatim!("semanage fcontext -a -e {default} {} && restorecon -R {}", path.display(), path.display())
    };
    let parts = TYPES.iter().map(|(name, kind, exactly)| {
        let name = if *name == "pid" { config.process_id_directory.as_path() } else { Path::new(name) };
        (queue.join(name), *kind, *exactly, advice(queue, "/var/spool/postfix"))
    });
    let roots = [
        (queue.to_owned(), "postfix_spool_t", false, advice(queue, "/var/spool/postfix")),
        (config_dir.to_owned(), "postfix_etc_t", false, advice(config_dir, "/etc/postfix")),
    ];
    for (path, wanted, exactly, advice) in roots.into_iter().chain(parts.filter(|(path, ..)| path.exists())) {
        let verdict = match file::label(&path) {
            Some(kind) if kind == wanted || !exactly && kind.starts_with("postfix_") => {
                fine(text::label_is(path.display(), kind))
            }
            Some(kind) => error(text::label_is(path.display(), kind), advice),
            None => error(text::is_not_labelled(path.display()), advice),
        };
        report.put(check.clone(), Text::verbatim(wanted), verdict);
    }
}

pub fn profiles(queue: &Path, report: &mut Report) {
    let check = text::apparmor();
    let wanted = text::no_profile_that_keeps_postfix();
    // securityfs gives a size of 0 for it.
    let loaded = fs::read_to_string(LOADED).unwrap_or_default();
    let enforced: Vec<&str> = loaded.lines().filter_map(enforced_postfix).collect();
    let Some(first) = enforced.first() else {
        return report.put(check, wanted, fine(text::no_profile_of_postfix_is_enforced()));
    };
    let files = PROFILES.iter().flat_map(|dir| fs::read_dir(dir).into_iter().flatten().flatten()).map(|entry| entry.path());
    let texts = files.filter(|path| is_about_postfix(path)).filter_map(|path| file::read_start(&path, LARGEST).ok());
    let names_it = texts.into_iter().any(|text| names(&String::from_utf8_lossy(&text), queue));
    let verdict = if names_it {
        fine(text::is_enforced_and_its_rules_name(first, queue.display()))
    } else {
        warning(
            text::postfix_is_confined_by(first, queue.display()),
            text::let_the_profiles_take_it_for_the_usual_place(format_args!(
                "echo 'alias /var/spool/postfix/ -> {}/,' >> /etc/apparmor.d/tunables/alias && systemctl reload apparmor",
                queue.display()
            )),
        )
    };
    report.put(check, wanted, verdict);
}

/// The name of an enforced profile of Postfix in a line such as `postfix-smtpd (enforce)`.
fn enforced_postfix(line: &str) -> Option<&str> {
    let (name, mode) = line.rsplit_once(" (")?;
    (is_postfix(name) && matches!(mode, "enforce)" | "kill)")).then_some(name)
}

/// Whether a file has rules of Postfix, or rules for all profiles.
fn is_about_postfix(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    is_postfix(&name) || name == "alias"
}

/// Whether a profile, or the file that it comes from, is of a program of Postfix: `/usr/lib/postfix/bin/smtpd`, `usr.sbin.postdrop`,
/// `/usr/sbin/postalias//null-1`.
fn is_postfix(name: &str) -> bool {
    let program = name.split("//").next().and_then(|program| program.rsplit(['/', '.']).next()).unwrap_or_default();
    name.contains("postfix") || process::is_command_name(OsStr::new(program))
}

/// Whether a rule names the queue, something in it, or all that is in a directory above it.
fn names(text: &str, queue: &Path) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let mut words = lines.flat_map(str::split_whitespace).map(|word| word.trim_matches(['"', ',']));
    words.any(|word| {
        let literal: PathBuf = word.split(['*', '{', '[', '?', '@']).next().unwrap_or_default().into();
        let reaches_down = word.contains("**") && literal.components().count() > 1 && queue.starts_with(&literal);
        literal.is_absolute() && (literal.starts_with(queue) || reaches_down)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_reach_the_queue_are_known() {
        let queue = Path::new("/srv/mail/queue");
        for (rule, wanted) in [
            ("/srv/mail/queue/{active,defer}/** rwk,", true),
            ("alias /var/spool/postfix/ -> /srv/mail/queue/,", true),
            ("owner \"/srv/mail/**\" rwkl,", true),
            ("/var/spool/postfix/** rwkl,", false),
            ("/srv/mail/queue2/** rw,", false),
            ("/srv/mail/* r,", false),
            ("/** r,", false),
            ("# /srv/mail/queue/** rw,", false),
        ] {
            assert_eq!(names(rule, queue), wanted, "{rule}");
        }
    }

    #[test]
    fn only_enforced_profiles_of_postfix_count() {
        assert_eq!(enforced_postfix("/usr/lib/postfix/bin/master (enforce)"), Some("/usr/lib/postfix/bin/master"));
        assert_eq!(enforced_postfix("postfix-smtpd (complain)"), None);
        for name in ["/usr/sbin/postdrop", "usr.sbin.postqueue", "postmap", "/usr/sbin/postalias//null-1", "/usr/sbin/sendmail"] {
            assert_eq!(enforced_postfix(&format!("{name} (enforce)")), Some(name));
        }
        for name in ["/usr/sbin/ntpd", "/usr/lib/postgresql/15/bin/postgres", "/usr/sbin/postgrey", "sbuild"] {
            assert_eq!(enforced_postfix(&format!("{name} (enforce)")), None, "{name}");
        }
    }

    #[test]
    fn the_rules_of_a_command_are_looked_for_in_its_own_file() {
        for (file, wanted) in
            [("usr.sbin.postdrop", true), ("usr.lib.postfix.smtpd", true), ("alias", true), ("usr.sbin.ntpd", false)]
        {
            assert_eq!(is_about_postfix(&Path::new("/etc/apparmor.d").join(file)), wanted, "{file}");
        }
    }
}
