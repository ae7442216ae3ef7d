/** Asks the server for the JSON at an address below the page's own, which holds the token. Undefined parts of the query are left out. */
export async function ask(path, query = {}, signal = undefined) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const response = await fetch(`${path}?${new URLSearchParams(given)}`, { signal });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/**
 * Receives the status of the trace, now and whenever it changes. If the server is gone, the browser tries again.
 */
export function listen(onStatus, onLost) {
  const events = new EventSource('events');
  events.addEventListener('message', ({ data }) => onStatus(JSON.parse(data)));
  events.addEventListener('error', onLost);
}

/** Wraps work so that calls run one after the other. Of the waiting calls only the newest runs. */
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
