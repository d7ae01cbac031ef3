### What the command line says of itself: --help, the manual pages and the completions; and what is wrong with a command line, in the words of
### clap.

## admin

help-tool = Highly available Postfix on Pacemaker
help-tool-more = A hierarchy is a Postfix resource (ocf:postkeeper:postfix) with the IP addresses and file systems that it depends on. TAG is its name, or the id of the resource; most verbs do not need it if there is only one hierarchy.
help-tool-title = Highly available Postfix on Pacemaker.

## admin/act

help-options-dry-run = Show what would be done, without doing it
help-options-yes = Do it without asking
help-options-force = Proceed even if a check objects: other resources would stop or move, a node waits to be fenced, or Postfix needs the dependency
help-options-allow = Allow only this action, which otherwise needs --force (may be given several times)
help-options-format = Output format of the plan; xml, pcs and crm print the plan and change nothing
help-options-wait = Maximum time to wait for the cluster, in seconds

## admin/create

help-create = Create a hierarchy: Postfix with the IP addresses and file systems that it needs
help-create-more = The addresses of inet_interfaces and the directories of main.cf are looked up in the cluster. Their resources must be in service on the server (--server, by default this one). Without options, on a terminal, create asks for each value.
help-config-dir = Where main.cf and master.cf are
help-binary-dir = Where postfix and postconf are
help-create-queue-dir = The queue; it may be a symbolic link [default: queue_directory of main.cf]
help-create-server = The server on which the hierarchy is first in service [default: this one]
help-create-switchback = Whether the hierarchy moves back when a server of higher priority returns
help-create-tag = Its name [default: postfix-on-QUEUE_DIR]
help-create-priority = The priority of the server, 1 (highest) to 999
help-create-group = Add Postfix as the last member of this group, which must contain everything that Postfix needs
help-create-depends-on = Another resource that Postfix needs, of any type, besides those found by address and mount point; may be repeated
help-shell = Remote shell command; the server's name and the command to run there are appended
help-create-handed-over = This is the server that was named

## admin/extend

help-extend = Add a server to a hierarchy
help-extend-more = Compares the uid, gid and version of Postfix between the servers, and simulates whether the cluster could run everything there.
help-tag = The hierarchy
help-extend-to = The server to add
help-extend-priority = Its priority, 1 (highest) to 999 [default: after the others]
help-extend-template-priority = Priority of the server that it already has, 1 to 999; only with the first extension [default: unchanged]
help-unextend = Remove a server from a hierarchy
help-unextend-from = The server to remove; the hierarchy must not be in service there

## admin/service

help-in-service = Bring a hierarchy into service, here or on another server
help-in-service-more = Its dependencies move with it. Returns when all are started there and the constraints of the move are removed. If the move takes longer than --wait, the constraints expire by themselves one minute later.
help-in-service-on = The server [default: where it runs, or the one of highest priority that can run it]
help-out-of-service = Take a hierarchy out of service: Postfix stops, and stays stopped until it is brought into service again
help-out-of-service-more = Dependencies that would move to another server at once are kept where they are until the hierarchy is brought into service again. With switchback automatic they may move to the server of highest priority.
help-clean-up = Clear the failures of a hierarchy, so that the cluster tries again
help-clean-up-more = Nothing else is changed.

## admin/depend

help-depend = Add or remove a dependency on another resource, such as the file system of the mail spool
help-depend-add = Postfix runs where the resource runs, and starts after it
help-depend-remove = Postfix no longer needs the resource
help-depend-resource = The id of the resource

## admin/set

help-set = Change properties of a hierarchy
help-set-more = WHAT is one of: switchback intelligent|automatic; priority NODE=N (also several); NAME=VALUE for a parameter of the resource (NAME= sets it back to its default). Parameters: postkeeper show TAG.
help-set-what = What to change, and to what
help-set-dependencies = With switchback: set it for the IP addresses and file systems too

## admin/status

help-status = Show the status of all hierarchies: a tree of their resources and servers, and what has failed
help-status-more = The exit code is 0 when all are in service and need no attention, 6 when one has been taken out of service, 7 when one should be in service and is not, 8 when one is in service but needs attention.
help-status-tag = The hierarchy [default: all]
help-json = For programs: one JSON document
help-status-watch = Refresh every SECONDS seconds; with --json, print one line whenever something changes
help-status-offline = Do not connect to the endpoints

## admin/show

help-show = Show the properties of a hierarchy: switchback, servers and priorities, dependencies, parameters

## admin/verify

help-verify = Check whether this server and the cluster are ready to run Postfix
help-verify-more = Goes through a checklist: programs and configuration, users and groups, storage, addresses, boot, lookup tables, chroot, labels, certificates and keys, automatic upgrades and reboots, outgoing mail and MX records, postfix check; and, where a cluster runs, fencing, quorum and the hierarchy. Each item is ok, a warning or an error, with what was found, what was expected and how to fix it.
help-verify-tag = The hierarchy whose parameters are used; optional if there is only one, or none yet
help-verify-config-dir = Directory of main.cf and master.cf
help-verify-binary-dir = Directory of postfix and postconf
help-verify-queue-dir = The queue directory that main.cf must name
help-verify-start = Start Postfix, check its sockets and greetings, and stop it again; a Postfix that is already running is left running
help-verify-on = Check these servers instead of this one, and compare them
help-verify-domain = A domain whose MX records should point here, besides those that main.cf names
help-verify-json = For programs: a JSON list of reports, each with about, items (section, check, level, found, wanted, todo) and facts
help-verify-alone = Check this server only, and not the cluster
verify-exit-fine = no errors; there may be warnings
verify-exit-error = at least one error
verify-exit-refused = refused: nothing was checked
verify-exit-unknown = there is no such hierarchy

## admin/repair

help-repair = Update the constraints and parameters of a hierarchy to those of this version
help-repair-more = Replaces the rule of earlier versions, which keeps Postfix away from a server whose node attribute is lost. A hierarchy without a rule for the uid and gid gets one, ids that have changed on every server are recorded again, and the names of mail_owner and setgid_group are recorded where main.cf is on a shared file system. Postfix keeps running.

## admin/delete

help-delete = Remove a hierarchy: a running Postfix keeps running, unprotected; IP addresses and file systems stay

## admin/adopt

help-adopt = Convert a resource of another agent to ocf:postkeeper:postfix, without stopping Postfix
help-adopt-more = It may be one of ocf:heartbeat:postfix, systemd:postfix, systemd:postfix@INSTANCE or lsb:postfix. Name, place in a group, constraints, operations and meta attributes stay. Run it on the server where the resource is in service: before anything is changed, Postfix is checked as the new agent will check it. Install postkeeper on every server first.
help-adopt-resource = The resource

## admin/import

help-import = Import a LifeKeeper hierarchy from the output of lcdstatus
help-import-more = Reads the saved output of lcdstatus -q, lcdstatus -e or lcdstatus, from one server or, preferably, from each. Proposes the same hierarchy for this cluster: file systems, addresses, Postfix, dependencies, servers with their priorities, switchback. Existing resources of the cluster are used. All resources are created unmanaged: the cluster does not touch them until you manage them, after LifeKeeper has been stopped.
help-import-files = The saved output; SERVER=FILE where the output does not name its server; - is standard input
help-import-tag = The tag of the Postfix resource, if it cannot be recognized
help-import-switchback = The switchback type, which lcdstatus does not show
help-import-priority = The priority of a server whose output was not saved
help-import-node = The cluster node that replaces a server [default: the one of the same name]
help-import-device = Device, type and mount options of a file system [default: those of /etc/fstab]
help-import-id = The id of a resource whose id the display has shortened: the address, or the mount point
help-import-queue-dir = The queue [default: queue_directory of main.cf, when that can be read here]
help-import-on-each = on svr1, and the same on svr2
expected-name-value = expected NAME=VALUE

## admin/help

help-examples = Examples:
help-exit-codes = Exit codes:
help-usage = Usage:
help-verbs = Commands
help-arguments = Arguments
help-options = Options
help-help = Print help
help-version = Print version
help-help-verb = Print this message or the help of the given subcommand(s)
help-one-of-values = [possible values: { $values }]
help-values = Possible values:
help-default = [default: { $value }]
usage-error = error: { $error }
usage-tip = tip: similar: { $names }
usage-more = For more information, try '--help'.
usage-unknown-argument = unexpected argument '{ $argument }' found
usage-unknown-verb = unrecognized subcommand '{ $verb }'
usage-missing-arguments = the following required arguments were not provided: { $arguments }
usage-missing-value = a value is required for '{ $argument }' but none was supplied
usage-invalid-value = invalid value '{ $value }' for '{ $argument }'
usage-invalid-value-because = invalid value '{ $value }' for '{ $argument }': { $reason }
usage-conflict = the argument '{ $argument }' cannot be used with '{ $other }'
usage-given-twice = the argument '{ $argument }' cannot be used multiple times

## admin/exit

exit-done = done
exit-failed = failed; the output lists the completed steps
exit-not-understood = invalid command line
exit-refused = refused by a check, or not confirmed: nothing has been changed
exit-unknown = there is no such hierarchy, server or resource
exit-unreachable = the cluster cannot be reached, or permission is denied
exit-out-of-service = status: a hierarchy has been taken out of service
exit-not-in-service = status: a hierarchy should be in service and is not
exit-attention = status: in service, but needs attention

## cluster/plan

help-format-text = Plain text
help-format-xml = The resulting configuration
help-format-pcs = Commands for pcs
help-format-crm = Commands for crmsh
help-format-json = Events for a program, one line each; with --dry-run or --yes

## admin/parts

help-switchback-intelligent = It stays where it is
help-switchback-automatic = It returns to the server of highest priority
