use packets_core::Schema;

#[derive(Schema)]
#[packet(rate = "20/s")]
struct Slap;

fn main() {}
