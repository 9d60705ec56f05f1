// The page is whole without this: it adds search, choices, sorting and a count. State is kept in the fragment.
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const $ = (id) => document.getElementById(id);
const fold = (text) =>
  text.normalize('NFKC').toLowerCase().replace(/[ァ-ヶ]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 96)).replace(/\s+/g, ' ');
const LETTERS = [...'hmli'];
const rows = all('[data-f]');
const counted = new Set(all('details[data-f],.rest tr[data-f]'));
const selects = all('select[data-key]');
const status = $('status'), q = $('q'), tools = document.querySelector('.tools');
const texts = new Map(), marks = new Map();

const text = (row) => {
  if (!texts.has(row)) texts.set(row, fold(row.textContent));
  return texts.get(row);
};
const mark = (row) => {
  if (!marks.has(row)) marks.set(row, row.dataset.f.split(' ').map((part) => part.split(',')));
  return marks.get(row);
};

function show() {
  const wanted = fold(q.value).trim().split(' ').filter(Boolean);
  const off = LETTERS.filter((letter) => !$('k' + letter).checked);
  const chosen = selects.filter((select) => select.value).map((select) => ['codp'.indexOf(select.dataset.key), select.value]);
  const active = wanted.length + off.length + chosen.length > 0;
  let shown = 0;
  for (const row of rows) {
    const found = !off.some((letter) => row.classList.contains(letter)) &&
      chosen.every(([at, value]) => mark(row)[at].includes(value)) && wanted.every((word) => text(row).includes(word));
    if (row.hidden === found) row.hidden = !found;
    if (found && counted.has(row)) shown++;
  }
  for (const part of all('.part')) part.hidden = !part.querySelector('tbody tr:not([hidden])');
  document.documentElement.classList.toggle('narrowed', active);
  const total = +status.dataset.total;
  status.textContent = active
    ? `${total.toLocaleString('ja')}件中${shown.toLocaleString('ja')}件を表示${shown ? '' : '（条件に合うものはありません）'}` : '';
  $('clear').disabled = !active;
  return active;
}

function keep() {
  const active = show(), state = new URLSearchParams();
  if (q.value) state.set('q', q.value);
  const on = LETTERS.filter((letter) => $('k' + letter).checked).join('');
  if (on !== 'hmli') state.set('s', on);
  for (const select of selects) if (select.value) state.set(select.dataset.key, select.value);
  history.replaceState(null, '', '#' + (active ? state : ''));
}

function set(state) {
  q.value = state.get('q') ?? '';
  for (const letter of LETTERS) $('k' + letter).checked = (state.get('s') ?? 'hmli').includes(letter);
  for (const select of selects) {
    select.value = state.get(select.dataset.key) ?? '';
    if (select.selectedIndex < 0) select.value = '';
  }
  show();
}

function arrive() {
  const name = location.hash.slice(1), place = $(name);
  if (!place) return /^([qscodp])=/.test(name) ? set(new URLSearchParams(name)) : undefined;
  if (place.closest('[hidden]')) set(new URLSearchParams());
  const story = place.closest('details');
  if (story) story.open = true;
  place.scrollIntoView();
}

// --- sorting: first press, second press, and back to the order of urgency ---
const value = (cell) => {
  if (!cell) return '';
  const said = cell.dataset.v ?? cell.querySelector('time')?.dateTime ?? cell.textContent.trim();
  if (cell.querySelector('.sev,i')) return '参低中高'.indexOf(said[0]);
  return said === '—' ? '' : /^-?[\d,.]+$/.test(said) ? +said.replaceAll(',', '') : said;
};
const order = new Intl.Collator('ja', { numeric: true }).compare;

function sort(tables, at, way) {
  const bodies = tables.map((table) => table.tBodies[0]), sizes = bodies.map((body) => body.rows.length);
  const held = bodies.flatMap((body) => [...body.rows]);
  held.forEach((row, number) => (row.place ??= number));
  const keys = new Map(held.map((row) => [row, value(row.cells[at])]));
  held.sort((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    if (!way || x === y) return a.place - b.place;
    if (x === '' || y === '') return x === '' ? 1 : -1;
    return way * (typeof x === 'number' && typeof y === 'number' ? x - y : order(String(x), String(y))) || a.place - b.place;
  });
  let from = 0;
  bodies.forEach((body, number) => body.append(...held.slice(from, (from += sizes[number]))));
}

function sortable(tables) {
  const heads = [...tables[0].tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.onclick = () => {
      const now = head.getAttribute('aria-sort');
      const next = now === 'ascending' ? 'descending' : now ? '' : 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      if (next) head.setAttribute('aria-sort', next);
      sort(tables, at, next === 'ascending' ? 1 : next ? -1 : 0);
      for (const part of all('.part')) part.hidden = !part.querySelector('tbody tr:not([hidden])');
    };
  });
}

for (const table of all('table.sort')) if (table.tBodies[0].rows.length > 1) sortable([table]);
const rest = all('table.rest');
if (rest.length) sortable(rest);
if (tools) {
  for (const part of all('.js')) part.hidden = false;
  if (matchMedia('(max-width:640px)').matches) tools.open = false;
  q.oninput = keep;
  for (const input of [...all('.tools input[type=checkbox]'), ...selects]) input.onchange = keep;
  const clear = () => { set(new URLSearchParams()); keep(); };
  $('clear').onclick = () => { clear(); q.focus(); };
  onkeydown = (event) => { if (event.key === 'Escape' && document.documentElement.classList.contains('narrowed')) clear(); };
  const button = $('all');
  if (button) button.onclick = () => {
    const open = button.getAttribute('aria-pressed') !== 'true';
    for (const story of all('.stories details')) story.open = open;
    button.setAttribute('aria-pressed', open);
  };
  show();
  onhashchange = arrive;
  if (location.hash) arrive();
}
