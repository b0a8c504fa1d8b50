//! Whatever the text, a table has the rows that the csv crate reads from it, but for blank ones and blank
//! fields behind the last.

use joint_effects::log::table::Table;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// What texts are made of, and how often each comes.
const PIECES: [(&str, u32); 12] = [
    ("obs", 20),
    ("1.5", 20),
    (",", 40),
    ("\n", 20),
    ("\r\n", 6),
    ("\r", 1),
    ("\n\n", 1),
    ("\"do(a,b)\"", 4),
    ("\"", 1),
    ("\"\"", 1),
    ("\"line\nbreak \"\"quoted\"\"\r\n\"", 1),
    (" é", 2),
];

fn text(pieces: usize, random: &mut Xoshiro256PlusPlus) -> String {
    let total = PIECES.iter().map(|(_, weight)| weight).sum();
    let mut text = String::from("x,y\n1,2\n");
    for _ in 0..pieces {
        let mut left = random.random_range(0..total);
        let piece = PIECES.iter().find(|(_, weight)| {
            let found = left < *weight;
            left = left.saturating_sub(*weight);
            found
        });
        text += piece.unwrap().0;
    }
    text
}

/// The rows before the first that has not as many fields as the header, and whether there is one.
fn expected(text: &str) -> (Vec<Vec<Vec<u8>>>, bool) {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true);
    let mut rows = Vec::new();
    let mut reader = reader.from_reader(text.as_bytes());
    for record in reader.byte_records().skip(1) {
        let record = record.unwrap();
        let blank = |field: &[u8]| field.trim_ascii().is_empty();
        if record.iter().all(blank) {
            continue;
        }
        if record.len() < 2 || !record.iter().skip(2).all(blank) {
            return (rows, true);
        }
        rows.push(record.iter().take(2).map(<[u8]>::to_vec).collect());
    }
    (rows, false)
}

fn found(text: &str) -> (Vec<Vec<Vec<u8>>>, bool) {
    let mut table = Table::new("text", text.as_bytes()).unwrap();
    let mut rows = Vec::new();
    loop {
        match table.advance() {
            Ok(true) => rows.push(table.record().map(|field| field.to_vec()).collect()),
            Ok(false) => return (rows, false),
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("expected 2 fields"), "{message}");
                return (rows, true);
            }
        }
    }
}

#[test]
fn short_texts() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut rows = 0;
    for _ in 0..20_000 {
        let text = text(random.random_range(0..40), &mut random);
        let expected = expected(&text);
        assert_eq!(found(&text), expected, "{text:?}");
        rows += expected.0.len();
    }
    assert!(rows > 5_000, "{rows} rows");
}

/// Longer than what is read at once, so that rows lie across its end, with and without quotation marks.
#[test]
fn long_texts() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
    for _ in 0..200 {
        let mut text = String::from("x,y\n");
        while text.len() < 150_000 {
            let number = random.random_range(0..1_000_000_000_u32);
            text += &match random.random_range(0..4) {
                0 => format!("\"do(a,\r\n{number})\",{number}\r\n"),
                1 => format!("{number},\"{number}\"\"\"\n"),
                _ => format!("{number},0.{number}\n"),
            };
        }
        let expected = expected(&text);
        assert!(!expected.1 && expected.0.len() > 4000);
        assert!(found(&text) == expected);
    }
}

/// What tables of spreadsheets are made of.
const CELLS: [&str; 24] = [
    "obs",
    "1",
    "1.5",
    "1,5",
    "1.234",
    "1,234.5",
    "-2",
    "−3",
    "4%",
    "$5",
    "€ 6,5",
    "7'000",
    "NA",
    "",
    " ",
    "TRUE",
    "no",
    "\"8\"",
    "\"a;b,c\"",
    "kg",
    "é",
    "😀",
    "#",
    "\u{a0}9\u{202f}999",
];
const BETWEEN: [&str; 10] = [",", ",", ";", ";", "\t", "\n", "\n", "\r\n", "\r", "\""];
const FIRST: [&str; 8] = [
    "",
    "",
    "sep=;\n",
    "# a\r\n#\n",
    "\n",
    "x;y\n",
    "x,y,\n",
    "x\ty\tz\n",
];

/// All that is read of a table, and what is wrong with it.
fn transcript(text: &[u8]) -> String {
    let mut table = match Table::new("text", text) {
        Ok(table) => table,
        Err(error) => return error.to_string(),
    };
    let columns = 0..table.columns().len();
    let reasons: Vec<_> = columns
        .clone()
        .map(|column| table.no_action(column))
        .collect();
    let mut transcript = format!("{:?} {reasons:?}", table.columns());
    transcript += &format!(
        "{:?}\n",
        table.liberties(&columns.clone().collect::<Vec<_>>())
    );
    loop {
        match table.advance() {
            Ok(true) => {}
            Ok(false) => return transcript,
            Err(error) => return transcript + &error.to_string(),
        }
        for column in columns.clone() {
            let text = table.text(column).unwrap();
            let number = table.number(column).map_err(|error| error.to_string());
            assert!(number.iter().all(|number| number.is_finite()));
            let flag = table.flag(column).map_err(|error| error.to_string());
            transcript += &format!("{text:?} {number:?} {flag:?}\n");
        }
    }
}

/// Whatever the text, a table is the same in UTF-8 and in UTF-16.
#[test]
fn encodings() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
    let mut rows = 0;
    for _ in 0..5_000 {
        let mut any = |pieces: &[&'static str]| pieces[random.random_range(0..pieces.len())];
        let mut text = String::from(any(&FIRST));
        for _ in 0..any(&CELLS).len() * 12 {
            text += any(&CELLS);
            text += any(&BETWEEN);
        }
        let expected = transcript(text.as_bytes());
        rows += expected.lines().count();
        let marked = || "\u{feff}".encode_utf16().chain(text.encode_utf16());
        let little: Vec<u8> = marked().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = marked().flat_map(u16::to_be_bytes).collect();
        for bytes in [["\u{feff}", &text].concat().into_bytes(), little, big] {
            assert_eq!(transcript(&bytes), expected, "{text:?}");
        }
    }
    assert!(rows > 10_000, "{rows} rows");
}
