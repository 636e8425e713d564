//! Shows how two lists of events differ.

use std::fmt::Write;

use similar::{Algorithm, ChangeTag, capture_diff_slices};

use crate::event::NewEvent;

/// The difference line by line, or `None` when the lists are equal.
///
/// Lines begin with two blanks when they are in both lists, with `-` when they were expected and are missing, with
/// `+` when they are there and were not expected.
pub(super) fn difference(expected: &[NewEvent], actual: &[NewEvent]) -> Option<String> {
    let expected: Vec<String> = expected.iter().map(line).collect();
    let actual: Vec<String> = actual.iter().map(line).collect();
    let lines = lines_that_differ(&expected, &actual)?;
    Some(format!("- expected, + decided\n{lines}"))
}

/// Two texts line by line, or `None` when they are equal.
pub(super) fn lines_that_differ(old: &[String], new: &[String]) -> Option<String> {
    if old == new {
        return None;
    }
    let mut text = String::new();
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        for change in op.iter_changes(old, new) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{sign} {}", change.value());
        }
    }
    Some(text)
}

/// One event on one line: type, data, tags.
fn line(event: &NewEvent) -> String {
    let version = if event.version == 1 {
        String::new()
    } else {
        format!(" v{}", event.version)
    };
    format!(
        "{}{version} {:?} [{}]",
        event.event_type, event.data, event.tags
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Data;
    use crate::name::EventType;

    fn event(data: &str) -> NewEvent {
        let event_type = EventType::new("Counted").expect("a type");
        NewEvent::new(event_type, Data::json(data).expect("json"))
    }

    #[test]
    fn equal_lists_do_not_differ_whatever_their_ids() {
        assert_eq!(difference(&[event("1")], &[event("1")]), None);
    }

    #[test]
    fn each_line_says_where_it_belongs() {
        let expected = [event("1"), event("2"), event("3")];
        let actual = [event("1"), event("4"), event("3"), event("5")];
        let text = difference(&expected, &actual).expect("they differ");
        let lines: Vec<&str> = text.lines().collect();
        let expected = [
            "- expected, + decided",
            "  Counted 1 []",
            "- Counted 2 []",
            "+ Counted 4 []",
            "  Counted 3 []",
            "+ Counted 5 []",
        ];
        assert_eq!(lines, expected);
    }
}
