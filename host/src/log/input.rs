//! Files of tables: plain, or decompressed as they are read.

use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, Read};
use std::path::Path;

/// The first bytes of what gzip has compressed (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How many of the first bytes are looked at.
const START: usize = 4;

/// Reads all of a file, of at most so many bytes: what a program is given may have no end.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!("longer than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// A file, or what is inside where it is compressed with gzip, which its first bytes tell.
#[derive(Debug)]
pub struct Input {
    start: Vec<u8>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Plain(Counted),
    Gzip(Box<MultiGzDecoder<BufReader<Counted>>>),
}

/// A file whose first bytes have been read, and how many have been used.
#[derive(Debug)]
struct Counted {
    file: Chain<Cursor<Vec<u8>>, File>,
    used: u64,
}

impl Input {
    /// Opens a file or a pipe.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut start = Vec::new();
        (&file).take(START as u64).read_to_end(&mut start)?;
        let counted = Counted {
            file: Cursor::new(start.clone()).chain(file),
            used: 0,
        };
        let content = match start.starts_with(&GZIP) {
            true => Content::Gzip(Box::new(MultiGzDecoder::new(BufReader::new(counted)))),
            false => Content::Plain(counted),
        };
        Ok(Self { start, content })
    }

    /// Whether these are the first bytes of the file itself, compressed or not.
    pub fn starts_with(&self, bytes: &[u8]) -> bool {
        self.start.starts_with(bytes)
    }

    /// Bytes in the file itself, 0 where that is unknown, as it is of a pipe.
    pub fn size(&self) -> u64 {
        let (_, file) = self.counted().file.get_ref();
        file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Bytes used so far, of [`Input::size`].
    pub fn bytes_read(&self) -> u64 {
        self.counted().used
    }

    /// The file itself, from which some bytes may have been read.
    pub fn into_file(self) -> File {
        let counted = match self.content {
            Content::Plain(counted) => counted,
            Content::Gzip(decoder) => decoder.into_inner().into_inner(),
        };
        counted.file.into_inner().1
    }

    fn counted(&self) -> &Counted {
        match &self.content {
            Content::Plain(counted) => counted,
            Content::Gzip(decoder) => decoder.get_ref().get_ref(),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.content {
            Content::Plain(counted) => counted.read(buffer),
            Content::Gzip(decoder) => decoder.read(buffer).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => io::Error::other("truncated gzip"),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                    io::Error::other(format!("damaged gzip: {error}"))
                }
                _ => error,
            }),
        }
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.used += count as u64;
        Ok(count)
    }
}
