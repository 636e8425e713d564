//! The store in memory keeps the contract.

use factos_core::testing::contract::{MemoryFixture, store_contract};

store_contract!(MemoryFixture::default());
