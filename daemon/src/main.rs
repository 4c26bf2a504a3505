//! `lotlined`: everything is in the library.

/// Keeps resident only the pages that were touched of the two buffers each connection has: a third less per open
/// stream.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    lotlined::cli::main()
}
