//! What the read models share: names of tables, names of phases, who takes tasks, and how an operation fails.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use factos_core::read_model::Phase;
use factos_core::store::StoreError;
use factos_core::{Position, Tables, Timestamp};
use sqlx::{Database, Pool};
use uuid::Uuid;

/// So that the longest version's number still fits behind it into a name of PostgreSQL's.
const MOST_BYTES: usize = 50;

const RULE: &str = "lower-case letters, digits and underscores, at most 50, and no digit in front";

/// Makes sure that names of tables can be part of a statement.
pub(crate) fn check_tables<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<(), StoreError> {
    for name in names {
        let first = name.bytes().next();
        let begins = first.is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let goes_on = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !begins || !goes_on || name.len() > MOST_BYTES {
            return Err(StoreError::InvalidTable {
                name: name.to_owned(),
                rule: RULE,
            });
        }
    }
    Ok(())
}

/// The tables of a version that was found in the database.
pub(crate) fn tables_of(version: u32, names: &[String]) -> Result<Tables, StoreError> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    check_tables(names.iter().copied())?;
    Ok(Tables::new(version, &names))
}

/// What the databases call a phase. Versions that are forgotten are in phase `forgotten`: their rows stay for their tokens.
pub(crate) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::New => "new",
        Phase::Building => "building",
        Phase::Live => "live",
        Phase::Retired => "retired",
    }
}

/// What the driver said, if it is among the causes of a failure.
pub(crate) fn said_by_sqlx<'f>(failure: &'f (dyn Error + 'static)) -> Option<&'f sqlx::Error> {
    let mut next = Some(failure);
    while let Some(error) = next {
        if let Some(said) = error.downcast_ref() {
            return Some(said);
        }
        next = error.source();
    }
    None
}

/// The phase of this name.
pub(crate) fn phase(name: &str) -> Result<Phase, Failure> {
    match name {
        "new" => Ok(Phase::New),
        "building" => Ok(Phase::Building),
        "live" => Ok(Phase::Live),
        "retired" => Ok(Phase::Retired),
        other => Err(corrupt(format!("a version's phase is {other:?}"))),
    }
}

/// The time of a lease in microseconds, at most about a hundred years.
pub(crate) fn micros(time: Duration) -> i64 {
    const MOST: i64 = 100 * 365 * 24 * 3_600 * 1_000_000;
    i64::try_from(time.as_micros()).map_or(MOST, |micros| micros.min(MOST))
}

/// A position as both databases have it; one beyond the last possible one becomes that one.
pub(crate) fn bigint(position: Position) -> i64 {
    i64::try_from(position.get()).unwrap_or(i64::MAX)
}

/// A number that cannot be negative.
pub(crate) fn number<T: TryFrom<i64>>(found: i64) -> Result<T, Failure> {
    T::try_from(found).map_err(|_| corrupt(format!("the number {found} is out of range")))
}

/// Who takes tasks, until when.
pub(crate) struct Taking {
    pub(crate) now: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) token: Uuid,
    pub(crate) most: u32,
}

/// Something in the database that nobody wrote.
pub(crate) fn corrupt(problem: String) -> Failure {
    Failure::Told(StoreError::Corrupt(crate::cause(problem)))
}

/// How an operation fails, before what the driver says is told in the store's words.
pub(crate) enum Failure {
    Driver(sqlx::Error),
    Told(StoreError),
}

impl Failure {
    /// The error, by what the database's errors mean.
    pub(crate) fn told<D: Database>(
        self,
        pool: &Pool<D>,
        translate: impl FnOnce(sqlx::Error) -> StoreError,
    ) -> StoreError {
        match self {
            Self::Told(error) => error,
            Self::Driver(error @ sqlx::Error::PoolTimedOut) => {
                let most = pool.options().get_max_connections();
                // A pool that could have more connections did not get any.
                if pool.size() < most {
                    return StoreError::Unavailable(Arc::new(error));
                }
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                StoreError::NoConnection { most }
            }
            Self::Driver(error @ sqlx::Error::PoolClosed) => {
                StoreError::Unavailable(Arc::new(error))
            }
            Self::Driver(error @ (sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))) => {
                StoreError::Corrupt(Arc::new(error))
            }
            Self::Driver(error) => translate(error),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Told(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_need_no_quotes() {
        assert!(check_tables(["courses", "_c1", &"x".repeat(50)]).is_ok());
        for name in [
            "",
            "1c",
            "Courses",
            "c;d",
            "c\"",
            "cöurses",
            &"x".repeat(51),
        ] {
            let refused = check_tables([name]);
            assert!(
                matches!(refused, Err(StoreError::InvalidTable { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn each_phase_has_a_name() {
        for known in [Phase::New, Phase::Building, Phase::Live, Phase::Retired] {
            assert_eq!(phase(phase_name(known)).ok(), Some(known));
        }
        assert!(phase("forgotten").is_err());
    }

    #[test]
    fn a_lease_may_be_for_ever() {
        assert_eq!(micros(Duration::from_millis(3)), 3_000);
        assert!(micros(Duration::MAX) > 1_000_000_000);
    }
}
