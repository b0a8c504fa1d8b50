//! Least squares by Householder reflections of the rows, in f64: what a method reaches that keeps
//! all rows (Golub and Van Loan 2013, *Matrix Computations*, algorithms 5.1.1 and 5.3.2).

/// Coefficients, their standard errors and the residual standard deviation.
pub(super) fn least_squares(rows: &[Vec<f64>], outcomes: &[f64]) -> (Vec<f64>, Vec<f64>, f64) {
    let (n, p) = (rows.len(), rows[0].len());
    let column = |j: usize| rows.iter().map(|row| row[j]).collect();
    let mut columns: Vec<Vec<f64>> = (0..p).map(column).collect();
    columns.push(outcomes.to_vec());
    for j in 0..p {
        let mut v = columns[j][j..].to_vec();
        v[0] += norm(&v).copysign(v[0]);
        let square = dot(&v, &v);
        for column in &mut columns[j..] {
            let factor = 2.0 * dot(&v, &column[j..]) / square;
            let entries = column[j..].iter_mut().zip(&v);
            entries.for_each(|(entry, v)| *entry -= factor * v);
        }
    }
    let outcomes = columns.pop().expect("the column of the outcomes");
    let sigma = norm(&outcomes[p..]) / ((n - p) as f64).sqrt();
    let coefficients = backward(&columns, &outcomes[..p]);
    // The covariance is σ² R⁻¹R⁻ᵀ: its diagonal, from the columns of the inverse.
    let mut squares = vec![0.0; p];
    for j in 0..p {
        let unit: Vec<f64> = (0..p).map(|i| f64::from(i == j)).collect();
        let inverse = backward(&columns, &unit);
        let both = squares.iter_mut().zip(&inverse);
        both.for_each(|(square, entry)| *square += entry * entry);
    }
    let errors = squares.iter().map(|square| sigma * square.sqrt());
    (coefficients, errors.collect(), sigma)
}

/// Solves `R x = b`, R in the upper triangle of the columns.
fn backward(columns: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    for j in (0..b.len()).rev() {
        x[j] /= columns[j][j];
        for i in 0..j {
            x[i] -= columns[j][i] * x[j];
        }
    }
    x
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}
