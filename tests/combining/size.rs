//! A hundred ids in one decision.

use super::*;

struct TakeAll {
    items: Vec<u32>,
}

#[derive(Debug, PartialEq)]
enum TakeAllError {
    NoneLeft(u32),
    NoPrice(u32),
}

#[decider]
fn take_all(
    cmd: &TakeAll,
    #[fact(cmd.items.iter().map(|item| (stock(*item), taken(*item), price(*item))).collect::<Vec<_>>())]
    items: &[(u32, u64, Option<u64>)],
) -> Result<Vec<ItemEvent>, TakeAllError> {
    let mut events = Vec::new();
    for (&item, (stock, taken, price)) in cmd.items.iter().zip(items) {
        if u64::from(*stock) <= *taken {
            return Err(TakeAllError::NoneLeft(item));
        }
        if price.is_none() {
            return Err(TakeAllError::NoPrice(item));
        }
        events.push(Taken { item });
    }
    Ok(events)
}

#[tokio::test]
async fn three_facts_about_each_of_a_hundred_ids_are_one_query_and_one_decision() {
    on_every_store(async |log, seen| {
        let priced = |item| Priced { item, price: 5 };
        for item in 0..150 {
            log.append([stocked(item), priced(item)])
                .await
                .expect("an append");
        }
        let all = || TakeAll {
            items: (0..100).collect(),
        };
        let accepted = log.dispatch(all()).await.expect("one of each is left");
        assert_eq!(accepted.events.len(), 100);
        let reads = seen.reads();
        assert_eq!((reads.len(), reads[0].events.as_slice()), (1, &[200][..]));
        assert_eq!(query(&reads[0], 0).items().len(), 100);

        let refused = log.dispatch(all()).await;
        let expected = TakeAllError::NoneLeft(0);
        assert!(
            matches!(&refused, Err(factos::DispatchError::Rejected(e)) if *e == expected),
            "{refused:?}"
        );

        // What happens to others does not matter, what happens to the last of them does.
        let again: Vec<_> = (0..100).map(stocked).collect();
        log.append(again).await.expect("an append");
        seen.after_next_read([stocked(100), priced(100), Taken { item: 149 }]);
        let accepted = log.dispatch(all()).rounds(1).await;
        assert_eq!(accepted.expect("one of each is left").rounds, 1);

        let again: Vec<_> = (0..100).map(stocked).collect();
        log.append(again).await.expect("an append");
        seen.after_next_read([Taken { item: 99 }]);
        let refused = log.dispatch(all()).await;
        let expected = TakeAllError::NoneLeft(99);
        assert!(
            matches!(&refused, Err(factos::DispatchError::Rejected(e)) if *e == expected),
            "{refused:?}"
        );
    })
    .await;
}
