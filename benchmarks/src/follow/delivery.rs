//! Signals: how long they take from before they are appended until somebody has them.

use std::time::Duration;

use factos::{EventLog, Position, Runner};
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use tokio::sync::oneshot;

use super::kind::Kind;
use super::operation::{Load, Reach, Receiver};
use super::site::{SIGNALS, Site};
use super::take_over::{Elsewhere, append_one};
use crate::figures::Run;
use crate::job::Job;
use crate::measure::{Failure, Latencies, run_at};
use crate::moment::Moment;
use crate::signals::{SignalEvent, last_signal, signals};
use crate::work::Work;
use crate::worker::Worker;

/// Where the log ended when a signal came, and when it was sent.
type Arrival = Result<(Position, Moment), Failure>;

/// Longer than anything takes that comes at all.
pub(super) const SOON: Duration = Duration::from_mins(1);

impl<K: Kind> Site<K> {
    /// How long signals take.
    pub(super) async fn deliver(
        &self,
        to: Receiver,
        reach: Reach,
        load: Load,
    ) -> Result<Run, Failure> {
        let job = self.job(SIGNALS, Work::Send { pace: load.pace() });
        match (to, reach) {
            (Receiver::Reader, Reach::Here) => self.read_own_writes(load).await,
            (Receiver::Reader, Reach::Across) => self.read_writes_of_another(load).await,
            (_, Reach::Here) => {
                let ready = job.prepare().await?;
                // Of the same handle, as the parts of one program are.
                let log = ready.log().clone();
                let arrivals = arrivals(&log, to).await?;
                measured(&log, arrivals, async { ready.run().await }).await
            }
            (_, Reach::Across) => self.sent_by_another(to, &job).await,
        }
    }

    async fn sent_by_another(&self, to: Receiver, job: &Job) -> Result<Run, Failure> {
        let log = self.open(SIGNALS).await?;
        let mut arrivals = arrivals(&log, to).await?;
        let mut worker = Worker::start(job).await?;
        let mut ready = Box::pin(worker.ready());
        loop {
            // What it sends while it warms up does not count, and neither does the time to begin to listen.
            tokio::select! {
                ready = &mut ready => break ready?,
                arrival = next(&mut arrivals) => { arrival?; }
            }
        }
        drop(ready);
        worker.go().await?;
        let sent = async { Ok(worker.done().await?.run) };
        measured(&log, arrivals, sent).await
    }

    /// Whoever appends waits for the projection, which runs in the same process.
    async fn read_own_writes(&self, load: Load) -> Result<Run, Failure> {
        let (log, model) = (self.open(SIGNALS).await?, K::open(self.target()).await?);
        let runner = Runner::new(&log).project(K::signals(), &model)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(runner.run(async { drop(stopped.await) }));
        let run = self.append_and_wait(&log, &model, load).await;
        drop(stop);
        running.await?;
        run
    }

    /// The same, when it runs in another process.
    async fn read_writes_of_another(&self, load: Load) -> Result<Run, Failure> {
        let (log, model) = (self.open(SIGNALS).await?, K::open(self.target()).await?);
        let mut runner = Elsewhere::<K>::start(self, &log, &model).await?;
        let run = self.append_and_wait(&log, &model, load).await?;
        runner.worker.stop().await?;
        runner.worker.done().await?;
        Ok(run)
    }

    async fn append_and_wait(
        &self,
        log: &EventLog,
        model: &K::Model,
        load: Load,
    ) -> Result<Run, Failure> {
        let handle = std::sync::Arc::new(log.projection(K::signals(), model)?);
        handle.wait_for(append_one(log).await?, SOON).await?;
        let log = log.clone();
        let waited = run_at(load.pace(), 1, self.duration(), move |_, _| {
            let (log, handle) = (log.clone(), handle.clone());
            async move {
                let appended = append_one(&log).await?;
                Ok(handle.wait_for(appended, SOON).await?)
            }
        });
        waited.await
    }
}

/// What comes from here on.
async fn arrivals(log: &EventLog, to: Receiver) -> Result<BoxStream<'static, Arrival>, Failure> {
    if to == Receiver::Watcher {
        let watch = log.watch(last_signal()).await?;
        let changes = stream::try_unfold(watch, |mut watch| async move {
            loop {
                if let Some(sent) = *watch.changed().await? {
                    return Ok(Some(((watch.position(), sent), watch)));
                }
            }
        });
        return Ok(changes.boxed());
    }
    let events = log.subscribe(signals()?).from(log.head().await?);
    let arrivals = events.decoded::<SignalEvent>().map_err(Failure::from);
    let arrivals = arrivals.map_ok(|event| {
        let SignalEvent::SignalSent { at, .. } = event.data;
        (event.position, at)
    });
    Ok(arrivals.boxed())
}

async fn next(arrivals: &mut BoxStream<'static, Arrival>) -> Arrival {
    arrivals.next().await.ok_or("nothing more comes")?
}

/// Measures all that comes while signals are sent, up to the last one.
async fn measured(
    log: &EventLog,
    mut arrivals: BoxStream<'static, Arrival>,
    sending: impl Future<Output = Result<Run, Failure>>,
) -> Result<Run, Failure> {
    let begun = Moment::now();
    let sent = async {
        sending.await?;
        Ok::<_, Failure>(log.head().await?)
    };
    let mut sent = Box::pin(sent);
    let (mut last, mut reached) = (None, Position::START);
    let mut latencies = Latencies::new()?;
    while last.is_none_or(|last| reached < last) {
        tokio::select! {
            head = &mut sent, if last.is_none() => last = Some(head?),
            arrival = next(&mut arrivals) => {
                let (position, at) = arrival?;
                latencies.record(at.elapsed())?;
                reached = position;
            }
        }
    }
    Ok(latencies.within(begun.elapsed()))
}
