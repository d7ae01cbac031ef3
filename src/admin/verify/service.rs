//! This server: what happens around Postfix. Boot, lookup tables, chroot, labels, outgoing mail, MX records, mail of cron.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Subject;
use super::report::{Report, Verdict, error, fine, warning};
use super::{confinement, upkeep};
use crate::lifecycle::chroot_helper;
use crate::ocf::parameters;
use crate::postfix::config::{self, Config};
use crate::postfix::endpoint::split_list;
use crate::postfix::{Instance, socket, table};
use crate::system::deadline::Deadline;
use crate::system::{boot, dns, file, net};

/// How long a name server may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What chrooted services read of /etc, by way of the C library.
const CHROOT_FILES: &[&str] = &["etc/resolv.conf", "etc/services", "etc/hosts", "etc/nsswitch.conf", "etc/localtime"];

pub fn examine(subject: &Subject, config: &Config, values: &BTreeMap<String, String>, queue: Option<&Path>, report: &mut Report) {
    boot(report);

    report.section("lookup tables");
    tables(subject, values, report);
    for name in ["main.cf", "master.cf"] {
        if let Ok(bytes) = fs::read(subject.instance.config_dir.join(name)) {
            report.fact(format!("content of {name}"), format!("{:016x}", file::fingerprint(&bytes)));
        }
    }

    report.section("surroundings");
    if let Some(queue) = queue {
        chroot(&subject.instance, config, queue, report);
        confinement::labels(&subject.instance.config_dir, queue, config, report);
        confinement::profiles(queue, report);
    }
    sockets(subject, config, values, queue, report);
    cron(subject, report);
    upkeep::examine(report);

    report.section("outgoing and incoming mail");
    source_address(config, values, report);
    records(subject, config, values, report);
}

/// Whatever starts Postfix beside the cluster starts it without its storage.
pub fn boot(report: &mut Report) {
    report.section("boot");
    let links = boot::links("postfix");
    let verdict = if links.is_empty() {
        fine("nothing does")
    } else {
        let shown: Vec<String> = links.iter().map(|l| l.display().to_string()).collect();
        let units: BTreeSet<String> = links.iter().filter_map(|l| Some(l.file_name()?.to_str()?.to_owned())).collect();
        let units: Vec<&str> = units.iter().filter(|u| u.ends_with(".service")).map(String::as_str).collect();
        let what = if units.is_empty() {
            "update-rc.d postfix disable".to_owned()
        } else {
            format!("systemctl disable {}", units.join(" "))
        };
        error(shown.join(", "), format!("{what}   (the cluster starts Postfix; no one else may)"))
    };
    report.put("Postfix at boot", "started by the cluster alone, by no unit or script", verdict);
}

fn tables(subject: &Subject, values: &BTreeMap<String, String>, report: &mut Report) {
    let tables = table::named_by(values);
    if tables.is_empty() {
        report.put("tables in files", "each of them there", fine("main.cf names none"));
    }
    for table in tables {
        let found = format!("{table} ({})", table.parameter);
        let verdict = match fs::metadata(table.file()) {
            Err(_) if subject.away.is_some() && !table.path.exists() => {
                fine(format!("{found} {}", subject.elsewhere().unwrap_or_default()))
            }
            Err(_) if table.path.exists() && table.file() != table.path => {
                error(format!("{} is missing, {} is there", table.file().display(), table.path.display()), table.command())
            }
            Err(_) => error(
                format!("{} is missing", table.file().display()),
                format!(
                    "Bring it to this server, or take it out of {}: Postfix answers 451 as long as it is missing.",
                    table.parameter
                ),
            ),
            Ok(_) if table.is_outdated() => {
                warning(format!("{} is newer than {}", table.path.display(), table.file().display()), table.command())
            }
            Ok(_) => fine(found),
        };
        if let Some(print) = table.fingerprint() {
            report.fact(format!("content of {table}"), format!("{print:016x}"));
        }
        report.put(format!("table {table}"), "there, and made of its newest text", verdict);
    }
}

/// The sockets of other programs: without the one of SASL smtpd greets nobody, without the others mail waits or is refused.
fn sockets(subject: &Subject, config: &Config, values: &BTreeMap<String, String>, queue: Option<&Path>, report: &mut Report) {
    let services = config::services(&subject.instance, subject.deadline()).unwrap_or_default();
    let wanted = "a program listens on each of them";
    let named = socket::named_by(values, &services);
    if named.is_empty() {
        report.put("sockets of other programs", wanted, fine("main.cf and master.cf name none"));
    }
    for socket in named {
        let below = queue.map(|queue| queue.join(socket.path.strip_prefix("/").unwrap_or(&socket.path)));
        let own = socket.path.is_absolute().then(|| socket.path.clone());
        // What is chrooted looks below the queue for an absolute path too.
        let below = below.filter(|_| own.is_none() || config.chrooted);
        let places: Vec<PathBuf> = own.into_iter().chain(below).collect();
        let found = format!("{} ({})", socket.path.display(), socket.parameter);
        let verdict = match places.iter().map(|path| net::listens_at(path)).find(Result::is_ok) {
            Some(_) => fine(found),
            None if subject.away.is_some() => fine(format!("{found} {}", subject.elsewhere().unwrap_or_default())),
            None => warning(
                format!("nobody listens on {found}"),
                "Start the program that listens there before Postfix: let the cluster start it first (postkeeper depend add), or enable its unit on every server.",
            ),
        };
        report.put(format!("socket {}", socket.path.display()), wanted, verdict);
    }
}

fn chroot(instance: &Instance, config: &Config, queue: &Path, report: &mut Report) {
    let check = "chrooted services find what they need";
    let wanted = "copies of files of /etc below the queue, or a helper that makes them";
    if !config.chrooted {
        return report.put(check, wanted, fine("no service is chrooted"));
    }
    if let Some(helper) = chroot_helper(instance) {
        return report.put(check, wanted, fine(format!("{helper} is run before each start")));
    }
    let needed: Vec<&&str> = CHROOT_FILES.iter().filter(|f| Path::new("/").join(f).exists()).collect();
    let missing: Vec<String> =
        needed.iter().filter(|f| !queue.join(f).exists()).map(|f| queue.join(f).display().to_string()).collect();
    let differ = |f: &&&&str| fs::read(Path::new("/").join(f)).ok() != fs::read(queue.join(f)).ok();
    let stale: Vec<String> = needed.iter().filter(|f| queue.join(f).exists()).filter(differ).map(|f| f.to_string()).collect();
    let advice = "Copy them before each start, or run the services without chroot: postconf -F '*/*/chroot=n'".to_string();
    let verdict = match (missing.as_slice(), stale.as_slice()) {
        ([], []) => fine("all are there"),
        ([], stale) => warning(format!("not the same as on this server: {}", stale.join(", ")), advice),
        (missing, _) => error(format!("missing: {}", missing.join(", ")), advice),
    };
    report.put(check, wanted, verdict);
}

/// cron hands its mail to sendmail, which on a standby finds neither address nor queue.
fn cron(subject: &Subject, report: &mut Report) {
    let own = subject.instance.config_dir.as_path() == Path::new(parameters::default("config_dir").unwrap_or_default());
    let programs = ["/usr/sbin/cron", "/usr/sbin/crond", "/usr/bin/crond"];
    let found = programs.into_iter().find(|p| Path::new(p).exists());
    let verdict = match found {
        None => fine("no cron here"),
        Some(cron) if own && Path::new("/usr/sbin/sendmail").exists() => warning(
            format!("{cron} mails through sendmail, whose configuration is this instance: on a standby such mail is lost"),
            "Keep /etc/postfix for a null client of the system and give this instance a directory of its own, or set MAILTO=\"\" in the crontabs.",
        ),
        Some(cron) => fine(format!("{cron} does not mail through this instance")),
    };
    report.put("system mail on a standby", "can be delivered", verdict);
}

fn source_address(config: &Config, values: &BTreeMap<String, String>, report: &mut Report) {
    let own = config.own_addresses();
    let shown: Vec<String> = own.iter().map(ToString::to_string).collect();
    for (name, of_family) in
        [("smtp_bind_address", IpAddr::is_ipv4 as fn(&IpAddr) -> bool), ("smtp_bind_address6", IpAddr::is_ipv6)]
    {
        let family: Vec<&IpAddr> = own.iter().filter(|ip| of_family(ip)).collect();
        let bound = values.get(name).map(String::as_str).filter(|v| !v.is_empty());
        let verdict: Verdict = match (bound, family.as_slice()) {
            (None, []) if name == "smtp_bind_address6" || !own.is_empty() => continue,
            (Some(bound), _) if bound.parse().is_ok_and(|ip: IpAddr| own.contains(&ip)) => fine(format!("{name} = {bound}")),
            (Some(bound), _) => warning(
                format!("{name} = {bound}, which is not among {}", shown.join(", ")),
                format!("Set {name} to the virtual address, or see that the SPF record of your domains names {bound} too."),
            ),
            // Postfix takes the one address of inet_interfaces (smtp(8)).
            (None, [one]) => fine(format!("{one}, the only address of inet_interfaces")),
            (None, _) => warning(
                "Postfix leaves the choice to the kernel, which takes the server's own address",
                format!("Set {name} to the virtual address, or see that the SPF record of your domains names every server."),
            ),
        };
        report.put("mail leaves from the virtual address", "where SPF records name it", verdict);
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
        let why = if domains.is_empty() {
            "main.cf names no domain outside of a table; give --domain"
        } else {
            "there is no virtual address"
        };
        report.put("MX records", "they lead to the virtual address", fine(format!("not asked: {why}")));
    } else {
        domains
            .iter()
            .for_each(|d| report.put(format!("MX records of {d}"), "they lead to the virtual address", leads_to(d, &addresses)));
    }
    let host = crate::system::host_name();
    if host.contains('.') && !domains.contains(&host) {
        let verdict = match dns::mail_hosts(&host) {
            Ok(hosts) if hosts.is_empty() => fine("none"),
            Ok(hosts) => warning(
                format!("{host}: {}", hosts.join(", ")),
                "Remove it: mail for one server's own name waits when that server is off.",
            ),
            Err(why) => warning(why, "Ask again where the name server answers."),
        };
        report.put("no MX record for the server's own name", "none", verdict);
    }
}

fn leads_to(domain: &str, wanted: &BTreeSet<IpAddr>) -> Verdict {
    let hosts = match dns::mail_hosts(domain) {
        Err(why) => return warning(why, "Ask again where the name server answers, or leave it if no mail comes from outside."),
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
    let shown: Vec<String> = found.iter().map(|(host, ips)| format!("{host} ({})", words(ips))).collect();
    if found.iter().any(|(_, ips)| ips.iter().any(|ip| wanted.contains(ip))) {
        fine(shown.join(", "))
    } else {
        let addresses: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        warning(
            format!("none is {}: {}", addresses.join(" or "), shown.join(", ")),
            "Let an MX record lead to the virtual address, unless mail comes through another gateway.",
        )
    }
}
