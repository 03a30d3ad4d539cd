//! What can be seen of a file without unpacking anything: what it is, and whether it is meant as a picture.
//!
//! These walks read lengths and skip; each looks at every byte once at the most. Where a file makes no sense to them they stop
//! and leave it to its decoder to say so.

use super::PictureError;

/// What is decoded. Whatever runs programs or fetches things, such as SVG, is not among it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Png,
    Jpeg,
    WebP,
    Gif,
}

/// What a decoder needs beside the pixels it hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aside {
    per_pixel: u64,
}

impl Aside {
    /// How many bytes that are.
    pub(super) fn bytes(self, pixels: u64) -> u64 {
        pixels.saturating_mul(self.per_pixel)
    }
}

/// An animation within five megabytes has a few hundred frames; only the first is looked at, so more are of no use to anybody.
const MAX_FRAMES: usize = 4096;

/// A packed text that is longer than this, in bytes, is one that unpacks to more than anybody would read.
const MAX_PACKED_TEXT: usize = 16 << 10;

impl Kind {
    /// What the first bytes say.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }
}

/// Refuses what is stuffed, and tells what decoding the rest will need.
pub(super) fn examine(kind: Kind, bytes: &[u8]) -> Result<Aside, PictureError> {
    match kind {
        Kind::Png if has_long_packed_text(bytes) => Err(PictureError::Stuffed),
        Kind::Png => Ok(Aside { per_pixel: 0 }),
        Kind::Jpeg => Ok(Aside { per_pixel: jpeg_per_pixel(bytes) }),
        Kind::Gif if gif_frames(bytes) > MAX_FRAMES => Err(PictureError::Stuffed),
        // Of GIF the frame, before it is laid on the screen; WebP without loss is unpacked with an alpha channel, whether it
        // has one or not.
        Kind::Gif | Kind::WebP => Ok(Aside { per_pixel: 4 }),
    }
}

/// A length of four bytes, the greatest first.
fn long(bytes: &[u8]) -> Option<usize> {
    let four = bytes.first_chunk::<4>()?;
    usize::try_from(u32::from_be_bytes(*four)).ok()
}

/// Whether a PNG holds a long `zTXt`, or a long `iTXt` that is packed.
fn has_long_packed_text(png: &[u8]) -> bool {
    let mut rest = png.get(8..).unwrap_or_default();
    while let (Some(length), Some(name)) = (long(rest), rest.get(4..8)) {
        let content = rest.get(8..).unwrap_or_default();
        let content = content.get(..length).unwrap_or(content);
        let is_packed = match name {
            b"zTXt" => true,
            b"iTXt" => is_packed_text(content),
            _ => false,
        };
        if is_packed && content.len() > MAX_PACKED_TEXT {
            return true;
        }
        let Some(next) = length.checked_add(12).and_then(|whole| rest.get(whole..)) else { break };
        rest = next;
    }
    false
}

/// After the keyword and its NUL an `iTXt` says whether it is packed.
fn is_packed_text(content: &[u8]) -> bool {
    let after = content.iter().position(|byte| *byte == 0).map(|nul| nul + 1);
    after.and_then(|at| content.get(at)).is_some_and(|flag| *flag != 0)
}

/// What a decoder of JPEG holds beside the pixels: of one that comes in several passes all coefficients, two bytes each.
fn jpeg_per_pixel(jpeg: &[u8]) -> u64 {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let [0xFF, marker, after @ ..] = rest {
        let Some(length) = after.first_chunk::<2>().map(|two| usize::from(u16::from_be_bytes(*two))) else {
            break;
        };
        match marker {
            // A stop that pads.
            0xFF => {
                rest = &rest[1..];
                continue;
            }
            // Progressive, by Huffman's or by arithmetic coding.
            0xC2 | 0xCA => return after.get(2..length).map_or(8, coefficients_per_pixel),
            // Every other beginning of a frame, or of its data: what comes now comes in one pass.
            0xC0 | 0xC1 | 0xC3 | 0xDA => return 0,
            _ => {}
        }
        let Some(next) = after.get(length.max(2)..) else { break };
        rest = next;
    }
    0
}

/// `frame` is what stands in the frame's header after its length: each component has a density of its own.
fn coefficients_per_pixel(frame: &[u8]) -> u64 {
    let sampling = frame.get(6..).unwrap_or_default().chunks_exact(3).map(|component| {
        let (across, down) = (component[1] >> 4, component[1] & 0xF);
        (u64::from(across.clamp(1, 4)), u64::from(down.clamp(1, 4)))
    });
    let sampling: Vec<_> = sampling.take(4).collect();
    let densest = sampling.iter().map(|(across, down)| across * down).max().unwrap_or(1);
    let all: u64 = sampling.iter().map(|(across, down)| across * down).sum();
    (2 * all).div_ceil(densest)
}

/// How many frames a GIF has; counting stops where it ends or makes no sense.
fn gif_frames(gif: &[u8]) -> usize {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + gif.get(10).map_or(0, |flags| table(*flags));
    let mut frames = 0;
    loop {
        at = match gif.get(at) {
            // An extension, of a kind that its second byte names.
            Some(0x21) => at + 2,
            Some(0x2C) => {
                frames += 1;
                // The descriptor, its own colours, the size of the codes.
                at + 11 + gif.get(at + 9).map_or(0, |flags| table(*flags))
            }
            _ => return frames,
        };
        while let Some(block) = gif.get(at).filter(|length| **length > 0) {
            at += 1 + usize::from(*block);
        }
        at += 1;
    }
}
