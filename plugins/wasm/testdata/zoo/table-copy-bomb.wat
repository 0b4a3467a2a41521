;; table.copy of 60,000 elements, for ever.
;; expect: fuel

(table $t 60000 60000 funcref)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 59999)) (br $l))
  unreachable)
