//! The configuration of an instance, read the way Postfix reads it: by postconf(1).
//!
//! An address of inet_interfaces that is not on the host makes every Postfix command fail, postconf
//! too. So postconf is told another inet_interfaces, and expands the real one's text in the place of
//! a parameter that it does not resolve. Costs three processes, so the result is remembered
//! ([`super::memory`]).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Instance;
use super::endpoint::{self, Endpoint, Service};
use super::fault::{Fault, Message};
use crate::system::command::{Command, CommandError, tail};
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::system::net;
use crate::text;

/// What is consulted of main.cf and master.cf, as values and not as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    pub queue_directory: PathBuf,
    /// Relative to the queue, usually `pid`.
    pub process_id_directory: PathBuf,
    pub daemon_directory: PathBuf,
    pub data_directory: PathBuf,
    pub mail_owner: String,
    pub setgid_group: String,
    pub mail_version: String,
    /// The name of its processes in the mail log.
    pub syslog_name: String,
    /// maillog_file; empty when Postfix logs to syslog.
    pub maillog_file: PathBuf,
    /// smtpd_client_connection_rate_limit; 0: none.
    pub connection_rate_limit: u64,
    /// Bytes below which smtpd refuses mail: queue_minfree or 1.5 x message_size_limit.
    pub minimum_free: u64,
    pub endpoints: Vec<Endpoint>,
    /// The addresses of inet_interfaces on which no service listens. Every daemon needs them too.
    pub other_interfaces: Vec<IpAddr>,
    /// Values of inet_interfaces, or service names, that could not be resolved.
    pub unresolved: Vec<String>,
    /// Whether the address of an endpoint comes from a host name, and so may change.
    pub by_name: bool,
    /// Whether a service is chrooted.
    pub chrooted: bool,
    /// The certificate files of all services.
    pub certificates: BTreeSet<PathBuf>,
}

/// What takes inet_interfaces' place in a question to postconf, and what carries its text.
const NEUTRAL: &str = "inet_interfaces=loopback-only";
const CARRIER: &str = "mydestination";

/// The parameters asked for; see postconf(5).
const NAMES: &[&str] = &[
    "queue_directory", "process_id_directory", "daemon_directory", "data_directory", "mail_owner", "setgid_group",
    "mail_version", "syslog_name", "maillog_file", "queue_minfree", "message_size_limit", "inet_protocols", "known_tcp_ports",
    "master_service_disable", "compatibility_level", "default_process_limit", "smtpd_client_connection_rate_limit",
    "smtpd_tls_wrappermode", "smtpd_tls_chain_files", "smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_dcert_file",
    "smtpd_upstream_proxy_protocol", "postscreen_upstream_proxy_protocol", CARRIER,
];

/// Those that say how a service is spoken to.
const PROTOCOLS: &[&str] = &["smtpd_tls_wrappermode", "smtpd_upstream_proxy_protocol", "postscreen_upstream_proxy_protocol"];

/// Those that name files of certificates.
const CERTIFICATES: &[&str] = &["smtpd_tls_chain_files", "smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_dcert_file"];

/// The values of main.cf, and those that master.cf has for a service.
struct Values {
    main: BTreeMap<String, String>,
    services: BTreeMap<(String, String), String>,
}

impl Values {
    fn text(&self, name: &str) -> &str {
        self.main.get(name).map(String::as_str).unwrap_or_default()
    }

    fn of_service(&self, service: &Service, name: &str) -> &str {
        let own = self.services.get(&(service.name.clone(), name.to_owned()));
        // Those of an earlier service with the same name are not used.
        own.filter(|_| service.line.contains(name)).map_or(self.text(name), String::as_str)
    }

    fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    fn directory(&self, name: &str) -> Result<PathBuf, Fault> {
        match self.text(name) {
            "" => Err(Message::ConfigUnreadable.found(text::parameter_has_no_value(name))),
            value => Ok(PathBuf::from(value)),
        }
    }

    fn certificates(&self) -> BTreeSet<PathBuf> {
        let own = self.services.iter().map(|((_, name), value)| (name, value));
        let lists = self.main.iter().chain(own).filter(|(name, _)| CERTIFICATES.contains(&name.as_str()));
        let files = lists.flat_map(|(_, list)| endpoint::split_list(list)).map(PathBuf::from);
        files.filter(|path| path.is_absolute()).collect()
    }
}

impl Config {
    /// Reads main.cf and master.cf.
    ///
    /// # Errors
    /// Messages 18 and 19 when a file is missing, `ConfigUnreadable` and `ServicesUnreadable` with postconf's own words.
    pub fn read(instance: &Instance, deadline: Deadline) -> Result<Config, Fault> {
        Config::ask(instance, deadline).map_err(|fault| {
            if fault.message != Message::ConfigUnreadable {
                return fault;
            }
            // postconf always reads both files, and some of its errors do not say which one is wrong.
            match ask_as_daemon(instance, deadline) {
                Ok(_) => Message::ServicesUnreadable.found(fault.found),
                Err(unknown) if unknown.message == Message::CheckFailed => unknown,
                Err(_) => fault,
            }
        })
    }

    fn ask(instance: &Instance, deadline: Deadline) -> Result<Config, Fault> {
        if let Some(fault) = instance.missing_command().or_else(|| instance.missing_config()) {
            return Err(fault);
        }
        let interfaces = interfaces_text(&instance.main_cf()).unwrap_or_else(|| "all".to_owned());
        let postconf = || postconf(instance);
        let ask = |command: Command| answer(command, deadline);
        let values = ask(postconf().arg("-o").arg(format!("{CARRIER}={interfaces}")).arg("-x").args(NAMES))?;
        let services = ask(postconf().arg("-M"))?;
        // What master.cf has for a service. Other parameters may hold a `$` that is none of postconf's.
        let requests = PROTOCOLS.iter().chain(CERTIFICATES).map(|name| format!("*/inet/{name}"));
        let overrides = ask(postconf().arg("-x").arg("-P").args(requests))?;
        Config::from_answers(&values, &services, &overrides, &|name| net::resolve(name, deadline).unwrap_or_default())
    }

    /// Builds the configuration from the output of three postconf calls. `resolve` gives the addresses of a host name.
    fn from_answers(
        values: &str,
        services: &str,
        overrides: &str,
        resolve: &dyn Fn(&str) -> Vec<IpAddr>,
    ) -> Result<Config, Fault> {
        let values = Values { main: parse_values(values), services: endpoint::parse_overrides(overrides) };
        let level = values.text("compatibility_level").split('.').next();
        let default_chroot = level.is_none_or(|major| matches!(major, "" | "0"));
        let (services, chrooted) = endpoint::parse_services(services, values.text("master_service_disable"), default_chroot);
        let mut config = Config {
            queue_directory: values.directory("queue_directory")?,
            process_id_directory: values.directory("process_id_directory")?,
            daemon_directory: values.directory("daemon_directory")?,
            data_directory: values.directory("data_directory")?,
            mail_owner: values.text("mail_owner").to_owned(),
            setgid_group: values.text("setgid_group").to_owned(),
            mail_version: values.text("mail_version").to_owned(),
            syslog_name: values.text("syslog_name").to_owned(),
            maillog_file: values.text("maillog_file").into(),
            connection_rate_limit: values.number("smtpd_client_connection_rate_limit"),
            minimum_free: values.number("queue_minfree").max(values.number("message_size_limit").saturating_mul(3) / 2),
            endpoints: Vec::new(),
            other_interfaces: Vec::new(),
            unresolved: Vec::new(),
            by_name: false,
            chrooted,
            certificates: values.certificates(),
        };
        config.add_endpoints(&services, &values, resolve);
        Ok(config)
    }

    /// Adds every `inet` service, on every address that it has.
    fn add_endpoints(&mut self, services: &[Service], values: &Values, resolve: &dyn Fn(&str) -> Vec<IpAddr>) {
        let (protocols, ports) = (values.text("inet_protocols"), values.text("known_tcp_ports"));
        let hosts = endpoint::parse_interfaces(values.text(CARRIER), protocols, resolve);
        self.by_name = hosts.by_name;
        self.unresolved.extend_from_slice(&hosts.unknown);
        // One postscreen serves all waiting clients; the smtpd behind it has the limit. 0 is no limit (master(5)).
        let behind = services.iter().find(|s| s.kind == "pass").and_then(|s| s.limit);
        for service @ Service { name, program, limit, .. } in services.iter().filter(|s| s.kind == "inet") {
            let (host, port) = endpoint::split_service(name);
            let Some(port) = endpoint::port(port, ports) else {
                self.unresolved.push(name.clone());
                continue;
            };
            let own = host.map(|host| endpoint::parse_interfaces(host, protocols, resolve));
            if let Some(own) = &own {
                self.by_name |= own.by_name;
                self.unresolved.extend_from_slice(&own.unknown);
            }
            let limit = if program == "smtpd" { *limit } else { behind };
            let limit = Some(limit.unwrap_or(values.number("default_process_limit") as usize)).filter(|n| *n > 0);
            let names = endpoint::names(port, ports);
            let tls = values.of_service(service, "smtpd_tls_wrappermode").eq_ignore_ascii_case("yes");
            let proxy = values.of_service(service, &format!("{program}_upstream_proxy_protocol")) == "haproxy";
            let screened = program == "postscreen";
            for ip in own.as_ref().unwrap_or(&hosts).addresses.iter() {
                let endpoint = Endpoint {
                    service: name.clone(),
                    address: SocketAddr::new(*ip, port),
                    tls,
                    proxy,
                    screened,
                    limit,
                    names: names.clone(),
                };
                match self.endpoints.iter_mut().find(|e| e.address == endpoint.address) {
                    // The kernel prefers the socket that has the very address; of two that are the same Postfix opens the last.
                    Some(other) if own.is_none() && endpoint::split_service(&other.service).0.is_some() => {}
                    Some(other) => *other = endpoint,
                    None => self.endpoints.push(endpoint),
                }
            }
        }
        let listening: BTreeSet<IpAddr> = self.endpoints.iter().map(|e| e.address.ip()).collect();
        self.other_interfaces = hosts.addresses.into_iter().filter(|ip| !ip.is_loopback() && !listening.contains(ip)).collect();
    }

    /// Which of `entries` match no endpoint; empty when the endpoints are not all known.
    pub fn unnamed<'a>(&self, entries: &'a [String]) -> Vec<&'a str> {
        if self.unresolved.is_empty() { endpoint::unnamed(&self.endpoints, entries) } else { Vec::new() }
    }

    /// The addresses that only one server can have: all but loopback.
    pub fn own_addresses(&self) -> BTreeSet<IpAddr> {
        let listening = self.endpoints.iter().map(|e| e.address.ip()).filter(|ip| !ip.is_loopback());
        listening.chain(self.other_interfaces.iter().copied()).collect()
    }
}

/// The services of master.cf that are not disabled: `name/type` and program.
///
/// # Errors
/// As [`Config::read`].
pub fn services(instance: &Instance, deadline: Deadline) -> Result<Vec<(String, String)>, Fault> {
    let text = answer(postconf(instance).arg("-M"), deadline)?;
    let disabled = values(instance, &["master_service_disable"], deadline)?.remove("master_service_disable").unwrap_or_default();
    Ok(endpoint::rows(&text, &disabled).map(|row| (format!("{}/{}", row.name, row.kind), row.program.to_owned())).collect())
}

/// Asks whether main.cf alone is good: postmap(1) reads what a daemon reads, and never master.cf.
fn ask_as_daemon(instance: &Instance, deadline: Deadline) -> Result<String, Fault> {
    let postmap = Command::new(instance.command("postmap")).arg("-c").arg(&instance.config_dir);
    answer(postmap.args(["-q", "x", "static:x"]), deadline)
}

/// The values of parameters that no check depends on: what is asked for once, by a person.
///
/// # Errors
/// As [`Config::read`].
pub fn values(instance: &Instance, names: &[&str], deadline: Deadline) -> Result<BTreeMap<String, String>, Fault> {
    answer(postconf(instance).arg("-x").args(names), deadline).map(|text| parse_values(&text))
}

/// The values of all parameters, with those of master.cf as `service/type/name`.
///
/// # Errors
/// As [`Config::read`].
pub fn everything(instance: &Instance, deadline: Deadline) -> Result<BTreeMap<String, String>, Fault> {
    let mut found = values(instance, &[], deadline)?;
    found.extend(parse_values(&answer(postconf(instance).arg("-x").arg("-P"), deadline)?));
    Ok(found)
}

/// The types of tables that Postfix opens here. `postconf -m` takes no other inet_interfaces by an option, so it gets a main.cf with
/// what else decides about them.
///
/// # Errors
/// As [`Config::read`].
pub fn table_types(instance: &Instance, deadline: Deadline) -> Result<BTreeSet<String>, Fault> {
    let mut main_cf = format!("{NEUTRAL}\n");
    for (name, value) in values(instance, &["meta_directory", "shlib_directory"], deadline)? {
        main_cf += &format!("{name} = {value}\n");
    }
    let written = tempfile::tempdir().and_then(|dir| std::fs::write(dir.path().join("main.cf"), main_cf).map(|()| dir));
    let dir = written.map_err(|error| Message::CheckFailed.found(error.to_string()))?;
    let postconf = Command::new(instance.command("postconf")).arg("-c").arg(dir.path()).arg("-m");
    Ok(answer(postconf, deadline)?.split_whitespace().map(str::to_owned).collect())
}

/// What postconf(1) warns of, each once, without its own name; nothing where it fails, which is told elsewhere.
pub fn warnings(instance: &Instance, deadline: Deadline) -> Vec<String> {
    let Ok(done) = postconf(instance).run(deadline) else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for words in done.stderr.lines().filter_map(|line| line.split_once("warning: ")).map(|(_, words)| words.trim().to_owned()) {
        if done.status.success() && !found.contains(&words) {
            found.push(words);
        }
    }
    found
}

/// The pid file of a master on a queue; without a configuration, where it is by default.
pub fn pid_file(queue: &Path, config: Option<&Config>) -> PathBuf {
    queue.join(config.map_or(Path::new("pid"), |config| &config.process_id_directory)).join("master.pid")
}

/// postconf(1), told not to look for the addresses of inet_interfaces.
fn postconf(instance: &Instance) -> Command {
    Command::new(instance.command("postconf")).arg("-c").arg(&instance.config_dir).arg("-o").arg(NEUTRAL)
}

/// Asks a program of Postfix one question and takes a refusal for the configuration's fault.
fn answer(command: Command, deadline: Deadline) -> Result<String, Fault> {
    let finished = command.run(deadline).map_err(|e| match e {
        // Most likely storage hangs, and may recover.
        CommandError::TimedOut { .. } => Message::CheckFailed.found(e.in_short()),
        CommandError::NotStarted { ref error, .. } if crate::system::is_shortage(error) => {
            Message::CheckFailed.found(e.to_string())
        }
        _ => Message::CommandInvalid.found(e.to_string()),
    })?;
    if finished.status.success() {
        return Ok(finished.stdout);
    }
    // The fatal line has the reason; warnings before it may be unrelated.
    let fatal = finished.stderr.lines().find_map(|l| l.split_once("fatal: ").map(|(_, words)| words.to_owned()));
    let found = fatal.or_else(|| tail(&finished.stderr, 1));
    let found = found.unwrap_or_else(|| text::command_ended_with(command, finished.status).to_string());
    // Killed, or short of memory or descriptors: this says nothing about the configuration.
    let is_passing = finished.status.code().is_none_or(|code| code == 127) || PASSING.iter().any(|words| found.contains(words));
    Err(if is_passing { Message::CheckFailed } else { Message::ConfigUnreadable }.found(found))
}

/// The C library's words for what has nothing to do with a configuration.
const PASSING: &[&str] = &[
    "Too many open files", "Cannot allocate memory", "Resource temporarily unavailable", "Input/output error",
    "memory allocation", "error while loading shared libraries",
];

/// What postconf prints: `name = value` lines.
pub fn parse_values(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|l| l.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// The text of main.cf; None when it cannot be read.
fn text_of(main_cf: &Path) -> Option<String> {
    file::read_start(main_cf, 1 << 22).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The text of inet_interfaces in main.cf: its last logical line; None when it is not set there.
fn interfaces_text(main_cf: &Path) -> Option<String> {
    last_value(&text_of(main_cf)?, "inet_interfaces")
}

/// queue_directory as main.cf's text has it, or Postfix's default; None when only postconf could tell (`$name` in it), or the
/// file cannot be read.
pub fn queue_directory_text(main_cf: &Path) -> Option<PathBuf> {
    let value = last_value(&text_of(main_cf)?, "queue_directory");
    Some(PathBuf::from(value.unwrap_or_else(|| "/var/spool/postfix".to_owned())))
        .filter(|p| p.is_absolute() && !p.as_os_str().as_encoded_bytes().contains(&b'$'))
}

/// mail_owner, likewise.
pub fn mail_owner_text(main_cf: &Path) -> Option<String> {
    let value = last_value(&text_of(main_cf)?, "mail_owner");
    Some(value.unwrap_or_else(|| "postfix".to_owned())).filter(|name| !name.contains('$'))
}

/// The last value of a parameter in main.cf's text: a line that begins with white space continues the
/// one before, comments and empty lines between them do not count (postconf(5)).
pub fn last_value(text: &str, name: &str) -> Option<String> {
    let mut logical: Vec<String> = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#')) {
        match logical.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => logical.push(line.trim().to_owned()),
        }
    }
    logical.iter().rev().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_logical_line_of_a_parameter_counts() {
        let text = "inet_interfaces = all\n# inet_interfaces = no\ninet_interfaces =\n  10.0.0.1,\n# between\n\n\t$other\nother = 10.0.0.2\n";
        assert_eq!(last_value(text, "inet_interfaces").unwrap(), "10.0.0.1, $other");
        assert_eq!(last_value("my_inet_interfaces = x\n", "inet_interfaces"), None);
        assert_eq!(last_value("inet_interfaces", "inet_interfaces"), None);
    }

    /// postconf(1) cannot say which file is wrong; postmap(1) can, if it answers.
    #[test]
    fn which_file_is_wrong_is_said_by_postmap_or_unknown() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("hangs"), "#!/bin/sh\nexec sleep 60\n").unwrap();
        std::fs::set_permissions(at("hangs"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let instance = Instance { config_dir: at(""), binary_dir: at(""), queue_dir: None, queue_mountpoint: None };
        for name in ["main.cf", "master.cf"] {
            std::fs::write(at(name), "").unwrap();
        }
        for name in ["postfix", "postconf"] {
            symlink("/bin/false", at(name)).unwrap();
        }
        for (program, expected) in [
            ("/bin/true", Message::ServicesUnreadable),
            ("/bin/false", Message::ConfigUnreadable),
            ("hangs", Message::CheckFailed),
        ] {
            symlink(program, at("postmap")).unwrap();
            let found = Config::read(&instance, Deadline::after(std::time::Duration::from_secs(3))).unwrap_err();
            assert_eq!(found.message, expected, "{program}: {found}");
            std::fs::remove_file(at("postmap")).unwrap();
        }
    }

    #[test]
    fn answers_become_values() {
        let values = "queue_directory = /q\nprocess_id_directory = pid\ndaemon_directory = /d\ndata_directory = /var\n\
                      mail_owner = postfix\nsetgid_group = postdrop\nqueue_minfree = 0\nmessage_size_limit = 1000\n\
                      inet_protocols = all\nknown_tcp_ports = smtp=25, submissions=465\nmydestination = 10.0.0.1, 10.0.0.2\n\
                      smtpd_tls_wrappermode = no\ncompatibility_level = 3.6\n";
        let services = "smtp inet n - y - - smtpd\nsubmissions inet n - n - - smtpd -o smtpd_tls_wrappermode=YES\n\
                        odd-name inet n - n - - smtpd\n";
        let config =
            Config::from_answers(values, services, "submissions/inet/smtpd_tls_wrappermode = YES\n", &|_| Vec::new()).unwrap();
        let shown: Vec<String> = config.endpoints.iter().map(|e| format!("{e} {}", e.tls)).collect();
        assert_eq!(shown, ["10.0.0.1:25 false", "10.0.0.2:25 false", "10.0.0.1:465 true", "10.0.0.2:465 true"]);
        assert_eq!((config.minimum_free, config.chrooted, config.unresolved), (1500, true, vec!["odd-name".to_owned()]));
        assert!(Config::from_answers("", "", "", &|_| Vec::new()).is_err());
    }

    /// Each endpoint as address, service and what is special about it.
    fn endpoints_of(interfaces: &str, services: &str, overrides: &str) -> (Vec<String>, Vec<IpAddr>) {
        let values = format!(
            "queue_directory = /q\nprocess_id_directory = pid\ndaemon_directory = /d\ndata_directory = /var\n\
             inet_protocols = ipv4\nmydestination = {interfaces}\ncompatibility_level = 3.6\n"
        );
        let config = Config::from_answers(&values, services, overrides, &|_| Vec::new()).unwrap();
        let shown = |e: &Endpoint| {
            let marks = [(e.tls, " tls"), (e.proxy, " proxy"), (e.screened, " screened")];
            marks.iter().filter(|(is_set, _)| *is_set).fold(format!("{e} {}", e.service), |text, (_, mark)| text + mark)
        };
        (config.endpoints.iter().map(shown).collect(), config.other_interfaces)
    }

    /// "duplicate master.cf entry: using the last entry", with its own options alone.
    #[test]
    fn of_services_with_one_name_or_port_the_last_counts() {
        let services = "25 inet n - n - 1 postscreen -o postscreen_upstream_proxy_protocol=haproxy\n25 inet n - n - - smtpd\n";
        let overrides = "25/inet/postscreen_upstream_proxy_protocol = haproxy\n";
        assert_eq!(endpoints_of("10.0.0.1", services, overrides).0, ["10.0.0.1:25 25"]);
        let services = "025 inet n - n - - smtpd\n25 inet n - n - 1 postscreen\n";
        assert_eq!(endpoints_of("10.0.0.1", services, "").0, ["10.0.0.1:25 25 screened"]);
    }

    #[test]
    fn a_service_of_one_address_comes_before_that_of_all() {
        let services = ["25 inet n - n - 1 postscreen\n", "127.0.0.1:25 inet n - n - - smtpd\n"];
        for order in [[0, 1], [1, 0]] {
            let text = order.map(|at| services[at]).concat();
            assert_eq!(endpoints_of("all", &text, "").0, ["127.0.0.1:25 127.0.0.1:25"]);
        }
    }

    #[test]
    fn an_interface_without_a_service_is_needed_too() {
        let (endpoints, others) = endpoints_of("10.0.0.1, 127.0.0.1", "127.0.0.1:10025 inet n - n - - smtpd\n", "");
        assert_eq!((endpoints, others), (vec!["127.0.0.1:10025 127.0.0.1:10025".to_owned()], vec!["10.0.0.1".parse().unwrap()]));
        assert_eq!(endpoints_of("10.0.0.1", "25 inet n - n - - smtpd\n", "").1, Vec::<IpAddr>::new());
    }

    /// A logical line of main.cf: name, words, and the white space between the words.
    fn logical_line() -> impl Strategy<Value = (String, Vec<String>, Vec<&'static str>)> {
        let between = prop::sample::select(vec![" ", "\n ", "\n\t", "\n# not this\n  ", "\n\n\t", "\n  # nor = this\n "]);
        let words = prop::collection::vec("[a-z0-9$.,=:/-]{1,8}", 1..5);
        ("[a-c]{1,2}", words, prop::collection::vec(between, 4))
    }

    proptest! {
        #[test]
        fn a_value_is_its_last_logical_line(lines in prop::collection::vec(logical_line(), 0..8), name in "[a-c]{1,2}") {
            let mut text = String::new();
            for (name, words, between) in &lines {
                let value = words.iter().zip(between).map(|(word, gap)| format!("{word}{gap}")).collect::<String>();
                text += &format!("{name} = {}\n", value.trim_end_matches(|c: char| c != '\n' && c.is_whitespace()));
            }
            let expected = lines.iter().rev().find(|(n, ..)| *n == name).map(|(_, words, _)| words.join(" "));
            prop_assert_eq!(last_value(&text, &name), expected, "{}", text);
        }

        #[test]
        fn what_postconf_prints_is_read_back(values in prop::collection::btree_map("[a-z_]{1,9}", "([!-~]([ -~]{0,20}[!-~])?)?", 0..9)) {
            let text: String = values.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
            prop_assert_eq!(parse_values(&text), values);
        }

        #[test]
        fn any_text_is_survived(text in "(\\PC|[\n\t =#$]){0,200}") {
            let _ = (last_value(&text, "a"), parse_values(&text));
        }
    }
}
