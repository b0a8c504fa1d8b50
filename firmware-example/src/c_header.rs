//! The exported C headers, compiled as a firmware in C would compile them.

use crate::models::{additive, polynomial};

unsafe extern "C" {
    fn additive_c(actions: *const f32) -> f32;
    fn additive_checked_c(actions: *const f32) -> f32;
    fn polynomial_c(actions: *const f32) -> f32;
}

/// `additive_predict` of the header.
pub fn additive(actions: &[f32; additive::ACTIONS]) -> f32 {
    // SAFETY: it reads as many numbers as there are actions.
    unsafe { additive_c(actions.as_ptr()) }
}

/// `polynomial_predict` of the header.
pub fn polynomial(actions: &[f32; polynomial::ACTIONS]) -> f32 {
    // SAFETY: it reads as many numbers as there are actions.
    unsafe { polynomial_c(actions.as_ptr()) }
}

/// `additive_predict_checked` of the header: the effect where the data support the actions.
pub fn additive_checked(actions: &[f32; additive::ACTIONS]) -> f32 {
    // SAFETY: it reads as many numbers as there are actions.
    unsafe { additive_checked_c(actions.as_ptr()) }
}
