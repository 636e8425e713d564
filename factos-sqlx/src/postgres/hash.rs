//! Hashes by which tags and types are found: `factos.tag_hash` of the schema says the same in SQL.

use sha2::{Digest, Sha256};

/// The first 8 bytes of SHA-256 over the log's number, in network order, and the text.
pub(super) fn hash(log: i32, text: &str) -> i64 {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(log.to_be_bytes())
        .chain_update(text)
        .finalize()
        .into();
    let (first, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
    i64::from_be_bytes(*first)
}
