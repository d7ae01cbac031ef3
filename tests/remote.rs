//! Postfix on nodes that run no Corosync: a remote node and a guest node, each a host with pacemaker-remoted.

use std::time::Duration;

use lab::cluster::{Cluster, Membership, VIP};
use lab::host::Host;
use lab::mail::Load;
use lab::setup;

const RESOURCE: &str = "mail-postfix";
const IDS: &str = "postkeeper-ids-mail-postfix";

/// The ids that a node tells the cluster; None where it tells none.
fn told(cluster: &Cluster, node: &str) -> Option<String> {
    let said = cluster.sh("n1", &format!("attrd_updater -Q -n {IDS} -N {node}")).ok()?;
    let value = said.split_once("value=\"")?.1.split('"').next()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// Waits until the cluster has Postfix on the node and mail flows.
fn serves(cluster: &Cluster, client: &Load, node: &str) {
    serves_as(cluster, client, RESOURCE, node);
}

fn serves_as(cluster: &Cluster, client: &Load, resource: &str, node: &str) {
    cluster.wait(&format!("Postfix on {node}"), || cluster.active(resource).as_deref() == Some(node)).unwrap();
    cluster.wait_mail(client, &format!("on {node}")).unwrap();
}

/// The life of a service on a node of that kind, which the cluster prefers for it.
fn lives_on(membership: Membership) {
    let cluster = Cluster::boot(1, &setup::prepare).unwrap();
    cluster.boot_remote("r1", membership, &setup::prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    cluster.sh("n1", &format!("set -e\n{}pcs constraint location mail prefers r1=1000", setup::PCS)).unwrap();
    let client = Load::start(&cluster.client, format!("{VIP}:25").parse().unwrap(), 1).unwrap();
    serves(&cluster, &client, "r1");
    cluster.wait_settled().unwrap();
    assert_eq!(cluster.failures().unwrap(), Vec::<String>::new());

    // Each node tells its own ids, though the cluster hears those of r1 through n1.
    let ids = |node: &str| cluster.sh(node, "printf '%s:%s' $(id -u postfix) $(getent group postdrop | cut -d: -f3)").unwrap();
    for node in ["n1", "r1"] {
        assert_eq!(told(&cluster, node).as_deref(), Some(ids(node).as_str()), "{node}");
    }
    // The ids are the same, so n1 is given others: what r1 tells anew must leave them alone.
    cluster.sh("n1", &format!("attrd_updater -n {IDS} -N n1 -U 7:7 && attrd_updater -n {IDS} -N r1 -D")).unwrap();
    cluster
        .wait("r1 to tell nothing", || told(&cluster, "r1").is_none())
        .unwrap_or_else(|e| panic!("{e}: {}", cluster.sh("n1", &format!("attrd_updater -Q -A -n {IDS}")).unwrap_or_default()));
    cluster.sh("n1", "crm_resource --refresh --resource mail-postfix --node r1").unwrap();
    cluster.wait("r1 to tell its ids again", || told(&cluster, "r1").as_deref() == Some(&ids("r1"))).unwrap();
    assert_eq!(told(&cluster, "n1").as_deref(), Some("7:7"));
    serves(&cluster, &client, "r1");

    // It is watched and monitored there, and there alone.
    let watchers = |node: &str| cluster.sh(node, "pgrep -cf 'postkeeper/postfix [-]-watch' || :").unwrap();
    cluster.wait("a watcher on r1", || watchers("r1").trim() == "1").unwrap();
    assert_eq!(watchers("n1").trim(), "0");
    let master = || cluster.sh("r1", "cat /srv/mail/queue/pid/master.pid").unwrap();
    let old = master();
    cluster.sh("r1", &format!("kill -9 {old}")).unwrap();
    let failed = |words: &str| cluster.failures().unwrap().iter().any(|f| f.contains("node=\"r1\"") && f.contains(words));
    cluster
        .wait("the cluster to hear of the end of the master on r1", || failed("asyncmon") || failed("Master process"))
        .unwrap();
    serves(&cluster, &client, "r1");
    assert_ne!(master(), old);
    cluster.clean_up().unwrap();
    let queue_manager = cluster.sh("r1", "pid=$(pgrep -x qmgr) && kill -STOP $pid && echo $pid").unwrap();
    cluster.wait("a monitor to find the queue manager stopped", || failed("_monitor_")).unwrap();
    let is_gone = || cluster.sh("r1", &format!("kill -0 {queue_manager}")).is_err();
    cluster.wait("the stopped queue manager to be replaced", is_gone).unwrap();
    serves(&cluster, &client, "r1");
    cluster.clean_up().unwrap();

    // There and back. A value that is there is not changed by a Postfix that runs; one that is missing is published.
    cluster.sh("n1", &format!("attrd_updater -n {IDS} -N n1 -D")).unwrap();
    cluster.sh("n1", "crm_resource --resource mail --ban --node r1").unwrap();
    serves(&cluster, &client, "n1");
    // Mail may flow before the start, which publishes them, has come to its end.
    for node in ["n1", "r1"] {
        cluster.wait(&format!("{node} to tell its ids"), || told(&cluster, node).as_deref() == Some(&ids(node))).unwrap();
    }
    cluster.sh("n1", "crm_resource --resource mail --clear").unwrap();
    serves(&cluster, &client, "r1");

    cluster.wait_settled().unwrap();
    cluster.power_off("r1").unwrap();
    serves(&cluster, &client, "n1");
    cluster.switch_on("r1", &setup::prepare).unwrap();
    // A machine that is a Dummy boots nothing when it is started again, and the cluster gives up to connect.
    cluster.sh("n1", "crm_resource --cleanup").unwrap();
    serves(&cluster, &client, "r1");
    cluster.wait_settled().unwrap();
    let mailbox = cluster.with("r1", |host| Ok(host.root().join("srv/mail/box/tester"))).unwrap();
    let ledger = client.settle(&mailbox, Duration::from_secs(120)).unwrap();
    assert!(ledger.lost.is_empty() && ledger.delivered > 0, "{ledger:?}");
}

#[test]
fn a_service_lives_on_a_remote_node() {
    lives_on(Membership::Remote);
}

#[test]
fn a_service_lives_on_a_guest_node() {
    lives_on(Membership::Guest);
}

/// Postfix's verbs on a node of that kind, asked for on a member and on the node itself.
fn is_a_server(membership: Membership) {
    let prepare = |host: &Host| {
        setup::prepare(host)?;
        setup::install_tool(host)
    };
    let cluster = Cluster::boot(1, &prepare).unwrap();
    cluster.boot_remote("r1", membership, &prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    let tool = |node: &str, arguments: &str| cluster.tool(node, arguments).unwrap();
    let does = |node: &str, arguments: &str| {
        let (code, said) = tool(node, arguments);
        assert_eq!(code, 0, "{arguments} on {node}: {said}\n{}", cluster.view());
        cluster.wait_settled().unwrap();
        said
    };
    let resources = "pcs resource create mail-fs ocf:heartbeat:Filesystem device=/dev/labdisk directory=/srv/mail fstype=ext4\n\
                     pcs resource create mail-ip ocf:heartbeat:IPaddr2 ip=10.77.0.50 cidr_netmask=24\n\
                     pcs constraint colocation add mail-ip with mail-fs\npcs constraint location mail-fs prefers n1=10\n";
    cluster.sh("n1", &format!("set -e\n{resources}")).unwrap();
    cluster.wait_settled().unwrap();
    const ID: &str = "postfix-on-srv-mail-queue";

    let (code, said) = tool("n1", "create --yes --server r9");
    assert!(code == 4 && said.contains("Expected one of: n1, r1"), "{said}");
    does("n1", "create --yes");
    does("n1", "extend --to r1 --yes");
    let shown = does("n1", "show");
    assert!(shown.contains("r1, priority 10"), "{shown}");
    does("n1", "in-service --on r1 --yes");
    assert_eq!(cluster.active(ID).as_deref(), Some("r1"));
    let client = Load::start(&cluster.client, format!("{VIP}:25").parse().unwrap(), 1).unwrap();
    serves_as(&cluster, &client, ID, "r1");

    // Asked for on the node itself, which is told from the member that it is connected to.
    for node in ["n1", "r1"] {
        let said = does(node, "status");
        assert!(said.contains("r1") && said.contains("n1"), "{said}");
        let (_, said) = tool(node, "verify");
        assert_eq!(said.contains("not here: in service on r1"), node == "n1", "{node}: {said}");
        assert!(said.contains("ok       file-system resource of the queue: mail-fs"), "{node}: {said}");
    }
    does("r1", "out-of-service --yes");
    does("r1", &format!("delete {ID} --yes"));
    assert_eq!(cluster.active("mail-fs").as_deref(), Some("r1"), "what it depended on stays");
    does("r1", "create --yes");
    assert_eq!(cluster.active(ID).as_deref(), Some("r1"));
    serves_as(&cluster, &client, ID, "r1");
}

#[test]
fn a_remote_node_is_a_server_of_a_hierarchy() {
    is_a_server(Membership::Remote);
}

#[test]
fn a_guest_node_is_a_server_of_a_hierarchy() {
    is_a_server(Membership::Guest);
}
