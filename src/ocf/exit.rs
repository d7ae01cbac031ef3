//! Exit codes (OCF Resource Agent API 1.1, "Return codes") and what Pacemaker does with each.

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum ExitCode {
    /// Success.
    Success = 0,
    /// Soft error: restart here; after a failed start, move. After a failed stop the node is fenced.
    Generic = 1,
    /// Hard error: not on this node until cleaned up. For a probe: stopped.
    Args = 2,
    /// The agent has no such action.
    Unimplemented = 3,
    /// Hard error as 2: wrong permissions or owners on this node.
    Permission = 4,
    /// Hard error as 2: something is not installed on this node. For a probe: stopped.
    Installed = 5,
    /// Fatal error: the parameters are wrong, so it is stopped on every node.
    Configured = 6,
    /// Cleanly stopped. For a recurring monitor, a failure.
    NotRunning = 7,
    /// Running, but an administrator should look: counts as success, and is shown with the failed actions.
    Degraded = 190,
}
