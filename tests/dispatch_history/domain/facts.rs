//! Facts of all kinds: of one tag, two, several items, none, the last event, recorded fields, and other arguments.

use factos::Metadata;
use factos::prelude::*;

use super::events::BankEvent::{self, *};
use super::events::RoomEvent::{self, *};
use super::{Trace, fuse};

/// What an account has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Book {
    pub balance: i64,
    pub trace: Trace,
}

impl Book {
    pub fn enter(&mut self, amount: i64, call: u64) {
        self.balance += amount;
        self.trace.add(call);
    }
}

#[fact]
pub fn book(book: &mut Book, event: &BankEvent, #[tag] account: u64) {
    match event {
        Deposited { amount, call, .. } => book.enter(*amount, *call),
        Withdrawn { amount, call, .. } => book.enter(-amount, *call),
        Transferred {
            from,
            to,
            amount,
            call,
            ..
        } => {
            if *from == account {
                book.enter(-amount, *call);
            }
            if *to == account {
                book.enter(*amount, *call);
            }
        }
    }
}

/// A number, and what was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Count {
    pub count: u32,
    pub trace: Trace,
}

impl Count {
    pub fn one_more(mut self, call: u64) -> Self {
        self.count += 1;
        self.trace.add(call);
        self
    }

    pub fn anew(mut self, call: u64) -> Self {
        self.count = 0;
        self.trace.add(call);
        self
    }
}

/// Withdrawals of the day, which begins for all accounts together.
#[fact]
pub fn withdrawals(count: Count, event: &BankEvent, #[tag] account: u64) -> Count {
    match event {
        Withdrawn { call, .. } => count.one_more(*call),
        Transferred { from, call, .. } if *from == account => count.one_more(*call),
        #[tags()]
        DayBegun { call } => count.anew(*call),
    }
}

/// Deposits of more than a limit: the same query for each limit, but another state.
#[fact]
pub fn large_deposits(count: Count, event: &BankEvent, #[tag] account: u64, limit: i64) -> Count {
    match event {
        Deposited { amount, call, .. } if *amount > limit => count.one_more(*call),
    }
}

/// All deposits, by a fold that panics now and then.
#[fact]
pub fn fragile(count: &mut Count, event: &BankEvent, #[tag] account: u64) {
    match event {
        Deposited { call, .. } => {
            *count = count.one_more(*call);
            // What was folded by now must not be kept.
            fuse::may_blow();
        }
    }
}

/// What all withdrawals cost. A fact of one type of events, whatever their tags.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rate {
    pub percent: i64,
    pub trace: Trace,
}

#[fact]
pub fn rate(mut rate: Rate, event: &BankEvent) -> Rate {
    match event {
        RateSet { percent, call, .. } => {
            rate.percent = *percent;
            rate.trace.add(*call);
            rate
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Note {
    pub text: u32,
    pub call: u64,
}

#[fact(last)]
pub fn last_note(note: Option<Note>, event: &BankEvent, #[tag] account: u64) -> Option<Note> {
    match event {
        Noted { text, call, .. } => Some(Note {
            text: *text,
            call: *call,
        }),
    }
}

/// What was recorded with an account's latest events.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Latest {
    pub position: u64,
    pub recorded_at: i64,
    pub trace: Trace,
}

#[fact]
pub fn latest(mut latest: Latest, event: &Recorded<BankEvent>, #[tag] account: u64) -> Latest {
    match &event.data {
        Noted { .. } | Withdrawn { .. } => {
            let operation = event.metadata.get(Metadata::OPERATION_ID);
            let call = operation.and_then(|call| call.parse().ok());
            latest.position = event.position.get();
            latest.recorded_at = event.recorded_at.as_micros();
            latest.trace.add(call.unwrap_or_default());
            latest
        }
    }
}

/// Who sits in a room.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seats {
    pub guests: Vec<u64>,
    pub trace: Trace,
}

impl Seats {
    pub fn take(&mut self, guest: u64, call: u64) {
        self.guests.push(guest);
        self.trace.add(call);
    }

    pub fn leave(&mut self, guest: u64, call: u64) {
        self.guests.retain(|known| *known != guest);
        self.trace.add(call);
    }
}

#[fact]
pub fn seats(seats: &mut Seats, event: &RoomEvent, #[tag] room: u64) {
    match event {
        SeatTaken { guest, call, .. } => seats.take(*guest, *call),
        SeatLeft { guest, call, .. } => seats.leave(*guest, *call),
    }
}

/// The call that gave a guest a seat in a room; `None` when there is none.
#[fact]
pub fn seat_of(
    seat: Option<u64>,
    event: &RoomEvent,
    #[tag] room: u64,
    #[tag] guest: u64,
) -> Option<u64> {
    match event {
        SeatTaken { call, .. } => Some(*call),
        SeatLeft { .. } => None,
    }
}

/// How many rooms a guest has taken, seats that were left included.
#[fact]
pub fn rooms_taken(count: Count, event: &RoomEvent, #[tag] guest: u64) -> Count {
    match event {
        SeatTaken { call, .. } => count.one_more(*call),
    }
}
