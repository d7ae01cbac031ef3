no-config-path =
    .why = config_dir に空の値が指定されています。
    .remedy = main.cf と master.cf のあるディレクトリを config_dir に指定するか、指定を外してください (/etc/postfix になります)。

main-cf-not-found =
    .why = config_dir に main.cf がありません。
    .remedy = config_dir を直すか、設定ファイルのあるファイルシステムをマウントしてください。

master-cf-not-found =
    .why = config_dir に master.cf がありません。
    .remedy = config_dir を直すか、master.cf を元に戻してください。

bad-interface =
    .why = inet_interfaces の値、または master.cf のサービスのホスト名やポート名を、このホストで解決できません。
    .remedy = main.cf の inet_interfaces (IPv4 または IPv6 アドレス、/etc/hosts にある名前、all、loopback-only) か、master.cf のサービス (/etc/services にある名前、または番号) を直してください。

no-execute-path =
    .why = binary_dir に空の値が指定されています。
    .remedy = postfix と postconf のあるディレクトリを binary_dir に指定するか、指定を外してください (/usr/sbin になります)。

command-invalid =
    .why = postfix コマンドが、動作する Postfix のものではありません。
    .remedy = binary_dir にインストール済みの Postfix のコマンドがあるか確認してください。

queue-not-found =
    .why = キューディレクトリまたはその中のディレクトリがないか、ファイルシステムがマウントされていません。このまま起動すると空のキューが作られてしまいます。
    .remedy = 先にファイルシステムをマウントしてください (Filesystem リソースをこのリソースより前に置きます)。一部だけがない場合や新しいキューでは、ファイルシステムをマウントし、アドレスを有効にした状態で、キューディレクトリを作り 'postfix -c CONFIG_DIR check' を実行します。

not-in-service =
    .why = Postfix が依存するリソースが、そのノードで動いていません。
    .remedy = 先に IP リソースとファイルシステムリソースをそのノードで起動してください。

no-ip-resource =
    .why = inet_interfaces の値に対応する IP アドレスリソースがクラスターにありません。
    .remedy = 先にそのアドレスの ocf:heartbeat:IPaddr2 リソースを作ってください。

owner-id-differs =
    .why = mail_owner の uid が別のノードと異なります。
    .remedy = すべてのノードで同じ uid にしてください。共有キューのファイルが持っているのは番号です。

group-id-differs =
    .why = setgid_group の gid が別のノードと異なります。
    .remedy = すべてのノードで同じ gid にしてください。共有キューのファイルが持っているのは番号です。

master-not-running =
    .why = master デーモンが、止めるように言われていないのに終了しました。
    .remedy = Pacemaker が再起動します。メールログで原因を調べてください ('fatal'、'panic'、シグナルなど)。

check-failed =
    .why = Postfix 自身の整合性検査が失敗したか、検査を終えられませんでした (時間切れ、プロセスの強制終了、応答しないユーザーディレクトリ)。
    .remedy = メッセージの後ろの理由を読んでください。Postfix の言葉であれば、そのノードで 'postfix -c CONFIG_DIR check' を実行し、指摘された箇所を直してください。

could-not-start =
    .why = Postfix が起動しなかったか、起動後に応答しませんでした。
    .remedy = メッセージの後ろの理由とメールログを読み、直してから 'postkeeper clean-up' を実行してください。

stop-failed =
    .why = インスタンスのプロセスを、stop のタイムアウトまでに終わらせることができませんでした。
    .remedy = 状態 D のプロセスはデバイスを待っています。ストレージを調べてください。安全のため Pacemaker がノードをフェンシングします。

already-stopped =
    .why = pid ファイルにあるプロセスはもう存在しません。
    .remedy = 何もする必要はありません。停止は成功しています。誰も止めていないのなら、終了した理由をメールログで調べてください。

socket-silent =
    .why = エンドポイントが待ち受けていないか、到達できないか、SMTP サーバーとして挨拶しません。
    .remedy = メッセージの後ろを読み、IP リソース、メールログ、同じポートを使う別のプログラムを調べてください。

not-executable =
    .why = binary_dir に postfix または postconf がないか、実行できません。
    .remedy = binary_dir を直すか、Postfix をインストールするか、プログラムのあるファイルシステムをマウントしてください。

config-missing =
    .why = config_dir に main.cf または master.cf がありません。
    .remedy = config_dir を直すか、ファイルを元に戻すか、設定のあるファイルシステムをマウントしてください。

owner-unknown =
    .why = このノードにそのユーザーまたはグループがありません。
    .remedy = ほかのノードと同じ番号で作成してください。

postdrop-differs =
    .why = キューの maildrop ディレクトリのグループが setgid_group ではありません。
    .remedy = すべてのノードで同じ gid にしてから、'postfix set-permissions' を一度実行してください。

parameter-invalid =
    .why = 値が、そのパラメーターが表すものになりえません。
    .remedy = 'pcs resource update' または 'crm resource param' で直してください。

config-unreadable =
    .why = postconf が main.cf を受け付けません。
    .remedy = 指摘された行を直し、'postfix -c CONFIG_DIR check' を実行してください。

services-unreadable =
    .why = postconf が master.cf を受け付けません。動いている Postfix は、起動時に読んだ内容で動き続けます。
    .remedy = 指摘された行を直し、'postfix -c CONFIG_DIR reload' を実行してください。

queue-disagrees =
    .why = 指定されたディレクトリ、または Postfix が動いているディレクトリが、main.cf の queue_directory と違います。
    .remedy = 両方を合わせてください。キューを移すときは、先にリソースを止めます。

queue-owner =
    .why = キューのディレクトリの所有者番号が、このノードの mail_owner の番号と違います。
    .remedy = すべてのノードで同じ uid にするか、ファイルのほうが誤っていれば 'postfix set-permissions' を一度実行してください。

data-directory =
    .why = マスターデーモンは mail_owner としてそこにロックを作り、デーモンはキャッシュを置きます。書けなければ Postfix は起動しません。
    .remedy = ディレクトリの所有者を mail_owner にし (postfix set-permissions で行えます)、上位のディレクトリも通れるようにしてください。

queue-read-only =
    .why = 読み取り専用になっているか、カーネルが損傷やデバイスの喪失を検出したためエラーになっています。
    .remedy = カーネルログを見て、ストレージとファイルシステムを検査し、それからリソースを cleanup してください。

queue-lost =
    .why = キューのパスにあるディレクトリが、Postfix が起動したときのものではありません。
    .remedy = Pacemaker が復旧します。誰がアンマウントしたかを調べてください。リソースが動いている間は手でアンマウントしないでください。

queue-full =
    .why = 空き容量が、smtpd がメールを受け取る前に要求する量より少なくなっているか (queue_minfree、message_size_limit の 1.5 倍)、空きの inode がありません。
    .remedy = 空き容量か inode (df、df -i) を作るか、ファイルシステムを広げてください。フェイルオーバーしても解決しません。

address-missing =
    .why = どのインターフェースにもないアドレスでは、Postfix は待ち受けできません。
    .remedy = IP アドレスリソースを、同じノードで、このリソースより前に起動するようにしてください。

master-stopped =
    .why = master デーモンが状態 T です。SIGSTOP を受けました。新しいプロセスを起動できません。
    .remedy = Pacemaker が再起動します。誰が止めたかを調べてください。

pid-file-lost =
    .why = Postfix が動いている間に pid ファイルが削除されたか、置き換えられました。
    .remedy = 都合のよいときにリソースを再起動してください。キューのファイルは手で消さないでください。

pid-file-invalid =
    .why = pid ファイルの場所に別のものがあるため、Postfix は起動できません。
    .remedy = それを別の場所へ移してください。

queue-manager =
    .why = qmgr または pickup が止められているか、メールが待っているのに qmgr が存在しません。メールは受け取られますが配送されません。
    .remedy = Pacemaker が Postfix を再起動します。終了した理由をメールログで調べてください。

worker-stopped =
    .why = cleanup、trivial-rewrite、proxymap のいずれかのプロセスがすべて停止しています。クライアントには挨拶しますが、メールを受け取りません。
    .remedy = Pacemaker が Postfix を再起動します。誰がプロセスを停止したかを調べてください。

locked-elsewhere =
    .why = このホストのどのプロセスもロックを持っていません。別のサーバーの Postfix が同じキューで動いています。
    .remedy = 先にそちらの Postfix を止めてください。一つのキューに二つの master が動くとメールが壊れます。

service-degraded =
    .why = サーバーが一時的な拒否で挨拶するか、今はメールを受け取りません。
    .remedy = メッセージの後ろの応答とメールログを読んでください。フェイルオーバーしても解決しません。

late-greeting =
    .why = エンドポイントは接続を受け付けますが、応答が遅いか、1 回の監視の時間内に応答がありません。
    .remedy = 何を待っているかを調べてください: ネームサービス、高負荷、SASL・milter・ポリシーのソケット、検索テーブル。2 回続けて応答がなければ障害とみなされます。

port-shared =
    .why = Postfix が待ち受けるポートで別のプロセスも待ち受けており (SO_REUSEPORT)、カーネルは接続の一部をそのプロセスに渡します。
    .remedy = 示されたプロセスを停止するか、別のポートに変えてください。フェイルオーバーしても解決しません。

tls-refused =
    .why = エンドポイントでハンドシェイクがどちらかの側から拒否されるか、STARTTLS が提示されるのに行われません。
    .remedy = smtpd_tls_ で始まるパラメーター、鍵と証明書のファイル、メールログを調べてください。フェイルオーバーしても解決しません。

certificate-date =
    .why = エンドポイントが示す証明書の期限が切れているか、まだ有効期間に入っていません。
    .remedy = 証明書を更新し (smtpd_tls_chain_files、smtpd_tls_cert_file)、Postfix を再読み込みしてください。時計も確認してください。

busy =
    .why = 同じインスタンスの起動または停止がエージェントのロックを持っています。
    .remedy = 終わるまで待ってください。

blind =
    .why = /proc がマウントされていないかプロセスを隠しているか、エージェントが開けるファイルの数が少なすぎます。プロセスの状態が分かりません。
    .remedy = /proc を hidepid なしでマウントし、Pacemaker が開けるファイル数の制限 (RLIMIT_NOFILE) を上げてください。

storage-silent =
    .why = ファイルシステムがデータもエラーも返しません。サーバーやデバイスが失われたか、凍結されています (fsfreeze、スナップショット)。
    .remedy = 何が止めているかを調べ (findmnt -T PATH、カーネルログ)、復旧させるかアンマウントしてください。二回続けて監視に応答がなければ故障とみなします。

