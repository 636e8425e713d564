//! Consecutive numbers: invoices of a company are numbered 1, 2, 3, without a gap, and one row is read to know the next.

use factos::DispatchError;
use factos::prelude::*;
use factos::store::Direction;
use factos::testing::{given, given_nothing};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::observed::on_every_store;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(company, number))]
enum InvoiceEvent {
    InvoiceIssued { company: String, number: u64 },
    InvoiceCancelled { company: String, number: u64 },
}
use InvoiceEvent::*;

#[fact(last, initial = 1)]
fn next_number(next: u64, event: &InvoiceEvent, #[tag] company: &str) -> u64 {
    match event {
        InvoiceIssued { number, .. } => number + 1,
    }
}

#[fact(last)]
fn is_open(open: bool, event: &InvoiceEvent, #[tag] company: &str, #[tag] number: u64) -> bool {
    match event {
        InvoiceIssued { .. } => true,
        InvoiceCancelled { .. } => false,
    }
}

#[derive(Clone)]
struct IssueInvoice {
    company: &'static str,
}

#[decider]
fn issue_invoice(
    cmd: &IssueInvoice,
    #[fact(next_number(cmd.company))] number: u64,
) -> InvoiceEvent {
    InvoiceIssued {
        company: cmd.company.into(),
        number,
    }
}

struct CancelInvoice {
    company: &'static str,
    number: u64,
}

#[derive(Debug, PartialEq)]
struct NotOpen;

#[decider]
fn cancel_invoice(
    cmd: &CancelInvoice,
    #[fact(is_open(cmd.company, cmd.number))] open: bool,
) -> Result<InvoiceEvent, NotOpen> {
    if !open {
        return Err(NotOpen);
    }
    Ok(InvoiceCancelled {
        company: cmd.company.into(),
        number: cmd.number,
    })
}

fn issued(company: &str, number: u64) -> InvoiceEvent {
    let company = company.into();
    InvoiceIssued { company, number }
}

fn cancelled(company: &str, number: u64) -> InvoiceEvent {
    let company = company.into();
    InvoiceCancelled { company, number }
}

#[test]
fn each_company_counts_from_one() {
    let issue = IssueInvoice { company: "a" };
    given_nothing().when(issue.clone()).then(issued("a", 1));
    given([issued("a", 1), issued("a", 2), issued("b", 1)])
        .when(issue)
        .then(issued("a", 3));
}

#[test]
fn the_number_of_a_cancelled_invoice_is_not_given_again() {
    given([issued("a", 1), issued("a", 2), cancelled("a", 2)])
        .when(IssueInvoice { company: "a" })
        .then(issued("a", 3));
}

#[test]
fn an_invoice_is_cancelled_once() {
    let cancel = |number| CancelInvoice {
        company: "a",
        number,
    };
    let history = [issued("a", 1), issued("a", 2), cancelled("a", 1)];
    let given = || given(history.clone());
    given().when(cancel(2)).then(cancelled("a", 2));
    given().when(cancel(1)).then_rejected(NotOpen);
    given().when(cancel(3)).then_rejected(NotOpen);
}

#[tokio::test]
async fn however_many_invoices_there_are_one_row_is_read() {
    on_every_store(async |log, seen| {
        let company = "a";
        let accepted = log.dispatch(IssueInvoice { company }).await;
        assert_eq!(accepted.expect("nobody else").events.len(), 1);
        assert_eq!(
            seen.reads()[0].events,
            [0],
            "the first one finds nothing to read"
        );

        let history: Vec<_> = (2..=900).map(|number| issued("a", number)).collect();
        log.append(history).await.expect("an append");
        for number in 1..=300 {
            log.append([issued("b", number), cancelled("a", number)])
                .await
                .expect("an append");
        }
        let accepted = log.dispatch(IssueInvoice { company }).await;
        let accepted = accepted.expect("nobody else").events[0].decode::<InvoiceEvent>();
        assert_eq!(accepted.expect("an invoice").data, issued("a", 901));
        let reads = seen.reads();
        let [read] = reads.as_slice() else {
            panic!("{reads:?}")
        };
        assert_eq!(read.events, [1]);
        let part = &read.request.parts[0];
        assert_eq!((part.limit, part.direction), (Some(1), Direction::Backward));

        // A lost round reads what the winner wrote, and no more.
        seen.after_next_read([issued("a", 902), issued("a", 903)]);
        let accepted = log.dispatch(IssueInvoice { company }).await;
        let accepted = accepted.expect("the second round");
        assert_eq!(accepted.rounds, 2);
        let event = accepted.events[0].decode::<InvoiceEvent>();
        assert_eq!(event.expect("an invoice").data, issued("a", 904));
        let read: Vec<_> = seen.reads().into_iter().map(|read| read.events).collect();
        assert_eq!(read, [[1], [1]]);

        // Each of several facts of this kind reads a row of its own.
        let open = log
            .read((is_open("a", 300), is_open("a", 301), next_number("b")))
            .await;
        assert_eq!(open.expect("a read"), (false, true, 301));
        assert_eq!(seen.reads()[0].events, [1, 1, 1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_leave_no_gap_and_give_no_number_twice() {
    on_every_store(async |log, seen| {
        let mut issuing = JoinSet::new();
        for n in 0..80 {
            let log = log.clone();
            let company = if n % 4 == 0 { "b" } else { "a" };
            issuing.spawn(async move { log.dispatch(IssueInvoice { company }).await });
        }
        let mut numbers = Vec::new();
        for accepted in issuing.join_all().await {
            let accepted: Result<_, DispatchError<_>> = accepted;
            let event = accepted.expect("a number is left").events[0].decode::<InvoiceEvent>();
            match event.expect("an invoice").data {
                InvoiceIssued { company, number } => numbers.push((company, number)),
                other @ InvoiceCancelled { .. } => panic!("{other:?}"),
            }
        }
        numbers.sort();
        let all = |company: &'static str, to| (1..=to).map(move |n| (company.to_owned(), n));
        let expected: Vec<_> = all("a", 60).chain(all("b", 20)).collect();
        assert_eq!(numbers, expected);
        assert!(seen.reads().iter().all(|read| read.events[0] <= 1));
    })
    .await;
}
