//! Pictures as SVG and PNG files.

use super::Figure;
use super::colour::Medium;
use crate::write::{self, WriteError};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// Pixels of a PNG for each of the SVG.
const SCALE: f32 = 2.0;

/// Writes `NAME.svg` and `NAME.png` of every figure into a directory.
pub fn write<'a>(
    directory: &Path,
    figures: impl IntoIterator<Item = &'a Figure>,
) -> Result<(), WriteError> {
    write::directory(directory)?;
    let mut fonts = Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    let fonts = Arc::new(fonts);
    for figure in figures {
        let path = |extension: &str| directory.join(format!("{}.{extension}", figure.name));
        let svg = figure.svg(Medium::File);
        write::atomically(&path("svg"), |file| file.write_all(svg.as_bytes()))?;
        write::atomically(&path("png"), |file| file.write_all(&png(&svg, &fonts)?))?;
    }
    Ok(())
}

/// A PNG of an SVG.
fn png(svg: &str, fonts: &Arc<Database>) -> io::Result<Vec<u8>> {
    let options = Options {
        fontdb: Arc::clone(fonts),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(io::Error::other)?;
    let size = tree.size().to_int_size().scale_by(SCALE);
    let size = size.ok_or(io::ErrorKind::InvalidData)?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(io::ErrorKind::OutOfMemory)?;
    let transform = Transform::from_scale(SCALE, SCALE);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels.encode_png().map_err(io::Error::other)
}
