import { AttituneError } from '../../core/model/errors.js';

/** Where the wrapper of Tomcat puts the JMX proxy, and how one attribute of a connector's thread pool is asked of it. */
export const BEAN_PATH = (port: string, attribute: string): string =>
  `/attitune/status?get=Catalina:type=ThreadPool,name=%22http-nio-${port}%22&att=${attribute}`;

/**
 * The number in an answer of Tomcat's `JMXProxyServlet`: `OK - Attribute get '…' - currentThreadsBusy = 3`. Pure. Throws
 * `value` for any other: one that begins with `Error -` is a bean that is not there, such as that of another port.
 */
export function parseBean(body: string, attribute: string, url: string): number {
  const found = new RegExp(`^OK - Attribute get .* - ${attribute} = (\\d+)\\s*$`).exec(body.trim());
  if (found?.[1] !== undefined) return Number(found[1]);
  const [said = ''] = body.trim().split('\n');
  throw new AttituneError('value', `${url} answered "${said.slice(0, 120)}", which tells no ${attribute}.`);
}
