//! Files that are being written aside, and what is left of those that never took their place.

use super::identity::{leads_to, target};
use super::unfinished::{self, Entry};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile, TempPath};

/// What all their names begin and end with; between them is something random. The name they are to
/// get is no part of it, since it may be as long as a name can be.
const PREFIX: &str = ".joint-effects.";
const SUFFIX: &str = ".partial";

/// Where a file is written before it takes its place; removed unless it does.
///
/// It is locked while it is written, so that one that is not locked belongs to nobody any more.
#[derive(Debug)]
pub(super) struct Aside {
    path: TempPath,
    target: PathBuf,
    _entry: Entry,
}

impl Aside {
    /// Begins the file that is to be at `path`, where there is a file or nothing.
    pub(super) fn new(path: &Path) -> io::Result<(File, Self)> {
        let target = target(path)?;
        let replaced = match File::options().append(true).open(&target) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => None,
            found => Some(found?),
        };
        let directory = target.parent().ok_or(ErrorKind::InvalidFilename)?;
        sweep(directory);
        let (file, path, entry) = begin(directory)?;
        if let Some(replaced) = replaced {
            resemble(&file, &replaced)?;
        }
        let aside = Self {
            path,
            target,
            _entry: entry,
        };
        Ok((file, aside))
    }

    /// Takes its place.
    pub(super) fn persist(self) -> io::Result<()> {
        let _nothing_is_abandoned = unfinished::all();
        Ok(self.path.persist(self.target)?)
    }
}

/// A new file, locked.
fn begin(directory: &Path) -> io::Result<(File, TempPath, Entry)> {
    loop {
        let mut all = unfinished::all();
        let (file, path) = create(directory)?.into_parts();
        let entry = all.add(path.to_path_buf());
        drop(all);
        // Another program may have taken it for a leftover before it was locked. Where files cannot be
        // locked, none does.
        let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        if !taken && leads_to(&path, &file) {
            return Ok((file, path, entry));
        }
    }
}

fn create(directory: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        // As for all new files, the mask of the process takes from it.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}

/// Removes what programs that were killed have left behind. What cannot be removed is left alone.
fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let aside = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        if aside && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let file = File::open(entry.path());
            if file.is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Gives a file the mode of the one it is to replace, and the owner where that is allowed.
fn resemble(file: &File, replaced: &File) -> io::Result<()> {
    let replaced = replaced.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let (user, group) = (Some(replaced.uid()), Some(replaced.gid()));
        let _ = fchown(file, user, group).or_else(|_| fchown(file, None, group));
    }
    file.set_permissions(replaced.permissions())
}
