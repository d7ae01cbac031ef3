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
    /// The type that Postfix opens in its place (see [`redirected`]), the same in most cases.
    pub opened: String,
}

/// The type that Postfix opens for a type of Berkeley DB: with non_bdb_migration_level (Postfix 3.11, NON_BERKELEYDB_README) that is
/// another one, for systems that have no Berkeley DB any more.
fn redirected<'a>(kind: &'a str, values: &'a BTreeMap<String, String>) -> &'a str {
    let value = |name: &str| values.get(name).map_or("", |v| v.trim());
    let default = match kind {
        "hash" => value("default_database_type"),
        "btree" => value("default_cache_db_type"),
        _ => return kind,
    };
    if !matches!(value("non_bdb_migration_level"), "enable-redirect" | "enable-reindex") {
        return kind;
    }
    // Pairs, with `=` or `:` between them, and blanks around it when they are in braces.
    let words: Vec<&str> =
        value("non_bdb_custom_mapping").split([' ', '\t', ',', '{', '}', '=', ':']).filter(|w| !w.is_empty()).collect();
    let own = words.chunks_exact(2).find(|pair| pair[0] == kind).map(|pair| pair[1]);
    own.or(Some(default).filter(|d| !d.is_empty())).unwrap_or(kind)
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
                let opened = redirected(kind, values).to_owned();
                found.push(Table { kind: kind.to_owned(), path, parameter: parameter.clone(), opened });
            }
        }
    }
    found.sort_by(|a, b| a.parameter.cmp(&b.parameter));
    found
}

impl Table {
    /// The file that Postfix opens.
    pub fn file(&self) -> PathBuf {
        let added = KINDS.iter().find(|(name, _)| *name == self.opened).map_or("", |(_, added)| added);
        PathBuf::from(format!("{}{added}", self.path.display()))
    }

    /// The command that makes that file from the text.
    pub fn command(&self) -> String {
        let program =
            if self.parameter.ends_with("alias_maps") && !self.parameter.contains("virtual") { "postalias" } else { "postmap" };
        format!("{program} {}:{}", self.opened, self.path.display())
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
    #[test]
    fn a_table_of_berkeley_db_is_opened_as_the_type_that_takes_its_place() {
        let named = [
            ("data_directory", "/var/lib/postfix"),
            ("default_database_type", "lmdb"),
            ("default_cache_db_type", "lmdb"),
            ("virtual_alias_maps", "hash:/etc/postfix/virtual, btree:/etc/postfix/more, cidr:/etc/postfix/net"),
        ];
        for (level, mapping, wanted) in [
            (None, None, "virtual.db more.db net"),
            (Some("disable"), Some("hash=cdb"), "virtual.db more.db net"),
            (Some("enable-redirect"), None, "virtual.lmdb more.lmdb net"),
            (Some("enable-reindex"), Some("hash:cdb"), "virtual.cdb more.lmdb net"),
            (Some("enable-reindex"), Some("{ btree = cdb }, { hash = lmdb }"), "virtual.lmdb more.cdb net"),
        ] {
            let more = [("non_bdb_migration_level", level), ("non_bdb_custom_mapping", mapping)];
            let more = more.into_iter().filter_map(|(n, v)| Some((n, v?)));
            let values = named.into_iter().chain(more).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            let file = |t: &Table| t.file().file_name().unwrap().to_str().unwrap().to_owned();
            let found: Vec<String> = ["virtual", "more", "net"]
                .iter()
                .map(|name| file(named_by(&values).iter().find(|t| t.path.ends_with(name)).unwrap()))
                .collect();
            assert_eq!(found.join(" "), wanted, "{level:?} {mapping:?}");
        }
    }
}
