//! Deadlines. Every wait in this project has one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A point in time on the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline `duration` from now.
    pub fn after(duration: Duration) -> Self {
        // One day at the most, so that a huge timeout does not overflow the clock.
        Deadline(Instant::now() + duration.min(Duration::from_secs(86_400)))
    }

    /// The earlier of this deadline and `duration` from now.
    pub fn within(self, duration: Duration) -> Self {
        self.min(Self::after(duration))
    }

    /// The time left, zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has passed.
    pub fn expired(self) -> bool {
        self.remaining().is_zero()
    }

    /// The time left as a poll(2) timeout in ms, rounded up so that a loop does not spin.
    pub fn poll_timeout(self) -> nix::poll::PollTimeout {
        let millis = self.remaining().as_micros().div_ceil(1000).min(i32::MAX as u128) as i32;
        nix::poll::PollTimeout::try_from(millis).unwrap_or(nix::poll::PollTimeout::ZERO)
    }

    /// Runs a call that may block for ever (name services of the C library, storage) in a thread; None when it does not return in time. The
    /// thread is left behind then, and ends with the process at the latest (in state D only when its device answers).
    pub fn bounded_call<T: Send + 'static, C: FnOnce() -> T + Send + 'static>(self, call: C) -> Option<T> {
        ask_each(vec![call], self.remaining(), |call: C| call()).pop().flatten()
    }

    /// Calls `condition` every `interval` until it returns Some or the deadline has passed; at least once.
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

/// A poll interval for states that cause no event: short at first, and longer the longer it takes.
#[derive(Clone, Copy, Debug)]
pub struct Pace(Instant);

impl Pace {
    /// Starts now.
    pub fn from_now() -> Self {
        Pace(Instant::now())
    }

    /// The pause before the next poll: a tenth of the time so far, so that a change is seen at most a tenth later.
    pub fn pause(self) -> Duration {
        (self.0.elapsed() / 10).clamp(Duration::from_millis(100), Duration::from_secs(2))
    }
}

/// How long a thread may wait for one answer before another thread goes on with the next question.
const NEXT_THREAD_DELAY: Duration = Duration::from_millis(10);

/// Calls `ask` for each item; the results in their order. The call may block for ever: None for items without a result when nothing has
/// returned for `timeout`.
///
/// One thread makes the calls; when a call takes longer than [`NEXT_THREAD_DELAY`], another thread goes on with the next item, so that a few
/// blocked calls do not delay the others. As in [`Deadline::bounded_call`], blocked threads are left behind.
pub fn ask_each<I, T>(items: Vec<I>, timeout: Duration, ask: impl Fn(I) -> T + Send + Sync + 'static) -> Vec<Option<T>>
where
    I: Send + 'static,
    T: Send + 'static,
{
    let count = items.len();
    let round = Arc::new(Round {
        ask,
        state: Mutex::new(State {
            items: items.into_iter().enumerate(),
            answers: std::iter::repeat_with(|| None).take(count).collect(),
            answered: 0,
        }),
        complete: Condvar::new(),
    });
    let begins = || {
        let theirs = Arc::clone(&round);
        std::thread::Builder::new().spawn(move || theirs.work()).is_ok()
    };
    if count > 0 && !begins() {
        // Without any thread, wait for the results.
        round.work();
    }
    let (mut heard, mut end) = (0, Deadline::after(timeout));
    let mut state = round.state();
    while state.answered < count {
        let (is_late, is_open) = (end.expired(), state.items.len() > 0);
        // Check once more even when late: after a suspend of the machine no thread had time to answer.
        let wait = if is_late || is_open { NEXT_THREAD_DELAY } else { end.remaining() };
        let waited = round.complete.wait_timeout_while(state, wait, |state| state.answered < count);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if state.answered != heard {
            (heard, end) = (state.answered, Deadline::after(timeout));
        } else if is_late {
            break;
        } else if is_open {
            drop(state);
            begins();
            state = round.state();
        }
    }
    // A thread that returns later finds no more items.
    state.items = Vec::new().into_iter().enumerate();
    std::mem::take(&mut state.answers)
}

/// The shared state of the threads.
struct Round<I, T, F> {
    ask: F,
    state: Mutex<State<I, T>>,
    complete: Condvar,
}

struct State<I, T> {
    /// Items that no thread has taken yet.
    items: std::iter::Enumerate<std::vec::IntoIter<I>>,
    answers: Vec<Option<T>>,
    answered: usize,
}

impl<I, T, F: Fn(I) -> T> Round<I, T, F> {
    fn state(&self) -> MutexGuard<'_, State<I, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one call after the other.
    fn work(&self) {
        let mut state = self.state();
        while let Some((index, item)) = state.items.next() {
            drop(state);
            let answer = (self.ask)(item);
            state = self.state();
            state.answered += 1;
            // The caller may have given up.
            if let Some(place) = state.answers.get_mut(index) {
                *place = Some(answer);
            }
        }
        // The last thread finds no more items.
        self.complete.notify_all();
    }
}

/// For what a test waits for.
#[cfg(test)]
pub fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_does_not_come_back_is_given_up() {
        assert_eq!(Deadline::after(Duration::from_secs(60)).bounded_call(|| 7), Some(7));
        let (_sender, receiver) = std::sync::mpsc::channel::<()>();
        assert_eq!(Deadline::after(Duration::from_millis(1)).bounded_call(move || receiver.recv()), None);
    }

    #[test]
    fn those_that_do_not_answer_keep_nobody_else_from_it() {
        let (_sender, receiver) = std::sync::mpsc::channel::<()>();
        let receiver = Mutex::new(receiver);
        let ask = move |n: i32| {
            if n % 3 == 0 {
                let _ = receiver.lock().unwrap().recv();
            }
            n
        };
        let wanted: Vec<Option<i32>> = (0..10).map(|n| (n % 3 != 0).then_some(n)).collect();
        assert_eq!(ask_each((0..10).collect(), Duration::from_millis(100), ask), wanted);
        assert_eq!(ask_each(Vec::new(), Duration::MAX, |n: i32| n), vec![]);
    }

    #[test]
    fn one_thread_asks_for_all_that_answer_at_once() {
        let ask = |_| std::thread::current().id();
        let askers = ask_each((0..1000).collect::<Vec<i32>>(), Duration::MAX, ask);
        // On a busy machine another one may help.
        let askers: std::collections::HashSet<_> = askers.into_iter().flatten().collect();
        assert!(askers.len() < 100 && !askers.contains(&std::thread::current().id()), "{askers:?}");
    }

    #[test]
    fn an_absurd_timeout_is_a_long_deadline_not_a_panic() {
        assert!(!Deadline::after(Duration::MAX).expired());
    }

    #[test]
    fn who_waits_long_looks_less_often() {
        let ago = |seconds| Pace(Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()).pause();
        assert_eq!(Pace::from_now().pause(), Duration::from_millis(100));
        assert!(ago(5) >= Duration::from_millis(500) && ago(5) < Duration::from_secs(2), "{:?}", ago(5));
        assert_eq!(ago(60), Duration::from_secs(2));
    }

    #[test]
    fn poll_asks_once_even_when_the_deadline_has_passed() {
        let past = Deadline::after(Duration::ZERO);
        assert_eq!(past.poll(Duration::from_secs(1), || Some(7)), Some(7));
        assert_eq!(past.poll(Duration::from_secs(1), || None::<u8>), None);
    }
}
