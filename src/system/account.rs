//! Users and groups, as the name service switch knows them.

use std::io;
use std::time::Duration;

use nix::unistd::{Group, User};

use super::deadline::Deadline;

/// How long a directory service may take to answer; files take no time.
const PATIENCE: Duration = Duration::from_secs(2);

/// The uid of a user name; None when there is no such user.
///
/// # Errors
/// When nobody who knows answers.
pub fn uid(user: &str) -> io::Result<Option<u32>> {
    let name = user.to_owned();
    Ok(ask(move || User::from_name(&name))?.map(|u| u.uid.as_raw()))
}

/// The gid of a group name; None when there is no such group.
///
/// # Errors
/// As [`uid`].
pub fn gid(group: &str) -> io::Result<Option<u32>> {
    let name = group.to_owned();
    Ok(ask(move || Group::from_name(&name))?.map(|g| g.gid.as_raw()))
}

fn ask<T: Send + 'static>(question: impl FnOnce() -> nix::Result<Option<T>> + Send + 'static) -> io::Result<Option<T>> {
    // Of many errors the manual says that they may mean just this: no such name.
    let answer = Deadline::after(PATIENCE).outlast(move || question().ok().flatten());
    answer.ok_or_else(|| io::Error::new(io::ErrorKind::TimedOut, "the directory of users and groups does not answer"))
}

/// The numeric ids of a user and a group as `uid:gid`; `none` for one that is not known.
///
/// # Errors
/// As [`uid`].
pub fn ids(user: &str, group: &str) -> io::Result<String> {
    let shown = |id: Option<u32>| id.map_or("none".to_owned(), |n| n.to_string());
    Ok(format!("{}:{}", shown(uid(user)?), shown(gid(group)?)))
}
