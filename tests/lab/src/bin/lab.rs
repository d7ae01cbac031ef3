//! Process 1 of a host of the lab, and, under the name fence_lab, its fence agent; not for people.

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args();
    if arguments.next().is_some_and(|own| own.ends_with("fence_lab")) {
        return lab::fence::agent();
    }
    lab::init::run(&arguments.next().unwrap_or_else(|| "host".to_owned()))
}
