//! This server: programs, configuration, ids, storage and addresses of the instance.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::facts;
use super::report::{Report, error, fine, warning};
use super::{PROGRAMS_TIMEOUT, Subject};
use super::{service, trial};
use crate::health;
use crate::lifecycle;
use crate::ocf::parameters;
use crate::postfix::config::{self, Config};
use crate::postfix::endpoint::split_list;
use crate::postfix::fault::Message;
use crate::postfix::memory::Memory;
use crate::postfix::{Instance, queue};
use crate::system::account;
use crate::system::command::{Command, tail};
use crate::system::deadline::Deadline;
use crate::system::{file, mount, process};

/// Every check of this server. The configuration, when it can be read.
pub fn examine(subject: &Subject, report: &mut Report) -> Option<Config> {
    let instance = &subject.instance;
    report.section("programs and configuration");
    if let Err(fault) = lifecycle::validate_parameters(instance) {
        report.put("parameters", "absolute paths", fault);
        return None;
    }
    let missing = instance.missing_command().or_else(|| instance.missing_config());
    if let (Some(fault), Some(elsewhere)) = (&missing, subject.elsewhere())
        && is_away(instance, fault.message)
    {
        report.put("programs and configuration", "with their file system", fine(elsewhere));
        service::boot(report);
        return None;
    }
    let commands = instance.missing_command().map_or(Ok(instance.binary_dir.display().to_string()), Err);
    report.judge("postfix and postconf", "both executable in binary_dir", commands);
    let files = instance.missing_config().map_or(Ok(instance.config_dir.display().to_string()), Err);
    report.judge("main.cf and master.cf", "both in config_dir", files);
    agent(report);
    if missing.is_some() {
        service::boot(report);
        return None;
    }
    let read = Config::read(instance, subject.deadline());
    let version = read.as_ref().map(|c| format!("Postfix {}", c.mail_version)).map_err(Clone::clone);
    report.judge("the configuration can be read", "postconf takes both files", version);
    let Ok(config) = read else {
        service::boot(report);
        return None;
    };
    report.fact("version of Postfix", config.mail_version.clone());
    programs(subject, &config, report);
    services(subject, &config, report);
    let values = match config::everything(instance, subject.deadline()) {
        Ok(values) => values,
        Err(fault) => {
            report.put("all parameters can be read", "postconf -x and postconf -P", fault);
            BTreeMap::new()
        }
    };
    listed(subject, report);
    for name in ["myhostname", "mydestination", "myorigin"] {
        values.get(name).into_iter().for_each(|value| report.fact(format!("value of {name}"), value.clone()));
    }

    report.section("users and groups");
    ids(&config, report);

    report.section("storage");
    let queue = storage(subject, &config, report);
    if let Some(queue) = &queue {
        spool(&values, queue, report);
    }
    data_directory(subject, &config, report);

    report.section("addresses");
    addresses(subject, &config, report);
    running(subject, &config, queue.as_deref(), report);

    service::examine(subject, &config, &values, queue.as_deref(), report);
    check_command(subject, &config, queue.as_deref(), report);
    Some(config)
}

/// Whether what is missing may be on a file system that is mounted elsewhere.
fn is_away(instance: &Instance, message: Message) -> bool {
    let directory = if message == Message::NotExecutable { &instance.binary_dir } else { &instance.config_dir };
    !directory.exists()
}

fn agent(report: &mut Report) {
    let path = super::super::AGENT_PROGRAM;
    let usable = file::is_executable(Path::new(path));
    let verdict = if usable { fine(path) } else { error(format!("no {path}"), "Install postkeeper on this server.") };
    report.put("the resource agent", "installed", verdict);
    report.fact("version of postkeeper", env!("CARGO_PKG_VERSION"));
}

/// What the two commands need beside them: the daemons, and what lets users hand in mail.
fn programs(subject: &Subject, config: &Config, report: &mut Report) {
    let master = config.daemon_directory.join("master");
    let verdict = if file::is_executable(&master) {
        fine(config.daemon_directory.display().to_string())
    } else {
        error(
            format!("{} is missing or cannot be executed", master.display()),
            "Correct daemon_directory in main.cf, or install Postfix; look for noexec in the options of its file system.",
        )
    };
    report.put("daemons", "master in daemon_directory, executable", verdict);
    let postdrop = subject.instance.command("postdrop");
    let own = account::gid(&config.setgid_group, Deadline::after(PROGRAMS_TIMEOUT)).ok().flatten();
    let verdict = match fs::metadata(&postdrop) {
        Err(e) => warning(
            format!("{}: {}", postdrop.display(), file::brief(&e)),
            "Users and cron cannot hand in mail here: bring postdrop to binary_dir.",
        ),
        Ok(meta) if meta.mode() & 0o2000 == 0 || own.is_some_and(|gid| gid != meta.gid()) => warning(
            format!("{} has mode {:o} and gid {}", postdrop.display(), meta.mode() & 0o7777, meta.gid()),
            format!("chgrp {} {1} && chmod g+s {1}", config.setgid_group, postdrop.display()),
        ),
        Ok(_) if mount::of(&postdrop).is_some_and(|m| m.has("nosuid")) => warning(
            format!("{} is on a file system mounted nosuid", postdrop.display()),
            "Mount it without nosuid, or users cannot hand in mail on this server.",
        ),
        Ok(_) => fine(format!("{} is set-gid {}", postdrop.display(), config.setgid_group)),
    };
    report.put("local users can submit mail", "postdrop set-gid to setgid_group", verdict);
}

/// Services without which no mail is taken or delivered (master(5)).
const SERVICES: &[&str] = &["pickup/", "cleanup/", "qmgr/", "rewrite/", "bounce/", "defer/"];

/// That master.cf has what mail needs, and that each service has its program.
fn services(subject: &Subject, config: &Config, report: &mut Report) {
    let Ok(services) = config::services(&subject.instance, subject.deadline()) else { return };
    let lacking: Vec<&str> = SERVICES
        .iter()
        .filter(|s| !services.iter().any(|(name, _)| name.starts_with(**s)))
        .map(|s| s.trim_end_matches('/'))
        .collect();
    let is_there = |program: &str| config.daemon_directory.join(program).is_file();
    let without = services.iter().find(|(_, program)| !is_there(program));
    let verdict = if !lacking.is_empty() {
        error(format!("master.cf has no {}", lacking.join(", ")), "Put it back: it is in the master.cf that came with Postfix.")
    } else if let Some((name, program)) = without {
        error(
            format!("{name} runs {program}, which is not in {}", config.daemon_directory.display()),
            "Correct the service in master.cf, or install the part of Postfix that has the program.",
        )
    } else {
        fine(format!("{} in all", services.len()))
    };
    report.put("services", "those that mail needs, each with its program", verdict);
}

/// Whether something runs that the cluster would meet: another program on the ports, a Postfix that nobody gave it.
fn running(subject: &Subject, config: &Config, queue: Option<&Path>, report: &mut Report) {
    let memory = Memory::recall(&subject.instance);
    let master = health::find_master(&subject.instance, &memory);
    let place = master.as_ref().and_then(|m| process::working_directory(m.id.pid).ok());
    let own = queue.and_then(file::identity);
    let verdict = match (&master, subject.managed, subject.elsewhere()) {
        (Some(master), ..) if place.is_some() && own.is_some() && place != own => error(
            format!("it runs, pid {}, on another queue than main.cf names", master.id.pid),
            format!("Stop it: postfix -c {} stop; its mail stays in its own queue.", subject.instance.config_dir.display()),
        ),
        (Some(master), true, Some(elsewhere)) => error(
            format!("a Postfix of it runs here, pid {}, and the cluster has it elsewhere ({elsewhere})", master.id.pid),
            format!("Stop it at once: postfix -c {} stop; find out what started it.", subject.instance.config_dir.display()),
        ),
        (Some(master), false, _) => warning(
            format!("it runs, pid {}", master.id.pid),
            format!(
                "Before the cluster gets it: postfix -c {} stop, or let postkeeper create take it as it is.",
                subject.instance.config_dir.display()
            ),
        ),
        (Some(master), true, None) => fine(format!("it runs, pid {}, under the cluster", master.id.pid)),
        (None, ..) => fine("it does not run here"),
    };
    report.put("Postfix runs where the cluster has it", "nowhere else, and not beside it", verdict);
    if master.is_none()
        && let Some(queue) = queue
    {
        let pid_file = queue.join(&config.process_id_directory).join("master.pid");
        let lock = lifecycle::check_lock(&pid_file).map(|()| "nobody has it".to_owned());
        report.judge("the lock of the queue", "no other server or process has it", lock);
    }
    let rivals: Vec<String> =
        config.endpoints.iter().filter_map(|e| health::in_the_way(e, master.as_ref()).map(|who| format!("{e}: {who}"))).collect();
    let verdict = if rivals.is_empty() {
        fine("free")
    } else {
        error(
            rivals.join(", "),
            "Stop that program and disable it at boot, or give it another address: Postfix would share the port with it unnoticed.",
        )
    };
    report.put("ports", "nobody else listens where Postfix will", verdict);
}

/// Commands that are not run by root take only a configuration that the default one names.
fn listed(subject: &Subject, report: &mut Report) {
    let default = PathBuf::from(parameters::default("config_dir").unwrap_or_default());
    let own = &subject.instance.config_dir;
    if *own == default {
        return;
    }
    let verdict = if facts::is_listed(&subject.instance, subject.deadline()) {
        fine(format!("{} names {}", default.join("main.cf").display(), own.display()))
    } else {
        warning(
            format!("{} does not name {}", default.join("main.cf").display(), own.display()),
            format!("Add {} to alternate_config_directories in {}.", own.display(), default.join("main.cf").display()),
        )
    };
    report.put("sendmail, postqueue and postdrop take the configuration", "named in alternate_config_directories", verdict);
}

fn ids(config: &Config, report: &mut Report) {
    let unknown = |name: &str, what: &str| Message::OwnerUnknown.of(name, what);
    let judged = |found: std::io::Result<Option<u32>>, name: &str, what: &str| match found {
        Ok(id) => id.ok_or_else(|| unknown(name, what)),
        Err(e) => Err(Message::CheckFailed.found(e.to_string())),
    };
    let deadline = Deadline::after(PROGRAMS_TIMEOUT);
    let user = judged(account::uid(&config.mail_owner, deadline), &config.mail_owner, "mail_owner of main.cf");
    let group = judged(account::gid(&config.setgid_group, deadline), &config.setgid_group, "setgid_group of main.cf, a group");
    for (what, name, id) in [("mail_owner", &config.mail_owner, user), ("setgid_group", &config.setgid_group, group)] {
        if let Ok(id) = id {
            report.fact(format!("numeric id of {what} {name}"), id.to_string());
        }
        report.judge(what, "it exists, with the same number on every server", id.map(|id| format!("{name} is {id}")));
    }
}

/// The queue and its file system; its resolved path when it is here.
fn storage(subject: &Subject, config: &Config, report: &mut Report) -> Option<PathBuf> {
    let queue = match queue::locate(&subject.instance, config) {
        Ok(queue) => queue,
        Err(_) if subject.away.is_some() => {
            report.put("the queue", "where Postfix is in service", fine(subject.elsewhere().unwrap_or_default()));
            return None;
        }
        Err(fault) => {
            report.put("the queue", "there, mounted, and the one that main.cf names", fault);
            return None;
        }
    };
    report.put("the queue", "there, mounted, and the one that main.cf names", fine(queue.display().to_string()));
    if let Some(mount) = mount::of(&queue) {
        let found = format!("{} on {} ({})", mount.source, mount.point.display(), mount.kind);
        let verdict = if is_on_root(&queue) {
            error(
                format!("the queue is on this server's own root file system ({})", mount.source),
                "Put it on a file system that every server can mount (shared disk, DRBD, NFS), and mount that.",
            )
        } else {
            fine(found)
        };
        report.put("the queue's file system", "one that every server can mount", verdict);
    }
    let closed = queue.ancestors().find(|dir| fs::metadata(dir).is_ok_and(|m| m.mode() & 0o001 == 0));
    let verdict = match closed {
        Some(dir) => {
            warning(format!("{} may not be searched by everybody", dir.display()), format!("chmod o+x {}", dir.display()))
        }
        None => fine("yes"),
    };
    report.put("users can reach it", "every directory down to it may be searched (o+x)", verdict);
    report.judge("it can be written", "mounted rw", queue::check_writable(&queue).map(|()| "yes".to_owned()));
    let needed = format!("more than {} MiB", config.minimum_free.div_ceil(1 << 20));
    let space = queue::check_space(&queue, config.minimum_free).map(|()| free(&queue));
    report.judge("free space", &needed, space);
    let owned = queue::check_ids(&queue, config, Deadline::after(PROGRAMS_TIMEOUT)).map(|()| "as on this server".to_owned());
    report.judge("owners of the queue", "mail_owner, and setgid_group for maildrop", owned);
    Some(queue)
}

/// Whether it is on the file system of the root directory, which no other server can have.
fn is_on_root(path: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).ok().map(|m| m.dev());
    mount::of(path).is_some_and(|m| m.point == Path::new("/")) || device(path).is_some() && device(path) == device(Path::new("/"))
}

fn free(path: &Path) -> String {
    file::space(path).map_or_else(|e| e.to_string(), |s| format!("{} MiB, {} inodes", s.bytes >> 20, s.files.unwrap_or(0)))
}

/// Mailboxes that stay behind on a failover are no mailboxes.
fn spool(values: &BTreeMap<String, String>, queue: &Path, report: &mut Report) {
    let value = |name: &str| values.get(name).map(String::as_str).unwrap_or_default();
    let local = split_list(value("mydestination")).next().is_some() && value("mailbox_transport").is_empty();
    let places = [
        ("mail_spool_directory", local && value("home_mailbox").is_empty() && value("mailbox_command").is_empty()),
        ("virtual_mailbox_base", value("virtual_mailbox_base").starts_with('/')),
    ];
    for (name, _) in places.into_iter().filter(|(_, used)| *used) {
        let path = PathBuf::from(value(name));
        let resolved = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let verdict = match mount::of(&resolved) {
            _ if is_on_root(&resolved) => warning(
                format!("{} is on this server's own root file system", path.display()),
                format!("Put the mailboxes on a shared file system too, or have {name} name such a place."),
            ),
            Some(m) if queue.starts_with(&m.point) => fine(format!("{}, with the queue", path.display())),
            Some(m) => fine(format!("{} on {}, to be a dependency too", path.display(), m.point.display())),
            None => fine(path.display().to_string()),
        };
        report.put(name, "on a file system that moves with Postfix", verdict);
    }
}

fn data_directory(subject: &Subject, config: &Config, report: &mut Report) {
    let path = &config.data_directory;
    let own = account::uid(&config.mail_owner, Deadline::after(PROGRAMS_TIMEOUT)).ok().flatten();
    let verdict = match fs::metadata(path) {
        Err(_) if subject.away.is_some() => fine(subject.elsewhere().unwrap_or_default()),
        Err(e) => warning(
            format!("{}: {}", path.display(), file::brief(&e)),
            format!("Make it: install -d -o {} -m 700 {}", config.mail_owner, path.display()),
        ),
        Ok(meta) if own.is_some_and(|uid| uid != meta.uid()) => error(
            format!("{} belongs to uid {}", path.display(), meta.uid()),
            format!("chown -R {} {}", config.mail_owner, path.display()),
        ),
        Ok(_) => fine(path.display().to_string()),
    };
    report.put("data_directory", "a directory that belongs to mail_owner", verdict);

    let default = PathBuf::from(parameters::default("config_dir").unwrap_or_default());
    let main = Instance { config_dir: default.clone(), ..subject.instance.clone() };
    let names = ["alternate_config_directories", "multi_instance_directories"];
    let known = config::values(&main, &names, subject.deadline()).unwrap_or_default();
    let mut others: Vec<PathBuf> = known.values().flat_map(|v| split_list(v)).map(PathBuf::from).collect();
    others.extend(subject.others.iter().cloned().chain([default]));
    others.retain(|d| *d != subject.instance.config_dir && d.join("main.cf").is_file());
    others.sort();
    others.dedup();
    let resolved = |p: &Path| fs::canonicalize(p).unwrap_or_else(|_| p.to_owned());
    for other in others {
        let instance =
            Instance { config_dir: other.clone(), queue_dir: None, queue_mountpoint: None, ..subject.instance.clone() };
        let Ok(theirs) = config::values(&instance, &["data_directory", "queue_directory"], subject.deadline()) else { continue };
        for (name, own) in [("data_directory", path), ("queue_directory", &config.queue_directory)] {
            let their = theirs.get(name).map(PathBuf::from).unwrap_or_default();
            let verdict = if resolved(&their) == resolved(own) {
                error(
                    format!("{} has it too: {}", other.join("main.cf").display(), their.display()),
                    format!("Give each instance a {name} of its own: two masters on one destroy what is in it."),
                )
            } else {
                fine(format!("{} has {}", other.display(), their.display()))
            };
            report.put(format!("{name} of no other instance"), "each instance has its own", verdict);
        }
    }
}

fn addresses(subject: &Subject, config: &Config, report: &mut Report) {
    if !config.unresolved.is_empty() {
        let fault = Message::BadInterface.found(format!("\"{}\"", config.unresolved.join("\", \"")));
        report.put("inet_interfaces and the services of master.cf", "addresses, names and ports that this host knows", fault);
    }
    let endpoints: Vec<String> = config.endpoints.iter().map(ToString::to_string).collect();
    if endpoints.is_empty() {
        let what = "Add an inet service that runs smtpd to master.cf, or give inet_interfaces an address.";
        report.put("endpoints", "at least one address and port for mail", error("none", what));
        return;
    }
    let virtual_address = config.endpoints.iter().any(|e| !e.address.ip().is_loopback());
    let verdict = if virtual_address {
        fine(endpoints.join(", "))
    } else {
        warning(
            format!("inet_interfaces names no address: {} is what is checked", endpoints.join(", ")),
            "Set inet_interfaces to the virtual address: two instances on one server do not get in each other's way then, and mail leaves from it.",
        )
    };
    report.put("endpoints", "on the virtual address", verdict);
    let missing = health::missing_address(&config.endpoints);
    let verdict = match (missing, subject.elsewhere()) {
        (None, _) => fine("they are"),
        (Some(_), Some(elsewhere)) => fine(elsewhere),
        (Some(address), None) => Message::AddressMissing.found(address.ip().to_string()).into(),
    };
    report.put("the addresses are on this host", "before Postfix is started", verdict);
}

/// postfix check, where it can work: it needs every address, and would make a queue where it finds none.
fn check_command(subject: &Subject, config: &Config, queue: Option<&Path>, report: &mut Report) {
    report.section("postfix check");
    let Some(queue) = queue.filter(|_| health::missing_address(&config.endpoints).is_none()) else {
        let why = subject.elsewhere().unwrap_or_else(|| "not asked: it needs the queue and the addresses".to_owned());
        let verdict =
            if subject.away.is_some() { fine(why) } else { warning(why, "Fix what is named above, then run this again.") };
        return report.put("postfix check", "no complaint", verdict);
    };
    let postfix = Command::new(subject.instance.command("postfix")).arg("-c").arg(&subject.instance.config_dir);
    let check = postfix.arg("check").on_a_terminal();
    let verdict = match trial::tidily(&subject.instance, queue, report, || check.run(subject.deadline())) {
        Err(e) => Message::CheckFailed.found(e.to_string()).into(),
        Ok(done) if !done.status.success() => Message::CheckFailed.found(tail(&done.said(), 2)).into(),
        Ok(done) if !done.said().trim().is_empty() => {
            warning(tail(&done.said(), 3), "Fix what it names: postfix set-permissions helps with owners and modes.")
        }
        Ok(_) => fine("no complaint"),
    };
    report.put("postfix check", "no complaint", verdict);
}
