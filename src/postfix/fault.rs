//! The message catalogue: everything that can be wrong with one instance of Postfix.
//!
//! Messages 1 to 21 are the texts that users of LifeKeeper's Postfix Recovery Kit know; those
//! without a number are ours. A [`Fault`] is a message and what was found. Why it happens and what
//! to do next belong to the message, so that the log, the manual and the admin tool say the same.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    NoConfigPath,
    MainCfNotFound,
    MasterCfNotFound,
    BadInterface,
    NoExecutePath,
    CommandInvalid,
    QueueNotFound,
    NotInService,
    NoIpResource,
    OwnerIdDiffers,
    GroupIdDiffers,
    MasterNotRunning,
    CheckFailed,
    CouldNotStart,
    StopFailed,
    AlreadyStopped,
    SocketSilent,
    NotExecutable,
    ConfigMissing,
    OwnerUnknown,
    PostdropDiffers,
    // Ours from here on.
    ParameterInvalid,
    ConfigUnreadable,
    ServicesUnreadable,
    QueueDisagrees,
    QueueOwner,
    DataDirectory,
    QueueReadOnly,
    QueueLost,
    QueueFull,
    AddressMissing,
    MasterStopped,
    PidFileLost,
    PidFileInvalid,
    QueueManager,
    WorkerStopped,
    LockedElsewhere,
    ServiceDegraded,
    LateGreeting,
    PortShared,
    TlsRefused,
    CertificateDate,
    Busy,
    Blind,
    StorageSilent,
}

/// What is said of one message: (number in the kit or 0, text, why, what to do).
type Entry = (u8, &'static str, &'static str, &'static str);

impl Message {
    /// Every message, numbered ones first and in order.
    pub const ALL: &'static [Message] = {
        use Message::*;
        &[
            NoConfigPath,
            MainCfNotFound,
            MasterCfNotFound,
            BadInterface,
            NoExecutePath,
            CommandInvalid,
            QueueNotFound,
            NotInService,
            NoIpResource,
            OwnerIdDiffers,
            GroupIdDiffers,
            MasterNotRunning,
            CheckFailed,
            CouldNotStart,
            StopFailed,
            AlreadyStopped,
            SocketSilent,
            NotExecutable,
            ConfigMissing,
            OwnerUnknown,
            PostdropDiffers,
            ParameterInvalid,
            ConfigUnreadable,
            ServicesUnreadable,
            QueueDisagrees,
            QueueOwner,
            DataDirectory,
            QueueReadOnly,
            QueueLost,
            QueueFull,
            AddressMissing,
            MasterStopped,
            PidFileLost,
            PidFileInvalid,
            QueueManager,
            WorkerStopped,
            LockedElsewhere,
            ServiceDegraded,
            LateGreeting,
            PortShared,
            TlsRefused,
            CertificateDate,
            Busy,
            Blind,
            StorageSilent,
        ]
    };

    #[rustfmt::skip]
    const fn entry(self) -> Entry {
        use Message::*;
        match self {
            NoConfigPath => (1, "No config path",
                "config_dir was given as an empty value.",
                "Give config_dir the directory of main.cf and master.cf, or leave it out for /etc/postfix."),
            MainCfNotFound => (2, "main.cf not found in the configuration path",
                "config_dir has no main.cf.",
                "Correct config_dir, or mount the file system the configuration is on."),
            MasterCfNotFound => (3, "master.cf not found in the configuration path",
                "config_dir has no master.cf.",
                "Correct config_dir, or put master.cf back."),
            BadInterface => (4, "A value of inet_interfaces must be IPv4 or \"all\"",
                "A value of inet_interfaces is no address, no keyword and no host name that this host can resolve.",
                "Correct inet_interfaces in main.cf: an IPv4 or IPv6 address, a name in /etc/hosts, all, or loopback-only."),
            NoExecutePath => (5, "No execute path",
                "binary_dir was given as an empty value.",
                "Give binary_dir the directory of postfix and postconf, or leave it out for /usr/sbin."),
            CommandInvalid => (6, "Postfix command invalid",
                "The postfix command does not answer as Postfix does.",
                "Check that binary_dir holds the commands of an installed Postfix."),
            QueueNotFound => (7, "<queue directory> is not found. This directory must exist on a shared filesystem",
                "The queue directory is missing, empty, or its file system is not mounted. Starting would build an empty queue there.",
                "Mount the file system first (order the Filesystem resource before this one); for a new queue, create it once with 'postfix check' while it is mounted."),
            NotInService => (8, "<tag name> not in service on the server",
                "A resource that Postfix depends on is not active on that node.",
                "Bring the IP and file-system resources in service there first."),
            NoIpResource => (9, "Could not find IP resource for \"<IP address>\"",
                "The cluster has no IP address resource for a value of inet_interfaces.",
                "Create an ocf:heartbeat:IPaddr2 resource for the address first."),
            OwnerIdDiffers => (10, "postfix id does not match between servers",
                "mail_owner has another numeric uid on another node.",
                "Give the user the same uid on every node; the files of the shared queue carry the number."),
            GroupIdDiffers => (11, "postdrop gid does not match between servers",
                "setgid_group has another numeric gid on another node.",
                "Give the group the same gid on every node; the files of the shared queue carry the number."),
            MasterNotRunning => (12, "Master process of postfix is not running",
                "The master daemon exited unexpectedly.",
                "Pacemaker restarts it. Look in the mail log for what came before: 'fatal', 'panic', or a kill."),
            CheckFailed => (13, "Failed in a check by postfix command",
                "Postfix's own integrity check failed.",
                "Run 'postfix -c CONFIG_DIR check' on that node and fix what it names."),
            CouldNotStart => (14, "Couldn't start postfix resource",
                "Postfix did not start, or did not answer after it started.",
                "Read the reason given after the text, then the mail log; then 'pcs resource cleanup'."),
            StopFailed => (15, "Failed in a stop process by kill command",
                "A process of the instance could not be killed before the stop's timeout.",
                "A process in state D waits for a device: look at the storage. Pacemaker fences the node to be safe."),
            AlreadyStopped => (16, "PID <pid> does not exist. postfix may have already stopped",
                "The pid file names a process that is no more.",
                "Nothing to do: the stop succeeded. If nobody stopped it, look in the mail log for why it ended."),
            SocketSilent => (17, "Check script was not able to be connected to a socket (<vip:port>)",
                "An endpoint does not listen, is not reachable, or does not greet as an SMTP server does.",
                "Read what was found after the text: check the IP resource, the mail log, and what else uses the port."),
            NotExecutable => (18, "Execute files (postfix or postconf command) is not an executable file",
                "postfix or postconf is missing from binary_dir or may not be executed.",
                "Correct binary_dir, install Postfix, or mount the file system the programs are on."),
            ConfigMissing => (19, "Configuration files (main.cf or master.cf) does not exist",
                "main.cf or master.cf is not in config_dir.",
                "Correct config_dir, put the file back, or mount the file system the configuration is on."),
            OwnerUnknown => (20, "The postfix owner <owner name> does not exist",
                "This node has no such user or group.",
                "Create it with the same numeric id as on the other nodes."),
            PostdropDiffers => (21, "The postdrop group id does not match an attribute of queue directory",
                "The group of the queue's maildrop directory is not setgid_group.",
                "Give the group the same gid on every node, then run 'postfix set-permissions' once."),
            ParameterInvalid => (0, "A parameter of the resource cannot be used",
                "The value is not valid for this parameter.",
                "Correct it with 'pcs resource update' or 'crm resource param'."),
            ConfigUnreadable => (0, "The Postfix configuration cannot be read",
                "postconf refuses main.cf.",
                "Fix the line it names, then run 'postfix -c CONFIG_DIR check'."),
            ServicesUnreadable => (0, "master.cf cannot be read",
                "postconf refuses master.cf. A running Postfix continues with what it read when it started.",
                "Fix the line it names, then run 'postfix -c CONFIG_DIR reload'."),
            QueueDisagrees => (0, "queue_dir and main.cf name different queues",
                "The directory given, or the one Postfix runs on, is not queue_directory of main.cf.",
                "Make the two agree. To move a queue, stop the resource first."),
            QueueOwner => (0, "The queue is not owned by mail_owner",
                "A directory of the queue has another numeric owner than mail_owner has on this node.",
                "Give the user the same uid on every node, or run 'postfix set-permissions' once if the files are wrong."),
            DataDirectory => (0, "mail_owner cannot write data_directory",
                "The master daemon makes its lock there as mail_owner, and daemons their caches: Postfix does not start without.",
                "Give the directory to mail_owner ('postfix set-permissions' does), and let him reach it through the directories above."),
            QueueReadOnly => (0, "The queue file system cannot be written",
                "It is read-only, or gives errors since the kernel found damage or lost the device.",
                "Look in the kernel log; check the storage and the file system, then clean up the resource."),
            QueueLost => (0, "The queue file system was unmounted while Postfix was running",
                "The directory at the queue's path is not the one Postfix was started on.",
                "Pacemaker recovers. Find out who unmounted it; never unmount by hand while the resource runs."),
            QueueFull => (0, "The queue file system is nearly full",
                "Less is free than smtpd demands before it accepts a message (queue_minfree, 1.5 x message_size_limit).",
                "Free some space or enlarge the file system: failing over would not help."),
            AddressMissing => (0, "An address of inet_interfaces is not on this host",
                "Postfix cannot listen on an address that no interface has.",
                "Order the IP address resource before this one, on the same node."),
            MasterStopped => (0, "Master process of postfix is stopped by a signal",
                "The master daemon is in state T: somebody sent it SIGSTOP. It can no longer start processes.",
                "Pacemaker restarts it. Find out who stopped it."),
            PidFileLost => (0, "The running master does not hold the lock of its pid file",
                "The pid file was removed or replaced while Postfix runs.",
                "Restart the resource when convenient; do not remove files of the queue by hand."),
            PidFileInvalid => (0, "The pid file of Postfix is not a regular file",
                "Something else is at its place, so Postfix could not start.",
                "Move it away."),
            QueueManager => (0, "The queue manager of postfix does not work",
                "qmgr or pickup is stopped, or missing while mail waits: mail is accepted but not delivered.",
                "Pacemaker restarts Postfix. Look in the mail log for why it ended."),
            WorkerStopped => (0, "A daemon that every message passes does not work",
                "All processes of cleanup, trivial-rewrite or proxymap are stopped: clients are greeted, and their mail is not taken.",
                "Pacemaker restarts Postfix. Find out who stopped the process."),
            LockedElsewhere => (0, "Another server holds the lock of this queue",
                "No process of this host has the lock: a Postfix on another server runs on the same queue.",
                "Stop Postfix there first. Two masters on one queue destroy mail."),
            ServiceDegraded => (0, "Postfix responds but rejects mail",
                "The server greets with a temporary refusal, or accepts no message now.",
                "Read its words after the text and the mail log. Failing over would not help."),
            LateGreeting => (0, "Postfix is slow to answer",
                "An endpoint takes connections, and its answer came late or did not come in the time of one monitor.",
                "Look for what it waits for: the name service, high load, SASL, milter or policy sockets, lookup tables. Silence in two monitors in a row counts as failed."),
            PortShared => (0, "Another process shares a port of Postfix",
                "Another process listens where Postfix does (SO_REUSEPORT), so the kernel gives it some of the connections.",
                "Stop the process that is named, or give it another port. Failing over would not help."),
            TlsRefused => (0, "TLS does not work",
                "On an endpoint the handshake is refused by one side, or STARTTLS is advertised and fails.",
                "Look at the smtpd_tls_ parameters, the files of key and certificate, and the mail log. Failing over would not help."),
            CertificateDate => (0, "A TLS certificate is expired or not yet valid",
                "The certificate that an endpoint shows has expired, or is not yet valid.",
                "Renew it (smtpd_tls_chain_files, smtpd_tls_cert_file), then reload Postfix; check the clock."),
            Busy => (0, "Another operation on this instance is under way",
                "A start or stop of the same instance holds the lock of the agent.",
                "Wait for it to end."),
            Blind => (0, "The process table cannot be read",
                "/proc is not mounted or hides processes, or the agent may open too few files. So it is unknown what runs.",
                "Mount /proc as it should be, and raise the limit of open files (RLIMIT_NOFILE) of Pacemaker."),
            StorageSilent => (0, "The storage does not answer",
                "A file system gives neither data nor an error: its server or device is gone, or it is frozen (fsfreeze, a snapshot).",
                "Find out what holds it up (findmnt -T PATH, the kernel log), and bring it back or unmount it."),
        }
    }

    /// The number that the kit's users know it by; None for ours.
    pub fn number(self) -> Option<u8> {
        (self.entry().0 != 0).then_some(self.entry().0)
    }

    /// The text, with what varies in angle brackets.
    pub fn template(self) -> &'static str {
        self.entry().1
    }

    /// Why it happens, in a sentence.
    pub fn why(self) -> &'static str {
        self.entry().2
    }

    /// What to do next, in a sentence or two.
    pub fn remedy(self) -> &'static str {
        self.entry().3
    }

    /// A fault of this kind: what was found.
    pub fn found(self, found: impl Into<String>) -> Fault {
        Fault { message: self, subject: String::new(), found: found.into() }
    }

    /// A fault of this kind about `subject`, which takes the place of the angle brackets.
    pub fn of(self, subject: impl Into<String>, found: impl Into<String>) -> Fault {
        Fault { message: self, subject: subject.into(), found: found.into() }
    }
}

/// A message and what was found. Its Display is the sentence that the user reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub message: Message,
    subject: String,
    pub found: String,
}

impl Fault {
    /// The same fault, with something else that was found.
    pub fn because_of(self, found: impl Into<String>) -> Fault {
        Fault { found: found.into(), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let template = self.message.template();
        match (template.find('<'), template.find('>')) {
            (Some(open), Some(close)) if !self.subject.is_empty() => {
                write!(f, "{}{}{}", &template[..open], self.subject, &template[close + 1..])?
            }
            _ => f.write_str(template)?,
        }
        if self.found.is_empty() { Ok(()) } else { write!(f, ": {}", self.found) }
    }
}

/// What is known of an instance after a look at it, or after an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Healthy,
    /// Nothing of the instance runs; with a fault where it should.
    Stopped(Option<Fault>),
    /// It serves, and somebody should look: moving it to another node would not help.
    Degraded(Fault),
    /// It does not serve, or only half; the action has failed.
    Failed(Fault),
}

/// A sequence of checks or steps: what ends it is a failure, what is left at its end is a degradation.
impl From<Result<Option<Fault>, Fault>> for Verdict {
    fn from(result: Result<Option<Fault>, Fault>) -> Verdict {
        match result {
            Ok(None) => Verdict::Healthy,
            Ok(Some(fault)) => Verdict::Degraded(fault),
            Err(fault) => Verdict::Failed(fault),
        }
    }
}

impl From<Result<(), Fault>> for Verdict {
    fn from(result: Result<(), Fault>) -> Verdict {
        result.map(|()| None).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_the_kits_21_messages_in_order_and_each_says_what_to_do() {
        let numbers: Vec<u8> = Message::ALL.iter().filter_map(|m| m.number()).collect();
        assert_eq!(numbers, (1..=21).collect::<Vec<u8>>());
        for message in Message::ALL {
            assert!(message.template().is_ascii() && !message.why().is_empty() && !message.remedy().is_empty(), "{message:?}");
        }
    }

    /// The error of serde lists the variants.
    #[test]
    fn no_message_is_left_out_of_all() {
        let error = serde_json::from_str::<Message>("\"\"").unwrap_err().to_string();
        let missing: Vec<&str> =
            error.split('`').skip(3).step_by(2).filter(|n| !Message::ALL.iter().any(|m| format!("{m:?}") == *n)).collect();
        assert!(error.matches('`').count() > 80 && missing.is_empty(), "{missing:?} of {error}");
    }

    #[test]
    fn the_subject_takes_the_place_of_the_angle_brackets() {
        let fault = Message::SocketSilent.of("10.0.0.1:25", "connection refused");
        assert_eq!(fault.to_string(), "Check script was not able to be connected to a socket (10.0.0.1:25): connection refused");
        assert_eq!(Message::NoConfigPath.found("").to_string(), "No config path");
    }
}
