//! The environment in which Pacemaker, or a user, calls the agent.
//!
//! Nothing here fails: an invalid value counts as not set, and values need not be UTF-8.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use super::action::Action;
use super::parameters::{self, PARAMETERS, Parameter, Unusable, Value};

/// What an action takes at least that no other process holds up.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);

/// The environment of one run.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The variables of this process that are for agents: OCF_* and HA_*.
    pub fn read() -> Self {
        let is_for_agents = |name: &OsString| [b"OCF_".as_slice(), b"HA_"].iter().any(|start| name.as_bytes().starts_with(start));
        Environment(std::env::vars_os().filter(|(name, _)| is_for_agents(name)).collect())
    }

    /// The value of a variable as text, with invalid UTF-8 replaced.
    fn text(&self, name: &str) -> Option<String> {
        self.0.get(std::ffi::OsStr::new(name)).map(|v| v.to_string_lossy().into_owned())
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.trim().parse().ok()
    }

    /// The name of the resource, `default` without one.
    pub fn instance(&self) -> String {
        self.text("OCF_RESOURCE_INSTANCE").filter(|i| !i.is_empty()).unwrap_or_else(|| "default".to_owned())
    }

    /// A parameter as set; Some("") when set to empty.
    pub fn given(&self, name: &str) -> Option<&OsString> {
        self.0.get(std::ffi::OsStr::new(&format!("OCF_RESKEY_{name}")))
    }

    /// A path parameter: as set, else its default.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.given(name).map(PathBuf::from).or_else(|| parameters::default(name).map(PathBuf::from))
    }

    /// A tuning parameter: as set; its default when not set or not usable.
    fn tuning(&self, name: &str) -> Option<Value> {
        parameters::find(name)?.value(self.given(name).map(OsString::as_os_str))
    }

    /// A tuning parameter that is a duration.
    pub fn duration(&self, name: &str) -> Duration {
        if let Some(Value::Duration(duration)) = self.tuning(name) { duration } else { Duration::ZERO }
    }

    /// A tuning parameter that is a boolean.
    pub fn flag(&self, name: &str) -> bool {
        self.tuning(name) == Some(Value::Boolean(true))
    }

    /// The tuning parameters that are set to an unusable value.
    pub fn unusable(&self) -> Vec<Unusable> {
        let judge = |p: &Parameter| p.read(self.given(p.name)?).err();
        PARAMETERS.iter().filter(|p| p.tuning).filter_map(judge).collect()
    }

    /// The timeout after which Pacemaker kills this action; the advertised one if not set.
    pub fn timeout(&self, action: Action) -> Duration {
        let timeout = self.number::<u64>("OCF_RESKEY_CRM_meta_timeout").filter(|ms| *ms > 0);
        // One that is meant as seconds would leave no time for any answer.
        timeout.map_or(action.timeout(), |ms| Duration::from_millis(ms).max(SHORTEST_TIMEOUT))
    }

    /// Whether this is a recurring monitor. Pacemaker sets no interval for a probe.
    fn recurs(&self) -> bool {
        self.number::<u64>("OCF_RESKEY_CRM_meta_interval").is_some_and(|ms| ms > 0)
    }

    /// Whether this is a monitor with role=Stopped, which the cluster runs where the resource is not to run.
    pub fn expects_stopped(&self) -> bool {
        self.text("OCF_RESKEY_CRM_meta_role").is_some_and(|role| role.eq_ignore_ascii_case("Stopped"))
    }

    /// OCF_CHECK_LEVEL: 0, 10 or 20; any other number counts as the next lower level.
    pub fn level(&self) -> u8 {
        match self.number::<i128>("OCF_CHECK_LEVEL") {
            Some(20..) => 20,
            Some(10..) => 10,
            _ => 0,
        }
    }

    /// Whether this is a probe. A monitor by hand with a level is not; one that the cluster orders for a node is, whatever the level.
    pub fn is_probe(&self) -> bool {
        !self.recurs() && (self.level() == 0 || self.node().is_some())
    }

    /// Whether the cluster runs the agent, not a user.
    pub fn is_under_cluster(&self) -> bool {
        self.given("CRM_meta_timeout").is_some() || self.given("crm_feature_set").is_some()
    }

    /// This node's name in the cluster.
    pub fn node(&self) -> Option<String> {
        self.text("OCF_RESKEY_CRM_meta_on_node")
    }

    /// The node whose attributes apply to the resource: this one, or the host of a container with container-attribute-target=host.
    pub fn attribute_node(&self) -> Option<String> {
        let is_host = self.text("OCF_RESKEY_CRM_meta_container_attribute_target").is_some_and(|t| t.eq_ignore_ascii_case("host"));
        self.text("OCF_RESKEY_CRM_meta_physical_host").filter(|_| is_host).or_else(|| self.node())
    }

    /// A parameter that is a user or group name; None when not set or not usable.
    pub fn name(&self, name: &str) -> Option<String> {
        if let Some(Value::Name(name)) = self.tuning(name) { Some(name) } else { None }
    }

    /// A parameter that lists services; empty when not set or not usable.
    pub fn services(&self, name: &str) -> Vec<String> {
        if let Some(Value::Services(list)) = self.tuning(name) { list } else { Vec::new() }
    }

    /// The directory for a trace of this run; None: no trace.
    pub fn trace_dir(&self) -> Option<PathBuf> {
        match self.tuning("trace_dir") {
            Some(Value::Path(directory)) if self.flag("trace_ra") => Some(directory),
            _ => None,
        }
    }

    /// The variables of this run as `NAME=value`, sorted, for a trace.
    pub fn asked(&self) -> Vec<String> {
        self.0.iter().map(|(name, value)| format!("{}={}", name.display(), value.display())).collect()
    }

    /// Log settings: facility name, file.
    pub fn logging(&self) -> (String, Option<PathBuf>) {
        let file = self.0.get(std::ffi::OsStr::new("HA_LOGFILE")).map(PathBuf::from).filter(|p| p.is_absolute());
        (self.text("HA_LOGFACILITY").unwrap_or_else(|| "daemon".to_owned()), file)
    }

    /// The prefix of an exit reason.
    pub fn reason_prefix(&self) -> String {
        self.text("OCF_EXIT_REASON_PREFIX")
            .filter(|p| p.is_ascii() && !p.is_empty() && p.len() < 32)
            .unwrap_or_else(|| "ocf-exit-reason:".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Environment {
        Environment(pairs.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect())
    }

    #[test]
    fn a_probe_has_no_interval_and_by_hand_no_level() {
        assert!(with(&[]).is_probe());
        assert!(with(&[("OCF_RESKEY_CRM_meta_interval", "0"), ("OCF_CHECK_LEVEL", "junk")]).is_probe());
        assert!(!with(&[("OCF_RESKEY_CRM_meta_interval", "10000")]).is_probe());
        assert!(!with(&[("OCF_CHECK_LEVEL", "10")]).is_probe());
        let on_node = ("OCF_RESKEY_CRM_meta_on_node", "n1");
        assert!(with(&[on_node, ("OCF_CHECK_LEVEL", "10")]).is_probe());
        assert!(!with(&[on_node, ("OCF_RESKEY_CRM_meta_interval", "10000"), ("OCF_CHECK_LEVEL", "10")]).is_probe());
    }

    #[test]
    fn the_node_of_attributes_is_pacemakers() {
        let node = |pairs: &[(&str, &str)]| {
            let all: Vec<_> = pairs.iter().map(|(n, v)| (format!("OCF_RESKEY_CRM_meta_{n}"), *v)).collect();
            with(&all.iter().map(|(n, v)| (n.as_str(), *v)).collect::<Vec<_>>()).attribute_node()
        };
        let guest = [("on_node", "g1"), ("physical_host", "n1")];
        assert_eq!(node(&[]), None);
        assert_eq!(node(&guest).as_deref(), Some("g1"));
        assert_eq!(node(&[guest[0], guest[1], ("container_attribute_target", "Host")]).as_deref(), Some("n1"));
        assert_eq!(node(&[guest[0], ("container_attribute_target", "host")]).as_deref(), Some("g1"));
    }

    #[test]
    fn a_monitor_of_role_stopped_expects_that() {
        assert!(with(&[("OCF_RESKEY_CRM_meta_role", "Stopped")]).expects_stopped());
        assert!(!with(&[("OCF_RESKEY_CRM_meta_role", "Started")]).expects_stopped());
        assert!(!with(&[]).expects_stopped());
    }

    #[test]
    fn an_unknown_level_is_the_next_lower() {
        let level = |text| with(&[("OCF_CHECK_LEVEL", text)]).level();
        assert_eq!(["", "-5", "9", "10", "15", "20", "9999", "x"].map(level), [0, 0, 0, 10, 10, 20, 20, 0]);
    }

    #[test]
    fn empty_is_given_and_garbage_is_not() {
        let environment = with(&[("OCF_RESKEY_config_dir", ""), ("OCF_RESKEY_CRM_meta_timeout", "soon")]);
        assert_eq!(environment.path("config_dir"), Some(PathBuf::new()));
        assert_eq!(environment.path("binary_dir"), Some(PathBuf::from("/usr/sbin")));
        assert_eq!(environment.timeout(Action::Stop), Action::Stop.timeout());
        let drain = |text| with(&[("OCF_RESKEY_drain", text)]).duration("drain").as_secs();
        assert_eq!(["", "-1", "0", "7", "7s", "soon", "99999999999999999999"].map(drain), [2, 2, 0, 7, 7, 2, 2]);
        let watch = |text| with(&[("OCF_RESKEY_watch", text)]).flag("watch");
        assert_eq!(["", "ture", "NO", "y"].map(watch), [true, true, false, true]);
        let environment = with(&[("OCF_RESKEY_watch", "ture"), ("OCF_RESKEY_drain", "5s"), ("OCF_RESKEY_queue_dir", "x")]);
        let unusable: Vec<String> = environment.unusable().iter().map(ToString::to_string).collect();
        assert_eq!(unusable, ["watch: \"ture\" is not valid: expected true or false"]);
    }
}
