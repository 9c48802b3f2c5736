// The switch between light and dark; the choice is kept in this browser. Gradio gives: element.
const CHOICE = 'gan-demo-dark', {classList} = document.body;
const wanted = new URLSearchParams(location.search).has('__theme');  // a link says which
try {
  const kept = localStorage.getItem(CHOICE);
  if (kept && !wanted) classList.toggle('dark', kept === 'true');
} catch {}  // a browser may keep nothing
element.querySelector('button').addEventListener('click', () => {
  const dark = classList.toggle('dark');
  try { localStorage.setItem(CHOICE, dark); } catch {}
});
