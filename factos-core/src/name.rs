//! Names: of event types, streams and logs.

use std::borrow::Cow;
use std::fmt;

use crate::error::LimitError;
use crate::limits::MAX_NAME_BYTES;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $field:literal, from $text:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            /// The one with this name.
            ///
            /// # Errors
            /// [`LimitError::NameLength`] when it is empty or longer than 255 bytes, [`LimitError::NulByte`] when it
            /// holds NUL.
            pub fn new(name: impl Into<$text>) -> Result<Self, LimitError> {
                let name: Cow<'static, str> = Into::<$text>::into(name).into();
                check_name($field, &name)?;
                Ok(Self(name))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The stored name of an event's type: 1 to 255 bytes without NUL; compared byte for byte.
    ///
    /// ```
    /// use factos_core::EventType;
    /// assert_eq!(EventType::new("CourseDefined")?.as_str(), "CourseDefined");
    /// assert!(EventType::new("").is_err());
    /// # Ok::<(), factos_core::LimitError>(())
    /// ```
    EventType, "event type", from Cow<'static, str>
}
name! {
    /// The name of a stream: 1 to 255 bytes without NUL.
    StreamName, "stream", from String
}
name! {
    /// The name of a log in its database: 1 to 255 bytes without NUL. The one that nobody named is `main`.
    LogName, "log name", from String
}

impl TryFrom<&str> for StreamName {
    type Error = LimitError;

    fn try_from(name: &str) -> Result<Self, LimitError> {
        Self::new(name)
    }
}

impl TryFrom<String> for StreamName {
    type Error = LimitError;

    fn try_from(name: String) -> Result<Self, LimitError> {
        Self::new(name)
    }
}

impl From<&Self> for StreamName {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl Default for LogName {
    fn default() -> Self {
        Self("main".into())
    }
}

/// Checks what all names, and those that are not types of their own, have in common.
pub(crate) fn check_name(field: &'static str, name: &str) -> Result<(), LimitError> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(LimitError::NameLength {
            field,
            bytes: name.len(),
            limit: MAX_NAME_BYTES,
        });
    }
    if name.contains('\0') {
        return Err(LimitError::NulByte { field });
    }
    Ok(())
}
