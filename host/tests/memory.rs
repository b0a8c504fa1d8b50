//! The memory of reading does not depend on how many rows there are.

#![cfg(target_os = "linux")]

use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use std::fs;
use std::io::{self, Read};

/// Pieces that are made as they are read, as a pipe's are.
struct Pieces<F> {
    next: F,
    piece: Vec<u8>,
    used: usize,
}

fn pieces<F: FnMut() -> Option<String>>(next: F) -> Pieces<F> {
    Pieces {
        next,
        piece: Vec::new(),
        used: 0,
    }
}

impl<F: FnMut() -> Option<String>> Read for Pieces<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.piece.len() {
            self.piece = (self.next)().unwrap_or_default().into_bytes();
            self.used = 0;
        }
        let count = (&self.piece[self.used..]).read(buffer)?;
        self.used += count;
        Ok(count)
    }
}

/// The most memory this process ever had, in KiB.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

fn columns() -> Columns {
    Columns::new("y")
}

// One test, so that no other's memory is measured.
#[test]
fn neither_rows_nor_an_unclosed_quotation_mark_fill_it() {
    let rows = 1_000_000;
    let mut made = 0;
    let table = pieces(|| {
        let row = match made % 3 {
            0 => format!("obs,0.{made},1.5e-3,{made}\n"),
            1 => format!("do(a),0.{made},-7,{made}\n"),
            _ => format!("\"do(a, b)\",0.{made},12.25,{made}\n"),
        };
        made += 1;
        match made {
            1 => Some("regime,a,b,y\n".to_string()),
            made => (made <= rows).then_some(row),
        }
    });
    let table = Table::new("pipe", table).unwrap();
    let mut observations = Observations::new(vec![table], &columns()).unwrap();
    let (mut count, mut early) = (0, 0);
    while observations.next_row().unwrap().is_some() {
        count += 1;
        if count == 10_000 {
            early = peak();
        }
    }
    assert_eq!(count, rows - 1);
    assert!(peak() - early < 256, "{early} KiB, then {} KiB", peak());

    let mut open = false;
    let endless = pieces(|| {
        let first = !std::mem::replace(&mut open, true);
        Some(if first {
            "regime,a,b,y\nobs,1,2,3\n\"obs,".to_string()
        } else {
            "1,2,3\n".repeat(1000)
        })
    });
    let table = Table::new("pipe", endless).unwrap();
    let mut observations = Observations::new(vec![table], &columns()).unwrap();
    assert!(observations.next_row().unwrap().is_some());
    assert_eq!(
        observations.next_row().unwrap_err().to_string(),
        "pipe, line 3: a row longer than 4194304 bytes, perhaps an unclosed quotation mark"
    );
    assert!(
        peak() - early < 32 << 10,
        "{early} KiB, then {} KiB",
        peak()
    );
}
