//! Deciding on what is known: cached states, facts that are taken for empty, and commands that are decided one behind the
//! other in one group.

#[path = "engine/cached.rs"]
mod cached;
#[path = "engine/grouped.rs"]
mod grouped;
#[path = "engine/keyed.rs"]
mod keyed;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
#[path = "engine/restored.rs"]
mod restored;
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use factos::prelude::*;
use factos::store::Group;
use factos::{EventLog, LogOptions, MemoryStore, NewEvent};
use serde::{Deserialize, Serialize};
use support::append;
use support::staged::Staged;
use tokio::sync::Semaphore;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
enum SeatEvent {
    SeatAdded {
        #[tag]
        room: String,
    },
    SeatTaken {
        #[tag]
        room: String,
        by: u32,
    },
    /// Changes what `free_seats` says, though nobody who closes a row looks at it.
    RowClosed {
        #[tag]
        room: String,
        #[tag]
        row: u32,
    },
}
use SeatEvent::*;

#[fact]
fn free_seats(free: i32, event: &SeatEvent, #[tag] room: &str) -> i32 {
    match event {
        SeatAdded { .. } => free + 1,
        SeatTaken { .. } => free - 1,
        RowClosed { .. } => free - 10,
    }
}

#[fact]
fn times_closed(times: u32, event: &SeatEvent, #[tag] row: u32) -> u32 {
    match event {
        RowClosed { .. } => times + 1,
    }
}

/// When the last seat was taken: only known when that is committed.
#[fact]
fn last_taken(last: u64, event: &Recorded<SeatEvent>, #[tag] room: &str) -> u64 {
    match event.data {
        SeatTaken { .. } => event.position.get().max(last),
    }
}

#[derive(Debug, PartialEq)]
struct Full;

#[derive(Debug, Clone)]
struct TakeSeat(&'static str, u32);

#[decider]
fn take_seat(cmd: &TakeSeat, #[fact(free_seats(cmd.0))] free: i32) -> Result<SeatEvent, Full> {
    if free <= 0 {
        return Err(Full);
    }
    let (room, by) = (cmd.0.into(), cmd.1);
    Ok(SeatTaken { room, by })
}

struct CloseRow(&'static str, u32);

#[decider]
fn close_row(cmd: &CloseRow, #[fact(times_closed(cmd.1))] times: u32) -> Option<SeatEvent> {
    let (room, row) = (cmd.0.into(), cmd.1);
    (times == 0).then_some(RowClosed { room, row })
}

/// Takes a seat, and says in its number where the one before stands.
struct TakeBehind(&'static str);

#[decider]
fn take_behind(cmd: &TakeBehind, #[fact(last_taken(cmd.0))] last: u64) -> SeatEvent {
    SeatTaken {
        room: cmd.0.into(),
        by: u32::try_from(last).expect("a short log"),
    }
}

struct Explode(&'static str);

#[decider]
fn explode(cmd: &Explode, #[fact(free_seats(cmd.0))] free: i32) -> Option<SeatEvent> {
    panic!("{free} seats are enough to explode")
}

/// Relies on what is defined before: that there are seats.
struct Rely(u32);

#[decider]
fn rely(cmd: &Rely, #[fact(times_closed(cmd.0))] times: u32) -> Option<SeatEvent> {
    assert!(times > 0, "row {} is closed", cmd.0);
    None
}

/// As large as it is, though it owns nothing elsewhere.
#[derive(Clone, Debug, PartialEq)]
struct Large([u32; 2048]);

impl Default for Large {
    fn default() -> Self {
        Self([0; 2048])
    }
}

#[fact]
fn large(large: Large, event: &SeatEvent, #[tag] room: &str) -> Large {
    match event {
        SeatAdded { .. } => Large(large.0.map(|n| n + 1)),
        SeatTaken { .. } => Large(large.0.map(|n| n - 1)),
    }
}

#[derive(Debug, Clone)]
struct TakeLarge(&'static str);

#[decider]
fn take_large(cmd: &TakeLarge, #[fact(large(cmd.0))] free: &Large) -> Result<SeatEvent, Full> {
    if free.0[7] == 0 {
        return Err(Full);
    }
    let (room, by) = (cmd.0.into(), 0);
    Ok(SeatTaken { room, by })
}

fn added(room: &str) -> SeatEvent {
    SeatAdded { room: room.into() }
}

/// Another client appends an event.
fn others(memory: &MemoryStore, event: &SeatEvent) {
    let event = NewEvent::encode(event).expect("it can be encoded");
    for answer in memory.append_now(&Group::single(append([event]))) {
        answer.expect("an unconditional append");
    }
}

/// A store whose appends can be held back, and what it has seen.
struct Stand {
    store: Staged,
    /// As many appends as it has permits begin.
    gate: Arc<Semaphore>,
    /// How many have begun.
    begun: Arc<Semaphore>,
    reads: Arc<AtomicU32>,
}

impl Stand {
    fn new() -> Self {
        let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let reads = Arc::new(AtomicU32::new(0));
        let mut store = Staged::new();
        let (tell, wait) = (begun.clone(), gate.clone());
        store.before_append = Arc::new(move |_| {
            let (tell, wait) = (tell.clone(), wait.clone());
            Box::pin(async move {
                tell.add_permits(1);
                wait.acquire().await.expect("it stays open").forget();
            })
        });
        let count = reads.clone();
        store.after_read = Arc::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Box::pin(async {})
        });
        Self {
            store,
            gate,
            begun,
            reads,
        }
    }

    /// One that holds nothing back.
    fn open() -> Self {
        let stand = Self::new();
        stand.gate.add_permits(Semaphore::MAX_PERMITS / 2);
        stand
    }

    /// With so many free seats in room a.
    fn with_seats(self, seats: u32) -> Self {
        for _ in 0..seats {
            others(&self.store.memory, &added("a"));
        }
        self
    }

    fn log(&self) -> EventLog {
        self.log_with(LogOptions::default())
    }

    fn log_with(&self, options: LogOptions) -> EventLog {
        EventLog::with_options(self.store.clone(), options)
    }

    /// Lets one append go on.
    fn let_one_go(&self) {
        self.gate.add_permits(1);
    }

    /// Waits until one more append has begun.
    async fn next_append(&self) {
        self.begun.acquire().await.expect("it stays open").forget();
    }

    /// How many reads there were since this was asked last.
    fn reads(&self) -> u32 {
        self.reads.swap(0, Ordering::Relaxed)
    }

    /// How many appends have begun since this was asked last.
    fn appends(&self) -> usize {
        let begun = self.begun.available_permits();
        self.begun.forget_permits(begun)
    }
}
