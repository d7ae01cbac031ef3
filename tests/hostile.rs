//! Hostile input and hostile surroundings: whatever comes, the agent gives one clear answer, starts no
//! shell, never panics, never hangs, and writes to no file but its own.
//!
//! Also what a healthy instance must not notice: a level 0 monitor and a stop start no process and make
//! no connection, and a started Postfix inherits nothing of the agent's. Needs root.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use lab::sandbox::{Action, Agent, Answer, CONFIG, MOUNT, QUEUE, Sandbox, VIP};
use libtest_mimic::{Arguments, Trial};
use nix::sys::signal::Signal;
use postkeeper::ocf::parameters::{PARAMETERS, Parameter};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

type Test = (&'static str, fn(&Sandbox) -> Result<()>);

#[rustfmt::skip]
const TESTS: &[Test] = &[
    ("every parameter with every hostile value, stopped",       hostile_parameters),
    ("every parameter with every hostile value, running",       hostile_parameters_running),
    ("hostile levels, timeouts, intervals, instance names",     hostile_environment),
    ("hostile arguments",                                       hostile_arguments),
    ("a damaged memory is as good as none",                     damaged_memory),
    ("a planted link is not written through",                   planted_links),
    ("without the directory for the memory",                    no_memory_directory),
    ("with closed stdin, stdout and stderr",                    closed_descriptors),
    ("stop with everything broken at once",                     everything_broken),
    ("a level 0 monitor starts nothing, connects nowhere and logs nothing", monitor_is_quiet),
    ("a reload-agent starts nothing, connects nowhere and reads no configuration", reload_is_quiet),
    ("a stop of an idle instance starts nothing and connects nowhere",      stop_is_quiet),
    ("thousands of processes under a small limit of descriptors", many_processes),
    ("a filter that refuses pidfds, close_range and io_uring",  refused_calls),
    ("a postconf that fails once",                              one_failure),
    ("a start that meets main.cf half written",                 half_written),
    ("a started master inherits nothing of the agent's",        clean_master),
    ("a user's programs with the names of Postfix's",           namesakes),
    ("a user who starts one program in the queue after the other", one_after_the_other),
];

fn main() {
    lab::host::require_root();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(4);
    let trial = |(number, (name, test)): (usize, &'static Test)| {
        Trial::test(*name, move || {
            let sandbox = Sandbox::new(&format!("hostile{number}"), AGENT).map_err(|e| format!("{e:#}"))?;
            test(&sandbox).map_err(|e| format!("{e:#}").into())
        })
    };
    libtest_mimic::run(&arguments, TESTS.iter().enumerate().map(trial).collect()).exit();
}

/// What a shell would run, a terminal or a log would stumble over, or a buffer would not hold.
fn hostile_values() -> Vec<OsString> {
    let mut values: Vec<OsString> = [
        "/srv/a b",
        "it's \"quoted\"",
        "; touch /canary ;",
        "$(touch /canary)",
        "`touch /canary`",
        "/srv/x\n/srv/y",
        "x\nocf-exit-reason:one\nocf-exit-reason:two",
        "/srv/\u{65e5}\u{672c}\u{8a9e}",
        "\u{1b}[31m\u{7f}\t\r",
        "-c",
        "--help",
        "../../etc",
        ".",
        "/",
        "/dev/zero",
        "/proc/self/root/srv/mail/queue",
        "& &amp; <x/> %s%n",
        "",
    ]
    .map(OsString::from)
    .into();
    values.push(OsString::from_vec(b"/srv/\xff\xfe".to_vec()));
    values.push("x".repeat(65536).into());
    values.push("/a".repeat(32768).into());
    values
}

/// What every answer is, whatever was asked.
fn is_clear(sandbox: &Sandbox, answer: &Answer) -> Result<()> {
    let reasons = answer.reasons();
    let reason = reasons.last().copied().unwrap_or_default();
    let code = answer.code.context("it did not end by itself")?;
    ensure!((0..=7).contains(&code) || code == 190, "exit {code}");
    ensure!(!answer.pipe_leaked, "somebody still holds its stdout or stderr");
    ensure!(
        reasons.len() == usize::from(!matches!(code, 0 | 7)) || (code == 7 && reasons.len() == 1),
        "exit {code} with {reasons:?}"
    );
    ensure!(
        reasons.is_empty() || answer.stderr.trim_end().lines().last() == Some(reason),
        "the reason is not last: {}",
        answer.stderr
    );
    ensure!(reason.len() <= 128 && !reason.contains('&') && reason.chars().all(|c| (' '..='~').contains(&c)), "{reason:?}");
    for word in ["panicked", "RUST_BACKTRACE", "unwrap()", "src/"] {
        ensure!(!answer.stderr.contains(word), "stderr shows the programmer's words: {}", answer.stderr);
    }
    ensure!(!sandbox.path("/canary").exists(), "a shell ran what it was given");
    Ok(())
}

/// Tries every parameter with every hostile value; `expected` tells which answers are right.
fn try_parameters(sandbox: &Sandbox, actions: &[Action], expected: fn(&Parameter, Action) -> &'static [i32]) -> Result<()> {
    for parameter in PARAMETERS {
        for value in hostile_values() {
            sandbox.set(parameter.name, value.clone());
            let shown: String = value.to_string_lossy().chars().take(40).collect();
            for action in actions {
                let context = || format!("{}={shown:?}, {action:?}", parameter.name);
                let answer = sandbox.act(*action)?;
                is_clear(sandbox, &answer).with_context(context)?;
                let (code, right) = (answer.code.unwrap_or(-1), expected(parameter, *action));
                ensure!(right.contains(&code), "{}: exit {code} instead of {right:?}: {}", context(), answer.stderr);
            }
        }
        sandbox.unset(parameter.name);
        sandbox.set("config_dir", CONFIG);
    }
    Ok(())
}

/// What cannot be used to tune leaves the default; what names no place keeps Postfix from being started, and a value that happens
/// to name the right place does not.
fn start_with(parameter: &Parameter) -> &'static [i32] {
    match parameter.name {
        _ if parameter.tuning => &[0],
        "config_dir" => &[5, 6],
        _ => &[0, 5, 6],
    }
}

fn hostile_parameters(sandbox: &Sandbox) -> Result<()> {
    // An instance that a harmless value happened to start is stopped by the stop after it.
    try_parameters(
        sandbox,
        &[Action::Probe, Action::Monitor(10), Action::Start, Action::Stop],
        |parameter, action| match action {
            Action::Probe | Action::Monitor(_) => &[7],
            Action::Stop => &[0],
            _ => start_with(parameter),
        },
    )?;
    ensure!(sandbox.look(false)?.members.is_empty(), "{:?}", sandbox.look(false)?);
    Ok(())
}

fn hostile_parameters_running(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    let before = sandbox.look(false)?.master;
    let actions = [Action::Probe, Action::Monitor(0), Action::ReloadAgent, Action::Start];
    try_parameters(sandbox, &actions, |parameter, action| match (action, parameter.name) {
        (Action::Start, _) => start_with(parameter),
        // It is another instance that is asked for.
        (_, "config_dir") => &[7],
        (Action::Monitor(_), "binary_dir" | "binary") => &[0, 190],
        _ => &[0],
    })?;
    ensure!(sandbox.look(false)?.master == before, "the running master was touched");
    Ok(())
}

fn hostile_environment(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    let long = "7".repeat(65536);
    let numbers = [
        "", " ", "abc", "-1", "0", "1e9", "10;touch /canary", "$(touch /canary)", "99999999999999999999", "10s", "\u{ff11}",
        &long,
    ];
    let names = ["", "../../x", "/etc/x", "a b", "x\ny", "$(touch /canary)", "%n%s", "\u{65e5}", &long];
    let attempts = [
        ("OCF_CHECK_LEVEL", &numbers[..]),
        ("OCF_RESKEY_CRM_meta_timeout", &numbers[..]),
        ("OCF_RESKEY_CRM_meta_interval", &numbers[..]),
        ("OCF_RESOURCE_INSTANCE", &names[..]),
        ("OCF_ROOT", &names[..]),
        ("HA_RSCTMP", &names[..]),
        ("HA_LOGFACILITY", &names[..]),
        ("HA_LOGFILE", &names[..]),
        ("HA_debug", &names[..]),
    ];
    for (variable, values) in attempts {
        for value in values {
            let context = || format!("{variable}={:?}", value.chars().take(40).collect::<String>());
            sandbox.export(variable, value);
            let answer = sandbox.act(Action::Monitor(0)).with_context(context)?;
            is_clear(sandbox, &answer).with_context(context)?;
            ensure!(answer.code == Some(0), "{}: {:?} for a running instance: {}", context(), answer.code, answer.stderr);
            sandbox.unexport();
        }
    }
    // Set by env(1): what starts the agent here needs a PATH itself.
    for path in ["PATH=", "PATH=/nowhere", "PATH=."] {
        sandbox.through(&["/usr/bin/env", path]);
        expect(sandbox, Action::Monitor(10), 0).context(path)?;
    }
    sandbox.through(&[]);
    // The same where they decide how long something is waited for.
    for value in numbers {
        let context = || format!("stop with the timeout {:?}", value.chars().take(40).collect::<String>());
        sandbox.export("OCF_RESKEY_CRM_meta_timeout", value);
        let answer = sandbox.act(Action::Stop).with_context(context)?;
        is_clear(sandbox, &answer).with_context(context)?;
        ensure!(answer.code == Some(0) && sandbox.look(false)?.members.is_empty(), "{}: {answer:?}", context());
        sandbox.unexport();
        sandbox.start()?;
    }
    Ok(())
}

fn hostile_arguments(sandbox: &Sandbox) -> Result<()> {
    let mut calls: Vec<Vec<OsString>> = [
        &[][..],
        &[""],
        &["frobnicate"],
        &["-x"],
        &["--"],
        &["monitor; touch /canary"],
        &["$(touch /canary)"],
        &["start", "stop"],
        &["\u{65e5}"],
        &["x\nocf-exit-reason:one"],
    ]
    .map(|words| words.iter().map(OsString::from).collect())
    .into();
    calls.push(vec!["x".repeat(65536).into()]);
    calls.push(vec![OsString::from_vec(vec![0xff, 0xfe])]);
    for call in calls {
        let context =
            || format!("{:?}", call.iter().map(|w| w.to_string_lossy().chars().take(40).collect::<String>()).collect::<Vec<_>>());
        let answer = sandbox.call(&call)?;
        is_clear(sandbox, &answer).with_context(context)?;
        ensure!(matches!(answer.code, Some(2 | 3)), "{}: {:?}", context(), answer.code);
        ensure!(sandbox.master().is_none(), "{} started it", context());
    }
    Ok(())
}

/// The file in which the agent remembers the instance.
fn memory(sandbox: &Sandbox) -> Result<PathBuf> {
    let files = fs::read_dir(sandbox.path("/run/resource-agents"))?.flatten().map(|e| e.path());
    files.into_iter().find(|p| p.extension().is_some_and(|e| e == "json")).context("no file under /run/resource-agents")
}

fn expect(sandbox: &Sandbox, action: Action, code: i32) -> Result<Answer> {
    let answer = sandbox.act(action)?;
    is_clear(sandbox, &answer)?;
    ensure!(answer.code == Some(code), "{action:?} answered {:?}: {}\n{}", answer.code, answer.stderr, answer.log);
    Ok(answer)
}

fn damaged_memory(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    let path = memory(sandbox)?;
    let inside = format!("/run/resource-agents/{}", path.file_name().unwrap_or_default().to_string_lossy());
    let good = fs::read(&path)?;
    fs::write(sandbox.path("/srv/good"), &good)?;
    let lie = String::from_utf8_lossy(&good).replace("\"pid\":", "\"pid\":1");
    fs::write(sandbox.path("/srv/lie"), lie)?;
    for damage in [
        "echo garbage > $1", ": > $1", "truncate -s 4G $1", "head -c 300 /srv/good > $1", "cat /srv/good /srv/good > $1",
        "cat /srv/lie > $1", "rm $1; ln -s /srv/good $1", "rm $1; ln -s /dev/zero $1", "chown nobody $1", "chmod 666 $1",
        "rm $1; mkfifo $1", "rm $1; mkdir $1", "rm $1; mkdir -p $1/full", "rm $1; mknod $1 c 1 5", "rm $1",
    ] {
        let restore = format!("chmod -R u+w {inside} 2>/dev/null; rm -rf {inside}; cp /srv/good {inside}; chmod 600 {inside}");
        sandbox.sh(&restore)?;
        sandbox.sh(&format!("set -- {inside}; {damage}"))?;
        for action in [Action::Monitor(0), Action::Monitor(10), Action::Probe, Action::Start] {
            expect(sandbox, action, 0).context(damage)?;
        }
        ensure!(fs::read(sandbox.path("/srv/good"))? == good, "{damage}: it wrote through the link");
    }
    // A stop without a memory to go by.
    for damage in ["rm -rf $1", "rm -rf $1; echo garbage > $1", "rm -rf $1; mkfifo $1", "rm -rf $1; mkdir $1"] {
        sandbox.sh(&format!("set -- {inside}; {damage}"))?;
        expect(sandbox, Action::Stop, 0).context(damage)?;
        ensure!(sandbox.look(false)?.members.is_empty(), "{damage}: {:?}", sandbox.look(false)?);
        expect(sandbox, Action::Probe, 7).context(damage)?;
        expect(sandbox, Action::Start, 0).context(damage)?;
    }
    Ok(())
}

/// Every file that the agent makes is planted beforehand as a link to somebody else's.
fn planted_links(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    expect(sandbox, Action::Stop, 0)?;
    let victim = sandbox.path("/srv/victim");
    fs::write(&victim, "precious")?;
    let places: Vec<PathBuf> = fs::read_dir(sandbox.path("/run/resource-agents"))?.flatten().map(|e| e.path()).collect();
    ensure!(!places.is_empty(), "it made no file under /run/resource-agents");
    for place in &places {
        fs::remove_file(place)?;
        symlink("/srv/victim", place)?;
    }
    let start = sandbox.act(Action::Start)?;
    is_clear(sandbox, &start)?;
    ensure!(start.code == Some(0), "start: {:?} {}", start.code, start.stderr);
    expect(sandbox, Action::Monitor(0), 0)?;
    expect(sandbox, Action::Stop, 0)?;
    ensure!(fs::read_to_string(&victim)? == "precious", "it wrote through the link");
    Ok(())
}

fn no_memory_directory(sandbox: &Sandbox) -> Result<()> {
    for (spoil, mend) in [
        ("rm -r /run/resource-agents", "true"),
        ("rm -rf /run/resource-agents; echo > /run/resource-agents", "rm /run/resource-agents"),
        ("rm -rf /run/resource-agents; mkdir -m 777 /run/resource-agents", "true"),
        ("rm -rf /run/resource-agents; ln -s /nowhere /run/resource-agents", "rm /run/resource-agents"),
    ] {
        sandbox.sh(spoil)?;
        for (action, code) in
            [(Action::Probe, 7), (Action::Start, 0), (Action::Monitor(0), 0), (Action::Monitor(10), 0), (Action::Stop, 0)]
        {
            expect(sandbox, action, code).context(spoil)?;
        }
        ensure!(sandbox.look(false)?.members.is_empty(), "{spoil}: {:?}", sandbox.look(false)?);
        sandbox.sh(mend)?;
    }
    Ok(())
}

fn closed_descriptors(sandbox: &Sandbox) -> Result<()> {
    sandbox.through(&["sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"]);
    for (action, code) in
        [(Action::Probe, 7), (Action::Start, 0), (Action::Monitor(0), 0), (Action::Monitor(10), 0), (Action::Stop, 0)]
    {
        let answer = sandbox.act(action)?;
        ensure!(answer.code == Some(code), "{action:?} answered {:?}: {}", answer.code, answer.log);
        if action == Action::Start {
            let text = fs::read(sandbox.path(QUEUE).join("pid/master.pid"))?;
            ensure!(
                text.iter().all(|b| b.is_ascii_digit() || b.is_ascii_whitespace()),
                "something was written into the pid file"
            );
        }
    }
    ensure!(sandbox.look(false)?.members.is_empty(), "{:?}", sandbox.look(false)?);
    Ok(())
}

fn everything_broken(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    sandbox.hold_session()?;
    for daemon in ["smtpd", "qmgr", "master"] {
        sandbox.stop_process(*sandbox.daemons(daemon).first().with_context(|| format!("no {daemon}"))?)?;
    }
    sandbox.sh(&format!("dd if=/dev/zero of={MOUNT}/ballast bs=16k 2>/dev/null; umount -l {MOUNT}"))?;
    sandbox.sh(&format!("rm -r {CONFIG} /run/resource-agents; ip addr del {VIP}/32 dev lo; mount --bind /var/empty /usr/lib/postfix 2>/dev/null || mount -t tmpfs none /usr/lib/postfix"))?;
    expect(sandbox, Action::Stop, 0)?;
    ensure!(sandbox.look(false)?.members.is_empty(), "{:?}", sandbox.look(false)?);
    Ok(())
}

/// The system calls of one run that start a process or connect somewhere, as strace(1) saw them.
fn traced(sandbox: &Sandbox, action: Action) -> Result<Vec<String>> {
    traced_of(sandbox, action, 0, "clone,clone3,fork,vfork,execve,execveat,connect")
}

/// The same of these calls, of a run that answers with this code.
fn traced_of(sandbox: &Sandbox, action: Action, code: i32, calls: &str) -> Result<Vec<String>> {
    sandbox.through(&["strace", "-I1", "-f", "-qq", "-o", "/srv/trace", "-e", &format!("trace={calls}")]);
    expect(sandbox, action, code)?;
    sandbox.through(&[]);
    let trace = fs::read_to_string(sandbox.path("/srv/trace"))?;
    let calls: Vec<String> = trace.lines().map(str::to_owned).collect();
    // The first is the agent itself.
    ensure!(calls.first().is_some_and(|c| c.contains("execve(")), "strace saw nothing: {trace}");
    Ok(calls[1..].to_vec())
}

fn monitor_is_quiet(sandbox: &Sandbox) -> Result<()> {
    let place = sandbox.path("/dev/log");
    let _ = fs::remove_file(&place);
    let log = UnixDatagram::bind(&place)?;
    log.set_nonblocking(true)?;
    let drain = || {
        let mut lines = Vec::new();
        let mut buffer = [0; 8192];
        loop {
            match log.recv(&mut buffer) {
                Ok(n) => lines.push(String::from_utf8_lossy(&buffer[..n]).into_owned()),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok::<_, anyhow::Error>(lines),
                Err(e) => return Err(e.into()),
            }
        }
    };
    sandbox.start()?;
    expect(sandbox, Action::Monitor(0), 0)?;
    ensure!(drain()?.iter().any(|line| line.contains("postfix/master")), "the mail log was not heard");
    let before = fs::read_to_string(sandbox.path("/var/log/agent.log")).unwrap_or_default();
    let calls = traced(sandbox, Action::Monitor(0))?;
    ensure!(calls.is_empty(), "{calls:#?}");
    ensure!(drain()?.is_empty(), "something was logged");
    ensure!(fs::read_to_string(sandbox.path("/var/log/agent.log")).unwrap_or_default() == before, "the agent logged");

    // Nor does it ask each time for a name that nobody knows.
    sandbox.append("main.cf", &format!("inet_interfaces = {VIP}, no.such.name.invalid\n"))?;
    expect(sandbox, Action::Monitor(0), 190)?;
    let calls = traced_of(sandbox, Action::Monitor(0), 190, "execve,execveat,connect")?;
    ensure!(calls.is_empty(), "{calls:#?}");
    Ok(())
}

fn reload_is_quiet(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    sandbox.set("drain", "5s");
    sandbox.set("queue_mountpoint", MOUNT);
    // A copy of the agent itself may look.
    let is_loud = |call: &&String| ["execve", "connect(", "main.cf", "master.cf"].iter().any(|word| call.contains(word));
    for action in [Action::ReloadAgent, Action::Monitor(0)] {
        let calls = traced_of(sandbox, action, 0, "execve,execveat,connect,openat,open")?;
        let calls: Vec<&String> = calls.iter().filter(is_loud).filter(|c| !c.contains("/dev/log")).collect();
        ensure!(calls.is_empty(), "{action:?}: {calls:#?}");
    }
    Ok(())
}

fn stop_is_quiet(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    let calls = traced(sandbox, Action::Stop)?;
    // The first call is the agent's copy of itself, which does the work while the other keeps the time; it looks at what may be on
    // storage that does not answer in a thread.
    ensure!(calls.first().is_some_and(|c| c.contains("clone") && c.contains("SIGCHLD")), "{calls:#?}");
    // The copy ends by itself when it has done its work, or with the other, if that is faster.
    let loud: Vec<&String> = calls[1..]
        .iter()
        .filter(|c| !["/dev/log", "CLONE_THREAD", "--- SIGCHLD", "+++ killed by SIGKILL"].iter().any(|quiet| c.contains(quiet)))
        .collect();
    ensure!(loud.is_empty(), "{loud:#?}");
    ensure!(sandbox.look(false)?.members.is_empty(), "{:?}", sandbox.look(false)?);
    Ok(())
}

/// The agent has umask 026, ignores SIGQUIT, may dump core without limit and has pipes of the executor's;
/// a Postfix that somebody starts at a terminal has none of these.
fn clean_master(sandbox: &Sandbox) -> Result<()> {
    let facts = |what: &str| -> Result<Vec<String>> {
        // The last that it does before it waits for work is to have an alarm wake it, should it hang. While it handles a signal, that
        // is blocked.
        let waits = |status: &str| {
            let signals = |set: &str| status.lines().find_map(|l| u64::from_str_radix(l.strip_prefix(set)?.trim(), 16).ok());
            let has_alarm = signals("SigCgt:").is_some_and(|caught| caught & 1 << (Signal::SIGALRM as i32 - 1) != 0);
            has_alarm && signals("SigBlk:") == Some(0)
        };
        let status = |pid: i32| fs::read_to_string(sandbox.path("/proc").join(pid.to_string()).join("status"));
        sandbox.wait_for("the master to wait for work", || {
            sandbox.master().is_some_and(|pid| status(pid).is_ok_and(|text| waits(&text)))
        })?;
        let proc = sandbox.path("/proc").join(sandbox.master().with_context(|| format!("no master: {what}"))?.to_string());
        let wanted = ["Umask:", "SigBlk:", "SigIgn:", "SigCgt:", "Max core file size"];
        let text = fs::read_to_string(proc.join("status"))? + &fs::read_to_string(proc.join("limits"))?;
        let mut facts: Vec<String> =
            text.lines().filter(|l| wanted.iter().any(|w| l.starts_with(w))).map(str::to_owned).collect();
        for link in ["cwd", "fd/0", "fd/1", "fd/2"] {
            facts.push(format!("{link} {}", fs::read_link(proc.join(link))?.display()));
        }
        let environment = String::from_utf8_lossy(&fs::read(proc.join("environ"))?).into_owned();
        let mut names: Vec<&str> = environment.split('\0').filter_map(|e| e.split_once('=')).map(|(name, _)| name).collect();
        names.sort();
        facts.push(names.join(" "));
        Ok(facts)
    };
    // As by systemd, which names each run of a unit; newer versions of Postfix hand that on.
    sandbox.sh(&format!("ulimit -S -c 0; INVOCATION_ID={:032} postfix -c {CONFIG} start", 0))?;
    let by_hand = (sandbox.master(), facts("by hand")?);
    expect(sandbox, Action::Stop, 0)?;
    // The pipes are looked at by everybody who runs the agent here: a leak shows as a pipe that never closes.
    expect(sandbox, Action::Start, 0)?;
    let by_agent = (sandbox.master(), facts("by the agent")?);
    ensure!(by_agent.0 != by_hand.0, "the master that was started by hand still runs");
    ensure!(by_agent.1 == by_hand.1, "by hand: {by_hand:#?}\nby the agent: {by_agent:#?}");
    Ok(())
}

/// Whoever runs the agent lets it open 256 files, with or without a way to more.
fn many_processes(sandbox: &Sandbox) -> Result<()> {
    for limit in ["ulimit -S -n 256", "ulimit -n 256"] {
        sandbox.start()?;
        sandbox.sh(&format!(
            "cd {QUEUE} && MAIL_CONFIG={CONFIG} setsid perl -e 'for (1..3000) {{ if (!fork) {{ sleep 10000; exit }} }} sleep 10000' </dev/null >/dev/null 2>&1 &"
        ))?;
        sandbox.wait_for("3000 processes", || sandbox.look_at_processes().len() > 3000)?;
        sandbox.through(&["sh", "-c", &format!("{limit}; exec \"$@\""), "sh"]);
        expect(sandbox, Action::Monitor(0), 0).context(limit)?;
        expect(sandbox, Action::Stop, 0).context(limit)?;
        ensure!(sandbox.look_at_processes().is_empty(), "{limit}: {} left", sandbox.look_at_processes().len());
        // What it raises for itself it does not hand down. (The master raises its own.)
        sandbox.sh("mkdir -p /opt/own && cp -p /usr/sbin/post* /usr/sbin/sendmail /opt/own; touch /etc/postfix-pk/main.cf")?;
        sandbox.script("/opt/own/postconf", "#!/bin/sh\nulimit -S -n > /srv/limit\nexec /usr/sbin/postconf \"$@\"\n")?;
        sandbox.set("binary_dir", "/opt/own");
        expect(sandbox, Action::Start, 0).context(limit)?;
        ensure!(sandbox.output("cat /srv/limit")?.trim() == "256", "{limit}: {}", sandbox.output("cat /srv/limit")?);
        expect(sandbox, Action::Stop, 0).context(limit)?;
        sandbox.unset("binary_dir");
        sandbox.through(&[]);
    }
    Ok(())
}

fn refused_calls(sandbox: &Sandbox) -> Result<()> {
    // EPERM as container managers say it, ENOSYS as an old kernel does.
    for (errno, words) in [("1", "Operation not permitted"), ("38", "Function not implemented")] {
        sandbox.through(&sandbox.refusing_calls(errno)?);
        for (action, code) in
            [(Action::Probe, 7), (Action::Start, 0), (Action::Monitor(0), 0), (Action::Monitor(10), 0), (Action::Probe, 0)]
        {
            expect(sandbox, action, code).with_context(|| format!("errno {errno}"))?;
        }
        sandbox.hold_session()?;
        expect(sandbox, Action::Stop, 0).with_context(|| format!("errno {errno}"))?;
        ensure!(sandbox.look(false)?.members.is_empty(), "errno {errno}: {:?}", sandbox.look(false)?);
        sandbox.through(&[]);
        let log = fs::read_to_string(sandbox.path("/var/log/agent.log"))?;
        let told: Vec<&str> = log.lines().filter(|line| line.contains("pidfd_open")).collect();
        ensure!(told.len() == 1 && told[0].contains(&format!("WARNING: pidfd_open is refused ({words})")), "{told:#?}");
        fs::write(sandbox.path("/var/log/agent.log"), "")?;
    }
    Ok(())
}

/// Any user can call a program `master`, have a directory like Postfix's, and set MAIL_CONFIG.
fn namesakes(sandbox: &Sandbox) -> Result<()> {
    sandbox
        .sh("mkdir -p /srv/user/postfix/sbin && cp /bin/sleep /srv/user/master && cp /bin/sleep /srv/user/postfix/sbin/smtpd")?;
    let as_user = format!("env MAIL_CONFIG={CONFIG} setpriv --reuid=nobody --clear-groups");
    let master = sandbox.stranger(&format!("{as_user} /srv/user/master 1000"))?;
    sandbox.stranger(&format!("{as_user} /srv/user/postfix/sbin/smtpd 1000"))?;
    let actions = [(Action::Probe, 7), (Action::Start, 0), (Action::Probe, 0), (Action::Monitor(0), 0), (Action::Stop, 0)];
    for (action, code) in actions {
        expect(sandbox, action, code)?;
    }
    ensure!(sandbox.look(false)?.members.is_empty(), "{:?}", sandbox.look(false)?);
    expect(sandbox, Action::Probe, 7)?;
    sandbox.sh(&format!("kill -0 {master}"))
}

/// A stop that never found nothing would have the node fenced.
fn one_after_the_other(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    let child = format!("$ENV{{MAIL_CONFIG}} = q({CONFIG}); exec qw(sleep 1000)");
    let user = sandbox.stranger(&format!(
        "setpriv --reuid=nobody --clear-groups perl -e 'chdir q({QUEUE}); for (1..20) {{ fork || last }} while (1) {{ unless ($p = fork) {{ {child} }} waitpid $p, 0 }}'"
    ))?;
    sandbox.wait_for("a program in the queue", || {
        sandbox.look(false).is_ok_and(|look| look.members.iter().any(|m| m.starts_with("sleep ")))
    })?;
    expect(sandbox, Action::Stop, 0)?;
    ensure!(sandbox.master().is_none() && sandbox.daemons("qmgr").is_empty(), "{:?}", sandbox.look_at_processes());
    sandbox.sh(&format!("kill -9 -{user}"))?;
    sandbox.wait_for("the user's programs to end", || sandbox.look(false).is_ok_and(|look| look.members.is_empty()))?;
    expect(sandbox, Action::Stop, 0).map(drop)
}

/// What went wrong once with postconf, and has nothing to do with the configuration, is not what the instance is judged by.
fn one_failure(sandbox: &Sandbox) -> Result<()> {
    sandbox.start()?;
    sandbox.sh("mkdir /opt/own && cp -p /usr/sbin/post* /usr/sbin/sendmail /opt/own")?;
    sandbox.set("binary_dir", "/opt/own");
    for failure in ["echo 'postconf: fatal: open /etc/x: Too many open files' >&2; exit 1", "kill -9 $$", "exit 127"] {
        sandbox.sh("rm -f /srv/failed; touch /etc/postfix-pk/main.cf")?;
        sandbox.script(
            "/opt/own/postconf",
            &format!("#!/bin/sh\n[ -e /srv/failed ] || {{ : > /srv/failed; {failure}; }}\nexec /usr/sbin/postconf \"$@\"\n"),
        )?;
        expect(sandbox, Action::Monitor(10), 190).context(failure)?;
        ensure!(sandbox.path("/srv/failed").exists(), "{failure}: postconf was not asked");
        expect(sandbox, Action::Monitor(10), 0).context(failure)?;
    }
    Ok(())
}

/// Whoever replaces main.cf has ended when Postfix has been asked once.
fn half_written(sandbox: &Sandbox) -> Result<()> {
    sandbox.set("queue_dir", QUEUE);
    sandbox.sh("mkdir /opt/own && cp -p /usr/sbin/post* /usr/sbin/sendmail /opt/own")?;
    sandbox.set("binary_dir", "/opt/own");
    sandbox.script(
        "/opt/own/postconf",
        &format!("#!/bin/sh\n/usr/sbin/postconf \"$@\"\ncode=$?\n[ -e /srv/met ] || cp /srv/good {CONFIG}/main.cf\n: > /srv/met\nexit $code\n"),
    )?;
    // In the midst of a line, and of one that names the queue.
    for half in ["printf '\\nmydest' >> $1", "sed -i '/^queue_directory/,$d' $1"] {
        sandbox.sh(&format!("rm -f /srv/met; set -- {CONFIG}/main.cf; cp $1 /srv/good; {half}"))?;
        expect(sandbox, Action::Start, 0).context(half)?;
        ensure!(sandbox.path("/srv/met").exists(), "{half}: postconf was not asked");
        expect(sandbox, Action::Stop, 0).context(half)?;
    }
    Ok(())
}
