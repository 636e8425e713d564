//! One call: its requests one by one, then as a group.

use std::fmt;

use super::Checker;
use super::index::Stored;
use super::violation::Rule;
use crate::record::{Place, Reply, Request, Sent, Via};

/// A request within its call.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) sent: &'a Sent,
    replies: Option<&'a [Reply]>,
    number: usize,
}

impl Checker {
    /// Checks a call; one without replies was not answered, and may have happened as a whole or not at all.
    pub(super) fn call(&mut self, sent: &Sent, replies: Option<&[Reply]>) {
        if replies.is_none() {
            self.counts.unanswered += 1;
        }
        if let Some(replies) = replies
            && replies.len() != sent.requests.len()
        {
            let (replies, requests) = (replies.len(), sent.requests.len());
            let text = format!("{requests} requests got {replies} replies");
            self.found.add(Rule::Answers, text);
        }
        for number in 0..sent.requests.len() {
            let call = Call {
                sent,
                replies,
                number,
            };
            if let Some(at) = self.index.append(call.request().id) {
                self.is_as_sent(call, at);
                self.is_allowed(call, at);
            }
            if let Some(reply) = call.reply() {
                self.answer_is_true(call, reply);
            }
            self.note_fate(call);
        }
        if sent.via == Via::Group {
            self.group_is_one_commit(sent);
        }
    }

    /// Where the events stand on which a request was decided: they break no guard of it.
    pub(super) fn granted(&self, call: Call<'_>) -> Vec<Stored> {
        let requests = &call.sent.requests;
        let on = call.request().on.iter();
        on.filter_map(|on| self.index.append(requests.get(*on)?.id))
            .collect()
    }

    fn note_fate(&mut self, call: Call<'_>) {
        let request = call.request();
        let fate = self.fates.entry(request.id).or_default();
        let is_own = |place: &Place| place.by == request.id;
        match call.reply() {
            _ if request.events.is_none() => fate.refused = Some("it is a check"),
            None | Some(Reply::Unknown) => fate.is_possible = true,
            Some(Reply::Stored { place, .. } | Reply::Accepted(place)) if is_own(place) => {
                fate.is_possible = true;
            }
            Some(Reply::Repeated(place)) if is_own(place) => fate.not_stored = Some("repeated"),
            Some(Reply::Stored { .. } | Reply::Accepted(_) | Reply::Repeated(_)) => {
                fate.refused = Some("another one stands under its key");
            }
            Some(Reply::Failed(_)) => fate.not_stored = Some("nothing was written"),
            Some(Reply::DependencyFailed) => fate.not_stored = Some("a dependency failed"),
            // What keeps an append out stays in the log.
            Some(Reply::Conflict(_)) => fate.refused = Some("conflict"),
            Some(Reply::DuplicateEventId(_)) => fate.refused = Some("duplicate event id"),
            Some(Reply::WrongRevision { .. }) => fate.refused = Some("wrong revision"),
            Some(Reply::Void) => fate.refused = Some(VOID),
            Some(Reply::Confirmed | Reply::Unexpected(_)) => fate.not_stored = Some("nonsense"),
        }
    }
}

/// What an append is told that was settled as void.
pub(super) const VOID: &str = "void";

impl<'a> Call<'a> {
    pub(super) fn request(self) -> &'a Request {
        &self.sent.requests[self.number]
    }

    fn reply(self) -> Option<&'a Reply> {
        self.reply_to(self.number)
    }

    /// The reply to a request of its group.
    pub(super) fn reply_to(self, number: usize) -> Option<&'a Reply> {
        self.replies?.get(number)
    }

    /// The replies to the requests in front of it.
    pub(super) fn in_front(self) -> impl Iterator<Item = &'a Reply> {
        self.replies.unwrap_or_default().iter().take(self.number)
    }
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = self.request();
        let kind = if request.events.is_some() {
            "append"
        } else {
            "check"
        };
        write!(
            f,
            "{kind} {} (call {}, request {})",
            request.id, self.sent.call, self.number
        )
    }
}
