import { byId, element } from './dom.js';

/** What can be chosen, by the name of the filter. */
export const CHOICES = {
  kind: ['local', 'global', 'joint'],
  cell: ['normal', 'reduce'],
  primitive: [
    'none',
    'max_pool_3x3',
    'avg_pool_3x3',
    'skip_connect',
    'sep_conv_3x3',
    'sep_conv_5x5',
    'dil_conv_3x3',
    'dil_conv_5x5',
    'noise',
  ],
  accepted: ['true', 'false'],
};

const WORDS = { true: 'accepted', false: 'rejected' };

/** The form of the filters: choices of names, and an edge such as 0-2. */
export class Filters {
  #form = byId('filters');
  #fields = {};

  constructor(onChange) {
    for (const [name, values] of Object.entries(CHOICES)) {
      const options = values.map((value) => element('option', { value }, WORDS[value] ?? value));
      this.#add(name, element('select', { name }, element('option', { value: '' }, 'any'), ...options));
    }
    const edge = {
      name: 'edge',
      placeholder: '0-2',
      title: 'from node - to node',
      size: '4',
      pattern: '\\d{1,2}-\\d{1,2}',
      autocomplete: 'off',
    };
    this.#add('edge', element('input', edge));
    this.#form.append(element('button', { type: 'reset', title: 'clear the filters (Esc)' }, 'Clear'));
    this.#form.addEventListener('input', onChange);
    // The browser clears the fields after this event, and after the microtasks of a click.
    this.#form.addEventListener('reset', () => setTimeout(onChange));
    this.#form.addEventListener('submit', (event) => event.preventDefault());
  }

  /** The filter, as the server takes it. */
  get value() {
    const given = Object.entries(this.#fields).filter(([, field]) => field.value !== '' && field.checkValidity());
    return Object.fromEntries(given.map(([name, field]) => [name, field.value]));
  }

  /** Sets the fields to a filter. A value that a field does not know leaves it empty. */
  set value(filter) {
    for (const [name, field] of Object.entries(this.#fields)) {
      field.value = filter[name] ?? '';
      if (field.selectedIndex === -1) field.value = '';
    }
  }

  get isEmpty() {
    return Object.keys(this.value).length === 0;
  }

  focus() {
    this.#fields.kind.focus();
  }

  clear() {
    this.#form.reset();
  }

  #add(name, field) {
    this.#fields[name] = field;
    this.#form.append(element('label', {}, `${name === 'accepted' ? 'outcome' : name} `, field));
  }
}
