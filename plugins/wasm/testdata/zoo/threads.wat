;; Shared memory and atomic instructions.
;; expect: load
;; says: thread
;; flags: --enable-threads
;; whole

(module (memory (export "memory") 1 2 shared) (func (export "postern_abi") (result i32) (i32.atomic.load (i32.const 0))))
