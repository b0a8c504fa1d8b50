/* The exported headers behind plain functions. */
#include "additive.h"
#include "polynomial.h"

float additive_c(const float *actions);
float polynomial_c(const float *actions);
float additive_checked_c(const float *actions);

float additive_c(const float *actions)
{
    return additive_predict(actions);
}

float polynomial_c(const float *actions)
{
    return polynomial_predict(actions);
}

/* The effect where the data support the actions; not a number where they do not. */
float additive_checked_c(const float *actions)
{
    const additive_checked checked = additive_predict_checked(actions);
    return checked.support == ADDITIVE_INSIDE ? checked.effect : 0.0f / 0.0f;
}
