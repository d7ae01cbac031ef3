//! import: a hierarchy of LifeKeeper, from what lcdstatus printed, becomes a plan for this cluster.
//!
//! Resources, dependencies, servers, priorities and switchback are those of the display; what it does not say is asked for by name
//! and never guessed. Everything is made unmanaged: LifeKeeper may still be running it, and what is not wanted here would be stopped.

mod lifekeeper;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use self::lifekeeper::{Display, Entry};
use super::act::{self, Options, Situation};
use super::parts::{self, SwitchbackKind};
use super::{Exit, Refusal, help, output, refused, servers};
use crate::cluster::change::{Change, Operation, Primitive};
use crate::cluster::cib::Cib;
use crate::cluster::hierarchy;
use crate::cluster::ids;
use crate::cluster::plan::Plan;
use crate::cluster::provides;
use crate::postfix::config::Config;
use crate::postfix::fault::Message;
use crate::postfix::{Instance, queue};
use crate::system::deadline::Deadline;
use crate::system::{file, mount};
use crate::text::{self, Text};

fn examples() -> String {
    help::examples(&format!(
        "  lcdstatus -q >svr1.txt          ({})
  postkeeper import svr1.txt svr2.txt --switchback intelligent --device /srv/mail=/dev/vg/mail,xfs --dry-run
  postkeeper import svr1=detail.txt --switchback automatic --node svr1=n1 svr2=n2",
        text::help_import_on_each()
    ))
}

#[derive(Clone, Debug, Args)]
#[command(about = text::help_import(), long_about = text::paragraphs([text::help_import(), text::help_import_more()]), after_help = examples())]
pub struct Arguments {
    #[arg(help = text::help_import_files(), required = true, value_name = "[SERVER=]FILE")]
    files: Vec<String>,
    #[arg(help = text::help_import_tag(), long)]
    tag: Option<String>,
    #[arg(help = text::help_import_switchback(), long, value_enum)]
    switchback: Option<SwitchbackKind>,
    #[arg(help = text::help_import_priority(), long, value_name = "SERVER=N", num_args = 1.., value_parser = pair)]
    priority: Vec<(String, String)>,
    #[arg(help = text::help_import_node(), long, value_name = "SERVER=NODE", num_args = 1.., value_parser = pair)]
    node: Vec<(String, String)>,
    #[arg(help = text::help_import_device(), long, value_name = "DIR=DEVICE,TYPE[,OPTIONS]", num_args = 1.., value_parser = pair)]
    device: Vec<(String, String)>,
    #[arg(help = text::help_import_id(), long, value_name = "TAG=ID", num_args = 1.., value_parser = pair)]
    id: Vec<(String, String)>,
    #[arg(help = text::help_config_dir(), long, value_name = "DIR", default_value = "/etc/postfix")]
    config_dir: String,
    #[arg(help = text::help_binary_dir(), long, value_name = "DIR", default_value = "/usr/sbin")]
    binary_dir: String,
    #[arg(help = text::help_import_queue_dir(), long, value_name = "DIR")]
    queue_dir: Option<PathBuf>,
    #[command(flatten)]
    pub options: Options,
}

fn pair(text: &str) -> Result<(String, String), Text> {
    let both = text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
    both.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(text::expected_name_value)
}

fn given<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// Larger than any display.
const LARGEST: u64 = 4 << 20;

/// The hierarchy, with all that had to be known.
struct Found {
    tag: String,
    /// Mount points, a deeper one after the one that holds it, and addresses, with the tags they had.
    file_systems: Vec<(String, PathBuf)>,
    addresses: Vec<(String, IpAddr)>,
    /// Tags that nothing here stands for.
    left: Vec<String>,
    /// Server and priority, the highest (1) first.
    servers: Vec<(String, i64)>,
    /// Where it was in service.
    active: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let displays: Vec<Display> = arguments.files.iter().map(|file| read(file)).collect::<Result<_>>()?;
    let found = understand(arguments, &displays)?;
    let Some(switchback) = arguments.switchback else {
        return refused(text::lcdstatus_does_not_show_the_switchback(), text::look_it_up_in_lifekeepers_properties());
    };
    let title = text::as_it_was_in_lifekeeper(&found.tag);
    let outcome = act::carry_out(&title, &arguments.options, &|s| plan(arguments, &found, switchback, s))?;
    if outcome.is_some() {
        output(&text::created_unmanaged());
    }
    Ok(Exit::Done)
}

fn read(argument: &str) -> Result<Display> {
    let named = argument.split_once('=').filter(|(server, _)| !server.contains('/'));
    let path = named.map_or(argument, |(_, path)| path);
    let bytes = contents(path).with_context(|| text::cannot_be_read(path))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut display = lifekeeper::parse(&text).map_err(|why| {
        Refusal::new(text::is_not_what_lcdstatus_prints(path, &why)).advise(text::save_it_again_lcdstatus_q_file())
    })?;
    if display.entries.is_empty() {
        return refused(text::shows_no_resource(path), text::save_it_where_lifekeeper_runs());
    }
    if let Some((server, _)) = named {
        if let Some(own) = display.server.as_deref().filter(|own| *own != server) {
            return Err(Refusal::new(text::is_from_not_from(path, own, server)).into());
        }
        display.server = Some(server.to_owned());
    }
    if display.server.is_none() {
        return refused(text::does_not_tell_for_certain(path), text::say_it_server(path));
    }
    Ok(display)
}

/// What a file holds; `-` is the standard input.
fn contents(path: &str) -> std::io::Result<Vec<u8>> {
    if path != "-" {
        return file::read_start(Path::new(path), LARGEST);
    }
    let mut bytes = Vec::new();
    std::io::stdin().take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn understand(arguments: &Arguments, displays: &[Display]) -> Result<Found> {
    let first = &displays[0];
    let tag = postfix_tag(arguments, first)?;
    if first.is_flat {
        return refused(text::indentation_of_the_tags_is_lost(), text::save_it_again_without_copying_by_hand());
    }
    let mut found = Found {
        tag: tag.clone(),
        file_systems: Vec::new(),
        addresses: Vec::new(),
        left: Vec::new(),
        servers: priorities(arguments, displays, &tag)?,
        active: Vec::new(),
    };
    for display in displays {
        if display.entry(&tag).is_some_and(|e| matches!(e.state.as_str(), "ISP" | "ISU")) {
            found.active.extend(display.server.clone());
        }
    }
    for entry in first.all_below(&tag) {
        let id = given(&arguments.id, &entry.tag).unwrap_or(&entry.id);
        let is_cut = id.contains("...") || id.contains('\u{2026}');
        let address = id.strip_prefix("IP-").or_else(|| id.strip_prefix("ip-")).unwrap_or(id).parse::<IpAddr>();
        if let Ok(address) = address {
            found.addresses.push((entry.tag.clone(), address));
        } else if id.starts_with('/') && !id.starts_with("/dev/") {
            if is_cut {
                return refused(text::id_of_is_cut_short(&entry.tag, id), text::say_the_mount_point(&entry.tag));
            }
            found.file_systems.push((entry.tag.clone(), PathBuf::from(id)));
        } else {
            found.left.push(format!("{} ({id})", entry.tag));
        }
    }
    found.file_systems.sort_by_key(|(_, point)| point.components().count());
    found.file_systems.dedup_by(|a, b| a.1 == b.1);
    found.addresses.dedup_by(|a, b| a.1 == b.1);
    Ok(found)
}

fn postfix_tag(arguments: &Arguments, display: &Display) -> Result<String> {
    let all: Vec<&str> = display.entries.iter().map(|e| e.tag.as_str()).collect();
    if let Some(tag) = &arguments.tag {
        if all.contains(&tag.as_str()) {
            return Ok(tag.clone());
        }
        return Err(Refusal::unknown(text::display_has_no_tag(tag)).advise(text::expected_one_of(all.join(", "))).into());
    }
    let is_it = |e: &&Entry| [&e.tag, &e.id, &e.kind].iter().any(|text| text.to_lowercase().contains("postfix"));
    let names: BTreeSet<&str> = display.entries.iter().filter(is_it).map(|e| e.tag.as_str()).collect();
    match names.len() {
        1 => Ok(names.into_iter().next().unwrap_or_default().to_owned()),
        0 => refused(text::no_tag_or_id_has_postfix(), text::say_which_it_is_with_tag(all.join(", "))),
        _ => refused(text::more_than_one_tag_or_id(), text::say_which_it_is_with_tag(text::joined(names))),
    }
}

/// Every server of the hierarchy and its priority.
fn priorities(arguments: &Arguments, displays: &[Display], tag: &str) -> Result<Vec<(String, i64)>> {
    let mut known: BTreeMap<String, i64> = BTreeMap::new();
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut add = |server: &str, priority: i64| match known.insert(server.to_owned(), priority) {
        Some(other) if other != priority => {
            let what = text::outputs_of_lcdstatus_disagree_about(server, other, priority);
            Err(Refusal::new(what).advise(text::save_them_again()))
        }
        _ => Ok(()),
    };
    for display in displays {
        let Some(entry) = display.entry(tag) else { continue };
        add(display.server.as_deref().unwrap_or_default(), entry.priority)?;
        for (server, priority) in &entry.others {
            add(server, *priority)?;
        }
        named.extend(entry.primary.iter().chain(&entry.backup).cloned());
    }
    for (server, priority) in &arguments.priority {
        let number = priority.parse().map_err(|_| Refusal::new(text::priority_of_is_no_number(server, priority)))?;
        add(server, number)?;
    }
    // A short display names the next server only, so a third one may be missing.
    let others = displays
        .iter()
        .flat_map(|d| &d.machines)
        .filter(|_| displays.iter().all(|d| d.entries.iter().all(|e| e.others.is_empty())));
    named.extend(others.cloned());
    let missing: Vec<&String> = named.iter().filter(|s| !known.contains_key(*s)).collect();
    if !missing.is_empty() {
        let list: Vec<&str> = missing.iter().map(|s| s.as_str()).collect();
        let refusal = Refusal::new(text::priority_of_is_not_in_what(list.join(", ")));
        let first = list[0];
        return Err(refusal.advise(text::save_lcdstatus_q_there_too(first)).into());
    }
    let mut all: Vec<(String, i64)> = known.into_iter().collect();
    all.sort_by_key(|(_, priority)| *priority);
    if let Some(pair) = all.windows(2).find(|w| w[0].1 == w[1].1) {
        return Err(Refusal::new(text::two_have_the_same_priority(&pair[0].0, &pair[1].0, pair[0].1)).into());
    }
    if let Some((server, priority)) = all.iter().find(|(_, p)| !(1..=999).contains(p)) {
        return Err(Refusal::new(text::priority_of_is(server, priority)).into());
    }
    Ok(all)
}

fn plan(arguments: &Arguments, found: &Found, switchback: SwitchbackKind, situation: &Situation) -> Result<Plan> {
    let cib = &situation.cib;
    let id = hierarchy::id_of(&found.tag);
    if cib.is_taken(&id) {
        return Err(Refusal::new(text::id_is_in_use(&id)).into());
    }
    parts::check_config_dir_is_free(cib, Path::new(&arguments.config_dir), None)?;
    let nodes = nodes(arguments, found, cib)?;
    let Dependencies { ids: parts, made } = dependencies(arguments, found, switchback, cib)?;
    let mut plan = Plan::of(&[&id], Vec::new());
    let (parameters, queue) = postfix_parameters(arguments, found, &mut plan)?;
    let mut postfix = parts::postfix_primitive(&id, &found.tag, parameters, switchback);
    postfix.meta.push(UNMANAGED.map(str::to_owned).into());
    let primitives: Vec<Primitive> = made.into_iter().chain([postfix]).collect();
    let made: Vec<String> = primitives.iter().map(|primitive| primitive.id.clone()).collect();
    plan.phases[0].extend(primitives.into_iter().map(|primitive| Change::AddResource { primitive, group: None }));
    // What ties them is decided as in create: with all of them there.
    let mut with = cib.clone();
    plan.phases[0].iter().try_for_each(|change| change.apply(&mut with))?;
    let needed: Vec<_> = parts.iter().filter_map(|p| with.resource(p)).collect();
    let ties = parts::dependency_constraints(&with, &id, &needed);
    let changes = &mut plan.phases[0];
    changes.extend(ties);
    changes.extend(nodes.iter().map(|(node, priority)| servers::prefer(&id, node, *priority)));
    let names: Vec<&str> = nodes.iter().map(|(node, _)| *node).collect();
    changes.push(servers::only_on(&id, &names));
    match queue::ids(&queue) {
        Some(ids) => changes.push(ids::record(&id, &ids)),
        // Those of the users here need not be right: this may be no server of the hierarchy.
        None => plan.notes.push(text::queue_is_not_here(&found.tag)),
    }
    plan.resources.extend(made.iter().cloned());
    notes(&mut plan, found, &made);
    let stickiness = |p: &str| cib.resource(p).and_then(|r| cib.meta(&r, "resource-stickiness")).unwrap_or_default();
    let used = parts.iter().filter(|p| !made.contains(p)).map(|p| (p.as_str(), stickiness(p)));
    plan.notes.extend(servers::disagreement(&found.tag, switchback.switchback(), used));
    Ok(plan)
}

/// The node in the place of each server, and its priority.
fn nodes<'a>(arguments: &'a Arguments, found: &'a Found, cib: &Cib) -> Result<Vec<(&'a str, i64)>> {
    let mut nodes: Vec<(&str, i64)> = Vec::new();
    for (server, priority) in &found.servers {
        let node = given(&arguments.node, server).unwrap_or(server);
        if !cib.nodes().contains(&node) {
            let refusal = Refusal::unknown(text::cluster_has_no_server(node));
            return Err(refusal.advise(text::expected_one_of_name_the_one(cib.nodes().join(", "), server)).into());
        }
        if nodes.iter().any(|(other, _)| *other == node) {
            return Err(Refusal::new(text::cannot_take_the_place_of_two(node)).into());
        }
        nodes.push((node, *priority));
    }
    Ok(nodes)
}

/// The resources that Postfix depends on.
#[derive(Default)]
struct Dependencies {
    ids: Vec<String>,
    /// Those that the cluster does not have.
    made: Vec<Primitive>,
}

impl Dependencies {
    /// Nothing may have the id that the new resource for `subject` gets. Under another id it may be there before.
    fn make(&mut self, cib: &Cib, primitive: Primitive, subject: &str) -> Result<()> {
        let (id, agent) = (&primitive.id, primitive.agent.join(":"));
        if cib.is_taken(id) {
            return refused(
                text::id_is_in_use_and_not_by_the_resource_of(id, subject),
                text::rename_or_remove_it(subject, &agent),
            );
        }
        self.ids.push(id.clone());
        self.made.push(primitive);
        Ok(())
    }
}

fn dependencies(arguments: &Arguments, found: &Found, switchback: SwitchbackKind, cib: &Cib) -> Result<Dependencies> {
    let mut all = Dependencies::default();
    for (tag, point) in &found.file_systems {
        let there = file::target(point);
        match provides::file_systems(cib).into_iter().find(|(_, known)| *known == there) {
            Some((r, _)) => all.ids.push(r.id().to_owned()),
            None => all.make(cib, file_system(arguments, tag, point, switchback)?, &point.display().to_string())?,
        }
    }
    for (tag, address) in &found.addresses {
        match provides::with_address(cib, *address).as_slice() {
            [] => {
                let operations = [("start", "0s", "20s"), ("stop", "0s", "20s"), ("monitor", "10s", "20s")];
                let parameters = [("ip", address.to_string())];
                let primitive = primitive(&named("ip", tag), "IPaddr2", &parameters, &operations, switchback);
                all.make(cib, primitive, &address.to_string())?;
            }
            there => all.ids.extend(there.iter().map(|r| r.id().to_owned())),
        }
    }
    Ok(all)
}

fn notes(plan: &mut Plan, found: &Found, made: &[String]) {
    if !found.left.is_empty() {
        plan.notes.push(text::nothing_here_stands_for(found.left.join(", ")));
    }
    if !found.active.is_empty() {
        plan.notes.push(text::when_it_was_saved(found.active.join(", ")));
    }
    plan.notes.push(text::it_is_created_unmanaged());
    plan.notes.push(text::when_postkeeper_verify_has_no_error());
    plan.notes.push(text::then_let_the_cluster_manage_it(made.join(" ")));
}

/// A resource id from a tag; one that begins with neither letter nor `_` gets a word before it.
fn named(word: &str, tag: &str) -> String {
    let id: String =
        hierarchy::id_of(tag).chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    if id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        id
    } else {
        format!("{word}-{}", id.trim_start_matches('-'))
    }
}

/// What keeps the cluster from stopping what LifeKeeper runs, on whichever server.
const UNMANAGED: [&str; 2] = ["is-managed", "false"];

fn primitive(
    id: &str,
    agent: &str,
    parameters: &[(&str, String)],
    operations: &[(&str, &str, &str)],
    switchback: SwitchbackKind,
) -> Primitive {
    let operation = |(name, interval, timeout): &(&str, &str, &str)| Operation {
        name: name.to_string(),
        interval: interval.to_string(),
        timeout: timeout.to_string(),
        level: None,
    };
    Primitive {
        id: id.to_owned(),
        agent: ["ocf", "heartbeat", agent].map(str::to_owned),
        description: None,
        parameters: parameters.iter().map(|(n, v)| (n.to_string(), v.clone())).collect(),
        meta: [["resource-stickiness", switchback.stickiness()], UNMANAGED].map(|pair| pair.map(str::to_owned).into()).into(),
        operations: operations.iter().map(operation).collect(),
    }
}

/// How a file system is mounted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Mounting {
    device: String,
    kind: String,
    options: String,
}

impl Mounting {
    /// As fstab(5) has it for a mount point.
    fn listed(table: &str, point: &Path) -> Option<Mounting> {
        let plain = |field: &str| String::from_utf8_lossy(&mount::unescape(field.as_bytes())).into_owned();
        let lines = table.lines().map(|line| line.split_whitespace().map(plain).collect::<Vec<_>>());
        let fields = lines.into_iter().find(|f| f.len() > 2 && !f[0].starts_with('#') && Path::new(&f[1]) == point)?;
        // Those that say when it is mounted at boot; here the cluster decides that.
        let is_of_boot = |o: &str| ["defaults", "auto", "noauto", "nofail", "_netdev"].contains(&o) || o.starts_with("x-");
        let options = fields.get(3).into_iter().flat_map(|list| list.split(',')).filter(|option| !is_of_boot(option));
        let options = options.collect::<Vec<_>>().join(",");
        Some(Mounting { device: fields[0].clone(), kind: fields[2].clone(), options })
    }

    /// From `DEVICE,TYPE[,OPTIONS]`; a device with a path or a label may have commas before that: `mon1,mon2:/,ceph`.
    fn stated(text: &str) -> Option<Mounting> {
        let words: Vec<&str> = text.split(',').collect();
        let is_label = words[0].contains('=');
        let last = words.iter().position(|word| is_label || word.contains('/')).unwrap_or(0);
        let (device, rest) = words.split_at(last + 1);
        let (kind, options) = rest.split_first()?;
        Some(Mounting { device: device.join(","), kind: kind.to_string(), options: options.join(",") })
    }
}

fn file_system(arguments: &Arguments, tag: &str, point: &Path, switchback: SwitchbackKind) -> Result<Primitive> {
    let directory = point.display().to_string();
    let (answer, question) = match given(&arguments.device, &directory) {
        Some(text) => (Mounting::stated(text), text::of_which_type_is_the_file(text)),
        None => {
            let table = file::read_text("/etc/fstab");
            (Mounting::listed(&table, point), text::which_device_is_mounted_on(&directory))
        }
    };
    let Some(Mounting { device, kind, options }) = answer.filter(|m| !m.device.is_empty() && !m.kind.is_empty()) else {
        return refused(question, text::say_it_with_the_type(&directory));
    };
    let operations = [("start", "0s", "60s"), ("stop", "0s", "60s"), ("monitor", "20s", "40s")];
    let mut parameters = vec![("device", device), ("directory", directory), ("fstype", kind)];
    parameters.extend((!options.is_empty()).then_some(("options", options)));
    Ok(primitive(&named("fs", tag), "Filesystem", &parameters, &operations, switchback))
}

/// The parameters of Postfix and its queue, links resolved; and that queue and addresses are among what was taken over.
fn postfix_parameters(arguments: &Arguments, found: &Found, plan: &mut Plan) -> Result<(Vec<(String, String)>, PathBuf)> {
    let instance = Instance {
        config_dir: PathBuf::from(&arguments.config_dir),
        binary_dir: PathBuf::from(&arguments.binary_dir),
        ..Instance::default()
    };
    let config = Config::read(&instance, Deadline::after(Duration::from_secs(20)));
    let queue = match (&arguments.queue_dir, &config) {
        (Some(queue), _) => queue.clone(),
        (None, Ok(config)) => config.queue_directory.clone(),
        (None, Err(fault)) => {
            return refused(text::queue_is_not_known(fault), text::run_this_where_main_cf_can());
        }
    };
    // A symbolic link to the shared file system is the kit's own advice.
    let resolved = file::target(&queue);
    let holding = found.file_systems.iter().rev().find(|(_, point)| resolved.starts_with(point) || queue.starts_with(point));
    let Some((_, point)) = holding else {
        let points: Vec<String> = found.file_systems.iter().map(|(_, p)| p.display().to_string()).collect();
        let fault = Message::QueueNotFound.of(queue.display().to_string(), text::hierarchy_has(points.join(", ")));
        return refused(Text::verbatim(fault), text::say_the_right_one_with_queue());
    };
    match &config {
        Ok(config) => {
            if let Some(address) = config.own_addresses().iter().find(|ip| !found.addresses.iter().any(|(_, a)| a == *ip)) {
                let fault = Message::NoIpResource.of(address.to_string(), text::address_is_not_in_the_hierarchy());
                return refused(Text::verbatim(fault), text::is_this_the_configuration());
            }
        }
        Err(fault) => plan.notes.push(text::inet_interfaces_was_not_compared(fault)),
    }
    let directory = file::target(&instance.config_dir);
    let is_shared = found.file_systems.iter().any(|(_, point)| directory.starts_with(point));
    let names = config.as_ref().ok().filter(|_| is_shared).map(|c| [c.mail_owner.as_str(), &c.setgid_group]);
    Ok((parts::postfix_parameters(&instance, &queue, Some(point), names), resolved))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounting(device: &str, kind: &str, options: &str) -> Option<Mounting> {
        Some(Mounting { device: device.to_owned(), kind: kind.to_owned(), options: options.to_owned() })
    }

    #[test]
    fn what_fstab_says_of_a_file_system_is_kept_but_for_what_is_of_the_boot() {
        let table = "# /dev/no /srv/mail ext3\n/dev/vg/mail /srv/mail ext4 noauto,noatime,errors=panic,nofail,x-systemd.automount,_netdev 0 2\n\
                     UUID=a\t/srv/a\\040b\txfs\tdefaults\nfiler:/c /srv/c nfs\n";
        let listed = |point: &str| Mounting::listed(table, Path::new(point));
        assert_eq!(listed("/srv/mail"), mounting("/dev/vg/mail", "ext4", "noatime,errors=panic"));
        assert_eq!(listed("/srv/a b"), mounting("UUID=a", "xfs", ""));
        assert_eq!(listed("/srv/c"), mounting("filer:/c", "nfs", ""));
        assert_eq!(listed("/srv"), None);
    }

    #[test]
    fn a_device_is_given_with_its_type_and_its_options() {
        for (text, wanted) in [
            ("/dev/vg/mail,xfs", mounting("/dev/vg/mail", "xfs", "")),
            ("/dev/vg/mail,xfs,noatime,logdev=/dev/log", mounting("/dev/vg/mail", "xfs", "noatime,logdev=/dev/log")),
            ("UUID=a-b,ext4,data=journal", mounting("UUID=a-b", "ext4", "data=journal")),
            ("mon1:6789,mon2:6789:/,ceph,name=mail", mounting("mon1:6789,mon2:6789:/", "ceph", "name=mail")),
            ("tmpfs,tmpfs,size=1g", mounting("tmpfs", "tmpfs", "size=1g")),
            ("/dev/vg/mail", None),
        ] {
            assert_eq!(Mounting::stated(text), wanted, "{text}");
        }
    }
}
