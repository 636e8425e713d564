//! The macros of factos. Users take them from the facade `factos`, whose documentation has examples that run.
//!
//! Each macro is a folder that is read in this order: `parse` keeps what was written, with its places; `check` holds
//! the rules, one function each, and collects every mistake; `expand` writes code and decides nothing.

#![warn(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod command;
mod decider;
mod diagnostics;
mod event;
mod fact;
mod facts;
mod nested;
mod options;
mod query;
mod tag_value;
#[cfg(test)]
mod tests;
mod types;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes an enum or struct an event type.
///
/// Each variant is one type of event, stored under the variant's name with its fields as data; a struct is one event. A
/// variant with a single field without a name holds the events of another type: an enum of such variants is a set of
/// events, with no names of its own.
///
/// ```ignore
/// #[derive(Serialize, Deserialize, Event)]
/// enum CourseEvent {
///     CourseDefined { #[tag] course: CourseId, capacity: u32 },
///     #[event(name = "Subscribed", alias = "StudentEnrolled", version = 2)]
///     StudentSubscribed { #[tag] course: CourseId, #[tag] student: StudentId },
/// }
/// ```
///
/// On a field: `#[tag]` makes it a tag under the field's name, `#[tag(key)]` under another one. `Option` gives a tag when
/// there is a value, `Vec`, arrays and sets give one tag an element.
///
/// On the enum or struct:
/// - `#[event(tags(course, student))]` makes every field of these names a tag.
/// - `#[event(prefix = "courses.")]` stands in front of each variant's name; pinned names and aliases stay as they are.
/// - `#[event(codec = path)]` takes another codec than JSON by serde.
/// - `#[event(crate = path)]` says where factos is, when it is renamed.
///
/// On a variant or struct:
/// - `#[event(name = "..")]` pins the stored name, so that the Rust name can change.
/// - `#[event(alias = "..")]` reads an older stored name too; it may stand several times.
/// - `#[event(version = 2)]` is the version of the stored form that is written.
///
/// With the JSON codec the type also derives serde's `Serialize` and `Deserialize`.
#[proc_macro_derive(Event, attributes(event, tag))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    event::derive(&input).into()
}

/// Makes a newtype the value of a tag.
///
/// Facts and events compare the newtype's name and module while the program compiles, so that a course cannot be looked
/// up by the id of a student. The text of the tag is that of the one field: text, an integer, `bool`, `Uuid`, or another
/// tag value.
///
/// ```ignore
/// #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
/// struct CourseId(String);
/// ```
///
/// `#[tag_value(crate = path)]` says where factos is, when it is renamed.
#[proc_macro_derive(TagValue, attributes(tag_value))]
pub fn derive_tag_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    tag_value::derive(&input).into()
}

/// Makes a fold a fact: the state so far, an event, then arguments; it returns the next state, or takes `&mut State`.
///
/// ```ignore
/// #[fact]
/// fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &CourseId) -> u32 {
///     match event {
///         StudentSubscribed { .. } => taken + 1,
///     }
/// }
/// ```
///
/// The fact reads exactly the events that its patterns name, narrowed by the arguments with `#[tag]` or `#[tag(key)]`.
/// Events that are not matched leave the state as it is: their arms can be left out. Guards and inner patterns narrow the
/// fold, never the query. Every named event has to carry every tag, of the argument's type; `#[tags(course)]` on an arm
/// says that its events are narrowed by these tags only. Whatever the macro cannot follow is an error that asks for
/// `events(..)`.
///
/// `seats_taken(&course)` makes the fact, a value of the type `seats_taken`; `seats_taken::fold(..)` is the function as it
/// is written. The event is `&E`, or `&Recorded<E>` for its time and metadata: then `&event.data` is matched.
///
/// - `#[fact(initial = expr)]` starts from this state rather than `Default`; it may use the arguments.
/// - `#[fact(last)]` folds only the latest event that matches, from the initial state.
/// - `#[fact(events(A, B))]` reads these events, and takes the body as it is; `#[tags(..)]` may stand in front of each.
/// - `#[fact(all)]` reads every event of the type, and takes the body as it is.
/// - `#[fact(crate = path)]` says where factos is, when it is renamed.
///
/// A fact is a free function without generics. Its type has the name of the function, so a fact that is called like a
/// crate or module in use hides it; in links write `[seats_taken()]`.
#[proc_macro_attribute]
pub fn fact(arguments: TokenStream, item: TokenStream) -> TokenStream {
    fact::attribute(arguments.into(), &item.into()).into()
}

/// Makes a pure function the decider of a command: from the command and the states of facts to events, or to an error.
///
/// ```ignore
/// #[decider]
/// fn subscribe(
///     cmd: &Subscribe,
///     #[fact(capacity_of(&cmd.course))] capacity: Option<u32>,
///     #[fact(seats_taken(&cmd.course))] taken: u32,
/// ) -> Result<CourseEvent, SubscribeError> {
///     let capacity = capacity.ok_or(SubscribeError::NoSuchCourse)?;
///     if taken >= capacity { return Err(SubscribeError::FullyBooked) }
///     Ok(StudentSubscribed { course: cmd.course.clone(), student: cmd.student.clone() })
/// }
/// ```
///
/// The function stays as it is, and can be called in a test. Each parameter behind the command names its fact, whose
/// arguments come from the command; lists of facts, tuples and `Option`s are facts too. A parameter takes the state by
/// value or borrows it: `&T`, `&[T]`, `&str`. The result is an event, an array, a `Vec` or an `Option` of events, or
/// `events![..]` of several types, each also in a `Result` with the domain's error.
///
/// `#[decider(crate = path)]` says where factos is, when it is renamed.
#[proc_macro_attribute]
pub fn decider(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decider::attribute(arguments.into(), &item.into()).into()
}

/// A query for events, checked while the program compiles.
#[proc_macro]
pub fn query(input: TokenStream) -> TokenStream {
    query::expression(input.into()).into()
}

/// Makes an enum of commands a command, which is decided by the decider of the variant that it is.
#[proc_macro_derive(Command, attributes(command))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    command::derive(&input).into()
}

/// Makes a struct the result of facts that are read together.
#[proc_macro_derive(Facts, attributes(facts, fact))]
pub fn derive_facts(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    facts::derive(&input).into()
}
