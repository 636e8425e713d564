//! Reads: all parts, the head and a known key from one snapshot, in one trip.

use factos_core::EventId;
use factos_core::store::{
    Direction, ReadRequest, Receipts, Seen, Settled, Snapshot, Source, StoreError,
};
use sqlx::postgres::{PgArguments, PgRow};
use tokio::time::Instant;
use uuid::Uuid;

use super::arguments::{LAST_POSITION, Values, add_probes, bigint};
use super::error::Failure;
use super::link::{Link, Pauses};
use super::probe::{Probe, probes};
use super::rows::{column, event_id, position, settled, stored_event};
use super::store::Shared;
use crate::cause;

const READ: &str = "SELECT * FROM factos.read($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
     $17, $18, $19, $20, $21)";

/// Part numbers of rows that are no events.
const HEAD: i32 = 0;
const RECEIPT: i32 = -1;
const KNOWN: i32 = -2;

/// Reads on a connection of its own. What was lost is read again.
pub(super) async fn read(store: &Shared, request: ReadRequest) -> Result<Snapshot, StoreError> {
    let deadline = store.deadline();
    let reading = Reading::new(store, &request)?;
    let mut pauses = Pauses::default();
    loop {
        let mut reader = store.readers.lease().await?;
        match reading.call(store, reader.link(), deadline).await {
            Ok(snapshot) => {
                reader.finish();
                return Ok(snapshot);
            }
            Err(Failure::Final(error)) => return Err(store.notice(error)),
            Err(failure) => {
                store.forget(&failure);
                if !pauses.pause(deadline).await {
                    return Err(failure.into_error());
                }
            }
        }
    }
}

/// The event at the head, and the one at the position that the log was known to have reached.
struct Head {
    event: Option<EventId>,
    there: Option<EventId>,
}

/// A read, ready to be sent.
pub(super) struct Reading {
    parts: usize,
    seen: Seen,
    arguments: PgArguments,
}

impl Reading {
    pub(super) fn new(store: &Shared, request: &ReadRequest) -> Result<Self, StoreError> {
        let mut columns = Columns::default();
        for part in &request.parts {
            columns.add_part(store.log, part)?;
        }
        let mut values = Values::default();
        values.add(store.log).add(store.identity);
        columns.add(&mut values);
        values.add(request.key.as_deref());
        add_receipts(&mut values, request.receipts.as_ref())?;
        let seen = store.info.seen();
        values.add(bigint(seen.head));
        Ok(Self {
            parts: request.parts.len(),
            seen,
            arguments: values.finish()?,
        })
    }

    /// Reads.
    pub(super) async fn call(
        &self,
        store: &Shared,
        link: &mut Link,
        deadline: Instant,
    ) -> Result<Snapshot, Failure> {
        let rows = link.call(deadline, READ, self.arguments.clone()).await?;
        let (snapshot, head) = self.snapshot(&rows).map_err(Failure::Final)?;
        let compared = store.info.compare(self.seen, snapshot.head, head.there);
        compared.map_err(Failure::Final)?;
        store.info.announce(Seen::new(snapshot.head, head.event));
        Ok(snapshot)
    }

    fn snapshot(&self, rows: &[PgRow]) -> Result<(Snapshot, Head), StoreError> {
        let corrupt = |problem: String| StoreError::Corrupt(cause(problem));
        let mut head = None;
        let mut snapshot = Snapshot {
            parts: vec![Vec::new(); self.parts],
            ..Snapshot::default()
        };
        for row in rows {
            match column(row, 0).map_err(corrupt)? {
                HEAD => {
                    snapshot.head = position(row, 1).map_err(corrupt)?;
                    snapshot.head_event = event_id(row, 2).map_err(corrupt)?;
                    head = Some(Head {
                        event: snapshot.head_event,
                        there: event_id(row, 10).map_err(corrupt)?,
                    });
                }
                RECEIPT => snapshot.receipts.push(settled(row).map_err(corrupt)?),
                KNOWN => {
                    snapshot.known = match settled(row).map_err(corrupt)? {
                        (_, Settled::Committed(receipt)) => Some(receipt),
                        (_, Settled::Void) => None,
                    }
                }
                part => {
                    let part = usize::try_from(part - 1).ok();
                    let events = part.and_then(|part| snapshot.parts.get_mut(part));
                    let events = events.ok_or_else(|| corrupt("an event of no part".into()))?;
                    events.push(stored_event(row)?);
                }
            }
        }
        let head = head.ok_or_else(|| corrupt("no head".into()))?;
        Ok((snapshot, head))
    }
}

/// Adds which receipts are wanted.
fn add_receipts(values: &mut Values, receipts: Option<&Receipts>) -> Result<(), StoreError> {
    let (keyed, without_events) = match receipts {
        None => (None, None),
        Some(Receipts::Keyed { after, to }) => (Some((bigint(*after), bigint(*to))), None),
        Some(Receipts::WithoutEvents { after, limit }) => {
            let after = after.map(|id| Uuid::from_bytes(*id.as_bytes()));
            let most = i64::try_from(*limit).unwrap_or(i64::MAX);
            (None, Some((after, most)))
        }
        _ => {
            let unknown = "this store knows no such receipts";
            return Err(StoreError::Other(cause(unknown)));
        }
    };
    values
        .add(keyed.map(|(after, _)| after))
        .add(keyed.map(|(_, to)| to));
    values
        .add(without_events.and_then(|(after, _)| after))
        .add(without_events.map(|(_, most)| most));
    Ok(())
}

/// The arrays of `factos.read`, see there.
#[derive(Default)]
struct Columns {
    kind: Vec<&'static str>,
    after: Vec<i64>,
    to: Vec<i64>,
    limit: Vec<Option<i64>>,
    backward: Vec<bool>,
    stream: Vec<Option<String>>,
    from: Vec<Option<i64>>,
    arm_end: Vec<i32>,
    arms: Vec<Probe>,
}

impl Columns {
    fn add_part(
        &mut self,
        log: i32,
        part: &factos_core::store::ReadPart,
    ) -> Result<(), StoreError> {
        let (kind, stream, from) = match &part.source {
            Source::Query(query) if query.is_all() => ("all", None, None),
            Source::Query(query) => {
                self.arms.extend(probes(log, query));
                ("arms", None, None)
            }
            Source::Stream { name, from } => {
                let from = i64::try_from(*from).unwrap_or(i64::MAX);
                ("stream", Some(name.as_str().to_owned()), Some(from))
            }
            _ => {
                return Err(StoreError::Other(cause(
                    "this store cannot read such a part",
                )));
            }
        };
        self.kind.push(kind);
        self.after.push(bigint(part.after));
        self.to.push(part.to.map_or(LAST_POSITION, bigint));
        self.limit.push(
            part.limit
                .map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)),
        );
        self.backward.push(part.direction == Direction::Backward);
        self.stream.push(stream);
        self.from.push(from);
        self.arm_end
            .push(i32::try_from(self.arms.len()).unwrap_or(i32::MAX));
        Ok(())
    }

    fn add(&self, values: &mut Values) {
        values
            .add(&self.kind)
            .add(&self.after)
            .add(&self.to)
            .add(&self.limit)
            .add(&self.backward);
        values.add(&self.stream).add(&self.from).add(&self.arm_end);
        add_probes(values, &self.arms);
    }
}
