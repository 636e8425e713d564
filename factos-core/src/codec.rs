//! Codecs: how an event's fields become bytes and come back.

mod json;

use std::error::Error;
use std::fmt;

pub use json::Json;

/// An event's encoded fields, given back byte for byte as they were stored.
///
/// ```
/// use factos_core::Data;
/// assert_eq!(Data::json(r#"{ "b":1, "a":2 }"#)?.as_bytes(), br#"{ "b":1, "a":2 }"#);
/// assert!(Data::json("{").is_err());
/// assert_eq!(Data::binary([0, 255]).as_bytes(), [0, 255]);
/// # Ok::<(), factos_core::CodecError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Data(Form);

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Json(Box<str>),
    Binary(Box<[u8]>),
}

impl Data {
    /// JSON text, which databases can look into.
    ///
    /// # Errors
    /// When the text is not one JSON value.
    pub fn json(text: impl Into<String>) -> Result<Self, CodecError> {
        let text = text.into();
        serde_json::from_str::<&serde_json::value::RawValue>(&text).map_err(CodecError::new)?;
        Ok(Self::trusted_json(text))
    }

    /// JSON text that a JSON writer or a database made.
    pub fn trusted_json(text: impl Into<Box<str>>) -> Self {
        Self(Form::Json(text.into()))
    }

    /// Bytes in a form that only the application knows.
    pub fn binary(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(Form::Binary(bytes.into()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Json(text) => text.as_bytes(),
            Form::Binary(bytes) => bytes,
        }
    }

    /// The text, when it is JSON.
    pub fn as_json(&self) -> Option<&str> {
        match &self.0 {
            Form::Json(text) => Some(text),
            Form::Binary(_) => None,
        }
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Json(text) => f.write_str(text),
            Form::Binary(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// Why a codec could not write or read an event. The cause is its [`source`](Error::source).
#[derive(Debug)]
pub struct CodecError(Box<dyn Error + Send + Sync>);

impl CodecError {
    /// An error of the codec at hand, or a message.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for CodecError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// Which event of its type a codec has before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventForm {
    /// The type is a struct.
    Struct,
    /// The type is an enum, and this is the variant.
    Variant {
        /// The variant's number in the enum, from 0.
        index: u32,
        /// Its name in Rust.
        ident: &'static str,
    },
}

/// How events of type `E` become data and come back. [`Json`] is the one that `#[derive(Event)]` takes.
pub trait Codec<E> {
    /// The event's fields, without the name of its type or variant.
    ///
    /// # Errors
    /// When the value cannot be written.
    fn encode(event: &E) -> Result<Data, CodecError>;

    /// The event of this form.
    ///
    /// # Errors
    /// When the data does not fit the form.
    fn decode(form: EventForm, data: &Data) -> Result<E, CodecError>;
}
