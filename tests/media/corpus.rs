//! What people send, and what of it is kept.

use super::{BLUE, Pictures, RED, assert_plain, fetch, files_below, is_like, path_of, seen, small, upload};
use crate::harness::{Backend, TestApp};

on_both!(
    whatever_is_sent_only_its_picture_is_kept,
    what_is_no_picture_is_refused,
    a_photograph_tells_nothing_else,
);

/// Each with the colour of its upper part, where that is known.
const KEPT: [(&str, Option<[u64; 3]>); 16] = [
    ("plain.png", Some(RED)),
    ("plain.jpg", Some(RED)),
    ("progressive.jpg", Some(RED)),
    ("plain.webp", Some(RED)),
    ("lossless.webp", Some(RED)),
    ("plain.gif", Some(RED)),
    ("palette.png", Some(RED)),
    ("animated.gif", Some(RED)),
    ("animated.png", Some(RED)),
    ("animated.webp", Some(RED)),
    // What makes it a script makes it ten thousand pixels wide, and its middle is empty.
    ("script.gif", None),
    ("archive.jpg", Some(RED)),
    ("trailer.png", Some(RED)),
    ("green.png", Some([20, 160, 20])),
    // Ink is not light.
    ("print.jpg", None),
    ("camera.jpg", None),
];

/// S26: polyglots, trailers and animations come out as one frame of WebP.
async fn whatever_is_sent_only_its_picture_is_kept(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, stranger) = (app.signed_in("alice").await, app.anonymous());
    let pictures = Pictures::make(&KEPT.map(|(name, _)| name));
    let mut files = Vec::new();
    for (name, _) in KEPT {
        let answer = upload(&alice, pictures.bytes(name)).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        let path = path_of(&answer);
        for path in [small(&path), path] {
            let file = fetch(&stranger, &path, &[]).await.bytes;
            assert_plain(&file);
            files.push(file);
        }
        // The same bytes lie on the disk and nothing besides.
        let lying = files_below(&app.data_dir().join("media"));
        assert_eq!(lying.len(), 2, "{name}");
        for path in lying {
            assert_plain(&std::fs::read(path).unwrap());
        }
    }
    let seen = seen(&files.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for ((name, colour), seen) in KEPT.iter().zip(seen.chunks(2)) {
        for seen in seen {
            assert_eq!((&seen["format"], &seen["frames"]), (&"WEBP".into(), &1.into()), "{name}");
            assert!(colour.is_none_or(|colour| is_like(&seen["top"], colour)), "{name}: {seen}");
        }
    }
}

/// S26: by its content, whatever it is called.
async fn what_is_no_picture_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let foreign =
        ["script.svg", "page.png", "entity.xml", "picture.bmp", "picture.tiff", "picture.ico", "empty"];
    let damaged = ["cut.png", "cut.webp"];
    let pictures = Pictures::make(&[foreign.as_slice(), &damaged, &["cut.gif"]].concat());
    for (names, said) in [
        (foreign.as_slice(), "This is not a PNG, JPEG, WebP or GIF picture."),
        (&damaged, "This is damaged, or a variety of its format that is not read."),
    ] {
        for name in names {
            let answer = upload(&alice, pictures.bytes(name)).await;
            assert_eq!(answer.status, 422, "{name}: {}", answer.text);
            assert_eq!(answer.complaints("avatar"), [said], "{name}");
        }
    }
    // Of a GIF that breaks off, its decoder may make what was there.
    let cut = upload(&alice, pictures.bytes("cut.gif")).await;
    assert!(matches!(cut.status, 200 | 422), "{}", cut.text);
    let kept = if cut.status == 200 { 2 } else { 0 };
    assert_eq!(files_below(&app.data_dir().join("media")).len(), kept);
}

/// S29: no place, no camera, no thumbnail, no profile and no comment; and the picture stands.
async fn a_photograph_tells_nothing_else(backend: Backend) {
    let app = TestApp::start(backend).await;
    let photograph = Pictures::make(&["camera.jpg"]).bytes("camera.jpg");
    let told = &seen(&[&photograph])[0];
    assert_eq!(
        told["beside"],
        serde_json::json!(["comment", "exif", "icc_profile", "xmp"]),
        "the test's own picture"
    );
    assert!(is_like(&told["top"], RED) && told["exif"].as_u64() > Some(1));
    let path = path_of(upload(&app.signed_in("alice").await, photograph).await.assert_status(200));
    for path in [small(&path), path] {
        let file = fetch(&app.anonymous(), &path, &[]).await.bytes;
        assert_plain(&file);
        let kept = &seen(&[&file])[0];
        assert_eq!((&kept["exif"], &kept["beside"]), (&0.into(), &serde_json::json!([])));
        assert!(is_like(&kept["right"], RED) && is_like(&kept["left"], BLUE), "turned to the right: {kept}");
    }
}
