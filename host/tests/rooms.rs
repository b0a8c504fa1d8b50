//! The library's rooms: what is in one uses only those before it.

use std::fs;
use std::path::{Path, PathBuf};

/// From what the rows lie in to what people see of them.
const ROOMS: [&str; 11] = [
    "number",
    "random",
    "write",
    "log",
    "moments",
    "fit",
    "model",
    "decide",
    "diagnosis",
    "export",
    "app",
];

#[test]
fn a_room_uses_none_behind_it() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let library = fs::read_to_string(sources.join("lib.rs")).unwrap();
    let declared = library.matches("\npub mod ").count();
    assert_eq!(declared, ROOMS.len(), "a room without a place in the order");
    for (place, room) in ROOMS.into_iter().enumerate() {
        for file in files(&sources, room) {
            let text = fs::read_to_string(&file).unwrap();
            let paths = text.split("crate::").skip(1);
            let names = paths.filter_map(|path| path.split(|c: char| !c.is_alphanumeric()).next());
            let used = names.filter_map(|name| ROOMS.iter().position(|room| *room == name));
            for other in used {
                assert!(other <= place, "{} uses {}", file.display(), ROOMS[other]);
            }
        }
    }
}

/// The file of a room and all those in its directory.
fn files(sources: &Path, room: &str) -> Vec<PathBuf> {
    let mut files = vec![sources.join(room).with_extension("rs")];
    let mut directories = vec![sources.join(room)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => directories.push(path),
                false if path.extension().is_some_and(|end| end == "rs") => files.push(path),
                false => (),
            }
        }
    }
    files
}
