//! The log, as the ocf_log of the shell agents writes it: syslog with the tag `postfix(RESOURCE)[PID]`,
//! the file HA_LOGFILE when there is one, and stderr when a person looks on.
//!
//! Nothing is opened until something is said, and nobody waits for a log: a daemon that does not take
//! a message at once does not get it.

use std::cell::{OnceCell, RefCell};
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;

use nix::time::{ClockId, clock_gettime};

use super::environment::Environment;

/// What kind of news it is; syslog's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Severity {
    Error = 3,
    Warning = 4,
    Info = 6,
    Debug = 7,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
            Severity::Debug => "DEBUG",
        }
    }
}

/// The log of one run.
pub struct Log {
    tag: String,
    /// None: syslog is not wanted.
    facility: Option<u8>,
    file: Option<std::path::PathBuf>,
    debug: bool,
    syslog: OnceCell<Option<UnixDatagram>>,
    /// Lines for the file.
    pending: RefCell<String>,
}

/// The longest text that is written, in characters.
const LIMIT: usize = 2000;

impl Log {
    /// Set up as the environment says.
    pub fn new(environment: &Environment) -> Self {
        let (facility, file, debug) = environment.logging();
        let clean: String = environment.instance().chars().map(|c| if c.is_control() { '?' } else { c }).take(64).collect();
        let tag = format!("postfix({clean})[{}]", std::process::id());
        Log { tag, facility: facility_number(&facility), file, debug, syslog: OnceCell::new(), pending: RefCell::default() }
    }

    /// Says something, on one line.
    pub fn say(&self, severity: Severity, text: &str) {
        if severity == Severity::Debug && !self.debug {
            return;
        }
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LIMIT).collect();
        let word = severity.word();
        if let Some(facility) = self.facility
            && let Some(socket) = self.syslog.get_or_init(connect)
        {
            let priority = facility * 8 + severity as u8;
            let _ = socket.send(format!("<{priority}>{} {}: {word}: {plain}", timestamp(), self.tag).as_bytes());
        }
        if self.file.is_some() {
            self.pending.borrow_mut().push_str(&format!("{}  {}:    {word}: {plain}\n", timestamp(), self.tag));
        }
        if std::io::stdin().is_terminal() {
            let _ = writeln!(std::io::stderr(), "{word}: {plain}");
        }
    }

    /// Writes to the file what it has not got yet: last, since it may be on storage that does not answer.
    pub fn flush(&self) {
        let lines = self.pending.take();
        let Some(path) = self.file.as_ref().filter(|_| !lines.is_empty()) else { return };
        let open =
            OpenOptions::new().append(true).create(true).mode(0o640).custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW).open(path);
        // One write, so that lines of two agents do not mix.
        let _ = open.and_then(|mut file| file.write_all(lines.as_bytes()));
    }

    /// Says what a person should know.
    pub fn info(&self, text: &str) {
        self.say(Severity::Info, text);
    }
}

fn connect() -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    socket.set_nonblocking(true).ok()?;
    socket.connect("/dev/log").ok()?;
    Some(socket)
}

/// Local time as syslog has it, "Nov 23 21:04:24".
fn timestamp() -> String {
    let now = clock_gettime(ClockId::CLOCK_REALTIME).map_or(0, |t| t.tv_sec());
    let mut buffer = [0u8; 32];
    // SAFETY: localtime_r and strftime write into what they are given, with its size; an all-zero tm is valid.
    let length = unsafe {
        let mut broken: libc::tm = std::mem::zeroed();
        libc::localtime_r(&now, &mut broken);
        libc::strftime(buffer.as_mut_ptr().cast(), buffer.len(), c"%b %e %H:%M:%S".as_ptr(), &broken)
    };
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// syslog(3)'s facilities; an unknown name is `daemon`. As with the shell agents, `none` and an empty one mean no syslog.
fn facility_number(name: &str) -> Option<u8> {
    Some(match name {
        "" => return None,
        none if none.eq_ignore_ascii_case("none") => return None,
        "kern" => 0,
        "user" => 1,
        "mail" => 2,
        "auth" => 4,
        "syslog" => 5,
        "cron" => 9,
        "authpriv" => 10,
        _ => name.strip_prefix("local").and_then(|n| n.parse::<u8>().ok()).filter(|n| *n < 8).map_or(3, |n| 16 + n),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_have_syslogs_numbers() {
        assert_eq!(["daemon", "local7", "mail", "local9"].map(facility_number), [3, 23, 2, 3].map(Some));
        assert_eq!(["none", "NONE", ""].map(facility_number), [None; 3]);
    }

    #[test]
    fn the_time_reads_as_in_syslog() {
        let text = timestamp();
        assert_eq!((text.len(), text.as_bytes()[3], text.as_bytes()[9]), (15, b' ', b':'), "{text}");
    }
}
