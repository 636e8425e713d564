//! G6: a read returns exactly what it asks for.

use super::fixture::StoreFixture;
use super::words::*;
use crate::position::Position;
use crate::query::Query;
use crate::store::ReadPart;

/// A read keeps to its query, range, limit and direction.
pub async fn g6_a_read_keeps_to_range_limit_and_direction<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    for n in 0..20 {
        let name = if n % 2 == 0 { "Even" } else { "Odd" };
        let event = event(name, &[&format!("third:{}", n % 3), "all:1"]);
        accepted(&*store, request([event])).await;
    }
    let even = || ReadPart::query(query(&["Even"], &[]));
    let two_tags = || ReadPart::query(query(&[], &["third:1", "all:1"]));
    let any_of = Query::new([item(&["Even", "Odd"], &["third:0"]), item(&["Even"], &[])]);
    let any_of = || ReadPart::query(any_of.clone());
    let at = Position::new;
    let table: [(ReadPart, &[u64]); 16] = [
        (even().limit(3), &[1, 3, 5]),
        (even().backward().limit(3), &[19, 17, 15]),
        (even().after(at(3)).to(at(9)), &[5, 7, 9]),
        (even().after(at(3)).to(at(9)).backward().limit(2), &[9, 7]),
        (even().after(at(9)).to(at(3)), &[]),
        (even().limit(0), &[]),
        (even().to(at(0)), &[]),
        (
            ReadPart::query(query(&["Even"], &["third:0", "all:1"])),
            &[1, 7, 13, 19],
        ),
        (any_of().limit(5), &[1, 3, 4, 5, 7]),
        (any_of().backward().to(at(10)).limit(4), &[10, 9, 7, 5]),
        (all().after(at(18)), &[19, 20]),
        (all().backward().limit(2), &[20, 19]),
        (all().after(at(19)).limit(u64::MAX).to(at(u64::MAX)), &[20]),
        (all().after(at(u64::MAX)), &[]),
        (two_tags().backward().limit(2), &[20, 17]),
        (ReadPart::query(query(&["Even"], &["third:0", "no:1"])), &[]),
    ];
    for (part, wanted) in table {
        assert_eq!(positions(&*store, part.clone()).await, wanted, "{part:#?}");
    }
}

/// A query of many items is one ordered answer, and an event that several items match is in it once.
pub async fn g6_many_items_are_one_ordered_answer<F: StoreFixture>(fixture: &F) {
    let store = open(fixture).await;
    let events = (0..300).map(|n| event("T", &[&format!("n:{n}"), &format!("m:{}", n % 7)]));
    accepted(&*store, request(events)).await;
    let odd = (0..300)
        .rev()
        .step_by(2)
        .map(|n| item(&[], &[&format!("n:{n}")]));
    let part = ReadPart::query(Query::new(odd.chain([item(&["T"], &["m:3"])])));
    let mut wanted: Vec<u64> = (0..300)
        .filter(|n| n % 2 == 1 || n % 7 == 3)
        .map(|n| n + 1)
        .collect();
    assert_eq!(positions(&*store, part.clone()).await, wanted);
    let first = positions(&*store, part.clone().limit(10)).await;
    assert_eq!(first, wanted[..10]);
    wanted.reverse();
    let last = positions(&*store, part.backward().limit(10)).await;
    assert_eq!(last, wanted[..10]);
}

/// What a client was acknowledged is in the next read, by whichever handle, while others write.
pub async fn g6_an_acknowledged_append_is_in_the_next_read<F: StoreFixture>(fixture: &F) {
    let handles = open_twice(fixture).await;
    let clients = (0..4).map(|n| {
        let [store, other] = [handles[n % 2].clone(), handles[1 - n % 2].clone()];
        async move {
            let own = format!("client:{n}");
            for count in 1..=12 {
                let appended = accepted(&*store, request([event("A", &[&own])])).await;
                let part = ReadPart::query(query(&[], &[&own]));
                let seen = positions(&*other, part).await;
                assert_eq!(
                    (seen.len(), seen.last()),
                    (count, Some(&appended.last.get()))
                );
            }
        }
    });
    together(clients).await;
}
