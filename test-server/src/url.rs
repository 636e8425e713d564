//! URLs of servers and databases.

/// `url` with another database, and all else as it was.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let authority = url.find("://").map_or(0, |scheme| scheme + "://".len());
    let rest = |stop: &[char]| url[authority..].find(stop).map(|at| authority + at);
    let path = rest(&['/', '?']).unwrap_or(url.len());
    let query = rest(&['?']).map_or("", |query| &url[query..]);
    format!("{}/{database}{query}", &url[..path])
}

/// The name of a URL's database.
///
/// ```
/// let name = factos_test_server::database_name("postgres://postgres:secret@127.0.0.1:5432/test?sslmode=disable");
/// assert_eq!(name, "test");
/// ```
pub fn database_name(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// The URL of the same database for another user.
///
/// ```
/// let url = factos_test_server::as_user("postgres://postgres:secret@127.0.0.1:5432/test", "reader", "p@ss");
/// assert_eq!(url, "postgres://reader:p%40ss@127.0.0.1:5432/test");
/// ```
pub fn as_user(url: &str, user: &str, password: &str) -> String {
    let authority = url.find("://").map_or(0, |scheme| scheme + "://".len());
    let end = url[authority..]
        .find(['/', '?'])
        .map_or(url.len(), |at| authority + at);
    let host = url[authority..end]
        .rfind('@')
        .map_or(authority, |at| authority + at + 1);
    let (user, password) = (encoded(user), encoded(password));
    format!("{}{user}:{password}@{}", &url[..authority], &url[host..])
}

/// Percent-encoded, all but letters, digits and `_`.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_replaced_and_nothing_else() {
        for (url, expected) in [
            ("postgres://me@host", "postgres://me@host/new"),
            (
                "postgres://me:secret@host:5432/old",
                "postgres://me:secret@host:5432/new",
            ),
            (
                "postgres://me@host?sslmode=disable",
                "postgres://me@host/new?sslmode=disable",
            ),
            (
                "postgres:///old?host=/run/postgresql",
                "postgres:///new?host=/run/postgresql",
            ),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }

    #[test]
    fn the_user_is_replaced_and_nothing_else() {
        for (url, expected) in [
            ("postgres://host/db", "postgres://you:p%40ss@host/db"),
            (
                "postgres://me:secret@host:5432/db",
                "postgres://you:p%40ss@host:5432/db",
            ),
            (
                "postgres:///db?host=/run",
                "postgres://you:p%40ss@/db?host=/run",
            ),
        ] {
            assert_eq!(as_user(url, "you", "p@ss"), expected);
        }
    }
}
