/** What the server says at an address; parts of the query that are undefined are left out. */
export async function ask(path, query = {}, signal = undefined) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const response = await fetch(`${path}?${new URLSearchParams(given)}`, { signal });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/**
 * The status of the trace, now and whenever it changes. Where the server goes away, the browser tries again by itself.
 */
export function listen(onStatus, onLost) {
  const events = new EventSource('/events');
  events.addEventListener('message', ({ data }) => onStatus(JSON.parse(data)));
  events.addEventListener('error', onLost);
}

/** Runs work one after the other, and of what waits only the newest. */
export function latestOnly(work) {
  let running = false;
  let waiting = null;
  return async function run(...given) {
    if (running) {
      waiting = given;
      return;
    }
    running = true;
    try {
      await work(...given);
    } finally {
      running = false;
      if (waiting !== null) {
        const next = waiting;
        waiting = null;
        void run(...next);
      }
    }
  };
}
