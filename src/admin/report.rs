//! The result of a verb, after the cluster has reacted.

use anyhow::Result;

use super::act::{self, Options, Situation, failure_words, new_failures};
use super::{AGENT, Exit, find_hierarchy, interface, output};
use crate::cluster::cib::Cib;
use crate::cluster::hierarchy::{self, Hierarchy};
use crate::cluster::live::{Failure, Live};
use crate::cluster::pacemaker;
use crate::cluster::plan::Plan;
use crate::postfix::fault::Message;
use crate::text::{self, Text, verbatim};

/// Changes a hierarchy, and waits until the cluster is done. `make` plans it; `done` is the result, by its resource id.
pub fn change(
    title: &Text,
    options: &Options,
    tag: Option<&str>,
    make: &dyn Fn(&Situation, &Hierarchy) -> Result<Plan>,
    done: &dyn Fn(&str) -> Text,
) -> Result<Exit> {
    let outcome = act::carry_out(title, options, &|s| make(s, &find_hierarchy(&s.cib, tag)?))?;
    let Some(before) = outcome else { return Ok(Exit::Done) };
    let id = find_hierarchy(&before.cib, tag)?.id;
    settled(&before, options, &id, &done(&id))
}

/// Waits until `id` is active on `node` (None: on any server), or the cluster has no more actions.
pub fn arrival(before: &Situation, options: &Options, id: &str, node: Option<&str>) -> Result<Exit> {
    let live = act::settle(before, options, Some(id))?;
    let now = live.started_on(id);
    match node.or(now.first().copied()) {
        Some(node) if now.contains(&node) => {
            output(&text::is_in_service_on(id, node));
            Ok(Exit::Done)
        }
        Some(node) => Ok(explain(before, &live, id, &text::is_not_in_service_on(id, node))),
        None => Ok(explain(before, &live, id, &text::is_not_in_service_on_any(id))),
    }
}

/// Waits until `id` is stopped everywhere.
pub fn departure(before: &Situation, options: &Options, id: &str) -> Result<Exit> {
    let live = act::settle(before, options, Some(id))?;
    if live.active_on(id).is_empty() {
        output(&text::is_out_of_service(id));
        return Ok(Exit::Done);
    }
    Ok(explain(before, &live, id, &text::is_still_in_service_on(id, live.active_on(id).join(", "))))
}

/// Waits until the cluster is done and prints `done`; then explains, if that has made it fail, or it fails as before.
pub fn settled(before: &Situation, options: &Options, id: &str, done: &Text) -> Result<Exit> {
    let live = act::settle(before, options, Some(id))?;
    output(done);
    let hierarchy = hierarchy_of(&before.cib, id);
    let own: Vec<&str> = hierarchy.as_ref().map_or(vec![id], Hierarchy::resources);
    let failed = !new_failures(&before.live, &live, &own).is_empty();
    let was_active = !before.live.started_on(id).is_empty();
    let had_failed = before.live.failures_of(&own).any(|f| !f.degraded);
    let is_wanted = hierarchy_of(&pacemaker::query()?, id).is_some_and(|h| !h.stopped);
    if failed && is_wanted && (was_active || had_failed) && live.started_on(id).is_empty() {
        return Ok(explain(before, &live, id, &text::is_not_in_service_on_any(id)));
    }
    Ok(Exit::Done)
}

fn hierarchy_of(cib: &Cib, id: &str) -> Option<Hierarchy> {
    hierarchy::all(cib, AGENT).into_iter().find(|h| h.id == id)
}

fn explain(before: &Situation, live: &Live, id: &str, what: &Text) -> Exit {
    let mut lines = vec![what.clone()];
    let mut more: Vec<Text> = Vec::new();
    let hierarchy = pacemaker::query().ok().and_then(|cib| hierarchy_of(&cib, id));
    let own: Vec<&str> = hierarchy.as_ref().map_or(vec![id], Hierarchy::resources);
    let mut failures = new_failures(&before.live, live, &own);
    if failures.is_empty() {
        failures = live.failures_of(&own).filter(|f| !f.degraded).collect();
    }
    for failure in failures {
        more.push(failure_words(failure));
        more.extend(remedy(failure));
    }
    for node in before.cib.nodes() {
        let bans = hierarchy.as_ref().and_then(|h| h.server(node)).map(|s| s.bans.clone()).unwrap_or_default();
        more.extend(bans.iter().map(|ban| text::node_is_kept_out(node, &ban.because)));
    }
    lines.extend(more.iter().map(|line| verbatim!("  {line}")));
    let text = text::lines(lines);
    if !interface::explain(&text) {
        act::progress(&verbatim!("postkeeper: {text}"));
    }
    Exit::Failed
}

/// What to do about a failure, by its reason.
pub fn remedy(failure: &Failure) -> Option<Text> {
    if failure.is_reported() {
        return Some(text::the_log_has_the_reason(&failure.resource, &failure.node));
    }
    Message::of_reason(&failure.reason).map(|message| Text::verbatim(message.remedy()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocf::reason;

    fn failure(reason: &str) -> Failure {
        let [resource, node, task, status, when] = ["mx", "n1", "monitor", "error", ""].map(str::to_owned);
        Failure { resource, node, task, status, reason: reason.to_owned(), when, degraded: false }
    }

    #[test]
    fn every_message_leads_to_its_own_remedy() {
        let long = "/a/path/of/some/length".repeat(9);
        for message in Message::ALL {
            for (subject, found) in [("SUBJECT", "what was found"), ("a: b", ""), ("SUBJECT", &long), (&long, "what was found")] {
                // Truncated, as Pacemaker shows it.
                let line = reason::line("", &message.of(subject, found).to_string());
                // This message begins with its subject: a long one leaves no room for the text.
                let is_told = !(message.template().starts_with('<') && line.ends_with("...") && subject == long);
                assert_eq!(Message::of_reason(&line), Some(*message).filter(|_| is_told), "{line}");
                assert!(!is_told || remedy(&failure(&line)).is_some_and(|remedy| remedy == message.remedy()));
            }
        }
        assert_eq!(remedy(&failure("Resource agent did not exit within specified timeout")), None);
        let reported = Failure { task: "asyncmon".to_owned(), ..failure("Simulated failure") };
        assert!(remedy(&reported).is_some_and(|remedy| remedy.as_str().contains("postfix(mx)")));
        let stop = Message::StopFailed.found(Message::StorageSilent.found("/srv").to_string()).to_string();
        assert_eq!(Message::of_reason(&stop), Some(Message::StopFailed));
    }
}
