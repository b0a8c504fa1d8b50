//! Files that are written whole or not at all.

use serde::{Serialize, Serializer, ser};
use serde_json::value::to_raw_value;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file could not be written; what was there before is still there.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {cause}", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub cause: io::Error,
}

/// Makes a directory, and those above it, where there is none yet.
pub fn directory(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(|cause| WriteError {
        path: path.to_path_buf(),
        cause,
    })
}

/// Writes a file aside, in the same directory, and renames it once it is complete.
///
/// A symbolic link is followed. What cannot be replaced, such as a terminal or a pipe, is written
/// to directly.
pub fn atomically(
    path: &Path,
    contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), WriteError> {
    replace(path, contents).map_err(|cause| WriteError {
        path: path.to_path_buf(),
        cause,
    })
}

fn replace(
    path: &Path,
    contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fill(path, contents).map(drop);
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let aside = Aside::new(target.with_file_name(format!(
        ".{}.{}.partial",
        name.display(),
        std::process::id()
    )));
    fill(&aside.path, contents)?.sync_all()?;
    aside.rename(&target)
}

/// The files that are being written aside.
static ASIDE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn aside() -> MutexGuard<'static, Vec<PathBuf>> {
    ASIDE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all files that are being written aside, for a program that is about to exit. As long as
/// what it returns is kept, no other file is begun or completed.
pub fn abandon() -> impl Sized {
    let mut abandoned = aside();
    for path in abandoned.drain(..) {
        // It may not have been created yet.
        let _ = fs::remove_file(path);
    }
    abandoned
}

/// A file that is being written aside; removed unless it is renamed.
struct Aside {
    path: PathBuf,
}

impl Aside {
    fn new(path: PathBuf) -> Self {
        aside().push(path.clone());
        Self { path }
    }

    fn rename(self, target: &Path) -> io::Result<()> {
        let mut others = aside();
        fs::rename(&self.path, target)?;
        others.retain(|path| *path != self.path);
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let mut others = aside();
        if let Some(index) = others.iter().position(|path| *path == self.path) {
            others.swap_remove(index);
            // Nothing to remove where it could not be created; the first error is the one to report.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn fill(
    path: &Path,
    contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<File> {
    let mut writer = BufWriter::new(File::create(path)?);
    contents(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Writes a value as indented JSON, whole or not at all.
pub fn json(path: &Path, value: &impl Serialize) -> Result<(), WriteError> {
    atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value)?;
        file.write_all(b"\n")
    })
}

/// For a field whose value takes one line of the indented JSON.
pub(crate) fn on_one_line<S: Serializer>(
    value: &impl Serialize,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    to_raw_value(value)
        .map_err(ser::Error::custom)?
        .serialize(serializer)
}
