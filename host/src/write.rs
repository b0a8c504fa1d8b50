//! Files that are written whole or not at all.

use aside::Aside;
use serde::Serialize;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

mod aside;
mod identity;
mod lock;
mod unfinished;

pub use identity::{expect_apart, first_repeated, is_stdout};
pub use lock::DirectoryLock;
pub use unfinished::abandon;

/// A file could not be written; what was there before is still there.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {cause}", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub cause: io::Error,
}

impl WriteError {
    fn new(path: &Path, cause: io::Error) -> Self {
        let path = path.to_path_buf();
        Self { path, cause }
    }
}

/// Makes a directory, and those above it, where there is none yet.
pub fn directory(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(|cause| WriteError::new(path, cause))
}

/// A file that is written aside, in the same directory, and takes its place once it is finished;
/// dropped before, it leaves nothing behind.
///
/// A symbolic link is followed, also one that leads to no file yet. The mode of a file that is replaced
/// is kept, and its owner where that is allowed; one that may not be written to is not replaced. What
/// cannot be replaced, such as a terminal or a pipe, is written to directly, and so is standard output
/// under whatever name.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    writer: BufWriter<File>,
    aside: Option<Aside>,
}

impl Partial {
    /// Begins the file that is to be at `path`.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        match open(path) {
            Ok((file, aside)) => Ok(Self {
                path: path.to_path_buf(),
                writer: BufWriter::new(file),
                aside,
            }),
            Err(cause) => Err(WriteError::new(path, cause)),
        }
    }

    /// Puts it in its place.
    pub fn finish(mut self) -> Result<(), WriteError> {
        let finished = self.writer.flush().and_then(|()| match self.aside.take() {
            Some(aside) => {
                self.writer.get_ref().sync_all()?;
                aside.persist()
            }
            None => Ok(()),
        });
        finished.map_err(|cause| WriteError::new(&self.path, cause))
    }
}

fn open(path: &Path) -> io::Result<(File, Option<Aside>)> {
    if let Some(stdout) = identity::as_stdout(path)? {
        return Ok((stdout, None));
    }
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        // Never created here: whatever is there may be gone by now.
        Ok(_) => return Ok((File::options().write(true).open(path)?, None)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => return Err(cause),
    }
    let (file, aside) = Aside::new(path)?;
    Ok((file, Some(aside)))
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes a file whole or not at all ([`Partial`]).
pub fn atomically(
    path: &Path,
    contents: impl FnOnce(&mut Partial) -> io::Result<()>,
) -> Result<(), WriteError> {
    let mut file = Partial::create(path)?;
    contents(&mut file).map_err(|cause| WriteError::new(path, cause))?;
    file.finish()
}

/// Whether a file can be made there: asked before the work whose result it is to hold. A pipe or a
/// device is not opened, since that may wait for the other end.
pub fn check(path: &Path) -> Result<(), WriteError> {
    match is_stream(path) {
        true => Ok(()),
        false => Partial::create(path).map(drop),
    }
}

/// Whether there is a directory, or can be one: asked before the work whose results it is to hold.
pub fn check_directory(path: &Path) -> Result<(), WriteError> {
    let cause = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => ErrorKind::NotADirectory.into(),
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => cause,
    };
    Err(WriteError::new(path, cause))
}

/// Whether what is written there goes to standard output, a pipe or a device: no other files belong
/// beside it.
pub fn is_stream(path: &Path) -> bool {
    let special = |found: Metadata| !found.is_file() && !found.is_dir();
    is_stdout(path) || fs::metadata(path).is_ok_and(special)
}

/// Writes a value as indented JSON, whole or not at all.
pub fn json(path: &Path, value: &impl Serialize) -> Result<(), WriteError> {
    atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value)?;
        file.write_all(b"\n")
    })
}
