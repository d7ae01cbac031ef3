//! What a real cluster makes of a failure: the watcher is quicker than the monitor, and changes nothing else.

use std::time::{Duration, Instant};

use lab::cluster::Cluster;
use lab::host::Host;
use lab::setup;
use postkeeper::cluster::live::Live;
use postkeeper::cluster::xml::Element;

const ID: &str = "mail-postfix";

struct Site(Cluster);

/// What people and the cluster see in the end.
#[derive(Debug, PartialEq, Eq)]
struct End {
    role: String,
    place: Vec<String>,
    failed: bool,
    blocked: bool,
    standby: Vec<String>,
    failures: Vec<i64>,
    runs: bool,
}

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::prepare(host)?;
    setup::install_tool(host)
}

impl Site {
    fn boot() -> Site {
        let site = Site(Cluster::boot(2, &prepare).unwrap());
        setup::make_shared_queue(&site.0).unwrap();
        site.sh("n1", setup::PCS);
        site.sh("n1", "pcs resource update mail-postfix meta migration-threshold=INFINITY");
        site.settle();
        site
    }

    fn sh(&self, node: &str, script: &str) -> String {
        self.0.sh(node, script).unwrap_or_else(|e| panic!("{e:#}\n{}{}", self.0.view(), self.view()))
    }

    /// What the agent has logged.
    fn view(&self) -> String {
        let log = |node| self.0.sh(node, "grep -a mail-postfix /var/log/syslog | tail -60").unwrap_or_default();
        format!("n1: {}n2: {}", log("n1"), log("n2"))
    }

    fn wait(&self, what: &str, holds: impl FnMut() -> bool) {
        self.0.wait(what, holds).unwrap_or_else(|e| panic!("{e}\n{}", self.view()));
    }

    fn settle(&self) {
        self.0.wait_settled().unwrap();
    }

    fn live(&self) -> Live {
        Live::parse(&Element::parse(&self.sh("n1", "crm_mon -1r --output-as=xml")).unwrap())
    }

    /// Where Postfix runs, and the pid of its master, once that is alive.
    fn serving(&self) -> (String, String) {
        let mut found = None;
        self.wait("a master", || {
            let node = self.live().started_on(ID).first().map(|n| n.to_string());
            let pid =
                |node: &String| self.0.sh(node, "pid=$(cat /srv/mail/queue/pid/master.pid) && kill -0 $pid && echo $pid").ok();
            found = node.and_then(|node| pid(&node).map(|pid| (node, pid.trim().to_owned())));
            found.is_some()
        });
        found.unwrap()
    }

    /// The resource for which the master is watched.
    fn watched_for(&self, node: &str, master: &str) -> Option<String> {
        let said = self
            .sh(node, "for w in $(grep -lz -e '^--watch$' /proc/[0-9]*/cmdline 2>/dev/null); do tr '\\0' ' ' <$w; echo; done");
        let words: Vec<&str> = said.lines().find(|l| l.contains(&format!("--watch {master} ")))?.split(' ').collect();
        // It has signed when it is ready.
        let signed = self.0.sh(node, "cat /run/resource-agents/postkeeper-postfix-*.watch").unwrap_or_default();
        let is_ready = self.0.sh(node, &format!("grep -qz -e '^{master}$' /proc/{}/cmdline", signed.trim())).is_ok();
        is_ready.then(|| words[4].to_owned())
    }

    /// Kills the master.
    fn kill(&self) {
        let (node, pid) = self.serving();
        self.sh(&node, &format!("kill -9 {pid}"));
    }

    fn end(&self) -> End {
        let live = self.live();
        let it = live.instances(ID).next().unwrap();
        let pids = self.sh("n1", "cat /srv/mail/queue/pid/master.pid 2>/dev/null || true")
            + &self.sh("n2", "cat /srv/mail/queue/pid/master.pid 2>/dev/null || true");
        let runs = pids
            .split_whitespace()
            .any(|pid| ["n1", "n2"].iter().any(|n| self.0.sh(n, &format!("test $(cat /proc/{pid}/comm) = master")).is_ok()));
        End {
            role: it.role.clone(),
            place: it.nodes.clone(),
            failed: it.failed,
            blocked: it.blocked,
            standby: live.nodes.iter().filter(|n| n.standby).map(|n| n.name.clone()).collect(),
            failures: live.counts.iter().filter(|c| c.resource == ID).map(|c| c.failures).collect(),
            runs,
        }
    }

    /// What becomes of the end of the master on n1.
    fn outcome(&self, on_fail: &str, watch: bool) -> End {
        self.sh("n1", &format!("pcs resource disable {ID} && crm_resource --wait --timeout=60; crm_resource --cleanup"));
        self.settle();
        // Nothing but the shorter of its monitors is asked.
        self.sh("n1", &format!(
            "pcs resource update {ID} watch={watch} && for i in $(cibadmin -Q --xpath \"//primitive[@id='{ID}']//op[@name='monitor']\" | grep -o 'op id=\"[^\"]*\"\\| id=\"[^\"]*interval[^\"]*\"' | cut -d'\"' -f2 | sort -u); do
                 cibadmin --modify --xpath \"//op[@id='$i']\" --xml-text \"<op id=\\\"$i\\\" on-fail=\\\"{on_fail}\\\"/>\"; done
             crm_resource --move -r mail -N n1 2>/dev/null; pcs resource enable {ID}"
        ));
        self.wait("it on n1", || self.live().started_on(ID) == ["n1"]);
        self.sh("n1", "crm_resource --clear -r mail");
        self.settle();
        let (node, pid) = self.serving();
        if watch {
            self.wait("the watcher", || self.watched_for(&node, &pid).as_deref() == Some(ID));
        }
        self.kill();
        self.wait("the cluster to know", || self.live().failures.iter().any(|f| f.resource == ID && !f.degraded));
        self.settle();
        let mut end = self.end();
        // A second monitor may be about to say the same.
        self.wait("nothing to change any more", || {
            let before = std::mem::replace(&mut end, self.end());
            self.settle();
            before == end
        });
        end
    }
}

#[test]
fn the_watcher_leads_to_what_the_administrator_has_chosen() {
    let site = Site::boot();
    for on_fail in ["restart", "ignore", "block", "standby"] {
        let [without, with] = [false, true].map(|watch| site.outcome(on_fail, watch));
        println!("{on_fail}: {with:?}");
        assert_eq!(with, without, "on-fail={on_fail}");
        let status = site.0.tool("n1", "status").unwrap().1;
        assert_eq!(status.contains("mail-postfix is blocked"), on_fail == "block", "{status}");
        match on_fail {
            "restart" => assert!(with.runs && with.place == ["n1"] && with.failures == [1], "{with:?}"),
            "standby" => assert!(with.runs && with.place == ["n2"] && with.standby == ["n1"], "{with:?}"),
            "block" => assert!(!with.runs && with.blocked && with.place == ["n1"], "{with:?}"),
            _ => assert!(!with.runs && !with.blocked && with.place == ["n1"], "{with:?}"),
        }
    }
}

/// POSTKEEPER_KILLS=N: how often.
#[test]
fn each_end_of_the_master_counts_once() {
    let site = Site::boot();
    site.sh("n1", &format!("pcs resource update {ID} op monitor interval=4s timeout=20s"));
    site.settle();
    let kills: i64 = std::env::var("POSTKEEPER_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(15);
    for kill in 1..=kills {
        let (node, pid) = site.serving();
        site.wait("the watcher", || site.watched_for(&node, &pid).as_deref() == Some(ID));
        // At any moment between two monitors.
        std::thread::sleep(Duration::from_millis((kill * 619 % 4000) as u64));
        site.sh(&node, &format!("kill -9 {pid}"));
        site.wait("another master", || {
            site.0
                .sh(&node, "pid=$(cat /srv/mail/queue/pid/master.pid) && kill -0 $pid && echo $pid")
                .is_ok_and(|now| now.trim() != pid)
        });
        site.settle();
        let live = site.live();
        let count: Vec<i64> = live.counts.iter().filter(|c| c.resource == ID).map(|c| c.failures).collect();
        assert_eq!(count, [kill], "after {kill} kills\n{}", site.view());
    }
    println!("{kills} kills, counted once each");
}

impl Site {
    /// With every monitor an hour away.
    fn boot_without_monitors() -> Site {
        let site = Site::boot();
        let monitors = site.sh("n1", &format!("cibadmin -Q --xpath \"//primitive[@id='{ID}']\" | grep -o '\\bid=\"[^\"]*monitor[^\"]*interval-[0-9]*s\"' | cut -d'\"' -f2"));
        for id in monitors.split_whitespace() {
            site.sh("n1", &format!("pcs resource op remove {id}"));
        }
        site.sh("n1", &format!("pcs resource op add {ID} monitor interval=3600s timeout=20s"));
        site.sh("n1", &format!("pcs resource op add {ID} monitor interval=3700s timeout=20s OCF_CHECK_LEVEL=10"));
        site.settle();
        site
    }
}

/// Whatever fails is recovered long before a monitor is due, and counts once.
#[test]
fn what_fails_is_recovered_whatever_the_interval() {
    let site = Site::boot_without_monitors();
    let of_master = |name: &str| format!("$(pgrep -P $(cat /srv/mail/queue/pid/master.pid) -x {name})");
    let smtpd = of_master("smtpd");
    let faults = [
        ("the master is stopped", "kill -STOP $(cat /srv/mail/queue/pid/master.pid)".to_owned()),
        ("qmgr is stopped", format!("kill -STOP {}", of_master("qmgr"))),
        // The watcher has just been greeted by it.
        ("smtpd does not greet", format!("until test -n \"{smtpd}\"; do sleep 0.1; done; kill -STOP {smtpd}")),
        ("main.cf is gone", "mv /etc/postfix/main.cf /etc/postfix/main.cf.away".to_owned()),
    ];
    for (number, (what, strike)) in faults.iter().enumerate() {
        let (node, pid) = site.serving();
        site.wait("the watcher", || site.watched_for(&node, &pid).as_deref() == Some(ID));
        site.sh(&node, strike);
        let struck = Instant::now();
        // It may be on the other node.
        site.wait(&format!("another master after {what}"), || {
            ["n1", "n2"].iter().any(|n| {
                let now =
                    site.0.sh(n, "pid=$(cat /srv/mail/queue/pid/master.pid) && kill -0 $pid && echo $pid").unwrap_or_default();
                !now.is_empty() && (*n != node || now.trim() != pid)
            })
        });
        let took = struck.elapsed();
        site.settle();
        let live = site.live();
        let count: i64 = live.counts.iter().filter(|c| c.resource == ID).map(|c| c.failures).sum();
        println!("{what}: another master after {:.1} s, failures so far: {count}", took.as_secs_f64());
        // Where main.cf is gone the start fails too, which counts as infinitely often: the last one.
        assert!(count == number as i64 + 1 || number + 1 == faults.len(), "{what}: {count}\n{}", site.view());
    }
}

/// With the only monitors an hour away the cluster knows all the same.
#[test]
fn no_monitor_is_waited_for() {
    let site = Site::boot_without_monitors();
    let (node, pid) = site.serving();
    site.wait("the watcher", || site.watched_for(&node, &pid).as_deref() == Some(ID));
    site.kill();
    // Pacemaker 3 runs no monitor out of turn, and is told of the failure.
    let version = site.sh("n1", "crm_attribute --query --quiet --name dc-version");
    let task = if version.starts_with("2.") { "monitor" } else { "asyncmon" };
    site.wait("the cluster to know", || site.live().failures.iter().any(|f| f.resource == ID && f.task == task));
    site.settle();
    let interval = site.sh("n1", "cibadmin -Q -o status");
    assert!(interval.contains("mail-postfix_monitor_3600000") && !interval.contains("mail-postfix_monitor_5000"), "{interval}");
    assert_ne!(site.serving().1, pid);
}
