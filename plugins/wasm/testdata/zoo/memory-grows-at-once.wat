;; It asks for 4 GiB at once.
;; expect: answer

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (drop (memory.grow (i32.const 65535)))
  call $pass)
