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
