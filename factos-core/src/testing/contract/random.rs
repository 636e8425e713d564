//! Any calls in any order, judged by the store in memory.

mod steps;

use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::fixture::StoreFixture;
use super::locked::locked;
use super::words::*;
use crate::memory::MemoryStore;
use crate::store::{EventStore, Group, ReadRequest};
use crate::testing::difference::lines_that_differ;
use steps::{Call, Step, steps};

/// Cases that are tried, unless `PROPTEST_CASES` says how many. A few long ones: each opens the log twice, which takes
/// longer than many calls where there is a server.
const CASES: u32 = 40;

/// Whatever is asked of it in whatever order, through two handles, the store answers what the store in memory answers.
///
/// Each case has a log of its own. `PROPTEST_CASES` says how many are tried, `PROPTEST_RNG_SEED` which ones.
pub async fn rule_it_answers_what_memory_answers<F: StoreFixture>(fixture: &F) {
    let config = config();
    let seed = config.rng_seed;
    let case = AtomicU32::new(0);
    let mut runner = TestRunner::new(config);
    let tried = runner.run(&steps(), |steps| {
        let name = format!("case-{}", case.fetch_add(1, Ordering::Relaxed));
        block_in_place(|| Handle::current().block_on(compare(fixture, &name, &steps)))
    });
    match tried {
        Ok(()) => {}
        Err(TestError::Fail(reason, steps)) => panic!(
            "memory answers something else, after these steps (seed {seed}, shrunk):\n{steps:#?}\n\n{reason}"
        ),
        Err(other) => panic!("{other}"),
    }
}

fn config() -> Config {
    let mut config = Config {
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    // One that can be told, so that the run can be repeated.
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(fastrand::u64(..));
    }
    config
}

async fn compare<F: StoreFixture>(
    fixture: &F,
    name: &str,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let handles = [
        fixture.open(log_name(name)).await,
        fixture.open(log_name(name)).await,
    ];
    let memory = MemoryStore::new();
    for (number, step) in steps.iter().enumerate() {
        let store = &handles[usize::from(step.by_second_handle)];
        let (ours, theirs) = (take(&memory, step).await, take(store, step).await);
        same(&ours, &theirs, || format!("step {} of them", number + 1))?;
    }
    for store in &handles {
        let everything = || ReadRequest::new([all()]);
        let (ours, theirs) = (
            memory.read_now(&everything()),
            read(store, everything()).await,
        );
        same(&said(&ours), &said(&theirs), || "the log in the end".into())?;
        if ours != theirs {
            let reason = "the bytes of some event's data differ, which are not printed";
            return Err(TestCaseError::fail(reason));
        }
    }
    Ok(())
}

fn same(ours: &str, theirs: &str, what: impl Fn() -> String) -> Result<(), TestCaseError> {
    match lines_that_differ(&lines(ours), &lines(theirs)) {
        None => Ok(()),
        Some(difference) => Err(TestCaseError::fail(format!(
            "{}, - memory, + the store:\n{difference}",
            what()
        ))),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Everything that a store says to a step, as text, so that differences are readable.
async fn take(store: &impl EventStore, step: &Step) -> String {
    match step.call.clone() {
        Call::Append(members) => {
            let mut group = Group::new();
            for member in members {
                group.push_decided_on(member.request, member.decided_on);
            }
            said(&append_group(store, group).await)
        }
        Call::Locked(wanted, request) => {
            let (tell, told) = std::sync::mpsc::channel();
            let decide = move |snapshot| {
                // Nobody but this function listens, and it does.
                drop(tell.send(said(&snapshot)));
                request
            };
            let answer = said(&locked(store, wanted, decide).await);
            let seen = told.recv().unwrap_or_else(|_| "it was not asked".into());
            format!("{seen}\n{answer}")
        }
        Call::Read(request) => said(&read(store, request).await),
        Call::Settle(id) => said(&settle(store, id).await),
    }
}

fn said(answer: &impl Debug) -> String {
    format!("{answer:#?}")
}
