//! Users and groups, as the name service switch knows them.

use std::io;
use std::time::Duration;

use nix::unistd::{Group, User};
use rustix::thread::set_thread_groups;

use super::deadline::Deadline;
use crate::text;

/// How long a directory service may take to answer; files take no time.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The uid of a user name; None when the directory says that there is no such user.
///
/// # Errors
/// When it does not answer, or answers with an error.
pub fn uid(user: &str, deadline: Deadline) -> io::Result<Option<u32>> {
    let name = user.to_owned();
    Ok(ask(deadline, move || User::from_name(&name))?.map(|u| u.uid.as_raw()))
}

/// The gid of a group name; None when the directory says that there is no such group.
///
/// # Errors
/// As [`uid`].
pub fn gid(group: &str, deadline: Deadline) -> io::Result<Option<u32>> {
    let name = group.to_owned();
    Ok(ask(deadline, move || Group::from_name(&name))?.map(|g| g.gid.as_raw()))
}

/// getpwnam_r(3) lists errors that mean "no such name" on some systems. glibc and musl return 0 for that; an error, ENOENT too
/// (the socket of sssd(8) is missing), is a service that could not be asked.
fn ask<T: Send + 'static>(
    deadline: Deadline,
    question: impl FnOnce() -> nix::Result<Option<T>> + Send + 'static,
) -> io::Result<Option<T>> {
    let silent = || io::Error::new(io::ErrorKind::TimedOut, text::directory_of_users_does_not_answer());
    let failed = |errno: nix::Error| io::Error::new(io::Error::from(errno).kind(), text::directory_of_users_failed(errno.desc()));
    deadline.within(TIMEOUT).bounded_call(question).ok_or_else(silent)?.map_err(failed)
}

/// The numeric ids of a user and a group as `uid:gid`; None when the directory says that one of them does not exist.
///
/// # Errors
/// As [`uid`].
pub fn ids(user: &str, group: &str, deadline: Deadline) -> io::Result<Option<String>> {
    let deadline = deadline.within(TIMEOUT);
    Ok(uid(user, deadline)?.zip(gid(group, deadline)?).map(|(uid, gid)| format!("{uid}:{gid}")))
}

/// The uid and the first gid of a user; None when there is no such user, or nobody who knows answers.
pub fn ids_of_user(user: &str) -> Option<(u32, u32)> {
    let name = user.to_owned();
    ask(Deadline::after(TIMEOUT), move || User::from_name(&name)).ok()?.map(|user| (user.uid.as_raw(), user.gid.as_raw()))
}

/// Whether this process is in the group.
pub fn is_member_of(gid: u32) -> bool {
    nix::unistd::getgroups().is_ok_and(|groups| groups.iter().any(|g| g.as_raw() == gid))
}

/// Makes an attempt with the rights to files that a user has, and no others. None when that cannot be done.
pub fn with_rights_of<T: Send + 'static>(uid: u32, gid: u32, attempt: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    // These ids are a thread's own.
    let thread = std::thread::Builder::new().spawn(move || {
        // Unlike setgroups(3) of the C library, it changes those of this thread alone.
        let is_done = set_thread_groups(&[rustix::process::Gid::from_raw(gid)]).is_ok();
        nix::unistd::setfsgid(gid.into());
        nix::unistd::setfsuid(uid.into());
        // Asked for an id that cannot be, it tells the one that counts.
        let now = nix::unistd::setfsuid(u32::MAX.into());
        (is_done && now.as_raw() == uid).then(attempt)
    });
    thread.ok()?.join().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::deadline::soon;
    use super::*;
    use nix::errno::Errno;

    #[test]
    fn only_a_plain_no_is_not_found() {
        assert_eq!(ask::<u32>(soon(), || Ok(None)).unwrap(), None);
        for errno in
            [Errno::EIO, Errno::ETIMEDOUT, Errno::ECONNREFUSED, Errno::EMFILE, Errno::ENFILE, Errno::ENOENT, Errno::EAGAIN]
        {
            let error = ask::<u32>(soon(), move || Err(errno)).unwrap_err();
            assert!(error.to_string().contains(errno.desc()), "{error}");
        }
        let (_sender, receiver) = std::sync::mpsc::channel::<()>();
        let error = ask::<u32>(Deadline::after(Duration::ZERO), move || Ok(receiver.recv().ok().map(|()| 1))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn ids_are_known_when_both_are() {
        assert_eq!(ids("root", "root", soon()).unwrap().as_deref(), Some("0:0"));
        assert_eq!(ids("root", "no-such-group-here", soon()).unwrap(), None);
    }
}
