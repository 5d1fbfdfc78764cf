/** The types of packets' data and responses. The module that is made from the Rust program is written in them. */
export { definition, fixed, list, map, object, open, option, set, tuple, unit, variants } from './compound.js';
export {
  bool,
  buffer,
  char,
  float32,
  float64,
  int128,
  int16,
  int32,
  int64,
  int8,
  packed,
  string,
  uint128,
  uint16,
  uint32,
  uint64,
  uint8,
  varint,
  varuint,
} from './scalar.js';
export type { Type } from './type.js';
