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

/// The uid and the first gid of a user; None when there is no such user, or nobody who knows answers.
pub fn ids_of_user(user: &str) -> Option<(u32, u32)> {
    let name = user.to_owned();
    let found = Deadline::after(PATIENCE).outlast(move || User::from_name(&name).ok().flatten()).flatten()?;
    Some((found.uid.as_raw(), found.gid.as_raw()))
}

/// Makes an attempt with the rights to files that a user has, and no others. None when that cannot be done.
pub fn with_rights_of<T: Send + 'static>(uid: u32, gid: u32, attempt: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    // These ids are a thread's own.
    let thread = std::thread::Builder::new().spawn(move || {
        // SAFETY: the system call, unlike the C library's function of the name, changes the groups of this thread alone.
        let is_done = unsafe { libc::syscall(libc::SYS_setgroups, 1, &gid) } == 0;
        nix::unistd::setfsgid(gid.into());
        nix::unistd::setfsuid(uid.into());
        // Asked for an id that cannot be, it tells the one that counts.
        let now = nix::unistd::setfsuid(u32::MAX.into());
        (is_done && now.as_raw() == uid).then(attempt)
    });
    thread.ok()?.join().ok().flatten()
}
