//! Messages that are put together while the program compiles.

use crate::tag::TagKind;

const MESSAGE_BYTES: usize = 1024;

/// Text that is put together while the program compiles; what does not fit is left out.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    bytes: [u8; MESSAGE_BYTES],
    len: usize,
}

impl Message {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; MESSAGE_BYTES],
            len: 0,
        }
    }

    pub(super) const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        // A part that does not fit is left out as a whole, so that the bytes stay UTF-8.
        if self.len + text.len() > MESSAGE_BYTES {
            return self;
        }
        let mut i = 0;
        while i < text.len() {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    pub(super) const fn then(self, more: Self) -> Self {
        self.text(more.as_str())
    }

    pub(super) const fn quoted(self, text: &str) -> Self {
        self.text("`").text(text).text("`")
    }

    pub(super) const fn kind(self, kind: TagKind, full: bool) -> Self {
        if full && !kind.module.is_empty() {
            self.text("`")
                .text(kind.module)
                .text("::")
                .text(kind.name)
                .text("`")
        } else {
            self.quoted(kind.name)
        }
    }

    /// The message.
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}
