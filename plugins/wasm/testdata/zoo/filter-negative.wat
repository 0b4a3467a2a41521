;; An error instead of a length.
;; expect: abi
;; pages: 16
;; point: filter
;; points: filter

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)

(func (export "postern_block") (param $ptr i32) (param $len i32) (param $cap i32) (param $flags i32) (result i64)
  i64.const -5)
