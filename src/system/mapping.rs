//! A file of the kernel in our memory (mmap(2)): what an io_uring(7) or a counter of perf_event_open(2) shares with us.

use std::ffi::c_void;
use std::os::fd::AsFd;
use std::ptr;

pub(super) use rustix::mm::ProtFlags;
use rustix::mm::{MapFlags, mmap, munmap};

/// Memory that is shared with the kernel until it is dropped.
#[derive(Debug)]
pub struct Mapping {
    start: *mut c_void,
    length: usize,
}

impl Mapping {
    pub(super) fn new(fd: impl AsFd, length: usize, protection: ProtFlags, offset: u64) -> rustix::io::Result<Mapping> {
        // SAFETY: a new mapping at an address that the kernel chooses.
        let start = unsafe { mmap(ptr::null_mut(), length, protection, MapFlags::SHARED, fd, offset) }?;
        Ok(Mapping { start, length })
    }

    /// The address of what begins `offset` bytes from the start.
    pub(super) fn at<T>(&self, offset: usize) -> *mut T {
        self.start.wrapping_byte_add(offset).cast()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nothing points into it any more.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}
