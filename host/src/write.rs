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

/// A file that is written aside, in the same directory, and takes its place once it is finished;
/// dropped before, it leaves nothing behind.
///
/// A symbolic link is followed. What cannot be replaced, such as a terminal or a pipe, is written
/// to directly.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    writer: BufWriter<File>,
    aside: Option<Aside>,
}

impl Partial {
    /// Begins the file that is to be at `path`.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let aside = match fs::metadata(path) {
            Ok(found) if !found.is_file() => Ok(None),
            _ => Aside::new(path).map(Some),
        };
        let file = aside.and_then(|aside| {
            let place = aside.as_ref().map_or(path, |aside| &aside.path);
            Ok((File::create(place)?, aside))
        });
        match file {
            Ok((file, aside)) => Ok(Self {
                path: path.to_path_buf(),
                writer: BufWriter::new(file),
                aside,
            }),
            Err(cause) => Err(failed(path, cause)),
        }
    }

    /// Puts it in its place.
    pub fn finish(mut self) -> Result<(), WriteError> {
        let finished = self.writer.flush().and_then(|()| match self.aside.take() {
            Some(aside) => {
                self.writer.get_ref().sync_all()?;
                aside.rename()
            }
            None => Ok(()),
        });
        finished.map_err(|cause| failed(&self.path, cause))
    }
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn failed(path: &Path, cause: io::Error) -> WriteError {
    WriteError {
        path: path.to_path_buf(),
        cause,
    }
}

/// The files that are being written aside.
static ASIDE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn all_aside() -> MutexGuard<'static, Vec<PathBuf>> {
    ASIDE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all files that are being written aside, for a program that is about to exit. As long as
/// what it returns is kept, no other file is begun or completed.
pub fn abandon() -> impl Sized {
    let mut abandoned = all_aside();
    for path in abandoned.drain(..) {
        // It may not have been created yet.
        let _ = fs::remove_file(path);
    }
    abandoned
}

/// Where a file is written before it takes its place; removed unless it is renamed.
#[derive(Debug)]
struct Aside {
    path: PathBuf,
    target: PathBuf,
}

impl Aside {
    fn new(path: &Path) -> io::Result<Self> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let name = format!(".{}.{}.partial", name.display(), std::process::id());
        let path = target.with_file_name(name);
        all_aside().push(path.clone());
        Ok(Self { path, target })
    }

    fn rename(self) -> io::Result<()> {
        let mut others = all_aside();
        fs::rename(&self.path, &self.target)?;
        others.retain(|path| *path != self.path);
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let mut others = all_aside();
        if let Some(index) = others.iter().position(|path| *path == self.path) {
            others.swap_remove(index);
            // Nothing to remove where it could not be created; the first error is the one to report.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes a file whole or not at all ([`Partial`]).
pub fn atomically(
    path: &Path,
    contents: impl FnOnce(&mut Partial) -> io::Result<()>,
) -> Result<(), WriteError> {
    let mut file = Partial::create(path)?;
    contents(&mut file).map_err(|cause| failed(path, cause))?;
    file.finish()
}

/// Whether a file can be made there: asked before the work whose result it is to hold. A pipe or a
/// device is not opened, since that may wait for the other end.
pub fn check(path: &Path) -> Result<(), WriteError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => Ok(()),
        _ => Partial::create(path).map(drop),
    }
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
