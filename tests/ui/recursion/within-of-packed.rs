use packets_core::Schema;

#[derive(Schema)]
#[packer("person")]
struct Friend {
    #[packet(within = Person)]
    person: Option<Box<Person>>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Person;

fn main() {}
