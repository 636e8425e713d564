//! Tasks: what a version has to do at a time, and who has taken it.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::read_model::{Task, TaskHolder};
use crate::time::Timestamp;

/// The tasks of each version of each consumer, by their keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Tasks(BTreeMap<(String, u32), BTreeMap<String, Task>>);

impl Tasks {
    pub(super) fn next(&self, consumer: (&str, u32)) -> Option<Timestamp> {
        let tasks = self.0.get(&owned(consumer))?;
        tasks.values().map(|task| task.due).min()
    }

    pub(super) fn put(&mut self, consumer: (&str, u32), task: &Task) {
        let tasks = self.0.entry(owned(consumer)).or_default();
        tasks.insert(task.key.clone(), task.clone());
    }

    pub(super) fn take(
        &mut self,
        consumer: (&str, u32),
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
        most: u32,
    ) -> Vec<Task> {
        let Some(tasks) = self.0.get_mut(&owned(consumer)) else {
            return Vec::new();
        };
        let mut due: Vec<&mut Task> = tasks.values_mut().filter(|task| task.due <= now).collect();
        // Those of the same event stay in the order of their keys.
        due.sort_by_key(|task| (task.due, task.position));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let take = |task: &mut Task| {
            task.due = until;
            task.token = Some(token);
            task.attempts = task.attempts.saturating_add(1);
            task.clone()
        };
        due.into_iter().take(most).map(take).collect()
    }

    pub(super) fn move_to(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: TaskHolder,
        due: Timestamp,
    ) -> bool {
        let tasks = self.0.get_mut(&owned(consumer));
        let task = tasks.and_then(|tasks| tasks.get_mut(key));
        let Some(task) = task.filter(|task| is_held(task, holder)) else {
            return false;
        };
        task.due = due;
        task.token = None;
        true
    }

    pub(super) fn remove(
        &mut self,
        consumer: (&str, u32),
        key: &str,
        holder: Option<TaskHolder>,
    ) -> bool {
        let Some(tasks) = self.0.get_mut(&owned(consumer)) else {
            return false;
        };
        let may = |task: &Task| holder.is_none_or(|holder| is_held(task, holder));
        tasks.get(key).is_some_and(may) && tasks.remove(key).is_some()
    }

    pub(super) fn forget(&mut self, consumer: (&str, u32)) {
        self.0.remove(&owned(consumer));
    }
}

fn is_held(task: &Task, holder: TaskHolder) -> bool {
    task.token == Some(holder.token) && task.due > holder.now
}

fn owned((name, version): (&str, u32)) -> (String, u32) {
    (name.to_owned(), version)
}
