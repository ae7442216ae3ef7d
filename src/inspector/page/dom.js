/** States that have a color of their own. */
const COLORED = new Set([
  'betweenSteps',
  'weightsStep',
  'choosingStep',
  'localStep',
  'globalStep',
  'jointStep',
  'checkpoint',
  'endOfEpoch',
  'goingBack',
  'projection',
  'finishing',
  'recovering',
  'failed',
]);

/** Creates an element with attributes and children. Text stays text: nothing from a run is read as markup. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** Creates an element of an SVG image. */
export function svgElement(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill(created, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value);
  created.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return created;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Formats a number for people: a dash if it was not finite. */
export function formatNumber(value) {
  return typeof value === 'number' ? value.toFixed(4) : '–';
}

export function formatTime(ms) {
  return ms === null ? '–' : new Date(ms).toLocaleString();
}

/** Formats a duration for people. */
export function formatDuration(ms) {
  if (ms < 1000) return `${ms.toFixed(1)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

/** Color of a state among the variables of the style sheet. */
export function stateColor(state) {
  return COLORED.has(state) ? `var(--${state})` : 'var(--other)';
}
