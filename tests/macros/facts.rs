//! Facts: what is inferred, and how it folds.

use std::fmt::Debug;

use factos::prelude::*;
use factos::{EventId, Fact, FoldInput, NewEvent, Position, StoredEvent, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub(crate) enum Account {
    #[event(name = "AccountOpened", alias = "AccountCreated")]
    Opened {
        #[tag]
        account: String,
        amount: i64,
    },
    Deposited {
        #[tag]
        account: String,
        amount: i64,
    },
    Transferred {
        #[tag(account)]
        from: String,
        #[tag(account)]
        to: String,
        amount: i64,
    },
    #[event(name = "TermEnded")]
    Ended,
    Noted {
        #[tag]
        topics: Vec<String>,
        #[tag]
        account: Option<String>,
    },
}
use Account::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub(crate) struct RateChanged {
    #[tag]
    pub(crate) country: String,
    pub(crate) percent: u32,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(crate) enum Bank {
    Account(Account),
    Rate(RateChanged),
}

/// The items of a fact's query as text: types in brackets, then tags.
fn query(fact: &impl Fact) -> String {
    let query = fact.query().expect("query");
    let items = query.items().iter().map(|item| {
        let types: Vec<&str> = item.types().iter().map(factos::EventType::as_str).collect();
        format!("[{}] {}", types.join(" "), item.tags())
    });
    items.collect::<Vec<_>>().join("; ").trim().to_owned()
}

fn opened(account: &str, amount: i64) -> Account {
    Opened {
        account: account.to_owned(),
        amount,
    }
}

fn deposited(account: &str, amount: i64) -> Account {
    Deposited {
        account: account.to_owned(),
        amount,
    }
}

fn transferred(from: &str, to: &str, amount: i64) -> Account {
    Transferred {
        from: from.to_owned(),
        to: to.to_owned(),
        amount,
    }
}

fn history() -> Vec<Account> {
    vec![
        opened("a", 10),
        opened("b", 20),
        deposited("a", 5),
        transferred("a", "b", 3),
        Ended,
        Noted {
            topics: vec!["x".into(), "y".into()],
            account: Some("a".into()),
        },
        deposited("b", 100),
    ]
}

/// A fact changes on no event that it does not read: folding its query's events gives what folding all of them gives.
#[track_caller]
fn reads_what_changes_it<F: Fact>(fact: &F, events: &[F::Input]) -> F::State
where
    F::State: PartialEq + Debug,
{
    let query = fact.query().expect("query");
    let mut state = fact.initial();
    for event in events {
        let encoded = NewEvent::encode(event.event()).expect("encode");
        let next = fact.apply(state.clone(), event);
        if query.matches(&encoded.event_type, &encoded.tags) {
            state = next;
        } else if !query
            .items()
            .iter()
            .any(|item| item.types().contains(&encoded.event_type))
        {
            assert_eq!(next, state, "{} changed on {}", F::NAME, encoded.event_type);
        }
    }
    assert_eq!(state, fact.over(events), "{}", F::NAME);
    state
}

#[fact]
fn or_patterns(n: i64, event: &Account, #[tag] account: &str) -> i64 {
    match event {
        Opened { amount, .. } | Deposited { amount, .. } if *amount > 4 => n + amount,
        Transferred { from, amount, .. } if from == account => n - amount,
        Account::Transferred { amount, .. } => n + amount,
    }
}

#[test]
fn or_patterns_guards_and_paths() {
    let fact = or_patterns("a");
    assert_eq!(
        query(&fact),
        "[AccountOpened AccountCreated Deposited Transferred] account:a"
    );
    assert_eq!(reads_what_changes_it(&fact, &history()), 12);
    assert_eq!(reads_what_changes_it(&or_patterns("b"), &history()), 123);
}

#[fact]
fn bound(last: Option<Account>, event: &Account) -> Option<Account> {
    match event {
        found @ (Ended | Opened { .. }) => Some(found.clone()),
        _ => last,
    }
}

#[test]
fn bindings_units_and_a_wildcard_that_keeps() {
    assert_eq!(query(&bound()), "[TermEnded AccountOpened AccountCreated]");
    assert_eq!(reads_what_changes_it(&bound(), &history()), Some(Ended));
}

#[fact]
fn if_let(n: u32, event: &Account) -> u32 {
    if let Deposited { amount, .. } = event
        && *amount > 50
    {
        n + 1
    } else if let Ended = event {
        n + 10
    } else {
        n
    }
}

#[fact]
fn let_else(n: i64, event: &Account) -> i64 {
    let Deposited { amount, .. } = event else {
        return n;
    };
    n + amount
}

#[fact]
fn with_matches(already: bool, event: &Account) -> bool {
    already || matches!(event, Ended | Transferred { .. })
}

#[fact]
fn not_matches(n: u32, event: &Account) -> u32 {
    if !matches!(event, Ended) {
        return n;
    }
    n + 1
}

#[fact]
fn not_in_the_tail(n: i64, event: &Account, factor: i64) -> i64 {
    let twice = factor * 2;
    let amount = match event {
        Opened { amount, .. } | Deposited { amount, .. } => *amount,
    };
    n + amount * twice
}

#[fact]
fn early_return(mut n: i64, event: &Account) -> i64 {
    if let Opened { amount, .. } = event {
        return n + amount;
    }
    match event {
        Deposited { amount, .. } => n += amount,
        _ => {}
    }
    n
}

#[fact]
fn with_the_state(state: Option<u32>, event: &Account) -> Option<u32> {
    match (state, event) {
        (None, Opened { .. }) => Some(0),
        (Some(n), Deposited { .. }) => Some(n + 1),
        (kept, _) => kept,
    }
}

#[fact]
fn event_first(state: Option<u32>, event: &Account) -> Option<u32> {
    match (event, &state) {
        (Opened { .. }, None) => Some(0),
        (Deposited { .. }, Some(n)) => Some(n + 1),
    }
}

#[fact]
fn taken_apart((n, sum): (u32, i64), event: &Account) -> (u32, i64) {
    match event {
        Deposited { amount, .. } => (n + 1, sum + amount),
    }
}

#[fact]
fn in_place(seen: &mut Vec<String>, event: &Account) {
    match event {
        Opened { account, .. } => seen.push(account.clone()),
        Deposited { account, .. } if seen.contains(account) => seen.push("again".to_owned()),
        _ => {}
    }
}

#[fact]
fn on_an_argument(n: u32, event: &Account, wanted: Option<i64>) -> u32 {
    match wanted {
        Some(wanted) => match event {
            Deposited { amount, .. } if *amount == wanted => n + 1,
        },
        None => n,
    }
}

#[test]
fn every_accepted_shape_keeps_the_state_on_what_it_does_not_read() {
    let events = history();
    assert_eq!(query(&if_let()), "[Deposited TermEnded]");
    assert_eq!(reads_what_changes_it(&if_let(), &events), 11);
    assert_eq!(query(&let_else()), "[Deposited]");
    assert_eq!(reads_what_changes_it(&let_else(), &events), 105);
    assert_eq!(query(&with_matches()), "[TermEnded Transferred]");
    assert!(reads_what_changes_it(&with_matches(), &events));
    assert_eq!(query(&not_matches()), "[TermEnded]");
    assert_eq!(reads_what_changes_it(&not_matches(), &events), 1);
    assert_eq!(
        query(&not_in_the_tail(3)),
        "[AccountOpened AccountCreated Deposited]"
    );
    assert_eq!(reads_what_changes_it(&not_in_the_tail(3), &events), 810);
    assert_eq!(
        query(&early_return()),
        "[AccountOpened AccountCreated Deposited]"
    );
    assert_eq!(reads_what_changes_it(&early_return(), &events), 135);
    assert_eq!(reads_what_changes_it(&with_the_state(), &events), Some(2));
    assert_eq!(reads_what_changes_it(&event_first(), &events), Some(2));
    assert_eq!(query(&event_first()), query(&with_the_state()));
    assert_eq!(query(&taken_apart()), "[Deposited]");
    assert_eq!(reads_what_changes_it(&taken_apart(), &events), (2, 105));
    assert_eq!(
        reads_what_changes_it(&in_place(), &events).join(" "),
        "a b again again"
    );
    assert_eq!(query(&on_an_argument(None)), "[Deposited]");
    assert_eq!(reads_what_changes_it(&on_an_argument(Some(5)), &events), 1);
}

#[fact]
fn nested(n: u32, event: &Bank, #[tag] account: &str) -> u32 {
    match event {
        #[tags()]
        Bank::Account(Ended) => n + 1000,
        #[tags()]
        Bank::Rate(RateChanged { percent, .. }) if *percent > 3 => n + 100,
        Bank::Account(Deposited { .. } | Transferred { .. }) => n + 1,
    }
}

#[fact]
fn whole_wrapper(n: u32, event: &Bank) -> u32 {
    match event {
        Bank::Account(_) => n + 1,
    }
}

#[fact]
fn by_tags(n: u32, event: &Bank, #[tag] account: &str, #[tag] country: &str) -> u32 {
    match event {
        #[tags(account)]
        Bank::Account(Deposited { .. }) => n + 1,
        #[tags(country)]
        Bank::Rate(_) => n + 10,
        #[tags()]
        Bank::Account(Ended) => n + 100,
    }
}

#[test]
fn wrapped_events_are_read_by_their_own_names() {
    let events: Vec<Bank> = history()
        .into_iter()
        .map(Bank::Account)
        .chain([Bank::Rate(RateChanged {
            country: "de".into(),
            percent: 4,
        })])
        .collect();
    assert_eq!(
        query(&whole_wrapper()),
        "[AccountOpened AccountCreated Deposited Transferred TermEnded Noted]"
    );
    assert_eq!(reads_what_changes_it(&whole_wrapper(), &events), 7);
    assert_eq!(
        query(&by_tags("b", "de")),
        "[Deposited] account:b; [RateChanged] country:de; [TermEnded]"
    );
    assert_eq!(
        query(&nested("b")),
        "[TermEnded RateChanged] ; [Deposited Transferred] account:b"
    );
    assert_eq!(nested("b").over(&events), 1102);
    assert_eq!(by_tags("b", "de").over(&events), 111);
    assert_eq!(by_tags("z", "fr").over(&events), 100);
}

#[fact]
fn of_a_struct(percent: Option<u32>, event: &RateChanged, #[tag] country: &str) -> Option<u32> {
    percent.max(Some(event.percent))
}

#[fact]
fn of_a_struct_by_pattern(percents: u32, event: &RateChanged) -> u32 {
    let RateChanged { percent, .. } = event;
    percents + percent
}

#[test]
fn a_struct_is_one_event_and_needs_no_pattern() {
    let rate = |country: &str, percent| RateChanged {
        country: country.to_owned(),
        percent,
    };
    let events = [rate("de", 3), rate("fr", 9), rate("de", 1)];
    assert_eq!(query(&of_a_struct("de")), "[RateChanged] country:de");
    assert_eq!(of_a_struct("de").over(&events), Some(3));
    assert_eq!(of_a_struct_by_pattern().over(&events), 13);
}

#[fact(events(Opened, Account::Deposited, #[tags()] Ended))]
fn listed(n: u32, event: &Account, #[tag] account: &str) -> u32 {
    n + u32::from(!format!("{event:?}").is_empty())
}

#[fact(all)]
fn everything(n: usize, event: &Account) -> usize {
    n + format!("{event:?}").len()
}

#[fact(last)]
fn latest(amount: Option<i64>, event: &Account, #[tag] account: &str) -> Option<i64> {
    match event {
        Deposited { amount, .. } if *amount > 50 => Some(*amount),
    }
}

#[fact(initial = limit + i64::from(bonus.len() == 3))]
fn left(left: i64, event: &Account, limit: i64, bonus: &str) -> i64 {
    match event {
        Deposited { amount, .. } => left - amount,
    }
}

#[test]
fn options_of_a_fact() {
    let events = history();
    assert_eq!(
        query(&listed("a")),
        "[AccountOpened AccountCreated Deposited] account:a; [TermEnded]"
    );
    assert_eq!(listed("a").over(&events), 3);
    assert_eq!(
        everything().query().expect("query").items()[0]
            .types()
            .len(),
        6
    );
    assert!(everything().over(&events) > 100);
    const { assert!(latest::LAST_ONLY && !listed::LAST_ONLY) };
    assert_eq!(latest("b").over(&events), Some(100));
    assert_eq!(latest("a").over(&events), None);
    assert_eq!(left(200, "abc").over(&events), 96);
    assert_eq!(left::NAME, "left");
}

#[fact]
fn late(n: u32, event: &Recorded<Account>, since: u64) -> u32 {
    match &event.data {
        Deposited { .. } if event.position > Position::new(since) => n + 1,
        Opened { .. } => n + 10,
    }
}

#[test]
fn recorded_events_carry_what_the_log_knows() {
    let recorded = |event: &Account, position| {
        let stored = StoredEvent::new(
            NewEvent::encode(event).expect("encode"),
            Position::new(position),
            Timestamp::from_micros(0),
            factos::AppendId::new(),
            None,
        );
        stored.decode::<Account>().expect("decode")
    };
    let events = [
        recorded(&deposited("a", 1), 1),
        recorded(&deposited("a", 1), 2),
        recorded(&opened("a", 1), 3),
        recorded(&Ended, 4),
    ];
    assert_eq!(query(&late(1)), "[Deposited AccountOpened AccountCreated]");
    assert_eq!(late(1).over(&events), 11);
    let _: EventId = events[0].id;
}

#[test]
fn facts_are_values_and_may_stand_in_functions() {
    #[fact]
    fn local(n: u32, event: &Account, #[tag] account: &str, day: u32) -> u32 {
        match event {
            Deposited { .. } => n + day,
        }
    }
    assert!(local("a", 3) == local("a", 3));
    assert!(local("a", 3) != local("a", 4));
    let facts: Vec<local> = vec![local("a", 1), local("b", 2)];
    assert_eq!(facts[1].over(&history()), 2);
    assert!(local("a\0", 3).query().is_err());
}
