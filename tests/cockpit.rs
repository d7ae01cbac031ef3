//! The Cockpit page in a real browser, served by a real cockpit-ws on a node of a real cluster.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;
use lab::cluster::{Cluster, VIP};
use lab::host::Host;
use lab::mail::Load;
use lab::setup;

/// An agent whose monitor fails while /run/hostile is there, with a reason that is nobody's friend.
const HOSTILE: &str = r#"#!/bin/sh
case $1 in
meta-data)
	echo '<?xml version="1.0"?><resource-agent name="hostile"><version>1.1</version><longdesc lang="en"/><shortdesc lang="en"/>'
	echo '<parameters/><actions><action name="start" timeout="9s"/><action name="stop" timeout="9s"/>'
	echo '<action name="monitor" timeout="9s" interval="1s"/><action name="meta-data" timeout="9s"/></actions></resource-agent>'
	;;
start) touch /run/hostile-runs ;;
stop) rm -f /run/hostile-runs ;;
monitor)
	[ -e /run/hostile-runs ] || exit 7
	[ -e /run/hostile ] || exit 0
	printf 'ocf-exit-reason:<img src=x onerror="alert(1)">\342\200\256%s\n' "$(head -c 65536 /dev/zero | tr '\0' x)" >&2
	exit 1
	;;
esac
"#;

/// What lcdstatus -q printed on a server of LifeKeeper.
const DISPLAY: &str = "\
Resource Hierarchy Information

LOCAL    TAG                        ID             STATE  PRIO  PRIMARY
svr1     postfix-on-/srv/mail/queue mailqueue      ISP       1  svr1
svr1      ip-10.77.0.50             10.77.0.50     ISP       1  svr1
svr1      /srv/mail                 /srv/mail      ISP       1  svr1

Communication Status Information

MACHINE  NETWORK ADDRESSES/DEVICE       STATE  PRIO
svr2     TCP     10.0.0.1/10.0.0.2       ALIVE     1
";

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `make cockpit` builds the page.
fn built() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let built = project().join(target).join("cockpit");
    assert!(built.join("index.js").is_file(), "{} is not there: run `make cockpit` first", built.display());
    built
}

/// Where the page is on a node.
const PAGE: &str = "/usr/share/cockpit/postkeeper";

/// Where the test of the page and what it needs are on a node: that has no view of a checkout below /tmp.
const BENCH: &str = "/opt/page";
const PACKAGES: &[&str] =
    &["ajv", "axe-core", "fast-deep-equal", "fast-uri", "json-schema-traverse", "playwright-core", "require-from-string"];

/// Copies a file or directory of the machine into a host.
fn lay(host: &Host, from: &Path, at: &str) -> anyhow::Result<()> {
    host.sh(&format!("mkdir -p $(dirname {at}) && rm -rf {at}"))?;
    let done = Command::new("cp").arg("-r").args([from, &host.root().join(at.trim_start_matches('/'))]).output()?;
    ensure!(done.status.success(), "{} to {at}: {}", from.display(), String::from_utf8_lossy(&done.stderr));
    Ok(())
}

fn lay_bench(host: &Host) -> anyhow::Result<()> {
    let cockpit = project().join("cockpit");
    lay(host, &cockpit.join("test"), &format!("{BENCH}/cockpit/test"))?;
    for name in PACKAGES {
        lay(host, &cockpit.join("node_modules").join(name), &format!("{BENCH}/cockpit/node_modules/{name}"))?;
    }
    lay(host, &project().join("docs/interface.schema.json"), &format!("{BENCH}/docs/interface.schema.json"))
}

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::install_tool(host)?;
    setup::prepare(host)?;
    let write = |path: &str, text: &str| std::fs::write(host.root().join(path), text);
    host.sh("mkdir -p /usr/lib/ocf/resource.d/lab && useradd --user-group --groups haclient reader")?;
    write("usr/lib/ocf/resource.d/lab/hostile", HOSTILE)?;
    write("tmp/lcdstatus.txt", DISPLAY)?;
    host.sh("chmod 755 /usr/lib/ocf/resource.d/lab/hostile && getent group nobody >/dev/null || groupadd nobody")?;
    lay(host, &built(), PAGE)
}

fn node(words: &[&str]) -> String {
    let done = Command::new("node").args(words).current_dir(project().join("cockpit")).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{words:?}: {said}");
    said
}

#[test]
fn the_strings_of_the_page_are_translated_and_its_types_hold() {
    node(&["test/strings.mjs"]);
    node(&["node_modules/typescript/bin/tsc"]);
}

#[test]
fn the_same_sources_make_the_same_page() {
    let again = tempfile::tempdir().unwrap();
    node(&["build.mjs", again.path().to_str().unwrap()]);
    let files = |directory: &Path| {
        let entries = std::fs::read_dir(directory).unwrap().flatten();
        entries.map(|e| (e.file_name(), std::fs::read(e.path()).unwrap())).collect::<std::collections::BTreeMap<_, _>>()
    };
    let (first, second) = (files(&built()), files(again.path()));
    assert!(first.keys().eq(second.keys()), "{:?} and {:?}", first.keys(), second.keys());
    let other: Vec<_> = first.iter().filter(|(name, bytes)| second[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(other.is_empty(), "built twice, these differ: {other:?}");
}

#[test]
fn dialogs_ask_for_what_was_chosen_and_show_all_of_the_answer() {
    let host = Host::boot("page").unwrap();
    lay_bench(&host).unwrap();
    lay(&host, &built(), PAGE).unwrap();
    println!("{}", host.sh(&format!("cd {BENCH}/cockpit && exec node test/dialogs.mjs {PAGE} 2>&1")).unwrap());
}

#[test]
fn an_administrator_does_everything_in_the_browser() {
    let cluster = Cluster::boot(2, &prepare).unwrap();
    setup::allow_ssh(&cluster).unwrap();
    setup::make_dependencies(&cluster, "n2").unwrap();

    let load = Load::start(&cluster.client, format!("{VIP}:25").parse().unwrap(), 1).unwrap();
    cluster.with("n1", lay_bench).unwrap();
    let outcome = cluster.sh("n1", &format!("cd {BENCH}/cockpit && exec node test/browser.mjs /tmp/pictures 2>&1"));
    let pictures = built().with_file_name("pictures");
    let copied = cluster.with("n1", |host| {
        let _ = std::fs::remove_dir_all(&pictures);
        std::fs::create_dir_all(&pictures)?;
        for picture in std::fs::read_dir(host.root().join("tmp/pictures"))?.flatten() {
            std::fs::copy(picture.path(), pictures.join(picture.file_name()))?;
        }
        Ok(host.root().join("srv/mail/box/tester"))
    });
    println!("{}", outcome.unwrap_or_else(|error| panic!("{error:#}\n{}", cluster.view())));
    let ledger = load.settle(&copied.unwrap(), Duration::from_secs(60)).unwrap();
    println!("{ledger:?}");
    assert!(ledger.lost.is_empty() && ledger.acknowledged > 100, "{ledger:?}\n{}", cluster.view());
}
