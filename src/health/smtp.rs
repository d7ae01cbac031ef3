//! An SMTP client (RFC 5321) that checks endpoints within a deadline.
//!
//! Greeting: 220, EHLO, QUIT, with every reply read completely, so that no daemon logs a lost
//! connection. Transaction: also MAIL FROM:<>, RCPT TO:<postmaster> and RSET; no mail is sent. For
//! <postmaster> smtpd skips its restrictions, so postmaster at the name of the greeting is tried too:
//! that finds broken restrictions and failing lookups.
//! TLS from the first byte where the service wants it, and STARTTLS where the answer to EHLO offers it
//! ([`tls`]); a PROXY version 2 LOCAL header where it expects one.
//!
//! A TLS handshake that either side refuses is degraded, as is a STARTTLS that does not work: other clients may
//! succeed, or do without TLS. No answer at all on a TLS port is a failure.
//! 421 means that the server is too busy: degraded, as is a greeting that refuses the agent by policy (5.7.x, 4.7.x).
//! A late greeting is degraded too. 4xx to MAIL or RCPT may be policy or lack of space: degraded, except 451, which is a
//! local error (451 4.7 is policy again), and has failed when it stays. 5xx to them is policy: healthy.
//!
//! A transaction writes lines to the mail log, so it is made with one endpoint of each service only.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use super::tls::{self, Validity};
use crate::postfix::endpoint::Endpoint;
use crate::postfix::fault::Message;
use crate::system::deadline::Deadline;
use crate::system::file::brief;
use crate::system::is_shortage;
use crate::text;

/// The longest reply that is read, in bytes.
const REPLY_LIMIT: u64 = 64 * 1024;

/// After this time a greeting is late. Clients wait for minutes, but something that the server needs does not answer.
const LATE_GREETING: Duration = Duration::from_secs(5);

/// postscreen_greet_wait, unless the server is under stress.
const POSTSCREEN_GREET_WAIT: Duration = Duration::from_secs(6);

/// How often a thread that waits for a reply checks whether it should give up.
const ABANDON_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// How often the caller is told which endpoints have not answered.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// Called every second with the endpoints that have not answered; returns whether to keep waiting for them.
pub type Progress<'a> = &'a dyn Fn(&[&Endpoint]) -> bool;

/// Why a check of an endpoint failed.
#[derive(Debug, PartialEq, Eq)]
pub enum SmtpError {
    /// It answers and refuses to work.
    Degraded(Message, String),
    /// No answer before the deadline.
    Silent,
    /// 451: something that it needs for a recipient (a table of a database, a policy service) does not work now.
    LocalError(String),
    Failed(String),
}

impl fmt::Display for SmtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SmtpError::Degraded(_, why) | SmtpError::LocalError(why) | SmtpError::Failed(why) => f.write_str(why),
            SmtpError::Silent => f.write_str(&text::no_answer_in_time()),
        }
    }
}

impl From<io::Error> for SmtpError {
    fn from(error: io::Error) -> Self {
        if let Some(refusal) = tls::refusal(&error) {
            return SmtpError::Degraded(Message::TlsRefused, refusal);
        }
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => SmtpError::Silent,
            // What this host is short of says nothing of the service.
            io::ErrorKind::AddrNotAvailable => SmtpError::Degraded(Message::ServiceDegraded, brief(&error)),
            _ if is_shortage(&error) => SmtpError::Degraded(Message::ServiceDegraded, brief(&error)),
            io::ErrorKind::UnexpectedEof => SmtpError::Failed(text::connection_was_closed()),
            _ => SmtpError::Failed(brief(&error)),
        }
    }
}

/// The result for an endpoint that serves.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub validity: Option<Validity>,
    /// The first degradation.
    pub remark: Option<(Message, String)>,
}

impl Outcome {
    pub fn degraded(message: Message, found: String) -> Outcome {
        Outcome { remark: Some((message, found)), ..Outcome::default() }
    }

    fn remark(&mut self, message: Message, found: String) {
        self.remark.get_or_insert((message, found));
    }
}

/// Checks all endpoints in parallel; the results in their order.
pub fn converse_all(
    endpoints: &[Endpoint],
    transaction: bool,
    deadline: Deadline,
    meanwhile: Option<Progress<'_>>,
) -> Vec<Result<Outcome, SmtpError>> {
    let abandoned = Arc::new(AtomicBool::new(false));
    let is_first_of_service = |i: usize| endpoints[..i].iter().all(|e| e.service != endpoints[i].service);
    let talk = |i: usize| match converse(&endpoints[i], transaction && is_first_of_service(i), deadline, &abandoned) {
        // It has answered, so it serves.
        Err(SmtpError::Degraded(message, found)) => Ok(Outcome::degraded(message, found)),
        other => other,
    };
    if endpoints.len() == 1 && meanwhile.is_none() {
        return vec![talk(0)];
    }
    std::thread::scope(|scope| {
        let (done, ended) = mpsc::channel();
        let talk = &talk;
        let begin = |i: usize| {
            let done = done.clone();
            let thread = std::thread::Builder::new().spawn_scoped(scope, move || {
                let outcome = talk(i);
                let _ = done.send(i);
                outcome
            });
            // Without threads, check one after the other.
            thread.map_err(|_| talk(i))
        };
        let threads: Vec<_> = (0..endpoints.len()).map(begin).collect();
        let mut pending: Vec<usize> = (0..endpoints.len()).filter(|i| threads[*i].is_ok()).collect();
        while let Some(meanwhile) = meanwhile.filter(|_| !pending.is_empty()) {
            match ended.recv_timeout(PROGRESS_INTERVAL) {
                Ok(i) => pending.retain(|p| *p != i),
                // A thread that ended without a result is handled below.
                Err(_) if threads.iter().flatten().all(|t| t.is_finished()) => break,
                Err(_) if meanwhile(&pending.iter().map(|i| &endpoints[*i]).collect::<Vec<_>>()) => {}
                Err(_) => {
                    abandoned.store(true, Ordering::Relaxed);
                    break;
                }
            }
        }
        let broken = || Err(SmtpError::Failed(text::check_failed()));
        threads.into_iter().map(|t| t.map_or_else(|outcome| outcome, |t| t.join().unwrap_or_else(|_| broken()))).collect()
    })
}

fn converse(
    endpoint: &Endpoint,
    transaction: bool,
    deadline: Deadline,
    abandoned: &Arc<AtomicBool>,
) -> Result<Outcome, SmtpError> {
    let begun = Instant::now();
    // connect_timeout refuses zero.
    let stream = TcpStream::connect_timeout(&endpoint.address, deadline.remaining().max(Duration::from_millis(1)))?;
    let own_address = stream.local_addr()?.ip();
    let mut timed = Timed { stream, deadline, abandoned: Arc::clone(abandoned) };
    let mut outcome = Outcome::default();
    if endpoint.proxy {
        timed.write_all(PROXY_LOCAL)?;
    }
    if endpoint.tls {
        let mut server = secure(timed, endpoint, &mut outcome)?;
        let (name, _) = hello(endpoint, &mut server, own_address, begun, &mut outcome)?;
        finish(&mut server, name.as_deref(), transaction, &mut outcome)?;
        return Ok(outcome);
    }
    let mut server = BufReader::new(timed);
    let (name, offers_tls) = hello(endpoint, &mut server, own_address, begun, &mut outcome)?;
    if offers_tls {
        let answer = ask(&mut server, "STARTTLS")?;
        let answer = answer.last();
        if answer.starts_with("220") {
            match secure(server.into_inner(), endpoint, &mut outcome) {
                Ok(mut server) => {
                    expect(ask(&mut server, &ehlo(own_address))?.last(), "250", text::answers_ehlo_with)?;
                    finish(&mut server, name.as_deref(), transaction, &mut outcome)?;
                }
                // It greets, so it serves clients without TLS.
                Err(error) => outcome.remark(Message::TlsRefused, format!("STARTTLS: {error}")),
            }
            return Ok(outcome);
        }
        // smtpd uses 4.7.0 for TLS problems; other codes have other causes (a missing milter).
        let is_tls = !answer.starts_with("454") || answer.contains(" 4.7.");
        let message = if is_tls { Message::TlsRefused } else { Message::ServiceDegraded };
        outcome.remark(message, text::answers_to(answer, "STARTTLS"));
    }
    finish(&mut server, name.as_deref(), transaction, &mut outcome)?;
    Ok(outcome)
}

/// Makes the TLS handshake and checks the dates of the certificate.
fn secure(stream: Timed, endpoint: &Endpoint, outcome: &mut Outcome) -> Result<BufReader<tls::Stream<Timed>>, SmtpError> {
    let (stream, validity) = tls::handshake(stream, endpoint.address.ip()).map_err(|e| match SmtpError::from(e) {
        SmtpError::Failed(why) => SmtpError::Failed(text::tls_handshake(why)),
        degraded => degraded,
    })?;
    outcome.validity = validity;
    if let Some(found) = validity.and_then(|v| v.date_problem(SystemTime::now())) {
        outcome.remark(Message::CertificateDate, found);
    }
    Ok(BufReader::new(stream))
}

/// PROXY protocol version 2, command LOCAL: "I am the load balancer itself", no addresses.
const PROXY_LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00";

fn ehlo(own_address: IpAddr) -> String {
    match own_address {
        IpAddr::V4(ip) => format!("EHLO [{ip}]"),
        IpAddr::V6(ip) => format!("EHLO [IPv6:{ip}]"),
    }
}

/// Greeting and EHLO: the server's name, and whether it offers STARTTLS. That postscreen(8) turns our own address away
/// (postscreen_access_list) does not mean that it does so with others.
fn hello<S: Read + Write>(
    endpoint: &Endpoint,
    server: &mut BufReader<S>,
    own_address: IpAddr,
    begun: Instant,
    outcome: &mut Outcome,
) -> Result<(Option<String>, bool), SmtpError> {
    let greeting = Reply::read(&mut *server)?;
    if endpoint.screened && greeting.last().starts_with("521 5.3.2") {
        return Err(SmtpError::Degraded(Message::ServiceDegraded, text::greets_with(greeting.last())));
    }
    welcome(&greeting, "220", text::greets_with)?;
    let waited = begun.elapsed();
    // With a first line postscreen(8) begins a wait for clients that speak too soon.
    let due = if greeting.0.len() > 1 { LATE_GREETING + POSTSCREEN_GREET_WAIT } else { LATE_GREETING };
    if waited >= due {
        outcome.remark(Message::LateGreeting, text::greets_after(format_args!("{:.1}", waited.as_secs_f64())));
    }
    let name = greeting.last().split(' ').nth(1).map(str::to_owned);
    let answer = ask(server, &ehlo(own_address))?;
    welcome(&answer, "250", text::answers_ehlo_with)?;
    Ok((name, answer.offers("STARTTLS")))
}

/// As [`expect`]. A refusal by policy, for the agent's address (smtpd_client_restrictions) or name (smtpd_helo_restrictions), does not
/// mean that other clients are refused.
fn welcome<'a>(answer: &'a Reply, code: &str, words: fn(&'a str) -> String) -> Result<(), SmtpError> {
    if matches!(answer.last().as_bytes().get(3..8), Some(b" 5.7." | b" 4.7.")) {
        return Err(SmtpError::Degraded(Message::ServiceDegraded, words(answer.last())));
    }
    expect(answer.last(), code, words)
}

/// The transaction, if requested, and QUIT.
fn finish<S: Read + Write>(
    server: &mut BufReader<S>,
    name: Option<&str>,
    transaction: bool,
    outcome: &mut Outcome,
) -> Result<(), SmtpError> {
    let verdict = if transaction { inquire(server, name) } else { Ok(true) };
    // The reply to QUIT, or a closed connection, says nothing about the service.
    let farewell = ask(server, "QUIT");
    let result =
        verdict.and_then(|is_open| if is_open { expect(farewell?.last(), "221", text::answers_quit_with) } else { Ok(()) });
    match result {
        Err(SmtpError::Degraded(message, found)) => {
            outcome.remark(message, found);
            Ok(())
        }
        other => other,
    }
}

/// MAIL and RCPT; whether the server goes on with the connection, which it does not after 421 and 521.
fn inquire<S: Read + Write>(server: &mut BufReader<S>, name: Option<&str>) -> Result<bool, SmtpError> {
    let is_name = |n: &&str| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let qualified = name.filter(is_name).map(|name| format!("RCPT TO:<postmaster@{name}>"));
    for command in ["MAIL FROM:<>", "RCPT TO:<postmaster>"].into_iter().chain(qualified.as_deref()) {
        let answer = ask(server, command)?;
        let answer = answer.last();
        let words = || text::answers_to(answer, command);
        match answer.as_bytes()[0] {
            b'2' => {}
            b'5' if answer.starts_with("521") => return Ok(false),
            b'5' => break,
            b'4' if answer.starts_with("421") => return Err(SmtpError::Degraded(Message::ServiceDegraded, words())),
            b'4' if answer.starts_with("451") && !answer.starts_with("451 4.7") => return Err(SmtpError::LocalError(words())),
            // Greylisting and the like: other clients' mail is accepted.
            b'4' if Some(command) == qualified.as_deref() => break,
            b'4' => return Err(SmtpError::Degraded(Message::ServiceDegraded, words())),
            _ => return Err(SmtpError::Failed(words())),
        }
    }
    expect(ask(server, "RSET")?.last(), "250", text::answers_rset_with).map(|()| true)
}

fn expect<'a>(answer: &'a str, code: &str, words: fn(&'a str) -> String) -> Result<(), SmtpError> {
    match answer {
        a if a.starts_with(code) => Ok(()),
        a if a.starts_with("421") => Err(SmtpError::Degraded(Message::ServiceDegraded, words(a))),
        a => Err(SmtpError::Failed(words(a))),
    }
}

fn ask<S: Read + Write>(server: &mut BufReader<S>, command: &str) -> Result<Reply, SmtpError> {
    server.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
    server.get_mut().flush()?;
    Reply::read(server)
}

/// The lines of one reply, at least one.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply(Vec<String>);

impl Reply {
    /// Reads a reply to its last line: "250-" goes on, "250 " ends.
    ///
    /// # Errors
    /// When it is no valid reply, or does not arrive before the deadline.
    pub fn read(server: impl BufRead) -> Result<Reply, SmtpError> {
        let mut bounded = server.take(REPLY_LIMIT);
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            bounded.read_until(b'\n', &mut line)?;
            if !line.ends_with(b"\n") {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            let code = text.as_bytes().get(..3).filter(|c| c.iter().all(u8::is_ascii_digit));
            let is_last = match (code, text.as_bytes().get(3)) {
                (Some(_), Some(b'-')) => false,
                (Some(_), None | Some(b' ')) => true,
                _ => return Err(SmtpError::Failed(text::does_not_speak_smtp(text))),
            };
            lines.push(text);
            if is_last {
                return Ok(Reply(lines));
            }
        }
    }

    fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// Whether a line after the first one is `keyword`, without the code (RFC 5321, 4.1.1.1).
    fn offers(&self, keyword: &str) -> bool {
        self.0.iter().skip(1).any(|line| line.get(4..).is_some_and(|rest| rest.eq_ignore_ascii_case(keyword)))
    }
}

/// A stream on which each read and write ends at the deadline, or when the caller has given up.
struct Timed {
    stream: TcpStream,
    deadline: Deadline,
    abandoned: Arc<AtomicBool>,
}

impl Timed {
    fn time_left(&self) -> io::Result<Duration> {
        let left = self.deadline.remaining();
        let is_over = left.is_zero() || self.abandoned.load(Ordering::Relaxed);
        if is_over { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.stream.set_read_timeout(Some(self.time_left()?.min(ABANDON_CHECK_INTERVAL)))?;
            match self.stream.read(buffer) {
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                other => return other,
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.time_left()?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::TcpListener;

    /// A server that sends `lines`, the first before any command and one after each command.
    fn hear(lines: &'static [&'static str], transaction: bool) -> Result<Outcome, SmtpError> {
        hear_until(lines, transaction, false)
    }

    /// `hangs_up`: it ends the connection after that.
    fn hear_until(lines: &'static [&'static str], transaction: bool, hangs_up: bool) -> Result<Outcome, SmtpError> {
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
            if !hangs_up {
                std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
            }
        });
        let endpoint = Endpoint {
            service: "smtp".to_owned(),
            address,
            tls: false,
            proxy: false,
            screened: false,
            limit: None,
            names: Vec::new(),
        };
        let outcome = converse_all(&[endpoint], transaction, Deadline::after(Duration::from_secs(2)), None);
        server.join().unwrap();
        outcome.into_iter().next().unwrap()
    }

    #[test]
    fn answers_are_read_to_the_end_and_judged() {
        assert_eq!(hear(&["220-a\r\n220 b\r\n", "250-x\r\n250 y\r\n", "221 bye\r\n"], false), Ok(Outcome::default()));
        let policy = hear(&["220 b\r\n", "250 y\r\n", "250 ok\r\n", "550 no\r\n", "250 ok\r\n", "221 bye\r\n"], true);
        assert_eq!(policy, Ok(Outcome::default()));
        let full = hear(&["220 b\r\n", "250 y\r\n", "452 4.3.1 Insufficient system storage\r\n", "221 bye\r\n"], true);
        assert!(full.unwrap().remark.unwrap().1.contains("answers 452 4.3.1"));
        let broken = hear(&["220 b\r\n", "250 y\r\n", "250 ok\r\n", "451 4.3.0 lookup\r\n", "221 bye\r\n"], true);
        assert!(broken.unwrap_err().to_string().contains("451 4.3.0 lookup"));
        let half = &["220 mx ESMTP\r\n", "250 y\r\n", "250 ok\r\n", "250 ok\r\n", "451 4.3.5 configuration\r\n", "221 bye\r\n"];
        assert!(hear(half, true).unwrap_err().to_string().contains("answers 451 4.3.5 configuration to RCPT"));
        let grey = &["220 mx\r\n", "250 y\r\n", "250 ok\r\n", "250 ok\r\n", "450 4.2.0 later\r\n", "250 ok\r\n", "221 bye\r\n"];
        assert_eq!(hear(grey, true), Ok(Outcome::default()));
    }

    #[test]
    fn after_421_and_521_nothing_more_is_expected() {
        let refused = hear_until(&["220 mx\r\n", "250 y\r\n", "250 ok\r\n", "250 ok\r\n", "521 5.7.1 not you\r\n"], true, true);
        assert_eq!(refused, Ok(Outcome::default()));
        let busy = hear_until(&["220 mx\r\n", "250 y\r\n", "250 ok\r\n", "250 ok\r\n", "421 4.7.0 too many\r\n"], true, true);
        let (message, found) = busy.unwrap().remark.unwrap();
        assert!(message == Message::ServiceDegraded && found.contains("answers 421 4.7.0 too many"), "{found}");
    }

    #[test]
    fn what_this_host_is_short_of_is_no_failure() {
        for errno in [libc::ENOBUFS, libc::ENOMEM, libc::EMFILE, libc::EADDRNOTAVAIL] {
            let error = SmtpError::from(io::Error::from_raw_os_error(errno));
            assert!(matches!(error, SmtpError::Degraded(Message::ServiceDegraded, _)), "{error:?}");
        }
        assert_eq!(SmtpError::from(io::Error::from_raw_os_error(libc::EAGAIN)), SmtpError::Silent);
        assert!(matches!(SmtpError::from(io::Error::from_raw_os_error(libc::ECONNREFUSED)), SmtpError::Failed(_)));
    }

    #[test]
    fn starttls_is_tried_where_it_is_offered_and_its_failure_is_a_remark() {
        let refused = hear(&["220 b\r\n", "250-x\r\n250 StartTLS\r\n", "454 4.7.0 not now\r\n", "221 bye\r\n"], false);
        assert_eq!(refused.unwrap().remark, Some((Message::TlsRefused, "answers 454 4.7.0 not now to STARTTLS".to_owned())));
        let garbage = hear(&["220 b\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go\r\nhello\r\n"], false);
        assert!(garbage.unwrap().remark.is_some());
        assert_eq!(hear(&["220 b\r\n", "250-STARTTLS\r\n250 y\r\n", "221 bye\r\n"], false), Ok(Outcome::default()));
    }

    #[test]
    fn a_busy_server_is_degraded_a_refusing_one_has_failed() {
        let remark = Some((Message::ServiceDegraded, "greets 421 busy".to_owned()));
        assert_eq!(hear(&["421 busy\r\n"], false), Ok(Outcome { remark, ..Outcome::default() }));
        assert_eq!(hear(&["554 no\r\n"], false), Err(SmtpError::Failed("greets 554 no".to_owned())));
        // Its policy refuses the agent, not all clients.
        let remark = Some((Message::ServiceDegraded, "greets 554 5.7.1 not you".to_owned()));
        assert_eq!(hear(&["554 5.7.1 not you\r\n"], false), Ok(Outcome { remark, ..Outcome::default() }));
        assert!(hear(&["HTTP/1.1 400\r\n"], false).unwrap_err().to_string().contains("does not speak SMTP"));
        assert_eq!(hear(&[""], false), Err(SmtpError::Silent));
    }

    proptest! {
        #[test]
        fn a_reply_is_read_back_and_no_more(code in "[0-9]{3}", lines in prop::collection::vec("([!-~]([ -~]{0,60}[!-~])?)?", 1..6)) {
            let mut text = String::new();
            for (i, line) in lines.iter().enumerate() {
                text += &format!("{code}{}{line}\r\n", if i + 1 < lines.len() { '-' } else { ' ' });
            }
            let expected: Vec<String> = text.lines().map(|l| l.trim_end().to_owned()).collect();
            let rest = "250 the next reply\r\n";
            let mut server = io::Cursor::new(format!("{text}{rest}"));
            prop_assert_eq!(Reply::read(&mut server), Ok(Reply(expected)));
            prop_assert_eq!(server.position() as usize, text.len());
        }

        #[test]
        fn whatever_a_server_says_is_a_reply_or_trouble(said in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(reply) = Reply::read(&said[..]) {
                prop_assert!(reply.last().len() >= 3);
                let _ = (expect(reply.last(), "220", text::greets_with), reply.offers("STARTTLS"));
            }
        }

        #[test]
        fn an_endless_reply_ends(line in "[0-9]{3}-[a-z]{0,80}\n") {
            let said = line.repeat(2 * REPLY_LIMIT as usize / line.len());
            prop_assert!(Reply::read(said.as_bytes()).is_err());
        }
    }
}
