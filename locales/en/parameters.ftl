# The agent itself.
agent = Manages a highly available Postfix instance
    .long =
        Runs one instance of the Postfix mail system with its queue on a shared file system and its service on virtual IP addresses. It starts Postfix and waits until every SMTP endpoint greets; a monitor reports the actual process state, and a stop ends every process of the instance, even when the configuration, the programs, the address or the mount is gone.

        Monitor levels (OCF_CHECK_LEVEL): 0 checks the master process, its lock, the queue's file system, the queue manager, the daemons that every message passes through and the listening sockets, and makes no connection; 10 also checks the greeting and TLS of every endpoint; 20 also sends MAIL FROM and RCPT TO, then RSET. Exit code 190 (degraded) means that mail flows, but something needs attention.

        It must run on the same node as the Filesystem resource of its queue and the IPaddr2 resources of its addresses, and start after them.

config-dir = Configuration directory
    .long = The directory that holds main.cf and master.cf of this Postfix instance, as an absolute path. It may be on a shared file system that is mounted before the resource starts. Each instance has its own directory. Default: /etc/postfix.

binary-dir = Directory of the Postfix commands
    .long = The directory that holds the commands postfix and postconf, as an absolute path. It may be on a shared file system too. Default: /usr/sbin.

queue-dir = Queue directory
    .long = The queue directory on the shared file system, as an absolute path; it may be a symbolic link. If it is set, a start fails unless queue_directory in main.cf is the same directory. Default: queue_directory of main.cf.

queue-mountpoint = Mount point that holds the queue
    .long = The mount point of a file system that must be mounted, and must contain the queue, before Postfix is started. Even if this is not set, Postfix is never started on a directory without a queue. Default: not checked.

drain = Maximum drain time of a stop
    .long = How long a stop waits, at most, for deliveries and SMTP transactions in progress, so that none is delivered again on the next node: seconds, or a number with a unit (500ms, 5s, 2min). No new delivery starts, and new connections are refused as soon as the messages being received are in the queue. A stop never waits longer than a quarter of its timeout; a stop of an idle Postfix does not wait. 0: do not wait. Default: 2.

certificate-days = Days before a TLS certificate expires
    .long = A warning is logged once a day when a TLS certificate expires within this many days; of the certificates seen by a monitor of level 10 or 20, the one that expires first counts. An expired certificate is reported as degraded. 0: no advance warning. Default: 14.

watch = Detect faults immediately
    .long = Whether a helper process detects faults as they happen (the master exits or is stopped by a signal; qmgr exits while mail is queued; an address, the queue's mount or main.cf disappears) and makes Pacemaker immediately run the monitor that reports them, so that recovery does not wait for the next interval. Pacemaker then acts as on any failed monitor, and obeys on-fail. On Pacemaker 3, where on-fail is restart (the default), the process reports the failure itself, as crm_resource --fail does; with any other on-fail, recovery waits for the monitor. Default: true.

watch-interval = Interval of checks for faults without an event
    .long = How often the watch process also checks for faults that raise no event: a closed socket, a stopped daemon, an endpoint that accepts connections but does not greet. Each check does what a level 0 monitor does, then checks the greeting of one endpoint, the next one each time. A greeting leaves two lines in the mail log, "connect from" and "disconnect from", and with postscreen two more, "CONNECT from" and "ALLOWLISTED" ("WHITELISTED" before Postfix 3.6). If an endpoint is silent for 7 s twice, the process checks it once more for as long as the timeout of the level 10 or 20 monitor allows; if it stays silent, Pacemaker runs that monitor (Pacemaker 3: the process checks once again, and reports the failure itself). Without such a monitor nothing is reported. Seconds, or a number with a unit (500ms, 5s, 2min). 0: check only after an event. Default: 5.

flush = Deliver deferred mail after a start
    .long = Whether a start that finds deferred mail in the queue asks Postfix to try all of it at once (postqueue -f), so that after a failover the mail does not wait for its next retry. The start does not wait for the deliveries. Default: true.

endpoints = Services whose endpoints are checked
    .long = The services or ports of master.cf whose endpoints a monitor checks and a start waits for, separated by blanks or commas: smtp, 587, 192.0.2.25:smtp, [::1]:25; a service name and its port number are equivalent. Use it to leave out a port that demands a client certificate or refuses the nodes' addresses. An entry that matches nothing is logged; when no entry matches, every endpoint is checked. Default: every endpoint.

mail-owner = Name of mail_owner, for a node that cannot read main.cf
    .long = The value of mail_owner in main.cf. A node that cannot read main.cf (it is on a shared file system that is mounted elsewhere) needs the name to publish the uid, which is compared with that of the other nodes. It is used only on a node that has not read main.cf yet, and only together with setgid_group; a node that has read main.cf uses the name that it found there last. Postfix itself, and a start, always use the name in main.cf. Default: none.

setgid-group = Name of setgid_group, for a node that cannot read main.cf
    .long = The value of setgid_group in main.cf, for the same purpose as mail_owner, and only together with it. Default: none.

binary = Full path of the postfix command
    .long = The full path of the postfix command, for configurations written for ocf:heartbeat:postfix. Its directory is used when binary_dir is not given. Default: postfix in binary_dir.

trace-ra = Trace the agent
    .long = Whether each action writes a trace file to trace_dir: its environment, findings and result. Default: false.

trace-dir = Directory of traces
    .long = Where the traces go when trace_ra is true. Default: /var/lib/heartbeat/trace_ra.

