//! make demo: a cluster on this machine, mail through its virtual address, faults, and a ledger.
//!
//! With `--keep DIRECTORY` (make demo KEEP=1) no faults of its own: the cluster stays up, and the page for Cockpit that is built
//! in the directory can be reached at a loopback address, until Ctrl-C.

use std::io::{IsTerminal, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use lab::cluster::{Cluster, VIP};
use lab::mail::Load;
use lab::{host, host::Host, setup};
use nix::sys::signal::{SigHandler, Signal, signal};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

extern "C" fn interrupt(_: i32) {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

const RESOURCE: &str = "mail-postfix";

/// How long mail may take to flow again after a fault.
const TIMEOUT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    host::require_root();
    for sig in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler only sets a flag.
        let _ = unsafe { signal(sig, SigHandler::Handler(interrupt)) };
    }
    let mut words = std::env::args().skip(1);
    let page = match (words.next().as_deref(), words.next()) {
        (None, None) => None,
        (Some("--keep"), Some(directory)) => Some(PathBuf::from(directory)),
        _ => {
            eprintln!("usage: demo [--keep DIRECTORY]");
            return ExitCode::from(2);
        }
    };
    let demo = Demo { begun: Instant::now(), page };
    match demo.run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(_) if INTERRUPTED.load(Ordering::Relaxed) => {
            demo.say("Interrupted; everything is taken down");
            ExitCode::FAILURE
        }
        Err(error) => {
            demo.say(&format!("The demo did not get to its end: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

struct Demo {
    begun: Instant,
    /// The page to show, instead of faults.
    page: Option<PathBuf>,
}

impl Demo {
    fn say(&self, text: &str) {
        let clear = if std::io::stdout().is_terminal() { "\r\x1b[K" } else { "" };
        println!("{clear}{:7.1} s  {text}", self.begun.elapsed().as_secs_f64());
    }

    /// Waits with a sign of life on a terminal.
    fn wait(&self, what: &str, limit: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
        let since = Instant::now();
        while !holds() {
            ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
            if since.elapsed() > limit {
                bail!("waited {limit:?} in vain for {what}");
            }
            if std::io::stdout().is_terminal() {
                print!("\r\x1b[K           … {what}, {:.1} s", since.elapsed().as_secs_f64());
                let _ = std::io::stdout().flush();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn run(&self) -> Result<bool> {
        self.say("Booting two nodes with Corosync and Pacemaker, a shared disk, fencing, and a client");
        let page = self.page.clone();
        let booting = std::thread::spawn(move || Cluster::boot(2, &|host| prepare(host, page.as_deref())));
        // Ctrl-C during the boot takes effect when it is done: half a cluster cannot be taken down in order.
        self.wait("the cluster", Duration::from_secs(180), || booting.is_finished())?;
        let cluster = booting.join().map_err(|_| anyhow::anyhow!("the boot failed"))??;
        self.say("The cluster is up; making the queue on the shared disk once, and the resources:");
        setup::make_shared_queue(&cluster)?;
        for command in setup::PCS.lines() {
            println!("           # {command}");
            cluster.sh("n1", command)?;
        }
        self.wait("Postfix", TIMEOUT, || cluster.active(RESOURCE).is_some())?;
        cluster.wait_settled()?;
        self.say(&format!("Postfix serves {VIP}:25 on {}", self.serving(&cluster)?));

        let load = Load::start(&cluster.client, format!("{VIP}:25").parse()?, 1)?;
        self.wait("the first mail", TIMEOUT, || load.count() >= 10)?;
        self.say("A client sends 10 numbered messages a second from here on");
        let mut table = Vec::new();
        if self.page.is_some() {
            self.keep(&cluster)?;
        }
        for (name, fault) in self.faults() {
            ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
            let node = self.serving(&cluster)?;
            self.say(&format!("{name} on {node}"));
            let moment = Instant::now();
            fault(&cluster, &node).with_context(|| name.to_string())?;
            let struck = Instant::now();
            // Twice: what was accepted before the fault took hold does not count.
            self.wait("mail to stop or flow again", TIMEOUT, || {
                load.flows_since(struck + Duration::from_secs(1)) && self.recovered(&cluster, name, &node)
            })?;
            let outage = load.outage(moment, Instant::now());
            let now = self.serving(&cluster)?;
            self.say(&format!("  mail flows again from {now}; longest pause {:.1} s", outage.as_secs_f64()));
            table.push((name, node, now, outage));
            cluster.wait_settled()?;
        }
        let node = self.serving(&cluster)?;
        self.say("Letting the queue run empty");
        let mailbox = cluster.with(&node, |host| Ok(host.root().join("srv/mail/box/tester")))?;
        let ledger = load.settle(&mailbox, Duration::from_secs(60))?;
        if !table.is_empty() {
            println!("\n  fault                          from  to   longest pause");
        }
        for (name, from, to, outage) in &table {
            println!("  {name:<30} {from:<5} {to:<4} {:>6.1} s", outage.as_secs_f64());
        }
        println!(
            "\n  ledger: sent {}, acknowledged {}, delivered {}, lost {}, duplicated {}",
            ledger.sent,
            ledger.acknowledged,
            ledger.delivered,
            ledger.lost.len(),
            ledger.duplicated.len()
        );
        if !ledger.lost.is_empty() {
            println!("  lost: {:?}", ledger.lost);
        }
        drop(cluster);
        self.say("Everything is taken down");
        Ok(ledger.lost.is_empty() && table.len() == self.faults().len())
    }

    fn faults(&self) -> &'static [(&'static str, Fault)] {
        if self.page.is_some() { &[] } else { FAULTS }
    }

    /// Serves the page until Ctrl-C; a line on the standard input is a fault, or brings back what is off.
    fn keep(&self, cluster: &Cluster) -> Result<()> {
        let local = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener = local(setup::PAGE_PORT).or_else(|_| local(0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        self.say(&format!("The page: http://{address}/cockpit/@localhost/postkeeper/index.html"));
        println!(
            "           Whoever can reach that address administers this cluster: there is no login.\n           \
             Try \"Bring in service on …\" by a right click on a server. Here, followed by Enter:\n           \
             k: kill -9 of the master; p: power off the server in service; b: boot a server that is off; Ctrl-C: end"
        );
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        while !INTERRUPTED.load(Ordering::Relaxed) {
            if let Ok((client, _)) = listener.accept() {
                // A browser asks again.
                let _ = pass_on(cluster, client);
            } else if let Ok(line) = lines.try_recv() {
                if let Err(error) = self.obey(cluster, line.trim()) {
                    self.say(&format!("{error:#}"));
                }
            } else {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        self.say("Ending");
        INTERRUPTED.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn obey(&self, cluster: &Cluster, wish: &str) -> Result<()> {
        let name = match wish {
            "k" => "kill -9 of the master",
            "p" => "power-off of the active node",
            "b" => {
                for node in cluster.names().iter().filter(|node| !cluster.is_on(node)) {
                    self.say(&format!("{node} boots"));
                    cluster.switch_on(node, &|host| prepare(host, self.page.as_deref()))?;
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        let node = cluster.active(RESOURCE).context("no server has it in service now")?;
        self.say(&format!("{name} on {node}"));
        let fault = FAULTS.iter().find(|(n, _)| *n == name).map(|(_, fault)| fault).context("no such fault")?;
        fault(cluster, &node)
    }

    fn serving(&self, cluster: &Cluster) -> Result<String> {
        let mut node = None;
        self.wait("a node that serves", TIMEOUT, || {
            node = cluster.active(RESOURCE);
            node.is_some()
        })?;
        node.context("no node serves")
    }

    /// Whether the cluster has acted on the fault, so that flowing mail means recovery.
    fn recovered(&self, cluster: &Cluster, name: &str, node: &str) -> bool {
        let Some(now) = cluster.active(RESOURCE) else { return false };
        let moved = name.starts_with("planned") || name.starts_with("power");
        if moved { now != node } else { !cluster.sh(&now, STILL_BROKEN).is_ok_and(|said| said.contains("yes")) }
    }
}

fn prepare(host: &Host, page: Option<&Path>) -> Result<()> {
    setup::prepare(host)?;
    let Some(page) = page else { return Ok(()) };
    setup::install_tool(host)?;
    setup::serve_page(host, page)
}

/// Passes a connection on to the page on a node that is on.
fn pass_on(cluster: &Cluster, client: TcpStream) -> Result<()> {
    let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, setup::PAGE_PORT));
    let page = cluster.with(cluster.any()?, |host| host.in_network(connect))??;
    for (mut from, mut to) in [(client.try_clone()?, page.try_clone()?), (page, client)] {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}

/// Whether the master is stopped or gone.
const STILL_BROKEN: &str = "pid=$(tr -d ' ' < /srv/mail/queue/pid/master.pid); case $(cut -d' ' -f3 /proc/$pid/stat 2>/dev/null) in T|'') echo yes;; esac";

type Fault = fn(&Cluster, &str) -> Result<()>;

const FAULTS: &[(&str, Fault)] = &[
    ("kill -9 of the master", |cluster, node| cluster.sh(node, "kill -9 $(cat /srv/mail/queue/pid/master.pid)").map(drop)),
    ("hung master (SIGSTOP)", |cluster, node| cluster.sh(node, "kill -STOP $(cat /srv/mail/queue/pid/master.pid)").map(drop)),
    ("planned move", |cluster, node| {
        cluster.sh(
            node,
            &format!(
                "crm_resource --resource {RESOURCE} --move --node $(crm_node -l | awk '$2 != \"{node}\" {{print $2; exit}}')"
            ),
        )?;
        cluster.wait_settled()?;
        cluster.sh(node, &format!("crm_resource --resource {RESOURCE} --clear")).map(drop)
    }),
    ("power-off of the active node", |cluster, node| cluster.power_off(node)),
];
