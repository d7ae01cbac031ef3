//! Seconds from a fault to the next greeting, on a cluster of two nodes, with our agent and ocf:heartbeat:postfix by turns.
//!
//! A client takes a greeting from the virtual address all the time. A fault counts as recovered when the process, the
//! mount or the node that it struck is not what serves any more; the first greeting after that is what is measured.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab::cluster::{Cluster, VIP};
use lab::host::wait_for;
use lab::process;
use lab::setup;
use lab::smtp::Client;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const RESOURCE: &str = "mail-postfix";
/// How long the cluster may take for anything.
const TIMEOUT: Duration = Duration::from_secs(150);
/// After so long nothing mends it any more: a few monitor intervals and then some; for a missing greeting the interval and the timeout of
/// the monitor that asks for it.
const LIMIT: Duration = Duration::from_secs(45);
const LIMIT_GREETING: Duration = Duration::from_secs(100);

/// One outage, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Outage {
    /// From the fault to a greeting; None when the fault was not recovered.
    pub greeting: Option<f64>,
    /// Of that, as Pacemaker's log has it: actions of our agent or theirs, actions of other resources.
    pub agent: f64,
    pub others: f64,
}

/// One fault, with both.
pub struct Line {
    pub name: &'static str,
    pub ours: Vec<Outage>,
    pub theirs: Vec<Outage>,
}

struct Fault {
    name: &'static str,
    /// How often in one round.
    times: usize,
    strike: fn(&Bench, &str) -> Result<()>,
    /// Whether it moves the service to the other node.
    moves: bool,
    /// Corosync's token timeout meanwhile, in milliseconds.
    token: u32,
}

/// Corosync's default.
const TOKEN: u32 = 3000;

const FAULTS: &[Fault] = &[
    Fault {
        name: "kill -9 of the master, monitor every 10 s",
        times: 3,
        strike: |b, _| b.signal_master(Signal::SIGKILL),
        moves: false,
        token: TOKEN,
    },
    Fault {
        name: "hung master (SIGSTOP)",
        times: 1,
        strike: |b, _| b.signal_master(Signal::SIGSTOP),
        moves: false,
        token: TOKEN,
    },
    Fault { name: "smtpd accepts and never greets", times: 1, strike: |b, _| b.stop_smtpd(), moves: false, token: TOKEN },
    Fault { name: "planned move", times: 2, strike: Bench::plan_move, moves: true, token: TOKEN },
    Fault { name: "power-off of the node", times: 1, strike: |b, node| b.cluster.power_off(node), moves: true, token: TOKEN },
    Fault {
        name: "power-off of the node, token 1 s",
        times: 1,
        strike: |b, node| b.cluster.power_off(node),
        moves: true,
        token: 1000,
    },
];

/// Leaves a damaged file system behind when the agent tells an untruth, so it comes last.
const UNMOUNTED: Fault = Fault {
    name: "queue unmounted (umount -l)",
    times: 1,
    strike: |b, node| b.cluster.sh(node, "umount -l /srv/mail").map(drop),
    moves: false,
    token: TOKEN,
};

/// Which agent is under test.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Ours => "ocf:postkeeper:postfix",
            Side::Theirs => "ocf:heartbeat:postfix",
        }
    }

    /// The command that makes the resource. Both are looked at every 10 s; ours has the levels that theirs lacks.
    fn create(self) -> String {
        let operations = match self {
            Side::Ours => {
                "queue_dir=/srv/mail/queue queue_mountpoint=/srv/mail op monitor interval=10s timeout=20s monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10"
            }
            Side::Theirs => "config_dir=/etc/postfix op monitor interval=10s timeout=20s",
        };
        format!(
            "pcs resource create {RESOURCE} {} {operations} op start timeout=90s op stop timeout=60s --disabled && \
             pcs resource group add mail {RESOURCE} && pcs resource enable {RESOURCE}",
            self.name()
        )
    }
}

/// Everything that needs a cluster; of the faults those whose name contains `wanted`.
pub fn measure_all(quick: bool, wanted: &str) -> Result<Vec<Line>> {
    // A B A B.
    let rounds = if quick { 1 } else { 2 };
    let bench = Bench::boot()?;
    // What is not over soon with both is left out when time is short.
    let faults: Vec<&Fault> = FAULTS.iter().filter(|f| f.name.contains(wanted) && (!quick || f.times > 1)).collect();
    let mut lines: Vec<Line> = faults.iter().map(|f| Line { name: f.name, ours: Vec::new(), theirs: Vec::new() }).collect();
    for _ in 0..rounds {
        for side in [Side::Ours, Side::Theirs] {
            bench.install(side)?;
            for (fault, line) in faults.iter().zip(&mut lines) {
                for _ in 0..if quick { 1 } else { fault.times } {
                    let outage = bench.measure(side, fault)?;
                    if side == Side::Ours { &mut line.ours } else { &mut line.theirs }.push(outage);
                }
            }
            bench.uninstall()?;
        }
    }
    if quick || !UNMOUNTED.name.contains(wanted) {
        return Ok(lines);
    }
    let mut last = Line { name: UNMOUNTED.name, ours: Vec::new(), theirs: Vec::new() };
    bench.install(Side::Ours)?;
    for _ in 0..rounds {
        last.ours.push(bench.measure(Side::Ours, &UNMOUNTED)?);
    }
    bench.uninstall()?;
    bench.install(Side::Theirs)?;
    last.theirs.push(bench.measure(Side::Theirs, &UNMOUNTED)?);
    lines.push(last);
    Ok(lines)
}

struct Bench {
    cluster: Cluster,
    prober: Prober,
}

/// The master that serves: the node and what the machine calls the process.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Master {
    node: usize,
    pid: i32,
    start: u64,
}

impl Bench {
    fn boot() -> Result<Bench> {
        println!("two nodes are booting");
        let cluster = Cluster::boot(2, &setup::prepare)?;
        setup::make_shared_queue(&cluster)?;
        // All but the resource that is compared.
        for command in setup::PCS.lines().filter(|l| !l.contains(RESOURCE)) {
            cluster.sh("n1", command)?;
        }
        cluster.wait_settled()?;
        let prober = Prober::start(&cluster)?;
        Ok(Bench { cluster, prober })
    }

    fn install(&self, side: Side) -> Result<()> {
        self.cluster.sh(self.cluster.any()?, &side.create())?;
        self.settle()
    }

    fn uninstall(&self) -> Result<()> {
        self.cluster.sh(self.cluster.any()?, &format!("pcs resource delete {RESOURCE}"))?;
        self.cluster.wait_settled()
    }

    /// Waits until everything is as before a fault.
    fn settle(&self) -> Result<()> {
        self.cluster.clean_up()?;
        wait_for("a master that runs", TIMEOUT, || self.master().is_some())?;
        let since = Instant::now();
        wait_for("a greeting", TIMEOUT, || self.prober.first_since(since).is_some())
    }

    fn measure(&self, side: Side, fault: &Fault) -> Result<Outage> {
        self.cluster.set_token(fault.token)?;
        self.settle()?;
        let before = self.master().context("no master runs")?;
        let names = self.cluster.names().to_vec();
        let node = names[before.node].clone();
        let logged = self.logged();
        let smtpd = self.daemons(&before, "smtpd");
        let struck = Instant::now();
        (fault.strike)(self, &node).with_context(|| fault.name.to_owned())?;
        // What serves is something else than what was struck, and the cluster agrees that it is where it should be.
        let recovered = || {
            let now = self.master()?;
            let is_new = now != before && (now.node != before.node) >= fault.moves;
            let is_served = fault.name.starts_with("smtpd") && now == before && smtpd.iter().all(|pid| !is_process(*pid));
            (is_new || is_served).then_some(())
        };
        let limit = match fault.moves {
            true => TIMEOUT,
            false if fault.name.starts_with("smtpd") => LIMIT_GREETING,
            false => LIMIT,
        };
        let outcome = wait_for("recovery", limit, || recovered().is_some());
        let greeting = match outcome {
            Ok(()) => {
                let from = Instant::now();
                let mut first = None;
                wait_for("a greeting", TIMEOUT, || {
                    first = self.prober.first_since(from);
                    first.is_some()
                })?;
                first.map(|at| (at - struck).as_secs_f64())
            }
            Err(_) => None,
        };
        self.repair(fault, &before, &node)?;
        // An action is in the log when it has ended.
        self.cluster.wait_settled()?;
        let (agent, others) = self.times_since(&logged);
        let outage = Outage { greeting, agent, others };
        let shown = greeting.map_or("not recovered".to_owned(), |s| format!("{s:.2} s"));
        println!("{}: {} on {node}: {shown}", side.name(), fault.name);
        Ok(outage)
    }

    /// What an administrator would do now.
    fn repair(&self, fault: &Fault, before: &Master, node: &str) -> Result<()> {
        if fault.name.starts_with("planned") {
            self.cluster.sh(self.cluster.any()?, &format!("crm_resource --resource {RESOURCE} --clear"))?;
        }
        if !self.cluster.is_on(node) {
            self.cluster.wait_known_off(node)?;
            self.cluster.switch_on(node, &setup::prepare)?;
            self.cluster.wait_online(node)?;
        }
        if fault.name == UNMOUNTED.name {
            return Ok(());
        }
        for pid in std::iter::once(before.pid).chain(self.daemons(before, "smtpd")).filter(|pid| is_process(*pid)) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGCONT);
        }
        Ok(())
    }

    /// The one master, when it runs.
    fn master(&self) -> Option<Master> {
        let inits = self.cluster.inits();
        inits.iter().enumerate().find_map(|(node, init)| {
            let master = process::children(*init).into_iter().find(|p| p.name == "master")?;
            let (pid, start) = master.id;
            (master.state != 'T').then_some(Master { node, pid, start })
        })
    }

    fn daemons(&self, master: &Master, wanted: &str) -> Vec<i32> {
        process::children(master.pid).into_iter().filter(|p| p.name == wanted).map(|p| p.id.0).collect()
    }

    fn signal_master(&self, signal: Signal) -> Result<()> {
        let master = self.master().context("no master runs")?;
        Ok(kill(Pid::from_raw(master.pid), signal)?)
    }

    /// Stops every smtpd, so that the port accepts and nobody speaks.
    fn stop_smtpd(&self) -> Result<()> {
        let master = self.master().context("no master runs")?;
        let daemons = self.daemons(&master, "smtpd");
        ensure!(!daemons.is_empty(), "no smtpd to stop");
        daemons.into_iter().try_for_each(|pid| Ok(kill(Pid::from_raw(pid), Signal::SIGSTOP)?))
    }

    fn plan_move(&self, node: &str) -> Result<()> {
        let other = self.cluster.names().iter().find(|n| *n != node).context("another node")?;
        self.cluster.sh(node, &format!("crm_resource --resource {RESOURCE} --move --node {other}")).map(drop)
    }

    /// How long the log of each node's Pacemaker is now.
    fn logged(&self) -> BTreeMap<String, usize> {
        let names = self.cluster.names().iter();
        names.map(|name| (name.clone(), self.log(name).len())).collect()
    }

    fn log(&self, node: &str) -> String {
        self.cluster
            .with(node, |host| Ok(fs::read_to_string(host.root().join("var/log/pacemaker/pacemaker.log"))?))
            .unwrap_or_default()
    }

    /// Seconds that actions took since then: of Postfix's resource, and of others. A node that was off has a new log.
    fn times_since(&self, logged: &BTreeMap<String, usize>) -> (f64, f64) {
        let (mut agent, mut others) = (0.0, 0.0);
        for name in self.cluster.names() {
            let log = self.log(name);
            let new = log.get(logged.get(name).copied().unwrap_or(0)..).unwrap_or(&log);
            for (resource, seconds) in new.lines().filter_map(action_time) {
                *if resource == RESOURCE { &mut agent } else { &mut others } += seconds;
            }
        }
        (agent, others)
    }
}

/// `… (log_finished) … mail-postfix start (call 30, PID 1234) exited with status 0 (ok) (execution time 431ms)`:
/// resource and seconds of a start or stop.
fn action_time(line: &str) -> Option<(&str, f64)> {
    let (head, tail) = line.split_once(" (call ")?;
    let (rest, action) = head.rsplit_once(' ')?;
    let resource = rest.rsplit(' ').next()?;
    let time = tail.split_once("execution time ")?.1.split([')', ',']).next()?;
    let seconds = match time.strip_suffix("ms") {
        Some(milliseconds) => milliseconds.parse::<f64>().ok()? / 1e3,
        None => time.strip_suffix('s')?.parse().ok()?,
    };
    matches!(action, "start" | "stop").then_some((resource, seconds))
}

fn is_process(pid: i32) -> bool {
    process::read_stuck(Path::new(process::MACHINE), pid).is_some()
}

/// A client that takes one greeting after another.
struct Prober {
    stop: Arc<AtomicBool>,
    /// When connections were begun that got a greeting, and when that was there.
    greeted: Arc<Mutex<Vec<(Instant, Instant)>>>,
}

impl Prober {
    fn start(cluster: &Cluster) -> Result<Prober> {
        let prober = Prober { stop: Arc::default(), greeted: Arc::default() };
        let (stop, greeted) = (prober.stop.clone(), prober.greeted.clone());
        let server: SocketAddr = format!("{VIP}:25").parse()?;
        // A thread keeps the network it was started in.
        cluster.client.in_network(move || {
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    if greet(server).is_ok() {
                        greeted.lock().unwrap().push((begun, Instant::now()));
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
            })
        })?;
        Ok(prober)
    }

    /// When the first greeting was there of a connection begun after `moment`.
    fn first_since(&self, moment: Instant) -> Option<Instant> {
        self.greeted.lock().unwrap().iter().rev().take_while(|(begun, _)| *begun >= moment).last().map(|(_, at)| *at)
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn greet(server: SocketAddr) -> Result<()> {
    Client::open(server, Duration::from_millis(500))?.ask("QUIT", "221")
}
