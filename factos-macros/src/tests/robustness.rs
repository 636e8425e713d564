//! Half-typed input never makes a macro panic, and what it writes can be parsed whenever its item can.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro2::{Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::inputs::inputs;
use super::mutate::{Flat, change, flatten, prefix_of_text, unflatten};
use super::{Call, Macro};

/// Fails with the call when the macro panics, or writes what nobody can parse.
fn expands(call: &Call) -> Result<(), String> {
    let written = catch_unwind(AssertUnwindSafe(|| call.expand()));
    let Ok(written) = written else {
        return Err(format!("panicked on {call:?}"));
    };
    if call.item_parses() && !call.is_well_formed(written.clone()) {
        return Err(format!("{call:?}\nis expanded to\n{written}"));
    }
    Ok(())
}

#[track_caller]
fn all_expand(calls: impl IntoIterator<Item = Call>) {
    for call in calls {
        if let Err(problem) = expands(&call) {
            panic!("{problem}");
        }
    }
}

/// The same call with other arguments, and with another item.
fn with(call: &Call, arguments: Option<TokenStream>, item: Option<TokenStream>) -> Call {
    let mut call = call.clone();
    if let Some(arguments) = arguments {
        call.arguments = arguments;
    }
    if let Some(item) = item {
        call.item = item;
    }
    call
}

#[test]
fn the_inputs_themselves_are_accepted() {
    for call in inputs() {
        all_expand([call.clone()]);
        let written = call.expand().to_string();
        assert!(!written.contains("compile_error"), "{call:?}\n{written}");
    }
}

#[test]
fn prefixes_by_token() {
    for call in inputs() {
        let item = flatten(call.item.clone());
        let starts = (0..item.len()).map(|end| unflatten(item[..end].to_vec()));
        all_expand(starts.map(|start| with(&call, None, Some(start))));
        let arguments = flatten(call.arguments.clone());
        let starts = (0..arguments.len()).map(|end| unflatten(arguments[..end].to_vec()));
        all_expand(starts.map(|start| with(&call, Some(start), None)));
    }
}

#[test]
fn prefixes_by_character() {
    for call in inputs() {
        let text = call.item.to_string();
        let starts = (0..text.len()).filter_map(|end| prefix_of_text(&text, end));
        all_expand(starts.map(|start| with(&call, None, Some(start))));
        let text = call.arguments.to_string();
        let starts = (0..text.len()).filter_map(|end| prefix_of_text(&text, end));
        all_expand(starts.map(|start| with(&call, Some(start), None)));
    }
}

#[test]
fn each_token_is_left_out_or_doubled() {
    for call in inputs() {
        let item = flatten(call.item.clone());
        for kind in [0, 1] {
            let changed = (0..item.len()).map(|at| {
                let mut item = item.clone();
                change(&mut item, kind, at, at);
                unflatten(item)
            });
            all_expand(changed.map(|item| with(&call, None, Some(item))));
        }
    }
}

/// Keywords where a path stands.
#[test]
fn paths_that_are_none() {
    all_expand(
        ["self", "crate", "super::super", "A(self)"].map(|path| Call::new(Macro::Query, path, "")),
    );
    for path in [
        "::Self",
        "::self",
        "super::crate",
        "a::super",
        "::factos::Self",
    ] {
        let option = format!("crate = {path}, A");
        let call = inputs().into_iter().rev();
        all_expand(call.map(|call| Call {
            arguments: option.parse().expect("tokens"),
            ..call
        }));
        let item = format!(
            "#[command(crate = {path})] #[facts(crate = {path})] #[event(crate = {path})] #[tag_value(crate = {path})] struct A(B);"
        );
        for called in [Macro::Command, Macro::Facts, Macro::Event, Macro::TagValue] {
            all_expand([Call::new(called, "", &item)]);
        }
    }
}

/// Every macro on every item that is meant for another one.
#[test]
fn items_of_other_macros() {
    const ALL: [Macro; 9] = [
        Macro::Event,
        Macro::TagValue,
        Macro::Fact,
        Macro::Decider,
        Macro::Projection,
        Macro::Reactor,
        Macro::Query,
        Macro::Command,
        Macro::Facts,
    ];
    let items = [
        "union U { a: u8, b: u16 }",
        "struct U;",
        "struct U();",
        "struct U<'a, const N: usize, T: Clone>(&'a [T; N]) where T: Copy;",
        "enum Never {}",
        "enum E { A = 3, B }",
        "fn f() {}",
        "fn f(self) {}",
        "fn f(&mut self, event: &E) {}",
        "fn f(n: u32, self: &E, ..) -> u32 { n }",
        "const unsafe extern \"C\" fn f<'a>(n: &'a mut u32, event: &'a mut E, ...) -> impl Clone { n }",
        "fn f(_: u32, _: &E, _: u8, (a, b): (u8, u8), #[tag] [x, ..]: [u8; 2]) -> u32 { 0 }",
        "fn f(r#type: u32, r#match: &E, #[tag] r#fn: u8) -> u32 { match r#match { r#Self_ { .. } => r#type } }",
        "fn f(n: u32, event: &E) -> u32;",
        "fn f(n: m!(), event: &m!()) -> m!() { m!(n event) }",
        "fn f(n: dyn Fn(&u8) -> u8, event: &&E, x: fn(&u8), y: &dyn Any, z: &'static [&u8]) -> ! { n }",
        "async fn f(self, db: &mut C) -> R<()> {}",
        "async fn f(_: &E, _: &mut C, _: &Tables, _: u8, ...) -> Result<u8> {}",
        "async fn f(r#type: &[m!()], r#in: &mut m!(), r#fn: &m!()) -> m!() { for r#let in r#type { m!(r#type) } }",
        "async fn f<'a>(event: &'a E, [x, ..]: &mut [C; 2], Tables { .. }: &Tables) -> impl Clone { event.await? }",
        "const async unsafe extern \"C\" fn f(event: &dyn Any, db: &mut &C) -> ! { for event in event { continue } }",
        "async fn f(events: &[Recorded<E>], db: &mut C) -> R { for _ in events.iter().rev() {} for events in events {} }",
        "async fn f(event: &[E], _: &C, (a, b): &D, c: u8, d: &mut X, e: &dyn Any, f: &&str) -> &str {}",
        "fn f(r#type: &m!(), r#in: &m!(), r#fn: &dyn Any) -> m!() { let r#let = None; return m!(r#type) }",
        "fn f<'a, T>(event: &Recorded<'a, T>, a: &impl Clone, a: &[T]) -> Option<impl Clone> { Ok(match event {}) }",
        "impl E { fn f() {} }",
        "mod m { }",
        "macro_rules! m { () => {} }",
    ];
    for called in ALL {
        all_expand(items.map(|item| Call::new(called, "", item)));
        let known = inputs().into_iter().map(|input| Call { called, ..input });
        all_expand(known);
    }
}

fn token() -> impl Strategy<Value = Flat> {
    let known: Vec<Flat> = inputs()
        .into_iter()
        .flat_map(|call| {
            flatten(call.item)
                .into_iter()
                .chain(flatten(call.arguments))
        })
        .collect();
    let ident = |name: &str| TokenTree::from(Ident::new(name, Span::call_site()));
    let strange = vec![
        TokenTree::from(Literal::string("")),
        Literal::string("a:\0b").into(),
        Literal::byte_string(b"x").into(),
        Literal::u128_suffixed(u128::MAX).into(),
        Literal::f64_unsuffixed(0.5).into(),
        Literal::character('\'').into(),
        Literal::c_string(c"c").into(),
        Punct::new('\'', Spacing::Joint).into(),
        Punct::new('$', Spacing::Alone).into(),
        Punct::new('!', Spacing::Joint).into(),
        Ident::new_raw("type", Span::call_site()).into(),
        ident("crate"),
        ident("self"),
        ident("Self"),
        ident("_"),
        ident("ß"),
        ident("mut"),
        ident("ref"),
        ident("dyn"),
        ident("loop"),
        ident("async"),
    ];
    prop_oneof![
        4 => any::<Index>().prop_map(move |index| index.get(&known).clone()),
        1 => any::<Index>().prop_map(move |index| Flat::Token(index.get(&strange).clone())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_here_and_there(
        which in any::<Index>(),
        changes in vec((any::<u8>(), any::<usize>(), any::<usize>()), 1..5),
        in_arguments in prop::bool::weighted(0.2),
    ) {
        let inputs = inputs();
        let call = which.get(&inputs);
        let mut flat = flatten(if in_arguments { call.arguments.clone() } else { call.item.clone() });
        for (kind, at, other) in changes {
            change(&mut flat, kind, at, other);
        }
        let changed = Some(unflatten(flat));
        let call = if in_arguments { with(call, changed, None) } else { with(call, None, changed) };
        prop_assert_eq!(expands(&call), Ok(()));
    }

    #[test]
    fn with_strange_tokens_in_between(
        which in any::<Index>(),
        tokens in vec((token(), any::<Index>()), 1..4),
    ) {
        let inputs = inputs();
        let call = which.get(&inputs);
        let mut flat = flatten(call.item.clone());
        for (token, at) in tokens {
            let at = at.index(flat.len() + 1);
            flat.insert(at, token);
        }
        prop_assert_eq!(expands(&with(call, None, Some(unflatten(flat)))), Ok(()));
    }

    #[test]
    fn nothing_but_soup(
        which in any::<Index>(),
        arguments in vec(token(), 0..12),
        item in vec(token(), 0..40),
    ) {
        let inputs = inputs();
        let call = with(which.get(&inputs), Some(unflatten(arguments)), Some(unflatten(item)));
        prop_assert_eq!(expands(&call), Ok(()));
        let call = with(which.get(&inputs), Some(call.arguments), None);
        prop_assert_eq!(expands(&call), Ok(()));
    }
}
