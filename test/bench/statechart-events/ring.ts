/** What every engine runs: ten states in a ring; each event that passes the guard counts and goes one state on. */
export const STATES = 10;

export const RING_SCXML = `<?xml version="1.0" encoding="UTF-8"?>
<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="ring" datamodel="ecmascript" initial="s0">
  <datamodel><data id="count" expr="0"/></datamodel>
${Array.from(
  { length: STATES },
  (_, i) => `  <state id="s${i}">
    <transition event="next" cond="count &gt;= 0" target="s${(i + 1) % STATES}">
      <assign location="count" expr="count + 1"/>
    </transition>
  </state>`,
).join('\n')}
</scxml>
`;

const WARM_UP = 100_000;
const ROUND = 100_000;
const ROUNDS = 9;

/** Events a second of one engine, as the median of rounds; `active` must then be the state that the count tells. */
export async function measure(engine: {
  readonly send: (events: number) => void | Promise<void>;
  readonly active: () => string;
}): Promise<void> {
  await engine.send(WARM_UP);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = process.hrtime.bigint();
    await engine.send(ROUND);
    rates.push(ROUND / (Number(process.hrtime.bigint() - begun) / 1e9));
  }
  const expected = `s${(WARM_UP + ROUND * ROUNDS) % STATES}`;
  if (engine.active() !== expected)
    throw new Error(`it is in ${engine.active()}, not in ${expected}: events were lost`);
  const median = rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  process.stdout.write(`${JSON.stringify({ eventsPerSecond: Math.round(median) })}\n`);
}
