//! Time: when events were recorded, and the clock that says so.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment in UTC, in microseconds since 1970, as it is stored with each event.
///
/// ```
/// use factos_core::Timestamp;
/// let t = Timestamp::from_micros(1_500_000);
/// assert_eq!(t.to_string(), "1970-01-01T00:00:01.500000Z");
/// assert_eq!((t + std::time::Duration::from_secs(2)).since(t).as_secs(), 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many microseconds after 1970-01-01T00:00:00Z, or before it.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; nothing when it is not.
    pub fn since(self, earlier: Self) -> Duration {
        if self < earlier {
            return Duration::ZERO;
        }
        Duration::from_micros(self.0.abs_diff(earlier.0))
    }
}

/// The moment so much later; at most the last one that there is.
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}

/// The moment so much earlier; at least the first one that there is.
impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(micros(after)),
            Err(before) => Self(-micros(before.duration())),
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let distance = Duration::from_micros(time.0.unsigned_abs());
        let moment = if time.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        moment.unwrap_or(UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `humantime` refuses to print moments outside 1970 to 9999.
        match self.0 {
            0..253_402_300_800_000_000 => humantime::format_rfc3339_micros((*self).into()).fmt(f),
            micros => write!(f, "{micros} µs since 1970"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// Where the log takes the time from that it records with events.
///
/// ```
/// use factos_core::{Clock, Timestamp};
/// struct Noon;
/// impl Clock for Noon {
///     fn now(&self) -> Timestamp {
///         Timestamp::from_micros(43_200_000_000)
///     }
/// }
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The present moment. It may stand still or jump; the log never records a time before the event in front.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}
