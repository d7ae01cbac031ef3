//! A node with a kernel of its own (User Mode Linux, package user-mode-linux), for what the machine's kernel does not have: NFS, for one.
//!
//! Its root is that of a host of the lab, under a layer in memory; its network is the host's loopback, a wire that all nodes of that
//! host share (10.78.0.0/24).

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::host::Host;

const PROGRAM: &str = "/usr/bin/linux.uml";

/// How long a script may take: a process costs many times what it costs the machine.
const TIMEOUT: Duration = Duration::from_secs(600);

/// The first program: root becomes that of the host under a layer in memory, then a shell reads scripts from the console.
const INIT: &str = r#"#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
modules=/usr/lib/uml/modules/$(uname -r)
insmod $modules/kernel/fs/overlayfs/overlay.ko
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
cd /mnt/root
mkdir -p lib/modules
ln -s $modules lib/modules/
mount -t proc proc proc
# By its name a server of NFS knows a client.
echo $NAME > proc/sys/kernel/hostname
mount -t sysfs sysfs sys
mount -t devtmpfs devtmpfs dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir run/lock
ip link set lo up
ip address add 10.78.0.$ADDRESS/24 dev vec0
ip link set vec0 up
stty -echo -onlcr
exec chroot . /bin/sh
"#;

/// A running node.
#[derive(Debug)]
pub struct Kernel {
    name: String,
    /// Its process 1 is the kernel, which ends with this one.
    unshare: Child,
    console: ChildStdin,
    lines: Receiver<String>,
}

/// Whether the machine has such a kernel: not every release of Debian does.
pub fn is_there() -> bool {
    std::path::Path::new(PROGRAM).exists()
}

impl Kernel {
    /// Boots a node with the address 10.78.0.`address`.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn boot(host: &Host, name: &str, address: u8) -> Result<Kernel> {
        let init = host.root().join("kernel-init");
        fs::write(&init, INIT)?;
        fs::set_permissions(&init, Permissions::from_mode(0o755))?;
        // Not in the host's pid namespace: only so is the child that is killed the one that the kernel dies with. It dies with the
        // test too.
        let host = host.init_pid().to_string();
        let mut unshare = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "nsenter", "-t", &host, "-n", "-m", "--"])
            .args(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"])
            .args([PROGRAM, "mem=256M", "rootfstype=hostfs", "rootflags=/", "ro", "init=/kernel-init", "quiet", "loglevel=1"])
            .args([
                &format!("NAME={name}"),
                &format!("ADDRESS={address}"),
                &format!("vec0:transport=raw,ifname=lo,mac=02:00:00:00:00:{address:02x}"),
            ])
            .args(["con=null", "con0=fd:0,fd:1", "ssl=null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("setpriv")?;
        let console = unshare.stdin.take().context("stdin")?;
        let output = unshare.stdout.take().context("stdout")?;
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        let mut kernel = Kernel { name: name.to_owned(), unshare, console, lines };
        // What came before is not its answer.
        kernel.sh(":").with_context(|| format!("{name} did not come up"))?;
        Ok(kernel)
    }

    /// Runs a shell script on it and returns what it printed.
    ///
    /// # Errors
    /// When it does not end with 0; carries what it said.
    pub fn sh(&mut self, script: &str) -> Result<String> {
        let (code, said) = self.answer(script)?;
        ensure!(code == 0, "on {}: {script}: {code}: {said}", self.name);
        Ok(said)
    }

    /// The same; its exit code and what it printed.
    ///
    /// # Errors
    /// When it does not end in time, or the node does.
    pub fn answer(&mut self, script: &str) -> Result<(i32, String)> {
        // The markers do not stand in the script as they are printed, should a line come back.
        let quoted = script.replace('\'', "'\\''");
        writeln!(self.console, "echo =BEG\"\"IN=; sh -c '{quoted}' 2>&1; echo =EN\"\"D= $?")?;
        let mut said: Option<Vec<String>> = None;
        loop {
            let line = self.lines.recv_timeout(TIMEOUT);
            let Ok(line) = line else { bail!("{} does not answer: {said:?}", self.name) };
            if line.ends_with("=BEGIN=") {
                said = Some(Vec::new());
            } else if let (Some(said), Some((before, code))) = (&mut said, line.rsplit_once("=END= ")) {
                said.extend((!before.is_empty()).then(|| before.to_owned()));
                return Ok((code.trim().parse()?, said.join("\n")));
            } else if let Some(said) = &mut said {
                said.push(line);
            }
        }
    }

    /// One run of the agent with a timeout in seconds: its exit code, 137 when it did not end in time, and what it said. It is killed
    /// ten seconds later than by Pacemaker, since such a kernel is slow on a busy machine. A `probe` is a monitor without an interval.
    ///
    /// # Errors
    /// As [`Kernel::answer`].
    pub fn agent(&mut self, action: &str, level: u32, timeout: u64) -> Result<(i32, String)> {
        let (verb, interval) = if action == "probe" { ("monitor", 0) } else { (action, 10_000) };
        let call = format!(
            "OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=mail OCF_RESKEY_queue_mountpoint=/srv/mail OCF_CHECK_LEVEL={level} \
             OCF_RESKEY_CRM_meta_timeout={timeout}000 OCF_RESKEY_CRM_meta_interval={interval} \
             timeout -s KILL {} /usr/lib/ocf/resource.d/postkeeper/postfix {verb}",
            timeout + 10
        );
        let begun = Instant::now();
        let (code, said) = self.answer(&call)?;
        let took = begun.elapsed().as_secs_f64();
        println!("{}: {action}, level {level}, timeout {timeout} s: {code} after {took:.1} s: {said}", self.name);
        Ok((code, said))
    }

    /// That its monitors of these levels find a Postfix that serves. On a busy machine such a kernel is so slow that a late greeting
    /// is said, and nothing else may be.
    ///
    /// # Errors
    /// What a monitor says instead.
    pub fn serves(&mut self, levels: &[u32]) -> Result<()> {
        for level in levels {
            let (code, said) = self.agent("monitor", *level, 60)?;
            ensure!(code == 0 || code == 190 && said.contains("greets after"), "{}, level {level}: {code}: {said}", self.name);
        }
        Ok(())
    }

    /// Cuts its power: from one moment to the next nothing of it answers.
    pub fn cut_power(self) {}

    /// Stops its kernel: nothing of it answers until [`Kernel::resume`].
    ///
    /// # Errors
    /// When it is gone.
    pub fn pause(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it is gone.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let outer = self.unshare.id();
        let child = fs::read_to_string(format!("/proc/{outer}/task/{outer}/children"))?;
        let pid = child.trim().parse().with_context(|| format!("the kernel of {}: {child:?}", self.name))?;
        Ok(kill(Pid::from_raw(pid), signal)?)
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        // The kernel itself, so that unshare sees its end; one that has not begun yet has nothing to wait for.
        if self.signal(Signal::SIGKILL).is_err() {
            let _ = self.unshare.kill();
        }
        let _ = self.unshare.wait();
        // Its console is closed by the last of its processes.
        while self.lines.recv_timeout(TIMEOUT).is_ok() {}
    }
}
