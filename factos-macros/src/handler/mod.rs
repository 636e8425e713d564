//! Functions that are called with committed events, and are named where that is remembered: what projections and reactors
//! have in common.

mod event;
mod query;
mod rules;

pub(crate) use event::{EventsForm, EventsParameter, event_type, is_recorded};
pub(crate) use query::{checks, paths, query};
pub(crate) use rules::{name_fits, one_way_to_choose, plain_function};
