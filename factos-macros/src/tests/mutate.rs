//! Half-typed input: tokens that are missing, doubled, or in the wrong place.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A token where brackets are tokens too.
#[derive(Clone, Debug)]
pub(super) enum Flat {
    Open(Delimiter),
    Close,
    Token(TokenTree),
}

pub(super) fn flatten(tokens: TokenStream) -> Vec<Flat> {
    let mut flat = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                flat.push(Flat::Open(group.delimiter()));
                flat.extend(flatten(group.stream()));
                flat.push(Flat::Close);
            }
            token => flat.push(Flat::Token(token)),
        }
    }
    flat
}

/// The tokens as an editor would hand them over: what is open is closed at the end, what was never opened is dropped.
pub(super) fn unflatten(flat: impl IntoIterator<Item = Flat>) -> TokenStream {
    let mut open = vec![(Delimiter::None, TokenStream::new())];
    let close = |open: &mut Vec<(Delimiter, TokenStream)>| {
        if open.len() > 1
            && let Some((delimiter, inner)) = open.pop()
            && let Some((_, outer)) = open.last_mut()
        {
            outer.extend([TokenTree::Group(Group::new(delimiter, inner))]);
        }
    };
    for token in flat {
        match token {
            Flat::Open(delimiter) => open.push((delimiter, TokenStream::new())),
            Flat::Close => close(&mut open),
            Flat::Token(token) => {
                if let Some((_, inner)) = open.last_mut() {
                    inner.extend([token]);
                }
            }
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().map(|(_, all)| all).unwrap_or_default()
}

/// The first characters of a text, with its brackets closed; none where that is not yet a sequence of tokens.
pub(super) fn prefix_of_text(text: &str, end: usize) -> Option<TokenStream> {
    let start = text.get(..end)?;
    let mut open = Vec::new();
    for c in start.chars() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    let closed: String = start.chars().chain(open.into_iter().rev()).collect();
    closed.parse().ok()
}

/// One change, at a place and with another place.
pub(super) fn change(flat: &mut Vec<Flat>, kind: u8, at: usize, other: usize) {
    if flat.is_empty() {
        return;
    }
    let (at, other) = (at % flat.len(), other % flat.len());
    match kind % 4 {
        0 => {
            flat.remove(at);
        }
        1 => flat.insert(other, flat[at].clone()),
        2 => flat.swap(at, other),
        _ => {
            let (from, to) = (at.min(other), at.max(other));
            flat.drain(from..to.min(from + 6));
        }
    }
}
