//! What every store must pass. For authors of stores; the feature `contract`.
//!
//! A store is a database behind the trait [`EventStore`](crate::store::EventStore), whose numbered guarantees G1 to G16
//! are what everything else is built on. This kit shows each of them, the rules of queries, conditions and logs that
//! they imply, and the faults by which published event stores have broken them, in tests that a store runs against its
//! own database. The stores of factos run the same ones.
//!
//! # How to run it
//!
//! 1. Add `factos-core` with the feature `contract` to the dev-dependencies.
//! 2. Implement [`StoreFixture`]: a value of it is one fresh database, in which it opens logs by name.
//! 3. Write [`store_contract!`] in a file in `tests/`, with an expression that makes such a value.
//!
//! ```
//! // tests/contract.rs
//! use factos_core::testing::contract::{MemoryFixture, store_contract};
//!
//! store_contract!(MemoryFixture::default());
//! ```
//!
//! That is one `#[test]` for each test in the tables below, under its name; those that later versions of the kit bring
//! come along by themselves. The expression is evaluated for each test, on the test's own tokio runtime with several
//! threads, and may `.await`. A store that has variants writes the macro in several modules, with a fixture for each.
//!
//! A single test is run by [`run`], and [`TESTS`] has all their names. The one that tries random calls,
//! [`rule_it_answers_what_memory_answers`], tells the fewest calls that still fail, how the answers differ, and the seed
//! that tries the same ones again as `PROPTEST_RNG_SEED`. `PROPTEST_CASES` says how many are tried.
//!
//! # Guarantees
//!
//! | | shown by |
//! |---|---|
//! | G1 durable | [`g1_an_acknowledged_append_is_durable`] |
//! | G2 all or nothing, in order | [`g2_positions_are_consecutive_from_one`], [`g2_large_appends_and_groups_are_whole`], [`g2_concurrent_appends_stay_in_one_piece`] |
//! | G3 no guard violated | [`g3_a_guard_names_the_first_later_match`], [`g3_the_edges_of_a_group_decide`], [`g3_a_refused_member_is_no_conflict`], [`g3_concurrent_appends_keep_their_guards`], and faults 1 to 5 |
//! | G4 gapless, always a prefix | [`g4_what_is_visible_is_always_a_prefix`], and fault 6 |
//! | G5 reads of one moment | [`g5_a_read_is_of_one_moment`], [`g5_parts_share_one_head`], and faults 7 and 8 |
//! | G6 exactly what is asked for | [`g6_a_read_keeps_to_range_limit_and_direction`], [`g6_many_items_are_one_ordered_answer`], [`g6_a_stream_is_read_from_any_place`], [`g6_an_acknowledged_append_is_in_the_next_read`] |
//! | G7 unconditional appends are ordered | [`g7_unconditional_appends_are_ordered_like_all_others`], and fault 5 |
//! | G8 ids and keys once | [`g8_an_event_id_occurs_once`], [`g8_a_repeated_append_gets_its_first_outcome`], [`g8_a_key_that_means_something_else_is_refused`], [`g8_an_append_without_events_is_remembered`], [`g8_repetitions_inside_a_group_count_too`], [`g8_simultaneous_repetitions_are_written_once`], [`g8_a_settled_append_never_happens`], [`g8_an_append_and_its_settlement_agree`] |
//! | G9 revisions of streams | [`g9_revisions_count_a_streams_events`], [`g9_an_append_without_events_expects_a_revision_too`], [`g9_concurrent_appends_leave_no_revision_out`] |
//! | G10 unrelated guards | [`g10_clients_on_disjoint_tags_never_conflict`] |
//! | G11 failures leave nothing | [`g11_a_failed_append_leaves_nothing`] |
//! | G12 every byte | [`g12_every_byte_comes_back`], [`g12_what_just_fits_comes_back`] |
//! | G13 nothing is changed | [`g13_what_was_stored_is_never_changed`] |
//! | G14 typed refusals | [`g14_what_cannot_be_enforced_is_refused`], [`g14_a_request_is_judged_in_the_order_of_the_trait`] |
//! | G15 logs | [`g15_logs_do_not_see_each_other`], [`g15_names_are_told_apart`], [`g15_logs_are_written_side_by_side`] |
//! | G16 dropped futures | [`g16_a_dropped_append_is_whole_or_nothing`], [`g16_a_dropped_call_leaves_no_lock`], [`g16_a_decision_that_panics_leaves_no_lock`] |
//!
//! # Rules of queries, conditions and logs
//!
//! | | shown by |
//! |---|---|
//! | items are alternatives, types are alternatives, tags are all needed, none means any; the union with all is all | [`rule_a_query_means_the_same_to_guards_and_reads`] |
//! | each guard has its own position | [`rule_each_guard_has_its_own_position`] |
//! | a position may lie beyond the head | [`rule_a_position_beyond_the_head_holds`] |
//! | an append is not judged by its own events, and they need not match its guards | [`rule_an_append_is_not_judged_by_its_own_events`] |
//! | types, tags, streams and keys compare byte for byte | [`rule_names_and_tags_compare_byte_for_byte`] |
//! | recorded times never run backwards | [`rule_time_never_runs_backwards`] |
//! | a wake-up comes after the commit | [`rule_commits_wake_those_who_follow`] |
//! | a decision under the lock sees everything, and nobody comes in between | [`rule_a_locked_decision_is_judged_like_an_append`], [`rule_nobody_appends_while_the_lock_is_held`] |
//! | no facts, no guards | [`rule_without_facts_nothing_is_guarded`] |
//! | a crowd on one fact ends in no conflict error | [`rule_a_crowd_on_one_fact_takes_exactly_what_is_there`] |
//! | limits are kept before anything is written | no store is asked: [`AppendRequest`](crate::store::AppendRequest) cannot be made beyond them |
//! | all of it together, in any order | [`rule_it_answers_what_memory_answers`] |
//!
//! # Known faults
//!
//! Each one was found in an event store that people use, or in an attempt at this one.
//!
//! | | shown by |
//! |---|---|
//! | 1 check and insert in one statement: two winners | [`fault_1_two_clients_never_both_win`] |
//! | 2 a snapshot older than the lock | [`fault_2_who_waits_for_the_lock_sees_what_was_committed_meanwhile`] |
//! | 3 a lock on the hash of a whole condition | [`fault_3_overlapping_conditions_see_each_other`] |
//! | 4 conditions that only look at what is older than every running transaction | [`fault_4_committed_conflicts_count_while_others_write`] |
//! | 5 unconditional appends outside the order | [`fault_5_no_event_appears_in_front_of_a_position_that_was_read`] |
//! | 6 positions from a sequence | [`fault_6_a_tailing_reader_misses_nothing`] |
//! | 7 the head taken after the events | [`fault_7_the_head_is_not_newer_than_the_events`] |
//! | 8 newer snapshots inside a read | [`fault_8_no_part_of_a_read_is_newer_than_another`] |
//! | 9 a default for what cannot be decoded | [`fault_9_what_cannot_be_decoded_is_no_default`] |
//! | 10 undecodable rows dropped | [`fault_10_rows_that_cannot_be_decoded_are_not_dropped`] |
//! | 11 a cursor that jumps over another process's events | with subscriptions |
//! | 12 hashes of tags that collide | [`fault_12_tags_that_collide_are_told_apart`] |
//! | 13 two values of one tag key | [`fault_13_two_values_of_one_tag_key_are_two_tags`] |
//! | 14 values put into statements as text | [`fault_14_values_are_never_statements`] |
//! | 15 a notification before the commit, or taken for the truth | with subscriptions; for a store, [`rule_commits_wake_those_who_follow`] |
//! | 16 a foreign event that breaks every command | [`fault_16_a_foreign_event_harms_nobody_else`] |
//! | 17 no events reported as a conflict | [`fault_17_deciding_nothing_is_no_conflict`] |
//! | 18 a checkpoint saved while the state is not | with subscriptions |
//! | 19 rejecting from a stale cache | [`fault_19_a_rejection_is_confirmed_before_it_is_told`] |
//!
//! # What it cannot show
//!
//! That an append survives a power cut, a `kill -9` or a failover: a fixture's [`restart`](StoreFixture::restart) is as
//! hard as the fixture makes it. That an error of the database becomes the right
//! [`StoreError`](crate::store::StoreError): each database fails in its own way. And that a store is fast.

#![allow(
    clippy::missing_panics_doc,
    clippy::wildcard_imports,
    reason = "every test panics when the store is wrong, and they share their words"
)]

mod fixture;
mod run;
mod words;
mod turns;
mod counting;

mod durability;
mod appends;
mod guards;
mod groups;
mod order;
mod reads;
mod repetition;
mod streams;
mod bytes;
mod logs;
mod locked;
mod drops;
mod history;
mod random;

mod seats;
mod between;
mod dispatch;
mod races;
mod values;

pub use crate::store_contract;
pub use fixture::{MemoryFixture, StoreFixture};
pub use run::run;

/// Writes a `#[test]` for each test of the [contract](crate::testing::contract), each on a fixture of its own.
///
/// It takes an expression that makes a [`StoreFixture`](crate::testing::contract::StoreFixture), and may `.await`.
///
/// ```
/// use factos_core::testing::contract::{MemoryFixture, store_contract};
/// store_contract!(MemoryFixture::default());
/// ```
#[macro_export]
macro_rules! store_contract {
    // Every test of the kit, by the file that it stands in: the only list.
    (@list $then:ident $argument:tt) => {
        $crate::store_contract! { @$then $argument
            appends: g2_positions_are_consecutive_from_one;
            appends: g2_large_appends_and_groups_are_whole;
            appends: g2_concurrent_appends_stay_in_one_piece;
            appends: g11_a_failed_append_leaves_nothing;
            appends: rule_time_never_runs_backwards;
            appends: rule_commits_wake_those_who_follow;
            bytes: g12_every_byte_comes_back;
            bytes: g12_what_just_fits_comes_back;
            bytes: rule_names_and_tags_compare_byte_for_byte;
            dispatch: g10_clients_on_disjoint_tags_never_conflict;
            dispatch: rule_a_crowd_on_one_fact_takes_exactly_what_is_there;
            dispatch: rule_without_facts_nothing_is_guarded;
            dispatch: fault_9_what_cannot_be_decoded_is_no_default;
            dispatch: fault_10_rows_that_cannot_be_decoded_are_not_dropped;
            dispatch: fault_16_a_foreign_event_harms_nobody_else;
            dispatch: fault_17_deciding_nothing_is_no_conflict;
            dispatch: fault_19_a_rejection_is_confirmed_before_it_is_told;
            drops: g16_a_dropped_append_is_whole_or_nothing;
            drops: g16_a_dropped_call_leaves_no_lock;
            durability: g1_an_acknowledged_append_is_durable;
            durability: g13_what_was_stored_is_never_changed;
            races: fault_1_two_clients_never_both_win;
            races: fault_2_who_waits_for_the_lock_sees_what_was_committed_meanwhile;
            races: fault_3_overlapping_conditions_see_each_other;
            races: fault_4_committed_conflicts_count_while_others_write;
            races: fault_5_no_event_appears_in_front_of_a_position_that_was_read;
            races: fault_6_a_tailing_reader_misses_nothing;
            order: fault_7_the_head_is_not_newer_than_the_events;
            order: fault_8_no_part_of_a_read_is_newer_than_another;
            values: fault_12_tags_that_collide_are_told_apart;
            values: fault_13_two_values_of_one_tag_key_are_two_tags;
            values: fault_14_values_are_never_statements;
            groups: g3_the_edges_of_a_group_decide;
            groups: g3_a_refused_member_is_no_conflict;
            groups: g8_repetitions_inside_a_group_count_too;
            guards: g3_a_guard_names_the_first_later_match;
            guards: rule_a_query_means_the_same_to_guards_and_reads;
            guards: rule_each_guard_has_its_own_position;
            guards: rule_a_position_beyond_the_head_holds;
            guards: rule_an_append_is_not_judged_by_its_own_events;
            guards: g14_what_cannot_be_enforced_is_refused;
            guards: g14_a_request_is_judged_in_the_order_of_the_trait;
            history: g3_concurrent_appends_keep_their_guards;
            locked: rule_a_locked_decision_is_judged_like_an_append;
            locked: rule_nobody_appends_while_the_lock_is_held;
            locked: g16_a_decision_that_panics_leaves_no_lock;
            logs: g15_logs_do_not_see_each_other;
            logs: g15_names_are_told_apart;
            logs: g15_logs_are_written_side_by_side;
            order: g4_what_is_visible_is_always_a_prefix;
            order: g5_a_read_is_of_one_moment;
            order: g5_parts_share_one_head;
            order: g7_unconditional_appends_are_ordered_like_all_others;
            random: rule_it_answers_what_memory_answers;
            reads: g6_a_read_keeps_to_range_limit_and_direction;
            reads: g6_many_items_are_one_ordered_answer;
            reads: g6_an_acknowledged_append_is_in_the_next_read;
            repetition: g8_a_repeated_append_gets_its_first_outcome;
            repetition: g8_a_key_that_means_something_else_is_refused;
            repetition: g8_an_event_id_occurs_once;
            repetition: g8_an_append_without_events_is_remembered;
            repetition: g8_a_settled_append_never_happens;
            repetition: g8_an_append_and_its_settlement_agree;
            repetition: g8_simultaneous_repetitions_are_written_once;
            streams: g6_a_stream_is_read_from_any_place;
            streams: g9_revisions_count_a_streams_events;
            streams: g9_an_append_without_events_expects_a_revision_too;
            streams: g9_concurrent_appends_leave_no_revision_out;
        }
    };
    (@tests ($fixture:expr) $($file:ident: $test:ident;)*) => {
        $(
            #[test]
            fn $test() {
                $crate::testing::contract::run(async { $fixture }, $crate::testing::contract::$test);
            }
        )*
    };
    // In the kit itself: a test that is not in the list is dead code, which the compiler says.
    (@exports () $($file:ident: $test:ident;)*) => {
        $(pub use $file::$test;)*

        /// The names of all tests of the kit.
        pub const TESTS: &[&str] = &[$(stringify!($test)),*];
    };
    ($fixture:expr $(,)?) => {
        $crate::store_contract! { @list tests ($fixture) }
    };
}

store_contract! { @list exports () }
