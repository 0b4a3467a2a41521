;; table.fill of 60,000 elements, for ever.
;; expect: fuel

(table $t 60000 60000 funcref)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (table.fill $t (i32.const 0) (ref.null func) (i32.const 60000)) (br $l))
  unreachable)
