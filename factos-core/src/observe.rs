//! What operators see: `tracing` spans and events, and metrics behind the feature `metrics`.
//!
//! Names of commands, facts and event types, numbers and times are told; tags, data, metadata and keys are not, since they
//! may be about persons. Without a subscriber or recorder nothing is made.

use std::fmt;
use std::time::Duration;

use tracing::Span;

use crate::projection::ProjectionError;
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

/// A transaction of a projection.
pub(crate) fn project(projection: &'static str, version: u32, events: usize) -> Span {
    tracing::debug_span!(target: "factos", "project", projection, version, events)
}

/// A transaction of a projection is over.
#[cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "only metrics have them")
)]
pub(crate) fn projected(
    projection: &'static str,
    events: usize,
    within: Duration,
    is_committed: bool,
) {
    #[cfg(feature = "metrics")]
    {
        let outcome = if is_committed { "committed" } else { "failed" };
        metrics::counter!("factos_projected_events_total", "projection" => projection, "outcome" => outcome)
            .increment(events as u64);
        metrics::histogram!("factos_projection_seconds", "projection" => projection)
            .record(within.as_secs_f64());
    }
}

/// How many events of the log a projection has not passed.
#[cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "only metrics have them")
)]
pub(crate) fn lag(projection: &'static str, events: u64) {
    #[cfg(feature = "metrics")]
    #[expect(clippy::cast_precision_loss, reason = "a gauge shows a size")]
    metrics::gauge!("factos_projection_lag_events", "projection" => projection).set(events as f64);
}

/// A projection runs here now.
pub(crate) fn leased(projection: &'static str, version: u32, position: u64) {
    tracing::info!(target: "factos", projection, version, position, "projection runs here");
}

/// A version has taken the place of another.
pub(crate) fn went_live(projection: &'static str, version: u32) {
    tracing::info!(target: "factos", projection, version, "projection is live");
}

/// The tables of versions that nobody reads any more are still there.
pub(crate) fn not_dropped(projection: &'static str, error: &StoreError) {
    tracing::warn!(target: "factos", projection, %error, "old tables could not be dropped yet");
}

/// Events that were to be applied together are applied one by one.
pub(crate) fn batch_failed(projection: &'static str, events: usize) {
    tracing::debug!(target: "factos", projection, events, "a batch failed");
}

/// A projection has failed on an event, or altogether. What its own functions said is left out: it may be about persons.
pub(crate) fn failed(projection: &'static str, error: &ProjectionError) {
    tracing::warn!(target: "factos", projection, %error, "projection failed");
    #[cfg(feature = "metrics")]
    metrics::counter!("factos_projection_failures_total", "projection" => projection).increment(1);
}

/// An event was parked.
pub(crate) fn parked(projection: &'static str, position: u64) {
    tracing::error!(target: "factos", projection, position, "event parked");
    #[cfg(feature = "metrics")]
    metrics::counter!("factos_parked_events_total", "projection" => projection).increment(1);
}

/// The domain refused a command that a reactor has sent.
pub(crate) fn rejected(reactor: &'static str, command: &'static str, position: u64) {
    tracing::info!(target: "factos", reactor, command, position, "command rejected");
}

/// A runner ends.
pub(crate) fn runner_stops(parts: usize) {
    tracing::info!(target: "factos", parts, "runner stops");
}
