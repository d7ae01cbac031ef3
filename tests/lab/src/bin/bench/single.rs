//! What one run of an agent takes, on a host of its own.

use std::cell::Cell;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use lab::measure::{self, Run};
use lab::sandbox::{Action, Agent, MOUNT, QUEUE, Sandbox, VIP};
use lab::smtp::Client;
use lab::{host, setup};

/// One line of the table: the same thing done by both.
pub struct Line {
    pub group: &'static str,
    pub name: String,
    pub ours: Vec<Run>,
    pub theirs: Vec<Run>,
}

/// Both agents, each on a host of its own that is made in the same way.
struct Pair {
    ours: Sandbox,
    theirs: Sandbox,
}

/// A host with our agent and a disk of `size` bytes, on which every run of the agent is measured.
pub fn ours(size: u64, prepare: &dyn Fn(&Sandbox) -> Result<()>) -> Result<Sandbox> {
    let agent: &'static str = setup::agent_program()?.to_string_lossy().into_owned().leak();
    measured("ours", Agent::Ours(agent), size, prepare)
}

fn measured(name: &str, agent: Agent, size: u64, prepare: &dyn Fn(&Sandbox) -> Result<()>) -> Result<Sandbox> {
    let host = Sandbox::with_disk(name, agent, size)?;
    host.install(&host::init_program()?, measure::PLACE)?;
    prepare(&host)?;
    host.through(&[measure::PLACE, measure::WORD]);
    Ok(host)
}

/// One thing that an agent does: what is done before and is not measured, and the run itself.
type Step = fn(&Sandbox) -> Result<Run>;

impl Pair {
    fn new(size: u64, prepare: &dyn Fn(&Sandbox) -> Result<()>) -> Result<Pair> {
        Ok(Pair { ours: ours(size, prepare)?, theirs: measured("theirs", Agent::Heartbeat, size, prepare)? })
    }

    /// Both by turns, `times` times, after one round that does not count.
    fn measure(&self, group: &'static str, name: impl Into<String>, times: usize, step: Step) -> Result<Line> {
        let name = name.into();
        println!("{group}: {name}");
        let mut line = Line { group, name, ours: Vec::new(), theirs: Vec::new() };
        for round in 0..=times {
            let (ours, theirs) = (step(&self.ours)?, step(&self.theirs)?);
            if round > 0 {
                line.ours.push(ours);
                line.theirs.push(theirs);
            }
        }
        Ok(line)
    }

    fn both(&self, what: impl Fn(&Sandbox) -> Result<()>) -> Result<()> {
        what(&self.ours)?;
        what(&self.theirs)
    }
}

fn act(host: &Sandbox, action: Action, expected: i32) -> Result<Run> {
    let answer = host.act(action)?;
    ensure!(answer.code == Some(expected), "{action:?} answered {:?}: {}{}", answer.code, answer.stderr, answer.log);
    measure::parse(&answer.stdout)
}

fn call(host: &Sandbox, verb: &str) -> Result<Run> {
    let answer = host.call(&[verb.into()])?;
    ensure!(answer.code == Some(0), "{verb} answered {:?}: {}", answer.code, answer.stderr);
    measure::parse(&answer.stdout)
}

pub fn start(host: &Sandbox) -> Result<Run> {
    act(host, Action::Start, 0)
}

pub fn stop(host: &Sandbox) -> Result<Run> {
    act(host, Action::Stop, 0)
}

pub fn monitor(host: &Sandbox) -> Result<Run> {
    act(host, Action::Monitor(0), 0)
}

fn monitor_cold(host: &Sandbox) -> Result<Run> {
    forget()?;
    host.sh("blockdev --flushbufs /dev/labdisk")?;
    monitor(host)
}

/// A start, and the stop that makes the next one possible.
pub fn start_again(host: &Sandbox) -> Result<Run> {
    let run = start(host)?;
    stop(host)?;
    Ok(run)
}

fn start_cold(host: &Sandbox) -> Result<Run> {
    host.sh(&format!("umount {MOUNT} && blockdev --flushbufs /dev/labdisk && mount /dev/labdisk {MOUNT}"))?;
    start_again(host)
}

/// Has the kernel forget the names and inodes that it has read.
fn forget() -> Result<()> {
    fs::write("/proc/sys/vm/drop_caches", "2").context("dropping the caches")
}

/// Everything that needs no cluster.
pub fn measure_all(quick: bool) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    actions(quick, &mut lines)?;
    queues(quick, &mut lines)?;
    endpoints(quick, &mut lines)?;
    connections(quick, &mut lines)?;
    instances(quick, &mut lines)?;
    Ok(lines)
}

fn actions(quick: bool, lines: &mut Vec<Line>) -> Result<()> {
    const GROUP: &str = "an empty queue";
    let times = if quick { 3 } else { 15 };
    let pair = Pair::new(8 << 20, &|_| Ok(()))?;
    lines.push(pair.measure(GROUP, "meta-data", times, |host| call(host, "meta-data"))?);
    lines.push(pair.measure(GROUP, "validate-all", times, |host| call(host, "validate-all"))?);
    lines.push(pair.measure(GROUP, "probe, stopped", times, |host| act(host, Action::Probe, 7))?);
    lines.push(pair.measure(GROUP, "start", times, start_again)?);
    lines.push(pair.measure(GROUP, "stop", times, |host| start(host).and_then(|_| stop(host)))?);
    pair.both(|host| start(host).map(drop))?;
    lines.push(pair.measure(GROUP, "monitor", times, monitor)?);
    lines.push(pair.measure(GROUP, "monitor, level 10", times, |host| act(host, Action::Monitor(10), 0))?);
    Ok(())
}

/// With mail that waits in the deferred queue.
fn queues(quick: bool, lines: &mut Vec<Line>) -> Result<()> {
    let (sizes, times): (&[usize], usize) = if quick { (&[1000], 1) } else { (&[10_000, 100_000], 5) };
    let pair = Pair::new(768 << 20, &defer_all)?;
    let present = Cell::new(0);
    for size in sizes {
        let group: &'static str = format!("{size} messages in the queue").leak();
        pair.both(|host| start(host).map(drop))?;
        pair.both(|host| fill(host, present.get(), *size))?;
        present.set(*size);
        lines.push(pair.measure(group, "monitor", times, monitor)?);
        lines.push(pair.measure(group, "monitor, cold cache", times, monitor_cold)?);
        pair.both(|host| stop(host).map(drop))?;
        lines.push(pair.measure(group, "start", times, start_again)?);
        lines.push(pair.measure(group, "start, cold cache", times, start_cold)?);
    }
    Ok(())
}

/// Mail for others is deferred.
pub fn defer_all(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "default_transport = smtp:[127.0.0.1]:9\n")
}

/// Makes deferred messages of the one real message, up to `wanted`. Their names are what Postfix would give them: the
/// microseconds, then the inode, else a start would rename them all.
pub fn fill(host: &Sandbox, present: usize, wanted: usize) -> Result<()> {
    let deferred = host.path(QUEUE).join("deferred");
    let is_message = |path: &Path| path.file_name().is_some_and(|n| n.len() > 5);
    let find = || -> Option<PathBuf> {
        let files = fs::read_dir(&deferred).ok()?.flatten().flat_map(|d| fs::read_dir(d.path()).into_iter().flatten().flatten());
        files.map(|e| e.path()).find(|p| is_message(p))
    };
    if present == 0 {
        host.submit("someone@elsewhere.test")?;
        host.wait_for("the message to be deferred", || find().is_some())?;
    }
    let template = find().context("no deferred message")?;
    let content = fs::read(&template)?;
    let owner = fs::metadata(&template)?;
    // The time of a deferred message is when it is tried again.
    let later = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    for number in present.max(1)..wanted {
        let microseconds = format!("{:05X}", number * 9 % 1_000_000);
        let directory = deferred.join(&microseconds[..1]);
        if !directory.exists() {
            fs::create_dir(&directory)?;
            std::os::unix::fs::chown(&directory, Some(owner.uid()), Some(owner.gid()))?;
            fs::set_permissions(&directory, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        }
        let new = directory.join("new");
        let file = File::create(&new)?;
        std::io::Write::write_all(&mut &file, &content)?;
        file.set_permissions(owner.permissions())?;
        std::os::unix::fs::fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
        file.set_modified(later)?;
        fs::rename(&new, directory.join(format!("{microseconds}{:X}", file.metadata()?.ino())))?;
    }
    Ok(())
}

fn endpoints(quick: bool, lines: &mut Vec<Line>) -> Result<()> {
    let times = if quick { 3 } else { 7 };
    let pair = Pair::new(8 << 20, &|host| add_endpoints(host, 50))?;
    lines.push(pair.measure("50 endpoints", "start", times, start_again)?);
    pair.both(|host| start(host).map(drop))?;
    lines.push(pair.measure("50 endpoints", "monitor", times, monitor)?);
    Ok(())
}

/// Gives an instance with one endpoint so many.
pub fn add_endpoints(host: &Sandbox, count: usize) -> Result<()> {
    (1..count).try_for_each(|n| host.add_service(&format!("{} inet n - n - - smtpd", 2500 + n)))
}

/// Connections that postscreen holds: smtpd would need a process for each.
fn connections(quick: bool, lines: &mut Vec<Line>) -> Result<()> {
    let (count, times) = if quick { (200, 3) } else { (5000, 7) };
    let pair = Pair::new(8 << 20, &add_postscreen)?;
    pair.both(start_unjudged)?;
    let _held = [hold(&pair.ours, count)?, hold(&pair.theirs, count)?];
    lines.push(pair.measure(format!("{count} open connections").leak(), "monitor", times, monitor)?);
    Ok(())
}

/// A postscreen that greets nobody to the end.
pub fn add_postscreen(host: &Sandbox) -> Result<()> {
    host.append(
        "main.cf",
        "postscreen_access_list =\npostscreen_greet_wait = 1000s\npostscreen_greet_banner = wait\npostscreen_greet_action = enforce\n\
         postscreen_pre_queue_limit = 30000\npostscreen_client_connection_count_limit = 30000\n",
    )?;
    host.add_service("smtpd pass - - n - - smtpd")?;
    host.add_service("2525 inet n - n - 1 postscreen")
}

/// Opens connections to it, which it keeps as long as they are.
pub fn hold(host: &Sandbox, count: usize) -> Result<Vec<Client>> {
    let server = format!("{VIP}:2525").parse()?;
    // postscreen says the first line of its greeting and waits.
    let one = |_| {
        let mut client = Client::connect(server, Duration::from_secs(10))?;
        client.line().map(|_| client)
    };
    let open = || (0..count).map(one).collect();
    host.in_network(open)?
}

/// Starts Postfix by hand: no client is served at once here, so a start that waits for a greeting would not end.
pub fn start_unjudged(host: &Sandbox) -> Result<()> {
    host.sh(&format!("postfix -c {} start", lab::sandbox::CONFIG))
}

/// Starts instances with these numbers beside the one of the agent.
pub fn start_instances(host: &Sandbox, mut numbers: std::ops::Range<usize>) -> Result<()> {
    numbers.try_for_each(|n| {
        host.add_instance(&format!("i{n}"), &format!("192.0.2.{}", 100 + n))?;
        host.sh(&format!("postfix -c /etc/postfix-i{n} start"))
    })
}

fn instances(quick: bool, lines: &mut Vec<Line>) -> Result<()> {
    let (count, times) = if quick { (3, 3) } else { (30, 7) };
    let pair = Pair::new(64 << 20, &|host| start_instances(host, 1..count))?;
    pair.both(|host| start(host).map(drop))?;
    let group = format!("{count} instances on the host").leak();
    lines.push(pair.measure(group, "monitor of one", times, monitor)?);
    lines.push(pair.measure(group, "stop of one", times, |host| {
        let run = stop(host)?;
        start(host)?;
        Ok(run)
    })?);
    Ok(())
}
