//! A fresh log in each store.

use factos::{EventLog, LogOptions};

/// A log that is gone when this is dropped.
pub struct Fresh {
    pub log: EventLog,
    _directory: Option<tempfile::TempDir>,
}

pub async fn memory(options: LogOptions) -> Fresh {
    Fresh {
        log: open("memory:", options).await,
        _directory: None,
    }
}

pub async fn sqlite(options: LogOptions) -> Fresh {
    let directory = tempfile::tempdir().expect("a directory");
    Fresh {
        log: open(&super::sqlite_url(&directory), options).await,
        _directory: Some(directory),
    }
}

/// In a database of its own, on the server that all tests of the process share.
#[cfg(feature = "postgres")]
pub async fn postgres(options: LogOptions) -> Fresh {
    let url = factos_test_server::Server::shared().database();
    Fresh {
        log: open(&url, options).await,
        _directory: None,
    }
}

async fn open(url: &str, options: LogOptions) -> EventLog {
    let opened = factos::open(url).options(options).await;
    opened.expect("the store opens")
}

/// Makes a test a store of each rule: an `async fn` that takes an [`EventLog`].
#[allow(unused_macros, reason = "each test takes what it needs")]
macro_rules! on_every_store {
    (@test $store:ident $options:expr; $rule:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $rule() {
            let fresh = crate::support::stores::$store($options).await;
            super::$rule(fresh.log.clone()).await;
        }
    };
    ($($rule:ident)+) => {
        crate::support::stores::on_every_store! { factos::LogOptions::default(); $($rule)+ }
    };
    ($options:expr; $($rule:ident)+) => {
        mod memory {
            $(crate::support::stores::on_every_store! { @test memory $options; $rule })+
        }

        mod sqlite {
            $(crate::support::stores::on_every_store! { @test sqlite $options; $rule })+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(crate::support::stores::on_every_store! { @test postgres $options; $rule })+
        }
    };
}
#[allow(unused_imports, reason = "each test takes what it needs")]
pub(crate) use on_every_store;
