//! The usernames example: its rules, the mails it leads to, and names that come back, on every store.

#[allow(dead_code)]
#[path = "../examples/usernames.rs"]
mod usernames;
#[path = "patterns/observed.rs"]
mod observed;
mod support;

use factos::testing::{ManualClock, given, given_nothing};
use factos::{DispatchError, Event, LogOptions, Query, Recorded, TagValue, Timestamp};
use futures_util::TryStreamExt;
use observed::{on_every_store, on_every_store_with};
use usernames::*;

fn reserved(name: &str) -> UserEvent {
    UserEvent::UsernameReserved {
        username: name.into(),
    }
}

fn registered(name: &str) -> UserEvent {
    UserEvent::UserRegistered {
        username: name.into(),
    }
}

fn called(user: &str, name: &str) -> UserEvent {
    UserEvent::DisplayNameChanged {
        user: user.into(),
        name: name.into(),
    }
}

fn register(name: &str) -> RegisterUser {
    RegisterUser {
        username: name.into(),
    }
}

#[test]
fn a_free_name_can_be_registered() {
    given([reserved("admin"), registered("bob"), called("ann", "Bob")])
        .when(register("ann"))
        .then(registered("ann"));
}

#[test]
fn a_reserved_name_cannot_be_registered_even_if_it_is_registered_too() {
    given([reserved("ann")])
        .when(register("ann"))
        .then_rejected(UserError::NameIsReserved);
    given([registered("ann"), reserved("ann")])
        .when(register("ann"))
        .then_rejected(UserError::NameIsReserved);
}

#[test]
fn a_registered_name_cannot_be_registered_again() {
    given([registered("ann")])
        .when(register("ann"))
        .then_rejected(UserError::NameIsRegistered);
}

#[test]
fn a_name_that_is_taken_cannot_be_reserved() {
    let reserve = ReserveUsername {
        username: "ann".into(),
    };
    given([reserved("bob")])
        .when(reserve.clone())
        .then(reserved("ann"));
    given([reserved("ann")])
        .when(reserve.clone())
        .then_rejected(UserError::NameIsReserved);
    given([registered("ann")])
        .when(reserve)
        .then_rejected(UserError::NameIsRegistered);
}

#[test]
fn only_a_registered_user_is_called_otherwise() {
    let change = ChangeDisplayName {
        user: "ann".into(),
        name: "Ann".into(),
    };
    given([registered("ann")])
        .when(change.clone())
        .then(called("ann", "Ann"));
    given([reserved("ann")])
        .when(change)
        .then_rejected(UserError::NoSuchUser);
}

#[test]
fn names_are_compared_without_case() {
    for (one, other) in [
        ("ann", "ANN"),
        ("Élodie", "éLODIE"),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδοσ"),
    ] {
        given([registered(one)])
            .when(register(other))
            .then_rejected(UserError::NameIsRegistered);
    }
    given([registered("ann")])
        .when(register("anne"))
        .then(registered("anne"));
}

#[test]
fn a_stored_name_is_read_as_it_was_written() {
    for char in '\0'..=char::MAX {
        let name = Username::from(char.to_string());
        let again = Username::from(&*name.tag_value());
        assert_eq!(again, name, "{char:?}");
    }
}

#[tokio::test]
async fn each_registration_leads_to_one_mail_and_nothing_else_does() {
    let log = factos::open("memory:").await.expect("memory opens");
    let events = [
        reserved("admin"),
        registered("Ann"),
        called("ann", "Ann of Green Gables"),
        registered("bob"),
    ];
    let stored = log.append(events).await.expect("an append");
    let events: Vec<Recorded<UserEvent>> = log
        .events(Query::all())
        .decoded()
        .try_collect()
        .await
        .expect("a read");
    let mail = |name: &str, place: usize| SendWelcomeEmail {
        to: name.into(),
        event_id: stored[place].id,
    };
    assert_eq!(
        welcome().react_all(&events),
        [mail("ann", 1), mail("bob", 3)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_spellings_at_once_one_is_registered() {
    on_every_store(async |log, _| {
        let spellings = (0..64).map(|n| {
            let spell = |(i, c): (usize, char)| match n >> i & 1 {
                0 => c,
                _ => c.to_ascii_uppercase(),
            };
            "bobbie".chars().enumerate().map(spell).collect()
        });
        let answers = race(&log, spellings).await;
        let refused = |answer: &Answer<UserError>| {
            matches!(
                answer,
                Err(DispatchError::Rejected(UserError::NameIsRegistered))
            )
        };
        assert_eq!(answers.iter().filter(|(_, a)| a.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|(_, a)| refused(a)).count(), 63);
        assert_eq!(log.head().await.expect("a head").get(), 1);
    })
    .await;
}

// Accounts.

fn opened(name: &str) -> AccountEvent {
    AccountEvent::AccountRegistered {
        username: name.into(),
    }
}

fn closed(name: &str) -> AccountEvent {
    AccountEvent::AccountClosed {
        username: name.into(),
    }
}

fn renamed(old: &str, new: &str) -> AccountEvent {
    AccountEvent::UsernameChanged {
        old: old.into(),
        new: new.into(),
    }
}

const DAY: i64 = 24 * 3600 * 1_000_000;

fn open_at(name: &str, micros: i64) -> RegisterAccount {
    RegisterAccount {
        username: name.into(),
        now: Timestamp::from_micros(micros),
    }
}

fn rename_at(old: &str, new: &str, micros: i64) -> ChangeUsername {
    ChangeUsername {
        old: old.into(),
        new: new.into(),
        now: Timestamp::from_micros(micros),
    }
}

// Given events are recorded in 1970, at microsecond 0.

#[test]
fn a_name_in_use_is_claimed_for_ever() {
    given([opened("Ann")])
        .when(open_at("ANN", 1_000 * DAY))
        .then_rejected(AccountError::NameIsClaimed);
    given([opened("bob"), renamed("bob", "ann")])
        .when(open_at("ann", 1_000 * DAY))
        .then_rejected(AccountError::NameIsClaimed);
}

#[test]
fn a_closed_name_is_claimed_for_exactly_three_days() {
    let history = [opened("ann"), closed("ann")];
    given(history.clone())
        .when(open_at("Ann", 3 * DAY))
        .then_rejected(AccountError::NameIsClaimed);
    given(history)
        .when(open_at("Ann", 3 * DAY + 1))
        .then(opened("ann"));
}

#[test]
fn a_name_that_was_changed_away_is_claimed_for_exactly_three_days() {
    let history = [opened("ann"), renamed("ann", "kate")];
    given(history.clone())
        .when(open_at("ann", 3 * DAY))
        .then_rejected(AccountError::NameIsClaimed);
    given(history)
        .when(open_at("ann", 3 * DAY + 1))
        .then(opened("ann"));
}

#[test]
fn a_clock_that_is_behind_does_not_free_a_name() {
    given([opened("ann"), closed("ann")])
        .when(open_at("ann", -10 * DAY))
        .then_rejected(AccountError::NameIsClaimed);
}

#[test]
fn a_name_that_was_given_up_and_taken_again_is_in_use() {
    given([opened("ann"), closed("ann"), opened("ann")])
        .when(open_at("ann", 10 * DAY))
        .then_rejected(AccountError::NameIsClaimed);
    given([
        opened("ann"),
        renamed("ann", "kate"),
        renamed("kate", "ann"),
    ])
    .when(open_at("ann", 10 * DAY))
    .then_rejected(AccountError::NameIsClaimed);
}

#[test]
fn a_name_changes_to_one_that_is_free() {
    given([opened("ann"), opened("bob")])
        .when(rename_at("ANN", "Kate", 0))
        .then(renamed("ann", "kate"));
    given([opened("ann"), opened("bob")])
        .when(rename_at("ann", "Bob", 0))
        .then_rejected(AccountError::NameIsClaimed);
    given([opened("ann"), opened("bob"), closed("bob")])
        .when(rename_at("ann", "bob", 3 * DAY))
        .then_rejected(AccountError::NameIsClaimed);
    given([opened("ann"), opened("bob"), closed("bob")])
        .when(rename_at("ann", "bob", 3 * DAY + 1))
        .then(renamed("ann", "bob"));
}

#[test]
fn only_an_open_account_is_renamed_or_closed() {
    let close = || CloseAccount {
        username: "Ann".into(),
    };
    given([opened("ann")]).when(close()).then(closed("ann"));
    for history in [
        vec![],
        vec![opened("ann"), closed("ann")],
        vec![opened("ann"), renamed("ann", "bob")],
    ] {
        given(history.clone())
            .when(rename_at("ann", "kate", 9 * DAY))
            .then_rejected(AccountError::NoSuchAccount);
        given(history)
            .when(close())
            .then_rejected(AccountError::NoSuchAccount);
    }
    given_nothing()
        .when(rename_at("ann", "ann", 0))
        .then_rejected(AccountError::NoSuchAccount);
}

#[test]
fn a_changed_name_is_found_by_both_names() {
    let tags = renamed("ann", "Bob").tags().expect("tags");
    assert_eq!(tags.to_string(), "username:ann, username:bob");
}

#[tokio::test]
async fn the_retention_counts_from_when_a_name_was_given_up() {
    let clock = ManualClock::at(Timestamp::from_micros(0));
    let options = LogOptions::default().clock(clock.clone());
    on_every_store_with(options, async |log, _| {
        let hour = |n: i64| {
            clock.set(Timestamp::from_micros(n * DAY / 24));
            n * DAY / 24
        };
        log.dispatch(open_at("ann", hour(0))).await.expect("free");
        let change = rename_at("ann", "kate", hour(100));
        log.dispatch(change).await.expect("free");
        let early = log.dispatch(open_at("ann", hour(172))).await;
        let claimed = AccountError::NameIsClaimed;
        assert!(
            matches!(early, Err(DispatchError::Rejected(error)) if error == claimed),
            "{early:?}"
        );
        let later = log.dispatch(open_at("ann", hour(173))).await;
        later.expect("more than three days have passed");

        hour(200);
        let username = "kate".into();
        let close = log.dispatch(CloseAccount { username }).await;
        close.expect("in use");
        let claims = ["ann", "kate", "bob"].map(|name| claim_on(&name.into()));
        let at = Timestamp::from_micros(200 * DAY / 24);
        assert_eq!(
            log.read(claims).await.expect("a read"),
            [Claim::InUse, Claim::GivenUp { at }, Claim::Never]
        );
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_claimed_in_between_is_a_conflict_under_either_tag() {
    on_every_store(async |log, seen| {
        log.append(opened("bob")).await.expect("an append");
        let lost = async |meanwhile: AccountEvent, name: &str| {
            seen.after_next_read(meanwhile);
            log.dispatch(open_at(name, 0)).rounds(1).await
        };
        for (meanwhile, name) in [
            (opened("ann"), "Ann"),
            (renamed("bob", "kate"), "Kate"),
            (renamed("kate", "bobby"), "KATE"),
        ] {
            let lost = lost(meanwhile, name).await;
            assert!(matches!(lost, Err(DispatchError::Conflict(_))), "{lost:?}");
        }
        lost(renamed("bobby", "bill"), "eve")
            .await
            .expect("other names do not matter");
    })
    .await;
}
