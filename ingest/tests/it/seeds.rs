//! The seeds of the fuzz targets, through the same checks.

#[path = "../../../fuzz/checks/forwarded.rs"]
mod forwarded_check;
#[path = "../../../fuzz/checks/gate.rs"]
mod gate_check;
#[path = "../../../fuzz/checks/smtp.rs"]
mod smtp_check;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = format!("{}/../fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let seeds: Vec<_> = std::fs::read_dir(folder).unwrap().map(|seed| seed.unwrap().path()).collect();
    assert!(seeds.len() > 5, "{target} has lost its seeds");
    for seed in seeds {
        check(&std::fs::read(seed).unwrap());
    }
}

#[test]
fn smtp() {
    replay("smtp", smtp_check::run);
}

#[test]
fn gate() {
    replay("gate", gate_check::run);
}

#[test]
fn forwarded() {
    replay("forwarded", forwarded_check::run);
}
