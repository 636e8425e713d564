//! A certificate for `localhost`, and the authority that signed it.
//!
//! Two certificates, since rustls takes none that is its own authority.

use crate::binaries;
use crate::supervisor::Supervisor;

const CONFIGURATION: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
extendedKeyUsage = serverAuth
";

/// The authority's certificate, in the data directory so that a base backup takes it along.
pub(crate) const AUTHORITY: &str = "data/ca.crt";

/// Writes `server.crt` and `server.key`, which is how PostgreSQL looks for them, and the authority's beside them.
pub(crate) fn write(supervisor: &Supervisor) {
    supervisor.write("openssl.cnf", CONFIGURATION);
    let openssl = binaries::other("openssl", "openssl");
    let openssl = openssl.to_str().expect("a path in UTF-8");
    let run = |command: &str| {
        let words: Vec<_> = std::iter::once(openssl).chain(command.split(' ')).collect();
        supervisor.run(&words);
    };
    // PostgreSQL refuses a key that others may read.
    supervisor.run(&["umask", "077"]);
    run("ecparam -name prime256v1 -genkey -noout -out ca.key");
    run(
        "req -new -x509 -config openssl.cnf -extensions authority -key ca.key -subj /CN=authority -days 2 -out data/ca.crt",
    );
    run("ecparam -name prime256v1 -genkey -noout -out data/server.key");
    run("req -new -config openssl.cnf -key data/server.key -subj /CN=localhost -out server.csr");
    run(
        "x509 -req -in server.csr -CA data/ca.crt -CAkey ca.key -CAcreateserial -CAserial ca.srl \
         -extfile openssl.cnf -extensions server -days 2 -out data/server.crt",
    );
}
