//! How a text table is laid out, which its beginning tells.

/// What may stand between the cells of a row, the likeliest last.
const SEPARATORS: [u8; 3] = [b'\t', b';', b','];

/// The layout of a text table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    /// Where the header begins: after so many bytes, and after so many lines.
    pub(super) skipped: usize,
    pub(super) lines: u64,
}

impl Dialect {
    /// Of a table that begins so.
    ///
    /// A first line `sep=;` says what the separator is, as it does to Excel; else it is the one that makes
    /// the most cells of the header. Lines before the header that begin with `#` are comments, unless the
    /// last of them has as many cells as what follows: then it is the header.
    pub(super) fn of(start: &[u8]) -> Self {
        Self::found(start).unwrap_or(Self {
            separator: b',',
            skipped: 0,
            lines: 0,
        })
    }

    fn found(start: &[u8]) -> Option<Self> {
        let mut lines = lines(start);
        let mut line = lines.next()?;
        let said = separator_line(line.text);
        if said.is_some() {
            line = lines.next()?;
        }
        let mut above = None;
        while line.text.starts_with(b"#") {
            above = Some(line);
            line = lines.next()?;
        }
        let row = &start[line.start..];
        let separator = said.unwrap_or_else(|| likeliest(row));
        let many = cells(row, separator);
        let header = match above {
            Some(above) if many > 1 && cells(above.text, separator) == many => above,
            _ => line,
        };
        Some(Self {
            separator,
            skipped: header.start,
            lines: header.number,
        })
    }
}

/// A line that is not blank.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a [u8],
    /// Bytes and lines before it.
    start: usize,
    number: u64,
}

/// Lines that end in LF, CRLF or CR, without their ends.
fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let (mut start, mut number) = (0, 0);
    let lines = text.split_inclusive(|&byte| is_end(byte)).map(move |line| {
        let found = Line {
            text: line
                .strip_suffix(b"\n")
                .or(line.strip_suffix(b"\r"))
                .unwrap_or(line),
            start,
            number,
        };
        start += line.len();
        // Of CRLF, LF is a line on its own here, and is not counted.
        let second = line == b"\n" && text[..found.start].ends_with(b"\r");
        number += u64::from(!second);
        found
    });
    lines.filter(|line| !line.text.is_empty())
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// What a line says of the separator that says nothing else.
fn separator_line(line: &[u8]) -> Option<u8> {
    let unquoted = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""));
    let (word, separator) = unquoted.unwrap_or(line).split_at_checked(4)?;
    let &[separator] = separator else { return None };
    let fits = word.eq_ignore_ascii_case(b"sep=") && separator.is_ascii() && separator != b'"';
    fits.then_some(separator)
}

/// The separator that makes the most cells of a row.
fn likeliest(row: &[u8]) -> u8 {
    let most = SEPARATORS
        .into_iter()
        .max_by_key(|&separator| cells(row, separator));
    most.unwrap_or(b',')
}

/// How many cells the row has that a text begins with.
fn cells(text: &[u8], separator: u8) -> usize {
    let mut quoted = false;
    let unquoted = text.iter().filter(|&&byte| {
        quoted ^= byte == b'"';
        !quoted
    });
    let row = unquoted.take_while(|&&byte| !is_end(byte));
    1 + row.filter(|&&byte| byte == separator).count()
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn the_beginning_tells_separator_and_header() {
        let cases: [(&str, u8, &str, u64); 16] = [
            ("", b',', "", 0),
            ("x\n1\n", b',', "x", 0),
            ("x,y\n", b',', "x", 0),
            ("x;y\n1,5;2\n", b';', "x", 0),
            ("x\ty, z\tu\r\n", b'\t', "x", 0),
            ("\"a;b;c\",y\n", b',', "\"a", 0),
            ("\"a\n;,,\";y\n", b';', "\"a", 0),
            ("a;b,c\n", b',', "a", 0),
            ("\n\r\nx;y\n", b';', "x", 2),
            ("sep=;\r\nx,y;z\r\n", b';', "x", 1),
            ("\"sep=,\"\rx;y;z,u\r", b',', "x", 1),
            ("sep=\t\n\n\nx,y\n", b'\t', "x", 3),
            ("# written today, by me\n#\nx;y;z\n", b';', "x", 2),
            ("# one\n# x,y\n1,2\n", b',', "# x", 1),
            ("#\nx\n1\n", b',', "x", 1),
            ("#x\n#y\n", b',', "#x", 0),
        ];
        for (text, separator, header, lines) in cases {
            let found = Dialect::of(text.as_bytes());
            assert_eq!(
                (found.separator, found.lines),
                (separator, lines),
                "{text:?}"
            );
            assert!(text[found.skipped..].starts_with(header), "{text:?}");
        }
    }
}
