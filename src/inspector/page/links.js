import { byId, element } from './dom.js';
import { ask } from './server.js';

/** How often to look for a file that the run has not written yet. */
const LOOK_MS = 5000;

let shown = '';

/**
 * Shows links to the run's files, and says which of them do not exist.
 *
 * @param follows whether the run may still write them: then it looks again
 */
export async function showLinks(follows) {
  const { links, isListed } = await ask('api/run');
  const list = isListed ? [element('li', {}, element('a', { href: '../../' }, 'all runs'))] : [];
  if (JSON.stringify(links) !== shown)
    byId('links').replaceChildren(...list, ...links.map((link) => describeLink(link, follows)));
  shown = JSON.stringify(links);
  // The report of a run is written after its last transition, of which the status tells.
  if (follows && links.some(({ exists }) => !exists)) setTimeout(() => showLinks(follows).catch(() => {}), LOOK_MS);
}

function describeLink({ name, file, exists }, follows) {
  if (exists) return element('li', {}, element('a', { href: `run/${file}` }, name));
  const missing = { class: 'note', title: `the run folder holds no ${file}` };
  return element('li', missing, `no ${name}${follows ? ' yet' : ''}`);
}
