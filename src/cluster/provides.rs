//! What a resource provides on the node where it is active, whatever its agent: an address, or mounted file systems.
//!
//! It is told by the names of the parameters, as the agents of resource-agents and those modelled on them have them; for a pool
//! or a device, and for an agent whose words could mean something else, also by what is mounted on this node now.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::cib::{Cib, Resource};
use crate::system::mount::Mount;
use crate::system::{file, mount};

/// The parameters that name the address: IPaddr2, IPaddr, aws-vpc-move-ip, gcp-vpc-move-ip, gcp-vpc-move-route, openstack-virtual-ip and
/// powervs-move-ip (ip); IPv6addr; aliyun-vpc-move-ip (address); awsvip and ocivip (secondary_private_ip); gcp-vpc-move-vip
/// (alias_ip); awseip, which has the public one too.
const ADDRESS: &[&str] = &["ip", "ipv6addr", "address", "secondary_private_ip", "alias_ip", "private_ip_address", "elastic_ip"];

/// Types of agents that have such a parameter for an address that something else provides.
const USE_ADDRESS: &[&str] =
    &["SendArp", "portblock", "dnsupdate", "aws-vpc-route53", "IPsrcaddr", "corosync-qnetd", "minio", "ldirectord", "nfsserver"];

/// Types of agents that provide a device, beneath a file system.
const DEVICES: &[&str] = &[
    "LVM", "LVM-activate", "lvmlockd", "clvm", "controld", "drbd", "Raid1", "mdraid", "crypt", "iscsi", "vdo-vol", "sfex",
    "mpathpersist", "sg_persist", "scsi2reservation", "gcp-pd-move", "openstack-cinder-volume",
];

/// The parameters that name a mount point.
const MOUNT_POINT: &[&str] = &["directory", "mountpoint", "mount_point"];

/// The addresses that a resource has; more than one for a public address that leads to a private one.
pub fn addresses(cib: &Cib, resource: &Resource<'_>) -> Vec<IpAddr> {
    let agent = cib.agent(resource);
    if agent.starts_with("stonith:") || USE_ADDRESS.contains(&kind(&agent)) {
        return Vec::new();
    }
    let values = ADDRESS.iter().filter_map(|name| cib.parameter(resource, name));
    let words = values.flat_map(|value| value.split([' ', ',', ';']).filter_map(parse_address).collect::<Vec<_>>());
    let mut found: Vec<IpAddr> = words.collect();
    found.dedup();
    found
}

/// The resources that have an address; an address of a cloud may need two: one for the cloud, one for the interface.
pub fn with_address<'a>(cib: &'a Cib, address: IpAddr) -> Vec<Resource<'a>> {
    cib.resources().into_iter().filter(|r| addresses(cib, r).contains(&address)).collect()
}

/// `10.0.0.5/24`, `10.0.0.5/24/eth0` and `fe80::5%eth0` are addresses too.
fn parse_address(word: &str) -> Option<IpAddr> {
    word.split(['/', '%']).next()?.parse().ok()
}

/// Every file system of the cluster: the resource and a mount point of it, links resolved.
pub fn file_systems(cib: &Cib) -> Vec<(Resource<'_>, PathBuf)> {
    let mounts = mount::all();
    let all = cib.resources().into_iter();
    all.flat_map(|r| mount_points(cib, &r, &mounts).into_iter().map(move |point| (r, point))).collect()
}

/// The file systems that hold a path (links resolved), the one that it is on itself last.
pub fn holding<'a>(cib: &'a Cib, path: &Path) -> Vec<(Resource<'a>, PathBuf)> {
    let mut found: Vec<_> = file_systems(cib).into_iter().filter(|(_, point)| path.starts_with(point)).collect();
    found.sort_by_key(|(_, point)| point.as_os_str().len());
    found
}

/// Where a resource mounts something: as its parameters say, and where its device is mounted besides (a bind mount).
fn mount_points(cib: &Cib, resource: &Resource<'_>, mounts: &[Mount]) -> Vec<PathBuf> {
    let agent = cib.agent(resource);
    let mut found: Vec<PathBuf> = Vec::new();
    if let Some(unit) = agent.strip_prefix("systemd:") {
        found.extend(unit.strip_suffix(".mount").map(path_of_unit));
    }
    if kind(&agent) == "ZFS"
        && let Some(pool) = cib.parameter(resource, "pool")
    {
        let is_of_pool = |m: &&Mount| m.kind == "zfs" && m.source.split('/').next() == Some(&pool);
        found.extend(mounts.iter().filter(is_of_pool).map(|m| m.point.clone()));
    }
    let device = cib.parameter(resource, "device");
    for name in MOUNT_POINT {
        let Some(point) = cib.parameter(resource, name).filter(|p| p.starts_with('/')).map(|p| file::target(Path::new(&p)))
        else {
            continue;
        };
        // A directory may be another thing than where something is mounted: exportfs has one too.
        let is_certain = *name != "directory" || kind(&agent) == "Filesystem" || device.is_some();
        if is_certain || kind(&agent) != "exportfs" && mounts.iter().any(|m| m.point == point) {
            found.push(point);
        }
    }
    // `tmpfs` and the like are no device.
    if let Some(device) = device.filter(|d| d.starts_with('/') || d.contains(":/")) {
        let resolved = |name: &str| if name.starts_with("/dev/") { file::target(Path::new(name)) } else { PathBuf::from(name) };
        let own = resolved(&device);
        found.extend(mounts.iter().filter(|m| resolved(&m.source) == own).map(|m| m.point.clone()));
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|point| seen.insert(point.clone()));
    found
}

/// Those whose parameters do not show what they provide: they may be what a person has named for an address or a file system.
pub fn unidentified<'a>(cib: &Cib, resources: Vec<Resource<'a>>) -> Vec<Resource<'a>> {
    let disks = file_systems(cib);
    let is_unidentified = |r: &Resource<'_>| {
        let agent = cib.agent(r);
        let is_known = [DEVICES, USE_ADDRESS].iter().any(|list| list.contains(&kind(&agent))) || agent.starts_with("stonith:");
        !is_known && addresses(cib, r).is_empty() && disks.iter().all(|(disk, _)| disk.id() != r.id())
    };
    resources.into_iter().filter(is_unidentified).collect()
}

/// Whether what a resource mounts is only known where it is active, and that is not here.
pub fn is_unknown_here(cib: &Cib, resource: &Resource<'_>) -> bool {
    kind(&cib.agent(resource)) == "ZFS" && mount_points(cib, resource, &mount::all()).is_empty()
}

/// Address or mount point of a resource, for a person; nothing when it has neither.
pub fn subject(cib: &Cib, resource: &Resource<'_>) -> String {
    let named = ADDRESS.iter().chain(MOUNT_POINT).chain(&["pool"]).find_map(|name| cib.parameter(resource, name));
    let unit = || cib.agent(resource).strip_prefix("systemd:")?.strip_suffix(".mount").map(path_of_unit);
    named.or_else(|| Some(unit()?.display().to_string())).unwrap_or_default()
}

/// The last word of an agent's name.
fn kind(agent: &str) -> &str {
    agent.rsplit(':').next().unwrap_or_default()
}

/// The path that the name of a unit stands for (systemd-escape(1), --path): `-` is `/`, `\x2d` a byte.
fn path_of_unit(name: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = vec![b'/'];
    let mut rest = if name == "-" { "" } else { name }.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = rest.strip_prefix(b"\\x").and_then(|r| r.get(..2)).and_then(|c| std::str::from_utf8(c).ok());
        match code.and_then(|c| u8::from_str_radix(c, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[4..];
            }
            None => {
                bytes.push(if first == b'-' { b'/' } else { first });
                rest = tail;
            }
        }
    }
    file::target(Path::new(&std::ffi::OsString::from_vec(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cib(resources: &str) -> Cib {
        Cib::parse(&format!("<cib><configuration><resources>{resources}</resources></configuration></cib>")).unwrap()
    }

    /// A primitive; `agent` as `ocf:heartbeat:IPaddr2`, parameters as `ip=10.0.0.5 nic=eth0`.
    fn primitive(id: &str, agent: &str, parameters: &str) -> String {
        let parts: Vec<&str> = agent.splitn(3, ':').collect();
        let provider = if parts.len() == 3 { format!("provider=\"{}\" ", parts[1]) } else { String::new() };
        let pair = |(n, v): (&str, &str)| format!("<nvpair id=\"{id}-{n}\" name=\"{n}\" value=\"{v}\"/>");
        let pairs: String = parameters.split_whitespace().filter_map(|p| p.split_once('=')).map(pair).collect();
        format!(
            "<primitive id=\"{id}\" class=\"{}\" {provider}type=\"{}\"><instance_attributes id=\"{id}-a\">{pairs}</instance_attributes></primitive>",
            parts[0],
            parts[parts.len() - 1]
        )
    }

    #[test]
    fn an_address_is_found_whatever_the_agent() {
        for (agent, parameters) in [
            ("ocf:heartbeat:IPaddr2", "ip=10.0.0.5 cidr_netmask=24"),
            ("ocf:heartbeat:IPaddr", "ip=10.0.0.5/24/eth0"),
            ("ocf:heartbeat:aws-vpc-move-ip", "ip=10.0.0.5 routing_table=rtb-0 interface=eth0"),
            ("ocf:heartbeat:awsvip", "secondary_private_ip=10.0.0.5"),
            ("ocf:heartbeat:awseip", "elastic_ip=198.51.100.7 allocation_id=e private_ip_address=10.0.0.5"),
            ("ocf:heartbeat:gcp-vpc-move-vip", "alias_ip=10.0.0.5/32"),
            ("ocf:heartbeat:gcp-vpc-move-route", "ip=10.0.0.5 route_name=r"),
            ("ocf:heartbeat:gcp-vpc-move-ip", "ip=10.0.0.5"),
            ("ocf:heartbeat:aliyun-vpc-move-ip", "address=10.0.0.5 routing_table=t"),
            ("ocf:heartbeat:ocivip", "secondary_private_ip=10.0.0.5"),
            ("ocf:heartbeat:openstack-virtual-ip", "ip=10.0.0.5 subnet_id=s"),
            ("ocf:heartbeat:powervs-move-ip", "ip=10.0.0.5 region=r"),
            ("ocf:site:own-vip", "ip=10.0.0.5"),
        ] {
            let cib = cib(&primitive("vip", agent, parameters));
            let found: Vec<&str> = with_address(&cib, "10.0.0.5".parse().unwrap()).iter().map(|r| r.element.id()).collect();
            assert_eq!(found, ["vip"], "{agent}");
        }
        let cib = cib(&primitive("v6", "ocf:heartbeat:IPv6addr", "ipv6addr=2001:DB8::25"));
        assert_eq!(with_address(&cib, "2001:db8:0:0::25".parse().unwrap()).len(), 1);
    }

    #[test]
    fn what_only_uses_an_address_does_not_provide_it() {
        for (agent, parameters) in [
            ("ocf:heartbeat:portblock", "ip=10.0.0.5 portno=25"),
            ("ocf:heartbeat:SendArp", "ip=10.0.0.5"),
            ("stonith:fence_ipmilan", "ip=10.0.0.5"),
            ("ocf:heartbeat:aws-vpc-route53", "ip=10.0.0.5"),
        ] {
            assert!(with_address(&cib(&primitive("x", agent, parameters)), "10.0.0.5".parse().unwrap()).is_empty(), "{agent}");
        }
    }

    #[test]
    fn an_address_of_a_cloud_and_of_the_interface_are_both_found() {
        let both = primitive("cloud", "ocf:heartbeat:awsvip", "secondary_private_ip=10.0.0.5")
            + &primitive("nic", "ocf:heartbeat:IPaddr2", "ip=10.0.0.5");
        let cib = cib(&both);
        let found: Vec<&str> = with_address(&cib, "10.0.0.5".parse().unwrap()).iter().map(|r| r.element.id()).collect();
        assert_eq!(found, ["cloud", "nic"]);
    }

    #[test]
    fn what_tells_nothing_may_be_what_a_person_means() {
        let all = [
            ("own", "ocf:site:own", "what=x"),
            ("vip", "ocf:heartbeat:IPaddr2", "ip=10.0.0.5"),
            ("fs", "ocf:heartbeat:Filesystem", "directory=/srv/none device=/dev/none"),
            ("vg", "ocf:heartbeat:LVM-activate", "vgname=vg"),
            ("fence", "stonith:fence_x", ""),
        ];
        let cib = cib(&all.map(|(id, agent, parameters)| primitive(id, agent, parameters)).concat());
        let found: Vec<String> = unidentified(&cib, cib.resources()).iter().map(|r| r.id().to_owned()).collect();
        assert_eq!(found, ["own"]);
    }

    fn mounted(lines: &[(&str, &str, &str)]) -> Vec<Mount> {
        lines.iter().map(|(point, kind, source)| Mount::new(point, kind, source)).collect()
    }

    #[test]
    fn a_file_system_is_found_whatever_the_agent() {
        let mounts = mounted(&[
            ("/", "overlay", "overlay"),
            ("/run", "tmpfs", "tmpfs"),
            ("/srv/mail", "zfs", "tank/mail"),
            ("/srv/other", "zfs", "tanker/mail"),
            ("/srv/nfs", "nfs4", "filer:/mail"),
            ("/srv/bound", "nfs4", "filer:/mail"),
            ("/srv/own", "fuse", "own"),
        ]);
        for (agent, parameters, wanted) in [
            ("ocf:heartbeat:Filesystem", "device=/dev/none directory=/srv/elsewhere", vec!["/srv/elsewhere"]),
            ("ocf:heartbeat:Filesystem", "device=filer:/mail directory=/srv/nfs", vec!["/srv/nfs", "/srv/bound"]),
            ("ocf:heartbeat:Filesystem", "device=tmpfs directory=/srv/t", vec!["/srv/t"]),
            ("ocf:heartbeat:ZFS", "pool=tank", vec!["/srv/mail"]),
            ("ocf:heartbeat:ZFS", "pool=away", vec![]),
            ("systemd:srv-mail.mount", "", vec!["/srv/mail"]),
            ("systemd:srv-mail\\x20queue-a\\x2db.mount", "", vec!["/srv/mail queue/a-b"]),
            ("systemd:srv-mail.service", "", vec![]),
            ("systemd:-.mount", "", vec!["/"]),
            ("ocf:site:own", "mountpoint=/srv/own", vec!["/srv/own"]),
            ("ocf:site:own", "mountpoint=/srv/not/mounted", vec!["/srv/not/mounted"]),
            ("ocf:site:own", "directory=/srv/own", vec!["/srv/own"]),
            ("ocf:site:own", "directory=/srv/not/mounted", vec![]),
            ("ocf:heartbeat:exportfs", "directory=/srv/mail clientspec=*", vec![]),
            ("ocf:heartbeat:LVM-activate", "vgname=vg", vec![]),
        ] {
            let cib = cib(&primitive("fs", agent, parameters));
            let found = mount_points(&cib, &cib.resource("fs").unwrap(), &mounts);
            assert_eq!(found, wanted.iter().map(PathBuf::from).collect::<Vec<_>>(), "{agent} {parameters}");
        }
    }

    #[test]
    fn what_it_is_about_is_said_to_a_person() {
        for (agent, parameters, wanted) in [
            ("systemd:srv-mail.mount", "", "/srv/mail"),
            ("ocf:heartbeat:ZFS", "pool=tank", "tank"),
            ("ocf:heartbeat:awsvip", "secondary_private_ip=10.0.0.5", "10.0.0.5"),
            ("ocf:heartbeat:Dummy", "", ""),
        ] {
            let cib = cib(&primitive("x", agent, parameters));
            assert_eq!(subject(&cib, &cib.resource("x").unwrap()), wanted);
        }
    }

    proptest! {
        #[test]
        fn any_name_of_a_unit_is_a_path(name in ".{0,40}") {
            prop_assert!(path_of_unit(&name).is_absolute());
        }
    }
}
