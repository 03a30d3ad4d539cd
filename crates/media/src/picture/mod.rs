//! From what somebody sent to what is kept: decoded with limits, upright, square, in two sizes of WebP.
//!
//! What it is, the first bytes say; names and media types are not asked. How large it is, the header says, and it is
//! asked before anything is unpacked (`outside`). Of several frames the first is taken. What is kept is encoded anew from
//! the pixels alone (`square`), so nothing else that was in the file can be in it: no position, no comment, no colour
//! profile (colours are taken for sRGB), no trailer and no program.

mod outside;
mod square;
#[cfg(test)]
mod tests;

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageResult, Limits};
use thiserror::Error;
use vestibule_domain::avatar::AvatarSize;

use self::outside::Kind;
use self::square::Square;

/// A picture as it is kept.
#[derive(Clone, Debug)]
pub struct Picture {
    /// 512 pixels square.
    pub large: Bytes,
    /// 128 pixels square.
    pub small: Bytes,
}

/// Why there is no picture in what was sent.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PictureError {
    /// Not PNG, JPEG, WebP or GIF by its content.
    #[error("is not a PNG, JPEG, WebP or GIF picture")]
    Format,
    /// One of those, and damaged, cut off, or of a variety that is not read.
    #[error("is damaged, or a variety of its format that is not read")]
    Damaged,
    /// More pixels or memory than is decoded.
    #[error("has too many pixels")]
    TooLarge,
    /// More beside the picture than a picture has: frames in their thousands, packed texts.
    #[error("holds more than a picture should")]
    Stuffed,
}

/// The most pixels, 4096 by 4096: more than what telephones take, and little enough to be unpacked in a fraction of a second.
const MAX_PIXELS: u64 = 16_777_216;

/// The longest side in pixels, which is also the longest of WebP.
const MAX_SIDE: u32 = 16_384;

/// The most memory decoding one may take, in bytes; one is decoded at a time.
const MAX_MEMORY: u64 = 96 << 20;

/// What the decoders may use beside the pixels for what the file says of itself (a colour profile, say), in bytes.
const MAX_ASIDE: u64 = 8 << 20;

impl Picture {
    /// The greatest upload, in bytes.
    pub const MAX_BYTES: usize = 5 << 20;

    /// Decodes `bytes` and makes both sizes of it. A smaller picture is enlarged, so that a size is what it is called. The
    /// same bytes make the same picture.
    ///
    /// It takes up to a second of a core and 100 MiB of memory.
    pub fn of(bytes: &[u8]) -> Result<Self, PictureError> {
        let kind = Kind::of(bytes).ok_or(PictureError::Format)?;
        let aside = outside::examine(kind, bytes)?;
        let square = {
            let (picture, orientation) = decode(kind, bytes, aside)?;
            Square::of(&picture, orientation)
        };
        Ok(Self { large: square.encode(AvatarSize::Large)?, small: square.encode(AvatarSize::Small)? })
    }

    /// The file of that size.
    #[must_use]
    pub fn file(&self, size: AvatarSize) -> &Bytes {
        match size {
            AvatarSize::Large => &self.large,
            AvatarSize::Small => &self.small,
        }
    }
}

/// The pixels of `bytes`, and how they are to be turned; `aside` is what the decoder needs beside them.
fn decode(
    kind: Kind,
    bytes: &[u8],
    aside: outside::Aside,
) -> Result<(DynamicImage, Orientation), PictureError> {
    let bytes = Cursor::new(bytes);
    match kind {
        Kind::Png => read(PngDecoder::with_limits(bytes, limits(MAX_ASIDE)), aside),
        Kind::Jpeg => read(JpegDecoder::new(bytes), aside),
        Kind::WebP => read(WebPDecoder::new(bytes), aside),
        Kind::Gif => read(GifDecoder::new(bytes), aside),
    }
}

fn limits(max_alloc: u64) -> Limits {
    let mut limits = Limits::no_limits();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(max_alloc);
    limits
}

fn read(
    decoder: ImageResult<impl ImageDecoder>,
    aside: outside::Aside,
) -> Result<(DynamicImage, Orientation), PictureError> {
    let mut decoder = decoder?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let memory = decoder.total_bytes().saturating_add(aside.bytes(pixels));
    if width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS || memory > MAX_MEMORY {
        return Err(PictureError::TooLarge);
    }
    if pixels == 0 {
        return Err(PictureError::Damaged);
    }
    decoder.set_limits(limits(MAX_MEMORY))?;
    // Who cannot say how it is to be turned stands as it is.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder)?, orientation))
}

impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            _ => Self::Damaged,
        }
    }
}
