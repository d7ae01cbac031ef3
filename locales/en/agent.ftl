### What the agent says, by the module that says it: the details of its reasons, which follow a message (messages.ftl) and a colon, and the lines
### of its log.
###
### build.rs makes a function of each entry (src/text.rs), as for admin.ftl. There is no translation: Pacemaker's tools and log parsers read
### these. A reason is ASCII without "&", and Pacemaker cuts it at 128 bytes, so the most important words come first.

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
would-not-be-started-again = Postfix keeps running, but would not be started again: { $why }
watcher-could-not-be-started = The watcher could not be started: { $error }
# How the master has ended may be before this, with a comma.
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

## agent/watch

master-exited-unexpectedly = The master, pid { $pid }, exited unexpectedly
# $how: "killed by signal 9 (SIGKILL)".
master-exited-unexpectedly-how = The master, pid { $pid }, exited unexpectedly ({ $how })
pacemaker-runs-its-monitor = { $what }: Pacemaker runs its monitor at once
reported-as-simulated-failure = { $what }: reported to Pacemaker, which calls it a simulated failure
next-monitor-will-report-it = { $what }, and Pacemaker's next monitor will report it: { $error }
endpoint-was-silent-for = { $endpoint } was silent for { $seconds } s
