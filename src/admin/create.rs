//! create: makes a hierarchy from a Postfix configuration and existing resources.

use std::cell::RefCell;
use std::path::Path;

use anyhow::Result;
use clap::Args;

use super::act::{self, Options, Situation};
use super::facts::{self, Facts};
use super::{Exit, Refusal, depend, interface, parts, refused, remote, report, servers};
use crate::cluster::change::{Change, Primitive};
use crate::cluster::cib::{Cib, Resource};
use crate::cluster::hierarchy;
use crate::cluster::ids;
use crate::cluster::plan::Plan;
use crate::cluster::provides;
use crate::postfix::config;
use crate::postfix::fault::Message;
use crate::system::{file, mount};
use crate::text::{self, Text};

#[derive(Clone, Debug, Args)]
#[command(about = text::help_create(), long_about = text::paragraphs([text::help_create(), text::help_create_more()]))]
pub struct Arguments {
    #[arg(help = text::help_config_dir(), long, value_name = "DIR", default_value = "/etc/postfix")]
    pub config_dir: String,
    #[arg(help = text::help_binary_dir(), long, value_name = "DIR", default_value = "/usr/sbin")]
    pub binary_dir: String,
    #[arg(help = text::help_create_queue_dir(), long, value_name = "DIR")]
    pub queue_dir: Option<String>,
    #[arg(help = text::help_create_server(), long, value_name = "NODE")]
    pub server: Option<String>,
    #[arg(help = text::help_create_switchback(), long, value_enum, default_value_t)]
    pub switchback: parts::SwitchbackKind,
    #[arg(help = text::help_create_tag(), long)]
    pub tag: Option<String>,
    #[arg(help = text::help_create_priority(), long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=999))]
    pub priority: i64,
    #[arg(help = text::help_create_group(), long, value_name = "NAME")]
    pub group: Option<String>,
    #[arg(help = text::help_create_depends_on(), long, value_name = "ID", num_args = 1..)]
    pub depends_on: Vec<String>,
    #[arg(help = text::help_shell(), long, value_name = "COMMAND", default_value = "ssh")]
    pub shell: String,
    #[arg(help = text::help_create_handed_over(), long, hide = true)]
    handed_over: bool,
    #[command(flatten)]
    pub options: Options,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let options = &arguments.options;
    let title = |s: &Situation| text::to_be_created(arguments.server.as_deref().unwrap_or(&s.here));
    let first = Situation::now()?;
    if let Some(server) = arguments.server.as_ref().filter(|server| **server != first.here && !arguments.handed_over) {
        servers::ready(&first, server)?;
        let code = remote::hand_over(&arguments.shell, server)?;
        interface::leave();
        return Ok(Exit::from_code(code));
    }
    let made = RefCell::new(String::new());
    let make = |s: &Situation| plan(arguments, s).inspect(|plan| made.borrow_mut().clone_from(&plan.resources[0]));
    let Some(before) = act::carry_out(&title(&first), options, &make)? else { return Ok(Exit::Done) };
    let id = made.take();
    report::arrival(&before, options, &id, Some(arguments.server.as_deref().unwrap_or(&before.here)))
}

fn facts(arguments: &Arguments, situation: &Situation) -> Result<Facts> {
    let server = arguments.server.as_deref().unwrap_or(&situation.here);
    servers::ready(situation, server)?;
    if server != situation.here {
        let what = text::files_can_only_be_checked_on(server, &situation.here);
        return Err(Refusal::new(what).about("server").advise(text::run_the_same_command_on_shell(server)).into());
    }
    let mut instance = facts::instance(&|name| match name {
        "config_dir" => Some(arguments.config_dir.clone()),
        "binary_dir" => Some(arguments.binary_dir.clone()),
        "queue_dir" => arguments.queue_dir.clone(),
        _ => None,
    });
    // An empty value is a mistake, not a default.
    if arguments.queue_dir.as_deref() == Some("") {
        instance.queue_dir = Some("".into());
    }
    let check_reachable = |path: &Path| {
        // A link has a target even if that does not exist yet.
        let path = file::target(path);
        let mut holding = provides::holding(&situation.cib, &path).into_iter();
        holding.try_for_each(|(resource, _)| parts::check_in_service(&situation.live, &resource, server))
    };
    let queue = instance.queue_dir.clone().or_else(|| config::queue_directory_text(&instance.main_cf()));
    Facts::gather(instance, &check_reachable).map_err(|refusal| {
        let is_missing = refusal.message == Some(Message::QueueNotFound);
        // The queue may be in a pool that is imported on another server.
        let pool = situation.cib.resources().into_iter().find(|r| is_missing && provides::is_unknown_here(&situation.cib, r));
        if let Some(Err(elsewhere)) = pool.map(|pool| parts::check_in_service(&situation.live, &pool, server)) {
            return elsewhere.into();
        }
        let holds_it = |queue: &Path| !provides::holding(&situation.cib, queue).is_empty();
        match queue.map(|queue| file::target(&queue)).filter(|queue| is_missing && !holds_it(queue)) {
            Some(queue) => {
                // Only the path is known.
                let point = queue.parent().filter(|p| p.parent().is_some()).unwrap_or(&queue);
                refusal.advise(text::cluster_has_no_resource_for_it_yet(file_system_command("DEVICE", point, "ext4"))).into()
            }
            None => refusal.into(),
        }
    })
}

/// The command that makes the resource of a file system.
fn file_system_command(device: &str, point: &Path, kind: &str) -> String {
    let point = point.display().to_string();
    let [device, directory, kind] = [device, &point, kind].map(shell_words::quote);
    format!("pcs resource create mail-fs ocf:heartbeat:Filesystem device={device} directory={directory} fstype={kind}")
}

/// The tag, and the resource id that it becomes.
fn id(arguments: &Arguments, facts: &Facts) -> Result<(String, String)> {
    let tag = arguments.tag.clone().unwrap_or_else(|| format!("postfix-on-{}", facts.queue_dir.display()));
    let id = hierarchy::id_of(&tag);
    if !parts::is_tag(&tag) {
        let what = text::cannot_be_a_tag(&tag);
        return Err(Refusal::new(what).about("tag").advise(text::give_another_one_with_tag()).into());
    }
    Ok((tag, id))
}

fn plan(arguments: &Arguments, situation: &Situation) -> Result<Plan> {
    let facts = facts(arguments, situation)?;
    let cib = &situation.cib;
    let (tag, id) = id(arguments, &facts)?;
    unused(cib, &facts, &tag, &id)?;
    let named = named(cib, &id, &arguments.depends_on)?;
    let needed = dependencies(cib, &facts, &named)?;
    let mut plan = Plan::of(&[&id], Vec::new());
    plan.subject = subject(&facts, &tag, &situation.here);
    for resource in &needed {
        parts::check_in_service(&situation.live, resource, &situation.here)?;
    }
    notes(&mut plan, arguments, situation, &facts, &tag, &needed);
    let changes = &mut plan.phases[0];
    changes.push(Change::AddResource {
        primitive: primitive(arguments, cib, &facts, &tag, &id, &needed),
        group: arguments.group.clone(),
    });
    match &arguments.group {
        Some(group) => check_group(cib, group, &needed)?,
        None => changes.extend(parts::dependency_constraints(cib, &id, &needed)),
    }
    changes.push(servers::prefer(&id, &situation.here, arguments.priority));
    changes.push(servers::only_on(&id, &[&situation.here]));
    changes.push(ids::record(&id, &facts.ids));
    Ok(plan)
}

/// The values of all options, also those that were not given.
fn subject(facts: &Facts, tag: &str, server: &str) -> Vec<(&'static str, String)> {
    let path = |path: &Path| path.display().to_string();
    vec![
        ("config_dir", path(&facts.instance.config_dir)),
        ("binary_dir", path(&facts.instance.binary_dir)),
        ("queue_dir", path(&facts.queue_dir)),
        ("queue", path(&facts.queue)),
        ("tag", tag.to_owned()),
        ("server", server.to_owned()),
    ]
}

/// Checks that neither name nor instance is in use.
fn unused(cib: &Cib, facts: &Facts, tag: &str, id: &str) -> Result<()> {
    if cib.is_taken(id) {
        let what = text::id_is_in_use(id);
        return Err(Refusal::new(what).about("tag").advise(text::give_another_name_than_with_tag(tag)).into());
    }
    parts::check_config_dir_is_free(cib, &facts.instance.config_dir, None)
}

/// The resources named on the command line.
fn named<'a>(cib: &'a Cib, id: &str, names: &[String]) -> Result<Vec<Resource<'a>>> {
    let mut found: Vec<Resource<'a>> = Vec::new();
    for name in names {
        for resource in depend::members_of(cib, name)? {
            if hierarchy::dependencies(cib, &resource).iter().any(|d| d.id == id) {
                return Err(Refusal::new(text::depends_on_which_would(resource.id(), id)).into());
            }
            if found.iter().all(|r| r.id() != resource.id()) {
                found.push(resource);
            }
        }
    }
    Ok(found)
}

/// The resources of all file systems and addresses that the instance needs; file systems first, a nested one after the one it
/// is mounted in. A named resource counts for what is not found, if its agent does not show what it provides.
///
/// # Errors
/// Messages 7 and 9 when the cluster has none, with the command that makes one.
fn dependencies<'a>(cib: &'a Cib, facts: &Facts, named: &[Resource<'a>]) -> Result<Vec<Resource<'a>>> {
    let mut needed = provides::file_systems(cib);
    needed.retain(|(_, point)| facts.directories.iter().any(|path| path.starts_with(point)));
    needed.sort_by_key(|(_, point)| point.as_os_str().len());
    let mut unidentified = provides::unidentified(cib, named.to_vec()).into_iter();
    if !needed.iter().any(|(_, point)| facts.queue.starts_with(point)) && unidentified.next().is_none() {
        return Err(no_file_system(facts).into());
    }
    let unidentified = unidentified.next();
    let mut found: Vec<Resource<'a>> = needed.into_iter().map(|(resource, _)| resource).collect();
    found.extend(named.iter().filter(|r| provides::addresses(cib, r).is_empty()));
    for address in &facts.addresses {
        let has_it = provides::with_address(cib, *address);
        let of_person = |r: &&Resource<'_>| named.iter().any(|n| n.id() == r.id());
        let chosen: Vec<Resource<'a>> = has_it.iter().filter(of_person).copied().collect();
        let chosen = if chosen.is_empty() { has_it } else { chosen };
        // For example a public address that is mapped to this one.
        let stands_for_it = unidentified.is_some() || named.iter().any(|r| !provides::addresses(cib, r).is_empty());
        if chosen.is_empty() && !stands_for_it {
            let line = format!("pcs resource create mail-ip ocf:heartbeat:IPaddr2 ip={address}");
            let fault = Message::NoIpResource.of(address.to_string(), "");
            let refusal = Refusal::new(Text::verbatim(fault)).advise(text::create_it_first(&line));
            return Err(refusal.advise(text::if_another_resource_provides_it()).into());
        }
        found.extend(chosen);
    }
    found.extend(named);
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|r| seen.insert(r.id().to_owned()));
    Ok(found)
}

/// Message 7: no resource provides the queue's file system on other servers.
fn no_file_system(facts: &Facts) -> Refusal {
    let fault = Message::QueueNotFound.of(facts.queue_dir.display().to_string(), text::no_resource_mounts_it());
    let refusal = Refusal::new(Text::verbatim(fault));
    match mount::of(&facts.queue).filter(|m| m.point != Path::new("/")) {
        Some(m) => refusal
            .advise(text::create_it_first(file_system_command(&m.source, &m.point, &m.kind)))
            .advise(text::if_another_resource_mounts(m.point.display())),
        None => refusal.advise(text::put_it_on_a_file_system_that_every_server_can_mount()),
    }
}

fn check_group(cib: &Cib, name: &str, needed: &[Resource<'_>]) -> Result<()> {
    let members = cib.members(name);
    if !members.iter().any(|m| m.group.is_some_and(|g| g.id() == name)) {
        return Err(Refusal::unknown(text::there_is_no_group(name)).into());
    }
    if members.iter().any(|m| m.clone.is_some()) {
        return Err(Refusal::new(text::is_in_a_clone(name)).into());
    }
    if let Some(outside) = needed.iter().find(|r| members.iter().all(|m| m.id() != r.id())) {
        return refused(
            text::is_needed_and_is_no_member(outside.id(), name),
            text::add_it_pcs_resource_group_add(name, outside.id()),
        );
    }
    Ok(())
}

fn primitive(arguments: &Arguments, cib: &Cib, facts: &Facts, tag: &str, id: &str, needed: &[Resource<'_>]) -> Primitive {
    let holding = provides::holding(cib, &facts.queue).into_iter().rfind(|(r, _)| needed.iter().any(|n| n.id() == r.id()));
    // Whatever mounts it, the queue must not be used while unmounted.
    let own = || mount::of(&facts.queue).map(|m| m.point).filter(|point| point != Path::new("/"));
    let point = holding.map(|(_, point)| point).or_else(own);
    let is_shared = !provides::holding(cib, &file::target(&facts.instance.config_dir)).is_empty();
    let names = is_shared.then(|| facts.names().map(|(_, name)| name));
    let parameters = parts::postfix_parameters(&facts.instance, &facts.queue_dir, point.as_deref(), names);
    parts::postfix_primitive(id, tag, parameters, arguments.switchback)
}

/// Notes: not errors, but worth knowing.
fn notes(plan: &mut Plan, arguments: &Arguments, situation: &Situation, facts: &Facts, tag: &str, needed: &[Resource<'_>]) {
    if facts.any_address {
        plan.notes.push(text::inet_interfaces_names_no_address_so_none(tag));
    }
    if facts.unlisted {
        let (default, own) = (facts::default_config_dir().display(), facts.instance.config_dir.display());
        plan.notes.push(text::is_not_in_alternate_config_directories(&own, default));
    }
    if !situation.live.fencing {
        plan.notes.push(text::fencing_is_off());
    }
    let stickiness = needed.iter().map(|r| (r.id(), situation.cib.meta(r, "resource-stickiness").unwrap_or_default()));
    plan.notes.extend(servers::disagreement(tag, arguments.switchback.switchback(), stickiness));
}
