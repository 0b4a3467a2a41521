// The SDK for exits of a Postern server in AssemblyScript: import what you need from here.

export { describe, traits } from "./serve";
export { Pairs } from "./read";
export { NewPairs } from "./write";
export { Block, onBlock, onState } from "./filter";
export {
  Level, log, now, config, fact, fileSize, fileRead, Secret, verifyPassword, HttpReply, httpRequest, kvGet, kvPut,
} from "./host";
export { Again, Reply } from "./reply";
export { NewPairs } from "./write";
export * from "./messages";
