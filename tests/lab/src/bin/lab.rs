//! Process 1 of a host of the lab; not for people.

fn main() -> anyhow::Result<()> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "host".to_owned());
    lab::init::run(&name)
}
