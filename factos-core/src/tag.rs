//! Tags: the `key:value` labels by which events are found again.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::fmt;

use crate::error::LimitError;
use crate::limits::MAX_TAG_BYTES;

/// One `key:value` label of an event, such as `course:c1`.
///
/// Tags compare byte for byte. The text may hold anything but NUL, colons included: `from:a:b` is a tag.
///
/// ```
/// use factos_core::Tag;
/// let tag = Tag::new("course", "c1")?;
/// assert_eq!(tag.as_str(), "course:c1");
/// assert!(Tag::new("course", "a\0b").is_err());
/// # Ok::<(), factos_core::LimitError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Box<str>);

impl Tag {
    /// The tag `key:value`.
    ///
    /// # Errors
    /// [`LimitError::NulByte`] when the text holds NUL, [`LimitError::TagTooLong`] beyond 1 KiB,
    /// [`LimitError::EmptyTagKey`] when `key` is empty.
    pub fn new(key: &str, value: impl AsRef<str>) -> Result<Self, LimitError> {
        if key.is_empty() {
            return Err(LimitError::EmptyTagKey);
        }
        Self::checked(format!("{key}:{}", value.as_ref()))
    }

    /// A tag from its stored text, `key:value`.
    ///
    /// # Errors
    /// As [`Tag::new`]; text without a colon is [`LimitError::EmptyTagKey`].
    pub fn parse(text: impl Into<String>) -> Result<Self, LimitError> {
        let text = text.into();
        match text.split_once(':') {
            Some((key, _)) if !key.is_empty() => Self::checked(text),
            _ => Err(LimitError::EmptyTagKey),
        }
    }

    fn checked(text: String) -> Result<Self, LimitError> {
        if text.contains('\0') {
            return Err(LimitError::NulByte { field: "tag" });
        }
        if text.len() > MAX_TAG_BYTES {
            return Err(LimitError::TagTooLong {
                bytes: text.len(),
                limit: MAX_TAG_BYTES,
            });
        }
        Ok(Self(text.into_boxed_str()))
    }

    /// The stored text, `key:value`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", &self.0)
    }
}

/// The tags of one event: sorted, without duplicates.
///
/// ```
/// use factos_core::{Tag, Tags};
/// let mut tags = Tags::new();
/// tags.insert(Tag::new("student", "s1")?);
/// tags.insert(Tag::new("course", "c1")?);
/// tags.insert(Tag::new("course", "c1")?);
/// assert_eq!(tags.to_string(), "course:c1, student:s1");
/// # Ok::<(), factos_core::LimitError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// No tags.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a tag; one that is there already stays single.
    pub fn insert(&mut self, tag: Tag) {
        if let Err(place) = self.0.binary_search(&tag) {
            self.0.insert(place, tag);
        }
    }

    /// Whether the tag is among them.
    pub fn contains(&self, tag: &Tag) -> bool {
        self.0.binary_search(tag).is_ok()
    }

    /// The tags in byte order.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        let mut list: Vec<Tag> = tags.into_iter().collect();
        list.sort_unstable();
        list.dedup();
        Self(list)
    }
}

impl<'a> IntoIterator for &'a Tags {
    type Item = &'a Tag;
    type IntoIter = std::slice::Iter<'a, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, tag) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{tag}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(Tag::as_str))
            .finish()
    }
}

/// The Rust type of a tag's value, known at compile time, so that a fact cannot ask for `course` by a `StudentId`.
///
/// `module` is where the type stands and `name` what people call it; both are compared, only `name` is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagKind {
    /// `module_path!()` of the type; empty for built-in ones.
    pub module: &'static str,
    /// Its short name, `CourseId`.
    pub name: &'static str,
}

impl TagKind {
    /// A kind by its module and name.
    pub const fn new(module: &'static str, name: &'static str) -> Self {
        Self { module, name }
    }

    const fn builtin(name: &'static str) -> Self {
        Self::new("", name)
    }
}

/// A value that a tag can carry: text, integers, `bool`, [`Uuid`](uuid::Uuid), and newtypes of those that
/// `#[derive(TagValue)]`.
///
/// Two values are the same tag if, and only if, their texts are the same bytes.
///
/// ```
/// use factos_core::TagValue;
/// assert_eq!("c1".tag_value(), "c1");
/// assert_eq!(42_u32.tag_value(), "42");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a tag",
    label = "not a tag value",
    note = "add `#[derive(TagValue)]` to `{Self}` if it is a newtype of text, an integer, `bool` or `Uuid`"
)]
pub trait TagValue {
    /// What the compiler compares between an event's field and a fact's argument.
    const KIND: TagKind;

    /// The text that stands behind `key:` in the tag.
    fn tag_value(&self) -> Cow<'_, str>;
}

macro_rules! text_tag_value {
    ($($type:ty),+) => {$(
        impl TagValue for $type {
            const KIND: TagKind = TagKind::builtin("string");
            fn tag_value(&self) -> Cow<'_, str> {
                Cow::Borrowed(self)
            }
        }
    )+};
}
text_tag_value!(str, String, Box<str>, Cow<'_, str>, std::sync::Arc<str>);

macro_rules! display_tag_value {
    ($($type:ty),+) => {$(
        impl TagValue for $type {
            const KIND: TagKind = TagKind::builtin(stringify!($type));
            fn tag_value(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        }
    )+};
}
display_tag_value!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool
);

impl TagValue for uuid::Uuid {
    const KIND: TagKind = TagKind::builtin("Uuid");

    fn tag_value(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl<T: TagValue + ?Sized> TagValue for &T {
    const KIND: TagKind = T::KIND;

    fn tag_value(&self) -> Cow<'_, str> {
        (**self).tag_value()
    }
}

/// A field of an event that `#[tag]` may stand on: a [`TagValue`], or an `Option`, `Vec`, array or set of them.
///
/// `None` and empty lists give no tag; a list gives one tag an element.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field with `#[tag]`",
    label = "not a tag value, nor an `Option`, `Vec`, array or set of tag values",
    note = "add `#[derive(TagValue)]` to the type of the value, or of the list's elements, if it is a newtype of \
            text, an integer, `bool` or `Uuid`"
)]
pub trait TagField {
    /// The kind of each value in the field.
    const KIND: TagKind;

    /// Adds the field's tags under `key`.
    ///
    /// # Errors
    /// As [`Tag::new`].
    fn add_tags(&self, key: &str, tags: &mut Tags) -> Result<(), LimitError>;
}

impl<T: TagValue> TagField for T {
    const KIND: TagKind = T::KIND;

    fn add_tags(&self, key: &str, tags: &mut Tags) -> Result<(), LimitError> {
        tags.insert(Tag::new(key, self.tag_value())?);
        Ok(())
    }
}

macro_rules! many_tag_field {
    ($([$($generics:tt)*] $type:ty),+ $(,)?) => {$(
        impl<T: TagValue, $($generics)*> TagField for $type {
            const KIND: TagKind = T::KIND;
            fn add_tags(&self, key: &str, tags: &mut Tags) -> Result<(), LimitError> {
                self.iter().try_for_each(|value| value.add_tags(key, tags))
            }
        }
    )+};
}
many_tag_field!(
    [] Option<T>,
    [] Vec<T>,
    [] BTreeSet<T>,
    [S] HashSet<T, S>,
    [const N: usize] [T; N],
);
