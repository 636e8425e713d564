//! What operators see: `tracing` spans and events, and metrics behind the feature `metrics`.
//!
//! Names of commands, facts and event types, numbers and times are told; tags, data, metadata and keys are not, since they
//! may be about persons. Without a subscriber or recorder nothing is made.

use std::fmt;
use std::time::Duration;

use tracing::Span;

use crate::store::StoreError;

/// Deciding for longer than this is reported: all other commands of the log wait meanwhile.
pub(crate) const SLOW_DECISION: Duration = Duration::from_millis(10);

/// One dispatch, from its call to its answer.
pub(crate) fn dispatch(log: &impl fmt::Display, command: &'static str) -> Span {
    tracing::debug_span!(
        target: "factos", "dispatch", %log, command,
        outcome = tracing::field::Empty, rounds = tracing::field::Empty, position = tracing::field::Empty,
    )
}

/// How a dispatch ended.
pub(crate) struct Ended {
    /// In a word, to be filtered by.
    pub(crate) outcome: &'static str,
    pub(crate) rounds: Option<u32>,
    pub(crate) position: Option<u64>,
}

/// A dispatch is over, after this time.
#[cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "only metrics have them")
)]
pub(crate) fn dispatched(command: &'static str, ended: &Ended, after: Duration) {
    let outcome = ended.outcome;
    let span = Span::current();
    span.record("outcome", outcome);
    if let Some(rounds) = ended.rounds {
        span.record("rounds", rounds);
    }
    if let Some(position) = ended.position {
        span.record("position", position);
    }
    #[cfg(feature = "metrics")]
    {
        metrics::counter!("factos_dispatches_total", "command" => command, "outcome" => outcome)
            .increment(1);
        metrics::histogram!("factos_dispatch_seconds", "command" => command)
            .record(after.as_secs_f64());
    }
}

/// Reading facts.
pub(crate) fn read(facts: usize) -> Span {
    tracing::debug_span!(target: "factos", "read", facts)
}

/// Folding events into a fact's state.
pub(crate) fn fold(fact: &'static str, events: usize) -> Span {
    tracing::trace_span!(target: "factos", "fold", fact, events)
}

/// Deciding a command.
pub(crate) fn decide(command: &'static str) -> Span {
    tracing::debug_span!(target: "factos", "decide", command)
}

/// A command is decided: within this time.
pub(crate) fn decided(command: &'static str, within: Duration) {
    if within >= SLOW_DECISION {
        tracing::warn!(target: "factos", command, ?within, "slow decider: other commands of the log wait for it");
    }
    #[cfg(feature = "metrics")]
    metrics::histogram!("factos_decision_seconds", "command" => command)
        .record(within.as_secs_f64());
}

/// A decider panicked.
pub(crate) fn panicked(command: &'static str) {
    tracing::error!(target: "factos", command, "decider panicked");
    #[cfg(feature = "metrics")]
    metrics::counter!("factos_decider_panics_total", "command" => command).increment(1);
}

/// A group in the store's hands.
pub(crate) fn append(log: &impl fmt::Display, requests: usize) -> Span {
    tracing::debug_span!(target: "factos", "append", %log, requests, outcome = tracing::field::Empty)
}

/// A group is judged.
#[cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "only metrics have them")
)]
pub(crate) fn appended(requests: usize, within: Duration, error: Option<&StoreError>) {
    if let Some(error) = error {
        tracing::warn!(target: "factos", %error, "a group failed");
    }
    let outcome = if error.is_some() { "failed" } else { "judged" };
    Span::current().record("outcome", outcome);
    #[cfg(feature = "metrics")]
    {
        #[expect(clippy::cast_precision_loss, reason = "groups are small")]
        metrics::histogram!("factos_group_requests").record(requests as f64);
        metrics::histogram!("factos_append_seconds").record(within.as_secs_f64());
    }
}

/// A fact did not hold any more: an event at this position has changed it.
pub(crate) fn conflict(fact: &'static str, position: u64, lost: bool) -> Span {
    #[cfg(feature = "metrics")]
    metrics::counter!("factos_conflicts_total", "fact" => fact, "lost" => if lost { "yes" } else { "no" }).increment(1);
    tracing::debug_span!(target: "factos", "conflict", fact, position, lost)
}

/// How the facts of a dispatch were known.
#[cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "only metrics have them")
)]
pub(crate) fn looked_up(known: u64, assumed: u64, unknown: u64) {
    #[cfg(feature = "metrics")]
    for (how, count) in [("known", known), ("assumed", assumed), ("unknown", unknown)] {
        if count > 0 {
            metrics::counter!("factos_facts_total", "state" => how).increment(count);
        }
    }
}

/// The log is not what it was.
pub(crate) fn reset(error: &StoreError) {
    tracing::warn!(target: "factos", %error, "the log is not what it was: all that was known of it is dropped");
    #[cfg(feature = "metrics")]
    metrics::counter!("factos_cache_resets_total").increment(1);
}

/// Whoever follows the log cannot read it for now.
pub(crate) fn interrupted(who: &str, error: &StoreError) {
    tracing::warn!(target: "factos", who, %error, "the log cannot be followed for now");
}

/// It can be read again.
pub(crate) fn resumed(who: &str) {
    tracing::info!(target: "factos", who, "the log is followed again");
}
