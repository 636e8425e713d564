//! Who runs a version: one at a time, and whoever lost the lease writes nothing.

use std::time::Duration;

use factos_core::read_model::{Claim, Phase, ReadModel, ReadModelTransaction, Renewal};
use factos_core::{Checkpoint, LogId, Position};
use futures_util::future::{join, try_join_all};
use uuid::Uuid;

use crate::support::*;

const SHORT: Duration = Duration::from_millis(1);

on_each!(
    one_of_two_claimers_wins,
    a_new_version_begins_at_its_start,
    a_lease_that_ran_out_is_taken_over,
    the_same_owner_need_not_wait_for_its_own_lease,
    a_lost_lease_writes_nothing,
    a_lease_that_ran_out_goes_on_while_nobody_took_it,
    rows_and_checkpoint_are_one,
    a_checkpoint_moves_from_where_it_is,
    a_lease_given_back_is_free_and_void,
    tokens_rise,
);

async fn one_of_two_claimers_wins<D: Database>(database: D) -> TestResult {
    let (one, other) = (database.open().await?, database.open().await?);
    for number in 1..10 {
        let (first, second) = join(claim(&one, number, LONG), claim(&other, number, LONG)).await;
        let outcomes = [first?, second?];
        let held = outcomes
            .iter()
            .filter(|claim| matches!(claim, Claim::Held { .. }));
        assert_eq!(held.count(), 1, "{outcomes:?}");
        let start = Position::START;
        let taken = Claim::Taken { position: start };
        assert!(outcomes.contains(&taken), "{outcomes:?}");
    }
    Ok(())
}

async fn a_new_version_begins_at_its_start<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let mut late = consumer(1);
    late.start = at(41);
    let claim = model.claim(&late, Uuid::now_v7(), LONG).await?;
    let Claim::Held {
        checkpoint, phase, ..
    } = claim
    else {
        panic!("{claim:?}");
    };
    assert_eq!((checkpoint, phase), (late.start, Phase::New));
    let known = version(&model, 1).await?;
    assert_eq!((known.checkpoint, known.is_leased), (late.start, true));
    Ok(())
}

async fn a_lease_that_ran_out_is_taken_over<D: Database>(database: D) -> TestResult {
    let (one, other) = (database.open().await?, database.open().await?);
    let Claim::Held { lease, .. } = claim(&one, 1, SHORT).await? else {
        panic!("it is new");
    };
    let (taken, ..) = take_over(&other, 1).await?;
    assert!(taken.token > lease.token);
    assert_eq!(one.renew(&lease).await?, Renewal::Lost);
    let held = Renewal::Held {
        position: Position::START,
        retries: false,
    };
    assert_eq!(other.renew(&taken).await?, held);
    set_up::<D>(&other, &taken).await?;
    assert!(apply::<D>(&other, &taken, 1).await?);
    let renewed = other.renew(&taken).await?;
    assert!(matches!(renewed, Renewal::Held { position, .. } if position.get() == 1));
    Ok(())
}

async fn the_same_owner_need_not_wait_for_its_own_lease<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let (owner, consumer) = (Uuid::now_v7(), consumer(1));
    let Claim::Held { lease, .. } = model.claim(&consumer, owner, LONG).await? else {
        panic!("it is new");
    };
    let taken = model.claim(&consumer, Uuid::now_v7(), LONG).await?;
    assert!(matches!(taken, Claim::Taken { .. }), "{taken:?}");
    let Claim::Held { lease: again, .. } = model.claim(&consumer, owner, LONG).await? else {
        panic!("it is the owner's");
    };
    assert!(again.token > lease.token);
    assert_eq!(model.renew(&lease).await?, Renewal::Lost);
    Ok(())
}

async fn a_lost_lease_writes_nothing<D: Database>(database: D) -> TestResult {
    let (one, other) = (database.open().await?, database.open().await?);
    let mut first = ready::<D>(&one, 1).await?;
    first.time = SHORT;
    one.renew(&first).await?;
    let (second, ..) = take_over(&other, 1).await?;
    assert!(!apply::<D>(&one, &first, 1).await?);
    assert!(D::courses(&one).await?.is_empty());
    assert!(apply::<D>(&other, &second, 1).await?);
    assert!(!apply::<D>(&one, &first, 2).await?);

    // To give back what is lost changes nothing.
    one.release(&first).await?;
    assert!(apply::<D>(&other, &second, 2).await?);
    assert_eq!(D::courses(&one).await?, [1, 2]);
    Ok(())
}

async fn a_lease_that_ran_out_goes_on_while_nobody_took_it<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let mut lease = ready::<D>(&model, 1).await?;
    lease.time = Duration::ZERO;
    model.renew(&lease).await?;
    assert!(!version(&model, 1).await?.is_leased);
    lease.time = LONG;
    assert!(apply::<D>(&model, &lease, 1).await?);
    assert!(version(&model, 1).await?.is_leased, "it was not renewed");
    Ok(())
}

async fn rows_and_checkpoint_are_one<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let lease = ready::<D>(&model, 1).await?;
    for is_dropped in [false, true] {
        let mut transaction = model.begin(PATIENCE).await?;
        D::add(transaction.connection(), &tables(1), 1).await?;
        assert!(transaction.advance(&lease, Position::START, at(1)).await?);
        if is_dropped {
            drop(transaction);
        } else {
            transaction.roll_back().await?;
        }
        assert!(D::courses(&model).await?.is_empty());
        assert_eq!(version(&model, 1).await?.checkpoint, start());
    }

    let reached = at(1);
    let mut transaction = model.begin(PATIENCE).await?;
    D::add(transaction.connection(), &tables(1), 1).await?;
    assert!(
        transaction
            .advance(&lease, Position::START, reached)
            .await?
    );
    transaction.commit().await?;
    let other = database.open().await?;
    assert_eq!(D::courses(&other).await?, [1]);
    assert_eq!(version(&other, 1).await?.checkpoint, reached);
    Ok(())
}

async fn a_checkpoint_moves_from_where_it_is<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let lease = ready::<D>(&model, 1).await?;
    assert!(apply::<D>(&model, &lease, 1).await?);
    let there = version(&model, 1).await?.checkpoint;
    let other_log = Checkpoint::start(LogId::new()).at(Position::new(2), None);
    for (from, to) in [(0, at(2)), (2, at(3)), (1, other_log)] {
        let mut transaction = model.begin(PATIENCE).await?;
        let advanced = transaction.advance(&lease, Position::new(from), to).await?;
        assert!(!advanced, "from {from} to {to:?}");
        transaction.commit().await?;
        assert_eq!(version(&model, 1).await?.checkpoint, there);
    }
    Ok(())
}

async fn a_lease_given_back_is_free_and_void<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let first = ready::<D>(&model, 1).await?;
    model.release(&first).await?;
    assert!(!version(&model, 1).await?.is_leased);
    assert!(!apply::<D>(&model, &first, 1).await?);
    let (second, ..) = lease(&model, 1).await?;
    assert!(second.token > first.token);
    assert!(apply::<D>(&model, &second, 1).await?);
    Ok(())
}

async fn tokens_rise<D: Database>(database: D) -> TestResult {
    let model = database.open().await?;
    let tasks = (0..8).map(|_| {
        let model = model.clone();
        tokio::spawn(async move {
            let mut tokens = Vec::new();
            while tokens.len() < 3 {
                if let Claim::Held { lease, .. } = claim(&model, 1, LONG).await? {
                    tokens.push(lease.token);
                    model.release(&lease).await?;
                }
                tokio::task::yield_now().await;
            }
            Ok::<_, factos_core::store::StoreError>(tokens)
        })
    });
    let mut all = Vec::new();
    for tokens in try_join_all(tasks).await? {
        let tokens = tokens?;
        assert!(tokens.is_sorted(), "{tokens:?}");
        all.extend(tokens);
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 24, "two leases had the same token");
    Ok(())
}
