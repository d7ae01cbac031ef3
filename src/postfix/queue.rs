//! The queue: is it there, whose is it, can it be written, does mail wait in it?

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::Instance;
use super::config::Config;
use super::fault::{Fault, Message};
use crate::system::account;
use crate::system::deadline::Deadline;
use crate::system::file;
use crate::system::look::looking_at;
use crate::system::mount;
use crate::text;

/// Directories of a queue that belong to mail_owner (postfix-files).
const OWNED: &[&str] = &[
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "private", "public", "saved",
    "trace",
];

/// That the queue of `config` is there, mounted, and the one the resource names; its resolved path.
///
/// # Errors
/// Message 7 and `QueueDisagrees`; nothing is made in any case.
pub fn locate(instance: &Instance, config: &Config) -> Result<std::path::PathBuf, Fault> {
    let missing = |path: &Path, why: String| Message::QueueNotFound.of(path.display().to_string(), why);
    let named = instance.queue_dir.as_ref().unwrap_or(&config.queue_directory);
    if let Some(point) = &instance.queue_mountpoint {
        let resolved = mounted(point).map_err(|why| missing(named, why))?;
        let queue = file::resolve(named).map_err(|e| missing(named, file::brief(&e)))?;
        let device = |path: &Path| fs::metadata(path).ok().map(|m| m.dev());
        if !queue.starts_with(&resolved) && device(&queue) != device(&resolved) {
            return Err(missing(named, text::it_is_not_below_queue_mountpoint(point.display())));
        }
    }
    let queue = file::resolve(named).map_err(|e| missing(named, file::brief(&e)))?;
    if !fs::metadata(&queue).map_err(|e| missing(named, file::brief(&e)))?.is_dir() {
        return Err(missing(named, text::it_is_not_a_directory()));
    }
    if instance.queue_dir.is_some() {
        agree(&queue, named, config)?;
    }
    if !queue.join("maildrop").is_dir() {
        return Err(missing(named, text::it_holds_no_queue()));
    }
    Ok(queue)
}

/// That something is mounted on `point`; its resolved path.
///
/// # Errors
/// Why not, in words.
pub fn mounted(point: &Path) -> Result<std::path::PathBuf, String> {
    let resolved = file::resolve(point).map_err(|e| format!("{}: {}", point.display(), file::brief(&e)))?;
    if mount::is_mount_point(&resolved) { Ok(resolved) } else { Err(text::nothing_is_mounted_on(point.display())) }
}

/// That queue_directory of main.cf is `queue` (resolved), called `named` by the user.
///
/// # Errors
/// `QueueDisagrees`, with both values.
pub fn agree(queue: &Path, named: &Path, config: &Config) -> Result<(), Fault> {
    if config.queue_directory == queue {
        return Ok(());
    }
    let configured = file::resolve(&config.queue_directory).unwrap_or_else(|_| config.queue_directory.clone());
    // A directory may have several paths (bind mounts).
    if configured == queue || file::identity(queue).is_some_and(|own| file::identity(&configured) == Some(own)) {
        return Ok(());
    }
    Err(Message::QueueDisagrees.found(text::two_queues(named.display(), config.queue_directory.display())))
}

/// That the numeric ids of the queue are those of mail_owner and setgid_group here.
///
/// # Errors
/// Messages 20 and 21, `QueueOwner`.
pub fn check_ids(queue: &Path, config: &Config, deadline: Deadline) -> Result<(), Fault> {
    let _look = looking_at(queue);
    let unanswered = |e: io::Error| Message::CheckFailed.found(e.to_string());
    let uid = account::uid(&config.mail_owner, deadline).map_err(unanswered)?;
    let uid = uid.ok_or_else(|| unknown(&config.mail_owner, text::mail_owner_of_main_cf()))?;
    if account::gid(&config.setgid_group, deadline).map_err(unanswered)?.is_none() {
        return Err(unknown(&config.setgid_group, text::setgid_group_of_main_cf()));
    }
    for (directory, meta) in OWNED.iter().filter_map(|d| Some((d, fs::metadata(queue.join(d)).ok()?))) {
        if meta.uid() != uid {
            return Err(Message::QueueOwner.found(text::directory_has_uid(directory, meta.uid(), &config.mail_owner, uid)));
        }
    }
    check_group(queue, config, deadline)
}

/// A name of main.cf that the directory of users does not have.
fn unknown(name: &str, what: String) -> Fault {
    Message::OwnerUnknown.of(if name.is_empty() { "\"\"" } else { name }, what)
}

/// `uid:gid` of what Postfix has in the queue: those of mail_owner and setgid_group.
pub fn ids(queue: &Path) -> Option<String> {
    let _look = looking_at(queue);
    fs::metadata(queue.join("maildrop")).ok().map(|meta| format!("{}:{}", meta.uid(), meta.gid()))
}

/// That maildrop is there and has the group setgid_group (message 21).
///
/// # Errors
/// Messages 7 and 20; message 21, with both ids.
pub fn check_group(queue: &Path, config: &Config, deadline: Deadline) -> Result<(), Fault> {
    let maildrop = queue.join("maildrop");
    let Ok(meta) = fs::metadata(&maildrop) else {
        return Err(Message::QueueNotFound.of(maildrop.display().to_string(), text::sendmail_cannot_submit_mail()));
    };
    let gid = match account::gid(&config.setgid_group, deadline) {
        Ok(Some(gid)) => gid,
        Ok(None) => return Err(unknown(&config.setgid_group, text::setgid_group_of_main_cf())),
        // Nobody can tell.
        Err(_) => return Ok(()),
    };
    if meta.gid() == gid {
        return Ok(());
    }
    Err(Message::PostdropDiffers.found(text::maildrop_has_gid(meta.gid(), &config.setgid_group, gid)))
}

/// That mail_owner can make a lock in data_directory, as master(8) does. Postfix makes a directory that is missing.
///
/// # Errors
/// `DataDirectory`, when the kernel refuses it.
pub fn check_data_directory(config: &Config) -> Result<(), Fault> {
    let directory = &config.data_directory;
    let _look = looking_at(directory);
    let (Ok(meta), Some((uid, gid))) = (fs::metadata(directory), account::ids_of_user(&config.mail_owner)) else { return Ok(()) };
    let attempt = {
        let directory = directory.clone();
        move || may_lock_in(&directory)
    };
    match account::with_rights_of(uid, gid, attempt) {
        Some(false) => {
            let lock = directory.join("master.lock");
            // Where the directory is mail_owner's, its file is to blame.
            let (path, meta) = match fs::metadata(&lock) {
                Ok(of_lock) if meta.uid() == uid => (&lock, of_lock),
                _ => (directory, meta),
            };
            let mode = format_args!("{:o}", meta.permissions().mode() & 0o7777).to_string();
            let found = text::directory_has_uid_and_mode(path.display(), meta.uid(), mode, &config.mail_owner, uid);
            Err(Message::DataDirectory.found(found))
        }
        // Unknown is no reason to refuse.
        Some(true) | None => Ok(()),
    }
}

fn may_lock_in(directory: &Path) -> bool {
    let lock = file::open(&directory.join("master.lock"), fs::OpenOptions::new().read(true).write(true));
    let opened = match lock {
        Err(error) if error.kind() == io::ErrorKind::NotFound => file::create_unnamed(directory),
        other => other,
    };
    // Any other error (a file system without special files, for example) is not about permissions.
    !opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// That the queue's file system can be written, by writing the access time of the queue directory.
///
/// ext4 and xfs admit an error or a lost device to one who writes; the options of the mount change too late or never.
///
/// # Errors
/// `QueueReadOnly`, with the option of the mount that says it, else with the kernel's word.
pub fn check_writable(queue: &Path) -> Result<(), Fault> {
    let _look = looking_at(queue);
    let Err(error) = file::try_to_write(queue) else { return Ok(()) };
    if let Some(mount) = mount::of(queue)
        && let Some(word) = mount.write_protection()
    {
        return Err(Message::QueueReadOnly.found(text::file_system_is_mounted(&mount.source, mount.point.display(), word)));
    }
    // Permissions, a flag, a quota: that says nothing about the file system.
    if !file::is_lost(&error) {
        return Ok(());
    }
    Err(Message::QueueReadOnly.found(format!("{}: {}", queue.display(), file::brief(&error))))
}

/// That the directories are there without which no mail comes in or goes out; `postfix start` makes them again.
///
/// # Errors
/// Message 7 for the first that is missing.
pub fn check_whole(queue: &Path) -> Result<(), Fault> {
    let _look = looking_at(queue);
    let missing = ["active", "incoming", "private", "public"].map(|name| queue.join(name)).into_iter().find(|p| !p.is_dir());
    missing.map_or(Ok(()), |path| Err(Message::QueueNotFound.of(path.display().to_string(), text::part_of_the_queue_is_gone())))
}

/// That smtpd finds the space it demands, and a file can still be made.
///
/// # Errors
/// `QueueFull`, with what is free and what is demanded.
pub fn check_space(queue: &Path, minimum_free: u64) -> Result<(), Fault> {
    let _look = looking_at(queue);
    let Ok(free) = file::space(queue) else { return Ok(()) };
    if free.bytes <= minimum_free {
        return Err(Message::QueueFull.found(text::kib_free(free.bytes / 1024, minimum_free / 1024)));
    }
    if free.files == Some(0) {
        return Err(Message::QueueFull.found(text::no_inode_is_free()));
    }
    Ok(())
}

/// Whether a complete message waits for the queue manager (it is executable when it is complete, see
/// qmgr(8)). Looks at one name unless there are only incomplete ones.
pub fn mail_waits(queue: &Path) -> bool {
    let _look = looking_at(queue);
    ["active", "incoming"].iter().any(|name| holds_message(&queue.join(name), 2))
}

/// Whether a message was put off (deferred). Looks at one name unless there are only empty directories.
pub fn mail_is_deferred(queue: &Path) -> bool {
    let _look = looking_at(queue);
    holds_message(&queue.join("deferred"), 4)
}

/// `depth`: how far hash_queue_depth may have spread the files.
fn holds_message(directory: &Path, depth: u8) -> bool {
    let Ok(entries) = fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => depth > 0 && holds_message(&entry.path(), depth - 1),
        Ok(meta) => meta.is_file() && meta.permissions().mode() & 0o100 != 0,
        Err(_) => false,
    })
}
