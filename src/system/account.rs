//! Users and groups, as the name service switch knows them.

use std::time::Duration;

use nix::unistd::{Group, User};

use super::deadline::Deadline;

/// How long a directory service may take to answer; files take no time.
const PATIENCE: Duration = Duration::from_secs(5);

/// The uid of a user name.
pub fn uid(user: &str) -> Option<u32> {
    let user = user.to_owned();
    let found = Deadline::after(PATIENCE).outlast(move || User::from_name(&user).ok().flatten());
    found.flatten().map(|u| u.uid.as_raw())
}

/// The gid of a group name.
pub fn gid(group: &str) -> Option<u32> {
    let group = group.to_owned();
    let found = Deadline::after(PATIENCE).outlast(move || Group::from_name(&group).ok().flatten());
    found.flatten().map(|g| g.gid.as_raw())
}

/// The numeric ids of a user and a group as `uid:gid`; `none` for one that is not known.
pub fn ids(user: &str, group: &str) -> String {
    let shown = |id: Option<u32>| id.map_or("none".to_owned(), |n| n.to_string());
    format!("{}:{}", shown(uid(user)), shown(gid(group)))
}
