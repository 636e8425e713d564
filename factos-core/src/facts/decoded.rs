//! Events that are decoded once, for all facts that read them.

use std::any::{Any, TypeId};

use crate::error::DecodeError;
use crate::event::{Event, Recorded, StoredEvent};

/// A stored event with what it was decoded to so far, one value an event type.
pub(crate) struct Decoded {
    pub(crate) stored: StoredEvent,
    values: Vec<(TypeId, Box<dyn Any + Send>)>,
}

impl Decoded {
    /// Decodes it as an event of `E`, unless that was done before.
    pub(super) fn decode<E: Event>(&mut self) -> Result<(), DecodeError> {
        if self.get::<E>().is_none() {
            let value = self.stored.decode::<E>()?;
            self.values.push((TypeId::of::<E>(), Box::new(value)));
        }
        Ok(())
    }

    /// What it was decoded to as an event of `E`.
    pub(super) fn get<E: Event>(&self) -> Option<&Recorded<E>> {
        let mut values = self.values.iter();
        let (_, value) = values.find(|(id, _)| *id == TypeId::of::<E>())?;
        value.downcast_ref()
    }

    /// Forgets what it was decoded to, as what was recorded about it has changed.
    pub(crate) fn forget(&mut self) {
        self.values.clear();
    }
}

impl From<StoredEvent> for Decoded {
    fn from(stored: StoredEvent) -> Self {
        Self {
            stored,
            values: Vec::new(),
        }
    }
}
