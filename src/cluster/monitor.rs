//! Makes Pacemaker run a monitor now, before its next one is due.
//!
//! There is no command for that. `crm_resource --fail` reports a failure of an operation that is not configured: Pacemaker restarts
//! the resource whatever the monitor's on-fail is, and counts the failure once or twice (tried: 2.1.5). So the history entry of the
//! recurring monitor is removed from the CIB. Pacemaker then orders that monitor again, and the executor, where it is scheduled
//! already, runs it at once. What happens next depends on the result of that monitor, as always.
//!
//! Pacemaker 3 restores what is removed from its status section, and holds an election because of it. There the failure is reported
//! with `crm_resource --fail` if Pacemaker restarts the resource for both; if not, the next monitor finds it. A report is made only
//! when a new check still finds the failure, and no monitor has reported it since.

use std::time::{Duration, UNIX_EPOCH};

use super::cib::Cib;
use super::pacemaker::{self, ClusterError};
use super::xml::Element;
use crate::ocf::parameters::duration;
use crate::system::deadline::{Deadline, Pace};
use crate::text;

/// A recurring monitor that the cluster runs on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    resource: String,
    node: String,
    /// Its id in the history (lrm_rsc_op).
    operation: String,
    /// The key of the transition that ordered it.
    ordered: String,
    pub interval: Duration,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether Pacemaker can be made to run it early.
    comes_early: bool,
    /// When this value was made, in seconds since 1970.
    asked: u64,
}

/// How Pacemaker was informed of a failure before its next monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It runs its monitor now.
    MonitorOrdered,
    /// The failure itself was reported (crm_resource --fail).
    FailureReported,
}

impl Monitor {
    /// The monitor of the shortest interval with at least `level`; None when none runs there, or Pacemaker would not react to its result
    /// (maintenance, unmanaged, on-fail=ignore or block): then the history would show it as pending for ever (tried). For level 10 and
    /// more also None when it has just been ordered.
    ///
    /// # Errors
    /// When the cluster does not answer, or the failure has to wait for the next monitor.
    pub fn of(resource: &str, node: &str, level: u8) -> Result<Option<Monitor>, ClusterError> {
        if !pacemaker::query_status()?.is_managed_on(resource, node) {
            return Ok(None);
        }
        let cib = pacemaker::query()?;
        let configured = cib.resource(resource.split(':').next().unwrap_or(resource));
        let is_deep = |interval| {
            level == 0
                || configured.as_ref().and_then(|r| cib.monitor(r, interval)).is_some_and(|op| cib.check_level(op) >= level)
        };
        let Some((interval, entry)) = first_monitor(&cib, resource, node, &is_deep) else { return Ok(None) };
        let comes_early = !runs_monitors_in_turn(&cib);
        if level > 0 && entry.get("op-status") == Some("-1") {
            return Ok(None);
        }
        let operation = configured.as_ref().and_then(|r| cib.monitor(r, interval));
        let meta = |name: &str| cib.operation_meta(operation, name);
        let (on_fail, timeout) = (meta("on-fail"), meta("timeout").and_then(|timeout| duration(&timeout)));
        let is_acted_on = !matches!(on_fail.as_deref(), Some("ignore" | "block"));
        // Then a report has the same effect as the monitor.
        let restarts = cib.restarts(operation);
        let monitor = Monitor {
            resource: resource.to_owned(),
            node: node.to_owned(),
            operation: entry.id().to_owned(),
            ordered: entry.text("transition-key").to_owned(),
            interval,
            timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
            comes_early,
            asked: UNIX_EPOCH.elapsed().unwrap_or_default().as_secs(),
        };
        match is_acted_on {
            true if !monitor.comes_early && !restarts => Err(ClusterError::Failed(text::pacemaker_runs_no_monitor_early())),
            is_acted_on => Ok(is_acted_on.then_some(monitor)),
        }
    }

    /// Orders the monitor, or reports the failure if `has_failed` still finds it; None when there is nothing to report.
    ///
    /// # Errors
    /// When the cluster does not answer, or can only wait for the monitor.
    pub fn trigger(&self, has_failed: &dyn Fn() -> bool) -> Result<Option<Reaction>, ClusterError> {
        if self.comes_early {
            return self.order().map(|()| Some(Reaction::MonitorOrdered));
        }
        // The check may take as long as a monitor, which may have failed or been stopped meanwhile.
        if !has_failed()
            || self.is_known(&pacemaker::query()?)
            || !pacemaker::query_status()?.is_managed_on(&self.resource, &self.node)
        {
            return Ok(None);
        }
        pacemaker::report_failure(&self.resource, &self.node).map(|()| Some(Reaction::FailureReported))
    }

    /// Whether a monitor has failed since `asked`.
    fn is_known(&self, cib: &Cib) -> bool {
        let number = |o: &Element, name: &str| o.text(name).parse::<u64>().unwrap_or(0);
        // 190: degraded.
        let has_failed = |o: &Element| !matches!(o.text("rc-code"), "0" | "190") && o.text("op-status") != "-1";
        history(cib, &self.resource, &self.node)
            .any(|o| number(o, "interval") > 0 && has_failed(o) && number(o, "last-rc-change") >= self.asked)
    }

    /// Makes it run now, and makes sure that the history does not show it as pending for ever.
    fn order(&self) -> Result<(), ClusterError> {
        pacemaker::forget_operation(&self.resource, &self.node, &self.operation, "")?;
        let (deadline, pace) = (Deadline::after(ANSWERED), Pace::from_now());
        while !deadline.expired() {
            match became(&pacemaker::query()?, self) {
                Order::Answered => return Ok(()),
                Order::PutBack => return Err(ClusterError::Failed(text::pacemaker_runs_no_monitor_early())),
                Order::Failed(transition) => {
                    let which = format!("[@op-status='-1'][@transition-key='{transition}']");
                    return pacemaker::forget_operation(&self.resource, &self.node, &self.operation, &which);
                }
                Order::Awaited => std::thread::sleep(pace.pause()),
            }
        }
        // A resource that was stopped or moved meanwhile has no monitor there.
        if !pacemaker::query_status()?.is_managed_on(&self.resource, &self.node) {
            return Ok(());
        }
        let Monitor { resource, node, operation, .. } = self;
        Err(ClusterError::Failed(text::no_result_of_the_monitor(operation, resource, node, ANSWERED.as_secs())))
    }
}

/// Pacemaker's own timeout of an operation.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long Pacemaker may take to order a monitor and to record its result.
const ANSWERED: Duration = Duration::from_secs(60);

/// The state of a monitor that was ordered.
#[derive(Debug, PartialEq, Eq)]
enum Order {
    Awaited,
    Answered,
    /// Pacemaker has restored the removed entry.
    PutBack,
    /// With the key of the transition that ordered it. The failure is a separate entry; the pending one would stay when the
    /// resource is started elsewhere.
    Failed(String),
}

fn became(cib: &Cib, monitor: &Monitor) -> Order {
    let Monitor { resource, node, operation, ordered, .. } = monitor;
    let all: Vec<&Element> = history(cib, resource, node).collect();
    let Some(entry) = all.iter().find(|o| o.id() == operation) else { return Order::Awaited };
    let key = entry.text("transition-key");
    if entry.get("op-status") != Some("-1") {
        return if key == ordered { Order::PutBack } else { Order::Answered };
    }
    let is_its =
        |o: &&&Element| o.id() != operation && o.get("operation_key") == Some(operation) && o.text("transition-key") == key;
    if all.iter().any(|o| is_its(&o)) { Order::Failed(key.to_owned()) } else { Order::Awaited }
}

/// The history of a resource on a node.
fn history<'a>(cib: &'a Cib, resource: &str, node: &str) -> impl Iterator<Item = &'a Element> {
    let all = cib.node_states().filter(move |s| s.get("uname") == Some(node)).flat_map(Element::all);
    all.filter(move |e| e.name == "lrm_resource" && e.id() == resource).flat_map(|r| r.named("lrm_rsc_op"))
}

/// Whether this is Pacemaker 3 or later.
fn runs_monitors_in_turn(cib: &Cib) -> bool {
    let major = cib.property("dc-version").and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 3)
}

/// The recurring monitor of the shortest interval that runs and `is_wanted`: its interval and its history entry.
fn first_monitor<'a>(
    cib: &'a Cib,
    resource: &str,
    node: &str,
    is_wanted: &dyn Fn(Duration) -> bool,
) -> Option<(Duration, &'a Element)> {
    // 1: cancelled.
    let runs = |o: &&Element| o.text("operation") == "monitor" && o.text("op-status") != "1";
    let interval = |o: &Element| {
        let interval = Duration::from_millis(o.text("interval").parse().ok()?);
        (!interval.is_zero() && is_wanted(interval)).then_some(interval)
    };
    // The entry of its last failure has another id.
    let is_it = |o: &&Element| Some(o.id()) == o.get("operation_key");
    let found = history(cib, resource, node).filter(runs).filter(is_it).filter_map(|o| Some((interval(o)?, o)));
    found.min_by_key(|(interval, _)| *interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn operation(id: &str, interval: u64, status: u8) -> String {
        format!(
            "<lrm_rsc_op id=\"{id}\" operation_key=\"m_monitor_{interval}\" operation=\"monitor\" interval=\"{interval}\" op-status=\"{status}\"/>"
        )
    }

    fn cib(node: &str, resource: &str, operations: &str) -> Cib {
        let history =
            format!("<lrm><lrm_resources><lrm_resource id=\"{resource}\">{operations}</lrm_resource></lrm_resources></lrm>");
        Cib::parse(&format!("<cib><status><node_state uname=\"{node}\">{history}</node_state></status></cib>")).unwrap()
    }

    #[test]
    fn the_monitor_of_the_shortest_interval_that_runs_there() {
        let probe = operation("m_last_0", 0, 0);
        let failure = operation("m_last_failure_0", 1000, 0);
        let (cancelled, short, long) =
            (operation("m_monitor_2000", 2000, 1), operation("m_monitor_9000", 9000, 0), operation("m_monitor_60000", 60000, 0));
        let all = [probe.as_str(), &failure, &cancelled, &long, &short].concat();
        let any = |_| true;
        let found = |cib: &Cib| first_monitor(cib, "m", "n1", &any).map(|(interval, entry)| (interval, entry.id().to_owned()));
        assert_eq!(found(&cib("n1", "m", &all)), Some((Duration::from_secs(9), "m_monitor_9000".to_owned())));
        let is_long = |interval| interval > Duration::from_secs(9);
        let longer = cib("n1", "m", &all);
        assert_eq!(first_monitor(&longer, "m", "n1", &is_long).map(|(interval, _)| interval), Some(Duration::from_secs(60)));
        assert_eq!(found(&cib("n2", "m", &all)), None);
        assert_eq!(found(&cib("n1", "other", &all)), None);
        assert_eq!(found(&cib("n1", "m", &[probe, failure, cancelled].concat())), None);
    }

    #[test]
    fn a_failure_leaves_an_entry_that_has_to_go() {
        let entry = |id: &str, key: &str, status: i8| {
            format!("<lrm_rsc_op id=\"{id}\" operation_key=\"m_monitor_9000\" op-status=\"{status}\" transition-key=\"{key}\"/>")
        };
        let [resource, node, operation, ordered] = ["m", "n1", "m_monitor_9000", "5"].map(str::to_owned);
        let interval = Duration::from_secs(9);
        let monitor =
            Monitor { resource, node, operation, ordered, interval, timeout: DEFAULT_TIMEOUT, comes_early: true, asked: 5 };
        let found = |entries: &[String]| became(&cib("n1", "m", &entries.concat()), &monitor);
        let pending = entry("m_monitor_9000", "7", -1);
        assert_eq!(found(&[]), Order::Awaited, "not ordered yet");
        assert_eq!(found(&[pending.clone(), entry("m_last_failure_0", "6", 0)]), Order::Awaited, "an older failure");
        assert_eq!(found(&[pending, entry("m_last_failure_0", "7", 0)]), Order::Failed("7".to_owned()));
        assert_eq!(found(&[entry("m_monitor_9000", "7", 0)]), Order::Answered);
        assert_eq!(found(&[entry("m_monitor_9000", "5", 0)]), Order::PutBack);
        let ended = |rc: u8, at: u64| {
            let more = format!("interval=\"9000\" op-status=\"0\" rc-code=\"{rc}\" last-rc-change=\"{at}\"");
            monitor.is_known(&cib("n1", "m", &format!("<lrm_rsc_op id=\"m_last_failure_0\" {more}/>")))
        };
        assert_eq!([ended(7, 4), ended(7, 5), ended(1, 9), ended(190, 9), ended(0, 9)], [false, true, true, false, false]);
    }

    #[test]
    fn the_version_that_runs_monitors_in_turn() {
        let cib = |version: &str| {
            let property = format!("<nvpair id=\"v\" name=\"dc-version\" value=\"{version}\"/>");
            let set = format!("<cluster_property_set id=\"s\">{property}</cluster_property_set>");
            Cib::parse(&format!("<cib><configuration><crm_config>{set}</crm_config></configuration></cib>")).unwrap()
        };
        let answers = ["2.1.5-a3f44794f94", "3.0.0-1", "10.0", "unknown"].map(|version| runs_monitors_in_turn(&cib(version)));
        assert_eq!(answers, [false, true, true, false]);
    }

    proptest! {
        #[test]
        fn garbage_is_survived(text in "(\\PC|[<>/\"'=&;! \n]|status|lrm_rsc_op|id=){0,60}") {
            if let Ok(cib) = Cib::parse(&text) {
                let _ = first_monitor(&cib, "a", "n1", &|_| true);
            }
        }
    }
}
