//! Projections that another process goes on with.

use std::marker::PhantomData;
use std::time::Duration;

use factos::{EventLog, PartState, PartStatus, Position, Runner};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::delivery::SOON;
use super::kind::Kind;
use super::operation::End;
use super::site::{SIGNALS, Site};
use crate::figures::Run;
use crate::measure::Failure;
use crate::moment::Moment;
use crate::signals::signal;
use crate::work::Work;
use crate::worker::Worker;

/// A process of its own that runs the projection of signals.
pub(super) struct Elsewhere<K> {
    pub(super) worker: Worker,
    kind: PhantomData<K>,
}

impl<K: Kind> Elsewhere<K> {
    /// Starts it, and waits until it has projected an event.
    pub(super) async fn start(
        site: &Site<K>,
        log: &EventLog,
        model: &K::Model,
    ) -> Result<Self, Failure> {
        let into = site.target().clone();
        let job = site.job(SIGNALS, Work::ProjectSignals { into });
        let mut worker = Worker::start(&job).await?;
        worker.ready().await?;
        worker.go().await?;
        append_and_wait::<K>(log, model).await?;
        let kind = PhantomData;
        Ok(Self { worker, kind })
    }
}

impl<K: Kind> Site<K> {
    /// How long a projection rests when the process ends that runs it, while another one is there.
    pub(super) async fn take_over(&self, end: End) -> Result<Run, Failure> {
        let (log, model) = (self.open(SIGNALS).await?, K::open(self.target()).await?);
        let mut first = Elsewhere::<K>::start(self, &log, &model).await?;
        let runner = Runner::new(&log).project(K::signals(), &model)?;
        let status = runner.status();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(runner.run(async { drop(stopped.await) }));
        until(|| {
            status
                .parts()
                .iter()
                .all(|part| part.state == PartState::Waiting)
        })
        .await?;
        append_and_wait::<K>(&log, &model).await?;

        let ended = Moment::now();
        let leaving = match end {
            End::Killed => {
                first.worker.kill().await?;
                None
            }
            End::Stopped => {
                first.worker.stop().await?;
                Some(first.worker)
            }
        };
        let next = append_one(&log).await?;
        // The one that leaves may have taken this event along.
        let has_it = |part: PartStatus| part.state == PartState::Running && part.position >= next;
        until(|| status.parts().into_iter().all(has_it)).await?;
        let run = Run::once(ended.elapsed());
        if let Some(leaving) = leaving {
            leaving.done().await?;
        }
        drop(stop);
        running.await?;
        run
    }
}

pub(super) async fn append_one(log: &EventLog) -> Result<Position, Failure> {
    let appended = log.append(signal()).await?;
    Ok(appended.last().ok_or("nothing was appended")?.position)
}

async fn append_and_wait<K: Kind>(log: &EventLog, model: &K::Model) -> Result<(), Failure> {
    let last = append_one(log).await?;
    let handle = log.projection(K::signals(), model)?;
    Ok(handle.wait_for(last, SOON).await?)
}

/// Waits until something has become true that nobody tells.
async fn until(is: impl Fn() -> bool) -> Result<(), Failure> {
    let becomes = async {
        while !is() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    let became = timeout(SOON, becomes).await;
    became.map_err(|_| "what was waited for did not come".into())
}
