//! What is said in Japanese: causes and remedies of the messages, the parameters, and the words around them.
//!
//! The messages themselves and the agent's reasons stay English and ASCII: Pacemaker cuts a reason at 128 bytes, and a
//! cut character would make the CIB unreadable. The manual pages and README.ja.md are made from this table too.

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

/// What to do next, in the person's language.
pub fn remedy(message: Message) -> &'static str {
    if is_wanted() { explained(message).1 } else { message.remedy() }
}

/// `japanese` for whom it is, else `english`.
pub fn or<'a>(english: &'a str, japanese: &'a str) -> &'a str {
    if is_wanted() { japanese } else { english }
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
        LockedElsewhere => ("このホストのどのプロセスもロックを持っていません。別のサーバーの Postfix が同じキューで動いています。",
            "先にそちらの Postfix を止めてください。一つのキューに二つの master が動くとメールが壊れます。"),
        ServiceDegraded => ("サーバーが一時的な拒否で挨拶するか、今はメールを受け取りません。",
            "メッセージの後ろの応答とメールログを読んでください。フェイルオーバーしても解決しません。"),
        TlsRefused => ("エンドポイントでハンドシェイクがどちらかの側から拒否されるか、STARTTLS が提示されるのに行われません。",
            "smtpd_tls_ で始まるパラメーター、鍵と証明書のファイル、メールログを調べてください。フェイルオーバーしても解決しません。"),
        CertificateDate => ("エンドポイントが示す証明書の期限が切れているか、まだ有効期間に入っていません。",
            "証明書を更新し (smtpd_tls_chain_files、smtpd_tls_cert_file)、Postfix を再読み込みしてください。時計も確認してください。"),
        Busy => ("同じインスタンスの起動または停止がエージェントのロックを持っています。",
            "終わるまで待ってください。"),
        Blind => ("/proc がマウントされていないかプロセスを隠しているか、エージェントが開けるファイルの数が少なすぎます。何が動いているか誰にも分かりません。",
            "/proc を正しくマウントし、エージェントを実行する側の制限を上げてください。"),
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
        "drain" => "停止時に、始まっている配送と受信が終わるのを待つ最長の秒数。次のノードで二重に配送されるのを防ぎます。新しい仕事はすぐに断ります。停止のタイムアウトの四分の一より長くは待たず、仕事のない Postfix は待ちません。0: 待たない。既定値: 2。",
        "certificate_days" => "TLS 証明書の期限の何日前から、一日一回ログで知らせるか。レベル 10 と 20 の監視が見た証明書のうち、最初に期限が来るものが対象です。期限が切れると degraded になります。0: 事前には知らせない。既定値: 14。",
        "watch" => "小さなプロセスが master の終了を待ち、すぐにクラスターへ知らせるかどうか。次の監視を待たずに復旧が始まります。通常の監視は変わりません。既定値: true。",
        "binary" => "postfix コマンドのフルパス。ocf:heartbeat:postfix 用に書かれた設定のためのものです。binary_dir がないとき、そのディレクトリが使われます。既定値: binary_dir の postfix。",
        "trace_ra" => "各アクションが、渡された環境、見つけたもの、結果を trace_dir のファイルに書くかどうか。既定値: false。",
        "trace_dir" => "trace_ra が true のときにトレースを書く場所。既定値: /var/lib/heartbeat/trace_ra。",
        _ => return None,
    })
}

/// A heading or the name of a check of verify, for whom it is. What begins with a name keeps the name.
pub fn check(english: &str) -> String {
    if !is_wanted() {
        return english.to_owned();
    }
    let whole = CHECKS.iter().find(|(e, _)| *e == english).map(|(_, j)| (*j).to_owned());
    let begun = || CHECKS.iter().find_map(|(e, j)| Some(format!("{j} {}", english.strip_prefix(e.strip_suffix('*')?)?)));
    whole.or_else(begun).unwrap_or_else(|| english.to_owned())
}

/// Headings and checks of verify; `*` stands for a name at the end.
#[rustfmt::skip]
pub const CHECKS: &[(&str, &str)] = &[
    ("programs and configuration", "プログラムと設定"),
    ("users and groups", "ユーザーとグループ"),
    ("storage", "ストレージ"),
    ("addresses", "アドレス"),
    ("boot", "システム起動時"),
    ("lookup tables", "検索テーブル"),
    ("surroundings", "周辺"),
    ("outgoing and incoming mail", "送信と受信"),
    ("trial start", "試験起動"),
    ("cluster", "クラスター"),
    ("the server", "サーバー"),
    ("the same everywhere", "すべてのサーバーで同じもの"),
    ("parameters", "パラメーター"),
    ("postfix and postconf", "postfix と postconf"),
    ("main.cf and master.cf", "main.cf と master.cf"),
    ("the resource agent", "リソースエージェント"),
    ("the configuration can be read", "設定が読める"),
    ("all parameters can be read", "すべてのパラメーターが読める"),
    ("daemons", "デーモン"),
    ("users can hand in mail", "ユーザーがメールを投入できる"),
    ("sendmail, postqueue and postdrop take the configuration", "sendmail、postqueue、postdrop がこの設定を受け付ける"),
    ("the queue", "キュー"),
    ("the queue's file system", "キューのファイルシステム"),
    ("it can be written", "書き込める"),
    ("free space", "空き容量"),
    ("owners of the queue", "キューの所有者"),
    ("data_directory of no other instance", "data_directory がほかのインスタンスと重ならない"),
    ("queue_directory of no other instance", "queue_directory がほかのインスタンスと重ならない"),
    ("inet_interfaces and the services of master.cf", "inet_interfaces と master.cf のサービス"),
    ("endpoints", "エンドポイント"),
    ("the addresses are on this host", "アドレスがこのホストにある"),
    ("Postfix runs where the cluster has it", "Postfix はクラスターが動かしている場所だけで動く"),
    ("the lock of the queue", "キューのロック"),
    ("ports", "ポート"),
    ("nothing starts Postfix at boot", "システム起動時に Postfix を起動するものがない"),
    ("tables in files", "ファイルのテーブル"),
    ("table *", "テーブル"),
    ("chrooted services find what they need", "chroot されたサービスに必要なファイルがある"),
    ("SELinux labels", "SELinux ラベル"),
    ("mail of the system on a standby", "待機サーバーのシステムメール"),
    ("mail leaves from the virtual address", "メールが仮想アドレスから送信される"),
    ("MX records", "MX レコード"),
    ("MX records of *", "MX レコード"),
    ("no MX record for the server's own name", "サーバー自身の名前に MX レコードがない"),
    ("postfix check", "postfix check"),
    ("start", "起動"),
    ("sockets and greetings", "ソケットと挨拶"),
    ("stop", "停止"),
    ("fencing", "フェンシング"),
    ("quorum", "クォーラム"),
    ("maintenance mode", "メンテナンスモード"),
    ("IP resource for *", "IP リソース"),
    ("file-system resource of the queue", "キューのファイルシステムリソース"),
    ("monitors of *", "監視"),
    ("a failed stop of *", "停止の失敗"),
    ("numbers of mail_owner and setgid_group", "mail_owner と setgid_group の番号"),
    ("it can be asked", "問い合わせできる"),
];

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
