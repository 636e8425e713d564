//! What is noticed: a target that is no copy of the source, or does not stay one.

use factos::store::{AppendRequest, EventStore, Refusal, StoreError};
use factos::{AppendId, CopyError, Position, Timestamp};

use super::{copied, copy, fresh};
use crate::histories::{EVENTFUL, Step, append_at, appended, eventful, events, happen, key};
use crate::hooked::{Hooked, Moment};
use crate::kinds::Kind;
use crate::same::contents;
use crate::support::event;

/// Copying to this target fails, and changes nothing about it.
async fn refused(
    source: &(impl EventStore + Clone),
    target: &(impl EventStore + Clone),
) -> CopyError {
    let before = contents(target).await;
    let error = copy(source, target).await.expect_err("it is no copy");
    assert_eq!(before, contents(target).await);
    error
}

fn diverged_at(error: &CopyError) -> u64 {
    match error {
        CopyError::Diverged { position } => position.get(),
        other => panic!("{other:?}"),
    }
}

fn diverged_in(error: &CopyError) -> AppendId {
    match error {
        CopyError::DivergedAppend { append_id } => *append_id,
        other => panic!("{other:?}"),
    }
}

pub async fn a_log_with_other_events_is_no_target<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (_target, foreign) = fresh::<T>().await;
    appended(&foreign, append_at(0, events("Foreign", 1))).await;
    assert_eq!(diverged_at(&refused(&source, &foreign).await), 1);
    eventful(&source).await;
    assert_eq!(diverged_at(&refused(&source, &foreign).await), 1);

    let (_target, target) = fresh::<T>().await;
    copied(&source, &target).await;
    appended(&target, append_at(0, events("Foreign", 1))).await;
    assert_eq!(diverged_at(&refused(&source, &target).await), EVENTFUL + 1);
    appended(&source, append_at(0, events("Own", 1))).await;
    assert_eq!(diverged_at(&refused(&source, &target).await), EVENTFUL + 1);

    // The first half of an append, as no store would have left it.
    let (_source, source) = fresh::<S>().await;
    let (_target, target) = fresh::<T>().await;
    let whole = append_at(0, events("A", 4));
    let half = append_at(0, whole.events()[..2].to_vec()).with_id(whole.append_id());
    appended(&source, whole).await;
    appended(&target, half).await;
    assert_eq!(diverged_at(&refused(&source, &target).await), 3);
}

pub async fn somebody_who_writes_to_the_target_is_noticed<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    eventful(&source).await;
    let mut intrusions = 0;
    for at in 0.. {
        let (_target, target) = fresh::<T>().await;
        let act = move |moment, number, store: T::Store| async move {
            if moment == Moment::BeforeWrite && number == at {
                appended(&store, append_at(0, events("Foreign", 1))).await;
            }
            Ok(())
        };
        let hooked = Hooked::new(target.clone(), act);
        let outcome = copy(&source, &hooked).await;
        let (held, _) = contents(&target).await;
        let is_foreign = |event: &&factos::StoredEvent| event.event_type.as_str() == "Foreign";
        let Some(foreign) = held.parts[0].iter().find(is_foreign) else {
            outcome.expect("nobody wrote");
            if at > hooked.moments() {
                break;
            }
            continue;
        };
        intrusions += 1;
        let error = outcome.expect_err("somebody wrote");
        assert_eq!(diverged_at(&error), foreign.position.get());
        // Nothing was copied behind it.
        assert_eq!(held.head, foreign.position);
    }
    assert!(intrusions > 5, "{intrusions}");
}

fn empty(bytes: u8) -> AppendRequest {
    append_at(0, Vec::new()).with_id(AppendId::from_bytes([bytes; 16]))
}

fn void(bytes: u8) -> Step {
    Step::Void(AppendId::from_bytes([bytes; 16]))
}

pub async fn other_receipts_are_noticed<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (own, kept) = (append_at(0, events("A", 1)), append_at(0, events("B", 1)));
    let kept = kept.with_key(key("k", &[]));
    let own_id = own.append_id();
    for request in [own, kept.clone(), empty(50), empty(100), empty(150)] {
        appended(&source, request).await;
    }
    happen(&source, void(200)).await.expect("it is void");

    // What only the target has, in front of, between and behind what both have.
    for bytes in [0, 75, 125, 255] {
        let (_target, target) = fresh::<T>().await;
        appended(&target, empty(bytes)).await;
        let found = copy(&source, &target).await.expect_err("it is no copy");
        assert_eq!(diverged_in(&found), AppendId::from_bytes([bytes; 16]));
        let (_target, target) = fresh::<T>().await;
        copied(&source, &target).await;
        happen(&target, void(bytes)).await.expect("it is void");
        let found = refused(&source, &target).await;
        assert_eq!(diverged_in(&found), AppendId::from_bytes([bytes; 16]));
    }
    // What the target has otherwise.
    let renamed = empty(100).with_key(key("other", &[]));
    let steps = [
        (void(50), 50),
        (Step::Append(Box::new(renamed)), 100),
        (Step::Append(Box::new(empty(200))), 200),
    ];
    for (step, bytes) in steps {
        let (_target, target) = fresh::<T>().await;
        happen(&target, step)
            .await
            .expect("nothing speaks against it");
        let found = copy(&source, &target).await.expect_err("it is no copy");
        assert_eq!(diverged_in(&found), AppendId::from_bytes([bytes; 16]));
    }
    // What keeps the target from taking an append.
    let (_target, target) = fresh::<T>().await;
    happen(&target, Step::Void(own_id))
        .await
        .expect("it is void");
    let found = refused(&source, &target).await;
    let CopyError::Refused { append_id, refusal } = found else {
        panic!("{found:?}");
    };
    assert_eq!((append_id, refusal), (own_id, Refusal::Void(own_id)));
    let (_target, target) = fresh::<T>().await;
    appended(&target, empty(1).with_key(key("k", &[1]))).await;
    // What stands in front of it is copied.
    let found = copy(&source, &target).await.expect_err("it is no copy");
    let CopyError::Refused { append_id, refusal } = found else {
        panic!("{found:?}");
    };
    assert_eq!(append_id, kept.append_id());
    assert_eq!(refusal, Refusal::KeyReused { key: "k".into() });
}

pub async fn verifying_finds_what_is_different<S: Kind, T: Kind>() {
    let mut stored = event("B", &["a:1"]);
    stored.metadata.set("k", "v");
    let second = append_at(20, vec![stored.clone()]).with_key(key("k", &[1]));
    let id = second.append_id();
    let third = append_at(30, events("C", 3));
    let (_source, source) = fresh::<S>().await;
    let first = append_at(10, events("A", 1));
    for request in [first.clone(), second, third.clone()] {
        appended(&source, request).await;
    }
    let with = |change: fn(&mut factos::NewEvent)| {
        let mut event = stored.clone();
        change(&mut event);
        append_at(20, vec![event])
            .with_key(key("k", &[1]))
            .with_id(id)
    };
    let same = with(|_| ());
    let different = [
        with(|event| event.data = factos::Data::json("{ }").expect("json")),
        with(|event| event.version = 2),
        with(|event| event.tags = factos::Tags::new()),
        with(|event| event.metadata.set("k", "w")),
        with(|event| event.id = factos::EventId::new()),
        append_at(21, same.events().to_vec())
            .with_key(key("k", &[1]))
            .with_id(id),
        same.clone().with_id(AppendId::new()),
        same.clone().to_stream(
            crate::histories::stream("s"),
            factos::store::ExpectedRevision::Any,
        ),
    ];
    for second in different {
        let (_target, target) = fresh::<T>().await;
        for request in [first.clone(), second.clone(), third.clone()] {
            appended(&target, request).await;
        }
        let quick = copy(&source, &target).await.expect("its end is the same");
        assert_eq!((quick.events, quick.head), (0, Position::new(5)));
        let found = copy(&source, &target).verify().await;
        assert_eq!(
            diverged_at(&found.expect_err("it is different")),
            2,
            "{second:?}"
        );
    }
    let keyed = same.clone().with_key(key("k", &[2]));
    let unkeyed = append_at(20, same.events().to_vec()).with_id(id);
    for second in [keyed, unkeyed] {
        let (_target, target) = fresh::<T>().await;
        for request in [first.clone(), second, third.clone()] {
            appended(&target, request).await;
        }
        copy(&source, &target).await.expect("its end is the same");
        let found = copy(&source, &target).verify().await;
        assert_eq!(diverged_in(&found.expect_err("it is different")), id);
    }
    let (_target, target) = fresh::<T>().await;
    for request in [first, same, third] {
        appended(&target, request).await;
    }
    copied(&source, &target).await;
}

pub async fn a_gap_is_not_closed<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    let (_target, target) = fresh::<T>().await;
    eventful(&source).await;
    let lost = Position::new(4);
    let lying = Hooked::lying(source.clone(), move |snapshot| {
        for part in &mut snapshot.parts {
            part.retain(|event| event.position != lost);
        }
    });
    let error = copy(&lying, &target)
        .await
        .expect_err("an event is missing");
    let CopyError::Source(StoreError::CorruptEvent { position, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(position, lost);
    let (held, _) = contents(&target).await;
    assert!(held.head < lost);
    copied(&source, &target).await;
}

pub async fn what_cannot_have_been_stored_is_not_copied<S: Kind, T: Kind>() {
    let (_source, source) = fresh::<S>().await;
    eventful(&source).await;
    let lying = |edit: fn(&mut factos::StoredEvent)| {
        Hooked::lying(source.clone(), move |snapshot| {
            snapshot.parts.iter_mut().flatten().for_each(edit);
        })
    };
    // Time that runs backwards.
    let (_target, target) = fresh::<T>().await;
    let lying_time = lying(|event| {
        if event.event_type.as_str() == "D" {
            event.recorded_at = Timestamp::from_micros(-7);
        }
    });
    let error = copy(&lying_time, &target).await.expect_err("it is raised");
    let (held, _) = contents(&target).await;
    let mut held = held.parts[0].iter();
    let raised = held.find(|event| event.event_type.as_str() == "D");
    assert_eq!(diverged_in(&error), raised.expect("it is there").append_id);

    // A stream with a hole.
    let (_target, target) = fresh::<T>().await;
    let lying_stream = lying(|event| {
        if let ("C", Some(place)) = (event.event_type.as_str(), &mut event.stream) {
            place.revision += 1;
        }
    });
    let error = copy(&lying_stream, &target).await;
    let Err(CopyError::Refused { refusal, .. }) = error else {
        panic!("{error:?}");
    };
    assert!(
        matches!(refusal, Refusal::WrongRevision { next: 3, .. }),
        "{refusal:?}"
    );
    let (held, _) = contents(&target).await;
    assert!(
        held.parts[0]
            .iter()
            .all(|event| event.event_type.as_str() != "C")
    );
}
