//! Facts that match the event together with the state or an argument.

use factos::prelude::*;
use proptest::test_runner::TestCaseError;

use super::history::Account::{self, *};
use super::history::mix;
use super::shapes::fold;
use super::{Arguments, Logged, tagged, untagged};

#[fact]
fn state_first(state: Option<i64>, event: &Account) -> Option<i64> {
    match (state, event) {
        (None, Opened { amount, .. }) => Some(*amount),
        (Some(n), Deposited { amount, .. }) => Some(mix(n, *amount)),
        (Some(1..), Ended) => None,
    }
}

#[fact]
fn event_first(state: Option<String>, event: &Account) -> Option<String> {
    match (event, state) {
        (Opened { account, .. }, None) => Some(account.clone()),
        (Transferred { from, .. }, Some(text)) if text.len() < 5 => Some(text + from),
        (_, kept) => kept,
    }
}

#[fact]
fn kept_by_the_macro(state: Option<String>, event: &Account) -> Option<String> {
    match (event, state) {
        (Ended | Paused, _) => None,
        (Deposited { account, .. }, Some(text)) => Some(text + account),
        (Opened { account, .. }, None) => Some(account.clone()),
    }
}

#[fact]
fn state_borrowed(state: Vec<i64>, event: &Account, #[tag] account: &str) -> Vec<i64> {
    match (&state, event) {
        (seen, Deposited { amount, .. }) if seen.contains(amount) => vec![],
        (seen, Deposited { amount, .. } | Opened { amount, .. }) => {
            seen.iter().copied().chain([*amount]).collect()
        }
    }
}

#[fact]
fn with_an_argument(n: i64, event: &Account, limit: i64) -> i64 {
    match (limit, event, n) {
        (.., Ended, 0) => 77,
        (0, ..) => n,
        (_, Opened { amount, .. }, _) | (_, Deposited { amount, .. }, ..) => mix(n, *amount),
        (1 | 2, Paused, n) => n - 3,
        (.., kept) if kept > 100 => kept,
        (1.., Noted { .. }, _) => mix(n, 12),
    }
}

#[fact]
fn parts_of_the_state((n, sum): (i64, i64), event: &Account) -> (i64, i64) {
    match (n, event) {
        (0, Ended) => (1, sum),
        (1.., Ended) => (0, mix(sum, n)),
        (_, Deposited { amount, .. }) => (n, sum - amount),
    }
}

#[fact]
fn whole_state_in_parts((n, sum): (i64, i64), event: &Account) -> (i64, i64) {
    match ((n, sum), event) {
        ((0, _), Ended) => (1, sum),
        ((n, sum), Opened { amount, .. }) => (n + amount, sum),
        (kept, _) => kept,
    }
}

#[fact]
fn in_place(n: &mut i64, event: &Account) {
    match (n, event) {
        (n @ 0, Ended) => *n = 5,
        (n, Opened { amount, .. }) => *n = mix(*n, *amount),
        (_, _) => {}
    }
}

#[fact]
fn in_place_by_value(n: &mut i64, event: &Account) {
    match (*n, event) {
        (0, Ended) => *n += 1,
        (before, Opened { amount, .. }) => *n = mix(before, *amount),
    }
}

#[fact]
fn if_let(state: Option<i64>, event: &Account) -> Option<i64> {
    if let (Some(n), Deposited { amount, .. }) = (state, event) {
        Some(mix(n, *amount))
    } else if let (None, Opened { amount, .. }) = (state, event) {
        Some(*amount)
    } else {
        state
    }
}

#[fact]
fn let_else(n: i64, event: &Account, limit: i64) -> i64 {
    let (1.., Deposited { amount, .. }) = (limit, event) else {
        return n;
    };
    mix(n, *amount)
}

#[fact]
fn with_matches(n: i64, event: &Account) -> i64 {
    if matches!((n, event), (0, Opened { .. }) | (.., Ended)) {
        mix(n, 1)
    } else {
        n
    }
}

#[fact]
fn bound_or(n: i64, event: &Account) -> i64 {
    match (n, event) {
        (0, found @ (Ended | Paused)) | (1.., found @ Ended) => {
            mix(n, if *found == Ended { 1 } else { 2 })
        }
    }
}

pub(super) fn check(logged: &Logged, arguments: &Arguments) -> Result<(), TestCaseError> {
    let (account, limit) = (arguments.account.as_str(), arguments.limit);

    logged.check(state_first(), fold!(state_first), untagged)?;
    logged.check(event_first(), fold!(event_first), untagged)?;
    logged.check(kept_by_the_macro(), fold!(kept_by_the_macro), untagged)?;
    let fold = fold!(state_borrowed, account);
    logged.check(
        state_borrowed(account),
        fold,
        tagged(&[("account", account)]),
    )?;
    logged.check(
        with_an_argument(limit),
        fold!(with_an_argument, limit),
        untagged,
    )?;
    logged.check(parts_of_the_state(), fold!(parts_of_the_state), untagged)?;
    logged.check(
        whole_state_in_parts(),
        fold!(whole_state_in_parts),
        untagged,
    )?;
    logged.check(in_place(), fold!(&mut in_place), untagged)?;
    logged.check(in_place_by_value(), fold!(&mut in_place_by_value), untagged)?;
    logged.check(if_let(), fold!(if_let), untagged)?;
    logged.check(let_else(limit), fold!(let_else, limit), untagged)?;
    logged.check(with_matches(), fold!(with_matches), untagged)?;
    logged.check(bound_or(), fold!(bound_or), untagged)
}
