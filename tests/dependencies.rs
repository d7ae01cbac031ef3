//! Dependencies whatever their agent. The agents of the clouds need a cloud: stand-ins of their names and parameters put the address on this
//! host by IPaddr2, and mount by Filesystem.

use lab::cluster::{Cluster, VIP};
use lab::host::Host;
use lab::setup;

const ID: &str = "postfix-on-srv-mail-queue";

/// A stand-in: provider, name, parameter, the agent that does its work, and that agent's parameter.
const STAND_INS: &[(&str, &str, &str, &str, &str)] = &[
    ("heartbeat", "aws-vpc-move-ip", "ip", "IPaddr2", "ip"),
    ("heartbeat", "awsvip", "secondary_private_ip", "Dummy", "fake"),
    ("heartbeat", "gcp-vpc-move-vip", "alias_ip", "IPaddr2", "ip"),
    ("heartbeat", "aliyun-vpc-move-ip", "address", "IPaddr2", "ip"),
    ("heartbeat", "podman", "image", "Dummy", "fake"),
    ("site", "disk", "mountpoint", "Filesystem", "directory"),
    ("site", "storage", "what", "Filesystem", "directory"),
    ("site", "network", "what", "IPaddr2", "ip"),
];

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::prepare(host)?;
    setup::install_tool(host)?;
    for (provider, name, parameter, agent, own) in STAND_INS {
        let path = format!("/usr/lib/ocf/resource.d/{provider}/{name}");
        let script = format!(
            "#!/bin/sh\nexport OCF_RESKEY_{own}=\"${{OCF_RESKEY_{parameter}%/32}}\" OCF_RESKEY_device=/dev/labdisk OCF_RESKEY_fstype=ext4\n\
             exec /usr/lib/ocf/resource.d/heartbeat/{agent} \"$@\"\n"
        );
        let file = host.root().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(file.parent().unwrap())?;
        // The original is a file of the machine below.
        let _ = std::fs::remove_file(&file);
        std::fs::write(&file, script)?;
        host.sh(&format!("chmod 755 {path}"))?;
    }
    Ok(())
}

/// Makes a primitive; pcs would refuse what the meta-data of the stand-ins does not have.
fn make(cluster: &Cluster, id: &str, agent: &str, parameter: &str, value: &str) {
    let (provider, kind) = agent.split_once(':').unwrap();
    let xml = format!(
        "<primitive id=\"{id}\" class=\"ocf\" provider=\"{provider}\" type=\"{kind}\"><instance_attributes id=\"{id}-a\">\
         <nvpair id=\"{id}-p\" name=\"{parameter}\" value=\"{value}\"/></instance_attributes>\
         <operations><op id=\"{id}-m\" name=\"monitor\" interval=\"10s\" timeout=\"20s\"/></operations></primitive>"
    );
    cluster.sh("n1", &format!("cibadmin --create --scope resources --xml-text '{xml}'")).unwrap();
}

fn does(cluster: &Cluster, node: &str, arguments: &str) -> String {
    let (code, said) = cluster.tool(node, arguments).unwrap();
    assert_eq!(code, 0, "{arguments}: {said}");
    cluster.wait_settled().unwrap();
    said
}

/// A hierarchy of these resources from its making to its end: it serves on both servers, and verify finds what it depends on.
fn lives(cluster: &Cluster, options: &str, dependencies: &[&str], found: &[&str]) {
    does(cluster, "n1", &format!("create --yes {options}"));
    let shown = does(cluster, "n1", "show");
    for id in dependencies {
        assert!(shown.contains(&format!("{id} (")), "no {id} in {shown}");
    }
    assert!(shown.contains("queue_mountpoint=/srv/mail"), "{shown}");
    does(cluster, "n1", "extend --to n2 --yes");
    does(cluster, "n1", "in-service --on n2 --yes");
    for id in dependencies.iter().chain(&[ID]) {
        assert_eq!(cluster.active(id).as_deref(), Some("n2"), "{id}");
    }
    for node in ["n1", "n2"] {
        let (_, said) = cluster.tool(node, "verify").unwrap();
        for words in found {
            assert!(said.contains(words), "no {words:?} on {node} in {said}");
        }
    }
    does(cluster, "n1", "in-service --on n1 --yes");
    does(cluster, "n1", "out-of-service --yes");
    does(cluster, "n1", &format!("delete {ID} --yes"));
}

/// What remains of a hierarchy that was deleted: its resources, on n1, to make room for the next.
fn clear(cluster: &Cluster, ids: &[&str]) {
    for id in ids {
        cluster.sh("n1", &format!("pcs resource delete {id}")).unwrap();
    }
    cluster.wait_settled().unwrap();
}

#[test]
fn a_hierarchy_stands_on_resources_of_any_agent() {
    let cluster = Cluster::boot(2, &prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    cluster.sh("n1", "pcs resource defaults update resource-stickiness=1 && pcs constraint config >/dev/null").unwrap();

    // The address of a cloud that is on the interface by the same agent, and a file system of an agent of one's own.
    make(&cluster, "disk", "site:disk", "mountpoint", "/srv/mail");
    make(&cluster, "vip", "heartbeat:aws-vpc-move-ip", "ip", VIP);
    cluster.sh("n1", "pcs constraint colocation add vip with disk && pcs constraint location disk prefers n1=10").unwrap();
    cluster.wait_settled().unwrap();
    let fine = ["ok       IP resource for 10.77.0.50: vip", "ok       file-system resource of the queue: disk"];
    lives(&cluster, "", &["disk", "vip"], &fine);
    clear(&cluster, &["vip"]);

    // An address that the cloud and the interface have each of their own: Postfix needs both.
    make(&cluster, "cloud", "heartbeat:awsvip", "secondary_private_ip", VIP);
    make(&cluster, "nic", "heartbeat:IPaddr2", "ip", VIP);
    cluster.sh("n1", "pcs constraint colocation add nic with disk && pcs constraint colocation add cloud with disk").unwrap();
    cluster.wait_settled().unwrap();
    lives(&cluster, "", &["disk", "cloud", "nic"], &["IP resource for 10.77.0.50: cloud, nic"]);
    clear(&cluster, &["cloud", "nic", "disk"]);

    // Agents whose parameters tell nothing: refused with what to do, and taken when they are named.
    make(&cluster, "storage", "site:storage", "what", "/srv/mail");
    make(&cluster, "network", "site:network", "what", VIP);
    cluster
        .sh("n1", "pcs constraint colocation add network with storage && pcs constraint location storage prefers n1=10")
        .unwrap();
    cluster.wait_settled().unwrap();
    let (code, said) = cluster.tool("n1", "create --yes").unwrap();
    assert!(code == 3 && said.contains("If another resource mounts /srv/mail, name that: --depends-on ID"), "{said}");
    let (code, said) = cluster.tool("n1", "create --yes --depends-on nothing").unwrap();
    assert!(code == 4 && said.contains("no resource \"nothing\""), "{said}");
    lives(
        &cluster,
        "--depends-on storage --depends-on network",
        &["storage", "network"],
        &["ok       IP resource for 10.77.0.50: no parameter of ", "ok       file-system resource of the queue: "],
    );
    clear(&cluster, &["network"]);

    // One that is named does not stand for both, and a fence device for nothing.
    let (code, said) = cluster.tool("n1", "create --yes --depends-on fence").unwrap();
    assert!(code == 3 && said.contains("fence is a fence device"), "{said}");
    let (code, said) = cluster.tool("n1", "create --yes --depends-on storage").unwrap();
    assert!(code == 3 && said.contains("Could not find IP resource for \"10.77.0.50\""), "{said}");
    make(&cluster, "alias", "heartbeat:gcp-vpc-move-vip", "alias_ip", &format!("{VIP}/32"));
    cluster.sh("n1", "pcs constraint colocation add alias with storage").unwrap();
    cluster.wait_settled().unwrap();
    lives(&cluster, "--depends-on storage", &["storage", "alias"], &["ok       IP resource for 10.77.0.50: alias"]);
}

/// A bundle runs its own resource in its containers and nothing else. Here it never starts: what is asked for is refused before.
#[test]
fn a_bundle_is_neither_a_server_nor_a_dependency() {
    let cluster = Cluster::boot(1, &prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    make(&cluster, "disk", "site:disk", "mountpoint", "/srv/mail");
    make(&cluster, "vip", "heartbeat:aws-vpc-move-ip", "ip", VIP);
    cluster.sh("n1", "pcs constraint colocation add vip with disk && pcs constraint location disk prefers n1=10").unwrap();
    cluster.sh("n1", "rm -f /etc/systemd/system/*.wants/postfix*").unwrap();
    let bundle = "<bundle id=\"web\"><meta_attributes id=\"web-m\"><nvpair id=\"web-role\" name=\"target-role\" value=\"Stopped\"/>\
                  </meta_attributes><podman image=\"site/web\" replicas=\"2\"/><network control-port=\"3121\"/>\
                  <primitive id=\"apache\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/></bundle>";
    cluster.sh("n1", &format!("cibadmin --create --scope resources --xml-text '{bundle}'")).unwrap();
    cluster.wait_settled().unwrap();
    let refused = |arguments: &str, words: &str| {
        let configuration = || cluster.sh("n1", "cibadmin --query --scope configuration").unwrap();
        let before = configuration();
        let (code, said) = cluster.tool("n1", arguments).unwrap();
        assert!(code == 3 && said.contains(words), "{arguments}: {code} {said}");
        assert_eq!(configuration(), before, "{arguments}");
    };
    refused("create --yes --server web-0", "web-0 is a container of the bundle web");
    refused("create --yes --depends-on apache", "apache is in the bundle web");
    does(&cluster, "n1", "create --yes");
    assert_eq!(cluster.active(ID).as_deref(), Some("n1"));
    refused("extend --yes --to web-1", "web-1 is a container of the bundle web");
    refused("in-service --yes --on web-0", "web-0 is a container of the bundle web");
    refused(&format!("depend add --yes {ID} apache"), "apache is in the bundle web");
    refused(&format!("depend add --yes {ID} web"), "web is in the bundle web");
    for verb in ["status", "show", "verify"] {
        let said = does(&cluster, "n1", verb);
        assert!(!said.contains("web-0"), "{verb}: {said}");
    }
    assert_eq!(cluster.failures().unwrap(), Vec::<String>::new());
}

/// DRBD's agent needs its kernel module: a stand-in of its name is promoted by ocf:pacemaker:Stateful, and the disk is the shared one.
#[test]
fn a_hierarchy_stands_on_the_promoted_instance_of_a_clone() {
    let cluster = Cluster::boot(2, &|host: &Host| {
        prepare(host)?;
        let agents = "/usr/lib/ocf/resource.d";
        host.sh(&format!("mkdir -p {agents}/linbit && cp {agents}/pacemaker/Stateful {agents}/linbit/drbd")).map(drop)
    })
    .unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    let clone = "<clone id=\"mail-drbd-clone\"><meta_attributes id=\"mail-drbd-meta\"><nvpair id=\"mail-drbd-promotable\" \
                 name=\"promotable\" value=\"true\"/><nvpair id=\"mail-drbd-notify\" name=\"notify\" value=\"true\"/></meta_attributes>\
                 <primitive id=\"mail-drbd\" class=\"ocf\" provider=\"linbit\" type=\"drbd\"><operations>\
                 <op id=\"mail-drbd-promoted\" name=\"monitor\" interval=\"10s\" role=\"Promoted\"/>\
                 <op id=\"mail-drbd-unpromoted\" name=\"monitor\" interval=\"11s\" role=\"Unpromoted\"/></operations></primitive></clone>";
    cluster.sh("n1", &format!("cibadmin --create --scope resources --xml-text '{clone}'")).unwrap();
    make(&cluster, "disk", "site:disk", "mountpoint", "/srv/mail");
    make(&cluster, "vip", "heartbeat:aws-vpc-move-ip", "ip", VIP);
    for constraint in [
        "colocation add disk with promoted mail-drbd-clone score=INFINITY",
        "order promote mail-drbd-clone then start disk",
        "colocation add vip with disk score=INFINITY",
        "location disk prefers n1=10",
    ] {
        cluster.sh("n1", &format!("pcs constraint {constraint}")).unwrap();
    }
    cluster.wait_settled().unwrap();
    lives(&cluster, "", &["disk", "vip"], &["file-system resource of the queue: disk"]);
    does(&cluster, "n1", "create --yes");
    does(&cluster, "n1", "extend --to n2 --yes");
    let shown = does(&cluster, "n2", "status");
    let line = shown.lines().find(|line| line.contains("mail-drbd")).unwrap_or_default();
    assert!(line.ends_with("  promoted on n1"), "{shown}");
    cluster.power_off("n1").unwrap();
    cluster.wait("the failover", || cluster.active(ID).as_deref() == Some("n2")).unwrap();
}
