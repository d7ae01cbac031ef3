# Message 1 of LifeKeeper's kit, verbatim.
no-config-path = No config path
    .why = config_dir is set to an empty value.
    .remedy = Set config_dir to the directory of main.cf and master.cf, or omit it for /etc/postfix.

# Message 2 of LifeKeeper's kit, verbatim.
main-cf-not-found = main.cf not found in the configuration path
    .why = config_dir has no main.cf.
    .remedy = Correct config_dir, or mount the file system the configuration is on.

# Message 3 of LifeKeeper's kit, verbatim.
master-cf-not-found = master.cf not found in the configuration path
    .why = config_dir has no master.cf.
    .remedy = Correct config_dir, or put master.cf back.

# Message 4 of LifeKeeper's kit, verbatim.
bad-interface = A value of inet_interfaces must be IPv4 or "all"
    .why = A value of inet_interfaces, or a host or port of a service in master.cf, is a name that this host does not know.
    .remedy = Correct inet_interfaces in main.cf (an IPv4 or IPv6 address, a name in /etc/hosts, all, loopback-only) or the service in master.cf (a name in /etc/services, or a number).

# Message 5 of LifeKeeper's kit, verbatim.
no-execute-path = No execute path
    .why = binary_dir is set to an empty value.
    .remedy = Set binary_dir to the directory of postfix and postconf, or omit it for /usr/sbin.

# Message 6 of LifeKeeper's kit, verbatim.
command-invalid = Postfix command invalid
    .why = The postfix command is not that of a working Postfix installation.
    .remedy = Check that binary_dir holds the commands of an installed Postfix.

# Message 7 of LifeKeeper's kit, verbatim.
queue-not-found = <queue directory> is not found. This directory must exist on a shared filesystem
    .why = The queue directory, or a directory in it, is missing, or its file system is not mounted. Starting Postfix would create an empty queue there.
    .remedy = Mount the file system first (order the Filesystem resource before this one). If only part of the queue is missing, or the queue is new: mount the file system, bring the addresses up, create the queue directory, then run 'postfix -c CONFIG_DIR check'.

# Message 8 of LifeKeeper's kit, verbatim.
not-in-service = <tag name> not in service on the server
    .why = A resource that Postfix depends on is not active on that node.
    .remedy = Bring the IP and file system resources into service there first.

# Message 9 of LifeKeeper's kit, verbatim.
no-ip-resource = Could not find IP resource for "<IP address>"
    .why = The cluster has no IP address resource for a value of inet_interfaces.
    .remedy = Create an ocf:heartbeat:IPaddr2 resource for the address first.

# Message 10 of LifeKeeper's kit, verbatim.
owner-id-differs = postfix id does not match between servers
    .why = mail_owner has a different uid on another node.
    .remedy = Give the user the same uid on every node; files in the shared queue are owned by number.

# Message 11 of LifeKeeper's kit, verbatim.
group-id-differs = postdrop gid does not match between servers
    .why = setgid_group has a different gid on another node.
    .remedy = Give the group the same gid on every node; files in the shared queue are owned by number.

# Message 12 of LifeKeeper's kit, verbatim.
master-not-running = Master process of postfix is not running
    .why = The master daemon exited unexpectedly.
    .remedy = Pacemaker restarts it. Look in the mail log for the cause: 'fatal', 'panic', or a signal.

# Message 13 of LifeKeeper's kit, verbatim.
check-failed = Failed in a check by postfix command
    .why = Postfix's own integrity check failed, or a check could not be completed (a timeout, a killed process, or a directory service that did not answer).
    .remedy = Read the details after the message; if they come from Postfix, run 'postfix -c CONFIG_DIR check' on that node and fix what it names.

# Message 14 of LifeKeeper's kit, verbatim.
could-not-start = Couldn't start postfix resource
    .why = Postfix did not start, or did not answer after it started.
    .remedy = Read the details after the message, then the mail log; fix the cause, then run 'postkeeper clean-up'.

# Message 15 of LifeKeeper's kit, verbatim.
stop-failed = Failed in a stop process by kill command
    .why = A process of the instance could not be killed before the stop's timeout.
    .remedy = A process in state D waits for a device: look at the storage. Pacemaker fences the node.

# Message 16 of LifeKeeper's kit, verbatim.
already-stopped = PID <pid> does not exist. postfix may have already stopped
    .why = The process recorded in the pid file no longer exists.
    .remedy = Nothing to do: the stop succeeded. If it was not stopped on purpose, look in the mail log for why it exited.

# Message 17 of LifeKeeper's kit, verbatim.
socket-silent = Check script was not able to be connected to a socket (<vip:port>)
    .why = An endpoint does not listen, is not reachable, or does not greet as an SMTP server does.
    .remedy = Read the details after the message, then check the IP resource, the mail log, and what else uses the port.

# Message 18 of LifeKeeper's kit, verbatim.
not-executable = Execute files (postfix or postconf command) is not an executable file
    .why = postfix or postconf is missing from binary_dir or is not executable.
    .remedy = Correct binary_dir, install Postfix, or mount the file system the programs are on.

# Message 19 of LifeKeeper's kit, verbatim.
config-missing = Configuration files (main.cf or master.cf) does not exist
    .why = main.cf or master.cf is not in config_dir.
    .remedy = Correct config_dir, put the file back, or mount the file system the configuration is on.

# Message 20 of LifeKeeper's kit, verbatim.
owner-unknown = The postfix owner <owner name> does not exist
    .why = This node has no such user or group.
    .remedy = Create it with the same numeric id as on the other nodes.

# Message 21 of LifeKeeper's kit, verbatim.
postdrop-differs = The postdrop group id does not match an attribute of queue directory
    .why = The group of the queue's maildrop directory is not setgid_group.
    .remedy = Give the group the same gid on every node, then run 'postfix set-permissions' once.

parameter-invalid = A parameter of the resource cannot be used
    .why = The value is not valid for this parameter.
    .remedy = Correct it with 'pcs resource update' or 'crm resource param'.

config-unreadable = The Postfix configuration cannot be read
    .why = postconf refuses main.cf.
    .remedy = Fix the line it names, then run 'postfix -c CONFIG_DIR check'.

services-unreadable = master.cf cannot be read
    .why = postconf refuses master.cf. A running Postfix continues with what it read when it started.
    .remedy = Fix the line it names, then run 'postfix -c CONFIG_DIR reload'.

queue-disagrees = queue_dir and main.cf name different queues
    .why = queue_dir, or the queue that Postfix is using, differs from queue_directory in main.cf.
    .remedy = Make the two agree. To move a queue, stop the resource first.

queue-owner = The queue is not owned by mail_owner
    .why = A directory of the queue is not owned by the uid that mail_owner has on this node.
    .remedy = Give the user the same uid on every node, or run 'postfix set-permissions' once if the files are wrong.

data-directory = mail_owner cannot write data_directory
    .why = The master daemon (as mail_owner) creates its lock file there, and other daemons create their caches there: without write access Postfix cannot start.
    .remedy = Give the directory to mail_owner ('postfix set-permissions' does), and give that user search permission on the parent directories.

queue-read-only = The queue file system cannot be written
    .why = The file system is read-only, or returns errors because the kernel found damage or lost the device.
    .remedy = Look in the kernel log; check the storage and the file system, then clean up the resource.

queue-lost = The queue file system was unmounted while Postfix was running
    .why = The directory at the queue's path is not the one Postfix was started on.
    .remedy = Pacemaker recovers the resource. Find out who unmounted it; never unmount by hand while the resource runs.

queue-full = The queue file system is nearly full
    .why = There is less free space than smtpd requires to accept a message (queue_minfree, 1.5 x message_size_limit), or no inode is free.
    .remedy = Free some space or inodes (df, df -i) or enlarge the file system: failing over would not help.

address-missing = An address of inet_interfaces is not on this host
    .why = Postfix cannot listen on an address that no interface has.
    .remedy = Order the IP address resource before this one, on the same node.

master-stopped = Master process of postfix is stopped by a signal
    .why = The master daemon is in state T: it was sent SIGSTOP. It can no longer start processes.
    .remedy = Pacemaker restarts it. Find out what stopped it.

pid-file-lost = The running master does not hold the lock of its pid file
    .why = The pid file was removed or replaced while Postfix was running.
    .remedy = Restart the resource when convenient; do not remove files of the queue by hand.

pid-file-invalid = The pid file of Postfix is not a regular file
    .why = Something else has the name of the pid file, so Postfix cannot start.
    .remedy = Move it away.

queue-manager = The queue manager of postfix does not work
    .why = qmgr or pickup is stopped by a signal (state T), or qmgr is missing while mail waits: mail is accepted but not delivered.
    .remedy = Pacemaker restarts Postfix. Look in the mail log for the cause.

worker-stopped = A daemon that every message passes through does not work
    .why = All processes of cleanup, trivial-rewrite or proxymap are stopped by a signal (state T): clients are greeted, but no mail is accepted.
    .remedy = Pacemaker restarts Postfix. Find out what sent SIGSTOP.

locked-elsewhere = Another server holds the lock of this queue
    .why = The lock is held, but by no process of this host: a Postfix on another server uses the same queue.
    .remedy = Stop Postfix there first. Two masters on one queue destroy mail.

service-degraded = Postfix responds but rejects mail
    .why = The server greets with a temporary refusal, or currently accepts no messages.
    .remedy = Read the server's reply after the message, and the mail log. Failing over would not help.

late-greeting = Postfix is slow to answer
    .why = An endpoint accepts connections, but answers late, or not within one monitor's time limit.
    .remedy = Find out what it is waiting for: the name service, high load, SASL, milter or policy sockets, lookup tables. Silence in two monitors in a row counts as a failure.

port-shared = Another process shares a port of Postfix
    .why = Another process listens where Postfix does (SO_REUSEPORT), so the kernel gives it some of the connections.
    .remedy = Stop the process that is named, or give it another port. Failing over would not help.

tls-refused = TLS does not work
    .why = The TLS handshake with an endpoint fails, or STARTTLS is advertised and fails.
    .remedy = Look at the smtpd_tls_ parameters, the key and certificate files, and the mail log. Failing over would not help.

certificate-date = A TLS certificate is expired or not yet valid
    .why = The certificate that an endpoint presents has expired, or is not yet valid.
    .remedy = Renew it (smtpd_tls_chain_files, smtpd_tls_cert_file), then reload Postfix; check the clock.

busy = Another operation on this instance is under way
    .why = A start or stop of the same instance holds the lock of the agent.
    .remedy = Wait for it to end.

blind = The process table cannot be read
    .why = /proc is not mounted or hides processes, or the agent's open-file limit is too low. The process state is unknown.
    .remedy = Mount /proc without hidepid, and raise Pacemaker's open-file limit (RLIMIT_NOFILE).

storage-silent = The storage does not answer
    .why = A file system returns neither data nor an error: its server or device is gone, or it is frozen (fsfreeze, a snapshot).
    .remedy = Find out what blocks it (findmnt -T PATH, the kernel log), and restore or unmount the file system. Silence in two monitors in a row counts as a failure.

