;; Exceptions.
;; expect: load
;; says: exception
;; flags: --enable-exceptions
;; whole

(module (memory (export "memory") 1) (tag $e) (func (export "postern_abi") (result i32) (throw $e)))
