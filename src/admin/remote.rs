//! Runs the tool on another server, by ssh or another remote shell, to check files there.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;

use anyhow::Result;

use super::Refusal;
use crate::system::command::Command;
use crate::text::{self, Language};

/// The command that runs the tool with these arguments on a server.
pub fn tool(shell: &str, server: &str, words: &[String]) -> Result<Command, Refusal> {
    line(shell, server, words, false)
}

/// The same command; with a terminal there for a question, if wanted and if the shell is ssh.
fn line(shell: &str, server: &str, words: &[String], with_terminal: bool) -> Result<Command, Refusal> {
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
    let is_ssh = Path::new(program).file_name() == Some("ssh".as_ref());
    let terminal = (with_terminal && is_ssh).then_some("-t");
    Ok(Command::new(program).args(terminal).args(options).arg(server).arg(line))
}

/// Runs our own command line on a server, on our terminal if there is one. Returns its exit code.
pub fn hand_over(shell: &str, server: &str) -> Result<u8> {
    let words: Result<Vec<String>, OsString> = std::env::args_os().skip(1).map(OsString::into_string).collect();
    let words = words.map_err(|word| Refusal::new(text::is_not_text(word.display())))?;
    let words = [words, vec!["--handed-over".to_owned()]].concat();
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let command = line(shell, server, &words, is_terminal)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_gets_a_terminal_where_ssh_can_give_one() {
        let words = ["create".to_owned()];
        let command = |shell: &str, with_terminal: bool| line(shell, "n2", &words, with_terminal).unwrap().to_string();
        assert!(command("ssh", true).starts_with("ssh -t n2 "), "{}", command("ssh", true));
        assert!(command("/usr/bin/ssh -p 22", true).starts_with("/usr/bin/ssh -t -p 22 n2 "));
        assert!(command("ssh", false).starts_with("ssh n2 "));
        assert!(command("lxc exec", true).starts_with("lxc exec n2 "));
    }
}
