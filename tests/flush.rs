//! Mail that was put off before a takeover, with `flush` on and off.
//!
//! The message was deferred an hour ago as far as Postfix can see: its next attempt (the time of its queue file) is to be in 50
//! minutes. `cargo test --test flush -- --nocapture` prints how long it waits; docs/performance.md has the figures.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab::host::wait_for;
use lab::sandbox::{Action, Agent, CONFIG, QUEUE, Sandbox};

/// A stopped instance that has one message whose time has not come.
fn with_deferred_mail(name: &str) -> Result<(Sandbox, String)> {
    let host = Sandbox::new(name, Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent")))?;
    host.append("main.cf", "default_transport = smtp:[192.0.2.25]:1\n")?;
    host.start()?;
    host.submit("someone@elsewhere.test")?;
    host.wait_for("the message to be deferred", || !deferred(&host).is_empty() && host.syslog().contains("status=deferred"))?;
    let stop = host.act(Action::Stop)?;
    ensure!(stop.code == Some(0), "{stop:?}");
    let file = deferred(&host);
    host.sh(&format!("sed -i '/^default_transport = smtp/d' {CONFIG}/main.cf && touch -d '+50 minutes' {QUEUE}/{file}"))?;
    Ok((host, file))
}

/// The queue file of the deferred message, below the queue; empty when there is none.
fn deferred(host: &Sandbox) -> String {
    host.output(&format!("cd {QUEUE} && find deferred -type f")).unwrap_or_default().trim().to_owned()
}

#[test]
fn what_was_deferred_is_delivered_after_a_start() -> Result<()> {
    let (host, _) = with_deferred_mail("flush")?;
    let start = host.act(Action::Start)?;
    let begun = Instant::now();
    ensure!(start.code == Some(0) && start.log.contains("postqueue -f"), "{start:?}");
    wait_for("the delivery", Duration::from_secs(60), || deferred(&host).is_empty())
        .with_context(|| format!("mail log: {}", host.syslog()))?;
    println!("flush=true: delivered {:.2} s after the start", begun.elapsed().as_secs_f64());
    Ok(())
}

#[test]
fn without_flush_it_waits_for_its_time() -> Result<()> {
    let (host, file) = with_deferred_mail("noflush")?;
    host.set("flush", "false");
    let time = host.output(&format!("stat -c %Y {QUEUE}/{file}"))?;
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(0) && !start.log.contains("postqueue"), "{start:?}");
    // Another message passes through the queue manager, which has looked at what was deferred before.
    host.submit("another@elsewhere.test")?;
    host.wait_for("the other message", || host.syslog().matches("status=sent").count() == 1)?;
    ensure!(deferred(&host) == file, "{}", host.syslog());
    ensure!(host.output(&format!("stat -c %Y {QUEUE}/{file}"))? == time, "its next attempt has another time");
    println!("flush=false: it waits for its next attempt, in 50 minutes");
    Ok(())
}

#[test]
fn a_queue_without_deferred_mail_is_not_flushed() -> Result<()> {
    let host = Sandbox::new("noneflush", Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent")))?;
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(0) && !start.log.contains("postqueue"), "{start:?}");
    Ok(())
}
