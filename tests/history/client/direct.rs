//! Calls as the library makes them: groups with edges, checks, and decisions under the lock, handed to the store.

use std::sync::Arc;

use factos::store::{
    AppendRequest, DecideLocked, EventStore, Group, Guard, ReadPart, ReadRequest, Snapshot,
    StoreError,
};
use factos::{NewEvent, Position};

use super::{Client, Past, replies};
use crate::disturbed::patience::within;
use crate::reader;
use crate::record::{Record, Request, Via};
use crate::shape::{Shape, append};

impl Client {
    pub(super) async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        self.store.read(request).await
    }

    /// A group whose requests depend on each other, conflict with each other, or have nothing to do with each other.
    pub(super) async fn group(&self, shape: &mut Shape, head: u64, past: &Past) {
        let mut made = Made::default();
        for _ in 0..shape.0.usize(2..7) {
            made.add_random(shape, head, past);
        }
        self.send_group(shape, head, made).await;
    }

    /// Guards that are only to be confirmed.
    pub(super) async fn check(&self, shape: &mut Shape, head: u64) {
        let mut made = Made::default();
        for _ in 0..shape.0.usize(1..4) {
            let seen = head.saturating_sub(shape.0.u64(..12));
            made.add(AppendRequest::check(shape.guards(seen)), Vec::new());
        }
        self.send_group(shape, head, made).await;
    }

    async fn send_group(&self, shape: &mut Shape, head: u64, made: Made) {
        let count = made.records.len();
        let call = self.sent(head, Via::Group, made.records);
        let Some(answers) = within(shape.patience(), self.store.append(made.group)).await else {
            return;
        };
        let replies = match answers {
            Ok(answers) => answers.into_iter().map(replies::to_request).collect(),
            Err(error) => vec![replies::to_error(&error); count],
        };
        self.answered(call, replies);
    }

    /// Reads, decides and perhaps appends under the lock. What it decides is written down before the store gets it.
    pub(super) async fn locked(self: &Arc<Self>, shape: &mut Shape, head: u64) {
        let query = shape.query();
        let after = Position::new(head.saturating_sub(shape.0.u64(..100)));
        let read = ReadRequest::new([ReadPart::query(query.clone()).after(after)]);
        let request = shape.0.bool().then(|| {
            let events = shape.events();
            (shape.guards(head), events)
        });
        let (client, number) = (self.clone(), Arc::new(std::sync::OnceLock::new()));
        let decided = number.clone();
        let decide: DecideLocked = Box::new(move |snapshot: Snapshot| {
            let page = reader::page(&query, after, snapshot.head, &snapshot.parts[0]);
            client.records.write(&Record::Page(page));
            let (guards, events) = request?;
            let seen = Guard::new(query, snapshot.head);
            let request = append(events).guarded(guards).guarded([seen]);
            let sent = client.sent(
                snapshot.head.get(),
                Via::Locked,
                vec![Request::of(&request)],
            );
            decided.set(sent).expect("it decides once");
            Some(request)
        });
        let answer = within(shape.patience(), self.store.locked(read, decide)).await;
        let reply = match answer {
            Some(Ok(Some(answer))) => replies::to_request(answer),
            Some(Err(error)) => replies::to_error(&error),
            Some(Ok(None)) | None => return,
        };
        if let Some(call) = number.get() {
            self.answered(*call, vec![reply]);
        }
    }
}

/// A group in the making, and its records.
#[derive(Default)]
struct Made {
    group: Group,
    records: Vec<Request>,
    requests: Vec<AppendRequest>,
}

impl Made {
    fn add(&mut self, request: AppendRequest, on: Vec<usize>) {
        let mut record = Request::of(&request);
        record.on.clone_from(&on);
        self.add_record(request, on, record);
    }

    fn add_record(&mut self, request: AppendRequest, on: Vec<usize>, record: Request) {
        self.records.push(record);
        self.requests.push(request.clone());
        self.group.push_decided_on(request, on);
    }

    fn add_random(&mut self, shape: &mut Shape, head: u64, past: &Past) {
        let mut guards = if shape.0.bool() {
            shape.guards(head)
        } else {
            Vec::new()
        };
        let mut on = Vec::new();
        if let Some((earlier, event)) = self.an_earlier_event(shape) {
            // Refused if the earlier one is accepted, unless it was decided on it.
            guards.push(Guard::new(shape.query_of(&event), Position::new(head)));
            on.extend(shape.percent(60).then_some(earlier));
        }
        match (shape.0.u32(..20), past.front()) {
            (0 | 1, _) => self.add(AppendRequest::check(guards), on),
            (2, Some(known)) => {
                let mut record = Request::of(known);
                record.again = true;
                self.add_record(known.clone(), Vec::new(), record);
            }
            _ => self.add(append(shape.events()).guarded(guards), on),
        }
    }

    /// An event of a request in front, now and then.
    fn an_earlier_event(&self, shape: &mut Shape) -> Option<(usize, NewEvent)> {
        if self.requests.is_empty() || shape.percent(40) {
            return None;
        }
        let earlier = shape.0.usize(..self.requests.len());
        let event = self.requests[earlier].events().first()?;
        Some((earlier, event.clone()))
    }
}
