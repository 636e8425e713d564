//! TLS, checked to the end.

use factos_test_server::{Server, Settings, psql};
use sqlx::{Connection, PgConnection};

const IS_ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

#[tokio::test]
async fn clients_can_check_the_certificate_and_the_name() {
    let server = Server::start(Settings::new().tls());
    let url = server.tls_url("postgres");
    assert_eq!(psql(&url, IS_ENCRYPTED).expect("libpq trusts it"), "t");

    let mut client = PgConnection::connect(&url).await.expect("rustls trusts it");
    let is_encrypted: bool = sqlx::query_scalar(IS_ENCRYPTED)
        .fetch_one(&mut client)
        .await
        .expect("it answers");
    assert!(is_encrypted);
}

#[tokio::test]
async fn a_server_that_another_authority_signed_is_not_trusted() {
    let (server, other) = (Settings::new().tls(), Settings::new().tls());
    let (server, other) = (Server::start(server), Server::start(other));
    let name = |server: &Server| server.ca_file().display().to_string();
    let url = server
        .tls_url("postgres")
        .replace(&name(&server), &name(&other));
    psql(&url, "SELECT 1").expect_err("libpq does not trust it");
    PgConnection::connect(&url)
        .await
        .expect_err("rustls does not trust it");
}

#[test]
fn a_server_without_tls_serves_nobody_who_asks_for_it() {
    let server = Server::start(Settings::new());
    let url = format!("{}?sslmode=require", server.url("postgres"));
    let error = psql(&url, "SELECT 1").expect_err("it has none");
    assert!(
        error.to_string().contains("does not support SSL"),
        "{error}"
    );
}
