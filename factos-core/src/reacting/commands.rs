//! The commands that an event leads to.

use std::fmt;
use std::sync::Arc;

use crate::command::{Command, Reads};
use crate::error::DispatchError;
use crate::log::{AnyConnection, EventLog};
use crate::metadata::Metadata;
use crate::store::BoxFuture;

/// Commands of any number of types, in order.
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
/// # struct Welcomed { #[tag] user: String }
/// # struct Welcome { user: String }
/// # #[decider]
/// # fn welcome(cmd: &Welcome) -> Welcomed { Welcomed { user: cmd.user.clone() } }
/// use factos::Commands;
///
/// let commands = Commands::new().and(Welcome { user: "ann".into() });
/// assert_eq!(commands.len(), 1);
/// ```
#[derive(Clone, Default)]
pub struct Commands(Vec<Arc<dyn AnyCommand>>);

impl Commands {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same and one more behind them.
    #[must_use]
    pub fn and<T>(mut self, command: T) -> Self
    where
        T: Reads<AnyConnection> + Send + Sync + 'static,
        T::Error: Send + 'static,
    {
        self.0.push(Arc::new(Shared(Arc::new(command))));
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &dyn AnyCommand> {
        self.0.iter().map(|command| &**command)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Commands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|command| command.name()))
            .finish()
    }
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// It was accepted, now or before.
    Accepted,
    /// The domain refused it, on facts that the store confirmed.
    Rejected,
}

/// A command that can be sent several times.
pub(super) trait AnyCommand: Send + Sync {
    fn name(&self) -> &'static str;
    fn send<'a>(
        &'a self,
        log: &'a EventLog,
        key: String,
        metadata: Metadata,
    ) -> BoxFuture<'a, Result<Sent, DispatchError<()>>>;
}

struct Shared<T>(Arc<T>);

impl<T> AnyCommand for Shared<T>
where
    T: Reads<AnyConnection> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn send<'a>(
        &'a self,
        log: &'a EventLog,
        key: String,
        metadata: Metadata,
    ) -> BoxFuture<'a, Result<Sent, DispatchError<()>>> {
        let dispatch = log.dispatch(self.0.clone());
        let dispatch = dispatch.idempotency_key(key).metadata(metadata);
        Box::pin(async move {
            match dispatch.await {
                Ok(_) => Ok(Sent::Accepted),
                Err(DispatchError::Rejected(_)) => Ok(Sent::Rejected),
                Err(error) => Err(error.map_rejected(|_| ())),
            }
        })
    }
}

/// What a reactor may answer: nothing, a command, an `Option`, a `Vec` or an array of one type, or [`Commands`] of several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a command nor several",
    label = "not commands",
    note = "a reactor answers `()`, a command, an `Option`, a `Vec` or an array of commands, or `Commands` of several types"
)]
pub trait IntoCommands {
    /// The commands.
    fn into_commands(self) -> Commands;
}

impl IntoCommands for () {
    fn into_commands(self) -> Commands {
        Commands::new()
    }
}

impl IntoCommands for Commands {
    fn into_commands(self) -> Commands {
        self
    }
}

impl<T: Command> IntoCommands for T
where
    T: Reads<AnyConnection> + Send + Sync + 'static,
    T::Error: Send + 'static,
{
    fn into_commands(self) -> Commands {
        Commands::new().and(self)
    }
}

macro_rules! several_commands {
    ($([$($generics:tt)*] $several:ty),+) => {$(
        impl<$($generics)*> IntoCommands for $several
        where
            T: Reads<AnyConnection> + Send + Sync + 'static,
            T::Error: Send + 'static,
        {
            fn into_commands(self) -> Commands {
                self.into_iter().fold(Commands::new(), Commands::and)
            }
        }
    )+};
}
several_commands!([T] Option<T>, [T] Vec<T>, [T, const N: usize] [T; N]);
