//! What an SMTP client of an endpoint gets to hear (RFC 5321), within a deadline.
//!
//! A greeting: 220, EHLO, QUIT, every answer read to its end, so that no daemon logs a lost
//! connection. A transaction: also MAIL FROM:<>, RCPT TO:<postmaster> and RSET; nothing is injected. For
//! <postmaster> smtpd looks at none of its restrictions, so postmaster of the name it greets with is
//! tried too: that is where a broken restriction or a lookup that fails shows.
//! TLS from the first byte where the service wants it (any certificate will do: the question is
//! whether Postfix answers, not who it is); a PROXY version 2 LOCAL header where it expects one.
//!
//! 421 is a server that is too busy: degraded. 4xx at MAIL or RCPT may be policy or lack of space:
//! degraded, but for 451, the server's own error (451 4.7 is policy again). 5xx there is policy: fine.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use crate::postfix::endpoint::Endpoint;
use crate::system::deadline::Deadline;

/// What is read of one reply, in bytes.
const REPLY_LIMIT: u64 = 64 * 1024;

/// How a conversation went wrong.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It answers, and refuses work.
    Degraded(String),
    /// No answer before the deadline.
    Silent,
    Failed(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Degraded(why) | Trouble::Failed(why) => f.write_str(why),
            Trouble::Silent => f.write_str("no answer in time"),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Trouble::Silent,
            io::ErrorKind::UnexpectedEof => Trouble::Failed("the connection was closed without an answer".to_owned()),
            _ => Trouble::Failed(crate::postfix::queue::brief(&error)),
        }
    }
}

/// Talks to all endpoints at once; how it went with each, in their order.
pub fn converse_all(endpoints: &[Endpoint], transaction: bool, deadline: Deadline) -> Vec<Result<(), Trouble>> {
    let talk = |endpoint| converse(endpoint, transaction, deadline);
    std::thread::scope(|scope| {
        let threads: Vec<_> = endpoints.iter().map(|e| scope.spawn(move || talk(e))).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| Err(Trouble::Failed("the check failed".to_owned())))).collect()
    })
}

fn converse(endpoint: &Endpoint, transaction: bool, deadline: Deadline) -> Result<(), Trouble> {
    // connect_timeout refuses zero.
    let stream = TcpStream::connect_timeout(&endpoint.address, deadline.remaining().max(Duration::from_millis(1)))?;
    let own_address = stream.local_addr()?.ip();
    let mut timed = Timed { stream, deadline };
    if endpoint.proxy {
        timed.write_all(PROXY_LOCAL)?;
    }
    if endpoint.tls {
        let mut tls = StreamOwned::new(tls_client(endpoint.address.ip())?, timed);
        while tls.conn.is_handshaking() {
            let StreamOwned { conn, sock } = &mut tls;
            conn.complete_io(sock).map_err(|e| match Trouble::from(e) {
                Trouble::Silent => Trouble::Silent,
                other => Trouble::Failed(format!("TLS handshake: {other}")),
            })?;
        }
        dialogue(&mut BufReader::new(tls), own_address, transaction)
    } else {
        dialogue(&mut BufReader::new(timed), own_address, transaction)
    }
}

/// PROXY protocol version 2, command LOCAL: "I am the load balancer itself", no addresses.
const PROXY_LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00";

fn dialogue<S: Read + Write>(server: &mut BufReader<S>, own_address: IpAddr, transaction: bool) -> Result<(), Trouble> {
    let greeting = reply(server)?;
    expect(&greeting, "220", "greets")?;
    let name = match own_address {
        IpAddr::V4(ip) => format!("[{ip}]"),
        IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    };
    expect(&ask(server, &format!("EHLO {name}"))?, "250", "answers EHLO with")?;
    let verdict = if transaction { inquire(server, greeting.split(' ').nth(1)) } else { Ok(()) };
    // Its answer, or a server that is gone by then, says nothing about service.
    let farewell = ask(server, "QUIT");
    verdict?;
    expect(&farewell?, "221", "answers QUIT with")
}

fn inquire<S: Read + Write>(server: &mut BufReader<S>, name: Option<&str>) -> Result<(), Trouble> {
    let is_name = |n: &&str| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let qualified = name.filter(is_name).map(|name| format!("RCPT TO:<postmaster@{name}>"));
    for command in ["MAIL FROM:<>", "RCPT TO:<postmaster>"].into_iter().chain(qualified.as_deref()) {
        let answer = ask(server, command)?;
        let words = || format!("answers {answer} to {command}");
        match answer.as_bytes()[0] {
            b'2' => {}
            b'5' => break,
            b'4' if answer.starts_with("451") && !answer.starts_with("451 4.7") => return Err(Trouble::Failed(words())),
            // Greylisting and the like: other clients' mail is taken.
            b'4' if Some(command) == qualified.as_deref() => break,
            b'4' => return Err(Trouble::Degraded(words())),
            _ => return Err(Trouble::Failed(words())),
        }
    }
    expect(&ask(server, "RSET")?, "250", "answers RSET with")
}

fn expect(answer: &str, code: &str, verb: &str) -> Result<(), Trouble> {
    match answer {
        a if a.starts_with(code) => Ok(()),
        a if a.starts_with("421") => Err(Trouble::Degraded(format!("{verb} {a}"))),
        a => Err(Trouble::Failed(format!("{verb} {a}"))),
    }
}

fn ask<S: Read + Write>(server: &mut BufReader<S>, command: &str) -> Result<String, Trouble> {
    server.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
    server.get_mut().flush()?;
    reply(server)
}

/// Reads a reply to its last line ("250-" goes on, "250 " ends) and returns that line.
fn reply<S: Read>(server: &mut BufReader<S>) -> Result<String, Trouble> {
    let mut bounded = server.take(REPLY_LIMIT);
    loop {
        let mut line = Vec::new();
        bounded.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let code = text.as_bytes().get(..3).filter(|c| c.iter().all(u8::is_ascii_digit));
        match (code, text.as_bytes().get(3)) {
            (Some(_), Some(b'-')) => {}
            (Some(_), None | Some(b' ')) => return Ok(text),
            _ => return Err(Trouble::Failed(format!("does not speak SMTP: {text}"))),
        }
    }
}

/// A stream whose every wait ends at the deadline.
struct Timed {
    stream: TcpStream,
    deadline: Deadline,
}

impl Timed {
    fn time_left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.remaining();
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.time_left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.time_left()?)?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn tls_client(address: IpAddr) -> io::Result<ClientConnection> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(AnyCertificate(provider.signature_verification_algorithms.supported_schemes()));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::IpAddress(address.into())).map_err(io::Error::other)
}

/// Takes every certificate: nothing that is secret is sent.
#[derive(Debug)]
struct AnyCertificate(Vec<SignatureScheme>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server that says `lines`, one before the first command and one after each.
    fn hear(lines: &'static [&'static str], transaction: bool) -> Result<(), Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            for line in lines {
                stream.get_mut().write_all(line.as_bytes()).unwrap();
                if stream.read_line(&mut String::new()).unwrap_or(0) == 0 {
                    return;
                }
            }
            std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
        });
        let endpoint = Endpoint { service: "smtp".to_owned(), address, tls: false, proxy: false, limit: None };
        let heard = converse(&endpoint, transaction, Deadline::after(Duration::from_secs(2)));
        server.join().unwrap();
        heard
    }

    #[test]
    fn answers_are_read_to_the_end_and_judged() {
        assert_eq!(hear(&["220-a\r\n220 b\r\n", "250-x\r\n250 y\r\n", "221 bye\r\n"], false), Ok(()));
        let policy = hear(&["220 b\r\n", "250 y\r\n", "250 ok\r\n", "550 no\r\n", "250 ok\r\n", "221 bye\r\n"], true);
        assert_eq!(policy, Ok(()));
        let full = hear(&["220 b\r\n", "250 y\r\n", "452 4.3.1 Insufficient system storage\r\n", "221 bye\r\n"], true);
        assert!(matches!(full, Err(Trouble::Degraded(_))), "{full:?}");
        let broken = hear(&["220 b\r\n", "250 y\r\n", "250 ok\r\n", "451 4.3.0 lookup\r\n", "221 bye\r\n"], true);
        assert!(broken.unwrap_err().to_string().contains("451 4.3.0 lookup"));
        let half = &["220 mx ESMTP\r\n", "250 y\r\n", "250 ok\r\n", "250 ok\r\n", "451 4.3.5 configuration\r\n", "221 bye\r\n"];
        assert!(hear(half, true).unwrap_err().to_string().contains("answers 451 4.3.5 configuration to RCPT"));
        let grey = &["220 mx\r\n", "250 y\r\n", "250 ok\r\n", "250 ok\r\n", "450 4.2.0 later\r\n", "250 ok\r\n", "221 bye\r\n"];
        assert_eq!(hear(grey, true), Ok(()));
    }

    #[test]
    fn a_busy_server_is_degraded_a_refusing_one_has_failed() {
        assert_eq!(hear(&["421 busy\r\n"], false), Err(Trouble::Degraded("greets 421 busy".to_owned())));
        assert_eq!(hear(&["554 no\r\n"], false), Err(Trouble::Failed("greets 554 no".to_owned())));
        assert!(hear(&["HTTP/1.1 400\r\n"], false).unwrap_err().to_string().contains("does not speak SMTP"));
        assert_eq!(hear(&[""], false), Err(Trouble::Silent));
    }
}
