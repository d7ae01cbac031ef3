//! Addresses of this host, listening sockets and who owns them, names and services.
//!
//! Listening sockets come from sock_diag(7) with a filter on the state, so that the answer costs
//! the same with 5 and with 5,000 open connections (/proc/net/tcp would list them all).
//!
//! No netlink crate: two kinds of dump are asked for, at every level 0 monitor, whose cost is measured (`make bench`).

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, Shutdown, SocketAddrUnix, SocketFlags, SocketType, bind, connect, netlink,
    recv, send, shutdown, socket_with, sockopt,
};

use super::deadline::Deadline;
use super::file::{brief, read_text};
use super::process;
use crate::text;

/// A TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Its own address, not its peer's.
    pub address: SocketAddr,
    /// Inode of the socket, as in /proc/PID/fd.
    pub inode: u64,
}

/// The addresses that are on an interface of this host now.
///
/// getifaddrs(3) would ask for the statistics of every interface too.
pub fn local_addresses() -> io::Result<BTreeSet<IpAddr>> {
    // struct nlmsghdr and ifaddrmsg of any family, see rtnetlink(7).
    let mut request = [0u8; 24];
    set_header(&mut request, libc::RTM_GETADDR);
    let mut found = BTreeSet::new();
    let route = dump_socket(None)?;
    dump(&route, &request, &mut |body| {
        found.extend(interface_address(body)?);
        Ok(())
    })?;
    Ok(found)
}

/// A message of the kernel has ended too early.
#[derive(Debug)]
struct Truncated;

impl From<Truncated> for io::Error {
    fn from(_: Truncated) -> io::Error {
        io::Error::other(text::truncated_answer_from_netlink())
    }
}

/// The address of an interface in struct ifaddrmsg and its attributes: its own one, not that of the other end of the line. None when it
/// is of another family.
fn interface_address(body: &[u8]) -> Result<Option<IpAddr>, Truncated> {
    let mut attributes = body.get(8..).ok_or(Truncated)?;
    let [mut own, mut address] = [None, None];
    while let Ok(length @ 4..) = u16_at(attributes, 0).map(usize::from) {
        let (kind, value) = (u16_at(attributes, 2)?, attributes.get(4..length).ok_or(Truncated)?);
        match kind {
            libc::IFA_LOCAL => own = ip_of(body[0], value),
            libc::IFA_ADDRESS => address = ip_of(body[0], value),
            _ => {}
        }
        attributes = attributes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(own.or(address))
}

/// The address at the beginning of the bytes; None of another family, or when there are too few.
fn ip_of(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    match i32::from(family) {
        libc::AF_INET => bytes.first_chunk::<4>().map(|octets| IpAddr::from(*octets)),
        libc::AF_INET6 => bytes.first_chunk::<16>().map(|octets| IpAddr::from(*octets)),
        _ => None,
    }
}

/// Whether a program listens on the local socket at `path`. Waits for nobody: one that has too many to serve listens too.
///
/// # Errors
/// Nothing is there, it is no socket, or nobody listens on it.
pub fn listens_at(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = std::fs::File::options().read(true).custom_flags(libc::O_PATH).open(path)?;
    // The name itself may be too long for an address.
    let address = SocketAddrUnix::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    let own = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    match connect(own, &address) {
        // It is a socket of another type, and there.
        Ok(()) | Err(Errno::AGAIN | Errno::INPROGRESS | Errno::PROTOTYPE) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The local sockets of this host, as /proc/net/unix lists them; empty when it cannot be read.
pub fn local_sockets() -> String {
    read_text("/proc/net/unix")
}

/// States of a TCP socket, see net/tcp_states.h of the kernel.
const ESTABLISHED: u32 = 1;
const LISTEN: u32 = 10;

/// Every TCP socket of this network namespace that listens.
pub fn listeners() -> io::Result<Vec<Socket>> {
    sockets(LISTEN, &[libc::AF_INET, libc::AF_INET6])
}

/// The TCP sockets of this network namespace that listen on a port of these addresses, and are of its family.
pub fn listeners_on(addresses: &[SocketAddr]) -> io::Result<Vec<Socket>> {
    let is_like = |s: &Socket, a: &SocketAddr| s.address.port() == a.port() && s.address.is_ipv4() == a.is_ipv4();
    let families = [(true, libc::AF_INET), (false, libc::AF_INET6)].into_iter();
    let asked: Vec<i32> = families.filter(|(v4, _)| addresses.iter().any(|a| a.is_ipv4() == *v4)).map(|(_, f)| f).collect();
    let mut found = sockets(LISTEN, &asked)?;
    found.retain(|s| addresses.iter().any(|a| is_like(s, a)));
    Ok(found)
}

/// Every TCP connection of this network namespace that neither end has closed.
pub fn connections() -> io::Result<Vec<Socket>> {
    sockets(ESTABLISHED, &[libc::AF_INET, libc::AF_INET6])
}

/// SOCK_DIAG_BY_FAMILY dumps: struct nlmsghdr and inet_diag_req_v2, see linux/inet_diag.h.
fn sockets(state: u32, families: &[i32]) -> io::Result<Vec<Socket>> {
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    let diag = dump_socket(Some(netlink::SOCK_DIAG))?;
    let mut found = Vec::new();
    for family in families {
        let mut request = [0u8; 72];
        set_header(&mut request, SOCK_DIAG_BY_FAMILY);
        request[16] = *family as u8;
        request[17] = libc::IPPROTO_TCP as u8;
        request[20..24].copy_from_slice(&(1u32 << state).to_ne_bytes());
        let dumped = dump(&diag, &request, &mut |body| {
            found.push(tcp_socket(body)?);
            Ok(())
        });
        match dumped {
            // A kernel without IPv6 has no IPv6 listeners.
            Err(e) if *family == libc::AF_INET6 && matches!(e.raw_os_error(), Some(libc::ENOENT | libc::EAFNOSUPPORT)) => {}
            other => other?,
        }
    }
    Ok(found)
}

/// The socket of a struct inet_diag_msg.
fn tcp_socket(body: &[u8]) -> Result<Socket, Truncated> {
    let port = u16::from_be_bytes(bytes_at(body, 4)?);
    let ip = ip_of(body[0], &bytes_at::<16>(body, 8)?).ok_or(Truncated)?;
    Ok(Socket { address: SocketAddr::new(ip, port), inode: u32_at(body, 68)?.into() })
}

/// A socket of netlink(7); without a protocol it is rtnetlink(7).
fn dump_socket(protocol: Option<Protocol>) -> rustix::io::Result<OwnedFd> {
    socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)
}

/// Makes a struct nlmsghdr of the start of a request for a dump; see netlink(7).
fn set_header(request: &mut [u8], kind: u16) {
    let length = request.len() as u32;
    request[0..4].copy_from_slice(&length.to_ne_bytes());
    request[4..6].copy_from_slice(&kind.to_ne_bytes());
    request[6..8].copy_from_slice(&((libc::NLM_F_REQUEST | libc::NLM_F_DUMP) as u16).to_ne_bytes());
}

/// Asks the kernel for a list. `on_entry` gets each entry.
fn dump(netlink: impl AsFd, request: &[u8], on_entry: &mut dyn FnMut(&[u8]) -> Result<(), Truncated>) -> io::Result<()> {
    send(&netlink, request, SendFlags::empty())?;
    let mut buffer: Vec<u8> = Vec::with_capacity(32 * 1024);
    loop {
        buffer.clear();
        retry_on_intr(|| recv(&netlink, spare_capacity(&mut buffer), RecvFlags::empty()))?;
        if parse_dump(&buffer, on_entry)? {
            return Ok(());
        }
    }
}

/// Takes one datagram of a dump apart; true when it was the last.
fn parse_dump(mut data: &[u8], on_entry: &mut dyn FnMut(&[u8]) -> Result<(), Truncated>) -> io::Result<bool> {
    while !data.is_empty() {
        let length = u32_at(data, 0)? as usize;
        let message = data.get(..length).filter(|m| m.len() >= 16).ok_or(Truncated)?;
        match i32::from(u16_at(message, 4)?) {
            libc::NLMSG_DONE => return Ok(true),
            libc::NLMSG_ERROR => {
                let code = u32_at(message, 16)? as i32;
                return if code == 0 { Ok(true) } else { Err(io::Error::from_raw_os_error(-code)) };
            }
            _ => on_entry(&message[16..])?,
        }
        data = &data[length.next_multiple_of(4).min(data.len())..];
    }
    Ok(false)
}

fn bytes_at<const N: usize>(data: &[u8], at: usize) -> Result<[u8; N], Truncated> {
    data.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or(Truncated)
}

fn u16_at(data: &[u8], at: usize) -> Result<u16, Truncated> {
    bytes_at(data, at).map(u16::from_ne_bytes)
}

fn u32_at(data: &[u8], at: usize) -> Result<u32, Truncated> {
    bytes_at(data, at).map(u32::from_ne_bytes)
}

/// The sockets that `pid` has open: their inodes, and the descriptors.
///
/// # Errors
/// When we may not look.
pub fn socket_descriptors(pid: i32) -> io::Result<BTreeMap<u64, i32>> {
    Ok(process::open_files(pid)?.iter().filter_map(|(number, name)| Some((socket_inode(name)?, *number))).collect())
}

/// Whether this descriptor of `pid` is the socket; not, when we may not look.
pub fn has_socket(pid: i32, descriptor: i32, inode: u64) -> bool {
    std::fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).is_ok_and(|name| socket_inode(&name) == Some(inode))
}

fn socket_inode(name: &Path) -> Option<u64> {
    name.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// Whether the process has a client on a UNIX stream socket: a connection that it has accepted bears the name of the socket it
/// came in by, one that it has made itself has none.
pub fn serves_local_client(pid: i32) -> bool {
    let Ok(own) = socket_descriptors(pid) else { return false };
    let sockets = read_text(format!("/proc/{pid}/net/unix"));
    accepted(&sockets).any(|inode| own.contains_key(&inode))
}

/// The inodes of accepted connections in /proc/net/unix: `Num RefCount Protocol Flags Type St Inode Path`.
fn accepted(text: &str) -> impl Iterator<Item = u64> {
    text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        // SOCK_STREAM, SS_CONNECTED, and a path.
        let [_, _, _, _, "0001", "03", inode, _, ..] = fields[..] else { return None };
        inode.parse().ok()
    })
}

/// Has every TCP socket on which the process listens refuse connections from now on, those that nobody has accepted
/// yet too. There is no way back. What cannot be reached goes on listening.
pub fn refuse_connections(owner: &process::Handle) {
    let Ok(listeners) = listeners() else { return };
    let listens = |name: &Path| socket_inode(name).is_some_and(|inode| listeners.iter().any(|l| l.inode == inode));
    for (number, _) in process::open_files(owner.id.pid).unwrap_or_default().iter().filter(|(_, name)| listens(name)) {
        let _ = owner.descriptor(*number).map(|socket| shutdown(socket, Shutdown::Both));
    }
}

/// A process that has the socket `inode` open.
pub fn holder(inode: u64) -> Option<process::Stat> {
    process::all()
        .into_iter()
        .find(|&pid| socket_descriptors(pid).is_ok_and(|own| own.contains_key(&inode)))
        .and_then(process::stat)
}

/// Whether `address` could be bound now by someone who sets SO_REUSEADDR and SO_REUSEPORT, as
/// Postfix does. Nothing listens in between, so no connection goes astray.
///
/// # Errors
/// What bind(2) says: EADDRINUSE, EADDRNOTAVAIL, EACCES.
fn can_bind(address: SocketAddr) -> rustix::io::Result<()> {
    let probe = stream_socket(if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 })?;
    sockopt::set_socket_reuseaddr(&probe, true)?;
    sockopt::set_socket_reuseport(&probe, true)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&probe, true)?;
    }
    bind(probe, &address)
}

fn stream_socket(family: AddressFamily) -> rustix::io::Result<OwnedFd> {
    socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)
}

/// Why nobody could listen on `address` now, in the kernel's words.
pub fn bind_refusal(address: SocketAddr) -> Option<String> {
    can_bind(address).err().map(|error| brief(&error.into()))
}

/// Whether an address is this host's: it is on an interface, or a route says so.
pub fn is_local(address: IpAddr) -> bool {
    // With that anybody may use any address; then the source that the kernel would choose tells. With IPv6 nothing tells.
    let any_may_be_used = || read_text("/proc/sys/net/ipv4/ip_nonlocal_bind").trim() == "1";
    let is_own = || address.is_ipv6() || !any_may_be_used() || is_own_source(address);
    bind_refusal(SocketAddr::new(address, 0)).is_none() && is_own()
}

/// Whether the kernel would speak to an address from that very address. Nothing is sent.
fn is_own_source(address: IpAddr) -> bool {
    let source = || {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((address, 9))?;
        socket.local_addr()
    };
    source().is_ok_and(|source| source.ip() == address)
}

/// Whether somebody listens on an address and shares it with nobody.
pub fn is_taken(address: SocketAddr) -> bool {
    can_bind(address) == Err(Errno::ADDRINUSE)
}

/// The addresses of a host name, through the name service switch.
///
/// # Errors
/// When it has none, or nobody who knows answers in time.
pub fn resolve(host: &str, deadline: Deadline) -> io::Result<Vec<IpAddr>> {
    let name = host.to_owned();
    let found = deadline.bounded_call(move || (name.as_str(), 0u16).to_socket_addrs().map(|all| all.map(|a| a.ip()).collect()));
    let mut addresses: Vec<IpAddr> = found.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))?;
    addresses.dedup();
    Ok(addresses)
}

/// How long the services database may take: a directory service may be asked for it.
const SERVICES: Duration = Duration::from_secs(2);

/// The TCP port of a service name, from the services database; None also when nobody who knows answers in time.
pub fn service_port(name: &str) -> Option<u16> {
    let name = CString::new(name).ok()?;
    Deadline::after(SERVICES).bounded_call(move || look_up_port(&name)).flatten()
}

fn look_up_port(name: &CStr) -> Option<u16> {
    // The C library keeps one answer for all threads; one that was not waited for may still be at it.
    static ONE: Mutex<()> = Mutex::new(());
    let _turn = ONE.lock();
    // SAFETY: both strings end in NUL; the result points to static storage, which is read while the lock keeps others out.
    let entry = unsafe { libc::getservbyname(name.as_ptr(), c"tcp".as_ptr()).as_ref() }?;
    Some(u16::from_be(entry.s_port as u16))
}

/// What /etc/services calls a TCP port: names and aliases.
pub fn service_names(port: u16) -> Vec<String> {
    let text = read_text("/etc/services");
    let of_port = |line: &str| {
        let mut words = line.split('#').next()?.split_ascii_whitespace();
        let (name, number) = (words.next()?, words.next()?);
        let is_it = number.split_once('/').is_some_and(|(n, protocol)| n.parse() == Ok(port) && protocol == "tcp");
        is_it.then(|| std::iter::once(name).chain(words).map(str::to_owned).collect::<Vec<_>>())
    };
    text.lines().filter_map(of_port).flatten().collect()
}

/// Whether the kernel supports IPv6: Postfix leaves it out where it does not.
pub fn kernel_supports_ipv6() -> bool {
    stream_socket(AddressFamily::INET6).is_ok()
}

/// Whether this host has the loopback address of IPv6.
pub fn can_bind_ipv6_loopback() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_listener_of_ours_is_found_with_its_inode_and_owner() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let found = listeners().unwrap().into_iter().find(|l| l.address == address).expect("our listener");
        let own = std::process::id() as i32;
        let number = socket_descriptors(own).unwrap()[&found.inode];
        assert_eq!(number, socket.as_raw_fd());
        assert!(has_socket(own, number, found.inode));
        assert!(!has_socket(own, number, found.inode + 1) && !has_socket(own, 0, found.inode));
        let like = |address: &str| listeners_on(&[format!("{address}:{}", found.address.port()).parse().unwrap()]).unwrap();
        assert!(like("192.0.2.1").contains(&found) && !like("[::1]").contains(&found));
        assert_eq!(holder(found.inode).unwrap().id.pid, std::process::id() as i32);
        assert_eq!(can_bind(address), Err(Errno::ADDRINUSE));
        drop(socket);
        assert_eq!(can_bind(address), Ok(()));
    }

    #[test]
    fn a_client_is_one_that_was_accepted() {
        use std::os::unix::net::{UnixListener, UnixStream};
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let client = UnixStream::connect(&path).unwrap();
        // Whoever may make a socket gives it any name.
        let _other = UnixListener::bind(dir.path().join(OsStr::from_bytes(b"\xff"))).unwrap();
        let inode = |fd: &dyn AsRawFd| std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap();
        let is_accepted = |fd: &dyn AsRawFd| accepted(&local_sockets()).any(|found| Some(found) == socket_inode(&inode(fd)));
        let (server, _) = listener.accept().unwrap();
        assert!(is_accepted(&server) && !is_accepted(&client) && !is_accepted(&listener));
        assert!(serves_local_client(std::process::id() as i32));
    }

    #[test]
    fn a_socket_that_nobody_listens_on_is_told_from_one_that_serves() {
        use std::os::unix::net::UnixListener;
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("d".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let (live, dead, plain) = (dir.path().join("live"), dir.path().join("dead"), dir.path().join("plain"));
        let _listener = UnixListener::bind(&live).unwrap();
        drop(UnixListener::bind(&dead).unwrap());
        std::fs::write(&plain, "").unwrap();
        std::fs::rename(&live, deep.join("live")).unwrap();
        assert!(listens_at(&deep.join("live")).is_ok());
        assert_eq!(listens_at(&dead).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert!(listens_at(&plain).is_err() && listens_at(&dir.path().join("none")).is_err());
    }

    #[test]
    fn loopback_is_an_address_of_this_host() {
        assert!(local_addresses().unwrap().contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }

    #[test]
    fn addresses_are_those_of_getifaddrs() {
        let family = |a: nix::sys::socket::SockaddrStorage| {
            let v4 = a.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
            v4.or_else(|| a.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
        };
        let expected: BTreeSet<IpAddr> = nix::ifaddrs::getifaddrs().unwrap().filter_map(|i| family(i.address?)).collect();
        assert_eq!(local_addresses().unwrap(), expected);
    }

    #[test]
    fn the_own_end_of_a_line_counts() {
        // IFA_ADDRESS is the other end where there is an IFA_LOCAL.
        let attribute = |kind: u8, last: u8| [8, 0, kind, 0, 192, 0, 2, last];
        let message = |parts: &[[u8; 8]]| [&[libc::AF_INET as u8, 32, 0, 0, 1, 0, 0, 0][..], &parts.concat()].concat();
        let own = |parts: &[[u8; 8]]| interface_address(&message(parts)).unwrap().map(|ip| ip.to_string());
        assert_eq!(own(&[attribute(1, 1), attribute(2, 2)]).as_deref(), Some("192.0.2.2"));
        assert_eq!(own(&[attribute(1, 1)]).as_deref(), Some("192.0.2.1"));
        assert_eq!(own(&[]), None);
        assert!((0..8).all(|end| interface_address(&message(&[])[..end]).is_err()));
    }

    #[test]
    fn services_come_from_the_database() {
        assert_eq!(service_port("smtp"), Some(25));
        assert_eq!(service_port("no-such-service"), None);
        assert_eq!(service_port("a\0b"), None);
        assert!(service_names(25).contains(&"smtp".to_owned()) && service_names(25).contains(&"mail".to_owned()));
        assert!(!service_names(53).is_empty() && service_names(0).is_empty());
    }

    #[test]
    fn truncated_dumps_are_errors_not_panics() {
        let mut message = vec![0u8; 88];
        message[0..4].copy_from_slice(&88u32.to_ne_bytes());
        message[4..6].copy_from_slice(&20u16.to_ne_bytes());
        message[16] = libc::AF_INET as u8;
        for end in 1..88 {
            assert!(parse_dump(&message[..end], &mut |body| tcp_socket(body).map(drop)).is_err());
        }
        let mut found = Vec::new();
        let mut on_entry = |body: &[u8]| -> Result<(), Truncated> {
            found.push(tcp_socket(body)?);
            Ok(())
        };
        assert!(!parse_dump(&message, &mut on_entry).unwrap());
        assert_eq!(found.len(), 1);
    }
}
