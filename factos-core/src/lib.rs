//! The vocabulary of factos, and the runtime that dispatches commands. Users depend on the facade `factos`.
//!
//! The modules stand in the order in which a command takes them.

#![warn(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

// what is stored, and how it is matched
mod event;
mod schema;
mod tag;
mod codec;
mod metadata;
mod causation;
mod id;
mod name;
mod position;
mod checkpoint;
mod time;
mod limits;
mod query;

// what decides
mod fact;
mod facts;
mod command;
mod decider;
mod view;
mod reactor;

// the way of a command
mod log;
mod dispatch;
mod stream;
mod rounds;
mod commit;
mod observe;
pub mod store;

// what follows the log
mod subscription;
mod watch;
mod projection;
pub mod read_model;
mod reacting;
mod runner;

// for tests, and to move on
mod memory;
mod copy;
pub mod testing;

mod error;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use causation::Causation;
pub use checkpoint::Checkpoint;
pub use codec::{Codec, CodecError, Data, EventForm, Json};
pub use command::{Command, Events, IntoDecision, IntoEvents, Reads};
pub use copy::{Copied, CopyError, CopyProgress, CopyStep, CopyTo};
pub use decider::Decider;
#[cfg(feature = "planted-faults")]
pub use dispatch::Fault;
pub use dispatch::{Accepted, Dispatch, StateCache, Statistics};
pub use error::*;
pub use event::{Event, NewEvent, Recorded, StoredEvent, StreamPlace};
pub use fact::{Fact, FoldInput};
pub use facts::{Facts, Leaves, Slot, States};
pub use id::{AppendId, EventId, IdSource, LogId, UuidV7};
pub use limits::{Limits, MAX_ITEM_TAGS, MAX_NAME_BYTES, MAX_TAG_BYTES};
pub use log::{AnyConnection, Append, EventLog, EventStream, LogOptions, UnknownTypes};
pub use memory::{MemoryReadModel, MemoryReadModelTransaction, MemoryStore};
pub use metadata::Metadata;
pub use name::{EventType, LogName, StreamName};
pub use position::Position;
pub use projection::{
    CatchUp, OnFailure, Projection, ProjectionError, ProjectionFailure, ProjectionHandle,
    ProjectionOptions, Tables,
};
pub use query::{Query, QueryItem};
pub use reacting::{
    AsyncReactor, Commands, IntoCommands, ReactionFailure, Reactions, ReactorOptions, Start,
};
pub use reactor::Reactor;
pub use runner::{Health, PartHealth, PartState, PartStatus, Runner, RunnerStatus};
pub use schema::{NameCollision, OwnEvent, Schema, Variant, VariantForm, distinct_names};
pub use stream::{Execute, StreamHandle, StreamState};
pub use subscription::{Batch, Subscription};
pub use tag::{Tag, TagField, TagKind, TagValue, Tags};
pub use time::{Clock, SystemClock, Timestamp};
pub use view::View;
pub use watch::Watch;
