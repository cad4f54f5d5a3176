import { blockToSigned } from './blockToSigned.ts';

console.time('t');
console.log(await blockToSigned.run(l => console.error(l), new AbortController().signal));
console.timeEnd('t');
