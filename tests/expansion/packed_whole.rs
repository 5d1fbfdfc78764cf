#[packer]
enum Action {
    Set(i64),
    Add(i64),
}
