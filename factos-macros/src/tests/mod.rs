//! Tests of all macros, called as functions.

mod inputs;
mod mutate;
mod refused;
mod robustness;
mod snapshots;

use proc_macro2::TokenStream;
use syn::DeriveInput;

/// What stands in a macro's attribute or parentheses, and the item that it is on.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) called: Macro,
    pub(super) arguments: TokenStream,
    pub(super) item: TokenStream,
}

/// The macros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Macro {
    Event,
    TagValue,
    Fact,
    Decider,
    Projection,
    Reactor,
    Query,
    Command,
    Facts,
}

impl Call {
    pub(super) fn new(called: Macro, arguments: &str, item: &str) -> Self {
        let tokens = |text: &str| text.parse().expect("tokens");
        Self {
            called,
            arguments: tokens(arguments),
            item: tokens(item),
        }
    }

    /// What the macro writes.
    pub(super) fn expand(&self) -> TokenStream {
        let arguments = self.arguments.clone();
        let derive = |derive: fn(&DeriveInput) -> TokenStream| match syn::parse2(self.item.clone())
        {
            Ok(input) => derive(&input),
            Err(error) => error.to_compile_error(),
        };
        match self.called {
            Macro::Event => derive(crate::event::derive),
            Macro::TagValue => derive(crate::tag_value::derive),
            Macro::Fact => crate::fact::attribute(arguments, &self.item),
            Macro::Decider => crate::decider::attribute(arguments, &self.item),
            Macro::Projection => crate::projection::attribute(arguments, &self.item),
            Macro::Reactor => crate::reactor::attribute(arguments, &self.item),
            Macro::Query => crate::query::expression(arguments),
            Macro::Command => derive(crate::command::derive),
            Macro::Facts => derive(crate::facts::derive),
        }
    }

    /// Whether rustc would hand this item to the macro.
    pub(super) fn item_parses(&self) -> bool {
        match self.called {
            Macro::Event | Macro::TagValue | Macro::Command | Macro::Facts => {
                syn::parse2::<DeriveInput>(self.item.clone()).is_ok()
            }
            Macro::Fact | Macro::Decider | Macro::Projection | Macro::Reactor => {
                syn::parse2::<syn::Item>(self.item.clone()).is_ok()
            }
            Macro::Query => true,
        }
    }

    /// Whether what the macro writes can stand in its place.
    pub(super) fn is_well_formed(&self, written: TokenStream) -> bool {
        match self.called {
            Macro::Query => syn::parse2::<syn::Expr>(written).is_ok(),
            _ => syn::parse2::<syn::File>(written).is_ok(),
        }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            called,
            arguments,
            item,
        } = self;
        write!(f, "{called:?}({arguments}) {item}")
    }
}
