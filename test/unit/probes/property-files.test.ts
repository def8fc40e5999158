import { expect } from 'chai';
import fc from 'fast-check';
import { formatError } from '../../../core/model/errors.js';
import { readDefinitions } from '../../../probes/properties/index.js';

/** As they stand in the article. */
const RAM_FREE = `[ram_free]
command = ram
parameters = MemFree
return_type = int
ticks = 60
`;
const CLIENT_QUERY = `[client_query]
expr = { len(manager.clients) != 0 }
cmd = { sender.send_get_property() }
ticks = 30
on_update_check = no
`;

const wrongs = (text: string) => readDefinitions('a.ini', text).errors.map(formatError);

describe('files of properties and triggers', () => {
  it("are read as the article's own examples are written", () => {
    const { properties, triggers, errors } = readDefinitions('a.ini', `${RAM_FREE}\n${CLIENT_QUERY}`);
    expect(errors).to.deep.equal([]);
    expect(properties).to.have.length(1);
    expect(properties[0]).to.deep.include({
      name: 'ram_free',
      command: 'ram',
      parameters: 'MemFree',
      returnType: 'int',
      everyMs: 60_000,
    });
    const [trigger] = triggers;
    expect(trigger).to.include({ name: 'client_query', everyMs: 30_000, onUpdate: false });
    const nobody = { manager: 'm', clients: [] };
    const somebody = { manager: 'm', clients: [{ name: 'a', role: 'agent', properties: {} }] };
    expect(trigger?.when(nobody)).to.equal(false);
    expect(trigger?.when(somebody)).to.equal(true);
    expect(trigger?.command(somebody)).to.deep.equal([{ kind: 'get-property' }]);
  });

  it('take every command that there is, types, comments, quotes and defaults', () => {
    const { properties, errors } = readDefinitions(
      'a.ini',
      [
        '\uFEFF; comment\r',
        '[swap]\r',
        'command=ram\r',
        'parameters = "SwapFree" ; in KiB\r',
        '[active]',
        'command = ram',
        'parameters = Active(anon)',
        '[load]\ncommand = load\nparameters = 15',
        '[root]\ncommand = disk\nparameters = free /\nreturn_type = string\nticks = 0.5',
        '[apaches]\ncommand = processes\nparameters = apache2\nreturn_type = bool # whether any',
        '[all]\n  command = processes',
      ].join('\n'),
    );
    expect(errors).to.deep.equal([]);
    const table = properties.map(({ name, parameters, returnType, everyMs }) => [
      name,
      parameters,
      returnType,
      everyMs,
    ]);
    expect(table).to.deep.equal([
      ['swap', 'SwapFree', 'int', 60_000],
      ['active', 'Active(anon)', 'int', 60_000],
      ['load', '15', 'float', 60_000],
      ['root', 'free /', 'string', 500],
      ['apaches', 'apache2', 'bool', 60_000],
      ['all', '', 'int', 60_000],
    ]);
  });

  it('get all their errors at once, each with its place and code', () => {
    expect(
      wrongs(`early = 1
[a b]
command = ram
parameters = MemFree
[c]
comand = ram
[d]
command = rams
tick = 5
what is this
[e]
command = disk
parameters = free /; rm -rf /
return_type = integer
ticks = -1
[e]
expr = len(manager.clients) >
cmd = sender.launch()
ticks = 1
on_update_check = maybe
[f]
expr = true
command = load
[true]
command = load
parameters = 1
parameters = 5
[g]
command = load
parameters = 5
return_type = int
`),
    ).to.deep.equal([
      'a.ini:1:1: error ini-malformed: early stands before the first [section].',
      'a.ini:2:1: error value: [a b] is no name: use letters, digits and _, since expressions refer to it.',
      'a.ini:5:1: error ini-key: [c] is neither a property, which has a command, nor a trigger, which has expr and cmd.',
      'a.ini:8:11: error value: There is no command "rams" for properties. Did you mean "ram"?',
      'a.ini:9:1: error ini-key: A property has no key "tick". Did you mean "ticks"?',
      'a.ini:10:1: error ini-malformed: This is neither [section] nor key = value, nor a comment after ; or #.',
      'a.ini:13:20: error ini-malformed: ";" begins a comment, and must have a blank before it; as a part of the value write "\\;".',
      'a.ini:14:15: error value: return_type is one of int, float, string, bool.',
      'a.ini:15:9: error value: ticks are seconds between two readings, from above 0 to 604800.',
      'a.ini:16:1: error duplicate-name: There is a section [e] already, in line 11.',
      'a.ini:17:30: error expression: Unexpected token: EOF.',
      "a.ini:18:7: error expression: found no matching overload for 'Sender.launch()'.",
      'a.ini:20:19: error value: on_update_check is one of no, yes.',
      'a.ini:21:1: error ini-key: [f] is a property (command) or a trigger (expr, cmd), and not both.',
      'a.ini:24:1: error value: [true] is kept for something else: use letters, digits and _, since expressions refer to it.',
      'a.ini:27:1: error duplicate-name: parameters is given already, in line 26.',
      'a.ini:31:15: error value: What load reads cannot be given as int, but as float, string.',
    ]);
    expect(wrongs('')).to.deep.equal(['a.ini:1:1: error ini-malformed: There is no [section] in it.']);
    expect(readDefinitions('/nowhere/a.ini').errors.map(({ code }) => code)).to.deep.equal(['file-not-found']);
  });

  it('have no way to a shell: what only one would read is refused, with its place', () => {
    const injections = [
      ['ram', 'MemFree && reboot'],
      ['ram', '$(reboot)'],
      ['ram', '`reboot`'],
      ['load', '1 | mail me'],
      ['disk', 'free /etc > /tmp/a'],
      ['disk', "free /'; reboot'"],
      ['disk', 'free / -exec reboot'],
      ['disk', 'free ../etc'],
      ['processes', 'a b'],
      ['processes', '-e;reboot'],
      ['processes', '*'],
    ] as const;
    for (const [command, parameters] of injections) {
      const quoted = `"${parameters.replaceAll('"', '\\"')}"`;
      const [error] = readDefinitions('a.ini', `[a]\ncommand = ${command}\nparameters = ${quoted}\n`).errors;
      expect(error?.code, parameters).to.equal('value');
      expect(error?.place).to.deep.equal({ file: 'a.ini', line: 3, column: 14 });
    }
    const sent = (words: string) => wrongs(`[a]\nexpr = true\ncmd = sender.send_command("host1", ${words})`);
    expect(sent('"virsh list\\; reboot"')).to.have.length(1);
    expect(sent('"virsh list\\; reboot"')[0]).to.match(/^a.ini:3:36: error value: .*only a shell would read/);
    expect(sent('"echo $HOME"')).to.have.length(1);
    expect(sent('[]')).to.have.length(1);
    expect(sent('["echo", "$HOME\\; *"]'), 'words of a list are words').to.deep.equal([]);
    expect(sent('"virsh list --all"')).to.deep.equal([]);
  });

  it('never make the reader throw, whatever is in them', () => {
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom(
          '[a]',
          '[',
          '[]',
          'command = ram',
          'parameters = MemFree',
          'expr = {',
          'cmd = }',
          '=',
          ';',
          '#x',
        ),
        fc.string(),
        fc
          .tuple(fc.constantFrom('expr', 'cmd', 'parameters', 'ticks'), fc.string())
          .map(([key, text]) => `${key} = ${text}`),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, (all) => {
        const { errors, properties, triggers } = readDefinitions('a.ini', all.join('\n'));
        for (const error of errors)
          expect(error.place?.line).to.be.within(1, all.join('\n').split(/\r\n|\n|\r/).length);
        expect(errors.length + properties.length + triggers.length).to.be.at.least(1);
      }),
    );
  });
});
