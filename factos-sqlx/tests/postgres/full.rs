//! Disks that are full.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use factos_core::store::{EventStore, Group, StoreError};
use factos_sqlx::PostgresStore;
use factos_test_server::{Server, Settings, unique};

use crate::support::*;

/// A small file system, gone when the test ends.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// One that belongs to whoever the directory belongs to; none without the right to mount one.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).ok()?;
        let owner = fs::metadata(at.parent()?).ok()?;
        let options = format!("size=12m,mode=700,uid={},gid={}", owner.uid(), owner.gid());
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// Appends until the first error, and answers how many events were acknowledged.
async fn until_full(store: &PostgresStore) -> (usize, StoreError) {
    let mut written = 0;
    loop {
        let events = (0..50).map(|n| event("A", &[&format!("n:{n}:{}", "x".repeat(500))]));
        match store.append(Group::single(request(events))).await {
            Ok(_) => written += 50,
            Err(error) => return (written, error),
        }
    }
}

/// The server's own journal is on another disk: without room for that, PostgreSQL stops altogether.
#[tokio::test]
async fn a_full_disk_takes_nothing_until_there_is_room() -> TestResult {
    let server = Server::start(Settings::new());
    let Some(disk) = SmallDisk::mount(&server.data_directory().with_file_name("small")) else {
        return a_server_that_says_so_is_full_too().await;
    };
    let (name, mut admin) = (unique("factos_test"), connect(&server.database()).await);
    let place = format!("CREATE TABLESPACE small LOCATION '{}'", disk.0.display());
    run(&mut admin, &place).await;
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 TABLESPACE small");
    run(&mut admin, &create).await;
    let url = server.url(&name);
    let store = PostgresStore::open(&url).await?;
    // Room to be made.
    sql(
        &url,
        "CREATE TABLE public.filler AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 1000)",
    )
    .await;

    let (written, error) = until_full(&store).await;
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    assert_eq!(types(&store).await?.len(), written);
    sql(&url, "DROP TABLE public.filler").await;
    accepted(&store, request([event("B", &[])])).await?;
    assert_eq!(types(&store).await?.len(), written + 1);
    drop(store);
    server.kill();
    drop(disk);
    Ok(())
}

/// Where no disk can be made: what the server says of one.
async fn a_server_that_says_so_is_full_too() -> TestResult {
    let (store, url) = fresh().await?;
    accepted(&store, request([event("A", &[])])).await?;
    sql(
        &url,
        "CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE 'no room' USING ERRCODE = 'disk_full'; END $$; \
         CREATE TRIGGER full AFTER INSERT ON factos.events EXECUTE FUNCTION public.full()",
    )
    .await;
    let (written, error) = until_full(&store).await;
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    assert_eq!(written, 0);
    sql(&url, "DROP TRIGGER full ON factos.events").await;
    accepted(&store, request([event("B", &[])])).await?;
    assert_eq!(types(&store).await?, ["A", "B"]);
    Ok(())
}
