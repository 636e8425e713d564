//! Reacting to what happened: effects, and commands that it leads to.

mod commands;
mod handle;
mod options;
mod reactions;
mod window;
mod work;

use std::error::Error;
use std::future::Future;

pub use commands::{Commands, IntoCommands};
pub(crate) use handle::Handler;
pub use options::{ReactorOptions, Start};
pub use reactions::Reactions;
pub(crate) use work::{ReactorPart, VERSION};

use crate::error::LimitError;
use crate::event::{Event, Recorded, StoredEvent};
use crate::query::Query;

/// Why a reactor could not do what an event asks for: whatever error its function returns.
pub type ReactionFailure = Box<dyn Error + Send + Sync>;

/// What is done about committed events: effects, such as a mail, and commands.
///
/// Made by `#[reactor]` on a function. It is called at least once for each event that its query finds, and never for one that
/// was not committed. The commands that it answers are sent once: each under an idempotency key made of the reactor's name, the
/// event's id and the command's number. So it answers the same commands when it is called again for the same event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reactor",
    label = "not a reactor",
    note = "write `#[reactor]` on the function, and call it with what the reactor needs"
)]
pub trait AsyncReactor: Send + Sync + 'static {
    /// The events that it is about.
    type Event: Event;

    /// Its name: unique among those that share a read model, and part of its commands' idempotency keys, so that it must not
    /// change.
    const NAME: &'static str;

    /// The events that it reads.
    ///
    /// # Errors
    /// When an event's name or tag is beyond the limits.
    fn query(&self) -> Result<Query, LimitError>;

    /// What an event belongs to: events of one key are handled one behind the other, in the order of the log. `None` for an
    /// event that may be handled beside any other one; so are all, unless the reactor says otherwise.
    fn order_key<'e>(&self, event: &'e StoredEvent) -> Option<&'e str> {
        let _ = event;
        None
    }

    /// Does something about an event, and answers the commands that it leads to.
    ///
    /// # Errors
    /// The reactor's own. It is called again then, after a pause.
    fn react<'a>(
        &'a self,
        event: &'a Recorded<Self::Event>,
    ) -> impl Future<Output = Result<Commands, ReactionFailure>> + Send + 'a;
}
