//! PgBouncer between clients and the server.

use std::collections::HashSet;
use std::str::FromStr;

use factos_test_server::{PgBouncer, PoolMode, Server, Settings, as_user, psql};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Row};

#[test]
fn clients_reach_the_server_by_their_own_passwords_only() {
    let server = Server::start(Settings::new());
    let pooler = PgBouncer::start(&server, PoolMode::Transaction);
    server.create_user("late", "secret");

    let user = psql(&pooler.url("postgres"), "SELECT current_user");
    assert_eq!(user.expect("the superuser may"), "postgres");
    let user = psql(
        &as_user(&pooler.url("postgres"), "late", "secret"),
        "SELECT current_user",
    );
    assert_eq!(user.expect("users made later may"), "late");
    psql(
        &as_user(&pooler.url("postgres"), "late", "wrong"),
        "SELECT 1",
    )
    .expect_err("the password is wrong");

    let mode = psql(&pooler.url("pgbouncer"), "SHOW CONFIG").expect("it has a console");
    assert!(mode.contains("pool_mode|transaction"), "{mode}");
}

#[tokio::test]
async fn clients_share_few_connections_of_the_server() {
    let server = Server::start(Settings::new());
    let pooler = PgBouncer::start(&server, PoolMode::Transaction);
    let options = PgConnectOptions::from_str(&pooler.url("postgres")).expect("a URL");
    // What sqlx sends by default, and PgBouncer by default refuses.
    let refused = PgConnection::connect_with(&options)
        .await
        .expect_err("it is refused");
    assert!(
        refused.to_string().contains("extra_float_digits"),
        "{refused}"
    );

    let options = options.extra_float_digits(None);
    let (mut clients, mut servers) = (Vec::new(), HashSet::new());
    for _ in 0..10 {
        clients.push(
            PgConnection::connect_with(&options)
                .await
                .expect("it is taken"),
        );
    }
    for client in &mut clients {
        let rows = sqlx::raw_sql("SELECT pg_backend_pid()")
            .fetch_one(client)
            .await;
        servers.insert(rows.expect("it answers").get::<i32, _>(0));
    }
    assert!(servers.len() <= 3, "{servers:?}");
}
