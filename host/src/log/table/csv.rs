//! CSV (RFC 4180), a row at a time, with whatever separator.

use super::cell::{Cell, Content, Evidence, Style};
use super::dialect::Dialect;
use super::{Fault, Problem, Row, text};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};
use memchr::{memchr_iter, memchr3};
use std::fmt;
use std::io::{self, ErrorKind, Read};

/// The most bytes a row may have. Without a limit one unclosed quotation mark would draw the rest
/// of the file into memory.
pub(super) const LONGEST_ROW: usize = 1 << 22;

/// Bytes asked of the input at once.
const BUFFER: usize = 1 << 16;

/// The most bytes of a character.
const CHARACTER: usize = 4;

/// The rows after a header.
///
/// A row without quotation marks, as nearly all are, is only cut at its separators, where it lies in the
/// buffer; the others are unescaped. Summarising ten million rows takes 2.6 seconds so, and 3.05 with
/// `csv::ByteRecord`.
pub(super) struct Csv<R> {
    input: R,
    /// Where the input is not UTF-8.
    decoder: Option<Box<Decoding>>,
    separator: u8,
    header: Vec<String>,
    header_line: u64,
    /// How many columns there are up to the last that has a name.
    named: usize,
    styles: Vec<Style>,
    /// The line below the header that has units, not values.
    units: Option<u64>,
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
    reader: Reader,
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
    /// Reads the header, and looks at the rows that come with it to see how they are written.
    pub(super) fn new(input: R) -> Result<Self, Fault> {
        let mut csv = Self::of(input, Dialect::of(&[]));
        csv.fill()?;
        csv.decode()?;
        let start = &csv.buffer[csv.next..csv.filled];
        if let Some(kind) = other_kind(start) {
            return Err(Problem::NotCsv(kind).into());
        }
        csv.lay_out(Dialect::of(start));
        if !csv.read()? {
            return Err(Problem::Empty.into());
        }
        csv.header_line = csv.current.line;
        let fields = (0..csv.current.fields.len()).map(|column| csv.field(column));
        let names: Result<Vec<_>, _> = fields.map(|name| text(name).map(String::from)).collect();
        csv.header = names.map_err(|problem| csv.fault(problem))?;
        let named = csv.header.iter().rposition(|name| !name.trim().is_empty());
        csv.named = named.map_or(0, |last| last + 1);
        if csv.look_ahead() {
            while csv.read()? && csv.is_blank() {}
            csv.units = Some(csv.current.line);
        }
        Ok(csv)
    }

    fn of(input: R, dialect: Dialect) -> Self {
        let mut csv = Self {
            input,
            decoder: None,
            separator: dialect.separator,
            header: Vec::new(),
            header_line: 1,
            named: 0,
            styles: Vec::new(),
            units: None,
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
            reader: Reader::new(),
            ends: vec![0; 16],
        };
        csv.lay_out(dialect);
        csv
    }

    /// Goes to the header of what has been read.
    fn lay_out(&mut self, dialect: Dialect) {
        self.separator = dialect.separator;
        self.next += dialect.skipped;
        self.next_line += dialect.lines;
        let mut reader = ReaderBuilder::new();
        self.reader = reader.delimiter(dialect.separator).build();
    }

    /// Takes what has been read for the encoding that its byte order mark names; without one it is UTF-8.
    fn decode(&mut self) -> Result<(), Fault> {
        let start = &self.buffer[..self.filled];
        let Some((encoding, mark)) = Encoding::for_bom(start) else {
            return Ok(());
        };
        if encoding == UTF_8 {
            self.next = mark;
            return Ok(());
        }
        self.decoder = Some(Box::new(Decoding {
            decoder: encoding.new_decoder_without_bom_handling(),
            finished: false,
            bytes: start.to_vec(),
            next: mark,
            filled: start.len(),
        }));
        (self.filled, self.ended) = (0, false);
        self.fill()
    }

    /// Finds out from the rows that have been read with the header how the columns are written, and
    /// whether the first of them has units: text in columns of numbers, and no number in any of these.
    fn look_ahead(&mut self) -> bool {
        let mut rows = Csv::of(
            &self.buffer[self.next..self.filled],
            Dialect {
                separator: self.separator,
                skipped: 0,
                lines: 0,
            },
        );
        rows.between = self.between;
        (rows.header, rows.named) = (self.header.clone(), self.named);
        let mut evidence = vec![Evidence::default(); self.header.len()];
        let mut first = None;
        let cells = |rows: &Csv<&[u8]>| -> Vec<_> {
            let cell = |column| text(rows.field(column)).map_or(Cell::Text, Cell::of);
            let present = rows.current.fields.len().min(rows.header.len());
            (0..present).map(cell).collect()
        };
        while let Ok(true) = rows.read() {
            // What is at the very end may be cut.
            let is_whole = rows.next < rows.filled || self.ended;
            if rows.is_blank() || !rows.fits() || !is_whole {
                continue;
            }
            match first {
                None => first = Some(cells(&rows)),
                Some(_) => {
                    let columns = evidence.iter_mut().zip(cells(&rows));
                    columns.for_each(|(column, cell)| column.add(cell));
                }
            }
        }
        let Some(first) = first else { return false };
        let beside = first
            .iter()
            .zip(&evidence)
            .filter(|(_, column)| column.is_numbers());
        let has = |wanted: fn(&Cell) -> bool| beside.clone().any(|(cell, _)| wanted(cell));
        let units = has(|cell| *cell == Cell::Text)
            && !has(|cell| matches!(cell, Cell::Number { .. } | Cell::Flag));
        if !units {
            evidence
                .iter_mut()
                .zip(first)
                .for_each(|(column, cell)| column.add(cell));
        }
        self.styles = Evidence::styles(&evidence, self.separator);
        units
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) fn header_row(&self) -> Row {
        Row::Line(self.header_line)
    }

    /// The line below the header that has units, not values.
    pub(super) fn units(&self) -> Option<u64> {
        self.units
    }

    /// What a column holds, as far as was looked ahead.
    pub(super) fn content(&self, column: usize) -> Content {
        self.style(column).content
    }

    /// The sign that all numbers of a column have, and which is left out of them.
    pub(super) fn sign(&self, column: usize) -> Option<char> {
        self.style(column).sign
    }

    fn style(&self, column: usize) -> &Style {
        self.styles.get(column).unwrap_or(&Style::USUAL)
    }

    pub(super) fn input(&self) -> &R {
        &self.input
    }

    /// The line at which the current row begins.
    pub(super) fn row(&self) -> Row {
        Row::Line(self.current.line)
    }

    /// A number of the current row; `None` where it is missing.
    pub(super) fn number(&self, column: usize) -> Result<Option<f64>, Problem> {
        self.style(column).number(text(self.field(column))?)
    }

    /// A field of the current row; empty beyond the last.
    #[inline]
    pub(super) fn field(&self, column: usize) -> &[u8] {
        let fields = &self.current.fields;
        let &(from, to) = fields.get(column).unwrap_or(&(0, 0));
        &self.bytes()[from..to]
    }

    /// What looks up the fields of the current row, where the whole of it is text. There is none where
    /// a character would be cut.
    fn fields<'a>(&'a self) -> Option<impl Fn(usize) -> Option<&'a str>> {
        let fields = &self.current.fields;
        let row = str::from_utf8(self.bytes()).ok()?;
        Some(move |column| {
            let &(from, to) = fields.get(column).unwrap_or(&(0, 0));
            row.get(from..to)
        })
    }

    /// Numbers of the current row, up to the first that is missing, whose place among them is returned;
    /// an error has its column.
    pub(super) fn numbers(
        &self,
        columns: &[usize],
        numbers: &mut [f64],
    ) -> Result<Option<usize>, (usize, Problem)> {
        // Whether it is text is found out for a whole row faster than for every field.
        let whole = self.fields();
        for (place, (number, &column)) in numbers.iter_mut().zip(columns).enumerate() {
            let text = whole.as_ref().and_then(|field| field(column));
            if let Some(plain) = text.and_then(|text| self.style(column).plain(text)) {
                *number = plain;
                continue;
            }
            match self.number(column).map_err(|problem| (column, problem))? {
                Some(found) => *number = found,
                None => return Ok(Some(place)),
            }
        }
        Ok(None)
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

    /// Goes on to the next row that is not blank.
    pub(super) fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            if !self.read()? {
                return match self.has_rows {
                    true => Ok(false),
                    false => Err(Problem::NoRows.into()),
                };
            }
            if !self.is_blank() {
                break;
            }
        }
        self.has_rows = true;
        let (expected, found) = (self.header.len(), self.current.fields.len());
        if !self.fits() {
            return Err(self.fault(Problem::Ragged { expected, found }));
        }
        Ok(true)
    }

    /// Whether all fields of the current row are blank; nearly every row's first letter says no.
    #[inline]
    fn is_blank(&self) -> bool {
        let first = self.current.start.and_then(|start| self.buffer.get(start));
        let may_be = |&byte: &u8| byte == self.separator || byte.is_ascii_whitespace();
        first.is_none_or(may_be)
            && (0..self.current.fields.len())
                .all(|column| self.field(column).trim_ascii().is_empty())
    }

    /// Whether the current row lacks only columns without a name, or has only blank fields beyond the
    /// last: spreadsheets write such rows.
    fn fits(&self) -> bool {
        let (expected, found) = (self.header.len(), self.current.fields.len());
        let blank = |column| self.field(column).trim_ascii().is_empty();
        found == expected || found >= self.named && (expected..found).all(blank)
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

    /// Cuts the row of `length` bytes from `start` at its separators.
    fn cut(&mut self, start: usize, length: usize) {
        let row = &self.buffer[start..start + length];
        let fields = &mut self.current.fields;
        fields.clear();
        let mut from = 0;
        for separator in memchr_iter(self.separator, row) {
            fields.push((from, separator));
            from = separator + 1;
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
        while self.filled + CHARACTER <= self.buffer.len() {
            let room = &mut self.buffer[self.filled..];
            let read = match &mut self.decoder {
                Some(decoder) => decoder.read(&mut self.input, room),
                None => self.input.read(room),
            };
            match read {
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

/// Text in another encoding than UTF-8, while it is read.
struct Decoding {
    decoder: Decoder,
    finished: bool,
    /// What is read: `bytes[next..filled]` is not decoded yet.
    bytes: Vec<u8>,
    next: usize,
    filled: usize,
}

impl Decoding {
    /// Reads as UTF-8, where there is room for [`CHARACTER`] bytes or more; 0 bytes at the end.
    fn read(&mut self, input: &mut impl Read, text: &mut [u8]) -> io::Result<usize> {
        while !self.finished {
            if self.next == self.filled {
                (self.next, self.filled) = (0, 0);
                self.filled = input.read(&mut self.bytes)?;
            }
            let bytes = &self.bytes[self.next..self.filled];
            let last = bytes.is_empty();
            let (result, used, written, _) = self.decoder.decode_to_utf8(bytes, text, last);
            self.next += used;
            self.finished = last && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// What a file is that begins so, where that is known and is not CSV, and what to do about it.
fn other_kind(start: &[u8]) -> Option<&'static str> {
    // One byte of the first four is another, and what follows is no text.
    let alike = start
        .iter()
        .zip(b"JEFM")
        .filter(|(byte, magic)| byte == magic);
    if alike.count() == 3 && matches!(start.get(4), Some(1..=8)) {
        return Some("a damaged moments file, expected CSV text");
    }
    let kinds: [(&[u8], _); 5] = [
        (b"\x1f\x8b", "gzip, expected CSV text: decompress it"),
        (
            b"\x28\xb5\x2f\xfd",
            "Zstandard, expected CSV text: decompress it",
        ),
        (
            b"PK\x03\x04",
            "a spreadsheet (XLSX, ODS) or a zip archive: save it as CSV",
        ),
        (b"\xd0\xcf\x11\xe0", "a spreadsheet (XLS): save it as CSV"),
        (b"PAR1", "Parquet, expected CSV text: decompress it"),
    ];
    let kind = kinds.iter().find(|(magic, _)| start.starts_with(magic));
    let zeros = start.iter().take(4).any(|&byte| byte == 0);
    let binary = "binary data or UTF-16 without a byte order mark, expected CSV text";
    kind.map(|&(_, kind)| kind).or(zeros.then_some(binary))
}
