//! Predictors read from bytes: whole, damaged, and arbitrary.

use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::artifact::{self, ArtifactError};
use joint_effects_kernel::predict::predictor::{self, Layout, Predictor, PredictorError};
use proptest::prelude::*;

const ACTIONS: usize = 5;
const CAPACITY: usize = Layout::Dense.capacity(ACTIONS, 4);

fn read(bytes: &[u8]) -> Result<Predictor<f32, ACTIONS, CAPACITY>, ArtifactError> {
    artifact::read(bytes)
}

/// Deterministic numbers in (−1, 1).
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let at = |i| (i as f32 * 0.754_877_7 + seed as f32 * 0.569_84).fract() * 2.0 - 1.0;
    (0..count).map(at).collect()
}

struct Fields {
    head: [u8; 9],
    lists: [Vec<f32>; 3],
}

impl Fields {
    fn new(layout: Layout, actions: usize, degree: usize) -> Self {
        let [a, b, c, d] = artifact::MAGIC;
        let (code, version) = (layout as u8, artifact::VERSION);
        let terms = layout.coefficients(actions, degree);
        Self {
            head: [a, b, c, d, version, 4, code, actions as u8, degree as u8],
            lists: [numbers(actions, 1), numbers(actions, 2), numbers(terms, 3)],
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.to_vec();
        for list in &self.lists {
            match list.len() {
                length @ ..128 => bytes.push(length as u8),
                length => bytes.extend([length as u8 | 0x80, (length >> 7) as u8]),
            }
            bytes.extend(list.iter().flat_map(|number| number.to_le_bytes()));
        }
        bytes.extend(artifact::crc32(&bytes).to_le_bytes());
        bytes
    }
}

#[test]
fn a_predictor_is_the_polynomial() {
    for layout in [Layout::Dense, Layout::Additive] {
        for actions in 1..=ACTIONS {
            for degree in 0..=4 {
                let fields = Fields::new(layout, actions, degree);
                let predictor = read(&fields.bytes()).unwrap();
                assert_eq!((predictor.actions(), predictor.degree()), (actions, degree));
                let [shifts, factors, coefficients] = &fields.lists;
                let same = Predictor::new(layout, degree, shifts, factors, coefficients);
                assert_eq!(predictor, same.unwrap());

                let mut row = [0.0; ACTIONS];
                row[..actions].copy_from_slice(&numbers(actions, 4));
                let standardised = (0..actions).map(|k| (row[k] - shifts[k]) * factors[k]);
                let variables: Vec<f64> = standardised.map(f64::from).collect();
                let monomials = Monomials::new(actions, degree).unwrap();
                let mut given = coefficients.iter().map(|&number| f64::from(number));
                let whole: Vec<f64> = (0..monomials.len())
                    .map(|index| {
                        let power = index == 0 || monomials.only_variable(index).is_some();
                        let has = layout == Layout::Dense || power;
                        if has { given.next().unwrap() } else { 0.0 }
                    })
                    .collect();
                let mut features = vec![0.0; monomials.len()];
                let expected =
                    predictor::evaluate(monomials, &whole, &variables, &mut features).unwrap();
                let found = f64::from(predictor.predict(&row));
                assert!(
                    (found - expected).abs() < 1e-5,
                    "{layout:?}, {actions} actions, degree {degree}: {found}, {expected}"
                );
            }
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let sound = || Fields::new(Layout::Dense, 3, 2);
    let refused = |fields: &Fields| read(&fields.bytes()).unwrap_err();
    let of_head = |at: usize, value: u8| {
        let mut fields = sound();
        fields.head[at] = value;
        refused(&fields)
    };
    assert_eq!(of_head(0, b'X'), ArtifactError::Magic);
    assert_eq!(of_head(4, 2), ArtifactError::Version { found: 2 });
    assert_eq!(of_head(5, 8), ArtifactError::Scalar { found: 8 });
    assert_eq!(of_head(6, 2), ArtifactError::Layout { found: 2 });
    let (what, needed) = ("shifts", 4);
    assert_eq!(of_head(7, 4), ArtifactError::Count { what, needed });
    let (needed, capacity) = (6, ACTIONS);
    let too_many = PredictorError::TooManyActions { needed, capacity };
    assert_eq!(of_head(7, 6), ArtifactError::Predictor(too_many));
    let unsupported = ArtifactError::Predictor(PredictorError::Unsupported(
        Monomials::new(0, 2).unwrap_err(),
    ));
    assert_eq!(of_head(7, 0), unsupported);
    let (what, needed) = ("coefficients", 20);
    assert_eq!(of_head(8, 3), ArtifactError::Count { what, needed });
    assert!(matches!(
        of_head(8, 5),
        ArtifactError::Predictor(PredictorError::TooLarge { .. })
    ));

    for value in [f32::NAN, f32::INFINITY] {
        for list in 0..3 {
            let mut fields = sound();
            fields.lists[list][1] = value;
            let expected = ArtifactError::Predictor(PredictorError::NotFinite);
            assert_eq!(refused(&fields), expected);
        }
    }

    let bytes = sound().bytes();
    for found in 0..bytes.len() {
        let expected = ArtifactError::Truncated { found };
        assert_eq!(read(&bytes[..found]).unwrap_err(), expected);
    }
    let mut longer = bytes.clone();
    longer.push(0);
    let left = 1;
    assert_eq!(read(&longer).unwrap_err(), ArtifactError::Trailing { left });
    let scalar = artifact::read::<f64, ACTIONS, CAPACITY>(&bytes);
    assert_eq!(scalar.unwrap_err(), ArtifactError::Scalar { found: 4 });
    let mut damaged = bytes;
    damaged[30] ^= 1;
    assert_eq!(read(&damaged).unwrap_err(), ArtifactError::Crc);
}

proptest! {
    #[test]
    fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let headed = [&artifact::MAGIC[..], &[artifact::VERSION, 4], &bytes].concat();
        if let Ok(predictor) = read(&headed) {
            predictor.predict(&[0.5; ACTIONS]);
        }
    }

    #[test]
    fn no_mutation_goes_unnoticed(
        dense in any::<bool>(),
        actions in 1..=ACTIONS,
        degree in 0..5_usize,
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let layout = if dense { Layout::Dense } else { Layout::Additive };
        let mut bytes = Fields::new(layout, actions, degree).bytes();
        *at.get_mut(&mut bytes) ^= 1_u8 << bit;
        prop_assert!(read(&bytes).is_err());
    }

    /// Even with a CRC that fits.
    #[test]
    fn what_is_read_predicts(
        actions in 0..8_u8,
        degree in 0..20_u8,
        layout in 0..3_u8,
        lists in prop::array::uniform3(prop::collection::vec(any::<f32>(), 0..90)),
    ) {
        let mut fields = Fields::new(Layout::Dense, 1, 1);
        fields.head[6..].copy_from_slice(&[layout, actions, degree]);
        fields.lists = lists;
        if let Ok(predictor) = read(&fields.bytes()) {
            predictor.predict(&[0.5; ACTIONS]);
        }
    }
}
