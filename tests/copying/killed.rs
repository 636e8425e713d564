//! Copies by processes that are killed.

use factos::sqlite::SqliteStore;
use factos::{AppendId, EventLog};

use crate::histories::{Step, append_at, appended, eventful, events, happen};
use crate::same::assert_same;
use crate::support::sqlite_url;
use crate::support::worker::{Worker, part, say};

/// Part of a child: copies, and says how far it has come.
#[tokio::test]
async fn copy_until_killed() {
    let Some(arguments) = part() else { return };
    let [from, to] = arguments.as_slice() else {
        panic!("both URLs are given")
    };
    let source = factos::open(from).await.expect("the file opens");
    let target = factos::open(to).await.expect("the file opens");
    let copied = source
        .copy_to(&target)
        .page_size(7)
        .progress(|progress| say(progress.done))
        .await;
    copied.expect("nothing speaks against it");
    say("done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_copy_is_carried_on() {
    let (from, to) = (tempfile::tempdir(), tempfile::tempdir());
    let (from, to) = (from.expect("a directory"), to.expect("a directory"));
    let (from, to) = (sqlite_url(&from), sqlite_url(&to));
    let source = SqliteStore::open(&from).await.expect("the file opens");
    eventful(&source).await;
    for n in 0..150 {
        appended(&source, append_at(n, events("A", 1 + fastrand::usize(..9)))).await;
        appended(&source, append_at(n, Vec::new())).await;
        let void = Step::Void(AppendId::new());
        happen(&source, void).await.expect("it is void");
    }
    let mut killed = 0_u32;
    'copied: loop {
        let mut copy = Worker::start("killed::copy_until_killed", &[&from, &to]);
        // Later ones get further, as a run looks again at what others have brought.
        for _ in 0..2 + killed + fastrand::u32(..16) {
            let said = copy.line().await.expect("it goes on");
            if said == "done" {
                copy.process.wait().await.expect("it ends");
                break 'copied;
            }
        }
        copy.process.kill().await.expect("it lives");
        killed += 1;
    }
    assert!(killed > 3, "{killed}");
    let target = SqliteStore::open(&to).await.expect("it needs no repair");
    let again = EventLog::new(source.clone()).copy_to(&EventLog::new(target.clone()));
    let copied = again.verify().await.expect("nothing speaks against it");
    assert_eq!((copied.events, copied.receipts), (0, 0));
    assert_same(&source, &target).await;
}
