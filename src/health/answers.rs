//! Levels 10 and 20: whether every endpoint answers, given which of them were silent in the check before.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::smtp::{self, Outcome, SmtpError};
use super::tls::Validity;
use super::{CheckRequest, Depth};
use crate::postfix::endpoint::Endpoint;
use crate::postfix::fault::{Checked, Message};
use crate::postfix::memory::{Certificate, Master, Memory};
use crate::system::net;
use crate::system::process::{Stat, children, is_outdated, stat};
use crate::text;

/// How soon a transaction is repeated; then after twice that time, and so on: each leaves lines in the mail log.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// An endpoint as the master was started with it, and what talking to it has given.
type Asked = (Endpoint, Result<Outcome, SmtpError>);

/// Talks SMTP to every endpoint of `demanded`, as now configured.
pub(super) fn check_answers(memory: &mut Memory, master: &Stat, demanded: &[Endpoint], request: &CheckRequest<'_>) -> Checked {
    let Some(known) = &mut memory.master else { return Ok(None) };
    let time_allowed = request.deadline.remaining();
    let mut asked = ask(known, demanded, request);
    ask_again(&mut asked, request);
    excuse_busy(&mut asked, master, &known.endpoints);
    let mut first_silences = count_silences(known, &asked);
    // If the first silence cannot be stored, every silence would be the first.
    if !first_silences.is_empty() && !memory.store() {
        first_silences.clear();
    }

    let mut degraded = None;
    let mut certificates = Vec::new();
    let files = memory.last_config().map(|c| c.certificates.clone()).unwrap_or_default();
    let mut renewed = None;
    for (endpoint, result) in asked {
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(SmtpError::Silent) if first_silences.contains(&endpoint.address) => {
                Outcome::degraded(Message::LateGreeting, text::no_answer_in(time_allowed.as_secs()))
            }
            Err(error) => return Err(Message::SocketSilent.of(endpoint.to_string(), error.to_string())),
        };
        if let Some((message, found)) = outcome.remark {
            degraded.get_or_insert(message.found(format!("{endpoint}: {found}")));
        }
        renewed = renewed.or_else(|| unloaded_certificate(&endpoint, outcome.validity?, &files));
        let shown = |v: Validity| Certificate { endpoint: endpoint.to_string(), expires: v.until, date: v.date() };
        certificates.extend(outcome.validity.map(shown));
    }
    // An endpoint that had no time to show its certificate has it still.
    if degraded.is_none() || !certificates.is_empty() {
        memory.certificate = certificates.into_iter().min_by_key(|c| c.expires);
        memory.renewed = renewed;
    }
    Ok(degraded)
}

/// Talks to each endpoint with the settings that the master was started with (TLS wrapper mode, PROXY protocol); if that fails and they have
/// been edited since, also with the new ones, which are remembered if they work.
///
/// smtpd reads main.cf when it starts, and master.cf takes effect at a reload, so either may be in use. One that expects the other way may
/// be silent, or refuse after a while (421 without the PROXY header): each attempt gets half of the time.
fn ask(known: &mut Master, demanded: &[Endpoint], request: &CheckRequest<'_>) -> Vec<Asked> {
    let is_transaction = request.depth == Depth::Transaction;
    let as_started = |e: &Endpoint| known.endpoints.iter().find(|k| k.address == e.address).unwrap_or(e).clone();
    let started: Vec<Endpoint> = demanded.iter().map(as_started).collect();
    let is_edited = |i: usize| !started[i].is_spoken_to_like(&demanded[i]);
    let any_edited = (0..demanded.len()).any(is_edited);
    let deadline = if any_edited { request.deadline.within(request.deadline.remaining() / 2) } else { request.deadline };
    let all = known.endpoints.clone();
    let go_on = request.meanwhile.map(|go_on| move |silent: &[&Endpoint]| go_on(silent, &all));
    let go_on = go_on.as_ref().map(|go_on| go_on as smtp::Progress<'_>);
    let mut results = smtp::converse_all(&started, is_transaction, deadline, go_on);

    let is_fine = |result: &Result<Outcome, SmtpError>| result.as_ref().is_ok_and(|outcome| outcome.remark.is_none());
    let again: Vec<usize> = (0..demanded.len()).filter(|i| is_edited(*i) && !is_fine(&results[*i])).collect();
    let edited: Vec<Endpoint> = again.iter().map(|i| demanded[*i].clone()).collect();
    for (i, result) in again.into_iter().zip(smtp::converse_all(&edited, is_transaction, request.deadline, None)) {
        if is_fine(&result) || result.is_ok() && results[i].is_err() {
            if let Some(endpoint) = known.endpoints.iter_mut().find(|e| e.address == demanded[i].address) {
                *endpoint = demanded[i].clone();
            }
            results[i] = result;
        }
    }
    started.into_iter().zip(results).collect()
}

/// Repeats the transactions that ended with 451, for at most half of the time: a database or a policy service that is restarted is back in a
/// moment, and a restart of Postfix would not bring it back.
fn ask_again(asked: &mut [Asked], request: &CheckRequest<'_>) {
    let half = request.deadline.within(request.deadline.remaining() / 2);
    let mut pause = FIRST_PAUSE;
    while !half.expired() {
        let failed: Vec<&mut Asked> =
            asked.iter_mut().filter(|(_, result)| matches!(result, Err(SmtpError::LocalError(_)))).collect();
        if failed.is_empty() {
            return;
        }
        std::thread::sleep(pause.min(half.remaining()));
        pause *= 2;
        for (endpoint, result) in failed {
            let again = smtp::converse_all(std::slice::from_ref(endpoint), true, request.deadline, None);
            // Silence, or a refusal of so many sessions, is not an answer to the question.
            let is_answer = |again: &Result<Outcome, SmtpError>| match again {
                Ok(outcome) => outcome.remark.as_ref().is_none_or(|(message, _)| *message != Message::ServiceDegraded),
                Err(error) => matches!(error, SmtpError::LocalError(_)),
            };
            if let Some(again) = again.into_iter().next().filter(is_answer) {
                *result = again;
            }
        }
    }
}

/// A silent endpoint all of whose processes serve other clients is degraded; one for which the master runs no process has failed.
fn excuse_busy(asked: &mut [Asked], master: &Stat, endpoints: &[Endpoint]) {
    for (endpoint, result) in asked.iter_mut().filter(|(_, result)| matches!(result, Err(SmtpError::Silent))) {
        if let Some(limit) = endpoint.limit.filter(|limit| serving(master, endpoint, endpoints) >= *limit) {
            *result = Ok(Outcome::degraded(Message::ServiceDegraded, text::all_processes_serve_other_clients(limit)));
        } else if !has_servers(master) {
            *result = Err(SmtpError::Failed(text::no_answer_and_no_process()));
        }
    }
}

/// Remembers which endpoints are silent; returns those that were not in the check before.
fn count_silences(known: &mut Master, asked: &[Asked]) -> BTreeSet<SocketAddr> {
    let mut first = BTreeSet::new();
    for (endpoint, result) in asked {
        match result {
            Ok(_) => known.unheard.retain(|a| *a != endpoint.address),
            Err(SmtpError::Silent) if !known.unheard.contains(&endpoint.address) => {
                known.unheard.push(endpoint.address);
                first.insert(endpoint.address);
            }
            Err(_) => {}
        }
    }
    first
}

/// A warning if the certificate that an endpoint shows is in none of the files any more, and one of them has one that expires later: it has
/// been renewed, and a long-running daemon (tlsproxy(8)) has not read it yet.
fn unloaded_certificate(endpoint: &Endpoint, shown: Validity, files: &BTreeSet<PathBuf>) -> Option<String> {
    let stored: Vec<(Validity, &PathBuf)> = files.iter().filter_map(|file| Some((Validity::of_file(file)?, file))).collect();
    let (newest, file) = stored.iter().max_by_key(|(validity, _)| validity.until)?;
    let is_old = stored.iter().all(|(validity, _)| *validity != shown) && newest.until > shown.until;
    is_old.then(|| text::certificate_is_not_loaded(endpoint, shown.date(), file.display(), newest.date()))
}

/// Why Postfix should be reloaded although it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReloadReason {
    ProgramsReplaced,
    CertificateRenewed,
}

/// Every reason with its line for the log, which is empty when the reason does not hold.
pub fn reload_due(memory: &Memory) -> [(ReloadReason, String); 2] {
    let workers = memory.master.iter().flat_map(|m| &m.workers);
    // Rare, so asked before whether the process is still the same.
    let old = workers.filter(|id| is_outdated(id.pid)).find_map(|id| stat(id.pid).filter(|s| s.id == *id));
    let words = |s: Stat| text::programs_were_replaced(s.name);
    [
        (ReloadReason::ProgramsReplaced, old.map_or_else(String::new, words)),
        (ReloadReason::CertificateRenewed, memory.renewed.clone().unwrap_or_default()),
    ]
}

/// Whether the master runs a daemon that can accept a connection, or is about to start one. When daemons die early it waits for a
/// minute before it starts another one.
fn has_servers(master: &Stat) -> bool {
    let is_server = |s: &Stat| s.is_alive() && matches!(s.name.as_str(), "smtpd" | "postscreen" | "master");
    children(master.id.pid).into_iter().filter_map(stat).any(|s| is_server(&s))
}

/// How many daemons of the master serve a client of the endpoint's service now, without stopped ones: a client on its port that has not
/// come by the address of another service among `endpoints`.
pub fn serving(master: &Stat, endpoint: &Endpoint, endpoints: &[Endpoint]) -> usize {
    let others: Vec<SocketAddr> =
        endpoints.iter().filter(|other| other.service != endpoint.service).map(|other| other.address).collect();
    let is_ours = |address: SocketAddr| address.port() == endpoint.address.port() && !others.contains(&address);
    let on_port: Vec<u64> =
        net::connections().unwrap_or_default().into_iter().filter(|c| is_ours(c.address)).map(|c| c.inode).collect();
    let daemons = children(master.id.pid).into_iter().filter_map(stat).filter(|s| s.is_alive() && !s.is_stopped());
    daemons.filter(|s| net::socket_descriptors(s.id.pid).is_ok_and(|own| own.keys().any(|inode| on_port.contains(inode)))).count()
}
