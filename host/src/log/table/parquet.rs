//! Parquet, a row at a time. Of every column no more is in memory than a page and a batch of rows.

use super::{Problem, Row, text};
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{
    BoolType, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type,
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
    unsigned: bool,
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
            let (kind, found) = match (&column.unsupported, &column.values) {
                (Some(found), _) => ("", found.clone()),
                (None, Values::Text(_)) => (TEXT, TEXT.to_string()),
                (None, _) => (NUMBERS, NUMBERS.to_string()),
            };
            if kind != expected {
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
            }
        }
        self.left -= rows;
        self.decoded = rows;
        self.at = 0;
        Ok(true)
    }

    /// A field of the current row that holds a finite number.
    pub(super) fn number(&self, column: usize) -> Result<f64, Problem> {
        let column = self.column(column, "a number")?;
        let value = match &column.values {
            Values::Boolean(chunk) => f64::from(u8::from(chunk.values[self.at])),
            Values::Int32(chunk) if column.unsigned => f64::from(chunk.values[self.at] as u32),
            Values::Int32(chunk) => f64::from(chunk.values[self.at]),
            Values::Int64(chunk) if column.unsigned => chunk.values[self.at] as u64 as f64,
            Values::Int64(chunk) => chunk.values[self.at] as f64,
            Values::Float(chunk) => f64::from(chunk.values[self.at]),
            Values::Double(chunk) => chunk.values[self.at],
            Values::Text(chunk) => return super::number(chunk.values[self.at].data()),
        };
        match value.is_finite() {
            true => Ok(value),
            false => Err(Problem::NotFinite(value.to_string())),
        }
    }

    /// A field of the current row as text.
    pub(super) fn text(&self, column: usize) -> Result<Cow<'_, str>, Problem> {
        let column = self.column(column, TEXT)?;
        Ok(match &column.values {
            Values::Boolean(chunk) => chunk.values[self.at].to_string().into(),
            Values::Int32(chunk) if column.unsigned => {
                (chunk.values[self.at] as u32).to_string().into()
            }
            Values::Int32(chunk) => chunk.values[self.at].to_string().into(),
            Values::Int64(chunk) if column.unsigned => {
                (chunk.values[self.at] as u64).to_string().into()
            }
            Values::Int64(chunk) => chunk.values[self.at].to_string().into(),
            Values::Float(chunk) => chunk.values[self.at].to_string().into(),
            Values::Double(chunk) => chunk.values[self.at].to_string().into(),
            Values::Text(chunk) => text(chunk.values[self.at].data())?.into(),
        })
    }

    /// A column that has a value in the current row.
    fn column(&self, column: usize, expected: &'static str) -> Result<&Column, Problem> {
        let column = self.columns.get(column).filter(|column| column.is_read());
        let column = column.ok_or(Problem::Null(expected))?;
        match column.levels.get(self.at) {
            Some(&level) if level < column.defined => Err(Problem::Null(expected)),
            _ => Ok(column),
        }
    }
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

impl Column {
    fn new(leaf: usize, description: &ColumnDescriptor) -> Self {
        // Files of older writers have converted types alone, and some types have no converted one.
        let (converted, logical) = (description.converted_type(), description.logical_type_ref());
        let unsigned = UNSIGNED.contains(&converted);
        let integer = matches!(logical, None | Some(LogicalType::Integer(_)))
            && (unsigned || SIGNED.contains(&converted));
        let words = WORDS.contains(&converted);
        let physical = description.physical_type();
        let values = match physical {
            Type::BOOLEAN => Some(Values::Boolean(Chunk::new())),
            Type::INT32 if integer => Some(Values::Int32(Chunk::new())),
            Type::INT64 if integer => Some(Values::Int64(Chunk::new())),
            Type::FLOAT => Some(Values::Float(Chunk::new())),
            Type::DOUBLE => Some(Values::Double(Chunk::new())),
            Type::BYTE_ARRAY if words => Some(Values::Text(Chunk::new())),
            _ => None,
        };
        let unsupported = match (&values, logical, converted) {
            (Some(_), ..) => None,
            (None, Some(logical), _) => Some(format!("{logical:?}").to_uppercase()),
            (None, None, ConvertedType::NONE) => Some(physical.to_string()),
            (None, None, converted) => Some(converted.to_string()),
        };
        let name = |text: String| {
            let end = text.find(|letter: char| !letter.is_ascii_alphanumeric());
            text[..end.unwrap_or(text.len())].to_string()
        };
        Self {
            name: description.name().to_string(),
            leaf,
            unsupported: unsupported.map(name),
            unsigned,
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
            unsigned: false,
            selected: true,
            defined: 0,
            levels: Vec::new(),
            values: Values::Boolean(Chunk::new()),
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

fn damaged(error: ParquetError) -> Problem {
    let message = error.to_string();
    let lines: Vec<_> = message.lines().map(str::trim).collect();
    Problem::Damaged(lines.join(" "))
}
