//! The tickets example: its rules, and its rush on every store.

#[allow(dead_code)]
#[path = "../examples/tickets.rs"]
mod tickets;
mod support;

use factos::testing::given;
use factos::{EventLog, Fact, Query};
use futures_util::TryStreamExt;
use tickets::*;

fn sold(buyer: &str) -> TicketSold {
    TicketSold {
        show: "s".into(),
        buyer: buyer.into(),
    }
}

fn buy(buyer: &str) -> BuyTicket {
    BuyTicket {
        show: "s".into(),
        capacity: 2,
        buyer: buyer.into(),
    }
}

#[test]
fn tickets_are_sold_up_to_the_capacity() {
    given([sold("ann")]).when(buy("bob")).then(sold("bob"));
    given([sold("ann"), sold("bob")])
        .when(buy("eve"))
        .then_rejected(SoldOut { capacity: 2 });
}

async fn rush(log: EventLog) {
    let sale = sell(&log, "s", 100, 300, 128)
        .await
        .expect("only the domain refuses");
    assert_eq!(
        sale,
        Sale {
            accepted: 100,
            sold_out: 200
        }
    );

    let stored: Vec<_> = log
        .events(Query::all())
        .stored()
        .try_collect()
        .await
        .expect("a read");
    assert_eq!(stored.len(), 100);
    let query = tickets_sold("s").query().expect("a tag");
    let sales: Vec<_> = log
        .events(query)
        .decoded::<TicketSold>()
        .try_collect()
        .await
        .expect("a read");
    let calls = announcements().react_all(&sales);
    assert_eq!(calls.len(), 100);
    assert_eq!(
        calls[99],
        format!("{} has a ticket, position 100", sales[99].data.buyer)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rush_in_memory() {
    rush(factos::open("memory:").await.expect("memory opens")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rush_on_sqlite() {
    let directory = tempfile::tempdir().expect("a directory");
    rush(
        factos::open(&support::sqlite_url(&directory))
            .await
            .expect("the file opens"),
    )
    .await;
}
