//! This server: programs, configuration, ids, storage and addresses of the instance.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::facts;
use super::report::{Fact, Report, error, fine, warning};
use super::{PROGRAMS_TIMEOUT, Subject};
use super::{service, trial};
use crate::health;
use crate::lifecycle;
use crate::postfix::config::{self, Config};
use crate::postfix::endpoint::{Endpoint, split_list};
use crate::postfix::fault::Message;
use crate::postfix::memory::Memory;
use crate::postfix::{Instance, queue};
use crate::system::account;
use crate::system::calls::{self, Call};
use crate::system::command::{Command, tail};
use crate::system::deadline::Deadline;
use crate::system::{file, mount, process};
use crate::text::{self, Text, verbatim};

/// Every check of this server. The configuration, when it can be read.
pub fn examine(subject: &Subject, report: &mut Report) -> Option<Config> {
    let instance = &subject.instance;
    report.section(text::programs_and_configuration());
    if let Err(fault) = lifecycle::validate_parameters(instance) {
        report.put(text::parameters(), text::absolute_paths(), fault);
        return None;
    }
    let Some(config) = read_config(subject, report) else {
        service::boot(report);
        return None;
    };
    warned_of(subject, report);
    programs(subject, &config, report);
    services(subject, &config, report);
    let values = everything(subject, report);
    listed(subject, report);
    for name in ["myhostname", "mydestination", "myorigin", "default_database_type", "non_bdb_migration_level"] {
        values.get(name).into_iter().for_each(|value| report.fact(Fact::Value(name.to_owned()), meant(name, value)));
    }

    report.section(text::users_and_groups());
    ids(&config, report);

    report.section(text::storage());
    let queue = storage(subject, &config, report);
    if let Some(queue) = &queue {
        spool(&values, queue, report);
    }
    data_directory(subject, &config, report);
    other_instances(subject, &config, report);

    report.section(text::addresses());
    addresses(subject, &config, report);
    running(subject, &config, queue.as_deref(), report);

    service::examine(subject, &config, &values, queue.as_deref(), report);
    check_command(subject, &config, queue.as_deref(), report);
    Some(config)
}

/// What a value stands for: Debian's Postfix takes the first line of the file where myorigin is a path.
fn meant(name: &str, value: &str) -> String {
    let content = if name == "myorigin" && value.starts_with('/') { fs::read_to_string(value).ok() } else { None };
    content.as_deref().and_then(|content| content.lines().next()).unwrap_or(value).trim().to_owned()
}

/// The configuration, unless something is missing that it cannot be read without.
fn read_config(subject: &Subject, report: &mut Report) -> Option<Config> {
    let instance = &subject.instance;
    let missing = instance.missing_command().or_else(|| instance.missing_config());
    if let (Some(fault), Some(elsewhere)) = (&missing, subject.elsewhere())
        && is_away(instance, fault.message)
    {
        report.put(text::programs_and_configuration(), text::with_their_file_system(), fine(elsewhere));
        // Copies of the programs load the libraries of the package here, and refuse those of another version.
        let version = Command::new("/usr/sbin/postconf").args(["-d", "-h", "mail_version"]).output(subject.deadline());
        version.into_iter().for_each(|version| report.fact(Fact::Version("Postfix".to_owned()), version.trim()));
        return None;
    }
    let commands = instance.missing_command().map_or(Ok(Text::verbatim(instance.binary_dir.display())), Err);
    report.judge(text::postfix_and_postconf(), text::both_executable_in_binary_dir(), commands);
    let files = instance.missing_config().map_or(Ok(Text::verbatim(instance.config_dir.display())), Err);
    report.judge(text::main_cf_and_master_cf(), text::both_in_config_dir(), files);
    agent(report);
    kernel(report);
    if missing.is_some() {
        return None;
    }
    let read = Config::read(instance, subject.deadline());
    let version = read.as_ref().map(|c| verbatim!("Postfix {}", c.mail_version)).map_err(Clone::clone);
    report.judge(text::configuration_can_be_read(), text::postconf_takes_both_files(), version);
    let config = read.ok()?;
    report.fact(Fact::Version("Postfix".to_owned()), config.mail_version.clone());
    Some(config)
}

/// The values of all parameters; none when they cannot be read.
fn everything(subject: &Subject, report: &mut Report) -> BTreeMap<String, String> {
    config::everything(&subject.instance, subject.deadline()).unwrap_or_else(|fault| {
        report.put(text::all_parameters_can_be_read(), text::postconf_x_and_postconf_p(), fault);
        BTreeMap::new()
    })
}

/// Whether what is missing may be on a file system that is mounted elsewhere.
fn is_away(instance: &Instance, message: Message) -> bool {
    let directory = if message == Message::NotExecutable { &instance.binary_dir } else { &instance.config_dir };
    !directory.exists()
}

fn agent(report: &mut Report) {
    let path = super::super::AGENT_PROGRAM;
    let usable = file::is_executable(Path::new(path));
    let verdict = if usable {
        fine(Text::verbatim(path))
    } else {
        error(text::no_such_program(path), text::install_postkeeper_on_this_server())
    };
    report.put(text::resource_agent(), text::installed(), verdict);
    report.fact(Fact::Version("postkeeper".to_owned()), env!("CARGO_PKG_VERSION"));
}

/// What the agent has to do without here. A kernel that is too old for a call is no fault of this server.
fn kernel(report: &mut Report) {
    let release = calls::release();
    let lacking: Vec<Call> = Call::ALL.into_iter().filter(|call| !call.is_available()).collect();
    let shown = text::list(lacking.iter().map(|call| text::call_and_what_is_lost(call.name(), loss(*call))));
    let verdict = if lacking.is_empty() {
        fine(text::kernel_release(release))
    } else if lacking.iter().all(|call| calls::numbers(&release).is_some_and(|numbers| numbers < call.since())) {
        fine(text::kernel_lacks(release, shown))
    } else {
        warning(text::kernel_refuses(shown), text::allow_the_calls())
    };
    report.put(text::kernel(), text::calls_that_the_agent_uses(), verdict);
}

/// What is lost without a call.
fn loss(call: Call) -> Text {
    match call {
        Call::Pidfd => text::lost_without_pidfd(),
        Call::PidfdGetfd => text::lost_without_pidfd_getfd(),
        Call::CloseRange => text::lost_without_close_range(),
        Call::IoUring => text::lost_without_io_uring(),
        Call::Fanotify => text::lost_without_fanotify(),
        Call::PerfEvent => text::lost_without_perf_event(),
    }
}

/// What postconf warns of: parameters that Postfix does not know, or will not know any more (deprecated ones, since 3.9).
fn warned_of(subject: &Subject, report: &mut Report) {
    let warnings = config::warnings(&subject.instance, subject.deadline());
    let verdict = if warnings.is_empty() {
        fine(text::none())
    } else {
        warning(Text::verbatim(warnings.join("; ")), text::correct_what_postconf_names())
    };
    report.put(text::warnings_of_postconf(), text::none(), verdict);
}

/// Checks the daemons, and postdrop for local submission.
fn programs(subject: &Subject, config: &Config, report: &mut Report) {
    let master = config.daemon_directory.join("master");
    let verdict = if file::is_executable(&master) {
        fine(Text::verbatim(config.daemon_directory.display()))
    } else {
        error(text::is_missing_or_cannot_be_executed(master.display()), text::correct_daemon_directory_in_main_cf())
    };
    report.put(text::daemons(), text::master_in_daemon_directory(), verdict);
    let postdrop = subject.instance.command("postdrop");
    let own = account::gid(&config.setgid_group, Deadline::after(PROGRAMS_TIMEOUT)).ok().flatten();
    let verdict = match fs::metadata(&postdrop) {
        Err(e) => warning(verbatim!("{}: {}", postdrop.display(), file::brief(&e)), text::users_and_cron_cannot_hand()),
        Ok(meta) if meta.mode() & 0o2000 == 0 || own.is_some_and(|gid| gid != meta.gid()) => warning(
            text::has_mode_and_gid(postdrop.display(), format_args!("{:o}", meta.mode() & 0o7777), meta.gid()),
            verbatim!("chgrp {} {1} && chmod g+s {1}", config.setgid_group, postdrop.display()),
        ),
        Ok(_) if mount::of(&postdrop).is_some_and(|m| m.has("nosuid")) => {
            warning(text::is_on_a_file_system_mounted(postdrop.display()), text::mount_it_without_nosuid())
        }
        Ok(_) => fine(text::is_set_gid(postdrop.display(), &config.setgid_group)),
    };
    report.put(text::local_users_can_submit_mail(), text::postdrop_set_gid_to_setgid_group(), verdict);
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
        error(text::master_cf_has_no(lacking.join(", ")), text::put_it_back())
    } else if let Some((name, program)) = without {
        error(
            text::runs_which_is_not_in(name, program, config.daemon_directory.display()),
            text::correct_the_service_in_master_cf(),
        )
    } else {
        fine(text::number_in_all(services.len()))
    };
    report.put(text::services(), text::those_that_mail_needs(), verdict);
}

/// Checks for a Postfix started outside the cluster, a held queue lock, and other programs on the ports.
fn running(subject: &Subject, config: &Config, queue: Option<&Path>, report: &mut Report) {
    let memory = Memory::recall(&subject.instance);
    let master = health::find_master(&subject.instance, &memory);
    let place = master.as_ref().and_then(|m| process::working_directory(m.id.pid).ok());
    let own = queue.and_then(file::identity);
    let verdict = match (&master, subject.resource.is_some(), subject.elsewhere()) {
        (Some(master), ..) if place.is_some() && own.is_some() && place != own => error(
            text::it_runs_pid_on_another_queue(master.id.pid),
            text::stop_it_postfix_c_stop(subject.instance.config_dir.display()),
        ),
        (Some(master), true, _) if subject.is_stopped() => error(
            text::postfix_runs_although_stopped(master.id.pid),
            text::stop_it_at_once(subject.instance.config_dir.display()),
        ),
        (Some(master), true, Some(elsewhere)) => error(
            text::postfix_of_it_runs_here(master.id.pid, &elsewhere),
            text::stop_it_at_once(subject.instance.config_dir.display()),
        ),
        (Some(master), false, _) => {
            warning(text::it_runs_pid(master.id.pid), text::before_the_cluster_manages_it(subject.instance.config_dir.display()))
        }
        (Some(master), true, None) => fine(text::it_runs_pid_under_the_cluster(master.id.pid)),
        (None, ..) => fine(text::it_does_not_run_here()),
    };
    report.put(text::postfix_runs_where_the_cluster(), text::only_there_and_only_as_a_cluster_resource(), verdict);
    if master.is_none()
        && let Some(queue) = queue
    {
        let lock = lifecycle::check_lock(&config::pid_file(queue, Some(config))).map(|()| text::lock_is_free());
        report.judge(text::lock_of_the_queue(), text::no_other_server_or_process(), lock);
    }
    let rivals: Vec<String> = config
        .endpoints
        .iter()
        .filter_map(|e| health::port_conflict(e, master.as_ref()).map(|who| format!("{e}: {who}")))
        .collect();
    let verdict = if rivals.is_empty() {
        fine(text::free())
    } else {
        error(Text::verbatim(rivals.join(", ")), text::stop_that_program_and_disable())
    };
    report.put(text::ports(), text::not_used_by_another_program(), verdict);
}

/// Commands that are not run by root take only a configuration that the default one names.
fn listed(subject: &Subject, report: &mut Report) {
    let default = facts::default_config_dir();
    let own = &subject.instance.config_dir;
    if own == default {
        return;
    }
    let verdict = if facts::is_listed(&subject.instance, subject.deadline()) {
        fine(text::file_names_directory(default.join("main.cf").display(), own.display()))
    } else {
        warning(
            text::does_not_name(default.join("main.cf").display(), own.display()),
            text::add_to_alternate_config_directories_in(own.display(), default.join("main.cf").display()),
        )
    };
    report.put(text::sendmail_postqueue_and_postdrop_take(), text::named_in_alternate_config_directories(), verdict);
}

fn ids(config: &Config, report: &mut Report) {
    let unknown = |name: &str, what: &str| Message::OwnerUnknown.of(name, what);
    let judged = |found: std::io::Result<Option<u32>>, name: &str, what: &str| match found {
        Ok(id) => id.ok_or_else(|| unknown(name, what)),
        Err(e) => Err(Message::CheckFailed.found(e.to_string())),
    };
    let deadline = Deadline::after(PROGRAMS_TIMEOUT);
    let user = judged(account::uid(&config.mail_owner, deadline), &config.mail_owner, &text::mail_owner_of_main_cf());
    let group = judged(account::gid(&config.setgid_group, deadline), &config.setgid_group, &text::setgid_group_of_main_cf());
    for (what, fact, name, id) in [
        ("mail_owner", Fact::OwnerId as fn(String) -> Fact, &config.mail_owner, user),
        ("setgid_group", Fact::GroupId, &config.setgid_group, group),
    ] {
        if let Ok(id) = id {
            report.fact(fact(name.clone()), id.to_string());
        }
        report.judge(Text::verbatim(what), text::it_exists_with_the_same_number(), id.map(|id| text::name_is(name, id)));
    }
}

/// The queue and its file system; its resolved path when it is here.
fn storage(subject: &Subject, config: &Config, report: &mut Report) -> Option<PathBuf> {
    let queue = match (queue::locate(&subject.instance, config), subject.elsewhere()) {
        (Ok(queue), _) => queue,
        (Err(_), Some(elsewhere)) => {
            report.put(text::queue(), text::where_postfix_is_in_service(), fine(elsewhere));
            return None;
        }
        (Err(fault), None) => {
            report.put(text::queue(), text::there_mounted_and_named_by_main_cf(), fault);
            return None;
        }
    };
    report.put(text::queue(), text::there_mounted_and_named_by_main_cf(), fine(Text::verbatim(queue.display())));
    if let Some(mount) = mount::of(&queue) {
        let found = text::mounted_on(&mount.source, mount.point.display(), &mount.kind);
        let verdict = if is_on_root(&queue) {
            error(
                text::queue_is_on_this_servers_own(&mount.source),
                text::put_it_on_a_file_system_that_every_server_can_mount_shared(),
            )
        } else {
            fine(found)
        };
        report.put(text::queues_file_system(), text::one_that_every_server_can_mount(), verdict);
    }
    let closed = queue.ancestors().find(|dir| fs::metadata(dir).is_ok_and(|m| m.mode() & 0o001 == 0));
    let verdict = match closed {
        Some(dir) => warning(text::is_not_searchable_by_everyone(dir.display()), verbatim!("chmod o+x {}", dir.display())),
        None => fine(text::yes()),
    };
    report.put(text::users_can_reach_it(), text::every_directory_may_be_searched(), verdict);
    report.judge(text::it_can_be_written(), text::mounted_rw(), queue::check_writable(&queue).map(|()| text::yes()));
    let needed = text::more_than_mib(config.minimum_free.div_ceil(1 << 20));
    let space = queue::check_space(&queue, config.minimum_free).map(|()| free(&queue));
    report.judge(text::free_space(), needed, space);
    let owned = queue::check_ids(&queue, config, Deadline::after(PROGRAMS_TIMEOUT)).map(|()| text::as_on_this_server());
    report.judge(text::owners_of_the_queue(), text::mail_owner_and_setgid_group(), owned);
    Some(queue)
}

/// Whether it is on the file system of the root directory, which no other server can have.
fn is_on_root(path: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).ok().map(|m| m.dev());
    mount::of(path).is_some_and(|m| m.point == Path::new("/")) || device(path).is_some() && device(path) == device(Path::new("/"))
}

fn free(path: &Path) -> Text {
    file::space(path).map_or_else(Text::verbatim, |s| text::free_mib_and_inodes(s.bytes >> 20, s.files.unwrap_or(0)))
}

/// Mailboxes must be on a file system that fails over.
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
            _ if is_on_root(&resolved) => {
                warning(text::is_on_this_servers_own_root(path.display()), text::put_the_mailboxes_on_a_shared(name))
            }
            Some(m) if queue.starts_with(&m.point) => fine(text::path_with_the_queue(path.display())),
            Some(m) => fine(text::path_to_be_a_dependency(path.display(), m.point.display())),
            None => fine(Text::verbatim(path.display())),
        };
        report.put(Text::verbatim(name), text::on_a_file_system_that_moves(), verdict);
    }
}

fn data_directory(subject: &Subject, config: &Config, report: &mut Report) {
    let path = &config.data_directory;
    let own = account::uid(&config.mail_owner, Deadline::after(PROGRAMS_TIMEOUT)).ok().flatten();
    let verdict = match (fs::metadata(path), subject.elsewhere()) {
        (Err(_), Some(elsewhere)) => fine(elsewhere),
        (Err(e), None) => warning(
            verbatim!("{}: {}", path.display(), file::brief(&e)),
            text::make_it(format_args!("install -d -o {} -m 700 {}", config.mail_owner, path.display())),
        ),
        (Ok(meta), _) if own.is_some_and(|uid| uid != meta.uid()) => error(
            text::belongs_to_uid(path.display(), meta.uid()),
            verbatim!("chown -R {} {}", config.mail_owner, path.display()),
        ),
        (Ok(_), _) => fine(Text::verbatim(path.display())),
    };
    report.put(Text::verbatim("data_directory"), text::directory_that_belongs_to_mail_owner(), verdict);
}

/// Two instances must not share what is theirs.
fn other_instances(subject: &Subject, config: &Config, report: &mut Report) {
    let mut others = facts::listed(&subject.instance, subject.deadline());
    others.extend(subject.others.iter().cloned().chain([facts::default_config_dir().to_owned()]));
    others.retain(|d| *d != subject.instance.config_dir && d.join("main.cf").is_file());
    others.sort();
    others.dedup();
    let resolved = |p: &Path| fs::canonicalize(p).unwrap_or_else(|_| p.to_owned());
    for other in others {
        let instance =
            Instance { config_dir: other.clone(), queue_dir: None, queue_mountpoint: None, ..subject.instance.clone() };
        let Ok(theirs) = config::values(&instance, &["data_directory", "queue_directory"], subject.deadline()) else { continue };
        for (name, own) in [("data_directory", &config.data_directory), ("queue_directory", &config.queue_directory)] {
            let their = theirs.get(name).map(PathBuf::from).unwrap_or_default();
            let verdict = if resolved(&their) == resolved(own) {
                error(text::has_it_too(other.join("main.cf").display(), their.display()), text::give_each_instance(name))
            } else {
                fine(text::instance_has(other.display(), their.display()))
            };
            report.put(text::of_no_other_instance(name), text::each_instance_has_its_own(), verdict);
        }
        // The default instance is often there and never started.
        if subject.others.contains(&other) || health::is_present(&instance, &Memory::recall(&instance)) {
            shared_endpoints(&instance, config, subject.deadline(), report);
        }
    }
}

/// Where both instances listen the kernel gives each some of the clients, and the agent starts only one of them.
fn shared_endpoints(other: &Instance, config: &Config, deadline: Deadline, report: &mut Report) {
    let Ok(theirs) = Config::read(other, deadline) else { return };
    let common = |a: SocketAddr, b: SocketAddr| {
        a.port() == b.port() && (a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified())
    };
    let is_shared = |e: &&Endpoint| theirs.endpoints.iter().any(|their| common(their.address, e.address));
    let shared = text::joined(config.endpoints.iter().filter(is_shared).map(|e| format!("{e} ({})", e.service)));
    let verdict = if shared.is_empty() {
        fine(Text::verbatim(other.config_dir.display()))
    } else {
        warning(text::has_it_too(other.config_dir.display(), shared), text::give_each_instance_its_own_ports())
    };
    report.put(text::of_no_other_instance(text::endpoints()), text::each_instance_has_its_own(), verdict);
}

fn addresses(subject: &Subject, config: &Config, report: &mut Report) {
    if !config.unresolved.is_empty() {
        let fault = Message::BadInterface.found(format!("\"{}\"", config.unresolved.join("\", \"")));
        report.put(text::inet_interfaces_and_the_services(), text::addresses_names_and_ports(), fault);
    }
    if config.endpoints.is_empty() {
        let what = text::add_an_inet_service_that_runs();
        report.put(text::endpoints(), text::at_least_one_address_and_port(), error(text::none(), what));
        return;
    }
    let virtual_address = config.endpoints.iter().any(|e| !e.address.ip().is_loopback());
    let endpoints = text::joined(&config.endpoints);
    let verdict = if virtual_address {
        fine(Text::verbatim(endpoints))
    } else {
        warning(text::inet_interfaces_names_no_address_is_what(endpoints), text::set_inet_interfaces_to_the_virtual())
    };
    report.put(text::endpoints(), text::on_the_virtual_address(), verdict);
    let missing = health::missing_of(config);
    let verdict = match (missing, subject.elsewhere()) {
        (None, _) => fine(text::they_are()),
        (Some(_), Some(elsewhere)) => fine(elsewhere),
        (Some(address), None) => Message::AddressMissing.found(address.to_string()).into(),
    };
    report.put(text::addresses_are_on_this_host(), text::before_postfix_is_started(), verdict);
}

/// postfix check, where it can work: it needs every address, and would make a queue where it finds none.
fn check_command(subject: &Subject, config: &Config, queue: Option<&Path>, report: &mut Report) {
    report.section(text::postfix_check());
    let Some(queue) = queue.filter(|_| health::missing_of(config).is_none()) else {
        let verdict = match subject.elsewhere() {
            Some(elsewhere) => fine(elsewhere),
            None => warning(text::not_asked_it_needs_the_queue(), text::fix_what_is_named_above()),
        };
        return report.put(text::postfix_check(), text::no_complaint(), verdict);
    };
    let postfix = Command::new(subject.instance.command("postfix")).arg("-c").arg(&subject.instance.config_dir);
    let check = postfix.arg("check").on_a_terminal();
    let verdict = match trial::tidily(&subject.instance, queue, report, || check.run(subject.deadline())) {
        Err(e) => Message::CheckFailed.found(e.to_string()).into(),
        Ok(done) if !done.status.success() => Message::CheckFailed.found(tail(&done.output(), 2).unwrap_or_default()).into(),
        Ok(done) => match tail(&done.output(), 3) {
            Some(words) => warning(Text::verbatim(words), text::fix_what_it_names()),
            None => fine(text::no_complaint()),
        },
    };
    report.put(text::postfix_check(), text::no_complaint(), verdict);
}
