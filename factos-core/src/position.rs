//! Positions: where an event stands in its log.

use std::fmt;

/// Where an event stands in its log: from 1, gapless, in commit order.
///
/// [`Position::START`] (0) stands before the first event; as the `after` of a read or a guard it leaves nothing out.
///
/// ```
/// use factos_core::Position;
/// assert!(Position::START < Position::new(1));
/// assert_eq!(Position::new(7).get(), 7);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The position with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position `count` events later, at most `u64::MAX`.
    #[must_use]
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u64> for Position {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl From<Position> for u64 {
    fn from(position: Position) -> Self {
        position.0
    }
}
