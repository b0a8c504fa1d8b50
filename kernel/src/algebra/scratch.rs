//! The caller's scratch, cut and filled without a panic.

/// Cuts `count` numbers off the front; none where there are not so many.
pub(crate) fn cut<'a, S>(scratch: &mut &'a mut [S], count: usize) -> &'a mut [S] {
    match core::mem::take(scratch).split_at_mut_checked(count) {
        Some((front, rest)) => {
            *scratch = rest;
            front
        }
        None => &mut [],
    }
}

/// The larger of two lengths.
pub(crate) const fn larger(x: usize, y: usize) -> usize {
    if x > y { x } else { y }
}

/// `target = source`, over the shorter of the two.
pub(crate) fn copy<S: Copy>(target: &mut [S], source: &[S]) {
    for (target, &source) in target.iter_mut().zip(source) {
        *target = source;
    }
}

/// The list of these values, as far as it has room for them.
pub(crate) fn list<T, const CAPACITY: usize>(
    values: impl Iterator<Item = T>,
) -> heapless::Vec<T, CAPACITY> {
    let mut list = heapless::Vec::new();
    for value in values {
        if list.push(value).is_err() {
            break;
        }
    }
    list
}

/// Exchanges two different numbers; nothing beyond the end.
pub(crate) fn exchange<S>(numbers: &mut [S], i: usize, j: usize) {
    if let Ok([x, y]) = numbers.get_disjoint_mut([i, j]) {
        core::mem::swap(x, y);
    }
}
