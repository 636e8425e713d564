//! Checks of the events that are read, which run while the user's program compiles.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;
use syn::visit::Visit;

use super::{Matched, Violation};
use crate::diagnostics::fail_with;

/// Fails the build with the message of a check about this event, at its name; the body does or does not have items.
pub(crate) fn check_known(event: &Matched, check: &TokenStream, has_items: bool) -> TokenStream {
    // What the body imports is not known around it.
    let qualified = event.qualified.as_ref().filter(|_| !has_items);
    let known = qualified.map(known_to_rustc);
    fail_with(event.span, &quote!({ #known #check }))
}

/// Fails the build with this violation, unless the type is a struct.
pub(crate) fn check_struct(violation: &Violation) -> TokenStream {
    let message = &violation.message;
    let check = quote!(__factos::check_choice(__SCHEMA, #message));
    fail_with(violation.span, &check)
}

/// Makes a check depend on a path that rustc resolves: when it does not exist, rustc says so, and the check is not run.
fn known_to_rustc(path: &Path) -> TokenStream {
    quote! {
        let _ = |__event: &_| match __event {
            #path { .. } => {}
            #[allow(unreachable_patterns)]
            _ => {}
        };
    }
}

/// Whether the body declares or imports anything.
pub(crate) fn has_items(block: &syn::Block) -> bool {
    struct Items(bool);
    impl<'ast> Visit<'ast> for Items {
        fn visit_item(&mut self, _: &'ast syn::Item) {
            self.0 = true;
        }
    }
    let mut items = Items(false);
    items.visit_block(block);
    items.0
}
