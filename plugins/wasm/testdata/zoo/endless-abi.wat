;; postern_abi never comes back.
;; expect: load
;; says: ran out of fuel
;; abi: (loop $l (br $l)) unreachable

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
