//! Orders in a restaurant: one stream an order, each with a life of its own, and what the kitchen sees of all of them.
//!
//! `cargo run --example orders` keeps its log in `orders.db`; give another database's URL as the argument.

use std::collections::BTreeMap;

use factos::prelude::*;
use factos::{Decider, View};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(restaurant, sku))]
pub enum OrderEvent {
    OrderOpened {
        restaurant: String,
        table: u32,
    },
    ItemAdded {
        restaurant: String,
        sku: String,
        name: String,
        price: u32,
    },
    ItemRemoved {
        restaurant: String,
        sku: String,
    },
    OrderSubmitted {
        restaurant: String,
    },
    PreparationStarted {
        restaurant: String,
    },
    OrderReady {
        restaurant: String,
    },
    OrderServed {
        restaurant: String,
    },
    OrderPaid {
        restaurant: String,
        amount: u64,
    },
    OrderCancelled {
        restaurant: String,
        reason: String,
    },
}
use OrderEvent::*;

/// What can be asked of an order.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderCommand {
    Open { table: u32 },
    Add(Item),
    Remove { sku: String },
    Submit,
    StartPreparing,
    MarkReady,
    Serve,
    Pay { amount: u64 },
    Cancel { reason: String },
}
use OrderCommand::*;

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub sku: String,
    pub name: String,
    pub price: u32,
}

/// How far an order is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    #[default]
    NoOrder,
    Draft,
    Submitted,
    Preparing,
    Ready,
    Served,
    Paid,
    Cancelled,
}
use Stage::*;

/// Why a command about an order is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderError {
    OrderAlreadyOpen,
    OrderNotOpen,
    DuplicateItem { sku: String },
    ItemNotFound { sku: String },
    EmptyOrder,
    PaymentTooLow { required: u64, paid: u64 },
    InvalidTransition { action: &'static str, state: Stage },
}
use OrderError::*;

/// What is known of an order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Order {
    pub stage: Stage,
    /// The price of each item.
    pub items: BTreeMap<String, u32>,
}

impl Order {
    fn total(&self) -> u64 {
        self.items.values().copied().map(u64::from).sum()
    }
}

/// How orders of a restaurant are decided.
pub fn orders_of(restaurant: &str) -> Decider<OrderCommand, Order, OrderEvent, OrderError> {
    let restaurant = restaurant.to_owned();
    let decide = move |command: &OrderCommand, order: &Order| {
        decide(&restaurant, command, order).map(|event| vec![event])
    };
    Decider::new(Order::default(), decide, evolve)
}

fn decide(
    restaurant: &str,
    command: &OrderCommand,
    order: &Order,
) -> Result<OrderEvent, OrderError> {
    let restaurant = restaurant.to_owned();
    let event = match (command.clone(), order.stage) {
        (Open { table }, NoOrder) => OrderOpened { restaurant, table },
        (Open { .. }, Draft) => return Err(OrderAlreadyOpen),
        (_, NoOrder) => return Err(OrderNotOpen),
        (Add(Item { sku, .. }), Draft) if order.items.contains_key(&sku) => {
            return Err(DuplicateItem { sku });
        }
        (Add(Item { sku, name, price }), Draft) => ItemAdded {
            restaurant,
            sku,
            name,
            price,
        },
        (Remove { sku }, Draft) if !order.items.contains_key(&sku) => {
            return Err(ItemNotFound { sku });
        }
        (Remove { sku }, Draft) => ItemRemoved { restaurant, sku },
        (Submit, Draft) if order.items.is_empty() => return Err(EmptyOrder),
        (Submit, Draft) => OrderSubmitted { restaurant },
        (StartPreparing, Submitted) => PreparationStarted { restaurant },
        (MarkReady, Preparing) => OrderReady { restaurant },
        (Serve, Ready) => OrderServed { restaurant },
        (Pay { amount: paid }, Served) if paid < order.total() => {
            let required = order.total();
            return Err(PaymentTooLow { required, paid });
        }
        (Pay { amount }, Served) => OrderPaid { restaurant, amount },
        (Cancel { reason }, Draft | Submitted) => OrderCancelled { restaurant, reason },
        (command, state) => {
            let action = command.action();
            return Err(InvalidTransition { action, state });
        }
    };
    Ok(event)
}

impl OrderCommand {
    fn action(&self) -> &'static str {
        match self {
            Open { .. } => "open",
            Add(_) => "add",
            Remove { .. } => "remove",
            Submit => "submit",
            StartPreparing => "start preparing",
            MarkReady => "mark ready",
            Serve => "serve",
            Pay { .. } => "pay",
            Cancel { .. } => "cancel",
        }
    }
}

fn evolve(mut order: Order, event: &OrderEvent) -> Order {
    match event {
        ItemAdded { sku, price, .. } => {
            order.items.insert(sku.clone(), *price);
        }
        ItemRemoved { sku, .. } => {
            order.items.remove(sku);
        }
        _ => {}
    }
    order.stage = stage_after(event);
    order
}

fn stage_after(event: &OrderEvent) -> Stage {
    match event {
        OrderOpened { .. } | ItemAdded { .. } | ItemRemoved { .. } => Draft,
        OrderSubmitted { .. } => Submitted,
        PreparationStarted { .. } => Preparing,
        OrderReady { .. } => Ready,
        OrderServed { .. } => Served,
        OrderPaid { .. } => Paid,
        OrderCancelled { .. } => Cancelled,
    }
}

/// How far each order is, by the name of its stream.
pub type Stages = BTreeMap<StreamName, Stage>;

/// What the kitchen sees: how far each order is, and what was earned so far.
pub fn kitchen() -> View<(Stages, u64), Recorded<OrderEvent>> {
    let stages = View::new(Stages::new(), |mut stages, event: &Recorded<OrderEvent>| {
        if let Some(place) = &event.stream {
            stages.insert(place.name.clone(), stage_after(&event.data));
        }
        stages
    });
    let revenue = View::new(0, |sum, event: &Recorded<OrderEvent>| match event.data {
        OrderPaid { amount, .. } => sum + amount,
        _ => sum,
    });
    stages.merge(revenue)
}

// Open doors: everything below only uses what is above.

use factos::{DispatchError, EventLog, Query, QueryItem, ReadError, StreamName, Tag};
use futures_util::TryStreamExt;
use tokio::task::JoinSet;

/// How a command about an order fails.
pub type Failure = DispatchError<OrderError>;

/// Looks at all orders of a restaurant.
pub async fn look(log: &EventLog, restaurant: &str) -> Result<(Stages, u64), ReadError> {
    let everything = Query::from(QueryItem::new().tagged(Tag::new("restaurant", restaurant)?));
    let view = kitchen();
    let events = log.events(everything).decoded::<OrderEvent>();
    events
        .try_fold(view.initial(), async |seen, event| {
            Ok(view.evolve(seen, &event))
        })
        .await
}

/// How many orders are at each stage.
pub fn by_stage(stages: &Stages) -> BTreeMap<Stage, usize> {
    let mut counts = BTreeMap::new();
    for stage in stages.values() {
        *counts.entry(*stage).or_default() += 1;
    }
    counts
}

/// What happens to an order in the rush: three items, of which one is taken back. Every fifth guest leaves.
pub fn life(order: u32) -> Vec<OrderCommand> {
    let item = |sku: &str, price| {
        let (name, sku) = (sku.to_uppercase(), sku.to_owned());
        Add(Item { sku, name, price })
    };
    let sku = "cake".to_owned();
    let mut life = vec![Open { table: order }, item("soup", 16), item("tea", 6)];
    life.extend([item(&sku, 8), Remove { sku }, Submit]);
    if order.is_multiple_of(5) {
        let reason = "it took too long".into();
        life.push(Cancel { reason });
    } else {
        life.extend([StartPreparing, MarkReady, Serve, Pay { amount: 25 }]);
    }
    life
}

/// Has so many orders served by so many workers at once.
pub async fn rush(
    log: &EventLog,
    restaurant: &str,
    orders: u32,
    workers: u32,
) -> Result<(), Failure> {
    let mut at_work = JoinSet::new();
    for worker in 0..workers {
        let (log, restaurant) = (log.clone(), restaurant.to_owned());
        let mine = (1..=orders).filter(move |order| order % workers == worker);
        at_work.spawn(async move {
            let decider = orders_of(&restaurant);
            for order in mine {
                let stream = log.stream(format!("{restaurant}-{order}"))?;
                for command in life(order) {
                    stream.execute(&decider, command).await?;
                }
            }
            Ok(())
        });
    }
    at_work.join_all().await.into_iter().collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "sqlite:orders.db".into());
    let log = factos::open(&url).await?;
    let start = log.head().await?;
    println!("{url} holds {start} events; what is new:");

    // Every run has a restaurant of its own, so that it can be repeated on the same file.
    let restaurant = format!("inn{start}");
    let decider = orders_of(&restaurant);
    let order = log.stream(format!("{restaurant}-table7"))?;
    let tea = || {
        Add(Item {
            sku: "tea".into(),
            name: "Tea".into(),
            price: 6,
        })
    };

    println!("\nOne order:");
    for command in [Submit, Open { table: 7 }, Submit] {
        let answer = order.execute(&decider, command.clone()).await;
        println!("  {}: {}", command.action(), told(&answer));
    }
    let (one, other) = tokio::join!(
        order.execute(&decider, tea()),
        order.execute(&decider, tea())
    );
    println!("  two waiters add the same tea at once:");
    println!("    one: {}\n    the other: {}", told(&one), told(&other));
    let rest = [Submit, StartPreparing, tea(), MarkReady, Serve];
    for command in rest.into_iter().chain([5, 7].map(|amount| Pay { amount })) {
        let answer = order.execute(&decider, command.clone()).await;
        println!("  {}: {}", command.action(), told(&answer));
    }

    println!("\nForty orders, eight workers:");
    let (restaurant, before) = (format!("hall{start}"), log.head().await?);
    rush(&log, &restaurant, 40, 8).await?;
    let (stages, revenue) = look(&log, &restaurant).await?;
    for (stage, count) in by_stage(&stages) {
        println!("  {count} {stage:?}");
    }
    let events = log.head().await?.get() - before.get();
    println!("  revenue {revenue}, {events} events");
    Ok(())
}

/// What an answer says to a person.
fn told(answer: &Result<factos::Accepted, Failure>) -> String {
    let place = |accepted: &factos::Accepted| accepted.events.last()?.stream.clone();
    match answer {
        Ok(accepted) => match place(accepted) {
            Some(place) => format!("revision {} of {}", place.revision, place.name),
            None => "accepted, nothing to record".into(),
        },
        Err(DispatchError::Rejected(error)) => format!("refused: {error:?}"),
        Err(other) => format!("failed: {other}"),
    }
}
