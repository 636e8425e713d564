//! What is dispatched: accounts and rooms, with facts of all kinds.
//!
//! Each state has a trace of the calls whose events made it, and each decision says which traces it saw. So it is seen
//! from an event or a rejection alone on which states it was decided.

mod commands;
mod events;
mod facts;
mod fuse;
mod trace;

pub use commands::*;
pub use events::{BankEvent, RoomEvent};
pub use facts::{Book, Count, Latest, Note, Rate, Seats};
pub use fuse::{PLANNED, keep_quiet};
pub use trace::Trace;
