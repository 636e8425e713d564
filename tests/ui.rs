//! What the macros refuse, and in which words. Each case is named after the rule that it breaks; `ui/pass` holds twins.
//!
//! With cases that pass, trybuild generates code, as some checks of `query!` need; so run them together with `pass`.
//!
//! The messages of rustc differ between versions, so this runs on the pinned toolchain only. `TRYBUILD=overwrite` writes
//! the messages anew; read them.

#[test]
fn messages() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/event/*.rs");
    cases.compile_fail("tests/ui/tag_value/*.rs");
    cases.compile_fail("tests/ui/fact/*.rs");
    cases.compile_fail("tests/ui/decider/*.rs");
    cases.compile_fail("tests/ui/command/*.rs");
    cases.compile_fail("tests/ui/facts/*.rs");
    cases.compile_fail("tests/ui/projection/*.rs");
    cases.compile_fail("tests/ui/reactor/*.rs");
    cases.compile_fail("tests/ui/query/*.rs");
}
