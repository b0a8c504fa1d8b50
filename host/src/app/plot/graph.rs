//! Graphs: who moves whom.

use super::colour::{Colour, Medium};
use super::{chart, draw, literal, shortened};
use kuva::plot::{NetworkLayout, NetworkPlot};
use kuva::render::layout::Layout;
use kuva::render::render::Scene;

/// Nodes on a circle, and arrows between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The names and colours of the nodes.
    pub nodes: Vec<(String, Colour)>,
    /// Arrows between indices of nodes.
    pub arrows: Vec<Arrow>,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// The node it leaves.
    pub from: usize,
    /// The node it reaches.
    pub to: usize,
    /// Its colour.
    pub colour: Colour,
}

impl Graph {
    pub(super) fn draw(&self, title: &str, medium: Medium) -> Scene {
        let mut network = NetworkPlot::new()
            .with_directed()
            .with_layout(NetworkLayout::Circle)
            .with_labels()
            .with_label_size(13)
            .with_node_radius(9.0)
            .with_edge_opacity(1.0);
        // Nodes go by their labels, which must then differ.
        let mut labels: Vec<String> = Vec::new();
        for (name, colour) in &self.nodes {
            let mut unique = literal(&shortened(name));
            while labels.contains(&unique) {
                unique.push('′');
            }
            network = network.with_node_color(unique.as_str(), colour.on(medium));
            labels.push(unique);
        }
        for arrow in &self.arrows {
            let (from, to) = (labels[arrow.from].as_str(), labels[arrow.to].as_str());
            network = network.with_edge_color(from, to, 1.0, arrow.colour.on(medium));
        }
        let layout = Layout::new((0.0, 1.0), (0.0, 1.0))
            .with_width(chart::WIDTH)
            .with_height(270.0)
            .with_title(literal(title))
            .with_title_size(14)
            .with_body_size(13);
        draw(vec![network.into()], layout, medium)
    }
}
