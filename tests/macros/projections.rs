//! Projections: what they read, and how they write.

use std::fmt;

use factos::prelude::*;
use factos::{NewEvent, Position, Projection, StoredEvent, Timestamp};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::facts::Account::*;
use super::facts::{Account, Bank, RateChanged};

/// The types of the query's events.
fn query<C>(projection: &impl Projection<C>) -> String {
    let query = projection.query().expect("query");
    let items = query.items().iter().map(|item| {
        assert_eq!(item.tags().to_string(), "");
        let types = item.types().iter().map(factos::EventType::as_str);
        types.collect::<Vec<_>>().join(" ")
    });
    items.collect::<Vec<_>>().join("; ")
}

fn recorded<E: Event>(events: impl IntoIterator<Item = E>) -> Vec<Recorded<E>> {
    let recorded = (1..).zip(events).map(|(position, event)| {
        let event = NewEvent::encode(&event).expect("encode");
        let (position, at) = (Position::new(position), Timestamp::from_micros(0));
        let stored = StoredEvent::new(event, position, at, factos::AppendId::new(), None);
        stored.decode().expect("decode")
    });
    recorded.collect()
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

async fn memory() -> SqliteConnection {
    SqliteConnection::connect("sqlite::memory:")
        .await
        .expect("a database")
}

/// Balances of accounts.
#[projection(name = "balance_list", version = 2, setup = make_balances, tables(balances, owners))]
async fn balances(
    event: &Recorded<Account>,
    db: &mut SqliteConnection,
    tables: &Tables,
) -> sqlx::Result<()> {
    match &event.data {
        Opened { account, amount } => {
            let sql = tables.sql("INSERT INTO {balances} VALUES ($1, $2, $3)");
            sqlx::query(AssertSqlSafe(sql))
                .bind(account)
                .bind(amount)
                .bind(i64::try_from(event.position.get()).unwrap_or(i64::MAX))
                .execute(db)
                .await?;
            Ok(())
        }
        Deposited { account, amount } => {
            let sql = tables.sql("UPDATE {balances} SET amount = amount + $2 WHERE account = $1");
            let update = sqlx::query(AssertSqlSafe(sql)).bind(account).bind(amount);
            update.execute(db).await.map(drop)
        }
    }
}

async fn make_balances(db: &mut SqliteConnection, tables: &Tables) -> Result<(), sqlx::Error> {
    let sql = tables.sql(
        "CREATE TABLE {balances} (account TEXT PRIMARY KEY, amount INTEGER, opened INTEGER);
         CREATE TABLE {owners} (account TEXT PRIMARY KEY)",
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await?;
    Ok(())
}

#[tokio::test]
async fn rows_are_written_in_the_tables_of_the_version() {
    type Balances = balances;
    assert_eq!(
        <Balances as Projection<SqliteConnection>>::NAME,
        "balance_list"
    );
    assert_eq!(Balances::TABLES, ["balances", "owners"]);
    assert_eq!((Balances::VERSION, Balances::TAKES_SLICES), (2, false));
    assert_eq!(query(&balances()), "AccountOpened AccountCreated Deposited");

    let mut db = memory().await;
    let tables = Tables::new(Balances::VERSION, Balances::TABLES);
    let projection = balances();
    projection.set_up(&mut db, &tables).await.expect("tables");
    let events = recorded([
        opened("a"),
        Ended,
        deposited("a", 4),
        deposited("z", 1),
        opened("b"),
    ]);
    // Both the trait's function, for all of them, and the user's own, for one.
    Projection::apply(&projection, &events[..3], &mut db, &tables)
        .await
        .expect("applied");
    balances::apply(&events[3], &mut db, &tables)
        .await
        .expect("applied");
    projection
        .apply(&events[4..], &mut db, &tables)
        .await
        .expect("applied");

    let rows: Vec<(String, i64, i64)> =
        sqlx::query_as("SELECT account, amount, opened FROM balances_v2 ORDER BY account")
            .fetch_all(&mut db)
            .await
            .expect("rows");
    let expected = [("a".to_owned(), 7, 1), ("b".to_owned(), 3, 5)];
    assert_eq!(rows, expected);
    let failure = projection.apply(&events[..1], &mut db, &tables).await;
    let failure = failure.expect_err("it is there already");
    assert!(failure.downcast_ref::<sqlx::Error>().is_some());
}

#[projection(setup = make_totals)]
async fn totals(events: &[Recorded<Bank>], db: &mut SqliteConnection) -> sqlx::Result<()> {
    let (mut deposits, mut rates) = (0, 0);
    for event in events {
        match &event.data {
            Bank::Account(Deposited { amount, .. }) => deposits += amount,
            Bank::Rate(_) => rates += 1,
        }
    }
    sqlx::query("INSERT INTO totals_v1 VALUES ($1, $2)")
        .bind(deposits)
        .bind(rates)
        .execute(db)
        .await?;
    Ok(())
}

async fn make_totals(db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> {
    let sql = tables.sql("CREATE TABLE {totals} (deposits INTEGER, rates INTEGER)");
    sqlx::query(AssertSqlSafe(sql)).execute(db).await.map(drop)
}

#[tokio::test]
async fn several_events_come_together() {
    assert_eq!(totals::NAME, "totals");
    assert_eq!((totals::VERSION, totals::TAKES_SLICES), (1, true));
    assert_eq!(totals::TABLES, ["totals"]);
    assert_eq!(query(&totals()), "Deposited RateChanged");

    let mut db = memory().await;
    let tables = Tables::new(1, totals::TABLES);
    totals().set_up(&mut db, &tables).await.expect("tables");
    let rate = || {
        Bank::Rate(RateChanged {
            country: "fr".to_owned(),
            percent: 3,
        })
    };
    let deposit = |amount| Bank::Account(deposited("a", amount));
    let events = recorded([deposit(1), rate(), Bank::Account(Ended), deposit(5), rate()]);
    totals()
        .apply(&events, &mut db, &tables)
        .await
        .expect("applied");
    totals::apply(&events[..1], &mut db).await.expect("applied");
    let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT deposits, rates FROM totals_v1")
        .fetch_all(&mut db)
        .await
        .expect("rows");
    assert_eq!(rows, [(6, 2), (1, 0)]);
}

/// An error of one's own, which is no `std::error::Error`.
#[derive(Debug)]
struct Refused(&'static str);

impl From<Refused> for factos::ProjectionFailure {
    fn from(refused: Refused) -> Self {
        refused.0.into()
    }
}

type Refusable = Result<(), Refused>;

#[projection]
async fn refusing(event: &Account, db: &mut Vec<&'static str>) -> Refusable {
    match event {
        Ended => return Err(Refused("ended")),
        Opened { .. } => db.push("opened"),
        _ => {}
    }
    Ok(())
}

#[tokio::test]
async fn the_first_failure_ends_it() {
    let tables = Tables::new(1, &[]);
    let events = recorded([opened("a"), deposited("a", 1), Ended, opened("b")]);
    let mut db = Vec::new();
    let failure = refusing().apply(&events, &mut db, &tables).await;
    assert_eq!(failure.expect_err("refused").to_string(), "ended");
    assert_eq!(db, ["opened"]);
    refusing()
        .set_up(&mut db, &tables)
        .await
        .expect("nothing to do");
    assert_eq!(db, ["opened"]);
    assert_eq!(query(&refusing()), "TermEnded AccountOpened AccountCreated");
}

#[projection]
async fn of_postgres(event: &Recorded<Bank>, _db: &mut PgConnection) -> Result<(), fmt::Error> {
    let Bank::Account(Transferred { .. } | Noted { .. }) = &event.data else {
        return Ok(());
    };
    Err(fmt::Error)
}

mod of_accounts {
    pub(super) type Recorded = factos::Recorded<super::Account>;
}

#[projection]
async fn through_an_alias(
    event: &of_accounts::Recorded,
    db: &mut Vec<u64>,
) -> Result<(), fmt::Error> {
    if let Ended = event.data {
        db.push(event.position.get());
    }
    Ok(())
}

#[projection]
async fn of_a_struct(event: &RateChanged, db: &mut Vec<u32>) -> Result<(), fmt::Error> {
    db.push(event.percent);
    Ok(())
}

#[projection]
async fn structs_as_slices(
    changes: &[Recorded<RateChanged>],
    db: &mut Vec<usize>,
) -> Result<(), fmt::Error> {
    db.push(changes.len());
    Ok(())
}

#[projection(all)]
async fn all_of_a_set(_: &Bank, _: &mut Vec<u8>, _: &Tables) -> Result<(), fmt::Error> {
    Ok(())
}

#[projection(events(Bank::Rate, Bank::Account(Ended | Opened)))]
async fn listed(events: &[Recorded<Bank>], db: &mut Vec<usize>) -> Result<(), fmt::Error> {
    db.push(events.len());
    Ok(())
}

#[projection]
async fn whole_wrapper(event: &Bank, _db: &mut Vec<u8>) -> Result<(), fmt::Error> {
    if let Bank::Account(_) = event {
        return Err(fmt::Error);
    }
    Ok(())
}

#[projection]
async fn in_sequence(event: &Account, db: &mut Vec<u8>) -> Result<(), fmt::Error> {
    match event {
        Opened { .. } => db.push(1),
    }
    match event {
        Deposited { .. } => db.push(2),
        Ended => {}
    }
    Ok(())
}

#[projection]
async fn in_a_row(events: &[Recorded<Account>], db: &mut Vec<u8>) -> Result<(), fmt::Error> {
    for event in events.iter().rev() {
        if matches!(&event.data, Ended) {
            db.push(3);
        }
        match &event.data {
            Opened { .. } => db.push(1),
        }
        match &event.data {
            Deposited { .. } => db.push(2),
        }
    }
    Ok(())
}

#[tokio::test]
async fn queries_are_what_is_matched() {
    assert_eq!(query(&of_postgres()), "Transferred Noted");
    assert_eq!(query(&of_a_struct()), "RateChanged");
    assert_eq!(query(&structs_as_slices()), "RateChanged");
    let accounts = "AccountOpened AccountCreated Deposited Transferred TermEnded Noted";
    assert_eq!(query(&all_of_a_set()), format!("{accounts} RateChanged"));
    assert_eq!(query(&whole_wrapper()), accounts);
    assert_eq!(query(&through_an_alias()), "TermEnded");
    assert_eq!(
        query(&listed()),
        "RateChanged TermEnded AccountOpened AccountCreated"
    );
    assert_eq!(
        query(&in_sequence()),
        "AccountOpened AccountCreated Deposited TermEnded"
    );
    assert_eq!(
        query(&in_a_row()),
        "TermEnded AccountOpened AccountCreated Deposited"
    );
}

#[tokio::test]
async fn a_match_does_not_hide_the_one_behind_it() {
    let events = recorded([opened("a"), deposited("a", 1), Ended]);
    let tables = Tables::new(1, &[]);
    let mut db = Vec::new();
    let one = in_sequence().apply(&events, &mut db, &tables).await;
    one.expect("applied");
    assert_eq!(db, [1, 2]);
    let slices = in_a_row().apply(&events, &mut db, &tables).await;
    slices.expect("applied");
    assert_eq!(db, [1, 2, 3, 2, 1]);
}

#[tokio::test]
async fn projections_are_values_that_a_function_may_hold() {
    #[projection]
    async fn local(event: &Account, db: &mut u32) -> Result<(), fmt::Error> {
        match event {
            Ended => *db += 1,
            _ => (),
        }
        Ok(())
    }
    fn run<C, P: Projection<C> + Copy + fmt::Debug>(projection: P) -> (P, P) {
        (projection, projection)
    }
    let (projection, _): (local, local) = run(local());
    let (mut db, tables) = (0, Tables::new(1, &[]));
    let applied = async move {
        let events = recorded([Ended]);
        projection
            .apply(&events, &mut db, &tables)
            .await
            .map(|()| db)
    };
    let applied = tokio::spawn(applied).await.expect("it can be sent");
    assert_eq!(applied.expect("applied"), 1);
}
