/** The part of the page's address after `#`: the step in view, the filter and the stretch of the timeline. */

/** Parts of a filter that the address may hold, and the form of each. The server says which values it knows. */
const FILTERS = {
  kind: /^\w+$/,
  cell: /^\w+$/,
  primitive: /^\w+$/,
  accepted: /^(true|false)$/,
  edge: /^\d{1,2}-\d{1,2}$/,
};

const STEP = /^\d{1,15}$/;
const ZOOM = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/;

/**
 * Reads an address, such as `#step=12&kind=global&zoom=0-7.5`. A part that it cannot read is left out.
 *
 * @returns `step` is null if the address names none, and `wrong` what stands there instead of a step. `zoom` holds the
 *   first and the last second shown since the run began; null shows the whole run.
 */
export function readAddress(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const step = query.get('step');
  const isStep = step !== null && STEP.test(step);
  const [, from, to] = ZOOM.exec(query.get('zoom') ?? '')?.map(Number) ?? [];
  const filter = Object.entries(FILTERS).filter(([name, form]) => form.test(query.get(name) ?? ''));
  return {
    step: isStep ? Number(step) : null,
    wrong: step === null || isStep ? null : step,
    filter: Object.fromEntries(filter.map(([name]) => [name, query.get(name)])),
    zoom: from < to ? [from, to] : null,
  };
}

/** Writes the address that `readAddress` reads. It is empty if there is nothing to tell. */
export function writeAddress({ step, filter, zoom }) {
  const query = new URLSearchParams(filter);
  if (zoom !== null) query.set('zoom', zoom.map((seconds) => Number(seconds.toFixed(3))).join('-'));
  // The step comes first, where people look.
  const parts = [...(step === null ? [] : [`step=${step}`]), ...(query.size === 0 ? [] : [`${query}`])];
  return parts.length === 0 ? '' : `#${parts.join('&')}`;
}

/** Pause after which a held key's last step is written: browsers refuse hundreds of writes. */
const PAUSE_MS = 200;

/** Keeps the browser's address and history. */
export class AddressBar {
  #waiting = 0;

  /** @param onTravel called with the address when the user goes back or forward, or edits it */
  constructor(onTravel) {
    addEventListener('popstate', () => {
      clearTimeout(this.#waiting);
      onTravel(readAddress(location.hash));
    });
  }

  get now() {
    return readAddress(location.hash);
  }

  /** @param isEntry whether the browser's back button shall return to the address before */
  write(parts, isEntry) {
    clearTimeout(this.#waiting);
    const address = writeAddress(parts);
    if (address === location.hash) return;
    // An empty address would keep the old one.
    const target = address || location.pathname;
    if (isEntry) history.pushState(null, '', target);
    else this.#waiting = setTimeout(() => history.replaceState(null, '', target), PAUSE_MS);
  }
}
