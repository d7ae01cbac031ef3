//! The Cockpit page in a real browser, served by a real cockpit-ws on a node of a real cluster.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use lab::cluster::Cluster;
use lab::host::{Host, require_root, wait_for};
use lab::setup;

const PORT: u16 = 9090;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `make cockpit` builds the page.
fn built() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    project().join(target).join("cockpit")
}

fn prepare(host: &Host) -> anyhow::Result<()> {
    setup::install_tool(host)?;
    setup::prepare(host)?;
    host.sh(&format!("rm -rf /usr/share/cockpit/postkeeper && cp -r {} /usr/share/cockpit/postkeeper", built().display()))
        .map(drop)
}

#[test]
fn the_strings_of_the_page_are_translated_and_its_types_hold() {
    for words in [["node", "test/strings.mjs", ""], ["node", "node_modules/typescript/bin/tsc", ""]] {
        let words: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
        let done = Command::new(words[0]).args(&words[1..]).current_dir(project().join("cockpit")).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{words:?}: {said}");
    }
}

#[test]
fn an_administrator_does_everything_in_the_browser() {
    require_root();
    assert!(built().join("index.js").is_file(), "{} is not there: run `make cockpit` first", built().display());
    let cluster = Cluster::boot(2, &prepare).unwrap();
    setup::make_shared_queue(&cluster).unwrap();
    let resources = setup::PCS.split_at(setup::PCS.find("pcs resource create mail-postfix").unwrap()).0;
    cluster.sh("n1", &format!("set -e\n{resources}")).unwrap();
    cluster.wait_settled().unwrap();
    cluster.sh("n1", "crm_resource --move -r mail -N n1 && crm_resource --wait && crm_resource --clear -r mail").unwrap();
    cluster.wait_settled().unwrap();

    let mut server = cluster
        .with("n1", |host| {
            let mut command = host.command("/usr/lib/cockpit/cockpit-ws");
            command.args(["--no-tls", "--address", "127.0.0.1", "--port", &PORT.to_string()]);
            command.args(["--local-session", "cockpit-bridge"]).env("HOME", "/root").env("XDG_RUNTIME_DIR", "/run");
            Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
        })
        .unwrap();
    let answers = || cluster.sh("n1", &format!("curl -sf http://127.0.0.1:{PORT}/ping >/dev/null")).is_ok();
    wait_for("cockpit-ws", Duration::from_secs(60), answers).unwrap();
    let pictures = built().with_file_name("pictures");
    let script = format!("cd {}/cockpit && exec node test/browser.mjs {PORT} /tmp/pictures 2>&1", project().display());
    let outcome = cluster.sh("n1", &script);
    let copied = cluster.with("n1", |host| {
        let _ = std::fs::remove_dir_all(&pictures);
        std::fs::create_dir_all(&pictures)?;
        for picture in std::fs::read_dir(host.root().join("tmp/pictures"))?.flatten() {
            std::fs::copy(picture.path(), pictures.join(picture.file_name()))?;
        }
        Ok(())
    });
    let _ = server.kill();
    let _ = server.wait();
    let view = || cluster.sh("n1", "crm_mon -1rfA").unwrap_or_default();
    println!("{}", outcome.unwrap_or_else(|error| panic!("{error:#}\n{}", view())));
    copied.unwrap();
}
