//! The data of an empty server, made once a process and copied for each server: that takes a tenth of the time.

use std::sync::OnceLock;

use crate::instance::{SUPERUSER, program};
use crate::place;
use crate::supervisor::Supervisor;

pub(crate) struct Template {
    /// Of the superuser.
    pub password: String,
    supervisor: Supervisor,
}

impl Template {
    pub fn shared() -> &'static Self {
        static TEMPLATE: OnceLock<Template> = OnceLock::new();
        TEMPLATE.get_or_init(Self::new)
    }

    fn new() -> Self {
        let password = crate::unique("secret");
        let supervisor = Supervisor::new(place::temporary(), "factos-template", "QUIT");
        supervisor.write("password", &password);
        let initdb = program("initdb");
        let command = "--pgdata data --pwfile password --auth scram-sha-256 --encoding UTF8 --locale C --no-sync";
        let mut words = vec![initdb.as_str(), "--username", SUPERUSER];
        words.extend(command.split(' '));
        supervisor.run(&words);
        let include = "echo \"include '../server.conf'\" >>data/postgresql.conf";
        supervisor.run(&["sh", "-c", include]);
        Self {
            password,
            supervisor,
        }
    }

    /// Makes the directory `data`.
    pub fn copy_to(&self, supervisor: &Supervisor) {
        let data = self.supervisor.directory().join("data");
        supervisor.run(&["cp", "-pR", data.to_str().expect("UTF-8"), "data"]);
    }
}
