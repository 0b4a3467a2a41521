;; Two memories.
;; expect: load
;; says: memor
;; flags: --enable-multi-memory
;; whole

(module (memory (export "memory") 1) (memory 1) (func (export "postern_abi") (result i32) i32.const 65536))
