### What the admin tool says, by the module that says it first; what verify says is in verify.ftl.
###
### build.rs makes a function of each entry (src/text.rs), whose arguments are those of the English sentence in their order. The Japanese is
### in locales/ja under the same key, with the same arguments.

## system

directory-of-users-does-not-answer = the directory of users and groups does not answer
directory-of-users-failed = the directory of users and groups failed: { $error }
cannot-run = cannot run { $program }: { $error }
did-not-end-in-time = { $command } did not end in time
# $how: the next two, or a status in the words of the system.
command-ended-with = { $command } ended with { $how }
exit-status = exit status { $status }
signal = signal { $number }
no-name-server = resolv.conf names no name server
name-server-failed = name server { $server }: { $error }
it-answers-another-question = it answers another question
it-answers = it answers { $code }
no-answer = no answer
not-a-regular-file = not a regular file

## cluster/cib

it-is-not-among-its-servers = it is not among its servers
attribute-is-not-known = { $name } is not known, expected { $wanted }
it-was-moved-away-by-hand = it was moved away by hand
attribute-differs = { $name } is { $value }, ne { $wanted } holds
attribute-fits = { $name } is { $value }, { $operation } { $wanted } holds
both = { $one } and { $other }

## cluster/hierarchy

may-not-run-there = { $id } is not allowed to run there

## cluster/live

it-was-reported-as-failed-crm = it was reported as failed (crm_resource --fail)
node-unknown = unknown
node-online = online
node-standby = standby
node-offline = offline
node-coming-up = coming up
node-unclean = unclean
node-maintenance = maintenance
role-starting = starting
role-stopping = stopping
role-started = started
role-stopped = stopped
role-promoted = promoted
role-unpromoted = unpromoted
role-on = { $role } on { $nodes }

## cluster/pacemaker

operation-under-way = operation { $task } of { $resource } on { $node }
still-remembers = { $node } still remembers { $resource }
cluster-cannot-be-reached = The cluster cannot be reached from this server: { $said }
start-the-cluster-here = Start it here (pcs cluster start) or run this on a server where it runs.
no-cluster-is-set-up-here = No cluster is set up here: install Pacemaker (pacemaker, pcs) and make one (pcs cluster setup), or run this on a server of one. On a remote node, start pacemaker_remote.
permission-denied-by-the-cluster = Permission denied by the cluster: { $said }
run-this-as-root = Run this as root.
is-pacemaker-installed = { $command }: { $error }: is Pacemaker installed?
temporary-file-failed = a temporary file: { $error }

## cluster/xml

this-is-not-xml = this is not XML as Pacemaker writes it: { $why }
too-many-elements-inside-each-other = more than { $number } elements inside each other
end-without-a-beginning = an end without a beginning at byte { $position }
it-ends-too-early = it ends too early
not-one-root-element = there is not one root element
is-no-name = "{ $name }" is no name

## cluster/change

resource-and-its-own-constraints = resource { $id } and its own constraints
runs-where-runs = { $resource } runs where { $with } runs
starts-after = { $then } starts after { $first }
may-run-on-priority-score = { $resource } may run on { $node }, priority { $priority } (score { $score })
the-constraint = constraint { $id }
resource-out-of-its-group = resource { $id }: out of its group, and without its own constraints
resource-no-server-looks = resource { $resource }: no server probes for it any more
what-each-server-keeps-for = what each server keeps for { $id }: its watcher and its files
what-each-server-remembers-of = what each server remembers of { $id }
what-the-cluster-remembers-of = what the cluster remembers of { $id }
resource-stays-on-its-server-while = resource { $resource }: stays on its server while { $by } is out of service
resource-may-leave-its-server-again = resource { $resource }: may leave its server again
group-is-not-there-any-more = the group { $id } is not there any more
resource-is-not-there-any-more = the resource { $id } is not there any more
resource-added = resource { $id } ({ $agent })
resource-added-to-group = resource { $id } ({ $agent }), last in group { $group }
monitor-every = monitor every { $interval }
monitor-every-at-level = monitor every { $interval }, level { $level }
resource-becomes = resource { $id } becomes { $agent }, with
meta-attribute-is-set = resource { $resource }: { $name } = { $value }
meta-attribute-is-removed = resource { $resource }: { $name } is no longer set
parameter-is-set = parameter of { $resource }: { $name } = { $value }
parameter-is-removed = parameter of { $resource }: { $name } is no longer set
runs-only-on = { $resource } runs only on { $nodes }
runs-only-on-until = { $resource } runs only on { $nodes }, until it has arrived (at the latest { $end })
never-runs-where = { $resource } never runs where { $condition }
attribute-is-set = { $attribute } is set
attribute-is = { $attribute } is { $value }
attribute-is-not = { $attribute } is not { $value }
attribute-is-set-and-is-not = { $attribute } is set and is not { $value }
constraint-is-not-there-any-more = the constraint { $id } is not there any more
set-is-not-there-any-more = the set { $id } is not there any more
id-is-taken-already = The id { $id } is taken already, by a { $element } of the configuration

## cluster/plan

configuration-keeps-changing = The configuration of the cluster keeps changing: try again later
stop-on = stop { $resource } on { $node }
start-on = start { $resource } on { $node }
restart-on = restart { $resource } on { $node }
cancel-on = cancel { $resource } on { $node }
monitor-on = monitor { $resource } on { $node }
move-from-to = move { $resource } from { $source } to { $node }
migrate-from-to = migrate { $resource } from { $source } to { $node }
fence-node = fence { $node }
failures-of-it-may-be-tried-again = the failures of { $id }: it may be tried again
node-is-probed-again-for = what { $node } has published for { $resource }: probed again
then-when-the-cluster-has-finished = then, when the cluster has finished:

## ocf/parameters

services-or-ports-of-master-cf = services or ports of master.cf, such as smtp, 587 or [::1]:25
whole-number-of-days = a whole number of days
seconds-or-a-time-such = seconds, or a time such as 500ms, 5s or 2min
true-or-false = true or false
endpoints-name-no-service = No service of master.cf that accepts mail is named by "{ $entries }" in endpoints: { $looked-at }
every-endpoint-is-checked = every endpoint is checked
other-entries-are-checked = the other entries are checked
absolute-path = an absolute path
name-of-a-user-or-group = the name of a user or group
is-no-value-for = { $name }: "{ $value }" is not valid: expected { $expected }
is-not-an-absolute-path = { $name } is not an absolute path: "{ $value }"
is-too-long-for-a-path = { $name } is too long for a path: "{ $value }"
holds-a-control-character = { $name } holds a control character: "{ $value }"

## admin

rename-or-remove-that-first = Rename or remove that first. It is shown by: cibadmin --query --xpath "//*[@id='{ $id }']"
cluster-has-none = The cluster has none.
expected-one-of = Expected one of: { $names }
there-is-no-hierarchy-of-postfix = There is no hierarchy of Postfix
make-one-with = Make one with: postkeeper create
no-hierarchy-is-named = Specify a hierarchy
there-is-no-hierarchy = There is no hierarchy "{ $tag }"
answer-cannot-be-written = The answer cannot be written

## admin/act

configuration-was-changed-planning-again = The configuration of the cluster has been changed meanwhile: planning again
pacemaker-would-not-accept-this-configuration = Pacemaker would not accept this configuration: { $first }
this-would-also = This would also { $actions }
if-that-is-what-you-want = If that is what you want, use --force. Nothing has been changed.
this-is-not-a-terminal = This is not a terminal: use --yes to confirm. Nothing has been changed.
do-this = Do this?
not-done-nothing-has-been-changed = Not done. Nothing has been changed.
waits-to-be-fenced = { $unclean } must be fenced first. Until then the cluster starts nothing, so "{ $action }" would leave the resource stopped
have-that-node-fenced-first-if = Have that node fenced first (if it is off for certain: stonith_admin --confirm NODE), or use --force.
configuration-kept-changing = The configuration of the cluster kept changing for { $wait } seconds. Nothing has been changed.
try-again-when = Try again when nobody else is changing it, or with a longer --wait.
action-failed = { $task } of { $resource } failed on { $node } at { $when }: { $reason }
interrupted-nothing-has-been-changed = Interrupted. Nothing has been changed.
interrupted-constraints-are-removed = Interrupted. The move goes on; this command ends when it has arrived and its constraints are removed
constraints-of-the-move-stay = The constraints of the move stay until { $end }, so that it can go on; see: postkeeper status
interrupted-operations-continue = Interrupted. Operations in progress continue; see: postkeeper status
failures-were-cleared = Failures were cleared, and nothing else was changed: { $error }
change-was-made-in-part = The change was made in part; run the same command again, and see: postkeeper status
probed-again-nothing-was-changed = { $node } was probed again; nothing was changed
nothing-to-change = nothing to change
cluster-will = The cluster will: { $actions }
note = Note: { $note }
in-progress = In progress: { $actions }
cluster-did-not-finish-within = The cluster did not finish within { $seconds } seconds; it continues. See: postkeeper status

## admin/report

is-in-service-on = { $id } is in service on { $node }
is-not-in-service-on = { $id } is not in service on { $node }
is-out-of-service = { $id } is out of service
is-still-in-service-on = { $id } is still in service on { $nodes }
is-not-in-service-on-any = { $id } is not in service on any server
node-is-kept-out = { $node } is kept out: { $reason }

## admin/parts

resource-has-this-postfix-already = The resource { $id } already manages this Postfix: { $config-dir }
adopt-it = To make it a hierarchy: postkeeper adopt { $id }
see-postkeeper-show = See: postkeeper show { $id }
run-this-on = Run this on { $node }, or move it here first: pcs resource move { $resource } { $server }
start-it-here-first = Start it here first: pcs resource enable { $id }; if it has failed: crm_resource --cleanup --resource { $id }

## admin/servers

is-a-container-of-the-bundle = { $node } is a container of the bundle { $bundle }, which runs nothing but what is in the bundle
postfix-cannot-be-in-a-bundle = Postfix cannot be in a bundle here: take a node of the cluster, a remote node or a guest node.
cluster-has-no-server = The cluster has no server "{ $node }"
cannot-run-anything-now = { $node } cannot run anything now: it is { $state }
bring-it-up-first-pcs-cluster = Bring it up first (pcs cluster start { $node }, pcs node unstandby { $node }).
has-priority-already = { $node } has priority { $priority } already, and each server has its own
has-no-priority = { $nodes } has no priority: a server with any priority would come first
give-it-a-priority-first = Give it one first: postkeeper set { $tag } priority { $pairs }
give-another-number = Give another number, or change both at once: postkeeper set { $tag } priority A=N B=M
resource-stickiness-of-does-not-agree = the resource-stickiness of { $resources } does not agree with switchback { $kind }: { $consequence }. To make it agree: postkeeper set { $tag } switchback { $kind } --dependencies
postfix-goes-where-they-are = Postfix goes where they are, and they may stay where a switchback would move them
while-postfix-is-out-of-service = while Postfix is out of service they may go to the server of highest priority
not-known = not known
whole-cluster-is-in-maintenance = the whole cluster is in maintenance: nothing is monitored or recovered
it-is-not-managed = it is unmanaged: the cluster does not start, stop or recover it
cluster-has-no-quorum = the cluster has no quorum: bring the other servers back (pcs cluster start NODE; see pcs quorum status). If the whole cluster was shut down, and you are certain that the other servers are still off: pcs quorum unblock
why = Why: { $reason }

## admin/remote

is-not-text = { $word } is not text
shell-cannot-be-run = { $shell } cannot be run to reach { $server }: { $error }
install-the-shell-or-name-another = Install it (Debian: openssh-client), or name another remote shell with --shell.
shell-did-not-answer = { $shell } { $server } postkeeper did not answer: { $status }
remote-command-advice = Let root reach { $server } without a password, install postkeeper there, or run the same command on { $server }.
shell-cannot-be-read-as-words = --shell cannot be read as words: { $shell }
check-the-quoting = Check the quoting.

## admin/create

fencing-is-off = fencing is off: after a failed stop, the cluster waits for an administrator
to-be-created = To be created, in service on { $here }:
files-can-only-be-checked-on = The files of { $server } can only be checked on { $server }, and this is { $here }
run-the-same-command-on-shell = Run the same command on { $server }: --shell has led to another server.
cluster-has-no-resource-for-it-yet = The cluster has no resource for it yet: { $command }
cannot-be-a-tag = "{ $tag }" cannot be a tag: letters, digits and - _ . / are allowed, and it begins with a letter
give-another-one-with-tag = Give another one with --tag.
id-is-in-use = The id { $id } is already in use
give-another-name-than-with-tag = Give another name than "{ $tag }" with --tag.
create-it-first = Create it first: { $line }
put-it-on-a-file-system-that-every-server-can-mount = Put it on a file system that every server can mount, and create its resource first.
if-another-resource-mounts = If another resource mounts { $point }, name that: --depends-on ID
if-another-resource-provides-it = If another resource provides it, name that: --depends-on ID
there-is-no-group = There is no group "{ $name }"
is-needed-and-is-no-member = { $id } is needed and is no member of the group { $name }
add-it-pcs-resource-group-add = Add it (pcs resource group add { $name } { $id }), or leave out --group.
inet-interfaces-names-no-address-so-none = inet_interfaces names no address, so none was looked up in the cluster. To add one: postkeeper depend add { $tag } RESOURCE
is-not-in-alternate-config-directories = { $directory } is not in alternate_config_directories of { $main }/main.cf: users' commands will refuse it
depends-on-which-would = { $resource } depends on { $id }, which would be a circular dependency

## admin/wizard

switchback-type = Switchback type
intelligent-after-a-failover-it-stays = intelligent: after a failover it stays where it is. automatic: it returns to the server of highest priority.
where-it-is-in-service-first = Where it is in service first. Its addresses and file systems are in service there.
configuration-directory = Configuration directory
where-main-cf-and-master-cf = Where main.cf and master.cf are.
directory-of-the-postfix-commands = Directory of the Postfix commands
where-postfix-and-postconf-are = Where postfix and postconf are.
queue-directory = Queue directory
on-a-file-system-that-every = On a file system that every server can mount; it may be a symbolic link.
name-of-the-hierarchy = The name of the hierarchy: letters, digits and - _ . /
enter-takes-the-answer-in-brackets = Enter takes the answer in brackets, < goes back, q cancels.
intelligent-or-automatic = intelligent or automatic
one-of = one of { $names }
this-server-or-run-there = { $here }, or run this on { $answer }: the files of a server can only be checked there
letters-digits-and-and-a-letter = letters, digits and - _ . /, and a letter first
another-one-the-cluster-has-already = another one: the cluster has { $answer } already
cancelled-nothing-has-been-changed = Cancelled. Nothing has been changed.
server-question = Server
tag-question = Tag
expected-answer = Expected: { $answer }

## admin/extend

until-now = until now: { $refusal }
to-be-extended-to = To be extended to { $to }:
is-extended-to = { $id } is extended to { $to }
is-extended-to-already = { $tag } is extended to { $node } already
to-change-its-priority = To change its priority: postkeeper set { $tag } priority { $node }=N
it-has-more-than-one-server = It has more than one server already: { $nodes }
to-change-their-priorities = To change their priorities: postkeeper set { $tag } priority A=N B=M
constraint-keeps-away-from = The constraint { $constraint } keeps { $id } away from { $node }, and also affects other resources or nodes
change-it-first = Change it first, or remove it: pcs constraint delete { $constraint }
has-not-published-the-uid = { $node } has not published the uid and gid of Postfix's users
it-cannot-read-their-names = It cannot read their names in main.cf. Record them: postkeeper repair { $tag }
do-mail-owner-and-setgid-group = Do mail_owner and setgid_group of main.cf exist there?
is-the-agent-installed-there = Is the agent installed there ({ $agent-program })?
postfix-is-another-version-on = Postfix is another version on { $node }: { $found }, { $wanted } on { $other }
install-the-same-version-on-every = Install the same version on every server: they share the queue.
could-not-run-the-hierarchy = { $node } could not run the hierarchy: { $resources } would not be active there
to-be-unextended-from = To be unextended from { $from }:
is-unextended-from = { $id } is unextended from { $from }
is-not-extended-to = { $tag } is not extended to { $node }
it-is-extended-to = It is extended to: { $hierarchy }
bring-it-in-service-on-another = Bring it into service on another server first (postkeeper in-service { $tag } --on NODE), or take it out of service.
is-its-only-server = { $node } is its only server
to-remove-the-hierarchy = To remove the hierarchy: postkeeper delete { $tag }
crm-resource-why-and-constraints = crm_resource --why --resource { $resource } --node { $node }; its constraints: pcs constraint ref { $resource }

## admin/repair

to-be-repaired = To be repaired:
is-repaired = { $id } is repaired
uid-and-gid-are-not-known = the uid and gid are not known here: run this where it is in service
main-cf-names-mail-owner = main.cf names mail_owner and setgid_group, and can only be read where it is in service: run this there
would-not-stay-in-service-on = { $id } would not stay in service on { $node }: the servers have published other ids than the queue has now
have-each-server-publish-them-again = Have each server publish them again, and try again: { $commands }

## admin/service

is-in-service-on-already = { $id } is in service on { $node } already
is-out-of-service-already = { $id } is out of service already
extend-it-first = Extend it first: postkeeper extend { $tag } --to { $node }
to-be-brought-in-service-on = To be brought into service on { $node }:
to-be-brought-in-service = To be brought into service:
to-be-taken-out-of-service = To be taken out of service:
to-be-cleared = To be cleared:
cluster-would-not-stop-now = The cluster would not stop { $id } now
to-have-it-stopped-as-soon = To have it stopped as soon as that is over, use --force.
is-still-in-service = { $id } is still in service on { $node }, and is to be stopped already
is-kept-away-from = { $tag } is kept away from { $node }: { $reason }
constraint-that-says-so = The constraint that says so: { $constraint }
it-would-not-stay-on = It would not stay on { $node }: it would move to { $nodes } at once
its-switchback-is = Its switchback is { $switchback }. To keep it there: postkeeper set { $tag } switchback intelligent, or give { $node } a higher priority.
cluster-would-not-bring-it-in-service = The cluster would not bring it into service
cluster-would-not-bring-it-in-service-on = The cluster would not bring it into service on { $node }
failures-are-cleared = The failures of { $id } are cleared

## admin/depend

is-a-fence-device = { $id } is a fence device, which runs anywhere: nothing can depend on it
is-of-the-bundle = { $id } is in the bundle { $bundle }, which runs it in a container, not on the server
depend-on-what-postfix-needs = Make Postfix depend on the resource that it uses, such as the bundle's address.
cluster-has-no-resource = The cluster has no resource "{ $id }"
dependency-to-be-added = A dependency to be added:
dependency-to-be-removed = A dependency to be removed:
cannot-depend-on-itself = { $id } cannot depend on itself
depends-on-already = { $id } depends on { $resource } already
does-not-depend-on = { $id } does not depend on { $resource }
it-depends-on = It depends on: { $resources }
is-before-in-the-group = { $dependency } is before { $id } in the group { $group }
take-it-out-of-the-group = Take it out of the group: pcs resource group remove { $group } { $id }
depends-on-and-on = { $other } depends on { $dependency }, and { $id } on { $other }
whether-postfix-needs-it = Whether Postfix needs { $dependency } cannot be checked here: { $fault }
postfix-needs = Postfix needs { $id }: { $reason }
it-holds = it holds { $path }
inet-interfaces-names = inet_interfaces names { $address }
if-it-does-not = If it does not, use --force.
constraint-also-affects-resources-other = The constraint { $constraint } also affects resources other than { $id } and { $dependency }
change-it-by-hand = Change it by hand: pcs constraint ref { $id }
depends-on = { $id } depends on { $resource }
no-longer-depends-on = { $id } no longer depends on { $resource }

## admin/set

run-the-same-command-on = Run the same command on { $node }.
to-be-changed = To be changed:
would-still-be = { $name } of { $id } would still be { $value }: { $set } gives it that value
change-it-there-first = Change it there first. It is shown by: cibadmin --query --xpath "//*[@id='{ $set }']"
is-changed = { $id } is changed
change-was-not-tested-by-a-start = it is not in service, so the change was not tested by a start
is-not-understood = "{ $found }" is not understood
expected-switchback-intelligent-automatic-priority-node = Expected: switchback intelligent|automatic, priority NODE=N, or NAME=VALUE for a parameter.
is-no-priority = "{ $number }" is not a valid priority: 1 (highest) to 999
there-is-no-parameter = There is no parameter "{ $name }"

## admin/delete

still-publishes = { $node } still publishes { $attribute }: { $error }
to-be-deleted = To be deleted:
is-deleted = { $id } is deleted; { $state }
where-postfix-runs = where Postfix is running, it keeps running, unprotected
has-no-resource-stickiness = { $id } has no resource-stickiness, would move when a server comes back, and is kept where it is. To let it go: pcs resource meta { $id } resource-stickiness=
would-move-and-is-kept-where = { $resource } would move and is kept where it is. To let it go: pcs resource meta { $resource } resource-stickiness=
postfix-runs-on-unprotected-on = Postfix keeps running, unprotected, on { $node }
postfix-is-stopped = Postfix is stopped
postfix-runs-on-until-it-is-stopped = Postfix keeps running; until it is stopped by hand, its file system cannot be unmounted
interrupted-and-in-maintenance = Interrupted, and in maintenance: the cluster neither starts nor stops it. To go on: postkeeper delete { $tag }

## admin/show

no-unmanaged = no (unmanaged)
in-service = in service
out-of-service = out of service
tag-label = tag
resource-label = resource
group-label = group
switchback-label = switchback
managed-label = managed
server-label = server
depends-on-label = depends on
parameter-label = parameter
default-label = default
wanted-label = wanted
server-with-priority = { $node }, priority { $priority }
server-without-priority = { $node }, no priority
server-kept-away = { $server }; kept away: { $reason } ({ $constraint })
dependency-via = { $id } ({ $agent } { $subject }), { $via }
via-group = before it in group { $group }
via-dependency = through { $id }

## admin/status

cluster-would-not-run-it-there = the cluster would not run it there; why: crm_resource --why --resource { $id } --node { $node }
its-rule-for-uid-and-gid = its rule for uid and gid is of an earlier version, and stops Postfix when a node attribute is lost; to replace it: postkeeper repair { $tag }
not-in-service = not in service
does-not-answer = does not answer: { $problem }
not-tried-from-here = not tried from here
ids-differ-uid-gid-there-recorded = ids differ: uid:gid { $found } there, { $recorded } recorded (constraint { $constraint })
because-of-constraint = { $reason } (constraint { $constraint })
postfix-failed-there = Postfix failed there, and does not run there until its failure-timeout expires or you run: postkeeper clean-up
failures-of-postfix-there = failures of Postfix there: { $n }
it-is-to-be-stopped = the cluster will stop it as soon as it can
programs-of-postfix-were-replaced-while = the programs of Postfix were replaced while it was running: reload it (postfix reload)
tls-certificate-was-renewed = a TLS certificate was renewed and is not in use yet: reload Postfix (postfix reload)
move-was-interrupted = a move is under way or was interrupted: until { $end } no other server can run it. If none is under way: postkeeper in-service
move-has-no-end = a move is under way or was interrupted: no other server can run it while the constraints of the move are there. If none is under way: postkeeper in-service
waits-for-fencing = { $node }, where { $resource } was active, has to be fenced first: until then nobody knows whether it runs, and the cluster starts it nowhere
cluster-has-these-servers-no-more = the cluster has no server { $nodes }, which its constraint names: renamed or removed? Extend it to the server's present name: postkeeper extend { $tag } --to NODE
is-kept-in-place-still = { $resources } is still held on its server by a resource-stickiness from when Postfix was out of service; to remove it: postkeeper in-service
resource-is-blocked = { $resource } is blocked: the cluster leaves it as it is, running or not, until its failures are cleared. When you know that it is stopped: postkeeper clean-up
no-other-server-could-take-over = no other server could take over now
in-service-on = in service on { $node }
endpoint-answers = answers
endpoint-label = endpoint
no-priority = no priority
with-priority = priority { $priority }
node-in-service = { $state }, in service
kept-away = kept away: { $reason }
degraded-action = degraded: { $action } of { $resource } on { $node }, { $when }
failed-action = failed: { $action } of { $resource } on { $node }, { $when }
remark = note: { $remark }
state-and-switchback = { $state }, switchback { $switchback }

## admin/adopt

is-adopted-in-service-on = { $id } is { $agent } now, in service on { $node }
becomes-agent = { $id } becomes { $agent }:
our-agent-did-not-find-running = ocf:postkeeper:postfix did not find { $id } running, so the resource uses { $agent } again; Postfix was not stopped
is-adopted-in-service-as-before = { $id } is { $agent } now, in service on { $node } as before
is-adopted-out-of-service-as-before = { $id } is { $agent } now, out of service as before
cluster-has-none-of = The cluster has none of { $old-ones }.
postfix-has-no-instance = Postfix has no instance "{ $name }" on this server
its-directory-must-be-in-multi = Its directory must be in multi_instance_directories of /etc/postfix/main.cf, and its multi_instance_name that name: postmulti -l
also-starts-others = { $agent } also starts { $others }: ocf:postkeeper:postfix manages /etc/postfix only, and the others keep running outside the cluster
until-it-is-stopped = until it is stopped for the first time, Postfix still belongs to { $agent }: do not stop or restart that by hand
is-adopted-already = { $id } is { $agent } already
it-is-left-unmanaged = It is left unmanaged. When Postfix runs and `crm_resource --refresh --resource { $id }` finds it: pcs resource manage { $id }
only-these-can-be-adopted = { $id } is { $agent }, and only { $old-ones } can be adopted
is-in-a-clone = { $id } is in a clone: one queue has one Postfix
takes-its-agent-from-the-template = { $id } takes its agent from the template { $template }
write-the-values-into-the-resource = Write the values into the resource first, and take the template away.
when-our-agent-finds-postfix-running = when our agent finds Postfix running, the cluster manages it again; when not, the old agent does
it-is-not-in-service-and-should = it is not in service and should be: the cluster starts it as soon as it is converted
no-monitor-takes-the-greeting-yet = no monitor checks the greeting yet. To add one: pcs resource op add { $id } monitor interval=60s timeout=30s OCF_CHECK_LEVEL=10
agent-has-no-such-parameter = parameters="{ $value }": ocf:postkeeper:postfix has no such parameter; Postfix is started without it
does-not-have-the-agent = { $here } does not have the agent { $agent }
install-postkeeper-on-every-server-first = Install postkeeper on every server first.
is-in-service-elsewhere = { $id } is in service on { $node }, and this is { $here }
is-starting-or-stopping = { $id } is starting or stopping, or active on more than one server
wait-until-it-is-in-service = Wait until it is in service on one server.
cluster-has-running-here = The cluster has { $id } running here, and no Postfix with { $place } runs
compare-config-dir-of-the-resource = Compare config_dir of the resource with the Postfix that runs: ps -C master; then set it.
is-adopted-but-has-failed = { $id } is { $agent } now, but it has failed
interrupted-and-left-unmanaged = Interrupted, and left unmanaged: { $resources }. When Postfix runs: pcs resource manage { $resources }

## admin/import

id-is-in-use-and-not-by-the-resource-of = The id { $id } is already in use, and not by the resource of { $subject }
rename-or-remove-it = Rename or remove it, or make the resource of { $subject } ({ $agent }) under another id: import uses it then.
queue-is-not-here = the queue is not here, so its uid and gid are not recorded; when it is in service, on that server: postkeeper repair { $tag }
of-which-type-is-the-file = Of which type is the file system on { $text }?
lcdstatus-does-not-show-the-switchback = lcdstatus does not show the switchback type
look-it-up-in-lifekeepers-properties = Look it up in LifeKeeper's properties of the resource, and use --switchback intelligent or automatic.
as-it-was-in-lifekeeper = { $tag }, as it was in LifeKeeper:
created-unmanaged = Created, unmanaged.
cannot-take-the-place-of-two = { $node } cannot take the place of two servers
is-not-what-lcdstatus-prints = { $path } is not what lcdstatus prints: { $why }
save-it-again-lcdstatus-q-file = Save it again: lcdstatus -q >FILE
shows-no-resource = { $path } shows no resource
save-it-where-lifekeeper-runs = Save it where LifeKeeper runs: lcdstatus -q >FILE
is-from-not-from = { $path } is from { $own }, not from { $server }
does-not-tell-for-certain = { $path } does not tell for certain on which server it was saved
say-it-server = Specify it: SERVER={ $path }
indentation-of-the-tags-is-lost = The indentation of the tags is lost, so the dependencies cannot be read
save-it-again-without-copying-by-hand = Save it again, without copying by hand: lcdstatus -q >FILE
id-of-is-cut-short = The id of { $tag } is cut short in the display: { $id }
say-the-mount-point = Specify the mount point: --id { $tag }=DIR
display-has-no-tag = The display has no tag "{ $tag }"
no-tag-or-id-has-postfix = No tag or id has "postfix" in it
say-which-it-is-with-tag = Specify which it is with --tag: { $tags }
more-than-one-tag-or-id = More than one tag or id has "postfix" in it
outputs-of-lcdstatus-disagree-about = The outputs of lcdstatus disagree about the priority of { $server }: { $other } and { $priority }
save-them-again = Save them again, at the same time.
priority-of-is-no-number = The priority of { $server } is not a valid number: { $priority }
priority-of-is-not-in-what = The priority of { $servers } is not in what was saved
save-lcdstatus-q-there-too = Save lcdstatus -q there too and give that file, or use --priority { $first }=N.
two-have-the-same-priority = { $one } and { $other } have the same priority { $priority }
priority-of-is = The priority of { $server } is { $priority }, expected 1 to 999
expected-one-of-name-the-one = Expected one of: { $cib }. Name the one that takes its place: --node { $server }=NODE
nothing-here-stands-for = no resource is created for { $tags }: the file-system resource mounts the device itself
when-it-was-saved = when it was saved, LifeKeeper had it in service on { $active }: run lkstop on every server first
it-is-created-unmanaged = it is created unmanaged: the cluster neither starts it nor stops what LifeKeeper runs
when-postkeeper-verify-has-no-error = when postkeeper verify has no error on any server, and LifeKeeper is stopped on each
then-let-the-cluster-manage-it = then let the cluster manage it: pcs resource manage { $resources }
which-device-is-mounted-on = Which device is mounted on { $directory }? Neither lcdstatus nor /etc/fstab says it
say-it-with-the-type = Specify it, with the type of the file system: --device { $directory }=DEVICE,TYPE[,OPTIONS]
queue-is-not-known = The queue is not known: { $fault }
run-this-where-main-cf-can = Run this where main.cf can be read, or use --queue-dir.
say-the-right-one-with-queue = Specify the right one with --queue-dir, or --config-dir.
is-this-the-configuration = Is this the configuration of that hierarchy? Specify --config-dir.
inet-interfaces-was-not-compared = inet_interfaces was not compared: { $fault }
cannot-be-read = { $path } cannot be read

## admin/import/lifekeeper

wrong-line = line { $number }: { $why }: "{ $line }"
wrong-number-of-columns = { $count } columns, expected 6 (a tag or id with blanks cannot be read)
is-no-state = "{ $state }" is not a valid state, expected one of { $states }
priority-is-no-number = the priority "{ $priority }" is not a valid number
machine-priority-is-no-number = the priority is not a valid number
no-machine = no machine
depends-on-which = { $tag } depends on { $lost }, which is not in the display
has-no-line-local-priority-n = { $tag } has no line "Local priority = N"
there-is-neither-a-line-local = there is neither a line "LOCAL TAG ID STATE PRIO PRIMARY" (lcdstatus -q), nor one that begins with BACKUP (lcdstatus -e), nor a resource as lcdstatus alone shows it
the-log-has-the-reason = Reported by the watcher of the agent: the lines of postfix({ $resource }) in the log of { $node } have the reason.
it-is-not-probed = The cluster does not probe { $node } ({ $why }), so the uid and gid there are not known. Let it probe, or compare them with postkeeper verify --on { $node } and use --force.
needs-a-probe = { $id } cannot be adopted while the cluster does not probe: { $why }
let-the-cluster-probe = Only a probe tells the cluster that Postfix runs already: without one it would be started once more. Turn probes on for the change: pcs property set enable-startup-probes=true, or take resource-discovery out of the constraint.
