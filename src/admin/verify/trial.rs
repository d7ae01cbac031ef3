//! The trial: start Postfix, look at its sockets and greetings, stop it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Subject;
use super::report::{Report, error, fine};
use crate::health::{self, CheckRequest, Depth};
use crate::lifecycle::{self, Job};
use crate::postfix::Instance;
use crate::postfix::config::Config;
use crate::postfix::endpoint;
use crate::postfix::fault::{Fault, Verdict};
use crate::postfix::memory::Memory;
use crate::system::deadline::Deadline;
use crate::system::{file, interrupt, mount};
use crate::text::{self, Text, verbatim};

/// How long a start or a stop may take: what the operations of a resource have.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a distribution's helper puts into the queue for chrooted services, whether there are any or not.
const CHROOT: &[&str] = &["dev", "etc", "lib", "lib64", "usr"];

/// What has come of the start.
enum Started {
    /// It ran before, or somebody else has started it meanwhile.
    Already,
    Launched,
    Failed(Fault),
}

/// What runs already, or is started by somebody else meanwhile, is looked at, and goes on running; what was not there before is not
/// there afterwards.
pub fn run(subject: &Subject, config: &Config, report: &mut Report) {
    report.section(text::trial_start());
    let instance = &subject.instance;
    let wanted = text::postfix_start_and_every_endpoint_greets();
    if let Some(elsewhere) = subject.elsewhere() {
        return report.put(text::start(), wanted, fine(text::trial_skipped(elsewhere)));
    }
    // Kept to the end: a start by the agent comes before the trial or after it, never into it.
    let _guard = match lifecycle::lock_instance(instance, Deadline::after(TIMEOUT)) {
        Ok(guard) => guard,
        Err(busy) => return report.put(text::start(), wanted, busy),
    };
    let absent = absent_copies(&config.queue_directory);
    // Whoever asks this to exit must not leave a Postfix behind that the cluster knows nothing of.
    interrupt::catch();
    let started = start(subject);
    if interrupt::has_come() {
        report.put(text::start(), wanted, error(text::interrupted_by_a_signal(), text::run_this_again()));
    } else {
        match &started {
            Started::Already => report.put(text::start(), text::postfix_runs(), fine(text::it_ran_already())),
            Started::Launched => report.put(text::start(), wanted, fine(text::it_started())),
            Started::Failed(fault) => report.put(text::start(), wanted, fault.clone()),
        }
    }
    let mut memory = Memory::recall(instance);
    let master = health::find_master(instance, &memory).map(|master| master.id);
    if !matches!(started, Started::Failed(_)) && !interrupt::has_come() {
        look(subject, config, &mut memory, report);
    }
    match started {
        Started::Already => return,
        Started::Failed(_) => {}
        Started::Launched => match health::find_master(instance, &memory).filter(|now| Some(now.id) != master) {
            Some(other) => report.put(
                text::stop(),
                text::nothing_of_it_is_left(),
                error(text::another_master_runs_by_now(other.id.pid), text::find_out_who_started_it()),
            ),
            None => {
                let ended = lifecycle::end_all(&job(instance), &mut memory, Duration::ZERO);
                report.judge(text::stop(), text::nothing_of_it_is_left(), ended.map(|_| text::nothing_of_it_is_left()));
            }
        },
    }
    tidy(instance, &absent, report);
}

fn job(instance: &Instance) -> Job<'_> {
    Job { instance, deadline: Deadline::after(TIMEOUT), log_line: &|_| {} }
}

fn start(subject: &Subject) -> Started {
    let instance = &subject.instance;
    if health::is_present(instance, &Memory::recall(instance)) {
        return Started::Already;
    }
    let flush = false;
    let mut is_launched = false;
    match lifecycle::start_locked(&job(instance), flush, &subject.endpoints, &mut |_| is_launched = true) {
        Ok(_) if is_launched => Started::Launched,
        Ok(_) => Started::Already,
        Err(fault) => Started::Failed(fault),
    }
}

fn look(subject: &Subject, config: &Config, memory: &mut Memory, report: &mut Report) {
    let (looked_at, _) = endpoint::select(config.endpoints.clone(), &subject.endpoints);
    let request =
        CheckRequest { endpoints: &subject.endpoints, ..CheckRequest::new(Depth::Greeting, Deadline::after(TIMEOUT), &|_| {}) };
    let verdict = match health::check(&subject.instance, memory, &request) {
        Verdict::Healthy => fine(text::greeted_on(text::joined(looked_at))),
        Verdict::Degraded(fault) | Verdict::Failed(fault) => fault.into(),
        Verdict::Stopped(_) => error(text::it_has_ended(), text::look_in_the_mail_log()),
    };
    report.put(text::sockets_and_greetings(), text::every_endpoint_listens_and_greets(), verdict);
}

/// Runs `work`, which may have the copies for a chroot made in the queue, and removes them: Debian's `postfix check` makes them too,
/// since Postfix 3.9. Where somebody starts or stops Postfix meanwhile they stay.
pub fn tidily<T>(instance: &Instance, queue: &Path, report: &mut Report, work: impl FnOnce() -> T) -> T {
    let absent = absent_copies(queue);
    let done = work();
    if absent.iter().any(|path| is_there(path))
        && let Ok(_guard) = lifecycle::lock_instance(instance, Deadline::after(Duration::from_secs(1)))
    {
        tidy(instance, &absent, report);
    }
    done
}

/// Where there is nothing yet that copies for a chroot would be.
fn absent_copies(queue: &Path) -> Vec<PathBuf> {
    CHROOT.iter().map(|name| queue.join(name)).filter(|path| !is_there(path)).collect()
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Removes the copies for a chroot that came with what we launched and has ended.
fn tidy(instance: &Instance, absent: &[PathBuf], report: &mut Report) {
    if health::is_present(instance, &Memory::recall(instance)) {
        return;
    }
    for path in absent.iter().filter(|path| fs::symlink_metadata(path).is_ok_and(|m| m.is_dir())) {
        let mut left = |found: Text, todo: Text| {
            report.put(text::queue_is_as_it_was(), text::no_copies_for_a_chroot(), error(found, todo));
        };
        // What is mounted there is nobody's copy, and to remove goes across mounts. No list is no proof that there is none.
        let (mounts, place) = (mount::all(), file::target(path));
        if mounts.is_empty() || mounts.iter().any(|m| m.point.starts_with(&place)) {
            left(text::something_is_mounted_there(path.display()), text::unmount_it_then_remove_the_directory());
        } else if let Err(why) = fs::remove_dir_all(path) {
            left(verbatim!("{}: {why}", path.display()), text::remove_it());
        }
    }
}
