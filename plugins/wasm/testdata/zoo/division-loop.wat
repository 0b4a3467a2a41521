;; An endless loop of divisions, the slowest instruction.
;; expect: fuel

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (local.set $len (i32.div_u (i32.const -1) (i32.or (local.get $len) (i32.const 1)))) (br $l))
  unreachable)
