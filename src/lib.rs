#![doc = include_str!("../README.md")]
#![allow(
    clippy::test_attr_in_doctest,
    reason = "the README shows a user's own test"
)]
#![warn(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod open;

pub use factos_core::*;
#[cfg(feature = "macros")]
pub use factos_macros::{
    Command, Event, Facts, TagValue, decider, fact, projection, query, reactor,
};
#[cfg(feature = "postgres")]
pub use open::postgres;
#[cfg(feature = "sqlite")]
pub use open::sqlite;
pub use open::{Open, open};

/// Logs in an SQLite file.
#[cfg(feature = "sqlite")]
pub mod sqlite {
    pub use factos_sqlx::sqlite::*;
}

#[doc = include_str!("../docs/postgresql.md")]
#[cfg(feature = "postgres")]
pub mod postgres {
    pub use factos_sqlx::postgres::*;
}

/// The examples of the guide compile.
#[cfg(all(doctest, feature = "sqlite"))]
mod guide {
    #[doc = include_str!("../docs/dispatch.md")]
    mod dispatch {}
    #[doc = include_str!("../docs/following.md")]
    mod following {}
    #[doc = include_str!("../docs/reacting.md")]
    mod reacting {}
    #[doc = include_str!("../docs/growing.md")]
    mod growing {}
}

/// What the macros' code is made of; not for users.
#[doc(hidden)]
pub mod __private {
    pub use factos_core::__private::*;
}

/// What annotated code needs: `use factos::prelude::*;`.
///
/// The JSON codec needs serde's derives as well, from the `serde` of the application:
/// `use serde::{Serialize, Deserialize};`.
pub mod prelude {
    pub use factos_core::{Command as _, Fact as _};
    pub use factos_core::{Event, Recorded, Tables, TagValue, events};
    #[cfg(feature = "macros")]
    pub use factos_macros::{
        Command, Event, Facts, TagValue, decider, fact, projection, query, reactor,
    };
}
