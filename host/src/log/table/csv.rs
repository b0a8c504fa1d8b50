//! CSV (RFC 4180), a row at a time.

use super::{Fault, Problem, Row, text};
use csv_core::{ReadRecordResult, Reader};
use memchr::{memchr_iter, memchr3};
use std::fmt;
use std::io::{ErrorKind, Read};

/// The most bytes a row may have. Without a limit one unclosed quotation mark would draw the rest
/// of the file into memory.
pub(super) const LONGEST_ROW: usize = 1 << 22;

/// Bytes asked of the input at once.
const BUFFER: usize = 1 << 16;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The rows after a header.
///
/// A row without quotation marks, as nearly all are, is only cut at its commas, where it lies in the
/// buffer; the others are unescaped.
pub(super) struct Csv<R> {
    input: R,
    header: Vec<String>,
    has_rows: bool,
    /// What is read: `buffer[next..filled]` comes after the current row.
    buffer: Vec<u8>,
    next: usize,
    filled: usize,
    ended: bool,
    /// The line at which `next` lies, and whether it lies between CR and LF.
    next_line: u64,
    between: bool,
    current: Current,
    /// Reads rows with quotation marks; where their fields end.
    reader: Box<Reader>,
    ends: Vec<usize>,
}

/// The current row.
struct Current {
    line: u64,
    /// Where it begins in the buffer; `None` where its fields are in `unescaped`.
    start: Option<usize>,
    /// Where each field begins and ends, after `start`.
    fields: Vec<(usize, usize)>,
    /// Longer than the row.
    unescaped: Vec<u8>,
}

impl<R> fmt::Debug for Csv<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut csv = f.debug_struct("Csv");
        csv.field("line", &self.current.line)
            .finish_non_exhaustive()
    }
}

impl<R: Read> Csv<R> {
    /// Reads the header.
    pub(super) fn new(input: R) -> Result<Self, Fault> {
        let mut csv = Self {
            input,
            header: Vec::new(),
            has_rows: false,
            buffer: vec![0; BUFFER],
            next: 0,
            filled: 0,
            ended: false,
            next_line: 1,
            between: false,
            current: Current {
                line: 1,
                start: None,
                fields: Vec::new(),
                unescaped: Vec::new(),
            },
            reader: Box::new(Reader::new()),
            ends: vec![0; 16],
        };
        csv.fill()?;
        let start = &csv.buffer[..csv.filled];
        if start.starts_with(BYTE_ORDER_MARK) {
            csv.next = BYTE_ORDER_MARK.len();
        }
        if let Some(kind) = other_kind(start) {
            return Err(Problem::NotCsv(kind).into());
        }
        if !csv.read()? {
            return Err(Problem::Empty.into());
        }
        let fields = (0..csv.current.fields.len()).map(|column| csv.field(column));
        let names: Result<Vec<_>, _> = fields.map(|name| text(name).map(String::from)).collect();
        match names {
            Ok(names) => csv.header = names,
            Err(problem) => {
                let row = Some(Row::Line(1));
                return Err(Fault { row, problem });
            }
        }
        Ok(csv)
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) fn input(&self) -> &R {
        &self.input
    }

    /// The line at which the current row begins.
    pub(super) fn row(&self) -> Row {
        Row::Line(self.current.line)
    }

    /// A field of the current row; empty beyond the last.
    pub(super) fn field(&self, column: usize) -> &[u8] {
        let fields = &self.current.fields;
        let &(from, to) = fields.get(column).unwrap_or(&(0, 0));
        &self.bytes()[from..to]
    }

    /// What looks up the fields of the current row, where the whole of it is text. There is none where
    /// a character would be cut.
    pub(super) fn fields<'a>(&'a self) -> Option<impl Fn(usize) -> Option<&'a str>> {
        let fields = &self.current.fields;
        let row = str::from_utf8(self.bytes()).ok()?;
        Some(move |column| {
            let &(from, to) = fields.get(column).unwrap_or(&(0, 0));
            row.get(from..to)
        })
    }

    /// The current row, in which its fields lie.
    fn bytes(&self) -> &[u8] {
        let Current {
            start, unescaped, ..
        } = &self.current;
        let &(_, length) = self.current.fields.last().unwrap_or(&(0, 0));
        match start {
            Some(start) => &self.buffer[*start..start + length],
            None => &unescaped[..length],
        }
    }

    /// Goes on to the next row.
    pub(super) fn advance(&mut self) -> Result<bool, Fault> {
        if !self.read()? {
            return match self.has_rows {
                true => Ok(false),
                false => Err(Problem::NoRows.into()),
            };
        }
        self.has_rows = true;
        let (expected, found) = (self.header.len(), self.current.fields.len());
        if found != expected {
            return Err(self.fault(Problem::Ragged { expected, found }));
        }
        Ok(true)
    }

    /// Goes on to the next line that is not blank; false after the last.
    fn read(&mut self) -> Result<bool, Fault> {
        let mut searched = 0;
        loop {
            if self.between && self.next < self.filled {
                self.between = false;
                self.next += usize::from(self.buffer[self.next] == b'\n');
            }
            self.current.line = self.next_line;
            let unread = &self.buffer[self.next..self.filled];
            let found = memchr3(b'\n', b'\r', b'"', &unread[searched..]);
            let end = match found.map(|at| searched + at) {
                Some(quote) if unread[quote] == b'"' => return self.read_quoted(),
                Some(end) => end,
                None if !self.ended => {
                    searched = unread.len();
                    self.fill()?;
                    continue;
                }
                None if unread.is_empty() => return Ok(false),
                None => unread.len(),
            };
            let start = self.next;
            self.skip_row(end);
            searched = 0;
            if end > 0 {
                self.cut(start, end);
                return Ok(true);
            }
        }
    }

    /// Goes behind a row of `length` bytes without line breaks, and the end of its line.
    fn skip_row(&mut self, length: usize) {
        self.next += length;
        if let Some(&end) = self.buffer[..self.filled].get(self.next) {
            self.between = end == b'\r';
            self.next += 1;
            self.next_line += 1;
        }
    }

    /// Cuts the row of `length` bytes from `start` at its commas.
    fn cut(&mut self, start: usize, length: usize) {
        let row = &self.buffer[start..start + length];
        let fields = &mut self.current.fields;
        fields.clear();
        let mut from = 0;
        for comma in memchr_iter(b',', row) {
            fields.push((from, comma));
            from = comma + 1;
        }
        fields.push((from, length));
        self.current.start = Some(start);
    }

    /// Reads a row in which there is a quotation mark.
    fn read_quoted(&mut self) -> Result<bool, Fault> {
        loop {
            let unread = &self.buffer[self.next..self.filled];
            let unescaped = &mut self.current.unescaped;
            // Only ever longer: clearing it for every row would take as long as the longest row.
            if unescaped.len() <= unread.len() {
                unescaped.resize(unread.len() + 1, 0);
            }
            let ends = &mut self.ends;
            self.reader.reset();
            let (mut result, used, written, mut fields) =
                self.reader.read_record(unread, unescaped, ends);
            if result == ReadRecordResult::InputEmpty && self.ended {
                let (last, _, _, ended) =
                    self.reader
                        .read_record(&[], &mut unescaped[written..], &mut ends[fields..]);
                (result, fields) = (last, fields + ended);
            }
            match result {
                ReadRecordResult::Record => {
                    let mut from = 0;
                    self.current.fields.clear();
                    for &to in &ends[..fields] {
                        self.current.fields.push((from, to));
                        from = to;
                    }
                    self.current.start = None;
                    let lines = memchr_iter(b'\n', &unread[..used]).count() as u64;
                    self.between = unread[..used].ends_with(b"\r");
                    self.next_line += lines + u64::from(self.between);
                    self.next += used;
                    return Ok(true);
                }
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull => self.fill()?,
            }
        }
    }

    /// Reads on behind what is unread, which is moved to the front.
    fn fill(&mut self) -> Result<(), Fault> {
        self.buffer.copy_within(self.next..self.filled, 0);
        self.filled -= self.next;
        self.next = 0;
        if self.filled >= LONGEST_ROW {
            return Err(self.fault(Problem::TooLong));
        }
        if 2 * self.filled > self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        while self.filled < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Problem::Unreadable(error).into()),
            }
        }
        Ok(())
    }

    /// What is wrong with the current row.
    fn fault(&self, problem: Problem) -> Fault {
        let row = Some(self.row());
        Fault { row, problem }
    }
}

/// What a file is that begins so, where that is known and is not CSV.
fn other_kind(start: &[u8]) -> Option<&'static str> {
    // One byte of the first four is another, and what follows is no text.
    let alike = start
        .iter()
        .zip(b"JEFM")
        .filter(|(byte, magic)| byte == magic);
    if alike.count() == 3 && start.get(4) == Some(&1) {
        return Some("a damaged moments file");
    }
    let kinds: [(&[u8], _); 4] = [
        (b"\x1f\x8b", "gzip"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"PK\x03\x04", "a zip archive or a spreadsheet"),
        (b"PAR1", "Parquet"),
    ];
    let kind = kinds.iter().find(|(magic, _)| start.starts_with(magic));
    kind.map(|&(_, name)| name)
}
