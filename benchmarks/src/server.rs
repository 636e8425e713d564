//! The PostgreSQL server that is measured.

use factos_test_server::{Server, Settings};

use crate::measure::Failure;

/// A server with the settings of a small production machine, below the current directory: commits wait for its disk.
///
/// # Errors
/// When there is no current directory.
pub fn start() -> Result<Server, Failure> {
    let settings = Settings::new()
        .durable()
        .directory(std::env::current_dir()?)
        .max_connections(100)
        .line("shared_buffers = 1GB")
        .line("max_wal_size = 4GB");
    Ok(Server::start(settings))
}
