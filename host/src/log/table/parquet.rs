//! Parquet, a row at a time. Of every column no more is in memory than a page and a batch of rows.

use super::{Problem, Row, cell, text};
use half::f16;
use parquet::basic::{Compression, ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{
    BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use std::borrow::Cow;
use std::fmt;
use std::fs::File;

/// The first bytes of a Parquet file.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// Rows that are decoded at a time.
const BATCH: usize = 1024;

/// The rows of a file.
pub(super) struct Parquet {
    file: SerializedFileReader<File>,
    size: u64,
    columns: Vec<Column>,
    /// The row group that comes next, and the bytes of those before the current one.
    next_group: usize,
    bytes_before: u64,
    /// Rows of the current group: all, and those not yet decoded.
    group: usize,
    left: usize,
    /// Rows decoded, and the current one among them.
    decoded: usize,
    at: usize,
    /// The number of the current row, from 1.
    row: u64,
}

/// A column of the table.
struct Column {
    name: String,
    /// Its index among those that hold values.
    leaf: usize,
    /// The type, where it cannot be read.
    unsupported: Option<String>,
    meaning: Meaning,
    selected: bool,
    /// The definition level of a value; a lower one is null's.
    defined: i16,
    levels: Vec<i16>,
    values: Values,
}

/// The values of the decoded rows, and where more of the row group come from.
enum Values {
    Boolean(Chunk<BoolType>),
    Int32(Chunk<Int32Type>),
    Int64(Chunk<Int64Type>),
    Float(Chunk<FloatType>),
    Double(Chunk<DoubleType>),
    Text(Chunk<ByteArrayType>),
    Fixed(Chunk<FixedLenByteArrayType>),
}

/// What values are numbers by, beside their physical type.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Itself,
    Unsigned,
    /// A whole number of units of a power of ten.
    Decimal {
        exponent: i32,
    },
    /// Half precision (IEEE 754), the lowest byte first.
    Half,
}

struct Chunk<T: DataType> {
    reader: Option<ColumnReaderImpl<T>>,
    values: Vec<T::T>,
}

impl fmt::Debug for Parquet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parquet = f.debug_struct("Parquet");
        parquet.field("row", &self.row).finish_non_exhaustive()
    }
}

impl Parquet {
    /// Reads the schema.
    pub(super) fn new(file: File) -> Result<Self, Problem> {
        let metadata = file.metadata().map_err(Problem::Unreadable)?;
        if !metadata.is_file() {
            let pipe = "Parquet is read from its end, which a pipe does not allow";
            return Err(Problem::Damaged(pipe.into()));
        }
        let file = SerializedFileReader::new(file).map_err(damaged)?;
        let groups = file.metadata().row_groups().iter();
        let mut chunks = groups.flat_map(|group| group.columns());
        if let Some(chunk) = chunks.find(|chunk| !is_supported(chunk.compression())) {
            return Err(Problem::Compression(name(&chunk.compression().to_string())));
        }
        let schema = file.metadata().file_metadata().schema_descr();
        let roots = schema.root_schema().get_fields().iter().enumerate();
        // Leaves are in the order of their roots.
        let mut leaves = (0..schema.num_columns()).peekable();
        let columns = roots.map(|(root, field)| {
            let leaf = leaves.peek().copied().unwrap_or_default();
            let own = |&leaf: &usize| schema.get_column_root_idx(leaf) == root;
            while leaves.next_if(own).is_some() {}
            match field.is_primitive() {
                true => Column::new(leaf, &schema.column(leaf)),
                false => Column::nested(field.name()),
            }
        });
        Ok(Self {
            size: metadata.len(),
            columns: columns.collect(),
            file,
            next_group: 0,
            bytes_before: 0,
            group: 0,
            left: 0,
            decoded: 0,
            at: 0,
            row: 0,
        })
    }

    pub(super) fn columns(&self) -> Vec<String> {
        let names = self.columns.iter().map(|column| column.name.clone());
        names.collect()
    }

    /// Reads only these columns; an error says which of them cannot be.
    pub(super) fn select(
        &mut self,
        numbers: &[usize],
        texts: &[usize],
    ) -> Result<(), (usize, Problem)> {
        for column in &mut self.columns {
            column.selected = false;
        }
        let wanted = numbers.iter().map(|&column| (column, NUMBERS));
        for (index, expected) in wanted.chain(texts.iter().map(|&column| (column, TEXT))) {
            let Some(column) = self.columns.get_mut(index) else {
                continue;
            };
            column.selected = true;
            if column.kind() != Ok(expected) {
                let found = column.kind().unwrap_or_else(|found| found).to_string();
                return Err((index, Problem::Type { expected, found }));
            }
        }
        Ok(())
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes of the row groups read, as far as they are.
    pub(super) fn bytes_read(&self) -> u64 {
        let Some(current) = self.next_group.checked_sub(1) else {
            return 0;
        };
        let bytes = self.file.metadata().row_group(current).compressed_size();
        let share = 1.0 - self.left as f64 / self.group.max(1) as f64;
        self.bytes_before + (bytes.max(0) as f64 * share) as u64
    }

    pub(super) fn row(&self) -> Row {
        Row::Number(self.row)
    }

    /// Goes on to the next row; false after the last.
    pub(super) fn advance(&mut self) -> Result<bool, Problem> {
        self.at += 1;
        if self.at >= self.decoded && !self.decode().map_err(damaged)? {
            return match self.row {
                0 => Err(Problem::NoRows),
                _ => Ok(false),
            };
        }
        self.row += 1;
        Ok(true)
    }

    /// Decodes the next rows; false after the last.
    fn decode(&mut self) -> Result<bool, ParquetError> {
        while self.left == 0 {
            if self.next_group == self.file.num_row_groups() {
                return Ok(false);
            }
            self.bytes_before = self.bytes_read();
            let group = self.file.get_row_group(self.next_group)?;
            self.next_group += 1;
            self.group = group.metadata().num_rows().max(0) as usize;
            self.left = self.group;
            for column in self.columns.iter_mut().filter(|column| column.is_read()) {
                let reader = group.get_column_reader(column.leaf)?;
                match &mut column.values {
                    Values::Boolean(chunk) => chunk.reader = Some(get_typed_column_reader(reader)),
                    Values::Int32(chunk) => chunk.reader = Some(get_typed_column_reader(reader)),
                    Values::Int64(chunk) => chunk.reader = Some(get_typed_column_reader(reader)),
                    Values::Float(chunk) => chunk.reader = Some(get_typed_column_reader(reader)),
                    Values::Double(chunk) => chunk.reader = Some(get_typed_column_reader(reader)),
                    Values::Text(chunk) => chunk.reader = Some(get_typed_column_reader(reader)),
                    Values::Fixed(chunk) => chunk.reader = Some(get_typed_column_reader(reader)),
                }
            }
        }
        let rows = self.left.min(BATCH);
        for column in self.columns.iter_mut().filter(|column| column.is_read()) {
            let (levels, defined) = (&mut column.levels, column.defined);
            match &mut column.values {
                Values::Boolean(chunk) => chunk.decode(rows, levels, defined)?,
                Values::Int32(chunk) => chunk.decode(rows, levels, defined)?,
                Values::Int64(chunk) => chunk.decode(rows, levels, defined)?,
                Values::Float(chunk) => chunk.decode(rows, levels, defined)?,
                Values::Double(chunk) => chunk.decode(rows, levels, defined)?,
                Values::Text(chunk) => chunk.decode(rows, levels, defined)?,
                Values::Fixed(chunk) => chunk.decode(rows, levels, defined)?,
            }
        }
        self.left -= rows;
        self.decoded = rows;
        self.at = 0;
        Ok(true)
    }

    /// A number of the current row; `None` where it is missing.
    pub(super) fn number(&self, column: usize) -> Result<Option<f64>, Problem> {
        let Some(column) = self.column(column) else {
            return Ok(None);
        };
        let meaning = column.meaning;
        let value = match &column.values {
            Values::Boolean(chunk) => f64::from(u8::from(chunk.values[self.at])),
            Values::Int32(chunk) => whole(chunk.values[self.at].into(), 32, meaning),
            Values::Int64(chunk) => whole(chunk.values[self.at], 64, meaning),
            Values::Float(chunk) => f64::from(chunk.values[self.at]),
            Values::Double(chunk) => chunk.values[self.at],
            Values::Fixed(chunk) => bytes_as_number(chunk.values[self.at].data(), meaning)?,
            Values::Text(chunk) => {
                let bytes = chunk.values[self.at].data();
                match meaning {
                    Meaning::Itself => return cell::Style::USUAL.number(text(bytes)?),
                    _ => bytes_as_number(bytes, meaning)?,
                }
            }
        };
        cell::finite(value)
    }

    /// Numbers of the current row, up to the first that is missing, whose place among them is returned;
    /// an error has its column.
    pub(super) fn numbers(
        &self,
        columns: &[usize],
        numbers: &mut [f64],
    ) -> Result<Option<usize>, (usize, Problem)> {
        cell::until_missing(columns, numbers, |column| self.number(column))
    }

    /// An indicator of the current row; `None` where it is missing.
    pub(super) fn flag(&self, column: usize) -> Result<Option<bool>, Problem> {
        cell::flag_of(self.number(column)?)
    }

    /// A field of the current row as text; empty where it has no value.
    pub(super) fn text(&self, index: usize) -> Result<Cow<'_, str>, Problem> {
        let Some(column) = self.column(index) else {
            return Ok(Cow::default());
        };
        Ok(match (&column.values, column.meaning) {
            (Values::Text(chunk), Meaning::Itself) => text(chunk.values[self.at].data())?.into(),
            (Values::Boolean(chunk), _) => chunk.values[self.at].to_string().into(),
            (Values::Int64(chunk), Meaning::Itself) => chunk.values[self.at].to_string().into(),
            (Values::Int64(chunk), Meaning::Unsigned) => {
                (chunk.values[self.at] as u64).to_string().into()
            }
            (Values::Float(chunk), _) => chunk.values[self.at].to_string().into(),
            (Values::Double(chunk), _) => chunk.values[self.at].to_string().into(),
            _ => {
                let number = self.number(index)?;
                number.map_or(Cow::default(), |number| number.to_string().into())
            }
        })
    }

    /// Why a column holds no numbers, if so.
    pub(super) fn no_number(&self, column: usize) -> Option<String> {
        let column = &self.columns[column];
        match column.kind() {
            Ok(NUMBERS) => None,
            Ok(kind) => Some(kind.into()),
            Err(found) => Some(found.into()),
        }
    }

    /// The type of a column that cannot be read.
    pub(super) fn unreadable(&self, column: usize) -> Option<&str> {
        self.columns[column].kind().err()
    }

    /// A column that is read and has a value in the current row.
    fn column(&self, column: usize) -> Option<&Column> {
        let column = self.columns.get(column).filter(|column| column.is_read())?;
        let level = column.levels.get(self.at);
        level
            .is_none_or(|&level| level >= column.defined)
            .then_some(column)
    }
}

/// Compressions that are read.
fn is_supported(compression: Compression) -> bool {
    use Compression::{GZIP, LZ4, LZ4_RAW, SNAPPY, UNCOMPRESSED, ZSTD};
    matches!(
        compression,
        UNCOMPRESSED | GZIP(_) | SNAPPY | LZ4 | LZ4_RAW | ZSTD(_)
    )
}

/// A whole number of so many bits.
fn whole(value: i64, bits: u32, meaning: Meaning) -> f64 {
    match meaning {
        Meaning::Unsigned if bits == 32 => f64::from(value as u32),
        Meaning::Unsigned => value as u64 as f64,
        Meaning::Decimal { exponent } => decimal(value.into(), exponent),
        Meaning::Itself | Meaning::Half => value as f64,
    }
}

/// A number in bytes; a decimal one has the highest first.
fn bytes_as_number(bytes: &[u8], meaning: Meaning) -> Result<f64, Problem> {
    let damaged = || Problem::Damaged(format!("a number of {} bytes", bytes.len()));
    match meaning {
        Meaning::Decimal { exponent } => {
            let negative = bytes.first().is_some_and(|&byte| byte >= 0x80);
            let mut wide = [if negative { 0xff } else { 0 }; 16];
            let start = wide.len().checked_sub(bytes.len()).ok_or_else(damaged)?;
            wide[start..].copy_from_slice(bytes);
            Ok(decimal(i128::from_be_bytes(wide), exponent))
        }
        _ => {
            let bytes = bytes.try_into().map_err(|_| damaged())?;
            Ok(f16::from_le_bytes(bytes).into())
        }
    }
}

/// The nearest number to so many units of a power of ten, which CSV would have given as well.
fn decimal(units: i128, exponent: i32) -> f64 {
    let text = format!("{units}e{exponent}");
    text.parse().unwrap_or(f64::NAN)
}

/// Types whose values are whole numbers as they are.
const SIGNED: [ConvertedType; 5] = [
    ConvertedType::NONE,
    ConvertedType::INT_8,
    ConvertedType::INT_16,
    ConvertedType::INT_32,
    ConvertedType::INT_64,
];
const UNSIGNED: [ConvertedType; 4] = [
    ConvertedType::UINT_8,
    ConvertedType::UINT_16,
    ConvertedType::UINT_32,
    ConvertedType::UINT_64,
];

/// Types whose bytes are text.
const WORDS: [ConvertedType; 4] = [
    ConvertedType::NONE,
    ConvertedType::UTF8,
    ConvertedType::ENUM,
    ConvertedType::JSON,
];

const NUMBERS: &str = "numbers";
const TEXT: &str = "text";

/// The most bytes of a decimal number.
const WIDEST: i32 = 16;

impl Column {
    fn new(leaf: usize, description: &ColumnDescriptor) -> Self {
        // Files of older writers have converted types alone, and some types have no converted one.
        let (converted, logical) = (description.converted_type(), description.logical_type_ref());
        let unsigned = UNSIGNED.contains(&converted);
        let integer = matches!(logical, None | Some(LogicalType::Integer(_)))
            && (unsigned || SIGNED.contains(&converted));
        let decimal =
            matches!(logical, Some(LogicalType::Decimal(_))) || converted == ConvertedType::DECIMAL;
        let half = matches!(logical, Some(LogicalType::Float16));
        let words = WORDS.contains(&converted);
        let physical = description.physical_type();
        let fits = description.type_length() <= WIDEST;
        let values = match physical {
            Type::BOOLEAN => Some(Values::Boolean(Chunk::new())),
            Type::INT32 if integer || decimal => Some(Values::Int32(Chunk::new())),
            Type::INT64 if integer || decimal => Some(Values::Int64(Chunk::new())),
            Type::FLOAT => Some(Values::Float(Chunk::new())),
            Type::DOUBLE => Some(Values::Double(Chunk::new())),
            Type::BYTE_ARRAY if words || decimal => Some(Values::Text(Chunk::new())),
            Type::FIXED_LEN_BYTE_ARRAY if half || decimal && fits => {
                Some(Values::Fixed(Chunk::new()))
            }
            _ => None,
        };
        let unsupported = match (&values, logical, converted) {
            (Some(_), ..) => None,
            (None, Some(LogicalType::Unknown), _) => Some("no values".into()),
            (None, Some(logical), _) => Some(name(&format!("{logical:?}").to_uppercase())),
            (None, None, ConvertedType::NONE) => Some(name(&physical.to_string())),
            (None, None, converted) => Some(name(&converted.to_string())),
        };
        let meaning = match () {
            () if unsigned => Meaning::Unsigned,
            () if half => Meaning::Half,
            () if decimal => Meaning::Decimal {
                exponent: -description.type_scale(),
            },
            () => Meaning::Itself,
        };
        Self {
            name: description.name().to_string(),
            leaf,
            unsupported,
            meaning,
            selected: true,
            defined: description.max_def_level(),
            levels: Vec::new(),
            values: values.unwrap_or(Values::Boolean(Chunk::new())),
        }
    }

    /// A column of lists, maps or structures.
    fn nested(name: &str) -> Self {
        Self {
            name: name.to_string(),
            leaf: 0,
            unsupported: Some("nested values".into()),
            meaning: Meaning::Itself,
            selected: true,
            defined: 0,
            levels: Vec::new(),
            values: Values::Boolean(Chunk::new()),
        }
    }

    /// What it holds; an error where that cannot be read.
    fn kind(&self) -> Result<&'static str, &str> {
        match (&self.unsupported, &self.values, self.meaning) {
            (Some(found), ..) => Err(found),
            (None, Values::Text(_), Meaning::Itself) => Ok(TEXT),
            (None, ..) => Ok(NUMBERS),
        }
    }

    fn is_read(&self) -> bool {
        self.selected && self.unsupported.is_none()
    }
}

impl<T: DataType> Chunk<T> {
    fn new() -> Self {
        Self {
            reader: None,
            values: Vec::new(),
        }
    }

    /// Decodes the next `rows` rows; where there is no value, its place holds any.
    fn decode(
        &mut self,
        rows: usize,
        levels: &mut Vec<i16>,
        defined: i16,
    ) -> Result<(), ParquetError> {
        self.values.clear();
        levels.clear();
        let mut decoded = 0;
        while decoded < rows {
            let reader = self.reader.as_mut();
            let reader = reader.ok_or_else(|| ParquetError::General("no such column".into()))?;
            let (more, _, _) =
                reader.read_records(rows - decoded, Some(levels), None, &mut self.values)?;
            if more == 0 {
                let missing = "a column has fewer rows than its row group";
                return Err(ParquetError::General(missing.into()));
            }
            decoded += more;
        }
        let mut next = self.values.len();
        if next < rows {
            self.values.resize_with(rows, Default::default);
            for row in (0..rows).rev() {
                if levels.get(row).is_some_and(|&level| level == defined) && next > 0 {
                    next -= 1;
                    self.values.swap(row, next);
                }
            }
        }
        Ok(())
    }
}

/// The first word of what a type or a compression is called.
fn name(text: &str) -> String {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric());
    text[..end.unwrap_or(text.len())].to_string()
}

fn damaged(error: ParquetError) -> Problem {
    let message = error.to_string();
    let lines: Vec<_> = message.lines().map(str::trim).collect();
    Problem::Damaged(lines.join(" "))
}
