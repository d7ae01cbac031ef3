//! Runs the tool on another server, by ssh or another remote shell, to check files there.

use std::ffi::OsString;

use anyhow::Result;

use super::Refusal;
use crate::system::command::Command;
use crate::text::{self, Language};

/// The command that runs the tool with these arguments on a server.
pub fn tool(shell: &str, server: &str, words: &[String]) -> Result<Command, Refusal> {
    let Ok(shell) = shell_words::split(shell) else {
        return Err(Refusal::new(text::shell_cannot_be_read_as_words(shell)).advise(text::check_the_quoting()));
    };
    let (program, options) = shell.split_first().map_or(("ssh", &[][..]), |(program, rest)| (program, rest));
    // What it answers is read by the person here, whatever the language of that server.
    let locale = match text::language() {
        Language::English => "LC_ALL=C.UTF-8",
        Language::Japanese => "LC_ALL=ja_JP.UTF-8",
    };
    let line = shell_words::join(["env", locale, "postkeeper"].into_iter().chain(words.iter().map(String::as_str)));
    Ok(Command::new(program).args(options).arg(server).arg(line))
}

/// Runs our own command line on a server, on our terminal if there is one. Returns its exit code.
pub fn hand_over(shell: &str, server: &str) -> Result<u8> {
    let words: Result<Vec<String>, OsString> = std::env::args_os().skip(1).map(OsString::into_string).collect();
    let words = words.map_err(|word| Refusal::new(text::is_not_text(word.display())))?;
    let words = [words, vec!["--handed-over".to_owned()]].concat();
    let command = tool(shell, server, &words)?;
    let status = command.pass_through().map_err(|error| {
        Refusal::new(text::shell_cannot_be_run(shell, server, crate::system::file::brief(&error)))
            .about("server")
            .advise(text::install_the_shell_or_name_another())
    })?;
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        // 255 is an error of ssh; with 126 and 127 the remote shell cannot run the tool.
        Some(code) if !matches!(code, 126 | 127 | 255) => Ok(code),
        _ => {
            let what = text::shell_did_not_answer(shell, server, status);
            let advice = text::remote_command_advice(server);
            Err(Refusal::new(what).about("server").advise(advice).into())
        }
    }
}
