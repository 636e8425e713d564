//! Enums of commands: each variant is decided by its own decider.

use std::convert::Infallible;

use factos::prelude::*;
use factos::testing::given;
use factos::{Command, EventLog, MemoryStore, Reads};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(account))]
enum AccountEvent {
    Opened { account: String },
    Deposited { account: String, amount: u32 },
    Closed { account: String },
}

#[fact]
fn is_open(open: bool, event: &AccountEvent, #[tag] account: &str) -> bool {
    match event {
        AccountEvent::Opened { .. } => true,
        AccountEvent::Closed { .. } => false,
    }
}

#[fact]
fn balance(balance: u32, event: &AccountEvent, #[tag] account: &str) -> u32 {
    match event {
        AccountEvent::Deposited { amount, .. } => balance + amount,
    }
}

#[derive(Debug, PartialEq)]
struct AlreadyOpen;

#[derive(Debug, PartialEq)]
enum AccountError {
    AlreadyOpen,
    Refused(String),
}

impl From<AlreadyOpen> for AccountError {
    fn from(_: AlreadyOpen) -> Self {
        Self::AlreadyOpen
    }
}

impl From<String> for AccountError {
    fn from(text: String) -> Self {
        Self::Refused(text)
    }
}

struct Open {
    account: String,
}

#[decider]
fn open(
    cmd: &Open,
    #[fact(is_open(&cmd.account))] open: bool,
) -> Result<AccountEvent, AlreadyOpen> {
    let account = cmd.account.clone();
    if open {
        Err(AlreadyOpen)
    } else {
        Ok(AccountEvent::Opened { account })
    }
}

struct Close {
    account: String,
}

#[decider]
fn close(
    cmd: &Close,
    #[fact(is_open(&cmd.account))] open: bool,
    #[fact(balance(&cmd.account))] balance: u32,
) -> Result<Option<AccountEvent>, String> {
    if balance > 0 {
        return Err(format!("{balance} left"));
    }
    Ok(open.then(|| AccountEvent::Closed {
        account: cmd.account.clone(),
    }))
}

struct Deposit {
    account: String,
    amount: u32,
}

/// Never rejected: its error needs no conversion.
#[decider]
fn deposit(cmd: &Deposit) -> AccountEvent {
    AccountEvent::Deposited {
        account: cmd.account.clone(),
        amount: cmd.amount,
    }
}

#[derive(Command)]
#[command(error = AccountError)]
enum AccountCommand {
    Open(Open),
    Close(Box<Close>),
    Deposit(Deposit),
}

#[derive(Command)]
enum Nested {
    Account(AccountCommand),
    Again(std::sync::Arc<AccountCommand>),
}

#[derive(Command)]
enum NeverRejected {
    Deposit(Deposit),
}

fn opened() -> AccountEvent {
    AccountEvent::Opened {
        account: "a".into(),
    }
}

#[test]
fn each_variant_goes_to_its_decider_with_its_facts_and_error() {
    let open = || {
        AccountCommand::Open(Open {
            account: "a".into(),
        })
    };
    let close = || {
        AccountCommand::Close(Box::new(Close {
            account: "a".into(),
        }))
    };
    let deposit = || {
        AccountCommand::Deposit(Deposit {
            account: "a".into(),
            amount: 3,
        })
    };
    let deposited = || AccountEvent::Deposited {
        account: "a".into(),
        amount: 3,
    };
    let closed = || AccountEvent::Closed {
        account: "a".into(),
    };

    given([] as [AccountEvent; 0]).when(open()).then([opened()]);
    given([opened()])
        .when(open())
        .then_rejected(AccountError::AlreadyOpen);
    given([opened()]).when(deposit()).then([deposited()]);
    given([opened()]).when(close()).then([closed()]);
    given([opened(), deposited()])
        .when(close())
        .then_rejected(AccountError::Refused("3 left".into()));
    given([opened()])
        .when(Nested::Account(open()))
        .then_rejected(AccountError::AlreadyOpen);
    given([opened()])
        .when(Nested::Again(close().into()))
        .then([closed()]);
}

#[tokio::test]
async fn an_enum_is_dispatched_like_one_command() {
    let log = EventLog::new(MemoryStore::new());
    let open = || {
        AccountCommand::Open(Open {
            account: "a".into(),
        })
    };
    assert_eq!(log.dispatch(open()).await.expect("opened").events.len(), 1);
    log.dispatch(open()).await.expect_err("open already");
    assert!(log.read(is_open("a")).await.expect("read"));
}

#[test]
fn names_errors_and_connections() {
    fn for_any<C: 'static, T: Reads<C>>() {}
    fn generic<C: 'static>() {
        for_any::<C, AccountCommand>();
    }
    generic::<u8>();
    let decided: Result<_, Infallible> = NeverRejected::Deposit(Deposit {
        account: "a".into(),
        amount: 1,
    })
    .decide((Some(()), ()));
    assert!(decided.is_ok());
    assert_eq!(AccountCommand::NAME, "AccountCommand");
}
