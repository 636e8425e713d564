//! Mistakes: all of them are collected, each at its token, before anything is given up.

use std::fmt::Display;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Error;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Diagnostics(Option<Error>);

impl Diagnostics {
    /// A mistake that stands on these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(Error::new_spanned(tokens, message));
    }

    /// A mistake at this place.
    pub(crate) fn at_span(&mut self, span: Span, message: impl Display) {
        self.add(Error::new(span, message));
    }

    /// A mistake that the parser found.
    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The code that makes rustc report them.
    pub(crate) fn compile_errors(&self) -> TokenStream {
        self.0
            .as_ref()
            .map_or_else(TokenStream::new, Error::to_compile_error)
    }
}

/// A place for generated code: errors are shown there, while lints know that nobody wrote it.
pub(crate) fn at(place: Span) -> Span {
    Span::call_site().located_at(place)
}

/// Fails the build with the message of a check, at this place.
pub(crate) fn fail_with(place: Span, check: &TokenStream) -> TokenStream {
    let (message, fail) = panic_at(place);
    quote_spanned! {at(place)=>
        const _: () = if let __factos::Some(#message) = #check { #fail };
    }
}

/// A panic at this place, and the name of its message, which is the same one wherever a user's macro made the place.
pub(crate) fn panic_at(place: Span) -> (Ident, TokenStream) {
    let message = Ident::new("message", at(place));
    let fail = quote_spanned!(place=> ::core::panic!("{}", #message.as_str()));
    (message, fail)
}

/// The end of a message about an unknown word: what was probably meant, or else what there is.
pub(crate) fn did_you_mean<S: AsRef<str>>(word: &str, known: &[S]) -> String {
    let near = known
        .iter()
        .map(|name| (distance(word, name.as_ref()), name.as_ref()))
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 3)
        .min();
    match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None => format!("there is {}", list(known)),
    }
}

/// Names for a message: `` `a`, `b` ``.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    quoted.join(", ")
}

/// How many letters have to be changed, added or dropped, where two neighbours that changed places count as one.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(x != y))
                .min(rows[i][j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && b[j - 1] == *x {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_far_ones_listed() {
        let known = ["course", "student"];
        assert_eq!(did_you_mean("cuorse", &known), "did you mean `course`?");
        assert_eq!(did_you_mean("x", &known), "there is `course`, `student`");
    }
}
