;; The second block traps.
;; expect: trap
;; pages: 16
;; point: filter
;; points: filter

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
(global $n (mut i32) (i32.const 0))
(func (export "postern_block") (param $ptr i32) (param $len i32) (param $cap i32) (param $flags i32) (result i64)
  (if (global.get $n) (then unreachable))
  (global.set $n (i32.const 1))
  (i64.extend_i32_u (local.get $len)))
