//! What is said in Japanese: causes and remedies of the messages, the parameters, and all that the admin tool says.
//!
//! Verbs speak English; what they say is translated on its way to the person, line by line, from the table of sentences. What
//! is for programs (JSON, XML, commands) does not come this way. The messages themselves and the agent's reasons stay
//! English and ASCII: Pacemaker cuts a reason at 128 bytes, and a cut character would make the CIB unreadable. The manual
//! pages and docs/messages.ja.md are made from these tables too.

mod sentences;

use self::sentences::{LABELS, SENTENCES, STATES};
use crate::postfix::fault::Message;

/// Whether the person reads Japanese: LC_ALL, LC_MESSAGES or LANG, the first that is set, is Japanese in UTF-8.
pub fn is_wanted() -> bool {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.into_iter().find(|value| !value.is_empty()).is_some_and(|value| is_japanese(&value))
}

fn is_japanese(locale: &str) -> bool {
    let lower = locale.to_lowercase();
    (lower == "ja" || lower.starts_with("ja_") || lower.starts_with("ja.")) && lower.replace('-', "").contains("utf8")
}

/// What is said, in the person's language: a line that the table does not have stays English.
pub fn said(text: &str) -> String {
    if is_wanted() { text.split('\n').map(line).collect::<Vec<_>>().join("\n") } else { text.to_owned() }
}

fn line(text: &str) -> String {
    let sentence = text.trim_start();
    let indent = &text[..text.len() - sentence.len()];
    format!("{indent}{}", list(sentence))
}

fn translated(sentence: &str) -> Option<String> {
    let labelled = LABELS.iter().find_map(|(english, japanese)| Some((japanese, sentence.strip_prefix(english)?)));
    if let Some((label, rest)) = labelled {
        return Some(format!("{label}{}", list(rest)));
    }
    let remedy = Message::ALL.iter().find(|m| m.remedy() == sentence).map(|m| explained(*m).1.to_owned());
    let fitting =
        SENTENCES.iter().chain(STATES).filter_map(|(english, japanese)| Some((english, japanese, named(english, sentence)?)));
    // The one of which most is the sentence itself.
    let best = fitting.max_by_key(|(english, _, named)| english.len() - 2 * named.len());
    remedy.or_else(|| best.map(|(_, japanese, named)| fill(japanese, &named)))
}

/// What stands in the sentence where the table has `{}`.
fn named<'a>(english: &str, sentence: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = english.split("{}");
    let mut rest = sentence.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let end = if is_last { rest.len() - rest.ends_with(part).then_some(part.len())? } else { rest.find(part)? };
        found.push(Some(&rest[..end]).filter(|name| !name.is_empty())?);
        rest = &rest[end + part.len()..];
    }
    rest.is_empty().then_some(found)
}

/// Puts what is named in the place of `{0}`, …; a list of sentences in that of `{0*}`, ….
fn fill(japanese: &str, named: &[&str]) -> String {
    let mut text = String::new();
    let mut pieces = japanese.split('{');
    text.extend(pieces.next());
    for piece in pieces {
        let (place, after) = piece.split_once('}').unwrap_or(("", piece));
        let name = place.trim_end_matches('*').parse().ok().and_then(|at: usize| named.get(at)).copied().unwrap_or_default();
        text.push_str(&if place.ends_with('*') { list(name) } else { name.to_owned() });
        text.push_str(after);
    }
    text
}

fn list(text: &str) -> String {
    let parts = || text.split(", ").map(translated).collect::<Option<Vec<_>>>();
    parts().map(|parts| parts.join("、")).or_else(|| translated(text)).unwrap_or_else(|| text.to_owned())
}

/// Cause and remedy of a message.
#[rustfmt::skip]
pub fn explained(message: Message) -> (&'static str, &'static str) {
    use Message::*;
    match message {
        NoConfigPath => ("config_dir に空の値が指定されています。",
            "main.cf と master.cf のあるディレクトリを config_dir に指定するか、指定を外してください (/etc/postfix になります)。"),
        MainCfNotFound => ("config_dir に main.cf がありません。",
            "config_dir を直すか、設定ファイルのあるファイルシステムをマウントしてください。"),
        MasterCfNotFound => ("config_dir に master.cf がありません。",
            "config_dir を直すか、master.cf を元に戻してください。"),
        BadInterface => ("inet_interfaces の値が、アドレスでも予約語でも、このホストで解決できる名前でもありません。",
            "main.cf の inet_interfaces を直してください。IPv4 または IPv6 アドレス、/etc/hosts にある名前、all、loopback-only が使えます。"),
        NoExecutePath => ("binary_dir に空の値が指定されています。",
            "postfix と postconf のあるディレクトリを binary_dir に指定するか、指定を外してください (/usr/sbin になります)。"),
        CommandInvalid => ("postfix コマンドが Postfix のものとして応答しません。",
            "binary_dir にインストール済みの Postfix のコマンドがあるか確認してください。"),
        QueueNotFound => ("キューディレクトリがないか、空か、ファイルシステムがマウントされていません。このまま起動すると空のキューが作られてしまいます。",
            "先にファイルシステムをマウントしてください (Filesystem リソースをこのリソースより前に置きます)。新しいキューは、マウントした状態で一度だけ 'postfix check' を実行して作ります。"),
        NotInService => ("Postfix が依存するリソースが、そのノードで動いていません。",
            "先に IP リソースとファイルシステムリソースをそのノードで起動してください。"),
        NoIpResource => ("inet_interfaces の値に対応する IP アドレスリソースがクラスターにありません。",
            "先にそのアドレスの ocf:heartbeat:IPaddr2 リソースを作ってください。"),
        OwnerIdDiffers => ("mail_owner の uid が別のノードと異なります。",
            "すべてのノードで同じ uid にしてください。共有キューのファイルが持っているのは番号です。"),
        GroupIdDiffers => ("setgid_group の gid が別のノードと異なります。",
            "すべてのノードで同じ gid にしてください。共有キューのファイルが持っているのは番号です。"),
        MasterNotRunning => ("master デーモンが、止めるように言われていないのに終了しました。",
            "Pacemaker が再起動します。その前に何があったかをメールログで調べてください ('fatal'、'panic'、kill など)。"),
        CheckFailed => ("Postfix 自身の整合性検査が失敗しました。",
            "そのノードで 'postfix -c CONFIG_DIR check' を実行し、指摘された箇所を直してください。"),
        CouldNotStart => ("Postfix が起動しなかったか、起動後に応答しませんでした。",
            "メッセージの後ろの理由とメールログを読み、直してから 'pcs resource cleanup' を実行してください。"),
        StopFailed => ("インスタンスのプロセスを、stop のタイムアウトまでに終わらせることができませんでした。",
            "状態 D のプロセスはデバイスを待っています。ストレージを調べてください。安全のため Pacemaker がノードをフェンシングします。"),
        AlreadyStopped => ("pid ファイルにあるプロセスはもう存在しません。",
            "何もする必要はありません。停止は成功しています。誰も止めていないのなら、終了した理由をメールログで調べてください。"),
        SocketSilent => ("エンドポイントが待ち受けていないか、到達できないか、SMTP サーバーとして挨拶しません。",
            "メッセージの後ろを読み、IP リソース、メールログ、同じポートを使う別のプログラムを調べてください。"),
        NotExecutable => ("binary_dir に postfix または postconf がないか、実行できません。",
            "binary_dir を直すか、Postfix をインストールするか、プログラムのあるファイルシステムをマウントしてください。"),
        ConfigMissing => ("config_dir に main.cf または master.cf がありません。",
            "config_dir を直すか、ファイルを元に戻すか、設定のあるファイルシステムをマウントしてください。"),
        OwnerUnknown => ("このノードにそのユーザーまたはグループがありません。",
            "ほかのノードと同じ番号で作成してください。"),
        PostdropDiffers => ("キューの maildrop ディレクトリのグループが setgid_group ではありません。",
            "すべてのノードで同じ gid にしてから、'postfix set-permissions' を一度実行してください。"),
        ParameterInvalid => ("値が、そのパラメーターが表すものになりえません。",
            "'pcs resource update' または 'crm resource param' で直してください。"),
        ConfigUnreadable => ("postconf が main.cf を受け付けません。",
            "指摘された行を直し、'postfix -c CONFIG_DIR check' を実行してください。"),
        ServicesUnreadable => ("postconf が master.cf を受け付けません。動いている Postfix は、起動時に読んだ内容で動き続けます。",
            "指摘された行を直し、'postfix -c CONFIG_DIR reload' を実行してください。"),
        QueueDisagrees => ("指定されたディレクトリ、または Postfix が動いているディレクトリが、main.cf の queue_directory と違います。",
            "両方を合わせてください。キューを移すときは、先にリソースを止めます。"),
        QueueOwner => ("キューのディレクトリの所有者番号が、このノードの mail_owner の番号と違います。",
            "すべてのノードで同じ uid にするか、ファイルのほうが誤っていれば 'postfix set-permissions' を一度実行してください。"),
        DataDirectory => ("マスターデーモンは mail_owner としてそこにロックを作り、デーモンはキャッシュを置きます。書けなければ Postfix は起動しません。",
            "ディレクトリの所有者を mail_owner にし (postfix set-permissions で行えます)、上位のディレクトリも通れるようにしてください。"),
        QueueReadOnly => ("読み取り専用になっているか、カーネルが損傷やデバイスの喪失を検出してからエラーになっています。",
            "カーネルログを見て、ストレージとファイルシステムを検査し、それからリソースを cleanup してください。"),
        QueueLost => ("キューのパスにあるディレクトリが、Postfix が起動したときのものではありません。",
            "Pacemaker が復旧します。誰がアンマウントしたかを調べてください。リソースが動いている間は手でアンマウントしないでください。"),
        QueueFull => ("空き容量が、smtpd がメールを受け取る前に要求する量より少なくなっています (queue_minfree、message_size_limit の 1.5 倍)。",
            "空きを作るか、ファイルシステムを広げてください。フェイルオーバーしても解決しません。"),
        AddressMissing => ("どのインターフェースにもないアドレスでは、Postfix は待ち受けできません。",
            "IP アドレスリソースを、同じノードで、このリソースより前に起動するようにしてください。"),
        MasterStopped => ("master デーモンが状態 T です。誰かが SIGSTOP を送りました。新しいプロセスを起動できません。",
            "Pacemaker が再起動します。誰が止めたかを調べてください。"),
        PidFileLost => ("Postfix が動いている間に pid ファイルが削除されたか、置き換えられました。",
            "都合のよいときにリソースを再起動してください。キューのファイルは手で消さないでください。"),
        PidFileInvalid => ("pid ファイルの場所に別のものがあるため、Postfix は起動できません。",
            "それを別の場所へ移してください。"),
        QueueManager => ("qmgr または pickup が止められているか、メールが待っているのに存在しません。メールは受け取られますが配送されません。",
            "Pacemaker が Postfix を再起動します。終了した理由をメールログで調べてください。"),
        WorkerStopped => ("cleanup、trivial-rewrite、proxymap のいずれかのプロセスがすべて停止しています。クライアントには挨拶しますが、メールを受け取りません。",
            "Pacemaker が Postfix を再起動します。誰がプロセスを停止したかを調べてください。"),
        LockedElsewhere => ("このホストのどのプロセスもロックを持っていません。別のサーバーの Postfix が同じキューで動いています。",
            "先にそちらの Postfix を止めてください。一つのキューに二つの master が動くとメールが壊れます。"),
        ServiceDegraded => ("サーバーが一時的な拒否で挨拶するか、今はメールを受け取りません。",
            "メッセージの後ろの応答とメールログを読んでください。フェイルオーバーしても解決しません。"),
        LateGreeting => ("エンドポイントは接続を受け付けますが、応答が遅いか、1 回の監視の時間内に応答がありません。",
            "何を待っているかを調べてください: ネームサービス、高負荷、SASL・milter・ポリシーのソケット、検索テーブル。2 回続けて応答がなければ障害とみなされます。"),
        PortShared => ("Postfix が待ち受けるポートで別のプロセスも待ち受けており (SO_REUSEPORT)、カーネルは接続の一部をそのプロセスに渡します。",
            "示されたプロセスを停止するか、別のポートに変えてください。フェイルオーバーしても解決しません。"),
        TlsRefused => ("エンドポイントでハンドシェイクがどちらかの側から拒否されるか、STARTTLS が提示されるのに行われません。",
            "smtpd_tls_ で始まるパラメーター、鍵と証明書のファイル、メールログを調べてください。フェイルオーバーしても解決しません。"),
        CertificateDate => ("エンドポイントが示す証明書の期限が切れているか、まだ有効期間に入っていません。",
            "証明書を更新し (smtpd_tls_chain_files、smtpd_tls_cert_file)、Postfix を再読み込みしてください。時計も確認してください。"),
        Busy => ("同じインスタンスの起動または停止がエージェントのロックを持っています。",
            "終わるまで待ってください。"),
        Blind => ("/proc がマウントされていないかプロセスを隠しているか、エージェントが開けるファイルの数が少なすぎます。何が動いているか分かりません。",
            "/proc を正しくマウントし、Pacemaker が開けるファイル数の制限 (RLIMIT_NOFILE) を上げてください。"),
        StorageSilent => ("ファイルシステムがデータもエラーも返しません。サーバーやデバイスが失われたか、凍結されています (fsfreeze、スナップショット)。",
            "何が止めているかを調べ (findmnt -T PATH、カーネルログ)、復旧させるかアンマウントしてください。"),
    }
}

/// What a parameter of the resource is. None for one that is not translated: a test keeps that from happening.
#[rustfmt::skip]
pub fn parameter(name: &str) -> Option<&'static str> {
    Some(match name {
        "config_dir" => "この Postfix インスタンスの main.cf と master.cf があるディレクトリ (絶対パス)。リソースの起動前にマウントされる共有ファイルシステム上でもかまいません。二つのインスタンスには二つのディレクトリが必要です。既定値: /etc/postfix。",
        "binary_dir" => "postfix コマンドと postconf コマンドがあるディレクトリ (絶対パス)。共有ファイルシステム上でもかまいません。既定値: /usr/sbin。",
        "queue_dir" => "共有ファイルシステム上のキューディレクトリ (絶対パス)。シンボリックリンクでもかまいません。指定すると、main.cf の queue_directory が同じディレクトリでない限り起動しません。既定値: main.cf の queue_directory。",
        "queue_mountpoint" => "起動前にマウントされていなければならないマウントポイント。キューはその下にあります。指定しなくても、キューのないディレクトリで Postfix が起動されることはありません。既定値: 検査しない。",
        "drain" => "停止時に、始まっている配送と受信が終わるのを待つ最長の時間。秒数、または単位付きの数 (500ms、5s、2min)。次のノードで二重に配送されるのを防ぎます。新しい仕事はすぐに断ります。停止のタイムアウトの四分の一より長くは待たず、仕事のない Postfix は待ちません。0: 待たない。既定値: 2。",
        "certificate_days" => "TLS 証明書の期限の何日前から、一日一回ログで知らせるか。レベル 10 と 20 の監視が見た証明書のうち、最初に期限が来るものが対象です。期限が切れると degraded になります。0: 事前には知らせない。既定値: 14。",
        "flush" => "起動時にキューに配送待ち (deferred) のメールがあれば、すべてをすぐに再配送するよう Postfix に求めるかどうか (postqueue -f)。フェイルオーバーの後に次の配送時刻を待たずに済みます。起動は配送を待ちません。既定値: true。",
        "endpoints" => "監視が調べ、起動が待つエンドポイントの、master.cf のサービスまたはポート。空白かコンマで区切ります: smtp、587、192.0.2.25:smtp、[::1]:25。名前とその番号は同じものです。クライアント証明書を要求する、またはノードのアドレスを拒否するために、エージェントに正しく応答できないポートがあるときに使います。何も指さない項目はログで知らせ、どの項目も何も指さなければ、すべてのエンドポイントを調べます。既定値: すべてのエンドポイント。",
        "mail_owner" => "main.cf の mail_owner の値。main.cf を読めないノード (ほかのノードにマウントされた共有ファイルシステム上にある場合) が uid を公開するために使い、ほかのノードの uid と比べられます。ほかには使われません。Postfix と起動時の検査は main.cf の名前を使います。既定値: そのノードで最後に読めた main.cf の値。それもなければ何も公開しません。",
        "setgid_group" => "main.cf の setgid_group の値。目的は mail_owner と同じです。既定値: mail_owner と同様。",
        "watch" => "小さなプロセスが master の終了を待ち、Pacemaker に次の監視をすぐ実行させるかどうか。次の監視の時刻を待たずに復旧が始まります。その後の動作は on-fail も含めて変わりません。Pacemaker 3 では、on-fail が既定値の restart であれば crm_resource --fail と同じように故障を直接報告し、そうでなければ予定の時刻の監視を待ちます。既定値: true。",
        "binary" => "postfix コマンドのフルパス。ocf:heartbeat:postfix 用に書かれた設定のためのものです。binary_dir がないとき、そのディレクトリが使われます。既定値: binary_dir の postfix。",
        "trace_ra" => "各アクションが、渡された環境、見つけたもの、結果を trace_dir のファイルに書くかどうか。既定値: false。",
        "trace_dir" => "trace_ra が true のときにトレースを書く場所。既定値: /var/lib/heartbeat/trace_ra。",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocf::parameters::PARAMETERS;

    #[test]
    fn only_japanese_in_utf_8_is_japanese() {
        let are: Vec<bool> =
            ["ja_JP.UTF-8", "ja_JP.utf8", "ja.UTF-8", "ja_JP.eucJP", "ja_JP", "C", "jam_JM.UTF-8", "en_US.UTF-8"]
                .map(is_japanese)
                .to_vec();
        assert_eq!(are, [true, true, true, false, false, false, false, false]);
    }

    #[test]
    fn what_is_named_is_put_where_the_japanese_has_it() {
        let of = |text: &str| translated(text);
        assert_eq!(of("mail is not extended to n2").unwrap(), "mail は n2 へ拡張されていません");
        assert_eq!(
            of("The cluster will: stop a on n1, start a on n2").unwrap(),
            "クラスターの動作: n1 で a を停止、n2 で a を起動"
        );
        assert_eq!(
            of("postkeeper: mail is kept away from n3: it is not among its servers").unwrap(),
            "postkeeper: mail は n3 では動けません: 拡張先のサーバーではありません"
        );
        // What is not known stays as it is, also within a sentence.
        assert_eq!(of("Note: this, and that").unwrap(), "注意: this, and that");
        assert_eq!(of("This is said by nobody"), None);
        assert_eq!(line("  + a {0} runs where b} runs"), "  + a {0} は b} と同じサーバーで動きます");
        assert_eq!(of(Message::QueueFull.remedy()).unwrap(), explained(Message::QueueFull).1);
    }

    /// The sources of the rooms that speak to people, without their tests and this table.
    fn sources() -> String {
        fn read(path: &std::path::Path, text: &mut String) {
            if path.is_dir() && !path.ends_with("japanese") {
                std::fs::read_dir(path).unwrap().for_each(|entry| read(&entry.unwrap().path(), text));
            } else if path.is_file() {
                text.push_str(std::fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap());
            }
        }
        let mut text = String::new();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        ["admin", "cluster", "ocf"].iter().for_each(|room| read(&root.join(room), &mut text));
        // A string that goes on in the next line is one string.
        let mut lines = text.split("\\\n");
        let first = lines.next().unwrap_or_default().to_owned();
        lines.fold(first, |text, more| text + more.trim_start())
    }

    /// The string that a source goes on with, as it is said; its end.
    fn literal(source: &str) -> Option<(String, usize)> {
        let start = source.len() - source.trim_start_matches([' ', '\n', '&']).trim_start_matches("format!(").trim_start().len();
        let inner = source[start..].strip_prefix('"')?;
        let mut text = String::new();
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Some((text, start + at + 2)),
                '\\' => text.push(match chars.next()?.1 {
                    'n' => '\n',
                    other => other,
                }),
                c => text.push(c),
            }
        }
        None
    }

    #[test]
    fn every_sentence_of_the_table_is_said_somewhere() {
        let sources = sources();
        let is_said =
            |piece: &str| sources.contains(piece.replace('"', "\\\"").trim_matches(|c: char| c != '"' && !c.is_alphanumeric()));
        let unsaid: Vec<&str> = SENTENCES.iter().map(|(e, _)| *e).filter(|e| !e.split("{}").all(is_said)).collect();
        assert!(unsaid.is_empty(), "nobody says {unsaid:#?}");
        for (english, japanese) in SENTENCES.iter().chain(STATES) {
            let count = english.matches("{}").count();
            let used = |at: usize| japanese.contains(&format!("{{{at}}}")) || japanese.contains(&format!("{{{at}*}}"));
            assert!((0..count).all(used) && !used(count), "{english:?} and {japanese:?} do not name the same");
        }
    }

    #[test]
    fn every_refusal_and_every_check_is_translated() {
        const SAID_BY: &[&str] = &[
            "Refusal::new(",
            "Refusal::unknown(",
            ".advise(",
            "let what = ",
            "let advice = ",
            "let found = ",
            "notes.push(",
            "notes\n            .push(",
            "remarks.push(",
            "say(",
            "note(",
            "carry_out(",
            "report.section(",
            "report.put(",
            "report.judge(",
            "fine(",
            "warning(",
            "error(",
        ];
        // Commands are the same in every language.
        const COMMANDS: &[&str] = &["chgrp ", "chown ", "pcs ", "semanage ", "systemctl ", "update-rc.d ", "crm_resource "];
        // Their words are too common to be told from those of other programs.
        const VALUES: &[&str] = &["X has X", "X is X", "X names X", "X on X (X)"];
        let sources = sources();
        let (mut checked, mut missing) = (0, std::collections::BTreeSet::new());
        for speaker in SAID_BY {
            for (at, _) in sources.match_indices(speaker) {
                let mut rest = &sources[at + speaker.len()..];
                while let Some((text, end)) = literal(rest) {
                    let mut named = String::new();
                    for (n, piece) in text.split('{').enumerate() {
                        let after = if n == 0 { piece } else { piece.split_once('}').map_or(piece, |(_, after)| after) };
                        named.push_str(if n == 0 { "" } else { "X" });
                        named.push_str(after);
                    }
                    let words =
                        named.split([' ', ':', '(', ')', '=', ',']).any(|w| w.len() > 1 && w.chars().all(char::is_lowercase));
                    if words
                        && !COMMANDS.iter().any(|c| named.starts_with(c))
                        && !VALUES.contains(&named.as_str())
                        && named.contains(' ')
                    {
                        for one in named.split('\n').filter(|l| !["", "X"].contains(&l.trim())) {
                            missing.extend(translated(one.trim_start()).is_none().then(|| text.clone()));
                        }
                        checked += 1;
                    }
                    rest = &rest[end..];
                    let Some(more) = rest.strip_prefix(',') else { break };
                    rest = more;
                }
            }
        }
        assert!(missing.is_empty(), "not translated: {missing:#?}");
        assert!(checked > 200, "only {checked} sentences were found");
    }

    #[test]
    fn everything_is_translated_and_names_what_the_english_names() {
        for p in PARAMETERS {
            assert!(parameter(p.name).is_some_and(|text| p.default.is_none_or(|d| text.contains(d))), "{}", p.name);
        }
        let is_name = |word: &&str| word.contains(['_', '/']) || word.ends_with(".cf");
        for message in Message::ALL {
            let (why, remedy) = explained(*message);
            let words = message.remedy().split([' ', ',', ':', ';', '(', ')', '\'']).map(|w| w.trim_end_matches('.'));
            for word in words.filter(is_name) {
                assert!(remedy.contains(word) || why.contains(word), "{message:?} does not name {word}");
            }
        }
    }
}
