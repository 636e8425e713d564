//! What is read, and who is fed.

use super::*;

#[tokio::test]
async fn facts_at_one_position_share_one_part_that_holds_each_event_once() {
    on_every_store(async |log, seen| {
        log.append([stocked(1), Taken { item: 1 }, stocked(2), stocked(3)])
            .await
            .expect("an append");
        let facts = ((stock(1), stock(1)), (fed(1), taken(1)), [stock(2)]);
        let states = log.read(facts).await.expect("a read");
        assert_eq!(states.0, (1, 1));
        assert_eq!(states.1, (vec![stocked(1), Taken { item: 1 }], 1));
        assert_eq!(states.2, [1]);

        let reads = seen.reads();
        assert_eq!(reads.len(), 1);
        assert_eq!(reads[0].events, [3], "five facts, three events, one part");
        assert_eq!(query(&reads[0], 0).items().len(), 2, "one a tag");
    })
    .await;
}

#[tokio::test]
async fn a_fact_of_the_last_event_has_a_part_of_its_own() {
    on_every_store(async |log, seen| {
        log.append(vec![stocked(1); 5]).await.expect("an append");
        let read = log.read((last_name(1), stock(1), last_name(2), stock(2)));
        let expected = ("item1".to_owned(), 5, String::new(), 0);
        assert_eq!(read.await.expect("a read"), expected);
        assert_eq!(seen.reads()[0].events, [1, 5, 0]);
    })
    .await;
}

struct TakeItem(u32);

#[derive(Debug, PartialEq)]
struct NoneLeft;

#[decider]
fn take_item(
    cmd: &TakeItem,
    #[fact(stock(cmd.0))] stock: u32,
    #[fact(taken(cmd.0))] taken: u64,
    #[fact(price(cmd.0))] price: Option<u64>,
) -> Result<ItemEvent, NoneLeft> {
    if price.is_none() || u64::from(stock) <= taken {
        return Err(NoneLeft);
    }
    Ok(Taken { item: cmd.0 })
}

#[tokio::test]
async fn after_a_lost_round_only_what_is_new_is_read_in_one_part_again() {
    on_every_store(async |log, seen| {
        log.append([stocked(1), stocked(1), Priced { item: 1, price: 3 }])
            .await
            .expect("an append");
        seen.after_next_read([Taken { item: 1 }]);
        let accepted = log.dispatch(TakeItem(1)).await.expect("one is left");
        assert_eq!(accepted.rounds, 2);
        let reads = seen.reads();
        let events: Vec<_> = reads.iter().map(|read| read.events.as_slice()).collect();
        assert_eq!(events, [[3], [1]]);
        let after: Vec<_> = reads.iter().map(|r| r.request.parts[0].after).collect();
        assert_eq!(after, [Position::START, Position::new(3)]);
        assert_eq!(query(&reads[0], 0), query(&reads[1], 0));
    })
    .await;
}

#[tokio::test]
async fn each_fact_is_fed_only_its_own_events() {
    on_every_store(async |log, _| {
        let history = [
            stocked(1),
            Priced { item: 1, price: 9 },
            stocked(2),
            Taken { item: 1 },
            Priced { item: 2, price: 8 },
            Taken { item: 3 },
        ];
        log.append(history).await.expect("an append");
        let facts = ([fed(1), fed(2), fed(3), fed(4)], price(1), price(2));
        let (fed, one, two) = log.read(facts).await.expect("a read");
        assert_eq!(fed[0], [stocked(1), Taken { item: 1 }]);
        assert_eq!(fed[1], [stocked(2)]);
        assert_eq!(fed[2], [Taken { item: 3 }]);
        assert_eq!(fed[3], []);
        assert_eq!((one, two), (Some(9), Some(8)));
    })
    .await;
}
