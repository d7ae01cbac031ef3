//! The commands in docs/ are run as they stand there.
//!
//! A box that begins with "```sh n1 n2" is run on those nodes, one with "```sh active RESOURCE" where that is active; each of
//! its commands must succeed. A box that begins with "```text" after it must be found, line by line, in what it printed; … is
//! anything. `<!-- test: power off n1 -->` does that.

use std::fs;
use std::path::Path;

use lab::cluster::Cluster;
use lab::host::Host;
use lab::mail::Load;
use lab::setup;

enum Step {
    Run(Vec<String>, String),
    Expect(String),
    PowerOff(String),
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

fn steps(text: &str) -> Vec<Step> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut block = || lines.by_ref().take_while(|l| *l != "```").map(|l| format!("{l}\n")).collect::<String>();
        if let Some(nodes) = line.strip_prefix("```sh ") {
            found.push(Step::Run(nodes.split_whitespace().map(str::to_owned).collect(), block()));
        } else if line == "```text" {
            found.push(Step::Expect(block()));
        } else if let Some(node) = line.strip_prefix("<!-- test: power off ").and_then(|l| l.strip_suffix(" -->")) {
            found.push(Step::PowerOff(node.to_owned()));
        } else if line.starts_with("```") {
            block();
        }
    }
    found
}

fn boot() -> Cluster {
    let prepare = |host: &Host| {
        setup::install_agent(host)?;
        setup::install_tool(host)?;
        // The disks under the names that the documents give them; and what systemctl disable does.
        host.sh("cp -a /dev/labdisk /dev/vdb && cp -a /dev/otherdisk /dev/vdc && rm -f /etc/systemd/system/*.wants/postfix*")
            .map(drop)
    };
    Cluster::boot(2, &prepare).unwrap()
}

/// Follows the document; says what it does.
fn follow(cluster: &Cluster, steps: &[Step]) {
    let mut said = String::new();
    for step in steps {
        match step {
            Step::Run(nodes, script) => {
                let nodes = match nodes.as_slice() {
                    [word, resource] if word == "active" => vec![cluster.wait_active(resource).unwrap()],
                    nodes => nodes.to_vec(),
                };
                said.clear();
                for node in nodes {
                    println!("{node}# {}", script.trim().replace('\n', &format!("\n{node}# ")));
                    said += &cluster.sh(&node, &format!("exec 2>&1; set -e\n{script}")).unwrap_or_else(|e| panic!("{e}"));
                }
                println!("{said}");
            }
            Step::Expect(text) => {
                for line in text.lines() {
                    let holds = |found: &str| {
                        let mut rest = found;
                        line.split('\u{2026}').all(|part| rest.find(part).map(|at| rest = &rest[at + part.len()..]).is_some())
                    };
                    assert!(said.lines().any(holds), "no {line:?} in {said}");
                }
            }
            Step::PowerOff(node) => {
                cluster.power_off(node).unwrap();
                cluster.wait_known_off(node).unwrap();
            }
        }
    }
}

/// Mail that is sent now is acknowledged.
fn flows(cluster: &Cluster, vip: &str) {
    let client = Load::start(&cluster.client, format!("{vip}:25").parse().unwrap(), 1).unwrap();
    cluster.wait_mail(&client, &format!("through {vip}")).unwrap();
}

#[test]
fn the_tutorial_and_the_operations_work_as_written() {
    let cluster = boot();
    let tutorial = steps(&read("tutorial.md"));
    let crash = tutorial.iter().position(|s| matches!(s, Step::PowerOff(_))).unwrap();
    follow(&cluster, &tutorial[..crash]);
    flows(&cluster, "10.77.0.50");
    // Who looks at it with other tools sees nothing to be mended.
    for check in ["crm_verify --live-check --verbose", "crm configure verify", "pcs constraint config"] {
        let said = cluster.sh("n1", &format!("exec 2>&1; {check}")).unwrap();
        assert!(check.starts_with("pcs") && !said.to_lowercase().contains("warn") || said.is_empty(), "{check}: {said}");
    }
    follow(&cluster, &steps(&read("operations.md")));
    assert_eq!(cluster.active("mail-server").as_deref(), Some("n2"), "so that the crash is one");
    follow(&cluster, &tutorial[crash..]);
    assert_eq!(cluster.active("mail-server").as_deref(), Some("n1"));
    flows(&cluster, "10.77.0.50");
    let delivered = cluster.sh("n1", "ls /srv/mail/box/tester/new | wc -l").unwrap();
    assert!(delivered.trim().parse::<u32>().unwrap() >= 2, "{delivered}");
}

/// Boots a cluster and follows the part of layouts.md with that heading.
fn layout(heading: &str) -> Cluster {
    let text = read("layouts.md");
    let part = text.split("\n## ").find(|p| p.starts_with(heading)).unwrap_or_else(|| panic!("no {heading}"));
    let cluster = boot();
    follow(&cluster, &steps(part));
    cluster
}

/// Mail flows on either server.
fn flows_on_both(cluster: &Cluster) {
    flows(cluster, "10.77.0.50");
    let other = if cluster.wait_active("mail-server").unwrap() == "n1" { "n2" } else { "n1" };
    cluster.sh("n1", &format!("postkeeper in-service mail-server --on {other} --yes")).unwrap();
    assert_eq!(cluster.active("mail-server").as_deref(), Some(other));
    flows(cluster, "10.77.0.50");
    assert_eq!(cluster.failures().unwrap(), Vec::<String>::new());
}

#[test]
fn layout_1_works_as_written() {
    flows_on_both(&layout("Layout 1"));
}

#[test]
fn layout_2_works_as_written() {
    flows_on_both(&layout("Layout 2"));
}

#[test]
fn layout_3_works_as_written() {
    let cluster = layout("Layout 3");
    for vip in ["10.77.0.50", "10.77.0.51"] {
        flows(&cluster, vip);
    }
}
