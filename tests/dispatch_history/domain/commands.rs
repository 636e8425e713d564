//! Commands and their deciders. What they refuse, they refuse with what they saw.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use factos::Events;
use factos::prelude::*;
use serde::{Deserialize, Serialize};

use super::events::BankEvent::{self, *};
use super::events::RoomEvent::{self, *};
use super::facts::*;
use super::{PLANNED, Trace};

/// Why a command was refused, and on which states.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    pub reason: Reason,
    pub saw: Trace,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Reason {
    TooPoor,
    TooOften,
    Full,
    HasSeat,
    TooManyRooms,
    Odd,
    Even,
}

impl From<Infallible> for Refused {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Any command; one is dispatched by itself, or as this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[command(error = Refused)]
pub enum AnyCommand {
    Deposit(Deposit),
    Withdraw(Withdraw),
    Transfer(Transfer),
    SetRate(SetRate),
    BeginDay(BeginDay),
    WriteNote(WriteNote),
    TakeSeats(TakeSeats),
    LeaveSeat(LeaveSeat),
    Audit(Audit),
    Risk(Risk),
}

/// Changes what others decide on, and guards nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deposit {
    pub account: u64,
    pub amount: i64,
    pub call: u64,
}

#[decider]
pub fn deposit(cmd: &Deposit) -> BankEvent {
    Deposited {
        account: cmd.account,
        amount: cmd.amount,
        call: cmd.call,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Withdraw {
    pub account: u64,
    pub amount: i64,
    pub call: u64,
}

const WITHDRAWALS_A_DAY: u32 = 12;

#[decider]
pub fn withdraw(
    cmd: &Withdraw,
    #[fact(book(cmd.account))] book: &Book,
    #[fact(withdrawals(cmd.account))] today: Count,
    #[fact(rate())] rate: Rate,
) -> Result<BankEvent, Refused> {
    let saw = Trace::of([book.trace, today.trace, rate.trace]);
    let amount = cmd.amount + rate.percent;
    if amount > book.balance {
        let reason = Reason::TooPoor;
        return Err(Refused { reason, saw });
    }
    if today.count >= WITHDRAWALS_A_DAY {
        let reason = Reason::TooOften;
        return Err(Refused { reason, saw });
    }
    Ok(Withdrawn {
        account: cmd.account,
        amount,
        call: cmd.call,
        saw,
    })
}

/// Changes the last note and the count of withdrawals without having read them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    pub from: u64,
    pub to: u64,
    pub amount: i64,
    pub call: u64,
}

#[decider]
pub fn transfer(
    cmd: &Transfer,
    #[fact([book(cmd.from), book(cmd.to)])] books: &[Book; 2],
) -> Result<[BankEvent; 2], Refused> {
    let &Transfer {
        from,
        to,
        amount,
        call,
    } = cmd;
    let saw = Trace::of(books.iter().map(|book| book.trace));
    if amount > books[0].balance {
        let reason = Reason::TooPoor;
        return Err(Refused { reason, saw });
    }
    let transferred = Transferred {
        from,
        to,
        amount,
        call,
        saw,
    };
    let noted = Noted {
        account: to,
        text: 0,
        call,
        saw,
    };
    Ok([transferred, noted])
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetRate {
    pub percent: i64,
    pub call: u64,
}

#[decider]
pub fn set_rate(cmd: &SetRate, #[fact(rate())] rate: Rate) -> Option<BankEvent> {
    (rate.percent != cmd.percent).then_some(RateSet {
        percent: cmd.percent,
        call: cmd.call,
        saw: rate.trace,
    })
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BeginDay {
    pub call: u64,
}

#[decider]
pub fn begin_day(cmd: &BeginDay) -> BankEvent {
    DayBegun { call: cmd.call }
}

/// Decides nothing when the last note says the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteNote {
    pub account: u64,
    pub text: u32,
    pub call: u64,
}

#[decider]
pub fn write_note(
    cmd: &WriteNote,
    #[fact(last_note(cmd.account))] last: Option<Note>,
    #[fact(latest(cmd.account))] latest: Latest,
) -> Option<BankEvent> {
    let last_call = Trace(last.map_or(0, |note| note.call));
    let recorded = [latest.position, latest.recorded_at.cast_unsigned()].map(Trace);
    let saw = [last_call, recorded[0], recorded[1], latest.trace];
    let is_new = last.is_none_or(|note| note.text != cmd.text);
    is_new.then_some(Noted {
        account: cmd.account,
        text: cmd.text,
        call: cmd.call,
        saw: Trace::of(saw),
    })
}

/// Seats in several rooms, which a sponsor may pay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeSeats {
    pub rooms: Vec<u64>,
    pub guest: u64,
    pub sponsor: Option<u64>,
    pub call: u64,
}

const SEATS_OF_A_ROOM: usize = 5;
const ROOMS_OF_A_GUEST: u32 = 20;

#[decider]
pub fn take_seats(
    cmd: &TakeSeats,
    #[fact(cmd.rooms.iter().map(|room| seats(*room)).collect::<Vec<_>>())] rooms: &[Seats],
    #[fact(cmd.sponsor.map(book))] sponsor: Option<Book>,
    #[fact(rooms_taken(cmd.guest))] taken: Count,
) -> Result<Events, Refused> {
    let paid = sponsor.as_ref().map_or(Trace(1), |book| book.trace);
    let seen = rooms.iter().map(|seats| seats.trace);
    let saw = Trace::of(seen.chain([paid, taken.trace]));
    let &TakeSeats { guest, call, .. } = cmd;
    let amount = i64::try_from(rooms.len()).unwrap_or(i64::MAX);
    let reason = if rooms.iter().any(|seats| seats.guests.contains(&guest)) {
        Some(Reason::HasSeat)
    } else if rooms
        .iter()
        .any(|seats| seats.guests.len() >= SEATS_OF_A_ROOM)
    {
        Some(Reason::Full)
    } else if taken.count >= ROOMS_OF_A_GUEST {
        Some(Reason::TooManyRooms)
    } else {
        let is_poor = sponsor.is_some_and(|book| book.balance < amount);
        is_poor.then_some(Reason::TooPoor)
    };
    if let Some(reason) = reason {
        return Err(Refused { reason, saw });
    }
    let seats = cmd.rooms.iter().map(|room| SeatTaken {
        room: *room,
        guest,
        call,
        saw,
    });
    let paid = cmd.sponsor.map(|account| Withdrawn {
        account,
        amount,
        call,
        saw,
    });
    Ok(events![seats.collect::<Vec<_>>(), paid])
}

/// Makes room for others without having read how many there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeaveSeat {
    pub room: u64,
    pub guest: u64,
    pub call: u64,
}

#[decider]
pub fn leave_seat(
    cmd: &LeaveSeat,
    #[fact(seat_of(cmd.room, cmd.guest))] seat: Option<u64>,
) -> Option<RoomEvent> {
    seat.map(|taken_by| SeatLeft {
        room: cmd.room,
        guest: cmd.guest,
        call: cmd.call,
        saw: Trace(taken_by),
    })
}

/// Writes nothing, whatever it sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    pub account: u64,
    pub call: u64,
}

#[decider]
pub fn audit(
    cmd: &Audit,
    #[fact(book(cmd.account))] book: &Book,
    #[fact(last_note(cmd.account))] note: Option<Note>,
) -> Result<Option<BankEvent>, Refused> {
    let saw = Trace::of([book.trace, Trace(note.map_or(0, |note| note.call))]);
    if !saw.0.is_multiple_of(4) {
        let reason = Reason::Odd;
        return Err(Refused { reason, saw });
    }
    Ok(None)
}

/// Panics on some states, and takes its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    pub account: u64,
    pub limit: i64,
    /// Of four states, it panics on this one.
    pub fuse: u64,
    /// How long it takes.
    pub micros: u64,
    pub call: u64,
}

#[decider]
pub fn risk(
    cmd: &Risk,
    #[fact(fragile(cmd.account))] deposits: Count,
    #[fact(large_deposits(cmd.account, cmd.limit))] large: Count,
) -> Result<BankEvent, Refused> {
    let end = Instant::now() + Duration::from_micros(cmd.micros);
    while Instant::now() < end {
        std::thread::yield_now();
    }
    let saw = Trace::of([deposits.trace, large.trace]);
    assert!(saw.0 % 4 != cmd.fuse, "{PLANNED}{}", cmd.call);
    if large.count.is_multiple_of(2) && large.count > 0 {
        let reason = Reason::Even;
        return Err(Refused { reason, saw });
    }
    Ok(Withdrawn {
        account: cmd.account,
        amount: 1,
        call: cmd.call,
        saw,
    })
}
