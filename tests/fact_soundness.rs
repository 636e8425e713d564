//! What `#[fact]` infers is sound: reading only the events of a fact's query gives the state that folding the whole log
//! with the function as it is written gives. So it is with what `#[projection]` writes, and what
//! `#[reactor]` does and answers.
//!
//! The oracle knows nothing of queries. It calls `name::fold` on every event of the fact's event type, save for those
//! that lack the fact's tags.

#![allow(
    missing_docs,
    unused_qualifications,
    clippy::pedantic,
    clippy::needless_return,
    clippy::question_mark,
    unused_parens,
    reason = "every spelling of a fold is tried, not only good ones"
)]

#[path = "fact_soundness/history.rs"]
mod history;
#[path = "fact_soundness/projections.rs"]
mod projections;
#[path = "fact_soundness/reactors.rs"]
mod reactors;
#[path = "fact_soundness/shapes.rs"]
mod shapes;
#[path = "fact_soundness/tuples.rs"]
mod tuples;
#[path = "fact_soundness/wrapped.rs"]
mod wrapped;

use std::fmt::Debug;

use factos::{
    AnyConnection, Event, EventLog, Fact, Facts, FoldInput, Query, Recorded, StoredEvent,
};
use futures_util::TryStreamExt as _;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use history::{Arguments, Bank, arguments, banks};

/// A log in memory, and what was read back from it.
pub(crate) struct Logged {
    log: EventLog,
    stored: Vec<StoredEvent>,
    runtime: tokio::runtime::Runtime,
}

impl Logged {
    fn of(events: Vec<Bank>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("runtime");
        let log = EventLog::new(factos::MemoryStore::new());
        let stored = runtime.block_on(async {
            if !events.is_empty() {
                log.append(events).await.expect("append");
            }
            let events = log.events(Query::all()).stored();
            events.try_collect().await.expect("read")
        });
        Self {
            log,
            stored,
            runtime,
        }
    }

    /// The fact's state by its query and by the log is the one that `fold` makes of all that has the tags.
    #[track_caller]
    fn check<F>(
        &self,
        fact: F,
        fold: impl Fn(F::State, &F::Input) -> F::State,
        has_tags: impl Fn(&<F::Input as FoldInput>::Event) -> bool,
    ) -> Result<(), TestCaseError>
    where
        F: Fact + Facts<AnyConnection, States = <F as Fact>::State>,
        F::State: PartialEq + Debug,
    {
        let events: Vec<(&StoredEvent, Recorded<_>)> = self
            .stored
            .iter()
            .filter_map(|stored| Some((stored, stored.decode().ok()?)))
            .collect();
        let inputs = || {
            events
                .iter()
                .map(|(stored, event)| (*stored, F::Input::of(event)))
        };

        let tagged = inputs().filter(|(_, event)| has_tags(event.event()));
        let whole = tagged.fold(fact.initial(), |state, (_, event)| {
            let next = fold(state.clone(), event);
            if F::LAST_ONLY {
                fold(fact.initial(), event)
            } else {
                next
            }
        });

        let query = fact.query().expect("query");
        let matching =
            inputs().filter(|(stored, _)| query.matches(&stored.event_type, &stored.tags));
        let queried = matching.fold(fact.initial(), |state, (_, event)| {
            let before = if F::LAST_ONLY { fact.initial() } else { state };
            fact.apply(before, event)
        });
        prop_assert_eq!(&queried, &whole, "{} by its query", F::NAME);

        let over = fact.over(inputs().map(|(_, event)| event));
        prop_assert_eq!(&over, &whole, "{} over events", F::NAME);

        let read = self.runtime.block_on(self.log.read(fact)).expect("read");
        prop_assert_eq!(&read, &whole, "{} by the log", F::NAME);
        Ok(())
    }
}

/// Whether an event carries these tags.
pub(crate) fn tagged<E: Event>(tags: &[(&str, &str)]) -> impl Fn(&E) -> bool {
    let tags: Vec<factos::Tag> = tags
        .iter()
        .map(|(key, value)| factos::Tag::new(key, value).expect("tag"))
        .collect();
    move |event| {
        let carried = event.tags().expect("tags");
        tags.iter().all(|tag| carried.contains(tag))
    }
}

/// For facts without tags: the whole log.
pub(crate) fn untagged<E>(_: &E) -> bool {
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn reading_what_a_fact_names_is_folding_all(events in banks(), arguments in arguments()) {
        let logged = Logged::of(events);
        shapes::check(&logged, &arguments)?;
        tuples::check(&logged, &arguments)?;
        wrapped::check(&logged, &arguments)?;
    }

    #[test]
    fn reading_what_a_projection_names_writes_the_same(events in banks()) {
        projections::check(&Logged::of(events))?;
    }

    #[test]
    fn reading_what_a_reactor_names_does_the_same(events in banks()) {
        reactors::check(&Logged::of(events))?;
    }
}
