// What Gradio leaves to the mouse: the way from tab to tab, keys on sliders; and where their arrow leads.
const STEPS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'];

document.addEventListener('keydown', event => {
  const {target, key} = event;
  if (key === 'Enter' && target.matches('input[type=number]')) {
    target.blur();  // a number counts when its box is left
    target.focus();
  }
  if (!target.matches('[role=tab]')) return;
  const tabs = [...target.parentElement.querySelectorAll('[role=tab]:enabled')];
  const at = tabs.indexOf(target), n = tabs.length;
  const to = {ArrowLeft: (at + n - 1) % n, ArrowRight: (at + 1) % n, Home: 0, End: n - 1}[key];
  if (to === undefined) return;
  event.preventDefault();
  tabs[to].focus();
});

document.addEventListener('click', event => {  // the arrow of a slider around 0 leads to 0
  const arrow = event.target.closest('[data-testid=reset-button]');
  const range = arrow?.closest('.block').querySelector('input[type=range]');
  if (!range || +range.min !== -range.max) return;
  event.stopPropagation();  // and not to where the slider stood first
  range.value = 0;
  range.dispatchEvent(new Event('input', {bubbles: true}));
  range.dispatchEvent(new PointerEvent('pointerup', {bubbles: true}));
}, true);

document.addEventListener('keyup', ({target, key}) => {  // as if the mouse had let go of it
  if (!STEPS.includes(key) || !target.matches('input[type=range]')) return;
  target.dispatchEvent(new PointerEvent('pointerup', {bubbles: true}));
});
