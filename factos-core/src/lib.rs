//! The vocabulary of factos, and the runtime that dispatches commands. Users depend on the facade `factos`.
//!
//! The modules stand in the order in which a command takes them.

mod codec;
mod command;
mod error;
mod event;
mod fact;
mod facts;
mod id;
mod limits;
mod metadata;
mod position;
mod query;
mod schema;
pub mod store;
mod tag;
mod time;

pub use codec::{Codec, CodecError, Data, EventForm, Json};
pub use command::{Command, Events, IntoDecision, IntoEvents, Reads};
pub use error::*;
pub use event::{Event, EventType, NewEvent, Recorded, StoredEvent, StreamName, StreamPlace};
pub use fact::{Fact, FoldInput};
pub use facts::{Facts, Leaves, Slot, States};
pub use id::{AppendId, EventId, LogId};
pub use limits::Limits;
pub use metadata::Metadata;
pub use position::Position;
pub use query::{Query, QueryItem};
pub use schema::{OwnEvent, Schema, Variant, VariantForm};
pub use tag::{Tag, TagField, TagKind, TagValue, Tags};
pub use time::{Clock, SystemClock, Timestamp};
