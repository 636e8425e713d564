//! What is known of a reactor: how far it has come, and what it has parked.

use std::fmt;
use std::marker::PhantomData;

use super::AsyncReactor;
use super::work::{VERSION, consumer_name};
use crate::position::Position;
use crate::projection::ProjectionError;
use crate::read_model::{Parked, ReadModel, answered};

/// What a read model knows of a reactor: how far it has come, and the events that it has parked.
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
/// # struct UserRegistered { user: String }
/// use factos::Reactions;
/// use factos::sqlite::SqliteReadModel;
///
/// #[reactor]
/// async fn welcome(event: &UserRegistered) {
///     println!("welcome, {}", event.user);
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = SqliteReadModel::in_memory().await?;
/// let reactions = Reactions::<welcome, _>::of(&model);
/// assert_eq!(reactions.position().await?, None);
/// assert!(reactions.parked().await?.is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Reactions<R, M> {
    model: M,
    reactor: PhantomData<fn() -> R>,
}

impl<R: AsyncReactor, M: ReadModel> Reactions<R, M> {
    /// What this read model knows of the reactor.
    pub fn of(model: &M) -> Self {
        Self {
            model: model.clone(),
            reactor: PhantomData,
        }
    }

    /// Up to which position it has handled everything; `None` when it was not run yet.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn position(&self) -> Result<Option<Position>, ProjectionError> {
        let versions = answered(self.model.versions(&consumer_name::<R>())).await?;
        Ok(versions.first().map(|version| version.checkpoint.position))
    }

    /// The events that it failed on as often as it may, in the order of their positions.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn parked(&self) -> Result<Vec<Parked>, ProjectionError> {
        Ok(answered(self.model.parked(&consumer_name::<R>(), VERSION)).await?)
    }

    /// Has a parked event handled again by whoever runs the reactor, soon. When it fails, it is parked again. `false` when no
    /// event of this position is parked.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn retry_parked(&self, position: Position) -> Result<bool, ProjectionError> {
        let name = consumer_name::<R>();
        Ok(answered(self.model.retry(&name, VERSION, position)).await?)
    }

    /// Forgets a parked event for good. `false` when no event of this position is parked.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn drop_parked(&self, position: Position) -> Result<bool, ProjectionError> {
        let name = consumer_name::<R>();
        Ok(answered(self.model.drop_parked(&name, VERSION, position)).await?)
    }
}

impl<R: AsyncReactor, M: ReadModel> Reactions<R, M> {
    /// Forgets how far it has come and what it has parked: it begins anew as its [`start`](crate::ReactorOptions::start) says.
    /// For a log that was restored.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn reset(&self) -> Result<(), ProjectionError> {
        let name = consumer_name::<R>();
        Ok(answered(self.model.forget(&name, VERSION)).await?)
    }
}

impl<R: AsyncReactor, M> fmt::Debug for Reactions<R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reactions").field(&R::NAME).finish()
    }
}
