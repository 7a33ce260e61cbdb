//! What must not compile: the ways round the permit and the receipt. Each case differs in one thing from the way
//! through, which is compiled with this file.

#[path = "compile_pass/the_way_through.rs"]
mod the_way_through;

#[test]
fn there_is_no_way_round_permit_and_receipt() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
    let _ = the_way_through::read;
}
