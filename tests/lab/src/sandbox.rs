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
use std::io::Write;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

pub use crate::agent::{Action, Agent, Answer};
use crate::agent::{LOG, OUR_AGENT};
use crate::disk::Disk;
use crate::host::{Host, install, wait_for};
use crate::process::{self, Id, MASTER_STATUS_FD, Process, descriptor_of, is_drained};
use crate::smtp::Client;

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
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

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

/// The host, its disk and the agent. Dropping it takes everything down.
pub struct Sandbox {
    host: Host,
    disk: Disk,
    pub(crate) agent: Agent,
    pub(crate) parameters: RefCell<BTreeMap<String, OsString>>,
    pub(crate) environment: RefCell<BTreeMap<String, OsString>>,
    /// The words of a program that runs the agent.
    pub(crate) through: RefCell<Vec<OsString>>,
    strangers: RefCell<Vec<i32>>,
    sessions: RefCell<Vec<Client>>,
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

/// Runs a program under a filter of system calls, which refuses with errno $1: pidfd_send_signal, io_uring_setup, pidfd_open, close_range, pidfd_getfd.
const FILTER: &str = "\
import ctypes, os, struct, sys
code = [(0x20, 0, 0, 0)]
for number in (424, 425, 434, 436, 438): code += [(0x15, 0, 1, number), (0x06, 0, 0, 0x50000 | int(sys.argv[1]))]
code += [(0x06, 0, 0, 0x7fff0000)]
text = b''.join(struct.pack('HBBI', *line) for line in code)
buffer = ctypes.create_string_buffer(text)
program = struct.pack('HxxxxxxP', len(code), ctypes.addressof(buffer))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0
os.execv(sys.argv[2], sys.argv[2:])
";

/// A monitor of level 0 every 10 s and one of level 10 every minute, which nobody runs; the second line is the status section.
const CIB: &str = "\
<cib><configuration><resources><primitive id='mail' class='ocf' provider='postkeeper' type='postfix'><operations>\
<op id='a' name='monitor' interval='10s'/><op id='b' name='monitor' interval='60s'><instance_attributes id='c'>\
<nvpair id='d' name='OCF_CHECK_LEVEL' value='10'/></instance_attributes></op></operations></primitive></resources></configuration>
<status><node_state uname='n1'><lrm><lrm_resources><lrm_resource id='mail'>\
<lrm_rsc_op id='mail_monitor_10000' operation_key='mail_monitor_10000' operation='monitor' interval='10000'/>\
<lrm_rsc_op id='mail_monitor_60000' operation_key='mail_monitor_60000' operation='monitor' interval='60000'/>\
</lrm_resource></lrm_resources></lrm></node_state></status></cib>
";

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

    /// The words of a program that runs another one under a filter which refuses some system calls with `errno`.
    pub fn refusing_calls<'a>(&self, errno: &'a str) -> Result<[&'a str; 3]> {
        fs::write(self.path("/srv/filter.py"), FILTER)?;
        Ok(["python3", "/srv/filter.py", errno])
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
            fs::write(self.path(LOG), "")?;
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
        self.wait_for("the attribute manager", || self.sh("grep -q '@attrd$' /proc/net/unix").is_ok())?;
        self.script(
            "/usr/sbin/crm_mon",
            "#!/bin/sh\necho '<r><resources><resource id=\"mail\" active=\"true\" managed=\"'$(cat /srv/managed)'\"><node name=\"n1\"/></resource></resources></r>'\n",
        )?;
        // What it is told to forget is written down, and has run again then.
        self.script(
            "/usr/sbin/cibadmin",
            "#!/bin/sh\n[ $1 = --query ] && exec cat /srv/cib\necho \"$@\" >> /srv/told\n\
             sed -i \"s/lrm_rsc_op id/lrm_rsc_op transition-key='again' id/g\" /srv/cib\n",
        )?;
        for program in ["attrd_updater", "crm_attribute"] {
            self.script(&format!("/usr/sbin/{program}"), "#!/bin/sh\n")?;
        }
        fs::write(self.path("/srv/cib"), CIB)?;
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
        wait_for(what, TIMEOUT, holds)
    }

    /// Keeps a file open for as long as the host runs.
    pub fn keep(&self, file: File) {
        self.files.borrow_mut().push(file);
    }

    // The process table of the host.

    fn processes(&self) -> Vec<Process> {
        let proc = self.path("/proc");
        let strangers = self.strangers.borrow();
        let read = |pid: i32| if strangers.contains(&pid) { process::read_stuck(&proc, pid) } else { process::read(&proc, pid) };
        process::pids(&proc).into_iter().filter_map(read).collect()
    }

    fn members(&self) -> Vec<Process> {
        let is_in_queue = |p: &Process| p.working_directory.starts_with(QUEUE) && !p.has_config(OTHER.as_bytes());
        self.select(|p| is_configured(p) || is_in_queue(p))
    }

    /// Those that are no strangers.
    fn select(&self, is_it: impl Fn(&Process) -> bool) -> Vec<Process> {
        let strangers = self.strangers.borrow();
        self.processes().into_iter().filter(|p| !strangers.contains(&p.id.0) && is_it(p)).collect()
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
            members: members.iter().map(describe).collect(),
            strangers: all
                .iter()
                .filter(|p| strangers.contains(&p.id.0))
                .map(|p| format!("{} {}@{}", p.name, p.id.0, p.id.1))
                .collect(),
            others_masters: all.iter().filter(|p| p.is_master() && p.has_config(OTHER.as_bytes())).map(|p| p.id).collect(),
            has_queue: queue.iter().any(|name| name == "active"),
            queue,
            greetings: if connect { vec![(format!("{VIP}:25"), greeting())] } else { Vec::new() },
        })
    }

    /// Every process that has the instance's MAIL_CONFIG, without a look at its storage.
    pub fn look_at_processes(&self) -> Vec<String> {
        self.select(is_configured).iter().map(describe).collect()
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
        // For a client (epoll), or its turn to wait for one. Before it tells the master it may also wait for anvil (poll), or sleep to
        // write to the log.
        let waits = || {
            let place = fs::read_to_string(format!("/proc/{outer}/wchan")).unwrap_or_default();
            place.contains("epoll") || place.contains("ep_poll") || place.contains("lock")
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
    pub fn connect(&self, address: &str, port: u16) -> Result<Client> {
        let to: SocketAddr = format!("{address}:{port}").parse()?;
        self.host.in_network(|| Client::connect(to, TIMEOUT))?
    }

    /// Connects and reads the first line.
    pub fn greeting(&self, address: &str, port: u16) -> Result<String> {
        self.connect(address, port)?.line().context("reading the greeting")
    }

    /// Connects to the endpoint, is greeted, and says HELO.
    fn open_session(&self) -> Result<Client> {
        let mut client = self.connect(VIP, 25)?;
        client.expect("220").context("waiting to be served")?;
        client.ask("HELO client.test", "250")?;
        Ok(client)
    }

    /// Opens an SMTP session and keeps it open.
    pub fn hold_session(&self) -> Result<()> {
        let mut client = self.connect(VIP, 25)?;
        let line = client.line().context("waiting to be served")?;
        ensure!(line.starts_with("220"), "greeted with {line:?}");
        self.sessions.borrow_mut().push(client);
        Ok(())
    }

    /// Says HELO and these commands, and does not wait for the last answer; the session is kept.
    pub fn ask_for(&self, commands: &[&str]) -> Result<()> {
        let mut client = self.open_session()?;
        let (last, first) = commands.split_last().context("no command")?;
        for command in first {
            client.say(command)?;
            client.line()?;
        }
        client.say(last)?;
        self.sessions.borrow_mut().push(client);
        Ok(())
    }

    /// Sends one message by SMTP.
    pub fn submit(&self, recipient: &str) -> Result<()> {
        let mut client = self.open_session()?;
        client.ask("MAIL FROM:<>", "250")?;
        client.ask(&format!("RCPT TO:<{recipient}>"), "250")?;
        client.ask("DATA", "354")?;
        client.ask("test\r\n.", "250")?;
        client.ask("QUIT", "221")
    }

    /// Whether it is our agent that is tried.
    pub fn is_ours(&self) -> bool {
        self.agent != Agent::Heartbeat
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
            let _ = wait_for("the frozen process to end", TIMEOUT, empty);
            let _ = fs::remove_dir(group);
        }
    }
}

/// Whether its configuration is the instance's.
fn is_configured(process: &Process) -> bool {
    process.has_config(CONFIG.as_bytes()) || process.has_config(BY_ANOTHER_PATH)
}

fn describe(process: &Process) -> String {
    format!("{} {} {}", process.name, process.id.0, process.state)
}
