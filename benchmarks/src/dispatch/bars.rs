//! What each operation must reach on which database.

use std::time::Duration;

use super::Operation::{Replay, SubscribeToAll, SubscribeToGrown, SubscribeToOne};
use super::{Clients, Operation};
use crate::bar::Bar;
use crate::target::{Durability, States, Target};
use crate::turns::Measured;

impl Measured for Operation {
    fn limit(self, target: &Target) -> Option<Self> {
        Self::limit(self, target)
    }

    fn bar(self, target: &Target) -> Option<Bar> {
        match target {
            Target::Postgres { .. } => on_postgres(self),
            Target::Sqlite {
                durability: Durability::Full,
                ..
            } => on_sqlite(self),
            Target::Sqlite { .. } => None,
        }
    }
}

fn on_postgres(operation: Operation) -> Option<Bar> {
    Some(match operation {
        SubscribeToAll(Clients::ONE) => Bar::Ratio(0.6),
        SubscribeToAll(Clients::Here(16)) => Bar::Ratio(1.3),
        SubscribeToAll(Clients::Here(64)) => Bar::Ratio(1.9),
        SubscribeToOne(_) => Bar::Ratio(0.9),
        Replay { .. }
        | SubscribeToGrown {
            states: States::Kept,
            ..
        } => Bar::Ratio(0.75),
        SubscribeToGrown {
            states: States::ReadAnew,
            subscriptions: 100_000,
        } => Bar::Within(Duration::from_millis(150)),
        _ => return None,
    })
}

fn on_sqlite(operation: Operation) -> Option<Bar> {
    Some(match operation {
        SubscribeToAll(Clients::ONE) => Bar::Ratio(0.5),
        SubscribeToAll(Clients::Here(16)) => Bar::Ratio(2.0),
        SubscribeToOne(_) => Bar::Ratio(0.9),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Scale;
    use super::*;

    fn targets() -> [Target; 3] {
        let sqlite = |durability| Target::Sqlite {
            file: "log.db".into(),
            durability,
        };
        [
            Target::Postgres { url: String::new() },
            sqlite(Durability::Full),
            sqlite(Durability::Normal),
        ]
    }

    /// A limit that is not measured would leave its bar without a verdict.
    #[test]
    fn what_an_operation_is_compared_with_is_measured_too() {
        let operations = Scale::full().operations();
        for target in targets() {
            for operation in &operations {
                if let Some(limit) = operation.limit(&target) {
                    assert!(operations.contains(&limit), "{operation}: {limit}");
                }
                if let Some(Bar::Ratio(_)) = operation.bar(&target) {
                    assert!(operation.limit(&target).is_some(), "{operation}");
                }
            }
        }
    }

    #[test]
    fn each_bar_stands_on_an_operation_that_is_measured() {
        let count = |target: &Target| {
            let operations = Scale::full().operations();
            let bars = operations
                .iter()
                .filter_map(|operation| operation.bar(target));
            bars.count()
        };
        // W1, two of W2, four of W3, three of W4, W5; on SQLite W1, one of W2, four of W3.
        assert_eq!(targets().map(|target| count(&target)), [11, 6, 0]);
    }

    #[test]
    fn rows_are_told_apart_by_their_names() {
        let mut names: Vec<String> = Scale::full()
            .operations()
            .iter()
            .map(ToString::to_string)
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
