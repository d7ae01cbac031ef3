//! The manual pages and the completions that are checked in are what the code says, and read well.
//!
//! `UPDATE_MANUAL=1 cargo test --test manual` writes them anew: ocf_postkeeper_postfix(7) from the tables of the agent and
//! docs/messages.md, postkeeper(8) and a page for each verb from the command line, as the completions are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use clap_complete::Shell;
use lab::setup;
use postkeeper::admin;
use postkeeper::ocf::action::{Action, OPERATIONS};
use postkeeper::ocf::parameters::{self, AGENT, PARAMETERS};
use postkeeper::postfix::fault::Message;
use postkeeper::text::{self, Language};
use roff::{Inline, Roff, bold, italic, roman};

/// The day of the pages; docs/releasing.md says when it changes.
const DATE: &str = "2026-11-26";
const SOURCE: &str = concat!("postkeeper ", env!("CARGO_PKG_VERSION"));
const MANUAL: &str = "docs/man";
const COMPLETIONS: &str = "packaging/completions";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that is generated, by its path in the repository.
fn generated() -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([(format!("{MANUAL}/man7/ocf_postkeeper_postfix.7"), agent_page())]);
    files.insert(format!("{MANUAL}/ja/man7/ocf_postkeeper_postfix.7"), japanese_agent_page());
    files.insert(format!("{MANUAL}/ja/man8/postkeeper.8"), japanese_tool_page());
    for (name, page) in tool_pages() {
        files.insert(format!("{MANUAL}/man8/{name}.8"), page);
    }
    for (shell, name) in [(Shell::Bash, "postkeeper.bash"), (Shell::Zsh, "_postkeeper"), (Shell::Fish, "postkeeper.fish")] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command_in(Language::English), "postkeeper", &mut text);
        files.insert(format!("{COMPLETIONS}/{name}"), String::from_utf8(text).unwrap());
    }
    files
}

/// The command line in a language, which is one for the whole program at a time.
fn command_in(language: Language) -> clap::Command {
    static SPEAKING: Mutex<()> = Mutex::new(());
    let _guard = SPEAKING.lock().unwrap();
    text::speak(language);
    let command = admin::command();
    text::speak(Language::English);
    command
}

/// postkeeper(8) and the pages of its verbs, by their names.
fn tool_pages() -> Vec<(String, String)> {
    let mut tool = command_in(Language::English).disable_help_subcommand(true);
    tool.build();
    with_verbs(&tool).into_iter().map(tool_page).collect()
}

/// A command, its verbs and their own verbs.
fn with_verbs(command: &clap::Command) -> Vec<clap::Command> {
    std::iter::once(command.clone()).chain(command.get_subcommands().flat_map(with_verbs)).collect()
}

fn tool_page(command: clap::Command) -> (String, String) {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let more = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string).unwrap_or_default();
    let words = command.get_bin_name().unwrap_or(&name);
    let examples = examples(words);
    let synopsis = synopsis(words, &command);
    let description = description(&command);
    // A section with a name of its own is easier to find than clap's EXTRA.
    let command = command.long_about(description).after_long_help(None).after_help(None);
    let man = clap_mangen::Man::new(command).title(&name).section("8").date(DATE).source(SOURCE).manual("postkeeper");
    let mut text = Vec::new();
    man.render(&mut text).unwrap();
    let mut page = String::from_utf8(text).unwrap();
    let (head, rest) = page.split_once(".SH SYNOPSIS\n").unwrap();
    let (_, body) = rest.split_once(".SH DESCRIPTION\n").unwrap();
    page = format!("{head}.SH SYNOPSIS\n{synopsis}.SH DESCRIPTION\n{body}");
    page.push_str(&sections(&more));
    if !examples.is_empty() && !more.contains("Examples:") {
        let mut roff = Roff::new();
        roff.control("SH", ["EXAMPLES"]);
        code(&mut roff, &examples.join("\n"));
        page.push_str(&roff.to_roff());
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    let others = if name == "postkeeper" { "" } else { "postkeeper(8), " };
    let json = if page.to_lowercase().contains("json") {
        "; the JSON is described in /usr/share/doc/postkeeper/docs/interface.md"
    } else {
        ""
    };
    roff.text([roman(format!("{others}ocf_postkeeper_postfix(7), pacemaker(8), postfix(1){json}"))]);
    page.push_str(&roff.to_roff());
    (name, tidy(&page))
}

/// The options and values of a command, with the names of the options' values, which clap_mangen leaves out.
fn synopsis(words: &str, command: &clap::Command) -> String {
    let mut line = vec![bold(words)];
    let shown = |arg: &&clap::Arg| !arg.is_hide_set();
    for option in command.get_arguments().filter(shown).filter(|arg| !arg.is_positional()) {
        let text = option.to_string().replace(['<', '>'], "");
        let (flag, value) = text.split_once(' ').map_or((text.as_str(), None), |(flag, value)| (flag, Some(value)));
        let (open, close) = if option.is_required_set() { (" ", "") } else { (" [", "]") };
        line.extend([roman(open), bold(flag)]);
        line.extend(value.into_iter().flat_map(|value| [roman(" "), italic(value)]));
        line.push(roman(close));
    }
    let values = command.get_positionals().filter(shown).map(|arg| arg.to_string().replace(['<', '>'], ""));
    let verb = command.has_subcommands().then(|| "VERB".to_owned());
    line.extend(values.chain(verb).flat_map(|value| [roman(" "), italic(value)]));
    let mut roff = Roff::new();
    roff.text(line);
    roff.to_roff()
}

/// What --help says after its first sentence, which is the NAME of the page.
fn description(command: &clap::Command) -> String {
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    match long.split_once("\n\n") {
        Some((_, more)) => more.to_owned(),
        None => format!("{}.", command.get_about().map(ToString::to_string).unwrap_or_default()),
    }
}

/// How the guides use a verb: the commands of their boxes, which tests/docs.rs runs.
fn examples(verb: &str) -> Vec<String> {
    if verb == "postkeeper" {
        return Vec::new();
    }
    let mut found: Vec<String> = Vec::new();
    for guide in ["tutorial", "layouts", "operations"] {
        let text = fs::read_to_string(root().join(format!("docs/{guide}.md"))).unwrap();
        let boxes = text.split("\n```sh ").skip(1).filter_map(|b| b.split_once('\n')?.1.split("\n```").next());
        for line in boxes.flat_map(str::lines) {
            let line = line.split(" || ").next().unwrap_or_default();
            let is_it = line == verb || line.starts_with(&format!("{verb} "));
            if is_it && !line.contains("$(") && !found.iter().any(|f| f == line) {
                found.push(line.to_owned());
            }
        }
    }
    found
}

/// What stands after a help text: a line that ends with a colon is a heading, indented lines stay as they are.
fn sections(text: &str) -> String {
    let mut roff = Roff::new();
    let is_indented = |line: &str| line.starts_with(' ');
    for block in text.lines().collect::<Vec<_>>().chunk_by(|a, b| is_indented(a) == is_indented(b)) {
        let lines = block.iter().filter(|l| !l.is_empty());
        match block {
            [first, ..] if is_indented(first) => code(&mut roff, &block.join("\n")),
            _ => lines.for_each(|line| match line.strip_suffix(':') {
                Some(heading) => drop(roff.control("SH", [heading.to_uppercase().as_str()])),
                None => paragraph(&mut roff, line),
            }),
        }
    }
    roff.to_roff()
}

/// Lines that stay as they are.
fn code(roff: &mut Roff, text: &str) {
    let indent = text.lines().filter(|l| !l.trim().is_empty()).map(|l| l.len() - l.trim_start().len()).min().unwrap_or(0);
    roff.control("PP", []).control("RS", ["4"]).control("nf", []);
    for line in text.trim_end().lines() {
        roff.text([roman(line.get(indent..).unwrap_or_default())]);
    }
    roff.control("fi", []).control("RE", []);
}

fn paragraph(roff: &mut Roff, text: &str) {
    roff.control("PP", []).text([roman(text.split_whitespace().collect::<Vec<_>>().join(" "))]);
}

/// A term and what it means.
fn item(roff: &mut Roff, term: Vec<Inline>, text: &str) {
    roff.control("TP", []).text(term).text([roman(plain(text))]);
}

/// Markdown's code marks say nothing on a terminal.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn agent_page() -> String {
    let mut page = Roff::new();
    page.control("TH", ["ocf_postkeeper_postfix", "7", DATE, SOURCE, "OCF resource agents"]);
    page.control("SH", ["NAME"]).text([roman("ocf_postkeeper_postfix - manages a highly available Postfix instance")]);
    page.control("SH", ["SYNOPSIS"]);
    let names: Vec<&str> = Action::names().collect();
    page.text([bold("postfix"), roman(" [ "), roman(names.join(" | ")), roman(" ]")]);
    page.control("SH", ["DESCRIPTION"]);
    AGENT[1].split("\n\n").for_each(|block| paragraph(&mut page, block));
    paragraph(
        &mut page,
        "Pacemaker runs it from /usr/lib/ocf/resource.d/postkeeper/postfix and gives the parameters as OCF_RESKEY_NAME in its environment.",
    );

    page.control("SH", ["PARAMETERS"]);
    for p in PARAMETERS {
        let marks = match (p.unique, p.reloadable) {
            (true, _) => ", unique",
            (_, true) => ", a change needs no restart",
            _ => "",
        };
        item(&mut page, vec![bold(p.name), roman(format!(" ({}{marks})", p.kind))], p.long);
    }

    page.control("SH", ["OPERATIONS"]);
    paragraph(&mut page, "What the agent advertises; pcs copies it to a new resource:");
    for o in OPERATIONS {
        let interval = o.interval.map_or(String::new(), |n| format!("interval {n} s, "));
        let depth = o.depth.map_or(String::new(), |n| format!(", OCF_CHECK_LEVEL {n}"));
        item(&mut page, vec![bold(o.action.name())], &format!("{interval}timeout {} s{depth}", o.timeout));
    }

    let reference = fs::read_to_string(root().join("docs/messages.md")).unwrap();
    page.control("SH", ["MONITOR LEVELS"]);
    for row in rows(&reference, "| OCF_CHECK_LEVEL |") {
        item(&mut page, vec![bold(row[0].as_str())], &format!("{}. Costs {}.", row[1], row[2]));
    }
    page.control("SH", ["EXIT STATUS"]);
    for row in rows(&reference, "| code | meaning |") {
        let what = if row[2].is_empty() { String::new() } else { format!(" Pacemaker: {}.", row[2]) };
        item(&mut page, vec![bold(row[0].as_str())], &format!("{}.{what}", row[1]));
    }

    page.control("SH", ["EXAMPLES"]);
    paragraph(&mut page, "A file system, an address and Postfix in one group, with pcs(8):");
    code(&mut page, &folded(setup::PCS));
    paragraph(&mut page, "The same with crm(8):");
    code(&mut page, setup::CRM);

    page.control("SH", ["MESSAGES"]);
    paragraph(
        &mut page,
        "The reason for a failure, as the cluster shows it, followed by what was found. Messages with a number are those of \
         LifeKeeper's Postfix Recovery Kit.",
    );
    for m in Message::ALL {
        let number = m.number().map_or(String::new(), |n| format!(" [{n}]"));
        item(&mut page, vec![italic(m.template()), roman(number)], &format!("{} {}", m.why(), m.remedy()));
    }

    page.control("SH", ["FILES"]);
    for (file, text) in [
        ("/usr/lib/ocf/resource.d/postkeeper/postfix", "The agent."),
        (
            "/run/resource-agents/postkeeper-*",
            "Cached state of an instance, and locks. May be removed while neither the agent nor its watcher is running.",
        ),
        ("/usr/share/doc/postkeeper", "README, the guides and the reference."),
    ] {
        item(&mut page, vec![italic(file)], text);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([roman("postkeeper(8), postfix(1), postconf(5), pacemaker(8), pcs(8), crm(8), ocf_heartbeat_Filesystem(7), ocf_heartbeat_IPaddr2(7)")]);
    tidy(&page.to_roff())
}

/// The head of a page whose lines are not adjusted: without blanks they cannot be. groff 1.23 reads AD, those before it `.ad`.
fn japanese_page(name: &str, section: &str, manual: &str) -> Roff {
    let mut page = Roff::new();
    page.control("ds", ["AD", "l"]).control("TH", [name, section, DATE, SOURCE, manual]).control("ad", ["l"]);
    page
}

/// The agent's page in Japanese.
fn japanese_agent_page() -> String {
    let mut page = japanese_page("ocf_postkeeper_postfix", "7", "OCF リソースエージェント");
    page.control("SH", ["名前"]).text([roman("ocf_postkeeper_postfix - Postfix を高可用にするリソースエージェント")]);
    page.control("SH", ["書式"]);
    let names: Vec<&str> = Action::names().collect();
    page.text([bold("postfix"), roman(" [ "), roman(names.join(" | ")), roman(" ]")]);
    page.control("SH", ["説明"]);
    parameters::agent_in_japanese().split("\n\n").for_each(|block| paragraph(&mut page, block));
    paragraph(
        &mut page,
        "失敗の理由は英語の ASCII 文字で表示されます。Pacemaker は理由を 128 バイトで切るため、途中で切れた文字があると CIB が読めなくなるからです。\
         意味と対処は「メッセージ」にあります。",
    );
    page.control("SH", ["パラメーター"]);
    for p in PARAMETERS {
        let marks = if p.reloadable { ", 変更に再起動は不要" } else { "" };
        item(&mut page, vec![bold(p.name), roman(format!(" ({}{marks})", p.kind))], p.in_japanese());
    }
    page.control("SH", ["オペレーション"]);
    for o in OPERATIONS {
        let interval = o.interval.map_or(String::new(), |n| format!("間隔 {n} 秒、"));
        let depth = o.depth.map_or(String::new(), |n| format!("、OCF_CHECK_LEVEL {n}"));
        item(&mut page, vec![bold(o.action.name())], &format!("{interval}タイムアウト {} 秒{depth}", o.timeout));
    }
    let reference = fs::read_to_string(root().join("docs/messages.ja.md")).unwrap();
    page.control("SH", ["監視のレベル"]);
    for row in rows(&reference, "| OCF_CHECK_LEVEL |") {
        item(&mut page, vec![bold(row[0].as_str())], &format!("{}。コスト: {}。", row[1], row[2]));
    }
    page.control("SH", ["終了ステータス"]);
    for row in rows(&reference, "| コード | 意味 |") {
        let what = if row[2].is_empty() { String::new() } else { format!("Pacemaker の動作: {}。", row[2]) };
        item(&mut page, vec![bold(row[0].as_str())], &format!("{}。{what}", row[1]));
    }

    page.control("SH", ["例"]);
    paragraph(&mut page, "ファイルシステム、アドレス、Postfix を一つのグループにする (pcs(8)):");
    code(&mut page, &folded(setup::PCS));
    page.control("SH", ["メッセージ"]);
    paragraph(&mut page, "番号のあるものは LifeKeeper の Postfix Recovery Kit と同じメッセージです。");
    for m in Message::ALL {
        let number = m.number().map_or(String::new(), |n| format!(" [{n}]"));
        let [why, remedy] = m.in_japanese();
        item(&mut page, vec![italic(m.template()), roman(number)], &format!("{why}{remedy}"));
    }
    page.control("SH", ["関連項目"]);
    page.text([roman("postkeeper(8), postfix(1), postconf(5), pacemaker(8), pcs(8), crm(8)")]);
    tidy(&page.to_roff())
}

/// The tool's page in Japanese: what each verb is for; the pages of the verbs are English.
fn japanese_tool_page() -> String {
    let tool = command_in(Language::Japanese);
    let mut page = japanese_page("postkeeper", "8", "postkeeper");
    page.control("SH", ["名前"]).text([roman("postkeeper - Pacemaker で Postfix を高可用にする管理ツール")]);
    page.control("SH", ["書式"]).text([
        bold("postkeeper"),
        roman(" "),
        italic("動詞"),
        roman(" ["),
        italic("オプション"),
        roman("]"),
    ]);
    page.control("SH", ["説明"]);
    paragraph(&mut page, &description(&tool));
    paragraph(&mut page, "変更する動詞は、何をするかを示してから確認します。--dry-run では何も変更しません。");
    paragraph(&mut page, "環境変数 LANG が ja_JP.UTF-8 のとき、ヘルプ、計画、質問、検査結果、状態、対処は日本語で表示されます。");
    page.control("SH", ["動詞"]);
    for verb in tool.get_subcommands() {
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        item(&mut page, vec![bold(format!("postkeeper {}", verb.get_name()))], &about);
    }
    let codes = sections(&tool.get_after_help().map(ToString::to_string).unwrap_or_default());
    let mut more = Roff::new();
    more.control("SH", ["関連項目"]);
    more.text([roman("ocf_postkeeper_postfix(7), pacemaker(8), postfix(1)")]);
    tidy(&format!("{}{codes}{}", page.to_roff(), more.to_roff()))
}

/// What mandoc(1) would rather not see: a paragraph that begins a section, blanks at the end of a line.
fn tidy(page: &str) -> String {
    // Before a list of values clap_mangen breaks the line twice.
    let page = page.replace(".br\n\n.br\n", ".br\n");
    let mut lines: Vec<&str> = Vec::new();
    for line in page.lines().map(str::trim_end) {
        if !(line == ".PP" && lines.last().is_some_and(|last| last.starts_with(".SH"))) {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

/// The rows of the table of docs/messages.md or docs/messages.ja.md that begins so.
fn rows(reference: &str, head: &str) -> Vec<Vec<String>> {
    let table = reference.split_once(head).unwrap_or_else(|| panic!("no table {head}")).1;
    let lines = table.lines().skip(2).take_while(|l| l.starts_with('|'));
    let cells = |l: &str| l.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect::<Vec<String>>();
    lines.map(cells).collect()
}

/// Commands in lines that fit on a terminal.
fn folded(commands: &str) -> String {
    commands.lines().fold(String::new(), |text, line| text + &line.replace(" op monitor", " \\\n    op monitor") + "\n")
}

/// UPDATE_MANUAL=1 writes them anew.
#[test]
fn what_is_checked_in_is_what_the_code_says() {
    let wanted = generated();
    if std::env::var_os("UPDATE_MANUAL").is_some() {
        for directory in [MANUAL, COMPLETIONS] {
            let _ = fs::remove_dir_all(root().join(directory));
        }
        for (path, text) in &wanted {
            fs::create_dir_all(root().join(path).parent().unwrap()).unwrap();
            fs::write(root().join(path), text).unwrap();
        }
    }
    for (path, text) in &wanted {
        let found = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(found == *text, "{path} is not what the code says: run once with UPDATE_MANUAL=1");
    }
    let there: Vec<PathBuf> = [MANUAL, COMPLETIONS].iter().flat_map(|d| files_below(&root().join(d))).collect();
    let gone: Vec<_> = there.iter().filter(|p| !wanted.contains_key(p.strip_prefix(root()).unwrap().to_str().unwrap())).collect();
    assert!(gone.is_empty(), "nothing makes these: {gone:?}");
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.flat_map(|e| if e.path().is_dir() { files_below(&e.path()) } else { vec![e.path()] }).collect()
}

/// Runs a program on a page; what it complained of.
fn complaints(program: &str, arguments: &[&str], page: &Path) -> String {
    let done = Command::new(program).args(arguments).arg(page).env("LC_ALL", "C.UTF-8").env("MANWIDTH", "80").output();
    let done = done.unwrap_or_else(|e| panic!("{program}: {e}"));
    let said = if program == "mandoc" { done.stdout } else { done.stderr };
    format!("{}{}", String::from_utf8_lossy(&said), if done.status.success() { "" } else { "it failed\n" })
}

#[test]
fn every_verb_has_examples() {
    for (name, page) in tool_pages().into_iter().filter(|(name, _)| name != "postkeeper") {
        assert!(page.contains(".SH EXAMPLES"), "no guide uses {name}, and its help has no examples");
    }
}

#[test]
fn every_option_is_in_the_page_of_its_verb() {
    let mut tool = command_in(Language::English).disable_help_subcommand(true);
    tool.build();
    let mut waiting = vec![&tool];
    while let Some(command) = waiting.pop() {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let page =
            fs::read_to_string(root().join(format!("{MANUAL}/man8/{name}.8"))).unwrap_or_else(|e| panic!("{name}(8): {e}"));
        let options = page.split_once(".SH OPTIONS").unwrap_or_else(|| panic!("{name}(8) has no OPTIONS")).1;
        for long in command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(|arg| arg.get_long()) {
            let shown = format!("\\fB\\-\\-{}\\fR", long.replace('-', "\\-"));
            assert!(options.contains(&shown), "{name}(8) does not explain --{long}");
        }
        waiting.extend(command.get_subcommands());
    }
}

#[test]
fn mandoc_and_groff_have_nothing_to_say() {
    for page in files_below(&root().join(MANUAL)) {
        assert_eq!(complaints("mandoc", &["-T", "lint", "-W", "warning"], &page), "", "{}", page.display());
        assert_eq!(complaints("man", &["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"], &page), "", "{}", page.display());
    }
}

#[test]
fn shells_take_the_completions() {
    let of = |name: &str| root().join(COMPLETIONS).join(name);
    assert_eq!(complaints("bash", &["-n"], &of("postkeeper.bash")), "");
    assert_eq!(complaints("zsh", &["-n"], &of("_postkeeper")), "");
    assert_eq!(complaints("fish", &["--no-execute"], &of("postkeeper.fish")), "");
}
