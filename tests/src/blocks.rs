//! Rows in blocks, which shift the outcome, and how often intervals hold the effect in an average block.

use crate::average::mean;
use crate::random::{normals, stream};
use crate::simulate::{Rows, Simulation, structured_over};
use joint_effects::app::lab::scm::Family;
use joint_effects::model::Model;
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::Known;
use joint_effects_kernel::structured::block::{Blocks, Cell, cell_len};
use std::collections::BTreeMap;
use std::fmt::Write;

const ACTIONS: usize = 4;
const DEGREE: usize = 3;

/// How rows are in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Every regime has rows in each of so many blocks.
    Shared(usize),
    /// The same, but a block shifts the rows of every regime by another amount.
    Own(usize),
    /// All experiments ran in another block than the observational rows.
    Apart,
    /// The same, but one in ten of the observational rows is of the experiments' block.
    Bridged,
}

impl Design {
    /// The block of a row.
    fn block(self, regime: Regime, row: usize) -> usize {
        match self {
            Self::Shared(blocks) | Self::Own(blocks) => row % blocks,
            Self::Apart => regime.size(),
            Self::Bridged if regime.size() == 0 => usize::from(row.is_multiple_of(10)),
            Self::Bridged => 1,
        }
    }

    /// How many blocks there are.
    fn count(self) -> usize {
        match self {
            Self::Shared(blocks) | Self::Own(blocks) => blocks,
            Self::Apart | Self::Bridged => 2,
        }
    }

    /// What shifts a row: its block, or that in its regime.
    fn shift(self, place: usize, block: usize) -> usize {
        match self {
            Self::Own(blocks) => place * blocks + block,
            _ => block,
        }
    }
}

/// What a fit is told of the blocks of rows.
pub struct Cells {
    count: usize,
    cells: Vec<Cell>,
    sums: Vec<f64>,
}

impl Cells {
    /// Of the monomials of the actions as they are; `block` tells that of a row of a regime.
    pub fn of(
        monomials: Monomials,
        data: &[(Regime, Rows)],
        block: impl Fn(Regime, usize) -> usize,
    ) -> Self {
        let mut sums = BTreeMap::<_, Vec<f64>>::new();
        let mut features = vec![0.0; monomials.len()];
        for (place, (regime, rows)) in data.iter().enumerate() {
            let each = rows.actions.chunks_exact(monomials.variables());
            for (row, (actions, outcome)) in each.zip(&rows.outcomes).enumerate() {
                monomials.evaluate(actions, &mut features).unwrap();
                let cell = Cell {
                    block: block(*regime, row),
                    regime: place,
                };
                let own = sums.entry(cell);
                let own = own.or_insert_with(|| vec![0.0; cell_len(monomials.len())]);
                for (own, value) in own.iter_mut().zip(features.iter().chain([outcome])) {
                    *own += value;
                }
            }
        }
        let (cells, sums): (Vec<Cell>, Vec<_>) = sums.into_iter().unzip();
        Self {
            count: cells.iter().map(|cell| cell.block + 1).max().unwrap_or(0),
            cells,
            sums: sums.concat(),
        }
    }

    /// All that is known.
    pub fn known(&self) -> Known<'_, f64> {
        Known {
            blocks: Blocks {
                count: self.count,
                cells: &self.cells,
                sums: &self.sums,
            },
            ..Known::default()
        }
    }
}

/// Rows of a random model whose blocks shift the outcome.
pub struct Shifted {
    simulation: Simulation,
    data: Vec<(Regime, Rows)>,
    design: Design,
}

/// How a fit does: the share of joint settings whose interval holds the effect in an average block, the root
/// mean square error, and the mean half-width of the intervals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// That share.
    pub coverage: f64,
    /// That error.
    pub error: f64,
    /// That width.
    pub width: f64,
}

impl Shifted {
    /// `rows` of every regime, of blocks whose shifts have this standard deviation.
    pub fn draw(seed: u64, rows: usize, design: Design, deviation: f64) -> Self {
        let simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
        let mut data = simulation.training(rows);
        let shifts = normals(
            &mut stream(seed ^ (1 << 40)),
            (ACTIONS + 1) * design.count(),
        );
        for (place, (regime, rows)) in data.iter_mut().enumerate() {
            for (row, outcome) in rows.outcomes.iter_mut().enumerate() {
                let block = design.block(*regime, row);
                *outcome += deviation * shifts[design.shift(place, block)];
            }
        }
        Self {
            simulation,
            data,
            design,
        }
    }

    /// The fit that knows nothing of blocks.
    pub fn without(&self) -> Score {
        self.score(&structured_over(
            self.monomials(),
            &self.data,
            Known::default(),
        ))
    }

    /// The fit that knows them.
    pub fn with(&self) -> Score {
        let monomials = self.monomials();
        let block = |regime, row| self.design.block(regime, row);
        let cells = Cells::of(monomials, &self.data, block);
        self.score(&structured_over(monomials, &self.data, cells.known()))
    }

    fn monomials(&self) -> Monomials {
        Monomials::new(ACTIONS, DEGREE).unwrap()
    }

    fn score(&self, model: &Model) -> Score {
        let each = self.simulation.compare(model, 200);
        let each = each.into_iter().map(|(found, truth)| {
            let interval = found.interval.unwrap();
            let held = interval.lower <= truth && truth <= interval.upper;
            Score {
                coverage: f64::from(u8::from(held)),
                error: (found.effect - truth).powi(2),
                width: (interval.upper - interval.lower) / 2.0,
            }
        });
        let score = mean_score(&each.collect::<Vec<_>>());
        Score {
            error: score.error.sqrt(),
            ..score
        }
    }
}

/// The mean of scores.
fn mean_score(scores: &[Score]) -> Score {
    let of = |value: fn(&Score) -> f64| mean(&scores.iter().map(value).collect::<Vec<_>>());
    Score {
        coverage: of(|score| score.coverage),
        error: of(|score| score.error),
        width: of(|score| score.width),
    }
}

/// Mean scores over models of these seeds, without and with blocks.
pub fn scores(
    seeds: std::ops::Range<u64>,
    rows: usize,
    design: Design,
    deviation: f64,
) -> [Score; 2] {
    let each = seeds.map(|seed| Shifted::draw(seed, rows, design, deviation));
    let (without, with): (Vec<_>, Vec<_>) = each
        .map(|shifted| (shifted.without(), shifted.with()))
        .unzip();
    [mean_score(&without), mean_score(&with)]
}

/// A table of [`scores`] over `models`.
pub fn table(models: u64) -> String {
    let designs = [
        ("none, 10 blocks", Design::Shared(10), 0.0),
        ("10 blocks, each in every regime", Design::Shared(10), 0.1),
        (
            "the same, shifts five times as large",
            Design::Shared(10),
            0.5,
        ),
        ("3 blocks, each in every regime", Design::Shared(3), 0.1),
        (
            "10 blocks, of another shift in every regime",
            Design::Own(10),
            0.1,
        ),
        ("experiments in another block", Design::Apart, 0.1),
        (
            "the same, with a tenth of the observational rows",
            Design::Bridged,
            0.1,
        ),
    ];
    let mut table = String::from(
        "| shifts | intervals hold, without | with | error, without | with | half-width, without | with |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
    );
    for (name, design, deviation) in designs {
        let [without, with] = scores(1000..1000 + models, 300, design, deviation);
        writeln!(
            table,
            "| {name} | {:.2} | {:.2} | {:.3} | {:.3} | {:.3} | {:.3} |",
            without.coverage, with.coverage, without.error, with.error, without.width, with.width
        )
        .unwrap();
    }
    table
}
