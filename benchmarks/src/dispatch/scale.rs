//! How large the histories are.

use std::str::FromStr;

use super::{Clients, Operation};
use crate::measure::Failure;
use crate::target::States;

/// How large the histories are that commands are decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    pub courses: u64,
    /// Events of the log with all the courses.
    pub history: u64,
    /// Subscriptions to the one course of each of two other logs.
    pub grown: [u64; 2],
    /// Events of the log that is replayed.
    pub replayed: u64,
}

impl Scale {
    /// What the bars are about.
    pub fn full() -> Self {
        Self {
            courses: 1_000,
            history: 10_000,
            grown: [10_000, 100_000],
            replayed: 200_000,
        }
    }

    /// To see that everything runs: its figures say nothing.
    pub fn quick() -> Self {
        Self {
            courses: 20,
            history: 120,
            grown: [30, 60],
            replayed: 300,
        }
    }

    /// What is measured in each run, in order. What is compared stands close together.
    pub fn operations(&self) -> Vec<Operation> {
        use Operation::{
            Append, RawInsert, RawRead, Replay, ReplayByType, SubscribeToAll, SubscribeToGrown,
            SubscribeToOne, TurnAway,
        };
        let mut operations = vec![RawInsert { connections: 1 }, SubscribeToAll(Clients::ONE)];
        for subscriptions in self.grown {
            for states in [States::Kept, States::ReadAnew] {
                operations.push(SubscribeToGrown {
                    subscriptions,
                    states,
                });
            }
        }
        operations.extend([1, 10, 1_000].map(|events| Append { events }));
        operations.push(SubscribeToOne(Clients::ONE));
        operations.push(RawInsert {
            connections: crate::raw::MANY,
        });
        for clients in [
            Clients::Here(16),
            Clients::Here(64),
            Clients::InTwoProcesses(8),
        ] {
            operations.extend([SubscribeToAll(clients), SubscribeToOne(clients)]);
        }
        operations.extend([Clients::ONE, Clients::Here(16)].map(TurnAway));
        let events = self.replayed;
        operations.extend([
            RawRead { events },
            Replay { events },
            ReplayByType { events },
        ]);
        operations
    }
}

impl FromStr for Scale {
    type Err = Failure;

    fn from_str(name: &str) -> Result<Self, Failure> {
        match name {
            "full" => Ok(Self::full()),
            "quick" => Ok(Self::quick()),
            _ => Err("there are full and quick".into()),
        }
    }
}
