//! What is said about bodies whose events cannot be told.

use proc_macro2::Span;
use syn::Ident;

use super::Violation;
use super::kept::Kept;
use super::pattern::EventPath;
use super::pure::Impurity;

/// Whose body is read.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum What {
    Fact,
    Projection,
    Reactor,
}

impl What {
    /// `fact`: the macro's name, and what its item is called.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Projection => "projection",
            Self::Reactor => "reactor",
        }
    }
}

/// What is read, by its name.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) what: What,
    pub(crate) name: String,
}

impl Reader {
    pub(crate) fn new(what: What, name: &Ident) -> Self {
        Self {
            what,
            name: name.to_string(),
        }
    }

    fn word(&self) -> &'static str {
        self.what.word()
    }

    /// The words for a fact, a projection and a reactor.
    fn one_of(&self, words: [&'static str; 3]) -> &'static str {
        let [fact, projection, reactor] = words;
        match self.what {
            What::Fact => fact,
            What::Projection => projection,
            What::Reactor => reactor,
        }
    }

    /// `` fact `seats` ``.
    pub(crate) fn subject(&self) -> String {
        format!("{} `{}`", self.word(), self.name)
    }

    pub(crate) fn events(&self) -> String {
        format!("`#[{}(events(..))]`", self.word())
    }

    pub(crate) fn events_or_all(&self) -> String {
        format!("{}, `#[{}(all)]`", self.events(), self.word())
    }

    pub(super) fn impure(&self, found: &Impurity, event: Option<&Ident>) -> Violation {
        let (subject, events, all) = (self.subject(), self.events(), self.events_or_all());
        let (span, message) = match found {
            Impurity::Event(span) => {
                let event = event.map(ToString::to_string).unwrap_or_default();
                let message = format!(
                    "`{event}` is used here without a pattern, so {subject} cannot tell which events it reads: match \
                     on it, or list them: {all}"
                );
                (span, message)
            }
            Impurity::Kept(span) => {
                let used = self.one_of(["the state", "the connection", "this"]);
                let message = format!(
                    "{used} is used here for every event, so {subject} cannot tell which ones it reads: move this \
                     into an arm, or list them: {all}"
                );
                (span, message)
            }
            Impurity::Leaves(span) => {
                let leaves = self.one_of([
                    "this may leave the fact with another state",
                    "this may end the projection's work",
                    "this may end the reactor's work",
                ]);
                let message = format!(
                    "{leaves} on events that no pattern names: move it into an arm, or list what is read: {events}"
                );
                (span, message)
            }
            Impurity::Macro(span) => {
                let kept = self.one_of([
                    " with the event and the state",
                    " with the event and the connection",
                    "",
                ]);
                let message = format!(
                    "what this macro does{kept} is not seen: move it into an arm, or list what is read: {events}"
                );
                (span, message)
            }
            Impurity::Waits(span) => {
                let message = format!(
                    "this waits for something on every event, so {subject} cannot tell which ones it reads: move it \
                     into an arm, or list them: {all}"
                );
                (span, message)
            }
            Impurity::Done(span) => {
                let place = self.one_of(["", ", or in front of the loop", ""]);
                let message = format!(
                    "this is done for every event, so {subject} cannot tell which ones it reads: move it into an \
                     arm{place}, or list them: {all}"
                );
                (span, message)
            }
        };
        Violation::new(*span, message)
    }

    pub(super) fn every_event(&self, span: Span) -> Violation {
        let keeps = self.one_of(["only keeps the state", "does nothing", "does nothing"]);
        let message = format!(
            "this would read every event: name the events, or list them: {} (an arm that {keeps} can be left out)",
            self.events_or_all()
        );
        Violation::new(span, message)
    }

    pub(super) fn never_here(&self, path: &EventPath) -> Violation {
        let name = path.names.last().map_or("", String::as_str);
        let message = format!(
            "{} never sees `{name}` here: a pattern in front of this lets only its own events through; name `{name}` \
             there too, or write that `match` as a statement without `;` and `?`, which lets all others go on",
            self.subject()
        );
        Violation::new(path.span, message)
    }

    pub(super) fn unreadable(&self, span: Span) -> Violation {
        let message = format!(
            "no event can be told from this pattern: write the event's name, `CourseDefined {{ .. }}`, or list what \
             is read: {}",
            self.events()
        );
        Violation::new(span, message)
    }

    pub(super) fn computed(&self, span: Span) -> Violation {
        let keeps = self.one_of(["keeps the state", "does nothing", "does nothing"]);
        let message = format!(
            "this is `false` for every event that is not named, so all of them would be read: make it the condition \
             of an `if` whose `else` {keeps}, or `match` on the event"
        );
        Violation::new(span, message)
    }

    pub(super) fn another_value(&self, span: Span, kept: &Kept) -> Violation {
        let (subject, value, all) = (self.subject(), kept.value(), self.events_or_all());
        let message = match self.what {
            What::Fact => format!(
                "{subject} would change here on events that no pattern names: give the state back as it is, `{value}`, \
                 or list what is read: {all}"
            ),
            What::Projection => format!(
                "{subject} would end here in its own way on events that no pattern names: write `Ok(())`, or list what \
                 is read: {all}"
            ),
            What::Reactor => format!(
                "{subject} would answer something here on events that no pattern names: answer nothing, as with `None` or \
                 `Ok(())`, or list what is read: {all}"
            ),
        };
        Violation::new(span, message)
    }

    pub(crate) fn hides(&self, name: &Ident) -> Violation {
        let message = format!(
            "`{name}` hides the one that the {} is called with; choose another name here",
            self.word()
        );
        Violation::new(name.span(), message)
    }

    pub(super) fn macro_of_its_own(&self, span: Span) -> Violation {
        let words = ["change the state", "use the connection", "do something"];
        let (kept, word) = (self.one_of(words), self.word());
        let message =
            format!("a macro of its own could {kept} unseen: declare it outside of the {word}");
        Violation::new(span, message)
    }

    pub(super) fn conditional(&self) -> String {
        let (word, events) = (self.word(), self.events());
        format!(
            "which events a {word} reads is known before `cfg` is resolved: put this on the whole {word}, or list the \
             events: {events}"
        )
    }

    /// What is wrong with a body without any event.
    pub(crate) fn no_event(&self, name: &Ident) -> Violation {
        let never = self.one_of(["never change", "do nothing", "do nothing"]);
        let (subject, word) = (self.subject(), self.word());
        let message = format!(
            "{subject} matches no event, and so would {never}: match on the event, or write `#[{word}(all)]` to read \
             all of them"
        );
        Violation::new(name.span(), message)
    }
}
