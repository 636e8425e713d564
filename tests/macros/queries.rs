//! Queries: what they ask for.

use factos::prelude::*;
use factos::{LimitError, Query};

use crate::facts::Account::{self, *};
use crate::facts::{Bank, RateChanged};

/// The items of a query as text: types in brackets, then tags.
fn text(query: Result<Query, LimitError>) -> String {
    let query = query.expect("query");
    let items = query.items().iter().map(|item| {
        let types: Vec<&str> = item.types().iter().map(factos::EventType::as_str).collect();
        format!("[{}] {}", types.join(" "), item.tags())
    });
    items.collect::<Vec<_>>().join("; ").trim().to_owned()
}

#[test]
fn events_are_named_as_patterns_name_them() {
    assert_eq!(text(query!(Deposited)), "[Deposited]");
    assert_eq!(text(query!(Deposited {})), "[Deposited]");
    assert_eq!(text(query!(Deposited { .. })), "[Deposited]");
    assert_eq!(text(query!(Account::Deposited)), "[Deposited]");
    assert_eq!(
        text(query!(crate::facts::Account::Deposited)),
        "[Deposited]"
    );
    assert_eq!(text(query!(|Deposited| Noted)), "[Deposited Noted]");
    // Stored names, older ones too.
    assert_eq!(text(query!(Opened)), "[AccountOpened AccountCreated]");
    assert_eq!(text(query!(Ended)), "[TermEnded]");
}

#[test]
fn a_struct_is_named_by_itself_and_wrapped_events_by_both() {
    let country = "ch".to_owned();
    assert_eq!(
        text(query!(RateChanged { country })),
        "[RateChanged] country:ch"
    );
    assert_eq!(
        text(query!(Bank::Rate(RateChanged { country: &country }))),
        "[RateChanged] country:ch"
    );
    assert_eq!(
        text(query!(Bank::Account(Opened { account: "a" } | Ended))),
        "[AccountOpened AccountCreated] account:a; [TermEnded]"
    );
    assert_eq!(text(query!(Bank::Rate(_))), "[RateChanged]");
    assert_eq!(text(query!(Bank::Rate)), "[RateChanged]");
}

#[test]
fn tags_take_any_expression_and_the_variable_of_their_name() {
    let account = String::from("a");
    assert_eq!(text(query!(Deposited { account })), "[Deposited] account:a");
    assert_eq!(
        text(query!(Deposited {
            account: account.clone()
        })),
        "[Deposited] account:a"
    );
    assert_eq!(
        text(query!(Deposited {
            account: &account[..0]
        })),
        "[Deposited] account:"
    );
    assert_eq!(
        text(query!(Noted { account, "topics": format!("{}!", 3), })),
        "[Noted] account:a, topics:3!"
    );
    // One tag of two fields; alternatives of different types.
    assert_eq!(
        text(query!(Transferred { account } | RateChanged)),
        "[Transferred] account:a; [RateChanged]"
    );
    assert_eq!(
        text(query!(Transferred { account } | Transferred)),
        "[Transferred]"
    );
}

#[test]
fn a_value_beyond_the_limits_is_an_error() {
    assert!(matches!(
        query!(Deposited { account: "a\0b" }),
        Err(LimitError::NulByte { .. })
    ));
    let early = || -> Result<Query, LimitError> {
        query!(Deposited {
            account: Err::<&str, _>(LimitError::EmptyTagKey)?
        })
    };
    assert_eq!(early(), Err(LimitError::EmptyTagKey));
}
