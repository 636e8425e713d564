//! Ways to connect: sockets, pools, TLS.

use std::str::FromStr;

use factos_core::store::{EventStore, ReadRequest, StoreError};
use factos_sqlx::{PostgresOptions, PostgresStore};
use factos_test_server::{Server, Settings, as_user, database_name, unique};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::support::*;

async fn use_it(store: &PostgresStore) -> TestResult {
    accepted(store, request([event("A", &[])])).await?;
    assert_eq!(types(store).await?, ["A"]);
    Ok(())
}

#[tokio::test]
async fn a_unix_socket_is_a_way() -> TestResult {
    let server = Server::start(Settings::new());
    let url = server.database();
    let connect = PgConnectOptions::from_str(&url)?;
    let directory = server.data_directory().with_file_name("");
    let (_, rest) = url.split_once("://").ok_or("a URL")?;
    let (user, _) = rest.split_once('@').ok_or("a user")?;
    let (name, password) = user.split_once(':').ok_or("a password")?;
    let socket = format!(
        "postgres:///{}?host={}&port={}&user={name}&password={password}",
        database_name(&url),
        directory.display(),
        connect.get_port()
    );
    let store = PostgresStore::open(&socket).await?;
    use_it(&store).await?;
    let local = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND client_addr IS NULL \
        AND backend_type = 'client backend'";
    assert!(value::<bool>(&mut crate::support::connect(&url).await, local).await);
    Ok(())
}

#[tokio::test]
async fn a_pool_lends_its_options_and_not_its_connections() -> TestResult {
    let url = Server::shared().database();
    let name = unique("factos_pool");
    let options = PgConnectOptions::from_str(&url)?.application_name(&name);
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options.clone()).await?;
    // Somebody has the one connection that there is.
    let taken = pool.acquire().await?;
    let options = PostgresOptions::from_pool(&pool);
    let store = options.without_notifications().open().await?;
    use_it(&store).await?;
    let ours = format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'");
    let mut observer = connect(&url).await;
    // The pool's, the writer's and a reader's.
    assert_eq!(value::<i64>(&mut observer, &ours).await, 3);

    // A password that is changed while the store lives.
    let user = unique("factos_user");
    Server::shared().create_user(&user, "old");
    run(
        &mut observer,
        &format!("SELECT factos.allow_writing('{user}')"),
    )
    .await;
    let own = |password| PgConnectOptions::from_str(&as_user(&url, &user, password));
    pool.set_connect_options(own("old")?);
    let store = PostgresOptions::from_pool(&pool).without_migrations();
    let store = store.open().await?;
    run(
        &mut observer,
        &format!(
            "ALTER ROLE {user} PASSWORD 'new'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'"
        ),
    )
    .await;
    assert_error!(
        store.read(ReadRequest::new([])).await,
        StoreError::Denied(_)
    );
    pool.set_connect_options(own("new")?);
    assert_eq!(types(&store).await?, ["A"]);
    let store = PostgresStore::from_pool(&pool).await?;
    assert_eq!(types(&store).await?, ["A"]);
    drop(taken);
    Ok(())
}

#[tokio::test]
async fn a_server_without_tls_is_refused_to_those_who_ask_for_it() {
    let url = Server::start(Settings::new());
    let url = format!("{}?sslmode=require", url.database());
    let refused = PostgresOptions::from_url(&url).expect("a URL").open().await;
    assert_error!(refused, StoreError::Denied(_));
}

#[cfg(feature = "postgres-tls")]
mod tls {
    use std::time::Duration;

    use super::*;

    fn with_tls() -> (Server, String) {
        let server = Server::start(Settings::new().tls());
        let name = database_name(&server.database()).to_owned();
        let url = server.tls_url(&name);
        (server, url)
    }

    #[tokio::test]
    async fn the_server_s_certificate_and_name_are_checked() -> TestResult {
        let (server, url) = with_tls();
        let options = PostgresOptions::from_url(&url)?;
        let store = options.without_notifications().open().await?;
        use_it(&store).await?;
        let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl \
            AND datname = current_database() AND pid <> pg_backend_pid()";
        let mut observer = connect(&server.url(database_name(&url))).await;
        assert_eq!(value::<i64>(&mut observer, encrypted).await, 2);

        // The certificate is for `localhost` and 127.0.0.1.
        let other_name = url.replace("@localhost:", "@127.0.0.2:");
        let refused = PostgresStore::open(&other_name).await;
        assert!(refused.is_err(), "{refused:?}");
        Ok(())
    }

    #[tokio::test]
    async fn another_authority_s_certificate_is_denied_at_once() -> TestResult {
        let ((server, url), (other, _)) = (with_tls(), with_tls());
        let ours = server.ca_file().display().to_string();
        let theirs = other.ca_file().display().to_string();
        let options = PostgresOptions::from_url(&url.replace(&ours, &theirs))?;
        // It does not get better by waiting.
        let refused = options.max_wait(Duration::from_hours(1)).open();
        let refused = tokio::time::timeout(PATIENCE, refused).await?;
        assert_error!(refused, StoreError::Denied(_));

        let missing = PostgresOptions::from_url(&url.replace(&ours, "/nonexistent/ca.crt"))?;
        let missing = missing.max_wait(SHORT).open().await;
        assert_error!(missing, StoreError::InvalidUrl(_));
        Ok(())
    }
}
