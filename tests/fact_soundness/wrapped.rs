//! Facts on a set of events, and on a struct.

use factos::prelude::*;
use proptest::test_runner::TestCaseError;

use super::history::Account::*;
use super::history::{Bank, RateChanged, mix};
use super::shapes::fold;
use super::{Arguments, Logged, tagged, untagged};

#[fact]
fn inner_variants(n: i64, event: &Bank, #[tag] account: &str) -> i64 {
    match event {
        #[tags()]
        Bank::Account(Ended | Paused) => mix(n, 1),
        #[tags()]
        Bank::Rate(RateChanged { percent, .. }) if *percent > 3 => mix(n, *percent),
        Bank::Account(Deposited { amount, .. } | Transferred { amount, .. }) => mix(n, *amount),
        _ => n,
    }
}

#[fact]
fn whole_wrapper(n: i64, event: &Bank, #[tag(topics)] topic: &str) -> i64 {
    match event {
        #[tags()]
        Bank::Account(account) => match account {
            Ended => mix(n, 1),
            Opened { .. } => mix(n, 2),
            _ => mix(n, 3),
        },
        Bank::Rate(rate) => mix(n, rate.percent),
    }
}

#[fact]
fn deep_let_else(n: i64, event: &Bank) -> i64 {
    let Bank::Account(Deposited { amount, .. } | Opened { amount, .. }) = event else {
        return n;
    };
    mix(n, *amount)
}

#[fact]
fn deep_matches(n: i64, event: &Bank) -> i64 {
    if matches!(
        event,
        Bank::Account(Ended) | Bank::Rate(RateChanged { percent: 2.., .. })
    ) {
        mix(n, 1)
    } else {
        n
    }
}

#[fact]
fn deep_tuple(state: Option<i64>, event: &Bank) -> Option<i64> {
    match (state, event) {
        (None, Bank::Account(Opened { amount, .. })) => Some(*amount),
        (Some(n), Bank::Rate(found @ RateChanged { .. })) => Some(mix(n, found.percent)),
        (_, Bank::Account(Ended)) => None,
        (kept, Bank::Account(_) | Bank::Rate(..)) => kept.map(|n| mix(n, 3)),
    }
}

#[fact]
fn recorded(n: i64, event: &Recorded<Bank>, #[tag] account: &str) -> i64 {
    match &event.data {
        Bank::Account(Opened { .. }) => mix(n, event.position.get() as i64),
        Bank::Rate(_) => mix(n, 3),
    }
}

#[fact]
fn of_a_struct(
    n: i64,
    event: &RateChanged,
    #[tag] account: &str,
    #[tag(topics)] topic: &str,
) -> i64 {
    mix(n, event.percent)
}

#[fact]
fn of_a_struct_by_pattern(n: i64, event: &RateChanged) -> i64 {
    let RateChanged { percent, .. } = event;
    mix(n, *percent)
}

#[fact]
fn of_a_struct_by_condition(n: i64, event: &RateChanged) -> i64 {
    match event {
        RateChanged { account: None, .. } => n,
        RateChanged { percent: 2, .. } => mix(n, 1),
    }
}

pub(super) fn check(logged: &Logged, arguments: &Arguments) -> Result<(), TestCaseError> {
    let (account, topic) = (arguments.account.as_str(), arguments.topic.as_str());
    let by_account = [("account", account)];

    let narrowed = |event: &Bank| match event {
        Bank::Account(Ended | Paused) | Bank::Rate(_) => true,
        _ => tagged(&by_account)(event),
    };
    logged.check(
        inner_variants(account),
        fold!(inner_variants, account),
        narrowed,
    )?;
    let narrowed = |event: &Bank| match event {
        Bank::Account(_) => true,
        Bank::Rate(_) => tagged(&[("topics", topic)])(event),
    };
    logged.check(whole_wrapper(topic), fold!(whole_wrapper, topic), narrowed)?;
    logged.check(deep_let_else(), fold!(deep_let_else), untagged)?;
    logged.check(deep_matches(), fold!(deep_matches), untagged)?;
    logged.check(deep_tuple(), fold!(deep_tuple), untagged)?;
    logged.check(
        recorded(account),
        fold!(recorded, account),
        tagged(&by_account),
    )?;
    let both = [("account", account), ("topics", topic)];
    let fold = fold!(of_a_struct, account, topic);
    logged.check(of_a_struct(account, topic), fold, tagged(&both))?;
    logged.check(
        of_a_struct_by_pattern(),
        fold!(of_a_struct_by_pattern),
        untagged,
    )?;
    logged.check(
        of_a_struct_by_condition(),
        fold!(of_a_struct_by_condition),
        untagged,
    )
}
