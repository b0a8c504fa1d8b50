//! Tables that Arrow streams.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Schema};
use joint_effects::log::table::batches::{Batches, Kind, Values};
use joint_effects::log::table::{Table, TableError};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use std::io;

/// The name in messages.
const NAME: &str = "data";

/// The most rows that are converted at a time; after as many, Python may say that it was interrupted.
const ROWS: usize = 1 << 16;

/// The rows of what streams Arrow, of which these columns are read as text whatever they hold; `progress` is
/// called with how many rows have been read since.
pub(crate) fn table(
    data: AnyRecordBatch,
    texts: &[String],
    progress: Option<Py<PyAny>>,
) -> PyResult<Result<Table<io::Empty>, TableError>> {
    let reader = data.into_reader()?;
    let schema = reader.schema();
    let index = index_columns(&schema);
    let columns = schema.fields().iter().enumerate();
    let columns = columns.filter(|(_, field)| !index.contains(field.name()));
    let columns = columns.map(|(place, field)| Column {
        place,
        name: field.name().clone(),
        kind: match (kind(field.data_type()), texts.contains(field.name())) {
            (Kind::Numbers, true) => Kind::Text,
            (Kind::Other(_), true) if field.data_type().is_temporal() => Kind::Text,
            (kind, _) => kind,
        },
    });
    let stream = Stream {
        columns: columns.collect(),
        reader,
        batch: None,
        progress,
    };
    Ok(Table::in_memory(NAME, stream))
}

/// The columns that were the index of a data frame of pandas, which are no columns of its table.
fn index_columns(schema: &Schema) -> Vec<String> {
    let pandas = schema.metadata().get("pandas");
    let pandas = pandas.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let index = pandas
        .as_ref()
        .and_then(|pandas| pandas["index_columns"].as_array());
    let names = index.into_iter().flatten().filter_map(|name| name.as_str());
    names.map(String::from).collect()
}

struct Stream {
    reader: Box<dyn RecordBatchReader + Send>,
    columns: Vec<Column>,
    /// What is left of a batch.
    batch: Option<RecordBatch>,
    progress: Option<Py<PyAny>>,
}

struct Column {
    /// Its place in the batches.
    place: usize,
    name: String,
    kind: Kind,
}

impl Batches for Stream {
    fn columns(&self) -> Vec<(String, Kind)> {
        let columns = self.columns.iter();
        columns
            .map(|column| (column.name.clone(), column.kind.clone()))
            .collect()
    }

    fn next(&mut self, columns: &[usize]) -> Option<io::Result<Vec<Values>>> {
        let batch = match self.batch.take() {
            Some(batch) => batch,
            None => match self.reader.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(raised(error))),
            },
        };
        let rows = batch.num_rows().min(ROWS);
        if rows < batch.num_rows() {
            self.batch = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        if let Err(error) = Python::attach(|py| self.report(py, rows)) {
            return Some(Err(error.into()));
        }
        let values = columns.iter().map(|&column| {
            let column = &self.columns[column];
            let values = batch.column(column.place).slice(0, rows);
            match column.kind {
                Kind::Text => texts(&values),
                _ => numbers(&values),
            }
        });
        Some(values.collect::<Result<_, _>>().map_err(io::Error::other))
    }
}

impl Stream {
    fn report(&self, py: Python<'_>, rows: usize) -> PyResult<()> {
        py.check_signals()?;
        match &self.progress {
            Some(progress) => progress.call1(py, (rows,)).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// An error of a stream. Of an exception in a generator behind it no more than the text has come through.
fn raised(error: ArrowError) -> io::Error {
    let text = error.to_string();
    match text.trim_end().ends_with("KeyboardInterrupt") {
        true => PyKeyboardInterrupt::new_err(()).into(),
        false => io::Error::other(text),
    }
}

fn kind(values: &DataType) -> Kind {
    use DataType::{Boolean, Dictionary, LargeUtf8, Null, Utf8, Utf8View};
    match values {
        Boolean => Kind::Numbers,
        kind if kind.is_numeric() => Kind::Numbers,
        Utf8 | LargeUtf8 | Utf8View => Kind::Text,
        Dictionary(_, values) => kind(values),
        Null => Kind::Other("no values".into()),
        other => {
            let name = other.to_string();
            let end = name.find(|letter: char| !letter.is_ascii_alphanumeric());
            Kind::Other(name[..end.unwrap_or(name.len())].into())
        }
    }
}

/// A column as numbers; those that have 64 bits and are all there stay where they are.
fn numbers(values: &ArrayRef) -> Result<Values, ArrowError> {
    let decimal = match values.data_type() {
        DataType::Dictionary(_, values) => values.is_decimal(),
        kind => kind.is_decimal(),
    };
    // By way of text, because the nearest number is wanted.
    let values = match decimal {
        true => &cast(values, &DataType::Utf8)?,
        false => values,
    };
    let numbers = cast(values, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    Ok(Values::Numbers(match numbers.null_count() {
        0 => Box::new(numbers.values().clone()),
        _ => {
            let each = numbers.iter().map(|number| number.unwrap_or(f64::NAN));
            Box::new(each.collect::<Vec<_>>())
        }
    }))
}

/// A column as the places of texts among different ones.
fn texts(values: &ArrayRef) -> Result<Values, ArrowError> {
    let dictionary = DataType::Dictionary(DataType::UInt32.into(), DataType::Utf8.into());
    let coded = match values.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
            cast(values, &dictionary)?
        }
        _ => cast(&cast(values, &DataType::Utf8)?, &dictionary)?,
    };
    let coded = coded.as_dictionary::<UInt32Type>();
    let (keys, texts) = (coded.keys(), coded.values().as_string::<i32>());
    let missing = texts.len() as u32;
    let present = |key: &u32| texts.is_valid(*key as usize);
    let places: Box<dyn AsRef<[u32]> + Send> = match keys.null_count() + texts.null_count() {
        0 => Box::new(keys.values().clone()),
        _ => {
            let each = keys
                .iter()
                .map(|key| key.filter(present).unwrap_or(missing));
            Box::new(each.collect::<Vec<_>>())
        }
    };
    let texts = texts
        .iter()
        .map(|text| text.unwrap_or_default().to_string());
    Ok(Values::Texts {
        places,
        texts: texts.collect(),
    })
}
