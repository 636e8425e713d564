//! Usernames: each belongs to one, whoever asks first and however it is written.
//!
//! `cargo run --example usernames` keeps its log in `usernames.db`; give another database's URL as the argument.

use std::time::Duration;

use factos::prelude::*;
use factos::{EventId, Reactor, Timestamp};
use serde::{Deserialize, Serialize};

/// A name in the form in which names are compared: without case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
#[serde(from = "String")]
pub struct Username(String);

impl From<String> for Username {
    fn from(name: String) -> Self {
        // By way of the upper case, as `Straße` and `STRASSE` have only that in common.
        Self(name.to_lowercase().to_uppercase().to_lowercase())
    }
}

impl From<&str> for Username {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(username))]
pub enum UserEvent {
    UsernameReserved {
        username: Username,
    },
    UserRegistered {
        username: Username,
    },
    DisplayNameChanged {
        #[tag(username)]
        user: Username,
        name: String,
    },
}
use UserEvent::*;

/// Whether a name is kept back, so that nobody can register it.
#[fact]
pub fn is_reserved(reserved: bool, event: &UserEvent, #[tag] username: &Username) -> bool {
    match event {
        UsernameReserved { .. } => true,
    }
}

/// Whether somebody has registered under a name.
#[fact]
pub fn is_registered(registered: bool, event: &UserEvent, #[tag] username: &Username) -> bool {
    match event {
        UserRegistered { .. } => true,
    }
}

/// What a user wants to be called; `None` until it is said.
#[fact(last)]
pub fn display_name(
    name: Option<String>,
    event: &UserEvent,
    #[tag] username: &Username,
) -> Option<String> {
    match event {
        DisplayNameChanged { name, .. } => Some(name.clone()),
    }
}

/// Why a command about a user is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserError {
    NameIsReserved,
    NameIsRegistered,
    NoSuchUser,
}

/// Somebody wants to use a name.
#[derive(Debug, Clone)]
pub struct RegisterUser {
    pub username: Username,
}

#[decider]
pub fn register_user(
    cmd: &RegisterUser,
    #[fact(is_reserved(&cmd.username))] reserved: bool,
    #[fact(is_registered(&cmd.username))] registered: bool,
) -> Result<UserEvent, UserError> {
    if reserved {
        return Err(UserError::NameIsReserved);
    }
    if registered {
        return Err(UserError::NameIsRegistered);
    }
    Ok(UserRegistered {
        username: cmd.username.clone(),
    })
}

/// A name is to be kept back.
#[derive(Debug, Clone)]
pub struct ReserveUsername {
    pub username: Username,
}

#[decider]
pub fn reserve_username(
    cmd: &ReserveUsername,
    #[fact(is_reserved(&cmd.username))] reserved: bool,
    #[fact(is_registered(&cmd.username))] registered: bool,
) -> Result<UserEvent, UserError> {
    if reserved {
        return Err(UserError::NameIsReserved);
    }
    if registered {
        return Err(UserError::NameIsRegistered);
    }
    Ok(UsernameReserved {
        username: cmd.username.clone(),
    })
}

/// A user wants to be called otherwise.
#[derive(Debug, Clone)]
pub struct ChangeDisplayName {
    pub user: Username,
    pub name: String,
}

#[decider]
pub fn change_display_name(
    cmd: &ChangeDisplayName,
    #[fact(is_registered(&cmd.user))] registered: bool,
) -> Result<UserEvent, UserError> {
    if !registered {
        return Err(UserError::NoSuchUser);
    }
    Ok(DisplayNameChanged {
        user: cmd.user.clone(),
        name: cmd.name.clone(),
    })
}

/// A mail that is to be sent, once for each event id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendWelcomeEmail {
    pub to: Username,
    pub event_id: EventId,
}

/// Who is to be welcomed: everyone who registers, and nobody else.
pub fn welcome() -> Reactor<Recorded<UserEvent>, SendWelcomeEmail> {
    Reactor::new(|event: &Recorded<UserEvent>| match &event.data {
        UserRegistered { username } => vec![SendWelcomeEmail {
            to: username.clone(),
            event_id: event.id,
        }],
        UsernameReserved { .. } | DisplayNameChanged { .. } => vec![],
    })
}

// The second part: names that come back after a while.

/// For how long a name stays claimed after it was given up.
pub const RETENTION: Duration = Duration::from_hours(3 * 24);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub enum AccountEvent {
    AccountRegistered {
        #[tag]
        username: Username,
    },
    AccountClosed {
        #[tag]
        username: Username,
    },
    UsernameChanged {
        #[tag(username)]
        old: Username,
        #[tag(username)]
        new: Username,
    },
}
use AccountEvent::*;

/// What is known of a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Claim {
    #[default]
    Never,
    InUse,
    GivenUp {
        at: Timestamp,
    },
}

impl Claim {
    /// Whether nobody else can have the name at this moment.
    pub fn holds(self, now: Timestamp) -> bool {
        match self {
            Self::Never => false,
            Self::InUse => true,
            Self::GivenUp { at } => now.since(at) <= RETENTION,
        }
    }
}

/// Who claims a name: the fold needs to know when something happened, so it takes the event as it was recorded.
#[fact]
pub fn claim_on(claim: Claim, event: &Recorded<AccountEvent>, #[tag] username: &Username) -> Claim {
    match &event.data {
        AccountRegistered { .. } => Claim::InUse,
        UsernameChanged { new, .. } if new == username => Claim::InUse,
        AccountClosed { .. } | UsernameChanged { .. } => Claim::GivenUp {
            at: event.recorded_at,
        },
    }
}

/// Why a command about an account is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountError {
    NoSuchAccount,
    NameIsClaimed,
}

/// Somebody wants an account; a decider has no clock, so the command says what time it is.
#[derive(Debug, Clone)]
pub struct RegisterAccount {
    pub username: Username,
    pub now: Timestamp,
}

#[decider]
pub fn register_account(
    cmd: &RegisterAccount,
    #[fact(claim_on(&cmd.username))] claim: Claim,
) -> Result<AccountEvent, AccountError> {
    if claim.holds(cmd.now) {
        return Err(AccountError::NameIsClaimed);
    }
    Ok(AccountRegistered {
        username: cmd.username.clone(),
    })
}

/// An account is no longer wanted.
#[derive(Debug, Clone)]
pub struct CloseAccount {
    pub username: Username,
}

#[decider]
pub fn close_account(
    cmd: &CloseAccount,
    #[fact(claim_on(&cmd.username))] claim: Claim,
) -> Result<AccountEvent, AccountError> {
    if claim != Claim::InUse {
        return Err(AccountError::NoSuchAccount);
    }
    Ok(AccountClosed {
        username: cmd.username.clone(),
    })
}

/// An account is to have another name.
#[derive(Debug, Clone)]
pub struct ChangeUsername {
    pub old: Username,
    pub new: Username,
    pub now: Timestamp,
}

#[decider]
pub fn change_username(
    cmd: &ChangeUsername,
    #[fact(claim_on(&cmd.old))] old: Claim,
    #[fact(claim_on(&cmd.new))] new: Claim,
) -> Result<AccountEvent, AccountError> {
    if old != Claim::InUse {
        return Err(AccountError::NoSuchAccount);
    }
    if new.holds(cmd.now) {
        return Err(AccountError::NameIsClaimed);
    }
    Ok(UsernameChanged {
        old: cmd.old.clone(),
        new: cmd.new.clone(),
    })
}

// The races: everything below only uses what is above.

use std::fmt::Debug;
use std::time::SystemTime;

use factos::{Accepted, DispatchError, EventLog, StoredEvent};
use tokio::task::JoinSet;

/// How a wish was answered.
pub type Answer<R> = Result<Accepted, DispatchError<R>>;

/// Has everyone register at the same time, and gives who was answered what.
pub async fn race(
    log: &EventLog,
    names: impl IntoIterator<Item = String>,
) -> Vec<(String, Answer<UserError>)> {
    let mut answers = JoinSet::new();
    for name in names {
        let log = log.clone();
        let username = Username::from(&*name);
        answers.spawn(async move { (name, log.dispatch(RegisterUser { username }).await) });
    }
    answers.join_all().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "sqlite:usernames.db".into());
    let log = factos::open(&url).await?;
    let start = log.head().await?;
    println!("{url} holds {start} events; what is new:");

    // Every run has names of its own, so that it can be repeated on the same file.
    let own = |name: &str| format!("{name}-{start}");
    let username = |name: &str| Username::from(own(name));
    users(&log, own, username).await?;
    accounts(&log, username).await?;
    println!("\nthe log holds {} events", log.head().await?);
    Ok(())
}

async fn users(
    log: &EventLog,
    own: impl Fn(&str) -> String,
    username: impl Fn(&str) -> Username,
) -> Result<(), Box<dyn std::error::Error>> {
    let register = |name: &str| {
        log.dispatch(RegisterUser {
            username: username(name),
        })
    };
    log.dispatch(ReserveUsername {
        username: username("admin"),
    })
    .await?;
    println!("  admin is reserved");
    let ann = register("ann").await;
    println!("  ann registers: {}", told(&ann));
    println!("  ANN registers: {}", told(&register("ANN").await));
    println!("  Admin registers: {}", told(&register("Admin").await));

    log.dispatch(ChangeDisplayName {
        user: username("ann"),
        name: "Ann of Green Gables".into(),
    })
    .await?;
    let shown = log.read(display_name(&username("ann"))).await?;
    println!("  ann is shown as {}", shown.unwrap_or_default());

    println!("\nTwenty want to be bob at once, each in his own spelling:");
    let spellings = (0..20).map(|n| match n % 3 {
        0 => own("bob"),
        1 => own("Bob"),
        _ => own("BOB"),
    });
    let answers = race(log, spellings).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|(_, answer)| answer.is_ok());
    for (name, answer) in &won {
        println!("  {name}: {}", told(answer));
    }
    let mut reasons: Vec<_> = lost.iter().map(|(_, answer)| told(answer)).collect();
    reasons.sort();
    for same in reasons.chunk_by(|a, b| a == b) {
        println!("  {} of them: {}", same.len(), same[0]);
    }

    println!("\nMails to send:");
    let accepted = [&ann]
        .into_iter()
        .chain(won.iter().map(|(_, answer)| answer));
    let events = accepted.flatten().flat_map(|accepted| &accepted.events);
    let events: Vec<_> = events.map(StoredEvent::decode).collect::<Result<_, _>>()?;
    for mail in welcome().react_all(&events) {
        println!(
            "  welcome {}, because of event {}",
            mail.to.0, mail.event_id
        );
    }
    Ok(())
}

async fn accounts(
    log: &EventLog,
    username: impl Fn(&str) -> Username,
) -> Result<(), Box<dyn std::error::Error>> {
    println!("\nA name that was given up is free again after three days:");
    let days = |n: u64| Timestamp::from(SystemTime::now() + Duration::from_hours(24 * n));
    let register = |name: &str, now| {
        let username = username(name);
        log.dispatch(RegisterAccount { username, now })
    };
    println!("  cat registers: {}", told(&register("cat", days(0)).await));
    let change = ChangeUsername {
        old: username("cat"),
        new: username("kitty"),
        now: days(0),
    };
    println!("  cat becomes kitty: {}", told(&log.dispatch(change).await));
    for (when, now) in [
        ("at once", days(0)),
        ("after 2 days", days(2)),
        ("after 4 days", days(4)),
    ] {
        let answer = register("Cat", now).await;
        println!("  another one wants to be Cat, {when}: {}", told(&answer));
    }
    let close = CloseAccount {
        username: username("kitty"),
    };
    println!(
        "  kitty closes the account: {}",
        told(&log.dispatch(close).await)
    );
    let answer = register("kitty", days(1)).await;
    println!(
        "  another one wants to be kitty, after 1 day: {}",
        told(&answer)
    );
    Ok(())
}

/// What an answer says to a person.
fn told<R: Debug>(answer: &Answer<R>) -> String {
    match answer {
        Ok(accepted) => match accepted.position {
            Some(position) => format!("recorded at position {position}"),
            None => "accepted, nothing to record".into(),
        },
        Err(DispatchError::Rejected(error)) => format!("refused: {error:?}"),
        Err(other) => format!("failed: {other}"),
    }
}
