//! The one table of the resource's parameters: meta-data, defaults and reading come from it.

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub name: &'static str,
    /// `string`, `boolean` or `integer`.
    pub kind: &'static str,
    /// None: it has no value unless it is given one.
    pub default: Option<&'static str>,
    /// No two resources may have the same value.
    pub unique: bool,
    /// A change needs no restart.
    pub reloadable: bool,
    pub short: &'static str,
    pub long: &'static str,
}

const fn path(name: &'static str, default: Option<&'static str>, short: &'static str, long: &'static str) -> Parameter {
    Parameter { name, kind: "string", default, unique: false, reloadable: false, short, long }
}

/// All parameters, in the order in which a person fills in a form.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        unique: true,
        ..path(
            "config_dir",
            Some("/etc/postfix"),
            "Configuration directory",
            "The directory that holds main.cf and master.cf of this Postfix instance, as an absolute path. \
             It may be on a shared file system that is mounted before the resource starts. Two resources on two \
             instances have two directories. Default: /etc/postfix.",
        )
    },
    path(
        "binary_dir",
        Some("/usr/sbin"),
        "Directory of the Postfix commands",
        "The directory that holds the commands postfix and postconf, as an absolute path. It may be on a shared \
         file system too. Default: /usr/sbin.",
    ),
    Parameter {
        unique: true,
        ..path(
            "queue_dir",
            None,
            "Queue directory",
            "The queue directory on the shared file system, as an absolute path; it may be a symbolic link. When it is \
             given, a start insists that queue_directory in main.cf names the same directory. \
             Default: queue_directory of main.cf.",
        )
    },
    Parameter {
        reloadable: true,
        ..path(
            "queue_mountpoint",
            None,
            "Mount point that holds the queue",
            "A mount point that must be mounted, with the queue below it, before Postfix is started. Even without it Postfix is \
             never started on a directory that holds no queue. Default: not checked.",
        )
    },
    Parameter {
        kind: "integer",
        reloadable: true,
        ..path(
            "drain",
            Some("2"),
            "Seconds for what has begun, at a stop",
            "How many seconds a stop waits, at the most, for deliveries and messages that have begun, so that none of them is \
             delivered again on the next node. New work is refused at once. A stop never waits longer than a quarter of its \
             timeout; an idle Postfix is not waited for at all. 0: do not wait. Default: 2.",
        )
    },
    Parameter {
        kind: "integer",
        reloadable: true,
        ..path(
            "certificate_days",
            Some("14"),
            "Days before a TLS certificate expires",
            "How many days before a TLS certificate expires the log says so, once a day: the first to expire of those that a \
             monitor of level 10 or 20 is shown. One that has expired is reported as degraded. 0: say nothing before. Default: 14.",
        )
    },
    Parameter {
        kind: "boolean",
        reloadable: true,
        ..path(
            "watch",
            Some("true"),
            "Report the end of the master at once",
            "Whether a small process waits for the end of the master and reports it to the cluster at once, so that \
             recovery does not wait for the next monitor. The ordinary monitor works as without it. Default: true.",
        )
    },
    path(
        "binary",
        None,
        "Full path of the postfix command",
        "The full path of the postfix command, for configurations written for ocf:heartbeat:postfix. Its directory is \
         used when binary_dir is not given. Default: postfix in binary_dir.",
    ),
    Parameter {
        kind: "boolean",
        reloadable: true,
        ..path(
            "trace_ra",
            Some("false"),
            "Trace the agent",
            "Whether each action writes a file in trace_dir with the environment it was given, what it found and how it \
             ended. Default: false.",
        )
    },
    Parameter {
        reloadable: true,
        ..path(
            "trace_dir",
            Some("/var/lib/heartbeat/trace_ra"),
            "Directory of traces",
            "Where the traces go when trace_ra is true. Default: /var/lib/heartbeat/trace_ra.",
        )
    },
];

/// The default of a parameter.
pub fn default(name: &str) -> Option<&'static str> {
    PARAMETERS.iter().find(|p| p.name == name)?.default
}
