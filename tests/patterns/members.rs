//! Nested enums: an opt-in by a token, over a set of events that is made of two enums and a struct.

use factos::DispatchError;
use factos::prelude::*;
use factos::testing::given;
use serde::{Deserialize, Serialize};

use crate::observed::on_every_store;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
struct Email(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
struct Token(u64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(email, token))]
enum SignUpEvent {
    SignUpRequested { email: Email, token: Token },
    SignUpConfirmed { email: Email, token: Token },
}
use SignUpEvent::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
enum ProfileEvent {
    EmailChanged {
        #[tag(email)]
        from: Email,
        #[tag(email)]
        to: Email,
    },
    TopicsChosen {
        #[tag]
        email: Email,
        #[tag(topic)]
        topics: Vec<String>,
    },
}
use ProfileEvent::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct MemberLeft {
    #[tag]
    email: Email,
}

/// All that can happen to a member. It has no names of its own: what is stored are the events of the types inside.
#[derive(Debug, Clone, PartialEq, Event)]
enum MemberEvent {
    SignUp(SignUpEvent),
    Profile(ProfileEvent),
    Left(MemberLeft),
}

#[fact]
fn is_member(member: bool, event: &MemberEvent, #[tag] email: &Email) -> bool {
    match event {
        MemberEvent::SignUp(SignUpConfirmed { .. }) => true,
        MemberEvent::Profile(EmailChanged { to, .. }) => to == email,
        MemberEvent::Left(_) => false,
    }
}

/// For whom a token is good; `None` when it was never given, or is used.
#[fact]
fn pending(email: Option<Email>, event: &MemberEvent, #[tag] token: &Token) -> Option<Email> {
    match event {
        MemberEvent::SignUp(SignUpRequested { email, .. }) => Some(email.clone()),
        MemberEvent::SignUp(SignUpConfirmed { .. }) => None,
    }
}

/// The last token that was given to an address.
#[fact(last)]
fn token_of(token: Option<Token>, event: &MemberEvent, #[tag] email: &Email) -> Option<Token> {
    let MemberEvent::SignUp(SignUpRequested { token, .. }) = event else {
        return token;
    };
    Some(token.clone())
}

/// How often anything was done to the profile of an address.
#[fact]
fn profile_changes(changes: u32, event: &MemberEvent, #[tag] email: &Email) -> u32 {
    match event {
        MemberEvent::Profile(_) => changes + 1,
    }
}

/// How many chose a topic, and how many members have left: one by its tag, the others whoever they are.
#[fact]
fn interest((chosen, left): (u32, u32), event: &MemberEvent, #[tag] topic: &str) -> (u32, u32) {
    match event {
        MemberEvent::Profile(TopicsChosen { .. }) => (chosen + 1, left),
        #[tags()]
        MemberEvent::Left(MemberLeft { .. }) => (chosen, left + 1),
    }
}

struct Request {
    email: Email,
    token: Token,
}

struct Confirm {
    email: Email,
    token: Token,
}

struct ChangeEmail {
    from: Email,
    to: Email,
}

#[derive(Debug, PartialEq)]
enum MemberError {
    AlreadyMember,
    NoMember,
    WrongToken,
}

#[decider]
fn request(
    cmd: &Request,
    #[fact(is_member(&cmd.email))] member: bool,
) -> Result<SignUpEvent, MemberError> {
    if member {
        return Err(MemberError::AlreadyMember);
    }
    Ok(SignUpRequested {
        email: cmd.email.clone(),
        token: cmd.token.clone(),
    })
}

/// Only the last token that an address was given is good, and only for that address.
#[decider]
fn confirm(
    cmd: &Confirm,
    #[fact(is_member(&cmd.email))] member: bool,
    #[fact((pending(&cmd.token), token_of(&cmd.email)))] (pending, last): (
        Option<Email>,
        Option<Token>,
    ),
) -> Result<MemberEvent, MemberError> {
    if member {
        return Err(MemberError::AlreadyMember);
    }
    if pending.as_ref() != Some(&cmd.email) || last.as_ref() != Some(&cmd.token) {
        return Err(MemberError::WrongToken);
    }
    Ok(MemberEvent::SignUp(SignUpConfirmed {
        email: cmd.email.clone(),
        token: cmd.token.clone(),
    }))
}

#[decider]
fn change_email(
    cmd: &ChangeEmail,
    #[fact([is_member(&cmd.from), is_member(&cmd.to)])] [from, to]: [bool; 2],
) -> Result<ProfileEvent, MemberError> {
    match (from, to) {
        (false, _) => Err(MemberError::NoMember),
        (true, true) => Err(MemberError::AlreadyMember),
        (true, false) => Ok(EmailChanged {
            from: cmd.from.clone(),
            to: cmd.to.clone(),
        }),
    }
}

fn email(name: &str) -> Email {
    Email(format!("{name}@example.org"))
}

fn requested(name: &str, token: u64) -> SignUpEvent {
    SignUpRequested {
        email: email(name),
        token: Token(token),
    }
}

fn confirmed(name: &str, token: u64) -> SignUpEvent {
    SignUpConfirmed {
        email: email(name),
        token: Token(token),
    }
}

fn confirm_with(name: &str, token: u64) -> Confirm {
    Confirm {
        email: email(name),
        token: Token(token),
    }
}

fn changed(from: &str, to: &str) -> ProfileEvent {
    EmailChanged {
        from: email(from),
        to: email(to),
    }
}

fn left(name: &str) -> MemberLeft {
    MemberLeft { email: email(name) }
}

#[test]
fn the_token_that_was_given_confirms() {
    given([requested("ann", 1), requested("bob", 2)])
        .when(confirm_with("ann", 1))
        .then(confirmed("ann", 1));
}

#[test]
fn no_other_token_confirms() {
    let given = || {
        given([
            requested("ann", 1),
            requested("bob", 2),
            requested("ann", 3),
        ])
    };
    for wrong in [1, 2, 4] {
        given()
            .when(confirm_with("ann", wrong))
            .then_rejected(MemberError::WrongToken);
    }
    given()
        .when(confirm_with("ann", 3))
        .then(confirmed("ann", 3));
}

#[test]
fn a_token_is_good_once() {
    given([requested("ann", 1), confirmed("ann", 1)])
        .and(left("ann"))
        .when(confirm_with("ann", 1))
        .then_rejected(MemberError::WrongToken);
}

#[test]
fn a_member_is_one_until_it_leaves_or_has_another_address() {
    let request = |name: &str| Request {
        email: email(name),
        token: Token(9),
    };
    let given = || given([requested("ann", 1), confirmed("ann", 1)]);
    given()
        .when(request("ann"))
        .then_rejected(MemberError::AlreadyMember);
    given()
        .and(left("ann"))
        .when(request("ann"))
        .then(requested("ann", 9));
    given()
        .and(changed("ann", "kate"))
        .when(request("ann"))
        .then(requested("ann", 9));
    given()
        .and(changed("ann", "kate"))
        .when(request("kate"))
        .then_rejected(MemberError::AlreadyMember);
}

#[test]
fn an_address_changes_to_one_that_nobody_has() {
    let change = |from: &str, to: &str| ChangeEmail {
        from: email(from),
        to: email(to),
    };
    let given = || given([confirmed("ann", 1), confirmed("bob", 2)]);
    given()
        .when(change("ann", "kate"))
        .then(changed("ann", "kate"));
    given()
        .when(change("ann", "bob"))
        .then_rejected(MemberError::AlreadyMember);
    given()
        .when(change("kate", "ann"))
        .then_rejected(MemberError::NoMember);
}

#[tokio::test]
async fn facts_on_the_set_read_what_was_stored_by_the_types_inside() {
    on_every_store(async |log, seen| {
        let topics = |name: &str, topics: &[&str]| TopicsChosen {
            email: email(name),
            topics: topics.iter().map(|&topic| topic.to_owned()).collect(),
        };
        let request = Request {
            email: email("ann"),
            token: Token(1),
        };
        log.dispatch(request).await.expect("not a member yet");
        let accepted = log
            .dispatch(confirm_with("ann", 1))
            .await
            .expect("its token");
        assert_eq!(accepted.events[0].event_type.as_str(), "SignUpConfirmed");
        log.append(events![
            topics("ann", &["rust", "sql"]),
            MemberEvent::Profile(topics("bob", &["rust"])),
            changed("ann", "kate"),
            left("bob"),
            MemberEvent::Left(left("eve")),
        ])
        .await
        .expect("an append");
        seen.reads();

        let members = [email("ann"), email("kate"), email("eve")];
        let members = members.each_ref().map(is_member);
        let changes = (
            profile_changes(&email("ann")),
            profile_changes(&email("kate")),
        );
        let interests = vec![interest("rust"), interest("sql"), interest("art")];
        let (members, changes, interests) = log
            .read((members, changes, interests))
            .await
            .expect("a read");
        assert_eq!(members, [false, true, false]);
        assert_eq!(changes, (2, 1));
        assert_eq!(interests, [(2, 2), (1, 2), (0, 2)]);
        // Of the seven events, only the request matches none of the facts.
        assert_eq!(seen.reads()[0].events, [6]);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_replaced_in_between_does_not_confirm() {
    on_every_store(async |log, seen| {
        log.append(requested("ann", 1)).await.expect("an append");
        seen.after_next_read([requested("bob", 7)]);
        seen.reads();
        let answer = log.dispatch(confirm_with("bob", 7)).await;
        assert_eq!(answer.expect("the second round").rounds, 2);

        seen.after_next_read([requested("ann", 2)]);
        let answer = log.dispatch(confirm_with("ann", 1)).await;
        assert!(
            matches!(
                answer,
                Err(DispatchError::Rejected(MemberError::WrongToken))
            ),
            "{answer:?}"
        );
    })
    .await;
}
