//! What Postfix checks at a start is checked once by each, whatever the last one has left.

use std::fs;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use lab::sandbox::{Action, Agent, CONFIG, MOUNT, QUEUE, Sandbox, VIP};

fn host(name: &str) -> Result<Sandbox> {
    Sandbox::new(name, Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent")))
}

/// Postfix's programs that go through the queue write down that they ran, and do it.
#[test]
fn a_start_goes_through_the_queue_once() -> Result<()> {
    let host = host("once")?;
    for program in ["/usr/sbin/postsuper", "/usr/bin/find"] {
        host.sh(&format!("mv {program} {program}.real"))?;
        host.script(program, &format!("#!/bin/sh\necho ${{0##*/}} $* >> /srv/ran\nexec {program}.real \"$@\"\n"))?;
    }
    let runs = || -> Result<Vec<String>> { Ok(host.output("cat /srv/ran")?.lines().map(str::to_owned).collect()) };
    let walks = |lines: &[String]| lines.iter().filter(|l| l.starts_with("postsuper") || l.contains("/deferred ")).count();
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(0), "{start:?}");
    let first = runs()?;
    // postsuper(8), which has to, and find(1) of check-warn.
    ensure!(walks(&first) == 2 && first.iter().filter(|l| l.starts_with("postsuper")).count() == 1, "{first:#?}");
    for action in [Action::Start, Action::Monitor(10), Action::Stop] {
        let answer = host.act(action)?;
        ensure!(answer.code == Some(0), "{action:?}: {answer:?}");
    }
    ensure!(runs()?.len() == first.len(), "{:#?}", runs()?);
    Ok(())
}

/// `postfix quick-stop`, or an agent whose server was lost when it was to start Postfix once more, leaves the file that has a start check
/// nothing.
#[test]
fn a_quick_start_that_was_left_spares_no_check() -> Result<()> {
    let host = host("quick")?;
    host.sh(&format!("cd {QUEUE} && touch quick-start && rmdir private && install -o postfix -m 700 /dev/null hold/0A1B2C3D4"))?;
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(0), "{start:?}");
    let left = host.output(&format!("cd {QUEUE}; ls -d private quick-start hold/0A1B2C3D4 2>/dev/null || true"))?;
    ensure!(left == "private\n", "{left}");
    Ok(())
}

/// A cron job or a hook of a package has started Postfix on the standby, on the directory below the mount point.
#[test]
fn a_postfix_that_the_queue_was_mounted_over_is_replaced() -> Result<()> {
    let host = host("covered")?;
    host.sh(&format!(
        "postfix -c {CONFIG} start; mkdir /srv/shared && cp -a {MOUNT}/. /srv/shared/ && mount --bind /srv/shared {MOUNT}"
    ))?;
    let stray = host.master().context("no master runs")?;
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(0), "{start:?}");
    ensure!(start.log.contains("is another directory now: stopping this Postfix first"), "{}", start.log);
    let master = host.master().context("no master runs")?;
    let queue = host.output(&format!("stat -Lc %d:%i /proc/{master}/cwd {QUEUE}; kill -0 {stray} 2>/dev/null || echo gone"))?;
    let lines: Vec<&str> = queue.lines().collect();
    ensure!(lines.len() == 3 && lines[0] == lines[1] && lines[2] == "gone", "{queue}");
    Ok(())
}

/// Debian 13's `postfix start` hands over to systemd where that is init, and would leave the file by which its unit knows.
#[test]
fn systemd_is_not_asked_to_start_it() -> Result<()> {
    let host = host("systemd")?;
    host.sh(&format!("mkdir -p /run/systemd/system; touch {QUEUE}/debian-systemd-start"))?;
    host.script("/usr/bin/systemctl", "#!/bin/sh\necho $* >> /srv/asked; exit 1\n")?;
    host.script("/usr/bin/systemd-escape", "#!/bin/sh\necho 'etc-postfix\\x2dpk'\n")?;
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(0), "{start:?}\n{}", host.syslog());
    let left = host.output(&format!("cat /srv/asked 2>&1; ls {QUEUE}/debian-systemd-start 2>&1; true"))?;
    ensure!(left.lines().count() == 2 && left.matches("No such file").count() == 2, "{left}");
    Ok(())
}

/// What Postfix warns of at a start is in the mail log when the start has ended.
#[test]
fn warnings_are_in_the_mail_log_after_a_start() -> Result<()> {
    let host = host("warnings")?;
    host.sh(&format!("chmod g+w {CONFIG}/main.cf; touch {QUEUE}/corrupt/damaged"))?;
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(0), "{start:?}");
    for words in [format!("group or other writable: {CONFIG}/./main.cf"), "damaged message: corrupt/damaged".to_owned()] {
        host.wait_for("the warning", || host.syslog().matches(&words).count() == 1)?;
    }
    Ok(())
}

/// A master that ends at its start, on a host whose log is in the journal alone; journalctl is a stand-in with these commands.
fn with_a_journal(name: &str, journalctl: &str) -> Result<Sandbox> {
    let host = host(name)?;
    host.sh("rm -f /var/log/mail.log /var/log/maillog /var/log/mail /var/log/syslog /var/log/messages")?;
    host.add_service("192.0.2.99:7 inet n - n - - discard")?;
    host.script("/usr/bin/journalctl", &format!("#!/bin/sh\n{journalctl}\n"))?;
    Ok(host)
}

#[test]
fn the_journal_says_why_a_start_failed_where_there_is_no_file() -> Result<()> {
    // One that answers the very question that is to be asked: of the master of this instance, since this start.
    let answers = "\
        [ \"${4%@*}\" = --since= ] && [ $(($(date +%s) - ${4#*@})) -le 60 ] && [ ${4#*@} -le $(date +%s) ] || exit 1\n\
        [ \"$1 $2 $3 $5 $#\" = '--quiet --no-pager --output=short --identifier=postfix/master 5' ] || exit 1\n\
        sh -c 'echo \"Nov 26 02:12:15 mx postfix/master[$$]: fatal: the journal knows why\"'";
    let host = with_a_journal("journal", answers)?;
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(1), "{start:?}");
    let reasons = start.reasons();
    ensure!(reasons.len() == 1 && reasons[0].ends_with("the journal knows why"), "{reasons:?}");
    ensure!(host.look(false)?.members.is_empty(), "{:?}", host.look(false)?);
    Ok(())
}

#[test]
fn a_journal_that_does_not_answer_costs_a_start_no_more_than_its_own_limit() -> Result<()> {
    let host = with_a_journal("silent", "date +%s.%N > /srv/asked; exec sleep 1000")?;
    let start = host.act(Action::Start)?;
    let asked: f64 = fs::read_to_string(host.path("/srv/asked"))?.trim().parse()?;
    let waited = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.saturating_sub(Duration::from_secs_f64(asked));
    ensure!(start.code == Some(1) && start.reasons().len() == 1, "{start:?}");
    // A start has 40 s here.
    ensure!(waited >= Duration::from_secs(3) && waited < Duration::from_secs(15), "{waited:?}");
    ensure!(host.output("pgrep -x sleep || true")?.is_empty(), "journalctl was left");
    Ok(())
}

/// Nobody has to start it twice: it takes the place of the one that has just ended.
#[test]
fn a_master_that_ends_while_a_start_looks_at_it_is_replaced() -> Result<()> {
    let host = host("ends")?;
    ensure!(host.act(Action::Start)?.code == Some(0));
    host.greeting(VIP, 25)?;
    for pid in host.daemons("smtpd") {
        host.await_idle(pid, 25)?;
        host.stop_process(pid)?;
    }
    let before = host.master().context("a master")?;
    // It waits for the silent one to greet.
    let start = host.spawn_agent(Action::Start)?;
    host.wait_for("the start to wait", || host.syslog().contains("is already running"))?;
    host.kill_master()?;
    let start = start.wait()?;
    ensure!(start.code == Some(0), "{start:?}");
    ensure!(host.master().is_some_and(|now| now != before) && host.greeting(VIP, 25).is_ok(), "{start:?}");
    Ok(())
}
