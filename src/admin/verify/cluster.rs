//! The cluster: fencing, quorum, and the hierarchy that the instance has or could have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::{facts, servers};
use super::report::{CheckResult, Report, error, fine, warning};
use crate::cluster::attribute;
use crate::cluster::cib::{Cib, Resource};
use crate::cluster::hierarchy::Hierarchy;
use crate::cluster::ids;
use crate::cluster::live::{Live, Node};
use crate::cluster::xml::Element;
use crate::cluster::{pacemaker, provides};
use crate::ocf::parameters::{self, PARAMETERS, Parameter};
use crate::postfix::config::Config;
use crate::postfix::endpoint;
use crate::postfix::fault::{Fault, Message};
use crate::system::{file, mount};
use crate::text::{self, Text, verbatim};

/// `away`: the server that has it in service, when that is not this one.
pub fn examine(cib: &Cib, hierarchy: Option<&Hierarchy>, config: Option<&Config>, away: Option<&str>, report: &mut Report) {
    let live = pacemaker::query_status().ok();
    let verdict = fencing(cib, hierarchy, live.as_ref().unwrap_or(&Live::default()));
    report.put(text::fencing(), text::on_with_a_device(), verdict);
    let policy = cib.property("no-quorum-policy").unwrap_or_else(|| "stop".to_owned());
    let verdict = if policy == "ignore" {
        error(Text::verbatim("no-quorum-policy=ignore"), text::two_halves_of_a_cluster_would())
    } else {
        fine(verbatim!("no-quorum-policy={policy}"))
    };
    report.put(text::quorum(), text::part_without_quorum_runs_nothing(), verdict);
    if let Some(live) = live {
        servers(&live, report);
    }
    devices(cib, report);
    let verdict = if cib.is_set("maintenance-mode") == Some(true) {
        warning(text::on(), text::nothing_is_monitored_or_recovered_until())
    } else {
        fine(text::off())
    };
    report.put(text::maintenance_mode(), text::off(), verdict);
    if let Some(config) = config {
        resources(cib, hierarchy, config, away, report);
    }
    if let Some(hierarchy) = hierarchy {
        watched(cib, hierarchy, report);
        report.put(text::probes(), text::on_every_server_of_the_hierarchy(), probes(cib, hierarchy));
        ids(cib, hierarchy, report);
        tuning(hierarchy, config, report);
    }
}

/// That the cluster is whole now.
fn servers(live: &Live, report: &mut Report) {
    let unclean = live.unclean();
    let away: Vec<&str> = live.nodes.iter().filter(|n| !n.online && !n.unclean).map(|n| n.name.as_str()).collect();
    let verdict = if !unclean.is_empty() {
        error(text::waiting_to_be_fenced(unclean.join(", ")), text::until_then_nothing_moves())
    } else if !live.quorum {
        error(text::no_quorum(), text::bring_servers_back())
    } else if !away.is_empty() {
        warning(text::not_there(away.join(", ")), text::start_the_cluster_on_it())
    } else {
        fine(text::number_online(live.nodes.len()))
    };
    report.put(text::servers_of_the_cluster(), text::all_there_with_quorum_and_none(), verdict);
}

/// ocf:heartbeat:Filesystem looks for its device in the list of mounts, and takes part of a name for the whole.
fn devices(cib: &Cib, report: &mut Report) {
    let resources = cib.resources();
    let file_systems = resources.iter().filter(|r| cib.agent(r) == "ocf:heartbeat:Filesystem");
    let devices: Vec<String> = file_systems.filter_map(|r| cib.parameter(r, "device")).collect();
    let part =
        devices.iter().find_map(|one| Some((one, devices.iter().find(|other| *other != one && other.contains(one.as_str()))?)));
    let verdict = match part {
        Some((one, other)) => warning(text::is_part_of(one, other), text::to_unmount_the_one()),
        None => fine(text::number_in_all(devices.len())),
    };
    report.put(text::devices_of_file_systems(), text::no_device_name_contains_another(), verdict);
}

/// Whether a server that does not answer is made sure to be off before another takes over.
fn fencing(cib: &Cib, hierarchy: Option<&Hierarchy>, live: &Live) -> CheckResult {
    let resources = cib.resources();
    let (off, devices): (Vec<&Resource<'_>>, Vec<_>) =
        resources.iter().filter(|r| cib.agent(r).starts_with("stonith:")).partition(|r| cib.is_stopped(r));
    let (down, working): (Vec<_>, Vec<_>) = devices.into_iter().partition(|device| is_down(live, device.id()));
    let servers = hierarchy.map_or_else(|| cib.peers().collect(), Hierarchy::extended);
    // A guest is fenced with the server that its virtual machine is on.
    let is_exposed = |node: &&str| !cib.is_guest(node) && !working.iter().any(|device| fences(cib, device, node));
    let exposed: Vec<&str> = servers.into_iter().filter(is_exposed).collect();
    // The names since Pacemaker 3.0.2, and those before; the new one wins.
    let (switch, value) =
        cib.first_property(["fencing-enabled", "stonith-enabled"]).unwrap_or(("stonith-enabled", String::new()));
    let advice = text::configure_a_fence_device_for_every(switch);
    if parameters::boolean(&value) == Some(false) {
        return error(text::server_that_does_not_answer_may(switch, &value), advice);
    }
    if !working.is_empty() && exposed.is_empty() {
        return fine(text::fence_device_s(working.len()));
    }
    // A server without a device is off when its watchdog has had the time to reset it: 0 is never.
    let (watchdog, timeout) = cib.first_property(["fencing-watchdog-timeout", "stonith-watchdog-timeout"]).unwrap_or_default();
    if !timeout.trim_end_matches(|c: char| c.is_alphabetic()).trim_matches('0').is_empty() {
        if cib.is_set("have-watchdog") != Some(true) {
            return error(text::and_the_servers_have_no_watchdog(watchdog, &timeout), text::set_up_sbd_on_every_server());
        }
        let words = text::by_the_watchdog_of_each_server(watchdog, &timeout);
        let is_small = cib.peers().count() <= 2;
        return fine(if is_small { text::two_servers_need_a_quorum_device(&words) } else { words });
    }
    if !down.is_empty() && !exposed.is_empty() {
        let ids = text::joined(down.iter().map(|device| device.id()));
        error(text::no_fence_device_works_and(exposed.join(", "), ids), text::see_why_the_device_failed(down[0].id()))
    } else if !exposed.is_empty() && !working.is_empty() {
        error(text::no_fence_device_works_for(exposed.join(", ")), text::add_it_to_a_fence_device())
    } else if let Some(device) = off.first() {
        error(text::no_fence_device_but(device.id()), verbatim!("pcs resource enable {}", device.id()))
    } else {
        error(text::no_fence_device(), advice)
    }
}

/// Whether a fence device has failed, or runs nowhere while every server could run it.
fn is_down(live: &Live, id: &str) -> bool {
    let instances: Vec<_> = live.instances(id).collect();
    let has_failed = || live.failures_of(&[id]).any(|f| live.node(&f.node).is_some_and(Node::is_ready));
    !instances.is_empty()
        && instances.iter().all(|r| r.managed && (!r.active || r.failed))
        && (has_failed() || live.nodes.iter().all(Node::is_ready))
}

/// Whether a fence device may fence a server: only one with a static list says of itself that it cannot.
fn fences(cib: &Cib, device: &Resource<'_>, node: &str) -> bool {
    let parameter = |name: &str| cib.parameter(device, name).unwrap_or_default();
    let (list, map) = (parameter("pcmk_host_list"), parameter("pcmk_host_map"));
    let is_static = matches!(parameter("pcmk_host_check").as_str(), "" | "static-list");
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    let mut named = list.split(is_separator).chain(map.split(is_separator).filter_map(|pair| pair.split([':', '=']).next()));
    !is_static || list.is_empty() && map.is_empty() || map.contains('\\') || named.any(|name| name.eq_ignore_ascii_case(node))
}

/// Without a probe nobody knows what a server has, and what runs there unasked.
fn probes(cib: &Cib, hierarchy: &Hierarchy) -> CheckResult {
    match servers::unprobed(cib, &hierarchy.names(), &hierarchy.extended()) {
        Some(why) => warning(why, text::postfix_outside_the_cluster_is_not_detected()),
        None => fine(text::on()),
    }
}

/// Whether the hierarchy depends on all of the resources, which are `what` it needs.
fn dependency(hierarchy: Option<&Hierarchy>, found: &[Resource<'_>], what: Text) -> CheckResult {
    let is_dependency = |r: &&Resource<'_>| hierarchy.is_none_or(|h| h.dependencies.iter().any(|d| d.id == r.id()));
    let ids = |all: Vec<&Resource<'_>>| text::joined(all.iter().map(|r| r.id()));
    let (depends, others): (Vec<_>, Vec<_>) = found.iter().partition(is_dependency);
    let advice = text::put_both_in_one_group(&what);
    match (depends.is_empty(), others.is_empty()) {
        (_, true) => fine(Text::verbatim(ids(depends))),
        (true, _) => error(text::postfix_does_not_depend_on_it(ids(others)), advice),
        _ => warning(text::postfix_depends_on(ids(depends), ids(others)), advice),
    }
}

/// The resources of every address and of the queue's file system, and that Postfix depends on them.
fn resources(cib: &Cib, hierarchy: Option<&Hierarchy>, config: &Config, away: Option<&str>, report: &mut Report) {
    // A resource that says nothing of what it provides may have been named for it (create --depends-on).
    let named: Vec<Resource<'_>> =
        hierarchy.into_iter().flat_map(|h| &h.dependencies).filter_map(|d| cib.resource(&d.id)).collect();
    let queue = file::target(&config.queue_directory);
    let holding = provides::holding(cib, &queue);
    let is_mounted = away.is_some() || mount::of(&queue).is_some_and(|m| m.point != Path::new("/"));
    let unidentified = if is_mounted { provides::unidentified(cib, named) } else { Vec::new() };
    // One of them stands for the file system, so that it cannot be the address too.
    let (disk, rest) = match unidentified.split_first() {
        Some((first, rest)) if holding.is_empty() => (Some(first), rest),
        _ => (None, unidentified.as_slice()),
    };
    let by_name = |found: &[Resource<'_>]| fine(text::not_known_by_a_parameter(text::joined(found.iter().map(|r| r.id()))));
    for address in config.own_addresses() {
        let found = provides::with_address(cib, address);
        let verdict = match (found.as_slice(), rest) {
            ([], []) => missing(hierarchy, Message::NoIpResource.of(address.to_string(), "")),
            ([], rest) => by_name(rest),
            (found, _) => dependency(hierarchy, found, text::its_address()),
        };
        report.put(text::ip_resource_for(address), text::one_and_postfix_depends_on_it(), verdict);
    }
    let deepest = holding.last().map(|(_, point)| point.clone());
    let holding: Vec<Resource<'_>> =
        holding.into_iter().filter(|(_, point)| Some(point) == deepest.as_ref()).map(|(r, _)| r).collect();
    let verdict = match (holding.as_slice(), disk, away) {
        ([], None, _) => {
            let on = mount::of(&queue).map_or("?".to_owned(), |m| m.point.display().to_string());
            let found = text::no_resource_mounts_what(queue.display(), &on);
            let advice = text::create_a_resource_for_the_file();
            if hierarchy.is_some() { error(found, advice) } else { warning(found, advice) }
        }
        ([], Some(disk), Some(node)) => fine(text::mounted_on_node(disk.id(), node)),
        ([], Some(_), None) => by_name(&unidentified),
        (found, ..) => dependency(hierarchy, found, text::its_file_system()),
    };
    report.put(text::file_system_resource_of_the_queue(), text::one_and_postfix_depends_on_it(), verdict);
}

/// Before there is a hierarchy its resources are still to be made.
fn missing(hierarchy: Option<&Hierarchy>, fault: Fault) -> CheckResult {
    match hierarchy {
        Some(_) => fault.into(),
        None => warning(Text::verbatim(&fault), Text::verbatim(fault.message.remedy())),
    }
}

/// That somebody looks at whether mail is taken, and that failures lead somewhere.
fn watched(cib: &Cib, hierarchy: &Hierarchy, report: &mut Report) {
    let Some(resource) = cib.resource(&hierarchy.id) else { return };
    if resource.clone.is_some() {
        let advice = text::unclone_it(resource.group.map_or(hierarchy.id.as_str(), Element::id));
        report.put(text::kind_of_resource(), text::one_primitive(), error(text::is_in_a_clone(&hierarchy.id), advice));
    }
    let operations = cib.operations(&resource);
    let runs = |o: &&&Element| o.text("name") == "monitor" && parameters::boolean(o.text("enabled")) != Some(false);
    let monitors: Vec<_> = operations.iter().filter(runs).collect();
    let levels: Vec<Text> = monitors.iter().map(|o| text::monitor_level_every(cib.check_level(o), o.text("interval"))).collect();
    let deepest = monitors.iter().map(|o| cib.check_level(o)).max();
    let add = |options: &str| verbatim!("pcs resource op add {} monitor {options}", hierarchy.id);
    let verdict = match deepest {
        None => error(text::no_monitor_operation(), add("interval=10s timeout=20s")),
        Some(..10) => {
            warning(text::list(levels), text::have_the_greeting_checked_too(add("interval=60s timeout=30s OCF_CHECK_LEVEL=10")))
        }
        Some(..20) => warning(
            text::list(levels),
            text::service_behind_the_greeting_cleanup(add("interval=300s timeout=60s OCF_CHECK_LEVEL=20")),
        ),
        Some(_) => fine(text::list(levels)),
    };
    report.put(text::monitors_of(&hierarchy.id), text::one_at_each_of_the_levels(), verdict);
    let stop = operations.iter().find(|o| o.text("name") == "stop").copied();
    let verdict = match cib.operation_meta(stop, "on-fail") {
        Some(on_fail) if matches!(on_fail.as_str(), "ignore" | "block") => {
            warning(verbatim!("on-fail={on_fail}"), text::with_fencing_a_stop_that_fails())
        }
        _ => fine(text::fences_the_server()),
    };
    report.put(text::failed_stop_of(&hierarchy.id), text::fences_the_server(), verdict);
}

/// The ids rule, and what the agent has published of every server.
fn ids(cib: &Cib, hierarchy: &Hierarchy, report: &mut Report) {
    let rule = ids::rule(cib, &hierarchy.id);
    let repair = format!("postkeeper repair {}", hierarchy.tag);
    let verdict = match &rule {
        Some(rule) if rule.demands_attribute => {
            error(text::keeps_postfix_from_every_server_whose(&rule.constraint), text::it_was_made_by_an_earlier(&repair))
        }
        Some(rule) => fine(verbatim!("{}: {}", rule.constraint, rule.recorded)),
        None => fine(text::none_a_start_compares_the_ids(&repair)),
    };
    report.put(text::rule_for_uid_and_gid(), text::it_bans_only_a_server(), verdict);
    let name = attribute::ids(&hierarchy.id);
    let mut known: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut silent: Vec<&str> = Vec::new();
    for node in hierarchy.extended() {
        match cib.node_attributes(node).remove(&name) {
            Some(value) => known.entry(value).or_default().push(node),
            None => silent.push(node),
        }
    }
    let mut values: BTreeSet<&str> = known.keys().map(String::as_str).collect();
    let recorded = rule.as_ref().map(|rule| rule.recorded.as_str());
    let unpublished_record = recorded.filter(|r| !known.is_empty() && !values.contains(r));
    values.extend(unpublished_record);
    let shown = || {
        let published = known.iter().map(|(ids, nodes)| super::value_on(ids, nodes));
        text::list(published.chain(unpublished_record.map(text::value_recorded)))
    };
    let verdict = if values.len() > 1 {
        let users: BTreeSet<&str> = values.iter().filter_map(|k| k.split(':').next()).collect();
        let message = if users.len() > 1 { Message::OwnerIdDiffers } else { Message::GroupIdDiffers };
        let todo = text::give_the_user_and_the_group(&hierarchy.id);
        error(Text::verbatim(message.found(text::in_english(shown).to_string())), todo)
    } else if silent.is_empty() {
        fine(shown())
    } else if super::super::repair::lacks_names(cib, hierarchy) {
        warning(text::not_published_by(silent.join(", ")), text::main_cf_is_on_a_shared(silent[0], &repair))
    } else {
        warning(
            text::not_published_by(silent.join(", ")),
            text::compare_them_postkeeper_verify(&hierarchy.tag, hierarchy.extended().join(" "), &hierarchy.id),
        )
    };
    report.put(text::uid_of_mail_owner_and_gid(), text::published_by_every_server(), verdict);
}

/// That the tuning parameters have values that the agent can use: it goes on without them, and only its log says so.
fn tuning(hierarchy: &Hierarchy, config: Option<&Config>, report: &mut Report) {
    let set = |names: &[&str]| {
        let values: Vec<String> = names.iter().map(|name| format!("{name}=VALUE")).collect();
        format!("postkeeper set {} {}", hierarchy.tag, values.join(" "))
    };
    let judge = |p: &Parameter| Some((p.name, p.read(hierarchy.parameter(p.name)?.as_ref()).err()?.to_string()));
    let (names, unusable): (Vec<&str>, Vec<String>) = PARAMETERS.iter().filter(|p| p.tuning).filter_map(judge).unzip();
    let verdict = if names.is_empty() {
        fine(text::all_can_be_used())
    } else {
        warning(Text::verbatim(unusable.join("; ")), text::until_they_are_set_the_defaults(set(&names)))
    };
    report.put(text::tuning_parameters(), text::values_that_can_be_used(), verdict);
    let entries = facts::endpoints_of(hierarchy);
    if let Some(config) = config.filter(|_| !entries.is_empty()) {
        let (looked_at, _) = endpoint::select(config.endpoints.clone(), &entries);
        let none = config.unnamed(&entries);
        let verdict = if none.is_empty() {
            fine(Text::verbatim(text::joined(looked_at)))
        } else {
            let found = parameters::names_nothing(&none, none.len() == entries.len());
            warning(found, text::name_services_or_ports_as_master(set(&["endpoints"])))
        };
        report.put(text::endpoints_that_are_checked(), text::each_entry_names_a_service(), verdict);
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Level;
    use super::*;

    fn judged(verdict: CheckResult) -> (Level, String) {
        let mut report = Report::default();
        report.put(Text::default(), Text::default(), verdict);
        let item = report.items.remove(0);
        (item.level, item.found.to_string())
    }

    /// A cluster of two with these properties and resources.
    fn cib(properties: &[(&str, &str)], resources: &str) -> Cib {
        let pair = |(n, v): &(&str, &str)| format!("<nvpair id=\"p-{n}\" name=\"{n}\" value=\"{v}\"/>");
        let pairs: String = properties.iter().map(pair).collect();
        Cib::parse(&format!(
            "<cib><configuration><crm_config><cluster_property_set id=\"p\">{pairs}</cluster_property_set></crm_config>\
             <nodes><node id=\"1\" uname=\"n1\"/><node id=\"2\" uname=\"n2\"/></nodes><resources>{resources}</resources></configuration></cib>"
        ))
        .unwrap()
    }

    /// Where what is active is not known.
    fn fencing_of(cib: &Cib) -> CheckResult {
        fencing(cib, None, &Live::default())
    }

    const FENCE: &str = "<primitive id=\"f\" class=\"stonith\" type=\"fence_x\"/>";

    #[test]
    fn fencing_that_is_off_is_off_however_it_is_written() {
        for (name, value) in
            [("stonith-enabled", "off"), ("stonith-enabled", "No"), ("fencing-enabled", "FALSE"), ("stonith-enabled", "n")]
        {
            let (level, found) = judged(fencing_of(&cib(&[(name, value)], FENCE)));
            assert_eq!((level, found.starts_with(&format!("{name}={value}"))), (Level::Error, true), "{found}");
        }
        let new_name_wins = [("stonith-enabled", "false"), ("fencing-enabled", "true")];
        assert_eq!(judged(fencing_of(&cib(&new_name_wins, FENCE))).0, Level::Ok);
        for (properties, name) in [(&[] as &[_], "stonith-enabled"), (&[("fencing-enabled", "true")], "fencing-enabled")] {
            let mut report = Report::default();
            report.put(text::fencing(), text::on(), fencing_of(&cib(properties, "")));
            assert!(report.items[0].todo.as_str().contains(&format!("set {name}=true")), "{report}");
        }
        assert_eq!(judged(fencing_of(&cib(&[("stonith-enabled", "Yes")], FENCE))), (Level::Ok, "1 fence device(s)".to_owned()));
    }

    #[test]
    fn a_fence_device_counts_wherever_it_is_and_one_that_is_disabled_does_not() {
        for around in
            ["<group id=\"g\">@</group>", "<clone id=\"c\">@</clone>", "<clone id=\"c\"><group id=\"g\">@</group></clone>"]
        {
            assert_eq!(judged(fencing_of(&cib(&[], &around.replace('@', FENCE)))).0, Level::Ok, "{around}");
        }
        let disabled = "<primitive id=\"f\" class=\"stonith\" type=\"fence_x\"><meta_attributes id=\"m\">\
            <nvpair id=\"r\" name=\"target-role\" value=\"Stopped\"/></meta_attributes></primitive>";
        assert_eq!(
            judged(fencing_of(&cib(&[], disabled))),
            (Level::Error, "no fence device but f, which is disabled".to_owned())
        );
        assert_eq!(judged(fencing_of(&cib(&[], ""))), (Level::Error, "no fence device".to_owned()));
    }

    #[test]
    fn a_server_that_no_fence_device_lists_is_told() {
        let device = |parameters: &[(&str, &str)]| {
            let pair = |(n, v): &(&str, &str)| format!("<nvpair id=\"f-{n}\" name=\"{n}\" value=\"{v}\"/>");
            let pairs: String = parameters.iter().map(pair).collect();
            FENCE.replace("/>", &format!("><instance_attributes id=\"i\">{pairs}</instance_attributes></primitive>"))
        };
        for (parameters, missing) in [
            (&[("pcmk_host_list", "n1")] as &[_], "n2"),
            (&[("pcmk_host_list", "n1 N2")], ""),
            (&[("pcmk_host_list", "n1,n2;n3")], ""),
            (&[("pcmk_host_list", "n11 n22"), ("pcmk_host_check", "static-list")], "n1, n2"),
            (&[("pcmk_host_map", "n1:1;n2:2,3")], ""),
            (&[("pcmk_host_map", "n1=n2")], "n2"),
            (&[("pcmk_host_map", "n1:1"), ("pcmk_host_list", "n2")], ""),
            (&[("pcmk_host_map", "n1:1"), ("pcmk_host_check", "dynamic-list")], ""),
            (&[("pcmk_host_list", "n1"), ("pcmk_host_check", "none")], ""),
            (&[("ipaddr", "n1")], ""),
        ] {
            let (level, found) = judged(fencing_of(&cib(&[], &device(parameters))));
            let expected = match missing {
                "" => (Level::Ok, "1 fence device(s)".to_owned()),
                missing => (Level::Error, format!("no working fence device for {missing}")),
            };
            assert_eq!((level, found), expected, "{parameters:?}");
        }
        let one = device(&[("pcmk_host_list", "n1")]);
        let both = one.clone() + &one.replace("\"f", "\"g").replace("n1", "n2").replace("\"i\"", "\"j\"");
        assert_eq!(judged(fencing_of(&cib(&[], &both))).0, Level::Ok);
        let watchdog = [("stonith-watchdog-timeout", "10s"), ("have-watchdog", "true")];
        assert_eq!(judged(fencing_of(&cib(&watchdog, &one))).0, Level::Ok, "n2 resets itself");
        let template = device(&[("pcmk_host_list", "n1")]).replace("primitive", "template").replace("\"f\"", "\"t\"")
            + "<primitive id=\"f\" template=\"t\"/>";
        assert_eq!(judged(fencing_of(&cib(&[], &template))).0, Level::Error);
        let guest = "<primitive id=\"m\" class=\"ocf\" provider=\"postkeeper\" type=\"postfix\"/><primitive id=\"vm\" class=\"ocf\" \
            provider=\"heartbeat\" type=\"VirtualDomain\"><meta_attributes id=\"vm-m\"><nvpair id=\"vm-n\" name=\"remote-node\" \
            value=\"g1\"/></meta_attributes></primitive>";
        let cib = cib(&[], &(device(&[("pcmk_host_list", "n1 n2")]) + guest));
        let hierarchy = crate::cluster::hierarchy::all(&cib, crate::admin::AGENT).remove(0);
        assert!(hierarchy.extended().contains(&"g1"));
        assert_eq!(judged(fencing(&cib, Some(&hierarchy), &Live::default())).0, Level::Ok);
    }

    #[test]
    fn a_fence_device_that_does_not_run_counts_only_where_no_server_could_run_it() {
        let look = |device: &str, of_n2: &str, failures: &str| {
            let xml = format!(
                "<x><nodes><node name=\"n1\" online=\"true\"/><node name=\"n2\" {of_n2}/></nodes>\
                 <resources>{device}</resources><failures>{failures}</failures></x>"
            );
            judged(fencing(&cib(&[], FENCE), None, &Live::parse(&Element::parse(&xml).unwrap())))
        };
        let (there, gone) = ("online=\"true\"", "online=\"false\"");
        let stopped = "<resource id=\"f\" role=\"Stopped\" active=\"false\" managed=\"true\"/>";
        let runs = "<resource id=\"f\" role=\"Started\" active=\"true\" managed=\"true\"><node name=\"n1\"/></resource>";
        let failed = runs.replace("managed", "failed=\"true\" managed");
        let on_n1 = "<failure op_key=\"f_start_0\" node=\"n1\" task=\"start\" interval=\"0\"/>";
        let told = (Level::Error, "no working fence device for n1, n2; failed or stopped: f".to_owned());
        assert_eq!(look(runs, there, "").0, Level::Ok);
        assert_eq!(look(stopped, there, ""), told);
        assert_eq!(look(&failed, there, on_n1), told);
        assert_eq!(look(stopped, gone, on_n1), told);
        assert_eq!(look(stopped, gone, "").0, Level::Ok, "it may run on n2 alone");
        assert_eq!(look(&stopped.replace("\"true\"", "\"false\""), there, "").0, Level::Ok, "in maintenance");
        let clone =
            format!("<clone id=\"c\">{}{}</clone>", runs.replace("\"f\"", "\"f:0\""), stopped.replace("\"f\"", "\"f:1\""));
        assert_eq!(look(&clone, there, "").0, Level::Ok);
    }

    #[test]
    fn a_watchdog_alone_is_fencing_too() {
        let (level, found) = judged(fencing_of(&cib(&[("stonith-watchdog-timeout", "10s"), ("have-watchdog", "true")], "")));
        assert!(level == Level::Ok && found.contains("SBD") && found.contains("quorum device"), "{found}");
        let (level, found) = judged(fencing_of(&cib(&[("stonith-watchdog-timeout", "10s"), ("have-watchdog", "false")], "")));
        assert!(level == Level::Error && found.contains("no watchdog"), "{found}");
        let new_name_wins = [("stonith-watchdog-timeout", "0"), ("fencing-watchdog-timeout", "10s"), ("have-watchdog", "true")];
        let (level, found) = judged(fencing_of(&cib(&new_name_wins, "")));
        assert!(level == Level::Ok && found.contains("fencing-watchdog-timeout=10s"), "{found}");
        for off in ["0", "0s", ""] {
            let unused = [("stonith-watchdog-timeout", off), ("have-watchdog", "true")];
            assert_eq!(judged(fencing_of(&cib(&unused, ""))), (Level::Error, "no fence device".to_owned()));
        }
    }

    #[test]
    fn each_tuning_parameter_that_cannot_be_used_is_told_with_what_sets_it() {
        let judged_tuning = |parameters: &[(&str, &str)]| {
            let pair = |(n, v): &(&str, &str)| format!("<nvpair id=\"{n}\" name=\"{n}\" value=\"{v}\"/>");
            let pairs: String = parameters.iter().map(pair).collect();
            let cib = cib(
                &[],
                &format!(
                    "<primitive id=\"m\" class=\"ocf\" provider=\"postkeeper\" type=\"postfix\">\
                     <instance_attributes id=\"i\">{pairs}</instance_attributes></primitive>"
                ),
            );
            let mut report = Report::default();
            tuning(&crate::cluster::hierarchy::all(&cib, crate::admin::AGENT)[0], None, &mut report);
            let item = report.items.remove(0);
            (item.level, item.found.to_string(), item.todo.to_string())
        };
        let fine = (Level::Ok, "all can be used".to_owned(), String::new());
        assert_eq!(judged_tuning(&[]), fine);
        assert_eq!(
            judged_tuning(&[("drain", "5s"), ("endpoints", "smtp, 587"), ("queue_dir", "x")]),
            fine,
            "queue_dir tunes nothing"
        );
        let (level, found, todo) = judged_tuning(&[("drain", "soon"), ("watch", "true"), ("endpoints", "smtp/inet")]);
        assert_eq!(level, Level::Warning);
        assert!(found.contains("drain: \"soon\" is not valid") && found.contains("endpoints: \"smtp/inet\" is not valid"));
        assert_eq!(todo, "Until they are set the defaults are used: postkeeper set m drain=VALUE endpoints=VALUE");
    }

    #[test]
    fn a_server_that_is_not_probed_is_told() {
        let postfix = "<primitive id=\"m\" class=\"ocf\" provider=\"postkeeper\" type=\"postfix\"/>";
        let looked_at = |properties: &[(&str, &str)], constraints: &str| {
            let mut cib = cib(properties, postfix);
            let parsed = Element::parse(&format!("<x>{constraints}</x>")).unwrap();
            parsed.children().for_each(|c| cib.section_mut("constraints").push(c.clone()));
            let hierarchy = crate::cluster::hierarchy::all(&cib, crate::admin::AGENT).remove(0);
            judged(probes(&cib, &hierarchy)).0
        };
        let prefers = |id: &str, node: &str, discovery: &str, score: &str| {
            format!("<rsc_location id=\"{id}\" rsc=\"m\" node=\"{node}\" score=\"{score}\" resource-discovery=\"{discovery}\"/>")
        };
        assert_eq!(looked_at(&[], ""), Level::Ok);
        assert_eq!(looked_at(&[("enable-startup-probes", "No")], ""), Level::Warning);
        assert_eq!(looked_at(&[], &prefers("a", "n1", "never", "10")), Level::Warning);
        assert_eq!(looked_at(&[], &prefers("a", "n1", "never", "-INFINITY")), Level::Ok, "it may not run there anyway");
        assert_eq!(looked_at(&[], &prefers("a", "n1", "exclusive", "10")), Level::Warning, "n2 is not probed");
        let both = prefers("a", "n1", "exclusive", "10") + &prefers("b", "n2", "exclusive", "5");
        assert_eq!(looked_at(&[], &both), Level::Ok);
    }
}
