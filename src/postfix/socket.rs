//! Local sockets of other programs that the configuration names: SASL, LMTP, milters, policy services.
//!
//! `unix:path` in any value (postconf(5), transport(5), MILTER_README, SMTPD_POLICY_README), and smtpd_sasl_path where Dovecot is asked. Those that
//! master(8) itself listens on are left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A socket that somebody has to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// As it is named; a relative one is below the queue directory.
    pub path: PathBuf,
    /// The first parameter that names it; one of a service of master.cf has the service before it.
    pub parameter: String,
}

/// The sockets that parameters name. `values` as postconf prints them (options -x and -P); `services` as `name/type`.
pub fn named_by(values: &BTreeMap<String, String>, services: &[(String, String)]) -> Vec<Socket> {
    let mut found: Vec<Socket> = Vec::new();
    let mut add = |path: &str, parameter: &str| {
        let path = PathBuf::from(path);
        if !is_own(&path, services) && found.iter().all(|s| s.path != path) {
            found.push(Socket { path, parameter: parameter.to_owned() });
        }
    };
    for (parameter, value) in values {
        for word in value.split([' ', '\t', '\n', ',', '{', '}']) {
            // lmtp:unix:private/x, and unix:/run/x alone; unix:passwd.byname is a lookup table.
            let at = if word.starts_with("unix:") { Some(0) } else { word.find(":unix:").map(|at| at + 1) };
            let Some(path) = at.map(|at| &word[at + "unix:".len()..]) else { continue };
            // What comes after the path of a socketmap is the name of the map.
            let path = path.split(':').next().unwrap_or_default();
            if path.contains('/') {
                add(path, parameter);
            }
        }
    }
    for (parameter, value) in values.iter().filter(|(name, _)| of_any_service(name, "smtpd_sasl_path")) {
        let path = value.strip_prefix("unix:").unwrap_or(value);
        if asks_dovecot(values) && !path.is_empty() && !path.starts_with("inet:") {
            add(path, parameter);
        }
    }
    found
}

/// Whether smtpd asks Dovecot who a client is, in main.cf or for a service.
fn asks_dovecot(values: &BTreeMap<String, String>) -> bool {
    let any = |name: &str, wanted: &str| values.iter().any(|(n, v)| of_any_service(n, name) && v == wanted);
    any("smtpd_sasl_auth_enable", "yes") && any("smtpd_sasl_type", "dovecot")
}

fn of_any_service(name: &str, parameter: &str) -> bool {
    name == parameter || name.strip_suffix(parameter).is_some_and(|rest| rest.ends_with('/'))
}

/// `private/policy` is master's own where master.cf has `policy unix`.
fn is_own(path: &Path, services: &[(String, String)]) -> bool {
    let name = path.strip_prefix("private").or_else(|_| path.strip_prefix("public")).ok();
    name.is_some_and(|name| services.iter().any(|(service, _)| *service == format!("{}/unix", name.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets(values: &[(&str, &str)]) -> Vec<String> {
        let values = values.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        let services = [("policyd/unix".to_owned(), "spawn".to_owned()), ("dovecot/unix".to_owned(), "pipe".to_owned())];
        named_by(&values, &services).iter().map(|s| format!("{} {}", s.parameter, s.path.display())).collect()
    }

    #[test]
    fn sockets_are_found_wherever_a_value_names_one() {
        let found = sockets(&[
            ("local_recipient_maps", "proxy:unix:passwd.byname $alias_maps"),
            ("smtpd_milters", "unix:/run/opendkim/opendkim.sock, inet:localhost:8891"),
            (
                "smtpd_recipient_restrictions",
                "check_policy_service { unix:private/postgrey, timeout=10s }, check_policy_service unix:private/policyd",
            ),
            ("virtual_transport", "lmtp:unix:private/dovecot-lmtp"),
            ("mailbox_transport", "dovecot"),
            ("virtual_alias_maps", "socketmap:unix:/run/maps:virtual"),
        ]);
        assert_eq!(
            found,
            [
                "smtpd_milters /run/opendkim/opendkim.sock",
                "smtpd_recipient_restrictions private/postgrey",
                "virtual_alias_maps /run/maps",
                "virtual_transport private/dovecot-lmtp",
            ]
        );
    }

    #[test]
    fn the_socket_of_sasl_counts_where_dovecot_is_asked() {
        let path = ("smtpd_sasl_path", "private/auth");
        assert_eq!(sockets(&[path, ("smtpd_sasl_type", "dovecot"), ("smtpd_sasl_auth_enable", "no")]), Vec::<String>::new());
        assert_eq!(sockets(&[path, ("smtpd_sasl_type", "cyrus"), ("smtpd_sasl_auth_enable", "yes")]), Vec::<String>::new());
        let submission = ("submission/inet/smtpd_sasl_auth_enable", "yes");
        assert_eq!(sockets(&[path, ("smtpd_sasl_type", "dovecot"), submission]), ["smtpd_sasl_path private/auth"]);
        let inet = ("smtpd_sasl_path", "inet:127.0.0.1:12345");
        assert_eq!(sockets(&[inet, ("smtpd_sasl_type", "dovecot"), submission]), Vec::<String>::new());
    }
}
