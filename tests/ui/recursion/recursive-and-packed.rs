use packets_core::Schema;

#[derive(Schema, serde::Serialize, serde::Deserialize)]
#[packet(recursive)]
#[packer]
struct Tree(Vec<Tree>);

fn main() {}
