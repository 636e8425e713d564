//! Random logs: two event types, and the set of both.

use factos::prelude::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
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
        #[tag]
        teller: Option<String>,
        amount: i64,
    },
    Transferred {
        #[tag(account)]
        from: String,
        #[tag(account)]
        to: String,
        amount: i64,
    },
    Noted {
        #[tag]
        topics: Vec<String>,
        #[tag]
        account: Option<String>,
    },
    #[event(name = "TermEnded")]
    Ended,
    Paused,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub(crate) struct RateChanged {
    #[tag]
    pub(crate) account: Option<String>,
    #[tag]
    pub(crate) topics: Vec<String>,
    pub(crate) percent: i64,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(crate) enum Bank {
    Account(Account),
    Rate(RateChanged),
}

/// What the facts are called with.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    pub(crate) account: String,
    pub(crate) teller: String,
    pub(crate) topic: String,
    pub(crate) limit: i64,
}

fn account() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "c"]).prop_map(str::to_owned)
}

fn topics() -> impl Strategy<Value = Vec<String>> {
    let topics = ["x", "y", "z"].map(str::to_owned).to_vec();
    subsequence(topics, 0..=3)
}

fn account_event() -> impl Strategy<Value = Account> {
    prop_oneof![
        (account(), 0..5_i64).prop_map(|(account, amount)| Account::Opened { account, amount }),
        (account(), option::of(account()), 0..5_i64).prop_map(|(account, teller, amount)| {
            Account::Deposited {
                account,
                teller,
                amount,
            }
        }),
        (account(), account(), 0..5_i64).prop_map(|(from, to, amount)| Account::Transferred {
            from,
            to,
            amount
        }),
        (topics(), option::of(account()))
            .prop_map(|(topics, account)| Account::Noted { topics, account }),
        Just(Account::Ended),
        Just(Account::Paused),
    ]
}

fn rate() -> impl Strategy<Value = RateChanged> {
    (option::of(account()), topics(), 0..5_i64).prop_map(|(account, topics, percent)| RateChanged {
        account,
        topics,
        percent,
    })
}

pub(crate) fn banks() -> impl Strategy<Value = Vec<Bank>> {
    let one = prop_oneof![
        3 => account_event().prop_map(Bank::Account),
        1 => rate().prop_map(Bank::Rate),
    ];
    vec(one, 0..12)
}

pub(crate) fn arguments() -> impl Strategy<Value = Arguments> {
    let names = (account(), account(), select(vec!["x", "y", "z"]));
    (names, 0..5_i64).prop_map(|((account, teller, topic), limit)| Arguments {
        account,
        teller,
        topic: topic.to_owned(),
        limit,
    })
}

/// A state that remembers the order of what it was mixed with.
pub(crate) fn mix(n: i64, x: i64) -> i64 {
    n.wrapping_mul(31).wrapping_add(x + 1)
}
