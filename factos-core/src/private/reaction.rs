//! What the functions of a reactor return, and how they say that there is nothing to do.

use crate::event::StoredEvent;
use crate::reacting::{Commands, IntoCommands, ReactionFailure};

/// Commands, or a result of them with an error of any type.
#[diagnostic::on_unimplemented(
    message = "a reactor cannot return `{Self}`",
    label = "neither commands nor a result of them",
    note = "return `()`, a command, an `Option`, a `Vec` or an array of commands, or `Commands` of several types; each also \
            in a `Result<_, E>` with an error that is `std::error::Error + Send + Sync`, or turns into one"
)]
pub trait Reaction {
    /// The commands, or any error in a box.
    ///
    /// # Errors
    /// The error, if it is one.
    fn into_reaction(self) -> Result<Commands, ReactionFailure>;
}

#[diagnostic::do_not_recommend]
impl<T: IntoCommands> Reaction for T {
    fn into_reaction(self) -> Result<Commands, ReactionFailure> {
        Ok(self.into_commands())
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoCommands, E: Into<ReactionFailure>> Reaction for Result<T, E> {
    fn into_reaction(self) -> Result<Commands, ReactionFailure> {
        self.map(IntoCommands::into_commands).map_err(Into::into)
    }
}

/// What a reactor returns for the events that it does not name. Types of users have no such value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no value for events that lead to nothing",
    label = "cannot be nothing",
    note = "return an `Option` or a `Vec` of commands, or `Commands`; or list the events, `#[reactor(events(..))]`, or take all \
            of them, `#[reactor(all)]`"
)]
pub trait Nothing {
    /// No command.
    fn nothing() -> Self;
}

impl Nothing for () {
    fn nothing() {}
}

impl Nothing for Commands {
    fn nothing() -> Self {
        Self::new()
    }
}

impl<T> Nothing for Option<T> {
    fn nothing() -> Self {
        None
    }
}

impl<T> Nothing for Vec<T> {
    fn nothing() -> Self {
        Self::new()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Nothing, E> Nothing for Result<T, E> {
    fn nothing() -> Self {
        Ok(T::nothing())
    }
}

/// The value of the event's tag with this key; the first one, when there are several.
pub fn tag_of<'e>(event: &'e StoredEvent, key: &str) -> Option<&'e str> {
    let value = |tag: &'e crate::Tag| tag.as_str().strip_prefix(key)?.strip_prefix(':');
    event.tags.iter().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppendId, Data, EventType, NewEvent, Position, Tag, Timestamp};

    #[test]
    fn a_tag_is_found_by_its_whole_key() {
        let tag = |key, value| Tag::new(key, value).expect("tag");
        let mut event = NewEvent::new(EventType::new("A").expect("type"), Data::trusted_json("{}"));
        event.tags = [tag("user", "a:b"), tag("users", "c"), tag("us", "d")]
            .into_iter()
            .collect();
        let (position, at) = (Position::new(1), Timestamp::from_micros(0));
        let stored = StoredEvent::new(event, position, at, AppendId::new(), None);
        assert_eq!(tag_of(&stored, "user"), Some("a:b"));
        assert_eq!(tag_of(&stored, "use"), None);
    }
}
