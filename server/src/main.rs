//! The `shipyard-server` program: everything is in the library, so that tests reach it.
#![forbid(unsafe_code)]

/// glibc keeps much of what the first lists of a large fleet took (`docs/performance.md`, P2).
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    shipyard_server::run()
}
