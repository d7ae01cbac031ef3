//! Files: which one it is, reading a small one safely, and state files that only we may write.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::statvfs::statvfs;
use nix::sys::time::TimeSpec;
use nix::unistd::{AccessFlags, access, geteuid};
use rustix::fs::{AtFlags, CWD, Statx, StatxFlags, makedev};
use serde::{Deserialize, Serialize};

use super::look::looking_at;
use crate::text;

/// What tells one state of a file from another: where it is, its size, and when it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileId {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// Modification and status change, ns since 1970.
    pub modified: i128,
    pub changed: i128,
}

impl From<&Metadata> for FileId {
    fn from(meta: &Metadata) -> Self {
        let nanos = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        FileId {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            modified: nanos(meta.mtime(), meta.mtime_nsec()),
            changed: nanos(meta.ctime(), meta.ctime_nsec()),
        }
    }
}

/// The state of the file at `path` (links followed); None when there is none.
pub fn identify(path: &Path) -> Option<FileId> {
    let _look = looking_at(path);
    fs::metadata(path).ok().map(|m| FileId::from(&m))
}

/// Device and inode of what is at a path; None when nothing is.
pub fn identity(path: &Path) -> Option<(u64, u64)> {
    identify(path).map(|file| (file.device, file.inode))
}

/// Where a path leads, every link in it followed.
///
/// # Errors
/// When there is nothing.
pub fn resolve(path: &Path) -> io::Result<PathBuf> {
    let _look = looking_at(path);
    fs::canonicalize(path)
}

/// Device and inode of what a link of /proc leads to (`cwd`, `root`, `fd/N`), as the kernel knows them without asking the storage:
/// it need not answer.
///
/// # Errors
/// When the process is gone, or we may not look.
pub fn known_identity(link: &Path) -> io::Result<(u64, u64)> {
    match statx(link, StatxFlags::INO) {
        Ok(found) => Ok((makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino)),
        // A filter of system calls from before statx(2).
        Err(rustix::io::Errno::NOSYS) => fs::metadata(link).map(|m| (m.dev(), m.ino())),
        Err(error) => Err(error.into()),
    }
}

/// The number of the mount that a path leads to, links followed, as the first field of a line of /proc/self/mountinfo; None when
/// there is nothing.
pub fn mount_id(path: &Path) -> Option<u64> {
    if let Ok(found) = statx(path, StatxFlags::MNT_ID)
        && found.stx_mask & StatxFlags::MNT_ID.bits() != 0
    {
        return Some(found.stx_mnt_id);
    }
    // Before Linux 5.8.
    let file = File::options().read(true).custom_flags(libc::O_PATH).open(path).ok()?;
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    text.lines().find_map(|line| line.strip_prefix("mnt_id:")?.trim().parse().ok())
}

/// statx(2) with links followed and without asking the storage.
fn statx(path: &Path, mask: StatxFlags) -> rustix::io::Result<Statx> {
    rustix::fs::statx(CWD, path, AtFlags::STATX_DONT_SYNC, mask)
}

/// Where a path leads, with every link followed as far as there is something: also when the end of it is not there.
pub fn target(path: &Path) -> PathBuf {
    // As many links as the kernel would follow.
    follow(path, &mut 40)
}

fn follow(path: &Path, links: &mut u32) -> PathBuf {
    let _look = looking_at(path);
    let mut path = path.to_owned();
    while let Some(link) = fs::read_link(&path).ok().filter(|_| *links > 0) {
        *links -= 1;
        path = path.parent().unwrap_or(Path::new("/")).join(link);
    }
    match (fs::canonicalize(&path), path.parent(), path.file_name()) {
        (Ok(resolved), ..) => resolved,
        (_, Some(parent), Some(name)) => follow(parent, links).join(name),
        _ => path,
    }
}

/// The type in the SELinux label of a file.
pub fn label(path: &Path) -> Option<String> {
    let mut buffer = [0u8; 256];
    let length = rustix::fs::getxattr(path, "security.selinux", &mut buffer).ok()?;
    String::from_utf8_lossy(&buffer[..length]).split(':').nth(2).map(str::to_owned)
}

/// The text of a file of /proc or of the host's, whatever bytes are in it: names there (of processes, of sockets) need not be UTF-8. Empty
/// when it cannot be read.
pub fn read_text(path: impl AsRef<Path>) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// Reads at most `limit` bytes of a regular file. Never waits: a FIFO or device is an error.
///
/// # Errors
/// What open(2) or read(2) says, or "not a regular file".
pub fn read_start(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let _look = looking_at(path);
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(text::not_a_regular_file()));
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A number that is the same for the same bytes in every build (FNV-1a, 64 bit). No protection against malice.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// Whether it is a file that this user may execute.
pub fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, AccessFlags::X_OK).is_ok()
}

/// Opens a file without following a link and without waiting for anybody (a pipe, a terminal).
///
/// # Errors
/// What the kernel says.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW).open(path)
}

/// A file without a name in a directory (O_TMPFILE), which shows that files can be made there.
///
/// # Errors
/// What the kernel says; not every file system has such files.
pub fn create_unnamed(directory: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).open(directory)
}

/// Sets the times of access and modification of a file, or a link, to now.
///
/// # Errors
/// What the kernel says.
pub fn touch(path: &Path) -> io::Result<()> {
    set_times(path, &TimeSpec::UTIME_NOW)
}

/// Writes to the file system of a file or directory: its time of access.
///
/// # Errors
/// What the kernel says; of one that cannot be used, an error that [`is_lost`] knows.
pub fn try_to_write(path: &Path) -> io::Result<()> {
    set_times(path, &TimeSpec::UTIME_OMIT)?;
    // The ext4 of Linux 6.1, when its journal has been aborted, takes a new time and loses it. It begins no transaction then, as this
    // needs one.
    match rustix::fs::removexattr(path, "user.postkeeper") {
        Err(error) if is_lost(&error.into()) => Err(error.into()),
        // It is not there, or this file system knows none.
        _ => Ok(()),
    }
}

fn set_times(path: &Path, modified: &TimeSpec) -> io::Result<()> {
    Ok(utimensat(AT_FDCWD, path, &TimeSpec::UTIME_NOW, modified, UtimensatFlags::NoFollowSymlink)?)
}

/// What is free on a file system for this user.
pub struct Space {
    pub bytes: u64,
    /// Inodes; None where the file system makes them as it goes.
    pub files: Option<u64>,
}

/// What is free on the file system of `path`.
///
/// # Errors
/// What the kernel says.
pub fn space(path: &Path) -> io::Result<Space> {
    let found = statvfs(path)?;
    Ok(Space {
        bytes: found.blocks_available().saturating_mul(found.fragment_size()),
        files: (found.files() > 0).then_some(found.files_available()),
    })
}

/// Whether the error says that the file system or its device cannot be used.
pub fn is_lost(error: &io::Error) -> bool {
    const LOST: [i32; 8] =
        [libc::EIO, libc::EROFS, libc::ESHUTDOWN, libc::ESTALE, libc::ENODEV, libc::ENXIO, libc::EUCLEAN, libc::ENOTCONN];
    error.raw_os_error().is_some_and(|errno| LOST.contains(&errno))
}

/// The kernel's words without Rust's "(os error N)".
pub fn brief(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |n| Errno::from_raw(n).desc().to_owned())
}

/// Whether it is a directory of ours in which nobody else can replace a file.
pub fn is_private_directory(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| {
        let safe = meta.mode() & 0o022 == 0 || meta.mode() & libc::S_ISVTX != 0;
        meta.is_dir() && meta.uid() == geteuid().as_raw() && safe
    })
}

/// Reads a state file of ours. None when it is missing, too large, a link, or when anybody else
/// could have written it.
pub fn read_private(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let mut file = open(path, OpenOptions::new().read(true)).ok()?;
    let meta = file.metadata().ok()?;
    let ours = meta.is_file() && meta.uid() == geteuid().as_raw() && meta.mode() & 0o022 == 0;
    if !ours || meta.size() > limit {
        return None;
    }
    let mut bytes = vec![0; meta.size() as usize];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// Replaces a state file of ours, whole or not at all, never through a link.
///
/// # Errors
/// What the kernel says; the old file is then untouched.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = Path::new(&name);
    let _ = fs::remove_file(temporary);
    let write = |mut file: File| file.write_all(bytes);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temporary)
        .and_then(write)
        .and_then(|()| fs::rename(temporary, path))
        .inspect_err(|_| drop(fs::remove_file(temporary)))
}

/// Makes a directory, and those above it, where there is none.
///
/// # Errors
/// What the kernel says; when somebody else could put files of his own there.
pub fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(path)?;
    let us = geteuid().as_raw();
    // Whose link it is counts as well as whose directory it leads to.
    let (link, directory) = (fs::symlink_metadata(path)?, fs::metadata(path)?);
    if link.uid() != us || directory.uid() != us {
        return Err(io::Error::other(text::belongs_to_another_user(path.display())));
    }
    if directory.mode() & 0o022 != 0 {
        return Err(io::Error::other(text::can_be_written_by_other_users(path.display())));
    }
    Ok(())
}

/// Makes a file that only we may read, in a directory in which only we may make files ([`make_directory`]). It is never one
/// that is there already.
///
/// # Errors
/// As there.
pub fn create_private(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    make_directory(directory)?;
    if fs::symlink_metadata(directory)?.is_symlink() {
        return Err(io::Error::other(text::is_a_link(directory.display())));
    }
    let flags = libc::O_NOFOLLOW;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(flags).open(directory.join(name));
    file?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_link_leads_somewhere_also_when_nothing_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| fs::canonicalize(dir.path()).unwrap().join(name);
        symlink("real/../other", at("link")).unwrap();
        symlink("round/about", at("round")).unwrap();
        assert_eq!(target(&at("link")), at("real/../other"));
        fs::create_dir(at("real")).unwrap();
        assert_eq!(target(&at("link")), at("other"));
        assert!(target(&at("round")).starts_with(dir.path().parent().unwrap()));
    }

    #[test]
    fn a_state_file_is_replaced_never_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (victim, state) = (dir.path().join("victim"), dir.path().join("state"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &state).unwrap();
        assert_eq!(read_private(&state, 100), None);
        write_private(&state, b"ours").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(read_private(&state, 100).unwrap(), b"ours");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn a_state_file_that_others_may_write_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        write_private(&state, b"ours").unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(read_private(&state, 100), None);
        fs::set_permissions(&state, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read_private(&state, 3), None, "larger than anything we write");
    }

    #[test]
    fn a_private_file_is_made_only_where_nobody_else_can() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        create_private(&at("new/deep"), "file", b"ours").unwrap();
        assert_eq!(fs::metadata(at("new/deep/file")).unwrap().mode() & 0o777, 0o600);
        assert!(create_private(&at("new/deep"), "file", b"again").is_err(), "it was there already");
        symlink(at("new"), at("link")).unwrap();
        assert!(create_private(&at("link"), "file", b"ours").unwrap_err().to_string().contains("is a link"));
        for (mode, fine) in [(0o755, true), (0o775, false), (0o757, false), (0o1777, false)] {
            fs::set_permissions(at("new"), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(create_private(&at("new"), &mode.to_string(), b"ours").is_ok(), fine, "{mode:o}");
        }
    }

    #[test]
    fn a_fifo_is_an_error_not_a_wait() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(read_start(&fifo, 10).is_err());
        assert_eq!(read_private(&fifo, 10), None);
    }
}
