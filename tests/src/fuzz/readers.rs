//! Readers of any bytes: what they accept is sound, and is read back as it was written.

use crate::log::ESTIMATORS;
use joint_effects::diagnosis::Diagnosis;
use joint_effects::export::Export;
use joint_effects::fit::estimator::Regularization;
use joint_effects::log::expression;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::response;
use joint_effects::model::{Model, Prediction, PredictionError};
use joint_effects::moments::data::Data;
use joint_effects::{export, model_file, moments_file};
use joint_effects_kernel::digest::crc32;
use joint_effects_kernel::predict::artifact::Artifact;
use joint_effects_kernel::predict::predictor::Layout;
use joint_effects_kernel::{Regime, Scalar};
use std::borrow::Cow;
use std::env;
use std::io::{Read, Write};
use std::path::PathBuf;
use tempfile::NamedTempFile;

/// An artifact: its head, the sections, each with its tag, and the CRC.
type Sections = (([u8; 4], u8, u8, [u8; 4]), Vec<(u8, Vec<u8>)>, [u8; 4]);

/// A predictor is read, or refused, in either precision.
pub(super) fn artifact(bytes: &[u8]) {
    read_artifact::<f32>(bytes);
    read_artifact::<f64>(bytes);
    // Past the CRC, which no search would guess.
    let signed = signed(bytes);
    read_artifact::<f32>(&signed);
    read_artifact::<f64>(&signed);
}

/// The bytes as an artifact's, with the length and the CRC that they call for.
fn signed(bytes: &[u8]) -> Vec<u8> {
    let mut signed = bytes.to_vec();
    let len = (bytes.len() + 4) as u32;
    if let Some(target) = signed.get_mut(6..10) {
        target.copy_from_slice(&len.to_le_bytes());
    }
    signed.extend(crc32(&signed).to_le_bytes());
    signed
}

fn read_artifact<S: Scalar>(bytes: &[u8]) {
    const ACTIONS: usize = 3;
    const CAPACITY: usize = Layout::Dense.capacity(ACTIONS, 3);
    let Ok(artifact) = Artifact::<S>::read(bytes) else {
        return;
    };
    if let Ok(predictor) = artifact.predictor::<ACTIONS, CAPACITY, 8>() {
        predictor.predict(&[S::ONE; ACTIONS]);
    }
    let mut scratch = vec![S::ZERO; artifact.scratch_len()];
    let row = vec![S::ONE; artifact.actions()];
    artifact
        .predict(&row, &mut scratch)
        .expect("scratch for it");
    for action in 0..=artifact.actions() {
        let level = artifact.level(action, "a");
        let levels = S::from_count(artifact.levels(action) as u64);
        assert!(level.is_none_or(|level| level < levels));
    }
    let bytes = &bytes[..artifact.len()];
    let sections: Sections = postcard::from_bytes(bytes).expect("what the kernel reads");
    let again = postcard::to_allocvec(&sections).expect("every length is known");
    assert_eq!(again, bytes, "another encoding of the same predictor");
}

/// A regime of the names before the first line break; names that hold no comma are read back.
pub(super) fn expression(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let (names, text) = text.split_once('\n').unwrap_or(("x,y", text));
    let mut actions: Vec<String> = names.split(',').map(|name| name.trim().into()).collect();
    actions.retain(|name| !name.is_empty());
    actions.sort();
    actions.dedup();
    actions.truncate(8);
    if let Ok(regime) = expression::parse(text, &actions) {
        assert!(regime.actions().all(|action| action < actions.len()));
        let written = expression::write(regime, &actions);
        assert_eq!(
            expression::parse(&written, &actions),
            Ok(regime),
            "{written}"
        );
    }
}

/// A model predicts finite numbers or says why not, is exported or not, and is read back as it was
/// written.
pub(super) fn model_file(bytes: &[u8]) {
    // Past the checksum, which no search would guess.
    let Ok(model) = model_file::decode(&model_file::signed(bytes)) else {
        return;
    };
    let joint = Regime::joint(model.actions.len());
    for regime in [Regime::OBSERVATIONAL, Regime::single(0), joint] {
        predict(&model, regime, &vec![0.5; model.actions.len()]);
        for scalar in [export::Scalar::F32, export::Scalar::F64] {
            if let Ok(export) = Export::new(&model, regime, scalar) {
                export::rust::write(&export, &mut Vec::new()).expect("memory to write to");
                export::c::write(&export, "model", &mut Vec::new()).expect("memory to write to");
                export::postcard::bytes(&export);
            }
        }
    }
    let written = model_file::encode(&model).expect("what was read can be written");
    let again = model_file::decode(&written).expect("what was written can be read");
    assert_eq!(again, model);
}

fn predict(model: &Model, regime: Regime, actions: &[f64]) {
    match model.predict(regime, actions) {
        Err(error) => assert_eq!(error, PredictionError::NotFinite),
        Ok(Prediction {
            effect, interval, ..
        }) => {
            assert!(effect.is_finite());
            assert!(interval.is_none_or(|ends| ends.lower <= effect && effect <= ends.upper));
        }
    }
    if let Ok(points) = response::curve(model, regime, 0, None, 3, &[]) {
        assert!(
            points
                .iter()
                .all(|point| point.prediction.effect.is_finite())
        );
    }
}

/// A table is read as another reader of CSV reads it, where it is text that has no dialect of its own, and fitted
/// with finite coefficients or refused. The first byte is the degree.
pub(super) fn table(bytes: &[u8]) {
    let Some((&degree, bytes)) = bytes.split_first() else {
        return;
    };
    let plain =
        str::from_utf8(bytes).is_ok_and(|text| !text.contains([';', '\t', '#', '=', '\u{feff}']));
    if let (Ok(table), true) = (Table::new("table", bytes), plain) {
        read_as_csv(table, bytes);
    }
    if let Ok(table) = Table::new("table", bytes) {
        fit_table(table, usize::from(degree % 4));
    }
}

fn read_as_csv(mut table: Table<&[u8]>, bytes: &[u8]) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut next = move || {
        let found = reader
            .read_byte_record(&mut record)
            .expect("any bytes are CSV");
        found.then(|| record.clone())
    };
    // Cells behind the last column may be blank, and so may rows; the first may have units.
    let is_blank = |field: &[u8]| field.trim_ascii().is_empty();
    let same = |found: &[Cow<'_, [u8]>], expected: &csv::ByteRecord| {
        (0..found.len().max(expected.len())).all(|place| {
            let other = expected.get(place).unwrap_or_default();
            match found.get(place) {
                Some(field) => **field == *other,
                None => is_blank(other),
            }
        })
    };
    let header = table.header().iter().map(|name| Cow::from(name.as_bytes()));
    let header: Vec<_> = header.collect();
    while !same(&header, &next().expect("a header")) {}
    let mut first = true;
    while let Ok(true) = table.advance() {
        let found: Vec<_> = table.record().collect();
        loop {
            let expected = next().unwrap_or_else(|| panic!("a row too many: {found:?}"));
            if same(&found, &expected) {
                break;
            }
            assert!(first || expected.iter().all(is_blank), "{expected:?}");
        }
        first = false;
    }
}

/// As [`table`], of Parquet in a file, which is read as far as its 10,000th row.
pub(super) fn parquet(bytes: &[u8]) {
    let mut file = NamedTempFile::new_in(memory()).expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    let Ok(mut table) = Table::open(file.path()) else {
        return;
    };
    for _ in 0..10_000 {
        let Ok(true) = table.advance() else {
            break;
        };
        for column in 0..table.columns().len() {
            let _ = table.text(column);
            assert!(table.number(column).map_or(true, f64::is_finite));
        }
    }
}

/// A directory in memory, where there is one.
fn memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        env::temp_dir()
    }
}

/// Moments are read or refused; what is read is written again as the same, merges with itself, and is
/// fitted with finite coefficients or refused.
pub(super) fn moments_file(bytes: &[u8]) {
    read_moments(bytes);
    // Past the length and the checksum, which no search would guess.
    let mut whole = [
        &moments_file::MAGIC[..],
        &[moments_file::VERSION],
        &[0; 8],
        bytes,
        &[0; 4],
    ]
    .concat();
    let (length, end) = (whole.len() as u64, whole.len() - 4);
    whole[5..13].copy_from_slice(&length.to_le_bytes());
    let crc = crc32(&whole[..end]);
    whole[end..].copy_from_slice(&crc.to_le_bytes());
    read_moments(&whole);
}

fn read_moments(bytes: &[u8]) {
    let Ok(mut data) = moments_file::decode(bytes) else {
        return;
    };
    let written = moments_file::encode(&data);
    let again = moments_file::decode(&written).expect("what was written can be read");
    assert_eq!(moments_file::encode(&again), written);
    let monomials = data.basis.monomials();
    // A fit of thousands of monomials takes longer than an input may.
    if monomials.len() <= 35 && data.regimes.len() <= 8 {
        if data.check().is_ok() {
            fit(&data);
        }
        data.merge(&again).expect("the same basis");
        if data.check().is_ok() {
            fit(&data);
        }
    }
}

/// The rows of a table with these columns: fitted, or refused.
fn fit_table<R: Read>(table: Table<R>, degree: usize) {
    let columns = Columns::new("y");
    let Ok(mut observations) = Observations::new(vec![table], &columns) else {
        return;
    };
    if observations.actions().len() > 4 {
        return;
    }
    let Ok(data) = Data::read(&mut observations, degree, |_| {}) else {
        return;
    };
    if data.check().is_ok() {
        fit(&data);
    }
}

/// Every estimator: finite coefficients or an error.
fn fit(data: &Data) {
    let monomials = data.basis.monomials();
    let finite = |numbers: &[f64]| numbers.iter().all(|number| number.is_finite());
    for estimator in ESTIMATORS {
        if let Ok(model) = joint_effects::model::fit::fit(data, estimator, None) {
            assert!(finite(&model.coefficients), "{estimator:?}");
            let learned = model.structured.iter();
            let mut sure = learned.filter_map(|learned| learned.uncertainty.as_ref());
            assert!(sure.all(|sure| finite(&sure.covariance)));
            predict(
                &model,
                Regime::joint(monomials.variables()),
                model.basis.shift(),
            );
            let written = model_file::encode(&model).expect("what was fitted can be written");
            assert_eq!(model_file::decode(&written).expect("and read"), model);
        }
    }
    for part in &data.regimes {
        for regularization in [Regularization::Ridge, Regularization::Lasso] {
            let fits = [
                regularization.fit(&part.folds()),
                regularization.fit_additive(monomials, &part.folds()),
            ];
            assert!(fits.iter().flatten().all(|fit| finite(&fit.coefficients)));
        }
    }
    Diagnosis::of(data);
}
