//! A cluster: hosts on one switch with Corosync and Pacemaker, disks that all of them are wired to,
//! power that can really be cut, and a client. Hosts that run only pacemaker-remoted can join it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use crate::disk::{self, Disk, Image};
use crate::fence;
use crate::host::{Host, init_program, install, run, wait_for};
use crate::mail::Load;

/// The virtual addresses of the lab; nodes are 10.77.0.11 and up, remote and guest nodes 10.77.0.21 and up.
pub const VIP: &str = "10.77.0.50";
pub const VIP2: &str = "10.77.0.51";
/// The disks that every node has.
pub const DISKS: [&str; 2] = ["/dev/labdisk", "/dev/otherdisk"];
const CLIENT: &str = "10.77.0.100";

/// How long a cluster may take to act on what has happened, on a machine that is busy.
pub const TIMEOUT: Duration = Duration::from_secs(90);

/// The hosts that can join as remote or guest nodes. They have the disks and the power of a node, and no Corosync.
const REMOTES: [&str; 2] = ["r1", "r2"];
/// What cluster and remote nodes know each other by.
const KEY: &str = "the key of the lab's remote nodes, long enough for anybody";

/// How a host with pacemaker-remoted becomes a node of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// By a resource of ocf:pacemaker:remote that has its name.
    Remote,
    /// By `remote-node` of a resource that stands for the host: `NAME-machine`. It is a Dummy: the host runs all the while.
    Guest,
}

/// A node that is on.
struct Node {
    host: Host,
    disks: Vec<Disk>,
    daemons: Vec<Child>,
}

/// Where a node is, or is not.
#[derive(Default)]
struct Slot {
    node: Mutex<Option<Node>>,
    /// Disks of a node that is off which the kernel may still have mounted.
    busy_disks: Mutex<Vec<Disk>>,
    /// Its process 1 as the machine counts; that of the last one when it is off.
    init: AtomicI32,
    /// The network cable is out.
    unplugged: AtomicBool,
}

/// The cluster. Taken down when dropped.
pub struct Cluster {
    pub client: Host,
    switch: Host,
    images: Vec<Image>,
    names: Vec<String>,
    /// Of the nodes, then of the remote ones.
    slots: Vec<Arc<Slot>>,
    /// Corosync's token timeout, in milliseconds.
    token: AtomicU32,
}

/// Makes a stand-in for systemctl that knows whether Pacemaker runs: crmsh 5 asks it, and no systemd runs on a node.
const SYSTEMCTL: &str = "cat > /usr/local/bin/systemctl <<'END'
#!/bin/sh
[ \"$1 $2\" = 'is-active pacemaker.service' ] || exec /usr/bin/systemctl \"$@\"
pgrep -x pacemakerd >/dev/null
END
chmod 755 /usr/local/bin/systemctl";

impl Cluster {
    /// Boots `count` nodes, n1 and up, and waits until they are one cluster. `prepare` gets every node
    /// before Pacemaker starts on it.
    ///
    /// # Errors
    /// When a host or a daemon does not come up.
    pub fn boot(count: usize, prepare: &(dyn Fn(&Host) -> Result<()> + Sync)) -> Result<Cluster> {
        let switch = Host::boot("switch")?;
        switch.sh("ip link add br0 type bridge && ip link set br0 up")?;
        let client = Host::boot("client")?;
        connect(&switch, &client, "client", CLIENT)?;
        let names: Vec<String> = (1..=count).map(|i| format!("n{i}")).collect();
        let slots = (0..count + REMOTES.len()).map(|_| Arc::default()).collect();
        let images = DISKS.iter().map(|_| Image::new(512 << 20)).collect::<Result<_>>()?;
        let cluster = Cluster { client, switch, images, names, slots, token: AtomicU32::new(3000) };
        // All at once: corosync waits for its peers.
        std::thread::scope(|scope| {
            let boots: Vec<_> = cluster.names.iter().map(|name| scope.spawn(|| cluster.switch_on(name, prepare))).collect();
            boots.into_iter().try_for_each(|b| b.join().unwrap_or_else(|_| Err(anyhow!("a boot failed"))))
        })?;
        for name in &cluster.names {
            cluster.wait_online(name)?;
        }
        let devices = cluster.names.join(" ");
        // The load that a node sees is that of the machine all nodes are on, with whatever else runs there: Pacemaker would have
        // them all do one thing at a time.
        cluster.sh("n1", &format!("pcs property set load-threshold=10000% && pcs stonith create fence fence_lab pcmk_host_list='{devices}' pcmk_host_check=static-list pcmk_reboot_action=off"))?;
        cluster.wait_settled()?;
        Ok(cluster)
    }

    /// Every host that can be a node, with its slot.
    fn outlets(&self) -> impl Iterator<Item = (&str, &Arc<Slot>)> {
        self.names.iter().map(String::as_str).chain(REMOTES).zip(&self.slots)
    }

    fn slot(&self, name: &str) -> &Arc<Slot> {
        self.outlets().find(|(n, _)| *n == name).map(|(_, slot)| slot).unwrap_or_else(|| panic!("no node {name}"))
    }

    /// Boots r1 or r2, and has the cluster take it for a node.
    ///
    /// # Errors
    /// When it does not come up or does not join.
    pub fn boot_remote(&self, name: &str, membership: Membership, prepare: &(dyn Fn(&Host) -> Result<()> + Sync)) -> Result<()> {
        self.switch_on(name, prepare)?;
        let (fenced, server): (Vec<&str>, String) = (self.outlets().map(|(n, _)| n).collect(), address(name));
        self.sh(self.any()?, &format!("pcs stonith update fence pcmk_host_list='{}'", fenced.join(" ")))?;
        // pcs would have its own daemon set the host up; what it warns of is done here.
        let resource = match membership {
            Membership::Remote => {
                format!("{name} ocf:pacemaker:remote server={server} reconnect_interval=2s op monitor interval=5s")
            }
            Membership::Guest => {
                format!(
                    "{name}-machine ocf:pacemaker:Dummy meta remote-node={name} remote-addr={server} remote-connect-timeout=20s"
                )
            }
        };
        self.sh(self.any()?, &format!("pcs resource create {resource} --force"))?;
        self.wait_online(name)
    }

    /// Boots one node and its daemons. A node that was off comes back with fresh local disks, as a server
    /// that was installed again.
    ///
    /// # Errors
    /// When something on it does not come up.
    pub fn switch_on(&self, name: &str, prepare: &(dyn Fn(&Host) -> Result<()> + Sync)) -> Result<()> {
        let host = Host::boot(name)?;
        let slot = self.slot(name);
        slot.init.store(host.init_pid(), Ordering::Relaxed);
        slot.unplugged.store(false, Ordering::Relaxed);
        connect(&self.switch, &host, name, &address(name))?;
        // A loop device of its own: with a shared one the kernel would hide every double mount.
        let disks: Vec<Disk> = self.images.iter().map(Image::attach).collect::<Result<_>>()?;
        DISKS.iter().zip(&disks).try_for_each(|(device, disk)| host.plug_in(disk, device))?;
        self.configure(&host)?;
        prepare(&host)?;
        let daemons = if REMOTES.contains(&name) { start_remoted(&host)? } else { self.start_daemons(&host)? };
        *slot.node.lock().unwrap() = Some(Node { host, disks, daemons });
        Ok(())
    }

    fn start_daemons(&self, host: &Host) -> Result<Vec<Child>> {
        install(host, &init_program()?, "/usr/sbin/fence_lab", 0o755)?;
        self.serve_bmc(host)?;
        let mut daemons = vec![daemon(host, "corosync", &["-f"])?];
        wait_for("corosync", Duration::from_secs(60), || host.sh("corosync-cfgtool -s >/dev/null 2>&1").is_ok())?;
        daemons.push(daemon(host, "pacemakerd", &["-f"])?);
        wait_for("pacemaker", Duration::from_secs(90), || {
            // It gives up on a Corosync that is not ready for it yet: systemd starts it again then (Restart=on-failure).
            let launcher = &mut daemons[1];
            if matches!(launcher.try_wait(), Ok(Some(_)))
                && let Ok(again) = daemon(host, "pacemakerd", &["-f"])
            {
                *launcher = again;
            }
            host.sh("cibadmin -Q >/dev/null 2>&1").is_ok()
        })?;
        Ok(daemons)
    }

    fn configure(&self, host: &Host) -> Result<()> {
        let peers: String = self
            .names
            .iter()
            .enumerate()
            .map(|(i, n)| format!("  node {{\n    ring0_addr: {}\n    name: {n}\n    nodeid: {}\n  }}\n", address(n), i + 1))
            .collect();
        let two = if self.names.len() == 2 { "  two_node: 1\n" } else { "" };
        // Each node of the lab would have real time to itself, by default, and all share one machine: at times they kept its processors
        // busy for a minute, and nothing else had its turn.
        let corosync = format!(
            "system {{\n  sched_rr: no\n  priority: max\n}}\ntotem {{\n  version: 2\n  cluster_name: lab\n  transport: knet\n  token: {}\n}}\nnodelist {{\n{peers}}}\n\
             quorum {{\n  provider: corosync_votequorum\n{two}}}\nlogging {{\n  to_syslog: yes\n  to_stderr: no\n}}\n",
            self.token.load(Ordering::Relaxed)
        );
        let hosts: String = self.outlets().map(|(n, _)| format!("{} {n}\n", address(n))).collect();
        let write = |path: &str, text: &str| fs::write(host.root().join(path), text).with_context(|| path.to_owned());
        write("etc/corosync/corosync.conf", &corosync)?;
        write("etc/hosts", &format!("127.0.0.1 localhost\n{VIP} mail.example.test\n{hosts}"))?;
        write("etc/hostname", &host.name)?;
        write("etc/resolv.conf", "nameserver 127.0.0.1\n")?;
        host.sh("install -d -g haclient -m 750 /etc/pacemaker && install -g haclient -m 640 /dev/null /etc/pacemaker/authkey")?;
        write("etc/pacemaker/authkey", KEY)?;
        host.sh(SYSTEMCTL)?;
        // A node that need not wait 20 s to see whether another one is in charge. Newer packages leave Corosync's directories to systemd.
        host.sh("rm -rf /var/lib/pacemaker/cib/* /var/lib/pacemaker/pengine/* /var/lib/corosync/* && \
             mkdir -p /var/lib/corosync /var/log/corosync && \
             cibadmin --empty > /tmp/cib.xml && \
             CIB_file=/tmp/cib.xml crm_attribute -t crm_config -n dc-deadtime -v 2s && \
             install -o hacluster -g haclient -m 600 /tmp/cib.xml /var/lib/pacemaker/cib/cib.xml")
            .map(drop)
    }

    /// Answers the fence agent of a node, for as long as the node lives.
    fn serve_bmc(&self, host: &Host) -> Result<()> {
        let listener = UnixListener::bind(host.root().join(fence::SOCKET.trim_start_matches('/')))?;
        listener.set_nonblocking(true)?;
        let alive = host.root().join("proc/1");
        let own = self.slot(&host.name).clone();
        let outlets: Vec<(String, Arc<Slot>)> = self.outlets().map(|(name, slot)| (name.to_owned(), slot.clone())).collect();
        let switch = self.switch.init_pid();
        std::thread::spawn(move || {
            while alive.exists() {
                if let Ok((stream, _)) = listener.accept() {
                    // It is reached by the network: a node without one must not win the race to fence.
                    let reachable = !own.unplugged.load(Ordering::Relaxed);
                    let outlets = if reachable { outlets.clone() } else { Vec::new() };
                    std::thread::spawn(move || answer(stream, &outlets, switch));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Ok(())
    }
}

impl Cluster {
    /// The names of all nodes with Corosync, on or off.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Does something with a node that is on.
    ///
    /// # Errors
    /// When it is off.
    pub fn with<T>(&self, name: &str, work: impl FnOnce(&Host) -> Result<T>) -> Result<T> {
        let slot = self.slot(name).node.lock().unwrap();
        work(&slot.as_ref().with_context(|| format!("{name} is off"))?.host)
    }

    /// Runs a script on a node that is on.
    ///
    /// # Errors
    /// When the node is off or the script fails.
    pub fn sh(&self, name: &str, script: &str) -> Result<String> {
        // Not with the slot locked: fencing must be able to take the node away under a running script.
        run(name, self.with(name, |host| Ok(host.command("sh")))?, script)
    }

    /// A node that is on.
    ///
    /// # Errors
    /// When none is.
    pub fn any(&self) -> Result<&str> {
        self.names.iter().find(|name| self.is_on(name)).map(String::as_str).context("every node is off")
    }

    /// The node on which a resource is active, as the cluster says.
    pub fn active(&self, resource: &str) -> Option<String> {
        let said = self.sh(self.any().ok()?, &format!("crm_resource --resource {resource} --locate 2>/dev/null")).ok()?;
        let line = said.lines().find(|l| l.contains("is running on:"))?;
        Some(line.rsplit(':').next()?.split_whitespace().next()?.to_owned())
    }

    /// Waits until `holds`.
    ///
    /// # Errors
    /// After [`TIMEOUT`], with what was waited for and [`Cluster::view`].
    pub fn wait(&self, what: &str, holds: impl FnMut() -> bool) -> Result<()> {
        wait_for(what, TIMEOUT, holds).map_err(|e| anyhow!("{e}\n{}", self.view()))
    }

    /// Waits until a resource is active; the node.
    ///
    /// # Errors
    /// As [`Cluster::wait`].
    pub fn wait_active(&self, resource: &str) -> Result<String> {
        let mut node = None;
        self.wait(&format!("{resource} to be active"), || {
            node = self.active(resource);
            node.is_some()
        })?;
        node.context("it is active")
    }

    /// Waits until mail is acknowledged that was sent from now on.
    ///
    /// # Errors
    /// As [`Cluster::wait`].
    pub fn wait_mail(&self, client: &Load, when: &str) -> Result<()> {
        let since = Instant::now();
        self.wait(&format!("mail, {when}"), || client.flows_since(since))
    }

    /// Runs the admin tool on a node, which is not asked anything there; its exit code, and what it printed.
    ///
    /// # Errors
    /// When the node is off.
    pub fn tool(&self, node: &str, arguments: &str) -> Result<(i32, String)> {
        let output = self.sh(node, &format!("postkeeper {arguments} </dev/null 2>&1; echo \"rc $?\""))?;
        let (text, code) = output.trim_end().rsplit_once("rc ").context("no exit code")?;
        Ok((code.parse()?, text.to_owned()))
    }

    /// Waits until the cluster has nothing left to do.
    ///
    /// # Errors
    /// After two minutes, with what is under way, what would be done, and what Pacemaker wrote last.
    pub fn wait_settled(&self) -> Result<()> {
        self.sh(self.any()?, "crm_resource --wait --timeout=120").map(drop).map_err(|e| e.context(self.view()))
    }

    /// Has the cluster forget all failures. Only at rest: Pacemaker loses the answers of monitors that are under way, and waits
    /// for them.
    ///
    /// # Errors
    /// When it does not come to rest, before or after.
    pub fn clean_up(&self) -> Result<()> {
        self.wait_settled()?;
        self.sh(self.any()?, "crm_resource --cleanup")?;
        self.wait_settled()
    }

    /// What every node is at, and what its log says of the last things it did.
    pub fn view(&self) -> String {
        let view = |node: &String, script: &str| format!("{node}:\n{}", self.sh(node, script).unwrap_or_default());
        let all = "crm_mon -1rfA; cibadmin -Q -o constraints; cibadmin -Q | grep -A1 'op-status=\"-1\"'; crm_simulate -SL";
        let log = "grep -v ' debug:\\|pacemaker-based\\|throttle' /var/log/pacemaker/pacemaker.log | tail -80";
        let on: Vec<&String> = self.names.iter().filter(|n| self.is_on(n)).collect();
        let first = on.first().map(|node| view(node, all));
        first.into_iter().chain(on.iter().map(|node| view(node, log))).collect()
    }

    /// Waits until the cluster takes a node for a member.
    ///
    /// # Errors
    /// After a minute.
    pub fn wait_online(&self, name: &str) -> Result<()> {
        self.wait_seen(name, &["online=\"true\""])
    }

    /// Waits until the cluster is sure that a node is off: one that comes back before leaves again when it hears
    /// that it has been fenced.
    ///
    /// # Errors
    /// After a minute.
    pub fn wait_known_off(&self, name: &str) -> Result<()> {
        self.wait_seen(name, &["online=\"false\"", "unclean=\"false\""])
    }

    fn wait_seen(&self, name: &str, attributes: &[&str]) -> Result<()> {
        let wanted = format!("<node name=\"{name}\"");
        wait_for(&format!("{name} to be seen with {}", attributes.join(" ")), Duration::from_secs(60), || {
            let said = self.any().and_then(|any| self.sh(any, "crm_mon -1 --output-as=xml"));
            let is_it = |line: &str| line.trim().starts_with(&wanted) && attributes.iter().all(|a| line.contains(a));
            said.is_ok_and(|xml| xml.lines().any(is_it))
        })
    }

    /// The failed actions that the cluster shows, one line each.
    ///
    /// # Errors
    /// When no node is on.
    pub fn failures(&self) -> Result<Vec<String>> {
        let xml = self.sh(self.any()?, "crm_mon -1 --output-as=xml")?;
        Ok(xml.lines().map(str::trim).filter(|l| l.starts_with("<failure ")).map(str::to_owned).collect())
    }

    /// Takes the disk mounted on `point` away from a node, as a cable would: every access is an I/O error there.
    ///
    /// # Errors
    /// When the node is off, or nothing that can be taken away is mounted there.
    pub fn shut_down_disk(&self, name: &str, point: &str) -> Result<()> {
        let slot = self.slot(name).node.lock().unwrap();
        let node = slot.as_ref().with_context(|| format!("{name} is off"))?;
        shut_down_disks(&node.host, &node.disks, Some(point))
    }

    /// Whether a node is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.slot(name).node.lock().unwrap().is_some()
    }

    /// The process 1 of every node with Corosync, as the machine counts; 0 for a node that is off. Waits for nothing.
    pub fn inits(&self) -> Vec<i32> {
        self.slots[..self.names.len()].iter().map(|slot| slot.init.load(Ordering::Relaxed)).collect()
    }

    /// Pulls the network cable of a node; it is in again when the node is switched on anew.
    ///
    /// # Errors
    /// When it has none.
    pub fn pull_cable(&self, name: &str) -> Result<()> {
        self.slot(name).unplugged.store(true, Ordering::Relaxed);
        in_network_of(self.switch.init_pid(), &["link", "set", &format!("v-{name}"), "down"])
    }

    /// Changes Corosync's token timeout on every node, in milliseconds.
    ///
    /// # Errors
    /// When Corosync does not take it.
    pub fn set_token(&self, milliseconds: u32) -> Result<()> {
        if self.token.load(Ordering::Relaxed) == milliseconds {
            return Ok(());
        }
        for name in &self.names {
            self.sh(name, &format!("sed -i 's/token: .*/token: {milliseconds}/' /etc/corosync/corosync.conf"))?;
        }
        // One node has them all read it.
        self.sh(self.any()?, "corosync-cfgtool -R")?;
        wait_for("the token timeout", Duration::from_secs(10), || {
            let used = "corosync-cmapctl -g runtime.config.totem.token";
            self.names.iter().all(|n| self.sh(n, used).is_ok_and(|answer| answer.trim().ends_with(&format!("= {milliseconds}"))))
        })?;
        self.token.store(milliseconds, Ordering::Relaxed);
        Ok(())
    }

    /// Cuts the power of a node: no packet, no disk write from here on.
    ///
    /// # Errors
    /// When it cannot be shown to be off.
    pub fn power_off(&self, name: &str) -> Result<()> {
        cut_power(name, self.slot(name), self.switch.init_pid())
    }
}

/// The address of a node: n1 is 10.77.0.11, r1 is 10.77.0.21.
fn address(name: &str) -> String {
    let (kind, number) = name.split_at(1);
    format!("10.77.0.{}{number}", if kind == "r" { 2 } else { 1 })
}

fn daemon(host: &Host, program: &str, arguments: &[&str]) -> Result<Child> {
    let mut command = host.command(program);
    // Ctrl-C is for whoever booted the cluster, and not for what runs on it.
    Ok(command.process_group(0).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

fn start_remoted(host: &Host) -> Result<Vec<Child>> {
    let daemons = vec![daemon(host, "/usr/local/sbin/pacemaker-remoted", &[])?];
    let listens = || host.sh("grep -q ':0C31 ' /proc/net/tcp /proc/net/tcp6").is_ok();
    wait_for("pacemaker-remoted, which packaging/install-packages unpacks", Duration::from_secs(60), listens)?;
    Ok(daemons)
}

/// Takes every disk that is mounted on `host`, or only the one mounted on `only`, away from its file system.
fn shut_down_disks(host: &Host, disks: &[Disk], only: Option<&str>) -> Result<()> {
    let mounts = fs::read_to_string(format!("/proc/{}/mounts", host.init_pid())).unwrap_or_default();
    for (device, disk) in DISKS.iter().zip(disks) {
        let points = mounts.lines().filter_map(|l| l.strip_prefix(device)?.strip_prefix(' ')?.split(' ').next());
        for point in points.filter(|point| only.is_none_or(|only| only == *point)) {
            let mount = host.root().join(point.trim_start_matches('/'));
            disk.shut_down(&mount)?;
            // Those who wait for a frozen one could not be ended.
            let _ = disk::thaw(&mount);
        }
    }
    Ok(())
}

/// Connects `host` to the switch; its end is eth0 with `address`/24.
fn connect(switch: &Host, host: &Host, name: &str, address: &str) -> Result<()> {
    let port = format!("v-{name}");
    let peer = host.init_pid().to_string();
    in_network_of(switch.init_pid(), &["link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns", &peer])?;
    in_network_of(switch.init_pid(), &["link", "set", &port, "master", "br0", "up"])?;
    host.sh(&format!("ip address add {address}/24 dev eth0 && ip link set eth0 up")).map(drop)
}

/// ip(8) in the network of a process, with the pids of the machine.
fn in_network_of(pid: i32, arguments: &[&str]) -> Result<()> {
    let done = Command::new("nsenter").args(["-t", &pid.to_string(), "-n", "ip"]).args(arguments).output()?;
    ensure!(done.status.success(), "ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr));
    Ok(())
}

/// One wish of a fence agent.
fn answer(stream: UnixStream, outlets: &[(String, Arc<Slot>)], switch: i32) {
    let mut line = String::new();
    let _ = stream.set_nonblocking(false);
    let _ = BufReader::new(&stream).read_line(&mut line);
    let (action, name) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let outlet = outlets.iter().find(|(n, _)| n == name);
    let reply = match (action, outlet) {
        ("monitor" | "list", _) => "ok".to_owned(),
        ("status", Some((_, slot))) => if slot.node.lock().unwrap().is_some() { "ok" } else { "is off" }.to_owned(),
        ("off", Some((_, slot))) => cut_power(name, slot, switch).map_or_else(|e| format!("{e:#}"), |()| "ok".to_owned()),
        _ => format!("no such node or action: {line}"),
    };
    let _ = writeln!(&stream, "{reply}");
}

fn cut_power(name: &str, slot: &Slot, switch: i32) -> Result<()> {
    // Held all the while: whoever asks meanwhile hears when it is really off.
    let mut node = slot.node.lock().unwrap();
    let mut busy = slot.busy_disks.lock().unwrap();
    if let Some(Node { host, disks, mut daemons }) = node.take() {
        *busy = disks;
        in_network_of(switch, &["link", "set", &format!("v-{name}"), "down"])?;
        shut_down_disks(&host, &busy, None)?;
        drop(host);
        // Its number may soon be that of another process.
        slot.init.store(0, Ordering::Relaxed);
        for daemon in &mut daemons {
            let _ = daemon.wait();
        }
        // It goes with the network of the host, but not at once; a node that comes back needs the name.
        let _ = in_network_of(switch, &["link", "delete", &format!("v-{name}")]);
    }
    // The mount goes with the last process that saw it; only then may another node have the disk.
    wait_for(&format!("the disks of {name} to be free"), Duration::from_secs(20), || busy.iter().all(Disk::is_unused))?;
    busy.clear();
    Ok(())
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for slot in &self.slots {
            // Whatever is on dies with its host; nobody needs its disk any more.
            if let Some(mut node) = slot.node.lock().unwrap_or_else(|e| e.into_inner()).take() {
                drop(node.host);
                for daemon in &mut node.daemons {
                    let _ = daemon.wait();
                }
            }
        }
    }
}
