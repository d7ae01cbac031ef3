//! The field's own testers, run on our agent: ocf-tester, and ocft with resource-agents' cases for postfix.

use std::process::Stdio;

use lab::host::{Host, require_root};
use lab::setup;

const AGENT: &str = "/usr/lib/ocf/resource.d/postkeeper/postfix";

/// A host with Postfix as the distribution installs it, its services in their chroot.
fn host(name: &str) -> Host {
    require_root();
    let host = Host::boot(name).unwrap();
    setup::install_agent(&host).unwrap();
    host.sh(
        "echo test.example > /etc/mailname; postconf -e inet_interfaces=loopback-only myhostname=test.example && postfix check",
    )
    .unwrap();
    host
}

/// Runs a script; what it printed, and whether it succeeded.
fn run(host: &Host, script: &str) -> (bool, String) {
    let done = host.command("bash").args(["-c", &format!("{script} 2>&1")]).stdin(Stdio::null()).output().unwrap();
    (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
}

#[test]
fn ocf_tester_passes() {
    let host = host("tester");
    let (passed, said) = run(&host, &format!("ocf-tester -n mail -o config_dir=/etc/postfix -o binary_dir=/usr/sbin {AGENT}"));
    print!("{said}");
    assert!(passed && said.contains("passed all tests"), "{said}");
}

#[test]
fn ocft_passes_all_cases_for_postfix() {
    let host = host("ocft");
    let config = "/usr/share/resource-agents/ocft/configs/postfix";
    // The same cases, on the agent of our provider.
    host.sh(&format!("sed -i 's,AgentRoot .*,AgentRoot {},' {config}", AGENT.trim_end_matches("/postfix"))).unwrap();
    let cases = host.sh(&format!("grep -c '^CASE ' {config}")).unwrap().trim().parse::<usize>().unwrap();
    assert_eq!(cases, 14, "resource-agents has other cases for postfix than those we know");
    let (made, said) = run(&host, "ocft make postfix");
    assert!(made, "{said}");
    let (_, said) = run(&host, "ocft test postfix");
    print!("{said}");
    let judged = |word: &str| said.matches(word).count();
    assert_eq!((judged("OK\u{1b}[0m."), judged("FAILED")), (cases, 0), "{said}");
}
