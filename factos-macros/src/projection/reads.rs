//! Which events a projection reads.

use super::check::ProjectionInput;
use super::slices;
use crate::diagnostics::Diagnostics;
use crate::handler::EventsForm;
use crate::infer::{Body, Form, Kept, Reader, Reads, What, listed_events, not_conditional};

/// Finds the events, and gives each match on an event the arm that does nothing.
pub(super) fn reads(projection: &mut ProjectionInput, errors: &mut Diagnostics) -> Reads {
    if projection.options.all.is_some() {
        return Reads::All;
    }
    if let Some(listed) = &projection.options.events {
        return Reads::Events(listed_events(listed, errors));
    }
    let name = projection.item.sig.ident.clone();
    let reader = Reader::new(What::Projection, &name);
    not_conditional(&projection.item.block, &reader, errors);
    let event = projection.events.name.clone();
    let found = match projection.events.form {
        EventsForm::One => {
            let kept = Kept {
                form: Form::Done,
                names: projection.db.iter().cloned().collect(),
                mutable: true,
            };
            let mut body = Body::new(reader.clone(), event, projection.is_recorded(), kept);
            body.read(&mut projection.item.block, errors);
            body.found()
        }
        EventsForm::Slice => {
            slices::read(&reader, event.as_ref(), &mut projection.item.block, errors)
        }
    };
    Reads::found(found, &reader, &name, errors)
}
