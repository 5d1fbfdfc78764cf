use packets_core::{Packet, Schema};

#[derive(Schema)]
#[packet(recursive)]
struct Person {
    friends: Vec<Friend>,
}

#[derive(Schema)]
struct Friend {
    #[packet(within = Person)]
    person: Box<Person>,
}

#[derive(Packet)]
struct Befriend {
    friend: Friend,
}

fn main() {}
