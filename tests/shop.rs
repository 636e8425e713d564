//! The shop example: its rules, its time, and what is a conflict, on every store.

#[path = "patterns/observed.rs"]
mod observed;
#[allow(dead_code)]
#[path = "../examples/shop.rs"]
mod shop;
mod support;

use factos::testing::{ManualClock, given, given_nothing};
use factos::{DispatchError, Event, EventLog, Limits, LogOptions, MemoryStore, Timestamp};
use observed::{Seen, on_every_store, on_every_store_with};
use shop::*;

fn product(name: &str) -> ProductId {
    ProductId(name.into())
}

fn defined(name: &str, price: u32) -> ShopEvent {
    ShopEvent::ProductDefined {
        product: product(name),
        price,
    }
}

fn changed(name: &str, price: u32) -> ShopEvent {
    ShopEvent::ProductPriceChanged {
        product: product(name),
        price,
    }
}

fn lines(lines: &[(&str, u32)]) -> Vec<Line> {
    let line = |&(name, price): &(&str, u32)| Line {
        product: product(name),
        price,
    };
    lines.iter().map(line).collect()
}

fn ordered(list: &[(&str, u32)]) -> ShopEvent {
    ShopEvent::ProductsOrdered { lines: lines(list) }
}

const MINUTE: i64 = 60_000_000;

// Given events are recorded in 1970, at microsecond 0.

fn order_at(minutes: i64, list: &[(&str, u32)]) -> Order {
    Order {
        lines: lines(list),
        now: Timestamp::from_micros(minutes * MINUTE),
    }
}

#[test]
fn an_order_of_any_number_of_lines_is_accepted_at_the_shown_prices() {
    for list in [
        &[][..],
        &[("tea", 4)],
        &[("tea", 4), ("cup", 9)],
        &[("cup", 9), ("pot", 20), ("tea", 4)],
    ] {
        for minutes in [0, 60] {
            given([defined("tea", 4), defined("cup", 9), defined("pot", 20)])
                .when(order_at(minutes, list))
                .then(ordered(list));
        }
    }
}

#[test]
fn one_bad_line_refuses_the_whole_order_and_the_first_one_is_named() {
    let shop = || given([defined("tea", 4), defined("cup", 9), defined("pot", 20)]);
    shop()
        .when(order_at(60, &[("tea", 4), ("cup", 8), ("pot", 19)]))
        .then_rejected(ShopError::PriceHasChanged(product("cup")));
    shop()
        .when(order_at(60, &[("tea", 4), ("cup", 9), ("pot", 19)]))
        .then_rejected(ShopError::PriceHasChanged(product("pot")));
    shop()
        .when(order_at(60, &[("milk", 4), ("cup", 8)]))
        .then_rejected(ShopError::NoSuchProduct(product("milk")));
}

#[test]
fn an_unknown_product_is_refused_whatever_is_ordered_beside_it() {
    given_nothing()
        .when(order_at(0, &[("tea", 0)]))
        .then_rejected(ShopError::NoSuchProduct(product("tea")));
    given([defined("tea", 4)])
        .when(order_at(0, &[("tea", 4), ("Tea", 4)]))
        .then_rejected(ShopError::NoSuchProduct(product("Tea")));
}

#[test]
fn prices_of_other_products_do_not_count() {
    given([defined("tea", 4), defined("cup", 9)])
        .when(order_at(0, &[("tea", 9)]))
        .then_rejected(ShopError::PriceHasChanged(product("tea")));
}

#[test]
fn the_same_product_twice_is_one_tag_and_may_have_two_prices() {
    let twice = [("tea", 4), ("cup", 9), ("tea", 5)];
    let tags = ordered(&twice).tags().expect("tags");
    assert_eq!(tags.to_string(), "product:cup, product:tea");
    given([defined("tea", 4), changed("tea", 5), defined("cup", 9)])
        .when(order_at(10, &twice))
        .then(ordered(&twice));
}

#[test]
fn a_product_is_defined_once_and_only_a_known_one_changes_its_price() {
    let define = DefineProduct {
        product: product("tea"),
        price: 4,
    };
    let change = ChangePrice {
        product: product("tea"),
        price: 5,
    };
    given([defined("cup", 9)])
        .when(define.clone())
        .then(defined("tea", 4));
    given([defined("tea", 9)])
        .when(define)
        .then_rejected(ShopError::ProductExists);
    given([defined("tea", 4)])
        .when(change.clone())
        .then(changed("tea", 5));
    given([defined("cup", 4)])
        .when(change)
        .then_rejected(ShopError::NoSuchProduct(product("tea")));
}

#[test]
fn the_decider_is_a_plain_function() {
    let prices = Prices {
        settled: Some(4),
        fresh: vec![5, 6],
    };
    for (price, allowed) in [(3, false), (4, true), (5, true), (6, true)] {
        let cmd = order_at(0, &[("tea", price)]);
        let answer = order(&cmd, std::slice::from_ref(&prices));
        assert_eq!(answer.is_ok(), allowed, "{price}");
    }
}

/// Asks which of the prices 1 to 4 a product can be ordered at.
async fn allowed(log: &EventLog, micros: i64) -> Vec<u32> {
    let mut allowed = Vec::new();
    for price in 1..=4 {
        let order = Order {
            lines: lines(&[("tea", price)]),
            now: Timestamp::from_micros(micros),
        };
        match log.dispatch(order).await {
            Ok(_) => allowed.push(price),
            Err(DispatchError::Rejected(ShopError::PriceHasChanged(tea))) => {
                assert_eq!(tea, product("tea"));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    allowed
}

/// Prices are set at minutes 0, 100, 101 and 120.
async fn a_price_holds_until_its_successor_is_older_than_the_grace_period(
    log: EventLog,
    clock: &ManualClock,
) {
    clock.set(Timestamp::from_micros(0));
    log.append(defined("tea", 1)).await.expect("an append");
    for (minute, price) in [(100, 2), (101, 3), (120, 4)] {
        clock.set(Timestamp::from_micros(minute * MINUTE));
        log.append(changed("tea", price)).await.expect("an append");
    }
    // The log knows all prices by now, so moments are told apart by the command's time alone.
    assert_eq!(allowed(&log, 130 * MINUTE).await, [3, 4]);
    assert_eq!(allowed(&log, 130 * MINUTE + 1).await, [4]);
    assert_eq!(allowed(&log, 110 * MINUTE).await, [1, 2, 3, 4]);
    assert_eq!(allowed(&log, 110 * MINUTE + 1).await, [2, 3, 4]);
    assert_eq!(allowed(&log, 111 * MINUTE).await, [2, 3, 4]);
    assert_eq!(allowed(&log, 111 * MINUTE + 1).await, [3, 4]);
}

/// A price change between read and append is a conflict when the product is in the cart, and only then.
async fn a_price_change_in_between(log: EventLog, seen: Seen) {
    log.append([defined("tea", 4), defined("cup", 9), defined("pot", 20)])
        .await
        .expect("an append");
    let cart = || order_at(0, &[("tea", 4), ("cup", 9)]);

    seen.after_next_read([changed("pot", 21), ordered(&[("tea", 4), ("cup", 9)])]);
    let accepted = log.dispatch(cart()).rounds(1).await;
    assert_eq!(accepted.expect("another product").rounds, 1);

    for name in ["tea", "cup"] {
        seen.after_next_read(changed(name, 10));
        let lost = log.dispatch(cart()).rounds(1).await;
        let Err(DispatchError::Conflict(conflict)) = lost else {
            panic!("{lost:?}")
        };
        let told = format!(
            "fact prices_of [product:{name}] was changed by event ProductPriceChanged [product:{name}]"
        );
        assert!(conflict.to_string().starts_with(&told), "{conflict}");
    }

    // With more than one round it is decided again, on the new price.
    seen.after_next_read(changed("cup", 11));
    let accepted = log.dispatch(cart()).await;
    assert_eq!(accepted.expect("9 still holds").rounds, 2);

    // A product that is first defined in between is a conflict, too: that it was unknown is no longer true.
    seen.after_next_read(defined("bowl", 7));
    let bowl = log.dispatch(order_at(0, &[("bowl", 7)])).await;
    assert_eq!(bowl.expect("known by now").rounds, 2);
}

/// A cart of so many products: one read of one part, a fact a line, and the last line is looked at too.
async fn a_large_cart(log: EventLog, seen: Seen, size: u32) {
    let names: Vec<_> = (0..size).map(|n| format!("p{n}")).collect();
    let priced: Vec<_> = names.iter().map(|name| (&**name, 7)).collect();
    let events: Vec<_> = names.iter().map(|name| defined(name, 7)).collect();
    log.append(events).await.expect("an append");
    seen.reads();

    let mut wrong = priced.clone();
    wrong[names.len() - 1].1 = 8;
    let refused = log.dispatch(order_at(0, &wrong)).await;
    let last = product(&names[names.len() - 1]);
    assert!(
        matches!(&refused, Err(DispatchError::Rejected(ShopError::PriceHasChanged(p))) if *p == last),
        "{refused:?}"
    );
    let accepted = log.dispatch(order_at(0, &priced)).await.expect("known");
    assert_eq!(accepted.events[0].tags.len(), names.len());
    for read in seen.reads() {
        assert_eq!(read.events, [names.len()]);
    }
    let orders = names.iter().map(|name| orders_of(&product(name)));
    let orders = log.read(orders.collect::<Vec<_>>()).await.expect("a read");
    assert_eq!(orders, vec![1; names.len()]);
}

#[tokio::test]
async fn a_cart_beyond_the_limit_of_tags_is_an_error_that_says_so() {
    let log = EventLog::new(MemoryStore::new());
    let names: Vec<_> = (0..65).map(|n| format!("p{n}")).collect();
    let priced: Vec<_> = names.iter().map(|name| (&**name, 7)).collect();
    let events: Vec<_> = names.iter().map(|name| defined(name, 7)).collect();
    log.append(events).await.expect("an append");
    let refused = log.dispatch(order_at(0, &priced)).await;
    let Err(DispatchError::Limit(limit)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        limit.to_string(),
        "event ProductsOrdered has 65 tags; it takes at most 64"
    );
}

#[tokio::test]
async fn prices_hold_for_the_grace_period() {
    let clock = ManualClock::at(Timestamp::from_micros(0));
    let options = LogOptions::default().clock(clock.clone());
    on_every_store_with(options, async |log, _| {
        a_price_holds_until_its_successor_is_older_than_the_grace_period(log, &clock).await;
    })
    .await;
}

#[tokio::test]
async fn only_price_changes_of_products_in_the_cart_are_conflicts() {
    on_every_store(a_price_change_in_between).await;
}

#[tokio::test]
async fn a_cart_of_fifty_lines_is_one_decision() {
    on_every_store(async |log, seen| a_large_cart(log, seen, 50).await).await;
}

#[tokio::test]
async fn a_larger_cart_needs_larger_limits_only() {
    let limits = Limits {
        tags_per_event: 300,
        ..Limits::default()
    };
    let options = LogOptions::default().limits(limits);
    on_every_store_with(options, async |log, seen| {
        a_large_cart(log, seen, 300).await;
    })
    .await;
}
