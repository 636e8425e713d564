//! Arrays as PostgreSQL reads them from text, for arrays of arrays of different lengths, which it does not have.

use std::fmt::{Display, Write};

/// `{1,2}`.
pub(super) fn of_numbers(numbers: impl IntoIterator<Item = impl Display>) -> String {
    let mut literal = String::from("{");
    for (i, number) in numbers.into_iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        // Writing to a `String` cannot fail.
        let _ = write!(literal, "{comma}{number}");
    }
    literal.push('}');
    literal
}

/// `{"a","b \"c\""}`.
pub(super) fn of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut literal = String::from("{");
    for (i, text) in texts.into_iter().enumerate() {
        literal.push_str(if i == 0 { "\"" } else { ",\"" });
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                literal.push('\\');
            }
            literal.push(c);
        }
        literal.push('"');
    }
    literal.push('}');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_text_is_escaped() {
        assert_eq!(of_numbers([1_i64, -2]), "{1,-2}");
        assert_eq!(of_texts([]), "{}");
        assert_eq!(of_texts(["a", "NULL", ""]), r#"{"a","NULL",""}"#);
        assert_eq!(of_texts([r#"q"\,{}"#]), r#"{"q\"\\,{}"}"#);
    }
}
