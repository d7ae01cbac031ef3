//! What distributions run before Postfix starts is run by a start, for the instance that it is for; its failure is no reason not to start.
//!
//! Stand-ins at the paths of Red Hat's and SUSE's programs write down that they ran.

use anyhow::{Result, ensure};
use lab::sandbox::{Action, Agent, CONFIG, Sandbox, VIP};

const PROGRAMS: &[&str] = &[
    "/usr/libexec/postfix/aliasesdb",
    "/usr/libexec/postfix/chroot-update",
    "/usr/lib/postfix/systemd/config_postfix",
    "/usr/lib/postfix/systemd/update_chroot",
    "/usr/lib/postfix/systemd/update_postmaps",
    "/etc/postfix/system/config_postfix",
    "/etc/postfix/system/update_chroot",
    "/etc/postfix/system/update_postmaps",
];

fn host(name: &str, chroot: &str) -> Result<Sandbox> {
    let host = Sandbox::new(name, Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent")))?;
    host.sh(&format!("echo SYNC_CHROOT= > /etc/default/postfix; sed -i '/^scache/s/ n / {chroot} /' {CONFIG}/master.cf"))?;
    for program in PROGRAMS {
        host.sh(&format!("mkdir -p $(dirname {program})"))?;
        host.script(program, "#!/bin/sh\necho \"$0 $MAIL_CONFIG\" >> /srv/ran\n")?;
    }
    host.sh(": > /srv/ran")?;
    Ok(host)
}

/// The instance is that of /etc/postfix, which the programs know.
fn default_instance(host: &Sandbox) -> Result<()> {
    host.sh(&format!("cp {CONFIG}/main.cf {CONFIG}/master.cf /etc/postfix/"))?;
    host.set("config_dir", "/etc/postfix");
    Ok(())
}

fn start(host: &Sandbox) -> Result<(String, Vec<String>)> {
    let start = host.act(Action::Start)?;
    ensure!(start.code == Some(0), "{start:?}");
    let ran = host.output("cat /srv/ran")?.lines().map(str::to_owned).collect();
    Ok((start.log, ran))
}

#[test]
fn all_run_for_the_default_instance_and_the_configuration_first() -> Result<()> {
    let host = host("helpers", "y")?;
    default_instance(&host)?;
    let write = "#!/bin/sh\necho $0 >> /srv/ran; echo 'myhostname = written.example.test' >> /etc/postfix/main.cf\n";
    host.script("/usr/lib/postfix/systemd/config_postfix", write)?;
    let (log, ran) = start(&host)?;
    let of_instance = |program: &str| format!("{program} /etc/postfix");
    let expected = [
        PROGRAMS[2].to_owned(),
        of_instance(PROGRAMS[5]),
        of_instance(PROGRAMS[0]),
        of_instance(PROGRAMS[1]),
        of_instance(PROGRAMS[3]),
        of_instance(PROGRAMS[4]),
        of_instance(PROGRAMS[6]),
        of_instance(PROGRAMS[7]),
    ];
    ensure!(ran == expected, "{ran:?}");
    let greeting = host.greeting(VIP, 25)?;
    ensure!(greeting.contains("written.example.test"), "{greeting}, log: {log}");
    Ok(())
}

#[test]
fn those_that_know_one_instance_leave_others_alone() -> Result<()> {
    let (_, ran) = start(&host("otherhelpers", "y")?)?;
    ensure!(ran.is_empty(), "{ran:?}");
    Ok(())
}

#[test]
fn without_a_chroot_none_is_refreshed() -> Result<()> {
    let host = host("nochroot", "n")?;
    default_instance(&host)?;
    let (_, ran) = start(&host)?;
    ensure!(ran.len() == 5 && !ran.iter().any(|line| line.contains("chroot")), "{ran:?}");
    Ok(())
}

#[test]
fn one_that_fails_and_one_that_hangs_are_lines_in_the_log() -> Result<()> {
    let host = host("badhelpers", "n")?;
    default_instance(&host)?;
    host.script(PROGRAMS[0], "#!/bin/sh\necho no aliases >&2; exit 1\n")?;
    host.script(PROGRAMS[4], "#!/bin/sh\nexec sleep 1000\n")?;
    let (log, _) = start(&host)?;
    ensure!(log.contains("no aliases") && log.contains("update_postmaps did not end in time"), "{log}");
    Ok(())
}

/// A stand-in for Debian's helper, which Debian's Postfix runs itself since 3.9, with no argument: with an older one a comment in its
/// script stands for that; a newer one that does not is a copy without that line.
#[test]
fn one_that_postfix_runs_itself_is_left_to_the_postfix_that_does() -> Result<()> {
    for (daemons, ran_by_agent) in [("/usr/lib/postfix/sbin", false), ("/srv/daemons", true)] {
        let host = host("runsitself", "y")?;
        host.script("/usr/lib/postfix/configure-instance.sh", "#!/bin/sh\necho \"$0 $MAIL_CONFIG $*\" >> /srv/ran\n")?;
        host.sh("cp -a /usr/lib/postfix/sbin /srv/daemons; sed -i /configure-instance.sh/d /srv/daemons/post-install;
             echo '# configure-instance.sh' >> /usr/lib/postfix/sbin/postfix-script")?;
        host.append("main.cf", &format!("daemon_directory = {daemons}\n"))?;
        let (_, mut ran) = start(&host)?;
        ran.retain(|line| line.ends_with('-'));
        let expected = [format!("/usr/lib/postfix/configure-instance.sh {CONFIG} -")];
        ensure!(ran == expected[usize::from(!ran_by_agent)..], "{daemons}: {ran:?}");
    }
    Ok(())
}

/// Where SELinux is on (a file stands for it), the pid file gets its type, but only where the policy has one of Postfix for it
/// (a stand-in for restorecon(8), which says so).
#[test]
fn the_pid_file_gets_its_type_where_selinux_is_on() -> Result<()> {
    let say = |kind: &str| {
        format!(
            "#!/bin/sh\necho \"$*\" >> /srv/ran; [ $1 != -nv ] ||
             echo \"Would relabel $2 from system_u:object_r:mnt_t:s0 to system_u:object_r:{kind}:s0\"\n"
        )
    };
    let fails = "#!/bin/sh\necho no policy >&2; exit 255\n".to_owned();
    let pid_file = "/srv/mail/queue/pid/master.pid";
    let both = [format!("-nv {pid_file}"), format!("-v {pid_file}")];
    for (name, is_on, restorecon, expected, line) in [
        ("selinuxoff", false, say("postfix_var_run_t"), &both[..0], ""),
        ("selinux", true, say("postfix_var_run_t"), &both[..], ""),
        ("selinuxnorule", true, say("var_t"), &both[..1], ""),
        ("selinuxfails", true, fails, &both[..0], "no policy"),
    ] {
        let host = host(name, "n")?;
        host.script("/usr/sbin/restorecon", &restorecon)?;
        if is_on {
            host.sh("mount -t tmpfs x /sys/fs; mkdir /sys/fs/selinux; echo 1 > /sys/fs/selinux/enforce")?;
        }
        host.sh(&format!("touch {pid_file}"))?;
        let (log, ran) = start(&host)?;
        ensure!(ran == expected && log.contains(line), "{name}: {ran:?}, log: {log}");
    }
    Ok(())
}

/// A stand-in for find(1), with which `postfix check` goes through the queue: no queue that a test can make is as large.
#[test]
fn a_check_of_the_queue_that_takes_too_long_is_the_reason() -> Result<()> {
    let host = host("slowcheck", "n")?;
    host.script("/usr/bin/find", "#!/bin/sh\nexec sleep 1000\n")?;
    host.export("OCF_RESKEY_CRM_meta_timeout", "8000");
    let start = host.act(Action::Start)?;
    let words = "postfix check is still checking the queue; raise the start timeout";
    ensure!(start.code == Some(1) && start.log.contains(words), "{start:?}");
    ensure!(host.output("pgrep -x sleep || true")?.is_empty(), "what it had begun is left");
    Ok(())
}
