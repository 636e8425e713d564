//! The store's own thread, which runs what must go on when its caller goes away.
//!
//! A task of the caller's runtime would not do: a runtime that is kept, but that nobody drives, would keep the writer
//! from everybody else.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use factos_core::store::StoreError;
use futures_util::FutureExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::error::cause;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A thread that runs one operation after the other. It starts with the first one and ends with the store.
#[derive(Default)]
pub(super) struct Worker {
    jobs: Mutex<Option<UnboundedSender<Job>>>,
}

impl Worker {
    /// Runs an operation to its end, whoever waits for it: nothing is left half done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        operation: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Box::pin(async move {
            // Whoever asked may be gone.
            let _ = answer.send(operation.await);
        });
        self.hand_over(job)
            .map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
        // It panicked, perhaps behind `COMMIT`.
        let lost = |_| StoreError::OutcomeUnknown(cause("the store's thread panicked"));
        answered.await.map_err(lost)?
    }

    fn hand_over(&self, job: Job) -> io::Result<()> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = match &mut *jobs {
            Some(jobs) => jobs,
            none => none.insert(start()?),
        };
        // The thread ends only when there is nobody who could send.
        jobs.send(job).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

fn start() -> io::Result<UnboundedSender<Job>> {
    let runtime = Builder::new_current_thread().build()?;
    let (sender, jobs) = unbounded_channel();
    let thread = thread::Builder::new().name("factos-sqlite".into());
    thread.spawn(move || work(&runtime, jobs))?;
    Ok(sender)
}

fn work(runtime: &Runtime, mut jobs: UnboundedReceiver<Job>) {
    runtime.block_on(async {
        while let Some(job) = jobs.recv().await {
            // A panic ends its own operation only, which has then no answer.
            let _ = AssertUnwindSafe(job).catch_unwind().await;
        }
    });
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn after_a_panic_the_outcome_is_unknown() {
        let worker = Worker::default();
        let outcome: Result<(), _> = worker.run(async { panic!("behind the commit") }).await;
        assert!(
            matches!(outcome, Err(StoreError::OutcomeUnknown(_))),
            "{outcome:?}"
        );
        assert!(matches!(worker.run(async { Ok(1) }).await, Ok(1)));
    }

    #[tokio::test]
    async fn the_thread_ends_with_its_store() {
        struct Ended(mpsc::Sender<()>);
        impl Drop for Ended {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        thread_local!(static ENDED: RefCell<Option<Ended>> = const { RefCell::new(None) });

        let worker = Arc::new(Worker::default());
        let (sender, ended) = mpsc::channel();
        let store = Arc::clone(&worker);
        let answer = worker.run(async move {
            ENDED.set(Some(Ended(sender)));
            drop(store);
            Ok(())
        });
        assert!(answer.await.is_ok());
        assert!(ended.try_recv().is_err());
        drop(worker);
        assert!(ended.recv().is_ok());
    }
}
