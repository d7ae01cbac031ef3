//! The meta-data is what is checked in, and every consumer takes it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use lab::host::{Host, require_root};
use lab::setup;

const AGENT: &str = env!("CARGO_BIN_EXE_postkeeper-agent");

fn meta_data() -> String {
    let done = Command::new(AGENT).arg("meta-data").env_clear().output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty());
    String::from_utf8(done.stdout).unwrap()
}

/// UPDATE_METADATA=1 writes the file anew.
#[test]
fn the_file_that_is_checked_in_is_what_the_agent_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("meta-data/postfix.xml");
    if std::env::var_os("UPDATE_METADATA").is_some() {
        fs::write(&path, meta_data()).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), meta_data(), "run once with UPDATE_METADATA=1");
}

/// Runs xmllint on the meta-data with a schema.
fn xmllint(arguments: &[&str], dtd: bool) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("postfix.xml"), meta_data()).unwrap();
    if dtd {
        fs::copy("/usr/share/resource-agents/ra-api-1.dtd", directory.path().join("ra-api-1.dtd")).unwrap();
    }
    let done =
        Command::new("xmllint").current_dir(directory.path()).args(arguments).args(["--noout", "postfix.xml"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn it_is_valid_by_the_dtd_that_ocf_tester_uses() {
    xmllint(&["--valid"], true);
}

#[test]
fn it_is_valid_by_the_ocf_1_1_schema() {
    xmllint(&["--relaxng", "/usr/share/pcs/data/ocf-1.1.rng"], false);
}

#[test]
fn pcs_crmsh_and_crm_resource_describe_the_agent() {
    require_root();
    let host = Host::boot("describe").unwrap();
    setup::install_agent(&host).unwrap();
    for ask in [
        "pcs resource describe ocf:postkeeper:postfix",
        "crm ra info ocf:postkeeper:postfix",
        "crm_resource --show-metadata ocf:postkeeper:postfix",
    ] {
        let done = host.command("sh").args(["-c", ask]).stdin(Stdio::null()).output().unwrap();
        let (said, complaint) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success() && complaint.is_empty(), "{ask}: {said}{complaint}");
        for word in ["config_dir", "queue_mountpoint", "Manages a highly available Postfix instance"] {
            assert!(said.contains(word), "{ask} does not name {word}: {said}{complaint}");
        }
    }
}
