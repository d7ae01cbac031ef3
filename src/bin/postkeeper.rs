//! The admin tool.

fn main() -> std::process::ExitCode {
    postkeeper::admin::run()
}
