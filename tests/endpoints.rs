//! Our endpoints against what Postfix really listens on, over many random configurations.
//!
//! Each is written, started by the agent, which takes a greeting from every endpoint, and held against the kernel's list of
//! listening sockets. `POSTKEEPER_SEED=N` gives the same configurations again; `POSTKEEPER_CONFIGURATIONS=N` says how many.

use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use lab::host::require_root;
use lab::sandbox::{Action, Agent, CONFIG, Sandbox, VIP};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

/// Ports of services that take no mail by SMTP.
const OTHERS: &[&str] = &["628 inet n - n - - qmqpd", "10099 inet n - n - - discard"];

/// Services that accept mail: how master.cf calls them, and the family that the name ties them to.
const NAMES: &[(&str, Option<u8>)] = &[
    ("smtp", None),
    ("submission", None),
    ("submissions", None),
    ("2525", None),
    ("pop3", None),
    ("127.0.0.1:10025", Some(4)),
    ("[::1]:10026", Some(6)),
    ("::1:10027", Some(6)),
    ("192.0.2.26:10028", Some(4)),
    ("[2001:db8::25]:10029", Some(6)),
    ("[IPv6:2001:db8::25]:10032", Some(6)),
    ("localhost:10030", None),
    ("mx.example.test:10031", None),
];

/// A configuration: the lines to append to main.cf, and master.cf's services.
struct Configuration {
    main_cf: String,
    services: Vec<String>,
}

fn pick<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}

fn generate(rng: &mut Rng) -> Configuration {
    let protocols = pick(rng, &["ipv4", "ipv6", "all", "ipv4, ipv6", "ipv6,ipv4"]);
    let (v4, v6) = (protocols != "ipv6", protocols != "ipv4");
    let mut interfaces = vec!["all", "loopback-only", "localhost", "mx.example.test", "$myhostname, localhost", "$everything"];
    if v4 {
        interfaces.extend(["192.0.2.25", "192.0.2.26 ,192.0.2.25", "192.0.2.25,\n# a comment\n\n    192.0.2.26", "$first"]);
    }
    if v6 {
        interfaces.extend(["2001:db8::25", "[2001:db8::25], ::1", "localhost\n\t2001:db8::25"]);
    }
    if v4 && v6 {
        interfaces.push("192.0.2.25, 2001:db8::25");
    }
    let interfaces = pick(rng, &interfaces);
    let everything = if v4 { "192.0.2.25 192.0.2.26" } else { "2001:db8::25" };
    let mut main_cf = format!(
        "inet_protocols = {protocols}\nfirst = 192.0.2.26\neverything = {everything}\nwrap = yes\ninet_interfaces = {interfaces}\n"
    );
    if rng.bool() {
        // An earlier or a later line that says something else must not count, or must.
        main_cf = format!("inet_interfaces = 192.0.2.77\n{main_cf}");
    }
    let disabled = pick(rng, &["", "submission/inet", "submission.inet, 2525/inet", "!smtp/inet unix.nothing", "fifo"]);
    let _ = writeln!(main_cf, "master_service_disable = {disabled}");

    // One that nothing disables.
    let mut services = vec![service(rng, "2999")];
    for (name, family) in NAMES {
        if rng.bool() && family.is_none_or(|f| if f == 4 { v4 } else { v6 }) {
            let postscreen = *name == "smtp" && rng.u8(..3) == 0;
            services.push(if postscreen { "smtp inet n - n - 1 postscreen".to_owned() } else { service(rng, name) });
        }
    }
    services.extend(OTHERS.iter().filter(|_| rng.bool()).map(|line| line.to_string()));
    rng.shuffle(&mut services);
    services.push("smtpd pass - - n - - smtpd".to_owned());
    Configuration { main_cf, services }
}

/// A line of master.cf that runs smtpd, with options in the ways that there are to write them.
fn service(rng: &mut Rng, name: &str) -> String {
    let limit = pick(rng, &["-", "0", "7"]);
    let gap = pick(rng, &[" ", "\t", "   \t "]);
    let mut line = [name, "inet", "n", "-", "n", "-", limit, "smtpd"].join(gap);
    if name == "submissions" || rng.u8(..6) == 0 {
        let option = ["smtpd_tls_wrappermode=yes", "smtpd_tls_wrappermode=YES", "smtpd_tls_wrappermode=$wrap"];
        let _ = write!(line, "\n  -o {}", pick(rng, &option));
    }
    if rng.u8(..6) == 0 {
        line += pick(
            rng,
            &[" -o smtpd_upstream_proxy_protocol=haproxy", "\n# between\n\t-o { smtpd_upstream_proxy_protocol = haproxy }"],
        );
    }
    line + pick(rng, &["", " -o syslog_name=postfix/other", "\n  -o { smtpd_banner = $myhostname ESMTP = here }", " -v"])
}

/// What listens in the host, as the kernel lists it.
fn listeners(host: &Sandbox) -> Vec<SocketAddr> {
    let read = |file: &str| host.output(&format!("cat /proc/net/{file}")).unwrap();
    let parse = |line: &str| -> Option<SocketAddr> {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (address, port) = fields.get(1)?.split_once(':')?;
        // 0A: LISTEN. Addresses are words in the order of the machine.
        (*fields.get(3)? == "0A").then_some(())?;
        let words: Vec<u8> = (0..address.len() / 8)
            .filter_map(|i| Some(u32::from_str_radix(&address[i * 8..i * 8 + 8], 16).ok()?.to_ne_bytes()))
            .flatten()
            .collect();
        let ip = match words.len() {
            4 => IpAddr::from(<[u8; 4]>::try_from(words).ok()?),
            _ => IpAddr::from(<[u8; 16]>::try_from(words).ok()?),
        };
        Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
    };
    ["tcp", "tcp6"].into_iter().flat_map(|file| read(file).lines().filter_map(parse).collect::<Vec<_>>()).collect()
}

/// What the agent remembers to have started.
fn endpoints(host: &Sandbox) -> Vec<SocketAddr> {
    let name = host.output("ls /run/resource-agents/postkeeper-postfix-pk-*.json").unwrap();
    let memory: serde_json::Value = serde_json::from_slice(&fs::read(host.path(name.trim())).unwrap()).unwrap();
    let list = memory["master"]["endpoints"].as_array().unwrap();
    list.iter().map(|e| e["address"].as_str().unwrap().parse().unwrap()).collect()
}

/// The differences in words.
fn differences(ours: &[SocketAddr], real: &[SocketAddr]) -> Vec<String> {
    let is_wildcard =
        |real: &SocketAddr| matches!(real.ip(), IpAddr::V4(Ipv4Addr::UNSPECIFIED) | IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    let covers = |real: &SocketAddr, ours: &SocketAddr| {
        real.port() == ours.port() && (real.ip() == ours.ip() || is_wildcard(real) && real.is_ipv4() == ours.is_ipv4())
    };
    let other = |real: &SocketAddr| OTHERS.iter().any(|line| line.starts_with(&format!("{} ", real.port())));
    // The two wildcards of "all" are one to us.
    let known = |real: &SocketAddr| {
        ours.iter().any(|o| covers(real, o)) || is_wildcard(real) && ours.iter().any(|o| o.port() == real.port())
    };
    let invented = ours.iter().filter(|o| !real.iter().any(|r| covers(r, o))).map(|o| format!("nothing listens on {o}"));
    let missed = real.iter().filter(|r| !known(r) && !other(r)).map(|r| format!("{r} is not known to us"));
    invented.chain(missed).collect()
}

/// Writes a file of the configuration as if it had been written a while ago: Postfix waits for one that is younger than a second
/// or two, in case it is still being written.
fn write_old(host: &Sandbox, file: &str, text: &str) {
    let path = host.path(&format!("{CONFIG}/{file}"));
    fs::write(&path, text).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(SystemTime::now() - Duration::from_secs(10)).unwrap();
}

#[test]
fn our_endpoints_are_what_postfix_listens_on() {
    require_root();
    let seed = std::env::var("POSTKEEPER_SEED").map_or_else(|_| fastrand::u64(1..1_000_000), |text| text.parse().unwrap());
    let wanted = std::env::var("POSTKEEPER_CONFIGURATIONS").map_or(30, |text| text.parse::<usize>().unwrap());
    println!("POSTKEEPER_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let host = Sandbox::new("endpoints", AGENT).unwrap();
    host.certify(100).unwrap();
    host.sh(&format!(
        "ip addr add 192.0.2.26/32 dev lo && ip addr add 2001:db8::25/128 dev lo nodad &&
         printf '127.0.0.1 localhost\\n::1 localhost\\n{VIP} mx.example.test\\n2001:db8::25 mx.example.test\\n' > /etc/hosts"
    ))
    .unwrap();
    let read = |file: &str| fs::read_to_string(host.path(&format!("{CONFIG}/{file}"))).unwrap();
    let main_cf: String = read("main.cf").lines().filter(|l| !l.starts_with("inet_")).map(|l| format!("{l}\n")).collect();
    let master_cf: String = read("master.cf").lines().filter(|l| !l.starts_with("smtp inet")).map(|l| format!("{l}\n")).collect();

    for done in 0..wanted {
        let configuration = generate(&mut rng);
        let services = configuration.services.join("\n");
        let mynetworks = "mynetworks = 127.0.0.0/8 [::1]/128 192.0.2.0/24 [2001:db8::]/64\n";
        write_old(&host, "main.cf", &format!("{main_cf}{mynetworks}{}", configuration.main_cf));
        write_old(&host, "master.cf", &format!("{services}\n{master_cf}"));
        let shown = format!("POSTKEEPER_SEED={seed}, configuration {done}\n{}\n{services}", configuration.main_cf);
        let answer = host.act(Action::Start).unwrap();
        let (ours, real) = (endpoints(&host), listeners(&host));
        assert_eq!(answer.code, Some(0), "{}\n{ours:?}\n{real:?}\n{shown}\n{}", answer.stderr, host.syslog());
        assert_eq!(differences(&ours, &real), Vec::<String>::new(), "{ours:?}\n{real:?}\n{shown}");
        let stopped = host.act(Action::Stop).unwrap();
        assert_eq!((stopped.code, listeners(&host)), (Some(0), vec![]), "{}\n{shown}", stopped.stderr);
    }
}
