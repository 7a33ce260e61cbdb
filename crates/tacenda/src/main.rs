//! `tacenda`: see `tacenda --help`.

fn main() {}
