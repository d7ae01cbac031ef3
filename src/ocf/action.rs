//! The actions of the agent and the table of operations that it advertises.

use std::time::Duration;

/// An action: the first argument of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Start,
    Stop,
    Monitor,
    /// As monitor, with a sentence for the user.
    Status,
    ReloadAgent,
    ValidateAll,
    MetaData,
    Methods,
    Usage,
}

/// The names of all actions; the first name of an action is its standard name.
const NAMES: &[(&str, Action)] = &[
    ("start", Action::Start),
    ("stop", Action::Stop),
    ("monitor", Action::Monitor),
    ("status", Action::Status),
    ("reload-agent", Action::ReloadAgent),
    ("reload", Action::ReloadAgent),
    ("validate-all", Action::ValidateAll),
    ("meta-data", Action::MetaData),
    ("methods", Action::Methods),
    ("usage", Action::Usage),
    ("help", Action::Usage),
    ("--help", Action::Usage),
    ("-h", Action::Usage),
];

impl Action {
    /// The action called `name`; None when there is none.
    pub fn parse(name: &str) -> Option<Action> {
        NAMES.iter().find(|(n, _)| *n == name).map(|(_, action)| *action)
    }

    /// The names of all actions, one each.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let first = |i: usize| NAMES[..i].iter().all(|(_, a)| *a != NAMES[i].1);
        (0..NAMES.len()).filter(move |i| first(*i)).map(|i| NAMES[i].0)
    }

    /// Its standard name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, a)| *a == self).map_or("", |(name, _)| name)
    }

    /// The advertised timeout of this action, at the lowest level.
    pub fn timeout(self) -> Duration {
        let action = if self == Action::Status { Action::Monitor } else { self };
        OPERATIONS.iter().find(|o| o.action == action).map_or(DEFAULT, |o| Duration::from_secs(o.timeout))
    }
}

/// Pacemaker's own default for an operation without a timeout.
const DEFAULT: Duration = Duration::from_secs(20);

/// An operation as the meta-data advertises it. Times in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub action: Action,
    pub timeout: u64,
    /// None: not a recurring operation. Every operation of one name needs its own.
    pub interval: Option<u64>,
    /// OCF_CHECK_LEVEL.
    pub depth: Option<u32>,
}

const fn once(action: Action, timeout: u64) -> Operation {
    Operation { action, timeout, interval: None, depth: None }
}

const fn monitor(depth: u32, interval: u64, timeout: u64) -> Operation {
    Operation { action: Action::Monitor, timeout, interval: Some(interval), depth: Some(depth) }
}

/// The operations that pcs configures for a new resource: level 0 often, the deeper levels less often.
pub const OPERATIONS: &[Operation] = &[
    once(Action::Start, 90),
    once(Action::Stop, 60),
    monitor(0, 10, 20),
    monitor(10, 60, 30),
    monitor(20, 300, 60),
    once(Action::ReloadAgent, 60),
    once(Action::ValidateAll, 20),
    once(Action::MetaData, 5),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_monitor_has_its_own_interval_and_every_action_a_name() {
        let intervals: Vec<_> = OPERATIONS.iter().filter_map(|o| o.interval).collect();
        assert!(intervals.windows(2).all(|w| w[0] < w[1]));
        for name in Action::names() {
            assert_eq!(Action::parse(name).unwrap().name(), name);
        }
        assert_eq!(Action::parse("restart"), None);
    }
}
