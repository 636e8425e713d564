//! What a projection returns: whether it could write.

use syn::{ItemFn, ReturnType, Type};

use crate::diagnostics::Diagnostics;
use crate::types::{impl_trait, inner, last_segment, ungrouped};

/// The returned type, when it can be a result.
pub(super) fn parse(item: &ItemFn, errors: &mut Diagnostics) -> Option<Type> {
    let ReturnType::Type(_, output) = &item.sig.output else {
        errors.at(
            &item.sig.ident,
            "a projection says whether it could write: return `sqlx::Result<()>`, or `Result<(), E>` with an error of \
             your own, and end with `Ok(())`",
        );
        return None;
    };
    if let Some(found) = impl_trait(output) {
        errors.at(
            found,
            "name the returned type: `sqlx::Result<()>`, or `Result<(), E>` with an error of your own",
        );
        return None;
    }
    if is_no_result(output) {
        errors.at(
            output,
            "a projection says whether it could write: return `sqlx::Result<()>`, or `Result<(), E>` with an error of \
             your own",
        );
        return None;
    }
    if let Some(value) = value_of_result(output) {
        errors.at(
            value,
            "a projection gives nothing back but its errors: write `()` here, and end with `Ok(())`",
        );
        return None;
    }
    Some((**output).clone())
}

/// Whether a type is no result, as far as its tokens tell: an alias may be one.
fn is_no_result(ty: &Type) -> bool {
    match ungrouped(ty) {
        Type::Path(path) => path.path.segments.last().is_none_or(|last| {
            let known = ["Option", "Vec", "Box", "String", "bool"];
            let name = last.ident.to_string();
            let is_number = name.starts_with(['u', 'i', 'f']) && name[1..].parse::<u8>().is_ok();
            known.contains(&name.as_str()) || is_number || name == "usize" || name == "isize"
        }),
        Type::Macro(_) | Type::Verbatim(_) => false,
        _ => true,
    }
}

/// The value in `Result<T, E>`, when it is not `()`.
fn value_of_result(ty: &Type) -> Option<&Type> {
    let is_result = last_segment(ty).is_some_and(|name| name == "Result");
    let value = inner(ty).filter(|_| is_result)?;
    match ungrouped(value) {
        Type::Tuple(unit) if unit.elems.is_empty() => None,
        Type::Macro(_) => None,
        _ => Some(value),
    }
}
