### What postkeeper verify says in Japanese. See locales/en/verify.ftl.

## admin/verify

only-root-can-look = Postfix のキューとプロセスを調べられるのは root だけです
no-cluster-runs-here = ここではクラスターが動いていないので、階層 "{ $tag }" はありません
leave-the-tag-out-to-check = このサーバーを検査するには、タグを外してください。
there-is-no-server = サーバー "{ $node }" はありません
name-does-not-begin-with = 名前は - で始まりません。
cluster-starts-and-stops-this-postfix = この Postfix の起動と停止はクラスターが行います
leave-start-out-or-take-it-out = --start を外すか、先に停止してください。手での起動がクラスターによる起動とぶつかることがあります。
cluster-runs-on-this-server = このサーバーでクラスターが動いていますが応答しないため、この Postfix の起動と停止をクラスターが行うかどうか分かりません
leave-start-out-or-run-this-again = --start を外すか、クラスターが応答するようになってから (crm_mon -1) やり直してください。
cluster = クラスター
all-servers = 全サーバー
unreached-server-label = サーバー
same-everywhere = すべてのサーバーで同じもの
not-here-in-service-on = ここにはありません。{ $node } で動作中です
not-here-dependencies-are-on = ここにはありません。依存先のリソースは { $node } で動作中です
yes = はい
cluster-label = クラスター
running-here = ここで動いている
none-here-fencing-quorum-and-resources = ここにはありません。フェンシング、クォーラム、リソースは検査していません
same-on-every-server = すべてのサーバーで同じ
another-on-every-server = サーバーごとに異なる
they-differ = 違っています: { $groups }
copy-it-from-the-server-where = 正しいサーバーから写してください。
set-it-in-main-cf = main.cf にすべてのサーバーで同じ値を書いてください。書かないとサーバー自身の名前や Postfix のビルド方法で決まります。
let-every-server-open-the-same-file = すべてのサーバーで同じ種類の表を開くようにしてください: default_database_type と non_bdb_migration_level を同じにするか、main.cf に種類を書いてください (lmdb:/etc/aliases)。それまでは各サーバーで postmap または postalias を実行してファイルを作ってください。
give-every-server-its-own-name = 各サーバーに固有のホスト名を付ける (hostnamectl) か、モジュール nfs のパラメーター nfs4_unique_id をそれぞれ別の値にしてください。NFS サーバーは同じ名前の 2 つのクライアントを 1 つとみなすため、キューが NFS にあると 2 つ目の Postfix を防ぐものがなくなります。
install-the-same-version-everywhere = すべてのサーバーに同じバージョンをインストールしてください。
remote-check = リモートでの検査
remote-verify-advice = root が { $node } にパスワードなしで入れるようにし、postkeeper をインストールするか、そこで postkeeper verify を実行してください。
one-warning = 警告 1
warnings = 警告 { $n }
one-error = エラー 1
errors = エラー { $n }
summary = 正常 { $ok }、{ $warnings }、{ $errors }
remote-verify-answers = { $shell } { $node } postkeeper verify が応答する
it-said-nothing = 何も出力しませんでした
value-on = { $value } on { $servers }
one-and-other = { $one } and { $other }

## admin/verify/host

programs-and-configuration = プログラムと設定
users-and-groups = ユーザーとグループ
storage = ストレージ
addresses = アドレス
parameters = パラメーター
absolute-paths = 絶対パス
with-their-file-system = ファイルシステムとともにある
postfix-and-postconf = postfix と postconf
both-executable-in-binary-dir = binary_dir にあり、どちらも実行できる
main-cf-and-master-cf = main.cf と master.cf
both-in-config-dir = どちらも config_dir にある
configuration-can-be-read = 設定が読める
postconf-takes-both-files = postconf が両方のファイルを受け付ける
warnings-of-postconf = postconf の警告
correct-what-postconf-names = 警告にあるパラメーターを main.cf または master.cf で直してください。
all-parameters-can-be-read = すべてのパラメーターが読める
postconf-x-and-postconf-p = postconf -x と postconf -P
resource-agent = リソースエージェント
no-such-program = { $path } がありません
install-postkeeper-on-this-server = このサーバーに postkeeper をインストールしてください。
kernel = カーネル
calls-that-the-agent-uses = エージェントが使うシステムコールを使える
kernel-release = Linux { $release }
kernel-lacks = Linux { $release } には次のシステムコールがありません: { $calls }
kernel-refuses = 拒否されるシステムコールがあります: { $calls }
call-and-what-is-lost = { $call } ({ $lost })
lost-without-pidfd = シグナルのたびに pid と開始時刻を比べ、プロセスの終了は繰り返し調べます
lost-without-pidfd-getfd = ドレイン中も新しい接続を受け付けます
lost-without-close-range = ファイルディスクリプターを一つずつ閉じます
lost-without-io-uring = レベル 0 の monitor のたびに二つ目のプロセスを起動します
lost-without-fanotify = watcher が ext4 のエラーに気付くのは watch_interval ごとです
lost-without-perf-event = watcher が master の一時停止に気付くのは watch_interval ごとです
allow-the-calls = postkeeper と Pacemaker が動くところで許可してください: コンテナーの seccomp フィルター、ユニットの SystemCallFilter=、または sysctl (kernel.io_uring_disabled)。
daemons = デーモン
master-in-daemon-directory = daemon_directory に master があり、実行できる
is-missing-or-cannot-be-executed = { $master } がないか、実行できません
correct-daemon-directory-in-main-cf = main.cf の daemon_directory を直すか、Postfix をインストールしてください。ファイルシステムのオプションに noexec がないかも確認してください。
services = サービス
those-that-mail-needs = メールに必要なものがあり、それぞれのプログラムもある
master-cf-has-no = master.cf に次のサービスがありません: { $lacking }
put-it-back = 元に戻してください。Postfix に付属の master.cf にあります。
runs-which-is-not-in = { $name } のプログラム { $program } が { $daemon-directory } にありません
correct-the-service-in-master-cf = master.cf のサービスを直すか、そのプログラムを含む Postfix のパッケージをインストールしてください。
local-users-can-submit-mail = ユーザーがメールを投入できる
postdrop-set-gid-to-setgid-group = postdrop が setgid_group に set-gid されている
users-and-cron-cannot-hand = ここではユーザーと cron がメールを投入できません。postdrop を binary_dir に置いてください。
has-mode-and-gid = { $postdrop } のモードは { $mode }、gid は { $gid } です
is-on-a-file-system-mounted = { $postdrop } のファイルシステムは nosuid でマウントされています
mount-it-without-nosuid = nosuid なしでマウントしてください。このままではこのサーバーのユーザーはメールを投入できません。
is-set-gid = { $postdrop } は { $setgid-group } に set-gid されています
sendmail-postqueue-and-postdrop-take = sendmail、postqueue、postdrop がこの設定を受け付ける
named-in-alternate-config-directories = alternate_config_directories にある
does-not-name = { $file } に { $directory } がありません
add-to-alternate-config-directories-in = { $directory } を { $file } の alternate_config_directories に加えてください。
it-exists-with-the-same-number = 存在し、uid または gid がすべてのサーバーで同じ
queue = キュー
where-postfix-is-in-service = Postfix が動いている所にある
there-mounted-and-named-by-main-cf = 存在し、マウントされていて、main.cf が指すもの
queues-file-system = キューのファイルシステム
one-that-every-server-can-mount = すべてのサーバーでマウントできるもの
queue-is-on-this-servers-own = キューがこのサーバー自身のルートファイルシステムにあります ({ $source })
put-it-on-a-file-system-that-every-server-can-mount-shared = すべてのサーバーでマウントできるファイルシステム (共有ディスク、DRBD、NFS) に置き、マウントしてください。
it-can-be-written = 書き込める
mounted-rw = rw でマウントされている
none = なし
free-space = 空き容量
more-than-mib = { $minimum-free } MiB より多い
free-mib-and-inodes = { $bytes } MiB、inode { $files } 個
owners-of-the-queue = キューの所有者
mail-owner-and-setgid-group = mail_owner、maildrop は setgid_group
as-on-this-server = このサーバーの番号と同じ
on-a-file-system-that-moves = Postfix とともに移るファイルシステム上にある
is-on-this-servers-own-root = { $path } はこのサーバー自身のルートファイルシステムにあります
put-the-mailboxes-on-a-shared = メールボックスも共有ファイルシステムに置くか、{ $name } でそのような場所を指定してください。
path-with-the-queue = { $path }、キューと同じ所
path-to-be-a-dependency = { $path } ({ $point } 上)、これも依存先にします
directory-that-belongs-to-mail-owner = mail_owner のディレクトリ
belongs-to-uid = { $path } の所有者は uid { $uid } です
it-runs-pid-on-another-queue = 動いていますが (pid { $pid })、main.cf とは別のキューを使っています
stop-it-postfix-c-stop = 停止してください: postfix -c { $config-dir } stop。そのメールは元のキューに残ります。
is-not-searchable-by-everyone = { $directory } を通れないユーザーがいます
users-can-reach-it = ユーザーが到達できる
every-directory-may-be-searched = そこまでのすべてのディレクトリに o+x がある
of-no-other-instance = { $name } がほかのインスタンスと重ならない
each-instance-has-its-own = インスタンスごとに別のもの
has-it-too = { $other } も同じものを使っています: { $their }
give-each-instance = インスタンスごとに別の { $name } にしてください。二つの master が同じものを使うと中身が壊れます。
give-each-instance-its-own-ports = master.cf で、インスタンスごとに別のアドレスかポートにしてください。両方が待ち受けると、カーネルは接続をそれぞれに振り分けます。
inet-interfaces-and-the-services = inet_interfaces と master.cf のサービス
addresses-names-and-ports = このホストで分かるアドレス、名前、ポート
endpoints = エンドポイント
at-least-one-address-and-port = メールを受けるアドレスとポートが一つ以上
add-an-inet-service-that-runs = smtpd を動かす inet サービスを master.cf に加えるか、inet_interfaces にアドレスを指定してください。
inet-interfaces-names-no-address-is-what = inet_interfaces にアドレスがありません。検査されるのは { $endpoints } です
set-inet-interfaces-to-the-virtual = inet_interfaces に仮想アドレスを指定してください。一つのサーバーで二つのインスタンスがぶつからず、メールもそこから送信されます。
on-the-virtual-address = 仮想アドレスで待ち受ける
addresses-are-on-this-host = アドレスがこのホストにある
before-postfix-is-started = Postfix の起動より前に
they-are = あります
postfix-runs-where-the-cluster = Postfix はクラスターが動かしている場所だけで動く
only-there-and-only-as-a-cluster-resource = その場所だけで、クラスターのリソースとしてだけ動く
postfix-of-it-runs-here = このインスタンスの Postfix がここで動いています (pid { $pid })。クラスターでは別の場所です ({ $elsewhere })
postfix-runs-although-stopped = クラスターでは停止しているのに、Postfix がここで動いています (pid { $pid })
stop-it-at-once = すぐに停止し (postfix -c { $config-dir } stop)、何が起動したのかを調べてください。
it-runs-pid = 動いています (pid { $pid })
before-the-cluster-manages-it = クラスターに任せる前に停止する (postfix -c { $config-dir } stop) か、動いたまま postkeeper create に任せてください。
it-runs-pid-under-the-cluster = クラスターのもとで動いています (pid { $pid })
it-does-not-run-here = ここでは動いていません
lock-of-the-queue = キューのロック
no-other-server-or-process = ほかのサーバーやプロセスが持っていない
lock-is-free = 空いています
ports = ポート
not-used-by-another-program = ほかのプログラムが使っていない
free = 空いています
stop-that-program-and-disable = そのプログラムを止めてシステム起動時にも無効にするか、別のアドレスにしてください。Postfix が気づかずに同じポートを分け合うことになります。
postfix-check = postfix check
no-complaint = 指摘なし
not-asked-it-needs-the-queue = 実行していません。キューとアドレスが必要です
fix-what-is-named-above = 上の指摘を直してから、もう一度実行してください。
fix-what-it-names = 指摘されたものを直してください。所有者とモードは postfix set-permissions で直せます。
number-in-all = 全部で { $services } 個
value-of = { $name } の値
installed = インストール済み
file-names-directory = { $file } names { $directory }
name-is = { $name } is { $id }
mounted-on = { $source } on { $point } ({ $kind })
instance-has = { $instance } has { $directory }
make-it = 作ってください: { $command }

## admin/verify/service

boot = システム起動時
lookup-tables = 検索テーブル
surroundings = 環境
outgoing-and-incoming-mail = 送信と受信
postfix-at-boot = システム起動時の Postfix
nothing-does = ありません
started-by-the-cluster-alone = クラスターだけが起動し、ユニットやスクリプトは起動しない
only-the-cluster-starts-postfix = { $command }   (Postfix を起動するのはクラスターだけです)
mask-what-other-units-start = systemctl mask { $units }   (systemctl disable では、ほかのユニットからの起動を防げません)。Requires= や BindsTo= で要求するユニットは起動できなくなるため、その行を systemctl edit --full で外してください。
tables-in-files = ファイルのテーブル
each-of-them-there = すべてある
main-cf-names-none = main.cf に一つもありません
table = テーブル { $table }
there-and-made-of-its-newest = 存在し、最新の内容から作られている
is-missing-is-there = { $file } がありません ({ $path } はあります)
is-missing = { $file } がありません
bring-it-to-this-server = このサーバーにコピーするか、{ $parameter } から外してください。ない間、Postfix は 451 で応答します。
is-newer-than = { $path } のほうが { $file } より新しくなっています
type-cannot-be-opened = このサーバーの Postfix は { $kind } のテーブルを開けません
install-what-opens-the-type = このサーバーにその種類のパッケージ (postfix-{ $kind } など) をインストールしてください。ない間、Postfix は 451 で応答します。
make-it-where-the-address-is = 仮想アドレスのあるサーバーで実行してください: { $command }。その後 { $file } をそこからコピーします。ここではこのコマンドは "no local interface found" で終わります。
chrooted-services-find-what-they-need = chroot されたサービスに必要なファイルがある
copies-of-files-of-etc-below = /etc のファイルの写しがキューの下にあるか、それを作るスクリプトがある
no-service-is-chrooted = chroot されたサービスはありません
is-run-before-each-start = 起動のたびに { $helper } が実行されます
copy-them-before-each-start = 起動のたびに写すか、サービスを chroot なしで動かしてください: postconf -F '*/*/chroot=n'
copy-them-with-the-helper = Postfix の起動時に写されます。今すぐ写すには: MAIL_CONFIG={ $config-dir } { $helper } - && postfix -c { $config-dir } reload
all-are-there = すべてあります
not-the-same = このサーバーのものと違います: { $stale }
missing = ないもの: { $missing }
sockets-of-other-programs = ほかのプログラムのソケット
program-listens-on-each-of-them = それぞれでプログラムが待ち受けている
main-cf-and-master-cf-name = main.cf と master.cf に一つもありません
socket = ソケット { $path }
no-program-listens-on = 待ち受けているプログラムがありません: { $found }
start-the-program-that-listens-there = そこで待ち受けるプログラムを Postfix より先に起動してください。クラスターに先に起動させる (postkeeper depend add) か、すべてのサーバーでユニットを有効にします。
certificate-file = 証明書 { $path }
there-with-a-certificate = 存在し、証明書が入っている
holds-no-certificate = { $path } に証明書がありません
bring-the-certificate-here = 正しいサーバーから証明書と鍵を (更新のたびに) コピーするか、共有ファイルシステムに置いてください。
system-mail-on-a-standby = 待機サーバーのシステムメール
can-be-delivered = 行き先がある
no-cron-here = ここに cron はありません
mails-through-sendmail = { $cron } は sendmail でメールを送り、その設定はこのインスタンスです。待機サーバーではそのメールが失われます
keep-etc-postfix-for-a-null = /etc/postfix はシステムの送信専用の設定とし、このインスタンスには別のディレクトリを使うか、crontab に MAILTO="" を書いてください。
does-not-mail-through-this-instance = { $cron } はこのインスタンスからメールを送りません
mail-leaves-from-the-virtual-address = メールが仮想アドレスから送信される
where-spf-records-name-it = SPF レコードにそのアドレスがある場合
value-which-is-not-among = { $name } = { $bound }。次の中にありません: { $shown }
set-bind-address-or-spf = { $name } に仮想アドレスを指定するか、ドメインの SPF レコードに { $bound } も入れてください。
set-bind-address-or-spf-of-all-servers = { $name } に仮想アドレスを指定するか、ドメインの SPF レコードにすべてのサーバーを入れてください。
only-address-of-inet-interfaces = { $address }、inet_interfaces にある唯一のアドレス
postfix-leaves-the-choice = Postfix は選択をカーネルに任せ、サーバー自身のアドレスが使われます
mx-records = MX レコード
mx-records-of = { $domain } の MX レコード
they-lead-to-the-virtual-address = 仮想アドレスを指している
not-asked = 問い合わせていません: { $why }
main-cf-names-no-domain-outside = main.cf にテーブル以外のドメインがありません。--domain を指定してください
there-is-no-virtual-address = 仮想アドレスがありません
no-mx-record-for-the-servers = サーバー自身の名前に MX レコードがない
remove-it-mail-for-one-servers = 削除してください。サーバー自身の名前宛のメールは、そのサーバーが止まっている間届きません。
ask-again-where-the-name-server-answers = ネームサーバーが応答するときにやり直してください。
ask-again-where-the-name-server-answers-or-leave = ネームサーバーが応答するときにやり直してください。外からのメールがなければそのままでかまいません。
no-host-is-the-address = { $addresses } を指すものがありません: { $shown }
let-an-mx-record-lead = 別のゲートウェイを経由するのでなければ、MX レコードが仮想アドレスを指すようにしてください。
content-of = { $name } の内容
file-opened-for = Postfix が { $table } として開くファイル
name-for-nfs-servers = NFS サーバーから見た名前

## admin/verify/confinement

selinux-labels = SELinux ラベル
those-of-postfix = SELinux が有効なら Postfix のもの
selinux-is-off = SELinux は無効です
is-not-labelled = { $path } にラベルがありません
no-profile-that-keeps-postfix = Postfix をキューから締め出すプロファイルがない
no-profile-of-postfix-is-enforced = Postfix のプロファイルは強制されていません
is-enforced-and-its-rules-name = { $first } が強制されており、規則に { $queue } があります
postfix-is-confined-by = Postfix は { $first } で制限されており、{ $queue } の規則がありません
label-is = { $path } is { $label }
apparmor = AppArmor
let-the-profiles-take-it-for-the-usual-place = プロファイルが通常の場所とみなすようにしてください: { $command }

## admin/verify/upkeep

updates = 更新
exception-for-pacemaker-and-corosync = インストールされていれば、pacemaker と corosync が除外されている
not-installed = インストールされていません
it-lists-and-restarts-nothing = 一覧を表示するだけで、再起動しません
pacemaker-and-corosync-are-left-alone = pacemaker と corosync は除外されています
it-may-restart = { $services } を再起動することがあり、Postfix が停止または移動します
process-killed-for-want-of-memory = メモリー不足でカーネルがプロセスを強制終了したとき
cluster-goes-on-then = クラスターは動き続ける
systemd-stops-the-unit = そのとき systemd は { $units } を停止します。クラスターが起動した Postfix もその一部です
automatic-upgrades = 自動アップグレード
none-of-postfix-and-the-cluster = 稼働中の Postfix とクラスターには行われない
on-without-postfix-and-the-cluster = 有効。Postfix とクラスターは除外されています
unattended-upgrades-is-on = unattended-upgrades が有効で、{ $packages } もすべてのサーバーで同時にアップグレードされます
off = 無効
needrestart = needrestart
upgrade-one-server-after-the-other = サーバーを 1 台ずつスタンバイにして (pcs node standby) アップグレードしてください。次に入れてください: Unattended-Upgrade::Package-Blacklist in /etc/apt/apt.conf.d, or set APT::Periodic::Unattended-Upgrade "0";
timer-is-enabled = { $timer } が有効で、{ $packages } もすべてのサーバーで同時にアップグレードされます
disable-the-timer = サーバーを 1 台ずつスタンバイにして (pcs node standby) アップグレードしてください: systemctl disable --now { $timer }
disable-the-timer-or-exclude = サーバーを 1 台ずつスタンバイにして (pcs node standby) アップグレードしてください。/etc/dnf/dnf.conf に excludepkgs=postfix*,pacemaker*,corosync* と書くか、無効にします: systemctl disable --now { $timer }
no-known-upgrader-is-installed = 不明。unattended-upgrades、dnf-automatic、transactional-update はいずれもインストールされていません

## admin/verify/trial

trial-start = 試験起動
start = 起動
postfix-start-and-every-endpoint-greets = postfix start の後、すべてのエンドポイントが挨拶する
postfix-runs = Postfix が動いている
it-ran-already = すでに動いています。そのまま動かします
interrupted-by-a-signal = シグナルで中断されました
run-this-again = もう一度実行してください。
trial-skipped = 省略しました: { $why }
it-started = 起動しました
sockets-and-greetings = ソケットと挨拶
every-endpoint-listens-and-greets = すべてのエンドポイントが待ち受け、挨拶する
greeted-on = 挨拶を確認しました: { $endpoints }
it-has-ended = 終了しました
look-in-the-mail-log = メールログで 'fatal' か 'panic' を探してください。
stop = 停止
nothing-of-it-is-left = 何も残っていません
another-master-runs-by-now = その間に別の master (pid { $pid }) が起動しました。そのまま動かします
find-out-who-started-it = 誰が起動したのかを確かめてください。
something-is-mounted-there = { $path }: 何かがマウントされています
unmount-it-then-remove-the-directory = アンマウントしてから、ディレクトリを削除してください。
queue-is-as-it-was = キューは元のまま
no-copies-for-a-chroot = chroot 用のコピーが残っていないこと
remove-it = 削除してください。

## admin/verify/cluster

give-the-user-and-the-group = すべてのサーバーでユーザーの uid とグループの gid を同じにし、もう一度公開させてください: crm_resource --refresh --resource { $id }
fencing = フェンシング
on-with-a-device = 有効で、各サーバーに使えるデバイスがある
fence-device-s = フェンスデバイス { $devices } 個
no-fence-device = フェンスデバイスがありません
no-fence-device-works-for = { $servers } に使えるフェンスデバイスがありません
no-fence-device-works-and = { $servers } に使えるフェンスデバイスがありません。故障または停止中: { $devices }
see-why-the-device-failed = 原因を調べてから (pcs stonith status、pcs resource failcount show { $device })、次を実行してください: pcs stonith cleanup { $device }
add-it-to-a-fence-device = そのサーバーをデバイスの pcmk_host_list か pcmk_host_map に加えるか、デバイスを作成してください (pcs stonith create)。
server-that-does-not-answer-may = { $name }={ $value }: 応答しないサーバーがまだキューを使っているかもしれません
and-the-servers-have-no-watchdog = { $name }={ $timeout } ですが、サーバーにウォッチドッグがありません (have-watchdog が true ではありません)
set-up-sbd-on-every-server = すべてのサーバーで SBD を設定する (pcs stonith sbd enable) か、フェンスデバイスを設定してください。
by-the-watchdog-of-each-server = 各サーバーのウォッチドッグ (SBD、{ $name }={ $timeout }) によります
two-servers-need-a-quorum-device = { $words }。サーバーが 2 台ならクォーラムデバイスが必要です (pcs quorum device add)
no-fence-device-but = フェンスデバイスは { $id } だけで、無効になっています
probes = プローブ
on-every-server-of-the-hierarchy = 階層のすべてのサーバーで
enable-startup-probes-false = enable-startup-probes=false: 参加するサーバーはプローブされません
postfix-outside-the-cluster-is-not-detected = そこでクラスターの外で起動された Postfix は検出されず、uid と gid も最初の起動まで分かりません。postkeeper verify --on でサーバーを比べるか、クラスターにプローブさせてください。
configure-a-fence-device-for-every = すべてのサーバーのフェンスデバイスを設定し (pcs stonith create)、{ $name }=true にしてください。
quorum = クォーラム
no-quorum = クラスターにクォーラムがありません
part-without-quorum-runs-nothing = クォーラムのない側では何も動かない
two-halves-of-a-cluster-would = 分断されたクラスターの両側で Postfix が動いてしまいます: pcs property set no-quorum-policy=stop
waiting-to-be-fenced = フェンシング待ち: { $unclean }
until-then-nothing-moves = それまで何も移動しません。デバイスが動かない理由を調べてください: pcs stonith history。サーバーの電源が確実に切れていれば: pcs stonith confirm SERVER
bring-servers-back = サーバーを戻してください: pcs cluster start。確認: pcs quorum status。全台が止まった後で、ほかが確かに止まっているなら: pcs quorum unblock
not-there = いないサーバー: { $away }
start-the-cluster-on-it = そのサーバーでクラスターを起動してください: pcs cluster start SERVER
number-online = { $nodes } 台がオンライン
servers-of-the-cluster = クラスターのサーバー
all-there-with-quorum-and-none = すべてが参加し、クォーラムがあり、フェンシング待ちがない
is-part-of = { $one } は { $other } の一部です
to-unmount-the-one = 片方をアンマウントするとき、エージェントがもう片方を使うプロセスを終わらせてしまいます。/dev/disk/by-uuid などの別の名前にしてください。
devices-of-file-systems = ファイルシステムのデバイス
no-device-name-contains-another = ほかのデバイスの名前を含むデバイス名がない
maintenance-mode = メンテナンスモード
on = 有効
nothing-is-monitored-or-recovered-until = 次を実行するまで監視も復旧も行われません: pcs property set maintenance-mode=false
ip-resource-for = { $address } の IP リソース
one-and-postfix-depends-on-it = あり、Postfix が依存している
postfix-does-not-depend-on-it = { $loose } はありますが、Postfix が依存していません
put-both-in-one-group = 両方を一つのグループに入れるか、コロケーションと順序の制約を加えてください。Postfix は { $resource }と同じサーバーで、その後に起動します。
its-address = そのアドレス
its-file-system = そのファイルシステム
file-system-resource-of-the-queue = キューのファイルシステムリソース
postfix-depends-on = Postfix は { $tied } に依存していますが、{ $loose } には依存していません
not-known-by-a-parameter = パラメーターからは分かりません。Postfix は { $id } に依存しています
mounted-on-node = { $id } ({ $node } でマウント中)
no-resource-mounts-what = { $queue } のファイルシステムをマウントするリソースがありません ({ $on } 上にあります)
create-a-resource-for-the-file = キューのファイルシステムのリソース (ocf:heartbeat:Filesystem) を作るか、マウントするリソースを指定してください: postkeeper depend add
monitors-of = { $id } の監視
one-at-each-of-the-levels = レベル 0、10、20 が一つずつ
service-behind-the-greeting-cleanup = 挨拶の後ろのサービス (cleanup、trivial-rewrite、proxymap) が止まっても分かりません: { $ocf-check-level }
no-monitor-operation = monitor オペレーションがありません
monitor-level-every = レベル { $level }: { $interval } ごと
have-the-greeting-checked-too = 挨拶も確かめるようにしてください: { $ocf-check-level }
failed-stop-of = { $id } の停止の失敗
fences-the-server = サーバーがフェンシングされる
with-fencing-a-stop-that-fails = フェンシングがあれば、停止の失敗はフェンシングにすべきです。stop の on-fail を外してください。
rule-for-uid-and-gid = uid と gid の規則
it-bans-only-a-server = 異なる番号を公開したサーバーだけを禁止する
keeps-postfix-from-every-server-whose = { $constraint } は、ノード属性が失われたすべてのサーバーから Postfix を締め出します
it-was-made-by-an-earlier = 以前のバージョンが作ったものです。置き換えるには: { $repair }
none-a-start-compares-the-ids = なし。起動時にキューの番号と比べます。作るには: { $repair }
uid-of-mail-owner-and-gid = mail_owner の uid と setgid_group の gid
published-by-every-server = すべてのサーバーが公開し、同じである
not-published-by = 公開していないサーバー: { $silent }
main-cf-is-on-a-shared = main.cf が共有ファイルシステム上にあり、{ $silent } はその中の名前を読めません。記録するには: { $repair }
compare-them-postkeeper-verify = 比べるには: postkeeper verify { $tag } --on { $hierarchy }。公開させるには: crm_resource --refresh --resource { $id }
tuning-parameters = 調整用パラメーター
values-that-can-be-used = 使える値である
all-can-be-used = すべて使えます
until-they-are-set-the-defaults = 設定するまで既定値が使われます: { $names }
endpoints-that-are-checked = 監視されるエンドポイント
each-entry-names-a-service = 各項目が master.cf のメールを受け付けるサービスを指す
name-services-or-ports-as-master = master.cf と同じようにサービスかポートを書いてください: { $set }
value-recorded = { $value } recorded

## admin/verify/report

level-ok = ok
level-warning = 警告
level-error = エラー
expected = 期待: { $wanted }
what-to-do = 対処: { $todo }
numeric-id-of = { $name } の番号
version-of = { $name } のバージョン
