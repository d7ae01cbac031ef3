//! Asks the name servers of resolv.conf(5) what the resolver of the C library has no question for: MX records.
//!
//! No resolver crate: the admin tool alone asks, this one question, of one server after the other; simple-dns makes and reads the packets.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE};

use crate::text;

/// How long one server may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The hosts that take mail for a domain, the most wanted first; none when it has no MX record.
///
/// # Errors
/// When no name server answers, in words for a person.
pub fn mail_hosts(domain: &str) -> Result<Vec<String>, String> {
    let config = super::file::read_text("/etc/resolv.conf");
    let servers = config.lines().filter_map(|l| l.trim().strip_prefix("nameserver")?.trim().parse::<IpAddr>().ok());
    let mut trouble = text::no_name_server();
    for server in servers {
        match ask(SocketAddr::new(server, 53), domain) {
            Ok(hosts) => return Ok(hosts),
            Err(error) => trouble = text::name_server_failed(server, error),
        }
    }
    Err(trouble.to_string())
}

fn ask(server: SocketAddr, domain: &str) -> io::Result<Vec<String>> {
    let wrong = |error: simple_dns::SimpleDnsError| io::Error::other(error.to_string());
    let mut query = Packet::new_query(random()?);
    query.set_flags(PacketFlag::RECURSION_DESIRED);
    query.questions.push(Question::new(Name::new(domain).map_err(wrong)?, TYPE::MX.into(), CLASS::IN.into(), false));
    let question = query.build_bytes_vec().map_err(wrong)?;
    let mut bytes = by_datagram(server, &question).map_err(in_words)?;
    if Packet::parse(&bytes).is_ok_and(|answer| answer.has_flags(PacketFlag::TRUNCATION)) {
        // More than fits: the whole of it comes over a connection (RFC 7766).
        bytes = by_connection(server, &question).map_err(in_words)?;
    }
    let answer = Packet::parse(&bytes).map_err(wrong)?;
    match answer.rcode() {
        RCODE::NoError | RCODE::NameError if answer.id() == query.id() => {}
        RCODE::NoError | RCODE::NameError => return Err(io::Error::other(text::it_answers_another_question())),
        code => return Err(io::Error::other(text::it_answers(format_args!("{code:?}")))),
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

/// What nobody can foresee who would like to answer in the server's place.
fn random() -> io::Result<u16> {
    let mut bytes = [0u8; 2];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(u16::from_ne_bytes(bytes))
}

fn by_datagram(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    socket.connect(server)?;
    socket.send(question)?;
    let mut buffer = vec![0u8; 4096];
    let length = socket.recv(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// Question and answer each have their length before them.
fn by_connection(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut length = [0u8; 2];
    stream.read_exact(&mut length)?;
    let mut buffer = vec![0u8; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut buffer)?;
    Ok(buffer)
}

fn in_words(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::Error::new(io::ErrorKind::TimedOut, text::no_answer()),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use simple_dns::rdata::MX;
    use simple_dns::{CLASS, Name, Packet, PacketFlag, ResourceRecord};

    use super::*;

    /// The answer with so many hosts to a question.
    fn answer(question: &[u8], hosts: u16) -> Packet<'static> {
        let mut reply = Packet::new_reply(Packet::parse(question).unwrap().id());
        for n in 0..hosts {
            let mx = MX { preference: n, exchange: Name::new("a-long-name-of-a-host.example.test").unwrap() };
            let record = ResourceRecord::new(Name::new("example.test").unwrap(), CLASS::IN, 60, RData::MX(mx));
            reply.answers.push(record);
        }
        reply
    }

    #[test]
    fn what_does_not_fit_into_a_datagram_is_asked_for_over_a_connection() {
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = datagrams.local_addr().unwrap();
        let connections = TcpListener::bind(server).unwrap();
        let serve = std::thread::spawn(move || {
            let mut buffer = [0u8; 512];
            let (length, peer) = datagrams.recv_from(&mut buffer).unwrap();
            let mut short = answer(&buffer[..length], 1);
            short.set_flags(PacketFlag::TRUNCATION);
            datagrams.send_to(&short.build_bytes_vec().unwrap(), peer).unwrap();
            let (mut stream, _) = connections.accept().unwrap();
            let mut length = [0u8; 2];
            stream.read_exact(&mut length).unwrap();
            let mut question = vec![0u8; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut question).unwrap();
            let whole = answer(&question, 40).build_bytes_vec().unwrap();
            stream.write_all(&[&(whole.len() as u16).to_be_bytes(), whole.as_slice()].concat()).unwrap();
        });
        assert_eq!(ask(server, "example.test").unwrap().len(), 40);
        serve.join().unwrap();
    }
}
