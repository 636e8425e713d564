//! What operators see of a dispatch: spans of every step, with fields to filter by, metrics, and nothing about persons.

mod support;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use factos::prelude::*;
use factos::store::Group;
use factos::{DispatchError, MemoryStore, NewEvent};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use serde::{Deserialize, Serialize};
use support::append;
use support::staged::{Staged, at_most};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event as TracingEvent, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

const SECRET: &str = "ann@example.com";

#[derive(Debug, Serialize, Deserialize, Event)]
struct AddressTaken {
    #[tag]
    address: String,
}

#[fact]
fn times_taken(times: u32, event: &AddressTaken, #[tag] address: &str) -> u32 {
    match event {
        AddressTaken { .. } => times + 1,
    }
}

struct Take;

#[derive(Debug, PartialEq)]
struct Enough;

#[decider]
fn take(_cmd: &Take, #[fact(times_taken(SECRET))] times: u32) -> Result<AddressTaken, Enough> {
    if times > 2 {
        return Err(Enough);
    }
    Ok(taken())
}

fn taken() -> AddressTaken {
    AddressTaken {
        address: SECRET.into(),
    }
}

/// A span or event: its name, that of the span around it, and its fields.
#[derive(Debug, Clone)]
struct Told {
    name: &'static str,
    within: Option<&'static str>,
    fields: Fields,
}

#[derive(Debug, Clone, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}");
        self.0.insert(field.name(), value.trim_matches('"').into());
    }
}

/// Spans have an id, events have none.
type Written = Vec<(Option<Id>, Told)>;

/// Writes down everything.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<Written>>);

impl Everything {
    fn told(&self) -> Vec<Told> {
        let told = self.0.lock().expect("no panic");
        told.iter().map(|(_, told)| told.clone()).collect()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Everything {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("it is there");
        let told = Told {
            name: span.name(),
            within: span.parent().map(|parent| parent.name()),
            fields,
        };
        self.0
            .lock()
            .expect("no panic")
            .push((Some(id.clone()), told));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut all = self.0.lock().expect("no panic");
        let span = all.iter_mut().rev().find(|(of, _)| of.as_ref() == Some(id));
        values.record(&mut span.expect("it is there").1.fields);
    }

    fn on_event(&self, event: &TracingEvent<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let told = Told {
            name: event.metadata().name(),
            within: context.event_span(event).map(|span| span.name()),
            fields,
        };
        self.0.lock().expect("no panic").push((None, told));
    }
}

/// The subscriber and the recorder are the process's: a log commits on a thread of its own.
fn observe() -> &'static (Everything, Snapshotter) {
    static OBSERVED: OnceLock<(Everything, Snapshotter)> = OnceLock::new();
    OBSERVED.get_or_init(|| {
        let everything = Everything::default();
        let subscriber = tracing_subscriber::registry().with(everything.clone());
        tracing::subscriber::set_global_default(subscriber).expect("the first one");
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        recorder.install().expect("the first one");
        (everything, snapshotter)
    })
}

#[tokio::test]
async fn every_step_is_told_and_no_person() {
    let (everything, snapshotter) = observe();
    let mut store = Staged::new();
    // The second dispatch loses a round to another client.
    store.before_append = at_most(2, {
        let calls = std::sync::atomic::AtomicU32::new(0);
        move |memory: &MemoryStore| {
            if calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 1 {
                let event = NewEvent::encode(&taken()).expect("it can be encoded");
                for answer in memory.append_now(&Group::single(append([event]))) {
                    answer.expect("an unconditional append");
                }
            }
        }
    });
    let log = store.log();
    let first = log.dispatch(Take).idempotency_key(SECRET).await;
    assert_eq!(first.expect("free").rounds, 1);
    let second = log.dispatch(Take).await;
    assert_eq!(second.expect("free").rounds, 2);
    let third = log.dispatch(Take).await;
    assert!(matches!(third, Err(DispatchError::Rejected(Enough))));

    let told = everything.told();
    let field = |told: &Told, name| told.fields.0.get(name).cloned().unwrap_or_default();
    let of = |name: &str| -> Vec<&Told> { told.iter().filter(|it| it.name == name).collect() };
    let outcomes: Vec<_> = of("dispatch")
        .iter()
        .map(|it| field(it, "outcome"))
        .collect();
    assert_eq!(outcomes, ["accepted", "accepted", "rejected"]);
    let dispatch = of("dispatch")[1];
    assert_eq!(
        (field(dispatch, "command"), field(dispatch, "rounds")),
        ("Take".into(), "2".into())
    );
    assert_eq!(field(dispatch, "log"), "main");
    for (name, count) in [("decide", 4), ("read", 4), ("append", 4), ("conflict", 1)] {
        assert_eq!(of(name).len(), count, "{name}: {told:#?}");
    }
    for name in ["read", "decide", "conflict"] {
        assert!(
            of(name).iter().all(|it| it.within.is_some()),
            "{name}: {told:#?}"
        );
    }
    let conflict = of("conflict")[0];
    assert_eq!(
        (field(conflict, "fact"), field(conflict, "position")),
        ("times_taken".into(), "2".into())
    );
    assert!(
        of("fold")
            .iter()
            .any(|it| field(it, "fact") == "times_taken")
    );
    assert!(!format!("{told:?}").contains(SECRET), "{told:#?}");

    let metrics = snapshotter.snapshot().into_vec();
    let count = |name: &str, label: (&str, &str)| -> u64 {
        let named = metrics.iter().filter(|(key, ..)| {
            let labels = key.key().labels().map(|it| (it.key(), it.value()));
            key.key().name() == name && labels.collect::<Vec<_>>().contains(&label)
        });
        named
            .map(|(.., value)| match value {
                DebugValue::Counter(count) => *count,
                DebugValue::Gauge(_) => 0,
                DebugValue::Histogram(values) => values.len() as u64,
            })
            .sum()
    };
    assert_eq!(count("factos_dispatches_total", ("outcome", "accepted")), 2);
    assert_eq!(count("factos_dispatches_total", ("outcome", "rejected")), 1);
    assert_eq!(count("factos_dispatch_seconds", ("command", "Take")), 3);
    assert_eq!(count("factos_decision_seconds", ("command", "Take")), 4);
    assert_eq!(count("factos_conflicts_total", ("fact", "times_taken")), 1);
    assert!(!format!("{metrics:?}").contains(SECRET));
}
