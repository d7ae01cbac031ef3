//! Disks: ext4 images in memory behind loop devices.
//!
//! Nothing of one has a name on the machine: the image is an unlinked file, the loop device clears
//! itself when its last user is gone (LO_FLAGS_AUTOCLEAR), also when the test is killed.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};

/// What is on a disk.
#[derive(Debug)]
pub struct Image(File);

/// An image behind a loop device of its own.
#[derive(Debug)]
pub struct Disk {
    _device: File,
    /// N of /dev/loopN.
    pub number: u64,
}

const LOOP_MAJOR: u64 = 7;
// linux/loop.h
const LOOP_CTL_GET_FREE: libc::c_ulong = 0x4C82;
const LOOP_CONFIGURE: libc::c_ulong = 0x4C0A;
const LO_FLAGS_AUTOCLEAR: u32 = 4;
// linux/ext4.h
const EXT4_IOC_SHUTDOWN: libc::c_ulong = 0x8004_587d;
const NOLOGFLUSH: u32 = 2;
// linux/fs.h
const FIFREEZE: libc::c_ulong = 0xC004_5877;
const FITHAW: libc::c_ulong = 0xC004_5878;

impl Image {
    /// A new ext4 file system of `size` bytes.
    ///
    /// # Errors
    /// When there is no memory for it or mkfs.ext4 fails.
    pub fn new(size: u64) -> Result<Image> {
        let file = tempfile::tempfile_in("/dev/shm")?;
        file.set_len(size)?;
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        let inodes = (size / 4096).to_string();
        let made = Command::new("mkfs.ext4").args(["-q", "-F", "-N", &inodes, &path]).output().context("mkfs.ext4")?;
        ensure!(made.status.success(), "mkfs.ext4: {}", String::from_utf8_lossy(&made.stderr));
        Ok(Image(file))
    }

    /// A loop device of its own on the image. Two on one image are two computers on one disk: nothing
    /// keeps both from mounting it.
    ///
    /// # Errors
    /// When the kernel has no free loop device.
    pub fn attach(&self) -> Result<Disk> {
        let control = OpenOptions::new().read(true).write(true).open("/dev/loop-control")?;
        // Somebody else may take the free one first.
        for _ in 0..100 {
            // SAFETY: takes no argument and returns a number.
            let number = unsafe { libc::ioctl(control.as_raw_fd(), LOOP_CTL_GET_FREE as _) };
            ensure!(number >= 0, "no free loop device: {}", std::io::Error::last_os_error());
            let device = open_device(number as u64)?;
            // struct loop_config: fd, block size, loop_info64 (flags at 52), reserved.
            let mut config = [0u8; 304];
            config[0..4].copy_from_slice(&(self.0.as_raw_fd() as u32).to_ne_bytes());
            config[60..64].copy_from_slice(&LO_FLAGS_AUTOCLEAR.to_ne_bytes());
            // SAFETY: the kernel reads sizeof(struct loop_config) = 304 bytes.
            if unsafe { libc::ioctl(device.as_raw_fd(), LOOP_CONFIGURE as _, config.as_ptr()) } == 0 {
                return Ok(Disk { _device: device, number: number as u64 });
            }
            let error = std::io::Error::last_os_error();
            ensure!(error.raw_os_error() == Some(libc::EBUSY), "loop{number}: {error}");
        }
        bail!("every free loop device was taken by somebody else")
    }
}

/// Opens loop device `number` through a node of our own: a container's /dev may lack it.
fn open_device(number: u64) -> Result<File> {
    open_with(number, 0)
}

fn open_with(number: u64, flags: i32) -> Result<File> {
    let directory = tempfile::tempdir()?;
    let node = directory.path().join("loop");
    mknod(&node, SFlag::S_IFBLK, Mode::S_IRUSR | Mode::S_IWUSR, makedev(LOOP_MAJOR, number))?;
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(&node).with_context(|| format!("loop{number}"))
}

impl Disk {
    /// A disk of `size` bytes that only one host has.
    ///
    /// # Errors
    /// As [`Image::new`] and [`Image::attach`].
    pub fn new(size: u64) -> Result<Disk> {
        Image::new(size)?.attach()
    }

    /// Its name under /sys/block.
    pub fn device_name(&self) -> String {
        format!("loop{}", self.number)
    }

    /// What mknod(1) is told to make a node for it.
    pub fn node(&self) -> String {
        format!("b {LOOP_MAJOR} {}", self.number)
    }

    /// Whether nothing has it mounted any more.
    pub fn is_unused(&self) -> bool {
        open_with(self.number, libc::O_EXCL).is_ok()
    }

    /// Takes the disk away from the file system mounted on `mount`: nothing that is not on it yet gets there.
    ///
    /// # Errors
    /// When it is no ext4.
    pub fn shut_down(&self, mount: &Path) -> Result<()> {
        let directory = File::open(mount)?;
        // SAFETY: the kernel reads one u32.
        let rc = unsafe { libc::ioctl(directory.as_raw_fd(), EXT4_IOC_SHUTDOWN as _, &NOLOGFLUSH) };
        ensure!(rc == 0, "{}: {}", mount.display(), std::io::Error::last_os_error());
        Ok(())
    }
}

/// Freezes the file system mounted on `mount`: whoever writes there waits in the kernel, and not even SIGKILL ends that.
///
/// # Errors
/// When it is frozen already, or cannot be.
pub fn freeze(mount: &Path) -> Result<()> {
    tell(mount, FIFREEZE)
}

/// Lets those who wait go on.
///
/// # Errors
/// When it is not frozen.
pub fn thaw(mount: &Path) -> Result<()> {
    tell(mount, FITHAW)
}

fn tell(mount: &Path, wish: libc::c_ulong) -> Result<()> {
    let directory = File::open(mount)?;
    // SAFETY: both take a number that they do not look at.
    let rc = unsafe { libc::ioctl(directory.as_raw_fd(), wish as _, 0) };
    ensure!(rc == 0, "{}: {}", mount.display(), std::io::Error::last_os_error());
    Ok(())
}
