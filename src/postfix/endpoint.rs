//! Where an instance accepts mail: inet_interfaces x the inet services of master.cf.
//!
//! An endpoint is every `inet` service that runs smtpd(8) or postscreen(8), on every address of
//! inet_interfaces or on the address its own `host:port` name gives (master(5), postconf(5)).

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::system::net;

/// One address and port where Postfix must answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// The service's name in master.cf.
    pub service: String,
    pub address: SocketAddr,
    /// TLS from the first byte (smtpd_tls_wrappermode).
    pub tls: bool,
    /// A PROXY header comes first (smtpd_upstream_proxy_protocol, postscreen_upstream_proxy_protocol).
    pub proxy: bool,
    /// Whether postscreen(8) takes its connections.
    pub screened: bool,
    /// How many clients can be served at the same time (the process limit of master.cf), when there is a limit.
    pub limit: Option<usize>,
    /// The names of its port, from known_tcp_ports and /etc/services.
    pub names: Vec<String>,
}

impl Endpoint {
    /// Whether `entry` matches it, in the notation of master.cf. No name service is used.
    fn is_named(&self, entry: &str) -> bool {
        let (host, port) = split_service(entry);
        let (own_host, own_port) = split_service(&self.service);
        let is_port = match port.parse::<u16>() {
            Ok(number) => number == self.address.port(),
            Err(_) => port == own_port || self.names.iter().any(|name| name == port),
        };
        fn plain(host: &str) -> &str {
            host.trim_start_matches('[').trim_end_matches(']')
        }
        let is_host =
            |host: &str| own_host.is_some_and(|own| plain(own) == plain(host)) || plain(host).parse() == Ok(self.address.ip());
        is_port && host.is_none_or(is_host)
    }

    /// Whether clients use TLS and the PROXY protocol in the same way for both.
    pub fn is_spoken_to_like(&self, other: &Endpoint) -> bool {
        (self.tls, self.proxy) == (other.tls, other.proxy)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

/// Splits endpoints into those that one of `entries` names, which are looked at, and the others. When there is no entry or none
/// names any, all are looked at: a list that is mistyped must not make anybody blind.
pub fn select(endpoints: Vec<Endpoint>, entries: &[String]) -> (Vec<Endpoint>, Vec<Endpoint>) {
    let (named, others): (Vec<_>, Vec<_>) =
        endpoints.into_iter().partition(|endpoint| entries.iter().any(|entry| endpoint.is_named(entry)));
    if named.is_empty() { (others, named) } else { (named, others) }
}

/// The entries that name no endpoint.
pub fn unnamed<'a>(endpoints: &[Endpoint], entries: &'a [String]) -> Vec<&'a str> {
    let is_empty = |entry: &&str| !endpoints.iter().any(|endpoint| endpoint.is_named(entry));
    entries.iter().map(String::as_str).filter(is_empty).collect()
}

/// A service of master.cf that accepts mail, from the network (`inet`) or from postscreen(8) (`pass`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub name: String,
    /// `inet` or `pass`.
    pub kind: String,
    /// `smtpd` or `postscreen`.
    pub program: String,
    /// None: default_process_limit.
    pub limit: Option<usize>,
    /// The whole line of `postconf -M`.
    pub line: String,
}

/// What `postconf -M` prints, one line a service: name, type, private, unprivileged, chroot, wake-up,
/// process limit, command. Returns the services that accept mail and whether any service is
/// chrooted; `default_chroot` is what `-` stands for (yes before compatibility_level 1).
pub fn parse_services(text: &str, disabled: &str, default_chroot: bool) -> (Vec<Service>, bool) {
    let mut any_chrooted = false;
    let mut services = Vec::new();
    for Row { name, kind, chroot, limit, program, line } in rows(text, disabled) {
        any_chrooted |= chroot == "y" || chroot == "-" && default_chroot;
        if matches!(kind, "inet" | "pass") && matches!(program, "smtpd" | "postscreen") {
            let [name, kind, program, line] = [name, kind, program, line].map(str::to_owned);
            services.push(Service { name, kind, program, limit, line });
        }
    }
    (services, any_chrooted)
}

/// A line that `postconf -M` prints.
pub struct Row<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    chroot: &'a str,
    limit: Option<usize>,
    pub program: &'a str,
    /// With all that it has.
    line: &'a str,
}

/// What `postconf -M` prints, without the services that are disabled. Of several with one name Postfix uses the last.
pub fn rows<'a>(text: &'a str, disabled: &'a str) -> impl Iterator<Item = Row<'a>> {
    let row = |line: &'a str| {
        let mut fields = line.split_ascii_whitespace();
        let (name, kind) = (fields.next()?, fields.next()?);
        let chroot = fields.nth(2)?;
        let limit = fields.nth(1)?.parse().ok();
        Some(Row { name, kind, chroot, limit, program: fields.next()?, line })
    };
    let all: Vec<Row<'a>> = text.lines().filter(|l| !l.starts_with([' ', '\t', '#'])).filter_map(row).collect();
    let last: BTreeMap<_, _> = all.iter().enumerate().map(|(at, row)| ((row.name, row.kind), at)).collect();
    let is_used =
        move |(at, row): &(usize, Row<'a>)| last[&(row.name, row.kind)] == *at && !is_disabled(disabled, row.name, row.kind);
    all.into_iter().enumerate().filter(is_used).map(|(_, row)| row)
}

/// master_service_disable: `name/type`, `type`, or the older `name.type`, in any case; the first match decides, each `!` negates.
fn is_disabled(list: &str, name: &str, kind: &str) -> bool {
    let matching = split_list(list).find_map(|word| {
        let pattern = word.trim_start_matches('!');
        let is_it = |text: &str| pattern.eq_ignore_ascii_case(text);
        let matches = is_it(kind) || is_it(&format!("{name}/{kind}")) || is_it(&format!("{name}.{kind}"));
        matches.then_some((word.len() - pattern.len()) % 2 == 0)
    });
    matching.unwrap_or(false)
}

/// What `postconf -P` prints: `service/type/parameter = value`.
pub fn parse_overrides(text: &str) -> BTreeMap<(String, String), String> {
    text.lines()
        .filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            let (service, parameter) = key.trim().rsplit_once('/')?;
            let service = service.strip_suffix("/inet")?;
            Some(((service.to_owned(), parameter.to_owned()), value.trim().to_owned()))
        })
        .collect()
}

/// The words of a Postfix list: blanks and commas separate.
pub fn split_list(list: &str) -> impl Iterator<Item = &str> {
    list.split([' ', '\t', ',', '\r', '\n']).filter(|w| !w.is_empty())
}

/// What a list of interfaces names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    pub addresses: Vec<IpAddr>,
    /// The values that are neither address, keyword nor known host name.
    pub unknown: Vec<String>,
    /// Whether an address comes from a host name, and so may change.
    pub by_name: bool,
}

/// The addresses of inet_interfaces (expanded text). `resolve` gives those of a host name, none when nobody knows it.
pub fn parse_interfaces(text: &str, protocols: &str, resolve: &dyn Fn(&str) -> Vec<IpAddr>) -> Interfaces {
    let allowed = |ip: &IpAddr| {
        let mut words = split_list(protocols).peekable();
        let wanted = words.peek().is_none() || words.any(|w| w == "all" || w == if ip.is_ipv4() { "ipv4" } else { "ipv6" });
        wanted && (ip.is_ipv4() || net::kernel_supports_ipv6())
    };
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    // For a wildcard, loopback is checked.
    let concrete = |ip: IpAddr| if ip.is_unspecified() { loopback[usize::from(ip.is_ipv6())] } else { ip };
    let mut found_all = Interfaces::default();
    for word in split_list(text) {
        let found: Vec<IpAddr> = match word {
            // "all" stands for both families: check the first that is allowed.
            "all" => loopback.into_iter().filter(allowed).take(1).collect(),
            "loopback-only" => {
                loopback.into_iter().filter(allowed).filter(|ip| ip.is_ipv4() || net::can_bind_ipv6_loopback()).collect()
            }
            word => {
                // Brackets are for addresses; Postfix takes names in them too.
                let host = word.trim_start_matches('[').trim_end_matches(']');
                match host.parse() {
                    Ok(ip) => vec![concrete(ip)],
                    Err(_) => {
                        found_all.by_name = true;
                        resolve(host).into_iter().filter(allowed).collect()
                    }
                }
            }
        };
        if found.is_empty() {
            found_all.unknown.push(word.to_owned());
        }
        found_all.addresses.extend(found);
    }
    let mut seen = std::collections::HashSet::new();
    found_all.addresses.retain(|ip| seen.insert(*ip));
    found_all
}

/// Whether a value of inet_interfaces may be a host name: what is not is no address either, and never will be.
pub fn may_be_a_name(value: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']');
    value.contains(|c: char| c.is_ascii_alphabetic()) && value.chars().all(is_part)
}

/// The port of a service name: a number, a name of known_tcp_ports, or one of the services database.
pub fn port(name: &str, known: &str) -> Option<u16> {
    if let Ok(port) = name.parse() {
        return Some(port);
    }
    let listed = split_list(known).find_map(|entry| {
        let (names, port) = entry.rsplit_once('=')?;
        names.split('=').any(|n| n == name).then(|| port.parse().ok())?
    });
    listed.or_else(|| net::service_port(name))
}

/// What a port is called: by known_tcp_ports and /etc/services.
pub fn names(port: u16, known: &str) -> Vec<String> {
    let listed = split_list(known).filter_map(|entry| entry.rsplit_once('=').filter(|(_, number)| number.parse() == Ok(port)));
    listed.flat_map(|(names, _)| names.split('=')).map(str::to_owned).chain(net::service_names(port)).collect()
}

/// Where a service of master.cf listens: the host of its own, when it has one, and its port's name. `[::1]:25`, `[ipv6:::1]:25`, `::1:25`
/// (the last colon separates), `host:25`, or `25`.
pub fn split_service(service: &str) -> (Option<&str>, &str) {
    let Some((host, port)) = service.rsplit_once(':') else { return (None, service) };
    let marked = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = marked.filter(|rest| rest.get(..5).is_some_and(|mark| mark.eq_ignore_ascii_case("ipv6:")));
    (Some(address.map_or(host, |rest| &rest[5..])).filter(|h| !h.is_empty()), port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: &str = "lmtp=24, smtp=25, smtps=submissions=465, submission=587";

    #[test]
    fn ports_come_from_numbers_known_names_and_the_database() {
        assert_eq!(
            ["25", "smtp", "submissions", "smtps", "submission"].map(|n| port(n, KNOWN)),
            [25, 25, 465, 465, 587].map(Some)
        );
        assert_eq!(port("http", KNOWN), Some(80));
        assert_eq!(port("nonsense", KNOWN), None);
        assert_eq!(port("70000", KNOWN), None);
    }

    #[test]
    fn services_that_accept_mail_are_inet_and_run_smtpd_or_postscreen() {
        let text = "smtp       inet  n       -       n       -       1       postscreen\n\
                    smtpd      pass  -       -       n       -       -       smtpd\n\
                    127.0.0.1:10025 inet n -    y       -       -       smtpd -o a=b\n\
                    628        inet  n       -       n       -       -       qmqpd\n\
                    qmgr       unix  n       -       n       300     1       qmgr\nshort inet\n";
        let (services, chrooted) = parse_services(text, "", false);
        let shown: Vec<_> = services.iter().map(|s| (s.name.as_str(), s.kind.as_str(), s.limit)).collect();
        assert_eq!(shown, [("smtp", "inet", Some(1)), ("smtpd", "pass", None), ("127.0.0.1:10025", "inet", None)]);
        assert!(chrooted);
        assert!(parse_services(text, "inet pass", false).0.is_empty());
        assert_eq!(parse_services(text, "smtp/inet", false).0.len(), 2);
        assert_eq!(parse_services(text, "!smtp.inet inet", false).0.len(), 2);
    }

    #[test]
    fn interfaces_may_be_addresses_of_both_families_keywords_and_names() {
        let resolve =
            |name: &str| if name == "mx" { vec!["10.0.0.9".parse().unwrap(), "fd00::9".parse().unwrap()] } else { vec![] };
        let parse = |text: &str, protocols: &str| parse_interfaces(text, protocols, &resolve);
        assert_eq!(
            parse("10.0.0.1, fd00::1 [fd00::2]", "all").addresses,
            ["10.0.0.1", "fd00::1", "fd00::2"].map(|a| a.parse::<IpAddr>().unwrap())
        );
        assert_eq!(parse("0.0.0.0 [::]", "all").addresses, [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
        assert_eq!(parse("all", "all").addresses, [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        assert_eq!(parse("all", "ipv6").addresses, [IpAddr::V6(Ipv6Addr::LOCALHOST)]);
        assert_eq!(parse("mx", "ipv4").addresses, ["10.0.0.9".parse::<IpAddr>().unwrap()]);
        assert!(parse("mx", "ipv4").by_name && !parse("all, 10.0.0.1", "all").by_name);
        assert_eq!(parse("[mx]", "ipv4").addresses, parse("mx", "ipv4").addresses, "Postfix takes names in brackets");
        assert_eq!(parse("nowhere", "all").unknown, ["nowhere"]);
        assert_eq!(
            ["mx", "[mx.a-b.test]", "10.0.0.300", "fe80::1%eth0", "a/b"].map(may_be_a_name),
            [true, true, false, false, false]
        );
        assert_eq!(parse("10.0.0.300", "all").unknown, ["10.0.0.300"]);
    }

    #[test]
    fn a_service_name_may_carry_its_own_host() {
        assert_eq!(split_service("smtp"), (None, "smtp"));
        assert_eq!(split_service("127.0.0.1:10025"), (Some("127.0.0.1"), "10025"));
        assert_eq!(split_service("[::1]:10025"), (Some("[::1]"), "10025"));
        assert_eq!(split_service("[IPv6:::1]:10025"), (Some("::1"), "10025"));
        assert_eq!(split_service(":smtp"), (None, "smtp"));
    }

    fn endpoint(service: &str, address: &str) -> Endpoint {
        let address: SocketAddr = address.parse().unwrap();
        let names = names(address.port(), KNOWN);
        Endpoint { service: service.to_owned(), address, tls: false, proxy: false, screened: false, limit: None, names }
    }

    fn entries(text: &str) -> Vec<String> {
        split_list(text).map(str::to_owned).collect()
    }

    #[test]
    fn endpoints_are_named_as_in_master_cf_by_number_or_name() {
        let all = vec![
            endpoint("smtp", "192.0.2.25:25"),
            endpoint("587", "192.0.2.25:587"),
            endpoint("smtps", "192.0.2.25:465"),
            endpoint("[::1]:smtp", "[::1]:25"),
            endpoint("[ipv6:::1]:10026", "[::1]:10026"),
            endpoint("0.0.0.0:10025", "127.0.0.1:10025"),
            endpoint("mx.example.test:110", "192.0.2.25:110"),
        ];
        let chosen = |text: &str| {
            let (looked_at, others) = select(all.clone(), &entries(text));
            assert_eq!(looked_at.len() + others.len(), all.len());
            looked_at.iter().map(|e| e.service.clone()).collect::<Vec<_>>().join(" ")
        };
        for (text, services) in [
            ("smtp", "smtp [::1]:smtp"),
            ("25", "smtp [::1]:smtp"),
            ("mail", "smtp [::1]:smtp"),
            ("192.0.2.25:25", "smtp"),
            ("192.0.2.25:smtp", "smtp"),
            ("[::1]:25", "[::1]:smtp"),
            ("::1:25", "[::1]:smtp"),
            ("[IPv6:0::1]:10026", "[ipv6:::1]:10026"),
            ("[::1]:10026", "[ipv6:::1]:10026"),
            ("[0::1]:25", "[::1]:smtp"),
            ("submission", "587"),
            ("465", "smtps"),
            ("submissions nosuch", "smtps"),
            ("0.0.0.0:10025", "0.0.0.0:10025"),
            ("127.0.0.1:10025", "0.0.0.0:10025"),
            ("mx.example.test:pop3", "mx.example.test:110"),
            ("465,587", "587 smtps"),
        ] {
            assert_eq!(chosen(text), services, "{text}");
        }
        let every = chosen("");
        assert_eq!(every.split(' ').count(), all.len());
        // Entries without a match.
        for text in ["nosuch", "26", "192.0.2.26:25", "example.test:110", "SMTP inet"] {
            assert_eq!(chosen(text), every, "{text}");
            assert_eq!(unnamed(&all, &entries(text)), entries(text), "{text}");
        }
        assert_eq!(unnamed(&all, &entries("smtp nosuch 587 26")), ["nosuch", "26"]);
    }

    #[test]
    fn overrides_belong_to_their_service() {
        let overrides =
            parse_overrides("smtps/inet/smtpd_tls_wrappermode = yes\nrelay/unix/syslog_name = x\n[::1]:25/inet/a = b = c\n");
        assert_eq!(overrides.get(&("smtps".into(), "smtpd_tls_wrappermode".into())).unwrap(), "yes");
        assert_eq!(overrides.get(&("[::1]:25".into(), "a".into())).unwrap(), "b = c");
        assert_eq!(overrides.len(), 2);
    }

    proptest! {
        #[test]
        fn services_are_read_back(rows in prop::collection::vec((
            "[a-z0-9.:\\[\\]-]{1,12}",
            prop::sample::select(vec!["inet", "unix", "pass", "fifo"]),
            prop::sample::select(vec!["n", "y", "-"]),
            prop::option::of(0usize..500),
            prop::sample::select(vec!["smtpd", "postscreen", "qmgr", "smtpd-wrapper"]),
            "( -o [a-z_]{1,8}=[!-~]{0,9}){0,3}",
        ), 0..12), gap in " {1,9}") {
            let line = |(name, kind, chroot, limit, program, options): &(String, &str, &str, Option<usize>, &str, String)| {
                let limit = limit.map_or("-".to_owned(), |n| n.to_string());
                [name.as_str(), kind, "n", "-", chroot, "-", &limit, program].join(&gap) + options
            };
            let text: String = rows.iter().map(|row| line(row) + "\n").collect();
            let is_last = |at: &usize| rows[at + 1..].iter().all(|later| (&later.0, later.1) != (&rows[*at].0, rows[*at].1));
            let used: Vec<_> = (0..rows.len()).filter(is_last).map(|at| &rows[at]).collect();
            let expected: Vec<Service> = used
                .iter()
                .filter(|(_, kind, _, _, program, _)| matches!(*kind, "inet" | "pass") && matches!(*program, "smtpd" | "postscreen"))
                .map(|row| Service {
                    name: row.0.clone(),
                    kind: row.1.to_owned(),
                    program: row.4.to_owned(),
                    limit: row.3,
                    line: line(row),
                })
                .collect();
            let chrooted = used.iter().any(|(_, _, chroot, ..)| *chroot == "y");
            prop_assert_eq!(parse_services(&text, "", false), (expected, chrooted));
        }

        #[test]
        fn overrides_are_read_back(entries in prop::collection::btree_map(("[a-z0-9.:\\[\\]-]{1,12}", "[a-z_]{1,9}"), "([!-~]([ -~]{0,9}[!-~])?)?", 0..9)) {
            let text: String = entries.iter().map(|((s, p), value)| format!("{s}/inet/{p} = {value}\n")).collect();
            prop_assert_eq!(parse_overrides(&text), entries);
        }

        #[test]
        fn addresses_are_read_back(addresses in prop::collection::hash_set(any::<IpAddr>(), 0..6), gap in "[ ,\t]{1,3}", brackets: bool) {
            let addresses: Vec<IpAddr> = addresses.into_iter().filter(|ip| !ip.is_unspecified()).collect();
            let show = |ip: &IpAddr| if brackets && ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() };
            let text = addresses.iter().map(show).collect::<Vec<_>>().join(&gap);
            let found = parse_interfaces(&text, "all", &|_| Vec::new());
            prop_assert_eq!(found, Interfaces { addresses, ..Interfaces::default() });
        }

        #[test]
        fn any_text_is_survived(text in "(\\PC|[\n\t =#:/!\\[\\]-]){0,200}") {
            let _ = (parse_services(&text, &text, true), parse_overrides(&text), port(&text, &text));
        }
    }
}
