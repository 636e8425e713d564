//! What is measured of those who follow.

use std::fmt;
use std::time::Duration;

use crate::measure::Pace;
use crate::target::Target;

/// One of the operations that take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The rows of [`Handler::Seats`], by the same statement without factos, counted one by one.
    RawInsert,
    /// The log alone is read, as the application's own type, counted event by event.
    Read,
    /// A projection is brought up to date, counted event by event.
    CatchUp(Handler),
    /// The same for a second version beside the first, until it is live, in a process of its own.
    Rebuild,
    /// A signal, from before it is appended until somebody has it.
    Deliver(Receiver, Reach, Load),
    /// From the end of the process that runs a projection until the next event is projected.
    TakeOver(End),
    /// Appends of one event.
    Append(Notifications, usize),
}

/// What a projection does with its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// One row an event, by one statement a transaction.
    Seats,
    /// A number that is counted up once a transaction.
    Total,
    /// One row an event, by one statement each.
    Singles,
}

/// Who waits for signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// Whoever subscribed to them.
    Subscriber,
    /// Whoever watches a fact about them: of several at once the last.
    Watcher,
    /// Whoever has sent it and waits for a projection of it.
    Reader,
}

/// How far apart they are who send and who receive, or of a projection who waits and who runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// In one process.
    Here,
    /// In two.
    Across,
}

/// How many signals there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// 200 a second.
    Steady,
    /// As many as one client can send.
    Full,
}

/// How a process ends that runs a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is killed right after a transaction, when its lease is as long as it can be.
    Killed,
    /// It is told to stop.
    Stopped,
}

/// Whether other processes are told of appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notifications {
    Used,
    Unused,
}

impl Load {
    pub fn pace(self) -> Pace {
        match self {
            Self::Steady => Pace::Every(Duration::from_millis(5)),
            Self::Full => Pace::Full,
        }
    }
}

impl Operation {
    /// All of them, in order. What is compared stands close together.
    pub fn all(target: &Target) -> Vec<Self> {
        let mut all = vec![Self::RawInsert, Self::Read];
        all.extend([Handler::Seats, Handler::Total, Handler::Singles].map(Self::CatchUp));
        all.push(Self::Rebuild);
        for receiver in [Receiver::Subscriber, Receiver::Watcher, Receiver::Reader] {
            for reach in [Reach::Here, Reach::Across] {
                all.extend(
                    [Load::Steady, Load::Full].map(|load| Self::Deliver(receiver, reach, load)),
                );
            }
        }
        all.extend([End::Stopped, End::Killed].map(Self::TakeOver));
        if let Target::Postgres { .. } = target {
            for clients in [1, 16] {
                let both = [Notifications::Unused, Notifications::Used];
                all.extend(both.map(|notifications| Self::Append(notifications, clients)));
            }
        }
        all
    }
}

/// As its row is headed.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RawInsert => f.write_str("raw insert of the rows, 1,000 a transaction (rows)"),
            Self::Read => f.write_str("typed read of the log (events)"),
            Self::CatchUp(handler) => write!(f, "F1 catch-up, {handler} (events)"),
            Self::Rebuild => f.write_str("F2 rebuild as version 2 until it is live (events)"),
            Self::Deliver(receiver, reach, load) => write!(f, "F3 {receiver}, {reach}, {load}"),
            Self::TakeOver(end) => write!(f, "F4 takeover from a process that is {end}"),
            Self::Append(notifications, 1) => write!(f, "F5 append {notifications}, 1 client"),
            Self::Append(notifications, clients) => {
                write!(f, "F5 append {notifications}, {clients} clients")
            }
        }
    }
}

impl fmt::Display for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seats => "rows of a slice",
            Self::Total => "a counter of a slice",
            Self::Singles => "a row of each event",
        })
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subscriber => "delivery to a subscription",
            Self::Watcher => "delivery to a watched fact",
            Self::Reader => "append and wait for a projection",
        })
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Here => "1 process",
            Self::Across => "2 processes",
        })
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steady => "200 a second",
            Self::Full => "at full load",
        })
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Killed => "killed",
            Self::Stopped => "told to stop",
        })
    }
}

impl fmt::Display for Notifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Used => "with notifications",
            Self::Unused => "without notifications",
        })
    }
}
