//! A projection as a part of a runner.

use uuid::Uuid;

use super::work::{Asked, Until, Work};
use super::{Projection, ProjectionError, ProjectionHandle};
use crate::read_model::ReadModel;
use crate::runner::{Part, PartContext, PartState};
use crate::store::{BoxFuture, StoreError};

/// A projection that takes its lease whenever nobody has it.
pub(crate) struct ProjectionPart<P, M> {
    work: Work<P, M>,
    /// Who has the lease.
    owner: Uuid,
}

impl<P, M> ProjectionPart<P, M>
where
    M: ReadModel,
    P: Projection<M::Connection>,
{
    pub(crate) fn new(handle: ProjectionHandle<P, M>) -> Self {
        Self {
            work: handle.into_work(),
            owner: Uuid::now_v7(),
        }
    }

    async fn work(&self, context: &PartContext) -> Result<(), ProjectionError> {
        let (report, stop) = (&context.report, &context.stop);
        loop {
            let asked = self.work.ask(self.owner, context.lease, (report, stop));
            match asked.await {
                Ok(Asked::Leased(leased)) => match leased.run(Until::Stopped).await {
                    Err(ProjectionError::LeaseLost) => {}
                    outcome => return outcome,
                },
                Ok(Asked::Taken(position)) => report.waits(position),
                // Where there is one writer, a long transaction of whoever has the lease holds it.
                Err(ProjectionError::Store(StoreError::Busy(_))) => report.turn(PartState::Waiting),
                Err(error) => return Err(error),
            }
            tokio::select! {
                biased;
                () = stop.stopped() => return Ok(()),
                () = tokio::time::sleep(context.until_asked_again()) => {}
            }
        }
    }
}

impl<P, M> Part for ProjectionPart<P, M>
where
    M: ReadModel,
    P: Projection<M::Connection>,
{
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn version(&self) -> u32 {
        P::VERSION
    }

    fn run<'a>(&'a self, context: &'a PartContext) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(self.work(context))
    }
}
