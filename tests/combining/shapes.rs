//! Shapes: tuples, options, lists and arrays.

use super::*;

macro_rules! every_prefix {
    ($log:ident, $seen:ident, ($($before:literal)*)) => {};
    ($log:ident, $seen:ident, ($($before:literal)*) $next:literal $($rest:literal)*) => {
        let states = $log.read(($(stock($before),)* stock($next),)).await.expect("a read");
        assert_eq!(states, ($($before,)* $next,));
        let reads = $seen.reads();
        assert_eq!((reads.len(), reads[0].request.parts.len()), (1, 1));
        every_prefix!($log, $seen, ($($before)* $next) $($rest)*);
    };
}

#[tokio::test]
async fn tuples_of_one_to_twelve_facts_keep_their_order_and_are_one_read() {
    on_every_store(async |log, seen| {
        for item in (1..=12).flat_map(|item| vec![item; item as usize]) {
            log.append(stocked(item)).await.expect("an append");
        }
        every_prefix!(log, seen, () 1 2 3 4 5 6 7 8 9 10 11 12);
    })
    .await;
}

#[tokio::test]
async fn options_lists_and_arrays_keep_their_shape_in_each_other() {
    on_every_store(async |log, seen| {
        let events = [stocked(1), stocked(2), stocked(2), Taken { item: 2 }];
        log.append(events).await.expect("an append");
        log.append(Priced { item: 1, price: 7 })
            .await
            .expect("an append");

        let list = log.read(vec![stock(2), stock(3), stock(1), stock(2)]);
        assert_eq!(list.await.expect("a read"), [2, 0, 1, 2]);
        let array = log.read([price(1), price(2)]);
        assert_eq!(array.await.expect("a read"), [Some(7), None]);
        let option = log.read((Some(stock(2)), None::<stock>, Some(price(2))));
        assert_eq!(option.await.expect("a read"), (Some(2), None, Some(None)));

        seen.reads();
        let nested = log.read((
            Some((stock(1), vec![stock(2), stock(3)])),
            [[taken(1), taken(2)], [taken(3), taken(2)]],
            vec![(stock(1), price(1)), (stock(2), price(2))],
            [Some(vec![[stock(2)]]), None, Some(vec![])],
            ((), (((stock(2),),), fed(2))),
        ));
        let nested = nested.await.expect("a read");
        assert_eq!(nested.0, Some((1, vec![2, 0])));
        assert_eq!(nested.1, [[0, 1], [0, 1]]);
        assert_eq!(nested.2, [(1, Some(7)), (2, None)]);
        assert_eq!(nested.3, [Some(vec![[2]]), None, Some(vec![])]);
        let of_two = vec![stocked(2), stocked(2), Taken { item: 2 }];
        assert_eq!(nested.4, ((), (((2,),), of_two)));
        assert_eq!(seen.reads().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn no_facts_are_no_read() {
    on_every_store(async |log, seen| {
        let nothing = (None::<stock>, Vec::<price>::new(), (), [(); 2]);
        let nothing = log.read(nothing).await.expect("a read");
        assert_eq!(nothing, (None, vec![], (), [(), ()]));
        assert_eq!(seen.reads().len(), 0);
    })
    .await;
}
