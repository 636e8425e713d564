//! What following is compared with, and what it must reach.

use std::time::Duration;

use super::operation::{Handler, Notifications, Operation, Reach, Receiver};
use crate::bar::Bar;
use crate::target::Target;
use crate::turns::Measured;

impl Measured for Operation {
    fn limit(self, _: &Target) -> Option<Self> {
        match self {
            Self::CatchUp(Handler::Seats) | Self::Rebuild => Some(Self::RawInsert),
            Self::CatchUp(Handler::Total | Handler::Singles) => Some(Self::Read),
            Self::Append(Notifications::Used, clients) => {
                Some(Self::Append(Notifications::Unused, clients))
            }
            _ => None,
        }
    }

    /// Of the bars on catching up, one that is met is enough.
    fn bar(self, target: &Target) -> Option<Bar> {
        match (self, target) {
            (Self::CatchUp(Handler::Seats | Handler::Total), Target::Postgres { .. }) => {
                Some(Bar::PerSecond(100_000))
            }
            (Self::CatchUp(Handler::Seats | Handler::Total), Target::Sqlite { .. }) => {
                Some(Bar::PerSecond(150_000))
            }
            (Self::Deliver(Receiver::Subscriber, Reach::Here, _), _) => {
                Some(Bar::NearlyAllWithin(Duration::from_millis(10)))
            }
            (Self::Deliver(Receiver::Subscriber, Reach::Across, _), Target::Postgres { .. }) => {
                Some(Bar::NearlyAllWithin(Duration::from_millis(25)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Durability;

    fn targets() -> [Target; 2] {
        let sqlite = Target::Sqlite {
            file: "log.db".into(),
            durability: Durability::Full,
        };
        [Target::Postgres { url: String::new() }, sqlite]
    }

    #[test]
    fn what_an_operation_is_compared_with_is_measured_too() {
        for target in targets() {
            let operations = Operation::all(&target);
            for operation in &operations {
                if let Some(limit) = operation.limit(&target) {
                    assert!(operations.contains(&limit), "{operation}: {limit}");
                }
            }
        }
    }

    #[test]
    fn each_bar_stands_on_an_operation_that_is_measured() {
        let count = |target: &Target| {
            let operations = Operation::all(target);
            let bars = operations
                .iter()
                .filter_map(|operation| operation.bar(target));
            bars.count()
        };
        // Two of catching up, two of delivery in one process; across two processes two more.
        assert_eq!(targets().map(|target| count(&target)), [6, 4]);
    }

    #[test]
    fn rows_are_told_apart_by_their_names() {
        let [target, _] = targets();
        let mut names: Vec<String> = Operation::all(&target)
            .iter()
            .map(ToString::to_string)
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
