//! The orders example: its rules, and its rush on every store.

#[allow(dead_code)]
#[path = "../examples/orders.rs"]
mod orders;
mod support;

use std::collections::BTreeMap;

use factos::{DispatchError, EventLog, Query, Recorded};
use futures_util::TryStreamExt;
use orders::*;
use support::stores::on_every_store;

use OrderCommand::*;
use OrderError::*;
use OrderEvent::*;
use Stage::*;

fn restaurant() -> String {
    "inn".into()
}

fn add(sku: &str, price: u32) -> OrderCommand {
    Add(Item {
        sku: sku.into(),
        name: sku.to_uppercase(),
        price,
    })
}

fn remove(sku: &str) -> OrderCommand {
    Remove { sku: sku.into() }
}

fn cancel() -> OrderCommand {
    let reason = "rain".into();
    Cancel { reason }
}

fn pay(amount: u64) -> OrderCommand {
    Pay { amount }
}

/// The commands that bring an order with a tea for 6 and a soup for 16 to a stage.
fn until(stage: Stage) -> Vec<OrderCommand> {
    let draft = [Open { table: 1 }, add("tea", 6), add("soup", 16)];
    let way = draft.into_iter();
    let served = [Submit, StartPreparing, MarkReady, Serve, pay(22)];
    let steps = match stage {
        NoOrder => return Vec::new(),
        Cancelled => return way.chain([cancel()]).collect(),
        Draft => 0,
        Submitted => 1,
        Preparing => 2,
        Ready => 3,
        Served => 4,
        Paid => 5,
    };
    way.chain(served.into_iter().take(steps)).collect()
}

const STAGES: [Stage; 8] = [
    NoOrder, Draft, Submitted, Preparing, Ready, Served, Paid, Cancelled,
];

/// A kind of command, as it is accepted somewhere.
struct Step {
    command: OrderCommand,
    action: &'static str,
    event: OrderEvent,
    /// Where it is accepted.
    at: &'static [Stage],
    /// To which stage it leads.
    to: Stage,
}

fn every_step() -> Vec<Step> {
    let step = |command, action, event, at, to| Step {
        command,
        action,
        event,
        at,
        to,
    };
    let opened = OrderOpened {
        restaurant: restaurant(),
        table: 1,
    };
    let added = ItemAdded {
        restaurant: restaurant(),
        sku: "cake".into(),
        name: "CAKE".into(),
        price: 8,
    };
    let removed = ItemRemoved {
        restaurant: restaurant(),
        sku: "tea".into(),
    };
    let submitted = OrderSubmitted {
        restaurant: restaurant(),
    };
    let started = PreparationStarted {
        restaurant: restaurant(),
    };
    let ready = OrderReady {
        restaurant: restaurant(),
    };
    let served = OrderServed {
        restaurant: restaurant(),
    };
    let paid = OrderPaid {
        restaurant: restaurant(),
        amount: 22,
    };
    let cancelled = OrderCancelled {
        restaurant: restaurant(),
        reason: "rain".into(),
    };
    vec![
        step(Open { table: 1 }, "open", opened, &[NoOrder], Draft),
        step(add("cake", 8), "add", added, &[Draft], Draft),
        step(remove("tea"), "remove", removed, &[Draft], Draft),
        step(Submit, "submit", submitted, &[Draft], Submitted),
        step(
            StartPreparing,
            "start preparing",
            started,
            &[Submitted],
            Preparing,
        ),
        step(MarkReady, "mark ready", ready, &[Preparing], Ready),
        step(Serve, "serve", served, &[Ready], Served),
        step(pay(22), "pay", paid, &[Served], Paid),
        step(
            cancel(),
            "cancel",
            cancelled,
            &[Draft, Submitted],
            Cancelled,
        ),
    ]
}

/// A new stream that these commands were executed on.
async fn after(
    log: &EventLog,
    commands: Vec<OrderCommand>,
) -> factos::StreamHandle<factos::AnyConnection> {
    let name = format!("order-{}", factos::AppendId::new());
    let stream = log.stream(name).expect("a name");
    for command in commands {
        let answer = stream.execute(&orders_of(&restaurant()), command).await;
        answer.expect("the way there is free");
    }
    stream
}

async fn answer(
    log: &EventLog,
    before: Vec<OrderCommand>,
    command: OrderCommand,
) -> Result<(OrderEvent, Stage), OrderError> {
    let stream = after(log, before).await;
    let decider = orders_of(&restaurant());
    match stream.execute(&decider, command).await {
        Ok(accepted) => {
            let [event] = accepted.events.as_slice() else {
                panic!("one event, not {accepted:?}");
            };
            let event: Recorded<OrderEvent> = event.decode().expect("it can be decoded");
            let state = stream.state(&decider).await.expect("a read");
            Ok((event.data, state.state.stage))
        }
        Err(DispatchError::Rejected(error)) => Err(error),
        Err(other) => panic!("only the domain refuses, not {other:?}"),
    }
}

/// Each command at each stage: accepted in its place, and refused with the right reason elsewhere.
async fn a_command_has_its_stages(log: EventLog) {
    for step in every_step() {
        for stage in STAGES {
            let answer = answer(&log, until(stage), step.command.clone()).await;
            let action = step.action;
            let expected = match stage {
                stage if step.at.contains(&stage) => Ok((step.event.clone(), step.to)),
                NoOrder => Err(OrderNotOpen),
                Draft if action == "open" => Err(OrderAlreadyOpen),
                state => Err(InvalidTransition { action, state }),
            };
            assert_eq!(answer, expected, "{action} at {stage:?}");
        }
    }
}

async fn an_item_is_on_an_order_once(log: EventLog) {
    let sku = "tea".to_owned();
    let twice = answer(&log, until(Draft), add("tea", 9)).await;
    assert_eq!(twice, Err(DuplicateItem { sku }));
    let again = [until(Draft), vec![remove("tea")]].concat();
    assert!(answer(&log, again, add("tea", 9)).await.is_ok());
}

async fn only_what_is_there_is_removed(log: EventLog) {
    let sku = "cake".to_owned();
    let other = answer(&log, until(Draft), remove("cake")).await;
    assert_eq!(other, Err(ItemNotFound { sku }));
}

async fn an_empty_order_is_not_submitted(log: EventLog) {
    let nothing = vec![Open { table: 1 }];
    assert_eq!(answer(&log, nothing, Submit).await, Err(EmptyOrder));
    let emptied = [until(Draft), vec![remove("tea"), remove("soup")]].concat();
    assert_eq!(answer(&log, emptied, Submit).await, Err(EmptyOrder));
}

async fn a_payment_is_enough_or_more(log: EventLog) {
    let paid = |amount| answer(&log, until(Served), pay(amount));
    let (required, low) = (22, 21);
    let too_low = PaymentTooLow {
        required,
        paid: low,
    };
    assert_eq!(paid(low).await, Err(too_low));
    assert!(paid(required).await.is_ok());
    let more = OrderPaid {
        restaurant: restaurant(),
        amount: 30,
    };
    assert_eq!(paid(30).await, Ok((more, Paid)));
    let (_, revenue) = look(&log, "inn").await.expect("a read");
    assert_eq!(revenue, 52);
}

/// Two who add the same at once: one is too late.
async fn two_waiters_add_one_tea(log: EventLog) {
    for _ in 0..10 {
        let stream = after(&log, vec![Open { table: 1 }]).await;
        let decider = orders_of(&restaurant());
        let add = || stream.execute(&decider, add("tea", 6));
        let (one, other) = tokio::join!(add(), add());
        let late = [one, other].into_iter().find_map(Result::err);
        assert!(
            matches!(&late, Some(DispatchError::Rejected(DuplicateItem { .. }))),
            "{late:?}"
        );
        let events = stream.load::<OrderEvent>().await.expect("a read");
        assert_eq!(events.len(), 2);
    }
}

async fn the_rush(log: EventLog) {
    // Another restaurant's orders are not this one's.
    rush(&log, "bar", 1, 1)
        .await
        .expect("only the domain refuses");
    let before = log.head().await.expect("a read").get();
    rush(&log, "inn", 40, 8)
        .await
        .expect("only the domain refuses");
    assert_eq!(log.head().await.expect("a read").get() - before, 376);

    let (stages, revenue) = look(&log, "inn").await.expect("a read");
    let counts = BTreeMap::from([(Paid, 32), (Cancelled, 8)]);
    assert_eq!((by_stage(&stages), revenue), (counts, 800));

    for order in 1..=40 {
        let stream = log.stream(format!("inn-{order}")).expect("a name");
        let events = stream.load::<OrderEvent>().await.expect("a read");
        let revisions: Vec<u64> = events
            .iter()
            .filter_map(|event| Some(event.stream.as_ref()?.revision))
            .collect();
        let length = if order % 5 == 0 { 7 } else { 10 };
        assert_eq!(revisions, (0..length).collect::<Vec<_>>());
    }
    let stored: Vec<_> = log
        .events(Query::all())
        .stored()
        .try_collect()
        .await
        .expect("a read");
    assert!(stored.iter().all(|event| event.stream.is_some()));
}

on_every_store! {
    a_command_has_its_stages
    an_item_is_on_an_order_once
    only_what_is_there_is_removed
    an_empty_order_is_not_submitted
    a_payment_is_enough_or_more
    two_waiters_add_one_tea
    the_rush
}

#[test]
fn orders_are_decided_without_a_store() {
    let decider = orders_of("inn");
    let opened = OrderOpened {
        restaurant: restaurant(),
        table: 3,
    };
    assert_eq!(
        decider.compute_events([], &Open { table: 3 }),
        Ok(vec![opened.clone()])
    );
    assert_eq!(decider.compute_events(&[opened], &Submit), Err(EmptyOrder));
}
