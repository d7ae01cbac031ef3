//! Numbered mail, and a ledger of what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::host::Host;

/// How often a message is sent.
const EVERY: Duration = Duration::from_millis(100);

/// How long a client waits for an answer. Others are sent meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client that sends one numbered message after another until it is told to stop.
pub struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<Mutex<Vec<(u32, Instant)>>>,
    acknowledged: Arc<Mutex<BTreeMap<u32, Instant>>>,
    sender: Option<JoinHandle<()>>,
}

/// What became of all messages.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    pub sent: usize,
    pub acknowledged: usize,
    pub delivered: usize,
    /// Acknowledged and in no mailbox.
    pub lost: Vec<u32>,
    /// In the mailbox more than once.
    pub duplicated: Vec<u32>,
}

impl Load {
    /// Starts to send from `host` to tester@example.test at `server`.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn start(host: &Host, server: SocketAddr) -> Result<Load> {
        let mut load = Load { stop: Arc::default(), sent: Arc::default(), acknowledged: Arc::default(), sender: None };
        let (stop, sent, acknowledged) = (load.stop.clone(), load.sent.clone(), load.acknowledged.clone());
        // A thread keeps the network it was started in.
        load.sender = Some(host.in_network(move || {
            std::thread::spawn(move || {
                let mut open = Vec::new();
                for number in 1.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    sent.lock().unwrap().push((number, Instant::now()));
                    let acknowledged = acknowledged.clone();
                    open.push(std::thread::spawn(move || {
                        if send(server, number).is_ok() {
                            acknowledged.lock().unwrap().insert(number, Instant::now());
                        }
                    }));
                    open.retain(|thread| !thread.is_finished());
                    std::thread::sleep(EVERY);
                }
                for thread in open {
                    let _ = thread.join();
                }
            })
        })?);
        Ok(load)
    }

    /// How many were acknowledged so far.
    pub fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Whether a message that was sent after `moment` has been acknowledged.
    pub fn flows_since(&self, moment: Instant) -> bool {
        let sent = self.sent.lock().unwrap();
        let acknowledged = self.acknowledged.lock().unwrap();
        sent.iter().rev().take_while(|(_, at)| *at > moment).any(|(number, _)| acknowledged.contains_key(number))
    }

    /// The longest time without an acknowledgement between two moments.
    pub fn outage(&self, from: Instant, to: Instant) -> Duration {
        let times: BTreeSet<Instant> =
            self.acknowledged.lock().unwrap().values().copied().filter(|t| *t >= from && *t <= to).collect();
        let mut last = from;
        times.into_iter().chain([to]).map(|t| t - std::mem::replace(&mut last, t)).max().unwrap_or_default()
    }

    /// Stops sending and waits until everything acknowledged is in `mailbox` (a maildir) or does not come.
    ///
    /// # Errors
    /// When the mailbox cannot be read.
    pub fn settle(mut self, mailbox: &Path, patience: Duration) -> Result<Ledger> {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(sender) = self.sender.take() {
            let _ = sender.join();
        }
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        let end = Instant::now() + patience;
        loop {
            let found = numbers(mailbox)?;
            let lost: Vec<u32> = acknowledged.keys().filter(|n| !found.contains_key(n)).copied().collect();
            if lost.is_empty() || Instant::now() > end {
                return Ok(Ledger {
                    sent: self.sent.lock().unwrap().len(),
                    acknowledged: acknowledged.len(),
                    delivered: found.len(),
                    lost,
                    duplicated: found.into_iter().filter(|(_, copies)| *copies > 1).map(|(number, _)| number).collect(),
                });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// How often each number is in a maildir.
fn numbers(mailbox: &Path) -> Result<BTreeMap<u32, usize>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(mailbox.join("new")).with_context(|| mailbox.display().to_string())?.flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        if let Some(number) = text.lines().find_map(|l| l.strip_prefix("X-Number: ")?.parse().ok()) {
            *found.entry(number).or_default() += 1;
        }
    }
    Ok(found)
}

/// Sends one message; Ok only when the server has taken it.
fn send(server: SocketAddr, number: u32) -> Result<()> {
    let stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut server = BufReader::new(stream);
    let expect = |server: &mut BufReader<TcpStream>, code: &str| -> Result<()> {
        loop {
            let mut line = String::new();
            ensure!(server.read_line(&mut line)? > 0, "closed");
            ensure!(line.starts_with(code), "{line}");
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    };
    expect(&mut server, "220")?;
    let message = format!("From: <load@example.test>\r\nSubject: {number}\r\nX-Number: {number}\r\n\r\nmail {number}\r\n.");
    let talk = [
        ("EHLO client.example.test", "250"),
        ("MAIL FROM:<load@example.test>", "250"),
        ("RCPT TO:<tester@example.test>", "250"),
        ("DATA", "354"),
        (&message, "250"),
    ];
    for (line, code) in talk {
        server.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
        expect(&mut server, code)?;
    }
    // Taken is taken, whatever happens to the farewell.
    let _ = server.get_mut().write_all(b"QUIT\r\n");
    Ok(())
}
