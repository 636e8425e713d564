//! Facts on an enum, by every shape of body but tuples.

use factos::Position;
use factos::prelude::*;
use proptest::test_runner::TestCaseError;

use super::history::Account::{self, *};
use super::history::mix;
use super::{Arguments, Logged, tagged, untagged};

#[fact]
fn or_pattern(n: i64, event: &Account, #[tag] account: &str) -> i64 {
    match event {
        Opened { amount, .. } | Deposited { amount, .. } if *amount > 1 => mix(n, *amount),
        Transferred { from, amount, .. } if from == account => n - amount,
        Account::Transferred { amount, .. } => mix(n, -amount),
    }
}

#[fact]
fn spelled_paths(n: i64, event: &Account) -> i64 {
    use crate::history;
    match event {
        super::history::Account::Opened { .. } => mix(n, 1),
        history::Account::Ended => mix(n, 2),
        crate::history::Account::Noted { .. } => mix(n, 3),
        Paused => mix(n, 4),
    }
}

#[fact]
fn bound_whole(last: Option<Account>, event: &Account) -> Option<Account> {
    match event {
        found @ (Ended | Opened { .. }) => Some(found.clone()),
        _ => last,
    }
}

#[fact]
fn wildcard_with_guard(n: i64, event: &Account, limit: i64) -> i64 {
    match event {
        _ if limit > 3 => n,
        Ended => mix(n, limit),
        _other if limit == 2 => n,
        Deposited { .. } => mix(n, 7),
        _ => return n,
    }
}

#[fact]
fn dereferenced(n: i64, event: &Account) -> i64 {
    match *event {
        Deposited {
            ref account,
            amount,
            ..
        } => mix(n, amount + account.len() as i64),
        Opened { amount, .. } => mix(n, amount),
    }
}

#[fact]
fn referenced(n: i64, event: &Account) -> i64 {
    match &event {
        &&Ended => mix(n, 1),
        Opened { amount: 2.., .. } => mix(n, 2),
    }
}

#[fact]
fn if_let(n: i64, event: &Account) -> i64 {
    if let Deposited { amount, .. } = event {
        mix(n, *amount)
    } else {
        n
    }
}

#[fact]
fn if_let_chain(n: i64, event: &Account, limit: i64) -> i64 {
    if let Deposited { amount, .. } = event
        && *amount > limit
        && let Some(more) = amount.checked_add(3)
    {
        mix(n, more)
    } else if limit > 1
        && let Some(less) = limit.checked_sub(1)
        && let Ended | Paused = event
    {
        mix(n, less)
    } else if let Opened { .. } = event {
        mix(n, 40)
    } else {
        n
    }
}

#[fact]
fn let_else(n: i64, event: &Account, #[tag] teller: &str) -> i64 {
    let Deposited { amount, .. } = event else {
        return n;
    };
    mix(n, *amount)
}

#[fact]
fn let_else_then_match(n: i64, event: &Account) -> i64 {
    let (Opened { amount, .. } | Deposited { amount, .. }) = event else {
        return n;
    };
    let n = n * 2;
    match event {
        Opened { .. } => mix(n, *amount),
        _ => mix(n, -amount),
    }
}

#[fact]
fn matches_as_condition(n: i64, event: &Account) -> i64 {
    if matches!(event, Ended | Transferred { .. }) {
        mix(n, 1)
    } else if matches!(&event, Deposited { amount, .. } if *amount > 2) {
        mix(n, 2)
    } else {
        n
    }
}

#[fact]
fn matches_with_state(already: bool, event: &Account, #[tag] account: &str) -> bool {
    already || matches!(event, Transferred { amount: 3.., .. } | Opened { .. })
}

#[fact]
fn not_matches(n: i64, event: &Account) -> i64 {
    if !matches!(event, Ended | Paused) {
        return n;
    }
    mix(n, 1)
}

#[fact]
fn not_matches_with_guard(n: i64, event: &Account) -> i64 {
    if !(matches!(event, Opened { amount, .. } if *amount > 2)) {
        n
    } else {
        mix(n, 1)
    }
}

#[fact]
fn nested_match(n: i64, event: &Account) -> i64 {
    match event {
        Deposited { amount, .. } | Opened { amount, .. } => match event {
            Opened { .. } => mix(n, *amount),
            Deposited {
                teller: Some(_), ..
            } => mix(n, 100),
            _ => mix(n, 1000),
        },
    }
}

#[fact]
fn nested_in_a_wildcard(n: i64, event: &Account) -> i64 {
    match event {
        Ended => mix(n, 1),
        _ => match event {
            Paused => mix(n, 2),
            _ => {
                if let Opened { .. } = event {
                    return mix(n, 3);
                }
                n
            }
        },
    }
}

#[fact]
fn not_in_the_tail(n: i64, event: &Account, limit: i64) -> i64 {
    let twice = limit * 2;
    let amount = match event {
        Opened { amount, .. } | Deposited { amount, .. } => *amount,
    };
    mix(n, amount * twice)
}

#[fact]
fn value_of_an_if_let(n: i64, event: &Account) -> i64 {
    let amount = if let Transferred { amount, .. } = event {
        *amount
    } else {
        return n;
    };
    mix(n, amount)
}

#[fact]
fn early_returns(n: i64, event: &Account, limit: i64) -> i64 {
    if limit == 0 {
        return n;
    }
    match event {
        Ended => return mix(n, 1),
        Paused => return mix(n, 2),
        _ => {}
    }
    if let Opened { amount, .. } = event {
        return mix(n, *amount);
    }
    n
}

#[fact]
fn returned_match(n: i64, event: &Account) -> i64 {
    return (match event {
        Ended => mix(n, 1),
        Noted { topics, .. } => {
            for topic in topics {
                if topic == "y" {
                    return mix(n, 50);
                }
            }
            mix(n, topics.len() as i64)
        }
    });
}

#[fact]
fn taken_apart((n, sum): (i64, i64), event: &Account) -> (i64, i64) {
    match event {
        Deposited { amount, .. } => (n + 1, mix(sum, *amount)),
        Ended => (0, sum),
        Paused => return (n, sum),
    }
}

#[fact]
fn in_place(seen: &mut Vec<String>, event: &Account) {
    match event {
        Opened { account, .. } => seen.push(account.clone()),
        Deposited { account, .. } if seen.contains(account) => seen.push("again".to_owned()),
        Ended => {
            seen.pop();
        }
        _ => {}
    }
}

#[fact]
fn in_place_by_conditions(n: &mut i64, event: &Account, limit: i64) {
    if limit == 4 {
        return;
    }
    if let Opened { amount, .. } = event {
        *n = mix(*n, *amount);
        if *amount > 2 {
            return;
        }
        *n += 1;
    } else if matches!(event, Ended) {
        *n = mix(*n, 9);
    }
    let Deposited { amount, .. } = event else {
        return;
    };
    *n += amount;
}

#[fact]
fn in_place_twice((n, seen): &mut (i64, Vec<i64>), event: &Account) {
    if let Ended = event {
        *n += 1;
    } else {
        match event {
            Opened { amount, .. } => seen.push(*amount + *n),
            _ => (),
        }
    }
}

#[fact]
fn mutable_by_value(mut seen: Vec<i64>, event: &Account) -> Vec<i64> {
    if let Opened { amount, .. } = event {
        seen.push(*amount);
    } else if let Ended = event {
        seen.clear();
    } else {
        return seen;
    }
    seen
}

#[fact]
fn on_an_argument(n: i64, event: &Account, limit: i64) -> i64 {
    match limit {
        0 => n,
        1 | 2 if limit > 1 => match event {
            Deposited { amount, .. } if *amount == limit => mix(n, 1),
        },
        _ => {
            if limit < 4 {
                return n;
            }
            match event {
                Ended => mix(n, limit),
            }
        }
    }
}

#[fact]
fn on_the_state(state: Option<i64>, event: &Account) -> Option<i64> {
    match state {
        None => match event {
            Opened { amount, .. } => Some(*amount),
        },
        Some(amount) if amount > 100 => state,
        Some(amount) => match event {
            Deposited { amount: more, .. } => Some(mix(amount, *more)),
            Ended => None,
        },
    }
}

#[fact]
fn by_recorded(n: i64, event: &Recorded<Account>, #[tag] account: &str, limit: i64) -> i64 {
    match &event.data {
        Deposited { .. } if event.position > Position::new(limit as u64) => mix(n, 1),
        Opened { amount, .. } => mix(n, *amount + event.position.get() as i64),
    }
}

#[fact]
fn recorded_by_conditions(n: i64, event: &Recorded<Account>) -> i64 {
    if matches!(event.data, Ended) {
        return mix(n, event.position.get() as i64);
    }
    if let Opened { .. } = &event.data {
        mix(n, event.version as i64)
    } else {
        n
    }
}

#[fact]
fn by_tags_of_arms(n: i64, event: &Account, #[tag] account: &str, #[tag] teller: &str) -> i64 {
    match event {
        #[tags(account)]
        Opened { amount, .. } | Transferred { amount, .. } => mix(n, *amount),
        Deposited { amount, .. } => mix(n, 100 + amount),
        #[tags()]
        Ended => mix(n, 1000),
    }
}

#[fact]
fn by_a_list_of_tags(n: i64, event: &Account, #[tag(topics)] topic: &str) -> i64 {
    match event {
        Noted {
            account: Some(_), ..
        } => mix(n, 1),
        Noted { topics, .. } => mix(n, topics.len() as i64),
    }
}

#[fact(last)]
fn last_of_all(last: Option<i64>, event: &Account) -> Option<i64> {
    match event {
        Opened { amount, .. } | Deposited { amount, .. } if *amount > 2 => Some(*amount),
        Ended => None,
    }
}

#[fact(last, initial = limit)]
fn last_by_tag(last: i64, event: &Account, #[tag] account: &str, limit: i64) -> i64 {
    match event {
        Deposited { amount, .. } => mix(last, *amount),
    }
}

#[fact(initial = vec![limit; list.len()])]
fn with_arguments(mut state: Vec<i64>, event: &Account, limit: i64, list: &[i64]) -> Vec<i64> {
    match event {
        Opened { amount, .. } if list.contains(amount) => {
            state.push(*amount);
            state
        }
        Ended if limit > 2 => list.to_vec(),
    }
}

#[fact(all)]
fn everything(n: i64, event: &Account) -> i64 {
    mix(n, format!("{event:?}").len() as i64)
}

#[fact(events(Opened, Account::Ended))]
fn listed(n: i64, event: &Account) -> i64 {
    if matches!(event, Ended) || matches!(event, Opened { .. }) {
        mix(n, 1)
    } else {
        n
    }
}

/// Folds a state that is taken by value, and one that is changed in place.
macro_rules! fold {
    ($fact:ident $(, $argument:expr)*) => {
        |state, event: &_| $fact::fold(state, event $(, $argument)*)
    };
    (&mut $fact:ident $(, $argument:expr)*) => {
        |mut state, event: &_| {
            $fact::fold(&mut state, event $(, $argument)*);
            state
        }
    };
}
pub(super) use fold;

pub(super) fn check(logged: &Logged, arguments: &Arguments) -> Result<(), TestCaseError> {
    let (account, teller) = (arguments.account.as_str(), arguments.teller.as_str());
    let (topic, limit) = (arguments.topic.as_str(), arguments.limit);
    let by_account = [("account", account)];

    logged.check(
        or_pattern(account),
        fold!(or_pattern, account),
        tagged(&by_account),
    )?;
    logged.check(spelled_paths(), fold!(spelled_paths), untagged)?;
    logged.check(bound_whole(), fold!(bound_whole), untagged)?;
    logged.check(
        wildcard_with_guard(limit),
        fold!(wildcard_with_guard, limit),
        untagged,
    )?;
    logged.check(dereferenced(), fold!(dereferenced), untagged)?;
    logged.check(referenced(), fold!(referenced), untagged)?;
    logged.check(if_let(), fold!(if_let), untagged)?;
    logged.check(if_let_chain(limit), fold!(if_let_chain, limit), untagged)?;
    logged.check(
        let_else(teller),
        fold!(let_else, teller),
        tagged(&[("teller", teller)]),
    )?;
    logged.check(let_else_then_match(), fold!(let_else_then_match), untagged)?;
    logged.check(
        matches_as_condition(),
        fold!(matches_as_condition),
        untagged,
    )?;
    let fold = fold!(matches_with_state, account);
    logged.check(matches_with_state(account), fold, tagged(&by_account))?;
    logged.check(not_matches(), fold!(not_matches), untagged)?;
    logged.check(
        not_matches_with_guard(),
        fold!(not_matches_with_guard),
        untagged,
    )?;
    logged.check(nested_match(), fold!(nested_match), untagged)?;
    logged.check(
        nested_in_a_wildcard(),
        fold!(nested_in_a_wildcard),
        untagged,
    )?;
    logged.check(
        not_in_the_tail(limit),
        fold!(not_in_the_tail, limit),
        untagged,
    )?;
    logged.check(value_of_an_if_let(), fold!(value_of_an_if_let), untagged)?;
    logged.check(early_returns(limit), fold!(early_returns, limit), untagged)?;
    logged.check(returned_match(), fold!(returned_match), untagged)?;
    logged.check(taken_apart(), fold!(taken_apart), untagged)?;
    logged.check(in_place(), fold!(&mut in_place), untagged)?;
    let fold = fold!(&mut in_place_by_conditions, limit);
    logged.check(in_place_by_conditions(limit), fold, untagged)?;
    logged.check(in_place_twice(), fold!(&mut in_place_twice), untagged)?;
    logged.check(mutable_by_value(), fold!(mutable_by_value), untagged)?;
    logged.check(
        on_an_argument(limit),
        fold!(on_an_argument, limit),
        untagged,
    )?;
    logged.check(on_the_state(), fold!(on_the_state), untagged)?;
    let fold = fold!(by_recorded, account, limit);
    logged.check(by_recorded(account, limit), fold, tagged(&by_account))?;
    logged.check(
        recorded_by_conditions(),
        fold!(recorded_by_conditions),
        untagged,
    )?;

    let both = [("account", account), ("teller", teller)];
    let narrowed = |event: &Account| match event {
        Opened { .. } | Transferred { .. } => tagged(&by_account)(event),
        Ended => true,
        _ => tagged(&both)(event),
    };
    let fold = fold!(by_tags_of_arms, account, teller);
    logged.check(by_tags_of_arms(account, teller), fold, narrowed)?;
    let fold = fold!(by_a_list_of_tags, topic);
    logged.check(by_a_list_of_tags(topic), fold, tagged(&[("topics", topic)]))?;

    // The latest event that is named counts, even where its guard does not hold.
    let named = |event: &Account| matches!(event, Opened { .. } | Deposited { .. } | Ended);
    logged.check(last_of_all(), fold!(last_of_all), named)?;
    let named = |event: &Account| matches!(event, Deposited { .. }) && tagged(&by_account)(event);
    logged.check(
        last_by_tag(account, limit),
        fold!(last_by_tag, account, limit),
        named,
    )?;

    let list = [1, 3];
    let fold = fold!(with_arguments, limit, &list);
    logged.check(with_arguments(limit, &list), fold, untagged)?;
    logged.check(everything(), fold!(everything), untagged)?;
    logged.check(listed(), fold!(listed), untagged)
}
