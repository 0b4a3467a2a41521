;; It grows a table until nobody gives it more.
;; expect: answer fuel

(table $t 1 funcref)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (br_if $l (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))))
  call $pass)
