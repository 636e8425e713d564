//! What became of a group: which members were accepted, and where.

use super::tail::Accepted;
use crate::position::Position;
use crate::store::{Answer, AppendRequest, Refusal};

/// What became of the members of a group.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What stands in the log now, of each member.
    accepted: Vec<Option<Accepted>>,
    /// The guards of which members held.
    holds: Vec<bool>,
    /// The position in front of the group's events.
    before: Option<Position>,
    /// The position behind the first so many staged events.
    behind: Vec<Position>,
}

impl Outcome {
    /// `owners` are the members that the staged events are from, in the order of the events.
    pub(super) fn new<'a>(
        members: impl Iterator<Item = (&'a AppendRequest, &'a Result<Answer, Refusal>)>,
        owners: &[usize],
    ) -> Self {
        let mut outcome = Self::default();
        for (request, answer) in members {
            let appended = match answer {
                Ok(Answer::Accepted(receipt)) => receipt.appended,
                _ => None,
            };
            let now = matches!(answer, Ok(Answer::Accepted(_) | Answer::Confirmed));
            outcome.holds.push(now);
            outcome.accepted.push(appended.map(|appended| Accepted {
                appended,
                stream: request.stream().map(|stream| stream.name.clone()),
            }));
            if let (None, Some(appended)) = (outcome.before, appended) {
                outcome.before = Some(Position::new(appended.first.get().saturating_sub(1)));
            }
        }
        if let Some(before) = outcome.before {
            let mut position = before;
            outcome.behind.push(position);
            for &owner in owners {
                if outcome.is_accepted(owner) {
                    position = position.plus(1);
                }
                outcome.behind.push(position);
            }
        }
        outcome
    }

    /// The position in front of the group's events, when there are any.
    pub(crate) fn before(&self) -> Option<Position> {
        self.before
    }

    /// The position of the last of the group's events, when there are any.
    pub(super) fn after(&self) -> Option<Position> {
        let last = self.accepted.iter().rev().flatten().next()?;
        Some(last.appended.last)
    }

    /// The position of the last one of the first so many staged events, or of what is in front of them.
    pub(crate) fn behind(&self, staged: usize) -> Option<Position> {
        self.behind.get(staged).copied()
    }

    /// Whether the events of a member stand in the log now.
    pub(crate) fn is_accepted(&self, member: usize) -> bool {
        matches!(self.accepted.get(member), Some(Some(_)))
    }

    /// Whether the guards of a member held.
    pub(crate) fn holds(&self, member: usize) -> bool {
        self.holds.get(member).copied().unwrap_or(false)
    }

    pub(super) fn accepted(&self) -> &[Option<Accepted>] {
        &self.accepted
    }
}
