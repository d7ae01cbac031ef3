//! Start: everything that could go wrong quietly is looked at before, and it has started when every
//! endpoint greets.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::stop::end_all;
use super::{INTERVAL, end, exclusive, names};
use crate::health::{self, Depth, Health};
use crate::postfix::Instance;
use crate::postfix::config::Config;
use crate::postfix::fault::{Fault, Message};
use crate::postfix::memory::Memory;
use crate::postfix::process::{self, Member, Role};
use crate::postfix::queue;
use crate::system::command::{Command, tail};
use crate::system::deadline::Deadline;
use crate::system::lock;
use crate::system::process::Stat;

/// Debian's program that refreshes what chrooted services need.
pub const CHROOT_HELPER: &str = "/usr/lib/postfix/configure-instance.sh";

/// How long a Postfix that runs may take until it greets.
const GREETING: Duration = Duration::from_secs(30);

/// Starts the instance and waits until it serves; one that serves already is left alone.
///
/// Some(fault): it serves, and somebody should look.
///
/// # Errors
/// The reason why it must not be started or did not start.
pub fn start(instance: &Instance, deadline: Deadline, tell: &dyn Fn(&str)) -> Result<Option<Fault>, Fault> {
    let _guard = exclusive(instance, deadline)?;
    let mut memory = Memory::recall(instance);
    if let Some(fault) = instance.missing_command().or_else(|| instance.missing_config()) {
        return Err(fault);
    }
    let config = memory.config(deadline)?;
    if let Some(value) = config.unresolved.first() {
        return Err(Message::BadInterface.found(format!("\"{value}\"")));
    }
    let queue = queue::locate(instance, &config)?;
    queue::check_writable(&queue)?;
    queue::check_ids(&queue, &config)?;

    if let Some(master) = health::find_master(instance, &memory) {
        let verdict = health::check(instance, &mut memory, Depth::Greeting, deadline.within(GREETING), tell);
        memory.store();
        tell(&format!("Postfix runs already, pid {}", master.id.pid));
        return match verdict {
            Health::Healthy => Ok(None),
            // To be started on another queue than it holds is not what was asked for.
            Health::Degraded(fault) if fault.message == Message::QueueDisagrees => Err(fault),
            Health::Degraded(fault) => Ok(Some(fault)),
            Health::Failed(fault) => Err(fault),
            Health::Stopped => Err(Message::MasterNotRunning.found("it ended a moment ago")),
        };
    }
    sweep(instance, &memory, deadline, tell)?;

    let pid_file = queue.join(&config.process_id_directory).join("master.pid");
    check_lock(&pid_file)?;
    check_lock(&config.data_directory.join("master.lock"))?;
    if let Some(address) = health::missing_address(&config.endpoints) {
        return Err(Message::AddressMissing.found(address.ip().to_string()));
    }
    check_ports(&config, None)?;
    refresh_chroot(instance, &config, deadline, tell);
    serve(instance, &config, queue, &mut memory, deadline, tell).inspect_err(|_| {
        // What was begun and does not serve is not left behind.
        if let Err(left) = end_all(instance, &mut memory, Duration::ZERO, deadline, tell) {
            tell(&left.to_string());
        }
    })
}

/// Runs `postfix start`, and waits until every endpoint greets.
fn serve(
    instance: &Instance,
    config: &Config,
    queue: PathBuf,
    memory: &mut Memory,
    deadline: Deadline,
    tell: &dyn Fn(&str),
) -> Result<Option<Fault>, Fault> {
    let pid_file = queue.join(&config.process_id_directory).join("master.pid");
    run_postfix(instance, deadline)?;
    let found = deadline.poll(INTERVAL, || process::locked_master(&pid_file));
    let master =
        found.ok_or_else(|| Message::CouldNotStart.found("postfix start succeeded, and no master holds the pid file"))?;
    health::remember_started(memory, &master, queue, config);
    // Time is left to end it, should it not serve.
    let patience = GREETING.min(deadline.remaining() * 3 / 4);
    let verdict = await_greeting(instance, memory, deadline.within(patience), tell);
    memory.store();
    let remark = verdict?;
    check_ports(config, Some(&master))?;
    tell(&format!(
        "Postfix {} runs, pid {}, and greets on {} endpoint(s)",
        config.mail_version,
        master.id.pid,
        config.endpoints.len()
    ));
    Ok(remark)
}

/// Ends what a master left behind: an orphaned smtpd keeps the listening socket.
fn sweep(instance: &Instance, memory: &Memory, deadline: Deadline, tell: &dyn Fn(&str)) -> Result<(), Fault> {
    let orphans = || -> Vec<Member> {
        process::members(instance, memory).into_iter().filter(|m| matches!(m.role, Role::Daemon | Role::Delivery)).collect()
    };
    for signal in [Signal::SIGTERM, Signal::SIGKILL, Signal::SIGKILL] {
        let found = orphans();
        if found.is_empty() {
            return Ok(());
        }
        tell(&format!("Ending what a dead master left behind: {}", names(&found)));
        end(&found, signal, deadline.within(Duration::from_secs(2)));
    }
    match orphans() {
        left if left.is_empty() => Ok(()),
        left => Err(Message::CouldNotStart.found(format!("left by a dead master and not to be ended: {}", names(&left)))),
    }
}

/// That one of the two files that the master locks (its pid file, and that of its data_directory) can be Postfix's, and that
/// nobody has its lock.
///
/// # Errors
/// `PidFileInvalid`, `LockedElsewhere`, message 14 with who has it.
pub fn check_lock(pid_file: &Path) -> Result<(), Fault> {
    let Ok(meta) = fs::symlink_metadata(pid_file) else { return Ok(()) };
    if !meta.is_file() {
        return Err(Message::PidFileInvalid.found(pid_file.display().to_string()));
    }
    if !lock::is_taken(pid_file) {
        return Ok(());
    }
    use std::os::unix::fs::MetadataExt;
    // Not to be in one reading of the kernel's list proves nothing (see lock::holds), and to name another server is grave.
    let holder = || lock::holders(meta.ino()).into_iter().find_map(crate::system::process::stat);
    Err(match (0..3).find_map(|_| holder()) {
        Some(holder) => Message::CouldNotStart.found(format!(
            "{} (pid {}) holds the lock of {}",
            holder.name,
            holder.id.pid,
            pid_file.display()
        )),
        None => Message::LockedElsewhere.found(pid_file.display().to_string()),
    })
}

/// That nobody else listens where an endpoint is. Postfix would not notice: it sets SO_REUSEPORT.
fn check_ports(config: &Config, master: Option<&Stat>) -> Result<(), Fault> {
    for endpoint in &config.endpoints {
        if let Some(who) = health::in_the_way(endpoint, master) {
            return Err(Message::CouldNotStart.found(format!("{endpoint}: {who}")));
        }
    }
    Ok(())
}

/// Debian keeps copies of resolv.conf and the like inside the queue for chrooted services and refreshes
/// them before a start. The queue may come from a server with other copies.
fn refresh_chroot(instance: &Instance, config: &Config, deadline: Deadline, tell: &dyn Fn(&str)) {
    if !config.chrooted || !Path::new(CHROOT_HELPER).is_file() {
        return;
    }
    // It asks postconf about the default instance, which MAIL_CONFIG names: it knows others by multi_instance_name only.
    let helper = Command::new(CHROOT_HELPER).arg("-").env("MAIL_CONFIG", &instance.config_dir);
    if let Err(error) = helper.output(deadline) {
        tell(&format!("The chroot of Postfix was not refreshed: {error}"));
    }
}

/// `postfix start`, which contains `postfix check`. It tells its reasons to a terminal only.
fn run_postfix(instance: &Instance, deadline: Deadline) -> Result<(), Fault> {
    let command = Command::new(instance.command("postfix")).arg("-c").arg(&instance.config_dir).arg("start").on_a_terminal();
    let finished = command.run(deadline).map_err(|e| Message::CouldNotStart.found(e.to_string()))?;
    if finished.status.success() {
        return Ok(());
    }
    let said = finished.said();
    let failed_check = said.contains("integrity check failed");
    // Each line is "program: severity: words"; the last line only says that it failed.
    let reasons: Vec<&str> = finished
        .stdout
        .lines()
        .filter(|l| !l.contains("integrity check failed") && !l.contains("starting the Postfix"))
        .collect();
    let words = |severity: &str| reasons.iter().find_map(|l| l.split_once(severity)).map(|(_, words)| words.trim().to_owned());
    // What master(8) does not like it tells the log alone.
    let says_nothing = |words: &String| words == "mail system startup failed";
    let found = words("fatal: ").filter(|w| !says_nothing(w)).or_else(|| words("error: ")).or_else(|| words("warning: "));
    let found = found.unwrap_or_else(|| match tail(&said, 1) {
        words if words.is_empty() => "the mail log says why".to_owned(),
        words => format!("{words}, the mail log says why"),
    });
    Err(if failed_check { Message::CheckFailed } else { Message::CouldNotStart }.found(found))
}

/// Examines it at level 10 until it serves, the deadline has come, or the master has died.
fn await_greeting(
    instance: &Instance,
    memory: &mut Memory,
    deadline: Deadline,
    tell: &dyn Fn(&str),
) -> Result<Option<Fault>, Fault> {
    let mut pause = INTERVAL;
    loop {
        let fault = match health::check(instance, memory, Depth::Greeting, deadline, tell) {
            Health::Healthy => return Ok(None),
            Health::Degraded(fault) => return Ok(Some(fault)),
            Health::Stopped => return Err(Message::CouldNotStart.found("the master ended at once, the mail log says why")),
            Health::Failed(fault) => fault,
        };
        // A look that has no time finds only that: this one had.
        if deadline.remaining() < pause * 2 || process::remembered_master(memory).is_none() {
            return Err(fault);
        }
        // Every look is a connection and lines in the mail log.
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}
