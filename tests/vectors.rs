//! The golden vectors: bytes of the JavaScript packages that this protocol is compatible with.

use std::path::Path;

use packets_tests::vectors;

#[test]
fn all_vectors_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut files = 0;
    for entry in folder.read_dir().expect("the folder of vectors is there") {
        let file = entry.expect("the folder can be read").path();
        let report = vectors::check(&file);
        assert!(report.failures.is_empty(), "{}: {:#?}", file.display(), report.failures);
        assert!(report.passed + report.skipped > 0, "{} has no vectors", file.display());
        files += 1;
    }
    assert!(files > 0, "no file in {}", folder.display());
}
