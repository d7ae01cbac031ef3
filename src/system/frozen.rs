//! Whether a file system would take a write now, found out without the risk of waiting for it.
//!
//! A frozen file system (fsfreeze(8), a snapshot, a suspended device) lets nobody know, and puts whoever writes into
//! uninterruptible sleep. io_uring(7) alone can be told not to wait for it: a write of nothing, refused with EAGAIN where
//! it would have to.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr;

use rustix::io::ReadWriteFlags;
use rustix::io_uring::{
    IORING_OFF_SQ_RING, IORING_OFF_SQES, IoringEnterFlags, IoringFeatureFlags, IoringOp, addr_or_splice_off_in_union,
    io_uring_cqe, io_uring_enter, io_uring_params, io_uring_ptr, io_uring_setup, io_uring_sqe, op_flags_union,
};

use super::mapping::{Mapping, ProtFlags};

/// linux/io_uring.h: IORING_FEAT_MIN_TIMEOUT. Came with Linux 6.12, as the check of NOWAIT did that a frozen file system needs: before
/// that, or without this, the write waits.
const MIN_TIMEOUT: IoringFeatureFlags = IoringFeatureFlags::from_bits_retain(1 << 15);

/// Whether this kernel can tell, and may be asked.
pub fn is_supported() -> bool {
    ring().is_ok()
}

/// A ring with one place.
fn ring() -> io::Result<(OwnedFd, io_uring_params)> {
    let mut parameters = io_uring_params::default();
    // SAFETY: the kernel only fills the parameters; without flags it takes no address or descriptor from them.
    let ring = unsafe { io_uring_setup(1, &mut parameters) }?;
    if !parameters.features.contains(IoringFeatureFlags::SINGLE_MMAP | MIN_TIMEOUT) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    Ok((ring, parameters))
}

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
    let (ring, parameters) = ring()?;
    let [places, answer_places] = [parameters.sq_entries, parameters.cq_entries].map(|n| n as usize);
    // Byte offsets within the shared ring.
    let [tail, array, answers] = [parameters.sq_off.tail, parameters.sq_off.array, parameters.cq_off.cqes].map(|n| n as usize);
    let length = (array + size_of::<u32>() * places).max(answers + size_of::<io_uring_cqe>() * answer_places);
    let both = ProtFlags::READ | ProtFlags::WRITE;
    let queue = Mapping::new(&ring, length, both, IORING_OFF_SQ_RING)?;
    let entries = Mapping::new(&ring, size_of::<io_uring_sqe>() * places, both, IORING_OFF_SQES)?;
    let entry = io_uring_sqe {
        opcode: IoringOp::Write,
        fd: file.as_raw_fd(),
        addr_or_splice_off_in: addr_or_splice_off_in_union { addr: io_uring_ptr::new(queue.at(0)) },
        op_flags: op_flags_union { rw_flags: ReadWriteFlags::NOWAIT },
        ..Default::default()
    };
    // SAFETY: all of these lie within the two mappings, whose sizes come from the same offsets; the kernel reads them in
    // io_uring_enter only. The answer is there when that has returned.
    let result = unsafe {
        ptr::write_volatile(entries.at(0), entry);
        ptr::write_volatile(queue.at(array), 0u32);
        ptr::write_volatile(queue.at(tail), 1u32);
        if io_uring_enter(&ring, 1, 1, IoringEnterFlags::GETEVENTS)? != 1 {
            return Err(io::ErrorKind::Other.into());
        }
        ptr::read_volatile(&raw const (*queue.at::<io_uring_cqe>(answers)).res)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(-result)) }
}
