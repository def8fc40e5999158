import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { formatError } from '../../../core/model/errors.js';
import { parseWrapper } from '../../../wrappers/language/read-wrapper.js';
import { XmlWrapper } from '../../../wrappers/language/xml-wrapper.js';

const errorsOf = (content: string) => parseWrapper(content, '/x/wrong.wrapper.xml').errors.map(formatError);

describe('wrapper files', () => {
  it('reads TUNe’s own, in no namespace and with its own keys', () => {
    const { description, errors } = parseWrapper(
      `<wrapper name="tomcat">
        <method name="start" key="extension.GenericStart" method="start_with_pid_linux">
          <param value="$dirLocal/tomcat/bin/catalina.sh run"/><param value="JAVA_HOME=$javahome"/>
        </method>
        <method name="configure" key="extension.GenericConfigurePlainText" method="configure">
          <param value="$dirLocal/conf/db.properties"/><param value="="/><param value="db.host:$MySQL.nodeName"/>
        </method>
      </wrapper>`,
      '/x/tomcat.wrapper.xml',
    );
    expect(errors).to.deep.equal([]);
    expect(description?.steps.map(({ operation }) => operation)).to.deep.equal(['start', 'configure']);
  });

  it('makes several methods of one name one operation, with the sum of their times', () => {
    const { description } = parseWrapper(
      `<wrapper xmlns="urn:attitune:wrapper:1" name="two" description="Two steps">
        <attribute name="port" value="80" description="where"/><attribute name="pid" runtime="true"/>
        <method name="go" key="process" method="stop" timeout="5 s"/>
        <method name="go" key="command" method="run" timeout="1 min" description="Goes"><param value="true"/></method>
      </wrapper>`,
      '/x/two.wrapper.xml',
    );
    const wrapper = new XmlWrapper(description as NonNullable<typeof description>);
    expect([...wrapper.operations.values()]).to.deep.equal([
      { name: 'go', description: 'Goes', timeoutMs: 65_000, idempotent: false },
    ]);
    expect(wrapper.attributes).to.deep.equal([
      { name: 'port', defaultValue: '80', description: 'where' },
      { name: 'pid', runtime: true },
    ]);
  });

  it('tells everything that is wrong at once, with its place', () => {
    const errors = errorsOf(`<wrapper xmlns="urn:attitune:wrapper:1" name="wrong">
  <attribute name="port" value="1"/><attribute name="port"/>
  <attribute name="pid" value="1" runtime="true"/>
  <method name="a" key="proces" method="start"><param value="x"/></method>
  <method name="b" key="process" method="strat"><param value="x"/></method>
  <method name="c" key="process" method="start"/>
  <method name="d" key="http" method="wait" timeout="soon"><param value="$1"/></method>
  <method name="e" key="configuration" method="template"><param value="f"/><param value="missing.liquid"/></method>
  <metod name="f"/>
</wrapper>`);
    expect(
      errors.map((line) => line.replace(/^\/x\/wrong\.wrapper\.xml:(\d+):\d+: error ([a-z-]+): .*$/, '$1 $2')),
    ).to.deep.equal([
      '2 duplicate-name',
      '3 xml-attribute',
      '4 unknown-operation',
      '5 unknown-operation',
      '6 xml-element',
      '7 value',
      '7 expression',
      '8 file-not-found',
      '9 xml-element',
    ]);
    expect(errors[2]).to.equal(
      '/x/wrong.wrapper.xml:4:25: error unknown-operation: no operation key is named "proces". Did you mean "process"?',
    );
    expect(errors[3]).to.match(/the key "process" has no method "strat"\. Did you mean "start"\?/);
    expect(errors[4]).to.match(/process\.start takes at least 1 <param>: program, argument/);
  });

  it('tells of what is no wrapper at all', () => {
    expect(errorsOf('<scxml/>')[0]).to.match(/:1:1: error xml-element: the outermost element is <scxml>/);
    expect(errorsOf('<wrapper')[0]).to.match(/error xml-malformed/);
    expect(errorsOf('')[0]).to.match(/error xml-malformed/);
  });

  for (const name of ['apache', 'tomcat']) {
    it(`finds nothing wrong with the built-in ${name}`, () => {
      const file = asset(`wrappers/${name}/${name}.wrapper.xml`);
      expect(parseWrapper(readFileSync(file, 'utf8'), file).errors).to.deep.equal([]);
    });
  }
});
