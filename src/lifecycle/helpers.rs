//! The programs that a distribution's unit runs before Postfix: where a cluster starts Postfix, the unit is disabled.
//!
//! A program that fails or does not end in time causes a log line only: Postfix may start all the same, as it does with the unit.

use std::path::Path;
use std::time::Duration;

use super::Job;
use crate::postfix::Instance;
use crate::postfix::config::Config;
use crate::system::command::Command;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::text;

/// Timeout of one program.
const LIMIT: Duration = Duration::from_secs(20);

/// What a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Writes main.cf or master.cf, so it runs before they are read.
    Configuration,
    /// Updates the files that chrooted services need in the queue directory, which may come from another server.
    Chroot,
    /// Builds lookup tables from their source files.
    Tables,
}

/// A program of a distribution.
struct Helper {
    program: &'static str,
    purpose: Purpose,
    /// Works on the instance that MAIL_CONFIG names, with `-` as its argument; the others work on /etc/postfix only.
    takes_instance: bool,
}

const fn of_default(program: &'static str, purpose: Purpose) -> Helper {
    Helper { program, purpose, takes_instance: false }
}

/// In the order in which the units run them: Debian's, Red Hat's, SUSE's of today and before.
const HELPERS: &[Helper] = &[
    // It asks postconf about the default instance, which MAIL_CONFIG names; it finds other instances by multi_instance_name only.
    Helper { takes_instance: true, ..of_default("/usr/lib/postfix/configure-instance.sh", Purpose::Chroot) },
    of_default("/usr/libexec/postfix/aliasesdb", Purpose::Tables),
    of_default("/usr/libexec/postfix/chroot-update", Purpose::Chroot),
    of_default("/usr/lib/postfix/systemd/config_postfix", Purpose::Configuration),
    of_default("/usr/lib/postfix/systemd/update_chroot", Purpose::Chroot),
    of_default("/usr/lib/postfix/systemd/update_postmaps", Purpose::Tables),
    of_default("/etc/postfix/system/config_postfix", Purpose::Configuration),
    of_default("/etc/postfix/system/update_chroot", Purpose::Chroot),
    of_default("/etc/postfix/system/update_postmaps", Purpose::Tables),
];

/// What `postfix start` runs, in daemon_directory; Debian's, since Postfix 3.9, runs Debian's helper, which takes no other caller then.
const STARTERS: &[&str] = &["post-install", "postfix-script"];

/// There where SELinux is on.
const SELINUX: &str = "/sys/fs/selinux/enforce";

/// Gives files the SELinux types that the policy has for their paths.
const RESTORECON: &str = "/usr/sbin/restorecon";

/// The file in which Debian's administrators can turn its helper off.
const DEFAULTS: &str = "/etc/default/postfix";

impl Helper {
    fn is_for(&self, instance: &Instance) -> bool {
        (self.takes_instance || instance.config_dir == Path::new("/etc/postfix")) && Path::new(self.program).is_file()
    }

    /// Whether `postfix start` runs it; `daemon_directory` is where that script is.
    fn is_run_by_postfix(&self, daemon_directory: &Path) -> bool {
        let name = Path::new(self.program).file_name().unwrap_or_default().to_string_lossy();
        self.takes_instance && STARTERS.iter().any(|starter| file::read_text(daemon_directory.join(starter)).contains(&*name))
    }
}

/// The program of this host that updates the chroot before each start, if there is one.
pub fn chroot_helper(instance: &Instance) -> Option<&'static str> {
    let helper = HELPERS.iter().find(|h| h.purpose == Purpose::Chroot && h.is_for(instance))?;
    let is_off = |line: &str| line.trim().strip_prefix("SYNC_CHROOT=").is_some_and(|v| v.trim_matches(['"', '\'']).is_empty());
    (!(helper.takes_instance && file::read_text(DEFAULTS).lines().any(is_off))).then_some(helper.program)
}

/// Runs the programs that write the configuration, unless Postfix `runs`: that is asked only where there is such a program.
pub(super) fn configure(job: &Job<'_>, runs: &dyn Fn() -> bool) {
    let writes = |helper: &Helper| helper.purpose == Purpose::Configuration;
    if HELPERS.iter().any(|h| h.is_for(job.instance) && writes(h)) && !runs() {
        run(job, writes);
    }
}

/// Runs the other programs, except those that `postfix start` runs; those for the chroot only where a service is chrooted.
/// `pid_file` is the master's.
pub(super) fn prepare(job: &Job<'_>, config: &Config, pid_file: &Path) {
    restore_type(job, pid_file);
    let wanted = |helper: &Helper| match helper.purpose {
        Purpose::Configuration => false,
        Purpose::Chroot => config.chrooted && !helper.is_run_by_postfix(&config.daemon_directory),
        Purpose::Tables => true,
    };
    run(job, wanted);
}

/// Gives the pid file its SELinux type, as Red Hat's unit does: a Postfix that was started by hand may leave another there. Only a type
/// of Postfix: a policy that has no rule for this queue (semanage fcontext) would take away what chcon has given.
fn restore_type(job: &Job<'_>, pid_file: &Path) {
    if !(Path::new(SELINUX).exists() && Path::new(RESTORECON).is_file() && pid_file.exists()) {
        return;
    }
    let restorecon = |option: &str| Command::new(RESTORECON).arg(option).arg(pid_file).output(limit(job.deadline));
    // Its last word is the label that the file would have; nothing, when it has that.
    let kind_of = |said: &str| said.split_whitespace().next_back().and_then(|label| label.split(':').nth(2)).map(str::to_owned);
    let done = restorecon("-nv").and_then(|would| match kind_of(&would) {
        Some(kind) if kind.starts_with("postfix_") => restorecon("-v").map(drop),
        _ => Ok(()),
    });
    if let Err(error) = done {
        (job.log_line)(&text::pre_start_script_failed(error));
    }
}

/// When a program should have ended.
fn limit(deadline: Deadline) -> Deadline {
    deadline.within(LIMIT.min(deadline.remaining() / 4))
}

fn run(job: &Job<'_>, wanted: impl Fn(&Helper) -> bool) {
    for helper in HELPERS.iter().filter(|h| h.is_for(job.instance) && wanted(h)) {
        let command =
            Command::new(helper.program).args(helper.takes_instance.then_some("-")).env("MAIL_CONFIG", &job.instance.config_dir);
        if let Err(error) = command.output(limit(job.deadline)) {
            (job.log_line)(&text::pre_start_script_failed(error));
        }
    }
}
