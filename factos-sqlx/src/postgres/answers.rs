//! What `factos.append` says of a group.

use std::collections::BTreeMap;

use factos_core::store::{
    Answer, AppendRequest, Appended, BrokenGuard, Group, Receipt, Refusal, Seen, StoreError,
};
use factos_core::{EventId, Position};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::micros::Micros;
use super::rows::{Parts, column, event_id, number, optional, position};
use crate::cause;

/// Each request's answer, and the head with the event there.
pub(super) struct Answers {
    pub(super) answers: Vec<Result<Answer, Refusal>>,
    pub(super) seen: Seen,
}

/// Reads the one row that the function answers.
pub(super) fn answers(group: &Group, rows: &[PgRow]) -> Result<Answers, StoreError> {
    let read = || {
        let row = rows.first().ok_or("no answer")?;
        let head = position(row, 0)?;
        let (answers, head) = match optional::<Vec<i32>>(row, 2)? {
            None => all_accepted(group, head, optional(row, 1)?),
            Some(status) => (Outcomes::read(row, status)?.answers(group)?, head),
        };
        let event = match last_written(group, &answers) {
            None => event_id(row, 15)?,
            own => own,
        };
        let seen = Seen::new(head, event);
        Ok(Answers { answers, seen })
    };
    // The group may be written: it is the answer that cannot be understood.
    read().map_err(|problem: String| StoreError::OutcomeUnknown(cause(problem)))
}

/// The last event that was written: what is accepted stands in the order of the group.
fn last_written(group: &Group, answers: &[Result<Answer, Refusal>]) -> Option<EventId> {
    let answered = group.requests().zip(answers);
    let accepted = answered.filter(|(_, answer)| matches!(answer, Ok(Answer::Accepted(_))));
    let last = accepted.filter_map(|(request, _)| request.events().last());
    last.last().map(|event| event.id)
}

/// Everything was accepted, behind the head as it was; where it is now.
fn all_accepted(
    group: &Group,
    mut head: Position,
    last: Option<Micros>,
) -> (Vec<Result<Answer, Refusal>>, Position) {
    let mut accept = |request: &AppendRequest| {
        if request.is_check() {
            return Ok(Answer::Confirmed);
        }
        let count = request.events().len() as u64;
        let recorded_at = Some(Micros(request.recorded_at())).max(last);
        let appended = recorded_at
            .filter(|_| count > 0)
            .map(|Micros(recorded_at)| Appended {
                first: head.plus(1),
                last: head.plus(count),
                recorded_at,
                first_revision: None,
            });
        head = head.plus(count);
        Ok(Answer::Accepted(Receipt {
            append_id: request.append_id(),
            appended,
            key: request.key().cloned(),
        }))
    };
    let answers = group.requests().map(&mut accept).collect();
    (answers, head)
}

/// The columns of the answer, by request.
struct Outcomes {
    status: Vec<i32>,
    detail: Vec<Option<i64>>,
    first: Vec<Option<i64>>,
    recorded: Vec<Option<Micros>>,
    revision: Vec<Option<i64>>,
    size: Vec<i32>,
    append_id: Vec<Uuid>,
    key: Vec<Option<String>>,
    command: Vec<Option<String>>,
    content: Vec<Option<Vec<u8>>>,
    broken: BTreeMap<(i32, i32), i64>,
}

impl Outcomes {
    fn read(row: &PgRow, status: Vec<i32>) -> Result<Self, String> {
        let requests = optional::<Vec<i32>>(row, 12)?.unwrap_or_default();
        let guards = optional::<Vec<i32>>(row, 13)?.unwrap_or_default();
        let positions = optional::<Vec<i64>>(row, 14)?.unwrap_or_default();
        let mut broken = BTreeMap::new();
        for ((request, guard), position) in requests.into_iter().zip(guards).zip(positions) {
            let first = broken.entry((request, guard)).or_insert(position);
            *first = position.min(*first);
        }
        Ok(Self {
            status,
            detail: column(row, 3)?,
            first: column(row, 4)?,
            recorded: column(row, 5)?,
            revision: column(row, 6)?,
            size: column(row, 7)?,
            append_id: column(row, 8)?,
            key: column(row, 9)?,
            command: column(row, 10)?,
            content: column(row, 11)?,
            broken,
        })
    }

    fn answers(mut self, group: &Group) -> Result<Vec<Result<Answer, Refusal>>, String> {
        let requests = group.requests().enumerate();
        requests
            .map(|(i, request)| self.answer(i, request))
            .collect()
    }

    fn answer(
        &mut self,
        i: usize,
        request: &AppendRequest,
    ) -> Result<Result<Answer, Refusal>, String> {
        let status = *self.status.get(i).ok_or("too few answers")?;
        let detail = self.detail.get(i).copied().flatten();
        Ok(match status {
            0 => {
                let mut receipt = self.receipt(i)?;
                receipt.key = request.key().cloned();
                Ok(Answer::Accepted(receipt))
            }
            1 => Ok(Answer::Confirmed),
            2 => Ok(Answer::Repeated(self.receipt(i)?)),
            3 => Err(Refusal::Void(request.append_id())),
            4 => Err(Refusal::KeyReused {
                key: request
                    .key()
                    .map_or_else(String::new, |key| key.key().into()),
            }),
            5 => Err(Refusal::DependencyFailed),
            6 => {
                let taken = detail.and_then(|n| usize::try_from(n - 1).ok());
                let event = taken
                    .and_then(|n| request.events().get(n))
                    .ok_or("no such event")?;
                Err(Refusal::DuplicateEventId(event.id))
            }
            7 => {
                let stream = request.stream().ok_or("no stream")?;
                Err(Refusal::WrongRevision {
                    stream: stream.name.clone(),
                    expected: stream.expected,
                    next: number(detail.ok_or("no next revision")?)?,
                })
            }
            8 => Err(Refusal::Conflict(self.broken(i)?)),
            other => return Err(format!("status {other} is not known")),
        })
    }

    fn receipt(&mut self, i: usize) -> Result<Receipt, String> {
        let parts = Parts {
            append_id: *self.append_id.get(i).ok_or("no append id")?,
            first: self.first.get(i).copied().flatten(),
            size: *self.size.get(i).ok_or("no size")?,
            recorded_at: self.recorded.get(i).copied().flatten(),
            revision: self.revision.get(i).copied().flatten(),
            key: self.key.get_mut(i).and_then(Option::take),
            command: self.command.get_mut(i).and_then(Option::take),
            content: self.content.get_mut(i).and_then(Option::take),
        };
        parts.receipt()
    }

    fn broken(&self, i: usize) -> Result<Vec<BrokenGuard>, String> {
        let request = i32::try_from(i + 1).map_err(|error| error.to_string())?;
        let broken = self.broken.range((request, 0)..=(request, i32::MAX));
        broken
            .map(|((_, guard), position)| {
                Ok(BrokenGuard {
                    guard: number::<usize>(i64::from(*guard))?,
                    position: Position::new(number(*position)?),
                })
            })
            .collect()
    }
}

/// Whether a request may be accepted later, although it is refused now: a stream may still reach what it expects, or what
/// one expects on which it was decided.
pub(super) fn may_hold_later(answer: &Result<Answer, Refusal>) -> bool {
    matches!(
        answer,
        Err(Refusal::WrongRevision { .. } | Refusal::DependencyFailed)
    )
}
