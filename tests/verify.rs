//! postkeeper verify: what it says of hosts that are broken in one way each, and that its trial start leaves nothing behind.

use std::net::UdpSocket;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use lab::cluster::Cluster;
use lab::host::{Host, install, require_root};
use lab::sandbox::{Action, Agent, CONFIG, MOUNT, OTHER, QUEUE, Sandbox, VIP};
use lab::setup;
use serde_json::Value;
use simple_dns::rdata::{MX, RData};
use simple_dns::{CLASS, Name, Packet, ResourceRecord};

/// A way to break a host: a sentence, a script, more options, the check that notices, its level, words of what it found.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    ("no programs", "mkdir /tmp/bin", "--binary-dir /tmp/bin", "postfix and postconf", "error", "/tmp/bin/postfix not found"),
    ("no master.cf", "rm @CONFIG/master.cf", "", "main.cf and master.cf", "error", "master.cf not found"),
    ("main.cf is nonsense", "echo nonsense >> @CONFIG/main.cf", "", "the configuration can be read", "error", "cannot be read"),
    (
        "it runs on another queue",
        "postfix -c @CONFIG start; cp -a @QUEUE @QUEUE.new; echo queue_directory=@QUEUE.new >> @CONFIG/main.cf",
        "",
        "Postfix runs where the cluster has it",
        "error",
        "on another queue than main.cf names",
    ),
    ("no queue manager", "sed -i '/^qmgr/d' @CONFIG/master.cf", "", "services", "error", "master.cf has no qmgr"),
    (
        "a service without its program",
        "echo 'x unix - - n - - nosuch' >> @CONFIG/master.cf",
        "",
        "services",
        "error",
        "x/unix runs nosuch, which is not in",
    ),
    ("no agent", "rm /usr/lib/ocf/resource.d/postkeeper/postfix", "", "the resource agent", "error", "no /usr/lib/ocf"),
    (
        "not among the alternate directories", "echo > /etc/postfix/main.cf", "", "sendmail, postqueue and postdrop", "warning",
        "does not name",
    ),
    (
        "no such owner",
        "echo mail_owner=nobodyhere >> @CONFIG/main.cf",
        "",
        "mail_owner",
        "error",
        "The postfix owner nobodyhere does not exist",
    ),
    ("no such group", "echo setgid_group=nogrouphere >> @CONFIG/main.cf", "", "setgid_group", "error", "nogrouphere"),
    (
        "a queue of another server's numbers", "chown 4711 @QUEUE/active", "", "owners of the queue", "error",
        "active has uid 4711",
    ),
    ("maildrop of another group", "chgrp 4711 @QUEUE/maildrop", "", "owners of the queue", "error", "maildrop: gid 4711"),
    ("the queue is not mounted", "umount @MOUNT", "", "the queue", "error", "is not found. This directory must exist"),
    ("no queue yet", "rm -r @QUEUE/maildrop", "", "the queue", "error", "holds no queue"),
    ("another queue than main.cf's", "mkdir /srv/other", "--queue-dir /srv/other", "the queue", "error", "name different queues"),
    (
        "a queue on the root disk",
        "cp -a @QUEUE /srv/q; echo queue_directory=/srv/q >> @CONFIG/main.cf",
        "",
        "the queue's file system",
        "error",
        "root file system",
    ),
    ("a queue that is read-only", "mount -o remount,ro @MOUNT", "", "it can be written", "error", "is mounted ro"),
    (
        "no space",
        "dd if=/dev/zero of=@MOUNT/ballast bs=16k 2>/dev/null; test -s @MOUNT/ballast",
        "",
        "free space",
        "error",
        "nearly full",
    ),
    (
        "more space wanted than there is",
        "echo queue_minfree=999999999999 >> @CONFIG/main.cf",
        "",
        "free space",
        "error",
        "KiB required",
    ),
    (
        "data_directory of two instances",
        "echo data_directory=/var/lib/postfix >> @CONFIG/main.cf",
        "",
        "data_directory of no other instance",
        "error",
        "/etc/postfix/main.cf has it too",
    ),
    (
        "data_directory through a link",
        "rm -r /var/lib/postfix-pk; ln -s /var/lib/postfix /var/lib/postfix-pk",
        "",
        "data_directory of no other instance",
        "error",
        "has it too",
    ),
    ("data_directory of root", "chown 0 /var/lib/postfix-pk", "", "data_directory", "error", "belongs to uid 0"),
    ("no data_directory", "rm -r /var/lib/postfix-pk", "", "data_directory", "warning", "No such file"),
    (
        "the address is not here", "ip address del @VIP/32 dev lo", "", "the addresses are on this host", "error",
        "not on this host: 192.0.2.25",
    ),
    ("every address", "echo inet_interfaces=all >> @CONFIG/main.cf", "", "endpoints", "warning", "names no address"),
    (
        "a word that is no address",
        "echo inet_interfaces=nowhere.invalid >> @CONFIG/main.cf",
        "",
        "inet_interfaces and the services",
        "error",
        "nowhere.invalid",
    ),
    ("no service takes mail", "sed -i /smtpd/d @CONFIG/master.cf", "", "endpoints", "error", "none"),
    (
        "a unit enabled at boot",
        "mkdir -p /etc/systemd/system/x.wants; ln -s /lib/x /etc/systemd/system/x.wants/postfix.service",
        "",
        "Postfix at boot",
        "error",
        "x.wants/postfix.service",
    ),
    (
        "an instance enabled at boot",
        "mkdir -p /etc/systemd/system/x.wants; ln -s /lib/x /etc/systemd/system/x.wants/postfix@-.service",
        "",
        "Postfix at boot",
        "error",
        "postfix@-.service",
    ),
    (
        "an enabled unit that wants Postfix",
        "mkdir -p /etc/systemd/system/x.wants; ln -s /lib/x /etc/systemd/system/x.wants/filter.timer; printf '[Unit]\\nWants=postfix.service\\n' > /etc/systemd/system/filter.service",
        "",
        "Postfix at boot",
        "error",
        "/etc/systemd/system/filter.service (Wants=postfix.service)",
    ),
    (
        "a drop-in of an enabled instance that requires Postfix",
        "mkdir -p /etc/systemd/system/x.wants /run/systemd/system/filter@.service.d; ln -s /lib/x /etc/systemd/system/x.wants/filter@1.service; printf '[Unit]\\nRequires=a.service postfix@-.service\\n' > /run/systemd/system/filter@.service.d/x.conf",
        "",
        "Postfix at boot",
        "error",
        "filter@.service.d/x.conf (Requires=postfix@-.service)",
    ),
    (
        "a script of the old kind",
        "rm -f /lib/systemd/system/postfix.service /etc/systemd/system/postfix.service; ln -sf ../init.d/postfix /etc/rc2.d/S01postfix",
        "",
        "Postfix at boot",
        "error",
        "/etc/rc2.d/S01postfix",
    ),
    (
        "no alias database",
        "echo alias_maps=hash:/etc/aliases-pk >> @CONFIG/main.cf; echo a: b > /etc/aliases-pk",
        "",
        "table hash:/etc/aliases-pk",
        "error",
        "/etc/aliases-pk.db is missing",
    ),
    (
        "no table at all",
        "echo transport_maps=texthash:/srv/none >> @CONFIG/main.cf",
        "",
        "table texthash:/srv/none",
        "error",
        "/srv/none is missing",
    ),
    (
        "a table of a service alone",
        "echo ' -o transport_maps=cidr:/srv/none' > /tmp/o; sed -i '1r /tmp/o' @CONFIG/master.cf",
        "",
        "table cidr:/srv/none",
        "error",
        "/srv/none is missing",
    ),
    (
        "a table older than its text",
        "echo alias_maps=hash:/etc/apk >> @CONFIG/main.cf; echo a: b > /etc/apk; postalias -c @CONFIG hash:/etc/apk; touch -d tomorrow /etc/apk",
        "",
        "table hash:/etc/apk",
        "warning",
        "is newer than",
    ),
    (
        "Postfix 3.11 opens another type of table (stand-in: a postconf that says so)",
        "mkdir /tmp/bin; ln -s /usr/sbin/post* /usr/sbin/sendmail /tmp/bin/; rm /tmp/bin/postconf; printf '#!/bin/sh\n/usr/sbin/postconf \"$@\" || exit\ncase \"$*\" in *-x) echo default_database_type = lmdb; echo non_bdb_migration_level = enable-redirect;; *-m) echo lmdb;; esac\n' > /tmp/bin/postconf; chmod 755 /tmp/bin/postconf; echo alias_maps=hash:/etc/apk >> @CONFIG/main.cf; echo a: b > /etc/apk",
        "--binary-dir /tmp/bin",
        "table hash:/etc/apk",
        "error",
        "/etc/apk.lmdb is missing, /etc/apk is there",
    ),
    (
        "a table of a type that is not installed, and the address is not here",
        "ip address del @VIP/32 dev lo; printf 'cdb x x\\nlmdb x x\\n' > /etc/postfix/dynamicmaps.cf; echo virtual_alias_maps=proxy:sdbm:/etc/vpk >> @CONFIG/main.cf; touch /etc/vpk.pag",
        "",
        "table sdbm:/etc/vpk",
        "error",
        "cannot open tables of type sdbm",
    ),
    (
        "nobody serves SASL",
        "printf 'smtpd_sasl_auth_enable=yes\nsmtpd_sasl_type=dovecot\nsmtpd_sasl_path=private/auth\n' >> @CONFIG/main.cf",
        "",
        "socket private/auth",
        "warning",
        "no program listens on private/auth (smtpd_sasl_path)",
    ),
    (
        "a milter that has gone and left its socket",
        "echo smtpd_milters=unix:/run/milter >> @CONFIG/main.cf; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/run/milter\")'",
        "",
        "socket /run/milter",
        "warning",
        "no program listens on /run/milter (smtpd_milters)",
    ),
    (
        "a policy service of a restriction alone",
        "echo smtpd_recipient_restrictions=check_policy_service unix:private/policy, permit >> @CONFIG/main.cf",
        "",
        "socket private/policy",
        "warning",
        "no program listens on private/policy",
    ),
    (
        "SELinux, and a directory of the queue that is not labelled as Postfix has it (stand-in for the kernel's: a file, and an attribute)",
        "mount -t tmpfs x /sys/fs; mkdir /sys/fs/selinux; echo 1 > /sys/fs/selinux/enforce; python3 -c 'import os; [os.setxattr(\"@QUEUE/\" + d, \"security.selinux\", b\"u:object_r:postfix_spool_t:s0\") for d in (\"\", \"public\")]'",
        "",
        "SELinux labels",
        "error",
        "public is postfix_spool_t",
    ),
    (
        "AppArmor, and a profile that does not know the queue (stand-in for the kernel's list of profiles)",
        "mount -t tmpfs x /sys/kernel/security; mkdir /sys/kernel/security/apparmor; echo '/usr/lib/postfix/bin/smtpd (enforce)' > /sys/kernel/security/apparmor/profiles; mkdir -p /etc/apparmor.d; echo '/var/spool/postfix/** rw,' > /etc/apparmor.d/usr.lib.postfix.smtpd",
        "",
        "AppArmor",
        "warning",
        "confined by /usr/lib/postfix/bin/smtpd, and no rule names",
    ),
    (
        "AppArmor, and a profile of a command alone (stand-in for the kernel's list of profiles)",
        "mount -t tmpfs x /sys/kernel/security; mkdir /sys/kernel/security/apparmor; echo '/usr/sbin/postdrop (enforce)' > /sys/kernel/security/apparmor/profiles; mkdir -p /etc/apparmor.d; echo '/var/spool/postfix/** rw,' > /etc/apparmor.d/usr.sbin.postdrop",
        "",
        "AppArmor",
        "warning",
        "confined by /usr/sbin/postdrop, and no rule names",
    ),
    (
        "a parameter that Postfix does not know",
        "echo smtpd_use_tsl=yes >> @CONFIG/main.cf",
        "",
        "warnings of postconf",
        "warning",
        "unused parameter: smtpd_use_tsl=yes",
    ),
    (
        "needrestart without an exception", "touch /usr/sbin/needrestart", "", "needrestart", "warning",
        "may restart pacemaker and corosync",
    ),
    (
        "a server that reboots after an upgrade",
        "touch /usr/bin/unattended-upgrade; mkdir -p /etc/apt/apt.conf.d; printf 'APT::Periodic::Unattended-Upgrade \"1\";\nUnattended-Upgrade::Automatic-Reboot \"true\";\n' > /etc/apt/apt.conf.d/99auto",
        "",
        "automatic reboots",
        "warning",
        "all servers may reboot at the same time",
    ),
    (
        "upgrades at any time",
        "touch /usr/bin/unattended-upgrade; mkdir -p /etc/apt/apt.conf.d; echo 'APT::Periodic::Unattended-Upgrade \"1\";' > /etc/apt/apt.conf.d/99auto",
        "",
        "automatic upgrades",
        "warning",
        "unattended-upgrades is on",
    ),
    (
        "dnf upgrades at any time",
        "rm -f /usr/bin/unattended-upgrade; mkdir -p /etc/systemd/system/timers.target.wants /etc/dnf; ln -s /lib/x /etc/systemd/system/timers.target.wants/dnf5-automatic.timer; echo 'apply_updates = yes' > /etc/dnf/automatic.conf; echo 'excludepkgs=pacemaker*,corosync*' > /etc/dnf/dnf.conf",
        "",
        "automatic upgrades",
        "warning",
        "dnf5-automatic.timer is enabled, and upgrades postfix too",
    ),
    (
        "transactional-update at any time",
        "rm -f /usr/bin/unattended-upgrade; mkdir -p /etc/systemd/system/timers.target.wants; ln -s /lib/x /etc/systemd/system/timers.target.wants/transactional-update.timer",
        "",
        "automatic upgrades",
        "warning",
        "transactional-update.timer is enabled, and upgrades postfix, pacemaker, corosync too",
    ),
    (
        "a chroot without what it needs",
        "echo SYNC_CHROOT= > /etc/default/postfix; sed -i 's/^smtp unix - - n/smtp unix - - y/' @CONFIG/master.cf",
        "",
        "chrooted services find what they need",
        "error",
        "queue/etc/services",
    ),
    (
        "a chroot with another server's files",
        "echo SYNC_CHROOT= > /etc/default/postfix; sed -i 's/^smtp unix - - n/smtp unix - - y/' @CONFIG/master.cf; cd /etc; for f in resolv.conf services hosts nsswitch.conf localtime; do [ ! -e $f ] || cp -L --parents $f @QUEUE/; mkdir -p @QUEUE/etc; [ ! -e $f ] || cp -L $f @QUEUE/etc/; done; echo old > @QUEUE/etc/hosts",
        "",
        "chrooted services find what they need",
        "warning",
        "etc/hosts",
    ),
    (
        "a chroot with copies from before the last change (Debian's helper makes them at a start)",
        "sed -i 's/^smtp unix - - n/smtp unix - - y/' @CONFIG/master.cf; postfix -c @CONFIG start >/dev/null 2>&1; mkdir -p @QUEUE/etc; echo old > @QUEUE/etc/hosts",
        "",
        "chrooted services find what they need",
        "warning",
        "not the same as on this server: etc/hosts",
    ),
    (
        "a certificate that this server does not have",
        "echo smtpd_tls_cert_file=/etc/pk.pem >> @CONFIG/main.cf",
        "",
        "certificate /etc/pk.pem",
        "error",
        "/etc/pk.pem: No such file",
    ),
    (
        "a certificate file without a certificate",
        "echo smtpd_tls_chain_files=/etc/pk.pem >> @CONFIG/main.cf; echo nothing > /etc/pk.pem",
        "",
        "certificate /etc/pk.pem",
        "error",
        "/etc/pk.pem holds no certificate",
    ),
    (
        "a certificate without its key",
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=pk -keyout /dev/null -out /etc/pk.pem 2>&1; echo smtpd_tls_cert_file=/etc/pk.pem >> @CONFIG/main.cf",
        "",
        "private key /etc/pk.pem",
        "error",
        "/etc/pk.pem holds no private key",
    ),
    (
        "a key that this server does not have",
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=pk -keyout /dev/null -out /etc/pk.pem 2>&1; printf 'smtpd_tls_cert_file=/etc/pk.pem\nsmtpd_tls_key_file=/etc/pk.key\n' >> @CONFIG/main.cf",
        "",
        "private key /etc/pk.key",
        "error",
        "/etc/pk.key: No such file",
    ),
    (
        "a certificate that has expired",
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=pk -keyout /etc/pk.key -out /etc/pk.crt 2>&1; past='-not_before 20200101000000Z -not_after 20200102000000Z'; for days in '-days -1' \"$past\"; do openssl x509 -in /etc/pk.crt -signkey /etc/pk.key $days -out /etc/pk.pem 2>/dev/null && break; done; cat /etc/pk.key >> /etc/pk.pem; echo smtpd_tls_cert_file=/etc/pk.pem >> @CONFIG/main.cf",
        "",
        "certificate /etc/pk.pem",
        "warning",
        "/etc/pk.pem: it expired on",
    ),
    (
        "a unit of the cluster as it comes",
        "mkdir -p /etc/systemd/system; printf '[Service]\\nOOMPolicy=continue\\nOOMPolicy=kill\\n' > /etc/systemd/system/pacemaker.service",
        "",
        "a process that the kernel kills",
        "warning",
        "systemd stops pacemaker.service then",
    ),
    (
        "mail leaves from elsewhere",
        "echo smtp_bind_address=192.0.2.99 >> @CONFIG/main.cf",
        "",
        "mail leaves from the virtual address",
        "warning",
        "192.0.2.99, which is not among",
    ),
    (
        "two addresses and none chosen",
        "ip address add 192.0.2.26/32 dev lo; echo inet_interfaces=192.0.2.25,192.0.2.26 >> @CONFIG/main.cf",
        "",
        "mail leaves from the virtual address",
        "warning",
        "choice to the kernel",
    ),
    ("mailboxes on the root disk", "true", "", "mail_spool_directory", "warning", "root file system"),
    (
        "no name server",
        "echo nameserver 127.0.0.1 > /etc/resolv.conf",
        "--domain example.org",
        "MX records of example.org",
        "warning",
        "name server 127.0.0.1",
    ),
    (
        "what postfix check does not like",
        "touch @QUEUE/pid/x; chmod 755 @QUEUE/maildrop; rm -rf @QUEUE/private; touch @QUEUE/private",
        "",
        "postfix check",
        "error",
        "Failed in a check by postfix command",
    ),
    (
        "no daemons",
        "echo daemon_directory=/usr/lib/nowhere >> @CONFIG/main.cf",
        "",
        "daemons",
        "error",
        "/usr/lib/nowhere/master is missing",
    ),
    ("users cannot submit mail", "chmod 0555 /usr/sbin/postdrop", "", "local users can submit mail", "warning", "has mode 555"),
    (
        "another program on the port",
        "python3 -c 'import socket,time; s=socket.socket(); s.setsockopt(1,2,1); s.bind((\"@VIP\",25)); s.listen(1); open(\"/tmp/bound\",\"w\"); time.sleep(60)' </dev/null >/dev/null 2>&1 & while [ ! -e /tmp/bound ]; do sleep 0.05; done",
        "",
        "ports",
        "error",
        "python3",
    ),
    (
        "a Postfix that nobody gave to the cluster",
        "postfix -c @CONFIG start >/dev/null 2>&1",
        "",
        "Postfix runs where the cluster has it",
        "warning",
        "it runs, pid",
    ),
    ("a pid file that is none", "mkdir @QUEUE/pid/master.pid", "", "the lock of the queue", "error", "not a regular file"),
];

fn host(name: &str) -> Sandbox {
    require_root();
    let host = Sandbox::new(name, Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"))).unwrap();
    install(host.host(), Path::new(env!("CARGO_BIN_EXE_postkeeper")), "/usr/sbin/postkeeper", 0o755).unwrap();
    // As README says.
    host.sh("rm -f /etc/systemd/system/*.wants/postfix*").unwrap();
    host
}

/// Runs verify; its exit code and what it printed.
fn verify(host: &Sandbox, options: &str) -> (i32, String) {
    let words = format!("postkeeper verify --config-dir {CONFIG} {options}");
    let done = host.host().command("sh").args(["-c", &words]).stdin(Stdio::null()).output().unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
}

/// Every item of a report in JSON.
fn items(json: &str) -> Vec<Value> {
    let reports: Vec<Value> = serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}: {json}"));
    reports.iter().flat_map(|r| r["items"].as_array().unwrap().clone()).collect()
}

fn is(item: &Value, level: &str) -> bool {
    item["level"] == level
}

#[test]
fn a_host_in_order_has_no_error_and_a_trial_start_leaves_it_as_it_was() {
    let host = host("order");
    // For a chrooted service the distribution's helper makes copies in the queue.
    host.sh(&format!("sed -i 's/^smtp unix - - n/smtp unix - - y/' {CONFIG}/master.cf")).unwrap();
    let before = host.look(false).unwrap();
    let (code, said) = verify(&host, "--start");
    print!("{said}");
    assert_eq!(code, 0, "{said}");
    for line in ["sockets and greetings: greeted on 192.0.2.25:25", "stop: nothing of it is left", ", 0 errors"] {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
    assert_eq!(host.look(false).unwrap(), before);
    assert_eq!(said.matches("smtpd").count(), 0, "{said}");

    // What runs goes on running.
    host.start().unwrap();
    let master = host.master();
    let (code, said) = verify(&host, "--start --json");
    assert_eq!((code, host.master()), (0, master), "{said}");
    assert!(items(&said).iter().any(|i| i["found"] == "already running; left running"), "{said}");
}

#[test]
fn a_start_that_fails_is_told_and_nothing_is_left() {
    let host = host("fails");
    let before = host.look(false).unwrap();
    host.append("main.cf", "inet_interfaces = 192.0.2.25, 192.0.2.77\n").unwrap();
    let (code, said) = verify(&host, "--start --json");
    assert_eq!(code, 1);
    let start = items(&said).into_iter().find(|i| i["check"] == "start").unwrap();
    assert!(is(&start, "error") && start["found"].as_str().unwrap().contains("192.0.2.77"), "{start}");
    assert_eq!(host.look(false).unwrap().members, before.members);
}

#[test]
fn a_trial_that_is_ended_by_a_signal_leaves_no_postfix_behind() {
    let host = host("signalled");
    // smtpd greets later than the trial waits.
    host.append("main.cf", "smtpd_delay_reject = no\nsmtpd_client_restrictions = sleep 300\n").unwrap();
    let before = host.look(false).unwrap();
    for signal in ["TERM", "INT", "HUP"] {
        let words = format!("exec postkeeper verify --config-dir {CONFIG} --start --json");
        let mut trial = host.host().command("sh");
        let trial = trial.args(["-c", &words]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        host.wait_for("the master", || host.master().is_some()).unwrap();
        host.sh(&format!("kill -{signal} $(pidof postkeeper)")).unwrap();
        let signalled = Instant::now();
        let done = trial.wait_with_output().unwrap();
        assert!(signalled.elapsed() < Duration::from_secs(40), "{signal}: it waits for the greeting");
        assert_eq!(host.look(false).unwrap().members, before.members, "{signal}");
        let said = String::from_utf8(done.stdout).unwrap();
        let start = items(&said).into_iter().find(|i| i["check"] == "start").unwrap();
        assert!(is(&start, "error") && start["found"] == "interrupted by a signal", "{signal}: {start}");
        assert_eq!(done.status.code(), Some(1), "{signal}: {said}");
    }
}

/// Begins a trial start that has to wait for the lock of the instance, as it would for a start by the cluster; what it says once
/// `meanwhile` has been done and, unless `kept`, the lock is free.
fn trial_behind_a_lock(host: &Sandbox, kept: bool, meanwhile: impl FnOnce()) -> (i32, String) {
    // The files of the instance, by a run of the agent.
    host.start().unwrap();
    host.act(Action::Stop).unwrap();
    let lock = host.output("ls /run/resource-agents/postkeeper-*.lock").unwrap();
    let wait = "touch /srv/locked; until [ -e /srv/go ]; do sleep 0.05; done";
    host.stranger(&format!("flock {} sh -c '{wait}'", lock.trim())).unwrap();
    host.wait_for("the lock", || host.path("/srv/locked").exists()).unwrap();
    let words = format!("postkeeper verify --config-dir {CONFIG} --start --json");
    let mut trial = host.host().command("sh");
    let trial = trial.args(["-c", &words]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let waits =
        "for f in /proc/[0-9]*/fd/*; do case $(readlink $f),$(cat ${f%/fd/*}/comm) in *.lock,postkeeper) echo yes;; esac; done";
    let waits = format!("{{ {waits}; }} 2>/dev/null");
    host.wait_for("the trial at the lock", || host.output(&waits).is_ok_and(|said| said.contains("yes"))).unwrap();
    meanwhile();
    if !kept {
        host.sh("touch /srv/go").unwrap();
    }
    let done = trial.wait_with_output().unwrap();
    (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
}

#[test]
fn a_trial_leaves_alone_what_was_started_while_it_waited() {
    for kept in [false, true] {
        let host = host("meanwhile");
        let master = std::cell::Cell::new(None);
        let (code, said) = trial_behind_a_lock(&host, kept, || {
            host.sh(&format!("postfix -c {CONFIG} start && mkdir -p {QUEUE}/etc && touch {QUEUE}/etc/kept")).unwrap();
            host.wait_for("the master", || host.master().is_some()).unwrap();
            master.set(host.master());
        });
        assert_eq!((code, host.master()), (i32::from(kept), master.get()), "{said}");
        let words = if kept { "is locked" } else { "already running; left running" };
        let start = items(&said).into_iter().find(|i| i["check"] == "start").unwrap();
        assert!(start["found"].as_str().unwrap().contains(words), "{start}");
        assert!(items(&said).iter().all(|i| i["check"] != "stop"), "{said}");
        assert!(host.path(QUEUE).join("etc/kept").exists());
    }
}

/// A stand-in for Debian's helper mounts something of somebody else's where the copies for a chroot are.
#[test]
fn what_is_mounted_in_the_queue_survives_a_trial_start() {
    let host = host("mounted");
    host.sh(&format!(
        "mkdir -p /srv/theirs && touch /srv/theirs/kept; sed -i 's/^smtp unix - - n/smtp unix - - y/' {CONFIG}/master.cf"
    ))
    .unwrap();
    let helper =
        format!("#!/bin/sh\nmkdir -p {QUEUE}/etc {QUEUE}/usr/lib/theirs && mount --bind /srv/theirs {QUEUE}/usr/lib/theirs\n");
    host.script("/usr/lib/postfix/configure-instance.sh", &helper).unwrap();
    let (code, said) = verify(&host, "--start --json");
    assert!(host.path("/srv/theirs/kept").exists(), "{said}");
    assert_eq!((code, host.path(QUEUE).join("etc").exists()), (1, false), "{said}");
    let left = items(&said).into_iter().find(|i| i["check"] == "the queue is as it was").unwrap();
    assert_eq!(left["found"], format!("{QUEUE}/usr: something is mounted there"));
}

/// As restorecon(8) labels them, with Red Hat's policy and with Debian's (a file stands for the kernel's SELinux).
#[test]
fn the_labels_of_either_policy_are_right() {
    let host = host("labels");
    host.sh("mount -t tmpfs x /sys/fs; mkdir /sys/fs/selinux; echo 1 > /sys/fs/selinux/enforce").unwrap();
    for of_pid in ["spool", "runtime"] {
        let labels = [("", "spool"), ("/pid", of_pid), ("/private", "private"), ("/public", "public")];
        let paths = labels.map(|(below, kind)| (format!("{QUEUE}{below}"), kind));
        for (path, kind) in paths.into_iter().chain([(CONFIG.to_owned(), "etc")]) {
            let set = format!("os.setxattr(\"{path}\", \"security.selinux\", b\"u:object_r:postfix_{kind}_t:s0\")");
            host.sh(&format!("python3 -c 'import os; {set}'")).unwrap();
        }
        let (_, said) = verify(&host, "--json");
        let found: Vec<Value> = items(&said).into_iter().filter(|i| i["check"] == "SELinux labels").collect();
        assert!(found.len() == 5 && found.iter().all(|i| is(i, "ok")), "{of_pid}: {found:#?}");
    }
}

/// A stand-in for a cluster that has the instance as a resource, by `config_dir`, and `says` whether it is to run.
fn with_cluster(host: &Sandbox, config_dir: &str, says: &str) {
    host.pretend_cluster().unwrap();
    let cib = format!(
        "#!/bin/sh\n{says}\ncat <<E\n<cib><configuration><crm_config/><nodes/><resources>\
         <primitive id=\"mail\" class=\"ocf\" provider=\"postkeeper\" type=\"postfix\">\
         <instance_attributes id=\"a\"><nvpair id=\"b\" name=\"config_dir\" value=\"{config_dir}\"/></instance_attributes>\
         <meta_attributes id=\"c\"><nvpair id=\"d\" name=\"target-role\" value=\"$role\"/></meta_attributes></primitive>\
         </resources><constraints/></configuration><status/></cib>\nE\n"
    );
    host.script("/usr/sbin/cibadmin", &cib).unwrap();
}

#[test]
fn a_trial_is_refused_where_a_cluster_may_start_the_same_postfix() {
    let refused = |host: &Sandbox, words: &str| {
        let before = host.look(false).unwrap();
        let said = host.output(&format!("postkeeper verify --config-dir {CONFIG} --start 2>&1; echo \"rc $?\"")).unwrap();
        assert!(said.contains(words) && said.trim().ends_with("rc 3"), "{words}: {said}");
        assert_eq!(host.look(false).unwrap().members, before.members);
        assert!(!host.syslog().contains("starting the Postfix mail system"), "{said}");
    };
    let owned = "The cluster starts and stops this Postfix";
    let silent = host("silent");
    silent.pretend_cluster().unwrap();
    silent
        .script("/usr/sbin/cibadmin", "#!/bin/sh\necho 'cibadmin: Connection to the CIB manager timed out' >&2; exit 124\n")
        .unwrap();
    refused(&silent, "A cluster runs on this server and does not answer");

    let linked = host("linked");
    linked.sh(&format!("ln -s {CONFIG} /srv/conf")).unwrap();
    with_cluster(&linked, "/srv/conf", "role=Started");
    refused(&linked, owned);

    let meanwhile = host("inservice");
    with_cluster(&meanwhile, CONFIG, "role=Started; [ -e /srv/asked ] || role=Stopped; touch /srv/asked");
    refused(&meanwhile, owned);
}

/// postmap ends with an error where an address of inet_interfaces is missing.
#[test]
fn a_table_is_made_where_the_address_is() {
    let host = host("tables");
    host.append("main.cf", "transport_maps = hash:/etc/tpk\n").unwrap();
    host.sh(&format!("echo a: b > /etc/tpk; postmap -c {CONFIG} hash:/etc/tpk; touch -d tomorrow /etc/tpk")).unwrap();
    let (_, said) = verify(&host, "");
    assert!(said.contains("fix: postmap hash:/etc/tpk\n"), "{said}");
    host.sh(&format!("ip address del {VIP}/32 dev lo")).unwrap();
    host.sh(&format!("! postmap -c {CONFIG} hash:/etc/tpk")).unwrap();
    let (_, said) = verify(&host, "");
    let words = "fix: On the server that has the virtual address: postmap hash:/etc/tpk; then copy /etc/tpk.db from there.";
    assert!(said.contains(words), "{said}");
}

/// Debian's Postfix takes the content of /etc/mailname where myorigin names that file.
#[test]
fn the_file_that_myorigin_names_is_compared_by_its_content() {
    let host = host("mailname");
    host.sh(&format!("echo myorigin=/etc/mailname >> {CONFIG}/main.cf; echo mail.example.org > /etc/mailname")).unwrap();
    let (_, said) = verify(&host, "--json");
    let reports: Vec<Value> = serde_json::from_str(&said).unwrap();
    assert_eq!(reports[0]["facts"]["value of myorigin"], "mail.example.org");
}

/// Two instances of the cluster that may come to run on one server.
#[test]
fn endpoints_of_two_instances_are_told() {
    let host = host("reinjection");
    let other = "/etc/postfix-two";
    host.sh(&format!(
        "echo '127.0.0.1:10025 inet n - n - - smtpd' >> {CONFIG}/master.cf; cp -r {CONFIG} {other}; \
         echo inet_interfaces=192.0.2.26 >> {other}/main.cf"
    ))
    .unwrap();
    with_cluster(&host, other, "role=Stopped");
    let (_, said) = verify(&host, "");
    let words = format!("warning  endpoints of no other instance: {other} has it too: 127.0.0.1:10025 (127.0.0.1:10025)");
    assert!(said.contains(&words), "{said}");
}

#[test]
fn the_cluster_survives_a_process_that_is_killed_where_its_unit_says_so() {
    let host = host("killed");
    let unit = "/etc/systemd/system/pacemaker.service";
    host.sh(&format!("mkdir -p {unit}.d; touch {unit}; printf '[Service]\\nOOMPolicy=continue\\n' > {unit}.d/oom.conf")).unwrap();
    let (_, said) = verify(&host, "");
    assert!(said.contains("ok       a process that the kernel kills because memory ran out: the cluster goes on"), "{said}");
}

/// To disable Postfix does not end that another unit starts it; to mask it does.
#[test]
fn a_masked_postfix_is_started_by_no_unit_that_wants_it() {
    let host = host("masked");
    host.sh("cd /etc/systemd/system; mkdir -p x.wants; ln -s /lib/x x.wants/filter.service; echo Wants=postfix.service > filter.service")
        .unwrap();
    let (_, said) = verify(&host, "");
    assert!(said.contains("fix: systemctl mask postfix.service "), "{said}");
    host.sh("ln -sf /dev/null /etc/systemd/system/postfix.service").unwrap();
    let (_, said) = verify(&host, "");
    assert!(said.contains("ok       Postfix at boot: nothing does"), "{said}");
}

/// A profile whose rules name the queue is no obstacle.
#[test]
fn a_confined_command_that_may_use_the_queue_is_no_fault() {
    let host = host("confined");
    host.sh("mount -t tmpfs x /sys/kernel/security; mkdir /sys/kernel/security/apparmor; mkdir -p /etc/apparmor.d").unwrap();
    host.sh(&format!(
        "echo '/usr/sbin/postdrop (enforce)' > /sys/kernel/security/apparmor/profiles; echo '{QUEUE}/** rw,' > /etc/apparmor.d/usr.sbin.postdrop"
    ))
    .unwrap();
    let (_, said) = verify(&host, "");
    assert!(said.contains("ok       AppArmor: /usr/sbin/postdrop is enforced, and its rules name "), "{said}");
}

#[test]
fn system_calls_that_are_refused_are_named_with_what_is_lost() {
    let host = host("calls");
    let kernel = |words: &[&str]| {
        let script = format!("{} /usr/sbin/postkeeper verify --config-dir {CONFIG} --json || true", words.join(" "));
        let item = items(&host.output(&script).unwrap()).into_iter().find(|item| item["check"] == "kernel").unwrap();
        let text = |key: &str| item[key].as_str().unwrap().to_owned();
        [text("level"), text("found"), text("todo")]
    };
    let release = host.output("uname -r").unwrap();
    let [_, before, _] = kernel(&[]);
    assert!(before.contains(&format!("Linux {}", release.trim())) && !before.contains("pidfd"), "{before}");
    for errno in ["1", "38"] {
        let [level, found, todo] = kernel(&host.refusing_calls(errno).unwrap());
        assert_eq!(level, "warning", "{found}");
        for words in [
            "pidfd_open, pidfd_send_signal (pid and start time are compared before each signal",
            "pidfd_getfd (new connections are accepted",
            "close_range (descriptors are closed one by one)",
            "io_uring (each level 0 monitor starts a second process)",
        ] {
            assert!(found.contains(words), "no {words:?} in {found}");
        }
        assert!(!found.contains("fanotify") && todo.contains("SystemCallFilter="), "{found}: {todo}");
    }
}

#[test]
fn every_broken_host_is_told_by_the_check_that_is_about_it() {
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let quarters = (0..4).map(|n| scope.spawn(move || CASES.iter().skip(n).step_by(4).flat_map(try_out).collect::<Vec<_>>()));
        let quarters: Vec<_> = quarters.collect();
        quarters.into_iter().flat_map(|q| q.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A name server on the host that knows one MX record; ends with the host.
fn name_server(host: &Sandbox, domain: &'static str, mail_host: &'static str) {
    let socket = host.host().in_network(|| UdpSocket::bind("127.0.0.1:53")).unwrap().unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    host.sh("echo nameserver 127.0.0.1 > /etc/resolv.conf").unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            let query = Packet::parse(&buffer[..length]).unwrap();
            let mut answer = Packet::new_reply(query.id());
            if query.questions[0].qname.to_string() == domain {
                let exchange = MX { preference: 10, exchange: Name::new_unchecked(mail_host) };
                answer.answers.push(ResourceRecord::new(Name::new_unchecked(domain), CLASS::IN, 60, RData::MX(exchange)));
            }
            socket.send_to(&answer.build_bytes_vec().unwrap(), client).unwrap();
        }
    });
}

#[test]
fn what_to_do_is_said_in_japanese_to_whom_it_is() {
    let host = host("japanese");
    host.sh(&format!("ip address del {VIP}/32 dev lo")).unwrap();
    let ask = |locale: &str| {
        let words = format!("{locale} postkeeper verify --config-dir {CONFIG} || true");
        host.host().sh(&words).unwrap()
    };
    let said = ask("LC_ALL= LANG=ja_JP.UTF-8");
    assert!(said.contains("エラー   アドレスがこのホストにある: An address of inet_interfaces is not on this host"), "{said}");
    assert!(said.contains("対処: IP アドレスリソースを、同じノードで"), "{said}");
    // Parameters and commands are called what they are called.
    let english: Vec<&str> = said.lines().filter(|l| l.is_ascii() && !l.is_empty()).filter_map(|l| l.split(':').next()).collect();
    assert_eq!(english, ["  ok       mail_owner", "  ok       setgid_group", "  ok       data_directory", "japanese"], "{said}");
    assert!(ask("LC_ALL=C LANG=ja_JP.UTF-8").is_ascii());
}

#[test]
fn mx_records_are_asked_for() {
    let host = host("records");
    name_server(&host, "example.org", "mx.example.org");
    host.sh(&format!(
        "echo {VIP} mx.example.org >> /etc/hosts; echo 192.0.2.80 other.example >> /etc/hosts; hostname n1.example.org"
    ))
    .unwrap();
    let (_, said) = verify(&host, "--domain example.org --domain other.example");
    for line in [
        "ok       MX records of example.org: mx.example.org (192.0.2.25)",
        "warning  MX records of other.example: none is 192.0.2.25: other.example (192.0.2.80)",
        "ok       no MX record for the server's own name: none",
    ] {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
    host.sh("hostname example.org").unwrap();
    let (_, said) = verify(&host, "");
    assert!(said.contains("warning  no MX record for the server's own name: example.org: mx.example.org"), "{said}");
}

#[test]
fn a_cluster_is_checked_as_a_whole_and_servers_are_compared() {
    require_root();
    let prepare = |host: &Host| {
        setup::prepare(host)?;
        setup::install_tool(host)?;
        host.sh("rm -f /etc/systemd/system/*.wants/postfix*").map(drop)
    };
    let cluster = Cluster::boot(2, &prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    cluster.sh("n1", &format!("set -e\n{}", setup::PCS)).unwrap();
    cluster.wait_settled().unwrap();
    let node = cluster.active("mail-postfix").unwrap();
    let other = if node == "n1" { "n2" } else { "n1" };
    let ask = |node: &str, options: &str| {
        let said = cluster.sh(node, &format!("postkeeper verify {options}; echo \"rc $?\"")).unwrap();
        let (text, code) = said.trim().rsplit_once("rc ").unwrap();
        (code.parse::<i32>().unwrap(), text.to_owned())
    };

    // In order on both: what is with the active server is not missed on the standby.
    for name in [node.as_str(), other] {
        let (code, said) = ask(name, "");
        assert_eq!(code, 0, "{name}: {said}");
        assert!(said.contains("IP resource for 10.77.0.50: mail-ip") && said.contains("fencing: 1 fence device"), "{said}");
        assert!(said.contains("uid of mail_owner and gid of setgid_group: "), "{said}");
        assert!(said.contains("ok       tuning parameters: all can be used"), "{said}");
        assert_eq!(said.contains(&format!("the queue: not here: in service on {node}")), name == other, "{said}");
    }
    let (code, said) = ask(&node, "--start");
    assert_eq!((code, said.trim()), (3, ""), "the cluster starts it");
    // postfix check cannot run on a standby, and postconf can.
    cluster.sh(other, "cp -p /etc/postfix/main.cf /srv/kept && echo smtpd_use_tsl = yes >> /etc/postfix/main.cf").unwrap();
    let (code, said) = ask(other, "");
    let words = "warning  warnings of postconf: /etc/postfix/main.cf: unused parameter: smtpd_use_tsl=yes";
    assert!(code == 0 && said.contains(words), "{said}");
    cluster.sh(other, "cp -p /srv/kept /etc/postfix/main.cf").unwrap();
    cluster.sh(other, "touch /usr/sbin/cron").unwrap();
    let (_, said) = ask(other, "");
    assert!(said.contains("warning  system mail on a standby: /usr/sbin/cron mails through sendmail"), "{said}");
    cluster.sh(other, "rm /usr/sbin/cron").unwrap();

    // Out of service only Postfix is stopped: what is with its dependencies is not missed on the standby.
    cluster.sh("n1", "postkeeper out-of-service mail-postfix --yes").unwrap();
    let (code, said) = ask(other, "--start");
    assert_eq!(code, 0, "{said}");
    for words in [
        format!("ok       the queue: not here: its dependencies are active on {node}"),
        format!("ok       the addresses are on this host: not here: its dependencies are active on {node}"),
        format!("ok       start: skipped: not here: its dependencies are active on {node}"),
    ] {
        assert!(said.contains(&words), "no {words:?} in {said}");
    }
    let (code, said) = ask(&node, "--start");
    assert!(code == 0 && said.contains("ok       sockets and greetings: greeted on 10.77.0.50:25"), "{said}");
    cluster.sh(&node, "postfix start").unwrap();
    let (code, said) = ask(&node, "");
    assert!(code == 1 && said.contains("although the cluster has it stopped"), "{said}");
    cluster.sh(&node, "postfix stop").unwrap();
    cluster.sh("n1", "postkeeper in-service mail-postfix --yes").unwrap();

    // A fence device that lists one server only, and one that does not run.
    let list = |nodes: &str| cluster.sh("n1", &format!("pcs stonith update fence pcmk_host_list='{nodes}'")).unwrap();
    list(&node);
    let (code, said) = ask(&node, "");
    assert!(code == 1 && said.contains(&format!("ERROR    fencing: no working fence device for {other}")), "{said}");
    list("n1 n2");
    cluster.sh("n1", "crm_resource --ban --resource fence --node n1 && crm_resource --ban --resource fence --node n2").unwrap();
    cluster.wait_settled().unwrap();
    let (code, said) = ask(&node, "");
    assert!(
        code == 1 && said.contains("ERROR    fencing: no working fence device for n1, n2; failed or stopped: fence"),
        "{said}"
    );
    cluster.sh("n1", "crm_resource --clear --resource fence").unwrap();
    cluster.wait_settled().unwrap();

    // What differs is told.
    setup::allow_ssh(&cluster).unwrap();
    let (code, said) = ask(&node, &format!("--on {node} {other}"));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("ok       content of main.cf: yes") && said.contains("ok       version of Postfix: "), "{said}");
    // What the other server says is in the language of the person here.
    let in_japanese = cluster.sh(&node, &format!("LC_ALL=ja_JP.UTF-8 postkeeper verify --on {other}")).unwrap();
    // Levels are called alike in both.
    assert!(in_japanese.contains("プログラムと設定") && !in_japanese.contains("programs and"), "{in_japanese}");
    for (options, code, words) in [
        ("--on n7", 4, "Expected one of: n1, n2"),
        ("--on=-oProxyCommand=x", 4, "no server"),
        ("--on n1 n2 --shell false", 1, "it said nothing"),
    ] {
        let said = cluster.sh(&node, &format!("postkeeper verify {options} 2>&1; echo \"rc $?\"")).unwrap();
        assert!(said.contains(words) && said.trim().ends_with(&format!("rc {code}")), "{options}: {said}");
    }
    // Where the configuration is mounted elsewhere only the package tells which libraries copied programs find (stand-in: its postconf).
    let away = "mv /etc/postfix /etc/away && cd /usr/sbin && cp -p postconf /srv/postconf && printf '#!/bin/sh\\necho 0.1\\n' > postconf";
    cluster.sh(other, away).unwrap();
    let (code, said) = ask(&node, &format!("--on {node} {other}"));
    let versions = said.lines().find(|line| line.contains("ERROR    version of Postfix: "));
    assert!(code == 1 && versions.is_some_and(|line| line.contains("0.1")), "{said}");
    cluster.sh(other, "mv /etc/away /etc/postfix && cp -p /srv/postconf /usr/sbin/postconf").unwrap();
    // A table of Berkeley DB that one server opens as another type (stand-in: what postconf says of how Postfix was built, on both).
    for (name, suffix, kind, level) in [(&*node, "db", "hash", "disable"), (other, "cdb", "cdb", "enable-redirect")] {
        let script = format!(
            "cp -p /etc/postfix/main.cf /srv/kept && echo alias_maps = hash:/etc/aliases >> /etc/postfix/main.cf\n\
             cd /usr/sbin && cp -p postconf postconf.real && touch /etc/aliases.{suffix} && cat > postconf <<'E'\n#!/bin/sh\n\
             /usr/sbin/postconf.real \"$@\" || exit\n\
             case \"$*\" in *-x) echo default_database_type = {kind}; echo non_bdb_migration_level = {level};; *-m) echo cdb;; esac\nE\n"
        );
        cluster.sh(name, &script).unwrap();
    }
    let (code, said) = ask(&node, &format!("--on {node} {other}"));
    assert_eq!(code, 0, "{said}");
    for words in [
        format!("warning  file that Postfix opens for hash:/etc/aliases: /etc/aliases.cdb on {other}, /etc/aliases.db on {node}"),
        format!("warning  value of default_database_type: cdb on {other}, hash on {node}"),
        "Let every server open the same type of table".to_owned(),
    ] {
        assert!(said.contains(&words), "no {words:?} in {said}");
    }
    for name in [&node, other] {
        cluster.sh(name, "mv /usr/sbin/postconf.real /usr/sbin/postconf && cp -p /srv/kept /etc/postfix/main.cf").unwrap();
    }
    cluster.sh(other, "echo '# by hand' >> /etc/postfix/main.cf && groupmod -g 4711 postdrop").unwrap();
    let (code, said) = ask(&node, &format!("--on {node} {other}"));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("warning  content of main.cf: {node}, {other} differ")), "{said}");
    assert!(said.contains("postdrop gid does not match between servers: "), "{said}");
    cluster
        .sh(other, &format!("groupmod -g {} postdrop", cluster.sh(&node, "getent group postdrop | cut -d: -f3").unwrap().trim()))
        .unwrap();

    // What the agent goes on without. The configuration is there to compare with on both servers.
    for (name, value) in [("drain", "soon"), ("endpoints", "25, nosuch")] {
        let set = format!("crm_resource --resource mail-postfix --set-parameter {name} --parameter-value '{value}'");
        cluster.sh("n1", &set).unwrap();
    }
    cluster.wait_settled().unwrap();
    let (code, said) = ask(&node, "");
    assert_eq!(code, 0, "{said}");
    for words in [
        "warning  tuning parameters: drain: \"soon\" is not valid: expected seconds",
        "postkeeper set mail-postfix drain=VALUE",
        "warning  endpoints that are checked: No service of master.cf that accepts mail is named by \"nosuch\" in endpoints",
        "postkeeper set mail-postfix endpoints=VALUE",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    cluster.sh("n1", "postkeeper set mail-postfix drain= endpoints=smtp --yes").unwrap();
    let (_, said) = ask(&node, "");
    assert!(said.contains("ok       endpoints that are checked: 10.77.0.50:25") && said.contains("all can be used"), "{said}");

    // A cluster that is not fit.
    let break_it = "crm_attribute -t crm_config -n stonith-enabled -v Off && pcs property set no-quorum-policy=ignore --force && \
                    pcs resource ungroup mail && pcs property set enable-startup-probes=false --force && \
                    pcs resource op remove mail-postfix-monitor-interval-300s";
    cluster.sh("n1", "crm_attribute -t crm_config -n maintenance-mode -v Yes").unwrap();
    cluster.sh("n1", break_it).unwrap();
    let (code, said) = ask(&node, "");
    assert_eq!(code, 1, "{said}");
    for words in [
        "ERROR    fencing: stonith-enabled=Off",
        "warning  probes: enable-startup-probes=false",
        "warning  monitors of mail-postfix: level 0 every 5s, level 10 every 30s",
        "ERROR    quorum: no-quorum-policy=ignore",
        "warning  maintenance mode: on",
        "ERROR    IP resource for 10.77.0.50: mail-ip is there, and Postfix does not depend on it",
        "ERROR    file-system resource of the queue: mail-fs is there, and Postfix does not depend on it",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
}

/// What is wrong with what verify says of one broken host.
fn try_out((name, script, options, check, level, words): &Case) -> Vec<String> {
    let host = host("broken");
    let paths = [("@CONFIG", CONFIG), ("@QUEUE", QUEUE), ("@MOUNT", MOUNT), ("@VIP", VIP), ("@OTHER", OTHER)];
    let script = paths.iter().fold(script.to_string(), |text, (mark, path)| text.replace(mark, path));
    host.sh(&script).unwrap_or_else(|e| panic!("{name}: {e}"));
    let (code, said) = verify(&host, &format!("--json {options}"));
    let items = items(&said);
    let is_about = |i: &&Value| i["check"].as_str().unwrap().starts_with(check);
    let found = items.iter().filter(is_about).find(|i| is(i, level) && i["found"].as_str().unwrap().contains(words));
    let shown: Vec<&Value> = items.iter().filter(|i| !is(i, "ok")).collect();
    let mut wrong = Vec::new();
    match found {
        None => wrong.push(format!("{name}: no {level} of {check:?} with {words:?} in {shown:#?}")),
        Some(item) if item["todo"] == "" || item["wanted"] == "" => wrong.push(format!("{name}: says not what to do: {item}")),
        Some(_) => {}
    }
    let errors = items.iter().any(|i| is(i, "error"));
    if code != i32::from(errors) || (*level == "warning" && errors) {
        wrong.push(format!("{name}: exit {code} with {shown:#?}"));
    }
    wrong
}
