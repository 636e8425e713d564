//! The states of all facts at one position, kept by hand: what the library's folds are judged by.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use factos::{IntoDecision, IntoEvents, NewEvent, StoredEvent};

use crate::domain::AnyCommand::*;
use crate::domain::{self, AnyCommand, BankEvent, Book, Count, Latest, Note, Rate, Refused};
use crate::domain::{RoomEvent, Seats};
use crate::record::Work;

/// What the log says up to a position.
#[derive(Debug, Default)]
pub struct Model {
    books: HashMap<u64, Book>,
    /// Withdrawals of accounts, and how many days had begun when they were counted last.
    withdrawals: HashMap<u64, (Count, usize)>,
    days: Vec<u64>,
    deposits: HashMap<u64, Vec<(i64, u64)>>,
    rate: Rate,
    notes: HashMap<u64, Note>,
    latest: HashMap<u64, Latest>,
    seats: HashMap<u64, Seats>,
    /// By room and guest, who took the seat.
    seat_of: HashMap<(u64, u64), u64>,
    rooms_taken: HashMap<u64, Count>,
}

/// What a decider answers.
#[derive(Debug)]
pub enum Decision {
    Events(Vec<NewEvent>),
    Refused(Refused),
    Panics,
}

impl Model {
    /// One more event, which the call `call` is recorded with.
    pub fn add(&mut self, event: &StoredEvent, call: u64) {
        match event.event_type.as_str() {
            "SeatTaken" | "SeatLeft" => {
                let event = event.decode::<RoomEvent>().expect("it was dispatched");
                self.add_of_room(&event.data);
            }
            _ => {
                let bank = event.decode::<BankEvent>().expect("it was dispatched");
                self.add_of_bank(&bank.data, event, call);
            }
        }
    }

    fn add_of_bank(&mut self, event: &BankEvent, stored: &StoredEvent, by: u64) {
        match *event {
            BankEvent::Deposited {
                account,
                amount,
                call,
            } => {
                self.enter(account, amount, call);
                let deposits = self.deposits.entry(account).or_default();
                deposits.push((amount, call));
            }
            BankEvent::Withdrawn {
                account,
                amount,
                call,
                ..
            } => {
                self.enter(account, -amount, call);
                self.withdraw(account, call);
                self.record(account, stored, by);
            }
            BankEvent::Transferred {
                from,
                to,
                amount,
                call,
                ..
            } => {
                self.enter(from, -amount, call);
                self.enter(to, amount, call);
                self.withdraw(from, call);
            }
            BankEvent::Noted {
                account,
                text,
                call,
                ..
            } => {
                self.notes.insert(account, Note { text, call });
                self.record(account, stored, by);
            }
            BankEvent::RateSet { percent, call, .. } => {
                self.rate.percent = percent;
                self.rate.trace.add(call);
            }
            BankEvent::DayBegun { call } => self.days.push(call),
        }
    }

    fn add_of_room(&mut self, event: &RoomEvent) {
        match *event {
            RoomEvent::SeatTaken {
                room, guest, call, ..
            } => {
                self.seats.entry(room).or_default().take(guest, call);
                self.seat_of.insert((room, guest), call);
                let taken = self.rooms_taken.entry(guest).or_default();
                *taken = taken.one_more(call);
            }
            RoomEvent::SeatLeft {
                room, guest, call, ..
            } => {
                self.seats.entry(room).or_default().leave(guest, call);
                self.seat_of.remove(&(room, guest));
            }
        }
    }

    fn enter(&mut self, account: u64, amount: i64, call: u64) {
        self.books.entry(account).or_default().enter(amount, call);
    }

    fn withdraw(&mut self, account: u64, call: u64) {
        let count = self.withdrawals(account).one_more(call);
        self.withdrawals.insert(account, (count, self.days.len()));
    }

    fn record(&mut self, account: u64, stored: &StoredEvent, call: u64) {
        let latest = self.latest.entry(account).or_default();
        latest.position = stored.position.get();
        latest.recorded_at = stored.recorded_at.as_micros();
        latest.trace.add(call);
    }

    fn book(&self, account: u64) -> Book {
        self.books.get(&account).cloned().unwrap_or_default()
    }

    fn withdrawals(&self, account: u64) -> Count {
        let (count, days) = self.withdrawals.get(&account).copied().unwrap_or_default();
        let since = self.days[days..].iter();
        since.fold(count, |count, call| count.anew(*call))
    }

    fn deposits(&self, account: u64, limit: i64) -> Count {
        let deposits = self.deposits.get(&account).into_iter().flatten();
        let large = deposits.filter(|(amount, _)| *amount > limit);
        large.fold(Count::default(), |count, (_, call)| count.one_more(*call))
    }

    fn note(&self, account: u64) -> Option<Note> {
        self.notes.get(&account).copied()
    }

    /// What the decider answers here.
    pub fn decide(&self, work: &Work) -> Decision {
        let decided = catch_unwind(AssertUnwindSafe(|| match work {
            Work::Append(events) => Ok(events.clone().into_events()),
            Work::Dispatch(command) => self.decide_command(command),
        }));
        match decided {
            Ok(Ok(events)) => Decision::Events(events.encode().expect("events are json")),
            Ok(Err(refused)) => Decision::Refused(refused),
            Err(_) => Decision::Panics,
        }
    }

    fn decide_command(&self, command: &AnyCommand) -> Result<factos::Events, Refused> {
        match command {
            Deposit(cmd) => decision(domain::deposit(cmd)),
            Withdraw(cmd) => {
                let today = self.withdrawals(cmd.account);
                decision(domain::withdraw(
                    cmd,
                    &self.book(cmd.account),
                    today,
                    self.rate,
                ))
            }
            Transfer(cmd) => {
                let books = [self.book(cmd.from), self.book(cmd.to)];
                decision(domain::transfer(cmd, &books))
            }
            SetRate(cmd) => decision(domain::set_rate(cmd, self.rate)),
            BeginDay(cmd) => decision(domain::begin_day(cmd)),
            WriteNote(cmd) => {
                let latest = self.latest.get(&cmd.account).copied().unwrap_or_default();
                decision(domain::write_note(cmd, self.note(cmd.account), latest))
            }
            TakeSeats(cmd) => {
                let seats = |room| self.seats.get(room).cloned().unwrap_or_default();
                let rooms: Vec<Seats> = cmd.rooms.iter().map(seats).collect();
                let sponsor = cmd.sponsor.map(|account| self.book(account));
                let taken = self.rooms_taken.get(&cmd.guest).copied();
                decision(domain::take_seats(
                    cmd,
                    &rooms,
                    sponsor,
                    taken.unwrap_or_default(),
                ))
            }
            LeaveSeat(cmd) => {
                let seat = self.seat_of.get(&(cmd.room, cmd.guest)).copied();
                decision(domain::leave_seat(cmd, seat))
            }
            Audit(cmd) => decision(domain::audit(
                cmd,
                &self.book(cmd.account),
                self.note(cmd.account),
            )),
            Risk(cmd) => {
                let deposits = self.deposits(cmd.account, i64::MIN);
                let large = self.deposits(cmd.account, cmd.limit);
                decision(domain::risk(cmd, deposits, large))
            }
        }
    }
}

fn decision<D>(decided: D) -> Result<factos::Events, Refused>
where
    D: IntoDecision<Error: Into<Refused>>,
{
    decided.into_decision().map_err(Into::into)
}
