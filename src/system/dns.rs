//! Asks the name servers of resolv.conf(5) what the resolver of the C library has no question for: MX records.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE};

/// How long one server may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The hosts that take mail for a domain, the most wanted first; none when it has no MX record.
///
/// # Errors
/// When no name server answers, in words for a person.
pub fn mail_hosts(domain: &str) -> Result<Vec<String>, String> {
    let config = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let servers = config.lines().filter_map(|l| l.trim().strip_prefix("nameserver")?.trim().parse::<IpAddr>().ok());
    let mut trouble = "resolv.conf names no name server".to_owned();
    for server in servers {
        match ask(SocketAddr::new(server, 53), domain) {
            Ok(hosts) => return Ok(hosts),
            Err(error) => trouble = format!("name server {server}: {error}"),
        }
    }
    Err(trouble)
}

fn ask(server: SocketAddr, domain: &str) -> io::Result<Vec<String>> {
    let wrong = |error: simple_dns::SimpleDnsError| io::Error::other(error.to_string());
    let mut query = Packet::new_query(std::process::id() as u16);
    query.set_flags(PacketFlag::RECURSION_DESIRED);
    query.questions.push(Question::new(Name::new(domain).map_err(wrong)?, TYPE::MX.into(), CLASS::IN.into(), false));
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect(server)?;
    socket.send(&query.build_bytes_vec().map_err(wrong)?)?;
    let mut buffer = [0u8; 4096];
    let length = socket.recv(&mut buffer).map_err(|e| match e.kind() {
        io::ErrorKind::WouldBlock => io::Error::new(io::ErrorKind::TimedOut, "no answer"),
        _ => e,
    })?;
    let answer = Packet::parse(&buffer[..length]).map_err(wrong)?;
    match answer.rcode() {
        RCODE::NoError | RCODE::NameError if answer.id() == query.id() => {}
        code => return Err(io::Error::other(format!("it answers {code:?}"))),
    }
    let mut found: Vec<(u16, String)> = answer
        .answers
        .iter()
        .filter_map(|record| match &record.rdata {
            RData::MX(mx) => Some((mx.preference, mx.exchange.to_string())),
            _ => None,
        })
        .collect();
    found.sort();
    Ok(found.into_iter().map(|(_, host)| host).collect())
}
