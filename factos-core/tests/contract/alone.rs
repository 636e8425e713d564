//! Faults that show in single requests, groups or not.

use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;
use std::time::Duration;

use factos_core::store::{Answer, AppendRequest, BrokenGuard, Guard, Refusal};
use factos_core::{AppendId, EventId, Limits, NewEvent, Position, Tags};
use tokio::time::sleep;

use super::Fault::*;
use super::changes::rebuilt;
use super::{Faulty, held, pause};

impl Faulty {
    /// Judges and writes one request by itself.
    pub(super) async fn alone(&self, request: &AppendRequest) -> Result<Answer, Refusal> {
        let unguarded = || rebuilt(request, request.events().to_vec(), Vec::new());
        match self.fault {
            RefusesPositionsBeyondTheHead => {
                let head = self.head();
                let beyond = |guard: &Guard| guard.after > head;
                if request.guards().iter().any(beyond) {
                    return Err(conflict(0, head));
                }
            }
            JudgesByOwnEvents => {
                let mut guards = request.guards().iter();
                let matches = |event: &NewEvent| {
                    guards.any(|guard| guard.query.matches(&event.event_type, &event.tags))
                };
                if request.events().iter().any(matches) {
                    return Err(conflict(0, self.head().plus(1)));
                }
            }
            JudgesGuardsFirst => {
                self.check(request)?;
            }
            ConfirmsEveryCheck if request.is_check() => return Ok(Answer::Confirmed),
            ConflictsOnNothing if request.events().is_empty() => {
                return Err(conflict(0, self.head()));
            }
            ForgetsEmptyAppends if request.events().is_empty() => {
                let again = request.clone().with_id(AppendId::new());
                return self.now(&rebuilt(&again, Vec::new(), Vec::new()));
            }
            LooksUpIdsBeforeItWrites => {
                let look = AppendRequest::check(Vec::new()).with_id(request.append_id());
                let look = request
                    .key()
                    .map_or(look.clone(), |key| look.with_key(key.clone()));
                if let Ok(Answer::Repeated(receipt)) = self.now(&look) {
                    return Ok(Answer::Repeated(receipt));
                }
                pause().await;
                let mut events = request.events().to_vec();
                for event in &mut events {
                    event.id = EventId::new();
                }
                let again =
                    AppendRequest::append(events, request.recorded_at(), &Limits::default());
                return self.now(&again.expect("it fits"));
            }
            ChecksBeforeItWrites => {
                self.check(request)?;
                pause().await;
                return self.now(&unguarded());
            }
            LocksByCondition => {
                let condition = format!("{:?}", request.guards());
                let lock = held(&self.log.locks).entry(condition).or_default().clone();
                let _own = lock.lock().await;
                self.check(request)?;
                pause().await;
                return self.now(&unguarded());
            }
            OverlooksConflictsWhileOthersWrite => {
                let others = self.under_way.fetch_add(1, Ordering::Relaxed);
                pause().await;
                self.under_way.fetch_sub(1, Ordering::Relaxed);
                return self.now(&if others > 0 {
                    unguarded()
                } else {
                    request.clone()
                });
            }
            WritesEventByEvent => return self.event_by_event(request).await,
            ShowsUnconditionalAppendsLate if request.guards().is_empty() => {
                return self.late(request).await;
            }
            ShowsEveryAppendLate => return self.late(request).await,
            LeavesAnEventOfWhatItRefuses | TakesPositionsForWhatItRefuses => {
                let answer = self.now(request);
                if answer.is_err() && !request.events().is_empty() {
                    self.leave_something(request);
                }
                return answer;
            }
            _ => {}
        }
        self.now(request)
    }

    async fn event_by_event(&self, request: &AppendRequest) -> Result<Answer, Refusal> {
        let mut events = request.events().to_vec();
        let rest = if events.is_empty() {
            Vec::new()
        } else {
            events.split_off(1)
        };
        let mut answer = self.now(&rebuilt(request, events, request.guards().to_vec()))?;
        for event in rest {
            pause().await;
            let piece = AppendId::new();
            held(&self.log.pieces).insert(piece, request.append_id());
            let more = rebuilt(request, vec![event], Vec::new()).with_id(piece);
            let Answer::Accepted(more) = self.now(&more)? else {
                continue;
            };
            if let (Answer::Accepted(first), Some(more)) = (&mut answer, more.appended)
                && let Some(appended) = &mut first.appended
            {
                appended.last = more.last;
            }
        }
        Ok(answer)
    }

    /// Takes positions, and is seen by reads only when others have gone on.
    async fn late(&self, request: &AppendRequest) -> Result<Answer, Refusal> {
        let (answer, own) = self.hide(request);
        // Every other one is overtaken.
        let number = self.log.late.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(1 + number % 2 * 15)).await;
        held(&self.log.hidden).retain(|position| !own.contains(position));
        answer
    }

    fn hide(&self, request: &AppendRequest) -> (Result<Answer, Refusal>, RangeInclusive<Position>) {
        let mut hidden = held(&self.log.hidden);
        let answer = self.now(request);
        let mut own = Position::new(1)..=Position::START;
        if let Ok(Answer::Accepted(receipt)) = &answer
            && let Some(appended) = receipt.appended
        {
            own = appended.first..=appended.last;
            hidden.extend((appended.first.get()..=appended.last.get()).map(Position::new));
        }
        (answer, own)
    }

    fn leave_something(&self, request: &AppendRequest) {
        let mut event = request.events()[0].clone();
        event.id = EventId::new();
        if self.fault == TakesPositionsForWhatItRefuses {
            event.tags = Tags::new();
        }
        let left = AppendRequest::append(vec![event], request.recorded_at(), &Limits::default());
        let Ok(Answer::Accepted(left)) = self.now(&left.expect("it fits")) else {
            return;
        };
        if self.fault == TakesPositionsForWhatItRefuses {
            let place = left.appended.expect("one event").first;
            held(&self.log.hidden).insert(place);
        }
    }
}

fn conflict(guard: usize, position: Position) -> Refusal {
    Refusal::Conflict(vec![BrokenGuard { guard, position }])
}
