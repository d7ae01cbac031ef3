//! The agent's contract: what it answers in every state, against real Postfix.
//!
//! Each line of [`TABLE`] is a state, how to get there ([`states`]), and what the agent must answer.
//! Every state and action is one test, in a host of its own: the state is made, the action is run as
//! Pacemaker runs it, and then we look for ourselves: the answer, the one reason line, the process
//! table, the bystanders. `ocf:heartbeat:postfix` goes through the very same; its answers are only
//! written down. The table of both is printed at the end. `POSTKEEPER_ALONE=1` leaves that agent out, in half the time.
//!
//! `cargo test --test contract 23` runs the tests of row 23. Needs root.

mod parameters;
mod races;
mod states;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use lab::sandbox::{Action, Agent, Answer, Look, Sandbox};
use libtest_mimic::{Arguments, Failed, Trial};
use postkeeper::postfix::fault::Message;
use states::*;

/// One state: row, name, how to get there, and what is expected of probe, monitor, a deeper monitor, start and stop; what is
/// expected of reload-agent follows ([`State::expected`]).
///
/// An expectation is `CODES`, then `msg N` for a message of the catalogue in the reason, then words in
/// quotes that the reason contains. `|` separates codes that are equally right; `level N` tells how deep
/// the deeper monitor goes (10 if it does not say). Nothing means that the contract says nothing.
struct State(&'static str, &'static str, fn(&Sandbox) -> Result<()>, [&'static str; 5]);

#[rustfmt::skip]
const TABLE: &[State] = &[
    //     row   state                                               made by                  probe monitor       deeper              start                        stop
    State("1",   "stopped, all in order",                            stopped,                 ["7", "7",          "7",                "0",                         "0"]),
    State("2",   "running",                                          running,                 ["0", "0",          "0",                "0",                         "0"]),
    State("2b",  "running, started by hand",                         running_by_hand,         ["0", "0",          "0",                "0",                         "0"]),
    State("2c",  "running, master started without postfix(1)",       running_without_postfix, ["0", "0",          "0",                "0",                         "0"]),
    State("2d",  "running, the file of the master renamed",          master_renamed,          ["0", "0",          "0",                "0",                         "0"]),
    State("2e",  "running, without CAP_SYS_PTRACE",                  running_without_ptrace,  ["0", "0",          "0",                "0",                         "0"]),
    State("2f",  "the same, started by hand",                        by_hand_without_ptrace,  ["0", "0",          "0",                "0",                         "0"]),
    State("2g",  "running, /proc covered",                           proc_covered,            ["1", "1 'process table'", "",          "1",                         "1 'process table'"]),
    State("2h",  "running, too few descriptors for the agent",       few_descriptors,         ["1", "1 'process table'", "",          "1",                         "1 'process table'"]),
    State("2l",  "running by hand, /proc covered",                   by_hand_proc_covered,    ["1", "1 'process table'", "",          "1",                         "1 'process table'"]),
    State("2m",  "stopped, /proc covered",                           stopped_proc_covered,    ["7", "1 'process table'", "",          "1 'process table'",         "1 'process table'"]),
    State("2n",  "stopped, too few descriptors for the agent",       stopped_few_descriptors, ["7", "1 'process table'", "",          "1 'process table'",         "1 'process table'"]),
    State("2o",  "stopped, /proc is another pid namespace's",        stopped_proc_of_others,  ["7", "1 'process table'", "",          "1 'process table'",         "1 'process table'"]),
    State("2i",  "stopped, and somebody runs postfix check",         being_checked,           ["7", "7",          "7",                "",                          "0"]),
    State("2j",  "by hand, without CAP_SYS_PTRACE, a daemon hangs", by_hand_daemon_hung_without_ptrace, ["0", "",    "",                 "",                          "0"]),
    State("2k",  "by hand, by another path, queue unmounted lazily", by_another_path_queue_lost, ["0", "1",        "",                 "",                          "0"]),
    State("R1",  "Red Hat's layout, stopped",                        lay_out_as_red_hat,      ["7", "7",          "7",                "0",                         "0"]),
    State("R2",  "Red Hat's layout, running",                        running_red_hat,         ["0", "0",          "0",                "0",                         "0"]),
    State("R3",  "Red Hat's layout, master killed",                  orphans_red_hat,         ["0", "1 msg 12",   "1 msg 12",         "0",                         "0"]),
    State("R4",  "Red Hat's layout, by hand, queue unmounted lazily", by_hand_queue_lost_red_hat, ["0", "1",        "",                 "",                          "0"]),
    State("R5",  "Red Hat's layout, by hand, queue lost, master killed", orphans_by_hand_queue_lost_red_hat, ["0", "1 msg 12", "1 msg 12", "5",               "0"]),
    State("S1",  "SUSE's layout, stopped",                           lay_out_as_suse,         ["7", "7",          "7",                "0",                         "0"]),
    State("S2",  "SUSE's layout, running",                           running_suse,            ["0", "0",          "0",                "0",                         "0"]),
    State("S3",  "SUSE's layout, master killed",                     orphans_suse,            ["0", "1 msg 12",   "1 msg 12",         "0",                         "0"]),
    State("S4",  "SUSE's layout, by hand, queue unmounted lazily",   by_hand_queue_lost_suse, ["0", "1",          "",                 "",                          "0"]),
    State("S5",  "SUSE's layout, maildrop's group is postdrop",      maildrop_of_postdrop_suse, ["7", "7",        "7",                "4 msg 21",                  "0"]),
    State("S6",  "SUSE's layout, by hand, queue lost, master killed", orphans_by_hand_queue_lost_suse, ["0", "1 msg 12", "1 msg 12",    "5",                         "0"]),
    State("3",   "binary_dir gone, nothing running",                 no_programs,             ["7", "7",          "7",                "5 msg 18",                  "0"]),
    State("4",   "binary_dir gone, running",                         running_no_programs,     ["0", "190",        "",                 "5 msg 18",                  "0"]),
    State("4b",  "postconf hangs, nothing running",                  postconf_hangs,          ["7", "7",          "7",                "1 msg 13 'in time'",        "0"]),
    State("4c",  "postconf hangs, running",                          running_postconf_hangs,  ["0", "190 msg 13", "190 msg 13",       "",                          "0"]),
    State("5",   "main.cf gone, nothing running",                    no_main_cf,              ["7", "7",          "7",                "5 msg 19",                  "0"]),
    State("5b",  "master.cf gone, nothing running",                  no_master_cf,            ["7", "7",          "7",                "5 msg 19",                  "0"]),
    State("6",   "main.cf gone, running",                            running_no_main_cf,      ["0", "190",        "1",                "5 msg 19",                  "0"]),
    State("6a",  "main.cf unparsable, running",                      running_bad_main_cf,     ["0", "190",        "1",                "5",                         "0"]),
    State("6b",  "master.cf gone, running",                          running_no_master_cf,    ["0", "190",        "190",              "5 msg 19",                  "0"]),
    State("6c",  "master.cf unparsable, running",                    running_bad_master_cf,   ["0", "190",        "190 'field count'", "5 'master.cf' 'field count'", "0"]),
    State("7",   "main.cf unparsable, nothing running",              bad_main_cf,             ["7", "7",          "7",                "5 'missing'",               "0"]),
    State("7b",  "master.cf unparsable, nothing running",            bad_master_cf,           ["7", "7",          "7",                "5 'master.cf' 'field count'", "0"]),
    State("8",   "config_dir is empty",                              empty_config_dir,        ["7", "7",          "7",                "6 msg 1",                   "0"]),
    State("8b",  "binary_dir is empty",                              empty_binary_dir,        ["7", "7",          "7",                "6 msg 5",                   "0"]),
    State("9",   "queue directory missing",                          no_queue,                ["7", "7",          "7",                "5 msg 7",                   "0"]),
    State("10",  "queue directory empty",                            queue_empty,             ["7", "7",          "7",                "5 msg 7",                   "0"]),
    State("10a", "queue not mounted: an empty directory",            queue_not_mounted,       ["7", "7",          "7",                "5 msg 7",                   "0"]),
    State("11",  "queue_dir is not main.cf's, stopped",              other_queue_dir,         ["7", "7",          "7",                "5 '/srv/other' '/srv/mail/queue'", "0"]),
    State("11a", "queue_dir is not main.cf's, running",              running_other_queue_dir, ["0", "0",          "0",                "5 '/srv/other' '/srv/mail/queue'", "0"]),
    State("11b", "queue_dir leads to main.cf's by a link",           linked_queue_dir,        ["7", "7",          "7",                "0",                         "0"]),
    State("11c", "queue_dir is main.cf's by a bind mount",           bound_queue_dir,         ["7", "7",          "7",                "0",                         "0"]),
    State("12",  "queue unmounted lazily, running",                  queue_lost,              ["0", "1",          "1",                "",                          "0"]),
    State("12b", "a directory of the queue gone, running",           queue_incomplete,        ["0", "1 msg 7",    "1 msg 7",          "",                          "0"]),
    State("12c", "maildrop gone, running",                           maildrop_gone,           ["0", "0",          "190 msg 7",        "",                          "0"]),
    State("12d", "started before the queue was mounted over it",     covered_queue,           ["0", "1",          "1",                "",                          "0"]),
    State("13",  "queue emergency_ro, running",                      queue_emergency_ro,      ["0", "1",          "1",                "",                          "0"]),
    State("13b", "queue shut down (I/O errors), running",            queue_shut_down,         ["0", "1",          "1",                "",                          "0"]),
    State("14",  "queue read-only, stale pid file, nothing running", queue_read_only,         ["7", "7",          "7",                "1",                         "0"]),
    State("15",  "queue full, running",                              queue_full,              ["0", "190",        "190",              "0",                         "0"]),
    State("15b", "queue full, qmgr has ended for that, mail waits",  queue_full_no_qmgr,      ["0", "190",        "190",              "0",                         "0"]),
    State("16",  "VIP not on the host, nothing running",             no_address,              ["7", "7",          "7",                "1 '192.0.2.25'",            "0"]),
    State("17",  "VIP gone, running",                                running_no_address,      ["0", "1 msg 17",   "1 msg 17",         "",                          "0"]),
    State("17a", "a service's own address is local by a route",      address_by_route,        ["7", "7",          "7",                "0",                         "0"]),
    State("17b", "the same, running",                                running_address_by_route, ["0", "0",         "0",                "0",                         "0"]),
    State("17c", "the same, running, route gone",                    running_route_gone,      ["0", "1 msg 17",   "1 msg 17",         "",                          "0"]),
    State("17d", "VIP gone, running, no service listens on it",      running_no_address_for_outgoing_mail, ["0", "1 '192.0.2.25'", "1 '192.0.2.25'", "", "0"]),
    State("18",  "another process has the port",                     port_taken,              ["7", "7",          "7",                "1 msg 14 'perl'",           "0"]),
    State("18a", "another process shares the port (SO_REUSEPORT)",   port_shared,             ["7", "7",          "7",                "1 msg 14 'perl'",           "0"]),
    State("18b", "another Postfix has the port",                     port_of_postfix,         ["7", "7",          "7",                "1 msg 14 'master'",         "0"]),
    State("19",  "master killed, children alive",                    orphans,                 ["0", "1 msg 12",   "1 msg 12",         "0",                         "0"]),
    State("19a", "the same in a chroot, started by hand",            orphans_in_chroot,       ["0", "1 msg 12",   "1 msg 12",         "0",                         "0"]),
    State("19b", "by hand, queue unmounted lazily, master killed",   orphans_by_hand_queue_lost, ["0", "1 msg 12", "1 msg 12",         "5",                         "0"]),
    State("20",  "master killed, all gone, stale pid file",          stale_pid_file,          ["7", "7 msg 12",   "7 msg 12",         "0",                         "0 log 16"]),
    State("21",  "pid file names a stranger",                        pid_of_stranger,         ["7", "7",          "7",                "0",                         "0"]),
    State("21a", "pid file names a stranger called master",          pid_of_namesake,         ["7", "7",          "7",                "0",                         "0"]),
    State("22",  "pid file empty",                                   pid_file_empty,          ["7", "7",          "7",                "0",                         "0"]),
    State("22a", "pid file garbage",                                 pid_file_garbage,        ["7", "7",          "7",                "0",                         "0"]),
    State("22b", "pid file huge",                                    pid_file_huge,           ["7", "7",          "7",                "0",                         "0"]),
    State("22c", "pid file a directory",                             pid_file_directory,      ["7", "7",          "7",                "1|5 'master.pid'",          "0"]),
    State("22d", "pid file a FIFO",                                  pid_file_fifo,           ["7", "7",          "7",                "0|1|5",                     "0"]),
    State("22e", "pid file a link to nowhere",                       pid_file_dangling,       ["7", "7",          "7",                "0|1|5",                     "0"]),
    State("23",  "master stopped by SIGSTOP",                        master_stopped,          ["0", "1",          "1",                "0|1",                       "0"]),
    State("24",  "an endpoint's listening socket gone",              socket_gone,             ["0", "1 msg 17",   "1 msg 17",         "",                          "0"]),
    State("24a", "an endpoint on 0.0.0.0 of master.cf",               wildcard_in_master_cf,   ["0", "0",          "0",                "0",                         "0"]),
    State("24b", "the same of one that endpoints does not name",      unnamed_socket_gone,     ["0", "0",          "level 20 0",       "0",                         "0"]),
    State("24c", "the same of one that endpoints names",              named_socket_gone,       ["0", "1 msg 17 ':587'", "1 msg 17",    "",                          "0"]),
    State("24d", "the same, endpoints is mistyped",                   mistyped_socket_gone,    ["0", "1 msg 17 ':587'", "1 msg 17",    "",                          "0"]),
    State("24e", "endpoints does not name the address that is gone",  unnamed_address_gone,    ["0", "190 '192.0.2.25'", "",           "",                          "0"]),
    State("18d", "another process shares the port, running",         port_shared_running,     ["0", "190 'perl'", "190",              "",                          "0"]),
    State("25",  "smtpd accepts, never greets, for the second time", smtpd_stopped_seen,      ["0", "0",          "1 msg 17",         "",                          "0"]),
    State("25h", "smtpd accepts, never greets",                      smtpd_stopped,           ["0", "0|1",        "190 'no answer in'", "",                        "0"]),
    State("25a", "smtpd greets 421",                                 greets_421,              ["0", "0",          "190 '421'",        "",                          "0"]),
    State("25b", "smtpd greets 554 5.7.1: policy",                   greets_554,              ["0", "0",          "190 '554'",        "0",                         "0"]),
    State("25g", "stopped, and smtpd would greet 554 5.7.1",          would_greet_554,         ["7", "7",          "7",                "0",                         "0"]),
    State("25i", "smtpd greets 521 5.3.2: no service",               greets_521,              ["0", "0|190",      "1 msg 17 '521'",   "",                          "0"]),
    State("25j", "stopped, and smtpd would greet 521 5.3.2",          would_greet_521,         ["7", "7",          "7",                "1 msg 17 '521'",            "0"]),
    State("25k", "a port of its own greets 554 5.7.1: policy",        port_greets_554,         ["0", "0",          "190 ':587' '554'", "0",                         "0"]),
    State("25l", "the same, endpoints does not name it",              unnamed_port_greets_554, ["0", "0",          "level 20 0",       "0",                         "0"]),
    State("25m", "the same, endpoints names it alone",                named_port_greets_554,   ["0", "0",          "190 ':587' '554'", "0",                         "0"]),
    State("25n", "stopped, a port would greet 521",                   port_would_greet_521,    ["7", "7",          "7",                "1 msg 17 '521'",            "0"]),
    State("25o", "the same, endpoints does not name it",              unnamed_port_would_greet_521, ["7", "7",     "7",                "0",                         "0"]),
    State("25c", "every smtpd serves another client",                all_busy,                ["0", "0",          "190 'other clients'", "",                       "0"]),
    State("25d", "every smtpd keeps its client waiting",             all_waiting,             ["0", "0",          "1 msg 17",         "",                          "0"]),
    State("25e", "EHLO is refused by policy",                        greeting_refused,        ["0", "0",          "190 '5.7.1'",      "0",                         "0"]),
    State("25f", "every smtpd behind postscreen serves a client",     all_busy_behind_postscreen, ["0", "0",       "190",              "",                          "0"]),
    State("25p", "of two services on a port one is busy, one mute",   one_busy_one_mute,       ["0", "0",          "1 msg 17 '127.0.0.1:25'", "",                   "0"]),
    State("22f", "pid file immutable, running",                      pid_file_immutable,      ["0", "0",          "0",                "0",                         "0"]),
    State("18c", "another Postfix has the data_directory",           data_directory_shared,   ["7", "7",          "7",                "1 msg 14 'master.lock'",    "0"]),
    State("26",  "mail_owner unknown",                               owner_unknown,           ["7", "7",          "7",                "5 msg 20 'nosuchuser'",     "0"]),
    State("27",  "queue owned by another uid",                       queue_of_another,        ["7", "7",          "7",                "4 '4242'",                  "0"]),
    State("28",  "maildrop's group is not setgid_group, stopped",    maildrop_of_another,     ["7", "7",          "7",                "4 msg 21",                  "0"]),
    State("28a", "maildrop's group is not setgid_group, running",    running_maildrop_of_another, ["0", "0",      "190 msg 21",       "4 msg 21",                  "0"]),
    State("29",  "postfix check fails",                              check_fails,             ["7", "7",          "7",                "1 msg 13 'postlog'",        "0"]),
    State("30",  "a child is stopped",                               child_stopped,           ["0", "0",          "0",                "",                          "0"]),
    State("30a", "a delivery program ignores SIGTERM",               delivery_stubborn,       ["0", "0",          "0",                "",                          "0"]),
    State("30b", "a delivery program outlives its master",           delivery_orphaned,       ["0", "1",          "1",                "",                          "0"]),
    State("30c", "the same, started by hand",                        delivery_stubborn_by_hand, ["0", "0",        "0",                "",                          "0"]),
    State("30d", "a delivery program without MAIL_CONFIG",           delivery_without_mail_config, ["0", "0",     "0",                "",                          "0"]),
    State("30e", "a policy service called post…, without MAIL_CONFIG", policy_service,        ["0", "0",          "",                 "",                          "0"]),
    State("30f", "a stranger called post…, with MAIL_CONFIG",        stranger_with_mail_config, ["0", "0",        "",                 "0",                         "0"]),
    State("30g", "a stranger's master whose MAIL_CONFIG is elsewhere", stranger_among_other_mounts, ["7", "7",      "7",                "0",                         "0"]),
    State("30h", "a long job is piped into sendmail, no MAIL_CONFIG", submission_waits,      ["0", "0",          "0",                "0",                         "0"]),
    State("30i", "the same, stopped",                                submission_waits_stopped, ["7", "7",         "7",                "0",                         "0"]),
    State("30j", "a stranger beside the queue, with MAIL_CONFIG",    stranger_beside_the_queue, ["0", "0",        "",                 "0",                         "0"]),
    State("31",  "a process cannot be killed",                       unkillable,              ["0", "0",          "0",                "",                          "1 msg 15"]),
    State("32",  "second instance running, ours stopped",            second_running,          ["7", "7",          "7",                "0",                         "0"]),
    State("32a", "both instances running",                           both_running,            ["0", "0",          "0",                "0",                         "0"]),
    State("33",  "multi_instance_wrapper, both stopped",             multi_stopped,           ["7", "7",          "7",                "0",                         "0"]),
    State("33a", "multi_instance_wrapper, both running",             multi_running,           ["0", "0",          "0",                "0",                         "0"]),
    State("35",  "queue manager stopped",                            qmgr_stopped,            ["0", "1",          "1",                "",                          "0"]),
    State("35a", "queue manager missing while mail waits",           qmgr_missing,            ["0", "1",          "1",                "",                          "0"]),
    State("35b", "queue manager killed, no mail waits",              qmgr_killed,             ["0", "0",          "0",                "0",                         "0"]),
    State("35c", "trivial-rewrite stopped",                          rewrite_stopped,         ["0", "1 'trivial-rewrite'", "1",         "",                          "0"]),
    State("35d", "an idle cleanup stopped",                          cleanup_stopped,         ["0", "1 'cleanup'", "1",               "",                          "0"]),
    State("35e", "a busy cleanup stopped, mail flows",               busy_cleanup_stopped,    ["0", "0",          "level 20 0",       "",                          "0"]),
    State("36",  "an edit kills every new smtpd",                    edit_kills_smtpd,        ["0", "0|190",      "1",                "",                          "0"]),
    State("36a", "an edit makes RCPT answer 451",                    edit_answers_451,        ["0", "0|190",      "level 20 1 '451'", "",                          "0"]),
    State("36c", "RCPT answers 451 for some seconds",                answers_451_for_a_while, ["0", "0",          "level 20 0",       "",                          "0"]),
    State("36b", "a name in inet_interfaces not resolved any more",  name_not_resolved,       ["0", "0|190",      "0|1|190",          "",                          "0"]),
    State("38",  "a service added to master.cf, not in effect",      service_added,           ["0", "0",          "0",                "0",                         "0"]),
    State("38a", "a present address added, not in effect",           address_added,           ["0", "0",          "0",                "0",                         "0"]),
    State("38b", "wrapper mode set in master.cf, not in effect",     wrapper_mode_edited,     ["0", "0",          "0",                "0",                         "0"]),
    State("38c", "a PROXY header demanded by main.cf, in effect",    proxy_edited,            ["0", "0",          "0",                "",                          "0"]),
    State("38d", "a service added with an old date, started by hand", service_added_with_an_old_date, ["0", "0",   "0",                "0",                         "0"]),
    State("38e", "a service added to master.cf, then postfix reload", service_added_and_reloaded, ["0", "0",       "0",                "0",                         "0"]),
    State("38f", "a service taken away, then postfix reload",        service_removed_and_reloaded, ["0", "0",     "0",                "0",                         "0"]),
    State("38h", "all services taken away, then postfix reload",     services_removed_and_reloaded, ["0", "0",   "0",                "",                          "0"]),
    State("38g", "wrapper mode set in master.cf, then postfix reload", wrapper_mode_reloaded, ["0", "0",          "0",                "",                          "0"]),
    State("39",  "queue_directory edited, running",                  queue_directory_edited,  ["0", "190",        "1|190 'different queues'", "5",                     "0"]),
    State("40",  "queue locked by another server",                   locked_elsewhere,        ["7", "7",          "7",                "1 'lock'",                  "0"]),
    State("41",  "TLS from the first byte",                          tls_wrapper,             ["0", "0",          "level 20 0",       "",                          "0"]),
    State("41a", "TLS from the first byte, = YES",                   tls_wrapper_capitals,    ["0", "0",          "0",                "",                          "0"]),
    State("41b", "TLS from the first byte, = $name",                 tls_wrapper_variable,    ["0", "0",          "0",                "",                          "0"]),
    State("41c", "TLS: the server refuses the handshake",            tls_alert,               ["0", "0",          "190 ':465' 'refuses: ProtocolVersion'", "",                          "0"]),
    State("41d", "TLS: no certificate, for those who want none",     tls_anonymous,           ["0", "0",          "190 'refuses: HandshakeFailure'",       "",                          "0"]),
    State("41e", "TLS: a certificate is wanted of the client",       tls_client_certificate,  ["0", "0",          "190 ':465'",       "",                          "0"]),
    State("41l", "the same, endpoints does not name the port",        tls_client_certificate_unnamed, ["0", "0",   "level 20 0",       "0",                         "0"]),
    State("41m", "the same, endpoints is mistyped",                   tls_client_certificate_mistyped, ["0", "0",  "190 ':465'",       "0",                         "0"]),
    State("41f", "TLS: the certificate has expired",                 tls_expired,             ["0", "0",          "190 ':25' 'expired on 20'", "",                          "0"]),
    State("41g", "TLS: the key is damaged, nobody is answered",         tls_bad_key,              ["0", "0",          "1 msg 17 ':465'",  "",                          "0"]),
    State("41h", "STARTTLS",                                         starttls,                ["0", "0",          "level 20 0",       "",                          "0"]),
    State("41i", "STARTTLS: the certificate has expired",            starttls_expired,        ["0", "0",          "190 ':25' 'expired on 20'", "",                          "0"]),
    State("41j", "STARTTLS: the server refuses the handshake",       starttls_alert,          ["0", "0",          "190 ':25' 'refuses'", "",                          "0"]),
    State("41k", "STARTTLS: the key is damaged, 454",   starttls_bad_key,         ["0", "0",          "190 '454'",        "",                          "0"]),
    State("43",  "data_directory is not mail_owner's",               data_of_another,         ["7", "7",          "7",                "4 '/var/lib/postfix-pk' 'uid 0'", "0"]),
    State("43a", "data_directory is out of mail_owner's reach",      data_out_of_reach,       ["7", "7",          "7",                "4 '/srv/closed/data' 'uid'", "0"]),
    State("43b", "data_directory is root's, and all may write",      data_for_all,            ["7", "7",          "7",                "0",                         "0"]),
    State("43c", "master ends at its start, links in config_dir",    master_ends,             ["7", "7",          "7",                "1 msg 14 'bind 192.0.2.99'", "0"]),
    State("43d", "the same, postlogd writes the log",                master_ends_own_log,     ["7", "7",          "7",                "1 msg 14 'bind 192.0.2.99'", "0"]),
    State("44",  "the name service does not answer, running",        name_service_silent_running, ["0", "0",      "190 'greets after'", "0",                       "0"]),
    State("44a", "the name service does not answer",                 name_service_silent,     ["7", "7",          "7",                "0",                         "0"]),
    State("44b", "the SASL socket comes later",                      sasl_late,               ["7", "7",          "7",                "0",                         "0"]),
    State("44c", "the SASL socket does not come",                    sasl_missing,            ["7", "7",          "7",                "1 msg 17 'SASL'",         "0"]),
    State("44d", "the same, syslog_name of the service's own",       sasl_missing_own_name,   ["7", "7",          "7",                "1 msg 17 'smtpd: no SASL'", "0"]),
    State("44e", "a name in inet_interfaces is known later",         name_known_later,        ["7", "7",          "7",                "0",                         "0"]),
    State("44f", "a name in inet_interfaces that nobody knows",      name_unknown,            ["7", "7",          "7",                "1 msg 4 'mail.later.test'", "0"]),
    State("46",  "the lock of a server that is gone ends later",     lock_ends_later,         ["7", "7",          "7",                "0",                         "0"]),
    State("48",  "a deprecated parameter",                           deprecated,              ["7", "7",          "7",                "0",                         "0"]),
    State("48a", "a deprecated parameter, running",                  running_deprecated,      ["0", "0",          "level 20 0",       "0",                         "0"]),
    State("48b", "the same, and postfix check fails",                deprecated_check_fails,  ["7", "7",          "7",                "1 msg 13 'postlog'",        "0"]),
    State("48c", "the same, and master ends at its start",           deprecated_master_ends,  ["7", "7",          "7",                "1 msg 14 'bind 192.0.2.99'", "0"]),
    State("48d", "the same, and main.cf is unparsable",              deprecated_bad_main_cf,  ["7", "7",          "7",                "5 'missing'",               "0"]),
    State("48e", "the same, and master.cf is unparsable, running",   running_deprecated_bad_master_cf, ["0", "190", "190 'field count'", "5 'master.cf' 'field count'", "0"]),
];

const ACTIONS: [&str; 6] = ["probe", "monitor", "deeper", "start", "stop", "reload"];

impl State {
    /// What is expected in a column. reload-agent has its own rule, the same in every state: 7 when nothing runs, else 0,
    /// also when nobody can say.
    fn expected(&self, column: usize) -> &'static str {
        match self.3.get(column) {
            Some(expected) => expected,
            None if self.3[0] == "7" && !self.3[1].contains("process table") => "7",
            None => "0",
        }
    }
}

/// An expectation, read.
#[derive(Default)]
struct Expect {
    codes: Vec<i32>,
    level: Option<u32>,
    message: Option<u8>,
    logged: Option<u8>,
    words: Vec<String>,
}

impl Expect {
    fn parse(text: &str) -> Expect {
        let mut expect = Expect::default();
        let (plain, quoted) = text.split_once('\'').map_or((text, ""), |(plain, rest)| (plain, rest));
        let mut words = plain.split_ascii_whitespace();
        while let Some(word) = words.next() {
            let mut number =
                || words.next().and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("a number after {word} in {text}"));
            match word {
                "msg" => expect.message = Some(number()),
                "log" => expect.logged = Some(number()),
                "level" => expect.level = Some(u32::from(number())),
                codes => {
                    expect.codes = codes.split('|').map(|c| c.parse().unwrap_or_else(|_| panic!("a code in {text}"))).collect()
                }
            }
        }
        expect.words = quoted.split('\'').step_by(2).filter(|w| !w.is_empty()).map(str::to_owned).collect();
        expect
    }
}

/// What never varies of a message's text.
fn fixed_text(number: u8) -> &'static str {
    let message = Message::ALL.iter().find(|m| m.number() == Some(number)).expect("a message of the catalogue");
    message
        .template()
        .split(['<', '>'])
        .filter(|part| part.contains(' '))
        .max_by_key(|part| part.len().min(25))
        .unwrap_or_default()
        .trim()
}

/// What is wrong with how `action` went; empty when all is right.
fn verdict(expect: &Expect, action: Action, answer: &Answer, before: &Look, after: &Look) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut demand = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    let Some(code) = answer.code else { return vec!["it did not end before its timeout".to_owned()] };
    demand(expect.codes.contains(&code), format!("exit {code} instead of {:?}", expect.codes));
    demand(!answer.pipe_leaked, "somebody still holds the pipe of stdout or stderr".to_owned());

    let reasons = answer.reasons();
    let reason = reasons.last().copied().unwrap_or_default();
    demand(reasons.len() <= 1, format!("{} reason lines", reasons.len()));
    demand(matches!(code, 0 | 7) || reasons.len() == 1, "no reason line".to_owned());
    demand(code != 0 || reasons.is_empty(), format!("a reason with success: {reason}"));
    demand(
        reasons.is_empty() || answer.stderr.trim_end().lines().last() == Some(reason),
        "the reason is not the last line".to_owned(),
    );
    demand(!reason.contains(DEPRECATED), format!("a warning that is no reason: {reason:?}"));
    demand(reason.is_ascii() && reason.len() <= 128 && !reason.contains('&'), format!("reason unfit for the CIB: {reason:?}"));
    if let Some(number) = expect.message {
        let text: String = fixed_text(number).chars().take(25).collect();
        demand(reason.contains(&text), format!("not message {number} ({text}…) but {reason:?}"));
    }
    if let Some(number) = expect.logged {
        demand(answer.log.contains(fixed_text(number)), format!("message {number} is not in the log"));
    }
    for word in &expect.words {
        demand(reason.contains(word.as_str()), format!("{word:?} is not in the reason {reason:?}"));
    }

    for stranger in before.strangers.iter().filter(|s| !after.strangers.contains(s)) {
        demand(false, format!("a bystander was ended: {stranger}"));
    }
    demand(after.others_masters == before.others_masters, "the other instance was touched".to_owned());
    match action {
        Action::Probe | Action::Monitor(_) | Action::ReloadAgent | Action::ValidateAll | Action::Status => {
            demand(after.master == before.master, format!("{action:?} changed the master"));
        }
        Action::Start if code == 0 => {
            demand(after.master.is_some(), "start said 0 but no master runs".to_owned());
            for (address, greeting) in &after.greetings {
                // Whom it refuses by policy it does not greet so.
                demand(
                    greeting.starts_with("220") || greeting.starts_with("554 5.7.1"),
                    format!("{address} greets {greeting:?}"),
                );
            }
        }
        Action::Start => {
            demand(!before.members.is_empty() || after.members.is_empty(), format!("left behind: {:?}", after.members));
            demand(before.has_queue || after.queue == before.queue, "start created a queue".to_owned());
        }
        Action::Stop if code == 0 => demand(after.members.is_empty(), format!("stop said 0 with {:?}", after.members)),
        Action::Stop => {}
    }
    if action == Action::Start && before.master.is_some() && !before.master_is_stopped {
        demand(after.master == before.master, "start did not leave the running master alone".to_owned());
    }
    wrong
}

/// What one agent did in one state.
struct Record {
    code: String,
    wrong: Vec<String>,
}

fn attempt(state: &State, column: usize, agent: Agent) -> Result<Record> {
    let expect = Expect::parse(state.expected(column));
    let action = match column {
        0 => Action::Probe,
        1 => Action::Monitor(0),
        2 => Action::Monitor(expect.level.unwrap_or(10)),
        3 => Action::Start,
        4 => Action::Stop,
        _ => Action::ReloadAgent,
    };
    let sandbox = Sandbox::new(&format!("r{}{}", state.0, ACTIONS[column]), agent)?;
    state.2(&sandbox)?;
    let before = sandbox.look(false)?;
    let reloads = |sandbox: &Sandbox| sandbox.syslog().matches("refreshing the Postfix mail system").count();
    let reloaded_before = reloads(&sandbox);
    let answer = sandbox.act(action)?;
    let after = sandbox.look(action == Action::Start && answer.code == Some(0))?;
    let mut wrong = verdict(&expect, action, &answer, &before, &after);
    if action == Action::ReloadAgent && reloads(&sandbox) > reloaded_before {
        wrong.push("Postfix was reloaded".to_owned());
    }
    if !wrong.is_empty() {
        wrong.push(format!("stderr: {}", answer.stderr.trim()));
        wrong.push(format!("log: {}", answer.log.trim()));
        wrong.push(format!("mail log: {}", sandbox.syslog().trim()));
    }
    Ok(Record { code: answer.code.map_or("hang".to_owned(), |c| c.to_string()), wrong })
}

/// Why the Postfix of this release cannot be in a state.
fn out_of_reach(state: &State) -> Option<&'static str> {
    let library = || std::fs::read("/usr/lib/postfix/libpostfix-util.so").ok();
    let has = |library: &[u8], word: &str| library.windows(word.len()).any(|part| part == word.as_bytes());
    let shares_no_port = state.0 == "18d" && library().is_some_and(|library| !has(&library, "SO_REUSEPORT"));
    shares_no_port.then_some("its master shares no port (SO_REUSEPORT), so nobody can take one from it while it runs")
}

/// Results by place in the table: (state, column) → ours, theirs where it was asked.
type Results = Arc<Mutex<BTreeMap<(usize, usize), (Record, Option<Record>)>>>;

fn main() {
    lab::host::require_root();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(16);
    let ours = Agent::Ours(env!("CARGO_BIN_EXE_postkeeper-agent"));
    let is_alone = std::env::var("POSTKEEPER_ALONE").is_ok_and(|value| value == "1");
    let results = Results::default();
    let mut trials = Vec::new();
    for (number, state) in TABLE.iter().enumerate() {
        if let Some(why) = out_of_reach(state) {
            println!("{} {}: not with this Postfix: {why}", state.0, state.1);
            continue;
        }
        for column in (0..ACTIONS.len()).filter(|c| !state.expected(*c).is_empty()) {
            let results = results.clone();
            let run = move || -> Result<(), Failed> {
                let unmade = |e: anyhow::Error| Record {
                    code: "?".to_owned(),
                    wrong: vec![format!("the state could not be made: {e:#}")],
                };
                let theirs = (!is_alone).then(|| attempt(state, column, Agent::Heartbeat).unwrap_or_else(unmade));
                let mine = attempt(state, column, ours).unwrap_or_else(unmade);
                let failure = theirs.as_ref().filter(|theirs| theirs.code == "?").unwrap_or(&mine).wrong.join("\n");
                results.lock().unwrap_or_else(|e| e.into_inner()).insert((number, column), (mine, theirs));
                if failure.is_empty() { Ok(()) } else { Err(failure.into()) }
            };
            trials.push(Trial::test(format!("{} {}: {}", state.0, state.1, ACTIONS[column]), run));
        }
    }
    trials.extend(races::trials(ours));
    trials.extend(parameters::trials(ours));
    let conclusion = libtest_mimic::run(&arguments, trials);
    print_table(&results.lock().unwrap_or_else(|e| e.into_inner()));
    conclusion.exit();
}

/// The table of what was expected and what both agents did: in each cell first the expected codes, then ours, then theirs.
fn print_table(results: &BTreeMap<(usize, usize), (Record, Option<Record>)>) {
    if results.is_empty() {
        return;
    }
    println!(
        "In each cell: expected, ours, ocf:heartbeat:postfix; ! marks a wrong answer, or a right code with something else wrong.\n"
    );
    println!("{:>4} {:<50} {}", "row", "state", ACTIONS.map(|a| format!("{a:<15}")).join(" "));
    let show = |record: &Record| format!("{}{}", record.code, if record.wrong.is_empty() { "" } else { "!" });
    for (number, state) in TABLE.iter().enumerate() {
        let State(row, name, ..) = state;
        let cell = |column: usize| match results.get(&(number, column)) {
            Some((mine, theirs)) => {
                let codes: Vec<String> = Expect::parse(state.expected(column)).codes.iter().map(i32::to_string).collect();
                format!("{:<15}", format!("{} {} {}", codes.join("|"), show(mine), theirs.as_ref().map_or("-".to_owned(), show)))
            }
            None => " ".repeat(15),
        };
        let columns = 0..ACTIONS.len();
        if columns.clone().any(|column| results.contains_key(&(number, column))) {
            println!("{row:>4} {name:<50} {}", columns.map(cell).collect::<Vec<_>>().join(" ").trim_end());
        }
    }
    let lied = |record: &Record| record.wrong.iter().any(|w| w.starts_with("stop said 0") || w.starts_with("start said 0"));
    let totals = |name: &str, records: Vec<&Record>| {
        let right = records.iter().filter(|r| r.wrong.is_empty()).count();
        let lies = records.iter().filter(|r| lied(r)).count();
        println!(
            "{name}: {} checks, {right} right, {} wrong, {lies} of them success with the opposite true",
            records.len(),
            records.len() - right
        );
    };
    println!();
    totals("ocf:postkeeper:postfix", results.values().map(|(mine, _)| mine).collect());
    let theirs: Vec<&Record> = results.values().filter_map(|(_, theirs)| theirs.as_ref()).collect();
    if !theirs.is_empty() {
        totals("ocf:heartbeat:postfix ", theirs);
    }
}
