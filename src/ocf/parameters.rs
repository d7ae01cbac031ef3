//! The table of the resource's parameters, the source of meta-data, defaults and parsing.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use crate::text::{self, Language, Text};

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An absolute path.
    Path,
    /// A duration in Pacemaker's notation.
    Duration,
    /// A whole number of days.
    Days,
    /// A boolean in Pacemaker's notation.
    Boolean,
    /// The name of a user or group.
    Name,
    /// Services as in master.cf, or ports; separated by blanks or commas.
    Services,
}

/// A parsed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Path(PathBuf),
    Duration(Duration),
    Boolean(bool),
    Name(String),
    Services(Vec<String>),
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    /// None: no default.
    pub default: Option<&'static str>,
    /// Unique among resources.
    pub unique: bool,
    /// Reloadable: a change needs no restart.
    pub reloadable: bool,
    /// A tuning parameter: an unusable value counts as not set and is logged.
    pub tuning: bool,
    pub short: &'static str,
    pub long: &'static str,
}

/// An unusable value. Display names the parameter, the value and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    name: &'static str,
    value: OsString,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    NotAbsolute,
    TooLong,
    ControlCharacter,
    /// Not a value of its type.
    Unlike(Kind),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.value.to_string_lossy().chars().take(40).collect();
        let text = match self.problem {
            Problem::NotAbsolute => text::is_not_an_absolute_path(self.name, shown),
            Problem::TooLong => text::is_too_long_for_a_path(self.name, shown),
            Problem::ControlCharacter => text::holds_a_control_character(self.name, shown),
            Problem::Unlike(kind) => text::is_no_value_for(self.name, shown, kind.expected()),
        };
        write!(f, "{text}")
    }
}

impl Kind {
    /// The type in the meta-data; OCF has no durations.
    pub fn ocf_type(self) -> &'static str {
        match self {
            Kind::Path | Kind::Duration | Kind::Name | Kind::Services => "string",
            Kind::Days => "integer",
            Kind::Boolean => "boolean",
        }
    }

    fn read(self, value: &OsStr) -> Result<Value, Problem> {
        let text = value.to_str().map(str::trim).unwrap_or_default();
        let read = match self {
            Kind::Path => return absolute(value).map(Value::Path),
            Kind::Duration => duration(text).map(Value::Duration),
            Kind::Days => days(text).map(Value::Duration),
            Kind::Boolean => boolean(text).map(Value::Boolean),
            Kind::Name => account(text).map(Value::Name),
            Kind::Services => value.to_str().and_then(services).map(Value::Services),
        };
        read.ok_or(Problem::Unlike(self))
    }

    /// A description of valid values.
    fn expected(self) -> Text {
        match self {
            Kind::Path => text::absolute_path(),
            Kind::Duration => text::seconds_or_a_time_such(),
            Kind::Days => text::whole_number_of_days(),
            Kind::Boolean => text::true_or_false(),
            Kind::Name => text::name_of_a_user_or_group(),
            Kind::Services => text::services_or_ports_of_master_cf(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Path => "path",
            Kind::Duration => "duration",
            Kind::Days => "days",
            Kind::Boolean => "boolean",
            Kind::Name => "name",
            Kind::Services => "services",
        })
    }
}

/// PATH_MAX of the kernel, in bytes with the terminating 0 (limits.h).
const PATH_MAX: usize = 4096;

fn absolute(value: &OsStr) -> Result<PathBuf, Problem> {
    let path = PathBuf::from(value);
    if !path.is_absolute() {
        Err(Problem::NotAbsolute)
    } else if value.len() >= PATH_MAX {
        Err(Problem::TooLong)
    } else if value.as_bytes().iter().any(u8::is_ascii_control) {
        Err(Problem::ControlCharacter)
    } else {
        Ok(path)
    }
}

/// A duration as Pacemaker writes one: a number of seconds, or with a unit, or by ISO 8601 (`PT1M30S`).
///
/// Pacemaker takes whatever begins with a unit (`5sheep`); here it has to be one.
pub fn duration(text: &str) -> Option<Duration> {
    if let Some(iso) = text.strip_prefix('P') {
        return iso_duration(iso);
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let seconds = match unit.trim_start().to_ascii_lowercase().as_str() {
        "us" | "usec" => 1e-6,
        "ms" | "msec" => 1e-3,
        "" | "s" | "sec" | "second" | "seconds" => 1.0,
        "m" | "min" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hour" | "hours" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

/// What follows the P: weeks, days, then after a T hours, minutes, seconds. Months have no one length.
fn iso_duration(text: &str) -> Option<Duration> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let mut sum = None;
    for (mut rest, units) in [(date, &[('W', 604_800), ('D', 86_400)][..]), (time, &[('H', 3600), ('M', 60), ('S', 1)][..])] {
        for &(unit, seconds) in units {
            if let Some((number, after)) = rest.split_once(unit) {
                sum = Some(number.parse::<u64>().ok()?.checked_mul(seconds)?.checked_add(sum.unwrap_or(0))?);
                rest = after;
            }
        }
        if !rest.is_empty() {
            return None;
        }
    }
    sum.map(Duration::from_secs)
}

fn days(text: &str) -> Option<Duration> {
    let number = ["days", "day", "d"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text);
    Some(Duration::from_secs(number.trim_end().parse::<u64>().ok()?.saturating_mul(24 * 60 * 60)))
}

/// A boolean as Pacemaker takes one, in upper or lower case; None when invalid.
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn account(text: &str) -> Option<String> {
    let is_name = !text.is_empty() && !text.chars().any(|c| c == ':' || c.is_whitespace() || c.is_control());
    is_name.then(|| text.to_owned())
}

fn services(text: &str) -> Option<Vec<String>> {
    let words = text.split(|c: char| c == ',' || c.is_ascii_whitespace()).filter(|word| !word.is_empty());
    words.map(|word| is_service(word).then(|| word.to_owned())).collect()
}

/// Whether it is a port number or name, with or without a host before it.
fn is_service(word: &str) -> bool {
    let (host, port) = word.rsplit_once(':').map_or((None, word), |(host, port)| (Some(host), port));
    let consists_of =
        |text: &str, others: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
    let is_number = port.bytes().all(|b| b.is_ascii_digit());
    host.is_none_or(|host| consists_of(host, ".-_:[]"))
        && consists_of(port, ".-_+")
        && (!is_number || port.parse::<u16>().is_ok_and(|number| number > 0))
        // An address without a port.
        && port.parse::<std::net::IpAddr>().is_err()
}

impl Parameter {
    /// The long description in the user's language.
    pub fn explained(&self) -> &'static str {
        match text::language() {
            Language::English => self.long,
            Language::Japanese => self.in_japanese(),
        }
    }

    /// What it is for, in Japanese: in that language the short text and the long one are one sentence.
    pub fn in_japanese(&self) -> &'static str {
        texts::japanese_parameter(self.name).unwrap_or(self.long)
    }

    /// The value of a tuning parameter: as set; its default when not set or not usable.
    pub fn value(&self, given: Option<&OsStr>) -> Option<Value> {
        given.and_then(|value| self.read(value).ok()).or_else(|| self.read(self.default?.as_ref()).ok())
    }

    /// Parses a value; the only place where values are checked.
    ///
    /// # Errors
    /// When it is not valid for the parameter.
    pub fn read(&self, value: &OsStr) -> Result<Value, Unusable> {
        self.kind.read(value).map_err(|problem| Unusable { name: self.name, value: value.to_owned(), problem })
    }
}

const fn path(name: &'static str, default: Option<&'static str>, texts: [&'static str; 2]) -> Parameter {
    let [short, long] = texts;
    Parameter { name, kind: Kind::Path, default, unique: false, reloadable: false, tuning: false, short, long }
}

const fn tuning(name: &'static str, kind: Kind, default: &'static str, texts: [&'static str; 2]) -> Parameter {
    Parameter { kind, reloadable: true, tuning: true, ..path(name, Some(default), texts) }
}

const fn name(name: &'static str, texts: [&'static str; 2]) -> Parameter {
    Parameter { kind: Kind::Name, reloadable: true, tuning: true, ..path(name, None, texts) }
}

/// Short and long description of the agent itself.
pub const AGENT: [&str; 2] = texts::AGENT;

/// The long one in Japanese.
pub fn agent_in_japanese() -> &'static str {
    texts::japanese_parameter("agent").unwrap_or(AGENT[1])
}

/// Short and long text of the agent and of each parameter: locales/en/parameters.ftl.
mod texts {
    include!(concat!(env!("OUT_DIR"), "/parameters.en.rs"));
    include!(concat!(env!("OUT_DIR"), "/parameters.ja.rs"));
}

/// All parameters, in the order in which a user fills in a form.
pub const PARAMETERS: &[Parameter] = &[
    Parameter { unique: true, ..path("config_dir", Some("/etc/postfix"), texts::CONFIG_DIR) },
    path("binary_dir", Some("/usr/sbin"), texts::BINARY_DIR),
    Parameter { unique: true, ..path("queue_dir", None, texts::QUEUE_DIR) },
    Parameter { reloadable: true, ..path("queue_mountpoint", None, texts::QUEUE_MOUNTPOINT) },
    tuning("drain", Kind::Duration, "2", texts::DRAIN),
    tuning("certificate_days", Kind::Days, "14", texts::CERTIFICATE_DAYS),
    tuning("watch", Kind::Boolean, "true", texts::WATCH),
    tuning("watch_interval", Kind::Duration, "5", texts::WATCH_INTERVAL),
    tuning("flush", Kind::Boolean, "true", texts::FLUSH),
    Parameter { kind: Kind::Services, reloadable: true, tuning: true, ..path("endpoints", None, texts::ENDPOINTS) },
    name("mail_owner", texts::MAIL_OWNER),
    name("setgid_group", texts::SETGID_GROUP),
    path("binary", None, texts::BINARY),
    tuning("trace_ra", Kind::Boolean, "false", texts::TRACE_RA),
    tuning("trace_dir", Kind::Path, "/var/lib/heartbeat/trace_ra", texts::TRACE_DIR),
];

/// An internal parameter, and so not in the table: it makes a probe remove the agent's files on a node, since the resource is
/// about to be deleted.
pub const RETIRED: &str = "retired";

/// The parameter of that name.
pub fn find(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|p| p.name == name)
}

/// The warning about entries of parameter endpoints that match nothing; `all`: no entry matches.
pub fn names_nothing(entries: &[&str], all: bool) -> Text {
    let looked_at = if all { text::every_endpoint_is_checked() } else { text::other_entries_are_checked() };
    text::endpoints_name_no_service(entries.join(" "), looked_at)
}

/// The default of a parameter.
pub fn default(name: &str) -> Option<&'static str> {
    find(name)?.default
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Option<u128> {
        duration(text.trim()).map(|d| d.as_millis())
    }

    #[test]
    fn durations_are_pacemakers() {
        let good = [
            "5", " 5 ", "+5", "5s", "5 sec", "5S", "500ms", "2min", "2m", "1h", "1hr", "1.5s", "0", "7000us", "PT1M5S", "P1D",
            "P1W",
        ];
        let expected = [
            5000, 5000, 5000, 5000, 5000, 5000, 500, 120_000, 120_000, 3_600_000, 3_600_000, 1500, 0, 7, 65_000, 86_400_000,
            604_800_000,
        ];
        assert_eq!(good.map(ms), expected.map(Some));
        let bad = [
            "", " ", "soon", "-1", "-5s", "5sheep", "5 5", "s", ".", "1.2.3", "1e3", "inf", "P", "PT", "P1M", "P1S", "PTS",
            "99999999999999999999", "\u{ff15}",
        ];
        assert_eq!(bad.map(ms), [None; 19]);
    }

    #[test]
    fn booleans_are_pacemakers() {
        assert!(["true", "TRUE", "Yes", "on", "y", "1"].iter().all(|t| boolean(t) == Some(true)));
        assert!(["false", "No", "OFF", "n", "0"].iter().all(|t| boolean(t) == Some(false)));
        assert!(["", "ture", "2", "-1", "truee", "enabled"].iter().all(|t| boolean(t).is_none()));
    }

    #[test]
    fn days_are_whole() {
        let read = |text: &str| days(text.trim()).map(|d| d.as_secs() / 86_400);
        assert_eq!(["14", " 14 ", "14d", "14 days", "0"].map(read), [Some(14), Some(14), Some(14), Some(14), Some(0)]);
        assert_eq!(["", "2w", "-1", "1.5", "soon", "d"].map(read), [None; 6]);
    }

    #[test]
    fn services_are_as_in_master_cf() {
        let read = |text: &str| services(text).map(|list| list.join("|"));
        for (text, list) in [
            ("", ""),
            (" ,, ", ""),
            (" smtp,587\tsubmission ", "smtp|587|submission"),
            ("192.0.2.25:smtp [::1]:25,::1:25 mx.example.test:25", "192.0.2.25:smtp|[::1]:25|::1:25|mx.example.test:25"),
        ] {
            assert_eq!(read(text).as_deref(), Some(list), "{text:?}");
        }
        for text in ["0", "65536", "smtp inet/25", "192.0.2.25", "192.0.2.25:", ":25", "[::1]", "smtp;25", "smtp=25", "\u{ff15}"]
        {
            assert_eq!(read(text), None, "{text:?}");
        }
        let endpoints = find("endpoints").unwrap();
        assert!(endpoints.read(OsStr::from_bytes(b"\xff")).is_err());
        assert_eq!(endpoints.value(Some(OsStr::new("smtp 0"))), None);
    }

    #[test]
    fn defaults_can_be_used_and_tuning_needs_no_restart() {
        for parameter in PARAMETERS {
            assert!(parameter.default.is_none_or(|d| parameter.read(OsStr::new(d)).is_ok()), "{}", parameter.name);
            assert!(!parameter.tuning || parameter.reloadable, "{}", parameter.name);
        }
    }

    #[test]
    fn what_is_unusable_says_what_was_expected() {
        let words = |name: &str, value: &str| find(name).unwrap().read(OsStr::new(value)).unwrap_err().to_string();
        assert_eq!(words("drain", "soon"), "drain: \"soon\" is not valid: expected seconds, or a time such as 500ms, 5s or 2min");
        assert_eq!(words("config_dir", "etc"), "config_dir is not an absolute path: \"etc\"");
        assert_eq!(words("watch", "ture"), "watch: \"ture\" is not valid: expected true or false");
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_value_it_is_used_or_refused(bytes: Vec<u8>) {
            for parameter in PARAMETERS {
                let _ = parameter.read(OsStr::from_bytes(&bytes)).map_err(|e| e.to_string());
            }
        }

        #[test]
        fn seconds_are_seconds(n in 0u64..1_000_000_000) {
            proptest::prop_assert_eq!(duration(&n.to_string()), Some(Duration::from_secs(n)));
        }
    }
}
