//! `lotline`, the console. Everything is in the library, where tests reach it.

fn main() -> std::process::ExitCode {
    lotline::cli::main()
}
