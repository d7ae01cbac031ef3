//! A TLS certificate that expires soon is said in the log, once a day, and when that changes.

use lab::host::require_root;
use lab::sandbox::{Action, Agent, Sandbox};

const AGENT: Agent = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));

/// Starts it with a certificate that is good for `days`.
fn certified(name: &str, days: i64) -> Sandbox {
    require_root();
    let host = Sandbox::new(name, AGENT).unwrap();
    host.certify(days).unwrap();
    host.start().unwrap();
    host
}

/// How often the log was told of the certificate.
fn told(host: &Sandbox, level: u32) -> usize {
    let answer = host.act(Action::Monitor(level)).unwrap();
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    answer.log.matches("The TLS certificate of 192.0.2.25:25 expires on 20").count()
}

#[test]
fn it_is_told_once_and_again_when_it_changes() {
    let host = certified("soon", 10);
    assert_eq!([10, 10, 0, 10].map(|level| told(&host, level)), [1, 1, 1, 1]);
    // Another day, as far as the agent can tell: one day less is left.
    host.certify(9).unwrap();
    host.end_daemons("smtpd").unwrap();
    assert_eq!([0, 10, 20].map(|level| told(&host, level)), [1, 2, 2]);
}

#[test]
fn nothing_is_told_of_one_that_is_good_for_long_or_when_it_is_not_wanted() {
    let host = certified("long", 10);
    host.set("certificate_days", "0");
    assert_eq!(told(&host, 10), 0);
    host.set("certificate_days", "5");
    assert_eq!(told(&host, 10), 0);
    host.set("certificate_days", "11");
    assert_eq!(told(&host, 10), 1);
    host.certify(100).unwrap();
    host.end_daemons("smtpd").unwrap();
    assert_eq!(told(&host, 10), 1);
}

#[test]
fn every_kind_of_key_will_do() {
    let host = certified("keys", 100);
    let make = "openssl req -x509 -nodes -subj /CN=mail -days 100 -keyout /srv/key -out /srv/certificate 2>/dev/null -newkey";
    let usual = ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-384", "ed25519"].as_slice();
    // Few clients take these from a server that has TLS 1.2 only; ours is one of the many.
    let rare = ["ec -pkeyopt ec_paramgen_curve:P-521", "ed448"].as_slice();
    for (protocols, kinds) in [("TLSv1.2", [usual, &[]]), (">=TLSv1.2", [usual, rare])] {
        host.append("main.cf", &format!("smtpd_tls_protocols = {protocols}\nsmtpd_tls_mandatory_protocols = {protocols}\n"))
            .unwrap();
        for kind in kinds.concat() {
            host.sh(&format!("{make} {kind} && cat /srv/key /srv/certificate > /etc/postfix/key.pem")).unwrap();
            host.end_daemons("smtpd").unwrap();
            let answer = host.act(Action::Monitor(10)).unwrap();
            assert_eq!(answer.code, Some(0), "{kind}, {protocols}: {}", answer.stderr);
        }
    }
}
