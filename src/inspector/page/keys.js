/** Keys of the page. The page lists them under the table. */

/** Keys that scroll the panel while it has the focus. */
const SCROLLS = ['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'];

/** @param actions what the keys do: moves by rows, screens and to an end, filters, zoom */
export function listenToKeys({ move, moveScreens, moveToEnd, focusFilters, clearFilters, zoom }) {
  const back = (isHeld) => move(-1, isHeld);
  const forth = (isHeld) => move(1, isHeld);
  const keys = {
    ArrowLeft: back,
    ArrowUp: back,
    k: back,
    ArrowRight: forth,
    ArrowDown: forth,
    j: forth,
    PageUp: (isHeld) => moveScreens(-1, isHeld),
    PageDown: (isHeld) => moveScreens(1, isHeld),
    Home: () => moveToEnd(false),
    End: () => moveToEnd(true),
    '/': () => focusFilters(),
    '+': () => zoom(1 / 4),
    '-': () => zoom(4),
    0: () => zoom(Infinity),
  };
  document.addEventListener('keydown', (event) => {
    const { key, target, repeat } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (key === 'Escape') {
      clearFilters();
      document.activeElement?.blur();
      return;
    }
    const isTyping = target.matches('input:not([type=checkbox]), select');
    const isScrolling = target.matches('.panel') && SCROLLS.includes(key);
    if (isTyping || isScrolling || !Object.hasOwn(keys, key)) return;
    event.preventDefault();
    void keys[key](repeat);
  });
}
