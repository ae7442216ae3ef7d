import { byId } from './dom.js';
import { stateWords } from './words.js';

/** The statechart: the server draws it, and the page highlights a state. */
export class Statechart {
  #root = byId('chart');
  #lit = null;

  async load() {
    const text = await (await fetch('chart.svg')).text();
    const drawing = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    drawing.setAttribute('role', 'img');
    drawing.setAttribute('aria-label', 'statechart of the coordinator');
    // Colors are the style sheet's, for light and dark.
    for (const part of drawing.querySelectorAll('[stroke="black"]')) part.removeAttribute('stroke');
    this.#root.replaceChildren(document.importNode(drawing, true));
    if (this.#lit !== null) this.light(this.#lit);
  }

  light(state) {
    this.#lit = state;
    for (const node of this.#root.querySelectorAll('.lit')) node.classList.remove('lit');
    byId(`state-${state}`)?.classList.add('lit');
    byId('state').textContent = state === null ? '' : stateWords(state);
  }
}
