//! Files of tables: plain, or decompressed as they are read.

use flate2::bufread::GzDecoder;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

/// The first bytes of what gzip has compressed (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How many of the first bytes are looked at.
const START: usize = 4;

/// Reads all of a file, of at most so many bytes: what a program is given may have no end.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_rest(&mut File::open(path)?, &mut bytes, most)?;
    Ok(bytes)
}

/// The same of a file whose first bytes have been read.
pub(crate) fn read_rest(file: &mut File, bytes: &mut Vec<u8>, most: u64) -> io::Result<()> {
    let long = || io::Error::other(format!("longer than {most} bytes"));
    if file.metadata()?.len() > most {
        return Err(long());
    }
    let room = most.saturating_sub(bytes.len() as u64);
    file.take(room + 1).read_to_end(bytes)?;
    match bytes.len() as u64 > most {
        true => Err(long()),
        false => Ok(()),
    }
}

/// Where something is to be read: a file, opened when it is its turn, since only so many can be open at
/// once; or a pipe, which can be opened once only.
#[derive(Debug)]
pub struct Origin {
    path: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    File,
    Pipe(Option<Input>),
}

impl Origin {
    /// Opens what is not a file.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let kind = match fs::metadata(&path)?.is_file() {
            true => Kind::File,
            false => Kind::Pipe(Some(Input::open(&path)?)),
        };
        Ok(Self { path, kind })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it can be opened again.
    pub fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File)
    }

    /// Whether these are its first bytes.
    pub fn starts_with(&self, bytes: &[u8]) -> io::Result<bool> {
        match &self.kind {
            Kind::File => Ok(Input::open(&self.path)?.starts_with(bytes)),
            Kind::Pipe(input) => Ok(input.as_ref().is_some_and(|input| input.starts_with(bytes))),
        }
    }

    /// Opens it from its beginning.
    pub fn open(&mut self) -> io::Result<Input> {
        match &mut self.kind {
            Kind::File => Input::open(&self.path),
            Kind::Pipe(input) => input
                .take()
                .ok_or_else(|| io::Error::other("a pipe can be read once only")),
        }
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
    Gzip(Box<Gzip>),
}

/// What is inside gzip: members that follow one another, and perhaps zeros behind them, with which some
/// programs fill up a block.
#[derive(Debug)]
struct Gzip {
    /// There is one whenever nothing is being done here.
    member: Option<GzDecoder<BufReader<Counted>>>,
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
            true => Content::Gzip(Box::new(Gzip::new(BufReader::new(counted)))),
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
            Content::Gzip(gzip) => gzip.into_file().into_inner(),
        };
        counted.file.into_inner().1
    }

    fn counted(&self) -> &Counted {
        match &self.content {
            Content::Plain(counted) => counted,
            Content::Gzip(gzip) => gzip.file().get_ref(),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.content {
            Content::Plain(counted) => counted.read(buffer),
            Content::Gzip(gzip) => gzip.read(buffer).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => io::Error::other("truncated gzip"),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                    io::Error::other(format!("damaged gzip: {error}"))
                }
                _ => error,
            }),
        }
    }
}

impl Gzip {
    fn new(file: BufReader<Counted>) -> Self {
        let member = Some(GzDecoder::new(file));
        Self { member }
    }

    fn file(&self) -> &BufReader<Counted> {
        self.member.as_ref().expect("a member").get_ref()
    }

    fn into_file(self) -> BufReader<Counted> {
        self.member.expect("a member").into_inner()
    }

    /// Goes on to the next member; false behind the last.
    fn next_member(&mut self) -> io::Result<bool> {
        let behind = self.member.as_mut().expect("a member").get_mut();
        loop {
            let bytes = behind.fill_buf()?;
            let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
            if bytes.is_empty() {
                return Ok(false);
            }
            let ended = zeros == bytes.len();
            behind.consume(zeros);
            if !ended {
                break;
            }
        }
        let file = self.member.take().map(GzDecoder::into_inner);
        self.member = file.map(GzDecoder::new);
        Ok(true)
    }
}

impl Read for Gzip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let member = self.member.as_mut().expect("a member");
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() || !self.next_member()? {
                return Ok(count);
            }
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
