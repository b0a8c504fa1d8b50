//! The best setting against grids: exact where effects add up, within its gap where they do not.

use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::optimum::{
    Dense, Goal, Line, MANY_BOXES, Optimum, Permitted, best,
};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::scalar::Scalar;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Between −1 and 1.
fn number(rng: &mut Xoshiro256PlusPlus) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

struct Model {
    monomials: Monomials,
    coefficients: Vec<f64>,
    ranges: Vec<(f64, f64)>,
}

impl Model {
    /// Of which only so many cross terms are not zero.
    fn draw(rng: &mut Xoshiro256PlusPlus, actions: usize, degree: usize, share: f64) -> Self {
        let monomials = Monomials::new(actions, degree).unwrap();
        let coefficients = (0..monomials.len()).map(|index| {
            let (value, kept) = (number(rng), number(rng).abs() < share);
            let crosses =
                monomials.degree_of(index) > 0 && monomials.only_variable(index).is_none();
            if crosses && !kept { 0.0 } else { value }
        });
        let coefficients = coefficients.collect();
        let ranges = (0..actions).map(|_| {
            let (middle, half) = (number(rng), 2.0 * number(rng).abs());
            (middle - half, middle + half)
        });
        let ranges = ranges.collect();
        Self {
            monomials,
            coefficients,
            ranges,
        }
    }

    fn at<S: Scalar>(&self, coefficients: &[S], setting: &[S]) -> S {
        let mut features = vec![S::ZERO; self.monomials.len()];
        predictor::evaluate(self.monomials, coefficients, setting, &mut features).unwrap()
    }

    fn best(&self, goal: Goal, boxes: usize) -> (Optimum<f64>, Vec<f64>) {
        let ranges = self.ranges.iter();
        let permitted: Vec<_> = ranges
            .map(|&(low, high)| Permitted::Between(low, high))
            .collect();
        self.best_of(goal, &permitted, boxes)
    }

    fn best_of(
        &self,
        goal: Goal,
        permitted: &[Permitted<'_, f64>],
        boxes: usize,
    ) -> (Optimum<f64>, Vec<f64>) {
        let mut setting = vec![0.0; self.ranges.len()];
        let (monomials, coefficients) = (self.monomials, &self.coefficients[..]);
        let polynomial = Dense {
            monomials,
            coefficients,
            bounded: &[],
        };
        let found = best(&polynomial, goal, permitted, boxes, &mut setting).unwrap();
        (found, setting)
    }

    /// All points of a grid.
    fn grid(&self, steps: usize) -> impl Iterator<Item = Vec<f64>> {
        let count = (steps + 1).pow(self.ranges.len() as u32);
        (0..count).map(move |mut point| {
            let coordinate = |&(low, high): &(f64, f64)| {
                let share = (point % (steps + 1)) as f64 / steps as f64;
                point /= steps + 1;
                low + share * (high - low)
            };
            self.ranges.iter().map(coordinate).collect()
        })
    }

    fn greatest_of_grid(&self, steps: usize) -> f64 {
        let values = self
            .grid(steps)
            .map(|setting| self.at(&self.coefficients, &setting));
        values.fold(f64::NEG_INFINITY, f64::max)
    }

    fn scale(&self) -> f64 {
        self.coefficients.iter().map(|x| x.abs()).sum()
    }
}

#[test]
fn no_point_of_a_fine_grid_is_better() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut tried, mut missed) = (0, 0);
    for (actions, degree, steps, models) in [
        (2, 2, 300, 100),
        (2, 3, 300, 200),
        (2, 5, 300, 60),
        (3, 3, 40, 150),
        (3, 4, 40, 40),
        (4, 3, 16, 40),
        (5, 3, 9, 20),
    ] {
        let mut worst = 0.0_f64;
        for model in 0..models {
            let share = if model % 2 == 0 { 1.0 } else { 0.3 };
            let model = Model::draw(&mut rng, actions, degree, share);
            let (found, setting) = model.best(Goal::Greatest, MANY_BOXES);
            let there = model.at(&model.coefficients, &setting);
            assert!((there - found.value).abs() < 1e-12 * model.scale());
            let inside = setting.iter().zip(&model.ranges);
            assert!(
                inside
                    .clone()
                    .all(|(value, (low, high))| low <= value && value <= high)
            );
            worst = worst.max(found.gap / model.scale());
            tried += 1;
            missed +=
                u32::from(found.value < model.greatest_of_grid(steps) - 1e-12 * model.scale());
        }
        assert!(
            worst < 1e-6,
            "{actions} actions to degree {degree}: {worst}"
        );
    }
    println!("of {tried} models, the grid had a better setting of {missed}");
    assert_eq!(missed, 0);
}

#[test]
fn the_least_is_the_greatest_of_the_negative() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    for _ in 0..60 {
        let mut model = Model::draw(&mut rng, 3, 3, 0.6);
        let (least, _) = model.best(Goal::Least, MANY_BOXES);
        model.coefficients.iter_mut().for_each(|x| *x = -*x);
        let (greatest, _) = model.best(Goal::Greatest, MANY_BOXES);
        assert!((least.value + greatest.value).abs() < 1e-8 * model.scale());
    }
}

#[test]
fn levels_are_tried_one_by_one() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let levels = [0.0, 1.0, 2.0, -1.5];
    for _ in 0..60 {
        let model = Model::draw(&mut rng, 4, 3, 0.7);
        let between = |action: usize| {
            let (low, high) = model.ranges[action];
            Permitted::Between(low, high)
        };
        let permitted = [
            Permitted::Levels(&levels),
            between(1),
            Permitted::Levels(&levels[..2]),
            between(3),
        ];
        let (found, setting) = model.best_of(Goal::Greatest, &permitted, MANY_BOXES);
        assert!(levels.contains(&setting[0]) && levels[..2].contains(&setting[2]));
        let mut greatest = f64::NEG_INFINITY;
        for first in levels {
            for third in &levels[..2] {
                let fixed = [
                    Permitted::Between(first, first),
                    between(1),
                    Permitted::Levels(std::slice::from_ref(third)),
                    between(3),
                ];
                let (part, at) = model.best_of(Goal::Greatest, &fixed, MANY_BOXES);
                assert_eq!((at[0], at[2]), (first, *third));
                greatest = greatest.max(part.value);
            }
        }
        assert!((found.value - greatest).abs() < 1e-8 * model.scale());
    }
}

#[test]
fn the_gap_is_true_when_the_boxes_run_out() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    let mut short = 0;
    for _ in 0..100 {
        let model = Model::draw(&mut rng, 4, 4, 1.0);
        let (whole, _) = model.best(Goal::Greatest, MANY_BOXES);
        for boxes in [1, 3, 10, 30] {
            let (part, _) = model.best(Goal::Greatest, boxes);
            assert!(part.value + part.gap >= whole.value - 1e-12 * model.scale());
            short += u32::from(part.gap > 1e-6 * model.scale());
        }
    }
    assert!(short > 100, "{short} of 400 searches were cut short");
}

#[test]
fn two_equal_tops_are_no_harder_than_one() {
    // −(x² − 1)² − (y² − 1)² + x y, with two tops that are equally high.
    let monomials = Monomials::new(2, 4).unwrap();
    let mut coefficients = vec![0.0; monomials.len()];
    let mut set = |factors: &[usize], value: f64| {
        coefficients[monomials.index_of(factors.iter().copied()).unwrap()] = value;
    };
    for action in 0..2 {
        set(&[action; 4], -1.0);
        set(&[action; 2], 2.0);
    }
    set(&[0, 1], 1.0);
    let model = Model {
        monomials,
        coefficients,
        ranges: vec![(-2.0, 2.0); 2],
    };
    let (found, setting) = model.best(Goal::Greatest, 2_000);
    // x = y = √(5/4) by its derivative.
    assert!(
        (setting[0].abs() - 1.25_f64.sqrt()).abs() < 1e-6,
        "{setting:?}"
    );
    assert!(found.gap < 1e-7, "{found:?}");
}

#[test]
fn single_precision_finds_the_same() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    for _ in 0..60 {
        let model = Model::draw(&mut rng, 3, 3, 0.7);
        let (double, _) = model.best(Goal::Greatest, MANY_BOXES);
        let coefficients: Vec<f32> = model.coefficients.iter().map(|&x| x as f32).collect();
        let ranges = model.ranges.iter();
        let permitted: Vec<_> = ranges
            .map(|&(low, high)| Permitted::Between(low as f32, high as f32))
            .collect();
        let polynomial = Dense {
            monomials: model.monomials,
            coefficients: &coefficients,
            bounded: &[],
        };
        let mut setting = [0.0; 3];
        let found = best(
            &polynomial,
            Goal::Greatest,
            &permitted,
            20_000,
            &mut setting,
        )
        .unwrap();
        let most: f64 = 27.0 * model.scale();
        assert!((f64::from(found.value) - double.value).abs() < 1e-6 * most);
        assert!(f64::from(found.gap) < 1e-5 * most, "{found:?}");
    }
}

#[test]
fn a_setting_of_another_length_is_refused() {
    let monomials = Monomials::new(2, 1).unwrap();
    let coefficients = &[0.0, 1.0, 1.0][..];
    let polynomial = Dense {
        monomials,
        coefficients,
        bounded: &[],
    };
    let permitted = [Permitted::Between(0.0, 1.0); 2];
    assert!(best(&polynomial, Goal::Least, &permitted, 10, &mut [0.0; 3]).is_err());
}

/// A polynomial of two actions, and curves of both within bounds that their ranges reach beyond.
#[test]
fn ranges_that_reach_beyond_bounds_are_searched_to_their_ends() {
    let monomials = Monomials::new(2, 2).unwrap().with_bounded(5).unwrap();
    let bounded = [
        Line {
            constant: 0.2,
            slope: 0.9,
        },
        Line {
            constant: -0.1,
            slope: 1.3,
        },
    ];
    let range = (-3.0, 2.0);
    let permitted = [Permitted::Between(range.0, range.1); 2];
    let mut random = Xoshiro256PlusPlus::seed_from_u64(5);
    for _ in 0..200 {
        let mut coefficients = [0.0; 16];
        for coefficient in &mut coefficients {
            *coefficient = number(&mut random);
        }
        let polynomial = Dense {
            monomials,
            coefficients: &coefficients,
            bounded: &bounded,
        };
        let value = |point: [f64; 2]| {
            let within = [0, 1].map(|k| {
                let line: Line<f64> = bounded[k];
                (line.constant + line.slope * point[k]).clamp(-1.0, 1.0)
            });
            let variables = [point[0], point[1], within[0], within[1]];
            let mut features = [0.0; 16];
            monomials.evaluate(&variables, &mut features).unwrap();
            let both = features.iter().zip(&coefficients);
            both.map(|(feature, coefficient)| feature * coefficient)
                .sum::<f64>()
        };
        for (goal, sign) in [(Goal::Greatest, 1.0), (Goal::Least, -1.0)] {
            let mut setting = [0.0; 2];
            let found = best(&polynomial, goal, &permitted, MANY_BOXES, &mut setting).unwrap();
            assert!((found.value - value(setting)).abs() < 1e-9);
            let steps = 100;
            let at = |step: u32| range.0 + (range.1 - range.0) * f64::from(step) / f64::from(steps);
            let all = (0..=steps).flat_map(|i| (0..=steps).map(move |j| [at(i), at(j)]));
            let most = all
                .map(|point| sign * value(point))
                .fold(f64::MIN, f64::max);
            let gap = sign * found.value + found.gap - most;
            assert!(gap > -1e-9, "{found:?} {most}");
            assert!(gap < 0.2, "{found:?} {most}");
        }
    }
}
