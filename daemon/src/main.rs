//! `lotlined`: everything is in the library.

fn main() -> std::process::ExitCode {
    lotlined::cli::main()
}
