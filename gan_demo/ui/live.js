// The live picture of live.py. Gradio gives: element, trigger, props, server, watch.
const UNDER_WAY = 2, REST = 250, PATIENCE = 3;  // requests, ms, failures in a row

let at = props.value.scene.at;   // where the sliders are
let src = props.value.src;       // what is shown
let hand = [];                   // where they were put last: an answer that is late is of before
let wished = false, held = false, moved = false;
let sent = 0, shown = 0, busy = 0, failures = 0, rest = 0;

const box = () => '.' + props.value.sliders;
const sliders = () => [...document.querySelectorAll(box() + ' input[type=range]')];
const places = () => sliders().map(s => +s.value);
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

function show(answer) {
  if (!answer.error) element.querySelector('img').src = src = answer.src;
  element.querySelector('p').textContent = answer.error;
}

function mark() {
  element.classList.toggle('pad', at.length === 2);
  element.style.setProperty('--u', at[0]);
  element.style.setProperty('--v', at[1]);
}

function look() {
  const now = places();
  if (!now.length || same(now, at)) return;
  at = hand = now;
  wished = moved = true;
  mark();
  pump();
}

function pump() {
  while (wished && busy < UNDER_WAY) {
    const id = ++sent;
    wished = false;
    busy++;
    server.frame({...props.value.scene, at}).then(answer => {
      if (!answer?.src) throw new Error('no answer');
      failures = 0;
      element.classList.remove('stuck');
      if (id > shown) { shown = id; show(answer); }
    }).catch(() => {
      if (id < sent || id <= shown) return;  // a newer wish is under way
      element.classList.add('stuck');
      if (++failures < PATIENCE) setTimeout(() => { wished = id === sent; pump(); }, REST);
    }).finally(() => { busy--; pump(); settle(); });
  }
}

function settle() {
  clearTimeout(rest);
  rest = setTimeout(() => {
    if (!moved || wished || busy || held || shown < sent) return;
    moved = false;
    props.value = {...props.value, scene: {...props.value.scene, at}, src};
    trigger('settle');
  }, REST);
}

function drag(event) {  // the picture as a pad
  const area = element.querySelector('figure').getBoundingClientRect();
  const share = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
  const pair = sliders();
  pair.forEach((s, i) => { s.value = share[i]; });
  pair.forEach(s => s.dispatchEvent(new Event('input', {bubbles: true})));
}

const listening = new AbortController();
function on(target, type, act) {
  target.addEventListener(type, event => {
    if (!element.isConnected) return listening.abort();
    act(event);
  }, {capture: true, signal: listening.signal});
}
const ours = event => event.target.closest?.(box());

// A range has its new value at once; number boxes and the reset button set it a moment later.
on(document, 'input', e => ours(e) && (e.target.type === 'range' ? look() : setTimeout(look)));
for (const type of ['change', 'click', 'keyup']) on(document, type, e => ours(e) && setTimeout(look));
on(document, 'pointerdown', e => { held = !!ours(e) || element.contains(e.target); });
for (const type of ['pointerup', 'pointercancel']) on(window, type, () => { held = false; settle(); });

on(element, 'pointerdown', e => {
  if (at.length !== 2 || !e.target.closest('figure')) return;
  element.setPointerCapture(e.pointerId);
  drag(e);
});
on(element, 'pointermove', e => { if (element.hasPointerCapture(e.pointerId)) drag(e); });

watch('value', () => {  // set from Python: answers to older wishes no longer count
  const moving = moved;
  at = props.value.scene.at;
  shown = sent;
  wished = moved = false;
  show(props.value);
  mark();
  setTimeout(() => {  // unless it put the sliders elsewhere, the hand goes on
    if (!same(places(), hand)) return;
    moved ||= moving;
    look();
    settle();
  });
});
mark();
