//! Events: each names the call that decided it and, when that had facts, what it saw.

use factos::prelude::*;
use serde::{Deserialize, Serialize};

use super::Trace;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub enum BankEvent {
    Deposited {
        #[tag]
        account: u64,
        amount: i64,
        call: u64,
    },
    Withdrawn {
        #[tag]
        account: u64,
        amount: i64,
        call: u64,
        saw: Trace,
    },
    Transferred {
        #[tag(account)]
        from: u64,
        #[tag(account)]
        to: u64,
        amount: i64,
        call: u64,
        saw: Trace,
    },
    Noted {
        #[tag]
        account: u64,
        text: u32,
        call: u64,
        saw: Trace,
    },
    RateSet {
        percent: i64,
        call: u64,
        saw: Trace,
    },
    /// Withdrawals of all accounts are counted from here.
    DayBegun {
        call: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub enum RoomEvent {
    SeatTaken {
        #[tag]
        room: u64,
        #[tag]
        guest: u64,
        call: u64,
        saw: Trace,
    },
    SeatLeft {
        #[tag]
        room: u64,
        #[tag]
        guest: u64,
        call: u64,
        saw: Trace,
    },
}
