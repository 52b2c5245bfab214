//! The seeds of the fuzz target for XML, through the same check.

#[path = "../../fuzz/checks/xml.rs"]
mod check;

#[test]
fn xml() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/xml");
    let seeds: Vec<_> = std::fs::read_dir(folder).unwrap().map(|seed| seed.unwrap().path()).collect();
    assert!(seeds.len() > 5, "the seeds are lost");
    for seed in seeds {
        check::run(&std::fs::read(seed).unwrap());
    }
}
