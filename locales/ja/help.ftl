### The command line in Japanese. See locales/en/help.ftl.

## admin

help-tool = Pacemaker で Postfix を高可用にする
help-tool-more = 階層とは、Postfix のリソース (ocf:postkeeper:postfix) と、それが依存する IP アドレスとファイルシステムのことです。TAG は階層の名前かリソースの id です。階層が一つしかなければ、ほとんどの動詞で省略できます。
help-tool-title = Pacemaker で Postfix を高可用にします。

## admin/act

help-options-dry-run = 何をするかを表示するだけで、実行しない
help-options-yes = 確認せずに実行する
help-options-force = 検査が反対しても実行する (ほかのものが停止または移動する、ノードがフェンシングを待っている、Postfix がその依存先を必要としている)
help-options-allow = --force が必要な動作のうち、これだけを許可する (複数指定可)
help-options-format = 計画の出力形式。xml、pcs、crm は表示だけで、実行しない
help-options-wait = クラスターの動作を待つ秒数

## admin/create

help-create = 階層を作る: Postfix と、それに必要な IP アドレスとファイルシステム
help-create-more = inet_interfaces のアドレスと main.cf のディレクトリをクラスターで探します。それらのリソースはそのサーバーで動いていなければなりません。サーバーは、別のものを指定しなければこのサーバーです。端末でオプションなしに実行すると、質問します。
help-config-dir = main.cf と master.cf のある場所
help-binary-dir = postfix と postconf のある場所
help-create-queue-dir = キュー。シンボリックリンクでもよい [既定値: main.cf の queue_directory]
help-create-server = 最初に動かすサーバー [既定値: このサーバー]
help-create-switchback = 優先順位の高いサーバーが復帰したときに戻るかどうか
help-create-tag = 名前 [既定値: postfix-on-QUEUE_DIR]
help-create-priority = サーバーの優先順位。1 (最高) から 999
help-create-group = 必要なものがすべて入っているグループの最後に入れる
help-create-depends-on = 必要なリソース。種類は問わない。アドレスやマウントポイントでは見つからないもの、または追加のもの。繰り返し指定できる
help-shell = 別のサーバーでコマンドを実行するコマンド。サーバーとコマンドの単語が後に付く
help-create-handed-over = これが指定されたサーバーである

## admin/extend

help-extend = 階層にサーバーを加える
help-extend-more = 番号 (uid、gid) と Postfix のバージョンをサーバー間で比べ、そこですべてを動かせるかをクラスターに確かめます。
help-tag = 階層
help-extend-to = 加えるサーバー
help-extend-priority = 優先順位。1 (最高) から 999 [既定値: ほかのサーバーの後]
help-extend-template-priority = 最初の拡張のとき: もとのサーバーの優先順位。1 から 999 [既定値: 変えない]
help-unextend = 階層からサーバーを外す
help-unextend-from = 外すサーバー。階層がそこで動いていないこと

## admin/service

help-in-service = 階層をサービス状態にする。ここでも別のサーバーでも
help-in-service-more = 依存先も一緒に移ります。移動が完了し、移動の制約を削除すると終了します。--wait より長くかかる移動の制約は、その 1 分後に無効になります。
help-in-service-on = サーバー [既定値: 今いるサーバー、または動けるサーバーのうち優先順位が最も高いもの]
help-out-of-service = 階層をサービス停止にする。Postfix は停止し、サービス状態にするまで止まったまま
help-out-of-service-more = すぐにほかのサーバーへ移ってしまう依存先は、階層をサービス状態にするまで今の場所にとどめます。スイッチバックが automatic なら、優先順位が最も高いサーバーへ移ることがあります。
help-clean-up = 階層の失敗の記録を消去する。クラスターがあきらめたことは再び試される
help-clean-up-more = ほかには何も変更しません。

## admin/depend

help-depend = 別のリソース (メールボックスのファイルシステムなど) への依存関係を追加または削除する
help-depend-add = Postfix をそのリソースと同じ場所で、その後に起動する
help-depend-remove = Postfix はそのリソースを必要としない
help-depend-resource = リソースの id

## admin/set

help-set = 階層のプロパティーを変更する
help-set-more = WHAT は次のいずれかです。switchback intelligent|automatic、priority NODE=N (複数可)、リソースのパラメーターは NAME=VALUE (NAME= は既定値に戻す)。パラメーターの一覧: postkeeper show TAG
help-set-what = 変更するものとその値
help-set-dependencies = switchback のとき: IP アドレスとファイルシステムにも設定する

## admin/status

help-status = すべての階層の状態: リソースとサーバーの木と、失敗したもの
help-status-more = 終了コードは、すべて動作中で見るべきものがなければ 0、サービス停止にした階層があれば 6、動いているはずの階層が動いていなければ 7、動作中でも見るべきものがあれば 8 です。
help-status-tag = 階層 [既定値: すべて]
help-json = プログラム用: JSON の文書を一つ出力する
help-status-watch = 指定した秒数ごとに繰り返す。--json とともに指定すると、変化のたびに 1 行ずつ出力する
help-status-offline = エンドポイントに接続しない

## admin/show

help-show = 階層のプロパティーを表示する: スイッチバック、サーバーと優先順位、依存関係、パラメーター

## admin/verify

help-verify = このサーバーとクラスターが Postfix を動かせる状態かを検査する
help-verify-more = チェックリストを順に調べます。プログラムと設定、ユーザーとグループ、ストレージ、アドレス、システム起動時、検索テーブル、chroot、ラベル、証明書と鍵、自動更新と自動再起動、送信メールと MX レコード、postfix check。クラスターが動いていれば、フェンシング、クォーラム、階層も調べます。各項目は正常、警告、エラーのいずれかで、見つかったもの、期待するもの、対処を表示します。
help-verify-tag = パラメーターを使う階層。一つしかないとき、またはまだないときは省略できる
help-verify-config-dir = main.cf と master.cf のディレクトリ
help-verify-binary-dir = postfix と postconf のディレクトリ
help-verify-queue-dir = キューディレクトリ。main.cf だけから決めない場合に指定する
help-verify-start = 実際に Postfix を起動し、ソケットと挨拶を調べて、停止する。すでに動いているものは動き続ける
help-verify-on = このサーバーの代わりにこれらのサーバーを検査し、比べる
help-verify-domain = MX レコードがここを指すべきドメイン。main.cf にあるもののほかに指定する
help-verify-json = プログラム用: レポートの JSON のリスト。各レポートに about、items (section、check、level、found、wanted、todo)、facts がある
help-verify-alone = このサーバーだけを検査し、クラスターは検査しない
verify-exit-fine = 問題なし、または警告だけ
verify-exit-error = エラーが一つ以上ある
verify-exit-refused = 拒否された。何も調べていない
verify-exit-unknown = そのような階層はない

## admin/repair

help-repair = 階層の制約とパラメーターを、このバージョンが作るものにする
help-repair-more = 以前のバージョンが作った規則は、ノード属性が失われたサーバーから Postfix を締め出すため、置き換えます。uid と gid の規則がない階層には規則を作り、すべてのサーバーで変わった番号は記録し直し、main.cf が共有ファイルシステムにあれば mail_owner と setgid_group の名前を記録します。Postfix は動き続けます。

## admin/delete

help-delete = 階層を削除する。動いていれば Postfix は保護されずに動き続け、IP アドレスとファイルシステムは残る

## admin/adopt

help-adopt = 別のエージェントのリソースを、Postfix を止めずに ocf:postkeeper:postfix に変える
help-adopt-more = ocf:heartbeat:postfix、systemd:postfix、systemd:postfix@INSTANCE、lsb:postfix のリソースを置き換えられます。名前、グループ内の位置、制約、オペレーション、メタ属性は変わりません。リソースが動いているサーバーで実行してください。何かを変更する前に、新しいエージェントと同じ方法で Postfix を調べます。先にすべてのサーバーに postkeeper をインストールしてください。
help-adopt-resource = リソース

## admin/import

help-import = lcdstatus の出力から LifeKeeper の階層を取り込む
help-import-more = 一つのサーバー、できれば各サーバーで保存した lcdstatus -q、lcdstatus -e、lcdstatus の出力を読み、同じ階層をこのクラスターに提案します。ファイルシステム、アドレス、Postfix、依存関係、サーバーと優先順位、スイッチバック。クラスターにすでにあるものは使います。すべて管理対象外で作るため、LifeKeeper を停止して任せるまで、クラスターは何もしません。
help-import-files = 保存したもの。どのサーバーのものか表示から分からなければ SERVER=FILE とする。- は標準入力
help-import-tag = Postfix リソースのタグ。それらしいものがないか、二つ以上あるときに指定する
help-import-switchback = スイッチバックの種類。lcdstatus には表示されない
help-import-priority = 何も保存しなかったサーバーの優先順位
help-import-node = サーバーの代わりになるこのクラスターのノード [既定値: 同じ名前のもの]
help-import-device = ファイルシステムのデバイス、種類、マウントオプション [既定値: /etc/fstab のもの]
help-import-id = 表示で短縮されたリソースの id: アドレスまたはマウントポイント
help-import-queue-dir = キュー [既定値: main.cf の queue_directory (ここで読めるとき)]
help-import-on-each = svr1 で実行し、svr2 でも同じようにする
expected-name-value = NAME=VALUE が必要です

## admin/help

help-examples = 例:
help-exit-codes = 終了コード:
help-usage = 使い方:
help-verbs = 動詞
help-arguments = 引数
help-options = オプション
help-help = このヘルプを表示する
help-version = バージョンを表示する
help-help-verb = このヘルプ、または動詞のヘルプを表示する
help-one-of-values = [値: { $values }]
help-values = 値:
help-default = [既定値: { $value }]
usage-error = エラー: { $error }
usage-tip = ヒント: 似ているもの: { $names }
usage-more = 詳細: --help
usage-unknown-argument = 引数 '{ $argument }' はありません
usage-unknown-verb = 動詞 '{ $verb }' はありません
usage-missing-arguments = 次の引数が必要です: { $arguments }
usage-missing-value = '{ $argument }' には値が必要です
usage-invalid-value = '{ $value }' は '{ $argument }' の値になりません
usage-invalid-value-because = '{ $value }' は '{ $argument }' の値になりません: { $reason }
usage-conflict = '{ $argument }' は '{ $other }' と同時に指定できません
usage-given-twice = '{ $argument }' は一度しか指定できません

## admin/exit

exit-done = 完了
exit-failed = 失敗した。それまでに行ったことが表示される
exit-not-understood = コマンドラインが正しくない
exit-refused = 検査により拒否されたか、確認で断った。何も変更していない
exit-unknown = そのような階層、サーバー、リソースはない
exit-unreachable = クラスターに接続できない、またはこのユーザーに権限がない
exit-out-of-service = status: サービス停止にした階層がある
exit-not-in-service = status: 動いているはずの階層が動いていない
exit-attention = status: 動作中だが、見るべきものがある

## cluster/plan

help-format-text = 文
help-format-xml = 変更後の設定
help-format-pcs = pcs のコマンド
help-format-crm = crmsh のコマンド
help-format-json = プログラム用のイベント、1 行に一つ。--dry-run または --yes とともに

## admin/parts

help-switchback-intelligent = 今いる場所にとどまる
help-switchback-automatic = 優先順位の最も高いサーバーへ戻る
