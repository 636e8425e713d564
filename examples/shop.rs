//! A shop: an order of any number of lines is decided on facts that are made at run time, one for each line.
//!
//! `cargo run --example shop` keeps its log in `shop.db`; give another database's URL as the argument.

use std::borrow::Cow;
use std::time::Duration;

use factos::prelude::*;
use factos::{TagKind, Timestamp};
use serde::{Deserialize, Serialize};

/// For how long a price that was replaced can still be ordered at.
pub const GRACE: Duration = Duration::from_mins(10);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
pub struct ProductId(pub String);

/// A product in a cart, and its price when the cart was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub product: ProductId,
    pub price: u32,
}

/// A line is found by its product.
impl TagValue for Line {
    const KIND: TagKind = ProductId::KIND;

    fn tag_value(&self) -> Cow<'_, str> {
        self.product.tag_value()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(product))]
pub enum ShopEvent {
    ProductDefined {
        product: ProductId,
        price: u32,
    },
    ProductPriceChanged {
        product: ProductId,
        price: u32,
    },
    ProductsOrdered {
        #[tag(product)]
        lines: Vec<Line>,
    },
}
use ShopEvent::*;

/// The prices at which a product can be ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    /// The last one that is older than the grace period.
    pub settled: Option<u32>,
    /// Those that were set within it.
    pub fresh: Vec<u32>,
}

impl Prices {
    /// Whether there is no such product.
    pub fn is_unknown(&self) -> bool {
        self.settled.is_none() && self.fresh.is_empty()
    }

    /// Whether the product can be ordered at this price.
    pub fn allow(&self, price: u32) -> bool {
        self.settled == Some(price) || self.fresh.contains(&price)
    }
}

/// The prices at which a product can be ordered at a moment. A fact has no clock: `now` is an argument.
#[fact]
pub fn prices_of(
    prices: &mut Prices,
    event: &Recorded<ShopEvent>,
    #[tag] product: &ProductId,
    now: Timestamp,
) {
    match &event.data {
        ProductDefined { price, .. } | ProductPriceChanged { price, .. } => {
            if now.since(event.recorded_at) > GRACE {
                prices.settled = Some(*price);
            } else {
                prices.fresh.push(*price);
            }
        }
    }
}

/// The price that a product has now; `None` when there is no such product.
#[fact(last)]
pub fn price_of(price: Option<u32>, event: &ShopEvent, #[tag] product: &ProductId) -> Option<u32> {
    match event {
        ProductDefined { price, .. } | ProductPriceChanged { price, .. } => Some(*price),
    }
}

/// In how many orders a product is.
#[fact]
pub fn orders_of(orders: u32, event: &ShopEvent, #[tag] product: &ProductId) -> u32 {
    match event {
        ProductsOrdered { .. } => orders + 1,
    }
}

/// A cart is to be ordered, at the prices that were shown.
#[derive(Debug, Clone)]
pub struct Order {
    pub lines: Vec<Line>,
    pub now: Timestamp,
}

#[decider]
pub fn order(
    cmd: &Order,
    #[fact(cmd.lines.iter().map(|line| prices_of(&line.product, cmd.now)).collect::<Vec<_>>())]
    prices: &[Prices],
) -> Result<ShopEvent, ShopError> {
    for (line, prices) in cmd.lines.iter().zip(prices) {
        if prices.is_unknown() {
            return Err(ShopError::NoSuchProduct(line.product.clone()));
        }
        if !prices.allow(line.price) {
            return Err(ShopError::PriceHasChanged(line.product.clone()));
        }
    }
    Ok(ProductsOrdered {
        lines: cmd.lines.clone(),
    })
}

/// Why a command of the shop is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopError {
    NoSuchProduct(ProductId),
    PriceHasChanged(ProductId),
    ProductExists,
}

/// A product is to be sold.
#[derive(Debug, Clone)]
pub struct DefineProduct {
    pub product: ProductId,
    pub price: u32,
}

#[decider]
pub fn define_product(
    cmd: &DefineProduct,
    #[fact(price_of(&cmd.product))] existing: Option<u32>,
) -> Result<ShopEvent, ShopError> {
    match existing {
        Some(_) => Err(ShopError::ProductExists),
        None => Ok(ProductDefined {
            product: cmd.product.clone(),
            price: cmd.price,
        }),
    }
}

/// A product is to cost more, or less.
#[derive(Debug, Clone)]
pub struct ChangePrice {
    pub product: ProductId,
    pub price: u32,
}

#[decider]
pub fn change_price(
    cmd: &ChangePrice,
    #[fact(price_of(&cmd.product))] present: Option<u32>,
) -> Result<ShopEvent, ShopError> {
    match present {
        None => Err(ShopError::NoSuchProduct(cmd.product.clone())),
        Some(_) => Ok(ProductPriceChanged {
            product: cmd.product.clone(),
            price: cmd.price,
        }),
    }
}

// A day in the shop: everything below only uses what is above.

use std::time::SystemTime;

use factos::{Accepted, DispatchError};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "sqlite:shop.db".into());
    let log = factos::open(&url).await?;
    let start = log.head().await?;
    println!("{url} holds {start} events; what is new:");

    // Every run sells products of its own, so that it can be repeated on the same file.
    let product = |name: &str| ProductId(format!("{name}-{start}"));
    let line = |name: &str, price| Line {
        product: product(name),
        price,
    };
    let minutes = |n| Timestamp::from(SystemTime::now() + Duration::from_mins(n));
    for (name, price) in [("tea", 400), ("cup", 900)] {
        let product = product(name);
        log.dispatch(DefineProduct { product, price }).await?;
        println!("  {name} costs {price}");
    }
    let (tea, price) = (product("tea"), 500);
    log.dispatch(ChangePrice {
        product: tea.clone(),
        price,
    })
    .await?;
    println!("  tea costs {price} from now on");

    println!(
        "\nCarts, with the prices they were shown with; a price holds for 10 minutes after it was replaced:"
    );
    let carts = [
        ("at once", 0, vec![line("tea", 400), line("cup", 900)]),
        ("at once", 0, vec![line("tea", 500), line("tea", 400)]),
        ("at once", 0, vec![line("tea", 300), line("cup", 900)]),
        ("at once", 0, vec![line("cup", 900), line("pot", 2_000)]),
        ("11 minutes later", 11, vec![line("tea", 400)]),
        ("11 minutes later", 11, vec![line("tea", 500)]),
    ];
    for (when, later, lines) in carts {
        let shown: Vec<_> = lines
            .iter()
            .map(|line| format!("{} at {}", line.product.0, line.price))
            .collect();
        let now = minutes(later);
        let answer = log.dispatch(Order { lines, now }).await;
        println!("  {}, {when}: {}", shown.join(" and "), told(&answer));
    }

    println!("\nA cart of fifty products is one decision on fifty facts, read at once:");
    let mut lines = Vec::new();
    for n in 1..=50 {
        let line = line(&format!("book{n}"), 1_000 + n);
        let (product, price) = (line.product.clone(), line.price);
        log.dispatch(DefineProduct { product, price }).await?;
        lines.push(line);
    }
    let now = minutes(0);
    let answer = log
        .dispatch(Order {
            lines: lines.clone(),
            now,
        })
        .await;
    println!("  as shown: {}", told(&answer));
    lines[41].price = 1;
    let answer = log.dispatch(Order { lines, now }).await;
    println!("  with one wrong price: {}", told(&answer));

    println!(
        "\ntea is in {} orders; the log holds {} events",
        log.read(orders_of(&tea)).await?,
        log.head().await?
    );
    Ok(())
}

/// What an answer says to a person.
fn told(answer: &Result<Accepted, DispatchError<ShopError>>) -> String {
    match answer {
        Ok(accepted) => match accepted.position {
            Some(position) => format!("ordered at position {position}"),
            None => "accepted, nothing to record".into(),
        },
        Err(DispatchError::Rejected(ShopError::NoSuchProduct(product))) => {
            format!("refused, there is no {}", product.0)
        }
        Err(DispatchError::Rejected(ShopError::PriceHasChanged(product))) => {
            format!("refused, the price of {} has changed", product.0)
        }
        Err(other) => format!("failed: {other}"),
    }
}
