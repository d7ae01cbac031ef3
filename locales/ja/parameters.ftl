config-dir =
    .long = この Postfix インスタンスの main.cf と master.cf があるディレクトリ (絶対パス)。リソースの起動前にマウントされる共有ファイルシステム上でもかまいません。二つのインスタンスには二つのディレクトリが必要です。既定値: /etc/postfix。

binary-dir =
    .long = postfix コマンドと postconf コマンドがあるディレクトリ (絶対パス)。共有ファイルシステム上でもかまいません。既定値: /usr/sbin。

queue-dir =
    .long = 共有ファイルシステム上のキューディレクトリ (絶対パス)。シンボリックリンクでもかまいません。指定すると、main.cf の queue_directory が同じディレクトリでない限り起動しません。既定値: main.cf の queue_directory。

queue-mountpoint =
    .long = 起動前にマウントされていなければならないマウントポイント。キューはその下にあります。指定しなくても、キューのないディレクトリで Postfix が起動されることはありません。既定値: 検査しない。

drain =
    .long = 停止時に、始まっている配送と受信が終わるのを待つ最長の時間。秒数、または単位付きの数 (500ms、5s、2min)。次のノードで二重に配送されるのを防ぎます。新しい仕事はすぐに断ります。停止のタイムアウトの四分の一より長くは待たず、仕事のない Postfix は待ちません。0: 待たない。既定値: 2。

certificate-days =
    .long = TLS 証明書の期限の何日前から、一日一回ログで知らせるか。レベル 10 と 20 の監視が見た証明書のうち、最初に期限が来るものが対象です。期限が切れると degraded になります。0: 事前には知らせない。既定値: 14。

watch =
    .long = Postfix の横で動く小さなプロセスが、監視の失敗につながる出来事 (master の終了や停止、メールがあるのに qmgr がない、アドレス・キューのマウント・main.cf の消失) を待ち、Pacemaker にその監視をすぐ実行させるかどうか。次の監視の時刻を待たずに復旧が始まります。その後の動作は on-fail も含めて変わりません。Pacemaker 3 では、on-fail が既定値の restart であれば crm_resource --fail と同じように故障を直接報告し、そうでなければ予定の時刻の監視を待ちます。既定値: true。

watch-interval =
    .long = watch のプロセスが、イベントでは分からないもの (閉じられたソケット、停止されたデーモン、接続を受けても挨拶しないエンドポイント) も調べる間隔。毎回、レベル 0 の監視と同じ点を調べ、エンドポイントを 1 つずつ順番に選んで挨拶を受け取ります。挨拶のたびにメールログに connect from と disconnect from の 2 行が残り、postscreen ではさらに CONNECT from と ALLOWLISTED (Postfix 3.6 より前は WHITELISTED) の 2 行が残ります。7 秒ずつ 2 回応答のないエンドポイントがあれば、Pacemaker にレベル 10 または 20 の監視をすぐ実行させます。そのような監視がなければ何も知らせません。秒数、または単位付きの数 (500ms、5s、2min)。0: イベントがあったときだけ調べる。既定値: 5。

flush =
    .long = 起動時にキューに配送待ち (deferred) のメールがあれば、すべてをすぐに再配送するよう Postfix に求めるかどうか (postqueue -f)。フェイルオーバーの後に次の配送時刻を待たずに済みます。起動は配送を待ちません。既定値: true。

endpoints =
    .long = 監視が調べ、起動が待つエンドポイントの、master.cf のサービスまたはポート。空白かコンマで区切ります: smtp、587、192.0.2.25:smtp、[::1]:25。名前とその番号は同じものです。クライアント証明書を要求する、またはノードのアドレスを拒否するために、エージェントに正しく応答できないポートがあるときに使います。何も指さない項目はログで知らせ、どの項目も何も指さなければ、すべてのエンドポイントを調べます。既定値: すべてのエンドポイント。

mail-owner =
    .long = main.cf の mail_owner の値。main.cf を読めないノード (ほかのノードにマウントされた共有ファイルシステム上にある場合) が uid を公開するために使い、ほかのノードの uid と比べられます。ほかには使われません。Postfix と起動時の検査は main.cf の名前を使います。既定値: そのノードで最後に読めた main.cf の値。それもなければ何も公開しません。

setgid-group =
    .long = main.cf の setgid_group の値。目的は mail_owner と同じです。既定値: mail_owner と同様。

binary =
    .long = postfix コマンドのフルパス。ocf:heartbeat:postfix 用に書かれた設定のためのものです。binary_dir がないとき、そのディレクトリが使われます。既定値: binary_dir の postfix。

trace-ra =
    .long = 各アクションが、渡された環境、見つけたもの、結果を trace_dir のファイルに書くかどうか。既定値: false。

trace-dir =
    .long = trace_ra が true のときにトレースを書く場所。既定値: /var/lib/heartbeat/trace_ra。

