//! Which products are summed, and which sum every entry of the Gram matrix is.

use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::features::monomials::{MAX_DEGREE, Monomials, count, count_of_degree};
use crate::regime::MAX_ACTIONS;

/// Numbers in the tables of a [`MomentMatrix`](super::MomentMatrix).
pub const fn tables_len(monomials: Monomials) -> usize {
    let mut length = packed::len(monomials.len());
    let mut first = 0;
    while first < rectangles(monomials) {
        let (down, across) = rectangle(monomials, first);
        length += down + across;
        first += 1;
    }
    length
}

/// Number of sums: a sum for every distinct product, and three that are counted twice.
pub const fn sums_len(monomials: Monomials) -> usize {
    let mut length = 0;
    let mut first = 0;
    while first < rectangles(monomials) {
        let (down, across) = rectangle(monomials, first);
        length += down * across;
        first += 1;
    }
    length
}

/// Scratch of [`MomentMatrix::new`](super::MomentMatrix::new).
pub const fn scratch_len(monomials: Monomials) -> usize {
    3 * monomials.len()
}

/// How many rectangles of products are summed: one a variable, and one of the powers of bounded variables.
pub(super) const fn rectangles(monomials: Monomials) -> usize {
    match monomials.bounded() {
        0 => monomials.variables(),
        _ => monomials.variables() + 1,
    }
}

/// The height and the width of a rectangle of products: of those whose middle variable is `index`, and, behind these, of
/// the powers of bounded variables with all monomials.
pub(super) const fn rectangle(monomials: Monomials, index: usize) -> (usize, usize) {
    let powers = monomials.variables() * monomials.bounded();
    if index >= monomials.variables() {
        return (powers, monomials.len() - 1);
    }
    let across = count(monomials.variables() - index, monomials.degree());
    let down = match monomials.degree().checked_sub(1) {
        Some(lower) => count_of_degree(index + 1, lower),
        None => 0,
    };
    match index {
        // The constant and the outcome with everything.
        0 => (2 + down, across + powers + 1),
        _ => (down, across - 1),
    }
}

/// The monomials as a tree. The parent of one is what it is without its last factor; its children,
/// one for every variable from its last factor on, follow one another.
struct Tree<'a> {
    parents: &'a mut [u32],
    /// The last factor, counted from 1; the constant has 0.
    last: &'a mut [u32],
    /// Of a monomial below the highest degree, its first child; of one of the highest, the place of
    /// its first product.
    first: &'a mut [u32],
}

impl<'a> Tree<'a> {
    fn new(monomials: Monomials, mut scratch: &'a mut [u32]) -> Self {
        let tree = Self {
            parents: cut(&mut scratch, monomials.len()),
            last: cut(&mut scratch, monomials.len()),
            first: scratch,
        };
        tree.last.fill(0);
        let mut next = 1;
        for index in 0..monomials.without_bounded().len() {
            put(tree.first, index, next);
            for factor in at(tree.last, index).max(1)..=monomials.variables() {
                put(tree.parents, next, index);
                put(tree.last, next, factor);
                next += 1;
            }
        }
        tree
    }

    /// The monomial with these factors, which ascend.
    fn descend(&self, factors: &[usize]) -> usize {
        factors.iter().fold(0, |index, &factor| {
            at(self.first, index) + factor - at(self.last, index).max(1)
        })
    }

    /// The factors of a product of two monomials, ascending, at the end of the array, and how many
    /// there are.
    fn factors(&self, mut i: usize, mut j: usize) -> ([usize; 2 * MAX_DEGREE], usize) {
        let mut factors = [0; 2 * MAX_DEGREE];
        let mut degree = 0;
        for slot in factors.iter_mut().rev() {
            let greater = if at(self.last, i) > at(self.last, j) {
                &mut i
            } else {
                &mut j
            };
            *slot = at(self.last, *greater);
            if *slot == 0 {
                break;
            }
            *greater = at(self.parents, *greater);
            degree += 1;
        }
        (factors, degree)
    }
}

fn at(table: &[u32], index: usize) -> usize {
    table.get(index).copied().unwrap_or_default() as usize
}

/// Nothing beyond the end. No value exceeds the number of sums, which is below 2³² for
/// [`MAX_MONOMIALS`](crate::features::monomials::MAX_MONOMIALS) features.
fn put(table: &mut [u32], index: usize, value: usize) {
    if let Some(slot) = table.get_mut(index) {
        *slot = value as u32;
    }
}

/// Fills the tables of [`MomentMatrix`](super::MomentMatrix).
pub(super) fn fill(monomials: Monomials, tables: &mut [u32], scratch: &mut [u32]) {
    let (terms, degree) = (monomials.len(), monomials.degree());
    let products = monomials.without_bounded().len();
    let tree = Tree::new(monomials, scratch);
    let highest = match degree.checked_sub(1) {
        Some(lower) => count(monomials.variables(), lower),
        None => products,
    };
    let mut places = tables;
    let mut lists: [&[u32]; MAX_ACTIONS] = Default::default();
    let mut start = 0;
    for (variable, list) in lists.iter_mut().enumerate().take(monomials.variables()) {
        let (height, width) = rectangle(monomials, variable);
        let (down, across) = (cut(&mut places, height), cut(&mut places, width));
        let mut row = 0;
        let mut column = 0;
        if variable == 0 {
            // The constant and the outcome with everything: the constant's sums stand by index.
            put(down, 1, terms);
            row = 2;
            column = 1;
            put(across, width - 1, terms);
        }
        for index in 1..products {
            if index >= highest && at(tree.last, index) == variable + 1 {
                put(down, row, index);
                put(tree.first, index, start + row * width);
                row += 1;
            }
            if monomials.factors(index).next() >= Some(variable) {
                put(across, column, index);
                column += 1;
            }
        }
        for index in products..terms {
            if variable == 0 {
                put(across, index, index);
            }
        }
        *list = across;
        start += height * width;
    }
    if terms > products {
        let (height, width) = rectangle(monomials, monomials.variables());
        let (down, across) = (cut(&mut places, height), cut(&mut places, width));
        for (place, index) in down.iter_mut().zip(products as u32..) {
            *place = index;
        }
        for (place, index) in across.iter_mut().zip(1..) {
            *place = index;
        }
    }
    for i in 1..products {
        for (j, place) in (1..).zip(cut(&mut places, i)) {
            let (factors, count) = tree.factors(i, j);
            let factors = factors.get(factors.len() - count..).unwrap_or_default();
            let (head, tail) = factors.split_at(count.min(degree));
            let head = tree.descend(head);
            *place = head as u32;
            let list = at(tree.last, head)
                .checked_sub(1)
                .and_then(|v| lists.get(v));
            if let (false, Some(list)) = (tail.is_empty(), list) {
                let column = list.binary_search(&(tree.descend(tail) as u32));
                *place = (at(tree.first, head) + column.unwrap_or_default()) as u32;
            }
        }
    }
    for i in 0..terms - products {
        let row = start + i * (terms - 1);
        for (column, place) in cut(&mut places, products + i).iter_mut().enumerate() {
            *place = (row + column) as u32;
        }
    }
    // The outcome's row is the second of the first rectangle, which is P + 1 wide.
    for (j, place) in (1..).zip(places) {
        *place = (terms + 1 + j) as u32;
    }
}
