;; It reads where it has no memory.
;; expect: trap

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (drop (i32.load (i32.const -4)))
  call $pass)
