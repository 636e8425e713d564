//! Places: a log's number and a position in it, packed into the one integer that SQLite keys rows by fastest.

use factos_core::Position;

/// Bits of a place that hold the position; 17 million million events a log.
const POSITION_BITS: u32 = 44;
/// The last position there can be.
pub(super) const LAST_POSITION: u64 = (1 << POSITION_BITS) - 1;
/// The highest number of a log.
pub(super) const LAST_LOG: i64 = (1 << (63 - POSITION_BITS)) - 1;

/// The number of a log in its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogNumber(pub(super) i64);

impl LogNumber {
    /// The place of a position of this log; one beyond the last possible position becomes the last one.
    pub(super) fn place(self, position: Position) -> i64 {
        let position = position.get().min(LAST_POSITION);
        (self.0 << POSITION_BITS) | position.cast_signed()
    }

    /// Before the log's first event.
    pub(super) fn floor(self) -> i64 {
        self.place(Position::START)
    }

    /// The last place that can belong to the log.
    pub(super) fn ceiling(self) -> i64 {
        self.place(Position::new(u64::MAX))
    }
}

/// The position at a place, whatever its log.
pub(super) fn position(place: i64) -> Position {
    Position::new(place.cast_unsigned() & LAST_POSITION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_orders_by_log_then_position() {
        let (first, second) = (LogNumber(0), LogNumber(1));
        assert_eq!(first.place(Position::new(7)), 7);
        assert!(first.ceiling() < second.floor() + 1);
        assert!(first.ceiling() < second.place(Position::new(1)));
        assert_eq!(position(second.place(Position::new(9))), Position::new(9));
        assert!(LogNumber(LAST_LOG).floor() > 0);
    }
}
