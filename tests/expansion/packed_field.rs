#[packet(rename_all = "camelCase", gather = false)]
#[packer("document")]
struct AnythingField {
    entry_id: u32,
    document: serde_json::Value,
}
