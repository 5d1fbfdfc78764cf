// What `server.test.ts` does, with codecs of generated code.
import { allowGeneratedCode } from '../dist/generated.js';

allowGeneratedCode(true);
await import('./server.test.js');
