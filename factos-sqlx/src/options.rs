//! Choices that all stores offer.

/// When a commit is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// When the operating system says that it is on the disk: what was acknowledged survives a power cut.
    #[default]
    Full,
    /// When it is written: faster on slow disks, but a power cut or a crash of the operating system may take the last
    /// commits back. The file stays sound, and a crash of the program alone loses nothing.
    Normal,
}

/// What to do about the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    Migrate,
    Check,
}
