/** Hosts side by side, with their machines as cards inside, and the software inside those. */
import { byId, element, setText } from './dom.js';
import { milliseconds, percent, tone } from './format.js';
import { drawMigrations } from './migrations.js';
import { colourOf, giveColours } from './palette.js';

/** For so long a machine is marked as having arrived. */
const ARRIVED_MS = 5000;

let drawnKey = '';

/** @param {import('../view-state.js').ViewState} state */
export function drawHosts(state) {
  const { system, migrations } = state;
  if (!system) return;
  giveColours(system.components);
  const box = byId('hosts');
  const arrived = migrations.filter(({ status, at }) => status === 'done' && state.at - at < ARRIVED_MS);
  const marks = migrations.filter(({ status }) => status === 'running');
  const waiting = migrations.filter(({ status }) => status === 'waiting');
  const key = JSON.stringify([
    system.components,
    waiting.map(({ vm }) => vm),
    marks.map(({ vm, from, to }) => [vm, from, to]),
    arrived.map(({ vm }) => vm),
  ]);
  if (key !== drawnKey) {
    drawnKey = key;
    const inside = Map.groupBy ? Map.groupBy(system.components, ({ node }) => node) : grouped(system.components);
    const named = (/** @type {typeof migrations} */ some) => new Set(some.map(({ vm }) => vm));
    const view = { inside, marks, arrived: named(arrived), waiting: named(waiting) };
    const hosts = system.components.filter(({ kind }) => kind === 'host');
    box.replaceChildren(...hosts.map((host) => hostCard(host, view)));
    if (hosts.length === 0) box.append(element('p', { class: 'empty' }, 'The system has no hosts.'));
  }
  writeValues(box, state);
  drawMigrations(box, marks);
  const running = marks.map(({ vm, from, to, fraction }) => `${vm}: ${from} → ${to}, ${percent(fraction)}`);
  const queued = waiting.map(({ vm, to, waiting: why }) => `${vm} → ${to} (${why ?? 'for its turn'})`);
  const texts = [
    running.length > 0 ? `migrating ${running.join(' · ')}` : '',
    queued.length > 0 ? `waiting ${queued.join(' · ')}` : '',
  ].filter(Boolean);
  setText(byId('moving'), texts.join(' · ') || summary(system));
}

/** @param {any} system */
function summary({ components }) {
  const count = (/** @type {string} */ kind) => components.filter((/** @type {any} */ one) => one.kind === kind).length;
  return `${count('host')} hosts · ${count('vm')} VMs · ${count('software')} programs`;
}

/** @param {readonly any[]} components */
function grouped(components) {
  const groups = new Map();
  for (const one of components) groups.set(one.node, [...(groups.get(one.node) ?? []), one]);
  return groups;
}

/** @param {any} host @param {any} view */
function hostCard(host, view) {
  const within = view.inside.get(host.name) ?? [];
  const machines = within.filter((/** @type {any} */ one) => one.kind === 'vm');
  const coming = view.marks.filter(
    (/** @type {any} */ one) => one.to === host.name && !machines.some((/** @type {any} */ vm) => vm.name === one.vm),
  );
  const list = element('div', { class: 'machines' }, ...machines.map((/** @type {any} */ vm) => machineCard(vm, view)));
  for (const { vm } of coming)
    list.append(element('div', { class: 'machine arriving', 'data-arriving': vm }, `${vm} arrives`));
  const meter = element('div', { class: 'meter', 'aria-hidden': 'true' }, element('i', { 'data-meter': host.name }));
  meter.style.setProperty('--curve', `var(${colourOf(host.name, 'host')})`);
  const value = element('span', { class: 'value' }, ...cpuOf(host.name));
  const head = element('div', { class: 'row title' }, name(host), state(host.state), value);
  const programs = within.filter((/** @type {any} */ one) => one.kind === 'software').map(softwareRow);
  return element(
    'article',
    { class: 'host', 'data-host': host.name, 'aria-label': `Host ${host.name}` },
    head,
    meter,
    ...programs,
    list,
  );
}

/** @param {string} component */
function cpuOf(component) {
  return [element('small', {}, 'CPU '), element('span', { class: 'cpu', 'data-cpu': component }, '–')];
}

/** @param {any} vm @param {any} view */
function machineCard(vm, view) {
  const leaving = view.marks.some((/** @type {any} */ one) => one.vm === vm.name);
  const classes = ['machine', leaving ? 'leaving' : '', view.arrived.has(vm.name) ? 'arrived' : '']
    .filter(Boolean)
    .join(' ');
  const memory = vm.attributes.memory ? element('small', {}, `${vm.attributes.memory} · `) : '';
  const value = element('span', { class: 'value' }, memory, ...cpuOf(vm.name));
  const now = leaving ? 'migrating' : view.waiting.has(vm.name) ? 'waits to migrate' : vm.state;
  const top = element('div', { class: 'row' }, name(vm), state(now), value);
  const programs = (view.inside.get(vm.name) ?? []).map(softwareRow);
  const attributes = { class: classes, 'data-vm': vm.name, 'aria-label': `VM ${vm.name}` };
  const card = element('article', attributes, top, ...programs);
  card.style.setProperty('--curve', `var(${colourOf(vm.name, 'vm')})`);
  return card;
}

/** @param {any} software */
function softwareRow(software) {
  const time = element('span', { class: 'value', 'data-time': software.name });
  return element(
    'div',
    { class: 'row software', 'data-software': software.name },
    name(software),
    state(software.state),
    time,
  );
}

/** @param {any} component */
function name({ name: text, class: type }) {
  return element('span', { class: 'name', title: `${text} (${type})` }, text);
}

/** @param {string} text */
function state(text) {
  return element('span', { class: 'state', 'data-tone': tone(text) }, text);
}

/** Writes the newest readings into the cards. @param {HTMLElement} box @param {import('../view-state.js').ViewState} current */
function writeValues(box, { series }) {
  /** @type {Map<string, number | null>} */
  const cpu = new Map();
  /** @type {Map<string, number | null>} */
  const times = new Map();
  for (const { component, measure, unit, values } of Object.values(series)) {
    if (measure === 'cpu') cpu.set(component, values.at(-1) ?? null);
    else if (unit === 'ms') times.set(component, values.at(-1) ?? null);
  }
  for (const node of box.querySelectorAll('[data-cpu]'))
    setText(node, percent(cpu.get(node.getAttribute('data-cpu') ?? '')));
  for (const node of box.querySelectorAll('[data-time]')) {
    const value = times.get(node.getAttribute('data-time') ?? '');
    setText(node, value === undefined ? '' : milliseconds(value));
  }
  for (const node of box.querySelectorAll('[data-meter]')) {
    const value = Math.min(1, Math.max(0, cpu.get(node.getAttribute('data-meter') ?? '') ?? 0));
    if (node instanceof HTMLElement) node.style.transform = `scaleX(${value})`;
  }
}
