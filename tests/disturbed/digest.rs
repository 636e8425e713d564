//! Digests, so that contents can be compared without keeping them. They are the same in all processes of one binary.

use std::hash::{DefaultHasher, Hash, Hasher};

use factos::{NewEvent, StoredEvent, Tag};

/// Of what a client made an event of.
pub fn of_content(event: &NewEvent) -> u64 {
    let mut digest = DefaultHasher::new();
    (event.id.as_bytes(), event.version).hash(&mut digest);
    event.event_type.as_str().hash(&mut digest);
    event.tags.len().hash(&mut digest);
    let mut tags = event.tags.iter().map(Tag::as_str);
    tags.by_ref().for_each(|tag| tag.hash(&mut digest));
    event.data.as_bytes().hash(&mut digest);
    event.metadata.len().hash(&mut digest);
    let mut metadata = event.metadata.iter();
    metadata.by_ref().for_each(|pair| pair.hash(&mut digest));
    digest.finish()
}

/// The same of an event as it is stored.
pub fn of_stored_content(event: &StoredEvent) -> u64 {
    let mut content = NewEvent::new(event.event_type.clone(), event.data.clone());
    content.id = event.id;
    content.version = event.version;
    content.tags = event.tags.clone();
    content.metadata = event.metadata.clone();
    of_content(&content)
}

/// Of all that is stored of an event.
pub fn of_stored(event: &StoredEvent) -> u64 {
    let stream = event.stream.as_ref();
    let place = stream.map(|place| (place.name.as_str(), place.revision));
    let mut digest = DefaultHasher::new();
    of_stored_content(event).hash(&mut digest);
    (event.position.get(), event.recorded_at.as_micros(), place).hash(&mut digest);
    event.append_id.as_bytes().hash(&mut digest);
    digest.finish()
}

/// Of a list of digests.
pub fn of_all(digests: impl IntoIterator<Item = u64>) -> u64 {
    let mut all = DefaultHasher::new();
    digests.into_iter().for_each(|digest| digest.hash(&mut all));
    all.finish()
}
