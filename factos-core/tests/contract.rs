//! The store in memory keeps the contract, and the contract's tests notice who does not.

#[path = "contract/faulty.rs"]
mod faulty;

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use factos_core::testing::contract::{self, MemoryFixture, store_contract};
use faulty::{Database, Fault};

mod memory {
    use super::*;

    store_contract!(MemoryFixture::default());
}

/// Without a fault, the store below keeps the contract: it is the fault that is noticed.
mod no_fault {
    use super::*;

    store_contract!(Database::with(Fault::Nothing));
}

/// For each fault, a test that it makes fail each of the tests behind it.
macro_rules! found_out {
    ($($fault:ident: $($test:ident)+;)+) => {
        #[allow(non_snake_case, reason = "named after the faults")]
        mod found_out {
            use super::*;

            $(
                #[test]
                fn $fault() {
                    $(
                        let run = || contract::run(async { Database::with(Fault::$fault) }, contract::$test);
                        assert!(catch_unwind(run).is_err(), "{} does not notice", stringify!($test));
                    )+
                }
            )+
        }

        /// Every test of the contract that some fault makes fail.
        const PROVEN: &[&str] = &[$($(stringify!($test)),+),+];
    };
}

found_out! {
    LosesEverythingOnRestart: g1_an_acknowledged_append_is_durable;
    HoldsOneLog: g15_logs_do_not_see_each_other g15_logs_are_written_side_by_side;
    IgnoresCaseOfLogNames: g15_names_are_told_apart;
    DropsMostOfLargeAppends: g2_large_appends_and_groups_are_whole;
    KeepsOneValueOfATagKey: fault_13_two_values_of_one_tag_key_are_two_tags;
    HashesTags: fault_12_tags_that_collide_are_told_apart;
    IgnoresCase: rule_names_and_tags_compare_byte_for_byte fault_16_a_foreign_event_harms_nobody_else;
    LosesTheLastByte: g12_every_byte_comes_back;
    CutsLargeData: g12_what_just_fits_comes_back;
    SortsMetadata: g12_every_byte_comes_back rule_it_answers_what_memory_answers;
    RenumbersRevisions: g9_revisions_count_a_streams_events g9_concurrent_appends_leave_no_revision_out;
    ChangesWhatIsOld: g13_what_was_stored_is_never_changed;
    LetsTimeRunBackwards: rule_time_never_runs_backwards;
    DropsBinaryRows: fault_9_what_cannot_be_decoded_is_no_default
        fault_10_rows_that_cannot_be_decoded_are_not_dropped;
    ForgetsGuards: g3_a_guard_names_the_first_later_match g3_the_edges_of_a_group_decide
        g3_concurrent_appends_keep_their_guards rule_it_answers_what_memory_answers
        rule_an_append_is_not_judged_by_its_own_events fault_14_values_are_never_statements
        rule_without_facts_nothing_is_guarded rule_a_crowd_on_one_fact_takes_exactly_what_is_there;
    ForgetsWideGuards: g14_what_cannot_be_enforced_is_refused;
    TakesOnePositionForAllGuards: rule_each_guard_has_its_own_position;
    RefusesPositionsBeyondTheHead: rule_a_position_beyond_the_head_holds;
    LooksAtTypesOnly: rule_a_query_means_the_same_to_guards_and_reads;
    JudgesByOwnEvents: rule_an_append_is_not_judged_by_its_own_events;
    JudgesGroupsAsOneSnapshot: g3_the_edges_of_a_group_decide g3_concurrent_appends_keep_their_guards;
    JudgesByRefusedMembers: g3_a_refused_member_is_no_conflict;
    IgnoresDependences: g3_the_edges_of_a_group_decide g8_repetitions_inside_a_group_count_too;
    ConflictsWithEverything: g10_clients_on_disjoint_tags_never_conflict;
    JudgesGuardsFirst: g14_a_request_is_judged_in_the_order_of_the_trait
        g8_a_repeated_append_gets_its_first_outcome;
    GuardsTheUnconditional: rule_without_facts_nothing_is_guarded g2_positions_are_consecutive_from_one;
    ConfirmsEveryCheck: fault_19_a_rejection_is_confirmed_before_it_is_told;
    ConflictsOnNothing: fault_17_deciding_nothing_is_no_conflict;
    ForgetsExpectedRevisions: g9_revisions_count_a_streams_events
        g9_an_append_without_events_expects_a_revision_too
        g9_concurrent_appends_leave_no_revision_out;
    TakesEventIdsTwice: g8_an_event_id_occurs_once g8_simultaneous_repetitions_are_written_once;
    ForgetsAppendIds: g8_a_repeated_append_gets_its_first_outcome;
    IgnoresTheContentOfKeys: g8_a_key_that_means_something_else_is_refused;
    ForgetsEmptyAppends: g8_an_append_without_events_is_remembered;
    ForgetsVoidAppends: g8_a_settled_append_never_happens g8_an_append_and_its_settlement_agree;
    LooksUpIdsBeforeItWrites: g8_simultaneous_repetitions_are_written_once;
    ChecksBeforeItWrites: fault_1_two_clients_never_both_win
        fault_2_who_waits_for_the_lock_sees_what_was_committed_meanwhile
        fault_3_overlapping_conditions_see_each_other g3_concurrent_appends_keep_their_guards
        rule_a_crowd_on_one_fact_takes_exactly_what_is_there;
    LocksByCondition: fault_3_overlapping_conditions_see_each_other;
    OverlooksConflictsWhileOthersWrite: fault_4_committed_conflicts_count_while_others_write;
    ShowsUnconditionalAppendsLate: g7_unconditional_appends_are_ordered_like_all_others
        fault_5_no_event_appears_in_front_of_a_position_that_was_read;
    ShowsEveryAppendLate: g4_what_is_visible_is_always_a_prefix fault_6_a_tailing_reader_misses_nothing;
    WritesEventByEvent: g2_concurrent_appends_stay_in_one_piece g16_a_dropped_append_is_whole_or_nothing;
    LeavesAnEventOfWhatItRefuses: g11_a_failed_append_leaves_nothing;
    TakesPositionsForWhatItRefuses: g11_a_failed_append_leaves_nothing
        g4_what_is_visible_is_always_a_prefix fault_6_a_tailing_reader_misses_nothing;
    TakesTheHeadLater: g5_a_read_is_of_one_moment fault_7_the_head_is_not_newer_than_the_events;
    ReadsEachPartLater: g5_a_read_is_of_one_moment fault_8_no_part_of_a_read_is_newer_than_another;
    ReadsFromAReplica: g6_an_acknowledged_append_is_in_the_next_read g5_parts_share_one_head;
    IgnoresTo: g6_a_read_keeps_to_range_limit_and_direction g6_a_stream_is_read_from_any_place
        rule_it_answers_what_memory_answers;
    IgnoresLimits: g6_a_read_keeps_to_range_limit_and_direction;
    IgnoresDirections: g6_a_read_keeps_to_range_limit_and_direction;
    RepeatsEventsOfManyItems: g6_many_items_are_one_ordered_answer;
    StartsStreamsOneLate: g6_a_stream_is_read_from_any_place;
    NeverWakes: rule_commits_wake_those_who_follow;
    WakesBeforeTheCommit: rule_commits_wake_those_who_follow;
    LetsOthersInWhileLocked: rule_nobody_appends_while_the_lock_is_held;
    ForgetsGuardsWhenLocked: rule_a_locked_decision_is_judged_like_an_append;
    KeepsTheLockAfterAPanic: g16_a_decision_that_panics_leaves_no_lock;
    KeepsTheLockOfDroppedCalls: g16_a_dropped_call_leaves_no_lock;
}

/// No test of the kit is one that cannot fail.
#[test]
fn every_test_of_the_contract_notices_some_fault() {
    let all: BTreeSet<_> = contract::TESTS.iter().collect();
    let proven: BTreeSet<_> = PROVEN.iter().collect();
    assert_eq!(all.difference(&proven).collect::<Vec<_>>(), [&&""; 0]);
}

/// The tables in the docs of the kit name each test.
#[test]
fn every_test_of_the_contract_is_in_the_tables() {
    let docs = include_str!("../src/testing/contract.rs");
    let tables: String = docs
        .lines()
        .filter(|line| line.starts_with("//! | "))
        .collect();
    for test in contract::TESTS {
        assert!(tables.contains(&format!("[`{test}`]")), "{test}");
    }
}
