//! A point in time by which something must have ended. Every wait in this project has one.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A point in time on the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline `duration` from now.
    pub fn after(duration: Duration) -> Self {
        // A day is for ever here, and keeps an absurd timeout from overflowing the clock.
        Deadline(Instant::now() + duration.min(Duration::from_secs(86_400)))
    }

    /// The earlier of this deadline and `duration` from now.
    pub fn within(self, duration: Duration) -> Self {
        self.min(Self::after(duration))
    }

    /// What is left, zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has passed.
    pub fn expired(self) -> bool {
        self.remaining().is_zero()
    }

    /// What is left as a poll(2) timeout in ms, rounded up so that a poll never spins.
    pub fn poll_timeout(self) -> nix::poll::PollTimeout {
        let millis = self.remaining().as_micros().div_ceil(1000).min(i32::MAX as u128) as i32;
        nix::poll::PollTimeout::try_from(millis).unwrap_or(nix::poll::PollTimeout::ZERO)
    }

    /// The answer of a call that knows no deadline (the C library's, to name services), or None when it has not come in time:
    /// the thread that waits for it is left alone, and ends with the process at the latest (in state D only when its device answers).
    pub fn outlast<T: Send + 'static>(self, call: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (sender, receiver) = std::sync::mpsc::channel();
        let ours = Arc::new(Mutex::new(Some(call)));
        let theirs = Arc::clone(&ours);
        let take = |call: &Mutex<Option<_>>| call.lock().ok().and_then(|mut call| call.take());
        let begun = std::thread::Builder::new().spawn(move || take(&theirs).map(|call| sender.send(call())));
        match begun {
            Ok(_) => receiver.recv_timeout(self.remaining()).ok(),
            // Where no thread is to be had, the answer is waited for.
            Err(_) => take(&ours).map(|call| call()),
        }
    }

    /// Asks `condition` every `interval` until it answers or the deadline has passed; asks at least once.
    pub fn poll<T>(self, interval: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
        loop {
            if let Some(answer) = condition() {
                return Some(answer);
            }
            if self.expired() {
                return None;
            }
            std::thread::sleep(interval.min(self.remaining()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_does_not_come_back_is_given_up() {
        assert_eq!(Deadline::after(Duration::from_secs(60)).outlast(|| 7), Some(7));
        let (_sender, receiver) = std::sync::mpsc::channel::<()>();
        assert_eq!(Deadline::after(Duration::from_millis(1)).outlast(move || receiver.recv()), None);
    }

    #[test]
    fn an_absurd_timeout_is_a_long_deadline_not_a_panic() {
        assert!(!Deadline::after(Duration::MAX).expired());
    }

    #[test]
    fn poll_asks_once_even_when_the_deadline_has_passed() {
        let past = Deadline::after(Duration::ZERO);
        assert_eq!(past.poll(Duration::from_secs(1), || Some(7)), Some(7));
        assert_eq!(past.poll(Duration::from_secs(1), || None::<u8>), None);
    }
}
