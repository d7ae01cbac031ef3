config-dir = Configuration directory
    .long = The directory that holds main.cf and master.cf of this Postfix instance, as an absolute path. It may be on a shared file system that is mounted before the resource starts. Two resources on two instances have two directories. Default: /etc/postfix.

binary-dir = Directory of the Postfix commands
    .long = The directory that holds the commands postfix and postconf, as an absolute path. It may be on a shared file system too. Default: /usr/sbin.

queue-dir = Queue directory
    .long = The queue directory on the shared file system, as an absolute path; it may be a symbolic link. When it is given, a start insists that queue_directory in main.cf names the same directory. Default: queue_directory of main.cf.

queue-mountpoint = Mount point that holds the queue
    .long = A mount point that must be mounted, with the queue below it, before Postfix is started. Even without it Postfix is never started on a directory that holds no queue. Default: not checked.

drain = Maximum drain time of a stop
    .long = How long a stop waits, at the most, for deliveries and messages that have begun, so that none of them is delivered again on the next node: seconds, or a number with a unit (500ms, 5s, 2min). New work is refused at once. A stop never waits longer than a quarter of its timeout; an idle Postfix is not waited for at all. 0: do not wait. Default: 2.

certificate-days = Days before a TLS certificate expires
    .long = How many days before a TLS certificate expires the log says so, once a day: the first to expire of those that a monitor of level 10 or 20 is shown. One that has expired is reported as degraded. 0: say nothing before. Default: 14.

watch = Monitor at once when something fails
    .long = Whether a small process beside Postfix waits for what would make a monitor fail (the master ends or is stopped, qmgr is gone while mail waits, an address, the queue's mount or main.cf is gone) and has Pacemaker run that monitor at once, so that recovery does not wait for it. What follows is as without it, on-fail too. On Pacemaker 3 the process reports the failure itself, as crm_resource --fail does, where on-fail is restart, the default; elsewhere recovery waits for the monitor. Default: true.

watch-interval = Interval of the looks at what no event tells
    .long = How often the process of watch also looks at what no event tells: a socket that was shut, a daemon that was stopped, an endpoint that accepts and does not greet. Each time it looks as a monitor of level 0 does, and takes the greeting of one endpoint, the next one each time. A greeting leaves two lines in the mail log, connect from and disconnect from, and with postscreen two more, CONNECT from and ALLOWLISTED (WHITELISTED before Postfix 3.6). For an endpoint that was silent twice, for 7 s each, Pacemaker runs the monitor of level 10 or 20 at once; without such a monitor nothing is told. Seconds, or a number with a unit (500ms, 5s, 2min). 0: look only when an event tells. Default: 5.

flush = Deliver deferred mail after a start
    .long = Whether a start that finds deferred mail in the queue asks Postfix to try all of it at once (postqueue -f), so that after a failover it does not wait for its next attempt. The start does not wait for the deliveries. Default: true.

endpoints = Services whose endpoints are looked at
    .long = The services or ports of master.cf whose endpoints a monitor looks at and a start waits for, separated by blanks or commas: smtp, 587, 192.0.2.25:smtp, [::1]:25; a name and its number are the same. For a port that cannot answer the agent as it should: it demands a client certificate, or refuses the addresses of the nodes. An entry that names nothing is told in the log; when none names anything, every endpoint is looked at. Default: every endpoint.

mail-owner = Name of mail_owner, for a node that cannot read main.cf
    .long = The value of mail_owner in main.cf. A node that cannot read main.cf (it is on a shared file system that is mounted elsewhere) needs the name to publish the uid, which is compared with that of the other nodes. Nothing else depends on it: Postfix and a start take the name from main.cf. Default: what main.cf named when it was last read on the node; without that nothing is published.

setgid-group = Name of setgid_group, for a node that cannot read main.cf
    .long = The value of setgid_group in main.cf, for the same purpose as mail_owner. Default: as for mail_owner.

binary = Full path of the postfix command
    .long = The full path of the postfix command, for configurations written for ocf:heartbeat:postfix. Its directory is used when binary_dir is not given. Default: postfix in binary_dir.

trace-ra = Trace the agent
    .long = Whether each action writes a file in trace_dir with the environment it was given, what it found and how it ended. Default: false.

trace-dir = Directory of traces
    .long = Where the traces go when trace_ra is true. Default: /var/lib/heartbeat/trace_ra.

