//! Mounts, from /proc/self/mountinfo (proc(5)).

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::{file, process};

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub point: PathBuf,
    /// Options of the mount, then of its file system, as the kernel prints them: `rw,noatime,rw,errors=continue`.
    options: String,
    pub kind: String,
    pub source: String,
}

impl Mount {
    #[cfg(test)]
    pub fn new(point: &str, kind: &str, source: &str) -> Mount {
        Mount { point: point.into(), options: String::new(), kind: kind.to_owned(), source: source.to_owned() }
    }

    /// The option by which the kernel says that nothing can be written any more: `ro`, ext4's
    /// `emergency_ro` after an error (statvfs(2) and access(2) still say writable then), or `shutdown`.
    pub fn write_protection(&self) -> Option<&str> {
        self.options.split(',').find(|o| matches!(*o, "ro" | "emergency_ro" | "shutdown"))
    }

    /// Whether it is mounted with an option.
    pub fn has(&self, option: &str) -> bool {
        self.options.split(',').any(|o| o == option)
    }
}

/// File systems of this host's own memory and disks, as mountinfo calls them. Whatever else there is (network, FUSE) may stay
/// silent at any look.
const LOCAL: &[&str] = &[
    "bcachefs", "btrfs", "cgroup", "cgroup2", "devpts", "devtmpfs", "erofs", "ext2", "ext3", "ext4", "f2fs", "hugetlbfs", "jfs",
    "mqueue", "overlay", "proc", "ramfs", "rootfs", "squashfs", "sysfs", "tmpfs", "vfat", "xfs", "zfs",
];

/// Whether the way to `path` (absolute) leads over file systems of this host alone, every link followed. Nothing else is touched.
pub fn is_local(path: &Path, mounts: &[Mount]) -> bool {
    are_local(&[path], mounts)
}

/// The same of several paths: what they have in common is looked at once.
pub fn are_local(paths: &[&Path], mounts: &[Mount]) -> bool {
    let mut passed = Vec::new();
    paths.iter().all(|path| leads_over_own(path, mounts, &mut passed))
}

/// `passed`: what has been found to be of this host, and no link.
fn leads_over_own(path: &Path, mounts: &[Mount], passed: &mut Vec<PathBuf>) -> bool {
    // Both are in plain form; to compare paths by their components costs a hundred times as much.
    let above = |point: &Path| mounts.iter().rev().find(|m| m.point.as_os_str() == point.as_os_str());
    let is_own = |mount: &Mount| LOCAL.contains(&mount.kind.as_str());
    let mut here = PathBuf::from("/");
    let mut left: Vec<OsString> = path.iter().rev().map(OsString::from).collect();
    // As many links as the kernel would follow.
    let mut links = 40;
    if !above(&here).is_some_and(is_own) {
        return false;
    }
    while let Some(name) = left.pop() {
        match name.as_bytes() {
            b"/" => here = PathBuf::from("/"),
            b"." => {}
            b".." => drop(here.pop()),
            _ => here.push(&name),
        }
        if passed.iter().any(|p| p.as_os_str() == here.as_os_str()) {
            continue;
        }
        if above(&here).is_some_and(|mount| !is_own(mount)) {
            return false;
        }
        match fs::read_link(&here) {
            Ok(_) if links == 1 => return false,
            Ok(target) => {
                links -= 1;
                here.pop();
                left.extend(target.iter().rev().map(OsString::from));
            }
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => passed.push(here.clone()),
            // Nothing is there, so nobody gets any further.
            Err(_) => return true,
        }
    }
    true
}

/// All mounts, in the order they were made.
pub fn all() -> Vec<Mount> {
    parse(&text())
}

fn text() -> Vec<u8> {
    process::read("/proc/self/mountinfo").unwrap_or_default()
}

/// The mount that `path` (absolute, links resolved) is on.
pub fn of(path: &Path) -> Option<Mount> {
    let text = text();
    // A mount may be covered by one above it, and still be listed: the kernel knows which one it is.
    let seen = file::mount_id(path).and_then(|id| {
        let start = format!("{id} ");
        text.split(|&b| b == b'\n').find(|line| line.starts_with(start.as_bytes())).and_then(parse_line)
    });
    seen.or_else(|| {
        let below = parse(&text).into_iter().filter(|m| path.starts_with(&m.point)).enumerate();
        below.max_by_key(|(i, m)| (m.point.as_os_str().len(), *i)).map(|(_, m)| m)
    })
}

/// Whether something is mounted exactly on `path` (links resolved).
pub fn is_mount_point(path: &Path) -> bool {
    of(path).is_some_and(|m| m.point == path)
}

fn parse(text: &[u8]) -> Vec<Mount> {
    text.split(|&b| b == b'\n').filter_map(parse_line).collect()
}

fn parse_line(line: &[u8]) -> Option<Mount> {
    // 36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/sda1 rw,errors=continue
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let mut fields = line.split(|&b| b == b' ');
    let point = fields.nth(4)?;
    let mut options = text(fields.next()?);
    fields.find(|field| *field == b"-")?;
    let (kind, source) = (text(fields.next()?), text(fields.next()?));
    options.extend(fields.next().map(|more| format!(",{}", String::from_utf8_lossy(more))));
    Some(Mount { point: PathBuf::from(OsString::from_vec(unescape(point))), options, kind, source })
}

/// Blanks, tabs, newlines and backslashes are octal escapes there, and in fstab(5).
pub fn unescape(field: &[u8]) -> Vec<u8> {
    if !field.contains(&b'\\') {
        return field.to_vec();
    }
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, tail)) = rest.split_first() {
        let octal =
            rest.get(1..4).filter(|_| first == b'\\').and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 8).ok());
        out.push(octal.unwrap_or(first));
        rest = if octal.is_some() { &rest[4..] } else { tail };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_in_mount_points_and_optional_fields_are_understood() {
        let mounts =
            parse(b"36 35 98:0 / /mail\\040queue rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw,emergency_ro\n\nnonsense\n");
        assert_eq!(mounts.len(), 1);
        assert_eq!(mounts[0].point, Path::new("/mail queue"));
        assert_eq!(mounts[0].write_protection(), Some("emergency_ro"));
        assert_eq!((mounts[0].kind.as_str(), mounts[0].source.as_str()), ("ext4", "/dev/sda1"));
    }

    #[test]
    fn a_link_may_lead_off_this_host() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| fs::canonicalize(dir.path()).unwrap().join(name);
        fs::create_dir_all(at("net/conf")).unwrap();
        fs::create_dir(at("own")).unwrap();
        std::os::unix::fs::symlink("../net/conf", at("own/link")).unwrap();
        std::os::unix::fs::symlink("self", at("self")).unwrap();
        let mount = |point: PathBuf, kind: &str| Mount { point, options: String::new(), kind: kind.into(), source: "x".into() };
        let mounts =
            [mount("/".into(), "overlay"), mount(at("net"), "nfs4"), mount(at("mine"), "fuse"), mount(at("mine"), "xfs")];
        let shown =
            ["own", "own/nothing/there", "own/link", "net", "net/../own", "mine/a", "self"].map(|n| is_local(&at(n), &mounts));
        assert_eq!(shown, [true, true, false, false, false, true, false]);
        assert!(!is_local(Path::new("/"), &[mount("/".into(), "nfs")]));
    }

    #[test]
    fn the_root_is_a_mount_point_and_holds_everything() {
        assert!(is_mount_point(Path::new("/")));
        assert!(of(Path::new("/")).is_some());
        assert_eq!(of(Path::new("/proc/self")).unwrap().point, Path::new("/proc"));
    }
}
