//! PgBouncer, a pooler that gives the clients' transactions to few connections of the server.

use std::net::{Ipv4Addr, TcpStream};

use crate::instance::SUPERUSER;
use crate::port::{self, free_port};
use crate::supervisor::{Launch, Supervisor};
use crate::{Server, binaries, place, url};

/// For how long a client keeps a connection of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolMode {
    /// Until it disconnects.
    Session,
    /// For a transaction; what it has set or prepared in the session may be another client's in the next one.
    Transaction,
}

/// PgBouncer before a server, with three connections of it for each user and database, and its defaults for all else.
///
/// It is stopped when this is dropped or the process has ended, however it ended.
pub struct PgBouncer {
    url: String,
    port: u16,
    supervisor: Supervisor,
}

impl PgBouncer {
    /// Starts it. It takes the passwords of all the server's users from the server.
    #[must_use = "it is stopped when it is dropped"]
    pub fn start(server: &Server, mode: PoolMode) -> Self {
        let binary = binaries::other("pgbouncer", "pgbouncer");
        let binary = binary.to_str().expect("a path in UTF-8");
        let instance = server.instance();
        let supervisor = Supervisor::new(place::temporary(), "factos-pgbouncer", "TERM");
        supervisor.write(
            "users",
            &format!("\"{SUPERUSER}\" \"{}\"\n", instance.password),
        );
        for _ in 0..10 {
            let port = free_port();
            supervisor.write("pgbouncer.ini", &configuration(instance.port, port, mode));
            let accepts = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
            match supervisor.launch(&[binary, "pgbouncer.ini"], accepts) {
                Launch::Ready => {
                    let url = server.url("postgres");
                    let url = url.replace(&format!(":{}/", instance.port), &format!(":{port}/"));
                    return Self {
                        url,
                        port,
                        supervisor,
                    };
                }
                Launch::Ended(said) if said.contains(port::TAKEN) => {}
                Launch::Ended(said) => panic!("PgBouncer does not start:\n{said}"),
            }
        }
        panic!("ten free ports were taken when PgBouncer came to them");
    }

    /// The superuser's URL of this database of the server; of PgBouncer's own console if it is `pgbouncer`.
    pub fn url(&self, database: &str) -> String {
        url::with_database(&self.url, database)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        self.supervisor.log()
    }
}

fn configuration(server: u16, port: u16, mode: PoolMode) -> String {
    let mode = match mode {
        PoolMode::Session => "session",
        PoolMode::Transaction => "transaction",
    };
    format!(
        "[databases]\n\
         * = host=127.0.0.1 port={server}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = scram-sha-256\n\
         auth_file = users\n\
         auth_user = {SUPERUSER}\n\
         admin_users = {SUPERUSER}\n\
         pool_mode = {mode}\n\
         default_pool_size = 3\n\
         max_client_conn = 500\n"
    )
}
