//! The colours of pictures and pages, in the light and in the dark.
//!
//! The hues are those of Okabe and Ito (2008), which people with any colour vision can tell apart.

use crate::app::lab::experiment::Estimator;
use std::fmt::Write;

/// A colour with a shade for a light ground and one for a dark ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    name: &'static str,
    light: &'static str,
    dark: &'static str,
}

/// Where a picture is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Within a page that has [`style`].
    Page,
    /// On its own, on white.
    File,
}

impl Medium {
    /// The family of the letters.
    pub(super) fn font(self) -> &'static str {
        match self {
            Self::Page => "inherit",
            Self::File => "DejaVu Sans, sans-serif",
        }
    }
}

macro_rules! colours {
    ($($constant:ident = $name:literal $light:literal $dark:literal, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $constant: Colour = Colour { name: $name, light: $light, dark: $dark };
        )*
        /// All of them.
        const ALL: &[Colour] = &[$($constant),*];
    };
}

colours! {
    PAPER = "paper" "#ffffff" "#0d1117", "The ground.";
    PANEL = "panel" "#f6f8fa" "#161b22", "The ground of tables' headers and of quotations.";
    INK = "ink" "#1f2328" "#e6edf3", "Text.";
    MUTED = "muted" "#59636e" "#9198a1", "Axes, and text beside the point.";
    GRID = "grid" "#d8dee4" "#30363d", "Lines that guide the eye.";
    BLUE = "blue" "#0072b2" "#4da6e8", "`structured`; what was learned.";
    GREEN = "green" "#008060" "#35c79b", "`joint`.";
    PURPLE = "purple" "#6f42c1" "#b08cf0", "`joint-additive`.";
    VERMILION = "vermilion" "#d55e00" "#f2864b", "`separate`; warnings.";
    PINK = "pink" "#c0558f" "#e39ac4", "`indicator`.";
    ORANGE = "orange" "#b87a00" "#f0b030", "`observational`.";
    SKY = "sky" "#3a93c9" "#79c7f2", "`pooled`.";
    OLIVE = "olive" "#7a7a00" "#c4c43c", "`pooled-released`.";
}

impl Colour {
    /// As an attribute of SVG.
    pub fn on(self, medium: Medium) -> String {
        match medium {
            Medium::Page => format!("var(--{})", self.name),
            Medium::File => self.light.into(),
        }
    }
}

/// The colour of an estimator, the same throughout.
pub fn of(estimator: Estimator) -> Colour {
    match estimator {
        Estimator::Truth => INK,
        Estimator::Constant => MUTED,
        Estimator::Observational => ORANGE,
        Estimator::Pooled => SKY,
        Estimator::PooledReleased => OLIVE,
        Estimator::Separate => VERMILION,
        Estimator::Indicator => PINK,
        Estimator::Structured => BLUE,
        Estimator::Joint => GREEN,
        Estimator::JointAdditive => PURPLE,
    }
}

/// The style sheet that defines the colours of [`Medium::Page`].
pub fn style() -> String {
    let shades = |shade: fn(&Colour) -> &'static str| {
        ALL.iter().fold(String::new(), |mut text, colour| {
            let _ = write!(text, "--{}:{};", colour.name, shade(colour));
            text
        })
    };
    format!(
        ":root{{color-scheme:light dark;{}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n",
        shades(|colour| colour.light),
        shades(|colour| colour.dark),
    )
}
