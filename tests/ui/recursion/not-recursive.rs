use packets_core::Schema;

#[derive(Schema)]
struct Person {
    friends: Vec<Friend>,
}

#[derive(Schema)]
struct Friend {
    #[packet(within = Person)]
    person: Box<Person>,
}

fn main() {}
