//! Pairs in pairs, `(a, (b, ()))`: lists of any length whose parts differ in type.

use proc_macro2::TokenStream;
use quote::quote;

/// The list of these parts.
pub(crate) fn nested<I>(parts: I) -> TokenStream
where
    I: DoubleEndedIterator<Item = TokenStream>,
{
    parts.rfold(quote!(()), |rest, part| quote!((#part, #rest)))
}

/// The list with `filled` at one place and `other` at all others.
pub(crate) fn one_of(
    len: usize,
    place: usize,
    filled: &TokenStream,
    other: &TokenStream,
) -> TokenStream {
    let parts = (0..len).map(|i| if i == place { filled } else { other }.clone());
    nested(parts)
}
