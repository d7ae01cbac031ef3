//! Row 42: every parameter with good, odd and bad values, under every action.
//!
//! A tuning parameter that cannot be used changes no answer but that of validate-all; the log names it once a run, and once
//! for all monitors. Its values follow from the kind that the table of parameters gives it, so a new one needs no line here.

use anyhow::{Context, Result, ensure};
use lab::sandbox::{Action, Agent, Answer, CONFIG, MOUNT, QUEUE, Sandbox};
use libtest_mimic::Trial;
use postkeeper::ocf::parameters::{Kind, PARAMETERS, Parameter};

/// A value and what it is good for.
#[derive(Clone, Copy)]
struct Case {
    value: &'static str,
    /// The answers of validate-all, of a start, and of monitor, probe and reload-agent while it runs.
    validate: i32,
    start: i32,
    monitor: i32,
    probe: i32,
    reload: i32,
    /// Whether the log names it: at a reload-agent; a tuning parameter also at start and stop, and once in monitors.
    warned: bool,
}

const fn good(value: &'static str) -> Case {
    Case { value, validate: 0, start: 0, monitor: 0, probe: 0, reload: 0, warned: false }
}

const fn untunable(value: &'static str) -> Case {
    Case { validate: 6, warned: true, ..good(value) }
}

/// What runs goes on; it would not be started.
const fn unstartable(value: &'static str, validate: i32, start: i32, warned: bool) -> Case {
    Case { validate, start, warned, ..good(value) }
}

/// That of another instance, or of none: what runs is not looked at.
const fn elsewhere(value: &'static str, validate: i32, start: i32) -> Case {
    Case { value, validate, start, monitor: 7, probe: 7, reload: 7, warned: false }
}

#[rustfmt::skip]
fn cases(parameter: &Parameter) -> Result<Vec<Case>> {
    let of = |good_ones: &[&'static str], bad_ones: &[&'static str]| {
        good_ones.iter().map(|v| good(v)).chain(bad_ones.iter().map(|v| untunable(v))).collect()
    };
    if parameter.tuning {
        return Ok(match parameter.kind {
            Kind::Duration => of(&["0", "5s", " 5 ", "500MS", "PT1S"], &["soon", "-1", "", "5sheep"]),
            Kind::Days => of(&["0", " 5 ", "5d"], &["2w", "-1", ""]),
            Kind::Boolean => of(&["true", "OFF", "y", "0"], &["ture", "", "2"]),
            Kind::Name => of(&["postfix", " postfix ", "no-such"], &["", "a:b", "a b"]),
            Kind::Services => of(&["", " , ", "smtp", " 25 ", "192.0.2.25:smtp,25"], &["smtp/inet", "0", "70000", "192.0.2.25:"]),
            Kind::Path => of(&["/srv/trace", "/srv/new/./trace/"], &["trace", "", "/srv/a\nb"]),
        });
    }
    Ok(match parameter.name {
        "config_dir" => vec![
            good(CONFIG),
            good("/etc/./postfix-pk/"),
            elsewhere("nowhere/postfix", 6, 5),
            elsewhere("", 6, 6),
            elsewhere("/no/such", 0, 5),
        ],
        "binary_dir" => vec![
            good("/usr/sbin"),
            good("/usr/sbin/"),
            Case { monitor: 190, ..unstartable("nowhere/sbin", 6, 5, true) },
            Case { monitor: 190, ..unstartable("", 6, 6, true) },
            Case { monitor: 190, ..unstartable("/no/such", 0, 5, false) },
        ],
        "queue_dir" => vec![
            good(QUEUE),
            good(""),
            unstartable("srv/mail/queue", 6, 5, true),
            unstartable("/srv", 0, 5, false),
            unstartable("/no/such", 0, 5, false),
        ],
        "queue_mountpoint" => vec![
            good(MOUNT),
            good("/srv/mail/"),
            good(""),
            unstartable("srv/mail", 6, 5, true),
            unstartable("/srv", 0, 5, true),
            unstartable("/no/such", 0, 5, true),
        ],
        "binary" => vec![
            good("/usr/sbin/postfix"),
            good(""),
            Case { monitor: 190, ..unstartable("postfix", 6, 5, true) },
            Case { monitor: 190, ..unstartable("/no/such/postfix", 0, 5, false) },
        ],
        name => anyhow::bail!("{name} has no cases here"),
    })
}

pub fn trials(agent: Agent) -> Vec<Trial> {
    let trial = |parameter: &'static Parameter| {
        let run = move || try_all(parameter, agent).map_err(|e| format!("{e:#}").into());
        Trial::test(format!("42 {}: every value under every action", parameter.name), run)
    };
    PARAMETERS.iter().map(trial).collect()
}

/// Runs one action; what it wrote to the log.
fn act(host: &Sandbox, action: Action, code: i32) -> Result<(Answer, String)> {
    host.sh(": > /var/log/agent.log")?;
    let answer = host.act(action)?;
    ensure!(answer.code == Some(code), "{action:?}: {:?} instead of {code}: {}{}", answer.code, answer.stderr, answer.log);
    ensure!(answer.reasons().len() == usize::from(!matches!(code, 0 | 7)) || code == 7, "{action:?}: {}", answer.stderr);
    let log = answer.log.clone();
    Ok((answer, log))
}

fn try_all(parameter: &Parameter, agent: Agent) -> Result<()> {
    let host = Sandbox::new(&format!("r42{}", parameter.name), agent)?;
    for case in cases(parameter)? {
        try_one(&host, parameter, case).with_context(|| format!("{}={:?}", parameter.name, case.value))?;
    }
    Ok(())
}

fn try_one(host: &Sandbox, parameter: &Parameter, case: Case) -> Result<()> {
    let reset = || {
        host.unset(parameter.name);
        host.set("config_dir", CONFIG);
    };
    // A warning that names the parameter and its value.
    let named = |log: &str| {
        let value: String = case.value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        log.lines().filter(|l| l.contains("WARNING") && l.contains(parameter.name) && l.contains(&value)).count()
    };
    let warned = |action: Action, log: &str, wanted: bool| {
        if !parameter.tuning && action != Action::ReloadAgent {
            return Ok(());
        }
        ensure!(named(log) == usize::from(wanted), "{action:?} warned {} times: {log}", named(log));
        Ok(())
    };
    let tuning = case.warned && parameter.tuning;

    host.set(parameter.name, case.value);
    let (answer, _) = act(host, Action::ValidateAll, case.validate)?;
    ensure!(case.validate != 0 || answer.stderr.is_empty(), "validate-all said {}", answer.stderr);
    ensure!(
        case.validate == 0 || case.value.is_empty() || answer.stderr.contains(parameter.name) || parameter.name == "binary",
        "validate-all does not name it: {}",
        answer.stderr
    );
    act(host, Action::Probe, 7)?;
    act(host, Action::ReloadAgent, 7)?;
    let (_, log) = act(host, Action::Start, case.start)?;
    warned(Action::Start, &log, tuning)?;
    if case.start != 0 {
        ensure!(host.master().is_none(), "it was started");
        reset();
        act(host, Action::Start, 0)?;
        host.set(parameter.name, case.value);
    }

    let before = host.look(false)?.master;
    // The start has told what there is to tell.
    let (_, log) = act(host, Action::Monitor(0), case.monitor)?;
    warned(Action::Monitor(0), &log, false)?;
    act(host, Action::Probe, case.probe)?;
    let (_, log) = act(host, Action::ReloadAgent, case.reload)?;
    warned(Action::ReloadAgent, &log, case.warned)?;
    // Once when it changes, and not again.
    reset();
    act(host, Action::Monitor(0), 0)?;
    host.set(parameter.name, case.value);
    let (_, log) = act(host, Action::Monitor(0), case.monitor)?;
    warned(Action::Monitor(0), &log, tuning)?;
    let (_, log) = act(host, Action::Monitor(0), case.monitor)?;
    warned(Action::Monitor(0), &log, false)?;
    ensure!(host.look(false)?.master == before, "the master was touched");

    let (_, log) = act(host, Action::Stop, 0)?;
    warned(Action::Stop, &log, tuning)?;
    reset();
    act(host, Action::Stop, 0)?;
    ensure!(host.look(false)?.members.is_empty(), "{:?}", host.look(false)?.members);
    Ok(())
}
