//! The rules of a projection's signature, one function each, and the signature as it is understood.

use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{FnArg, Ident, ItemFn, Pat, Type};

use super::output;
use super::parse::{Options, Written};
use crate::diagnostics::Diagnostics;
use crate::handler::{
    EventsForm, EventsParameter, is_recorded, name_fits, one_way_to_choose, plain_function,
};
use crate::infer::What;
use crate::types::{borrowed, impl_trait, ungrouped, written};

/// A projection whose signature follows the rules.
pub(super) struct ProjectionInput {
    pub(super) item: ItemFn,
    pub(super) options: Options,
    pub(super) events: EventsParameter,
    /// The type of the connection, without `&mut`.
    pub(super) connection: Type,
    /// The connection's name in the body; none when it is `_`.
    pub(super) db: Option<Ident>,
    /// The type of the third parameter, if there is one.
    pub(super) tables: Option<Type>,
    pub(super) output: Type,
}

pub(super) fn check(
    written: Written,
    errors: &mut Diagnostics,
) -> Result<ProjectionInput, Box<Written>> {
    asynchronous_function(&written.item, errors);
    let options = &written.options;
    one_way_to_choose(
        options.all,
        options.events.as_deref(),
        What::Projection,
        errors,
    );
    name_and_tables(&written, errors);
    let inputs: Vec<&FnArg> = written.item.sig.inputs.iter().collect();
    let (Some(events), Some(db)) = (inputs.first(), inputs.get(1)) else {
        errors.at(
            &written.item.sig.ident,
            "a projection takes events and the connection that it writes with: \
             `async fn courses(event: &Recorded<CourseEvent>, db: &mut SqliteConnection) -> sqlx::Result<()>`",
        );
        return Err(Box::new(written));
    };
    let events = parse_events(events, errors);
    if written.item.sig.receiver().is_some() {
        return Err(Box::new(written));
    }
    let db = parse_connection(db, errors);
    let tables = parse_tables(inputs.get(2).copied(), &written, errors);
    for more in inputs.iter().skip(3) {
        errors.at(
            more,
            "a projection takes events, a connection and its tables, and nothing else, as its rows come from events \
             alone: remove this, and keep what is the same for all events in a `static`",
        );
    }
    let output = output::parse(&written.item, errors);
    match (events, db, tables, output) {
        (Some(events), Some((db, connection)), Ok(tables), Some(output)) => Ok(ProjectionInput {
            item: written.item,
            options: written.options,
            events,
            connection,
            db,
            tables,
            output,
        }),
        _ => Err(Box::new(written)),
    }
}

fn asynchronous_function(item: &ItemFn, errors: &mut Diagnostics) {
    if item.sig.asyncness.is_none() {
        errors.at(
            item.sig.fn_token,
            "a projection writes to a database: write `async fn`",
        );
    }
    plain_function(item, What::Projection, errors);
}

/// The name is stored, and a table's name stands in statements as it is.
fn name_and_tables(written: &Written, errors: &mut Diagnostics) {
    for table in written.options.tables.iter().flatten() {
        if !is_table(&table.unraw().to_string()) {
            errors.at(
                table,
                format!("a table's name has {TABLE_RULE}; write another one"),
            );
        }
    }
    let Some(name) = &written.options.name else {
        let function = &written.item.sig.ident;
        if written.options.tables.is_none() && !is_table(&function.unraw().to_string()) {
            no_table(function, &function.to_string(), errors);
        }
        return;
    };
    let value = name.value();
    let fits = name_fits(name, What::Projection, errors);
    if fits && written.options.tables.is_none() && !is_table(&value) {
        no_table(name, &value, errors);
    }
}

/// What read models take, which put names of tables into statements without quotes.
const TABLE_RULE: &str = "lower-case letters, digits and `_`, at most 50, and no digit in front";

fn no_table(at: &impl ToTokens, name: &str, errors: &mut Diagnostics) {
    errors.at(
        at,
        format!(
            "a table cannot be called `{name}`, as it is when nothing else is said: name the tables, \
             `tables(courses)`, or write a name that has {TABLE_RULE}"
        ),
    );
}

fn is_table(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let goes_on = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    begins && name.len() <= 50 && name.chars().all(goes_on)
}

fn parse_events(argument: &FnArg, errors: &mut Diagnostics) -> Option<EventsParameter> {
    let events = EventsParameter::parse(argument, What::Projection, errors)?;
    if events.form == EventsForm::Slice && !is_recorded(&events.input) {
        let written = written(&events.input);
        errors.at(
            &events.input,
            format!(
                "several events come as they were recorded: write `&[Recorded<{written}>]`, and match on `&event.data`"
            ),
        );
        return None;
    }
    Some(events)
}

fn parse_connection(argument: &FnArg, errors: &mut Diagnostics) -> Option<(Option<Ident>, Type)> {
    let FnArg::Typed(typed) = argument else {
        return None;
    };
    let wanted = "write `&mut SqliteConnection` or `&mut PgConnection`";
    let ty = match ungrouped(&typed.ty) {
        Type::Reference(reference) if reference.mutability.is_some() => &*reference.elem,
        ty => {
            errors.at(
                ty,
                format!("a projection writes in the transaction that also moves its checkpoint, and so borrows a connection: {wanted}"),
            );
            return None;
        }
    };
    let hidden = impl_trait(ty).map(ToTokens::to_token_stream);
    if let Some(found) = borrowed(ty).or(hidden) {
        errors.at(
            found,
            format!("a projection names the type of its connection: {wanted}"),
        );
        return None;
    }
    match &*typed.pat {
        Pat::Wild(_) => Some((None, ty.clone())),
        Pat::Ident(name) if name.subpat.is_none() => Some((Some(name.ident.clone()), ty.clone())),
        pattern => {
            errors.at(pattern, "name the connection: `db: &mut SqliteConnection`");
            None
        }
    }
}

/// The third parameter, which a second version cannot do without.
fn parse_tables(
    argument: Option<&FnArg>,
    written: &Written,
    errors: &mut Diagnostics,
) -> Result<Option<Type>, ()> {
    let Some(argument) = argument else {
        if let Some(version) = &written.options.version
            && version.number > 1
        {
            let table = written.table_names().into_iter().next().unwrap_or_default();
            errors.at_span(
                version.span,
                format!(
                    "version {} is built beside the one before, in tables of its own: take `tables: &Tables` as the \
                     third parameter, and write to `tables.name(\"{table}\")`",
                    version.number
                ),
            );
        }
        return Ok(None);
    };
    let FnArg::Typed(typed) = argument else {
        return Err(());
    };
    match ungrouped(&typed.ty) {
        Type::Reference(reference) if reference.mutability.is_none() => {
            Ok(Some((*typed.ty).clone()))
        }
        ty => {
            errors.at(
                ty,
                "what a projection takes as its third parameter is the names of its tables: write `tables: &Tables`",
            );
            Err(())
        }
    }
}

impl Written {
    fn table_names(&self) -> Vec<String> {
        table_names(&self.item, &self.options)
    }
}

impl ProjectionInput {
    /// The name under which it is stored.
    pub(super) fn name(&self) -> String {
        name(&self.item, &self.options)
    }

    /// The names of its tables, as readers know them.
    pub(super) fn table_names(&self) -> Vec<String> {
        table_names(&self.item, &self.options)
    }

    /// The version, 1 unless it is said.
    pub(super) fn version(&self) -> u32 {
        self.options
            .version
            .as_ref()
            .map_or(1, |version| version.number)
    }

    /// Whether the body is called with `Recorded<E>`.
    pub(super) fn is_recorded(&self) -> bool {
        is_recorded(&self.events.input)
    }
}

fn name(item: &ItemFn, options: &Options) -> String {
    match &options.name {
        Some(name) => name.value(),
        None => item.sig.ident.unraw().to_string(),
    }
}

fn table_names(item: &ItemFn, options: &Options) -> Vec<String> {
    match &options.tables {
        Some(tables) => tables
            .iter()
            .map(|table| table.unraw().to_string())
            .collect(),
        None => vec![name(item, options)],
    }
}
