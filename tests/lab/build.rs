//! The programs of the lab are linked as the agent is (build.rs at the top): an empty one is what its start is compared with.

fn main() {
    println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
}
