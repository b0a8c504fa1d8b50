//! What a program that is about to exit removes: files that nobody but itself has use for.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

static ALL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// As long as this is kept, nothing is begun, completed or abandoned elsewhere.
pub(super) struct Unfinished(MutexGuard<'static, Vec<PathBuf>>);

/// All of them.
pub(super) fn all() -> Unfinished {
    Unfinished(ALL.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Unfinished {
    /// Adds a file, until the entry is dropped.
    pub(super) fn add(&mut self, path: PathBuf) -> Entry {
        self.0.push(path.clone());
        Entry(path)
    }
}

/// One of them.
#[derive(Debug)]
pub(super) struct Entry(PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        all().0.retain(|path| *path != self.0);
    }
}

/// Removes everything that is unfinished, for a program that is about to exit. As long as what it
/// returns is kept, nothing else is begun or completed.
pub fn abandon() -> impl Sized {
    let mut all = all();
    for path in all.0.drain(..) {
        // Nothing else can be done about it here; what is left is swept later.
        let _ = fs::remove_file(path);
    }
    all
}
