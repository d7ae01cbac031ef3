//! On real clusters: the set-ups that docs/pacemaker.md shows, the three layouts, and mail that survives every fault.

use std::net::SocketAddr;
use std::time::Duration;

use lab::cluster::{Cluster, VIP, VIP2};
use lab::host::Host;
use lab::mail::Load;
use lab::setup;

/// Runs commands on n1, one a line, and waits until the resources are active and nothing has failed.
fn create(cluster: &Cluster, commands: &str, resources: &[&str]) {
    cluster.sh("n1", &format!("set -e\n{commands}")).unwrap();
    for resource in resources {
        cluster.wait_active(resource).unwrap();
    }
    cluster.wait_settled().unwrap();
    assert_eq!(cluster.failures().unwrap(), Vec::<String>::new());
}

/// The pid of the master that has the queue below `base`, as its node counts.
fn master(cluster: &Cluster, node: &str, base: &str) -> String {
    let pid =
        cluster.sh(node, &format!("cat {base}/queue/pid/master.pid && kill -0 $(cat {base}/queue/pid/master.pid)")).unwrap();
    pid.trim().to_owned()
}

fn endpoint(vip: &str) -> SocketAddr {
    SocketAddr::new(vip.parse().unwrap(), 25)
}

/// A client that sends all the while; every fault waits until its mail flows again.
struct Client<'a>(Load, &'a Cluster);

impl Client<'_> {
    fn of<'a>(cluster: &'a Cluster, vip: &str) -> Client<'a> {
        let client = Client(Load::start(&cluster.client, endpoint(vip), 1).unwrap(), cluster);
        client.flows("before any fault", || true);
        client
    }

    /// Waits until mail is acknowledged that was sent after `recovered` first held.
    fn flows(&self, when: &str, mut recovered: impl FnMut() -> bool) {
        self.1.wait(&format!("recovery, {when}"), &mut recovered).unwrap();
        self.1.wait_mail(&self.0, when).unwrap();
    }

    /// Stops, and holds the mailbox below `base` against what was acknowledged.
    fn settle(self, node: &str, base: &str) {
        let mailbox = self.1.with(node, |host| Ok(host.root().join(format!("{}/box/tester", &base[1..])))).unwrap();
        let ledger = self.0.settle(&mailbox, Duration::from_secs(60)).unwrap();
        println!("{ledger:?}");
        assert!(ledger.lost.is_empty() && ledger.delivered > 0, "{ledger:?}");
    }
}

/// What failed, as the cluster shows it, names this reason.
fn failed_because(cluster: &Cluster, words: &str) -> bool {
    cluster.failures().unwrap().iter().any(|f| f.contains(words))
}

/// The cluster knows that the master has ended: a monitor has said so, or the watcher, whose reason Pacemaker 3 puts in its own words.
fn master_ended(cluster: &Cluster) -> bool {
    failed_because(cluster, "Master process of postfix is not running") || failed_because(cluster, "Simulated failure")
}

#[test]
fn the_pcs_commands_of_the_guide_make_a_service_that_survives_every_fault() {
    let cluster = Cluster::boot(2, &setup::prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    create(&cluster, setup::PCS, &["mail-postfix"]);
    for show in
        ["pcs resource config mail-postfix", "pcs status resources", "crm configure show", "crm_verify --live-check --verbose"]
    {
        let said = cluster.sh("n1", &format!("{show} 2>&1")).unwrap();
        assert!(!said.to_lowercase().contains("error") && !said.to_lowercase().contains("warning"), "{show}: {said}");
    }

    // Every node tells the cluster its numeric ids.
    for node in ["n1", "n2"] {
        let ids = cluster.sh(node, "printf '%s:%s' $(id -u postfix) $(getent group postdrop | cut -d: -f3)").unwrap();
        let said = cluster.sh("n1", &format!("attrd_updater -Q -n postkeeper-ids-mail-postfix -N {node}")).unwrap();
        assert!(said.contains(&format!("value=\"{ids}\"")), "{node}: {said}");
    }

    let node = cluster.wait_active("mail-postfix").unwrap();
    let other = if node == "n1" { "n2" } else { "n1" };
    let client = Client::of(&cluster, VIP);

    let old = master(&cluster, &node, "/srv/mail");
    cluster.sh(&node, &format!("kill -9 {old}")).unwrap();
    client.flows("after kill -9 of the master", || master_ended(&cluster));
    assert_eq!(cluster.wait_active("mail-postfix").unwrap(), node, "a first failure is mended where it is");

    // What no monitor of the file system notices, and what Postfix itself sits out in silence.
    cluster.clean_up().unwrap();
    cluster.shut_down_disk(&node, "/srv/mail").unwrap();
    client.flows("after the queue's disk was gone", || cluster.active("mail-postfix").as_deref() == Some(other));
    assert!(failed_because(&cluster, "The queue file system cannot be written"), "{:?}", cluster.failures());

    cluster.clean_up().unwrap();
    cluster.sh(other, &format!("ip address del {VIP}/24 dev eth0")).unwrap();
    client.flows("after the address was taken away", || {
        let has_address =
            |node: String| cluster.sh(&node, &format!("ip -o address show to {VIP}")).is_ok_and(|s| s.contains(VIP));
        !cluster.failures().unwrap().is_empty() && cluster.active("mail-postfix").is_some_and(has_address)
    });
    // It is back with the restart of its own resource. A start of Postfix without it would have failed, and kept Postfix off this node.
    assert_eq!(cluster.wait_active("mail-postfix").unwrap(), other, "{:?}", cluster.failures());

    cluster.clean_up().unwrap();
    let active_node = cluster.wait_active("mail-postfix").unwrap();
    cluster.power_off(&active_node).unwrap();
    client.flows("after the power went", || cluster.active("mail-postfix").is_some_and(|now| now != active_node));
    let last = cluster.wait_active("mail-postfix").unwrap();
    client.settle(&last, "/srv/mail");
}

#[test]
fn the_crm_commands_of_the_guide_make_it_too_and_a_person_can_run_each_operation() {
    let cluster = Cluster::boot(2, &setup::prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    create(&cluster, setup::CRM, &["mail-postfix"]);
    let said = cluster.sh("n1", "crm configure verify 2>&1").unwrap();
    assert_eq!(said.trim(), "");
    let node = cluster.wait_active("mail-postfix").unwrap();
    let other = if node == "n1" { "n2" } else { "n1" };
    let force = |node: &str, what: &str| {
        cluster.sh(node, &format!("crm_resource --resource mail-postfix {what} 2>&1; echo \"rc $?\"")).unwrap()
    };

    for what in ["--validate", "--force-check"] {
        let said = force(&node, what);
        assert!(said.contains("rc 0"), "{what}: {said}");
    }
    assert!(force(other, "--force-check").contains("rc 7"), "{}", force(other, "--force-check"));

    // With a level a person gets the deeper look: somebody connects.
    let greeted = || cluster.with(&node, |host| Ok(host.syslog().matches("smtpd").count())).unwrap();
    let before = greeted();
    let said = cluster.sh(&node, "OCF_CHECK_LEVEL=10 crm_resource --resource mail-postfix --force-check 2>&1").unwrap();
    cluster.wait("a greeting in the mail log", || greeted() > before).unwrap_or_else(|e| panic!("{e}: {said}"));

    cluster.sh("n1", "crm_attribute --name maintenance-mode --update true").unwrap();
    cluster.wait_settled().unwrap();
    let old = master(&cluster, &node, "/srv/mail");
    let said = force(&node, "--force-stop");
    assert!(said.contains("rc 0") && cluster.sh(&node, &format!("kill -0 {old}")).is_err(), "{said}");
    assert!(force(&node, "--force-check").contains("rc 7"));
    let said = force(&node, "--force-start");
    assert!(said.contains("rc 0") && master(&cluster, &node, "/srv/mail") != old, "{said}");
    // Where neither address nor file system are, a start is refused, with the reason.
    let said = force(other, "--force-start");
    assert!(said.contains("rc 5") && said.contains("is not found. This directory must exist on a shared filesystem"), "{said}");

    // Nobody has to look at a log to learn which value is wrong.
    let ask = "crm_resource --validate --class ocf --provider postkeeper --agent postfix --option config_dir=etc/postfix 2>&1; echo rc $?";
    // That of Pacemaker 3.0.3 asks systemd which agents it has, and aborts where there is no D-Bus at all.
    let said = cluster.sh(&node, &format!("dbus-run-session sh -c 'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS; export DBUS_SYSTEM_BUS_ADDRESS; {ask}'")).unwrap();
    assert!(!said.contains("rc 0") && said.contains("config_dir is not an absolute path: \"etc/postfix\""), "{said}");
}

/// Whatever is wrong with a changed parameter, or with Postfix while one is changed: mail flows on where it is.
#[test]
fn no_change_of_a_parameter_stops_or_moves_mail() {
    let cluster = Cluster::boot(2, &setup::prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    // A deeper monitor may fail what is broken below; pcs adds one that is not named. Each change waits for two monitors.
    let commands =
        setup::PCS.replace(" monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10", "").replace("interval=5s", "interval=2s");
    create(&cluster, &commands, &["mail-postfix"]);
    cluster.sh("n1", "pcs resource op remove mail-postfix-monitor-interval-300s").unwrap();
    cluster.wait_settled().unwrap();
    let node = cluster.wait_active("mail-postfix").unwrap();
    let before = master(&cluster, &node, "/srv/mail");
    let client = Client::of(&cluster, VIP);
    // The traces of an action, as many as there are.
    let runs = |action: &str| -> usize {
        let said =
            cluster.sh(&node, &format!("ls /var/tmp/trace/postfix 2>/dev/null | grep -c '[.]{action}[.]' || true")).unwrap();
        said.trim().parse().unwrap()
    };
    let change = |change: &str| {
        let told = runs("reload-agent");
        cluster.sh("n1", &format!("pcs resource update mail-postfix {change} 2>&1")).unwrap();
        let wait = |what: &str, holds: &mut dyn FnMut() -> bool| {
            cluster.wait(&format!("{what} after {change}"), holds).unwrap();
        };
        wait("reload-agent", &mut || runs("reload-agent") > told);
        // What the cluster makes of the answers shows in what it does next. Not crm_resource --wait: where the first answer of a
        // monitor is 190, Pacemaker goes on showing it as pending.
        let looked = runs("monitor");
        wait("two monitors", &mut || runs("monitor") >= looked + 2);
        let state = cluster.sh("n1", "cibadmin --query").unwrap();
        assert!(!state.contains("fail-count"), "{change}: {}", cluster.sh("n1", "crm_mon -1rf").unwrap());
        let now = (cluster.wait_active("mail-postfix").unwrap(), master(&cluster, &node, "/srv/mail"));
        assert_eq!(now, (node.clone(), before.clone()), "{change}");
        assert_eq!(runs("stop") + runs("start"), 0, "{change}");
    };
    change("trace_ra=yes trace_dir=/var/tmp/trace");
    for value in [
        "drain=5s", "drain=soon", "certificate_days=2w", "watch=ture", "watch=no", "endpoints=nosuch", "endpoints=smtp",
        "watch=", "queue_mountpoint=/srv", "queue_mountpoint=srv",
    ] {
        change(value);
        client.flows(value, || true);
    }
    // And while Postfix is not in order itself.
    for (breakage, repair) in [
        ("mv /etc/postfix/master.cf /root/kept", "mv /root/kept /etc/postfix/master.cf"),
        ("mv /usr/sbin/postfix /root/kept", "mv /root/kept /usr/sbin/postfix"),
        ("cp -p /etc/postfix/main.cf /root/kept && echo nonsense >> /etc/postfix/main.cf", "mv /root/kept /etc/postfix/main.cf"),
        ("mv /etc/postfix/main.cf /root/kept", "mv /root/kept /etc/postfix/main.cf"),
    ] {
        cluster.sh(&node, breakage).unwrap();
        // Each is a change: one that is not has nothing to make effective.
        for value in ["drain=' 7 '", "watch=maybe", "drain=-1", "watch="] {
            change(value);
        }
        cluster.sh(&node, repair).unwrap();
        client.flows(breakage, || true);
    }
    let log = cluster.with(&node, |host| Ok(host.syslog())).unwrap();
    assert!(log.contains("WARNING: drain: \"soon\" is not valid"), "{log}");
    assert!(!log.contains("reload -- version"), "Postfix was reloaded");
    client.settle(&node, "/srv/mail");
}

/// Layout 2: a standby has neither configuration nor programs until the file system is mounted.
#[test]
fn configuration_and_programs_on_the_shared_file_system() {
    let cluster = Cluster::boot(2, &setup::install_agent).unwrap();
    cluster.sh("n1", "mkdir -p /srv/mail && mount /dev/labdisk /srv/mail").unwrap();
    cluster
        .sh(
            "n1",
            "mkdir /srv/mail/sbin /srv/mail/etc && cp -a $(postconf -h meta_directory)/. /srv/mail/etc/ && cp -a --remove-destination /etc/postfix/. /srv/mail/etc/ && cp -a /usr/lib/postfix/sbin /srv/mail/libexec && \
             cp -a /usr/sbin/post* /usr/sbin/sendmail /srv/mail/sbin/",
        )
        .unwrap();
    let places = "daemon_directory = /srv/mail/libexec\ncommand_directory = /srv/mail/sbin\nmeta_directory = /srv/mail/etc\n";
    cluster.with("n1", |host| setup::configure_postfix(host, "/srv/mail/etc", VIP, "/srv/mail", places)).unwrap();
    setup::make_queue(&cluster, "n1", "/srv/mail/etc", VIP, "/srv/mail").unwrap();
    cluster.sh("n1", "umount /srv/mail").unwrap();
    for node in ["n1", "n2"] {
        cluster
            .sh(node, "mkdir -p /srv/mail && rm -r /etc/postfix /usr/lib/postfix/sbin /usr/sbin/postfix /usr/sbin/postconf")
            .unwrap();
    }
    create(&cluster, &format!("{}{}", setup::pcs_without_postfix().0, setup::PCS_SHARED), &["mail-postfix"]);
    let client = Client::of(&cluster, VIP);
    let node = cluster.wait_active("mail-postfix").unwrap();
    let master = master(&cluster, &node, "/srv/mail");
    let program = cluster.sh(&node, &format!("readlink /proc/{master}/exe")).unwrap();
    assert_eq!(program.trim(), "/srv/mail/libexec/master");

    cluster.sh(&node, &format!("pcs node standby {node}")).unwrap();
    client.flows("after a standby", || cluster.active("mail-postfix").is_some_and(|now| now != node));
    cluster.wait_settled().unwrap();
    assert!(cluster.sh(&node, "mountpoint -q /srv/mail").is_err(), "the file system was not let go");
    cluster.sh(&node, &format!("pcs node unstandby {node}")).unwrap();
    cluster.wait_settled().unwrap();
    let now = cluster.wait_active("mail-postfix").unwrap();
    cluster.power_off(&now).unwrap();
    client.flows("after the power went", || cluster.active("mail-postfix").as_deref() == Some(&node));
    client.settle(&node, "/srv/mail");
}

/// Layout 3: two instances, each active on its own node, and both on one when the other is gone.
#[test]
fn two_instances_active_active_that_end_up_on_one_node() {
    let prepare = |host: &Host| {
        setup::install_agent(host)?;
        setup::configure_postfix(
            host,
            "/etc/postfix2",
            VIP2,
            "/srv/mail2",
            "data_directory = /var/lib/postfix2\nsyslog_name = postfix2\n",
        )?;
        setup::configure_postfix(host, "/etc/postfix", VIP, "/srv/mail", "alternate_config_directories = /etc/postfix2\n")?;
        host.sh("install -d -o postfix -m 700 /var/lib/postfix2").map(drop)
    };
    let cluster = Cluster::boot(2, &prepare).unwrap();
    for (disk, directory, vip, base) in
        [("/dev/labdisk", "/etc/postfix", VIP, "/srv/mail"), ("/dev/otherdisk", "/etc/postfix2", VIP2, "/srv/mail2")]
    {
        cluster.sh("n1", &format!("mount {disk} {base}")).unwrap();
        setup::make_queue(&cluster, "n1", directory, vip, base).unwrap();
        cluster.sh("n1", &format!("umount {base}")).unwrap();
    }
    create(&cluster, &format!("{}{}", setup::PCS, setup::PCS_SECOND), &["mail-postfix", "mail2-postfix"]);
    cluster
        .wait("each on its own node", || {
            cluster.active("mail-postfix").as_deref() == Some("n1") && cluster.active("mail2-postfix").as_deref() == Some("n2")
        })
        .unwrap();
    cluster.wait_settled().unwrap();
    let (first, second) = (Client::of(&cluster, VIP), Client::of(&cluster, VIP2));

    cluster.power_off("n2").unwrap();
    second.flows("after its node was gone", || cluster.active("mail2-postfix").as_deref() == Some("n1"));
    cluster.wait_settled().unwrap();
    let (one, two) = (master(&cluster, "n1", "/srv/mail"), master(&cluster, "n1", "/srv/mail2"));
    assert_ne!(one, two);

    cluster.sh("n1", &format!("kill -9 {two}")).unwrap();
    second.flows("after kill -9 beside the other", || master_ended(&cluster));
    let restarted = master(&cluster, "n1", "/srv/mail2");
    assert!(restarted != two && master(&cluster, "n1", "/srv/mail") == one);

    // To stop one is not to touch the other.
    cluster.sh("n1", "pcs resource disable mail-postfix && crm_resource --wait --timeout=60").unwrap();
    assert!(cluster.sh("n1", &format!("kill -0 {one}")).is_err());
    assert_eq!(master(&cluster, "n1", "/srv/mail2"), restarted);
    cluster.sh("n1", "pcs resource enable mail-postfix").unwrap();
    first.flows("after it was enabled again", || cluster.active("mail-postfix").is_some());
    assert_eq!(master(&cluster, "n1", "/srv/mail2"), restarted);
    first.settle("n1", "/srv/mail");
    second.settle("n1", "/srv/mail2");
}

#[test]
fn two_virtual_addresses_one_of_them_ipv6() {
    const VIP6: &str = "fd77::50";
    let vips = format!("{VIP}, {VIP6}");
    let prepare = |host: &Host| {
        host.sh(&format!("ip address add fd77::1{}/64 dev eth0 nodad", host.name.trim_start_matches('n')))?;
        setup::install_agent(host)?;
        let more = "inet_protocols = all\nmynetworks = 10.77.0.0/24, [fd77::]/64, 127.0.0.0/8, [::1]/128\n";
        setup::configure_postfix(host, "/etc/postfix", &vips, "/srv/mail", more)
    };
    let cluster = Cluster::boot(2, &prepare).unwrap();
    cluster.client.sh("ip address add fd77::100/64 dev eth0 nodad").unwrap();
    cluster.sh("n1", "mount /dev/labdisk /srv/mail").unwrap();
    setup::make_queue(&cluster, "n1", "/etc/postfix", &vips, "/srv/mail").unwrap();
    cluster.sh("n1", "umount /srv/mail").unwrap();
    // Postfix comes last: without one of its addresses it is refused a start.
    let (others, postfix) = setup::pcs_without_postfix();
    let address = format!(
        "pcs resource create mail-ip6 ocf:heartbeat:IPaddr2 ip={VIP6} cidr_netmask=64 nic=eth0\npcs resource group add mail mail-ip6\n"
    );
    create(&cluster, &format!("{others}{address}{postfix}"), &["mail-postfix"]);
    let client = Client::of(&cluster, VIP6);

    let node = cluster.wait_active("mail-postfix").unwrap();
    cluster.sh(&node, &format!("ip address del {VIP6}/64 dev eth0")).unwrap();
    client.flows("after the IPv6 address was taken away", || {
        failed_because(&cluster, VIP6) || failed_because(&cluster, "mail-ip6")
    });
    cluster.clean_up().unwrap();
    let node = cluster.wait_active("mail-postfix").unwrap();
    cluster.power_off(&node).unwrap();
    client.flows("after the power went", || cluster.active("mail-postfix").is_some_and(|now| now != node));
    let last = cluster.wait_active("mail-postfix").unwrap();
    client.settle(&last, "/srv/mail");
}
