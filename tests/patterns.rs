//! Known uses of a dynamic consistency boundary, each as a user would write it, on every store.

mod support;

#[path = "patterns/invoices.rs"]
mod invoices;
#[path = "patterns/members.rs"]
mod members;
#[path = "patterns/observed.rs"]
mod observed;
#[path = "patterns/rooms.rs"]
mod rooms;
