;; It never says what it is.
;; expect: load
;; says: ran out of fuel
;; describe: (loop $l (br $l)) unreachable

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
