//! Mounts, from /proc/self/mountinfo (proc(5)).

use std::ffi::OsString;
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The kernel's number for it.
    id: u64,
    pub point: PathBuf,
    /// Options of the mount, then of its file system, as the kernel prints them.
    pub options: Vec<String>,
    pub kind: String,
    pub source: String,
}

impl Mount {
    #[cfg(test)]
    pub fn new(point: &str, kind: &str, source: &str) -> Mount {
        Mount { id: 0, point: point.into(), options: Vec::new(), kind: kind.to_owned(), source: source.to_owned() }
    }

    /// The option by which the kernel says that nothing can be written any more: `ro`, ext4's
    /// `emergency_ro` after an error (statvfs(2) and access(2) still say writable then), or `shutdown`.
    pub fn write_protection(&self) -> Option<&str> {
        self.options.iter().map(String::as_str).find(|o| matches!(*o, "ro" | "emergency_ro" | "shutdown"))
    }
}

/// File systems of this host's own memory and disks, as mountinfo calls them. Whatever else there is (network, FUSE) may stay
/// silent at any look.
const LOCAL: &[&str] = &[
    "bcachefs",
    "btrfs",
    "cgroup",
    "cgroup2",
    "devpts",
    "devtmpfs",
    "erofs",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "hugetlbfs",
    "jfs",
    "mqueue",
    "overlay",
    "proc",
    "ramfs",
    "rootfs",
    "squashfs",
    "sysfs",
    "tmpfs",
    "vfat",
    "xfs",
    "zfs",
];

/// Whether the way to `path` (absolute) leads over file systems of this host alone, every link followed. Nothing else is touched.
pub fn is_local(path: &Path, mounts: &[Mount]) -> bool {
    let above = |point: &Path| mounts.iter().rev().find(|m| m.point == point);
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
        if above(&here).is_some_and(|mount| !is_own(mount)) {
            return false;
        }
        if let Ok(target) = fs::read_link(&here) {
            links -= 1;
            if links == 0 {
                return false;
            }
            here.pop();
            left.extend(target.iter().rev().map(OsString::from));
        }
    }
    true
}

/// All mounts, in the order they were made.
pub fn all() -> Vec<Mount> {
    fs::read("/proc/self/mountinfo").map(|text| parse(&text)).unwrap_or_default()
}

/// The mount that `path` (absolute, links resolved) is on.
pub fn of(path: &Path) -> Option<Mount> {
    let mounts = all();
    // A mount may be covered by one above it, and still be listed: the kernel knows which one it is.
    let seen = id_of(path).and_then(|id| mounts.iter().find(|m| m.id == id).cloned());
    let below = mounts.into_iter().filter(|m| path.starts_with(&m.point)).enumerate();
    seen.or_else(|| below.max_by_key(|(i, m)| (m.point.as_os_str().len(), *i)).map(|(_, m)| m))
}

/// The number of the mount that a path leads to (proc(5), fdinfo); None when there is nothing.
fn id_of(path: &Path) -> Option<u64> {
    let file = fs::File::options().read(true).custom_flags(libc::O_PATH).open(path).ok()?;
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    text.lines().find_map(|line| line.strip_prefix("mnt_id:")?.trim().parse().ok())
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
    let fields: Vec<&[u8]> = line.split(|&b| b == b' ').collect();
    let dash = fields.iter().position(|f| *f == b"-")?;
    let text = |i: usize| fields.get(i).map(|f| String::from_utf8_lossy(f).into_owned());
    let options = [text(5)?, text(dash + 3).unwrap_or_default()];
    Some(Mount {
        id: text(0)?.parse().ok()?,
        point: PathBuf::from(OsString::from_vec(unescape(fields.get(4)?))),
        options: options.iter().flat_map(|o| o.split(',')).filter(|o| !o.is_empty()).map(str::to_owned).collect(),
        kind: text(dash + 1)?,
        source: text(dash + 2)?,
    })
}

/// Blanks, tabs, newlines and backslashes are octal escapes there.
fn unescape(field: &[u8]) -> Vec<u8> {
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
        let mount =
            |point: PathBuf, kind: &str| Mount { id: 1, point, options: Vec::new(), kind: kind.into(), source: "x".into() };
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
