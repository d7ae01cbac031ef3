//! What a verb says when the cluster has done its part.

use anyhow::Result;

use super::act::{self, Options, Situation, failure_words, new_failures};
use super::{Exit, say};
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::live::Live;
use crate::cluster::pacemaker;
use crate::postfix::fault::Message;

/// Waits until `id` is active on `node`, or the cluster has given up.
///
/// # Errors
/// When the cluster takes too long or does not answer.
pub fn arrival(before: &Situation, options: &Options, id: &str, node: &str) -> Result<Exit> {
    let live = act::settle(before, options, &|live| progress(live, id))?;
    let now = live.started_on(id);
    if now.contains(&node) {
        say(&format!("{id} is in service on {node}"));
        return Ok(Exit::Done);
    }
    Ok(explain(before, &live, id, &format!("{id} is not in service on {node}")))
}

/// Waits until `id` is active nowhere.
///
/// # Errors
/// As above.
pub fn departure(before: &Situation, options: &Options, id: &str) -> Result<Exit> {
    let live = act::settle(before, options, &|live| progress(live, id))?;
    if live.active_on(id).is_empty() {
        say(&format!("{id} is out of service"));
        return Ok(Exit::Done);
    }
    Ok(explain(before, &live, id, &format!("{id} is still in service on {}", live.active_on(id).join(", "))))
}

/// Waits until nothing is left to do, and says where `id` is.
///
/// # Errors
/// As above.
pub fn settled(before: &Situation, options: &Options, id: &str, done: &str) -> Result<Exit> {
    let live = act::settle(before, options, &|live| progress(live, id))?;
    say(done);
    let failed = !new_failures(&before.live, &live, &[id]).is_empty();
    let was_active = !before.live.started_on(id).is_empty();
    if failed && was_active && live.started_on(id).is_empty() {
        return Ok(explain(before, &live, id, &format!("{id} is not in service on any server")));
    }
    Ok(Exit::Done)
}

/// Where it is on its way, while that is not the end of it.
fn progress(live: &Live, id: &str) -> String {
    let parts = live.instances(id).filter(|r| !matches!(r.role.as_str(), "Started" | "Stopped"));
    parts.map(|r| format!("{id}: {} on {}", r.role.to_lowercase(), r.nodes.join(", "))).collect::<Vec<_>>().join("\n")
}

fn explain(before: &Situation, live: &Live, id: &str, what: &str) -> Exit {
    let mut text = format!("postkeeper: {what}");
    let hierarchy = pacemaker::query().ok().and_then(|cib| super::parts::by_id(&cib, id));
    let own: Vec<&str> = hierarchy.as_ref().map_or(vec![id], Hierarchy::resources);
    let mut failures = new_failures(&before.live, live, &own);
    if failures.is_empty() {
        failures = live.failures_of(&own).filter(|f| !f.degraded).collect();
    }
    for failure in failures {
        text.push_str(&format!("\n  {}", failure_words(failure)));
        text.extend(remedy(&failure.reason).map(|r| format!("\n  {r}")));
    }
    for node in before.cib.nodes() {
        let bans = hierarchy.as_ref().and_then(|h| h.server(node)).map(|s| s.bans.clone()).unwrap_or_default();
        bans.iter().for_each(|ban| text.push_str(&format!("\n  {node} is kept out: {}", ban.because)));
    }
    act::note(&text);
    Exit::Failed
}

/// What to do about a reason that the agent gave.
pub fn remedy(reason: &str) -> Option<&'static str> {
    Message::of_reason(reason).map(Message::remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocf::reason;

    #[test]
    fn every_message_leads_to_its_own_remedy() {
        let long = "/a/path/of/some/length".repeat(9);
        for message in Message::ALL {
            for (subject, found) in [("SUBJECT", "what was found"), ("a: b", ""), ("SUBJECT", &long), (&long, "what was found")] {
                // As Pacemaker shows it: cut.
                let said = reason::line("", &message.of(subject, found).to_string());
                // Of the one that begins with its subject a long subject leaves nothing.
                let is_told = !(message.template().starts_with('<') && said.ends_with("...") && subject == long);
                assert_eq!(Message::of_reason(&said), Some(*message).filter(|_| is_told), "{said}");
                assert!(!is_told || remedy(&said) == Some(message.remedy()));
            }
        }
        assert_eq!(remedy("Simulated failure"), None);
        let stop = Message::StopFailed.found(Message::StorageSilent.found("/srv").to_string()).to_string();
        assert_eq!(Message::of_reason(&stop), Some(Message::StopFailed));
    }
}
