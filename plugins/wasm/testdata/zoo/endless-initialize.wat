;; _initialize never comes back.
;; expect: load
;; says: ran out of fuel

(func (export "_initialize") (loop $l (br $l)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
