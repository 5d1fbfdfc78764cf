/** The package as Node has it: with generated code, unless Node was started without. */
import { allowGeneratedCode } from './generated.js';

export * from './index.js';

try {
  new Function();
  allowGeneratedCode(true);
} catch {
  // --disallow-code-generation-from-strings
}
