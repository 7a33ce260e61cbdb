//! A patient's datum is neither shown nor serialised.
use tacenda_kernel::Phi;

fn main() {
    let name = Phi::new("Rossi");
    println!("{name}");
}
