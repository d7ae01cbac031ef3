//! Layer 4: warnings for the log, each only when it is new: the last one of each subject is remembered.

use crate::health::{self, ReloadReason};
use crate::ocf::environment::Environment;
use crate::ocf::log::{Log, Severity};
use crate::ocf::parameters;
use crate::postfix::config::Config;
use crate::postfix::memory::{Certificate, Memory, now};
use crate::system::{file, process};
use crate::text;

/// In seconds.
const DAY: u64 = 24 * 60 * 60;

/// Subjects. Each monitor level has its own.
const PARAMETERS: &str = "parameters";
const ENTRIES: &str = "entries";
const CERTIFICATE: &str = "certificate";
const PROGRAMS: &str = "programs";
const RENEWED: &str = "renewed";
const PIDFDS: &str = "pidfds";
const ATTRIBUTES: &str = "attributes";

/// The levels of a monitor.
const LEVELS: [u8; 3] = [0, 10, 20];

/// The subject of the faults that a monitor of this level finds.
fn fault_subject(level: u8) -> String {
    format!("fault, level {level}")
}

/// The same words are new again tomorrow.
fn today(words: &str) -> String {
    format!("{words} on day {}", now() / DAY)
}

/// The warnings of one run.
pub struct Warnings<'a> {
    pub environment: &'a Environment,
    pub log: &'a Log,
}

impl Warnings<'_> {
    /// The warnings of a monitor: unusable parameters, certificates that expire soon, due reloads.
    pub fn of_monitor(&self, memory: &mut Memory) {
        self.expiring_certificate(memory);
        for (reason, words) in health::reload_due(memory) {
            let subject = match reason {
                ReloadReason::ProgramsReplaced => PROGRAMS,
                ReloadReason::CertificateRenewed => RENEWED,
            };
            self.warn_if_new(memory, subject, &words);
        }
        if memory.is_new_warning(PARAMETERS, &self.unusable_parameters()) {
            self.log_unusable_parameters();
        }
        let words = self.entries_without_endpoint(memory.last_config());
        self.warn_if_new(memory, ENTRIES, &words);
    }

    /// Logs the tuning parameters that cannot be used, even if not new. They do not fail the action.
    pub fn always_parameters(&self, memory: &mut Memory) {
        memory.is_new_warning(PARAMETERS, &self.unusable_parameters());
        self.log_unusable_parameters();
    }

    /// Logs which entries of parameter endpoints match no endpoint, even if not new.
    pub fn always_entries(&self, memory: &mut Memory) {
        let words = self.entries_without_endpoint(memory.last_config());
        memory.is_new_warning(ENTRIES, &words);
        self.warn(&words);
    }

    /// Logs that processes have to be followed without pidfds, where the action has been refused one.
    pub fn refused_pidfds(&self, memory: &mut Memory) {
        let words = process::refusal_of_pidfds().map(|error| text::pidfd_open_is_refused(file::brief(&error)));
        self.warn_if_new(memory, PIDFDS, &words.unwrap_or_default());
    }

    /// Logs a fault that a monitor has found, given as `story`: one that nobody mends (a degraded service, a resource that is not
    /// managed) is found every few seconds. Each level has its own subject, since each checks other things; what one level has
    /// logged, another does not repeat. After a day it counts as new.
    pub fn fault(&self, memory: &mut Memory, severity: Severity, story: &str) {
        // Ignore amounts, which change all the time. Addresses have a colon and are kept.
        let is_amount = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && !word.contains(':');
        let words: Vec<&str> = story.split_ascii_whitespace().filter(|word| !is_amount(word)).collect();
        let words = today(&format!("{severity:?} {}", words.join(" ")));
        let is_logged = memory.is_logged(&words);
        if memory.is_new_warning(&fault_subject(self.environment.level()), &words) && !is_logged {
            self.log.write(severity, story);
        }
    }

    /// A monitor of this level has found no fault: the next one is new.
    pub fn no_fault(&self, memory: &mut Memory) {
        memory.forget_warning(&fault_subject(self.environment.level()));
    }

    /// After a start, every fault is new.
    pub fn no_fault_of_any_level(&self, memory: &mut Memory) {
        for level in LEVELS {
            memory.forget_warning(&fault_subject(level));
        }
        memory.forget_warning(ATTRIBUTES);
    }

    /// Logs why node attributes were not published.
    pub fn unpublished(&self, memory: &mut Memory, problems: &[String]) {
        let words = if problems.is_empty() { String::new() } else { today(&problems.join("\n")) };
        if memory.is_new_warning(ATTRIBUTES, &words) {
            problems.iter().for_each(|problem| self.warn(problem));
        }
    }

    /// A certificate that expires soon: once a day, and when that changes.
    fn expiring_certificate(&self, memory: &mut Memory) {
        let now = now();
        let ahead = self.environment.duration("certificate_days").as_secs();
        let is_near = |c: &&Certificate| c.expires >= now && c.expires - now <= ahead;
        let near = memory.certificate.as_ref().filter(is_near);
        let words =
            near.map_or_else(String::new, |c| text::certificate_expires_soon(&c.endpoint, &c.date, (c.expires - now) / DAY));
        self.warn_if_new(memory, CERTIFICATE, &words);
    }

    /// The tuning parameters that cannot be used, one a line.
    fn unusable_parameters(&self) -> String {
        self.environment.unusable().iter().map(|u| format!("{u}\n")).collect()
    }

    fn log_unusable_parameters(&self) {
        for unusable in self.environment.unusable() {
            self.warn(&text::default_is_used(unusable));
        }
    }

    /// Which entries of parameter endpoints match no endpoint of `config`, in words; empty when all match, or the endpoints are unknown.
    fn entries_without_endpoint(&self, config: Option<&Config>) -> String {
        let entries = self.environment.services("endpoints");
        let none = config.map(|config| config.unnamed(&entries)).unwrap_or_default();
        if none.is_empty() { String::new() } else { parameters::names_nothing(&none, none.len() == entries.len()).to_string() }
    }

    fn warn_if_new(&self, memory: &mut Memory, subject: &str, words: &str) {
        if memory.is_new_warning(subject, words) {
            self.warn(words);
        }
    }

    fn warn(&self, words: &str) {
        if !words.is_empty() {
            self.log.write(Severity::Warning, words);
        }
    }
}
