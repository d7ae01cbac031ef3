//! Process 1 of a host of the lab; under the name fence_lab its fence agent, under the agent's name the
//! witness that runs the agent. Not for people.

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args();
    match arguments.next() {
        Some(own) if own.ends_with("fence_lab") => return lab::fence::agent(),
        Some(own) if own.ends_with("/postkeeper/postfix") => return lab::witness::run(&arguments.collect::<Vec<_>>()),
        _ => {}
    }
    lab::init::run(&arguments.next().unwrap_or_else(|| "host".to_owned()))
}
