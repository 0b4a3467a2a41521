;; A block that never comes back.
;; expect: fuel
;; pages: 16
;; point: filter
;; points: filter

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)

(func (export "postern_block") (param $ptr i32) (param $len i32) (param $cap i32) (param $flags i32) (result i64)
  (loop $l (br $l))
  unreachable)
