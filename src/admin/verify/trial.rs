//! The trial: start Postfix, look at its sockets and greetings, stop it again.

use std::time::Duration;

use super::host::Subject;
use super::report::{Report, error, fine};
use crate::health::{self, Depth, Health, Look};
use crate::lifecycle;
use crate::postfix::config::Config;
use crate::postfix::endpoint;
use crate::postfix::memory::Memory;
use crate::system::deadline::Deadline;

/// How long a start or a stop may take: what the operations of a resource have.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a distribution's helper puts into the queue for chrooted services, whether there are any or not.
const CHROOT: &[&str] = &["dev", "etc", "lib", "lib64", "usr"];

/// What runs already is looked at, and goes on running; what was not there before is not there afterwards.
pub fn run(subject: &Subject, config: &Config, report: &mut Report) {
    report.section("trial start");
    let made: Vec<_> = CHROOT.iter().map(|name| config.queue_directory.join(name)).filter(|path| !path.exists()).collect();
    let ran = health::is_present(&subject.instance, &Memory::recall(&subject.instance));
    start_and_stop(subject, config, ran, report);
    let runs_still = health::is_present(&subject.instance, &Memory::recall(&subject.instance));
    for path in made.iter().filter(|path| !ran && !runs_still && path.is_dir()) {
        if let Err(why) = std::fs::remove_dir_all(path) {
            report.put(
                "the queue is as it was",
                "no copies for a chroot are left",
                error(format!("{}: {why}", path.display()), "Remove it."),
            );
        }
    }
}

fn start_and_stop(subject: &Subject, config: &Config, ran: bool, report: &mut Report) {
    let instance = &subject.instance;
    let deadline = || Deadline::after(PATIENCE);
    let quiet = |_: &str| {};
    if ran {
        report.put("start", "Postfix runs", fine("it ran already, and goes on"));
    } else {
        let started = lifecycle::start(instance, false, &subject.endpoints, deadline(), &quiet);
        let failed = started.is_err();
        report.judge("start", "postfix start, and every endpoint greets", started.map(|_| "it started".to_owned()));
        if failed {
            // A start that fails may leave a Postfix that runs and does not greet.
            return stop(subject, report);
        }
    }
    let mut memory = Memory::recall(instance);
    let (looked_at, _) = endpoint::select(config.endpoints.clone(), &subject.endpoints);
    let endpoints: Vec<String> = looked_at.iter().map(ToString::to_string).collect();
    let look = Look { endpoints: &subject.endpoints, ..Look::new(Depth::Greeting, deadline(), &quiet) };
    let verdict = match health::check(instance, &mut memory, &look) {
        Health::Healthy => fine(format!("greeted on {}", endpoints.join(", "))),
        Health::Degraded(fault) | Health::Failed(fault) => fault.into(),
        Health::Stopped => error("it has ended", "Look in the mail log for 'fatal' or 'panic'."),
    };
    report.put("sockets and greetings", "every endpoint listens and greets", verdict);
    if !ran {
        stop(subject, report);
    }
}

fn stop(subject: &Subject, report: &mut Report) {
    let stopped = lifecycle::stop(&subject.instance, Duration::ZERO, Deadline::after(PATIENCE), &|_| {});
    report.judge("stop", "nothing of it is left", stopped.map(|()| "nothing of it is left".to_owned()));
}
