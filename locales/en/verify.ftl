### What postkeeper verify says: the headings, the checks, what was found, what is expected and what to do.

## admin/verify

only-root-can-look = Only root can look at the queue and the processes of Postfix
no-cluster-runs-here = No cluster runs here, so there is no hierarchy "{ $tag }"
leave-the-tag-out-to-check = Leave the tag out to check this server.
there-is-no-server = There is no server "{ $node }"
name-does-not-begin-with = A name cannot begin with -.
cluster-starts-and-stops-this-postfix = The cluster starts and stops this Postfix
leave-start-out-or-take-it-out = Omit --start, or take the hierarchy out of service first: the cluster could start Postfix at the same time.
cluster-runs-on-this-server = A cluster runs on this server and does not answer, so it is not known whether it starts and stops this Postfix
leave-start-out-or-run-this-again = Leave --start out, or run this again when the cluster answers (crm_mon -1).
cluster = cluster
all-servers = all servers
unreached-server-label = the server
same-everywhere = the same everywhere
not-here-in-service-on = not here: in service on { $node }
not-here-dependencies-are-on = not here: its dependencies are active on { $node }
yes = yes
cluster-label = the cluster
running-here = running here
none-here-fencing-quorum-and-resources = not running here: fencing, quorum and resources were not checked
same-on-every-server = the same on every server
another-on-every-server = another on every server
they-differ = { $groups } differ
copy-it-from-the-server-where = Copy it from the server where it is right.
set-it-in-main-cf = Set it in main.cf, the same on every server: otherwise it depends on the host name or on how Postfix was built.
let-every-server-open-the-same-file = Let every server open the same type of table: set default_database_type and non_bdb_migration_level the same, or name the type in main.cf (lmdb:/etc/aliases). Until then make the file with postmap or postalias on each server.
give-every-server-its-own-name = Give every server a host name of its own (hostnamectl), or the module nfs a parameter nfs4_unique_id of its own. An NFS server takes two clients of one name for one: on a queue there, nothing would keep a second Postfix away.
install-the-same-version-everywhere = Install the same version everywhere.
remote-check = remote check
remote-verify-advice = Let root reach { $node } without a password, install postkeeper there, or run postkeeper verify on it.
one-warning = 1 warning
warnings = { $n } warnings
one-error = 1 error
errors = { $n } errors
summary = { $ok } ok, { $warnings }, { $errors }
remote-verify-answers = { $shell } { $node } postkeeper verify answers
it-said-nothing = it said nothing
value-on = { $value } on { $servers }
one-and-other = { $one } and { $other }

## admin/verify/host

programs-and-configuration = programs and configuration
users-and-groups = users and groups
storage = storage
addresses = addresses
parameters = parameters
absolute-paths = absolute paths
with-their-file-system = where their file system is mounted
postfix-and-postconf = postfix and postconf
both-executable-in-binary-dir = both executable in binary_dir
main-cf-and-master-cf = main.cf and master.cf
both-in-config-dir = both in config_dir
configuration-can-be-read = the configuration can be read
postconf-takes-both-files = postconf takes both files
warnings-of-postconf = warnings of postconf
correct-what-postconf-names = Correct the parameter that it names in main.cf or master.cf.
all-parameters-can-be-read = all parameters can be read
postconf-x-and-postconf-p = postconf -x and postconf -P
resource-agent = the resource agent
no-such-program = no { $path }
install-postkeeper-on-this-server = Install postkeeper on this server.
kernel = kernel
calls-that-the-agent-uses = the system calls that the agent uses
kernel-release = Linux { $release }
kernel-lacks = Linux { $release } does not have { $calls }
kernel-refuses = system calls are refused: { $calls }
call-and-what-is-lost = { $call } ({ $lost })
lost-without-pidfd = pid and start time are compared before each signal, and the exit is polled for
lost-without-pidfd-getfd = new connections are accepted while a stop drains
lost-without-close-range = descriptors are closed one by one
lost-without-io-uring = each level 0 monitor starts a second process
lost-without-fanotify = the watcher notices an ext4 error only every watch_interval
lost-without-perf-event = the watcher notices a stopped master only every watch_interval
allow-the-calls = Allow them where postkeeper and Pacemaker run: in the seccomp filter of the container, SystemCallFilter= of the unit, or by sysctl (kernel.io_uring_disabled).
daemons = daemons
master-in-daemon-directory = master in daemon_directory, executable
is-missing-or-cannot-be-executed = { $master } is missing or cannot be executed
correct-daemon-directory-in-main-cf = Correct daemon_directory in main.cf, or install Postfix; look for noexec in the options of its file system.
services = services
those-that-mail-needs = those that mail needs, each with its program
master-cf-has-no = master.cf has no { $lacking }
put-it-back = Put it back: it is in the master.cf that came with Postfix.
runs-which-is-not-in = { $name } runs { $program }, which is not in { $daemon-directory }
correct-the-service-in-master-cf = Correct the service in master.cf, or install the part of Postfix that has the program.
local-users-can-submit-mail = local users can submit mail
postdrop-set-gid-to-setgid-group = postdrop set-gid to setgid_group
users-and-cron-cannot-hand = Users and cron cannot submit mail here: install postdrop in binary_dir.
has-mode-and-gid = { $postdrop } has mode { $mode } and gid { $gid }
is-on-a-file-system-mounted = { $postdrop } is on a file system mounted nosuid
mount-it-without-nosuid = Mount it without nosuid, or users cannot submit mail on this server.
is-set-gid = { $postdrop } is set-gid { $setgid-group }
sendmail-postqueue-and-postdrop-take = sendmail, postqueue and postdrop take the configuration
named-in-alternate-config-directories = named in alternate_config_directories
does-not-name = { $file } does not name { $directory }
add-to-alternate-config-directories-in = Add { $directory } to alternate_config_directories in { $file }.
it-exists-with-the-same-number = exists, with the same uid or gid on every server
queue = the queue
where-postfix-is-in-service = where Postfix is in service
there-mounted-and-named-by-main-cf = there, mounted, and the one that main.cf names
queues-file-system = the queue's file system
one-that-every-server-can-mount = one that every server can mount
queue-is-on-this-servers-own = the queue is on this server's own root file system ({ $source })
put-it-on-a-file-system-that-every-server-can-mount-shared = Put it on a file system that every server can mount (shared disk, DRBD, NFS), and mount that.
it-can-be-written = it can be written
mounted-rw = mounted rw
none = none
free-space = free space
more-than-mib = more than { $minimum-free } MiB
free-mib-and-inodes = { $bytes } MiB, { $files } inodes
owners-of-the-queue = owners of the queue
mail-owner-and-setgid-group = mail_owner, and setgid_group for maildrop
as-on-this-server = as on this server
on-a-file-system-that-moves = on a file system that moves with Postfix
is-on-this-servers-own-root = { $path } is on this server's own root file system
put-the-mailboxes-on-a-shared = Put the mailboxes on a shared file system too, or have { $name } name such a place.
path-with-the-queue = { $path }, with the queue
path-to-be-a-dependency = { $path } on { $point }, to be a dependency too
directory-that-belongs-to-mail-owner = a directory that belongs to mail_owner
belongs-to-uid = { $path } belongs to uid { $uid }
it-runs-pid-on-another-queue = it runs, pid { $pid }, on another queue than main.cf names
stop-it-postfix-c-stop = Stop it: postfix -c { $config-dir } stop; its mail stays in its own queue.
is-not-searchable-by-everyone = { $directory } is not searchable by everyone
users-can-reach-it = users can reach it
every-directory-may-be-searched = every directory down to it may be searched (o+x)
of-no-other-instance = { $name } of no other instance
each-instance-has-its-own = each instance has its own
has-it-too = { $other } has it too: { $their }
give-each-instance = Give each instance a { $name } of its own: two masters on one destroy what is in it.
give-each-instance-its-own-ports = Give each instance other addresses or ports in master.cf: where both listen, the kernel gives each some of the clients.
inet-interfaces-and-the-services = inet_interfaces and the services of master.cf
addresses-names-and-ports = addresses, names and ports that this host knows
endpoints = endpoints
at-least-one-address-and-port = at least one address and port for mail
add-an-inet-service-that-runs = Add an inet service that runs smtpd to master.cf, or give inet_interfaces an address.
inet-interfaces-names-no-address-is-what = inet_interfaces names no address: { $endpoints } is what is checked
set-inet-interfaces-to-the-virtual = Set inet_interfaces to the virtual address: two instances on one server do not get in each other's way then, and mail leaves from it.
on-the-virtual-address = on the virtual address
addresses-are-on-this-host = the addresses are on this host
before-postfix-is-started = before Postfix is started
they-are = they are
postfix-runs-where-the-cluster = Postfix runs where the cluster has it
only-there-and-only-as-a-cluster-resource = only there, and only as a cluster resource
postfix-of-it-runs-here = a Postfix of this instance runs here, pid { $pid }, but the cluster has it elsewhere ({ $elsewhere })
postfix-runs-although-stopped = Postfix runs here, pid { $pid }, although the cluster has it stopped
stop-it-at-once = Stop it at once: postfix -c { $config-dir } stop; find out what started it.
it-runs-pid = it runs, pid { $pid }
before-the-cluster-manages-it = Before the cluster manages it: postfix -c { $config-dir } stop, or let postkeeper create take over the running Postfix.
it-runs-pid-under-the-cluster = it runs, pid { $pid }, under the cluster
it-does-not-run-here = it does not run here
lock-of-the-queue = the lock of the queue
no-other-server-or-process = not held by another server or process
lock-is-free = it is free
ports = ports
not-used-by-another-program = not used by another program
free = free
stop-that-program-and-disable = Stop that program and disable it at boot, or give it another address: Postfix would share the port with it unnoticed.
postfix-check = postfix check
no-complaint = no complaint
not-asked-it-needs-the-queue = not asked: it needs the queue and the addresses
fix-what-is-named-above = Fix what is named above, then run this again.
fix-what-it-names = Fix what it names: postfix set-permissions helps with owners and modes.
number-in-all = { $services } in all
value-of = value of { $name }
installed = installed
file-names-directory = { $file } names { $directory }
name-is = { $name } is { $id }
mounted-on = { $source } on { $point } ({ $kind })
instance-has = { $instance } has { $directory }
make-it = Make it: { $command }

## admin/verify/service

boot = boot
lookup-tables = lookup tables
surroundings = environment
outgoing-and-incoming-mail = outgoing and incoming mail
postfix-at-boot = Postfix at boot
nothing-does = nothing does
started-by-the-cluster-alone = started by the cluster alone, by no unit or script
only-the-cluster-starts-postfix = { $command }   (the cluster starts Postfix; no one else may)
mask-what-other-units-start = systemctl mask { $units }   (systemctl disable does not keep another unit from starting it). A unit that requires it (Requires=, BindsTo=) does not start then: take that line out with systemctl edit --full.
tables-in-files = tables in files
each-of-them-there = each of them there
main-cf-names-none = main.cf names none
table = table { $table }
there-and-made-of-its-newest = there, and made of its newest text
is-missing-is-there = { $file } is missing, { $path } is there
is-missing = { $file } is missing
bring-it-to-this-server = Copy it to this server, or take it out of { $parameter }: Postfix answers 451 as long as it is missing.
is-newer-than = { $path } is newer than { $file }
type-cannot-be-opened = Postfix cannot open tables of type { $kind } on this server
install-what-opens-the-type = Install the package that brings the type on this server, such as postfix-{ $kind }: Postfix answers 451 as long as it is missing.
make-it-where-the-address-is = On the server that has the virtual address: { $command }; then copy { $file } from there. Here the command ends with "no local interface found".
chrooted-services-find-what-they-need = chrooted services find what they need
copies-of-files-of-etc-below = copies of files of /etc below the queue, or a helper that makes them
no-service-is-chrooted = no service is chrooted
is-run-before-each-start = { $helper } is run before each start
copy-them-before-each-start = Copy them before each start, or run the services without chroot: postconf -F '*/*/chroot=n'
copy-them-with-the-helper = They are copied when Postfix is started. Copy them now: MAIL_CONFIG={ $config-dir } { $helper } - && postfix -c { $config-dir } reload
all-are-there = all are there
not-the-same = not the same as on this server: { $stale }
missing = missing: { $missing }
sockets-of-other-programs = sockets of other programs
program-listens-on-each-of-them = a program listens on each of them
main-cf-and-master-cf-name = main.cf and master.cf name none
socket = socket { $path }
no-program-listens-on = no program listens on { $found }
start-the-program-that-listens-there = Start the program that listens there before Postfix: let the cluster start it first (postkeeper depend add), or enable its unit on every server.
certificate-file = certificate { $path }
there-with-a-certificate = there, with a certificate in it
holds-no-certificate = { $path } holds no certificate
bring-the-certificate-here = Copy certificate and key from the server where they are right, after each renewal too, or keep them on the shared file system.
system-mail-on-a-standby = system mail on a standby
can-be-delivered = can be delivered
no-cron-here = no cron here
mails-through-sendmail = { $cron } mails through sendmail, whose configuration is this instance: on a standby such mail is lost
keep-etc-postfix-for-a-null = Keep /etc/postfix for a null client of the system and give this instance a directory of its own, or set MAILTO="" in the crontabs.
does-not-mail-through-this-instance = { $cron } does not mail through this instance
mail-leaves-from-the-virtual-address = mail leaves from the virtual address
where-spf-records-name-it = where SPF records name it
value-which-is-not-among = { $name } = { $bound }, which is not among { $shown }
set-bind-address-or-spf = Set { $name } to the virtual address, or make sure that the SPF record of your domains names { $bound } too.
set-bind-address-or-spf-of-all-servers = Set { $name } to the virtual address, or make sure that the SPF record of your domains names every server.
only-address-of-inet-interfaces = { $address }, the only address of inet_interfaces
postfix-leaves-the-choice = Postfix leaves the choice to the kernel, which takes the server's own address
mx-records = MX records
mx-records-of = MX records of { $domain }
they-lead-to-the-virtual-address = they point to the virtual address
not-asked = not asked: { $why }
main-cf-names-no-domain-outside = main.cf names no domain outside of a table; give --domain
there-is-no-virtual-address = there is no virtual address
no-mx-record-for-the-servers = no MX record for the server's own name
remove-it-mail-for-one-servers = Remove it: mail for one server's own name waits when that server is off.
ask-again-where-the-name-server-answers = Ask again where the name server answers.
ask-again-where-the-name-server-answers-or-leave = Ask again where the name server answers, or leave it if no mail comes from outside.
no-host-is-the-address = none is { $addresses }: { $shown }
let-an-mx-record-lead = Let an MX record point to the virtual address, unless mail comes through another gateway.
content-of = content of { $name }
file-opened-for = file that Postfix opens for { $table }
name-for-nfs-servers = name that an NFS server knows it by

## admin/verify/confinement

selinux-labels = SELinux labels
those-of-postfix = those of Postfix, where SELinux is on
selinux-is-off = SELinux is off
is-not-labelled = { $path } is not labelled
no-profile-that-keeps-postfix = no profile that keeps Postfix from the queue
no-profile-of-postfix-is-enforced = no profile of Postfix is enforced
is-enforced-and-its-rules-name = { $first } is enforced, and its rules name { $queue }
postfix-is-confined-by = Postfix is confined by { $first }, and no rule names { $queue }
label-is = { $path } is { $label }
apparmor = AppArmor
let-the-profiles-take-it-for-the-usual-place = Let the profiles take it for the usual place: { $command }

## admin/verify/upkeep

updates = updates
exception-for-pacemaker-and-corosync = an exception for pacemaker and corosync, where it is installed
not-installed = not installed
it-lists-and-restarts-nothing = it lists, and restarts nothing
pacemaker-and-corosync-are-left-alone = pacemaker and corosync are left alone
it-may-restart = it may restart { $services }: that stops or moves Postfix
process-killed-for-want-of-memory = a process that the kernel kills for want of memory
cluster-goes-on-then = the cluster goes on
systemd-stops-the-unit = systemd stops { $units } then: Postfix, which the cluster starts, is part of it
automatic-upgrades = automatic upgrades
none-of-postfix-and-the-cluster = none of Postfix and the cluster while they are in service
on-without-postfix-and-the-cluster = on, without Postfix and the cluster
unattended-upgrades-is-on = unattended-upgrades is on, and upgrades { $packages } too, on all servers at once
off = off
needrestart = needrestart
upgrade-one-server-after-the-other = Upgrade one server after the other, each in standby (pcs node standby). Put them into Unattended-Upgrade::Package-Blacklist in /etc/apt/apt.conf.d, or set APT::Periodic::Unattended-Upgrade "0";
timer-is-enabled = { $timer } is enabled, and upgrades { $packages } too, on all servers at once
disable-the-timer = Upgrade one server after the other, each in standby (pcs node standby): systemctl disable --now { $timer }
disable-the-timer-or-exclude = Upgrade one server after the other, each in standby (pcs node standby). Put excludepkgs=postfix*,pacemaker*,corosync* into /etc/dnf/dnf.conf, or: systemctl disable --now { $timer }
no-known-upgrader-is-installed = not known: none of unattended-upgrades, dnf-automatic and transactional-update is installed

## admin/verify/trial

trial-start = trial start
start = start
postfix-start-and-every-endpoint-greets = postfix start, and every endpoint greets
postfix-runs = Postfix runs
it-ran-already = already running; left running
interrupted-by-a-signal = interrupted by a signal
run-this-again = Run this again.
trial-skipped = skipped: { $why }
it-started = it started
sockets-and-greetings = sockets and greetings
every-endpoint-listens-and-greets = every endpoint listens and greets
greeted-on = greeted on { $endpoints }
it-has-ended = it exited
look-in-the-mail-log = Look in the mail log for 'fatal' or 'panic'.
stop = stop
nothing-of-it-is-left = nothing of it is left
another-master-runs-by-now = another master has started meanwhile, pid { $pid }; left running
find-out-who-started-it = Find out who started it.
something-is-mounted-there = { $path }: something is mounted there
unmount-it-then-remove-the-directory = Unmount it, then remove the directory.
queue-is-as-it-was = the queue is as it was
no-copies-for-a-chroot = no copies for a chroot are left
remove-it = Remove it.

## admin/verify/cluster

give-the-user-and-the-group = Give the user and the group the same uid and gid on every server, then have them published again: crm_resource --refresh --resource { $id }
fencing = fencing
on-with-a-device = on, with a working device for each server
fence-device-s = { $devices } fence device(s)
no-fence-device = no fence device
no-fence-device-works-for = no working fence device for { $servers }
no-fence-device-works-and = no working fence device for { $servers }; failed or stopped: { $devices }
see-why-the-device-failed = See why (pcs stonith status, pcs resource failcount show { $device }), then: pcs stonith cleanup { $device }
add-it-to-a-fence-device = Add the server to pcmk_host_list or pcmk_host_map of a device, or create a device for it (pcs stonith create).
server-that-does-not-answer-may = { $name }={ $value }: a server that does not answer may still hold the queue
and-the-servers-have-no-watchdog = { $name }={ $timeout }, and the servers have no watchdog (have-watchdog is not true)
set-up-sbd-on-every-server = Set up SBD on every server (pcs stonith sbd enable), or a fence device.
by-the-watchdog-of-each-server = by the watchdog of each server (SBD, { $name }={ $timeout })
two-servers-need-a-quorum-device = { $words }; two servers need a quorum device for it (pcs quorum device add)
no-fence-device-but = no fence device but { $id }, which is disabled
probes = probes
on-every-server-of-the-hierarchy = on every server of the hierarchy
enable-startup-probes-false = enable-startup-probes=false: a server that joins is not probed
postfix-outside-the-cluster-is-not-detected = A Postfix started there outside the cluster is not detected, and the uid and gid there are not known before the first start: compare the servers with postkeeper verify --on, or let the cluster probe.
configure-a-fence-device-for-every = Configure a fence device for every server (pcs stonith create) and set { $name }=true.
quorum = quorum
no-quorum = the cluster has no quorum
part-without-quorum-runs-nothing = a part without quorum runs nothing
two-halves-of-a-cluster-would = Two halves of a cluster would both run Postfix: pcs property set no-quorum-policy=stop
waiting-to-be-fenced = waiting to be fenced: { $unclean }
until-then-nothing-moves = Until then nothing moves. See why the device does not do it: pcs stonith history; when a server is surely off: pcs stonith confirm SERVER
bring-servers-back = Bring servers back: pcs cluster start; see pcs quorum status. If all were off, and the others still are for certain: pcs quorum unblock
not-there = not there: { $away }
start-the-cluster-on-it = Start the cluster on it: pcs cluster start SERVER
number-online = { $nodes } online
servers-of-the-cluster = the servers of the cluster
all-there-with-quorum-and-none = all there, with quorum, and none waiting to be fenced
is-part-of = { $one } is part of { $other }
to-unmount-the-one = To unmount one of them, ocf:heartbeat:Filesystem may end processes that use the other: name them otherwise, such as by /dev/disk/by-uuid.
devices-of-file-systems = devices of file systems
no-device-name-contains-another = no device name contains another one
maintenance-mode = maintenance mode
on = on
nothing-is-monitored-or-recovered-until = Nothing is monitored or recovered until: pcs property set maintenance-mode=false
ip-resource-for = IP resource for { $address }
one-and-postfix-depends-on-it = one, and Postfix depends on it
postfix-does-not-depend-on-it = { $loose } is there, and Postfix does not depend on it
put-both-in-one-group = Put both in one group, or add a colocation and an order: Postfix with { $resource }, after it.
its-address = its address
its-file-system = its file system
file-system-resource-of-the-queue = file-system resource of the queue
postfix-depends-on = Postfix depends on { $tied }, and not on { $loose }
not-known-by-a-parameter = no parameter of { $id } shows what it provides; Postfix depends on it
mounted-on-node = { $id }, as mounted on { $node }
no-resource-mounts-what = no resource mounts what { $queue } is on (it is on { $on })
create-a-resource-for-the-file = Create a resource for the file system of the queue (ocf:heartbeat:Filesystem), or name the one that mounts it: postkeeper depend add.
monitors-of = monitors of { $id }
one-at-each-of-the-levels = one at each of the levels 0, 10 and 20
service-behind-the-greeting-cleanup = A service behind the greeting (cleanup, trivial-rewrite, proxymap) may hang unseen: { $ocf-check-level }
no-monitor-operation = no monitor operation
monitor-level-every = level { $level } every { $interval }
have-the-greeting-checked-too = Have the greeting checked too: { $ocf-check-level }
failed-stop-of = a failed stop of { $id }
fences-the-server = fences the server
with-fencing-a-stop-that-fails = With fencing a stop that fails should fence: leave on-fail of the stop out.
rule-for-uid-and-gid = rule for uid and gid
it-bans-only-a-server = it bans only a server that has published other ids
keeps-postfix-from-every-server-whose = { $constraint } keeps Postfix from every server whose node attribute is lost
it-was-made-by-an-earlier = It was made by an earlier version. Replace it: { $repair }
none-a-start-compares-the-ids = none; only a start compares the ids with the queue. To create the rule: { $repair }
uid-of-mail-owner-and-gid = uid of mail_owner and gid of setgid_group
published-by-every-server = published by every server, and the same
not-published-by = not published by { $silent }
main-cf-is-on-a-shared = main.cf is on a shared file system, and { $silent } cannot read the names in it. Record them: { $repair }
compare-them-postkeeper-verify = Compare them: postkeeper verify { $tag } --on { $hierarchy }. To have them published: crm_resource --refresh --resource { $id }
tuning-parameters = tuning parameters
values-that-can-be-used = values that can be used
all-can-be-used = all can be used
until-they-are-set-the-defaults = Until they are set the defaults are used: { $names }
endpoints-that-are-checked = endpoints that are checked
each-entry-names-a-service = each entry names a service of master.cf that accepts mail
name-services-or-ports-as-master = Name services or ports as master.cf does: { $set }
value-recorded = { $value } recorded

## admin/verify/report

level-ok = ok
level-warning = warning
level-error = ERROR
expected = expected: { $wanted }
what-to-do = fix: { $todo }
numeric-id-of = numeric id of { $name }
version-of = version of { $name }
