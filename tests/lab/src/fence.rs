//! Power: the fence agent of a node, and the "BMC" outside that really cuts it off.
//!
//! The agent reads `name=value` lines, as every fence agent does (FenceAgentAPI), and passes the wish on
//! through a socket that is in the node's /run and served from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;

use anyhow::{Context, Result, bail};

/// Where the agent finds the BMC, in a node.
pub const SOCKET: &str = "/run/bmc.sock";

const METADATA: &str = r#"<?xml version="1.0" ?>
<resource-agent name="fence_lab" shortdesc="Cuts the power of a node of the lab">
<longdesc>Cuts the power of a node of the lab.</longdesc>
<parameters>
<parameter name="action" unique="0" required="1"><content type="string" default="off"/><shortdesc lang="en">Action</shortdesc></parameter>
<parameter name="port" unique="0" required="0"><content type="string"/><shortdesc lang="en">Node</shortdesc></parameter>
</parameters>
<actions><action name="off"/><action name="status"/><action name="monitor"/><action name="list"/><action name="metadata"/></actions>
</resource-agent>
"#;

/// The fence agent.
///
/// # Errors
/// When the BMC does not do what is asked.
pub fn agent() -> Result<()> {
    let mut text =
        std::env::args().skip(1).collect::<Vec<_>>().join("\n").replace("-o\n", "action=").replace("--action=", "action=");
    if !text.contains("action=") {
        std::io::stdin().read_to_string(&mut text)?;
    }
    let value = |name: &str| text.lines().find_map(|l| l.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
    let action = value("action").unwrap_or_else(|| "off".to_owned());
    if action == "metadata" {
        print!("{METADATA}");
        return Ok(());
    }
    let mut bmc = UnixStream::connect(SOCKET).context("the BMC does not answer")?;
    writeln!(bmc, "{action} {}", value("port").or_else(|| value("nodename")).unwrap_or_default())?;
    let mut answer = String::new();
    BufReader::new(bmc).read_line(&mut answer)?;
    match answer.trim() {
        "ok" => Ok(()),
        // What FenceAgentAPI wants for a node that is off.
        "is off" => std::process::exit(2),
        answer => bail!("{action}: {answer}"),
    }
}
