//! postkeeper import: from what lcdstatus printed on two servers to a service that runs.

use std::time::{Duration, Instant};

use lab::cluster::{Cluster, VIP};
use lab::host::{Host, wait_for};
use lab::mail::Load;
use lab::setup;

/// `lcdstatus -q` of a server with that priority.
fn saved(server: &str, priority: u32, state: &str) -> String {
    let row = |tag: &str, id: &str| format!("{server:<8} {tag:<26} {id:<14} {state:<6} {priority:>4}  svr1\n");
    let rows = [
        row("postfix-on-/srv/mail/queue", "mailqueue"),
        row(" ip-10.77.0.50", "10.77.0.50"),
        row(" /srv/mail", "/srv/mail"),
        row("  device2126", "000...300-1"),
        row("   disk2083", "000...300"),
    ];
    let other = if server == "svr1" { "svr2" } else { "svr1" };
    format!(
        "Resource Hierarchy Information\n\nLOCAL    TAG                        ID             STATE  PRIO  PRIMARY\n{}\n\
         Communication Status Information\n\nMACHINE  NETWORK ADDRESSES/DEVICE       STATE  PRIO\n{other}     TCP     10.0.0.1/10.0.0.2       ALIVE     1\n",
        rows.concat()
    )
}

#[test]
fn a_hierarchy_of_lifekeeper_becomes_one_of_the_cluster() {
    let prepare = |host: &Host| {
        setup::prepare(host)?;
        setup::install_tool(host)?;
        std::fs::write(host.root().join("root/svr1.txt"), saved("svr1", 1, "ISP"))?;
        Ok(std::fs::write(host.root().join("root/svr2.txt"), saved("svr2", 10, "OSU"))?)
    };
    let cluster = Cluster::boot(2, &prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    let before = cluster.sh("n1", "cibadmin --query --scope configuration").unwrap();
    let import = |options: &str| {
        let said = cluster.sh("n1", &format!("cd /root; postkeeper import {options} 2>&1; echo \"rc $?\"")).unwrap();
        let (text, code) = said.trim().rsplit_once("rc ").unwrap();
        (code.parse::<i32>().unwrap(), text.to_owned())
    };

    // What the display does not say is asked for, and nothing is guessed.
    let all = "svr1.txt svr2.txt --switchback automatic --node svr1=n1 svr2=n2 --device /srv/mail=/dev/labdisk,ext4";
    for (options, code, words) in [
        ("svr1.txt --switchback automatic", 3, "The priority of svr2 is not in what was saved"),
        ("svr1.txt svr2.txt", 3, "does not show the switchback type"),
        ("svr1.txt svr2.txt --switchback automatic", 4, "The cluster has no server \"svr1\""),
        ("svr1.txt svr2.txt --switchback automatic --node svr1=n1 svr2=n2", 3, "Which device is mounted on /srv/mail?"),
        ("svr2=svr1.txt --switchback automatic", 3, "svr1.txt is from svr1, not from svr2"),
        ("/etc/hosts --switchback automatic", 3, "/etc/hosts is not what lcdstatus prints"),
        ("none.txt --switchback automatic", 1, "none.txt cannot be read"),
        ("/dev/zero --switchback automatic", 1, "/dev/zero cannot be read: not a regular file"),
        (&format!("{all} --tag other"), 4, "The display has no tag \"other\""),
        (
            &format!("{all} --queue-dir /elsewhere"),
            3,
            "/elsewhere is not found. This directory must exist on a shared filesystem",
        ),
    ] {
        let (found, said) = import(options);
        assert!(found == code && said.contains(words), "{options}: {found}: no {words:?} in {said}");
    }
    let (code, said) = import(&format!("{all} --dry-run"));
    print!("{said}");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("no resource is created for device2126") && said.contains("LifeKeeper had it in service on svr1"),
        "{said}"
    );
    assert_eq!(cluster.sh("n1", "cibadmin --query --scope configuration").unwrap(), before);

    // As LifeKeeper would run it: nothing of it may be stopped.
    cluster.sh("n1", "mount /dev/labdisk /srv/mail && ip address add 10.77.0.50/24 dev eth0 && postfix start").unwrap();
    let master = cluster.sh("n1", "cat /srv/mail/queue/pid/master.pid").unwrap();
    let (code, said) = import(&format!("{all} --yes"));
    assert_eq!(code, 0, "{said}");
    cluster.wait_settled().unwrap();
    assert_eq!(cluster.active("postfix-on-srv-mail-queue").as_deref(), Some("n1"), "it goes on as it was");
    assert_eq!(cluster.sh("n1", "cat /srv/mail/queue/pid/master.pid").unwrap(), master);
    let show = cluster.sh("n1", "postkeeper show").unwrap();
    for words in [
        "postfix-on-/srv/mail/queue", "automatic", "n1, priority 1", "n2, priority 10", "10.77.0.50", "/srv/mail",
        "queue_mountpoint=/srv/mail",
    ] {
        assert!(show.contains(words), "no {words:?} in {show}");
    }

    // As the plan has said.
    let line = said.lines().find_map(|l| l.split_once("then let the cluster manage it: ")).unwrap().1;
    print!("{}", cluster.sh("n1", &format!("{line} 2>&1")).unwrap());
    cluster.wait_settled().unwrap();
    assert_eq!(cluster.active("postfix-on-srv-mail-queue").as_deref(), Some("n1"));
    assert_eq!(cluster.failures().unwrap(), Vec::<String>::new());
    assert_eq!(cluster.sh("n1", "cat /srv/mail/queue/pid/master.pid").unwrap(), master, "nothing was restarted");
    let client = Load::start(&cluster.client, format!("{VIP}:25").parse().unwrap(), 1).unwrap();
    let since = Instant::now();
    wait_for("mail", Duration::from_secs(30), || client.flows_since(since)).unwrap();
}
