//! A short torture: a few faults, and nothing acknowledged is lost. `make torture` takes longer.

use std::process::Command;

/// Always the same faults: luck is for those who ask for it.
#[test]
fn nothing_is_lost_and_nothing_untrue_is_said_over_a_few_faults() {
    lab::host::require_root();
    let torture = env!("CARGO_BIN_EXE_torture");
    let done = Command::new(torture).args(["--faults", "8", "--nodes", "2", "--made", "tool", "--seed", "290"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    print!("{said}");
    assert!(done.status.success() && said.contains("faults 8"), "{}", String::from_utf8_lossy(&done.stderr));
}
