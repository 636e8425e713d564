//! Calls as users make them: through the log.

use std::sync::Arc;
use std::time::Duration;

use factos::store::{AppendRequest, ExpectedRevision, Guard, ReadPart, ReadRequest};
use factos::{Append, EventLog, Position, StreamName};
use futures_util::TryStreamExt;

use super::{Again, Client, Past, replies};
use crate::counter::Count;
use crate::disturbed::patience::{answered, pass, within};
use crate::reader;
use crate::record::{Id, Record, Reply, Request, Via, idempotency_key};
use crate::shape::{Shape, append};

impl Client {
    /// One call of any kind.
    pub(super) async fn step(self: &Arc<Self>, shape: &mut Shape, past: &mut Past) {
        let head = self.head().await;
        let request = match shape.0.u32(..100) {
            0..40 => shape.request(head),
            40..48 => shape.claim(head),
            48..56 => return self.decide(shape, past).await,
            56..61 => self.to_stream(shape, head).await,
            61..66 => with_key(shape, head),
            66..70 => return self.repeat(shape, head, past).await,
            70..72 => with_known_event(shape, past),
            72..76 => return self.settle_meanwhile(shape, head).await,
            76..84 => return self.group(shape, head, past).await,
            84..88 => return self.check(shape, head).await,
            88..91 => return self.locked(shape, head).await,
            _ => return self.dispatch(shape, head).await,
        };
        self.send_first(shape, head, request, past).await;
    }

    /// Sends an append and, when it has no answer, perhaps settles it or sends it again.
    async fn send_first(
        &self,
        shape: &mut Shape,
        head: u64,
        request: AppendRequest,
        past: &mut Past,
    ) {
        let reply = self.send(shape, head, &request, Again::No).await;
        if matches!(reply, None | Some(Reply::Unknown)) {
            match shape.0.u32(..3) {
                0 => self.settle(request.append_id().into()).await,
                1 => drop(self.send(shape, head, &request, Again::Yes).await),
                _ => {}
            }
        }
        past.push_front(request);
    }

    /// Sends an append; `None` when the call was dropped before it was answered.
    pub(super) async fn send(
        &self,
        shape: &mut Shape,
        head: u64,
        request: &AppendRequest,
        again: Again,
    ) -> Option<Reply> {
        let mut record = Request::of(request);
        record.again = again == Again::Yes;
        let mut call = call(&self.log, request);
        if shape.percent(3) {
            call = call.timeout(Duration::from_micros(shape.0.u64(1..4_000)));
        }
        let number = self.sent(head, Via::Log, vec![record]);
        let answer = within(shape.patience(), call.into_future()).await?;
        let reply = replies::to_append(answer);
        self.answered(number, vec![reply.clone()]);
        Some(reply)
    }

    /// Reads, and appends if what was read has not changed.
    async fn decide(&self, shape: &mut Shape, past: &mut Past) {
        let query = shape.query();
        let after = Position::new(self.head().await.saturating_sub(shape.0.u64(..100)));
        let context = ReadPart::query(query.clone()).after(after);
        let read = || self.read(ReadRequest::new([context.clone()]));
        let snapshot = answered(read).await;
        let page = reader::page(&query, after, snapshot.head, &snapshot.parts[0]);
        self.records.write(&Record::Page(page));
        let request = append(shape.events()).guarded([Guard::new(query, snapshot.head)]);
        self.send_first(shape, snapshot.head.get(), request, past)
            .await;
    }

    /// An append to a stream of which the last revision was read.
    async fn to_stream(&self, shape: &mut Shape, head: u64) -> AppendRequest {
        let name = format!("stream-{}-{}", head / 4096, shape.0.u64(..6));
        let name = StreamName::new(name).expect("a name");
        let last = answered(|| async {
            let stream = self.log.stream(&name).expect("a name");
            let events = stream.events().backward().limit(1);
            match events.stored().try_next().await {
                Ok(event) => Ok(event.and_then(|event| Some(event.stream?.revision))),
                Err(factos::ReadError::Store(error)) => Err(error),
                Err(error) => panic!("nothing is decoded: {error:?}"),
            }
        });
        let expected = match last.await {
            _ if shape.percent(20) => ExpectedRevision::Any,
            None => ExpectedRevision::NoStream,
            Some(last) => ExpectedRevision::At(last.saturating_sub(shape.0.u64(..8) / 7)),
        };
        append(shape.events()).to_stream(name, expected)
    }

    /// Sends one of its own appends once more.
    async fn repeat(&self, shape: &mut Shape, head: u64, past: &Past) {
        if let Some(request) = shape.0.choice(past) {
            self.send(shape, head, request, Again::Yes).await;
        }
    }

    /// Settles an append that is on its way, or comes late.
    async fn settle_meanwhile(&self, shape: &mut Shape, head: u64) {
        let request = shape.request(head);
        if shape.0.bool() {
            self.settle(request.append_id().into()).await;
        }
        let turns = shape.0.u32(..40);
        let settle = async {
            pass(turns).await;
            self.settle(request.append_id().into()).await;
        };
        tokio::join!(self.send(shape, head, &request, Again::No), settle);
    }

    /// Dispatches a command, whose decider may be called several times.
    async fn dispatch(&self, shape: &mut Shape, head: u64) {
        let call = Id(shape.0.u128(..));
        let counter = format!("{}-{}", head / 512, shape.0.u64(..3));
        let rest = shape.0.u64(..crate::counter::REFUSED);
        self.records.write(&Record::Dispatched {
            call,
            counter: counter.clone(),
            head,
        });
        let dispatch = self.log.dispatch(Count {
            counter,
            call,
            rest,
        });
        if let Some(answer) = within(shape.patience(), dispatch.into_future()).await {
            let outcome = replies::to_dispatch(answer);
            self.records.write(&Record::Decided { call, outcome });
        }
    }
}

/// A request as a call of the log.
fn call(log: &EventLog, request: &AppendRequest) -> Append<factos::AnyConnection> {
    let call = log
        .append(request.events().to_vec())
        .append_id(request.append_id());
    let guards = request.guards().iter().cloned();
    let mut call = guards.fold(call, |call, guard| call.unless(guard.query, guard.after));
    if let Some(stream) = request.stream() {
        call = call.to_stream(stream.name.clone(), stream.expected);
    }
    match request.key() {
        Some(key) => call.idempotency_key(key.clone()),
        None => call,
    }
}

/// An append under an idempotency key that others use at the same time.
fn with_key(shape: &mut Shape, head: u64) -> AppendRequest {
    let key = format!("key-{}-{}", head / 128, shape.0.u64(..4));
    let guards = if shape.0.bool() {
        shape.guards(head)
    } else {
        Vec::new()
    };
    append(shape.events())
        .guarded(guards)
        .with_key(idempotency_key(&key))
}

/// An append with an event that was sent before.
fn with_known_event(shape: &mut Shape, past: &Past) -> AppendRequest {
    let mut events = shape.events();
    if let Some(request) = shape.0.choice(past) {
        events[0].id = request.events()[0].id;
    }
    append(events)
}
