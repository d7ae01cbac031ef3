//! Row 34: two operations on one instance at the same time. One wins, and both give one clear answer.

use anyhow::{Result, ensure};
use lab::sandbox::{Action, Agent, Answer, Sandbox};
use libtest_mimic::Trial;

pub fn trials(agent: Agent) -> Vec<Trial> {
    let trial = |name: &str, run: fn(Agent) -> Result<()>| {
        Trial::test(format!("34 {name}"), move || run(agent).map_err(|e| format!("{e:#}").into()))
    };
    vec![
        trial("start during start", two_starts),
        trial("stop during stop", two_stops),
        trial("start during stop", start_during_stop),
    ]
}

/// Runs both at the same time.
fn both(sandbox: &Sandbox, first: Action, second: Action) -> Result<[Answer; 2]> {
    let (first, second) = (sandbox.spawn_agent(first)?, sandbox.spawn_agent(second)?);
    Ok([first.wait()?, second.wait()?])
}

fn is_clear(answer: &Answer) -> Result<()> {
    let reasons = answer.reasons();
    ensure!(matches!(answer.code, Some(0 | 1)), "answered {:?}: {}", answer.code, answer.stderr);
    ensure!(reasons.len() == usize::from(answer.code != Some(0)), "{:?} with the reasons {reasons:?}", answer.code);
    Ok(())
}

fn two_starts(agent: Agent) -> Result<()> {
    let sandbox = Sandbox::new("r34starts", agent)?;
    let answers = both(&sandbox, Action::Start, Action::Start)?;
    answers.iter().try_for_each(is_clear)?;
    ensure!(answers.iter().any(|a| a.code == Some(0)), "neither start won: {answers:?}");
    let look = sandbox.look(true)?;
    ensure!(look.master.is_some() && look.greetings[0].1.starts_with("220"), "{look:?}");
    Ok(())
}

fn two_stops(agent: Agent) -> Result<()> {
    let sandbox = Sandbox::new("r34stops", agent)?;
    sandbox.start()?;
    let answers = both(&sandbox, Action::Stop, Action::Stop)?;
    ensure!(answers.iter().all(|a| a.code == Some(0)), "{answers:?}");
    ensure!(sandbox.look(false)?.members.is_empty(), "{:?}", sandbox.look(false)?);
    Ok(())
}

fn start_during_stop(agent: Agent) -> Result<()> {
    let sandbox = Sandbox::new("r34mixed", agent)?;
    sandbox.start()?;
    let [stop, start] = both(&sandbox, Action::Stop, Action::Start)?;
    is_clear(&start)?;
    ensure!(stop.code == Some(0), "stop answered {:?}: {}", stop.code, stop.stderr);
    // Whoever came last, a stop that nobody disturbs finds everything.
    let again = sandbox.act(Action::Stop)?;
    ensure!(again.code == Some(0) && sandbox.look(false)?.members.is_empty(), "{again:?} {:?}", sandbox.look(false)?);
    Ok(())
}
