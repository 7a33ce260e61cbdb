//! What must not compile.

#[test]
fn mixing_realms_and_printing_patients_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
