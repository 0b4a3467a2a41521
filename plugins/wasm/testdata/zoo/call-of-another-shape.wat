;; Its postern_call has another shape.
;; expect: load
;; says: postern_call: expected
;; whole

(module (memory (export "memory") 1) (func (export "postern_abi") (result i32) i32.const 65536) (func (export "postern_alloc") (param i32) (result i32) i32.const 0) (func (export "postern_call") (param i32 i32) (result i32) i32.const 0))
