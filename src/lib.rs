//! factos
