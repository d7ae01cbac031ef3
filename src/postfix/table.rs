//! Lookup tables that the configuration names: `type:/file`, see postconf(5) and DATABASE_README.
//!
//! What Postfix writes itself (caches below data_directory) is left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::system::file;

/// A table in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Table {
    pub kind: String,
    pub path: PathBuf,
    /// The first parameter that names it.
    pub parameter: String,
}

/// Types, and what is added to the name of the file that postmap(1) makes; nothing where Postfix reads the text itself.
const KINDS: &[(&str, &str)] = &[
    ("hash", ".db"),
    ("btree", ".db"),
    ("lmdb", ".lmdb"),
    ("cdb", ".cdb"),
    ("dbm", ".pag"),
    ("sdbm", ".pag"),
    ("texthash", ""),
    ("regexp", ""),
    ("pcre", ""),
    ("cidr", ""),
    ("ldap", ""),
    ("mysql", ""),
    ("pgsql", ""),
    ("sqlite", ""),
];

/// The tables that parameters name; `values` as postconf prints them (options -x and -P).
pub fn named_by(values: &BTreeMap<String, String>) -> Vec<Table> {
    let data = values.get("data_directory").map(PathBuf::from).unwrap_or_default();
    let mut found: Vec<Table> = Vec::new();
    // alias_database is for newaliases(1) alone, the others repeat what some other parameter names.
    let asked =
        values.iter().filter(|(name, _)| !matches!(name.as_str(), "alias_database" | "proxy_read_maps" | "proxy_write_maps"));
    // Where several name one, the list of maps with the shortest name is what names it first hand: others take their default
    // from there (address_verify_transport_maps from transport_maps).
    let (mut maps, others): (Vec<_>, Vec<_>) = asked.partition(|(name, _)| name.ends_with("_maps"));
    maps.sort_by_key(|(name, _)| name.len());
    for (parameter, value) in maps.into_iter().chain(others) {
        for word in value.split([' ', '\t', ',', '{', '}']) {
            let word = word.strip_prefix("proxy:").unwrap_or(word);
            let Some((kind, path)) = word.split_once(':').filter(|(_, path)| path.starts_with('/')) else { continue };
            let path = PathBuf::from(path);
            let is_known = KINDS.iter().any(|(name, _)| *name == kind);
            if is_known && !path.starts_with(&data) && !found.iter().any(|t| t.kind == kind && t.path == path) {
                found.push(Table { kind: kind.to_owned(), path, parameter: parameter.clone() });
            }
        }
    }
    found.sort_by(|a, b| a.parameter.cmp(&b.parameter));
    found
}

impl Table {
    /// The file that Postfix opens.
    pub fn file(&self) -> PathBuf {
        let added = KINDS.iter().find(|(name, _)| *name == self.kind).map_or("", |(_, added)| added);
        PathBuf::from(format!("{}{added}", self.path.display()))
    }

    /// The command that makes that file from the text.
    pub fn command(&self) -> String {
        let program =
            if self.parameter.ends_with("alias_maps") && !self.parameter.contains("virtual") { "postalias" } else { "postmap" };
        format!("{program} {self}")
    }

    /// Whether the text is newer than what was made of it.
    pub fn is_outdated(&self) -> bool {
        let changed = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
        let made = self.file();
        made != self.path && matches!((changed(&self.path), changed(&made)), (Some(text), Some(made)) if text > made)
    }

    /// The same for the same content: of the text where there is one.
    pub fn fingerprint(&self) -> Option<u64> {
        let bytes = fs::read(&self.path).or_else(|_| fs::read(self.file())).ok()?;
        Some(file::fingerprint(&bytes))
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind, self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_wherever_a_value_names_one() {
        let values = [
            ("data_directory", "/var/lib/postfix"),
            ("alias_maps", "hash:/etc/aliases, nis:mail.aliases"),
            ("alias_database", "hash:/etc/other"),
            ("address_verify_map", "btree:/var/lib/postfix/verify_cache"),
            ("smtpd_recipient_restrictions", "check_client_access { cidr:/etc/postfix/clients default_action=defer }, permit"),
            ("transport_maps", "proxy:mysql:/etc/postfix/transport.cf"),
            ("virtual_mailbox_maps", "static:tester/ unionmap:{lmdb:/v,hash:/etc/aliases}"),
        ];
        let values = values.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        let found: Vec<String> =
            named_by(&values).iter().map(|t| format!("{} {t} {}", t.parameter, t.file().display())).collect();
        assert_eq!(
            found,
            [
                "alias_maps hash:/etc/aliases /etc/aliases.db",
                "smtpd_recipient_restrictions cidr:/etc/postfix/clients /etc/postfix/clients",
                "transport_maps mysql:/etc/postfix/transport.cf /etc/postfix/transport.cf",
                "virtual_mailbox_maps lmdb:/v /v.lmdb",
            ]
        );
    }
}
