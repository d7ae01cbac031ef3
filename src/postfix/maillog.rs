//! The mail log, if it can be read: the only place where master(8) and its daemons say why they exit.
//!
//! It is maillog_file if set, else a file of the syslog daemon, else the journal.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::config::Config;
use crate::system::command::Command;
use crate::system::deadline::Deadline;
use crate::system::process;

/// Where syslog daemons write facility `mail`.
const FILES: &[&str] = &["/var/log/mail.log", "/var/log/maillog", "/var/log/mail", "/var/log/syslog", "/var/log/messages"];

const JOURNAL: &str = "/usr/bin/journalctl";

/// Printed by the process that waits for the master; contains no reason.
pub const SEE_LOG: &str = "daemon initialization failure";

/// How long to wait for a line to appear in a file.
const DELAY: Duration = Duration::from_secs(1);

/// Timeout of journalctl.
const SEARCH: Duration = Duration::from_secs(3);

/// How many bytes of a log are read, from its end.
const LIMIT: u64 = 1 << 18;

/// The mail log from a moment on.
pub struct MailLog {
    /// syslog_name of the instance.
    name: String,
    /// The files and their lengths at the start.
    files: Vec<(PathBuf, u64)>,
    begun: SystemTime,
}

impl MailLog {
    /// The log from now on.
    pub fn from_now(config: &Config) -> MailLog {
        let own = Some(&config.maillog_file).filter(|file| !file.as_os_str().is_empty()).cloned();
        let usual = FILES.iter().map(PathBuf::from).filter(|path| path.is_file());
        // postlogd may create the file only with the first line.
        let length = |path: &Path| fs::metadata(path).map_or(0, |m| m.len());
        let files = own.into_iter().chain(usual).map(|path| (path.clone(), length(&path))).collect();
        MailLog { name: config.syslog_name.clone(), files, begun: SystemTime::now() }
    }

    /// The last fatal or panic message of a process of that program (`master`, `smtpd`) of the instance that has ended. `names`: what
    /// it may log under beside the name of the instance.
    pub fn last_words(&self, program: &str, names: &[String], deadline: Deadline) -> Option<String> {
        let writers: Vec<String> = names.iter().chain([&self.name]).map(|name| format!("{name}/{program}")).collect();
        let look = || self.files.iter().filter_map(|(path, from)| added(path, *from)).find_map(|text| find(&text, &writers));
        let timeout = if self.files.is_empty() { Duration::ZERO } else { DELAY };
        deadline.within(timeout).poll(Duration::from_millis(50), look).or_else(|| self.ask_journal(&writers, deadline))
    }

    fn ask_journal(&self, writers: &[String], deadline: Deadline) -> Option<String> {
        if !Path::new(JOURNAL).is_file() {
            return None;
        }
        let since = self.begun.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let ask = Command::new(JOURNAL).args(["--quiet", "--no-pager", "--output=short"]).arg(format!("--since=@{since}"));
        let ask = ask.args(writers.iter().map(|writer| format!("--identifier={writer}")));
        find(&ask.output(deadline.within(SEARCH)).ok()?, writers)
    }
}

fn find(text: &str, writers: &[String]) -> Option<String> {
    let is_dead = |pid: i32| process::stat(pid).is_none_or(|s| !s.is_alive());
    text.lines().rev().find_map(|line| parse(line, writers)).filter(|(pid, _)| is_dead(*pid)).map(|(_, words)| words)
}

/// The text after byte `from` of a file; all of it when the file has become shorter (rotated).
fn added(path: &Path, from: u64) -> Option<String> {
    if !path.is_file() {
        return None;
    }
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let from = if length < from { 0 } else { from };
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(LIMIT)))).ok()?;
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The pid and the text of a fatal or panic line.
fn parse(line: &str, writers: &[String]) -> Option<(i32, String)> {
    // "Nov 26 02:12:15 mx postfix/master[92]: fatal: bind 192.0.2.25 port 25: Address already in use"
    let (before, after) = writers.iter().find_map(|writer| line.split_once(&format!("{writer}[")))?;
    before.ends_with([' ', '\t']).then_some(())?;
    let (pid, text) = after.split_once("]: ")?;
    let words = ["fatal: ", "panic: "].iter().find_map(|severity| text.strip_prefix(severity))?;
    (!words.starts_with(SEE_LOG)).then_some(())?;
    Some((pid.parse().ok()?, words.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn only_the_programs_own_last_words_count() {
        let writers = ["postfix/submission/master", "postfix/master"].map(str::to_owned);
        let words = |line: &str| parse(line, &writers).map(|(pid, words)| format!("{pid} {words}"));
        let fatal = "Nov 26 02:12:15 mx postfix/master[92]: fatal: bind 192.0.2.25 port 25: Address already in use";
        assert_eq!(words(fatal).unwrap(), "92 bind 192.0.2.25 port 25: Address already in use");
        assert_eq!(words("2026-11-26T02:12:15.123+00:00 mx postfix/master[92]: panic: oh").unwrap(), "92 oh");
        assert_eq!(words("Nov 26 02:12:15 mx postfix/submission/master[92]: fatal: no").unwrap(), "92 no");
        for other in [
            "Nov 26 02:12:15 mx postfix/master[92]: warning: process /usr/lib/postfix/sbin/smtpd pid 95 exit status 1",
            "Nov 26 02:12:15 mx postfix/smtpd[92]: fatal: no SASL authentication mechanisms",
            "Nov 26 02:12:15 mx other-postfix/master[92]: fatal: not ours",
            "Nov 26 02:12:15 mx postfix-2/submission/master[92]: fatal: not ours",
            "Nov 26 02:12:15 mx postfix/master[91]: fatal: daemon initialization failure -- see logs for details",
            "postfix/master[",
            "",
        ] {
            assert_eq!(words(other), None, "{other}");
        }
    }

    #[test]
    fn what_was_there_before_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "old\n").unwrap();
        File::options().append(true).open(&path).unwrap().write_all(b"new\n").unwrap();
        assert_eq!(added(&path, 4).unwrap(), "new\n");
        // It was rotated meanwhile.
        assert_eq!(added(&path, 100).unwrap(), "old\nnew\n");
        assert_eq!(added(dir.path(), 0), None);
    }
}
