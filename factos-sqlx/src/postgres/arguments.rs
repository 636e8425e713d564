//! A group of requests as the arguments of `factos.append`.

use std::collections::HashSet;
use std::hash::Hash;

use factos_core::store::{AppendRequest, ExpectedRevision, Group, IdempotencyKey, StoreError};
use factos_core::{EventType, NewEvent, Position, Tag};
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, Encode, Postgres, Type};
use uuid::Uuid;

use super::micros::Micros;
use super::probe::{Probe, probes};
use super::store::Shared;
use super::{hash, literal};
use crate::{cause, metadata};

/// Arguments in the making, with the first error of one that cannot be sent.
#[derive(Default)]
pub(super) struct Values {
    values: PgArguments,
    failure: Option<StoreError>,
}

impl Values {
    /// Adds the value of the next parameter.
    pub(super) fn add<'v>(
        &mut self,
        value: impl Encode<'v, Postgres> + Type<Postgres>,
    ) -> &mut Self {
        if let Err(error) = self.values.add(value) {
            self.failure
                .get_or_insert_with(|| StoreError::Other(cause(error)));
        }
        self
    }

    pub(super) fn finish(self) -> Result<PgArguments, StoreError> {
        self.failure.map_or(Ok(self.values), Err)
    }
}

/// The arguments of `factos.append` for a group.
///
/// `apart` may say that no member can mean anything to another one, or to what is stored by its ids.
pub(super) fn of_group(
    store: &Shared,
    writes: bool,
    apart: bool,
    group: &Group,
) -> Result<PgArguments, StoreError> {
    let mut columns = Columns::default();
    for (i, request) in group.requests().enumerate() {
        columns.add_request(store.log, request, group.depends_on(i))?;
    }
    let mut values = Values::default();
    store.add_entry(&mut values, writes, store.info.seen_by(group));
    let remembered = |request: &AppendRequest| {
        request.key().is_some() || (request.events().is_empty() && !request.is_check())
    };
    let remembers = group.requests().any(remembered);
    values.add(apart).add(remembers);
    columns.add(&mut values);
    values.finish()
}

/// Whether no member can mean anything to another one, so that all may be judged at once; none names a stream either.
pub(super) fn is_apart(group: &Group) -> bool {
    let mut ids = Seen::default();
    let mut keys = Seen::default();
    let mut events = Seen::default();
    let mut last = None;
    group.requests().enumerate().all(|(i, request)| {
        let stands = |earlier: &usize| {
            let mut earlier = group.requests().take(i).skip(*earlier);
            earlier.next().is_some_and(|earlier| !earlier.is_check())
        };
        let in_order = request.events().is_empty()
            || last.replace(request.recorded_at()) <= Some(request.recorded_at());
        in_order
            && group.conflicts(i).is_empty()
            && request.stream().is_none()
            && group.depends_on(i).iter().all(stands)
            && ids.is_new(request.append_id())
            && request.key().is_none_or(|key| keys.is_new(key.key()))
            && request.events().iter().all(|event| events.is_new(event.id))
    })
}

/// Values that were seen; the first one without a table.
struct Seen<T> {
    first: Option<T>,
    others: HashSet<T>,
}

impl<T: Copy + Eq + Hash> Seen<T> {
    fn is_new(&mut self, value: T) -> bool {
        match self.first {
            None => {
                self.first = Some(value);
                true
            }
            Some(first) => first != value && self.others.insert(value),
        }
    }
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self {
            first: None,
            others: HashSet::new(),
        }
    }
}

/// The arrays of `factos.append`, see there.
#[derive(Default)]
struct Columns<'g> {
    requests: Requests<'g>,
    dependences: Vec<i32>,
    probes: Probes,
    events: Events<'g>,
    tags: Tags,
}

#[derive(Default)]
struct Requests<'g> {
    append: Vec<Uuid>,
    size: Vec<i32>,
    recorded_at: Vec<Micros>,
    stream: Vec<Option<&'g str>>,
    next: Vec<i64>,
    twice: Vec<i32>,
    key: Vec<Option<&'g str>>,
    command: Vec<Option<&'g str>>,
    content: Vec<Option<&'g [u8]>>,
    dependence_end: Vec<i32>,
    probe_end: Vec<i32>,
    event_end: Vec<i32>,
    tag_end: Vec<i32>,
}

#[derive(Default)]
struct Probes {
    request: Vec<i32>,
    guard: Vec<i32>,
    after: Vec<i64>,
    probe: Vec<Probe>,
}

#[derive(Default)]
struct Events<'g> {
    request: Vec<i32>,
    number: Vec<i32>,
    id: Vec<Uuid>,
    event_type: Vec<&'g str>,
    version: Vec<i32>,
    tags: Vec<String>,
    data: Vec<Option<&'g str>>,
    bytes: Vec<Option<&'g [u8]>>,
    metadata: Vec<Option<String>>,
}

#[derive(Default)]
struct Tags {
    event: Vec<i32>,
    hash: Vec<i64>,
    type_hash: Vec<i64>,
}

impl<'g> Columns<'g> {
    fn add_request(
        &mut self,
        log: i32,
        request: &'g AppendRequest,
        depends_on: &[usize],
    ) -> Result<(), StoreError> {
        let number = int(self.requests.append.len() + 1);
        self.dependences
            .extend(depends_on.iter().map(|i| int(i + 1)));
        for (g, guard) in request.guards().iter().enumerate() {
            for probe in probes(log, &guard.query) {
                self.probes.request.push(number);
                self.probes.guard.push(int(g));
                self.probes.after.push(bigint(guard.after));
                self.probes.probe.push(probe);
            }
        }
        for (n, event) in request.events().iter().enumerate() {
            self.add_event(log, (number, int(n)), event)?;
        }
        let requests = &mut self.requests;
        requests
            .append
            .push(Uuid::from_bytes(*request.append_id().as_bytes()));
        requests.size.push(if request.is_check() {
            -1
        } else {
            int(request.events().len())
        });
        requests.recorded_at.push(Micros(request.recorded_at()));
        requests
            .stream
            .push(request.stream().map(|stream| stream.name.as_str()));
        requests.next.push(
            request
                .stream()
                .map_or(-1, |stream| next_revision(stream.expected)),
        );
        requests.twice.push(twice(request.events()));
        requests.key.push(request.key().map(IdempotencyKey::key));
        requests
            .command
            .push(request.key().map(IdempotencyKey::command));
        requests
            .content
            .push(request.key().map(IdempotencyKey::content));
        requests.dependence_end.push(int(self.dependences.len()));
        requests.probe_end.push(int(self.probes.request.len()));
        requests.event_end.push(int(self.events.id.len()));
        requests.tag_end.push(int(self.tags.hash.len()));
        Ok(())
    }

    fn add_event(
        &mut self,
        log: i32,
        (request, number): (i32, i32),
        event: &'g NewEvent,
    ) -> Result<(), StoreError> {
        let unwritable = |error| StoreError::Other(cause(error));
        let events = &mut self.events;
        events.request.push(request);
        events.number.push(number);
        events.id.push(Uuid::from_bytes(*event.id.as_bytes()));
        events.event_type.push(EventType::as_str(&event.event_type));
        events.version.push(event.version.cast_signed());
        events
            .tags
            .push(literal::of_texts(event.tags.iter().map(Tag::as_str)));
        let json = event.data.as_json();
        events.data.push(json);
        events
            .bytes
            .push(json.is_none().then(|| event.data.as_bytes()));
        events
            .metadata
            .push(metadata::to_text(&event.metadata).map_err(unwritable)?);
        let type_hash = hash::hash(log, event.event_type.as_str());
        for tag in &event.tags {
            self.tags.event.push(int(self.events.id.len()));
            self.tags.hash.push(hash::hash(log, tag.as_str()));
            self.tags.type_hash.push(type_hash);
        }
        Ok(())
    }

    /// Adds the arrays in the order of the function's parameters.
    fn add(&self, values: &mut Values) {
        let r = &self.requests;
        values.add(&r.append).add(&r.size).add(&r.recorded_at);
        values.add(&r.stream);
        values.add(telling(&r.next, &-1)).add(telling(&r.twice, &0));
        values.add(telling(&r.key, &None));
        values.add(telling(&r.command, &None));
        values.add(telling(&r.content, &None));
        values.add(telling(&r.dependence_end, &0));
        values.add(telling(&r.probe_end, &0));
        values.add(&r.event_end).add(&r.tag_end);
        values.add(filled(&self.dependences));
        let g = &self.probes;
        values
            .add(filled(&g.request))
            .add(filled(&g.guard))
            .add(filled(&g.after));
        add_probes(values, &g.probe);
        let v = &self.events;
        values
            .add(&v.request)
            .add(&v.number)
            .add(&v.id)
            .add(&v.event_type)
            .add(&v.version)
            .add(&v.tags);
        values.add(telling(&v.data, &None));
        values.add(telling(&v.bytes, &None));
        values.add(telling(&v.metadata, &None));
        let t = &self.tags;
        values
            .add(filled(&t.event))
            .add(filled(&t.hash))
            .add(filled(&t.type_hash));
    }
}

/// Adds five arrays: hash, hashes, tags, hashes of types, types.
pub(super) fn add_probes(values: &mut Values, probes: &[Probe]) {
    let column = |of: fn(&Probe) -> &Option<String>| -> Option<Vec<Option<&str>>> {
        let column = probes.iter().map(|probe| of(probe).as_deref());
        (!probes.is_empty()).then(|| column.collect())
    };
    let hash: Vec<Option<i64>> = probes.iter().map(|probe| probe.hash).collect();
    values.add(filled(&hash)).add(column(|probe| &probe.hashes));
    values.add(column(|probe| &probe.tags));
    values.add(column(|probe| &probe.type_hashes));
    values.add(column(|probe| &probe.types));
}

/// The list, or NULL for one without elements: the server unpacks each list that it is given.
fn filled<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

/// The list, or NULL when no element of it says anything.
fn telling<'l, T: PartialEq>(list: &'l [T], nothing: &T) -> Option<&'l [T]> {
    list.iter()
        .any(|element| element != nothing)
        .then_some(list)
}

/// The revision that the next event must get; -1 for any, -2 for one that no stream reaches.
fn next_revision(expected: ExpectedRevision) -> i64 {
    match expected {
        ExpectedRevision::Any => -1,
        ExpectedRevision::NoStream => 0,
        ExpectedRevision::At(last) => last
            .checked_add(1)
            .and_then(|next| i64::try_from(next).ok())
            .unwrap_or(-2),
        // What this version does not know is refused rather than ignored.
        _ => -2,
    }
}

/// The number, from 1, of the first event whose id one in front of it has; 0 when there is none.
fn twice(events: &[NewEvent]) -> i32 {
    let mut seen = Seen::default();
    let twice = events.iter().position(|event| !seen.is_new(event.id));
    twice.map_or(0, |i| int(i + 1))
}

/// A number of a list. Lists are far shorter: their requests are in memory.
fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// No position is reached beyond this one, which leaves room for the next.
pub(super) const LAST_POSITION: i64 = i64::MAX - 1;

/// A position; one beyond the last possible one becomes that one.
pub(super) fn bigint(position: Position) -> i64 {
    i64::try_from(position.get()).map_or(LAST_POSITION, |position| position.min(LAST_POSITION))
}
