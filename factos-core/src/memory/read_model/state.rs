//! All that a read model holds; what a transaction has a copy of.

use std::sync::Arc;

use super::consumers::Consumers;
use super::tasks::Tasks;
use crate::read_model::{GoLive, Lease};

/// Copies share rows and tasks until one changes them.
#[derive(Debug, Default)]
pub(super) struct State<S> {
    pub(super) rows: Arc<S>,
    pub(super) consumers: Consumers,
    pub(super) tasks: Arc<Tasks>,
}

impl<S> State<S> {
    pub(super) fn tasks_mut(&mut self) -> &mut Tasks {
        Arc::make_mut(&mut self.tasks)
    }

    pub(super) fn go_live(&mut self, lease: &Lease) -> GoLive {
        self.consumers.go_live(lease)
    }

    pub(super) fn drop_retired(&mut self, name: &str) {
        for version in self.consumers.retired(name) {
            self.forget(name, version);
        }
    }

    pub(super) fn forget(&mut self, name: &str, version: u32) {
        if self.consumers.forget(name, version) {
            self.tasks_mut().forget((name, version));
        }
    }
}

impl<S> Clone for State<S> {
    fn clone(&self) -> Self {
        Self {
            rows: Arc::clone(&self.rows),
            consumers: self.consumers.clone(),
            tasks: Arc::clone(&self.tasks),
        }
    }
}
