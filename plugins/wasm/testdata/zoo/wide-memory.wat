;; A memory with 64-bit addresses.
;; expect: load
;; says: memory
;; flags: --enable-memory64
;; whole

(module (memory (export "memory") i64 1) (func (export "postern_abi") (result i32) i32.const 65536))
