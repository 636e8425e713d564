//! What can be wrong with a store.

use Fault::*;

/// What is wrong with a store. Each name says what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    // the database and its logs
    LosesEverythingOnRestart,
    HoldsOneLog,
    IgnoresCaseOfLogNames,
    // what is stored
    DropsMostOfLargeAppends,
    KeepsOneValueOfATagKey,
    HashesTags,
    IgnoresCase,
    LosesTheLastByte,
    CutsLargeData,
    SortsMetadata,
    RenumbersRevisions,
    ChangesWhatIsOld,
    LetsTimeRunBackwards,
    DropsBinaryRows,
    // how requests are judged
    ForgetsGuards,
    ForgetsWideGuards,
    TakesOnePositionForAllGuards,
    RefusesPositionsBeyondTheHead,
    LooksAtTypesOnly,
    JudgesByOwnEvents,
    JudgesGroupsAsOneSnapshot,
    JudgesByRefusedMembers,
    IgnoresDependences,
    ConflictsWithEverything,
    JudgesGuardsFirst,
    GuardsTheUnconditional,
    ConfirmsEveryCheck,
    ConflictsOnNothing,
    ForgetsExpectedRevisions,
    // ids and keys
    TakesEventIdsTwice,
    ForgetsAppendIds,
    IgnoresTheContentOfKeys,
    ForgetsEmptyAppends,
    ForgetsVoidAppends,
    LooksUpIdsBeforeItWrites,
    // races
    ChecksBeforeItWrites,
    LocksByCondition,
    OverlooksConflictsWhileOthersWrite,
    ShowsUnconditionalAppendsLate,
    ShowsEveryAppendLate,
    WritesEventByEvent,
    LeavesAnEventOfWhatItRefuses,
    TakesPositionsForWhatItRefuses,
    // reads
    TakesTheHeadLater,
    ReadsEachPartLater,
    ReadsFromAReplica,
    IgnoresTo,
    IgnoresLimits,
    IgnoresDirections,
    RepeatsEventsOfManyItems,
    StartsStreamsOneLate,
    // wake-ups and locks
    NeverWakes,
    WakesBeforeTheCommit,
    LetsOthersInWhileLocked,
    ForgetsGuardsWhenLocked,
    KeepsTheLockAfterAPanic,
    KeepsTheLockOfDroppedCalls,
}

impl Fault {
    /// Whether the requests of a group are judged and written one after the other.
    pub fn is_of_single_requests(self) -> bool {
        matches!(
            self,
            RefusesPositionsBeyondTheHead
                | JudgesByOwnEvents
                | JudgesGuardsFirst
                | ConfirmsEveryCheck
                | ConflictsOnNothing
                | ForgetsEmptyAppends
                | LooksUpIdsBeforeItWrites
                | ChecksBeforeItWrites
                | LocksByCondition
                | OverlooksConflictsWhileOthersWrite
                | WritesEventByEvent
                | ShowsUnconditionalAppendsLate
                | ShowsEveryAppendLate
                | LeavesAnEventOfWhatItRefuses
                | TakesPositionsForWhatItRefuses
        )
    }
}
