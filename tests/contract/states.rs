//! How each state of the contract is made. One function for each; what they share is in the sandbox.
//!
//! Everything is the real thing, except where the comment says "a stand-in".

use std::fs::{self, File};
use std::os::fd::AsRawFd;

use anyhow::{Context, Result, ensure};
use lab::sandbox::{Action, BY_ANOTHER_PATH, CONFIG, MOUNT, QUEUE, Sandbox, VIP};

pub fn stopped(_: &Sandbox) -> Result<()> {
    Ok(())
}

pub fn running(host: &Sandbox) -> Result<()> {
    host.start()
}

pub fn running_by_hand(host: &Sandbox) -> Result<()> {
    host.sh(&format!("postfix -c {CONFIG} start"))
}

// Where other distributions have Postfix.

/// Fedora and what comes of it.
pub fn lay_out_as_red_hat(host: &Sandbox) -> Result<()> {
    host.sh("mkdir -p /usr/libexec && mv /usr/lib/postfix/sbin /usr/libexec/postfix")?;
    host.append("main.cf", "daemon_directory = /usr/libexec/postfix\n")
}

/// openSUSE, with its own name for postdrop's group.
pub fn lay_out_as_suse(host: &Sandbox) -> Result<()> {
    host.sh(&format!(
        "mv /usr/lib/postfix/sbin /usr/lib/postfix/bin && groupadd --system maildrop && \
         for f in {QUEUE}/maildrop {QUEUE}/public $(command -v postdrop) $(command -v postqueue); do
             mode=$(stat -c %a $f) && chgrp maildrop $f && chmod $mode $f || exit 1
         done"
    ))?;
    let places = "daemon_directory = /usr/lib/postfix/bin\nsetgid_group = maildrop\n";
    host.append("main.cf", places)
}

pub fn running_red_hat(host: &Sandbox) -> Result<()> {
    lay_out_as_red_hat(host)?;
    host.start()
}

pub fn orphans_red_hat(host: &Sandbox) -> Result<()> {
    lay_out_as_red_hat(host)?;
    orphans(host)
}

/// Nothing but its program and MAIL_CONFIG tell whose it is.
pub fn by_hand_queue_lost_red_hat(host: &Sandbox) -> Result<()> {
    lay_out_as_red_hat(host)?;
    by_another_path_queue_lost(host)
}

/// The master is dead, too: nothing is left to descend from.
pub fn orphans_by_hand_queue_lost_red_hat(host: &Sandbox) -> Result<()> {
    lay_out_as_red_hat(host)?;
    orphans_by_hand_queue_lost(host)
}

pub fn running_suse(host: &Sandbox) -> Result<()> {
    lay_out_as_suse(host)?;
    host.start()
}

pub fn orphans_suse(host: &Sandbox) -> Result<()> {
    lay_out_as_suse(host)?;
    orphans(host)
}

pub fn by_hand_queue_lost_suse(host: &Sandbox) -> Result<()> {
    lay_out_as_suse(host)?;
    by_another_path_queue_lost(host)
}

pub fn orphans_by_hand_queue_lost_suse(host: &Sandbox) -> Result<()> {
    lay_out_as_suse(host)?;
    orphans_by_hand_queue_lost(host)
}

/// The group of Debian's postdrop, where maildrop is wanted.
pub fn maildrop_of_postdrop_suse(host: &Sandbox) -> Result<()> {
    lay_out_as_suse(host)?;
    host.sh(&format!("chgrp postdrop {QUEUE}/maildrop && chmod 1730 {QUEUE}/maildrop"))
}

// Row 2: it runs, and not as usual.

/// As a supervisor of its own might: master(8) tells MAIL_CONFIG to its children, and has none itself.
pub fn running_without_postfix(host: &Sandbox) -> Result<()> {
    host.sh(&format!("setsid /usr/lib/postfix/sbin/master -c {CONFIG} </dev/null >/dev/null 2>&1 &"))?;
    host.wait_for("the queue manager", || host.has_member("qmgr"))
}

/// An upgrade puts another file in the place of one that runs.
pub fn master_renamed(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh("cd /usr/lib/postfix/sbin && mv master master.old && cp -a master.old master")
}

/// As in a container: root may not look into the processes of others.
pub fn running_without_ptrace(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.through(&["setpriv", "--bounding-set", "-sys_ptrace"]);
    Ok(())
}

pub fn by_hand_without_ptrace(host: &Sandbox) -> Result<()> {
    running_by_hand(host)?;
    host.through(&["setpriv", "--bounding-set", "-sys_ptrace"]);
    Ok(())
}

/// A daemon that outlives its master, which nothing remembers.
pub fn by_hand_daemon_hung_without_ptrace(host: &Sandbox) -> Result<()> {
    by_hand_without_ptrace(host)?;
    host.wait_for("the queue manager", || host.has_member("qmgr"))?;
    host.stop_process(host.daemons("qmgr")[0])
}

/// Nothing but MAIL_CONFIG tells whose it is, and that has another path to the same directory.
pub fn by_another_path_queue_lost(host: &Sandbox) -> Result<()> {
    host.sh(&format!("postfix -c {} start && umount -l {MOUNT}", String::from_utf8_lossy(BY_ANOTHER_PATH)))
}

fn cover_proc(host: &Sandbox) {
    host.through(&["unshare", "-m", "sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" \"$@\""]);
}

pub fn proc_covered(host: &Sandbox) -> Result<()> {
    host.start()?;
    cover_proc(host);
    Ok(())
}

/// Nothing is remembered; the lock of the pid file is all there is to see.
pub fn by_hand_proc_covered(host: &Sandbox) -> Result<()> {
    running_by_hand(host)?;
    cover_proc(host);
    Ok(())
}

/// Started and stopped by the agent before.
pub fn stopped_proc_covered(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.act(Action::Stop)?;
    cover_proc(host);
    Ok(())
}

/// Its pid is that of somebody else in the /proc that it sees.
pub fn stopped_proc_of_others(host: &Sandbox) -> Result<()> {
    host.through(&["unshare", "--pid", "--fork", "--kill-child"]);
    Ok(())
}

fn take_descriptors(host: &Sandbox) {
    host.through(&["prlimit", "--nofile=6", "--"]);
}

pub fn few_descriptors(host: &Sandbox) -> Result<()> {
    host.start()?;
    take_descriptors(host);
    Ok(())
}

pub fn stopped_few_descriptors(host: &Sandbox) -> Result<()> {
    take_descriptors(host);
    Ok(())
}

/// A check that takes long: what find(1) is to look at does not answer.
pub fn being_checked(host: &Sandbox) -> Result<()> {
    host.sh("rm /usr/bin/find")?;
    host.script("/usr/bin/find", "#!/bin/sh\nexec sleep 1000\n")?;
    host.sh(&format!("setsid postfix -c {CONFIG} check </dev/null >/dev/null 2>&1 &"))?;
    host.wait_for("the check", || host.has_member("sleep"))
}

// Rows 3 to 8: programs and configuration.

/// The programs on a file system of their own, so that they can vanish with it.
fn programs_mounted(host: &Sandbox) -> Result<()> {
    host.sh("mkdir -p /srv/programs && mount --bind /usr/sbin /srv/programs")?;
    host.set("binary_dir", "/srv/programs");
    host.set("binary", "/srv/programs/postfix");
    Ok(())
}

pub fn no_programs(host: &Sandbox) -> Result<()> {
    programs_mounted(host)?;
    host.sh("umount /srv/programs")
}

pub fn running_no_programs(host: &Sandbox) -> Result<()> {
    programs_mounted(host)?;
    host.start()?;
    host.sh("umount -l /srv/programs")
}

pub fn no_main_cf(host: &Sandbox) -> Result<()> {
    host.sh(&format!("rm {CONFIG}/main.cf"))
}

pub fn no_master_cf(host: &Sandbox) -> Result<()> {
    host.sh(&format!("rm {CONFIG}/master.cf"))
}

pub fn running_no_main_cf(host: &Sandbox) -> Result<()> {
    host.start()?;
    no_main_cf(host)?;
    host.end_daemons("smtpd")
}

pub fn running_no_master_cf(host: &Sandbox) -> Result<()> {
    host.start()?;
    no_master_cf(host)
}

pub fn bad_master_cf(host: &Sandbox) -> Result<()> {
    host.add_service("this line says nothing")
}

pub fn running_bad_master_cf(host: &Sandbox) -> Result<()> {
    host.start()?;
    bad_master_cf(host)?;
    host.end_daemons("smtpd")
}

pub fn bad_main_cf(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "this line says nothing\n")
}

pub fn running_bad_main_cf(host: &Sandbox) -> Result<()> {
    host.start()?;
    bad_main_cf(host)?;
    host.end_daemons("smtpd")
}

/// The programs are on storage that hangs, as far as a script can play that: main.cf has to be read again, and postconf never ends.
fn hang_postconf(host: &Sandbox) -> Result<()> {
    host.sh("mkdir /srv/programs && cp /usr/sbin/post* /srv/programs")?;
    host.script("/srv/programs/postconf", "#!/bin/sh\nexec sleep 1000\n")?;
    host.set("binary_dir", "/srv/programs");
    host.set("binary", "/srv/programs/postfix");
    host.append("main.cf", "# edited\n")
}

pub fn postconf_hangs(host: &Sandbox) -> Result<()> {
    hang_postconf(host)
}

pub fn running_postconf_hangs(host: &Sandbox) -> Result<()> {
    host.start()?;
    hang_postconf(host)
}

pub fn empty_config_dir(host: &Sandbox) -> Result<()> {
    host.set("config_dir", "");
    Ok(())
}

pub fn empty_binary_dir(host: &Sandbox) -> Result<()> {
    host.set("binary_dir", "");
    host.set("binary", "");
    Ok(())
}

// Rows 9 to 15: the queue and its file system.

pub fn no_queue(host: &Sandbox) -> Result<()> {
    host.sh(&format!("rm -r {QUEUE}"))
}

pub fn queue_empty(host: &Sandbox) -> Result<()> {
    host.sh(&format!("rm -r {QUEUE} && mkdir {QUEUE}"))
}

pub fn queue_not_mounted(host: &Sandbox) -> Result<()> {
    host.sh(&format!("umount {MOUNT} && mkdir -p {QUEUE}"))
}

pub fn other_queue_dir(host: &Sandbox) -> Result<()> {
    host.sh("mkdir -p /srv/other")?;
    host.set("queue_dir", "/srv/other");
    Ok(())
}

pub fn running_other_queue_dir(host: &Sandbox) -> Result<()> {
    host.start()?;
    other_queue_dir(host)
}

pub fn linked_queue_dir(host: &Sandbox) -> Result<()> {
    host.sh(&format!("ln -s {QUEUE} /srv/link"))?;
    host.set("queue_dir", "/srv/link");
    Ok(())
}

pub fn bound_queue_dir(host: &Sandbox) -> Result<()> {
    host.sh(&format!("mkdir /srv/bound && mount --bind {QUEUE} /srv/bound"))?;
    host.set("queue_dir", "/srv/bound");
    Ok(())
}

pub fn queue_lost(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh(&format!("umount -l {MOUNT}"))
}

/// A cron job or a hook of a package has started Postfix on the standby, on the directory below the mount point.
pub fn covered_queue(host: &Sandbox) -> Result<()> {
    running_by_hand(host)?;
    host.sh(&format!("mkdir /srv/shared && cp -a {MOUNT}/. /srv/shared/ && mount --bind /srv/shared {MOUNT}"))
}

pub fn queue_emergency_ro(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh(&format!("mount -o remount,errors=remount-ro {MOUNT}"))?;
    host.break_file_system()
}

pub fn queue_shut_down(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.shut_down_file_system()
}

pub fn queue_incomplete(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh(&format!("mv {QUEUE}/incoming {QUEUE}/elsewhere"))
}

pub fn maildrop_gone(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh(&format!("mv {QUEUE}/maildrop {QUEUE}/elsewhere"))
}

pub fn queue_read_only(host: &Sandbox) -> Result<()> {
    stale_pid_file(host)?;
    // What has just ended may still be closing a file.
    host.wait_for("the queue to be read-only", || host.sh(&format!("mount -o remount,ro {MOUNT}")).is_ok())
}

pub fn queue_full(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh(&format!("dd if=/dev/zero of={MOUNT}/ballast bs=16k 2>/dev/null; test -s {MOUNT}/ballast"))
}

/// qmgr(8) ends with "fatal: … No space left on device", and again whenever it is started.
pub fn queue_full_no_qmgr(host: &Sandbox) -> Result<()> {
    qmgr_missing(host)?;
    host.sh(&format!("dd if=/dev/zero of={MOUNT}/ballast bs=16k 2>/dev/null; test -s {MOUNT}/ballast"))
}

// Rows 16 to 18: addresses and ports.

pub fn no_address(host: &Sandbox) -> Result<()> {
    host.sh(&format!("ip addr del {VIP}/32 dev lo"))
}

pub fn running_no_address(host: &Sandbox) -> Result<()> {
    host.start()?;
    no_address(host)
}

/// inet_interfaces names the address that mail leaves from.
pub fn running_no_address_for_outgoing_mail(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "master_service_disable = inet\n")?;
    host.start()?;
    no_address(host)
}

/// As a cloud gives a host the addresses of its load balancer.
pub fn address_by_route(host: &Sandbox) -> Result<()> {
    host.sh("ip route add local 192.0.2.77 dev lo")?;
    host.add_service("192.0.2.77:2525 inet n - n - - smtpd")
}

pub fn running_address_by_route(host: &Sandbox) -> Result<()> {
    address_by_route(host)?;
    host.start()
}

pub fn running_route_gone(host: &Sandbox) -> Result<()> {
    running_address_by_route(host)?;
    host.sh("ip route del local 192.0.2.77 dev lo")
}

fn listen_on_port(options: &str) -> String {
    format!(
        "perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => \"{VIP}\", LocalPort => 25, Listen => 5{options}) or die; sleep 1000'"
    )
}

fn take_port(host: &Sandbox, options: &str) -> Result<()> {
    host.stranger(&listen_on_port(options))?;
    host.wait_for("the stranger to listen", || host.connect(VIP, 25).is_ok())
}

pub fn port_taken(host: &Sandbox) -> Result<()> {
    take_port(host, "")
}

pub fn port_shared(host: &Sandbox) -> Result<()> {
    take_port(host, ", ReusePort => 1")
}

pub fn port_shared_running(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.stranger(&listen_on_port(", ReusePort => 1"))?;
    host.wait_for("the stranger to listen", || host.output("ss -Htlp sport = :25").is_ok_and(|text| text.contains("perl")))
}

pub fn port_of_postfix(host: &Sandbox) -> Result<()> {
    host.add_other_instance(VIP)?;
    host.start_other_instance()
}

// Rows 19 to 24: the master, its pid file, its sockets.

/// A client's open session keeps an smtpd alive after its master.
/// In a chroot that has a directory of the same name; nothing is remembered of it.
pub fn orphans_in_chroot(host: &Sandbox) -> Result<()> {
    host.sh(&format!("sed -i '/^smtp inet/s/n - n/n - y/' {CONFIG}/master.cf && mkdir -p {QUEUE}{CONFIG}"))?;
    running_by_hand(host)?;
    leave_orphans(host)
}

pub fn orphans(host: &Sandbox) -> Result<()> {
    host.start()?;
    leave_orphans(host)
}

/// Nothing is remembered, and the working directories of those that are left name no queue any more.
pub fn orphans_by_hand_queue_lost(host: &Sandbox) -> Result<()> {
    running_by_hand(host)?;
    leave_orphans(host)?;
    host.sh(&format!("umount -l {MOUNT}"))
}

fn leave_orphans(host: &Sandbox) -> Result<()> {
    host.hold_session()?;
    let before = host.daemons("smtpd");
    host.kill_master()?;
    host.wait_for("the others to end", || host.daemons("qmgr").is_empty())?;
    // One that has no client ends with its master.
    ensure!(host.daemons("smtpd").iter().any(|pid| before.contains(pid)), "the smtpd ended with its master");
    Ok(())
}

pub fn stale_pid_file(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.kill_all()
}

fn pid_file(host: &Sandbox, script: &str) -> Result<()> {
    host.sh(&format!("cd {QUEUE}/pid && rm -f master.pid && {script}"))
}

pub fn pid_of_stranger(host: &Sandbox) -> Result<()> {
    let pid = host.stranger("sleep 1000")?;
    pid_file(host, &format!("printf '%10d\\n' {pid} > master.pid"))
}

pub fn pid_of_namesake(host: &Sandbox) -> Result<()> {
    host.sh("cp /bin/sleep /srv/master")?;
    let pid = host.stranger("/srv/master 1000")?;
    pid_file(host, &format!("printf '%10d\\n' {pid} > master.pid"))
}

pub fn pid_file_empty(host: &Sandbox) -> Result<()> {
    pid_file(host, ": > master.pid")
}

pub fn pid_file_garbage(host: &Sandbox) -> Result<()> {
    pid_file(host, "printf 'a\\377\\0-1 99999999999999999999\\n' > master.pid")
}

pub fn pid_file_huge(host: &Sandbox) -> Result<()> {
    pid_file(host, "truncate -s 4G master.pid")
}

pub fn pid_file_directory(host: &Sandbox) -> Result<()> {
    pid_file(host, "mkdir master.pid")
}

pub fn pid_file_fifo(host: &Sandbox) -> Result<()> {
    pid_file(host, "mkfifo master.pid")
}

pub fn pid_file_dangling(host: &Sandbox) -> Result<()> {
    pid_file(host, "ln -s /nowhere/at/all master.pid")
}

pub fn master_stopped(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.stop_process(host.master().context("no master")?)
}

/// The socket in the master itself is shut down: as if a bug had closed it.
pub fn socket_gone(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.shut_down_listener(25)?;
    ensure!(host.connect(VIP, 25).is_err(), "the port still accepts");
    Ok(())
}

/// Port 587 beside port 25, no longer listened on.
fn second_socket_gone(host: &Sandbox, endpoints: &str) -> Result<()> {
    host.add_service("587 inet n - n - - smtpd")?;
    host.set("endpoints", endpoints);
    host.start()?;
    host.shut_down_listener(587)?;
    ensure!(host.connect(VIP, 587).is_err(), "the port still accepts");
    Ok(())
}

pub fn unnamed_socket_gone(host: &Sandbox) -> Result<()> {
    second_socket_gone(host, "smtp")
}

pub fn named_socket_gone(host: &Sandbox) -> Result<()> {
    second_socket_gone(host, "192.0.2.25:submission")
}

pub fn mistyped_socket_gone(host: &Sandbox) -> Result<()> {
    second_socket_gone(host, "smpt")
}

/// inet_interfaces names it still: no new daemon can start, whoever looks.
pub fn unnamed_address_gone(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "inet_interfaces = 192.0.2.25, 127.0.0.1\n")?;
    host.set("endpoints", "127.0.0.1:smtp");
    running_no_address(host)
}

// Row 25: accepting and not greeting as it should.

pub fn smtpd_stopped(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.greeting(VIP, 25)?;
    let all = host.daemons("smtpd");
    // A busy one would not be given the next client.
    all.iter().try_for_each(|pid| host.await_idle(*pid, 25))?;
    all.iter().try_for_each(|pid| host.stop_process(*pid))
}

/// The one before has been the first to hear nothing.
pub fn smtpd_stopped_seen(host: &Sandbox) -> Result<()> {
    smtpd_stopped(host)?;
    if host.is_ours() {
        host.act(Action::Monitor(10))?;
    }
    Ok(())
}

fn refuse_clients(host: &Sandbox, code: u32) -> Result<()> {
    host.start()?;
    host.append("main.cf", &format!("smtpd_delay_reject = no\nreject_code = {code}\nsmtpd_client_restrictions = reject\n"))?;
    host.end_daemons("smtpd")
}

pub fn greets_421(host: &Sandbox) -> Result<()> {
    refuse_clients(host, 421)
}

/// It would start, and turn everybody away.
pub fn would_greet_554(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "smtpd_delay_reject = no\nsmtpd_client_restrictions = reject\n")
}

pub fn greets_554(host: &Sandbox) -> Result<()> {
    refuse_clients(host, 554)
}

pub fn would_greet_521(host: &Sandbox) -> Result<()> {
    host.append(
        "main.cf",
        "smtpd_delay_reject = no\nsmtpd_client_restrictions = check_client_access static:{521 5.3.2 No service here}\n",
    )
}

/// A port that serves others than the node itself.
fn port_refuses(host: &Sandbox, how: &str) -> Result<()> {
    host.append("main.cf", &format!("theirs = {how}\n"))?;
    host.add_service("587 inet n - n - - smtpd -o smtpd_delay_reject=no -o smtpd_client_restrictions=$theirs")
}

pub fn port_greets_554(host: &Sandbox) -> Result<()> {
    port_refuses(host, "reject")?;
    host.start()
}

pub fn unnamed_port_greets_554(host: &Sandbox) -> Result<()> {
    host.set("endpoints", "smtp");
    port_greets_554(host)
}

pub fn named_port_greets_554(host: &Sandbox) -> Result<()> {
    host.set("endpoints", "submission, nosuch");
    port_greets_554(host)
}

pub fn port_would_greet_521(host: &Sandbox) -> Result<()> {
    port_refuses(host, "check_client_access static:{521 5.3.2 No service here}")
}

pub fn unnamed_port_would_greet_521(host: &Sandbox) -> Result<()> {
    host.set("endpoints", "25");
    port_would_greet_521(host)
}

pub fn greets_521(host: &Sandbox) -> Result<()> {
    host.start()?;
    would_greet_521(host)?;
    host.end_daemons("smtpd")
}

/// The one process that master.cf allows has a client.
pub fn all_busy(host: &Sandbox) -> Result<()> {
    host.sh(&format!("sed -i '/^smtp inet/s/- smtpd/1 smtpd/' {CONFIG}/master.cf"))?;
    host.start()?;
    host.hold_session()
}

/// postscreen(8) takes everybody, and hands those who may come in to the one smtpd behind it.
pub fn all_busy_behind_postscreen(host: &Sandbox) -> Result<()> {
    host.sh(&format!("sed -i '/^smtp inet/s/- smtpd/1 postscreen/' {CONFIG}/master.cf"))?;
    host.add_service("smtpd pass - - n - 1 smtpd")?;
    host.start()?;
    host.hold_session()
}

/// The one process of the first service has a client, and that of the second is stopped.
pub fn one_busy_one_mute(host: &Sandbox) -> Result<()> {
    host.sh(&format!("sed -i '/^smtp inet/s/smtp\\(.*\\)- smtpd/192.0.2.25:smtp\\1 1 smtpd/' {CONFIG}/master.cf"))?;
    host.add_service("127.0.0.1:smtp inet n - n - 1 smtpd")?;
    host.start()?;
    host.greeting("127.0.0.1", 25)?;
    let is_second =
        |pid: &i32| host.output(&format!("cat /proc/{pid}/cmdline")).is_ok_and(|line| line.contains("127.0.0.1:smtp"));
    let second = host.daemons("smtpd").into_iter().find(is_second).context("no smtpd of the second service")?;
    host.await_idle(second, 25)?;
    host.stop_process(second)?;
    host.hold_session()?;
    if host.is_ours() {
        host.act(Action::Monitor(10))?;
    }
    Ok(())
}

/// The same, but nobody is served: each client is kept waiting, and the agent itself was the last to give up.
pub fn all_waiting(host: &Sandbox) -> Result<()> {
    host.sh(&format!("sed -i '/^smtp inet/s/- smtpd/1 smtpd/' {CONFIG}/master.cf"))?;
    host.start()?;
    host.append("main.cf", "smtpd_delay_reject = no\nsmtpd_client_restrictions = sleep 300\n")?;
    host.end_daemons("smtpd")?;
    if host.is_ours() {
        host.act(Action::Monitor(10))?;
    }
    Ok(())
}

/// A common rule against spam, which a check that says who it is falls under.
pub fn greeting_refused(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.append("main.cf", "smtpd_delay_reject = no\nsmtpd_helo_required = yes\nsmtpd_helo_restrictions = reject\n")?;
    host.end_daemons("smtpd")
}

pub fn pid_file_immutable(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh(&format!("chattr +i {QUEUE}/pid/master.pid"))
}

/// Two instances with one data_directory.
pub fn data_directory_shared(host: &Sandbox) -> Result<()> {
    host.add_other_instance("192.0.2.26")?;
    host.sh("sed -i 's,/var/lib/postfix-other,/var/lib/postfix-pk,' /etc/postfix-other/main.cf")?;
    host.start_other_instance()
}

// Rows 26 to 29: accounts, ownership, Postfix's own check.

pub fn owner_unknown(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "mail_owner = nosuchuser\n")
}

pub fn queue_of_another(host: &Sandbox) -> Result<()> {
    host.sh(&format!(
        "cd {QUEUE} && chown -R 4242 active bounce corrupt defer deferred flush hold incoming private public saved trace maildrop"
    ))
}

pub fn maildrop_of_another(host: &Sandbox) -> Result<()> {
    host.sh(&format!("chgrp 4242 {QUEUE}/maildrop"))
}

pub fn running_maildrop_of_another(host: &Sandbox) -> Result<()> {
    host.start()?;
    maildrop_of_another(host)
}

pub fn check_fails(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "maillog_file = /var/log/postfix.log\n")?;
    host.sh(&format!("sed -i /^postlog/d {CONFIG}/master.cf"))
}

// Rows 30 and 31: what does not end by itself.

/// A child that is busy with a client: an idle one would leave the port without a greeting.
pub fn child_stopped(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.end_daemons("smtpd")?;
    host.hold_session()?;
    let busy = host.daemons("smtpd").pop().context("no smtpd")?;
    host.stop_process(busy)
}

fn stubborn_delivery(host: &Sandbox) -> Result<()> {
    host.script("/srv/stubborn", "#!/usr/bin/perl\n$SIG{TERM} = 'IGNORE'; sleep 1 while 1;\n")?;
    host.add_service("stubborn unix - n n - - pipe user=nobody argv=/srv/stubborn")?;
    host.append("main.cf", "default_transport = stubborn\n")
}

fn deliver_stubbornly(host: &Sandbox) -> Result<()> {
    host.submit("someone@elsewhere.test")?;
    host.wait_for("the delivery program", || host.has_member("stubborn"))
}

pub fn delivery_stubborn(host: &Sandbox) -> Result<()> {
    stubborn_delivery(host)?;
    host.start()?;
    deliver_stubbornly(host)
}

/// Nothing is remembered of an instance that the agent has never seen.
pub fn delivery_stubborn_by_hand(host: &Sandbox) -> Result<()> {
    stubborn_delivery(host)?;
    running_by_hand(host)?;
    deliver_stubbornly(host)
}

/// Delivery programs get only what export_environment names.
pub fn delivery_without_mail_config(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "export_environment = TZ\n")?;
    delivery_stubborn(host)
}

pub fn delivery_orphaned(host: &Sandbox) -> Result<()> {
    delivery_stubborn(host)?;
    host.kill_master()?;
    host.end_daemons("pipe")?;
    host.wait_for("everything else to end", || host.daemons("qmgr").is_empty())
}

/// A stand-in for a Postfix in another root or a unit with mounts of its own, whose configuration only has the same path.
pub fn stranger_among_other_mounts(host: &Sandbox) -> Result<()> {
    host.sh("mkdir /srv/config && cp /bin/sleep /srv/master")?;
    let among_others = format!("mount --bind /srv/config {CONFIG} && exec env MAIL_CONFIG={CONFIG} /srv/master 1000");
    host.stranger(&format!("unshare --mount sh -c '{among_others}'"))?;
    host.wait_for("the stranger to be what it is", || host.output("pgrep -x master").is_ok())
}

/// A policy service whose name is like those of Postfix's own commands, without MAIL_CONFIG.
pub fn policy_service(host: &Sandbox) -> Result<()> {
    host.sh("cp /bin/sleep /srv/postgrey")?;
    host.append("main.cf", "export_environment = TZ\n")?;
    host.add_service("policy unix - n n - 0 spawn user=nobody argv=/srv/postgrey 1000")?;
    host.append("main.cf", "smtpd_recipient_restrictions = check_policy_service unix:private/policy\n")?;
    host.start()?;
    host.ask_for(&["MAIL FROM:<>", "RCPT TO:<someone@mx.example.test>"])?;
    host.wait_for("the policy service", || host.has_member("postgrey"))
}

/// One that only has the word, from the shell of somebody who had it.
pub fn stranger_with_mail_config(host: &Sandbox) -> Result<()> {
    host.sh("cp /bin/sleep /srv/postgres")?;
    host.start()?;
    host.stranger(&format!("env MAIL_CONFIG={CONFIG} /srv/postgres 1000")).map(drop)
}

/// The queue shares its file system, as where all of /var is one.
pub fn stranger_beside_the_queue(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.stranger(&format!("env MAIL_CONFIG={CONFIG} sh -c 'cd {MOUNT} && exec sleep 1000'")).map(drop)
}

/// As of cron: sendmail(1) asks postdrop(1) to take the mail, and both work in the queue until the job has ended.
pub fn submission_waits(host: &Sandbox) -> Result<()> {
    host.start()?;
    submission_waits_stopped(host)
}

/// The default instance, which MAIL_CONFIG need not name.
pub fn submission_waits_stopped(host: &Sandbox) -> Result<()> {
    host.sh(&format!("echo queue_directory = {QUEUE} >> /etc/postfix/main.cf"))?;
    host.sh("(echo Subject: x; exec sleep 1000) 2>/dev/null | env -u MAIL_CONFIG sendmail root >/dev/null 2>&1 &")?;
    host.wait_for("the mail in maildrop", || host.has_member("postdrop"))
}

/// A stand-in for a process that waits for a dead device: a child in a frozen cgroup (version 1) is in
/// state D and survives SIGKILL until it is thawed.
pub fn unkillable(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.end_daemons("smtpd")?;
    host.hold_session()?;
    host.freeze(host.daemons("smtpd").pop().context("no smtpd")?)
}

// Rows 32 and 33: two instances on one host.

pub fn second_running(host: &Sandbox) -> Result<()> {
    host.add_other_instance("192.0.2.26")?;
    host.start_other_instance()
}

pub fn both_running(host: &Sandbox) -> Result<()> {
    second_running(host)?;
    host.start()
}

/// What `postmulti -e init` writes; without -c, postfix(1) would start and stop both.
pub fn multi_stopped(host: &Sandbox) -> Result<()> {
    host.add_other_instance("192.0.2.26")?;
    let directories = "multi_instance_wrapper = ${command_directory}/postmulti -p --\nmulti_instance_enable = yes\n";
    host.append("main.cf", &format!("{directories}multi_instance_directories = /etc/postfix-other\n"))?;
    host.sh("echo multi_instance_enable = yes >> /etc/postfix-other/main.cf")
}

pub fn multi_running(host: &Sandbox) -> Result<()> {
    multi_stopped(host)?;
    host.start_other_instance()?;
    host.start()
}

// Row 35: the queue manager.

pub fn qmgr_stopped(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.stop_process(host.daemons("qmgr")[0])
}

/// The master would start it again at once, so its program is replaced by one that ends at once.
pub fn qmgr_missing(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh("mount --bind /bin/false /usr/lib/postfix/sbin/qmgr")?;
    host.end_daemons("qmgr")?;
    host.submit("someone@elsewhere.test")?;
    host.wait_for("the message in the queue", || {
        fs::read_dir(host.path(&format!("{QUEUE}/incoming"))).is_ok_and(|d| d.count() > 0)
    })
}

/// Idle processes of the daemon are there: a message has passed.
fn stop_all(host: &Sandbox, daemon: &str) -> Result<()> {
    host.start()?;
    host.submit("someone@elsewhere.test")?;
    host.wait_for("the delivery", || host.syslog().contains("status=sent") && host.syslog().contains("removed"))?;
    let all = host.daemons(daemon);
    ensure!(!all.is_empty(), "no {daemon} runs");
    all.iter().try_for_each(|pid| host.stop_process(*pid))
}

pub fn rewrite_stopped(host: &Sandbox) -> Result<()> {
    stop_all(host, "trivial-rewrite")
}

pub fn cleanup_stopped(host: &Sandbox) -> Result<()> {
    stop_all(host, "cleanup")
}

/// Another client gets another process.
pub fn busy_cleanup_stopped(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.ask_for(&["MAIL FROM:<>", "RCPT TO:<someone@mx.example.test>", "DATA"])?;
    host.wait_for("a cleanup", || host.has_member("cleanup"))?;
    host.stop_process(host.daemons("cleanup")[0])
}

pub fn qmgr_killed(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.end_daemons("qmgr")
}

/// As when the name service does not know a name any more: new daemons die, an old one goes on.
pub fn name_not_resolved(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.append("main.cf", &format!("inet_interfaces = {VIP}, mail.nowhere.test\n"))
}

// Rows 36 to 39: edits while it runs.

pub fn edit_kills_smtpd(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.append("main.cf", "smtpd_relay_restrictions =\nsmtpd_recipient_restrictions =\n")?;
    host.end_daemons("smtpd")
}

pub fn edit_answers_451(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.append("main.cf", "smtpd_relay_restrictions = no_such_restriction, reject_unauth_destination\n")?;
    host.end_daemons("smtpd")
}

/// As a database that is restarted. Each session is another smtpd: one keeps a table as it was when it opened it.
pub fn answers_451_for_a_while(host: &Sandbox) -> Result<()> {
    host.append(
        "main.cf",
        "max_use = 1\nsmtpd_recipient_restrictions = check_recipient_access texthash:/srv/access, reject_unauth_destination\n",
    )?;
    host.start()?;
    host.stranger("sh -c 'sleep 4; : > /srv/access; exec sleep 1000'").map(drop)
}

pub fn service_added(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.add_service("2525 inet n - n - - smtpd")
}

/// What rsync -a or cp -p brings; nothing is remembered of the instance.
pub fn service_added_with_an_old_date(host: &Sandbox) -> Result<()> {
    running_by_hand(host)?;
    host.add_service("2525 inet n - n - - smtpd")?;
    host.sh(&format!("touch -d yesterday {CONFIG}/master.cf"))
}

/// A wildcard of the service's own.
pub fn wildcard_in_master_cf(host: &Sandbox) -> Result<()> {
    host.add_service("0.0.0.0:2525 inet n - n - - smtpd")?;
    host.start()
}

/// New daemons are told when the master is.
pub fn wrapper_mode_edited(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh(&format!("sed -i '/^smtp inet/s/$/ -o smtpd_tls_wrappermode=yes/' {CONFIG}/master.cf"))
}

/// As an administrator does it, and waits until it is in effect; nobody tells the agent.
fn reload(host: &Sandbox) -> Result<()> {
    host.sh(&format!("postfix -c {CONFIG} reload"))?;
    host.wait_for("the reload", || host.syslog().contains("reload -- version"))
}

pub fn service_added_and_reloaded(host: &Sandbox) -> Result<()> {
    service_added(host)?;
    reload(host)?;
    host.wait_for("the new endpoint", || host.greeting(VIP, 2525).is_ok())
}

pub fn service_removed_and_reloaded(host: &Sandbox) -> Result<()> {
    host.add_service("2525 inet n - n - - smtpd")?;
    host.start()?;
    host.sh(&format!("sed -i /^2525/d {CONFIG}/master.cf"))?;
    reload(host)?;
    host.wait_for("the endpoint to go", || host.connect(VIP, 2525).is_err())
}

/// An instance for outgoing mail.
pub fn services_removed_and_reloaded(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.append("main.cf", "master_service_disable = INET\n")?;
    reload(host)?;
    host.wait_for("the endpoint to go", || host.connect(VIP, 25).is_err())
}

pub fn wrapper_mode_reloaded(host: &Sandbox) -> Result<()> {
    host.certify(100)?;
    wrapper_mode_edited(host)?;
    reload(host)
}

/// New daemons read main.cf at once.
pub fn proxy_edited(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.append("main.cf", "smtpd_upstream_proxy_protocol = haproxy\n")?;
    host.end_daemons("smtpd")
}

pub fn address_added(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh("ip addr add 192.0.2.27/32 dev lo")?;
    host.append("main.cf", &format!("inet_interfaces = {VIP}, 192.0.2.27\n"))
}

pub fn queue_directory_edited(host: &Sandbox) -> Result<()> {
    host.start()?;
    host.sh("mkdir -p /srv/other")?;
    host.append("main.cf", "queue_directory = /srv/other\n")
}

/// A stand-in for a queue on NFS that another server runs: we hold the lock from outside the host, where
/// its process table does not reach, as the lock daemon of an NFS client would.
pub fn locked_elsewhere(host: &Sandbox) -> Result<()> {
    host.keep(lock_from_outside(host)?);
    Ok(())
}

/// The same, and the lock is free when the agent has said that it waits for it.
pub fn lock_ends_later(host: &Sandbox) -> Result<()> {
    let file = lock_from_outside(host)?;
    let (root, log) = (host.path("/"), host.path("/var/log/syslog"));
    std::thread::spawn(move || {
        let is_waited_for = || fs::read_to_string(&log).is_ok_and(|text| text.contains("Waiting until the lock"));
        while root.exists() && !is_waited_for() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        drop(file);
    });
    Ok(())
}

fn lock_from_outside(host: &Sandbox) -> Result<File> {
    pid_file(host, "printf '%10d\\n' 4711 > master.pid")?;
    let file = File::options().read(true).write(true).open(host.path(&format!("{QUEUE}/pid/master.pid")))?;
    // SAFETY: flock(2) on a descriptor that we own; the sandbox keeps it until the end.
    ensure!(unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0, "the pid file is locked already");
    Ok(file)
}

// Row 43: what mail_owner may not write, and what the master tells the log alone.

pub fn data_of_another(host: &Sandbox) -> Result<()> {
    host.sh("chown root: /var/lib/postfix-pk && chmod 700 /var/lib/postfix-pk")
}

pub fn data_out_of_reach(host: &Sandbox) -> Result<()> {
    host.sh("mkdir -m 700 /srv/closed && install -d -o postfix -m 700 /srv/closed/data")?;
    host.append("main.cf", "data_directory = /srv/closed/data\n")
}

pub fn data_for_all(host: &Sandbox) -> Result<()> {
    host.sh("chown root: /var/lib/postfix-pk && chmod 1777 /var/lib/postfix-pk")
}

/// postfix-script warns of links that lead elsewhere.
pub fn master_ends(host: &Sandbox) -> Result<()> {
    host.sh(&format!("ln -s /etc/ssl/certs/some.pem {CONFIG}/cert.pem"))?;
    host.add_service("192.0.2.99:7 inet n - n - - discard")
}

/// What the master says once it listens for postlogd is lost with it, so it ends before that.
pub fn master_ends_own_log(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "maillog_file = /var/log/own/postfix.log\nmaillog_file_prefixes = /var/log\n")?;
    host.sh("mkdir /var/log/own")?;
    host.sh(&format!("sed -i '1i 192.0.2.99:7 inet n - n - - discard' {CONFIG}/master.cf"))
}

// Row 44: what Postfix needs is slow, or comes later.

/// A stand-in for a name server that is out of reach: it takes questions and gives no answers.
pub fn name_service_silent(host: &Sandbox) -> Result<()> {
    host.stranger(
        "perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => \"127.0.0.53\", LocalPort => 53, Proto => \"udp\") or die; sleep 1000'",
    )?;
    host.wait_for("the name server", || host.output("ss -Hulp sport = :53").is_ok_and(|text| text.contains("perl")))?;
    host.sh("rm -f /etc/resolv.conf; printf 'nameserver 127.0.0.53\\noptions timeout:5 attempts:1\\n' > /etc/resolv.conf")?;
    host.append("main.cf", "smtpd_peername_lookup = yes\n")
}

pub fn name_service_silent_running(host: &Sandbox) -> Result<()> {
    host.start()?;
    name_service_silent(host)?;
    host.end_daemons("smtpd")
}

pub fn sasl_missing(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n")
}

/// As Debian's master.cf has it for its service submission.
pub fn sasl_missing_own_name(host: &Sandbox) -> Result<()> {
    sasl_missing(host)?;
    host.sh(&format!("postconf -c {CONFIG} -P smtp/inet/syslog_name=postfix/incoming"))
}

pub fn name_unknown(host: &Sandbox) -> Result<()> {
    host.append("main.cf", "inet_interfaces = mail.later.test\n")
}

/// As after a power cut: the name service answers when the agent has said that it waits.
pub fn name_known_later(host: &Sandbox) -> Result<()> {
    name_unknown(host)?;
    let later = format!(
        "sub waited_for {{ open(my $log, '<', '/var/log/syslog') or return 0; return grep {{ /Waiting.*mail.later.test/ }} <$log>; }}\n\
         select(undef, undef, undef, 0.05) until waited_for();\nopen(my $hosts, '>>', '/etc/hosts') or die;\n\
         print $hosts \"{VIP} mail.later.test\\n\";\nclose $hosts;\nsleep 1000;\n"
    );
    host.script("/srv/later", &later)?;
    host.stranger("perl /srv/later").map(drop)
}

/// A stand-in for a Dovecot that starts later: when the agent has said that it waits for it.
pub fn sasl_late(host: &Sandbox) -> Result<()> {
    sasl_missing(host)?;
    host.script("/srv/auth", &format!("{SASL_SERVER}\n"))?;
    host.stranger(&format!("perl /srv/auth {QUEUE}/private/auth")).map(drop)
}

const SASL_SERVER: &str = r#"
use IO::Socket::UNIX;
use IO::Select;
sub waited_for { open(my $log, '<', '/var/log/syslog') or return 0; return grep { /SASL socket/ } <$log>; }
select(undef, undef, undef, 0.05) until waited_for();
$SIG{PIPE} = 'IGNORE';
umask 0;
my $server = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 20) or die;
my $all = IO::Select->new($server);
while (my @ready = $all->can_read) {
    for my $from (@ready) {
        if ($from == $server) {
            my $client = $server->accept or next;
            $client->autoflush(1);
            print $client "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n";
            $all->add($client);
        } elsif (!sysread($from, my $said, 4096)) {
            $all->remove($from);
        }
    }
}
"#;

// Row 48: parameters that Postfix is to lose.

/// Postfix warns of it since 3.9. Before that the warning comes from a stand-in: a postconf that says so, for the agent and for Postfix's
/// own scripts.
pub fn deprecated(host: &Sandbox) -> Result<()> {
    host.certify(100)?;
    host.append("main.cf", "smtpd_use_tls = yes\n")?;
    if host.output(&format!("postconf -c {CONFIG} -h smtpd_use_tls 2>&1"))?.contains(DEPRECATED) {
        return Ok(());
    }
    host.sh("mv /usr/sbin/postconf /usr/sbin/postconf.real")?;
    let warning = format!(
        "postconf: warning: {CONFIG}/main.cf: support for parameter \"smtpd_use_tls\" {DEPRECATED}, specify \"smtpd_tls_security_level\""
    );
    host.script("/usr/sbin/postconf", &format!("#!/bin/sh\necho '{warning}' >&2\nexec /usr/sbin/postconf.real \"$@\"\n"))
}

/// What only such a warning has.
pub const DEPRECATED: &str = "will be removed; instead";

pub fn running_deprecated(host: &Sandbox) -> Result<()> {
    deprecated(host)?;
    host.start()
}

pub fn deprecated_check_fails(host: &Sandbox) -> Result<()> {
    deprecated(host)?;
    check_fails(host)
}

pub fn deprecated_master_ends(host: &Sandbox) -> Result<()> {
    deprecated(host)?;
    master_ends(host)
}

pub fn deprecated_bad_main_cf(host: &Sandbox) -> Result<()> {
    deprecated(host)?;
    bad_main_cf(host)
}

pub fn running_deprecated_bad_master_cf(host: &Sandbox) -> Result<()> {
    deprecated(host)?;
    running_bad_master_cf(host)
}

// Row 41: TLS.

/// On the port for it, TLS begins with the first byte, says `setting`.
fn wrapper(host: &Sandbox, setting: &str, main_cf: &str) -> Result<()> {
    host.certify(100)?;
    host.append("main.cf", main_cf)?;
    host.add_service(&format!("submissions inet n - n - - smtpd -o smtpd_tls_wrappermode={setting}"))?;
    host.start()
}

pub fn tls_wrapper(host: &Sandbox) -> Result<()> {
    wrapper(host, "yes", "")
}

pub fn tls_wrapper_capitals(host: &Sandbox) -> Result<()> {
    wrapper(host, "YES", "")
}

pub fn tls_wrapper_variable(host: &Sandbox) -> Result<()> {
    wrapper(host, "$wrap", "wrap = yes\n")
}

/// The server refuses every handshake: it knows versions only that nobody speaks.
pub fn tls_alert(host: &Sandbox) -> Result<()> {
    wrapper(host, "yes", "smtpd_tls_mandatory_protocols = TLSv1\n")
}

/// Without a certificate it is left to clients that want none.
pub fn tls_anonymous(host: &Sandbox) -> Result<()> {
    wrapper(host, "yes", "smtpd_tls_chain_files =\nsmtpd_tls_cert_file = none\n")
}

/// It wants a certificate of its clients.
pub fn tls_client_certificate(host: &Sandbox) -> Result<()> {
    wrapper(host, "yes", "smtpd_tls_req_ccert = yes\n")
}

pub fn tls_client_certificate_unnamed(host: &Sandbox) -> Result<()> {
    host.set("endpoints", "smtp");
    tls_client_certificate(host)
}

pub fn tls_client_certificate_mistyped(host: &Sandbox) -> Result<()> {
    host.set("endpoints", "smpt");
    tls_client_certificate(host)
}

pub fn tls_expired(host: &Sandbox) -> Result<()> {
    host.certify(-3)?;
    host.add_service("submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes")?;
    host.start()
}

/// Whoever comes to this port hears nothing.
pub fn tls_bad_key(host: &Sandbox) -> Result<()> {
    tls_wrapper(host)?;
    host.sh("echo damaged > /etc/postfix/key.pem")?;
    host.end_daemons("smtpd")
}

pub fn starttls(host: &Sandbox) -> Result<()> {
    host.certify(100)?;
    host.start()
}

pub fn starttls_expired(host: &Sandbox) -> Result<()> {
    host.certify(-3)?;
    host.start()
}

pub fn starttls_alert(host: &Sandbox) -> Result<()> {
    starttls(host)?;
    host.append("main.cf", "smtpd_tls_protocols = TLSv1\n")?;
    host.end_daemons("smtpd")
}

pub fn starttls_bad_key(host: &Sandbox) -> Result<()> {
    starttls(host)?;
    host.sh("echo damaged > /etc/postfix/key.pem")?;
    host.end_daemons("smtpd")
}
