//! Scripts: several statements with their values, run in one trip to a connection's thread.
//!
//! A trip costs more than most statements, so everything that can go together does. The text decides whether a
//! prepared statement is found again: it must depend on the shape of a request only, never on its values.

use std::fmt::{self, Write};

use factos_core::store::StoreError;
use futures_util::StreamExt;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Either, Encode, Executor, Sqlite, Type};

use super::error::store_error;
use crate::cause;

/// Statements, their values in order, and how many there are.
#[derive(Default)]
pub(super) struct Script {
    text: String,
    values: SqliteArguments,
    statements: usize,
    failure: Option<StoreError>,
}

impl Script {
    /// Adds text to the statement at hand. Only constants and placeholders.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// The same, formatted.
    pub(super) fn format(&mut self, text: fmt::Arguments<'_>) -> &mut Self {
        if self.text.write_fmt(text).is_err() {
            self.failure
                .get_or_insert_with(|| StoreError::Other(cause("a statement cannot be written")));
        }
        self
    }

    /// Adds the value of the next placeholder.
    pub(super) fn bind<'v>(&mut self, value: impl Encode<'v, Sqlite> + Type<Sqlite>) -> &mut Self {
        if let Err(error) = self.values.add(value) {
            self.failure
                .get_or_insert_with(|| StoreError::Other(cause(error)));
        }
        self
    }

    /// Ends the statement at hand, and answers its number.
    pub(super) fn end(&mut self) -> usize {
        self.text.push(';');
        self.statements += 1;
        self.statements - 1
    }

    /// A whole statement without values.
    pub(super) fn statement(&mut self, text: &'static str) -> usize {
        self.text(text).end()
    }

    /// The text so far.
    #[cfg(test)]
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Runs all statements in order and shows each row, with the number of its statement, to `each`.
    ///
    /// The first error ends it, and with it the transaction is left open. What `each` does not accept does not end
    /// it: the stream is never left in the middle, as that would stop the script wherever it is.
    pub(super) async fn run(
        self,
        connection: &mut SqliteConnection,
        location: &str,
        mut each: impl FnMut(usize, &SqliteRow) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let query = sqlx::query_with(AssertSqlSafe(self.text), self.values);
        let mut results = connection.fetch_many(query);
        let mut statement = 0;
        let mut outcome = Ok(());
        while let Some(result) = results.next().await {
            match result {
                Ok(Either::Left(_)) => statement += 1,
                Ok(Either::Right(row)) if outcome.is_ok() => outcome = each(statement, &row),
                Ok(Either::Right(_)) => {}
                Err(error) => return Err(store_error(error, location)),
            }
        }
        if outcome.is_ok() && statement < self.statements {
            // The connection's thread ended and took the rest of the answers with it.
            return Err(store_error(sqlx::Error::WorkerCrashed, location));
        }
        outcome
    }
}

/// Adds `(?, ?), (?, ?)` for so many rows of so many columns.
pub(super) fn values(script: &mut Script, rows: usize, columns: usize) {
    for row in 0..rows {
        script.text(if row == 0 { "(?" } else { ", (?" });
        for _ in 1..columns {
            script.text(", ?");
        }
        script.text(")");
    }
}

/// Binds NULL so many times, for the rows that only fill a list up.
pub(super) fn bind_nulls(script: &mut Script, count: usize) {
    for _ in 0..count {
        script.bind(None::<i64>);
    }
}

/// How many rows a list of `VALUES` gets for `rows` rows of data: the next power of two, so that there are few texts.
pub(super) fn padded(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// The longest list of `VALUES`; more rows go into further statements.
pub(super) const MOST_ROWS: usize = 64;
