//! Databases and users.

use std::collections::HashSet;
use std::thread;

use factos_test_server::{Server, Settings, as_user, psql, unique};

#[test]
fn each_of_many_threads_gets_databases_of_its_own() {
    let databases: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| [(); 2].map(|()| Server::shared().database())))
            .collect();
        let each = threads
            .into_iter()
            .map(|thread| thread.join().expect("no thread fails"));
        each.flatten().collect()
    });
    assert_eq!(databases.iter().collect::<HashSet<_>>().len(), 16);
    for database in &databases {
        psql(database, "CREATE TABLE of_my_own ()").expect("nobody else has made it here");
    }
}

#[test]
fn rows_of_several_statements_come_line_by_line_and_the_first_error_ends_them() {
    let database = Server::shared().database();
    let rows = psql(
        &database,
        "SELECT 1, 'ä'; CREATE TABLE t (); SELECT 2 UNION SELECT 3 ORDER BY 1",
    );
    assert_eq!(rows.expect("all is right"), "1|ä\n2\n3");

    let error = psql(&database, "SELECT 1; SELECT 1/0; DROP TABLE t").expect_err("one is wrong");
    assert!(error.to_string().contains("division by zero"), "{error}");
    psql(&database, "TABLE t").expect("the rest was not run");
}

#[test]
fn a_wrong_password_is_refused() {
    let server = Server::start(Settings::new());
    let (user, password) = (unique("reader"), "it's a \\ secret: @/?");
    server.create_user(&user, password);
    let database = server.database();

    let right = psql(&as_user(&database, &user, password), "SELECT current_user");
    assert_eq!(right.expect("the password is right"), user);

    let wrong =
        psql(&as_user(&database, &user, "secret"), "SELECT 1").expect_err("the password is wrong");
    assert!(
        wrong.to_string().contains("password authentication failed"),
        "{wrong}"
    );
}

#[test]
fn a_user_has_no_rights_but_those_it_is_given() {
    let server = Server::shared();
    let user = unique("writer");
    server.create_user(&user, "secret");
    let database = server.database();
    psql(&database, "CREATE TABLE t (n int)").expect("its owner may");

    let url = as_user(&database, &user, "secret");
    let error = psql(&url, "INSERT INTO t VALUES (1)").expect_err("it may not");
    assert!(error.to_string().contains("permission denied"), "{error}");
    psql(&database, &format!("GRANT INSERT ON t TO {user}")).expect("its owner may");
    psql(&url, "INSERT INTO t VALUES (1)").expect("now it may");
}
