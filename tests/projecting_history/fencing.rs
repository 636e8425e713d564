//! Of two processes that believe that they run a projection, only the one commits that took it over last.

use std::time::Duration;

use factos::postgres::PostgresReadModel;
use factos::read_model::{Claim, Consumer, ReadModel};
use factos::sqlite::SqliteReadModel;
use factos::{
    Checkpoint, EventLog, LimitError, PartStatus, Position, Projection, ProjectionFailure, Query,
    Recorded, Runner, Tables,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

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
const SHORT: Duration = Duration::from_millis(1);

/// A projection that hangs in front of its rows, or behind them, while its transaction is open.
struct Hanging<P> {
    inner: P,
    before: Gate,
    behind: Gate,
}

impl<P> Hanging<P> {
    fn new(inner: P) -> Self {
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
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Vec<PartStatus>>,
}

impl Running {
    /// Runs a projection.
    fn start<M: ReadModel>(
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

    async fn end(self) -> PartStatus {
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
        let come = handle.expect("a sound query").wait_for(position, LONG);
        come.await.expect("it comes so far");
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
/// the slow one goes on.
async fn overtaken_between_transactions<D: Database>(scene: &Scene<D>) {
    scene.come_to_begin().await;
}

impl<D: Database> Scene<D> {
    async fn come_to_begin(&self) {
        let slow = Running::start(&self.log, D::all(), &self.slow, SHORT);
        let first = self.append([1, 2]).await;
        self.come_to(first).await;
        self.slow.begin.close();
        let last = self.append([3, 4]).await;
        self.slow.begin.reached().await;

        let quick = Running::start(&self.log, D::all(), &self.quick, LONG);
        self.come_to(last).await;
        self.slow.begin.reopen();
        timeout(LONG, self.slow.refused.given())
            .await
            .expect("the slow one is refused");
        // Ended, both have done all that they were at.
        slow.end().await;
        let last = self.append([5]).await;
        self.come_to(last).await;
        quick.end().await;
    }
}
