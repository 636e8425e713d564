//! The checker's own tests: a short history that keeps all rules, and what is said when one thing in it is changed.

use factos::{AppendId, Data, EventLog, MemoryStore, Metadata, Position, StoredEvent, Timestamp};

use super::{Checker, Rule, Violation};
use crate::client::{Client, Manner};
use crate::disturbed::records::read;
use crate::domain::*;
use crate::record::{Called, LostTo, Outcome, Record, Recorder, Work};
use crate::support::everything;
use crate::work::Mix;

/// What a log holds, and what its clients have written down.
struct Told {
    events: Vec<StoredEvent>,
    records: Vec<Record>,
}

impl Told {
    fn called(&mut self, call: u64) -> &mut Called {
        let mut called = self.records.iter_mut().filter_map(|record| match record {
            Record::Called(called) => Some(called),
            _ => None,
        });
        let found = called.find(|called| called.call == call);
        found.expect("it was called")
    }

    fn outcome(&mut self, call: u64) -> &mut Outcome {
        let mut ended = self.records.iter_mut().filter_map(|record| match record {
            Record::Ended { call, outcome } => Some((*call, outcome)),
            _ => None,
        });
        let found = ended.find(|ended| ended.0 == call);
        found.expect("it has ended").1
    }

    fn command(&mut self, call: u64) -> &mut AnyCommand {
        match &mut self.called(call).work {
            Work::Dispatch(command) => command,
            Work::Append(_) => panic!("call {call} is an append"),
        }
    }

    /// Where a call was told to stand, and as which append.
    fn stored(&mut self, call: u64) -> (&mut u128, &mut (u64, u64), &mut Option<u64>) {
        match self.outcome(call) {
            Outcome::Stored {
                append,
                place,
                digest,
            } => (append, place, digest),
            other => panic!("it was not stored: {other:?}"),
        }
    }

    fn saw(&mut self, call: u64) -> &mut Trace {
        match self.outcome(call) {
            Outcome::Refused { refused, .. } => &mut refused.saw,
            other => panic!("it was not refused: {other:?}"),
        }
    }

    /// The positions at which a call that wrote nothing can have been decided.
    fn window(&mut self, call: u64, from: u64, to: u64) {
        self.called(call).head = from;
        match self.outcome(call) {
            Outcome::Empty { upto } | Outcome::Refused { upto, .. } => *upto = to,
            other => panic!("it was stored: {other:?}"),
        }
    }

    fn lost_to(&mut self) -> &mut LostTo {
        match self.outcome(LOST) {
            Outcome::Conflict { by: Some(by) } => by,
            other => panic!("it did not lose: {other:?}"),
        }
    }

    /// Nothing is known of what was told, but of the append.
    fn forgets(&mut self, call: u64) {
        let append = *self.stored(call).0;
        *self.outcome(call) = Outcome::Unknown { append };
    }

    fn settled(&mut self, call: u64, place: Option<(u64, u64)>) {
        let append = *self.stored(call).0;
        self.records.push(Record::Settled {
            call,
            append,
            place,
        });
    }

    /// One more event at the end, a copy of another one.
    fn copy(&mut self, of: usize) -> &mut StoredEvent {
        let mut event = self.events[of].clone();
        event.position = Position::new(HEAD + 1);
        event.append_id = AppendId::new();
        self.events.push(event);
        self.events.last_mut().expect("it was pushed")
    }

    /// An event disappears, those behind it move up, and nobody knows another place of them.
    fn lose(&mut self, index: usize) {
        let lost = self.events.remove(index).position.get();
        let moved = |position: u64| position - u64::from(position >= lost);
        for event in &mut self.events[index..] {
            event.position = Position::new(moved(event.position.get()));
        }
        for record in &mut self.records {
            match record {
                Record::Called(called) => called.head = moved(called.head),
                Record::Ended { outcome, .. } => match outcome {
                    Outcome::Stored { place, digest, .. } => {
                        // The first event of an append is not the one that is lost.
                        *place = (place.0 - u64::from(place.0 > lost), moved(place.1));
                        *digest = None;
                    }
                    Outcome::Empty { upto } | Outcome::Refused { upto, .. } => *upto = moved(*upto),
                    Outcome::Conflict { by: Some(by) } => by.position = moved(by.position),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// What the checker finds.
    fn found(self) -> Vec<Violation> {
        let mut checker = Checker::default();
        checker.records(self.records);
        checker.begin_log();
        self.events
            .into_iter()
            .for_each(|event| checker.event(event));
        checker.finish().found.first
    }
}

// The calls of the history, and where what they store stands.
const APPENDED: u64 = 1; // 1 and 2
const WITHDRAWN: u64 = 2; // 3
const POOR: u64 = 3;
const SAME_RATE: u64 = 4;
const TRANSFERRED: u64 = 5; // 4 and 5
const SEATED: u64 = 6; // 6 to 8
const SEATED_TWICE: u64 = 7;
const LEFT: u64 = 8; // 9
const SAME_NOTE: u64 = 9;
const NOTED: u64 = 10; // 10
const ODD: u64 = 11;
const RISKS: [u64; 4] = [12, 13, 14, 15]; // 11 to 13: one panics
const RICH: u64 = 16; // 14
const HEAD: u64 = 14;
// These are written down by hand.
const LOST: u64 = 17;
const VOID: u64 = 18;
const DROPPED: u64 = 19;

fn works() -> Vec<Work> {
    let deposited = BankEvent::Deposited {
        account: 1,
        amount: 50,
        call: APPENDED,
    };
    let noted = BankEvent::Noted {
        account: 1,
        text: 7,
        call: APPENDED,
        saw: Trace(0),
    };
    let withdraw = |call, account, amount| {
        AnyCommand::Withdraw(Withdraw {
            account,
            amount,
            call,
        })
    };
    let seats = |call| {
        AnyCommand::TakeSeats(TakeSeats {
            rooms: vec![1, 2],
            guest: 3,
            sponsor: Some(1),
            call,
        })
    };
    let note = |call, text| {
        let account = 2;
        AnyCommand::WriteNote(WriteNote {
            account,
            text,
            call,
        })
    };
    let risk = |(fuse, call)| {
        AnyCommand::Risk(Risk {
            account: 9,
            limit: 5,
            fuse,
            micros: 0,
            call,
        })
    };
    let commands = [
        withdraw(WITHDRAWN, 1, 10),
        withdraw(POOR, 2, 1),
        AnyCommand::SetRate(SetRate {
            percent: 0,
            call: SAME_RATE,
        }),
        AnyCommand::Transfer(Transfer {
            from: 1,
            to: 2,
            amount: 5,
            call: TRANSFERRED,
        }),
        seats(SEATED),
        seats(SEATED_TWICE),
        AnyCommand::LeaveSeat(LeaveSeat {
            room: 1,
            guest: 3,
            call: LEFT,
        }),
        note(SAME_NOTE, 0),
        note(NOTED, 1),
        AnyCommand::Audit(Audit {
            account: 1,
            call: ODD,
        }),
    ];
    let append = Work::Append(vec![deposited, noted]);
    let risks = (0..).zip(RISKS).map(risk);
    let commands = commands.into_iter().chain(risks);
    let commands = commands.chain([withdraw(RICH, 2, 1)]);
    [append]
        .into_iter()
        .chain(commands.map(Work::Dispatch))
        .collect()
}

/// A history that keeps all rules.
async fn history() -> Told {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("records");
    let records = Recorder::create(&file, &Record::Started { seed: 0 });
    let store = MemoryStore::new();
    let client = Client::new(
        EventLog::new(store.clone()),
        records,
        Mix::default(),
        u64::MAX,
    );
    for (call, work) in (1..).zip(works()) {
        let head = client.head().await;
        client.call(call, head, work, Manner::patient()).await;
    }
    let mut told = Told {
        events: store.read_now(&everything()).parts.remove(0),
        records: read(&file).collect(),
    };
    for call in [LOST, VOID, DROPPED] {
        let deposit = Deposit {
            account: 1,
            amount: 5,
            call,
        };
        told.records.push(Record::Called(Called {
            call,
            head: HEAD,
            work: Work::Dispatch(AnyCommand::Deposit(deposit)),
            rounds: (call == LOST).then_some(1),
        }));
    }
    let lost = Outcome::Conflict {
        by: Some(LostTo {
            position: 3,
            r#type: "Withdrawn".into(),
            tags: vec!["account:1".into()],
            rounds: 1,
        }),
    };
    let append = 5;
    let unknown = Outcome::Unknown { append };
    let ended = [(LOST, lost), (VOID, unknown)];
    let ended = ended.map(|(call, outcome)| Record::Ended { call, outcome });
    told.records.extend(ended);
    told.records.push(Record::Settled {
        call: VOID,
        append,
        place: None,
    });
    told
}

#[tokio::test]
async fn a_history_that_keeps_all_rules() {
    let mut told = history().await;
    assert_eq!(told.events.len() as u64, HEAD);
    for call in [POOR, SEATED_TWICE, ODD] {
        told.saw(call);
    }
    for call in [SAME_RATE, SAME_NOTE] {
        assert!(matches!(told.outcome(call), Outcome::Empty { .. }));
    }
    let panicked = RISKS.map(|call| matches!(told.outcome(call), Outcome::Panicked(_)));
    assert_eq!(panicked.iter().filter(|panicked| **panicked).count(), 1);
    assert_eq!(told.found(), []);
}

/// What may happen, too, though it did not.
macro_rules! sound {
    ($($name:ident: $change:expr;)+) => {$(
        #[tokio::test]
        async fn $name() {
            let mut told = history().await;
            let change: fn(&mut Told) = $change;
            change(&mut told);
            assert_eq!(told.found(), []);
        }
    )+};
}

sound! {
    what_was_not_answered_may_be_there_or_not: |told| {
        told.records.retain(|record| !matches!(record, Record::Ended { .. }));
    };
    what_nobody_knows_may_be_there: |told| {
        for call in [APPENDED, WITHDRAWN, SEATED] {
            let place = *told.stored(call).1;
            told.settled(call, Some(place));
            told.forgets(call);
        }
    };
    an_answer_may_rest_on_any_position_of_its_call: |told| {
        for call in [POOR, SAME_RATE] {
            told.window(call, 0, HEAD);
        }
    };
    a_stored_append_may_be_told_without_its_events: |told| *told.stored(SEATED).2 = None;
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

fn data(json: &str) -> Data {
    Data::json(json.to_owned()).expect("json")
}

found! {
    a_skipped_position: |told| told.events[13].position = Position::new(15) => Positions, Acknowledged;
    an_event_that_nobody_decided: |told| {
        told.events[0].data = data(r#"{"account":1,"amount":49,"call":1}"#);
    } => Decision, Acknowledged;
    tags_that_nobody_decided: |told| told.events[13].tags = told.events[3].tags.clone() => Decision, Acknowledged;
    a_type_that_nobody_decided: |told| {
        told.events[5].event_type = told.events[8].event_type.clone();
    } => Decision, Acknowledged, Confirmed;
    an_append_in_part_that_others_were_decided_on: |told| told.lose(1) => Whole, Decision, Confirmed;
    a_decision_on_a_state_that_never_was: |told| {
        // Another deposit than the one that others have seen.
        let Work::Append(events) = &mut told.called(APPENDED).work else { return };
        events[0] = BankEvent::Deposited { account: 1, amount: 50, call: 77 };
        told.events[0].data = data(r#"{"account":1,"amount":50,"call":77}"#);
        *told.stored(APPENDED).2 = None;
    } => Decision, Confirmed;
    a_decision_that_was_to_be_refused: |told| {
        *told.command(WITHDRAWN) = AnyCommand::Withdraw(Withdraw { account: 1, amount: 51, call: WITHDRAWN });
    } => Decision;
    a_decision_that_was_to_be_empty: |told| {
        *told.command(NOTED) = AnyCommand::WriteNote(WriteNote { account: 2, text: 0, call: NOTED });
    } => Decision;
    a_decision_that_was_to_panic: |told| {
        let panics = RISKS.into_iter().position(|call| !matches!(told.outcome(call), Outcome::Stored { .. }));
        let fuse = panics.expect("one panics") as u64;
        let call = RISKS[usize::from(fuse == 0)];
        *told.command(call) = AnyCommand::Risk(Risk { account: 9, limit: 5, fuse, micros: 0, call });
    } => Decision;
    a_recorded_time_that_nobody_saw: |told| {
        // The second note of account 2 was decided on when the first one was recorded, which is read from no other event.
        told.events[4].event_type = told.events[1].event_type.clone();
        told.events[4].recorded_at = Timestamp::from_micros(1);
        *told.stored(TRANSFERRED).2 = None;
    } => Decision;
    an_append_in_part: |told| told.lose(7) => Whole, Confirmed;
    an_append_in_two_pieces: |told| told.events[7].append_id = AppendId::new() => Whole, Once, Acknowledged;
    an_append_of_two_calls: |told| {
        told.events[7].metadata = Metadata::new().with(Metadata::OPERATION_ID, LEFT.to_string());
        *told.stored(SEATED).2 = None;
        told.records.retain(|record| !matches!(record, Record::Called(called) if called.call == RICH));
        told.records.retain(|record| !matches!(record, Record::Ended { call, .. } if *call == RICH));
        told.events.pop();
    } => Whole;
    a_call_stored_twice: |told| { told.copy(2); } => Once;
    an_event_that_nobody_sent: |told| told.copy(2).metadata = Metadata::new() => Origin;
    a_call_that_nobody_made: |told| {
        told.copy(2).metadata = Metadata::new().with(Metadata::OPERATION_ID, "77");
    } => Origin;
    another_place_than_told: |told| told.stored(WITHDRAWN).1.0 = 2 => Acknowledged;
    another_append_than_told: |told| *told.stored(WITHDRAWN).0 = 2 => Acknowledged;
    other_events_than_told: |told| *told.stored(WITHDRAWN).2 = Some(2) => Acknowledged;
    another_append_than_the_unknown_one: |told| {
        told.forgets(WITHDRAWN);
        *told.outcome(WITHDRAWN) = Outcome::Unknown { append: 7 };
    } => Acknowledged;
    a_place_known_before: |told| told.called(WITHDRAWN).head = 3 => Acknowledged;
    a_lost_append: |told| {
        told.events.pop();
    } => Acknowledged;
    an_append_settled_that_is_not_there: |told| {
        told.settled(RICH, Some((HEAD, HEAD)));
        told.forgets(RICH);
        told.events.pop();
    } => Acknowledged;
    an_append_settled_elsewhere: |told| {
        told.settled(RICH, Some((2, 2)));
        told.forgets(RICH);
    } => Acknowledged;
    a_void_that_is_stored: |told| told.settled(RICH, None) => Refused;
    a_failure_that_is_stored: |told| *told.outcome(RICH) = Outcome::Failed(String::new()) => Refused;
    a_conflict_that_is_stored: |told| {
        told.called(RICH).rounds = Some(2);
        *told.outcome(RICH) = Outcome::Conflict { by: None };
    } => Refused;
    a_refusal_that_is_stored: |told| {
        let refused = told.outcome(POOR).clone();
        *told.outcome(RICH) = refused;
    } => Refused, Confirmed;
    an_empty_answer_that_is_stored: |told| *told.outcome(RICH) = Outcome::Empty { upto: HEAD } => Refused, Confirmed;
    a_panic_that_is_stored: |told| {
        let panic = RISKS.into_iter().find(|call| matches!(told.outcome(*call), Outcome::Stored { .. }));
        let call = panic.expect("one is stored");
        *told.outcome(call) = Outcome::Panicked(format!("{PLANNED}{call}"));
    } => Refused;
    a_refusal_on_a_state_that_never_was: |told| told.saw(POOR).0 += 1 => Confirmed;
    a_refusal_on_a_state_before_its_call: |told| told.window(ODD, 0, 5) => Confirmed;
    a_refusal_on_a_state_behind_its_call: |told| {
        let head = HEAD - 1;
        *told.command(POOR) = AnyCommand::Withdraw(Withdraw { account: 1, amount: 1_000, call: POOR });
        told.window(POOR, head, head);
    } => Confirmed;
    a_refusal_inside_an_append: |told| {
        // The seat of room 1 is taken, the sponsor has not paid yet.
        told.window(SEATED_TWICE, 6, 7);
    } => Confirmed;
    a_refusal_for_another_reason: |told| {
        let refused = Refused { reason: Reason::Full, saw: *told.saw(POOR) };
        *told.outcome(POOR) = Outcome::Refused { refused, upto: 3 };
    } => Confirmed;
    a_refusal_instead_of_nothing: |told| *told.outcome(POOR) = Outcome::Empty { upto: 3 } => Confirmed;
    nothing_instead_of_an_event: |told| {
        *told.command(SAME_RATE) = AnyCommand::SetRate(SetRate { percent: 1, call: SAME_RATE });
    } => Confirmed;
    an_answer_behind_the_end: |told| told.window(SAME_RATE, 90, 99) => Confirmed;
    a_conflict_with_another_event: |told| told.lost_to().position = 4 => Reasons;
    a_conflict_with_other_tags: |told| told.lost_to().tags.clear() => Reasons;
    a_conflict_with_nothing: |told| told.lost_to().position = 99 => Reasons;
    a_conflict_after_too_few_rounds: |told| told.called(LOST).rounds = Some(2) => Reasons;
    a_conflict_with_rounds_left: |told| told.called(LOST).rounds = None => Reasons;
    a_panic_of_what_cannot_panic: |told| *told.outcome(LOST) = Outcome::Panicked(format!("{PLANNED}{LOST}")) => Answers;
    a_panic_of_another: |told| {
        let panic = RISKS.into_iter().find(|call| matches!(told.outcome(*call), Outcome::Panicked(_)));
        *told.outcome(panic.expect("one panics")) = Outcome::Panicked(format!("{PLANNED}{LOST}"));
    } => Answers;
    what_nobody_should_hear: |told| *told.outcome(LOST) = Outcome::Unexpected(String::new()) => Answers;
    an_end_without_a_call: |told| {
        told.records.push(Record::Ended { call: 99, outcome: Outcome::Failed(String::new()) });
    } => Answers;
}
