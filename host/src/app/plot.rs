//! Pictures of results: what is to be drawn as data, drawn as SVG for a page that may be light or
//! dark, or for a file.

pub mod chart;
pub mod colour;
pub mod file;
pub mod graph;

use chart::Chart;
use colour::Medium;
use graph::Graph;
use kuva::backend::svg::SvgBackend;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::{Primitive, Scene, render_multiple};
use kuva::render::theme::Theme;
use maud::{PreEscaped, html};

/// A picture, and in words what there is to see in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The name of its files, and of it within a page: letters, digits and hyphens.
    pub name: String,
    /// What it is of.
    pub title: String,
    /// What to see.
    pub caption: String,
    /// What to draw.
    pub drawing: Drawing,
}

/// What a picture is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawing {
    /// Marks, lines and bands between two axes.
    Chart(Chart),
    /// Nodes and arrows.
    Graph(Graph),
}

impl Figure {
    /// An `svg` element, which takes the width that it is given, with its title and caption for those
    /// who do not see it.
    pub fn svg(&self, medium: Medium) -> String {
        let scene = match &self.drawing {
            Drawing::Chart(chart) => chart.draw(&self.title, medium),
            Drawing::Graph(graph) => graph.draw(&self.title, medium),
        };
        let view_box = format!("0 0 {} {}", scene.width, scene.height);
        let (title, caption) = (
            format!("{}-title", self.name),
            format!("{}-desc", self.name),
        );
        let picture = SvgBackend::new().render_scene(&scene);
        html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(view_box) role="img"
                aria-labelledby={ (title) " " (caption) }
            {
                title id=(title) { (printable(&self.title)) }
                desc id=(caption) { (printable(&self.caption)) }
                (PreEscaped(picture))
            }
        }
        .into_string()
    }
}

/// Lays plots out and draws them in the colours of a medium.
fn draw(plots: Vec<Plot>, layout: Layout, medium: Medium) -> Scene {
    let colour = |colour: colour::Colour| colour.on(medium);
    let theme = Theme {
        axis_color: colour(colour::MUTED),
        grid_color: colour(colour::GRID),
        tick_color: colour(colour::MUTED),
        text_color: colour(colour::INK),
        legend_bg: "none".into(),
        legend_border: "none".into(),
        ..Theme::light()
    };
    let mut scene = render_multiple(plots, layout.with_theme(theme).with_legend_box(false));
    scene.background_color = match medium {
        Medium::Page => None,
        Medium::File => Some(colour(colour::PAPER)),
    };
    scene.font_family = Some(medium.font().into());
    // Nothing reaches beyond the axes, and the names of clips would repeat within a page.
    scene.defs.clear();
    let is_clip =
        |element: &Primitive| matches!(element, Primitive::ClipStart { .. } | Primitive::ClipEnd);
    scene.elements.retain(|element| !is_clip(element));
    scene
}

/// The most characters of a name in a picture.
const LONGEST: usize = 24;

/// A name that somebody gave, not too long for a picture.
pub fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.into();
    }
    let start: String = name.chars().take(LONGEST - 1).collect();
    start + "…"
}

/// A text in a picture: nothing in it is taken for markup.
fn literal(text: &str) -> String {
    // kuva takes what lies between two of them for mathematics.
    printable(text).replace('$', "\\$")
}

/// The text without what XML cannot hold.
pub(crate) fn printable(text: &str) -> String {
    text.replace(
        |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'),
        "\u{fffd}",
    )
}
