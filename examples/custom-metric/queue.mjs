// A mail queue: jobs come by HTTP and wait until workers take them. Arguments: folder, name, port, event pipe.
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [folder, name, port, pipe] = process.argv.slice(2);
let waiting = 0;
let done = 0;
let bounced = 0;
let jammed = false;

/** What it answers to each request. */
const requests = {
  'POST /jobs': (body) => String((waiting += Number(body))),
  'POST /take': () => (jammed || waiting === 0 ? '' : String((waiting -= 1) + (done += 1))),
  'POST /bounce': (body) => String((bounced += Number(body))),
  'POST /fail': (body) => console.log('ERROR no relay\n'.repeat(Number(body)).trim()) ?? '',
  'POST /jam': () => {
    jammed = true;
    appendFileSync(pipe, 'jammed;;no worker gets a job\n');
    return '';
  },
  'GET /metrics': () =>
    `# TYPE mail_bounced_total counter\nmail_bounced_total ${bounced}\n# TYPE mail_waiting gauge\nmail_waiting ${waiting}\n`,
};

createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => response.end(requests[`${request.method} ${request.url}`]?.(body)));
}).listen(Number(port), '127.0.0.1');

setInterval(() => writeFileSync(`${folder}/${name}.status`, `done ${done} waiting ${waiting}\n`), 200);
