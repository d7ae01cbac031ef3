//! Exit codes (OCF Resource Agent API 1.1, "Return codes") and what Pacemaker does with each.

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum ExitCode {
    /// It is as it should be.
    Success = 0,
    /// Soft: restart here; after a failed start, move. A stop that ends so gets the node fenced.
    Generic = 1,
    /// Hard: never again on this node until cleaned up. On a probe: stopped.
    Args = 2,
    /// The agent has no such action.
    Unimplemented = 3,
    /// Hard, as 2: permissions or owners are wrong on this node.
    Permission = 4,
    /// Hard, as 2: something is not installed on this node. On a probe: stopped.
    Installed = 5,
    /// Fatal: the parameters are wrong, so it is stopped on every node.
    Configured = 6,
    /// Cleanly stopped. On a recurring monitor that is a failure.
    NotRunning = 7,
    /// It runs and somebody should look: counts as success, is shown with the failed actions.
    Degraded = 190,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        std::process::ExitCode::from(code as u8)
    }
}
