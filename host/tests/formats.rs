//! Tables written in other formats.

#![cfg(all(feature = "parquet", feature = "app"))]

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Compresses each part on its own.
pub(crate) fn gzip(path: &Path, parts: &[&str]) {
    let mut file = File::create(path).unwrap();
    for part in parts {
        let mut encoder = GzEncoder::new(Vec::new(), Level::default());
        encoder.write_all(part.as_bytes()).unwrap();
        file.write_all(&encoder.finish().unwrap()).unwrap();
    }
}

/// Writes the columns of a CSV table, of text where the name is `regime` and of numbers else, in row
/// groups of `group` rows.
pub(crate) fn write_parquet(path: &Path, csv: &str, group: usize) {
    let mut lines = csv.lines();
    let names: Vec<_> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<_>> = lines.map(|line| line.split(',').collect()).collect();
    let fields = names.iter().map(|name| match *name {
        "regime" => "REQUIRED BYTE_ARRAY regime (UTF8); ".to_string(),
        name => format!("OPTIONAL DOUBLE {name}; "),
    });
    let schema = format!("message log {{ {} }}", fields.collect::<String>());
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_data_page_row_count_limit(100)
        .build();
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).unwrap();
    for rows in rows.chunks(group) {
        let mut row_group = writer.next_row_group().unwrap();
        for (index, name) in names.iter().enumerate() {
            let mut column = row_group.next_column().unwrap().unwrap();
            let texts = rows.iter().map(|row| row[index]);
            if *name == "regime" {
                let texts: Vec<_> = texts.map(ByteArray::from).collect();
                let typed = column.typed::<ByteArrayType>();
                typed.write_batch(&texts, None, None).unwrap();
            } else {
                let numbers: Vec<f64> = texts.map(|text| text.parse().unwrap()).collect();
                let levels = vec![1; numbers.len()];
                let typed = column.typed::<DoubleType>();
                typed.write_batch(&numbers, Some(&levels), None).unwrap();
            }
            column.close().unwrap();
        }
        row_group.close().unwrap();
    }
    writer.close().unwrap();
}
