//! What `f32` and `f64` have in common for the kernel and for its peers.

use joint_effects::moments::tile::{Accumulator, BATCH, SingleAccumulator};
use joint_effects_kernel::Scalar;
use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::features::monomials::{Column, Monomials};
use joint_effects_kernel::moments::Moments;
use std::fmt;

/// `f32` or `f64`.
pub trait Float: Scalar + faer::traits::RealField + nalgebra::RealField {
    /// Its name.
    const NAME: &str;

    /// What sums tiles of it.
    type Tiles;

    /// Sums over these monomials.
    fn tiles(monomials: Monomials) -> Self::Tiles;

    /// Adds the first `rows` rows of a batch to moments.
    fn push<M: AsRef<[Self]> + AsMut<[Self]>>(
        tiles: &mut Self::Tiles,
        moments: &mut Moments<Self, M>,
        batch: &[Column<Self, BATCH>],
        rows: usize,
    ) -> Result<(), ShapeError>;

    /// The nearest number.
    fn of(value: f64) -> Self;

    /// `a·b + c`, rounded once.
    fn fused(a: Self, b: Self, c: Self) -> Self;
}

macro_rules! float {
    ($float:ident, $tiles:ident) => {
        impl Float for $float {
            const NAME: &str = stringify!($float);

            type Tiles = $tiles;

            fn tiles(monomials: Monomials) -> Self::Tiles {
                $tiles::raw(monomials)
            }

            fn push<M: AsRef<[Self]> + AsMut<[Self]>>(
                tiles: &mut Self::Tiles,
                moments: &mut Moments<Self, M>,
                batch: &[Column<Self, BATCH>],
                rows: usize,
            ) -> Result<(), ShapeError> {
                tiles.push(moments, batch, rows)
            }

            fn of(value: f64) -> Self {
                value as $float
            }

            #[inline(always)]
            fn fused(a: Self, b: Self, c: Self) -> Self {
                $float::mul_add(a, b, c)
            }
        }
    };
}

float!(f32, SingleAccumulator);
float!(f64, Accumulator);

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single.
    F32,
    /// Double.
    F64,
}

impl Precision {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::F64, Self::F32];
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => f32::NAME,
            Self::F64 => f64::NAME,
        })
    }
}
