use packets_core::Schema;

#[derive(Schema)]
struct Message<'a, T> {
    text: &'a str,
    value: T,
}

fn main() {}
