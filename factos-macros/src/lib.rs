//! The macros of factos. Users take them from the facade `factos`, and say `use factos::prelude::*;`.
//!
//! Each macro is a folder that is read in this order: `parse` keeps what was written, with its places; `check` holds
//! the rules, one function each, and collects every mistake; `expand` writes code and decides nothing.

#![warn(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod attributes;
mod command;
mod decider;
mod diagnostics;
mod event;
mod fact;
mod facts;
mod handler;
mod infer;
mod nested;
mod options;
mod projection;
mod query;
mod reactor;
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
/// ```
/// use factos::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Event)]
/// enum CourseEvent {
///     CourseDefined { #[tag] course: String, capacity: u32 },
///     #[event(name = "Subscribed", alias = "StudentEnrolled", version = 2)]
///     StudentSubscribed { #[tag] course: String, #[tag] student: String },
/// }
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event(name = "TermStarted", tags(year))]
/// struct Term { year: u32 }
///
/// #[derive(Event)]
/// enum CampusEvent {
///     Course(CourseEvent),
///     Term(Term),
/// }
///
/// let event = CourseEvent::StudentSubscribed { course: "c".into(), student: "s".into() };
/// assert_eq!(event.event_type(), "Subscribed");
/// assert_eq!(CampusEvent::Course(event).tags()?.to_string(), "course:c, student:s");
/// # Ok::<(), factos::LimitError>(())
/// ```
///
/// On a field: `#[tag]` makes it a tag under the field's name, `#[tag(key)]` or `#[tag("any-text")]` under another one;
/// it may stand several times. `Option` gives a tag when there is a value, `Vec`, arrays and sets give one tag an element.
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
/// With the JSON codec the type also derives serde's `Serialize` and `Deserialize`. A stored name that stands for two
/// events of one type or set is an error; `factos::distinct_names` finds those of several types that share a log.
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
/// ```
/// use factos::prelude::*;
///
/// #[derive(Clone, PartialEq, Eq, Hash, TagValue)]
/// struct CourseId(String);
///
/// assert_eq!(CourseId("c".into()).tag_value(), "c");
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
/// ```
/// use factos::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event(tags(course, student))]
/// enum CourseEvent {
///     CourseClosed { course: String },
///     StudentSubscribed { course: String, student: String },
/// }
/// use CourseEvent::*;
///
/// /// Seats taken in a course.
/// #[fact]
/// fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &str) -> u32 {
///     match event {
///         StudentSubscribed { .. } => taken + 1,
///     }
/// }
///
/// /// Whether a student has a seat, as long as the course is open.
/// #[fact]
/// fn has_seat(seat: &mut bool, event: &CourseEvent, #[tag] course: &str, #[tag] student: &str) {
///     match event {
///         StudentSubscribed { .. } => *seat = true,
///         #[tags(course)]
///         CourseClosed { .. } => *seat = false,
///     }
/// }
///
/// let subscribed = || StudentSubscribed { course: "c".into(), student: "s".into() };
/// assert_eq!(seats_taken("c").over(&[subscribed(), subscribed()]), 2);
/// assert_eq!(seats_taken::fold(2, &subscribed(), "c"), 3);
/// assert!(!has_seat("c", "s").over(&[subscribed(), CourseClosed { course: "c".into() }]));
/// ```
///
/// The fact reads exactly the events that its patterns name, narrowed by the arguments with `#[tag]` or `#[tag(key)]`.
/// Events that are not matched leave the state as it is: their arms can be left out. Guards and inner patterns narrow the
/// fold, never the query. Every named event has to carry every tag, of the argument's type; `#[tags(course)]` on an arm
/// says that its events are narrowed by these tags only, `#[tags()]` by none. Whatever the macro cannot follow is an error
/// that asks for `events(..)`.
///
/// `seats_taken("c")` makes the fact, a value of the type `seats_taken`; `seats_taken::fold(..)` is the function as it is
/// written. The event is `&E`, or `&Recorded<E>` for its time and metadata: then `&event.data` is matched. Arguments
/// without `#[tag]` are used in the fold alone; all of them are `Clone + Eq + Hash`, and the state is `Clone + Default`.
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

/// Makes a struct the result of facts that are read together, from one state of the log.
///
/// ```
/// use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
/// # #[event(tags(course))]
/// # enum CourseEvent { CourseDefined { course: String, capacity: u32 }, StudentSubscribed { course: String } }
/// # use CourseEvent::*;
/// # #[fact]
/// # fn capacity_of(capacity: Option<u32>, event: &CourseEvent, #[tag] course: &str) -> Option<u32> {
/// #     match event { CourseDefined { capacity, .. } => Some(*capacity) }
/// # }
/// # #[fact]
/// # fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &str) -> u32 {
/// #     match event { StudentSubscribed { .. } => taken + 1 }
/// # }
/// # struct Subscribe { course: String }
/// #[derive(Debug, Clone, PartialEq, Facts)]
/// #[facts(course: &str)]
/// struct Overview {
///     #[fact(capacity_of(course))]
///     capacity: Option<u32>,
///     #[fact(seats_taken(course))]
///     taken: u32,
/// }
///
/// #[decider]
/// fn subscribe(cmd: &Subscribe, #[fact(Overview::facts(&cmd.course))] overview: &Overview) -> Option<CourseEvent> {
///     let free = overview.capacity? - overview.taken;
///     (free > 0).then(|| StudentSubscribed { course: cmd.course.clone() })
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let log = factos::EventLog::new(factos::MemoryStore::new());
/// # log.append(CourseDefined { course: "c".into(), capacity: 3 }).await?;
/// let overview = log.read(Overview::facts("c")).await?;
/// assert_eq!(overview, Overview { capacity: Some(3), taken: 0 });
/// # Ok(())
/// # }
/// ```
///
/// `Overview::facts(..)` takes the arguments of `#[facts(..)]`, and is a fact like others: for deciders, in tuples, lists and
/// further structs. Each field has the type of its fact's state. The struct is `Clone`, has no parameters, and may have
/// fields without names.
///
/// `#[facts(course: &str, crate = path)]` says where factos is, when it is renamed.
#[proc_macro_derive(Facts, attributes(facts, fact))]
pub fn derive_facts(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    facts::derive(&input).into()
}

/// Makes a pure function the decider of a command: from the command and the states of facts to events, or to an error.
///
/// ```
/// use factos::prelude::*;
/// use factos::testing::given;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
/// # struct SeatTaken { #[tag] room: String }
/// # #[fact]
/// # fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
/// #     match event { SeatTaken { .. } => taken + 1 }
/// # }
///
/// struct TakeSeat { room: String }
///
/// #[derive(Debug, PartialEq)]
/// struct Full;
///
/// #[decider]
/// fn take_seat(cmd: &TakeSeat, #[fact(seats_taken(&cmd.room))] taken: u32) -> Result<SeatTaken, Full> {
///     if taken >= 2 { Err(Full) } else { Ok(SeatTaken { room: cmd.room.clone() }) }
/// }
///
/// let cmd = TakeSeat { room: "a".into() };
/// assert_eq!(take_seat(&cmd, 2), Err(Full));
/// given([SeatTaken { room: "b".into() }]).when(cmd).then([SeatTaken { room: "a".into() }]);
/// ```
///
/// The function stays as it is, and can be called in a test. Each parameter behind the command names its fact, whose
/// arguments come from the command; lists of facts, tuples, `Option`s and structs with `#[derive(Facts)]` are facts too. A
/// parameter takes the state by value or borrows it: `&T`, `&[T]`, `&str`. The result is an event, an array, a `Vec` or an
/// `Option` of events, or `events![..]` of several types, each also in a `Result` with the domain's error.
///
/// Every fact guards the decision: when an event changes it in the meantime, the command is decided again. So a parameter
/// that is not used, `_taken`, is an error; `#[fact(guard, seats_taken(..))] _taken: u32` says that the fact has to hold,
/// whatever its state is.
///
/// The command is a type of the same crate; wrap that of another one: `struct Wait(Duration);`. It owns its data, and may
/// be generic. The types of the states and of the error are as visible as the command: a `pub` one with a private state is
/// rustc's error E0446.
///
/// `#[decider(crate = path)]` says where factos is, when it is renamed.
#[proc_macro_attribute]
pub fn decider(arguments: TokenStream, item: TokenStream) -> TokenStream {
    decider::attribute(arguments.into(), &item.into()).into()
}

/// Makes an async function a projection: rows that are kept from events, and committed together with the checkpoint.
///
/// ```
/// use factos::Projection as _;
/// use factos::prelude::*;
/// use serde::{Deserialize, Serialize};
/// use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event(tags(course, student))]
/// enum CourseEvent {
///     CourseDefined { course: String, capacity: u32 },
///     CourseClosed { course: String },
///     StudentSubscribed { course: String, student: String },
/// }
/// use CourseEvent::*;
///
/// /// Courses and their free seats.
/// #[projection(setup = make_courses)]
/// async fn courses(
///     event: &Recorded<CourseEvent>,
///     db: &mut SqliteConnection,
///     tables: &Tables,
/// ) -> sqlx::Result<()> {
///     match &event.data {
///         CourseDefined { course, capacity } => {
///             let sql = tables.sql("INSERT INTO {courses} (course, free) VALUES ($1, $2)");
///             sqlx::query(AssertSqlSafe(sql)).bind(course).bind(capacity).execute(db).await?;
///             Ok(())
///         }
///         StudentSubscribed { course, .. } => {
///             let sql = tables.sql("UPDATE {courses} SET free = free - 1 WHERE course = $1");
///             sqlx::query(AssertSqlSafe(sql)).bind(course).execute(db).await?;
///             Ok(())
///         }
///     }
/// }
///
/// async fn make_courses(db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> {
///     let sql = tables.sql("CREATE TABLE {courses} (course TEXT PRIMARY KEY, free INTEGER NOT NULL)");
///     sqlx::query(AssertSqlSafe(sql)).execute(db).await?;
///     Ok(())
/// }
///
/// /// How many students subscribed.
/// #[projection(setup = make_totals)]
/// async fn totals(events: &[Recorded<CourseEvent>], db: &mut SqliteConnection) -> sqlx::Result<()> {
///     let mut subscribed = 0;
///     for event in events {
///         match &event.data {
///             StudentSubscribed { .. } => subscribed += 1,
///         }
///     }
///     sqlx::query("UPDATE totals_v1 SET subscribed = subscribed + $1").bind(subscribed).execute(db).await?;
///     Ok(())
/// }
/// # async fn make_totals(db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> { Ok(()) }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let mut db = SqliteConnection::connect("sqlite::memory:").await?;
/// let tables = Tables::new(1, &["courses"]);
/// courses().set_up(&mut db, &tables).await?;
/// # let log = factos::EventLog::new(factos::MemoryStore::new());
/// # log.append(CourseDefined { course: "c".into(), capacity: 3 }).await?;
/// # let event = futures_util::TryStreamExt::try_next(&mut log.events(courses().query()?).decoded::<CourseEvent>()).await?.expect("one");
/// courses::apply(&event, &mut db, &tables).await?;
/// let free: u32 = sqlx::query_scalar("SELECT free FROM courses_v1").fetch_one(&mut db).await?;
/// assert_eq!(free, 3);
/// # Ok(())
/// # }
/// ```
///
/// `courses()` makes the projection, a value of the type `courses`; `courses::apply(..)` is the function as it is written.
/// It takes one event after the other, `&Recorded<E>` or `&E`, or all that are committed together, `&[Recorded<E>]`; then
/// the connection of the transaction, and, if it asks for them, its `Tables`. It returns a `Result<(), E>` with any error.
///
/// Like a fact, it reads exactly the events that its patterns name; arms for others, which do nothing, can be left out.
/// - Of one event, whatever is written and awaited stands in arms that name events: of a `match`, `if let`, `let .. else` or
///   `if matches!`. In front of it and behind it may stand what neither uses the connection nor waits, and `Ok(())`.
/// - Of several events, each is matched so in a loop, `for event in events`, and what is changed for an event is changed in
///   such arms. Around the loops anything may be done with what they gathered, but nothing else with `events`.
/// - All other events go on behind a `match` that is a statement, and end with `Ok(())`, or the next event, at one whose
///   value is used: as the last expression, before `?`, or before `;`.
///
/// Whatever the macro cannot follow is an error that asks for `events(..)`.
///
/// - `#[projection(name = "..")]` is what it is known by, rather than the function's name.
/// - `#[projection(version = 2)]` is built beside the version before, and then takes its place. It has tables of its own,
///   and so needs to take `tables: &Tables`. While the version is 1, the table `courses` is always `courses_v1`.
/// - `#[projection(tables(a, b))]` are the tables that it writes, as readers know them; else there is one, with its name.
/// - `#[projection(setup = path)]` is called once a version to make the tables: an async function of the connection and the
///   `&Tables`.
/// - `#[projection(events(A, B))]` reads these events, and takes the body as it is.
/// - `#[projection(all)]` reads every event of the type, and takes the body as it is.
/// - `#[projection(crate = path)]` says where factos is, when it is renamed.
///
/// A projection is a free function without generics, whose type has its name, as a fact's.
#[proc_macro_attribute]
pub fn projection(arguments: TokenStream, item: TokenStream) -> TokenStream {
    projection::attribute(arguments.into(), &item.into()).into()
}

/// Makes a function a reactor: effects, and commands, that committed events lead to.
///
/// ```
/// use factos::AsyncReactor as _;
/// use factos::prelude::*;
/// use serde::{Deserialize, Serialize};
/// # use std::sync::Mutex;
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event(tags(username))]
/// enum UserEvent {
///     UserRegistered { username: String },
///     UserRenamed { username: String, name: String },
///     UserLeft { username: String },
/// }
/// use UserEvent::*;
///
/// # #[derive(Debug)]
/// # struct MailError;
/// # impl std::fmt::Display for MailError {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("no mail") }
/// # }
/// # impl std::error::Error for MailError {}
/// # #[derive(Default)]
/// # struct Mailer(Mutex<Vec<String>>);
/// # impl Mailer {
/// #     async fn send(&self, to: &str) -> Result<(), MailError> {
/// #         self.0.lock().map_err(|_| MailError)?.push(to.to_owned());
/// #         Ok(())
/// #     }
/// # }
/// /// Welcomes whoever registers.
/// #[reactor(name = "welcome_mail", order_by = username)]
/// async fn welcome(event: &Recorded<UserEvent>, mailer: &Mailer) -> Result<(), MailError> {
///     match &event.data {
///         UserRegistered { username } => mailer.send(username).await,
///     }
/// }
///
/// struct FreeName { username: String }
/// # #[decider]
/// # fn free_name(_: &FreeName) -> Option<UserEvent> { None }
///
/// /// Lets others have the name of whoever left.
/// #[reactor]
/// fn free(event: &UserEvent) -> Option<FreeName> {
///     match event {
///         UserLeft { username } => Some(FreeName { username: username.clone() }),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let reactor = welcome(Mailer::default());
/// # let log = factos::EventLog::new(factos::MemoryStore::new());
/// # log.append(UserRegistered { username: "ann".into() }).await?;
/// # let event = futures_util::TryStreamExt::try_next(&mut log.events(reactor.query()?).decoded::<UserEvent>()).await?.expect("one");
/// assert!(reactor.react(&event).await?.is_empty());
///
/// let commands = free::react(&UserLeft { username: "ann".into() });
/// assert_eq!(commands.map(|command| command.username).as_deref(), Some("ann"));
///
/// let mailer = Mailer::default();
/// welcome::react(&event, &mailer).await?;
/// # assert_eq!(*mailer.0.lock().map_err(|_| MailError)?, ["ann"]);
/// # Ok(())
/// # }
/// ```
///
/// The function takes an event, `&Recorded<E>` or `&E`, and borrows what else it needs. `welcome(mailer)` makes the reactor
/// out of that: a value of the type `welcome`, which holds a `Mailer` for `mailer: &Mailer`, a `String` for `&str`, and a
/// `Vec<T>` for `&[T]`; they are `Send + Sync + 'static`. `welcome::react(..)` is the function as it is written. It is
/// `async` if it waits for something.
///
/// It returns `()`, a command, an `Option`, a `Vec` or an array of commands, or `Commands` of several types, each also in a
/// `Result` with any error. It may be called again for the same event, and then has to answer the same commands.
///
/// Like a fact, it reads exactly the events that its patterns name; arms for others, which answer nothing, can be left out.
/// - Whatever is done stands in arms that name events: of a `match`, `if let`, `let .. else` or `if matches!`. Outside of
///   them, nothing is called, waited for or changed. It may be looked at what the reactor was given, `if settings.quiet`.
/// - All other events go on behind a `match` that is a statement, and end with nothing at one whose value is used.
/// - Nothing is `()`, `None`, `Vec::new()`, `vec![]` or `Commands::new()`, each also in `Ok(..)`; or a variable that was set
///   to it, and is changed in such arms only: `let mut commands = Commands::new();`.
/// - A function that returns a command itself, or an array, has no answer to other events: it lists those that it reads.
///
/// Whatever the macro cannot follow is an error that asks for `events(..)`.
///
/// - `#[reactor(name = "..")]` is what it is known by, rather than the function's name. Commands take effect once by it, so
///   it stays as it is.
/// - `#[reactor(order_by = key)]`: events with the same value of the tag with that key are handled one behind the other, in
///   the order of the log. All events that are read have such a tag. One whose field is an empty `Option` or list may be
///   handled beside any other; among several values, the first in byte order counts.
/// - `#[reactor(events(A, B))]` reads these events, and takes the body as it is.
/// - `#[reactor(all)]` reads every event of the type, and takes the body as it is.
/// - `#[reactor(crate = path)]` says where factos is, when it is renamed.
///
/// A reactor is a free function without generics, whose type has its name, as a fact's.
#[proc_macro_attribute]
pub fn reactor(arguments: TokenStream, item: TokenStream) -> TokenStream {
    reactor::attribute(arguments.into(), &item.into()).into()
}

/// Makes an enum of commands a command: each variant holds one command, and goes to its decider.
///
/// ```
/// use factos::prelude::*;
/// # use factos::testing::given_nothing;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
/// # enum DoorEvent { Opened, Shut }
/// # #[derive(Debug, PartialEq)]
/// # struct OpenError;
/// # #[derive(Debug, PartialEq)]
/// # enum DoorError { Open(OpenError) }
/// # impl From<OpenError> for DoorError { fn from(error: OpenError) -> Self { Self::Open(error) } }
/// struct Open;
/// struct Shut;
///
/// #[decider]
/// fn open(_: &Open) -> Result<DoorEvent, OpenError> { Err(OpenError) }
///
/// #[decider]
/// fn shut(_: &Shut) -> DoorEvent { DoorEvent::Shut }
///
/// #[derive(Command)]
/// #[command(error = DoorError)]
/// enum DoorCommand {
///     Open(Open),
///     Shut(Shut),
/// }
///
/// given_nothing().when(DoorCommand::Shut(Shut)).then([DoorEvent::Shut]);
/// given_nothing().when(DoorCommand::Open(Open)).then_rejected(DoorError::Open(OpenError));
/// ```
///
/// Only the facts of the variant at hand are read. Large commands may stand in a `Box`, and enums in enums.
///
/// - `#[command(error = ..)]` is what all of them are rejected with; it is `From` the error of each, except of those that
///   are never rejected. Without it, it is the error of the first variant.
/// - `#[command(crate = path)]` says where factos is, when it is renamed.
#[proc_macro_derive(Command, attributes(command))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    command::derive(&input).into()
}

/// A query for events that is checked while the program compiles: a `Result<Query, LimitError>`.
///
/// It reads like patterns: events by their names, `|` between alternatives. What stands in braces are keys of tags, which
/// may have other names than the fields, each with an expression for its value; `course` alone takes the variable of that
/// name, and no braces ask for any tags. Wrapped events are named like patterns, too.
///
/// ```
/// use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, Event)]
/// # #[event(tags(course, student))]
/// # enum CourseEvent {
/// #     CourseDefined { course: String, capacity: u32 },
/// #     CourseClosed { course: String },
/// #     StudentSubscribed { course: String, student: String },
/// # }
/// # use CourseEvent::*;
/// # #[derive(Event)]
/// # enum CampusEvent { Course(CourseEvent) }
/// let course = String::from("c");
/// let asked = query!(StudentSubscribed { course, student: "s" } | CourseDefined { course } | CourseClosed)?;
/// assert_eq!(asked.items().len(), 3);
///
/// let closed = query!(CourseEvent::CourseClosed { course: &course })?;
/// assert_eq!(closed, query!(CampusEvent::Course(CourseClosed { course }))?);
/// # Ok::<(), factos::LimitError>(())
/// ```
///
/// An event or tag that does not exist, and a value of another type than the events carry, do not compile. The type of a
/// value is compared when code is generated: `cargo build` and `cargo test` report it, `cargo check` does not. Values may
/// be beyond the limits of a tag, hence the `Result`.
///
/// `query!(crate = path, ..)` says where factos is, when it is renamed. `Self::Variant` cannot be written, as the checks
/// are items of their own.
#[proc_macro]
pub fn query(input: TokenStream) -> TokenStream {
    query::expression(input.into()).into()
}
