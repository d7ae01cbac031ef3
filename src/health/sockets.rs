//! Whether the master listens where it must, and whether another program does.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::CheckRequest;
use crate::postfix::config::Config;
use crate::postfix::endpoint::{self, Endpoint};
use crate::postfix::fault::{Fault, Message};
use crate::postfix::memory::{Master, Memory};
use crate::system::net::{self, Socket};
use crate::system::process::Stat;
use crate::text;

/// The listening sockets of the master, and those of other programs.
type Listening = std::io::Result<(Vec<Socket>, Vec<Socket>)>;

pub(super) fn listening(master: &Stat) -> Listening {
    let all = net::listeners()?;
    match net::socket_descriptors(master.id.pid) {
        Ok(ours) => Ok(all.into_iter().partition(|l| ours.contains_key(&l.inode))),
        // Their owner cannot be found out then: take them for the master's.
        Err(_) => Ok((all, Vec::new())),
    }
}

/// As [`listening`], for the ports of `endpoints` only.
///
/// `sockets`: the master's descriptor of each socket, as last seen. All its descriptors, a hundred and more, are only read when a
/// socket is not where it was.
fn listening_on(endpoints: &[&Endpoint], master: &Stat, sockets: &mut BTreeMap<u64, i32>) -> Listening {
    let pid = master.id.pid;
    let all = net::listeners_on(&endpoints.iter().map(|e| e.address).collect::<Vec<_>>())?;
    let is_there = |l: &Socket| sockets.get(&l.inode).is_some_and(|number| net::has_socket(pid, *number, l.inode));
    if all.iter().all(is_there) {
        return Ok((all, Vec::new()));
    }
    let Ok(found) = net::socket_descriptors(pid) else { return Ok((all, Vec::new())) };
    let (ours, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|l| found.contains_key(&l.inode));
    *sockets = ours.iter().filter_map(|l| Some((l.inode, *found.get(&l.inode)?))).collect();
    Ok((ours, others))
}

/// As [`listening_on`], for the configured endpoints and those of the master. The kernel lists sockets in parts, and a socket that closes
/// meanwhile can hide another one: so a socket is missing only when it is missing twice.
fn listening_twice(configured: &[Endpoint], known: &mut Master, master: &Stat) -> Listening {
    let endpoints: Vec<&Endpoint> = configured.iter().chain(&known.endpoints).collect();
    let (ours, others) = listening_on(&endpoints, master, &mut known.sockets)?;
    if known.endpoints.iter().all(|e| ours.iter().any(|l| covers(l, e))) {
        return Ok((ours, others));
    }
    listening_on(&endpoints, master, &mut known.sockets)
}

/// Whether this listener accepts connections to the endpoint's address.
pub(super) fn covers(listener: &Socket, endpoint: &Endpoint) -> bool {
    let (l, e) = (listener.address, endpoint.address);
    l.port() == e.port() && (l.ip() == e.ip() || l.ip().is_unspecified() && l.is_ipv4() == e.is_ipv4())
}

/// The listeners that would take connections of `endpoint` away from a master that owns `ours`:
/// equally close to the address or closer.
fn rivals<'a>(endpoint: &'a Endpoint, ours: &'a [Socket], others: &'a [Socket]) -> impl Iterator<Item = &'a Socket> {
    let exact = |l: &Socket| l.address.ip() == endpoint.address.ip();
    let ours_exact = ours.iter().any(|l| covers(l, endpoint) && exact(l));
    others.iter().filter(move |l| covers(l, endpoint) && (exact(l) || !ours_exact))
}

/// Which other program listens on the endpoint, in words; None when none does. Sockets of `master` are Postfix's own.
fn rival(endpoint: &Endpoint, master: Option<&Stat>) -> Option<String> {
    let (ours, others) = match master {
        Some(master) => listening(master).ok()?,
        None => (Vec::new(), net::listeners().ok()?),
    };
    let all_ours = if master.is_some() { ours } else { expected(endpoint) };
    let found = rivals(endpoint, &all_ours, &others).next()?;
    Some(describe(found))
}

/// Which program keeps Postfix from listening on the endpoint, or takes its connections, in words; None when none does.
pub fn port_conflict(endpoint: &Endpoint, master: Option<&Stat>) -> Option<String> {
    let bound = || {
        // Without SO_REUSEPORT it blocks the port, on whichever address it listens.
        if master.is_some() || !net::is_taken(endpoint.address) {
            return None;
        }
        let port = endpoint.address.port();
        let is_it = |l: &Socket| covers(l, endpoint) || l.address.port() == port && l.address.ip().is_unspecified();
        let found = net::listeners().ok().and_then(|all| all.into_iter().find(is_it));
        Some(found.map_or_else(text::port_is_in_use, |l| describe(&l)))
    };
    rival(endpoint, master).or_else(bound)
}

/// Where Postfix will listen for the endpoint: its address, or for loopback possibly the wildcard (inet_interfaces = all).
fn expected(endpoint: &Endpoint) -> Vec<Socket> {
    if endpoint.address.ip().is_loopback() { Vec::new() } else { vec![Socket { address: endpoint.address, inode: 0 }] }
}

fn describe(listener: &Socket) -> String {
    match net::holder(listener.inode) {
        Some(s) => text::process_listens_on(s.name, s.id.pid, listener.address),
        None => text::another_process_listens_on(listener.address),
    }
}

/// How often an address that is missing is looked for again.
const ADDRESS_POLL: Duration = Duration::from_millis(200);

/// An address that Postfix must listen on and no interface has.
pub fn missing_address(endpoints: &[Endpoint]) -> Option<SocketAddr> {
    let needed = endpoints.iter().map(|e| e.address).filter(|address| !address.ip().is_loopback()).collect();
    let missing = missing_twice(needed, || net::local_addresses().ok());
    // An address that master.cf gives a service need only be local, by a route too; those of inet_interfaces have to be on one.
    let is_local = |e: &Endpoint| {
        let is_own = endpoint::split_service(&e.service).0.is_some();
        is_own && net::is_local(e.address.ip())
    };
    missing.into_iter().find(|address| !endpoints.iter().any(|e| e.address == *address && is_local(e)))
}

/// An address of inet_interfaces that no interface has.
pub fn missing_interface(interfaces: &[IpAddr]) -> Option<IpAddr> {
    let needed = interfaces.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
    missing_twice(needed, || net::local_addresses().ok()).first().map(SocketAddr::ip)
}

/// An address that Postfix needs with this configuration, and this host does not have.
pub fn missing_of(config: &Config) -> Option<IpAddr> {
    missing_address(&config.endpoints).map(|address| address.ip()).or_else(|| missing_interface(&config.other_interfaces))
}

/// The kernel lists addresses in parts too: one is missing only when it is missing twice. 1 of 1,500 lists of 2,000 addresses, of which a
/// hundred came and went all the time, lacked one of the others.
fn missing_twice(mut needed: Vec<SocketAddr>, mut list: impl FnMut() -> Option<BTreeSet<IpAddr>>) -> Vec<SocketAddr> {
    for _ in 0..2 {
        if needed.is_empty() {
            break;
        }
        let Some(local) = list() else { return Vec::new() };
        needed.retain(|address| !local.contains(&address.ip()));
    }
    needed
}

/// Checks that the master listens on every endpoint; returns the endpoints to connect to, and a degradation.
///
/// The master must listen on the endpoints with which it was started or last reloaded. An endpoint that an edit has added
/// is not required until it listens; a removed one is not required at all, nor is one that parameter endpoints leaves out.
///
/// `configured`: in the files now; `known`: those of the start or the last reload; `demanded`: on which the master must listen; `in_effect`:
/// new, and the master listens already; `due`: new, and it will listen after a reload; `left_out`: demanded but for parameter endpoints.
pub(super) fn check_sockets(
    memory: &mut Memory,
    master: &Stat,
    config: Option<&Config>,
    request: &CheckRequest<'_>,
) -> Result<(Vec<Endpoint>, Option<Fault>), Fault> {
    let Some(known) = &mut memory.master else { return Ok((Vec::new(), None)) };
    let configured = config.map_or(&known.endpoints, |c| &c.endpoints).clone();
    let silent = |e: &Endpoint, found: String| Message::SocketSilent.of(e.address.to_string(), found);
    let (ours, others) = match listening_twice(&configured, known, master) {
        Ok(both) => both,
        // Unknown is not failed.
        Err(error) => {
            let remark = configured.first().map(|e| silent(e, text::kernel_does_not_list_sockets(&error)));
            return Ok((endpoint::select(configured, request.endpoints).0, remark));
        }
    };
    let is_listened_on = |e: &Endpoint| ours.iter().any(|l| covers(l, e));
    let among = |list: &[Endpoint], e: &Endpoint| list.iter().any(|o| o.address == e.address);

    let mut demanded: Vec<Endpoint> = configured.iter().filter(|e| among(&known.endpoints, e)).cloned().collect();
    if demanded.is_empty() && !configured.iter().any(is_listened_on) {
        demanded = known.endpoints.clone();
        // Where master.cf has no service any more, those that a reload has not closed yet.
        if config.is_some_and(|c| c.endpoints.is_empty() && c.unresolved.is_empty()) {
            demanded.retain(is_listened_on);
        }
    }
    let new = configured.iter().filter(|e| !among(&known.endpoints, e)).cloned();
    let (in_effect, due): (Vec<_>, Vec<_>) = new.partition(|e| is_listened_on(e));
    demanded.extend(in_effect.iter().cloned());
    let (demanded, left_out) = endpoint::select(demanded, request.endpoints);
    let address_deadline = request.deadline.within(request.address_wait);
    let is_configured = |ip: &IpAddr| config.is_none_or(|c| c.other_interfaces.contains(ip));
    let interfaces: Vec<IpAddr> = known.other_interfaces.iter().copied().filter(is_configured).collect();
    let fault_of_interface = |ip: IpAddr| Message::AddressMissing.found(text::new_daemons_cannot_start(ip));
    let missing = || match missing_address(&demanded) {
        Some(address) => Some(Message::SocketSilent.of(address.to_string(), text::its_address_is_not_on_this_host())),
        None => missing_interface(&interfaces).map(fault_of_interface),
    };
    if let Some(fault) = missing()
        && address_deadline.poll(ADDRESS_POLL, || missing().is_none().then_some(())).is_none()
    {
        return Err(fault);
    }
    if let Some(missing) = demanded.iter().find(|e| !is_listened_on(e)) {
        return Err(silent(missing, text::master_does_not_listen_there()));
    }

    known.endpoints.retain(|e| among(&configured, e) || is_listened_on(e));
    known.endpoints.extend(in_effect);
    if let Some(first) = due.first().filter(|_| !memory.reload_due_logged) {
        (request.log_line)(&text::reload_or_restart_is_due(first));
        memory.reload_due_logged = true;
    }
    let rival = demanded.iter().find_map(|e| rivals(e, &ours, &others).next()).map(|l| Message::PortShared.found(describe(l)));
    // Every daemon needs the addresses of inet_interfaces, whether the endpoint is checked or not.
    let of_interfaces = left_out.into_iter().filter(|e| endpoint::split_service(&e.service).0.is_none());
    let need_address: Vec<Endpoint> = due.into_iter().chain(of_interfaces).collect();
    let new_interface = || config.and_then(|c| missing_interface(&c.other_interfaces));
    let absent = missing_address(&need_address).map(|address| address.ip()).or_else(new_interface).map(fault_of_interface);
    Ok((demanded, rival.or(absent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_missing_when_no_list_has_it() {
        let needed: Vec<SocketAddr> = ["192.0.2.1:25", "192.0.2.2:25"].map(|a| a.parse().unwrap()).to_vec();
        let missing = |lists: &[&[&str]]| {
            let mut lists = lists.iter().map(|list| list.iter().map(|a| a.parse().unwrap()).collect());
            missing_twice(needed.clone(), || lists.next()).first().map(ToString::to_string)
        };
        assert_eq!(missing(&[&["192.0.2.1", "192.0.2.2"]]), None);
        assert_eq!(missing(&[&["192.0.2.1"], &["192.0.2.2"]]), None);
        assert_eq!(missing(&[&["192.0.2.1"], &["192.0.2.1"]]).as_deref(), Some("192.0.2.2:25"));
        // Unknown is not missing.
        assert_eq!(missing(&[&["192.0.2.1"]]), None);
    }
}
