;; It grows its memory until nobody gives it more, and touches all of it.
;; expect: answer fuel

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
  (memory.fill (i32.const 65536) (i32.const 1) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 65536)))
  call $pass)
