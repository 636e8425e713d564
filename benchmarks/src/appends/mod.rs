//! The workload of appends: with a short and a long history, beside raw rows.

mod beside;
pub mod postgres;
pub mod sqlite;

use crate::work::Work;

/// How many courses there are.
const COURSES: u64 = 1_000;

const ONE: Work = Work::Append { events: 1 };
const THOUSAND: Work = Work::Append { events: 1_000 };
const DISPATCH: Work = Work::SubscribeToAll { courses: COURSES };
