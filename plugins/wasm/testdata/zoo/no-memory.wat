;; It exports no memory.
;; expect: load
;; says: memory
;; whole

(module (memory 1) (func (export "postern_abi") (result i32) i32.const 65536) (func (export "postern_alloc") (param i32) (result i32) i32.const 0) (func (export "postern_call") (param i32 i32 i32 i32 i32) (result i64) i64.const 0))
