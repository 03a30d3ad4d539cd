//! Compresses what lies in `assets/`, names it by its content and writes the table that `src/assets.rs` includes.
//!
//! The same files give the same table, whoever builds it and when.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script in no other way")]
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", folder.display())?;
    let mut files: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.sort();
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for file in files {
        table.push_str(&row(&file, &out)?);
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// The line of one file, whose compressed forms go to `out`.
fn row(file: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
    let name = file.file_name().and_then(|name| name.to_str()).ok_or("an asset whose name is no text")?;
    let (stem, ending) = name.rsplit_once('.').ok_or("an asset without an ending")?;
    let kind = kind(ending).ok_or_else(|| format!("{name}: what is it?"))?;
    let bytes = fs::read(file)?;
    let digest = Sha256::digest(&bytes);
    let short = base16ct::lower::encode_string(&digest[..8]);
    let (brotli, gzip) = (out.join(format!("{name}.br")), out.join(format!("{name}.gz")));
    fs::write(&brotli, brotli_of(&bytes)?)?;
    fs::write(&gzip, gzip_of(&bytes)?)?;
    let mut row = String::new();
    writeln!(
        row,
        "    Asset {{ name: {name:?}, file: \"{stem}-{short}.{ending}\", digest: {short:?}, kind: {kind:?}, \
         integrity: \"sha256-{integrity}\", plain: include_bytes!({plain:?}), brotli: include_bytes!({brotli:?}), \
         gzip: include_bytes!({gzip:?}) }},",
        integrity = Base64::encode_string(&digest),
        plain = text(file)?,
        brotli = text(&brotli)?,
        gzip = text(&gzip)?,
    )?;
    Ok(row)
}

fn text(path: &Path) -> Result<&str, Box<dyn Error>> {
    Ok(path.to_str().ok_or("a folder whose name is no text")?)
}

fn kind(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml; charset=utf-8",
        _ => return None,
    })
}

fn brotli_of(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    // The best there is, in the largest window: it is done once.
    brotli::CompressorReader::new(bytes, 4096, 11, 22).read_to_end(&mut packed)?;
    Ok(packed)
}

fn gzip_of(bytes: &[u8]) -> io::Result<Vec<u8>> {
    // Its header could name the time and the system; this one names neither.
    let mut packing = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::best());
    packing.write_all(bytes)?;
    packing.finish()
}
