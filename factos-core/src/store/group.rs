//! Groups: the requests that share one commit, and what they mean to each other.

use crate::store::request::AppendRequest;

/// Requests of several callers that are judged in order and written in one commit.
///
/// Two kinds of edges connect a request to earlier ones of its group. The group finds the first kind itself:
/// - *conflict*: an earlier request's events match one of its guards. If that one is accepted, this one is refused.
/// - *dependence*: it was decided on an earlier one's events. If that one is refused, so is this one; while it stands,
///   that one's events are no conflict.
///
/// A check, and a request that an append id or key answers, stores nothing: its events are no conflict to later ones,
/// and a request that depends on it is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    request: AppendRequest,
    /// Earlier members whose events match a guard, with the number of that guard.
    conflicts: Vec<(usize, usize)>,
    depends_on: Vec<usize>,
}

impl Group {
    /// An empty group.
    pub const fn new() -> Self {
        Self {
            members: Vec::new(),
        }
    }

    /// A group of one.
    pub fn single(request: AppendRequest) -> Self {
        let mut group = Self::new();
        group.push(request);
        group
    }

    /// Adds a request behind the others, and answers its number.
    pub fn push(&mut self, request: AppendRequest) -> usize {
        self.push_decided_on(request, Vec::new())
    }

    /// Adds a request that was decided on the events of the requests with these numbers, and answers its number.
    ///
    /// Numbers that no earlier request has are refused by the store like requests that failed.
    pub fn push_decided_on(&mut self, request: AppendRequest, depends_on: Vec<usize>) -> usize {
        let mut conflicts = Vec::new();
        for (i, earlier) in self.members.iter().enumerate() {
            if depends_on.contains(&i) {
                continue;
            }
            let hit = request.guards().iter().position(|guard| {
                let mut events = earlier.request.events().iter();
                events.any(|event| guard.query.matches(&event.event_type, &event.tags))
            });
            conflicts.extend(hit.map(|guard| (i, guard)));
        }
        self.members.push(Member {
            request,
            conflicts,
            depends_on,
        });
        self.members.len() - 1
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

    /// The requests in order, by value.
    pub fn into_requests(self) -> impl ExactSizeIterator<Item = AppendRequest> {
        self.members.into_iter().map(|member| member.request)
    }

    /// For a request: the earlier ones whose events match a guard of its, each with the number of that guard.
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
