//! Whether the rows are what the log says.

use std::collections::BTreeMap;

use factos::prelude::*;
use factos::{EventLog, Projection, Query};
use futures_util::TryStreamExt;

use crate::database::{Count, Database, Sum};
use crate::disturbed::patience::answered;
use crate::disturbed::store::Store;
use crate::disturbed::violations::Violations;
use crate::ledger::{LedgerEvent, bigint};

/// What is to hold for each projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Each event of the log is counted.
    Missed,
    /// None is counted more than once.
    Twice,
    /// Nothing else is.
    Strange,
    /// The sums of each account are those of its events.
    Sums,
}

/// Compares the rows of both projections with the log.
pub async fn check<D: Database>(url: &str) -> Violations<Rule> {
    let log = EventLog::new(answered(|| Store::open(url)).await);
    let model = answered(|| <D as Database>::open(url)).await;
    let mut found = Violations::default();
    let one = <D::One as Projection<D::Connection>>::NAME;
    let all = <D::All as Projection<D::Connection>>::NAME;
    for name in [one, all] {
        check_one(&log, &model, name, &mut found).await;
    }
    found
}

/// Compares the rows of one projection with the log.
pub async fn check_one<D: Database>(
    log: &EventLog,
    model: &D,
    name: &str,
    found: &mut Violations<Rule>,
) {
    let (counts, sums) = booked(log).await;
    let counted = model.counts(&format!("{name}_counts_v1")).await;
    let summed = model.sums(&format!("{name}_sums_v1")).await;
    compare(name, &counts, &counted, found);
    found.expect(sums == summed, Rule::Sums, || {
        format!("{name} sums up to {summed:?}, not {sums:?}")
    });
}

/// What the rows are to be.
async fn booked(log: &EventLog) -> (Vec<Count>, Vec<Sum>) {
    let events = log.events(Query::all()).decoded();
    let events: Vec<Recorded<LedgerEvent>> = events.try_collect().await.expect("a read");
    let mut sums: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
    let mut counts = Vec::new();
    for event in &events {
        if let LedgerEvent::Booked { account, amount } = &event.data {
            counts.push((bigint(event), 1));
            let sum = sums.entry(*account).or_default();
            *sum = (sum.0 + 1, sum.1 + amount);
        }
    }
    let sum = |(account, (events, total))| (i64::from(account), events, total);
    (counts, sums.into_iter().map(sum).collect())
}

fn compare(name: &str, counts: &[Count], counted: &[Count], found: &mut Violations<Rule>) {
    let counted: BTreeMap<i64, i64> = counted.iter().copied().collect();
    for (position, _) in counts {
        let times = counted.get(position).copied().unwrap_or(0);
        found.expect(times > 0, Rule::Missed, || {
            format!("{name} has not counted the event at {position}")
        });
        found.expect(times < 2, Rule::Twice, || {
            format!("{name} has counted the event at {position} {times} times")
        });
    }
    let is_known = |position| {
        counts
            .binary_search_by_key(&position, |count| count.0)
            .is_ok()
    };
    for position in counted.into_keys().filter(|position| !is_known(*position)) {
        let text = format!("{name} has counted something at {position}");
        found.add(Rule::Strange, text);
    }
}
