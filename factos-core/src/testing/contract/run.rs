//! Runs one test of the kit on one fixture.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use tokio::runtime::Builder;

use super::fixture::StoreFixture;

/// Runs a test of the kit on a runtime of its own, with several threads, and closes the fixture.
///
/// [`store_contract!`](crate::store_contract) writes such a call for each test.
///
/// ```
/// use factos_core::testing::contract::{self, MemoryFixture};
/// contract::run(async { MemoryFixture::default() }, contract::g2_positions_are_consecutive_from_one);
/// ```
///
/// # Panics
/// When the store does not keep what the test is named after, or the fixture cannot be made.
pub fn run<F: StoreFixture>(fixture: impl Future<Output = F>, test: impl AsyncFnOnce(&F)) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime could be started: {error}"));
    runtime.block_on(async {
        let fixture = fixture.await;
        let outcome = AssertUnwindSafe(test(&fixture)).catch_unwind().await;
        fixture.close().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    });
}
