;; Tail calls.
;; expect: load
;; says: tail call
;; flags: --enable-tail-call
;; whole

(module (memory (export "memory") 1) (func $f (export "postern_abi") (result i32) (return_call $f)))
