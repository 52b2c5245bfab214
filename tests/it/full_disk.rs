//! A disk that fills up: what comes is refused with the reply that makes its sender try again, what is there can be read, and once
//! there is room again everything goes on without a restart.

use crate::harness::{Mail, Office, eventually};

/// Puts a small disk of its own under the service's folder, seen by the service alone.
const SMALL_DISK: [&str; 6] = [
    "unshare",
    "--mount",
    "--map-root-user",
    "sh",
    "-c",
    r#"set -e
       cp -a "$POSTROOM_STORAGE__FOLDER" "$POSTROOM_STORAGE__FOLDER.kept"
       mount -t tmpfs -o size=24m none "$POSTROOM_STORAGE__FOLDER"
       cp -a "$POSTROOM_STORAGE__FOLDER.kept/." "$POSTROOM_STORAGE__FOLDER"
       rm -r "$POSTROOM_STORAGE__FOLDER.kept"
       head -c 4m /dev/zero > "$POSTROOM_STORAGE__FOLDER/ballast"
       cd "$POSTROOM_STORAGE__FOLDER"
       exec "$0" "$@""#,
];

#[test]
fn a_full_disk_refuses_what_comes_and_goes_on_once_there_is_room() {
    let mut office = Office::start();
    let company = office.company("Młyn Łódź");
    office.service.kill();
    office.service = office.service.copy_under(&SMALL_DISK);
    let mail = |number: u32| {
        // Noise, so that nothing packs it.
        let mut state = u64::from(number) + 1;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(700_000)
        .collect();
        let paper = [b"%PDF-1.4\n".as_slice(), &noise].concat();
        Mail::new("mlyn@post.example", "FV PIN 483916").attach(&format!("{number}.pdf"), "application/pdf", &paper)
    };
    let mut kept = 0;
    let refused = loop {
        let reply = office.service.smtp().send(&mail(kept));
        if !reply.starts_with("250") {
            break reply;
        }
        kept += 1;
        assert!(kept < 60, "24 MB hold no 60 mails of a megabyte");
    };
    // 452 once the mail is there, 421 where it could not even be buffered: either way its sender tries again.
    assert!(refused.starts_with("452 4.3.1") || refused.starts_with("421 4.3.1"), "{refused}");
    assert!(kept > 3, "there was room for some: {kept}");

    let api = office.api();
    let path = format!("/v1/documents?company={company}&name=more.pdf");
    let paper = vec![b'x'; 2_000_000];
    let upload = api.send("POST", &path, &[("content-type", "application/pdf")], &paper).expect(507).json();
    assert_eq!(upload["type"], "/problems/insufficient_storage", "{upload}");
    let arrived = || api.get("/v1/submissions").expect(200).json()["submissions"].as_array().map_or(0, Vec::len);
    assert_eq!(arrived(), kept as usize, "what was kept can be read");

    let folder = office.service.folder().display();
    let ballast = format!("/proc/{}/root{folder}/ballast", office.service.pid());
    std::fs::remove_file(&ballast).expect("the ballast goes");
    eventually("a mail is taken again", || office.service.smtp().send(&mail(1_000)).starts_with("250").then_some(()));
    assert_eq!(arrived(), kept as usize + 1);
}
