//! What histories have in common: databases that are disturbed, processes that are killed, stores with planted bugs, and
//! records that outlive those who wrote them.

#![allow(dead_code, reason = "each history takes what it needs")]

mod crew;
pub mod digest;
pub mod environment;
pub mod faulty;
pub mod history;
pub mod patience;
pub mod postgres;
pub mod processes;
pub mod records;
pub mod role;
pub mod store;
pub mod violations;
