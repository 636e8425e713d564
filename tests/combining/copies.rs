//! States by reference and by value.

use super::*;

static CLONED: AtomicU32 = AtomicU32::new(0);

/// A state whose copies are counted.
#[derive(Debug, Default, PartialEq)]
struct Heavy(u32);

impl Clone for Heavy {
    fn clone(&self) -> Self {
        CLONED.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}

#[fact]
fn heavy(state: &mut Heavy, event: &ItemEvent, #[tag] item: u32) {
    match event {
        Stocked { .. } => state.0 += 1,
    }
}

struct Borrow(u32);

#[decider]
fn borrow(cmd: &Borrow, #[fact(heavy(cmd.0))] state: &Heavy) -> Option<ItemEvent> {
    (state.0 > 1).then_some(Taken { item: cmd.0 })
}

struct Own(u32);

#[decider]
fn own(cmd: &Own, #[fact(heavy(cmd.0))] state: Heavy) -> Option<ItemEvent> {
    let enough = Some(state).filter(|state| state.0 > 1);
    enough.map(|_| Taken { item: cmd.0 })
}

#[tokio::test]
async fn a_borrowed_state_is_never_copied_and_an_owned_one_is_once() {
    on_every_store(async |log, seen| {
        let cloned = || CLONED.swap(0, Ordering::Relaxed);
        cloned();
        log.append(stocked(1)).await.expect("an append");
        let accepted = log.dispatch(Borrow(1)).await.expect("no rejection");
        assert_eq!(accepted.events.len(), 0);
        seen.after_next_read(stocked(1));
        let accepted = log.dispatch(Borrow(1)).await.expect("no rejection");
        assert_eq!((accepted.events.len(), accepted.rounds), (1, 2));
        assert_eq!(cloned(), 0);

        let accepted = log.dispatch(Own(1)).await.expect("no rejection");
        assert_eq!((accepted.events.len(), cloned()), (1, 1));
        assert_eq!(log.read(heavy(1)).await.expect("a read"), Heavy(2));
    })
    .await;
}
