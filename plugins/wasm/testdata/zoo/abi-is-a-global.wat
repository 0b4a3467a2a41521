;; Its postern_abi is no function.
;; expect: load
;; says: postern_abi
;; whole

(module (memory (export "memory") 1) (global (export "postern_abi") i32 (i32.const 65536)))
