//! Throw-away PostgreSQL servers for the tests and benchmarks of factos.
//!
//! ```
//! use factos_test_server::Server;
//!
//! let url = Server::shared().database();
//! assert!(url.starts_with("postgres://"));
//! ```
//!
//! [`Server::shared`] is one server a test process, with a new database for whoever asks. [`Server::start`] is a server
//! of one's own, to be stopped, crashed and promoted; [`PgBouncer`] stands before one. All of it is gone when the
//! process has ended, however it ended.
//!
//! Two environment variables steer it: `FACTOS_TEST_POSTGRES`, the URL of a server with the right to create databases
//! and roles, is used by [`Server::shared`] instead of starting one; `FACTOS_TEST_POSTGRES_BIN` names the directory of
//! PostgreSQL's programs where they are not found otherwise.
//!
//! This is for tests: what cannot be done panics, and says what to do about it.

mod binaries;
mod certificate;
mod directory;
mod external;
mod instance;
mod pgbouncer;
mod place;
mod poll;
mod port;
mod processes;
mod psql;
mod server;
mod settings;
mod standby;
mod supervisor;
mod template;
mod unique;
mod url;
mod user;

pub use pgbouncer::{PgBouncer, PoolMode};
pub use psql::{SqlError, psql};
pub use server::Server;
pub use settings::Settings;
pub use standby::Replication;
pub use unique::unique;
pub use url::{as_user, database_name};
