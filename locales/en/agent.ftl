### What the agent says, by the module that says it: the details of its reasons, which follow a message (messages.ftl) and a colon, and the lines
### of its log.
###
### build.rs makes a function of each entry (src/text.rs), as for admin.ftl. There is no translation: Pacemaker's tools and log parsers read
### these. A reason is ASCII without "&", and Pacemaker cuts it at 128 bytes, so the most important words come first.

## admin

# Details of a message, as a verb reports it.
it-is-on-another-server = it is on { $node }, not on { $server }
it-is-not-active-anywhere = it is not active on { $server } or any other node
no-resource-mounts-it = no resource of the cluster mounts it
it-has-no-maildrop = it has no maildrop
hierarchy-has = the hierarchy has { $points }
address-is-not-in-the-hierarchy = it is in inet_interfaces, but the hierarchy has no resource for it
# $name: "uid" or "gid".
id-differs-from-the-record = { $name } { $there } on { $node }, { $here } as recorded
id-differs-between = { $name } { $there } on { $node }, { $here } on { $other }

## agent

no-action-given = No action given, expected one of: { $actions }
more-than-one-argument-given = More than one argument given, expected one of: { $actions }
no-such-action = No action "{ $name }", expected one of: { $actions }
no-meta-data = No meta-data: { $error }
agent-must-run-as-root = The agent must run as root
agent-did-not-finish-in-time = the agent did not finish in time
worker-process-was-killed = the agent's worker process was killed
no-trace-was-written = No trace was written: { $problem }
no-process-of-the-instance-is-running = no process of the instance is running
would-not-be-started-again = Postfix keeps running, but could not be started again: { $why }
watcher-could-not-be-started = The watcher could not be started: { $error }
# How the master exited may be before this, with a comma.
no-process-is-left = no process is left
# The answers to the action status.
status-running = Postfix is running
status-stopped = Postfix is stopped
status-degraded = Postfix is running, degraded: { $fault }
status-failed = Postfix has failed: { $fault }
usage-of-the-agent =
    usage: postfix { "{" }{ $actions }{ "}" }

    The OCF resource agent ocf:postkeeper:postfix. Pacemaker runs it; parameters come as OCF_RESKEY_NAME in
    the environment. To try one by hand: crm_resource --resource ID --force-check. Parameters: pcs resource describe
    ocf:postkeeper:postfix.
internal-error = Internal error in the agent: please report it
internal-error-at = Internal error in the agent at { $file }:{ $line }: please report it

## agent/watcher

master-exited-unexpectedly = The master, pid { $pid }, exited unexpectedly
# $how: "killed by signal 9 (SIGKILL)".
master-exited-unexpectedly-how = The master, pid { $pid }, exited unexpectedly ({ $how })
endpoint-was-silent-for = { $endpoint } was silent for { $seconds } s
pacemaker-runs-its-monitor = { $what }: Pacemaker runs its monitor at once
reported-as-simulated-failure = { $what }: reported to Pacemaker, which calls it a simulated failure
next-monitor-will-report-it = { $what }; reporting it failed ({ $error }): Pacemaker's next monitor will report it

## cluster/monitor

pacemaker-runs-no-monitor-early = this version of Pacemaker cannot run a monitor before it is due
no-result-of-the-monitor = no result of { $operation } of { $resource } on { $node } in the CIB after { $seconds } s

## health

process-is-still-running = { $process } is still running ({ $count } in all)
it-has-just-exited = it has just exited
process-is-in-state-t = pid { $pid } is in state T
# $what: an address that is missing, or a name of inet_interfaces that has none.
new-daemons-cannot-start = { $what }: new daemons cannot start
path-does-not-exist = { $path } does not exist
path-is-another-directory-now = { $path } is another directory now
pid-file-and-master = { $file }, master is pid { $pid }
qmgr-is-not-running = qmgr is not running and mail is queued
process-is-stopped-by-a-signal = { $name } (pid { $pid }) is stopped by a signal
port-is-in-use = it is in use
process-listens-on = { $name } (pid { $pid }) listens on { $address }
another-process-listens-on = another process listens on { $address }
kernel-does-not-list-sockets = the kernel does not list sockets: { $error }
its-address-is-not-on-this-host = its address is not on this host
master-does-not-listen-there = the master does not listen there
reload-or-restart-is-due = The configuration names { $endpoint }, which the running Postfix does not listen on: a reload or restart is due
all-processes-serve-other-clients = all { $limit } processes serve other clients
no-answer-and-no-process = no answer in time, and the master runs no process for it
no-answer-in = no answer in { $seconds } s
certificate-is-not-loaded = { $endpoint } presents a TLS certificate that expires on { $shown }; { $file } has one valid until { $newest }: reload Postfix to load it
programs-were-replaced = The programs of Postfix were replaced while it was running: reload it, so that all daemons run the same version ({ $daemon } is older)

## health/smtp

no-answer-in-time = no answer in time
connection-was-closed = the connection was closed without an answer
check-failed = the check failed
# These follow an endpoint and a colon. $answer is the server's: "421 4.3.2 All server ports are busy".
greets-with = greets { $answer }
answers-ehlo-with = answers EHLO with { $answer }
answers-quit-with = answers QUIT with { $answer }
answers-rset-with = answers RSET with { $answer }
answers-to = answers { $answer } to { $command }
greets-after = greets after { $seconds } s
does-not-speak-smtp = does not speak SMTP: { $line }
tls-handshake = TLS handshake: { $why }

## health/tls

server-refuses = the server refuses: { $alert }
certificate-expired-on = it expired on { $date }
certificate-is-not-valid-before = it is not valid before { $date }

## lifecycle

file-is-locked = { $file } is locked
# $processes: the first three.
and-more = { $processes } and { $count } more

## lifecycle/drain

no-longer-waiting-for-clients = No longer waiting for clients that are still sending: { $processes }
drain-timeout = Drain timeout, still active: { $processes }

## lifecycle/helpers

pre-start-script-failed = The distribution's pre-start script failed, starting anyway: { $error }

## lifecycle/start

postfix-is-already-running = Postfix is already running, pid { $pid }
it-is-ended-first = { $fault }: stopping this Postfix first
deferred-mail-is-delivered-now = Deferred mail found: asking the queue manager to deliver it now (postqueue -f)
deferred-mail-is-delivered-later = Deferred mail waits for its next retry: { $command }: { $error }
uid-and-gid-of = the uid and gid of { $owner } and { $group }
continuing-without = Continuing without { $what }, because Postfix is running: { $fault }
waiting-for = Waiting for { $what }: { $fault }
restarting-postfix = A daemon failed, and the master would restart it only after a minute: restarting Postfix
postfix-runs-and-greets = Postfix { $version } runs, pid { $pid }, and greets on { $count } endpoint(s)
no-master-holds-the-pid-file = postfix start succeeded, but no master holds the lock of the pid file
ending-processes-of-a-dead-master = Ending processes left by a dead master: { $processes }
processes-could-not-be-killed = processes of a dead master could not be killed: { $processes }
process-holds-the-lock-of = { $name } (pid { $pid }) holds the lock of { $file }
waiting-until-the-lock-is-free = Waiting until the lock of { $file } is free: it is held by another server
postfix-check-is-still-checking = postfix check is still checking the queue; raise the start timeout
see-the-mail-log = see the mail log
waiting-for-postfix-to-greet = Waiting for Postfix to greet on { $endpoints }
waiting-for-the-sasl-socket = Waiting for Postfix to greet on { $endpoints }: the SASL socket { $socket } is not there yet
master-has-ended = the master exited
waiting = Waiting: { $fault }

## lifecycle/stop

stopping-anyway = { $busy }; stopping anyway
process-table-could-not-be-read = The process table could not be read in time; stopping the recorded master
sending-sigkill = Did not exit on SIGTERM, sending SIGKILL: { $processes }

## lifecycle/validate

parameter-is-empty = { $parameter } is empty

## system

belongs-to-another-user = { $directory } belongs to another user
can-be-written-by-other-users = { $directory } can be written by other users
is-a-link = { $directory } is a link
not-a-regular-file-of-ours = not a regular file of ours
truncated-answer-from-netlink = a truncated answer from netlink
proc-does-not-show-the-processes = /proc does not show the processes of this host
exited-with-status = exited with status { $status }
# $name: " (SIGKILL)"; a real-time signal has none.
killed-by-signal = killed by signal { $number }{ $name }

## warnings

certificate-expires-soon = The TLS certificate of { $endpoint } expires on { $date }, in { $days } day(s): renew it, then reload Postfix
default-is-used = { $unusable }. The default is used

# $error: "Operation not permitted", "Function not implemented".
pidfd-open-is-refused = pidfd_open is refused ({ $error }): instead, pid and start time are compared before each signal, and the exit is polled for. Allow pidfd_open in the seccomp filter; see postkeeper verify

## ocf/trace

storage-does-not-answer = it does not answer

## postfix

file-not-found = { $file } not found
file-is-not-executable = { $file } is not executable

## postfix/config

parameter-has-no-value = { $parameter } has no value

## postfix/memory

it-changes-while-it-is-read = it changes while it is read

## postfix/process

process-in-state = { $name } (pid { $pid }, state { $state })

## postfix/queue

it-is-not-below-queue-mountpoint = it is not below queue_mountpoint { $point }
it-is-not-a-directory = it is not a directory
it-holds-no-queue = it holds no queue (no maildrop directory); is its file system mounted?
nothing-is-mounted-on = nothing is mounted on { $point }
two-queues = { $one } and { $other }
# What the name is that the system does not know.
mail-owner-of-main-cf = mail_owner of main.cf
setgid-group-of-main-cf = setgid_group of main.cf, a group
directory-has-uid = { $directory } has uid { $found }, { $owner } is uid { $uid }
sendmail-cannot-submit-mail = sendmail(1) cannot submit mail
maildrop-has-gid = maildrop: gid { $found }, { $group }: gid { $gid }
directory-has-uid-and-mode = { $directory } has uid { $found } and mode { $mode }, { $owner } is uid { $uid }
# $option: "ro".
file-system-is-mounted = { $source } on { $point } is mounted { $option }
part-of-the-queue-is-gone = part of the queue is missing
kib-free = { $free } KiB free, { $required } KiB required
no-inode-is-free = no inode is free

## publish

attribute-was-not-updated = The node attribute { $name } was not updated: { $error }
ids-differ-from-the-queue = The uid and gid of this node are not published: { $owner } and { $group } are { $ids }, which differs from the queue
user-or-group-does-not-exist = The uid and gid of this node are not published: user { $owner } or group { $group } does not exist
ids-are-not-published = The uid and gid of this node are not published: { $error }
