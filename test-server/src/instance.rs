//! A server of our own: its directory and its processes.

use std::path::PathBuf;
use std::sync::Mutex;

use crate::port::{self, free_port};
use crate::settings::Settings;
use crate::supervisor::{Launch, Supervisor};
use crate::template::Template;
use crate::{binaries, certificate, poll, processes};

/// What PostgreSQL says while processes of the server that crashed before it still live.
const STILL_DYING: &str = "pre-existing shared memory block";

pub(crate) const SUPERUSER: &str = "postgres";

pub(crate) struct Instance {
    pub settings: Settings,
    pub password: String,
    pub port: u16,
    /// The standbys that commits wait for.
    pub synchronous: Mutex<Vec<String>>,
    supervisor: Supervisor,
}

impl Instance {
    /// Makes an empty server and starts it.
    pub fn start(settings: Settings) -> Self {
        let template = Template::shared();
        let password = template.password.clone();
        Self::create(settings, password, |supervisor| {
            template.copy_to(supervisor);
        })
    }

    /// Starts a server in a directory that `fill` puts its data into.
    pub fn create(settings: Settings, password: String, fill: impl FnOnce(&Supervisor)) -> Self {
        let supervisor = Supervisor::new(&settings.directory, "factos-postgres", "QUIT");
        fill(&supervisor);
        if settings.has_tls && !supervisor.directory().join(certificate::AUTHORITY).exists() {
            certificate::write(&supervisor);
        }
        let synchronous = Mutex::default();
        let mut instance = Self {
            settings,
            password,
            port: 0,
            synchronous,
            supervisor,
        };
        instance.start_on_a_free_port();
        instance
    }

    fn start_on_a_free_port(&mut self) {
        for _ in 0..10 {
            self.port = free_port();
            let configuration = self.settings.configuration(self.port, &self.sockets());
            self.supervisor.write("server.conf", &configuration);
            match self.launch() {
                Launch::Ready => return,
                Launch::Ended(said) if said.contains(port::TAKEN) => {}
                Launch::Ended(said) => panic!("PostgreSQL does not start:\n{said}"),
            }
        }
        panic!("ten free ports were taken when PostgreSQL came to them");
    }

    /// Starts the server again, on its port.
    pub fn start_again(&self) {
        let mut last = String::new();
        let ready = poll::until(|| match self.launch() {
            Launch::Ready => Some(()),
            Launch::Ended(said) if said.contains(port::TAKEN) || said.contains(STILL_DYING) => {
                last = said;
                None
            }
            Launch::Ended(said) => panic!("PostgreSQL does not start again:\n{said}"),
        });
        ready.unwrap_or_else(|| panic!("PostgreSQL does not start again:\n{last}"));
    }

    fn launch(&self) -> Launch {
        self.supervisor
            .launch(&[&program("postgres"), "-D", "data"], || {
                self.accepts_connections()
            })
    }

    /// What the server itself notes in its lock file, where one that crashed may have left its own.
    fn accepts_connections(&self) -> bool {
        let notes = std::fs::read_to_string(self.data_directory().join("postmaster.pid"))
            .unwrap_or_default();
        let notes: Vec<_> = notes.lines().map(str::trim).collect();
        let [process, _, _, _, _, _, _, status, ..] = notes[..] else {
            return false;
        };
        process == self.supervisor.program().to_string() && status == "ready"
    }

    pub fn is_running(&self) -> bool {
        !self.supervisor.has_ended()
    }

    /// Disconnects all clients, writes what is to be written, and ends.
    pub fn stop_fast(&self) {
        if self.is_running() {
            self.supervisor.signal("INT", &[self.supervisor.program()]);
            self.supervisor.wait_for_end();
        }
    }

    /// Ends all of its processes at once.
    pub fn kill(&self) {
        if self.is_running() {
            let all = self.stopped_processes();
            self.supervisor.signal("KILL", &all);
            self.supervisor.wait_for_end();
        }
    }

    pub fn pause(&self) {
        self.stopped_processes();
    }

    pub fn resume(&self) {
        let server = self.supervisor.program();
        let mut all = processes::children(server);
        all.push(server);
        self.supervisor.signal("CONT", &all);
    }

    /// All processes of the server, stopped: the first one before the others are counted, so that it starts no more.
    fn stopped_processes(&self) -> Vec<u32> {
        let server = self.supervisor.program();
        self.supervisor.signal("STOP", &[server]);
        let mut all = processes::children(server);
        self.supervisor.signal("STOP", &all);
        all.push(server);
        all
    }

    /// Makes a standby the primary.
    pub fn promote(&self) {
        self.supervisor
            .run(&[&program("pg_ctl"), "promote", "--wait", "--pgdata", "data"]);
    }

    pub fn data_directory(&self) -> PathBuf {
        self.supervisor.directory().join("data")
    }

    pub fn authority(&self) -> PathBuf {
        self.supervisor.directory().join(certificate::AUTHORITY)
    }

    pub fn log(&self) -> String {
        self.supervisor.log()
    }

    /// Where the server's Unix sockets are; nowhere if the path is longer than a socket's may be.
    fn sockets(&self) -> String {
        const LONGEST: usize = 103 - "/.s.PGSQL.65535.lock".len();
        let directory = self.supervisor.directory().to_str().unwrap_or_default();
        if directory.len() > LONGEST {
            String::new()
        } else {
            directory.replace('\'', "''")
        }
    }
}

/// The path of a program of PostgreSQL, as a word of a command.
pub(crate) fn program(name: &str) -> String {
    let path = binaries::postgres(name);
    path.to_str()
        .expect("PostgreSQL lies where UTF-8 names it")
        .to_owned()
}
