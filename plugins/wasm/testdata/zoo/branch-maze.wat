;; A br_table that always finds its way back to the loop.
;; expect: fuel

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (block $b (block $c (br_table $b $c $l (i32.and (local.get $len) (i32.const 1)))) (br $l)) (br $l))
  unreachable)
