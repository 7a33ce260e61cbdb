//! What must not compile: the ways round the permit and the receipt.

#[test]
fn there_is_no_way_round_permit_and_receipt() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile_pass/the_way_through.rs");
    cases.compile_fail("tests/compile_fail/*.rs");
}
