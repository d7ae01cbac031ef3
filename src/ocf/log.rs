//! The log, in the format of ocf_log of the shell agents: syslog with the tag `postfix(RESOURCE)[PID]`,
//! the file HA_LOGFILE if set, and stderr if that is a terminal.
//!
//! Nothing is opened before the first message, and no message is waited for: a syslog daemon that does not
//! accept one at once misses it.

use std::cell::{OnceCell, RefCell};
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;

use syslog::{Facility, LogFormat, Logger, LoggerBackend};

use super::environment::Environment;
use crate::system::file;

/// How serious a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
    Info,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        }
    }
}

impl From<Severity> for syslog::Severity {
    fn from(severity: Severity) -> syslog::Severity {
        match severity {
            Severity::Error => syslog::Severity::LOG_ERR,
            Severity::Warning => syslog::Severity::LOG_WARNING,
            Severity::Info => syslog::Severity::LOG_INFO,
        }
    }
}

/// The log of one run.
pub struct Log {
    tag: String,
    /// None: no syslog.
    facility: Option<Facility>,
    file: Option<std::path::PathBuf>,
    syslog: OnceCell<Option<RefCell<Logger<LoggerBackend, Format>>>>,
    /// Lines for the file.
    pending: RefCell<String>,
}

/// The longest text that is written, in characters.
const LIMIT: usize = 2000;

impl Log {
    /// Configured by the environment.
    pub fn new(environment: &Environment) -> Self {
        let (facility, file) = environment.logging();
        let clean: String = environment.instance().chars().map(|c| if c.is_control() { '?' } else { c }).take(64).collect();
        let tag = format!("postfix({clean})[{}]", std::process::id());
        Log { tag, facility: facility_of(&facility), file, syslog: OnceCell::new(), pending: RefCell::default() }
    }

    /// Logs a message as one line.
    pub fn write(&self, severity: Severity, text: &str) {
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LIMIT).collect();
        let word = severity.word();
        if let Some(logger) = self.syslog.get_or_init(|| self.connect()) {
            let Logger { formatter, backend } = &mut *logger.borrow_mut();
            let _ = formatter.format(backend, severity.into(), format!("{word}: {plain}"));
        }
        if self.file.is_some() {
            self.pending.borrow_mut().push_str(&format!("{}  {}:    {word}: {plain}\n", timestamp(), self.tag));
        }
        if std::io::stdin().is_terminal() {
            let _ = writeln!(std::io::stderr(), "{word}: {plain}");
        }
    }

    /// Writes pending lines to the file: last, since it may be on storage that does not answer.
    pub fn flush(&self) {
        let lines = self.pending.take();
        let Some(path) = self.file.as_ref().filter(|_| !lines.is_empty()) else { return };
        let open = file::open(path, OpenOptions::new().append(true).create(true).mode(0o640));
        // One write, so that lines of two agents do not mix.
        let _ = open.and_then(|mut file| file.write_all(lines.as_bytes()));
    }

    /// Logs an informational message.
    pub fn info(&self, text: &str) {
        self.write(Severity::Info, text);
    }

    /// A socket that never blocks; the crate's own would.
    fn connect(&self) -> Option<RefCell<Logger<LoggerBackend, Format>>> {
        let format = Format { facility: self.facility?, tag: self.tag.clone() };
        let socket = UnixDatagram::unbound().ok()?;
        socket.set_nonblocking(true).ok()?;
        socket.connect("/dev/log").ok()?;
        Some(RefCell::new(Logger::new(LoggerBackend::Unix(socket), format)))
    }
}

/// Lines as syslog(3) sends them. The formatter of the crate sends UTC, and 0 before a day of one digit.
struct Format {
    facility: Facility,
    tag: String,
}

impl LogFormat<String> for Format {
    fn format<W: Write>(&self, to: &mut W, severity: syslog::Severity, message: String) -> syslog::Result<()> {
        let priority = self.facility as u8 | severity as u8;
        write!(to, "<{priority}>{} {}: {message}", timestamp(), self.tag).map_err(syslog::Error::Write)
    }
}

/// Local time as syslog has it, "Nov 23 21:04:24".
fn timestamp() -> String {
    chrono::Local::now().format("%b %e %H:%M:%S").to_string()
}

/// A facility by the name of syslog(3); an unknown name is `daemon`. As with the shell agents, `none` and an empty one mean no syslog.
fn facility_of(name: &str) -> Option<Facility> {
    match name {
        "" => None,
        none if none.eq_ignore_ascii_case("none") => None,
        name => Some(name.parse().unwrap_or(Facility::LOG_DAEMON)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_have_syslogs_numbers() {
        let number = |name| facility_of(name).map(|facility| facility as u8 >> 3);
        assert_eq!(["daemon", "local7", "mail", "local9"].map(number), [3, 23, 2, 3].map(Some));
        assert_eq!(["none", "NONE", ""].map(number), [None; 3]);
    }

    #[test]
    fn a_line_has_the_bytes_that_syslog_sends() {
        let format = Format { facility: Facility::LOG_MAIL, tag: "postfix(mx)[7]".to_owned() };
        let mut line = Vec::new();
        format.format(&mut line, Severity::Warning.into(), "WARNING: words".to_owned()).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!((&line[..4], &line[19..]), ("<20>", " postfix(mx)[7]: WARNING: words"), "{line}");
    }

    #[test]
    fn the_time_is_the_local_one_of_the_c_library() {
        let date = || {
            let output = std::process::Command::new("date").arg("+%b %e %H:%M:%S").env("LC_ALL", "C").output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        // The second may end between the two.
        assert!((0..3).any(|_| date() == timestamp()), "{} and {}", date(), timestamp());
    }
}
