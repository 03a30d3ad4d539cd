//! The middle of a picture, small enough to be worked on at ease.

use bytes::Bytes;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, Rgba, Rgba32FImage};
use vestibule_domain::avatar::AvatarSize;
use webp::{Encoder, WebPConfig};

use super::PictureError;

/// Twice the greater size: what is larger is averaged down to this first, from where it lies and without a copy of it.
const WORKING_SIDE: u32 = 1024;

/// Where nobody sees a difference any more, and a face is some 30 KB.
const QUALITY: f32 = 82.0;

/// The greatest centred square of a picture, upright. Colours are multiplied by their opacity, so that what cannot be seen has
/// no part in what can.
pub(super) struct Square(Rgba32FImage);

impl Square {
    /// The square in the middle of `picture`, which is to be turned as `orientation` says.
    pub(super) fn of(picture: &DynamicImage, orientation: Orientation) -> Self {
        let (width, height) = picture.dimensions();
        let side = width.min(height);
        let (left, top) = ((width - side) / 2, (height - side) / 2);
        let mut square = DynamicImage::ImageRgba32F(averaged(picture, left, top, side));
        square.apply_orientation(orientation);
        Self(square.into_rgba32f())
    }

    /// The file of that size.
    pub(super) fn encode(&self, size: AvatarSize) -> Result<Bytes, PictureError> {
        let edge = size.pixels();
        let scaled = imageops::resize(&self.0, edge, edge, FilterType::CatmullRom);
        let pixels: Vec<_> = scaled.pixels().map(visible).collect();
        let is_opaque = pixels.iter().all(|pixel| pixel[3] == u8::MAX);
        let encoded = if is_opaque {
            let pixels: Vec<u8> = pixels.iter().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
            encode(&Encoder::from_rgb(&pixels, edge, edge))
        } else {
            encode(&Encoder::from_rgba(pixels.as_flattened(), edge, edge))
        };
        encoded.ok_or(PictureError::TooLarge)
    }
}

/// One thread, no metadata: the same pixels make the same bytes. Nothing where memory ends.
fn encode(encoder: &Encoder<'_>) -> Option<Bytes> {
    let mut config = WebPConfig::new().ok()?;
    config.quality = QUALITY;
    let file = encoder.encode_advanced(&config).ok()?;
    Some(Bytes::copy_from_slice(&file))
}

/// The square of `picture` at `left` and `top`, `side` pixels wide; where it is large, each pixel of the outcome is the average
/// of those it stands for.
fn averaged(picture: &DynamicImage, left: u32, top: u32, side: u32) -> Rgba32FImage {
    let target = side.min(WORKING_SIDE);
    let edge = |n: u32| {
        let at = u64::from(n) * u64::from(side) / u64::from(target);
        u32::try_from(at).unwrap_or(side)
    };
    Rgba32FImage::from_fn(target, target, |x, y| {
        let (mut sum, mut count) = ([0.0_f32; 4], 0.0_f32);
        for from_y in edge(y)..edge(y + 1) {
            for from_x in edge(x)..edge(x + 1) {
                let [red, green, blue, opacity] =
                    picture.get_pixel(left + from_x, top + from_y).0.map(f32::from);
                let share = opacity / 255.0;
                for (total, part) in sum.iter_mut().zip([red * share, green * share, blue * share, opacity]) {
                    *total += part;
                }
                count += 1.0;
            }
        }
        Rgba(sum.map(|total| total / (count * 255.0)))
    })
}

/// A pixel as files have it: its colour by itself, in steps of a 255th.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255 by then")]
fn visible(pixel: &Rgba<f32>) -> [u8; 4] {
    let step = |share: f32| (share.clamp(0.0, 1.0) * 255.0).round() as u8;
    let [red, green, blue, opacity] = pixel.0;
    match step(opacity) {
        0 => [0; 4],
        seen => [step(red / opacity), step(green / opacity), step(blue / opacity), seen],
    }
}
