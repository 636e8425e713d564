//! Of two processes that believe that they run a projection, only the one commits that took it over last.

use std::time::Duration;

use factos::postgres::PostgresReadModel;
use factos::read_model::ReadModel;
use factos::sqlite::SqliteReadModel;
use factos::{
    EventLog, LimitError, PartStatus, Position, Projection, ProjectionFailure, Query, Recorded,
    Runner, Tables,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::checker::{Rule, check_one};
use crate::database::Database;
use crate::disturbed::violations::Violations;
use crate::gate::Gate;
use crate::ledger::LedgerEvent;
use crate::staged::{Bug, Staged};
use crate::support::sqlite_url;

/// Long enough for everything that comes at all.
const LONG: Duration = Duration::from_mins(1);
/// So short that it has run out when it is looked at again.
const SHORT: Duration = Duration::from_millis(100);

/// A projection that hangs in front of its rows, or behind them, while its transaction is open.
pub struct Hanging<P> {
    inner: P,
    pub before: Gate,
    pub behind: Gate,
}

impl<P> Hanging<P> {
    pub fn new(inner: P) -> Self {
        let (before, behind) = (Gate::open(), Gate::open());
        Self {
            inner,
            before,
            behind,
        }
    }
}

impl<C: Send + 'static, P: Projection<C>> Projection<C> for Hanging<P> {
    type Event = P::Event;

    const NAME: &'static str = P::NAME;
    const VERSION: u32 = P::VERSION;
    const TABLES: &'static [&'static str] = P::TABLES;
    const TAKES_SLICES: bool = P::TAKES_SLICES;

    fn query(&self) -> Result<Query, LimitError> {
        self.inner.query()
    }

    async fn set_up<'a>(
        &'a self,
        db: &'a mut C,
        tables: &'a Tables,
    ) -> Result<(), ProjectionFailure> {
        self.inner.set_up(db, tables).await
    }

    async fn apply<'a>(
        &'a self,
        events: &'a [Recorded<Self::Event>],
        db: &'a mut C,
        tables: &'a Tables,
    ) -> Result<(), ProjectionFailure> {
        self.before.pass().await;
        self.inner.apply(events, db, tables).await?;
        self.behind.pass().await;
        Ok(())
    }
}

/// A runner at work.
pub struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Vec<PartStatus>>,
}

impl Running {
    /// Runs a projection.
    pub fn start<M: ReadModel>(
        log: &EventLog,
        projection: impl Projection<M::Connection>,
        model: &M,
        lease: Duration,
    ) -> Self {
        let runner = Runner::new(log).lease(lease).expect("it takes time");
        let runner = runner.project(projection, model).expect("a sound query");
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(runner.run(async { stopped.await.expect("it is told") }));
        Self { stop, task }
    }

    pub async fn end(self) -> PartStatus {
        self.stop.send(()).expect("it listens");
        let mut parts = self.task.await.expect("it ends");
        parts.pop().expect("it has one part")
    }
}

/// A log, and what two processes hold: a read model that was opened by each.
struct Scene<D> {
    log: EventLog,
    /// Of the process that hangs.
    slow: Staged<D>,
    /// Of the process that takes over.
    quick: Staged<D>,
    _directory: Option<tempfile::TempDir>,
}

impl<D: Database> Scene<D> {
    async fn new(url: &str, directory: Option<tempfile::TempDir>) -> Self {
        let log = factos::open(url).await.expect("the log opens");
        let open = || async { <D as Database>::open(url).await.expect("it opens") };
        Self {
            log,
            slow: Staged::hanging(open().await),
            quick: Staged::sound(open().await),
            _directory: directory,
        }
    }

    async fn append(&self, amounts: impl IntoIterator<Item = i64>) -> Position {
        let booked = |amount| LedgerEvent::Booked { account: 1, amount };
        let events: Vec<LedgerEvent> = amounts.into_iter().map(booked).collect();
        let stored = self.log.append(events).await.expect("an append");
        stored.last().expect("some").position
    }

    /// Waits until the projection has come so far.
    async fn come_to(&self, position: Position) {
        let handle = self.log.projection(D::all(), &self.quick);
        let handle = handle.expect("a sound query");
        let come = handle.wait_for(position, LONG).await;
        come.expect("it comes so far");
    }

    /// Waits until nobody has a lease that has not run out.
    async fn lease_runs_out(&self) {
        let look = async {
            loop {
                let versions = self.quick.versions("all").await.expect("it answers");
                if versions.iter().all(|version| !version.is_leased) {
                    return;
                }
            }
        };
        timeout(LONG, look).await.expect("it runs out");
    }

    async fn check(&self) -> Violations<Rule> {
        let mut found = Violations::default();
        check_one(&self.log, self.slow.inner(), "all", &mut found).await;
        found
    }

    async fn is_sound(&self) {
        let found = self.check().await;
        assert_eq!(found.count, 0, "{found}");
    }
}

async fn sqlite() -> Scene<SqliteReadModel> {
    let directory = tempfile::tempdir().expect("a directory");
    Scene::new(&sqlite_url(&directory), Some(directory)).await
}

async fn postgres() -> Scene<PostgresReadModel> {
    let url = factos_test_server::Server::shared().database();
    Scene::new(&url, None).await
}

/// The slow process has read events, and hangs before it begins its transaction. The quick one takes over and commits; then
/// the slow one goes on, and commits if it is let.
async fn overtaken_between_transactions<D: Database>(scene: &Scene<D>) {
    let slow = Running::start(&scene.log, D::all(), &scene.slow, SHORT);
    let first = scene.append([1, 2]).await;
    scene.come_to(first).await;
    scene.slow.begin.close();
    let last = scene.append([3, 4]).await;
    within(scene.slow.begin.reached()).await;
    scene.lease_runs_out().await;

    let quick = Running::start(&scene.log, D::all(), &scene.quick, LONG);
    scene.come_to(last).await;
    scene.slow.begin.reopen();
    within(scene.slow.refused.given()).await;
    slow.end().await;
    let last = scene.append([5]).await;
    scene.come_to(last).await;
    quick.end().await;
}

pub async fn within(event: impl Future<Output = ()>) {
    timeout(LONG, event).await.expect("in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hung_between_transactions_commits_nothing_on_sqlite() {
    let scene = sqlite().await;
    overtaken_between_transactions(&scene).await;
    scene.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hung_between_transactions_commits_nothing_on_postgres() {
    let scene = postgres().await;
    overtaken_between_transactions(&scene).await;
    scene.is_sound().await;
}

async fn is_found<D: Database>(scene: Scene<D>) {
    let slow = scene.slow.with(Bug::NotFenced);
    let scene = Scene { slow, ..scene };
    overtaken_between_transactions(&scene).await;
    let found = scene.check().await;
    assert!(found.breaks(&[Rule::Twice]), "it is not found: {found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_fence_is_found_on_sqlite() {
    is_found(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_fence_is_found_on_postgres() {
    is_found(postgres().await).await;
}

/// Whoever hangs within a transaction on PostgreSQL is overtaken: its transaction is of no use any more.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_hung_in_front_of_its_rows_commits_nothing() {
    let scene = postgres().await;
    let hanging = Hanging::new(PostgresReadModel::all());
    let before = hanging.before.clone();
    let slow = Running::start(&scene.log, hanging, &scene.slow, SHORT);
    let first = scene.append([1, 2]).await;
    scene.come_to(first).await;
    before.close();
    let last = scene.append([3, 4]).await;
    within(before.reached()).await;
    scene.lease_runs_out().await;

    let quick = Running::start(&scene.log, PostgresReadModel::all(), &scene.quick, LONG);
    scene.come_to(last).await;
    before.reopen();
    within(scene.slow.refused.given()).await;
    slow.end().await;
    quick.end().await;
    scene.is_sound().await;
}

/// The rows that it has written keep the others from writing theirs: they commit once it is refused.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_hung_behind_its_rows_commits_nothing() {
    let scene = postgres().await;
    let hanging = Hanging::new(PostgresReadModel::all());
    let behind = hanging.behind.clone();
    let slow = Running::start(&scene.log, hanging, &scene.slow, SHORT);
    let first = scene.append([1, 2]).await;
    scene.come_to(first).await;
    behind.close();
    let last = scene.append([3, 4]).await;
    within(behind.reached()).await;
    scene.lease_runs_out().await;

    let quick = Running::start(&scene.log, PostgresReadModel::all(), &scene.quick, LONG);
    within(scene.quick.claimed.given()).await;
    behind.reopen();
    within(scene.slow.refused.given()).await;
    scene.come_to(last).await;
    slow.end().await;
    quick.end().await;
    scene.is_sound().await;
}

/// On SQLite a transaction that hangs holds the writer, which whoever wants to take over needs, too: though its lease has run
/// out, it commits.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_overtakes_a_transaction_on_sqlite() {
    let scene = sqlite().await;
    let hanging = Hanging::new(SqliteReadModel::all());
    let behind = hanging.behind.clone();
    let slow = Running::start(&scene.log, hanging, &scene.slow, SHORT);
    let first = scene.append([1, 2]).await;
    scene.come_to(first).await;
    behind.close();
    let last = scene.append([3, 4]).await;
    within(behind.reached()).await;
    scene.lease_runs_out().await;

    // It asks for the lease, but could write nothing.
    scene.quick.begin.close();
    let quick = Running::start(&scene.log, SqliteReadModel::all(), &scene.quick, LONG);
    within(scene.quick.asked.given()).await;
    behind.reopen();
    scene.come_to(last).await;

    scene.quick.begin.reopen();
    let last = scene.append([5]).await;
    scene.come_to(last).await;
    slow.end().await;
    quick.end().await;
    scene.is_sound().await;
}
