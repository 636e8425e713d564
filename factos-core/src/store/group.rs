//! Groups: the requests that share one commit, and what they mean to each other.

mod index;

use crate::store::info::Seen;
use crate::store::request::AppendRequest;
use index::TagIndex;

/// Requests of several callers that are judged in order and written in one commit.
///
/// Two kinds of edges connect a request to earlier ones of its group. The group finds the first kind itself:
/// - *conflict*: an earlier request's events match one of its guards. If that one is accepted, this one is refused.
/// - *dependence*: it was decided on an earlier one's events. If that one is refused, so is this one; while it stands,
///   that one's events are no conflict.
///
/// A check, and a request that an append id or key answers, stores nothing: its events are no conflict to later ones,
/// and a request that depends on it is refused.
///
/// ```
/// use factos_core::{Data, EventType, Limits, NewEvent, Position, Query, Timestamp};
/// use factos_core::store::{AppendRequest, Group, Guard};
/// let sold = NewEvent::new(EventType::new("SeatSold")?, Data::json("{}")?);
/// let sell = AppendRequest::append(vec![sold], Timestamp::from_micros(0), &Limits::default())?;
/// let mut group = Group::single(sell);
/// let check = group.push(AppendRequest::check(vec![Guard::new(Query::all(), Position::START)]));
/// assert_eq!(group.conflicts(check), [(0, 0)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Group {
    members: Vec<Member>,
    tags: TagIndex,
    /// How far the log was seen to reach when the first member was decided.
    seen: Option<Seen>,
    /// How many members' events are in the index: it is brought up to date for a member that has guards.
    indexed: usize,
}

#[derive(Debug, Clone)]
struct Member {
    request: AppendRequest,
    /// Earlier members whose events match a guard, with the number of the first such guard.
    conflicts: Vec<(usize, usize)>,
    depends_on: Vec<usize>,
}

impl Group {
    /// An empty group.
    pub fn new() -> Self {
        Self::default()
    }

    /// A group of one.
    pub fn single(request: AppendRequest) -> Self {
        let mut group = Self::new();
        group.push(request);
        group
    }

    /// The same, with members that were decided when the log was seen to reach so far.
    #[must_use]
    pub(crate) fn decided_after(mut self, seen: Seen) -> Self {
        self.seen = Some(seen);
        self
    }

    /// How far the log was seen to reach when the members were decided, if that matters.
    pub(crate) fn seen(&self) -> Option<Seen> {
        self.seen
    }

    /// Adds a request behind the others, and answers its number.
    pub fn push(&mut self, request: AppendRequest) -> usize {
        self.push_decided_on(request, Vec::new())
    }

    /// Adds a request that was decided on the events of the requests with these numbers, and answers its number.
    ///
    /// A number that no earlier request has is taken for one that was refused.
    pub fn push_decided_on(&mut self, request: AppendRequest, depends_on: Vec<usize>) -> usize {
        let number = self.members.len();
        let conflicts = self.find_conflicts(&request, &depends_on);
        self.members.push(Member {
            request,
            conflicts,
            depends_on,
        });
        number
    }

    fn find_conflicts(
        &mut self,
        request: &AppendRequest,
        granted: &[usize],
    ) -> Vec<(usize, usize)> {
        let mut conflicts: Vec<(usize, usize)> = Vec::new();
        if request.guards().is_empty() {
            return conflicts;
        }
        for (number, member) in self.members.iter().enumerate().skip(self.indexed) {
            self.tags.add(number, member.request.events());
        }
        self.indexed = self.members.len();
        for (number, guard) in request.guards().iter().enumerate() {
            for earlier in self.tags.candidates(&guard.query, self.members.len()) {
                let mut events = self.members[earlier].request.events().iter();
                let known = conflicts.iter().any(|(i, _)| *i == earlier);
                if !known
                    && !granted.contains(&earlier)
                    && events.any(|event| guard.query.matches(&event.event_type, &event.tags))
                {
                    conflicts.push((earlier, number));
                }
            }
        }
        conflicts.sort_unstable();
        conflicts
    }

    /// How many requests there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The requests in order.
    pub fn requests(&self) -> impl ExactSizeIterator<Item = &AppendRequest> {
        self.members.iter().map(|member| &member.request)
    }

    /// For a request: the earlier ones whose events match a guard of its, each with the number of the first such
    /// guard.
    pub fn conflicts(&self, request: usize) -> &[(usize, usize)] {
        self.members
            .get(request)
            .map_or(&[], |member| &member.conflicts)
    }

    /// For a request: the earlier ones on whose events it was decided.
    pub fn depends_on(&self, request: usize) -> &[usize] {
        self.members
            .get(request)
            .map_or(&[], |member| &member.depends_on)
    }
}
