(() => {
"use strict";
const effect = JSON.parse(document.getElementById("what-if-effect").textContent);
const {actions, coefficients, uncertainty} = effect;
const at = action => document.getElementById(`setting-${action + 1}`);
const typed = action => document.getElementById(`value-${action + 1}`);
const dot = (x, y) => x.reduce((sum, value, index) => sum + value * y[index], 0);
const rowOf = (packed, row) => packed.slice(row * (row + 1) / 2, (row + 1) * (row + 2) / 2);

// The order of the products is that of predict.
const product = (factors, variables) => factors.reduceRight((value, action) => value * variables[action], 1);

function expect(x) {
  const shrinkage = 1 / Math.sqrt(1 + 355 / 904 * effect.variance);
  switch (effect.scale) {
    case "probability": return Math.min(Math.max(x, 0), 1);
    case "log": return Math.exp(x + effect.variance / 2);
    case "logit": return 1 / (1 + Math.exp(-x * shrinkage));
    default: return x;
  }
}

function standardError(features) {
  const x = uncertainty.monomials.map(monomial => features[monomial]);
  const terms = x.map((value, index) => {
    const row = rowOf(uncertainty.covariance, index);
    return value * (row[index] * value + 2 * dot(row.slice(0, index), x));
  });
  return Math.sqrt(Math.max(terms.reduce((sum, term) => sum + term, 0), 0));
}

// As a multiple of the rows' mean, by forward substitution.
function leverage(action, features) {
  const solution = [];
  action.monomials.forEach((monomial, index) => {
    const row = rowOf(action.leverage, index);
    solution.push((features[monomial] - dot(solution, row)) / row[index]);
  });
  return dot(solution, solution) / solution.length;
}

function support(settings, features) {
  const within = action => actions[action].ranges.some(([min, max]) => min <= settings[action] && settings[action] <= max);
  const places = [...actions.keys()];
  const outside = places.filter(action => !within(action));
  const sparse = places.filter(action => within(action) && leverage(actions[action], features) > effect.most_leverage);
  const part = (label, list) => list.length ? [`${label}: ${list.map(action => actions[action].name).join(" ")}`] : [];
  return [...part("outside", outside), ...part("sparse", sparse)].join("; ") || "inside";
}

function show(name, value) {
  const data = document.getElementById(`what-if-${name}`);
  data.value = value;
  data.textContent = Number.isFinite(value) ? String(Number(value.toPrecision(4))).replace("-", "−") : "not a finite number";
}

function update() {
  const settings = actions.map((action, index) => Number((action.levels ? at(index) : typed(index)).value));
  const own = actions.map((action, index) => (settings[index] - action.shift) * action.factor);
  const bounded = effect.bounded.map(([shift, factor], index) => Math.min(Math.max((settings[index] - shift) * factor, -1), 1));
  const variables = [...own, ...bounded];
  const features = effect.monomials.map(factors => product(factors, variables));
  const x = dot(coefficients, features);
  show("expected", expect(x));
  if (uncertainty) {
    const reach = uncertainty.quantile * standardError(features);
    show("lower", expect(x - reach));
    show("upper", expect(x + reach));
  }
  document.getElementById("what-if-support").textContent = support(settings, features);
}

// To a thousandth of the range, so that the number beside a slider is short.
function rounded(action, value) {
  const {min, max} = action.range;
  const digits = Math.min(Math.max(3 - Math.floor(Math.log10(max - min)), 0), 100);
  return Math.min(Math.max(max > min ? Number(value.toFixed(digits)) : value, min), max);
}

actions.forEach((action, index) => {
  if (!action.levels) {
    const follow = () => { typed(index).value = rounded(action, Number(at(index).value)); };
    follow();
    at(index).addEventListener("input", follow);
    typed(index).addEventListener("input", () => { at(index).value = typed(index).value; });
    typed(index).addEventListener("input", update);
  }
  at(index).addEventListener("input", update);
});
for (const button of document.querySelectorAll("[data-best]")) {
  button.addEventListener("click", () => {
    effect.best[button.dataset.best].forEach((value, index) => {
      at(index).value = value;
      if (!actions[index].levels) typed(index).value = value;
    });
    update();
  });
}
update();
for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
})();
