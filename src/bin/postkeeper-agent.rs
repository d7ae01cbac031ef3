//! The OCF resource agent `ocf:postkeeper:postfix`.

use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(postkeeper::agent::on_panic));
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect();
    postkeeper::agent::run(&arguments).into()
}
