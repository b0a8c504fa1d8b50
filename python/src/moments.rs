//! Moments of tables.

use crate::error::{error, of_data, of_table, warn};
use crate::table::table;
use joint_effects::diagnosis::Diagnosis;
use joint_effects::log::observations::{Baseline, Columns, Missing, Observations, RegimeColumns};
use joint_effects::log::table::{Problem, TableError};
use joint_effects::model::likelihood::at_likeliest_degree;
use joint_effects::moments::data::{Data, DataError, Mismatch};
use joint_effects::{Scale, moments_file};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::input::AnyRecordBatch;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that a fit needs of the rows of a table: for every regime the count, means and co-moments of the
/// polynomials' terms. Their size does not depend on how many rows there were.
///
/// Made by :func:`joint_effects.moments`. Those of several tables, days or machines add up: ``a + b`` are
/// the moments of the rows of ``a`` and then those of ``b``. Both must be over the same basis, which
/// ``moments(..., like=a)`` takes care of.
///
/// >>> import joint_effects, pyarrow
/// >>> table = pyarrow.table({"regime": ["obs", "do(x)", "obs"], "x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 7.0]})
/// >>> first = joint_effects.moments(table, "y", degree=1)
/// >>> second = joint_effects.moments(table, like=first)
/// >>> both = first + second
/// >>> len(both), both.rows
/// (6, {'obs': 4, 'do(x)': 2})
/// >>> joint_effects.Moments.from_bytes(both.to_bytes()) == both
/// True
#[pyclass(frozen, eq, module = "joint_effects")]
#[derive(PartialEq)]
pub(crate) struct Moments {
    pub(crate) data: Arc<Data>,
}

impl From<Data> for Moments {
    fn from(data: Data) -> Self {
        let data = Arc::new(data);
        Self { data }
    }
}

#[pymethods]
impl Moments {
    /// Reads the bytes of a moments file, which ``joint-effects moments`` writes as well.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        let data = py.detach(|| moments_file::decode(data));
        data.map(Self::from).map_err(error)
    }

    /// The bytes of a moments file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| moments_file::encode(&self.data));
        PyBytes::new(py, &bytes)
    }

    /// No rows, over the same basis.
    fn without_rows(&self) -> Self {
        self.data.without_rows().into()
    }

    /// Raises what a fit would be refused for: effects that are not identified, too few rows.
    fn check(&self) -> PyResult<()> {
        self.data.check().map_err(error)
    }

    /// The name of the outcome.
    #[getter]
    fn outcome(&self) -> &str {
        &self.data.outcome
    }

    /// The names of the actions.
    #[getter]
    fn actions(&self) -> Vec<String> {
        self.data.actions.clone()
    }

    /// The total degree of the polynomials.
    #[getter]
    fn degree(&self) -> usize {
        self.data.basis.monomials().degree()
    }

    /// How many rows of each regime.
    #[getter]
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyDict>> {
        let rows = pyo3::types::PyDict::new(py);
        for part in &self.data.regimes {
            rows.set_item(self.data.name(part.regime), part.count())?;
        }
        Ok(rows)
    }

    fn __add__(&self, py: Python<'_>, other: PyRef<'_, Self>) -> PyResult<Self> {
        let (mut sum, other) = (Data::clone(&self.data), Arc::clone(&other.data));
        py.detach(|| sum.merge(&other)).map_err(error)?;
        Ok(sum.into())
    }

    fn __len__(&self) -> usize {
        let rows = self.data.regimes.iter().map(|part| part.count() as usize);
        rows.sum()
    }

    fn __repr__(&self) -> String {
        format!(
            "<Moments of {} by {}: {} rows, degree {}>",
            self.data.outcome,
            self.data.actions.join(", "),
            self.__len__(),
            self.degree(),
        )
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let from_bytes = py.get_type::<Self>().getattr("from_bytes")?;
        Ok((from_bytes, (self.to_bytes(py),)))
    }
}

/// Which columns hold what, as [`moments`] is told.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Roles {
    outcome: Option<String>,
    regime: String,
    indicators: Option<Vec<String>>,
    baseline: Option<Rest>,
    actions: Option<Vec<String>>,
    degree: Option<usize>,
    observational: Option<String>,
    weight: Option<String>,
    block: Option<String>,
    categorical: Vec<String>,
    missing: String,
}

/// Where the actions rest.
#[derive(FromPyObject)]
enum Rest {
    Word(String),
    Values(BTreeMap<String, f64>),
}

impl Rest {
    fn baseline(self) -> PyResult<Baseline> {
        match self {
            Self::Word(word) if word == "most-frequent" => Ok(Baseline::MostFrequent),
            Self::Word(word) => Err(error(format_args!(
                "baseline: expected most-frequent, or a value of each action, found {word:?}"
            ))),
            Self::Values(values) => {
                let values = values.into_iter();
                let written = values.map(|(name, value)| (name, value.to_string()));
                Ok(Baseline::Values(written.collect()))
            }
        }
    }
}

impl Roles {
    /// What is asked for, beside what `like` has already.
    fn columns(self, like: Option<&Data>) -> PyResult<Columns> {
        let known = Missing::ALL.into_iter();
        let missing = known.clone().find(|known| known.name() == self.missing);
        let missing = missing.ok_or_else(|| {
            let names: Vec<_> = known.map(Missing::name).collect();
            error(format_args!(
                "missing: expected {}, found {:?}",
                names.join(" or "),
                self.missing
            ))
        })?;
        let outcome = self.outcome.or_else(|| Some(like?.outcome.clone()));
        Ok(Columns {
            regime: match (self.indicators, self.baseline) {
                (Some(_), Some(_)) => {
                    return Err(error(
                        "indicators and baseline: expected one of them, found both",
                    ));
                }
                (Some(names), None) => RegimeColumns::Indicators(names),
                (None, Some(rest)) => RegimeColumns::Baseline(rest.baseline()?),
                (None, None) => RegimeColumns::Expression(self.regime),
            },
            outcome: outcome
                .ok_or_else(|| PyTypeError::new_err("outcome: expected the name of a column"))?,
            actions: self.actions.or_else(|| Some(like?.actions.clone())),
            observational: self.observational,
            categories: match like {
                Some(like) => like.category_names(),
                None => self.categorical,
            },
            weight: self.weight,
            block: match like {
                Some(like) => like.block().map(String::from),
                None => self.block,
            },
            missing,
        })
    }
}

#[pyfunction]
pub(crate) fn moments(
    py: Python<'_>,
    data: AnyRecordBatch,
    roles: Roles,
    scale: Option<&str>,
    like: Option<PyRef<'_, Moments>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Moments> {
    let like = like.map(|like| Arc::clone(&like.data));
    let degree = roles.degree;
    if let (Some(like), Some(degree)) = (&like, degree) {
        let expected = like.basis.monomials().degree().to_string();
        Mismatch::unless_equal("the degree", expected, degree.to_string()).map_err(error)?;
    }
    let scale = scale.map(named_scale).transpose()?;
    if let (Some(like), Some(scale)) = (&like, scale) {
        let expected = like.scale.name().to_string();
        Mismatch::unless_equal("the scale", expected, scale.name().into()).map_err(error)?;
    }
    if let (Some(like), Some(block)) = (&like, &roles.block) {
        like.expect_blocks_of(Some(block)).map_err(error)?;
    }
    let asked = roles.actions.is_some();
    let columns = roles.columns(like.as_deref())?;
    let texts: Vec<_> = columns
        .categories
        .iter()
        .chain(&columns.block)
        .cloned()
        .collect();
    let table = table(data, &texts, progress)?.map_err(of_table)?;
    let mut rows = Observations::new(vec![table], &columns).map_err(of_table)?;
    let left_out = rows.left_out().iter().filter(|_| !asked && like.is_none());
    left_out.into_iter().try_for_each(|note| warn(py, note))?;
    let data = py.detach(|| match &like {
        None => {
            let scales = [scale.unwrap_or_default()];
            let data = Data::read_on(&scales, &mut rows, degree, |_| ());
            data.map(|mut data| data.remove(0))
        }
        Some(like) => match like.without_rows().with_rows(&mut rows, |_| ()) {
            // A part of a table may well be empty.
            Err(DataError::Table(TableError {
                problem: Problem::NoRows,
                ..
            })) => Ok(like.without_rows()),
            data => data,
        },
    });
    let data = data.map_err(of_data)?;
    rows.remarks().iter().try_for_each(|note| warn(py, note))?;
    Ok(data.into())
}

/// The scale of a name.
fn named_scale(name: &str) -> PyResult<Scale> {
    let mut known = Scale::CHOICES.into_iter();
    let found = known.find(|scale| scale.name() == name);
    found.ok_or_else(|| {
        error(format_args!(
            "scale: expected identity, log or logit, found {name:?}"
        ))
    })
}

/// The moments of several parts, merged in the order given.
#[pyfunction]
pub(crate) fn merge(py: Python<'_>, parts: Vec<PyRef<'_, Moments>>) -> PyResult<Moments> {
    let parts: Vec<_> = parts.iter().map(|part| Arc::clone(&part.data)).collect();
    let Some((first, rest)) = parts.split_first() else {
        return Err(error("nothing to merge: expected some moments"));
    };
    let mut data = Data::clone(first);
    py.detach(|| rest.iter().try_for_each(|part| data.merge(part)))
        .map_err(error)?;
    Ok(data.into())
}

/// The document of `joint-effects diagnose --json`.
#[pyfunction]
pub(crate) fn diagnose(
    py: Python<'_>,
    moments: PyRef<'_, Moments>,
    degree: Option<usize>,
) -> PyResult<String> {
    let data = Arc::clone(&moments.data);
    data.expect_degree(degree).map_err(error)?;
    let diagnosis = py.detach(|| Diagnosis::of(&at_likeliest_degree(&data, degree)));
    serde_json::to_string(&diagnosis).map_err(error)
}
