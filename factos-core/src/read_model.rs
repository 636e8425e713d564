//! Read models: the databases that hold the rows of projections, and what is known of how far they have come.

mod patience;
mod progress;
mod task;

use std::future::Future;
use std::time::Duration;

pub(crate) use patience::answered;
pub use progress::Progress;
pub use task::Task;
use uuid::Uuid;

use crate::checkpoint::Checkpoint;
use crate::id::EventId;
use crate::name::EventType;
use crate::position::Position;
use crate::projection::{ProjectionFailure, Tables};
use crate::store::StoreError;
use crate::time::Timestamp;

/// A database that holds rows of projections, and beside them for each one its checkpoint, who runs it, and the events that
/// were parked.
///
/// `factos_sqlx` has one for SQLite and one for PostgreSQL; [`MemoryReadModel`](crate::MemoryReadModel) is in memory. Whoever implements it promises:
/// - What is done with a [`ReadModelTransaction`] is committed as a whole, or not at all.
/// - A lease that another process has taken over commits nothing: [`ReadModelTransaction::advance`] answers `false`.
/// - Time is told by one clock, the database's own; only tasks go by the times that they are called with.
pub trait ReadModel: Clone + Send + Sync + 'static {
    /// The type of the connections that projections write with.
    type Connection: Send + 'static;
    /// The type of its transactions.
    type Transaction: ReadModelTransaction<Connection = Self::Connection>;

    /// Takes the lease of a consumer for its own time, if nobody has it, whoever had it let it run out, or the same owner had
    /// it, whose earlier lease is void then. A consumer that is not known yet is put down in phase [`Phase::New`] at its start.
    ///
    /// Each lease that is taken has a higher token than the one before it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn claim(
        &self,
        consumer: &Consumer,
        owner: Uuid,
        time: Duration,
    ) -> impl Future<Output = Result<Claim, StoreError>> + Send;

    /// Lets a lease run for its time again, from now on.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn renew(&self, lease: &Lease) -> impl Future<Output = Result<Renewal, StoreError>> + Send;

    /// Gives a lease back, so that another process need not wait for its end. One that is lost already is let be.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn release(&self, lease: &Lease) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Begins a transaction, with the database's writer where there is only one. The database may end it when one of its
    /// statements, or the pause between two of them, takes longer than this time.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn begin(
        &self,
        time: Duration,
    ) -> impl Future<Output = Result<Self::Transaction, StoreError>> + Send;

    /// The versions of a consumer that are known, the lowest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn versions(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Vec<ConsumerVersion>, StoreError>> + Send;

    /// The events that a version of a consumer has parked, in the order of their positions.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn parked(
        &self,
        name: &str,
        version: u32,
    ) -> impl Future<Output = Result<Vec<Parked>, StoreError>> + Send;

    /// Asks whoever has the lease to apply a parked event again. `false` when there is none at this position.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn retry(
        &self,
        name: &str,
        version: u32,
        position: Position,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Forgets a parked event. `false` when there is none at this position.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn drop_parked(
        &self,
        name: &str,
        version: u32,
        position: Position,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// When the first of a consumer's tasks is due; `None` when it has none. One that somebody has counts, too: it is due
    /// when their time is up.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn next_task(
        &self,
        name: &str,
        version: u32,
    ) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Drops the tables of versions in phase [`Phase::Retired`], and then forgets these versions, their tasks, and what they
    /// have parked.
    ///
    /// # Errors
    /// When the database cannot be reached, or a reader holds one of the tables for long.
    fn drop_retired(&self, name: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Drops the tables of a version, its views if it is live, and all that is known of it. Who runs it loses the lease.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn forget(
        &self,
        name: &str,
        version: u32,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What this process knows of how far its consumers have come.
    fn progress(&self) -> &Progress;

    /// Whether what a projection failed with is the database's trouble rather than the event's, and passes by itself or by
    /// somebody who mends the database: then it is tried again for as long as it takes. Otherwise the failure is given back.
    ///
    /// # Errors
    /// The failure, when it is the event's.
    fn trouble(&self, failure: ProjectionFailure) -> Result<StoreError, ProjectionFailure> {
        Err(failure)
    }
}

/// A transaction in a read model. Dropped, it is rolled back.
pub trait ReadModelTransaction: Send {
    /// The type of its connection.
    type Connection;

    /// The connection that projections write with.
    fn connection(&mut self) -> &mut Self::Connection;

    /// Notes that the tables of the lease's version are there. The version is live from now on when no other one is, with a
    /// view for each table under the name that readers know; otherwise it is being built. `None` when the lease is lost.
    ///
    /// # Errors
    /// When the database cannot be reached, or something else has a view's name.
    fn set_up(
        &mut self,
        lease: &Lease,
        tables: &Tables,
    ) -> impl Future<Output = Result<Option<Phase>, StoreError>> + Send;

    /// Moves the checkpoint of the lease's version, and lets the lease run for its time again. `false`, and nothing is
    /// changed, when the lease is lost, the version is retired, or its checkpoint is not at `from`: then the transaction
    /// must not be committed.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn advance(
        &mut self,
        lease: &Lease,
        from: Position,
        to: Checkpoint,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Parks an event, or notes that it has failed again: the error and the number of attempts are replaced, and it is not
    /// to be retried any more.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn park(
        &mut self,
        lease: &Lease,
        parked: &Parked,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets a parked event, which has been applied. `false` when the lease is lost, or somebody else has settled it:
    /// then the transaction must not be committed.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn unpark(
        &mut self,
        lease: &Lease,
        position: Position,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Puts a task down as it is, in the place of the consumer's task of the same key, if there is one: whoever has taken that
    /// one has it no more. Tasks belong to the consumer's name and version, and go with it.
    ///
    /// No lease is asked for. A consumer that runs under one calls [`advance`](Self::advance) in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::InvalidTask`] as [`Task::check`]; when the database cannot be reached.
    fn put_task(
        &mut self,
        consumer: (&str, u32),
        task: &Task,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes up to `most` tasks that are due at `now`, those that are due longest first, and of these the earliest events
    /// first: each is due again at `until`, has this token, and one attempt more. So they are answered, too.
    ///
    /// The token is a new one for each call. Several who take at once do not wait for each other, where the database can do
    /// that, and never get the same task.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn take_tasks(
        &mut self,
        consumer: (&str, u32),
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Task>, StoreError>> + Send;

    /// Lets whoever has taken a task, under this token, and whose time is not up at `now`, give it back, to be due at another
    /// time: they have it no more. `false`, and nothing is changed, otherwise.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn move_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: TaskHolder,
        due: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes a task: without a holder whoever has it, otherwise only for whoever has taken it, under this token, and whose
    /// time is not up at `now`. `false`, and nothing is changed, when it is not there, or somebody else's.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn remove_task(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: Option<TaskHolder>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Makes the lease's version the one that is live: the views show its tables, and lower versions are retired.
    ///
    /// # Errors
    /// When the database cannot be reached, or something else has a view's name.
    fn go_live(
        &mut self,
        lease: &Lease,
        tables: &Tables,
    ) -> impl Future<Output = Result<GoLive, StoreError>> + Send;

    /// Commits. After an error it is not known whether it was committed; the checkpoint tells.
    ///
    /// # Errors
    /// When the database cannot be reached, or refuses what was done.
    fn commit(self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Rolls back.
    ///
    /// # Errors
    /// When the connection is lost, which may be why something failed in it.
    fn roll_back(self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Something that follows a log with a checkpoint in a read model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The names of its tables, as readers know them.
    pub tables: Vec<String>,
    /// Where it begins.
    pub start: Checkpoint,
}

/// The right to run a version of a consumer, for some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The consumer's name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Higher than that of each lease before it: by this, one that is lost is refused.
    pub token: i64,
    /// How long it lasts from when it was last renewed.
    pub time: Duration,
}

/// Whoever has taken a task, and what time it is for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskHolder {
    /// The token under which it was taken.
    pub token: Uuid,
    /// The time, by the clock of the log. A holder whose time is up has the task no more, whether somebody else has taken it
    /// or not; it is up at the moment at which the task is due again.
    pub now: Timestamp,
}

/// The answer to whoever wants a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It has it.
    Held {
        /// The lease.
        lease: Lease,
        /// How far the version has come.
        checkpoint: Checkpoint,
        /// What has become of the version so far.
        phase: Phase,
    },
    /// Another process has it.
    Taken {
        /// How far it has come.
        position: Position,
    },
    /// A higher version is live: this one is not run any more.
    Superseded {
        /// The version that is live.
        by: u32,
    },
}

/// The answer to whoever renews a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// The lease runs on.
    Held {
        /// How far the version has come. A database that was restarted may have lost what was committed last.
        position: Position,
        /// Whether a parked event is to be applied again.
        retries: bool,
    },
    /// Another process has it, or the version is retired.
    Lost,
}

/// What has become of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Its tables are not made yet.
    New,
    /// It is built beside another version, which is live.
    Building,
    /// Readers see it.
    Live,
    /// A higher version has taken its place; its tables are to be dropped.
    Retired,
}

/// The answer to a version that is to go live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoLive {
    /// It is live, once the transaction is committed.
    Live,
    /// The version that is live has come further, to this position.
    Behind(Position),
    /// The lease is lost.
    Lost,
}

/// A version of a consumer, as a read model knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsumerVersion {
    /// The version.
    pub version: u32,
    /// What has become of it.
    pub phase: Phase,
    /// How far it has come.
    pub checkpoint: Checkpoint,
    /// Whether somebody has its lease, which has not run out.
    pub is_leased: bool,
    /// How many events it has parked.
    pub parked: u64,
}

/// An event that a consumer could not apply, and has passed over: a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Where the event stands in the log.
    pub position: Position,
    /// Its id.
    pub event: EventId,
    /// Its type.
    pub event_type: EventType,
    /// What the last attempt failed with.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried last, by the clock of the log.
    pub at: Timestamp,
    /// Whether it is to be applied again.
    pub is_to_retry: bool,
}
