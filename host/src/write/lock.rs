//! Directories of results that belong together.

use super::identity::leads_to;
use super::unfinished::{self, Entry};
use super::{WriteError, directory};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

/// The file that is locked, and says by which process.
const NAME: &str = ".joint-effects.lock";

/// A directory into which no other process writes results as long as this is kept.
///
/// What a process that was killed leaves is unlocked, and taken over by the next. Where the file system
/// cannot lock files, two processes are not kept apart.
#[derive(Debug)]
pub struct DirectoryLock {
    directory: PathBuf,
    file: File,
    _entry: Entry,
}

impl DirectoryLock {
    /// Makes the directory where there is none, and locks it; fails where another process has.
    pub fn acquire(path: &Path) -> Result<Self, WriteError> {
        directory(path)?;
        match lock(&path.join(NAME)) {
            Ok((file, entry)) => Ok(Self {
                directory: path.to_path_buf(),
                file,
                _entry: entry,
            }),
            Err(cause) => Err(WriteError::new(path, cause)),
        }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // While it is still locked, so that nobody else's is removed.
        let _ = fs::remove_file(self.directory.join(NAME));
        let _ = self.file.unlock();
    }
}

fn lock(path: &Path) -> io::Result<(File, Entry)> {
    loop {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(held(&mut file)),
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // Whoever had it before may have removed it in between.
        if leads_to(path, &file) {
            let entry = unfinished::all().add(path.to_path_buf());
            file.set_len(0)?;
            writeln!(file, "{}", process::id())?;
            return Ok((file, entry));
        }
    }
}

/// Says who has it.
fn held(file: &mut File) -> io::Error {
    let mut holder = String::new();
    let _ = file.take(32).read_to_string(&mut holder);
    let holder = match holder.trim() {
        "" => "another process".into(),
        id => format!("process {id}"),
    };
    io::Error::other(format!(
        "{holder} is writing there; wait for it to end, or choose another directory"
    ))
}
