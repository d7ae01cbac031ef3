//! Pacemaker's programs: each is run with a deadline, and an error contains its output.
//!
//! Only machine-readable output is used: XML and exit codes (crm_error(8)). "No cluster" and "permission denied" are
//! different errors, since their remedies differ. Whatever asks the cluster fails with a [`ClusterError`] when it does not answer, or refuses.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::NamedTempFile;

use super::cib::Cib;
use super::hierarchy;
use super::live::{Live, plain_id};
use super::xml::Element;
use crate::system::account;
use crate::system::command::{Command, CommandError, Finished, tail};
use crate::system::deadline::{Deadline, Pace};
use crate::text::{self, Text};

/// Timeout of a query; one takes 10 to 30 ms.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The largest output that is read; no CIB is as large.
const LIMIT: usize = 256 << 20;

/// The largest number of transitions to simulate, in case they never end.
const MAX_TRANSITIONS: usize = 5;

/// The default log directory of Pacemaker's daemons.
pub const LOG_DIRECTORY: &str = "/var/log/pacemaker";

/// Exit codes: insufficient privileges, not connected, unexpected CIB, no such object.
const DENIED: i32 = 4;
const DISCONNECTED: i32 = 102;
const OUTDATED: i32 = 103;
const ABSENT: i32 = 105;

/// The simulated reaction of the cluster to a CIB.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Starts, stops, moves and the like, in the cluster's order.
    pub actions: Vec<Action>,
    /// The state afterwards.
    pub live: Live,
    /// The CIB it would lead to.
    pub cib: Cib,
}

/// The name of a fencing action in simulations; it has the node in place of a resource.
pub const FENCE: &str = "fence";

/// A simulated action on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// `start`, `stop`, `move`, `restart`, …
    pub what: String,
    pub resource: String,
    /// Its node now and afterwards: only one of them for start and stop.
    pub from: Option<String>,
    pub to: Option<String>,
}

/// Why a change of the cluster, or a query, failed.
#[derive(Debug)]
pub enum ClusterError {
    /// Pacemaker does not run on this host, or does not answer.
    Unreachable(String),
    /// No cluster: Pacemaker is not installed, or this host belongs to no cluster.
    Absent(String),
    /// This user has no permission.
    Denied(String),
    /// Another element of the configuration, of the name `by`, has this id already.
    Taken { id: String, by: String },
    /// A program failed: command line, exit status, output; or the configuration is another one by now.
    Failed(String),
}

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, remedy) = match self {
            ClusterError::Unreachable(reason) => (text::cluster_cannot_be_reached(reason), text::start_the_cluster_here()),
            ClusterError::Absent(reason) => (text::cluster_cannot_be_reached(reason), text::no_cluster_is_set_up_here()),
            ClusterError::Denied(reason) => (text::permission_denied_by_the_cluster(reason), text::run_this_as_root()),
            ClusterError::Taken { id, by } => return write!(f, "{}", text::id_is_taken_already(id, by)),
            ClusterError::Failed(reason) => return f.write_str(reason),
        };
        write!(f, "{what}\n{remedy}")
    }
}

impl std::error::Error for ClusterError {}

/// A program of Pacemaker.
pub(super) fn tool(program: &str, arguments: &[&str]) -> Command {
    let directories = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let found = directories.iter().map(|d| format!("{d}/{program}")).find(|p| Path::new(p).exists());
    Command::new(found.unwrap_or_else(|| program.to_owned())).args(arguments).keeping(LIMIT)
}

/// Runs it; with another exit code than those expected it has failed.
fn run(command: &Command, expected_codes: &[i32]) -> Result<Finished, ClusterError> {
    let finished = match command.run(Deadline::after(TIMEOUT)) {
        Ok(finished) => finished,
        Err(CommandError::NotStarted { command, error }) => {
            return Err(ClusterError::Absent(text::is_pacemaker_installed(command, error).to_string()));
        }
        Err(error) => return Err(ClusterError::Unreachable(error.to_string())),
    };
    match finished.status.code() {
        Some(code) if expected_codes.contains(&code) => Ok(finished),
        code => Err(failure(command, code, &finished)),
    }
}

fn failure(command: &Command, code: Option<i32>, finished: &Finished) -> ClusterError {
    let output = tail(&finished.output(), 3);
    let output = output.unwrap_or_else(|| text::command_ended_with(command, finished.status).to_string());
    let denied = output.contains("Permission denied") || output.contains("Insufficient privileges");
    match code {
        Some(DENIED) => ClusterError::Denied(output),
        // A user without access to Pacemaker's sockets only gets "not connected".
        Some(DISCONNECTED) if denied || !may_connect() => ClusterError::Denied(output),
        Some(DISCONNECTED) if !Path::new(MEMBERSHIP).exists() => ClusterError::Absent(output),
        Some(DISCONNECTED) => ClusterError::Unreachable(output),
        _ => ClusterError::Failed(format!("{}: {output}", text::command_ended_with(command, finished.status))),
    }
}

/// The file that makes a host a cluster node; a remote node has none.
const MEMBERSHIP: &str = "/etc/corosync/corosync.conf";

/// Whether Pacemaker's sockets are open to this user: to root and to the group haclient.
fn may_connect() -> bool {
    crate::system::is_root()
        || account::gid("haclient", Deadline::after(TIMEOUT)).ok().flatten().is_some_and(account::is_member_of)
}

/// The current CIB.
pub fn query() -> Result<Cib, ClusterError> {
    let output = run(&tool("cibadmin", &["--query"]), &[0])?.stdout;
    let mut cib = Cib::parse(&output).map_err(|e| ClusterError::Failed(format!("cibadmin --query: {e}")))?;
    for (resource, name) in to_evaluate(&cib) {
        let value = meta(&resource, &name)?;
        cib.set_evaluated(resource, name, value);
    }
    Ok(cib)
}

/// What only the cluster can evaluate, of Postfix, what it depends on, and fence devices: each takes a command, and a rule of
/// rsc_defaults is one of every resource.
fn to_evaluate(cib: &Cib) -> Vec<(String, String)> {
    let mut found = cib.not_evaluated(&BY_RULE);
    if !found.is_empty() {
        let concerned = hierarchy::with_dependencies(cib, &|agent| agent.contains(":postfix") || agent.starts_with("stonith:"));
        found.retain(|(resource, _)| concerned.contains(resource));
    }
    found
}

/// The meta attributes that are evaluated; they may depend on rules, for example on the time of day.
const BY_RULE: [&str; 5] = ["resource-stickiness", "target-role", "is-managed", "maintenance", "migration-threshold"];

/// A meta attribute of a resource as the cluster evaluates it now, with all rules.
fn meta(resource: &str, name: &str) -> Result<Option<String>, ClusterError> {
    let command = tool("crm_resource", &["--output-as=xml", "--meta", "--resource", resource, "--get-parameter", name]);
    let output = run_for_xml(&command, &[0, ABSENT])?;
    let items = output.at(&["list"]).into_iter().flat_map(|list| list.named("item"));
    Ok(items.filter(|item| item.text("name") == name).map(Element::content).next())
}

/// The current state of nodes and resources.
pub fn query_status() -> Result<Live, ClusterError> {
    let command = tool("crm_mon", &["--one-shot", "--inactive", "--output-as=xml"]);
    Ok(Live::parse(&run_for_xml(&command, &[0])?))
}

/// The difference between two CIBs. It applies to the configuration of the first, whatever its status section is by then: that
/// changes all the time.
#[derive(Clone, Debug)]
pub struct Patch {
    /// None when there is none.
    difference: Option<Element>,
    version: [String; 2],
}

/// The attributes that count the changes of a CIB.
const VERSION: [&str; 2] = ["admin_epoch", "epoch"];

impl Patch {
    /// The difference from `before` to `after`.
    pub fn between(before: &Cib, after: &Cib) -> Result<Patch, ClusterError> {
        let (old, new) = (file(before)?, file(after)?);
        // With versions the patch would depend on the number of status changes, which differs between nodes: one node could reject
        // the patch that the others accept, and nobody would notice.
        let differ = tool("crm_diff", &["--no-version", "--original"]).arg(old.path()).arg("--new").arg(new.path());
        // 1: they differ.
        let finished = run(&differ, &[0, 1])?;
        let difference = if finished.status.success() { None } else { Some(parse(&differ, &finished.stdout)?) };
        Ok(Patch { difference, version: VERSION.map(|part| before.root.text(part).to_owned()) })
    }

    /// Applies it to the cluster, unless its configuration has changed.
    pub fn apply(&self) -> Result<bool, ClusterError> {
        let now = run_for_xml(&tool("cibadmin", &["--query", "--no-children"]), &[0])?;
        if VERSION.map(|part| now.text(part)) != self.version.each_ref().map(String::as_str) {
            return Ok(false);
        }
        let Some(difference) = &self.difference else { return Ok(true) };
        let patch = text_file(&difference.to_string())?;
        let apply = tool("cibadmin", &["--patch", "--xml-file"]).arg(patch.path());
        Ok(run(&apply, &[0, OUTDATED])?.status.success())
    }
}

/// The complaints of crm_verify about a CIB; empty when it is valid.
pub fn verify(cib: &Cib) -> Result<Vec<String>, ClusterError> {
    let file = file(cib)?;
    let command = tool("crm_verify", &["--verbose", "--xml-file"]).arg(file.path());
    let output = match command.run(Deadline::after(TIMEOUT)) {
        Ok(finished) => finished.output(),
        Err(error) => return Err(ClusterError::Failed(error.to_string())),
    };
    let lines = output.lines().map(|line| line.trim().trim_start_matches("crm_verify: ").to_owned());
    let is_summary = |l: &String| l.starts_with("Errors found") || l.starts_with("Warnings found");
    Ok(lines.filter(|l| !l.is_empty() && !is_summary(l)).collect())
}

/// Simulates the cluster with this CIB until nothing is left to do. Consequences of the first steps, which Pacemaker may act on
/// only at its next recheck, are included.
pub fn simulate(cib: &Cib) -> Result<Simulation, ClusterError> {
    let mut whole = transition(cib)?;
    let mut more = !whole.actions.is_empty();
    for _ in 0..MAX_TRANSITIONS {
        if !more {
            break;
        }
        let next = transition(&whole.cib)?;
        more = !next.actions.is_empty();
        whole.actions.extend(next.actions);
        (whole.live, whole.cib) = (next.live, next.cib);
    }
    Ok(whole)
}

fn transition(cib: &Cib) -> Result<Simulation, ClusterError> {
    let (input, result) = (file(cib)?, text_file("")?);
    let command = tool("crm_simulate", &["--simulate", "--output-as=xml", "--xml-file"]).arg(input.path());
    let output = run_for_xml(&command.arg("--save-output").arg(result.path()), &[0])?;
    let later = std::fs::read_to_string(result.path()).map_err(|e| ClusterError::Failed(format!("crm_simulate: {e}")))?;
    let cib = Cib::parse(&later).map_err(|e| ClusterError::Failed(format!("crm_simulate: {e}")))?;
    let actions = output.at(&["actions"]).into_iter().flat_map(Element::children).map(|action| {
        let place = |names: [&str; 2]| names.into_iter().find_map(|name| action.get(name)).map(str::to_owned);
        if action.name == "node_action" {
            let what = action.text("task").to_lowercase();
            let what = if what.starts_with(FENCE) { FENCE.to_owned() } else { what };
            return Action { what, resource: action.text("node").to_owned(), from: None, to: None };
        }
        let what = action.text("action").to_owned();
        let (from, to) = match what.as_str() {
            "start" => (None, place(["dest", "node"])),
            "stop" => (place(["source", "node"]), None),
            _ => (place(["source", "node"]), place(["dest", "node"])),
        };
        Action { what, resource: action.text("resource").to_owned(), from, to }
    });
    let live = output.at(&["revised_cluster_status"]).map(Live::parse).unwrap_or_default();
    Ok(Simulation { actions: actions.collect(), live, cib })
}

/// The pending work of the cluster on some resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Operations in progress, on any resource: the cluster finishes them before it starts anything else.
    UnderWay(Vec<Text>),
    /// Actions are due but not started; first the nodes named here have to be fenced, if any. When fencing fails, Pacemaker drops
    /// the other actions, even the monitors of resources that it has just reloaded.
    Due(Vec<Text>),
    Nothing,
}

/// The pending work on `resources` by this CIB; work on other resources is ignored.
pub fn work(cib: &Cib, resources: &[String]) -> Result<Work, ClusterError> {
    let is_theirs = |id: &str| resources.iter().any(|r| r == plain_id(id));
    let pending = cib.pending();
    let under_way: Vec<Text> =
        pending.iter().map(|(resource, task, node)| text::operation_under_way(task, resource, node)).collect();
    if pending.iter().any(|(resource, ..)| is_theirs(resource)) {
        return Ok(Work::UnderWay(under_way));
    }
    let input = file(cib)?;
    let command = tool("crm_simulate", &["--simulate", "--output-as=xml", "--xml-file"]).arg(input.path());
    let output = run_for_xml(&command, &[0])?;
    let steps: Vec<&Element> = output.at(&["transition"]).into_iter().flat_map(Element::children).collect();
    if !steps.iter().any(|step| step.get("resource").is_some_and(is_theirs)) {
        return Ok(Work::Nothing);
    }
    let fenced = steps.iter().filter(|step| step.name == "fencing_action");
    let fenced = fenced.map(|step| text::fence_node(step.text("target"))).collect();
    Ok(if under_way.is_empty() { Work::Due(fenced) } else { Work::UnderWay(under_way) })
}

/// Triggers a recheck, which Pacemaker otherwise makes after a change or cluster-recheck-interval. It sets the property that
/// Pacemaker itself uses for this (last-lrm-refresh); a higher epoch alone has no effect.
pub fn trigger_recheck() -> Result<(), ClusterError> {
    let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs().to_string();
    let property = ["--type", "crm_config", "--name", "last-lrm-refresh", "--update", &now];
    run(&tool("crm_attribute", &property), &[0]).map(drop)
}

/// Waits, for a limited time, until no operation of a resource is in progress. When the history is cleaned while a monitor runs for
/// the first time, Pacemaker loses its result, starts nothing until it is overdue, and takes it for failed.
fn wait_until_idle(resource: &str) -> Result<(), ClusterError> {
    let (deadline, pace) = (Deadline::after(TIMEOUT), Pace::from_now());
    let resources = [resource.to_owned()];
    while !deadline.expired() {
        match work(&query()?, &resources)? {
            Work::Nothing => break,
            // It may not start before an administrator has dealt with the node.
            Work::Due(fenced) if !fenced.is_empty() => break,
            Work::Due(_) | Work::UnderWay(_) => std::thread::sleep(pace.pause()),
        }
    }
    Ok(())
}

/// Cleans up the failures of a resource, on all nodes or one.
pub fn clean_up(resource: &str) -> Result<(), ClusterError> {
    wait_until_idle(resource)?;
    run(&tool("crm_resource", &["--cleanup", "--resource", resource]), &[0]).map(drop)
}

/// Deletes the history of a resource on a node, in the executor too, and probes it again. Pacemaker records the time in the
/// configuration (last-lrm-refresh). Entries that are removed with cibadmin are restored by Pacemaker 3.
pub fn refresh(resource: &str, node: &str) -> Result<(), ClusterError> {
    wait_until_idle(resource)?;
    refresh_now(resource, node)
}

fn refresh_now(resource: &str, node: &str) -> Result<(), ClusterError> {
    run(&tool("crm_resource", &["--refresh", "--force", "--resource", resource, "--node", node]), &[0]).map(drop)
}

/// As [`refresh`], on every node that is online.
pub fn refresh_everywhere(resource: &str) -> Result<(), ClusterError> {
    wait_until_idle(resource)?;
    query_status()?.nodes.iter().filter(|n| n.online).try_for_each(|node| refresh_now(resource, &node.name))
}

/// Deletes the history of a resource, which is not probed any more, on every node that is online, and checks that it is
/// gone.
pub fn forget(resource: &str) -> Result<(), ClusterError> {
    refresh_everywhere(resource)?;
    let online: Vec<String> = query_status()?.nodes.into_iter().filter(|n| n.online).map(|n| n.name).collect();
    let knows = |state: &&Element| {
        let is_it = |e: &&Element| e.name == "lrm_resource" && e.id() == resource;
        online.iter().any(|n| state.get("uname") == Some(n)) && state.all().iter().any(is_it)
    };
    let (deadline, pace) = (Deadline::after(TIMEOUT), Pace::from_now());
    loop {
        let cib = query()?;
        let left = cib.node_states().find(knows);
        let Some(left) = left else { return Ok(()) };
        if deadline.expired() {
            return Err(ClusterError::Failed(text::still_remembers(left.text("uname"), resource).to_string()));
        }
        std::thread::sleep(pace.pause());
    }
}

/// Removes an operation from the history of a resource on a node, if it matches `which` (XPath conditions).
pub fn forget_operation(resource: &str, node: &str, operation: &str, which: &str) -> Result<(), ClusterError> {
    let path = format!("//node_state[@uname='{node}']//lrm_resource[@id='{resource}']/lrm_rsc_op[@id='{operation}']{which}");
    run(&tool("cibadmin", &["--delete", "--xpath", &path]), &[0, ABSENT]).map(drop)
}

/// Reports a failure of a resource on a node, as if a monitor had found it. Pacemaker restarts the resource, and shows the failure of
/// an operation asyncmon ([`super::live::Failure::is_reported`]), whose reason is "Simulated failure".
pub fn report_failure(resource: &str, node: &str) -> Result<(), ClusterError> {
    run(&tool("crm_resource", &["--fail", "--resource", resource, "--node", node]), &[0]).map(drop)
}

/// The name that the cluster has for this host.
pub fn own_name() -> Result<String, ClusterError> {
    Ok(run(&tool("crm_node", &["--name"]), &[0])?.stdout.trim().to_owned())
}

/// The XML that a program prints.
fn run_for_xml(command: &Command, expected_codes: &[i32]) -> Result<Element, ClusterError> {
    parse(command, &run(command, expected_codes)?.stdout)
}

fn parse(command: &Command, output: &str) -> Result<Element, ClusterError> {
    Element::parse(output).map_err(|e| ClusterError::Failed(format!("{command}: {e}")))
}

fn file(cib: &Cib) -> Result<NamedTempFile, ClusterError> {
    text_file(&cib.root.to_string())
}

fn text_file(text: &str) -> Result<NamedTempFile, ClusterError> {
    let written = NamedTempFile::with_prefix("postkeeper-").and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file));
    written.map_err(|e| ClusterError::Failed(text::temporary_file_failed(e).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_is_asked_about_postfix_and_what_it_depends_on_alone() {
        let rule = "<meta_attributes id=\"by-day\"><rule id=\"r\" score=\"1\"/>\
                    <nvpair id=\"p\" name=\"resource-stickiness\" value=\"0\"/></meta_attributes>";
        let with = |place: &str| {
            let all = include_str!("fixtures/by-hand.xml").replace(place, &format!("{place}{rule}"));
            let other = "<primitive id=\"web\" class=\"systemd\" type=\"httpd\"/>";
            let cib = Cib::parse(&all.replace("<resources>", &format!("<resources>{other}"))).unwrap();
            to_evaluate(&cib).into_iter().map(|(id, name)| format!("{id} {name}")).collect::<Vec<_>>()
        };
        let all = ["disk", "mail-fs", "mail-ip", "mail-postfix"].map(|id| format!("{id} resource-stickiness"));
        assert_eq!(with("<rsc_defaults>"), all);
        assert_eq!(with("<op_defaults>"), Vec::<String>::new());
    }
}
