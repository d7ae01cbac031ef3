//! This server: what happens around Postfix. Boot, lookup tables, chroot, labels, outgoing mail, MX records, mail of cron.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::super::facts;
use super::Subject;
use super::report::{CheckResult, Fact, Report, error, fine, warning};
use super::{confinement, upkeep};
use crate::health;
use crate::health::tls::Validity;
use crate::lifecycle::chroot_helper;
use crate::postfix::config::{self, Config};
use crate::postfix::endpoint::split_list;
use crate::postfix::memory::Memory;
use crate::postfix::table::{self, Table};
use crate::postfix::{Instance, socket};
use crate::system::deadline::Deadline;
use crate::system::{boot, dns, file, net};
use crate::text::{self, Text, verbatim};

/// How long a name server may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What chrooted services read of /etc, by way of the C library.
const CHROOT_FILES: &[&str] = &["etc/resolv.conf", "etc/services", "etc/hosts", "etc/nsswitch.conf", "etc/localtime"];

pub fn examine(subject: &Subject, config: &Config, values: &BTreeMap<String, String>, queue: Option<&Path>, report: &mut Report) {
    boot(report);

    report.section(text::lookup_tables());
    tables(subject, config, values, report);
    for name in ["main.cf", "master.cf"] {
        if let Ok(bytes) = fs::read(subject.instance.config_dir.join(name)) {
            report.fact(Fact::Content(name.to_string()), format!("{:016x}", file::fingerprint(&bytes)));
        }
    }

    report.section(text::surroundings());
    if let Some(queue) = queue {
        chroot(&subject.instance, config, queue, report);
        confinement::labels(&subject.instance.config_dir, queue, config, report);
        confinement::profiles(queue, report);
    }
    sockets(subject, config, values, queue, report);
    certificates(subject, config, report);
    keys(subject, config, values, report);
    cron(subject, report);
    upkeep::examine(report);

    report.section(text::outgoing_and_incoming_mail());
    source_address(config, values, report);
    records(subject, config, values, report);
    report.fact(Fact::Name("NFS".to_owned()), name_for_nfs_servers());
}

/// As Linux's client introduces itself: a server takes two of one name for one, and gives each the other's locks.
fn name_for_nfs_servers() -> String {
    let id = fs::read_to_string("/sys/module/nfs/parameters/nfs4_unique_id").unwrap_or_default();
    let names = [crate::system::host_name(), id.trim().to_owned()];
    names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join("/")
}

/// Whatever starts Postfix beside the cluster starts it without its storage.
pub fn boot(report: &mut Report) {
    report.section(text::boot());
    let (links, settings) = (boot::links("postfix"), boot::settings("postfix"));
    let linked = links.iter().filter_map(|link| link.file_name()?.to_str()).filter(|name| name.ends_with(".service"));
    let units: BTreeSet<&str> = linked.chain(settings.iter().map(|setting| setting.unit.as_str())).collect();
    let units: Vec<&str> = units.into_iter().collect();
    let of_settings = settings.iter().map(|s| format!("{} ({}={})", s.path.display(), s.name, s.unit));
    let shown = text::joined(links.iter().map(|link| link.display().to_string()).chain(of_settings));
    let verdict = if !settings.is_empty() {
        error(Text::verbatim(shown), text::mask_what_other_units_start(units.join(" ")))
    } else if links.is_empty() {
        fine(text::nothing_does())
    } else {
        let what = if units.is_empty() {
            "update-rc.d postfix disable".to_owned()
        } else {
            format!("systemctl disable {}", units.join(" "))
        };
        error(Text::verbatim(shown), text::only_the_cluster_starts_postfix(&what))
    };
    report.put(text::postfix_at_boot(), text::started_by_the_cluster_alone(), verdict);
}

fn tables(subject: &Subject, config: &Config, values: &BTreeMap<String, String>, report: &mut Report) {
    let tables = table::named_by(values);
    let types = (!tables.is_empty()).then(|| config::table_types(&subject.instance, subject.deadline()).ok()).flatten();
    let is_address_missing = health::missing_of(config).is_some();
    // postmap and postalias end where an address of inet_interfaces is missing.
    let making = |table: &Table| {
        if is_address_missing {
            text::make_it_where_the_address_is(table.command(), table.file().display())
        } else {
            Text::verbatim(table.command())
        }
    };
    if tables.is_empty() {
        report.put(text::tables_in_files(), text::each_of_them_there(), fine(text::main_cf_names_none()));
    }
    for table in tables {
        let found = verbatim!("{table} ({})", table.parameter);
        let verdict = match (fs::metadata(table.file()), subject.elsewhere()) {
            _ if types.as_ref().is_some_and(|types| !types.contains(&table.opened)) => {
                error(text::type_cannot_be_opened(&table.opened), text::install_what_opens_the_type(&table.opened))
            }
            (Err(_), Some(elsewhere)) if !table.path.exists() => fine(verbatim!("{found} {elsewhere}")),
            (Err(_), _) if table.path.exists() && table.file() != table.path => {
                error(text::is_missing_is_there(table.file().display(), table.path.display()), making(&table))
            }
            (Err(_), _) => error(text::is_missing(table.file().display()), text::bring_it_to_this_server(&table.parameter)),
            (Ok(_), _) if table.is_outdated() => {
                warning(text::is_newer_than(table.path.display(), table.file().display()), making(&table))
            }
            (Ok(_), _) => fine(found),
        };
        if table.file() != table.path {
            report.fact(Fact::Opened(table.to_string()), table.file().display().to_string());
        }
        if let Some(print) = table.fingerprint() {
            report.fact(Fact::Content(table.to_string()), format!("{print:016x}"));
        }
        report.put(text::table(&table), text::there_and_made_of_its_newest(), verdict);
    }
}

/// The sockets of other programs: without the one of SASL smtpd greets nobody, without the others mail waits or is refused.
fn sockets(subject: &Subject, config: &Config, values: &BTreeMap<String, String>, queue: Option<&Path>, report: &mut Report) {
    let services = config::services(&subject.instance, subject.deadline()).unwrap_or_default();
    let wanted = text::program_listens_on_each_of_them();
    let named = socket::named_by(values, &services);
    if named.is_empty() {
        report.put(text::sockets_of_other_programs(), wanted.clone(), fine(text::main_cf_and_master_cf_name()));
    }
    for socket in named {
        let below = queue.map(|queue| queue.join(socket.path.strip_prefix("/").unwrap_or(&socket.path)));
        let own = socket.path.is_absolute().then(|| socket.path.clone());
        // What is chrooted looks below the queue for an absolute path too.
        let below = below.filter(|_| own.is_none() || config.chrooted);
        let places: Vec<PathBuf> = own.into_iter().chain(below).collect();
        let found = verbatim!("{} ({})", socket.path.display(), socket.parameter);
        let verdict = match (places.iter().any(|path| net::listens_at(path).is_ok()), subject.elsewhere()) {
            (true, _) => fine(found),
            (false, Some(elsewhere)) => fine(verbatim!("{found} {elsewhere}")),
            (false, None) => warning(text::no_program_listens_on(&found), text::start_the_program_that_listens_there()),
        };
        report.put(text::socket(socket.path.display()), wanted.clone(), verdict);
    }
}

/// A standby needs the certificates at the next failover, and no monitor looks at them before.
fn certificates(subject: &Subject, config: &Config, report: &mut Report) {
    for path in &config.certificates {
        let verdict = match (fs::metadata(path), subject.elsewhere()) {
            (Err(_), Some(elsewhere)) if is_below_mount_point(path) => fine(elsewhere),
            (Err(e), _) => error(verbatim!("{}: {}", path.display(), file::brief(&e)), text::bring_the_certificate_here()),
            // A key may be in a file before that of its certificate.
            (Ok(_), _) if CertificateDer::from_pem_file(path).is_err() && PrivateKeyDer::from_pem_file(path).is_err() => {
                error(text::holds_no_certificate(path.display()), text::bring_the_certificate_here())
            }
            (Ok(_), _) => match Validity::of_file(path).and_then(|validity| validity.date_problem(SystemTime::now())) {
                Some(problem) => warning(verbatim!("{}: {problem}", path.display()), text::bring_the_certificate_here()),
                None => fine(Text::verbatim(path.display())),
            },
        };
        report.put(text::certificate_file(path.display()), text::there_with_a_certificate(), verdict);
    }
}

/// Without its key smtpd(8) offers no TLS, and a service in wrapper mode does not answer at all.
fn keys(subject: &Subject, config: &Config, values: &BTreeMap<String, String>, report: &mut Report) {
    let holds_key = |path: &&str| PrivateKeyDer::from_pem_file(path).is_ok();
    // With those that master.cf has for a service, whose names end so too. Where there is a chain, the other parameters are not used.
    let of = |ends: &'static [&str]| {
        values.iter().filter(|(name, list)| !list.is_empty() && ends.iter().any(|end| name.ends_with(end)))
    };
    let chains: Vec<&String> = of(&["smtpd_tls_chain_files"]).map(|(_, list)| list).collect();
    let without: BTreeSet<&str> = if chains.is_empty() {
        of(&["smtpd_tls_key_file", "smtpd_tls_eckey_file"])
            .flat_map(|(_, list)| split_list(list))
            .filter(|path| !holds_key(path))
            .collect()
    } else {
        let has_none = |list: &&String| !split_list(list).any(|path| holds_key(&path));
        chains.into_iter().filter(has_none).filter_map(|list| split_list(list).next()).collect()
    };
    for path in without.into_iter().map(Path::new).filter(|path| path.is_absolute()) {
        let verdict = match (fs::metadata(path), subject.elsewhere()) {
            (Err(_), Some(elsewhere)) if is_below_mount_point(path) => fine(elsewhere),
            // There is a line for it already.
            (Err(_), _) if config.certificates.contains(path) => continue,
            (Err(e), _) => error(verbatim!("{}: {}", path.display(), file::brief(&e)), text::bring_the_certificate_here()),
            (Ok(_), _) => error(text::holds_no_private_key(path.display()), text::bring_the_certificate_here()),
        };
        report.put(text::private_key_file(path.display()), text::there_with_a_private_key(), verdict);
    }
}

/// Whether the file system of a path that is missing may be mounted elsewhere: what there is of the path, or of what links in it lead to,
/// ends in an empty directory.
fn is_below_mount_point(path: &Path) -> bool {
    let target = file::target(path);
    let there = target.ancestors().find(|path| path.exists());
    there.is_some_and(|there| fs::read_dir(there).is_ok_and(|mut entries| entries.next().is_none()))
}

fn chroot(instance: &Instance, config: &Config, queue: &Path, report: &mut Report) {
    let check = text::chrooted_services_find_what_they_need();
    let wanted = text::copies_of_files_of_etc_below();
    if !config.chrooted {
        return report.put(check, wanted, fine(text::no_service_is_chrooted()));
    }
    let needed: Vec<&&str> = CHROOT_FILES.iter().filter(|f| Path::new("/").join(f).exists()).collect();
    let missing: Vec<String> =
        needed.iter().filter(|f| !queue.join(f).exists()).map(|f| queue.join(f).display().to_string()).collect();
    let differ = |f: &&&&str| fs::read(Path::new("/").join(f)).ok() != fs::read(queue.join(f)).ok();
    let stale: Vec<String> = needed.iter().filter(|f| queue.join(f).exists()).filter(differ).map(|f| f.to_string()).collect();
    // A helper copies them before each start; a Postfix that runs has those of the last one.
    if let Some(helper) = chroot_helper(instance) {
        let verdict = if stale.is_empty() || !health::is_present(instance, &Memory::recall(instance)) {
            fine(text::is_run_before_each_start(helper))
        } else {
            warning(text::not_the_same(stale.join(", ")), text::they_are_copied_at_a_start())
        };
        return report.put(check, wanted, verdict);
    }
    let advice = text::copy_them_before_each_start();
    let verdict = match (missing.as_slice(), stale.as_slice()) {
        ([], []) => fine(text::all_are_there()),
        ([], stale) => warning(text::not_the_same(stale.join(", ")), advice),
        (missing, _) => error(text::missing(missing.join(", ")), advice),
    };
    report.put(check, wanted, verdict);
}

/// cron hands its mail to sendmail, which on a standby finds neither address nor queue.
fn cron(subject: &Subject, report: &mut Report) {
    let own = subject.instance.config_dir == facts::default_config_dir();
    let programs = ["/usr/sbin/cron", "/usr/sbin/crond", "/usr/bin/crond"];
    let found = programs.into_iter().find(|p| Path::new(p).exists());
    let verdict = match found {
        None => fine(text::no_cron_here()),
        Some(cron) if own && Path::new("/usr/sbin/sendmail").exists() => {
            warning(text::mails_through_sendmail(cron), text::keep_etc_postfix_for_a_null())
        }
        Some(cron) => fine(text::does_not_mail_through_this_instance(cron)),
    };
    report.put(text::system_mail_on_a_standby(), text::can_be_delivered(), verdict);
}

fn source_address(config: &Config, values: &BTreeMap<String, String>, report: &mut Report) {
    let own = config.own_addresses();
    for (name, of_family) in
        [("smtp_bind_address", IpAddr::is_ipv4 as fn(&IpAddr) -> bool), ("smtp_bind_address6", IpAddr::is_ipv6)]
    {
        let family: Vec<&IpAddr> = own.iter().filter(|ip| of_family(ip)).collect();
        let bound = values.get(name).map(String::as_str).filter(|v| !v.is_empty());
        let verdict: CheckResult = match (bound, family.as_slice()) {
            (None, []) if name == "smtp_bind_address6" || !own.is_empty() => continue,
            (Some(bound), _) if bound.parse().is_ok_and(|ip: IpAddr| own.contains(&ip)) => fine(verbatim!("{name} = {bound}")),
            (Some(bound), _) => warning(
                text::value_which_is_not_among(name, bound, text::joined(&own)),
                text::set_bind_address_or_spf(name, bound),
            ),
            // Postfix takes the one address of inet_interfaces (smtp(8)).
            (None, [one]) => fine(text::only_address_of_inet_interfaces(one)),
            (None, _) => warning(text::postfix_leaves_the_choice(), text::set_bind_address_or_spf_of_all_servers(name)),
        };
        report.put(text::mail_leaves_from_the_virtual_address(), text::where_spf_records_name_it(), verdict);
    }
}

fn records(subject: &Subject, config: &Config, values: &BTreeMap<String, String>, report: &mut Report) {
    let value = |name: &str| values.get(name).map(String::as_str).unwrap_or_default();
    let own_name = value("myhostname");
    let names = ["mydestination", "virtual_mailbox_domains", "virtual_alias_domains", "relay_domains"];
    let is_domain = |w: &&str| w.contains('.') && !w.contains([':', '/', '$']) && !w.starts_with("localhost");
    let mut domains: BTreeSet<String> =
        names.iter().flat_map(|n| split_list(value(n))).filter(is_domain).map(str::to_owned).collect();
    domains.remove(own_name);
    domains.extend(subject.domains.iter().cloned());
    let addresses = config.own_addresses();
    if domains.is_empty() || addresses.is_empty() {
        let why = if domains.is_empty() { text::main_cf_names_no_domain_outside() } else { text::there_is_no_virtual_address() };
        report.put(text::mx_records(), text::they_lead_to_the_virtual_address(), fine(text::not_asked(&why)));
    } else {
        domains
            .iter()
            .for_each(|d| report.put(text::mx_records_of(d), text::they_lead_to_the_virtual_address(), leads_to(d, &addresses)));
    }
    let host = crate::system::host_name();
    if host.contains('.') && !domains.contains(&host) {
        let verdict = match dns::mail_hosts(&host) {
            Ok(hosts) if hosts.is_empty() => fine(text::none()),
            Ok(hosts) => warning(verbatim!("{host}: {}", hosts.join(", ")), text::remove_it_mail_for_one_servers()),
            Err(why) => warning(Text::verbatim(why), text::ask_again_where_the_name_server_answers()),
        };
        report.put(text::no_mx_record_for_the_servers(), text::none(), verdict);
    }
}

fn leads_to(domain: &str, wanted: &BTreeSet<IpAddr>) -> CheckResult {
    let hosts = match dns::mail_hosts(domain) {
        Err(why) => return warning(Text::verbatim(why), text::ask_again_where_the_name_server_answers_or_leave()),
        // Without an MX record the domain itself is the host (RFC 5321, 5.1).
        Ok(hosts) if hosts.is_empty() => vec![domain.to_owned()],
        Ok(hosts) => hosts,
    };
    // Each is asked for once: what is judged is what is shown.
    let deadline = Deadline::after(TIMEOUT);
    let found: Vec<(String, Vec<IpAddr>)> = hosts
        .into_iter()
        .map(|host| {
            let ips = net::resolve(&host, deadline).unwrap_or_default();
            (host, ips.into_iter().collect())
        })
        .collect();
    let words = |ips: &[IpAddr]| ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let shown = text::joined(found.iter().map(|(host, ips)| format!("{host} ({})", words(ips))));
    if found.iter().any(|(_, ips)| ips.iter().any(|ip| wanted.contains(ip))) {
        fine(Text::verbatim(shown))
    } else {
        let addresses: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        warning(text::no_host_is_the_address(addresses.join(" or "), shown), text::let_an_mx_record_lead())
    }
}
