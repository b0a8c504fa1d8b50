//! Predictors as bytes: written and read, damaged, of others, and arbitrary.

use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::digest::{Digest, crc32};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::artifact::{
    self, Artifact, ArtifactError, Bounded, Contents, Uncertainty,
};
use joint_effects_kernel::predict::optimum::{Goal, MANY_BOXES};
use joint_effects_kernel::predict::predictor::{Cross, Layout, Predictor, PredictorError};
use joint_effects_kernel::predict::support::Support;
use proptest::prelude::*;

const ACTIONS: usize = 5;
const CAPACITY: usize = Layout::Dense.capacity(ACTIONS, 4);
const NAMES: [&str; ACTIONS] = ["red", "green", "blue", "fan", "heater"];
/// Of the second action.
const LEVELS: [&str; 3] = ["low", "grün", ""];
/// One level more than a polynomial tells apart.
const MANY: [&str; 18] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r",
];

/// Deterministic numbers in (−1, 1).
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let at = |i| (i as f32 * 0.754_877_7 + seed as f32 * 0.569_84).fract() * 2.0 - 1.0;
    (0..count).map(at).collect()
}

/// What an artifact is made of, with the numbers it points at.
struct Model {
    layout: Layout,
    actions: usize,
    degree: usize,
    shifts: Vec<f32>,
    factors: Vec<f32>,
    least: Vec<f32>,
    greatest: Vec<f32>,
    coefficients: Vec<f32>,
    cross: Vec<Cross<f32>>,
    bounded: Vec<Bounded<f32, &'static [f32]>>,
    factor: Option<Vec<f32>>,
    levels: Vec<&'static [&'static str]>,
}

impl Model {
    fn new(layout: Layout, actions: usize, degree: usize) -> Self {
        Self {
            layout,
            actions,
            degree,
            shifts: numbers(actions, 1),
            factors: numbers(actions, 2),
            least: vec![-0.5; actions],
            greatest: vec![0.75; actions],
            coefficients: numbers(layout.coefficients(actions, degree), 3),
            cross: Vec::new(),
            bounded: Vec::new(),
            factor: None,
            levels: Vec::new(),
        }
    }

    /// With powers of the first and the last action within their bounds, and standard errors.
    fn with_bounded(mut self) -> Self {
        let bounded = |action, coefficients: &'static [f32]| Bounded {
            action,
            shift: 0.25,
            factor: 4.0,
            coefficients,
        };
        let last = self.actions as u8 - 1;
        self.bounded = vec![bounded(0, &[0.5, -0.75, 0.125]), bounded(last, &[-0.375])];
        let terms = self.coefficients.len() + self.cross.len() + 4;
        self.factor = Some(numbers(packed::len(terms), 5));
        self
    }

    /// The whole of it, of which the second action is a category.
    fn with_category(actions: usize, degree: usize) -> Self {
        let mut model = Self::whole(actions, degree);
        model.levels = vec![&[]; actions];
        model.levels[1] = &LEVELS;
        (model.least[1], model.greatest[1]) = (0.0, 2.0);
        model
    }

    /// With the products 0·1, 0·0·1 and 0·1·1, and standard errors.
    fn whole(actions: usize, degree: usize) -> Self {
        let mut model = Self::new(Layout::Additive, actions, degree);
        let first = actions as u16;
        let terms = [(0, 1), (first, 0), (first, 1)]
            .into_iter()
            .zip(numbers(3, 4));
        let terms = terms.map(|((parent, action), coefficient)| Cross {
            parent,
            action,
            coefficient,
        });
        model.cross = terms.collect();
        let terms = model.coefficients.len() + model.cross.len();
        model.factor = Some(numbers(packed::len(terms), 5));
        model
    }

    fn contents(&self) -> Contents<'_, f32> {
        Contents {
            outcome: "light",
            actions: &NAMES[..self.actions],
            levels: &self.levels,
            data: 77,
            regime: Regime::joint(self.actions),
            shifts: &self.shifts,
            factors: &self.factors,
            least: &self.least,
            greatest: &self.greatest,
            layout: self.layout,
            degree: self.degree,
            coefficients: &self.coefficients,
            cross: &self.cross,
            bounded: &self.bounded,
            uncertainty: self.factor.as_ref().map(|factor| Uncertainty {
                quantile: 1.96,
                factor,
            }),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        let len = artifact::write(&self.contents(), &mut bytes).unwrap();
        bytes.truncate(len);
        bytes
    }

    /// The values of the monomials, and of the products, in f64.
    fn features(&self, row: &[f32]) -> Vec<f64> {
        let standardised = (0..self.actions).map(|k| (row[k] - self.shifts[k]) * self.factors[k]);
        let variables: Vec<f64> = standardised.map(f64::from).collect();
        let monomials = Monomials::new(self.actions, self.degree).unwrap();
        let mut all = vec![0.0; monomials.len()];
        monomials.evaluate(&variables, &mut all).unwrap();
        let has = |&index: &usize| {
            let power = index == 0 || monomials.only_variable(index).is_some();
            self.layout == Layout::Dense || power
        };
        let mut features: Vec<f64> = (0..all.len()).filter(has).map(|index| all[index]).collect();
        if !self.cross.is_empty() {
            let product = variables[0] * variables[1];
            features.extend([product, product * variables[0], product * variables[1]]);
        }
        for own in &self.bounded {
            let variable = (row[usize::from(own.action)] - own.shift) * own.factor;
            let variable = f64::from(variable.clamp(-1.0, 1.0));
            features.extend((1..).zip(own.coefficients).map(|(p, _)| variable.powi(p)));
        }
        features
    }

    /// The expected outcome and its standard error, in f64.
    fn predict(&self, row: &[f32]) -> (f64, Option<f64>) {
        let features = self.features(row);
        let cross = self.cross.iter().map(|term| term.coefficient);
        let bounded = self.bounded.iter().flat_map(|own| own.coefficients);
        let coefficients = self.coefficients.iter().copied();
        let effect = sum(coefficients.chain(cross).chain(bounded.copied()), &features);
        let variance = self.factor.as_ref().map(|factor| {
            let rows = (0..features.len()).map(|i| &factor[packed::len(i)..packed::len(i + 1)]);
            rows.map(|row| sum(row.iter().copied(), &features).powi(2))
                .sum::<f64>()
        });
        (effect, variance.map(f64::sqrt))
    }
}

fn sum(numbers: impl IntoIterator<Item = f32>, features: &[f64]) -> f64 {
    let terms = numbers.into_iter().zip(features);
    terms
        .map(|(number, feature)| f64::from(number) * feature)
        .sum()
}

#[test]
fn predictions_are_the_polynomial() {
    let layouts = [Layout::Dense, Layout::Additive]
        .into_iter()
        .flat_map(|layout| {
            (1..=ACTIONS).flat_map(move |actions| {
                (0..=4).map(move |degree| Model::new(layout, actions, degree))
            })
        });
    let whole =
        (2..=ACTIONS).flat_map(|actions| (1..=4).map(move |degree| Model::whole(actions, degree)));
    for model in layouts.chain(whole) {
        let bytes = model.bytes();
        let artifact = Artifact::<f32>::read(&bytes).unwrap();
        assert_eq!(
            (artifact.actions(), artifact.degree()),
            (model.actions, model.degree)
        );
        let predictor: Predictor<f32, ACTIONS, CAPACITY, 3> = artifact.predictor().unwrap();
        let same = Predictor::new(
            model.layout,
            model.degree,
            &model.shifts,
            &model.factors,
            &model.coefficients,
        );
        assert_eq!(
            predictor,
            same.unwrap()
                .with_cross(model.cross.iter().copied())
                .unwrap()
        );

        let mut row = [0.0; ACTIONS];
        row[..model.actions].copy_from_slice(&numbers(model.actions, 4));
        let (expected, standard_error) = model.predict(&row);
        let mut scratch = vec![0.0; artifact.scratch_len()];
        let checked = artifact
            .predict(&row[..model.actions], &mut scratch)
            .unwrap();
        for found in [predictor.predict(&row), checked.effect] {
            assert!(
                (f64::from(found) - expected).abs() < 1e-5,
                "{:?}, {} actions, degree {}: {found}, {expected}",
                model.layout,
                model.actions,
                model.degree,
            );
        }
        match (checked.standard_error, standard_error) {
            (Some(found), Some(expected)) => {
                assert!((f64::from(found) / expected - 1.0).abs() < 1e-5);
            }
            (found, expected) => assert_eq!((found, expected), (None, None)),
        }
    }
}

/// Inside the bounds, 0 and 0.5, at them and beyond.
#[test]
fn powers_of_bounded_actions_are_in_predictions() {
    let models = [
        Model::new(Layout::Dense, 3, 2),
        Model::new(Layout::Additive, 2, 0),
        Model::whole(4, 3),
    ];
    for model in models.map(Model::with_bounded) {
        let bytes = model.bytes();
        let artifact = Artifact::<f32>::read(&bytes).unwrap();
        let mut scratch = vec![0.0; artifact.scratch_len()];
        for value in [
            -2.0,
            -f32::EPSILON,
            0.0,
            0.125,
            0.25,
            0.375,
            0.5,
            0.500_000_1,
            9.0,
        ] {
            for other in [-3.0, 0.3, 0.7] {
                let mut row = [other; ACTIONS];
                row[0] = value;
                let row = &row[..model.actions];
                let checked = artifact.predict(row, &mut scratch).unwrap();
                let (effect, standard_error) = model.predict(row);
                let near = |found: f32, expected: f64| {
                    (f64::from(found) - expected).abs() <= 1e-5 * (1.0 + expected.abs())
                };
                assert!(
                    near(checked.effect, effect),
                    "{row:?}: {checked:?}, {effect}"
                );
                let standard_error = standard_error.unwrap();
                assert!(near(checked.standard_error.unwrap(), standard_error));
            }
        }
        for action in [0, model.actions - 1] {
            let mut row = vec![0.3; model.actions];
            row[action] = f32::NAN;
            let checked = artifact.predict(&row, &mut scratch).unwrap();
            assert!(checked.effect.is_nan() && checked.standard_error.unwrap().is_nan());
        }
        let predictor = artifact.predictor::<ACTIONS, CAPACITY, 3>().map(drop);
        assert_eq!(predictor, Err(PredictorError::Bounded));
    }
}

/// Ranges reach beyond the bounds.
#[test]
fn the_best_setting_of_an_effect_with_bounded_actions_is_no_worse_than_any_of_a_grid() {
    for model in [
        Model::new(Layout::Dense, 3, 2),
        Model::new(Layout::Additive, 2, 0),
        Model::whole(4, 3),
    ]
    .map(Model::with_bounded)
    {
        let bytes = model.bytes();
        let artifact = Artifact::<f32>::read(&bytes).unwrap();
        let mut scratch = vec![0.0; artifact.scratch_len()];
        let mut setting = vec![0.0; model.actions];
        let best = artifact.best(Goal::Greatest, MANY_BOXES, &mut setting);
        let best = best.unwrap();
        let there = artifact.predict(&setting, &mut scratch).unwrap();
        assert_eq!(there.support, Support::Inside);
        assert!(
            (there.effect - best.value).abs() < 1e-4,
            "{best:?} {there:?}"
        );
        assert!(best.value + best.gap > greatest_of_grid(&artifact, 12) - 1e-4);
    }
}

/// To the byte, where there are no powers of bounded actions.
#[test]
fn artifacts_are_as_ever() {
    for (model, crc) in [
        (Model::new(Layout::Dense, 3, 2), 0x4b46_aab8),
        (Model::whole(3, 2), 0xe0eb_4420),
        (Model::with_category(3, 2), 0x8f7b_0bfa),
    ] {
        let bytes = model.bytes();
        assert_eq!(crc32(&bytes[..bytes.len() - 4]), crc);
    }
}

#[test]
fn the_support_is_said() {
    let bytes = Model::whole(3, 2).bytes();
    let artifact = Artifact::<f32>::read(&bytes).unwrap();
    assert_eq!(artifact.range(1), Some((-0.5, 0.75)));
    assert_eq!(artifact.range(3), None);
    for (row, support) in [
        ([-0.5, 0.0, 0.75], Support::Inside),
        ([-0.5, 0.0, 0.75000006], Support::Outside { action: 2 }),
        ([f32::INFINITY, -9.0, 0.0], Support::Outside { action: 0 }),
        ([9.0, f32::NAN, 0.0], Support::NotANumber { action: 1 }),
    ] {
        let mut scratch = vec![0.0; artifact.scratch_len()];
        assert_eq!(artifact.support(&row), support);
        assert_eq!(
            artifact.predict(&row, &mut scratch).unwrap().support,
            support
        );
    }
    assert!(artifact.predict(&[0.0; 2], &mut [0.0; 99]).is_err());
    assert!(artifact.predict(&[0.0; 3], &mut [0.0; 9]).is_err());
}

#[test]
fn levels_are_known_by_name() {
    let bytes = Model::with_category(3, 2).bytes();
    let artifact = Artifact::<f32>::read(&bytes).unwrap();
    for (place, name) in LEVELS.into_iter().enumerate() {
        assert_eq!(artifact.level(1, name), Some(place as f32));
        assert_eq!(artifact.level(0, name), None);
    }
    assert_eq!(
        [0, 1, 2, 3].map(|action| artifact.levels(action)),
        [0, 3, 0, 0]
    );
    assert_eq!(artifact.level(1, "Low"), None);
    assert_eq!(artifact.level(3, "low"), None);
    let inside = |actions: &[f32]| artifact.support(actions) == Support::Inside;
    assert!(inside(&[0.3, 1.0, 0.3]) && inside(&[0.3, 2.0, 0.3]));
    for (row, support) in [
        ([0.0, 0.99999994, 0.0], Support::Outside { action: 1 }),
        ([0.0, 3.0, 0.0], Support::Outside { action: 1 }),
        ([9.0, 0.5, 0.0], Support::Outside { action: 0 }),
        ([0.0, 0.5, 9.0], Support::Outside { action: 1 }),
        ([0.0, 0.5, f32::NAN], Support::NotANumber { action: 2 }),
    ] {
        assert_eq!(artifact.support(&row), support);
    }

    let mut plain = Model::with_category(3, 2);
    plain.levels = vec![&[]; 3];
    let plain_bytes = plain.bytes();
    let plain = Artifact::<f32>::read(&plain_bytes).unwrap();
    assert_eq!((plain.levels(1), plain.level(1, "low")), (0, None));
    assert_eq!(plain.support(&[0.0, 0.5, 0.0]), Support::Inside);
    assert_eq!(plain.model(), artifact.model());
    // The tag and the length of the section, and its lists.
    assert_eq!(
        bytes.len() - plain_bytes.len(),
        2 + 1 + 3 + 4 * LEVELS.len()
    );
}

#[test]
fn another_model_is_refused_by_name() {
    let bytes = Model::new(Layout::Additive, 2, 2).bytes();
    let artifact = Artifact::<f32>::read(&bytes).unwrap();
    assert_eq!(artifact.expect(&["red", "green"], "light"), Ok(()));
    let (expected, found) = (3, 2);
    for (actions, outcome, error) in [
        (
            &NAMES[..3],
            "light",
            ArtifactError::Actions { expected, found },
        ),
        (&["green", "red"], "light", ArtifactError::ActionOrder),
        (
            &["red", "blue"],
            "light",
            ArtifactError::ActionName { action: 1 },
        ),
        (&["red", "green"], "noise", ArtifactError::OutcomeName),
    ] {
        assert_eq!(artifact.expect(actions, outcome), Err(error));
    }
    assert_eq!((artifact.data(), artifact.regime()), (77, Regime::joint(2)));
}

#[test]
fn a_model_is_known_by_its_coefficients() {
    let model = Model::whole(3, 2);
    let id = |model: &Model| Artifact::<f32>::read(&model.bytes()).unwrap().model();
    let mut others = [
        Model::whole(3, 2),
        Model::whole(3, 2),
        Model::whole(3, 2),
        Model::whole(2, 2),
        Model::whole(3, 2).with_bounded(),
    ];
    others[0].coefficients[4] += 1e-7;
    others[1].shifts[0] += 1e-7;
    others[2].cross[0].coefficient = 0.0;
    for other in &others {
        assert_ne!(id(other), id(&model));
    }
    let mut same = Model::whole(3, 2);
    same.greatest[0] = 5.0;
    same.factor = None;
    assert_eq!(id(&same), id(&model));
    let bounded = &others[4];
    let mut other = Model::whole(3, 2).with_bounded();
    other.bounded[1].factor = 5.0;
    assert_ne!(id(&other), id(bounded));
}

/// Behind an artifact, in a slot of flash, may be anything.
#[test]
fn a_slot_may_be_larger() {
    let bytes = Model::whole(3, 3).bytes();
    for padding in [0x00, 0xff] {
        let mut slot = bytes.clone();
        slot.resize(4096, padding);
        let artifact = Artifact::<f32>::read(&slot).unwrap();
        assert_eq!(artifact, Artifact::read(&bytes).unwrap());
        assert_eq!(artifact.len(), bytes.len());
    }
}

/// All of them: no flipped bit and no missing end is read.
#[test]
fn no_damage_goes_unnoticed() {
    let (mut flips, mut truncations) = (0, 0);
    for model in [
        Model::new(Layout::Dense, 5, 3),
        Model::whole(3, 3),
        Model::with_category(3, 1),
        Model::with_category(2, 1).with_bounded(),
        Model::new(Layout::Additive, 1, 1),
    ] {
        let bytes = model.bytes();
        for bit in 0..8 * bytes.len() {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            damaged.extend([0xff; 64]);
            assert!(Artifact::<f32>::read(&damaged).is_err(), "bit {bit}");
            flips += 1;
        }
        for found in 0..bytes.len() {
            let error = Artifact::<f32>::read(&bytes[..found]).unwrap_err();
            assert!(matches!(error, ArtifactError::Truncated { found: said, .. } if said == found));
            let mut slot = bytes[..found].to_vec();
            slot.resize(bytes.len() + 64, 0xff);
            assert!(Artifact::<f32>::read(&slot).is_err() || slot[..bytes.len()] == bytes);
            truncations += 1;
        }
    }
    println!("refused: {flips} flipped bits, {truncations} truncations");
}

/// Sections by their tags.
type Parts<'a> = Vec<(u8, &'a [u8])>;

/// A head with these sections, and a CRC that fits.
fn artifact_of(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = artifact::MAGIC.to_vec();
    bytes.extend([artifact::VERSION, 4, 0, 0, 0, 0, sections.len() as u8]);
    for (tag, content) in sections {
        bytes.push(*tag);
        match content.len() {
            length @ ..128 => bytes.push(length as u8),
            length => bytes.extend([length as u8 | 0x80, (length >> 7) as u8]),
        }
        bytes.extend(*content);
    }
    let length = (bytes.len() + 4) as u32;
    bytes[6..10].copy_from_slice(&length.to_le_bytes());
    bytes.extend(crc32(&bytes).to_le_bytes());
    bytes
}

/// The sections of an artifact, whose lengths take at most two bytes each.
fn sections(bytes: &[u8]) -> Parts<'_> {
    let mut rest = &bytes[11..bytes.len() - 4];
    std::iter::from_fn(|| {
        let (&[tag, low], mut behind) = rest.split_first_chunk()?;
        let mut length = usize::from(low);
        if let (128.., [high, more @ ..]) = (low, behind) {
            length = usize::from(low & 0x7f) | usize::from(*high) << 7;
            behind = more;
        }
        let (content, after) = behind.split_at(length);
        rest = after;
        Some((tag, content))
    })
    .collect()
}

#[test]
fn what_is_wrong_is_said() {
    let read = |bytes: &[u8]| Artifact::<f32>::read(bytes).unwrap_err();
    let model = || Model::with_category(2, 1).with_bounded();
    let whole = model().bytes();
    let parts = sections(&whole);
    assert_eq!(artifact_of(&parts), whole);
    let of_head = |at: usize, value: u8| {
        let mut bytes = whole.clone();
        bytes[at] = value;
        read(&bytes)
    };
    assert_eq!(of_head(0, b'X'), ArtifactError::Magic);
    assert_eq!(of_head(4, 1), ArtifactError::Version { found: 1 });
    assert_eq!(of_head(4, 3), ArtifactError::Version { found: 3 });
    assert_eq!(of_head(30, whole[30] ^ 1), ArtifactError::Crc);
    let scalar = Artifact::<f64>::read(&whole).unwrap_err();
    assert_eq!(scalar, ArtifactError::Scalar { found: 4 });

    let with = |change: &dyn Fn(&mut Parts<'_>)| {
        let mut parts = parts.clone();
        change(&mut parts);
        read(&artifact_of(&parts))
    };
    let tag = 200;
    assert_eq!(
        with(&|parts| parts.push((tag, b"new"))),
        ArtifactError::UnknownSection { tag }
    );
    assert_eq!(
        with(&|parts| parts.swap(0, 1)),
        ArtifactError::Order { tag: 1 }
    );
    assert_eq!(
        with(&|parts| parts.insert(1, parts[0])),
        ArtifactError::Order { tag: 1 }
    );
    let missing = [
        "identity",
        "names",
        "support",
        "standardisation",
        "coefficients",
    ];
    for (place, what) in missing.into_iter().enumerate() {
        let error = with(&|parts| {
            parts.remove(place);
        });
        assert_eq!(error, ArtifactError::Missing { what });
    }
    let kinds =
        missing
            .into_iter()
            .chain(["cross terms", "uncertainty", "levels", "bounded actions"]);
    for (place, what) in kinds.enumerate() {
        let shorter = with(&|parts| parts[place].1 = &parts[place].1[..parts[place].1.len() - 1]);
        assert_eq!(shorter, ArtifactError::Content { what });
        let longer = [parts[place].1, &[0]].concat();
        let mut parts = parts.clone();
        parts[place].1 = &longer;
        assert_eq!(read(&artifact_of(&parts)), ArtifactError::Content { what });
    }

    let what = "levels";
    let last = parts.len() - 2;
    for lists in [
        &[2, 0, 0][..],
        &[1, 1, 7, 7, 7, 7],
        &[0],
        &[0xff, 0xff, 0xff, 0xff, 0x0f, 1],
    ] {
        let error = with(&|parts| parts[last].1 = lists);
        assert_eq!(error, ArtifactError::Content { what });
    }

    let what = "bounded actions";
    for list in [&[0][..], &[1, 0], &[0xff, 0xff, 0xff, 0xff, 0x0f, 1]] {
        let error = with(&|parts| parts[last + 1].1 = list);
        assert_eq!(error, ArtifactError::Content { what });
    }

    // What is written is read, or refused for the same reason.
    let write = |change: &dyn Fn(&mut Model)| {
        let mut model = model();
        change(&mut model);
        artifact::write(&model.contents(), &mut [0; 999]).unwrap_err()
    };
    let content = |what| ArtifactError::Content { what };
    assert_eq!(
        write(&|model| model.shifts.push(0.0)),
        content("standardisation")
    );
    assert_eq!(write(&|model| model.greatest[1] = -1.0), content("support"));
    assert_eq!(write(&|model| model.degree = 3), content("coefficients"));
    assert_eq!(
        write(&|model| model.cross.truncate(2)),
        content("uncertainty")
    );
    let layout = |layout| move |model: &mut Model| model.layout = layout;
    assert_eq!(write(&layout(Layout::Dense)), content("cross terms"));
    let ahead = ArtifactError::Predictor(PredictorError::Cross { index: 1 });
    assert_eq!(write(&|model| model.cross[1].parent = 3), ahead);
    assert_eq!(write(&|model| model.levels.push(&[])), content("levels"));
    assert_eq!(write(&|model| model.levels[0] = &MANY), content("levels"));
    let same = ArtifactError::SameLevels { action: 1 };
    assert_eq!(
        write(&|model| model.levels[1] = &["low", "high", "low"]),
        same
    );
    let bounded = content("bounded actions");
    assert_eq!(write(&|model| model.bounded[1].action = 2), bounded);
    assert_eq!(write(&|model| model.bounded.swap(0, 1)), bounded);
    assert_eq!(write(&|model| model.bounded[1].action = 0), bounded);
    for coefficients in [&[][..], &[0.0; 17]] {
        let error = write(&|model| model.bounded[0].coefficients = coefficients);
        assert_eq!(error, bounded);
    }
    let fewer = write(&|model| model.bounded[0].coefficients = &[1.0; 2]);
    assert_eq!(fewer, content("uncertainty"));
    let unsupported = Monomials::new(2, 17).unwrap_err();
    let unsupported = ArtifactError::Predictor(PredictorError::Unsupported(unsupported));
    assert_eq!(write(&|model| model.degree = 17), unsupported);
    for value in [f32::NAN, f32::INFINITY] {
        let what = "coefficients";
        let infinite = write(&|model| model.coefficients[1] = value);
        assert_eq!(infinite, ArtifactError::NotFinite { what });
        let what = "uncertainty";
        let infinite = write(&|model| model.factor.as_mut().unwrap()[3] = value);
        assert_eq!(infinite, ArtifactError::NotFinite { what });
        let what = "bounded actions";
        let infinite = write(&|model| model.bounded[0].shift = value);
        assert_eq!(infinite, ArtifactError::NotFinite { what });
        let infinite = write(&|model| model.bounded[1].factor = value);
        assert_eq!(infinite, ArtifactError::NotFinite { what });
    }
    let infinite = write(&|model| model.bounded[1].coefficients = &[f32::INFINITY]);
    assert_eq!(
        infinite,
        ArtifactError::NotFinite {
            what: "bounded actions"
        }
    );
    let (needed, found) = (whole.len(), 100);
    let small = artifact::write(&model().contents(), &mut [0; 100]).unwrap_err();
    assert_eq!(small, ArtifactError::Truncated { needed, found });
}

#[test]
fn rooms_that_are_too_small_are_said() {
    let bytes = Model::whole(4, 3).bytes();
    let artifact = Artifact::<f32>::read(&bytes).unwrap();
    const ROOM: usize = Layout::Additive.capacity(4, 3);
    let needed = 3;
    assert!(artifact.predictor::<4, ROOM, 3>().is_ok());
    let capacity = 2;
    let cross = artifact.predictor::<4, ROOM, 2>().map(drop);
    assert_eq!(
        cross,
        Err(PredictorError::TooManyCross { needed, capacity })
    );
    let (needed, capacity) = (ROOM, ROOM - 1);
    let numbers = artifact.predictor::<4, { ROOM - 1 }, 3>().map(drop);
    assert_eq!(numbers, Err(PredictorError::TooLarge { needed, capacity }));
    let (needed, capacity) = (4, 3);
    let actions = artifact.predictor::<3, ROOM, 3>().map(drop);
    assert_eq!(
        actions,
        Err(PredictorError::TooManyActions { needed, capacity })
    );
}

/// The greatest expected outcome over a grid of the supported settings.
fn greatest_of_grid(artifact: &Artifact<'_, f32>, steps: usize) -> f32 {
    let actions = artifact.actions();
    let mut scratch = vec![0.0; artifact.scratch_len()];
    let mut greatest = f32::NEG_INFINITY;
    for point in 0..(steps + 1).pow(actions as u32) {
        let mut rest = point;
        let setting: Vec<f32> = (0..actions)
            .map(|action| {
                let (least, greatest) = artifact.range(action).unwrap();
                let share = (rest % (steps + 1)) as f32 / steps as f32;
                rest /= steps + 1;
                (least + share * (greatest - least)).clamp(least, greatest)
            })
            .collect();
        let prediction = artifact.predict(&setting, &mut scratch).unwrap();
        assert_eq!(prediction.support, Support::Inside);
        greatest = greatest.max(prediction.effect);
    }
    greatest
}

#[test]
fn the_best_setting_is_no_worse_than_any_of_a_grid() {
    let (mut tried, mut missed) = (0, 0);
    for seed in 0..60 {
        for (layout, crossed) in [
            (Layout::Additive, false),
            (Layout::Additive, true),
            (Layout::Dense, false),
        ] {
            for degree in [1, 2, 3, 4] {
                let mut model = if crossed {
                    Model::whole(3, degree)
                } else {
                    Model::new(layout, 3, degree)
                };
                model.coefficients = numbers(model.coefficients.len(), 10 * seed + 3);
                model.factors = vec![2.0, -1.5, 1.0];
                let values = numbers(3, 10 * seed + 4);
                for (term, value) in model.cross.iter_mut().zip(values) {
                    term.coefficient = value;
                }
                let bytes = model.bytes();
                let artifact = Artifact::<f32>::read(&bytes).unwrap();
                let mut setting = [0.0; 3];
                let found = artifact
                    .best(Goal::Greatest, MANY_BOXES, &mut setting)
                    .unwrap();
                let value = found.value;
                assert!(found.gap < 1e-4, "{found:?}");
                let mut scratch = vec![0.0; artifact.scratch_len()];
                let there = artifact.predict(&setting, &mut scratch).unwrap();
                assert_eq!(there.support, Support::Inside);
                assert!((there.effect - value).abs() < 1e-5, "{value} {there:?}");
                tried += 1;
                let grid = greatest_of_grid(&artifact, 12);
                let worse = value < grid - 1e-5;
                missed += u32::from(worse);

                let negated = Model {
                    coefficients: model.coefficients.iter().map(|x| -x).collect(),
                    cross: model
                        .cross
                        .iter()
                        .map(|&term| Cross {
                            coefficient: -term.coefficient,
                            ..term
                        })
                        .collect(),
                    factor: None,
                    ..model
                };
                let bytes = negated.bytes();
                let artifact = Artifact::<f32>::read(&bytes).unwrap();
                let mut other = [0.0; 3];
                let least = artifact
                    .best(Goal::Least, MANY_BOXES, &mut other)
                    .unwrap()
                    .value;
                assert!((least + value).abs() < 1e-5, "{least} {value}");
            }
        }
    }
    println!("of {tried} models, the grid had a better setting of {missed}");
    assert_eq!(missed, 0);
}

/// Of a category only its levels are tried, and of these only what the data support.
#[test]
fn the_best_setting_has_a_level() {
    for seed in 0..60 {
        for (degree, least) in [(1, 0.0), (2, 0.0), (3, 1.0)] {
            let mut model = Model::with_category(3, degree);
            model.least[1] = least;
            model.coefficients = numbers(model.coefficients.len(), 10 * seed + 3);
            model.factors = vec![2.0, -1.5, 1.0];
            model.shifts[1] = 0.7;
            let bytes = model.bytes();
            let artifact = Artifact::<f32>::read(&bytes).unwrap();
            let mut setting = [0.0; 3];
            let found = artifact
                .best(Goal::Greatest, MANY_BOXES, &mut setting)
                .unwrap();
            let mut scratch = vec![0.0; artifact.scratch_len()];
            let there = artifact.predict(&setting, &mut scratch).unwrap();
            assert_eq!(there.support, Support::Inside, "{setting:?}");
            assert!((there.effect - found.value).abs() < 1e-5 && found.gap < 1e-4);

            // Each level by itself, as if it were all that is supported.
            let greatest = (least as u8..3).map(|level| {
                model.levels = Vec::new();
                (model.least[1], model.greatest[1]) = (level.into(), level.into());
                let bytes = model.bytes();
                let artifact = Artifact::<f32>::read(&bytes).unwrap();
                let found = artifact.best(Goal::Greatest, MANY_BOXES, &mut setting);
                found.unwrap().value
            });
            let greatest = greatest.fold(f32::NEG_INFINITY, f32::max);
            assert!(
                (found.value - greatest).abs() < 1e-5,
                "{found:?}, {greatest}"
            );
        }
    }
}

#[test]
fn digests_are_the_published_ones() {
    assert_eq!(Digest::new().bytes(b"").value(), 0xcbf2_9ce4_8422_2325);
    assert_eq!(Digest::new().bytes(b"a").value(), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(crc32(b""), 0);
    assert_eq!(
        crc32(b"The quick brown fox jumps over the lazy dog"),
        0x414f_a339
    );
}

proptest! {
    /// With and without a CRC that fits.
    #[test]
    fn no_bytes_are_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        place in 0..9_usize,
        change in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let whole = Model::with_category(2, 1).with_bounded().bytes();
        let mut parts = sections(&whole);
        parts[place].1 = &change;
        let changed = artifact_of(&parts);
        for bytes in [&bytes[..], &artifact_of(&[(place as u8, &bytes)]), &changed] {
            if let Ok(artifact) = Artifact::<f32>::read(bytes) {
                let mut scratch = vec![0.0; artifact.scratch_len()];
                artifact.predict(&vec![0.5; artifact.actions()], &mut scratch).unwrap();
                for action in 0..=artifact.actions() {
                    let level = artifact.level(action, "low");
                    prop_assert!(level.is_none_or(|level| level < artifact.levels(action) as f32));
                }
            }
        }
    }
}
