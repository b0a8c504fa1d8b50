//! Readers of any bytes: what they accept is sound, and is read back as it was written.

use crate::log::ESTIMATORS;
use joint_effects::data::Data;
use joint_effects::diagnosis::Diagnosis;
use joint_effects::estimator::Regularization;
use joint_effects::export::Export;
use joint_effects::export::postcard::Artifact;
use joint_effects::model::{Model, Prediction, PredictionError};
use joint_effects::observations::{Columns, Observations};
use joint_effects::table::Table;
use joint_effects::{export, expression, model_file, response};
use joint_effects_kernel::predictor::Layout;
use joint_effects_kernel::{Regime, Scalar, artifact as kernel};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A predictor is read, or refused, in either precision.
pub(super) fn artifact(bytes: &[u8]) {
    read_artifact::<f32>(bytes);
    read_artifact::<f64>(bytes);
    // Past the CRC, which no search would guess.
    let signed = [bytes, &kernel::crc32(bytes).to_le_bytes()].concat();
    read_artifact::<f32>(&signed);
    read_artifact::<f64>(&signed);
}

fn read_artifact<S: Scalar + Serialize + DeserializeOwned>(bytes: &[u8]) {
    const ACTIONS: usize = 3;
    const CAPACITY: usize = Layout::Dense.capacity(ACTIONS, 3);
    if let Ok(predictor) = kernel::read::<S, ACTIONS, CAPACITY>(bytes) {
        predictor.predict(&[S::ONE; ACTIONS]);
        let fields: Artifact<S> = postcard::from_bytes(bytes).expect("what the kernel reads");
        let lists = [&fields.shifts, &fields.factors, &fields.coefficients];
        assert!(lists.into_iter().flatten().all(|number| number.is_finite()));
        let again = postcard::to_allocvec(&fields).expect("every length is known");
        assert_eq!(again, bytes, "another encoding of the same predictor");
    }
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
    let Ok(model) = model_file::decode(bytes) else {
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

/// A table is fitted with finite coefficients, or is refused. The first byte is the degree.
pub(super) fn table(bytes: &[u8]) {
    let Some((&degree, bytes)) = bytes.split_first() else {
        return;
    };
    let columns = Columns {
        regime: "regime".into(),
        outcome: "y".into(),
        actions: None,
    };
    let Ok(table) = Table::new("table", bytes) else {
        return;
    };
    let Ok(mut observations) = Observations::new(vec![table], &columns) else {
        return;
    };
    if observations.actions().len() > 4 {
        return;
    }
    let Ok(data) = Data::read(&mut observations, usize::from(degree % 4), |_| {}) else {
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
        if let Ok(model) = joint_effects::fit::fit(data, estimator) {
            assert!(finite(&model.coefficients), "{estimator:?}");
            let learned = model.structured.iter();
            assert!(learned.clone().all(|learned| finite(&learned.covariance)));
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
                regularization.fit(&part.folds),
                regularization.fit_additive(monomials, &part.folds),
            ];
            assert!(fits.iter().flatten().all(|fit| finite(&fit.coefficients)));
        }
    }
    Diagnosis::of(data);
}
