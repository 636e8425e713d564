//! A sale with a capacity: many buyers at once, and not one ticket too many.
//!
//! `cargo run --example tickets` keeps its log in `tickets.db`; give another database's URL as the argument.

use factos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct TicketSold {
    #[tag]
    pub show: String,
    pub buyer: String,
}

/// The tickets that are sold for a show.
#[fact]
pub fn tickets_sold(sold: u32, event: &TicketSold, #[tag] show: &str) -> u32 {
    match event {
        TicketSold { .. } => sold + 1,
    }
}

/// Someone wants a ticket.
#[derive(Debug, Clone)]
pub struct BuyTicket {
    pub show: String,
    pub capacity: u32,
    pub buyer: String,
}

/// All tickets of the show are sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldOut {
    pub capacity: u32,
}

#[decider]
pub fn buy_ticket(
    cmd: &BuyTicket,
    #[fact(tickets_sold(&cmd.show))] sold: u32,
) -> Result<TicketSold, SoldOut> {
    if sold >= cmd.capacity {
        return Err(SoldOut {
            capacity: cmd.capacity,
        });
    }
    Ok(TicketSold {
        show: cmd.show.clone(),
        buyer: cmd.buyer.clone(),
    })
}

/// What is called out about each sale.
pub fn announcements() -> Reactor<Recorded<TicketSold>, String> {
    Reactor::new(|sale: &Recorded<TicketSold>| {
        vec![format!(
            "{} has a ticket, position {}",
            sale.data.buyer, sale.position
        )]
    })
}

// The rush: everything below only uses what is above.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use factos::{DispatchError, EventLog, Fact, Reactor, Recorded};
use futures_util::TryStreamExt;
use tokio::task::JoinSet;

/// How a sale went.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sale {
    pub accepted: u32,
    pub sold_out: u32,
}

/// Has so many buyers served by so many workers at once.
pub async fn sell(
    log: &EventLog,
    show: &str,
    capacity: u32,
    buyers: u32,
    workers: u32,
) -> Result<Sale, DispatchError<SoldOut>> {
    let served = Arc::new(AtomicU32::new(0));
    let mut at_work = JoinSet::new();
    for _ in 0..workers {
        let (log, show, served) = (log.clone(), show.to_owned(), served.clone());
        at_work.spawn(async move {
            let mut sale = Sale::default();
            loop {
                let buyer = served.fetch_add(1, Ordering::Relaxed);
                if buyer >= buyers {
                    return Ok(sale);
                }
                let buyer = format!("buyer{buyer}");
                match log
                    .dispatch(BuyTicket {
                        show: show.clone(),
                        capacity,
                        buyer,
                    })
                    .await
                {
                    Ok(_) => sale.accepted += 1,
                    Err(DispatchError::Rejected(SoldOut { .. })) => sale.sold_out += 1,
                    Err(other) => return Err(other),
                }
            }
        });
    }
    let mut total = Sale::default();
    for sale in at_work.join_all().await {
        let sale = sale?;
        total.accepted += sale.accepted;
        total.sold_out += sale.sold_out;
    }
    Ok(total)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "sqlite:tickets.db".into());
    let log = factos::open(&url).await?;
    // Every run has a show of its own, so that it can be repeated on the same file.
    let show = format!("show-{}", log.head().await?);

    let sale = sell(&log, &show, 100, 300, 128).await?;
    println!(
        "{url}: {} bought a ticket, {} heard that it is sold out",
        sale.accepted, sale.sold_out
    );

    let sales = log
        .events(tickets_sold(&show).query()?)
        .decoded::<TicketSold>();
    let sales: Vec<_> = sales.try_collect().await?;
    let calls = announcements().react_all(&sales);
    println!("first: {}\nlast:  {}", calls[0], calls[calls.len() - 1]);
    Ok(())
}
