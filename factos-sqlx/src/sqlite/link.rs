//! Links: a connection together with what is known of its state.

use std::sync::Arc;

use factos_core::store::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Connection};

use super::error::store_error;
use super::script::Script;
use crate::connections;

/// How connections to the file are made.
#[derive(Debug, Clone)]
pub(super) struct Opener {
    pub(super) options: SqliteConnectOptions,
    /// The file, for messages.
    pub(super) location: Arc<str>,
}

impl connections::Opener for Opener {
    type Link = Link;

    async fn open(&self) -> Result<Link, StoreError> {
        let connection = self.options.connect().await;
        Ok(Link {
            connection: connection.map_err(|error| store_error(error, &self.location))?,
            location: Arc::clone(&self.location),
            used: false,
        })
    }
}

/// A connection that may have been left in the middle of something.
pub(super) struct Link {
    connection: SqliteConnection,
    location: Arc<str>,
    /// Set while somebody uses it, so that whoever comes next knows that it was left behind.
    used: bool,
}

impl Link {
    /// Runs a script; see [`Script::run`].
    pub(super) async fn run(
        &mut self,
        script: Script,
        each: impl FnMut(usize, &SqliteRow) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        script.run(&mut self.connection, &self.location, each).await
    }

    /// Begins a use. One that was left behind is brought back to a state without a transaction.
    pub(super) async fn begin_use(&mut self) -> Result<(), StoreError> {
        if self.used {
            self.roll_back().await?;
        }
        self.used = true;
        Ok(())
    }

    /// Ends a use that left no transaction open.
    pub(super) fn end_use(&mut self) {
        self.used = false;
    }

    /// Whether a use has not ended, so that a transaction may be open.
    pub(super) fn is_used(&self) -> bool {
        self.used
    }

    /// Closes the connection, and waits until it is closed: merely dropped, it is closed by its own thread, later.
    pub(super) async fn close(self) {
        // An error says that its thread has ended already.
        let _ = self.connection.close().await;
    }

    /// Ends whatever transaction is open. An error means that the connection is of no use any more.
    pub(super) async fn roll_back(&mut self) -> Result<(), StoreError> {
        let mut script = Script::default();
        script.statement("ROLLBACK");
        match self.run(script, |_, _| Ok(())).await {
            // SQLite has no code of its own for "there is no transaction".
            Ok(()) | Err(StoreError::Other(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
