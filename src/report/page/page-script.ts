import { LEGEND_COLUMNS } from '../figures/figure-parts.ts';

/** Script of a page: draws the figures from the element `specs` with Vega, and runs the sliders and copy buttons. */
export const PAGE_SCRIPT = `
const specs = JSON.parse(document.getElementById('specs').textContent);
const views = specs.map((spec, i) => {
  const place = document.getElementById('figure-' + i);
  const view = new vega.View(vega.parse(spec), { renderer: 'svg', container: place, hover: true });
  const draw = () => {
    // Vega lays out a legend before it knows its own width, so the page sets the columns.
    const columns = Math.max(1, Math.min(4, Math.floor((place.clientWidth - 60) / 155)));
    if (spec.signals?.some(({ name }) => name === '${LEGEND_COLUMNS}')) view.signal('${LEGEND_COLUMNS}', columns);
    return view.runAsync();
  };
  addEventListener('resize', draw);
  draw();
  return view;
});
for (const place of document.querySelectorAll('.slider')) {
  const [button, input, output] = place.children;
  const { parameter, moments } = JSON.parse(place.dataset.slider);
  const view = views[Number(place.dataset.figure)];
  const say = () => {
    output.value = moments[input.value];
    input.setAttribute('aria-valuetext', output.value);
  };
  say();
  const show = () => {
    say();
    return view.signal(parameter, Number(input.value)).runAsync();
  };
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = 'Play';
  };
  input.addEventListener('input', () => {
    stop();
    show();
  });
  button.addEventListener('click', () => {
    if (timer !== null) return stop();
    if (input.value === input.max) input.value = 0;
    button.textContent = 'Stop';
    show();
    timer = setInterval(() => {
      input.value = Number(input.value) + 1;
      show();
      if (input.value === input.max) stop();
    }, Math.max(60, Math.min(600, 6000 / moments.length)));
  });
}
for (const button of document.querySelectorAll('button.copy')) {
  const text = button.previousElementSibling;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = 'Copied';
    } catch {
      // Without the right to write to the clipboard the text is selected, ready for Ctrl-C.
      getSelection().selectAllChildren(text);
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
}
`;
