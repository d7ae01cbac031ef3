//! The cluster: fencing, quorum, and the hierarchy that the instance has or could have.

use std::collections::BTreeMap;

use super::super::create;
use super::report::{Report, Verdict, error, fine, warning};
use crate::cluster::attribute;
use crate::cluster::cib::{Cib, Resource};
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::pacemaker;
use crate::postfix::config::Config;
use crate::postfix::fault::{Fault, Message};
use crate::system::{file, mount};

pub fn examine(cib: &Cib, hierarchy: Option<&Hierarchy>, config: Option<&Config>, report: &mut Report) {
    report.section("cluster");
    fencing(cib, report);
    let policy = cib.property("no-quorum-policy").unwrap_or_else(|| "stop".to_owned());
    let verdict = if policy == "ignore" {
        error("no-quorum-policy=ignore", "Two halves of a cluster would both run Postfix: pcs property set no-quorum-policy=stop")
    } else {
        fine(format!("no-quorum-policy={policy}"))
    };
    report.put("quorum", "a part without quorum runs nothing", verdict);
    servers(report);
    devices(cib, report);
    let is_on = |name: &str| cib.property(name).is_some_and(|v| matches!(v.as_str(), "true" | "1" | "yes" | "on"));
    let verdict = if is_on("maintenance-mode") {
        warning("on", "Nothing is watched or moved until: pcs property set maintenance-mode=false")
    } else {
        fine("off")
    };
    report.put("maintenance mode", "off", verdict);
    if let Some(config) = config {
        resources(cib, hierarchy, config, report);
    }
    if let Some(hierarchy) = hierarchy {
        watched(cib, hierarchy, report);
        ids(cib, hierarchy, report);
    }
}

/// That the cluster is whole now.
fn servers(report: &mut Report) {
    let Ok(live) = pacemaker::look() else { return };
    let unclean: Vec<&str> = live.nodes.iter().filter(|n| n.unclean).map(|n| n.name.as_str()).collect();
    let away: Vec<&str> = live.nodes.iter().filter(|n| !n.online && !n.unclean).map(|n| n.name.as_str()).collect();
    let verdict = if !unclean.is_empty() {
        error(
            format!("waiting to be fenced: {}", unclean.join(", ")),
            "Until then nothing moves. See why the device does not do it: pcs stonith history; when a server is surely off: pcs stonith confirm SERVER",
        )
    } else if !live.quorum {
        error("the cluster has no quorum", "Bring servers back: pcs cluster start; see pcs quorum status.")
    } else if !away.is_empty() {
        warning(format!("not there: {}", away.join(", ")), "Start the cluster on it: pcs cluster start SERVER")
    } else {
        fine(format!("{} online", live.nodes.len()))
    };
    report.put("the servers of the cluster", "all there, with quorum, and none waiting to be fenced", verdict);
}

/// ocf:heartbeat:Filesystem looks for its device in the list of mounts, and takes part of a name for the whole.
fn devices(cib: &Cib, report: &mut Report) {
    let resources = cib.resources();
    let file_systems = resources.iter().filter(|r| cib.agent(r) == "ocf:heartbeat:Filesystem");
    let devices: Vec<String> = file_systems.filter_map(|r| cib.parameter(r, "device")).collect();
    let part =
        devices.iter().find_map(|one| Some((one, devices.iter().find(|other| *other != one && other.contains(one.as_str()))?)));
    let verdict = match part {
        Some((one, other)) => warning(
            format!("{one} is part of {other}"),
            "To unmount the one, the agent would end what uses the other: name them otherwise, such as by /dev/disk/by-uuid.",
        ),
        None => fine(format!("{} in all", devices.len())),
    };
    report.put("devices of file systems", "none whose name is part of another's", verdict);
}

fn fencing(cib: &Cib, report: &mut Report) {
    let devices = cib.resources().iter().filter(|r| cib.agent(r).starts_with("stonith:")).count();
    let enabled = cib.property("stonith-enabled").is_none_or(|v| v != "false" && v != "0");
    let advice = "Configure a fence device for every server (pcs stonith create) and set stonith-enabled=true.";
    let verdict = match (enabled, devices) {
        (false, _) => error("stonith-enabled=false: a server that does not answer may still hold the queue", advice),
        (true, 0) => error("no fence device", advice),
        (true, n) => fine(format!("{n} fence device(s)")),
    };
    report.put("fencing", "on, with a device", verdict);
}

/// The IP resource of every address and the file system of the queue, and that Postfix depends on them.
fn resources(cib: &Cib, hierarchy: Option<&Hierarchy>, config: &Config, report: &mut Report) {
    let dependencies: Option<Vec<&str>> = hierarchy.map(|h| h.dependencies.iter().map(|d| d.id.as_str()).collect());
    let all = cib.resources();
    let tie = |r: &Resource<'_>, what: &str| match &dependencies {
        Some(ids) if !ids.contains(&r.id()) => error(
            format!("{} is there, and Postfix does not depend on it", r.id()),
            format!("Put both in one group, or add a colocation and an order: Postfix with {what}, after it."),
        ),
        _ => fine(r.id()),
    };
    for address in config.own_addresses() {
        let verdict = match all.iter().find(|r| create::address_of(cib, r) == Some(address)) {
            Some(r) => tie(r, "its address"),
            None => missing(hierarchy, Message::NoIpResource.of(address.to_string(), "")),
        };
        report.put(format!("IP resource for {address}"), "one, and Postfix depends on it", verdict);
    }
    let queue = file::target(&config.queue_directory);
    let holding = create::file_systems(cib).into_iter().filter(|(_, point)| queue.starts_with(point));
    let verdict = match holding.max_by_key(|(_, point)| point.as_os_str().len()) {
        Some((r, _)) => tie(&r, "its file system"),
        None => {
            let on = mount::of(&queue).map_or("nothing".to_owned(), |m| m.point.display().to_string());
            let found = format!("no Filesystem resource for {} (it is on {on})", queue.display());
            let advice = "Create an ocf:heartbeat:Filesystem resource for the file system of the queue.";
            if hierarchy.is_some() { error(found, advice) } else { warning(found, advice) }
        }
    };
    report.put("file-system resource of the queue", "one, and Postfix depends on it", verdict);
}

/// Before there is a hierarchy its resources are still to be made.
fn missing(hierarchy: Option<&Hierarchy>, fault: Fault) -> Verdict {
    match hierarchy {
        Some(_) => fault.into(),
        None => warning(fault.to_string(), fault.message.remedy()),
    }
}

/// That somebody looks at whether mail is taken, and that failures lead somewhere.
fn watched(cib: &Cib, hierarchy: &Hierarchy, report: &mut Report) {
    let Some(resource) = cib.resource(&hierarchy.id) else { return };
    let operations: Vec<_> = resource.element.named("operations").flat_map(|o| o.named("op")).collect();
    let monitors: Vec<_> = operations.iter().filter(|o| o.text("name") == "monitor").collect();
    let level = |o: &crate::cluster::xml::Element| {
        o.all().iter().find(|e| e.get("name") == Some("OCF_CHECK_LEVEL")).map_or("0", |e| e.text("value")).to_owned()
    };
    let levels: Vec<String> = monitors.iter().map(|o| format!("level {} every {}", level(o), o.text("interval"))).collect();
    let verdict = match monitors.as_slice() {
        [] => error("no monitor operation", format!("pcs resource op add {} monitor interval=10s timeout=20s", hierarchy.id)),
        some if some.iter().all(|o| level(o) == "0") => warning(
            levels.join(", "),
            format!(
                "Have the greeting looked at too: pcs resource op add {} monitor interval=60s timeout=30s OCF_CHECK_LEVEL=10",
                hierarchy.id
            ),
        ),
        _ => fine(levels.join(", ")),
    };
    report.put(format!("monitors of {}", hierarchy.id), "one at level 0 and one at level 10", verdict);
    let blocked = operations.iter().find(|o| o.text("name") == "stop" && matches!(o.text("on-fail"), "ignore" | "block"));
    let verdict = match blocked {
        Some(stop) => warning(
            format!("on-fail={}", stop.text("on-fail")),
            "With fencing a stop that fails should fence: leave on-fail of the stop out.",
        ),
        None => fine("fences the server"),
    };
    report.put(format!("a failed stop of {}", hierarchy.id), "fences the server", verdict);
}

/// What the agent has published of every server (R5).
fn ids(cib: &Cib, hierarchy: &Hierarchy, report: &mut Report) {
    let name = attribute::ids(&hierarchy.id);
    let mut known: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for node in hierarchy.extended() {
        if let Some(value) = cib.node_attributes(node).get(&name) {
            known.entry(value.clone()).or_default().push(node);
        }
    }
    let shown: Vec<String> = known.iter().map(|(ids, nodes)| format!("{ids} on {}", nodes.join(" and "))).collect();
    let verdict = match known.len() {
        0 => warning(
            "no server has said them yet",
            format!("Let the cluster look: crm_resource --refresh --resource {}", hierarchy.id),
        ),
        1 => fine(shown.join(", ")),
        _ => {
            let users: std::collections::BTreeSet<&str> = known.keys().filter_map(|k| k.split(':').next()).collect();
            let message = if users.len() > 1 { Message::OwnerIdDiffers } else { Message::GroupIdDiffers };
            message.found(shown.join(", ")).into()
        }
    };
    report.put("numbers of mail_owner and setgid_group", "the same on every server", verdict);
}
