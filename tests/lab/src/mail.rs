//! Numbered mail, and a ledger of what became of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};

use crate::host::Host;
use crate::smtp::Client;

/// How often a client sends a message.
const EVERY: Duration = Duration::from_millis(100);

/// How long a client waits for an answer. Others are sent meanwhile.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client waits before it sends again what was not taken, as a mail server would.
const AGAIN: Duration = Duration::from_millis(500);

/// How many messages a client that opens a connection for each has under way. All of those that a long outage keeps from it would
/// take the machine from the server when it is back.
const UNDER_WAY: usize = 40;

/// How many messages a client that keeps its session sends in one.
const IN_A_SESSION: usize = 20;

/// Clients that send one numbered message after another, each until it is taken, until they are told to stop.
pub struct Load {
    shared: Arc<Shared>,
    senders: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    next: AtomicU32,
    failures: AtomicUsize,
    sent: Mutex<Vec<(u32, Instant)>>,
    acknowledged: Mutex<BTreeMap<u32, Instant>>,
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
    /// Starts `clients` clients on `host` that send to tester@example.test at `server`. The first, third, … open a
    /// connection for each message, however long the ones before take, up to a limit; the others keep their sessions.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn start(host: &Host, server: SocketAddr, clients: usize) -> Result<Load> {
        let shared = Arc::<Shared>::default();
        let start = |client: usize| {
            let shared = shared.clone();
            // A thread keeps the network it was started in.
            host.in_network(move || {
                std::thread::spawn(
                    move || if client & 1 == 0 { send_apart(&shared, server) } else { send_in_sessions(&shared, server) },
                )
            })
        };
        let senders = (0..clients).map(start).collect::<Result<_>>()?;
        Ok(Load { shared, senders })
    }

    /// How many times a client was not served and had to try again.
    pub fn failures(&self) -> usize {
        self.shared.failures.load(Ordering::Relaxed)
    }

    /// How many were acknowledged so far.
    pub fn count(&self) -> usize {
        self.shared.acknowledged.lock().unwrap().len()
    }

    /// How many messages wait to be acknowledged.
    pub fn backlog(&self) -> usize {
        self.shared.sent.lock().unwrap().len() - self.count()
    }

    /// Whether a message that was sent after `moment` has been acknowledged.
    pub fn flows_since(&self, moment: Instant) -> bool {
        let sent = self.shared.sent.lock().unwrap();
        let acknowledged = self.shared.acknowledged.lock().unwrap();
        sent.iter().rev().take_while(|(_, at)| *at > moment).any(|(number, _)| acknowledged.contains_key(number))
    }

    /// The longest time without an acknowledgement between two moments.
    pub fn outage(&self, from: Instant, to: Instant) -> Duration {
        let times: BTreeSet<Instant> =
            self.shared.acknowledged.lock().unwrap().values().copied().filter(|t| *t >= from && *t <= to).collect();
        let mut last = from;
        times.into_iter().chain([to]).map(|t| t - std::mem::replace(&mut last, t)).max().unwrap_or_default()
    }

    /// Stops sending; returns when every client has its last answer.
    pub fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for sender in self.senders.drain(..) {
            let _ = sender.join();
        }
    }

    /// The account so far.
    pub fn ledger(&self, mailbox: &Mailbox) -> Ledger {
        // In this order: what is acknowledged meanwhile was sent before.
        let acknowledged = self.shared.acknowledged.lock().unwrap().clone();
        Ledger {
            sent: self.shared.sent.lock().unwrap().len(),
            acknowledged: acknowledged.len(),
            delivered: mailbox.copies.len(),
            lost: acknowledged.keys().filter(|n| !mailbox.copies.contains_key(n)).copied().collect(),
            duplicated: mailbox.copies.iter().filter(|(_, copies)| copies.len() > 1).map(|(number, _)| *number).collect(),
        }
    }

    /// Stops sending and waits until everything acknowledged is in the maildir at `path` or does not come.
    ///
    /// # Errors
    /// When the mailbox cannot be read.
    pub fn settle(mut self, path: &Path, patience: Duration) -> Result<Ledger> {
        self.stop();
        let mut mailbox = Mailbox::default();
        let end = Instant::now() + patience;
        loop {
            mailbox.read(path)?;
            let ledger = self.ledger(&mailbox);
            if ledger.lost.is_empty() || Instant::now() > end {
                return Ok(ledger);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    /// The next number; None when it is time to stop.
    fn number(&self) -> Option<u32> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        self.sent.lock().unwrap().push((number, Instant::now()));
        Some(number)
    }

    /// Tries until the message is taken, or it is time to stop.
    fn retry(&self, number: u32, mut attempt: impl FnMut() -> Result<()>) {
        while attempt().is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(AGAIN);
        }
        self.acknowledged.lock().unwrap().insert(number, Instant::now());
    }
}

fn send_apart(shared: &Arc<Shared>, server: SocketAddr) {
    let mut open = Vec::new();
    while let Some(number) = shared.number() {
        let own = shared.clone();
        open.push(std::thread::spawn(move || {
            own.retry(number, || Session::open(server).and_then(|mut session| session.send(number)));
        }));
        std::thread::sleep(EVERY);
        open.retain(|thread| !thread.is_finished());
        while open.len() >= UNDER_WAY && !shared.stop.load(Ordering::Relaxed) {
            std::thread::sleep(EVERY);
            open.retain(|thread| !thread.is_finished());
        }
    }
    for thread in open {
        let _ = thread.join();
    }
}

fn send_in_sessions(shared: &Shared, server: SocketAddr) {
    let mut session = None;
    while let Some(number) = shared.number() {
        shared.retry(number, || {
            let mut open = match session.take().filter(|s: &Session| s.sent < IN_A_SESSION) {
                Some(open) => open,
                None => Session::open(server)?,
            };
            open.send(number)?;
            session = Some(open);
            Ok(())
        });
        std::thread::sleep(EVERY);
    }
}

/// Somebody who asks for the greeting again and again.
pub struct Greeter {
    stop: Arc<AtomicBool>,
    failed: Arc<Mutex<Vec<Ungreeted>>>,
    thread: Option<JoinHandle<()>>,
}

/// A connection that was not greeted.
#[derive(Debug)]
pub struct Ungreeted {
    pub from: Instant,
    pub to: Instant,
    pub why: String,
}

impl Greeter {
    /// Asks `server` from `host`, ten times a second at the most.
    ///
    /// # Errors
    /// When the host is gone.
    pub fn start(host: &Host, server: SocketAddr) -> Result<Greeter> {
        let (stop, failed) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Vec<Ungreeted>>>::default());
        let (over, list) = (stop.clone(), failed.clone());
        let ask = move || {
            while !over.load(Ordering::Relaxed) {
                let from = Instant::now();
                if let Err(error) = Session::open(server) {
                    list.lock().unwrap().push(Ungreeted { from, to: Instant::now(), why: format!("{error:#}") });
                }
                std::thread::sleep(EVERY);
            }
        };
        let thread = host.in_network(move || std::thread::spawn(ask))?;
        Ok(Greeter { stop, failed, thread: Some(thread) })
    }

    /// What was not greeted since the last time that somebody asked this.
    pub fn ungreeted(&self) -> Vec<Ungreeted> {
        std::mem::take(&mut self.failed.lock().unwrap())
    }
}

impl Drop for Greeter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A message in a mailbox.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Its name tells the host that delivered it.
    pub file: String,
    /// The id it had in the queue.
    pub queue_id: String,
    pub delivered: SystemTime,
}

/// What is in a maildir, read bit by bit.
#[derive(Debug, Default)]
pub struct Mailbox {
    seen: HashSet<String>,
    pub copies: BTreeMap<u32, Vec<Copy>>,
}

impl Mailbox {
    /// Reads what is new since the last time.
    ///
    /// # Errors
    /// When there is no such maildir.
    pub fn read(&mut self, maildir: &Path) -> Result<()> {
        for entry in fs::read_dir(maildir.join("new")).with_context(|| maildir.display().to_string())?.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if self.seen.contains(&file) {
                continue;
            }
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let Some(number) = text.lines().find_map(|l| l.strip_prefix("X-Number: ")?.parse().ok()) else { continue };
            let queue_id = text.lines().find_map(|l| l.split_once(" id ")).map(|(_, id)| id.trim_end_matches(';').to_owned());
            let delivered = entry.metadata().and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            self.seen.insert(file.clone());
            self.copies.entry(number).or_default().push(Copy { file, queue_id: queue_id.unwrap_or_default(), delivered });
        }
        Ok(())
    }
}

/// An SMTP session.
struct Session {
    client: Client,
    sent: usize,
}

impl Session {
    fn open(server: SocketAddr) -> Result<Session> {
        let mut client = Client::open(server, TIMEOUT)?;
        client.ask("EHLO client.example.test", "250")?;
        Ok(Session { client, sent: 0 })
    }

    /// Sends one message; Ok only when the server has taken it. Some are larger than others.
    fn send(&mut self, number: u32) -> Result<()> {
        self.client.ask("MAIL FROM:<load@example.test>", "250")?;
        self.client.ask("RCPT TO:<tester@example.test>", "250")?;
        self.client.ask("DATA", "354")?;
        let body = format!("mail {number}\r\n").repeat(1 + number as usize % 10 * 40);
        let head = format!("From: <load@example.test>\r\nSubject: {number}\r\nX-Number: {number}\r\n");
        self.client.ask(&format!("{head}\r\n{body}."), "250")?;
        self.sent += 1;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Taken is taken, whatever happens to the farewell.
        let _ = self.client.say("QUIT");
    }
}
