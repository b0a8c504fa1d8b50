//! What must hold of contiguous folds, for any numbers of rows and folds.

use joint_effects_kernel::fit::cross_validation::contiguous_fold;
use proptest::prelude::*;

proptest! {
    /// Every row is in one fold, and the folds differ by at most one row, the longer ones first.
    #[test]
    fn folds_part_the_rows(count in any::<u64>(), folds in 1..1000_u64) {
        let mut next = 0;
        let mut sizes = Vec::new();
        for fold in 0..folds {
            let (first, after) = contiguous_fold(count, folds, fold);
            prop_assert_eq!(first, next);
            sizes.push(after - first);
            next = after;
        }
        prop_assert_eq!(next, count);
        prop_assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]));
        prop_assert!(sizes[0] - sizes[folds as usize - 1] <= 1);
    }

    #[test]
    fn folds_beyond_the_last_are_empty(count in any::<u64>(), folds in any::<u64>(), fold in any::<u64>()) {
        let (first, after) = contiguous_fold(count, folds, fold);
        prop_assert!(first <= after && after <= count);
        prop_assert!(fold < folds || first == after);
    }
}
