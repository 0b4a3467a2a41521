;; An endless loop of vector instructions.
;; expect: fuel

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64) (local $v v128)
  (loop $l (local.set $v (i8x16.add (local.get $v) (v128.const i32x4 1 2 3 4))) (br $l))
  unreachable)
