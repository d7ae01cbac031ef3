//! Storage that gives neither data nor an error: a FUSE file system whose daemon is stopped, and a frozen ext4. Every action answers
//! before its timeout, and none of them lies. Needs root, and fuse2fs(1).

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::sandbox::{Action, Agent, Answer, CONFIG, MOUNT, Sandbox};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

/// What falls silent.
#[derive(Clone, Copy, Debug)]
enum Silence {
    /// The daemon of a FUSE file system on this directory is stopped: even a look at a name is not answered.
    Daemon(&'static str),
    /// The queue's ext4 is frozen: who writes is in uninterruptible sleep.
    Freeze,
}

const BINARIES: &str = "/opt/postfix";

/// Falls silent until dropped.
struct Silent<'a>(&'a Sandbox, Silence);

impl Silence {
    /// Puts the directory on a file system that can fall silent.
    fn prepare(self, sandbox: &Sandbox) -> Result<()> {
        let Silence::Daemon(directory) = self else { return Ok(()) };
        if directory == BINARIES {
            sandbox.sh(&format!("mkdir {BINARIES} && cp -p /usr/sbin/post* /usr/sbin/sendmail {BINARIES}"))?;
            sandbox.set("binary_dir", BINARIES);
        }
        // The queue's own ext4 is on the same directory and goes.
        sandbox.sh(&format!(
            "mknod /dev/fuse c 10 229 && cp -dR --preserve=mode,ownership,timestamps {directory} /srv/copy && (umount {directory} 2>/dev/null; true)
             find {directory} -mindepth 1 -delete
             truncate -s 64M /srv/image && mkfs.ext4 -q -F -O ^has_journal /srv/image
             fuse2fs /srv/image {directory} -o fakeroot,allow_other,attr_timeout=0,entry_timeout=0 2>&1
             cp -dR --preserve=mode,ownership,timestamps /srv/copy/. {directory}/ && rmdir {directory}/lost+found && mountpoint -q {directory}"
        ))
    }

    fn begin(self, sandbox: &Sandbox) -> Result<Silent<'_>> {
        match self {
            Silence::Daemon(_) => sandbox.sh("pidof fuse2fs > /srv/fuse.pid && kill -STOP $(cat /srv/fuse.pid)")?,
            Silence::Freeze => sandbox.sh(&format!("fsfreeze -f {MOUNT}"))?,
        }
        Ok(Silent(sandbox, self))
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        let _ = match self.1 {
            // pidof(1) looks into every process, also into one that is stuck.
            Silence::Daemon(_) => self.0.sh("kill -CONT $(cat /srv/fuse.pid)"),
            Silence::Freeze => self.0.sh(&format!("fsfreeze -u {MOUNT}")),
        };
    }
}

/// One run of an action that Pacemaker does not give an interval.
fn call(sandbox: &Sandbox, action: &str) -> Result<Answer> {
    sandbox.export("OCF_RESKEY_CRM_meta_timeout", "8000");
    sandbox.export("OCF_CHECK_LEVEL", "10");
    let answer = sandbox.call(&[OsString::from(action)]);
    sandbox.unexport();
    answer
}

fn judge(what: &str, answer: Answer, wanted: &[i32]) -> Result<Answer> {
    let code = answer.code.with_context(|| format!("{what} hung: {}\n{}", answer.stderr, answer.log))?;
    ensure!(wanted.contains(&code), "{what} answered {code}: {}\n{}", answer.stderr, answer.log);
    ensure!(!answer.pipe_leaked, "{what}: somebody holds its stdout or stderr");
    ensure!(answer.reasons().len() == usize::from(!matches!(code, 0 | 7)) || code == 7, "{what}: {:?}", answer.reasons());
    println!("{what}: {code} after {:?}: {}", answer.elapsed, answer.stderr.trim());
    Ok(answer)
}

fn while_running(silence: Silence) -> Result<()> {
    let sandbox = Sandbox::new("silent", AGENT)?;
    silence.prepare(&sandbox)?;
    sandbox.start()?;
    judge("monitor before", sandbox.act(Action::Monitor(0))?, &[0])?;
    let silent = silence.begin(&sandbox)?;
    judge("probe", sandbox.act(Action::Probe)?, &[0])?;
    for level in [0, 10] {
        let answer = judge("monitor", sandbox.act(Action::Monitor(level))?, &[1, 190])?;
        ensure!(
            answer.stderr.contains("storage does not answer") || answer.code == Some(190),
            "level {level}: {}",
            answer.stderr
        );
    }
    judge("reload-agent", call(&sandbox, "reload-agent")?, &[0])?;
    let stop = judge("stop", sandbox.act(Action::Stop)?, &[0, 1])?;
    match stop.code {
        Some(0) => ensure!(sandbox.look_at_processes().is_empty(), "left: {:?}", sandbox.look_at_processes()),
        _ => ensure!(stop.stderr.contains("not able to be stopped"), "{}", stop.stderr),
    }
    drop(silent);
    judge("stop afterwards", sandbox.act(Action::Stop)?, &[0])?;
    Ok(())
}

fn while_stopped(silence: Silence) -> Result<()> {
    let sandbox = Sandbox::new("silent", AGENT)?;
    silence.prepare(&sandbox)?;
    sandbox.start()?;
    judge("stop before", sandbox.act(Action::Stop)?, &[0])?;
    // As after a reboot: nothing is remembered.
    for forget in ["true", "rm -f /run/resource-agents/*"] {
        sandbox.sh(forget)?;
        let silent = silence.begin(&sandbox)?;
        judge("probe", sandbox.act(Action::Probe)?, &[7])?;
        judge("monitor", sandbox.act(Action::Monitor(0))?, &[7])?;
        judge("monitor", sandbox.act(Action::Monitor(10))?, &[7])?;
        judge("reload-agent", call(&sandbox, "reload-agent")?, &[7])?;
        judge("stop", sandbox.act(Action::Stop)?, &[0])?;
        judge("start", sandbox.act(Action::Start)?, &[1])?;
        // A freeze keeps nobody from reading.
        let fit: &[i32] = if matches!(silence, Silence::Freeze) { &[0] } else { &[1] };
        judge("validate-all", call(&sandbox, "validate-all")?, fit)?;
        judge("stop", sandbox.act(Action::Stop)?, &[0, 1])?;
        drop(silent);
        judge("stop afterwards", sandbox.act(Action::Stop)?, &[0])?;
    }
    judge("start afterwards", sandbox.act(Action::Start)?, &[0])?;
    Ok(())
}

#[test]
fn the_queue_of_a_running_instance_falls_silent() -> Result<()> {
    while_running(Silence::Daemon(MOUNT))
}

#[test]
fn the_queue_of_a_stopped_instance_falls_silent() -> Result<()> {
    while_stopped(Silence::Daemon(MOUNT))
}

#[test]
fn the_configuration_of_a_running_instance_falls_silent() -> Result<()> {
    while_running(Silence::Daemon(CONFIG))
}

#[test]
fn the_configuration_of_a_stopped_instance_falls_silent() -> Result<()> {
    while_stopped(Silence::Daemon(CONFIG))
}

#[test]
fn the_programs_of_a_running_instance_fall_silent() -> Result<()> {
    while_running(Silence::Daemon(BINARIES))
}

#[test]
fn the_programs_of_a_stopped_instance_fall_silent() -> Result<()> {
    while_stopped(Silence::Daemon(BINARIES))
}

#[test]
fn the_queue_of_a_running_instance_is_frozen() -> Result<()> {
    while_running(Silence::Freeze)
}

#[test]
fn the_queue_of_a_stopped_instance_is_frozen() -> Result<()> {
    while_stopped(Silence::Freeze)
}

/// A snapshot that takes a while: a stop could end nothing that writes to the queue, and the node would be fenced.
#[test]
fn a_queue_that_is_frozen_for_one_monitor_has_not_failed() -> Result<()> {
    let sandbox = Sandbox::new("snapshot", AGENT)?;
    sandbox.start()?;
    let monitor = |wanted: i32| judge("monitor", sandbox.act(Action::Monitor(0))?, &[wanted]);
    for _ in 0..2 {
        let silent = Silence::Freeze.begin(&sandbox)?;
        ensure!(monitor(190)?.stderr.contains("storage does not answer"), "another reason");
        drop(silent);
        monitor(0)?;
    }
    let silent = Silence::Freeze.begin(&sandbox)?;
    monitor(190)?;
    ensure!(monitor(1)?.stderr.contains("storage does not answer"), "another reason");
    let log = sandbox.syslog();
    ensure!(log.contains("ERROR: monitor: The storage does not answer"), "{log}");
    drop(silent);
    monitor(0)?;
    judge("stop", sandbox.act(Action::Stop)?, &[0]).map(drop)
}

/// Nobody fences the node, and the storage stays silent for hours: not every monitor leaves a process behind that cannot be killed.
#[test]
fn monitors_of_silent_storage_leave_two_processes_behind() -> Result<()> {
    let sandbox = Sandbox::new("blocked", AGENT)?;
    sandbox.start()?;
    let monitor = |level: u32, wanted: i32| judge("monitor", sandbox.act(Action::Monitor(level))?, &[wanted]);
    monitor(0, 0)?;
    let silent = Silence::Freeze.begin(&sandbox)?;
    monitor(0, 190)?;
    for level in [0, 10, 0] {
        ensure!(monitor(level, 1)?.stderr.contains("storage does not answer: /srv/mail"), "another reason");
    }
    let blocked = sandbox.output("ps -eLo pid=,stat=,args= | awk '$2 ~ /^D/ && / monitor$/ { print $1 }' | sort -u")?;
    ensure!(blocked.lines().count() == 2, "{blocked}of {}", sandbox.output("ps -eLo pid,stat,args")?);
    drop(silent);
    monitor(0, 0)?;
    judge("stop", sandbox.act(Action::Stop)?, &[0]).map(drop)
}

/// Where nothing of Postfix is.
const ASIDE: &str = "/srv/aside";

/// Starts strangers that map a file which falls silent, and waits until each is stuck unmapping it with the lock of its memory held: whoever
/// asks for its environment waits with it.
fn stick(sandbox: &Sandbox, count: usize) -> Result<Silent<'_>> {
    let silence = Silence::Daemon(ASIDE);
    sandbox.sh(&format!("mkdir {ASIDE}"))?;
    silence.prepare(sandbox)?;
    let (mmap, read) = (libc::SYS_mmap, libc::SYS_read);
    let (writable, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    let (readable, over) = (libc::PROT_READ, libc::MAP_FIXED | libc::MAP_ANONYMOUS | libc::MAP_PRIVATE);
    sandbox.script(
        "/srv/stuck",
        &format!(
            "#!/usr/bin/perl
             open F, '+>', \"{ASIDE}/$$\" or die; truncate F, 4096; open Z, '<', '/dev/zero' or die;
             $page = syscall {mmap}, 0, 4096, {writable}, {shared}, fileno F, 0; close F;
             sub soil {{ syscall({read}, fileno Z, $page, 4096) == 4096 or die }}
             soil; open R, '>', \"/srv/ready.$$\" or die; close R;
             select undef, undef, undef, 0.01 until -e '/srv/go';
             soil; syscall {mmap}, $page, 4096, {readable}, {over}, -1, 0; sleep 100000"
        ),
    )?;
    let pids = (0..count).map(|_| sandbox.stranger("perl /srv/stuck")).collect::<Result<Vec<i32>>>()?;
    sandbox.wait_for("the strangers", || pids.iter().all(|pid| sandbox.path(&format!("/srv/ready.{pid}")).exists()))?;
    let silent = silence.begin(sandbox)?;
    sandbox.sh("touch /srv/go")?;
    for pid in pids {
        let is_stuck = format!("timeout -s KILL 1 cat /proc/{pid}/environ > /dev/null; [ $? = 137 ]");
        sandbox.wait_for("a stranger to be stuck", || sandbox.sh(&is_stuck).is_ok())?;
    }
    Ok(silent)
}

/// The action with little time: an answer that comes just before its end would be that of one who was not able to look.
fn in_little_time(sandbox: &Sandbox, action: Action, wanted: i32) -> Result<()> {
    sandbox.export("OCF_RESKEY_CRM_meta_timeout", "8000");
    let answer = sandbox.act(action);
    sandbox.unexport();
    let answer = judge(&format!("{action:?}"), answer?, &[wanted])?;
    ensure!(answer.elapsed < Duration::from_millis(7000), "{action:?} took {:?}", answer.elapsed);
    Ok(())
}

const FORGET: &str = "rm -f /run/resource-agents/*";

#[test]
fn strangers_that_cannot_be_looked_into_change_no_answer() -> Result<()> {
    let sandbox = Sandbox::new("stuck", AGENT)?;
    let silent = stick(&sandbox, 5)?;
    for forget in ["true", FORGET] {
        sandbox.sh(forget)?;
        in_little_time(&sandbox, Action::Probe, 7)?;
        in_little_time(&sandbox, Action::Monitor(0), 7)?;
        in_little_time(&sandbox, Action::Stop, 0)?;
        sandbox.start()?;
        for forget in ["true", FORGET] {
            sandbox.sh(forget)?;
            in_little_time(&sandbox, Action::Probe, 0)?;
        }
        for forget in [FORGET, "true"] {
            sandbox.sh(forget)?;
            in_little_time(&sandbox, Action::Monitor(0), 0)?;
        }
        in_little_time(&sandbox, Action::Stop, 0)?;
        ensure!(sandbox.look_at_processes().is_empty(), "left: {:?}", sandbox.look_at_processes());
    }
    sandbox.start()?;
    sandbox.sh(FORGET)?;
    in_little_time(&sandbox, Action::Stop, 0)?;
    ensure!(sandbox.look_at_processes().is_empty(), "left: {:?}", sandbox.look_at_processes());
    drop(silent);
    Ok(())
}
