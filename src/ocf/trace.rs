//! Traces (parameters trace_ra and trace_dir): a file for each action, with its environment, findings and result.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::action::Action;
use super::environment::Environment;
use super::exit::ExitCode;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::text;

/// How long writing a trace may take.
const WRITE_TIMEOUT: Duration = Duration::from_millis(500);

/// The findings of one run so far.
#[derive(Default)]
pub struct Trace(RefCell<Vec<String>>);

impl Trace {
    pub fn add(&self, text: &str) {
        self.0.borrow_mut().push(text.to_owned());
    }

    /// Writes the file, if requested. It waits for storage only for a moment.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, environment: &Environment, action: Action, code: ExitCode, reason: Option<&str>) -> Result<(), String> {
        let Some(directory) = environment.trace_dir() else { return Ok(()) };
        let stamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros());
        let name = format!("{}.{}.{stamp}", file_name_of(&environment.instance()), action.name());
        let mut lines = environment.asked();
        lines.extend(self.0.borrow().iter().cloned());
        lines.extend(reason.map(str::to_owned));
        lines.push(format!("exit {}", code as u8));
        let (place, text) = (directory.join("postfix"), lines.join("\n") + "\n");
        let write = move || file::make_directory(&directory).and_then(|()| file::create_private(&place, &name, text.as_bytes()));
        match Deadline::after(WRITE_TIMEOUT).bounded_call(write) {
            Some(written) => written.map_err(|error| error.to_string()),
            None => Err(text::storage_does_not_answer()),
        }
    }
}

/// A resource id as a file name, without special characters.
fn file_name_of(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.:".contains(c) { c } else { '_' }).take(64).collect()
}
