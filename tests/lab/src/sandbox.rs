//! A single host with one instance of Postfix on a file system of its own, and an agent to try on it.
//!
//! The instance's configuration is in [`CONFIG`], its queue in [`QUEUE`] on a real ext4 mounted at
//! [`MOUNT`], its address [`VIP`] on the loopback interface. The agent is run as Pacemaker's executor
//! runs one. What is true afterwards is looked up in the host's process table and by connecting, never by
//! asking the agent or Postfix.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::disk::Disk;
use crate::host::{Host, install, wait_for};

/// The same directory as [`CONFIG`].
pub const BY_ANOTHER_PATH: &[u8] = b"/etc/../etc/postfix-pk";
/// Where main.cf and master.cf of the instance are.
pub const CONFIG: &str = "/etc/postfix-pk";
/// Where the file system of the queue is mounted.
pub const MOUNT: &str = "/srv/mail";
/// queue_directory of the instance.
pub const QUEUE: &str = "/srv/mail/queue";
/// The one address of inet_interfaces.
pub const VIP: &str = "192.0.2.25";
/// The configuration of the second instance, where there is one; its queue is on the same file system.
pub const OTHER: &str = "/etc/postfix-other";

/// How long anything may take that is only waited for: more than the busiest machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

const OUR_AGENT: &str = "/usr/lib/ocf/resource.d/postkeeper/postfix";
const HEARTBEAT_AGENT: &str = "/usr/lib/ocf/resource.d/heartbeat/postfix";
/// Where distributions have the daemons of Postfix.
const DAEMONS: [&str; 2] = ["/usr/lib/postfix", "/usr/libexec/postfix"];
const AGENT_LOG: &str = "/var/log/agent.log";

/// The agent under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Ours: the path of the binary outside the host.
    Ours(&'static str),
    /// `ocf:heartbeat:postfix`, for comparison.
    Heartbeat,
}

/// What Pacemaker asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Probe,
    /// With its OCF_CHECK_LEVEL.
    Monitor(u32),
    Start,
    Stop,
    ReloadAgent,
    /// By the parameters alone.
    ValidateAll,
    /// As a person asks.
    Status,
}

impl Action {
    /// The timeout that the resource's operation has, and after which the executor kills: what docs/pacemaker.md shows for monitors,
    /// and less for start and stop, since some states take all of it.
    fn timeout(self) -> Duration {
        Duration::from_secs(match self {
            Action::Probe | Action::Monitor(_) | Action::ReloadAgent | Action::ValidateAll | Action::Status => 20,
            Action::Start => 40,
            Action::Stop => 30,
        })
    }
}

/// How a run of the agent ended.
#[derive(Clone, Debug)]
pub struct Answer {
    /// None: it was killed at its timeout, or by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// What it wrote to HA_LOGFILE.
    pub log: String,
    /// Something still held stdout or stderr after the agent had ended: Pacemaker would wait for it.
    pub pipe_leaked: bool,
    pub elapsed: Duration,
}

impl Answer {
    /// The lines that Pacemaker takes for the reason.
    pub fn reasons(&self) -> Vec<&str> {
        self.stderr.lines().filter(|l| l.starts_with("ocf-exit-reason:")).collect()
    }
}

/// A process: pid in the host and start time.
pub type Id = (i32, u64);

/// What is true in the host at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The master of the instance.
    pub master: Option<Id>,
    pub master_is_stopped: bool,
    /// Every process of the instance, as `name pid state`.
    pub members: Vec<String>,
    /// The strangers that are alive, as `name pid@start`.
    pub strangers: Vec<String>,
    pub others_masters: Vec<Id>,
    /// Whether a queue is at [`QUEUE`], and the names in that directory.
    pub has_queue: bool,
    pub queue: Vec<String>,
    /// Address and first line of each endpoint; only when asked for.
    pub greetings: Vec<(String, String)>,
}

/// One process of the host, as its /proc shows it.
pub(crate) struct Process {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) state: char,
    leads_session: bool,
    pub(crate) program: PathBuf,
    pub(crate) working_directory: PathBuf,
    environment: Vec<u8>,
}

impl Process {
    pub(crate) fn has_config(&self, config: &str) -> bool {
        let is_it = |value: &[u8]| value == config.as_bytes() || config == CONFIG && value == BY_ANOTHER_PATH;
        let names_it = |entry: &[u8]| entry.strip_prefix(b"MAIL_CONFIG=").is_some_and(is_it);
        self.environment.split(|b| *b == 0).any(names_it)
    }

    /// `master -w`, which waits for the real one to be ready, does not lead a session.
    pub(crate) fn is_master(&self) -> bool {
        self.name == "master" && DAEMONS.iter().any(|at| self.program.starts_with(at)) && self.leads_session
    }
}

/// The host, its disk and the agent. Dropping it takes everything down.
pub struct Sandbox {
    host: Host,
    disk: Disk,
    agent: Agent,
    parameters: RefCell<BTreeMap<String, OsString>>,
    environment: RefCell<BTreeMap<String, OsString>>,
    through: RefCell<Vec<OsString>>,
    strangers: RefCell<Vec<i32>>,
    sessions: RefCell<Vec<TcpStream>>,
    files: RefCell<Vec<File>>,
    frozen: RefCell<Option<PathBuf>>,
}

/// The level of every release: of no default that an older one had. 3.5 takes a whole number only.
const MAIN_CF: &str = "\
compatibility_level = 9999
queue_directory = /srv/mail/queue
data_directory = /var/lib/postfix-pk
inet_interfaces = 192.0.2.25
inet_protocols = ipv4
myhostname = mx.example.test
mydestination = $myhostname
mynetworks = 127.0.0.0/8 192.0.2.0/24
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_peername_lookup = no
local_recipient_maps =
alias_maps =
default_transport = discard
# Small, so that a small disk is enough for smtpd.
message_size_limit = 100000
";

const MASTER_CF: &str = "\
smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

/// Makes a queue as `postfix check` would, without its second of shell.
const MAKE_QUEUE: &str = "\
mkdir -p $1 && cd $1 && mkdir -m 700 active bounce corrupt defer deferred flush hold incoming private saved trace &&
mkdir -m 755 pid && mkdir -m 1730 maildrop && mkdir -m 2710 public &&
chown postfix active bounce corrupt defer deferred flush hold incoming private saved trace maildrop public &&
chgrp postdrop maildrop public && chmod 1730 maildrop && chmod 2710 public &&
install -d -o postfix -m 700 $2";

/// Makes a key and a certificate that is good until $1, a date as openssl-ca(1) wants it, in /etc/postfix/key.pem. It is signed by itself and
/// of version 1: what a mail server may show, and what no browser would take.
const MAKE_CERTIFICATE: &str = "\
rm -rf /srv/ca && mkdir -p /srv/ca && cd /srv/ca && : > index && echo 01 > serial
cat > ca.cnf <<'END'
[ca]
default_ca = own
[own]
database = /srv/ca/index
serial = /srv/ca/serial
new_certs_dir = /srv/ca
default_md = sha256
policy = names
[names]
commonName = supplied
[req]
distinguished_name = dn
[dn]
END
openssl req -config ca.cnf -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out csr -subj /CN=mx.example.test &&
openssl ca -config ca.cnf -batch -notext -selfsign -keyfile key -in csr -out cert -startdate 20200101000000Z -enddate $1 &&
cat key cert > /etc/postfix/key.pem";

impl Sandbox {
    /// Boots a host with a stopped instance, everything in order. `name` is for people.
    pub fn new(name: &str, agent: Agent) -> Result<Sandbox> {
        Sandbox::with_disk(name, agent, 8 << 20)
    }

    /// The same, with a disk of `size` bytes for the queue.
    pub fn with_disk(name: &str, agent: Agent, size: u64) -> Result<Sandbox> {
        let host = Host::boot(name)?;
        let disk = Disk::new(size)?;
        let sandbox = Sandbox {
            host,
            disk,
            agent,
            parameters: RefCell::default(),
            environment: RefCell::default(),
            through: RefCell::default(),
            strangers: RefCell::default(),
            sessions: RefCell::default(),
            files: RefCell::default(),
            frozen: RefCell::default(),
        };
        sandbox.prepare().context("preparing the sandbox")?;
        Ok(sandbox)
    }

    fn prepare(&self) -> Result<()> {
        self.mount_disk()?;
        fs::create_dir_all(self.path("/etc/postfix"))?;
        fs::write(
            self.path("/etc/postfix/main.cf"),
            format!("compatibility_level = 9999\nalternate_config_directories = {CONFIG} {OTHER}\n"),
        )?;
        fs::write(self.path("/etc/postfix/master.cf"), MASTER_CF)?;
        self.write_instance(CONFIG, MAIN_CF)?;
        self.sh(&format!(
            "ip link set lo up && ip addr add {VIP}/32 dev lo && mkdir -p /run/resource-agents /var/lib/pacemaker/cores
             set -- {QUEUE} /var/lib/postfix-pk && {MAKE_QUEUE}"
        ))?;
        if let Agent::Ours(binary) = self.agent {
            install(&self.host, Path::new(binary), OUR_AGENT, 0o755)?;
        }
        self.set("config_dir", CONFIG);
        Ok(())
    }

    fn write_instance(&self, config: &str, main_cf: &str) -> Result<()> {
        fs::create_dir_all(self.path(config))?;
        fs::write(self.path(config).join("main.cf"), main_cf)?;
        fs::write(self.path(config).join("master.cf"), MASTER_CF)?;
        Ok(())
    }

    // What a state is made with.

    /// A path of the host, seen from here.
    pub fn path(&self, path: &str) -> PathBuf {
        self.host.root().join(path.trim_start_matches('/'))
    }

    /// The host itself.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// What the host's daemons said, Postfix's among them.
    pub fn syslog(&self) -> String {
        self.host.syslog()
    }

    /// Runs a shell script in the host; an error when it fails.
    pub fn sh(&self, script: &str) -> Result<()> {
        self.host.sh(script).map(drop)
    }

    /// Sets a parameter of the resource.
    pub fn set(&self, parameter: &str, value: impl Into<OsString>) {
        self.parameters.borrow_mut().insert(parameter.to_owned(), value.into());
    }

    /// Takes a parameter of the resource away.
    pub fn unset(&self, parameter: &str) {
        self.parameters.borrow_mut().remove(parameter);
    }

    /// Sets a variable of the agent's environment; it wins over what Pacemaker would set.
    pub fn export(&self, name: &str, value: impl Into<OsString>) {
        self.environment.borrow_mut().insert(name.to_owned(), value.into());
    }

    /// Takes back every [`Sandbox::export`].
    pub fn unexport(&self) {
        self.environment.borrow_mut().clear();
    }

    /// Has another program run the agent from now on: its words, before the agent's.
    pub fn through(&self, words: &[&str]) {
        *self.through.borrow_mut() = words.iter().map(OsString::from).collect();
    }

    /// Appends to a file of the instance's configuration.
    pub fn append(&self, file: &str, text: &str) -> Result<()> {
        let path = self.path(CONFIG).join(file);
        let mut file = File::options().append(true).open(&path).with_context(|| path.display().to_string())?;
        Ok(file.write_all(text.as_bytes())?)
    }

    /// Writes an executable script.
    pub fn script(&self, path: &str, text: &str) -> Result<()> {
        fs::write(self.path(path), text)?;
        Ok(fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755))?)
    }

    /// Gives smtpd a key and a certificate that is good until `days` from now, and has it offer STARTTLS.
    pub fn certify(&self, days: i64) -> Result<()> {
        self.sh(&format!("set -- $(date -u -d '{days} days' +%Y%m%d%H%M%SZ)\n{MAKE_CERTIFICATE}"))?;
        self.append("main.cf", "smtpd_tls_chain_files = /etc/postfix/key.pem\nsmtpd_tls_security_level = may\n")
    }

    /// Adds a service to master.cf; blanks separate its fields.
    pub fn add_service(&self, line: &str) -> Result<()> {
        self.append("master.cf", &format!("{line}\n"))
    }

    /// Starts the instance: our agent does it itself, so that it knows what it started; before the shell agent
    /// Postfix is started by hand, which is the same to it and faster.
    pub fn start(&self) -> Result<()> {
        if self.agent == Agent::Heartbeat {
            self.sh(&format!("postfix -c {CONFIG} start"))?;
        } else {
            let answer = self.act(Action::Start)?;
            ensure!(answer.code == Some(0), "start answered {:?}: {}\n{}", answer.code, answer.stderr, answer.log);
            fs::write(self.path(AGENT_LOG), "")?;
        }
        ensure!(self.master().is_some(), "start answered 0 and no master runs");
        self.wait_for("the queue manager", || self.has_member("qmgr"))
    }

    /// Writes a second instance, stopped, on an address of its own or the same one.
    pub fn add_other_instance(&self, address: &str) -> Result<()> {
        self.add_instance("other", address)
    }

    /// Writes one more instance, stopped: its configuration is in /etc/postfix-NAME.
    pub fn add_instance(&self, name: &str, address: &str) -> Result<()> {
        let main_cf = format!(
            "{MAIN_CF}queue_directory = {MOUNT}/{name}\ndata_directory = /var/lib/postfix-{name}\n\
             inet_interfaces = {address}\nmulti_instance_name = postfix-{name}\n"
        );
        self.write_instance(&format!("/etc/postfix-{name}"), &main_cf)?;
        self.sh(&format!("ip addr replace {address}/32 dev lo; set -- {MOUNT}/{name} /var/lib/postfix-{name} && {MAKE_QUEUE}"))
    }

    pub fn start_other_instance(&self) -> Result<()> {
        self.sh(&format!("postfix -c {OTHER} start"))
    }

    /// Has the agent believe that there is a cluster: crm_mon, crm_resource and the attribute manager's socket are stand-ins.
    /// What it tells is in /srv/told; /srv/managed says whether the cluster manages the resource.
    pub fn pretend_cluster(&self) -> Result<()> {
        self.stranger(
            "perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Local => \"\\0attrd\", Listen => 1) or die; sleep 100000'",
        )?;
        self.script(
            "/usr/sbin/crm_mon",
            "#!/bin/sh\necho '<r><resources><resource id=\"mail\" active=\"true\" managed=\"'$(cat /srv/managed)'\"><node name=\"n1\"/></resource></resources></r>'\n",
        )?;
        // What it is told to change is written down.
        self.script(
            "/usr/sbin/cibadmin",
            "#!/bin/sh\n[ $1 = --query ] || exec echo \"$@\" >> /srv/told\n\
             echo '<cib><status><node_state uname=\"n1\"><lrm><lrm_resources><lrm_resource id=\"mail\"><lrm_rsc_op id=\"mail_monitor_10000\" \
             operation_key=\"mail_monitor_10000\" operation=\"monitor\" interval=\"10000\"/></lrm_resource></lrm_resources></lrm></node_state></status></cib>'\n",
        )?;
        self.script("/usr/sbin/attrd_updater", "#!/bin/sh\n")?;
        self.sh("echo true > /srv/managed; touch /srv/told")?;
        self.export("OCF_RESKEY_CRM_meta_on_node", "n1");
        Ok(())
    }

    /// What a shell script prints in the host.
    pub fn output(&self, script: &str) -> Result<String> {
        self.host.sh(script)
    }

    /// Starts a process that has nothing to do with Postfix; it must survive whatever the agent does.
    pub fn stranger(&self, command: &str) -> Result<i32> {
        let pid = self.host.sh(&format!("cd /; setsid {command} </dev/null >/dev/null 2>&1 & echo $!"))?;
        let pid = pid.trim().parse().with_context(|| format!("the pid of {command}"))?;
        self.strangers.borrow_mut().push(pid);
        let begun = || self.processes().iter().any(|p| p.id.0 == pid && !matches!(p.name.as_str(), "sh" | "setsid" | "env"));
        self.wait_for("the stranger", begun)?;
        Ok(pid)
    }

    /// Waits until `holds`, for as long as a busy machine may take.
    pub fn wait_for(&self, what: &str, holds: impl Fn() -> bool) -> Result<()> {
        wait_for(what, PATIENCE, holds)
    }

    /// Keeps a file open for as long as the host runs.
    pub fn keep(&self, file: File) {
        self.files.borrow_mut().push(file);
    }

    // Processes, by our own eyes.

    fn processes(&self) -> Vec<Process> {
        let proc = self.path("/proc");
        let entries = fs::read_dir(&proc).into_iter().flatten().flatten();
        let strangers = self.strangers.borrow();
        let read = |entry: fs::DirEntry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            read_process(&entry.path(), pid, !strangers.contains(&pid))
        };
        entries.filter_map(read).collect()
    }

    fn members(&self) -> Vec<Process> {
        let strangers = self.strangers.borrow();
        let ours = |p: &Process| p.has_config(CONFIG) || (p.working_directory.starts_with(QUEUE) && !p.has_config(OTHER));
        self.processes().into_iter().filter(|p| !strangers.contains(&p.id.0) && ours(p)).collect()
    }

    /// The pid of the instance's master.
    pub fn master(&self) -> Option<i32> {
        self.members().iter().find(|p| p.is_master()).map(|p| p.id.0)
    }

    /// The pids of the instance's daemons of that name.
    pub fn daemons(&self, name: &str) -> Vec<i32> {
        self.members().iter().filter(|p| p.name == name).map(|p| p.id.0).collect()
    }

    /// Whether the instance has a process of that name.
    pub fn has_member(&self, name: &str) -> bool {
        !self.daemons(name).is_empty()
    }

    /// What is true now. `connect`: also greet the endpoint.
    pub fn look(&self, connect: bool) -> Result<Look> {
        let members = self.members();
        let master = members.iter().find(|p| p.is_master());
        let all = self.processes();
        let strangers = self.strangers.borrow();
        let mut queue: Vec<String> = fs::read_dir(self.path(QUEUE))
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect();
        queue.sort();
        let greeting = || self.greeting(VIP, 25).unwrap_or_else(|e| format!("{e:#}"));
        Ok(Look {
            master: master.map(|p| p.id),
            master_is_stopped: master.is_some_and(|p| p.state == 'T'),
            members: members.iter().map(|p| format!("{} {} {}", p.name, p.id.0, p.state)).collect(),
            strangers: all
                .iter()
                .filter(|p| strangers.contains(&p.id.0))
                .map(|p| format!("{} {}@{}", p.name, p.id.0, p.id.1))
                .collect(),
            others_masters: all.iter().filter(|p| p.is_master() && p.has_config(OTHER)).map(|p| p.id).collect(),
            has_queue: queue.iter().any(|name| name == "active"),
            queue,
            greetings: if connect { vec![(format!("{VIP}:25"), greeting())] } else { Vec::new() },
        })
    }

    /// Every process that has the instance's MAIL_CONFIG, told without a look at its storage.
    pub fn look_at_processes(&self) -> Vec<String> {
        let strangers = self.strangers.borrow();
        let is_it = |p: &Process| !strangers.contains(&p.id.0) && p.has_config(CONFIG);
        self.processes().into_iter().filter(is_it).map(|p| format!("{} {} {}", p.name, p.id.0, p.state)).collect()
    }

    fn signal(&self, pid: i32, signal: &str) -> Result<()> {
        self.sh(&format!("kill -{signal} {pid}"))
    }

    /// Stops a process (SIGSTOP) and waits until it is.
    pub fn stop_process(&self, pid: i32) -> Result<()> {
        self.signal(pid, "STOP")?;
        self.wait_for("the process to stop", || self.processes().iter().any(|p| p.id.0 == pid && p.state == 'T'))
    }

    /// Kills the master and waits until it is gone.
    pub fn kill_master(&self) -> Result<()> {
        self.signal(self.master().context("no master to kill")?, "KILL")?;
        self.wait_for("the master to end", || self.master().is_none())
    }

    /// Kills every process of the instance.
    pub fn kill_all(&self) -> Result<()> {
        ensure!(self.master().is_some(), "no master to kill");
        let pids: Vec<String> = self.members().iter().map(|p| p.id.0.to_string()).collect();
        // One may end by itself as soon as the master has.
        self.sh(&format!("kill -9 {} || true", pids.join(" ")))?;
        self.wait_for("everything to end", || self.members().is_empty())
    }

    /// Kills the daemons of that name, as if they had ended: the master starts new ones when it needs them.
    pub fn end_daemons(&self, name: &str) -> Result<()> {
        let ended = self.daemons(name);
        for pid in &ended {
            // What it has not reported yet is not there to be read.
            if name == "smtpd" {
                self.await_idle(*pid, 25)?;
            }
            // One that dies before the master has read that it worked is throttled for a minute.
            let report = descriptor_of(self.outer_pid(*pid)?, MASTER_STATUS_FD)?;
            self.wait_for("the master to read what its daemon reported", || is_drained(&report))?;
            drop(report);
            self.signal(*pid, "KILL")?;
        }
        self.wait_for("the daemons to end", || self.daemons(name).iter().all(|pid| !ended.contains(pid)))
    }

    /// Waits until a daemon has no client on `port` and the master knows that it can have the next one.
    pub fn await_idle(&self, pid: i32, port: u16) -> Result<()> {
        let outer = self.outer_pid(pid)?;
        let report = descriptor_of(outer, MASTER_STATUS_FD)?;
        // For a client, or its turn to wait for one: it may also sleep to write to the log, before it tells the master.
        let waits = || {
            let place = fs::read_to_string(format!("/proc/{outer}/wchan")).unwrap_or_default();
            place.contains("poll") || place.contains("lock")
        };
        // It closes the connection, then tells the master, then waits: asked in this order.
        self.wait_for("the daemon to be idle", || !self.has_client(port) && waits() && is_drained(&report))
    }

    /// Whether a connection to `port` is open at this end: ESTABLISHED or CLOSE_WAIT in proc(5)'s net/tcp.
    fn has_client(&self, port: u16) -> bool {
        let table = fs::read_to_string(self.path("/proc/1/net/tcp")).unwrap_or_default();
        table.lines().skip(1).any(|line| {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let local = fields.get(1).and_then(|a| u16::from_str_radix(a.rsplit(':').next()?, 16).ok());
            local == Some(port) && fields.get(3).is_some_and(|state| matches!(*state, "01" | "08"))
        })
    }

    // The network of the host.

    /// Runs `work` in the network of the host.
    pub fn in_network<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        self.host.in_network(work)
    }

    /// Installs a program of the machine in the host.
    pub fn install(&self, program: &Path, at: &str) -> Result<()> {
        install(&self.host, program, at, 0o755)
    }

    /// Connects from inside the host.
    pub fn connect(&self, address: &str, port: u16) -> Result<TcpStream> {
        let to: SocketAddr = format!("{address}:{port}").parse()?;
        let stream = self.host.in_network(|| TcpStream::connect_timeout(&to, PATIENCE))?.with_context(|| to.to_string())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// Connects and reads the first line.
    pub fn greeting(&self, address: &str, port: u16) -> Result<String> {
        let mut line = String::new();
        BufReader::new(self.connect(address, port)?).read_line(&mut line).context("reading the greeting")?;
        Ok(line.trim_end().to_owned())
    }

    /// Opens an SMTP session and keeps it open.
    pub fn hold_session(&self) -> Result<()> {
        let stream = self.connect(VIP, 25)?;
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).context("waiting to be served")?;
        ensure!(line.starts_with("220"), "greeted with {line:?}");
        self.sessions.borrow_mut().push(stream);
        Ok(())
    }

    /// Whether it is our agent that is tried.
    pub fn is_ours(&self) -> bool {
        self.agent != Agent::Heartbeat
    }

    /// Says HELO and these commands, and does not wait for the last answer; the session is kept.
    pub fn ask_for(&self, commands: &[&str]) -> Result<()> {
        let stream = self.connect(VIP, 25)?;
        let mut lines = BufReader::new(&stream);
        for command in ["HELO client.test"].iter().chain(commands) {
            lines.read_line(&mut String::new())?;
            (&stream).write_all(format!("{command}\r\n").as_bytes())?;
        }
        self.sessions.borrow_mut().push(stream);
        Ok(())
    }

    /// Sends one message by SMTP.
    pub fn submit(&self, recipient: &str) -> Result<()> {
        let stream = self.connect(VIP, 25)?;
        let mut lines = BufReader::new(&stream);
        let mail = format!("RCPT TO:<{recipient}>");
        for (say, expect) in [
            ("", "220"),
            ("HELO client.test", "250"),
            ("MAIL FROM:<>", "250"),
            (&mail, "250"),
            ("DATA", "354"),
            ("test\r\n.", "250"),
            ("QUIT", "221"),
        ] {
            if !say.is_empty() {
                (&stream).write_all(format!("{say}\r\n").as_bytes())?;
            }
            let mut line = String::new();
            lines.read_line(&mut line)?;
            ensure!(line.starts_with(expect), "{say:?} was answered {line:?}");
        }
        Ok(())
    }

    /// Shuts down the listening socket on `port` inside the master itself.
    pub fn shut_down_listener(&self, port: u16) -> Result<()> {
        let master = self.outer_pid(self.master().context("no master")?)?;
        for entry in fs::read_dir(format!("/proc/{master}/fd"))?.flatten() {
            let Some(number) = entry.file_name().to_str().and_then(|n| n.parse::<i32>().ok()) else { continue };
            if !fs::read_link(entry.path()).is_ok_and(|t| t.as_os_str().as_bytes().starts_with(b"socket:")) {
                continue;
            }
            let socket = descriptor_of(master, number)?;
            let address = nix::sys::socket::getsockname::<nix::sys::socket::SockaddrStorage>(socket.as_raw_fd());
            if address.is_ok_and(|a| a.as_sockaddr_in().is_some_and(|a| a.port() == port)) {
                return Ok(nix::sys::socket::shutdown(socket.as_raw_fd(), nix::sys::socket::Shutdown::Both)?);
            }
        }
        bail!("the master has no socket on port {port}")
    }

    // The disk of the queue.

    fn mount_disk(&self) -> Result<()> {
        self.host.mount_disk(&self.disk, MOUNT)
    }

    /// Makes ext4 believe that it found damage.
    pub fn break_file_system(&self) -> Result<()> {
        fs::write(format!("/sys/fs/ext4/{}/trigger_fs_error", self.disk.device_name()), "the test says so")?;
        Ok(())
    }

    /// Shuts the file system down (EXT4_IOC_SHUTDOWN): every access is an I/O error from now on.
    pub fn shut_down_file_system(&self) -> Result<()> {
        self.disk.shut_down(&self.path(MOUNT))
    }

    // What cannot be killed.

    fn outer_pid(&self, inner: i32) -> Result<i32> {
        self.host.outer_pid(inner)
    }

    /// Freezes a process (cgroup version 1): it is in state D and SIGKILL does not end it until it is thawed.
    pub fn freeze(&self, pid: i32) -> Result<()> {
        let outer = self.outer_pid(pid)?;
        let group = PathBuf::from(format!("/sys/fs/cgroup/freezer/postkeeper-sandbox-{outer}"));
        fs::create_dir(&group).with_context(|| group.display().to_string())?;
        *self.frozen.borrow_mut() = Some(group.clone());
        fs::write(group.join("cgroup.procs"), outer.to_string())?;
        fs::write(group.join("freezer.state"), "FROZEN")?;
        self.wait_for("the process to freeze", || self.processes().iter().any(|p| p.id.0 == pid && p.state == 'D'))
    }

    // The agent.

    /// Runs the agent as Pacemaker's executor does, until it ends or its timeout has passed.
    pub fn act(&self, action: Action) -> Result<Answer> {
        self.spawn_agent(action)?.wait()
    }

    /// Starts a run of the agent.
    pub fn spawn_agent(&self, action: Action) -> Result<Run<'_>> {
        let (verb, interval, level) = match action {
            Action::Probe => ("monitor", None, 0),
            Action::Monitor(level) => ("monitor", Some("10000"), level),
            Action::Start => ("start", None, 0),
            Action::Stop => ("stop", None, 0),
            Action::ReloadAgent => ("reload-agent", None, 0),
            Action::ValidateAll => ("validate-all", None, 0),
            Action::Status => ("status", None, 0),
        };
        let mut operation = vec![("OCF_RESKEY_CRM_meta_timeout", action.timeout().as_millis().to_string())];
        if let Some(interval) = interval {
            operation.push(("OCF_RESKEY_CRM_meta_interval", interval.to_owned()));
            operation.push(("OCF_RESKEY_CRM_meta_name", verb.to_owned()));
        }
        if level > 0 {
            operation.push(("OCF_CHECK_LEVEL", level.to_string()));
        }
        self.spawn_with(&[verb.into()], &operation, action.timeout())
    }

    /// Runs the agent with these arguments and nothing about an operation in the environment.
    pub fn call(&self, arguments: &[OsString]) -> Result<Answer> {
        self.spawn_with(arguments, &[], PATIENCE)?.wait()
    }

    fn spawn_with(&self, arguments: &[OsString], operation: &[(&str, String)], timeout: Duration) -> Result<Run<'_>> {
        let (path, provider) = match self.agent {
            Agent::Ours(_) => (OUR_AGENT, "postkeeper"),
            Agent::Heartbeat => (HEARTBEAT_AGENT, "heartbeat"),
        };
        let mut words: Vec<OsString> = self.through.borrow().clone();
        words.push(path.into());
        words.extend_from_slice(arguments);
        let mut command = self.host.command(&words[0].to_string_lossy());
        command.args(&words[1..]).env_clear().envs([
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("LC_ALL", "C"),
            ("OCF_ROOT", "/usr/lib/ocf"),
            ("OCF_RA_VERSION_MAJOR", "1"),
            ("OCF_RA_VERSION_MINOR", "1"),
            ("OCF_RESOURCE_INSTANCE", "mail"),
            ("OCF_RESOURCE_TYPE", "postfix"),
            ("OCF_RESOURCE_PROVIDER", provider),
            ("OCF_EXIT_REASON_PREFIX", "ocf-exit-reason:"),
            ("OCF_RESKEY_crm_feature_set", "3.16.2"),
            ("HA_LOGFACILITY", "daemon"),
            ("HA_LOGFILE", AGENT_LOG),
        ]);
        command.envs(operation.iter().map(|(name, value)| (name, value)));
        command.envs(self.parameters.borrow().iter().map(|(name, value)| (format!("OCF_RESKEY_{name}"), value)));
        command.envs(self.environment.borrow().iter());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        // SAFETY: these calls are safe between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::umask(0o026);
                libc::signal(libc::SIGQUIT, libc::SIG_IGN);
                let unlimited = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
                libc::setrlimit(libc::RLIMIT_CORE, &unlimited);
                Ok(())
            });
        }
        Ok(Run::of(command.spawn().context("starting the agent")?, timeout, self))
    }
}

/// A run of the agent that is under way.
pub struct Run<'a> {
    child: Child,
    begun: Instant,
    timeout: Duration,
    output: mpsc::Receiver<(usize, String)>,
    sandbox: &'a Sandbox,
}

impl Run<'_> {
    fn of(mut child: Child, timeout: Duration, sandbox: &Sandbox) -> Run<'_> {
        let (sender, output) = mpsc::channel();
        let pipes: [Option<Box<dyn Read + Send>>; 2] =
            [child.stdout.take().map(|p| Box::new(p) as _), child.stderr.take().map(|p| Box::new(p) as _)];
        for (number, mut pipe) in pipes.into_iter().enumerate().filter_map(|(n, p)| Some((n, p?))) {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut bytes = Vec::new();
                let mut chunk = [0; 4096];
                // What was read so far counts even when the other end never closes.
                while let Ok(n @ 1..) = pipe.read(&mut chunk) {
                    bytes.extend_from_slice(&chunk[..n]);
                    let _ = sender.send((number, String::from_utf8_lossy(&bytes).into_owned()));
                }
                let _ = sender.send((number + 2, String::new()));
            });
        }
        Run { child, begun: Instant::now(), timeout, output, sandbox }
    }

    /// Waits for its end; at its timeout kills the process group, as the executor does.
    pub fn wait(mut self) -> Result<Answer> {
        let group = self.child.id() as i32;
        let ended = wait_for("the agent", self.timeout, || {
            // WNOWAIT: the exit status stays for wait() below.
            let flags = nix::sys::wait::WaitPidFlag::WEXITED
                | nix::sys::wait::WaitPidFlag::WNOHANG
                | nix::sys::wait::WaitPidFlag::WNOWAIT;
            let id = nix::sys::wait::Id::Pid(nix::unistd::Pid::from_raw(group));
            !matches!(nix::sys::wait::waitid(id, flags), Ok(nix::sys::wait::WaitStatus::StillAlive))
        });
        let elapsed = self.begun.elapsed();
        if ended.is_err() {
            let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), nix::sys::signal::Signal::SIGKILL);
        }
        let code = self.child.wait()?.code().filter(|_| ended.is_ok());
        let mut texts = [String::new(), String::new()];
        let mut open = 2;
        while open > 0 {
            match self.output.recv_timeout(Duration::from_secs(1)) {
                Ok((number @ 0..2, text)) => texts[number] = text,
                Ok(_) => open -= 1,
                Err(_) => break,
            }
        }
        let [stdout, stderr] = texts;
        let log = fs::read_to_string(self.sandbox.path(AGENT_LOG)).unwrap_or_default();
        Ok(Answer { code, stdout, stderr, log, pipe_leaked: open > 0, elapsed })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(group) = self.frozen.take() {
            let _ = fs::write(group.join("freezer.state"), "THAWED");
            let empty = || fs::read_to_string(group.join("cgroup.procs")).is_ok_and(|text| text.is_empty());
            // The process has ended by now, or ends with the host; the group can only go when it is empty.
            if let Ok(pids) = fs::read_to_string(group.join("cgroup.procs")) {
                for pid in pids.lines().filter_map(|l| l.parse().ok()) {
                    let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
                }
            }
            let _ = wait_for("the frozen process to end", PATIENCE, empty);
            let _ = fs::remove_dir(group);
        }
    }
}

/// Where a daemon of Postfix reports to the master (a pipe): master_proto.h.
const MASTER_STATUS_FD: i32 = 5;

/// Our own copy of a descriptor of another process, by its pid on the machine.
fn descriptor_of(pid: i32, number: i32) -> Result<OwnedFd> {
    // SAFETY: pidfd_open(2) and pidfd_getfd(2) take integers and return a new descriptor or -1.
    let own =
        |fd: i64| if fd < 0 { Err(std::io::Error::last_os_error()) } else { Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) }) };
    let handle = own(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: as above.
    own(unsafe { libc::syscall(libc::SYS_pidfd_getfd, handle.as_raw_fd(), number, 0) })
        .with_context(|| format!("descriptor {number} of process {pid}"))
}

/// Whether a pipe holds nothing that has not been read.
fn is_drained(pipe: &OwnedFd) -> bool {
    let mut waiting: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int.
    unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &mut waiting) == 0 && waiting == 0 }
}

/// Reads one process; None when it is gone or a zombie, which holds nothing. `asks`: for its environment too, which one that is stuck
/// does not give away.
pub(crate) fn read_process(directory: &Path, pid: i32, asks: bool) -> Option<Process> {
    let stat = fs::read_to_string(directory.join("stat")).ok()?;
    let (head, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let state = fields.first()?.chars().next()?;
    if matches!(state, 'Z' | 'X') {
        return None;
    }
    Some(Process {
        id: (pid, fields.get(19)?.parse().ok()?),
        name: head.split_once('(')?.1.to_owned(),
        state,
        leads_session: fields.get(3)?.parse() == Ok(pid),
        program: fs::read_link(directory.join("exe")).unwrap_or_default(),
        working_directory: fs::read_link(directory.join("cwd")).unwrap_or_default(),
        environment: if asks { fs::read(directory.join("environ")).unwrap_or_default() } else { Vec::new() },
    })
}
