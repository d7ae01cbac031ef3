//! Whether a file system would take a write now, found out without the risk of waiting for it.
//!
//! A frozen file system (fsfreeze(8), a snapshot, a suspended device) lets nobody know, and puts whoever writes into
//! uninterruptible sleep. io_uring(7) alone can be told not to wait for it: a write of nothing, refused with EAGAIN where
//! it would have to.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr;

// linux/io_uring.h
const FEATURE_SINGLE_MMAP: u32 = 1;
/// Came with Linux 6.12, as the check of NOWAIT did that a frozen file system needs: before that, or without this, the write waits.
const FEATURE_MIN_TIMEOUT: u32 = 1 << 15;
const OFFSET_ENTRIES: libc::off_t = 0x1000_0000;
const OPERATION_WRITE: u8 = 23;
const ENTER_GETEVENTS: u32 = 1;
const RWF_NOWAIT: u32 = 8;
const ENTRY: usize = 64;

/// Whether a write to the file system of the regular file `path` would be let through now. Writes nothing and changes no time.
/// `path` itself must be on storage that answers.
///
/// # Errors
/// When it would have to wait (WouldBlock), or when this kernel or this kind of file system cannot tell.
pub fn lets_write(path: &Path) -> io::Result<()> {
    let flags = libc::O_DIRECT | libc::O_NONBLOCK | libc::O_NOFOLLOW;
    let file = OpenOptions::new().write(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut parameters = [0u32; 30];
    // SAFETY: the kernel reads and writes one struct io_uring_params, 120 bytes.
    let fd = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us this descriptor; nobody else owns it.
    let ring = unsafe { OwnedFd::from_raw_fd(fd as i32) };
    let needed = FEATURE_SINGLE_MMAP | FEATURE_MIN_TIMEOUT;
    if parameters[5] & needed != needed {
        return Err(io::ErrorKind::Unsupported.into());
    }
    // Byte offsets within the shared ring: sq_off.tail, sq_off.array, cq_off.cqes.
    let [tail, array, answers] = [parameters[11], parameters[16], parameters[25]].map(|n| n as usize);
    let length = (array + 4 * parameters[0] as usize).max(answers + 16 * parameters[1] as usize);
    let queue = Mapping::new(&ring, length, 0)?;
    let entries = Mapping::new(&ring, ENTRY * parameters[0] as usize, OFFSET_ENTRIES)?;
    let mut entry = [0u8; ENTRY];
    entry[0] = OPERATION_WRITE;
    entry[4..8].copy_from_slice(&file.as_raw_fd().to_ne_bytes());
    entry[16..24].copy_from_slice(&(queue.start as u64).to_ne_bytes());
    entry[28..32].copy_from_slice(&RWF_NOWAIT.to_ne_bytes());
    // SAFETY: all of these lie within the two mappings, whose sizes come from the same offsets; the kernel reads them in
    // io_uring_enter only.
    let submitted = unsafe {
        ptr::copy_nonoverlapping(entry.as_ptr(), entries.start.cast(), ENTRY);
        ptr::write_volatile(queue.at(array), 0u32);
        ptr::write_volatile(queue.at(tail), 1u32);
        libc::syscall(libc::SYS_io_uring_enter, ring.as_raw_fd(), 1, 1, ENTER_GETEVENTS, ptr::null::<u8>(), 0)
    };
    if submitted != 1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the answer, struct io_uring_cqe, is there when io_uring_enter has returned; its second field is the result.
    match unsafe { ptr::read_volatile(queue.at::<i32>(answers + 8)) } {
        0 => Ok(()),
        result => Err(io::Error::from_raw_os_error(-result)),
    }
}

/// Memory that is shared with the kernel.
struct Mapping {
    start: *mut libc::c_void,
    length: usize,
}

impl Mapping {
    fn new(ring: &OwnedFd, length: usize, offset: libc::off_t) -> io::Result<Mapping> {
        let flags = libc::MAP_SHARED | libc::MAP_POPULATE;
        // SAFETY: a new mapping at an address that the kernel chooses.
        let start =
            unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_READ | libc::PROT_WRITE, flags, ring.as_raw_fd(), offset) };
        if start == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(Mapping { start, length }) }
    }

    fn at<T>(&self, offset: usize) -> *mut T {
        self.start.wrapping_byte_add(offset).cast()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nothing points into it any more.
        unsafe { libc::munmap(self.start, self.length) };
    }
}
