;; It fills beyond its memory.
;; expect: trap

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (memory.fill (i32.const -100) (i32.const 0) (i32.const 1000))
  call $pass)
