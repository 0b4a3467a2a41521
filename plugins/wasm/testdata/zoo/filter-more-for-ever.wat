;; There is always more.
;; expect: deadline fuel
;; pages: 16
;; point: filter
;; points: filter
;; deadline: 500ms
;; traits: changes_length state

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)

(func (export "postern_block") (param $ptr i32) (param $len i32) (param $cap i32) (param $flags i32) (result i64)
  (i64.or (i64.const 0x100000000) (i64.extend_i32_u (local.get $cap))))
