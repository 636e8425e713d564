//! The checker's own tests: a short history by hand that keeps all rules, and what is said when one thing in it is
//! changed.

use factos::store::{AppendRequest, EventStore, ExpectedRevision, Group, Guard as StoreGuard};
use factos::{
    AppendId, EventLog, MemoryStore, NewEvent, Position, StoredEvent, StreamName, Timestamp,
};

use super::violation::Violation;
use super::{Checker, Rule};
use crate::client::replies;
use crate::counter::Count;
use crate::reader;
use crate::record::{
    Id, Outcome, Place, Query, Record, Reply, Request, Sent, Via, idempotency_key,
};
use crate::shape::append;
use crate::support::{event, everything};

/// What a log holds, and what its clients have written down.
struct Told {
    store: MemoryStore,
    events: Vec<StoredEvent>,
    records: Vec<Record>,
}

impl Told {
    /// Has a group appended, and written down as a call of its own.
    fn call(&mut self, via: Via, requests: Vec<(AppendRequest, Vec<usize>)>) {
        let (mut group, mut records) = (Group::new(), Vec::new());
        for (request, on) in requests {
            let mut record = Request::of(&request);
            record.on.clone_from(&on);
            record.again = self.was_sent(request.append_id().into());
            records.push(record);
            group.push_decided_on(request, on);
        }
        let call = self.records.len() as u64;
        let head = self.store.read_now(&everything()).head.get();
        let requests = records;
        self.records.push(Record::Sent(Sent {
            call,
            head,
            via,
            requests,
        }));
        let answers = self.store.append_now(&group).into_iter();
        let replies = answers.map(replies::to_request).collect();
        self.records.push(Record::Answered { call, replies });
    }

    fn was_sent(&self, id: Id) -> bool {
        let mut sent = self.records.iter().filter_map(|record| match record {
            Record::Sent(sent) => Some(&sent.requests),
            _ => None,
        });
        sent.any(|requests| requests.iter().any(|request| request.id == id))
    }

    fn one(&mut self, request: AppendRequest) {
        self.call(Via::Log, vec![(request, Vec::new())]);
    }

    /// The n-th call's first request.
    fn sent(&mut self, n: usize) -> &mut Sent {
        let mut sent = self.records.iter_mut().filter_map(|record| match record {
            Record::Sent(sent) => Some(sent),
            _ => None,
        });
        sent.nth(n).expect("so many calls")
    }

    fn replies(&mut self, n: usize) -> &mut Vec<Reply> {
        let mut answered = self.records.iter_mut().filter_map(|record| match record {
            Record::Answered { replies, .. } => Some(replies),
            _ => None,
        });
        answered.nth(n).expect("so many answers")
    }

    fn place(&mut self, n: usize) -> &mut Place {
        match &mut self.replies(n)[0] {
            Reply::Accepted(place) | Reply::Repeated(place) => place,
            other => panic!("it was not stored: {other:?}"),
        }
    }

    fn find<T>(&mut self, wanted: impl Fn(&mut Record) -> Option<&mut T>) -> &mut T {
        self.records
            .iter_mut()
            .find_map(wanted)
            .expect("there is one")
    }

    /// What the checker finds.
    fn found(self) -> Vec<Violation> {
        let mut checker = Checker::default();
        self.events.iter().for_each(|event| checker.event(event));
        checker.records(self.records);
        checker.finish().found.first
    }
}

fn guard(query: &str, after: u64) -> StoreGuard {
    let of = event("-", &[query]);
    let item = of.tags.iter().fold(factos::QueryItem::new(), |item, tag| {
        item.tagged(tag.clone())
    });
    StoreGuard::new(item.into(), Position::new(after))
}

fn events(tags: &[&str]) -> Vec<NewEvent> {
    tags.iter().map(|tag| event("A", &[tag])).collect()
}

// The calls of the history, and where what they store stands.
const TWO: usize = 0; // 1 and 2
const GUARDED: usize = 1; // 3
const REFUSED: usize = 2;
const GROUP: usize = 3; // 4, 5, then a check
const LOCKED: usize = 4; // 6
const STREAM: usize = 5; // 7
const WRONG_REVISION: usize = 6;
const REPEATED: usize = 7; // 1 and 2 again
const KEY: usize = 8; // 8
const KEY_AGAIN: usize = 9; // 8 again
const DUPLICATE: usize = 10;
const VOID: usize = 11;
const FAILED_ON: usize = 12;
// A counter counts at 9.

/// A history that keeps all rules.
async fn history() -> Told {
    let store = MemoryStore::new();
    let mut told = Told {
        store,
        events: Vec::new(),
        records: vec![Record::Started { seed: 0 }],
    };
    let two = append(events(&["x:1", "x:2"]));
    told.one(two.clone());
    told.one(append(events(&["y:1"])).guarded([guard("x:1", 1)]));
    told.one(append(events(&["y:1"])).guarded([guard("x:2", 9), guard("x:1", 0)]));

    let first = (append(events(&["z:1"])), Vec::new());
    let on_it = (append(events(&["z:2"])).guarded([guard("z:1", 3)]), vec![0]);
    let check = (AppendRequest::check(vec![guard("z:2", 5)]), Vec::new());
    told.call(Via::Group, vec![first, on_it, check]);

    let seen = StoreGuard::new(factos::Query::all(), Position::new(5));
    told.call(
        Via::Locked,
        vec![(append(events(&["w:1"])).guarded([seen]), Vec::new())],
    );

    let stream = StreamName::new("stream").expect("a name");
    let to_stream = |expected| append(events(&["s:1"])).to_stream(stream.clone(), expected);
    told.one(to_stream(ExpectedRevision::NoStream));
    told.one(to_stream(ExpectedRevision::NoStream));
    told.one(two.clone());
    for _ in 0..2 {
        told.one(append(events(&["k:1"])).with_key(idempotency_key("key")));
    }
    told.one(append(two.events().to_vec()));

    let void = append(events(&["v:1"]));
    let id = void.append_id();
    told.records.push(Record::Settling { id: id.into() });
    EventStore::settle(&told.store, id)
        .await
        .expect("memory answers");
    let (id, place) = (id.into(), None);
    told.records.push(Record::Settled { id, place });
    told.one(void);
    let refused = (
        append(events(&["q:1"])).guarded([guard("x:1", 0)]),
        Vec::new(),
    );
    let on_refused = (append(events(&["q:2"])), vec![0]);
    told.call(Via::Group, vec![refused, on_refused]);

    dispatch(&mut told, 1).await;
    dispatch(&mut told, 1).await;
    told.events = told.store.read_now(&everything()).parts.remove(0);
    let all = reader::page(
        &factos::Query::all(),
        Position::START,
        Position::new(9),
        &told.events,
    );
    told.records.push(Record::Page(all));
    told
}

/// Counts once, and is rejected the second time.
async fn dispatch(told: &mut Told, rest: u64) {
    let (call, counter) = (Id(7 + told.records.len() as u128), "c".to_owned());
    let head = told.store.read_now(&everything()).head.get();
    told.records.push(Record::Dispatched {
        call,
        counter: counter.clone(),
        head,
    });
    let count = Count {
        counter,
        call,
        rest,
    };
    let answer = EventLog::new(told.store.clone()).dispatch(count).await;
    let outcome = replies::to_dispatch(answer);
    told.records.push(Record::Decided { call, outcome });
}

#[tokio::test]
async fn a_history_that_keeps_all_rules() {
    let told = history().await;
    assert_eq!(told.events.len(), 9);
    assert_eq!(told.found(), []);
}

/// Changes one thing in the history, and wants these rules, and no others, found broken.
macro_rules! found {
    ($($name:ident: $change:expr => $($rule:ident),+;)+) => {$(
        #[tokio::test]
        async fn $name() {
            let mut told = history().await;
            let change: fn(&mut Told) = $change;
            change(&mut told);
            let found = told.found();
            let rules: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
            assert!(
                [$(Rule::$rule),+].iter().all(|rule| rules.contains(rule))
                    && rules.iter().all(|rule| [$(Rule::$rule),+].contains(rule)),
                "{found:#?}"
            );
        }
    )+};
}

found! {
    a_skipped_position: |told| told.events[8].position = Position::new(10) => Positions, Acknowledged, Reads;
    a_position_given_twice: |told| told.events[1].position = Position::new(1) => Positions, Whole, Acknowledged, Reads;
    a_time_that_goes_back: |told| {
        told.events[0].recorded_at = Timestamp::from_micros(i64::MAX);
    } => Time, Acknowledged, Reads;
    an_event_id_stored_twice: |told| told.events[2].id = told.events[0].id => EventIds, Whole, Reads;
    a_skipped_revision: |told| {
        told.events[6].stream.as_mut().expect("a stream").revision = 4;
    } => Revisions, Acknowledged, Reads;
    an_append_stored_twice: |told| told.events[8].append_id = told.events[0].append_id => Once, Reads;
    an_append_in_part: |told| told.events[1].append_id = told.events[2].append_id => Whole, Acknowledged, Reads;
    changed_tags: |told| told.events[5].tags = event("A", &["w:2"]).tags => Whole, Reads;
    changed_data: |told| told.events[5].data = factos::Data::json("[]").expect("json") => Whole, Reads;
    another_place_than_told: |told| told.place(GUARDED).first = 2 => Acknowledged;
    another_time_than_told: |told| told.place(GUARDED).recorded_at = 0 => Acknowledged;
    a_place_known_before: |told| told.sent(GUARDED).head = 3 => Acknowledged;
    nobody_sent_it: |told| told.events[5].append_id = AppendId::new() => Origin, Acknowledged, Reads;
    a_conflict_that_is_stored: |told| told.replies(GUARDED)[0] = Reply::Conflict(vec![(0, 1)]) => Refused, Reasons;
    a_failure_that_is_stored: |told| told.replies(TWO)[0] = Reply::Failed("away".into()) => Refused;
    a_void_that_is_stored: |told| {
        let id = told.sent(GUARDED).requests[0].id;
        told.records.push(Record::Settled { id, place: None });
    } => Refused;
    a_void_that_nobody_made: |told| {
        told.records.retain(|record| !matches!(record, Record::Settling { .. } | Record::Settled { .. }));
    } => Reasons;
    a_guard_against_an_event_in_front: |told| told.sent(GUARDED).requests[0].guards[0].after = 0 => Guards;
    a_guard_against_all: |told| told.sent(LOCKED).requests[0].guards[0].after = 4 => Guards;
    an_edge_that_was_not_there: |told| told.sent(GROUP).requests[1].on.clear() => Guards;
    an_edge_to_what_is_not_there: |told| told.sent(GROUP).requests[1].on[0] = 2 => Dependence, Guards;
    a_group_out_of_order: |told| {
        let requests = &mut told.sent(GROUP).requests;
        (requests[1].on, requests[1].guards) = (Vec::new(), Vec::new());
        requests.swap(0, 1);
        told.replies(GROUP).swap(0, 1);
    } => Group;
    a_group_with_others_between: |told| {
        let other = told.sent(LOCKED).requests[0].clone();
        let reply = told.replies(LOCKED)[0].clone();
        told.sent(TWO).via = Via::Group;
        told.sent(TWO).requests.push(other);
        told.replies(TWO).push(reply);
        told.records.retain(|record| !matches!(record, Record::Answered { call, .. } if *call == 9));
    } => Group;
    a_group_that_lacks_one: |told| {
        let mut request = told.sent(GROUP).requests[0].clone();
        request.id = Id(1);
        told.sent(GROUP).requests.push(request);
        told.replies(GROUP).push(Reply::Unknown);
    } => Group;
    a_conflict_for_the_wrong_event: |told| told.replies(REFUSED)[0] = Reply::Conflict(vec![(1, 3)]) => Reasons;
    a_conflict_for_no_guard: |told| told.replies(REFUSED)[0] = Reply::Conflict(Vec::new()) => Reasons;
    a_conflict_for_another_guard: |told| told.replies(REFUSED)[0] = Reply::Conflict(vec![(2, 1)]) => Reasons;
    a_dependence_that_did_not_fail: |told| told.sent(FAILED_ON).requests[1].on.clear() => Reasons;
    an_event_id_that_is_not_there: |told| told.replies(DUPLICATE)[0] = Reply::DuplicateEventId(Id(1)) => Reasons;
    a_revision_that_was_expected: |told| told.replies(WRONG_REVISION)[0] = Reply::WrongRevision { next: 0 } => Reasons;
    a_revision_that_never_was: |told| told.replies(WRONG_REVISION)[0] = Reply::WrongRevision { next: 2 } => Reasons;
    a_repetition_of_nothing: |told| told.sent(REPEATED).requests[0].again = false => Reasons, Acknowledged;
    a_repetition_that_is_refused: |told| {
        told.sent(REPEATED).requests[0].guards = vec![crate::record::Guard { query: Query(Vec::new()), after: 7 }];
        told.replies(REPEATED)[0] = Reply::Conflict(vec![(0, 8)]);
    } => Refused;
    an_append_accepted_twice: |told| {
        let place = *told.place(REPEATED);
        told.replies(REPEATED)[0] = Reply::Accepted(place);
    } => Once;
    a_key_used_twice: |told| {
        told.sent(STREAM).requests[0].key = Some("key".into());
    } => Once;
    a_key_answered_with_another: |told| {
        let place = *told.place(STREAM);
        told.replies(KEY_AGAIN)[0] = Reply::Repeated(place);
    } => Once;
    an_answer_for_another: |told| {
        let place = *told.place(KEY);
        told.replies(GUARDED)[0] = Reply::Repeated(place);
    } => Acknowledged, Reasons, Refused;
    a_confirmation_of_a_broken_guard: |told| told.sent(GROUP).requests[2].guards[0].after = 4 => Confirmed;
    a_confirmation_against_what_was_known: |told| {
        told.sent(GROUP).requests[2].guards[0] = crate::record::Guard { query: Query(Vec::new()), after: 2 };
    } => Confirmed;
    something_between_a_locked_read_and_its_append: |told| told.sent(LOCKED).head = 4 => Confirmed;
    an_event_that_a_reader_missed: |told| told.find(page).positions.retain(|position| *position != 4) => Reads;
    an_event_that_a_reader_saw_twice: |told| told.find(page).positions.insert(3, 3) => Reads;
    contents_that_a_reader_saw: |told| told.find(page).digest = 0 => Reads;
    a_reader_beyond_the_head: |told| told.find(page).upto = 10 => Reads;
    a_reader_that_skips: |told| {
        let mut page = told.find(page).clone();
        page.reader = Some("reader".into());
        let (mut one, mut two) = (page.clone(), page);
        (one.upto, one.positions, one.digest) = (0, Vec::new(), crate::disturbed::digest::of_all([]));
        (two.after, two.positions, two.digest) = (9, Vec::new(), crate::disturbed::digest::of_all([]));
        told.records.extend([one, two].map(Record::Page));
    } => Reads;
    a_decision_on_another_count: |told| {
        told.events[8].data = factos::Data::json(r#"{"counter":"c","saw":1,"call":"1"}"#).expect("json");
    } => Guards, Origin, Acknowledged, Reads;
    a_rejection_that_counts: |told| *told.find(outcome) = Outcome::Rejected { saw: 1 } => Refused;
    a_rejection_on_what_never_was: |told| {
        told.records.retain(|record| !matches!(record, Record::Decided { outcome: Outcome::Accepted { .. }, .. }));
        *told.find(outcome) = Outcome::Rejected { saw: 2 };
    } => Confirmed;
    what_nobody_should_hear: |told| told.replies(VOID)[0] = Reply::Unexpected("a".into()) => Answers;
    too_few_answers: |told| drop(told.replies(GROUP).pop()) => Answers;
    an_answer_without_a_call: |told| told.records.push(Record::Answered { call: 99, replies: Vec::new() }) => Answers;
}

fn page(record: &mut Record) -> Option<&mut crate::record::Page> {
    match record {
        Record::Page(page) => Some(page),
        _ => None,
    }
}

fn outcome(record: &mut Record) -> Option<&mut Outcome> {
    match record {
        Record::Decided { outcome, .. } => Some(outcome),
        _ => None,
    }
}

/// What nobody was told may have happened as a whole, or not at all.
#[tokio::test]
async fn what_was_not_answered_may_be_there_or_not() {
    for call in [
        TWO,
        REFUSED,
        GROUP,
        LOCKED,
        STREAM,
        WRONG_REVISION,
        DUPLICATE,
        VOID,
    ] {
        let mut told = history().await;
        let number = told.sent(call).call;
        told.records
            .retain(|record| !matches!(record, Record::Answered { call, .. } if *call == number));
        assert_eq!(told.found(), [], "call {call}");
    }
}
