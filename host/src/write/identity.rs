//! Which file a path leads to, so that nothing is written over what is read, or read twice.

use super::WriteError;
use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What a path leads to, whatever other paths lead there too.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    /// A file, by its device and its number there.
    #[cfg(unix)]
    Numbers(u64, u64),
    /// Where it is, or would be made.
    Place(PathBuf),
}

impl Identity {
    /// Of a file, a pipe, or what is not there yet: a device may well be several things to a command.
    fn of(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(found) => Self::of_found(&found, path),
            Err(_) => Some(Self::Place(target(path).ok()?)),
        }
    }

    #[cfg(unix)]
    fn of_found(found: &Metadata, _: &Path) -> Option<Self> {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};
        let one = found.is_file() || found.file_type().is_fifo();
        one.then(|| Self::Numbers(found.dev(), found.ino()))
    }

    #[cfg(not(unix))]
    fn of_found(found: &Metadata, path: &Path) -> Option<Self> {
        let place = found.is_file().then(|| fs::canonicalize(path).ok());
        place.flatten().map(Self::Place)
    }

    fn of_stdout() -> Option<Self> {
        let found = stdout()?.metadata().ok()?;
        Self::of_found(&found, Path::new(""))
    }
}

/// Whether a path leads to this file and not to another.
pub(super) fn leads_to(path: &Path, file: &File) -> bool {
    let known = file
        .metadata()
        .map(|found| Identity::of_found(&found, path));
    known.is_ok_and(|known| known.is_some() && known == Identity::of(path))
}

/// The most symbolic links that are followed; systems allow about as many.
const MOST_LINKS: usize = 40;

/// Where a file is or would be made: symbolic links are followed, even those that lead nowhere yet.
pub(super) fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&path) else {
            break;
        };
        path.pop();
        path.push(next);
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidFilename)?;
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    Ok(fs::canonicalize(parent)?.join(name))
}

/// Refuses to write where something is read, or to write twice to one place. To be asked before
/// anything is opened.
pub fn expect_apart(inputs: &[&Path], outputs: &[&Path]) -> Result<(), WriteError> {
    let identities = |paths: &[&Path]| -> Vec<_> {
        let paths = paths.iter();
        paths.map(|path| Identity::of(path)).collect()
    };
    let (read, written) = (identities(inputs), identities(outputs));
    let first = |known: &[Option<Identity>], sought: &Option<Identity>| {
        let mut known = known.iter().flatten();
        sought
            .as_ref()
            .and_then(|sought| known.position(|known| known == sought))
    };
    let refuse = |path: &Path, what: String| {
        let cause = io::Error::other(format!("{what}; expected another file"));
        Err(WriteError::new(path, cause))
    };
    for (index, path) in outputs.iter().enumerate() {
        if first(&read, &written[index]).is_some() {
            return refuse(path, "the same command reads it".into());
        }
        if first(&written[..index], &written[index]).is_some() {
            return refuse(path, "the same command writes something else there".into());
        }
    }
    if first(&read, &Identity::of_stdout()).is_some() {
        let stdout = Path::new("standard output");
        return refuse(stdout, "the same command reads the file it goes to".into());
    }
    Ok(())
}

/// The places of the first two paths that lead to the same file or pipe.
pub fn first_repeated(paths: &[&Path]) -> Option<(usize, usize)> {
    let mut known = HashMap::new();
    let mut places = paths.iter().enumerate();
    places.find_map(|(place, path)| {
        let first = known.insert(Identity::of(path)?, place)?;
        Some((first, place))
    })
}

/// Whether a path leads to what standard output goes to.
pub fn is_stdout(path: &Path) -> bool {
    as_stdout(path).is_ok_and(|stdout| stdout.is_some())
}

/// Standard output, where a path leads to what it goes to.
#[cfg(unix)]
pub(super) fn as_stdout(path: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::MetadataExt;
    let Some((stdout, found)) = stdout().zip(fs::metadata(path).ok()) else {
        return Ok(None);
    };
    let known = stdout.metadata()?;
    let same = (found.dev(), found.ino()) == (known.dev(), known.ino());
    Ok(same.then_some(stdout))
}

#[cfg(unix)]
fn stdout() -> Option<File> {
    use std::os::fd::AsFd;
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    stdout.ok().map(File::from)
}

/// Elsewhere no path leads to standard output.
#[cfg(not(unix))]
pub(super) fn as_stdout(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

#[cfg(not(unix))]
fn stdout() -> Option<File> {
    None
}
