//! Sets of tags: a booking of a room over several time slots conflicts with another one where they share a slot, and
//! nowhere else. A request that comes twice is done once, by the id that the client gave it.

use std::collections::BTreeSet;

use factos::prelude::*;
use factos::testing::given;
use factos::{DispatchError, Fact};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::observed::on_every_store;

/// An hour of a day.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TagValue,
)]
struct Slot(u32);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
struct BookingId(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(booking, room))]
enum RoomEvent {
    RoomBooked {
        booking: BookingId,
        room: String,
        #[tag(slot)]
        slots: BTreeSet<Slot>,
        #[tag(guest)]
        guests: Vec<String>,
    },
    BookingCancelled {
        booking: BookingId,
        room: String,
        #[tag(slot)]
        slots: BTreeSet<Slot>,
    },
}
use RoomEvent::*;

#[fact(last)]
fn is_taken(taken: bool, event: &RoomEvent, #[tag] room: &str, #[tag] slot: Slot) -> bool {
    match event {
        RoomBooked { .. } => true,
        BookingCancelled { .. } => false,
    }
}

/// Where and when a booking is; `None` when there is none, or none any more.
#[fact]
fn booking(
    place: Option<(String, BTreeSet<Slot>)>,
    event: &RoomEvent,
    #[tag] booking: &BookingId,
) -> Option<(String, BTreeSet<Slot>)> {
    match event {
        RoomBooked { room, slots, .. } => Some((room.clone(), slots.clone())),
        BookingCancelled { .. } => None,
    }
}

#[fact]
fn was_requested(requested: bool, event: &RoomEvent, #[tag] booking: &BookingId) -> bool {
    match event {
        RoomBooked { .. } => true,
    }
}

#[fact]
fn invitations(invitations: u32, event: &RoomEvent, #[tag] guest: &str) -> u32 {
    match event {
        RoomBooked { .. } => invitations + 1,
    }
}

#[derive(Debug, Clone)]
struct Book {
    booking: BookingId,
    room: String,
    slots: BTreeSet<Slot>,
    guests: Vec<String>,
}

#[derive(Debug, PartialEq)]
enum RoomError {
    NoSlots,
    Taken(Slot),
    NoSuchBooking,
}

#[decider]
fn book(
    cmd: &Book,
    #[fact(was_requested(&cmd.booking))] done: bool,
    #[fact(cmd.slots.iter().map(|slot| is_taken(&cmd.room, *slot)).collect::<Vec<_>>())] taken: Vec<
        bool,
    >,
) -> Result<Option<RoomEvent>, RoomError> {
    if done {
        return Ok(None);
    }
    if cmd.slots.is_empty() {
        return Err(RoomError::NoSlots);
    }
    if let Some((slot, _)) = cmd.slots.iter().zip(taken).find(|(_, taken)| *taken) {
        return Err(RoomError::Taken(*slot));
    }
    Ok(Some(RoomBooked {
        booking: cmd.booking.clone(),
        room: cmd.room.clone(),
        slots: cmd.slots.clone(),
        guests: cmd.guests.clone(),
    }))
}

struct Cancel {
    booking: BookingId,
}

#[decider]
fn cancel(
    cmd: &Cancel,
    #[fact(booking(&cmd.booking))] place: Option<(String, BTreeSet<Slot>)>,
) -> Result<RoomEvent, RoomError> {
    let (room, slots) = place.ok_or(RoomError::NoSuchBooking)?;
    Ok(BookingCancelled {
        booking: cmd.booking.clone(),
        room,
        slots,
    })
}

fn id(booking: &str) -> BookingId {
    BookingId(booking.into())
}

fn slots(hours: impl IntoIterator<Item = u32>) -> BTreeSet<Slot> {
    hours.into_iter().map(Slot).collect()
}

fn wish(name: &str, room: &str, hours: impl IntoIterator<Item = u32>) -> Book {
    Book {
        booking: id(name),
        room: room.into(),
        slots: slots(hours),
        guests: vec!["ann".into(), "bob".into(), "ann".into()],
    }
}

fn booked(name: &str, room: &str, hours: impl IntoIterator<Item = u32>) -> RoomEvent {
    let wish = wish(name, room, hours);
    RoomBooked {
        booking: wish.booking,
        room: wish.room,
        slots: wish.slots,
        guests: wish.guests,
    }
}

fn cancelled(name: &str, room: &str, hours: impl IntoIterator<Item = u32>) -> RoomEvent {
    BookingCancelled {
        booking: id(name),
        room: room.into(),
        slots: slots(hours),
    }
}

#[test]
fn a_room_is_booked_once_in_each_slot() {
    let history = [booked("one", "blue", 9..12), booked("two", "red", 0..24)];
    for (hours, taken) in [(8..10, 9), (11..13, 11), (0..24, 9), (10..11, 10)] {
        given(history.clone())
            .when(wish("new", "blue", hours))
            .then_rejected(RoomError::Taken(Slot(taken)));
    }
    for hours in [7..9, 12..20] {
        given(history.clone())
            .when(wish("new", "blue", hours.clone()))
            .then(booked("new", "blue", hours));
    }
    given(history)
        .when(wish("new", "blue", []))
        .then_rejected(RoomError::NoSlots);
}

#[test]
fn a_cancelled_booking_frees_its_slots() {
    let history = [
        booked("one", "blue", 9..12),
        booked("two", "blue", 12..13),
        cancelled("one", "blue", 9..12),
    ];
    given(history.clone())
        .when(wish("new", "blue", 9..12))
        .then(booked("new", "blue", 9..12));
    given(history.clone())
        .when(wish("new", "blue", 9..13))
        .then_rejected(RoomError::Taken(Slot(12)));
    given(history.clone())
        .when(Cancel { booking: id("two") })
        .then(cancelled("two", "blue", 12..13));
    given(history)
        .when(Cancel { booking: id("one") })
        .then_rejected(RoomError::NoSuchBooking);
}

#[test]
fn the_same_request_is_done_once() {
    given([booked("one", "blue", 9..12)])
        .when(wish("one", "blue", 9..12))
        .then_nothing();
    given([
        booked("one", "blue", 9..12),
        cancelled("one", "blue", 9..12),
    ])
    .when(wish("one", "blue", 9..12))
    .then_nothing();
}

#[test]
fn every_element_of_a_set_is_a_tag_once() {
    let tags = booked("one", "blue", [10, 9]).tags().expect("tags");
    assert_eq!(
        tags.to_string(),
        "booking:one, guest:ann, guest:bob, room:blue, slot:10, slot:9"
    );
    let history = [booked("one", "blue", 9..12), booked("two", "red", 9..10)];
    assert_eq!(invitations("ann").over(&history), 2);
    assert_eq!(invitations("eve").over(&history), 0);
}

#[tokio::test]
async fn only_a_shared_slot_is_a_conflict() {
    on_every_store(async |log, seen| {
        let meanwhile = [
            booked("before", "blue", 8..10),
            booked("behind", "blue", 12..14),
            booked("elsewhere", "red", 10..12),
        ];
        seen.after_next_read(meanwhile);
        let accepted = log.dispatch(wish("new", "blue", 10..12)).rounds(1).await;
        assert_eq!(accepted.expect("its slots are free").rounds, 1);

        seen.after_next_read(booked("other", "blue", 21..24));
        let lost = log.dispatch(wish("late", "blue", 19..22)).rounds(1).await;
        let Err(DispatchError::Conflict(conflict)) = lost else {
            panic!("{lost:?}")
        };
        assert_eq!(conflict.fact, "is_taken");

        seen.after_next_read(booked("other", "red", 20..24));
        let refused = log.dispatch(wish("late", "red", 19..22)).await;
        assert!(
            matches!(
                refused,
                Err(DispatchError::Rejected(RoomError::Taken(Slot(20))))
            ),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_overlapping_wishes_at_once_no_two_are_granted() {
    on_every_store(async |log, _| {
        let mut wishes = JoinSet::new();
        for n in 0..48 {
            let log = log.clone();
            let wish = wish(&format!("b{n}"), "blue", n % 24..n % 24 + 3);
            wishes.spawn(async move { (wish.clone(), log.dispatch(wish).await) });
        }
        let mut granted: Vec<Slot> = Vec::new();
        let mut refused = Vec::new();
        for (wish, answer) in wishes.join_all().await {
            match answer {
                Ok(_) => granted.extend(wish.slots),
                Err(DispatchError::Rejected(RoomError::Taken(_))) => refused.push(wish.slots),
                Err(other) => panic!("{other:?}"),
            }
        }
        let distinct: BTreeSet<_> = granted.iter().copied().collect();
        assert_eq!(distinct.len(), granted.len(), "{granted:?}");
        assert!(refused.iter().all(|slots| !slots.is_disjoint(&distinct)));
        let facts: Vec<_> = (0..26).map(|hour| is_taken("blue", Slot(hour))).collect();
        let taken = log.read(facts).await.expect("a read");
        let taken: BTreeSet<_> = (0..)
            .map(Slot)
            .zip(taken)
            .filter(|(_, t)| *t)
            .map(|(s, _)| s)
            .collect();
        assert_eq!(taken, distinct);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_sent_often_is_recorded_once() {
    on_every_store(async |log, _| {
        let mut sent = JoinSet::new();
        for _ in 0..20 {
            let log = log.clone();
            sent.spawn(async move { log.dispatch(wish("one", "blue", 9..12)).await });
        }
        let mut recorded = 0;
        for accepted in sent.join_all().await {
            recorded += accepted.expect("all of them are done").events.len();
        }
        assert_eq!(recorded, 1);
        assert_eq!(log.head().await.expect("a head").get(), 1);
    })
    .await;
}
