//! Reactors: what they read, what they hold, and what they answer.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use factos::prelude::*;
use factos::{AsyncReactor, Commands, NewEvent, Position, StoredEvent, Timestamp};

use super::facts::Account::*;
use super::facts::{Account, Bank, RateChanged};

/// Tells an account's owner something.
#[derive(Debug, PartialEq)]
struct Tell(String);

#[decider]
fn tell(cmd: &Tell) -> Account {
    deposited(&cmd.0, 0)
}

#[derive(Debug, PartialEq)]
struct Close(String);

#[decider]
fn close(_: &Close) -> Account {
    Ended
}

/// The types of the query's events.
fn query(reactor: &impl AsyncReactor) -> String {
    let query = reactor.query().expect("query");
    let items = query.items().iter().map(|item| {
        assert_eq!(item.tags().to_string(), "");
        let types = item.types().iter().map(factos::EventType::as_str);
        types.collect::<Vec<_>>().join(" ")
    });
    items.collect::<Vec<_>>().join("; ")
}

fn stored<E: Event>(event: &E) -> StoredEvent {
    let event = NewEvent::encode(event).expect("encode");
    let (position, at) = (Position::new(7), Timestamp::from_micros(0));
    StoredEvent::new(event, position, at, factos::AppendId::new(), None)
}

fn recorded<E: Event>(event: &E) -> Recorded<E> {
    stored(event).decode().expect("decode")
}

fn opened(account: &str) -> Account {
    Opened {
        account: account.to_owned(),
        amount: 3,
    }
}

fn deposited(account: &str, amount: i64) -> Account {
    Deposited {
        account: account.to_owned(),
        amount,
    }
}

/// What the commands are, in words.
async fn answer<R: AsyncReactor>(reactor: &R, event: R::Event) -> Result<String, String> {
    let answered = reactor.react(&recorded(&event)).await;
    match answered {
        Ok(commands) => Ok(format!("{commands:?}")),
        Err(failure) => Err(failure.to_string()),
    }
}

/// Neither `Clone` nor anything else.
#[derive(Default)]
struct Mailer(Mutex<Vec<String>>);

impl Mailer {
    async fn send(&self, to: &str, text: impl fmt::Display) -> Result<(), MailError> {
        tokio::task::yield_now().await;
        if to.is_empty() {
            return Err(MailError);
        }
        self.0.lock().expect("sent").push(format!("{to} {text}"));
        Ok(())
    }

    fn sent(&self) -> Vec<String> {
        self.0.lock().expect("sent").clone()
    }
}

#[derive(Debug)]
struct MailError;

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody to send to")
    }
}

impl std::error::Error for MailError {}

/// Welcomes.
#[reactor(name = "welcome_mail", order_by = account)]
async fn welcome(
    event: &Recorded<Account>,
    mailer: &Arc<Mailer>,
    text: &str,
    names: &[&'static str],
) -> Result<(), MailError> {
    let at = event.position;
    match &event.data {
        Opened { account, .. } => {
            let number = names.len();
            mailer.send(account, format!("{text} {number} {at}")).await
        }
        Deposited { account, amount: 9 } => mailer.send(account, "nine").await,
        Deposited { .. } => Ok(()),
    }
}

#[tokio::test]
async fn effects_are_done_with_what_the_reactor_holds() {
    type Welcome = welcome;
    assert_eq!(Welcome::NAME, "welcome_mail");
    let mailer = Arc::new(Mailer::default());
    let reactor: welcome = welcome(mailer.clone(), "hello".to_owned(), vec!["a", "b"]);
    assert_eq!(query(&reactor), "AccountOpened AccountCreated Deposited");
    assert_eq!(format!("{reactor:?}"), "welcome { .. }");

    for (event, expected) in [
        (opened("ann"), Ok("[]")),
        (deposited("ann", 3), Ok("[]")),
        (Ended, Ok("[]")),
        (deposited("", 9), Err("nobody to send to")),
    ] {
        let answered = answer(&reactor, event).await;
        assert_eq!(answered.as_deref().map_err(String::as_str), expected);
    }
    let event = recorded(&deposited("bob", 9));
    let own = welcome::react(&event, &mailer, "", &[]);
    own.await.expect("sent");
    assert_eq!(mailer.sent(), ["ann hello 2 7", "bob nine"]);
}

#[test]
fn events_are_ordered_by_the_value_of_a_tag() {
    let reactor = welcome(Arc::default(), String::new(), vec![]);
    let key = |event: &Account| reactor.order_key(&stored(event)).map(str::to_owned);
    assert_eq!(key(&opened("a:b")).as_deref(), Some("a:b"));
    assert_eq!(key(&deposited("", 1)).as_deref(), Some(""));
    assert_eq!(key(&Ended), None);
    let unordered = confirm();
    assert_eq!(unordered.order_key(&stored(&opened("a"))), None);

    let of_lists = noted(Mailer::default());
    let noted = |account: Option<&str>, topics: &[&str]| {
        let event = Noted {
            topics: topics.iter().map(ToString::to_string).collect(),
            account: account.map(str::to_owned),
        };
        of_lists.order_key(&stored(&event)).map(str::to_owned)
    };
    assert_eq!(noted(Some("a"), &[]), None);
    assert_eq!(noted(None, &["z", "b"]).as_deref(), Some("b"));
}

#[reactor(order_by = "topics")]
async fn noted(event: &Account, _mailer: &Mailer) {
    if let Noted { .. } = event {
        tokio::task::yield_now().await;
    }
}

#[reactor]
fn confirm(event: &Account) -> Option<Tell> {
    match event {
        Opened { account, .. } => Some(Tell(account.clone())),
    }
}

#[reactor]
fn in_a_result(event: &Account) -> Result<Option<Tell>, MailError> {
    Ok(match event {
        Opened { account, .. } if account.is_empty() => return Err(MailError),
        Opened { account, .. } => Some(Tell(account.clone())),
        _ => None,
    })
}

#[reactor]
fn several(event: &Recorded<Account>, extra: &Option<PathBuf>) -> Vec<Tell> {
    let Transferred { from, to, .. } = &event.data else {
        return vec![];
    };
    let mut all = vec![Tell(from.clone()), Tell(to.clone())];
    all.extend(extra.iter().map(|path| Tell(path.display().to_string())));
    all
}

#[reactor]
fn gathered(event: &Account, quiet: &bool) -> Result<Commands, String> {
    let mut commands = Commands::new();
    if *quiet {
        return Ok(commands);
    }
    match event {
        Opened { account, .. } => commands = commands.and(Tell(account.clone())),
        Ended => return Err("ended".to_owned()),
        Noted { .. } => {}
    }
    if let Opened { account, amount: 3 } = event {
        commands = commands.and(Close(account.clone()));
    }
    Ok(commands)
}

#[reactor(events(Opened, Deposited))]
fn always_one(event: &Account) -> Tell {
    match event {
        Opened { account, .. } | Deposited { account, .. } => Tell(account.clone()),
        _ => unreachable!("it is not listed"),
    }
}

#[reactor(all)]
fn always_two(event: &Bank) -> [Close; 2] {
    let text = match event {
        Bank::Account(_) => "account",
        Bank::Rate(_) => "rate",
    };
    [Close(text.to_owned()), Close(text.to_owned())]
}

type Told = Result<Tell, Box<dyn std::error::Error + Send + Sync>>;

#[reactor]
fn of_a_struct(event: &RateChanged) -> Told {
    if event.percent > 100 {
        return Err("too much".into());
    }
    Ok(Tell(event.country.clone()))
}

mod of_accounts {
    pub(super) type Recorded = factos::Recorded<super::Account>;
}

#[reactor(order_by = topics)]
fn through_an_alias(event: &of_accounts::Recorded) -> Result<(), std::fmt::Error> {
    if matches!(event.data, Noted { .. }) {
        return Err(std::fmt::Error);
    }
    Ok(())
}

#[reactor]
fn tried(event: &Account, mailer: &Mutex<Vec<&'static str>>) -> Result<(), String> {
    match event {
        Opened { .. } => Err("opened"),
        Ended => {
            mailer.lock().expect("list").push("ended");
            Ok(())
        }
        _ => Ok(()),
    }?;
    if let Noted { .. } = event {
        mailer.lock().expect("list").push("noted");
    }
    Ok(())
}

#[tokio::test]
async fn commands_are_answered_in_each_shape() {
    let ok = |text: &str| Ok(text.to_owned());
    let err = |text: &str| Err(text.to_owned());

    assert_eq!(confirm::react(&opened("a")), Some(Tell("a".to_owned())));
    assert_eq!(confirm::react(&Ended), None);
    assert_eq!(answer(&confirm(), opened("a")).await, ok("[\"Tell\"]"));
    assert_eq!(answer(&confirm(), Ended).await, ok("[]"));

    let reactor = in_a_result();
    assert_eq!(answer(&reactor, opened("a")).await, ok("[\"Tell\"]"));
    assert_eq!(answer(&reactor, opened("")).await, err("nobody to send to"));
    assert_eq!(answer(&reactor, Ended).await, ok("[]"));

    let transferred = || Transferred {
        from: "a".to_owned(),
        to: "b".to_owned(),
        amount: 1,
    };
    let reactor = several(Some(PathBuf::from("c")));
    let told = ["a", "b", "c"].map(|name| Tell(name.to_owned()));
    assert_eq!(
        several::react(&recorded(&transferred()), &Some("c".into())),
        told
    );
    let three = "[\"Tell\", \"Tell\", \"Tell\"]";
    assert_eq!(answer(&reactor, transferred()).await, ok(three));
    assert_eq!(answer(&reactor, Ended).await, ok("[]"));

    let reactor = gathered(false);
    let both = ok("[\"Tell\", \"Close\"]");
    assert_eq!(answer(&reactor, opened("a")).await, both);
    assert_eq!(answer(&reactor, Ended).await, err("ended"));
    assert_eq!(answer(&reactor, deposited("a", 1)).await, ok("[]"));
    assert_eq!(answer(&gathered(true), Ended).await, ok("[]"));

    assert_eq!(answer(&always_one(), opened("a")).await, ok("[\"Tell\"]"));
    let closed = answer(&always_two(), Bank::Account(Ended)).await;
    assert_eq!(closed, ok("[\"Close\", \"Close\"]"));

    let rate = |percent| RateChanged {
        country: "fr".to_owned(),
        percent,
    };
    assert_eq!(answer(&of_a_struct(), rate(3)).await, ok("[\"Tell\"]"));
    assert_eq!(answer(&of_a_struct(), rate(101)).await, err("too much"));

    let reactor = tried(Mutex::default());
    assert_eq!(answer(&reactor, opened("a")).await, err("opened"));
    assert_eq!(answer(&reactor, Ended).await, ok("[]"));
    assert_eq!(answer(&reactor, transferred()).await, ok("[]"));
    let list = Mutex::default();
    let noted = Noted {
        topics: vec![],
        account: None,
    };
    tried::react(&noted, &list).expect("done");
    tried::react(&transferred(), &list).expect("done");
    assert_eq!(*list.lock().expect("list"), ["noted"]);
}

#[test]
fn queries_are_what_is_matched() {
    assert_eq!(query(&confirm()), "AccountOpened AccountCreated");
    assert_eq!(query(&in_a_result()), "AccountOpened AccountCreated");
    assert_eq!(query(&several(None)), "Transferred");
    assert_eq!(
        query(&gathered(true)),
        "AccountOpened AccountCreated TermEnded Noted"
    );
    assert_eq!(
        query(&always_one()),
        "AccountOpened AccountCreated Deposited"
    );
    let accounts = "AccountOpened AccountCreated Deposited Transferred TermEnded Noted";
    assert_eq!(query(&always_two()), format!("{accounts} RateChanged"));
    assert_eq!(query(&of_a_struct()), "RateChanged");
    assert_eq!(query(&through_an_alias()), "Noted");
    assert_eq!(
        query(&tried(Mutex::default())),
        "AccountOpened AccountCreated TermEnded Noted"
    );
}

#[tokio::test]
async fn reactors_run_in_other_tasks_at_once() {
    let mailer = Arc::new(Mailer::default());
    let reactor = Arc::new(welcome(mailer.clone(), "hi".to_owned(), vec![]));
    let tasks = ["a", "b"].map(|name| {
        let reactor = reactor.clone();
        tokio::spawn(async move { answer(&*reactor, opened(name)).await })
    });
    for task in tasks {
        let answered = task.await.expect("it can be sent");
        assert_eq!(answered.as_deref(), Ok("[]"));
    }
    let mut sent = mailer.sent();
    sent.sort();
    assert_eq!(sent, ["a hi 0 7", "b hi 0 7"]);
}
