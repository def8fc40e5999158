// Takes jobs from the mail queue, five a second. Argument: the queue's URL.
const [queue] = process.argv.slice(2);

setInterval(() => {
  fetch(`${queue}/take`, { method: 'POST' }).catch(() => console.log('no queue'));
}, 200);
