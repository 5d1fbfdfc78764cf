use packets_core::Schema;

#[derive(Schema)]
#[packet(recursive)]
struct Person {
    friends: Vec<Friend>,
}

#[derive(Schema)]
struct Friend {
    person: Option<Box<u8>>,
    #[packet(within = Person)]
    since: u16,
}

fn main() {}
