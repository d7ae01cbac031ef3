//! postkeeper adopt on a live cluster: the agent changes, Postfix does not notice.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lab::cluster::{Cluster, VIP};
use lab::host::Host;
use lab::mail::Load;
use lab::setup;

/// What somebody has who has used ocf:heartbeat:postfix so far: a group with a member after Postfix, one beside it that is only ordered
/// after it, and constraints.
const BEFORE: &str = "\
pcs resource create mail-fs ocf:heartbeat:Filesystem device=/dev/labdisk directory=/srv/mail fstype=ext4
pcs resource create mail-ip ocf:heartbeat:IPaddr2 ip=10.77.0.50 cidr_netmask=24
pcs resource group add mail mail-fs mail-ip
pcs resource create mail-postfix ocf:heartbeat:postfix binary=/usr/sbin/postfix config_dir=/etc/postfix parameters=-v op monitor interval=5s timeout=20s meta migration-threshold=3 --disabled
pcs resource create after ocf:heartbeat:Dummy
pcs resource group add mail mail-postfix after
pcs resource create ordered ocf:heartbeat:Dummy
pcs constraint order mail-postfix then ordered
pcs constraint location ordered prefers n1=100
pcs resource enable mail-postfix
pcs constraint location mail prefers n1=100
";

/// The part of it that is about Postfix's agent.
const OLD: &str = "ocf:heartbeat:postfix binary=/usr/sbin/postfix config_dir=/etc/postfix parameters=-v ";

/// Debian's init script, which notes what it is asked for.
const NOTED: &str = "sed -i 's|^PATH=|echo \"$1\" >> /root/init.log; PATH=|' /etc/init.d/postfix";

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::prepare(host)?;
    host.sh(NOTED)?;
    setup::install_tool(host)
}

fn boot(agent: &str) -> Cluster {
    let cluster = Cluster::boot(2, &prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    cluster.sh("n1", &format!("set -e\n{}", BEFORE.replace(OLD, agent))).unwrap();
    cluster.wait_settled().unwrap();
    assert_eq!(cluster.active("mail-postfix").as_deref(), Some("n1"));
    assert_eq!(cluster.active("after").as_deref(), Some("n1"));
    cluster
}

/// The configuration without the resource itself, and without what the cluster notes of a refresh.
fn rest(cluster: &Cluster) -> String {
    let script = "cibadmin --query --scope resources; cibadmin --query --scope constraints; cibadmin --query --scope crm_config";
    let text = cluster.sh("n1", script).unwrap();
    let (before, own) = text
        .split_once("<primitive class=\"ocf\" id=\"mail-postfix\"")
        .or_else(|| text.split_once("<primitive class=\"lsb\" id=\"mail-postfix\""))
        .or_else(|| text.split_once("<primitive id=\"mail-postfix\""))
        .unwrap();
    let text = before.to_owned() + own.split_once("</primitive>").unwrap().1;
    text.lines().filter(|l| !l.contains("last-lrm-refresh")).collect::<Vec<_>>().join("\n")
}

fn primitive(cluster: &Cluster) -> String {
    cluster.sh("n1", "cibadmin --query --xpath \"//primitive[@id='mail-postfix']\"").unwrap()
}

/// The master, as pid and start time; the process that serves, whoever looks after it.
fn master(cluster: &Cluster) -> String {
    cluster.sh("n1", "pid=$(tr -d ' ' < /srv/mail/queue/pid/master.pid); echo $pid $(cut -d' ' -f22 /proc/$pid/stat)").unwrap()
}

/// Runs adopt on a node; its exit code and what it said.
fn adopt(cluster: &Cluster, node: &str, options: &str) -> (i32, String) {
    cluster.tool(node, &format!("adopt mail-postfix --wait 60 {options}")).unwrap()
}

/// Of all actions of these resources, those that the cluster has begun since `since` (of its clock): no start and no stop is among them.
fn starts_and_stops(cluster: &Cluster, since: u64) -> Vec<String> {
    let xml = cluster.sh("n1", "cibadmin --query --scope status").unwrap();
    let value = |line: &str, name: &str| Some(line.split_once(&format!(" {name}=\""))?.1.split('"').next()?.to_owned());
    let moved = |line: &&str| {
        let begun = value(line, "last-rc-change").and_then(|t| t.parse::<u64>().ok()).unwrap_or(0);
        matches!(value(line, "operation").as_deref(), Some("start" | "stop")) && begun > since
    };
    xml.lines().filter(|l| l.trim().starts_with("<lrm_rsc_op ")).filter(moved).map(str::to_owned).collect()
}

#[test]
fn an_old_resource_becomes_ours_while_mail_flows_and_nothing_is_restarted() {
    let cluster = boot(OLD);
    let (configuration, old_primitive, old) = (rest(&cluster), primitive(&cluster), master(&cluster));
    let client = Load::start(&cluster.client, SocketAddr::new(VIP.parse().unwrap(), 25), 1).unwrap();
    cluster.wait("mail", || client.count() > 3).unwrap();

    // Where it is not in service it is not adopted, and a dry run changes nothing.
    let (code, said) = adopt(&cluster, "n2", "--yes");
    assert!(code == 3 && said.contains("mail-postfix is in service on n1, and this is n2"), "{said}");
    // Nobody would find out that it runs, and the cluster would start it once more.
    cluster.sh("n1", "pcs property set enable-startup-probes=false --force").unwrap();
    let (code, said) = adopt(&cluster, "n1", "--dry-run");
    assert!(code == 3 && said.contains("mail-postfix cannot be adopted while the cluster does not probe"), "{said}");
    cluster.sh("n1", "pcs property unset enable-startup-probes").unwrap();
    let (code, said) = adopt(&cluster, "n1", "--dry-run");
    print!("{said}");
    for words in [
        "becomes ocf:postkeeper:postfix",
        "when our agent finds Postfix running, the cluster manages it again",
        "parameters=\"-v\"",
        "no monitor checks the greeting",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    assert_eq!((code, rest(&cluster), primitive(&cluster)), (0, configuration.clone(), old_primitive));

    let since = cluster.sh("n1", "date +%s").unwrap().trim().parse::<u64>().unwrap();
    let begun = Instant::now();
    let failures = client.failures();
    let (code, said) = adopt(&cluster, "n1", "--yes");
    let done = Instant::now();
    print!("{said}");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("mail-postfix is ocf:postkeeper:postfix now, in service on n1 as before"), "{said}");

    // The same Postfix, the same place, the same everything else.
    assert_eq!(master(&cluster), old);
    assert_eq!(starts_and_stops(&cluster, since), Vec::<String>::new());
    assert_eq!(rest(&cluster), configuration);
    let new = primitive(&cluster);
    for part in [
        "provider=\"postkeeper\"",
        "name=\"config_dir\" value=\"/etc/postfix\"",
        "interval=\"5s\"",
        "name=\"migration-threshold\" value=\"3\"",
    ] {
        assert!(new.contains(part), "no {part} in {new}");
    }
    assert!(!new.contains("is-managed") && !new.contains("\"parameters\"") && !new.contains("\"binary\""), "{new}");
    cluster.wait("mail", || client.flows_since(done)).unwrap();
    let pause = client.outage(begun, Instant::now());
    println!("longest pause in acknowledged mail: {pause:?}");
    assert_eq!(client.failures(), failures, "a client was not served");

    // From now on it is ours that looks after it.
    assert_eq!(
        cluster
            .sh("n1", "crm_resource --wait; crm_resource --resource mail-postfix --force-check >/dev/null; echo $?")
            .unwrap()
            .trim(),
        "0"
    );
    cluster.sh("n1", "kill -9 $(cat /srv/mail/queue/pid/master.pid)").unwrap();
    cluster.wait("another master", || master(&cluster) != old).unwrap();
    cluster.wait_mail(&client, "with another master").unwrap();
    let (code, said) = adopt(&cluster, "n1", "--yes");
    assert!(code == 3 && said.contains("is ocf:postkeeper:postfix already"), "{said}");
    cluster.wait_settled().unwrap();
    let mailbox = cluster.with("n1", |host| Ok(host.root().join("srv/mail/box/tester"))).unwrap();
    let ledger = client.settle(&mailbox, Duration::from_secs(60)).unwrap();
    assert!(ledger.lost.is_empty() && ledger.delivered > 0, "{ledger:?}");
}

#[test]
fn a_postfix_of_the_init_script_becomes_ours_and_the_script_stops_nothing() {
    let cluster = boot("lsb:postfix ");
    let (configuration, old) = (rest(&cluster), master(&cluster));
    let (code, said) = adopt(&cluster, "n1", "--dry-run");
    assert!(code == 0 && said.contains("Postfix still belongs to lsb:postfix"), "{said}");
    let since = cluster.sh("n1", "date +%s; : > /root/init.log").unwrap().trim().parse::<u64>().unwrap();
    let (code, said) = adopt(&cluster, "n1", "--yes");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("mail-postfix is ocf:postkeeper:postfix now, in service on n1 as before"), "{said}");
    let untouched = |when: &str| {
        assert_eq!(master(&cluster), old, "{when}");
        assert_eq!(starts_and_stops(&cluster, since), Vec::<String>::new(), "{when}");
        let asked = cluster.sh("n1", "cat /root/init.log").unwrap();
        assert!(asked.lines().all(|word| word == "status"), "{when}: {asked}");
    };
    untouched("after adopt");
    assert_eq!(rest(&cluster), configuration);
    let new = primitive(&cluster);
    for part in ["class=\"ocf\"", "provider=\"postkeeper\"", "type=\"postfix\"", "interval=\"5s\"", "value=\"3\""] {
        assert!(new.contains(part), "no {part} in {new}");
    }
    assert!(!new.contains("is-managed"), "{new}");

    // Whatever the executor still knows of the script comes to light when a node joins.
    cluster.power_off("n2").unwrap();
    cluster.wait_known_off("n2").unwrap();
    cluster.switch_on("n2", &prepare).unwrap();
    cluster.wait_online("n2").unwrap();
    cluster.wait_settled().unwrap();
    untouched("after a join");

    // From now on it is ours that looks after it.
    cluster.sh("n1", "kill -9 $(cat /srv/mail/queue/pid/master.pid)").unwrap();
    cluster.wait("another master", || master(&cluster) != old).unwrap();
    cluster.wait_settled().unwrap();
    assert_eq!(cluster.active("mail-postfix").as_deref(), Some("n1"));
    let asked = cluster.sh("n1", "cat /root/init.log").unwrap();
    assert!(asked.lines().all(|word| word == "status"), "{asked}");
}

#[test]
fn when_our_agent_does_not_find_postfix_the_old_one_gets_it_back() {
    let cluster = boot(OLD);
    let (configuration, old_primitive, old) = (rest(&cluster), primitive(&cluster), master(&cluster));
    cluster.sh("n1", "mv /etc/postfix /etc/elsewhere && ln -s elsewhere /etc/postfix").unwrap();

    // One that looks elsewhere, as far as the cluster can tell.
    let agent = "/usr/lib/ocf/resource.d/postkeeper/postfix";
    let broken = format!(
        "mv {agent} {agent}.real && printf '#!/bin/sh\\n[ $1 != monitor ] || exit 7\\nexec {agent}.real \"$@\"\\n' > {agent} && chmod 755 {agent}"
    );
    cluster.sh("n1", &broken).unwrap();
    let since = cluster.sh("n1", "date +%s").unwrap().trim().parse::<u64>().unwrap();
    let (code, said) = adopt(&cluster, "n1", "--yes");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the resource uses ocf:heartbeat:postfix again; Postfix was not stopped"), "{said}");
    cluster.wait_settled().unwrap();
    assert_eq!(master(&cluster), old);
    assert_eq!(starts_and_stops(&cluster, since), Vec::<String>::new());
    assert_eq!((rest(&cluster), primitive(&cluster)), (configuration.clone(), old_primitive));
    assert_eq!(cluster.active("mail-postfix").as_deref(), Some("n1"));
    assert_eq!(cluster.active("after").as_deref(), Some("n1"));
    assert_eq!(cluster.failures().unwrap(), Vec::<String>::new());

    // Not there, not ours to take, not running.
    let said = cluster.sh("n1", "postkeeper adopt nothing 2>&1; postkeeper adopt mail-ip 2>&1; rm /usr/lib/ocf/resource.d/postkeeper/postfix; postkeeper adopt mail-postfix 2>&1; true").unwrap();
    for words in [
        "no resource \"nothing\"", "Expected one of: mail-postfix", "mail-ip is ocf:heartbeat:IPaddr2", "does not have the agent",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }

    // By hand, with the commands that it shows.
    cluster.sh("n1", &format!("mv {agent}.real {agent} && postkeeper adopt mail-postfix --format pcs > /root/adopt.sh")).unwrap();
    print!("{}", cluster.sh("n1", "cat /root/adopt.sh; sh /root/adopt.sh; crm_resource --wait").unwrap());
    assert_eq!(master(&cluster), old);
    assert!(primitive(&cluster).contains("provider=\"postkeeper\""));
    assert!(!rest(&cluster).contains("is-managed"));
}
