//! make torture: random faults on clusters of two and three nodes, mail from several clients all the while,
//! and a ledger at the end. The hierarchy is made by `postkeeper create` and by pcs, by turns.
//!
//! It stops at the first acknowledged message that is lost, at the first report of the agent that is not so,
//! at the first greeting that is missed and no fault explains, and when two masters or two mounts hold the one disk;
//! what is known then is kept in a directory.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use fastrand::Rng;
use lab::cluster::{Cluster, VIP};
use lab::host::{Host, require_root, wait_for};
use lab::mail::{Greeter, Ledger, Load, Mailbox, Ungreeted};
use lab::process::{self, Id};
use lab::{disk, setup, witness};
use nix::sys::signal::{SigHandler, Signal, signal};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

extern "C" fn interrupt(_: i32) {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

const RESOURCE: &str = "mail-postfix";

/// How long mail may take to flow again after a fault, the boot of a node included.
const TIMEOUT: Duration = Duration::from_secs(150);

/// A pause that is worth a look.
const LONG: Duration = Duration::from_secs(100);

/// On a machine that has no turn for us for so long nobody can keep a time.
const STARVED: Duration = Duration::from_secs(3);

/// Random faults on real clusters, and whether mail is lost.
#[derive(Parser)]
struct Arguments {
    /// How many faults
    #[arg(long, default_value_t = 100)]
    faults: usize,
    /// Which faults: the same seed gives the same ones
    #[arg(long)]
    seed: Option<u64>,
    /// Sizes of the clusters that share the faults
    #[arg(long, value_delimiter = ',', default_value = "2,3")]
    nodes: Vec<usize>,
    /// How many clients send mail
    #[arg(long, default_value_t = 4)]
    clients: usize,
    /// Who makes the hierarchies [default: each by turns]
    #[arg(long, value_enum)]
    made: Option<Maker>,
    /// More parameters of the resource, `NAME=VALUE NAME=VALUE`
    #[arg(long, default_value = "")]
    parameters: String,
    /// Print every answer of the agent too
    #[arg(long)]
    verbose: bool,
    /// Say which faults they would be, and do nothing
    #[arg(long)]
    list: bool,
    /// Only faults whose name contains this, or one of these with commas between them
    #[arg(long, default_value = "")]
    only: String,
}

/// What the hierarchy is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Maker {
    /// As a group, with pcs
    Pcs,
    /// By postkeeper create and extend
    Tool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    require_root();
    for sig in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler only sets a flag.
        let _ = unsafe { signal(sig, SigHandler::Handler(interrupt)) };
    }
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(1..1_000_000));
    println!("seed {seed}: --seed {seed} gives the same faults again");
    let mut rng = Rng::with_seed(seed);
    let plans: Vec<Plan> = (0..arguments.nodes.len()).map(|at| plan(&arguments, at, seed, &mut rng)).collect();
    if arguments.faults > 0 && plans.iter().all(|plan| plan.faults.is_empty()) {
        eprintln!("--only {:?} names no fault; --list shows their names", arguments.only);
        return ExitCode::FAILURE;
    }
    if arguments.list {
        for Plan { nodes, maker, faults } in plans {
            let names: Vec<&str> = faults.into_iter().map(|(fault, _)| fault.name).collect();
            println!("{nodes} nodes, {maker:?}: {}", names.join(", "));
        }
        return ExitCode::SUCCESS;
    }
    // They share nothing but the machine, and wait most of the time.
    let ends: Vec<(Sums, Result<()>)> = std::thread::scope(|scope| {
        let running: Vec<_> = plans.into_iter().map(|plan| scope.spawn(|| plan.carry_out(&arguments))).collect();
        running.into_iter().map(|thread| thread.join().expect("a cluster's thread does not panic")).collect()
    });
    let mut sums = Sums::default();
    let mut code = ExitCode::SUCCESS;
    for (own, end) in ends {
        sums.add(own);
        if let Err(error) = end {
            println!("Stopped: {error:#}");
            code = ExitCode::FAILURE;
        }
    }
    print!("{sums}");
    code
}

/// What one cluster has to endure.
struct Plan {
    nodes: usize,
    maker: Maker,
    /// Each with what it draws by itself.
    faults: Vec<(&'static Fault, Rng)>,
}

fn plan(arguments: &Arguments, at: usize, seed: u64, rng: &mut Rng) -> Plan {
    let by_turns = if (seed + at as u64) & 1 == 0 { Maker::Tool } else { Maker::Pcs };
    Plan {
        nodes: arguments.nodes[at],
        maker: arguments.made.unwrap_or(by_turns),
        faults: draw((arguments.faults + at) / arguments.nodes.len(), rng, &arguments.only),
    }
}

impl Plan {
    fn carry_out(self, arguments: &Arguments) -> (Sums, Result<()>) {
        let mut sums = Sums::default();
        let booted = Torture::boot(self.nodes, self.maker, arguments);
        let end = booted.and_then(|torture| torture.run(self.faults, arguments, &mut sums));
        if end.is_err() {
            // The others need not go on.
            INTERRUPTED.store(true, Ordering::Relaxed);
        }
        (sums, end.with_context(|| format!("{} nodes", self.nodes)))
    }
}

/// The account over all clusters.
#[derive(Default)]
struct Sums {
    faults: BTreeMap<&'static str, Vec<Duration>>,
    ledger: Ledger,
    causes: Vec<String>,
    reports: usize,
    untrue: usize,
    unexplained: usize,
}

impl Sums {
    fn add(&mut self, other: Sums) {
        for (name, pauses) in other.faults {
            self.faults.entry(name).or_default().extend(pauses);
        }
        self.ledger.sent += other.ledger.sent;
        self.ledger.acknowledged += other.ledger.acknowledged;
        self.ledger.delivered += other.ledger.delivered;
        self.ledger.lost.extend(other.ledger.lost);
        self.ledger.duplicated.extend(other.ledger.duplicated);
        self.causes.extend(other.causes);
        self.reports += other.reports;
        self.untrue += other.untrue;
        self.unexplained += other.unexplained;
    }
}

impl std::fmt::Display for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\n  {:<44} {:>5}  {:>14}  {:>14}", "fault", "times", "median pause", "longest pause")?;
        for (name, pauses) in &self.faults {
            let mut sorted = pauses.clone();
            sorted.sort();
            let seconds = |d: Duration| format!("{:.1} s", d.as_secs_f64());
            let (median, longest) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
            writeln!(f, "  {name:<44} {:>5}  {:>14}  {:>14}", sorted.len(), seconds(median), seconds(longest))?;
        }
        for cause in &self.causes {
            writeln!(f, "  twice: {cause}")?;
        }
        let longest = self.faults.values().flatten().max().copied().unwrap_or_default();
        writeln!(
            f,
            "\n  ledger: faults {}, sent {}, acknowledged {}, delivered {}, lost {}, duplicated {}\n  \
             longest outage {:.1} s, outages that no fault explains {}, reports of the agent that were checked {}, untrue {}",
            self.faults.values().map(Vec::len).sum::<usize>(),
            self.ledger.sent,
            self.ledger.acknowledged,
            self.ledger.delivered,
            self.ledger.lost.len(),
            self.ledger.duplicated.len(),
            longest.as_secs_f64(),
            self.unexplained,
            self.reports,
            self.untrue,
        )
    }
}

/// What is seen while faults happen; shared with those who look.
#[derive(Default)]
struct Watch {
    over: AtomicBool,
    events: Mutex<Vec<(SystemTime, String)>>,
    /// What must never be; the first is enough.
    wrong: Mutex<Vec<String>>,
    reports: Mutex<usize>,
    untrue: Mutex<usize>,
    unexplained: Mutex<usize>,
    /// The longest time for which the machine had no turn for somebody who looks 50 times a second, since a fault began.
    starved: Mutex<Duration>,
    /// This time even a harmless fault ends Postfix, and not for a fault of ours.
    excused: AtomicBool,
    verbose: bool,
}

impl Watch {
    fn note(&self, text: impl Into<String>) {
        self.events.lock().unwrap().push((SystemTime::now(), text.into()));
    }

    fn denounce(&self, text: String) {
        self.note(text.clone());
        self.wrong.lock().unwrap().push(text);
    }

    /// Hears the witness of a node for as long as the node lives.
    fn listen(self: &Arc<Self>, node: &Host, socket: UnixDatagram) -> Result<()> {
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        let (watch, name, alive) = (self.clone(), node.name.clone(), node.root().join("proc/1"));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while alive.exists() && !watch.over.load(Ordering::Relaxed) {
                let Ok(length) = socket.recv(&mut buffer) else { continue };
                let text = format!("{name}: {}", String::from_utf8_lossy(&buffer[..length]));
                if watch.verbose {
                    println!("           {text}");
                }
                *watch.reports.lock().unwrap() += 1;
                if text.contains(witness::LIE) {
                    *watch.untrue.lock().unwrap() += 1;
                    watch.denounce(text);
                } else {
                    watch.note(text);
                }
            }
        });
        Ok(())
    }
}

/// The master of Postfix on the host with this process 1: it is a child of that.
fn master_of(init: i32) -> Option<Id> {
    process::children(init).into_iter().find(|p| p.name == "master").map(|p| p.id)
}

fn has_mounted(init: i32) -> bool {
    fs::read_to_string(format!("/proc/{init}/mounts")).is_ok_and(|text| text.contains("/dev/labdisk "))
}

/// Two masters, or two mounts, at the same moment: the first must still be there when the second is seen.
fn look_for_two(inits: &[i32]) -> Option<String> {
    let masters: Vec<(usize, Id)> = inits.iter().enumerate().filter_map(|(i, init)| Some((i, master_of(*init)?))).collect();
    if let [(first, id), (second, _), ..] = masters[..]
        && process::read_stuck(Path::new(process::MACHINE), id.0).is_some_and(|p| p.id == id)
    {
        return Some(format!("two masters at the same time, on n{} and n{}", first + 1, second + 1));
    }
    let mounted: Vec<usize> = inits.iter().enumerate().filter(|(_, init)| has_mounted(**init)).map(|(i, _)| i).collect();
    if let [first, second, ..] = mounted[..]
        && has_mounted(inits[first])
    {
        return Some(format!("the disk is mounted at the same time on n{} and n{}", first + 1, second + 1));
    }
    None
}

/// A fault that is over.
struct Struck {
    name: &'static str,
    pause: Duration,
    from: SystemTime,
    to: SystemTime,
}

struct Torture {
    cluster: Arc<Cluster>,
    maker: Maker,
    watch: Arc<Watch>,
    begun: Instant,
}

impl Torture {
    fn boot(nodes: usize, maker: Maker, arguments: &Arguments) -> Result<Torture> {
        println!("{nodes} nodes are booting, the hierarchy is made by {maker:?}");
        let watch = Arc::new(Watch { verbose: arguments.verbose, ..Watch::default() });
        let cluster = Arc::new(Cluster::boot(nodes, &|host| prepare(host, &watch))?);
        setup::make_shared_queue(&cluster)?;
        let commands = if maker == Maker::Pcs { BY_PCS } else { BY_TOOL };
        for command in commands.lines() {
            cluster.sh("n1", &command.replace("MORE", &arguments.parameters))?;
        }
        let torture = Torture { cluster, maker, watch, begun: Instant::now() };
        if maker == Maker::Tool {
            torture.cluster.wait_settled()?;
            let on = torture.cluster.active("mail-ip").context("mail-ip is nowhere")?;
            torture.create(&on)?;
            if !arguments.parameters.is_empty() {
                torture.cluster.sh("n1", &format!("postkeeper set {RESOURCE} {} --yes", arguments.parameters))?;
            }
        }
        wait_for("Postfix", TIMEOUT, || torture.cluster.active(RESOURCE).is_some())?;
        torture.cluster.wait_settled()?;
        Ok(torture)
    }

    /// Makes the hierarchy with the tool where address and file system are, for all servers.
    fn create(&self, on: &str) -> Result<()> {
        let group = if self.maker == Maker::Pcs { "--group mail" } else { "" };
        self.cluster.sh(on, &format!("postkeeper create --tag {RESOURCE} {group} --yes"))?;
        for name in self.cluster.names().iter().filter(|n| *n != on) {
            self.cluster.sh(on, &format!("postkeeper extend {RESOURCE} --to {name} --yes"))?;
        }
        Ok(())
    }

    fn say(&self, text: &str) {
        println!("{:7.1} s  [{} nodes] {text}", self.begun.elapsed().as_secs_f64(), self.cluster.names().len());
        self.watch.note(text);
    }

    fn run(&self, faults: Vec<(&'static Fault, Rng)>, arguments: &Arguments, sums: &mut Sums) -> Result<()> {
        let watcher = {
            let (cluster, watch) = (self.cluster.clone(), self.watch.clone());
            std::thread::spawn(move || {
                let mut last = Instant::now();
                while !watch.over.load(Ordering::Relaxed) {
                    let gap = std::mem::replace(&mut last, Instant::now()).elapsed();
                    let mut starved = watch.starved.lock().unwrap();
                    *starved = gap.max(*starved);
                    drop(starved);
                    if let Some(what) = look_for_two(&cluster.inits()) {
                        watch.denounce(what);
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            })
        };
        let mut mailbox = Mailbox::default();
        let mut load = Load::start(&self.cluster.client, format!("{VIP}:25").parse()?, arguments.clients)?;
        let greeter = Greeter::start(&self.cluster.client, format!("{VIP}:25").parse()?)?;
        let mut history = Vec::new();
        let outcome = self.strike_all(faults, &mut load, &greeter, &mut mailbox, &mut history);
        for Struck { name, pause, .. } in &history {
            sums.faults.entry(name).or_default().push(*pause);
        }
        let ledger = load.ledger(&mailbox);
        sums.causes.extend(ledger.duplicated.iter().map(|number| cause_of(*number, &mailbox, &history)));
        sums.ledger.sent += ledger.sent;
        sums.ledger.acknowledged += ledger.acknowledged;
        sums.ledger.delivered += ledger.delivered;
        if outcome.is_ok() {
            // Otherwise what has not arrived may be in the queue.
            sums.ledger.lost.extend(ledger.lost);
        }
        sums.ledger.duplicated.extend(ledger.duplicated);
        if let Err(error) = &outcome {
            match self.keep_evidence(&mailbox) {
                Ok(place) => println!("Evidence is kept in {}", place.display()),
                Err(failed) => println!("No evidence could be kept: {failed:#} ({error:#})"),
            }
        }
        self.watch.over.store(true, Ordering::Relaxed);
        let _ = watcher.join();
        sums.reports += *self.watch.reports.lock().unwrap();
        sums.untrue += *self.watch.untrue.lock().unwrap();
        sums.unexplained += *self.watch.unexplained.lock().unwrap();
        outcome
    }

    fn strike_all(
        &self,
        faults: Vec<(&'static Fault, Rng)>,
        load: &mut Load,
        greeter: &Greeter,
        mailbox: &mut Mailbox,
        history: &mut Vec<Struck>,
    ) -> Result<()> {
        wait_for("the first mail", TIMEOUT, || load.count() >= 10)?;
        let count = faults.len();
        let mut calm = Instant::now();
        for (number, (fault, mut own)) in (1..).zip(faults) {
            let active = self.serving()?;
            self.say(&format!("{number}/{count} {} (Postfix is on {active})", fault.name));
            self.judge_greetings(greeter, calm, None)?;
            let (moment, time) = (Instant::now(), SystemTime::now());
            let master = if fault.harmless { self.master() } else { None };
            *self.watch.starved.lock().unwrap() = Duration::ZERO;
            self.watch.excused.store(false, Ordering::Relaxed);
            let done = (fault.strike)(self, &active, &mut own).with_context(|| fault.name.to_owned());
            if let Err(error) = &done {
                self.say(&format!("  {error:#}"));
            }
            self.recover(load)?;
            let harmless = fault.harmless && !self.watch.excused.load(Ordering::Relaxed);
            self.judge_greetings(greeter, calm, (!harmless).then_some(moment))?;
            if !harmless {
                calm = Instant::now();
            }
            if harmless && self.master() != master {
                let what = format!("{} ended the master {master:?}, {:?} runs", fault.name, self.master());
                if !self.is_machine_to_blame(&what) {
                    self.watch.denounce(what);
                }
            }
            let pause = load.outage(moment, Instant::now());
            let starved = *self.watch.starved.lock().unwrap();
            let busy =
                if starved < STARVED { String::new() } else { format!("; the machine had no turn for us for {starved:.1?}") };
            self.say(&format!("  mail flows on {}, longest pause {:.1} s{busy}", self.serving()?, pause.as_secs_f64()));
            if pause > LONG {
                println!("What is known of so long a pause is kept in {}", self.keep_evidence(mailbox)?.display());
            }
            history.push(Struck { name: fault.name, pause, from: time, to: SystemTime::now() });
            self.judge(load, mailbox, false)?;
            std::thread::sleep(Duration::from_millis(own.u64(0..1500)));
        }
        load.stop();
        self.judge_greetings(greeter, calm, None)?;
        let ledger = self.judge(load, mailbox, true)?;
        self.say(&format!("{} messages acknowledged, none lost", ledger.acknowledged));
        Ok(())
    }

    /// The master that runs, wherever that is.
    fn master(&self) -> Option<(usize, Id)> {
        self.cluster.inits().iter().enumerate().find_map(|(i, init)| Some((i, master_of(*init)?)))
    }

    /// Every connection was greeted, but for those that were open at a time that a fault explains: before `calm`, when the last
    /// one was over, or since another has begun.
    fn judge_greetings(&self, greeter: &Greeter, calm: Instant, fault: Option<Instant>) -> Result<()> {
        let is_unexplained = |u: &Ungreeted| u.from >= calm && fault.is_none_or(|begun| u.to < begun);
        let unexplained = greeter.ungreeted().into_iter().find(is_unexplained);
        if let Some(ungreeted) = unexplained {
            let took = ungreeted.to - ungreeted.from;
            let what = format!("no greeting, and no fault explains it: {} after {took:.1?}", ungreeted.why);
            if !self.is_machine_to_blame(&what) {
                *self.watch.unexplained.lock().unwrap() += 1;
                self.watch.denounce(what);
            }
        }
        self.check()
    }

    /// The node on which the cluster has Postfix.
    fn serving(&self) -> Result<String> {
        let mut node = None;
        self.wait("a node that serves", || {
            node = self.cluster.active(RESOURCE);
            node.is_some()
        })?;
        node.context("no node serves")
    }

    /// Waits, but not when it is over already.
    fn wait(&self, what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
        let end = Instant::now() + TIMEOUT;
        while !holds() {
            self.check()?;
            ensure!(Instant::now() < end, "waited {TIMEOUT:?} in vain for {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
        self.check()
    }

    /// That nothing was seen that must never be.
    fn check(&self) -> Result<()> {
        ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
        match self.watch.wrong.lock().unwrap().first() {
            Some(what) => bail!("{what}"),
            None => Ok(()),
        }
    }

    /// Switches on what is off, forgives failures, and waits until mail flows and the cluster has nothing to do.
    fn recover(&self, load: &Load) -> Result<()> {
        let struck = Instant::now();
        self.wait("the cluster to settle", || self.cluster.wait_settled().is_ok())?;
        self.judge_failures()?;
        for name in self.cluster.names().iter().filter(|n| !self.cluster.is_on(n)) {
            self.cluster.wait_known_off(name)?;
            self.cluster.switch_on(name, &|host| prepare(host, &self.watch)).with_context(|| format!("switching on {name}"))?;
        }
        self.wait("every node to be online", || self.cluster.names().iter().all(|n| self.cluster.wait_online(n).is_ok()))?;
        self.wait("failures to be forgiven", || self.cluster.clean_up().is_ok())?;
        self.wait("mail to flow", || load.flows_since(struck))?;
        self.wait("the clients to have sent what they could not send", || load.backlog() < 20)
    }

    /// What a starved machine may have done is said, and held against nobody.
    fn is_machine_to_blame(&self, what: &str) -> bool {
        let starved = *self.watch.starved.lock().unwrap();
        let blamed = starved > STARVED;
        if blamed {
            self.say(&format!("  the machine was too busy to judge this, it had no turn for us for {starved:.1?}: {what}"));
        }
        blamed
    }

    /// No run of the agent was ended at its timeout: that is an answer without a word.
    fn judge_failures(&self) -> Result<()> {
        for failure in self.cluster.failures()? {
            self.watch.note(&*failure);
            if failure.contains(&format!("op_key=\"{RESOURCE}_")) && failure.contains("status=\"Timed Out\"") {
                let what = format!("the agent did not answer in time: {failure}");
                if !self.is_machine_to_blame(&what) {
                    *self.watch.untrue.lock().unwrap() += 1;
                    self.watch.denounce(what);
                }
            }
        }
        self.check()
    }

    /// Settles the account: what is acknowledged is in the mailbox, or still in the queue unless it is the `last` time.
    fn judge(&self, load: &Load, mailbox: &mut Mailbox, last: bool) -> Result<Ledger> {
        let acknowledged = load.ledger(mailbox);
        let due: Vec<u32> = acknowledged.lost;
        let end = Instant::now() + Duration::from_secs(if last { 60 } else { 20 });
        loop {
            self.check()?;
            let active = self.serving()?;
            let read = self.cluster.with(&active, |host| Ok(host.root().to_owned()));
            read.and_then(|root| mailbox.read(&root.join("srv/mail/box/tester")))?;
            let missing: Vec<u32> = due.iter().filter(|n| !mailbox.copies.contains_key(n)).copied().collect();
            let ledger = load.ledger(mailbox);
            if missing.is_empty() && (!last || ledger.lost.is_empty()) {
                return Ok(ledger);
            }
            if Instant::now() > end {
                let queued = self.cluster.sh(&active, "cat /srv/mail/queue/active/* /srv/mail/queue/incoming/* /srv/mail/queue/deferred/*/* 2>/dev/null | grep -a -o 'X-Number: [0-9]*'").unwrap_or_default();
                let queued: Vec<u32> = queued.lines().filter_map(|l| l.strip_prefix("X-Number: ")?.parse().ok()).collect();
                let lost: Vec<u32> = missing.into_iter().filter(|n| !queued.contains(n)).collect();
                ensure!(lost.is_empty(), "acknowledged and lost: {lost:?}");
                ensure!(!last, "acknowledged and not delivered a minute later, but in the queue: {queued:?}");
                return Ok(ledger);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Everything that may tell what happened, in a new directory.
    fn keep_evidence(&self, mailbox: &Mailbox) -> Result<PathBuf> {
        let place = tempfile::Builder::new().prefix("postkeeper-torture-").tempdir()?.keep();
        let mut events = String::new();
        for (at, text) in self.watch.events.lock().unwrap().iter() {
            writeln!(events, "{} {text}", clock(*at))?;
        }
        fs::write(place.join("events"), events)?;
        let copies: String = mailbox.copies.iter().map(|(n, c)| format!("{n} {c:?}\n")).collect();
        fs::write(place.join("mailbox"), copies)?;
        for name in self.cluster.names() {
            let logs = self.cluster.with(name, |host| {
                let log = |file: &str| fs::read(host.root().join(file)).unwrap_or_default();
                Ok([log("var/log/syslog"), log("var/log/pacemaker/pacemaker.log")])
            });
            for (log, text) in ["syslog", "pacemaker.log"].iter().zip(logs.into_iter().flatten()) {
                fs::write(place.join(format!("{name}-{log}")), text)?;
            }
            let state = "crm_mon -1; cibadmin -Q; ps -ef; mount; find /srv/mail/queue -type f";
            fs::write(place.join(format!("{name}-state")), self.cluster.sh(name, state).unwrap_or_default())?;
        }
        Ok(place)
    }

    /// Another node than this that is on.
    fn another(&self, than: &str, rng: &mut Rng) -> Result<String> {
        let others: Vec<&String> = self.cluster.names().iter().filter(|n| *n != than && self.cluster.is_on(n)).collect();
        ensure!(!others.is_empty(), "no other node is on");
        Ok(others[rng.usize(..others.len())].clone())
    }

    /// Waits until somebody has cut its power.
    fn wait_off(&self, name: &str) -> Result<()> {
        self.wait(&format!("{name} to be fenced"), || !self.cluster.is_on(name))
    }
}

/// Why a message is in the mailbox twice.
fn cause_of(number: u32, mailbox: &Mailbox, history: &[Struck]) -> String {
    let copies = &mailbox.copies[&number];
    let ids: Vec<&str> = copies.iter().map(|c| c.queue_id.as_str()).collect();
    let hosts: Vec<&str> = copies.iter().map(|c| c.file.splitn(3, '.').nth(2).unwrap_or_default()).collect();
    let last = copies.iter().map(|c| c.delivered).max().unwrap_or(SystemTime::UNIX_EPOCH);
    let during = history.iter().find(|h| h.from <= last && last <= h.to).map_or("no fault", |h| h.name);
    let how = if ids.windows(2).all(|w| w[0] == w[1]) {
        "delivered, and ended before its note in the queue"
    } else {
        "taken twice, its client had no answer the first time"
    };
    format!("message {number}, {how}: queue id {}, by {}, during {during}", ids.join(" and "), hosts.join(" and "))
}

fn clock(at: SystemTime) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs();
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, since.subsec_millis())
}

fn prepare(host: &Host, watch: &Arc<Watch>) -> Result<()> {
    // Deferred mail is tried again soon, so that the account can be settled after each fault.
    let more = "minimal_backoff_time = 2s\nmaximal_backoff_time = 5s\nqueue_run_delay = 2s\ntransport_retry_time = 2s\n";
    setup::configure_postfix(host, "/etc/postfix", VIP, "/srv/mail", more)?;
    setup::install_tool(host)?;
    watch.listen(host, witness::take_place(host)?)
}

const BY_PCS: &str = "\
pcs resource defaults update resource-stickiness=100
pcs resource create mail-fs ocf:heartbeat:Filesystem device=/dev/labdisk directory=/srv/mail fstype=ext4
pcs resource create mail-ip ocf:heartbeat:IPaddr2 ip=10.77.0.50 cidr_netmask=24
pcs resource group add mail mail-fs mail-ip
pcs resource create mail-postfix ocf:postkeeper:postfix queue_dir=/srv/mail/queue queue_mountpoint=/srv/mail MORE op monitor interval=3s timeout=20s monitor interval=7s timeout=20s OCF_CHECK_LEVEL=10 monitor interval=13s timeout=20s OCF_CHECK_LEVEL=20 --disabled
pcs resource group add mail mail-postfix
pcs resource enable mail-postfix
";

/// What the tool makes a hierarchy of.
const BY_TOOL: &str = "\
pcs resource create mail-fs ocf:heartbeat:Filesystem device=/dev/labdisk directory=/srv/mail fstype=ext4
pcs resource create mail-ip ocf:heartbeat:IPaddr2 ip=10.77.0.50 cidr_netmask=24
pcs constraint colocation add mail-ip with mail-fs
";

struct Fault {
    name: &'static str,
    /// It is no reason for Postfix to be restarted, or for a client to be kept waiting.
    harmless: bool,
    strike: fn(&Torture, &str, &mut Rng) -> Result<()>,
}

const DAEMONS: &[&str] = &["master", "qmgr", "pickup", "smtpd", "cleanup", "virtual", "trivial-rewrite", "anvil"];

type Strike = fn(&Torture, &str, &mut Rng) -> Result<()>;

const fn fault(name: &'static str, strike: Strike) -> Fault {
    Fault { name, harmless: false, strike }
}

const fn harmless(name: &'static str, strike: Strike) -> Fault {
    Fault { name, harmless: true, strike }
}

#[rustfmt::skip]
const FAULTS: &[Fault] = &[
    fault("kill -9 of the master",                 |t, on, _| t.cluster.sh(on, "kill -9 $(cat /srv/mail/queue/pid/master.pid)").map(drop)),
    fault("kill -9 of a daemon",                   |t, on, rng| signal_daemon(t, on, rng, "KILL").map(drop)),
    fault("kill -9 of every daemon",               |t, on, _| t.cluster.sh(on, "for p in /proc/[0-9]*; do case $(readlink $p/exe) in /usr/lib/postfix/*) kill -9 ${p#/proc/};; esac; done; true").map(drop)),
    fault("SIGSTOP of the master",                 |t, on, _| t.cluster.sh(on, "kill -STOP $(cat /srv/mail/queue/pid/master.pid)").map(drop)),
    fault("SIGSTOP of a daemon, for a while",      stop_daemon),
    fault("power cut of the active node",          |t, on, _| t.cluster.power_off(on)),
    harmless("power cut of a passive node",        |t, on, rng| t.cluster.power_off(&t.another(on, rng)?)),
    fault("cable pulled from the active node",     |t, on, _| t.cluster.pull_cable(on).and_then(|()| t.wait_off(on))),
    harmless("cable pulled from a passive node",   |t, on, rng| { let other = t.another(on, rng)?; t.cluster.pull_cable(&other)?; t.wait_off(&other) }),
    fault("planned move",                          planned_move),
    fault("standby",                               |t, on, _| { t.cluster.sh(on, &format!("pcs node standby {on}"))?; t.cluster.wait_settled()?; t.cluster.sh(on, &format!("pcs node unstandby {on}")).map(drop) }),
    fault("fencing of the active node",            |t, on, rng| { let by = t.another(on, rng)?; t.cluster.sh(&by, &format!("stonith_admin --fence {on} --timeout 60")).map(drop) }),
    fault("queue full",                            queue_full),
    fault("cluster daemon killed",                 cluster_daemon),
    fault("corosync killed",                       |t, on, _| { t.cluster.sh(on, "kill -9 $(pidof corosync)")?; t.wait_off(on) }),
    fault("config broken and mended",              broken_config),
    fault("agent killed in the middle of start",   |t, on, rng| kill_agent(t, on, rng, "start", 700)),
    fault("agent killed in the middle of stop",    |t, on, rng| kill_agent(t, on, rng, "stop", 60)),
    fault("storage frozen for a while",            frozen_storage),
    fault("name service silent for a while",       silent_name_service),
    harmless("attribute manager killed",           attribute_manager_killed),
    harmless("ids deleted",                        ids_deleted),
    harmless("deleted, others rebooted, created",  deleted_and_created),
    harmless("parameter changed",                  parameter_changed),
    harmless("Postfix upgraded in place",          upgraded),
    harmless("files an hour older or younger",     file_times_moved),
];

/// Draws faults, each with what it draws by itself; none when none is called like that. Before anything that depends on time, so that
/// the seed decides.
fn draw(count: usize, rng: &mut Rng, only: &str) -> Vec<(&'static Fault, Rng)> {
    let chosen: Vec<&Fault> = FAULTS.iter().filter(|f| only.split(',').any(|part| f.name.contains(part))).collect();
    let count = if chosen.is_empty() { 0 } else { count };
    (0..count).map(|_| (chosen[rng.usize(..chosen.len())], rng.fork())).collect()
}

/// As a person does it to what the tool made, or to what pcs made.
fn move_to(t: &Torture, on: &str, to: &str) -> Result<()> {
    if t.maker == Maker::Tool {
        return t.cluster.sh(on, &format!("postkeeper in-service {RESOURCE} --on {to} --yes --wait 120 2>&1")).map(drop);
    }
    let moved = t.cluster.sh(on, &format!("crm_resource --resource {RESOURCE} --move --node {to}"));
    moved.and_then(|_| t.cluster.wait_settled())
}

/// Writers wait in the kernel until it is thawed, or the node is fenced.
fn frozen_storage(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let seconds = rng.u64(3..40);
    t.say(&format!("  for {seconds} s"));
    let root = t.cluster.with(on, |host| Ok(host.root().to_owned()))?;
    disk::freeze(&root.join("srv/mail"))?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let fenced = t.wait("the end of the frost", || Instant::now() >= end || !t.cluster.is_on(on));
    let _ = disk::thaw(&root.join("srv/mail"));
    fenced
}

/// A stand-in for a directory that does not answer: a name service cache that takes the questions of glibc and says nothing. Every process
/// waits five seconds for it at its first question.
fn silent_name_service(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let seconds = rng.u64(5..30);
    t.say(&format!("  for {seconds} s"));
    let listen = "IO::Socket::UNIX->new(Local => \"/run/nscd/socket\", Listen => 4096) or die; sleep 1000";
    let pid = t.cluster.sh(
        on,
        &format!("mkdir -p /run/nscd; rm -f /run/nscd/socket; setsid perl -MIO::Socket::UNIX -e '$s = {listen}' </dev/null >/dev/null 2>&1 & echo $!"),
    )?;
    t.wait("nobody to answer", || t.cluster.sh(on, "chmod 666 /run/nscd/socket").is_ok())?;
    std::thread::sleep(Duration::from_secs(seconds));
    // The node may have been fenced meanwhile.
    let _ = t.cluster.sh(on, &format!("rm -f /run/nscd/socket; kill {}", pid.trim()));
    Ok(())
}

/// One of the nodes, or all.
fn some_nodes(t: &Torture, on: &str, rng: &mut Rng) -> Result<Vec<String>> {
    Ok(match rng.usize(..3) {
        0 => vec![on.to_owned()],
        1 => vec![t.another(on, rng)?],
        _ => t.cluster.names().to_vec(),
    })
}

fn attribute_manager_killed(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let nodes = some_nodes(t, on, rng)?;
    t.say(&format!("  on {}", nodes.join(", ")));
    for node in &nodes {
        t.cluster.sh(node, "old=$(pidof pacemaker-attrd) && kill -9 $old && echo $old > /run/killed-attrd")?;
    }
    let is_back = |node: &String| {
        let asked = "[ $(pidof pacemaker-attrd) != $(cat /run/killed-attrd) ] && attrd_updater -p -n torture -U 1 2>/dev/null";
        t.cluster.sh(node, asked).is_ok()
    };
    t.wait("the attribute manager to be back", || nodes.iter().all(is_back))
}

fn ids_deleted(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let nodes = some_nodes(t, on, rng)?;
    t.say(&format!("  of {}", nodes.join(", ")));
    nodes
        .iter()
        .try_for_each(|node| t.cluster.sh(on, &format!("attrd_updater -n postkeeper-ids-{RESOURCE} -D -N {node}")).map(drop))
}

/// What ran goes on unprotected, whoever joins or leaves the cluster meanwhile.
fn deleted_and_created(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    t.cluster.sh(on, &format!("postkeeper delete {RESOURCE} --yes"))?;
    let before = t.master();
    let mut others: Vec<String> = t.cluster.names().iter().filter(|n| *n != on).cloned().collect();
    if others.len() > 1 && rng.bool() {
        others.remove(rng.usize(..others.len()));
    }
    t.say(&format!("  deleted; {} rebooted", others.join(", then ")));
    // One after the other: what is left must have quorum.
    for name in &others {
        t.cluster.power_off(name)?;
        t.cluster.wait_known_off(name)?;
        t.cluster.switch_on(name, &|host| prepare(host, &t.watch))?;
        t.cluster.wait_online(name)?;
    }
    t.cluster.wait_settled()?;
    if t.master() != before {
        // Nobody has it started again: no machine is to blame for that.
        t.watch.denounce(format!("what was deleted was stopped: {before:?} ran, {:?} runs", t.master()));
    }
    t.check()?;
    t.create(on)
}

/// Good values and bad ones, of parameters that a change of must not restart Postfix for.
fn parameter_changed(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    const VALUES: &[(&str, &[&str])] = &[
        ("drain", &["5s", "0", "soon", "-1", " 5 ", "2min"]),
        ("watch", &["false", "ture", "yes"]),
        ("certificate_days", &["30", "2w", "x"]),
        ("trace_ra", &["1", "treu"]),
        ("flush", &["false", "perhaps"]),
        ("endpoints", &["smtp", "25", "nosuch", "smtp/inet"]),
    ];
    let known = t.cluster.sh(on, &format!("{} meta-data", witness::REAL))?;
    let choice: Vec<_> = VALUES.iter().filter(|(name, _)| known.contains(&format!("<parameter name=\"{name}\""))).collect();
    let (name, values) = choice[rng.usize(..choice.len())];
    let value = values[rng.usize(..values.len())];
    t.say(&format!("  {name}={value:?}"));
    // What Pacemaker (2.1.5) has probed since it started it, it restarts for a change of any parameter, whatever the agent and however
    // its meta-data calls the parameter; a cleanup of failures has it probed.
    let history = format!("cibadmin -Q -o status | grep 'id=\"{RESOURCE}_last_0\".*operation=\"monitor\".*on_node=\"{on}\"'");
    if t.cluster.sh(on, &history).is_ok() {
        t.say("  it has been probed since its start: the cluster restarts it");
        t.watch.excused.store(true, Ordering::Relaxed);
    }
    t.cluster.sh(on, &format!("crm_resource --resource {RESOURCE} --set-parameter {name} --parameter-value '{value}'"))?;
    t.cluster.wait_settled()?;
    std::thread::sleep(Duration::from_millis(rng.u64(0..8_000)));
    t.cluster.sh(on, &format!("crm_resource --resource {RESOURCE} --delete-parameter {name}"))?;
    t.cluster.wait_settled()
}

/// As a package manager does it: every file is another one of the same name.
fn upgraded(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let replace = "for file in /usr/lib/postfix/*.so* /usr/lib/postfix/sbin/* /usr/sbin/post* /usr/sbin/sendmail; do \
         [ -L $file ] || [ ! -f $file ] || { cp -a $file $file.new && mv $file.new $file; } || exit; done";
    t.cluster.sh(on, replace)?;
    if rng.bool() {
        t.say("  and reloaded");
        t.cluster.sh(on, "postfix reload 2>&1")?;
    }
    Ok(())
}

/// A stand-in for a clock that is set by an hour: the clock is the machine's, and no name space has one of its own (CLOCK_REALTIME).
/// What it would leave behind are files of another time. Mail of the future would wait for its time to come.
fn file_times_moved(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let (hour, mail) = if rng.bool() { (-3600, -3600) } else { (3600, 0) };
    t.say(&format!("  by {hour} s"));
    let script = format!(
        "move_time() {{ touch -c -h -d @$(($(stat -c %Y \"$2\") + $1)) \"$2\"; }}
         for file in /run/resource-agents/* /etc/postfix/main.cf /etc/postfix/master.cf /var/lib/postfix/* /srv/mail/queue/pid/*; do
             [ ! -e $file ] || move_time {hour} $file; done
         find /srv/mail/queue/deferred /srv/mail/queue/active /srv/mail/queue/incoming -type f 2>/dev/null | while read -r file; do
             move_time {mail} $file 2>/dev/null; done; true"
    );
    t.cluster.sh(on, &script).map(drop)
}

/// Signals a random daemon that runs; returns its pid.
fn signal_daemon(t: &Torture, on: &str, rng: &mut Rng, signal: &str) -> Result<String> {
    let name = DAEMONS[rng.usize(1..DAEMONS.len())];
    let pid = t.cluster.sh(on, &format!("pid=$(pgrep -o -x {name}) || exit 0; kill -{signal} $pid; echo $pid"))?;
    t.say(&format!("  {name} {}", if pid.is_empty() { "does not run" } else { pid.trim() }));
    Ok(pid.trim().to_owned())
}

fn stop_daemon(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let pid = signal_daemon(t, on, rng, "STOP")?;
    std::thread::sleep(Duration::from_millis(rng.u64(2_000..15_000)));
    // It may have been ended, or with its node.
    let _ = t.cluster.sh(on, &format!("[ -z '{pid}' ] || kill -CONT {pid}"));
    Ok(())
}

fn planned_move(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let to = t.another(on, rng)?;
    move_to(t, on, &to)?;
    t.cluster.sh(&to, &format!("crm_resource --resource {RESOURCE} --clear")).map(drop)
}

/// Nearly or wholly: what is left is below what smtpd demands, or nothing.
fn queue_full(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    let left = if rng.bool() { 4 << 10 } else { 0 };
    let before = t.cluster.sh(on, "cat /srv/mail/queue/pid/master.pid")?;
    t.say(&format!("  {left} KiB are left"));
    let free = "$(df --output=avail /srv/mail | tail -1)";
    // Blocks that only root may use are in the way of nobody.
    t.cluster.sh(on, &format!("fallocate -l $(({free} - {left}))K /srv/mail/ballast || true"))?;
    std::thread::sleep(Duration::from_millis(rng.u64(4_000..15_000)));
    t.cluster.sh(on, "rm -f /srv/mail/ballast")?;
    let after = t.cluster.sh(on, "cat /srv/mail/queue/pid/master.pid")?;
    if before != after {
        t.watch.denounce("a full queue made the cluster restart Postfix".to_owned());
    }
    Ok(())
}

fn cluster_daemon(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    const NAMES: [&str; 6] = ["execd", "attrd", "based", "controld", "fenced", "schedulerd"];
    let name = NAMES[rng.usize(..NAMES.len())];
    let node = if rng.bool() { on.to_owned() } else { t.another(on, rng)? };
    t.say(&format!("  pacemaker-{name} on {node}"));
    t.cluster.sh(&node, &format!("kill -9 $(pidof pacemaker-{name})"))?;
    // The cluster needs a moment to notice; whatever it then does is waited for.
    std::thread::sleep(Duration::from_millis(rng.u64(1_000..3_000)));
    // Pacemaker 2.1.5 asks Corosync whether it is there before it starts a daemon again. When no answer comes at that moment it
    // waits for Corosync to come back, which never went, and the node has no such daemon for ever: its administrator reboots it.
    let all = NAMES.map(|name| format!("pidof pacemaker-{name}")).join(" && ");
    let is_whole = || !t.cluster.is_on(&node) || t.cluster.sh(&node, &format!("{all} >/dev/null")).is_ok();
    if wait_for("the daemons", Duration::from_secs(20), is_whole).is_err() && t.cluster.is_on(&node) {
        t.say(&format!("  Pacemaker has not started all its daemons again on {node}, which is rebooted"));
        t.cluster.power_off(&node)?;
    }
    Ok(())
}

fn broken_config(t: &Torture, on: &str, rng: &mut Rng) -> Result<()> {
    const DAMAGE: &[&str] = &[
        "echo this line says nothing >> /etc/postfix/main.cf",
        "rm /etc/postfix/main.cf",
        "rm /etc/postfix/master.cf",
        "echo inet_interfaces = 10.77.0.99 >> /etc/postfix/main.cf",
        "echo smtpd_recipient_restrictions = check_client_access hash:/nowhere >> /etc/postfix/main.cf",
    ];
    let damage = DAMAGE[rng.usize(..DAMAGE.len())];
    t.say(&format!("  {damage}"));
    t.cluster.sh(on, &format!("cp -a /etc/postfix /tmp/good && {damage}"))?;
    std::thread::sleep(Duration::from_millis(rng.u64(1_000..20_000)));
    t.cluster.sh(on, "cp -a /tmp/good/main.cf /tmp/good/master.cf /etc/postfix/ && rm -r /tmp/good").map(drop)
}

/// The executor kills an agent at its timeout; here it comes much earlier.
fn kill_agent(t: &Torture, on: &str, rng: &mut Rng, action: &str, within: u64) -> Result<()> {
    let to = t.another(on, rng)?;
    let (victim, after) = (if action == "start" { &to } else { on }, rng.u64(0..within));
    t.say(&format!("  after {after} ms"));
    t.cluster.with(victim, |host| witness::strike(host, action, after))?;
    // It may not arrive.
    if let Err(error) = move_to(t, on, &to) {
        t.watch.note(format!("{error:#}"));
    }
    let _ = t.cluster.wait_settled();
    t.wait("the move to be cleared", || {
        let any = t.cluster.any();
        any.and_then(|any| t.cluster.sh(any, &format!("rm -f /run/witness.order; crm_resource --resource {RESOURCE} --clear")))
            .is_ok()
    })
}
