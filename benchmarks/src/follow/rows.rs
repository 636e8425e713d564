//! Rows that are inserted together.

use factos::Position;

/// Position, course and student of an event.
pub type Row<'e> = (i64, &'e str, &'e str);

/// Rows that are inserted together.
#[derive(Debug, Default)]
pub struct Rows<'e>(Vec<Row<'e>>);

impl<'e> Rows<'e> {
    pub fn push(&mut self, position: Position, course: &'e str, student: &'e str) {
        self.0.push((signed(position), course, student));
    }

    pub fn all(&self) -> &[Row<'e>] {
        &self.0
    }
}

/// A position as both databases have it.
pub fn signed(position: Position) -> i64 {
    position.get().cast_signed()
}
