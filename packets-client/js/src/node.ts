/** The package as Node has it: code may be generated there. */
import { allowGeneratedCode } from './generated.js';

export * from './index.js';

allowGeneratedCode(true);
