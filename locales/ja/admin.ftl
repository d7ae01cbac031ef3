### What the admin tool says in Japanese. See locales/en/admin.ftl.

## system

directory-of-users-does-not-answer = ユーザーとグループの情報源 (nsswitch.conf) が応答しません
directory-of-users-failed = ユーザーとグループの情報源 (nsswitch.conf) のエラー: { $error }
cannot-run = { $program } を実行できません: { $error }
did-not-end-in-time = { $command } が時間内に終わりません
command-ended-with = { $command } が失敗しました ({ $how })
exit-status = 終了コード { $status }
signal = シグナル { $number }
no-name-server = resolv.conf にネームサーバーがありません
name-server-failed = ネームサーバー { $server }: { $error }
it-answers-another-question = 別の問い合わせへの応答です
it-answers = 応答 { $code }
no-answer = 応答なし
not-a-regular-file = 通常のファイルではありません

## cluster/cib

it-is-not-among-its-servers = 拡張先のサーバーではありません
attribute-is-not-known = { $name } が分かりません。必要な値: { $wanted }
it-was-moved-away-by-hand = 手で移動させられました
attribute-differs = { $name } が { $value } です。必要な値: { $wanted }
attribute-fits = { $name } が { $value } です。条件: { $operation } { $wanted }
both = { $one }、かつ { $other }

## cluster/hierarchy

may-not-run-there = { $id } がそこで動けません

## cluster/live

it-was-reported-as-failed-crm = 故障と報告されました (crm_resource --fail)
node-unknown = 不明
node-online = オンライン
node-standby = スタンバイ
node-offline = オフライン
node-coming-up = 参加待ち
node-unclean = 状態不明 (フェンシング待ち)
node-maintenance = メンテナンス中
role-starting = 起動中
role-stopping = 停止中
role-started = 動作中
role-stopped = 停止
role-promoted = 昇格済み
role-unpromoted = 未昇格
role-on = { $nodes } で{ $role }

## cluster/pacemaker

operation-under-way = { $node } で { $resource } の { $task }
still-remembers = { $node } に { $resource } の記録が残っています
cluster-cannot-be-reached = このサーバーからクラスターに到達できません: { $said }
start-the-cluster-here = ここで起動する (pcs cluster start) か、クラスターが動いているサーバーで実行してください。
no-cluster-is-set-up-here = ここにはクラスターが構成されていません。Pacemaker (pacemaker、pcs) をインストールして構成する (pcs cluster setup) か、クラスターのサーバーで実行してください。リモートノードでは pacemaker_remote を起動してください。
permission-denied-by-the-cluster = このユーザーはクラスターに拒否されました: { $said }
run-this-as-root = root で実行してください。
is-pacemaker-installed = { $command }: { $error }: Pacemaker はインストールされていますか
temporary-file-failed = 一時ファイル: { $error }

## cluster/xml

this-is-not-xml = Pacemaker の書く XML ではありません: { $why }
too-many-elements-inside-each-other = 要素の入れ子が { $number } 段を超えています
end-without-a-beginning = { $position } バイト目の終了タグに対応する開始タグがありません
it-ends-too-early = 途中で終わっています
not-one-root-element = ルート要素が 1 つではありません
is-no-name = "{ $name }" は名前ではありません

## cluster/change

resource-and-its-own-constraints = リソース { $id } とその制約
runs-where-runs = { $resource } は { $with } と同じサーバーで動きます
starts-after = { $then } は { $first } の後に起動します
may-run-on-priority-score = { $resource } は { $node } で動くことができます。優先順位 { $priority } (スコア { $score })
the-constraint = 制約 { $id }
resource-out-of-its-group = リソース { $id }: グループから出し、自身の制約を外します
resource-no-server-looks = リソース { $resource }: どのサーバーでも探さなくなります
what-each-server-keeps-for = 各サーバーにある { $id } の監視プロセスとファイル
what-each-server-remembers-of = 各サーバーにある { $id } の記録
what-the-cluster-remembers-of = { $id } についてのクラスターの記録
resource-stays-on-its-server-while = リソース { $resource }: { $by } がサービス停止中は今のサーバーにとどまります
resource-may-leave-its-server-again = リソース { $resource }: 再び別のサーバーへ移れるようになります
group-is-not-there-any-more = グループ { $id } はもうありません
resource-is-not-there-any-more = リソース { $id } はもうありません
resource-added = リソース { $id } ({ $agent })
resource-added-to-group = リソース { $id } ({ $agent })、グループ { $group } の最後
monitor-every = 監視 { $interval } ごと
monitor-every-at-level = 監視 { $interval } ごと、レベル { $level }
resource-becomes = リソース { $id } は { $agent } になります。内容:
meta-attribute-is-set = リソース { $resource }: { $name } = { $value }
meta-attribute-is-removed = リソース { $resource }: { $name } の指定をなくします
parameter-is-set = { $resource } のパラメーター: { $name } = { $value }
parameter-is-removed = { $resource } のパラメーター: { $name } の指定をなくします
runs-only-on = { $resource } は次のサーバーだけで動きます: { $nodes }
runs-only-on-until = { $resource } は移動が完了するまで { $nodes } でのみ動きます (遅くとも { $end } まで)
never-runs-where = { $resource } は { $condition }サーバーでは動きません
attribute-is-set = { $attribute } に値がある
attribute-is = { $attribute } が { $value } である
attribute-is-not = { $attribute } が { $value } でない
attribute-is-set-and-is-not = { $attribute } が { $value } 以外の値になっている
constraint-is-not-there-any-more = 制約 { $id } はもうありません
set-is-not-there-any-more = 属性の組 { $id } はもうありません
id-is-taken-already = id { $id } は設定の { $element } がすでに使っています

## cluster/plan

configuration-keeps-changing = クラスターの設定が絶えず変更されています。しばらくしてからやり直してください
stop-on = { $node } で { $resource } を停止
start-on = { $node } で { $resource } を起動
restart-on = { $node } で { $resource } を再起動
cancel-on = { $node } で { $resource } の監視を終了
monitor-on = { $node } で { $resource } を監視
move-from-to = { $resource } を { $source } から { $node } へ移動
migrate-from-to = { $resource } を { $source } から { $node } へ移動
fence-node = { $node } をフェンシング
failures-of-it-may-be-tried-again = { $id } の失敗の記録。再び試せるようになります
node-is-probed-again-for = { $node } が { $resource } について公開した内容。プローブし直します
then-when-the-cluster-has-finished = クラスターの動作が終わってから:

## ocf/parameters

services-or-ports-of-master-cf = smtp、587、[::1]:25 のような master.cf のサービスまたはポート
whole-number-of-days = 日数 (整数)
seconds-or-a-time-such = 秒数、または 500ms、5s、2min のような時間
true-or-false = true または false
endpoints-name-no-service = endpoints の "{ $entries }" は、master.cf のメールを受け付けるどのサービスも指していません: { $looked-at }
every-endpoint-is-checked = すべてのエンドポイントを監視します
other-entries-are-checked = ほかの項目を監視します
absolute-path = 絶対パス
name-of-a-user-or-group = ユーザーまたはグループの名前
is-no-value-for = { $name }: "{ $value }" は使えない値です。必要な値: { $expected }
is-not-an-absolute-path = { $name } が絶対パスではありません: "{ $value }"
is-too-long-for-a-path = { $name } はパスとして長すぎます: "{ $value }"
holds-a-control-character = { $name } に制御文字があります: "{ $value }"

## admin

rename-or-remove-that-first = 先に名前を変えるか削除してください。確認: cibadmin --query --xpath "//*[@id='{ $id }']"
cluster-has-none = クラスターには一つもありません。
expected-one-of = あるもの: { $names }
there-is-no-hierarchy-of-postfix = Postfix の階層がありません
make-one-with = 作るには: postkeeper create
no-hierarchy-is-named = 階層を指定してください
there-is-no-hierarchy = 階層 "{ $tag }" はありません
answer-cannot-be-written = 出力できません

## admin/act

configuration-was-changed-planning-again = その間にクラスターの設定が変更されました。計画を立て直します
pacemaker-would-not-accept-this-configuration = この設定は Pacemaker に受け付けられません: { $first }
this-would-also = これを行うと次のことも起こります: { $actions }
if-that-is-what-you-want = それでよければ --force を指定してください。何も変更していません。
this-is-not-a-terminal = ここでは確認できません。実行するには --yes を指定してください。何も変更していません。
do-this = 実行しますか?
not-done-nothing-has-been-changed = 実行しませんでした。何も変更していません。
waits-to-be-fenced = { $unclean } のフェンシングが終わるまでクラスターは何も起動しません。「{ $action }」の後は止まったままになります
have-that-node-fenced-first-if = 先にそのノードをフェンシングするか (電源が切れているのが確かなら: stonith_admin --confirm NODE)、--force を指定してください。
configuration-kept-changing = クラスターの設定が { $wait } 秒の間、変わり続けました。何も変更していません。
try-again-when = 変更が収まってからやり直すか、--wait を長くしてください。
action-failed = { $node } で { $resource } の { $task } が失敗しました ({ $when }): { $reason }
interrupted-nothing-has-been-changed = 中断しました。何も変更していません。
interrupted-constraints-are-removed = 中断しました。移動は続きます。移動が終わって移動の制約を削除したら、このコマンドは終了します
constraints-of-the-move-stay = 移動が続けられるように、移動の制約は { $end } まで残ります。確認: postkeeper status
interrupted-operations-continue = 中断しました。進行中のオペレーションは続きます。確認: postkeeper status
failures-were-cleared = 失敗の記録を消しました。ほかには何も変更していません: { $error }
change-was-made-in-part = 変更は途中まで行われました。同じコマンドをもう一度実行してください。確認: postkeeper status
probed-again-nothing-was-changed = { $node } をプローブし直しました。何も変更していません
nothing-to-change = 変更するものはありません
cluster-will = クラスターの動作: { $actions }
note = 注意: { $note }
in-progress = 実行中: { $actions }
cluster-did-not-finish-within = クラスターの動作が { $seconds } 秒以内に終わりませんでした。動作は続いています。確認: postkeeper status

## admin/report

is-in-service-on = { $id } は { $node } で動いています
is-not-in-service-on = { $id } は { $node } で動いていません
is-out-of-service = { $id } は停止しました
is-still-in-service-on = { $id } はまだ { $nodes } で動いています
is-not-in-service-on-any = { $id } はどのサーバーでも動いていません
node-is-kept-out = { $node } では動けません: { $reason }

## admin/parts

resource-has-this-postfix-already = この Postfix はすでにリソース { $id } が管理しています: { $config-dir }
adopt-it = 階層にするには: postkeeper adopt { $id }
see-postkeeper-show = 確認: postkeeper show { $id }
run-this-on = { $node } で実行するか、先にここへ移してください: pcs resource move { $resource } { $server }
start-it-here-first = 先にここで起動してください: pcs resource enable { $id }。失敗していれば: crm_resource --cleanup --resource { $id }

## admin/servers

is-a-container-of-the-bundle = { $node } はバンドル { $bundle } のコンテナで、バンドルの中のものしか動かせません
postfix-cannot-be-in-a-bundle = Postfix はバンドルの中では動かせません。クラスターのノード、リモートノード、ゲストノードのいずれかを指定してください。
cluster-has-no-server = クラスターにサーバー "{ $node }" はありません
cannot-run-anything-now = { $node } では今は何も動かせません。状態: { $state }
bring-it-up-first-pcs-cluster = 先に使えるようにしてください (pcs cluster start { $node }、pcs node unstandby { $node })。
has-priority-already = 優先順位 { $priority } は { $node } が使っています。優先順位はサーバーごとに異なります
has-no-priority = { $nodes } に優先順位がありません。優先順位のあるサーバーがすべて先になります
give-it-a-priority-first = 先に優先順位を付けてください: postkeeper set { $tag } priority { $pairs }
give-another-number = 別の番号にするか、両方を一度に変えてください: postkeeper set { $tag } priority A=N B=M
resource-stickiness-of-does-not-agree = { $resources } の resource-stickiness がスイッチバック { $kind } と合っていません。{ $consequence }。合わせるには: postkeeper set { $tag } switchback { $kind } --dependencies
postfix-goes-where-they-are = Postfix はそれらのある所で動きますが、それらはスイッチバックのときに移らないことがあります
while-postfix-is-out-of-service = Postfix が停止している間に、優先順位の最も高いサーバーへ移ることがあります
not-known = 不明
whole-cluster-is-in-maintenance = クラスター全体がメンテナンスモードです。何も監視も復旧もされません
it-is-not-managed = 管理対象外です。クラスターは起動も停止も復旧もしません
cluster-has-no-quorum = クラスターにクォーラムがありません。ほかのサーバーを参加させてください (pcs cluster start NODE、pcs quorum status で確認)。全台が止まった後で、ほかが確かに止まっているなら: pcs quorum unblock
why = 理由: { $reason }

## admin/remote

is-not-text = { $word } は文字列ではありません
shell-cannot-be-run = { $server } に接続するための { $shell } を実行できません: { $error }
install-the-shell-or-name-another = インストールするか (Debian: openssh-client)、--shell で別のリモートシェルを指定してください。
shell-did-not-answer = { $shell } { $server } postkeeper から応答がありません: { $status }
remote-command-advice = root がパスワードなしで { $server } に接続できるようにするか、そこに postkeeper をインストールするか、{ $server } で同じコマンドを実行してください。
shell-cannot-be-read-as-words = --shell を単語に分けられません: { $shell }
check-the-quoting = 引用符を確認してください。

## admin/create

fencing-is-off = フェンシングが無効です。停止に失敗すると、クラスターは管理者の対処を待ちます
to-be-created = 作成します ({ $here } で動かします):
files-can-only-be-checked-on = { $server } のファイルは { $server } でしか調べられません。ここは { $here } です
run-the-same-command-on-shell = { $server } で同じコマンドを実行してください。--shell は別のサーバーにつながりました。
cluster-has-no-resource-for-it-yet = クラスターにそのリソースがまだありません: { $command }
cannot-be-a-tag = "{ $tag }" はタグにできません。英字、数字、- _ . / が使え、先頭は英字です
give-another-one-with-tag = --tag で別のタグを指定してください。
id-is-in-use = id { $id } はすでに使われています
give-another-name-than-with-tag = --tag で "{ $tag }" 以外の名前を指定してください。
create-it-first = 先に作ってください: { $line }
put-it-on-a-file-system-that-every-server-can-mount = すべてのサーバーでマウントできるファイルシステムに置き、そのリソースを先に作ってください。
if-another-resource-mounts = ほかのリソースが { $point } をマウントするのであれば、それを指定してください: --depends-on ID
if-another-resource-provides-it = ほかのリソースがそのアドレスを持つのであれば、それを指定してください: --depends-on ID
there-is-no-group = グループ "{ $name }" はありません
is-needed-and-is-no-member = { $id } が必要ですが、グループ { $name } に入っていません
add-it-pcs-resource-group-add = グループに加える (pcs resource group add { $name } { $id }) か、--group を外してください。
inet-interfaces-names-no-address-so-none = inet_interfaces にアドレスがないため、アドレスのリソースは探していません。加えるには: postkeeper depend add { $tag } RESOURCE
is-not-in-alternate-config-directories = { $directory } が { $main }/main.cf の alternate_config_directories にありません。ユーザーのコマンドはこの設定を受け付けません
depends-on-which-would = { $resource } が { $id } に依存しているため、循環します

## admin/wizard

switchback-type = スイッチバックの種類
intelligent-after-a-failover-it-stays = intelligent: フェイルオーバー後もその場にとどまります。automatic: 優先順位の最も高いサーバーへ戻ります。
where-it-is-in-service-first = 最初に動かすサーバー。アドレスとファイルシステムもそこで動いていることが必要です。
configuration-directory = 設定ディレクトリ
where-main-cf-and-master-cf = main.cf と master.cf のある場所。
directory-of-the-postfix-commands = Postfix コマンドのディレクトリ
where-postfix-and-postconf-are = postfix と postconf のある場所。
queue-directory = キューディレクトリ
on-a-file-system-that-every = すべてのサーバーでマウントできるファイルシステム上。シンボリックリンクでもかまいません。
name-of-the-hierarchy = 階層の名前。英字、数字、- _ . / が使えます
enter-takes-the-answer-in-brackets = Enter で括弧内の答えを選び、< で戻り、q で中止します。
intelligent-or-automatic = intelligent または automatic
one-of = 次のいずれか: { $names }
this-server-or-run-there = { $here }。または { $answer } で実行してください。サーバーのファイルはそこでしか調べられません
letters-digits-and-and-a-letter = 英字、数字、- _ . /。先頭は英字
another-one-the-cluster-has-already = 別の名前。{ $answer } はすでにクラスターにあります
cancelled-nothing-has-been-changed = 中止しました。何も変更していません。
server-question = サーバー
tag-question = タグ
expected-answer = 必要な答え: { $answer }

## admin/extend

until-now = これまでの報告: { $refusal }
to-be-extended-to = { $to } へ拡張します:
is-extended-to = { $id } を { $to } へ拡張しました
is-extended-to-already = { $tag } はすでに { $node } へ拡張されています
to-change-its-priority = 優先順位を変えるには: postkeeper set { $tag } priority { $node }=N
it-has-more-than-one-server = すでに複数のサーバーがあります: { $nodes }
to-change-their-priorities = 優先順位を変えるには: postkeeper set { $tag } priority A=N B=M
constraint-keeps-away-from = 制約 { $constraint } が { $id } を { $node } から遠ざけており、ほかのことも決めています
change-it-first = 先に変更するか、削除してください: pcs constraint delete { $constraint }
has-not-published-the-uid = { $node } は Postfix のユーザーの uid と gid をまだ公開していません
it-cannot-read-their-names = main.cf にある名前を読めません。記録するには: postkeeper repair { $tag }
do-mail-owner-and-setgid-group = main.cf の mail_owner と setgid_group はそこにありますか?
is-the-agent-installed-there = そこにエージェントがインストールされていますか ({ $agent-program })?
postfix-is-another-version-on = { $node } の Postfix のバージョンが違います: { $found }、{ $other } では { $wanted }
install-the-same-version-on-every = キューを共有するので、すべてのサーバーに同じバージョンをインストールしてください。
could-not-run-the-hierarchy = { $node } では階層を動かせません。そこで動かないもの: { $resources }
to-be-unextended-from = { $from } への拡張を解除します:
is-unextended-from = { $id } の { $from } への拡張を解除しました
is-not-extended-to = { $tag } は { $node } へ拡張されていません
it-is-extended-to = 拡張先: { $hierarchy }
bring-it-in-service-on-another = 先に別のサーバーで動かす (postkeeper in-service { $tag } --on NODE) か、停止してください。
is-its-only-server = ほかに拡張先がありません: { $node }
to-remove-the-hierarchy = 階層を削除するには: postkeeper delete { $tag }
crm-resource-why-and-constraints = crm_resource --why --resource { $resource } --node { $node }、制約: pcs constraint ref { $resource }

## admin/repair

to-be-repaired = 修復の内容:
is-repaired = { $id } を修復しました
uid-and-gid-are-not-known = uid と gid がここでは分かりません。動いているサーバーで実行してください
main-cf-names-mail-owner = mail_owner と setgid_group の名前がある main.cf は、動いているサーバーでしか読めません。そこで実行してください
would-not-stay-in-service-on = { $id } は { $node } でサービス状態のままでいられません。サーバーが公開した番号が、今のキューの番号と違います
have-each-server-publish-them-again = 各サーバーに番号を公開し直させてから、もう一度実行してください: { $commands }

## admin/service

is-in-service-on-already = { $id } はすでに { $node } で動いています
is-out-of-service-already = { $id } はすでに停止しています
extend-it-first = 先に拡張してください: postkeeper extend { $tag } --to { $node }
to-be-brought-in-service-on = { $node } で動かします:
to-be-brought-in-service = 動かします:
to-be-taken-out-of-service = 停止します:
to-be-cleared = 記録を消去します:
cluster-would-not-stop-now = クラスターは今 { $id } を停止しません
to-have-it-stopped-as-soon = それが終わりしだい停止させるには、--force を指定してください。
is-still-in-service = { $id } はまだ { $node } で動いています。停止の指定はすでにあります
is-kept-away-from = { $tag } は { $node } では動けません: { $reason }
constraint-that-says-so = その制約: { $constraint }
it-would-not-stay-on = { $node } にはとどまらず、すぐに { $nodes } へ移ります
its-switchback-is = スイッチバックは { $switchback } です。とどめるには: postkeeper set { $tag } switchback intelligent とするか、{ $node } の優先順位を上げてください。
cluster-would-not-bring-it-in-service = クラスターはこれを動かしません
cluster-would-not-bring-it-in-service-on = クラスターはこれを { $node } で動かしません
failures-are-cleared = { $id } の失敗の記録を消去しました

## admin/depend

is-a-fence-device = { $id } はフェンスデバイスで、どこででも動きます。依存先にはできません
is-of-the-bundle = { $id } はバンドル { $bundle } のものです。そのコンテナは独立したホストです
depend-on-what-postfix-needs = Postfix が必要とするもの (アドレスなど) のリソースに依存させてください。
cluster-has-no-resource = クラスターにリソース "{ $id }" はありません
dependency-to-be-added = 依存関係を追加します:
dependency-to-be-removed = 依存関係を削除します:
cannot-depend-on-itself = { $id } はそれ自身には依存できません
depends-on-already = { $id } はすでに { $resource } に依存しています
does-not-depend-on = { $id } は { $resource } に依存していません
it-depends-on = 依存先: { $resources }
is-before-in-the-group = グループ { $group } の中で { $dependency } が { $id } の前にあります
take-it-out-of-the-group = グループから外してください: pcs resource group remove { $group } { $id }
depends-on-and-on = { $other } が { $dependency } に、{ $id } が { $other } に依存しています
whether-postfix-needs-it = Postfix が { $dependency } を必要とするかどうかを、ここでは確認できません: { $fault }
postfix-needs = Postfix には { $id } が必要です。{ $reason }
it-holds = { $path } がその上にあります
inet-interfaces-names = inet_interfaces に { $address } があります
if-it-does-not = 必要でなければ --force を指定してください。
constraint-also-affects-resources-other = 制約 { $constraint } は { $id } と { $dependency } 以外のことも決めています
change-it-by-hand = 手で変更してください: pcs constraint ref { $id }
depends-on = { $id } は { $resource } に依存します
no-longer-depends-on = { $id } は { $resource } に依存しなくなりました

## admin/set

run-the-same-command-on = 同じコマンドを { $node } で実行してください。
to-be-changed = 変更します:
would-still-be = { $id } の { $name } は { $value } のままになります。{ $set } がその値にしています
change-it-there-first = 先にそちらを変えてください。表示するには: cibadmin --query --xpath "//*[@id='{ $set }']"
is-changed = { $id } を変更しました
change-was-not-tested-by-a-start = 動いていないため、変更は起動による確認をしていません
is-not-understood = "{ $found }" は解釈できません
expected-switchback-intelligent-automatic-priority-node = switchback intelligent|automatic、priority NODE=N、またはパラメーターの NAME=VALUE を指定してください。
is-no-priority = "{ $number }" は優先順位ではありません。1 (最高) から 999 までです
there-is-no-parameter = パラメーター "{ $name }" はありません

## admin/delete

still-publishes = { $node } に { $attribute } が残っています: { $error }
to-be-deleted = 削除します:
is-deleted = { $id } を削除しました。{ $state }
where-postfix-runs = Postfix は、動いていれば、保護されずに動き続けます
has-no-resource-stickiness = { $id } には resource-stickiness がなく、サーバーが復帰すると移動することになるため、今の場所にとどめます。移動できるようにするには: pcs resource meta { $id } resource-stickiness=
would-move-and-is-kept-where = { $resource } は移動することになるため、今の場所にとどめます。移動できるようにするには: pcs resource meta { $resource } resource-stickiness=
postfix-runs-on-unprotected-on = Postfix は { $node } で保護されずに動き続けます
postfix-is-stopped = Postfix は停止しています
postfix-runs-on-until-it-is-stopped = Postfix は動き続けます。手で停止するまで、そのファイルシステムはアンマウントできません
interrupted-and-in-maintenance = 途中で終わり、メンテナンス中です。クラスターは起動も停止もしません。続けるには: postkeeper delete { $tag }

## admin/show

no-unmanaged = いいえ (管理対象外)
in-service = 動作中
out-of-service = 停止中 (手動)
tag-label = タグ
resource-label = リソース
group-label = グループ
switchback-label = スイッチバック
managed-label = 管理
server-label = サーバー
depends-on-label = 依存先
parameter-label = 指定値
default-label = 既定値
wanted-label = 稼働指定
server-with-priority = { $node }、優先順位 { $priority }
server-without-priority = { $node }、優先順位なし
server-kept-away = { $server }。動けない理由: { $reason } ({ $constraint })
dependency-via = { $id } ({ $agent } { $subject })、{ $via }
via-group = グループ { $group } でこれより前
via-dependency = { $id } を通じて

## admin/status

cluster-would-not-run-it-there = クラスターはそこでは動かしません。理由: crm_resource --why --resource { $id } --node { $node }
its-rule-for-uid-and-gid = uid と gid の規則が以前のバージョンのもので、ノード属性が失われると Postfix が止まります。置き換えるには: postkeeper repair { $tag }
not-in-service = 動いていません
does-not-answer = 応答なし: { $problem }
not-tried-from-here = ここからは試していません
ids-differ-uid-gid-there-recorded = 番号が違います: uid:gid はそこでは { $found }、記録では { $recorded } (制約 { $constraint })
because-of-constraint = { $reason } (制約 { $constraint })
postfix-failed-there = Postfix がそこで失敗しました。failure-timeout が過ぎるか、次を実行するまで、そこでは動きません: postkeeper clean-up
failures-of-postfix-there = Postfix がそこで失敗した回数: { $n }
it-is-to-be-stopped = クラスターができるようになりしだい停止します
programs-of-postfix-were-replaced-while = 実行中に Postfix のプログラムが入れ替わりました。再読み込みしてください (postfix reload)
tls-certificate-was-renewed = TLS 証明書が更新されましたが、まだ使われていません。再読み込みしてください (postfix reload)
move-was-interrupted = 移動中であるか、移動が中断されています。{ $end } まで、ほかのサーバーは引き継げません。移動中でなければ: postkeeper in-service
move-has-no-end = 移動中であるか、移動が中断されています。移動の制約がある間、ほかのサーバーは引き継げません。移動中でなければ: postkeeper in-service
waits-for-fencing = { $resource } が動いていた { $node } は、まずフェンシングが必要です。それまでは動いているかどうか分からず、クラスターはどこでも起動しません
cluster-has-these-servers-no-more = 制約が指すサーバー { $nodes } がクラスターにありません。名前の変更か削除でしょうか。今の名前のサーバーに拡張してください: postkeeper extend { $tag } --to NODE
is-kept-in-place-still = { $resources } は、サービス停止中と同じく今の場所にとどめられています。解除するには: postkeeper in-service
resource-is-blocked = { $resource } はブロックされています。失敗が消去されるまで、動いていてもいなくても、クラスターは何もしません。停止していると分かったら: postkeeper clean-up
no-other-server-could-take-over = 今は引き継げるサーバーがほかにありません
in-service-on = { $node } で動作中
endpoint-answers = 応答あり
endpoint-label = エンドポイント
no-priority = 優先順位なし
with-priority = 優先順位 { $priority }
node-in-service = { $state }、動作中
kept-away = 動けません: { $reason }
degraded-action = degraded: { $node } での { $resource } の { $action }、{ $when }
failed-action = 失敗: { $node } での { $resource } の { $action }、{ $when }
remark = 注意: { $remark }
state-and-switchback = { $state }、 スイッチバック { $switchback }

## admin/adopt

is-adopted-in-service-on = { $id } は { $agent } になり、{ $node } で動いています
becomes-agent = { $id } を { $agent } にします:
our-agent-did-not-find-running = 新しいエージェントでは { $id } の動作を確認できなかったため、{ $agent } に戻しました。Postfix には触れていません
is-adopted-in-service-as-before = { $id } は { $agent } になり、以前と同じく { $node } で動いています
is-adopted-out-of-service-as-before = { $id } は { $agent } になり、以前と同じく停止しています
cluster-has-none-of = クラスターに { $old-ones } のリソースは一つもありません。
postfix-has-no-instance = このサーバーの Postfix にインスタンス "{ $name }" はありません
its-directory-must-be-in-multi = そのディレクトリが /etc/postfix/main.cf の multi_instance_directories にあり、multi_instance_name がその名前でなければなりません: postmulti -l
also-starts-others = { $agent } は { $others } も起動します。新しいエージェントが管理するのは /etc/postfix だけで、ほかはクラスターなしで動き続けます
until-it-is-stopped = 最初に停止されるまで、Postfix はまだ { $agent } のものです。手動で停止や再起動をしないでください
is-adopted-already = { $id } はすでに { $agent } です
it-is-left-unmanaged = 管理対象外のままです。Postfix が動いていて `crm_resource --refresh --resource { $id }` で確認できたら: pcs resource manage { $id }
only-these-can-be-adopted = { $id } は { $agent } です。引き継げるのは { $old-ones } だけです
is-in-a-clone = { $id } はクローンの中にあります。一つのキューには Postfix は一つです
takes-its-agent-from-the-template = { $id } のエージェントはテンプレート { $template } で決められています
write-the-values-into-the-resource = 先に値をリソースに書き、テンプレートを外してください。
when-our-agent-finds-postfix-running = 新しいエージェントが Postfix の動作を確認したらクラスターの管理に戻し、確認できなければ元のエージェントに戻します
it-is-not-in-service-and-should = 動いているはずですが動いていません。置き換えるとすぐにクラスターが起動します
no-monitor-takes-the-greeting-yet = 挨拶まで確かめる監視がまだありません。追加するには: pcs resource op add { $id } monitor interval=60s timeout=30s OCF_CHECK_LEVEL=10
agent-has-no-such-parameter = parameters="{ $value }": 新しいエージェントにこのパラメーターはなく、Postfix はこれなしで起動します
does-not-have-the-agent = { $here } にエージェント { $agent } がありません
install-postkeeper-on-every-server-first = 先にすべてのサーバーに postkeeper をインストールしてください。
is-in-service-elsewhere = { $id } は { $node } で動いています。ここは { $here } です
is-starting-or-stopping = { $id } は起動中か停止中、または二つ以上のサーバーで動いています
wait-until-it-is-in-service = 一つのサーバーで動くまで待ってください。
cluster-has-running-here = クラスターでは { $id } がここで動いていることになっていますが、{ $place } の Postfix は動いていません
compare-config-dir-of-the-resource = リソースの config_dir と動いている Postfix (ps -C master) を比べ、正しい値を指定してください。
is-adopted-but-has-failed = { $id } は { $agent } になりましたが、正常ではありません
interrupted-and-left-unmanaged = 途中で終わり、管理対象外のままです: { $resources }。Postfix が動いていれば: pcs resource manage { $resources }

## admin/import

id-is-in-use-and-not-by-the-resource-of = id { $id } はすでに使われていますが、{ $subject } のリソースではありません
rename-or-remove-it = 名前を変えるか削除するか、{ $subject } のリソース ({ $agent }) を別の id で作ってください。import はそれを使います。
queue-is-not-here = キューがここにないため、uid と gid は記録されません。動き始めたら、そのサーバーで実行してください: postkeeper repair { $tag }
of-which-type-is-the-file = { $text } のファイルシステムの種類は何ですか?
lcdstatus-does-not-show-the-switchback = lcdstatus にはスイッチバックの種類が表示されません
look-it-up-in-lifekeepers-properties = LifeKeeper のリソースのプロパティで確かめ、--switchback intelligent または automatic を指定してください。
as-it-was-in-lifekeeper = LifeKeeper での { $tag }:
created-unmanaged = 作成しました。まだ管理対象外です。
cannot-take-the-place-of-two = { $node } は二つのサーバーの代わりにはなれません
is-not-what-lcdstatus-prints = { $path } は lcdstatus の出力ではありません: { $why }
save-it-again-lcdstatus-q-file = 保存し直してください: lcdstatus -q >FILE
shows-no-resource = { $path } にリソースがありません
save-it-where-lifekeeper-runs = LifeKeeper が動いているサーバーで保存してください: lcdstatus -q >FILE
is-from-not-from = { $path } は { $server } ではなく { $own } のものです
does-not-tell-for-certain = { $path } がどのサーバーで保存されたものか、確かには分かりません
say-it-server = 指定してください: SERVER={ $path }
indentation-of-the-tags-is-lost = タグの字下げが失われ、依存関係が分かりません
save-it-again-without-copying-by-hand = 手で写さずに保存し直してください: lcdstatus -q >FILE
id-of-is-cut-short = { $tag } の ID が途中で切れています: { $id }
say-the-mount-point = マウントポイントを指定してください: --id { $tag }=DIR
display-has-no-tag = 表示にタグ "{ $tag }" がありません
no-tag-or-id-has-postfix = "postfix" を含むタグも ID もありません
say-which-it-is-with-tag = どれかを --tag で指定してください: { $tags }
more-than-one-tag-or-id = "postfix" を含むタグか ID が二つ以上あります
outputs-of-lcdstatus-disagree-about = { $server } の優先順位が表示によって違います: { $other } と { $priority }
save-them-again = 同じ時点で保存し直してください。
priority-of-is-no-number = { $server } の優先順位が数ではありません: { $priority }
priority-of-is-not-in-what = 保存されたものに { $servers } の優先順位がありません
save-lcdstatus-q-there-too = そこでも lcdstatus -q を保存してそのファイルを加えるか、--priority { $first }=N を指定してください。
two-have-the-same-priority = { $one } と { $other } の優先順位が同じです: { $priority }
priority-of-is = { $server } の優先順位が { $priority } です。1 から 999 までが必要です
expected-one-of-name-the-one = あるもの: { $cib }。代わりになるものを指定してください: --node { $server }=NODE
nothing-here-stands-for = { $tags } に当たるものはありません。ファイルシステムリソースが直接デバイスをマウントします
when-it-was-saved = 保存時には LifeKeeper が { $active } で動かしていました。先にすべてのサーバーで lkstop を実行してください
it-is-created-unmanaged = 管理対象外で作ります。クラスターは何も起動せず、LifeKeeper が動かしているものも停止しません
when-postkeeper-verify-has-no-error = すべてのサーバーで postkeeper verify のエラーがなくなり、LifeKeeper を停止したら
then-let-the-cluster-manage-it = クラスターに任せます: pcs resource manage { $resources }
which-device-is-mounted-on = { $directory } にマウントするデバイスはどれですか? lcdstatus にも /etc/fstab にもありません
say-it-with-the-type = ファイルシステムの種類とともに指定してください: --device { $directory }=DEVICE,TYPE[,OPTIONS]
queue-is-not-known = キューが分かりません: { $fault }
run-this-where-main-cf-can = main.cf を読めるサーバーで実行するか、--queue-dir を指定してください。
say-the-right-one-with-queue = 正しいものを --queue-dir か --config-dir で指定してください。
is-this-the-configuration = これはその階層の設定ですか? --config-dir を指定してください。
inet-interfaces-was-not-compared = inet_interfaces は比べていません: { $fault }
cannot-be-read = { $path } を読めません

## admin/import/lifekeeper

wrong-line = { $number } 行目: { $why }: "{ $line }"
wrong-number-of-columns = 列が { $count } 個です。6 個が必要です (空白を含むタグや ID は読めません)
is-no-state = "{ $state }" は状態ではありません。次のいずれかが必要です: { $states }
priority-is-no-number = 優先順位 "{ $priority }" が数ではありません
machine-priority-is-no-number = 優先順位が数ではありません
no-machine = サーバー名がありません
depends-on-which = { $tag } の依存先 { $lost } が表示にありません
has-no-line-local-priority-n = { $tag } に "Local priority = N" の行がありません
there-is-neither-a-line-local = "LOCAL TAG ID STATE PRIO PRIMARY" の行 (lcdstatus -q) も、BACKUP で始まる行 (lcdstatus -e) も、lcdstatus だけのときのリソースの表示もありません
the-log-has-the-reason = エージェントの監視プロセスが報告しました。理由は { $node } のログの postfix({ $resource }) の行にあります。
it-is-not-probed = クラスターは { $node } をプローブしません ({ $why })。そのため、そこでの uid と gid が分かりません。プローブさせるか、postkeeper verify --on { $node } で比べて --force を付けてください。
needs-a-probe = クラスターがプローブしない間は { $id } を置き換えられません: { $why }
let-the-cluster-probe = Postfix が動作していることはプローブで分かります。プローブがなければ、もう一度起動されます。変更の間はプローブを有効にするか (pcs property set enable-startup-probes=true)、制約から resource-discovery を除いてください。
