use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{Delay, ExtendedColorType, Frame, ImageFormat, Rgb, RgbImage, RgbaImage};
use proptest::prelude::*;

use super::*;

/// Red above, blue below, 60 by 40, so that it is seen how it was turned and cut.
fn flag() -> RgbImage {
    RgbImage::from_fn(60, 40, |_, y| if y < 20 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) })
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn png() -> Vec<u8> {
    written(&flag().into(), ImageFormat::Png)
}

fn gif(frames: usize, side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for number in 0..frames {
        let colour = if number == 0 { [220, 20, 20, 255] } else { [20, 20, 220, 255] };
        let picture = RgbaImage::from_pixel(side, side, image::Rgba(colour));
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, Delay::from_numer_denom_ms(10, 1))).unwrap();
    }
    drop(encoder);
    bytes
}

/// The check every chunk of a PNG ends with.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [&name, content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length, &*named, &crc(&named).to_be_bytes()].concat()
}

/// `png` with `chunk` behind its header.
fn with_chunk(png: &[u8], chunk: &[u8]) -> Vec<u8> {
    [&png[..33], chunk, &png[33..]].concat()
}

fn decoded(bytes: &[u8]) -> RgbaImage {
    image::load_from_memory_with_format(bytes, ImageFormat::WebP).unwrap().into_rgba8()
}

/// Colours survive the way there and back but for a few steps.
fn is_like(pixel: image::Rgba<u8>, colour: [u8; 4]) -> bool {
    pixel.0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 24)
}

const RED: [u8; 4] = [220, 20, 20, 255];
const BLUE: [u8; 4] = [20, 20, 220, 255];

/// S29: nothing is in a file but its picture.
fn assert_plain(file: &[u8], side: u32) {
    assert!(file.starts_with(b"RIFF") && &file[8..12] == b"WEBP");
    let (mut rest, mut names) = (&file[12..], Vec::new());
    while rest.len() >= 8 {
        let length = u32::from_le_bytes(*rest[4..].first_chunk().unwrap()) as usize;
        names.push(String::from_utf8_lossy(&rest[..4]).into_owned());
        rest = &rest[(8 + length + length % 2).min(rest.len())..];
    }
    assert!(rest.is_empty(), "something follows the last chunk");
    assert!(names == ["VP8 "] || names == ["VP8X", "ALPH", "VP8 "], "{names:?}");
    assert_eq!(decoded(file).dimensions(), (side, side));
}

#[test]
fn each_format_becomes_two_squares_of_webp() {
    let picture = DynamicImage::from(flag());
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let made = Picture::of(&written(&picture, format)).unwrap();
        for (file, side) in [(&made.large, 512), (&made.small, 128)] {
            assert_plain(file, side);
            let square = decoded(file);
            assert!(is_like(*square.get_pixel(side / 2, side / 4), RED), "{format:?}");
            assert!(is_like(*square.get_pixel(side / 2, side * 3 / 4), BLUE), "{format:?}");
        }
        assert_eq!(
            Picture::of(&written(&picture, format)).unwrap().large,
            made.large,
            "{format:?}: the same twice"
        );
    }
}

#[test]
fn of_an_animation_the_first_frame_is_taken() {
    let made = Picture::of(&gif(3, 30)).unwrap();
    assert_plain(&made.large, 512);
    assert!(is_like(*decoded(&made.large).get_pixel(256, 256), RED));
}

#[test]
fn every_depth_and_channel_is_read() {
    let picture = DynamicImage::from(flag());
    let varieties = [
        DynamicImage::from(picture.to_luma8()),
        picture.to_luma_alpha8().into(),
        picture.to_rgba8().into(),
        picture.to_luma16().into(),
        picture.to_luma_alpha16().into(),
        picture.to_rgb16().into(),
        picture.to_rgba16().into(),
    ];
    for variety in varieties {
        assert_plain(&Picture::of(&written(&variety, ImageFormat::Png)).unwrap().small, 128);
    }
}

/// What cannot be seen has no part in the colours beside it, and stays unseen.
#[test]
fn opacity_is_kept_and_bleeds_nowhere() {
    let logo = RgbaImage::from_fn(300, 300, |x, _| {
        image::Rgba(if x < 150 { [0, 0, 0, 0] } else { [255, 255, 255, 255] })
    });
    let made = Picture::of(&written(&logo.into(), ImageFormat::Png)).unwrap();
    assert_plain(&made.large, 512);
    let square = decoded(&made.large);
    assert_eq!(square.get_pixel(100, 256)[3], 0);
    let darkest =
        square.pixels().filter(|pixel| pixel[3] > 128).map(|pixel| pixel[0].min(pixel[1])).min().unwrap();
    assert!(darkest > 230, "the edge is {darkest}");
}

#[test]
fn the_middle_is_taken_and_small_ones_are_enlarged() {
    // A blue middle between red wings.
    let wide = RgbImage::from_fn(300, 100, |x, _| {
        if (100..200).contains(&x) { Rgb([20, 20, 220]) } else { Rgb([220, 20, 20]) }
    });
    let square = decoded(&Picture::of(&written(&wide.into(), ImageFormat::Png)).unwrap().large);
    for (x, y) in [(4, 4), (507, 256), (256, 507)] {
        assert!(is_like(*square.get_pixel(x, y), BLUE), "{x}, {y}");
    }
    let dot = RgbImage::from_pixel(1, 1, Rgb([220, 20, 20]));
    let made = Picture::of(&written(&dot.into(), ImageFormat::Png)).unwrap();
    assert!(is_like(*decoded(&made.large).get_pixel(511, 511), RED));
}

/// `picture` as a JPEG whose EXIF says how it is to be turned.
fn jpeg_turned(picture: &RgbImage, orientation: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    let tiff =
        [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[orientation, 0, 0, 0], &[0; 4]]
            .concat();
    image::ImageEncoder::set_exif_metadata(&mut encoder, tiff).unwrap();
    encoder.encode(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// S29: a camera held upright writes its picture lying down, and says so where we keep nothing.
#[test]
fn what_lies_is_stood_up() {
    // Where the red upper half comes to lie.
    for (orientation, red, blue) in [
        (1, (256, 100), (256, 400)),
        (3, (256, 400), (256, 100)),
        (6, (400, 256), (100, 256)),
        (8, (100, 256), (400, 256)),
    ] {
        let made = Picture::of(&jpeg_turned(&flag(), orientation)).unwrap();
        assert_plain(&made.large, 512);
        let square = decoded(&made.large);
        assert!(is_like(*square.get_pixel(red.0, red.1), RED), "{orientation}");
        assert!(is_like(*square.get_pixel(blue.0, blue.1), BLUE), "{orientation}");
    }
}

/// S26: whatever is no picture by its content.
#[test]
fn other_things_are_no_pictures() {
    let tiff = b"II*\0\x08\0\0\0".as_slice();
    let things: [&[u8]; 10] = [
        b"",
        b"G",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        b"<?xml version=\"1.0\"?><svg/>",
        b"<!doctype html><script>alert(1)</script>",
        b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0",
        tiff,
        b"\0\0\x01\0\x01\0",
        b"RIFF\x04\0\0\0AVI ",
        b"%PDF-1.7",
    ];
    for thing in things {
        assert_eq!(
            Picture::of(thing).unwrap_err(),
            PictureError::Format,
            "{:?}",
            String::from_utf8_lossy(thing)
        );
    }
    for start in
        [png()[..20].to_vec(), b"GIF89a".to_vec(), b"\xFF\xD8\xFF".to_vec(), b"RIFF\0\0\0\0WEBP".to_vec()]
    {
        assert_eq!(Picture::of(&start).unwrap_err(), PictureError::Damaged, "{start:?}");
    }
}

/// S26: what is a picture and something else besides is kept as the picture alone.
#[test]
fn nothing_foreign_is_kept() {
    let canary = b"<script>canary()</script>PK\x03\x04";
    let comment = chunk(*b"tEXt", &[b"Comment\0".as_slice(), canary].concat());
    let jpeg = jpeg_turned(&flag(), 1);
    let things = [
        [&*png(), canary].concat(),
        with_chunk(&png(), &comment),
        with_chunk(&png(), &chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), canary].concat())),
        with_chunk(&png(), &chunk(*b"eXIf", canary)),
        [&*jpeg, canary].concat(),
        [&jpeg[..2], &[0xFF, 0xFE, 0, 31], canary, &jpeg[2..]].concat(),
        [&*gif(1, 20), b"/*".as_slice(), canary].concat(),
        [&*written(&flag().into(), ImageFormat::WebP), canary].concat(),
    ];
    for (number, thing) in things.iter().enumerate() {
        let made = Picture::of(thing).unwrap_or_else(|error| panic!("{number}: {error}"));
        for (file, side) in [(&made.large, 512), (&made.small, 128)] {
            assert_plain(file, side);
            assert!(!file.windows(6).any(|bytes| bytes == b"canary"), "{number}");
        }
    }
}

fn png_claiming(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let header = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    let signature = b"\x89PNG\r\n\x1a\n".as_slice();
    [signature, &chunk(*b"IHDR", &header), &chunk(*b"IDAT", &[0x78, 0x9C]), &chunk(*b"IEND", b"")].concat()
}

/// S27: the header is believed enough to be refused.
#[test]
fn too_many_pixels_are_refused_by_the_header() {
    let mut screen = gif(1, 2);
    screen[6..10].fill(0xFF);
    let mut jpeg = jpeg_turned(&flag(), 1);
    let frame = jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    let webp = b"RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\xFF\x3F\0\xFF\x3F\0".to_vec();
    let things = [
        png_claiming(50_000, 50_000, 1, 0),
        png_claiming(16_385, 1, 8, 2),
        png_claiming(4097, 4096, 8, 2),
        png_claiming(4096, 4096, 16, 6),
        png_claiming(u32::MAX >> 1, u32::MAX >> 1, 8, 6),
        screen,
        jpeg,
    ];
    for (number, thing) in things.iter().enumerate() {
        assert_eq!(Picture::of(thing).unwrap_err(), PictureError::TooLarge, "{number}");
    }
    assert!(matches!(Picture::of(&webp), Err(PictureError::TooLarge | PictureError::Damaged)));
}

/// S27: what is stuffed with frames or with packed texts is not looked into.
#[test]
fn what_is_stuffed_is_refused() {
    let one = gif(1, 1);
    let (head, frame) = one.split_at(13 + if one[10] & 0x80 == 0 { 0 } else { 3 << ((one[10] & 7) + 1) });
    let frame = &frame[..frame.len() - 1];
    let frames = |number| [head, &frame.repeat(number), b";"].concat();
    assert!(Picture::of(&frames(4000)).is_ok());
    assert_eq!(Picture::of(&frames(65_536)).unwrap_err(), PictureError::Stuffed);
    let packed = |length: usize| [b"Comment\0\0".as_slice(), &vec![0; length]].concat();
    assert!(Picture::of(&with_chunk(&png(), &chunk(*b"zTXt", &packed(1000)))).is_ok());
    assert_eq!(
        Picture::of(&with_chunk(&png(), &chunk(*b"zTXt", &packed(100_000)))).unwrap_err(),
        PictureError::Stuffed
    );
    let international = |flag: u8| [b"Comment\0".as_slice(), &[flag], &vec![0; 100_000]].concat();
    assert!(Picture::of(&with_chunk(&png(), &chunk(*b"iTXt", &international(0)))).is_ok());
    let packed = with_chunk(&png(), &chunk(*b"iTXt", &international(1)));
    assert_eq!(Picture::of(&packed).unwrap_err(), PictureError::Stuffed);
}

/// S27: several passes over a JPEG cost memory beside the pixels, as much as their header says.
#[test]
fn a_jpeg_in_passes_is_weighed() {
    let begin = |marker: u8, sampling: [u8; 3]| {
        let [a, b, c] = sampling;
        let start = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, marker, 0, 17, 8, 16, 0, 16, 0, 3];
        [start.as_slice(), &[1, a, 0, 2, b, 1, 3, c, 1]].concat()
    };
    let weigh = |bytes: &[u8]| outside::examine(Kind::Jpeg, bytes).unwrap().bytes(1);
    assert_eq!(weigh(&begin(0xC0, [0x11; 3])), 0);
    assert_eq!(weigh(&begin(0xC2, [0x11; 3])), 6);
    assert_eq!(weigh(&begin(0xC2, [0x22, 0x11, 0x11])), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever comes, behind whichever beginning, there is an answer.
    #[test]
    fn arbitrary_bytes_are_answered(start in 0..5_usize, mut bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let starts: [&[u8]; 5] = [b"", b"\x89PNG\r\n\x1a\n", b"\xFF\xD8\xFF", b"RIFF\0\0\0\0WEBPVP8 ", b"GIF89a"];
        bytes.splice(0..0, starts[start].iter().copied());
        let _ = Picture::of(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Real pictures with a few bytes changed, or cut off: a picture or a refusal, and a picture is plain.
    #[test]
    fn changed_pictures_are_answered(
        format in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = match format {
            0 => png(),
            1 => jpeg_turned(&flag(), 6),
            2 => written(&flag().into(), ImageFormat::WebP),
            _ => gif(2, 20),
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(made) = Picture::of(&bytes) {
            assert_plain(&made.small, 128);
        }
    }
}
