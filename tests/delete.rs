//! delete on real clusters: what ran runs on, whatever the cluster goes through afterwards, and nothing of it is left.

use std::net::SocketAddr;

use lab::cluster::{Cluster, VIP};
use lab::host::Host;
use lab::mail::Load;
use lab::setup;

const ID: &str = "mx";

struct Site(Cluster);

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::install_tool(host)?;
    setup::prepare(host)
}

impl Site {
    /// A hierarchy in service on n1, extended to every node.
    fn boot(nodes: usize) -> Site {
        let site = Site(Cluster::boot(nodes, &prepare).unwrap());
        setup::make_dependencies(&site.0, "n1").unwrap();
        site.sh("n1", &format!("postkeeper create --yes --tag {ID}"));
        for node in &site.0.names()[1..] {
            site.sh("n1", &format!("postkeeper extend {ID} --to {node} --yes"));
        }
        site.0.wait_settled().unwrap();
        site
    }

    fn sh(&self, node: &str, script: &str) -> String {
        self.0.sh(node, script).unwrap_or_else(|e| panic!("{e:#}\n{}", self.0.view()))
    }

    fn wait(&self, what: &str, holds: impl FnMut() -> bool) {
        self.0.wait(what, holds).unwrap();
    }

    /// The pid of the master, which runs, and how long it has.
    fn master(&self, node: &str) -> String {
        self.sh(node, "pid=$(cat /srv/mail/queue/pid/master.pid) && kill -0 $pid && cut -d' ' -f1,22 /proc/$(echo $pid)/stat")
    }

    /// That the cluster has settled, and mail flows that was sent since.
    fn serves(&self, client: &Load, master: &str, when: &str) {
        self.0.wait_settled().unwrap();
        assert_eq!(self.master("n1"), master, "{when}\n{}", self.0.view());
        self.0.wait_mail(client, when).unwrap();
    }

    /// The node in charge.
    fn dc(&self) -> String {
        self.sh(self.0.any().unwrap(), "timeout 5 crmadmin -D -q 2>/dev/null | tail -1").trim().to_owned()
    }

    /// That no process, file or attribute of the deleted resource is left, and no node knows of it.
    fn is_clean(&self) {
        for node in self.0.names().iter().filter(|n| self.0.is_on(n)) {
            let files = self.sh(node, "ls /run/resource-agents | grep postkeeper || true");
            assert_eq!(files, "", "files on {node}");
            let watchers = self.sh(node, "grep -lz -e '^--watch$' /proc/[0-9]*/cmdline 2>/dev/null | grep -v self || true");
            assert_eq!(watchers, "", "a watcher on {node}");
        }
        let cib = self.sh(self.0.any().unwrap(), "cibadmin -Q");
        let left: Vec<&str> = cib.lines().filter(|l| l.contains(&format!("\"{ID}")) || l.contains("postkeeper-")).collect();
        assert!(left.is_empty(), "{left:#?}");
    }

    fn leave(&self, node: &str) {
        // As systemd does it: Pacemaker first, and corosync when it is gone.
        self.sh(node, "kill $(pgrep -x pacemakerd); while pgrep -x pacemakerd >/dev/null; do sleep 0.1; done; kill $(pgrep -x corosync); while pgrep -x corosync >/dev/null; do sleep 0.1; done");
    }

    fn join(&self, node: &str) {
        self.sh(node, "setsid corosync -f >/dev/null 2>&1 </dev/null &");
        self.wait("corosync", || self.0.sh(node, "corosync-cfgtool -s >/dev/null 2>&1").is_ok());
        self.sh(node, "setsid pacemakerd -f >/dev/null 2>&1 </dev/null &");
        self.0.wait_online(node).unwrap();
    }
}

#[test]
fn what_ran_runs_on_whatever_the_cluster_goes_through() {
    let site = Site::boot(3);
    let client = Load::start(&site.0.client, SocketAddr::new(VIP.parse().unwrap(), 25), 1).unwrap();
    let master = site.master("n1");
    site.serves(&client, &master, "before");
    // What a move has left that nobody waited for goes with it.
    site.sh(
        "n1",
        &format!(
            "cibadmin --create --scope constraints --xml-text \"<rsc_location id='{ID}-moves-{ID}' rsc='{ID}'>\
             <rule id='r' score='-INFINITY' boolean-op='and'><expression id='e' attribute='#uname' operation='ne' value='n1'/>\
             <date_expression id='d' operation='lt' end='2020-01-01'/></rule></rsc_location>\""
        ),
    );
    let said = site.sh("n2", &format!("postkeeper delete {ID} --yes"));
    assert!(said.contains("mx is deleted; Postfix keeps running, unprotected, on n1"), "{said}");
    site.is_clean();
    site.serves(&client, &master, "after the deletion");

    site.0.power_off("n2").unwrap();
    site.0.wait_known_off("n2").unwrap();
    site.0.switch_on("n2", &prepare).unwrap();
    site.0.wait_online("n2").unwrap();
    site.serves(&client, &master, "after another node lost its power and came back");

    for node in ["n2", "n3"] {
        site.leave(node);
        site.join(node);
        site.serves(&client, &master, "after another node left and joined");
    }
    // Alone it is not to give up what it has.
    site.sh("n1", "pcs property set no-quorum-policy=ignore");
    for node in ["n2", "n3"] {
        site.leave(node);
    }
    assert_eq!(site.master("n1"), master);
    for node in ["n2", "n3"] {
        site.join(node);
    }
    site.serves(&client, &master, "after all others left and joined");

    // The one in charge ends, until every node has been in charge; the controller of its own node among them. Without this the
    // node would be fenced, and while it is away its address and file system taken elsewhere.
    site.sh("n1", "pcs property set stonith-enabled=false maintenance-mode=true");
    site.0.wait_settled().unwrap();
    for _ in 0..4 {
        let dc = site.dc();
        let old = site.sh(&dc, "pgrep -x pacemaker-contr");
        site.sh(&dc, &format!("kill -9 {}", old.trim()));
        site.wait("another in charge", || {
            site.0.sh("n1", "timeout 5 crmadmin -D -q 2>/dev/null").is_ok_and(|s| !s.trim().is_empty())
        });
        site.wait("its controller", || site.0.sh(&dc, "pgrep -x pacemaker-contr").is_ok_and(|new| new != old));
        site.0.wait_online(&dc).unwrap();
    }
    let old = site.sh("n1", "pgrep -x pacemaker-contr");
    site.sh("n1", &format!("kill -9 {}", old.trim()));
    site.wait("its controller", || site.0.sh("n1", "pgrep -x pacemaker-contr").is_ok_and(|new| new != old));
    site.0.wait_online("n1").unwrap();
    site.0.wait_settled().unwrap();
    // What its controller knew of the file system and the address the cluster may have lost with it: it looks again.
    site.sh("n1", "crm_resource --refresh -r mail");
    let is_known = |resource: &str| site.0.active(resource).as_deref() == Some("n1");
    site.wait("what runs there to be known", || is_known("mail-fs") && is_known("mail-ip"));
    site.0.wait_settled().unwrap();
    site.sh("n1", "pcs property set stonith-enabled=true maintenance-mode=false");
    site.serves(&client, &master, "after controllers ended, that of its own node too");
    site.is_clean();
}

/// What the deleted resource kept where it was, and nothing else does.
#[test]
fn what_postfix_needs_stays_with_it_when_another_server_comes_back() {
    let site = Site::boot(2);
    site.sh("n1", "pcs resource defaults update resource-stickiness= && crm_resource --wait");
    let client = Load::start(&site.0.client, SocketAddr::new(VIP.parse().unwrap(), 25), 1).unwrap();
    let master = site.master("n1");
    let said = site.sh("n1", &format!("postkeeper delete {ID} --yes"));
    assert!(said.contains("mail-fs has no resource-stickiness") && said.contains("mail-ip has no"), "{said}");
    site.serves(&client, &master, "after the deletion");
    // The fence device is on n1 afterwards, and n2 the emptier server.
    site.0.power_off("n2").unwrap();
    site.0.wait_known_off("n2").unwrap();
    site.0.wait_settled().unwrap();
    site.0.switch_on("n2", &prepare).unwrap();
    site.0.wait_online("n2").unwrap();
    site.serves(&client, &master, "after the emptier server came back");
}

#[test]
fn one_that_was_cut_short_harms_nothing_and_is_finished_by_the_next() {
    let site = Site::boot(2);
    let master = site.master("n1");
    let is_there = || site.sh("n1", "cibadmin -Q").contains(&format!("primitive id=\"{ID}\""));
    // What the CIB shows when each of the steps has begun, and when every server has forgotten it.
    for step in [
        "grep -q 'name=\"maintenance\"'",
        "grep -q 'name=\"retired\"'",
        "grep -q 'id=\"mx-unseen\"'",
        "awk '/mx-unseen/ { u = 1 } /lrm_resource id=\"mx\"/ { l = 1 } END { exit !(u && !l) }'",
    ] {
        if !is_there() {
            site.sh("n1", &format!("postkeeper create --yes --tag {ID}"));
        }
        // It stands still while one looks, so that on no machine it is past the step before that is seen.
        let cut = format!(
            "postkeeper delete {ID} --yes >/dev/null 2>&1 & tool=$!
             while kill -STOP $tool || exit 9; ! cibadmin -Q | {step}; do kill -CONT $tool; sleep 0.02; done; kill -9 $tool"
        );
        site.sh("n1", &cut);
        site.0.wait_settled().unwrap();
        assert!(is_there(), "nothing was cut short at {step}");
        assert_eq!(site.master("n1"), master, "cut short at {step}\n{}", site.0.view());
        site.leave("n2");
        site.join("n2");
        site.0.wait_settled().unwrap();
        assert_eq!(site.master("n1"), master, "cut short at {step}, then a node joined\n{}", site.0.view());
        site.sh("n2", &format!("postkeeper delete {ID} --yes"));
        site.0.wait_settled().unwrap();
        // Nodes may count changes of the status differently since one of them has joined. A patch that names such a count is
        // refused by those that count otherwise, and by them alone.
        let configuration = |node: &str| site.sh(node, "cibadmin --local --query --scope configuration");
        assert_eq!(configuration("n1"), configuration("n2"), "finished after {step}");
        assert_eq!(site.master("n1"), master, "finished after {step}");
        site.wait("the servers to forget it", || !site.sh("n1", "cibadmin -Q -o status").contains("postkeeper-"));
        site.is_clean();
    }
}

#[test]
fn a_server_that_was_cut_off_meanwhile_brings_nothing_back() {
    let site = Site::boot(3);
    let client = Load::start(&site.0.client, SocketAddr::new(VIP.parse().unwrap(), 25), 1).unwrap();
    let master = site.master("n1");
    // It keeps its memory: nobody fences it.
    site.sh("n1", "pcs property set stonith-enabled=false");
    site.sh("n3", "ip link set eth0 down");
    site.wait("it to be missed", || {
        site.sh("n1", "crm_mon -1 --output-as=xml").contains("name=\"n3\" id=\"3\" online=\"false\"")
    });
    site.sh("n1", &format!("postkeeper delete {ID} --yes"));
    site.serves(&client, &master, "after the deletion");
    site.sh("n3", "ip link set eth0 up");
    site.0.wait_online("n3").unwrap();
    site.serves(&client, &master, "after the server was back");
    let status = site.sh("n1", "cibadmin -Q -o status");
    assert!(!status.contains(&format!("lrm_resource id=\"{ID}\"")), "{status}");
}
