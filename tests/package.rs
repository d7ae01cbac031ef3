//! The packages: what they lay, what the distributions' checkers say, and the life of the .deb on a clean Debian.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lab::host::{Host, require_root, wait_for};

const AGENT: &str = "/usr/lib/ocf/resource.d/postkeeper/postfix";
/// Where the clean system is, in memory that goes with its host.
const ROOT: &str = "/tmp/clean";

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where `make` puts the packages.
fn packages() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    project().join(target).join("package")
}

/// Runs a program; what it said, and an error when it fails.
fn run(command: &mut Command) -> String {
    let done = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?}: {}\n{said}", done.status);
    said
}

fn make(arguments: &[&str]) {
    let mut command = Command::new("make");
    // As a person runs it, and not as a part of `make test`.
    command.current_dir(project()).args(arguments).env_remove("MAKEFLAGS").env_remove("MAKELEVEL").env_remove("MFLAGS");
    run(&mut command);
}

/// The package of that name; `revision` stands in the name of its file.
fn package(directory: &Path, name: &str, revision: &str, extension: &str) -> PathBuf {
    let version = env!("CARGO_PKG_VERSION");
    let is_it = |file: &str| {
        let rest = file.strip_prefix(name).and_then(|f| f.strip_prefix(['_', '-'])).and_then(|f| f.strip_prefix(version));
        rest.is_some_and(|f| f.starts_with(&format!("-{revision}"))) && file.ends_with(extension)
    };
    let found = fs::read_dir(directory).unwrap().flatten().find(|e| is_it(&e.file_name().to_string_lossy()));
    found.unwrap_or_else(|| panic!("no {name} {revision} {extension} in {}", directory.display())).path()
}

fn rpm() -> PathBuf {
    let architecture = run(Command::new("rpm").args(["--eval", "%{_arch}"]));
    package(&packages().join(architecture.trim()), "postkeeper", "1", ".rpm")
}

/// The packages of the page.
fn page() -> (PathBuf, PathBuf) {
    let deb = package(&packages(), "cockpit-postkeeper", "1", ".deb");
    (deb, package(&packages().join("noarch"), "cockpit-postkeeper", "1", ".rpm"))
}

/// Whether a file is laid by the package of the page.
fn is_of_page(file: &str) -> bool {
    file.starts_with("/usr/share/cockpit/postkeeper/") || file.starts_with("/usr/share/metainfo/")
}

/// The files below a directory, as absolute paths in it.
fn files_below(root: &Path, directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            found.extend(files_below(root, &entry.path()));
        } else {
            found.insert(format!("/{}", entry.path().strip_prefix(root).unwrap().display()));
        }
    }
    found
}

/// What a package has in a tag of rpm: names of packages, and what it needs of libraries and of rpm, which has parentheses.
fn tagged(package: &Path, query: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let said = run(Command::new("rpm").args(["-qp", query]).arg(package));
    said.lines().map(|line| line.trim().to_owned()).partition(|line| !line.contains('('))
}

/// What belongs to one format alone, and the directory in which distributions differ.
fn common(files: BTreeSet<String>) -> BTreeSet<String> {
    let own = |f: &String| f.ends_with("/changelog.Debian.gz") || f.starts_with("/usr/share/lintian/");
    files.into_iter().filter(|f| !own(f)).map(|f| f.replace("/site-functions/", "/vendor-completions/")).collect()
}

/// The release of Debian that this is: that of the root (packaging/in-suite), where there is one, since unstable calls itself by the
/// name of the release to come.
fn suite() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap();
    let codename = release.lines().find_map(|l| l.strip_prefix("VERSION_CODENAME=")).expect("a release of Debian");
    let root = fs::read_to_string("/etc/debian_chroot");
    root.as_deref().map_or(codename, str::trim).to_owned()
}

/// A clean Debian with the shell `sh` in it, on a host of its own.
struct Clean(Host);

impl Clean {
    /// Debian's smallest system, from the archive that this machine uses.
    fn new() -> Clean {
        let clean = Clean(Host::boot("clean").unwrap());
        let suite = suite();
        // With what its tests need beside the package, and the lists of the archive, so that apt need not fetch them again.
        let more = "--include=postfix,resource-agents,libxml2-utils,procps,man-db";
        let lists = "--aptopt=Acquire::Check-Valid-Until \"false\"";
        let options = ["--quiet", "--mode=root", "--variant=minbase", "--skip=cleanup/apt/lists", lists, more];
        run(Clean::enter(&clean.0, true).arg("mmdebstrap").args(options).args([&suite, ROOT]));
        let setup = format!(
            "cd {ROOT} && mount -t proc proc proc && mount --rbind /dev dev && cp /etc/resolv.conf etc/ &&
             printf '#!/bin/sh\\nexit 101\\n' > usr/sbin/policy-rc.d && chmod 755 usr/sbin/policy-rc.d"
        );
        clean.0.sh(&setup).unwrap();
        clean
    }

    /// A command on the host; with the machine's network, to reach the archive, or with its own.
    fn enter(host: &Host, archive: bool) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &host.init_pid().to_string(), "-m", "-p", "-u", "-i"]);
        if !archive {
            command.arg("-n");
        }
        command.arg("--");
        command
    }

    fn shell(&self, script: &str, archive: bool) -> String {
        let mut command = Clean::enter(&self.0, archive);
        command.args(["chroot", ROOT, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root"]);
        run(command.args(["DEBIAN_FRONTEND=noninteractive", "sh", "-ec", script]))
    }

    /// Runs a script in the clean system, with no network but its own.
    fn sh(&self, script: &str) -> String {
        self.shell(script, false)
    }

    fn apt(&self, arguments: &str) -> String {
        self.shell(&format!("apt-get -q -y -o Dpkg::Use-Pty=0 {arguments}"), true)
    }

    fn root(&self) -> PathBuf {
        self.0.root().join(ROOT.trim_start_matches('/'))
    }

    /// Every path but those that apt, dpkg and running daemons keep for themselves.
    fn files(&self) -> BTreeSet<String> {
        let theirs = ["/proc/", "/dev/", "/run/", "/tmp/", "/var/log/", "/var/cache/", "/var/lib/dpkg/", "/var/lib/apt/"];
        let mail = ["/var/lib/postfix/", "/var/spool/postfix/", "/var/lib/resource-agents/"];
        let counts = |f: &String| !theirs.iter().chain(&mail).any(|d| f.starts_with(d));
        files_below(&self.root(), &self.root()).into_iter().filter(counts).collect()
    }

    /// Runs the agent as the cluster would; what it answers.
    fn agent(&self, action: &str, more: &str) -> String {
        let environment = "OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=mail OCF_RESKEY_CRM_meta_timeout=30000";
        self.sh(&format!("{environment} {more} {AGENT} {action} 2>&1 && rc=0 || rc=$?; echo \"rc $rc\"")).trim().to_owned()
    }
}

#[test]
fn the_packages_live_and_die_as_they_should() {
    require_root();
    make(&["deb", "REVISION=0", "COCKPIT=no"]);
    make(&["deb", "rpm"]);
    let (old, new) = (package(&packages(), "postkeeper", "0", ".deb"), package(&packages(), "postkeeper", "1", ".deb"));
    let (page_deb, page_rpm) = page();

    println!("make install, the packages of Debian and those of RPM lay the same files");
    let staged = tempfile::tempdir().unwrap();
    make(&["install", &format!("DESTDIR={}", staged.path().display())]);
    let all = files_below(staged.path(), staged.path());
    let (paged, installed): (BTreeSet<String>, BTreeSet<String>) = all.into_iter().partition(|f| is_of_page(f));
    assert!(installed.contains(AGENT) && installed.contains("/usr/sbin/postkeeper"), "{installed:#?}");
    assert!(paged.contains("/usr/share/cockpit/postkeeper/manifest.json"), "{paged:#?}");
    // Where there is no npm; what a file of make's own must not need.
    let without_npm = tempfile::tempdir().unwrap();
    make(&["install", "COCKPIT=no", "cockpit/node_modules=/nonexistent", &format!("DESTDIR={}", without_npm.path().display())]);
    assert_eq!(files_below(without_npm.path(), without_npm.path()), installed);
    let of = |said: String, column: usize| -> BTreeSet<String> {
        let path = |l: &str| l.split_whitespace().nth(column).map(|p| p.trim_start_matches('.').to_owned());
        said.lines().filter(|l| !l.starts_with('d')).filter_map(path).collect()
    };
    let in_deb = of(run(Command::new("dpkg-deb").arg("--contents").arg(&new)), 5);
    let in_rpm = of(run(Command::new("rpm").args(["-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES}\\n]"]).arg(rpm())), 1);
    assert_eq!(common(in_deb), common(installed.clone()));
    assert_eq!(common(in_rpm), common(installed.clone()));
    let in_deb = of(run(Command::new("dpkg-deb").arg("--contents").arg(&page_deb)), 5);
    let in_rpm = of(run(Command::new("rpm").args(["-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES}\\n]"]).arg(&page_rpm)), 1);
    let documents = |f: &String| !f.starts_with("/usr/share/doc/");
    assert_eq!(common(in_deb).into_iter().filter(documents).collect::<BTreeSet<_>>(), paged);
    assert_eq!(in_rpm, paged);

    println!("none has a script, and the checkers have nothing to say");
    for package in [&new, &page_deb] {
        let control = run(Command::new("dpkg-deb").args(["--ctrl-tarfile"]).arg(package).stdout(Stdio::piped()));
        for script in ["preinst", "postinst", "prerm", "postrm", "triggers"] {
            assert!(!control.contains(&format!("./{script}")), "{} has a {script}", package.display());
        }
    }
    let scripts = ["-qp", "--scripts", "--triggers", "--filetriggers"];
    assert_eq!(run(Command::new("rpm").args(scripts).args([rpm(), page_rpm.clone()])), "");
    // It leaves files behind.
    let scratch = tempfile::tempdir().unwrap();
    let mut lintian = Command::new("lintian");
    lintian.env("TMPDIR", scratch.path()).args(["--fail-on", "error,warning", "--allow-root"]).args([&new, &page_deb]);
    assert_eq!(run(&mut lintian), "");
    let mut rpmlint = Command::new("rpmlint");
    rpmlint.current_dir(project()).args(["--config", "packaging/rpmlint.toml"]).args([rpm(), page_rpm.clone()]);
    let said = run(&mut rpmlint);
    assert!(said.contains("0 errors, 0 warnings"), "{said}");
    let needs = run(Command::new("dpkg-deb").args(["--field"]).arg(&new).arg("Depends"));
    assert!(needs.contains(", pacemaker | pacemaker-remote, ") && !needs.contains("postfix"), "{needs}");
    let needs = run(Command::new("dpkg-deb").args(["--field"]).arg(&page_deb).arg("Depends"));
    assert!(needs.starts_with("postkeeper (>= ") && needs.trim().ends_with("), cockpit-bridge"), "{needs}");

    println!("rpm installs it, finds it as it was made, and removes all of it");
    let system = tempfile::tempdir().unwrap();
    // What it requires is named; here there is nothing of rpm's that could provide it.
    // Debian's rpm installs only when it is told that this is meant, until that of Debian 13, which does not know the option.
    let force = "--force-debian";
    let is_known = Command::new("rpm").args([force, "--version"]).output().unwrap().status.success();
    let on_it = |arguments: &[&str]| {
        run(Command::new("rpm").args(is_known.then_some(force)).arg("--root").arg(system.path()).args(arguments))
    };
    on_it(&["--install", "--nodeps", "--replacepkgs", rpm().to_str().unwrap()]);
    assert_eq!(on_it(&["--verify", "--nodeps", "postkeeper"]), "");
    let packaged = |files: BTreeSet<String>| files.into_iter().filter(|f| f.contains("postkeeper")).collect::<BTreeSet<_>>();
    assert_eq!(common(packaged(files_below(system.path(), system.path()))), common(packaged(installed.clone())));
    on_it(&["--erase", "postkeeper"]);
    assert_eq!(packaged(files_below(system.path(), system.path())), BTreeSet::new());
    // The names are the same on RHEL and SUSE: pacemaker, pacemaker-cli (crm_mon, cibadmin) and resource-agents come from RHEL's High
    // Availability Add-On and from SUSE Linux Enterprise High Availability; postfix and cockpit-bridge from the distributions.
    let named = |package: &Path| {
        ["--requires", "--recommends", "--suggests"]
            .map(|query| tagged(package, query).0.into_iter().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(named(&rpm()), ["pacemaker-cli", "postfix", "resource-agents"]);
    assert!(tagged(&rpm(), "--requires").1.contains("(pacemaker or pacemaker-remote)"));
    assert_eq!(named(&page_rpm), [concat!("cockpit-bridge postkeeper >= ", env!("CARGO_PKG_VERSION")), "", ""]);
    let symbol = |need: &String| need.split_once("(GLIBC_2.")?.1.split([')', '.']).next()?.parse::<u32>().ok();
    let newest = tagged(&rpm(), "--requires").1.iter().filter_map(symbol).max().expect("a version of glibc");
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let words = format!("package built on Debian 12 needs 2.{newest} to run");
    assert!(suite() != "bookworm" || readme.contains(&words), "README.md does not say: {words}");

    println!("apt installs it on a clean system");
    let clean = Clean::new();
    for (package, name) in [(&old, "old.deb"), (&new, "new.deb"), (&page_deb, "page.deb")] {
        fs::copy(package, clean.root().join("tmp").join(name)).unwrap();
    }
    assert!(!clean.root().join("usr/sbin/pacemakerd").exists());
    // On a remote node too, where the two cannot both be.
    let planned = clean.apt("install --simulate --no-install-recommends /tmp/new.deb pacemaker-remote");
    assert!(planned.contains("Inst postkeeper ") && !planned.contains("Inst pacemaker "), "{planned}");
    // With what the page for Cockpit will want.
    clean.apt("install --no-install-recommends /tmp/old.deb cockpit-bridge");
    clean.sh("test -x /usr/sbin/pacemakerd && test -x /usr/sbin/crm_resource");
    let laid: BTreeSet<String> = clean.sh("dpkg-query -L postkeeper").lines().map(str::to_owned).collect();
    let with_package = clean.files();
    let laid: BTreeSet<String> = laid.intersection(&with_package).cloned().collect();
    let without: BTreeSet<String> = with_package.difference(&laid).cloned().collect();
    // Debian's smallest system leaves documents out by no rule of ours: all of it is there.
    assert_eq!(common(laid), common(installed));

    println!("its agent passes ocf-tester and the cases it brings");
    clean.sh("postconf -e inet_interfaces=loopback-only myhostname=test.example && postfix check");
    let said = clean.sh(&format!("ocf-tester -n mail {AGENT} 2>&1 || true"));
    assert!(said.contains("passed all tests"), "{said}");
    let cases = clean.sh("grep -c '^CASE ' /usr/share/resource-agents/ocft/configs/postkeeper").trim().parse::<usize>().unwrap();
    let said = clean.sh("ocft make postkeeper && ocft test postkeeper 2>&1 || true");
    // Each line of a case that names a code is judged; a case ends at its first wrong one.
    assert_eq!((said.matches("postkeeper: ").count(), said.matches("FAILED").count()), (cases, 0), "{said}");
    assert!(said.matches("OK\u{1b}[0m.").count() > 3 * cases, "{said}");
    for page in ["ocf_postkeeper_postfix", "postkeeper"] {
        assert!(clean.sh(&format!("man {page}")).contains("postfix"), "{page}");
    }
    assert!(clean.sh("postkeeper --version").contains(env!("CARGO_PKG_VERSION")));

    println!("an upgrade restarts nothing, and a removal stops nothing and leaves nothing");
    assert_eq!(clean.agent("start", ""), "rc 0");
    let master = || clean.sh("cat /var/spool/postfix/pid/master.pid").trim().to_owned();
    let started = master();
    clean.apt("install /tmp/new.deb");
    assert!(clean.sh("dpkg-query -W postkeeper").trim().ends_with("-1"));
    assert_eq!(clean.agent("monitor", "OCF_RESKEY_CRM_meta_interval=10000 OCF_CHECK_LEVEL=10"), "rc 0");
    assert_eq!(master(), started);
    println!("the page is there for Cockpit as soon as it is installed, and goes with the tool that it needs");
    clean.apt("install --no-install-recommends /tmp/page.deb");
    let laid: BTreeSet<String> = clean.sh("dpkg-query -L cockpit-postkeeper").lines().map(str::to_owned).collect();
    assert_eq!(paged.difference(&laid).collect::<Vec<_>>(), Vec::<&String>::new());
    let known = clean.sh("cockpit-bridge --packages");
    assert!(known.contains("/usr/share/cockpit/postkeeper"), "{known}");
    clean.apt("purge postkeeper");
    assert!(!clean.sh("cockpit-bridge --packages").contains("postkeeper"));
    clean.sh(&format!("kill -0 {started}"));
    let left: Vec<String> = clean.files().difference(&without).cloned().collect();
    assert_eq!(left, Vec::<String>::new());
    clean.sh(&format!("kill {started}"));
    let gone = || clean.0.sh(&format!("! kill -0 {started}")).is_ok();
    wait_for("Postfix to end", std::time::Duration::from_secs(10), gone).unwrap();
}
