;; It declares more memory than the exit may have.
;; expect: load
;; says: memory
;; pages: 1024

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
